//! Whatever is recorded, no value of a place that is not known to be harmless comes out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use mobproc_har::{Document, Entry, Json, Pair, Request, Response, read, redact};
use proptest::prelude::*;

/// A text that is not in the document and long enough to be looked for.
fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z0-9 .@+é'&%/\"-]{3,24}".prop_map(|text| format!("qZx{text}7"))
}

/// JSON with secrets in all places but the names of members.
fn json(secrets: Vec<String>) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        proptest::sample::select(secrets).prop_map(Json::String),
        any::<bool>().prop_map(Json::Bool),
        Just(Json::Null),
        (10_000_u32..).prop_map(|number| Json::Number(number.to_string())),
    ];
    let names = [
        "id",
        "firstName",
        "email",
        "status",
        "name",
        "text",
        "href",
        "updated",
        "price",
        "amount",
        "items",
        "employees",
        "whatever",
        "serviceNumber",
    ];
    let tree = leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            proptest::collection::vec((proptest::sample::select(names.to_vec()), inner), 0..4).prop_map(
                |members| Json::Object(
                    members
                        .into_iter()
                        .map(|(name, member)| (name.to_owned(), member))
                        .collect()
                )
            ),
        ]
    });
    tree.prop_map(|json| json.to_string())
}

proptest! {
    #[test]
    fn no_secret_comes_out(
        (secrets, body) in proptest::collection::vec(secret(), 1..4)
            .prop_flat_map(|secrets| (Just(secrets.clone()), json(secrets))),
        place in 0..4_usize,
    ) {
        let paths = ["/employees?limit=2&offset=0", "/assets/services/1", "/orders/1", "/nowhere/1"];
        let path = paths.get(place).unwrap();
        let first = secrets.first().unwrap();
        let encoded: String = url::form_urlencoded::byte_serialize(first.as_bytes()).collect();
        let entry = Entry::new(
            Request::new(
                "GET",
                &format!("https://own.example/mobproc/v1{path}#{encoded}"),
                vec![Pair::new("x-own", first), Pair::new("authorization", first)],
            ),
            Response::new(200, vec![Pair::new("content-type", "application/json")], Some(body)),
        );
        let redacted = redact(&[entry], Document::built_in());
        // A value that cannot be taken out is not given out.
        if let Ok(redacted) = redacted {
            for secret in &secrets {
                prop_assert!(!redacted.text.contains(secret.as_str()), "{}", redacted.text);
                let escaped = serde_json::to_string(secret).unwrap();
                prop_assert!(!redacted.text.contains(escaped.trim_matches('"')));
            }
            prop_assert_eq!(read(&redacted.text).unwrap().len(), 1);
        } else {
            prop_assert!(false, "{redacted:?}");
        }
    }

    #[test]
    fn anything_is_read_or_refused(text in ".*") {
        if let Ok(entries) = read(&text) {
            let _ = redact(&entries, Document::built_in());
        }
    }
}
