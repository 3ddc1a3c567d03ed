//! Answering a request, or failing to, as the faults in force say.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream;

use super::parts::Parts;
use super::response::{JSON, close_instead, is_closed_instead, json_response, response};
use crate::answer::{Answer, Failure};
use crate::clock::after;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::record::Outcome;
use crate::replay::Key;
use crate::script::Asked;

/// The last second of the year 9999.
const LAST_DATE: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(date) => date,
    None => DateTime::<Utc>::MAX_UTC,
};

/// Asks for a fault on one request.
const FAULT_HEADER: &str = "x-sandbox-fault";

/// Receives a request, lets `process` carry it out unless a fault says otherwise, and records what
/// was done.
pub(super) async fn answer_or_fail(
    engine: &Engine,
    parts: &Parts,
    operation: &'static str,
    path: &[(String, String)],
    violations: Vec<String>,
    process: impl FnOnce(Option<&Fault>) -> Answer,
) -> Response<Body> {
    let refusal = engine.refusal(&violations);
    let number = engine.receive(parts.received(engine, Some(operation), violations));
    let asked = parts
        .headers
        .get(FAULT_HEADER)
        .and_then(|value| value.to_str().ok())
        .map(str::parse::<Fault>);
    let fault = match asked {
        Some(Err(error)) => {
            let answer = engine.fail(&Failure::bad_request(
                "400-Sandbox-Fault-error",
                error.to_string(),
            ));
            engine.conclude(
                number,
                Outcome::Answered {
                    status: 400,
                    processed: false,
                },
            );
            return json_response(&answer);
        }
        Some(Ok(fault)) => Some(fault),
        None => engine.fault(operation),
    };
    if let Some(Fault::Delay(time)) = &fault {
        tokio::time::sleep(*time).await;
    }
    let body = parts.body();
    let replayed = engine.replayed(&|| Key::new(parts.method.as_str(), &parts.path, &parts.query, &body));
    if let Some((status, content_type, text)) = replayed {
        let text = Bytes::from(text);
        engine.remember_answer(number, &text);
        engine.conclude(
            number,
            Outcome::Answered {
                status: status.as_u16(),
                processed: false,
            },
        );
        let mut response = response(status, JSON, Body::from(text));
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        return response;
    }
    let scripted = engine.scripted(&Asked {
        operation,
        path,
        query: &parts.query,
        body: &body,
    });
    if let Some(scripted) = scripted {
        engine.conclude(
            number,
            Outcome::Answered {
                status: scripted.status.as_u16(),
                processed: false,
            },
        );
        return json_response(&scripted);
    }
    let unprocessed = fault.as_ref().and_then(|fault| without_processing(engine, fault));
    let (response, outcome) = match unprocessed {
        Some(response) if is_closed_instead(&response) => (response, Outcome::Dropped { processed: false }),
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
            if let Some(refusal) = refusal {
                let answer = engine.fail(&refusal);
                let status = answer.status.as_u16();
                engine.conclude(
                    number,
                    Outcome::Answered {
                        status,
                        processed: false,
                    },
                );
                return json_response(&answer);
            }
            let answer = process(fault.as_ref());
            let text = Bytes::from(answer.body.to_string());
            engine.remember_answer(number, &text);
            after_processing(engine, fault.as_ref(), answer.status, text)
        }
    };
    engine.conclude(number, outcome);
    response
}

fn without_processing(engine: &Engine, fault: &Fault) -> Option<Response<Body>> {
    Some(match fault {
        Fault::DropBefore => close_instead(),
        Fault::Status(code) => json_response(&engine.fail(&made_up(*code))),
        Fault::Html(code) => {
            let page =
                "<html><body><h1>Bad Gateway</h1><p>The upstream server did not answer.</p></body></html>";
            response(status(*code), "text/html", Body::from(page))
        }
        Fault::Empty(code) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status(*code);
            response
        }
        Fault::Redirect(url) => redirect(engine, 307, url),
        Fault::PermanentRedirect(url) => redirect(engine, 308, url),
        Fault::RetryAfter(seconds) => come_back(engine, &seconds.to_string()),
        Fault::RetryAfterDate(seconds) => {
            // A date has four digits for the year, so nothing later can be told.
            let at = after(Utc::now(), Duration::from_secs(*seconds)).min(LAST_DATE);
            come_back(engine, &at.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        }
        Fault::ExpiredToken => {
            json_response(&engine.fail(&Failure::unauthorized("The access token has expired.")))
        }
        Fault::Delay(_)
        | Fault::DropAfter
        | Fault::CutBody
        | Fault::SlowBody(_)
        | Fault::FailAfter(_)
        | Fault::Garbage
        | Fault::RepeatPage => return None,
    })
}

fn after_processing(
    engine: &Engine,
    fault: Option<&Fault>,
    status: StatusCode,
    text: Bytes,
) -> (Response<Body>, Outcome) {
    let answered = |status: StatusCode| Outcome::Answered {
        status: status.as_u16(),
        processed: true,
    };
    match fault {
        Some(Fault::DropAfter) => (close_instead(), Outcome::Dropped { processed: true }),
        Some(Fault::FailAfter(code)) => {
            let failure = engine.fail(&made_up(*code));
            (json_response(&failure), answered(failure.status))
        }
        Some(Fault::Garbage) => (
            response(StatusCode::OK, JSON, Body::from("{\"order\": {\"orderId\"")),
            answered(StatusCode::OK),
        ),
        Some(Fault::CutBody) => (
            in_two_parts(status, &text, Duration::ZERO, true),
            Outcome::Dropped { processed: true },
        ),
        Some(Fault::SlowBody(time)) => (in_two_parts(status, &text, *time, false), answered(status)),
        _ => (response(status, JSON, Body::from(text)), answered(status)),
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn made_up(code: u16) -> Failure {
    Failure {
        status: status(code),
        code: "Sandbox-Fault",
        message: format!("The sandbox was asked to answer {code}."),
    }
}

fn redirect(engine: &Engine, code: u16, url: &str) -> Response<Body> {
    let mut response = json_response(&engine.fail(&made_up(code)));
    if let Ok(url) = HeaderValue::from_str(url) {
        response.headers_mut().insert(header::LOCATION, url);
    }
    response
}

fn come_back(engine: &Engine, when: &str) -> Response<Body> {
    let mut response = json_response(&engine.fail(&made_up(503)));
    if let Ok(when) = HeaderValue::from_str(when) {
        response.headers_mut().insert(header::RETRY_AFTER, when);
    }
    response
}

/// An answer of which half comes, then nothing for a while, then the rest or the end of the
/// connection.
fn in_two_parts(status: StatusCode, text: &Bytes, pause: Duration, cut: bool) -> Response<Body> {
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
    let mut response = response(status, JSON, Body::from_stream(parts));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}
