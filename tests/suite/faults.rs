//! Every class of operation against every misbehaviour: what the client reports, how often the
//! server was asked, what was ordered.
//!
//! The tables are the promise. A change in them is read as a change in what users can rely on.

use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime};

use mobproc::{BoxFuture, Client, Clock, Credentials, Error, ErrorKind, OrderDraft, Property, RetryPolicy};
use mobproc_sandbox::{Fault, FaultError, Rule, Sandbox};
use tokio::net::TcpSocket;

/// How long an answer may take. Far more than any takes, so that no machine is too slow.
const GENEROUS: Duration = Duration::from_secs(60);
/// How long where no answer comes at all, so that no machine is too fast.
const HANGING: Duration = Duration::from_millis(250);
/// How long where none comes to the first attempt, and one to the next.
const HANGING_ONCE: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 3;
/// What a busy machine is granted on top, so that only a real hang is called one.
const SLACK: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Read,
    Confirm,
    Write,
    Token,
}

impl Class {
    const ALL: [Self; 4] = [Self::Read, Self::Confirm, Self::Write, Self::Token];

    fn operation(self) -> &'static str {
        match self {
            Self::Read => "region_get",
            Self::Confirm | Self::Write => "order_create",
            Self::Token => "token_create",
        }
    }

    async fn call(self, client: &Client) -> Result<(), Error> {
        let order: OrderDraft = OrderDraft::update_features("1001")
            .external_order_number("F-1")
            .add_feature("43")
            .property(Property::text("CONTACT_NUMBER", "1"))
            .into();
        match self {
            // A token is fetched for a read, so that what is reported is about the token.
            Self::Read | Self::Token => client.region("2001").await.map(drop),
            Self::Confirm => client
                .orders()
                .confirm(order)
                .await
                .map(drop)
                .map_err(Error::from),
            Self::Write => client
                .orders()
                .submit_without_confirmation(order)
                .await
                .map(drop)
                .map_err(Error::from),
        }
    }
}

fn every_fault() -> Vec<Fault> {
    let long = Duration::from_secs(3600);
    vec![
        Fault::Delay(long),
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::CutBody,
        Fault::SlowBody(long),
        Fault::Status(400),
        Fault::Status(401),
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(408),
        Fault::Status(409),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(502),
        Fault::Status(503),
        Fault::Status(504),
        Fault::FailAfter(500),
        Fault::FailAfter(503),
        Fault::Html(200),
        Fault::Html(403),
        Fault::Html(502),
        Fault::Empty(200),
        Fault::Empty(204),
        Fault::Empty(500),
        Fault::Garbage,
        Fault::Redirect("/elsewhere".to_owned()),
        Fault::Redirect("https://elsewhere.example/".to_owned()),
        Fault::RetryAfter(0),
        Fault::RetryAfter(3600),
        Fault::RetryAfterDate(0),
        Fault::RetryAfterDate(3600),
        Fault::ExpiredToken,
        Fault::RepeatPage,
    ]
}

/// What a caller is told, in a word or two. An error that is none of these, or two of them, would
/// show.
fn told(outcome: &Result<(), Error>) -> String {
    let error = match outcome {
        Ok(()) => return "ok".to_owned(),
        Err(error) => error,
    };
    let kinds = [
        (error.kind() == ErrorKind::Configuration, "configuration"),
        (error.kind() == ErrorKind::InvalidOrder, "invalid order"),
        (error.is_authentication(), "authentication"),
        (error.kind() == ErrorKind::TokenUnavailable, "no token server"),
        (error.is_rejected(), "rejected"),
        (error.kind() == ErrorKind::RateLimited, "rate limited"),
        (error.kind() == ErrorKind::ServerError, "server error"),
        (error.kind() == ErrorKind::Unexpected, "unexpected"),
        (error.kind() == ErrorKind::Forbidden, "forbidden"),
        (error.is_not_found(), "not found"),
        (error.kind() == ErrorKind::Connect, "not reached"),
        (error.kind() == ErrorKind::ConnectionLost, "connection lost"),
        (error.is_timeout(), "timed out"),
        (error.kind() == ErrorKind::AnswerTooLarge, "too large"),
        (error.kind() == ErrorKind::Decode, "unreadable"),
        (error.is_outcome_unknown(), "OUTCOME UNKNOWN"),
    ];
    assert_eq!(
        kinds.iter().filter(|(is, _)| *is).count(),
        1,
        "one kind each: {error:?}"
    );
    let mut text: Vec<String> = kinds
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, name)| name.to_owned())
        .collect();
    text.extend(error.status().map(|status| status.to_string()));
    text.join(" ")
}

