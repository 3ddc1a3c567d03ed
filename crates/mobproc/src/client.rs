//! Connecting.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use mobproc_api::types::TokenValidation;
use mobproc_api::{Operation, ResponseValue};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Instrument as _;
use url::{Host, Url};

use crate::call::{Answered, Call, Extra};
use crate::clock::{Clock, SystemClock};
use crate::context::{Actor, Context};
use crate::error::Error;
use crate::headers;
use crate::oauth::{PasswordCredentials, PasswordGrant, TokenRequestForm, Validator};
use crate::orders::Orders;
use crate::retry::{Budget, RetryPolicy};
use crate::services::Services;
use crate::token::{ReadyMade, TokenKeeper, TokenSource, TokenStore};

/// Base URL of the production API.
pub const PRODUCTION_BASE_URL: &str = "https://tngo-mobproc.cloudhub.io/mobproc/v1";
/// Token endpoint of production.
pub const PRODUCTION_TOKEN_URL: &str = "https://oauth.tangoe.com/as/token.oauth2";
/// Token endpoint of QA. The base URL of the QA API is not published; ask your Tangoe representative.
pub const QA_TOKEN_URL: &str = "https://oauthqa.tangoe.com/as/token.oauth2";

/// A client of one tenant. Cheap to clone; clones share connections and token.
///
/// [`acting_for`](Self::acting_for), [`in_hierarchy`](Self::in_hierarchy) and [`activity`](Self::activity) give clients that ask in
/// another name and leave this one as it is.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    context: Arc<Context>,
}

/// What all clones share.
pub(crate) struct Shared {
    pub(crate) base_url: Url,
    base_text: String,
    tenant: String,
    pub(crate) http: reqwest::Client,
    /// Never reuses a connection.
    pub(crate) http_for_writes: reqwest::Client,
    /// Tenant and client id.
    pub(crate) headers: HeaderMap,
    pub(crate) tokens: TokenKeeper,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) largest_answer: usize,
    validator: Option<Validator>,
    /// Replaces the last part of the approval path.
    pub(crate) approval_segment: Option<&'static str>,
    /// Replaces `services` in the move path.
    pub(crate) move_segment: Option<&'static str>,
}

/// How a client proves who it is.
#[derive(Clone)]
#[non_exhaustive]
pub struct Credentials {
    client_id: String,
    proof: Proof,
}

#[derive(Clone)]
enum Proof {
    Password(PasswordCredentials),
    Source(Arc<dyn TokenSource>),
}

impl Credentials {
    /// The password grant, with the refresh grant once there is a refresh token. Recommended for servers, with a service
    /// account that may act for its users.
    ///
    /// The user name is prefixed with its source system, such as `command://svc` or `rivermine://svc`; a user of the Tangoe
    /// platform itself has no prefix.
    pub fn password(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        let client_id = client_id.into();
        Self {
            proof: Proof::Password(PasswordCredentials {
                client_id: client_id.clone(),
                client_secret: SecretString::from(client_secret.into()),
                username: username.into(),
                password: SecretString::from(password.into()),
            }),
            client_id,
        }
    }

    /// A ready-made access token, such as one from the implicit grant. It is used until the server refuses it.
    pub fn bearer(client_id: impl Into<String>, access_token: impl Into<String>) -> Self {
        Self::source(client_id, ReadyMade(SecretString::from(access_token.into())))
    }

