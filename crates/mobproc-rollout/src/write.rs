//! A write, as it is added to the journal and as it stands there.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::state::Entry;

/// What kind of write it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WriteKind {
    /// An order.
    Order,
    /// An approval or a rejection of an order.
    Approval,
    /// A line that is given to another employee.
    Move,
    /// Any other write.
    Raw,
}

impl WriteKind {
    pub(crate) const ALL: [Self; 4] = [Self::Order, Self::Approval, Self::Move, Self::Raw];

    /// The name of the kind, for tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Approval => "approval",
            Self::Move => "move",
            Self::Raw => "raw",
        }
    }
}

/// Whom a write is for: numbers are unique within it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scope {
    /// Base URL of the API.
    pub base_url: String,
    /// The tenant.
    pub tenant: String,
}

impl Scope {
    /// The scope of a server and a tenant.
    pub fn new(base_url: impl Into<String>, tenant: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            tenant: tenant.into(),
        }
    }
}

/// A write to be added to the journal.
#[derive(Clone)]
#[non_exhaustive]
pub struct NewWrite {
    pub(crate) kind: WriteKind,
    pub(crate) scope: Scope,
    pub(crate) number: String,
    pub(crate) content: String,
    pub(crate) fingerprint: String,
    pub(crate) summary: String,
}

impl NewWrite {
    /// A write that is found again by its number: an external order number, or the name of what it
    /// changes. The content is whatever is needed to send it and to look for it, with personal
    /// data, without secrets.
    pub fn new(kind: WriteKind, scope: Scope, number: impl Into<String>, content: impl Into<String>) -> Self {
        let content = content.into();
        Self {
            kind,
            scope,
            number: number.into(),
            fingerprint: fingerprint(&content),
            content,
            summary: String::new(),
        }
    }

    /// Sets by what it is told whether two writes of one number are the same. Defaults to the
    /// content.
    #[must_use]
    pub fn identified_by(mut self, what: &str) -> Self {
        self.fingerprint = fingerprint(what);
        self
    }

    /// Sets a line for people, without personal data.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }
}

/// Neither content nor number: they may be personal.
impl fmt::Debug for NewWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewWrite")
            .field("kind", &self.kind)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// A write in the journal.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Write {
    /// Unique in the journal.
    pub id: String,
    /// What kind of write.
    pub kind: WriteKind,
    /// Whom it is for.
    pub scope: Scope,
    /// What it is found by.
    pub number: String,
    /// Where it stands.
    pub entry: Entry,
    /// Whatever is needed to send it and to look for it.
    pub content: String,
    /// By what it is told from another of the same number (SHA-256).
    pub fingerprint: String,
    /// A line for people.
    pub summary: String,
    /// When it was added.
    pub added: DateTime<Utc>,
    /// When the last attempt to send it began.
    pub began: Option<DateTime<Utc>>,
    /// What became of it: such as the order's id.
    pub result: Option<String>,
}

impl Write {
    /// Whether it is the write that [`NewWrite::identified_by`] identifies by this.
    #[must_use]
    pub fn is_identified_by(&self, what: &str) -> bool {
        self.fingerprint == fingerprint(what)
    }
}

/// Everything but content, number and summary.
impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

/// A change of state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// The state it had.
    pub from: String,
    /// The state it got.
    pub to: String,
    /// The attempt it is about.
    pub attempt: u32,
    /// Who made it.
    pub who: String,
    /// Why.
    pub why: String,
}

fn fingerprint(content: &str) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
