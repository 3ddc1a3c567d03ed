//! Recording, redaction and replay, with values planted wherever something personal or secret can be.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use mobproc::{Client, Credentials, EmployeeRef, OrderDraft, Reconciliation};
use mobproc_conform::{Checker, Direction, Subject};
use mobproc_har::{Document, Entry, read};
use mobproc_recorder::{Recorder, export};
use mobproc_sandbox::Sandbox;
use mobproc_tests::example;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::end_to_end::builder;

/// Members whose values are personal, secret or free text in what the tutorials show.
const PLANTED: &[&str] = &[
    "name",
    "text",
    "value",
    "label",
    "otherText",
    "firstName",
    "lastName",
    "email",
    "officePhone",
    "companyEmployeeId",
    "companyAssetId",
    "macAddress",
    "simId",
    "serviceNumber",
    "postalCode",
    "description",
    "reason",
    "message",
    "model",
    "otherMakeModelName",
];

/// Values nobody else has, each with letters that are escaped somewhere.
#[derive(Default)]
struct Canaries(Vec<String>);

impl Canaries {
    fn next(&mut self) -> String {
        let canary = format!("Zoë \"Quux\" & <Söhne>/#{:03}+x", 700 + self.0.len());
        self.0.push(canary.clone());
        canary
    }

    /// Puts one wherever a tutorial has something personal or free.
    fn plant(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if PLANTED.contains(&name.as_str()) && member.is_string() {
                        *member = Value::from(self.next());
                    } else {
                        self.plant(member);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.plant(item)),
            _ => {}
        }
    }
}

/// A value as it may stand in a file.
fn escapes(plain: &str) -> Vec<String> {
    let json = serde_json::to_string(plain).unwrap();
    let json = json.trim_matches('"').to_owned();
    let twice = serde_json::to_string(&json).unwrap();
    let twice = twice.trim_matches('"').to_owned();
    let mut unicode = String::new();
    let mut percent = String::new();
    let mut html = String::new();
    for letter in plain.chars() {
        let mut units = [0; 2];
        for unit in letter.encode_utf16(&mut units) {
            write!(unicode, "\\u{unit:04x}").unwrap();
        }
        let mut bytes = [0; 4];
        for byte in letter.encode_utf8(&mut bytes).bytes() {
            write!(percent, "%{byte:02X}").unwrap();
        }
        write!(html, "&#{};", u32::from(letter)).unwrap();
    }
    let form: String = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let spaces = form.replace('+', "%20");
    let entities = plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let lower = spaces.to_lowercase();
    vec![
        plain.to_owned(),
        json,
        twice,
        unicode,
        percent,
        html,
        form,
        spaces,
        lower,
        entities,
    ]
}

/// The tutorial's request, its confirmation and its order, with values of their own.
fn tutorial(kind: &str, number: &str, id: &str, canaries: &mut Canaries) -> [Value; 3] {
    let mut documents = ["request", "confirmation", "order"].map(|part| {
        let mut document = example(&format!("orders/{kind}/{part}"));
        canaries.plant(&mut document);
        document
    });
    documents[0]["orderRequest"]["externalOrderNumber"] = json!(number);
    documents[1]["orderConfirmation"]["externalOrderNumber"] = json!(number);
    documents[2]["order"]["externalOrderNumber"] = json!(number);
    documents[2]["order"]["orderId"] = json!(id);
    documents[2]["order"]["_meta"] =
        json!({ "href": format!("https://other.example/mobproc/v1/orders/{id}") });
    documents[2]["order"]["whisper"] = json!({ "of": [canaries.next(), 774_190_210], canaries.next(): true });
    documents
}

const TUTORIALS: [(&str, &str, &str); 2] = [
    ("upgrade", "QX-774190-UP", "774190001"),
    ("xfer_service_in", "QX-774190-IN", "774190002"),
];

