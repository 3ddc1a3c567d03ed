//! What is asked, on a real terminal.

use std::time::Duration;

use expectrl::{Eof, Expect as _, Session};

use crate::support::{Home, Server, example};

type Terminal = expectrl::session::OsSession;

fn terminal(home: &Home, arguments: &[&str]) -> Terminal {
    let mut command = home.command(arguments);
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    // The terminal takes the place of what was set for runs without one.
    let mut plain = std::process::Command::new(command.get_program());
    plain
        .args(command.get_args())
        .env_clear()
        .current_dir(home.path());
    plain.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let mut session = Session::spawn(plain).unwrap();
    // Far longer than anything here takes.
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session.get_process_mut().set_window_size(120, 40).unwrap();
    session
}

fn code(session: &mut Terminal) -> i32 {
    session.expect(Eof).unwrap();
    match session.get_process().wait().unwrap() {
        expectrl::process::unix::WaitStatus::Exited(_, code) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_is_placed_after_a_yes_and_not_after_a_no() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let order = example("orders/upgrade/request.json");
    for (answer, wanted, orders) in [("n", 3, 0), ("", 3, 0), ("y", 0, 1)] {
        let mut session = terminal(&home, &["order", "place", &order]);
        session.expect("199.99 USD once").unwrap();
        session
            .expect("Order it? (tenant LARKSPUR at 127.0.0.1)")
            .unwrap();
        session.send_line(answer).unwrap();
        assert_eq!(code(&mut session), wanted, "{answer}");
        assert_eq!(server.orders().len(), orders, "{answer}");
    }
}

#[test]
fn ctrl_c_at_the_question_orders_nothing() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let mut session = terminal(
        &home,
        &["order", "place", &example("orders/upgrade/request.json")],
    );
    session.expect("Order it?").unwrap();
    session.send("\u{3}").unwrap();
    assert_eq!(code(&mut session), 130);
    assert!(server.orders().is_empty());
    assert_eq!(home.run(&["order", "pending", "--jq", "length"]).stdout, "0\n");
}

#[test]
fn an_upgrade_is_ordered_by_answering_questions() {
    let home = Home::new();
    let mut session = terminal(
        &home,
        &["--sandbox", "order", "new", "upgrade", "-O", "order.yaml"],
    );
    let mut answer = |question: &str, text: &str| {
        session
            .expect(question)
            .unwrap_or_else(|error| panic!("{question}: {error}"));
        session.send(format!("{text}\r")).unwrap();
    };
    answer("Which line?", "2035557676");
    answer("Which device?", "iPhone 5");
    answer("Which plan?", "6568886698");
    answer("Which optional features?", "");
    answer("Contact Phone Number:", "");
    answer("Reason:", "Broken");
    answer("optional fields too (Service Number)?", "n");
    answer("Ship to (name):", "");
    answer("To which country?", "United States");
    answer("Address, Line 1:", "14 Harbor Street");
    answer("Address, Line 2 (optional):", "");
    answer("Address, Line 3 (optional):", "");
    answer("Address, City:", "New Haven");
    answer("Address, State:", "Connecticut");
    answer("Address, Postal Code:", "06510");
    assert_eq!(code(&mut session), 0);
    home.run(&["order", "check", "order.yaml"]).ended(0);
}

#[test]
fn on_production_the_tenants_name_is_typed() {
    // Nothing here reaches production: the question comes before the write, and the answer is no.
    let home = Home::new();
    home.file(
        "config.toml",
        "default = \"live\"\n[profiles.live]\ntenant = \"ACME\"\nclient_id = \"c\"\n",
    );
    let mut home = home;
    home.set("MOBPROC_ACCESS_TOKEN", "none");
    let mut session = terminal(&home, &["lines", "move", "1", "--to", "somebody"]);
    session
        .expect("This is production. Type the tenant's name (ACME) to go on:")
        .unwrap();
    session.send("y\r").unwrap();
    assert_eq!(code(&mut session), 3);
    assert_eq!(home.run(&["order", "pending", "--jq", "length"]).stdout, "0\n");
}
