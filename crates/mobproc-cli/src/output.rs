//! Data on standard output: as a table, JSON, YAML or CSV. Nothing else ever stands there.

use std::io::{self, IsTerminal as _, Write};

use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use mobproc::Cost;
use mobproc::types::Price;
use serde::Serialize;
use serde_json::Value;

use mobproc_rollout::text::one_line;

use crate::failure::Failure;
use crate::jq::Filter;
use crate::talk::Progress;

/// In which form data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON document a line, each as soon as it comes.
    Ndjson,
    /// One YAML document.
    Yaml,
    /// Comma-separated values with a heading (RFC 4180).
    Csv,
}

/// A column of a table: its heading, and where its value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    heading: String,
    path: Vec<String>,
}

impl Column {
    /// A column with a heading of its own.
    pub(crate) fn new(heading: &str, path: &str) -> Self {
        Self {
            heading: heading.to_owned(),
            path: path.split('.').map(str::to_owned).collect(),
        }
    }

    /// A column that is called as its path.
    pub(crate) fn at(path: &str) -> Self {
        Self::new(path, path)
    }

    /// The value as one line of text; nothing if there is none.
    fn text(&self, row: &Value) -> String {
        let mut value = Some(row);
        for member in &self.path {
            value = match value {
                Some(Value::Object(members)) => members.get(member),
                Some(Value::Array(items)) => member.parse().ok().and_then(|place: usize| items.get(place)),
                _ => None,
            };
        }
        match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => one_line(text),
            Some(Value::Object(members)) if members.contains_key("amount") => {
                let price = serde_json::from_value::<Price>(Value::Object(members.clone()));
                price.map_or_else(
                    |_| json_line(members),
                    |price| one_line(&Cost::of(&price).to_string()),
                )
            }
            Some(Value::Object(members)) => members
                .get("name")
                .or_else(|| members.get("id"))
                .and_then(Value::as_str)
                .map_or_else(|| json_line(members), one_line),
            Some(Value::Array(items)) => {
                let texts: Vec<String> = items
                    .iter()
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), one_line))
                    .collect();
                texts.join(", ")
            }
            Some(other) => other.to_string(),
        }
    }
}

/// The name of something, and what it costs.
pub(crate) fn priced(name: &str, price: Option<&Price>) -> String {
    match price {
        Some(price) => one_line(&format!("{name}, {}", Cost::of(price))),
        None => one_line(name),
    }
}

fn json_line(members: &serde_json::Map<String, Value>) -> String {
    Value::Object(members.clone()).to_string()
}

/// How data is to be printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    columns: Option<Vec<Column>>,
    filter: Option<Filter>,
}

impl Output {
    pub(crate) fn new(format: Format, columns: Option<&[String]>, filter: Option<Filter>) -> Self {
        Self {
            format,
            columns: columns.map(|columns| columns.iter().map(|path| Column::at(path)).collect()),
            filter,
        }
    }

    /// Whether people read it, rather than programs.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table && self.filter.is_none()
    }

    /// A filter that can fail, end the program or run for ever is no filter for a command that orders
    /// or changes something: what it is to print is known only when it is too late.
    pub(crate) fn only_paths(&self) -> Result<(), Failure> {
        match &self.filter {
            Some(filter) if !filter.is_path() => Err(Failure::usage(
                "--jq takes only paths such as .orderId where something is ordered or changed",
            )
            .nothing_ordered()),
            _ => Ok(()),
        }
    }

    /// Begins a list with these columns, unless others are asked for.
    pub(crate) fn list(&self, columns: &[Column]) -> List<'_> {
        List {
            output: self,
            columns: self.columns.clone().unwrap_or_else(|| columns.to_vec()),
            rows: Vec::new(),
            progress: Progress::default(),
        }
    }

    /// Prints one thing: in a table, a line for each of these columns.
    pub(crate) fn one<T: Serialize>(&self, thing: &T, columns: &[Column]) -> Result<(), Failure> {
        let row = to_row(thing)?;
        if self.filter.is_some() {
            return self.filtered(&row);
        }
        let columns = self.columns.clone().unwrap_or_else(|| columns.to_vec());
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => writeln!(out, "{}", pretty(&row)?)?,
            Format::Ndjson => writeln!(out, "{}", row.text)?,
            Format::Yaml => write_yaml(&mut out, &row.value)?,
            Format::Csv => write_csv(&mut out, &columns, std::slice::from_ref(&row))?,
            Format::Table if columns.is_empty() => writeln!(out, "{}", pretty(&row)?)?,
            Format::Table => write_table(&mut out, &fields_of(&row, &columns))?,
        }
        out.flush()?;
        Ok(())
    }

    /// Prints a text as it is where people read it, and the thing where programs do.
    pub(crate) fn text_or<T: Serialize>(&self, text: &str, thing: &T) -> Result<(), Failure> {
        if !self.is_table() {
            return self.one(thing, &[]);
        }
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    fn filtered(&self, row: &Row) -> Result<(), Failure> {
        let Some(filter) = &self.filter else {
            return Ok(());
        };
        let mut out = io::stdout().lock();
        for line in filter.lines(&row.text)? {
            writeln!(out, "{line}")?;
        }
        out.flush()?;
        Ok(())
    }
}

