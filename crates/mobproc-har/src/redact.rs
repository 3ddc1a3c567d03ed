//! Redaction by allow-list: a value stays only where the document knows its place, says it is not
//! personal, and it is of a kind that tells of nobody.

use std::collections::HashSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::Url;

use crate::document::{Document, below_version, decoded, parameter, segments};
use crate::har::{Content, Entry, Har, Pair, PostData, Request, Response, Timings};
use crate::harmless::{
    is_code, is_constant, is_digits, is_fact, is_header_name, is_identifier, is_limit, is_of_protocol,
    is_this_machine, is_version, method, milliseconds, mime,
};
use crate::headers::ORDINARY as ORDINARY_HEADERS;
use crate::json::Json;
use crate::names::{Form, Names, is_phone, is_time};
use crate::search::{Found, Haystack};

/// What stands for the value of a header that must not be told.
const SECRET: &str = "[secret]";
/// What stands for a body that is not JSON.
const NOT_JSON: &str = "[a body that is not JSON]";

/// What stays as it is in a path segment; the same as in requests.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A recording from which everything is taken out that is not known to be harmless, and that was
/// searched for it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Redacted {
    /// What may be given away.
    pub archive: Har,
    /// Its text.
    pub text: String,
    /// How many different values were replaced.
    pub replaced: usize,
}

/// Why a recording is not given away: the finished text holds values it must not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} of the values that were to be replaced are still in the result, the first at {}", found.len(), found.first().map_or("", |found| found.place.as_str()))]
#[non_exhaustive]
pub struct LeakError {
    /// Where they are; not what they are.
    pub found: Vec<Found>,
}

/// Takes everything out of a recording that is not known to be harmless, then searches the result
/// for every value that was taken out.
///
/// Values become pseudonyms of the same form, the same wherever they appear, so links, filters and
/// numbers still fit together. Names of members stay. Nothing of what others add to HAR stays.
///
/// # Errors
///
/// A value is still in the result: it is not given out, and the error says where it is.
///
/// ```
/// use mobproc_har::{Document, Entry, Pair, Request, Response, redact};
///
/// let entry = Entry::new(
///     Request::new("GET", "https://tngo-mobproc.cloudhub.io/mobproc/v1/employees/90210", Vec::new()),
///     Response::new(
///         200,
///         vec![Pair::new("content-type", "application/json")],
///         Some(r#"{"id":"90210","firstName":"Liesl","status":"ACTIVE"}"#.to_owned()),
///     ),
/// );
/// let redacted = redact(&[entry], Document::built_in())?;
/// assert!(!redacted.text.contains("90210") && !redacted.text.contains("Liesl"));
/// assert!(redacted.text.contains("ACTIVE") && redacted.text.contains("firstName"));
/// # Ok::<(), mobproc_har::LeakError>(())
/// ```
pub fn redact(entries: &[Entry], document: &Document) -> Result<Redacted, LeakError> {
    let mut collector = Redactor::new(document);
    for entry in entries {
        collector.entry(entry);
    }
    let mut redactor = collector.second_pass();
    let archive = Har::new(entries.iter().map(|entry| redactor.entry(entry)).collect());
    // Of entries made of texts and numbers there is no key that is not a string.
    let text = serde_json::to_string_pretty(&archive).unwrap_or_default();
    let found = Haystack::new(&redactor.names, document, &redactor.kept_numbers).search(&archive, &text);
    if found.is_empty() {
        Ok(Redacted {
            archive,
            text,
            replaced: redactor.names.originals().count(),
        })
    } else {
        Err(LeakError { found })
    }
}

/// What is to become of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Replace(Form),
}

struct Redactor<'a> {
    document: &'a Document,
    names: Names,
    /// What was kept in the first pass, to be held against what was replaced.
    kept: HashSet<String>,
    /// Numbers that were kept where numbers belong: that something else looks the same is chance.
    kept_numbers: HashSet<String>,
    is_collecting: bool,
}

/// What is known of a place: all schemas that may describe it, and whether it is personal.
#[derive(Clone, Default)]
struct Place<'a> {
    schemas: Vec<&'a Value>,
    personal: bool,
    /// What the member is called; it tells ids and telephone numbers from texts.
    name: String,
}

