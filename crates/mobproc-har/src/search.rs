//! The second look: is anything that was to be taken out still in the finished file?

use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::document::Document;
use crate::har::{Entry, Har, Pair};
use crate::headers::ORDINARY;
use crate::json::Json;
use crate::names::{LONG, Names, finder};

/// How deep encodings are undone: JSON in JSON, a URL in a URL.
const LAYERS: usize = 4;

/// A place of the finished file where something is that must not be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Found {
    /// JSON pointer into the file, and into what is JSON within it.
    pub place: String,
    /// Under which encodings it was found, the outermost first; none if it stands as it is.
    pub encoding: String,
}

/// What is looked for.
pub(crate) struct Haystack<'a> {
    long: Option<AhoCorasick>,
    short: HashSet<&'a str>,
    /// The long ones that are no numbers, for the text as a whole.
    words: Vec<&'a str>,
    harmless: &'a HashSet<String>,
}

impl<'a> Haystack<'a> {
    /// Looks for every original that the document does not publish. `harmless` are numbers that were
    /// kept where numbers belong.
    pub(crate) fn new(names: &'a Names, document: &Document, harmless: &'a HashSet<String>) -> Self {
        let originals: Vec<&str> = names.originals().collect();
        let long: Vec<&str> = originals
            .iter()
            .copied()
            .filter(|original| original.chars().count() >= LONG)
            .collect();
        // The document is gone through once, whatever the number of values.
        let mentioned = mentioned(&long, document.text());
        let long: Vec<&str> = long
            .iter()
            .copied()
            .filter(|original| !mentioned.contains(original))
            .collect();
        let short = originals
            .iter()
            .copied()
            .filter(|original| original.chars().count() < LONG)
            .filter(|original| !document.publishes(original) && !harmless.contains(*original));
        Self {
            short: short.collect(),
            words: long
                .iter()
                .copied()
                .filter(|original| original.bytes().any(|byte| !byte.is_ascii_digit()))
                .collect(),
            long: finder(long.iter()),
            harmless,
        }
    }

    /// Every place at which something was found.
    pub(crate) fn search(&self, archive: &Har, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        if self.long.is_none() {
            // What cannot be looked for is not given out.
            found.push(Found {
                place: "the whole file".to_owned(),
                encoding: "not searched".to_owned(),
            });
        }
        for (place, entry) in archive.log.entries.iter().enumerate() {
            self.entry(entry, &format!("/log/entries/{place}"), &mut found);
        }
        // Once more as it is, whatever its structure; the words of the format are not the recording's.
        if found.is_empty() {
            let format = words_of_the_format(archive);
            let ours = mentioned(&self.words, &format);
            let words = self.words.iter().filter(|word| !ours.contains(*word));
            if finder(words).is_none_or(|words| words.is_match(text)) {
                found.push(Found {
                    place: "the whole file".to_owned(),
                    encoding: String::new(),
                });
            }
        }
        found.sort();
        found.dedup();
        found
    }

    fn entry(&self, entry: &Entry, place: &str, found: &mut Vec<Found>) {
        let (request, response) = (&entry.request, &entry.response);
        let mut look = |text: &str, at: &str| {
            self.text(text, &format!("{place}/{at}"), &mut Vec::new(), found);
        };
        look(&request.url, "request/url");
        look(&response.redirect_url, "response/redirectURL");
        let lists: [(&[Pair], &str); 3] = [
            (&request.headers, "request/headers"),
            (&request.query_string, "request/queryString"),
            (&response.headers, "response/headers"),
        ];
        for (pairs, at) in lists {
            for (index, pair) in pairs.iter().enumerate() {
                // Limits, offsets and what is left of a rate.
                if !self.harmless.contains(&pair.value) {
                    look(&pair.value, &format!("{at}/{index}/value"));
                }
                if !ORDINARY.contains(&pair.name.to_ascii_lowercase().as_str()) {
                    look(&pair.name, &format!("{at}/{index}/name"));
                }
            }
        }
        if let Some(body) = &request.post_data {
            look(&body.text, "request/postData/text");
        }
        if let Some(body) = &response.content.text {
            look(body, "response/content/text");
        }
        if let Some(facts) = &entry.facts {
            look(&facts.correlation_id, "_mobproc/correlationId");
        }
    }

    fn has_long(&self, text: &str) -> bool {
        self.long.as_ref().is_some_and(|long| long.is_match(text))
    }