/// Records two tutorials, a lost look-up and errors, on a sandbox that answers with planted values.
async fn record(path: &Path, canaries: &mut Canaries) {
    let sandbox = Sandbox::start().await.unwrap();
    let recorder = Arc::new(Recorder::create(path).unwrap());
    let tenant = sandbox.credentials().tenant.clone();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .token_url(sandbox.token_url())
        .tenant(&tenant)
        .credentials(Credentials::bearer("qx-client-774190", sandbox.access_token()))
        .observer(Arc::clone(&recorder))
        .build()
        .unwrap();
    let client = client.with_activity_id("QX-activity-774190");
    let script = |operation: &str, status: u16, body: Value| {
        sandbox.script(operation, status, body).unwrap();
    };
    let mut orders = Vec::new();
    for (kind, number, id) in TUTORIALS {
        let [request, confirmation, order] = tutorial(kind, number, id, canaries);
        script("order_create", 200, confirmation);
        script("order_create", 200, order.clone());
        let draft = OrderDraft::from_json(&request.to_string()).unwrap();
        let confirmed = client.orders().confirm(draft).await.unwrap();
        let placed = confirmed.submit().await.unwrap();
        assert_eq!(placed.order_id(), id);
        script("order_get", 200, order.clone());
        let link = order["order"]["_meta"]["href"].as_str().unwrap();
        let _: Value = client.follow(link).await.unwrap();
        orders.push(order["order"].clone());
    }
    let total = orders.len();
    script(
        "order_list",
        200,
        json!({ "orders": { "_meta": { "limit": 100, "offset": 0, "totalCount": total }, "items": orders } }),
    );
    let found = client.orders().reconcile(TUTORIALS[0].1, None).await.unwrap();
    assert!(matches!(found, Reconciliation::Found(_)), "{found:?}");
    // What goes wrong is recorded as well: texts of errors, pages, ids in paths, people in headers.
    script(
        "region_get",
        404,
        json!({ "status": 404, "errorCode": "404-Region", "message": canaries.next() }),
    );
    let _ = client.get_raw::<Value>("/regions/QX77419").await;
    let person = canaries.next();
    let encoded: String = form_urlencoded::byte_serialize(person.as_bytes()).collect();
    let _ = client
        .get_raw::<Value>(&format!(
            "/assets/devices?limit=2&offset=0&companyEmployeeId={encoded}&qx={encoded}"
        ))
        .await;
    let acting = client.acting_for(EmployeeRef::CompanyId("qx.actor.774190".to_owned()));
    let _ = acting.me().await;
    script(
        "vendor_get",
        200,
        json!({ "id": "Ŋq7", "name": canaries.next(), "region": { "id": "Ŋq7" } }),
    );
    let _ = client.get_raw::<Value>("/vendors/774190").await;
    canaries.0.extend(
        [
            "qx-client-774190",
            "QX-activity-774190",
            "qx.actor.774190",
            "QX77419",
            "774190210",
            "Ŋq7",
        ]
        .map(str::to_owned),
    );
    canaries.0.extend(
        TUTORIALS
            .iter()
            .flat_map(|(_, number, id)| [(*number).to_owned(), (*id).to_owned()]),
    );
    recorder.check().unwrap();
    sandbox.stop().await;
}

fn body(entry: &Entry) -> Option<Value> {
    serde_json::from_str(entry.response.content.text.as_deref()?).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_the_tutorials_holds_no_planted_value_decodes_and_replays() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, har) = (folder.path().join("raw.jsonl"), folder.path().join("given.har"));
    let mut canaries = Canaries::default();
    record(&raw, &mut canaries).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&raw).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    // What is searched for is really there to be found.
    let before = std::fs::read_to_string(&raw).unwrap();
    for canary in &canaries.0 {
        assert!(
            escapes(canary).iter().any(|escaped| before.contains(escaped)),
            "{canary} was not recorded"
        );
    }
    let exported = export(&raw, &har, false).unwrap();
    assert!(exported.removed && !raw.exists());
    let text = std::fs::read_to_string(&har).unwrap();
    for canary in &canaries.0 {
        for escaped in escapes(canary) {
            assert!(!text.contains(&escaped), "{escaped}");
        }
    }

    // Everything decodes as before.
    let entries = read(&text).unwrap();
    let checker = Checker::new();
    let document = Document::built_in();
    let mut decoded = 0;
    for entry in &entries {
        let url = reqwest::Url::parse(&entry.request.url).unwrap();
        let Some(known) = document.recognise(&entry.request.method, &url) else {
            continue;
        };
        let subject = |direction| Subject::Operation(known.operation.id.clone(), direction);
        if let Some(sent) = &entry.request.post_data {
            let value = serde_json::from_str(&sent.text).unwrap();
            let report = checker.check(&value, &subject(Direction::Request)).unwrap();
            assert!(report.is_good(), "{report:?}");
            decoded += 1;
        }
        if entry.response.status == 200 && known.operation.id.starts_with("order") {
            let report = checker
                .check(&body(entry).unwrap(), &subject(Direction::Response))
                .unwrap();
            assert!(report.is_valid() && report.decodes(), "{report:?}");
            decoded += 1;
        }
    }
    assert!(decoded >= 10, "{decoded}");

    // And it replays: the same calls with the pseudonyms, to a server that has nothing else.
    let sandbox = Sandbox::builder().recording(&entries).start().await.unwrap();
    let client = crate::end_to_end::client(&sandbox);
    let placed: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.request.url.contains("confirm=false"))
        .collect();
    assert_eq!(placed.len(), 2);
    for entry in placed {
        let request = &entry.request.post_data.as_ref().unwrap().text;
        let draft = OrderDraft::from_json(request).unwrap();
        let confirmed = client.orders().confirm(draft).await.unwrap();
        let order = confirmed.submit().await.unwrap();
        let recorded = body(entry).unwrap();
        assert_eq!(order.order_id(), recorded["order"]["orderId"].as_str().unwrap());
        let link = recorded["order"]["_meta"]["href"].as_str().unwrap();
        let same: Value = client.follow(link).await.unwrap();
        assert_eq!(same["order"]["orderId"], recorded["order"]["orderId"]);
    }
    let first = body(
        entries
            .iter()
            .find(|entry| entry.request.url.contains("confirm=false"))
            .unwrap(),
    )
    .unwrap();
    let number = first["order"]["externalOrderNumber"].as_str().unwrap();
    let found = client.orders().reconcile(number, None).await.unwrap();
    assert!(matches!(found, Reconciliation::Found(orders) if orders.len() == 1));
    // Nothing was placed there: everything came from the recording.
    assert_eq!(sandbox.orders().len(), 0);
    sandbox.stop().await;
}

