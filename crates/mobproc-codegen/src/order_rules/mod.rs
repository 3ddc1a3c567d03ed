//! What each kind of order needs, may carry and shows: the annotation `x-order-rules`, held against
//! the schemas it speaks of. `table` makes the client's table of it, `page` the page for people.

mod page;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::document::join;
use crate::schema::{self, EVIDENCE, SCHEMAS};

pub use page::page;
pub(crate) use table::source;

/// The schema that carries the annotation.
pub(crate) const KINDS: &str = "TransactionType";
pub(crate) const ANNOTATION: &str = "x-order-rules";

/// Members of an order that no kind is asked about: every order has its kind, and a cart is known
/// by what it holds.
const NOT_PARTS: [&str; 2] = ["transactionType", "shoppingCart"];
const CART: &str = "shoppingCart";
const SEGMENTS: &str = "orderSegments";

/// The rules, read.
pub(crate) struct OrderRules<'a> {
    pub(crate) conditions: BTreeMap<&'a str, &'a str>,
    pub(crate) kinds: Vec<Kind<'a>>,
    pub(crate) members: Vec<Part<'a>>,
}

/// The rules of one kind of order.
pub(crate) struct Kind<'a> {
    pub(crate) name: &'a str,
    category: &'a str,
    summary: &'a str,
    evidence: &'a str,
    pages: Vec<&'a str>,
    pub(crate) parts: Vec<Part<'a>>,
    choice: Option<Choice<'a>>,
    confirmation: Vec<&'a str>,
    order: Vec<&'a str>,
    answers_as: Option<&'a str>,
}

/// What is documented of one part.
#[derive(Debug, Clone)]
pub(crate) struct Part<'a> {
    pub(crate) path: &'a str,
    need: Need<'a>,
    evidence: &'a str,
}

#[derive(Debug, Clone)]
enum Need<'a> {
    Required,
    Conditional(Vec<&'a str>),
    Optional,
}

struct Choice<'a> {
    of: Vec<&'a str>,
    perhaps: Vec<&'a str>,
    evidence: &'a str,
}

/// What is wrong with a rule, and where.
type Report<'r> = &'r mut dyn FnMut(&str, String);

/// The rules of the document; nothing if it has none. What is not as it should be is reported and
/// left out.
pub(crate) fn read<'a>(document: &'a Value, report: Report<'_>) -> Option<OrderRules<'a>> {
    let pointer = join(&join(SCHEMAS, KINDS), ANNOTATION);
    let rules = document.pointer(&pointer)?;
    let mut reader = Reader {
        document,
        report,
        conditions: BTreeMap::new(),
        used: BTreeSet::new(),
    };
    reader.only(&pointer, rules, &["conditions", "kinds", "members"]);
    for (place, name, text) in reader.entries(&pointer, rules, "conditions") {
        match text.as_str() {
            Some(text) if is_kebab_case(name) && !text.trim().is_empty() => {
                reader.conditions.insert(name, text);
            }
            _ => reader.wrong(
                &place,
                "a condition is a kebab-case name with a text that follows `if`",
            ),
        }
    }
    let parts = parts_of_an_order(document);
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for (place, name, rules) in reader.entries(&pointer, rules, "kinds") {
        if let Some(kind) = reader.kind(&place, name, rules, &parts) {
            kinds.push(kind);
        }
    }
    let known = known_kinds(document);
    kinds.sort_by_key(|kind| known.iter().position(|name| *name == kind.name));
    let ruled: BTreeSet<&str> = kinds.iter().map(|kind| kind.name).collect();
    for name in known
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .symmetric_difference(&ruled)
    {
        reader.wrong(
            &join(&pointer, "kinds"),
            format!("`{name}` is a kind of order without rules, or has rules and is none"),
        );
    }
    let mut members = Vec::new();
    for (place, path, rule) in reader.entries(&pointer, rules, "members") {
        if !reader.leads_somewhere(path) {
            reader.wrong(&place, format!("no order has a member `{path}`"));
        }
        members.extend(reader.part(&place, path, rule));
    }
    for name in reader.conditions.keys() {
        if !reader.used.contains(name) {
            (reader.report)(
                &join(&join(&pointer, "conditions"), name),
                format!("nothing depends on the condition `{name}`"),
            );
        }
    }
    Some(OrderRules {
        conditions: reader.conditions,
        kinds,
        members,
    })
}

struct Reader<'a, 'r> {
    document: &'a Value,
    report: Report<'r>,
    conditions: BTreeMap<&'a str, &'a str>,
    used: BTreeSet<&'a str>,
}

