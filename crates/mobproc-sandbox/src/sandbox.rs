//! Starting a sandbox, and looking at it from the same process.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use mobproc_api::Operation;
use mobproc_har::Entry;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::backend::Backend;
use crate::clock::Source;
use crate::credentials::Credentials;
use crate::deviation::Deviation;
use crate::engine::Engine;
use crate::fault::{FaultError, Rule};
use crate::http;
use crate::http::Guard;
use crate::orders::{Pace, Stage};
use crate::origin::Origin;
use crate::population;
use crate::record::{Received, RequestFilter};
use crate::replay::Recording;
use crate::scenario::{Scenario, ScenarioError, SettingsChange};
use crate::script::{Script, ScriptError};
use crate::seed::{Seed, ServiceStatus, TENANT};
use crate::seed_file::{self, SeedError};
use crate::state::{Effects, OrderErrors, Settings};
use crate::tenants::Tenants;
use crate::tokens::Tokens;

/// The ids of generated people, lines and devices are that far from each other, and more.
const MOST_EMPLOYEES: usize = 100_000_000;

/// A running sandbox. It stops when this is dropped.
pub struct Sandbox {
    address: SocketAddr,
    base_url: String,
    token_url: String,
    tenants: Arc<Tenants>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

/// Settings of a [`Sandbox`]. Made by [`Sandbox::builder`].
#[derive(Clone)]
#[must_use]
pub struct SandboxBuilder {
    address: SocketAddr,
    public_url: Option<String>,
    allowed_hosts: Vec<String>,
    token_lifetime: Duration,
    rules: Vec<Rule>,
    employees: usize,
    population_seed: u64,
    settings: Settings,
    source: Source,
    seed: Option<Seed>,
    scenario: Scenario,
    state_file: Option<PathBuf>,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            public_url: None,
            allowed_hosts: Vec::new(),
            token_lifetime: Duration::from_secs(7199),
            rules: Vec::new(),
            employees: 0,
            population_seed: 0,
            settings: Settings {
                backend: Backend::default(),
                order_errors: OrderErrors::default(),
                pace: Pace {
                    approval_after: Duration::ZERO,
                    ship_after: None,
                },
                keep: 1_000,
                strict: false,
                effects: Effects::default(),
                explain: false,
                deviations: Arc::default(),
                recording: Arc::default(),
            },
            source: Arc::new(Utc::now),
            seed: None,
            scenario: Scenario::default(),
            state_file: None,
        }
    }
}

