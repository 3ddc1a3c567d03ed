//! JSON files that are documents of the API, held against schema and type.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Arguments;
use crate::{Checker, Direction, Extent, Report, Subject};

/// What became of one file.
pub(super) struct Outcome {
    pub(super) path: PathBuf,
    pub(super) report: Result<Report, String>,
}

impl Outcome {
    pub(super) fn is_good(&self) -> bool {
        self.report.as_ref().is_ok_and(Report::is_good)
    }
}

pub(super) fn subject(arguments: &Arguments) -> Result<Subject, String> {
    let of = &arguments.operation;
    match (&arguments.schema, &of.operation, of.request, of.response) {
        (Some(schema), ..) => Ok(Subject::Schema(schema.clone())),
        (None, Some(id), true, _) => Ok(Subject::Operation(id.clone(), Direction::Request)),
        (None, Some(id), _, true) => Ok(Subject::Operation(id.clone(), Direction::Response)),
        (None, Some(_), false, false) => Err("--operation needs --request or --response".to_owned()),
        (None, None, ..) => Ok(Subject::Recognise),
    }
}

pub(super) fn check(checker: &Checker, subject: &Subject, value: &Value) -> Result<Report, String> {
    checker
        .check(value, subject)
        .map_err(|error| format!("is not recognised: {error}"))
}

pub(super) fn print_text(outcomes: &[Outcome]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for outcome in outcomes {
        let path = outcome.path.display();
        match &outcome.report {
            Err(message) => writeln!(out, "{path}: {message}")?,
            Ok(report) => {
                for violation in &report.violations {
                    writeln!(out, "{path}: not valid: {violation}")?;
                }
                for member in &report.unknown_members {
                    writeln!(out, "{path}: unknown member: {member}")?;
                }
                if let Some(error) = &report.decode_error {
                    writeln!(out, "{path}: does not decode: {error}")?;
                }
                for difference in &report.differences {
                    writeln!(out, "{path}: does not round-trip: {difference}")?;
                }
            }
        }
    }
    let yes = |holds: bool| if holds { "yes" } else { "NO" };
    writeln!(
        out,
        "{:<26} {:<8} {:<5} {:<7} {:<7} {:<10} file",
        "schema", "extent", "valid", "unknown", "decodes", "round-trip"
    )?;
    for outcome in outcomes {
        let path = outcome.path.display();
        match &outcome.report {
            Ok(report) => writeln!(
                out,
                "{:<26} {:<8} {:<5} {:<7} {:<7} {:<10} {path}",
                report.schema,
                report.extent.to_string(),
                yes(report.is_valid()),
                report.unknown_members.len(),
                yes(report.decodes()),
                yes(report.round_trips()),
            )?,
            Err(_) => writeln!(
                out,
                "{:<26} {:<8} {:<5} {:<7} {:<7} {:<10} {path}",
                "-", "-", "-", "-", "-", "-"
            )?,
        }
    }
    let good = outcomes.iter().filter(|outcome| outcome.is_good()).count();
    let fragments = outcomes
        .iter()
        .filter_map(|outcome| outcome.report.as_ref().ok())
        .filter(|report| report.extent != Extent::Whole)
        .count();
    writeln!(
        out,
        "{good} of {} files conform, {fragments} of them parts",
        outcomes.len()
    )?;
    out.flush()
}

/// As JSON.
pub(super) fn as_json(outcomes: &[Outcome]) -> Vec<Value> {
    outcomes
        .iter()
        .map(|outcome| {
            let path = outcome.path.to_string_lossy();
            match &outcome.report {
                Ok(report) => json!({ "path": path, "conforms": report.is_good(), "report": report }),
                Err(message) => json!({ "path": path, "conforms": false, "error": message }),
            }
        })
        .collect()
}
