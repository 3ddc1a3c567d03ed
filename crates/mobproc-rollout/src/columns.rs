//! From a row of a sheet to an order: each heading is the path of a field.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use mobproc::types::TransactionType;
use mobproc::{EmployeeRef, OrderDraft, PropertyForm, Severity, Violation};
use mobproc_api::order_rules::OrderRules;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::schema::Schema;
use crate::sheet::{Cell, SheetRow, column_name};
use crate::text::{one_line, with_suggestion};

/// Between several values in a cell.
const SEPARATOR: char = ';';
/// Of mistakes in one row this many are told.
const MOST_MISTAKES: usize = 50;

/// Something in a sheet that is not as it should be.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mistake {
    /// The cell as spreadsheets name it, such as `C7`; `7` where it is no single cell.
    pub cell: String,
    /// The row, from 1.
    pub row: u32,
    /// The heading of its column; nothing where it is no single cell.
    pub heading: Option<String>,
    /// What is wrong. It does not repeat what the cell holds.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.heading {
            Some(heading) => write!(f, "{} ({heading}): {}", self.cell, self.message),
            None => write!(f, "row {}: {}", self.row, self.message),
        }
    }
}

impl fmt::Debug for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a column sets.
#[derive(Debug, Clone, PartialEq)]
enum Column {
    /// Nothing: a note of the user's.
    Note,
    Key,
    Wave,
    CostCenter,
    ActingFor,
    Field(Vec<String>, Shape),
    /// A property, and of what kind it is if the heading says so.
    Property(String, Option<PropertyShape>),
    Address(String),
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Kind,
    Integer,
    Flag,
    /// `122;293`.
    Texts,
    /// `122=ADD;293=REMOVE`.
    Changes,
    /// `TERMS;PRIVACY`.
    Accepted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PropertyShape {
    Text,
    Date,
    Choice,
}

/// Headings that are no fields of an order.
const OWN: [&str; 4] = ["key", "wave", "cost_center", "acting_for"];

/// The headings of a sheet.
#[derive(Debug, Clone)]
pub struct Columns {
    all: Vec<(String, Column)>,
}

/// An order as a row describes it.
#[derive(Clone)]
#[non_exhaustive]
pub struct RowOrder {
    /// The order, without its number unless the sheet has one.
    pub order: OrderDraft,
    /// In whose name it is ordered; nothing for the account's own.
    pub acting_for: Option<EmployeeRef>,
    /// The wave it belongs to; empty if the sheet has none.
    pub wave: String,
    /// The cost centre it is counted for; empty if the sheet has none.
    pub cost_center: String,
    /// By what the row is told from all others. Two rows of the same key are the same order.
    pub key: String,
}

/// Its key is a hash, and the rest is personal.
impl fmt::Debug for RowOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowOrder")
            .field("kind", self.order.transaction_type())
            .field("wave", &self.wave)
            .finish_non_exhaustive()
    }
}

/// The paths of an order that can be headings, with what their cells hold.
static FIELDS: LazyLock<Vec<(Vec<String>, Shape)>> = LazyLock::new(|| {
    let mut found = Vec::new();
    collect(Schema::named("OrderRequest"), &mut Vec::new(), &mut found);
    found
});

fn collect(schema: Schema, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Shape)>) {
    for name in schema.members() {
        path.push(name.to_owned());
        let member = schema.member(name);
        let joined = path.join(".");
        let shape = match joined.as_str() {
            "transactionType" => Some(Shape::Kind),
            "shoppingCart.features" => Some(Shape::Changes),
            "acknowledgements" => Some(Shape::Accepted),
            // These have headings of their own.
            "properties" | "shipTo.address" => None,
            _ if member.is_text() => Some(Shape::Text),
            _ if member.is_integer() => Some(Shape::Integer),
            _ if member.is_flag() => Some(Shape::Flag),
            _ if member.is_list() && member.items().is_text() => Some(Shape::Texts),
            _ => {
                collect(member, path, found);
                None
            }
        };
        if let Some(shape) = shape {
            found.push((path.clone(), shape));
        }
        path.pop();
    }
}

