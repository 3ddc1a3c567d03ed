//! Paths with ids in them. An id keeps to its own segment, or the request is not built.
//!
//! A URL parser resolves `.` and `..` (also as `%2e`), takes `\` for `/`, and drops tabs and line
//! breaks, so an id that is pasted into a path may lead to another resource: a decision on order
//! `x\..\8801001` would be one on order `8801001`.

use std::fmt::Write as _;

use reqwest::Url;

use crate::error::RequestError;

/// A path in the making: a template, such as `/regions/{id}`, and its arguments, encoded.
#[derive(Debug)]
pub(crate) struct Path {
    template: &'static str,
    arguments: Vec<(&'static str, String)>,
}

/// The segments of a template: a text that stands as it is, or the name of an argument.
fn segments(template: &'static str) -> impl Iterator<Item = Result<&'static str, &'static str>> {
    template.trim_start_matches('/').split('/').map(|segment| {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => Err(name),
            None => Ok(segment),
        }
    })
}

impl Path {
    /// A path of a template, whose arguments are missing so far.
    pub(crate) fn of(template: &'static str) -> Self {
        Self {
            template,
            arguments: Vec::new(),
        }
    }

    /// Puts an argument where the template has its name.
    pub(crate) fn fill(mut self, name: &'static str, value: &str) -> Result<Self, RequestError> {
        let encoded = encoded(name, value)?;
        let is_open = segments(self.template).any(|segment| segment == Err(name));
        if !is_open || self.argument(name).is_some() {
            let reason = format!("has no place in {}", self.template);
            return Err(RequestError::new(name, reason));
        }
        self.arguments.push((name, encoded));
        Ok(self)
    }

    fn argument(&self, name: &str) -> Option<&str> {
        let mut arguments = self.arguments.iter();
        arguments
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// An argument of a path, with everything but unreserved characters encoded.
fn encoded(name: &'static str, value: &str) -> Result<String, RequestError> {
    let refused = |reason: &'static str| Err(RequestError::new(name, reason));
    if value.trim().is_empty() {
        return refused("is empty");
    }
    if value.chars().any(char::is_control) {
        return refused("holds a control character");
    }
    if value.contains('\\') {
        return refused("holds a backslash, which counts as a slash in a URL");
    }
    // Also before parameters, which some servers take off first.
    let is_dots = |part: &str| matches!(part.split(';').next().unwrap_or_default().trim(), "." | "..");
    if value.split('/').any(is_dots) {
        return refused("holds a part `.` or `..`, which would lead to another resource");
    }
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    Ok(text)
}

/// Appends a path to the base URL, and holds what comes out against the template.
pub(crate) fn append(url: &mut Url, base: &Url, path: &Path) -> Result<(), RequestError> {
    let base = base.path().trim_end_matches('/');
    let mut whole = String::with_capacity(base.len() + path.template.len());
    whole.push_str(base);
    for segment in segments(path.template) {
        let text = match segment {
            Ok(text) => text,
            Err(name) => path
                .argument(name)
                .ok_or_else(|| RequestError::new(name, "is missing"))?,
        };
        whole.push('/');
        whole.push_str(text);
    }
    url.set_path(&whole);
    if url.path() == whole {
        Ok(())
    } else {
        Err(RequestError::new(
            "the path",
            format!("does not keep to {}", path.template),
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::Api;

    fn api() -> Api {
        Api::new("https://api.example/mobproc/v1").unwrap()
    }

    #[test]
    fn an_id_that_would_leave_its_segment_is_refused_and_named() {
        for id in [
            "",
            " ",
            "\u{a0}",
            ".",
            "..",
            "a/../b",
            "../8801001",
            "a/.",
            "x/..;/8801001",
            "..;a=b",
            "./a",
            "x\\..\\8801001",
            "\\",
            "a\tb",
            "a\nb",
            "a\0",
            "a\u{7f}",
            "a\u{85}b",
        ] {
            let error = api().order_get(id).unwrap_err();
            assert_eq!(error.argument(), "id", "{id:?}");
            let error = api().model_get("LG", id).unwrap_err();
            assert_eq!(error.argument(), "modelId", "{id:?}");
        }
    }

    #[test]
    fn every_other_id_is_encoded_whole() {
        for (id, segment) in [
            ("8801001", "8801001"),
            (
                "iPhone 6 (64GB) - Space Gray",
                "iPhone%206%20%2864GB%29%20-%20Space%20Gray",
            ),
            ("a/b", "a%2Fb"),
            ("%2e%2e", "%252e%252e"),
            ("...", "..."),
            ("..a", "..a"),
            ("?x=1#y", "%3Fx%3D1%23y"),
            (";x=1", "%3Bx%3D1"),
            ("é", "%C3%A9"),
            (" x ", "%20x%20"),
        ] {
            let request = api().order_history_get(id, None).unwrap();
            let path = format!("/mobproc/v1/orders/{segment}/history");
            assert_eq!(request.url().path(), path, "{id:?}");
            assert_eq!(request.url().query(), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_id_keeps_to_its_segment(id in prop_oneof![any::<String>(), "[./\\\\%2eE ;?#a\t]{0,8}"]) {
            let Ok(request) = api().order_approval_create(&id, bytes::Bytes::new()) else { return Ok(()) };
            let segments: Vec<&str> = request.url().path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 5, "{}", request.url());
            prop_assert_eq!([segments[0], segments[1], segments[2], segments[4]], ["mobproc", "v1", "orders", "approval"]);
            prop_assert_eq!(request.url().host_str(), Some("api.example"));
            prop_assert_eq!(request.url().query(), None);
            // And it is the id, whole.
            let decoded = percent_decoded(segments[3]);
            prop_assert_eq!(decoded, id);
        }
    }

    fn percent_decoded(segment: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = segment.as_bytes();
        while let Some((first, more)) = rest.split_first() {
            if *first == b'%' {
                let digits = std::str::from_utf8(&more[..2]).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = &more[2..];
            } else {
                bytes.push(*first);
                rest = more;
            }
        }
        String::from_utf8(bytes).unwrap()
    }
}
