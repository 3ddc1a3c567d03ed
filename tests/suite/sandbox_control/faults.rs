//! Faults, scripts and scenarios.

use mobproc_sandbox::{Fault, FaultError, Rule, Sandbox, Scenario, Script, ScriptError};
use reqwest::Method;
use serde_json::json;

use super::Tester;

#[tokio::test]
async fn a_fault_or_a_script_that_could_never_strike_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    for rule in [
        "order_make:drop-after",
        "drop-after 0%",
        "drop-after x0",
        "region_get:repeat-page",
        "",
    ] {
        let (status, refusal) = tester.steer(Method::POST, "/faults", rule).await;
        assert_eq!(status, 400, "{rule}: {refusal}");
    }
    for (script, why) in [
        (json!({ "operation": "order_make" }), "order_make"),
        (json!({ "operation": "order_get", "status": 99 }), "99"),
        (json!({ "operation": "order_get", "times": 0 }), "never"),
        (
            json!({ "operation": "order_get", "pointers": { "a": 1 } }),
            "pointer",
        ),
        (json!({ "operation": "order_get", "state": 500 }), "state"),
        (json!({}), "operation"),
    ] {
        let (status, refusal) = tester.steer(Method::POST, "/scripts", script.to_string()).await;
        assert_eq!(status, 400, "{script}");
        let message = refusal["message"].as_str().unwrap();
        assert!(message.contains(why), "{script}: {message}");
    }
    assert_eq!(tester.look("/faults").await["rules"], json!([]));
    assert_eq!(tester.look("/scripts").await["scripts"], json!([]));

    let unknown = Rule::new(Fault::DropAfter).on("order_make");
    let error = sandbox.add_fault(unknown.clone()).unwrap_err();
    assert!(matches!(error, FaultError::UnknownOperation(_)), "{error}");
    let error = sandbox.script("order_make", 200, json!({})).unwrap_err();
    assert!(matches!(error, ScriptError::UnknownOperation(_)), "{error}");
    let error = Sandbox::builder().fault(unknown).start().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("order_make"), "{error}");
}

#[tokio::test]
async fn scripts_answer_only_requests_that_fit() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let script = Script::new("order_create", 503)
        .query("confirm", "false")
        .pointer("/orderRequest/externalOrderNumber", "12345678")
        .times(2);
    let wire = serde_json::to_string(&script).unwrap();
    assert_eq!(tester.steer(Method::POST, "/scripts", wire).await.0, 200);
    sandbox
        .add_script(Script::new("region_get", 410).query("id", "2002"))
        .unwrap();
    let place = async |confirm| tester.order("upgrade", "peter.edwards.acme", confirm).await.0;
    assert_eq!(
        tester
            .call(Method::GET, "/regions/2001")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        tester
            .call(Method::GET, "/regions/2002")
            .send()
            .await
            .unwrap()
            .status(),
        410
    );
    assert_eq!(place(true).await, 200);
    assert_eq!(
        tester.order("xfer_service_in", "peter.edwards", false).await.0,
        200
    );
    assert_eq!(
        (place(false).await, place(false).await, place(false).await),
        (503, 503, 200)
    );
    assert_eq!(tester.look("/scripts").await["scripts"], json!([]));
    assert_eq!(sandbox.orders().len(), 2);
}

#[tokio::test]
async fn a_scenario_begins_and_comes_back_with_every_reset() {
    let scenario: Scenario = r#"{
        "faults": ["region_get:status=500 x1"],
        "scripts": [{ "operation": "ping_get", "status": 404 }],
        "clock": { "now": "2030-02-04T09:00:00Z", "stopped": true },
        "settings": { "approvalAbove": 100, "shipAfter": 60 }
    }"#
    .parse()
    .unwrap();
    let sandbox = Sandbox::builder()
        .scenario(scenario.clone())
        .start()
        .await
        .unwrap();
    let tester = Tester::new(&sandbox, None).await;
    for _ in 0..2 {
        assert_eq!(tester.look("/clock").await["now"], "2030-02-04T09:00:00Z");
        let status = async |path: &str| {
            tester
                .call(Method::GET, path)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16()
        };
        assert_eq!(
            (status("/regions/2001").await, status("/regions/2001").await),
            (500, 200)
        );
        assert_eq!((status("/ping").await, status("/ping").await), (404, 200));
        tester.upgrade().await;
        assert_eq!(sandbox.orders()[0]["status"], "AWAITING_APPROVAL");
        sandbox.reset();
    }
    sandbox.clear_faults();
    sandbox.play(&scenario).unwrap();
    assert_eq!(tester.look("/faults").await["rules"].as_array().unwrap().len(), 1);
    for (wrong, why) in [
        (json!({ "faults": ["region_get:explode"] }), "fault 1"),
        (
            json!({ "scripts": [{ "operation": "region_get" }, { "operation": "none" }] }),
            "script 2",
        ),
        (json!({ "rules": {} }), "line 1"),
    ] {
        let (status, refusal) = tester.steer(Method::POST, "/scenario", wrong.to_string()).await;
        assert_eq!(status, 400);
        assert!(
            refusal["message"].as_str().unwrap().contains(why),
            "{wrong}: {refusal}"
        );
    }
}
