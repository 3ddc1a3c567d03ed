//! One call: credentials, headers, exact bytes, retries, and keeping the raw answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use mobproc_api::{BoxFuture, Intercept, Operation, ResponseValue};
use reqwest::ResponseBuilderExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Instrument as _;
use url::Url;

use crate::client::Shared;
use crate::context::Context;
use crate::error::{CallFacts, Delivery, Error};
use crate::failure;
use crate::headers;
use crate::retry;

/// An answer, decoded and as it came.
#[derive(Debug)]
pub(crate) struct Answered<T> {
    pub(crate) value: T,
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) call: CallFacts,
}

impl<T> Answered<T> {
    /// An error about this answer: it knows the call and the raw answer.
    pub(crate) fn blame(&self, error: Error) -> Error {
        error
            .with_answer(self.status, self.body.clone())
            .with_call(self.call.clone())
    }
}

/// What a call has beyond what the generated function builds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extra {
    /// Sent instead of what the generated code encoded, byte by byte.
    pub(crate) body: Option<Bytes>,
    /// Query parameters that are not modelled.
    pub(crate) query: Vec<(String, String)>,
}

/// What becomes of one call of a generated function.
pub(crate) struct Call {
    shared: Arc<Shared>,
    context: Arc<Context>,
    operation: &'static Operation,
    correlation_id: String,
    extra: Extra,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Of the first attempt: most calls have no other.
    headers: Option<HeaderMap>,
    attempts: u32,
    error: Option<Error>,
    answer: Option<Raw>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.id)
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}

/// An answer as it came.
#[derive(Debug, Clone)]
struct Raw {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Room for the headers of a call, those of the HTTP library included.
const MOST_HEADERS: usize = 12;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Redirects a read may take before it is a loop.
const REDIRECTS: u32 = 5;

impl Call {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        context: &Arc<Context>,
        operation: &'static Operation,
        extra: Extra,
    ) -> Result<Self, Error> {
        let call = Self {
            shared: Arc::clone(shared),
            context: Arc::clone(context),
            operation,
            correlation_id: context
                .correlation
                .clone()
                .unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            extra,
            kept: Mutex::default(),
        };
        // What cannot stand in a header is told before anything is done.
        let headers = call.headers().map_err(|error| error.with_call(call.facts()))?;
        call.kept().headers = Some(headers);
        Ok(call)
    }

