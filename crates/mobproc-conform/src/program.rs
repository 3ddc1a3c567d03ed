//! Checking files as a program: its arguments, and running it. `mobproc-conform` is this, and so is
//! `mobproc conform`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::{Checker, Direction, Extent, Report, Subject};

/// What the program can be told.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// JSON files, or folders to look for them in.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The schema they all are of, instead of recognising each by its members.
    #[arg(long, conflicts_with = "operation")]
    schema: Option<String>,
    #[command(flatten)]
    operation: OfOperation,
    /// How to print what was found.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Args)]
struct OfOperation {
    /// The operation they all are bodies of; say which with --request or --response.
    #[arg(long)]
    operation: Option<String>,
    /// They are requests.
    #[arg(long, requires = "operation", conflicts_with = "response")]
    request: bool,
    /// They are answers.
    #[arg(long, requires = "operation")]
    response: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For machines: one JSON document.
    Json,
}

/// What became of one file.
struct Outcome {
    path: PathBuf,
    report: Result<Report, String>,
}

impl Outcome {
    fn is_good(&self) -> bool {
        self.report.as_ref().is_ok_and(Report::is_good)
    }
}

/// Checks files, and prints what was found on standard output. Returns whether all conform.
///
/// # Errors
///
/// There is nothing to check, the arguments do not go together, or standard output cannot be written.
pub fn run(arguments: &Arguments) -> Result<bool, String> {
    let subject = subject(arguments)?;
    let checker = Checker::new();
    let mut outcomes = Vec::new();
    for path in &arguments.paths {
        let mut files = Vec::new();
        if let Err(message) = find(path, &mut files) {
            outcomes.push(Outcome {
                path: path.clone(),
                report: Err(message),
            });
        }
        for file in files {
            let report = check(&checker, &subject, &file);
            outcomes.push(Outcome { path: file, report });
        }
    }
    if outcomes.is_empty() {
        return Err("there is no .json file under these paths".to_owned());
    }
    let all_good = outcomes.iter().all(Outcome::is_good);
    let printed = match arguments.format {
        Format::Text => print_text(&outcomes),
        Format::Json => print_json(&outcomes, all_good),
    };
    printed.map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(all_good)
}

fn subject(arguments: &Arguments) -> Result<Subject, String> {
    let of = &arguments.operation;
    match (&arguments.schema, &of.operation, of.request, of.response) {
        (Some(schema), ..) => Ok(Subject::Schema(schema.clone())),
        (None, Some(id), true, _) => Ok(Subject::Operation(id.clone(), Direction::Request)),
        (None, Some(id), _, true) => Ok(Subject::Operation(id.clone(), Direction::Response)),
        (None, Some(_), false, false) => Err("--operation needs --request or --response".to_owned()),
        (None, None, ..) => Ok(Subject::Recognise),
    }
}

/// JSON files below a path, in order.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("cannot be read: {error}");
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.sort();
    for entry in entries {
        // A link that leads back up would never end.
        let is_link = fs::symlink_metadata(&entry).is_ok_and(|data| data.file_type().is_symlink());
        if entry.is_dir() && !is_link {
            find(&entry, files)?;
        } else if entry.extension().is_some_and(|extension| extension == "json") {
            files.push(entry);
        }
    }
    Ok(())
}

fn check(checker: &Checker, subject: &Subject, path: &Path) -> Result<Report, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("is not valid JSON: {error}"))?;
    checker
        .check(&value, subject)
        .map_err(|error| format!("is not recognised: {error}"))
}

fn print_text(outcomes: &[Outcome]) -> io::Result<()> {
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

fn print_json(outcomes: &[Outcome], all_good: bool) -> io::Result<()> {
    let files: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            let path = outcome.path.to_string_lossy();
            match &outcome.report {
                Ok(report) => json!({ "path": path, "conforms": report.is_good(), "report": report }),
                Err(message) => json!({ "path": path, "conforms": false, "error": message }),
            }
        })
        .collect();
    let mut out = io::stdout().lock();
    writeln!(out, "{:#}", json!({ "conforms": all_good, "files": files }))?;
    out.flush()
}
