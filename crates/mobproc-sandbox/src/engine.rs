//! The one place where requests meet the tenant: who may ask, what it changes, what is remembered.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use mobproc_api::OperationId;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::backend::Backend;
use crate::call::Call;
use crate::changes;
use crate::fault::{Fault, Rule};
use crate::lookups::{assets, catalog, orders, people, reference, system};
use crate::ordering;
use crate::record::{Outcome, Received};
use crate::render::Renderer;
use crate::request::Request;
use crate::seed::Employee;
use crate::spec::Spec;
use crate::tenant::Tenant;
use crate::tokens::{TokenRequest, Tokens};

/// In which form an order that breaks the rules is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OrderErrors {
    /// HTTP 400 with the documented error body.
    #[default]
    ErrorBody,
    /// HTTP 200 with `status: ERROR` and a list of errors, as prose promises without showing it.
    Envelope,
}

/// What was set when the sandbox was started.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) backend: Backend,
    pub(crate) order_errors: OrderErrors,
    pub(crate) approval_after: Duration,
    pub(crate) ship_after: Option<Duration>,
    /// Remember requests; a load test may not want to.
    pub(crate) recording: bool,
    /// Where the time comes from.
    pub(crate) clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("backend", &self.backend)
            .field("order_errors", &self.order_errors)
            .finish_non_exhaustive()
    }
}

/// Everything behind the HTTP.
pub(crate) struct Engine {
    spec: &'static Spec,
    pub(crate) settings: Settings,
    base: String,
    state: Mutex<State>,
}

struct State {
    tenant: Tenant,
    tokens: Tokens,
    rules: Vec<Rule>,
    scripts: HashMap<&'static str, VecDeque<(u16, Value)>>,
    record: Vec<Received>,
    /// How many requests were forgotten because recording is off or was cleared.
    forgotten: usize,
    occurrences: u32,
}