    fn json(&self, json: &Json, place: &str, layers: &mut Vec<&'static str>, found: &mut Vec<Found>) {
        match json {
            Json::Object(members) => {
                for (name, member) in members {
                    let inner = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                    if self.has_long(name) {
                        // Its name is the value.
                        self.report(place, layers, found);
                    } else {
                        self.json(member, &inner, layers, found);
                    }
                }
            }
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.json(item, &format!("{place}/{index}"), layers, found);
                }
            }
            Json::String(text) => self.text(text, place, layers, found),
            Json::Number(text) if !self.harmless.contains(text) && self.has_long(text) => {
                self.report(place, layers, found);
            }
            Json::Number(_) | Json::Bool(_) | Json::Null => {}
        }
    }

    fn text(&self, text: &str, place: &str, layers: &mut Vec<&'static str>, found: &mut Vec<Found>) {
        if text == SECRET {
            return;
        }
        // A URL is what it is made of: a number of its query is not the same number in an id.
        let whole = if text.starts_with('/') {
            format!("http://localhost{text}")
        } else {
            text.to_owned()
        };
        if whole.starts_with("http")
            && let Ok(url) = Url::parse(&whole)
        {
            let mut parts: Vec<String> = vec![url.host_str().unwrap_or_default().to_owned()];
            parts.extend(url.path().split('/').map(crate::document::decoded));
            for (name, value) in url.query_pairs() {
                parts.push(name.into_owned());
                if !self.harmless.contains(value.as_ref()) {
                    parts.push(value.into_owned());
                }
            }
            parts.extend(url.fragment().map(str::to_owned));
            parts.push(url.username().to_owned());
            for part in parts {
                self.plain(&part, place, layers, found);
            }
            return;
        }
        self.plain(text, place, layers, found);
    }

    fn plain(&self, text: &str, place: &str, layers: &mut Vec<&'static str>, found: &mut Vec<Found>) {
        if text.is_empty() {
            return;
        }
        // JSON is looked through by its values: its numbers are not parts of one long text.
        if text.starts_with(['{', '[', '"'])
            && let Ok(inner) = Json::parse(text)
        {
            layers.push("JSON");
            self.json(&inner, place, layers, found);
            layers.pop();
            return;
        }
        let is_path = text.starts_with('/');
        let has_short = self.short.contains(text)
            || (is_path && text.split(['/', '?', '#']).any(|part| self.short.contains(part)));
        if has_short || self.has_long(text) {
            self.report(place, layers, found);
            return;
        }
        if layers.len() >= LAYERS {
            return;
        }
        for (name, undo) in ENCODINGS {
            if let Some(plain) = undo(text) {
                layers.push(name);
                self.text(&plain, place, layers, found);
                layers.pop();
            }
        }
    }

    fn report(&self, place: &str, layers: &[&'static str], found: &mut Vec<Found>) {
        found.push(Found {
            place: place.to_owned(),
            encoding: layers.join(", "),
        });
    }
}

/// What stands for a value of a header that must not be told.
const SECRET: &str = "[secret]";

/// Those of the values that stand in a text.
fn mentioned<'v>(values: &[&'v str], text: &str) -> HashSet<&'v str> {
    let Some(finder) = finder(values.iter()) else {
        return HashSet::new();
    };
    finder
        .find_overlapping_iter(text)
        .filter_map(|found| values.get(found.pattern().as_usize()).copied())
        .collect()
}

/// The archive without what was recorded: names of members, words and names of headers.
fn words_of_the_format(archive: &Har) -> String {
    let mut empty = archive.clone();
    for entry in &mut empty.log.entries {
        entry.request.url.clear();
        entry.request.query_string.clear();
        entry.response.redirect_url.clear();
        entry.response.content.text = None;
        entry
            .request
            .headers
            .iter_mut()
            .for_each(|pair| pair.value.clear());
        entry
            .response
            .headers
            .iter_mut()
            .for_each(|pair| pair.value.clear());
        if let Some(body) = &mut entry.request.post_data {
            body.text.clear();
        }
        if let Some(facts) = &mut entry.facts {
            facts.correlation_id.clear();
        }
    }
    let mut words = serde_json::to_string(&empty).unwrap_or_default();
    words.push_str(SECRET);
    words
}

type Undo = fn(&str) -> Option<String>;

/// How values hide. Each says nothing where there is nothing to undo.
const ENCODINGS: [(&str, Undo); 5] = [
    ("percent", percent),
    ("form", form),
    ("HTML", html),
    ("backslash", backslash),
    ("base64", base64),
];

fn percent(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let plain = percent_decode_str(text).decode_utf8_lossy().into_owned();
    (plain != text).then_some(plain)
}

fn form(text: &str) -> Option<String> {
    if !text.contains('+') {
        return None;
    }
    Some(text.replace('+', " "))
}

fn html(text: &str) -> Option<String> {
    if !text.contains('&') {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').filter(|(entity, _)| entity.len() <= 8);
        let letter = entity.and_then(|(entity, _)| match entity {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            other => {
                let number = other.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)
            }
        });
        match (letter, entity) {
            (Some(letter), Some((_, after))) => {
                plain.push(letter);
                rest = after;
            }
            _ => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    (plain != text).then_some(plain)
}

/// Escapes of JSON and JavaScript in a text that is not valid JSON as a whole.
fn backslash(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some(kind @ ('u' | 'x')) => {
                let digits: String = letters.clone().take(if kind == 'u' { 4 } else { 2 }).collect();
                match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                    Some(decoded) => {
                        plain.push(decoded);
                        for _ in digits.chars() {
                            letters.next();
                        }
                    }
                    None => plain.push(kind),
                }
            }
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some(other) => plain.push(other),
            None => {}
        }
    }
    Some(plain)
}

