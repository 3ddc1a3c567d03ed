//! Where access tokens come from.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::BoxFuture;
use crate::error::{Clean, Error};

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

    pub(super) fn time_left(&self) -> Option<Duration> {
        self.lifetime
    }

    pub(super) fn header(&self) -> Result<HeaderValue, TokenError> {
        let secret = self.secret.expose_secret();
        let problem = |problem: &str| TokenError::new(format!("the access token {problem}")).useless();
        if let Some(what) = problem_of(secret) {
            return Err(problem(what));
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {secret}"))
            .map_err(|_| problem("cannot stand in an HTTP header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Why a text is no token that can be sent, as the end of a sentence.
pub(super) fn problem_of(token: &str) -> Option<&'static str> {
    if token.trim().is_empty() {
        Some("is empty")
    } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some(
            "holds a space, a line break or another character that cannot stand in a token; was it read from a file with its last line break?",
        )
    } else {
        None
    }
}

/// Why there is no token.
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenError {
    message: String,
    trouble: Trouble,
    retry_after: Option<Duration>,
    attempts: u32,
    /// It was told before, and is not asked again before so long.
    not_before: Option<Duration>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What a [`TokenError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The credentials were looked at and refused.
    Refused,
    /// What answered is not the token server, or not one that works as documented. Trying again is
    /// no help.
    Useless,
    /// The token server was not reached, or is in trouble.
    Passing,
}

impl TokenError {
    /// An error with a message for people, which must hold no secret: the credentials were refused.
    ///
    /// Asking again and again locks accounts, so for a while, longer each time, all calls fail with
    /// this error and nothing is fetched.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            trouble: Trouble::Refused,
            retry_after: None,
            attempts: 1,
            not_before: None,
            source: None,
        }
    }

    /// The same error, as one that may pass by itself and says nothing about the credentials:
    /// fetching is tried again.
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
    pub(super) fn useless(mut self) -> Self {
        self.trouble = Trouble::Useless;
        self
    }

    pub(super) fn trouble(&self) -> Trouble {
        self.trouble
    }

    pub(super) fn asks_to_wait(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The same error, told to somebody who came before it is asked again.
    pub(super) fn not_before(mut self, left: Duration) -> Self {
        self.not_before = Some(left);
        self.retry_after = Some(left);
        self
    }

    pub(super) fn after_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
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
        write!(f, "{}", Clean(&self.message))?;
        let mut cause = self.source.as_deref().map(|source| source as &dyn StdError);
        while let Some(deeper) = cause {
            write!(f, ": {}", Clean(&deeper.to_string()))?;
            cause = deeper.source();
        }
        if self.attempts > 1 {
            write!(f, ", {} attempts", self.attempts)?;
        }
        if let Some(left) = self.not_before {
            write!(
                f,
                "; lest the account be locked, it is not asked for again within {} s",
                left.as_secs().saturating_add(1)
            )?;
        }
        Ok(())
    }
}

/// The text for people: a program that returns it from `main` prints this.
impl fmt::Debug for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The cause stands in the message.
impl StdError for TokenError {}

/// A call that was not made for want of a token.
impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        let what = "no access token is available";
        let after = error.asks_to_wait();
        match error.trouble() {
            Trouble::Refused => Self::authentication(what),
            Trouble::Useless | Trouble::Passing => Self::token_unavailable(what),
        }
        .with_retry_after(after)
        .with_source(error)
    }
}

/// Where access tokens come from.
///
/// Implement it for tokens the built-in grants cannot get. The client keeps the token it was given
/// and asks for the next shortly before that expires, or when the server refuses it; never twice at
/// the same time.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// Fetches a new token.
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
/// Each refresh gives a new refresh token and uses the old one up. The new one is handed over here
/// before the access token that came with it is used.
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
    /// It cannot be kept. The access token that came with it is used all the same, and saving is
    /// tried again in the background, for about twenty minutes. Meanwhile
    /// [`Client::token_store_error`](crate::Client::token_store_error) has the error, and
    /// [`Observer::refresh_token_not_saved`](crate::Observer::refresh_token_not_saved) is told each
    /// time. A process that ends before it worked leaves the next one to the password grant.
    fn save<'a>(&'a self, refresh_token: &'a SecretString) -> BoxFuture<'a, Result<(), TokenError>>;
}

/// A ready-made token, such as one from the implicit grant. It cannot be renewed.
#[derive(Debug)]
pub(super) struct ReadyMade(pub(super) SecretString);

impl TokenSource for ReadyMade {
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
        let token = AccessToken {
            secret: self.0.clone(),
            lifetime: None,
        };
        Box::pin(std::future::ready(Ok(token)))
    }
}
