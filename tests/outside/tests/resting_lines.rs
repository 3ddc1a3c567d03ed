//! What a user's own tests look like: start a sandbox, let it misbehave, look at what it was asked.

use leave_desk::rest_line;
use mobproc::{Client, Credentials};
use mobproc_sandbox::Sandbox;
use serde_json::json;

async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let of = sandbox.credentials().clone();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .token_url(sandbox.token_url())
        .tenant(of.tenant)
        .credentials(Credentials::password(
            of.client_id,
            of.client_secret,
            of.username,
            of.password,
        ))
        .build()
        .unwrap();
    (sandbox, client)
}

#[tokio::test]
async fn it_asks_for_the_owner_and_confirms_before_it_orders() {
    let (sandbox, client) = start().await;
    let number = rest_line(&client, "mei.tanaka", "1002", "LEAVE-1")
        .await
        .unwrap()
        .unwrap();
    let sent = sandbox.requests_for("order_create");
    let confirms: Vec<_> = sent.iter().map(|request| request.query("confirm")).collect();
    assert_eq!(confirms, [Some("true"), Some("false")]);
    assert_eq!(sent[0].body, sent[1].body);
    for request in &sent {
        assert_eq!(
            request.header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID"),
            Some("mei.tanaka")
        );
    }
    assert_eq!(sandbox.orders()[0]["orderId"], number);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_line_that_costs_something_is_left_alone() {
    let (sandbox, client) = start().await;
    let costs = json!({ "orderConfirmation": {
        "transactionType": "SUSPEND",
        "costSummary": [{ "amount": 9.99, "currencyCode": "USD", "recurrence": "MONTHLY" }],
    }});
    sandbox.script("order_create", 200, costs).unwrap();
    assert_eq!(
        rest_line(&client, "mei.tanaka", "1002", "LEAVE-2").await.unwrap(),
        None
    );
    assert_eq!(sandbox.requests_for("order_create").len(), 1);
    assert!(sandbox.orders().is_empty());
    sandbox.stop().await;
}

#[tokio::test]
async fn a_lost_answer_does_not_order_twice() {
    let (sandbox, client) = start().await;
    // The confirmation passes; then the connection breaks after the order has been placed.
    sandbox
        .add_fault("order_create:delay=0 x1".parse().unwrap())
        .unwrap();
    sandbox
        .add_fault("order_create:drop-after x1".parse().unwrap())
        .unwrap();
    let number = rest_line(&client, "mei.tanaka", "1002", "LEAVE-3")
        .await
        .unwrap()
        .unwrap();
    let orders = sandbox.orders();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["orderId"], number);
    sandbox.stop().await;
}
