//! Holding a document against one schema and its type.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use mobproc_api::for_schema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::report::{Extent, Report};
use crate::schema::{Schemas, members, reference, required};

/// Holds documents against the OpenAPI document and the types. Make one and use it for many.
pub struct Checker {
    schemas: Schemas,
    validators: Mutex<HashMap<(String, bool), Arc<Validator>>>,
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Checker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checker").finish_non_exhaustive()
    }
}

impl Checker {
    /// A checker for the document this version was built with.
    #[must_use]
    pub fn new() -> Self {
        Self {
            schemas: Schemas::load(),
            validators: Mutex::default(),
        }
    }

    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// All there is to say about a document of a schema.
    pub(crate) fn report(&self, schema: &str, extent: Extent, value: &Value) -> Report {
        let unknown_members = match (extent, value) {
            (Extent::Items, Value::Array(items)) => items
                .iter()
                .enumerate()
                .flat_map(|(index, item)| {
                    let unknown = self.unknown_members(schema, item);
                    unknown
                        .into_iter()
                        .map(move |pointer| format!("/{index}{pointer}"))
                })
                .collect(),
            _ => self.unknown_members(schema, value),
        };
        let (decode_error, differences) = match self.round_trip(schema, extent, value) {
            Ok(again) => {
                let mut differences = Vec::new();
                differ(value, &again, "", &unknown_members, &mut differences);
                (None, differences)
            }
            Err(message) => (Some(message), Vec::new()),
        };
        Report {
            violations: self.violations(schema, extent, value),
            unknown_members,
            decode_error,
            differences,
            schema: schema.to_owned(),
            extent,
        }
    }

    /// JSON pointers to members the document does not know.
    pub(crate) fn unknown_members(&self, schema: &str, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(schema) = self.schemas.get(schema) {
            self.unknown(schema, value, "", &mut found);
        }
        found
    }

    /// Whether all is there that a schema and the objects directly in it require.
    pub(crate) fn has_required(&self, schema: &Value, values: &Map<String, Value>) -> bool {
        let whole = |schema: &Value, values: &Map<String, Value>| {
            required(schema).all(|name| values.contains_key(name))
        };
        let inner = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        whole(schema, values)
            && inner
                .filter_map(|(name, property)| Some((property, values.get(name)?.as_object()?)))
                .all(|(property, values)| whole(self.schemas.resolve(property), values))
    }

    pub(crate) fn schema_is_object(&self, name: &str) -> bool {
        self.schemas.get(name).is_some_and(|schema| {
            schema.get("type").is_some_and(|kind| kind == "object") && schema.get("x-collection").is_none()
        })
    }

    /// What the document finds wrong.
    pub(crate) fn violations(&self, schema: &str, extent: Extent, value: &Value) -> Vec<String> {
        let validator = match self.validator(schema, extent == Extent::Fragment) {
            Ok(validator) => validator,
            Err(message) => return vec![message],
        };
        let of = |pointer: &str, value: &Value| -> Vec<String> {
            validator
                .iter_errors(value)
                .map(|error| format!("{pointer}{}: {error}", error.instance_path()))
                .collect()
        };
        match (extent, value) {
            (Extent::Items, Value::Array(items)) => items
                .iter()
                .enumerate()
                .flat_map(|(index, item)| of(&format!("/{index}"), item))
                .collect(),
            _ => of("", value),
        }
    }

    fn validator(&self, schema: &str, waive_required: bool) -> Result<Arc<Validator>, String> {
        let key = (schema.to_owned(), waive_required);
        // A validator that is there is whole.
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = validators.get(&key) {
            return Ok(Arc::clone(known));
        }
        let mut root = self.schemas.get(schema).cloned().unwrap_or_default();
        if let Some(members) = root.as_object_mut() {
            if waive_required {
                self.waive_required(members);
            }
            let components = self.schemas.document().get("components").cloned();
            members.insert("components".to_owned(), components.unwrap_or_default());
        }
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .build(&root)
            .map(Arc::new)
            .map_err(|error| format!("the schema {schema} does not compile: {error}"))?;
        validators.insert(key, Arc::clone(&validator));
        Ok(validator)
    }

    /// Of a fragment, and of the objects directly in it, anything may be missing.
    fn waive_required(&self, schema: &mut Map<String, Value>) {
        schema.remove("required");
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        for property in properties.values_mut() {
            let mut inner = self.schemas.resolve(property).clone();
            if let Some(members) = inner.as_object_mut() {
                members.remove("required");
            }
            *property = inner;
        }
    }

    /// How many members hold a value that their schema knows by name.
    pub(crate) fn known_values(&self, schema: &Value, values: &Map<String, Value>) -> usize {
        let properties = schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .filter(|(name, property)| {
                let known = self
                    .schemas
                    .resolve(property)
                    .get("x-extensible-enum")
                    .and_then(Value::as_array);
                known.is_some_and(|known| values.get(*name).is_some_and(|value| known.contains(value)))
            })
            .count()
    }