/// The headings a sheet can have, for people and completions. `properties.ID` and
/// `shipTo.address.ID` stand for any id.
#[must_use]
pub fn known_headings() -> Vec<String> {
    let mut all: Vec<String> = OWN.iter().map(|&name| name.to_owned()).collect();
    all.extend(FIELDS.iter().map(|(path, _)| path.join(".")));
    all.extend(["properties.ID".to_owned(), "shipTo.address.ID".to_owned()]);
    all
}

fn column_of(heading: &str) -> Result<Column, String> {
    if heading.starts_with('#') {
        return Ok(Column::Note);
    }
    match heading {
        "key" => return Ok(Column::Key),
        "wave" => return Ok(Column::Wave),
        "cost_center" => return Ok(Column::CostCenter),
        "acting_for" => return Ok(Column::ActingFor),
        _ => {}
    }
    if let Some((path, shape)) = FIELDS.iter().find(|(path, _)| path.join(".") == heading) {
        return Ok(Column::Field(path.clone(), *shape));
    }
    if let Some(id) = heading.strip_prefix("properties.").filter(|id| !id.is_empty()) {
        let (id, shape) = match id.rsplit_once('.') {
            Some((id, "text")) => (id, Some(PropertyShape::Text)),
            Some((id, "date")) => (id, Some(PropertyShape::Date)),
            Some((id, "choice")) => (id, Some(PropertyShape::Choice)),
            _ => (id, None),
        };
        return Ok(Column::Property(id.to_owned(), shape));
    }
    if let Some(id) = heading
        .strip_prefix("shipTo.address.")
        .filter(|id| !id.is_empty())
    {
        return Ok(Column::Address(id.to_owned()));
    }
    let all = known_headings();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    Err(format!(
        "{} (a note of your own begins with #)",
        with_suggestion(heading, &all)
    ))
}

