//! Filling in what an order asks for: properties, a country's address, acknowledgements.
//!
//! Each is a value that says what is asked and checks what was answered, all at once. Helpers, never forced: the documented
//! examples themselves break some of the published rules.

use std::fmt;

use mobproc_api::types::{
    AcknowledgementDefinition, Acknowledgements, AddressFormatComponent, Collection, InfoBlock,
    PropertyDefinition, PropertyDefinitionGroup, PropertyField, PropertyType, Region, Requirement,
};

use crate::orders::{Destination, Property, Severity, Violation};

/// Whether a text fits a regular expression from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Fits,
    Differs,
    /// The expression is none, too large, or would take too long.
    NotChecked,
}

/// Compiled expressions may not be larger than this, in bytes.
const LARGEST_EXPRESSION: usize = 1 << 20;
/// Steps an expression with look-around may take.
const MOST_STEPS: usize = 100_000;

/// Holds a whole text against an expression that the server sent, in linear or bounded time.
pub(crate) fn fits(expression: &str, text: &str) -> Fit {
    // As published they are not anchored, but meant for the whole value.
    let anchored = format!("^(?:{expression})$");
    let linear = regex::RegexBuilder::new(&anchored)
        .size_limit(LARGEST_EXPRESSION)
        .build();
    if let Ok(linear) = linear {
        return if linear.is_match(text) {
            Fit::Fits
        } else {
            Fit::Differs
        };
    }
    // The other engine knows far more than forms need, and not all of it keeps its word: a conditional on a group that does not exist
    // made it panic.
    if !fancy_regex::Expr::parse_tree(&anchored).is_ok_and(|tree| is_plain(&tree.expr)) {
        return Fit::NotChecked;
    }
    let bounded = fancy_regex::RegexBuilder::new(&anchored)
        .backtrack_limit(MOST_STEPS)
        .delegate_size_limit(LARGEST_EXPRESSION)
        .build();
    match bounded.map(|bounded| bounded.is_match(text)) {
        Ok(Ok(true)) => Fit::Fits,
        Ok(Ok(false)) => Fit::Differs,
        Ok(Err(_)) | Err(_) => Fit::NotChecked,
    }
}

/// Whether an expression holds nothing beyond what expressions in web forms hold: classes, repetition, look-around, references back.
fn is_plain(expression: &fancy_regex::Expr) -> bool {
    use fancy_regex::Expr;

    let is_plain = |part: &Expr| {
        matches!(
            part,
            Expr::Empty
                | Expr::Any { .. }
                | Expr::Assertion(_)
                | Expr::Literal { .. }
                | Expr::Concat(_)
                | Expr::Alt(_)
                | Expr::Group(_)
                | Expr::LookAround(..)
                | Expr::Repeat { .. }
                | Expr::Delegate { .. }
                | Expr::Backref { .. }
        )
    };
    is_plain(expression) && !expression.has_descendant(|part| !is_plain(part))
}

/// What is asked about a text: how long, and of what form.
struct TextRules<'a> {
    required: bool,
    min: Option<i64>,
    max: Option<i64>,
    regex: Option<&'a str>,
    hint: Option<&'a str>,
}

impl TextRules<'_> {
    fn check(&self, pointer: &str, text: Option<&str>, found: &mut Vec<Violation>) {
        let text = text.unwrap_or_default();
        if text.trim().is_empty() {
            // Required means not empty, whatever the fewest characters are.
            if self.required {
                found.push(error(pointer, "is required"));
            }
            return;
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if let Some(max) = self.max.filter(|max| length > *max) {
            found.push(error(
                pointer,
                format!("has {length} characters; {max} are allowed"),
            ));
        }
        if let Some(min) = self.min.filter(|min| length < *min) {
            found.push(error(
                pointer,
                format!("has {length} characters; {min} are needed"),
            ));
        }
        if let Some(regex) = self.regex {
            let form = self.hint.map_or(String::new(), |hint| format!(" ({hint})"));
            match fits(regex, text) {
                Fit::Fits => {}
                Fit::Differs => found.push(error(
                    pointer,
                    format!("does not have the form that is asked for{form}"),
                )),
                Fit::NotChecked => found.push(warning(
                    pointer,
                    format!(
                        "was not checked: the form that is asked for{form} cannot be read in bounded time"
                    ),
                )),
            }
        }
    }
}

