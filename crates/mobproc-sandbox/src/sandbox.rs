//! Starting a sandbox, and looking at it from the same process.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use mobproc_api::Operation;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::backend::Backend;
use crate::credentials::Credentials;
use crate::engine::{Engine, OrderErrors, Settings};
use crate::fault::Rule;
use crate::http;
use crate::population;
use crate::record::Received;
use crate::seed::Seed;
use crate::tenant::Tenant;
use crate::tokens::Tokens;

/// A running sandbox. It stops when this is dropped.
pub struct Sandbox {
    address: SocketAddr,
    engine: Arc<Engine>,
    credentials: Credentials,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

/// Settings of a [`Sandbox`]. Made by [`Sandbox::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    address: SocketAddr,
    token_lifetime: Duration,
    rules: Vec<Rule>,
    employees: usize,
    population_seed: u64,
    settings: Settings,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            token_lifetime: Duration::from_secs(7199),
            rules: Vec::new(),
            employees: 0,
            population_seed: 0,
            settings: Settings {
                backend: Backend::default(),
                order_errors: OrderErrors::default(),
                approval_after: Duration::ZERO,
                ship_after: None,
                recording: true,
                clock: Arc::new(Utc::now),
            },
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
        self.settings.approval_after = time;
        self
    }

    /// Sets how long an order that needs no approval takes from each step to the next. By default
    /// it moves only by [`Sandbox::advance_order`].
    pub fn ship_after(mut self, time: Duration) -> Self {
        self.settings.ship_after = Some(time);
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
        self.settings.clock = Arc::new(now);
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

    /// Forgets requests instead of keeping them all for [`Sandbox::requests`].
    pub fn forgetful(mut self) -> Self {
        self.settings.recording = false;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on, most often because the port is in use.
    pub async fn start(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let mut tenant = Tenant::new(Seed::load());
        population::add(&mut tenant, self.employees, self.population_seed);
        let credentials = Credentials::of(&tenant.facts);
        let base = format!("http://{address}{}", http::BASE);
        let tokens = Tokens::new(self.token_lifetime);
        let engine = Arc::new(Engine::new(tenant, tokens, self.rules, self.settings, base));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(http::serve(listener, http::router(Arc::clone(&engine)), stopped));
        Ok(Sandbox {
            address,
            engine,
            credentials,
            stop,
            task: Some(task),
        })
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

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL of the API.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, http::BASE)
    }

    /// URL of the token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("http://{}{}", self.address, http::TOKEN)
    }

    /// What a client needs.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// A ready-made access token, as if from the implicit grant.
    #[must_use]
    pub fn access_token(&self) -> String {
        self.engine
            .with_tokens(|tokens| tokens.issue(self.engine.now()).0)
    }

    /// Every request received so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.engine.record()
    }

    /// The requests received for one operation.
    #[must_use]
    pub fn requests_for(&self, operation: &str) -> Vec<Received> {
        let mut requests = self.engine.record();
        requests.retain(|request| request.operation == Some(operation));
        requests
    }

    /// Forgets the requests received so far.
    pub fn clear_requests(&self) {
        self.engine.clear_record();
    }

    /// The orders that were placed, as the API shows them.
    #[must_use]
    pub fn orders(&self) -> Vec<Value> {
        self.engine.orders()
    }

    /// Moves an order one step on (to waiting for approval, shipped, completed). False if there is
    /// no such order or no further step.
    #[must_use]
    pub fn advance_order(&self, id: &str) -> bool {
        self.engine.advance(id)
    }

    /// How many access tokens were given out over HTTP or by [`access_token`](Self::access_token).
    #[must_use]
    pub fn tokens_issued(&self) -> u64 {
        self.engine.with_tokens(|tokens| tokens.issued())
    }

    /// Lets every access token given out so far expire. Refresh tokens still work.
    pub fn expire_tokens(&self) {
        self.engine.with_tokens(Tokens::expire_all);
    }

    /// Revokes every access and refresh token given out so far.
    pub fn revoke_tokens(&self) {
        self.engine.with_tokens(Tokens::revoke_all);
    }

    /// How long tokens live that are given out from now on.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.engine.with_tokens(|tokens| tokens.set_lifetime(lifetime));
    }

    /// Adds a fault from now on.
    pub fn add_fault(&self, rule: Rule) {
        self.engine.with_rules(|rules| rules.push(rule));
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.engine.with_rules(Vec::clear);
    }

    /// Answers the next request for an operation with this status and body, without carrying it
    /// out. Several such answers are given in the order they were scripted. False if there is no
    /// such operation.
    pub fn script(&self, operation: &str, status: u16, body: Value) -> bool {
        self.engine.script_named(operation, status, body)
    }

    /// What the OpenAPI document finds wrong with an answer of an operation; nothing if all is
    /// well.
    #[must_use]
    pub fn check_answer(&self, operation: &Operation, status: u16, body: &Value) -> Vec<String> {
        match StatusCode::from_u16(status) {
            Ok(status) => self.engine.spec().check_answer(operation, status, body),
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
