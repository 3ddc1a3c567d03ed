//! The documented grants: by password, and by refresh token as long as there is one.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Url, form_urlencoded};

use super::answer::{self, Refusal, TokenAnswer};
use super::refresh::RefreshTokens;
use super::source::{AccessToken, TokenError, TokenSource};
use crate::body::{self, BodyError};
use crate::clock::{BoxFuture, Clock};
use crate::error::Definite;
use crate::retry;

/// How the parameters of a token request are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TokenRequestForm {
    /// As a form-encoded body, as the OAuth 2 standard wants it.
    #[default]
    Body,
    /// In the query string, as the documentation shows it. Secrets in a query end up in the logs of
    /// servers and proxies.
    Query,
}

/// Who asks for tokens by user name and password.
#[derive(Clone)]
pub(super) struct PasswordCredentials {
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) username: String,
    pub(super) password: SecretString,
}

impl fmt::Debug for PasswordCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordCredentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Fetches tokens by the password grant, and by the refresh grant as long as there is a refresh
/// token.
pub(super) struct PasswordGrant {
    pub(super) credentials: PasswordCredentials,
    pub(super) url: Url,
    pub(super) form: TokenRequestForm,
    pub(super) scope: String,
    pub(super) refresh: RefreshTokens,
    pub(super) http: reqwest::Client,
    pub(super) clock: Arc<dyn Clock>,
    /// The size in bytes from which on an answer is not read.
    pub(super) limit: usize,
}

impl fmt::Debug for PasswordGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordGrant")
            .field("credentials", &self.credentials)
            .field("form", &self.form)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// How a token server refuses credentials, by the standard and by what servers do.
pub(super) const REFUSALS: [StatusCode; 3] = [
    StatusCode::BAD_REQUEST,
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
];

impl PasswordGrant {
    async fn by_password(&self) -> Result<TokenAnswer, TokenError> {
        self.request(
            "the password grant",
            &[
                ("grant_type", "password"),
                ("username", &self.credentials.username),
                ("password", self.credentials.password.expose_secret()),
            ],
        )
        .await
    }

    async fn by_refresh(&self, token: &SecretString) -> Result<TokenAnswer, TokenError> {
        self.request(
            "the refresh grant",
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", token.expose_secret()),
            ],
        )
        .await
    }

    /// Sends a token request, and reads what comes back.
    async fn request(&self, grant: &str, parameters: &[(&str, &str)]) -> Result<TokenAnswer, TokenError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .append_pair("scope", &self.scope)
            // Client id and secret are documented as parameters, not as basic authentication.
            .append_pair("client_id", &self.credentials.client_id)
            .append_pair("client_secret", self.credentials.client_secret.expose_secret())
            .finish();
        let request = match self.form {
            TokenRequestForm::Body => self
                .http
                .post(self.url.clone())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form),
            TokenRequestForm::Query => {
                let mut url = self.url.clone();
                url.set_query(Some(&form));
                self.http.post(url)
            }
        };
        let request = request.header(header::ACCEPT, "application/json");
        let (status, headers, body) = self.answer(grant, request).await?;
        if status.is_success() {
            return answer::read(grant, &body);
        }
        // Only these statuses say something about the credentials, the first only in the words of
        // the standard; the others come from a server in trouble, or from something that is not a
        // token server.
        let is_refusal = REFUSALS.contains(&status);
        if let Some(refusal) = Refusal::read(&body).filter(|_| is_refusal) {
            return Err(TokenError::new(format!("{grant} was refused: {refusal}")));
        }
        let error = TokenError::new(format!("{grant} failed: the token server answered {status}"));
        Err(if status == StatusCode::UNAUTHORIZED {
            error
        } else if retry::is_transient(status) || status.is_server_error() {
            error
                .passing()
                .retry_after(retry::retry_after(&headers, self.clock.system_time()))
        } else {
            error.useless()
        })
    }

    async fn answer(
        &self,
        grant: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<(StatusCode, HeaderMap, Bytes), TokenError> {
        // The address may hold secrets in its query.
        let lost = |error: reqwest::Error| match Definite::of(&error) {
            Some(definite) => TokenError::new(format!(
                "{grant} could not be asked for, because {}. {}",
                definite.what(),
                definite.advice()
            ))
            .useless(),
            None => TokenError::new(format!("{grant} could not be asked for"))
                .with_source(error.without_url())
                .passing(),
        };
        let mut response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        match body::read(&mut response, self.limit).await {
            Ok(body) => Ok((status, headers, body)),
            Err(BodyError::Lost(error, _)) => Err(lost(error)),
            Err(BodyError::TooLarge(_)) => Err(TokenError::new(format!(
                "{grant} failed: the answer is larger than the limit of {} bytes (max_response_size)",
                self.limit
            ))
            .useless()),
        }
    }

    async fn fetch_one(&self) -> Result<AccessToken, TokenError> {
        // A refresh token works once: it is taken, and the answer brings the next. If it does not
        // work any more, the password still does.
        let mut used = None;
        let mut refreshed = None;
        if let Some(token) = self.refresh.take().await {
            refreshed = self.by_refresh(&token).await.ok();
            used = refreshed.is_some().then_some(token);
        }
        let answer = match refreshed {
            Some(answer) => answer,
            None => self.by_password().await?,
        };
        // An answer to a refresh that brings no new refresh token leaves the old one good.
        self.refresh.keep(answer.refresh_token.or(used)).await;
        Ok(AccessToken::new(answer.access_token).lifetime(answer.lifetime))
    }
}

impl TokenSource for PasswordGrant {
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
        Box::pin(self.fetch_one())
    }
}