impl Place<'_> {
    /// A place the document does not know: everything there is somebody's.
    fn unknown(name: &str) -> Self {
        Self {
            schemas: Vec::new(),
            personal: true,
            name: name.to_owned(),
        }
    }
}

impl<'a> Redactor<'a> {
    fn new(document: &'a Document) -> Self {
        Self {
            document,
            names: Names::default(),
            kept: HashSet::new(),
            kept_numbers: HashSet::new(),
            is_collecting: true,
        }
    }

    /// What is kept somewhere and is replaced elsewhere, or holds what is, is replaced everywhere.
    fn second_pass(mut self) -> Self {
        loop {
            self.names.prepare();
            let holding: Vec<String> = self
                .kept
                .iter()
                .filter(|kept| !self.document.publishes(kept) && self.names.stands_in(kept))
                .cloned()
                .collect();
            if holding.is_empty() {
                break;
            }
            for text in holding {
                self.kept.remove(&text);
                self.names.add(&text);
            }
        }
        self.is_collecting = false;
        self
    }

    /// Deals with one value.
    fn value(&mut self, text: &str, fate: Fate) -> String {
        if self.is_collecting {
            match fate {
                Fate::Keep => {
                    self.kept.insert(text.to_owned());
                }
                Fate::Replace(_) if text.is_empty() => {}
                Fate::Replace(_) => {
                    self.names.add(text);
                }
            }
            return text.to_owned();
        }
        match fate {
            // What everybody can read in the document is not what makes a value somebody's.
            Fate::Keep if !self.names.has(text) || self.document.publishes(text) => text.to_owned(),
            Fate::Keep => self.names.of(text, form_of(text)),
            Fate::Replace(form) => self.names.of(text, form),
        }
    }

    /// Deals with a number at a place of numbers: it says nothing, though something else may look the
    /// same.
    fn number(&mut self, text: &str) -> String {
        self.kept_numbers.insert(text.to_owned());
        text.to_owned()
    }

    fn entry(&mut self, entry: &Entry) -> Entry {
        let url = Url::parse(&entry.request.url).ok();
        let document = self.document;
        let recognised = url
            .as_ref()
            .and_then(|url| document.recognise(&entry.request.method, url));
        let operation = recognised.map(|recognised| recognised.operation);
        let request_schema = operation.and_then(|operation| operation.body.as_ref());
        let answer_schema = operation.and_then(|operation| {
            let status = entry.response.status.to_string();
            let answers = &operation.answers;
            answers
                .get(&status)
                .or_else(|| answers.get("default"))?
                .schema
                .as_ref()
        });
        let request = self.request(&entry.request, request_schema);
        let response = self.response(&entry.response, answer_schema);
        let facts = entry.facts.as_ref().map(|facts| {
            let mut kept = facts.clone();
            kept.correlation_id = self.value(&facts.correlation_id, Fate::Replace(Form::Alike));
            kept.attempt = facts.attempt.min(99);
            for word in [&mut kept.operation, &mut kept.decision]
                .into_iter()
                .chain(&mut kept.error)
            {
                if !(is_fact(word) || document.operation(word).is_some()) {
                    *word = self.value(word, Fate::Replace(Form::Alike));
                }
            }
            kept
        });
        let started = if entry.began().is_some() {
            self.value(&entry.started_date_time, Fate::Keep)
        } else {
            self.value(&entry.started_date_time, Fate::Replace(Form::Time))
        };
        Entry {
            started_date_time: started,
            // Whole milliseconds: what is finer could look like something else.
            time: milliseconds(entry.time),
            request,
            response,
            cache: Value::Object(Map::new()),
            timings: Timings {
                wait: milliseconds(entry.timings.wait),
                ..Timings::default()
            },
            facts,
            other: Map::new(),
        }
    }

    fn request(&mut self, request: &Request, schema: Option<&'a Value>) -> Request {
        let url = self.url(&request.url, &request.method);
        let headers = self.headers(&request.headers);
        let mut kept = Request::new(&method(&request.method), &url, headers);
        kept.post_data = request.post_data.as_ref().map(|body| {
            let mime_type = mime(&body.mime_type);
            let text = if mime_type == "application/x-www-form-urlencoded" {
                self.form(&body.text, schema)
            } else {
                self.body(&body.text, schema)
            };
            PostData {
                mime_type,
                text,
                other: Map::new(),
            }
        });
        kept.body_size = -1;
        kept
    }

