//! Looking at an order before it is sent: everything that is wrong, at once.

use std::fmt;

use mobproc_api::types::{
    DeviceIdentityRequest, OrderRequest, PropertyField, PropertyType, ShipToRequest, TransactionType,
};

use super::violation::{Severity, Violation, Violations};

/// What an order buys at most without somebody saying that it is meant.
const MOST_ORDERED: i64 = 100;

/// What the documentation says of a kind of order.
struct Kind {
    service: bool,
    place: bool,
    transfer_in: bool,
    existing_device: Option<Severity>,
    new_device: bool,
    cart: Cart,
    upgrades: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cart {
    None,
    Goods,
    Accessories,
    Features,
}

impl Kind {
    fn of(kind: &TransactionType) -> Option<Self> {
        let care = Self {
            service: true,
            place: false,
            transfer_in: false,
            existing_device: None,
            new_device: false,
            cart: Cart::None,
            upgrades: false,
        };
        let buy = Self {
            cart: Cart::Goods,
            ..care
        };
        Some(match kind {
            TransactionType::NewActivation => Self {
                service: false,
                place: true,
                ..buy
            },
            // Rivermine may not support it.
            TransactionType::Upgrade => Self {
                existing_device: Some(Severity::Warning),
                upgrades: true,
                ..buy
            },
            TransactionType::PortNumber => Self { place: true, ..buy },
            TransactionType::OrderAccessories => Self {
                cart: Cart::Accessories,
                ..care
            },
            TransactionType::Suspend
            | TransactionType::Unsuspend
            | TransactionType::Deactivate
            | TransactionType::XferServiceOut => care,
            TransactionType::UpdateFeatures => Self {
                cart: Cart::Features,
                ..care
            },
            TransactionType::SwapDevices => Self {
                existing_device: Some(Severity::Error),
                new_device: true,
                ..care
            },
            TransactionType::XferServiceIn | TransactionType::XferServiceInAndPort => Self {
                service: false,
                place: true,
                transfer_in: true,
                ..buy
            },
            _ => return None,
        })
    }
}

/// Everything that is wrong, or looks wrong, in the order of the document.
pub(crate) fn check(request: &OrderRequest) -> Violations {
    let mut checker = Checker { found: Vec::new() };
    match Kind::of(&request.transaction_type) {
        Some(kind) => checker.kind(request, &kind),
        None => checker.warn(
            "/transactionType",
            "this version does not know the kind of order, so little is checked",
        ),
    }
    if let Some(number) = &request.external_order_number {
        checker.needed("/externalOrderNumber", Some(number));
    }
    checker.properties(request);
    if let Some(ship_to) = &request.ship_to {
        checker.ship_to(ship_to);
    }
    for (index, acceptance) in request.acknowledgements.iter().flatten().enumerate() {
        if acceptance.id.trim().is_empty() {
            checker.fail(format_args!("/acknowledgements/{index}/id"), "is empty");
        }
    }
    Violations::from(checker.found)
}

struct Checker {
    found: Vec<Violation>,
}

impl Checker {
    fn report(&mut self, pointer: impl fmt::Display + Copy, severity: Severity, message: impl Into<String>) {
        self.found.push(Violation {
            pointer: format!("/orderRequest{pointer}"),
            message: message.into(),
            severity,
        });
    }

    fn fail(&mut self, pointer: impl fmt::Display + Copy, message: impl Into<String>) {
        self.report(pointer, Severity::Error, message);
    }

    fn warn(&mut self, pointer: impl fmt::Display + Copy, message: impl Into<String>) {
        self.report(pointer, Severity::Warning, message);
    }

    fn needed(&mut self, pointer: impl fmt::Display + Copy, value: Option<&str>) {
        match value {
            None => self.fail(pointer, "is missing"),
            Some(value) if value.trim().is_empty() => self.fail(pointer, "is empty"),
            Some(_) => {}
        }
    }

    fn kind(&mut self, request: &OrderRequest, kind: &Kind) {
        if kind.service {
            self.needed("/serviceId", request.service_id.as_deref());
        }
        if kind.place {
            self.needed("/regionId", request.region_id.as_deref());
            if request.postal_code.is_none() {
                self.warn("/postalCode", "is missing; the United States need it");
            }
        }
        if kind.transfer_in {
            self.needed("/currentVendorId", request.current_vendor_id.as_deref());
            if request.acknowledgements.iter().flatten().next().is_none() {
                self.warn(
                    "/acknowledgements",
                    "are missing; transfers in usually ask for some",
                );
            }
        }
        match (&request.existing_device, kind.existing_device) {
            (None, Some(severity)) => {
                self.report(
                    "/existingDevice",
                    severity,
                    "is missing; Premium Mobile always needs it",
                );
            }
            (Some(device), _) => {
                self.device("/existingDevice", device);
                self.needed("/existingDevice/simId", device.sim_id.as_deref());
            }
            (None, None) => {}
        }
        match &request.new_device {
            None if kind.new_device => self.fail("/newDevice", "is missing"),
            Some(device) => self.device("/newDevice", device),
            None => {}
        }
        self.cart(request, kind);
        self.undocumented(request, kind);
    }

    /// Members that the documentation does not show for a kind.
    fn undocumented(&mut self, request: &OrderRequest, kind: &Kind) {
        let undocumented = [
            ("/newDevice", request.new_device.is_some() && !kind.new_device),
            (
                "/existingDevice",
                request.existing_device.is_some() && kind.existing_device.is_none(),
            ),
            (
                "/currentVendorId",
                request.current_vendor_id.is_some() && !kind.transfer_in,
            ),
            (
                "/shoppingCart",
                request.shopping_cart.is_some() && kind.cart == Cart::None,
            ),
        ];
        for (pointer, is_there) in undocumented {
            if is_there {
                self.warn(
                    pointer,
                    format!("is not documented for {}", request.transaction_type),
                );
            }
        }
    }

