//! A write is sent a second time only if the connection was never made, and every unclear end is
//! told as what it is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use mobproc::types::MoveCharges;
use mobproc::{
    Attempt, BoxFuture, Client, Clock, Credentials, Dispatch, EmployeeRef, ErrorKind, Observer, OrderDraft,
    OrderError, Property, Reconciliation, RetryPolicy,
};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use serde_json::json;

use crate::end_to_end::{Failed as _, client};

/// An order that adds a feature, under this number.
pub(crate) fn features(number: &str) -> OrderDraft {
    OrderDraft::update_features("1001")
        .external_order_number(number)
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_lost_answers_leave_at_most_a_thousand_orders_all_found_again() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::DropAfter).on("order_create").percent(50))
        .fault(Rule::new(Fault::DropBefore).on("order_create"))
        .start()
        .await
        .unwrap();
    let client = client(&sandbox);
    let mut unknown = Vec::new();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1000 {
        let client = client.clone();
        tasks.spawn(async move {
            client
                .orders()
                .submit_without_confirmation(features(&format!("N-{number}")))
                .await
                .failed()
        });
        if tasks.len() >= 20 {
            unknown.push(tasks.join_next().await.unwrap().unwrap());
        }
    }
    while let Some(error) = tasks.join_next().await {
        unknown.push(error.unwrap());
    }
    assert_eq!(unknown.len(), 1000);
    assert_eq!(
        sandbox.requests_for("order_create").len(),
        1000,
        "each was sent once"
    );
    let mut exist: HashMap<String, usize> = HashMap::new();
    for order in sandbox.orders() {
        *exist
            .entry(order["externalOrderNumber"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    assert!(exist.len() > 300 && exist.values().all(|count| *count == 1));
    sandbox.clear_faults();
    // Every tenth, because each look is a walk through all the orders.
    for error in unknown.iter().step_by(10) {
        assert!(error.is_outcome_unknown(), "{error}");
        assert_eq!(error.dispatch(), Dispatch::MaybeSent);
        let number = error.external_order_number().unwrap();
        match client.orders().reconcile(number, None).await.unwrap() {
            Reconciliation::Found(orders) => {
                assert_eq!((orders.len(), exist.contains_key(number)), (1, true));
            }
            Reconciliation::NotSeen { looked_at } => {
                assert_eq!((looked_at, exist.contains_key(number)), (exist.len(), false));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn no_end_of_a_write_is_mistaken_for_another() {
    let unclear = [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::CutBody,
        Fault::Garbage,
        Fault::FailAfter(500),
        Fault::FailAfter(503),
        Fault::Html(502),
        Fault::Empty(200),
        Fault::Status(408),
        Fault::Redirect("/elsewhere".to_owned()),
        Fault::RetryAfter(0),
    ];
    let clear = [
        Fault::Status(400),
        Fault::Status(403),
        Fault::Status(429),
        Fault::ExpiredToken,
    ];
    let all = unclear.into_iter().map(|fault| (fault, true));
    for (fault, is_unclear) in all.chain(clear.into_iter().map(|fault| (fault, false))) {
        let sandbox = Sandbox::builder()
            .fault(Rule::new(fault.clone()))
            .start()
            .await
            .unwrap();
        let of = sandbox.credentials().clone();
        let client = Client::builder()
            .base_url(sandbox.base_url())
            .tenant(of.tenant)
            .credentials(Credentials::bearer(of.client_id, sandbox.access_token()))
            .build()
            .unwrap();
        let errors = [
            client
                .orders()
                .submit_without_confirmation(features("N"))
                .await
                .failed(),
            client.orders().approve("1", None).await.failed(),
            client.orders().reject("1", None).await.failed(),
            client
                .services()
                .move_to("1001", EmployeeRef::tangoe_id("5003"), MoveCharges::MoveNoCharges)
                .await
                .failed(),
        ];
        for error in errors {
            assert_eq!(error.is_outcome_unknown(), is_unclear, "{fault}: {error}");
            assert_eq!(error.attempts(), 1, "{fault}: {error}");
        }
        assert_eq!(sandbox.requests().len(), 4, "{fault}");
    }
}

#[tokio::test]
async fn a_write_that_never_left_is_handed_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = {
        let of = sandbox.credentials().clone();
        Client::builder()
            .base_url(sandbox.base_url())
            .tenant(of.tenant)
            .credentials(Credentials::bearer(of.client_id, sandbox.access_token()))
            .retry(RetryPolicy::default().initial_delay(Duration::ZERO))
            .build()
            .unwrap()
    };
    let confirmed = client.orders().confirm(features("N")).await.unwrap();
    sandbox.stop().await;
    let error = confirmed.submit().await.failed();
    assert!(
        error.kind() == ErrorKind::Connect && !error.is_outcome_unknown(),
        "{error}"
    );
    // Nobody was there to hear it, so trying again was safe.
    assert_eq!((error.dispatch(), error.attempts()), (Dispatch::NotSent, 4));
    assert_eq!(error.into_confirmed().unwrap().external_order_number(), "N");
}

#[tokio::test]
async fn a_write_answered_401_comes_back_and_is_not_replayed() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::ExpiredToken).on("order_create"))
        .start()
        .await
        .unwrap();
    let error = client(&sandbox)
        .orders()
        .submit_without_confirmation(features("N"))
        .await
        .failed();
    assert!(error.is_authentication() && !error.is_outcome_unknown());
    assert_eq!(sandbox.requests_for("order_create").len(), 1);
    assert_eq!(error.into_order().unwrap().external_order_number(), "N");
}

/// A future that is dropped sends nothing more; what it has sent may have been carried out.
#[tokio::test]
async fn a_dropped_submit_is_sent_once_at_most() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::SlowBody(Duration::from_secs(3600))).on("order_create"))
        .start()
        .await
        .unwrap();
    let client = client(&sandbox);
    let submit = client.orders().submit_without_confirmation(features("N"));
    let watch = async {
        while sandbox.orders().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        outcome = submit => panic!("{outcome:?}"),
        () = watch => {}
    }
    assert_eq!(sandbox.requests_for("order_create").len(), 1);
    sandbox.clear_faults();
    assert!(client.orders().reconcile("N", None).await.unwrap().is_found());
}

