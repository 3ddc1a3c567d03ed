//! Rust enums for strings with known values.

use std::fmt::Write as _;

use serde_json::Value;

use crate::schema;

/// One call of the `open_enum!` macro of `mobproc-api` for each schema with known values.
pub(crate) fn source(document: &Value) -> String {
    let mut code = String::from(
        "/// Values that are known by name, and stay readable when they are not.\npub mod open_enums {\n",
    );
    for (name, schema) in schema::schemas(document) {
        let Some(values) = schema::known_values(schema) else {
            continue;
        };
        code.push_str("    crate::open_enum! {\n");
        let description = schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        for line in description.lines() {
            // Writing to a string does not fail.
            let _ = writeln!(
                code,
                "        ///{}{line}",
                if line.is_empty() { "" } else { " " }
            );
        }
        let _ = writeln!(code, "        {name} {{");
        for value in values {
            let variant = variant_name(value);
            let evidence = schema
                .get("x-value-evidence")
                .and_then(|values| values.get(value)?.as_str())
                .map(|evidence| format!(" Evidence: {evidence}."))
                .unwrap_or_default();
            let _ = writeln!(
                code,
                "            /// `{value}`.{evidence}\n            {variant} = {value:?},"
            );
        }
        code.push_str("        }\n    }\n");
    }
    code.push_str("}\n");
    code
}

/// `NEW_ACTIVATION` becomes `NewActivation`; of a URN only the last part counts.
pub(crate) fn variant_name(value: &str) -> String {
    value
        .rsplit(':')
        .next()
        .unwrap_or(value)
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters.map(|letter| letter.to_ascii_lowercase()))
                .collect::<String>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::variant_name;

    #[test]
    fn values_become_rust_names() {
        assert_eq!(variant_name("NEW_ACTIVATION"), "NewActivation");
        assert_eq!(variant_name("GSM"), "Gsm");
        assert_eq!(variant_name("urn:x:grant_type:validate_bearer"), "ValidateBearer");
    }
}
