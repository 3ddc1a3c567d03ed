//! What the table of order rules is made of, and how an order is held against it.

use crate::generated::order_rules::{ALL, MEMBERS, OrderCondition, OrderPart};
use crate::types::{DeviceIdentityRequest, OrderRequest, ShoppingCartRequest, TransactionType};

/// How well something is supported, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// Traffic of a tenant shows it.
    Observed,
    /// A full JSON example is published.
    Example,
    /// An elided JSON example is published.
    Partial,
    /// A text says so.
    Prose,
    /// Only a link in another example shows it.
    Link,
    /// An earlier revision of the pages had it.
    History,
    /// Nothing says so; it is a guess.
    Inferred,
}

/// How the documentation files kinds of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OrderCategory {
    /// Something is bought.
    Procurement,
    /// A service is looked after. Some kinds of it buy something as well.
    Care,
}

/// Whether a part has to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "whoever checks orders has to deal with all four"
)]
pub enum Need {
    /// Always.
    Required,
    /// If any of the conditions holds.
    Conditional(&'static [OrderCondition]),
    /// As the caller likes.
    Optional,
    /// The documentation does not show it for this kind, which is not to say that it is refused.
    Undocumented,
}

/// What is documented of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartRule {
    /// The part.
    pub part: OrderPart,
    /// Whether it has to be sent.
    pub need: Need,
    /// How well this is supported.
    pub evidence: Evidence,
}

/// Parts of which an order has to have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AtLeastOne {
    /// One of these will do.
    pub of: &'static [OrderPart],
    /// One of these may do: a text says so, and no example shows it.
    pub perhaps: &'static [OrderPart],
    /// How well this is supported.
    pub evidence: Evidence,
}

/// What the documentation says of one kind of order. The table of all stands in
/// [`order_rules`](crate::order_rules).
///
/// ```
/// use mobproc_api::order_rules::{Need, OrderPart, OrderRules};
/// use mobproc_api::types::TransactionType;
///
/// let rules = OrderRules::of(&TransactionType::Suspend).ok_or("has rules")?;
/// assert_eq!(rules.need(OrderPart::ServiceId), Need::Required);
/// assert_eq!(rules.need(OrderPart::ShipTo), Need::Undocumented);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderRules {
    /// The kind.
    pub kind: TransactionType,
    /// How the documentation files it.
    pub category: OrderCategory,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// How well the kind as a whole is supported.
    pub evidence: Evidence,
    /// The pages of the documentation this stands on.
    pub pages: &'static [&'static str],
    /// The documented parts. Every other is not documented for this kind.
    pub parts: &'static [PartRule],
    /// Parts of which one has to be there.
    pub at_least_one: Option<AtLeastOne>,
    /// What a confirmation shows beyond people, properties, numbers and kind.
    pub confirmation: &'static [&'static str],
    /// What an order shows beyond people, properties, numbers, kind and state.
    pub order: &'static [&'static str],
    /// The kind in which the placed order comes back, where that is another.
    pub answers_as: Option<TransactionType>,
}

impl OrderRules {
    /// The rules of a kind; nothing if this version does not know the kind.
    #[must_use]
    pub fn of(kind: &TransactionType) -> Option<&'static Self> {
        ALL.iter().find(|rules| rules.kind == *kind)
    }

    /// Whether this kind needs a part. For what a part has to hold, see
    /// [`MEMBERS`](crate::order_rules::MEMBERS).
    #[must_use]
    pub fn need(&self, part: OrderPart) -> Need {
        self.rule(part).map_or(Need::Undocumented, |rule| rule.need)
    }

    /// What is documented of a part; nothing if it is not documented for this kind.
    #[must_use]
    pub fn rule(&self, part: OrderPart) -> Option<&'static PartRule> {
        // Both are in the order of the parts.
        [self.parts, MEMBERS].into_iter().find_map(|rules| {
            let place = rules.binary_search_by_key(&part, |rule| rule.part);
            rules.get(place.ok()?)
        })
    }

    /// Whether the documentation shows or mentions a part for this kind.
    #[must_use]
    pub fn documents(&self, part: OrderPart) -> bool {
        self.need(part) != Need::Undocumented
    }

    /// Whether the documentation shows or mentions anything in the shopping cart.
    #[must_use]
    pub fn documents_cart(&self) -> bool {
        self.parts.iter().any(|rule| rule.part.is_in_cart())
    }
}

/// Whether an order has a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there is nothing between these")]
pub enum Presence {
    /// It is not there.
    Absent,
    /// It is an empty list, or a list of which an item does not say what it should.
    Empty,
    /// It is a text without letters.
    Blank,
    /// It is there.
    Given,
}

impl Presence {
    fn text(value: Option<&str>) -> Self {
        match value {
            None => Self::Absent,
            Some(text) if text.chars().all(char::is_whitespace) => Self::Blank,
            Some(_) => Self::Given,
        }
    }

