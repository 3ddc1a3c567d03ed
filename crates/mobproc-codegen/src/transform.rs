//! What the document needs before the generator can read it the way we want.
//!
//! Each transform says why it exists and fails when it no longer changes anything, so that none
//! outlives its reason unseen.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::schema::{self, SCHEMAS};

struct Transform {
    name: &'static str,
    reason: &'static str,
    apply: fn(&mut Value) -> usize,
}

const TRANSFORMS: [Transform; 6] = [
    Transform {
        name: "drop_token_operations",
        reason: "tokens come from other servers, and the client gets them through an OAuth 2 library",
        apply: drop_token_operations,
    },
    Transform {
        name: "drop_typed_error_responses",
        reason: "the generator loses status, headers and body of an error that does not decode; untyped, every \
                 failure keeps all three",
        apply: drop_typed_error_responses,
    },
    Transform {
        name: "drop_header_parameters",
        reason: "tenant, actor and troubleshooting headers belong to the client, not to every call",
        apply: drop_header_parameters,
    },
    Transform {
        name: "require_confirm",
        reason: "an order sent without the flag is placed for real, so leaving it out must not compile",
        apply: require_confirm,
    },
    Transform {
        name: "optional_arrays_nullable",
        reason: "only then does the generator tell an empty array from an absent one",
        apply: optional_arrays_nullable,
    },
    Transform {
        name: "document_evidence",
        reason: "whoever reads a type should see how well it is documented",
        apply: document_evidence,
    },
];

/// Applies all transforms.
pub(crate) fn apply(document: &mut Value) -> Result<(), Error> {
    for transform in TRANSFORMS {
        if (transform.apply)(document) == 0 {
            return Err(Error::Needless {
                step: transform.name,
                reason: transform.reason,
            });
        }
    }
    Ok(())
}

fn drop_token_operations(document: &mut Value) -> usize {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return 0;
    };
    let before = paths.len();
    paths.retain(|_, item| item.get("servers").is_none());
    before - paths.len()
}

fn drop_typed_error_responses(document: &mut Value) -> usize {
    let mut dropped = 0;
    each_operation(document, |operation| {
        if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
            let before = responses.len();
            responses.retain(|status, _| status.starts_with('2'));
            dropped += before - responses.len();
        }
    });
    dropped
}

fn drop_header_parameters(document: &mut Value) -> usize {
    let whole = document.clone();
    let mut dropped = 0;
    each_path_item(document, |item| {
        let holders = item.iter_mut().filter_map(|(name, member)| match name.as_str() {
            "parameters" => Some(member),
            _ => member.get_mut("parameters"),
        });
        for list in holders.filter_map(Value::as_array_mut) {
            let before = list.len();
            list.retain(|parameter| {
                schema::resolve(&whole, parameter)
                    .get("in")
                    .is_none_or(|place| place != "header")
            });
            dropped += before - list.len();
        }
    });
    dropped
}

fn require_confirm(document: &mut Value) -> usize {
    let mut changed = 0;
    each_operation(document, |operation| {
        let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) else {
            return;
        };
        for parameter in parameters.iter_mut().filter_map(Value::as_object_mut) {
            let is_confirm = parameter.get("name").is_some_and(|name| name == "confirm");
            if is_confirm && parameter.get("required") != Some(&Value::Bool(true)) {
                parameter.insert("required".to_owned(), Value::Bool(true));
                changed += 1;
            }
        }
    });
    changed
}

fn optional_arrays_nullable(document: &mut Value) -> usize {
    let mut changed = 0;
    each_schema(document, |schema| {
        let required = schema.get("required").cloned().unwrap_or_default();
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        for (name, property) in properties {
            let is_required = required
                .as_array()
                .is_some_and(|names| names.iter().any(|known| known == name));
            if let Some(property) = property.as_object_mut()
                && property.get("type").is_some_and(|kind| kind == "array")
                && !is_required
            {
                property.insert("nullable".to_owned(), Value::Bool(true));
                changed += 1;
            }
        }
    });
    changed
}

fn document_evidence(document: &mut Value) -> usize {
    let mut changed = 0;
    let mut document_one = |holder: &mut Map<String, Value>| {
        let Some(evidence) = holder.get("x-evidence").and_then(Value::as_str) else {
            return;
        };
        let pages: Vec<String> = holder
            .get("x-source")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|page| Some(format!("`{}`", page.as_str()?)))
            .collect();
        let mut text = format!("\n\nEvidence: {evidence}");
        if !pages.is_empty() {
            text.push_str(" (");
            text.push_str(&pages.join(", "));
            text.push(')');
        }
        text.push('.');
        if let Some(Value::String(description)) = holder.get_mut("description") {
            description.push_str(&text);
            changed += 1;
        }
    };
    each_schema(document, |schema| {
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties
                .values_mut()
                .filter_map(Value::as_object_mut)
                .for_each(&mut document_one);
        }
        document_one(schema);
    });
    each_operation(document, document_one);
    changed
}

fn each_path_item(document: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        paths
            .values_mut()
            .filter_map(Value::as_object_mut)
            .for_each(&mut change);
    }
}

fn each_operation(document: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    each_path_item(document, |item| {
        item.values_mut()
            .filter_map(Value::as_object_mut)
            .filter(|member| member.contains_key("operationId"))
            .for_each(&mut change);
    });
}

fn each_schema(document: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    if let Some(schemas) = document.pointer_mut(SCHEMAS).and_then(Value::as_object_mut) {
        schemas
            .values_mut()
            .filter_map(Value::as_object_mut)
            .for_each(&mut change);
    }
}
