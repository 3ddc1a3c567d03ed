//! Ways in which values once got through, or ordinary recordings were refused. Each was tried.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use mobproc_har::{Document, Entry, Json, Pair, Redacted, Request, Response, read, redact};

const BASE: &str = "https://tngo-mobproc.cloudhub.io/mobproc/v1";

fn answered(path: &str, headers: &[(&str, &str)], body: &str) -> Entry {
    let headers = headers
        .iter()
        .map(|(name, value)| Pair::new(name, value))
        .collect();
    Entry::new(
        Request::new("GET", &format!("{BASE}{path}"), Vec::new()),
        Response::new(200, headers, Some(body.to_owned())),
    )
}

fn redacted(entries: &[Entry]) -> Redacted {
    redact(entries, Document::built_in()).unwrap()
}

fn body_of(redacted: &Redacted) -> Json {
    let text = redacted
        .archive
        .log
        .entries
        .first()
        .unwrap()
        .response
        .content
        .text
        .clone();
    Json::parse(&text.unwrap()).unwrap()
}

#[test]
fn nothing_gets_through_beside_a_date_or_a_telephone_number() {
    for (path, body) in [
        (
            "/orders/77/history",
            r#"[{"c":"2030-01-02 Approved by Quentin Zyx, ship to 14 Elm St"}]"#,
        ),
        (
            "/orders/77/history",
            r#"[{"c":"2030-02-11 - 212-867-5309, PIN 9041 Quentin"}]"#,
        ),
        ("/nowhere", r#"{"phone":"Quentin Zyx (212) 867-5309"}"#),
        ("/nowhere", r#"{"workPhone":"Quentin.zyx1234567@corp.com"}"#),
        (
            "/assets/services/1",
            r#"{"serviceNumber":"sip:Quentin.zyx@corp.com;pin=4471902"}"#,
        ),
        ("/nowhere", r#"{"p":"１２３４５６７ Quentin"}"#),
        ("/nowhere", r#"{"p":"!!@@##$$%Quentin"}"#),
        (
            "/employees/1",
            r#"{"firstName":"https://intra.corp.com/?QuentinZyx"}"#,
        ),
        (
            "/nowhere",
            r#"{"u":"quentin://Quentin.example","v":"https://x.com:53097/Quentin"}"#,
        ),
    ] {
        let text = redacted(&[answered(path, &[], body)]).text;
        for gone in [
            "Quentin", "quentin", "Elm St", "867-5309", "9041", "corp.com", "4471902", "53097", "１２", "$$",
        ] {
            assert!(!text.contains(gone), "{body}: {gone} in {text}");
        }
    }
}

#[test]
fn names_that_are_values_go_and_names_that_are_names_stay() {
    let entry = answered(
        "/employees/1?okafor=1&colour=red",
        &[("x-5551234567", "1"), ("x-request-colour", "1")],
        r#"{"lastName":"Okafor","m":{"sk_live_9Zq8":1,"c0ffee12-3456-7890-abcd-ef0123456789":1,"okafor":2,"workLocation":1}}"#,
    );
    let text = redacted(&[entry]).text;
    for gone in ["kafor", "sk_live_9Zq8", "c0ffee12", "5551234567"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    for kept in ["colour", "x-request-colour", "workLocation", "lastName"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
}

#[test]
fn headers_keep_words_of_the_protocol_only() {
    let entry = answered(
        "/employees?limit=123-45-6789&offset=10.0.0.17",
        &[
            ("accept", "Quentin Zyx"),
            ("pragma", "UXVlbnRpbiBaeXg="),
            ("date", "Born 1990-01-01"),
            ("cache-control", "user=quentin"),
            ("x-ratelimit-client-ip", "10.20.30.40"),
            ("Retry-After", "120"),
            ("Cache-Control", "max-age=60, no-store"),
            ("Date", "Tue, 01 Jan 2030 00:00:00 GMT"),
            ("x-ratelimit-remaining", "99"),
        ],
        "{}",
    );
    let text = redacted(&[entry]).text;
    for gone in ["uentin", "UXVl", "1990", "10.20.30.40", "123-45", "10.0.0.17"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    for kept in ["max-age=60, no-store", "\"120\"", "01 Jan 2030", "\"99\""] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
}

#[test]
fn forms_and_facts_keep_only_what_is_known() {
    for (text, gone) in [
        (r#"{"name":"Liesl Okafor"}"#, "Liesl"),
        ("sk_live_9Zq8secretTOKEN", "9Zq8"),
        ("amara.okafor@corp.com=1", "okafor"),
    ] {
        let request = Request::new("POST", "https://oauth.tangoe.com/as/token.oauth2", Vec::new())
            .with_body("application/x-www-form-urlencoded", text.to_owned());
        let entry = Entry::new(request, Response::new(200, Vec::new(), None));
        assert!(!redacted(&[entry]).text.contains(gone), "{text}");
    }
    let request = Request::new("POST", "https://oauth.tangoe.com/as/token.oauth2", Vec::new()).with_body(
        "application/x-www-form-urlencoded",
        "grant_type=password&scope=MOBPROC&username=quentin&password=hunter2".to_owned(),
    );
    let text = redacted(&[Entry::new(request, Response::new(200, Vec::new(), None))]).text;
    assert!(
        text.contains("grant_type=password&scope=MOBPROC&username="),
        "{text}"
    );
    assert!(!text.contains("quentin") && !text.contains("hunter2"));

    let line = r#"{"startedDateTime":"2030-01-01T00:00:00Z","time":2128675309,"request":{"method":"GET",
        "url":"https://x.example/v5551234567/orders","httpVersion":"HTTP/1.1","headers":[]},"response":{"status":55512,
        "headers":[],"content":{}},"_mobproc":{"operation":"Quentin Zyx","correlationId":"c","attempt":2128675309,
        "safeToRepeat":true,"decision":"Quentin 2128675309","error":"hunter2"}}"#
        .replace('\n', " ");
    let text = redacted(&read(&line).unwrap()).text;
    for gone in ["Quentin", "2128675309", "hunter2", "5551234567", "55512"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
}

#[test]
fn ordinary_recordings_are_not_refused() {
    for (headers, body) in [
        (
            &[("Allow", "GET, POST"), ("access-control-allow-methods", "GET")][..],
            r#"{"method":"GET"}"#,
        ),
        (
            &[
                ("access-control-expose-headers", "x-request-id"),
                ("x-request-id", "5f3"),
            ],
            r#"["cookies","cache","entries","timings","[secret]","give up","HTTP/1.1","0.1.0","1.2"]"#,
        ),
        (
            &[
                ("access-control-allow-headers", "authorization"),
                ("authorization", "[secret]"),
            ],
            "{}",
        ),
        (
            &[("via", "HTTP/1.1"), ("x-api-version", "1.2")],
            r#"{"x":10234,"y":"application/json"}"#,
        ),
    ] {
        let mut entry = answered("/nowhere", headers, body);
        entry.time = 10_234.0;
        redacted(&[entry]);
    }
    // What browsers and proxies write where they know nothing.
    let browser = r#"{"log":{"version":"1.2","creator":{"name":"x"},"entries":[{"startedDateTime":"2030-01-01T00:00:00Z",
        "time":null,"timings":null,"request":{"method":"GET","url":"https://x.example/","httpVersion":"h2","headers":[]},
        "response":{"status":-1,"redirectURL":null,"headers":[],"content":{"size":1.0}}},
        {"startedDateTime":"2030-01-01T00:00:00Z","timings":{},"request":{"method":"GET","url":"https://x.example/",
        "httpVersion":"h2","headers":[]},"response":{"status":200.0,"headers":[],"content":{}}}]}}"#;
    let entries = read(browser).unwrap();
    assert_eq!(
        entries
            .iter()
            .map(|entry| entry.response.status)
            .collect::<Vec<_>>(),
        [0, 200]
    );
    redacted(&entries);
    assert_eq!(
        read(&format!(
            "\n{}\n",
            serde_json::to_string(entries.first().unwrap()).unwrap()
        ))
        .unwrap()
        .len(),
        1
    );
}

#[test]
fn numbers_stay_numbers_and_pages_stay_pages() {
    let entry = answered(
        "/employees?limit=10000&offset=20000",
        &[],
        r#"{"employees":{"_meta":{"limit":10000,"totalCount":12345,"href":"/mobproc/v1/employees?offset=10000"},
           "items":[{"id":"12345","companyEmployeeId":"10000","zz":1.5e10,"q":-0.25}]}}"#,
    );
    let redacted = redacted(&[entry]);
    let list = body_of(&redacted).get("employees").unwrap().clone();
    let meta = list.get("_meta").unwrap();
    assert_eq!(meta.get("limit"), Some(&Json::Number("10000".to_owned())));
    assert_eq!(meta.get("totalCount"), Some(&Json::Number("12345".to_owned())));
    let href = meta.get("href").unwrap().as_str().unwrap();
    assert_eq!(href, "/mobproc/v1/employees?offset=10000");
    let Some(Json::Array(items)) = list.get("items") else {
        unreachable!("it is a list")
    };
    let item = items.first().unwrap();
    assert!(matches!(item.get("zz"), Some(Json::Number(number)) if number.contains('e')));
    assert_ne!(item.get("id").unwrap().as_str(), Some("12345"));
    let url = &redacted.archive.log.entries.first().unwrap().request.url;
    assert!(url.ends_with("limit=10000&offset=20000"), "{url}");
}

#[test]
fn a_long_value_takes_no_longer_than_many_short_ones() {
    let long: String = (0..40_000_u32)
        .map(|number| char::from(b'a' + (number % 23) as u8))
        .collect();
    let many: Vec<String> = (0..3_000)
        .map(|number| format!("\"person-{number}-{}\"", number * 7_919))
        .collect();
    let entries = [
        answered("/nowhere", &[], &format!("[\"{long}\"]")),
        answered("/nowhere", &[], &format!("[{}]", many.join(","))),
    ];
    let text = redacted(&entries).text;
    assert!(!text.contains("person-17-") && !text.contains(&long));
}

#[test]
fn what_is_wrong_with_a_file_is_told_without_what_is_in_it() {
    let line = |status: &str| {
        format!(
            r#"{{"startedDateTime":"2030-01-01T00:00:00Z","time":1,"request":{{"method":{status},"url":"u","httpVersion":"",
            "headers":[]}},"response":{{"status":200,"headers":[],"content":{{}}}}}}"#
        )
        .replace('\n', " ")
    };
    let good = line("\"GET\"");
    let error = read(&format!("{good}\n{}\n", line("[\"Quentin\"]")))
        .unwrap_err()
        .to_string();
    assert!(error.contains("line 2") && !error.contains("Quentin"), "{error}");
    // Whole, and wrong: it is not torn.
    assert!(read(&format!("{good}\n{}", line("7"))).is_err());
    assert_eq!(
        read(&format!("{good}\n{}", &good[..good.len() - 9]))
            .unwrap()
            .len(),
        1
    );
}
