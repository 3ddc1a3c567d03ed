//! Ways to an unwanted order around the wire, each of which must end well: by whom a lost order is
//! looked for, what a raw call may do, what makes an outcome unknown, and whether an id keeps to
//! its path.

use std::error::Error as _;
use std::time::Duration;

use mobproc::types::MoveCharges;
use mobproc::{
    Client, EmployeeRef, Error, ErrorKind, OpenOutcome, OrderDraft, OrderError, Property, Reconciliation,
    RetryPolicy, SavedOrder, WriteError,
};
use mobproc_api::{Api, HttpClient};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use serde_json::{Value, json};

use crate::end_to_end::{Failed as _, client};
use crate::never_twice::features;

fn lost_answers(times: u32) -> Rule {
    Rule::new(Fault::DropAfter).on("order_create").times(times)
}

async fn open_outcome(client: &Client, number: &str) -> OpenOutcome {
    match client
        .orders()
        .submit_without_confirmation(features(number))
        .await
    {
        Err(OrderError::OutcomeUnknown(open)) => open,
        Err(OrderError::NotPlaced(not)) => panic!("{}", not.error()),
        Ok(placed) => panic!("{placed:?}"),
    }
}

#[tokio::test]
async fn a_lost_order_is_looked_for_as_whoever_submitted_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let amara = client(&sandbox).acting_for(EmployeeRef::company_id("amara.okafor"));
    let mei = client(&sandbox).acting_for(EmployeeRef::company_id("mei.tanaka"));
    let saved = amara.orders().confirm(features("N-1")).await.unwrap().save();
    // Restored by a client acting for somebody else, who is not shown Amara's orders.
    let confirmed = mei.orders().restore(saved).unwrap();
    sandbox.add_fault(lost_answers(1)).unwrap();
    let open = match confirmed.submit().await {
        Err(OrderError::OutcomeUnknown(open)) => open,
        other => panic!("{other:?}"),
    };
    assert!(open.reconcile().await.unwrap().is_found());
    // Looking as Mei sees nothing, and does not take that for proof.
    let as_mei = mei.orders().reconcile("N-1", None).await.unwrap();
    assert!(matches!(as_mei, Reconciliation::CannotTell { .. }), "{as_mei:?}");
    assert_eq!(sandbox.orders().len(), 1);
}

#[tokio::test]
async fn an_open_outcome_survives_the_question_mark_and_another_process() {
    async fn submit(client: &Client) -> Result<(), Error> {
        let placed = client
            .orders()
            .submit_without_confirmation(features("N-2"))
            .await?;
        drop(placed);
        Ok(())
    }

    let sandbox = Sandbox::start().await.unwrap();
    let amara = client(&sandbox).acting_for(EmployeeRef::company_id("amara.okafor"));
    sandbox.add_fault(lost_answers(1)).unwrap();
    let error = submit(&amara).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    let open = error.open_outcome().unwrap();
    assert_eq!(open.external_order_number(), "N-2");
    let text = serde_json::to_string(&open.save()).unwrap();
    // Not even the actor's token goes along.
    assert!(
        !text.contains("Bearer") && !text.to_lowercase().contains("token"),
        "{text}"
    );

    let saved: SavedOrder = serde_json::from_str(&text).unwrap();
    assert!(saved.is_outcome_unknown());
    let elsewhere = client(&sandbox);
    // What was submitted is no confirmation to submit.
    let refused = elsewhere.orders().restore(saved.clone()).unwrap_err();
    assert!(refused.to_string().contains("nobody knows"), "{refused}");
    let taken_up = elsewhere.orders().restore_open(saved).unwrap();
    assert_eq!(taken_up.message(), open.message());
    assert!(taken_up.reconcile().await.unwrap().is_found());
    let confirmed = amara.orders().confirm(features("N-3")).await.unwrap().save();
    assert!(elsewhere.orders().restore_open(confirmed).is_err());

    let edited = text.replace("N-2", "N-9");
    let edited: SavedOrder = serde_json::from_str(&edited).unwrap();
    assert!(
        elsewhere
            .orders()
            .restore_open(edited)
            .unwrap_err()
            .to_string()
            .contains("changed")
    );
}

