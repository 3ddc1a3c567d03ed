//! What the tenant asks for beyond the order itself: properties and statements.

use mobproc::types::{PropertyDefinition, PropertyType, Requirement, TransactionType};
use mobproc::{OrderDraft, Property, PropertyForm, Severity};
use mobproc_api::order_rules::OrderPart;
use mobproc_rollout::text::one_line;
use serde_json::{Value, json};

use super::Questions;
use super::choices::{not_empty, nothing, option_choice};
use crate::failure::Failure;
use crate::talk::say;

impl Questions<'_> {
    pub(super) async fn properties(&mut self, given: &[(String, String)]) -> Result<(), Failure> {
        if !self.is_open(OrderPart::Properties) {
            return Ok(());
        }
        let mut request = self.session.client.orders().properties(self.kind());
        match (&self.line, self.vendor_id()) {
            (Some(line), _) => request = request.service(&line.id),
            (None, Some(vendor)) => request = request.vendor(vendor),
            (None, None) => return Ok(()),
        }
        if self.kind() == TransactionType::Upgrade {
            request = request
                .excludes_device(!self.draft.has(OrderPart::ShoppingCartDeviceId))
                .excludes_plan(!self.draft.has(OrderPart::ShoppingCartPlanId));
        }
        let mut form = request.send().await?;
        for (id, value) in given {
            let question = form.question(id).ok_or_else(|| {
                let all: Vec<&str> = form.questions().map(|question| question.id.as_str()).collect();
                Failure::usage(format!(
                    "--property {id} is not asked for; asked for are {}",
                    all.join(", ")
                ))
            })?;
            let answer = answer_to(question, value)?;
            form.answer(answer);
        }
        if self.asker.can_ask() {
            self.ask_properties(&mut form, given)?;
        }
        let wrong = form.check();
        let certain = wrong
            .iter()
            .filter(|violation| violation.severity == Severity::Error);
        self.missing.extend(
            certain
                .map(|violation| format!("the property {}", violation.to_string().trim_start_matches('/'))),
        );
        self.draft.set_members("properties", groups_of(&form)?);
        Ok(())
    }

    fn ask_properties(&self, form: &mut PropertyForm, given: &[(String, String)]) -> Result<(), Failure> {
        let open: Vec<PropertyDefinition> = form
            .questions()
            .filter(|question| !given.iter().any(|(id, _)| *id == question.id))
            .cloned()
            .collect();
        let (required, optional): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|question| question.requirement == Requirement::Required);
        for question in &required {
            self.ask_property(form, question, true)?;
        }
        if !optional.is_empty()
            && self
                .asker
                .yes(&format!("Fill in optional fields too ({})?", names_of(&optional)))?
        {
            for question in &optional {
                self.ask_property(form, question, false)?;
            }
        }
        Ok(())
    }

    fn ask_property(
        &self,
        form: &mut PropertyForm,
        question: &PropertyDefinition,
        is_required: bool,
    ) -> Result<(), Failure> {
        let label = format!("{}:", one_line(question.label.trim_end_matches(':')));
        if question.kind == PropertyType::Choice {
            let options = question.choices.as_deref().unwrap_or_default();
            // First, so that Enter alone chooses nothing.
            let mut choices = vec![nothing(if is_required { "(please choose)" } else { "(none)" })];
            choices.extend(options.iter().map(option_choice));
            if options.is_empty() {
                return Ok(());
            }
            let chosen = loop {
                let chosen = self.asker.one(&label, &choices)?;
                if !chosen.id.is_empty() {
                    break chosen;
                }
                if !is_required {
                    return Ok(());
                }
            };
            let is_other = options
                .iter()
                .any(|option| option.id == chosen.id && option.is_other == Some(true));
            let answer = if is_other {
                let text = self.asker.text("What else?", "", None, not_empty)?;
                Property::other_choice(&question.id, &chosen.id, text)
            } else {
                Property::choice(&question.id, &chosen.id)
            };
            form.answer(answer);
            return Ok(());
        }
        let hint = hint_of(question);
        let (probe, trial) = (question.clone(), form.clone());
        let check = move |text: &str| {
            if text.is_empty() {
                return if is_required {
                    Err("something has to be said".to_owned())
                } else {
                    Ok(())
                };
            }
            let answer = answer_to(&probe, text).map_err(|failure| failure.text())?;
            let mut form = trial.clone();
            form.answer(answer);
            let pointer = format!("/{}", probe.id);
            let is_wrong = |violation: &&mobproc::Violation| {
                violation.pointer == pointer && violation.severity == Severity::Error
            };
            match form.check().iter().find(is_wrong) {
                Some(violation) => Err(violation.message.clone()),
                None => Ok(()),
            }
        };
        let answer = self.asker.text(&label, &hint, question.text.as_deref(), check)?;
        if !answer.is_empty() {
            form.answer(answer_to(question, &answer)?);
        }
        Ok(())
    }

    pub(super) async fn acknowledgements(&mut self) -> Result<(), Failure> {
        if !self.is_open(OrderPart::Acknowledgements) || !self.asker.can_ask() {
            return Ok(());
        }
        let Some(vendor) = self.vendor_id() else {
            return Ok(());
        };
        let form = self
            .session
            .client
            .orders()
            .acknowledgements(self.kind(), vendor)
            .send()
            .await?;
        for block in form.info_blocks() {
            say(&one_line(&block.header));
        }
        let mut accepted = Vec::new();
        for statement in form.statements() {
            let label = one_line(&statement.label);
            if self.asker.yes(&format!("{label} Do you accept this?"))? {
                accepted.push(json!({ "id": statement.id, "boolean": true, "type": "BOOLEAN" }));
            } else if statement.requirement == Requirement::Required {
                self.missing
                    .push(format!("the order is refused unless this is accepted: {label}"));
            }
        }
        if !accepted.is_empty() {
            self.draft.set(OrderPart::Acknowledgements, json!(accepted));
        }
        Ok(())
    }
}

