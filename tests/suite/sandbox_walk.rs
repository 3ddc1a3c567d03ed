//! Every operation of the document on every backend, and every way to misbehave.

use std::collections::BTreeSet;
use std::time::Duration;

use mobproc_api::operations::ALL;
use mobproc_sandbox::{Backend, Effects, Fault, Outcome, Rule, Sandbox};
use mobproc_tests::text;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

struct Caller {
    sandbox: Sandbox,
    http: Client,
    token: String,
}

impl Caller {
    fn new(sandbox: Sandbox) -> Self {
        let token = sandbox.access_token();
        Self {
            sandbox,
            // A fresh connection for each request, so that one that is cut does not touch the next.
            http: Client::builder().pool_max_idle_per_host(0).build().unwrap(),
            token,
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let of = self.sandbox.credentials();
        self.http
            .request(method, format!("{}{path}", self.sandbox.base_url()))
            .bearer_auth(&self.token)
            .header("X-TNGO-TENANT", &of.tenant)
            .header("client_id", &of.client_id)
    }

    /// Asks, and holds the answer against the document.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        let received = self.sandbox.requests().pop().unwrap();
        let operation = ALL
            .iter()
            .find(|operation| Some(operation.id) == received.operation)
            .unwrap();
        assert_eq!(
            self.sandbox.check_answer(operation, status, &body),
            Vec::<String>::new(),
            "{path}"
        );
        (status, body)
    }
}

fn suspend() -> Value {
    serde_json::from_str(&text("openapi/examples/orders/suspend/request.json")).unwrap()
}

/// One request for each operation; `{order}` is an order that was placed before.
const WALK: [(&str, &str); 33] = [
    ("GET", "/ping?echoText=hello"),
    ("GET", "/diagnostics"),
    ("GET", "/me"),
    ("GET", "/employees?limit=2&offset=2"),
    ("GET", "/employees/5001"),
    ("GET", "/regions"),
    ("GET", "/regions/2001"),
    ("GET", "/vendors"),
    ("GET", "/vendors/3001"),
    ("GET", "/manufacturers"),
    ("GET", "/manufacturers/Ostrea%20Labs"),
    ("GET", "/manufacturers/Kestrel/models"),
    (
        "GET",
        "/manufacturers/Kestrel/models/Kestrel%20K4%20(64GB)%20-%20Gray",
    ),
    ("GET", "/catalog/devices"),
    ("GET", "/catalog/devices/4001"),
    ("GET", "/catalog/plans"),
    ("GET", "/catalog/plans/4101"),
    ("GET", "/catalog/accessories"),
    ("GET", "/catalog/accessories/4201"),
    ("GET", "/catalog/features"),
    ("GET", "/assets/devices?limit=3&offset=0"),
    ("GET", "/assets/devices/7001"),
    ("GET", "/assets/services?limit=3&offset=0"),
    ("GET", "/assets/services/1001"),
    ("POST", "/assets/services/1001/move"),
    ("GET", "/orders"),
    ("POST", "/orders?confirm=true"),
    ("GET", "/orders/{order}"),
    ("GET", "/orders/{order}/history"),
    ("GET", "/orders/{order}/shipments"),
    ("POST", "/orders/{order}/approval"),
    ("GET", "/orders/properties?transactionType=UPGRADE&vendor=3001"),
    (
        "GET",
        "/acknowledgements?transactionType=XFER_SERVICE_IN&vendor=3001",
    ),
];

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    for backend in Backend::ALL.iter().copied() {
        let caller = Caller::new(Sandbox::builder().backend(backend).start().await.unwrap());
        let order = if backend == Backend::Atlas {
            "1".to_owned()
        } else {
            let (_, placed) = caller
                .ask(Method::POST, "/orders?confirm=false", Some(suspend()))
                .await;
            placed["order"]["orderId"].as_str().unwrap().to_owned()
        };
        let (mut asked, mut served) = (BTreeSet::new(), BTreeSet::new());
        for (method, path) in WALK {
            let path = path.replace("{order}", &order);
            let body = match path.as_str() {
                "/assets/services/1001/move" => Some(json!({ "newOwnerEmployeeId": "5003" })),
                "/orders?confirm=true" => Some(
                    json!({ "orderRequest": { "transactionType": "DEACTIVATE", "serviceId": "1004",
                    "properties": [{ "fields": [{ "id": "CONTACT_NUMBER", "text": "1" }, { "id": "Reason", "choice": { "id": "1" } }] }] } }),
                ),
                path if path.ends_with("/approval") => Some(json!({ "action": "APPROVE" })),
                _ => None,
            };
            let (status, answer) = caller.ask(method.parse().unwrap(), &path, body).await;
            let operation = caller.sandbox.requests().pop().unwrap().operation.unwrap();
            asked.insert(operation);
            match status {
                200 => {
                    served.insert(operation);
                }
                404 => assert_eq!(backend, Backend::Atlas, "{path}: {answer}"),
                other => panic!("{backend} {path}: {other} {answer}"),
            }
        }
        assert_eq!(asked, ALL.iter().map(|operation| operation.id).collect());
        // Atlas has eight of them, by the documentation.
        assert_eq!(served.len(), if backend == Backend::Atlas { 8 } else { 33 });
    }
}

