//! Steering a running sandbox over HTTP, for people and for tests in other languages:
//! `/sandbox/...`, and the same for one of several tenants under `/sandbox/tenants/ID/...`.
//!
//! These calls are not part of the API, need no token, and are not recorded.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, RawPathParams, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, delete, get, post, put};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::metrics;
use super::response::{html_page, json_response, response};
use super::shown;
use crate::answer::{Answer, Failure};
use crate::credentials::Credentials;
use crate::engine::Engine;
use crate::fault::Rule;
use crate::record::RequestFilter;
use crate::render::set;
use crate::request::operation_named;
use crate::scenario::{ClockChange, Scenario, SettingsChange};
use crate::script::Script;
use crate::seed;
use crate::tenants::Tenants;
use crate::tokens::Tokens;

pub(crate) fn router(tenants: Arc<Tenants>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/page.js", get(script_of_page))
        .route("/page.css", get(style_of_page))
        .route("/sandbox/control.json", get(document))
        .route("/sandbox/health", get(health))
        .route("/sandbox/seed.schema.json", get(schema_of_seed))
        .route("/sandbox/metrics", get(all_metrics))
        .route("/sandbox/tenants", get(all_tenants))
        .route(
            "/sandbox/tenants/{tenant}",
            put(create_tenant).delete(remove_tenant),
        )
        .route("/favicon.ico", get(no_icon))
        .route("/sandbox", any(nowhere))
        .route("/sandbox/{*rest}", any(nowhere))
        .nest("/sandbox", of_tenant())
        .nest("/sandbox/tenants/{tenant}", of_tenant())
        .with_state(tenants)
}

/// The calls about one tenant.
fn of_tenant() -> Router<Arc<Tenants>> {
    Router::new()
        .route("/tenant", get(tenant))
        .route("/credentials", get(credentials))
        .route("/reset", post(reset))
        .route("/requests", get(requests).delete(forget))
        .route("/requests/count", get(count))
        .route("/violations", get(violations))
        .route("/orders", get(orders))
        .route("/orders/{id}/advance", post(advance))
        .route("/faults", get(rules).post(add_rule).delete(clear_rules))
        .route("/scripts", get(scripts).post(script).delete(clear_scripts))
        .route("/tokens/expire", post(expire))
        .route("/tokens/revoke", post(revoke))
        .route("/clock", get(clock).put(set_clock))
        .route("/clock/advance", post(advance_clock))
        .route("/settings", get(settings_now).patch(change_settings))
        .route("/scenario", post(scenario))
        .route("/snapshots", get(snapshots))
        .route(
            "/snapshots/{name}",
            put(take_snapshot).merge(delete(drop_snapshot)),
        )
        .route("/snapshots/{name}/restore", post(restore_snapshot))
}

/// The tenant a call is about, and what else its path names.
struct Place {
    engine: Arc<Engine>,
    path: Vec<(String, String)>,
}

impl Place {
    /// A parameter of the path. The router only lets calls through that have it.
    fn path(&self, name: &str) -> &str {
        let mut path = self.path.iter();
        path.find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }
}

impl FromRequestParts<Arc<Tenants>> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, tenants: &Arc<Tenants>) -> Result<Self, Self::Rejection> {
        let path = RawPathParams::from_request_parts(parts, tenants)
            .await
            .map_err(|_| refuse("The path is not valid UTF-8."))?;
        let path: Vec<(String, String)> = path
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let code = path.iter().find(|(name, _)| name == "tenant");
        let engine = match code {
            None => Arc::clone(tenants.first()),
            Some((_, code)) => tenants
                .by_code(code)
                .ok_or_else(|| Failure::not_found("such tenant; PUT /sandbox/tenants/ID makes one"))?,
        };
        Ok(Self { engine, path })
    }
}

/// A page for people: what is in the tenant, what was asked, what was ordered.
async fn page() -> Response<Body> {
    html_page(include_str!("page.html"))
}

/// Browsers ask for one on pages that name none.
async fn no_icon() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn nowhere() -> Failure {
    Failure::not_found("such call of the sandbox's; /sandbox/control.json describes all there are")
}

async fn script_of_page() -> Response<Body> {
    response(
        StatusCode::OK,
        "text/javascript; charset=utf-8",
        Body::from(include_str!("page.js")),
    )
}

async fn style_of_page() -> Response<Body> {
    response(
        StatusCode::OK,
        "text/css; charset=utf-8",
        Body::from(include_str!("page.css")),
    )
}

/// These calls, as an OpenAPI document.
async fn document() -> Response<Body> {
    response(
        StatusCode::OK,
        super::response::JSON,
        Body::from(include_str!("control.json")),
    )
}

/// The JSON Schema of a tenant's file.
async fn schema_of_seed() -> Response<Body> {
    response(
        StatusCode::OK,
        super::response::JSON,
        Body::from(crate::seed_file::SCHEMA),
    )
}

