//! What is known of each operation beyond its types.

use std::fmt;

/// One operation of the API. The table of all stands in [`operations`](crate::operations).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Name of the operation, `resource_verb`; stable, so it may name spans and metrics.
    pub id: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path below the base URL, with `{parameters}`.
    pub path: &'static str,
    /// Whether sending it again is safe.
    pub repeat: Repeat,
    /// Whether it answers with one page of a longer list.
    pub paged: bool,
}

impl Operation {
    /// A read of something that is not modelled. Not in the table.
    pub const RAW_READ: Self = Self {
        id: "raw_read",
        method: Method::Get,
        path: "",
        repeat: Repeat::Safe,
        paged: false,
    };

    /// A write of something that is not modelled. Not in the table.
    pub const RAW_WRITE: Self = Self {
        id: "raw_write",
        method: Method::Post,
        path: "",
        repeat: Repeat::Never,
        paged: false,
    };

    /// Whether a request with these query parameters can be sent again without doing anything
    /// twice.
    #[must_use]
    pub fn is_safe_to_repeat<N: AsRef<str>, V: AsRef<str>>(
        &self,
        query: impl Iterator<Item = (N, V)>,
    ) -> bool {
        match self.repeat {
            Repeat::Safe => true,
            Repeat::Never => false,
            // Which of two that contradict each other counts is up to the server.
            Repeat::SafeWhen { parameter, value } => {
                let alike = |name: &str| name.trim().eq_ignore_ascii_case(parameter);
                let mut given = query.filter(|(name, _)| alike(name.as_ref()));
                given
                    .next()
                    .is_some_and(|(name, first)| name.as_ref() == parameter && first.as_ref() == value)
                    && given.next().is_none()
            }
        }
    }
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Reads.
    Get,
    /// Writes, except for an order that is only confirmed.
    Post,
}

impl Method {
    /// As it stands in a request, in capitals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether sending an operation again is safe.
///
/// The API has no idempotency key, so a write that is sent twice may be done twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeat {
    /// It only reads.
    Safe,
    /// It writes.
    Never,
    /// It writes unless the query has this parameter with this value.
    SafeWhen {
        /// Name of the query parameter.
        parameter: &'static str,
        /// Its value, as it stands in the query.
        value: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use crate::OperationId;
    use crate::operations::{ALL, ORDER_CREATE, REGION_GET, SERVICE_ASSET_MOVE};

    #[test]
    fn every_operation_is_found_by_its_id() {
        for operation in ALL {
            let id = OperationId::from_name(operation.id).unwrap();
            assert_eq!((id.operation(), id.as_str()), (operation, operation.id));
        }
        assert_eq!(OperationId::ALL.len(), ALL.len());
        assert_eq!(OperationId::from_name("order_guess"), None);
    }

    #[test]
    fn only_a_confirmation_may_be_sent_again() {
        let query = |value: &'static str| [("confirm", value)].into_iter();
        assert!(ORDER_CREATE.is_safe_to_repeat(query("true")));
        assert!(!ORDER_CREATE.is_safe_to_repeat(query("false")));
        assert!(!ORDER_CREATE.is_safe_to_repeat(query("true").take(0)));
        for [first, second] in [["true", "false"], ["false", "true"], ["true", "true"]] {
            let twice = query(first).chain(query(second));
            assert!(!ORDER_CREATE.is_safe_to_repeat(twice));
        }
        let other_case = [("Confirm", "false")].into_iter();
        assert!(!ORDER_CREATE.is_safe_to_repeat(query("true").chain(other_case)));
        assert!(!SERVICE_ASSET_MOVE.is_safe_to_repeat(query("true")));
        assert!(REGION_GET.is_safe_to_repeat(query("true").take(0)));
    }
}
