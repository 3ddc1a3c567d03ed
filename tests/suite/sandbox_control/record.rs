//! What the sandbox was asked: remembered, counted, without secrets, and what was not as documented.

use mobproc_sandbox::{RequestFilter, Sandbox};
use mobproc_tests::example;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::Tester;

#[tokio::test]
async fn whether_an_order_was_sent_exactly_once_can_be_counted() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    tester.order("upgrade", "peter.edwards.acme", true).await;
    let order = tester.upgrade().await;
    let id = order["orderId"].as_str().unwrap();
    tester
        .call(Method::GET, &format!("/orders/{id}"))
        .send()
        .await
        .unwrap();
    tester.call(Method::GET, "/orders/1").send().await.unwrap();
    let count = async |query: &str| tester.look(&format!("/requests/count?{query}")).await["count"].clone();
    assert_eq!(count("").await, 5);
    assert_eq!(
        count("operation=order_create&confirm=false&order=12345678").await,
        1
    );
    assert_eq!(count("operation=order_create&order=12345678").await, 2);
    assert_eq!(count("operation=order_create&order=4711").await, 0);
    // Placed and read, by the id of the answer and of the path.
    assert_eq!(count(&format!("order={id}")).await, 2);
    assert_eq!(count("status=404").await, 1);
    assert_eq!(count("processed=false").await, 0);
    assert_eq!(count("until=2020-01-01T00:00:00Z").await, 0);
    assert_eq!(count("since=2020-01-01T00:00:00Z").await, 5);
    let (status, refusal) = tester.steer(Method::GET, "/requests/count?number=1", "").await;
    assert_eq!(status, 400);
    assert!(
        refusal["message"].as_str().unwrap().contains("number"),
        "{refusal}"
    );
    let filter = RequestFilter::new()
        .operation("order_create")
        .confirm("true")
        .status(200);
    assert_eq!(sandbox.requests_that(&filter).len(), 1);
}

#[tokio::test]
async fn only_the_last_requests_are_remembered_and_the_others_are_counted() {
    let sandbox = Sandbox::builder().keep(3).start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    for text in ["a", "b", "c", "d"] {
        tester
            .call(Method::GET, &format!("/ping?echoText={text}"))
            .send()
            .await
            .unwrap();
    }
    let record = tester.look("/requests").await;
    let texts: Vec<&Value> = record["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| &request["query"][0][1])
        .collect();
    assert_eq!(texts, ["b", "c", "d"]);
    assert_eq!(record["forgotten"], 2);
    assert_eq!(record["requests"][0]["number"], 2);
    assert_eq!(sandbox.forgotten_requests(), 2);
    let last = tester.look("/requests?last=1").await;
    assert_eq!(last["requests"][0]["query"][0][1], "d");
    // Nothing is missing from what comes after a reset; numbers go on.
    sandbox.reset();
    assert_eq!(sandbox.forgotten_requests(), 0);
    tester.call(Method::GET, "/ping").send().await.unwrap();
    assert_eq!(sandbox.requests()[0].number, 5);

    // A long body leaves its length only.
    let long = "x".repeat(100_000);
    tester
        .call(Method::POST, "/orders?confirm=true")
        .body(long)
        .send()
        .await
        .unwrap();
    let last = &tester.look("/requests?last=1").await["requests"][0];
    assert_eq!(
        (&last["body"], &last["bodyLength"]),
        (&Value::Null, &json!(100_000))
    );
    assert!(sandbox.requests().last().unwrap().body.is_empty());
}

/// Sends something of which only the record is looked at.
async fn sent(request: RequestBuilder) {
    request.send().await.unwrap();
}

#[tokio::test]
async fn no_secret_is_in_the_record_wherever_it_stands() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let secrets = [
        "client_secret",
        "password",
        "access_token",
        "refresh_token",
        "token",
    ];
    let pairs = secrets.map(|name| (name, "canary-of-a-secret"));
    // To the wrong path, in the query, as a form, as JSON, in headers.
    sent(tester.call(Method::POST, "//as/token.oauth2").form(&pairs)).await;
    sent(tester.call(Method::GET, "/regions/2001").query(&pairs)).await;
    for odd in [
        json!({ "orderRequest": [{ "password": "canary-of-a-secret" }] }),
        json!({ "orderRequest": { "transactionType": { "access_token": "canary-of-a-secret" } } }),
        json!({ "clientSecret": "canary-of-a-secret", "password": { "value": "canary-of-a-secret" } }),
    ] {
        sent(tester.call(Method::POST, "/orders?confirm=true").json(&odd)).await;
    }
    for path in [
        "/ping?password[]=canary-of-a-secret",
        "//as/token.oauth2;token=canary-of-a-secret",
    ] {
        sent(
            tester
                .call(Method::GET, path)
                .header("Referer", "http://127.0.0.1/?client_secret=canary-of-a-secret")
                .header("X-Api-Key", "canary-of-a-secret"),
        )
        .await;
    }
    let nested = json!({ "orderRequest": { "password": "canary-of-a-secret", "list": [{ "token": "canary-of-a-secret" }] } });
    sent(tester.call(Method::POST, "/orders?confirm=true").json(&nested)).await;
    sent(
        tester
            .call(Method::GET, "/ping")
            .header("Cookie", "canary-of-a-secret")
            .header("Proxy-Authorization", "canary-of-a-secret"),
    )
    .await;
    let record = tester.look("/requests").await;
    assert_eq!(record["requests"].as_array().unwrap().len(), 10, "{record}");
    let record = format!("{record}{}", tester.look("/violations").await);
    assert!(!record.contains("canary-of-a-secret"), "{record}");
    assert!(
        !record.contains(&tester.token) && !record.contains("sandbox-password"),
        "{record}"
    );
    // The rest of what carried them is there.
    assert!(
        record.contains("grant_type") && record.contains("[secret]"),
        "{record}"
    );
}

