//! Programs that apply a rollout are killed, or stopped and let go on, at every step of a row, while
//! the network loses answers, is slow, fails or refuses: no row is ever ordered twice, and each has
//! an end.
//!
//! A sample runs by default; `cargo xtask thorough rollouts` runs the whole, with `MOBPROC_MATRIX=all`,
//! and keeps the table.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mobproc_tests::postgres::Postgres;
use serde_json::{Value, json};

use crate::rollouts::{BASE, keys};
use crate::support::{Home, Ran, Server};

/// The steps of a row, in their order.
const POINTS: [&str; 5] = ["reserved", "confirmed", "submitting", "answered", "recorded"];
const SIGNALS: [Signal; 2] = [Signal::Kill, Signal::Stop];
const FAULTS: [Fault; 5] = [
    Fault::AnswerLost,
    Fault::Slow,
    Fault::Failing,
    Fault::TokenExpired,
    Fault::Refused,
];
/// Engine and number of workers.
const STORES: [(Engine, usize); 4] = [
    (Engine::Sqlite, 1),
    (Engine::Postgres, 1),
    (Engine::Postgres, 2),
    (Engine::Postgres, 4),
];
/// Rows of each rollout, and the one at which the program is stopped.
const ROWS: usize = 5;
const STOPPED_AT: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// `kill -9`.
    Kill,
    /// `kill -STOP`, and `kill -CONT` once others have gone on.
    Stop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    AnswerLost,
    Slow,
    Failing,
    TokenExpired,
    /// From the moment on in which the program is stopped.
    Refused,
}

impl Fault {
    fn rule(self) -> Option<&'static str> {
        match self {
            Self::AnswerLost => Some("order_create:drop-after 40%"),
            Self::Slow => Some("order_create:delay=20"),
            Self::Failing => Some("order_create:fail-after=500 40%"),
            Self::TokenExpired => Some("order_create:expired-token 20%"),
            Self::Refused => None,
        }
    }
}

/// A way to the sandbox that can be closed: then connections are refused.
struct Way {
    address: std::net::SocketAddr,
    target: String,
    open: Mutex<Option<Arc<AtomicBool>>>,
}

impl Way {
    fn to(server: &Server) -> Self {
        let url = server.variable("MOBPROC_BASE_URL");
        let target = url
            .trim_start_matches("http://")
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        let way = Self {
            address: TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(),
            target,
            open: Mutex::new(None),
        };
        way.open();
        way
    }

    fn open(&self) {
        let mut open = self.open.lock().unwrap();
        if open.is_some() {
            return;
        }
        let listener = TcpListener::bind(self.address).unwrap();
        let is_open = Arc::new(AtomicBool::new(true));
        let (flag, target) = (Arc::clone(&is_open), self.target.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if !flag.load(Ordering::SeqCst) {
                    return;
                }
                if let (Ok(client), Ok(server)) = (client, TcpStream::connect(&target)) {
                    forward(&client, &server);
                    forward(&server, &client);
                }
            }
        });
        *open = Some(is_open);
    }

    fn close(&self) {
        if let Some(is_open) = self.open.lock().unwrap().take() {
            is_open.store(false, Ordering::SeqCst);
            // It waits for one more, and ends with it.
            let _ = TcpStream::connect(self.address);
            // Connections are refused once the listener is gone.
            while TcpStream::connect(self.address).is_ok() {}
        }
    }
}

fn forward(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

/// A cell of the matrix.
#[derive(Debug, Clone, Copy)]
struct Cell {
    engine: Engine,
    workers: usize,
    point: &'static str,
    signal: Signal,
    fault: Fault,
}

fn cells() -> Vec<Cell> {
    let mut all = Vec::new();
    for (engine, workers) in STORES {
        for point in POINTS {
            for signal in SIGNALS {
                for fault in FAULTS {
                    all.push(Cell {
                        engine,
                        workers,
                        point,
                        signal,
                        fault,
                    });
                }
            }
        }
    }
    all
}

/// Each step, signal and fault, each engine with one worker or more, but not all with all.
fn sample() -> Vec<Cell> {
    let stores = [STORES[0], STORES[2], STORES[0], STORES[3]];
    let mut all = Vec::new();
    for (place, point) in POINTS.into_iter().enumerate() {
        for (turn, (engine, workers)) in stores.into_iter().enumerate() {
            all.push(Cell {
                engine,
                workers,
                point,
                signal: SIGNALS[(turn / 2 + place) % 2],
                fault: FAULTS[(place + turn * 2) % 5],
            });
        }
    }
    all
}

/// What belongs to one cell.
struct Trial<'a> {
    home: &'a Home,
    name: String,
    journal: Option<&'a str>,
}

