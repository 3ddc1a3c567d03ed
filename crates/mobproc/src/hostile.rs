//! What reads things that a server chose, or whoever stands in its place: here for property tests, and for the fuzz targets in `fuzz/`.
//!
//! Each function panics where a promise is broken. That nothing hangs and nothing grows without bound is seen by whoever runs them.

use http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::forms::fits;
use crate::orders::{Order, SavedConfirmation};
use crate::raw::{below, reroot};
use crate::{failure, retry};

/// A body that came with an error.
pub fn error_body(body: &[u8]) {
    for failure in failure::read(body) {
        assert!(!failure.to_string().is_empty());
    }
}

/// A link in an answer, and a path from a caller: what is not refused leads below the base URL.
pub fn link(text: &str) {
    let base = Url::parse("https://api.example/mobproc/v1").expect("it is a URL");
    for url in [reroot(&base, text), below(&base, text)].into_iter().flatten() {
        assert_eq!(url.origin(), base.origin(), "{url}");
        assert!(url.path().starts_with("/mobproc/v1/"), "{url}");
        assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        let segments = url.path_segments().expect("it has a host");
        for segment in segments {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            assert!(plain != ".." && plain != ".", "{url}");
        }
    }
}

/// How long a server asks to wait. A wait that is granted is never longer than the patience there is.
pub fn retry_after(value: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(value) else {
        return;
    };
    let asked = retry::retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)]));
    let policy = retry::RetryPolicy::default();
    let drawn = std::time::Duration::from_secs(1);
    if let Some(wait) = policy.wait(drawn, asked) {
        assert!(wait <= std::time::Duration::from_secs(30), "{wait:?}");
    }
}

/// An expression from a definition, and what somebody typed.
pub fn expression(expression: &str, text: &str) {
    let _ = fits(expression, text);
}

/// An order, or a saved confirmation, out of a file.
pub fn file(text: &str) {
    if let Ok(order) = Order::from_json(text) {
        let _ = order.check();
    }
    let _ = serde_json::from_str::<SavedConfirmation>(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Texts that look like links, and texts that do not.
    fn links() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("v1".to_owned()),
            Just("..".to_owned()),
            Just("%2e%2E".to_owned()),
            Just(".%2e".to_owned()),
            Just("\\".to_owned()),
            Just(String::new()),
            Just("user:secret@evil.example".to_owned()),
            "[a-z?#@:%]{1,6}",
            any::<String>(),
        ];
        let parts = prop::collection::vec(part, 0..8).prop_map(|parts| parts.join("/"));
        let start = prop_oneof![
            Just(""),
            Just("/"),
            Just("//"),
            Just("https://x.example/mobproc/v1/"),
            Just("http://[::1]/"),
        ];
        (start, parts).prop_map(|(start, rest)| format!("{start}{rest}"))
    }

    /// Expressions with everything that makes them slow, large or broken.
    fn expressions() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "[a-c0-9.^$|]{1,4}",
            Just("\\d".to_owned()),
            Just("\\1".to_owned()),
            Just("[^a]".to_owned()),
            any::<char>().prop_map(|letter| letter.to_string()),
        ];
        leaf.prop_recursive(5, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
                (
                    inner.clone(),
                    prop_oneof![
                        Just("+"),
                        Just("*"),
                        Just("?"),
                        Just("{1,900}"),
                        Just("{9}"),
                        Just("+?"),
                        Just("*+"),
                    ]
                )
                    .prop_map(|(inner, times)| format!("({inner}){times}")),
                inner.clone().prop_map(|inner| format!("(?={inner})")),
                inner.clone().prop_map(|inner| format!("(?<!{inner})")),
                inner.prop_map(|inner| format!("(?>{inner})")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_error_body_is_read(body in any::<Vec<u8>>()) {
            super::error_body(&body);
        }

        #[test]
        fn no_link_leads_out_of_the_base_url(text in links()) {
            super::link(&text);
        }

        #[test]
        fn any_retry_after_is_read(text in prop_oneof![any::<Vec<u8>>(), "[0-9]{0,30}".prop_map(String::into_bytes)]) {
            super::retry_after(&text);
        }

        #[test]
        fn any_expression_comes_to_an_end(expression in expressions(), text in prop_oneof!["a{0,200}b?", any::<String>()]) {
            let begin = std::time::Instant::now();
            super::expression(&expression, &text);
            // Far more than it takes, and far less than a hang.
            prop_assert!(begin.elapsed() < std::time::Duration::from_secs(10));
        }

        #[test]
        fn any_file_is_read(text in any::<String>()) {
            super::file(&text);
        }
    }
}