    /// The headers of an attempt, but for the token.
    fn headers(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::with_capacity(MOST_HEADERS);
        for (name, value) in &self.shared.headers {
            headers.insert(name, value.clone());
        }
        self.context.write(&mut headers)?;
        let correlation = headers::value("the correlation id", &self.correlation_id)?;
        headers.insert(headers::CORRELATION, correlation);
        if self.extra.body.is_some() {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        Ok(headers)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // Each change to it is one assignment.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn facts(&self) -> CallFacts {
        CallFacts {
            operation: self.operation,
            correlation_id: self.correlation_id.clone(),
            attempts: self.kept().attempts,
        }
    }

    /// What the call came to: what was kept on the way counts, not what the generated code made of it.
    pub(crate) fn conclude<T: DeserializeOwned>(
        &self,
        result: Result<ResponseValue<T>, mobproc_api::Error<()>>,
    ) -> Result<Answered<T>, Error> {
        let facts = self.facts();
        let (error, answer) = {
            let mut kept = self.kept();
            (kept.error.take(), kept.answer.take())
        };
        if let Some(error) = error {
            return Err(error.with_call(facts));
        }
        match (result, answer) {
            (Ok(value), Some(raw)) => Ok(Answered {
                value: value.into_inner(),
                status: raw.status,
                body: raw.body,
                call: facts,
            }),
            (Err(_), Some(raw)) => {
                let error = if raw.status.is_success() {
                    decode_error::<T>(&raw.body)
                } else {
                    Error::status_error(raw.status, failure::read(&raw.body))
                };
                Err(error
                    .with_retry_after(retry::retry_after(&raw.headers))
                    .with_answer(raw.status, raw.body)
                    .with_call(facts))
            }
            // The generated code gave up before it sent anything.
            (Err(error), None) => {
                Err(Error::configuration(format!("the request could not be built: {error}")).with_call(facts))
            }
            (Ok(_), None) => Err(Error::unexpected("an answer came from nowhere").with_call(facts)),
        }
    }

    /// Makes a call that no generated function makes; the answer is JSON of any shape.
    pub(crate) async fn raw(&self, request: reqwest::Request) -> Result<Answered<Value>, Error> {
        let facts = || self.facts();
        let raw = self
            .run(request)
            .await
            .map_err(|error| error.with_call(facts()))?;
        if !raw.status.is_success() {
            return Err(Error::status_error(raw.status, failure::read(&raw.body))
                .with_retry_after(retry::retry_after(&raw.headers))
                .with_answer(raw.status, raw.body)
                .with_call(facts()));
        }
        match serde_json::from_slice(&raw.body) {
            Ok(value) => Ok(Answered {
                value,
                status: raw.status,
                body: raw.body,
                call: facts(),
            }),
            Err(_) => Err(decode_error::<Value>(&raw.body)
                .with_answer(raw.status, raw.body)
                .with_call(facts())),
        }
    }

    async fn run(&self, mut request: reqwest::Request) -> Result<Raw, Error> {
        self.take_other_path(request.url_mut());
        if !self.extra.query.is_empty() {
            request
                .url_mut()
                .query_pairs_mut()
                .extend_pairs(&self.extra.query);
        }
        let safe = {
            let query: Vec<_> = request.url().query_pairs().collect();
            self.operation
                .is_safe_to_repeat(query.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
        };
        let body = self.body(&request)?;
        let generated = std::mem::take(request.headers_mut());
        let mut delays = self.shared.retry.delays();
        let mut replayed = false;
        let mut redirects = 0;
        let mut maybe_sent = false;
        loop {
            let token = self.shared.tokens.token(!safe).await.map_err(Error::no_token)?;
            let attempt = {
                let mut kept = self.kept();
                kept.attempts += 1;
                kept.attempts
            };
            // Cheaper than a copy of the request: of what it is made, the body is shared.
            let mut once = reqwest::Request::new(request.method().clone(), request.url().clone());
            let first = self.kept().headers.take();
            let mut headers = first.map_or_else(|| self.headers(), Ok)?;
            for (name, value) in &generated {
                headers.entry(name).or_insert_with(|| value.clone());
            }
            headers.insert(header::AUTHORIZATION, token.header);
            *once.headers_mut() = headers;
            *once.body_mut() = body.clone().map(reqwest::Body::from);
            let span = tracing::debug_span!(
                "mobproc.attempt",
                otel.name = self.operation.id,
                http.request.resend_count = attempt - 1,
                http.response.status_code = tracing::field::Empty,
                error.type = tracing::field::Empty,
            );
            let outcome = self.send_once(once, safe).instrument(span.clone()).await;
            let asked = match &outcome {
                Ok(raw) => {
                    span.record("http.response.status_code", raw.status.as_u16());
                    if raw.status == StatusCode::UNAUTHORIZED {
                        self.shared.tokens.refused(token.generation);
                        if safe && !replayed {
                            replayed = true;
                            continue;
                        }
                    }
                    if raw.status.is_redirection()
                        && safe
                        && redirects < REDIRECTS
                        && let Some(url) = self.same_origin(&request, raw)
                    {
                        redirects += 1;
                        *request.url_mut() = url;
                        continue;
                    }
                    if raw.status.is_success() {
                        self.shared.budget.pay_back();
                    }
                    if !(safe && retry::is_transient(raw.status)) {
                        return outcome;
                    }
                    retry::retry_after(&raw.headers)
                }
                Err(error) => {
                    maybe_sent |= error.delivery() != Delivery::NotSent;
                    span.record("error.type", tracing::field::debug(error.kind()));
                    // The one rule of writes: a second time only if the connection was never made.
                    if !(error.delivery() == Delivery::NotSent && error.is_connect()
                        || safe && is_passing(error))
                    {
                        return outcome;
                    }
                    None
                }
            };
            let wait = delays
                .next()
                .and_then(|drawn| self.shared.retry.wait(drawn, asked));
            match wait {
                Some(wait) if self.shared.budget.take() => self.shared.clock.sleep(wait).await,
                // What an earlier attempt may have done is not undone by the last.
                _ if maybe_sent => return outcome.map_err(Error::into_maybe_sent),
                _ => return outcome,
            }
        }
    }

    /// What to send: the exact bytes, where there are some, else what the generated code encoded.
    fn body(&self, request: &reqwest::Request) -> Result<Option<Bytes>, Error> {
        match (&self.extra.body, request.body()) {
            (Some(exact), _) => Ok(Some(exact.clone())),
            (None, None) => Ok(None),
            (None, Some(encoded)) => match encoded.as_bytes() {
                Some(encoded) => Ok(Some(Bytes::copy_from_slice(encoded))),
                None => Err(Error::configuration("a body that is a stream cannot be sent")),
            },
        }
    }

    /// The documentation names two paths for each of these.
    fn take_other_path(&self, url: &mut Url) {
        let (from_end, other) = match self.operation.id {
            "order_approval_create" => (0, self.shared.approval_segment),
            "service_asset_move" => (2, self.shared.move_segment),
            _ => return,
        };
        let Some(other) = other else { return };
        let path = url.path().to_owned();
        let mut parts: Vec<&str> = path.split('/').collect();
        if let Some(part) = parts.iter_mut().rev().nth(from_end) {
            *part = other;
        }
        url.set_path(&parts.join("/"));
    }

    /// Where a redirect leads, if it stays at the configured origin and the request only reads.
    fn same_origin(&self, request: &reqwest::Request, raw: &Raw) -> Option<Url> {
        let location = raw.headers.get(header::LOCATION)?.to_str().ok()?;
        let url = request.url().join(location).ok()?;
        let stays = url.origin() == self.shared.base_url.origin();
        (stays && request.method() == http::Method::GET).then_some(url)
    }

    async fn send_once(&self, request: reqwest::Request, safe: bool) -> Result<Raw, Error> {
        // A pooled connection may be dead without knowing; a write does not take the risk.
        let http = if safe {
            &self.shared.http
        } else {
            &self.shared.http_for_writes
        };
        let mut response = http.execute(request).await.map_err(Error::transport)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let limit = self.shared.largest_answer;
        let mut body = Received::default();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len().saturating_add(chunk.len()) > limit => {
                    return Err(
                        Error::transport_cut("the answer is larger than the limit set for answers")
                            .with_answer(status, body.into_bytes()),
                    );
                }
                Ok(Some(chunk)) => body.push(chunk),
                Ok(None) => break,
                Err(error) => return Err(Error::transport(error).with_answer(status, body.into_bytes())),
            }
        }
        Ok(Raw {
            status,
            headers,
            body: body.into_bytes(),
        })
    }
}

