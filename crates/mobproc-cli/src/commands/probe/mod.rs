//! `probe`: asks a tenant what the document does not know. Reads only, and confirmations on
//! request; nothing is ever placed.

mod answers;
mod call;
mod offline;
mod report;
mod walk;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mobproc_conform::program::read_document;
use mobproc_conform::{Drift, Side};
use mobproc_har::Document;
use mobproc_recorder::{ExportError, export};

use crate::arguments::Probe;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::output::Format;
use crate::session::{Context, Environment, Session};
use crate::talk::say;
use crate::target::Target;
use answers::Answers;
use call::{Caller, LateTap, Tap};
use report::{Confirmed, Report};

/// In which form the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Json,
    Sarif,
    Markdown,
}

pub(crate) async fn run(context: &Context, arguments: &Probe) -> Result<(), Failure> {
    // Everything that can be wrong is, before anything is asked.
    let form = form(&context.global.output)?;
    let own = arguments.document.as_deref().map(read_document).transpose();
    let own = own.map_err(Failure::usage)?;
    let document = own.as_ref().unwrap_or_else(|| Document::built_in());
    let mut drafts = Vec::new();
    for (kind, file) in &arguments.confirm {
        let draft = files::read_order(file, false)?;
        if draft.check().has_errors() {
            return Err(Failure::refused(format!(
                "{}: the order does not keep the rules of {}",
                files::shown(file),
                kind.as_str()
            ))
            .next(format!(
                "mobproc order check {}",
                crate::session::quoted(&files::shown(file))
            )));
        }
        if draft.transaction_type() != kind {
            return Err(Failure::usage(format!(
                "{}: is no order of the kind {}",
                files::shown(file),
                kind.as_str()
            )));
        }
        drafts.push((kind.as_str().to_owned(), draft));
    }
    writable(context, arguments)?;
    // Whose recording it is, the session says; what it sees is written down from then on.
    let seen = Arc::new(LateTap::default());
    let observer = Arc::clone(&seen);
    let session = context.session_with(|builder| builder.observer(observer)).await?;
    let raw = raw_file(context, &session)?;
    let lock = raw.with_extension("lock");
    let lock =
        fs::File::create(&lock).map_err(|error| Failure::failed(format!("{}: {error}", lock.display())))?;
    if lock.try_lock().is_err() {
        return Err(Failure::usage("another probe of the same tenant is under way"));
    }
    if arguments.fresh && raw.exists() {
        fs::remove_file(&raw).map_err(|error| Failure::failed(format!("{}: {error}", raw.display())))?;
    }
    let is_resumed = raw.exists();
    let tap = Arc::new(Tap::new(&raw)?);
    seen.is(Arc::clone(&tap));
    if is_resumed {
        say("A probe was stopped before its end: this one goes on with it.");
    }
    // What the sandbox calls things that have no published name is no news.
    let of_sandbox = (session.environment == Environment::Sandbox)
        .then(|| document.with_values(&mobproc_sandbox::Sandbox::own_values()));
    let document = of_sandbox.as_ref().unwrap_or(document);
    let mut checks = offline::look(&session).await;
    let pace = arguments
        .rate
        .unwrap_or(if session.environment == Environment::Sandbox {
            Duration::ZERO
        } else {
            Duration::from_secs(1)
        });
    let mut caller = Caller::new(&session.client, Arc::clone(&tap), arguments.max_calls, pace);
    tokio::select! {
        done = walk::all(&mut caller, document) => done?,
        _ = tokio::signal::ctrl_c() => {
            say(&format!("Stopped after {} calls; the same command goes on.", tap.entries().len()));
            return Err(Failure::interrupted());
        }
    }
    let mut confirmed = Vec::new();
    for (kind, draft) in drafts {
        confirmed.push(confirm(&session, &mut caller, kind, draft).await);
        tap.check()?;
    }
    let entries = tap.entries();
    checks.extend(offline::afterwards(&entries));
    let mut drift = Drift::of(&entries, document);
    // What was sent is guessed on purpose.
    drift.findings.retain(|finding| finding.side == Side::Answer);
    let out_of_calls = caller.is_out_of_calls;
    let report = Report {
        at: offline::now(),
        held_against: arguments.document.as_ref().map_or_else(
            || format!("the document of mobproc {}", env!("CARGO_PKG_VERSION")),
            |path| path.display().to_string(),
        ),
        environment: match &session.environment {
            Environment::Sandbox => "the sandbox inside the program",
            Environment::Production => "production",
            Environment::Other(_) => "another environment than production",
        },
        checks,
        calls: caller.calls(),
        most: arguments.max_calls,
        skipped: std::mem::take(&mut caller.skipped),
        confirmed,
        answers: Answers::of(&entries, document, &drift),
        drift,
        document,
    };
    let text = match form {
        Form::Table => report.table(),
        Form::Json => format!("{:#}\n", report.json()),
        Form::Sarif => format!("{:#}\n", report.sarif()),
        Form::Markdown => report.markdown(),
    };
    match &context.global.output {
        Target::File(path) => files::write_new(path, text.as_bytes(), true)?,
        _ => io::stdout()
            .write_all(text.as_bytes())
            .map_err(|error| Failure::failed(format!("cannot write to standard output: {error}")))?,
    }
    if let Some(path) = &arguments.tenant_file {
        let mut json = serde_json::to_string_pretty(&report.answers.capabilities())
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        json.push('\n');
        files::write_new(path, json.as_bytes(), true)?;
    }
    let findings = report.drift.findings.len();
    let failed: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| !check.good)
        .map(|check| check.what)
        .collect();
    say(&format!(
        "{} calls, all reads or confirmations; nothing was ordered.",
        report.calls
    ));
    put_away(arguments, &raw, out_of_calls)?;
    if out_of_calls {
        return Err(
            Failure::failed("the budget was used up before everything was asked")
                .next("the same with a larger --max-calls goes on where it was"),
        );
    }
    if !failed.is_empty() {
        return Err(Failure::failed(format!(
            "not everything works: {}",
            failed.join(", ")
        )));
    }
    if findings > 0 {
        return Err(Failure::new(
            Exit::Drift,
            match findings {
                1 => "the server is otherwise than the document says in one way".to_owned(),
                many => format!("the server is otherwise than the document says in {many} ways"),
            },
        )
        .next(match &context.global.output {
            Target::File(path) => format!("read {}", path.display()),
            _ => "read the report above".to_owned(),
        }));
    }
    Ok(())
}

