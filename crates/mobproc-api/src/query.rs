//! Values of query parameters.

use std::borrow::Cow;

use crate::types::Timestamp;

/// Something that can stand in a query.
pub(crate) trait QueryValue {
    /// Its text; `None` where the parameter is not sent.
    fn text(&self) -> Option<Cow<'_, str>>;
}

impl QueryValue for str {
    fn text(&self) -> Option<Cow<'_, str>> {
        Some(self.into())
    }
}

impl QueryValue for bool {
    fn text(&self) -> Option<Cow<'_, str>> {
        // The documentation writes TRUE in prose and `true` in the one URL that is published.
        Some(if *self { "true" } else { "false" }.into())
    }
}

impl QueryValue for i64 {
    fn text(&self) -> Option<Cow<'_, str>> {
        Some(self.to_string().into())
    }
}

impl QueryValue for Timestamp {
    fn text(&self) -> Option<Cow<'_, str>> {
        Some(self.as_str().into())
    }
}

impl<V: QueryValue + ?Sized> QueryValue for &V {
    fn text(&self) -> Option<Cow<'_, str>> {
        (**self).text()
    }
}

impl<V: QueryValue> QueryValue for Option<V> {
    fn text(&self) -> Option<Cow<'_, str>> {
        self.as_ref()?.text()
    }
}
