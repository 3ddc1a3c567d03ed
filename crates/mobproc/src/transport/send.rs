//! The one way of a call: credentials and headers on, sent, the raw answer kept, repeated where
//! that was decided.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use mobproc_api::{Request, operations};
use tokio::runtime::Handle;
use tracing::Instrument as _;
use url::Url;

use super::context::Context;
use super::deadline::TimedBody;
use super::decide::{Decision, Ending, Progress, decide};
use super::observer::{Attempt, AttemptAnswer, without_secrets};
use super::order_view::OrderView;
use super::{Transport, headers};
use crate::body::{self, BodyError};
use crate::error::{CallFacts, Dispatch, Error};
use crate::retry;

/// An answer as it came.
#[derive(Debug, Clone)]
pub(crate) struct RawAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How a call ended: an answer of any status, or an error.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) answer: Result<RawAnswer, Error>,
    pub(crate) call: CallFacts,
    pub(crate) retry_after: Option<Duration>,
}

impl Transport {
    /// Makes a call.
    pub(crate) async fn exchange<T>(&self, context: &Context, request: Request<T>) -> Exchange {
        let operation = request.operation();
        let span = tracing::info_span!(
            "mobproc.call",
            otel.name = operation.id,
            otel.kind = "client",
            http.request.method = operation.method.as_str(),
            url.template = operation.path,
            server.address = self.api.base_url().host_str(),
        );
        let correlation_id = match &context.correlation {
            Some(id) => id.clone(),
            None => self.new_correlation_id(),
        };
        let mut call = CallFacts {
            operation,
            correlation_id,
            attempts: 0,
            is_base_url_odd: self.is_base_url_odd,
        };
        let answer = self.attempts(context, request, &mut call).instrument(span).await;
        let retry_after = match &answer {
            Ok(raw) if !raw.status.is_success() => retry::retry_after(&raw.headers, self.clock.system_time()),
            _ => None,
        };
        Exchange {
            answer: answer.map_err(|error| error.with_call(call.clone())),
            call,
            retry_after,
        }
    }

