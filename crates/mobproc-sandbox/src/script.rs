//! Answers that somebody made up beforehand.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::request::{operation_named, parse_query};

/// An answer to the next request for an operation, in place of carrying it out.
///
/// As JSON, for `POST /sandbox/script`:
///
/// ```
/// use mobproc_sandbox::Script;
///
/// let script: Script = serde_json::from_value(serde_json::json!({
///     "operation": "order_create",
///     "query": { "confirm": "false" },
///     "pointers": { "/orderRequest/externalOrderNumber": "4711" },
///     "status": 503,
///     "body": { "status": 503, "message": "not now" },
/// }))?;
/// assert_eq!(script, Script::new("order_create", 503)
///     .query("confirm", "false")
///     .pointer("/orderRequest/externalOrderNumber", "4711")
///     .body(serde_json::json!({ "status": 503, "message": "not now" })));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Script {
    /// The operation it answers, by its id.
    pub operation: String,
    /// HTTP status of the answer. Defaults to 200.
    #[serde(default = "ok")]
    pub status: u16,
    /// Body of the answer. Defaults to `{}`.
    #[serde(default)]
    pub body: Value,
    /// Only requests with these parameters in the path or in the query.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub query: Map<String, Value>,
    /// Only requests with these values in the body, each at a JSON pointer.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub pointers: Map<String, Value>,
    /// How many requests it answers. Defaults to 1.
    #[serde(default = "once")]
    pub times: u32,
}

fn ok() -> u16 {
    200
}

fn once() -> u32 {
    1
}

/// Why a script is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// There is no such operation.
    #[error(
        "there is no operation `{0}`; operations go by the ids of the OpenAPI document, such as `order_create`"
    )]
    UnknownOperation(String),
    /// It is not the status of an answer.
    #[error("{0} is not the status of an answer; those are 200 to 599")]
    NotAStatus(u16),
    /// It would never be used.
    #[error("a script for 0 requests is never used")]
    Never,
    /// It is not a JSON pointer.
    #[error("`{0}` is not a JSON pointer; those begin with `/`, such as `/orderRequest/serviceId`")]
    NotAPointer(String),
    /// So many are waiting that one more is hardly meant.
    #[error("{0} scripts are waiting already")]
    TooMany(usize),
}

impl Script {
    /// Answers the next request for an operation with a status and `{}`.
    #[must_use]
    pub fn new(operation: impl Into<String>, status: u16) -> Self {
        Self {
            operation: operation.into(),
            status,
            body: json!({}),
            query: Map::new(),
            pointers: Map::new(),
            times: 1,
        }
    }

    /// Sets the body of the answer.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    /// Answers only requests with this parameter in the path or in the query.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.insert(name.into(), Value::String(value.into()));
        self
    }

    /// Answers only requests with this value at a JSON pointer into the body.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        self.pointers.insert(pointer.into(), value.into());
        self
    }

    /// Sets how many requests it answers.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Says why it makes no sense, if so.
    pub(crate) fn check(&self) -> Result<(), ScriptError> {
        if operation_named(&self.operation).is_none() {
            return Err(ScriptError::UnknownOperation(self.operation.clone()));
        }
        if !(200..600).contains(&self.status) {
            return Err(ScriptError::NotAStatus(self.status));
        }
        if self.times == 0 {
            return Err(ScriptError::Never);
        }
        let mut pointers = self.pointers.keys();
        match pointers.find(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
            Some(pointer) => Err(ScriptError::NotAPointer(pointer.clone())),
            None => Ok(()),
        }
    }

    /// Whether it answers this request.
    pub(crate) fn fits(&self, asked: &Asked<'_>) -> bool {
        if self.operation != asked.operation {
            return false;
        }
        let query = parse_query(asked.query);
        let has_parameter = |(name, wanted): (&String, &Value)| {
            let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
            let in_path = asked
                .path
                .iter()
                .any(|(known, value)| known == name && *value == wanted);
            in_path
                || query
                    .iter()
                    .any(|(known, value)| known == name && *value == wanted)
        };
        if !self.query.iter().all(has_parameter) {
            return false;
        }
        if self.pointers.is_empty() {
            return true;
        }
        let Ok(body) = serde_json::from_slice::<Value>(asked.body) else {
            return false;
        };
        self.pointers
            .iter()
            .all(|(pointer, wanted)| body.pointer(pointer) == Some(wanted))
    }

    pub(crate) fn answer(&self) -> Answer {
        Answer {
            status: StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: if self.body.is_null() {
                json!({})
            } else {
                self.body.clone()
            },
        }
    }
}

/// What a request asks, as far as scripts look at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) operation: &'a str,
    pub(crate) path: &'a [(String, String)],
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}
