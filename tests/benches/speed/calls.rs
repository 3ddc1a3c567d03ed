//! One call through `mobproc` against the same request in plain reqwest: time, allocations,
//! instructions.

use std::process::Command;
use std::time::Duration;

use mobproc::{Client, DeviceIdentity, EmployeeRef, OrderDraft, Property, ShippingAddress};
use tokio::runtime::{Builder, Runtime};

use crate::paired::{Table, instructions_of_one, median, ratios, seconds};
use crate::plain;
use crate::serve::{self, Server};

/// Calls of a process whose CPU is measured.
const CALLS: u32 = 20_000;
/// How often the two processes take turns.
const CPU_TURNS: usize = 7;

/// The same requests, by hand: the same headers, a body encoded and an answer decoded per call.
pub(crate) struct Plain {
    http: reqwest::Client,
    base_url: String,
}

impl Plain {
    pub(crate) fn new(base_url: String) -> Self {
        Self {
            // No careful program goes without: a time limit costs each call a timer.
            http: reqwest::Client::builder()
                .user_agent("by-hand/1")
                .connect_timeout(Duration::from_secs(10))
                .timeout(Duration::from_secs(60))
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            base_url,
        }
    }

    fn headers(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request
            .bearer_auth("measured")
            .header("X-TNGO-TENANT", "LARKSPUR")
            .header("client_id", "sandbox-client")
            .header("X-TNGO-CONTEXT-CORRELATIONID", uuid())
    }

