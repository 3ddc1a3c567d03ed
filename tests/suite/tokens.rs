//! One token for all, renewed once, never lost.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mobproc::{
    AccessToken, BoxFuture, Client, ClientBuilder, Clock, Credentials, ErrorKind, RetryPolicy, TokenError,
    TokenRequestForm, TokenSource, TokenStore,
};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use secrecy::{ExposeSecret as _, SecretString};

use crate::end_to_end::Failed as _;

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    let of = sandbox.credentials().clone();
    Client::builder()
        .base_url(sandbox.base_url())
        .token_url(sandbox.token_url())
        .tenant(of.tenant)
        .retry(RetryPolicy::default().initial_delay(Duration::ZERO))
        .credentials(Credentials::password(
            of.client_id,
            of.client_secret,
            of.username,
            of.password,
        ))
}

/// Anything that needs a token.
async fn call(client: &Client) -> Result<(), mobproc::Error> {
    client.orders().list().send().await.map(|_| ())
}

/// A clock that moves when told to.
#[derive(Debug, Clone)]
struct Watch {
    begin: Instant,
    moved: Arc<Mutex<Duration>>,
}

impl Watch {
    fn new() -> Self {
        Self {
            begin: Instant::now(),
            moved: Arc::default(),
        }
    }

    fn forward(&self, time: Duration) {
        *self.moved.lock().unwrap() += time;
    }
}

impl Clock for Watch {
    fn now(&self) -> Instant {
        self.begin + *self.moved.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.forward(time);
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_with_an_expired_token_cause_one_refresh() {
    let sandbox = Sandbox::start().await.unwrap();
    let watch = Watch::new();
    let client = builder(&sandbox).clock(watch.clone()).build().unwrap();
    call(&client).await.unwrap();
    assert_eq!(sandbox.requests_for("token_create").len(), 1);
    watch.forward(Duration::from_secs(8000));
    sandbox.expire_tokens();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let client = client.clone();
        tasks.spawn(async move { call(&client).await });
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.unwrap().unwrap();
    }
    let asked = sandbox.requests_for("token_create");
    assert_eq!(asked.len(), 2);
    let body = String::from_utf8_lossy(&asked[1].body).into_owned();
    assert!(body.contains("grant_type=refresh_token"), "by refresh grant");
}

/// A source that waits to be let go on.
#[derive(Debug, Clone)]
struct Slow {
    asked: Arc<AtomicUsize>,
    go_on: Arc<tokio::sync::Notify>,
    token: String,
}

impl TokenSource for Slow {
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
        Box::pin(async {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.go_on.notified().await;
            Ok(AccessToken::new(self.token.clone()))
        })
    }
}

