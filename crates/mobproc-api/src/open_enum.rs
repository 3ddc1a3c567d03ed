//! Strings with known values that may take others.

use std::fmt;

/// A value that this version of the crate does not know by name.
///
/// Its text can be read through the enum's `as_str`, but not matched on or built: a value that
/// becomes known in a later version moves to a variant of its own, and code that named it here
/// would silently stop working.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnrecognizedValue(Box<str>);

impl UnrecognizedValue {
    pub(crate) fn new(value: impl Into<Box<str>>) -> Self {
        Self(value.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnrecognizedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Defines an open enum: known values as variants, any other kept as it is.
macro_rules! open_enum {
    (
        $(#[$attribute:meta])*
        $name:ident {
            $($(#[$variant_attribute:meta])* $variant:ident = $value:literal,)+
        }
    ) => {
        $(#[$attribute])*
        ///
        /// New values may appear at any time: match with a wildcard arm, and read the text of an
        /// unknown one with [`as_str`](Self::as_str). Decoding never fails for want of a variant,
        /// and encoding gives back the same text.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_attribute])* $variant,)+
            /// A value this version does not know; `as_str` tells it.
            Unrecognized($crate::open_enum::UnrecognizedValue),
        }

        impl $name {
            /// All values this version knows, in the order of the documentation.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// The value as it stands in JSON.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)+
                    Self::Unrecognized(value) => value.as_str(),
                }
            }

            /// Whether this version knows the value.
            #[must_use]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unrecognized(_))
            }

            fn known(value: &str) -> Option<Self> {
                match value {
                    $($value => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::known(value)
                    .unwrap_or_else(|| Self::Unrecognized($crate::open_enum::UnrecognizedValue::new(value)))
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::known(&value)
                    .unwrap_or_else(|| Self::Unrecognized($crate::open_enum::UnrecognizedValue::new(value)))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(value))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::query::QueryValue for $name {
            fn text(&self) -> Option<::std::borrow::Cow<'_, str>> {
                Some(self.as_str().into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl ::serde::de::Visitor<'_> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("a string (", stringify!($name), ")"))
                    }

                    fn visit_str<E>(self, value: &str) -> Result<$name, E> {
                        Ok(<$name>::from(value))
                    }

                    fn visit_string<E>(self, value: String) -> Result<$name, E> {
                        Ok(<$name>::from(value))
                    }
                }

                deserializer.deserialize_str(Visitor)
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({
                    "type": "string",
                    "x-extensible-enum": [$($value),+],
                })
            }
        }
    };
}
pub(crate) use open_enum;

#[cfg(test)]
mod tests {
    use crate::types::{OrderStatus, TransactionType};

    #[test]
    fn an_unknown_value_keeps_its_text() {
        let status: OrderStatus = serde_json::from_str(r#""BACK_ORDERED""#).unwrap();
        assert!(!status.is_known());
        assert_eq!(status.as_str(), "BACK_ORDERED");
        assert_eq!(serde_json::to_string(&status).unwrap(), r#""BACK_ORDERED""#);
        assert_eq!(format!("{status:?}"), r#"Unrecognized("BACK_ORDERED")"#);
    }

    #[test]
    fn a_known_value_is_never_unknown() {
        for known in TransactionType::KNOWN {
            assert_eq!(&TransactionType::from(known.as_str()), known);
            assert!(known.is_known());
        }
    }

    #[test]
    fn another_json_type_is_an_error_that_says_what_was_wanted() {
        let error = serde_json::from_str::<OrderStatus>("3").unwrap_err().to_string();
        assert!(error.contains("a string (OrderStatus)"), "{error}");
    }
}
