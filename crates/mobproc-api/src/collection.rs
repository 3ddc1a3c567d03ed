//! Lists, however they are wrapped.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::types::Meta;

const META: &str = "_meta";
const ITEMS: &str = "items";

/// Keeps others from listing types of their own, so that more can be asked of an [`Item`] later.
pub trait Sealed {}

/// Something the API lists. Only the types of this crate are.
pub trait Item: Sealed {
    /// The member its lists are expected under.
    const MEMBER: &'static str;
    /// Whether that member is expected to hold `{"_meta": .., "items": [..]}` rather than the array
    /// itself.
    const WRAPPED: bool;
}

/// A list, or one page of a longer one.
///
/// The wrapper of most lists is not published, and the published ones differ, so all plausible
/// forms are read: `{"name": {"_meta": .., "items": [..]}}`, `{"name": [..]}`, `{"_meta": ..,
/// "items": [..]}` and a bare array. Which it was is kept ([`wrapper`](Self::wrapper)), unknown
/// members beside the list too, so encoding gives back the same value.
#[derive(Clone, PartialEq)]
pub struct Collection<T> {
    items: Vec<T>,
    meta: Option<Box<Meta>>,
    /// The paging data stand beside the member that holds the list, not beside the items.
    meta_is_outside: bool,
    wrapper: Wrapper,
    beside_items: Map<String, Value>,
    beside_member: Map<String, Value>,
}

/// How a list is wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wrapper {
    /// A bare array.
    Bare,
    /// An object with `items`.
    Items,
    /// An object with the array under a name.
    Member(String),
    /// An object with, under a name, an object with `items`.
    MemberItems(String),
}

impl<T> Collection<T> {
    /// The items.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The items, without their wrapper.
    #[must_use]
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// Link and paging data, if there were any; where there are two sets, the one beside the items.
    #[must_use]
    pub fn meta(&self) -> Option<&Meta> {
        self.meta.as_deref()
    }

    /// How the list is wrapped.
    #[must_use]
    pub fn wrapper(&self) -> &Wrapper {
        &self.wrapper
    }

    /// The number of items at hand, which may be fewer than [`Meta::total_count`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no item at hand.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Looks at each item.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }
}