/// Only what is base64 as a whole, or in a JWT: three parts.
fn base64(text: &str) -> Option<String> {
    let is_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=.".contains(&byte);
    if text.len() < 8 || !text.bytes().all(is_alphabet) {
        return None;
    }
    let plain: Vec<u8> = text
        .split('.')
        .flat_map(|part| {
            let mut bytes = Vec::new();
            let (mut bits, mut count) = (0_u32, 0_u32);
            for byte in part.bytes().filter(|byte| *byte != b'=') {
                let value = match byte {
                    b'A'..=b'Z' => byte - b'A',
                    b'a'..=b'z' => byte - b'a' + 26,
                    b'0'..=b'9' => byte - b'0' + 52,
                    b'+' | b'-' => 62,
                    _ => 63,
                };
                bits = (bits << 6) | u32::from(value);
                count += 6;
                if count >= 8 {
                    count -= 8;
                    bytes.extend(u8::try_from((bits >> count) & 0xff));
                }
            }
            bytes
        })
        .collect();
    let plain = String::from_utf8_lossy(&plain).into_owned();
    // Noise is nothing.
    (plain.chars().filter(|letter| *letter == '\u{fffd}').count() * 8 < plain.len()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(original: &str, body: &str) -> Vec<Found> {
        let mut names = Names::default();
        names.add(original);
        names.prepare();
        let entry = Entry::new(
            crate::Request::new("GET", "https://x.example/", Vec::new()),
            crate::Response::new(200, Vec::new(), Some(body.to_owned())),
        );
        let archive = Har::new(vec![entry]);
        let text = serde_json::to_string(&archive).unwrap();
        Haystack::new(&names, Document::built_in(), &HashSet::new()).search(&archive, &text)
    }

    #[test]
    fn a_value_is_found_in_every_common_escape() {
        for (encoding, text) in [
            ("JSON", r#"{"a":["Zoë Quux-99"]}"#),
            ("JSON, JSON", r#"{"a":"{\"b\":\"Zo\\u00eb Quux-99\"}"}"#),
            ("JSON", r#"{"a":"https://x.example/?n=Zo%C3%AB%20Quux%2d99"}"#),
            ("JSON, percent, form", r#"{"a":"n=Zo%c3%ab+Quux-99"}"#),
            ("JSON, HTML", r#"{"a":"<b>Zo&#xEB; Quux-99</b>"}"#),
            ("JSON, backslash", r#"{"a":"x = \"Zo\\u00eb Quux-99\""}"#),
            ("JSON, base64", r#"{"a":"Wm/DqyBRdXV4LTk5"}"#),
        ] {
            let found = found("Zoë Quux-99", text);
            assert!(
                found.iter().any(|found| found.encoding == encoding),
                "{encoding}: {found:?}"
            );
            assert!(found.iter().all(|found| !found.place.contains("Quux")));
        }
        assert_eq!(found("Zoë Quux-99", r#"{"Zoë Quux-99":1}"#).len(), 1);
        assert_eq!(found("90417", r#"{"a":904170}"#).len(), 1);
    }

    #[test]
    fn a_number_that_was_kept_is_no_excuse_for_an_id() {
        let mut names = Names::default();
        names.add("90417");
        names.prepare();
        let kept = HashSet::from(["90417".to_owned()]);
        for (body, url, hits) in [
            (r#"{"total":90417}"#, "https://x.example/a?limit=90417", 0),
            (r#"{"id":"90417"}"#, "https://x.example/", 1),
            ("{}", "https://x.example/employees/90417", 1),
        ] {
            let entry = Entry::new(
                crate::Request::new("GET", url, Vec::new()),
                crate::Response::new(200, Vec::new(), Some(body.to_owned())),
            );
            let archive = Har::new(vec![entry]);
            let text = serde_json::to_string(&archive).unwrap();
            let found = Haystack::new(&names, Document::built_in(), &kept).search(&archive, &text);
            assert_eq!(found.len(), hits, "{body} {url}: {found:?}");
        }
    }

    #[test]
    fn a_short_value_is_found_only_as_a_whole() {
        assert_eq!(found("Bo", r#"{"a":"Body"}"#), []);
        assert_eq!(found("Bo", r#"{"a":"Bo"}"#).len(), 1);
        assert_eq!(found("Bo", r#"{"a":"{\"b\":\"Bo\"}"}"#).len(), 1);
        assert_eq!(found("Bo", r#"{"a":"https://x.example/Bo/y"}"#).len(), 1);
        // The document publishes it.
        assert_eq!(found("USD", r#"{"a":"USD"}"#), []);
        assert_eq!(found("amara.okafor", r#"{"a":"amara.okafor"}"#), []);
    }
}
