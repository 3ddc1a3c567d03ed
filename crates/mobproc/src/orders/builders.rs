//! Building orders: one builder for each kind, which offers only what that kind can carry.

use mobproc_api::types::{
    AcknowledgementAcceptance, AcknowledgementType, AddressLine, ChoiceValue, DeviceIdentityRequest,
    FeatureAction, FeatureChangeRequest, OrderRequest, PropertyField, PropertyGroup, PropertyType,
    SerialNumber, SerialNumberType, ShipToRequest, ShoppingCartRequest, Timestamp, TransactionType,
};

use crate::orders::Order;

/// The only group of properties that is published.
const GROUP: &str = "MISCELLANEOUS";

/// One of the extra fields an order carries for the carrier.
///
/// Which there are, and which are required, depends on carrier and kind of order; the API tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Property(PropertyField);

impl Property {
    fn new(id: impl Into<String>, kind: PropertyType) -> Self {
        Self(PropertyField {
            id: id.into(),
            kind: Some(kind),
            choice: None,
            date: None,
            label: None,
            text: None,
        })
    }

    /// A text.
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> Self {
        let mut property = Self::new(id, PropertyType::Text);
        property.0.text = Some(text.into());
        property
    }

    /// A date: a point in time, written as the tutorials do, or a text in the form the definition asks for.
    pub fn date(id: impl Into<String>, date: impl Into<Timestamp>) -> Self {
        let mut property = Self::new(id, PropertyType::Date);
        property.0.date = Some(date.into());
        property
    }

    /// An option, by its id.
    pub fn choice(id: impl Into<String>, option: impl Into<String>) -> Self {
        let mut property = Self::new(id, PropertyType::Choice);
        property.0.choice = Some(ChoiceValue {
            id: option.into(),
            other_text: None,
        });
        property
    }

    /// The option for anything else, with the text that goes with it.
    pub fn other_choice(id: impl Into<String>, option: impl Into<String>, text: impl Into<String>) -> Self {
        let mut property = Self::new(id, PropertyType::Choice);
        property.0.choice = Some(ChoiceValue {
            id: option.into(),
            other_text: Some(text.into()),
        });
        property
    }
}

impl Property {
    pub(crate) fn into_field(self) -> PropertyField {
        self.0
    }
}

impl From<PropertyField> for Property {
    fn from(field: PropertyField) -> Self {
        Self(field)
    }
}

/// A device someone has, told by make, model and numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownDevice(DeviceIdentityRequest);

impl KnownDevice {
    /// A model of the catalog, by the ids of manufacturer and model (usually their names).
    pub fn known(manufacturer_id: impl Into<String>, model_id: impl Into<String>) -> Self {
        Self(DeviceIdentityRequest {
            manufacturer_id: Some(manufacturer_id.into()),
            model_id: Some(model_id.into()),
            ..DeviceIdentityRequest::default()
        })
    }

    /// A model that is not in the catalog, by make and model in free text.
    pub fn other(make_and_model: impl Into<String>) -> Self {
        Self::known("Other", "Other").make_and_model(make_and_model)
    }

    /// Make and model in free text.
    #[must_use]
    pub fn make_and_model(mut self, text: impl Into<String>) -> Self {
        self.0.other_make_model_name = Some(text.into());
        self
    }

    /// Its IMEI.
    #[must_use]
    pub fn imei(self, value: impl Into<String>) -> Self {
        self.serial_number(SerialNumberType::Imei, value)
    }

    /// Its ESN.
    #[must_use]
    pub fn esn(self, value: impl Into<String>) -> Self {
        self.serial_number(SerialNumberType::Esn, value)
    }

    /// Its MEID.
    #[must_use]
    pub fn meid(self, value: impl Into<String>) -> Self {
        self.serial_number(SerialNumberType::Meid, value)
    }

    /// Its serial number, of any kind.
    #[must_use]
    pub fn serial_number(mut self, kind: SerialNumberType, value: impl Into<String>) -> Self {
        self.0.serial_number = Some(SerialNumber {
            kind: Some(kind),
            value: value.into(),
        });
        self
    }

    /// The number of its SIM card. The device in use now needs it.
    #[must_use]
    pub fn sim(mut self, id: impl Into<String>) -> Self {
        self.0.sim_id = Some(id.into());
        self
    }
}

/// Where to ship.
#[derive(Debug, Clone, PartialEq)]
pub struct Destination(ShipToRequest);

impl Destination {
    /// To this person, in the country of this region id.
    pub fn new(name: impl Into<String>, region_id: impl Into<String>) -> Self {
        Self(ShipToRequest {
            name: Some(name.into()),
            region_id: Some(region_id.into()),
            address: Some(Vec::new()),
            expedite: Some(false),
            region: None,
        })
    }

    fn push(mut self, line: AddressLine) -> Self {
        self.0.address.get_or_insert_default().push(line);
        self
    }

