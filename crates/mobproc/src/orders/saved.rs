//! A confirmation that is kept until somebody approves it.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::context::Context;

/// A confirmed order on its way to another process, made by [`Confirmed::save`](crate::Confirmed::save) and taken up again by
/// [`Orders::restore`](crate::Orders::restore).
///
/// It serializes with serde. It holds the whole order and its confirmation, personal data included, but no credentials: keep
/// it as safe as the order itself.
///
/// **It can be restored as often as it is kept, and each restored confirmation can be submitted.** Whoever keeps it has to see to
/// it that only one process takes it up: claim or delete it before it is submitted.
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
    /// Over all the others, so that an order edited on the way is not taken for the confirmed one. No signature: it finds accidents,
    /// not forgers.
    pub(crate) checksum: String,
}

impl SavedConfirmation {
    pub(crate) fn sum(&self) -> String {
        let context = serde_json::to_string(&self.context).unwrap_or_default();
        let mut digest = Sha256::new();
        for part in [
            &self.base_url,
            &self.tenant,
            &context,
            &self.order,
            &self.confirmation,
        ] {
            // The length keeps parts apart.
            digest.update(part.len().to_be_bytes());
            digest.update(part.as_bytes());
        }
        digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
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
