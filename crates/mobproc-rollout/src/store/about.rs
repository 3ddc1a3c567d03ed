//! What a rollout is about, how far it is, and who agreed to it.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use mobproc::EmployeeRef;
use serde::{Deserialize, Serialize};

/// Where the journal of a rollout is.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there are these two engines")]
pub enum Location {
    /// An SQLite file of its own: one program at a time works on it.
    File(PathBuf),
    /// A PostgreSQL database, where rollouts have names: any number of workers, on any machines.
    Server {
        /// Where, such as `postgres://user@host/database`.
        url: String,
        /// Which rollout.
        name: String,
    },
}

/// The URL may hold a password.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Server { name, .. } => f
                .debug_struct("Server")
                .field("name", name)
                .finish_non_exhaustive(),
        }
    }
}

/// What a rollout is about. It never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct About {
    /// Tells it from every other, whatever it is called.
    pub uid: String,
    /// By what its orders get their numbers, with tenant and row: empty unless it was named.
    pub series: String,
    /// The server, as [`mobproc::Client::server_name`] spells it.
    pub server: String,
    /// The tenant.
    pub tenant: String,
    /// The hierarchy it was planned in.
    pub hierarchy: Option<String>,
    /// In whose name rows are ordered that do not say; nothing for the account's own.
    pub acting_for: Option<EmployeeRef>,
    /// Whose credentials it was planned with, where that is a name.
    pub account: Option<String>,
    /// The name of the sheet.
    pub sheet: String,
    /// Its worksheet.
    pub worksheet: Option<String>,
    /// SHA-256 of the sheet.
    pub sheet_hash: String,
    /// Its headings.
    pub headings: Vec<String>,
    /// What stands in every order that the sheet does not say otherwise, as JSON.
    pub base: String,
    /// When it was planned.
    pub planned: DateTime<Utc>,
    /// By whom.
    pub planned_by: String,
    /// Whether whoever applies it has to be another than whoever approved it.
    pub four_eyes: bool,
}

impl About {
    /// What a rollout of a client's tenant is about.
    #[must_use]
    pub fn new(client: &mobproc::Client, sheet: &crate::sheet::Sheet, planned_by: &str) -> Self {
        let name = sheet.path().file_name().unwrap_or_default();
        Self {
            uid: uuid::Uuid::new_v4().to_string(),
            series: String::new(),
            server: client.server_name().to_owned(),
            tenant: client.tenant().to_owned(),
            hierarchy: None,
            acting_for: None,
            account: None,
            sheet: name.to_string_lossy().into_owned(),
            worksheet: sheet.worksheet().map(str::to_owned),
            sheet_hash: sheet.hash().to_owned(),
            headings: Vec::new(),
            base: "{}".to_owned(),
            planned: Utc::now(),
            planned_by: planned_by.to_owned(),
            four_eyes: false,
        }
    }

    /// Where its numbers are unique.
    pub(crate) fn scope(&self) -> String {
        format!("{} {}", self.server.trim_end_matches('/'), self.tenant.trim())
    }
}

/// How far a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// The sheet is being read.
    Reading,
    /// Its orders are being confirmed.
    Pricing,
    /// It can be approved.
    Planned,
    /// It is approved, and can be applied.
    Approved,
    /// Somebody has begun to apply it.
    Begun,
}

impl Stage {
    pub(super) const ALL: [Self; 5] = [
        Self::Reading,
        Self::Pricing,
        Self::Planned,
        Self::Approved,
        Self::Begun,
    ];

    /// The name, for tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Pricing => "pricing",
            Self::Planned => "planned",
            Self::Approved => "approved",
            Self::Begun => "begun",
        }
    }
}

/// That somebody agreed to what a rollout orders and costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Approval {
    /// When.
    pub at: DateTime<Utc>,
    /// Who, by the name on the machine.
    pub by: String,
    /// Who, as the server knows them: the employee's id, where it tells.
    pub employee: Option<String>,
    /// How many orders.
    pub orders: u64,
    /// What they cost together.
    pub total: String,
}