    /// One part of the address. The country's address format tells which there are, such as `LINE_1`, `CITY`, `STATE`,
    /// `POSTAL_CODE`.
    #[must_use]
    pub fn line(self, id: impl Into<String>, value: impl Into<String>) -> Self {
        self.push(AddressLine {
            id: id.into(),
            label: None,
            value: Some(value.into()),
        })
    }

    /// One part of the address with its label, as two tutorials send it.
    #[must_use]
    pub fn labelled_line(
        self,
        id: impl Into<String>,
        label: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.push(AddressLine {
            id: id.into(),
            label: Some(label.into()),
            value: Some(value.into()),
        })
    }

    /// Ships faster, at a cost.
    #[must_use]
    pub fn expedited(mut self) -> Self {
        self.0.expedite = Some(true);
        self
    }
}

impl From<ShipToRequest> for Destination {
    fn from(ship_to: ShipToRequest) -> Self {
        Self(ship_to)
    }
}

pub(crate) fn blank(transaction_type: TransactionType) -> OrderRequest {
    OrderRequest {
        transaction_type,
        account_holder_company_employee_id: None,
        acknowledgements: None,
        current_vendor_id: None,
        existing_device: None,
        external_order_number: None,
        new_device: None,
        postal_code: None,
        properties: None,
        region_id: None,
        service_id: None,
        ship_to: None,
        shopping_cart: None,
    }
}

fn texts(list: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    list.into_iter().map(Into::into).collect()
}

