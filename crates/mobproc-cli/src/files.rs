//! Orders in files: JSON, YAML or TOML, read so that no digit of a number that is a text is lost.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use mobproc::OrderDraft;
use mobproc::types::TransactionType;
use mobproc_rollout::schema::Schema;
use mobproc_rollout::text::with_suggestion;
use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use serde_json::{Map, Value};
use toml_edit::{DocumentMut, Item, TableLike, TomlError};

use crate::failure::Failure;

/// More than any order has.
const LARGEST: u64 = 4 << 20;
/// Deeper than any order is.
const DEEPEST: usize = 64;

/// The text of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let wrong = |what: String| Failure::usage(format!("{}: {what}", shown(path)));
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(format!("is larger than {} MiB", LARGEST >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not valid UTF-8".to_owned()))?;
    if text.contains('\0') {
        return Err(wrong("holds a NUL character, so it is no text".to_owned()));
    }
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

/// Writes a file that only its owner may read, as a whole or not at all, and not over another unless
/// it is forced.
pub(crate) fn write_new(path: &Path, content: &[u8], force: bool) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let write = || {
        // For its owner alone, as temporary files are.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        let kept = if force {
            file.persist(path)
        } else {
            file.persist_noclobber(path)
        };
        kept.map(|_| ()).map_err(|error| error.error)
    };
    write().map_err(|error: io::Error| {
        let failure = Failure::usage(format!("{}: {error}", path.display()));
        if error.kind() == io::ErrorKind::AlreadyExists {
            failure.next("another name, or --force")
        } else {
            failure
        }
    })
}

/// The name of a file for people.
pub(crate) fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Reads an order of which every member is known to the document, unless others are allowed: one
/// that is misspelt would be left out without a word.
pub(crate) fn read_order(path: &Path, allows_unknown: bool) -> Result<OrderDraft, Failure> {
    let order = read_any_order(path)?;
    if allows_unknown {
        return Ok(order);
    }
    let mut found = Vec::new();
    let outer = order.as_value().as_object().into_iter().flatten();
    for (name, _) in outer.filter(|(name, _)| *name != "orderRequest") {
        found.push(format!(
            "{} stands beside orderRequest; it belongs into it",
            name.escape_debug()
        ));
    }
    let request = order.as_value().get("orderRequest").unwrap_or(&Value::Null);
    unknown_members(
        request,
        Schema::named("OrderRequest"),
        "/orderRequest",
        &mut found,
    );
    let kind = order.transaction_type();
    if !TransactionType::KNOWN.contains(kind) {
        let known: Vec<&str> = TransactionType::KNOWN
            .iter()
            .map(TransactionType::as_str)
            .collect();
        found.push(format!(
            "/orderRequest/transactionType: {}",
            with_suggestion(kind.as_str(), &known)
        ));
    }
    if found.is_empty() {
        return Ok(order);
    }
    Err(Failure::refused(format!("{}: {}", shown(path), found.join("; ")))
        .nothing_ordered()
        .next("--allow-unknown, if the API is newer than this program"))
}

/// What of an order the document does not know.
fn unknown_members(value: &Value, schema: Schema, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let known = schema.members();
            for (name, value) in members {
                let at = format!("{pointer}/{name}");
                if known.is_empty() || known.contains(&name.as_str()) {
                    unknown_members(value, schema.member(name), &at, found);
                } else {
                    found.push(format!("{pointer}: {}", with_suggestion(name, &known)));
                }
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                unknown_members(item, schema.items(), &format!("{pointer}/{place}"), found);
            }
        }
        _ => {}
    }
}

