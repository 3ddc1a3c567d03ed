//! From what was seen to a change of the document: a patch that a maintainer reads, and applies.

mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use mobproc_har::Document;
use serde_json::Value;
use similar::TextDiff;

use crate::drift::{Difference, Drift, Finding, Shape, Side};
use yaml::{Kind, Node, Text};

/// How well a part is known that was seen in traffic.
const OBSERVED: &str = "observed";
/// What is weaker than a published example, and is raised when it was seen.
const RAISED: &[&str] = &["partial", "prose", "link", "history", "inferred"];
/// What people write in place of it.
const DESCRIPTION: &str = "Seen in answers, not described.";

/// A changed document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proposal {
    /// The whole text, changed.
    pub text: String,
    /// What is left for people: findings for which no change can be written, each with the reason.
    pub left: Vec<String>,
    /// How many findings the change mends.
    pub mended: usize,
    /// How many parts are known better now.
    pub raised: usize,
}

/// Why no change can be proposed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProposeError {
    /// The document cannot be read.
    #[error("is not valid YAML: {0}")]
    Yaml(String),
    /// The changed document could not be read: a mistake of this program. Nothing is proposed.
    #[error("the changed document would not be valid YAML: {0}")]
    Broken(String),
}

impl Proposal {
    /// Makes the changes to a document that follow from what was seen. Comments, order and form of
    /// everything else stay.
    ///
    /// # Errors
    ///
    /// The document is not valid YAML.
    pub fn new(drift: &Drift, yaml: &str) -> Result<Self, ProposeError> {
        let document = document_of(yaml).map_err(ProposeError::Yaml)?;
        let mut mender = Mender {
            text: Text::parse(yaml).map_err(ProposeError::Yaml)?,
            document: &document,
            touched: BTreeSet::new(),
            guesses: BTreeSet::new(),
            headers: Vec::new(),
            raised: BTreeSet::new(),
            observed: BTreeMap::new(),
            values: BTreeMap::new(),
        };
        let mut left = Vec::new();
        let mut mended = 0;
        for finding in &drift.findings {
            if finding.side == Side::Request {
                continue;
            }
            match mender.mend(finding) {
                Ok(()) => mended += 1,
                Err(why) => left.push(format!("{finding}: {why}")),
            }
        }
        mender.add_headers();
        mender.write_collected();
        let mut raised = 0;
        let seen = drift
            .confirmed
            .iter()
            .chain(&mender.touched.clone())
            .cloned()
            .collect::<BTreeSet<_>>();
        for place in seen {
            raised += usize::from(mender.raise(&place));
        }
        let text = mender.text.finish();
        document_of(&text).map_err(ProposeError::Broken)?;
        Ok(Self {
            text,
            left,
            mended,
            raised,
        })
    }

    /// The change as a unified diff of a file; empty if there is none.
    #[must_use]
    pub fn patch(&self, before: &str, path: &str) -> String {
        TextDiff::from_lines(before, &self.text)
            .unified_diff()
            .header(&format!("a/{path}"), &format!("b/{path}"))
            .to_string()
    }
}

/// Reads a document in YAML (or JSON) for looking things up.
///
/// # Errors
///
/// It is not valid YAML; the text says where.
pub fn document_of(yaml: &str) -> Result<Document, String> {
    // The reader's guard against alias bombs counts aliases; a document may repeat a response
    // everywhere.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false },
    };
    serde_saphyr::from_str_with_options::<Value>(yaml, options)
        .map(Document::new)
        .map_err(|error| error.to_string())
}

struct Mender<'a> {
    text: Text,
    document: &'a Document,
    /// Schemas and operations that were changed.
    touched: BTreeSet<String>,
    /// Places at which other shapes are kept already.
    guesses: BTreeSet<String>,
    headers: Vec<String>,
    /// Places of which it is said already that they were seen.
    raised: BTreeSet<String>,
    /// What was seen of operations and members that OpenAPI has no words for, by place.
    observed: BTreeMap<String, Vec<String>>,
    /// New values of enums with how well they are known, by place.
    values: BTreeMap<String, Vec<String>>,
}

