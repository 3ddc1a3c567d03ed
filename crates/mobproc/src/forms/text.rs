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
        // An empty expression would be fitted by nothing; it means that there is none.
        if let Some(regex) = self.regex.filter(|regex| !regex.trim().is_empty()) {
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
                        "was not checked: the form that is asked for{form} is not one that this version reads"
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

#[cfg(test)]
mod tests {
    use super::TextRules;

    /// Issue 13, point 16: nothing fitted it.
    #[test]
    fn an_empty_expression_asks_for_nothing() {
        for (regex, count) in [("", 0), (" ", 0), ("[0-9]+", 1)] {
            let rules = TextRules {
                required: true,
                min: None,
                max: None,
                regex: Some(regex),
                hint: None,
            };
            let mut found = Vec::new();
            rules.check("/x", Some("abc"), &mut found);
            assert_eq!(found.len(), count, "{regex:?}: {found:?}");
        }
    }
}
