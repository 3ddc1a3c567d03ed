//! Writes that are never sent twice: each is in the journal before its first byte leaves.

use std::env;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use mobproc::{EmployeeRef, OpenOutcome, SavedOrder};
use mobproc_rollout::state::{Answer, Event, State};
use mobproc_rollout::{Added, Journal, JournalError, NewWrite, Write, WriteKind};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Ordered};
use crate::session::{Session, quoted};
use crate::talk::say;

/// How long sending and waiting for the answer may take, attempts to connect included.
const LIMIT: Duration = Duration::from_secs(240);
/// From then on, after it began, nothing of it can be on its way.
const SETTLED_AFTER: Duration = Duration::from_secs(300);

/// What the journal keeps of a write: all that is needed to look for it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) profile: Option<String>,
    /// Whose credentials: who looks for it has to be the same.
    pub(crate) account: Option<String>,
    pub(crate) acting_for: Option<EmployeeRef>,
    pub(crate) hierarchy: Option<String>,
    pub(crate) what: What,
}

/// A write.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// An order that was confirmed.
    Order { saved: Box<SavedOrder> },
    /// An order that was only to be confirmed, and that may have been placed.
    Opened { saved: Box<SavedOrder> },
    /// An approval or a rejection.
    Approval {
        order_id: String,
        approve: bool,
        /// The status of the order before it was decided upon.
        before: String,
    },
    /// A line that is given to another employee.
    Move { service_id: String, to: EmployeeRef },
    /// Any other write.
    Raw { path: String },
}

