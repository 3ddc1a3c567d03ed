//! Asking within a budget, at a pace, and never twice for the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use mobproc::{Attempt, Client, Observer};
use mobproc_har::{Entry, document::below_version};
use mobproc_recorder::{Recorder, entry_of};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::failure::Failure;

/// Sees what is sent and answered: writes it down, and keeps it.
#[derive(Debug)]
pub(super) struct Tap {
    recorder: Recorder,
    entries: Mutex<Vec<Entry>>,
}

impl Tap {
    /// Goes on with a recording, or begins one.
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let unusable = |error: std::io::Error| Failure::failed(format!("{}: {error}", path.display()));
        let recorder = Recorder::append(path).map_err(unusable)?;
        let text = std::fs::read_to_string(path).map_err(unusable)?;
        let entries = mobproc_har::read(&text).map_err(|error| {
            Failure::failed(format!("{} {error}", path.display())).next("mobproc probe --fresh")
        })?;
        Ok(Self {
            recorder,
            entries: Mutex::new(entries),
        })
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.locked().clone()
    }

    fn len(&self) -> usize {
        self.locked().len()
    }

    fn last(&self) -> Option<Entry> {
        self.locked().last().cloned()
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        self.recorder.check().map_err(|error| {
            Failure::failed(format!(
                "{}: what was answered cannot be written down any more: {error}",
                self.recorder.path().display()
            ))
        })
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        // An entry is there as a whole or not at all.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Tap {
    fn attempt_ended(&self, attempt: &Attempt<'_>) {
        self.recorder.attempt_ended(attempt);
        self.locked().push(entry_of(attempt));
    }
}

/// Stands for a tap that is known only once it is known whose recording it writes.
#[derive(Debug, Default)]
pub(super) struct LateTap(OnceLock<Arc<Tap>>);

impl LateTap {
    /// From now on it is this one.
    pub(super) fn is(&self, tap: Arc<Tap>) {
        // A second one would be a second recording of the same probe; there is none.
        let _ = self.0.set(tap);
    }
}

impl Observer for LateTap {
    fn attempt_ended(&self, attempt: &Attempt<'_>) {
        if let Some(tap) = self.0.get() {
            tap.attempt_ended(attempt);
        }
    }
}

/// Asks.
pub(super) struct Caller<'a> {
    client: &'a Client,
    tap: Arc<Tap>,
    /// What was asked before, by path and query.
    known: BTreeMap<String, Entry>,
    most: usize,
    pace: Duration,
    next: Instant,
    /// What was not asked: there was no call left for it, or nothing to ask for.
    pub(super) skipped: Vec<String>,
    /// Something was not asked because there was no call left.
    pub(super) is_out_of_calls: bool,
}

impl<'a> Caller<'a> {
    pub(super) fn new(client: &'a Client, tap: Arc<Tap>, most: u32, pace: Duration) -> Self {
        let known = tap
            .entries()
            .into_iter()
            // What did not come, and what was refused for being too much, is asked again.
            .filter(|entry| {
                entry.request.method == "GET" && !matches!(entry.response.status, 0 | 401 | 429 | 503)
            })
            .filter_map(|entry| Some((place_of(&entry.request.url)?, entry)))
            .collect();
        Self {
            client,
            tap,
            known,
            most: usize::try_from(most).unwrap_or(usize::MAX),
            pace,
            next: Instant::now(),
            skipped: Vec::new(),
            is_out_of_calls: false,
        }
    }

    pub(super) fn calls(&self) -> usize {
        self.tap.len()
    }

    /// Whether a call is left. Waits until it may be made.
    pub(super) async fn may_call(&mut self, what: &str) -> bool {
        if self.tap.len() >= self.most {
            self.is_out_of_calls = true;
            if !self.skipped.iter().any(|known| known == what) {
                self.skipped.push(what.to_owned());
            }
            return false;
        }
        tokio::time::sleep_until(self.next).await;
        self.next = Instant::now() + self.pace;
        true
    }

    /// Reads something: a path below the base URL with its query. Nothing if there is no call left,
    /// or no answer.
    pub(super) async fn get(&mut self, path: &str) -> Result<Option<Entry>, Failure> {
        let Some(key) = place_of(&format!("https://mobproc.invalid/v1{path}")) else {
            return Ok(None);
        };
        if let Some(entry) = self.known.get(&key) {
            return Ok(Some(entry.clone()));
        }
        if !self.may_call(path).await {
            return Ok(None);
        }
        let before = self.tap.len();
        // What matters is what was seen, also where it is an error.
        let outcome: Result<Value, mobproc::Error> = self.client.get_raw(path).await;
        self.tap.check()?;
        if self.tap.len() == before {
            // Nothing was sent: there is no token, or no such path.
            return match outcome {
                Err(error) if error.kind() == mobproc::ErrorKind::InvalidArgument => Ok(None),
                Err(error) => Err(Failure::from(error)),
                Ok(_) => Ok(None),
            };
        }
        let entry = self.tap.last().filter(|entry| entry.response.status != 0);
        // Whoever is not let in is not asked for the rest, and no account is locked.
        let refuses_all = entry.as_ref().is_some_and(|entry| {
            entry.response.status == 401 || (entry.response.status == 403 && self.known.is_empty())
        });
        if refuses_all && let Err(error) = outcome {
            return Err(Failure::from(error));
        }
        if let Some(entry) = &entry {
            self.known.insert(key, entry.clone());
        } else if let Err(error) = outcome
            && before == 0
        {
            // The first call that does not come through: nothing else will.
            return Err(Failure::from(error));
        }
        Ok(entry)
    }

    /// Whether this was asked already.
    pub(super) fn has_asked(&self, path: &str) -> bool {
        place_of(&format!("https://mobproc.invalid/v1{path}"))
            .is_some_and(|key| self.known.contains_key(&key))
    }
}

/// Path below the version, and query: what makes two reads the same.
pub(super) fn place_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let path = below_version(url.path()).unwrap_or(url.path());
    let mut query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    query.sort();
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    Some(if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    })
}

/// The body of an answer, if it is JSON.
pub(super) fn body(entry: &Entry) -> Option<Value> {
    serde_json::from_str(entry.response.content.text.as_deref()?).ok()
}
