//! The one place where requests meet the tenant: who may ask, what it changes, what is remembered.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use mobproc_api::OperationId;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::call::Call;
use crate::changes;
use crate::clock::{Clock, Course, stamp};
use crate::credentials::Credentials;
use crate::fault::{Fault, FaultError, Rule};
use crate::kept::StateFile;
use crate::lookups::{assets, catalog, orders, people, reference, system};
use crate::ordering;
use crate::orders::PlacedOrder;
use crate::origin::Origin;
use crate::record::{self, Outcome, Received, RequestFilter};
use crate::render::Renderer;
use crate::replay::Key;
use crate::request::Request;
use crate::scenario::{Scenario, ScenarioError, SettingsChange};
use crate::script::{Asked, Script, ScriptError};
use crate::spec::Spec;
use crate::state::{OrderErrors, Settings, State};
use crate::tenant::Tenant;
use crate::tokens::{TokenRequest, Tokens};

/// Everything behind the HTTP.
pub(crate) struct Engine {
    spec: &'static Spec,
    code: String,
    credentials: Credentials,
    origin: Arc<Origin>,
    base: String,
    pub(crate) clock: Clock,
    state: Mutex<State>,
    /// Where the state outlives the program.
    state_file: Option<StateFile>,
    snapshots: Mutex<BTreeMap<String, Snapshot>>,
}

/// Everything as it was at a time.
#[derive(Clone)]
struct Snapshot {
    state: State,
    at: DateTime<Utc>,
    /// Whether the clock was stopped.
    is_stopped: bool,
}

/// Each holds all orders and people.
const MOST_SNAPSHOTS: usize = 20;

/// Why no snapshot is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are {0} snapshots already; DELETE /sandbox/snapshots/NAME removes one")]
pub(crate) struct TooManySnapshots(usize);

impl Engine {
    pub(crate) fn new(code: String, origin: Arc<Origin>, clock: Clock, base: String) -> Self {
        let state = origin.state(&code, &clock);
        Self {
            spec: Spec::load(),
            credentials: Credentials::of(&state.tenant.facts),
            code,
            origin,
            base,
            clock,
            state: Mutex::new(state),
            state_file: None,
            snapshots: Mutex::default(),
        }
    }

    /// Keeps the state in a file, and takes up what is there.
    pub(crate) fn keep_in(mut self, path: PathBuf) -> io::Result<Self> {
        let file = StateFile::new(path, self.base.clone());
        file.load(&mut self.state())?;
        self.state_file = Some(file);
        Ok(self)
    }

