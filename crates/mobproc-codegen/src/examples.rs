//! Holding the documented examples against the schemas they are examples of.

use serde_json::{Value, json};

use crate::bundle;
use crate::document::Document;
use crate::error::{Error, Problem};

/// Checks every example of the document.
///
/// # Errors
///
/// All examples that are missing, not valid JSON, or do not match, each with a pointer into the
/// example.
pub fn check(document: &Document) -> Result<usize, Error> {
    let examples = bundle::examples(document)?;
    let mut problems: Vec<Problem> = Vec::new();
    for example in &examples {
        match validator(document.value(), &example.schema) {
            Ok(validator) => {
                for error in validator.iter_errors(&example.value) {
                    problems.push(document.problem(
                        &example.pointer,
                        "example",
                        format!(
                            "{} does not match its schema at `{}`: {error}",
                            example.path.display(),
                            error.instance_path()
                        ),
                    ));
                }
            }
            Err(message) => problems.push(document.problem(&example.pointer, "example", message)),
        }
    }
    if problems.is_empty() {
        Ok(examples.len())
    } else {
        Err(Error::Rules { problems })
    }
}

/// A validator for one schema of the document, references and all.
fn validator(document: &Value, schema: &Value) -> Result<jsonschema::Validator, String> {
    let mut root = schema.clone();
    if let Some(members) = root.as_object_mut() {
        members.insert(
            "components".to_owned(),
            document.get("components").cloned().unwrap_or(json!({})),
        );
    }
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&root)
        .map_err(|error| format!("its schema does not compile: {error}"))
}
