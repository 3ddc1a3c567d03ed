//! Whoever watches sees every attempt and changes none; limits and further headers of one handle;
//! what comes with an answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mobproc::{Attempt, BoxFuture, Clock, Decision, ErrorKind, Observer, OrderDraft, Property, RetryPolicy};
use mobproc_sandbox::{Fault, Rule, Sandbox};

use crate::end_to_end::Failed as _;

/// What was seen, as text.
#[derive(Debug, Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Notes {
    fn attempt_ended(&self, attempt: &Attempt<'_>) {
        let decision = match attempt.decision {
            Decision::Repeat(_) => "Repeat".to_owned(),
            other => format!("{other:?}"),
        };
        let answer = match (&attempt.answer, attempt.error) {
            (Some(answer), _) => format!("{} {} bytes", answer.status, answer.body.len()),
            (None, Some(error)) => format!("{:?}", error.kind()),
            (None, None) => "nothing".to_owned(),
        };
        let authorization = attempt.headers["authorization"].to_str().unwrap();
        self.0.lock().unwrap().push(format!(
            "{} #{} {} body {} {authorization} {:?} -> {answer}: {decision}",
            attempt.operation.id,
            attempt.number,
            attempt.url.path(),
            attempt.body.map_or(0, |body| body.len()),
            attempt.headers.get("x-api-key"),
        ));
    }

    fn token_requested(&self, brought_a_token: bool) {
        self.0.lock().unwrap().push(format!("token: {brought_a_token}"));
    }
}

/// Panics at every attempt.
#[derive(Debug)]
struct Clumsy;

impl Observer for Clumsy {
    fn attempt_ended(&self, _: &Attempt<'_>) {
        panic!("on purpose");
    }

    fn token_requested(&self, _: bool) {
        panic!("on purpose");
    }
}

/// Takes longer than any call may.
#[derive(Debug)]
struct Slow;

impl Observer for Slow {
    fn attempt_ended(&self, _: &Attempt<'_>) {
        std::thread::sleep(Duration::from_millis(5500));
    }
}

fn builder(sandbox: &Sandbox) -> mobproc::ClientBuilder {
    crate::end_to_end::builder(sandbox).retry(RetryPolicy::default().initial_delay(Duration::from_millis(1)))
}

fn order() -> OrderDraft {
    OrderDraft::update_features("1001")
        .external_order_number("O-1")
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .into()
}

#[tokio::test]
async fn every_attempt_is_seen_with_what_was_decided() {
    let sandbox = Sandbox::start().await.unwrap();
    let notes = Notes::default();
    let client = builder(&sandbox)
        .observer(notes.clone())
        .build()
        .unwrap()
        .with_header("x-api-key", "hush")
        .unwrap();
    for fault in [
        Rule::new(Fault::Status(503)),
        Rule::new(Fault::ExpiredToken),
        Rule::new(Fault::DropBefore),
    ] {
        sandbox.add_fault(fault.on("region_get").times(1)).unwrap();
    }
    client.region("2001").await.unwrap();
    let seen = notes.take();
    let ends: Vec<&str> = seen
        .iter()
        .map(|line| line.rsplit_once(": ").unwrap().1)
        .collect();
    assert_eq!(
        ends,
        ["true", "Repeat", "RenewToken", "true", "Repeat", "Return"],
        "{seen:?}"
    );
    let begin = "region_get #1 /mobproc/v1/regions/2001 body 0 [secret] Some(\"[secret]\") -> 503";
    assert!(seen[1].starts_with(begin), "{seen:?}");
    assert!(seen[4].contains("-> ConnectionLost"), "{seen:?}");

    // A write is seen with its bytes, and once.
    sandbox
        .add_fault(Rule::new(Fault::Status(503)).on("order_create").times(1))
        .unwrap();
    let error = client
        .orders()
        .submit_without_confirmation(order())
        .await
        .failed();
    assert!(error.is_outcome_unknown());
    let length = sandbox.requests_for("order_create")[0].body.len();
    let seen = notes.take();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].contains(&format!("body {length} [secret] ")) && seen[0].ends_with("Return"));
    // No secret reaches whoever watches.
    let all = format!("{seen:?}");
    assert!(!all.contains("Bearer") && !all.contains("hush"), "{all}");
    assert_eq!(
        sandbox.requests_for("order_create")[0].header("x-api-key"),
        Some("hush")
    );
}

