//! The document, at work: which operations there are and what their requests and answers must look
//! like.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::http::StatusCode;
use jsonschema::{ValidationError, Validator};
use mobproc_api::{Method, Operation, OperationId, operations};
use serde_json::{Map, Value, json};

use crate::answer::Failure;
use crate::request::{Request, is_secret};

/// Requests and answers are held against this. It is the same for every sandbox of a process.
pub(crate) struct Spec {
    components: Value,
    /// The same without room for members and values that are not documented.
    closed: Value,
    operations: HashMap<&'static str, Described>,
    /// Compiled when they are first needed: most runs need few of them.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// What the document says of one operation. Schemas are compared by their JSON text.
struct Described {
    query: Vec<QueryParameter>,
    body: Option<String>,
    answers: HashMap<String, String>,
}

struct QueryParameter {
    name: String,
    required: bool,
    kind: String,
}

impl Spec {
    pub(crate) fn load() -> &'static Self {
        static SPEC: LazyLock<Spec> = LazyLock::new(|| {
            let document: Value = serde_json::from_str(mobproc_api::document())
                .expect("the document is written by `cargo xtask regen` as JSON");
            let operations = operations::ALL
                .iter()
                .map(|operation| (operation.id, Described::of(&document, operation)))
                .collect();
            let components = document.get("components").cloned().unwrap_or_default();
            Spec {
                closed: close(&components),
                components,
                operations,
                validators: Mutex::default(),
            }
        });
        &SPEC
    }

    fn validator(&self, schema: &str) -> Arc<Validator> {
        self.compiled(schema, schema, &self.components)
    }

    fn compiled(&self, key: &str, schema: &str, components: &Value) -> Arc<Validator> {
        // A validator that is there is whole.
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = validators.get(key) {
            return Arc::clone(known);
        }
        let parsed: Value = serde_json::from_str(schema).expect("it was made from a JSON value");
        let root = json!({ "allOf": [parsed], "components": components });
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .build(&root)
            .expect("`cargo xtask regen` compiles every schema of the document before it writes it");
        let validator = Arc::new(validator);
        validators.insert(key.to_owned(), Arc::clone(&validator));
        validator
    }

    /// Says what the document finds wrong with a request.
    pub(crate) fn check_request(&self, request: &Request) -> Result<(), Failure> {
        let Some(described) = self.operations.get(request.operation.as_str()) else {
            return Ok(());
        };
        for parameter in &described.query {
            match request.query(&parameter.name) {
                None if parameter.required => {
                    return Err(Failure::bad_request(
                        "400-Parameter-error",
                        format!("The query parameter {} must be passed in.", parameter.name),
                    ));
                }
                None => {}
                Some(value) => check_kind(parameter, value)?,
            }
        }
        if let Some(schema) = &described.body {
            let body = request.json()?;
            let validator = self.validator(schema);
            if let Some(error) = validator.iter_errors(&body).next() {
                return Err(Failure::bad_request("400-Request-body-error", told(&error)));
            }
        }
        Ok(())
    }

