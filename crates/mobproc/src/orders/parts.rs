//! Parts of an order: extra fields, devices, addresses.

use mobproc_api::types::{
    AddressLine, ChoiceValue, DeviceIdentityRequest, PropertyField, PropertyType, SerialNumber,
    SerialNumberType, ShipToRequest, Timestamp,
};

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
pub struct DeviceIdentity(DeviceIdentityRequest);

impl DeviceIdentity {
    /// A model of the catalog, by the ids of manufacturer and model (usually their names).
    pub fn new(manufacturer_id: impl Into<String>, model_id: impl Into<String>) -> Self {
        Self(DeviceIdentityRequest {
            manufacturer_id: Some(manufacturer_id.into()),
            model_id: Some(model_id.into()),
            ..DeviceIdentityRequest::default()
        })
    }

    /// A model that is not in the catalog, by make and model in free text.
    pub fn other(make_and_model: impl Into<String>) -> Self {
        Self::new("Other", "Other").make_and_model(make_and_model)
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
pub struct ShippingAddress(ShipToRequest);

impl ShippingAddress {
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

impl ShippingAddress {
    pub(crate) fn into_request(self) -> ShipToRequest {
        self.0
    }
}

impl From<ShipToRequest> for ShippingAddress {
    fn from(ship_to: ShipToRequest) -> Self {
        Self(ship_to)
    }
}

impl DeviceIdentity {
    pub(crate) fn into_request(self) -> DeviceIdentityRequest {
        self.0
    }
}

impl From<DeviceIdentityRequest> for DeviceIdentity {
    fn from(device: DeviceIdentityRequest) -> Self {
        Self(device)
    }
}