fn hangs(fault: &Fault) -> bool {
    matches!(fault, Fault::Delay(_) | Fault::SlowBody(_))
}

/// The system's clock, except that its date is some seconds ahead of the server's: a date that is
/// now for the server has passed here, even where the date of the machine is set back meanwhile.
#[derive(Debug)]
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::now() + Duration::from_secs(30)
    }
}

fn builder(sandbox: &Sandbox, class: Class, timeout: Duration) -> mobproc::ClientBuilder {
    let of = sandbox.credentials().clone();
    let credentials = if class == Class::Token {
        Credentials::password(of.client_id, of.client_secret, of.username, of.password)
    } else {
        Credentials::bearer(of.client_id, sandbox.access_token())
    };
    Client::builder()
        .base_url(sandbox.base_url())
        .token_url(sandbox.token_url())
        .tenant(of.tenant)
        .credentials(credentials)
        .timeout(timeout)
        .clock(Ahead)
        .retry(
            RetryPolicy::default()
                .attempts(ATTEMPTS)
                .initial_delay(Duration::from_millis(1))
                .max_retry_after(Duration::from_millis(100)),
        )
}

/// One cell: the report, how often the server was asked, how many orders there are.
async fn cell(class: Class, rule: Rule, timeout: Duration) -> String {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox, class, timeout).build().unwrap();
    if let Err(error) = sandbox.add_fault(rule.on(class.operation())) {
        // Only lists have pages to repeat; elsewhere nothing goes wrong.
        assert!(matches!(error, FaultError::Never(_)), "{error}");
    }
    let started = Instant::now();
    let outcome = class.call(&client).await;
    let taken = started.elapsed();
    assert!(taken < timeout * ATTEMPTS + SLACK, "took {taken:?}: {outcome:?}");
    let asked = sandbox.requests_for(class.operation()).len();
    let orders = sandbox.orders().len();
    sandbox.stop().await;
    if class == Class::Write {
        assert!(asked <= 1, "a write was sent {asked} times");
        assert!(outcome.is_err() || orders == 1, "a success without an order");
        assert!(
            orders == 0 || outcome.is_ok() || outcome.as_ref().is_err_and(Error::is_outcome_unknown),
            "an order was placed and the error hides it: {outcome:?}"
        );
    } else {
        assert_eq!(orders, 0);
    }
    let mut text = format!("{} x{asked}", told(&outcome));
    if orders > 0 {
        let _ = write!(text, ", ordered {orders}");
    }
    text
}

async fn table(times: Option<u32>) -> String {
    let mut rows = vec![["misbehaviour", "read", "confirm", "write", "token"].map(str::to_owned)];
    for fault in every_fault() {
        let cells = Class::ALL.map(|class| {
            let rule = Rule::new(fault.clone());
            let (rule, hanging) = match times {
                Some(times) => (rule.times(times), HANGING_ONCE),
                None => (rule, HANGING),
            };
            let timeout = if hangs(&fault) { hanging } else { GENEROUS };
            tokio::spawn(cell(class, rule, timeout))
        });
        let mut row = vec![fault.to_string()];
        for cell in cells {
            row.push(cell.await.unwrap_or_else(|error| panic!("{fault}: {error}")));
        }
        rows.push(row.try_into().unwrap());
    }
    aligned(&rows)
}

fn aligned(rows: &[[String; 5]]) -> String {
    let widths: Vec<usize> = (0..5)
        .map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        let _ = writeln!(text, "{}", cells.join(" | ").trim_end());
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_client_makes_of_misbehaviour_that_lasts() {
    insta::assert_snapshot!("misbehaviour_that_lasts", table(None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_client_makes_of_misbehaviour_that_passes() {
    insta::assert_snapshot!("misbehaviour_that_passes", table(Some(1)).await);
}

/// Nobody listens: the one case in which a write is tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_client_makes_of_nobody_there() {
    let sandbox = Sandbox::start().await.unwrap();
    // Bound, so that nobody else gets the port, and never listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = socket.local_addr().unwrap();
    let mut text = String::new();
    for (class, name) in Class::ALL.into_iter().zip(["read", "confirm", "write", "token"]) {
        let client = builder(&sandbox, class, GENEROUS)
            .base_url(format!("http://{nobody}/mobproc/v1"))
            .token_url(format!("http://{nobody}/as/token.oauth2"))
            .build()
            .unwrap();
        let outcome = class.call(&client).await;
        let error = outcome.as_ref().unwrap_err();
        let _ = writeln!(
            text,
            "{name}: {}, {:?}, attempts {}",
            told(&outcome),
            error.dispatch(),
            error.attempts()
        );
    }
    insta::assert_snapshot!("nobody_there", text);
}