impl Mender<'_> {
    fn mend(&mut self, finding: &Finding) -> Result<(), &'static str> {
        match finding.difference {
            Difference::UnknownMember => self.add_member(finding),
            Difference::UnknownValue => self.add_value(finding),
            Difference::Type | Difference::Format => self.change_type(finding),
            Difference::Null => self.allow_null(finding),
            Difference::MissingMember => self.waive(finding),
            Difference::UnknownStatus => self.add_status(finding),
            Difference::UnknownHeader => {
                let places = ["/components/headers", "/components/parameters"];
                if places.iter().all(|place| self.text.node(place).is_none()) {
                    return Err("the document has no place for headers");
                }
                self.headers.push(finding.what.clone());
                Ok(())
            }
            Difference::Paging => self.observe(&finding.place, &finding.what),
            _ => Err("people decide"),
        }
    }

    /// The component or the operation a place is in.
    fn touch(&mut self, place: &str) {
        let parts: Vec<&str> = place.split('/').collect();
        if let ["", first, second, third, ..] = parts.as_slice() {
            self.touched.insert(format!("/{first}/{second}/{third}"));
        }
    }

    fn add_member(&mut self, finding: &Finding) -> Result<(), &'static str> {
        let place = format!("{}/properties", finding.place);
        let properties = self.text.node(&place).ok_or("its schema is not written out")?;
        let name = key(&finding.what).ok_or("its name needs to be looked at")?;
        let mut lines = vec![format!("{name}:")];
        let snake = needs_rust_name(&finding.what);
        lines.extend(
            schema_lines(&finding.shape)
                .into_iter()
                .map(|line| format!("  {line}")),
        );
        if self.may_be_personal(finding) {
            lines.push("  x-personal: true".to_owned());
        }
        if let Some(snake) = snake {
            lines.push(format!("  x-rust-name: {snake}"));
        }
        if properties.is_flow {
            return Err("its schema is written in one line");
        }
        self.text.add_member(properties, &lines);
        self.touch(&finding.place);
        Ok(())
    }

    /// What stands beside personal values may be personal: a maintainer who knows better takes it out.
    fn may_be_personal(&self, finding: &Finding) -> bool {
        let kinds = &finding.shape.kinds;
        let may_tell = ["string", "object", "array"]
            .iter()
            .any(|kind| kinds.contains(kind));
        let is_time = kinds.len() == 1 && kinds.contains("string") && finding.shape.only_times;
        let owner = self.document.value().pointer(&finding.place);
        let members = owner.and_then(|owner| owner.get("properties")?.as_object());
        let is_about_people = members.is_some_and(|members| {
            members
                .values()
                .any(|member| member.get("x-personal") == Some(&Value::Bool(true)))
        });
        may_tell && !is_time && is_about_people
    }

    fn add_value(&mut self, finding: &Finding) -> Result<(), &'static str> {
        if finding.what.starts_with('(') {
            return Err("it is a text, not a word of the API");
        }
        let place = &finding.place;
        let list = self
            .text
            .node(&format!("{place}/x-extensible-enum"))
            .filter(|node| node.kind == Kind::List)
            .ok_or("its values are not written out")?;
        self.text.add_item(list, &finding.what);
        let evidence = format!("{}: {OBSERVED}", finding.what);
        self.values.entry(place.clone()).or_default().push(evidence);
        Ok(())
    }

    fn change_type(&mut self, finding: &Finding) -> Result<(), &'static str> {
        let place = &finding.place;
        let schema = self
            .document
            .value()
            .pointer(place)
            .ok_or("it is not written out")?;
        let declared = schema.get("type").and_then(Value::as_str);
        let kinds: Vec<&str> = finding.shape.kinds.iter().copied().collect();
        let owner: String = place.split('/').take(4).collect::<Vec<_>>().join("/");
        let evidence = |part: &Value| part.get("x-evidence").and_then(Value::as_str).map(str::to_owned);
        let evidence = evidence(schema).or_else(|| evidence(self.document.value().pointer(&owner)?));
        let is_guess = evidence.is_none_or(|level| matches!(level.as_str(), "link" | "history" | "inferred"));
        let is_scalar = |kind: &&str| matches!(*kind, "string" | "integer" | "boolean");
        let node = self.text.node(&format!("{place}/type"));
        self.touch(place);
        if let (Difference::Type, Some(_), [seen], Some(node), true, false) = (
            finding.difference,
            declared.filter(|kind| is_scalar(kind)),
            kinds.as_slice(),
            node,
            is_guess,
            finding.also_as_documented,
        ) && is_scalar(seen)
        {
            self.text.replace(node, seen);
            if !self.raise(place) {
                self.annotate(place, &format!("x-evidence: {OBSERVED}"))?;
            }
            return Ok(());
        }
        if !self.guesses.insert(place.clone()) {
            return Ok(());
        }
        self.annotate(place, "x-guess: true")
    }

    /// Adds an annotation to the member of an object.
    fn annotate(&mut self, place: &str, annotation: &str) -> Result<(), &'static str> {
        let node = self.text.node(place).ok_or("it is not written out")?;
        let is_member = place.rsplit('/').nth(1) == Some("properties");
        if node.kind != Kind::Mapping || !is_member {
            return Err("it is not the member of an object");
        }
        self.text.add_member(node, &[annotation.to_owned()]);
        Ok(())
    }

    fn waive(&mut self, finding: &Finding) -> Result<(), &'static str> {
        let place = format!("{}/required", finding.place);
        let node = self.text.node(&place).ok_or("it is not written out")?;
        let required = self.document.value().pointer(&place).and_then(Value::as_array);
        let kept: Vec<&str> = required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|name| *name != finding.what)
            .collect();
        if !node.is_flow || kept.is_empty() {
            return Err("what is required is not written in one line, or nothing would be left of it");
        }
        self.text.replace(node, &format!("[{}]", kept.join(", ")));
        self.touch(&finding.place);
        Ok(())
    }

    fn add_status(&mut self, finding: &Finding) -> Result<(), &'static str> {
        let responses = self.text.node(&finding.place).ok_or("it is not written out")?;
        let status = &finding.what;
        if status.starts_with('2') {
            // The client knows one good answer of each operation; others of 2xx are taken for the same.
            let operation = finding
                .place
                .rsplit_once('/')
                .map_or("", |(operation, _)| operation);
            return self.observe(operation, &format!("status: {status}"));
        }
        let lines = if status.starts_with(['4', '5']) {
            vec![format!(
                "'{status}': {{$ref: '#/components/responses/OtherError'}}"
            )]
        } else {
            return Err("what a redirect or a status of its own means, people decide");
        };
        // In front of what is said of all others.
        let members = self
            .document
            .value()
            .pointer(&finding.place)
            .and_then(Value::as_object);
        let before: Option<u16> = members.and_then(|members| {
            let known = members.keys().filter_map(|known| known.parse::<u16>().ok());
            let new: u16 = status.parse().ok()?;
            known.filter(|known| *known < new).max()
        });
        let after = before.and_then(|before| self.text.node(&format!("{}/{before}", finding.place)));
        match after {
            Some(after) => self.text.add_after(after, responses.indent, &lines),
            None => self.text.add_member(responses, &lines),
        }
        Ok(())
    }

    fn add_headers(&mut self) {
        if self.headers.is_empty() {
            return;
        }
        let mut lines = Vec::new();
        for name in &self.headers {
            lines.push(format!("{name}:"));
            lines.push(format!("  description: {DESCRIPTION}"));
            lines.push("  schema: {type: string}".to_owned());
        }
        if let Some(headers) = self.text.node("/components/headers") {
            self.text.add_member(headers, &lines);
        } else if let Some(parameters) = self.text.node("/components/parameters") {
            let mut all = vec![String::new(), "headers:".to_owned()];
            all.extend(lines.into_iter().map(|line| format!("  {line}")));
            let indent = self
                .text
                .node("/components")
                .map_or(2, |components| components.indent);
            self.text.add_after(parameters, indent, &all);
        }
    }

    fn observe(&mut self, place: &str, what: &str) -> Result<(), &'static str> {
        self.text.node(place).ok_or("it is not written out")?;
        self.observed
            .entry(place.to_owned())
            .or_default()
            .push(what.to_owned());
        self.touch(place);
        Ok(())
    }

    /// A member that may be absent may be null as well: the types take both.
    fn allow_null(&mut self, finding: &Finding) -> Result<(), &'static str> {
        let (owner, name) = finding
            .place
            .rsplit_once("/properties/")
            .ok_or("it is not the member of an object")?;
        let required = self.document.value().pointer(&format!("{owner}/required"));
        let required = required.and_then(Value::as_array);
        if required.is_some_and(|required| required.iter().any(|known| known == name)) {
            return Err("it is required, and null is as good as nothing: it should not be");
        }
        self.observe(&finding.place, "may-be-null: true")?;
        self.touch(&finding.place);
        Ok(())
    }

    /// Writes what several findings say of the same place, in one line.
    fn write_collected(&mut self) {
        for (place, values) in std::mem::take(&mut self.values) {
            let after = self.text.node(&format!("{place}/x-extensible-enum"));
            self.add_map(&place, "x-value-evidence", &values, after);
        }
        for (place, what) in std::mem::take(&mut self.observed) {
            let after = ["x-source", "x-evidence", "operationId"]
                .into_iter()
                .find_map(|member| self.text.node(&format!("{place}/{member}")))
                .filter(|_| place.starts_with("/paths/"));
            self.add_map(&place, "x-observed", &what, after);
        }
    }

    /// Adds to a map in braces, or writes one: after a member, or at the end.
    fn add_map(&mut self, place: &str, name: &str, entries: &[String], after: Option<Node>) {
        if let Some(known) = self.text.node(&format!("{place}/{name}")) {
            for entry in entries {
                self.text.add_member(known, std::slice::from_ref(entry));
            }
            return;
        }
        let Some(owner) = self.text.node(place) else {
            return;
        };
        let line = format!("{name}: {{{}}}", entries.join(", "));
        match after {
            Some(after) => self.text.add_after(after, owner.indent, &[line]),
            None => self.text.add_member(owner, &[line]),
        }
    }

    /// Says of a component, a member or an operation that it was seen. Returns whether that was not
    /// known.
    fn raise(&mut self, place: &str) -> bool {
        let Some(node) = self.text.node(&format!("{place}/x-evidence")) else {
            return false;
        };
        let is_weaker = RAISED.contains(&self.text.written(node));
        if is_weaker && self.raised.insert(place.to_owned()) {
            self.text.replace(node, OBSERVED);
        }
        is_weaker
    }
}