/// A builder: the request it fills in, what every kind offers, and what its kind offers.
macro_rules! builder {
    ($(#[$doc:meta])* $name:ident: $($offer:ident),*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[must_use]
        pub struct $name(OrderRequest);

        impl $name {
            /// The caller's own number for the order. It is the only handle to find an order whose answer got lost, so it
            /// should be unique; one is made up where none is given.
            pub fn external_order_number(mut self, number: impl Into<String>) -> Self {
                self.0.external_order_number = Some(number.into());
                self
            }

            /// One of the extra fields the carrier asks for.
            pub fn property(self, property: Property) -> Self {
                self.property_in(GROUP, property)
            }

            /// One of the extra fields, in a group of another name than the published one.
            pub fn property_in(mut self, group: impl Into<String>, property: Property) -> Self {
                let group = group.into();
                let groups = self.0.properties.get_or_insert_default();
                match groups.iter_mut().find(|known| known.group_id.as_deref() == Some(group.as_str())) {
                    Some(known) => known.fields.get_or_insert_default().push(property.0),
                    None => groups.push(PropertyGroup {
                        group_id: Some(group),
                        fields: Some(vec![property.0]),
                    }),
                }
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
                self.0
            }

            $(offer!($offer);)*
        }

        impl From<$name> for Order {
            fn from(builder: $name) -> Self {
                Self::from(builder.0)
            }
        }
    };
}

macro_rules! offer {
    (goods) => {
        fn cart(&mut self) -> &mut ShoppingCartRequest {
            self.0.shopping_cart.get_or_insert_default()
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
        pub fn ship_to(mut self, destination: Destination) -> Self {
            self.0.ship_to = Some(destination.0);
            self
        }
    };
    (postal_code) => {
        /// Postal code of the place of use. Needed in the United States.
        pub fn postal_code(mut self, code: impl Into<String>) -> Self {
            self.0.postal_code = Some(code.into());
            self
        }
    };
    (existing_device) => {
        /// The device in use now. Premium Mobile always needs it; Rivermine may not take it.
        pub fn existing_device(mut self, device: KnownDevice) -> Self {
            self.0.existing_device = Some(device.0);
            self
        }
    };
    (feature_changes) => {
        fn change(mut self, id: impl Into<String>, action: FeatureAction) -> Self {
            let cart = self.0.shopping_cart.get_or_insert_default();
            cart.features
                .get_or_insert_default()
                .push(FeatureChangeRequest {
                    id: id.into(),
                    action,
                });
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
        pub fn accept_all(self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
            ids.into_iter()
                .fold(self, |order, id| order.acknowledgement(id, None))
        }

        fn acknowledgement(mut self, id: impl Into<String>, kind: Option<AcknowledgementType>) -> Self {
            self.0
                .acknowledgements
                .get_or_insert_default()
                .push(AcknowledgementAcceptance {
                    id: id.into(),
                    accepted: true,
                    kind,
                });
            self
        }
    };
    (service) => {
        /// The service asset it is about, which the prose asks for and the example leaves out.
        pub fn service(mut self, id: impl Into<String>) -> Self {
            self.0.service_id = Some(id.into());
            self
        }
    };
}

builder! {
    /// NEW_ACTIVATION: a new device, service or accessories. Made by [`Order::new_activation`].
    NewActivation: goods, ship_to, postal_code
}
builder! {
    /// UPGRADE: replaces the device, changes the plan, or both. Made by [`Order::upgrade`].
    Upgrade: goods, ship_to, existing_device
}
builder! {
    /// PORT_NUMBER: moves a service and its number to another carrier. Made by [`Order::port_number`].
    PortNumber: goods, ship_to, postal_code
}
builder! {
    /// ORDER_ACCESSORIES: accessories for a device in use. Made by [`Order::order_accessories`].
    OrderAccessories: ship_to
}
builder! {
    /// SUSPEND: suspends an active service. Made by [`Order::suspend`].
    Suspend:
}
builder! {
    /// UNSUSPEND: takes a suspended service up again. Most carriers ask for the property `USER`. Made by [`Order::unsuspend`].
    Unsuspend:
}
builder! {
    /// DEACTIVATE: ends a service. Made by [`Order::deactivate`].
    Deactivate:
}
builder! {
    /// UPDATE_FEATURES: adds and removes features. Made by [`Order::update_features`].
    UpdateFeatures: feature_changes
}
builder! {
    /// SWAP_DEVICES: puts a service on another device that is owned already. Made by [`Order::swap_devices`].
    SwapDevices:
}
builder! {
    /// XFER_SERVICE_OUT: a line goes from the company to a person. Made by [`Order::transfer_out`].
    TransferOut: acknowledgements
}
builder! {
    /// XFER_SERVICE_IN: a line comes from a person to the company, same carrier. Made by [`Order::transfer_in`].
    TransferIn: goods, ship_to, postal_code, acknowledgements
}
builder! {
    /// XFER_SERVICE_IN_AND_PORT: a line comes from a person to the company and to another carrier, because the present one is not
    /// supported. Made by [`Order::transfer_in_and_port`].
    TransferInAndPort: goods, ship_to, postal_code, acknowledgements, service
}

fn about(kind: TransactionType, service_id: impl Into<String>) -> OrderRequest {
    let mut request = blank(kind);
    request.service_id = Some(service_id.into());
    request
}

impl Order {
    /// A new device, service or accessories, in the country of this region id.
    pub fn new_activation(region_id: impl Into<String>) -> NewActivation {
        let mut request = blank(TransactionType::NewActivation);
        request.region_id = Some(region_id.into());
        NewActivation(request)
    }

    /// Another device, another plan, or both, for this service asset.
    pub fn upgrade(service_id: impl Into<String>) -> Upgrade {
        Upgrade(about(TransactionType::Upgrade, service_id))
    }

    /// This service asset and its number, to another carrier in the country of this region id.
    pub fn port_number(service_id: impl Into<String>, region_id: impl Into<String>) -> PortNumber {
        let mut request = about(TransactionType::PortNumber, service_id);
        request.region_id = Some(region_id.into());
        PortNumber(request)
    }

    /// Accessories, by catalog ids, for the device of this service asset.
    pub fn order_accessories(
        service_id: impl Into<String>,
        catalog_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> OrderAccessories {
        let mut request = about(TransactionType::OrderAccessories, service_id);
        request.shopping_cart = Some(ShoppingCartRequest {
            accessory_ids: Some(texts(catalog_ids)),
            ..ShoppingCartRequest::default()
        });
        OrderAccessories(request)
    }

    /// Suspends this service asset.
    pub fn suspend(service_id: impl Into<String>) -> Suspend {
        Suspend(about(TransactionType::Suspend, service_id))
    }

    /// Takes this suspended service asset up again.
    pub fn unsuspend(service_id: impl Into<String>) -> Unsuspend {
        Unsuspend(about(TransactionType::Unsuspend, service_id))
    }

    /// Ends this service asset.
    pub fn deactivate(service_id: impl Into<String>) -> Deactivate {
        Deactivate(about(TransactionType::Deactivate, service_id))
    }

    /// Adds and removes features of this service asset.
    pub fn update_features(service_id: impl Into<String>) -> UpdateFeatures {
        UpdateFeatures(about(TransactionType::UpdateFeatures, service_id))
    }

    /// Puts this service asset from one device on another; both must be known assets.
    pub fn swap_devices(
        service_id: impl Into<String>,
        existing: KnownDevice,
        new: KnownDevice,
    ) -> SwapDevices {
        let mut request = about(TransactionType::SwapDevices, service_id);
        request.existing_device = Some(existing.0);
        request.new_device = Some(new.0);
        SwapDevices(request)
    }

    /// This service asset goes from the company to a person.
    pub fn transfer_out(service_id: impl Into<String>) -> TransferOut {
        TransferOut(about(TransactionType::XferServiceOut, service_id))
    }

    /// A line comes from a person to the company; its present carrier is this vendor, in the country of this region id.
    pub fn transfer_in(current_vendor_id: impl Into<String>, region_id: impl Into<String>) -> TransferIn {
        let mut request = blank(TransactionType::XferServiceIn);
        request.current_vendor_id = Some(current_vendor_id.into());
        request.region_id = Some(region_id.into());
        TransferIn(request)
    }

    /// A line comes from a person to the company and to another carrier than this vendor, in the country of this region id.
    pub fn transfer_in_and_port(
        current_vendor_id: impl Into<String>,
        region_id: impl Into<String>,
    ) -> TransferInAndPort {
        let mut request = blank(TransactionType::XferServiceInAndPort);
        request.current_vendor_id = Some(current_vendor_id.into());
        request.region_id = Some(region_id.into());
        TransferInAndPort(request)
    }
}
