//! The systems behind the API, where they differ (reference section "source systems" of the
//! documentation).

use std::fmt;
use std::str::FromStr;

use mobproc_api::OperationId;
use serde_json::{Value, json};

use crate::render::set;

/// Which system the sandbox plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// Premium Mobile, also called Command: offsets name a page, an upgrade always needs the
    /// existing device.
    #[default]
    PremiumMobile,
    /// Rivermine: offsets are exact.
    Rivermine,
    /// Atlas: assets and catalog only, catalog ids join item and vendor, images are data URIs.
    Atlas,
}

/// The operations Atlas serves.
const ATLAS: [OperationId; 8] = [
    OperationId::CatalogAccessoryList,
    OperationId::CatalogDeviceGet,
    OperationId::CatalogDeviceList,
    OperationId::CatalogPlanGet,
    OperationId::CatalogPlanList,
    OperationId::DeviceAssetList,
    OperationId::ServiceAssetGet,
    OperationId::ServiceAssetList,
];

/// A transparent picture of one dot.
const DOT: &str = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

impl Backend {
    /// All there are.
    pub const ALL: &'static [Self] = &[Self::PremiumMobile, Self::Rivermine, Self::Atlas];

    /// Its name, as the command line takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PremiumMobile => "premium-mobile",
            Self::Rivermine => "rivermine",
            Self::Atlas => "atlas",
        }
    }

    pub(crate) fn serves(self, operation: OperationId) -> bool {
        self != Self::Atlas || ATLAS.contains(&operation)
    }

    /// Where the page starts that an offset asks for.
    pub(crate) fn page_start(self, offset: usize, limit: usize) -> usize {
        match self {
            Self::PremiumMobile => offset / limit * limit,
            Self::Rivermine | Self::Atlas => offset,
        }
    }

    pub(crate) fn needs_existing_device(self) -> bool {
        self == Self::PremiumMobile
    }

    /// A catalog item as this backend shows it.
    pub(crate) fn dress(self, mut item: Value) -> Value {
        if self == Self::Atlas {
            let part = |pointer: &str| {
                item.pointer(pointer)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let id = format!("{}_{}", part("/id"), part("/vendor/id"));
            let href = part("/_meta/href");
            let href = href.rsplit_once('/').map_or(href.as_str(), |(folder, _)| folder);
            let href = format!("{href}/{id}");
            set(&mut item, "_meta", json!({ "href": href }));
            set(&mut item, "id", json!(id));
            set(&mut item, "imageUrl", json!(DOT));
        }
        item
    }

    /// The id of the data set behind a catalog id.
    pub(crate) fn plain_catalog_id(self, id: &str) -> String {
        match (self, id.split_once('_')) {
            (Self::Atlas, Some((item, _))) => item.to_owned(),
            _ => id.to_owned(),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Backend {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|backend| backend.name() == name)
            .ok_or_else(|| format!("`{name}` is none of premium-mobile, rivermine, atlas"))
    }
}