    fn response(&mut self, response: &Response, schema: Option<&'a Value>) -> Response {
        let headers = self.headers(&response.headers);
        let text = response.content.text.as_ref().map(|text| {
            if response.content.encoding.is_some() {
                NOT_JSON.to_owned()
            } else {
                self.body(text, schema)
            }
        });
        let status = if response.status < 600 { response.status } else { 0 };
        let mut kept = Response::new(status, headers, None);
        kept.redirect_url = if response.redirect_url.is_empty() {
            String::new()
        } else {
            self.url(&response.redirect_url, "GET")
        };
        kept.content = Content {
            // What it was is of the original.
            size: -1,
            mime_type: mime(&response.content.mime_type),
            text,
            encoding: None,
            other: Map::new(),
        };
        kept.body_size = -1;
        kept
    }

    fn headers(&mut self, headers: &[Pair]) -> Vec<Pair> {
        headers
            .iter()
            .map(|pair| {
                let name = pair.name.to_ascii_lowercase();
                let value = if pair.value == SECRET {
                    SECRET.to_owned()
                } else if name == "location" {
                    self.url(&pair.value, "GET")
                } else if name == "content-type" {
                    mime(&pair.value)
                } else if is_of_protocol(&name, &pair.value) {
                    pair.value.clone()
                } else if is_limit(&name) && is_digits(&pair.value, 10) {
                    self.number(&pair.value)
                } else {
                    self.value(&pair.value, Fate::Replace(Form::Alike))
                };
                // A name that was never seen may hold a value.
                let name = if ORDINARY_HEADERS.contains(&name.as_str()) || self.document.publishes(&pair.name)
                {
                    pair.name.clone()
                } else if is_header_name(&pair.name) {
                    self.value(&pair.name, Fate::Keep)
                } else {
                    self.value(&pair.name, Fate::Replace(Form::Alike))
                };
                Pair::new(&name, &value)
            })
            .collect()
    }

    /// A URL: parts of the path that the document spells stay, and everything else is as its place.
    fn url(&mut self, text: &str, method: &str) -> String {
        let Some(url) = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
        else {
            return self.value(text, Fate::Replace(Form::Alike));
        };
        let document = self.document;
        let host = url.host_str().unwrap_or_default();
        let (host, port) = if document.names_host(host) {
            let port = url.port().filter(|_| is_this_machine(host));
            (
                host.to_owned(),
                port.map(|port| format!(":{port}")).unwrap_or_default(),
            )
        } else {
            (self.value(host, Fate::Replace(Form::Host)), String::new())
        };
        let mut result = format!("{}://{host}{port}", url.scheme());
        if !url.username().is_empty() || url.password().is_some() {
            for part in [url.username(), url.password().unwrap_or_default()] {
                self.value(&decoded(part), Fate::Replace(Form::Alike));
            }
        }
        let recognised = document.recognise(method, &url);
        let operation = recognised.as_ref().map(|recognised| recognised.operation);
        let below = below_version(url.path()).unwrap_or_default();
        let above = url.path().strip_suffix(below).unwrap_or_default();
        let template: Vec<&str> = operation.map_or_else(Vec::new, |known| segments(&known.path).collect());
        let in_front = segments(above).count();
        for (place, segment) in segments(url.path()).enumerate() {
            result.push('/');
            let segment = decoded(segment);
            let known = place.checked_sub(in_front).and_then(|at| template.get(at));
            let is_spelled = match known {
                Some(known) => parameter(known).is_none(),
                None if place < in_front => document.publishes(&segment) || is_version(&segment),
                None => document
                    .operations()
                    .iter()
                    .any(|operation| segments(&operation.path).any(|known| known == segment)),
            };
            let kept = if is_spelled {
                segment
            } else {
                self.value(&segment, Fate::Replace(Form::Alike))
            };
            result.extend(utf8_percent_encode(&kept, SEGMENT));
        }
        if url.path().ends_with('/') {
            result.push('/');
        }
        if url.query().is_some() {
            result.push('?');
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in pairs {
                let schema = operation.and_then(|operation| {
                    let mut known = operation.parameters.iter();
                    Some(
                        &known
                            .find(|known| known.place == "query" && known.name == name)?
                            .schema,
                    )
                });
                let value = self.parameter(&value, schema, &name);
                let name = if schema.is_some() || document.publishes(&name) {
                    name
                } else if operation.is_some() && is_identifier(&name) {
                    self.value(&name, Fate::Keep)
                } else {
                    self.value(&name, Fate::Replace(Form::Alike))
                };
                query.append_pair(&name, &value);
            }
            result.push_str(&query.finish());
        }
        if let Some(fragment) = url.fragment() {
            result.push('#');
            let fragment = self.value(&decoded(fragment), Fate::Replace(Form::Alike));
            result.extend(utf8_percent_encode(&fragment, SEGMENT));
        }
        result
    }