fn error(pointer: &str, message: impl Into<String>) -> Violation {
    Violation::new(pointer, message, Severity::Error)
}

fn warning(pointer: &str, message: impl Into<String>) -> Violation {
    Violation::new(pointer, message, Severity::Warning)
}

fn is_required(requirement: Option<&Requirement>) -> bool {
    requirement == Some(&Requirement::Required)
}

/// The properties an order of a kind asks for, and the answers so far. Made by
/// [`Orders::properties_for_vendor`](crate::Orders::properties_for_vendor) and
/// [`Orders::properties_for_service`](crate::Orders::properties_for_service).
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

    /// Answers a question, instead of any answer before.
    pub fn answer(&mut self, property: Property) -> &mut Self {
        let field = property.into_field();
        let group = self
            .groups
            .iter()
            .find(|group| {
                group
                    .fields
                    .iter()
                    .flatten()
                    .any(|question| question.id == field.id)
            })
            .and_then(|group| group.group_id.clone());
        self.answers.retain(|(_, known)| known.id != field.id);
        self.answers.push((group, field));
        self
    }

    /// Everything that is wrong with the answers. Pointers name the property.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
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
        found
    }

    /// The answers with their groups, if nothing is certainly wrong with them.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn checked(&self) -> Result<Vec<(Option<String>, Property)>, Vec<Violation>> {
        let violations = self.check();
        if violations
            .iter()
            .any(|violation| violation.severity == Severity::Error)
        {
            return Err(violations);
        }
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
    // The tutorials send RFC 3339 even where a definition asks for another form, so that is only a warning.
    let is_instant = date.instant().is_some();
    if rules.regex.is_none() && !is_instant {
        broken.push(warning(pointer, "is no RFC 3339 date and time"));
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

/// The parts of an address in a country, and their values so far. Made from a [`Region`] by [`AddressForm::of`].
#[derive(Clone, PartialEq)]
pub struct AddressForm {
    region_id: String,
    parts: Vec<AddressFormatComponent>,
    values: Vec<(String, String)>,
}

impl AddressForm {
    /// The address form of a country; nothing if it has none.
    #[must_use]
    pub fn of(region: &Region) -> Option<Self> {
        Some(Self {
            region_id: region.id.clone(),
            parts: region.address_format.clone()?,
            values: Vec::new(),
        })
    }

    /// The parts, in the order to display.
    #[must_use]
    pub fn parts(&self) -> &[AddressFormatComponent] {
        &self.parts
    }

    /// Fills a part in, such as `CITY`.
    pub fn set(&mut self, part: impl Into<String>, value: impl Into<String>) -> &mut Self {
        let part = part.into();
        self.values.retain(|(known, _)| *known != part);
        self.values.push((part, value.into()));
        self
    }

    /// Everything that is wrong. Pointers name the part.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        for part in &self.parts {
            let pointer = format!("/{}", part.id);
            let value = self
                .values
                .iter()
                .find(|(id, _)| *id == part.id)
                .map(|(_, value)| value.as_str());
            let rules = TextRules {
                required: is_required(part.requirement.as_ref()),
                min: part.min_length,
                max: part.max_length,
                regex: part.regex.as_deref(),
                hint: part.pattern.as_deref(),
            };
            rules.check(&pointer, value, &mut found);
            let options = part.options.as_deref().unwrap_or_default();
            if let Some(value) = value.filter(|value| !value.is_empty())
                && !options.is_empty()
                && !options
                    .iter()
                    .any(|option| option.value.as_deref() == Some(value))
            {
                found.push(error(&pointer, "is none of the options"));
            }
        }
        for (id, _) in &self.values {
            if !self.parts.iter().any(|part| part.id == *id) {
                found.push(warning(&format!("/{id}"), "is not asked for"));
            }
        }
        found
    }

    /// A destination in this country, if nothing is certainly wrong with the address.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn checked(&self, recipient: impl Into<String>) -> Result<Destination, Vec<Violation>> {
        let violations = self.check();
        if violations
            .iter()
            .any(|violation| violation.severity == Severity::Error)
        {
            return Err(violations);
        }
        Ok(self.unchecked(recipient))
    }

    /// A destination in this country, as it is.
    pub fn unchecked(&self, recipient: impl Into<String>) -> Destination {
        self.values.iter().fold(
            Destination::new(recipient, &self.region_id),
            |destination, (id, value)| destination.line(id, value),
        )
    }
}

