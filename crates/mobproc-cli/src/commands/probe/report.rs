//! The report: as Markdown, lines for people, JSON or SARIF. It holds no names, numbers, ids or
//! texts of the tenant.

use std::fmt::Write as _;

use mobproc_conform::program::cell;
use mobproc_conform::{Drift, Finding};
use mobproc_har::Document;
use serde::Serialize;
use serde_json::{Value, json};

use super::answers::Answers;
use super::offline::Check;

/// Everything a probe found out.
pub(super) struct Report<'a> {
    pub(super) at: String,
    pub(super) environment: &'static str,
    /// Which document the answers were held against.
    pub(super) held_against: String,
    pub(super) checks: Vec<Check>,
    pub(super) calls: usize,
    pub(super) most: u32,
    pub(super) skipped: Vec<String>,
    pub(super) confirmed: Vec<Confirmed>,
    pub(super) answers: Answers,
    pub(super) drift: Drift,
    pub(super) document: &'a Document,
}

/// What became of confirming an order.
#[derive(Debug, Serialize)]
pub(super) struct Confirmed {
    pub(super) kind: String,
    pub(super) told: String,
}

impl Report<'_> {
    pub(super) fn json(&self) -> Value {
        json!({
            "at": self.at,
            "environment": self.environment,
            "program": concat!("mobproc ", env!("CARGO_PKG_VERSION")),
            "document": self.held_against,
            "checks": self.checks,
            "calls": self.calls,
            "maxCalls": self.most,
            "skipped": self.skipped,
            "confirmed": self.confirmed,
            "answers": self.answers,
            "drift": self.drift,
        })
    }

    pub(super) fn sarif(&self) -> Value {
        mobproc_conform::program::sarif(&self.drift)
    }

    /// For people on a terminal.
    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let state = if check.good { "ok" } else { "FAILED" };
            // Writing to a string does not fail.
            let _ = writeln!(text, "{:<12} {state:<7} {}", check.what, check.told);
        }
        let _ = writeln!(text, "{} calls of at most {}", self.calls, self.most);
        for (question, answer) in self.questions() {
            let _ = writeln!(text, "{question}: {answer}");
        }
        text.push_str(&mobproc_conform::program::table(&self.drift, self.document));
        text
    }

    /// Every question with its answer.
    fn questions(&self) -> Vec<(String, String)> {
        let answers = &self.answers;
        let mut all = Vec::new();
        let mut add = |question: &str, answer: String| all.push((question.to_owned(), answer));
        add(
            "backend",
            answers
                .backend
                .clone()
                .unwrap_or_else(|| "it does not say".to_owned()),
        );
        for state in [
            "is not there",
            "is not allowed",
            "answers errors only",
            "was not asked, for want of an id",
            "answers no id that was tried",
        ] {
            let of: Vec<&str> = answers
                .operations
                .iter()
                .filter(|(_, known)| **known == state)
                .map(|(operation, _)| operation.as_str())
                .collect();
            if !of.is_empty() {
                add(&format!("operations: {state}"), of.join(", "));
            }
        }
        for (list, paging) in &answers.pages {
            let cap = paging.page_cap.map_or_else(
                || "no cap was met".to_owned(),
                |cap| format!("at most {cap} items"),
            );
            let total = paging
                .total
                .map_or_else(|| "not told".to_owned(), |total| total.to_string());
            add(
                &format!("pages of {list}"),
                format!(
                    "{cap}; offset in the middle of a page: {}; total: {total}",
                    paging.offset
                ),
            );
        }
        for (parameter, told) in &answers.parameters {
            add(&format!("parameter {parameter}"), (*told).to_owned());
        }
        add("how late the list of orders is", answers.lateness.clone());
        for (place, values) in &answers.new_values {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            add(&format!("new values of {place}"), values.join(", "));
        }
        if answers.limit_headers.is_empty() {
            add("limits of the rate", "no header tells of any".to_owned());
        }
        for (name, value) in &answers.limit_headers {
            add(&format!("header {name}"), value.clone());
        }
        for shape in &answers.errors {
            add("an error looks like", shape.clone());
        }
        for (path, told) in &answers.spellings {
            add(path, told.clone());
        }
        for confirmed in &self.confirmed {
            add(&format!("confirming {}", confirmed.kind), confirmed.told.clone());
        }
        for skipped in &self.skipped {
            add("not asked", skipped.clone());
        }
        all
    }

    pub(super) fn markdown(&self) -> String {
        let findings: Vec<&Finding> = self.drift.of_answers().collect();
        let verdict = match findings.len() {
            0 => "**No drift**: every answer is as the document says.".to_owned(),
            1 => "**1 difference** between answers and the document.".to_owned(),
            many => format!("**{many} differences** between answers and the document."),
        };
        let mut text = format!(
            "# What this tenant is like\n\nProbed at {} in {}, against {}: {} calls of at most {}, all of them reads{}.\n\n{verdict}\n\n\
             ## Before anything was asked\n\n| check | state | what |\n| --- | --- | --- |\n",
            self.at,
            self.environment,
            self.held_against,
            self.calls,
            self.most,
            if self.confirmed.is_empty() {
                ""
            } else {
                " or confirmations"
            },
        );
        for check in &self.checks {
            let state = if check.good { "ok" } else { "**failed**" };
            let _ = writeln!(text, "| {} | {state} | {} |", check.what, cell(&check.told));
        }
        text.push_str("\n## What was found out\n\n| question | answer |\n| --- | --- |\n");
        for (question, answer) in self.questions() {
            let _ = writeln!(text, "| {} | {} |", cell(&question), cell(&answer));
        }
        text.push('\n');
        text.push_str(&mobproc_conform::program::markdown(&self.drift, self.document));
        text
    }
}
