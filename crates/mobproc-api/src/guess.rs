//! Members of which nobody knows what they look like.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::debug::Hidden;

/// A member whose shape is not published: as it is thought to be, or as it came.
///
/// ```
/// use mobproc_api::types::Employee;
///
/// let text = r#"{"id":"5001","customAttributes":{"costCenter":"7"}}"#;
/// let employee: Employee = serde_json::from_str(text)?;
/// let attributes = employee.custom_attributes.as_ref().expect("it is there");
/// assert!(attributes.known().is_none()); // a list of names and values was expected
/// let kept = r#"{"customAttributes":{"costCenter":"7"},"id":"5001"}"#;
/// assert_eq!(serde_json::to_string(&employee)?, kept);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Guess<T> {
    /// As it is thought to be.
    Known(T),
    /// Anything else, as it came. It may hold personal data.
    Other(Value),
}

impl<T> Guess<T> {
    /// The member, if it is as it is thought to be.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }

    /// The member, if it is as it is thought to be.
    #[must_use]
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

impl<T> From<T> for Guess<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

/// Of what is not as it is thought to be, only that it is there.
impl<T: fmt::Debug> fmt::Debug for Guess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(f),
            Self::Other(_) => Hidden.fmt(f),
        }
    }
}

impl<T: Serialize> Serialize for Guess<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Guess<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        match serde_json::from_str(text.get()) {
            Ok(value) => Ok(Self::Known(value)),
            Err(_) => serde_json::from_str(text.get())
                .map(Self::Other)
                .map_err(de::Error::custom),
        }
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Guess<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::types::{DeviceAsset, Employee, Guess, Meta, Vendor};

    /// Issue 13, point 13: one surprise failed the whole object.
    #[test]
    fn a_guess_that_is_wrong_fails_nothing_and_loses_nothing() {
        let surprises = [
            json!(null),
            json!("text"),
            json!(7),
            json!([]),
            json!({}),
            json!({"name": "x"}),
            json!([{"id": 7}]),
        ];
        for surprise in surprises {
            let device = json!({"id": "1", "service": surprise});
            let read: DeviceAsset = serde_json::from_value(device.clone()).unwrap();
            let vendor = json!({"id": "1", "region": surprise});
            let other: Vendor = serde_json::from_value(vendor.clone()).unwrap();
            let employee = json!({"id": "1", "customAttributes": surprise});
            let person: Employee = serde_json::from_value(employee.clone()).unwrap();
            // What is null is absent, here as everywhere.
            if !surprise.is_null() {
                assert_eq!(json!(read), device);
                assert_eq!(json!(other), vendor);
                assert_eq!(json!(person), employee);
            }
        }
        let known: DeviceAsset = serde_json::from_str(r#"{"id":"1","service":{"id":"1001"}}"#).unwrap();
        let service = known.service.as_ref().and_then(Guess::known).unwrap();
        assert_eq!(service.id, "1001");
        let surprise: DeviceAsset = serde_json::from_str(r#"{"id":"1","service":"555-0101"}"#).unwrap();
        assert!(!format!("{surprise:?}").contains("555"), "{surprise:?}");
    }

    #[test]
    fn unknown_links_are_kept() {
        let text = json!({"href": "a", "hrefBills": "b", "limit": 10, "more": {"x": [1]}});
        let meta: Meta = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(meta.others.get("hrefBills"), Some(&Value::from("b")));
        assert_eq!(json!(meta), text);
        assert!(!format!("{meta:?}").contains("hrefBills"), "{meta:?}");
    }
}