#[tokio::test]
async fn an_observer_that_panics_or_is_slow_changes_no_outcome() {
    let sandbox = Sandbox::start().await.unwrap();
    let notes = Notes::default();
    let client = builder(&sandbox)
        .observer(Clumsy)
        .observer(notes.clone())
        .build()
        .unwrap();
    let placed = client
        .orders()
        .submit_without_confirmation(order())
        .await
        .unwrap();
    assert!(!placed.order_id().is_empty());
    // Who comes after the one that panicked sees all the same.
    assert_eq!(notes.take().len(), 2);
    let client = builder(&sandbox)
        .timeout(Duration::from_secs(5))
        .observer(Slow)
        .build()
        .unwrap();
    assert_eq!(client.region("2001").await.unwrap().id, "2001");
    assert_eq!(sandbox.orders().len(), 1);
}

#[tokio::test]
async fn limits_and_headers_of_one_handle_leave_others_as_they_are() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let marked = client
        .with_header("x-request-source", "batch 7")
        .unwrap()
        .with_retry(RetryPolicy::never());
    sandbox
        .add_fault(Rule::new(Fault::Status(503)).on("region_get").times(1))
        .unwrap();
    let error = marked.region("2001").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ServerError, 1));
    sandbox
        .add_fault(Rule::new(Fault::Status(503)).on("region_get").times(1))
        .unwrap();
    client.region("2001").await.unwrap();
    let sources: Vec<_> = sandbox
        .requests_for("region_get")
        .iter()
        .map(|request| request.header("x-request-source").map(str::to_owned))
        .collect();
    assert_eq!(sources, [Some("batch 7".to_owned()), None, None]);
    for (name, value, part) in [
        ("authorization", "Bearer x", "set by the client"),
        ("X-TNGO-TENANT", "OTHER", "set by the client"),
        ("client_id", "x", "set by the client"),
        ("content-type", "text/plain", "set by the client"),
        ("a b", "x", "a name that cannot be one"),
        ("x-ok", "a\nb", "cannot stand in a header"),
    ] {
        let error = client.with_header(name, value).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.to_string().contains("Bearer"), "{error}");
    }
    assert!(!format!("{marked:?}").contains("batch 7"));
}

#[tokio::test]
async fn an_answer_tells_what_came_with_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    sandbox
        .add_fault(Rule::new(Fault::Status(503)).on("region_get").times(1))
        .unwrap();
    let answer = client
        .with_correlation_id("C-1")
        .read(client.api().region_get("2001").unwrap())
        .await
        .unwrap();
    assert_eq!(answer.value().id, "2001");
    assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 2));
    assert_eq!(answer.correlation_id(), "C-1");
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert!(answer.body().starts_with(b"{"));
    // Only reads go this way.
    let body = bytes::Bytes::from(order().as_value().to_string());
    let write = client.api().order_create(false, body.clone()).unwrap();
    let error = client.read(write).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let confirmation = client.api().order_create(true, body).unwrap();
    assert!(
        client
            .read(confirmation)
            .await
            .unwrap()
            .value()
            .confirmation
            .is_some()
    );
    assert!(sandbox.orders().is_empty());
    let placed = client
        .orders()
        .confirm(order())
        .await
        .unwrap()
        .submit()
        .await
        .unwrap();
    assert_eq!(placed.answer().attempts(), 1);
    let json = serde_json::to_value(&placed).unwrap();
    assert_eq!(json["orderId"], placed.order_id());
    assert_eq!(json["order"]["externalOrderNumber"], "O-1");
}

