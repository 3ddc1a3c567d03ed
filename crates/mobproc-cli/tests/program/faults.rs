//! What goes wrong on the wire, and what the program makes of it: exit codes, words, and what is
//! left to find out.

use crate::support::{Home, SUBMIT, Server};

/// What a submit ends with, for every fault that the sandbox knows.
const SUBMITS: &[(&str, i32, usize)] = &[
    // Fault, exit code, orders placed.
    ("delay=20", 0, 1),
    ("drop-before", 5, 0),
    ("drop-after", 5, 1),
    ("cut-body", 5, 1),
    ("slow-body=20", 0, 1),
    ("status=400", 3, 0),
    ("status=401", 4, 0),
    ("status=403", 3, 0),
    ("status=404", 3, 0),
    ("status=429", 1, 0),
    ("status=500", 5, 0),
    ("status=503", 5, 0),
    ("fail-after=500", 5, 1),
    ("html=502", 5, 0),
    ("empty=200", 5, 0),
    ("garbage", 5, 1),
    ("redirect=http://127.0.0.1:9/", 5, 0),
    ("permanent-redirect=http://127.0.0.1:9/", 5, 0),
    ("retry-after=0", 5, 0),
    ("retry-after-date=0", 5, 0),
    ("expired-token", 4, 0),
];

#[test]
fn a_submit_ends_as_its_fault_lets_it() {
    let server = Server::start(&[]);
    for (fault, code, orders) in SUBMITS {
        server.tell("/reset", &serde_json::json!({}));
        let home = Home::of(&server);
        let order = crate::support::example("orders/upgrade/request.json");
        home.confirm(&order).ended(0);
        server.fault("order_create", fault);
        let submitted = home.run(&SUBMIT);
        assert_eq!(submitted.code, Some(*code), "{fault}: {submitted:#?}");
        assert_eq!(server.orders().len(), *orders, "{fault}");
        let is_data = !submitted.stdout.is_empty();
        assert_eq!(is_data, *code == 0, "{fault}: {submitted:#?}");
        let pending = home.run(&["order", "pending", "-o", "json"]).ended(0);
        assert_eq!(
            pending.json().as_array().unwrap().len(),
            usize::from(*code == 5),
            "{fault}"
        );
        if *code != 5 {
            continue;
        }
        for told in [
            "It may or may not have been carried out",
            "12345678",
            "Next: mobproc order reconcile 12345678",
        ] {
            assert!(submitted.stderr.contains(told), "{fault}: {submitted:#?}");
        }
        // Running the same command again sends nothing.
        let before = server.count("operation=order_create");
        let again = home.run(&SUBMIT).ended(5);
        assert!(
            again.stderr.contains("nothing was sent this time"),
            "{fault}: {again:#?}"
        );
        assert_eq!(server.count("operation=order_create"), before, "{fault}");
        let looked = home.run(&["order", "reconcile", "12345678", "-o", "json"]);
        if *orders == 1 {
            assert_eq!(
                looked.ended(0).json()["externalOrderNumber"],
                "12345678",
                "{fault}"
            );
            assert_eq!(home.run(&SUBMIT).ended(0).stdout.trim(), "8801001", "{fault}");
            assert_eq!(
                home.run(&["order", "pending", "--jq", "length"]).stdout,
                "0\n",
                "{fault}"
            );
        } else {
            // What is not seen may still come.
            looked.ended(5);
            let early = home
                .run(&["order", "resolve", "12345678", "--not-placed", "--yes"])
                .ended(3);
            assert!(
                early.stderr.contains("may still arrive until"),
                "{fault}: {early:#?}"
            );
        }
        assert_eq!(server.orders().len(), *orders, "{fault}");
    }
}

