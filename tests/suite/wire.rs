//! What goes over the wire, and through what: connections, headers, limits, redirects, proxies,
//! certificates.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mobproc::{
    Attempt, BoxFuture, Client, ClientBuilder, Clock, Credentials, Dispatch, EmployeeRef, ErrorKind,
    Observer, RetryPolicy,
};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use serde_json::json;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::end_to_end::Failed as _;
use crate::forger::{Forged, Forger};
use crate::never_twice::features;

fn builder(forger: &Forger) -> ClientBuilder {
    forger.client().retry(RetryPolicy::default())
}

/// A region, or an order that was submitted.
fn good(what: &str) -> Forged {
    if what.contains("/regions/") {
        Forged::json(200, json!({"id": "2001"}))
    } else if what.contains("/approval") {
        Forged::json(200, json!({"status": "SUCCESS"}))
    } else if what.contains("confirm=true") {
        Forged::json(
            200,
            json!({"orderConfirmation": {"transactionType": "UPDATE_FEATURES"}}),
        )
    } else {
        Forged::json(200, json!({"order": {"orderId": "1"}}))
    }
}

/// Issue 13, point 22, as all of this file where nothing else is said.
#[tokio::test]
async fn reads_share_a_connection_and_no_write_ever_does() {
    let forger = Forger::start(|asked| good(&asked.what)).await;
    let client = builder(&forger).build().unwrap();
    for number in 0..3 {
        client.region("2001").await.unwrap();
        let confirmed = client
            .orders()
            .confirm(features(&format!("W-{number}")))
            .await
            .unwrap();
        let _ = confirmed.submit().await.unwrap();
        let _ = client
            .orders()
            .submit_without_confirmation(features(&format!("V-{number}")))
            .await
            .unwrap();
        client.orders().approve("1", None).await.unwrap();
    }
    let asked = forger.asked();
    let is_read = |what: &str| what.starts_with("GET") || what.contains("confirm=true");
    let of_reads: Vec<usize> = asked
        .iter()
        .filter(|asked| is_read(&asked.what))
        .map(|asked| asked.connection)
        .collect();
    let of_writes: Vec<usize> = asked
        .iter()
        .filter(|asked| !is_read(&asked.what))
        .map(|asked| asked.connection)
        .collect();
    assert_eq!((of_reads.len(), of_writes.len()), (6, 9));
    let distinct: std::collections::BTreeSet<_> = of_writes.iter().collect();
    assert_eq!(distinct.len(), of_writes.len(), "{asked:?}");
    assert!(of_writes.iter().all(|connection| !of_reads.contains(connection)));
    // All but a few reads, which may come before a connection is free again.
    let distinct: std::collections::BTreeSet<_> = of_reads.iter().collect();
    assert!(distinct.len() < of_reads.len(), "{of_reads:?}");
}

#[tokio::test]
async fn what_is_posted_says_what_it_is_and_what_it_takes() {
    let forger = Forger::start(|asked| good(&asked.what)).await;
    let client = builder(&forger).user_agent("our-portal/2.1").build().unwrap();
    client.region("2001").await.unwrap();
    let _ = client.orders().confirm(features("W-1")).await.unwrap();
    client.orders().approve("1", None).await.unwrap();
    let asked = forger.asked();
    for asked in &asked {
        assert_eq!(asked.header("accept"), Some("application/json"), "{asked:?}");
        let agent = asked.header("user-agent").unwrap();
        assert!(agent.starts_with("our-portal/2.1 mobproc/"), "{agent}");
        let has_body = !asked.body.is_empty();
        assert_eq!(
            asked.header("content-type"),
            has_body.then_some("application/json"),
            "{asked:?}"
        );
    }
    assert!(asked.iter().filter(|asked| !asked.body.is_empty()).count() >= 2);
}

/// Looks at the headers that were sent.
#[derive(Debug, Clone, Default)]
struct Sensitive(Arc<Mutex<Vec<(String, bool)>>>);