/// The country and what is asked, but not who lives where.
impl fmt::Debug for AddressForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.parts.iter().map(|part| part.id.as_str()).collect();
        f.debug_struct("AddressForm")
            .field("region_id", &self.region_id)
            .field("parts", &ids)
            .finish_non_exhaustive()
    }
}

/// What a user has to read and accept. Made by [`Orders::acknowledgements`](crate::Orders::acknowledgements).
#[derive(Debug, Clone, PartialEq)]
pub struct AcknowledgementForm {
    asked: Acknowledgements,
    accepted: Vec<String>,
}

impl AcknowledgementForm {
    /// A form from an answer of the API.
    #[must_use]
    pub fn new(asked: Acknowledgements) -> Self {
        Self {
            asked,
            accepted: Vec::new(),
        }
    }

    /// Texts to show to the user.
    #[must_use]
    pub fn info_blocks(&self) -> &[InfoBlock] {
        self.asked.info_blocks.as_deref().unwrap_or_default()
    }

    /// Statements to accept.
    #[must_use]
    pub fn statements(&self) -> &[AcknowledgementDefinition] {
        self.asked.definitions.as_deref().unwrap_or_default()
    }

    /// The user has accepted this statement.
    pub fn accept(&mut self, id: impl Into<String>) -> &mut Self {
        self.accepted.push(id.into());
        self
    }

    /// Everything that is wrong. Pointers name the statement.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        let missing = self
            .statements()
            .iter()
            .filter(|statement| {
                is_required(Some(&statement.requirement)) && !self.accepted.contains(&statement.id)
            })
            .map(|statement| error(&format!("/{}", statement.id), "has to be accepted"));
        let strange = self
            .accepted
            .iter()
            .filter(|id| !self.statements().iter().any(|statement| statement.id == **id))
            .map(|id| warning(&format!("/{id}"), "is not asked for"));
        missing.chain(strange).collect()
    }

    /// The ids of what was accepted, if all that is required was.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn checked(&self) -> Result<Vec<String>, Vec<Violation>> {
        let violations = self.check();
        if violations
            .iter()
            .any(|violation| violation.severity == Severity::Error)
        {
            return Err(violations);
        }
        Ok(self.accepted.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, fits};

    #[test]
    fn expressions_are_meant_for_the_whole_text() {
        assert_eq!(fits("[A-Za-z][A-Za-z]", "CT"), Fit::Fits);
        assert_eq!(fits("[A-Za-z][A-Za-z]", "Connecticut"), Fit::Differs);
        assert_eq!(fits("[0-9]{4,5}(-[0-9]{4})?", "06510-1234"), Fit::Fits);
        assert_eq!(fits("a|b", "ab"), Fit::Differs);
        // Look-around goes to the other engine.
        assert_eq!(fits("(?!000)[0-9]{3}", "123"), Fit::Fits);
        assert_eq!(fits("(?!000)[0-9]{3}", "000"), Fit::Differs);
    }

    #[test]
    fn no_expression_can_hang_the_client() {
        let begin = std::time::Instant::now();
        assert_eq!(fits("(a+)+b", &"a".repeat(5000)), Fit::Differs);
        assert_eq!(fits(r"((a+)\2?)+b", &"a".repeat(60)), Fit::NotChecked);
        assert_eq!(fits("((((a{100}){100}){100}){100})", "a"), Fit::NotChecked);
        assert_eq!(fits("[", "a"), Fit::NotChecked);
        assert_eq!(fits("(?<x", "a"), Fit::NotChecked);
        // Found by fuzzing: made the engine panic.
        assert_eq!(fits("(?(11)W000)W0-9]()?{1}", "120"), Fit::NotChecked);
        assert!(
            begin.elapsed() < std::time::Duration::from_secs(5),
            "{:?}",
            begin.elapsed()
        );
    }
}