impl Content {
    /// A write of a session.
    pub(crate) fn of(session: &Session, what: What) -> Self {
        Self {
            profile: session.profile.clone(),
            account: session.account.clone(),
            acting_for: session.client.actor().cloned(),
            hierarchy: session.hierarchy.clone(),
            what,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").finish_non_exhaustive()
    }
}

/// What became of a write that was sent.
#[derive(Debug)]
pub(crate) enum Sent<T> {
    /// It was carried out; for the journal, as what.
    Done(T, Option<String>),
    /// It was certainly not.
    Not(Failure),
    /// Nobody knows.
    Unknown(Failure),
}

/// Who uses the program, for the journal.
pub(crate) fn who() -> String {
    let user = env::var("USER").or_else(|_| env::var("USERNAME"));
    user.unwrap_or_else(|_| "somebody".to_owned())
}

/// Reads what the journal kept of a write.
pub(crate) fn content_of(write: &Write) -> Result<Content, Failure> {
    serde_json::from_str(&write.content).map_err(|_| {
        Failure::failed(format!(
            "what the journal keeps of {} cannot be read",
            write.number
        ))
    })
}

/// A new write for the journal.
pub(crate) fn new_write(
    session: &Session,
    kind: WriteKind,
    number: &str,
    content: &Content,
) -> Result<NewWrite, Failure> {
    let content = serde_json::to_string(content)
        .map_err(|error| Failure::failed(format!("the write cannot be kept: {error}")))?;
    Ok(NewWrite::new(kind, session.scope(), number, content))
}

/// Puts an order that was only to be confirmed into the journal: its answer says that it may have
/// been placed.
pub(crate) fn remember_open(
    session: &Session,
    journal: &mut Journal,
    open: &OpenOutcome,
) -> Result<(), Failure> {
    let content = Content {
        acting_for: open.client().actor().cloned(),
        ..Content::of(
            session,
            What::Opened {
                saved: Box::new(open.save()),
            },
        )
    };
    let number = open.external_order_number();
    let write = new_write(session, WriteKind::Order, number, &content)?.summary(format!(
        "{} that was only to be confirmed",
        open.transaction_type()
    ));
    let write = match journal.add(&write)? {
        Added::New(write) => write,
        Added::Known(known) if known.entry.state.is_open() || known.entry.state == State::Placed => {
            return Ok(());
        }
        Added::Known(known) => journal.replace_content(&known.id, &write)?,
    };
    let begun = journal.begin(&write, SETTLED_AFTER, &who(), "only to be confirmed")?;
    let unknown = Event::Answered {
        attempt: begun.entry.attempt,
        answer: Answer::Unknown,
    };
    journal.apply(&begun.id, &unknown, &who(), "the answer holds an order")?;
    Ok(())
}

/// Adds a write that may be made again later, such as an approval: under its number, or that with a
/// count. One that is open stands in the way.
pub(crate) fn add_repeatable(
    journal: &mut Journal,
    session: &Session,
    kind: WriteKind,
    number: &str,
    content: &Content,
    summary: &str,
) -> Result<Write, Failure> {
    let mut name = number.to_owned();
    for count in 2_u32.. {
        let write = new_write(session, kind, &name, content)?.summary(summary);
        match journal.add(&write)? {
            Added::New(write) => return Ok(write),
            Added::Known(known) if known.entry.state.is_open() => {
                return Err(still_open(session, journal, &known));
            }
            // One that was never sent, or certainly not carried out, is this one.
            Added::Known(known) if known.entry.state != State::Placed => {
                return Ok(journal.replace_content(&known.id, &write)?);
            }
            Added::Known(_) => name = format!("{number}-{count}"),
        }
    }
    Err(Failure::failed("there are too many writes of this name"))
}

/// It was sent before, and nobody knows what became of it.
pub(crate) fn still_open(session: &Session, journal: &Journal, write: &Write) -> Failure {
    let (number, flags) = (&write.number, session.flags());
    let is_being_sent = journal.is_being_sent(write).unwrap_or(true);
    let message = match &write.entry.state {
        State::Submitting { .. } if is_being_sent => {
            format!("{number} is being sent by another program right now")
        }
        state => format!("{number} was sent before and is {state}: nothing was sent this time"),
    };
    let failure = Failure::unknown(message, None).number(number.clone());
    if is_being_sent && matches!(write.entry.state, State::Submitting { .. }) {
        return failure.next(format!("mobproc{flags} order pending"));
    }
    failure.next(format!("mobproc{flags} order reconcile {}", quoted(number)))
}

/// Sends a write: in the journal first, then over the wire, then in the journal what became of it.
pub(crate) async fn carry_out<T>(
    session: &Session,
    journal: &mut Journal,
    write: &Write,
    send: impl AsyncFnOnce(SystemTime) -> Sent<T>,
) -> Result<T, Failure> {
    let flags = session.flags();
    let who = who();
    let sending = match journal.begin(write, SETTLED_AFTER, &who, "sent by hand") {
        Ok(sending) => sending,
        Err(JournalError::Refused(_) | JournalError::Overtaken) => {
            let now = journal.by_id(&write.id)?;
            return Err(still_open(session, journal, &now));
        }
        Err(other) => return Err(Failure::from(other).nothing_ordered()),
    };
    checkpoint("submitting");
    let attempt = sending.entry.attempt;
    let number = &write.number;
    let lost = |message: &str| Sent::Unknown(Failure::unknown(message, None).number(number.clone()));
    let checked = async {
        // Who was stopped for long may have been given up in the meantime.
        match journal.may_still_be_sent(&sending) {
            Ok(true) => send(send_by(&sending)).await,
            Ok(false) => Sent::Not(Failure::failed(
                "it was not sent: this program was stopped for so long that others gave it up",
            )),
            Err(error) => Sent::Not(Failure::from(error)),
        }
    };
    let sent = tokio::select! {
        sent = checked => sent,
        () = interrupted_twice() => lost("interrupted before the answer came"),
        () = tokio::time::sleep(LIMIT) => lost("no answer came in time"),
    };
    checkpoint("answered");
    let (answer, why, result) = match &sent {
        Sent::Done(_, result) => (Answer::Placed, "the server answered".to_owned(), result.clone()),
        Sent::Not(failure) => (Answer::Refused, failure.text(), None),
        Sent::Unknown(failure) => (Answer::Unknown, failure.text(), None),
    };
    let answered = Event::Answered { attempt, answer };
    let kept = journal.apply_with_result(&write.id, &answered, &who, &first_line(&why), result.as_deref());
    match sent {
        Sent::Done(_, _)
            if kept
                .as_ref()
                .is_ok_and(|kept| matches!(kept.entry.state, State::NeedsPerson { .. })) =>
        {
            Err(Failure::unknown(
                "it was carried out, and so, perhaps, was another attempt: a person has to look at it",
                None,
            )
            .ordered(Ordered::Yes)
            .number(number.clone())
            .next(format!("mobproc{flags} order reconcile {}", quoted(number))))
        }
        Sent::Done(done, _) => {
            if let Err(error) = kept {
                say(&format!(
                    "warning: it was carried out, but the journal could not be told: {error}"
                ));
                say(&format!(
                    "Next: mobproc{flags} order reconcile {}",
                    quoted(number)
                ));
            }
            Ok(done)
        }
        Sent::Not(failure) => Err(failure.ordered(Ordered::No).number(number.clone())),
        Sent::Unknown(failure) => Err(failure
            .ordered(Ordered::Unknown)
            .number(number.clone())
            .next(format!("mobproc{flags} order reconcile {}", quoted(number)))),
    }
}

/// The last moment in which a write may leave: what comes after that is waiting for its answer.
fn send_by(sending: &Write) -> SystemTime {
    match &sending.entry.state {
        State::Submitting { settled, .. } => SystemTime::from(*settled)
            .checked_sub(LIMIT)
            .unwrap_or(SystemTime::UNIX_EPOCH),
        _ => SystemTime::UNIX_EPOCH,
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Ctrl-C once says that the answer is waited for; twice ends that.
async fn interrupted_twice() {
    // Listened for from the beginning, so that none is missed between the two.
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut interrupts) = signal(SignalKind::interrupt()) else {
            return std::future::pending().await;
        };
        interrupts.recv().await;
        say(WAITS);
        interrupts.recv().await;
    }
    #[cfg(not(unix))]
    {
        if tokio::signal::ctrl_c().await.is_err() {
            return std::future::pending().await;
        }
        say(WAITS);
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

const WAITS: &str = "It was sent, and the answer is under way; Ctrl-C once more stops waiting for it.";

/// Where tests stop the program to see what is left behind. Nothing happens unless the variable is
/// set.
pub(crate) fn checkpoint(name: &str) {
    /// It is stopped once, however often it comes there.
    static HAS_STOPPED: AtomicBool = AtomicBool::new(false);

    if env::var("MOBPROC_TEST_STOP_AT").is_ok_and(|wanted| wanted == name)
        && !HAS_STOPPED.swap(true, Ordering::SeqCst)
    {
        say(&format!("stopped at {name}"));
        // A line lets it go on; where nobody writes one, it stays here until it is killed.
        let mut line = String::new();
        while !std::io::stdin()
            .read_line(&mut line)
            .is_ok_and(|length| length > 0)
        {
            std::thread::park();
        }
    }
}

/// Prints what came of a write. It was carried out, whether or not that can be printed.
pub(crate) fn printed(outcome: Result<(), Failure>) {
    if let Err(failure) = outcome {
        say(&format!(
            "warning: it was carried out, but {}",
            failure.in_a_line()
        ));
    }
}
