//! A client of one tenant: assembly only.

mod builder;
mod capabilities;
mod environment;
pub(crate) mod list;
mod write;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use mobproc_api::{Api, Request, RequestError, operations};
use serde::de::DeserializeOwned;

pub use builder::{ClientBuilder, PRODUCTION_BASE_URL, PRODUCTION_TOKEN_URL, QA_TOKEN_URL};
pub use capabilities::Capabilities;
pub use write::{NotCarriedOut, UnknownWrite, WriteError};

use crate::auth::{StoreTrouble, TokenError, Validator};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::retry::RetryPolicy;
use crate::signing::SigningKey;
use crate::transport::context::{Context, EmployeeRef, Identity};
use crate::transport::outcome::{Expected, Outcome, judge};
use crate::transport::single::rewrapped;
use crate::transport::{Answer, Exchange, Transport, headers};

/// A client of one tenant. Cheap to clone; clones share connections and token.
///
/// [`acting_for`](Self::acting_for), [`with_hierarchy`](Self::with_hierarchy),
/// [`with_timeout`](Self::with_timeout) and their like return a client that asks in another way,
/// and leave this one as it is.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    context: Arc<Context>,
}

/// What all clones share.
struct Shared {
    transport: Transport,
    tenant: String,
    extras: Extras,
    /// An order that was placed came back with its external order number changed.
    numbers_come_back_changed: AtomicBool,
}

/// What a client has beside its transport.
struct Extras {
    server_name: String,
    validator: Option<Validator>,
    store_trouble: StoreTrouble,
    signing_key: Option<SigningKey>,
    page_cap: Option<u32>,
}