fn hint_of(question: &PropertyDefinition) -> String {
    let mut hints: Vec<String> = Vec::new();
    hints.extend(question.pattern.as_deref().map(one_line));
    if question.kind == PropertyType::Date {
        hints.push("such as 2030-01-31T00:00:00Z".to_owned());
    }
    hints.extend(question.max_length.map(|most| format!("at most {most} letters")));
    hints.join("; ")
}

fn answer_to(question: &PropertyDefinition, value: &str) -> Result<Property, Failure> {
    match question.kind {
        PropertyType::Choice => {
            let options = question.choices.as_deref().unwrap_or_default();
            let (id, other) = value.split_once(':').unwrap_or((value, ""));
            if !options.is_empty() && !options.iter().any(|option| option.id == id) {
                let all: Vec<String> = options
                    .iter()
                    .map(|option| format!("{} ({})", option.id, option.label.as_deref().unwrap_or_default()))
                    .collect();
                return Err(Failure::usage(format!(
                    "{}: {} is none of {}",
                    question.id,
                    id.escape_debug(),
                    all.join(", ")
                )));
            }
            Ok(if other.is_empty() {
                Property::choice(&question.id, id)
            } else {
                Property::other_choice(&question.id, id, other)
            })
        }
        PropertyType::Date => Ok(Property::date(&question.id, value)),
        _ => Ok(Property::text(&question.id, value)),
    }
}

/// The answers, by group, as an order has them.
fn groups_of(form: &PropertyForm) -> Result<Value, Failure> {
    // The client's own way of writing them.
    let order = OrderDraft::suspend("0").answers(form.unchecked());
    let request =
        serde_json::to_value(order.into_request()).map_err(|error| Failure::failed(error.to_string()))?;
    Ok(request.get("properties").cloned().unwrap_or_else(|| json!([])))
}

/// Labels, for a sentence.
fn names_of(questions: &[PropertyDefinition]) -> String {
    let names: Vec<String> = questions
        .iter()
        .map(|question| one_line(&question.label))
        .collect();
    names.join(", ")
}
