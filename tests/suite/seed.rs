//! The examples of the document are what the sandbox answers.
//!
//! `MOBPROC_SEED=write cargo test -p mobproc-tests seed` writes the answers to `openapi/examples`;
//! read the diff before committing it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};
use mobproc_api::OperationId;
use mobproc_sandbox::{Backend, Effects, Sandbox};
use mobproc_tests::{root, text};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// Examples lead where the documentation's do.
const PUBLISHED_BASE: &str = "https://tngo-mobproc.cloudhub.io/mobproc/v1";

/// The seed tutorials are faithful to the documentation, so they are not ours to write.
const ORDERS: [(&str, &str); 10] = [
    ("new_activation", "5001"),
    ("port_number", "5004"),
    ("order_accessories", "5001"),
    ("suspend", "5003"),
    ("unsuspend", "5004"),
    ("update_features", "5001"),
    ("swap_devices", "5001"),
    ("xfer_service_in_and_port", "5003"),
    ("deactivate", "5004"),
    ("xfer_service_out", "5004"),
];

const READS: [(&str, &str, &str); 24] = [
    (
        "acknowledgements",
        "5003",
        "/acknowledgements?transactionType=XFER_SERVICE_IN&vendor=3002",
    ),
    (
        "orders/properties",
        "5001",
        "/orders/properties?transactionType=NEW_ACTIVATION&vendor=3001",
    ),
    (
        "catalog/devices",
        "5001",
        "/catalog/devices?transactionType=UPGRADE&service=1001&vendor=3001",
    ),
    ("catalog/device", "5001", "/catalog/devices/4001"),
    ("catalog/plans", "5001", "/catalog/plans"),
    ("catalog/plan", "5001", "/catalog/plans/4101"),
    ("catalog/accessories", "5001", "/catalog/accessories?service=1001"),
    ("catalog/accessory", "5001", "/catalog/accessories/4201"),
    ("catalog/features", "5001", "/catalog/features"),
    (
        "assets/devices",
        "5004",
        "/assets/devices?limit=2&offset=0&includeServiceDetails=true&includeUpgradeEligibleDate=true",
    ),
    ("assets/device", "5001", "/assets/devices/7001"),
    (
        "assets/services",
        "5002",
        "/assets/services?limit=2&offset=0&employee=5004",
    ),
    ("assets/service", "5001", "/assets/services/1001"),
    (
        "employees/list",
        "5002",
        "/employees?limit=2&offset=2&sortAscending=true",
    ),
    ("employees/get", "5001", "/employees/5001"),
    ("regions/states", "5001", "/regions?parentRegion=2001"),
    ("regions/countries", "5001", "/regions"),
    ("regions/country", "5001", "/regions/2001"),
    ("vendors/list", "5001", "/vendors"),
    ("vendors/get", "5001", "/vendors/3001"),
    ("manufacturers/list", "5001", "/manufacturers"),
    ("manufacturers/get", "5001", "/manufacturers/Ostrea%20Labs"),
    (
        "manufacturers/models",
        "5001",
        "/manufacturers/Kestrel/models?type=DEVICE",
    ),
    (
        "manufacturers/model",
        "5001",
        "/manufacturers/Kestrel/models/Kestrel%20K4%20(64GB)%20-%20Gray",
    ),
];

struct Teller {
    sandbox: Sandbox,
    http: Client,
    token: String,
    stale: Vec<String>,
}

impl Teller {
    async fn new(backend: Backend) -> (Self, Arc<AtomicI64>) {
        let minutes = Arc::new(AtomicI64::new(0));
        let now = Arc::clone(&minutes);
        let begin: DateTime<Utc> = "2030-02-04T09:00:00Z".parse().unwrap();
        let sandbox = Sandbox::builder()
            .backend(backend)
            .clock(move || begin + Duration::minutes(now.load(Ordering::Relaxed)))
            // One order after another, each as the one before has left things.
            .effects(Effects::OnPlacement)
            .approval_after(std::time::Duration::from_secs(7 * 60))
            .start()
            .await
            .unwrap();
        let token = sandbox.access_token();
        let teller = Self {
            sandbox,
            http: Client::new(),
            token,
            stale: Vec::new(),
        };
        (teller, minutes)
    }

