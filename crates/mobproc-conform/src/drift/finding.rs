//! One way in which traffic is otherwise than the document says.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::Shape;

/// Which side of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::exhaustive_enums, reason = "an exchange has two sides")]
pub enum Side {
    /// What was sent.
    Request,
    /// What was answered.
    Answer,
}

/// In which way it is otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Difference {
    /// The document has no such operation, and it was answered.
    UnknownOperation,
    /// The document has no such query parameter.
    UnknownParameter,
    /// A parameter the document requires is missing.
    MissingParameter,
    /// A parameter is of another type.
    ParameterType,
    /// The document does not list the status.
    UnknownStatus,
    /// The body is of another type than JSON, or is not valid JSON.
    ContentType,
    /// The document does not know the header.
    UnknownHeader,
    /// The document does not know the member.
    UnknownMember,
    /// A value is of another JSON type.
    Type,
    /// A value is null.
    Null,
    /// A value is none of those that are known.
    UnknownValue,
    /// A time is written in another form.
    Format,
    /// A member is missing that the document requires.
    MissingMember,
    /// Pages are not as they were asked for.
    Paging,
}

impl Difference {
    /// Its name, as in JSON and SARIF.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownOperation => "unknown-operation",
            Self::UnknownParameter => "unknown-parameter",
            Self::MissingParameter => "missing-parameter",
            Self::ParameterType => "parameter-type",
            Self::UnknownStatus => "unknown-status",
            Self::ContentType => "content-type",
            Self::UnknownHeader => "unknown-header",
            Self::UnknownMember => "unknown-member",
            Self::Type => "type",
            Self::Null => "null",
            Self::UnknownValue => "unknown-value",
            Self::Format => "format",
            Self::MissingMember => "missing-member",
            Self::Paging => "paging",
        }
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::UnknownOperation => "The document has no such operation, and it was answered.",
            Self::UnknownParameter => "The document has no such query parameter.",
            Self::MissingParameter => "A parameter the document requires is missing.",
            Self::ParameterType => "A parameter is of another type than the document says.",
            Self::UnknownStatus => "The document does not list this status.",
            Self::ContentType => "The body is not JSON, or not called so.",
            Self::UnknownHeader => "The document does not know this header.",
            Self::UnknownMember => "The document does not know this member.",
            Self::Type => "A value is of another JSON type than the document says.",
            Self::Null => "A value is null, which the document does not say.",
            Self::UnknownValue => "A value is none of those the document knows.",
            Self::Format => "A time is written in another form than the document says.",
            Self::MissingMember => "A member is missing that the document requires.",
            Self::Paging => "Pages are not as they were asked for.",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One way in which traffic is otherwise than the document says, however often it was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// Which side.
    pub side: Side,
    /// In which way.
    pub difference: Difference,
    /// JSON pointer into the document: what it is about.
    pub place: String,
    /// What was seen: the name of a member, a status, a value. Free texts are not repeated.
    pub what: String,
    /// How often.
    pub count: usize,
    /// In which operations.
    pub operations: BTreeSet<String>,
    /// The first exchange it was seen in, from 0, and the JSON pointer into its body.
    pub first: (usize, String),
    /// What the values looked like.
    #[serde(skip)]
    pub shape: Shape,
    /// Whether values were seen there too that are as the document says.
    pub also_as_documented: bool,
}

impl Finding {
    /// What makes two findings the same.
    pub(crate) fn key(&self) -> (Side, Difference, &str, &str) {
        (self.side, self.difference, &self.place, &self.what)
    }
}

/// One line for people.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} at {}", self.difference, self.what, self.place)
    }
}