    fn list<T>(value: Option<&[T]>) -> Self {
        match value {
            None => Self::Absent,
            Some([]) => Self::Empty,
            Some(_) => Self::Given,
        }
    }

    fn thing<T>(value: Option<&T>) -> Self {
        value.map_or(Self::Absent, |_| Self::Given)
    }
}

impl OrderPart {
    /// Where it stands in an order, as a JSON pointer below `orderRequest`.
    #[must_use]
    pub fn pointer(self) -> String {
        format!("/{}", self.as_str().replace('.', "/"))
    }

    /// Whether an order has it.
    #[must_use]
    pub fn presence(self, order: &OrderRequest) -> Presence {
        let cart = order.shopping_cart.as_ref();
        let existing = order.existing_device.as_ref();
        let new = order.new_device.as_ref();
        let ship_to = order.ship_to.as_ref();
        match self {
            Self::AccountHolderCompanyEmployeeId => {
                Presence::text(order.account_holder_company_employee_id.as_deref())
            }
            Self::Acknowledgements => Presence::list(order.acknowledgements.as_deref()),
            Self::AcknowledgementsBoolean => match order.acknowledgements.as_deref() {
                None | Some([]) => Presence::Absent,
                Some(all) if all.iter().all(|given| given.accepted) => Presence::Given,
                Some(_) => Presence::Empty,
            },
            Self::CurrentVendorId => Presence::text(order.current_vendor_id.as_deref()),
            Self::ExistingDevice => Presence::thing(existing),
            Self::ExistingDeviceManufacturerId
            | Self::ExistingDeviceModelId
            | Self::ExistingDeviceOtherMakeModelName
            | Self::ExistingDeviceSerialNumber
            | Self::ExistingDeviceSerialNumberType
            | Self::ExistingDeviceSerialNumberValue
            | Self::ExistingDeviceSimId => self.in_device(existing),
            Self::ExternalOrderNumber => Presence::text(order.external_order_number.as_deref()),
            Self::NewDevice => Presence::thing(new),
            Self::NewDeviceManufacturerId
            | Self::NewDeviceModelId
            | Self::NewDeviceOtherMakeModelName
            | Self::NewDeviceSerialNumber
            | Self::NewDeviceSerialNumberType
            | Self::NewDeviceSerialNumberValue
            | Self::NewDeviceSimId => self.in_device(new),
            Self::PostalCode => Presence::text(order.postal_code.as_deref()),
            Self::Properties => Presence::list(order.properties.as_deref()),
            Self::RegionId => Presence::text(order.region_id.as_deref()),
            Self::ServiceId => Presence::text(order.service_id.as_deref()),
            Self::ShipTo => Presence::thing(ship_to),
            Self::ShipToAddress => Presence::list(ship_to.and_then(|to| to.address.as_deref())),
            Self::ShipToName => Presence::text(ship_to.and_then(|to| to.name.as_deref())),
            // One page has it as an object, all orders as an id.
            Self::ShipToRegionId => Presence::text(ship_to.and_then(|to| {
                to.region_id
                    .as_deref()
                    .or(to.region.as_ref().map(|region| region.id.as_str()))
            })),
            Self::ShoppingCartAccessoryIds
            | Self::ShoppingCartDeviceId
            | Self::ShoppingCartFeatureRequestComment
            | Self::ShoppingCartFeatures
            | Self::ShoppingCartOptionalFeatureIds
            | Self::ShoppingCartPlanId
            | Self::ShoppingCartQuantity => cart.map_or(Presence::Absent, |cart| self.in_cart(cart)),
        }
    }

    fn in_cart(self, cart: &ShoppingCartRequest) -> Presence {
        match self {
            Self::ShoppingCartAccessoryIds => Presence::list(cart.accessory_ids.as_deref()),
            Self::ShoppingCartDeviceId => Presence::text(cart.device_id.as_deref()),
            Self::ShoppingCartFeatureRequestComment => {
                Presence::text(cart.feature_request_comment.as_deref())
            }
            Self::ShoppingCartFeatures => Presence::list(cart.features.as_deref()),
            Self::ShoppingCartOptionalFeatureIds => Presence::list(cart.optional_feature_ids.as_deref()),
            Self::ShoppingCartPlanId => Presence::text(cart.plan_id.as_deref()),
            Self::ShoppingCartQuantity => Presence::thing(cart.quantity.as_ref()),
            _ => Presence::Absent,
        }
    }