/// A name as a key of YAML, if it can be one without quotes.
fn key(name: &str) -> Option<&str> {
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    (is_plain && !matches!(name, "true" | "false" | "null" | "yes" | "no")).then_some(name)
}

/// Words that Rust keeps for itself need another name.
fn needs_rust_name(name: &str) -> Option<String> {
    let is_kept = matches!(
        name,
        "type" | "match" | "ref" | "use" | "move" | "self" | "in" | "where" | "as"
    );
    is_kept.then(|| format!("{name}_"))
}

/// The schema of a member nobody knew.
fn schema_lines(shape: &Shape) -> Vec<String> {
    let kinds: Vec<&str> = shape
        .kinds
        .iter()
        .copied()
        .filter(|kind| *kind != "null")
        .collect();
    let mut lines = Vec::new();
    let described = format!("description: {DESCRIPTION}");
    match kinds.as_slice() {
        ["string"] if shape.only_times => {
            lines.push(described);
            lines.push("allOf: [{$ref: '#/components/schemas/Timestamp'}]".to_owned());
        }
        // An exact decimal: a plain number would become a float.
        ["number"] | ["integer", "number"] => {
            lines.push(described);
            lines.push("allOf: [{$ref: '#/components/schemas/Amount'}]".to_owned());
        }
        ["array"] => {
            lines.extend(["type: array".to_owned(), described]);
            let item = shape
                .items
                .as_ref()
                .map(|items| items.kinds.iter().copied().collect::<Vec<_>>());
            lines.push(match item.as_deref() {
                Some([kind @ ("string" | "integer" | "boolean")]) => format!("items: {{type: {kind}}}"),
                Some(["number"] | ["integer", "number"]) => {
                    "items: {$ref: '#/components/schemas/Amount'}".to_owned()
                }
                _ => "items: {}".to_owned(),
            });
        }
        ["object"] => {
            lines.extend(["type: object".to_owned(), described]);
            let names: Vec<&str> = shape
                .members
                .keys()
                .map(String::as_str)
                .filter(|name| key(name).is_some())
                .collect();
            lines.push("additionalProperties: true".to_owned());
            if !names.is_empty() {
                lines.push(format!("x-known-members: [{}]", names.join(", ")));
            }
        }
        [kind] => lines.extend([format!("type: {kind}"), described]),
        // Of several types, or only null: any JSON.
        _ => lines.push(described),
    }
    if shape.kinds.contains("null") && !kinds.is_empty() {
        lines.push("x-observed: {may-be-null: true}".to_owned());
    }
    lines.push(format!("x-evidence: {OBSERVED}"));
    lines
}