    /// Tokens from elsewhere.
    pub fn source(client_id: impl Into<String>, source: impl TokenSource + 'static) -> Self {
        Self {
            client_id: client_id.into(),
            proof: Proof::Source(Arc::new(source)),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// How a client shall be.
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    token_url: String,
    tenant: Option<String>,
    credentials: Option<Credentials>,
    token_request_form: TokenRequestForm,
    token_store: Option<Arc<dyn TokenStore>>,
    proxy: Option<String>,
    root_certificates: Vec<Vec<u8>>,
    user_agent: Option<String>,
    approval_segment: Option<&'static str>,
    move_segment: Option<&'static str>,
    connect_timeout: Duration,
    timeout: Duration,
    largest_answer: usize,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
}

/// Without anything that may hold a secret: URLs are not checked yet.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("tenant", &self.tenant)
            .field("credentials", &self.credentials)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: PRODUCTION_BASE_URL.to_owned(),
            token_url: PRODUCTION_TOKEN_URL.to_owned(),
            tenant: None,
            credentials: None,
            token_request_form: TokenRequestForm::default(),
            token_store: None,
            proxy: None,
            root_certificates: Vec::new(),
            user_agent: None,
            approval_segment: None,
            move_segment: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            largest_answer: 32 << 20,
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl ClientBuilder {
    /// Base URL of the API; production without. Plain http only for this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// URL of the token endpoint; production without. Plain http only for this machine.
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = url.into();
        self
    }

    /// Code of the customer account. Required.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// How the client proves who it is. Required.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// How token requests are sent; as a form without.
    pub fn token_request_form(mut self, form: TokenRequestForm) -> Self {
        self.token_request_form = form;
        self
    }

    /// Where refresh tokens are kept from one process to the next.
    pub fn token_store(mut self, store: impl TokenStore + 'static) -> Self {
        self.token_store = Some(Arc::new(store));
        self
    }

    /// Sends everything through this proxy instead of the system's, such as `http://proxy.example:3128`.
    ///
    /// Some proxies drop headers with an underscore, and the API needs one called `client_id`: if every call is refused for
    /// want of it, that is why.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts this certificate authority (PEM) in addition to the system's.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Puts this in front of the client's own User-Agent, such as `our-portal/2.1`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// Sends decisions on orders to `/orders/{id}/approve`, as an old release note has it, instead of `/orders/{id}/approval`.
    pub fn old_approval_path(mut self) -> Self {
        self.approval_segment = Some("approve");
        self
    }

    /// Moves services by `/assets/service/{id}/move`, as a line of code in the documentation has it, instead of `/assets/services/{id}/move`.
    pub fn singular_move_path(mut self) -> Self {
        self.move_segment = Some("service");
        self
    }

    /// The longest a connection may take to be made; 10 seconds without.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// The longest one attempt may take from sending to the last byte of the answer; 60 seconds without.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// The largest answer that is read, in bytes; 32 MiB without.
    pub fn largest_answer(mut self, bytes: usize) -> Self {
        self.largest_answer = bytes;
        self
    }

    /// When to try again what is safe to repeat.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Where to take the time from; the system without.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A setting is missing or malformed; the message names it.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = checked_url("the base URL", &self.base_url)?;
        let token_url = checked_url("the token URL", &self.token_url)?;
        if self.token_url == QA_TOKEN_URL && self.base_url == PRODUCTION_BASE_URL {
            return Err(Error::configuration(
                "the base URL is production's and the token URL is QA's; the base URL of the QA API is not published, so it must be given",
            ));
        }
        let tenant = self
            .tenant
            .ok_or_else(|| Error::configuration("the tenant is missing"))?;
        let credentials = self
            .credentials
            .ok_or_else(|| Error::configuration("the credentials are missing"))?;
        let mut headers = HeaderMap::new();
        headers.insert(headers::TENANT, headers::value("the tenant", &tenant)?);
        headers.insert(
            headers::CLIENT_ID,
            headers::value("the client id", &credentials.client_id)?,
        );
        let own = concat!("mobproc/", env!("CARGO_PKG_VERSION"));
        let user_agent = match &self.user_agent {
            Some(product) => format!("{product} {own}"),
            None => own.to_owned(),
        };
        let user_agent = headers::value("the User-Agent", &user_agent)?;
        let mut certificates = Vec::new();
        for pem in &self.root_certificates {
            let certificate = reqwest::Certificate::from_pem(pem).map_err(|error| {
                Error::configuration("a root certificate is no PEM certificate").with_source(error)
            })?;
            certificates.push(certificate);
        }
        let proxy = match &self.proxy {
            Some(url) => Some(reqwest::Proxy::all(url).map_err(|error| {
                Error::configuration("the proxy is no URL").with_source(error.without_url())
            })?),
            None => None,
        };
        let is_plain = [&base_url, &token_url].iter().any(|url| url.scheme() == "http");
        let http = |mut builder: reqwest::ClientBuilder| {
            if is_plain {
                // To this very machine, or it would have been refused: a proxy would carry it over the network in clear.
                builder = builder.no_proxy();
            }
            for certificate in &certificates {
                builder = builder.add_root_certificate(certificate.clone());
            }
            if let Some(proxy) = proxy.as_ref().filter(|_| !is_plain) {
                builder = builder.proxy(proxy.clone());
            }
            builder
                .user_agent(user_agent.clone())
                .connect_timeout(self.connect_timeout)
                .timeout(self.timeout)
                // A redirect can turn a write into two, and hands credentials to strangers.
                .redirect(reqwest::redirect::Policy::none())
                // What may be sent again is decided in one place, and not there.
                .retry(reqwest::retry::never())
                .build()
                .map_err(|error| {
                    Error::configuration("the HTTP client could not be set up").with_source(error)
                })
        };
        let reads = http(reqwest::Client::builder())?;
        let writes = http(reqwest::Client::builder().pool_max_idle_per_host(0))?;
        let validator = match &credentials.proof {
            Proof::Password(password) => {
                Some(Validator::new(password.clone(), token_url.clone(), reads.clone()))
            }
            Proof::Source(_) => None,
        };
        let source: Arc<dyn TokenSource> = match credentials.proof {
            Proof::Source(source) => source,
            Proof::Password(password) => Arc::new(PasswordGrant::new(
                password,
                &token_url,
                writes.clone(),
                self.token_request_form,
                self.token_store,
            )?),
        };
        Ok(Client {
            shared: Arc::new(Shared {
                base_text: base_url.as_str().trim_end_matches('/').to_owned(),
                base_url,
                tenant,
                http: reads,
                http_for_writes: writes,
                headers,
                tokens: TokenKeeper::new(source, Arc::clone(&self.clock), self.retry.clone()),
                retry: self.retry,
                budget: Budget::new(),
                clock: self.clock,
                largest_answer: self.largest_answer,
                validator,
                approval_segment: self.approval_segment,
                move_segment: self.move_segment,
            }),
            context: Arc::default(),
        })
    }
}

