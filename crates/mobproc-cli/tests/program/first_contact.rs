//! `probe`, `conform` on recordings, and `redact`: the first hour with a tenant.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Home, Ran, Server, UPGRADE_PRICE, example};

/// The tenant of the sandbox without the one line whose status has no published name.
fn seed_of_published_values(home: &Home) -> String {
    let seed = home.run(&["sandbox", "start", "--print-seed"]).ended(0).stdout;
    let seed = seed.replace(r#""status": "SUSPENDED""#, r#""status": "ACTIVE""#);
    home.file("seed.json", &seed).display().to_string()
}

/// A sandbox, perhaps otherwise than the document says, with three orders.
fn server_with_orders(home: &mut Home, flags: &[&str]) -> Server {
    let seed = seed_of_published_values(home);
    let mut all = vec!["--seed", &seed];
    all.extend(flags);
    let server = Server::start(&all);
    for (name, value) in &server.variables {
        home.set(name, value);
    }
    let order = std::fs::read_to_string(example("orders/upgrade/request.json")).unwrap();
    let mut order: Value = serde_json::from_str(&order).unwrap();
    for number in ["PROBE-1", "PROBE-2", "PROBE-3"] {
        order["orderRequest"]["externalOrderNumber"] = Value::from(number);
        home.file("order.json", &order.to_string());
        home.run(&[
            "order",
            "place",
            "order.json",
            "--yes",
            "--expect-total",
            UPGRADE_PRICE,
        ])
        .ended(0);
    }
    server
}

fn probe(home: &Home, flags: &[&str]) -> Ran {
    let mut all = vec!["probe", "--rate", "10000/s"];
    all.extend(flags);
    home.run(&all)
}

fn read(home: &Home, name: &str) -> String {
    std::fs::read_to_string(home.path().join(name)).unwrap()
}

/// The findings of a report in JSON, each as `difference what place`.
fn findings(report: &Value) -> BTreeSet<String> {
    let findings = report["drift"]["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| {
            let text = |name: &str| finding[name].as_str().unwrap().to_owned();
            format!("{} {} {}", text("difference"), text("what"), text("place"))
        })
        .collect()
}