impl Columns {
    /// Reads the headings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn read(headings: &SheetRow) -> Result<Self, Vec<Mistake>> {
        let mut all = Vec::new();
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (place, cell) in headings.cells.iter().enumerate() {
            let mistake = |message: String| Mistake {
                cell: format!("{}{}", column_name(place), headings.number),
                row: headings.number,
                heading: Some(one_line(cell.text())),
                message,
            };
            let heading = match cell {
                Cell::Text(heading) => heading.clone(),
                // A column without a heading is the user's own.
                Cell::Empty => "#".to_owned(),
                Cell::Unusable { why, .. } => {
                    found.push(mistake((*why).to_owned()));
                    continue;
                }
            };
            match column_of(&heading) {
                Ok(Column::Note) => all.push((heading, Column::Note)),
                Ok(column) => {
                    let what = match &column {
                        Column::Property(id, _) => format!("properties.{id}"),
                        _ => heading.clone(),
                    };
                    if !seen.insert(what) {
                        found.push(mistake("stands twice".to_owned()));
                    }
                    all.push((heading, column));
                }
                Err(message) => found.push(mistake(message)),
            }
        }
        if seen.is_empty() && found.is_empty() {
            found.push(Mistake {
                cell: headings.number.to_string(),
                row: headings.number,
                heading: None,
                message: "no heading is a field of an order".to_owned(),
            });
        }
        if found.is_empty() {
            Ok(Self { all })
        } else {
            Err(found)
        }
    }

    /// The headings.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|(heading, _)| heading.as_str())
    }

    /// What a server says is wrong with a row: at the cell it is about, where it names one property or
    /// repeats one cell.
    pub(crate) fn told_by_server(&self, row: &SheetRow, message: &str) -> Mistake {
        let message = one_line(message);
        let is_word = |text: &str| {
            message.match_indices(text).any(|(at, _)| {
                let before = message.get(..at).and_then(|before| before.chars().next_back());
                let after = message
                    .get(at + text.len()..)
                    .and_then(|after| after.chars().next());
                let is_part = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
                !is_part(before) && !is_part(after)
            })
        };
        let mut meant = self.all.iter().enumerate().filter(|(place, (_, column))| {
            let cell = row.cells.get(*place).map_or("", Cell::text);
            match column {
                Column::Note | Column::Key | Column::Wave | Column::CostCenter => false,
                Column::Property(id, _) if is_word(id) => true,
                _ => cell.chars().count() > 2 && is_word(cell),
            }
        });
        let place = match (meant.next(), meant.next()) {
            (Some((place, _)), None) => Some(place),
            _ => None,
        };
        Mistake {
            cell: place.map_or_else(
                || row.number.to_string(),
                |place| format!("{}{}", column_name(place), row.number),
            ),
            row: row.number,
            heading: place
                .and_then(|place| self.all.get(place))
                .map(|(heading, _)| one_line(heading)),
            message,
        }
    }

    /// Something that is wrong with the cell of a heading, or with the row where there is none.
    pub(crate) fn mistake_at(&self, row: &SheetRow, heading: &str, message: &str) -> Mistake {
        let place = self.headings().position(|known| known == heading);
        Mistake {
            cell: place.map_or_else(
                || row.number.to_string(),
                |place| format!("{}{}", column_name(place), row.number),
            ),
            row: row.number,
            heading: place.map(|_| heading.to_owned()),
            message: message.to_owned(),
        }
    }

    /// Whether a property is asked for.
    pub(crate) fn has_properties(&self) -> bool {
        self.all
            .iter()
            .any(|(_, column)| matches!(column, Column::Property(..)))
    }

    /// The order of a row: what the base says, with what the cells say in its place. Where the
    /// properties that the tenant asks for are known, they say of what kind and in which group a
    /// property is.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the row, each with its cell.
    pub fn order(
        &self,
        row: &SheetRow,
        base: &Value,
        form: Option<&PropertyForm>,
    ) -> Result<RowOrder, Vec<Mistake>> {
        let mut filling = Filling {
            columns: self,
            row,
            order: base.get("orderRequest").unwrap_or(base).clone(),
            found: Vec::new(),
        };
        if !filling.order.is_object() {
            filling.order = json!({});
        }
        let [mut key, mut wave, mut cost_center] = [const { String::new() }; 3];
        let mut acting_for = None;
        for (place, cell) in row.cells.iter().enumerate() {
            let Some((_, column)) = self.all.get(place) else {
                if *cell != Cell::Empty {
                    filling.mistake(place, "stands beside the last heading".to_owned());
                }
                continue;
            };
            if *column == Column::Note {
                continue;
            }
            let text = match cell {
                Cell::Empty => continue,
                Cell::Unusable { why, .. } => {
                    filling.mistake(place, (*why).to_owned());
                    continue;
                }
                Cell::Text(text) => text.as_str(),
            };
            let taken = match column {
                Column::Note => Ok(()),
                Column::Key => {
                    text.clone_into(&mut key);
                    Ok(())
                }
                Column::Wave => {
                    text.clone_into(&mut wave);
                    Ok(())
                }
                Column::CostCenter => {
                    text.clone_into(&mut cost_center);
                    Ok(())
                }
                Column::ActingFor => text
                    .parse()
                    .map(|employee| acting_for = Some(employee))
                    .map_err(|_| "names nobody".to_owned()),
                Column::Field(path, shape) => {
                    value_of(text, *shape).map(|value| set(&mut filling.order, path, value))
                }
                Column::Property(id, shape) => {
                    set_property(&mut filling.order, id, *shape, text, form);
                    Ok(())
                }
                Column::Address(id) => {
                    set_address(&mut filling.order, id, text);
                    Ok(())
                }
            };
            if let Err(message) = taken {
                filling.mistake(place, message);
            }
        }
        filling.finish(&key, wave, cost_center, acting_for, form)
    }
}