/// A body as it comes. Most come in one piece, which is not copied.
#[derive(Default)]
struct Received {
    first: Bytes,
    all: BytesMut,
}

impl Received {
    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn push(&mut self, chunk: Bytes) {
        if self.first.is_empty() {
            self.first = chunk;
            return;
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&chunk);
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.freeze()
        }
    }
}

/// Failures that may pass by themselves.
fn is_passing(error: &Error) -> bool {
    use crate::error::Kind;

    matches!(error.kind(), Kind::Connect | Kind::Timeout | Kind::Transport)
}

fn decode_error<T: DeserializeOwned>(body: &[u8]) -> Error {
    let mut json = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) => {
            let path = error.path().to_string();
            Error::decode(path, error.into_inner())
        }
        // What follows the value is no JSON.
        Ok(_) => match json.end() {
            Err(error) => Error::decode("the end".to_owned(), error),
            Ok(()) => Error::unexpected("the answer could not be read"),
        },
    }
}

impl Intercept for Call {
    fn send<'a>(
        &'a self,
        _: &'a reqwest::Client,
        request: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<reqwest::Response>> {
        Box::pin(async move {
            // With an address, or one is read for each answer; nobody looks at it.
            let answer = http::Response::builder().url(self.shared.base_url.clone());
            let mut response = answer
                .body(Bytes::new())
                .expect("a response without headers is one");
            match self.run(request).await {
                Ok(raw) => {
                    // The generated code reads status and body, nothing else, and takes 200 for the only success.
                    *response.status_mut() = if raw.status.is_success() {
                        StatusCode::OK
                    } else {
                        raw.status
                    };
                    *response.body_mut() = raw.body.clone();
                    self.kept().answer = Some(raw);
                }
                Err(error) => {
                    // Nobody reads this one: `conclude` finds the error that was kept.
                    *response.status_mut() = StatusCode::BAD_GATEWAY;
                    self.kept().error = Some(error);
                }
            }
            Ok(reqwest::Response::from(response))
        })
    }
}
