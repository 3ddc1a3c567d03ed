//! One answer where the API has two names or two places for the same thing.

use crate::types::{
    Diagnostics, Me, Order, PropertyGroup, ServiceAsset, ServiceAssetSummary, ShipTo, Timestamp,
    TransactionType, VendorRef,
};

impl TransactionType {
    /// The kind that is meant: some prose says `SWAP_DEVICE` where every example says
    /// `SWAP_DEVICES`.
    ///
    /// The text stays as it came; only its meaning is returned.
    #[must_use]
    pub fn meant(&self) -> &Self {
        match self.as_str() {
            "SWAP_DEVICE" => &Self::SwapDevices,
            _ => self,
        }
    }
}

impl ServiceAsset {
    /// From when an upgrade is possible, under either of the two names in the release notes; the
    /// newer wins.
    #[must_use]
    pub fn upgrade_eligible(&self) -> Option<&Timestamp> {
        self.upgrade_eligible_date
            .as_ref()
            .or(self.upgrade_eligibility_date.as_ref())
    }
}

impl ServiceAsset {
    /// The vendor (carrier) that runs the service, which is the one that catalogs, forms and
    /// transfers ask for; the one that bills it where no other is shown.
    #[must_use]
    pub fn carrier(&self) -> Option<&VendorRef> {
        let vendors = self.vendor.as_ref()?;
        vendors.current.as_ref().or(vendors.billing.as_ref())
    }
}

impl ServiceAssetSummary {
    /// From when an upgrade is possible, under either of the two names in the release notes; the
    /// newer wins.
    #[must_use]
    pub fn upgrade_eligible(&self) -> Option<&Timestamp> {
        self.upgrade_eligible_date
            .as_ref()
            .or(self.upgrade_eligibility_date.as_ref())
    }
}

impl ShipTo {
    /// Region id of the country, wherever the answer has it.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region
            .as_ref()
            .map(|region| region.id.as_str())
            .or(self.region_id.as_deref())
    }

    /// Whether nothing is shipped: orders that ship nothing may show an empty address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.address.as_ref().is_none_or(Vec::is_empty)
    }
}

impl Order {
    /// The groups of extra fields; none if the answer has none.
    #[must_use]
    pub fn property_groups(&self) -> &[PropertyGroup] {
        self.properties.as_deref().unwrap_or_default()
    }

    /// The parts of the order; none if the answer has none, as one published kind.
    #[must_use]
    pub fn parts(&self) -> &[crate::types::OrderSegment] {
        self.segments
            .as_ref()
            .and_then(|segments| segments.items.as_deref())
            .unwrap_or_default()
    }

    /// Where the order is shipped to, unless nothing is shipped.
    #[must_use]
    pub fn destination(&self) -> Option<&ShipTo> {
        self.ship_to.as_ref().filter(|ship_to| !ship_to.is_empty())
    }
}

impl Me {
    /// Whether the actor may approve orders, if the answer says so.
    #[must_use]
    pub fn is_approver(&self) -> Option<bool> {
        self.get("isApprover")?.as_bool()
    }

    /// Whether the actor may move services, if the answer says so.
    #[must_use]
    pub fn can_move_service(&self) -> Option<bool> {
        self.get("canMoveService")?.as_bool()
    }
}

impl Diagnostics {
    /// A flag by its name, such as `IS_ACTOR_APPROVER`: a member, or an entry of a list of names
    /// and values; which of the two the API sends is not published.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        if let Some(flag) = self.get(name) {
            return flag.as_bool();
        }
        let in_members = self.as_object().into_iter().flat_map(serde_json::Map::values);
        in_members
            .chain([&**self])
            .filter_map(serde_json::Value::as_array)
            .flatten()
            .find(|entry| entry.get("name").is_some_and(|known| known == name))
            .and_then(|entry| entry.get("value")?.as_bool())
    }
}
