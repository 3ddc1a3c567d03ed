//! Building orders: one builder for each kind, which offers only what that kind can carry.

use std::borrow::Cow;

use mobproc_api::types::{
    AcknowledgementAcceptance, AcknowledgementType, FeatureAction, FeatureChangeRequest, OrderRequest,
    OrderRequestEnvelope, PropertyGroup, ShoppingCartRequest, TransactionType,
};

use super::draft::OrderDraft;
use super::parts::{DeviceIdentity, Property, ShippingAddress};

/// The only group of properties that is published.
const GROUP: &str = "MISCELLANEOUS";

fn texts(list: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    list.into_iter().map(Into::into).collect()
}

/// Puts a property into its group, which is made where there is none.
fn put(request: &mut OrderRequest, group: Cow<'_, str>, property: Property) {
    let groups = request.properties.get_or_insert_default();
    match groups
        .iter_mut()
        .find(|known| known.group_id.as_deref() == Some(&*group))
    {
        Some(known) => known.fields.get_or_insert_default().push(property.into_field()),
        None => {
            let mut new = PropertyGroup::new();
            new.group_id = Some(group.into_owned());
            new.fields = Some(vec![property.into_field()]);
            groups.push(new);
        }
    }
}

/// A builder: the request it fills in, what every kind offers, and what its kind offers.
macro_rules! builder {
    ($(#[$doc:meta])* $name:ident: $($offer:ident),*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[must_use]
        pub struct $name(Box<OrderRequestEnvelope>);

        impl $name {
            /// The caller's own number for the order. It is the only handle to find an order whose
            /// answer got lost, so it should be unique; one is made up where none is given. An
            /// empty one is refused.
            pub fn external_order_number(mut self, number: impl Into<String>) -> Self {
                self.0.order_request.external_order_number = Some(number.into());
                self
            }

            /// One of the extra fields the carrier asks for.
            pub fn property(mut self, property: Property) -> Self {
                put(&mut self.0.order_request, GROUP.into(), property);
                self
            }

            /// One of the extra fields, in a group of another name than the published one.
            pub fn property_in(mut self, group: impl Into<String>, property: Property) -> Self {
                put(&mut self.0.order_request, Cow::Owned(group.into()), property);
                self
            }

            /// Several of the extra fields.
            pub fn properties(self, properties: impl IntoIterator<Item = Property>) -> Self {
                properties.into_iter().fold(self, Self::property)
            }

            /// The answers of a form, each in its group.
            pub fn answers(self, answers: impl IntoIterator<Item = (Option<String>, Property)>) -> Self {
                answers.into_iter().fold(self, |order, (group, property)| {
                    order.property_in(group.unwrap_or_else(|| GROUP.to_owned()), property)
                })
            }

            /// The order as a type, for what the builder does not offer.
            #[must_use]
            pub fn into_request(self) -> OrderRequest {
                self.0.order_request
            }

            $(offer!($offer);)*
        }

        impl From<$name> for OrderDraft {
            fn from(builder: $name) -> Self {
                Self::of_type(builder.0)
            }
        }
    };
}

macro_rules! offer {
    (goods) => {
        fn cart(&mut self) -> &mut ShoppingCartRequest {
            self.0.order_request.shopping_cart.get_or_insert_default()
        }

        /// The device to buy, by catalog id.
        pub fn device(mut self, catalog_id: impl Into<String>) -> Self {
            self.cart().device_id = Some(catalog_id.into());
            self
        }

        /// The plan to buy, by catalog id.
        pub fn plan(mut self, catalog_id: impl Into<String>) -> Self {
            self.cart().plan_id = Some(catalog_id.into());
            self
        }

        /// Optional features of the plan, by their ids.
        pub fn features(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.cart()
                .optional_feature_ids
                .get_or_insert_default()
                .extend(texts(ids));
            self
        }

        /// Accessories to buy, by catalog ids.
        pub fn accessories(mut self, catalog_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.cart()
                .accessory_ids
                .get_or_insert_default()
                .extend(texts(catalog_ids));
            self
        }

        /// How many. One tutorial sends it, and only as 1.
        pub fn quantity(mut self, quantity: i64) -> Self {
            self.cart().quantity = Some(quantity);
            self
        }
    };
    (ship_to) => {
        /// Where to ship. Needed when something physical is ordered.
        pub fn ship_to(mut self, address: ShippingAddress) -> Self {
            self.0.order_request.ship_to = Some(address.into_request());
            self
        }
    };
    (postal_code) => {
        /// Postal code of the place of use. Needed in the United States.
        pub fn postal_code(mut self, code: impl Into<String>) -> Self {
            self.0.order_request.postal_code = Some(code.into());
            self
        }
    };
    (existing_device) => {
        /// The device in use now. Premium Mobile always needs it; Rivermine may not take it.
        pub fn existing_device(mut self, device: DeviceIdentity) -> Self {
            self.0.order_request.existing_device = Some(device.into_request());
            self
        }
    };
    (feature_changes) => {
        fn change(mut self, id: impl Into<String>, action: FeatureAction) -> Self {
            let cart = self.0.order_request.shopping_cart.get_or_insert_default();
            cart.features
                .get_or_insert_default()
                .push(FeatureChangeRequest::new(action, id));
            self
        }

        /// Adds a feature, by its id.
        pub fn add_feature(self, id: impl Into<String>) -> Self {
            self.change(id, FeatureAction::Add)
        }

        /// Removes a feature, by its id.
        pub fn remove_feature(self, id: impl Into<String>) -> Self {
            self.change(id, FeatureAction::Remove)
        }

        /// Says something about the change.
        pub fn comment(mut self, text: impl Into<String>) -> Self {
            self.0
                .order_request
                .shopping_cart
                .get_or_insert_default()
                .feature_request_comment = Some(text.into());
            self
        }
    };
    (acknowledgements) => {
        /// Accepts an acknowledgement, by its id. Only after the user has.
        pub fn acknowledge(self, id: impl Into<String>) -> Self {
            self.acknowledgement(id, None)
        }

        /// Accepts an acknowledgement and names its kind, as one tutorial does.
        pub fn acknowledge_as(self, id: impl Into<String>, kind: AcknowledgementType) -> Self {
            self.acknowledgement(id, Some(kind))
        }

        /// Accepts several acknowledgements, such as those of a form.
        pub fn acknowledge_many(self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
            ids.into_iter()
                .fold(self, |order, id| order.acknowledgement(id, None))
        }

        fn acknowledgement(mut self, id: impl Into<String>, kind: Option<AcknowledgementType>) -> Self {
            let mut acceptance = AcknowledgementAcceptance::new(true, id);
            acceptance.kind = kind;
            self.0
                .order_request
                .acknowledgements
                .get_or_insert_default()
                .push(acceptance);
            self
        }
    };
    (service) => {
        /// The service asset it is about, which the prose asks for and the example leaves out.
        pub fn service(mut self, id: impl Into<String>) -> Self {
            self.0.order_request.service_id = Some(id.into());
            self
        }
    };
}

builder! {
    /// NEW_ACTIVATION: a new device, service or accessories. Made by
    /// [`OrderDraft::new_activation`].
    NewActivation: goods, ship_to, postal_code
}
builder! {
    /// UPGRADE: replaces the device, changes the plan, or both. Made by [`OrderDraft::upgrade`].
    Upgrade: goods, ship_to, existing_device
}
builder! {
    /// PORT_NUMBER: moves a service and its number to another carrier. Made by
    /// [`OrderDraft::port_number`].
    PortNumber: goods, ship_to, postal_code
}
builder! {
    /// ORDER_ACCESSORIES: accessories for a device in use. Made by
    /// [`OrderDraft::order_accessories`].
    OrderAccessories: ship_to
}
builder! {
    /// SUSPEND: suspends an active service. Made by [`OrderDraft::suspend`].
    Suspend:
}
builder! {
    /// UNSUSPEND: reactivates a suspended service. Most carriers ask for the property `USER`.
    /// Made by [`OrderDraft::unsuspend`].
    Unsuspend:
}
builder! {
    /// DEACTIVATE: ends a service. Made by [`OrderDraft::deactivate`].
    Deactivate:
}
builder! {
    /// UPDATE_FEATURES: adds and removes features. Made by [`OrderDraft::update_features`].
    UpdateFeatures: feature_changes
}
builder! {
    /// SWAP_DEVICES: puts a service on another device that is owned already. Made by
    /// [`OrderDraft::swap_devices`].
    SwapDevices:
}
builder! {
    /// XFER_SERVICE_OUT: a line goes from the company to a person. Made by
    /// [`OrderDraft::transfer_out`].
    TransferOut: acknowledgements
}
builder! {
    /// XFER_SERVICE_IN: a line comes from a person to the company, same carrier. Made by
    /// [`OrderDraft::transfer_in`].
    TransferIn: goods, ship_to, postal_code, acknowledgements
}
builder! {
    /// XFER_SERVICE_IN_AND_PORT: a line comes from a person to the company and to another carrier,
    /// because the present one is not supported. Made by [`OrderDraft::transfer_in_and_port`].
    TransferInAndPort: goods, ship_to, postal_code, acknowledgements, service
}

/// On the heap, because builders are moved from call to call.
fn request(kind: TransactionType) -> Box<OrderRequestEnvelope> {
    Box::new(OrderRequestEnvelope::new(OrderRequest::new(kind)))
}

fn about(kind: TransactionType, service_id: impl Into<String>) -> Box<OrderRequestEnvelope> {
    let mut request = request(kind);
    request.order_request.service_id = Some(service_id.into());
    request
}

impl OrderDraft {
    /// A new device, service or accessories, in the country of this region id.
    ///
    /// ```
    /// use mobproc::{OrderDraft, ShippingAddress};
    ///
    /// let order = OrderDraft::new_activation("2001")
    ///     .postal_code("06510")
    ///     .device("4001")
    ///     .plan("4101")
    ///     .ship_to(
    ///         ShippingAddress::new("Amara Okafor", "2001")
    ///             .line("LINE_1", "14 Harbor Street")
    ///             .line("CITY", "New Haven")
    ///             .line("STATE", "CT")
    ///             .line("POSTAL_CODE", "06510"),
    ///     );
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn new_activation(region_id: impl Into<String>) -> NewActivation {
        let mut request = request(TransactionType::NewActivation);
        request.order_request.region_id = Some(region_id.into());
        NewActivation(request)
    }

    /// Another device, another plan, or both, for this service asset.
    ///
    /// ```
    /// use mobproc::{DeviceIdentity, OrderDraft};
    ///
    /// let device = DeviceIdentity::new("Kestrel", "K4").imei("000000000000001").sim("89000001");
    /// let order = OrderDraft::upgrade("1001")
    ///     .existing_device(device)
    ///     .plan("4102");
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn upgrade(service_id: impl Into<String>) -> Upgrade {
        Upgrade(about(TransactionType::Upgrade, service_id))
    }

    /// This service asset and its number, to another carrier in the country of this region id.
    ///
    /// ```
    /// use mobproc::OrderDraft;
    ///
    /// let order = OrderDraft::port_number("1001", "2001").postal_code("06510").plan("4103");
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn port_number(service_id: impl Into<String>, region_id: impl Into<String>) -> PortNumber {
        let mut request = about(TransactionType::PortNumber, service_id);
        request.order_request.region_id = Some(region_id.into());
        PortNumber(request)
    }

    /// Accessories, by catalog ids, for the device of this service asset.
    ///
    /// ```
    /// use mobproc::{OrderDraft, ShippingAddress};
    ///
    /// let order = OrderDraft::order_accessories("1001", ["4201"]).ship_to(
    ///     ShippingAddress::new("Amara Okafor", "2001").line("LINE_1", "14 Harbor Street"),
    /// );
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn order_accessories(
        service_id: impl Into<String>,
        catalog_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> OrderAccessories {
        let mut request = about(TransactionType::OrderAccessories, service_id);
        let mut cart = ShoppingCartRequest::new();
        cart.accessory_ids = Some(texts(catalog_ids));
        request.order_request.shopping_cart = Some(cart);
        OrderAccessories(request)
    }

    /// Suspends this service asset.
    ///
    /// ```
    /// use mobproc::{OrderDraft, Property};
    ///
    /// let number = Property::text("CONTACT_NUMBER", "202-555-0101");
    /// let order = OrderDraft::suspend("1001").property(number);
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn suspend(service_id: impl Into<String>) -> Suspend {
        Suspend(about(TransactionType::Suspend, service_id))
    }

    /// Reactivates this suspended service asset.
    ///
    /// ```
    /// use mobproc::{OrderDraft, Property};
    ///
    /// let order = OrderDraft::unsuspend("1001").property(Property::text("USER", "amara.okafor"));
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn unsuspend(service_id: impl Into<String>) -> Unsuspend {
        Unsuspend(about(TransactionType::Unsuspend, service_id))
    }

    /// Ends this service asset.
    ///
    /// ```
    /// use mobproc::{OrderDraft, Property};
    ///
    /// let order = OrderDraft::deactivate("1001").property(Property::choice("Reason", "1"));
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn deactivate(service_id: impl Into<String>) -> Deactivate {
        Deactivate(about(TransactionType::Deactivate, service_id))
    }

    /// Adds and removes features of this service asset.
    ///
    /// ```
    /// use mobproc::OrderDraft;
    ///
    /// let order = OrderDraft::update_features("1001").add_feature("43").remove_feature("41");
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn update_features(service_id: impl Into<String>) -> UpdateFeatures {
        UpdateFeatures(about(TransactionType::UpdateFeatures, service_id))
    }

    /// Puts this service asset from one device on another; both must be known assets.
    ///
    /// ```
    /// use mobproc::{DeviceIdentity, OrderDraft};
    ///
    /// let order = OrderDraft::swap_devices(
    ///     "1001",
    ///     DeviceIdentity::new("Kestrel", "K4").imei("000000000000001").sim("89000001"),
    ///     DeviceIdentity::other("Example Phone 2").imei("000000000000002"),
    /// );
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn swap_devices(
        service_id: impl Into<String>,
        existing: DeviceIdentity,
        new: DeviceIdentity,
    ) -> SwapDevices {
        let mut request = about(TransactionType::SwapDevices, service_id);
        request.order_request.existing_device = Some(existing.into_request());
        request.order_request.new_device = Some(new.into_request());
        SwapDevices(request)
    }

    /// This service asset goes from the company to a person.
    ///
    /// ```
    /// use mobproc::OrderDraft;
    ///
    /// let order = OrderDraft::transfer_out("1001");
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn transfer_out(service_id: impl Into<String>) -> TransferOut {
        TransferOut(about(TransactionType::XferServiceOut, service_id))
    }

    /// A line comes from a person to the company; its present carrier is this vendor, in the
    /// country of this region id.
    ///
    /// ```
    /// use mobproc::OrderDraft;
    ///
    /// let order = OrderDraft::transfer_in("3001", "2001")
    ///     .postal_code("06510")
    ///     .plan("4101")
    ///     .acknowledge("SHARED_PLAN");
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn transfer_in(current_vendor_id: impl Into<String>, region_id: impl Into<String>) -> TransferIn {
        let mut request = request(TransactionType::XferServiceIn);
        request.order_request.current_vendor_id = Some(current_vendor_id.into());
        request.order_request.region_id = Some(region_id.into());
        TransferIn(request)
    }

    /// A line comes from a person to the company and to another carrier than this vendor, in the
    /// country of this region id.
    ///
    /// ```
    /// use mobproc::OrderDraft;
    ///
    /// let order = OrderDraft::transfer_in_and_port("3002", "2001")
    ///     .postal_code("06510")
    ///     .plan("4101")
    ///     .acknowledge("LIABILITY_TRANSFER");
    /// assert!(!OrderDraft::from(order).check().has_errors());
    /// ```
    pub fn transfer_in_and_port(
        current_vendor_id: impl Into<String>,
        region_id: impl Into<String>,
    ) -> TransferInAndPort {
        let mut request = request(TransactionType::XferServiceInAndPort);
        request.order_request.current_vendor_id = Some(current_vendor_id.into());
        request.order_request.region_id = Some(region_id.into());
        TransferInAndPort(request)
    }
}
