//! 256 callers on one client: throughput against plain reqwest, and a token that ends in the
//! middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::calls::Plain;
use crate::paired::{Table, median};
use crate::serve::Server;

const CALLERS: usize = 256;
const CALLS: usize = 40;

pub(crate) fn measure(table: &mut Table) {
    let runtime = Runtime::new().unwrap();
    let server = Server::start(&["serve-fixed"]);
    let client = server.client();
    let plain = Arc::new(Plain::new(server.base_url()));
    let turns: Vec<(f64, f64)> = (0..11)
        .map(|_| {
            let ours = runtime.block_on(crowd(|| {
                let client = client.clone();
                async move {
                    let mut failed = 0;
                    for _ in 0..CALLS {
                        failed += usize::from(client.region("2001").await.is_err());
                    }
                    failed
                }
            }));
            let by_hand = runtime.block_on(crowd(|| {
                let plain = Arc::clone(&plain);
                async move {
                    let mut failed = 0;
                    for _ in 0..CALLS {
                        failed += usize::from(plain.region().await.id.is_empty());
                    }
                    failed
                }
            }));
            assert_eq!((ours.1, by_hand.1), (0, 0));
            (ours.0, by_hand.0)
        })
        .collect();
    let rate = median(turns.iter().map(|turn| turn.0));
    table.row(
        format!("{CALLERS} callers on one client, against plain reqwest: throughput"),
        format!(
            "{:.2} ({rate:.0} calls a second)",
            median(turns.iter().map(|(ours, by_hand)| ours / by_hand))
        ),
        "",
    );

    let server = Server::start(&["serve-sandbox", "0", "0"]);
    let client = server.client();
    let done = Arc::new(AtomicUsize::new(0));
    let expire = format!("http://{}/sandbox/tokens/expire", server.address);
    let (_, failed) = runtime.block_on(crowd(|| {
        let (client, done, expire) = (client.clone(), Arc::clone(&done), expire.clone());
        async move {
            let mut failed = 0;
            for _ in 0..CALLS {
                if done.fetch_add(1, Ordering::Relaxed) == CALLERS * CALLS / 2 {
                    reqwest::Client::new().post(&expire).send().await.unwrap();
                }
                failed += usize::from(client.region("2001").await.is_err());
            }
            failed
        }
    }));
    table.row(
        format!("{CALLERS} callers, every token expired in the middle: calls that failed"),
        format!("{failed} of {}", CALLERS * CALLS),
        "0",
    );
}

/// Sets all callers off; gives calls a second, and how many failed.
async fn crowd<F: Future<Output = usize> + Send + 'static>(caller: impl Fn() -> F) -> (f64, usize) {
    let begin = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(caller());
    }
    let failed = callers.join_all().await.into_iter().sum();
    ((CALLERS * CALLS) as f64 / begin.elapsed().as_secs_f64(), failed)
}
