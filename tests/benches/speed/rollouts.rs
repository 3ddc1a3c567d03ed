//! Rollouts: what the journal costs, and whether a hundred thousand rows take more memory than a
//! thousand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use mobproc::{Client, OrderDraft};
use mobproc_rollout::sheet::Sheet;
use mobproc_rollout::{About, Limits, Location, Numbers, Planner, Rollout, apply, read};
use serde_json::json;

use crate::paired::{Table, median};
use crate::serve::{Server, client_of};

/// Rows of which the cost of the journal is measured, and how often.
const ROWS: usize = 150;
const ROUNDS: usize = 5;

fn base() -> serde_json::Value {
    json!({
        "transactionType": "UPDATE_FEATURES",
        "serviceId": "1001",
        "shoppingCart": {"features": [{"id": "41", "action": "ADD"}]},
        "properties": [{"fields": [{"id": "CONTACT_NUMBER", "type": "TEXT", "text": "2025550101"}]}],
    })
}

/// A plan that is approved, of rows that differ in nothing but their keys.
async fn approved(client: &Client, folder: &Path, name: &str, rows: usize, parallel: usize) -> Rollout {
    let mut sheet = "key\n".to_owned();
    for row in 0..rows {
        let _ = writeln!(sheet, "{name}-{row}");
    }
    let path = folder.join(format!("{name}.csv"));
    std::fs::write(&path, sheet).unwrap();
    let sheet = Sheet::open(&path, None).unwrap();
    let mut about = About::new(client, &sheet, "bench");
    about.base = base().to_string();
    let location = location(folder, name);
    let mut numbers = numbers(folder).await;
    let tell = &mut |mistake| panic!("{mistake}");
    let mut rollout = read(&location, about, &sheet, &mut numbers, "bench", &(), tell)
        .await
        .unwrap();
    let tell = &mut |mistake| panic!("{mistake}");
    Planner::new(&mut rollout, client, parallel)
        .price(&(), tell)
        .await
        .unwrap();
    let total = rollout.total_to_order("").await.unwrap();
    rollout.approve(&mut numbers, &total, None).await.unwrap();
    rollout
}

async fn numbers(folder: &Path) -> Numbers {
    Numbers::open(&folder.join("numbers.sqlite")).await.unwrap()
}

fn location(folder: &Path, name: &str) -> Location {
    Location::File(folder.join(format!("{name}.rollout")))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// Plans and applies so many rows, and prints seconds of both, the peak of memory in kB, and the
/// longest that a status took in the middle, in milliseconds.
pub(crate) fn one(address: &str, folder: &Path, rows: usize, parallel: usize) {
    let client = client_of(address);
    runtime().block_on(async {
        let begun = Instant::now();
        let mut rollout = approved(&client, folder, "rows", rows, parallel).await;
        let planned = begun.elapsed();
        let mut limits = Limits::default();
        limits.parallel = parallel;
        let place = location(folder, "rows");
        let asking = tokio::spawn(async move {
            let mut other = Rollout::open(&place, "bench").await.unwrap();
            let mut longest = Duration::ZERO;
            loop {
                let asked = Instant::now();
                let counts = other.counts().await.unwrap();
                longest = longest.max(asked.elapsed());
                if counts.settled() == counts.all() {
                    return longest;
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        });
        let begun = Instant::now();
        let summary = apply(&mut rollout, &mut numbers(folder).await, &client, &limits, &())
            .await
            .unwrap();
        let applied = begun.elapsed();
        assert_eq!(summary.counts.placed, rows as u64, "{summary:?}");
        let longest = asking.await.unwrap();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        println!(
            "{} {} {} {}",
            planned.as_secs_f64(),
            applied.as_secs_f64(),
            peak.trim().split(' ').next().unwrap(),
            longest.as_secs_f64() * 1e3
        );
    });
}

fn in_a_process(server: &Server, folder: &Path, rows: usize, parallel: usize) -> Vec<f64> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["rollout", &server.address])
        .arg(folder)
        .args([rows.to_string(), parallel.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

/// Seconds for confirming and placing so many orders one after another, without a journal.
async fn plainly(client: &Client, name: &str) -> f64 {
    let begun = Instant::now();
    for row in 0..ROWS {
        let order = OrderDraft::from_value(base()).unwrap();
        let order = order.with_external_order_number(format!("{name}-{row}"));
        let confirmed = client.orders().confirm(order).await.unwrap();
        let _ = confirmed.submit().await.unwrap();
    }
    begun.elapsed().as_secs_f64()
}

pub(crate) fn measure(table: &mut Table) {
    let folder = tempfile::tempdir().unwrap();
    let slow = Server::start(&["serve-sandbox", "10", "20"]);
    let client = slow.client();
    let ratios: Vec<f64> = runtime().block_on(async {
        let mut ratios = Vec::new();
        for round in 0..ROUNDS {
            let name = format!("round{round}");
            let mut rollout = approved(&client, folder.path(), &name, ROWS, 8).await;
            let plain = plainly(&client, &format!("plain-{round}")).await;
            let mut limits = Limits::default();
            limits.parallel = 1;
            let begun = Instant::now();
            let summary = apply(
                &mut rollout,
                &mut numbers(folder.path()).await,
                &client,
                &limits,
                &(),
            )
            .await
            .unwrap();
            ratios.push(begun.elapsed().as_secs_f64() / plain);
            assert_eq!(summary.placed, ROWS as u64);
        }
        ratios
    });
    table.row(
        "rollouts: a row at 20 ms of latency, one after another, against the same orders without a journal",
        format!("{:.3}", median(ratios.into_iter())),
        "at most 1.05",
    );
    let few_folder: PathBuf = folder.path().join("few");
    let many_folder = folder.path().join("many");
    for made in [&few_folder, &many_folder] {
        std::fs::create_dir(made).unwrap();
    }
    let few = in_a_process(&slow, &few_folder, 1_000, 64);
    let server = Server::start(&["serve-sandbox", "10", "20"]);
    let many = in_a_process(&server, &many_folder, 100_000, 64);
    table.row(
        "rollouts: memory of 100,000 rows planned and applied, against 1,000",
        format!("{:.2} ({} kB)", many[2] / few[2], many[2]),
        "at most 1.25: beyond some thousands of rows it grows no more",
    );
    table.row(
        "rollouts: 100,000 rows at 20 ms of latency, 64 at once",
        format!("planned in {:.0} s, applied in {:.0} s", many[0], many[1]),
        "",
    );
    table.row(
        "rollouts: the longest `status` in the middle of it",
        format!("{:.0} ms", many[3]),
        "within 1,000 ms",
    );
}
