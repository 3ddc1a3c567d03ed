//! A program that is killed leaves at most one order, and knows of it.

use std::process::{Child, Stdio};
use std::time::Duration;

use fastrand::Rng;
use serde_json::json;

use crate::support::{Home, SUBMIT, Server, kill_at};

#[test]
fn killed_before_the_first_byte_or_after_the_answer_it_is_found_open() {
    for (step, orders) in [("submitting", 0), ("answered", 1)] {
        let server = Server::start(&[]);
        let home = Home::confirmed(&server);
        let mut child = home
            .command(&SUBMIT)
            .env("MOBPROC_TEST_STOP_AT", step)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        kill_at(&mut child, &format!("stopped at {step}"));
        assert_eq!(server.orders().len(), orders, "{step}");
        let pending = home.run(&["order", "pending", "-o", "json"]).ended(0).json();
        assert_eq!(
            (&pending[0]["number"], &pending[0]["state"]),
            (&"12345678".into(), &"unknown".into()),
            "{step}"
        );
        let again = home.run(&SUBMIT).ended(5);
        assert!(
            again.stderr.contains("nothing was sent this time"),
            "{step}: {again:?}"
        );
        let looked = home.run(&["order", "reconcile", "12345678"]);
        looked.ended(if orders == 1 { 0 } else { 5 });
        assert_eq!(server.orders().len(), orders, "{step}");
    }
}

#[test]
fn one_that_still_runs_is_not_taken_for_dead() {
    let server = Server::start(&[]);
    let home = Home::confirmed(&server);
    let mut child = home
        .command(&SUBMIT)
        .env("MOBPROC_TEST_STOP_AT", "submitting")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.any(|line| line.unwrap().starts_with("stopped at")));
    for arguments in [&SUBMIT[..], &["order", "reconcile", "12345678"]] {
        let told = home.run(arguments).ended(5);
        assert!(
            told.stderr.contains("is being sent by another program right now"),
            "{told:?}"
        );
    }
    home.run(&["order", "resolve", "12345678", "--not-placed", "--yes"])
        .ended(5);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(server.orders().is_empty());
}

/// `MOBPROC_KILLS` sets how many programs are killed, each at a random moment; `cargo xtask
/// thorough kills` kills a thousand.
#[test]
fn killed_at_any_moment_there_is_at_most_one_order_and_it_is_known_or_open() {
    let kills: u32 = std::env::var("MOBPROC_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let server = Server::start(&["--fault", "order_create:delay=3"]);
    let mut random = Rng::with_seed(16);
    let mut ends = std::collections::BTreeMap::new();
    for _ in 0..kills {
        server.tell("/reset", &json!({}));
        let home = Home::confirmed(&server);
        for _ in 0..2 {
            let mut child = home
                .command(&SUBMIT)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // Not a wait for anything: the moment is what is random.
            std::thread::sleep(Duration::from_micros(random.u64(0..60_000)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let orders = server.orders().len();
        assert!(orders <= 1, "{orders} orders");
        let open = home.run(&["order", "pending", "-o", "json"]).ended(0).json();
        let is_open = open.as_array().unwrap().len() == 1;
        let end = home.run(&SUBMIT);
        match (orders, is_open) {
            // It was never sent, or it is known: then it is placed now.
            (_, false) => assert_eq!(end.code, Some(0), "{end:#?}"),
            (_, true) => assert_eq!(end.code, Some(5), "{end:#?}"),
        }
        let placed = server.orders().len();
        assert!(placed <= 1, "{placed} orders");
        *ends.entry((orders, is_open)).or_insert(0) += 1;
    }
    println!("orders and whether it was open, with how often: {ends:?}");
}

/// A submit that is carried out, and whose answer stops in the middle for longer than anything here
/// takes.
fn waiting_for_its_answer(server: &Server, home: &Home) -> Child {
    server.fault("order_create", "slow-body=600000");
    let mut child = home
        .command(&SUBMIT)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while server.orders().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended without an order");
    }
    child
}

#[test]
fn killed_while_the_answer_is_on_its_way_the_order_is_found() {
    let server = Server::start(&[]);
    let home = Home::confirmed(&server);
    let mut child = waiting_for_its_answer(&server, &home);
    let pending = home.run(&["order", "pending", "-o", "json"]).ended(0).json();
    assert_eq!(pending[0]["state"], "submitting");
    child.kill().unwrap();
    child.wait().unwrap();
    home.run(&SUBMIT).ended(5);
    let found = home
        .run(&["order", "reconcile", "12345678", "-o", "json"])
        .ended(0);
    assert_eq!(found.json()["orderId"], "8801001");
    assert_eq!(home.run(&SUBMIT).ended(0).stdout, "8801001\n");
    assert_eq!(server.orders(), ["12345678"]);
}

/// Ctrl-C waits for the answer; a second one does not, and what was sent is open.
#[cfg(unix)]
#[test]
fn interrupted_once_it_waits_and_twice_it_leaves_the_order_open() {
    let interrupt = |child: &Child| {
        let sent = std::process::Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    };
    let server = Server::start(&[]);
    let home = Home::confirmed(&server);
    let mut child = waiting_for_its_answer(&server, &home);
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    interrupt(&child);
    assert!(lines.any(|line| line.unwrap().contains("Ctrl-C once more stops waiting")));
    assert!(child.try_wait().unwrap().is_none());
    interrupt(&child);
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{rest:?}");
    assert!(
        rest.iter().any(|line| line.contains("order reconcile 12345678")),
        "{rest:?}"
    );
    home.run(&["order", "reconcile", "12345678"]).ended(0);
    assert_eq!(server.orders().len(), 1);
}
