//! Where an order is shipped to.

use mobproc::types::{AddressFormatComponent, Region, Requirement};
use mobproc::{AddressForm, Severity, Violation};
use mobproc_api::order_rules::OrderPart;
use mobproc_rollout::text::one_line;
use serde_json::{Value, json};

use super::Questions;
use super::choices::{Choice, not_empty, nothing};
use crate::failure::Failure;

impl Questions<'_> {
    pub(super) async fn ship_to(&mut self, given: &[(String, String)]) -> Result<(), Failure> {
        if !self.rules.documents(OrderPart::ShipTo) {
            return Ok(());
        }
        let is_shipped = [
            OrderPart::ShoppingCartDeviceId,
            OrderPart::ShoppingCartAccessoryIds,
            OrderPart::ShoppingCartPlanId,
        ]
        .into_iter()
        .any(|part| self.draft.has(part));
        let can_ask = self.asker.can_ask();
        if !is_shipped && given.is_empty() {
            return Ok(());
        }
        if !can_ask && given.is_empty() && !self.draft.has(OrderPart::ShipToName) {
            return Ok(());
        }
        if !self.draft.has(OrderPart::ShipToName) && can_ask {
            let holder = self.line.as_ref().and_then(|line| line.employee.as_ref());
            let names = holder.map(|holder| [holder.first_name.as_deref(), holder.last_name.as_deref()]);
            let name = names.map(|names| names.into_iter().flatten().collect::<Vec<_>>().join(" "));
            let name = name.filter(|name| !name.is_empty());
            let answer = self
                .asker
                .text("Ship to (name):", "", name.as_deref(), not_empty)?;
            self.draft.set(OrderPart::ShipToName, json!(answer));
        }
        if !self.draft.has(OrderPart::ShipToRegionId) && can_ask {
            let id = match self.draft.text(OrderPart::RegionId) {
                Some(id) => id.to_owned(),
                None => self.choose_region("To which country?").await?,
            };
            self.draft.set(OrderPart::ShipToRegionId, json!(id));
        }
        let mut lines: Vec<Value> = Vec::new();
        if let Some(region) = self.draft.text(OrderPart::ShipToRegionId).map(str::to_owned) {
            lines = self.address(&region, given).await?;
        } else {
            lines.extend(
                given
                    .iter()
                    .map(|(id, value)| json!({ "id": id, "value": value })),
            );
        }
        if !lines.is_empty() {
            self.draft.set(OrderPart::ShipToAddress, json!(lines));
        }
        Ok(())
    }

    async fn address(&self, region: &str, given: &[(String, String)]) -> Result<Vec<Value>, Failure> {
        let region = self.session.client.region(region).await?;
        let Some(form) = AddressForm::of(&region) else {
            return Ok(given
                .iter()
                .map(|(id, value)| json!({ "id": id, "value": value }))
                .collect());
        };
        let mut lines = Vec::new();
        for part in form.parts() {
            let before = given
                .iter()
                .find(|(id, _)| *id == part.id)
                .map(|(_, value)| value.clone());
            let value = match before {
                Some(value) => value,
                None if !self.asker.can_ask() => continue,
                None => self.address_part(&region, part)?,
            };
            if !value.is_empty() {
                lines.push(json!({ "id": part.id, "value": value }));
            }
        }
        for (id, value) in given {
            if !form.parts().iter().any(|part| part.id == *id) {
                lines.push(json!({ "id": id, "value": value }));
            }
        }
        Ok(lines)
    }

    fn address_part(&self, region: &Region, part: &AddressFormatComponent) -> Result<String, Failure> {
        let is_required = part.requirement == Some(Requirement::Required);
        let name = one_line(part.label.as_deref().unwrap_or(&part.id));
        let optional = if is_required { "" } else { " (optional)" };
        let label = format!("Address, {name}{optional}:");
        let options = part.options.as_deref().unwrap_or_default();
        if !options.is_empty() {
            let mut choices = vec![nothing(if is_required { "(please choose)" } else { "(none)" })];
            choices.extend(options.iter().filter_map(|option| {
                let id = option.value.clone()?;
                let label = one_line(option.label.as_deref().unwrap_or(&id));
                Some(Choice { id, label })
            }));
            return loop {
                let chosen = self.asker.one(&label, &choices)?;
                if !chosen.id.is_empty() || !is_required {
                    break Ok(chosen.id);
                }
            };
        }
        let (region, id) = (region.clone(), part.id.clone());
        let check = move |text: &str| {
            if text.is_empty() && !is_required {
                return Ok(());
            }
            let Some(mut form) = AddressForm::of(&region) else {
                return Ok(());
            };
            form.set(&id, text);
            let pointer = format!("/{id}");
            let is_wrong = |violation: &&Violation| {
                violation.pointer == pointer && violation.severity == Severity::Error
            };
            match form.check().iter().find(is_wrong) {
                Some(violation) => Err(violation.message.clone()),
                None => Ok(()),
            }
        };
        self.asker
            .text(&label, part.pattern.as_deref().unwrap_or_default(), None, check)
    }
}