#[tokio::test]
async fn a_raw_write_with_two_contradicting_flags_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let order = features("N-4");
    for path in [
        "/orders?confirm=false&confirm=true",
        "/orders?confirm=true&confirm=false",
        "/%6frders",
        "/orders;x=1",
        "/Orders",
        "/orders%20",
        "//orders",
    ] {
        let error = client.post_raw(path, order.as_value()).await.unwrap_err();
        assert!(!error.is_outcome_unknown());
        assert_eq!(
            error.error().kind(),
            ErrorKind::InvalidArgument,
            "{path}: {error}"
        );
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn an_id_reaches_no_other_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for id in ["x\\..\\8801001", "x/../8801001", "..", ".", "", " ", "a\tb"] {
        let error = client.orders().approve(id, None).await.unwrap_err();
        assert_eq!(error.error().kind(), ErrorKind::InvalidArgument, "{id:?}");
        let error = client.orders().reject(id, None).await.failed();
        assert!(error.to_string().starts_with("id "), "{error}");
        assert!(client.orders().get(id).await.is_err());
        let moved = client
            .services()
            .move_to(id, EmployeeRef::tangoe_id("5003"), MoveCharges::MoveNoCharges)
            .await;
        assert!(matches!(moved, Err(WriteError::NotCarriedOut(_))), "{id:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn only_some_statuses_say_that_nothing_was_ordered() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let refusals = [
        400, 401, 403, 404, 405, 406, 411, 413, 414, 415, 421, 422, 425, 429, 431, 407,
    ];
    let unclear = [
        402, 408, 409, 410, 412, 418, 423, 428, 444, 451, 460, 499, 500, 501, 502, 503, 504, 599,
    ];
    for (status, is_unknown) in refusals
        .into_iter()
        .map(|status| (status, false))
        .chain(unclear.into_iter().map(|status| (status, true)))
    {
        let confirmed = client.orders().confirm(features("N-5")).await.unwrap();
        sandbox
            .script("order_create", status, json!({ "message": "no" }))
            .unwrap();
        let error = confirmed.submit().await.unwrap_err();
        assert_eq!(error.is_outcome_unknown(), is_unknown, "{status}: {error}");
        sandbox
            .script("order_approval_create", status, json!({ "message": "no" }))
            .unwrap();
        let error = client.orders().approve("1", None).await.unwrap_err();
        assert_eq!(error.is_outcome_unknown(), is_unknown, "{status}: {error}");
        sandbox
            .script("service_asset_move", status, json!({ "message": "no" }))
            .unwrap();
        let raw = client.post_raw("/assets/services/1001/move", &json!({})).await;
        assert_eq!(raw.unwrap_err().is_outcome_unknown(), is_unknown, "{status}");
    }
    assert!(sandbox.orders().is_empty());
}

#[tokio::test]
async fn a_failure_that_holds_an_order_is_unclear_and_never_asked_for_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for status in [400, 401, 429, 500, 503] {
        let answer = json!({ "status": "ERROR", "order": { "orderId": "8001" } });
        let confirmed = client.orders().confirm(features("N-6")).await.unwrap();
        sandbox.script("order_create", status, answer.clone()).unwrap();
        let error = confirmed.submit().await.unwrap_err();
        assert!(error.is_outcome_unknown(), "{status}: {error}");
        assert!(error.to_string().contains("8001"), "{error}");
        // A confirmation is safe to repeat, but not once it has ordered something.
        sandbox.clear_requests();
        sandbox.script("order_create", status, answer).unwrap();
        let error = client.orders().confirm(features("N-6")).await.unwrap_err();
        assert!(error.is_outcome_unknown(), "{status}: {error}");
        assert_eq!(sandbox.requests_for("order_create").len(), 1, "{status}");
    }
}