impl Client {
    /// Returns the settings of a client, to be filled in.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    fn new(transport: Transport, tenant: String, extras: Extras) -> Self {
        Self {
            shared: Arc::new(Shared {
                transport,
                tenant,
                extras,
                numbers_come_back_changed: AtomicBool::new(false),
            }),
            context: Arc::default(),
        }
    }

    /// The same client, asking in the name of this employee.
    #[must_use]
    pub fn acting_for(&self, actor: EmployeeRef) -> Self {
        self.with_context(|context| context.identity.actor = Some(actor))
    }

    /// The same client, asking in this organisational hierarchy (Tangoe id).
    #[must_use]
    pub fn with_hierarchy(&self, id: impl Into<String>) -> Self {
        self.with_context(|context| context.identity.hierarchy = Some(id.into()))
    }

    /// The same client, with a value for the server's logs that related calls share.
    #[must_use]
    pub fn with_activity_id(&self, id: impl Into<String>) -> Self {
        self.with_context(|context| context.identity.activity = Some(id.into()))
    }

    /// The same client, with this correlation id on every call instead of a new one for each.
    #[must_use]
    pub fn with_correlation_id(&self, id: impl Into<String>) -> Self {
        self.with_context(|context| context.correlation = Some(id.into()))
    }

    /// The same client, with another limit to how long one attempt may take, from sending to the
    /// last byte of the answer.
    #[must_use]
    pub fn with_timeout(&self, time: Duration) -> Self {
        self.with_context(|context| context.timeout = Some(time))
    }

    /// The same client, with another rule for when to try again. Writes are never tried again once
    /// a connection was made, whatever it says.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        self.with_context(|context| context.retry = Some(policy))
    }

    /// The same client, with one more header on every call. Its value is taken for a secret and
    /// never printed.
    ///
    /// # Errors
    ///
    /// The name or the value cannot stand in a header, or the client sets that header itself.
    pub fn with_header(&self, name: &str, value: &str) -> Result<Self, Error> {
        let refused = |what: &str| Error::configuration(format!("the header {} {what}", name.escape_debug()));
        let parsed =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("has a name that cannot be one"))?;
        if headers::is_reserved(&parsed) {
            return Err(refused("is set by the client itself"));
        }
        let mut value =
            HeaderValue::from_str(value).map_err(|_| refused("has a value that cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(self.with_context(|context| {
            context.headers.insert(parsed, value);
        }))
    }

    /// Builds requests below the base URL, for [`read`](Self::read).
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.shared.transport.api
    }

    /// Makes one read with a request of [`api`](Self::api), and returns all that came back: status,
    /// headers, raw body, correlation id and attempts beside the decoded value. A confirmation
    /// counts as a read.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = mobproc_sandbox::Sandbox::start().await?;
    /// # let of = sandbox.credentials().clone();
    /// # let client = mobproc::Client::builder()
    /// #     .base_url(sandbox.base_url())
    /// #     .token_url(sandbox.token_url())
    /// #     .tenant(of.tenant)
    /// #     .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
    /// #     .build()?;
    /// let answer = client.read(client.api().region_get("2001")?).await?;
    /// println!("{} {}", answer.status(), answer.value().name.as_deref().unwrap_or_default());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads). A request that writes is refused: writes have methods of their
    /// own, which say what became of them. A confirmation whose answer holds an order is an unknown
    /// outcome.
    pub async fn read<T: DeserializeOwned>(&self, request: Request<T>) -> Result<Answer<T>, Error> {
        if !request.is_safe_to_repeat() {
            return Err(Error::invalid_argument(format!(
                "{} writes, and only reads are made this way",
                request.operation().id
            )));
        }
        let confirms = *request.operation() == operations::ORDER_CREATE;
        let exchange = self.exchange(request).await;
        if confirms {
            let outcome = judge(&exchange, Expected::Confirmation);
            if matches!(outcome, Outcome::Unknown(_)) {
                return Err(exchange.into_error(outcome));
            }
        }
        exchange.into_answer()
    }

    /// Makes one read.
    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        request: Result<Request<T>, RequestError>,
    ) -> Result<Answer<T>, Error> {
        self.shared.transport.read(&self.context, request).await
    }

    /// Makes one read of a single object. Of most it is not published whether it is wrapped, so one
    /// that is no such object is looked for in a wrapper, and an order outside of one.
    pub(crate) async fn fetch_one<T: DeserializeOwned>(
        &self,
        request: Result<Request<T>, RequestError>,
    ) -> Result<T, Error> {
        match self.fetch(request).await {
            Ok(answer) => Ok(answer.into_value()),
            Err(error) if error.kind() == ErrorKind::Decode => {
                error.body().and_then(|body| rewrapped(body)).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes one call; what became of it is for the caller to judge.
    pub(crate) async fn exchange<T>(&self, request: Request<T>) -> Exchange {
        self.shared.transport.exchange(&self.context, request).await
    }

    pub(crate) fn validator(&self) -> Option<&Validator> {
        self.shared.extras.validator.as_ref()
    }

    pub(crate) fn signing_key(&self) -> Option<&SigningKey> {
        self.shared.extras.signing_key.as_ref()
    }

    pub(crate) fn page_cap(&self) -> Option<u32> {
        self.shared.extras.page_cap
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.shared.transport.clock
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.context.identity
    }

    pub(crate) fn with_identity(&self, identity: Identity) -> Self {
        self.with_context(|context| context.identity = identity)
    }

    /// The same client, whose bodies do not leave after a time.
    pub(crate) fn with_send_by(&self, send_by: SystemTime) -> Self {
        self.with_context(|context| context.send_by = Some(send_by))
    }

    /// Why the present refresh token is not in the [`TokenStore`](crate::TokenStore), if saving it
    /// failed and has not worked since.
    #[must_use]
    pub fn token_store_error(&self) -> Option<TokenError> {
        self.shared.extras.store_trouble.present()
    }

    /// The tenant, the code of the customer account.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.shared.tenant
    }

    /// The employee in whose name it asks; `None` for the authenticated user.
    #[must_use]
    pub fn actor(&self) -> Option<&EmployeeRef> {
        self.identity().actor.as_ref()
    }

    /// The name by which saved orders know the server: its base URL, unless it was given
    /// [another](ClientBuilder::server_name).
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.shared.extras.server_name
    }

    /// How long the present access token can still be used; `None` if nobody said. Fetches one if
    /// there is none.
    ///
    /// # Errors
    ///
    /// No token can be had: the credentials are refused, or the token server is not reached.
    pub async fn token_time_left(&self) -> Result<Option<Duration>, Error> {
        Ok(self.shared.transport.tokens.time_left().await?)
    }

    pub(crate) fn base_url(&self) -> &str {
        self.api().base_url().as_str()
    }

    /// Whether two clients see the same things: clones of one, so with the same credentials, in the
    /// same name and with the same further headers.
    pub(crate) fn sees_the_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
            && self.identity().actor == other.identity().actor
            && self.identity().hierarchy == other.identity().hierarchy
            && self.context.headers == other.context.headers
    }

    /// Remembers that an external order number came back changed.
    pub(crate) fn numbers_came_back_changed(&self) {
        self.shared
            .numbers_come_back_changed
            .store(true, Ordering::Relaxed);
    }

    /// Whether an external order number ever came back changed.
    pub(crate) fn do_numbers_come_back_changed(&self) -> bool {
        self.shared.numbers_come_back_changed.load(Ordering::Relaxed)
    }

    fn with_context(&self, change: impl FnOnce(&mut Context)) -> Self {
        let mut changed = self.clone();
        change(Arc::make_mut(&mut changed.context));
        changed
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: &HeaderMap = &self.context.headers;
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("tenant", &self.shared.tenant)
            .field("identity", &self.context.identity)
            .field(
                "headers",
                &headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}
