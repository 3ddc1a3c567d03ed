#![no_main]
//! Any bytes as any answer: they decode or are an error. What decodes survives being encoded and
//! decoded once more.

use std::sync::LazyLock;

use mobproc_api::for_schema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

static SCHEMAS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(mobproc_api::document()).expect("it is generated as JSON");
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("it has schemas");
    schemas.keys().cloned().collect()
});

fn settles<T: DeserializeOwned + Serialize>(input: &[u8]) {
    if let Ok(typed) = serde_json::from_slice::<T>(input) {
        let once = serde_json::to_string(&typed).expect("what was decoded can be encoded");
        let again: T = serde_json::from_str(&once).expect("what was encoded can be decoded");
        assert_eq!(
            serde_json::to_string(&again).expect("it was encoded before"),
            once
        );
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    for name in SCHEMAS.iter() {
        for_schema!(name.as_str(), settles, input).expect("every schema has a type");
    }
});