impl SandboxBuilder {
    /// Sets the address to listen on. Defaults to a free port of the loopback interface.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Sets the port to listen on; 0, the default, is any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Sets the source system to play. Defaults to Premium Mobile.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.settings.backend = backend;
        self
    }

    /// Sets how long access tokens live, in whole seconds on the wire. Defaults to two hours.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Sets in which form orders are refused.
    pub fn order_errors(mut self, form: OrderErrors) -> Self {
        self.settings.order_errors = form;
        self
    }

    /// Sets how long an order that needs approval stays submitted before it waits for approval.
    /// Defaults to no time.
    pub fn approval_after(mut self, time: Duration) -> Self {
        self.settings.pace.approval_after = time;
        self
    }

    /// Sets how long an order that needs no approval takes from each step to the next. By default
    /// it moves only by [`Sandbox::advance_order`].
    pub fn ship_after(mut self, time: Duration) -> Self {
        self.settings.pace.ship_after = Some(time);
        self
    }

    /// Adds a fault. Rules are tried in the order they were given; the first that applies wins.
    pub fn fault(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Sets where the time comes from instead of from the system: order dates, token expiry,
    /// history.
    pub fn clock(mut self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.source = Arc::new(now);
        self
    }

    /// Adds this many generated employees to the data set's, each with a line and a device.
    pub fn employees(mut self, employees: usize) -> Self {
        self.employees = employees;
        self
    }

    /// Generates others with another seed.
    pub fn population_seed(mut self, seed: u64) -> Self {
        self.population_seed = seed;
        self
    }

    /// Sets how many requests are remembered for [`Sandbox::requests`], the last ones. Defaults to
    /// 1,000.
    pub fn keep(mut self, requests: usize) -> Self {
        self.settings.keep = requests;
        self
    }

    /// Says in refusals what is there but hidden from the actor, which the API does not.
    pub fn explain(mut self) -> Self {
        self.settings.explain = true;
        self
    }

    /// Is otherwise than the document says in these ways, for testing what is to notice it. Defaults
    /// to none.
    pub fn deviations(mut self, deviations: &[Deviation]) -> Self {
        self.settings.deviations = deviations.into();
        self
    }

    /// Answers what was asked in a recording as it was answered there, in the same order; the last
    /// answer stays. Everything else is answered as ever. What is answered from a recording changes
    /// nothing.
    pub fn recording(mut self, entries: &[Entry]) -> Self {
        self.settings.recording = Arc::new(Recording::new(entries));
        self
    }

    /// Sets when orders take their effect. Defaults to when they are completed.
    pub fn effects(mut self, effects: Effects) -> Self {
        self.settings.effects = effects;
        self
    }

    /// Sets the tenant: a JSON document such as [`Sandbox::seed`] returns, of the schema
    /// [`Sandbox::seed_schema`].
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its place.
    pub fn seed(mut self, tenant: &str) -> Result<Self, SeedError> {
        self.seed = Some(seed_file::read(tenant)?);
        Ok(self)
    }

    /// Sets what is to happen: faults, scripts, clock and settings. They come back with every
    /// reset.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = scenario;
        self
    }

    /// Refuses requests that are not as documented in what a real backend or a proxy in between
    /// might not forgive: a missing or wrong content type, a parameter or a member that is not
    /// documented, a value that is not known, an order without `confirm`. Otherwise they are only
    /// noted, in [`Received::violations`].
    pub fn strict(mut self) -> Self {
        self.settings.strict = true;
        self
    }

    /// Sets the URL under which others reach it, such as `https://sandbox.example` where it stands
    /// behind a proxy: links in answers begin with it, and its host name is accepted. Defaults to
    /// the address it listens on.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// Accepts requests for another host name than this machine's, such as that of a container.
    /// Others are refused, because any web page could make a browser send them.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Keeps orders, and what they make of lines and devices, in a file, and begins with what is
    /// there. Each write is on the disk before it is answered. Several sandboxes, in one process or
    /// in several, can share the file: each sees what the others have written.
    ///
    /// Tokens, faults, scripts, the clock, the record of requests and further tenants are not kept.
    /// The file holds names and addresses; only its owner may read it.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on, most often because the port is in use
    /// ([`io::ErrorKind::AddrInUse`]); or a fault names no operation or can never occur, or the
    /// public URL is not one, or more is to be generated than can be
    /// ([`io::ErrorKind::InvalidInput`]); or the state file cannot be read.
    pub async fn start(self) -> io::Result<Sandbox> {
        let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
        for rule in &self.rules {
            rule.check().map_err(|error| invalid(error.to_string()))?;
        }
        if !self.scenario.fits(self.rules.len()) {
            return Err(invalid("there are more faults or scripts than can be".to_owned()));
        }
        if self.employees > MOST_EMPLOYEES {
            return Err(invalid(format!(
                "at most {MOST_EMPLOYEES} employees can be generated"
            )));
        }
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let own = format!("http://{address}");
        let public = self.public_url.as_deref().unwrap_or(&own).trim_end_matches('/');
        let guard = Guard::new(address, public, &self.allowed_hosts).map_err(invalid)?;
        let (base_url, token_url) = (
            format!("{public}{}", http::BASE),
            format!("{public}{}", http::TOKEN),
        );
        let seed = self.seed.unwrap_or_else(seed_file::own);
        if self.employees > 0 && !population::is_possible(&seed) {
            let missing = "employees cannot be generated for a tenant without departments, plans or models";
            return Err(invalid(missing.to_owned()));
        }
        let origin = Origin {
            seed,
            employees: self.employees,
            population_seed: self.population_seed,
            rules: self.rules,
            settings: self.settings,
            token_lifetime: self.token_lifetime,
            source: self.source,
            scenario: self.scenario,
        };
        let tenants = Arc::new(Tenants::new(origin, base_url.clone(), self.state_file)?);
        let (stop, stopped) = watch::channel(false);
        let router = http::router(Arc::clone(&tenants), guard);
        let task = tokio::spawn(http::serve(listener, router, stopped));
        Ok(Sandbox {
            address,
            base_url,
            token_url,
            tenants,
            stop,
            task: Some(task),
        })
    }
}

