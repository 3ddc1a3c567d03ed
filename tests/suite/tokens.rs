//! One token for all, renewed once, never lost.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mobproc::{
    AccessToken, Attempt, BoxFuture, Client, ClientBuilder, Clock, Credentials, ErrorKind, Observer,
    RetryPolicy, TokenError, TokenSource, TokenStore,
};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::end_to_end::Failed as _;
use crate::forger::{Forged, Forger};

pub(crate) fn builder(sandbox: &Sandbox) -> ClientBuilder {
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
pub(crate) async fn call(client: &Client) -> Result<(), mobproc::Error> {
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
    let sandbox = Sandbox::builder().keep(10_000).start().await.unwrap();
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
pub(crate) struct Slow {
    pub(crate) asked: Arc<AtomicUsize>,
    pub(crate) go_on: Arc<tokio::sync::Notify>,
    pub(crate) token: String,
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
    sandbox
        .add_fault(Rule::new(Fault::Html(503)).on("token_create"))
        .unwrap();
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

/// Fails to save so many times, then works.
#[derive(Debug, Clone, Default)]
struct Full {
    failures: Arc<AtomicUsize>,
    shelf: Shelf,
}

impl TokenStore for Full {
    fn load(&self) -> BoxFuture<'_, Result<Option<SecretString>, TokenError>> {
        Box::pin(std::future::ready(Err(TokenError::new("no disk"))))
    }

    fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, Result<(), TokenError>> {
        let left = self
            .failures
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => Box::pin(std::future::ready(Err(TokenError::new("the disk is full")))),
            Err(_) => self.shelf.save(token),
        }
    }
}

/// Counts refresh tokens that were not saved.
#[derive(Debug, Clone, Default)]
struct NotSaved(Arc<Mutex<Vec<String>>>);

impl Observer for NotSaved {
    fn attempt_ended(&self, _: &Attempt<'_>) {}

    fn refresh_token_not_saved(&self, error: &TokenError) {
        self.0.lock().unwrap().push(error.to_string());
    }
}

/// Issue 13, point 3.
#[tokio::test]
async fn a_token_whose_successor_cannot_be_kept_is_used_and_saving_is_tried_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let (store, told, watch) = (Full::default(), NotSaved::default(), Watch::new());
    store.failures.store(3, Ordering::SeqCst);
    let client = builder(&sandbox)
        .token_store(store.clone())
        .observer(told.clone())
        .clock(watch.clone())
        .build()
        .unwrap();
    call(&client).await.unwrap();
    while store.shelf.kept.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(*told.0.lock().unwrap(), ["the disk is full"; 3]);
    assert!(client.token_store_error().is_none(), "it is saved by now");
    assert_eq!(sandbox.requests_for("token_create").len(), 1);
    // The pauses between the attempts: 1, 4 and 15 seconds.
    assert_eq!(*watch.moved.lock().unwrap(), Duration::from_secs(20));

    // A store that never works is given up, and said so for as long as that is so.
    store.failures.store(usize::MAX, Ordering::SeqCst);
    told.0.lock().unwrap().clear();
    sandbox.revoke_tokens();
    call(&client).await.unwrap();
    while told.0.lock().unwrap().len() < 7 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        client.token_store_error().unwrap().to_string(),
        "the disk is full"
    );
    store.failures.store(0, Ordering::SeqCst);
    sandbox.revoke_tokens();
    call(&client).await.unwrap();
    assert!(client.token_store_error().is_none());
}

/// Issue 13, point 2: that locks accounts.
#[tokio::test]
async fn refused_credentials_are_not_asked_for_again_by_everybody_who_comes() {
    let sandbox = Sandbox::start().await.unwrap();
    let watch = Watch::new();
    let client = builder(&sandbox)
        .credentials(Credentials::password(
            "sandbox-client",
            "wrong",
            "command://u",
            "p",
        ))
        .clock(watch.clone())
        .build()
        .unwrap();
    let asked = || sandbox.requests_for("token_create").len();
    for _ in 0..10 {
        let error = call(&client).await.failed();
        assert_eq!(error.kind(), ErrorKind::Authentication);
    }
    assert_eq!(asked(), 1);
    let error = call(&client).await.failed();
    assert!(
        error.to_string().contains("not asked for again within 11 s"),
        "{error}"
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(10)));
    // Each pause is longer than the one before, up to a quarter of an hour.
    for (number, pause) in [10, 20, 40, 80, 160, 320, 640, 900, 900].into_iter().enumerate() {
        watch.forward(Duration::from_secs(pause - 1));
        assert!(call(&client).await.failed().is_authentication());
        assert_eq!(asked(), number + 1, "within a pause of {pause} s");
        watch.forward(Duration::from_secs(1));
        assert!(call(&client).await.failed().is_authentication());
        assert_eq!(asked(), number + 2, "after a pause of {pause} s");
    }
}