/// An order on its way from a row.
struct Filling<'a> {
    columns: &'a Columns,
    row: &'a SheetRow,
    order: Value,
    found: Vec<Mistake>,
}

impl Filling<'_> {
    fn mistake(&mut self, place: usize, message: String) {
        let heading = self.columns.all.get(place).map(|(heading, _)| one_line(heading));
        self.found.push(Mistake {
            cell: format!("{}{}", column_name(place), self.row.number),
            row: self.row.number,
            heading: Some(heading.unwrap_or_default()),
            message,
        });
    }

    /// Tells something at the cell that a JSON pointer is about, or of the row.
    fn at_pointer(&mut self, pointer: &str, message: &str) {
        let all = &self.columns.all;
        let exactly = all
            .iter()
            .position(|(_, column)| pointer_of(column).is_some_and(|of| is_within(pointer, &of)));
        // What is missing as a whole is told at the first of its parts.
        let place = exactly.or_else(|| {
            let is_part = |column| pointer_of(column).is_some_and(|of| is_within(&of, pointer));
            all.iter()
                .position(|(_, column)| pointer != "/orderRequest" && is_part(column))
        });
        let message = one_line(message);
        if let Some(place) = place.filter(|_| !pointer.is_empty()) {
            return self.mistake(place, message);
        }
        let path = pointer.trim_start_matches("/orderRequest");
        let path = path.trim_start_matches('/').replace('/', ".");
        self.found.push(Mistake {
            cell: self.row.number.to_string(),
            row: self.row.number,
            heading: None,
            message: if path.is_empty() {
                message
            } else {
                format!("{}: {message}", one_line(&path))
            },
        });
    }

    fn finish(
        mut self,
        key: &str,
        wave: String,
        cost_center: String,
        acting_for: Option<EmployeeRef>,
        form: Option<&PropertyForm>,
    ) -> Result<RowOrder, Vec<Mistake>> {
        if !self.found.is_empty() {
            return Err(self.found);
        }
        if self.order.get("transactionType").is_none() {
            self.at_pointer(
                "/orderRequest/transactionType",
                "the kind of order is missing, in the sheet and in the base",
            );
            return Err(self.found);
        }
        let draft = match OrderDraft::from_value(json!({ "orderRequest": self.order })) {
            Ok(draft) => draft,
            Err(error) => {
                self.at_pointer("", &error.to_string());
                return Err(self.found);
            }
        };
        if OrderRules::of(draft.transaction_type()).is_none() {
            self.at_pointer("/orderRequest/transactionType", "is no kind of order");
            return Err(self.found);
        }
        for violation in &draft.check() {
            if violation.severity == Severity::Error {
                self.at_pointer(&violation.pointer, &violation.message);
            }
        }
        if let Some(form) = form {
            // What the server has filled in is not in the order.
            let mut form = form.clone().without_answers();
            let groups = draft.request().order_request.properties.iter().flatten();
            for field in groups.flat_map(|group| group.fields.iter().flatten()) {
                form.answer(field.clone().into());
            }
            for violation in &form.check() {
                if violation.severity == Severity::Error {
                    let message = format!("the property {}{}", violation.message, offered(&form, violation));
                    self.at_pointer(&violation.pointer, &message);
                }
            }
        }
        if !self.found.is_empty() {
            self.found.truncate(MOST_MISTAKES);
            return Err(self.found);
        }
        Ok(RowOrder {
            key: key_of(key, &draft, acting_for.as_ref()),
            order: draft,
            acting_for,
            wave,
            cost_center,
        })
    }
}

/// What can be chosen for a property that is wrong, where there is a choice.
fn offered(form: &PropertyForm, violation: &Violation) -> String {
    const MOST: usize = 10;

    let question = form.question(violation.pointer.trim_start_matches('/'));
    let choices = question
        .and_then(|question| question.choices.as_deref())
        .unwrap_or_default();
    if choices.is_empty() {
        return String::new();
    }
    let all: Vec<String> = choices
        .iter()
        .take(MOST)
        .map(|option| match option.label.as_deref() {
            Some(label) => format!("{} ({label})", option.id),
            None => option.id.clone(),
        })
        .collect();
    let more = if choices.len() > MOST { ", ..." } else { "" };
    format!("; there are {}{more}", all.join(", "))
}