    /// A value outside of JSON, where everything is text.
    fn parameter(&mut self, text: &str, schema: Option<&'a Value>, name: &str) -> String {
        let Some(schema) = schema else {
            // A walk through a list that the document does not know as one.
            if matches!(name, "limit" | "offset") && is_digits(text, 6) {
                return self.number(text);
            }
            return self.value(text, Fate::Replace(Form::Alike));
        };
        let place = self.place(schema, name, false);
        let is_kind = |wanted: &[&str]| place.schemas.iter().any(|schema| has_type(schema, wanted));
        if is_kind(&["boolean"]) && matches!(text, "true" | "false") {
            return text.to_owned();
        }
        if is_kind(&["integer", "number"]) && is_digits(text, 9) {
            return self.number(text);
        }
        let fate = self.fate_of_text(text, &place);
        self.value(text, fate)
    }

    fn form(&mut self, text: &str, schema: Option<&'a Value>) -> String {
        let place = schema
            .map(|schema| self.place(schema, "", false))
            .unwrap_or_default();
        if !text.is_empty() && text.split('&').any(|pair| !pair.contains('=')) {
            return NOT_JSON.to_owned();
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect::<Vec<_>>()
        {
            let member = self.member(&place, &name);
            let is_known = member.is_some();
            let value = match member {
                Some(member) => {
                    let fate = self.fate_of_text(&value, &member);
                    self.value(&value, fate)
                }
                None => self.value(&value, Fate::Replace(Form::Alike)),
            };
            let name = self.member_name(&name, is_known);
            form.append_pair(&name, &value);
        }
        form.finish()
    }

    fn body(&mut self, text: &str, schema: Option<&'a Value>) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        let Ok(json) = Json::parse(text.trim_start_matches('\u{feff}')) else {
            return NOT_JSON.to_owned();
        };
        let place = match schema {
            Some(schema) => self.place(schema, "", false),
            None => Place::unknown(""),
        };
        self.json(&json, &place).to_string()
    }

    fn json(&mut self, json: &Json, place: &Place<'a>) -> Json {
        match json {
            Json::Null => Json::Null,
            Json::Bool(value) => {
                let known =
                    !place.personal && place.schemas.iter().any(|schema| has_type(schema, &["boolean"]));
                Json::Bool(known && *value)
            }
            Json::Number(text) => {
                let is_number = |schema: &&Value| has_type(schema, &["integer", "number"]);
                let known = !place.personal && place.schemas.iter().any(is_number);
                if known {
                    return Json::Number(self.number(text));
                }
                let name = self.value(text, Fate::Replace(Form::Number));
                // What was a text elsewhere may have got letters there.
                let is_number = serde_json::from_str::<serde_json::Number>(&name).is_ok();
                Json::Number(if is_number { name } else { "0".to_owned() })
            }
            Json::String(text) => {
                if text.starts_with("http://") || text.starts_with("https://") {
                    return Json::String(self.url(text, "GET"));
                }
                if text.starts_with('/')
                    && below_version(text.split(['?', '#']).next().unwrap_or_default()).is_some()
                {
                    // A link without its server.
                    let whole = self.url(&format!("http://localhost{text}"), "GET");
                    let path = whole.strip_prefix("http://localhost").unwrap_or_default();
                    return Json::String(path.to_owned());
                }
                let fate = self.fate_of_text(text, place);
                Json::String(self.value(text, fate))
            }
            Json::Array(items) => {
                let inner = self.items(place);
                Json::Array(items.iter().map(|item| self.json(item, &inner)).collect())
            }
            Json::Object(members) => Json::Object(
                members
                    .iter()
                    .map(|(name, member)| {
                        let known = self.member(place, name);
                        let is_known = known.is_some();
                        let inner = known.unwrap_or_else(|| Place::unknown(name));
                        let value = self.json(member, &inner);
                        (self.member_name(name, is_known), value)
                    })
                    .collect(),
            ),
        }
    }