/// Time stands still, and chance draws the same number every time.
#[derive(Debug)]
struct Rigged {
    begin: std::time::Instant,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl Clock for Rigged {
    fn now(&self) -> std::time::Instant {
        self.begin
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.slept.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }

    fn random(&self) -> u64 {
        1 << 63
    }
}

#[tokio::test]
async fn time_and_chance_come_from_one_place() {
    let sandbox = Sandbox::start().await.unwrap();
    let slept = Arc::default();
    let clock = Rigged {
        begin: std::time::Instant::now(),
        slept: Arc::clone(&slept),
    };
    let client = builder(&sandbox)
        .retry(RetryPolicy::default().initial_delay(Duration::from_millis(400)))
        .clock(clock)
        .build()
        .unwrap();
    sandbox
        .add_fault(Rule::new(Fault::Status(503)).on("region_get").times(2))
        .unwrap();
    let answer = client
        .read(client.api().region_get("2001").unwrap())
        .await
        .unwrap();
    let millis: Vec<u128> = slept.lock().unwrap().iter().map(Duration::as_millis).collect();
    assert_eq!(millis, [200, 400]);
    assert_eq!(answer.correlation_id(), "80000000-0000-4000-8000-000000000000");
}

#[tokio::test]
async fn lists_are_streams() {
    use std::future::poll_fn;
    use std::pin::Pin;

    use futures_core::Stream;

    let sandbox = Sandbox::builder().employees(30).start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let mut items = client.employees().list().page_size(7).prefetch(2).items();
    let mut count = 0;
    while let Some(item) = poll_fn(|context| Pin::new(&mut items).poll_next(context)).await {
        item.unwrap();
        count += 1;
    }
    let mut pages = client.employees().list().page_size(7).pages();
    let mut of_pages = 0;
    while let Some(page) = poll_fn(|context| Pin::new(&mut pages).poll_next(context)).await {
        of_pages += page.unwrap().len();
    }
    assert!(count > 30);
    assert_eq!(count, of_pages);
}

/// Lists of which no paging is documented offer the same.
#[tokio::test]
async fn every_list_has_pages_and_items() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let one_page = client.vendors().send().await.unwrap();
    sandbox.clear_requests();
    let all = client.vendors().items().collect().await.unwrap();
    assert_eq!(all, one_page.items());
    let asked = sandbox.requests_for("vendor_list");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].query("limit"), None);
    assert_eq!(
        client.vendors().limit(1).items().collect().await.unwrap().len(),
        1
    );
    assert!(
        !client
            .regions()
            .of_country("2001")
            .items()
            .collect()
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        !client
            .models("Kestrel")
            .items()
            .collect()
            .await
            .unwrap()
            .is_empty()
    );
    let plans = client.catalog().plans();
    assert!(!plans.clone().items().collect().await.unwrap().is_empty());
    // Where a server pages all the same, its pages are walked.
    let page = |item: &str, next: bool| {
        let mut page =
            serde_json::json!({ "plans": { "_meta": { "totalCount": 2 }, "items": [{ "id": item }] } });
        if next {
            page["plans"]["_meta"]["hrefNext"] = "https://host.example/mobproc/v1/x".into();
        }
        page
    };
    sandbox.script("catalog_plan_list", 200, page("1", true)).unwrap();
    sandbox
        .script("catalog_plan_list", 200, page("2", false))
        .unwrap();
    sandbox.clear_requests();
    let walked = plans.param("extra", "1").items().collect().await.unwrap();
    let ids: Vec<&str> = walked.iter().map(|plan| plan.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    let asked = sandbox.requests_for("catalog_plan_list");
    assert_eq!(
        (asked[1].query("limit"), asked[1].query("offset")),
        (Some("1"), Some("1"))
    );
    assert_eq!(asked[1].query("extra"), Some("1"));
}