impl fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("address", &self.address)
            .field("rules", &self.rules)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts a sandbox on a free loopback port, with everything as it comes.
    ///
    /// # Errors
    ///
    /// The loopback interface has no free port.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns the settings of a sandbox, to be filled in.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Values that the sandbox answers with and no documentation has, each with the schema it is of:
    /// it has to call things somehow.
    #[must_use]
    pub fn own_values() -> Vec<(&'static str, &'static str)> {
        let services = ServiceStatus::OWN.map(|status| ("ServiceStatus", status.as_str()));
        let orders = Stage::OWN.map(|stage| ("OrderStatus", stage.as_str()));
        services.into_iter().chain(orders).collect()
    }

    /// The tenant that comes with the sandbox, as JSON: a beginning for your own.
    #[must_use]
    pub fn seed() -> &'static str {
        TENANT
    }

    /// The JSON Schema of a tenant's file.
    #[must_use]
    pub fn seed_schema() -> &'static str {
        seed_file::SCHEMA
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL of the API.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// URL of the token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.token_url.clone()
    }

    /// What a client needs.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        self.engine().credentials()
    }

    fn engine(&self) -> &Engine {
        self.tenants.first()
    }

    /// A ready-made access token, as if from the implicit grant.
    #[must_use]
    pub fn access_token(&self) -> String {
        self.engine()
            .with_tokens(|tokens| tokens.issue(self.engine().now()).0)
    }

    /// The requests received so far, in order: the last 1,000, or as many as
    /// [`keep`](SandboxBuilder::keep) says.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.engine().received(&RequestFilter::new())
    }

    /// The requests received for one operation.
    #[must_use]
    pub fn requests_for(&self, operation: &str) -> Vec<Received> {
        self.requests_that(&RequestFilter::new().operation(operation))
    }

    /// The requests received that fit.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> std::io::Result<()> {
    /// use mobproc_sandbox::{RequestFilter, Sandbox};
    ///
    /// let sandbox = Sandbox::start().await?;
    /// // ... your code places an order with this number here; was it sent exactly once?
    /// let sent = RequestFilter::new()
    ///     .operation("order_create")
    ///     .confirm("false")
    ///     .order("12345678");
    /// assert_eq!(sandbox.requests_that(&sent).len(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn requests_that(&self, fit: &RequestFilter) -> Vec<Received> {
        self.engine().received(fit)
    }

    /// How many requests had to make room for others since the record was cleared: what a count may
    /// miss.
    #[must_use]
    pub fn forgotten_requests(&self) -> usize {
        self.engine().forgotten()
    }

    /// Forgets the requests received so far.
    pub fn clear_requests(&self) {
        self.engine().clear_record();
    }

    /// Brings everything back to how it was at the start: orders, people, faults, scripts,
    /// settings, the clock, and the requests received. Tokens stay valid.
    pub fn reset(&self) {
        self.engine().reset();
    }

    /// The orders that were placed, as the API shows them.
    #[must_use]
    pub fn orders(&self) -> Vec<Value> {
        self.engine().orders()
    }

    /// Moves an order one step on (to waiting for approval, shipped, completed). False if there is
    /// no such order or no further step.
    #[must_use]
    pub fn advance_order(&self, id: &str) -> bool {
        self.engine().advance(id)
    }

    /// How many access tokens were given out over HTTP or by [`access_token`](Self::access_token).
    #[must_use]
    pub fn tokens_issued(&self) -> u64 {
        self.engine().with_tokens(|tokens| tokens.issued())
    }

    /// Lets every access token given out so far expire. Refresh tokens still work.
    pub fn expire_tokens(&self) {
        self.engine().with_tokens(Tokens::expire_all);
    }

    /// Revokes every access and refresh token given out so far.
    pub fn revoke_tokens(&self) {
        self.engine().with_tokens(Tokens::revoke_all);
    }

    /// How long tokens live that are given out from now on.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.engine().with_tokens(|tokens| tokens.set_lifetime(lifetime));
    }

    /// Adds a fault from now on.
    ///
    /// # Errors
    ///
    /// It names no operation, or can never occur; or there are ten thousand already.
    pub fn add_fault(&self, rule: Rule) -> Result<(), FaultError> {
        self.engine().add_rule(rule)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.engine().clear_rules();
    }

    /// Answers the next request for an operation with this status and body, without carrying it
    /// out. Several such answers are given in the order they were scripted.
    ///
    /// # Errors
    ///
    /// There is no such operation, or it is not the status of an answer.
    pub fn script(&self, operation: &str, status: u16, body: Value) -> Result<(), ScriptError> {
        self.add_script(Script::new(operation, status).body(body))
    }

    /// Answers the next request that fits as the script says, without carrying it out. Of several
    /// that fit the first is used.
    ///
    /// # Errors
    ///
    /// It makes no sense; see [`ScriptError`].
    pub fn add_script(&self, script: Script) -> Result<(), ScriptError> {
        self.engine().script(script)
    }

    /// Lets a scenario come true from now on: faults, scripts, clock and settings.
    ///
    /// # Errors
    ///
    /// There are more faults or scripts than can be.
    pub fn play(&self, scenario: &Scenario) -> Result<(), ScenarioError> {
        self.engine().play(scenario)
    }

    /// Changes settings while it runs.
    pub fn change_settings(&self, change: &SettingsChange) {
        self.engine().change_settings(change);
    }

    /// Stops the clock. Order dates, token expiry and the steps of orders go by it.
    pub fn stop_clock(&self) {
        self.engine().clock.stop();
    }

    /// Sets the clock, which goes on from there unless it is stopped.
    pub fn set_clock(&self, to: DateTime<Utc>) {
        self.engine().clock.set(to);
    }

    /// Advances the clock, so that what comes with time comes now.
    pub fn advance_clock(&self, by: Duration) {
        self.engine().clock.advance(by);
    }

    /// What the OpenAPI document finds wrong with an answer of an operation; nothing if all is
    /// well.
    #[must_use]
    pub fn check_answer(&self, operation: &Operation, status: u16, body: &Value) -> Vec<String> {
        match StatusCode::from_u16(status) {
            Ok(status) => self.engine().spec().check_answer(operation, status, body),
            Err(_) => vec![format!("{status} is not an HTTP status")],
        }
    }

    /// Stops, drops every connection, and waits until the port is free again.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            // It was not cancelled, and a panic in it has been printed.
            let _ = task.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