impl Engine {
    pub(crate) fn new(
        tenant: Tenant,
        tokens: Tokens,
        rules: Vec<Rule>,
        settings: Settings,
        base: String,
    ) -> Self {
        Self {
            spec: Spec::load(),
            settings,
            base,
            state: Mutex::new(State {
                tenant,
                tokens,
                rules,
                scripts: HashMap::new(),
                record: Vec::new(),
                forgotten: 0,
                occurrences: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half-changed where it could panic, so what a panic left behind is sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.settings.clock)()
    }

    pub(crate) fn spec(&self) -> &Spec {
        self.spec
    }

    pub(crate) fn with_tenant<T>(&self, look: impl FnOnce(&mut Tenant) -> T) -> T {
        look(&mut self.state().tenant)
    }

    pub(crate) fn with_tokens<T>(&self, look: impl FnOnce(&mut Tokens) -> T) -> T {
        look(&mut self.state().tokens)
    }

    pub(crate) fn with_rules<T>(&self, look: impl FnOnce(&mut Vec<Rule>) -> T) -> T {
        look(&mut self.state().rules)
    }

    pub(crate) fn record(&self) -> Vec<Received> {
        self.state().record.clone()
    }

    /// The last requests, each with its number: counted from the start.
    pub(crate) fn last_received(&self, most: usize) -> Vec<(usize, Received)> {
        let state = self.state();
        let skipped = state.record.len().saturating_sub(most);
        let first = state.forgotten + skipped;
        (first..)
            .zip(state.record.iter().skip(skipped).cloned())
            .collect()
    }

    pub(crate) fn clear_record(&self) {
        let mut state = self.state();
        state.forgotten += state.record.len();
        state.record.clear();
    }

    fn script(&self, operation: &'static str, status: u16, body: Value) {
        self.state()
            .scripts
            .entry(operation)
            .or_default()
            .push_back((status, body));
    }

    /// As [`script`](Self::script), for an operation named at run time. False if there is none.
    pub(crate) fn script_named(&self, operation: &str, status: u16, body: Value) -> bool {
        let id = match operation {
            "token_create" => "token_create",
            "token_validate" => "token_validate",
            other => match OperationId::from_name(other) {
                Some(operation) => operation.as_str(),
                None => return false,
            },
        };
        self.script(id, status, body);
        true
    }

    pub(crate) fn orders(&self) -> Vec<Value> {
        self.last_orders(usize::MAX)
    }

    pub(crate) fn last_orders(&self, most: usize) -> Vec<Value> {
        self.with_tenant(|tenant| {
            let all = tenant.orders.all();
            let skipped = all.len().saturating_sub(most);
            let ids: Vec<String> = all.iter().skip(skipped).map(|order| order.id.clone()).collect();
            ids.iter().filter_map(|id| self.order(tenant, id)).collect()
        })
    }

    /// Moves an order one step on. False if there is no such order or no further step.
    pub(crate) fn advance(&self, id: &str) -> bool {
        let now = self.now();
        self.with_tenant(|tenant| {
            tenant
                .orders
                .by_id_mut(id)
                .is_some_and(|order| order.finish_step(now))
        })
    }

    /// The next answer that was scripted for an operation: any status, any JSON.
    pub(crate) fn scripted(&self, operation: &str) -> Option<Answer> {
        let (status, body) = self.state().scripts.get_mut(operation)?.pop_front()?;
        Some(Answer {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: if body.is_null() { json!({}) } else { body },
        })
    }

    /// Remembers a request; the number is for [`conclude`](Self::conclude).
    pub(crate) fn receive(&self, received: Received) -> usize {
        let mut state = self.state();
        if self.settings.recording {
            state.record.push(received);
            state.forgotten + state.record.len() - 1
        } else {
            state.forgotten += 1;
            state.forgotten - 1
        }
    }

    /// Remembers what a request was answered.
    pub(crate) fn remember_answer(&self, number: usize, answer: &Value) {
        if !self.settings.recording {
            return;
        }
        let mut state = self.state();
        let place = number.checked_sub(state.forgotten);
        if let Some(received) = place.and_then(|place| state.record.get_mut(place)) {
            received.answer = Some(answer.clone());
        }
    }

    pub(crate) fn conclude(&self, number: usize, outcome: Outcome) {
        let mut state = self.state();
        let place = number.checked_sub(state.forgotten);
        if let Some(received) = place.and_then(|place| state.record.get_mut(place)) {
            received.outcome = outcome;
        }
    }

    pub(crate) fn fault(&self, operation: &str) -> Option<Fault> {
        self.state()
            .rules
            .iter_mut()
            .find_map(|rule| rule.strikes(operation).then(|| rule.fault.clone()))
    }

    pub(crate) fn fail(&self, failure: &Failure) -> Answer {
        let occurrence = self.state().occurrence();
        Answer {
            status: failure.status,
            body: failure.body(&occurrence),
        }
    }

    pub(crate) fn token(&self, operation: &str, query: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
        let request = TokenRequest::read(query, headers, body);
        let mut state = self.state();
        let State { tenant, tokens, .. } = &mut *state;
        match operation {
            "token_create" => tokens.grant(&tenant.facts, &request, self.now()),
            _ => tokens.validate(&tenant.facts, &request, self.now()),
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
        let now = self.now();
        let (user, actor) = state.admit(request, now)?;
        if !self.settings.backend.serves(request.operation) {
            return Err(Failure::not_found(&format!(
                "such resource on the backend {}",
                self.settings.backend
            )));
        }
        self.spec.check_request(request)?;
        changes::settle(
            &mut state.tenant,
            self.settings.approval_after,
            self.settings.ship_after,
            now,
        );
        let call = Call {
            request,
            tenant: &state.tenant,
            actor: &actor,
            user: &user,
            backend: self.settings.backend,
            base: &self.base,
        };
        // Without a wildcard: an operation that is added to the document does not compile until it
        // is served.
        let body = match request.operation {
            OperationId::OrderCreate => match ordering::check(&call) {
                Err(failures) => return self.refuse_order(&mut state, &failures),
                Ok(checked) if request.flag("confirm") => {
                    json!({ "orderConfirmation": checked.confirmation, "status": "SUCCESS" })
                }
                Ok(checked) => {
                    let id = ordering::place(&mut state.tenant, checked, now);
                    json!({ "order": self.order(&state.tenant, &id), "status": "SUCCESS" })
                }
            },
            OperationId::OrderApprovalCreate => {
                let (body, decision) = changes::decide(&call)?;
                changes::carry_out(&mut state.tenant, decision, &actor.id, now);
                body
            }
            OperationId::ServiceAssetMove => {
                let (service, owner) = changes::plan_move(&call)?;
                state.tenant.reassign(&service, owner, now);
                let renderer = Renderer {
                    tenant: &state.tenant,
                    base: &self.base,
                };
                let moved = state.tenant.service_assets.by_id(&service);
                moved
                    .map(|moved| renderer.service_asset(moved))
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
        let renderer = Renderer {
            tenant,
            base: &self.base,
        };
        tenant.orders.by_id(id).map(|order| renderer.order(order))
    }

    fn refuse_order(&self, state: &mut State, failures: &[Failure]) -> Result<Answer, Failure> {
        match (self.settings.order_errors, failures) {
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

impl State {
    /// Five letters that name one failure.
    fn occurrence(&mut self) -> String {
        self.occurrences = self.occurrences.wrapping_add(1);
        let mut number = self.occurrences;
        let mut letters = ['a'; 5];
        for letter in letters.iter_mut().rev() {
            *letter = char::from_u32('a' as u32 + number % 26).unwrap_or('a');
            number /= 26;
        }
        letters.iter().collect()
    }

    /// Lets a request in, or says why not: token, client, tenant, context.
    fn admit(&self, request: &Request, now: DateTime<Utc>) -> Result<(Employee, Employee), Failure> {
        let facts = &self.tenant.facts;
        let authorization = request.header("authorization");
        let token = authorization
            .as_deref()
            .and_then(|value| value.strip_prefix("Bearer "));
        let Some(token) = token else {
            return Err(Failure::unauthorized(
                "An access token must be passed in as Authorization: Bearer.",
            ));
        };
        if !self.tokens.is_valid(token.trim(), now) {
            return Err(Failure::unauthorized(
                "The access token is unknown or has expired.",
            ));
        }
        for (name, expected) in [("X-TNGO-TENANT", &facts.code), ("client_id", &facts.client_id)] {
            match request.header(name) {
                None => {
                    return Err(Failure::bad_request(
                        "400-Header-error",
                        format!("The header {name} must be passed in."),
                    ));
                }
                Some(value) if value != expected.as_str() => {
                    return Err(Failure::forbidden(
                        "403-Header-error",
                        format!("The header {name} names nothing you may use."),
                    ));
                }
                Some(_) => {}
            }
        }
        let user = self.tenant.employees.by_id(&facts.user_employee_id).cloned();
        let user = user.ok_or_else(|| Failure::forbidden("403-User-error", "The user is no employee."))?;
        let actor = self.actor(request, &user)?;
        Ok((user, actor))
    }

    /// The employee in context: the Tangoe id wins over the company's own, else it is the user.
    fn actor(&self, request: &Request, user: &Employee) -> Result<Employee, Failure> {
        let employee = match (
            request.header("X-TNGO-CONTEXT-EMPLOYEEID"),
            request.header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID"),
        ) {
            (Some(id), _) => self.tenant.employees.by_id(&id),
            (None, Some(id)) => self.tenant.employee_by_company_id(&id),
            (None, None) => return Ok(user.clone()),
        };
        // Whether somebody is unknown or just not yours to act for is not told apart.
        employee
            .filter(|_| user.service_account)
            .cloned()
            .ok_or_else(|| Failure::forbidden("403-Context-error", "You may not act for this employee."))
    }
}