impl<T: Item> Collection<T> {
    /// A list in the form that is expected of it.
    #[must_use]
    pub fn new(items: Vec<T>, meta: Option<Meta>) -> Self {
        Self {
            items,
            meta: meta.map(Box::new),
            meta_is_outside: false,
            wrapper: if T::WRAPPED {
                Wrapper::MemberItems(T::MEMBER.to_owned())
            } else {
                Wrapper::Member(T::MEMBER.to_owned())
            },
            beside_items: Map::new(),
            beside_member: Map::new(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Collection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What stands beside the list is unknown, and so may be personal.
        f.debug_struct("Collection")
            .field("items", &self.items)
            .field("meta", &self.meta)
            .field("wrapper", &self.wrapper)
            .finish_non_exhaustive()
    }
}

impl<T> IntoIterator for Collection<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Collection<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

/// The object that holds `_meta`, `items` and whatever stands beside them.
struct Frame<'a, T> {
    meta: Option<&'a Meta>,
    member: &'a str,
    items: &'a [T],
    beside: &'a Map<String, Value>,
}

impl<T: Serialize> Serialize for Frame<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(meta) = self.meta {
            map.serialize_entry(META, meta)?;
        }
        map.serialize_entry(self.member, self.items)?;
        for (name, value) in self.beside {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<T: Serialize> Serialize for Collection<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let frame = |member, beside| Frame {
            meta: self.meta().filter(|_| !self.meta_is_outside),
            member,
            items: &self.items,
            beside,
        };
        match &self.wrapper {
            Wrapper::Bare => self.items.serialize(serializer),
            Wrapper::Items => frame(ITEMS, &self.beside_items).serialize(serializer),
            Wrapper::Member(name) => frame(name, &self.beside_member).serialize(serializer),
            Wrapper::MemberItems(name) => {
                let mut map = serializer.serialize_map(None)?;
                if let Some(meta) = self.meta().filter(|_| self.meta_is_outside) {
                    map.serialize_entry(META, meta)?;
                }
                map.serialize_entry(name, &frame(ITEMS, &self.beside_items))?;
                for (name, value) in &self.beside_member {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de, T: Item + DeserializeOwned> Deserialize<'de> for Collection<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CollectionVisitor(PhantomData))
    }
}

struct CollectionVisitor<T>(PhantomData<T>);

impl<'de, T: Item + DeserializeOwned> Visitor<'de> for CollectionVisitor<T> {
    type Value = Collection<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a list of {}: an array, or an object that holds one",
            T::MEMBER
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Collection<T>, A::Error> {
        Ok(Collection {
            items: Vec::deserialize(SeqAccessDeserializer::new(items))?,
            meta: None,
            meta_is_outside: false,
            wrapper: Wrapper::Bare,
            beside_items: Map::new(),
            beside_member: Map::new(),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Collection<T>, A::Error> {
        let mut meta = None;
        let mut list: Option<(String, List<T>)> = None;
        // As they were written, because one of them may be the list.
        let mut others: Vec<(String, Box<RawValue>)> = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == META {
                meta = members.next_value::<Option<Box<Meta>>>()?;
            } else if name == T::MEMBER || name == ITEMS {
                let found = members.next_value_seed(ListSeed(PhantomData))?;
                if let Some((first, _)) = &list {
                    return Err(de::Error::custom(format_args!(
                        "both `{first}` and `{name}` hold a list"
                    )));
                }
                list = Some((name, found));
            } else {
                others.push((name, members.next_value()?));
            }
        }
        let (name, list) = match list {
            Some(found) => found,
            None => list_under_another_name(&mut others)?,
        };
        let mut beside = Map::new();
        for (name, value) in others {
            let value = serde_json::from_str(value.get()).map_err(de::Error::custom)?;
            beside.insert(name, value);
        }
        Ok(match list {
            List::Array(items) if name == ITEMS => Collection {
                items,
                meta,
                meta_is_outside: false,
                wrapper: Wrapper::Items,
                beside_items: beside,
                beside_member: Map::new(),
            },
            List::Array(items) => Collection {
                items,
                meta,
                meta_is_outside: false,
                wrapper: Wrapper::Member(name),
                beside_items: Map::new(),
                beside_member: beside,
            },
            List::Object {
                items,
                meta: inner,
                beside: beside_items,
            } => {
                let meta_is_outside = inner.is_none() && meta.is_some();
                let inner = match (inner, meta) {
                    (None, outer) => outer,
                    // Two sets of paging data would be one too many; the outer goes back where it
                    // was.
                    (inner, Some(outer)) => {
                        let outer = serde_json::to_value(outer).map_err(de::Error::custom)?;
                        beside.insert(META.to_owned(), outer);
                        inner
                    }
                    (inner, None) => inner,
                };
                Collection {
                    items,
                    meta: inner,
                    meta_is_outside,
                    wrapper: Wrapper::MemberItems(name),
                    beside_items,
                    beside_member: beside,
                }
            }
        })
    }
}

/// The list, if exactly one of the members of unknown name looks like one.
fn list_under_another_name<T, E>(others: &mut Vec<(String, Box<RawValue>)>) -> Result<(String, List<T>), E>
where
    T: Item + DeserializeOwned,
    E: de::Error,
{
    let looks_like_a_list = |value: &RawValue| {
        let text = value.get();
        text.starts_with('[') || (text.starts_with('{') && holds_items(text))
    };
    let mut candidates = (0..)
        .zip(others.iter())
        .filter(|(_, (_, value))| looks_like_a_list(value))
        .map(|(index, _)| index);
    let (Some(index), None) = (candidates.next(), candidates.next()) else {
        return Err(E::custom(format_args!(
            "no list of {member}: expected an array under `{member}` or `{ITEMS}`",
            member = T::MEMBER
        )));
    };
    let (name, value) = others.remove(index);
    let mut json = serde_json::Deserializer::from_str(value.get());
    let list = ListSeed(PhantomData)
        .deserialize(&mut json)
        .map_err(|error| E::custom(format_args!("in `{name}`: {error}")))?;
    Ok((name, list))
}

/// Whether the text of an object has an array as its `items`.
fn holds_items(text: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Holder<'a> {
        #[serde(borrow)]
        items: Option<&'a RawValue>,
    }

    serde_json::from_str::<Holder<'_>>(text)
        .ok()
        .and_then(|holder| holder.items)
        .is_some_and(|items| items.get().starts_with('['))
}

/// What stands under the name of a list.
enum List<T> {
    Array(Vec<T>),
    Object {
        items: Vec<T>,
        meta: Option<Box<Meta>>,
        beside: Map<String, Value>,
    },
}

struct ListSeed<T>(PhantomData<T>);

impl<'de, T: Item + DeserializeOwned> DeserializeSeed<'de> for ListSeed<T> {
    type Value = List<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<List<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Item + DeserializeOwned> Visitor<'de> for ListSeed<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the list of {}: an array, or an object with `{ITEMS}`",
            T::MEMBER
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<List<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items)).map(List::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<List<T>, A::Error> {
        // One by one: flattening would buffer a whole page.
        let mut meta = None;
        let mut items = None;
        let mut beside = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                META => meta = members.next_value()?,
                ITEMS => items = Some(members.next_value()?),
                _ => {
                    beside.insert(name, members.next_value()?);
                }
            }
        }
        let items = items.ok_or_else(|| de::Error::missing_field(ITEMS))?;
        Ok(List::Object { items, meta, beside })
    }
}

#[cfg(feature = "schemars")]
impl<T: Item + schemars::JsonSchema> schemars::JsonSchema for Collection<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Collection_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let items = serde_json::json!({ "type": "array", "items": generator.subschema_for::<T>() });
        let list = if T::WRAPPED {
            let meta = generator.subschema_for::<Meta>();
            serde_json::json!({ "type": "object", "properties": { META: meta, ITEMS: items } })
        } else {
            items
        };
        schemars::json_schema!({ "type": "object", "properties": { T::MEMBER: list } })
    }
}

