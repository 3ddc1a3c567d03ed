//! Every command against the sandbox, in each form of output.

use serde_json::{Value, json};

use crate::support::{Home, Server, example};

/// Commands that read, with what their lists are of.
const LOOKUPS: &[(&[&str], &str)] = &[
    (&["employees", "list"], "companyEmployeeId"),
    (&["employees", "show", "5001"], "companyEmployeeId"),
    (&["lines", "list"], "serviceNumber"),
    (&["lines", "list", "--of", "amara.okafor"], "serviceNumber"),
    (&["lines", "show", "1001"], "serviceNumber"),
    (&["devices", "list"], "simId"),
    (&["devices", "show", "7001"], "simId"),
    (&["catalog", "devices"], "price"),
    (
        &["catalog", "devices", "--kind", "upgrade", "--service", "1001"],
        "price",
    ),
    (&["catalog", "plans", "--limit", "2"], "price"),
    (&["catalog", "features"], "description"),
    (&["catalog", "accessories"], "price"),
    (&["vendors", "list"], "name"),
    (&["vendors", "show", "3001"], "name"),
    (&["manufacturers", "list"], "name"),
    (&["manufacturers", "show", "LG"], "name"),
    (&["regions", "list"], "name"),
    (&["regions", "list", "--country", "2001"], "name"),
    (&["regions", "show", "2001"], "name"),
    (&["order", "list"], "externalOrderNumber"),
    (&["order", "show", "8801001"], "externalOrderNumber"),
    (
        &["approvals", "list", "--as", "jonas.lindqvist"],
        "externalOrderNumber",
    ),
];

#[test]
fn every_lookup_prints_the_same_in_each_form() {
    let home = Home::new();
    home.place_dear(&["--sandbox"]);
    for (command, member) in LOOKUPS {
        let run = |format: &str| {
            let mut arguments = vec!["--sandbox"];
            arguments.extend(*command);
            arguments.extend(["-o", format]);
            home.run(&arguments).ended(0)
        };
        let as_json = run("json").json();
        let is_list = as_json.is_array();
        let rows = as_json
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![as_json.clone()]);
        assert!(!rows.is_empty(), "{command:?} finds nothing");
        assert!(
            rows.iter().all(|row| row.get(*member).is_some()),
            "{command:?}: {as_json}"
        );
        let lines: Vec<Value> = run("ndjson")
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(
            without_links(&json!(lines)),
            without_links(&json!(rows)),
            "{command:?}"
        );
        assert_eq!(run("csv").stdout.lines().count(), rows.len() + 1, "{command:?}");
        let table = run("table").stdout;
        assert!(
            !is_list || table.lines().count() > rows.len(),
            "{command:?}: {table}"
        );
        assert!(!run("yaml").stdout.is_empty(), "{command:?}");
    }
}

/// Links name the port, which is another each time.
fn without_links(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "_meta")
            .map(|(name, value)| (name.clone(), without_links(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_links).collect(),
        other => other.clone(),
    }
}

#[test]
fn tables_are_as_reviewed() {
    let home = Home::new();
    for command in [
        &["employees", "list"][..],
        &["lines", "list"],
        &["devices", "list"],
        &["catalog", "devices"],
        &["catalog", "plans"],
        &["vendors", "list"],
        &["lines", "show", "1001"],
    ] {
        let mut arguments = vec!["--sandbox"];
        arguments.extend(command);
        insta::assert_snapshot!(
            format!("table_{}", command.join("_")),
            home.run(&arguments).ended(0).stdout
        );
    }
    let order = example("orders/upgrade/request.json");
    let confirmed = home.run(&["--sandbox", "order", "confirm", &order]).ended(0);
    insta::assert_snapshot!("table_order_confirm", confirmed.stdout);
}