/// A thing as lines of text for people: one for each of these columns.
pub(crate) fn describe<T: Serialize>(thing: &T, columns: &[Column]) -> Result<String, Failure> {
    let mut text = Vec::new();
    write_table(&mut text, &fields_of(&to_row(thing)?, columns))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn fields_of(row: &Row, columns: &[Column]) -> Table {
    let mut table = new_table();
    for column in columns {
        let text = column.text(&row.value);
        if !text.is_empty() {
            table.add_row(vec![column.heading.clone(), text]);
        }
    }
    table
}

/// A thing as JSON text, with all its digits, and as a value to look into.
#[derive(Debug, Clone)]
struct Row {
    text: String,
    value: Value,
}

fn to_row<T: Serialize>(thing: &T) -> Result<Row, Failure> {
    let unwritable =
        |error: serde_json::Error| Failure::failed(format!("cannot be written as JSON: {error}"));
    let text = serde_json::to_string(thing).map_err(unwritable)?;
    let value = serde_json::from_str(&text).map_err(unwritable)?;
    Ok(Row { text, value })
}

/// Indented, with every digit as it is.
fn pretty(row: &Row) -> Result<String, Failure> {
    let value = jaq_json::read::parse_single(row.text.as_bytes())
        .map_err(|error| Failure::failed(format!("cannot be written as JSON: {error}")))?;
    let look = jaq_json::write::Pp {
        indent: Some("  ".to_owned()),
        sep_space: true,
        ..jaq_json::write::Pp::default()
    };
    let mut text = Vec::new();
    jaq_json::write::write(&mut text, &look, 0, &value)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A list that is printed.
#[derive(Debug)]
pub(crate) struct List<'a> {
    output: &'a Output,
    columns: Vec<Column>,
    rows: Vec<Row>,
    progress: Progress,
}

impl List<'_> {
    /// Adds an item, and prints it where each stands for itself.
    pub(crate) fn add<T: Serialize>(&mut self, item: &T) -> Result<(), Failure> {
        let row = to_row(item)?;
        self.progress.tick();
        if self.output.format == Format::Ndjson {
            if self.output.filter.is_some() {
                return self.output.filtered(&row);
            }
            let mut out = io::stdout().lock();
            writeln!(out, "{}", row.text)?;
            return Ok(());
        }
        self.rows.push(row);
        Ok(())
    }

    /// A column that is asked for and that no row has is a mistake.
    fn check_columns(&self) -> Result<(), Failure> {
        let (Some(first), Some(columns)) = (self.rows.first(), &self.output.columns) else {
            return Ok(());
        };
        let names: Vec<&String> = first
            .value
            .as_object()
            .into_iter()
            .flat_map(|members| members.keys())
            .collect();
        for column in columns {
            if self.rows.iter().all(|row| column.text(&row.value).is_empty()) {
                let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
                return Err(Failure::usage(format!(
                    "--columns: nothing stands at {}; the first row has {}",
                    column.heading.escape_debug(),
                    names.join(", ")
                )));
            }
        }
        Ok(())
    }

    /// Prints what is left to print.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.progress.clear();
        if matches!(self.output.format, Format::Table | Format::Csv) {
            self.check_columns()?;
        }
        let mut out = io::stdout().lock();
        match self.output.format {
            Format::Ndjson => {}
            _ if self.output.filter.is_some() => {
                drop(out);
                let texts: Vec<&str> = self.rows.iter().map(|row| row.text.as_str()).collect();
                let text = format!("[{}]", texts.join(","));
                return self.output.filtered(&Row {
                    text,
                    value: Value::Null,
                });
            }
            Format::Json => {
                // Item by item, so that nothing is held twice.
                out.write_all(b"[")?;
                for (index, row) in self.rows.iter().enumerate() {
                    out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
                    out.write_all(b"  ")?;
                    out.write_all(row.text.as_bytes())?;
                }
                out.write_all(if self.rows.is_empty() { b"]\n" } else { b"\n]\n" })?;
            }
            Format::Yaml => {
                let values: Vec<Value> = self.rows.into_iter().map(|row| row.value).collect();
                write_yaml(&mut out, &Value::Array(values))?;
            }
            Format::Csv => write_csv(&mut out, &self.columns, &self.rows)?,
            Format::Table => {
                if self.rows.is_empty() {
                    drop(out);
                    crate::talk::say("nothing found");
                    return Ok(());
                }
                let mut table = new_table();
                table.set_header(self.columns.iter().map(|column| column.heading.clone()));
                // What is copied into the next command is never broken.
                for (place, column) in self.columns.iter().enumerate() {
                    if UNBROKEN.contains(&column.heading.as_str())
                        && let Some(column) = table.column_mut(place)
                    {
                        column.set_constraint(ColumnConstraint::ContentWidth);
                    }
                }
                for row in &self.rows {
                    table.add_row(self.columns.iter().map(|column| column.text(&row.value)));
                }
                write_table(&mut out, &table)?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

/// Columns whose texts are never broken into lines.
const UNBROKEN: [&str; 6] = ["id", "order", "number", "status", "state", "check"];

/// Fits the terminal; where there is none, lines are as long as they are.
fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    } else {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table
}

fn write_table(out: &mut impl Write, table: &Table) -> io::Result<()> {
    for line in table.lines() {
        let line = line.trim_end();
        writeln!(out, "{}", line.strip_prefix(' ').unwrap_or(line))?;
    }
    Ok(())
}

fn write_csv(out: &mut impl Write, columns: &[Column], rows: &[Row]) -> Result<(), Failure> {
    let unwritable = |error: csv::Error| Failure::failed(format!("cannot be written as CSV: {error}"));
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    writer
        .write_record(columns.iter().map(|column| &column.heading))
        .map_err(unwritable)?;
    for row in rows {
        writer
            .write_record(columns.iter().map(|column| column.text(&row.value)))
            .map_err(unwritable)?;
    }
    writer.flush()?;
    Ok(())
}

fn write_yaml(out: &mut impl Write, value: &Value) -> Result<(), Failure> {
    let text = serde_saphyr::to_string(value)
        .map_err(|error| Failure::failed(format!("cannot be written as YAML: {error}")))?;
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_column_shows_what_stands_at_its_path() {
        let row = json!({
            "id": "1", "price": {"amount": 199.9, "currencyCode": "USD", "recurrence": "MONTHLY"}, "vendor": {"id": "7", "name": "Vodafone"},
            "tags": ["a", "b"], "nested": {"deep": {"x": 1}}, "none": null, "list": [{"id": "first"}],
            "odd": "line\n\u{1b}[31mred",
        });
        for (path, text) in [
            ("id", "1"),
            ("price", "199.90 USD per month"),
            ("vendor", "Vodafone"),
            ("tags", "a, b"),
            ("nested.deep.x", "1"),
            ("none", ""),
            ("missing.member", ""),
            ("list.0.id", "first"),
            ("odd", "line  [31mred"),
        ] {
            assert_eq!(Column::at(path).text(&row), text, "{path}");
        }
    }
}
