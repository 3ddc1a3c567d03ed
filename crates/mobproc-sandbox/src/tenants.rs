//! Several tenants on one server, each with a state, tokens and a record of its own, so that tests
//! which run side by side do not meet.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::clock::Clock;
use crate::engine::Engine;
use crate::origin::{Origin, client_id_of};
use crate::seed::{CODE_FORM, is_code};

/// More tenants than a suite of tests has cases at once.
const MOST: usize = 1_000;

/// All tenants of a sandbox.
pub(crate) struct Tenants {
    first: Arc<Engine>,
    others: RwLock<BTreeMap<String, Arc<Engine>>>,
    origin: Arc<Origin>,
    base: String,
}

/// Why there is no such tenant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TenantError {
    #[error("{CODE_FORM}")]
    Code,
    #[error("the client id {0}, which it would have, is that of the data set's tenant")]
    Client(String),
    #[error("there are {0} tenants already; DELETE /sandbox/tenants/ID removes one")]
    TooMany(usize),
}

impl Tenants {
    /// The state of the seed's tenant is kept in the file, if there is one.
    pub(crate) fn new(origin: Origin, base: String, state_file: Option<PathBuf>) -> io::Result<Self> {
        let origin = Arc::new(origin);
        let code = origin.seed.tenant.code.clone();
        let mut first = engine(&origin, &code, &base);
        if let Some(path) = state_file {
            first = first.keep_in(path)?;
        }
        Ok(Self {
            first: Arc::new(first),
            others: RwLock::default(),
            origin,
            base,
        })
    }

    /// The tenant of the seed.
    pub(crate) fn first(&self) -> &Arc<Engine> {
        &self.first
    }

    pub(crate) fn by_code(&self, code: &str) -> Option<Arc<Engine>> {
        if code == self.first.code() {
            return Some(Arc::clone(&self.first));
        }
        self.read().get(code).cloned()
    }

    pub(crate) fn by_client_id(&self, client_id: &str) -> Option<Arc<Engine>> {
        if client_id == self.first.credentials().client_id {
            return Some(Arc::clone(&self.first));
        }
        self.read()
            .values()
            .find(|engine| engine.credentials().client_id == client_id)
            .cloned()
    }

    /// All of them, the seed's first.
    pub(crate) fn all(&self) -> Vec<Arc<Engine>> {
        let mut all = vec![Arc::clone(&self.first)];
        all.extend(self.read().values().cloned());
        all
    }

    /// Makes a tenant, if there is none of that code.
    pub(crate) fn create(&self, code: &str) -> Result<Arc<Engine>, TenantError> {
        if let Some(known) = self.by_code(code) {
            return Ok(known);
        }
        if !is_code(code) {
            return Err(TenantError::Code);
        }
        // Tokens are asked for by client, so each client is of one tenant.
        if client_id_of(code) == self.first.credentials().client_id {
            return Err(TenantError::Client(client_id_of(code)));
        }
        // Made before the others have to wait for it; if somebody was faster, theirs counts.
        let made = Arc::new(engine(&self.origin, code, &self.base));
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        if others.len() + 1 >= MOST && !others.contains_key(code) {
            return Err(TenantError::TooMany(MOST));
        }
        Ok(Arc::clone(others.entry(code.to_owned()).or_insert(made)))
    }

    /// Removes a tenant. Returns false if there is none, or if it is the seed's.
    pub(crate) fn remove(&self, code: &str) -> bool {
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        others.remove(code).is_some()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Engine>>> {
        self.others.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn engine(origin: &Arc<Origin>, code: &str, base: &str) -> Engine {
    let clock = Clock::new(Arc::clone(&origin.source));
    Engine::new(code.to_owned(), Arc::clone(origin), clock, base.to_owned())
}