/// Reads an order.
fn read_any_order(path: &Path) -> Result<OrderDraft, Failure> {
    let text = read(path)?;
    let wrong = |what: String| Failure::usage(format!("{}: {what}", shown(path)));
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let is_json = extension.eq_ignore_ascii_case("json")
        || (!["yaml", "yml", "toml"]
            .iter()
            .any(|other| extension.eq_ignore_ascii_case(other))
            && text.trim_start().starts_with('{'));
    if is_json {
        return OrderDraft::from_json(&text).map_err(|error| wrong(error.to_string()));
    }
    let value = if extension.eq_ignore_ascii_case("toml") {
        read_toml(&text).map_err(wrong)?
    } else {
        read_yaml(&text).map_err(wrong)?
    };
    let Value::Object(mut members) = value else {
        return Err(wrong(
            "is no order: it is not a list of names and values".to_owned(),
        ));
    };
    // Nobody writes the wrapper by hand.
    let wrapped = match members.remove("orderRequest") {
        // What stands beside the order would not be sent.
        Some(_) if !members.is_empty() => {
            let names: Vec<&str> = members.keys().map(String::as_str).collect();
            return Err(wrong(format!(
                "beside orderRequest stands {}; it belongs into it",
                names.join(", ")
            )));
        }
        Some(inner) => inner,
        None => Value::Object(members),
    };
    let order = match as_documented(wrapped, Schema::named("OrderRequest")) {
        Value::Null => Value::Object(Map::new()),
        order => order,
    };
    let text = serde_json::json!({ "orderRequest": order }).to_string();
    OrderDraft::from_json(&text).map_err(|error| {
        let message = error.to_string();
        // A place in the JSON that nobody wrote helps nobody; the path of the member stays.
        wrong(message.split(" at line ").next().unwrap_or(&message).to_owned())
    })
}

/// A number where the document wants a text is that text. A name without a value is left out, and
/// so is what has no other members: that is how templates look before they are filled in.
fn as_documented(value: Value, schema: Schema) -> Value {
    match value {
        Value::Number(number) if schema.is_text() => Value::String(number.to_string()),
        Value::Bool(flag) if schema.is_text() => Value::String(flag.to_string()),
        Value::Object(members) => {
            let converted = members.into_iter().map(|(name, value)| {
                let value = as_documented(value, schema.member(&name));
                (name, value)
            });
            let members: Map<String, Value> = converted.filter(|(_, value)| !value.is_null()).collect();
            if members.is_empty() {
                Value::Null
            } else {
                Value::Object(members)
            }
        }
        Value::Array(items) => {
            let of = schema.items();
            Value::Array(items.into_iter().map(|item| as_documented(item, of)).collect())
        }
        other => other,
    }
}

/// Reads TOML so that a number is one only if it is written as JSON would write it.
fn read_toml(text: &str) -> Result<Value, String> {
    let document: DocumentMut = text.parse().map_err(|error: TomlError| {
        let line = error.span().map_or(1, |span| {
            text.get(..span.start).unwrap_or(text).matches('\n').count() + 1
        });
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        format!("line {line} is not valid TOML: {message}")
    })?;
    Ok(table_value(document.as_table()))
}

fn table_value(table: &dyn TableLike) -> Value {
    table
        .iter()
        .map(|(name, item)| (name.to_owned(), item_value(item)))
        .collect::<Map<_, _>>()
        .into()
}

fn item_value(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => toml_value(value),
        Item::Table(table) => table_value(table),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| table_value(table)).collect(),
    }
}

fn toml_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::String(text.value().clone()),
        toml_edit::Value::Boolean(flag) => Value::Bool(*flag.value()),
        toml_edit::Value::Array(items) => items.iter().map(toml_value).collect(),
        toml_edit::Value::InlineTable(table) => table_value(table),
        toml_edit::Value::Integer(number) => plain(&number.display_repr()),
        toml_edit::Value::Float(number) => plain(&number.display_repr()),
        toml_edit::Value::Datetime(time) => plain(&time.display_repr()),
    }
}

/// Reads YAML so that a plain scalar is a number only if it is written as JSON would write it:
/// a postal code that begins with a zero stays what it is.
pub(crate) fn read_yaml(text: &str) -> Result<Value, String> {
    let mut reader = YamlReader {
        parser: Parser::new_from_str(text),
    };
    reader.document()
}

struct YamlReader<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

