//! 256 callers on one client: throughput against plain reqwest, and a token that ends in the
//! middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::calls::Plain;
use crate::paired::{Table, median, seconds};
use crate::serve::Server;

const CALLERS: usize = 256;
const CALLS: usize = 40;
/// How often the two crowds take turns.
const TURNS: usize = 21;

pub(crate) fn measure(table: &mut Table) {
    let runtime = Runtime::new().unwrap();
    let server = Server::start(&["serve-fixed", "0"]);
    let client = server.client();
    let plain = Arc::new(Plain::new(server.base_url()));
    let turns: Vec<[Crowd; 2]> = (0..TURNS)
        .map(|_| {
            let (client, plain) = (client.clone(), Arc::clone(&plain));
            let ours = runtime.block_on(crowd(move || {
                let client = client.clone();
                async move { client.region("2001").await.is_ok() }
            }));
            let by_hand = runtime.block_on(crowd(move || {
                let plain = Arc::clone(&plain);
                async move { !plain.region().await.id.is_empty() }
            }));
            assert_eq!((ours.failed, by_hand.failed), (0, 0));
            [ours, by_hand]
        })
        .collect();
    let ours = |figure: fn(&Crowd) -> f64| median(turns.iter().map(|[ours, _]| figure(ours)));
    let ratio = |figure: fn(&Crowd) -> f64| {
        median(turns.iter().map(|[ours, by_hand]| figure(ours) / figure(by_hand)))
    };
    table.row(
        format!("{CALLERS} callers on one client, against plain reqwest: throughput"),
        format!(
            "{:.2} ({:.0} calls a second)",
            ratio(|crowd| crowd.rate),
            ours(|crowd| crowd.rate)
        ),
        "at least 0.97",
    );
    table.row(
        format!("{CALLERS} callers on one client, against plain reqwest: 99th percentile of latency"),
        format!(
            "{:.2} ({})",
            ratio(|crowd| crowd.late),
            seconds(ours(|crowd| crowd.late))
        ),
        "at most 1.05",
    );

    let server = Server::start(&["serve-sandbox", "0", "0"]);
    let client = server.client();
    let done = Arc::new(AtomicUsize::new(0));
    let expire = format!("http://{}/sandbox/tokens/expire", server.address);
    let crowd = runtime.block_on(crowd(move || {
        let (client, done, expire) = (client.clone(), Arc::clone(&done), expire.clone());
        async move {
            if done.fetch_add(1, Ordering::Relaxed) == CALLERS * CALLS / 2 {
                reqwest::Client::new().post(&expire).send().await.unwrap();
            }
            client.region("2001").await.is_ok()
        }
    }));
    table.row(
        format!("{CALLERS} callers, every token expired in the middle: calls that failed"),
        format!("{} of {}", crowd.failed, CALLERS * CALLS),
        "0",
    );
}

/// What became of a crowd.
struct Crowd {
    /// Calls a second.
    rate: f64,
    /// Seconds that 99 of 100 calls took at most.
    late: f64,
    failed: usize,
}

/// Sets all callers off, each with its calls one after another; each call says whether it worked.
async fn crowd<F: Future<Output = bool> + Send + 'static>(
    call: impl Fn() -> F + Clone + Send + 'static,
) -> Crowd {
    let begin = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let call = call.clone();
        callers.spawn(async move {
            let mut calls = Vec::with_capacity(CALLS);
            for _ in 0..CALLS {
                let begin = Instant::now();
                let is_ok = call().await;
                calls.push((begin.elapsed().as_secs_f64(), is_ok));
            }
            calls
        });
    }
    let calls = callers.join_all().await.concat();
    let rate = calls.len() as f64 / begin.elapsed().as_secs_f64();
    let mut times: Vec<f64> = calls.iter().map(|(time, _)| *time).collect();
    times.sort_by(f64::total_cmp);
    Crowd {
        rate,
        late: times[times.len() * 99 / 100],
        failed: calls.iter().filter(|(_, is_ok)| !is_ok).count(),
    }
}