#[tokio::test]
async fn an_answer_about_another_order_is_no_success() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let order = |members: Value| {
        let mut order = json!({ "orderId": "8001" });
        order
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        json!({ "status": "SUCCESS", "order": order })
    };
    for (members, is_placed) in [
        (json!({}), true),
        (json!({ "externalOrderNumber": "lf-2030-0042 " }), true),
        (json!({ "externalOrderNumber": "LF-2030-" }), true),
        (json!({ "externalOrderNumber": "LF-20" }), false),
        (json!({ "externalOrderNumber": "LF-2030-0043" }), false),
        (json!({ "transactionType": "UPDATE_FEATURES" }), true),
        (json!({ "transactionType": "DEACTIVATE" }), false),
        (json!({ "orderId": " " }), false),
        (json!({ "orderId": 8001 }), true),
    ] {
        sandbox
            .script("order_create", 200, order(members.clone()))
            .unwrap();
        let submitted = client
            .orders()
            .submit_without_confirmation(features("LF-2030-0042"))
            .await;
        match submitted {
            Ok(placed) => {
                assert!(is_placed, "{members}");
                assert_eq!(placed.order_id(), "8001");
                let shown = members.get("externalOrderNumber").and_then(Value::as_str);
                assert_eq!(placed.changed_external_order_number(), shown, "{members}");
            }
            Err(error) => assert!(!is_placed && error.is_outcome_unknown(), "{members}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_confirmation_that_times_out_gives_the_order_back() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Delay(Duration::from_secs(3600))).on("order_create"))
        .start()
        .await
        .unwrap();
    let hasty = client(&sandbox)
        .with_timeout(Duration::from_millis(500))
        .with_retry(RetryPolicy::never());
    match hasty.orders().confirm(features("N-7")).await {
        Err(OrderError::NotPlaced(not)) => {
            assert_eq!(not.error().kind(), ErrorKind::Timeout);
            assert_eq!(not.into_order().external_order_number(), "N-7");
        }
        other => panic!("{other:?}"),
    }
    let error: Error = hasty.orders().confirm(features("N-7")).await.failed();
    assert_eq!(error.into_order().unwrap().external_order_number(), "N-7");
}

#[tokio::test]
async fn a_submit_that_is_redirected_is_sent_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let ours = client(&sandbox);
    let to = format!("{}/orders?confirm=false", sandbox.base_url());
    for fault in [Fault::Redirect(to.clone()), Fault::PermanentRedirect(to)] {
        sandbox.clear_requests();
        sandbox
            .add_fault(Rule::new(fault).on("order_create").times(2))
            .unwrap();
        let submitted = ours.orders().submit_without_confirmation(features("N-8")).await;
        assert!(matches!(submitted, Err(OrderError::OutcomeUnknown(_))));
        // A confirmation follows none either: what it leads to may have lost the flag.
        let confirmed = ours.orders().confirm(features("N-8")).await;
        assert!(matches!(confirmed, Err(OrderError::NotPlaced(_))));
        assert_eq!(sandbox.requests_for("order_create").len(), 2);
    }
    assert!(sandbox.orders().is_empty());
}

/// For people who use `mobproc-api` alone.
#[tokio::test]
async fn the_plain_http_client_follows_no_redirect_either() {
    let sandbox = Sandbox::start().await.unwrap();
    let http = HttpClient::new(reqwest::Client::builder).unwrap();
    let api = Api::new(&sandbox.base_url()).unwrap();
    let to = format!("{}/orders?confirm=false", sandbox.base_url());
    for (fault, status) in [
        (Fault::Redirect(to.clone()), 307),
        (Fault::PermanentRedirect(to), 308),
    ] {
        sandbox.clear_requests();
        sandbox
            .add_fault(Rule::new(fault).on("order_create").times(1))
            .unwrap();
        let bytes = features("N-9").as_value().to_string();
        let mut request = api.order_create(false, bytes::Bytes::from(bytes)).unwrap();
        let token = format!("Bearer {}", sandbox.access_token());
        for (name, value) in [
            ("authorization", token.as_str()),
            ("x-tngo-tenant", &sandbox.credentials().tenant),
            ("client_id", &sandbox.credentials().client_id),
        ] {
            request.headers_mut().insert(
                reqwest::header::HeaderName::try_from(name).unwrap(),
                value.parse().unwrap(),
            );
        }
        match request.clone().send(&http).await {
            Err(mobproc_api::SendError::Status { status: seen, .. }) => assert_eq!(seen.as_u16(), status),
            other => panic!("{other:?}"),
        }
        assert_eq!(sandbox.requests_for("order_create").len(), 1);
        assert!(sandbox.orders().is_empty());
    }
    let mut region = api.region_get("2001").unwrap();
    let error = region.clone().send(&http).await.unwrap_err();
    assert!(
        !error.is_not_sent() && error.to_string().contains("401"),
        "{error}"
    );
    let token = format!("Bearer {}", sandbox.access_token());
    region
        .headers_mut()
        .insert("authorization", token.parse().unwrap());
    region
        .headers_mut()
        .insert("x-tngo-tenant", sandbox.credentials().tenant.parse().unwrap());
    region
        .headers_mut()
        .insert("client_id", sandbox.credentials().client_id.parse().unwrap());
    assert_eq!(region.send(&http).await.unwrap().value.id, "2001");
}

#[tokio::test]
async fn a_number_is_known_before_anything_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let order: OrderDraft = OrderDraft::update_features("1001")
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .into();
    let submit = client.orders().submit_without_confirmation(order.clone());
    let number = submit.external_order_number().to_owned();
    assert_eq!(number.len(), 20, "a column of 20 characters does not cut it");
    assert!(sandbox.requests().is_empty());
    let placed = submit.await.unwrap();
    assert_eq!(placed.external_order_number(), number);
    let confirm = client.orders().confirm(order);
    let number = confirm.external_order_number().to_owned();
    assert_eq!(confirm.await.unwrap().external_order_number(), number);
}

