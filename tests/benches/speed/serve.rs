//! Servers in processes of their own, so that what the client costs is not mixed with what they
//! cost. They end with the process that started them.

use std::borrow::Cow;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mobproc::{Client, Credentials};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// This program as a server. Its standard input is a leash: it ends when that is closed.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Self {
            process,
            address: address.trim().to_owned(),
        }
    }

    /// What it has of the machine's memory, in kilobytes.
    pub(crate) fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().split(' ').next()?.parse().ok())
            .unwrap_or(0)
    }

    pub(crate) fn base_url(&self) -> String {
        base_url(&self.address)
    }

    pub(crate) fn client(&self) -> Client {
        client_of(&self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

pub(crate) fn base_url(address: &str) -> String {
    format!("http://{address}/mobproc/v1")
}

pub(crate) fn client_of(address: &str) -> Client {
    client(&base_url(address), &format!("http://{address}/as/token.oauth2"))
}

/// The same, and everything it does is written down.
pub(crate) fn recorded_client_of(address: &str, path: &std::path::Path) -> Client {
    let token_url = format!("http://{address}/as/token.oauth2");
    let recorder = mobproc_recorder::Recorder::create(path).unwrap();
    builder(&base_url(address), &token_url)
        .observer(recorder)
        .build()
        .unwrap()
}

pub(crate) fn client(base_url: &str, token_url: &str) -> Client {
    builder(base_url, token_url).build().unwrap()
}

/// A client with the credentials of every sandbox.
fn builder(base_url: &str, token_url: &str) -> mobproc::ClientBuilder {
    Client::builder()
        .base_url(base_url)
        .token_url(token_url)
        .tenant("LARKSPUR")
        .credentials(Credentials::password(
            "sandbox-client",
            "sandbox-secret",
            "command://svc.procurement",
            "sandbox-password",
        ))
}

fn on_a_leash() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn announce(address: impl std::fmt::Display) {
    println!("{address}");
    std::io::stdout().flush().unwrap();
}

/// A sandbox that answers every list after a delay.
pub(crate) fn sandbox(employees: usize, delay: u64) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(async {
        let mut builder = Sandbox::builder().employees(employees).keep(0);
        if delay > 0 {
            builder =
                builder.fault(Rule::new(Fault::Delay(Duration::from_millis(delay))).on("employee_list"));
            builder = builder.fault(Rule::new(Fault::Delay(Duration::from_millis(delay))).on("order_create"));
        }
        builder.start().await.unwrap()
    });
    announce(sandbox.address());
    on_a_leash();
}

/// A sandbox as it comes.
pub(crate) fn stand_in(employees: usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let builder = Sandbox::builder().employees(employees);
    let sandbox = runtime
        .block_on(builder.ship_after(Duration::from_secs(30)).start())
        .unwrap();
    announce(sandbox.address());
    on_a_leash();
}

/// An answer that is known by heart, and how long it takes to come.
type Reply = (Duration, Cow<'static, [u8]>);

fn answer(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn token() -> Vec<u8> {
    answer(r#"{"access_token":"measured","token_type":"Bearer","expires_in":7199}"#)
}

/// A server that knows three answers by heart, gives them after a delay in milliseconds, and costs
/// as little as it can.
pub(crate) fn fixed(delay: u64) {
    let example = |name: &str| -> &'static [u8] {
        Box::leak(answer(&mobproc_tests::example(name).to_string()).into_boxed_slice())
    };
    let (order, region) = (example("orders/upgrade/confirmation"), example("regions/country"));
    let token: &'static [u8] = Box::leak(token().into_boxed_slice());
    serve(Box::leak(Box::new(move |head: &str| {
        let answer = match head.as_bytes() {
            [b'g', ..] => region,
            _ if head.contains("/as/token") => token,
            _ => order,
        };
        (Duration::from_millis(delay), Cow::Borrowed(answer))
    })));
}

/// A server of a list of so many employees, each page of 1,000 after a delay in milliseconds. It
/// costs as little as it can: all pages are the same but for the id of their first employee.
pub(crate) fn pages(employees: usize, delay: u64) {
    const FIRST: &str = "the first";
    let mut page = page_of_employees();
    // Without links to the next page, which would never end.
    *page.pointer_mut("/employees/_meta").unwrap() = serde_json::json!({ "totalCount": employees });
    *page.pointer_mut("/employees/items/0/id").unwrap() = FIRST.into();
    let text = page.to_string();
    let token = token();
    serve(Box::leak(Box::new(move |head: &str| {
        if head.contains("/as/token") {
            return (Duration::ZERO, Cow::Owned(token.clone()));
        }
        let (_, rest) = head.split_once("offset=").unwrap();
        let offset: usize = rest
            .split(|letter: char| !letter.is_ascii_digit())
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let body = text.replacen(FIRST, &format!("{offset:09}"), 1);
        (Duration::from_millis(delay), Cow::Owned(answer(&body)))
    })));
}

/// A page of 1,000 employees as the sandbox sends it.
pub(crate) fn page_of_employees() -> Value {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::builder().employees(1000).start().await.unwrap();
        let client = client(&sandbox.base_url(), &sandbox.token_url());
        client
            .get_raw::<Value>("/employees?limit=1000&offset=0")
            .await
            .unwrap()
    })
}

/// Answers each request by its head, which is in small letters.
fn serve(reply: &'static (dyn Fn(&str) -> Reply + Send + Sync)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    announce(listener.local_addr().unwrap());
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(answer_all(stream, reply));
        }
    });
    on_a_leash();
}

async fn answer_all(mut stream: TcpStream, reply: &'static (dyn Fn(&str) -> Reply + Send + Sync)) {
    let mut received = Vec::with_capacity(1 << 14);
    loop {
        let Some(head) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            if !matches!(stream.read_buf(&mut received).await, Ok(1..)) {
                return;
            }
            continue;
        };
        let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
        let body: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.trim().parse().unwrap());
        let whole = head + 4 + body;
        while received.len() < whole {
            if !matches!(stream.read_buf(&mut received).await, Ok(1..)) {
                return;
            }
        }
        received.drain(..whole);
        let (delay, answer) = reply(&text);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}
