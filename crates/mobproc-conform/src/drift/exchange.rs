//! One exchange: which operation, with which parameters, status and headers.

use std::collections::{BTreeMap, BTreeSet};

use mobproc_har::headers::ORDINARY;
use mobproc_har::{Document, Entry, Json};
use serde_json::Value;
use url::Url;

use super::body::Walk;
use super::finding::{Difference, Finding, Side};
use super::{Coverage, Drift, Shape};

type Key = (Side, Difference, String, String);

/// Collects what is otherwise.
pub(crate) struct Judge<'a> {
    pub(crate) document: &'a Document,
    findings: BTreeMap<Key, Finding>,
    coverage: BTreeMap<String, Coverage>,
    /// Places that were seen as documented.
    as_documented: BTreeSet<String>,
    unanswered: usize,
}

/// Where something was seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) side: Side,
    pub(crate) exchange: usize,
    pub(crate) operation: &'a str,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(document: &'a Document) -> Self {
        Self {
            document,
            findings: BTreeMap::new(),
            coverage: BTreeMap::new(),
            as_documented: BTreeSet::new(),
            unanswered: 0,
        }
    }

    pub(crate) fn find(
        &mut self,
        scene: Scene<'_>,
        difference: Difference,
        place: &str,
        what: &str,
        pointer: &str,
        shape: Shape,
    ) {
        let key = (scene.side, difference, place.to_owned(), what.to_owned());
        let finding = self.findings.entry(key).or_insert_with(|| Finding {
            side: scene.side,
            difference,
            place: place.to_owned(),
            what: what.to_owned(),
            count: 0,
            operations: BTreeSet::new(),
            first: (scene.exchange, pointer.to_owned()),
            shape: Shape::default(),
            also_as_documented: false,
        });
        finding.count += 1;
        finding.operations.insert(scene.operation.to_owned());
        finding.shape.merge(shape);
    }

    /// A place was seen, and is as the document says.
    pub(crate) fn seen(&mut self, place: &str) {
        if !self.as_documented.contains(place) {
            self.as_documented.insert(place.to_owned());
        }
    }

    pub(crate) fn look(&mut self, exchange: usize, entry: &Entry) {
        let Ok(url) = Url::parse(&entry.request.url) else {
            return;
        };
        let document = self.document;
        let status = entry.response.status;
        if status == 0 {
            self.unanswered += 1;
        }
        let method = entry.request.method.as_str();
        let Some(known) = document.recognise(method, &url) else {
            // What is not there is answered so.
            if !matches!(status, 0 | 404 | 405) {
                let path = mobproc_har::document::below_version(url.path()).unwrap_or(url.path());
                let scene = Scene {
                    side: Side::Answer,
                    exchange,
                    operation: "none",
                };
                let what = format!("{method} {}", self.without_values(path));
                self.find(
                    scene,
                    Difference::UnknownOperation,
                    "/paths",
                    &what,
                    "",
                    Shape::default(),
                );
            }
            return;
        };
        let operation = known.operation;
        let coverage = self.coverage.entry(operation.id.clone()).or_default();
        coverage.requests += 1;
        *coverage.statuses.entry(status).or_default() += 1;
        let of_request = Scene {
            side: Side::Request,
            exchange,
            operation: &operation.id,
        };
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        coverage
            .parameters
            .extend(query.iter().map(|(name, _)| name.clone()));
        // What a program asks raw is a guess on purpose, and no finding.
        let is_raw = entry
            .facts
            .as_ref()
            .is_some_and(|facts| facts.operation.starts_with("raw_"));
        for (name, value) in query.iter().filter(|_| !is_raw) {
            let parameter = operation
                .parameters
                .iter()
                .find(|known| known.place == "query" && known.name == *name);
            match parameter {
                None => self.find(
                    of_request,
                    Difference::UnknownParameter,
                    &operation.pointer,
                    name,
                    "",
                    Shape::default(),
                ),
                Some(known) => {
                    let kind = self
                        .document
                        .resolve(&known.schema)
                        .0
                        .get("type")
                        .and_then(Value::as_str);
                    let fits = match kind {
                        Some("integer") => value.parse::<i64>().is_ok(),
                        Some("boolean") => matches!(value.as_str(), "true" | "false"),
                        _ => true,
                    };
                    if !fits {
                        let what = format!("{name} is not of the type {}", kind.unwrap_or_default());
                        let place = known.pointer.clone();
                        self.find(
                            of_request,
                            Difference::ParameterType,
                            &place,
                            &what,
                            "",
                            Shape::default(),
                        );
                    }
                }
            }
        }
        for parameter in operation.parameters.iter().filter(|_| !is_raw) {
            let is_there = match parameter.place.as_str() {
                "query" => query.iter().any(|(name, _)| *name == parameter.name),
                "header" => entry.request.header(&parameter.name).is_some(),
                _ => true,
            };
            if parameter.required && !is_there {
                self.find(
                    of_request,
                    Difference::MissingParameter,
                    &operation.pointer,
                    &parameter.name,
                    "",
                    Shape::default(),
                );
            }
        }
        if let (Some(schema), Some(body)) = (&operation.body, &entry.request.post_data)
            && let Ok(json) = Json::parse(&body.text)
        {
            let place = format!("{}/requestBody", operation.pointer);
            Walk::new(self, of_request).body(&json, schema, &place);
        }
        if status == 0 {
            return;
        }
        let of_answer = Scene {
            side: Side::Answer,
            ..of_request
        };
        self.answer(of_answer, operation, entry);
        // That it is there is seen; what in it is otherwise stands at its own place.
        if (200..300).contains(&status) {
            self.seen(&operation.pointer);
        }
    }

    fn answer(&mut self, scene: Scene<'_>, operation: &'a mobproc_har::document::Described, entry: &Entry) {
        let response = &entry.response;
        let status = response.status.to_string();
        let listed = operation.answers.get(&status);
        let described = match listed {
            Some(described) => Some(described),
            None => {
                let place = format!("{}/responses", operation.pointer);
                let observed = operation.value.pointer("/x-observed/status");
                if observed.is_none_or(|known| known.as_u64() != Some(u64::from(response.status))) {
                    self.find(
                        scene,
                        Difference::UnknownStatus,
                        &place,
                        &status,
                        "",
                        Shape::default(),
                    );
                }
                let like = if response.status < 300 { "200" } else { "default" };
                operation.answers.get(like)
            }
        };
        for pair in &response.headers {
            let name = pair.name.to_ascii_lowercase();
            let in_answer = described.is_some_and(|described| described.headers.contains(&name));
            if !ORDINARY.contains(&name.as_str()) && !in_answer && !self.is_known_header(&name) {
                let place = "/components/headers";
                self.find(
                    scene,
                    Difference::UnknownHeader,
                    place,
                    &name,
                    "",
                    Shape::default(),
                );
            }
        }
        let Some(schema) = described.and_then(|described| described.schema.as_ref()) else {
            return;
        };
        let text = response.content.text.as_deref().unwrap_or_default();
        let place = format!("{}/responses/{status}", operation.pointer);
        let kind = response
            .header("content-type")
            .unwrap_or(&response.content.mime_type);
        let kind = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let json = Json::parse(text);
        if json.is_err() || !(kind == "application/json" || kind.ends_with("+json")) {
            let what = match (&json, text.trim().is_empty()) {
                (_, true) => "no body".to_owned(),
                (Err(_), _) => format!("{kind}, not valid JSON"),
                (Ok(_), _) => kind,
            };
            self.find(
                scene,
                Difference::ContentType,
                &place,
                &what,
                "",
                Shape::default(),
            );
        }
        if let Ok(json) = json {
            Walk::new(self, scene).body(&json, schema, &place);
        }
    }

    /// A path in which parts that the document does not spell are `{}`: they may be ids and names.
    fn without_values(&self, path: &str) -> String {
        let is_spelled = |part: &&str| {
            let mut operations = self.document.operations().iter();
            operations.any(|operation| operation.path.split('/').any(|known| known == *part))
        };
        let parts = path
            .split('/')
            .map(|part| if is_spelled(&part) { part } else { "{}" });
        parts.collect::<Vec<_>>().join("/")
    }

    fn is_known_header(&self, name: &str) -> bool {
        let known = self
            .document
            .value()
            .pointer("/components/headers")
            .and_then(Value::as_object);
        known.is_some_and(|known| known.keys().any(|known| known.eq_ignore_ascii_case(name)))
    }

    pub(crate) fn finish(self, exchanges: usize) -> Drift {
        let as_documented = self.as_documented;
        let mut findings: Vec<Finding> = self.findings.into_values().collect();
        for finding in &mut findings {
            finding.also_as_documented = as_documented.contains(&finding.place);
        }
        let mut confirmed = as_documented;
        for finding in &findings {
            confirmed.remove(&finding.place);
        }
        Drift {
            exchanges,
            unanswered: self.unanswered,
            findings,
            coverage: self.coverage,
            confirmed,
        }
    }
}
