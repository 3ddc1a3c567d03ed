//! Looking at an order before it is sent: everything that is wrong, at once.

use std::fmt;

use mobproc_api::order_rules::{
    Evidence, MEMBERS, Need, OrderCondition, OrderPart, OrderRules, PartRule, Presence,
};
use mobproc_api::types::{OrderRequest, PropertyField, PropertyType, ShipToRequest, ShoppingCartRequest};

use super::violation::{Severity, Violation, Violations};

/// What an order buys at most without somebody saying that it is meant.
const MOST_ORDERED: i64 = 100;

/// Everything that is wrong, or looks wrong: what the kind needs first, then what each part holds.
pub(crate) fn check(request: &OrderRequest) -> Violations {
    let mut checker = Checker { found: Vec::new() };
    let rules = OrderRules::of(&request.transaction_type);
    if rules.is_none() {
        checker.warn(
            "/transactionType",
            "this version does not know the kind of order, so little is checked",
        );
    }
    // All three are in the order of the parts, so nothing is searched for.
    let mut of_kind = rules.map_or(&[][..], |rules| rules.parts).iter().peekable();
    let mut members = MEMBERS.iter().peekable();
    for part in OrderPart::ALL {
        let is_about_it = |rule: &&PartRule| rule.part == *part;
        let (of_kind, member) = (of_kind.next_if(is_about_it), members.next_if(is_about_it));
        checker.part(request, rules, *part, of_kind.or(member));
    }
    if let Some(rules) = rules {
        checker.at_least_one(request, rules);
        if request.shopping_cart.is_some() && !rules.documents_cart() {
            checker.warn("/shoppingCart", undocumented(rules));
        }
    }
    if let Some(cart) = &request.shopping_cart {
        checker.cart(cart);
    }
    checker.properties(request);
    if let Some(ship_to) = &request.ship_to {
        checker.ship_to(ship_to);
    }
    checker.acknowledgements(request);
    Violations::from(checker.found)
}

fn undocumented(rules: &OrderRules) -> String {
    format!("is not documented for {}", rules.kind)
}

/// How bad it is that a part is not there, and why it is needed; nothing if it need not be there.
fn lack(request: &OrderRequest, rule: &PartRule) -> Option<(Severity, String)> {
    match rule.need {
        // A guess, or what the pages had once, is no reason to refuse an order.
        Need::Required if rule.evidence > Evidence::Prose => Some((Severity::Warning, String::new())),
        Need::Required => Some((Severity::Error, String::new())),
        Need::Conditional(conditions) => conditions
            .iter()
            .filter_map(|condition| {
                let severity = applies(*condition, request, rule.part)?;
                let why = match severity {
                    Severity::Error => format!(", and {}", condition.as_str()),
                    Severity::Warning => format!("; needed if {}", condition.as_str()),
                };
                Some((severity, why))
            })
            .max_by_key(|(severity, _)| *severity == Severity::Error),
        Need::Optional | Need::Undocumented => None,
    }
}

