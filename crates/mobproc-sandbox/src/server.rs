//! HTTP: from a connection to a request, through mischief, and back.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::routing::any;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, Limited};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mobproc_api::operations;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::answer::{Answer, Failure};
use crate::desk::Desk;
use crate::mischief::Mischief;
use crate::record::Outcome;
use crate::request::{Request, parse_query};

/// Where the API stands on the sandbox.
pub(crate) const BASE: &str = "/mobproc/v1";
/// Where the token server stands on the sandbox.
pub(crate) const TOKEN: &str = "/as/token.oauth2";
/// Asks for mischief on one request.
pub(crate) const MISCHIEF_HEADER: &str = "x-sandbox-mischief";

/// No documented request comes near.
const LARGEST_BODY: usize = 1 << 20;

/// Marks a response that must not be sent: the connection is closed instead.
#[derive(Clone, Copy)]
struct CloseInstead;

pub(crate) fn router(desk: Arc<Desk>) -> Router {
    let mut paths: Vec<&str> = operations::ALL.iter().map(|operation| operation.path).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut router = Router::new().route(TOKEN, any(token));
    for path in paths {
        router = router.route(&format!("{BASE}{path}"), any(api));
    }
    let router = router
        .fallback(nowhere)
        .with_state(Arc::clone(&desk))
        .merge(crate::admin::router(desk));
    #[cfg(feature = "explorer")]
    let router = router.merge(crate::explorer::router());
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
                    if response.extensions().get::<CloseInstead>().is_some() {
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

/// A request, taken apart.
struct Parts {
    method: Method,
    path: String,
    query: String,
    headers: axum::http::HeaderMap,
    body: Result<Bytes, Failure>,
}

async fn take_apart(request: axum::extract::Request) -> (Parts, axum::http::request::Parts) {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY)
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| {
            let message = if error.is::<http_body_util::LengthLimitError>() {
                format!("The request body is larger than {LARGEST_BODY} bytes.")
            } else {
                "The request body ended early.".to_owned()
            };
            Failure::bad_request("400-Request-body-error", message)
        });
    let taken = Parts {
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        body,
    };
    (taken, parts)
}

impl Parts {
    fn body(&self) -> Bytes {
        self.body.clone().unwrap_or_default()
    }
}

async fn api(State(desk): State<Arc<Desk>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, mut http) = take_apart(request).await;
    let template = MatchedPath::from_request_parts(&mut http, &()).await;
    let template = template.as_ref().map_or("", |path| path.as_str());
    let operation = operations::ALL.iter().find(|operation| {
        template.strip_prefix(BASE) == Some(operation.path)
            && operation.method.as_str() == parts.method.as_str()
    });
    let Some(operation) = operation else {
        return refuse(&desk, &parts, None, &Failure::not_found("such operation")).await;
    };
    let path = match RawPathParams::from_request_parts(&mut http, &()).await {
        Ok(path) => path
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        Err(_) => {
            let failure = Failure::bad_request("400-Path-error", "The path is not valid UTF-8.");
            return refuse(&desk, &parts, Some(operation.id), &failure).await;
        }
    };
    if let Err(failure) = &parts.body {
        return refuse(&desk, &parts, Some(operation.id), failure).await;
    }
    let mut request = Request {
        operation,
        path,
        query: parse_query(&parts.query),
        headers: parts.headers.clone(),
        body: parts.body(),
    };
    let desk_ = Arc::clone(&desk);
    misbehave(&desk, &parts, operation.id, move |mischief| {
        if mischief == Some(&Mischief::RepeatPage) {
            request.query.retain(|(name, _)| name != "offset");
            request.query.push(("offset".to_owned(), "0".to_owned()));
        }
        desk_.answer(&request)
    })
    .await
}