    /// What is not as documented in a request, and might not be forgiven elsewhere.
    pub(crate) fn violations(&self, request: &Request) -> Vec<String> {
        let Some(described) = self.operations.get(request.operation.as_str()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (place, (name, value)) in request.query.iter().enumerate() {
            let Some(known) = described.query.iter().find(|known| known.name == *name) else {
                found.push(format!("The query parameter {name} is not documented."));
                continue;
            };
            if request.query.iter().take(place).any(|(before, _)| before == name) {
                found.push(format!("The query parameter {name} is passed in more than once."));
            }
            // In lower case, as published.
            let is_flag = known.kind == "boolean" && !matches!(value.as_str(), "true" | "false");
            if is_flag {
                found.push(format!("The query parameter {name} is neither true nor false."));
            }
        }
        if request.operation == OperationId::OrderCreate && request.query("confirm").is_none() {
            found.push("Without the query parameter confirm the order is placed for real.".to_owned());
        }
        let Some(schema) = &described.body else {
            return found;
        };
        match request.header("content-type").as_deref() {
            None => {
                found.push("The header Content-Type is missing; application/json is documented.".to_owned());
            }

            Some(kind) if is_json(kind) => {}
            Some(kind) => found.push(format!(
                "The header Content-Type is {kind}; application/json is documented."
            )),
        }
        if let Ok(body) = request.json() {
            let validator = self.compiled(&format!("closed {schema}"), schema, &self.closed);
            found.extend(validator.iter_errors(&body).map(|error| told(&error)));
        }
        found
    }

    /// What the document finds wrong with an answer; nothing is as it should be.
    pub(crate) fn check_answer(
        &self,
        operation: &Operation,
        status: StatusCode,
        body: &Value,
    ) -> Vec<String> {
        let Some(described) = self.operations.get(operation.id) else {
            return vec![format!("{} is not in the document", operation.id)];
        };
        let schema = described
            .answers
            .get(status.as_str())
            .or_else(|| described.answers.get("default"));
        match schema {
            None => vec![format!(
                "{} answers {status}, which the document does not list",
                operation.id
            )],
            Some(schema) => self
                .validator(schema)
                .iter_errors(body)
                .map(|error| format!("{} {status} at {}: {error}", operation.id, error.instance_path()))
                .collect(),
        }
    }
}

/// What is wrong with a body, and where; without the value where that could hold a secret.
fn told(error: &ValidationError<'_>) -> String {
    let pointer = error.instance_path().to_string();
    let is_plain = error.instance().is_string() || error.instance().is_number();
    let names_secret = pointer.split('/').any(is_secret);
    let text = error.to_string();
    let hides = names_secret || (!is_plain && text.contains(&error.instance().to_string()));
    if hides {
        format!("At {}: {}.", place(&pointer), error.masked())
    } else {
        format!("At {}: {text}.", place(&pointer))
    }
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// The same schemas without room for members and values that are not documented.
fn close(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut closed: Map<String, Value> = members
                .iter()
                .map(|(name, member)| (name.clone(), close(member)))
                .collect();
            if members.get("properties").is_some_and(Value::is_object) && !members.contains_key("allOf") {
                closed.entry("additionalProperties").or_insert(json!(false));
            }
            if let Some(known) = closed.remove("x-extensible-enum") {
                closed.insert("enum".to_owned(), known);
            }
            Value::Object(closed)
        }
        Value::Array(items) => items.iter().map(close).collect(),
        other => other.clone(),
    }
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "the top" } else { pointer }
}

fn check_kind(parameter: &QueryParameter, value: &str) -> Result<(), Failure> {
    let fits = match parameter.kind.as_str() {
        "integer" => value.parse::<i64>().is_ok(),
        "boolean" => matches!(value, "true" | "false" | "TRUE" | "FALSE"),
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(Failure::bad_request(
            "400-Parameter-error",
            format!(
                "The query parameter {} must be of type {}.",
                parameter.name, parameter.kind
            ),
        ))
    }
}

impl Described {
    fn of(document: &Value, operation: &Operation) -> Self {
        let method = match operation.method {
            Method::Get => "get",
            _ => "post",
        };
        let empty = Value::Null;
        let value = document
            .get("paths")
            .and_then(|paths| paths.get(operation.path)?.get(method))
            .unwrap_or(&empty);
        let list = |value: &Value, member: &str| {
            value
                .get(member)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let query = list(value, "parameters")
            .iter()
            .map(|parameter| resolve(document, parameter))
            .filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"))
            .filter_map(|parameter| {
                let schema = resolve(document, parameter.get("schema")?);
                Some(QueryParameter {
                    name: parameter.get("name")?.as_str()?.to_owned(),
                    required: parameter
                        .get("required")
                        .and_then(Value::as_bool)
                        .unwrap_or(false),
                    kind: schema.get("type")?.as_str()?.to_owned(),
                })
            })
            .collect();
        let body = value
            .pointer("/requestBody/content/application~1json/schema")
            .map(ToString::to_string);
        let answers = value
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(status, response)| {
                let schema = resolve(document, response).pointer("/content/application~1json/schema")?;
                Some((status.clone(), schema.to_string()))
            })
            .collect();
        Self { query, body, answers }
    }
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.pointer(reference.strip_prefix('#')?))
        .unwrap_or(value)
}
