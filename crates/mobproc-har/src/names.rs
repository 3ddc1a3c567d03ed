//! Pseudonyms: the same value becomes the same everywhere, of the same form, and nothing real.

use std::collections::{HashMap, HashSet};

use aho_corasick::AhoCorasick;
use fastrand::Rng;

/// What form a pseudonym has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// Letters for letters, digits for digits.
    Alike,
    /// A telephone number of the range that is reserved for stories.
    Phone,
    /// A time.
    Time,
    /// A host name.
    Host,
    /// A number: only its digits change.
    Number,
}

/// From this length on a value is looked for inside others.
pub(crate) const LONG: usize = 5;

/// What stays in a pseudonym because it is only form.
const KEPT_SIGNS: &str = " -_.,:;/@+()'\"&#=?";

/// All that is to be replaced, and by what.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// What may not be in the result.
    originals: HashSet<String>,
    /// The same in small letters: who is called Okafor is called okafor too.
    folded: HashSet<String>,
    /// Finds the long ones inside others.
    finder: Option<AhoCorasick>,
    given: HashMap<String, String>,
    used: HashSet<String>,
    rng: Rng,
}

impl Names {
    pub(crate) fn add(&mut self, original: &str) -> bool {
        self.folded.insert(original.to_lowercase());
        self.originals.insert(original.to_owned())
    }

    /// Whether this, in small or capital letters, is an original.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.originals.contains(text) || self.folded.contains(&text.to_lowercase())
    }

    pub(crate) fn originals(&self) -> impl Iterator<Item = &str> {
        self.originals.iter().map(String::as_str)
    }

    /// Makes ready for looking inside others: after all were added.
    pub(crate) fn prepare(&mut self) {
        let long = self
            .originals
            .iter()
            .filter(|original| original.chars().count() >= LONG);
        self.finder = finder(long);
    }

    /// Whether an original stands in a text: a long one anywhere, a short one as all of it.
    pub(crate) fn stands_in(&self, text: &str) -> bool {
        self.has(text) || self.finder.as_ref().is_some_and(|finder| finder.is_match(text))
    }

    /// What stands for a value.
    pub(crate) fn of(&mut self, original: &str, form: Form) -> String {
        if original.is_empty() {
            return String::new();
        }
        if let Some(given) = self.given.get(original) {
            return given.clone();
        }
        let name = self.make(original, form);
        self.used.insert(name.clone());
        self.given.insert(original.to_owned(), name.clone());
        name
    }

    fn make(&mut self, original: &str, form: Form) -> String {
        for attempt in 0_u32..400 {
            // Where all of one length are taken, one letter more.
            let longer = attempt / 100;
            let mut name = match form {
                Form::Phone if attempt < 200 && is_phone(original) => self.phone(original),
                Form::Number => self.number(original),
                Form::Time => self.time(original),
                Form::Host => format!("host-{}.invalid", self.rng.u32(100_000..1_000_000)),
                _ if attempt < 300 => self.alike(original),
                _ => format!("value-{:016x}", self.rng.u64(..)),
            };
            for _ in 0..longer {
                name.push(self.letter_like(name.chars().last().unwrap_or('x'), false));
            }
            if !self.used.contains(&name) && !self.stands_in(&name) {
                return name;
            }
        }
        // Of 2^64, so often not one that is free: only a text such as "v" being forbidden does that.
        format!("value-{:016x}", self.rng.u64(..))
    }

    fn letter_like(&mut self, letter: char, first: bool) -> char {
        match letter {
            '0'..='9' if first => char::from(self.rng.u8(b'1'..=b'9')),
            '0'..='9' => char::from(self.rng.u8(b'0'..=b'9')),
            'a'..='z' => self.rng.lowercase(),
            'A'..='Z' => self.rng.uppercase(),
            other if other.is_alphanumeric() => self.rng.lowercase(),
            other if KEPT_SIGNS.contains(other) => other,
            _ => '*',
        }
    }

    /// The same number of digits, and everything else as it is.
    fn number(&mut self, original: &str) -> String {
        let mut is_first = true;
        original
            .chars()
            .map(|letter| {
                if !letter.is_ascii_digit() {
                    return letter;
                }
                let first = std::mem::take(&mut is_first);
                self.letter_like(letter, first)
            })
            .collect()
    }

    /// The part before an `@`, or all of it, letter by letter.
    fn alike(&mut self, original: &str) -> String {
        if let Some((local, host)) = original.rsplit_once('@')
            && host.contains('.')
            && !local.is_empty()
        {
            return format!("{}@example.invalid", self.alike(&local.replace('@', "_")));
        }
        let mut is_first = true;
        original
            .chars()
            .map(|letter| {
                let first = is_first && letter != '-';
                is_first = is_first && letter == '-';
                self.letter_like(letter, first)
            })
            .collect()
    }

    /// The digits of the number end in 555 01xx, which belongs to nobody; of the rest only the form is
    /// kept.
    fn phone(&mut self, original: &str) -> String {
        let digits = original.chars().filter(char::is_ascii_digit).count();
        if digits < 7 {
            return self.alike(original);
        }
        let own = format!("55501{:02}", self.rng.u8(0..100));
        let mut place = 0_usize;
        let mut text = String::with_capacity(original.len());
        for letter in original.chars() {
            if !letter.is_ascii_digit() {
                text.push(letter);
                continue;
            }
            let fixed = (place + 7).checked_sub(digits).and_then(|at| own.chars().nth(at));
            // Area codes do not begin with 0 or 1.
            let is_area = place + 10 == digits;
            text.push(match fixed {
                Some(digit) => digit,
                None if is_area => char::from(self.rng.u8(b'2'..=b'9')),
                None if letter == '1' && place == 0 => '1',
                None => self.letter_like(letter, place == 0),
            });
            place += 1;
        }
        text
    }

    /// A time in the same writing.
    fn time(&mut self, original: &str) -> String {
        let Some(rest) = original.get(10..).filter(|_| is_time(original)) else {
            return self.alike(original);
        };
        let date = format!(
            "{:04}-{:02}-{:02}",
            self.rng.u16(1970..2100),
            self.rng.u8(1..=12),
            self.rng.u8(1..=28)
        );
        // Any digit but the first of hours, minutes and seconds may be any.
        let mut text = date;
        let mut digits = 0;
        let mut in_zone = false;
        for letter in rest.chars() {
            in_zone = in_zone || letter == '+' || (letter == '-' && digits > 0);
            if letter.is_ascii_digit() && !in_zone {
                let most = if digits == 0 { 1 } else { 9 };
                let most = if digits == 2 || digits == 4 { 5 } else { most };
                text.push(char::from(b'0' + self.rng.u8(0..=most)));
                digits += 1;
            } else {
                text.push(letter);
            }
        }
        text
    }
}