#[test]
fn the_sandbox_inside_the_program_is_as_the_document_says() {
    let home = Home::new();
    let ran = home
        .run(&[
            "--sandbox",
            "probe",
            "-o",
            "report.md",
            "--recording",
            "probe.har",
        ])
        .ended(0);
    assert!(ran.stderr.contains("nothing was ordered"), "{}", ran.stderr);
    let report = read(&home, "report.md");
    assert!(report.contains("**No drift**"), "{report}");
    assert!(
        report.contains("| token | ok |") && report.contains("| clock | ok |"),
        "{report}"
    );
    // The raw recording is gone with the export, and the export is one of reads.
    let left: Vec<_> = walk(home.path())
        .into_iter()
        .filter(|path| path.contains("jsonl"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let archive: Value = serde_json::from_str(&read(&home, "probe.har")).unwrap();
    let entries = archive["log"]["entries"].as_array().unwrap();
    assert!(entries.len() > 80, "{}", entries.len());
    assert!(entries.iter().all(|entry| entry["request"]["method"] == "GET"));
    let text = archive.to_string();
    for personal in ["Okafor", "amara", "svc.procurement", "2025550113"] {
        assert!(!text.contains(personal), "{personal}");
    }
}

fn walk(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_probe_only_reads_and_finds_nothing_in_a_server_that_is_as_documented() {
    let mut home = Home::new();
    let server = server_with_orders(&mut home, &[]);
    let before = server.requests().len();
    probe(&home, &["-o", "report.json", "--tenant-file", "tenant.json"]).ended(0);
    let requests = server.requests();
    let of_probe: Vec<&Value> = requests
        .iter()
        .filter(|request| request["path"] != "/as/token.oauth2")
        .collect();
    assert!(of_probe.len() > before + 80);
    let writes: Vec<&&Value> = of_probe
        .iter()
        .filter(|request| request["method"] != "GET" && request["operation"] != "order_create")
        .collect();
    assert!(writes.is_empty(), "{writes:?}");
    // Three were confirmed and placed before; the probe did neither.
    assert_eq!(server.count("operation=order_create"), 6);
    let report: Value = serde_json::from_str(&read(&home, "report.json")).unwrap();
    assert_eq!(findings(&report), BTreeSet::new());
    assert_eq!(report["answers"]["backend"], "premium-mobile");
    assert_eq!(
        report["answers"]["pages"]["employee_list"]["offset"],
        "page-of-index"
    );
    assert_eq!(
        report["answers"]["parameters"]["order_list externalOrderNumber"],
        "ignored"
    );
    let tenant: Value = serde_json::from_str(&read(&home, "tenant.json")).unwrap();
    assert_eq!(
        tenant,
        serde_json::json!({ "backend": "premium-mobile", "offset": "page-of-index" })
    );
    // Nothing of the tenant's people and things is in the report.
    let text = report.to_string();
    for personal in ["Okafor", "PROBE-1", "2025550113", "LARKSPUR"] {
        assert!(!text.contains(personal), "{personal}");
    }
}

#[test]
fn forty_differences_are_found_mended_and_not_found_again() {
    let mut home = Home::new();
    let server = server_with_orders(&mut home, &["--deviate", "all"]);
    probe(&home, &["-o", "report.json", "--recording", "probe.har"]).ended(7);
    let report: Value = serde_json::from_str(&read(&home, "report.json")).unwrap();
    let found = findings(&report);
    insta::assert_snapshot!(found.iter().cloned().collect::<Vec<_>>().join("\n"));
    assert_eq!(found.len(), 40);

    // From the redacted recording alone, by somebody else: the same forty, and the patch.
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/mobproc.yaml");
    std::fs::create_dir(home.path().join("openapi")).unwrap();
    std::fs::copy(&document, home.path().join("openapi/mobproc.yaml")).unwrap();
    let ran = home
        .run(&["conform", "probe.har", "--propose", "mend.patch", "-o", "json"])
        .ended(7);
    assert!(ran.stderr.contains("mends 40 findings"), "{}", ran.stderr);
    let again = serde_json::json!({ "drift": ran.json()["traffic"] });
    let of_answers: BTreeSet<String> = again["drift"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["side"] == "answer")
        .map(|finding| finding["place"].to_string())
        .collect();
    let places: BTreeSet<String> = report["drift"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["place"].to_string())
        .collect();
    assert_eq!(of_answers, places);
    insta::assert_snapshot!("forty_mended", read(&home, "mend.patch"));
    let applied = Command::new("git")
        .args(["apply", "mend.patch"])
        .current_dir(home.path())
        .status()
        .unwrap();
    assert!(applied.success());

    // The mended document: the same server has no surprises any more.
    let ran = probe(&home, &["-o", "again.json", "--document", "openapi/mobproc.yaml"]);
    let report: Value = serde_json::from_str(&read(&home, "again.json")).unwrap();
    assert_eq!(findings(&report), BTreeSet::new(), "{ran:?}");
    ran.ended(0);
    drop(server);
}

#[test]
fn a_probe_that_is_stopped_goes_on_and_asks_nothing_twice() {
    let mut home = Home::new();
    let server = server_with_orders(&mut home, &[]);
    let reads = |server: &Server| -> Vec<String> {
        let requests = server.requests();
        requests
            .iter()
            .filter(|request| request["method"] == "GET")
            .map(|request| format!("{} {}", request["path"], request["query"]))
            .collect()
    };
    let before = reads(&server).len();
    let ran = probe(&home, &["--max-calls", "25", "-o", "one.md"]).ended(1);
    assert!(
        ran.stderr.contains("larger --max-calls goes on"),
        "{}",
        ran.stderr
    );
    assert_eq!(reads(&server).len() - before, 25);
    assert!(read(&home, "one.md").contains("| not asked |"));
    let ran = probe(&home, &["--max-calls", "300", "-o", "two.md"]).ended(0);
    assert!(ran.stderr.contains("goes on with it"), "{}", ran.stderr);
    let all = reads(&server);
    let different: BTreeSet<&String> = all.iter().skip(before).collect();
    assert_eq!(different.len(), all.len() - before, "something was asked twice");
    // A budget of exactly what it takes is enough.
    let needed = (all.len() - before).to_string();
    let ran = probe(&home, &["--max-calls", &needed, "-o", "three.md"]).ended(0);
    assert!(!ran.stderr.contains("used up"), "{}", ran.stderr);
    // The raw recording can be made fit to be given away afterwards, once.
    let raw = walk(home.path())
        .into_iter()
        .find(|path| path.contains(".done.jsonl"))
        .unwrap();
    home.run(&["redact", &raw, "--to", "late.har"]).ended(0);
    assert!(!Path::new(&raw).exists());
    let ran = home.run(&["redact", "late.har", "--to", "late.har"]).ended(2);
    assert!(ran.stderr.contains("is there already"), "{}", ran.stderr);
}

#[test]
fn a_confirmation_on_request_prices_and_places_nothing() {
    let mut home = Home::new();
    let server = server_with_orders(&mut home, &[]);
    home.file(
        "order.json",
        &std::fs::read_to_string(example("orders/upgrade/request.json")).unwrap(),
    );
    let ran = probe(&home, &["--confirm", "suspend=order.json"]).ended(2);
    assert!(
        ran.stderr.contains("no order of the kind SUSPEND"),
        "{}",
        ran.stderr
    );
    let ran = probe(&home, &["--confirm", "upgrade=order.json", "-o", "markdown"]).ended(0);
    assert!(
        ran.stdout.contains("| confirming UPGRADE | it is confirmed |"),
        "{}",
        ran.stdout
    );
    assert_eq!(server.orders().len(), 3);
    // Four confirmed, three placed: one of them by the probe, with confirm=true.
    assert_eq!(server.count("operation=order_create"), 7);
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_asked() {
    let home = Home::new();
    home.file("seed.json", "{}");
    for (arguments, said) in [
        (
            &["--sandbox", "lines", "list", "-o", "lines.csv"][..],
            "only `probe` writes",
        ),
        (
            &["--sandbox", "lines", "list", "-o", "sarif"],
            "for `conform` and `probe`",
        ),
        (&["--sandbox", "lines", "list", "-o", "xml"], "possible values"),
        (&["--sandbox", "probe", "-o", "report.har"], "--recording FILE"),
        (&["--sandbox", "probe", "-o", "report.pdf"], ".sarif or .txt"),
        (&["--sandbox", "probe", "--rate", "0/s"], "is no rate"),
        (&["--sandbox", "probe", "--rate", "fast"], "is no rate"),
        (&["--sandbox", "probe", "--confirm", "upgrade"], "KIND=FILE"),
        (&["--sandbox", "probe", "--keep-raw"], "--recording"),
        (&["--sandbox", "probe", "--max-calls", "0"], "--max-calls"),
        (
            &["--sandbox", "probe", "-o", "none/report.md"],
            "nothing can be written there",
        ),
        (
            &["--sandbox", "probe", "--recording", "seed.json"],
            "is there already",
        ),
        (
            &["--sandbox", "probe", "-o", "a.json", "--tenant-file", "a.json"],
            "is named for two files",
        ),
        (&["--sandbox", "probe", "--document", "none.yaml"], "none.yaml"),
        (&["conform", ".", "-o", "csv"], "table, json, sarif or markdown"),
    ] {
        let ran = home.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn findings_are_told_in_each_form_and_against_another_recording() {
    let mut home = Home::new();
    let entry = |members: &str| {
        format!(
            r#"{{"startedDateTime":"2030-01-01T00:00:00.000Z","time":1,"request":{{"method":"GET",
                "url":"https://tngo-mobproc.cloudhub.io/mobproc/v1/regions/2101?colour=red","httpVersion":"HTTP/1.1",
                "headers":[]}},"response":{{"status":200,"headers":[{{"name":"Content-Type","value":"application/json"}}],
                "content":{{"text":"{}"}}}}}}"#,
            format!(r#"{{"id":"2101",{members}"type":"STATE_PROVINCE"}}"#).replace('"', "\\\"")
        )
    };
    let archive = |entries: &str| {
        format!(
            r#"{{"log":{{"version":"1.2","creator":{{"name":"x","version":"1"}},"entries":[{entries}]}}}}"#
        )
    };
    home.file("old.har", &archive(&entry(r#""motto":"-","#)));
    home.file("new.json", &archive(&entry(r#""motto":"-","hymn":"-","#)));
    home.set("NO_COLOR", "1");
    let table = home.run(&["conform", "new.json"]).ended(7).stdout;
    insta::assert_snapshot!("table", table);
    let markdown = home
        .run(&["conform", "new.json", "-o", "markdown"])
        .ended(7)
        .stdout;
    assert!(markdown.contains("| unknown-member | `hymn` | `/components/schemas/Region` | 1 | region_get |"));
    let sarif = home.run(&["conform", "new.json", "-o", "sarif"]).ended(7).json();
    insta::assert_json_snapshot!("sarif", sarif);
    let json = home
        .run(&["conform", "new.json", "--baseline", "old.har", "-o", "json"])
        .ended(7)
        .json();
    let new = json["traffic"]["findings"].as_array().unwrap();
    assert_eq!(new.len(), 1, "{new:?}");
    assert_eq!(new[0]["what"], "hymn");
    home.run(&["conform", "old.har", "--baseline", "new.json"])
        .ended(0);
}

#[test]
fn whoever_is_not_let_in_is_told_so_and_asks_no_more() {
    let server = Server::start(&[]);
    for (name, value, code) in [
        ("MOBPROC_ACCESS_TOKEN", "wrong", 4),
        ("MOBPROC_TENANT", "WRONG", 3),
    ] {
        let mut home = Home::of(&server);
        home.set(name, value);
        let before = server.requests().len();
        let ran = probe(&home, &["-o", "report.md", "--tenant-file", "tenant.json"]).ended(code);
        assert!(!ran.stderr.contains("No drift"), "{}", ran.stderr);
        assert!(!home.path().join("report.md").exists());
        // The call, and a new token or two.
        assert!(server.requests().len() - before <= 4, "{:#?}", server.requests());
    }
}

#[test]
fn a_server_that_makes_small_pages_hides_nothing() {
    let server = Server::start(&["--deviate", "services-cap"]);
    let home = Home::of(&server);
    let lines = home.run(&["lines", "list", "-o", "json"]).ended(0).json();
    assert_eq!(lines.as_array().unwrap().len(), 5);
}

#[test]
fn a_recording_that_is_no_raw_one_is_kept() {
    let home = Home::new();
    home.run(&["--sandbox", "probe", "-o", "r.md", "--recording", "probe.har"])
        .ended(0);
    home.run(&["redact", "probe.har", "--to", "again.har"]).ended(0);
    assert!(home.path().join("probe.har").exists());
    home.file("empty.jsonl", "");
    let ran = home.run(&["redact", "empty.jsonl", "--to", "none.har"]).ended(2);
    assert!(ran.stderr.contains("no request in it"), "{}", ran.stderr);
    assert!(home.path().join("empty.jsonl").exists() && !home.path().join("none.har").exists());
}