impl Observer for Sensitive {
    fn attempt_ended(&self, attempt: &Attempt<'_>) {
        let headers = attempt.headers.iter();
        self.0
            .lock()
            .unwrap()
            .extend(headers.map(|(name, value)| (name.to_string(), value.is_sensitive())));
    }
}

#[tokio::test]
async fn the_actor_is_marked_as_not_to_be_printed() {
    let forger = Forger::start(|asked| good(&asked.what)).await;
    let seen = Sensitive::default();
    let client = builder(&forger).observer(seen.clone()).build().unwrap();
    for actor in [EmployeeRef::tangoe_id("7"), EmployeeRef::company_id("amara")] {
        client.acting_for(actor).region("2001").await.unwrap();
    }
    let seen = seen.0.lock().unwrap().clone();
    for name in ["x-tngo-context-employeeid", "x-tngo-context-companyemployeeid"] {
        assert!(seen.contains(&(name.to_owned(), true)), "{seen:?}");
    }
}

#[tokio::test]
async fn the_size_limit_counts_all_pieces_and_lets_in_what_is_just_as_large() {
    let body = json!({"id": "2001", "name": "x".repeat(100_000)}).to_string();
    let length = body.len();
    let forger = Forger::start(move |_| Forged::json(200, &body)).await;
    for (limit, fits) in [
        (length + 1, true),
        (length, true),
        (length - 1, false),
        (1000, false),
    ] {
        let client = builder(&forger).max_response_size(limit).build().unwrap();
        let outcome = client.region("2001").await;
        match outcome {
            Ok(_) => assert!(fits, "{limit}"),
            Err(error) => assert!(
                !fits && error.kind() == ErrorKind::AnswerTooLarge && error.attempts() == 1,
                "{error}"
            ),
        }
    }
}

#[tokio::test]
async fn redirects_of_a_read_come_to_an_end() {
    let forger = Forger::start(|asked| Forged {
        status: 307,
        headers: vec![("location", format!("{}x", asked.what.trim_start_matches("GET ")))],
        body: Vec::new(),
    })
    .await;
    let error = builder(&forger).build().unwrap().region("2001").await.failed();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert_eq!(forger.asked().len(), 6, "the request and five redirects");
}

#[tokio::test]
async fn successes_pay_for_retries() {
    let forger = Forger::start(|asked| {
        Forged::json(
            if asked.what.contains("/bad") { 503 } else { 200 },
            json!({"id": "1"}),
        )
    })
    .await;
    let client = builder(&forger)
        .retry(RetryPolicy::default().attempts(2).initial_delay(Duration::ZERO))
        .build()
        .unwrap();
    let bad = async || client.region("bad").await.failed().attempts();
    for _ in 0..20 {
        assert_eq!(bad().await, 2);
    }
    assert_eq!(bad().await, 1, "the budget is used up");
    for _ in 0..4 {
        client.region("good").await.unwrap();
    }
    assert_eq!(bad().await, 1, "four successes are not enough");
    client.region("good").await.unwrap();
    assert_eq!(bad().await, 2, "the fifth is");
}

#[tokio::test]
async fn a_first_attempt_that_may_have_arrived_is_not_forgotten_over_the_last() {
    // The first connection is closed after the request came; then nobody listens any more.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let mut bytes = [0; 1024];
        tokio::io::AsyncReadExt::read(&mut stream, &mut bytes)
            .await
            .unwrap();
    });
    let client = Client::builder()
        .base_url(format!("http://{address}/mobproc/v1"))
        .tenant("ACME")
        .credentials(Credentials::bearer("client", "token"))
        .retry(RetryPolicy::default().attempts(2).initial_delay(Duration::ZERO))
        .build()
        .unwrap();
    let error = client.region("2001").await.failed();
    server.await.unwrap();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Connect, 2),
        "{error}"
    );
    assert_eq!(error.dispatch(), Dispatch::MaybeSent);
    assert!(!error.to_string().contains("Nothing was sent"), "{error}");
}

