//! A confirmation that is kept until somebody approves it.

use serde::{Deserialize, Serialize};

use crate::context::Context;

/// A confirmed order on its way to another process, made by [`Confirmed::save`](crate::Confirmed::save) and taken up again by
/// [`Orders::restore`](crate::Orders::restore).
///
/// It serializes with serde. It holds the whole order and its confirmation, personal data included, but no credentials: keep
/// it as safe as the order itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedConfirmation {
    /// Changes when the meaning of the rest does.
    pub(crate) version: u32,
    pub(crate) base_url: String,
    pub(crate) tenant: String,
    pub(crate) context: Context,
    /// The bytes that were confirmed, as they were sent.
    pub(crate) order: String,
    /// The server's answer, as it came.
    pub(crate) confirmation: String,
}

pub(crate) const VERSION: u32 = 1;

/// For whom it is, but not what is in it.
impl std::fmt::Debug for SavedConfirmation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavedConfirmation")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