#[test]
fn what_cannot_be_reached_or_is_not_let_in_ordered_nothing() {
    let server = Server::start(&[]);
    let mut home = Home::of(&server);
    home.set("MOBPROC_PASSWORD", "wrong");
    let refused = home.place_upgrade().ended(4);
    assert!(
        refused.stderr.contains("Nothing was ordered or changed."),
        "{refused:#?}"
    );
    assert!(
        refused.stderr.contains("Next: mobproc auth status"),
        "{refused:#?}"
    );
    let mut home = Home::of(&server);
    home.set("MOBPROC_BASE_URL", "http://127.0.0.1:9/mobproc/v1");
    let unreached = home.place_upgrade().ended(1);
    assert!(
        unreached.stderr.contains("Nothing was ordered or changed."),
        "{unreached:#?}"
    );
    let unset = Home::new().place_upgrade().ended(2);
    assert!(unset.stderr.contains("mobproc auth login"), "{unset:#?}");
    assert!(server.orders().is_empty());
}

/// A submit that never left can be made again: nothing was ordered by the first.
#[test]
fn what_was_certainly_not_placed_can_be_submitted_again() {
    let server = Server::start(&["--fault", "order_create:status=403 x1"]);
    let home = Home::of(&server);
    let order = crate::support::example("orders/upgrade/request.json");
    // The first confirmation is what the fault strikes.
    home.confirm(&order).ended(3);
    home.confirm(&order).ended(0);
    server.fault("order_create", "status=403");
    home.run(&SUBMIT).ended(3);
    home.run(&SUBMIT).ended(0);
    assert_eq!(server.orders(), ["12345678"]);
}

#[test]
fn moves_and_approvals_are_in_the_journal_too() {
    let server = Server::start(&["--fault", "service_asset_move:drop-after x1"]);
    let home = Home::of(&server);
    let refused = home
        .run(&["lines", "move", "1001", "--to", "mei.tanaka"])
        .ended(2);
    assert!(refused.stderr.contains("there is nobody to ask"), "{refused:#?}");
    let lost = home
        .run(&["lines", "move", "1001", "--to", "mei.tanaka", "--yes"])
        .ended(5);
    assert!(
        lost.stderr.contains("Next: mobproc order reconcile move-1001"),
        "{lost:#?}"
    );
    let again = home
        .run(&["lines", "move", "1001", "--to", "mei.tanaka", "--yes"])
        .ended(5);
    assert!(again.stderr.contains("nothing was sent this time"), "{again:#?}");
    assert_eq!(server.count("operation=service_asset_move"), 1);
    let found = home.run(&["order", "reconcile", "move-1001"]).ended(0);
    assert!(
        found.stderr.contains("the line 1001 has its new owner"),
        "{found:#?}"
    );
    // Another move of the same line is another write.
    home.run(&["lines", "move", "1001", "--to", "id:5001", "--yes"])
        .ended(0);
    assert_eq!(server.count("operation=service_asset_move"), 2);
    // A raw write that was lost is for a person to look at.
    server.fault("service_asset_move", "drop-after");
    home.run(&[
        "api",
        "POST",
        "/assets/services/1001/move",
        "-F",
        "newOwnerEmployeeId=5003",
        "--yes",
    ])
    .ended(5);
    let told = home
        .run(&["order", "reconcile", "post-assets-services-1001-move"])
        .ended(5);
    assert!(told.stderr.contains("nobody but you knows"), "{told:#?}");
    home.run(&[
        "order",
        "resolve",
        "post-assets-services-1001-move",
        "--placed",
        "--yes",
        "--reason",
        "I looked",
    ])
    .ended(0);
    assert_eq!(home.run(&["order", "pending", "--jq", "length"]).stdout, "0\n");
}

