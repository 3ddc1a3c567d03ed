//! Access tokens: where they come from, and one place that keeps the present one.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderValue;
use mobproc_api::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::retry::RetryPolicy;

/// An access token and how long it lives.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccessToken {
    secret: SecretString,
    lifetime: Option<Duration>,
}

impl AccessToken {
    /// A token that lives until the server says otherwise.
    pub fn new(secret: impl Into<String>) -> Self {
        Self {
            secret: SecretString::from(secret.into()),
            lifetime: None,
        }
    }

    /// The same token, living this long from now on.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    fn header(&self) -> Result<HeaderValue, TokenError> {
        let text = format!("Bearer {}", self.secret.expose_secret());
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| TokenError::new("the access token cannot stand in an HTTP header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Why no token could be had.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenError {
    message: String,
    trouble: Trouble,
    retry_after: Option<Duration>,
    attempts: u32,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What a [`TokenError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The credentials were looked at and refused.
    Refused,
    /// What answered is not the token server, or not one that works as documented. Trying again is no help.
    Useless,
    /// The token server was not reached, or is in trouble.
    Passing,
}

impl TokenError {
    /// An error with a message for people, which must hold no secret: the credentials were refused.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            trouble: Trouble::Refused,
            retry_after: None,
            attempts: 1,
            source: None,
        }
    }

    /// The same error, as one that may pass by itself and says nothing about the credentials: fetching is tried again.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.trouble = Trouble::Passing;
        self
    }

    /// The same error, of a server that asks to wait this long before fetching is tried again.
    #[must_use]
    pub fn retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after;
        self
    }

    /// The same error, as one that neither passes nor says anything about the credentials.
    pub(crate) fn useless(mut self) -> Self {
        self.trouble = Trouble::Useless;
        self
    }

    pub(crate) fn trouble(&self) -> Trouble {
        self.trouble
    }

    pub(crate) fn asks_to_wait(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The same error, with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut cause = self.source.as_deref().map(|source| source as &dyn StdError);
        while let Some(deeper) = cause {
            write!(f, ": {deeper}")?;
            cause = deeper.source();
        }
        if self.attempts > 1 {
            write!(f, ", {} attempts", self.attempts)?;
        }
        Ok(())
    }
}

/// The cause stands in the message.
impl StdError for TokenError {}

/// Where access tokens come from.
///
/// Implement it for tokens the built-in grants cannot get. The client keeps the token it was given and asks for the next
/// shortly before that expires, or when the server refuses it; never twice at the same time.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// Gets a new token.
    ///
    /// Runs in a task of its own, so it ends even if the call that needed it was cancelled.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from getting one. Calls that have no other token fail with it.
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>>;
}

/// Keeps a refresh token from one process to the next.
///
/// Each refresh gives a new refresh token and uses the old one up. The new one is handed over here before the access token that came
/// with it is used, so that it cannot get lost.
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// The refresh token that was kept last, if any.
    ///
    /// # Errors
    ///
    /// It cannot be read. The password grant is used then.
    fn load(&self) -> BoxFuture<'_, Result<Option<SecretString>, TokenError>>;

    /// Keeps a refresh token instead of the one before.
    ///
    /// # Errors
    ///
    /// It cannot be kept. The call that needed the token fails; the next one tries again.
    fn save<'a>(&'a self, refresh_token: &'a SecretString) -> BoxFuture<'a, Result<(), TokenError>>;
}

/// A ready-made token, such as one from the implicit grant. It cannot be renewed.
#[derive(Debug)]
pub(crate) struct ReadyMade(pub(crate) SecretString);

impl TokenSource for ReadyMade {
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
        let token = AccessToken {
            secret: self.0.clone(),
            lifetime: None,
        };
        Box::pin(std::future::ready(Ok(token)))
    }
}

/// Keeps the present token and gets the next, once, however many callers wait.
#[derive(Debug)]
pub(crate) struct TokenKeeper {
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    present: Option<Kept>,
    /// The fetch that is under way; it tells its outcome to all who wait.
    under_way: Option<watch::Receiver<Option<Result<Kept, TokenError>>>>,
    /// An early refresh failed: not before then again.
    not_before: Option<Instant>,
    generation: u64,
}

/// A token ready to send.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) header: HeaderValue,
    /// Counts tokens, so that a refused one can be named without comparing secrets.
    pub(crate) generation: u64,
    expires: Option<Instant>,
    renew: Option<Instant>,
}

/// A token is renewed this long before it expires, or at a fifth of its life if that is shorter.
const MARGIN: Duration = Duration::from_secs(240);
/// The longest a write waits for a renewal while its token is still good.
const PATIENCE: Duration = Duration::from_secs(15);
/// After an early refresh that failed, while the token is still good.
const PAUSE: Duration = Duration::from_secs(10);

impl TokenKeeper {
    pub(crate) fn new(source: Arc<dyn TokenSource>, clock: Arc<dyn Clock>, retry: RetryPolicy) -> Self {
        Self {
            source,
            clock,
            retry,
            state: Arc::default(),
        }
    }

    /// A token that is good, from memory if it can be. A write waits for a renewal that is due rather than run into the end
    /// of the present token: it could not be sent again.
    pub(crate) async fn token(&self, for_write: bool) -> Result<Kept, TokenError> {
        let mut spare = None;
        let mut waiting = {
            let mut state = lock(&self.state);
            // A fetch whose task is gone without a word (its runtime was shut down) is no fetch.
            if state
                .under_way
                .as_ref()
                .is_some_and(|waiting| waiting.has_changed().is_err())
            {
                state.under_way = None;
            }
            let now = self.clock.now();
            if let Some(present) = &state.present
                && present.expires.is_none_or(|expires| now < expires)
            {
                let present = present.clone();
                let mut due = present.renew.is_some_and(|renew| now >= renew)
                    && state.not_before.is_none_or(|not_before| now >= not_before);
                if due && state.under_way.is_none() {
                    // Early: whoever asks meanwhile gets the token that is still good.
                    self.start(&mut state);
                } else if state.under_way.is_none() {
                    due = false;
                }
                if !(for_write && due) {
                    return Ok(present);
                }
                spare = Some(present);
            }
            match &state.under_way {
                Some(waiting) => waiting.clone(),
                None => self.start(&mut state),
            }
        };
        let renewed = async {
            let outcome = waiting.wait_for(Option::is_some).await;
            outcome.ok().and_then(|outcome| outcome.clone())
        };
        // Whoever has a token that is still good does not wait for ever.
        let outcome = if spare.is_some() {
            tokio::time::timeout(PATIENCE, renewed).await.ok().flatten()
        } else {
            renewed.await
        };
        let spare = spare.filter(|spare| spare.expires.is_none_or(|expires| self.clock.now() < expires));
        match (outcome, spare) {
            (Some(Ok(kept)), _) => Ok(kept),
            // An early renewal that failed leaves the token that is still good.
            (_, Some(spare)) => Ok(spare),
            (Some(Err(error)), None) => Err(error),
            // The task is gone without a word: it panicked, or the runtime is shutting down.
            (None, None) => Err(TokenError::new("getting an access token was cut short").useless()),
        }
    }

    /// Says that the server refused a token. If it is still the present one, the next is asked for.
    pub(crate) fn refused(&self, generation: u64) {
        let mut state = lock(&self.state);
        if state
            .present
            .as_ref()
            .is_some_and(|present| present.generation == generation)
        {
            state.present = None;
        }
    }

    /// Starts a fetch in a task of its own, which outlives whoever asked.
    fn start(&self, state: &mut State) -> watch::Receiver<Option<Result<Kept, TokenError>>> {
        let (tell, waiting) = watch::channel(None);
        state.under_way = Some(waiting.clone());
        let (source, clock, shared) = (
            Arc::clone(&self.source),
            Arc::clone(&self.clock),
            Arc::clone(&self.state),
        );
        let retry = self.retry.clone();
        tokio::spawn(async move {
            // If fetching panics, the next caller must be able to start afresh.
            let cleared = ClearOnDrop(Arc::clone(&shared));
            let outcome = fetch(&*source, &*clock, &retry).await;
            let mut state = lock(&shared);
            let now = clock.now();
            let outcome = outcome.and_then(|token| {
                state.generation += 1;
                keep(&token, state.generation, now)
            });
            match &outcome {
                Ok(kept) => {
                    state.present = Some(kept.clone());
                    state.not_before = None;
                }
                Err(_) => state.not_before = Some(now + PAUSE),
            }
            drop(state);
            drop(cleared);
            // Nobody may be waiting any more.
            let _ = tell.send(Some(outcome));
        });
        waiting
    }
}

/// Fetches, again if what went wrong may pass.
async fn fetch(
    source: &dyn TokenSource,
    clock: &dyn Clock,
    retry: &RetryPolicy,
) -> Result<AccessToken, TokenError> {
    let mut delays = retry.delays();
    let mut attempts = 0;
    loop {
        let mut error = match source.fetch().await {
            Ok(token) => return Ok(token),
            Err(error) => error,
        };
        attempts += 1;
        error.attempts = attempts;
        if error.trouble != Trouble::Passing {
            return Err(error);
        }
        match delays
            .next()
            .and_then(|drawn| retry.wait(drawn, error.retry_after))
        {
            Some(wait) => clock.sleep(wait).await,
            None => return Err(error),
        }
    }
}

struct ClearOnDrop(Arc<Mutex<State>>);

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        lock(&self.0).under_way = None;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // No change to the state can be interrupted half-way.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(token: &AccessToken, generation: u64, now: Instant) -> Result<Kept, TokenError> {
    let expires = token.lifetime.and_then(|lifetime| now.checked_add(lifetime));
    let renew = token.lifetime.and_then(|lifetime| {
        let margin = MARGIN.min(lifetime / 5);
        // Several processes that started together shall not renew together.
        let jitter = (margin / 2).mul_f64(fastrand::f64());
        now.checked_add(lifetime.saturating_sub(margin).saturating_sub(jitter))
    });
    Ok(Kept {
        header: token.header()?,
        generation,
        expires,
        renew,
    })
}
