//! What is asked about a text: how long, and of what form.

use mobproc_api::types::Requirement;

use super::pattern::{Fit, fits};
use crate::orders::{Severity, Violation};

/// What is asked about a text: how long, and of what form.
pub(super) struct TextRules<'a> {
    pub(super) required: bool,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) regex: Option<&'a str>,
    pub(super) hint: Option<&'a str>,
}

impl TextRules<'_> {
    pub(super) fn check(&self, pointer: &str, text: Option<&str>, found: &mut Vec<Violation>) {
        let text = text.unwrap_or_default();
        if text.trim().is_empty() {
            // Required means not empty, whatever the fewest characters are.
            if self.required {
                found.push(error(pointer, "is required"));
            }
            return;
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if let Some(max) = self.max.filter(|max| length > *max) {
            found.push(error(
                pointer,
                format!("has {length} characters; {max} are allowed"),
            ));
        }
        if let Some(min) = self.min.filter(|min| length < *min) {
            found.push(error(
                pointer,
                format!("has {length} characters; {min} are needed"),
            ));
        }
        if let Some(regex) = self.regex {
            let form = self.hint.map_or(String::new(), |hint| format!(" ({hint})"));
            match fits(regex, text) {
                Fit::Fits => {}
                Fit::Differs => found.push(error(
                    pointer,
                    format!("does not have the form that is asked for{form}"),
                )),
                Fit::NotChecked => found.push(warning(
                    pointer,
                    format!(
                        "was not checked: the form that is asked for{form} cannot be read in bounded time"
                    ),
                )),
            }
        }
    }
}

pub(super) fn error(pointer: &str, message: impl Into<String>) -> Violation {
    Violation::new(pointer, message, Severity::Error)
}

pub(super) fn warning(pointer: &str, message: impl Into<String>) -> Violation {
    Violation::new(pointer, message, Severity::Warning)
}

pub(super) fn is_required(requirement: Option<&Requirement>) -> bool {
    requirement == Some(&Requirement::Required)
}
