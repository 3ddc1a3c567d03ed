//! What a tenant begins with, and comes back to.

use std::time::Duration;

use crate::backend::Backend;
use crate::clock::{Clock, Source};
use crate::fault::Rule;
use crate::population::Population;
use crate::scenario::Scenario;
use crate::seed::Seed;
use crate::state::{Settings, State};
use crate::tenant::Tenant;
use crate::tokens::Tokens;

/// What every tenant begins with.
pub(crate) struct Origin {
    pub(crate) seed: Seed,
    pub(crate) employees: usize,
    pub(crate) population_seed: u64,
    pub(crate) rules: Vec<Rule>,
    pub(crate) settings: Settings,
    pub(crate) token_lifetime: Duration,
    pub(crate) source: Source,
    pub(crate) scenario: Scenario,
}

impl Origin {
    /// The state at the beginning. A tenant other than the seed's has credentials of its own, made
    /// from its code.
    pub(crate) fn state(&self, code: &str, clock: &Clock) -> State {
        let mut seed = self.seed.clone();
        if code != seed.tenant.code {
            seed.tenant.client_id = client_id_of(code);
            seed.tenant.client_secret = format!("{code}-secret");
            code.clone_into(&mut seed.tenant.code);
        }
        // Each source system has users of its own.
        let facts = &mut seed.tenant;
        if self.settings.backend == Backend::Rivermine
            && let Some(name) = facts.username.strip_prefix("command://")
        {
            facts.username = format!("rivermine://{name}");
        }
        let people = Population::new(&seed, self.employees, self.population_seed);
        let mut tenant = Tenant::new(seed);
        tenant.add_people(people);
        let tokens = Tokens::new(self.token_lifetime);
        let mut state = State::new(tenant, tokens, self.rules.clone(), self.settings.clone());
        self.scenario
            .apply(&mut state, clock)
            .expect("it was read as a scenario, and nothing else adds so many faults or scripts");
        state
    }
}

/// The client application of a tenant that was made.
pub(crate) fn client_id_of(code: &str) -> String {
    format!("{code}-client")
}
