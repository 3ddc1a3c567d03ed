//! In whose name a call is made.

use std::fmt;

use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::headers;

/// The employee a call is made for, as somebody else than the authenticated user.
///
/// The authenticated user must be explicitly allowed to act for that employee. Company ids are not guaranteed
/// unique, so the Tangoe id is the more reliable.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// By the id Tangoe assigned.
    Employee(String),
    /// By the company's own id (a number, a name, an e-mail address).
    CompanyEmployee(String),
}

impl Actor {
    /// The employee with this Tangoe id.
    pub fn employee(id: impl Into<String>) -> Self {
        Self::Employee(id.into())
    }

    /// The employee with this id of the company's own.
    pub fn company_employee(id: impl Into<String>) -> Self {
        Self::CompanyEmployee(id.into())
    }

    fn header(&self) -> (HeaderName, &str) {
        match self {
            Self::Employee(id) => (headers::EMPLOYEE, id),
            Self::CompanyEmployee(id) => (headers::COMPANY_EMPLOYEE, id),
        }
    }
}

/// Which of the two, but not who.
impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Employee(_) => "Employee([personal])",
            Self::CompanyEmployee(_) => "CompanyEmployee([personal])",
        })
    }
}

/// Who asks: actor, hierarchy and troubleshooting ids. It goes with a client, and a confirmation freezes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Context {
    pub(crate) actor: Option<Actor>,
    pub(crate) hierarchy: Option<String>,
    pub(crate) activity: Option<String>,
    #[serde(skip)]
    pub(crate) correlation: Option<String>,
}

impl Context {
    /// Adds the headers of this context but the correlation id.
    pub(crate) fn write(&self, target: &mut HeaderMap) -> Result<(), Error> {
        if let Some(actor) = &self.actor {
            let (name, id) = actor.header();
            let mut value = headers::value("the actor's id", id)?;
            value.set_sensitive(true);
            target.insert(name, value);
        }
        if let Some(hierarchy) = &self.hierarchy {
            target.insert(headers::HIERARCHY, headers::value("the hierarchy id", hierarchy)?);
        }
        if let Some(activity) = &self.activity {
            target.insert(headers::ACTIVITY, headers::value("the activity id", activity)?);
        }
        Ok(())
    }
}

/// Tangoe id and company id.
pub(crate) fn split(employee: Option<Actor>) -> (Option<String>, Option<String>) {
    match employee {
        Some(Actor::Employee(id)) => (Some(id), None),
        Some(Actor::CompanyEmployee(id)) => (None, Some(id)),
        None => (None, None),
    }
}