#[tokio::test]
async fn reconcile_says_when_it_cannot_tell() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let _ = client
        .orders()
        .submit_without_confirmation(features("N-1"))
        .await
        .unwrap();
    let _ = client
        .orders()
        .submit_without_confirmation(features("N-1"))
        .await
        .unwrap();
    let Reconciliation::Found(orders) = client.orders().reconcile("N-1", None).await.unwrap() else {
        panic!("both exist");
    };
    assert_eq!(orders.len(), 2);
    assert_eq!(
        client.orders().reconcile("N-2", None).await.unwrap(),
        Reconciliation::NotSeen { looked_at: 2 }
    );
    sandbox
        .script("order_list", 200, json!({ "orders": [{ "orderId": "1" }] }))
        .unwrap();
    let blind = client.orders().reconcile("N-1", None).await.unwrap();
    assert!(matches!(blind, Reconciliation::CannotTell { .. }), "{blind:?}");
    let page = json!({ "orders": { "_meta": { "hrefNext": "https://host.example/x", "totalCount": 900 },
        "items": [{ "orderId": "1", "externalOrderNumber": "X" }] } });
    // A page of one, asked for again in steps of one, and again the same.
    for _ in 0..3 {
        sandbox.script("order_list", 200, page.clone()).unwrap();
    }
    let endless = client.orders().reconcile("N-1", None).await.unwrap();
    assert!(
        matches!(endless, Reconciliation::CannotTell { .. }),
        "{endless:?}"
    );
}

/// The list as a server gives it that caps its pages.
fn capped(orders: usize, cap: usize, limit: usize, offset: usize) -> serde_json::Value {
    let items: Vec<_> = (offset..orders)
        .take(cap.min(limit))
        .map(|number| json!({ "orderId": format!("{number}"), "externalOrderNumber": format!("N-{number}") }))
        .collect();
    json!({ "orders": { "_meta": { "totalCount": orders }, "items": items } })
}

