//! The sandbox, in a process of its own: whether it grows, and whether the hundred-thousandth order
//! costs what the first did.

use std::time::Instant;

use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::paired::{Table, median, seconds};
use crate::serve::Server;

/// Orders placed, and how many of the first and of the last are compared.
const ORDERS: usize = 100_000;
const COMPARED: usize = 2_000;
/// Requests that warm both sides up.
const WARM: usize = 200;
/// Reads before memory is looked at.
const READS: usize = 100_000;

pub(crate) fn measure(table: &mut Table) {
    let runtime = Runtime::new().unwrap();
    let server = Server::start(&["serve-stand-in", "0"]);
    let caller = runtime.block_on(Caller::new(&server));
    let paths = [
        "/employees?limit=25&offset=0",
        "/orders?limit=25&offset=0",
        "/catalog/devices?transactionType=UPGRADE&vendor=3001",
        "/regions/2001",
    ];
    runtime.block_on(async {
        for number in 0..READS {
            caller.time(caller.get(paths[number % 4])).await;
        }
    });
    let look = Instant::now();
    let record = format!("http://{}/sandbox/requests", server.address);
    let length = runtime.block_on(async {
        caller
            .http
            .get(record)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
            .len()
    });
    let look = look.elapsed().as_secs_f64();
    table.row(
        format!("sandbox: memory after {READS} reads"),
        format!("{} kB", server.memory()),
        "under 100 MB",
    );
    table.row(
        format!("sandbox: its record of the last 1000 requests ({length} bytes)"),
        seconds(look),
        "under 100 ms",
    );

    let body = mobproc_tests::text("openapi/examples/orders/upgrade/request.json");
    let times: Vec<f64> = runtime.block_on(async {
        let mut times = Vec::with_capacity(ORDERS + WARM);
        for _ in 0..ORDERS + WARM {
            times.push(caller.time(caller.order(&body)).await);
        }
        times.split_off(WARM)
    });
    let first = median(times.iter().take(COMPARED).copied());
    let last = median(times.iter().rev().take(COMPARED).copied());
    table.row(
        format!("sandbox: placing the {ORDERS}th order, against the first"),
        format!(
            "{:.2} ({}; memory {} kB)",
            last / first,
            seconds(last),
            server.memory()
        ),
        "at most 1.2",
    );

    let started = Instant::now();
    let large = Server::start(&["serve-stand-in", "1000000"]);
    table.row(
        "sandbox: start with a million employees",
        format!(
            "{} ({} kB)",
            seconds(started.elapsed().as_secs_f64()),
            large.memory()
        ),
        "at most 700 MB",
    );
}

struct Caller {
    http: Client,
    base: String,
    token: String,
}

impl Caller {
    async fn new(server: &Server) -> Self {
        let http = Client::new();
        let form = [
            ("grant_type", "password"),
            ("client_id", "sandbox-client"),
            ("client_secret", "sandbox-secret"),
            ("username", "command://svc.procurement"),
            ("password", "sandbox-password"),
        ];
        let asked = http
            .post(format!("http://{}/as/token.oauth2", server.address))
            .form(&form);
        let answer: Value = asked.send().await.unwrap().json().await.unwrap();
        Self {
            token: answer["access_token"].as_str().unwrap().to_owned(),
            base: server.base_url(),
            http,
        }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.signed(self.http.get(format!("{}{path}", self.base)))
    }

    fn order(&self, body: &str) -> RequestBuilder {
        self.signed(self.http.post(format!("{}/orders?confirm=false", self.base)))
            .header("Content-Type", "application/json")
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", "peter.edwards.acme")
            .body(body.to_owned())
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .bearer_auth(&self.token)
            .header("X-TNGO-TENANT", "LARKSPUR")
            .header("client_id", "sandbox-client")
    }

    /// How long an answer takes, in seconds.
    async fn time(&self, request: RequestBuilder) -> f64 {
        let started = Instant::now();
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
        started.elapsed().as_secs_f64()
    }
}