#[tokio::test]
async fn many_lost_orders_are_looked_for_in_one_walk() {
    let sandbox = Sandbox::start().await.unwrap();
    let amara = client(&sandbox).acting_for(EmployeeRef::company_id("amara.okafor"));
    let everybody = client(&sandbox);
    sandbox.add_fault(lost_answers(40)).unwrap();
    let mut open = Vec::new();
    for number in 0..40 {
        let client = if number % 2 == 0 { &amara } else { &everybody };
        open.push(open_outcome(client, &format!("N-{number:03}")).await);
    }
    sandbox
        .add_fault(Rule::new(Fault::DropBefore).on("order_create").times(1))
        .unwrap();
    open.push(open_outcome(&everybody, "N-never").await);
    sandbox.clear_requests();
    let answers = OpenOutcome::reconcile_all(&open).await.unwrap();
    assert_eq!(answers.len(), 41);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.is_found(), number < 40, "{number}: {answer:?}");
    }
    assert_eq!(answers[40], Reconciliation::NotSeen { looked_at: 40 });
    // One walk for each actor, of one page each.
    assert_eq!(sandbox.requests_for("order_list").len(), 2);
}

#[tokio::test]
async fn looking_again_ends_when_the_order_appears_or_the_time_is_over() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let _ = client
        .orders()
        .submit_without_confirmation(features("N-other"))
        .await
        .unwrap();
    sandbox
        .add_fault(Rule::new(Fault::DropBefore).on("order_create").times(1))
        .unwrap();
    let open = open_outcome(&client, "N-10").await;
    let answer = open.reconcile_within(Duration::ZERO).await.unwrap();
    assert_eq!(answer, Reconciliation::NotSeen { looked_at: 1 });
    sandbox.add_fault(lost_answers(1)).unwrap();
    let open = open_outcome(&client, "N-11").await;
    assert!(
        open.reconcile_within(Duration::from_secs(3600))
            .await
            .unwrap()
            .is_found()
    );
}