/// That it answers, and what it is.
async fn health(State(tenants): State<Arc<Tenants>>) -> Told {
    ok(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "tenants": tenants.all().len(),
    }))
}

/// Figures, in the text format of Prometheus.
async fn all_metrics(State(tenants): State<Arc<Tenants>>) -> Response<Body> {
    response(
        StatusCode::OK,
        "text/plain; version=0.0.4; charset=utf-8",
        Body::from(metrics::text(&tenants.all())),
    )
}

async fn all_tenants(State(tenants): State<Arc<Tenants>>) -> Told {
    let all = tenants.all();
    let codes: Vec<&str> = all.iter().map(|engine| engine.code()).collect();
    ok(json!({ "tenants": codes }))
}

/// Makes a tenant, if there is none of that code. Answers with what to sign in with.
async fn create_tenant(State(tenants): State<Arc<Tenants>>, path: RawPathParams, body: Bytes) -> Told {
    if !body.is_empty() {
        return Err(refuse(
            "A tenant is made without a body; it begins as the sandbox did.",
        ));
    }
    let engine = tenants.create(code(&path)).map_err(refuse)?;
    ok(sign_in(engine.credentials()))
}

async fn remove_tenant(State(tenants): State<Arc<Tenants>>, path: RawPathParams) -> Told {
    if tenants.remove(code(&path)) {
        ok(json!({}))
    } else {
        Err(Failure::not_found("such tenant that can be removed"))
    }
}

fn code(path: &RawPathParams) -> &str {
    path.iter()
        .find(|(name, _)| *name == "tenant")
        .map_or("", |(_, value)| value)
}

/// How many there are of everything, and the first of them.
async fn tenant(place: Place) -> Told {
    ok(shown::stock(&place.engine))
}

/// What to sign in with: the same that the program prints.
async fn credentials(place: Place) -> Told {
    ok(sign_in(place.engine.credentials()))
}

fn sign_in(credentials: &Credentials) -> Value {
    json!({
        "tenant": credentials.tenant,
        "clientId": credentials.client_id,
        "clientSecret": credentials.client_secret,
        "username": credentials.username,
        "password": credentials.password,
    })
}

/// Brings everything back to the beginning, except tokens.
async fn reset(place: Place) -> Told {
    place.engine.reset();
    ok(json!({}))
}

/// What a call is told: JSON, or why not.
type Told = Result<Shown, Failure>;

struct Shown(Value);

impl IntoResponse for Shown {
    fn into_response(self) -> Response<Body> {
        json_response(&Answer::ok(self.0))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response<Body> {
        json_response(&Answer {
            status: self.status,
            body: self.body("sandbox"),
        })
    }
}

fn ok(body: Value) -> Told {
    Ok(Shown(body))
}

fn refuse(message: impl Display) -> Failure {
    Failure::bad_request("400-Sandbox-error", message.to_string())
}

/// Reads a body, or says where it is wrong.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| refuse(format_args!("The body cannot be read: {error}.")))
}

/// Which orders are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// At most this many, the last ones.
    last: Option<usize>,
    /// With the steps of each.
    #[serde(default)]
    timeline: bool,
}

type Asked<T> = Result<Query<T>, QueryRejection>;

/// A query, or what is wrong with it.
fn asked<T>(query: Asked<T>) -> Result<T, Failure> {
    query
        .map(|Query(query)| query)
        .map_err(|error| refuse(format_args!("{}.", error.body_text())))
}

/// Which requests are asked for.
fn filter(query: Asked<RequestFilter>) -> Result<RequestFilter, Failure> {
    let filter = asked(query)?;
    if let Some(name) = &filter.operation
        && operation_named(name).is_none()
    {
        return Err(refuse(format_args!(
            "There is no operation `{name}`; they go by the ids of the OpenAPI document, such as order_create."
        )));
    }
    Ok(filter)
}

/// The requests that fit, in order, and what was done about each.
async fn requests(place: Place, query: Asked<RequestFilter>) -> Told {
    let record = place.engine.received(&filter(query)?);
    let requests: Vec<Value> = record.iter().map(shown::request).collect();
    ok(json!({ "requests": requests, "forgotten": place.engine.forgotten() }))
}

/// How many requests fit, and how many are not remembered any more.
async fn count(place: Place, query: Asked<RequestFilter>) -> Told {
    let count = place.engine.count(&filter(query)?);
    ok(json!({ "count": count, "forgotten": place.engine.forgotten() }))
}

/// The requests that were not as documented, and in what.
async fn violations(place: Place) -> Told {
    let found = place.engine.received(&RequestFilter::new().violating(true));
    let found: Vec<Value> = found
        .iter()
        .map(|request| {
            json!({
                "number": request.number,
                "operation": request.operation,
                "violations": request.violations,
            })
        })
        .collect();
    ok(json!({ "violations": found }))
}

async fn forget(place: Place) -> Told {
    place.engine.clear_record();
    ok(json!({}))
}

