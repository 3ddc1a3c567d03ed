//! Values that come in more than one shape.
//!
//! Each is read by a visitor of its own rather than as an untagged union, so that an error says
//! what was wrong and where, and nothing is buffered without need.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::types::{AccessMethod, Model, Order, OrderEnvelope};

/// A model: its plain name in some answers, an object in others.
///
/// Evidence: example (`orders/upgrade`, `move`).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(untagged))]
#[non_exhaustive]
pub enum ModelRef {
    /// The name alone, as confirmations show the present device.
    Name(String),
    /// An object with id and name, and a link or a picture.
    Model(Box<Model>),
}

impl ModelRef {
    /// The name to display.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Model(model) => model.name.as_deref(),
        }
    }

    /// The model id, where the answer shows one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Name(_) => None,
            Self::Model(model) => model.id.as_deref(),
        }
    }
}

impl Serialize for ModelRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Name(name) => serializer.serialize_str(name),
            Self::Model(model) => model.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ModelRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ModelVisitor;

        impl<'de> Visitor<'de> for ModelVisitor {
            type Value = ModelRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a model (its name, or an object)")
            }

            fn visit_str<E>(self, name: &str) -> Result<ModelRef, E> {
                Ok(ModelRef::Name(name.to_owned()))
            }

            fn visit_string<E>(self, name: String) -> Result<ModelRef, E> {
                Ok(ModelRef::Name(name))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<ModelRef, A::Error> {
                Model::deserialize(MapAccessDeserializer::new(members))
                    .map(|model| ModelRef::Model(Box::new(model)))
            }
        }

        deserializer.deserialize_any(ModelVisitor)
    }
}

/// The radio technologies of a vendor: one, or a list. Which of the two the API sends is not
/// published, and the document states no shape; it stands in a [`Guess`](crate::types::Guess).
///
/// Evidence: inferred (`rel 1.1.0`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "schemars",
    derive(schemars::JsonSchema),
    schemars(with = "serde_json::Value")
)]
#[non_exhaustive]
pub enum AccessMethods {
    /// A single one.
    One(AccessMethod),
    /// A list.
    Many(Vec<AccessMethod>),
}

impl AccessMethods {
    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[AccessMethod] {
        match self {
            Self::One(method) => std::slice::from_ref(method),
            Self::Many(methods) => methods,
        }
    }
}

impl Serialize for AccessMethods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(method) => method.serialize(serializer),
            Self::Many(methods) => methods.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for AccessMethods {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MethodsVisitor;

        impl<'de> Visitor<'de> for MethodsVisitor {
            type Value = AccessMethods;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an access method, or a list of them")
            }

            fn visit_str<E>(self, method: &str) -> Result<AccessMethods, E> {
                Ok(AccessMethods::One(method.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, methods: A) -> Result<AccessMethods, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(methods)).map(AccessMethods::Many)
            }
        }

        deserializer.deserialize_any(MethodsVisitor)
    }
}

/// A boolean that the documentation's table calls one and its example shows as a string.
///
/// Evidence: example (`validate_token`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(untagged))]
#[non_exhaustive]
pub enum BooleanText {
    /// A boolean.
    Boolean(bool),
    /// A string, `"true"` or `"false"` as far as is known.
    Text(String),
}

impl BooleanText {
    /// Its meaning; nothing if it is a string that says neither true nor false.
    #[must_use]
    pub fn value(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Self::Text(_) => None,
        }
    }
}