    fn unknown(&self, schema: &Value, value: &Value, pointer: &str, found: &mut Vec<String>) {
        let schema = self.schemas.resolve(schema);
        for alternatives in ["oneOf", "anyOf"] {
            if let Some(options) = schema.get(alternatives).and_then(Value::as_array) {
                // The alternative that knows most of it.
                let mut fewest: Option<Vec<String>> = None;
                for option in options.iter().filter(|option| self.could_be(option, value)) {
                    let mut unknown = Vec::new();
                    self.unknown(option, value, pointer, &mut unknown);
                    if fewest.as_ref().is_none_or(|fewest| unknown.len() < fewest.len()) {
                        fewest = Some(unknown);
                    }
                }
                found.extend(fewest.unwrap_or_default());
                return;
            }
        }
        match value {
            Value::Object(values) => {
                let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
                    return;
                };
                for (name, value) in values {
                    let inner = join(pointer, name);
                    match properties.get(name) {
                        Some(property) => self.unknown(property, value, &inner, found),
                        None => found.push(inner),
                    }
                }
            }
            Value::Array(items) => {
                if let Some(item_schema) = schema.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        self.unknown(item_schema, item, &join(pointer, &index.to_string()), found);
                    }
                }
            }
            _ => {}
        }
    }

    fn could_be(&self, schema: &Value, value: &Value) -> bool {
        let kind = self.schemas.resolve(schema).get("type").and_then(Value::as_str);
        match kind {
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        }
    }

    /// Decodes and encodes again.
    fn round_trip(&self, schema: &str, extent: Extent, value: &Value) -> Result<Value, String> {
        match (extent, value) {
            (Extent::Items, Value::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    through_type(schema, item).map_err(|message| format!("/{index}: {message}"))
                })
                .collect(),
            (Extent::Fragment, Value::Object(members)) => {
                let schema = self.schemas.get(schema).unwrap_or(&Value::Null);
                self.members_through_types(schema, members)
            }
            _ => through_type(schema, value),
        }
    }

    fn members_through_types(&self, schema: &Value, members: &Map<String, Value>) -> Result<Value, String> {
        let properties = schema.get("properties");
        let mut again = Map::new();
        for (name, member) in members {
            let value = match properties.and_then(|properties| properties.get(name)) {
                Some(property) => self
                    .part_through_type(property, member)
                    .map_err(|message| format!("/{name}: {message}"))?,
                None => member.clone(),
            };
            again.insert(name.clone(), value);
        }
        Ok(Value::Object(again))
    }

    fn part_through_type(&self, schema: &Value, value: &Value) -> Result<Value, String> {
        if let Some(name) = reference(schema) {
            let target = self.schemas.resolve(schema);
            return match value.as_object() {
                Some(members) if !self.has_required(target, members) => {
                    self.members_through_types(target, members)
                }
                _ => through_type(name, value),
            };
        }
        match (schema.get("items"), value) {
            (Some(item_schema), Value::Array(items)) => items
                .iter()
                .map(|item| self.part_through_type(item_schema, item))
                .collect(),
            // A plain value is its own type.
            _ => Ok(value.clone()),
        }
    }
}

/// Decodes a value as the type of a schema and encodes it again.
fn through_type(schema: &str, value: &Value) -> Result<Value, String> {
    fn run<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, String> {
        let typed: T = serde_path_to_error::deserialize(value)
            .map_err(|error| format!("at {}: {}", error.path(), error.inner()))?;
        serde_json::to_value(typed).map_err(|error| format!("it does not encode again: {error}"))
    }

    for_schema!(schema, run, value)
        .unwrap_or_else(|| Err(format!("there is no type for the schema {schema}")))
}

fn join(pointer: &str, member: &str) -> String {
    format!("{pointer}/{}", member.replace('~', "~0").replace('/', "~1"))
}

/// What is not the same, but for members that were unknown to begin with.
fn differ(before: &Value, after: &Value, pointer: &str, unknown: &[String], found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                let inner = join(pointer, name);
                match after.get(name) {
                    Some(again) => differ(value, again, &inner, unknown, found),
                    None if unknown.contains(&inner) => {}
                    None => found.push(format!("{inner} is lost")),
                }
            }
            found.extend(
                after
                    .keys()
                    .filter(|name| !before.contains_key(*name))
                    .map(|name| format!("{} is added", join(pointer, name))),
            );
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (value, again)) in before.iter().zip(after).enumerate() {
                differ(value, again, &join(pointer, &index.to_string()), unknown, found);
            }
        }
        _ if before == after => {}
        _ => found.push(format!(
            "{} is different",
            if pointer.is_empty() { "everything" } else { pointer }
        )),
    }
}

/// The members of a schema that are known, for people who look at a report.
impl Checker {
    /// The names of the members a schema knows.
    #[must_use]
    pub fn known_members(&self, schema: &str) -> Vec<&str> {
        self.schemas
            .get(schema)
            .map(members)
            .unwrap_or_default()
            .into_iter()
            .collect()
    }
}
