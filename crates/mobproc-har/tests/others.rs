//! Others read what we write, and we read what others write.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{TimeZone as _, Utc};
use mobproc_har::{Document, Entry, Facts, Har, Pair, Request, Response, read, redact};

fn entry() -> Entry {
    let mut facts = Facts::default();
    "region_get".clone_into(&mut facts.operation);
    facts.attempt = 1;
    Entry::new(
        Request::new(
            "POST",
            "https://tngo-mobproc.cloudhub.io/mobproc/v1/orders?confirm=true",
            vec![Pair::new("accept", "application/json")],
        )
        .with_body("application/json", "{}".to_owned()),
        Response::new(
            200,
            vec![Pair::new("content-type", "application/json")],
            Some(r#"{"status":"SUCCESS"}"#.to_owned()),
        ),
    )
    .at(Utc.with_ymd_and_hms(2030, 1, 1, 0, 0, 0).unwrap(), 12.0)
    .with_facts(facts)
}

#[test]
fn another_reader_reads_what_is_exported() {
    let redacted = redact(&[entry()], Document::built_in()).unwrap();
    let theirs = har::from_str(&redacted.text).unwrap();
    let har::Spec::V1_2(log) = theirs.log else {
        unreachable!("1.2 is what is written")
    };
    assert_eq!(log.entries.len(), 1);
    let first = log.entries.first().unwrap();
    assert_eq!(first.request.method, "POST");
    assert_eq!(first.response.status, 200);
}

#[test]
fn what_a_browser_writes_is_read_and_what_it_adds_stays_until_it_is_redacted() {
    let browser = r#"{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},
        "pages":[{"startedDateTime":"2030-01-01T00:00:00.000Z","id":"page_1","title":"Orders of Ada Quux",
        "pageTimings":{"onLoad":1.5}}],
        "entries":[{"_initiator":{"type":"script"},"_priority":"High","cache":{},"connection":"443",
        "startedDateTime":"2030-01-01T00:00:00.000Z","time":1.25,
        "request":{"method":"GET","url":"https://tngo-mobproc.cloudhub.io/mobproc/v1/regions?x=Ada%20Quux",
        "httpVersion":"h2","headers":[{"name":"Cookie","value":"session=Ada Quux"}],"queryString":[],
        "cookies":[{"name":"session","value":"Ada Quux"}],"headersSize":-1,"bodySize":0},
        "response":{"status":200,"statusText":"","httpVersion":"h2","headers":[],"cookies":[],
        "content":{"size":9,"mimeType":"text/html","text":"Ada Quux!"},"redirectURL":"","headersSize":-1,
        "bodySize":-1,"_transferSize":99},"serverIPAddress":"203.0.113.7","timings":{"blocked":0.1,"dns":-1,
        "send":0,"wait":1,"receive":0.1,"_blocked_queueing":0.2}}]}}"#;
    let entries = read(browser).unwrap();
    let first = entries.first().unwrap();
    assert!(first.other.contains_key("_initiator") && first.other.contains_key("serverIPAddress"));
    let again = serde_json::to_string(&Har::new(entries.clone())).unwrap();
    assert!(again.contains("_transferSize"));
    let redacted = redact(&entries, Document::built_in()).unwrap();
    for gone in [
        "Quux",
        "_initiator",
        "203.0.113.7",
        "_transferSize",
        "WebInspector",
    ] {
        assert!(!redacted.text.contains(gone), "{gone}");
    }
}