#[tokio::test]
async fn not_seen_is_said_only_by_a_look_that_could_have_seen() {
    let page = |items: Value| json!({ "orders": { "_meta": { "totalCount": items.as_array().unwrap().len() }, "items": items } });
    let sandbox = Sandbox::start().await.unwrap();
    let fresh = client(&sandbox);
    let sent = "LF-2030-0042";
    for (items, part) in [
        (json!([]), "empty"),
        (json!([{ "orderId": "1" }]), "without their external order number"),
        (
            json!([{ "orderId": "1", "externalOrderNumber": " " }]),
            "without their external order number",
        ),
        (
            json!([{ "orderId": "1", "externalOrderNumber": "LF-2030-" }]),
            "beginning of this one",
        ),
    ] {
        sandbox.script("order_list", 200, page(items.clone())).unwrap();
        match fresh.orders().reconcile(sent, None).await.unwrap() {
            Reconciliation::CannotTell { reason } => assert!(reason.contains(part), "{items}: {reason}"),
            other => panic!("{items}: {other:?}"),
        }
    }
    let others = json!([{ "orderId": "1", "externalOrderNumber": "X" }]);
    sandbox.script("order_list", 200, page(others.clone())).unwrap();
    assert_eq!(
        fresh.orders().reconcile(sent, None).await.unwrap(),
        Reconciliation::NotSeen { looked_at: 1 }
    );
    // The same list, after this server has shown a number otherwise than it was sent.
    let answer = json!({ "order": { "orderId": "2", "externalOrderNumber": "LF-2030-" } });
    sandbox.script("order_create", 200, answer).unwrap();
    let placed = fresh
        .orders()
        .submit_without_confirmation(features("LF-2030-0099"))
        .await;
    assert_eq!(placed.unwrap().changed_external_order_number(), Some("LF-2030-"));
    sandbox.script("order_list", 200, page(others)).unwrap();
    match fresh.orders().reconcile(sent, None).await.unwrap() {
        Reconciliation::CannotTell { reason } => assert!(reason.contains("otherwise"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn errors_read_well_wherever_they_are_printed() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let confirmed = client.orders().confirm(features("N-12")).await.unwrap();
    let message = "two\nlines\u{202e}\u{1b}[2J of words ".repeat(1000);
    sandbox
        .script("order_create", 409, json!({ "status": 409, "message": message }))
        .unwrap();
    let error = confirmed.submit().await.unwrap_err();
    // `fn main() -> Result<_, _>` prints `Debug`.
    let text = format!("{error:?}");
    assert_eq!(text, error.to_string());
    assert!(
        text.starts_with("order_create (POST /orders): the outcome is unknown"),
        "{text}"
    );
    assert!(
        text.ends_with("before looking for external order number N-12"),
        "{text}"
    );
    assert!(text.len() < 1000 && !text.chars().any(char::is_control) && !text.contains('\u{202e}'));
    let general = Error::from(error);
    assert_eq!(format!("{general:?}"), text);

    let wrong = client.orders().confirm(OrderDraft::suspend(" ")).await.failed();
    assert_eq!(wrong.violations().unwrap().len(), 1);
    assert!(
        wrong.to_string().contains("/orderRequest/serviceId: is empty"),
        "{wrong}"
    );

    sandbox.stop().await;
    let lost = client.region("2001").await.unwrap_err();
    assert!(lost.cause().is_some() && lost.source().is_none());
}

/// A server that rewrites numbers names the order in its answer and not in its list.
#[tokio::test]
async fn a_number_that_came_back_rewritten_is_no_proof_of_absence() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let rewritten = json!({ "orderId": "8001", "externalOrderNumber": "0042" });
    sandbox
        .script("order_create", 200, json!({ "order": rewritten.clone() }))
        .unwrap();
    let open = open_outcome(&client, "LF-2030-0042").await;
    assert!(open.message().contains("8001"), "{}", open.message());
    let page = json!({ "orders": { "_meta": { "totalCount": 1 }, "items": [rewritten] } });
    sandbox.script("order_list", 200, page).unwrap();
    let answer = open.reconcile().await.unwrap();
    assert!(matches!(answer, Reconciliation::CannotTell { .. }), "{answer:?}");
}

/// The flag got lost on the way, and the answer breaks off: asking again would order again.
#[tokio::test]
async fn a_confirmation_that_breaks_off_in_an_order_is_not_asked_for_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    // Carried out, then answered by the beginning of an order.
    sandbox
        .add_fault(Rule::new(Fault::Garbage).on("order_create"))
        .unwrap();
    let error = client.orders().confirm(features("N-13")).await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
    assert_eq!(sandbox.requests_for("order_create").len(), 1);
}

#[tokio::test]
async fn a_confirmation_read_with_a_typed_request_is_judged_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let body = bytes::Bytes::from(features("N-14").as_value().to_string());
    for status in [200, 503] {
        sandbox.clear_requests();
        sandbox
            .script("order_create", status, json!({ "order": { "orderId": "8001" } }))
            .unwrap();
        let request = client.api().order_create(true, body.clone()).unwrap();
        let error = client.read(request).await.unwrap_err();
        assert!(error.is_outcome_unknown(), "{status}: {error}");
        assert_eq!(sandbox.requests_for("order_create").len(), 1);
    }
    let two_flags = client
        .api()
        .order_create(true, body)
        .unwrap()
        .param("Confirm", "false");
    assert_eq!(
        client.read(two_flags).await.unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
}

/// Who asks is set on the client, and nowhere else.
#[tokio::test]
async fn a_request_does_not_say_who_asks() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let mut request = client.api().region_get("2001").unwrap();
    for name in [
        "x-tngo-tenant",
        "client_id",
        "authorization",
        "x-tngo-context-employeeid",
    ] {
        request
            .headers_mut()
            .insert(name, "somebody else".parse().unwrap());
    }
    client.read(request).await.unwrap();
    assert_eq!(
        sandbox.requests_for("region_get")[0].header("x-tngo-tenant"),
        Some(sandbox.credentials().tenant.as_str())
    );
    let asked = &sandbox.requests_for("region_get")[0];
    assert_eq!(asked.header("x-tngo-context-employeeid"), None);
}

#[tokio::test]
async fn nothing_personal_is_printed_with_an_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let raw = client
        .api()
        .raw_get::<Value>("/employees?limit=10&offset=0")
        .unwrap();
    let answer = client.read(raw).await.unwrap();
    assert!(answer.value().to_string().contains("Okafor"));
    let text = format!("{answer:?}");
    assert!(!text.contains("Okafor") && text.contains("200"), "{text}");
}

#[tokio::test]
async fn an_order_at_the_top_of_an_answer_is_read_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let answer = json!({ "orderId": "8001", "externalOrderNumber": "N-15", "status": "ORDER_SUBMITTED" });
    sandbox.script("order_create", 200, answer).unwrap();
    let placed = client(&sandbox)
        .orders()
        .submit_without_confirmation(features("N-15"))
        .await
        .unwrap();
    assert_eq!(placed.order_id(), "8001");
    assert_eq!(
        placed.order().unwrap().external_order_number.as_deref(),
        Some("N-15")
    );
}
