//! Rollouts from the command line.

use std::fmt::Write as _;

use mobproc_tests::postgres::Postgres;
use serde_json::Value;

use crate::support::{Home, Ran, Server};

/// Adds a feature to a line: the same in every row but for a key.
pub(crate) const BASE: &str = r#"{
    "transactionType": "UPDATE_FEATURES",
    "serviceId": "1001",
    "shoppingCart": {"features": [{"id": "41", "action": "ADD"}]},
    "properties": [{"fields": [{"id": "CONTACT_NUMBER", "type": "TEXT", "text": "2025550101"}]}]
}"#;

/// What a row costs.
pub(crate) const ROW_PRICE: &str = "0USD,3USD/month";

/// A sheet of so many rows that differ in nothing but their keys.
pub(crate) fn keys(count: usize) -> String {
    let mut sheet = "key\n".to_owned();
    for row in 1..=count {
        let _ = writeln!(sheet, "k{row}");
    }
    sheet
}

impl Home {
    /// A plan of a sheet, `plan.rollout`.
    pub(crate) fn plan(&self, sheet: &str) -> Ran {
        self.file("base.json", BASE);
        self.file("sheet.csv", sheet);
        self.run(&[
            "rollout",
            "plan",
            "sheet.csv",
            "--base",
            "base.json",
            "-O",
            "plan.rollout",
        ])
    }

    pub(crate) fn approve(&self, total: &str) -> Ran {
        self.run(&[
            "rollout",
            "approve",
            "plan.rollout",
            "--yes",
            "--expect-total",
            total,
        ])
    }

    pub(crate) fn status(&self) -> Value {
        self.run(&["rollout", "status", "plan.rollout", "-o", "json"])
            .ended(0)
            .json()
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        let rows = self
            .run(&["rollout", "show", "plan.rollout", "--rows", "-o", "json"])
            .ended(0);
        rows.json().as_array().unwrap().clone()
    }
}

