//! Settings of a client, checked before anything is sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use mobproc_api::{Api, HttpClient};
#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
use secrecy::SecretString;
use secrecy::{ExposeSecret as _, SecretSlice};
use url::{Host, Url};

use super::{Capabilities, Client, Extras};
use crate::auth::{
    Credentials, DEFAULT_SCOPE, FetchListener, StoreTrouble, TokenCache, TokenRequestForm, TokenSettings,
    TokenStore,
};
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::retry::{Budget, RetryPolicy};
use crate::signing::SigningKey;
use crate::transport::{Observer, Observers, Transport, headers};

/// Base URL of the production API.
pub const PRODUCTION_BASE_URL: &str = "https://tngo-mobproc.cloudhub.io/mobproc/v1";
/// Token endpoint of production.
pub const PRODUCTION_TOKEN_URL: &str = "https://oauth.tangoe.com/as/token.oauth2";
/// Token endpoint of QA. The base URL of the QA API is not published; ask your Tangoe
/// representative.
pub const QA_TOKEN_URL: &str = "https://oauthqa.tangoe.com/as/token.oauth2";

/// Settings of a [`Client`]. Made by [`Client::builder`].
///
/// ```
/// use mobproc::{Client, Credentials};
///
/// let client = Client::builder()
///     .tenant("ACME")
///     .credentials(Credentials::bearer("client-id", "an-access-token"))
///     .build()?;
/// # let _ = client;
/// # Ok::<(), mobproc::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    token_url: String,
    server_name: Option<String>,
    tenant: Option<String>,
    credentials: Option<Credentials>,
    token_request_form: TokenRequestForm,
    token_scope: String,
    token_store: Option<Arc<dyn TokenStore>>,
    proxy: Option<String>,
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    root_certificates: Vec<Vec<u8>>,
    signing_key: Option<SecretSlice<u8>>,
    user_agent: Option<String>,
    old_approval_path: bool,
    singular_move_path: bool,
    page_cap: Option<u32>,
    observers: Vec<Arc<dyn Observer>>,
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
    client_certificate: Option<SecretString>,
    connect_timeout: Duration,
    timeout: Duration,
    max_response_size: usize,
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
            server_name: None,
            token_request_form: TokenRequestForm::default(),
            token_scope: DEFAULT_SCOPE.to_owned(),
            token_store: None,
            proxy: None,
            #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
            root_certificates: Vec::new(),
            signing_key: None,
            user_agent: None,
            old_approval_path: false,
            singular_move_path: false,
            page_cap: None,
            observers: Vec::new(),
            #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
            client_certificate: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            max_response_size: 32 << 20,
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl ClientBuilder {
    /// Sets the base URL of the API. Defaults to production. Plain http is accepted for this
    /// machine only.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the URL of the token endpoint. Defaults to production. Plain http is accepted for this
    /// machine only.
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = url.into();
        self
    }

    /// Sets the name by which saved orders tell this server from others. Defaults to the base URL:
    /// for a server that is reached at another address each time, such as through a forwarded port.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// Sets the tenant, the code of the customer account. Required.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Sets how the client proves who it is. Required.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets how token requests are sent. Defaults to a form-encoded body.
    pub fn token_request_form(mut self, form: TokenRequestForm) -> Self {
        self.token_request_form = form;
        self
    }

    /// Sets the scope that tokens are asked for. Defaults to `MOBPROC`; early documentation calls it
    /// `MOBILE_PROCUREMENT_API`.
    pub fn token_scope(mut self, scope: impl Into<String>) -> Self {
        self.token_scope = scope.into();
        self
    }

    /// Sets where refresh tokens are kept from one process to the next. Defaults to nowhere.
    pub fn token_store(mut self, store: impl TokenStore + 'static) -> Self {
        self.token_store = Some(Arc::new(store));
        self
    }

    /// Sends everything through this proxy instead of the system's, such as
    /// `http://proxy.example:3128`, or `http://user:password@proxy.example:3128`.
    ///
    /// What goes to this very machine in plain http goes through a proxy on this machine only; with
    /// any other it is sent there directly, and if nothing is left for the proxy to do, building the
    /// client fails.
    ///
    /// Some proxies drop headers with an underscore, and the API needs one called `client_id`: if
    /// every call is refused for want of it, that is why.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts this certificate authority (PEM) in addition to the system's.
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Signs every order that is saved with this key of at least 16 bytes, and restores only what is
    /// signed with it. Defaults to no signatures; see [`SavedOrder`](crate::SavedOrder) for what
    /// either promises.
    pub fn signing_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.signing_key = Some(key.into().into());
        self
    }

    /// Puts a product in front of the client's own User-Agent, such as `our-portal/2.1`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// Sends decisions on orders to `/orders/{id}/approve`, as an old release note has it, instead
    /// of `/orders/{id}/approval`.
    pub fn old_approval_path(mut self) -> Self {
        self.old_approval_path = true;
        self
    }

    /// Moves services at `/assets/service/{id}/move`, as one line of the documentation has it,
    /// instead of `/assets/services/{id}/move`.
    pub fn singular_move_path(mut self) -> Self {
        self.singular_move_path = true;
        self
    }

    /// Goes by what was found out about the tenant: the size of its pages, and where its paths are
    /// otherwise.
    pub fn capabilities(mut self, found: &Capabilities) -> Self {
        self.page_cap = found.page_cap;
        self.old_approval_path |= found.old_approval_path;
        self.singular_move_path |= found.singular_move_path;
        self
    }

    /// Adds somebody who sees every attempt and can change nothing.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Identifies the client by this certificate and its private key (both PEM, in one text).
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
    pub fn client_certificate(mut self, pem: impl Into<String>) -> Self {
        self.client_certificate = Some(SecretString::from(pem.into()));
        self
    }

    /// Sets how long making a connection may take. Defaults to 10 seconds.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// Sets how long one attempt may take, from sending to the last byte of the answer. Defaults to
    /// 60 seconds.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// Sets the size in bytes from which on an answer is not read. Defaults to 32 MiB.
    pub fn max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }

    /// Sets when to try again what is safe to repeat. Defaults to [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets where to take time and randomness from. Defaults to [`SystemClock`].
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
            .clone()
            .ok_or_else(|| Error::configuration("the tenant is missing"))?;
        let credentials = self
            .credentials
            .clone()
            .ok_or_else(|| Error::configuration("the credentials are missing"))?;
        let signing_key = match &self.signing_key {
            Some(key) => Some(SigningKey::new(key.expose_secret().to_vec())?),
            None => None,
        };
        let mut headers = HeaderMap::new();
        headers.insert(headers::TENANT, headers::value("the tenant", &tenant)?);
        headers.insert(
            headers::CLIENT_ID,
            headers::value("the client id", credentials.client_id())?,
        );
        let is_direct = |url: &Url| self.is_direct(url);
        if self.proxy.is_some() && is_direct(&base_url) && is_direct(&token_url) {
            return Err(Error::configuration(
                "both URLs are plain http to this machine and the proxy is elsewhere, so it would carry the access token in clear; leave the proxy out",
            ));
        }
        let http = self.http_client(is_direct(&base_url))?;
        let token_http = if is_direct(&base_url) == is_direct(&token_url) {
            http.clone()
        } else {
            self.http_client(is_direct(&token_url))?
        };
        let mut api = Api::new(base_url.as_str())?;
        if self.old_approval_path {
            api = api.with_old_approval_path();
        }
        if self.singular_move_path {
            api = api.with_singular_move_path();
        }
        let observers = Observers::new(self.observers);
        let store_trouble = StoreTrouble::default();
        let seen = observers.clone();
        let (source, validator) = credentials.into_source(TokenSettings {
            url: &token_url,
            form: self.token_request_form,
            scope: self.token_scope,
            store: self.token_store,
            trouble: store_trouble.clone(),
            not_saved: Arc::new(move |error| seen.refresh_token_not_saved(error)),
            clock: &self.clock,
            http: &token_http,
            max_response_size: self.max_response_size,
        })?;
        let seen = observers.clone();
        let listener = FetchListener(Arc::new(move |brought_a_token| {
            seen.token_requested(brought_a_token);
        }));
        Ok(Client::new(
            Transport {
                api,
                http,
                fixed_headers: headers,
                is_base_url_odd: !base_url.path().trim_end_matches('/').ends_with("/v1"),
                tokens: TokenCache::new(source, Arc::clone(&self.clock), self.retry.clone(), listener),
                retry: self.retry,
                budget: Budget::new(),
                clock: self.clock,
                max_response_size: self.max_response_size,
                observers,
            },
            tenant,
            Extras {
                server_name: self.server_name.unwrap_or_else(|| base_url.as_str().to_owned()),
                validator,
                store_trouble,
                page_cap: self.page_cap,
                signing_key,
            },
        ))
    }

    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    fn parsed_root_certificates(&self) -> Result<Vec<reqwest::Certificate>, Error> {
        let mut certificates = Vec::new();
        for pem in &self.root_certificates {
            // The HTTP library takes anything else for no certificates at all.
            let begin = b"-----BEGIN CERTIFICATE-----";
            if !pem.windows(begin.len()).any(|part| part == begin) {
                return Err(Error::configuration(
                    "a root certificate is not a PEM certificate",
                ));
            }
            let certificate = reqwest::Certificate::from_pem(pem).map_err(|error| {
                Error::configuration("a root certificate is not a PEM certificate").with_source(error)
            })?;
            certificates.push(certificate);
        }
        Ok(certificates)
    }

    /// Whether an address is reached without any proxy. Plain http is for this very machine, or it
    /// would have been refused: a proxy elsewhere would carry it over the network in clear.
    fn is_direct(&self, url: &Url) -> bool {
        let proxy_is_here = self
            .proxy
            .as_ref()
            .and_then(|proxy| Url::parse(proxy).ok())
            .is_some_and(|proxy| is_this_machine(&proxy));
        url.scheme() == "http" && !proxy_is_here
    }

    fn http_client(&self, is_direct: bool) -> Result<HttpClient, Error> {
        let own = concat!("mobproc/", env!("CARGO_PKG_VERSION"));
        let user_agent = match &self.user_agent {
            Some(product) => format!("{product} {own}"),
            None => own.to_owned(),
        };
        let user_agent = headers::value("the User-Agent", &user_agent)?;
        #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
        let certificates = self.parsed_root_certificates()?;
        #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
        let identity = match &self.client_certificate {
            Some(pem) => Some(
                reqwest::Identity::from_pem(pem.expose_secret().as_bytes()).map_err(|_| {
                    Error::configuration(
                        "the client certificate is not PEM of a certificate and its private key",
                    )
                })?,
            ),
            None => None,
        };
        let proxy = match &self.proxy {
            Some(url) => Some(reqwest::Proxy::all(url).map_err(|error| {
                Error::configuration("the proxy is not a valid URL").with_source(error.without_url())
            })?),
            None => None,
        };
        HttpClient::new(|| {
            let mut builder = reqwest::Client::builder();
            if is_direct {
                builder = builder.no_proxy();
            }
            #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
            for certificate in &certificates {
                builder = builder.add_root_certificate(certificate.clone());
            }
            #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
            if let Some(identity) = &identity {
                builder = builder.identity(identity.clone());
            }
            if let Some(proxy) = proxy.as_ref().filter(|_| !is_direct) {
                builder = builder.proxy(proxy.clone());
            }
            builder
                .user_agent(user_agent.clone())
                .connect_timeout(self.connect_timeout)
                .timeout(self.timeout)
        })
        .map_err(|error| Error::configuration("the HTTP client could not be set up").with_source(error))
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// An absolute URL over TLS, or over plain http to this very machine.
pub(crate) fn checked_url(setting: &str, text: &str) -> Result<Url, Error> {
    let url =
        Url::parse(text).map_err(|error| Error::configuration(format!("{setting} is malformed: {error}")))?;
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine(&url) => {}
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

#[cfg(test)]
mod tests {
    use super::{QA_TOKEN_URL, checked_url};
    use crate::auth::Credentials;
    use crate::client::Client;
    use crate::error::ErrorKind;

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
            assert_eq!(error.kind(), ErrorKind::Configuration);
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
            .token_url(QA_TOKEN_URL)
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

    #[test]
    fn a_proxy_that_would_see_the_token_is_refused() {
        let builder = || {
            Client::builder()
                .tenant("ACME")
                .base_url("http://127.0.0.1:4010/mobproc/v1")
                .credentials(Credentials::bearer("client", "token"))
        };
        let local = || builder().token_url("http://localhost:4010/as/token.oauth2");
        let error = local().proxy("http://proxy.example:3128").build().unwrap_err();
        assert!(error.to_string().contains("leave the proxy out"), "{error}");
        assert!(local().proxy("http://127.0.0.1:3128").build().is_ok());
        assert!(builder().proxy("http://proxy.example:3128").build().is_ok());
    }

    #[cfg(feature = "rustls")]
    #[test]
    fn certificates_that_are_none_are_refused_without_repeating_them() {
        let builder = || {
            Client::builder()
                .tenant("ACME")
                .credentials(Credentials::bearer("client", "token"))
        };
        let error = builder().client_certificate("hush-4").build().unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("the client certificate is not PEM") && !text.contains("hush"),
            "{text}"
        );
        let error = builder().root_certificate("hush-5").build().unwrap_err();
        assert_eq!(error.to_string(), "a root certificate is not a PEM certificate");
    }
}
