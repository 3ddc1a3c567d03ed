//! What recorded traffic says of the document, for people and for programs.

use std::fmt::Write as _;

use mobproc_har::Document;
use serde_json::{Value, json};

use crate::drift::{Difference, Drift, Finding, Side};

const SIDES: [(Side, &str); 2] = [(Side::Answer, "answers"), (Side::Request, "requests")];

/// Lines for people: every finding, then what was seen of the document.
#[must_use]
pub fn table(drift: &Drift, document: &Document) -> String {
    let mut text = String::new();
    for (side, name) in SIDES {
        let findings = of_side(drift, side);
        if findings.is_empty() {
            continue;
        }
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name} that are otherwise than the document says:");
        for finding in findings {
            let _ = writeln!(
                text,
                "  {:<18} {:<34} {} ({}x in {})",
                finding.difference.name(),
                finding.what,
                finding.place,
                finding.count,
                operations_of(finding)
            );
        }
    }
    let _ = writeln!(text, "{}", summary(drift, document));
    text
}

/// What was looked at, in a line.
fn summary(drift: &Drift, document: &Document) -> String {
    let all = document.operations().len();
    let unseen = drift.unseen(document);
    let mut text = format!(
        "{} findings in {} requests; {} of {all} operations were seen",
        drift.findings.len(),
        drift.exchanges,
        all - unseen.len(),
    );
    if drift.unanswered > 0 {
        let _ = write!(text, "; {} requests had no answer", drift.unanswered);
    }
    text
}

fn of_side(drift: &Drift, side: Side) -> Vec<&Finding> {
    let findings = drift.findings.iter();
    findings.filter(|finding| finding.side == side).collect()
}

fn operations_of(finding: &Finding) -> String {
    let operations: Vec<&str> = finding.operations.iter().map(String::as_str).collect();
    operations.join(", ")
}

/// A text as a cell of a table in Markdown.
#[must_use]
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// Markdown.
#[must_use]
pub fn markdown(drift: &Drift, document: &Document) -> String {
    let mut text = format!("## Drift\n\n{}.\n", summary(drift, document));
    for (side, name) in SIDES {
        let findings = of_side(drift, side);
        if findings.is_empty() {
            continue;
        }
        let _ = write!(
            text,
            "\n### In {name}\n\n| difference | what | place in the document | seen | operations |\n| --- | --- | --- | ---: | --- |\n"
        );
        for finding in findings {
            let _ = writeln!(
                text,
                "| {} | `{}` | `{}` | {} | {} |",
                finding.difference,
                cell(&finding.what),
                cell(&finding.place),
                finding.count,
                operations_of(finding)
            );
        }
    }
    text.push_str(
        "\n### Operations\n\n| operation | evidence | requests | statuses |\n| --- | --- | ---: | --- |\n",
    );
    for operation in document.operations() {
        let evidence = operation
            .value
            .get("x-evidence")
            .and_then(Value::as_str)
            .unwrap_or("none");
        let seen = drift.coverage.get(&operation.id);
        let statuses = seen.map_or_else(String::new, |seen| {
            let statuses: Vec<String> = seen
                .statuses
                .iter()
                .map(|(status, count)| match status {
                    0 => format!("no answer ({count})"),
                    status => format!("{status} ({count})"),
                })
                .collect();
            statuses.join(", ")
        });
        let _ = writeln!(
            text,
            "| `{}` | {evidence} | {} | {statuses} |",
            operation.id,
            seen.map_or(0, |seen| seen.requests)
        );
    }
    text
}

/// SARIF 2.1.0: each finding is a result at its place in the document.
#[must_use]
pub fn sarif(drift: &Drift) -> Value {
    let mut kinds: Vec<Difference> = drift.findings.iter().map(|finding| finding.difference).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let rules: Vec<Value> = kinds
        .iter()
        .map(|kind| json!({ "id": kind.name(), "shortDescription": { "text": kind.meaning() } }))
        .collect();
    let results: Vec<Value> = drift
        .findings
        .iter()
        .map(|finding| {
            json!({
                "ruleId": finding.difference.name(),
                "level": if finding.side == Side::Answer { "warning" } else { "note" },
                "message": { "text": format!(
                    "{} {} ({}x in {})",
                    finding.difference.meaning(), finding.what, finding.count, operations_of(finding)
                ) },
                "locations": [{
                    "physicalLocation": { "artifactLocation": { "uri": super::DOCUMENT } },
                    "logicalLocations": [{ "fullyQualifiedName": finding.place }],
                }],
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mobproc conform",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
        }],
    })
}