#[test]
fn from_a_template_to_a_sheet_with_order_numbers() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    home.run(&[
        "rollout",
        "template",
        "upgrade",
        "--service",
        "1001",
        "-O",
        "template.csv",
    ])
    .ended(0);
    let headings = std::fs::read_to_string(home.path().join("template.csv")).unwrap();
    let headings = headings.trim();
    for heading in [
        "transactionType",
        "serviceId",
        "shoppingCart.deviceId",
        "shipTo.address.CITY",
        "properties.CONTACT_NUMBER",
        "properties.Reason.choice",
    ] {
        assert!(
            headings.split(',').any(|known| known == heading),
            "{heading}: {headings}"
        );
    }
    let value = |heading: &str, line: &str| match heading {
        "transactionType" => "upgrade".to_owned(),
        "serviceId" => line.to_owned(),
        "cost_center" => format!("CC{line}"),
        "shoppingCart.deviceId" => "4001".to_owned(),
        "shoppingCart.planId" => "4101".to_owned(),
        "shipTo.name" => "Amara Okafor".to_owned(),
        "shipTo.regionId" => "2001".to_owned(),
        "shipTo.address.LINE_1" => "14 Harbor Street".to_owned(),
        "shipTo.address.CITY" => "New Haven".to_owned(),
        "shipTo.address.STATE" => "CT".to_owned(),
        "shipTo.address.POSTAL_CODE" => "06510".to_owned(),
        "properties.CONTACT_NUMBER" => "2025550101".to_owned(),
        "properties.Reason.choice" => "1".to_owned(),
        _ => String::new(),
    };
    let mut sheet = format!("{headings}\n");
    for line in ["1001", "1002"] {
        let cells: Vec<String> = headings.split(',').map(|heading| value(heading, line)).collect();
        let _ = writeln!(sheet, "{}", cells.join(","));
    }
    home.file("filled.csv", &sheet);
    home.run(&["rollout", "check", "filled.csv"]).ended(0);
    home.run(&["rollout", "check", "filled.csv", "--offline"])
        .ended(0);
    let planned = home
        .run(&["rollout", "plan", "filled.csv", "-O", "plan.rollout"])
        .ended(0);
    assert!(planned.stderr.contains("Nothing is ordered yet"), "{planned:?}");
    assert!(server.orders().is_empty());
    // Not approved, and a total that is not what it costs.
    let early = home.run(&["rollout", "apply", "plan.rollout", "--yes"]).ended(3);
    assert!(early.stderr.contains("not approved"), "{early:?}");
    home.approve("1USD").ended(3);
    let total = home.status()["total"].as_str().unwrap().to_owned();
    assert_eq!(total, "499.0USD,90.50USD/month");
    home.approve(&total).ended(0);
    assert!(server.orders().is_empty(), "approving orders nothing");
    let applied = home
        .run(&["rollout", "apply", "plan.rollout", "--yes", "--parallel", "1"])
        .ended(0);
    assert_eq!(applied.stdout, "2 ordered\n");
    assert_eq!(server.orders().len(), 2);
    let again = home.run(&["rollout", "apply", "plan.rollout", "--yes"]).ended(0);
    assert_eq!(again.stdout, "2 ordered\n");
    assert_eq!(server.orders().len(), 2);
    home.run(&["rollout", "export", "plan.rollout", "-O", "result.csv"])
        .ended(0);
    let result = std::fs::read_to_string(home.path().join("result.csv")).unwrap();
    let lines: Vec<&str> = result.lines().collect();
    assert!(
        lines[0].ends_with("#order_number,#order_id,#price,#state,#reason"),
        "{result}"
    );
    assert!(
        lines[1].contains("8801001") && lines[1].contains(",placed,"),
        "{result}"
    );
    home.run(&["rollout", "export", "plan.rollout", "-O", "result.csv"])
        .ended(2);
    // What was exported is a sheet again, and the same one.
    let again = home
        .run(&["rollout", "plan", "result.csv", "-O", "again.rollout"])
        .ended(6);
    assert!(
        again.stdout.contains("is row 2 of the rollout plan.rollout"),
        "{again:?}"
    );
    let audit = home
        .run(&["rollout", "audit", "plan.rollout", "-o", "json"])
        .ended(0)
        .json();
    let of_first: Vec<String> = audit
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["row"] == 2)
        .map(|change| {
            format!(
                "{} {}",
                change["to"].as_str().unwrap(),
                change["who"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        of_first,
        ["confirmed tester", "submitting tester", "placed tester"]
    );
}

/// Forty things that are wrong, each in a row of its own, and good rows between them.
const WRONG: &[&str] = &[
    // Cells that are not what their column holds.
    "upgrad,1001,4001,4101,,,,,,,,,1,1,,",
    ",1001,4001,4101,,,,,,,,,1,1,,",
    "upgrade,1001,4001,4101,one,,,,,,,,1,1,,",
    "upgrade,1001,4001,4101,1.5,,,,,,,,1,1,,",
    "update_features,1001,,,,41,,,,,,,1,,,",
    "update_features,1001,,,,41:ADD,,,,,,,1,,,",
    "suspend,1001,,,,,,,,,,,1,,id:,",
    "upgrade,1001,4001,4101,,,perhaps,,,,,,1,1,,",
    // What the kind of order needs.
    "suspend,,,,,,,,,,,,1,,,",
    "unsuspend,,,,,,,,,,,,1,,,",
    "deactivate,,,,,,,,,,,,1,,,",
    "upgrade,,4001,4101,,,,,,,,,1,1,,",
    "upgrade,1001,,,,,,,,,,,1,1,,",
    "update_features,1001,,,,,,,,,,,1,,,",
    "update_features,,,,,41=ADD,,,,,,,1,,,",
    "order_accessories,1001,,,,,,,,,,,1,,,",
    "swap_devices,1001,,,,,,,,,,,1,,,",
    "new_activation,,,,,,,,,,,,1,,,",
    "port_number,,4001,4101,,,,,,,,,1,,,",
    "xfer_service_in,,,,,,,,,,,,1,,,",
    "xfer_service_out,,,,,,,,,,,,1,,,",
    "upgrade,1001,4001,4101,,,,Amara,,,,,1,1,,",
    "upgrade,1001,4001,4101,,,,,2001,,,,1,1,,",
    // What stands beside the sheet, or twice in it.
    "suspend,1002,,,,,,,,,,,1,,,,beside",
    "update_features,1002,,,,41=ADD,,,,,,,2025550102,,,",
    "update_features,1002,,,,42=ADD,,,,,,,2025550102,,,",
    "deactivate,1004,,,,,,,,,,,1,,,,,far beside",
    // What the tenant has and asks for.
    "suspend,999,,,,,,,,,,,1,,,",
    "deactivate,0,,,,,,,,,,,1,,,",
    "suspend,1004,,,,,,,,,,,,,,",
    "upgrade,1001,4001,4101,,,,Amara,2001,1 Harbor,New Haven,06510,1,77,,a",
    "upgrade,1001,4001,4101,,,,Amara,2001,1 Harbor,New Haven,06510,,1,,b",
    "upgrade,1001,4999,4101,,,,Amara,2001,1 Harbor,New Haven,06510,1,1,,c",
    "upgrade,1001,4001,4999,,,,Amara,2001,1 Harbor,New Haven,06510,1,1,,d",
    "upgrade,1001,4001,4101,,,,Amara,2999,1 Harbor,New Haven,06510,1,1,,e",
    "upgrade,1001,4001,4101,,,,Amara,2001,1 Harbor,New Haven,abc,1,1,,f",
    "update_features,1001,,,,99=ADD,,,,,,,1,,,g",
    "update_features,1001,,,,41=FLIP,,,,,,,1,,,h",
    "suspend,1001,,,,,,,,,,,1,,nobody.here,i",
    "suspend,1001,,,,,,,,,,,1,,id:0,j",
];

#[test]
fn forty_mistakes_are_forty_messages_each_with_its_cell() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let mut sheet =
        "transactionType,serviceId,shoppingCart.deviceId,shoppingCart.planId,shoppingCart.quantity,\
                     shoppingCart.features,shipTo.expedite,shipTo.name,shipTo.regionId,shipTo.address.LINE_1,\
                     shipTo.address.CITY,shipTo.address.POSTAL_CODE,properties.CONTACT_NUMBER,\
                     properties.Reason.choice,acting_for,key\n"
            .to_owned();
    assert_eq!(WRONG.len(), 40);
    for row in WRONG {
        let _ = writeln!(sheet, "{row}");
    }
    sheet.push_str("suspend,1001,,,,,,,,,,,2025550101,,,\n");
    sheet.push_str("update_features,1001,,,,41=ADD,,,,,,,2025550101,,,\n");
    home.file("wrong.csv", &sheet);
    let planned = home
        .run(&["rollout", "plan", "wrong.csv", "-O", "plan.rollout", "-o", "json"])
        .ended(6);
    let told = planned.json();
    let rows: std::collections::BTreeSet<u64> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|mistake| mistake["row"].as_u64().unwrap())
        .collect();
    // Row 26 is the good one of two that are the same.
    let wrong: std::collections::BTreeSet<u64> = (2..=41).filter(|row| *row != 26).collect();
    let missed: Vec<_> = wrong.difference(&rows).collect();
    assert!(missed.is_empty(), "nothing is told of {missed:?}");
    assert_eq!(home.status()["counts"]["confirmed"], 3, "{told:#}");
    let lines: Vec<String> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|mistake| {
            let message = mistake["message"].as_str().unwrap();
            // What changes from run to run.
            let message = message.split(" (correlation id").next().unwrap();
            let message = message.split(", occurrence").next().unwrap();
            format!("{}: {message}", mistake["cell"].as_str().unwrap())
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert!(server.orders().is_empty());
}

#[test]
fn five_percent_of_everything_goes_wrong_and_one_command_starts_one_resumes_one_exports() {
    // `cargo xtask thorough rollouts` takes five thousand rows.
    let count: usize = std::env::var("MOBPROC_ROWS").map_or(100, |rows| rows.parse().unwrap());
    let server = Server::start(&[]);
    let home = Home::of(&server);
    home.plan(&keys(count)).ended(0);
    let total = home.status()["total"].as_str().unwrap().to_owned();
    home.approve(&total).ended(0);
    for fault in [
        "drop-after",
        "drop-before",
        "cut-body",
        "fail-after=500",
        "status=503",
        "expired-token",
    ] {
        server.faults(&format!("order_create:{fault} 5%"));
    }
    server.faults("order_list:drop-before 5%");
    let apply = [
        "--yes",
        "--parallel",
        "8",
        "--look-for",
        "0",
        "--first-pause",
        "0",
    ];
    let mut command = vec!["rollout", "apply", "plan.rollout"];
    command.extend(apply);
    let mut ran = home.run(&command);
    let mut runs = 1;
    command[1] = "resume";
    while home.status()["counts"]["confirmed"] != 0 {
        ran = home.run(&command);
        runs += 1;
        assert!(runs < 200, "{ran:?}");
    }
    assert!(matches!(ran.code, Some(0 | 5 | 6)), "{ran:?}");
    server.clear_faults();
    home.run(&["rollout", "retry", "plan.rollout", "--refused"])
        .ended(0);
    home.run(&command);
    home.run(&["rollout", "reconcile", "plan.rollout"]);
    home.run(&["rollout", "export", "plan.rollout", "-O", "result.xlsx"])
        .ended(0);
    // Compared with the sandbox's own list.
    let ordered = server.orders();
    let mut times = std::collections::HashMap::new();
    for number in &ordered {
        *times.entry(number.as_str()).or_insert(0) += 1;
    }
    let mut ends = std::collections::BTreeMap::new();
    for row in home.rows() {
        let number = row["number"].as_str().unwrap();
        let orders = times.get(number).copied().unwrap_or(0);
        let state = row["state"].as_str().unwrap().to_owned();
        match state.as_str() {
            "placed" => assert_eq!(orders, 1, "{row}"),
            "unknown" | "needs a person" => assert_eq!(orders, 0, "{row}"),
            _ => panic!("{row}"),
        }
        *ends.entry(state).or_insert(0_usize) += 1;
    }
    println!("{count} rows in {runs} runs: {ends:?}");
    assert_eq!(ordered.len(), times.len(), "no number twice");
    opens_in_libreoffice(&home, count, &ends);
}

/// The exported workbook, opened by LibreOffice: as many rows as the sheet, with the same states.
fn opens_in_libreoffice(home: &Home, count: usize, ends: &std::collections::BTreeMap<String, usize>) {
    if std::env::var_os("MOBPROC_LIBREOFFICE").is_none() {
        return;
    }
    let converted = std::process::Command::new("soffice")
        .args(["--headless", "--convert-to", "csv", "--outdir"])
        .arg(home.path().join("opened"))
        .arg(home.path().join("result.xlsx"))
        .env("HOME", home.path())
        .output()
        .expect("LibreOffice is asked for");
    assert!(converted.status.success(), "{converted:?}");
    let opened = std::fs::read_to_string(home.path().join("opened/result.csv")).unwrap();
    assert_eq!(opened.lines().count(), count + 1);
    let placed = opened.lines().filter(|line| line.contains(",placed,")).count();
    assert_eq!(Some(&placed), ends.get("placed"));
}

#[test]
fn a_second_applier_of_a_file_is_refused_and_status_answers_meanwhile() {
    let server = Server::start(&["--fault", "order_create:delay=5"]);
    let home = Home::of(&server);
    home.plan(&keys(3)).ended(0);
    home.approve("0USD,9USD/month").ended(0);
    let mut child = home
        .command(&["rollout", "apply", "plan.rollout", "--yes", "--parallel", "1"])
        .env("MOBPROC_TEST_STOP_AT", "submitting 2")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.any(|line| line.unwrap().starts_with("stopped at")));
    let second = home.run(&["rollout", "apply", "plan.rollout", "--yes"]).ended(3);
    assert!(
        second.stderr.contains("another program is working on"),
        "{second:?}"
    );
    let status = home.status();
    assert_eq!(
        (&status["counts"]["submitting"], &status["workers"]),
        (&1.into(), &1.into())
    );
    // Nothing is decided about what is being sent.
    home.run(&["rollout", "resolve", "plan.rollout", "2", "--send-again", "--yes"])
        .ended(3);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(server.orders().is_empty());
    let resumed = home
        .run(&["rollout", "resume", "plan.rollout", "--yes", "--look-for", "0"])
        .ended(5);
    assert!(resumed.stderr.contains("rollout reconcile"), "{resumed:?}");
    assert_eq!(server.orders().len(), 2);
    let early = home
        .run(&["rollout", "resolve", "plan.rollout", "2", "--send-again", "--yes"])
        .ended(3);
    assert!(
        early.stderr.contains("what was sent may still arrive until"),
        "{early:?}"
    );
    home.run(&[
        "rollout",
        "resolve",
        "plan.rollout",
        "2",
        "--placed",
        "8801999",
        "--reason",
        "seen on the portal",
        "--yes",
    ])
    .ended(0);
    let row = home.rows().remove(0);
    assert_eq!(
        (&row["state"], &row["orderId"]),
        (&"placed".into(), &"8801999".into())
    );
}