    pub(crate) async fn region(&self) -> plain::Region {
        let request = self.http.get(format!("{}/regions/2001", self.base_url));
        let answer = self
            .headers(request)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn confirm(&self) -> plain::Confirmation {
        let request = self
            .http
            .post(format!("{}/orders?confirm=true", self.base_url))
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", "peter.edwards.acme")
            .header("content-type", "application/json")
            .body(serde_json::to_vec(&plain::Request::documented()).unwrap());
        let answer = self
            .headers(request)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

struct Ours {
    client: Client,
    buyer: Client,
}

impl Ours {
    fn new(client: Client) -> Self {
        Self {
            buyer: client.acting_for(EmployeeRef::company_id("peter.edwards.acme")),
            client,
        }
    }

    async fn region(&self) {
        let region = self.client.region("2001").await.unwrap();
        assert!(!region.id.is_empty());
    }

    async fn confirm(&self) {
        let confirmed = self.buyer.orders().confirm(documented()).await.unwrap();
        assert_eq!(confirmed.costs().count(), 2);
    }
}

/// The documented order, built.
fn documented() -> OrderDraft {
    OrderDraft::upgrade("38382349")
        .external_order_number("12345678")
        .existing_device(
            DeviceIdentity::new("LG", "Cookie Plus")
                .esn("4289183847832")
                .sim("83924758342478392342"),
        )
        .device("9194713904")
        .plan("6568886698")
        .features(["122", "293"])
        .property(Property::text("CONTACT_NUMBER", "2035559999"))
        .property(Property::text("SERVICE_NUMBER", "2035557676"))
        .property(Property::choice("Reason", "21"))
        .ship_to(
            ShippingAddress::new("Peter Edwards", "70144640")
                .line("LINE_1", "35 Executive Blvd")
                .line("CITY", "Orange")
                .line("STATE", "CT")
                .line("POSTAL_CODE", "06477")
                .expedited(),
        )
        .into()
}

/// One thread: what tasks of the connection do is counted as well.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) fn measure(table: &mut Table) {
    // Both build and send the same order, and read everything the answers hold.
    let request = mobproc_tests::example("orders/upgrade/request");
    assert_eq!(documented().as_value(), &request);
    assert_eq!(
        serde_json::to_value(plain::Request::documented()).unwrap(),
        request
    );
    let region = mobproc_tests::example("regions/country");
    let by_hand: plain::Region = serde_json::from_value(region.clone()).unwrap();
    assert_eq!(serde_json::to_value(by_hand).unwrap(), region);
    let server = Server::start(&["serve-fixed", "0"]);
    for (what, name) in [("region", "get a region"), ("confirm", "confirm an order")] {
        let runtime = runtime();
        let ours = Ours::new(server.client());
        let plain = Plain::new(server.base_url());
        let mut our_call = || match what {
            "region" => runtime.block_on(ours.region()),
            _ => runtime.block_on(ours.confirm()),
        };
        let mut plain_call = || match what {
            "region" => assert!(!runtime.block_on(plain.region()).id.is_empty()),
            _ => assert_eq!(runtime.block_on(plain.confirm()).order.cost_summary.len(), 2),
        };
        let (time, ratio) = ratios(&mut [&mut our_call, &mut plain_call]);
        table.row(
            format!("{name}, against plain reqwest: wall time"),
            format!("{:.2} ({})", ratio[0], seconds(time)),
            if what == "region" { "at most 1.03" } else { "" },
        );
        let (ratio, ours) = user_cpu(&server, what);
        table.row(
            format!("{name}, against plain reqwest: user CPU of a whole process of {CALLS} calls"),
            format!("{ratio:.2} ({})", seconds(ours / f64::from(CALLS))),
            "at most 1.05",
        );
        // Both are warm by now. The least of many, because a connection's buffers grow at times.
        let least = |call: &mut dyn FnMut()| {
            (0..50)
                .map(|_| allocation_counter::measure(&mut *call))
                .min_by_key(|counts| counts.count_total)
                .unwrap()
        };
        let (ours, plain) = (least(&mut our_call), least(&mut plain_call));
        table.row(
            format!("{name}: allocations (bytes)"),
            format!(
                "{} ({}) against {} ({})",
                ours.count_total, ours.bytes_total, plain.count_total, plain.bytes_total
            ),
            "a handful more",
        );
        let figure = match (
            instructions(&server, &format!("our-{what}")),
            instructions(&server, &format!("plain-{what}")),
        ) {
            (Some(ours), Some(plain)) => {
                format!("{:.2} ({ours} against {plain})", ours as f64 / plain as f64)
            }
            _ => "not counted: there is no valgrind here".to_owned(),
        };
        let aim = if what == "region" {
            "at most 1.00"
        } else {
            "at most 1.02"
        };
        table.row(format!("{name}: instructions"), figure, aim);
    }
}

/// What a recorder costs: the same calls, each written down as it happens.
pub(crate) fn measure_recorder(table: &mut Table) {
    let folder = tempfile::tempdir().unwrap();
    for (what, name, delay, aim) in [
        ("region", "get a region", 0, ""),
        ("confirm", "confirm an order", 0, ""),
        ("region", "get a region", 20, "at most 1.03"),
        ("confirm", "confirm an order", 20, "at most 1.03"),
    ] {
        let server = Server::start(&["serve-fixed", &delay.to_string()]);
        let runtime = runtime();
        let bare = Ours::new(server.client());
        let path = folder.path().join(format!("{what}-{delay}.jsonl"));
        let recorded = Ours::new(serve::recorded_client_of(&server.address, &path));
        let call = |ours: &Ours| match what {
            "region" => runtime.block_on(ours.region()),
            _ => runtime.block_on(ours.confirm()),
        };
        let (time, ratio) = ratios(&mut [&mut || call(&recorded), &mut || call(&bare)]);
        table.row(
            format!("{name} with a recorder, {delay} ms of latency, against without: wall time"),
            format!("{:.2} ({})", ratio[0], seconds(time)),
            aim,
        );
        assert!(std::fs::metadata(&path).unwrap().len() > 100_000);
    }
}

/// Instructions of one call, ours and by hand, for being kept: name, ours, by hand.
pub(crate) fn held() -> Option<Vec<(&'static str, u64, u64)>> {
    let server = Server::start(&["serve-fixed", "0"]);
    ["region", "confirm"]
        .into_iter()
        .map(|what| {
            let ours = instructions(&server, &format!("our-{what}"))?;
            let plain = instructions(&server, &format!("plain-{what}"))?;
            Some((what, ours, plain))
        })
        .collect()
}

/// Seconds of user CPU of two processes that make the same calls, ours and by hand, taking turns:
/// the median of the ratios, and of ours.
fn user_cpu(server: &Server, what: &str) -> (f64, f64) {
    let seconds_of = |side: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "count",
                &format!("{side}-{what}"),
                &server.address,
                &CALLS.to_string(),
            ])
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse::<f64>()
            .unwrap()
    };
    let turns: Vec<(f64, f64)> = (0..CPU_TURNS)
        .map(|_| (seconds_of("our"), seconds_of("plain")))
        .collect();
    let ratio = median(turns.iter().map(|(ours, plain)| ours / plain));
    (ratio, median(turns.iter().map(|turn| turn.0)))
}

/// User CPU of this process, in seconds. The system counts it in hundredths of a second.
fn user_cpu_of_this_process() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let (_, numbers) = stat.rsplit_once(')').unwrap_or_default();
    let ticks = numbers
        .split_whitespace()
        .nth(11)
        .and_then(|ticks| ticks.parse::<f64>().ok());
    ticks.unwrap_or(f64::NAN) / 100.0
}

/// Makes calls and nothing else, for valgrind to count; prints the user CPU they took.
pub(crate) fn count(what: &str, address: &str, times: u32) {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let ours = Ours::new(if what.starts_with("recorded") {
        serve::recorded_client_of(address, &folder.path().join("calls.jsonl"))
    } else {
        serve::client_of(address)
    });
    let plain = Plain::new(serve::base_url(address));
    runtime.block_on(async {
        for _ in 0..times {
            match what {
                "our-region" | "recorded-region" => ours.region().await,
                "our-confirm" | "recorded-confirm" => ours.confirm().await,
                "plain-region" => drop(plain.region().await),
                _ => drop(plain.confirm().await),
            }
        }
    });
    println!("{}", user_cpu_of_this_process());
}

/// Instructions of one call.
fn instructions(server: &Server, what: &str) -> Option<u64> {
    instructions_of_one(&["count", what, &server.address], [50, 150])
}