    /// Members of the two devices have the same names below them.
    fn in_device(self, device: Option<&DeviceIdentityRequest>) -> Presence {
        let Some(device) = device else {
            return Presence::Absent;
        };
        let serial = device.serial_number.as_ref();
        match self {
            Self::ExistingDeviceManufacturerId | Self::NewDeviceManufacturerId => {
                Presence::text(device.manufacturer_id.as_deref())
            }
            Self::ExistingDeviceModelId | Self::NewDeviceModelId => {
                Presence::text(device.model_id.as_deref())
            }
            Self::ExistingDeviceOtherMakeModelName | Self::NewDeviceOtherMakeModelName => {
                Presence::text(device.other_make_model_name.as_deref())
            }
            Self::ExistingDeviceSerialNumber | Self::NewDeviceSerialNumber => Presence::thing(serial),
            Self::ExistingDeviceSerialNumberType | Self::NewDeviceSerialNumberType => Presence::text(
                serial
                    .and_then(|serial| serial.kind.as_ref())
                    .map(|kind| kind.as_str()),
            ),
            Self::ExistingDeviceSerialNumberValue | Self::NewDeviceSerialNumberValue => {
                Presence::text(serial.map(|serial| serial.value.as_str()))
            }
            Self::ExistingDeviceSimId | Self::NewDeviceSimId => Presence::text(device.sim_id.as_deref()),
            _ => Presence::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_rules_in_the_order_of_the_documentation() {
        let kinds: Vec<&TransactionType> = ALL.iter().map(|rules| &rules.kind).collect();
        let known: Vec<&TransactionType> = TransactionType::KNOWN.iter().collect();
        assert_eq!(kinds, known);
    }

    /// They are searched by halves.
    #[test]
    fn rules_stand_in_the_order_of_the_parts() {
        for rules in ALL.iter().map(|rules| rules.parts).chain([MEMBERS]) {
            assert!(rules.is_sorted_by_key(|rule| rule.part));
        }
        for rules in ALL {
            for rule in rules.parts {
                assert_eq!(rules.rule(rule.part), Some(rule));
            }
        }
    }

    #[test]
    fn members_have_a_parent_and_a_pointer() {
        assert_eq!(
            OrderPart::ExistingDeviceSerialNumberType.parent(),
            Some(OrderPart::ExistingDeviceSerialNumber)
        );
        assert_eq!(
            OrderPart::ExistingDeviceSerialNumber.parent(),
            Some(OrderPart::ExistingDevice)
        );
        assert_eq!(OrderPart::ShoppingCartPlanId.parent(), None);
        assert_eq!(OrderPart::ShoppingCartPlanId.pointer(), "/shoppingCart/planId");
    }

    /// A part whose presence were read from the wrong member would be judged by another's value.
    #[test]
    fn each_part_is_read_from_its_own_member() {
        let full: serde_json::Value = serde_json::json!({
            "transactionType": "UPGRADE",
            "accountHolderCompanyEmployeeId": "1",
            "acknowledgements": [{"id": "A", "boolean": true}],
            "currentVendorId": "1",
            "existingDevice": {"manufacturerId": "1", "modelId": "1", "otherMakeModelName": "1",
                "serialNumber": {"type": "IMEI", "value": "1"}, "simId": "1"},
            "externalOrderNumber": "1",
            "newDevice": {"manufacturerId": "1", "modelId": "1", "otherMakeModelName": "1",
                "serialNumber": {"type": "IMEI", "value": "1"}, "simId": "1"},
            "postalCode": "1",
            "properties": [{}],
            "regionId": "1",
            "serviceId": "1",
            "shipTo": {"address": [{"id": "LINE_1"}], "name": "1", "regionId": "1"},
            "shoppingCart": {"accessoryIds": ["1"], "deviceId": "1", "featureRequestComment": "1",
                "features": [{"id": "1", "action": "ADD"}], "optionalFeatureIds": ["1"], "planId": "1",
                "quantity": 1},
        });
        let read = |value: &serde_json::Value| serde_json::from_value::<OrderRequest>(value.clone());
        let order = read(&full).expect("an order");
        for part in OrderPart::ALL {
            assert_eq!(part.presence(&order), Presence::Given, "{}", part.as_str());
            // These are needed to read the order at all.
            if [
                "acknowledgements.boolean",
                "existingDevice.serialNumber.value",
                "newDevice.serialNumber.value",
            ]
            .contains(&part.as_str())
            {
                continue;
            }
            let mut without = full.clone();
            let pointer = part.pointer();
            let (parent, member) = pointer.rsplit_once('/').expect("a pointer starts with a slash");
            let parent = without.pointer_mut(parent).expect("the order is full");
            parent
                .as_object_mut()
                .and_then(|members| members.remove(member))
                .expect("the order is full");
            let order = read(&without).expect("an order");
            let gone: Vec<&str> = OrderPart::ALL
                .iter()
                .filter(|other| other.presence(&order) != Presence::Given)
                .map(|other| other.as_str())
                .collect();
            let below = format!("{}.", part.as_str());
            assert!(
                gone.iter()
                    .all(|other| *other == part.as_str() || other.starts_with(&below)),
                "without {}: {gone:?}",
                part.as_str()
            );
            assert!(gone.contains(&part.as_str()), "{}", part.as_str());
        }
    }
}