#[test]
fn a_pause_stops_what_is_applied_and_resume_goes_on() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    home.plan(&keys(6)).ended(0);
    home.approve("0USD,18USD/month").ended(0);
    home.run(&["rollout", "pause", "plan.rollout", "--reason", "lunch"])
        .ended(0);
    let paused = home.run(&["rollout", "apply", "plan.rollout", "--yes"]).ended(3);
    assert!(paused.stderr.contains("tester: lunch"), "{paused:?}");
    let capped = home
        .run(&["rollout", "resume", "plan.rollout", "--yes", "--max-orders", "2"])
        .ended(6);
    assert!(
        capped.stderr.contains("as many as allowed") && capped.stderr.contains("rollout resume"),
        "{capped:?}"
    );
    assert_eq!(server.orders().len(), 2);
    let capped = home
        .run(&[
            "rollout",
            "resume",
            "plan.rollout",
            "--yes",
            "--max-total",
            ROW_PRICE,
        ])
        .ended(6);
    assert!(capped.stderr.contains("would cost"), "{capped:?}");
    assert_eq!(server.orders().len(), 3);
    home.run(&["rollout", "resume", "plan.rollout", "--yes"]).ended(0);
    assert_eq!(server.orders().len(), 6);
}

#[test]
fn a_wave_is_asked_about_and_counted_for_itself() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let sheet = "key,wave,cost_center\na,first,CC1\nb,second,CC1\nc,second,CC2\n";
    home.plan(sheet).ended(0);
    home.approve("0USD,9USD/month").ended(0);
    let unknown = home
        .run(&["rollout", "apply", "plan.rollout", "--yes", "--wave", "First"])
        .ended(2);
    assert!(unknown.stderr.contains("it has first, second"), "{unknown:?}");
    let asked = home
        .run(&[
            "rollout",
            "apply",
            "plan.rollout",
            "--wave",
            "second",
            "--max-orders",
            "1",
        ])
        .ended(2);
    let question = "Order at most 1 of 2 orders of the wave second, which cost 0USD,6USD/month together?";
    assert!(asked.stderr.contains(question), "{asked:?}");
    let capped = home
        .run(&[
            "rollout",
            "apply",
            "plan.rollout",
            "--yes",
            "--wave",
            "second",
            "--max-orders",
            "1",
        ])
        .ended(6);
    assert!(
        capped
            .stderr
            .contains("rollout resume plan.rollout --wave second --max-orders 1"),
        "{capped:?}"
    );
    // All of the wave is done, whatever is left of the others.
    home.run(&["rollout", "resume", "plan.rollout", "--yes", "--wave", "second"])
        .ended(0);
    assert_eq!(server.orders().len(), 2);
    assert_eq!(home.status()["counts"]["confirmed"], 1);
}

