//! What was found about one document.

use std::fmt;

use serde::Serialize;

/// How much of a schema a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Extent {
    /// All of it.
    Whole,
    /// Some of its members; what it requires is waived.
    Fragment,
    /// A bare list of items, each of them whole.
    Items,
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "whole",
            Self::Fragment => "fragment",
            Self::Items => "items",
        })
    }
}

/// What was found about one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The schema it was held against.
    pub schema: String,
    /// How much of that schema it is.
    pub extent: Extent,
    /// What the document finds wrong, with JSON pointers.
    pub violations: Vec<String>,
    /// JSON pointers to members the document does not know.
    pub unknown_members: Vec<String>,
    /// Why it does not decode.
    pub decode_error: Option<String>,
    /// JSON pointers to what is different after decoding and encoding; unknown members, which types
    /// ignore, are not listed.
    pub differences: Vec<String>,
}

impl Report {
    /// The same report, of a part that stands at this JSON pointer of its document.
    pub(crate) fn below(mut self, pointer: &str) -> Self {
        let lists = [
            &mut self.violations,
            &mut self.unknown_members,
            &mut self.differences,
        ];
        for entry in lists.into_iter().flatten() {
            entry.insert_str(0, pointer);
        }
        self.extent = Extent::Fragment;
        self
    }

    /// Whether the document finds nothing wrong.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.violations.is_empty()
    }

    /// Whether it decodes.
    #[must_use]
    pub fn decodes(&self) -> bool {
        self.decode_error.is_none()
    }

    /// Whether decoding and encoding gives the same.
    #[must_use]
    pub fn round_trips(&self) -> bool {
        self.decodes() && self.differences.is_empty()
    }

    /// Whether all holds.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.is_valid() && self.unknown_members.is_empty() && self.round_trips()
    }
}
