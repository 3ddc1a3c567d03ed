//! The journal on a disk, with programs that come and go.

use super::*;
use crate::state::{Answer, Decision, Sighting};

fn scope() -> Scope {
    Scope::new("http://127.0.0.1/mobproc/v1", "ACME")
}

fn order(number: &str, content: &str) -> NewWrite {
    NewWrite::new(WriteKind::Order, scope(), number, content)
}

fn added(journal: &mut Journal, write: &NewWrite) -> Write {
    match journal.add(write).unwrap() {
        Added::New(write) => write,
        Added::Known(known) => panic!("{known:?} was there"),
    }
}

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_number_is_there_once_for_each_tenant_and_kind() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let first = added(&mut journal, &order("LF-1", "{}"));
    let Added::Known(known) = journal.add(&order("LF-1", "{\"other\":1}")).unwrap() else {
        panic!("it was added twice");
    };
    assert_eq!(known, first);
    // Servers change case and blanks.
    assert!(matches!(
        journal.add(&order(" lf -\u{200b}1 ", "{}")).unwrap(),
        Added::Known(_)
    ));
    let other = NewWrite::new(
        WriteKind::Order,
        Scope::new(scope().base_url, "OTHER"),
        "LF-1",
        "{}",
    );
    assert_ne!(added(&mut journal, &other).id, first.id);
    added(
        &mut journal,
        &NewWrite::new(WriteKind::Approval, scope(), "LF-1", "{}"),
    );
    assert_eq!(journal.by_number(&scope(), "LF-1").unwrap().len(), 2);
}

#[test]
fn what_a_program_was_sending_when_it_ended_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let write = added(&mut journal, &order("LF-1", "{}"));
    let sending = journal.begin(&write, LIMIT, "me", "a test").unwrap();
    assert_eq!(sending.entry.attempt, 1);
    // Another program sees it, and lets it be.
    let mut other = Journal::open(folder.path()).unwrap();
    let seen = other.open_writes().unwrap();
    assert_eq!(
        seen.first().map(|write| write.entry.state.name()),
        Some("submitting")
    );
    assert!(other.is_being_sent(&sending).unwrap());
    assert!(matches!(
        other.begin(&write, LIMIT, "another", "a test"),
        Err(JournalError::Refused(Refusal::State { .. }))
    ));
    drop(journal);
    drop(other);
    let mut later = Journal::open(folder.path()).unwrap();
    let unknown = later.by_id(&write.id).unwrap();
    assert_eq!(unknown.entry.state.name(), "unknown");
    let seen = Event::LookedUp(Sighting::Seen(1));
    let placed = later
        .apply_with_result(&write.id, &seen, "me", "found", Some("1234"))
        .unwrap();
    assert_eq!(
        (placed.entry.state, placed.result.as_deref()),
        (State::Placed, Some("1234"))
    );
    let steps: Vec<(String, String)> = later
        .changes(&write.id)
        .unwrap()
        .into_iter()
        .map(|change| (change.from, change.to))
        .collect();
    let steps: Vec<(&str, &str)> = steps.iter().map(|(from, to)| (&**from, &**to)).collect();
    assert_eq!(
        steps,
        [
            ("confirmed", "submitting"),
            ("submitting", "unknown"),
            ("unknown", "placed")
        ]
    );
    assert!(later.open_writes().unwrap().is_empty());
}

#[test]
fn what_was_refused_can_be_sent_again_with_another_content() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let write = added(&mut journal, &order("LF-1", "{}"));
    journal.begin(&write, LIMIT, "me", "").unwrap();
    assert!(matches!(
        journal.replace_content(&write.id, &order("LF-1", "[]")),
        Err(JournalError::Refused(_))
    ));
    let refused = Event::Answered {
        attempt: 1,
        answer: Answer::Refused,
    };
    journal.apply(&write.id, &refused, "me", "no connection").unwrap();
    let replaced = journal.replace_content(&write.id, &order("LF-1", "[]")).unwrap();
    assert_eq!(replaced.content, "[]");
    // Whoever read it before it was replaced would send another order than the journal has.
    assert!(matches!(
        journal.begin(&write, LIMIT, "me", ""),
        Err(JournalError::Overtaken)
    ));
    assert_eq!(
        journal.begin(&replaced, LIMIT, "me", "").unwrap().entry.attempt,
        2
    );
}

/// A program that was stopped between claiming a write and sending it, for longer than others
/// waited, must not send it when it goes on.
#[test]
fn what_others_have_given_up_is_not_sent_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let write = added(&mut journal, &order("LF-1", "{}"));
    let begun = journal.begin(&write, LIMIT, "me", "").unwrap();
    assert!(journal.may_still_be_sent(&begun).unwrap());
    let mut other = Journal::open(folder.path()).unwrap();
    let State::Submitting { owner, .. } = &begun.entry.state else {
        panic!("{begun:?}");
    };
    let gone = Event::OwnerGone { owner: owner.clone() };
    other.apply(&write.id, &gone, "another", "").unwrap();
    assert!(!journal.may_still_be_sent(&begun).unwrap());
    let late = added(&mut journal, &order("LF-2", "{}"));
    let begun = journal.begin(&late, Duration::ZERO, "me", "").unwrap();
    assert!(!journal.may_still_be_sent(&begun).unwrap());
}

#[test]
fn a_decision_that_comes_too_early_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let write = added(&mut journal, &order("LF-1", "{}"));
    journal.begin(&write, LIMIT, "me", "").unwrap();
    let lost = Event::Answered {
        attempt: 1,
        answer: Answer::Unknown,
    };
    journal.apply(&write.id, &lost, "me", "").unwrap();
    let decided = Event::Decided(Decision::NotPlaced);
    assert!(matches!(
        journal.apply(&write.id, &decided, "me", ""),
        Err(JournalError::Refused(Refusal::TooEarly { .. }))
    ));
    assert_eq!(journal.by_id(&write.id).unwrap().entry.state.name(), "unknown");
    assert_eq!(journal.changes(&write.id).unwrap().len(), 2);
}

#[test]
fn a_journal_of_another_version_or_no_journal_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(Journal::open(folder.path()).unwrap());
    let path = folder.path().join(FILE);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA user_version = 7").unwrap();
    drop(connection);
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is of version 7; this program reads 1"),
        "{error}"
    );
    fs::write(
        &path,
        "something else, and long enough to have a header of its own",
    )
    .unwrap();
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(matches!(error, JournalError::Database { .. }), "{error}");
    assert!(fs::read_to_string(&path).unwrap().starts_with("something else"));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    added(&mut journal, &order("LF-1", "{}"));
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} {mode:o}", entry.file_name());
    }
}
