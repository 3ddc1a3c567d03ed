//! The document as it was read: its value, and the line each part stands on.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;
use sha2::{Digest, Sha256};

use crate::error::{Error, Problem};

/// An OpenAPI document read from a YAML file, not yet checked.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    value: Value,
    lines: HashMap<String, usize>,
    sha256: String,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no YAML, or holds no mapping. Keys given twice are errors too.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path, &text)
    }

    /// Reads a document from its text; `path` is what messages call it.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let syntax = |message: String| Error::Syntax {
            path: path.display().to_string(),
            message,
        };
        // The reader's guard against alias bombs counts aliases; a spec may repeat a response
        // everywhere.
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false },
        };
        let node: Node =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| syntax(error.to_string()))?;
        let mut lines = HashMap::new();
        let value = node.into_value(&mut String::new(), &mut lines);
        if !value.is_object() {
            return Err(syntax("line 1: the document must be a mapping".to_owned()));
        }
        let sha256 = Sha256::digest(text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            path: path.to_owned(),
            value,
            lines,
            sha256,
        })
    }

    /// The document as a JSON value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The file it was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 of the file's text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What a JSON pointer leads to.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.value.pointer(pointer)
    }

    /// The problem at a place of the document, with its line.
    pub fn problem(&self, pointer: &str, rule: &'static str, message: impl Into<String>) -> Problem {
        // A member that is missing has no line; its parent has.
        let mut place = pointer;
        let line = loop {
            if let Some(line) = self.lines.get(place) {
                break Some(*line);
            }
            match place.rsplit_once('/') {
                Some((parent, _)) => place = parent,
                None => break None,
            }
        };
        Problem {
            file: self.path.display().to_string(),
            line,
            pointer: pointer.to_owned(),
            rule,
            message: message.into(),
        }
    }
}

/// Appends one member to a JSON pointer.
pub(crate) fn join(pointer: &str, member: &str) -> String {
    format!("{pointer}/{}", member.replace('~', "~0").replace('/', "~1"))
}

/// A YAML node that knows its line.
struct Node(Spanned<Kind>);

enum Kind {
    Scalar(Value),
    Sequence(Vec<Node>),
    Mapping(Vec<(String, Node)>),
}

impl Node {
    fn into_value(self, pointer: &mut String, lines: &mut HashMap<String, usize>) -> Value {
        let line = usize::try_from(self.0.referenced.line()).unwrap_or(0);
        if line > 0 {
            lines.insert(pointer.clone(), line);
        }
        let length = pointer.len();
        match self.0.value {
            Kind::Scalar(value) => value,
            Kind::Sequence(items) => Value::Array(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| {
                        pointer.push_str(&format!("/{index}"));
                        let value = item.into_value(pointer, lines);
                        pointer.truncate(length);
                        value
                    })
                    .collect(),
            ),
            Kind::Mapping(members) => {
                let mut map = Map::new();
                for (name, member) in members {
                    let mut inner = join(pointer, &name);
                    map.insert(name, member.into_value(&mut inner, lines));
                }
                Value::Object(map)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KindVisitor;

        impl<'de> Visitor<'de> for KindVisitor {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a YAML value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
                Ok(Kind::Scalar(Value::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
                Ok(Kind::Scalar(Value::from(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
                Ok(Kind::Scalar(Value::from(value)))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Kind, E> {
                Number::from_f64(value)
                    .map(|number| Kind::Scalar(Value::Number(number)))
                    .ok_or_else(|| E::custom("a number JSON cannot hold"))
            }

            fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
                Ok(Kind::Scalar(Value::from(value)))
            }

            fn visit_unit<E>(self) -> Result<Kind, E> {
                Ok(Kind::Scalar(Value::Null))
            }

            fn visit_none<E: de::Error>(self) -> Result<Kind, E> {
                self.visit_unit()
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Kind, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = access.next_element()? {
                    items.push(item);
                }
                Ok(Kind::Sequence(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Kind, A::Error> {
                let mut members: Vec<(String, Node)> = Vec::new();
                while let Some((name, member)) = access.next_entry::<String, Node>()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(de::Error::custom(format!("the key `{name}` stands twice")));
                    }
                    members.push((name, member));
                }
                Ok(Kind::Mapping(members))
            }
        }

        deserializer.deserialize_any(KindVisitor)
    }
}
