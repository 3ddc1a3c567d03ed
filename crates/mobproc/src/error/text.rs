//! Words of servers and callers on their way into a message.

use std::fmt;

/// Characters of a foreign text that a message repeats.
const MOST_CHARACTERS: usize = 300;

/// A foreign text as it may stand in a message or on a terminal: without control and direction
/// characters, and not longer than a few lines.
pub(crate) struct Clean<'a>(pub(crate) &'a str);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        let mut blank = false;
        let mut written = 0;
        for letter in self.0.chars() {
            if is_direction(letter) {
                continue;
            }
            if letter.is_whitespace() || letter.is_control() {
                blank = written > 0;
                continue;
            }
            if written >= MOST_CHARACTERS {
                return f.write_str("...");
            }
            if std::mem::take(&mut blank) {
                f.write_char(' ')?;
                written += 1;
            }
            f.write_char(letter)?;
            written += 1;
        }
        Ok(())
    }
}

/// Whether a character is invisible and changes the order in which others are shown, or hides among
/// them.
fn is_direction(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::{Clean, MOST_CHARACTERS};

    #[test]
    fn a_foreign_text_cannot_move_the_cursor_or_turn_the_line() {
        for (text, clean) in [
            ("plain", "plain"),
            ("two\r\nlines", "two lines"),
            ("\u{1b}[2Jgone", "[2Jgone"),
            ("abc\u{202e}fed", "abcfed"),
            ("  a \t b\u{7}", "a b"),
            ("Zürich 東京", "Zürich 東京"),
            ("", ""),
        ] {
            assert_eq!(Clean(text).to_string(), clean, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = "x".repeat(100_000);
        let clean = Clean(&text).to_string();
        assert_eq!(clean.len(), MOST_CHARACTERS + 3);
        assert!(clean.ends_with("x..."));
        let text = "x".repeat(MOST_CHARACTERS);
        assert_eq!(Clean(&text).to_string(), text);
    }
}