#[tokio::test]
async fn cancelling_the_caller_that_began_a_refresh_loses_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let slow = Slow {
        asked: Arc::default(),
        go_on: Arc::default(),
        token: sandbox.access_token(),
    };
    let of = sandbox.credentials().clone();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .tenant(of.tenant)
        .credentials(Credentials::source(of.client_id, slow.clone()))
        .build()
        .unwrap();
    {
        let asked = Arc::clone(&slow.asked);
        let begun = async move {
            while asked.load(Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            outcome = call(&client) => panic!("{outcome:?}"),
            () = begun => {}
        }
        // The first caller is gone now.
    }
    slow.go_on.notify_one();
    call(&client).await.unwrap();
    assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_that_is_still_good_is_kept_when_an_early_refresh_fails() {
    let sandbox = Sandbox::start().await.unwrap();
    let watch = Watch::new();
    let client = builder(&sandbox)
        .clock(watch.clone())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    call(&client).await.unwrap();
    sandbox.add_fault(Rule::new(Fault::Html(503)).on("token_create"));
    // Less than the margin before the end.
    watch.forward(Duration::from_secs(7190));
    for _ in 0..5 {
        call(&client).await.unwrap();
    }
    client
        .orders()
        .approve("1", None)
        .await
        .map(|_| ())
        .or_else(|error| {
            if error.error().is_not_found() {
                Ok(())
            } else {
                Err(error)
            }
        })
        .unwrap();
    watch.forward(Duration::from_secs(60));
    let error = call(&client).await.failed();
    assert!(
        error.kind() == ErrorKind::TokenUnavailable && error.to_string().contains("no access token"),
        "{error}"
    );
}

#[tokio::test]
async fn a_write_waits_for_a_renewal_that_is_due() {
    let sandbox = Sandbox::start().await.unwrap();
    let watch = Watch::new();
    let client = builder(&sandbox).clock(watch.clone()).build().unwrap();
    call(&client).await.unwrap();
    watch.forward(Duration::from_secs(7190));
    let _ = client.orders().approve("1", None).await.failed();
    let order: Vec<_> = sandbox
        .requests()
        .iter()
        .map(|request| request.operation.unwrap())
        .collect();
    assert_eq!(
        order,
        [
            "token_create",
            "order_list",
            "token_create",
            "order_approval_create"
        ]
    );
    let first = sandbox.requests()[1].header("authorization").unwrap().to_owned();
    assert_ne!(sandbox.requests()[3].header("authorization").unwrap(), first);
}

/// Keeps what it is given, and whether the server had been asked with the new token by then.
#[derive(Debug, Clone, Default)]
struct Shelf {
    kept: Arc<Mutex<Vec<String>>>,
}

impl TokenStore for Shelf {
    fn load(&self) -> BoxFuture<'_, Result<Option<SecretString>, TokenError>> {
        let last = self.kept.lock().unwrap().last().cloned();
        Box::pin(std::future::ready(Ok(last.map(SecretString::from))))
    }

    fn save<'a>(&'a self, refresh_token: &'a SecretString) -> BoxFuture<'a, Result<(), TokenError>> {
        self.kept
            .lock()
            .unwrap()
            .push(refresh_token.expose_secret().to_owned());
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn a_rotated_refresh_token_reaches_the_store_and_the_next_process() {
    let sandbox = Sandbox::start().await.unwrap();
    let shelf = Shelf::default();
    let client = builder(&sandbox).token_store(shelf.clone()).build().unwrap();
    call(&client).await.unwrap();
    sandbox.expire_tokens();
    call(&client).await.unwrap();
    assert_eq!(shelf.kept.lock().unwrap().len(), 2);
    // Another process goes on with what was kept, without the password grant.
    let next = builder(&sandbox).token_store(shelf.clone()).build().unwrap();
    call(&next).await.unwrap();
    let asked = sandbox.requests_for("token_create");
    assert!(String::from_utf8_lossy(&asked[2].body).contains("grant_type=refresh_token"));
}

#[derive(Debug)]
struct Full;

impl TokenStore for Full {
    fn load(&self) -> BoxFuture<'_, Result<Option<SecretString>, TokenError>> {
        Box::pin(std::future::ready(Err(TokenError::new("no disk"))))
    }

    fn save<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(std::future::ready(Err(TokenError::new("the disk is full"))))
    }
}

#[tokio::test]
async fn a_token_whose_successor_cannot_be_kept_is_not_used() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).token_store(Full).build().unwrap();
    let error = call(&client).await.failed();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert!(sandbox.requests_for("order_list").is_empty());
}

#[tokio::test]
async fn both_forms_of_token_request_work_and_redirects_are_not_followed() {
    for form in [TokenRequestForm::Body, TokenRequestForm::Query] {
        let sandbox = Sandbox::start().await.unwrap();
        call(&builder(&sandbox).token_request_form(form).build().unwrap())
            .await
            .unwrap();
        let asked = &sandbox.requests_for("token_create")[0];
        assert_eq!(
            asked.query("grant_type").is_some(),
            form == TokenRequestForm::Query
        );
        assert_eq!(asked.body.is_empty(), form == TokenRequestForm::Query);
        sandbox.revoke_tokens();
        let elsewhere = Sandbox::start().await.unwrap();
        sandbox.add_fault(Rule::new(Fault::Redirect(elsewhere.token_url())).on("token_create"));
        let client = builder(&sandbox).token_request_form(form).build().unwrap();
        assert_eq!(call(&client).await.failed().kind(), ErrorKind::TokenUnavailable);
        assert!(elsewhere.requests().is_empty());
    }
}