#[tokio::test]
async fn the_last_line_may_be_torn_and_the_next_program_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raw.jsonl");
    let sandbox = Sandbox::start().await.unwrap();
    let with = |recorder: &Arc<Recorder>| builder(&sandbox).observer(Arc::clone(recorder)).build().unwrap();
    let recorder = Arc::new(Recorder::create(&path).unwrap());
    assert!(
        Recorder::create(&path).is_err(),
        "a recording is never written over"
    );
    for _ in 0..3 {
        with(&recorder).ping("x").await.unwrap();
    }
    // Killed while it wrote the third.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() - 40]).unwrap();
    assert_eq!(read(&std::fs::read_to_string(&path).unwrap()).unwrap().len(), 2);
    let recorder = Arc::new(Recorder::append(&path).unwrap());
    with(&recorder).ping("x").await.unwrap();
    let entries = read(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(entries.len(), 3);
    // A line in the middle that is broken is told, with its number.
    let text = std::fs::read_to_string(&path).unwrap();
    let broken = text
        .replacen("\"request\"", "\"asked\"", 2)
        .replacen("\"asked\"", "\"request\"", 1);
    let error = read(&broken).unwrap_err().to_string();
    assert!(error.starts_with("line 2 is not an entry"), "{error}");
    let error = read("{\"log\":1}").unwrap_err().to_string();
    assert!(error.contains("neither a HAR file nor a recording"), "{error}");
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_mended_by_what_was_seen_is_accepted() {
    let sandbox = Sandbox::builder()
        .deviations(mobproc_sandbox::Deviation::ALL)
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raw.jsonl");
    let recorder = Arc::new(Recorder::create(&path).unwrap());
    let client = builder(&sandbox).observer(Arc::clone(&recorder)).build().unwrap();
    for path in [
        "/ping?echoText=x",
        "/employees?limit=2&offset=0",
        "/employees/5001",
        "/assets/devices?limit=2&offset=0",
        "/assets/devices?limit=2&offset=2",
        "/assets/devices/7001",
        "/assets/services?limit=1000&offset=0",
        "/assets/services/1001",
        "/regions",
        "/regions/2001",
        "/regions/2101",
        "/regions/nowhere",
        "/orders/nowhere",
        "/vendors",
        "/vendors/3001",
        "/manufacturers/Kestrel",
        "/manufacturers/Kestrel/models/Kestrel%20K4%20(64GB)%20-%20Gray",
        "/catalog/devices/4001",
        "/catalog/plans/4101",
        "/catalog/accessories/4201",
        "/catalog/features",
        "/orders/properties?transactionType=UPGRADE&vendor=3001",
        "/acknowledgements?transactionType=XFER_SERVICE_IN&vendor=3001",
    ] {
        let _ = client.get_raw::<Value>(path).await;
    }
    let entries = read(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let drift = mobproc_conform::Drift::of(&entries, Document::built_in());
    let yaml = mobproc_tests::text("openapi/mobproc.yaml");
    let proposal = mobproc_conform::Proposal::new(&drift, &yaml).unwrap();
    assert_eq!(proposal.left, Vec::<String>::new());
    assert!(proposal.mended >= 38, "{}", proposal.mended);
    // As `cargo xtask regen` does it: the rules of the document, then the client.
    let file = folder.path().join("mobproc.yaml");
    std::fs::write(&file, &proposal.text).unwrap();
    let client = mobproc_codegen::generate_from(&file).unwrap_or_else(|error| panic!("{error}"));
    assert!(client.contains("Suspended") && client.contains("roaming_enabled"));
    // Nothing but lines that were added or changed: comments and order stay.
    let before: Vec<&str> = yaml
        .lines()
        .filter(|line| line.trim_start().starts_with('#'))
        .collect();
    let after: Vec<&str> = proposal
        .text
        .lines()
        .filter(|line| line.trim_start().starts_with('#'))
        .collect();
    assert_eq!(before, after);
    sandbox.stop().await;
}
