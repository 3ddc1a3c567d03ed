//! Entry points to everything that reads untrusted input, for property tests and for the fuzz
//! targets in `fuzz/`.
//!
//! Each function panics where a promise is broken. That nothing hangs and nothing grows without
//! bound is seen by whoever runs them.

use http::{HeaderMap, HeaderValue, header};
use mobproc_api::Api;

use crate::auth::{self, Credentials};
use crate::client::Client;
use crate::error;
use crate::forms::{PropertyForm, fits};
use crate::orders::{OrderDraft, Property, SavedOrder};
use crate::retry;
use crate::transport::order_view::OrderView;

/// A body that came with an error.
pub fn error_body(body: &[u8]) {
    for failure in error::read_failures(body) {
        assert!(!failure.to_string().is_empty());
    }
}

/// A link in an answer, and a path from a caller: what is not refused leads below the base URL.
pub fn link(text: &str) {
    let api = Api::new("https://api.example/mobproc/v1").expect("it is a URL");
    let built = [
        api.link_get::<serde_json::Value>(text),
        api.raw_get::<serde_json::Value>(text),
        api.raw_post(text, "{}"),
    ];
    for request in built.into_iter().flatten() {
        let url = request.url();
        assert_eq!(url.origin(), api.base_url().origin(), "{url}");
        assert!(url.path().starts_with("/mobproc/v1/"), "{url}");
        assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        let segments = url.path_segments().expect("it has a host");
        for segment in segments {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            assert!(plain != ".." && plain != ".", "{url}");
        }
    }
}

/// An id from a caller: it keeps to its place in the path, or the request is not built.
pub fn id(text: &str) {
    let api = Api::new("https://api.example/mobproc/v1").expect("it is a URL");
    let built = [
        api.order_get(text)
            .map(|request| (request.url().clone(), "/orders/", "")),
        api.order_history_get(text, None)
            .map(|request| (request.url().clone(), "/orders/", "/history")),
        api.model_get("LG", text)
            .map(|request| (request.url().clone(), "/manufacturers/LG/models/", "")),
    ];
    for (url, before, after) in built.into_iter().flatten() {
        let rest = url
            .path()
            .strip_prefix("/mobproc/v1")
            .expect("it is below the base URL");
        let segment = rest
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .expect("the segments of the template are where they were");
        assert!(!segment.is_empty() && !segment.contains('/'), "{url}");
        assert!(segment != "." && segment != "..", "{url}");
        assert_eq!(url.query(), None, "{url}");
        assert_eq!(url.fragment(), None, "{url}");
    }
}

/// An answer to placing an order: whatever it is, it is judged, and only an order that names itself
/// is a placed one.
pub fn order_answer(body: &[u8]) {
    let view = OrderView::read(body);
    assert!(view.order_id.is_none() || view.holds_order);
    assert!(view.order_id.is_none_or(|id| !id.trim().is_empty()));
}

