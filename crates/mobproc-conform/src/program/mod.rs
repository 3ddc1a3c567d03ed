//! Checking files as a program: its arguments, and running it. `mobproc-conform` is this, and so is
//! `mobproc conform`.

mod documents;
mod traffic;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mobproc_har::{Document, Entry, is_archive};
use serde_json::{Value, json};

use crate::propose::{Proposal, document_of};
use crate::{Checker, Drift, Subject};
use documents::Outcome;

pub use traffic::{cell, markdown, sarif, table};

/// Where the document stands in a checkout of this project.
const DOCUMENT: &str = "openapi/mobproc.yaml";

/// What the program can be told.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// JSON files, recordings (HAR), or folders to look for them in.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The schema all JSON files are of, instead of recognising each by its members.
    #[arg(long, conflicts_with = "operation")]
    schema: Option<String>,
    #[command(flatten)]
    operation: OfOperation,
    /// Hold recordings against this OpenAPI document (YAML or JSON) instead of the one this version
    /// was built with. With --propose it is openapi/mobproc.yaml unless another is named.
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// Tell only what is otherwise than in this recording.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the change of the document that follows from the recordings to this file, as a patch for
    /// `git apply`.
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    propose: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
struct OfOperation {
    /// The operation all JSON files are bodies of; say which with --request or --response.
    #[arg(long)]
    operation: Option<String>,
    /// They are requests.
    #[arg(long, requires = "operation", conflicts_with = "response")]
    request: bool,
    /// They are answers.
    #[arg(long, requires = "operation")]
    response: bool,
}

/// How to print what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Format {
    /// Lines for people.
    Table,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, which code hosts show beside the lines it is about.
    Sarif,
    /// Markdown.
    Markdown,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Everything is as the document says.
    Conforms,
    /// A file is not.
    FilesDoNot,
    /// Recorded traffic is not.
    Drifts,
}

/// What stands under the paths.
#[derive(Default)]
struct Found {
    outcomes: Vec<Outcome>,
    entries: Vec<Entry>,
    has_recordings: bool,
}

/// Checks files, and prints what was found on standard output.
///
/// # Errors
///
/// There is nothing to check, the arguments do not go together, a document or a recording cannot be
/// read, or something cannot be written.
pub fn run(arguments: &Arguments, format: Format) -> Result<Verdict, String> {
    let subject = documents::subject(arguments)?;
    let checker = Checker::new();
    let mut found = Found::default();
    for path in &arguments.paths {
        let mut files = Vec::new();
        if let Err(message) = find(path, &mut files) {
            found.outcomes.push(Outcome {
                path: path.clone(),
                report: Err(message),
            });
        }
        for file in files {
            look(&checker, &subject, file, &mut found)?;
        }
    }
    if found.outcomes.is_empty() && !found.has_recordings {
        return Err("there is no .json, .har or .jsonl file under these paths".to_owned());
    }
    // What is proposed is a change of the document that the findings are about.
    let of_proposal = arguments.propose.as_ref().map(|_| Path::new(DOCUMENT));
    let own = arguments.document.as_deref().or(of_proposal);
    let own = own.map(read_document).transpose()?;
    let document = own.as_ref().unwrap_or_else(|| Document::built_in());
    let mut drift = found.has_recordings.then(|| Drift::of(&found.entries, document));
    if let (Some(drift), Some(baseline)) = (&mut drift, &arguments.baseline) {
        let baseline = Drift::of(&read_recording(baseline)?, document);
        drift.findings = drift.beyond(&baseline).into_iter().cloned().collect();
    }
    if let Some(file) = &arguments.propose {
        let drift = drift.as_ref().ok_or("--propose needs a recording (HAR)")?;
        propose(
            drift,
            arguments.document.as_deref().unwrap_or(Path::new(DOCUMENT)),
            file,
        )?;
    }
    print(&found.outcomes, drift.as_ref(), document, format)
        .map_err(|error| format!("cannot write to standard output: {error}"))?;
    let drifts = drift.is_some_and(|drift| !drift.findings.is_empty());
    let all_good = found.outcomes.iter().all(Outcome::is_good);
    Ok(match (all_good, drifts) {
        (false, _) => Verdict::FilesDoNot,
        (true, true) => Verdict::Drifts,
        (true, false) => Verdict::Conforms,
    })
}

