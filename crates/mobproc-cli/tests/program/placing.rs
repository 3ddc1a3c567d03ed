//! From a file to an order: a price, a yes, and never twice.

use crate::support::{Home, SUBMIT, Server, UPGRADE_PRICE, example};

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
    home.confirm(&order).ended(0);
    let first = home.run(&SUBMIT).ended(0);
    let second = home.run(&SUBMIT).ended(0);
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
    let refused = home.place(&other).ended(3);
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
    home.confirm(&order).ended(0);
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
fn properties_that_nobody_asked_for_are_told() {
    let home = Home::new();
    let order = home.file(
        "order.yaml",
        "transactionType: SUSPEND\nexternalOrderNumber: S-1\nserviceId: 1001\nproperties:\n- groupId: MISCELLANEOUS\n  \
         fields:\n  - {id: CONTACT_NUMBER, type: TEXT, text: 2025550101}\n  \
         - {id: SUSPENSION_DAY, type: DATE, date: 2030-01-31T00:00:00Z}\n",
    );
    let confirmed = home
        .run(&["--sandbox", "order", "confirm", &order.display().to_string()])
        .ended(0);
    assert!(
        confirmed
            .stderr
            .contains("warning: the property SUSPENSION_DAY: is not asked for"),
        "{confirmed:?}"
    );
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

/// The documented upgrade with another number.
fn upgrade(home: &Home, name: &str, number: &str) -> String {
    let text = std::fs::read_to_string(example("orders/upgrade/request.json")).unwrap();
    let number = serde_json::Value::String(number.to_owned()).to_string();
    home.file(name, &text.replace("\"12345678\"", &number))
        .display()
        .to_string()
}

#[test]
fn a_file_without_a_number_is_not_placed() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let text = std::fs::read_to_string(example("orders/upgrade/request.json")).unwrap();
    let file = home.file(
        "none.json",
        &text.replace("\"externalOrderNumber\": \"12345678\",", ""),
    );
    let refused = home.place(&file.display().to_string()).ended(2);
    assert!(
        refused.stderr.contains("would order a second time"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("externalOrderNumber: MP-"), "{refused:?}");
    assert!(server.orders().is_empty());
}

/// Servers change case and blanks of numbers, so numbers that differ in nothing else are one.
#[test]
fn one_number_server_and_tenant_however_they_are_written() {
    let server = Server::start(&[]);
    let mut home = Home::of(&server);
    let file = upgrade(&home, "one.json", "LF-1");
    home.place(&file).ended(0);
    for number in ["lf-1", "LF -1 "] {
        let other = upgrade(&home, "other.json", number);
        let refused = home.place(&other).ended(3);
        assert!(
            refused.stderr.contains("another order has the number"),
            "{refused:?}"
        );
    }
    let base = server
        .variables
        .iter()
        .find(|(name, _)| name == "MOBPROC_BASE_URL")
        .unwrap()
        .1
        .clone();
    for written in [
        format!("{base}/"),
        base.replace("http://", "HTTP://"),
        base.replace("127.0.0.1", "localhost"),
    ] {
        home.set("MOBPROC_BASE_URL", &written);
        let again = home.place(&file).ended(0);
        assert!(
            again.stderr.contains("nothing was sent this time"),
            "{written}: {again:?}"
        );
    }
    assert_eq!(server.orders(), ["LF-1"]);
}

/// Exit code 1 says that nothing was ordered, so it is not that of an order that cannot be printed.
#[cfg(target_os = "linux")]
#[test]
fn an_order_that_cannot_be_printed_is_ordered_all_the_same() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let order = example("orders/upgrade/request.json");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = home
        .command(&["order", "place", &order, "--yes", "--expect-total", UPGRADE_PRICE])
        .stdout(full)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("warning: it was carried out, but"), "{stderr}");
    // A filter that may fail is refused before anything is sent.
    for filter in ["error(\"x\")", "def f: 1 + f; f", ".a | halt_error(3)"] {
        let refused = home
            .run(&[
                "order",
                "place",
                &order,
                "--yes",
                "--expect-total",
                UPGRADE_PRICE,
                "--jq",
                filter,
            ])
            .ended(2);
        assert!(refused.stderr.contains("--jq"), "{refused:?}");
    }
    let again = home
        .run(&[
            "order",
            "place",
            &order,
            "--yes",
            "--expect-total",
            UPGRADE_PRICE,
            "--jq",
            ".orderId",
        ])
        .ended(0);
    assert_eq!(again.stdout, "8801001\n");
    assert_eq!(server.orders().len(), 1);
}

#[test]
fn another_account_or_hierarchy_does_not_submit() {
    let server = Server::start(&[]);
    let mut home = Home::of(&server);
    let order = example("orders/upgrade/request.json");
    home.confirm(&order).ended(0);
    let mut elsewhere = SUBMIT.to_vec();
    elsewhere.extend(["--hierarchy", "6001"]);
    let refused = home.run(&elsewhere).ended(3);
    assert!(refused.stderr.contains("another hierarchy"), "{refused:?}");
    home.set("MOBPROC_USERNAME", "command://somebody.else");
    let refused = home.run(&SUBMIT).ended(3);
    assert!(
        refused.stderr.contains("the credentials of another account"),
        "{refused:?}"
    );
    assert!(server.orders().is_empty());
}

/// What stands in a file or comes from a server is shown, and steers nothing.
#[test]
fn odd_numbers_are_shown_as_they_are_and_steer_nothing() {
    let server = Server::start(&[]);
    for number in ["a b; touch PWNED", "-x", "it's", "\u{1b}[2Kx", "ünï", "a\"b"] {
        server.tell("/reset", &serde_json::json!({}));
        let home = Home::of(&server);
        let file = upgrade(&home, "odd.json", number);
        home.confirm(&file).ended(0);
        server.fault("order_create", "drop-after");
        let lost = home.run(&SUBMIT).ended(5);
        assert!(!lost.stderr.contains('\u{1b}'), "{lost:?}");
        let next = lost
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("Next: "))
            .unwrap();
        // The line that is printed is the command that finds it.
        if !number.contains('\u{1b}') {
            let line = next.replacen("mobproc", crate::support::PROGRAM, 1);
            let mut shell = std::process::Command::new("sh");
            let home_of = home.command(&[]);
            shell.arg("-c").arg(line).env_clear().current_dir(home.path());
            shell.envs(
                home_of
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
            let output = shell.output().unwrap();
            assert!(output.status.success(), "{number}: {output:?}");
        }
        assert!(!home.path().join("PWNED").exists());
    }
}
