//! Settings, resets, snapshots, and what an actor sees of it all.

use std::time::Duration;

use mobproc_sandbox::Sandbox;
use mobproc_tests::example;
use reqwest::Method;
use serde_json::{Value, json};

use super::Tester;

#[tokio::test]
async fn settings_change_while_it_runs() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    assert_eq!(
        tester.look("/settings").await,
        json!({
            "backend": "premium-mobile", "approvalAfter": 0, "shipAfter": null, "approvalAbove": 500.0, "orderErrors": "error-body",
            "tokenLifetime": 7199, "keep": 1000, "strict": false, "effects": "on-completion",
            "explain": false,
        })
    );
    sandbox.stop_clock();
    tester.upgrade().await;
    // What waits already goes on at the new pace.
    let change = json!({ "shipAfter": 10, "orderErrors": "envelope", "tokenLifetime": 5, "keep": 2 });
    let (_, settings) = tester.steer(Method::PATCH, "/settings", change.to_string()).await;
    assert_eq!(
        (&settings["shipAfter"], &settings["approvalAfter"]),
        (&json!(10), &json!(0))
    );
    sandbox.advance_clock(Duration::from_secs(11));
    assert_eq!(sandbox.orders()[0]["status"], "ORDER_SHIPPED");
    assert_eq!(tester.log_in().await["expires_in"], 5);
    let (status, refusal) = tester.order("upgrade", "amara.okafor", true).await;
    assert_eq!((status, &refusal["status"]), (200, &json!("ERROR")), "{refusal}");
    assert_eq!(sandbox.requests().len(), 2);
    let (_, settings) = tester
        .steer(Method::PATCH, "/settings", r#"{"shipAfter": null}"#)
        .await;
    assert_eq!(settings["shipAfter"], Value::Null);
    sandbox.advance_clock(Duration::from_secs(1000));
    assert_eq!(sandbox.orders()[0]["status"], "ORDER_SHIPPED");
    for wrong in [
        r#"{"shipafter": 1}"#,
        r#"{"keep": -1}"#,
        r#"{"orderErrors": "none"}"#,
        "{",
    ] {
        assert_eq!(
            tester.steer(Method::PATCH, "/settings", wrong).await.0,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn every_kind_of_order_can_be_placed_again_after_a_reset() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let orders = [
        ("deactivate", "peter.edwards.acme"),
        ("new_activation", "peter.edwards.acme"),
        ("order_accessories", "peter.edwards.acme"),
        ("port_number", "peter.edwards.acme"),
        ("suspend", "peter.edwards.acme"),
        ("swap_devices", "peter.edwards.acme"),
        ("unsuspend", "peter.edwards.acme"),
        ("update_features", "peter.edwards.acme"),
        ("upgrade", "peter.edwards.acme"),
        ("xfer_service_in", "peter.edwards"),
        ("xfer_service_in_and_port", "peter.edwards"),
        ("xfer_service_out", "peter.edwards.acme"),
    ];
    for round in 0..3 {
        for (name, actor) in orders {
            for confirm in [true, false] {
                let (mut status, mut answer) = tester.order(name, actor, confirm).await;
                if status != 200 {
                    // For the user's own account, as the example shows it.
                    let asked = tester
                        .call(Method::POST, &format!("/orders?confirm={confirm}"))
                        .json(&example(&format!("orders/{name}/request")));
                    let response = asked.send().await.unwrap();
                    status = response.status().as_u16();
                    answer = response.json().await.unwrap();
                }
                assert_eq!(status, 200, "round {round}, {name}, confirm={confirm}: {answer}");
            }
            tester.steer(Method::POST, "/reset", "").await;
            assert!(sandbox.orders().is_empty() && sandbox.requests().is_empty());
        }
    }
}

#[tokio::test]
async fn a_snapshot_brings_everything_back_but_tokens_and_record() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    sandbox.stop_clock();
    tester.upgrade().await;
    let before = tester.look("/orders").await;
    let (_, names) = tester.steer(Method::PUT, "/snapshots/one%20order", "").await;
    assert_eq!(names["snapshots"], json!(["one order"]));
    tester.upgrade().await;
    sandbox
        .add_fault("region_get:status=500".parse().unwrap())
        .unwrap();
    sandbox.advance_clock(Duration::from_secs(100));
    let suspended = tester.look("/tenant").await;
    assert_eq!(
        tester.look("/orders").await["orders"].as_array().unwrap().len(),
        2
    );
    let (status, _) = tester
        .steer(Method::POST, "/snapshots/one%20order/restore", "")
        .await;
    assert_eq!(status, 200);
    assert_eq!(tester.look("/orders").await, before);
    assert_eq!(tester.look("/faults").await["rules"], json!([]));
    assert_eq!(tester.look("/tenant").await["counts"], suspended["counts"]);
    assert_eq!(sandbox.requests_for("order_create").len(), 2);
    assert_eq!(
        tester.call(Method::GET, "/ping").send().await.unwrap().status(),
        200
    );
    assert_eq!(
        tester.steer(Method::POST, "/snapshots/none/restore", "").await.0,
        404
    );
    assert_eq!(
        tester.steer(Method::DELETE, "/snapshots/one%20order", "").await.0,
        200
    );
    assert_eq!(
        tester.steer(Method::DELETE, "/snapshots/one%20order", "").await.0,
        404
    );
}

#[tokio::test]
async fn what_is_hidden_from_an_actor_is_told_only_by_a_sandbox_that_explains() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let id = tester.upgrade().await["orderId"].as_str().unwrap().to_owned();
    let ask = async |actor: &str, path: &str| {
        let asked = tester
            .call(Method::GET, path)
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", actor);
        let answer: Value = asked.send().await.unwrap().json().await.unwrap();
        answer["message"].as_str().unwrap_or_default().to_owned()
    };
    let hidden = [
        ("order", format!("/orders/{id}")),
        ("service", "/assets/services/38382349".to_owned()),
        ("device", "/assets/devices/35362368".to_owned()),
        ("employee", "/employees/28673732".to_owned()),
    ];
    for (what, path) in &hidden {
        assert_eq!(
            ask("amara.okafor", path).await,
            format!("There is no such {what}.")
        );
    }
    assert_eq!(ask("nobody", "/ping").await, "You may not act for this employee.");
    tester
        .steer(Method::PATCH, "/settings", r#"{"explain": true}"#)
        .await;
    for (what, path) in &hidden {
        let said = ask("amara.okafor", path).await;
        assert!(said.contains("amara.okafor may not see it"), "{what}: {said}");
    }
    assert_eq!(ask("amara.okafor", "/orders/1").await, "There is no such order.");
    assert!(ask("nobody", "/ping").await.contains("none of that id"));
}
