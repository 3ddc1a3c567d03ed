//! `Debug` for the types of the API: without personal data, and without what is absent.

use std::fmt;

/// Stands in `Debug` output where personal data would be.
pub(crate) struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

/// Like [`fmt::DebugStruct`], but optional members show without `Some`, and not at all where
/// absent.
pub(crate) struct Struct<'a, 'b>(fmt::DebugStruct<'a, 'b>);

impl<'a, 'b> Struct<'a, 'b> {
    pub(crate) fn new(f: &'a mut fmt::Formatter<'b>, name: &str) -> Self {
        Self(f.debug_struct(name))
    }

    pub(crate) fn field(mut self, name: &str, value: &dyn fmt::Debug) -> Self {
        self.0.field(name, value);
        self
    }

    pub(crate) fn optional<T: fmt::Debug>(self, name: &str, value: &Option<T>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    pub(crate) fn hidden(self, name: &str, is_there: bool) -> Self {
        if is_there { self.field(name, &Hidden) } else { self }
    }

    pub(crate) fn finish(mut self) -> fmt::Result {
        self.0.finish()
    }
}