/// An absolute URL over TLS, or over plain http to this very machine.
pub(crate) fn checked_url(setting: &str, text: &str) -> Result<Url, Error> {
    let url =
        Url::parse(text).map_err(|error| Error::configuration(format!("{setting} is malformed: {error}")))?;
    let on_this_machine = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if on_this_machine => {}
        "http" => {
            return Err(Error::configuration(format!(
                "{setting} is plain http, which would show the access token to the network; use https"
            )));
        }
        _ => {
            return Err(Error::configuration(format!(
                "{setting} must begin with https://"
            )));
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::configuration(format!(
            "{setting} must not hold credentials"
        )));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::configuration(format!(
            "{setting} must not have a query or fragment"
        )));
    }
    Ok(url)
}

impl Client {
    /// A client as the environment says: see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    ///
    /// A variable is missing or malformed; the message names it.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Says how it shall be.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The same client, asking in the name of this employee.
    #[must_use]
    pub fn acting_for(&self, actor: Actor) -> Self {
        self.with_context(|context| context.actor = Some(actor))
    }

    /// The same client, asking in this organisational hierarchy (Tangoe id).
    #[must_use]
    pub fn in_hierarchy(&self, id: impl Into<String>) -> Self {
        self.with_context(|context| context.hierarchy = Some(id.into()))
    }

    /// The same client, with a value for the server's logs that related calls share.
    #[must_use]
    pub fn activity(&self, id: impl Into<String>) -> Self {
        self.with_context(|context| context.activity = Some(id.into()))
    }

    /// The same client, with this correlation id on every call instead of a new one for each.
    #[must_use]
    pub fn correlation_id(&self, id: impl Into<String>) -> Self {
        self.with_context(|context| context.correlation = Some(id.into()))
    }