/// The form by the ending of the file, or by name.
fn form(target: &Target) -> Result<Form, Failure> {
    let ending = match target {
        Target::Sarif => "sarif",
        Target::Markdown => "md",
        Target::Printed(Format::Table) => "txt",
        Target::Printed(Format::Json) => "json",
        Target::Printed(_) => "other",
        Target::File(path) => path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or("other"),
    };
    Ok(match ending {
        "sarif" => Form::Sarif,
        "md" => Form::Markdown,
        "txt" => Form::Table,
        "json" => Form::Json,
        "har" => {
            return Err(
                Failure::usage("the recording goes to --recording FILE; -o is the report")
                    .next("-o report.md"),
            );
        }
        _ => {
            return Err(Failure::usage(
                "the report is printed as table, json, sarif or markdown, or goes to a file that ends in .md, .json, \
                 .sarif or .txt",
            ));
        }
    })
}

/// Whether everything that is to be written can be, before anything is asked.
fn writable(context: &Context, arguments: &Probe) -> Result<(), Failure> {
    let report = match &context.global.output {
        Target::File(path) => Some(path),
        _ => None,
    };
    let files = [
        report,
        arguments.recording.as_ref(),
        arguments.tenant_file.as_ref(),
    ];
    let files: Vec<&PathBuf> = files.into_iter().flatten().collect();
    for (place, path) in files.iter().enumerate() {
        if files.iter().skip(place + 1).any(|other| other == path) {
            return Err(Failure::usage(format!(
                "{}: is named for two files",
                path.display()
            )));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(|error| {
            Failure::usage(format!(
                "{}: nothing can be written there: {}",
                path.display(),
                error.kind()
            ))
        })?;
    }
    match &arguments.recording {
        Some(path) if path.symlink_metadata().is_ok() => {
            Err(Failure::usage(format!("{}: is there already", path.display())))
        }
        _ => Ok(()),
    }
}

/// Where the raw recording is while a probe is under way: of each server and tenant one.
fn raw_file(context: &Context, session: &Session) -> Result<PathBuf, Failure> {
    let folder = context.state_folder()?;
    let unusable = |error: io::Error| Failure::failed(format!("{}: {error}", folder.display()));
    crate::session::create_private_folder(&folder).map_err(unusable)?;
    let name = if context.global.sandbox {
        "sandbox".to_owned()
    } else {
        let scope = session.scope();
        format!("{} {}", scope.base_url, scope.tenant)
    };
    let name: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    Ok(folder.join(format!("probe-{name}.jsonl")))
}

/// What becomes of the raw recording: exported, kept for going on, or kept under another name.
fn put_away(arguments: &Probe, raw: &Path, out_of_calls: bool) -> Result<(), Failure> {
    if out_of_calls {
        say(&format!(
            "The budget of {} calls is used up; the same with a larger --max-calls goes on.",
            arguments.max_calls
        ));
    }
    if let Some(to) = &arguments.recording {
        let exported = redact_to(raw, to, arguments.keep_raw || out_of_calls)?;
        say(&exported);
    }
    if out_of_calls || !raw.exists() {
        return Ok(());
    }
    let done = raw.with_extension("done.jsonl");
    fs::rename(raw, &done).map_err(|error| Failure::failed(format!("{}: {error}", raw.display())))?;
    say(&format!(
        "The raw recording, with names and numbers, is {}; `mobproc redact` makes it fit to be given away and removes \
         it.",
        done.display()
    ));
    Ok(())
}

/// `redact`: makes a recording fit to be given away.
pub(crate) fn redact(recording: &Path, to: &Path, keep: bool) -> Result<(), Failure> {
    if to.symlink_metadata().is_ok() {
        return Err(Failure::usage(format!("{}: is there already", to.display())));
    }
    // Only what a recorder wrote is a raw recording; an archive is somebody's file.
    let is_raw = recording.extension().is_some_and(|ending| ending == "jsonl");
    let told = redact_to(recording, to, keep || !is_raw)?;
    say(&told);
    Ok(())
}

fn redact_to(raw: &Path, to: &Path, keep: bool) -> Result<String, Failure> {
    let exported = export(raw, to, keep).map_err(|error| match error {
        ExportError::Leak(_) => Failure::failed(error.to_string())
            .next("report it with the place it names; the recording stays where it is"),
        _ => Failure::usage(error.to_string()),
    })?;
    let gone = if exported.removed {
        "the raw recording is removed"
    } else {
        "the raw recording is kept"
    };
    Ok(format!(
        "{}: {} requests, {} values replaced, searched for each of them; {gone}.",
        to.display(),
        exported.entries,
        exported.replaced
    ))
}

/// Confirms an order: it is checked and priced.
async fn confirm(
    session: &Session,
    caller: &mut Caller<'_>,
    kind: String,
    draft: mobproc::OrderDraft,
) -> Confirmed {
    if !caller.may_call(&format!("confirming {kind}")).await {
        return Confirmed {
            kind,
            told: "there was no call left".to_owned(),
        };
    }
    let told = match session.client.orders().confirm(draft).await {
        Ok(_) => "it is confirmed".to_owned(),
        // What the server says may hold names.
        Err(mobproc::ConfirmError::NotPlaced(_)) => "it is refused; the recording has the answer".to_owned(),
        Err(_) => "it is not clear; the recording has the answer".to_owned(),
    };
    Confirmed { kind, told }
}
