//! The documented grants, through the `oauth2` crate.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, RefreshToken, RequestTokenError, ResourceOwnerPassword, ResourceOwnerUsername, Scope,
    TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::source::{AccessToken, TokenError, TokenSource, TokenStore};
use crate::body::{self, BodyError};
use crate::clock::{BoxFuture, Clock};
use crate::error::Error;
use crate::retry;

/// The one scope of the API.
const SCOPE: &str = "MOBPROC";

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

type OAuthClient = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Fetches tokens by the password grant, and by the refresh grant as long as there is a refresh
/// token.
pub(super) struct PasswordGrant {
    client: OAuthClient,
    credentials: PasswordCredentials,
    sender: Sender,
    refresh: Mutex<Option<RefreshToken>>,
    store: Option<Arc<dyn TokenStore>>,
    /// The store was asked for what an earlier process left.
    asked_store: AtomicBool,
}

impl fmt::Debug for PasswordGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordGrant")
            .field("credentials", &self.credentials)
            .field("form", &self.sender.form)
            .finish_non_exhaustive()
    }
}

/// How a token server refuses credentials, by the standard and by what servers do.
pub(super) const REFUSALS: [StatusCode; 3] = [
    StatusCode::BAD_REQUEST,
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
];

/// Sends what the `oauth2` crate builds.
struct Sender {
    http: reqwest::Client,
    /// The size in bytes from which on an answer is not read.
    limit: usize,
    form: TokenRequestForm,
    clock: Arc<dyn Clock>,
}

/// Why there is no answer that the `oauth2` crate could read.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("{0}")]
    Http(#[source] reqwest::Error),
    #[error("the answer is larger than the limit of {0} bytes (max_response_size)")]
    TooLarge(usize),
    #[error("the token server answered {status}")]
    Status {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
}

impl From<reqwest::Error> for SendError {
    fn from(error: reqwest::Error) -> Self {
        // The address may hold secrets in its query.
        Self::Http(error.without_url())
    }
}

impl<'c> AsyncHttpClient<'c> for Sender {
    type Error = SendError;
    type Future = BoxFuture<'c, Result<HttpResponse, SendError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = match self.form {
                TokenRequestForm::Body => request,
                TokenRequestForm::Query => into_query(request),
            };
            let mut response = self.http.execute(reqwest::Request::try_from(request)?).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            // Only these statuses say something about the credentials; the others come from a
            // server in trouble, or from something that is not a token server.
            if !status.is_success() && !REFUSALS.contains(&status) {
                return Err(SendError::Status {
                    status,
                    retry_after: retry::retry_after(&headers, self.clock.system_time()),
                });
            }
            let body = match body::read(&mut response, self.limit).await {
                Ok(body) => body,
                Err(BodyError::TooLarge(_)) => return Err(SendError::TooLarge(self.limit)),
                Err(BodyError::Lost(error, _)) => return Err(error.into()),
            };
            let is_standard = || serde_json::from_slice::<BasicErrorResponse>(&body).is_ok();
            if !status.is_success() && !is_standard() {
                return Err(SendError::Status {
                    status,
                    retry_after: None,
                });
            }
            let mut answer = HttpResponse::new(body.into());
            *answer.status_mut() = status;
            *answer.headers_mut() = headers;
            Ok(answer)
        })
    }
}

impl PasswordGrant {
    pub(super) fn new(
        credentials: PasswordCredentials,
        token_url: &Url,
        http: reqwest::Client,
        form: TokenRequestForm,
        store: Option<Arc<dyn TokenStore>>,
        clock: Arc<dyn Clock>,
        limit: usize,
    ) -> Result<Self, Error> {
        let url = TokenUrl::new(token_url.as_str().to_owned())
            .map_err(|error| Error::configuration(format!("the token URL: {error}")))?;
        let client = BasicClient::new(ClientId::new(credentials.client_id.clone()))
            .set_client_secret(ClientSecret::new(
                credentials.client_secret.expose_secret().to_owned(),
            ))
            // Client id and secret are documented as parameters, not as basic authentication.
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(url);
        Ok(Self {
            client,
            credentials,
            sender: Sender {
                http,
                limit,
                form,
                clock,
            },
            refresh: Mutex::new(None),
            store,
            asked_store: AtomicBool::new(false),
        })
    }