#[tokio::test]
async fn one_refusal_answers_all_who_wait() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox)
        .credentials(Credentials::password(
            "sandbox-client",
            "wrong",
            "command://u",
            "p",
        ))
        .build()
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        tasks.spawn(async move { call(&client).await.failed().kind() });
    }
    while let Some(kind) = tasks.join_next().await {
        assert_eq!(kind.unwrap(), ErrorKind::Authentication);
    }
    assert_eq!(sandbox.requests_for("token_create").len(), 1);
}

/// Issue 13, point 2: ten reads made nineteen password grants.
#[tokio::test]
async fn an_api_that_refuses_every_token_does_not_cost_a_grant_for_each_call() {
    let sandbox = Sandbox::start().await.unwrap();
    let watch = Watch::new();
    let client = builder(&sandbox).clock(watch.clone()).build().unwrap();
    sandbox
        .add_fault(Rule::new(Fault::ExpiredToken).on("order_list"))
        .unwrap();
    let asked = || sandbox.requests_for("token_create").len();
    for _ in 0..10 {
        let error = call(&client).await.failed();
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Authentication, Some(401))
        );
    }
    assert_eq!(asked(), 2);
    // Other parts of the API may well accept it.
    client.region("2001").await.unwrap();
    assert_eq!(asked(), 2);
    // Later another is tried.
    watch.forward(Duration::from_secs(10));
    for _ in 0..10 {
        let _ = call(&client).await.failed();
    }
    assert_eq!(asked(), 3);
    // After a long outage the pause is long, but not for an API that has recovered.
    for _ in 0..10 {
        watch.forward(Duration::from_secs(1000));
        sandbox.clear_faults();
        sandbox
            .add_fault(Rule::new(Fault::ExpiredToken).on("order_list"))
            .unwrap();
        let _ = call(&client).await.failed();
    }
    sandbox.clear_faults();
    call(&client).await.unwrap();
    sandbox.revoke_tokens();
    assert!(call(&client).await.failed().is_authentication());
    watch.forward(Duration::from_secs(10));
    call(&client).await.unwrap();
}

#[tokio::test]
async fn tokens_that_end_one_after_the_other_are_renewed_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).clock(Watch::new()).build().unwrap();
    for grants in 1..5 {
        call(&client).await.unwrap();
        assert_eq!(sandbox.requests_for("token_create").len(), grants);
        sandbox.expire_tokens();
    }
}

/// Issue 13, point 22: each of these edits went unnoticed.
#[tokio::test]
async fn a_refresh_answer_without_a_new_refresh_token_leaves_the_old_one_good() {
    let lines = Arc::new(Mutex::new(0));
    let tokens = Forger::start(move |_| {
        let mut line = lines.lock().unwrap();
        *line += 1;
        Forged::json(
            200,
            match *line {
                1 => json!({"access_token": "a1", "expires_in": 1000, "refresh_token": "r1"}),
                _ => json!({"access_token": format!("a{line}"), "expires_in": 1000}),
            },
        )
    })
    .await;
    let sandbox = Sandbox::start().await.unwrap();
    let (watch, shelf) = (Watch::new(), Shelf::default());
    let client = builder(&sandbox)
        .token_url(tokens.url("/token"))
        .token_store(shelf.clone())
        .clock(watch.clone())
        .build()
        .unwrap();
    for _ in 0..3 {
        // The API does not know these tokens; that is not what this is about.
        let _ = call(&client).await;
        watch.forward(Duration::from_secs(2000));
    }
    let asked: Vec<String> = tokens
        .asked()
        .iter()
        .map(|asked| String::from_utf8(asked.body.clone()).unwrap())
        .collect();
    assert!(asked[0].contains("grant_type=password"), "{asked:?}");
    for later in &asked[1..] {
        assert!(
            later.contains("grant_type=refresh_token") && later.contains("refresh_token=r1"),
            "{asked:?}"
        );
    }
    assert!(shelf.kept.lock().unwrap().iter().all(|kept| kept == "r1"));
}

