//! A second opinion on recorded traffic: Redocly's `drift` over the recordings of two probes, one of a
//! sandbox that is as the document says, one of a sandbox that is not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::absence::Absence;
use crate::lint;
use crate::sandbox::{self, Sandbox};
use crate::say;

const DOCUMENT: &str = "openapi/mobproc.json";

/// The differences Redocly looks for in answers. Members that are not documented it leaves alone where
/// a schema is open, as all of ours are; values of an open enum too; an undocumented status is one of
/// `default`; headers and pages of answers it does not look at.
const BOTH: [&str; 3] = ["type", "null", "format"];

/// Operation and member of a finding.
type Places = BTreeSet<(String, String)>;

pub(crate) fn run(root: &Path, absence: &Absence) -> Result<(), String> {
    let redocly = lint::redocly(root);
    if !redocly.is_file() {
        return absence.of(
            "no second opinion on drift: Redocly is not installed; `cargo xtask lint --install` does that",
        );
    }
    sandbox::build(root)?;
    crate::tool::run(
        root,
        "cargo",
        &["build", "--locked", "--quiet", "-p", "mobproc-cli"],
    )?;
    let folder = root.join("target/tmp/drift");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;

    let clean = probe(&folder, "clean", &["--sandbox"], &[])?;
    if !places_of_ours(&clean).is_empty() {
        return Err("the sandbox is otherwise than the document says".to_owned());
    }
    let second = second_opinion(root, &redocly, &folder.join("clean.har"))?;
    if !second.is_empty() {
        return Err(format!(
            "only Redocly finds in the answers of the sandbox: {second:?}"
        ));
    }
    say("the sandbox as it is: neither finds anything in its answers");

    let otherwise = Sandbox::start_with(&["--port", "0", "--deviate", "all"])?;
    let variables: Vec<(String, String)> = otherwise
        .variables()
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect();
    let report = probe(&folder, "otherwise", &["--rate", "10000/s"], &variables)?;
    let ours = places_of_ours(&report);
    let second = second_opinion(root, &redocly, &folder.join("otherwise.har"))?;
    let only_second: Vec<_> = second.difference(&ours).collect();
    let only_ours: Vec<_> = ours.difference(&second).collect();
    if !only_second.is_empty() || !only_ours.is_empty() {
        return Err(format!(
            "Redocly and conform do not agree; only Redocly: {only_second:?}; only conform: {only_ours:?}"
        ));
    }
    say(&format!(
        "a sandbox that is otherwise: both find the same {} members of another type or form",
        ours.len()
    ));
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings(&report) {
        let difference = text(finding, "difference");
        if !BOTH.contains(&difference.as_str()) {
            *others.entry(difference).or_default() += 1;
        }
    }
    for (difference, count) in others {
        say(&format!("only conform looks for: {difference} ({count} found)"));
    }
    Ok(())
}

/// Probes, and returns the report; the recording is beside it.
fn probe(folder: &Path, name: &str, flags: &[&str], variables: &[(String, String)]) -> Result<Value, String> {
    let program = std::env::current_exe()
        .map_err(|error| format!("where this program is cannot be told: {error}"))?
        .with_file_name(format!("mobproc{}", std::env::consts::EXE_SUFFIX));
    let (report, har) = (format!("{name}.json"), format!("{name}.har"));
    let command = flags.iter().filter(|flag| **flag == "--sandbox");
    let rest = flags.iter().filter(|flag| **flag != "--sandbox");
    let output = Command::new(&program)
        .args(command)
        .args(["probe", "-o", &report, "--recording", &har])
        .args(rest)
        .env("MOBPROC_STATE", folder.join(format!("state-{name}")))
        .env("MOBPROC_CONFIG", folder.join("no-profiles.toml"))
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    // 7 is what is wanted of one of them.
    if !matches!(output.status.code(), Some(0 | 7)) {
        return Err(format!(
            "the probe failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let path = folder.join(&report);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn findings(report: &Value) -> impl Iterator<Item = &Value> {
    let findings = report.pointer("/drift/findings").and_then(Value::as_array);
    findings.into_iter().flatten()
}

fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Where conform finds what Redocly looks for as well.
fn places_of_ours(report: &Value) -> Places {
    let mut places = Places::new();
    for finding in findings(report) {
        if BOTH.contains(&text(finding, "difference").as_str()) {
            let place = text(finding, "place");
            let member = place.rsplit('/').next().unwrap_or_default();
            let operations = finding.get("operations").and_then(Value::as_array);
            for operation in operations.into_iter().flatten().filter_map(Value::as_str) {
                places.insert((operation.to_owned(), member.to_owned()));
            }
        }
    }
    places
}

/// What Redocly finds in answers, by operation and member.
fn second_opinion(root: &Path, redocly: &Path, har: &Path) -> Result<Places, String> {
    let report = har.with_extension("redocly.json");
    let output = Command::new(redocly)
        .arg("drift")
        .arg(har)
        .args([
            "--api",
            DOCUMENT,
            "--match-mode",
            "basepath",
            "--format",
            "json",
            "-o",
        ])
        .arg(&report)
        .current_dir(root)
        .output()
        .map_err(|error| format!("{}: {error}", redocly.display()))?;
    let text_of = std::fs::read_to_string(&report).map_err(|_| {
        format!(
            "Redocly wrote no report: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    let found: Value =
        serde_json::from_str(&text_of).map_err(|error| format!("{}: {error}", report.display()))?;
    let looked_at = found.pointer("/run/documentedExchanges").and_then(Value::as_u64);
    if looked_at.is_none_or(|looked_at| looked_at < 80) {
        return Err(format!("Redocly looked at {looked_at:?} exchanges only"));
    }
    let problems = found.get("problems").and_then(Value::as_array);
    let problems = problems.ok_or("the report of Redocly has no problems")?;
    let of_answers = problems
        .iter()
        .filter(|problem| text(problem, "target") == "response");
    Ok(of_answers
        .map(|problem| {
            let path = problem
                .pointer("/details/path")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let member = path.rsplit('/').next().unwrap_or_default();
            (text(problem, "operationId"), member.to_owned())
        })
        .collect())
}
