//! Sending a request without the crate `mobproc`.

use std::fmt;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::request::Request;

/// An HTTP client that sends a request once.
///
/// It follows no redirects and repeats nothing by itself. An ordinary client follows a 307 or 308
/// with the POST and its body, which orders a second time. Writes go over connections of their own
/// that are never used again, because a pooled connection may be dead without anyone knowing, and
/// then it is not known what became of the write.
#[derive(Debug, Clone)]
pub struct HttpClient {
    reads: reqwest::Client,
    writes: reqwest::Client,
}

impl HttpClient {
    /// Makes a client from the settings of the HTTP library. `settings` is called twice and has to
    /// say the same each time.
    ///
    /// ```
    /// use mobproc_api::HttpClient;
    ///
    /// let client = HttpClient::new(reqwest::Client::builder)?;
    /// let patient = HttpClient::new(|| {
    ///     reqwest::Client::builder().timeout(std::time::Duration::from_secs(90))
    /// })?;
    /// # let _ = (client, patient);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The settings do not work, such as those for TLS.
    pub fn new(settings: impl Fn() -> reqwest::ClientBuilder) -> Result<Self, reqwest::Error> {
        let once = || {
            settings()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
        };
        Ok(Self {
            reads: once().build()?,
            writes: once().pool_max_idle_per_host(0).build()?,
        })
    }

    /// Sends a request once.
    ///
    /// # Errors
    ///
    /// As [`reqwest::Client::execute`]. Only where [`reqwest::Error::is_connect`] holds has the
    /// request certainly not been sent.
    pub async fn execute<T>(&self, request: Request<T>) -> Result<reqwest::Response, reqwest::Error> {
        let client = if request.is_safe_to_repeat() {
            &self.reads
        } else {
            &self.writes
        };
        client.execute(request.into_http()).await
    }

    /// The client for requests that are safe to repeat, for requests of other APIs. **Writes do not
    /// belong here**: its connections are used again.
    #[must_use]
    pub fn reads(&self) -> &reqwest::Client {
        &self.reads
    }

    /// The client for writes, for requests of other APIs.
    #[must_use]
    pub fn writes(&self) -> &reqwest::Client {
        &self.writes
    }
}

/// A successful answer, decoded and as it came.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The decoded body.
    pub value: T,
    /// HTTP status, always 2xx.
    pub status: StatusCode,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
}

/// Without what was answered, which may hold personal data.
impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status.as_u16())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned> Request<T> {
    /// Sends the request once and decodes the answer. For people who use this crate alone: it adds
    /// no credentials, and repeats nothing.
    ///
    /// # Errors
    ///
    /// See [`SendError`]. **After a failed write, look for what it was to do before sending it
    /// again**: there is no idempotency key, and only [`SendError::is_not_sent`] says that nothing
    /// was done.
    pub async fn send(self, client: &HttpClient) -> Result<Answer<T>, SendError> {
        let mut response = client.execute(self).await.map_err(SendError::Transport)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = response.bytes().await.map_err(SendError::Transport)?;
        if !status.is_success() {
            return Err(SendError::Status {
                status,
                headers: Box::new(headers),
                body,
            });
        }
        match serde_json::from_slice(&body) {
            Ok(value) => Ok(Answer {
                value,
                status,
                headers,
                body,
            }),
            Err(source) => Err(SendError::Decode { source, status, body }),
        }
    }
}

/// Why [`Request::send`] gives no answer.
#[non_exhaustive]
pub enum SendError {
    /// The request was not sent, or no complete answer came.
    Transport(reqwest::Error),
    /// The server answered with another status than 2xx.
    Status {
        /// HTTP status.
        status: StatusCode,
        /// HTTP headers.
        headers: Box<HeaderMap>,
        /// The body as it came. It may hold personal data.
        body: Bytes,
    },
    /// The answer could not be read.
    Decode {
        /// What is wrong with it.
        source: serde_json::Error,
        /// HTTP status.
        status: StatusCode,
        /// The body as it came. It may hold personal data.
        body: Bytes,
    },
}

impl SendError {
    /// Whether the request was certainly not sent, because no connection was made.
    #[must_use]
    pub fn is_not_sent(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_connect() || error.is_builder(),
            Self::Status { .. } | Self::Decode { .. } => false,
        }
    }
}

/// Without URL and body, which may hold personal data.
impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) if error.is_connect() => {
                f.write_str("no connection was made, so nothing was sent")
            }
            Self::Transport(error) if error.is_timeout() => {
                f.write_str("no complete answer came in time; a write may have been carried out")
            }
            Self::Transport(_) => f.write_str("the connection was lost; a write may have been carried out"),
            Self::Status { status, .. } => write!(f, "the server answered {status}"),
            Self::Decode { source, status, .. } => write!(
                f,
                "the answer ({status}) could not be read at line {} column {}",
                source.line(),
                source.column()
            ),
        }
    }
}

/// The text for people: a program that returns it from `main` prints this.
impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => Some(error),
            Self::Decode { .. } | Self::Status { .. } => None,
        }
    }
}
