//! The rules the document has to keep, beyond being OpenAPI. CONTRIBUTING.md explains them to
//! people.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::document::{Document, join};
use crate::error::{Error, Problem};
use crate::order_rules;
use crate::schema::{self, EVIDENCE, HAND_WRITTEN, Operation, SCHEMAS};

/// Every annotation there is.
const ANNOTATIONS: [&str; 15] = [
    "x-evidence",
    "x-source",
    "x-extensible-enum",
    "x-personal",
    "x-rust-name",
    "x-rust-boxed",
    "x-collection",
    "x-safe-when",
    "x-known-members",
    "x-guess",
    "x-value-evidence",
    "x-keeps-unknown",
    "x-code",
    "x-observed",
    order_rules::ANNOTATION,
];

/// Constraints the generator would turn into types that reject or invent values.
const REJECTING: [&str; 12] = [
    "default",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Holds the document against all rules.
///
/// # Errors
///
/// All breaches at once.
pub fn check(document: &Document) -> Result<(), Error> {
    let problems = problems(document);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Rules { problems })
    }
}

/// All breaches of the rules, in the order of the document.
#[must_use]
pub fn problems(document: &Document) -> Vec<Problem> {
    let mut linter = Linter {
        document,
        problems: Vec::new(),
    };
    linter.version();
    linter.references("", document.value());
    linter.annotation_names("", document.value());
    linter.operations();
    linter.schemas();
    linter.order_rules();
    let mut problems = linter.problems;
    problems.sort_by(|a, b| (a.line, &a.pointer).cmp(&(b.line, &b.pointer)));
    problems.dedup();
    problems
}

struct Linter<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
}

impl<'a> Linter<'a> {
    fn report(&mut self, pointer: &str, rule: &'static str, message: impl Into<String>) {
        let problem = self.document.problem(pointer, rule, message);
        self.problems.push(problem);
    }

    fn version(&mut self) {
        let version = self.document.at("/openapi").and_then(Value::as_str);
        if !version.is_some_and(|version| version.starts_with("3.0.")) {
            self.report(
                "/openapi",
                "openapi-version",
                "must be a 3.0 version in quotes or with two dots; the generator reads no other",
            );
        }
        for member in ["info", "paths", "components"] {
            if !self.document.value().get(member).is_some_and(Value::is_object) {
                self.report(
                    &join("", member),
                    "structure",
                    format!("the document needs a mapping `{member}`"),
                );
            }
        }
    }

    fn references(&mut self, pointer: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref") {
                    self.reference(pointer, members, reference);
                }
                for (name, member) in members {
                    // A property may be called `$ref`; none is, and none should.
                    self.references(&join(pointer, name), member);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.references(&join(pointer, &index.to_string()), item);
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, pointer: &str, members: &Map<String, Value>, reference: &Value) {
        let Some(text) = reference.as_str() else {
            self.report(&join(pointer, "$ref"), "reference", "a $ref must be a string");
            return;
        };
        let target = text.strip_prefix('#');
        if target.is_none_or(|target| self.document.at(target).is_none()) {
            self.report(
                &join(pointer, "$ref"),
                "reference",
                format!("`{text}` leads to nothing in this file"),
            );
        }
        if members.len() > 1 {
            self.report(
                pointer,
                "reference-siblings",
                "members beside a $ref are ignored by tools; wrap it as allOf: [{$ref: ...}]",
            );
        }
    }

