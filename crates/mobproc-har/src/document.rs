//! The OpenAPI document as recordings need it: which operation a request is of, and what is known
//! of each place.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

/// The OpenAPI document, ready to be looked up.
#[derive(Debug, Clone)]
pub struct Document {
    value: Value,
    operations: Vec<Described>,
    published: HashSet<String>,
    text: String,
    hosts: HashSet<String>,
}

/// What the document says of one operation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Described {
    /// Its id.
    pub id: String,
    /// HTTP method, in capitals.
    pub method: String,
    /// Path below the base URL, with `{parameters}`.
    pub path: String,
    /// JSON pointer to it.
    pub pointer: String,
    /// Its parameters, the shared ones included.
    pub parameters: Vec<Parameter>,
    /// The schema of what is sent.
    pub body: Option<Value>,
    /// What may come back, by status or `default`.
    pub answers: BTreeMap<String, DescribedAnswer>,
    /// The whole operation.
    pub value: Value,
}

/// A parameter of an operation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `query`, `path` or `header`.
    pub place: String,
    /// Whether it has to be there.
    pub required: bool,
    /// Its schema.
    pub schema: Value,
    /// JSON pointer to it.
    pub pointer: String,
}

/// One answer of an operation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DescribedAnswer {
    /// The schema of its JSON body, if one is described.
    pub schema: Option<Value>,
    /// JSON pointer to it.
    pub pointer: String,
    /// Names of its headers, in lower case.
    pub headers: Vec<String>,
}

/// A request that is recognised.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recognised<'a> {
    /// Its operation.
    pub operation: &'a Described,
    /// The parameters of its path, decoded.
    pub path: Vec<(String, String)>,
}

impl Document {
    /// The document this version was built with.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
            let value = serde_json::from_str(mobproc_api::document())
                .expect("the document is written by `cargo xtask regen` as JSON");
            Document::new(value)
        });
        &DOCUMENT
    }

    /// Another document of the same API.
    #[must_use]
    pub fn new(value: Value) -> Self {
        let operations = operations(&value);
        let mut published = HashSet::new();
        publish(&value, &mut published);
        for operation in &operations {
            published.extend(segments(&operation.path).map(str::to_owned));
        }
        let mut hosts: HashSet<String> = HashSet::new();
        let mut prefixes = HashSet::new();
        let items = value.get("paths").and_then(Value::as_object);
        let items = items.into_iter().flat_map(|paths| paths.values());
        let servers = items
            .chain([&value])
            .filter_map(|part| part.get("servers")?.as_array());
        for url in servers.flatten().filter_map(|server| server.get("url")?.as_str()) {
            if let Ok(url) = Url::parse(url) {
                hosts.extend(url.host_str().map(str::to_owned));
                prefixes.extend(segments(url.path()).map(str::to_owned));
            }
        }
        published.extend(prefixes);
        Self {
            text: value.to_string(),
            operations,
            published,
            hosts,
            value,
        }
    }

    /// The same document, in which enums know these values too: each with the name of its schema.
    #[must_use]
    pub fn with_values(&self, values: &[(&str, &str)]) -> Self {
        let mut value = self.value.clone();
        for (schema, known) in values {
            let pointer = format!("/components/schemas/{schema}/x-extensible-enum");
            if let Some(list) = value.pointer_mut(&pointer).and_then(Value::as_array_mut) {
                list.push(Value::from(*known));
            }
        }
        Self::new(value)
    }

    /// The whole document.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Its operations.
    #[must_use]
    pub fn operations(&self) -> &[Described] {
        &self.operations
    }

    /// The operation of that id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Described> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Whether exactly this text stands in the document: as a value, a name or a part of a path.
    #[must_use]
    pub fn publishes(&self, text: &str) -> bool {
        self.published.contains(text)
    }

    /// All of it as text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a host is one of the servers it names, or this machine.
    #[must_use]
    pub fn names_host(&self, host: &str) -> bool {
        matches!(host, "127.0.0.1" | "localhost" | "[::1]") || self.hosts.contains(host)
    }

    /// The schema behind a reference, with the name of its component, if it has one.
    #[must_use]
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> (&'a Value, Option<&'a str>) {
        let mut schema = schema;
        let mut name = None;
        // A document may refer in a circle; this one does not that deep.
        for _ in 0..16 {
            let Some(reference) = reference(schema) else { break };
            let Some(target) = reference
                .strip_prefix('#')
                .and_then(|pointer| self.value.pointer(pointer))
            else {
                break;
            };
            name = reference.strip_prefix(SCHEMAS);
            schema = target;
        }
        (schema, name)
    }

    /// Which operation a request is of: by its method and what comes after the version in its path.
    #[must_use]
    pub fn recognise(&self, method: &str, url: &Url) -> Option<Recognised<'_>> {
        let path = below_version(url.path()).unwrap_or(url.path());
        let asked: Vec<&str> = segments(path).collect();
        let method = if method == "HEAD" { "GET" } else { method };
        let fits = |operation: &&Described| {
            let known: Vec<&str> = segments(&operation.path).collect();
            operation.method == method
                && known.len() == asked.len()
                && known
                    .iter()
                    .zip(&asked)
                    .all(|(known, asked)| known == asked || parameter(known).is_some())
        };
        // A literal wins over a parameter.
        let literals = |operation: &&Described| {
            segments(&operation.path)
                .filter(|known| parameter(known).is_none())
                .count()
        };
        let operation = self.operations.iter().filter(fits).max_by_key(literals)?;
        let path = segments(&operation.path)
            .zip(&asked)
            .filter_map(|(known, asked)| Some((parameter(known)?.to_owned(), decoded(asked))))
            .collect();
        Some(Recognised { operation, path })
    }
}

