//! Walking 2,000,000 employees: how much of the latency prefetching hides, and how much memory it
//! takes.

use std::process::Command;
use std::time::Instant;

use mobproc::Client;
use tokio::runtime::Runtime;

use crate::paired::{Table, median, seconds};
use crate::serve::{self, Server};

/// Many pages: the latency of the first, which tells how many there are, and of those that are
/// asked for then cannot be hidden by anybody.
const EMPLOYEES: usize = 2_000_000;
const PAGE: u32 = 1000;
const PREFETCH: [u32; 2] = [8, 32];
/// Milliseconds. The first is the ideal's.
const DELAYS: [u64; 3] = [0, 10, 50];
const ROUNDS: usize = 5;

/// About as many pages as 10 and 50 ms of latency need at the pace of this machine: what a walk
/// costs anybody who hides them, because every page is out of the caches when its turn comes.
const WIDE: [u32; 2] = [16, 64];

/// Stands for a prefetch that finds its own depth.
const AUTO: u32 = u32::MAX;

async fn walk(client: &Client, page_size: u32, prefetch: u32) -> usize {
    let list = client.employees().list().page_size(page_size);
    let list = if prefetch == AUTO {
        list.prefetch_auto()
    } else {
        list.prefetch(prefetch)
    };
    let mut items = list.items();
    let mut seen = 0;
    while let Some(employee) = items.next().await {
        employee.unwrap();
        seen += 1;
    }
    seen
}

pub(crate) fn measure(table: &mut Table) {
    let runtime = Runtime::new().unwrap();
    let servers =
        DELAYS.map(|delay| Server::start(&["serve-pages", &EMPLOYEES.to_string(), &delay.to_string()]));
    let clients: Vec<Client> = servers.iter().map(Server::client).collect();
    let walks: Vec<(usize, u32)> = (0..DELAYS.len())
        .flat_map(|delay| [PREFETCH[0], PREFETCH[1], AUTO].map(|prefetch| (delay, prefetch)))
        .chain(WIDE.map(|prefetch| (0, prefetch)))
        .collect();
    // They take turns, because the machine is not always as quick.
    let rounds: Vec<Vec<f64>> = (0..ROUNDS)
        .map(|_| {
            let time = |&(delay, prefetch): &(usize, u32)| {
                let begin = Instant::now();
                assert!(runtime.block_on(walk(&clients[delay], PAGE, prefetch)) >= EMPLOYEES);
                begin.elapsed().as_secs_f64()
            };
            walks.iter().map(time).collect()
        })
        .collect();
    let times: Vec<f64> = (0..walks.len())
        .map(|place| median(rounds.iter().map(|round| round[place])))
        .collect();
    drop(servers);
    // With no latency there is nothing to hide: that is the ideal.
    let ideal = times[..3].iter().copied().fold(f64::INFINITY, f64::min);
    for (delay, times) in DELAYS.iter().zip(times.chunks(3)) {
        table.row(
            format!(
                "walk 2,000,000 employees by {PAGE}, {delay} ms of latency, against the ideal: prefetch of {}, of {}, and one that finds its depth",
                PREFETCH[0], PREFETCH[1]
            ),
            format!(
                "{:.2}, {:.2} and {:.2} ({})",
                times[0] / ideal,
                times[1] / ideal,
                times[2] / ideal,
                seconds(times[2]),
            ),
            "the last at most 1.10",
        );
    }
    let wide = &times[times.len() - WIDE.len()..];
    table.row(
        format!(
            "walk 2,000,000 employees by {PAGE}, no latency, against the ideal: prefetch of {}, and of {}",
            WIDE[0], WIDE[1]
        ),
        format!("{:.2} and {:.2}", wide[0] / ideal, wide[1] / ideal),
        "",
    );
    for (employees, page) in [(10_000, 100), (100_000, 100), (10_000, 1000), (100_000, 1000)] {
        let server = Server::start(&["serve-sandbox", &employees.to_string(), "0"]);
        let memory = |prefetch: u32| {
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["walk", &server.address, &page.to_string(), &prefetch.to_string()])
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        table.row(
            format!("walk {employees} employees by {page}: peak memory of the process"),
            format!(
                "{}; with a prefetch of {} {}; with one that finds its depth {}",
                memory(0),
                PREFETCH[0],
                memory(PREFETCH[0]),
                memory(AUTO)
            ),
            "grows with the page, not the tenant",
        );
    }
}

/// One walk in a process of its own, which says how much memory it took at most.
pub(crate) fn one(address: &str, page_size: u32, prefetch: u32) {
    let client = serve::client_of(address);
    Runtime::new()
        .unwrap()
        .block_on(walk(&client, page_size, prefetch));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.map_or("not known here", str::trim));
}