impl<'a> YamlReader<'a> {
    /// The next event, and its line.
    fn next(&mut self) -> Result<(Event<'a>, usize), String> {
        match self.parser.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err(format!(
                "line {} is not valid YAML: {}",
                error.marker().line(),
                error.info()
            )),
            None => Err("is not valid YAML: it ends too early".to_owned()),
        }
    }

    fn document(&mut self) -> Result<Value, String> {
        let mut found = None;
        loop {
            let (event, line) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => return Ok(found.unwrap_or(Value::Null)),
                _ if found.is_some() => return Err(format!("line {line} begins a second document")),
                other => found = Some(self.value(other, line, 0)?),
            }
        }
    }

    fn value(&mut self, event: Event<'a>, line: usize, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err(format!("line {line} is nested more than {DEEPEST} deep"));
        }
        match event {
            Event::Scalar(text, style, _, tag) => {
                if tag.is_some() {
                    return Err(format!("line {line} has a tag; write the value as it is meant"));
                }
                Ok(if style == ScalarStyle::Plain {
                    plain(&text)
                } else {
                    Value::String(text.into_owned())
                })
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    let (event, line) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        return Ok(Value::Array(items));
                    }
                    items.push(self.value(event, line, depth + 1)?);
                }
            }
            Event::MappingStart(..) => {
                let mut members = Map::new();
                loop {
                    let (event, line) = self.next()?;
                    let name = match event {
                        Event::MappingEnd => return Ok(Value::Object(members)),
                        Event::Scalar(name, ..) => name.into_owned(),
                        _ => return Err(format!("line {line} has a name that is no text")),
                    };
                    let (event, at) = self.next()?;
                    let value = self.value(event, at, depth + 1)?;
                    if members.contains_key(&name) {
                        return Err(format!("line {line} has {} a second time", name.escape_debug()));
                    }
                    members.insert(name, value);
                }
            }
            Event::Alias(_) => Err(format!("line {line} has an alias; write the value out")),
            _ => Err(format!("line {line} is not valid YAML")),
        }
    }
}