#[tokio::test]
async fn offsets_mean_a_page_or_an_item() {
    for (backend, first) in [(Backend::PremiumMobile, 10), (Backend::Rivermine, 15)] {
        let caller = Caller::new(
            Sandbox::builder()
                .backend(backend)
                .employees(21)
                .start()
                .await
                .unwrap(),
        );
        let (_, whole) = caller
            .ask(Method::GET, "/employees?limit=28&offset=0", None)
            .await;
        let (_, page) = caller
            .ask(Method::GET, "/employees?limit=10&offset=15", None)
            .await;
        assert_eq!(page["employees"]["items"][0], whole["employees"]["items"][first]);
        assert_eq!(page["employees"]["_meta"]["totalCount"], json!(28));
    }
}

#[tokio::test]
async fn atlas_joins_ids_and_shows_features() {
    let caller = Caller::new(Sandbox::builder().backend(Backend::Atlas).start().await.unwrap());
    let (_, list) = caller
        .ask(Method::GET, "/catalog/devices?vendor=3002", None)
        .await;
    let device = &list["devices"]["items"][0];
    assert_eq!(device["id"], json!("4003_3002"));
    assert!(device["imageUrl"].as_str().unwrap().starts_with("data:"));
    let (_, detail) = caller.ask(Method::GET, "/catalog/devices/4003_3002", None).await;
    assert_eq!(detail["deviceFeatures"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn only_premium_mobile_insists_on_the_existing_device() {
    let upgrade = json!({ "orderRequest": { "transactionType": "UPGRADE", "serviceId": "1001", "shoppingCart": { "planId": "4101" },
        "properties": [{ "fields": [{ "id": "CONTACT_NUMBER", "text": "1" }, { "id": "Reason", "choice": { "id": "21" } }] }] } });
    for (backend, expected) in [(Backend::PremiumMobile, 400), (Backend::Rivermine, 200)] {
        let caller = Caller::new(Sandbox::builder().backend(backend).start().await.unwrap());
        let (status, answer) = caller
            .ask(Method::POST, "/orders?confirm=true", Some(upgrade.clone()))
            .await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn orders_change_what_they_are_about() {
    let sandbox = Sandbox::builder().effects(Effects::OnPlacement);
    let caller = Caller::new(sandbox.start().await.unwrap());
    let place = async |name: &str| {
        let request =
            serde_json::from_str(&text(&format!("openapi/examples/orders/{name}/request.json"))).unwrap();
        let (status, answer) = caller
            .ask(Method::POST, "/orders?confirm=false", Some(request))
            .await;
        assert_eq!(status, 200, "{name}: {answer}");
        answer["order"]["orderId"].as_str().unwrap().to_owned()
    };
    let service = async |id: &str| {
        caller
            .ask(Method::GET, &format!("/assets/services/{id}"), None)
            .await
            .1
    };
    place("suspend").await;
    assert_eq!(service("1002").await["status"], json!("SUSPENDED"));
    place("unsuspend").await;
    assert_eq!(service("1003").await["status"], json!("ACTIVE"));
    place("deactivate").await;
    assert_eq!(service("1003").await["status"], json!("DEACTIVATED"));
    place("swap_devices").await;
    assert_eq!(service("1001").await["device"]["id"], json!("7005"));
    let ported = place("port_number").await;
    let after = service("1004").await;
    assert_eq!(after["vendor"]["current"]["id"], json!("3001"));
    assert_eq!(
        after["device"]["model"]["name"],
        json!("Kestrel K5 (128GB) - Black")
    );
    place("new_activation").await;
    let (_, lines) = caller
        .ask(
            Method::GET,
            "/assets/services?limit=50&offset=0&employee=5005",
            None,
        )
        .await;
    assert_eq!(lines["services"]["_meta"]["totalCount"], json!(1));

    // From submitted to shipped to completed, with history and shipments.
    assert!(caller.sandbox.advance_order(&ported) && caller.sandbox.advance_order(&ported));
    assert!(!caller.sandbox.advance_order(&ported));
    let (_, history) = caller
        .ask(Method::GET, &format!("/orders/{ported}/history"), None)
        .await;
    assert_eq!(history["history"]["items"].as_array().unwrap().len(), 3);
    let (_, shipments) = caller
        .ask(Method::GET, &format!("/orders/{ported}/shipments"), None)
        .await;
    assert_eq!(shipments["shipments"]["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_dear_order_waits_for_approval() {
    let sandbox = Sandbox::builder()
        .approval_after(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    let caller = Caller::new(sandbox);
    let dear = text("openapi/examples/orders/new_activation/request.json").replace("\"4001\"", "\"4002\"");
    let dear: Value = serde_json::from_str(&dear).unwrap();
    let decide = async |id: &str, action: &str| {
        let decision = json!({ "action": action, "reason": "-" });
        caller
            .ask(Method::POST, &format!("/orders/{id}/approval"), Some(decision))
            .await
            .1["status"]
            .clone()
    };
    let place = async || {
        let (_, placed) = caller
            .ask(Method::POST, "/orders?confirm=false", Some(dear.clone()))
            .await;
        placed["order"]["orderId"].as_str().unwrap().to_owned()
    };
    let (approved, rejected) = (place().await, place().await);
    assert_eq!(
        decide(&approved, "APPROVE").await,
        json!("NOT_READY_FOR_APPROVAL")
    );
    assert!(caller.sandbox.advance_order(&approved) && caller.sandbox.advance_order(&rejected));
    let waiting = "/orders?limit=10&offset=0&eligibleToApproveEmployeeId=5002";
    let (_, list) = caller.ask(Method::GET, waiting, None).await;
    assert_eq!(list["orders"]["_meta"]["totalCount"], json!(2));
    assert_eq!(decide(&approved, "APPROVE").await, json!("APPROVAL_QUEUED"));
    assert_eq!(decide(&approved, "APPROVE").await, json!("APPROVAL_NOT_NEEDED"));
    assert_eq!(decide(&rejected, "REJECT").await, json!("REJECTION_QUEUED"));
}

#[tokio::test]
async fn actors_see_what_they_may_see() {
    let caller = Caller::new(Sandbox::start().await.unwrap());
    let as_mei = |path: &str| {
        caller
            .request(Method::GET, path)
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", "mei.tanaka")
    };
    let own = as_mei("/assets/services/1002").send().await.unwrap();
    let others = as_mei("/assets/services/1001").send().await.unwrap();
    assert_eq!((own.status().as_u16(), others.status().as_u16()), (200, 404));
    let list: Value = as_mei("/employees?limit=50&offset=0")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(list["employees"]["_meta"]["totalCount"], json!(1));
}

#[tokio::test]
async fn a_dropped_connection_leaves_the_order_in_the_record_once() {
    let caller = Caller::new(Sandbox::start().await.unwrap());
    for (fault, processed) in [("drop-after", true), ("cut-body", true), ("drop-before", false)] {
        caller.sandbox.clear_requests();
        let before = caller.sandbox.orders().len();
        let order = json!({ "orderRequest": { "transactionType": "ORDER_ACCESSORIES", "serviceId": "1001",
            "shoppingCart": { "accessoryIds": ["4202"] }, "properties": [{ "fields": [{ "id": "CONTACT_NUMBER", "text": "1" }] }],
            "shipTo": { "name": "A", "regionId": "2001", "address": [{ "id": "LINE_1", "value": "1" }, { "id": "CITY", "value": "1" },
                { "id": "STATE", "value": "CT" }, { "id": "POSTAL_CODE", "value": "06510" }] } } });
        let sent = caller
            .request(Method::POST, "/orders?confirm=false")
            .header("X-Sandbox-Fault", fault)
            .json(&order)
            .send()
            .await;
        let failed = match sent {
            Ok(response) => response.text().await.is_err(),
            Err(_) => true,
        };
        assert!(failed, "{fault}");
        let record = caller.sandbox.requests_for("order_create");
        assert_eq!(record.len(), 1);
        assert_eq!(record[0].outcome, Outcome::Dropped { processed });
        assert_eq!(caller.sandbox.orders().len() - before, usize::from(processed));
    }
}

#[tokio::test]
async fn answers_can_be_made_up() {
    let caller = Caller::new(Sandbox::start().await.unwrap());
    let ask = async |fault: &str| {
        let request = caller
            .request(Method::GET, "/regions/2001")
            .header("X-Sandbox-Fault", fault);
        request.send().await.unwrap()
    };
    assert_eq!(ask("status=503").await.status(), 503);
    let html = ask("html=502").await;
    assert_eq!(
        (
            html.status().as_u16(),
            html.text().await.unwrap().contains("<html>")
        ),
        (502, true)
    );
    assert_eq!(ask("empty=500").await.text().await.unwrap(), "");
    assert_eq!(ask("retry-after=7").await.headers()["retry-after"], "7");
    assert!(
        ask("retry-after-date=60").await.headers()["retry-after"]
            .to_str()
            .unwrap()
            .ends_with("GMT")
    );
    assert_eq!(ask("expired-token").await.status(), 401);
    assert!(ask("garbage").await.json::<Value>().await.is_err());
    assert_eq!(
        ask("slow-body=1").await.json::<Value>().await.unwrap()["id"],
        json!("2001")
    );
    assert_eq!(ask("nonsense").await.status(), 400);
    caller
        .sandbox
        .add_fault(Rule::new(Fault::Status(500)).on("region_get").times(1))
        .unwrap();
    assert_eq!(caller.ask(Method::GET, "/regions/2001", None).await.0, 500);
    assert_eq!(caller.ask(Method::GET, "/regions/2001", None).await.0, 200);
}

#[tokio::test]
async fn it_can_be_steered_over_http() {
    let caller = Caller::new(Sandbox::start().await.unwrap());
    let url = |path: &str| format!("http://{}/sandbox{path}", caller.sandbox.address());
    let steer = async |method: Method, path: &str, body: &'static str| {
        let response = caller
            .http
            .request(method, url(path))
            .body(body)
            .send()
            .await
            .unwrap();
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap(),
        )
    };
    let (status, rules) = steer(Method::POST, "/faults", "region_get:status=500 x1").await;
    assert_eq!(
        (status, &rules["rules"][0]),
        (200, &json!("region_get:status=500 x1"))
    );
    assert_eq!(caller.ask(Method::GET, "/regions/2001", None).await.0, 500);
    steer(Method::DELETE, "/faults", "").await;
    assert_eq!(steer(Method::POST, "/faults", "explode").await.0, 400);
    let script = r#"{"operation":"region_get","status":404,"body":{"message":"gone"}}"#;
    assert_eq!(steer(Method::POST, "/scripts", script).await.0, 200);
    assert_eq!(
        caller.ask(Method::GET, "/regions/2001", None).await.1["message"],
        json!("gone")
    );
    let (_, record) = steer(Method::GET, "/requests", "").await;
    assert_eq!(record["requests"].as_array().unwrap().len(), 2);
    assert!(!record.to_string().contains(&caller.token));
    steer(Method::POST, "/tokens/expire", "").await;
    assert_eq!(caller.ask(Method::GET, "/regions/2001", None).await.0, 401);
}

#[tokio::test]
async fn a_generated_tenant_is_the_same_for_the_same_seed() {
    let page = async |seed: u64| {
        let caller = Caller::new(
            Sandbox::builder()
                .employees(50)
                .population_seed(seed)
                .start()
                .await
                .unwrap(),
        );
        let (_, page) = caller
            .ask(Method::GET, "/employees?limit=10&offset=50", None)
            .await;
        page.to_string().replace(&caller.sandbox.base_url(), "")
    };
    assert_eq!(page(1).await, page(1).await);
    assert_ne!(page(1).await, page(2).await);
}