impl Trial<'_> {
    fn command(&self, command: &str, more: &[&str]) -> Command {
        let mut all = vec!["rollout", command, &self.name];
        if let Some(url) = self.journal {
            all.extend(["--journal", url]);
        }
        all.extend(more);
        self.home.command(&all)
    }

    fn run(&self, command: &str, more: &[&str]) -> Ran {
        let output = self.command(command, more).output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn apply(&self, command: &str) -> Command {
        self.command(
            command,
            &[
                "--yes",
                "--parallel",
                "2",
                "--look-for",
                "0",
                "--first-pause",
                "0",
            ],
        )
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// As if no worker had given a sign for a minute.
fn silence(postgres: Option<&Postgres>) {
    if let Some(postgres) = postgres {
        postgres.execute("UPDATE rollout_workers SET beat = '2020-01-01T00:00:00.000Z'");
    }
}

/// Plays one cell: whether the program was stopped where it was to be, and how often rows ended as
/// what.
fn play(
    cell: Cell,
    name: &str,
    server: &Server,
    way: &Way,
    postgres: Option<&Postgres>,
) -> (bool, BTreeMap<String, usize>) {
    server.tell("/reset", &json!({}));
    server.clear_faults();
    let mut home = Home::of(server);
    home.set("MOBPROC_BASE_URL", &format!("http://{}/mobproc/v1", way.address));
    home.file("base.json", BASE);
    home.file("sheet.csv", &keys(ROWS));
    let trial = Trial {
        home: &home,
        name: name.to_owned(),
        journal: postgres.map(Postgres::url),
    };
    let mut plan = vec![
        "rollout",
        "plan",
        "sheet.csv",
        "--base",
        "base.json",
        "-O",
        name,
        "--name",
        name,
    ];
    if let Some(url) = trial.journal {
        plan.extend(["--journal", url]);
    }
    home.run(&plan).ended(0);
    trial
        .run("approve", &["--yes", "--expect-total", "0USD,15USD/month"])
        .ended(0);
    if let Some(rule) = cell.fault.rule() {
        server.faults(rule);
    }
    let mut victim = trial
        .apply("apply")
        .env("MOBPROC_TEST_STOP_AT", format!("{} {STOPPED_AT}", cell.point))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stderr.take().unwrap()).lines();
    // A fault may keep it from coming so far.
    let is_stopped = lines.any(|line| line.unwrap().starts_with("stopped at"));
    let others: Vec<Child> = (1..cell.workers)
        .map(|_| {
            trial
                .apply("apply")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    if cell.fault == Fault::Refused {
        way.close();
    }
    match cell.signal {
        Signal::Kill => victim.kill().unwrap(),
        Signal::Stop if is_stopped => signal(&victim, "-STOP"),
        Signal::Stop => {}
    }
    for mut other in others {
        other.wait().unwrap();
    }
    way.open();
    if cell.signal == Signal::Stop && is_stopped {
        silence(postgres);
        let meanwhile = trial.apply("resume").output().unwrap();
        if cell.engine == Engine::Sqlite {
            assert_eq!(meanwhile.status.code(), Some(3), "{cell:?}: {meanwhile:?}");
        }
        // A line lets it go on from where it is.
        victim.stdin.take().unwrap().write_all(b"\n").unwrap();
        signal(&victim, "-CONT");
    }
    // What it says is read until it ends.
    lines.for_each(drop);
    victim.wait().unwrap();
    server.clear_faults();
    silence(postgres);
    for _ in 0..3 {
        let ran = trial.apply("resume").output().unwrap();
        assert!(matches!(ran.status.code(), Some(0 | 5 | 6)), "{cell:?}: {ran:?}");
    }
    let _ = trial.run("reconcile", &[]);
    let rows = trial.run("show", &["--rows", "-o", "json"]).ended(0).json();
    (is_stopped, ends(cell, &rows, server))
}

fn ends(cell: Cell, rows: &Value, server: &Server) -> BTreeMap<String, usize> {
    let mut ordered: HashMap<String, usize> = HashMap::new();
    for number in server.orders() {
        *ordered.entry(number).or_default() += 1;
    }
    let mut ends = BTreeMap::new();
    for row in rows.as_array().unwrap() {
        let orders = ordered.remove(row["number"].as_str().unwrap()).unwrap_or(0);
        let state = row["state"].as_str().unwrap();
        match state {
            "placed" => assert_eq!(orders, 1, "{cell:?}: {row}"),
            // It was never sent, and only a person can say that it will not arrive.
            "unknown" | "needs a person" => assert_eq!(orders, 0, "{cell:?}: {row}"),
            _ => panic!("{cell:?}: a row without an end: {row}"),
        }
        *ends.entry(state.to_owned()).or_insert(0) += 1;
    }
    assert!(ordered.is_empty(), "{cell:?}: orders of no row: {ordered:?}");
    ends
}

#[test]
fn no_row_is_ordered_twice_whatever_dies_or_freezes_wherever() {
    let is_whole = std::env::var("MOBPROC_MATRIX").is_ok_and(|which| which == "all");
    let server = Server::start(&[]);
    let way = Way::to(&server);
    let postgres = Postgres::start();
    let cells = if is_whole { cells() } else { sample() };
    let mut table = "| journal | workers | step | reached | signal | network | placed | for a person |\n\
                     | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    let (mut unsettled, mut reached) = (0, 0);
    for (number, cell) in cells.iter().enumerate() {
        let server_of = match (cell.engine, &postgres) {
            (Engine::Sqlite, _) => None,
            (Engine::Postgres, Some(postgres)) => Some(postgres),
            // It was told that there is none.
            (Engine::Postgres, None) => continue,
        };
        let (is_stopped, ends) = play(*cell, &format!("cell-{number}.rollout"), &server, &way, server_of);
        let placed = ends.get("placed").copied().unwrap_or(0);
        unsettled += ROWS - placed;
        reached += usize::from(is_stopped);
        let _ = writeln!(
            table,
            "| {:?} | {} | {} | {} | {:?} | {:?} | {placed} | {} |",
            cell.engine,
            cell.workers,
            cell.point,
            if is_stopped { "yes" } else { "no" },
            cell.signal,
            cell.fault,
            ROWS - placed
        );
    }
    println!("{table}");
    let played = table.lines().count() - 2;
    assert!(
        reached * 10 >= played * 8,
        "only {reached} of {played} were stopped where they were to be"
    );
    assert!(
        unsettled > 0,
        "programs that die before they send leave rows for a person"
    );
    if is_whole {
        let kept = mobproc_tests::root().join("target/kill-matrix.md");
        std::fs::write(&kept, &table).unwrap();
    }
}