    fn annotation_names(&mut self, pointer: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let place = join(pointer, name);
                    // A header may be called x-something where headers are described, nowhere else.
                    if pointer.ends_with("/headers") {
                        self.annotation_names(&place, member);
                        continue;
                    }
                    if name.starts_with("x-") && !ANNOTATIONS.contains(&name.as_str()) {
                        self.report(
                            &place,
                            "annotation",
                            format!("`{name}` is none of {}", ANNOTATIONS.join(", ")),
                        );
                    }
                    match name.as_str() {
                        "x-evidence" => self.evidence_value(&place, member),
                        "x-source" => self.source_value(&place, member),
                        "x-personal" if !member.is_boolean() => {
                            self.report(&place, "annotation", "x-personal is true or absent");
                        }
                        "x-rust-boxed" | "x-guess" | "x-keeps-unknown" | "x-code"
                            if *member != Value::Bool(true) =>
                        {
                            self.report(&place, "annotation", format!("{name} is true or absent"));
                        }
                        "x-observed" if !member.as_object().is_some_and(is_behaviour) => {
                            self.report(
                                &place,
                                "annotation",
                                "x-observed says what was seen beyond what OpenAPI can say: limit, offset, next-link, \
                                 page-cap and status of an operation, may-be-null of a member",
                            );
                        }
                        "x-rust-name" if !member.as_str().is_some_and(is_snake_case) => {
                            self.report(&place, "annotation", "x-rust-name is a snake_case name");
                        }
                        _ => self.annotation_names(&place, member),
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.annotation_names(&join(pointer, &index.to_string()), item);
                }
            }
            _ => {}
        }
    }

    fn evidence_value(&mut self, pointer: &str, value: &Value) {
        if !value
            .as_str()
            .is_some_and(|evidence| EVIDENCE.contains(&evidence))
        {
            self.report(
                pointer,
                "provenance",
                format!("x-evidence must be one of {}", EVIDENCE.join(", ")),
            );
        }
    }

    fn source_value(&mut self, pointer: &str, value: &Value) {
        let pages = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let all_text = pages
            .iter()
            .all(|page| page.as_str().is_some_and(|page| !page.is_empty()));
        if pages.is_empty() || !all_text {
            self.report(
                pointer,
                "provenance",
                "x-source must list the documentation pages this stands on",
            );
        }
    }

    fn provenance(&mut self, pointer: &str, members: &Map<String, Value>) {
        for annotation in ["x-evidence", "x-source"] {
            if !members.contains_key(annotation) {
                self.report(
                    pointer,
                    "provenance",
                    format!("{annotation} is missing: say how well this is documented, and where"),
                );
            }
        }
    }

    fn text(&mut self, pointer: &str, members: &Map<String, Value>, member: &str) {
        let text = members.get(member).and_then(Value::as_str).unwrap_or_default();
        if text.trim().is_empty() {
            self.report(
                pointer,
                "described",
                format!("a {member} is missing; it becomes the documentation people read"),
            );
        }
        if text.contains("http://") || text.contains("https://") || text.contains("[T") {
            self.report(
                &join(pointer, member),
                "described",
                "bare URLs and [T..] marks do not survive in Rust documentation",
            );
        }
    }

    fn operations(&mut self) {
        let mut ids: BTreeMap<&str, String> = BTreeMap::new();
        for operation in schema::operations(self.document.value()) {
            let pointer = operation.pointer.clone();
            match operation.id() {
                None => self.report(
                    &pointer,
                    "operation-id",
                    "operationId is missing; the generator names the function by it",
                ),
                Some(id) if !is_snake_case(id) || !id.contains('_') => self.report(
                    &join(&pointer, "operationId"),
                    "operation-id",
                    format!("`{id}` should read resource_verb, such as region_get"),
                ),
                Some(id) => {
                    if let Some(other) = ids.insert(id, pointer.clone()) {
                        self.report(
                            &join(&pointer, "operationId"),
                            "operation-id",
                            format!("`{id}` is taken by #{other}"),
                        );
                    }
                }
            }
            self.provenance(&pointer, operation.value);
            self.text(&pointer, operation.value, "summary");
            self.text(&pointer, operation.value, "description");
            self.tags(&operation);
            self.parameters(&operation);
            self.safe_when(&operation);
            self.bodies(&operation);
        }
    }

    fn tags(&mut self, operation: &Operation<'_>) {
        let declared: BTreeSet<&str> = self
            .document
            .at("/tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|tag| tag.get("name")?.as_str())
            .collect();
        let used = operation.value.get("tags").and_then(Value::as_array);
        let known = used.is_some_and(|tags| {
            tags.len() == 1
                && tags
                    .iter()
                    .all(|tag| tag.as_str().is_some_and(|tag| declared.contains(tag)))
        });
        if !known {
            self.report(
                &operation.pointer,
                "tag",
                "needs exactly one tag, declared at the top of the document",
            );
        }
    }

    fn parameters(&mut self, operation: &Operation<'_>) {
        let parameters = operation.parameters(self.document.value());
        let mut in_path = BTreeSet::new();
        for (pointer, parameter) in &parameters {
            let Some(members) = parameter.as_object() else {
                self.report(pointer, "structure", "a parameter must be a mapping");
                continue;
            };
            self.text(pointer, members, "description");
            let name = members.get("name").and_then(Value::as_str);
            match (name, members.get("in").and_then(Value::as_str)) {
                (Some(name), Some("path")) => {
                    in_path.insert(name.to_owned());
                    if members.get("required") != Some(&Value::Bool(true)) {
                        self.report(pointer, "parameter", "a path parameter must be required");
                    }
                }
                (Some(_), Some("query" | "header")) => {}
                _ => self.report(
                    pointer,
                    "parameter",
                    "needs a name, and `in` must be path, query or header",
                ),
            }
            if members.contains_key("style") || members.contains_key("content") {
                self.report(pointer, "unsupported", "only plain parameters are supported");
            }
            match members.get("schema") {
                Some(schema) => self.schema(&join(pointer, "schema"), schema, Place::Inline),
                None => self.report(pointer, "parameter", "a schema is missing"),
            }
        }
        for name in operation
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        {
            if !in_path.contains(name) {
                self.report(
                    &operation.pointer,
                    "parameter",
                    format!("the path has {{{name}}} but no parameter of that name"),
                );
            }
        }
    }

    fn safe_when(&mut self, operation: &Operation<'_>) {
        let Some(condition) = operation.value.get("x-safe-when") else {
            return;
        };
        let pointer = join(&operation.pointer, "x-safe-when");
        let names: Vec<&str> = operation
            .parameters(self.document.value())
            .into_iter()
            .filter(|(_, parameter)| parameter.get("in").is_some_and(|place| place == "query"))
            .filter_map(|(_, parameter)| parameter.get("name")?.as_str())
            .collect();
        match condition.as_object().map(|map| map.iter().collect::<Vec<_>>()) {
            Some(members) if members.len() == 1 => {
                for (name, value) in members {
                    if !names.contains(&name.as_str()) || !value.is_boolean() {
                        self.report(
                            &pointer,
                            "annotation",
                            "must name one query parameter of this operation and true or false",
                        );
                    }
                }
            }
            _ => self.report(&pointer, "annotation", "must name exactly one query parameter"),
        }
    }

    fn bodies(&mut self, operation: &Operation<'_>) {
        if let Some(body) = operation.value.get("requestBody") {
            self.content(&join(&operation.pointer, "requestBody"), body, true);
        }
        let pointer = join(&operation.pointer, "responses");
        let Some(responses) = operation.value.get("responses").and_then(Value::as_object) else {
            self.report(&operation.pointer, "responses", "responses are missing");
            return;
        };
        let successes = responses.keys().filter(|status| status.starts_with('2')).count();
        if successes != 1 {
            self.report(
                &pointer,
                "responses",
                "exactly one 2xx answer is supported, and needed",
            );
        }
        if !responses.contains_key("default") {
            self.report(
                &pointer,
                "responses",
                "a default answer is missing: statuses that are not listed must be expected",
            );
        }
        for (status, response) in responses {
            let place = join(&pointer, status);
            let response = schema::resolve(self.document.value(), response);
            self.content(&place, response, status.starts_with('2'));
        }
    }

    fn content(&mut self, pointer: &str, holder: &Value, generated: bool) {
        let Some(content) = holder.get("content").and_then(Value::as_object) else {
            self.report(pointer, "structure", "content is missing");
            return;
        };
        for (media_type, media) in content {
            let place = join(&join(pointer, "content"), media_type);
            match media.get("schema") {
                // Error bodies are taken out before generation, so they may use what the generator
                // cannot.
                Some(schema) if generated => {
                    if schema::referenced(schema).is_none() {
                        self.report(
                            &join(&place, "schema"),
                            "unsupported",
                            "a body must be a $ref to a component schema, so that it has a name",
                        );
                    }
                }
                Some(_) => {}
                None => self.report(&place, "structure", "a schema is missing"),
            }
        }
    }

    fn schemas(&mut self) {
        let document = self.document;
        for (name, schema) in schema::schemas(document.value()) {
            let pointer = join(SCHEMAS, name);
            let Some(members) = schema.as_object() else {
                self.report(&pointer, "structure", "a schema must be a mapping");
                continue;
            };
            if !name.starts_with(|first: char| first.is_ascii_uppercase())
                || !name.chars().all(|letter| letter.is_ascii_alphanumeric())
            {
                self.report(&pointer, "naming", "a schema's name must be a Rust type name");
            }
            self.provenance(&pointer, members);
            let place = if HAND_WRITTEN.iter().any(|(known, _)| *known == name) {
                Place::HandWritten
            } else if schema.get("x-collection").is_some() {
                self.collection(&pointer, schema);
                Place::HandWritten
            } else {
                Place::Component
            };
            self.schema(&pointer, schema, place);
        }
    }

    fn order_rules(&mut self) {
        let document = self.document;
        order_rules::read(document.value(), &mut |pointer, message| {
            self.report(pointer, "order-rules", message);
        });
        for (name, schema) in schema::schemas(document.value()) {
            if name != order_rules::KINDS && schema.get(order_rules::ANNOTATION).is_some() {
                self.report(
                    &join(&join(SCHEMAS, name), order_rules::ANNOTATION),
                    "order-rules",
                    format!("belongs to the schema {}", order_rules::KINDS),
                );
            }
        }
    }

    fn collection(&mut self, pointer: &str, schema: &Value) {
        let Some(collection) = schema::collection(schema) else {
            self.report(
                &join(pointer, "x-collection"),
                "annotation",
                "needs item (a schema), member (a property of this schema) and paged (true or false)",
            );
            return;
        };
        if self.document.at(&join(SCHEMAS, collection.item)).is_none() {
            self.report(
                &join(pointer, "x-collection"),
                "annotation",
                format!("there is no schema `{}`", collection.item),
            );
        }
    }

    fn schema(&mut self, pointer: &str, schema: &Value, place: Place) {
        let Some(members) = schema.as_object() else {
            self.report(pointer, "structure", "a schema must be a mapping");
            return;
        };
        if members.contains_key("$ref") {
            return;
        }
        if place != Place::Inline {
            self.text(pointer, members, "description");
        }
        for name in REJECTING {
            if members.contains_key(name) {
                self.report(
                    &join(pointer, name),
                    "unsupported",
                    format!(
                        "`{name}` would make the generated type reject or invent values; tell the limit in the description"
                    ),
                );
            }
        }
        for name in ["not", "discriminator", "nullable"] {
            if members.contains_key(name) {
                self.report(
                    &join(pointer, name),
                    "unsupported",
                    format!("`{name}` is not supported"),
                );
            }
        }
        if members.contains_key("enum") {
            self.report(
                &join(pointer, "enum"),
                "open-values",
                "use x-extensible-enum in a schema of its own: values unknown today must stay readable",
            );
        }
        if members.contains_key("x-extensible-enum") {
            if place != Place::Component || schema::known_values(schema).is_none_or(|known| known.is_empty())
            {
                self.report(
                    &join(pointer, "x-extensible-enum"),
                    "open-values",
                    "must be a list of strings in a component schema, not inline",
                );
            }
            if members.get("type") != Some(&Value::from("string")) {
                self.report(
                    pointer,
                    "open-values",
                    "a schema with known values is of type string",
                );
            }
        }
        if let Some(evidence) = members.get("x-value-evidence") {
            let known = schema::known_values(schema).unwrap_or_default();
            let is_good = evidence.as_object().is_some_and(|values| {
                values.iter().all(|(value, evidence)| {
                    known.contains(&value.as_str())
                        && evidence
                            .as_str()
                            .is_some_and(|evidence| EVIDENCE.contains(&evidence))
                })
            });
            if !is_good {
                self.report(
                    &join(pointer, "x-value-evidence"),
                    "provenance",
                    format!(
                        "says of known values of this schema which of {} they are",
                        EVIDENCE.join(", ")
                    ),
                );
            }
        }
        if place != Place::HandWritten {
            for name in ["oneOf", "anyOf"] {
                if members.contains_key(name) {
                    self.report(
                        &join(pointer, name),
                        "unsupported",
                        format!("`{name}` needs a hand-written type; see HAND_WRITTEN in mobproc-codegen"),
                    );
                }
            }
        }
        if members.contains_key("allOf") && schema::referenced(schema).is_none() {
            self.report(
                &join(pointer, "allOf"),
                "unsupported",
                "allOf only wraps a single $ref that needs a description",
            );
        }
        if members.get("additionalProperties") == Some(&Value::Bool(false)) {
            self.report(
                &join(pointer, "additionalProperties"),
                "open-objects",
                "the API may add members at any time",
            );
        }
        let is_free_form = members.get("additionalProperties") == Some(&Value::Bool(true))
            || !["type", "properties", "oneOf", "anyOf", "allOf"]
                .iter()
                .any(|name| members.contains_key(*name));
        let names = members.get("x-known-members");
        if names.is_some_and(|names| {
            !is_free_form
                || !names
                    .as_array()
                    .is_some_and(|all| all.iter().all(Value::is_string))
        }) {
            self.report(
                &join(pointer, "x-known-members"),
                "annotation",
                "lists the names that are known of a free-form object",
            );
        }
        if members.contains_key("additionalProperties") && members.contains_key("properties") {
            self.report(
                pointer,
                "open-objects",
                "known properties beside additionalProperties lose unknown members; use one of the two",
            );
        }
        self.properties(pointer, members, place);
        if let Some(items) = members.get("items") {
            self.schema(&join(pointer, "items"), items, Place::Inline);
        } else if members.get("type") == Some(&Value::from("array")) {
            self.report(pointer, "structure", "an array needs items");
        }
    }

    fn properties(&mut self, pointer: &str, members: &Map<String, Value>, place: Place) {
        let properties = members.get("properties").and_then(Value::as_object);
        let pointer_to_properties = join(pointer, "properties");
        if properties.is_some() && place == Place::Inline {
            self.report(
                pointer,
                "unsupported",
                "an object inside another needs a schema of its own, so that it has a name",
            );
        }
        for required in members
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let known = required
                .as_str()
                .is_some_and(|name| properties.is_some_and(|all| all.contains_key(name)));
            if !known {
                self.report(
                    &join(pointer, "required"),
                    "structure",
                    format!("{required} is required but no property"),
                );
            }
        }
        for (name, property) in properties.into_iter().flatten() {
            let inner = join(&pointer_to_properties, name);
            if let Some(members) = property.as_object() {
                if !members.contains_key("$ref") {
                    self.text(&inner, members, "description");
                } else {
                    self.report(
                        &inner,
                        "described",
                        "a bare $ref cannot be described; wrap it as allOf: [{$ref: ...}]",
                    );
                }
            }
            // The wrapper of a list is an object in place; its hand-written type knows it.
            let inner_place = if place == Place::HandWritten {
                Place::HandWritten
            } else {
                Place::Inline
            };
            self.schema(&inner, property, inner_place);
        }
    }
}

/// Where a schema stands, which decides what it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A component of its own.
    Component,
    /// A component, or a part of one, whose Rust type is written by hand.
    HandWritten,
    /// Inside another schema or a parameter.
    Inline,
}

/// What `mobproc conform` tells of lists.
fn is_behaviour(members: &Map<String, Value>) -> bool {
    let is_known = |name: &String| {
        [
            "limit",
            "offset",
            "next-link",
            "page-cap",
            "status",
            "may-be-null",
        ]
        .contains(&name.as_str())
    };
    !members.is_empty()
        && members.keys().all(is_known)
        && members
            .values()
            .all(|value| value.is_string() || value.is_number() || *value == Value::Bool(true))
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}
