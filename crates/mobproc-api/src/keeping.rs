//! Reading objects that keep the members this version does not know.
//!
//! A flattened map would do the same, but it puts members aside in a form of its own before it
//! looks at them, and loses the place of an error.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// A type with members it knows and a place for all others. The generator implements it.
pub(crate) trait KeepsUnknown: Default {
    /// Its name, for messages.
    const NAME: &'static str;
    /// The names of the members it knows, 64 at most.
    const MEMBERS: &'static [&'static str];

    /// Reads the value of the member with this place among [`MEMBERS`](Self::MEMBERS).
    fn read<'de, A: MapAccess<'de>>(&mut self, place: usize, members: &mut A) -> Result<(), A::Error>;

    /// Where all others go.
    fn others(&mut self) -> &mut Map<String, Value>;
}

/// Reads an object.
pub(crate) fn deserialize<'de, T: KeepsUnknown, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_map(Reader(PhantomData))
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: KeepsUnknown> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<T, A::Error> {
        let mut object = T::default();
        // One bit for each member that was seen.
        let mut seen = 0_u64;
        while let Some(name) = members.next_key_seed(NameSeed(T::MEMBERS))? {
            match name {
                Name::Known(place) => {
                    let bit = 1 << place;
                    if seen & bit != 0 {
                        let name = T::MEMBERS.get(place).copied().unwrap_or_default();
                        return Err(de::Error::duplicate_field(name));
                    }
                    seen |= bit;
                    object.read(place, &mut members)?;
                }
                Name::Other(name) => {
                    let value = members.next_value()?;
                    object.others().insert(name, value);
                }
            }
        }
        Ok(object)
    }
}

/// The name of a member: its place among those that are known, or the name itself.
enum Name {
    Known(usize),
    Other(String),
}

struct NameSeed(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for NameSeed {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        let place = self.0.iter().position(|known| *known == name);
        Ok(place.map_or_else(|| Name::Other(name.to_owned()), Name::Known))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::types::Meta;

    fn read(text: &str) -> Result<Meta, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn members_that_are_not_known_are_kept() {
        let text = r#"{"another":{"b":[1,2.50]},"href":"h","hrefNext":null,"limit":10,"more":null}"#;
        let meta = read(text).unwrap();
        assert_eq!(meta.href.as_deref(), Some("h"));
        assert_eq!((meta.limit, &meta.href_next), (Some(10), &None));
        assert_eq!(
            serde_json::to_value(&meta.others).unwrap(),
            json!({"another": {"b": [1, 2.5]}, "more": null})
        );
        // From a value as from a text.
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::from_value::<Meta>(value).unwrap(), meta);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (text, message) in [
            (r#"{"href":"a","href":"b"}"#, "duplicate field `href`"),
            (r#"{"href":7}"#, "invalid type: integer `7`, expected a string"),
            ("[]", "invalid type: sequence, expected struct Meta"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