#[test]
fn nothing_is_approved_for_another_total_than_was_seen() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    home.plan(&keys(2)).ended(0);
    home.file("more.csv", &keys(3));
    home.run(&[
        "rollout",
        "plan",
        "more.csv",
        "--base",
        "base.json",
        "-O",
        "more.rollout",
    ])
    .ended(0);
    home.approve("0USD,6USD/month").ended(0);
    // Two of the three belong to the first now.
    let all = [
        "rollout",
        "approve",
        "more.rollout",
        "--yes",
        "--expect-total",
        "0USD,9USD/month",
    ];
    let changed = home.run(&all).ended(3);
    assert!(changed.stderr.contains("nothing is approved"), "{changed:?}");
    home.run(&["rollout", "apply", "more.rollout", "--yes"]).ended(3);
    home.run(&[
        "rollout",
        "approve",
        "more.rollout",
        "--yes",
        "--expect-total",
        "0USD,3USD/month",
    ])
    .ended(0);
    home.run(&["rollout", "apply", "more.rollout", "--yes"]).ended(0);
    assert_eq!(server.orders().len(), 1);
}

#[test]
fn what_cannot_be_a_plan_says_so_and_leaves_nothing() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    home.file("empty.csv", "");
    home.file("headings.csv", "key\n");
    home.file("sheet.csv", &keys(1));
    home.file("base.json", BASE);
    let numbered = BASE.replacen('{', "{\"externalOrderNumber\": \"N-1\",", 1);
    home.file("numbered.json", &numbered);
    for (sheet, base, code, told) in [
        ("empty.csv", "base.json", 3, "is empty"),
        ("headings.csv", "base.json", 3, "no rows below its headings"),
        ("sheet.csv", "numbered.json", 3, "which all rows would share"),
        ("none.csv", "base.json", 2, "none.csv"),
        ("base.json", "base.json", 2, "is neither .xlsx nor .csv"),
    ] {
        let ran = home
            .run(&["rollout", "plan", sheet, "--base", base, "-O", "plan.rollout"])
            .ended(code);
        assert!(ran.stderr.contains(told), "{ran:?}");
        assert!(!home.path().join("plan.rollout").exists(), "{sheet}");
    }
    let ran = home.run(&["rollout", "status", "none.rollout"]).ended(2);
    assert!(ran.stderr.contains("there is no rollout none.rollout"), "{ran:?}");
    let ran = home.run(&["rollout", "status", "sheet.csv"]).ended(2);
    assert!(ran.stderr.contains("sheet.csv is no rollout"), "{ran:?}");
    // Another base makes another plan.
    home.plan(&keys(1)).ended(0);
    home.file("base.json", &BASE.replace("2025550101", "2025550102"));
    let again = [
        "rollout",
        "plan",
        "sheet.csv",
        "--base",
        "base.json",
        "-O",
        "plan.rollout",
    ];
    let other = home.run(&again).ended(3);
    assert!(
        other.stderr.contains("is a plan already, of another base"),
        "{other:?}"
    );
    assert!(server.orders().is_empty());
}

