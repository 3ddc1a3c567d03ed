//! What is known and what is guessed, as a table for people.

use std::fmt::Write as _;

use serde_json::Value;

use crate::document::Document;
use crate::schema::{self, EVIDENCE};

/// A Markdown table of every operation with its evidence and pages, then totals by level.
#[must_use]
pub fn table(document: &Document) -> String {
    let mut text = String::from(
        "# Evidence\n\n\
         Written by `cargo xtask regen` from `openapi/mobproc.yaml`. How well the public documentation supports each\n\
         operation, strongest first: `observed` (in traffic of a tenant), `example` (a full JSON example), `partial` (an elided one),\n\
         `prose`, `link` (only as a link in another example), `history` (an earlier revision of the pages), `inferred`.\n\n\
         | operation | call | evidence | pages |\n| --- | --- | --- | --- |\n",
    );
    let mut operations = schema::operations(document.value());
    operations.sort_by_key(|operation| operation.id());
    for operation in &operations {
        let pages: Vec<&str> = operation
            .value
            .get("x-source")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| `{}` | {} `{}` | {} | {} |",
            operation.id().unwrap_or_default(),
            operation.method.to_uppercase(),
            operation.path,
            evidence(&Value::Object(operation.value.clone())),
            pages.join(", ")
        );
    }
    text.push_str("\n| evidence | operations | schemas |\n| --- | ---: | ---: |\n");
    for level in EVIDENCE {
        let by_operation = operations
            .iter()
            .filter(|operation| {
                operation
                    .value
                    .get("x-evidence")
                    .is_some_and(|known| known == level)
            })
            .count();
        let by_schema = schema::schemas(document.value())
            .filter(|(_, schema)| evidence(schema) == *level)
            .count();
        let _ = writeln!(text, "| {level} | {by_operation} | {by_schema} |");
    }
    let _ = writeln!(
        text,
        "| total | {} | {} |",
        operations.len(),
        schema::schemas(document.value()).count()
    );
    text
}

fn evidence(part: &Value) -> &str {
    part.get("x-evidence").and_then(Value::as_str).unwrap_or("none")
}