#[test]
fn an_approval_whose_answer_is_lost_is_looked_up() {
    let server = Server::start(&["--fault", "order_approval_create:drop-after x1"]);
    let home = Home::of(&server);
    let id = home.place_dear(&[]).stdout.trim().to_owned();
    let listed = home
        .run(&["approvals", "list", "--as", "jonas.lindqvist", "-o", "json"])
        .ended(0);
    assert_eq!(listed.json()[0]["orderId"], id.as_str());
    let approve = ["approvals", "approve", &id, "--as", "jonas.lindqvist", "--yes"];
    home.run(&approve).ended(5);
    home.run(&approve).ended(5);
    assert_eq!(server.count("operation=order_approval_create"), 1);
    let number = format!("approval-{id}");
    let found = home.run(&["order", "reconcile", &number]).ended(0);
    assert!(found.stderr.contains("so it was decided upon"), "{found:#?}");
}

/// An order of somebody else is not the one that was sent.
#[test]
fn reconciling_claims_no_order_of_somebody_else() {
    let server = Server::start(&[]);
    let first = Home::of(&server);
    first.place_upgrade().ended(0);
    // From another machine, with the same number; the answer is lost, and nothing was carried out.
    let second = Home::of(&server);
    let text = std::fs::read_to_string(crate::support::example("orders/suspend/request.json")).unwrap();
    let mut order: serde_json::Value = serde_json::from_str(&text).unwrap();
    order["orderRequest"]["externalOrderNumber"] = "12345678".into();
    let file = second.file("suspend.json", &order.to_string());
    let file = file.display().to_string();
    let confirmed = second.confirm(&file);
    confirmed.ended(0);
    server.fault("order_create", "drop-before");
    second
        .run(&[
            "order",
            "submit",
            "confirmed.json",
            "--yes",
            "--expect-total",
            "none",
        ])
        .ended(5);
    let looked = second.run(&["order", "reconcile", "12345678"]).ended(5);
    assert!(looked.stderr.contains("a person has to look"), "{looked:?}");
    assert_eq!(second.run(&["order", "pending", "--jq", "length"]).stdout, "1\n");
}

#[test]
fn an_approval_is_not_taken_for_carried_out_by_another_decision() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let id = home.place_dear(&[]).stdout.trim().to_owned();
    server.fault("order_approval_create", "drop-before");
    let jonas = ["--as", "jonas.lindqvist", "--yes"];
    let approve = [&["approvals", "approve", &id][..], &jonas].concat();
    home.run(&approve).ended(5);
    // Somebody else rejects it meanwhile.
    let other = Home::of(&server);
    let reject = [&["approvals", "reject", &id, "--reason", "no budget"][..], &jonas].concat();
    other.run(&reject).ended(0);
    let looked = home
        .run(&["order", "reconcile", &format!("approval-{id}")])
        .ended(5);
    assert!(
        looked.stderr.contains("another decision than was sent"),
        "{looked:?}"
    );
}

#[test]
fn another_account_does_not_look_for_what_was_sent() {
    let server = Server::start(&[]);
    let mut home = Home::of(&server);
    let order = crate::support::example("orders/upgrade/request.json");
    home.confirm(&order).ended(0);
    server.fault("order_create", "drop-after");
    home.run(&SUBMIT).ended(5);
    home.set("MOBPROC_USERNAME", "command://somebody.else");
    let refused = home.run(&["order", "reconcile", "12345678"]).ended(5);
    assert!(
        refused.stderr.contains("was sent with the credentials of"),
        "{refused:?}"
    );
    assert_eq!(home.run(&["order", "pending", "--jq", "length"]).stdout, "1\n");
}

/// An order in JSON, with this number.
fn numbered(example: &str, number: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(crate::support::example(example)).unwrap();
    let mut order: serde_json::Value = serde_json::from_str(&text).unwrap();
    order["orderRequest"]["externalOrderNumber"] = number.into();
    order
}

fn suspend_of(line: &str) -> serde_json::Value {
    serde_json::json!({"orderRequest": {
        "transactionType": "SUSPEND", "externalOrderNumber": "REQ-7", "serviceId": line,
        "properties": [{"groupId": "MISCELLANEOUS", "fields": [
            {"id": "CONTACT_NUMBER", "type": "TEXT", "text": "2025550101"}]}],
    }})
}