/// Whether a condition holds: an error if the order says so, a warning if only the server can tell.
fn applies(condition: OrderCondition, request: &OrderRequest, part: OrderPart) -> Option<Severity> {
    let holds = |part: OrderPart| part.presence(request) == Presence::Given;
    let certain = |holds: bool| holds.then_some(Severity::Error);
    match condition {
        OrderCondition::PhysicalItems => {
            certain(holds(OrderPart::ShoppingCartDeviceId) || holds(OrderPart::ShoppingCartAccessoryIds))
        }
        OrderCondition::ModelNotInCatalog => {
            let device = match part.parent() {
                Some(OrderPart::ExistingDevice) => request.existing_device.as_ref(),
                Some(OrderPart::NewDevice) => request.new_device.as_ref(),
                _ => None,
            };
            let model = device.and_then(|device| device.model_id.as_deref());
            certain(model == Some("Other"))
        }
        OrderCondition::UnitedStates
        | OrderCondition::PremiumMobile
        | OrderCondition::AcknowledgementDefinitions => Some(Severity::Warning),
        OrderCondition::SimOnPremiumMobile | OrderCondition::SimExceptRivermine => {
            holds(OrderPart::ShoppingCartPlanId).then_some(Severity::Warning)
        }
        // Nothing in the order hints at these, and most orders are right without.
        OrderCondition::IncompatibleDevice | OrderCondition::PropertyDefinitions => None,
    }
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
            Some(value) if value.chars().all(char::is_whitespace) => self.fail(pointer, "is empty"),
            Some(_) => {}
        }
    }

    /// Holds one part against what is documented of it.
    fn part(
        &mut self,
        request: &OrderRequest,
        rules: Option<&OrderRules>,
        part: OrderPart,
        rule: Option<&PartRule>,
    ) {
        // A member is asked for where its parent is there.
        let is_asked = part
            .parent()
            .is_none_or(|parent| parent.presence(request) == Presence::Given);
        // Which of the acknowledgements is not accepted is said below.
        if !is_asked || part == OrderPart::AcknowledgementsBoolean {
            return;
        }
        // Both are made only where something is to be said.
        let lack = || rule.and_then(|rule| lack(request, rule));
        let pointer = || part.pointer();
        match part.presence(request) {
            Presence::Given => {
                if let (None, Some(rules)) = (rule, rules)
                    && (rules.documents_cart() || !part.is_in_cart())
                {
                    self.warn(pointer().as_str(), undocumented(rules));
                }
            }
            Presence::Absent => {
                if let Some((severity, why)) = lack() {
                    self.report(pointer().as_str(), severity, format!("is missing{why}"));
                }
            }
            presence @ (Presence::Empty | Presence::Blank) => match lack() {
                Some((severity, why)) => {
                    self.report(pointer().as_str(), severity, format!("is empty{why}"));
                }
                // The published order sends the name of a known model as an empty text.
                None if presence == Presence::Blank && !is_free_text(part) => {
                    self.fail(pointer().as_str(), "is empty");
                }
                None => {}
            },
        }
    }

    fn at_least_one(&mut self, request: &OrderRequest, rules: &OrderRules) {
        let Some(choice) = rules.at_least_one else { return };
        let given = |parts: &[OrderPart]| -> Vec<&'static str> {
            parts
                .iter()
                .filter(|part| part.presence(request) == Presence::Given)
                .map(|part| part.as_str())
                .collect()
        };
        if !given(choice.of).is_empty() {
            return;
        }
        let names: Vec<&str> = choice.of.iter().map(|part| part.as_str()).collect();
        let alone = given(choice.perhaps);
        if alone.is_empty() {
            self.fail("/shoppingCart", format!("needs one of {}", names.join(", ")));
        } else {
            self.warn(
                "/shoppingCart",
                format!(
                    "holds {} alone; no documented example is without one of {}",
                    alone.join(" and "),
                    names.join(", ")
                ),
            );
        }
    }

    fn cart(&mut self, cart: &ShoppingCartRequest) {
        let lists = [
            ("accessoryIds", cart.accessory_ids.as_deref()),
            ("optionalFeatureIds", cart.optional_feature_ids.as_deref()),
        ];
        for (name, ids) in lists {
            for (index, id) in ids.unwrap_or_default().iter().enumerate() {
                self.needed(format_args!("/shoppingCart/{name}/{index}"), Some(id));
            }
        }
        for (index, change) in cart.features.iter().flatten().enumerate() {
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
    }

    fn acknowledgements(&mut self, request: &OrderRequest) {
        let lack = || {
            let rule = MEMBERS
                .iter()
                .find(|rule| rule.part == OrderPart::AcknowledgementsBoolean)?;
            lack(request, rule)
        };
        for (index, given) in request.acknowledgements.iter().flatten().enumerate() {
            self.needed(format_args!("/acknowledgements/{index}/id"), Some(&given.id));
            if !given.accepted
                && let Some((severity, why)) = lack()
            {
                self.report(
                    format_args!("/acknowledgements/{index}/boolean"),
                    severity,
                    format!("is false{why}"),
                );
            }
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
        for (index, line) in ship_to.address.iter().flatten().enumerate() {
            self.needed(format_args!("/shipTo/address/{index}/id"), Some(&line.id));
            if line.value.is_none() {
                self.fail(format_args!("/shipTo/address/{index}/value"), "is missing");
            }
        }
    }
}

/// What people write in their own words, and may leave empty.
fn is_free_text(part: OrderPart) -> bool {
    matches!(
        part,
        OrderPart::ExistingDeviceOtherMakeModelName
            | OrderPart::NewDeviceOtherMakeModelName
            | OrderPart::ShoppingCartFeatureRequestComment
    )
}
