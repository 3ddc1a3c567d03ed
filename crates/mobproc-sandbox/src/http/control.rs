//! Steering a running sandbox over HTTP, for people and for tests in other languages:
//! `/sandbox/...`.
//!
//! These calls are not part of the API, need no token, and are not recorded.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::response::{html_page, json_response};
use crate::answer::{Answer, Failure};
use crate::credentials::Credentials;
use crate::engine::Engine;
use crate::fault::Rule;
use crate::record::{Outcome, Received};
use crate::seed::{DeviceAsset, Employee, ServiceAsset};
use crate::tenant::Tenant;

/// Headers that hold secrets; the record shows that they were there.
const SECRET_HEADERS: [&str; 1] = ["authorization"];

pub(crate) fn router(engine: Arc<Engine>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/sandbox/tenant", get(tenant))
        .route("/sandbox/credentials", get(credentials))
        .route("/sandbox/requests", get(requests).delete(forget))
        .route("/sandbox/orders", get(orders))
        .route("/sandbox/orders/{id}/advance", post(advance))
        .route("/sandbox/faults", get(rules).post(add_rule).delete(clear_rules))
        .route("/sandbox/script", post(script))
        .route("/sandbox/tokens/expire", post(expire))
        .with_state(engine)
}

/// A page for people: what is in the tenant, what was asked, what was ordered.
async fn page() -> Response<Body> {
    html_page(include_str!("page.html"))
}

/// How much of a tenant the page shows.
const SHOWN: usize = 100;

/// How many there are of everything, and the first of them.
async fn tenant(State(engine): State<Arc<Engine>>) -> Response<Body> {
    let backend = engine.settings.backend;
    ok(engine.with_tenant(|tenant| {
        let employees: Vec<Value> = tenant.employees.all().iter().take(SHOWN).map(employee).collect();
        let services: Vec<Value> = tenant
            .service_assets
            .all()
            .iter()
            .take(SHOWN)
            .map(|line| service(tenant, line))
            .collect();
        let devices: Vec<Value> = tenant
            .device_assets
            .all()
            .iter()
            .take(SHOWN)
            .map(|asset| device(tenant, asset))
            .collect();
        json!({
            "code": tenant.facts.code,
            "backend": backend.name(),
            "counts": {
                "employees": tenant.employees.all().len(),
                "services": tenant.service_assets.all().len(),
                "devices": tenant.device_assets.all().len(),
            },
            "employees": employees,
            "services": services,
            "devices": devices,
            "explorer": cfg!(feature = "explorer"),
        })
    }))
}

fn employee(employee: &Employee) -> Value {
    json!({
        "employeeId": employee.id,
        "companyEmployeeId": employee.company_employee_id,
        "name": format!("{} {}", employee.first_name, employee.last_name),
        "mayApprove": employee.approver,
        "isServiceAccount": employee.service_account,
    })
}

fn service(tenant: &Tenant, line: &ServiceAsset) -> Value {
    json!({
        "id": line.id,
        "serviceNumber": line.service_number,
        "status": line.status,
        "carrier": tenant.vendors.by_id(&line.vendor_id).map(|vendor| &vendor.name),
        "plan": tenant.plans.by_id(&line.plan_id).map(|plan| &plan.name),
        "employeeId": line.employee_id,
        "deviceId": line.device_asset_id,
    })
}

fn device(tenant: &Tenant, asset: &DeviceAsset) -> Value {
    json!({
        "id": asset.id,
        "manufacturer": tenant.manufacturers.by_id(&asset.manufacturer_id).map(|manufacturer| &manufacturer.name),
        "model": tenant.models.iter().find(|model| model.id == asset.model_id).map(|model| &model.name),
        "serialNumber": asset.serial_number,
    })
}

/// What to sign in with: the same that the program prints.
async fn credentials(State(engine): State<Arc<Engine>>) -> Response<Body> {
    let credentials = engine.with_tenant(|tenant| Credentials::of(&tenant.facts));
    ok(json!({
        "tenant": credentials.tenant,
        "clientId": credentials.client_id,
        "clientSecret": credentials.client_secret,
        "username": credentials.username,
        "password": credentials.password,
    }))
}

fn ok(body: Value) -> Response<Body> {
    json_response(&Answer::ok(body))
}

fn refuse(engine: &Engine, message: &str) -> Response<Body> {
    json_response(&engine.fail(&Failure::bad_request("400-Sandbox-error", message)))
}