    /// A UUID of version 4 out of the client's own source of chance.
    fn new_correlation_id(&self) -> String {
        let mut bytes = [0; 16];
        let (first, second) = bytes.split_at_mut(8);
        first.copy_from_slice(&self.clock.random().to_be_bytes());
        second.copy_from_slice(&self.clock.random().to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// The headers of every attempt, but for the token: those of the request, and who asks.
    fn headers(
        &self,
        context: &Context,
        correlation_id: &str,
        mut headers: HeaderMap,
    ) -> Result<HeaderMap, Error> {
        // Nobody but the client says who asks, not even where it leaves that open.
        if headers.keys().any(|name| headers::IDENTITY.contains(name)) {
            for name in &headers::IDENTITY {
                headers.remove(name);
            }
        }
        for (name, value) in &self.fixed_headers {
            headers.insert(name, value.clone());
        }
        context.write(&mut headers)?;
        headers.insert(
            headers::CORRELATION,
            headers::value("the correlation id", correlation_id)?,
        );
        Ok(headers)
    }

    async fn attempts<T>(
        &self,
        context: &Context,
        mut request: Request<T>,
        call: &mut CallFacts,
    ) -> Result<RawAnswer, Error> {
        if Handle::try_current().is_err() {
            return Err(Error::configuration(
                "there is no Tokio runtime here, which the client needs: call it from one, such as under #[tokio::main]",
            ));
        }
        // What cannot stand in a header is told before anything is done.
        let own = std::mem::take(request.headers_mut());
        let mut headers = self.headers(context, &call.correlation_id, own)?;
        let operation = request.operation();
        let is_safe = request.is_safe_to_repeat();
        let may_order = *operation == operations::ORDER_CREATE;
        let body = request.body().cloned();
        let mut url = request.url().clone();
        let policy = context.retry.as_ref().unwrap_or(&self.retry);
        let mut delays = policy.delays(&*self.clock);
        // Drawn only where it is needed: most calls work at once.
        let mut delay = None;
        let mut token_renewed = false;
        let mut redirects = 0;
        let mut maybe_sent = false;
        loop {
            let token = match self.tokens.token(!is_safe).await {
                Ok(token) => token,
                // What an earlier attempt may have done is not undone by this.
                Err(error) if maybe_sent => return Err(Error::from(error).into_maybe_sent()),
                Err(error) => return Err(error.into()),
            };
            call.attempts += 1;
            headers.insert(header::AUTHORIZATION, token.header);
            let mut once = reqwest::Request::new(method(operation.method), url.clone());
            once.headers_mut().clone_from(&headers);
            *once.body_mut() = body.clone().map(|bytes| match context.send_by {
                Some(send_by) => reqwest::Body::wrap(TimedBody::new(bytes, send_by, Arc::clone(&self.clock))),
                None => bytes.into(),
            });
            if context.timeout.is_some() {
                *once.timeout_mut() = context.timeout;
            }
            let span = tracing::debug_span!(
                "mobproc.attempt",
                otel.name = operation.id,
                http.request.resend_count = call.attempts - 1,
                http.response.status_code = tracing::field::Empty,
                error.type = tracing::field::Empty,
            );
            let began = (!self.observers.is_empty()).then(|| (self.clock.system_time(), self.clock.now()));
            let outcome = self.once(once, is_safe).instrument(span.clone()).await;
            let mut leads_to = None;
            let mut may_renew = true;
            let ending = match &outcome {
                Ok(raw) => {
                    maybe_sent = true;
                    span.record("http.response.status_code", raw.status.as_u16());
                    if raw.status == StatusCode::UNAUTHORIZED {
                        may_renew = self.tokens.refused(token.generation);
                    }
                    if raw.status.is_success() {
                        self.tokens.accepted(token.generation);
                        self.budget.pay_back();
                    } else if raw.status.is_redirection() {
                        leads_to = self.same_origin(&url, raw);
                    }
                    Ending::Answered {
                        status: raw.status,
                        retry_after: if raw.status.is_success() {
                            None
                        } else {
                            retry::retry_after(&raw.headers, self.clock.system_time())
                        },
                        stays_at_origin: leads_to.is_some(),
                        // A success is returned anyway.
                        holds_order: may_order
                            && !raw.status.is_success()
                            && OrderView::read(&raw.body).holds_order,
                    }
                }
                Err((error, partly)) => {
                    span.record("error.type", tracing::field::debug(error.kind()));
                    maybe_sent |= error.dispatch() != Dispatch::NotSent;
                    Ending::Failed {
                        kind: error.kind(),
                        dispatch: error.dispatch(),
                        holds_order: may_order
                            && partly
                                .as_ref()
                                .is_some_and(|partly| OrderView::read(&partly.body).holds_order),
                    }
                }
            };
            let is_success = matches!(&outcome, Ok(raw) if raw.status.is_success());
            if delay.is_none() && !is_success {
                delay = delays.next();
            }
            let progress = Progress {
                is_safe,
                is_get: operation.method == mobproc_api::Method::Get,
                token_renewed: token_renewed || !may_renew,
                redirects,
                delay,
                policy,
            };
            let decision = match decide(&progress, &ending) {
                Decision::Repeat(_) if !self.budget.take() => Decision::Return,
                decision => decision,
            };
            if let Some((began, start)) = began {
                let took = self.clock.now().saturating_duration_since(start);
                let (answer, error) = match &outcome {
                    Ok(raw) => (Some(raw), None),
                    Err((error, partly)) => (partly.as_deref(), Some(error)),
                };
                self.observers.attempt_ended(&Attempt {
                    operation,
                    correlation_id: &call.correlation_id,
                    number: call.attempts,
                    is_safe_to_repeat: is_safe,
                    url: &url,
                    headers: &without_secrets(&headers, &context.headers),
                    body: body.as_ref(),
                    began,
                    took,
                    answer: answer.map(|raw| AttemptAnswer {
                        status: raw.status.as_u16(),
                        headers: &raw.headers,
                        body: &raw.body,
                    }),
                    error,
                    decision,
                });
            }
            match (decision, leads_to) {
                (Decision::RenewToken, _) => token_renewed = true,
                (Decision::Follow, Some(target)) => {
                    redirects += 1;
                    url = target;
                }
                (Decision::Repeat(wait), _) => {
                    delay = None;
                    self.clock.sleep(wait).await;
                }
                (Decision::Return | Decision::Follow, _) => {
                    return outcome.map_err(|(error, partly)| {
                        let error = match partly {
                            Some(partly) => error.with_answer(partly.status, partly.body),
                            None => error,
                        };
                        // What an earlier attempt may have done is not undone by the last.
                        if maybe_sent {
                            error.into_maybe_sent()
                        } else {
                            error
                        }
                    });
                }
            }
        }
    }

    /// Where a redirect leads, if it stays at the configured origin.
    fn same_origin(&self, from: &Url, raw: &RawAnswer) -> Option<Url> {
        let location = raw.headers.get(header::LOCATION)?.to_str().ok()?;
        let url = from.join(location).ok()?;
        (url.origin() == self.api.base_url().origin()).then_some(url)
    }

    /// Sends a request once. An error comes with what of the answer had come before it.
    async fn once(
        &self,
        request: reqwest::Request,
        is_safe: bool,
    ) -> Result<RawAnswer, (Error, Option<Box<RawAnswer>>)> {
        // A pooled connection may be dead without anyone knowing; a write does not take the risk.
        let http = if is_safe {
            self.http.reads()
        } else {
            self.http.writes()
        };
        let mut response = http
            .execute(request)
            .await
            .map_err(|error| (Error::transport(error), None))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let (error, body) = match body::read(&mut response, self.max_response_size).await {
            Ok(body) => {
                return Ok(RawAnswer {
                    status,
                    headers,
                    body,
                });
            }
            Err(BodyError::TooLarge(body)) => (Error::answer_too_large(self.max_response_size), body),
            Err(BodyError::Lost(error, body)) => (Error::transport(error), body),
        };
        let partly = RawAnswer {
            status,
            headers,
            body,
        };
        Err((error, Some(Box::new(partly))))
    }
}

fn method(method: mobproc_api::Method) -> http::Method {
    match method {
        mobproc_api::Method::Get => http::Method::GET,
        // The API has no other.
        _ => http::Method::POST,
    }
}
