//! What a client needs to use a sandbox.

use crate::seed::TenantFacts;

/// What a client needs to use a sandbox. Nothing here is secret: it is printed at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// Code of the tenant.
    pub tenant: String,
    /// Id of the client application.
    pub client_id: String,
    /// Secret of the client application.
    pub client_secret: String,
    /// A user who may act for everybody.
    pub username: String,
    /// The user's password.
    pub password: String,
}

impl Credentials {
    pub(crate) fn of(facts: &TenantFacts) -> Self {
        Self {
            tenant: facts.code.clone(),
            client_id: facts.client_id.clone(),
            client_secret: facts.client_secret.clone(),
            username: facts.username.clone(),
            password: facts.password.clone(),
        }
    }
}