/// Where what a column sets stands in an order; a property has the pointer that forms give it.
fn pointer_of(column: &Column) -> Option<String> {
    match column {
        Column::Field(path, _) => Some(format!("/orderRequest/{}", path.join("/"))),
        Column::Property(id, _) => Some(format!("/{id}")),
        Column::Address(_) => Some("/orderRequest/shipTo/address".to_owned()),
        Column::Note | Column::Key | Column::Wave | Column::CostCenter | Column::ActingFor => None,
    }
}

fn is_within(pointer: &str, of: &str) -> bool {
    pointer == of || pointer.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'))
}

/// By what a row is recognised: the number or the key it has; else the kind of order and the line it
/// is about; else all that it says.
fn key_of(key: &str, draft: &OrderDraft, acting_for: Option<&EmployeeRef>) -> String {
    let number = draft.external_order_number();
    if !number.is_empty() {
        return format!("number {number}");
    }
    let kind = draft.transaction_type();
    if !key.is_empty() {
        return format!("key {kind} {key}");
    }
    let line = draft.request().order_request.service_id.as_deref();
    if let Some(line) = line.filter(|line| !line.is_empty()) {
        return format!("line {kind} {line}");
    }
    format!("all {} {}", json!(acting_for), draft.as_value())
}

/// The number of an order that has none of its own: the same row of the same rollout has the same
/// number, whoever computes it.
pub(crate) fn number_of(tenant: &str, rollout: &str, key: &str) -> String {
    /// Digits and capitals that cannot be taken for one another.
    const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    let mut digest = Sha256::new();
    for part in [tenant, rollout, key] {
        // The length keeps parts apart.
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    let mut number = String::from("MR-");
    let mut bits = digest
        .finalize()
        .iter()
        .take(16)
        .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    // 85 bits, in a number that a column of 20 characters does not cut.
    for _ in 0..17 {
        let digit = usize::try_from(bits % 32).unwrap_or_default();
        number.push(char::from(ALPHABET.get(digit).copied().unwrap_or(b'0')));
        bits /= 32;
    }
    number
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(SEPARATOR)
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn value_of(text: &str, shape: Shape) -> Result<Value, String> {
    Ok(match shape {
        Shape::Text => json!(text),
        Shape::Kind => {
            let plain = text.to_uppercase().replace(['-', ' '], "_");
            let known: Vec<&str> = TransactionType::KNOWN
                .iter()
                .map(TransactionType::as_str)
                .collect();
            if !known.contains(&plain.as_str()) {
                return Err(with_suggestion(&one_line(&plain), &known));
            }
            json!(plain)
        }
        Shape::Integer => {
            let number: Result<i64, _> = text.parse();
            json!(number.map_err(|_| "is not a whole number".to_owned())?)
        }
        Shape::Flag => match text.to_lowercase().as_str() {
            "true" | "yes" => json!(true),
            "false" | "no" => json!(false),
            _ => return Err("is neither true nor false".to_owned()),
        },
        Shape::Texts if text.contains(',') => {
            return Err("has a comma; several are written with ; between them".to_owned());
        }
        Shape::Texts => json!(parts(text).collect::<Vec<_>>()),
        Shape::Changes => {
            let changes: Result<Vec<Value>, String> = parts(text)
                .map(|change| {
                    let (id, action) = change
                        .split_once('=')
                        .ok_or("is not such as 122=ADD;293=REMOVE")?;
                    Ok(json!({ "id": id.trim(), "action": action.trim().to_uppercase() }))
                })
                .collect();
            json!(changes?)
        }
        Shape::Accepted => {
            let all: Vec<Value> = parts(text)
                .map(|id| json!({ "id": id, "boolean": true, "type": "BOOLEAN" }))
                .collect();
            json!(all)
        }
    })
}

fn set(order: &mut Value, path: &[String], value: Value) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    let mut at = order;
    for name in parents {
        if !at.get(name).is_some_and(Value::is_object)
            && let Some(members) = at.as_object_mut()
        {
            members.insert(name.clone(), json!({}));
        }
        let Some(inner) = at.get_mut(name) else {
            return;
        };
        at = inner;
    }
    if let Some(members) = at.as_object_mut() {
        members.insert(last.clone(), value);
    }
}

/// The list at a member, made if there is none.
fn list_at<'a>(members: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Vec<Value>> {
    let list = members.entry(name.to_owned()).or_insert_with(|| json!([]));
    if !list.is_array() {
        *list = json!([]);
    }
    list.as_array_mut()
}

