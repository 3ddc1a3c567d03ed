//! The sandbox on its own: documented answers, documented errors.

use mobproc_api::operations::ORDER_CREATE;
use mobproc_api::types::TransactionType;
use mobproc_sandbox::{Backend, OrderErrors, Sandbox};
use mobproc_tests::{example, text};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// A request with all that is required, ready to have something taken away.
struct Ask {
    sandbox: Sandbox,
    http: Client,
    token: String,
}

impl Ask {
    async fn new(sandbox: Sandbox) -> Self {
        let http = Client::new();
        let of = sandbox.credentials().clone();
        let answer: Value = http
            .post(sandbox.token_url())
            .form(&[
                ("grant_type", "password"),
                ("client_id", &of.client_id),
                ("client_secret", &of.client_secret),
                ("scope", "MOBPROC"),
                ("username", &of.username),
                ("password", &of.password),
            ])
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self { sandbox, http, token }
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.with_headers(self.http.post(format!("{}{path}", self.sandbox.base_url())))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.with_headers(self.http.get(format!("{}{path}", self.sandbox.base_url())))
    }

    fn with_headers(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .bearer_auth(&self.token)
            .header("X-TNGO-TENANT", &self.sandbox.credentials().tenant)
            .header("client_id", &self.sandbox.credentials().client_id)
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

fn is_documented_error(status: u16, body: &Value) {
    assert_eq!(body["status"], json!(status));
    for member in ["id", "errorCode", "message"] {
        assert!(
            body[member].as_str().is_some_and(|text| !text.is_empty()),
            "{member}: {body}"
        );
    }
}

/// The confirmation of the seed tutorial comes back member for member; only links lead to the
/// sandbox.
#[tokio::test]
async fn the_upgrade_tutorial_is_confirmed_as_documented() {
    let ask = Ask::new(Sandbox::start().await.unwrap()).await;
    let request = ask
        .post("/orders?confirm=true")
        .header("X-TNGO-CONTEXT-EMPLOYEEID", "28673732")
        .body(text("openapi/examples/orders/upgrade/request.json"));
    let (status, body) = answer(request).await;
    assert_eq!(status, 200, "{body}");
    let ours = body.to_string().replace(
        &ask.sandbox.base_url(),
        "https://tngo-mobproc.cloudhub.io/mobproc/v1",
    );
    let ours: Value = serde_json::from_str(&ours).unwrap();
    assert_eq!(ours, example("orders/upgrade/confirmation"));
    assert!(ask.sandbox.check_answer(&ORDER_CREATE, status, &body).is_empty());
}

#[tokio::test]
async fn both_tutorials_end_in_an_order() {
    let ask = Ask::new(Sandbox::start().await.unwrap()).await;
    for (name, actor) in [("upgrade", "28673732"), ("xfer_service_in", "28691777")] {
        for confirm in ["true", "false"] {
            let request = ask
                .post(&format!("/orders?confirm={confirm}"))
                .header("X-TNGO-CONTEXT-EMPLOYEEID", actor)
                .body(text(&format!("openapi/examples/orders/{name}/request.json")));
            let (status, body) = answer(request).await;
            assert_eq!((status, &body["status"]), (200, &json!("SUCCESS")), "{body}");
            assert_eq!(
                ask.sandbox.check_answer(&ORDER_CREATE, status, &body),
                Vec::<String>::new()
            );
        }
    }
    assert_eq!(ask.sandbox.orders().len(), 2);
}

/// A flag that is missing or misspelt orders for real, as it does out there.
#[tokio::test]
async fn without_the_flag_an_order_is_placed() {
    let ask = Ask::new(Sandbox::start().await.unwrap()).await;
    for path in ["/orders", "/orders?confirmation=true"] {
        let request = ask
            .post(path)
            .header("X-TNGO-CONTEXT-EMPLOYEEID", "28673732")
            .body(text("openapi/examples/orders/upgrade/request.json"));
        let (status, body) = answer(request).await;
        assert_eq!(status, 200);
        assert!(body["order"]["orderId"].is_string(), "{body}");
    }
    assert_eq!(ask.sandbox.orders().len(), 2);
}

#[tokio::test]
async fn what_is_missing_or_wrong_gets_a_documented_error() {
    let ask = Ask::new(Sandbox::start().await.unwrap()).await;
    let of = ask.sandbox.credentials().clone();
    let url = format!("{}/regions/2001", ask.sandbox.base_url());
    let bare = || ask.http.get(&url);
    let upgrade = text("openapi/examples/orders/upgrade/request.json");
    let cases = [
        (
            401,
            "no token",
            bare()
                .header("X-TNGO-TENANT", &of.tenant)
                .header("client_id", &of.client_id),
        ),
        (
            401,
            "wrong token",
            bare()
                .bearer_auth("nonsense")
                .header("X-TNGO-TENANT", &of.tenant)
                .header("client_id", &of.client_id),
        ),
        (
            400,
            "no tenant",
            bare().bearer_auth(&ask.token).header("client_id", &of.client_id),
        ),
        (
            400,
            "no client id",
            bare().bearer_auth(&ask.token).header("X-TNGO-TENANT", &of.tenant),
        ),
        (
            403,
            "wrong tenant",
            bare()
                .bearer_auth(&ask.token)
                .header("X-TNGO-TENANT", "NOBODY")
                .header("client_id", &of.client_id),
        ),
        (
            403,
            "unknown actor",
            ask.get("/regions/2001").header("X-TNGO-CONTEXT-EMPLOYEEID", "1"),
        ),
        (404, "unknown id", ask.get("/regions/1")),
        (404, "unknown path", ask.get("/nowhere")),
        (404, "wrong method", ask.http.delete(&url).bearer_auth(&ask.token)),
        (
            400,
            "not valid JSON",
            ask.post("/orders?confirm=true").body("{\"orderRequest\":"),
        ),
        (400, "no order", ask.post("/orders?confirm=true").body("{}")),
        (
            400,
            "wrong type",
            ask.post("/orders?confirm=true")
                .body(upgrade.replace("\"38382349\"", "38382349")),
        ),
        (
            400,
            "bad flag",
            ask.post("/orders?confirm=perhaps").body(upgrade.clone()),
        ),
        (
            400,
            "unknown service",
            ask.post("/orders?confirm=true")
                .body(upgrade.replace("38382349", "38382340")),
        ),
        (400, "missing parameter", ask.get("/orders/properties?vendor=98")),
        (
            400,
            "10 MB",
            ask.post("/orders?confirm=true").body(vec![b' '; 10 << 20]),
        ),
    ];
    for (expected, case, request) in cases {
        let (status, body) = answer(request).await;
        assert_eq!(status, expected, "{case}: {body}");
        is_documented_error(status, &body);
    }
    assert!(ask.sandbox.orders().is_empty());
}

#[tokio::test]
async fn orders_can_be_refused_in_the_promised_form() {
    let sandbox = Sandbox::builder()
        .order_errors(OrderErrors::Envelope)
        .start()
        .await
        .unwrap();
    let ask = Ask::new(sandbox).await;
    let request = ask
        .post("/orders?confirm=true")
        .body(r#"{"orderRequest":{"transactionType":"SUSPEND"}}"#);
    let (status, body) = answer(request).await;
    assert_eq!((status, &body["status"]), (200, &json!("ERROR")));
    let errors = body["errors"].as_array().unwrap();
    assert!(
        errors.len() >= 2,
        "service and contact number are missing: {body}"
    );
    for error in errors {
        is_documented_error(400, error);
    }
}

/// What is said of an order of each kind that has nothing but its kind.
#[tokio::test]
async fn what_the_sandbox_says_of_each_kind() {
    let sandbox = Sandbox::builder()
        .order_errors(OrderErrors::Envelope)
        .start()
        .await
        .unwrap();
    let ask = Ask::new(sandbox).await;
    let mut said = Vec::new();
    for kind in TransactionType::KNOWN {
        let order = json!({"orderRequest": {"transactionType": kind}}).to_string();
        let (status, body) = answer(ask.post("/orders?confirm=true").body(order)).await;
        assert_eq!(body["status"], "ERROR", "{kind}: {status} {body}");
        for failure in body["errors"].as_array().unwrap() {
            let text = |name: &str| failure[name].as_str().unwrap().to_owned();
            said.push(format!("{kind}: {} {}", text("errorCode"), text("message")));
        }
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn tokens_are_refreshed_once_and_rotate() {
    let sandbox = Sandbox::start().await.unwrap();
    let of = sandbox.credentials().clone();
    let http = Client::new();
    let client = [
        ("client_id", of.client_id.as_str()),
        ("client_secret", &of.client_secret),
        ("scope", "MOBPROC"),
    ];
    let grant = |extra: &[(&str, &str)]| {
        let form: Vec<(&str, &str)> = client.iter().chain(extra).copied().collect();
        http.post(sandbox.token_url()).form(&form)
    };
    let password = [
        ("grant_type", "password"),
        ("username", of.username.as_str()),
        ("password", &of.password),
    ];
    let (status, first) = answer(grant(&password)).await;
    assert_eq!(
        (status, &first["token_type"], &first["expires_in"]),
        (200, &json!("Bearer"), &json!(7199))
    );
    let refresh_token = first["refresh_token"].as_str().unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let (status, second) = answer(grant(&refresh)).await;
    assert_eq!(status, 200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let (status, used) = answer(grant(&refresh)).await;
    assert_eq!((status, &used["error"]), (400, &json!("invalid_grant")));
    // The documented form has everything in the query.
    let query: Vec<(&str, &str)> = client.iter().chain(&password).copied().collect();
    let (status, _) = answer(http.post(sandbox.token_url()).query(&query)).await;
    assert_eq!(status, 200);
    let wrong = [
        ("grant_type", "password"),
        ("username", of.username.as_str()),
        ("password", "guess"),
    ];
    let (status, refused) = answer(grant(&wrong)).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
}

/// Each changes one thing of an order that is accepted, and names what is said about it.
#[tokio::test]
async fn orders_that_a_carrier_would_not_take_are_refused() {
    let ask = Ask::new(Sandbox::start().await.unwrap()).await;
    let order = async |ask: &Ask, name: &str, changes: &[(&str, Value)]| {
        let mut body = example(&format!("orders/{name}/request"));
        for (pointer, value) in changes {
            let (parent, member) = pointer.rsplit_once('/').unwrap();
            let parent = body.pointer_mut(&format!("/orderRequest{parent}")).unwrap();
            match (parent, value) {
                (Value::Object(members), Value::Null) => drop(members.remove(member)),
                (parent, value) => parent[member] = value.clone(),
            }
        }
        let actor = match name {
            "upgrade" => "peter.edwards.acme",
            "xfer_service_in" => "peter.edwards",
            _ => "jonas.lindqvist",
        };
        let asked = ask.post("/orders?confirm=true").json(&body);
        answer(asked.header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", actor)).await
    };
    let other = json!({ "id": "99" });
    // The order, what is changed in it, and what is said; nothing if it is accepted all the same.
    type Case<'a> = (&'a str, &'a [(&'a str, Value)], &'a str);
    let cases: [Case<'_>; 14] = [
        ("upgrade", &[("/shoppingCart/quantity", json!(-1))], "quantity -1"),
        (
            "upgrade",
            &[("/shoppingCart/quantity", json!(100_000))],
            "quantity 100000",
        ),
        (
            "upgrade",
            &[("/shoppingCart/deviceId", json!("4001"))],
            "more than one carrier: 3001, 98",
        ),
        (
            "upgrade",
            &[("/properties/0/fields/2/choice", json!({ "id": "77" }))],
            "no choice 77",
        ),
        (
            "upgrade",
            &[("/properties/0/fields/2/choice", other)],
            "needs a text",
        ),
        (
            "upgrade",
            &[("/properties/0/fields/0/type", json!("DATE"))],
            "CONTACT_NUMBER is of type TEXT",
        ),
        ("upgrade", &[("/shipTo/address/3/value", json!("0647"))], ""),
        (
            "upgrade",
            &[("/shipTo/address/3/value", json!("CT 06477"))],
            "postal code of the address",
        ),
        (
            "upgrade",
            &[("/shoppingCart/deviceId", Value::Null), ("/shipTo", Value::Null)],
            "shipTo must be passed in",
        ),
        (
            "new_activation",
            &[("/postalCode", json!("SW1A"))],
            "The postal code is not one",
        ),
        (
            "xfer_service_in",
            &[("/currentVendorId", json!("98"))],
            "stays with 98",
        ),
        // A CDMA line to a GSM carrier, without a device for it.
        (
            "port_number",
            &[("/shoppingCart/deviceId", Value::Null)],
            "deviceId must be passed in",
        ),
        (
            "update_features",
            &[("/shoppingCart/features/0/action", json!("TOGGLE"))],
            "TOGGLE",
        ),
        ("port_number", &[], ""),
    ];
    for (name, changes, part) in cases {
        let (status, body) = order(&ask, name, changes).await;
        if part.is_empty() {
            assert_eq!(status, 200, "{name} {changes:?}: {body}");
            continue;
        }
        let message = body["message"].as_str().unwrap_or_default();
        assert!(
            status == 400 && message.contains(part),
            "{name} {changes:?}: {body}"
        );
    }
    // What is ordered twice costs twice.
    let (_, twice) = order(&ask, "upgrade", &[("/shoppingCart/quantity", json!(2))]).await;
    assert_eq!(
        twice["orderConfirmation"]["costSummary"][0]["amount"],
        json!(399.98)
    );
    // Elsewhere no SIM is sent.
    let rivermine = Sandbox::builder()
        .backend(Backend::Rivermine)
        .start()
        .await
        .unwrap();
    let rivermine = Ask::new(rivermine).await;
    let changes = [("/shoppingCart/deviceId", Value::Null), ("/shipTo", Value::Null)];
    assert_eq!(order(&rivermine, "upgrade", &changes).await.0, 200);
}

#[tokio::test]
async fn callers_are_met_halfway_where_the_standards_are() {
    let ask = Ask::new(Sandbox::start().await.unwrap()).await;
    let of = ask.sandbox.credentials().clone();
    let shy = |scheme: &str, hierarchy: &str| {
        ask.http
            .get(format!(
                "{}/employees?limit=5&offset=0&employee=&companyEmployeeId=",
                ask.sandbox.base_url()
            ))
            .header("Authorization", format!("{scheme} {}", ask.token))
            .header("X-TNGO-TENANT", &of.tenant)
            .header("client_id", &of.client_id)
            .header("X-TNGO-CONTEXT-HIERARCHYID", hierarchy.to_owned())
    };
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let (status, body) = answer(shy(scheme, "6001")).await;
        assert_eq!(
            (status, body["employees"]["items"].as_array().unwrap().len()),
            (200, 5),
            "{scheme}"
        );
    }
    assert_eq!(answer(shy("Basic", "6001")).await.0, 401);
    let (status, body) = answer(shy("Bearer", "none")).await;
    assert!(
        status == 400 && body["message"].as_str().unwrap().contains("HIERARCHYID"),
        "{body}"
    );
}

#[tokio::test]
async fn each_source_system_has_users_of_its_own() {
    let sandbox = Sandbox::builder()
        .backend(Backend::Rivermine)
        .start()
        .await
        .unwrap();
    let of = sandbox.credentials().clone();
    assert_eq!(of.username, "rivermine://svc.procurement");
    let form = [
        ("grant_type", "password"),
        ("client_id", &of.client_id),
        ("client_secret", &of.client_secret),
        ("username", "command://svc.procurement"),
        ("password", &of.password),
    ];
    let refused = Client::new()
        .post(sandbox.token_url())
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 400);
    let refusal: Value = refused.json().await.unwrap();
    let said = refusal["error_description"].as_str().unwrap();
    assert!(said.contains("begin with rivermine://"), "{said}");
}
