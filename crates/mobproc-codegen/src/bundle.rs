//! The document as one JSON file, for programs: the sandbox, linters, generators for other
//! languages.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::document::{Document, join};
use crate::error::{Error, Problem};
use crate::schema::{self, SCHEMAS};

/// An example the document refers to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Example {
    /// Where the document refers to it.
    pub pointer: String,
    /// Its file.
    pub path: PathBuf,
    /// What the file holds.
    pub value: Value,
    /// The schema it is an example of.
    pub schema: Value,
}

/// Reads every example the document refers to by `externalValue`, relative to the document.
///
/// # Errors
///
/// All files that are missing or not valid JSON, each with the place that refers to it.
pub fn examples(document: &Document) -> Result<Vec<Example>, Error> {
    let base = document.path().parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    let mut problems = Vec::new();
    collect(document, base, "", document.value(), &mut found, &mut problems);
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(Error::Rules { problems })
    }
}

fn collect(
    document: &Document,
    base: &Path,
    pointer: &str,
    value: &Value,
    found: &mut Vec<Example>,
    problems: &mut Vec<Problem>,
) {
    let Some(members) = value.as_object() else {
        if let Some(items) = value.as_array() {
            for (index, item) in items.iter().enumerate() {
                collect(
                    document,
                    base,
                    &join(pointer, &index.to_string()),
                    item,
                    found,
                    problems,
                );
            }
        }
        return;
    };
    if let (Some(schema), Some(examples)) = (
        members.get("schema"),
        members.get("examples").and_then(Value::as_object),
    ) {
        for (name, example) in examples {
            let place = join(&join(&join(pointer, "examples"), name), "externalValue");
            let outcome = match example.get("externalValue").and_then(Value::as_str) {
                Some(file) => read(&base.join(file)),
                None => Err("an example needs an externalValue, the file it stands in".to_owned()),
            };
            match outcome {
                Ok((path, value)) => found.push(Example {
                    pointer: place,
                    path,
                    value,
                    schema: schema.clone(),
                }),
                Err(message) => problems.push(document.problem(&place, "example", message)),
            }
        }
    }
    for (name, member) in members {
        collect(document, base, &join(pointer, name), member, found, problems);
    }
}

fn read(path: &Path) -> Result<(PathBuf, Value), String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let value = serde_json::from_str(&text)
        .map_err(|error| format!("{} is not valid JSON: {error}", path.display()))?;
    Ok((path.to_owned(), value))
}

/// The whole document as JSON, for programs: examples in place, and known values told in
/// descriptions and examples. An `enum` would tell them as well, and make every client refuse the
/// first new one.
///
/// # Errors
///
/// As [`examples`].
pub fn bundle(document: &Document) -> Result<String, Error> {
    let mut value = document.value().clone();
    for example in examples(document)? {
        let holder = example
            .pointer
            .strip_suffix("/externalValue")
            .and_then(|pointer| value.pointer_mut(pointer));
        if let Some(holder) = holder {
            *holder = Value::Object(Map::from_iter([("value".to_owned(), example.value)]));
        }
    }
    tell_known_values(&mut value);
    let mut text = serde_json::to_string_pretty(&value)
        .map_err(|error| Error::Output(format!("the document does not encode as JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// Says in the description of each schema with known values which they are, and shows the first.
fn tell_known_values(document: &mut Value) {
    let schemas = document.pointer_mut(SCHEMAS).and_then(Value::as_object_mut);
    for (_, schema) in schemas.into_iter().flatten() {
        let Some(known) = schema::known_values(schema) else {
            continue;
        };
        let list: Vec<String> = known.iter().map(|value| format!("`{value}`")).collect();
        let first = known.first().map(|value| Value::from(*value));
        let sentence = format!("Known values: {}. Others may appear.", list.join(", "));
        let Some(members) = schema.as_object_mut() else {
            continue;
        };
        if let Some(Value::String(description)) = members.get_mut("description") {
            description.push(' ');
            description.push_str(&sentence);
        }
        if let Some(first) = first {
            members.entry("example").or_insert(first);
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::tell_known_values;

    #[test]
    fn known_values_are_told_without_closing_the_type() {
        let mut document = json!({"components": {"schemas": {
            "Colour": {"type": "string", "description": "A colour.", "x-extensible-enum": ["RED", "BLUE"]},
            "Name": {"type": "string", "description": "A name."},
        }}});
        tell_known_values(&mut document);
        let colour = json!({
            "type": "string", "x-extensible-enum": ["RED", "BLUE"], "example": "RED",
            "description": "A colour. Known values: `RED`, `BLUE`. Others may appear.",
        });
        assert_eq!(document["components"]["schemas"]["Colour"], colour);
        let name = json!({"type": "string", "description": "A name."});
        assert_eq!(document["components"]["schemas"]["Name"], name);
    }
}
