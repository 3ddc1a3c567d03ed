//! Who asks, and how far a call may go.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

use super::headers;
use crate::error::Error;
use crate::retry::RetryPolicy;

/// An employee, by one of the two ids an employee has.
///
/// As the actor of a client ([`Client::acting_for`](crate::Client::acting_for)), the authenticated
/// user must be explicitly allowed to act for that employee. Company ids are not guaranteed unique,
/// so the Tangoe id is the more reliable. It goes as a header, which holds only ASCII characters: an
/// employee whose company id has others, such as `Ärger`, acts by Tangoe id.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmployeeRef {
    /// The id Tangoe assigned.
    TangoeId(String),
    /// The company's own id (a number, a name, an e-mail address).
    CompanyId(String),
}

impl EmployeeRef {
    /// The employee with this id, which Tangoe assigned.
    pub fn tangoe_id(id: impl Into<String>) -> Self {
        Self::TangoeId(id.into())
    }

    /// The employee with this id of the company's own.
    pub fn company_id(id: impl Into<String>) -> Self {
        Self::CompanyId(id.into())
    }

    fn header(&self) -> (HeaderName, &str) {
        match self {
            Self::TangoeId(id) => (headers::EMPLOYEE, id),
            Self::CompanyId(id) => (headers::COMPANY_EMPLOYEE, id),
        }
    }
}

/// That a text names no employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("names nobody")]
pub struct NoEmployee;

/// A company id, or `id:` and a Tangoe id, as the program and its spreadsheets take an employee.
impl FromStr for EmployeeRef {
    type Err = NoEmployee;

    fn from_str(text: &str) -> Result<Self, NoEmployee> {
        match text.strip_prefix("id:") {
            Some("") => Err(NoEmployee),
            Some(id) => Ok(Self::tangoe_id(id)),
            None if text.trim().is_empty() => Err(NoEmployee),
            None => Ok(Self::company_id(text)),
        }
    }
}

/// Which of the two ids, but not whose.
impl fmt::Debug for EmployeeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TangoeId(_) => "TangoeId([personal])",
            Self::CompanyId(_) => "CompanyId([personal])",
        })
    }
}

/// Tangoe id and company id.
pub(crate) fn split(employee: Option<&EmployeeRef>) -> (Option<&str>, Option<&str>) {
    match employee {
        Some(EmployeeRef::TangoeId(id)) => (Some(id), None),
        Some(EmployeeRef::CompanyId(id)) => (None, Some(id)),
        None => (None, None),
    }
}

/// In whose name a call is made. What is saved keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    pub(crate) actor: Option<EmployeeRef>,
    pub(crate) hierarchy: Option<String>,
    pub(crate) activity: Option<String>,
}

/// Everything about calls that a handle of the client can set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    pub(crate) identity: Identity,
    pub(crate) correlation: Option<String>,
    pub(crate) timeout: Option<Duration>,
    /// What has a body does not leave after that.
    pub(crate) send_by: Option<SystemTime>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) headers: HeaderMap,
}

impl Context {
    /// Adds the headers of this context but the correlation id.
    pub(crate) fn write(&self, target: &mut HeaderMap) -> Result<(), Error> {
        for (name, value) in &self.headers {
            target.append(name, value.clone());
        }
        let Identity {
            actor,
            hierarchy,
            activity,
        } = &self.identity;
        if let Some(actor) = actor {
            let (name, id) = actor.header();
            let mut value = headers::value("the actor's id", id)?;
            value.set_sensitive(true);
            target.insert(name, value);
        }
        if let Some(hierarchy) = hierarchy {
            target.insert(headers::HIERARCHY, headers::value("the hierarchy id", hierarchy)?);
        }
        if let Some(activity) = activity {
            target.insert(headers::ACTIVITY, headers::value("the activity id", activity)?);
        }
        Ok(())
    }
}