    /// Code of the tenant.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Brings everything back to the beginning, except tokens, which stay valid.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        let from = self.now();
        self.clock.set_course(Course::BEGINNING);
        let fresh = self.origin.state(&self.code, &self.clock);
        // Requests that are under way conclude under the numbers they have.
        let mut record = std::mem::take(&mut state.record);
        record.clear();
        state.become_another(State { record, ..fresh }, from, self.now());
    }

    /// Remembers everything under a name, except the requests received.
    pub(crate) fn take_snapshot(&self, name: &str) -> Result<(), TooManySnapshots> {
        let mut state = self.state().clone();
        state.record.clear();
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        if snapshots.len() >= MOST_SNAPSHOTS && !snapshots.contains_key(name) {
            return Err(TooManySnapshots(MOST_SNAPSHOTS));
        }
        let snapshot = Snapshot {
            state,
            at: self.now(),
            is_stopped: self.clock.is_stopped(),
        };
        snapshots.insert(name.to_owned(), snapshot);
        Ok(())
    }

    /// Brings everything back to a snapshot, the time too. Requests received since stay in the
    /// record, and tokens stay valid. Returns false if there is none of that name.
    pub(crate) fn restore_snapshot(&self, name: &str) -> bool {
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = snapshots.get(name).cloned() else {
            return false;
        };
        drop(snapshots);
        let mut state = self.state();
        let record = std::mem::take(&mut state.record);
        let from = self.now();
        if kept.is_stopped {
            self.clock.set_course(Course::Stopped(kept.at));
        } else {
            self.clock.resume();
            self.clock.set(kept.at);
        }
        let other = State { record, ..kept.state };
        state.become_another(other, from, kept.at);
        true
    }

    /// Names of the snapshots.
    pub(crate) fn snapshots(&self) -> Vec<String> {
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.keys().cloned().collect()
    }

    /// Forgets a snapshot. Returns false if there is none of that name.
    pub(crate) fn drop_snapshot(&self, name: &str) -> bool {
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.remove(name).is_some()
    }

    /// Lets a scenario come true.
    pub(crate) fn play(&self, scenario: &Scenario) -> Result<(), ScenarioError> {
        scenario.apply(&mut self.state(), &self.clock)
    }

    pub(crate) fn change_settings(&self, change: &SettingsChange) {
        change.apply(&mut self.state(), &self.clock);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half-changed where it could panic, so what a panic left behind is sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn spec(&self) -> &Spec {
        self.spec
    }

    pub(crate) fn with_tenant<T>(&self, look: impl FnOnce(&mut Tenant) -> T) -> T {
        let now = self.now();
        let mut state = self.state();
        state.settle(now);
        look(&mut state.tenant)
    }

    pub(crate) fn with_tokens<T>(&self, look: impl FnOnce(&mut Tokens) -> T) -> T {
        look(&mut self.state().tokens)
    }

    pub(crate) fn settings(&self) -> Settings {
        self.state().settings.clone()
    }

    /// The faults that can still occur.
    pub(crate) fn rules(&self) -> Vec<Rule> {
        let state = self.state();
        let left = state.rules.iter().filter(|rule| rule.times != Some(0));
        left.cloned().collect()
    }

    pub(crate) fn add_rule(&self, rule: Rule) -> Result<(), FaultError> {
        self.state().add_rule(rule)
    }

    pub(crate) fn clear_rules(&self) {
        self.state().rules.clear();
    }

    pub(crate) fn script(&self, script: Script) -> Result<(), ScriptError> {
        self.state().add_script(script)
    }

    pub(crate) fn clear_scripts(&self) {
        self.state().scripts.clear();
    }

    pub(crate) fn scripts(&self) -> Vec<Script> {
        self.state().scripts.clone()
    }

    /// The remembered requests that fit, the oldest first.
    pub(crate) fn received(&self, filter: &RequestFilter) -> Vec<Received> {
        let state = self.state();
        let mut fitting: Vec<Received> = state.record.fitting(filter).cloned().collect();
        fitting.reverse();
        fitting
    }

    /// How many of the remembered requests fit.
    pub(crate) fn count(&self, filter: &RequestFilter) -> usize {
        self.state().record.fitting(filter).count()
    }

    /// How many requests had to make room for others: what a count may miss.
    pub(crate) fn forgotten(&self) -> usize {
        self.state().record.forgotten()
    }

    pub(crate) fn clear_record(&self) {
        self.state().record.clear();
    }

    pub(crate) fn orders(&self) -> Vec<Value> {
        self.last_orders(usize::MAX)
    }

    pub(crate) fn last_orders(&self, most: usize) -> Vec<Value> {
        let mut state = self.state();
        state.settle(self.now());
        let tenant = &state.tenant;
        let all = tenant.orders.all();
        let skipped = all.len().saturating_sub(most);
        let renderer = self.renderer(tenant);
        all.iter()
            .skip(skipped)
            .map(|order| renderer.order(order))
            .collect()
    }

    /// The steps of the last orders, each with its time and who made it.
    pub(crate) fn last_timelines(&self, most: usize) -> Vec<Value> {
        let mut state = self.state();
        state.settle(self.now());
        let all = state.tenant.orders.all();
        let steps = |order: &PlacedOrder| {
            let steps = order.events.iter();
            steps
                .map(|step| json!({ "at": stamp(step.at), "status": step.what.as_str(), "by": step.by }))
                .collect()
        };
        all.iter()
            .skip(all.len().saturating_sub(most))
            .map(steps)
            .collect()
    }

    /// Moves an order one step on. Returns false if there is no such order or no further step.
    pub(crate) fn advance(&self, id: &str) -> bool {
        self.state().advance(id, self.now())
    }

    /// The next answer that was scripted for such a request: any status, any JSON.
    pub(crate) fn scripted(&self, asked: &Asked<'_>) -> Option<Answer> {
        let mut state = self.state();
        let place = state.scripts.iter().position(|script| script.fits(asked))?;
        let script = state.scripts.get_mut(place)?;
        script.times -= 1;
        if script.times == 0 {
            return Some(state.scripts.remove(place).answer());
        }
        Some(script.answer())
    }

    /// The answer of the recording: status, type and body.
    pub(crate) fn replayed(&self, key: &dyn Fn() -> Key) -> Option<(StatusCode, HeaderValue, String)> {
        let mut state = self.state();
        let recording = Arc::clone(&state.settings.recording);
        if recording.is_empty() {
            return None;
        }
        let key = key();
        let asked = state.replayed.entry(key.clone()).or_default();
        let answer = recording.answer(&key, *asked)?;
        *asked += 1;
        Some((
            answer.status,
            answer.content_type.clone(),
            answer.body(&self.base),
        ))
    }

    /// Remembers a request; the number is for [`conclude`](Self::conclude).
    pub(crate) fn receive(&self, received: Received) -> usize {
        self.state().record.add(received)
    }

    /// Remembers what a request was answered.
    pub(crate) fn remember_answer(&self, number: usize, answer: &Bytes) {
        if let Some(received) = self.state().record.by_number(number) {
            received.answer = record::kept(answer);
        }
    }

    pub(crate) fn conclude(&self, number: usize, outcome: Outcome) {
        let mut state = self.state();
        let State { record, counts, .. } = &mut *state;
        // What is not remembered any more was answered all the same, but nobody knows to what.
        let Some(received) = record.by_number(number) else {
            return;
        };
        received.duration = Some(received.began.elapsed());
        let operation = received.operation.unwrap_or("none");
        let status = outcome.status().unwrap_or(0);
        *counts.entry((operation, status)).or_default() += 1;
        received.outcome = outcome;
    }

    /// Answers by operation and status, since the start or the last reset.
    pub(crate) fn counts(&self) -> BTreeMap<(&'static str, u16), u64> {
        self.state().counts.clone()
    }

    pub(crate) fn fault(&self, operation: &str) -> Option<Fault> {
        self.state()
            .rules
            .iter_mut()
            .find_map(|rule| rule.strikes(operation).then(|| rule.fault.clone()))
    }

    /// How a request that is not as documented is refused, where that is wished for.
    pub(crate) fn refusal(&self, violations: &[String]) -> Option<Failure> {
        (!violations.is_empty() && self.state().settings.strict)
            .then(|| Failure::bad_request("400-Sandbox-Strict-error", violations.join(" ")))
    }

    pub(crate) fn fail(&self, failure: &Failure) -> Answer {
        let occurrence = self.state().occurrence();
        Answer {
            status: failure.status,
            body: failure.body(&occurrence),
        }
    }

    pub(crate) fn token(&self, operation: &str, request: &TokenRequest) -> Answer {
        let mut state = self.state();
        let State { tenant, tokens, .. } = &mut *state;
        match operation {
            "token_create" => tokens.grant(&tenant.facts, request, self.now()),
            _ => tokens.validate(&tenant.facts, request, self.now()),
        }
    }

    /// Carries a request out.
    pub(crate) fn answer(&self, request: &Request) -> Answer {
        match self.carry_out(request) {
            Ok(answer) => answer,
            Err(failure) => self.fail(&failure),
        }
    }

    fn carry_out(&self, request: &Request) -> Result<Answer, Failure> {
        let mut state = self.state();
        let Some(file) = &self.state_file else {
            return self.carry_out_on(&mut state, request);
        };
        let parameters = request.query.iter();
        let parameters = parameters.map(|(name, value)| (name.as_str(), value.as_str()));
        let is_write = !request.operation.operation().is_safe_to_repeat(parameters);
        let kept = file.update(&mut state, |state| {
            let answer = self.carry_out_on(state, request);
            let has_changed = is_write && answer.is_ok();
            (answer, has_changed)
        });
        kept.unwrap_or_else(|error| Err(Failure::internal(format!("The state cannot be kept: {error}"))))
    }

    fn carry_out_on(&self, state: &mut State, request: &Request) -> Result<Answer, Failure> {
        let now = self.now();
        let (user, actor) = state.admit(request, now)?;
        let Settings {
            backend,
            pace,
            explain,
            ..
        } = state.settings;
        if !backend.serves(request.operation) {
            return Err(Failure::not_found(&format!(
                "such resource on the backend {backend}"
            )));
        }
        self.spec.check_request(request)?;
        state.settle(now);
        let call = Call {
            request,
            tenant: &state.tenant,
            actor: &actor,
            user: &user,
            backend,
            base: &self.base,
            explain,
        };
        // Without a wildcard: an operation that is added to the document does not compile until it
        // is served.
        let body = match request.operation {
            OperationId::OrderCreate => match ordering::check(&call) {
                Err(failures) => return self.refuse_order(state, &failures),
                Ok(checked) if request.flag("confirm") => {
                    json!({ "orderConfirmation": checked.confirmation, "status": "SUCCESS" })
                }
                Ok(checked) => {
                    let id = ordering::place(&mut state.tenant, checked, pace, now);
                    state.accept(&id, now);
                    json!({ "order": self.order(&state.tenant, &id), "status": "SUCCESS" })
                }
            },
            OperationId::OrderApprovalCreate => {
                let (body, decision) = changes::decide(&call)?;
                if let Some(id) = changes::carry_out(&mut state.tenant, decision, &actor.id, pace, now) {
                    state.accept(&id, now);
                }
                body
            }
            OperationId::ServiceAssetMove => {
                let (service, owner) = changes::plan_move(&call)?;
                state.tenant.reassign(&service, owner, now);
                let moved = state.tenant.service_assets.by_id(&service);
                moved
                    .map(|moved| self.renderer(&state.tenant).service_asset(&moved))
                    .ok_or_else(|| Failure::not_found("such service"))?
            }
            OperationId::AcknowledgementList => orders::acknowledgements(&call)?,
            OperationId::CatalogAccessoryGet => catalog::accessory(&call)?,
            OperationId::CatalogAccessoryList => catalog::accessories(&call)?,
            OperationId::CatalogDeviceGet => catalog::device(&call)?,
            OperationId::CatalogDeviceList => catalog::devices(&call)?,
            OperationId::CatalogFeatureList => catalog::features(&call),
            OperationId::CatalogPlanGet => catalog::plan(&call)?,
            OperationId::CatalogPlanList => catalog::plans(&call),
            OperationId::DeviceAssetGet => assets::device(&call)?,
            OperationId::DeviceAssetList => return assets::devices(&call),
            OperationId::DiagnosticsGet => system::diagnostics(&call),
            OperationId::EmployeeGet => people::employee(&call)?,
            OperationId::EmployeeList => return people::employees(&call),
            OperationId::ManufacturerGet => reference::manufacturer(&call)?,
            OperationId::ManufacturerList => reference::manufacturers(&call),
            OperationId::MeGet => system::me(&call),
            OperationId::ModelGet => reference::model(&call)?,
            OperationId::ModelList => reference::models(&call)?,
            OperationId::OrderGet => orders::order(&call)?,
            OperationId::OrderHistoryGet => orders::history(&call)?,
            OperationId::OrderList => return orders::orders(&call),
            OperationId::OrderPropertyList => orders::properties(&call)?,
            OperationId::OrderShipmentsGet => orders::shipments(&call)?,
            OperationId::PingGet => system::ping(&call),
            OperationId::RegionGet => reference::region(&call)?,
            OperationId::RegionList => reference::regions(&call)?,
            OperationId::ServiceAssetGet => assets::service(&call)?,
            OperationId::ServiceAssetList => return assets::services(&call),
            OperationId::VendorGet => reference::vendor(&call)?,
            OperationId::VendorList => reference::vendors(&call),
        };
        Ok(Answer::ok(body))
    }

    pub(crate) fn order(&self, tenant: &Tenant, id: &str) -> Option<Value> {
        let order = tenant.orders.by_id(id)?;
        Some(self.renderer(tenant).order(order))
    }

    fn renderer<'a>(&'a self, tenant: &'a Tenant) -> Renderer<'a> {
        Renderer {
            tenant,
            base: &self.base,
        }
    }

    fn refuse_order(&self, state: &mut State, failures: &[Failure]) -> Result<Answer, Failure> {
        match (state.settings.order_errors, failures) {
            (OrderErrors::Envelope, _) => {
                let errors: Vec<Value> = failures
                    .iter()
                    .map(|failure| failure.body(&state.occurrence()))
                    .collect();
                Ok(Answer::ok(json!({ "status": "ERROR", "errors": errors })))
            }
            (OrderErrors::ErrorBody, [first, rest @ ..]) => {
                let mut failure = first.clone();
                for other in rest {
                    failure.message.push(' ');
                    failure.message.push_str(&other.message);
                }
                Err(failure)
            }
            (OrderErrors::ErrorBody, []) => {
                Err(Failure::bad_request("400-Order-error", "The order is refused."))
            }
        }
    }
}
