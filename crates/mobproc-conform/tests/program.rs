//! The program, as maintainers use it.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

fn run(folder: &TempDir, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mobproc-conform"))
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("cargo has built the program");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file in it");
    }
    folder
}

#[test]
fn every_file_is_checked_whatever_is_wrong_with_another() {
    let folder = folder(&[
        ("a.json", "{"),
        ("b.json", r#"{"what":"is","this":"?"}"#),
        ("c.json", r#"{"regions":[{"id":7}]}"#),
        ("d.json", r#"{"regions":[{"id":"2101","motto":"-"}]}"#),
        ("e.json", r#"{"regions":[{"id":"2101"}]}"#),
        ("f.json", "7"),
        ("g.json", "[]"),
        ("h.txt", "not looked at"),
    ]);
    let (good, text) = run(&folder, &[".", "nowhere.json"]);
    assert!(!good);
    for part in [
        "a.json: is not valid JSON",
        "b.json: is not recognised: no schema has members like this, what",
        "c.json: not valid: /regions/0/id",
        "c.json: does not decode: at regions",
        "d.json: unknown member: /regions/0/motto",
        "f.json: is not recognised",
        "g.json: is not recognised",
        "nowhere.json: cannot be read",
        "1 of 8 files conform",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_subject_can_be_named() {
    let folder = folder(&[("x.json", r#"{"action":"APPROVE"}"#)]);
    for arguments in [
        vec!["x.json"],
        vec!["--schema", "ApprovalRequest", "x.json"],
        vec!["--operation", "order_approval_create", "--request", "x.json"],
    ] {
        let (good, text) = run(&folder, &arguments);
        assert!(good && text.contains("ApprovalRequest"), "{text}");
    }
    for (arguments, part) in [
        (vec!["--schema", "Nothing", "x.json"], "no schema `Nothing`"),
        (
            vec!["--operation", "nothing", "--request", "x.json"],
            "no operation `nothing`",
        ),
        (
            vec!["--operation", "order_approval_create", "x.json"],
            "needs --request or --response",
        ),
        (
            vec!["--operation", "order_approval_create", "--response", "x.json"],
            "\"status\" is a required property",
        ),
    ] {
        let (good, text) = run(&folder, &arguments);
        assert!(!good && text.contains(part), "{part}: {text}");
    }
}

#[test]
fn machines_get_json() {
    let folder = folder(&[("x.json", r#"{"action":"APPROVE","why":1}"#)]);
    let (good, text) = run(&folder, &["--output", "json", "x.json"]);
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(!good);
    assert_eq!(report["conforms"], false);
    assert_eq!(report["files"][0]["report"]["unknown_members"][0], "/why");
}

/// An order of another person's making, from the field tables alone.
#[test]
fn an_order_is_recognised_by_its_members() {
    let order = r#"{"orderRequest":{"transactionType":"SUSPEND","serviceId":"1","properties":[{"groupId":"MISCELLANEOUS","fields":[
        {"id":"CONTACT_NUMBER","type":"TEXT","text":"1"},{"id":"HOLD_SERVICE","type":"CHOICE","choice":{"id":"a"}}]}]}}"#;
    let folder = folder(&[("order.json", order)]);
    let (good, text) = run(&folder, &["order.json"]);
    assert!(good && text.contains("OrderRequestEnvelope"), "{text}");
}
