//! Answering from a recording: what was asked before is answered as it was answered then.

use std::collections::HashMap;

use axum::http::{HeaderValue, StatusCode};
use mobproc_har::document::below_version;
use mobproc_har::{Entry, Json};
use url::Url;

use crate::request::parse_query;

/// Answers by what was asked, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    answers: HashMap<Key, Vec<Recorded>>,
}

/// What makes two requests the same: method, path below the version, query and body, whatever the
/// order of parameters and members.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: String,
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) status: StatusCode,
    pub(crate) content_type: HeaderValue,
    /// With `{base}` where the recorded server stood.
    text: String,
}

const BASE: &str = "{base}";

impl Recording {
    pub(crate) fn new(entries: &[Entry]) -> Self {
        let mut bases: Vec<String> = Vec::new();
        let mut answers: HashMap<Key, Vec<Recorded>> = HashMap::new();
        for entry in entries {
            let Ok(url) = Url::parse(&entry.request.url) else {
                continue;
            };
            let Some(below) = below_version(url.path()) else {
                continue;
            };
            let before = entry.request.url.split(['?', '#']).next().unwrap_or_default();
            if let Some(base) = before.strip_suffix(below)
                && !bases.iter().any(|known| known == base)
            {
                bases.push(base.to_owned());
            }
            let (Ok(status), Some(text)) = (
                StatusCode::from_u16(entry.response.status),
                &entry.response.content.text,
            ) else {
                continue;
            };
            let mut text = text.clone();
            for base in &bases {
                text = text.replace(base, BASE);
            }
            let body = entry.request.post_data.as_ref().map_or("", |body| &body.text);
            let key = Key::new(
                &entry.request.method,
                url.path(),
                url.query().unwrap_or_default(),
                body.as_bytes(),
            );
            let content_type = entry
                .response
                .header("content-type")
                .unwrap_or("application/json");
            answers.entry(key).or_default().push(Recorded {
                status,
                content_type: HeaderValue::from_str(content_type)
                    .unwrap_or_else(|_| HeaderValue::from_static("application/json")),
                text,
            });
        }
        Self { answers }
    }

    /// The answer to a request that was asked so often before; the last one answers all later ones.
    pub(crate) fn answer(&self, key: &Key, asked: usize) -> Option<&Recorded> {
        let answers = self.answers.get(key)?;
        answers.get(asked).or_else(|| answers.last())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}

impl Recorded {
    /// The body, with links that lead to this server.
    pub(crate) fn body(&self, base: &str) -> String {
        self.text.replace(BASE, base)
    }
}

impl Key {
    pub(crate) fn new(method: &str, path: &str, query: &str, body: &[u8]) -> Self {
        let mut query = parse_query(query);
        query.sort();
        let text = String::from_utf8_lossy(body);
        Self {
            method: method.to_owned(),
            path: below_version(path).unwrap_or(path).to_owned(),
            query,
            body: Json::parse(&text).map_or_else(|_| text.trim().to_owned(), |json| sorted(json).to_string()),
        }
    }
}

/// The same with the members of every object in order.
fn sorted(json: Json) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        Json::Object(members) => {
            let mut members: Vec<(String, Json)> = members
                .into_iter()
                .map(|(name, member)| (name, sorted(member)))
                .collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(members)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use mobproc_har::{Pair, Request, Response};

    use super::*;

    #[test]
    fn answers_come_in_their_order_and_lead_here() {
        let entry = |status: u16, text: &str| {
            Entry::new(
                Request::new(
                    "POST",
                    "https://there.example/mobproc/v1/orders?b=2&a=1",
                    Vec::new(),
                )
                .with_body("application/json", r#"{"x":1,"y":[2]}"#.to_owned()),
                Response::new(
                    status,
                    vec![Pair::new("content-type", "application/json")],
                    Some(text.to_owned()),
                ),
            )
        };
        let recording = Recording::new(&[
            entry(503, "{}"),
            entry(200, r#"{"href":"https://there.example/mobproc/v1/orders/8"}"#),
        ]);
        let key = Key::new(
            "POST",
            "/mobproc/v1/orders",
            "a=1&b=2",
            br#"{ "y": [2], "x": 1 }"#,
        );
        let statuses = [0, 1, 7].map(|asked| recording.answer(&key, asked).unwrap().status.as_u16());
        assert_eq!(statuses, [503, 200, 200]);
        let body = recording
            .answer(&key, 1)
            .unwrap()
            .body("http://127.0.0.1:1/mobproc/v1");
        assert_eq!(body, r#"{"href":"http://127.0.0.1:1/mobproc/v1/orders/8"}"#);
        let other = Key::new("POST", "/mobproc/v1/orders", "a=1", b"{}");
        assert!(recording.answer(&other, 0).is_none());
    }
}
