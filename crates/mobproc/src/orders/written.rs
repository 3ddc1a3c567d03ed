//! An order as somebody wrote it: a JSON text of which nothing is changed on its way.

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;

/// The member around an order.
pub(super) const ENVELOPE: &str = "orderRequest";

/// The members of an object, each value as it was written.
#[derive(Debug, Clone)]
struct Members(Vec<(String, Box<RawValue>)>);

/// An order, with its envelope, as it was written. Numbers keep all their digits, and members keep
/// their order.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// The members of the envelope; `None` where the text had none.
    envelope: Option<Members>,
    order: Members,
}

impl Written {
    /// Reads a text with or without envelope.
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        let members: Members = serde_json::from_str(text)?;
        let inner = members.0.iter().find(|(name, _)| name == ENVELOPE);
        Ok(match inner {
            Some((_, order)) => Self {
                order: serde_json::from_str(order.get())?,
                envelope: Some(members),
            },
            None => Self {
                order: members,
                envelope: None,
            },
        })
    }

    /// Whether the text had its envelope.
    pub(super) fn has_envelope(&self) -> bool {
        self.envelope.is_some()
    }

    /// Sets a member of the order.
    pub(super) fn set(&mut self, name: &str, value: Box<RawValue>) {
        match self.order.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, present)) => *present = value,
            None => self.order.0.push((name.to_owned(), value)),
        }
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.envelope {
            Some(envelope) => {
                for (name, value) in &envelope.0 {
                    if name == ENVELOPE {
                        map.serialize_entry(name, &self.order)?;
                    } else {
                        map.serialize_entry(name, value)?;
                    }
                }
            }
            None => map.serialize_entry(ENVELOPE, &self.order)?,
        }
        map.end()
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = members.next_entry()? {
                    all.push(member);
                }
                Ok(Members(all))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// The JSON pointer of the first member that stands twice in the same object: one reader takes the
/// first, another the last, so nobody knows which of them is ordered. `None` if there is none.
pub(super) fn doubled_member(text: &str) -> Result<Option<String>, serde_json::Error> {
    let mut doubled = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let walk = Walk {
        pointer: String::new(),
        doubled: &mut doubled,
    };
    match walk.deserialize(&mut json).and_then(|()| json.end()) {
        // The walk stops there with an error of its own.
        _ if doubled.is_some() => Ok(doubled),
        outcome => outcome.map(|()| None),
    }
}

struct Walk<'a> {
    pointer: String,
    doubled: &'a mut Option<String>,
}

impl Walk<'_> {
    fn below(&mut self, step: &str) -> Walk<'_> {
        Walk {
            pointer: format!("{}/{}", self.pointer, step.replace('~', "~0").replace('/', "~1")),
            doubled: self.doubled,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            if items.next_element_seed(self.below(&index.to_string()))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let below = self.below(&name);
            if !seen.insert(name) {
                *below.doubled = Some(below.pointer);
                return Err(de::Error::custom("a member stands twice"));
            }
            members.next_value_seed(below)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Written, doubled_member};

    #[test]
    fn a_member_that_stands_twice_is_found_wherever_it_is() {
        for (text, pointer) in [
            ("{}", None),
            (r#"{"a":{"x":1},"b":{"x":1}}"#, None),
            (r#"[{"a":1},{"a":1}]"#, None),
            (r#"{"a":1,"a":1}"#, Some("/a")),
            (
                r#"{"a":{"q":1,"r":[null,{"s/t":1,"s\/t":2}]}}"#,
                Some("/a/r/1/s~1t"),
            ),
            (r#"{"a":1,"\u0061":1}"#, Some("/a")),
            (r#"{"a":[[{"b":true,"c":"","b":1.5e3}]]}"#, Some("/a/0/0/b")),
        ] {
            assert_eq!(doubled_member(text).unwrap().as_deref(), pointer, "{text}");
        }
        for text in ["", "{", r#"{"a":1} x"#, "1e999"] {
            assert!(doubled_member(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_stays_as_it_was() {
        for text in [
            r#"{"orderRequest":{"b":1.10,"a":12345678901234567890123456}}"#,
            r#"{"more":[1.0 ,2],"orderRequest":{"b":{"c":"\u00e4"}},"last":null}"#,
        ] {
            let written = Written::read(text).unwrap();
            assert_eq!(serde_json::to_string(&written).unwrap(), text);
        }
        let mut written = Written::read(r#"{"a":1.10,"b":"x"}"#).unwrap();
        written.set("b", serde_json::value::to_raw_value("y").unwrap());
        written.set("c", serde_json::value::to_raw_value("z").unwrap());
        assert_eq!(
            serde_json::to_string(&written).unwrap(),
            r#"{"orderRequest":{"a":1.10,"b":"y","c":"z"}}"#
        );
        for text in ["[]", "7", r#"{"orderRequest":7}"#, r#"{"orderRequest":null}"#] {
            assert!(Written::read(text).is_err(), "{text}");
        }
    }
}
