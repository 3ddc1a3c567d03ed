//! What the tenant has and asks for.

use std::collections::HashMap;
use std::sync::Arc;

use mobproc::types::{DeviceAsset, OrderRequest, ServiceAsset, TransactionType};
use mobproc::{Client, Error, PropertyForm};
use mobproc_api::order_rules::{Need, OrderPart, OrderRules};
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// A device of the inventory as orders name one.
#[must_use]
pub fn identity_of(device: &DeviceAsset) -> Value {
    let manufacturer = device.manufacturer.as_ref().map(|maker| maker.id.clone());
    let model = device
        .model
        .as_ref()
        .and_then(|model| model.id().or_else(|| model.name()));
    let serial = device.serial_number.as_ref();
    let identity = json!({
        "manufacturerId": manufacturer,
        "modelId": model,
        "serialNumber": serial.map(|serial| json!({ "type": serial.kind, "value": serial.value })),
        "simId": device.sim_id,
    });
    let members = identity.as_object().cloned().unwrap_or_default();
    Value::Object(
        members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
    )
}

/// The vendor that a line has now.
#[must_use]
pub fn vendor_of(line: &ServiceAsset) -> Option<String> {
    let vendors = line.vendor.as_ref()?;
    let vendor = vendors.current.as_ref().or(vendors.billing.as_ref())?;
    Some(vendor.id.clone())
}

/// The questions of a kind of order to the lines of a vendor.
type Question = (TransactionType, String, bool, bool);

/// Lines, and the properties their vendors ask for. What is asked is looked up once for each vendor.
#[derive(Debug, Clone)]
pub(crate) struct Inventory {
    client: Client,
    forms: Arc<Mutex<HashMap<Question, Option<PropertyForm>>>>,
}

/// What is known of the line of an order.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// What its vendor asks for; nothing where it does not say.
    pub(crate) form: Option<PropertyForm>,
    /// Its device, as orders name one; nothing where the order names it, or needs none.
    pub(crate) device: Option<Value>,
}

/// Whether an order leaves out the device in use, which backends ask for and the inventory knows.
pub(crate) fn lacks_device_in_use(kind: &TransactionType, order: &OrderRequest) -> bool {
    let need = OrderRules::of(kind).map(|rules| rules.need(OrderPart::ExistingDevice));
    order.existing_device.is_none() && matches!(need, Some(Need::Conditional(_)))
}

impl Inventory {
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            forms: Arc::default(),
        }
    }

    /// What is known of the line of an order. Nothing where it names none.
    ///
    /// # Errors
    ///
    /// There is no such line, or it cannot be looked up.
    pub(crate) async fn look_up(
        &self,
        client: &Client,
        kind: &TransactionType,
        order: &OrderRequest,
    ) -> Result<Known, Error> {
        let Some(service) = order.service_id.as_deref() else {
            return Ok(Known::default());
        };
        let line = client.services().get(service).await?;
        let device = match &line.device {
            Some(device) if lacks_device_in_use(kind, order) => {
                // Lines show less of a device than the device itself.
                let full = client.devices().get(&device.id).await;
                Some(identity_of(full.as_ref().unwrap_or(device)))
            }
            _ => None,
        };
        let form = match vendor_of(&line) {
            Some(vendor) => self.form(kind, order, service, vendor).await,
            None => None,
        };
        Ok(Known { form, device })
    }

    async fn form(
        &self,
        kind: &TransactionType,
        order: &OrderRequest,
        service: &str,
        vendor: String,
    ) -> Option<PropertyForm> {
        let cart = order.shopping_cart.as_ref();
        let lacks_device = cart.is_none_or(|cart| cart.device_id.is_none());
        let lacks_plan = cart.is_none_or(|cart| cart.plan_id.is_none());
        let question = (kind.clone(), vendor, lacks_device, lacks_plan);
        // Whoever asks second waits for the first.
        let mut forms = self.forms.lock().await;
        if let Some(known) = forms.get(&question) {
            return known.clone();
        }
        let mut asked = self.client.orders().properties(kind.clone()).service(service);
        if *kind == TransactionType::Upgrade {
            asked = asked.excludes_device(lacks_device).excludes_plan(lacks_plan);
        }
        // The server looks at the order anyway.
        let form = asked.send().await.ok();
        forms.insert(question, form.clone());
        form
    }
}
