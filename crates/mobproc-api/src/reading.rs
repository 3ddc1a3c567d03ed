//! Reading objects into the place where they belong.
//!
//! What serde derives reads each member into a variable of its own, puts the object together at the
//! end, and hands it up; by the time a confirmation is read, much of it has been moved several
//! times. Here an object is there from the beginning, with everything absent, and each member is
//! read into it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

/// A type whose members are texts, or may be absent. The generator implements it.
pub(crate) trait Object: Sized {
    /// Its name, for messages.
    const NAME: &'static str;
    /// The names of its members, 64 at most.
    const MEMBERS: &'static [&'static str];
    /// A bit for each of them that must be there: the first of them is the lowest.
    const REQUIRED: u64;

    /// One of which nothing was read yet.
    fn blank() -> Self;

    /// The place of a name among [`MEMBERS`](Self::MEMBERS).
    fn place(name: &str) -> Option<usize>;

    /// Reads the value of the member with this place among [`MEMBERS`](Self::MEMBERS).
    fn read<'de, A: MapAccess<'de>>(&mut self, place: usize, members: &mut A) -> Result<(), A::Error>;

    /// Where members go that it does not know. Without such a place they are left out.
    fn others(&mut self) -> Option<&mut Map<String, Value>> {
        None
    }
}

/// Reads an object.
pub(crate) fn deserialize<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut object = T::blank();
    IntoObject(&mut object).deserialize(deserializer)?;
    Ok(object)
}

/// Reads the value of a member that may be absent.
pub(crate) fn value<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut Option<T>,
    members: &mut A,
) -> Result<(), A::Error> {
    *place = members.next_value()?;
    Ok(())
}

/// Reads a text that must be there.
pub(crate) fn required_text<'de, A: MapAccess<'de>>(
    place: &mut String,
    members: &mut A,
) -> Result<(), A::Error> {
    members.next_value_seed(IntoText(place))
}

/// Reads a text that may be absent.
pub(crate) fn text<'de, A: MapAccess<'de>>(
    place: &mut Option<String>,
    members: &mut A,
) -> Result<(), A::Error> {
    members.next_value_seed(Optional::<Text>(place))
}

/// Reads an object that may be absent.
pub(crate) fn object<'de, T: Object, A: MapAccess<'de>>(
    place: &mut Option<T>,
    members: &mut A,
) -> Result<(), A::Error> {
    members.next_value_seed(Optional::<Plain<T>>(place))
}

/// Reads an object behind a pointer, which may be absent.
pub(crate) fn boxed<'de, T: Object, A: MapAccess<'de>>(
    place: &mut Option<Box<T>>,
    members: &mut A,
) -> Result<(), A::Error> {
    members.next_value_seed(Optional::<Boxed<T>>(place))
}

/// Reads a list of objects, which may be absent.
pub(crate) fn list<'de, T: Object, A: MapAccess<'de>>(
    place: &mut Option<Vec<T>>,
    members: &mut A,
) -> Result<(), A::Error> {
    members.next_value_seed(Optional::<List<T>>(place))
}

/// How a value is read that is not null.
trait Shape {
    type Value;

    fn read<'de, D: Deserializer<'de>>(
        place: &mut Option<Self::Value>,
        deserializer: D,
    ) -> Result<(), D::Error>;
}

struct Text;

impl Shape for Text {
    type Value = String;

    fn read<'de, D: Deserializer<'de>>(place: &mut Option<String>, deserializer: D) -> Result<(), D::Error> {
        IntoText(place.insert(String::new())).deserialize(deserializer)
    }
}

struct Plain<T>(PhantomData<T>);

impl<T: Object> Shape for Plain<T> {
    type Value = T;

    fn read<'de, D: Deserializer<'de>>(place: &mut Option<T>, deserializer: D) -> Result<(), D::Error> {
        IntoObject(place.insert(T::blank())).deserialize(deserializer)
    }
}

struct Boxed<T>(PhantomData<T>);

impl<T: Object> Shape for Boxed<T> {
    type Value = Box<T>;

    fn read<'de, D: Deserializer<'de>>(place: &mut Option<Box<T>>, deserializer: D) -> Result<(), D::Error> {
        IntoObject(&mut **place.insert(Box::new(T::blank()))).deserialize(deserializer)
    }
}

struct List<T>(PhantomData<T>);

impl<T: Object> Shape for List<T> {
    type Value = Vec<T>;

    fn read<'de, D: Deserializer<'de>>(place: &mut Option<Vec<T>>, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(IntoList(place.insert(Vec::new())))
    }
}

/// Reads what is null or has a shape.
struct Optional<'a, S: Shape>(&'a mut Option<S::Value>);

impl<'de, S: Shape> DeserializeSeed<'de> for Optional<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: Shape> Visitor<'de> for Optional<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("option")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        *self.0 = None;
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.0 = None;
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        S::read(self.0, deserializer)
    }
}

struct IntoText<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for IntoText<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_string(self)
    }
}

impl Visitor<'_> for IntoText<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        // Of its length exactly: growing what is there would cost more.
        *self.0 = text.to_owned();
        Ok(())
    }

    fn visit_string<E>(self, text: String) -> Result<(), E> {
        *self.0 = text;
        Ok(())
    }
}

struct IntoList<'a, T>(&'a mut Vec<T>);

impl<'de, T: Object> Visitor<'de> for IntoList<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let list = self.0;
        loop {
            // Made where it stays; one too many shows that there are no more.
            list.push(T::blank());
            let Some(item) = list.last_mut() else {
                return Ok(());
            };
            if items.next_element_seed(IntoObject(item))?.is_none() {
                list.pop();
                return Ok(());
            }
        }
    }
}

struct IntoObject<'a, T>(&'a mut T);

