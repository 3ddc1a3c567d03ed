//! Writing down every attempt as it happens.

use std::borrow::Cow;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use mobproc::{Attempt, Decision, Observer};
use mobproc_har::{Entry, Facts, Pair, Request, Response};

/// Writes down every attempt of every call of a client: one line each, as it happens.
///
/// The file is made with the rights of its owner only. Writing takes its time from the call. What
/// cannot be written is told by [`check`](Self::check), never by the call.
pub struct Recorder {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: File,
    entries: u64,
    failure: Option<io::Error>,
}

/// Only where it writes to.
impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Recorder {
    /// Makes a new recording.
    ///
    /// # Errors
    ///
    /// The file is there already, or cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::with(path, OpenOptions::new().write(true).create_new(true))
    }

    /// Goes on with a recording, or makes one. A line that was torn when the program before was
    /// killed is taken out.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn append(path: &Path) -> io::Result<Self> {
        if let Ok(text) = std::fs::read(path)
            && !text.is_empty()
            && !text.ends_with(b"\n")
        {
            let whole = text
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |at| at + 1);
            let whole = u64::try_from(whole).unwrap_or(0);
            OpenOptions::new().write(true).open(path)?.set_len(whole)?;
        }
        Self::with(path, OpenOptions::new().append(true).create(true))
    }

    fn with(path: &Path, options: &mut OpenOptions) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        Ok(Self {
            path: path.to_owned(),
            state: Mutex::new(State {
                file: options.open(path)?,
                entries: 0,
                failure: None,
            }),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many attempts it wrote down.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.state().entries
    }

    /// Says whether everything could be written. After a failure nothing more is written, so that
    /// the recording has no hole in the middle.
    ///
    /// # Errors
    ///
    /// Why the first line that is missing could not be written.
    pub fn check(&self) -> io::Result<()> {
        match &self.state().failure {
            Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
            None => Ok(()),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A line is written with one call, or the failure is kept.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Recorder {
    fn attempt_ended(&self, attempt: &Attempt<'_>) {
        let entry = entry_of(attempt);
        let sent = attempt.body.map_or(0, |body| body.len());
        let answered = attempt.answer.as_ref().map_or(0, |answer| answer.body.len());
        // Quotes are escaped, and so a body takes more than its length.
        let mut line = Vec::with_capacity(2048 + (sent + answered) / 4 * 5);
        // Of texts and numbers there is nothing that JSON cannot hold.
        if serde_json::to_writer(&mut line, &entry).is_err() {
            line.clear();
        }
        line.push(b'\n');
        let mut state = self.state();
        if state.failure.is_some() {
            return;
        }
        match state.file.write_all(&line) {
            Ok(()) => state.entries += 1,
            Err(error) => state.failure = Some(error),
        }
    }
}

/// Bytes as a text. Almost all are one, which is found out much faster than what is wrong where.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// An attempt as an entry of an archive: for observers of one's own. It holds everything that was
/// sent and answered, except the access token.
#[must_use]
pub fn entry_of(attempt: &Attempt<'_>) -> Entry {
    let pairs = |headers: &http::HeaderMap| {
        headers
            .iter()
            .map(|(name, value)| Pair::new(name.as_str(), &text_of(value.as_bytes())))
            .collect::<Vec<_>>()
    };
    let mut request = Request::new(
        attempt.operation.method.as_str(),
        attempt.url.as_str(),
        pairs(attempt.headers),
    );
    if let Some(body) = attempt.body {
        let kind = request
            .header("content-type")
            .unwrap_or("application/json")
            .to_owned();
        request = request.with_body(&kind, text_of(body).into_owned());
    }
    let response = match &attempt.answer {
        Some(answer) => Response::new(
            answer.status,
            pairs(answer.headers),
            Some(text_of(answer.body).into_owned()),
        ),
        None => Response::new(0, Vec::new(), None),
    };
    let mut facts = Facts::default();
    attempt.operation.id.clone_into(&mut facts.operation);
    attempt.correlation_id.clone_into(&mut facts.correlation_id);
    facts.attempt = attempt.number;
    facts.safe_to_repeat = attempt.is_safe_to_repeat;
    facts.decision = match attempt.decision {
        Decision::Return => "return".to_owned(),
        Decision::RenewToken => "renew token".to_owned(),
        Decision::Follow => "follow".to_owned(),
        Decision::Repeat(delay) => format!("repeat after {} ms", delay.as_millis()),
        _ => "other".to_owned(),
    };
    facts.error = attempt.error.map(|error| format!("{:?}", error.kind()));
    // More milliseconds than a number holds exactly are no call.
    let took = u32::try_from(attempt.took.as_millis()).unwrap_or(u32::MAX);
    Entry::new(request, response)
        .at(DateTime::<Utc>::from(attempt.began), f64::from(took))
        .with_facts(facts)
}