#[test]
fn an_order_for_another_line_is_not_the_one_that_was_sent() {
    let server = Server::start(&[]);
    let other = Home::of(&server);
    other.file("order.json", &suspend_of("1001").to_string());
    other
        .run(&["order", "place", "order.json", "--yes", "--expect-total", "none"])
        .ended(0);
    let home = Home::of(&server);
    home.file("order.json", &suspend_of("1002").to_string());
    home.confirm("order.json").ended(0);
    server.fault("order_create", "drop-before");
    let submit = [
        "order",
        "submit",
        "confirmed.json",
        "--yes",
        "--expect-total",
        "none",
    ];
    home.run(&submit).ended(5);
    let looked = home.run(&["order", "reconcile", "REQ-7"]).ended(5);
    assert!(looked.stderr.contains("a person has to look"), "{looked:?}");
    home.run(&submit).ended(5);
}

/// The number that was sent is the one that is looked for, also where an earlier attempt spelled it
/// otherwise.
#[test]
fn a_number_that_was_spelled_otherwise_before_is_found_as_it_was_sent() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    home.file(
        "low.json",
        &numbered("orders/upgrade/request.json", "lf-1").to_string(),
    );
    home.file(
        "high.json",
        &numbered("orders/upgrade/request.json", "LF-1").to_string(),
    );
    home.confirm("low.json").ended(0);
    server.fault("order_create", "status=400");
    home.run(&SUBMIT).ended(3);
    std::fs::remove_file(home.path().join("confirmed.json")).unwrap();
    home.confirm("high.json").ended(0);
    server.fault("order_create", "drop-after");
    let lost = home.run(&SUBMIT).ended(5);
    assert!(lost.stderr.contains("order reconcile LF-1"), "{lost:?}");
    home.run(&["order", "reconcile", "LF-1"]).ended(0);
    home.run(&SUBMIT).ended(0);
    assert_eq!(server.orders(), ["LF-1"]);
}

/// An approval of an order that did not wait for one says nothing once the order has moved on.
#[test]
fn an_approval_of_an_order_that_did_not_wait_is_not_taken_for_carried_out() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let id = home.place_upgrade().ended(0).stdout.trim().to_owned();
    server.fault("order_approval_create", "drop-before");
    home.run(&["approvals", "approve", &id, "--yes"]).ended(5);
    let looked = home
        .run(&["order", "reconcile", &format!("approval-{id}")])
        .ended(5);
    assert!(looked.stderr.contains("nobody can tell"), "{looked:?}");
}

/// A gateway that loses `confirm=true` orders at the first question; then that is in the journal.
#[test]
fn an_order_placed_by_its_confirmation_is_remembered() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    // What was placed before is the answer to a confirmation.
    let other = Home::of(&server);
    let placed = other
        .run(&[
            "order",
            "place",
            &crate::support::example("orders/upgrade/request.json"),
            "--yes",
            "--expect-total",
            crate::support::UPGRADE_PRICE,
            "-o",
            "json",
        ])
        .ended(0)
        .json();
    let script = serde_json::json!({
        "operation": "order_create", "status": 200, "body": {"order": placed["order"], "status": "SUCCESS"},
    });
    server.tell("/scripts", &script);
    let opened = home.place_upgrade().ended(5);
    assert!(opened.stderr.contains("order reconcile 12345678"), "{opened:?}");
    assert_eq!(home.run(&["order", "pending", "--jq", "length"]).stdout, "1\n");
    let before = server.count("operation=order_create");
    home.place_upgrade().ended(5);
    let again = home.run(&[
        "order",
        "confirm",
        &crate::support::example("orders/upgrade/request.json"),
    ]);
    assert!(again.ended(5).stderr.contains("nothing was sent this time"));
    assert_eq!(server.count("operation=order_create"), before);
    home.run(&["order", "reconcile", "12345678"]).ended(0);
}