impl<'a> Reader<'a, '_> {
    fn wrong(&mut self, pointer: &str, message: impl Into<String>) {
        (self.report)(pointer, message.into());
    }

    /// Reports members nobody reads, which may be misspelt.
    fn only(&mut self, pointer: &str, value: &'a Value, known: &[&str]) {
        let Some(members) = value.as_object() else {
            return self.wrong(pointer, format!("must be a mapping of {}", known.join(", ")));
        };
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            self.wrong(&join(pointer, name), format!("is none of {}", known.join(", ")));
        }
    }

    fn entries(&mut self, pointer: &str, value: &'a Value, name: &str) -> Vec<(String, &'a str, &'a Value)> {
        let place = join(pointer, name);
        match value.get(name).and_then(Value::as_object) {
            Some(members) => members
                .iter()
                .map(|(key, value)| (join(&place, key), key.as_str(), value))
                .collect(),
            None => {
                self.wrong(&place, "must be a mapping");
                Vec::new()
            }
        }
    }

    fn text(&mut self, pointer: &str, value: &'a Value, name: &str) -> &'a str {
        match value.get(name).and_then(Value::as_str) {
            Some(text) if !text.trim().is_empty() => text,
            _ => {
                self.wrong(pointer, format!("{name} is missing"));
                ""
            }
        }
    }

    fn texts(&mut self, pointer: &str, value: &'a Value, name: &str) -> Vec<&'a str> {
        let list = value.get(name).and_then(Value::as_array);
        let texts: Vec<&str> = list.into_iter().flatten().filter_map(Value::as_str).collect();
        if list.is_none_or(|list| list.len() != texts.len()) {
            self.wrong(pointer, format!("{name} must be a list of names"));
        }
        let mut seen = BTreeSet::new();
        for text in texts.iter().filter(|text| !seen.insert(**text)) {
            self.wrong(&join(pointer, name), format!("lists `{text}` twice"));
        }
        texts
    }

    fn evidence(&mut self, pointer: &str, value: &'a Value) -> &'a str {
        let evidence = self.text(pointer, value, "x-evidence");
        if !evidence.is_empty() && !EVIDENCE.contains(&evidence) {
            self.wrong(
                pointer,
                format!("x-evidence must be one of {}", EVIDENCE.join(", ")),
            );
        }
        evidence
    }

    fn kind(
        &mut self,
        pointer: &str,
        name: &'a str,
        rules: &'a Value,
        all: &BTreeSet<String>,
    ) -> Option<Kind<'a>> {
        if !rules.is_object() {
            self.wrong(pointer, "must be a mapping");
            return None;
        }
        self.only(
            pointer,
            rules,
            &[
                "category",
                "summary",
                "x-evidence",
                "x-source",
                "parts",
                "atLeastOne",
                "undocumented",
                "confirmation",
                "order",
                "answersAs",
            ],
        );
        let category = self.text(pointer, rules, "category");
        if !["procurement", "care"].contains(&category) {
            self.wrong(pointer, "category is procurement or care");
        }
        let mut parts = Vec::new();
        for (place, path, rule) in self.entries(pointer, rules, "parts") {
            parts.extend(self.part(&place, path, rule));
        }
        let undocumented = self.texts(pointer, rules, "undocumented");
        self.complete(pointer, &parts, &undocumented, all);
        let choice = match rules.get("atLeastOne") {
            Some(choice) => self.choice(&join(pointer, "atLeastOne"), choice, &parts, all),
            None => None,
        };
        let confirmation = self.shown(pointer, rules, "confirmation", "OrderConfirmation");
        let order = self.shown(pointer, rules, "order", "Order");
        let answers_as = rules.get("answersAs").and_then(Value::as_str);
        let known = known_kinds(self.document);
        if rules.get("answersAs").is_some() && answers_as.is_none_or(|kind| !known.contains(&kind)) {
            self.wrong(&join(pointer, "answersAs"), "is no kind of order");
        }
        Some(Kind {
            name,
            category,
            summary: self.text(pointer, rules, "summary"),
            evidence: self.evidence(pointer, rules),
            pages: self.texts(pointer, rules, "x-source"),
            parts,
            choice,
            confirmation,
            order,
            answers_as,
        })
    }

    fn part(&mut self, pointer: &str, path: &'a str, rule: &'a Value) -> Option<Part<'a>> {
        self.only(pointer, rule, &["need", "when", "x-evidence"]);
        let when = match rule.get("when") {
            Some(_) => self.texts(pointer, rule, "when"),
            None => Vec::new(),
        };
        for condition in &when {
            if !self.conditions.contains_key(condition) {
                self.wrong(pointer, format!("`{condition}` is no condition of this document"));
            }
            self.used.insert(condition);
        }
        let need = match rule.get("need").and_then(Value::as_str) {
            Some("required") if when.is_empty() => Need::Required,
            Some("optional") if when.is_empty() => Need::Optional,
            Some("conditional") if !when.is_empty() => Need::Conditional(when),
            _ => {
                self.wrong(
                    pointer,
                    "need is required, optional, or conditional with the conditions in `when`",
                );
                return None;
            }
        };
        Some(Part {
            path,
            need,
            evidence: self.evidence(pointer, rule),
        })
    }

    /// Every part of an order is documented or said not to be, and no other is.
    fn complete(&mut self, pointer: &str, parts: &[Part<'_>], undocumented: &[&str], all: &BTreeSet<String>) {
        for part in all {
            let documented = parts.iter().any(|known| known.path == part);
            match (documented, undocumented.contains(&part.as_str())) {
                (false, false) => self.wrong(
                    pointer,
                    format!("says nothing of `{part}`: it stands in `parts` or in `undocumented`"),
                ),
                (true, true) => self.wrong(pointer, format!("`{part}` is documented and not documented")),
                _ => {}
            }
        }
        let named = parts.iter().map(|part| part.path);
        for name in named.chain(undocumented.iter().copied()) {
            if !all.contains(name) {
                self.wrong(pointer, format!("no order has a part `{name}`"));
            }
        }
    }

    fn choice(
        &mut self,
        pointer: &str,
        choice: &'a Value,
        parts: &[Part<'_>],
        all: &BTreeSet<String>,
    ) -> Option<Choice<'a>> {
        self.only(pointer, choice, &["of", "perhaps", "x-evidence"]);
        let of = self.texts(pointer, choice, "of");
        let perhaps = match choice.get("perhaps") {
            Some(_) => self.texts(pointer, choice, "perhaps"),
            None => Vec::new(),
        };
        for path in &of {
            if !parts.iter().any(|part| part.path == *path) {
                self.wrong(pointer, format!("`{path}` is not documented for this kind"));
            }
        }
        for path in perhaps.iter().filter(|path| !all.contains(**path)) {
            self.wrong(pointer, format!("no order has a part `{path}`"));
        }
        if of.len() < 2 {
            self.wrong(pointer, "needs at least two parts to choose from");
            return None;
        }
        Some(Choice {
            of,
            perhaps,
            evidence: self.evidence(pointer, choice),
        })
    }

    /// Members that an answer shows, which its schema has to have.
    fn shown(&mut self, pointer: &str, rules: &'a Value, name: &str, schema: &str) -> Vec<&'a str> {
        let shown = self.texts(pointer, rules, name);
        let place = join(pointer, name);
        let mut known: BTreeSet<String> = properties(self.document, schema).map(str::to_owned).collect();
        if schema == "Order" {
            let members = properties(self.document, "OrderSegment");
            known.extend(
                members
                    .map(|member| format!("{SEGMENTS}.{member}"))
                    .collect::<Vec<_>>(),
            );
        }
        for member in shown.iter().filter(|member| !known.contains(**member)) {
            self.wrong(&place, format!("{schema} has no member `{member}`"));
        }
        shown
    }

    /// Whether a path with dots leads to a member below a part, lists being passed through.
    fn leads_somewhere(&self, path: &str) -> bool {
        let mut at = self.document.pointer(&join(SCHEMAS, "OrderRequest"));
        for name in path.split('.') {
            let Some(next) = at.and_then(|schema| schema.get("properties")?.get(name)) else {
                return false;
            };
            let next = next.get("items").unwrap_or(next);
            at = match schema::referenced(next) {
                Some(schema) => self.document.pointer(&join(SCHEMAS, schema)),
                None => Some(next),
            };
        }
        path.contains('.')
    }
}

fn is_kebab_case(name: &str) -> bool {
    !name.is_empty()
        && name
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase()))
}

/// The kinds of order, in the order of the document.
fn known_kinds(document: &Value) -> Vec<&str> {
    document
        .pointer(&join(SCHEMAS, KINDS))
        .and_then(schema::known_values)
        .unwrap_or_default()
}

fn properties<'a>(document: &'a Value, schema: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let schema = document.pointer(&join(SCHEMAS, schema));
    schema
        .and_then(|schema| schema.get("properties")?.as_object())
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
}

/// The parts every kind says something of.
fn parts_of_an_order(document: &Value) -> BTreeSet<String> {
    let cart = properties(document, "ShoppingCartRequest").map(|member| format!("{CART}.{member}"));
    properties(document, "OrderRequest")
        .filter(|member| !NOT_PARTS.contains(member))
        .map(str::to_owned)
        .chain(cart)
        .collect()
}

/// The rules of a document that keeps them.
pub(crate) fn rules(document: &Value) -> Option<OrderRules<'_>> {
    read(document, &mut |_, _| {})
}

/// Every part an order has, by its path.
fn paths(document: &Value, rules: &OrderRules<'_>) -> BTreeSet<String> {
    let members = rules.members.iter().map(|part| part.path.to_owned());
    parts_of_an_order(document).into_iter().chain(members).collect()
}
