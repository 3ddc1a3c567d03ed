//! Faults, scripts, clock and settings in one file.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mobproc_api::types::Amount;
use serde::{Deserialize, Deserializer};

use crate::clock::Clock;
use crate::fault::{FaultError, Rule};
use crate::script::{Script, ScriptError};
use crate::state::{Effects, MOST, OrderErrors, State};

/// What is to happen: faults, scripts, the clock and settings.
///
/// As JSON, for `--scenario` and `POST /sandbox/scenario`:
///
/// ```
/// use mobproc_sandbox::Scenario;
///
/// let scenario: Scenario = r#"{
///     "faults": ["order_create:drop-after x1"],
///     "scripts": [{ "operation": "order_get", "status": 404 }],
///     "clock": { "now": "2030-02-04T09:00:00Z", "stopped": true },
///     "settings": { "shipAfter": 60, "approvalAbove": 100 }
/// }"#.parse()?;
/// # Ok::<(), mobproc_sandbox::ScenarioError>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scenario {
    faults: Vec<String>,
    scripts: Vec<Script>,
    clock: ClockChange,
    settings: SettingsChange,
}

/// The time to show, and whether it goes on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClockChange {
    now: Option<DateTime<Utc>>,
    stopped: Option<bool>,
}

/// Settings that can be changed while it runs. What is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SettingsChange {
    /// Seconds an order that needs approval stays submitted before it waits for approval.
    pub approval_after: Option<u64>,
    /// Seconds an order that needs no approval takes from each step to the next; null if it moves
    /// by hand only.
    #[serde(deserialize_with = "given")]
    pub ship_after: Option<Option<u64>>,
    /// One-time cost above which an order waits for approval.
    pub approval_above: Option<Amount>,
    /// In which form orders are refused.
    pub order_errors: Option<OrderErrors>,
    /// Seconds that tokens live which are given out from now on.
    pub token_lifetime: Option<u64>,
    /// How many requests are remembered.
    pub keep: Option<usize>,
    /// Refuse what is not as documented.
    pub strict: Option<bool>,
    /// When orders take their effect that are placed from now on.
    pub effects: Option<Effects>,
    /// Say what is hidden from the actor.
    pub explain: Option<bool>,
}

/// Why a scenario is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// It is not JSON of this form; the error says in which line.
    #[error("the scenario cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// There would be more faults or scripts than can be.
    #[error("with the scenario there would be more than {0} faults or scripts")]
    TooMany(usize),
    /// A fault makes no sense.
    #[error("fault {number} of the scenario: {error}")]
    Fault {
        /// Its place in the list, from 1.
        number: usize,
        /// What is wrong.
        error: FaultError,
    },
    /// A script makes no sense.
    #[error("script {number} of the scenario: {error}")]
    Script {
        /// Its place in the list, from 1.
        number: usize,
        /// What is wrong.
        error: ScriptError,
    },
}

impl std::str::FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
        scenario.rules()?;
        for (script, number) in scenario.scripts.iter().zip(1..) {
            script
                .check()
                .map_err(|error| ScenarioError::Script { number, error })?;
        }
        Ok(scenario)
    }
}

impl Scenario {
    fn rules(&self) -> Result<Vec<Rule>, ScenarioError> {
        let rules = self.faults.iter().zip(1..).map(|(text, number)| {
            text.parse()
                .map_err(|error| ScenarioError::Fault { number, error })
        });
        rules.collect()
    }

    /// Whether it can come true where there are this many faults already.
    pub(crate) fn fits(&self, rules: usize) -> bool {
        self.faults.len() + rules <= MOST && self.scripts.len() <= MOST
    }

    /// Lets it come true: all of it, or nothing.
    pub(crate) fn apply(&self, state: &mut State, clock: &Clock) -> Result<(), ScenarioError> {
        let rules = self.rules()?;
        if !state.has_room(rules.len(), self.scripts.len()) {
            return Err(ScenarioError::TooMany(MOST));
        }
        for (rule, number) in rules.into_iter().zip(1..) {
            state
                .add_rule(rule)
                .map_err(|error| ScenarioError::Fault { number, error })?;
        }
        for (script, number) in self.scripts.iter().zip(1..) {
            state
                .add_script(script.clone())
                .map_err(|error| ScenarioError::Script { number, error })?;
        }
        self.clock.apply(clock);
        self.settings.apply(state, clock);
        Ok(())
    }
}

impl ClockChange {
    pub(crate) fn apply(&self, clock: &Clock) {
        match self.stopped {
            Some(true) => clock.stop(),
            Some(false) => clock.resume(),
            None => {}
        }
        if let Some(now) = self.now {
            clock.set(now);
        }
    }
}

impl SettingsChange {
    pub(crate) fn apply(&self, state: &mut State, clock: &Clock) {
        // What was due until now came at the old pace.
        state.settle(clock.now());
        let settings = &mut state.settings;
        if let Some(seconds) = self.approval_after {
            settings.pace.approval_after = Duration::from_secs(seconds);
        }
        if let Some(seconds) = self.ship_after {
            settings.pace.ship_after = seconds.map(Duration::from_secs);
        }
        if let Some(form) = self.order_errors {
            settings.order_errors = form;
        }
        if let Some(strict) = self.strict {
            settings.strict = strict;
        }
        if let Some(explain) = self.explain {
            settings.explain = explain;
        }
        if let Some(effects) = self.effects {
            settings.effects = effects;
        }
        if let Some(keep) = self.keep {
            settings.keep = keep;
        }
        state.tenant.orders.set_pace(settings.pace);
        state.record.keep(settings.keep);
        if let Some(above) = &self.approval_above {
            state.tenant.facts.approval_above = above.to_string();
        }
        if let Some(seconds) = self.token_lifetime {
            state.tokens.set_lifetime(Duration::from_secs(seconds));
        }
    }
}

/// Tells a null from what is absent.
#[allow(clippy::option_option)]
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}
