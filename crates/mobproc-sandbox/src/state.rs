//! Everything about one tenant that changes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::answer::Failure;
use crate::backend::Backend;
use crate::deviation::Deviation;
use crate::fault::{FaultError, Rule};
use crate::orders::{Pace, PlacedOrder, Stage};
use crate::record::Record;
use crate::replay::{Key, Recording};
use crate::request::Request;
use crate::script::{Script, ScriptError};
use crate::seed::Employee;
use crate::tenant::Tenant;
use crate::tokens::Tokens;

/// In which form an order that breaks the rules is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OrderErrors {
    /// HTTP 400 with the documented error body.
    #[default]
    ErrorBody,
    /// HTTP 200 with `status: ERROR` and a list of errors, as prose promises without showing it.
    Envelope,
}

/// When an order takes its effect: a line suspended, moved, replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Effects {
    /// When it is completed.
    #[default]
    OnCompletion,
    /// When it is placed, or approved if somebody has to.
    OnPlacement,
}

/// What can be set.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) backend: Backend,
    pub(crate) order_errors: OrderErrors,
    pub(crate) pace: Pace,
    /// How many requests are remembered.
    pub(crate) keep: usize,
    /// Refuse what is not as documented.
    pub(crate) strict: bool,
    pub(crate) effects: Effects,
    /// Say what is hidden from the actor.
    pub(crate) explain: bool,
    /// Be otherwise than the document says.
    pub(crate) deviations: Arc<[Deviation]>,
    /// Answer from it where it has an answer.
    pub(crate) recording: Arc<Recording>,
}

/// More faults or scripts than anybody means to have at once.
pub(crate) const MOST: usize = 10_000;

/// Everything about one tenant that changes.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) tenant: Tenant,
    pub(crate) tokens: Tokens,
    pub(crate) rules: Vec<Rule>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) record: Record,
    pub(crate) occurrences: u32,
    /// Answers by operation and status, since the start.
    pub(crate) counts: BTreeMap<(&'static str, u16), u64>,
    /// How often the recording was asked for the same.
    pub(crate) replayed: HashMap<Key, usize>,
}

impl State {
    pub(crate) fn new(tenant: Tenant, tokens: Tokens, rules: Vec<Rule>, settings: Settings) -> Self {
        Self {
            tenant,
            tokens,
            rules,
            scripts: Vec::new(),
            record: Record::new(settings.keep),
            settings,
            occurrences: 0,
            counts: BTreeMap::new(),
            replayed: HashMap::new(),
        }
    }

    /// Becomes another state, with the tokens of this one, which stay valid although the time is
    /// another.
    pub(crate) fn become_another(&mut self, other: Self, from: DateTime<Utc>, to: DateTime<Utc>) {
        let mut tokens = self.tokens.clone();
        tokens.set_lifetime(other.tokens.lifetime());
        tokens.move_to(from, to);
        *self = Self { tokens, ..other };
        self.record.keep(self.settings.keep);
    }

    /// Whether so many faults and scripts more can be added.
    pub(crate) fn has_room(&self, rules: usize, scripts: usize) -> bool {
        self.rules.len() + rules <= MOST && self.scripts.len() + scripts <= MOST
    }

    /// Adds a fault, unless it makes no sense.
    pub(crate) fn add_rule(&mut self, rule: Rule) -> Result<(), FaultError> {
        rule.check()?;
        // Those that have struck as often as they could are done with.
        self.rules.retain(|rule| rule.times != Some(0));
        if self.rules.len() >= MOST {
            return Err(FaultError::TooMany(MOST));
        }
        self.rules.push(rule);
        Ok(())
    }

    /// Adds a script, unless it makes no sense.
    pub(crate) fn add_script(&mut self, script: Script) -> Result<(), ScriptError> {
        script.check()?;
        if self.scripts.len() >= MOST {
            return Err(ScriptError::TooMany(MOST));
        }
        self.scripts.push(script);
        Ok(())
    }

    /// Lets the time that went by take its effect.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) {
        for (id, at) in self.tenant.orders.settle(self.settings.pace, now) {
            self.tenant.take_effect(&id, at);
        }
    }

    /// Moves an order one step on. Returns false if there is no such order or no further step.
    pub(crate) fn advance(&mut self, id: &str, now: DateTime<Utc>) -> bool {
        self.settle(now);
        let orders = &mut self.tenant.orders;
        let moved = orders.advance(id, self.settings.pace, now);
        if orders
            .by_id(id)
            .is_some_and(|order| order.stage == Stage::Completed)
        {
            self.tenant.take_effect(id, now);
        }
        moved
    }

    /// Lets an order take its effect that nobody has to approve any more, if that is when.
    pub(crate) fn accept(&mut self, id: &str, now: DateTime<Utc>) {
        let is_free = |order: &PlacedOrder| order.stage == Stage::Submitted && !order.needs_approval;
        if self.settings.effects == Effects::OnPlacement && self.tenant.orders.by_id(id).is_some_and(is_free)
        {
            self.tenant.take_effect(id, now);
        }
    }

    /// Five letters that name one failure.
    pub(crate) fn occurrence(&mut self) -> String {
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
    pub(crate) fn admit(
        &self,
        request: &Request,
        now: DateTime<Utc>,
    ) -> Result<(Employee, Employee), Failure> {
        let facts = &self.tenant.facts;
        let authorization = request.header("authorization");
        let token = authorization
            .as_deref()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
            .map(|(_, token)| token);
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
        let user = self
            .tenant
            .employees
            .by_id(&facts.user_employee_id)
            .map(Cow::into_owned);
        let user = user.ok_or_else(|| Failure::forbidden("403-User-error", "The user is no employee."))?;
        let actor = self.actor(request, &user)?;
        // The hierarchies of this tenant go by its departments. Ours: none is published.
        if let Some(id) = request.header("X-TNGO-CONTEXT-HIERARCHYID")
            && self.tenant.departments.by_id(&id).is_none()
        {
            return Err(Failure::bad_request(
                "400-Context-error",
                "The header X-TNGO-CONTEXT-HIERARCHYID names no hierarchy.",
            ));
        }
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
        let why = match (&employee, self.settings.explain) {
            (Some(_), true) => "You may not act for this employee: the user is no service account.",
            (None, true) => "You may not act for this employee: there is none of that id.",
            (_, false) => "You may not act for this employee.",
        };
        employee
            .filter(|_| user.service_account)
            .map(Cow::into_owned)
            .ok_or_else(|| Failure::forbidden("403-Context-error", why))
    }
}
