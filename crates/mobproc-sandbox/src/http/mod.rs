//! HTTP: from a connection to a request, and back.

mod control;
#[cfg(feature = "explorer")]
mod explorer;
mod faults;
mod guard;
mod metrics;
mod parts;
mod response;
mod shown;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, State};
use axum::http::{HeaderValue, Method, Response};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mobproc_api::OperationId;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use self::faults::answer_or_fail;
pub(crate) use self::guard::Guard;
use self::parts::{Parts, take_apart};
use self::response::{is_closed_instead, json_response};
use crate::answer::Failure;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::record::Outcome;
use crate::request::{Request, parse_query};
use crate::tenants::Tenants;
use crate::tokens::TokenRequest;

/// Where the API stands on the sandbox.
pub(crate) const BASE: &str = "/mobproc/v1";
/// Where the token server stands on the sandbox.
pub(crate) const TOKEN: &str = "/as/token.oauth2";
/// Names the tenant.
const TENANT_HEADER: &str = "x-tngo-tenant";
/// How long a connection may take to send the headers of a request.
const HEADER_TIME: Duration = Duration::from_secs(30);
/// How long nothing is accepted after accepting failed, most often because files have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(crate) fn router(tenants: Arc<Tenants>, guard: Guard) -> Router {
    let mut paths: Vec<&str> = OperationId::ALL
        .iter()
        .map(|operation| operation.operation().path)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let mut router = Router::new().route(TOKEN, any(token));
    for path in paths {
        router = router.route(&format!("{BASE}{path}"), any(api));
    }
    let router = router.fallback(nowhere).with_state(Arc::clone(&tenants));
    let pages = control::router(tenants);
    #[cfg(feature = "explorer")]
    let pages = pages.merge(explorer::router());
    let pages = pages.layer(from_fn(guard::wrap_page));
    router
        .merge(pages)
        .layer(from_fn_with_state(Arc::new(guard), guard::admit))
}

/// Serves until told to stop, then drops every connection.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // The sender is gone only when the sandbox is.
            _ = stop.changed() => break,
        };
        while connections.try_join_next().is_some() {}
        // A connection that failed before it was one concerns nobody else. Files that have run out
        // would fail again and again, and as fast as the machine can.
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Small answers must not wait for more.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let router = router.clone();
                async move {
                    let response = router
                        .oneshot(request)
                        .await
                        .unwrap_or_else(|never: Infallible| match never {});
                    if is_closed_instead(&response) {
                        return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
                    }
                    Ok(response)
                }
            });
            // An error here is a caller that went away, or a connection closed on purpose.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
    connections.shutdown().await;
}

async fn api(State(tenants): State<Arc<Tenants>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, mut http) = take_apart(request).await;
    let engine = tenant_of(&tenants, &parts);
    let template = MatchedPath::from_request_parts(&mut http, &()).await;
    let template = template.as_ref().map_or("", |path| path.as_str());
    let method = match parts.method {
        // The body is left out on the way.
        Method::HEAD => Method::GET,
        ref other => other.clone(),
    };
    let operation = OperationId::ALL.iter().copied().find(|operation| {
        let operation = operation.operation();
        template.strip_prefix(BASE) == Some(operation.path) && operation.method.as_str() == method.as_str()
    });
    let Some(operation) = operation else {
        return refuse(&engine, &parts, None, &Failure::not_found("such operation"));
    };
    let path: Vec<(String, String)> = match RawPathParams::from_request_parts(&mut http, &()).await {
        Ok(path) => path
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        Err(_) => {
            let failure = Failure::bad_request("400-Path-error", "The path is not valid UTF-8.");
            return refuse(&engine, &parts, Some(operation.as_str()), &failure);
        }
    };
    if let Err(failure) = &parts.body {
        return refuse(&engine, &parts, Some(operation.as_str()), failure);
    }
    let mut request = Request {
        operation,
        path: path.iter().cloned().collect(),
        query: parse_query(&parts.query),
        headers: parts.headers.clone(),
        body: parts.body(),
    };
    let violations = engine.spec().violations(&request);
    let carrier = Arc::clone(&engine);
    let deviations = engine.settings().deviations;
    let bends = Arc::clone(&deviations);
    let mut response = answer_or_fail(
        &engine,
        &parts,
        operation.as_str(),
        &path,
        violations,
        move |fault| {
            if fault == Some(&Fault::RepeatPage) {
                request.query.retain(|(name, _)| name != "offset");
                request.query.push(("offset".to_owned(), "0".to_owned()));
            }
            for deviation in bends.iter() {
                deviation.bend(&mut request);
            }
            let mut answer = carrier.answer(&request);
            for deviation in bends.iter() {
                deviation.apply(operation, &mut answer);
            }
            answer
        },
    )
    .await;
    for (name, value) in deviations.iter().filter_map(|deviation| deviation.header()) {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The tenant that a request names; what names none, or one that there is not, is the first's.
fn tenant_of(tenants: &Tenants, parts: &Parts) -> Arc<Engine> {
    let code = parts
        .headers
        .get(TENANT_HEADER)
        .and_then(|code| code.to_str().ok());
    code.and_then(|code| tenants.by_code(code))
        .unwrap_or_else(|| Arc::clone(tenants.first()))
}

async fn token(State(tenants): State<Arc<Tenants>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, _) = take_apart(request).await;
    let body = parts.body();
    let asked = TokenRequest::read(&parts.query, &parts.headers, &body);
    // Each tenant has a client application of its own.
    let engine = tenants
        .by_client_id(asked.client_id())
        .unwrap_or_else(|| Arc::clone(tenants.first()));
    let operation = match parts.method {
        Method::POST => "token_create",
        Method::GET => "token_validate",
        _ => return refuse(&engine, &parts, None, &Failure::not_found("such operation")),
    };
    let carrier = Arc::clone(&engine);
    if let Err(failure) = &parts.body {
        return refuse(&engine, &parts, Some(operation), failure);
    }
    let violations = asked.violations();
    answer_or_fail(&engine, &parts, operation, &[], violations, move |_| {
        carrier.token(operation, &asked)
    })
    .await
}

async fn nowhere(State(tenants): State<Arc<Tenants>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, _) = take_apart(request).await;
    let engine = tenant_of(&tenants, &parts);
    refuse(&engine, &parts, None, &Failure::not_found("such resource"))
}

fn refuse(
    engine: &Engine,
    parts: &Parts,
    operation: Option<&'static str>,
    failure: &Failure,
) -> Response<Body> {
    let violations = vec![failure.message.clone()];
    let number = engine.receive(parts.received(engine, operation, violations));
    let answer = engine.fail(failure);
    engine.conclude(
        number,
        Outcome::Answered {
            status: answer.status.as_u16(),
            processed: false,
        },
    );
    json_response(&answer)
}
