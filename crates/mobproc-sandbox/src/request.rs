//! A request as the sandbox sees it.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::http::HeaderMap;
use bytes::Bytes;
use mobproc_api::OperationId;
use serde_json::Value;

use crate::answer::Failure;

/// A request to one operation of the API.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) operation: OperationId,
    pub(crate) path: HashMap<String, String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The first query parameter of that name. A blank one is as good as none.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.trim().is_empty())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A parameter of the path, decoded. The router only lets requests through that have it.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A header that is there and not blank.
    pub(crate) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.headers.get(name)?;
        let text = String::from_utf8_lossy(value.as_bytes());
        (!text.trim().is_empty()).then_some(text)
    }

    pub(crate) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Failure::bad_request(
                "400-Request-body-error",
                format!("The request body is not valid JSON: {error}."),
            )
        })
    }
}

pub(crate) fn parse_query(query: &str) -> Vec<(String, String)> {
    serde_urlencoded::from_str(query).unwrap_or_default()
}

/// The id of an operation, the two of the token server included, if there is one of that name.
pub(crate) fn operation_named(name: &str) -> Option<&'static str> {
    match name {
        "token_create" => Some("token_create"),
        "token_validate" => Some("token_validate"),
        other => OperationId::from_name(other).map(OperationId::as_str),
    }
}

/// Whether a header, parameter or member of that name holds a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    ["secret", "password", "token", "authorization", "cookie", "apikey"]
        .iter()
        .any(|secret| plain.contains(secret))
}