fn set_address(order: &mut Value, id: &str, text: &str) {
    let Some(members) = order.as_object_mut() else {
        return;
    };
    let ship_to = members.entry("shipTo").or_insert_with(|| json!({}));
    let Some(lines) = ship_to
        .as_object_mut()
        .and_then(|ship_to| list_at(ship_to, "address"))
    else {
        return;
    };
    let known = lines
        .iter_mut()
        .find(|line| line.get("id").and_then(Value::as_str) == Some(id));
    match known.and_then(Value::as_object_mut) {
        Some(line) => {
            line.insert("value".to_owned(), json!(text));
        }
        None => lines.push(json!({ "id": id, "value": text })),
    }
}

/// Sets a property: of the kind that the heading says, or the tenant, or the base; else a text.
fn set_property(
    order: &mut Value,
    id: &str,
    shape: Option<PropertyShape>,
    text: &str,
    form: Option<&PropertyForm>,
) {
    let question = form.and_then(|form| form.question(id));
    let group = form.and_then(|form| form.group_of(id)).map(str::to_owned);
    let Some(groups) = order
        .as_object_mut()
        .and_then(|members| list_at(members, "properties"))
    else {
        return;
    };
    let mut known = groups
        .iter_mut()
        .filter_map(|group| group.get_mut("fields")?.as_array_mut())
        .flatten()
        .find(|field| field.get("id").and_then(Value::as_str) == Some(id));
    let of_base = known
        .as_deref()
        .and_then(|field| field.get("type"))
        .and_then(Value::as_str);
    let asked = question.map(|question| question.kind.to_string());
    let shape = shape.unwrap_or(match asked.as_deref().or(of_base) {
        Some("DATE") => PropertyShape::Date,
        Some("CHOICE") => PropertyShape::Choice,
        _ => PropertyShape::Text,
    });
    let field = match shape {
        PropertyShape::Text => json!({ "id": id, "type": "TEXT", "text": text }),
        PropertyShape::Date => json!({ "id": id, "type": "DATE", "date": text }),
        // What else stands behind the id.
        PropertyShape::Choice => match text.split_once('=') {
            Some((choice, other)) => json!({
                "id": id, "type": "CHOICE", "choice": { "id": choice.trim(), "otherText": other.trim() }
            }),
            None => json!({ "id": id, "type": "CHOICE", "choice": { "id": text } }),
        },
    };
    if let Some(known) = &mut known {
        **known = field;
        return;
    }
    let is_group = |known: &&mut Value| known.get("groupId").and_then(Value::as_str) == group.as_deref();
    match groups
        .iter_mut()
        .find(is_group)
        .and_then(Value::as_object_mut)
        .and_then(|group| list_at(group, "fields"))
    {
        Some(fields) => fields.push(field),
        None => {
            let mut fresh = json!({ "fields": [field] });
            if let (Some(group), Some(members)) = (group, fresh.as_object_mut()) {
                members.insert("groupId".to_owned(), json!(group));
            }
            groups.push(fresh);
        }
    }
}

#[cfg(test)]
mod tests;
