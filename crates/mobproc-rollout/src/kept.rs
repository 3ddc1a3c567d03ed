//! How both journals write down states, times and numbers.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::state::State;

/// Servers may change the case of a number and the blanks in it, so two that differ in nothing else
/// could not be told apart.
pub(crate) fn key_of(number: &str) -> String {
    // Letters without width look like nothing at all.
    let is_invisible = |letter: char| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    number
        .chars()
        .filter(|letter| !letter.is_whitespace() && !is_invisible(*letter))
        .flat_map(char::to_lowercase)
        .collect()
}

pub(crate) fn state_text(state: &State) -> String {
    serde_json::to_string(state).expect("texts and times under names that are texts can be JSON")
}

/// Times in a form in which later ones come later in the order of texts.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub(crate) fn read_stamp(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}