#[tokio::test]
async fn what_others_might_not_forgive_is_listed_and_refused_when_strict() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let actor = "X-TNGO-CONTEXT-COMPANYEMPLOYEEID";
    let upgrade = example("orders/upgrade/request");
    let order = |query: &str| {
        let asked = tester.call(Method::POST, &format!("/orders{query}"));
        asked.header(actor, "peter.edwards.acme")
    };
    let mut member = upgrade.clone();
    member["orderRequest"]["shipTo"]["nation"] = json!("US");
    let mut kind = upgrade.clone();
    kind["orderRequest"]["existingDevice"]["serialNumber"]["type"] = json!("IMIE");
    let text = upgrade.to_string();
    let cases = [
        (order("?confirm=true").json(&upgrade), vec![]),
        (
            order("?confirm=true").body(text.clone()),
            vec!["Content-Type is missing"],
        ),
        (
            order("?confirm=true")
                .header("Content-Type", "text/plain")
                .body(text),
            vec!["Content-Type is text/plain"],
        ),
        (
            order("?confrim=true").json(&upgrade),
            vec!["confrim is not documented", "placed for real"],
        ),
        (
            order("?confirm=True").json(&upgrade),
            vec!["neither true nor false"],
        ),
        (
            order("?confirm=true&confirm=true").json(&upgrade),
            vec!["more than once"],
        ),
        (order("?confirm=true").json(&member), vec!["nation"]),
        (order("?confirm=true").json(&kind), vec!["IMIE"]),
        (tester.call(Method::GET, "/region/2001"), vec!["no such resource"]),
        (
            tester
                .http
                .post(format!("{}/as/token.oauth2?grnat_type=password", tester.origin))
                .body("scope=MOBPROC"),
            vec!["form-urlencoded", "grnat_type"],
        ),
    ];
    let asked = cases.len();
    let before = sandbox.requests().len();
    let mut expected = Vec::new();
    for (request, wanted) in cases {
        request.try_clone().unwrap().send().await.unwrap();
        expected.push((request, wanted));
    }
    let received = sandbox.requests();
    let found: Vec<_> = received.iter().skip(before).collect();
    for (received, (_, wanted)) in found.iter().zip(&expected) {
        assert_eq!(
            received.violations.len(),
            wanted.len(),
            "{:?} for {wanted:?}",
            received.violations
        );
        for (violation, part) in received.violations.iter().zip(wanted) {
            assert!(violation.contains(part), "{violation} has not got {part}");
        }
    }
    // The misspelt one ordered for real, as a real backend would.
    assert_eq!(sandbox.orders().len(), 1);
    let listed = tester.look("/violations").await;
    assert_eq!(listed["violations"].as_array().unwrap().len(), asked - 1);
    assert_eq!(tester.look("/requests/count?violating=false").await["count"], 2);

    tester
        .steer(Method::PATCH, "/settings", r#"{"strict": true}"#)
        .await;
    for (request, wanted) in expected {
        let status = request.send().await.unwrap().status().as_u16();
        assert_eq!(status == 200, wanted.is_empty(), "{status} for {wanted:?}");
    }
    assert_eq!(sandbox.orders().len(), 1);
    let strict = Sandbox::builder().strict().start().await.unwrap();
    let tester = Tester::new(&strict, None).await;
    let asked = tester.call(Method::GET, "/ping?echo=a").send().await.unwrap();
    assert_eq!(asked.status(), 400);
}

#[tokio::test]
async fn a_request_under_way_during_a_reset_touches_no_other() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    sandbox.clear_requests();
    sandbox
        .add_fault("order_list:delay=300 x1".parse().unwrap())
        .unwrap();
    let slow = tokio::spawn(tester.call(Method::GET, "/orders?limit=5&offset=0").send());
    while sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    sandbox.reset();
    tester.call(Method::GET, "/nothing").send().await.unwrap();
    assert_eq!(slow.await.unwrap().unwrap().status(), 200);
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        (requests[0].operation, requests[0].outcome.status()),
        (None, Some(404))
    );
}

#[tokio::test]
async fn health_and_metrics_are_there_for_machines() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    assert_eq!(tester.look("/health").await["status"], "ok");
    tester.upgrade().await;
    sandbox
        .add_fault("ping_get:drop-before x1".parse().unwrap())
        .unwrap();
    tester.call(Method::GET, "/ping").send().await.unwrap_err();
    let metrics = tester
        .http
        .get(format!("{}/metrics", tester.control))
        .send()
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    for line in [
        "# TYPE mobproc_sandbox_requests_total counter",
        "mobproc_sandbox_requests_total{tenant=\"LARKSPUR\",operation=\"order_create\",status=\"200\"} 1",
        "mobproc_sandbox_requests_total{tenant=\"LARKSPUR\",operation=\"ping_get\",status=\"0\"} 1",
        "mobproc_sandbox_orders{tenant=\"LARKSPUR\"} 1",
        "mobproc_sandbox_tokens_issued_total{tenant=\"LARKSPUR\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in\n{metrics}");
    }
}

#[tokio::test]
async fn heads_are_answered_without_a_body() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let answer = tester.call(Method::HEAD, "/regions/2001").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert!(answer.bytes().await.unwrap().is_empty());
    assert_eq!(
        tester
            .call(Method::HEAD, "/orders/1")
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}
