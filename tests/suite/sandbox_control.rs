//! Steering the sandbox over HTTP, as a test in any language does.

use std::collections::BTreeSet;
use std::time::Duration;

use mobproc_sandbox::{Fault, FaultError, RequestFilter, Rule, Sandbox, Scenario, Script, ScriptError};
use mobproc_tests::{example, not_tested, root, text};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// A program that talks HTTP, and nothing else, to one tenant of a sandbox.
struct Tester {
    http: Client,
    origin: String,
    /// Where the control calls of the tenant are.
    control: String,
    of: Value,
    token: String,
}

impl Tester {
    async fn new(sandbox: &Sandbox, tenant: Option<&str>) -> Self {
        let origin = format!("http://{}", sandbox.address());
        let http = Client::new();
        let (control, of) = match tenant {
            None => {
                let control = format!("{origin}/sandbox");
                let of = http.get(format!("{control}/credentials")).send().await;
                (control, of)
            }
            Some(code) => {
                let control = format!("{origin}/sandbox/tenants/{code}");
                let of = http.put(&control).send().await;
                (control, of)
            }
        };
        let of: Value = of.unwrap().json().await.unwrap();
        let mut tester = Self {
            http,
            origin,
            control,
            of,
            token: String::new(),
        };
        tester.token = tester.log_in().await["access_token"].as_str().unwrap().to_owned();
        tester
    }

    fn own(&self, member: &str) -> &str {
        self.of[member].as_str().unwrap()
    }

    async fn log_in(&self) -> Value {
        let form = [
            ("grant_type", "password"),
            ("scope", "MOBPROC"),
            ("client_id", self.own("clientId")),
            ("client_secret", self.own("clientSecret")),
            ("username", self.own("username")),
            ("password", self.own("password")),
        ];
        let asked = self
            .http
            .post(format!("{}/as/token.oauth2", self.origin))
            .form(&form);
        asked.send().await.unwrap().json().await.unwrap()
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/mobproc/v1{path}", self.origin))
            .bearer_auth(&self.token)
            .header("X-TNGO-TENANT", self.own("tenant"))
            .header("client_id", self.own("clientId"))
    }

