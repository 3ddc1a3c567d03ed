//! From a file to an order: a price, a yes, and never twice.

use crate::support::{Home, Server, UPGRADE_PRICE, example};

#[test]
fn an_order_is_placed_and_its_number_is_the_only_data() {
    let home = Home::new();
    let order = example("orders/upgrade/request.json");
    let placed = home
        .run(&[
            "--sandbox",
            "order",
            "place",
            &order,
            "--yes",
            "--expect-total",
            UPGRADE_PRICE,
        ])
        .ended(0);
    assert_eq!(placed.stdout, "8801001\n");
    assert!(
        placed.stderr.contains("199.99 USD once, 558.67 USD per month"),
        "{placed:?}"
    );
    // The sandbox inside the program remembers it, and so does the journal.
    let listed = home.run(&["--sandbox", "order", "list", "-o", "json"]).ended(0);
    assert_eq!(listed.json()[0]["orderId"], "8801001");
    let again = home
        .run(&[
            "--sandbox",
            "order",
            "place",
            &order,
            "--yes",
            "--expect-total",
            UPGRADE_PRICE,
            "-o",
            "json",
        ])
        .ended(0);
    assert_eq!(again.json()["orderId"], "8801001");
    assert!(
        again.stderr.contains("already; nothing was sent this time"),
        "{again:?}"
    );
    assert_eq!(
        home.run(&["--sandbox", "order", "list", "--jq", "length"]).stdout,
        "1\n"
    );
    home.run(&["--sandbox", "sandbox", "reset"]).ended(0);
    assert_eq!(
        home.run(&["--sandbox", "order", "list", "--jq", "length"]).stdout,
        "0\n"
    );
}

#[test]
fn another_price_than_expected_orders_nothing() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let order = example("orders/upgrade/request.json");
    for (flags, told) in [
        (
            vec!["--yes", "--expect-total", "199.98USD,558.67USD/month"],
            "and not 199.98USD,558.67USD/month as expected",
        ),
        (
            vec!["--yes", "--expect-total", "199.99USD"],
            "it costs 199.99USD,558.67USD/month",
        ),
        (
            vec!["--yes", "--expect-total", UPGRADE_PRICE, "--max-total", "500USD"],
            "may cost 500USD at most",
        ),
    ] {
        let mut arguments = vec!["order", "place", order.as_str()];
        arguments.extend(&flags);
        let refused = home.run(&arguments).ended(3);
        assert!(refused.stderr.contains(told), "{refused:?}");
        assert!(
            refused.stderr.contains("Nothing was ordered or changed."),
            "{refused:?}"
        );
        assert_eq!(refused.stdout, "");
    }
    // Without a terminal, a yes alone is no agreement.
    for flags in [&["--yes"][..], &["--expect-total", UPGRADE_PRICE], &[]] {
        let mut arguments = vec!["order", "place", order.as_str()];
        arguments.extend(flags);
        let refused = home.run(&arguments).ended(2);
        assert!(
            refused.stderr.contains("a price has to be agreed to beforehand"),
            "{refused:?}"
        );
    }
    assert!(server.orders().is_empty());
}

#[test]
fn a_confirmed_file_is_submitted_once() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let order = example("orders/upgrade/request.json");
    home.run(&["order", "confirm", &order, "--out", "confirmed.json"])
        .ended(0);
    let submit = [
        "order",
        "submit",
        "confirmed.json",
        "--yes",
        "--expect-total",
        UPGRADE_PRICE,
    ];
    let first = home.run(&submit).ended(0);
    let second = home.run(&submit).ended(0);
    assert_eq!(first.stdout, second.stdout);
    assert!(second.stderr.contains("nothing was sent this time"), "{second:?}");
    // The same order as a file is the same order.
    assert_eq!(home.place_upgrade().ended(0).stdout, first.stdout);
    assert_eq!(server.orders(), ["12345678"]);
    // A second copy, from another confirmation of the same order, is so too.
    let third = home
        .run(&["order", "confirm", &order, "--out", "again.json"])
        .ended(0);
    assert!(third.stderr.contains("Nothing is ordered yet."), "{third:?}");
    home.run(&[
        "order",
        "submit",
        "again.json",
        "--yes",
        "--expect-total",
        UPGRADE_PRICE,
    ])
    .ended(0);
    assert_eq!(server.orders(), ["12345678"]);
}