    async fn by_password(&self) -> Result<BasicTokenResponse, TokenError> {
        let username = ResourceOwnerUsername::new(self.credentials.username.clone());
        let password = ResourceOwnerPassword::new(self.credentials.password.expose_secret().to_owned());
        self.client
            .exchange_password(&username, &password)
            .add_scope(Scope::new(SCOPE.to_owned()))
            .request_async(&self.sender)
            .await
            .map_err(|error| explain("the password grant", error))
    }

    async fn by_refresh(&self, token: &RefreshToken) -> Result<BasicTokenResponse, TokenError> {
        self.client
            .exchange_refresh_token(token)
            .add_scope(Scope::new(SCOPE.to_owned()))
            .request_async(&self.sender)
            .await
            .map_err(|error| explain("the refresh grant", error))
    }

    fn take_refresh_token(&self) -> Option<RefreshToken> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What an earlier process left in the store, asked for once.
    async fn stored_refresh_token(&self) -> Option<RefreshToken> {
        let store = self.store.as_ref()?;
        if self.asked_store.swap(true, Ordering::Relaxed) {
            return None;
        }
        // A store that cannot be read costs a password grant, no more.
        let stored = store.load().await.ok().flatten()?;
        Some(RefreshToken::new(stored.expose_secret().to_owned()))
    }

    /// Keeps a refresh token, in the store first.
    async fn keep_refresh_token(&self, token: Option<&RefreshToken>) -> Result<(), TokenError> {
        *self.refresh.lock().unwrap_or_else(PoisonError::into_inner) = token.cloned();
        match (&self.store, token) {
            (Some(store), Some(token)) => store.save(&SecretString::from(token.secret().to_owned())).await,
            _ => Ok(()),
        }
    }

    async fn fetch_one(&self) -> Result<AccessToken, TokenError> {
        // A refresh token works once: it is taken, and the answer brings the next. If it does not
        // work any more, the password still does.
        let present = match self.take_refresh_token() {
            Some(token) => Some(token),
            None => self.stored_refresh_token().await,
        };
        let mut used = None;
        let mut refreshed = None;
        if let Some(token) = present {
            refreshed = self.by_refresh(&token).await.ok();
            used = refreshed.is_some().then_some(token);
        }
        let response = match refreshed {
            Some(response) => response,
            None => self.by_password().await?,
        };
        // An answer to a refresh that brings no new refresh token leaves the old one good.
        self.keep_refresh_token(response.refresh_token().or(used.as_ref()))
            .await?;
        let token = AccessToken::new(response.access_token().secret());
        Ok(match response.expires_in() {
            Some(lifetime) => token.lifetime(lifetime),
            None => token.lifetime(Duration::from_secs(300)),
        })
    }
}

impl TokenSource for PasswordGrant {
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
        Box::pin(self.fetch_one())
    }
}

/// The documented form: the same parameters in the query of a POST without a body.
fn into_query(request: HttpRequest) -> HttpRequest {
    let (mut parts, body) = request.into_parts();
    let parameters = String::from_utf8_lossy(&body);
    let uri = format!("{}?{parameters}", parts.uri);
    match uri.parse() {
        Ok(uri) => {
            parts.uri = uri;
            parts.headers.remove(http::header::CONTENT_TYPE);
            HttpRequest::from_parts(parts, Vec::new())
        }
        // Form encoding yields only what a query may hold, so this is not reached; the body form is
        // no loss.
        Err(_) => HttpRequest::from_parts(parts, body),
    }
}

/// What went wrong, without repeating what was sent.
fn explain(grant: &str, error: RequestTokenError<SendError, BasicErrorResponse>) -> TokenError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            TokenError::new(format!("{grant} was refused: {answer}"))
        }
        RequestTokenError::Request(SendError::Status { status, retry_after }) => {
            let error = TokenError::new(format!("{grant} failed: the token server answered {status}"));
            if status == StatusCode::UNAUTHORIZED {
                error
            } else if retry::is_transient(status) || status.is_server_error() {
                error.passing().retry_after(retry_after)
            } else {
                error.useless()
            }
        }
        RequestTokenError::Request(source @ SendError::TooLarge(_)) => {
            TokenError::new(format!("{grant} failed"))
                .with_source(source)
                .useless()
        }
        RequestTokenError::Request(source @ SendError::Http(_)) => {
            TokenError::new(format!("{grant} could not be asked for"))
                .with_source(source)
                .passing()
        }
        RequestTokenError::Parse(_, body) => TokenError::new(format!(
            "{grant} got an answer of {} bytes that is not a token",
            body.len()
        ))
        .useless(),
        RequestTokenError::Other(message) => TokenError::new(format!("{grant}: {message}")).useless(),
    }
}
