//! Texts for people.

/// The text in one line, without what would steer a terminal or is not seen.
#[must_use]
pub fn one_line(text: &str) -> String {
    // Those that turn the direction of a line, end one, or are not seen at all, are no better.
    let is_odd = |letter: char| {
        matches!(
            letter,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
    };
    text.chars()
        .map(|letter| {
            if letter.is_control() || is_odd(letter) {
                ' '
            } else {
                letter
            }
        })
        .collect()
}

/// That something is not known, and what may be meant.
#[must_use]
pub fn with_suggestion(name: &str, known: &[&str]) -> String {
    let near = |known: &&&str| {
        let (name, known) = (name.to_lowercase(), known.to_lowercase());
        name == known
            || strsim::damerau_levenshtein(&name, &known) <= 2
            || strsim::jaro_winkler(&name, &known) > 0.9
    };
    let distance = |known: &&&str| strsim::damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    match known.iter().filter(near).min_by_key(distance) {
        Some(meant) => format!("{} is not known; is {meant} meant?", name.escape_debug()),
        None => format!("{} is not known", name.escape_debug()),
    }
}