    async fn order(&self, name: &str, actor: &str, confirm: bool) -> (u16, Value) {
        let response = self
            .call(Method::POST, &format!("/orders?confirm={confirm}"))
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", actor)
            .json(&example(&format!("orders/{name}/request")))
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn upgrade(&self) -> Value {
        let (status, answer) = self.order("upgrade", "peter.edwards.acme", false).await;
        assert_eq!(status, 200, "{answer}");
        answer["order"].clone()
    }

    async fn steer(&self, method: Method, path: &str, body: impl Into<String>) -> (u16, Value) {
        let asked = self
            .http
            .request(method, format!("{}{path}", self.control))
            .body(body.into());
        let response = asked.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn look(&self, path: &str) -> Value {
        let (status, body) = self.steer(Method::GET, path, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

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
    tester
        .call(Method::POST, "//as/token.oauth2")
        .form(&pairs)
        .send()
        .await
        .unwrap();
    tester
        .call(Method::GET, "/regions/2001")
        .query(&pairs)
        .send()
        .await
        .unwrap();
    for odd in [
        json!({ "orderRequest": [{ "password": "canary-of-a-secret" }] }),
        json!({ "orderRequest": { "transactionType": { "access_token": "canary-of-a-secret" } } }),
        json!({ "clientSecret": "canary-of-a-secret", "password": { "value": "canary-of-a-secret" } }),
    ] {
        tester
            .call(Method::POST, "/orders?confirm=true")
            .json(&odd)
            .send()
            .await
            .unwrap();
    }
    for path in [
        "/ping?password[]=canary-of-a-secret",
        "//as/token.oauth2;token=canary-of-a-secret",
    ] {
        tester
            .call(Method::GET, path)
            .header("Referer", "http://127.0.0.1/?client_secret=canary-of-a-secret")
            .header("X-Api-Key", "canary-of-a-secret")
            .send()
            .await
            .unwrap();
    }
    let nested = json!({ "orderRequest": { "password": "canary-of-a-secret", "list": [{ "token": "canary-of-a-secret" }] } });
    tester
        .call(Method::POST, "/orders?confirm=true")
        .json(&nested)
        .send()
        .await
        .unwrap();
    tester
        .call(Method::GET, "/ping")
        .header("Cookie", "canary-of-a-secret")
        .header("Proxy-Authorization", "canary-of-a-secret")
        .send()
        .await
        .unwrap();
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
async fn a_suite_in_python_runs_side_by_side_each_case_with_its_tenant() {
    let sandbox = Sandbox::start().await.unwrap();
    let variables = [
        ("MOBPROC_BASE_URL", sandbox.base_url()),
        ("MOBPROC_TOKEN_URL", sandbox.token_url()),
    ];
    let run = tokio::task::spawn_blocking(move || {
        std::process::Command::new("python3")
            .arg("tests/python/test_orders.py")
            .envs(variables)
            .current_dir(root())
            .output()
    });
    let Ok(output) = run.await.unwrap() else {
        not_tested("a test suite in Python against one sandbox: there is no python3 here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("18 run, 0 failed"), "{said}");
    assert!(sandbox.orders().is_empty() && sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_tenant_of_ones_own_is_a_file() {
    let mut tenant: Value = serde_json::from_str(Sandbox::seed()).unwrap();
    tenant["tenant"]["code"] = json!("MEADOW");
    tenant["employees"][0]["firstName"] = json!("Zora");
    let sandbox = Sandbox::builder()
        .seed(&tenant.to_string())
        .unwrap()
        .employees(20)
        .start()
        .await
        .unwrap();
    assert_eq!(sandbox.credentials().tenant, "MEADOW");
    let tester = Tester::new(&sandbox, None).await;
    let stock = tester.look("/tenant").await;
    assert!(
        stock["employees"][0]["name"]
            .as_str()
            .unwrap()
            .starts_with("Zora ")
    );
    tester.upgrade().await;
    tenant["employees"][0]["departmentId"] = json!("none");
    tenant["plans"][0]["amount"] = json!("dear");
    let error = Sandbox::builder().seed(&tenant.to_string()).unwrap_err();
    assert_eq!(error.violations.len(), 2, "{error}");
    tenant["plans"] = json!([]);
    tenant["serviceAssets"] = json!([]);
    tenant["employees"][0]["departmentId"] = tenant["departments"][0]["id"].clone();
    let bare = Sandbox::builder().seed(&tenant.to_string()).unwrap();
    let error = bare.employees(1).start().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
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

#[tokio::test]
async fn tenants_do_not_meet() {
    let sandbox = Sandbox::start().await.unwrap();
    let (one, two) = (
        Tester::new(&sandbox, Some("case-1")).await,
        Tester::new(&sandbox, Some("case-2")).await,
    );
    one.upgrade().await;
    one.steer(Method::POST, "/faults", "region_get:status=500").await;
    assert_eq!(
        one.call(Method::GET, "/regions/2001")
            .send()
            .await
            .unwrap()
            .status(),
        500
    );
    assert_eq!(
        two.call(Method::GET, "/regions/2001")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(one.look("/orders").await["orders"].as_array().unwrap().len(), 1);
    assert_eq!(two.look("/orders").await["orders"], json!([]));
    assert!(sandbox.orders().is_empty() && sandbox.requests().is_empty());
    assert_eq!(two.look("/requests/count").await["count"], 2);
    // The token of one is none of the other's, and the client neither.
    let mixed = Tester {
        token: one.token.clone(),
        ..Tester::new(&sandbox, Some("case-2")).await
    };
    assert_eq!(
        mixed.call(Method::GET, "/ping").send().await.unwrap().status(),
        401
    );
    two.steer(Method::POST, "/tokens/revoke", "").await;
    assert_eq!(two.call(Method::GET, "/ping").send().await.unwrap().status(), 401);
    assert_eq!(one.call(Method::GET, "/ping").send().await.unwrap().status(), 200);
    one.steer(Method::POST, "/clock/advance", r#"{"seconds": 100000}"#)
        .await;
    assert_ne!(one.look("/clock").await["now"], two.look("/clock").await["now"]);

    let first = Tester::new(&sandbox, None).await;
    let codes = first.look("/tenants").await;
    assert_eq!(codes["tenants"], json!(["LARKSPUR", "case-1", "case-2"]));
    // Making it again changes nothing.
    assert_eq!(first.steer(Method::PUT, "/tenants/case-1", "").await.0, 200);
    assert_eq!(one.look("/orders").await["orders"].as_array().unwrap().len(), 1);
    assert_eq!(first.steer(Method::PUT, "/tenants/a%20b", "").await.0, 400);
    assert_eq!(first.steer(Method::DELETE, "/tenants/case-1", "").await.0, 200);
    assert_eq!(first.steer(Method::DELETE, "/tenants/case-1", "").await.0, 404);
    assert_eq!(first.steer(Method::DELETE, "/tenants/LARKSPUR", "").await.0, 404);
    assert_eq!(
        first.steer(Method::GET, "/tenants/case-1/orders", "").await.0,
        404
    );
    assert_eq!(one.call(Method::GET, "/ping").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn strangers_can_neither_read_nor_change_anything() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let origin = tester.origin.clone();
    let paths = [
        (Method::GET, "/"),
        (Method::GET, "/explorer"),
        (Method::GET, "/sandbox/credentials"),
        (Method::GET, "/sandbox/requests"),
        (Method::POST, "/sandbox/reset"),
        (Method::POST, "/as/token.oauth2"),
        (Method::GET, "/mobproc/v1/ping"),
    ];
    for (method, path) in paths {
        let ask = async |headers: &[(&str, &str)]| {
            let mut asked = tester.http.request(method.clone(), format!("{origin}{path}"));
            for (name, value) in headers {
                asked = asked.header(*name, *value);
            }
            asked.send().await.unwrap()
        };
        for strange in [
            &[("Host", "rebound.example")][..],
            &[("Origin", "http://elsewhere.example")],
            &[("Origin", "null")],
            &[("Sec-Fetch-Site", "cross-site")],
        ] {
            let answer = ask(strange).await;
            assert_eq!(answer.status(), 403, "{path} {strange:?}");
            assert!(answer.headers().get("access-control-allow-origin").is_none());
        }
        let own = [("Origin", origin.as_str()), ("Sec-Fetch-Site", "same-origin")];
        assert_ne!(ask(&own).await.status(), 403, "{path}");
    }
    for path in ["/", "/explorer", "/page.js", "/sandbox/requests"] {
        let answer = tester.http.get(format!("{origin}{path}")).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(
            header("content-security-policy").contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(
            !header("content-security-policy").contains("script-src 'self' 'unsafe"),
            "{path}"
        );
        assert_eq!(
            (header("x-frame-options"), header("x-content-type-options")),
            ("DENY".to_owned(), "nosniff".to_owned())
        );
    }
    // A name that was given is let in, and links begin with it.
    let named = Sandbox::builder()
        .public_url("https://sandbox.example/")
        .allow_host("box")
        .start()
        .await
        .unwrap();
    assert_eq!(named.base_url(), "https://sandbox.example/mobproc/v1");
    let ask = async |host: &str| {
        let asked = tester
            .http
            .get(format!("http://{}/sandbox/health", named.address()));
        asked.header("Host", host).send().await.unwrap().status().as_u16()
    };
    assert_eq!(
        (
            ask("sandbox.example").await,
            ask("box:80").await,
            ask("other").await
        ),
        (200, 200, 403)
    );
    let error = Sandbox::builder()
        .public_url("sandbox")
        .start()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
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

/// Asks every call that the document of the control has, and holds its answer against it.
#[tokio::test]
async fn the_document_of_the_control_is_true() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    tester.upgrade().await;
    tester.steer(Method::PUT, "/snapshots/before", "").await;
    let document = tester.look("/control.json").await;
    let mut asked = BTreeSet::new();
    // What removes comes last.
    for last in [false, true] {
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let Ok(method) = method.to_uppercase().parse::<Method>() else {
                    continue;
                };
                if !operation.is_object() || (method == Method::DELETE) != last {
                    continue;
                }
                let id = operation["operationId"].as_str().unwrap();
                let parameters = item["parameters"].as_array().into_iter().flatten();
                let concrete = parameters.fold(path.clone(), |path, parameter| {
                    let name = parameter["name"].as_str().unwrap();
                    path.replace(&format!("{{{name}}}"), parameter["example"].as_str().unwrap())
                });
                let content = operation["requestBody"]["content"].as_object();
                let body = content.map_or(String::new(), |content| {
                    let example = &content.values().next().unwrap()["example"];
                    example
                        .as_str()
                        .map_or_else(|| example.to_string(), str::to_owned)
                });
                let response = tester
                    .http
                    .request(method, format!("{}{concrete}", tester.control))
                    .body(body)
                    .send()
                    .await
                    .unwrap();
                assert_eq!(response.status(), 200, "{id}");
                let content = operation["responses"]["200"]["content"].as_object();
                let kind = content.unwrap().keys().next().unwrap();
                assert!(
                    response.headers()["content-type"]
                        .to_str()
                        .unwrap()
                        .starts_with(kind.as_str()),
                    "{id}"
                );
                if kind == "application/json" {
                    let answer: Value = response.json().await.unwrap();
                    let mut schema = content.unwrap()[kind]["schema"].clone();
                    schema["components"] = document["components"].clone();
                    let validator = jsonschema::options()
                        .with_draft(jsonschema::Draft::Draft4)
                        .build(&nullable(&schema))
                        .unwrap();
                    let wrong: Vec<String> = validator
                        .iter_errors(&answer)
                        .map(|error| error.to_string())
                        .collect();
                    assert!(wrong.is_empty(), "{id}: {wrong:?} in {answer}");
                }
                asked.insert(id.to_owned());
            }
        }
    }
    assert_eq!(asked.len(), 33, "{asked:?}");
    // The README names every path.
    let readme = text("crates/mobproc-sandbox/README.md");
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(readme.contains(path.as_str()), "README of the sandbox: {path}");
    }
}

/// `nullable` as JSON Schema says it.
fn nullable(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut made: serde_json::Map<String, Value> = members
                .iter()
                .map(|(name, member)| (name.clone(), nullable(member)))
                .collect();
            if made.remove("nullable") == Some(json!(true)) {
                let kind = made.remove("type");
                made.insert("type".to_owned(), json!([kind, "null"]));
            }
            Value::Object(made)
        }
        Value::Array(items) => items.iter().map(nullable).collect(),
        other => other.clone(),
    }
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

#[tokio::test]
async fn nobody_takes_the_client_of_another_tenant() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let (status, refusal) = tester.steer(Method::PUT, "/tenants/sandbox", "").await;
    assert!(
        status == 400 && refusal["message"].as_str().unwrap().contains("sandbox-client"),
        "{refusal}"
    );
    assert!(tester.log_in().await["access_token"].is_string());
    assert_eq!(
        tester.call(Method::GET, "/me").send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn control_calls_that_there_are_not_say_so_and_are_not_recorded() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    sandbox.clear_requests();
    let (status, refusal) = tester.steer(Method::GET, "/nope", "").await;
    assert!(
        status == 404 && refusal["message"].as_str().unwrap().contains("control.json"),
        "{refusal}"
    );
    assert_eq!(
        tester
            .http
            .get(format!("{}/favicon.ico", tester.origin))
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert!(sandbox.requests().is_empty());
    let (status, refusal) = tester
        .steer(Method::GET, "/requests/count?operation=order_make", "")
        .await;
    assert!(
        status == 400 && refusal["message"].as_str().unwrap().contains("order_make"),
        "{refusal}"
    );
    tester
        .steer(Method::PATCH, "/settings", r#"{"approvalAbove": 1}"#)
        .await;
    let id = tester.upgrade().await["orderId"].as_str().unwrap().to_owned();
    let (status, refusal) = tester
        .steer(Method::POST, &format!("/orders/{id}/advance"), "")
        .await;
    assert!(
        status == 400
            && refusal["message"]
                .as_str()
                .unwrap()
                .contains("waits for approval"),
        "{refusal}"
    );
    // A scenario comes true as a whole, or not at all.
    let many = json!({ "faults": vec!["delay=1"; 10_001] }).to_string();
    assert_eq!(tester.steer(Method::POST, "/scenario", many.clone()).await.0, 400);
    assert_eq!(tester.look("/faults").await["rules"], json!([]));
    let builder = Sandbox::builder().scenario(many.parse().unwrap());
    assert_eq!(
        builder.start().await.unwrap_err().kind(),
        std::io::ErrorKind::InvalidInput
    );
    let crowd = Sandbox::builder().employees(usize::MAX);
    assert_eq!(
        crowd.start().await.unwrap_err().kind(),
        std::io::ErrorKind::InvalidInput
    );
    let long = "x".repeat(1_100_000);
    let asked = tester
        .http
        .post(format!("{}/as/token.oauth2", tester.origin))
        .body(long);
    assert_eq!(asked.send().await.unwrap().status(), 400);
}

/// People of a large tenant are made when they are looked at, and are like any other.
#[tokio::test]
async fn generated_people_can_be_moved_about_like_any_other() {
    let sandbox = Sandbox::builder().employees(1_000).start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let ask = async |method: Method, path: &str, body: Value| {
        let asked = tester
            .call(method, path)
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", "jonas.lindqvist")
            .json(&body);
        let response = asked.send().await.unwrap();
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    };
    let list = async |what: &str, employee: &str| {
        let path = format!("/assets/{what}?limit=10&offset=0&employee={employee}");
        let answer = ask(Method::GET, &path, Value::Null).await;
        let items = answer[what]["items"].as_array().unwrap().clone();
        let ids = items.iter().map(|item| item["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let (one, two) = ("500000007", "500000009");
    assert_eq!(list("services", one).await, ["1000000007"]);
    assert_eq!(list("devices", one).await, ["1500000007"]);
    let body = json!({ "newOwnerEmployeeId": two });
    ask(Method::POST, "/assets/services/1000000007/move", body).await;
    assert_eq!(list("services", one).await, [""; 0]);
    assert_eq!(list("devices", one).await, [""; 0]);
    assert_eq!(list("services", two).await, ["1000000007", "1000000009"]);
    assert_eq!(list("devices", two).await, ["1500000007", "1500000009"]);
    // And to one of the data set, and back.
    let body = json!({ "newOwnerEmployeeId": "5001" });
    ask(Method::POST, "/assets/services/1000000009/move", body).await;
    assert!(list("services", "5001").await.contains(&"1000000009".to_owned()));
    let all = ask(Method::GET, "/employees?limit=5&offset=1005", Value::Null).await;
    let all = all["employees"]["items"].as_array().unwrap();
    let name = all.last().unwrap()["companyEmployeeId"].as_str().unwrap();
    assert!(name.ends_with(".999"), "{name}");
    let own = tester
        .call(Method::GET, "/employees?limit=5&offset=0")
        .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", name);
    let own: Value = own.send().await.unwrap().json().await.unwrap();
    assert_eq!(own["employees"]["_meta"]["totalCount"], 1, "{own}");
    assert_eq!(own["employees"]["items"][0]["companyEmployeeId"], name);
    sandbox.reset();
    assert_eq!(list("services", one).await, ["1000000007"]);
}
