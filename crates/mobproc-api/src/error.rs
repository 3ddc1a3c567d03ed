//! Why a request is not built.

use std::borrow::Cow;
use std::fmt;

/// Why a request was not built. Nothing was sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestError {
    argument: Cow<'static, str>,
    reason: Cow<'static, str>,
}

impl RequestError {
    pub(crate) fn new(argument: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            argument: argument.into(),
            reason: reason.into(),
        }
    }

    /// The argument that is refused, such as `id`.
    #[must_use]
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// What is wrong with it.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.argument, self.reason)
    }
}

/// The text for people: a program that returns it from `main` prints this.
impl fmt::Debug for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for RequestError {}