/// The orders, the oldest first.
async fn orders(place: Place, query: Asked<Wanted>) -> Told {
    let wanted = asked(query)?;
    let last = wanted.last.unwrap_or(usize::MAX);
    let mut body = json!({ "orders": place.engine.last_orders(last) });
    if wanted.timeline {
        set(&mut body, "timelines", json!(place.engine.last_timelines(last)));
    }
    ok(body)
}

/// Moves an order one step on.
async fn advance(place: Place) -> Told {
    let (engine, id) = (&place.engine, place.path("id"));
    if engine.advance(id) {
        ok(json!({ "order": engine.with_tenant(|tenant| engine.order(tenant, id)) }))
    } else {
        let status = engine.with_tenant(|tenant| tenant.orders.by_id(id).map(|order| order.stage.as_str()));
        Err(match status {
            None => Failure::not_found("such order; the id is its orderId"),
            Some("AWAITING_APPROVAL") => refuse("The order waits for approval."),
            Some(status) => refuse(format_args!("The order is {status}, which is its end.")),
        })
    }
}

async fn rules(place: Place) -> Told {
    let rules: Vec<String> = place.engine.rules().iter().map(ToString::to_string).collect();
    ok(json!({ "rules": rules }))
}

/// The body is a rule as the command line takes it.
async fn add_rule(place: Place, body: Bytes) -> Told {
    let rule: Rule = String::from_utf8_lossy(&body).parse().map_err(refuse)?;
    place.engine.add_rule(rule).map_err(refuse)?;
    rules(place).await
}

async fn clear_rules(place: Place) -> Told {
    place.engine.clear_rules();
    ok(json!({}))
}

/// The scripts that wait.
async fn scripts(place: Place) -> Told {
    ok(json!({ "scripts": place.engine.scripts() }))
}

/// The body is a [`Script`]: the next answer to a request that fits.
async fn script(place: Place, body: Bytes) -> Told {
    place.engine.script(read::<Script>(&body)?).map_err(refuse)?;
    scripts(place).await
}

async fn clear_scripts(place: Place) -> Told {
    place.engine.clear_scripts();
    ok(json!({}))
}

/// Lets every access token expire.
async fn expire(place: Place) -> Told {
    place.engine.with_tokens(Tokens::expire_all);
    ok(json!({}))
}

/// Revokes every access and refresh token.
async fn revoke(place: Place) -> Told {
    place.engine.with_tokens(Tokens::revoke_all);
    ok(json!({}))
}

/// What time it is for the sandbox.
async fn clock(place: Place) -> Told {
    let clock = &place.engine.clock;
    ok(json!({ "now": clock.now(), "stopped": clock.is_stopped() }))
}

async fn set_clock(place: Place, body: Bytes) -> Told {
    read::<ClockChange>(&body)?.apply(&place.engine.clock);
    clock(place).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance_clock(place: Place, body: Bytes) -> Told {
    let by: Advance = read(&body)?;
    place.engine.clock.advance(Duration::from_secs(by.seconds));
    clock(place).await
}

async fn settings_now(place: Place) -> Told {
    let settings = place.engine.settings();
    let lifetime = place.engine.with_tokens(|tokens| tokens.lifetime());
    let above = place
        .engine
        .with_tenant(|tenant| seed::amount(&tenant.facts.approval_above));
    ok(json!({
        "backend": settings.backend.name(),
        "approvalAfter": settings.pace.approval_after.as_secs(),
        "shipAfter": settings.pace.ship_after.map(|time| time.as_secs()),
        "approvalAbove": above,
        "orderErrors": settings.order_errors,
        "tokenLifetime": lifetime.as_secs(),
        "keep": settings.keep,
        "strict": settings.strict,
        "effects": settings.effects,
        "explain": settings.explain,
    }))
}

async fn change_settings(place: Place, body: Bytes) -> Told {
    place.engine.change_settings(&read::<SettingsChange>(&body)?);
    settings_now(place).await
}

/// The body is a [`Scenario`]: faults, scripts, clock and settings at once.
async fn scenario(place: Place, body: Bytes) -> Told {
    let scenario: Scenario = String::from_utf8_lossy(&body).parse().map_err(refuse)?;
    place.engine.play(&scenario).map_err(refuse)?;
    ok(json!({}))
}

async fn snapshots(place: Place) -> Told {
    ok(json!({ "snapshots": place.engine.snapshots() }))
}

/// Remembers everything under a name.
async fn take_snapshot(place: Place) -> Told {
    place.engine.take_snapshot(place.path("name")).map_err(refuse)?;
    snapshots(place).await
}

/// Brings everything back to a snapshot.
async fn restore_snapshot(place: Place) -> Told {
    if place.engine.restore_snapshot(place.path("name")) {
        ok(json!({}))
    } else {
        Err(Failure::not_found("such snapshot"))
    }
}

async fn drop_snapshot(place: Place) -> Told {
    if place.engine.drop_snapshot(place.path("name")) {
        ok(json!({}))
    } else {
        Err(Failure::not_found("such snapshot"))
    }
}