#[test]
fn another_order_of_the_same_number_is_refused() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    home.place_upgrade().ended(0);
    let text = std::fs::read_to_string(example("orders/upgrade/request.json")).unwrap();
    let other = home.file(
        "other.json",
        &text.replace("35 Executive Blvd", "36 Executive Blvd"),
    );
    let other = other.display().to_string();
    let refused = home
        .run(&["order", "place", &other, "--yes", "--expect-total", UPGRADE_PRICE])
        .ended(3);
    assert!(
        refused
            .stderr
            .contains("another order has the number 12345678 already"),
        "{refused:?}"
    );
    assert_eq!(server.orders().len(), 1);
}

#[test]
fn a_confirmed_file_goes_where_it_was_confirmed_or_nowhere() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let order = example("orders/upgrade/request.json");
    home.run(&["order", "confirm", &order, "--out", "confirmed.json"])
        .ended(0);
    let flags = ["--yes", "--expect-total", UPGRADE_PRICE];
    let submit = |home: &Home, more: &[&str]| {
        let mut arguments = vec!["order", "submit", "confirmed.json"];
        arguments.extend(flags);
        arguments.extend(more);
        home.run(&arguments)
    };
    for (more, told) in [
        (
            &["--sandbox"][..],
            "it was confirmed elsewhere than in the sandbox",
        ),
        (&["--profile", "other"], "without a profile"),
        (
            &["--as", "peter.edwards.acme"],
            "it was confirmed for another employee",
        ),
    ] {
        let refused = submit(&home, more).ended(3);
        assert!(refused.stderr.contains(told), "{refused:?}");
    }
    let elsewhere = Server::start(&[]);
    let mut other = Home::of(&elsewhere);
    other.file(
        "confirmed.json",
        &std::fs::read_to_string(home.path().join("confirmed.json")).unwrap(),
    );
    let refused = submit(&other, &[]).ended(3);
    assert!(refused.stderr.contains("another tenant or server"), "{refused:?}");
    other.set("MOBPROC_TENANT", "OTHER");
    submit(&other, &[]).ended(3);
    // One that was changed is no confirmed order.
    let text = std::fs::read_to_string(home.path().join("confirmed.json")).unwrap();
    home.file(
        "confirmed.json",
        &text.replace("35 Executive Blvd", "36 Executive Blvd"),
    );
    let refused = submit(&home, &[]).ended(3);
    assert!(
        refused.stderr.contains("was changed since it was saved"),
        "{refused:?}"
    );
    home.file("confirmed.json", "{\"order\": {}}");
    submit(&home, &[]).ended(2);
    assert!(server.orders().is_empty() && elsewhere.orders().is_empty());
}

#[test]
fn an_order_is_told_all_that_is_wrong_with_it() {
    let home = Home::new();
    let order = home.file(
        "order.yaml",
        "transactionType: UPGRADE\nshoppingCart: {quantity: 0}\nexistingDevice: {modelId: X}\n",
    );
    let checked = home
        .run(&["order", "check", &order.display().to_string(), "-o", "json"])
        .ended(3);
    let found = checked.json();
    let pointers: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["pointer"].as_str())
        .collect();
    for pointer in [
        "/orderRequest/serviceId",
        "/orderRequest/existingDevice/manufacturerId",
    ] {
        assert!(pointers.contains(&pointer), "{pointers:?}");
    }
    let error: serde_json::Value = serde_json::from_str(checked.stderr.trim()).unwrap();
    assert_eq!(
        (&error["error"]["exit"], &error["error"]["ordered"]),
        (&3.into(), &"no".into())
    );
    // And nothing is sent of it.
    home.run(&["--sandbox", "order", "confirm", &order.display().to_string()])
        .ended(3);
    let good = example("orders/upgrade/request.json");
    let checked = home.run(&["order", "check", &good]).ended(0);
    assert_eq!(checked.stdout, "");
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let home = Home::new();
    let order = example("orders/upgrade/request.json");
    home.file("confirmed.json", "precious");
    let arguments = ["--sandbox", "order", "confirm", &order, "--out", "confirmed.json"];
    home.run(&arguments).ended(2);
    assert_eq!(
        std::fs::read_to_string(home.path().join("confirmed.json")).unwrap(),
        "precious"
    );
    let mut forced = arguments.to_vec();
    forced.push("--force");
    home.run(&forced).ended(0);
    assert!(
        std::fs::read_to_string(home.path().join("confirmed.json"))
            .unwrap()
            .starts_with('{')
    );
}

#[test]
fn orders_come_from_standard_input_too() {
    let home = Home::new();
    let order = std::fs::read_to_string(example("orders/upgrade/request.json")).unwrap();
    let confirmed = home
        .run_with_input(
            &[
                "--sandbox",
                "order",
                "confirm",
                "-",
                "-o",
                "json",
                "--jq",
                ".total",
            ],
            &order,
        )
        .ended(0);
    assert_eq!(confirmed.stdout, format!("{UPGRADE_PRICE}\n"));
}
