//! Answers as HTTP.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::answer::Answer;

pub(super) const JSON: &str = "application/json";

/// Marks a response that must not be sent: the connection is closed instead.
#[derive(Clone, Copy)]
struct CloseInstead;

/// A response in place of which the connection is closed.
pub(super) fn close_instead() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CloseInstead);
    response
}

/// Whether the connection is closed in place of a response.
pub(super) fn is_closed_instead(response: &Response<Body>) -> bool {
    response.extensions().get::<CloseInstead>().is_some()
}

pub(super) fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

pub(super) fn json_response(answer: &Answer) -> Response<Body> {
    response(answer.status, JSON, Body::from(answer.body.to_string()))
}

/// A page for people.
pub(super) fn html_page(page: &'static str) -> Response<Body> {
    response(StatusCode::OK, "text/html; charset=utf-8", Body::from(page))
}