/// Finds values, in small or capital letters. Overlapping ones are found too.
pub(crate) fn finder<T: AsRef<[u8]>>(values: impl Iterator<Item = T>) -> Option<AhoCorasick> {
    // More values than memory holds are no recording.
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(values)
        .ok()
}

/// Whether the whole of it is a time or a date.
pub(crate) fn is_time(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
        || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() && text.len() == 10
        || chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok() && text.len() <= 29
}

/// Whether the whole of it is written as a telephone number.
pub(crate) fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-(). /".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_has_the_form_of_what_it_stands_for() {
        let mut names = Names::default();
        for original in [
            "amara.okafor",
            "5001",
            "A-77/b",
            "2030-02-11",
            "+1 (212) 867-5309",
        ] {
            names.add(original);
        }
        assert_eq!(names.of("amara.okafor", Form::Alike).len(), 12);
        assert_eq!(
            names.of("amara.okafor", Form::Alike),
            names.of("amara.okafor", Form::Phone)
        );
        let id = names.of("5001", Form::Alike);
        assert!(id.len() == 4 && id.parse::<u32>().unwrap() >= 1000 && id != "5001");
        let phone = names.of("+1 (212) 867-5309", Form::Phone);
        assert!(phone.starts_with("+1 (") && phone.contains("555-01"), "{phone}");
        let mail = names.of("ann.b@corp.example", Form::Alike);
        assert!(
            mail.ends_with("@example.invalid") && mail.chars().nth(3) == Some('.'),
            "{mail}"
        );
        let time = names.of("2030-02-11T10:11:12.123+02:00", Form::Time);
        assert!(chrono::DateTime::parse_from_rfc3339(&time).is_ok(), "{time}");
        assert!(
            names
                .of("intranet.corp.example", Form::Host)
                .ends_with(".invalid")
        );
    }

    #[test]
    fn no_pseudonym_is_or_holds_an_original() {
        let mut names = Names::default();
        for digit in 0..10 {
            names.add(&digit.to_string());
        }
        for number in 10..100 {
            names.add(&number.to_string());
        }
        names.prepare();
        for digit in 0..10 {
            let name = names.of(&digit.to_string(), Form::Alike);
            assert!(name.len() > 1 && !names.stands_in(&name), "{name}");
        }
        names.add("12345");
        names.prepare();
        assert!(names.stands_in("x12345y") && names.stands_in("7") && !names.stands_in("x7"));
    }
}