#[test]
fn whoever_approved_cannot_apply_where_two_have_to_agree() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    home.file("base.json", BASE);
    home.file("sheet.csv", &keys(1));
    home.run(&[
        "rollout",
        "plan",
        "sheet.csv",
        "--base",
        "base.json",
        "-O",
        "plan.rollout",
        "--four-eyes",
    ])
    .ended(0);
    home.approve(ROW_PRICE).ended(0);
    let refused = home.run(&["rollout", "apply", "plan.rollout", "--yes"]).ended(3);
    assert!(refused.stderr.contains("needs another person"), "{refused:?}");
    assert!(server.orders().is_empty());
}

#[test]
fn two_machines_on_one_database_order_each_row_once() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let server = Server::start(&[]);
    // Two machines know nothing of each other's folders.
    let homes = [Home::of(&server), Home::of(&server)];
    let journal = |command: &str| -> Vec<String> {
        let mut all: Vec<String> = ["rollout", command, "refresh"].map(str::to_owned).to_vec();
        all.extend(["--journal".to_owned(), postgres.url().to_owned()]);
        all
    };
    homes[0].file("base.json", BASE);
    homes[0].file("sheet.csv", &keys(40));
    let plan = [
        "rollout",
        "plan",
        "sheet.csv",
        "--base",
        "base.json",
        "-O",
        "refresh",
        "--journal",
        postgres.url(),
    ];
    homes[0].run(&plan).ended(0);
    let again = homes[0].run(&plan).ended(3);
    assert!(again.stderr.contains("is planned already"), "{again:?}");
    let run = |home: &Home, command: &str, more: &[&str]| {
        let all = journal(command);
        let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
        all.extend(more);
        home.command(&all)
    };
    let early = run(&homes[1], "work", &["--yes"]).output().unwrap();
    assert_eq!(early.status.code(), Some(3));
    let approved = run(
        &homes[0],
        "approve",
        &["--yes", "--expect-total", "0USD,120USD/month"],
    );
    let approved = { approved }.output().unwrap();
    assert!(approved.status.success(), "{approved:?}");
    let mut workers: Vec<_> = (0..4)
        .map(|worker| {
            run(&homes[worker % 2], "apply", &["--yes", "--parallel", "2"])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for worker in workers.drain(..) {
        let ended = worker.wait_with_output().unwrap();
        assert!(matches!(ended.status.code(), Some(0 | 5 | 6)), "{ended:?}");
    }
    let mut orders = server.orders();
    assert_eq!(orders.len(), 40);
    orders.sort_unstable();
    orders.dedup();
    assert_eq!(orders.len(), 40, "no number twice");
    let status = run(&homes[1], "status", &["-o", "json"]).output().unwrap();
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(
        (&status["counts"]["placed"], &status["workers"]),
        (&40.into(), &0.into())
    );
    // The password of a journal is not shown.
    let url = "postgres://mobproc:hush@127.0.0.1:1/none";
    let ran = homes[0]
        .run(&["rollout", "status", "refresh", "--journal", url])
        .ended(1);
    assert!(!ran.stderr.contains("hush"), "{ran:?}");
}
