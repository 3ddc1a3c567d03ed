//! Steering a running sandbox over HTTP, for people and for tests in other languages: `/sandbox/...`.
//!
//! These calls are not part of the API, need no token, and are not recorded.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::desk::Desk;
use crate::mischief::Rule;
use crate::record::{Outcome, Received};
use crate::server::json_response;

/// Headers that hold secrets; the record shows that they were there.
const SECRET_HEADERS: [&str; 1] = ["authorization"];

pub(crate) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/sandbox/tenant", get(tenant))
        .route("/sandbox/requests", get(requests).delete(forget))
        .route("/sandbox/orders", get(orders))
        .route("/sandbox/orders/{id}/advance", post(advance))
        .route("/sandbox/mischief", get(rules).post(add_rule).delete(clear_rules))
        .route("/sandbox/script", post(script))
        .route("/sandbox/tokens/expire", post(expire))
        .with_state(desk)
}

/// A page for people: what is in the tenant, what was asked, what was ordered.
async fn page() -> Response<Body> {
    let mut response = Response::new(Body::from(include_str!("page.html")));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

async fn tenant(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let backend = desk.settings.backend;
    ok(desk.with_tenant(|tenant| {
        json!({
            "code": tenant.facts.code,
            "backend": backend.name(),
            "employees": tenant.employees.all().len(),
            "services": tenant.service_assets.all().len(),
            "devices": tenant.device_assets.all().len(),
        })
    }))
}

fn ok(body: Value) -> Response<Body> {
    json_response(&Answer::ok(body))
}

fn refuse(desk: &Desk, message: &str) -> Response<Body> {
    json_response(&desk.fail(&Failure::bad_request("400-Sandbox-error", message)))
}

/// Every request so far, in order, and what was done about it.
async fn requests(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let shown: Vec<Value> = desk.record().iter().map(shown).collect();
    ok(json!({ "requests": shown }))
}

fn shown(received: &Received) -> Value {
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

async fn forget(State(desk): State<Arc<Desk>>) -> Response<Body> {
    desk.clear_record();
    ok(json!({}))
}

async fn orders(State(desk): State<Arc<Desk>>) -> Response<Body> {
    ok(json!({ "orders": desk.orders() }))
}

/// Moves an order one step on.
async fn advance(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Response<Body> {
    if desk.advance(&id) {
        ok(json!({ "order": desk.with_tenant(|tenant| desk.order(tenant, &id)) }))
    } else {
        let failure = Failure::not_found("such order, or it has come to its end");
        json_response(&desk.fail(&failure))
    }
}

async fn rules(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let rules: Vec<String> = desk.with_rules(|rules| rules.iter().map(ToString::to_string).collect());
    ok(json!({ "rules": rules }))
}

/// The body is a rule as the command line takes it.
async fn add_rule(State(desk): State<Arc<Desk>>, body: Bytes) -> Response<Body> {
    match String::from_utf8_lossy(&body).parse::<Rule>() {
        Ok(rule) => {
            desk.with_rules(|rules| rules.push(rule));
            rules(State(desk)).await
        }
        Err(error) => refuse(&desk, &error.to_string()),
    }
}

async fn clear_rules(State(desk): State<Arc<Desk>>) -> Response<Body> {
    desk.with_rules(Vec::clear);
    ok(json!({}))
}

/// `{"operation": .., "status": .., "body": ..}`: the next answer for an operation.
async fn script(State(desk): State<Arc<Desk>>, body: Bytes) -> Response<Body> {
    let wish: Value = match serde_json::from_slice(&body) {
        Ok(wish) => wish,
        Err(error) => return refuse(&desk, &format!("The body is no JSON: {error}.")),
    };
    let operation = wish.get("operation").and_then(Value::as_str).unwrap_or_default();
    let status = wish.get("status").and_then(Value::as_u64).unwrap_or(200);
    let status = u16::try_from(status)
        .ok()
        .filter(|code| StatusCode::from_u16(*code).is_ok());
    match status {
        Some(status)
            if desk.script_named(operation, status, wish.get("body").cloned().unwrap_or_default()) =>
        {
            ok(json!({}))
        }
        Some(_) => refuse(&desk, "There is no such operation."),
        None => refuse(&desk, "That is no HTTP status."),
    }
}

/// Lets every access token expire.
async fn expire(State(desk): State<Arc<Desk>>) -> Response<Body> {
    desk.with_tokens(crate::tokens::Tokens::expire_all);
    ok(json!({}))
}