#[tokio::test]
async fn a_server_that_caps_its_pages_hides_no_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for (number, exists) in [("N-60", true), ("N-119", true), ("N-120", false)] {
        // Asked for a hundred it gives fifty; then it is asked in steps of fifty.
        for answer in [
            capped(120, 50, 100, 0),
            capped(120, 50, 50, 0),
            capped(120, 50, 50, 50),
            capped(120, 50, 50, 100),
        ] {
            sandbox.script("order_list", 200, answer).unwrap();
        }
        let found = client.orders().reconcile(number, None).await.unwrap();
        assert_eq!(found.is_found(), exists, "{number}: {found:?}");
        if !exists {
            assert_eq!(found, Reconciliation::NotSeen { looked_at: 120 });
        }
    }
    // Fewer orders than it says: nobody can tell.
    sandbox
        .script(
            "order_list",
            200,
            json!({ "orders": { "_meta": { "totalCount": 3 }, "items": [] } }),
        )
        .unwrap();
    let blind = client.orders().reconcile("N", None).await.unwrap();
    assert!(matches!(blind, Reconciliation::CannotTell { .. }), "{blind:?}");
    sandbox
        .script(
            "order_list",
            200,
            json!({ "orders": [{ "orderId": "1", "externalOrderNumber": "X" }] }),
        )
        .unwrap();
    let blind = client.orders().reconcile("N", None).await.unwrap();
    assert!(matches!(blind, Reconciliation::CannotTell { .. }), "{blind:?}");
}

#[tokio::test]
async fn an_answer_that_says_error_and_holds_an_order_is_unclear() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox
        .script(
            "order_create",
            200,
            json!({ "status": "ERROR", "order": { "orderId": "8001" } }),
        )
        .unwrap();
    let error = client(&sandbox)
        .orders()
        .submit_without_confirmation(features("N"))
        .await
        .failed();
    assert!(
        error.is_outcome_unknown() && error.correlation_id().is_some(),
        "{error}"
    );
    assert_eq!(
        (error.status(), error.operation(), error.attempts()),
        (Some(200), Some("order_create"), 1)
    );
}

#[tokio::test]
async fn any_success_is_one() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox
        .script(
            "order_create",
            201,
            json!({ "status": "SUCCESS", "order": { "orderId": "8001" } }),
        )
        .unwrap();
    let placed = client(&sandbox)
        .orders()
        .submit_without_confirmation(features("N"))
        .await
        .unwrap();
    assert_eq!(placed.order_id(), "8001");
}

#[tokio::test]
async fn an_answer_that_does_not_decode_shows_no_value() {
    let sandbox = Sandbox::start().await.unwrap();
    let answer = json!({ "status": "SUCCESS", "order": { "orderId": "1", "accountHolder": "Amara Okafor" } });
    sandbox.script("order_create", 200, answer).unwrap();
    // It names its id, so it was placed; what else of it cannot be read is told when it is asked
    // for.
    let placed = client(&sandbox)
        .orders()
        .submit_without_confirmation(features("N"))
        .await
        .unwrap();
    assert_eq!(placed.order_id(), "1");
    let error = placed.order().unwrap_err();
    assert_eq!(
        (error.kind(), error.json_path()),
        (ErrorKind::Decode, Some("order.accountHolder"))
    );
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("expected struct Employee") && !text.contains("Okafor"),
        "{text}"
    );
}

/// The flag got lost on the way, and the answer has a form this version cannot read: still no
/// harmless failure.
#[tokio::test]
async fn a_confirmation_answered_by_an_order_that_cannot_be_read_is_unclear() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for (answer, is_unclear) in [
        (json!({ "order": { "orderId": ["77"] } }), true),
        (json!({ "order": ["77"] }), true),
        (json!({ "orderConfirmation": ["none"] }), false),
        (json!({ "order": null, "orderConfirmation": ["none"] }), false),
    ] {
        sandbox.script("order_create", 200, answer.clone()).unwrap();
        let error = client.orders().confirm(features("N-2")).await.failed();
        assert_eq!(error.is_outcome_unknown(), is_unclear, "{answer}: {error}");
        assert_eq!(
            (error.kind() == ErrorKind::Decode),
            !is_unclear,
            "{answer}: {error}"
        );
        assert_eq!(error.external_order_number(), Some("N-2"));
    }
}

#[tokio::test]
async fn what_was_certainly_not_placed_comes_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for (status, comes_back) in [
        (400, true),
        (403, true),
        (429, true),
        (408, false),
        (500, false),
        (503, false),
    ] {
        let confirmed = client.orders().confirm(features("N-3")).await.unwrap();
        sandbox
            .add_fault(Rule::new(Fault::Status(status)).on("order_create").times(1))
            .unwrap();
        let error = confirmed.submit().await.failed();
        assert_eq!(error.is_outcome_unknown(), !comes_back, "{status}: {error}");
        assert_eq!(error.into_confirmed().is_some(), comes_back, "{status}");
    }
    assert!(sandbox.orders().is_empty());
}

