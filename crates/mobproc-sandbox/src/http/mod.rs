//! HTTP: from a connection to a request, and back.

mod control;
#[cfg(feature = "explorer")]
mod explorer;
mod faults;
mod parts;
mod response;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, State};
use axum::http::{Method, Response};
use axum::routing::any;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mobproc_api::OperationId;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use self::faults::answer_or_fail;
use self::parts::{Parts, take_apart};
use self::response::{is_closed_instead, json_response};
use crate::answer::Failure;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::record::Outcome;
use crate::request::{Request, parse_query};

/// Where the API stands on the sandbox.
pub(crate) const BASE: &str = "/mobproc/v1";
/// Where the token server stands on the sandbox.
pub(crate) const TOKEN: &str = "/as/token.oauth2";
pub(crate) fn router(engine: Arc<Engine>) -> Router {
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
    let router = router
        .fallback(nowhere)
        .with_state(Arc::clone(&engine))
        .merge(control::router(engine));
    #[cfg(feature = "explorer")]
    let router = router.merge(explorer::router());
    router
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
        // A connection that failed before it was one concerns nobody else.
        let Ok((stream, _)) = accepted else { continue };
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
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
    connections.shutdown().await;
}

async fn api(State(engine): State<Arc<Engine>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, mut http) = take_apart(request).await;
    let template = MatchedPath::from_request_parts(&mut http, &()).await;
    let template = template.as_ref().map_or("", |path| path.as_str());
    let operation = OperationId::ALL.iter().copied().find(|operation| {
        let operation = operation.operation();
        template.strip_prefix(BASE) == Some(operation.path)
            && operation.method.as_str() == parts.method.as_str()
    });
    let Some(operation) = operation else {
        return refuse(&engine, &parts, None, &Failure::not_found("such operation")).await;
    };
    let path = match RawPathParams::from_request_parts(&mut http, &()).await {
        Ok(path) => path
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        Err(_) => {
            let failure = Failure::bad_request("400-Path-error", "The path is not valid UTF-8.");
            return refuse(&engine, &parts, Some(operation.as_str()), &failure).await;
        }
    };
    if let Err(failure) = &parts.body {
        return refuse(&engine, &parts, Some(operation.as_str()), failure).await;
    }
    let mut request = Request {
        operation,
        path,
        query: parse_query(&parts.query),
        headers: parts.headers.clone(),
        body: parts.body(),
    };
    let engine_ = Arc::clone(&engine);
    answer_or_fail(&engine, &parts, operation.as_str(), move |fault| {
        if fault == Some(&Fault::RepeatPage) {
            request.query.retain(|(name, _)| name != "offset");
            request.query.push(("offset".to_owned(), "0".to_owned()));
        }
        engine_.answer(&request)
    })
    .await
}

async fn token(State(engine): State<Arc<Engine>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, _) = take_apart(request).await;
    let operation = match parts.method {
        Method::POST => "token_create",
        Method::GET => "token_validate",
        _ => return refuse(&engine, &parts, None, &Failure::not_found("such operation")).await,
    };
    let engine_ = Arc::clone(&engine);
    let (query, headers, body) = (parts.query.clone(), parts.headers.clone(), parts.body());
    answer_or_fail(&engine, &parts, operation, move |_| {
        engine_.token(operation, &query, &headers, &body)
    })
    .await
}

async fn nowhere(State(engine): State<Arc<Engine>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, _) = take_apart(request).await;
    refuse(&engine, &parts, None, &Failure::not_found("such resource")).await
}

async fn refuse(
    engine: &Engine,
    parts: &Parts,
    operation: Option<&'static str>,
    failure: &Failure,
) -> Response<Body> {
    let number = engine.receive(parts.received(engine, operation));
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