    async fn ask(&self, method: Method, actor: &str, path: &str, body: String) -> Value {
        let url = format!("{}{path}", self.sandbox.base_url());
        let of = self.sandbox.credentials();
        let response = self
            .http
            .request(method, url)
            .bearer_auth(&self.token)
            .header("X-TNGO-TENANT", &of.tenant)
            .header("client_id", &of.client_id)
            .header("X-TNGO-CONTEXT-EMPLOYEEID", actor)
            .body(body)
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let answer = response.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        let received = self.sandbox.requests().pop().unwrap();
        let operation = OperationId::from_name(received.operation.unwrap())
            .unwrap()
            .operation();
        let value: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            self.sandbox.check_answer(operation, status, &value),
            Vec::<String>::new(),
            "{path}"
        );
        let published = answer.replace(&self.sandbox.base_url(), PUBLISHED_BASE);
        serde_json::from_str(&published).unwrap()
    }

    /// Holds an answer against its example, or writes it.
    fn tell(&mut self, name: &str, answer: &Value) {
        let path = root().join(format!("openapi/examples/{name}.json"));
        let wanted = serde_json::to_string_pretty(answer).unwrap() + "\n";
        if std::env::var_os("MOBPROC_SEED").is_some_and(|wish| wish == "write") {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, wanted).unwrap();
        } else if fs::read_to_string(path).ok().as_deref() != Some(&wanted) {
            self.stale.push(name.to_owned());
        }
    }
}

#[tokio::test]
async fn the_examples_are_what_the_sandbox_answers() {
    let (mut teller, minutes) = Teller::new(Backend::PremiumMobile).await;
    for (name, actor, path) in READS {
        let answer = teller.ask(Method::GET, actor, path, String::new()).await;
        teller.tell(name, &answer);
    }
    for (name, actor) in ORDERS {
        let request = || text(&format!("openapi/examples/orders/{name}/request.json"));
        let confirmation = teller
            .ask(Method::POST, actor, "/orders?confirm=true", request())
            .await;
        teller.tell(&format!("orders/{name}/confirmation"), &confirmation);
        minutes.fetch_add(7, Ordering::Relaxed);
        let order = teller
            .ask(Method::POST, actor, "/orders?confirm=false", request())
            .await;
        teller.tell(&format!("orders/{name}/order"), &order);
    }

    // Something dear: it has to be approved.
    let dear = text("openapi/examples/orders/new_activation/request.json")
        .replace("\"4001\"", "\"4002\"")
        .replace("LF-2030-0001", "LF-2030-0012");
    minutes.fetch_add(7, Ordering::Relaxed);
    let placed = teller
        .ask(Method::POST, "5001", "/orders?confirm=false", dear)
        .await;
    let id = placed["order"]["orderId"].as_str().unwrap().to_owned();
    minutes.fetch_add(7, Ordering::Relaxed);
    let order = teller
        .ask(Method::GET, "5001", &format!("/orders/{id}"), String::new())
        .await;
    assert_eq!(order["order"]["status"], json!("AWAITING_APPROVAL"));
    teller.tell("orders/get", &order);
    let list = "/orders?limit=2&offset=0&employee=5001&includeOrderProperties=true&includeOrderSegments=true\
                &includeShipToAddress=true";
    let orders = teller.ask(Method::GET, "5002", list, String::new()).await;
    teller.tell("orders/list", &orders);
    let decision = text("openapi/examples/orders/approval/request.json");
    let outcome = teller
        .ask(Method::POST, "5002", &format!("/orders/{id}/approval"), decision)
        .await;
    teller.tell("orders/approval/response", &outcome);

    let movement = text("openapi/examples/assets/move/request.json");
    let moved = teller
        .ask(Method::POST, "5002", "/assets/services/1001/move", movement)
        .await;
    teller.tell("assets/move/response", &moved);

    // Of these only some members are known by name; the examples show no others.
    let me = teller.ask(Method::GET, "5002", "/me", String::new()).await;
    teller.tell(
        "me",
        &json!({ "isApprover": me["isApprover"], "canMoveService": me["canMoveService"] }),
    );
    let diagnostics = teller
        .ask(Method::GET, "5002", "/diagnostics", String::new())
        .await;
    teller.tell("diagnostics", &diagnostics);

    let (atlas, _) = Teller::new(Backend::Atlas).await;
    let device = atlas
        .ask(Method::GET, "5001", "/catalog/devices/4001_3001", String::new())
        .await;
    teller.tell("catalog/atlas_device", &device);

    let stale = &teller.stale;
    assert!(
        stale.is_empty(),
        "the sandbox answers something else than these examples show: {stale:?}. If the sandbox is right, run \
         `MOBPROC_SEED=write cargo test -p mobproc-tests seed`, read the diff and commit it"
    );
}
