//! The properties an order asks for.

use std::fmt;

use mobproc_api::params::OrderPropertyListParams;
use mobproc_api::types::{
    Collection, PropertyDefinition, PropertyDefinitionGroup, PropertyField, PropertyType, TransactionType,
};

use super::text::{TextRules, error, is_required, warning};
use crate::client::Client;
use crate::error::Error;
use crate::orders::{Orders, Property, Severity, Violation, Violations};

/// Which properties to ask for. Made by [`Orders::properties`].
#[derive(Clone)]
#[must_use = "nothing is sent until `send` is called"]
pub struct PropertyFormRequest {
    client: Client,
    kind: TransactionType,
    vendor: Option<String>,
    service: Option<String>,
    excludes_device: Option<bool>,
    excludes_plan: Option<bool>,
    params: Vec<(String, String)>,
}

impl Orders {
    /// Asks for the properties that an order of a kind needs, as a form to fill in. It needs a
    /// vendor or a service.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = mobproc_sandbox::Sandbox::start().await?;
    /// # let of = sandbox.credentials().clone();
    /// # let client = mobproc::Client::builder()
    /// #     .base_url(sandbox.base_url())
    /// #     .token_url(sandbox.token_url())
    /// #     .tenant(of.tenant)
    /// #     .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
    /// #     .build()?;
    /// use mobproc::types::TransactionType;
    /// use mobproc::{OrderDraft, Property};
    ///
    /// let mut form = client.orders().properties(TransactionType::Suspend).service("1001").send().await?;
    /// form.answer(Property::text("CONTACT_NUMBER", "202-555-0101"));
    /// let order = OrderDraft::suspend("1001").answers(form.checked()?);
    /// # drop(order);
    /// # Ok(()) }
    /// ```
    pub fn properties(&self, kind: TransactionType) -> PropertyFormRequest {
        PropertyFormRequest {
            client: self.client().clone(),
            kind,
            vendor: None,
            service: None,
            excludes_device: None,
            excludes_plan: None,
            params: Vec::new(),
        }
    }
}

impl PropertyFormRequest {
    /// Sets the vendor the order is for.
    pub fn vendor(mut self, id: impl Into<String>) -> Self {
        self.vendor = Some(id.into());
        self
    }

    /// Sets the service asset the order is about, from which the backend finds the vendor.
    pub fn service(mut self, id: impl Into<String>) -> Self {
        self.service = Some(id.into());
        self
    }

    /// Says that an UPGRADE brings no new device.
    pub fn excludes_device(mut self, excludes: bool) -> Self {
        self.excludes_device = Some(excludes);
        self
    }

    /// Says that an UPGRADE brings no new plan.
    pub fn excludes_plan(mut self, excludes: bool) -> Self {
        self.excludes_plan = Some(excludes);
        self
    }

    /// Adds a query parameter that is not modelled.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Fetches the form.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn send(self) -> Result<PropertyForm, Error> {
        let mut params = OrderPropertyListParams::new(&self.kind);
        params.order_excludes_device = self.excludes_device;
        params.order_excludes_plan = self.excludes_plan;
        params.service = self.service.as_deref();
        params.vendor = self.vendor.as_deref();
        let mut request = self.client.api().order_property_list(params)?;
        for (name, value) in &self.params {
            request = request.param(name, value);
        }
        let definitions = self.client.fetch(Ok(request)).await?.into_value();
        Ok(PropertyForm::new(definitions))
    }
}

/// Of further parameters nothing: their values may be personal.
impl fmt::Debug for PropertyFormRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PropertyFormRequest")
            .field("kind", &self.kind)
            .field("vendor", &self.vendor)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// The properties an order of a kind asks for, and the answers so far. Made by
/// [`Orders::properties`].
#[derive(Clone, PartialEq)]
pub struct PropertyForm {
    groups: Vec<PropertyDefinitionGroup>,
    /// Group and answer.
    answers: Vec<(Option<String>, PropertyField)>,
}

impl PropertyForm {
    /// A form from definitions; values filled in already are its first answers.
    #[must_use]
    pub fn new(definitions: Collection<PropertyDefinitionGroup>) -> Self {
        let groups = definitions.into_items();
        let mut form = Self {
            groups,
            answers: Vec::new(),
        };
        let prefilled: Vec<Property> = form
            .questions()
            .filter_map(|question| match (&question.text, &question.date) {
                (Some(text), _) => Some(Property::text(&question.id, text)),
                (None, Some(date)) => Some(Property::date(&question.id, date.clone())),
                (None, None) => None,
            })
            .collect();
        for property in prefilled {
            form.answer(property);
        }
        form
    }

    /// What is asked, in the order to display: label, whether it is required, choices, hints.
    pub fn questions(&self) -> impl Iterator<Item = &PropertyDefinition> {
        self.groups.iter().flat_map(|group| group.fields.iter().flatten())
    }

