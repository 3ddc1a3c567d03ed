//! The clock, and what comes with time.

use std::time::Duration;

use mobproc_sandbox::Sandbox;
use mobproc_tests::example;
use reqwest::Method;
use serde_json::{Value, json};

use super::Tester;

#[tokio::test]
async fn orders_go_on_by_the_clock_each_step_at_its_time() {
    let sandbox = Sandbox::builder()
        .ship_after(Duration::from_secs(60))
        .start()
        .await
        .unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let set = json!({ "now": "2030-02-04T09:00:00Z", "stopped": true }).to_string();
    let (_, clock) = tester.steer(Method::PUT, "/clock", set).await;
    assert_eq!(clock, json!({ "now": "2030-02-04T09:00:00Z", "stopped": true }));
    let token = tester.log_in().await;
    let tester = Tester {
        token: token["access_token"].as_str().unwrap().to_owned(),
        ..tester
    };
    let order = tester.upgrade().await;
    assert_eq!(order["dateSubmitted"], "2030-02-04T09:00:00Z");
    let id = order["orderId"].as_str().unwrap();
    let advance = async |seconds: u64| {
        tester
            .steer(
                Method::POST,
                "/clock/advance",
                json!({ "seconds": seconds }).to_string(),
            )
            .await
    };
    advance(59).await;
    assert_eq!(sandbox.orders()[0]["status"], "ORDER_SUBMITTED");
    advance(100).await;
    let history = tester
        .call(Method::GET, &format!("/orders/{id}/history"))
        .send()
        .await
        .unwrap();
    let history: Value = history.json().await.unwrap();
    let steps: Vec<_> = history["history"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    assert_eq!(steps.len(), 3, "{history}");
    for (step, time) in steps.iter().zip(["09:00:00", "09:01:00", "09:02:00"]) {
        assert!(step.contains(time), "{step} at {time}");
    }
    assert_eq!(sandbox.orders()[0]["status"], "ORDER_COMPLETED");
    // The token has expired with it.
    advance(10_000).await;
    assert_eq!(
        tester.call(Method::GET, "/ping").send().await.unwrap().status(),
        401
    );
    for wrong in [json!({ "now": "yesterday" }), json!({ "halted": true }), json!(1)] {
        assert_eq!(
            tester.steer(Method::PUT, "/clock", wrong.to_string()).await.0,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn an_order_takes_its_effect_when_it_is_completed_or_when_it_is_placed() {
    let sandbox = Sandbox::builder()
        .ship_after(Duration::from_secs(60))
        .start()
        .await
        .unwrap();
    let tester = Tester::new(&sandbox, None).await;
    sandbox.stop_clock();
    let line = async |id: &str| {
        let lines = tester.look("/tenant").await;
        let lines = lines["services"].as_array().unwrap().clone();
        lines.into_iter().find(|line| line["id"] == id).unwrap()["status"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let place = async |name: &str| {
        let asked = tester
            .call(Method::POST, "/orders?confirm=false")
            .json(&example(&format!("orders/{name}/request")));
        assert_eq!(asked.send().await.unwrap().status(), 200, "{name}");
    };
    place("suspend").await;
    assert_eq!(line("1002").await, "ACTIVE");
    sandbox.advance_clock(Duration::from_secs(61));
    assert_eq!(sandbox.orders()[0]["status"], "ORDER_COMPLETED");
    assert_eq!(line("1002").await, "SUSPENDED");
    // By hand.
    place("unsuspend").await;
    assert_eq!(line("1003").await, "SUSPENDED");
    let id = sandbox.orders()[1]["orderId"].as_str().unwrap().to_owned();
    assert!(sandbox.advance_order(&id));
    assert_eq!(line("1003").await, "ACTIVE");
    tester
        .steer(Method::PATCH, "/settings", r#"{"effects": "on-placement"}"#)
        .await;
    sandbox.reset();
    tester
        .steer(Method::PATCH, "/settings", r#"{"effects": "on-placement"}"#)
        .await;
    place("suspend").await;
    assert_eq!(line("1002").await, "SUSPENDED");
    // Whoever approves too early is told so; afterwards it waits.
    let settings = json!({ "approvalAfter": 10, "approvalAbove": 100 }).to_string();
    tester.steer(Method::PATCH, "/settings", settings).await;
    let id = tester.upgrade().await["orderId"].as_str().unwrap().to_owned();
    let approve = async || {
        let asked = tester
            .call(Method::POST, &format!("/orders/{id}/approval"))
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", "jonas.lindqvist")
            .json(&json!({ "action": "APPROVE" }));
        let answer: Value = asked.send().await.unwrap().json().await.unwrap();
        answer["status"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(approve().await, "NOT_READY_FOR_APPROVAL");
    sandbox.advance_clock(Duration::from_secs(10));
    assert_eq!(approve().await, "APPROVAL_QUEUED");
    assert_eq!(approve().await, "APPROVAL_NOT_NEEDED");
}

#[tokio::test]
async fn no_time_is_too_far_away() {
    let sandbox = Sandbox::builder()
        .ship_after(Duration::MAX)
        .approval_after(Duration::from_secs(u64::MAX))
        .token_lifetime(Duration::MAX)
        .start()
        .await
        .unwrap();
    let tester = Tester::new(&sandbox, None).await;
    tester.upgrade().await;
    assert_eq!(sandbox.orders()[0]["status"], "ORDER_SUBMITTED");
    for seconds in [9_000_000_000_000, u64::MAX] {
        let answer = tester
            .call(Method::GET, "/regions/2001")
            .header("X-Sandbox-Fault", format!("retry-after-date={seconds}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["retry-after"], "Fri, 31 Dec 9999 23:59:59 GMT");
    }
    let settings =
        json!({ "shipAfter": u64::MAX, "approvalAfter": u64::MAX, "tokenLifetime": u64::MAX }).to_string();
    assert_eq!(tester.steer(Method::PATCH, "/settings", settings).await.0, 200);
    let advance = json!({ "seconds": u64::MAX }).to_string();
    assert_eq!(
        tester
            .steer(Method::POST, "/clock/advance", advance.clone())
            .await
            .0,
        200
    );
    assert_eq!(tester.steer(Method::POST, "/clock/advance", advance).await.0, 200);
    assert_eq!(sandbox.orders().len(), 1);
    assert!(tester.look("/clock").await["now"].is_string());
}

#[tokio::test]
async fn another_time_costs_no_token_and_no_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    sandbox.set_clock("2020-01-01T00:00:00Z".parse().unwrap());
    let token = tester.log_in().await["access_token"].as_str().unwrap().to_owned();
    let tester = Tester { token, ..tester };
    let ping = async || {
        tester
            .call(Method::GET, "/ping")
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(ping().await, 200);
    let change = json!({ "shipAfter": 60, "tokenLifetime": 100, "keep": 50 }).to_string();
    tester.steer(Method::PATCH, "/settings", change).await;
    tester.upgrade().await;
    tester.steer(Method::PUT, "/snapshots/then", "").await;
    tester
        .steer(Method::PATCH, "/settings", r#"{"tokenLifetime": 7, "keep": 2}"#)
        .await;
    sandbox.advance_clock(Duration::from_secs(3600));
    assert_eq!(sandbox.orders()[0]["status"], "ORDER_COMPLETED");
    tester.steer(Method::POST, "/snapshots/then/restore", "").await;
    assert_eq!(sandbox.orders()[0]["status"], "ORDER_SUBMITTED");
    assert_eq!(ping().await, 200);
    let settings = tester.look("/settings").await;
    assert_eq!(
        (&settings["tokenLifetime"], &settings["keep"]),
        (&json!(100), &json!(50))
    );
    sandbox.reset();
    assert_eq!(ping().await, 200);
    // The last moment there is.
    sandbox.set_clock(chrono::DateTime::<chrono::Utc>::MAX_UTC);
    let token = tester.log_in().await;
    assert!(token["access_token"].is_string());
}