#[test]
fn what_is_not_a_list_is_told_too() {
    let home = Home::new();
    for command in [
        &["me"][..],
        &["ping"],
        &["order", "pending"],
        &["doctor"],
        &["sandbox", "status"],
    ] {
        for format in ["table", "json", "ndjson", "yaml", "csv"] {
            let mut arguments = vec!["--sandbox"];
            arguments.extend(command);
            arguments.extend(["-o", format]);
            home.run(&arguments).ended(0);
        }
    }
    let id = home
        .run(&[
            "--sandbox",
            "order",
            "place",
            &example("orders/upgrade/request.json"),
            "--yes",
            "--expect-total",
            crate::support::UPGRADE_PRICE,
        ])
        .ended(0)
        .stdout;
    for command in ["history", "shipments"] {
        home.run(&["--sandbox", "order", command, id.trim(), "-o", "json"])
            .ended(0)
            .json();
    }
    let watched = home.run(&[
        "--sandbox",
        "order",
        "watch",
        id.trim(),
        "--every",
        "1s",
        "--at-most",
        "0s",
    ]);
    assert!([Some(0), Some(1)].contains(&watched.code), "{watched:?}");
    home.run(&["conform", &example("orders/upgrade/request.json")])
        .ended(0);
    let missing = home
        .run(&["--sandbox", "order", "show", "1", "-o", "json"])
        .ended(3);
    let error: Value = serde_json::from_str(&missing.stderr).unwrap();
    assert!(
        missing.stdout.is_empty() && error["error"]["correlationId"].is_string(),
        "{missing:?}"
    );
}

#[test]
fn columns_and_filters_pick() {
    let home = Home::new();
    let picked = home
        .run(&[
            "--sandbox",
            "lines",
            "list",
            "--columns",
            "id,employee.lastName",
            "-o",
            "csv",
        ])
        .ended(0);
    assert!(
        picked
            .stdout
            .starts_with("id,employee.lastName\r\n1001,Okafor\r\n"),
        "{picked:?}"
    );
    let filtered = home
        .run(&["--sandbox", "vendors", "list", "--jq", ".[] | .name"])
        .ended(0);
    assert!(filtered.stdout.starts_with("Fernwave Mobile\n"), "{filtered:?}");
    let streamed = home
        .run(&["--sandbox", "vendors", "list", "-o", "ndjson", "--jq", ".id"])
        .ended(0);
    assert!(streamed.stdout.starts_with("3001\n"), "{streamed:?}");
}

#[test]
fn ten_thousand_employees_are_ten_thousand() {
    let server = Server::start(&["--employees", "10000"]);
    let home = Home::of(&server);
    let counted = home.run(&["employees", "list", "--jq", "length"]).ended(0);
    let known = 7 + 10_000;
    assert_eq!(counted.stdout, format!("{known}\n"));
    let streamed = home.run(&["employees", "list", "-o", "ndjson"]).ended(0);
    assert_eq!(streamed.stdout.lines().count(), known);
    let paged = home
        .run(&["api", "GET", "/employees", "--paginate", "-o", "ndjson"])
        .ended(0);
    assert_eq!(paged.stdout.lines().count(), known);
}

#[test]
fn any_call_can_be_made_but_not_an_order() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let vendor = home
        .run(&["api", "GET", "/vendors/3001", "-o", "json"])
        .ended(0)
        .json();
    assert_eq!(vendor["name"], "Fernwave Mobile");
    let named = home
        .run(&["api", "get", "/ping", "-F", "echoText=a b&c", "-o", "json"])
        .ended(0);
    assert!(named.json()["echoText"] == "a b&c", "{named:?}");
    let body = home.file(
        "body.json",
        &std::fs::read_to_string(example("orders/upgrade/request.json")).unwrap(),
    );
    let body = body.display().to_string();
    for path in [
        "/orders",
        "/orders?confirm=true",
        "orders",
        "/Orders/",
        "/orders?confirm=false",
        "/%6frders",
        "//orders",
        "/x/../orders",
    ] {
        let refused = home.run(&["api", "POST", path, "--input", &body, "--yes"]);
        assert!([Some(2), Some(3)].contains(&refused.code), "{path}: {refused:?}");
        assert!(
            refused.stderr.contains("Nothing was ordered"),
            "{path}: {refused:?}"
        );
    }
    assert!(server.orders().is_empty());
    home.run(&["api", "GET", "/vendors", "--input", &body]).ended(2);
    home.run(&["api", "GET", "https://elsewhere.example/vendors"])
        .ended(2);
}