const SCHEMAS: &str = "#/components/schemas/";

/// What a schema refers to, directly or wrapped in an `allOf` of one.
fn reference(schema: &Value) -> Option<&str> {
    match schema.get("$ref") {
        Some(reference) => reference.as_str(),
        None => match schema.get("allOf")?.as_array()?.as_slice() {
            [one] => one.get("$ref")?.as_str(),
            _ => None,
        },
    }
}

/// The parts of a path between slashes.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The name of a parameter in a path template.
pub(crate) fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What comes after the version in a path, such as `/orders` of `/mobproc/v1/orders`.
#[must_use]
pub fn below_version(path: &str) -> Option<&str> {
    let mut rest = path;
    while let Some(at) = rest.find("/v") {
        let after = rest.get(at + 2..)?;
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let tail = after.get(digits..)?;
        if digits > 0 && (tail.is_empty() || tail.starts_with('/')) {
            return Some(tail);
        }
        rest = after;
    }
    None
}

fn operations(document: &Value) -> Vec<Described> {
    let resolve = |value: &Value| -> Value {
        let target = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| document.pointer(reference.strip_prefix('#')?));
        target.unwrap_or(value).clone()
    };
    let mut found = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let pointer = format!("/paths/{}", path.replace('~', "~0").replace('/', "~1"));
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
                continue;
            };
            let pointer = format!("{pointer}/{method}");
            let mut parameters = Vec::new();
            for (list, at) in [
                (item, pointer.rsplit_once('/').map_or("", |(item, _)| item)),
                (operation, &*pointer),
            ] {
                let list = list.get("parameters").and_then(Value::as_array);
                for (place, given) in list.into_iter().flatten().enumerate() {
                    let parameter = resolve(given);
                    let text = |member: &str| {
                        let text = parameter.get(member).and_then(Value::as_str);
                        text.unwrap_or_default().to_owned()
                    };
                    let own = given.get("$ref").and_then(Value::as_str);
                    let own = own.and_then(|reference| reference.strip_prefix('#'));
                    parameters.push(Parameter {
                        name: text("name"),
                        place: text("in"),
                        required: parameter.get("required") == Some(&Value::Bool(true)),
                        schema: parameter.get("schema").cloned().unwrap_or_default(),
                        pointer: own.map_or_else(|| format!("{at}/parameters/{place}"), str::to_owned),
                    });
                }
            }
            let answers = operation.get("responses").and_then(Value::as_object);
            let answers = answers.into_iter().flatten().map(|(status, given)| {
                let answer = resolve(given);
                let own = given.get("$ref").and_then(Value::as_str);
                let own = own.and_then(|reference| reference.strip_prefix('#'));
                let headers = answer.get("headers").and_then(Value::as_object);
                let described = DescribedAnswer {
                    schema: answer.pointer("/content/application~1json/schema").cloned(),
                    pointer: own.map_or_else(|| format!("{pointer}/responses/{status}"), str::to_owned),
                    headers: headers
                        .into_iter()
                        .flat_map(|headers| headers.keys())
                        .map(|name| name.to_ascii_lowercase())
                        .collect(),
                };
                (status.clone(), described)
            });
            let body = operation
                .pointer("/requestBody/content")
                .and_then(Value::as_object);
            let body = body.and_then(|content| content.values().next()?.get("schema").cloned());
            found.push(Described {
                id: id.to_owned(),
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                answers: answers.collect(),
                pointer,
                parameters,
                body,
                value: operation.clone(),
            });
        }
    }
    found
}

/// Every name and every plain value of the document.
fn publish(value: &Value, published: &mut HashSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                published.insert(name.clone());
                publish(member, published);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| publish(item, published)),
        Value::String(text) => {
            published.insert(text.clone());
        }
        Value::Number(number) => {
            published.insert(number.to_string());
        }
        Value::Bool(_) | Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_recognised() {
        let document = Document::built_in();
        for (method, url, operation) in [
            (
                "GET",
                "https://a.example/mobproc/v1/orders/properties",
                "order_property_list",
            ),
            ("GET", "https://a.example/mobproc/v1/orders/88?x=1", "order_get"),
            ("HEAD", "https://a.example/x/v1/regions", "region_list"),
            ("POST", "https://a.example/as/token.oauth2", "token_create"),
            ("POST", "https://a.example/v1/orders?confirm=true", "order_create"),
        ] {
            let url = Url::parse(url).unwrap();
            let found = document
                .recognise(method, &url)
                .map(|found| found.operation.id.clone());
            assert_eq!(found.as_deref(), Some(operation), "{url}");
        }
        let url = Url::parse("https://a.example/mobproc/v1/manufacturers/A%20B/models/C%2FD").unwrap();
        let found = document.recognise("GET", &url).unwrap();
        assert_eq!(
            found.path,
            [
                ("id".to_owned(), "A B".to_owned()),
                ("modelId".to_owned(), "C/D".to_owned())
            ]
        );
        assert!(document.recognise("PUT", &url).is_none());
        assert_eq!(below_version("/mobproc/v1/orders"), Some("/orders"));
        assert_eq!(below_version("/mobproc/v1"), Some(""));
        assert_eq!(below_version("/vendors"), None);
    }

    #[test]
    fn every_operation_is_there_with_its_parameters() {
        let document = Document::built_in();
        assert_eq!(
            document.operations().len(),
            mobproc_api::operations::ALL.len() + 2
        );
        let list = document.operation("device_asset_list").unwrap();
        let limit = list
            .parameters
            .iter()
            .find(|parameter| parameter.name == "limit")
            .unwrap();
        assert_eq!(limit.pointer, "/components/parameters/Limit");
        assert!(limit.required);
        assert!(document.publishes("Connecticut") && !document.publishes("onnecticu"));
    }
}