impl Serialize for BooleanText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for BooleanText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BooleanVisitor;

        impl Visitor<'_> for BooleanVisitor {
            type Value = BooleanText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean, or a string that holds one")
            }

            fn visit_bool<E>(self, value: bool) -> Result<BooleanText, E> {
                Ok(BooleanText::Boolean(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<BooleanText, E> {
                Ok(BooleanText::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(BooleanVisitor)
    }
}

/// An order in a list: bare, or wrapped as the answer for a single order is. The documentation can
/// be read either way.
///
/// Evidence: inferred (`rel 1.3.1`).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(untagged))]
#[non_exhaustive]
pub enum OrderListItem {
    /// The order itself.
    Bare(Box<Order>),
    /// The order under `order`.
    Wrapped(Box<OrderEnvelope>),
}

impl OrderListItem {
    /// The order.
    #[must_use]
    pub fn order(&self) -> &Order {
        match self {
            Self::Bare(order) => order,
            Self::Wrapped(envelope) => &envelope.order,
        }
    }

    /// The order, out of its wrapper.
    #[must_use]
    pub fn into_order(self) -> Order {
        match self {
            Self::Bare(order) => *order,
            Self::Wrapped(envelope) => envelope.order,
        }
    }
}

impl Serialize for OrderListItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bare(order) => order.serialize(serializer),
            Self::Wrapped(envelope) => envelope.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for OrderListItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemVisitor;

        impl<'de> Visitor<'de> for ItemVisitor {
            type Value = OrderListItem;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an order, bare or under `order`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<OrderListItem, A::Error> {
                // `status` stands in both shapes, and what is unknown may stand anywhere, so
                // neither tells anything; every other member of an order does. What is kept
                // meanwhile holds no amounts.
                let of_an_order = |key: &str| key != "status" && members_of::<Order>().contains(&key);

                let mut undecided = Vec::new();
                loop {
                    let key = members.next_key::<String>()?;
                    let wrapped = match key {
                        Some(key) if key != "order" && !of_an_order(&key) => {
                            undecided.push((key, members.next_value::<Value>()?));
                            continue;
                        }
                        ref decided => decided.as_deref() == Some("order"),
                    };
                    let replay = MapAccessDeserializer::new(Replay {
                        undecided: undecided.into_iter(),
                        pending: None,
                        key,
                        members,
                    });
                    return if wrapped {
                        OrderEnvelope::deserialize(replay)
                            .map(|envelope| OrderListItem::Wrapped(Box::new(envelope)))
                    } else {
                        Order::deserialize(replay).map(|order| OrderListItem::Bare(Box::new(order)))
                    };
                }
            }
        }

        deserializer.deserialize_map(ItemVisitor)
    }
}

/// The names of the members that a type knows, asked of itself.
fn members_of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    struct Asked(&'static [&'static str]);

    impl<'de> Deserializer<'de> for &mut Asked {
        type Error = de::value::Error;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            members: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            self.0 = members;
            Err(de::Error::custom("asked"))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("asked"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut asked = Asked(&[]);
    // It answers nothing, so nothing is made of it.
    drop(T::deserialize(&mut asked));
    asked.0
}

/// A map of which some members have been read already.
struct Replay<A> {
    undecided: std::vec::IntoIter<(String, Value)>,
    pending: Option<Value>,
    key: Option<String>,
    members: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Replay<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        if let Some((name, value)) = self.undecided.next() {
            self.pending = Some(value);
            return seed.deserialize(name.into_deserializer()).map(Some);
        }
        match self.key.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.members.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.pending.take() {
            Some(value) => seed.deserialize(value).map_err(de::Error::custom),
            None => self.members.next_value_seed(seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde::ser::Serialize;

    use super::{AccessMethods, BooleanText, ModelRef, OrderListItem};

    fn keeps<T: DeserializeOwned + Serialize>(text: &str) -> T {
        let value: T = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
        value
    }

    #[test]
    fn a_model_is_a_name_or_an_object() {
        assert_eq!(keeps::<ModelRef>(r#""Cookie Plus""#).name(), Some("Cookie Plus"));
        let object = keeps::<ModelRef>(r#"{"id":"2346","name":"Example Phone 1"}"#);
        assert_eq!(
            (object.id(), object.name()),
            (Some("2346"), Some("Example Phone 1"))
        );
        let error = serde_json::from_str::<ModelRef>("7").unwrap_err().to_string();
        assert!(error.contains("a model (its name, or an object)"), "{error}");
    }

    #[test]
    fn access_methods_are_one_or_many() {
        assert_eq!(keeps::<AccessMethods>(r#""GSM""#).as_slice().len(), 1);
        assert_eq!(keeps::<AccessMethods>(r#"["GSM","CDMA"]"#).as_slice().len(), 2);
    }

    #[test]
    fn a_boolean_may_be_a_text() {
        assert_eq!(keeps::<BooleanText>("true").value(), Some(true));
        assert_eq!(keeps::<BooleanText>(r#""false""#).value(), Some(false));
        assert_eq!(keeps::<BooleanText>(r#""perhaps""#).value(), None);
    }

    #[test]
    fn an_order_in_a_list_is_bare_or_wrapped() {
        for text in [
            r#"{"orderId":"8001","status":"ORDER_SUBMITTED"}"#,
            r#"{"order":{"orderId":"8001","status":"ORDER_SUBMITTED"}}"#,
            r#"{"order":{"orderId":"8001"},"status":"SUCCESS"}"#,
        ] {
            assert_eq!(
                keeps::<OrderListItem>(text).order().order_id.as_deref(),
                Some("8001")
            );
        }
        // The member that is in both shapes may come first.
        let wrapped: OrderListItem =
            serde_json::from_str(r#"{"status":"SUCCESS","order":{"orderId":"8001"}}"#).unwrap();
        assert!(matches!(wrapped, OrderListItem::Wrapped(_)));
        let bare: OrderListItem =
            serde_json::from_str(r#"{"status":"ORDER_SUBMITTED","orderId":"8001"}"#).unwrap();
        assert!(matches!(bare, OrderListItem::Bare(_)));
    }

    #[test]
    fn every_member_of_an_order_but_one_tells_that_it_is_bare() {
        let members = super::members_of::<super::Order>();
        assert!(
            members.contains(&"orderId") && members.contains(&"status"),
            "{members:?}"
        );
        for member in members.iter().filter(|member| **member != "status") {
            let text = format!(r#"{{"status":"X","{member}":null,"order":null}}"#);
            let item: OrderListItem = serde_json::from_str(&text).unwrap();
            assert!(matches!(item, OrderListItem::Bare(_)), "{member}");
        }
    }

    #[test]
    fn an_order_that_does_not_decode_says_why() {
        let error = serde_json::from_str::<OrderListItem>(r#"{"status":1,"orderId":"8001"}"#).unwrap_err();
        assert!(error.to_string().contains("a string (OrderStatus)"), "{error}");
    }
}
