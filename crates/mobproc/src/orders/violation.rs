//! What is wrong with an order or a form.

use std::fmt;

use serde::Serialize;

use crate::error::{Clean, Error};

/// Something that is wrong with an order, or looks wrong.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Violation {
    /// JSON pointer into the order document.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// Whether it is certain.
    pub severity: Severity,
}

impl Violation {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>, severity: Severity) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
            severity,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Clean(&self.pointer), Clean(&self.message))
    }
}

/// How certain it is that something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// It depends on the backend, or the documentation breaks it itself. The order is sent all the
    /// same.
    Warning,
    /// The documentation asks for it explicitly. The order is not sent.
    Error,
}

/// Everything that is wrong with an order or a form, in the order of the document. It may be empty.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.0.iter()
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is certainly wrong, not only perhaps.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.iter().any(|violation| violation.severity == Severity::Error)
    }

    /// Nothing, unless something is certainly wrong.
    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.has_errors() { Err(self) } else { Ok(()) }
    }
}

impl From<Vec<Violation>> for Violations {
    fn from(violations: Vec<Violation>) -> Self {
        Self(violations)
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// All of them, the certain ones first.
impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |severity| {
            self.iter()
                .filter(move |violation| violation.severity == severity)
        };
        let mut is_first = true;
        for violation in of(Severity::Error).chain(of(Severity::Warning)) {
            if !is_first {
                f.write_str("; ")?;
            }
            is_first = false;
            write!(f, "{violation}")?;
            if violation.severity == Severity::Warning {
                f.write_str(" (warning)")?;
            }
        }
        if is_first {
            f.write_str("nothing is wrong")
        } else {
            Ok(())
        }
    }
}

/// The text for people: a program that returns it from `main` prints this.
impl fmt::Debug for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Violations {}

/// An order that cannot be right. Only what is certainly wrong is listed.
impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        let errors: Vec<String> = violations
            .iter()
            .filter(|violation| violation.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        Self::invalid_order(format!("the order cannot be right: {}", errors.join("; ")))
            .with_attached(violations)
    }
}

impl Error {
    /// Everything that is wrong with the order, if that is why it was not sent.
    #[must_use]
    pub fn violations(&self) -> Option<&Violations> {
        self.attached()
    }
}

#[cfg(test)]
mod tests {
    use super::{Severity, Violation, Violations};
    use crate::error::{Error, ErrorKind};

    #[test]
    fn all_are_told_at_once_and_the_certain_ones_first() {
        let violations = Violations::from(vec![
            Violation::new("/a", "looks odd", Severity::Warning),
            Violation::new("/b", "is missing", Severity::Error),
        ]);
        assert_eq!(violations.to_string(), "/b: is missing; /a: looks odd (warning)");
        assert_eq!(format!("{violations:?}"), violations.to_string());
        assert!(violations.has_errors());
        let error = Error::from(violations.clone());
        assert_eq!(error.kind(), ErrorKind::InvalidOrder);
        assert_eq!(error.to_string(), "the order cannot be right: /b: is missing");
        assert_eq!(error.violations(), Some(&violations));
        assert_eq!(Violations::default().to_string(), "nothing is wrong");
    }
}
