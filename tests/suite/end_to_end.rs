//! Client and sandbox together.

use mobproc::types::{AnswerStatus, OrderAnswer, OrderStatus};
use mobproc::{Client, Credentials, Dispatch, EmployeeRef, Error, OrderDraft};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use mobproc_tests::{example, text};
use serde_json::json;

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    builder(sandbox).build().unwrap()
}

/// The same, to be completed.
pub(crate) fn builder(sandbox: &Sandbox) -> mobproc::ClientBuilder {
    let of = sandbox.credentials().clone();
    Client::builder()
        .base_url(sandbox.base_url())
        .token_url(sandbox.token_url())
        .tenant(of.tenant)
        .credentials(Credentials::password(
            of.client_id,
            of.client_secret,
            of.username,
            of.password,
        ))
}

fn upgrade() -> OrderDraft {
    OrderDraft::from_json(&text("openapi/examples/orders/upgrade/request.json")).unwrap()
}

#[tokio::test]
async fn confirm_and_submit_always_send_the_flag_and_the_headers() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox)
        .acting_for(EmployeeRef::company_id("peter.edwards.acme"))
        .with_hierarchy("6001")
        .with_activity_id("A-1");
    let confirmed = client.orders().confirm(upgrade()).await.unwrap();
    let costs: Vec<String> = confirmed.costs().map(|cost| cost.to_string()).collect();
    assert_eq!(costs, ["199.99 USD once", "558.67 USD per month"]);
    assert!(sandbox.orders().is_empty());
    let placed = confirmed.submit().await.unwrap();
    assert_eq!(sandbox.orders()[0]["orderId"], json!(placed.order_id()));

    let requests = sandbox.requests_for("order_create");
    let flags: Vec<_> = requests.iter().map(|request| request.query("confirm")).collect();
    assert_eq!(flags, [Some("true"), Some("false")]);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].json().unwrap(), example("orders/upgrade/request"));
    for request in &requests {
        assert_eq!(request.header("x-tngo-tenant"), Some("LARKSPUR"));
        assert_eq!(request.header("client_id"), Some("sandbox-client"));
        assert_eq!(
            request.header("x-tngo-context-companyemployeeid"),
            Some("peter.edwards.acme")
        );
        assert_eq!(request.header("x-tngo-context-hierarchyid"), Some("6001"));
        assert_eq!(request.header("x-tngo-context-activityid"), Some("A-1"));
        assert!(request.header("x-tngo-context-correlationid").is_some());
        assert!(request.header("authorization").unwrap().starts_with("Bearer "));
        assert!(request.header("user-agent").unwrap().starts_with("mobproc/"));
        assert_eq!(request.header("api-version"), None);
    }
    // One token for both.
    assert_eq!(sandbox.tokens_issued(), 1);
}

#[tokio::test]
async fn values_never_seen_before_are_kept() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut answer = example("orders/upgrade/order");
    answer["order"]["status"] = json!("BACK_ORDERED");
    answer["order"]["estimatedArrival"] = json!({ "weeks": 3 });
    sandbox.script("order_create", 200, answer).unwrap();
    let placed = client(&sandbox)
        .orders()
        .submit_without_confirmation(upgrade())
        .await
        .unwrap();
    let status = placed.order().unwrap().status.as_ref().unwrap();
    assert!(!status.is_known());
    assert_eq!(status.as_str(), "BACK_ORDERED");
    assert_eq!(
        serde_json::to_value(placed.order().unwrap()).unwrap()["status"],
        json!("BACK_ORDERED")
    );
    let raw: serde_json::Value = serde_json::from_slice(placed.raw()).unwrap();
    assert_eq!(raw["order"]["estimatedArrival"]["weeks"], json!(3));
}