/// What a plain scalar is.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => {
            // Only what is written back the same is a number.
            let number: Option<serde_json::Number> = serde_json::from_str(text).ok();
            match number.filter(|number| number.to_string() == text) {
                Some(number) => Value::Number(number),
                None => Value::String(text.to_owned()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_keep_their_digits() {
        for (text, value) in [
            ("a: 02134", json!({"a": "02134"})),
            ("a: 83924758342478392342", json!({"a": "83924758342478392342"})),
            ("a: 12", json!({"a": 12})),
            ("a: 1.50", json!({"a": "1.50"})),
            ("a: 0x1F", json!({"a": "0x1F"})),
            ("a: 1e5", json!({"a": "1e5"})),
            ("a: 2030-01-31", json!({"a": "2030-01-31"})),
            ("a: no", json!({"a": "no"})),
            ("a: true", json!({"a": true})),
            ("a: \"true\"", json!({"a": "true"})),
            ("a:", json!({"a": null})),
            (
                "a: [1, x]\nb:\n  - c: d",
                json!({"a": [1, "x"], "b": [{"c": "d"}]}),
            ),
        ] {
            assert_eq!(read_yaml(text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn numbers_of_toml_keep_their_digits() {
        for (text, value) in [
            ("12", json!(12)),
            ("1_000", json!("1_000")),
            ("0x19", json!("0x19")),
            ("1.50", json!("1.50")),
            ("123456789012345678.0", json!("123456789012345678.0")),
            ("nan", json!("nan")),
            ("2030-01-31", json!("2030-01-31")),
            ("[1, {b = true}]", json!([1, {"b": true}])),
        ] {
            assert_eq!(read_toml(&format!("a = {text}")).unwrap()["a"], value, "{text}");
        }
        assert!(
            read_toml("\na = ")
                .unwrap_err()
                .starts_with("line 2 is not valid TOML")
        );
    }

    #[test]
    fn what_stands_beside_the_order_is_told() {
        for (extension, text) in [
            (
                "yaml",
                "externalOrderNumber: N\norderRequest: {transactionType: SUSPEND}\n",
            ),
            (
                "toml",
                "externalOrderNumber = \"N\"\n[orderRequest]\ntransactionType = \"SUSPEND\"\n",
            ),
            (
                "json",
                r#"{"externalOrderNumber": "N", "orderRequest": {"transactionType": "SUSPEND"}}"#,
            ),
        ] {
            let error = order(extension, text).unwrap_err();
            assert!(
                error.contains("externalOrderNumber") && error.contains("belongs into it"),
                "{error}"
            );
        }
        assert!(
            order("yaml", "transactionType: SUSPEND\n\0serviceId: 1\n")
                .unwrap_err()
                .contains("NUL")
        );
    }

    #[test]
    fn yaml_mistakes_are_located() {
        for (text, told) in [
            ("a: 1\nb: [", "line "),
            ("a: 1\na: 2", "line 2 has a a second time"),
            ("a: &x 1\nb: *x", "line 2 has an alias"),
            ("a: !!int 1", "line 1 has a tag"),
            ("a: 1\n---\nb: 2", "line 3 begins a second document"),
            ("? [a]\n: b", "line 1 has a name that is no text"),
        ] {
            let error = read_yaml(text).unwrap_err();
            assert!(error.starts_with(told), "{text}: {error}");
        }
        let deep = "[".repeat(100);
        assert!(
            read_yaml(&deep).unwrap_err().contains("nested more than"),
            "{deep}"
        );
    }

    fn order(extension: &str, text: &str) -> Result<OrderDraft, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("order.{extension}"));
        fs::write(&path, text).unwrap();
        read_order(&path, false).map_err(|failure| failure.text())
    }

    #[test]
    fn an_order_is_the_same_in_each_form() {
        let json = r#"{"orderRequest": {"transactionType": "SUSPEND", "serviceId": "1001", "externalOrderNumber": "0042",
            "properties": [{"groupId": "G", "fields": [{"id": "CONTACT_NUMBER", "type": "TEXT", "text": "2025550101"}]}]}}"#;
        let yaml = "transactionType: SUSPEND\nserviceId: 1001\nexternalOrderNumber: 0042\nproperties:\n- groupId: G\n  \
                    fields:\n  - {id: CONTACT_NUMBER, type: TEXT, text: 2025550101}\n";
        let toml = "[orderRequest]\ntransactionType = \"SUSPEND\"\nserviceId = 1001\nexternalOrderNumber = \"0042\"\n\
                    [[orderRequest.properties]]\ngroupId = \"G\"\n[[orderRequest.properties.fields]]\n\
                    id = \"CONTACT_NUMBER\"\ntype = \"TEXT\"\ntext = 2025550101\n";
        let expected = order("json", json).unwrap();
        for (extension, text) in [
            ("yaml", yaml),
            ("yml", yaml),
            ("toml", toml),
            ("order", yaml),
            ("order", json),
        ] {
            let read = order(extension, text).unwrap();
            assert_eq!(read.request(), expected.request(), "{extension}");
        }
    }

    #[test]
    fn what_is_misspelt_is_told_with_what_may_be_meant() {
        let error = order(
            "yaml",
            "transactionType: UPGRADE\nserviceID: 1\nshoppingCart: {planID: 2}\nproperties: [{groupid: G}]\nhat: 3\n",
        )
        .unwrap_err();
        for told in [
            "/orderRequest: serviceID is not known; is serviceId meant?",
            "/orderRequest/shoppingCart: planID is not known; is planId meant?",
            "/orderRequest/properties/0: groupid is not known; is groupId meant?",
            "/orderRequest: hat is not known",
            "--allow-unknown",
        ] {
            assert!(error.contains(told), "{error}");
        }
        let error = order("yaml", "transactionType: SUSPND\n").unwrap_err();
        assert!(
            error.contains("SUSPND is not known; is SUSPEND meant?"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_order_is_told_with_its_file() {
        for (extension, text) in [
            ("json", "{"),
            ("yaml", "- a"),
            ("toml", "a ="),
            ("json", "{\"a\": 1}"),
            ("yaml", ""),
        ] {
            let error = order(extension, text).unwrap_err();
            assert!(error.contains("order."), "{extension} {text}: {error}");
        }
        assert!(
            read(Path::new("/no/such/file"))
                .unwrap_err()
                .text()
                .contains("/no/such/file: ")
        );
    }
}