/// Notes how long it was asked to wait.
#[derive(Debug, Clone, Default)]
struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Clock for Waits {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }

    /// Draws the most there is.
    fn random(&self) -> u64 {
        u64::MAX
    }
}

#[tokio::test]
async fn delays_are_those_of_the_policy() {
    let forger = Forger::start(|_| Forged::json(503, "{}")).await;
    let waits = Waits::default();
    let client = builder(&forger)
        .clock(waits.clone())
        .retry(
            RetryPolicy::default()
                .attempts(6)
                .initial_delay(Duration::from_millis(500))
                .max_delay(Duration::from_secs(3)),
        )
        .build()
        .unwrap();
    let _ = client.region("2001").await.failed();
    let waited: Vec<u128> = waits
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|time| (time.as_micros() + 500) / 1000)
        .collect();
    assert_eq!(waited, [500, 1000, 2000, 3000, 3000]);
}

#[tokio::test]
async fn a_server_that_asks_for_more_patience_than_allowed_is_not_waited_for() {
    for (asks, most, attempts) in [(40, 30, 1), (30, 30, 2), (40, 60, 2)] {
        let sandbox = Sandbox::builder()
            .fault(Rule::new(Fault::RetryAfter(asks)).on("region_get").times(1))
            .start()
            .await
            .unwrap();
        let waits = Waits::default();
        let client = Client::builder()
            .base_url(sandbox.base_url())
            .tenant(sandbox.credentials().tenant.clone())
            .credentials(Credentials::bearer(
                sandbox.credentials().client_id.clone(),
                sandbox.access_token(),
            ))
            .clock(waits.clone())
            .retry(RetryPolicy::default().max_retry_after(Duration::from_secs(most)))
            .build()
            .unwrap();
        let _ = client.region("2001").await;
        assert_eq!(
            sandbox.requests_for("region_get").len(),
            attempts,
            "{asks} {most}"
        );
    }
}

/// A server with a certificate of its own authority.
async fn with_tls() -> (Forger, String) {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let forger = Forger::start_with(
        |asked| {
            let forged = match asked.what.as_str() {
                "POST /token" => Forged::json(200, json!({"access_token": "t"})),
                what => good(what),
            };
            Box::pin(std::future::ready(forged))
        },
        Some(TlsAcceptor::from(Arc::new(config))),
    )
    .await;
    (forger, certified.cert.pem())
}

/// Issue 13, point 9: these were tried three times more, and answered with "check the address".
#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_at_once_and_a_root_makes_it_trusted() {
    let (forger, pem) = with_tls().await;
    let port = forger.url("").rsplit(':').next().unwrap().to_owned();
    let builder = || {
        Client::builder()
            .base_url(format!("https://localhost:{port}/mobproc/v1"))
            .token_url(format!("https://localhost:{port}/token"))
            .tenant("ACME")
            .credentials(Credentials::password("client", "secret", "command://u", "p"))
    };
    let bearer = || builder().credentials(Credentials::bearer("client", "token"));
    let client = bearer().build().unwrap();
    let error = client.region("2001").await.failed();
    assert_eq!(
        (error.kind(), error.dispatch(), error.attempts()),
        (ErrorKind::Certificate, Dispatch::NotSent, 1),
        "{error}"
    );
    assert!(error.to_string().contains("`root_certificate`"), "{error}");
    let error = client.orders().approve("1", None).await.failed();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Certificate, 1));

    let waits = Waits::default();
    let error = builder()
        .clock(waits.clone())
        .build()
        .unwrap()
        .region("2001")
        .await
        .failed();
    assert_eq!(error.kind(), ErrorKind::TokenUnavailable);
    assert!(error.to_string().contains("`root_certificate`"), "{error}");
    assert!(waits.0.lock().unwrap().is_empty(), "it is not tried again");

    let trusting = builder().root_certificate(pem).build().unwrap();
    trusting.region("2001").await.unwrap();
}