/// How long a server asks to wait. A wait that is granted is never longer than the policy allows.
pub fn retry_after(value: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(value) else {
        return;
    };
    let asked = retry::retry_after(
        &HeaderMap::from_iter([(header::RETRY_AFTER, value)]),
        std::time::SystemTime::UNIX_EPOCH,
    );
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

/// An order, or a saved confirmation, out of a file. What becomes an order is sent as it stands in
/// the file, and what was saved is restored only as it was saved.
pub fn file(text: &str) {
    if let Ok(order) = OrderDraft::from_json(text) {
        let _ = order.check();
        let again = OrderDraft::from_json(&order.to_json()).expect("it was an order");
        assert_eq!(again.to_json(), order.to_json());
    }
    if let Ok(saved) = serde_json::from_str::<SavedOrder>(text) {
        let orders = offline().orders();
        let again = serde_json::to_string(&saved).expect("it can be JSON");
        if orders.restore(saved.clone()).is_ok() || orders.restore_open(saved).is_ok() {
            let read: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
            let written: serde_json::Value = serde_json::from_str(&again).expect("it is JSON");
            assert_eq!(read, written);
        }
    }
}

/// The answer of a token server.
pub fn token_answer(body: &[u8]) {
    auth::read_token_answer(body);
}

/// A form with hostile definitions, and answers to it.
pub fn form(definitions: &[u8], answer: &str) {
    let Ok(definitions) = serde_json::from_slice(definitions) else {
        return;
    };
    let mut form = PropertyForm::new(definitions);
    let ids: Vec<String> = form.questions().map(|question| question.id.clone()).collect();
    for id in ids {
        form.answer(Property::text(&id, answer));
    }
    let _ = form.check();
}

/// A confirmation as it would be saved.
#[cfg(test)]
fn saved_order() -> SavedOrder {
    SavedOrder::of_texts(
        &offline(),
        r#"{"orderRequest":{"transactionType":"SUSPEND","serviceId":"1001"}}"#,
        r#"{"orderConfirmation":{"transactionType":"SUSPEND"}}"#,
    )
}

/// A client that is never used to send anything.
fn offline() -> Client {
    Client::builder()
        .tenant("ACME")
        .credentials(Credentials::bearer("client", "token"))
        .build()
        .expect("nothing is missing")
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

    /// Files that are orders and saved orders, most of them with something changed, and a few that
    /// are neither.
    fn files() -> impl Strategy<Value = String> {
        let saved = serde_json::to_string(&super::saved_order()).expect("it can be JSON");
        let order =
            r#"{"orderRequest":{"transactionType":"SUSPEND","serviceId":"1001","new":[1.10,{"a":null}]}}"#;
        let good = prop_oneof![Just(saved), Just(order.to_owned())];
        let changed = (
            good,
            any::<prop::sample::Index>(),
            "[0-9a-z\"{}\\[\\],:]{0,2}",
            0_usize..3,
        )
            .prop_map(|(good, place, put, cut)| {
                let place = place.index(good.len());
                let rest = good.get((place + cut).min(good.len())..).unwrap_or_default();
                format!("{}{put}{rest}", &good[..place])
            });
        prop_oneof![8 => changed, 1 => any::<String>()]
    }

    /// Answers with all members, each of any kind.
    fn token_answers() -> impl Strategy<Value = Vec<u8>> {
        let member = || {
            prop_oneof![
                Just("null".to_owned()),
                Just("\"Bearer\"".to_owned()),
                Just("[]".to_owned()),
                any::<f64>().prop_map(|number| format!("{number:e}")),
                any::<i64>().prop_map(|number| number.to_string()),
                "\"[ -!#-\\[\\]-~]{0,8}\"",
            ]
        };
        let whole = (member(), member(), member(), member()).prop_map(|(token, kind, lifetime, refresh)| {
            format!(
                r#"{{"access_token":{token},"token_type":{kind},"expires_in":{lifetime},"refresh_token":{refresh}}}"#
            )
            .into_bytes()
        });
        prop_oneof![6 => whole, 1 => any::<Vec<u8>>()]
    }

    /// Definitions with limits that contradict themselves and expressions of any kind.
    fn definitions() -> impl Strategy<Value = String> {
        let field =
            (expressions(), any::<i64>(), any::<i64>(), 0_usize..4).prop_map(|(regex, min, max, kind)| {
                let kind = ["TEXT", "DATE", "CHOICE", "NEW"]
                    .get(kind)
                    .copied()
                    .unwrap_or("TEXT");
                serde_json::json!({
                    "id": "A", "type": kind, "regEx": regex, "min": min, "max": max,
                    "minimumLength": min, "maximumLength": max, "choices": [], "validation": "REQUIRED",
                })
            });
        prop::collection::vec(field, 0..3)
            .prop_map(|fields| serde_json::json!([{"groupId": "G", "fields": fields}]).to_string())
    }

    #[test]
    fn what_was_saved_is_restored_and_nothing_else() {
        let saved = super::saved_order();
        assert!(super::offline().orders().restore(saved.clone()).is_ok());
        super::file(&serde_json::to_string(&saved).expect("it can be JSON"));
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
        fn no_id_leaves_its_segment(text in prop_oneof![any::<String>(), "[./\\\\%2eE ;?#a\t]{0,8}"]) {
            super::id(&text);
        }

        #[test]
        fn any_answer_to_an_order_is_judged(body in any::<Vec<u8>>()) {
            super::order_answer(&body);
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
        fn any_file_is_read(text in files()) {
            super::file(&text);
        }

        #[test]
        fn any_token_answer_is_read(body in token_answers()) {
            super::token_answer(&body);
        }

        #[test]
        fn any_form_is_filled_in(definitions in definitions(), answer in any::<String>()) {
            super::form(definitions.as_bytes(), &answer);
        }
    }
}
