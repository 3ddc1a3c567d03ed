//! Holding recorded traffic against the document: what it does not know, what is otherwise than it
//! says, and what of it was seen at all.

mod body;
mod exchange;
mod finding;
mod paging;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use mobproc_har::{Document, Entry};
use serde::Serialize;

pub use finding::{Difference, Finding, Side};
pub use shape::Shape;

/// What recorded traffic says of the document.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Drift {
    /// How many requests were looked at.
    pub exchanges: usize,
    /// How many of them had no answer.
    pub unanswered: usize,
    /// What is otherwise than the document says, each once.
    pub findings: Vec<Finding>,
    /// What was seen of each operation of the document.
    pub coverage: BTreeMap<String, Coverage>,
    /// JSON pointers to parts of the document that were seen at work and are as it says.
    pub confirmed: BTreeSet<String>,
}

/// What was seen of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Coverage {
    /// How often it was asked.
    pub requests: usize,
    /// Its answers by status; 0 is none.
    pub statuses: BTreeMap<u16, usize>,
    /// Query parameters that were sent.
    pub parameters: BTreeSet<String>,
}

impl Drift {
    /// Holds recorded requests and answers against a document.
    ///
    /// ```
    /// use mobproc_conform::Drift;
    /// use mobproc_har::{Document, Entry, Pair, Request, Response};
    ///
    /// let answer = r#"{"regions":[{"id":"2101","name":"Connecticut","motto":"-"}]}"#;
    /// let entry = Entry::new(
    ///     Request::new("GET", "https://tngo-mobproc.cloudhub.io/mobproc/v1/regions", Vec::new()),
    ///     Response::new(
    ///         200,
    ///         vec![Pair::new("content-type", "application/json")],
    ///         Some(answer.to_owned()),
    ///     ),
    /// );
    /// let drift = Drift::of(&[entry], Document::built_in());
    /// let places: Vec<&str> = drift.of_answers().map(|finding| finding.place.as_str()).collect();
    /// assert_eq!(places, ["/components/schemas/RegionListItem"]);
    /// ```
    #[must_use]
    pub fn of(entries: &[Entry], document: &Document) -> Self {
        let mut judge = exchange::Judge::new(document);
        for (place, entry) in entries.iter().enumerate() {
            judge.look(place, entry);
        }
        paging::look(&mut judge, entries, document);
        judge.finish(entries.len())
    }

    /// What is otherwise in answers.
    pub fn of_answers(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.side == Side::Answer)
    }

    /// The findings that are not among another's.
    #[must_use]
    pub fn beyond<'a>(&'a self, other: &Self) -> Vec<&'a Finding> {
        let known: BTreeSet<_> = other.findings.iter().map(Finding::key).collect();
        let mine = self.findings.iter();
        mine.filter(|finding| !known.contains(&finding.key())).collect()
    }

    /// Operations of the document that nobody asked.
    #[must_use]
    pub fn unseen<'a>(&self, document: &'a Document) -> Vec<&'a str> {
        let all = document
            .operations()
            .iter()
            .map(|operation| operation.id.as_str());
        all.filter(|id| !self.coverage.contains_key(*id)).collect()
    }
}