async fn token(State(desk): State<Arc<Desk>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, _) = take_apart(request).await;
    let operation = match parts.method {
        Method::POST => "token_create",
        Method::GET => "token_validate",
        _ => return refuse(&desk, &parts, None, &Failure::not_found("such operation")).await,
    };
    let desk_ = Arc::clone(&desk);
    let (query, headers, body) = (parts.query.clone(), parts.headers.clone(), parts.body());
    misbehave(&desk, &parts, operation, move |_| {
        desk_.token(operation, &query, &headers, &body)
    })
    .await
}

async fn nowhere(State(desk): State<Arc<Desk>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, _) = take_apart(request).await;
    refuse(&desk, &parts, None, &Failure::not_found("such resource")).await
}

async fn refuse(
    desk: &Desk,
    parts: &Parts,
    operation: Option<&'static str>,
    failure: &Failure,
) -> Response<Body> {
    let number = desk.receive(parts.received(desk, operation));
    let answer = desk.fail(failure);
    desk.conclude(
        number,
        Outcome::Answered {
            status: answer.status.as_u16(),
            processed: false,
        },
    );
    json_response(&answer)
}

impl Parts {
    fn received(&self, desk: &Desk, operation: Option<&'static str>) -> crate::record::Received {
        crate::record::Received {
            at: desk.now(),
            method: self.method.to_string(),
            path: self.path.clone(),
            query: parse_query(&self.query),
            headers: self.headers.clone(),
            body: self.body(),
            operation,
            outcome: Outcome::Pending,
            answer: None,
        }
    }
}

/// Receives a request, lets `process` carry it out unless mischief says otherwise, and records what was done.
async fn misbehave(
    desk: &Desk,
    parts: &Parts,
    operation: &'static str,
    process: impl FnOnce(Option<&Mischief>) -> Answer,
) -> Response<Body> {
    let number = desk.receive(parts.received(desk, Some(operation)));
    let asked = parts
        .headers
        .get(MISCHIEF_HEADER)
        .and_then(|value| value.to_str().ok())
        .map(str::parse::<Mischief>);
    let mischief = match asked {
        Some(Err(error)) => {
            let answer = desk.fail(&Failure::bad_request(
                "400-Sandbox-Mischief-error",
                error.to_string(),
            ));
            desk.conclude(
                number,
                Outcome::Answered {
                    status: 400,
                    processed: false,
                },
            );
            return json_response(&answer);
        }
        Some(Ok(mischief)) => Some(mischief),
        None => desk.mischief(operation),
    };
    if let Some(Mischief::Delay(time)) = &mischief {
        tokio::time::sleep(*time).await;
    }
    if let Some(scripted) = desk.scripted(operation) {
        desk.conclude(
            number,
            Outcome::Answered {
                status: scripted.status().as_u16(),
                processed: false,
            },
        );
        return scripted;
    }
    let unprocessed = mischief
        .as_ref()
        .and_then(|mischief| without_processing(desk, mischief));
    let (response, outcome) = match unprocessed {
        Some(response) if response.extensions().get::<CloseInstead>().is_some() => {
            (response, Outcome::Dropped { processed: false })
        }
        Some(response) => {
            let status = response.status().as_u16();
            (
                response,
                Outcome::Answered {
                    status,
                    processed: false,
                },
            )
        }
        None => {
            let answer = process(mischief.as_ref());
            desk.remember_answer(number, &answer.body);
            after_processing(desk, mischief.as_ref(), &answer)
        }
    };
    desk.conclude(number, outcome);
    response
}