#[tokio::test]
async fn no_number_is_no_proof_of_absence() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for nothing in ["", "  "] {
        let error = client.orders().reconcile(nothing, None).await.failed();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    // The number can be had before anything is sent, and is told afterwards.
    let order: OrderDraft = OrderDraft::update_features("1001")
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .into();
    let order = order.numbered();
    let number = order.external_order_number().to_owned();
    let confirmed = client.orders().confirm(order).await.unwrap();
    let asks_the_same = confirmed.client().clone();
    let placed = confirmed.submit().await.unwrap();
    assert_eq!(placed.external_order_number(), number);
    let padded = format!(" {number} ");
    assert!(
        asks_the_same
            .orders()
            .reconcile(&padded, None)
            .await
            .unwrap()
            .is_found()
    );
}

#[tokio::test]
async fn orders_are_not_placed_raw() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let order = features("N-4");
    for path in [
        "/orders",
        "orders/",
        "/orders?confirm=false",
        "/orders?Confirm=true",
        "/x/../orders",
    ] {
        let error = client.post_raw(path, order.as_value()).await.failed();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{path}: {error}");
    }
    assert!(sandbox.requests_for("order_create").is_empty());
}

/// Issue 13, point 9.
#[tokio::test]
async fn a_write_whose_token_has_just_ended_says_to_send_the_same_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let confirmed = client.orders().confirm(features("N-401")).await.unwrap();
    sandbox.expire_tokens();
    let refused = match confirmed.submit().await {
        Err(OrderError::NotPlaced(refused)) => refused,
        other => panic!("{other:?}"),
    };
    let message = refused.error().to_string();
    assert!(
        message.contains("send the same again") && message.contains("Nothing was done"),
        "{message}"
    );
    assert!(sandbox.orders().is_empty());
    let placed = refused.into_confirmed().submit().await.unwrap();
    assert_eq!(placed.external_order_number(), "N-401");
    assert_eq!(sandbox.orders().len(), 1);
}

/// A clock that is early when the call begins and late when the body is asked for.
#[derive(Debug)]
struct Jumping {
    early: AtomicU32,
    late: SystemTime,
}

impl Clock for Jumping {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn system_time(&self) -> SystemTime {
        let is_early = self
            .early
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if is_early.is_ok() {
            SystemTime::UNIX_EPOCH
        } else {
            self.late
        }
    }
}

/// With somebody who listens, the time is looked at when an attempt begins.
#[derive(Debug)]
struct Listening;

impl Observer for Listening {
    fn attempt_ended(&self, _: &Attempt<'_>) {}
}

#[tokio::test]
async fn an_order_does_not_leave_after_its_time() {
    let sandbox = Sandbox::start().await.unwrap();
    let of = sandbox.credentials();
    let now = SystemTime::now();
    let client = |early: u32, late: SystemTime| {
        Client::builder()
            .base_url(sandbox.base_url())
            .tenant(&of.tenant)
            .credentials(Credentials::bearer(&of.client_id, sandbox.access_token()))
            .clock(Jumping {
                early: AtomicU32::new(early),
                late,
            })
            .observer(Listening)
            .build()
            .unwrap()
    };
    let minute = Duration::from_secs(60);
    // What is looked at first is when the attempt begins; then comes the body.
    for early in [0, 1] {
        let first = client(early, now)
            .orders()
            .confirm(features("N-1"))
            .await
            .unwrap();
        let late = client(early, now).orders().restore(first.save()).unwrap();
        let error = late.submit_before(now).await.unwrap_err();
        let OrderError::NotPlaced(not) = &error else {
            panic!("{error}");
        };
        assert_eq!(
            (not.error().kind(), not.error().dispatch()),
            (ErrorKind::TooLate, Dispatch::NotSent),
            "{error}"
        );
        assert_eq!(not.error().attempts(), 1);
        assert!(sandbox.orders().is_empty());
        // The confirmation comes back, and can be submitted in time.
        let confirmed = error.into_unsent().unwrap();
        assert_eq!(confirmed.external_order_number(), "N-1");
    }
    let confirmed = client(0, now).orders().confirm(features("N-1")).await.unwrap();
    let placed = confirmed.submit_before(now + minute).await.unwrap();
    assert_eq!(
        placed.order().unwrap().external_order_number.as_deref(),
        Some("N-1")
    );
    assert_eq!(sandbox.orders().len(), 1);
}
