//! The parts of an order itself: line, devices, region, vendor, cart.

use mobproc::types::{DeviceAsset, ServiceAsset, TransactionType};
use mobproc_api::order_rules::{Need, OrderPart};
use mobproc_rollout::inventory::{identity_of, vendor_of};
use mobproc_rollout::text::one_line;
use serde_json::{Value, json};

use super::Questions;
use super::choices::{Choice, line_choice, not_empty, nothing, priced};
use crate::failure::Failure;
use crate::new_order::{need_in_words, schema_of, summary_of};
use crate::summary::device_words;
use crate::talk::say;

/// More choices than anybody looks through.
pub(super) const MOST: u64 = 500;

impl Questions<'_> {
    /// Everything but properties, statements and address, which depend on it.
    pub(super) async fn ask_parts(&mut self) -> Result<(), Failure> {
        self.line().await?;
        self.take_existing_device().await;
        self.existing_device()?;
        self.new_device().await?;
        self.region().await?;
        self.vendor().await?;
        self.cart().await?;
        self.texts()
    }

    async fn line(&mut self) -> Result<(), Failure> {
        if self.is_open(OrderPart::ServiceId) && self.rules.need(OrderPart::ServiceId) == Need::Required {
            let lines = self
                .session
                .client
                .services()
                .list()
                .limit(MOST)
                .items()
                .collect()
                .await?;
            let kind = self.kind();
            let fits = |line: &&ServiceAsset| {
                let actions = line.order_actions.as_deref().unwrap_or_default();
                actions.is_empty() || actions.contains(&kind)
            };
            let choices: Vec<Choice> = lines.iter().filter(fits).map(line_choice).collect();
            if choices.is_empty() {
                return Err(
                    Failure::refused("there is no line that such an order could be about").nothing_ordered(),
                );
            }
            let chosen = self.asker.one("Which line?", &choices)?;
            self.draft.set(OrderPart::ServiceId, json!(chosen.id));
        }
        if let Some(id) = self.draft.text(OrderPart::ServiceId) {
            self.line = Some(self.session.client.services().get(id).await?);
        }
        Ok(())
    }

    /// The present device, as the line shows it.
    pub(super) async fn take_existing_device(&mut self) {
        if !self.is_open(OrderPart::ExistingDevice) {
            return;
        }
        let Some(device) = self.line.as_ref().and_then(|line| line.device.as_deref()) else {
            return;
        };
        // Lists show less of a device than the device itself.
        let full = self.session.client.devices().get(&device.id).await;
        let device = full.as_ref().unwrap_or(device);
        self.draft.set(OrderPart::ExistingDevice, identity_of(device));
    }

    fn existing_device(&mut self) -> Result<(), Failure> {
        if !self.rules.documents(OrderPart::ExistingDevice) {
            return Ok(());
        }
        if let Some(device) = self.draft.get(OrderPart::ExistingDevice) {
            say(&format!("The present device: {}", device_words(device)));
        }
        self.device_members(
            OrderPart::ExistingDevice,
            &[
                OrderPart::ExistingDeviceManufacturerId,
                OrderPart::ExistingDeviceModelId,
                OrderPart::ExistingDeviceSerialNumberType,
                OrderPart::ExistingDeviceSerialNumberValue,
                OrderPart::ExistingDeviceSimId,
            ],
        )
    }

    /// What is missing of a device, where a device is needed at all.
    fn device_members(&mut self, device: OrderPart, members: &[OrderPart]) -> Result<(), Failure> {
        if self.rules.need(device) == Need::Optional && !self.draft.has(device) {
            return Ok(());
        }
        for part in members {
            if !self.draft.has(*part) && self.rules.need(*part) == Need::Required {
                self.text(*part)?;
            }
        }
        Ok(())
    }

    async fn new_device(&mut self) -> Result<(), Failure> {
        if !self.is_open(OrderPart::NewDevice) {
            return Ok(());
        }
        let devices = self
            .session
            .client
            .devices()
            .list()
            .with_service_details()
            .limit(MOST)
            .items()
            .collect()
            .await?;
        let present = self
            .line
            .as_ref()
            .and_then(|line| line.device.as_ref())
            .map(|device| device.id.clone());
        let others: Vec<_> = devices
            .iter()
            .filter(|device| Some(&device.id) != present.as_ref())
            .collect();
        let mut choices: Vec<Choice> = others
            .iter()
            .map(|device| Choice {
                id: device.id.clone(),
                label: format!("{}{}", device_words(&json!(device)), in_use(device)),
            })
            .collect();
        choices.push(Choice {
            id: String::new(),
            label: "(another device)".to_owned(),
        });
        let chosen = self.asker.one("Which device instead?", &choices)?;
        if let Some(device) = others.iter().find(|device| device.id == chosen.id) {
            self.draft.set(OrderPart::NewDevice, identity_of(device));
        }
        self.device_members(
            OrderPart::NewDevice,
            &[
                OrderPart::NewDeviceManufacturerId,
                OrderPart::NewDeviceModelId,
                OrderPart::NewDeviceSerialNumberType,
                OrderPart::NewDeviceSerialNumberValue,
            ],
        )
    }

    pub(super) async fn choose_region(&self, question: &str) -> Result<String, Failure> {
        let regions = self.session.client.regions().items().collect().await?;
        let choices: Vec<Choice> = regions
            .iter()
            .map(|region| Choice {
                id: region.id.clone(),
                label: one_line(region.name.as_deref().unwrap_or(&region.id)),
            })
            .collect();
        match choices.as_slice() {
            [only] => Ok(only.id.clone()),
            _ => Ok(self.asker.one(question, &choices)?.id),
        }
    }

    async fn region(&mut self) -> Result<(), Failure> {
        if self.is_open(OrderPart::RegionId) && self.rules.need(OrderPart::RegionId) == Need::Required {
            let id = self.choose_region("In which country is it used?").await?;
            self.draft.set(OrderPart::RegionId, json!(id));
        }
        if self.is_open(OrderPart::PostalCode)
            && let (Need::Conditional(_), Some(region)) = (
                self.rules.need(OrderPart::PostalCode),
                self.draft.text(OrderPart::RegionId),
            )
        {
            let region = self.session.client.region(region).await?;
            // A country without a pattern has no postal codes that anybody could check.
            if region.postal_code_regex.is_some() || region.postal_code_pattern.is_some() {
                let hint = region.postal_code_pattern.as_deref().unwrap_or_default();
                let answer = self
                    .asker
                    .text("Postal code of the place of use:", hint, None, not_empty)?;
                self.draft.set(OrderPart::PostalCode, json!(answer));
            }
        }
        Ok(())
    }

    async fn vendor(&mut self) -> Result<(), Failure> {
        let asks_for_current = self.is_open(OrderPart::CurrentVendorId);
        let needs_vendor = self.line.is_none() && self.vendor.is_none();
        if !asks_for_current && !needs_vendor {
            return Ok(());
        }
        let vendors = self.session.client.vendors().items().collect().await?;
        let choices = || {
            vendors
                .iter()
                .map(|vendor| Choice {
                    id: vendor.id.clone(),
                    label: format!(
                        "{} [{}]",
                        one_line(vendor.name.as_deref().unwrap_or_default()),
                        vendor.id
                    ),
                })
                .collect::<Vec<_>>()
        };
        if asks_for_current {
            let chosen = self.asker.one("Which vendor has the line now?", &choices())?;
            self.draft.set(OrderPart::CurrentVendorId, json!(chosen.id));
        }
        if needs_vendor {
            self.vendor = Some(self.asker.one("Whose devices and plans?", &choices())?.id);
        }
        Ok(())
    }

    async fn cart(&mut self) -> Result<(), Failure> {
        let client = &self.session.client;
        if self.is_open(OrderPart::ShoppingCartDeviceId) {
            let mut list = client.catalog().devices().transaction_type(self.kind());
            if let Some(line) = &self.line {
                list = list.service(&line.id);
            } else if let Some(vendor) = &self.vendor {
                list = list.vendor(vendor);
            }
            let devices = list.limit(MOST).items().collect().await?;
            let choices = devices.iter().map(|item| {
                priced(
                    &item.id,
                    item.manufacturer.as_ref().and_then(|maker| maker.name.as_deref()),
                    item.name.as_deref(),
                    item.price.as_ref(),
                )
            });
            self.one_of(
                "Which device?",
                OrderPart::ShoppingCartDeviceId,
                choices.collect(),
            )?;
        }
        if self.is_open(OrderPart::ShoppingCartPlanId) {
            let plans = client.catalog().plans().limit(MOST).items().collect().await?;
            let vendor = self.vendor_id();
            let fits = plans.iter().filter(|plan| {
                let of = plan.vendor.as_ref().map(|of| of.id.as_str());
                vendor.is_none() || of.is_none() || of == vendor.as_deref()
            });
            let choices = fits.map(|item| priced(&item.id, None, item.name.as_deref(), item.price.as_ref()));
            let choices: Vec<Choice> = choices.collect();
            self.one_of("Which plan?", OrderPart::ShoppingCartPlanId, choices)?;
        }
        if self.is_open(OrderPart::ShoppingCartAccessoryIds) {
            let mut list = client.catalog().accessories();
            if let Some(line) = &self.line {
                list = list.service(&line.id);
            }
            let all = list.limit(MOST).items().collect().await?;
            let choices = all
                .iter()
                .map(|item| priced(&item.id, None, item.name.as_deref(), item.price.as_ref()));
            let chosen = self
                .asker
                .some("Which accessories?", &choices.collect::<Vec<_>>())?;
            let ids: Vec<String> = chosen.into_iter().map(|choice| choice.id).collect();
            self.draft.set(OrderPart::ShoppingCartAccessoryIds, json!(ids));
        }
        self.features().await
    }

    async fn features(&mut self) -> Result<(), Failure> {
        let changes = self.is_open(OrderPart::ShoppingCartFeatures)
            && self.rules.need(OrderPart::ShoppingCartFeatures) == Need::Required;
        let adds = self.is_open(OrderPart::ShoppingCartOptionalFeatureIds);
        if !changes && !adds {
            return Ok(());
        }
        let all = self
            .session
            .client
            .catalog()
            .features()
            .limit(MOST)
            .items()
            .collect()
            .await?;
        let choices = || {
            all.iter()
                .map(|item| priced(&item.id, None, item.description.as_deref(), item.price.as_ref()))
                .collect::<Vec<_>>()
        };
        if all.is_empty() {
            return Ok(());
        }
        if changes {
            let added = self.asker.some("Which features are added?", &choices())?;
            let removed = self.asker.some("Which features are removed?", &choices())?;
            let changes: Vec<Value> = added
                .iter()
                .map(|feature| json!({ "id": feature.id, "action": "ADD" }))
                .chain(
                    removed
                        .iter()
                        .map(|feature| json!({ "id": feature.id, "action": "REMOVE" })),
                )
                .collect();
            self.draft.set(OrderPart::ShoppingCartFeatures, json!(changes));
        } else {
            let chosen = self.asker.some("Which optional features?", &choices())?;
            if !chosen.is_empty() {
                let ids: Vec<String> = chosen.into_iter().map(|choice| choice.id).collect();
                self.draft
                    .set(OrderPart::ShoppingCartOptionalFeatureIds, json!(ids));
            }
        }
        Ok(())
    }

    fn one_of(&mut self, question: &str, part: OrderPart, mut choices: Vec<Choice>) -> Result<(), Failure> {
        if choices.is_empty() {
            return Ok(());
        }
        // First, so that Enter alone orders nothing.
        if self.rules.need(part) != Need::Required {
            let what = if self.kind() == TransactionType::Upgrade {
                "(keep the present one)"
            } else {
                "(none)"
            };
            choices.insert(0, nothing(what));
        }
        let chosen = self.asker.one(question, &choices)?;
        if !chosen.id.is_empty() {
            self.draft.set(part, json!(chosen.id));
        }
        Ok(())
    }

    /// Required texts that nothing above has asked for.
    fn texts(&mut self) -> Result<(), Failure> {
        let open: Vec<OrderPart> = self
            .rules
            .parts
            .iter()
            .filter(|rule| rule.need == Need::Required && !self.draft.has(rule.part))
            .map(|rule| rule.part)
            .filter(|part| schema_of(*part).is_text())
            .collect();
        open.into_iter().try_for_each(|part| self.text(part))
    }

    fn text(&mut self, part: OrderPart) -> Result<(), Failure> {
        let question = format!("{} ({}):", summary_of(part).trim_end_matches('.'), part.as_str());
        let answer = self
            .asker
            .text(&question, &need_in_words(self.rules.need(part)), None, not_empty)?;
        self.draft.set(part, json!(answer));
        Ok(())
    }

    pub(super) fn vendor_id(&self) -> Option<String> {
        self.vendor
            .clone()
            .or_else(|| self.line.as_ref().and_then(vendor_of))
    }
}

/// Whether a device is on a line already, in words.
fn in_use(device: &DeviceAsset) -> String {
    match json!(device.service)
        .pointer("/serviceNumber")
        .and_then(Value::as_str)
    {
        Some(number) => format!(", IN USE on {}", one_line(number)),
        None if device.service.is_some() => ", IN USE".to_owned(),
        None => String::new(),
    }
}