    /// Names of members stay, unless they are values: keys of a map.
    fn member_name(&mut self, name: &str, is_known: bool) -> String {
        if is_known || self.document.publishes(name) {
            name.to_owned()
        } else if is_identifier(name) {
            self.value(name, Fate::Keep)
        } else {
            self.value(name, Fate::Replace(Form::Alike))
        }
    }

    fn fate_of_text(&self, text: &str, place: &Place<'a>) -> Fate {
        if place.personal {
            return Fate::Replace(form_at(place, text));
        }
        for schema in &place.schemas {
            if let Some(known) = schema.get("x-extensible-enum").and_then(Value::as_array)
                && (known.iter().any(|known| known == text) || is_constant(text))
            {
                return Fate::Keep;
            }
            if schema.get("format").is_some_and(|format| format == "date-time")
                && chrono::DateTime::parse_from_rfc3339(text).is_ok()
            {
                return Fate::Keep;
            }
            if schema.get("x-code") == Some(&Value::Bool(true)) && is_code(text) {
                return Fate::Keep;
            }
        }
        Fate::Replace(form_at(place, text))
    }

    /// What may describe a value: the schema, or the alternatives of it.
    fn place(&self, schema: &'a Value, name: &str, personal: bool) -> Place<'a> {
        let mut place = Place {
            schemas: Vec::new(),
            personal: personal || is_personal(schema),
            name: name.to_owned(),
        };
        self.collect(schema, &mut place, 0);
        place
    }

    fn collect(&self, schema: &'a Value, place: &mut Place<'a>, depth: usize) {
        let (target, _) = self.document.resolve(schema);
        place.personal |= is_personal(schema) || is_personal(target);
        place.schemas.push(target);
        for word in ["anyOf", "oneOf", "allOf"] {
            let options = target.get(word).and_then(Value::as_array);
            for option in options.into_iter().flatten().filter(|_| depth < 16) {
                self.collect(option, place, depth + 1);
            }
        }
    }

    fn member(&self, place: &Place<'a>, name: &str) -> Option<Place<'a>> {
        let mut found: Option<Place<'a>> = None;
        for schema in &place.schemas {
            let Some(member) = schema
                .get("properties")
                .and_then(|properties| properties.get(name))
            else {
                continue;
            };
            let inner = self.place(member, name, place.personal);
            match &mut found {
                Some(found) => {
                    found.personal |= inner.personal;
                    found.schemas.extend(inner.schemas);
                }
                None => found = Some(inner),
            }
        }
        found
    }

    fn items(&self, place: &Place<'a>) -> Place<'a> {
        let mut found = Place {
            personal: place.personal,
            name: place.name.clone(),
            ..Place::default()
        };
        for schema in &place.schemas {
            if let Some(items) = schema.get("items") {
                let inner = self.place(items, &place.name, place.personal);
                found.personal |= inner.personal;
                found.schemas.extend(inner.schemas);
            }
        }
        found
    }
}

fn is_personal(schema: &Value) -> bool {
    schema.get("x-personal") == Some(&Value::Bool(true))
}

fn has_type(schema: &Value, wanted: &[&str]) -> bool {
    let kind = schema.get("type").and_then(Value::as_str);
    kind.is_some_and(|kind| wanted.contains(&kind))
}

fn form_at(place: &Place<'_>, text: &str) -> Form {
    let name = place.name.to_ascii_lowercase();
    if (name.contains("phone") || name == "servicenumber") && is_phone(text) {
        return Form::Phone;
    }
    form_of(text)
}

/// The form of a value of which only the value is known.
fn form_of(text: &str) -> Form {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let has_signs = text.bytes().any(|byte| b"+-() ".contains(&byte));
    if is_time(text) {
        Form::Time
    } else if is_phone(text) && has_signs && digits >= 10 {
        Form::Phone
    } else {
        Form::Alike
    }
}