    /// Orders.
    #[must_use]
    pub fn orders(&self) -> Orders<'_> {
        Orders::new(self)
    }

    /// Looks into an access token: whose it is and how long it lives. Needs a permission that Tangoe gives case by case, and
    /// a client made with [`Credentials::password`], because client id and secret go along.
    ///
    /// # Errors
    ///
    /// The token is not valid, the client may not ask, or the token server cannot be reached.
    pub async fn validate_token(&self, access_token: &str) -> Result<TokenValidation, Error> {
        match &self.shared.validator {
            Some(validator) => validator.validate(access_token).await,
            None => Err(Error::configuration(
                "only a client with a client secret can look into tokens",
            )),
        }
    }

    /// Services (lines).
    #[must_use]
    pub fn services(&self) -> Services<'_> {
        Services::new(self)
    }

    pub(crate) fn in_context(&self, context: Context) -> Self {
        self.with_context(|present| *present = context)
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.shared.tenant
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.shared.base_text
    }

    fn with_context(&self, change: impl FnOnce(&mut Context)) -> Self {
        let mut changed = self.clone();
        change(Arc::make_mut(&mut changed.context));
        changed
    }

    /// Makes one call through a generated function. With `body`, these very bytes are sent.
    pub(crate) async fn call<T, F, Answer>(
        &self,
        operation: &'static Operation,
        body: Option<Bytes>,
        function: F,
    ) -> Result<Answered<T>, Error>
    where
        T: DeserializeOwned,
        F: FnOnce(mobproc_api::Client) -> Answer,
        Answer: Future<Output = Result<ResponseValue<T>, mobproc_api::Error<()>>>,
    {
        let extra = Extra {
            body,
            query: Vec::new(),
        };
        self.call_with(operation, extra, function).await
    }

    /// Makes one read through a generated function.
    pub(crate) async fn read<T, F, Answer>(
        &self,
        operation: &'static Operation,
        function: F,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned,
        F: FnOnce(mobproc_api::Client) -> Answer,
        Answer: Future<Output = Result<ResponseValue<T>, mobproc_api::Error<()>>>,
    {
        let answered = self.call_with(operation, Extra::default(), function).await?;
        Ok(answered.value)
    }

    /// Makes one call through a generated function, with what that does not know of.
    pub(crate) async fn call_with<T, F, Answer>(
        &self,
        operation: &'static Operation,
        extra: Extra,
        function: F,
    ) -> Result<Answered<T>, Error>
    where
        T: DeserializeOwned,
        F: FnOnce(mobproc_api::Client) -> Answer,
        Answer: Future<Output = Result<ResponseValue<T>, mobproc_api::Error<()>>>,
    {
        let call = Arc::new(Call::new(&self.shared, &self.context, operation, extra)?);
        let api = mobproc_api::Client::new_with_client(
            &self.shared.base_text,
            self.shared.http.clone(),
            Arc::<Call>::clone(&call),
        );
        let result = function(api).instrument(self.span(operation)).await;
        call.conclude(result)
    }

    fn span(&self, operation: &'static Operation) -> tracing::Span {
        tracing::info_span!(
            "mobproc.call",
            otel.name = operation.id,
            otel.kind = "client",
            http.request.method = operation.method.as_str(),
            url.template = operation.path,
            server.address = self.shared.base_url.host_str(),
        )
    }

    /// Makes a call of which nothing is modelled.
    pub(crate) async fn call_raw(
        &self,
        operation: &'static Operation,
        url: Url,
        body: Option<Bytes>,
    ) -> Result<Answered<Value>, Error> {
        let method = match operation.method {
            mobproc_api::Method::Get => http::Method::GET,
            _ => http::Method::POST,
        };
        let extra = Extra {
            body,
            query: Vec::new(),
        };
        let call = Call::new(&self.shared, &self.context, operation, extra)?;
        let request = reqwest::Request::new(method, url);
        call.raw(request).instrument(self.span(operation)).await
    }

    pub(crate) fn base(&self) -> &Url {
        &self.shared.base_url
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.base_text)
            .field("tenant", &self.shared.tenant)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, Credentials, checked_url};

    #[test]
    fn only_tls_or_this_machine() {
        for good in [
            "https://api.example/mobproc/v1",
            "http://127.0.0.1:4010/mobproc/v1",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert!(checked_url("the base URL", good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.example/v1",
            "http://127.0.0.1.example",
            "ftp://api.example",
            "api.example",
            "",
            "https://user:secret@api.example",
            "https://api.example?x=1",
        ] {
            let error = checked_url("the base URL", bad).unwrap_err();
            assert!(error.is_configuration());
            assert!(error.to_string().starts_with("the base URL"), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_setting_that_is_missing_or_malformed_is_named() {
        let credentials = || Credentials::bearer("client", "token");
        let missing = Client::builder().credentials(credentials()).build().unwrap_err();
        assert_eq!(missing.to_string(), "the tenant is missing");
        let missing = Client::builder().tenant("ACME").build().unwrap_err();
        assert_eq!(missing.to_string(), "the credentials are missing");
        let malformed = Client::builder()
            .tenant("AC\nME")
            .credentials(credentials())
            .build();
        assert!(
            malformed
                .unwrap_err()
                .to_string()
                .starts_with("the tenant cannot stand")
        );
    }

    #[test]
    fn qa_tokens_are_not_sent_to_production() {
        let builder = Client::builder()
            .tenant("ACME")
            .token_url(super::QA_TOKEN_URL)
            .credentials(Credentials::bearer("client", "token"));
        assert!(
            builder
                .clone()
                .build()
                .unwrap_err()
                .to_string()
                .contains("must be given")
        );
        assert!(builder.base_url("https://qa.example/mobproc/v1").build().is_ok());
    }

    #[test]
    fn no_secret_is_printed() {
        let credentials = Credentials::password("client", "hush-1", "command://user", "hush-2");
        let builder = Client::builder()
            .tenant("ACME")
            .proxy("http://user:hush-3@proxy.example:3128")
            .credentials(credentials);
        let text = format!("{builder:?} {:?}", builder.clone().build().unwrap());
        assert!(!text.contains("hush"), "{text}");
    }
}