#[tokio::test]
async fn an_error_keeps_status_documented_fields_and_raw_body() {
    let sandbox = Sandbox::start().await.unwrap();
    let order = OrderDraft::from_json(r#"{"transactionType":"SUSPEND","serviceId":"1"}"#).unwrap();
    let error = client(&sandbox).orders().confirm(order).await.failed();
    assert!(error.is_rejected());
    assert_eq!(error.dispatch(), Dispatch::Answered);
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.operation(), Some("order_create"));
    let failure = &error.failures()[0];
    assert_eq!(failure.code.as_deref(), Some("400-Service-Id-error"));
    assert!(failure.message.as_deref().unwrap().contains("does not exist"));
    assert_eq!(failure.occurrence.as_deref().map(str::len), Some(5));
    assert!(error.body().unwrap().starts_with(b"{"));
    let text = error.to_string();
    for part in [
        "order_create (POST /orders)",
        "400 Bad Request",
        "does not exist",
        error.correlation_id().unwrap(),
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn html_from_a_gateway_keeps_its_status() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Html(500)).on("order_create"))
        .start()
        .await
        .unwrap();
    let error = client(&sandbox).orders().confirm(upgrade()).await.failed();
    assert_eq!(error.status(), Some(500));
    assert!(error.body().unwrap().starts_with(b"<html>"));
    assert!(error.to_string().contains("500 Internal Server Error"));
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_is_never_sent_again() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::DropAfter).on("order_create"))
        .start()
        .await
        .unwrap();
    let error = client(&sandbox)
        .orders()
        .submit_without_confirmation(upgrade())
        .await
        .failed();
    assert!(error.is_outcome_unknown(), "{error}");
    assert_eq!(error.dispatch(), Dispatch::MaybeSent);
    assert_eq!(error.external_order_number(), Some("12345678"));
    assert!(error.to_string().contains("12345678"), "{error}");
    assert_eq!(sandbox.orders().len(), 1);
    assert_eq!(sandbox.requests_for("order_create").len(), 1);
}

#[tokio::test]
async fn a_confirmation_is_sent_again() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::DropBefore).on("order_create").times(1))
        .fault(Rule::new(Fault::ExpiredToken).on("order_create").times(1))
        .start()
        .await
        .unwrap();
    let _ = client(&sandbox).orders().confirm(upgrade()).await.unwrap();
    assert_eq!(sandbox.requests_for("order_create").len(), 3);
    assert_eq!(sandbox.tokens_issued(), 2);
}

/// Somebody on the way lost the flag: what was meant as a question has become an order.
#[tokio::test]
async fn a_confirmation_answered_with_an_order_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox
        .script("order_create", 200, example("orders/upgrade/order"))
        .unwrap();
    let error = client(&sandbox).orders().confirm(upgrade()).await.failed();
    assert!(error.is_outcome_unknown());
    assert!(error.to_string().contains("8711720"), "{error}");
}

#[tokio::test]
async fn success_without_an_order_id_proves_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox
        .script("order_create", 200, json!({ "status": "SUCCESS" }))
        .unwrap();
    let error = client(&sandbox)
        .orders()
        .submit_without_confirmation(upgrade())
        .await
        .failed();
    assert!(error.is_outcome_unknown(), "{error}");
}

#[tokio::test]
async fn an_order_refused_with_http_200_is_an_error_with_all_its_items() {
    let sandbox = Sandbox::start().await.unwrap();
    let body = json!({ "status": "ERROR", "whatever": [{ "message": "one" }, { "message": "two" }] });
    sandbox.script("order_create", 200, body).unwrap();
    let error = client(&sandbox)
        .orders()
        .submit_without_confirmation(upgrade())
        .await
        .failed();
    assert!(error.is_rejected() && !error.is_outcome_unknown());
    assert_eq!(error.failures().len(), 2);
}

#[test]
fn a_client_can_be_shared() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Client>();
}

/// The documented answer, decoded through the types `mobproc` shows.
#[test]
fn the_types_are_reachable_from_the_client_crate() {
    let answer: OrderAnswer = serde_json::from_value(example("orders/upgrade/order")).unwrap();
    assert_eq!(answer.status, Some(AnswerStatus::Success));
    assert_eq!(answer.order.unwrap().status, Some(OrderStatus::OrderSubmitted));
}

/// The general error of a call that must fail, whatever the type of its own.
pub(crate) trait Failed {
    fn failed(self) -> Error;
}

impl<T, E: Into<Error>> Failed for Result<T, E> {
    fn failed(self) -> Error {
        match self {
            Ok(_) => panic!("it did not fail"),
            Err(error) => error.into(),
        }
    }
}