impl<'de, T: Object> DeserializeSeed<'de> for IntoObject<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_struct(T::NAME, T::MEMBERS, self)
    }
}

impl<'de, T: Object> Visitor<'de> for IntoObject<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let object = self.0;
        // One bit for each member that was seen.
        let mut seen = 0_u64;
        let names = NameSeed {
            place: T::place,
            keeps: object.others().is_some(),
        };
        while let Some(name) = members.next_key_seed(names)? {
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
                Name::Other(name) => match object.others() {
                    Some(others) => {
                        let value = members.next_value()?;
                        others.insert(name, value);
                    }
                    None => {
                        members.next_value::<IgnoredAny>()?;
                    }
                },
            }
        }
        let missing = T::REQUIRED & !seen;
        if missing != 0 {
            let name = T::MEMBERS.get(missing.trailing_zeros() as usize);
            return Err(de::Error::missing_field(name.copied().unwrap_or_default()));
        }
        Ok(())
    }
}

/// The name of a member: its place among those that are known, or the name itself where it is kept.
enum Name {
    Known(usize),
    Other(String),
}

#[derive(Clone, Copy)]
struct NameSeed<F> {
    place: F,
    keeps: bool,
}

impl<'de, F: Fn(&str) -> Option<usize>> DeserializeSeed<'de> for NameSeed<F> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<F: Fn(&str) -> Option<usize>> Visitor<'_> for NameSeed<F> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(match (self.place)(name) {
            Some(place) => Name::Known(place),
            None if self.keeps => Name::Other(name.to_owned()),
            None => Name::Other(String::new()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::types::{Employee, Meta, OrderConfirmation, Region};

    fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn members_that_are_not_known_are_kept() {
        let text = r#"{"another":{"b":[1,2.50]},"href":"h","hrefNext":null,"limit":10,"more":null}"#;
        let meta = read::<Meta>(text).unwrap();
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
    fn members_stand_where_they_belong_whatever_their_shape_and_order() {
        let text = r#"{
            "shipTo": {"name": "Quill Vale", "unknown": [{"id": 1}]},
            "costSummary": [{"amount": 12.50, "currencyCode": "USD"}, {"amount": 3}],
            "accountHolder": {"lastName": "Vale", "id": "501", "_meta": {"href": "/employees/501"}},
            "properties": [{"fields": [{"id": "A"}, {"id": "B", "text": "b\u00e9"}]}, {}],
            "unknown": {"a": null},
            "existingDevice": {"model": "M"},
            "externalOrderNumber": "n-1"
        }"#;
        let confirmation = read::<OrderConfirmation>(text).unwrap();
        let holder = confirmation.account_holder.as_ref().unwrap();
        assert_eq!(
            (holder.id.as_str(), holder.last_name.as_deref()),
            ("501", Some("Vale"))
        );
        assert_eq!(
            holder.meta.as_ref().unwrap().href.as_deref(),
            Some("/employees/501")
        );
        let groups = confirmation.properties.as_ref().unwrap();
        let fields = groups[0].fields.as_ref().unwrap();
        assert_eq!((groups.len(), fields.len()), (2, 2));
        assert_eq!(
            (fields[1].id.as_str(), fields[1].text.as_deref()),
            ("B", Some("b\u{e9}"))
        );
        assert_eq!(groups[1].fields, None);
        // What it has is what comes out; only what it does not know is missing.
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        value.as_object_mut().unwrap().remove("unknown");
        value["shipTo"].as_object_mut().unwrap().remove("unknown");
        assert_eq!(serde_json::to_value(&confirmation).unwrap(), value);
        assert_eq!(
            serde_json::from_value::<OrderConfirmation>(value).unwrap(),
            confirmation
        );
    }

    #[test]
    fn null_is_as_good_as_absent_where_a_member_may_be() {
        let text = r#"{"accountHolder":null,"properties":null,"shoppingCart":null,"existingDevice":null,
            "externalOrderNumber":null,"transactionType":null}"#;
        assert_eq!(read::<OrderConfirmation>(text).unwrap(), read("{}").unwrap());
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        fn assert_refused<T: serde::de::DeserializeOwned>(text: &str, message: &str) {
            let error = read::<T>(text).err().unwrap();
            assert!(error.starts_with(message), "{error}");
        }
        assert_refused::<Meta>(r#"{"href":"a","href":"b"}"#, "duplicate field `href`");
        assert_refused::<Meta>(r#"{"href":7}"#, "invalid type: integer `7`, expected a string");
        assert_refused::<Meta>("[]", "invalid type: sequence, expected struct Meta");
        assert_refused::<Employee>(r#"{"lastName":"Vale"}"#, "missing field `id`");
        assert_refused::<Employee>(r#"{"id":null}"#, "invalid type: null, expected a string");
        assert_refused::<Region>(r#"{"id":"1","id":"1"}"#, "duplicate field `id`");
        assert_refused::<OrderConfirmation>(r#"{"properties":{}}"#, "invalid type: map, expected a sequence");
        assert_refused::<OrderConfirmation>(
            r#"{"properties":[{"fields":[{"id":"A"},{}]}]}"#,
            "missing field `id`",
        );
        assert_refused::<OrderConfirmation>(r#"{"accountHolder":{"id":"501""#, "EOF");
    }

    #[test]
    fn the_place_of_what_cannot_be_read_is_known() {
        let text = r#"{"properties":[{},{"fields":[{"id":"A"},{"id":"B","text":[]}]}]}"#;
        let reader = &mut serde_json::Deserializer::from_str(text);
        let error = serde_path_to_error::deserialize::<_, OrderConfirmation>(reader)
            .err()
            .unwrap();
        assert_eq!(error.path().to_string(), "properties[1].fields[1].text");
    }
}
