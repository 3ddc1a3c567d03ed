//! Where an order is shipped to.

use mobproc::AddressForm;
use mobproc::types::Requirement;
use mobproc_api::order_rules::OrderPart;
use serde_json::{Value, json};

use super::Questions;
use super::choices::{Choice, none_of_these, not_empty};
use crate::failure::Failure;
use crate::output::one_line;

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
                None => {
                    let label = format!("{}:", one_line(part.label.as_deref().unwrap_or(&part.id)));
                    let is_required = part.requirement == Some(Requirement::Required);
                    let options = part.options.as_deref().unwrap_or_default();
                    if options.is_empty() {
                        let region = region.clone();
                        let id = part.id.clone();
                        let check = move |text: &str| {
                            if text.is_empty() && !is_required {
                                return Ok(());
                            }
                            let Some(mut form) = AddressForm::of(&region) else {
                                return Ok(());
                            };
                            form.set(&id, text);
                            let pointer = format!("/{id}");
                            match form.check().iter().find(|violation| violation.pointer == pointer) {
                                Some(violation) if violation.severity == mobproc::Severity::Error => {
                                    Err(violation.message.clone())
                                }
                                _ => Ok(()),
                            }
                        };
                        self.asker
                            .text(&label, part.pattern.as_deref().unwrap_or_default(), None, check)?
                    } else {
                        let mut choices: Vec<Choice> = options
                            .iter()
                            .filter_map(|option| {
                                let id = option.value.clone()?;
                                let label = one_line(option.label.as_deref().unwrap_or(&id));
                                Some(Choice { id, label })
                            })
                            .collect();
                        if !is_required {
                            choices.push(none_of_these());
                        }
                        self.asker.one(&label, choices)?.id
                    }
                }
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
}