#[cfg(test)]
mod tests {
    use super::{Collection, Wrapper};
    use crate::types::{Employee, Meta, RegionListItem};

    #[test]
    fn every_form_is_read_and_written_back() {
        let forms = [
            (r#"[{"id":"5001"}]"#, Wrapper::Bare),
            (
                r#"{"_meta":{"limit":10},"items":[{"id":"5001"}]}"#,
                Wrapper::Items,
            ),
            (
                r#"{"employees":[{"id":"5001"}]}"#,
                Wrapper::Member("employees".into()),
            ),
            (
                r#"{"employees":{"_meta":{"limit":10},"items":[{"id":"5001"}],"more":1},"status":"SUCCESS"}"#,
                Wrapper::MemberItems("employees".into()),
            ),
            (
                r#"{"_meta":{"totalCount":1},"employees":{"items":[{"id":"5001"}]}}"#,
                Wrapper::MemberItems("employees".into()),
            ),
            (r#"{"people":[{"id":"5001"}]}"#, Wrapper::Member("people".into())),
            (
                r#"{"people":{"items":[{"id":"5001"}]}}"#,
                Wrapper::MemberItems("people".into()),
            ),
        ];
        for (text, wrapper) in forms {
            let list: Collection<Employee> = serde_json::from_str(text).unwrap();
            assert_eq!(list.wrapper(), &wrapper, "{text}");
            assert_eq!(list.items()[0].id, "5001");
            assert_eq!(serde_json::to_string(&list).unwrap(), text);
        }
    }

    #[test]
    fn a_list_of_ones_own_has_the_expected_form() {
        let list = Collection::<RegionListItem>::new(Vec::new(), None);
        assert_eq!(serde_json::to_string(&list).unwrap(), r#"{"regions":[]}"#);
        let list = Collection::<Employee>::new(Vec::new(), Some(Meta::default()));
        assert_eq!(
            serde_json::to_string(&list).unwrap(),
            r#"{"employees":{"_meta":{},"items":[]}}"#
        );
    }

    #[test]
    fn no_list_or_two_is_an_error() {
        for (text, part) in [
            ("{}", "expected an array under `employees` or `items`"),
            (r#"{"a":[],"b":[]}"#, "no list of employees"),
            (r#"{"items":[],"employees":[]}"#, "both `items` and `employees`"),
            (r#"{"employees":{"_meta":{}}}"#, "missing field `items`"),
            (r#"{"employees":7}"#, "the list of employees"),
            ("7", "a list of employees"),
        ] {
            let error = serde_json::from_str::<Collection<Employee>>(text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
