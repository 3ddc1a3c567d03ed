//! JSON that comes out as it went in: order of members, members given twice, digits of numbers.

use std::fmt::Write as _;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value that keeps what [`serde_json::Value`] does not: the digits of numbers, the order of
/// members, and members given twice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "JSON has these six kinds of value")]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A string, without its escapes.
    String(String),
    /// A list.
    Array(Vec<Self>),
    /// Members in their order.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads a JSON text.
    ///
    /// # Errors
    ///
    /// It is not valid JSON, or nested deeper than 128 levels.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        // The depth is held by reading it as a whole, once.
        let raw: &RawValue = serde_json::from_str(text)?;
        Self::of_raw(raw)
    }

    fn of_raw(raw: &RawValue) -> Result<Self, serde_json::Error> {
        let text = raw.get().trim();
        Ok(match text.as_bytes().first() {
            Some(b'{') => Self::Object(serde_json::from_str::<Members>(text)?.0),
            Some(b'[') => Self::Array(serde_json::from_str::<Items>(text)?.0),
            Some(b'"') => Self::String(serde_json::from_str(text)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.to_owned()),
        })
    }

    /// The member of that name, the last if there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .rev()
                .find(|(known, _)| known == name)
                .map(|(_, member)| member),
            _ => None,
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, as JSON Schema calls it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => "integer",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (name, member)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    write_string(name, out);
                    out.push(':');
                    member.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, raw)) = access.next_entry::<String, &RawValue>()? {
                    members.push((name, Json::of_raw(raw).map_err(serde::de::Error::custom)?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

struct Items(Vec<Json>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Items;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Items, A::Error> {
                let mut items = Vec::new();
                while let Some(raw) = access.next_element::<&RawValue>()? {
                    items.push(Json::of_raw(raw).map_err(serde::de::Error::custom)?);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Each)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Json;

    #[test]
    fn nothing_is_lost() {
        for text in [
            r#"{"b":1.00,"a":12345678901234567890.12,"b":null}"#,
            r#"[{"é":"\u00e9\n\"x\""},[],{},true,false,-0.0e5]"#,
        ] {
            let json = Json::parse(text).unwrap();
            let again = Json::parse(&json.to_string()).unwrap();
            assert_eq!(json, again);
        }
        let text = r#"{"b":1.00,"a":[10,2e3],"b":null}"#;
        assert_eq!(Json::parse(text).unwrap().to_string(), text);
        assert!(Json::parse("{").is_err());
        assert!(Json::parse(&"[".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn strings_survive(text in ".*") {
            let json = Json::String(text);
            prop_assert_eq!(Json::parse(&json.to_string()).unwrap(), json);
        }
    }
}