#[tokio::test]
async fn a_proxy_that_wants_credentials_is_told_at_once() {
    let proxy = Forger::start(|_| Forged::json(407, "{}")).await;
    let client = Client::builder()
        .base_url("https://api.example/mobproc/v1")
        .tenant("ACME")
        .proxy(proxy.url(""))
        .credentials(Credentials::bearer("client", "token"))
        .build()
        .unwrap();
    let error = client.region("2001").await.failed();
    assert_eq!(
        (error.kind(), error.dispatch(), error.attempts()),
        (ErrorKind::ProxyRefused, Dispatch::NotSent, 1),
        "{error}"
    );
    assert!(
        error.to_string().contains("check the address of the proxy"),
        "{error}"
    );
    assert_eq!(proxy.asked().len(), 1);
    assert_eq!(proxy.asked()[0].what, "CONNECT api.example:443");
}

/// Issue 13, point 8: it was dropped without a word when either URL was of this machine.
#[tokio::test]
async fn a_proxy_is_used_for_each_address_it_is_for() {
    let proxy = Forger::start(|asked| {
        if asked.what.starts_with("CONNECT") {
            Forged::json(407, "{}")
        } else {
            good(&asked.what)
        }
    })
    .await;
    // A proxy of this machine sees what goes to this machine, to look into it.
    let client = Client::builder()
        .base_url("http://127.0.0.1:9/mobproc/v1")
        .tenant("ACME")
        .proxy(proxy.url(""))
        .credentials(Credentials::bearer("client", "token"))
        .build()
        .unwrap();
    client.region("2001").await.unwrap();
    assert_eq!(
        proxy.asked()[0].what,
        "GET http://127.0.0.1:9/mobproc/v1/regions/2001"
    );
    // The API here, the token server elsewhere: that one by proxy.
    let client = Client::builder()
        .base_url("http://127.0.0.1:9/mobproc/v1")
        .token_url("https://tokens.example/token")
        .tenant("ACME")
        .proxy(proxy.url(""))
        .credentials(Credentials::password("client", "secret", "command://u", "p"))
        .build()
        .unwrap();
    let error = client.region("2001").await.failed();
    assert_eq!(error.kind(), ErrorKind::TokenUnavailable, "{error}");
    assert_eq!(proxy.asked()[1].what, "CONNECT tokens.example:443");
}

#[tokio::test]
async fn making_a_connection_has_its_own_time_limit() {
    // A server that accepts nothing, with its queue filled up: further connections hang.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let mut hung = 0;
    while hung < 3 {
        let connecting = tokio::net::TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(200), connecting).await {
            Ok(stream) => waiting.push(stream.unwrap()),
            Err(_) => hung += 1,
        }
    }
    let client = Client::builder()
        .base_url(format!("http://{address}/mobproc/v1"))
        .tenant("ACME")
        .connect_timeout(Duration::from_millis(50))
        .timeout(Duration::from_secs(600))
        .retry(RetryPolicy::never())
        .credentials(Credentials::bearer("client", "token"))
        .build()
        .unwrap();
    let error = tokio::time::timeout(Duration::from_secs(60), client.region("2001"))
        .await
        .expect("it has a time limit of its own")
        .failed();
    assert_eq!(
        (error.kind(), error.dispatch()),
        (ErrorKind::Connect, Dispatch::NotSent),
        "{error}"
    );
    drop(waiting);
}

#[tokio::test]
async fn a_proxy_in_trouble_is_tried_again() {
    let proxy = Forger::start(|_| Forged::json(502, "{}")).await;
    let client = Client::builder()
        .base_url("https://api.example/mobproc/v1")
        .tenant("ACME")
        .proxy(proxy.url(""))
        .retry(RetryPolicy::default().attempts(3).initial_delay(Duration::ZERO))
        .credentials(Credentials::bearer("client", "token"))
        .build()
        .unwrap();
    let error = client.region("2001").await.failed();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert_eq!(proxy.asked().len(), 3);
}