fn without_processing(desk: &Desk, mischief: &Mischief) -> Option<Response<Body>> {
    Some(match mischief {
        Mischief::DropBefore => close_instead(),
        Mischief::Status(code) => json_response(&desk.fail(&mishap(*code))),
        Mischief::Html(code) => {
            let page =
                "<html><body><h1>Bad Gateway</h1><p>The upstream server did not answer.</p></body></html>";
            response(status(*code), "text/html", Body::from(page))
        }
        Mischief::Empty(code) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status(*code);
            response
        }
        Mischief::Redirect(url) => {
            let mut response = json_response(&desk.fail(&mishap(307)));
            if let Ok(url) = HeaderValue::from_str(url) {
                response.headers_mut().insert(header::LOCATION, url);
            }
            response
        }
        Mischief::RetryAfter(seconds) => come_back(desk, &seconds.to_string()),
        Mischief::RetryAfterDate(seconds) => {
            let after = chrono::Duration::try_seconds(i64::try_from(*seconds).unwrap_or(i64::MAX))
                .unwrap_or_default();
            let at = chrono::Utc::now() + after;
            come_back(desk, &at.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        }
        Mischief::ExpiredToken => {
            json_response(&desk.fail(&Failure::unauthorized("The access token has expired.")))
        }
        Mischief::Delay(_)
        | Mischief::DropAfter
        | Mischief::CutBody
        | Mischief::SlowBody(_)
        | Mischief::FailAfter(_)
        | Mischief::Garbage
        | Mischief::RepeatPage => return None,
    })
}

fn after_processing(desk: &Desk, mischief: Option<&Mischief>, answer: &Answer) -> (Response<Body>, Outcome) {
    let answered = |status: StatusCode| Outcome::Answered {
        status: status.as_u16(),
        processed: true,
    };
    match mischief {
        Some(Mischief::DropAfter) => (close_instead(), Outcome::Dropped { processed: true }),
        Some(Mischief::FailAfter(code)) => {
            let failure = desk.fail(&mishap(*code));
            (json_response(&failure), answered(failure.status))
        }
        Some(Mischief::Garbage) => (
            response(
                StatusCode::OK,
                "application/json",
                Body::from("{\"order\": {\"orderId\""),
            ),
            answered(StatusCode::OK),
        ),
        Some(Mischief::CutBody) => (
            in_two_parts(answer, Duration::ZERO, true),
            Outcome::Dropped { processed: true },
        ),
        Some(Mischief::SlowBody(time)) => (in_two_parts(answer, *time, false), answered(answer.status)),
        _ => (json_response(answer), answered(answer.status)),
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn mishap(code: u16) -> Failure {
    Failure {
        status: status(code),
        code: "Sandbox-Mischief",
        message: format!("The sandbox was asked to answer {code}."),
    }
}

fn come_back(desk: &Desk, when: &str) -> Response<Body> {
    let mut response = json_response(&desk.fail(&mishap(503)));
    if let Ok(when) = HeaderValue::from_str(when) {
        response.headers_mut().insert(header::RETRY_AFTER, when);
    }
    response
}

fn close_instead() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CloseInstead);
    response
}

/// An answer of which half comes, then nothing for a while, then the rest or the end of the connection.
fn in_two_parts(answer: &Answer, pause: Duration, cut: bool) -> Response<Body> {
    let text = Bytes::from(answer.body.to_string());
    let length = text.len();
    let (first, rest) = (text.slice(..length / 2), text.slice(length / 2..));
    let parts = stream::unfold(0, move |part| {
        let (first, rest) = (first.clone(), rest.clone());
        async move {
            match part {
                0 => Some((Ok(first), 1)),
                1 => {
                    tokio::time::sleep(pause).await;
                    let end = if cut {
                        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
                    } else {
                        Ok(rest)
                    };
                    Some((end, 2))
                }
                _ => None,
            }
        }
    });
    let mut response = response(answer.status, "application/json", Body::from_stream(parts));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

pub(crate) fn json_response(answer: &Answer) -> Response<Body> {
    response(
        answer.status,
        "application/json",
        Body::from(answer.body.to_string()),
    )
}

/// A page for people.
pub(crate) fn html_page(page: &'static str) -> Response<Body> {
    response(StatusCode::OK, "text/html; charset=utf-8", Body::from(page))
}

/// A script's answer: any status, any JSON.
pub(crate) fn scripted(code: u16, body: &Value) -> Response<Body> {
    json_response(&Answer {
        status: status(code),
        body: if body.is_null() { json!({}) } else { body.clone() },
    })
}