    /// The question of that id.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<&PropertyDefinition> {
        self.questions().find(|question| question.id == id)
    }

    /// The group of the question of that id, if it has one.
    #[must_use]
    pub fn group_of(&self, id: &str) -> Option<&str> {
        let has = |group: &&PropertyDefinitionGroup| {
            group.fields.iter().flatten().any(|question| question.id == id)
        };
        self.groups.iter().find(has)?.group_id.as_deref()
    }

    /// Answers a question, instead of any answer before.
    pub fn answer(&mut self, property: Property) -> &mut Self {
        let field = property.into_field();
        let group = self.group_of(&field.id).map(str::to_owned);
        self.answers.retain(|(_, known)| known.id != field.id);
        self.answers.push((group, field));
        self
    }

    /// The same questions without any answers, not even those that the server has filled in.
    #[must_use]
    pub fn without_answers(mut self) -> Self {
        self.answers.clear();
        self
    }

    /// Everything that is wrong with the answers. Pointers name the property.
    #[must_use]
    pub fn check(&self) -> Violations {
        let mut found = Vec::new();
        for question in self.questions() {
            let answer = self
                .answers
                .iter()
                .map(|(_, answer)| answer)
                .find(|answer| answer.id == question.id);
            check_answer(question, answer, &mut found);
        }
        for (_, answer) in &self.answers {
            if self.question(&answer.id).is_none() {
                found.push(warning(&format!("/{}", answer.id), "is not asked for"));
            }
        }
        found.into()
    }

    /// The answers with their groups, if nothing is certainly wrong with them.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn checked(&self) -> Result<Vec<(Option<String>, Property)>, Violations> {
        self.check().into_result()?;
        Ok(self.unchecked())
    }

    /// The answers with their groups, as they are.
    #[must_use]
    pub fn unchecked(&self) -> Vec<(Option<String>, Property)> {
        self.answers
            .iter()
            .map(|(group, field)| (group.clone(), Property::from(field.clone())))
            .collect()
    }
}

/// What is asked, but not what was answered.
impl fmt::Debug for PropertyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.questions().map(|question| question.id.as_str()).collect();
        f.debug_struct("PropertyForm")
            .field("questions", &ids)
            .finish_non_exhaustive()
    }
}

fn check_answer(question: &PropertyDefinition, answer: Option<&PropertyField>, found: &mut Vec<Violation>) {
    let pointer = format!("/{}", question.id);
    let required = is_required(Some(&question.requirement));
    let rules = TextRules {
        required,
        min: question.min_length,
        max: question.max_length,
        regex: question.regex.as_deref(),
        hint: question.pattern.as_deref(),
    };
    if let Some(given) = answer.and_then(|answer| answer.kind.as_ref())
        && *given != question.kind
    {
        found.push(error(
            &pointer,
            format!("is a {given}; a {} is asked for", question.kind),
        ));
        return;
    }
    match question.kind {
        PropertyType::Text => rules.check(&pointer, answer.and_then(|answer| answer.text.as_deref()), found),
        PropertyType::Date => check_date(&pointer, &rules, answer, found),
        PropertyType::Choice => check_choice(&pointer, required, question, answer, found),
        _ => found.push(warning(&pointer, "is of a kind that this version does not know")),
    }
}

fn check_date(
    pointer: &str,
    rules: &TextRules<'_>,
    answer: Option<&PropertyField>,
    found: &mut Vec<Violation>,
) {
    let Some(date) = answer.and_then(|answer| answer.date.as_ref()) else {
        return rules.check(pointer, None, found);
    };
    let mut broken = Vec::new();
    rules.check(pointer, Some(date.as_str()), &mut broken);
    // The tutorials send RFC 3339 even where a definition asks for another form, so that is only a
    // warning.
    let is_instant = date.instant().is_some();
    if rules.regex.is_none() && !is_instant {
        broken.push(warning(pointer, "is not an RFC 3339 date and time"));
    }
    for mut violation in broken {
        if is_instant {
            violation.severity = Severity::Warning;
        }
        found.push(violation);
    }
}

fn check_choice(
    pointer: &str,
    required: bool,
    question: &PropertyDefinition,
    answer: Option<&PropertyField>,
    found: &mut Vec<Violation>,
) {
    let Some(choice) = answer.and_then(|answer| answer.choice.as_ref()) else {
        if required {
            found.push(error(pointer, "is required"));
        }
        return;
    };
    let options = question.choices.as_deref().unwrap_or_default();
    match options.iter().find(|option| option.id == choice.id) {
        None if options.is_empty() => found.push(warning(pointer, "was not checked: no options are listed")),
        None => found.push(error(pointer, "is none of the options")),
        Some(option) if option.is_other == Some(true) => {
            if choice
                .other_text
                .as_deref()
                .is_none_or(|text| text.trim().is_empty())
            {
                found.push(error(pointer, "needs a text that says what else"));
            }
        }
        // One tutorial sends a text with an option that is not shown to want one.
        Some(_) if choice.other_text.is_some() => {
            found.push(warning(
                pointer,
                "has a text, but the option does not ask for one",
            ));
        }
        Some(_) => {}
    }
}
