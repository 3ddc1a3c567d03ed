//! Parts of an order: extra fields, devices, addresses.

use mobproc_api::types::{
    AddressLine, ChoiceValue, DeviceAsset, DeviceIdentityRequest, PropertyField, PropertyType, SerialNumber,
    SerialNumberType, ShipToRequest, Timestamp,
};

/// One of the extra fields an order carries for the carrier.
///
/// Which there are, and which are required, depends on carrier and kind of order; the API tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Property(PropertyField);

impl Property {
    fn new(id: impl Into<String>, kind: PropertyType) -> Self {
        let mut field = PropertyField::new(id);
        field.kind = Some(kind);
        Self(field)
    }

    /// A text.
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> Self {
        let mut property = Self::new(id, PropertyType::Text);
        property.0.text = Some(text.into());
        property
    }

    /// A date: a point in time, written as the tutorials do, or a text in the form the definition
    /// asks for.
    pub fn date(id: impl Into<String>, date: impl Into<Timestamp>) -> Self {
        let mut property = Self::new(id, PropertyType::Date);
        property.0.date = Some(date.into());
        property
    }

    /// An option, by its id.
    pub fn choice(id: impl Into<String>, option: impl Into<String>) -> Self {
        let mut property = Self::new(id, PropertyType::Choice);
        property.0.choice = Some(ChoiceValue::new(option));
        property
    }

    /// The option for anything else, with the text that goes with it.
    pub fn other_choice(id: impl Into<String>, option: impl Into<String>, text: impl Into<String>) -> Self {
        let mut property = Self::new(id, PropertyType::Choice);
        let mut choice = ChoiceValue::new(option);
        choice.other_text = Some(text.into());
        property.0.choice = Some(choice);
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

/// A device someone has, by make, model and numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceIdentity(DeviceIdentityRequest);

impl DeviceIdentity {
    /// A model of the catalog, by the ids of manufacturer and model (usually their names).
    pub fn new(manufacturer_id: impl Into<String>, model_id: impl Into<String>) -> Self {
        let mut device = DeviceIdentityRequest::new();
        device.manufacturer_id = Some(manufacturer_id.into());
        device.model_id = Some(model_id.into());
        Self(device)
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
        let mut serial = SerialNumber::new(value);
        serial.kind = Some(kind);
        self.0.serial_number = Some(serial);
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
        let mut ship_to = ShipToRequest::new();
        ship_to.name = Some(name.into());
        ship_to.region_id = Some(region_id.into());
        ship_to.address = Some(Vec::new());
        ship_to.expedite = Some(false);
        Self(ship_to)
    }

    fn push(mut self, line: AddressLine) -> Self {
        self.0.address.get_or_insert_default().push(line);
        self
    }

    /// One part of the address. The country's address format tells which there are, such as
    /// `LINE_1`, `CITY`, `STATE`, `POSTAL_CODE`.
    #[must_use]
    pub fn line(self, id: impl Into<String>, value: impl Into<String>) -> Self {
        let mut line = AddressLine::new(id);
        line.value = Some(value.into());
        self.push(line)
    }

    /// One part of the address with its label, as two tutorials send it.
    #[must_use]
    pub fn labelled_line(
        self,
        id: impl Into<String>,
        label: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let mut line = AddressLine::new(id);
        line.label = Some(label.into());
        line.value = Some(value.into());
        self.push(line)
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

/// A device someone has, as the one in use now: with the ids of its manufacturer and model, its
/// serial number and SIM card, as far as the asset shows them. What is missing,
/// [`OrderDraft::check`](crate::OrderDraft::check) reports.
impl From<&DeviceAsset> for DeviceIdentity {
    fn from(asset: &DeviceAsset) -> Self {
        let mut device = DeviceIdentityRequest::new();
        device.manufacturer_id = asset.manufacturer.as_ref().map(|maker| maker.id.clone());
        // The plain name is the id of most models.
        device.model_id = asset
            .model
            .as_ref()
            .and_then(|model| model.id().or(model.name()))
            .map(str::to_owned);
        device.serial_number.clone_from(&asset.serial_number);
        device.sim_id.clone_from(&asset.sim_id);
        Self(device)
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