#[test]
fn a_template_is_an_order_once_it_is_filled_in() {
    let home = Home::new();
    for kind in [
        "new-activation",
        "upgrade",
        "port-number",
        "order-accessories",
        "suspend",
        "unsuspend",
        "deactivate",
        "update-features",
        "swap-devices",
        "xfer-service-out",
        "xfer-service-in",
        "xfer-service-in-and-port",
    ] {
        let bare = home.run(&["order", "template", kind]).ended(0).stdout;
        let path = home.file(&format!("{kind}.yaml"), &bare);
        // Read, and found to be incomplete, not unreadable.
        let checked = home
            .run(&["order", "check", &path.display().to_string()])
            .ended(3);
        assert!(checked.stdout.contains("error"), "{kind}: {checked:?}");
    }
    let out = home
        .run(&[
            "--sandbox",
            "order",
            "template",
            "suspend",
            "--service",
            "1001",
            "-O",
            "line.yaml",
        ])
        .ended(0);
    assert!(
        out.stderr.contains("mobproc --sandbox order check line.yaml"),
        "{out:?}"
    );
    let text = std::fs::read_to_string(home.path().join("line.yaml")).unwrap();
    let filled = text.replace("text: \"\"", "text: \"2025550101\"");
    home.file("line.yaml", &filled);
    home.run(&["order", "check", "line.yaml"]).ended(0);
    let placed = home.run(&[
        "--sandbox",
        "order",
        "place",
        "line.yaml",
        "--yes",
        "--expect-total",
        "none",
    ]);
    placed.ended(0);
    let shown = text
        .lines()
        .filter(|line| !line.contains("externalOrderNumber"))
        .collect::<Vec<_>>()
        .join("\n");
    insta::assert_snapshot!("template_suspend", shown);
    let upgrade = home
        .run(&[
            "--sandbox",
            "order",
            "template",
            "upgrade",
            "--service",
            "38382349",
        ])
        .ended(0)
        .stdout;
    let shown = upgrade
        .lines()
        .filter(|line| !line.contains("externalOrderNumber"))
        .collect::<Vec<_>>()
        .join("\n");
    insta::assert_snapshot!("template_upgrade", shown);
}

#[test]
fn an_order_is_made_from_flags_where_nobody_can_be_asked() {
    let home = Home::new();
    let made = home
        .run(&[
            "--sandbox",
            "order",
            "new",
            "upgrade",
            "--service-id",
            "38382349",
            "--device-id",
            "9194713904",
            "--plan-id",
            "6568886698",
            "--property",
            "CONTACT_NUMBER=2035559999",
            "--property",
            "Reason=21",
            "--ship-to-name",
            "Peter Edwards",
            "--ship-to-region-id",
            "70144640",
            "--address",
            "LINE_1=35 Executive Blvd",
            "--address",
            "CITY=Orange",
            "--address",
            "STATE=CT",
            "--address",
            "POSTAL_CODE=06477",
            "-O",
            "order.yaml",
        ])
        .ended(0);
    assert!(
        made.stderr
            .contains("Next: mobproc --sandbox order place order.yaml"),
        "{made:?}"
    );
    let text = std::fs::read_to_string(home.path().join("order.yaml")).unwrap();
    assert!(
        text.contains("manufacturerId: LG"),
        "the present device is the line's: {text}"
    );
    home.run(&["order", "check", "order.yaml"]).ended(0);
    home.run(&[
        "--sandbox",
        "order",
        "place",
        "order.yaml",
        "--yes",
        "--expect-total",
        "199.99USD,58.67USD/month",
    ])
    .ended(0);
    let wrong = home
        .run(&[
            "--sandbox",
            "order",
            "new",
            "suspend",
            "--service-id",
            "1001",
            "--property",
            "NONE=1",
        ])
        .ended(2);
    assert!(
        wrong
            .stderr
            .contains("is not asked for; asked for are CONTACT_NUMBER"),
        "{wrong:?}"
    );
    let missing = home.run(&["--sandbox", "order", "new", "upgrade"]).ended(3);
    assert!(missing.stderr.contains("serviceId"), "{missing:?}");
}