/// Which requests or orders are asked for.
#[derive(Deserialize)]
struct Wanted {
    /// At most this many, the last ones.
    last: Option<usize>,
}

/// The requests so far, in order, and what was done about each.
async fn requests(State(engine): State<Arc<Engine>>, Query(wanted): Query<Wanted>) -> Response<Body> {
    let record = engine.last_received(wanted.last.unwrap_or(usize::MAX));
    let shown: Vec<Value> = record
        .iter()
        .map(|(number, received)| shown(*number, received))
        .collect();
    ok(json!({ "requests": shown }))
}

fn shown(number: usize, received: &Received) -> Value {
    let headers: Vec<(String, String)> = received
        .headers
        .iter()
        .map(|(name, value)| {
            let secret = SECRET_HEADERS.contains(&name.as_str());
            let text = if secret {
                "[secret]".into()
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.to_string(), text)
        })
        .collect();
    // The token server is told secrets in body and query.
    let is_token = received
        .operation
        .is_some_and(|operation| operation.starts_with("token_"));
    json!({
        "number": number,
        "at": crate::tenant::stamp(received.at),
        "method": received.method,
        "path": received.path,
        "query": if is_token { json!("[secret]") } else { json!(received.query) },
        "headers": headers,
        "body": if is_token { json!("[secret]") } else { received.json().unwrap_or_default() },
        "answer": if is_token { json!("[secret]") } else { json!(received.answer) },
        "operation": received.operation,
        "outcome": match &received.outcome {
            Outcome::Pending => json!("pending"),
            Outcome::Answered { status, processed } => json!({ "status": status, "processed": processed }),
            Outcome::Dropped { processed } => json!({ "dropped": true, "processed": processed }),
        },
    })
}

async fn forget(State(engine): State<Arc<Engine>>) -> Response<Body> {
    engine.clear_record();
    ok(json!({}))
}

/// The orders, the oldest first.
async fn orders(State(engine): State<Arc<Engine>>, Query(wanted): Query<Wanted>) -> Response<Body> {
    ok(json!({ "orders": engine.last_orders(wanted.last.unwrap_or(usize::MAX)) }))
}

/// Moves an order one step on.
async fn advance(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Response<Body> {
    if engine.advance(&id) {
        ok(json!({ "order": engine.with_tenant(|tenant| engine.order(tenant, &id)) }))
    } else {
        let failure = Failure::not_found("such order, or it has come to its end");
        json_response(&engine.fail(&failure))
    }
}

async fn rules(State(engine): State<Arc<Engine>>) -> Response<Body> {
    let rules: Vec<String> = engine.with_rules(|rules| rules.iter().map(ToString::to_string).collect());
    ok(json!({ "rules": rules }))
}

/// The body is a rule as the command line takes it.
async fn add_rule(State(engine): State<Arc<Engine>>, body: Bytes) -> Response<Body> {
    match String::from_utf8_lossy(&body).parse::<Rule>() {
        Ok(rule) => {
            engine.with_rules(|rules| rules.push(rule));
            rules(State(engine)).await
        }
        Err(error) => refuse(&engine, &error.to_string()),
    }
}

async fn clear_rules(State(engine): State<Arc<Engine>>) -> Response<Body> {
    engine.with_rules(Vec::clear);
    ok(json!({}))
}

/// `{"operation": .., "status": .., "body": ..}`: the next answer for an operation.
async fn script(State(engine): State<Arc<Engine>>, body: Bytes) -> Response<Body> {
    let wish: Value = match serde_json::from_slice(&body) {
        Ok(wish) => wish,
        Err(error) => return refuse(&engine, &format!("The body is not valid JSON: {error}.")),
    };
    let operation = wish.get("operation").and_then(Value::as_str).unwrap_or_default();
    let status = wish.get("status").and_then(Value::as_u64).unwrap_or(200);
    let status = u16::try_from(status)
        .ok()
        .filter(|code| StatusCode::from_u16(*code).is_ok());
    match status {
        Some(status)
            if engine.script_named(operation, status, wish.get("body").cloned().unwrap_or_default()) =>
        {
            ok(json!({}))
        }
        Some(_) => refuse(&engine, "There is no such operation."),
        None => refuse(&engine, "That is not an HTTP status."),
    }
}

/// Lets every access token expire.
async fn expire(State(engine): State<Arc<Engine>>) -> Response<Body> {
    engine.with_tokens(crate::tokens::Tokens::expire_all);
    ok(json!({}))
}