fn print(outcomes: &[Outcome], drift: Option<&Drift>, document: &Document, format: Format) -> io::Result<()> {
    if format == Format::Json {
        let files = documents::as_json(outcomes);
        let conforms =
            outcomes.iter().all(Outcome::is_good) && drift.is_none_or(|drift| drift.findings.is_empty());
        let mut report = json!({ "conforms": conforms, "files": files });
        if let (Some(drift), Some(members)) = (drift, report.as_object_mut()) {
            members.insert("traffic".to_owned(), json!(drift));
        }
        let mut out = io::stdout().lock();
        writeln!(out, "{report:#}")?;
        return out.flush();
    }
    if !outcomes.is_empty() && format == Format::Table {
        documents::print_text(outcomes)?;
    } else {
        // These forms have no place for files.
        let mut err = io::stderr().lock();
        for outcome in outcomes.iter().filter(|outcome| !outcome.is_good()) {
            let why = outcome
                .report
                .as_ref()
                .err()
                .map_or("does not conform", String::as_str);
            writeln!(err, "{}: {why}", outcome.path.display())?;
        }
    }
    let mut out = io::stdout().lock();
    if let Some(drift) = drift {
        let text = match format {
            Format::Sarif => format!("{:#}\n", sarif(drift)),
            Format::Markdown => markdown(drift, document),
            _ => table(drift, document),
        };
        out.write_all(text.as_bytes())?;
    }
    out.flush()
}

fn look(checker: &Checker, subject: &Subject, path: PathBuf, found: &mut Found) -> Result<(), String> {
    let is_recording = path
        .extension()
        .is_some_and(|extension| extension == "har" || extension == "jsonl");
    if is_recording {
        found.entries.extend(read_recording(&path)?);
        found.has_recordings = true;
        return Ok(());
    }
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let report = Err(format!("cannot be read: {error}"));
            found.outcomes.push(Outcome { path, report });
            return Ok(());
        }
    };
    let report = match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) if is_archive(&value) => {
            found.entries.extend(read_recording(&path)?);
            found.has_recordings = true;
            return Ok(());
        }
        Ok(value) => documents::check(checker, subject, &value),
        Err(error) => Err(format!("is not valid JSON: {error}")),
    };
    found.outcomes.push(Outcome { path, report });
    Ok(())
}

/// Reads a recording: a HAR file, or one entry a line.
///
/// # Errors
///
/// It cannot be read; the text names the file.
pub fn read_recording(path: &Path) -> Result<Vec<Entry>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    mobproc_har::read(&text).map_err(|error| format!("{} {error}", path.display()))
}

/// Reads an OpenAPI document.
///
/// # Errors
///
/// It cannot be read; the text names the file, and where in it.
pub fn read_document(path: &Path) -> Result<Document, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    document_of(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes the patch, whole or not at all, and says on standard error what it mends.
fn propose(drift: &Drift, document: &Path, file: &Path) -> Result<(), String> {
    let yaml = fs::read_to_string(document).map_err(|error| {
        format!(
            "{}: {error}; --document FILE says where the document is",
            document.display()
        )
    })?;
    let proposal = Proposal::new(drift, &yaml).map_err(|error| format!("{} {error}", document.display()))?;
    let patch = proposal.patch(&yaml, DOCUMENT);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let unwritable = |error: io::Error| format!("{}: {error}", file.display());
    let mut whole = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(unwritable)?;
    whole.write_all(patch.as_bytes()).map_err(unwritable)?;
    whole.persist(file).map_err(|error| unwritable(error.error))?;
    let mut err = io::stderr().lock();
    // Whoever closed standard error does not want to hear it.
    let _ = writeln!(
        err,
        "{}: mends {} findings, and {} parts are known better; read it, then `git apply` it and run \
         `cargo xtask regen`",
        file.display(),
        proposal.mended,
        proposal.raised
    );
    for left in &proposal.left {
        let _ = writeln!(err, "left for people: {left}");
    }
    Ok(())
}

/// JSON files and recordings below a path, in order.
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
        let is_ours = entry
            .extension()
            .is_some_and(|extension| ["json", "har", "jsonl"].iter().any(|ours| extension == *ours));
        if entry.is_dir() && !is_link {
            find(&entry, files)?;
        } else if is_ours {
            files.push(entry);
        }
    }
    Ok(())
}