#[tokio::test]
async fn a_failing_token_server_is_asked_again() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Html(502)).on("token_create").times(2))
        .start()
        .await
        .unwrap();
    call(&builder(&sandbox).build().unwrap()).await.unwrap();
    assert_eq!(sandbox.requests_for("token_create").len(), 3);
    let refused = builder(&sandbox)
        .credentials(Credentials::password(
            "sandbox-client",
            "wrong-secret",
            "command://u",
            "p",
        ))
        .build()
        .unwrap();
    let error = call(&refused).await.failed();
    assert!(
        error.is_authentication() && error.to_string().contains("invalid_client"),
        "{error}"
    );
    assert!(!error.to_string().contains("wrong-secret"));
    assert_eq!(
        sandbox.requests_for("token_create").len(),
        4,
        "a refusal is final"
    );
}

#[tokio::test]
async fn a_token_can_be_looked_into() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let identity = client
        .validate_token(&sandbox.access_token())
        .await
        .unwrap()
        .identity
        .unwrap();
    assert_eq!(identity.tenant.as_deref(), Some("LARKSPUR"));
    assert_eq!(identity.multitenant.unwrap().value(), Some(false));
    let error = client.validate_token("no-such-token").await.failed();
    assert!(
        error.is_authentication() && error.to_string().contains("invalid_grant"),
        "{error}"
    );
    assert!(!error.to_string().contains("no-such-token"));
}

#[tokio::test]
async fn reads_are_tried_again_as_the_server_asks() {
    let waits = [(Fault::RetryAfter(7), 7), (Fault::RetryAfterDate(9), 8)];
    for (fault, least) in waits {
        let sandbox = Sandbox::builder()
            .fault(Rule::new(fault).on("order_list").times(2))
            .start()
            .await
            .unwrap();
        let watch = Watch::new();
        let client = builder(&sandbox).clock(watch.clone()).build().unwrap();
        call(&client).await.unwrap();
        assert_eq!(sandbox.requests_for("order_list").len(), 3);
        assert!(*watch.moved.lock().unwrap() >= Duration::from_secs(2 * least));
    }
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::RetryAfter(3600)).on("order_list"))
        .start()
        .await
        .unwrap();
    let error = call(&builder(&sandbox).build().unwrap()).await.failed();
    assert_eq!(
        (error.attempts(), error.retry_after()),
        (1, Some(Duration::from_secs(3600)))
    );
}

#[tokio::test]
async fn an_outage_is_not_made_worse() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Status(503)).on("order_list"))
        .start()
        .await
        .unwrap();
    let client = builder(&sandbox).build().unwrap();
    for _ in 0..100 {
        let _ = call(&client).await.failed();
    }
    // Twenty retries until the budget is used up.
    assert_eq!(sandbox.requests_for("order_list").len(), 120);
}

#[tokio::test]
async fn an_answer_may_not_be_larger_than_the_limit() {
    let sandbox = Sandbox::start().await.unwrap();
    let of = sandbox.credentials().clone();
    let client = builder(&sandbox)
        .credentials(Credentials::bearer(of.client_id, sandbox.access_token()))
        .max_response_size(10)
        .build()
        .unwrap();
    let error = call(&client).await.failed();
    assert!(error.to_string().contains("larger than the limit"), "{error}");
    // Asking again would bring as much.
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::AnswerTooLarge, 1));
    let client = builder(&sandbox)
        .timeout(Duration::from_millis(50))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    sandbox.add_fault(Rule::new(Fault::SlowBody(Duration::from_secs(3600))).on("order_list"));
    assert!(call(&client).await.failed().is_timeout());
}

/// 400 MB of a token took 795 MB of memory.
#[tokio::test]
async fn a_token_answer_is_bounded_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let of = sandbox.credentials().clone();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .token_url(sandbox.token_url())
        .tenant(of.tenant)
        .credentials(Credentials::password(
            of.client_id,
            of.client_secret,
            of.username,
            of.password,
        ))
        .max_response_size(1000)
        .build()
        .unwrap();
    let huge =
        serde_json::json!({ "access_token": "x".repeat(5000), "token_type": "Bearer", "expires_in": 7199 });
    sandbox.script("token_create", 200, huge.clone());
    let error = call(&client).await.failed();
    assert_eq!(error.kind(), ErrorKind::TokenUnavailable);
    assert!(
        error.to_string().contains("larger than the limit of 1000 bytes"),
        "{error}"
    );
    assert_eq!(sandbox.requests_for("token_create").len(), 1);
    sandbox.script("token_validate", 200, huge);
    let error = client.validate_token("t").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerTooLarge, "{error}");
}
