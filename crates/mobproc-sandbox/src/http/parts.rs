//! A request, taken apart.

use std::time::Instant;

use axum::http::Method;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};

use crate::answer::Failure;
use crate::engine::Engine;
use crate::record::{Outcome, Received, kept};
use crate::request::parse_query;

/// No documented request comes near.
const LARGEST_BODY: usize = 1 << 20;

/// A request, taken apart.
pub(super) struct Parts {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) body: Result<Bytes, Failure>,
    began: Instant,
}

pub(super) async fn take_apart(request: axum::extract::Request) -> (Parts, axum::http::request::Parts) {
    let began = Instant::now();
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
        began,
    };
    (taken, parts)
}

impl Parts {
    pub(super) fn body(&self) -> Bytes {
        self.body.clone().unwrap_or_default()
    }
}

impl Parts {
    pub(super) fn received(
        &self,
        engine: &Engine,
        operation: Option<&'static str>,
        violations: Vec<String>,
    ) -> Received {
        Received {
            number: 0,
            at: engine.now(),
            method: self.method.to_string(),
            path: self.path.clone(),
            query: parse_query(&self.query),
            headers: self.headers.clone(),
            body: kept(&self.body()).unwrap_or_default(),
            body_length: self.body().len(),
            operation,
            violations,
            outcome: Outcome::Pending,
            answer: None,
            duration: None,
            began: self.began,
        }
    }
}