    fn device(&mut self, pointer: impl fmt::Display + Copy, device: &DeviceIdentityRequest) {
        self.needed(
            format_args!("{pointer}/manufacturerId"),
            device.manufacturer_id.as_deref(),
        );
        self.needed(format_args!("{pointer}/modelId"), device.model_id.as_deref());
        match &device.serial_number {
            None => self.fail(format_args!("{pointer}/serialNumber"), "is missing"),
            Some(serial) => self.needed(format_args!("{pointer}/serialNumber/value"), Some(&serial.value)),
        }
        if device.model_id.as_deref() == Some("Other") {
            self.needed(
                format_args!("{pointer}/otherMakeModelName"),
                device.other_make_model_name.as_deref(),
            );
        }
    }

    fn cart(&mut self, request: &OrderRequest, kind: &Kind) {
        let cart = request.shopping_cart.as_ref();
        let accessories = cart
            .and_then(|cart| cart.accessory_ids.as_deref())
            .unwrap_or_default();
        let features = cart.and_then(|cart| cart.features.as_deref()).unwrap_or_default();
        let device = cart.and_then(|cart| cart.device_id.as_deref());
        let plan = cart.and_then(|cart| cart.plan_id.as_deref());
        let missing = match kind.cart {
            Cart::None => None,
            Cart::Goods => (device.is_none() && plan.is_none() && accessories.is_empty())
                .then_some("holds neither device nor plan nor accessories"),
            Cart::Accessories => accessories.is_empty().then_some("holds no accessories"),
            Cart::Features => features.is_empty().then_some("changes no features"),
        };
        let has_features = !features.is_empty()
            || cart.is_some_and(|cart| cart.optional_feature_ids.iter().flatten().next().is_some());
        match missing {
            // The tutorial has "and/or plan features".
            Some(_) if kind.upgrades && has_features => self.warn(
                "/shoppingCart",
                "holds features alone; the documentation shows none without a device or plan",
            ),
            Some(missing) => self.fail("/shoppingCart", missing),
            None => {}
        }
        let Some(cart) = cart else { return };
        for (name, id) in [("deviceId", device), ("planId", plan)] {
            if id.is_some() {
                self.needed(format_args!("/shoppingCart/{name}"), id);
            }
        }
        let lists = [
            ("accessoryIds", accessories),
            (
                "optionalFeatureIds",
                cart.optional_feature_ids.as_deref().unwrap_or_default(),
            ),
        ];
        for (name, ids) in lists {
            for (index, id) in ids.iter().enumerate() {
                self.needed(format_args!("/shoppingCart/{name}/{index}"), Some(id));
            }
        }
        for (index, change) in features.iter().enumerate() {
            self.needed(
                format_args!("/shoppingCart/features/{index}/id"),
                Some(&change.id),
            );
            if !change.action.is_known() {
                self.warn(
                    format_args!("/shoppingCart/features/{index}/action"),
                    "is neither ADD nor REMOVE",
                );
            }
        }
        match cart.quantity {
            None | Some(1) => {}
            Some(..1) => self.fail("/shoppingCart/quantity", "must be at least 1"),
            Some(2..=MOST_ORDERED) => self.warn(
                "/shoppingCart/quantity",
                "is more than 1, the only quantity the documentation shows",
            ),
            Some(_) => self.fail(
                "/shoppingCart/quantity",
                format!("is more than {MOST_ORDERED}, which one order is hardly meant to buy"),
            ),
        }
        if request.ship_to.is_none() && (device.is_some() || !accessories.is_empty()) {
            self.fail("/shipTo", "is missing, but something physical is ordered");
        }
    }

    fn properties(&mut self, request: &OrderRequest) {
        for (group_index, group) in request.properties.iter().flatten().enumerate() {
            for (index, field) in group.fields.iter().flatten().enumerate() {
                self.property(format_args!("/properties/{group_index}/fields/{index}"), field);
            }
        }
    }

    fn property(&mut self, pointer: impl fmt::Display + Copy, field: &PropertyField) {
        self.needed(format_args!("{pointer}/id"), Some(&field.id));
        let (name, is_there) = match &field.kind {
            Some(PropertyType::Text) => ("text", field.text.is_some()),
            Some(PropertyType::Date) => ("date", field.date.is_some()),
            Some(PropertyType::Choice) => ("choice", field.choice.is_some()),
            Some(_) => return self.warn(format_args!("{pointer}/type"), "is not known to this version"),
            None => return self.fail(format_args!("{pointer}/type"), "is missing"),
        };
        if !is_there {
            self.fail(format_args!("{pointer}/{name}"), "is missing");
        }
        if field.label.is_some() {
            self.warn(
                format_args!("{pointer}/label"),
                "is for answers and not to be sent",
            );
        }
    }

    fn ship_to(&mut self, ship_to: &ShipToRequest) {
        self.needed("/shipTo/name", ship_to.name.as_deref());
        let region = ship_to
            .region_id
            .as_deref()
            .or(ship_to.region.as_ref().map(|region| region.id.as_str()));
        self.needed("/shipTo/regionId", region);
        if ship_to.address.iter().flatten().next().is_none() {
            self.fail("/shipTo/address", "has no lines");
        }
        for (index, line) in ship_to.address.iter().flatten().enumerate() {
            self.needed(format_args!("/shipTo/address/{index}/id"), Some(&line.id));
            if line.value.is_none() {
                self.fail(format_args!("/shipTo/address/{index}/value"), "is missing");
            }
        }
    }
}