/// Hands out tokens by number, and panics when told to.
#[derive(Debug, Clone, Default)]
struct Numbered {
    asked: Arc<AtomicUsize>,
    panics_at: usize,
    fails: Arc<Mutex<bool>>,
    tokens: Arc<Mutex<Vec<String>>>,
    lifetime: Option<Duration>,
}

impl TokenSource for Numbered {
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        assert_ne!(number, self.panics_at, "on purpose");
        let outcome = if *self.fails.lock().unwrap() {
            Err(TokenError::new("no token today"))
        } else {
            let token = self.tokens.lock().unwrap()[number - 1].clone();
            let token = AccessToken::new(token);
            Ok(match self.lifetime {
                Some(lifetime) => token.lifetime(lifetime),
                None => token,
            })
        };
        Box::pin(std::future::ready(outcome))
    }
}

#[tokio::test]
async fn a_token_source_that_panics_fails_one_call_and_is_asked_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let source = Numbered {
        panics_at: 1,
        ..Numbered::default()
    };
    *source.tokens.lock().unwrap() = vec![String::new(), sandbox.access_token()];
    let client = builder(&sandbox)
        .credentials(Credentials::source("sandbox-client", source.clone()))
        .build()
        .unwrap();
    let error = call(&client).await.failed();
    assert_eq!(error.kind(), ErrorKind::TokenUnavailable);
    assert!(error.to_string().contains("cut short"), "{error}");
    call(&client).await.unwrap();
}

#[tokio::test]
async fn after_an_early_renewal_that_failed_there_is_a_pause() {
    let sandbox = Sandbox::start().await.unwrap();
    let watch = Watch::new();
    let source = Numbered {
        lifetime: Some(Duration::from_secs(1000)),
        ..Numbered::default()
    };
    *source.tokens.lock().unwrap() = vec![sandbox.access_token()];
    let client = builder(&sandbox)
        .clock(watch.clone())
        .credentials(Credentials::source("sandbox-client", source.clone()))
        .build()
        .unwrap();
    call(&client).await.unwrap();
    *source.fails.lock().unwrap() = true;
    watch.forward(Duration::from_secs(900));
    let asked = || source.asked.load(Ordering::SeqCst);
    // A write waits for the renewal, so its failure is known afterwards.
    let _ = client.orders().approve("1", None).await;
    assert_eq!(asked(), 2);
    for _ in 0..5 {
        let _ = client.orders().approve("1", None).await;
        call(&client).await.unwrap();
    }
    assert_eq!(asked(), 2);
    watch.forward(Duration::from_secs(10));
    let _ = client.orders().approve("1", None).await;
    assert_eq!(asked(), 3);
}

#[tokio::test]
async fn a_late_refusal_of_an_old_token_leaves_the_new_one_alone() {
    // Two calls go out with the first token; the second is refused only after the first has brought
    // the next token.
    let gate = Arc::new(tokio::sync::Notify::new());
    let sandbox = Sandbox::start().await.unwrap();
    let source = Numbered::default();
    *source.tokens.lock().unwrap() = vec!["old".to_owned(), "new".to_owned(), "newest".to_owned()];
    let held = Arc::new(Mutex::new(0));
    let api = {
        let (gate, held) = (Arc::clone(&gate), Arc::clone(&held));
        Forger::start_later(move |asked| {
            let (gate, held) = (Arc::clone(&gate), Arc::clone(&held));
            let is_old = asked.header("authorization") == Some("Bearer old");
            let waits = is_old && asked.what.contains("/regions/late");
            Box::pin(async move {
                if waits {
                    *held.lock().unwrap() += 1;
                    gate.notified().await;
                }
                if is_old {
                    Forged::json(401, "{}")
                } else {
                    Forged::json(200, json!({"regions": [], "id": "1"}))
                }
            })
        })
        .await
    };
    let client = builder(&sandbox)
        .base_url(api.url("/mobproc/v1"))
        .credentials(Credentials::source("sandbox-client", source.clone()))
        .build()
        .unwrap();
    let late = tokio::spawn({
        let client = client.clone();
        async move { client.region("late").await.map(|_| ()) }
    });
    while *held.lock().unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    client.region("1").await.unwrap();
    assert_eq!(source.asked.load(Ordering::SeqCst), 2);
    gate.notify_one();
    late.await.unwrap().unwrap();
    client.region("1").await.unwrap();
    assert_eq!(source.asked.load(Ordering::SeqCst), 2);
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
