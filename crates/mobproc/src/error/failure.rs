//! What the server says went wrong, read leniently.

use std::fmt;

use serde_json::{Map, Value};

use super::text::Clean;

/// One thing the server found wrong. Every part may be missing: the shape of error lists is not
/// published.
#[derive(Clone, PartialEq, Eq, Hash, Default, serde::Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// Tangoe's code for the kind of failure. Erratic: show it, do not match on it.
    pub code: Option<String>,
    /// Cause, remedy or both.
    pub message: Option<String>,
    /// Id of this one occurrence, to quote to support.
    pub occurrence: Option<String>,
}

/// Without the message, in which servers repeat what they were sent.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("code", &self.code)
            .field("occurrence", &self.occurrence)
            .finish_non_exhaustive()
    }
}

/// The message with code and occurrence, cleaned of control characters and not longer than a few
/// lines.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.as_deref().filter(|message| !message.is_empty());
        write!(f, "{}", Clean(message.unwrap_or("no message")))?;
        let code = self.code.as_deref().map(Clean);
        let occurrence = self.occurrence.as_deref().map(Clean);
        match (code, occurrence) {
            (Some(code), Some(occurrence)) => write!(f, " [{code}, occurrence {occurrence}]"),
            (Some(code), None) => write!(f, " [{code}]"),
            (None, Some(occurrence)) => write!(f, " [occurrence {occurrence}]"),
            (None, None) => Ok(()),
        }
    }
}

impl Failure {
    fn of(members: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| match members.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let failure = Self {
            code: text("errorCode"),
            message: text("message"),
            occurrence: text("id"),
        };
        (failure.code.is_some() || failure.message.is_some()).then_some(failure)
    }
}

/// Reads the failures out of any answer: those at the top, else the first list of objects that
/// looks like some.
pub(crate) fn read(body: &[u8]) -> Vec<Failure> {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => from_value(&value),
        Err(_) => Vec::new(),
    }
}

pub(crate) fn from_value(value: &Value) -> Vec<Failure> {
    let Some(members) = value.as_object() else {
        return list(value);
    };
    if let Some(failure) = Failure::of(members) {
        return vec![failure];
    }
    // The name of the list is not published; these are tried before any other.
    let likely = ["errors", "error", "messages"];
    let by_name = likely.iter().filter_map(|name| members.get(*name));
    by_name
        .chain(members.values())
        .map(list)
        .find(|failures| !failures.is_empty())
        .unwrap_or_default()
}

fn list(value: &Value) -> Vec<Failure> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| match item {
            Value::Object(members) => Failure::of(members),
            Value::String(message) => Some(Failure {
                message: Some(message.clone()),
                ..Failure::default()
            }),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_documented_body_is_read() {
        let body =
            br#"{"status":400,"id":"qwert","errorCode":"400-X","message":"Region ID must be passed in."}"#;
        let failures = read(body);
        assert_eq!(failures.len(), 1);
        assert_eq!(
            failures[0].to_string(),
            "Region ID must be passed in. [400-X, occurrence qwert]"
        );
    }

    #[test]
    fn lists_of_any_name_are_read() {
        for body in [
            r#"{"status":"ERROR","errors":[{"message":"a"},{"message":"b"}]}"#,
            r#"{"status":"ERROR","problems":[{"errorCode":"a"},{"errorCode":"b"}]}"#,
            r#"{"status":"ERROR","messages":["a","b"]}"#,
            r#"[{"message":"a"},{"message":"b"}]"#,
        ] {
            assert_eq!(read(body.as_bytes()).len(), 2, "{body}");
        }
    }

    #[test]
    fn a_body_without_failures_gives_none() {
        for body in [
            "",
            "<html></html>",
            "3",
            "{}",
            r#"{"status":"ERROR"}"#,
            r#"{"errors":[1,2]}"#,
        ] {
            assert!(read(body.as_bytes()).is_empty(), "{body}");
        }
    }
}
