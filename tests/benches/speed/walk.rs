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
/// About as many pages as 50 ms of latency need at the pace of this machine.
const WIDE: u32 = 64;

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
    let time = |server: &Server, prefetch: u32| {
        let client = server.client();
        median((0..3).map(|_| {
            let begin = Instant::now();
            assert!(runtime.block_on(walk(&client, PAGE, prefetch)) >= EMPLOYEES);
            begin.elapsed().as_secs_f64()
        }))
    };
    // As many pages under way as 50 ms need, and no latency: what the walk costs anybody who hides
    // 50 ms, because every page is out of the caches when its turn comes.
    let server = Server::start(&["serve-pages", &EMPLOYEES.to_string(), "0"]);
    let wide = time(&server, WIDE);
    drop(server);
    let mut ideal = None;
    for delay in [0, 10, 50] {
        let server = Server::start(&["serve-pages", &EMPLOYEES.to_string(), &delay.to_string()]);
        let [some, many, auto] = [PREFETCH[0], PREFETCH[1], AUTO].map(|prefetch| time(&server, prefetch));
        // With no latency there is nothing to hide: that is the ideal.
        let ideal = *ideal.get_or_insert(some.min(many).min(auto));
        table.row(
            format!(
                "walk 2,000,000 employees by {PAGE}, {delay} ms of latency, against the ideal: prefetch of {}, of {}, and one that finds its depth",
                PREFETCH[0], PREFETCH[1]
            ),
            format!(
                "{:.2}, {:.2} and {:.2} ({})",
                some / ideal,
                many / ideal,
                auto / ideal,
                seconds(auto),
            ),
            "the last at most 1.10",
        );
    }
    table.row(
        format!("walk 2,000,000 employees by {PAGE}, no latency, against the ideal: prefetch of {WIDE}"),
        format!("{:.2} ({})", wide / ideal.unwrap_or(wide), seconds(wide)),
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
