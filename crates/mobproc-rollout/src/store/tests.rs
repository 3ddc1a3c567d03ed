//! The same tests for both databases.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use mobproc_tests::postgres::Postgres;

use super::database::{Database, Value};
use super::*;
use crate::state::{Answer, Decision, Event, Refusal, Sighting, State};

fn about(uid: &str) -> About {
    About {
        uid: uid.to_owned(),
        series: String::new(),
        server: "https://api.example/mobproc/v1".to_owned(),
        tenant: "LARKSPUR".to_owned(),
        hierarchy: None,
        acting_for: None,
        account: None,
        sheet: "sheet.csv".to_owned(),
        worksheet: None,
        sheet_hash: "hash".to_owned(),
        headings: vec!["serviceId".to_owned()],
        base: "{}".to_owned(),
        planned: Utc::now(),
        planned_by: "amara".to_owned(),
        four_eyes: false,
    }
}

fn rows(numbers: impl IntoIterator<Item = u32>) -> Vec<Row> {
    numbers
        .into_iter()
        .map(|place| Row {
            number: format!("MR-{place}"),
            order: "{}".to_owned(),
            wave: if place % 2 == 0 { "even" } else { "odd" }.to_owned(),
            cost_center: "CC".to_owned(),
            ..Row::new(place, vec![place.to_string()])
        })
        .collect()
}

fn wanted(state: &'static str, count: u32) -> Wanted {
    Wanted {
        state,
        wave: String::new(),
        count,
        lease: TimeDelta::minutes(1),
    }
}

fn step(place: u32, event: Event) -> Step {
    Step {
        place,
        event: Some(event),
        why: "test".to_owned(),
        ..Step::default()
    }
}

fn begin(owner: &str) -> Event {
    Event::Begin {
        owner: owner.to_owned(),
        settled: Utc::now() + TimeDelta::minutes(2),
    }
}

/// Both databases, each with what keeps it there.
struct Both {
    folder: tempfile::TempDir,
    server: Option<Postgres>,
}

impl Both {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            server: Postgres::start(),
        }
    }

    fn locations(&self, name: &str) -> Vec<Location> {
        let mut all = vec![Location::File(self.folder.path().join(format!("{name}.rollout")))];
        all.extend(self.server.as_ref().map(|server| Location::Server {
            url: server.url().to_owned(),
            name: name.to_owned(),
        }));
        all
    }
}

/// A rollout whose rows are priced.
async fn priced(location: &Location, uid: &str, places: impl IntoIterator<Item = u32>) -> Rollout {
    let rows = rows(places);
    let mut rollout = Rollout::create(location, about(uid), "amara").await.unwrap();
    rollout.add_rows(&rows).await.unwrap();
    let steps: Vec<Step> = rows
        .iter()
        .map(|row| Step {
            price: Some("199.99USD,5USD/month".parse().unwrap()),
            ..step(row.place, Event::Confirmed)
        })
        .collect();
    rollout.record(&steps).await.unwrap();
    rollout.set_stage(Stage::Planned).await.unwrap();
    rollout
}

async fn numbers(both: &Both, location: &Location) -> Numbers {
    match location {
        Location::File(_) => Numbers::open(&both.folder.path().join("numbers.sqlite"))
            .await
            .unwrap(),
        Location::Server { .. } => Numbers::beside(),
    }
}

/// Agrees to what it costs, once numbers that others have are known.
async fn approve(
    rollout: &mut Rollout,
    numbers: &mut Numbers,
    employee: Option<&str>,
) -> Result<Approval, RolloutError> {
    let total = rollout.total_to_order("").await?;
    match rollout.approve(numbers, &total, employee).await {
        Err(RolloutError::Stage(why)) if why.contains("nothing is approved") => {
            assert_eq!(rollout.approval().await?, None);
            let total = rollout.total_to_order("").await?;
            rollout.approve(numbers, &total, employee).await
        }
        other => other,
    }
}

#[tokio::test]
async fn rows_are_kept_and_counted() {
    let both = Both::new();
    for location in both.locations("kept") {
        let mut rollout = priced(&location, "one", 2..=7).await;
        let counts = rollout.counts().await.unwrap();
        assert_eq!((counts.confirmed, counts.all()), (6, 6), "{location:?}");
        assert_eq!(
            rollout.total_to_order("").await.unwrap().to_string(),
            "1199.94USD,30USD/month"
        );
        let centers = rollout.totals_by_cost_center().await.unwrap();
        assert_eq!((centers.len(), centers[0].1), (1, 6));
        drop(rollout);
        let mut again = Rollout::open(&location, "mei").await.unwrap();
        assert_eq!(
            again.about(),
            &About {
                planned: again.about().planned,
                ..about("one")
            }
        );
        assert_eq!(again.stage().await.unwrap(), Stage::Planned);
        let row = again.row(3).await.unwrap();
        assert_eq!(
            (row.number.as_str(), row.wave.as_str(), row.entry.state.name()),
            ("MR-3", "odd", "confirmed")
        );
        assert_eq!(
            again
                .rows(5, 10)
                .await
                .unwrap()
                .iter()
                .map(|row| row.place)
                .collect::<Vec<_>>(),
            [6, 7]
        );
        assert!(matches!(again.row(99).await, Err(RolloutError::NoRow(99))));
        let changes = again.changes(Some(3), None, 10).await.unwrap();
        assert_eq!(
            (
                changes.len(),
                changes[0].from.as_str(),
                changes[0].to.as_str(),
                changes[0].who.as_str()
            ),
            (1, "planned", "confirmed", "amara")
        );
        let first = again.changes(None, None, 4).await.unwrap();
        let rest = again.changes(None, first.last(), 100).await.unwrap();
        assert_eq!((first.len(), rest.len()), (4, 2));
        // There is one of its name now.
        let second = Rollout::create(&location, about("two"), "mei").await;
        assert!(matches!(second, Err(RolloutError::Exists { .. })), "{second:?}");
    }
}

#[tokio::test]
async fn a_row_is_begun_once_whoever_tries() {
    let both = Both::new();
    for location in both.locations("once") {
        let mut one = priced(&location, "one", 2..=2).await;
        let mut two = Rollout::open(&location, "mei").await.unwrap();
        let before = one.row(2).await.unwrap().entry;
        let with = |owner: &str| Step {
            before: Some(before.clone()),
            ..step(2, begin(owner))
        };
        let first = one.record(&[with("one")]).await.unwrap().remove(0);
        assert_eq!(first.unwrap().attempt, 1);
        let second = two.record(&[with("two")]).await.unwrap().remove(0);
        assert!(matches!(second, Err(RolloutError::Overtaken)), "{second:?}");
        // Its answer counts whatever the one who sends it believes the state to be.
        let answered = Event::Answered {
            attempt: 1,
            answer: Answer::Placed,
        };
        let stale = Step {
            before: Some(before.clone()),
            order_id: Some("8801001".to_owned()),
            ..step(2, answered)
        };
        let third = one.record(&[stale]).await.unwrap().remove(0).unwrap();
        assert_eq!(third.state, State::Placed);
        assert_eq!(two.row(2).await.unwrap().order_id.as_deref(), Some("8801001"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_are_taken_up_by_one_each() {
    let both = Both::new();
    for location in both.locations("each") {
        drop(priced(&location, "one", 2..=101).await);
        let mut tasks = tokio::task::JoinSet::new();
        for worker in 0..4 {
            let location = location.clone();
            tasks.spawn(async move {
                let mut rollout = Rollout::open(&location, &format!("worker {worker}"))
                    .await
                    .unwrap();
                let mut mine = Vec::new();
                loop {
                    let (_, rows) = rollout.turn(&[], &wanted("confirmed", 3)).await.unwrap();
                    if rows.is_empty() {
                        return mine;
                    }
                    mine.extend(rows.into_iter().map(|row| row.place));
                }
            });
        }
        let mut all = tasks.join_all().await.concat();
        all.sort_unstable();
        assert_eq!(all, (2..=101).collect::<Vec<_>>(), "{location:?}");
        // Given back, they can be taken up again; and only those of a wave.
        let mut rollout = Rollout::open(&location, "amara").await.unwrap();
        let released = Step {
            place: 3,
            is_released: true,
            ..Step::default()
        };
        let even = Wanted {
            wave: "even".to_owned(),
            ..wanted("confirmed", 10)
        };
        let (_, none) = rollout.turn(&[released], &even).await.unwrap();
        assert!(none.is_empty());
        let (_, rows) = rollout.turn(&[], &wanted("confirmed", 10)).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.place).collect::<Vec<_>>(), [3]);
    }
}

#[tokio::test]
async fn what_a_gone_worker_was_sending_is_unknown_and_a_file_has_one_worker() {
    let both = Both::new();
    for location in both.locations("gone") {
        let mut gone = priced(&location, "one", 2..=4).await;
        gone.begin_work().await.unwrap();
        let owner = gone.owner().to_owned();
        gone.record(&[step(2, begin(&owner))]).await.unwrap();
        let mut other = Rollout::open(&location, "mei").await.unwrap();
        if let Location::File(_) = location {
            let busy = other.begin_work().await;
            assert!(matches!(busy, Err(RolloutError::Busy { .. })), "{busy:?}");
            assert_eq!(other.workers().await.unwrap(), 1);
        } else {
            other.begin_work().await.unwrap();
            assert_eq!(other.workers().await.unwrap(), 2);
            // While it gives signs of life, nothing is given up for it.
            assert_eq!(other.row(2).await.unwrap().entry.state.name(), "submitting");
            // As if it had given none for a minute.
            let sql = "UPDATE rollout_workers SET beat = '2020-01-01T00:00:00.000Z' WHERE name = $1";
            other
                .database
                .execute(sql, &[owner.as_str().into()])
                .await
                .unwrap();
            other.end_work().await.unwrap();
        }
        // It dies without a word.
        drop(gone);
        // A process that another test starts at this moment holds the lock until it is a program of
        // its own.
        while let Err(RolloutError::Busy { .. }) = other.begin_work().await {
            tokio::task::yield_now().await;
        }
        let row = other.row(2).await.unwrap();
        assert_eq!(row.entry.state.name(), "unknown", "{location:?}");
        assert_eq!(row.standing(Utc::now()), "unknown");
        assert_eq!(row.standing(Utc::now() + TimeDelta::minutes(3)), "needs a person");
        assert_eq!(other.counts().await.unwrap().unknown, 1);
        // A person cannot decide yet that it is not placed, and a look can find it at once.
        let early = other.resolve(2, Decision::SendAgain, None, "test").await;
        assert!(
            matches!(early, Err(RolloutError::Refused(Refusal::TooEarly { .. }))),
            "{early:?}"
        );
        let seen = step(2, Event::LookedUp(Sighting::Seen(1)));
        assert_eq!(
            other.record(&[seen]).await.unwrap().remove(0).unwrap().state,
            State::Placed
        );
        other.end_work().await.unwrap();
        assert_eq!(other.workers().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn what_was_looked_at_before_somebody_decided_is_not_done_after_it() {
    let both = Both::new();
    for location in both.locations("stale") {
        let mut stale = priced(&location, "one", 2..=2).await;
        let mut other = Rollout::open(&location, "mei").await.unwrap();
        let looked_at = stale.row(2).await.unwrap().entry;
        // Another worker sends it, and dies; a person closes the row.
        let passed = Event::Begin {
            owner: "gone".to_owned(),
            settled: Utc::now() - TimeDelta::minutes(1),
        };
        let gone = Event::OwnerGone {
            owner: "gone".to_owned(),
        };
        other.record(&[step(2, passed), step(2, gone)]).await.unwrap();
        let closed = other
            .resolve(2, Decision::NotPlaced, None, "cancelled")
            .await
            .unwrap();
        assert_eq!(
            (closed.entry.state.name(), closed.standing(Utc::now())),
            ("refused", "closed")
        );
        let begin = Step {
            before: Some(looked_at.clone()),
            ..step(2, begin("stale"))
        };
        let begun = stale.record(&[begin]).await.unwrap().remove(0);
        assert!(matches!(begun, Err(RolloutError::Overtaken)), "{begun:?}");
        let again = Step {
            before: Some(looked_at),
            ..step(2, Event::Confirmed)
        };
        let confirmed = stale.record(&[again]).await.unwrap().remove(0);
        assert!(matches!(confirmed, Err(RolloutError::Overtaken)), "{confirmed:?}");
        assert_eq!(other.retry_refused().await.unwrap(), 0, "it is closed");
        let (_, rows) = stale.turn(&[], &wanted("confirmed", 10)).await.unwrap();
        assert!(rows.is_empty());
        assert_eq!(other.counts().await.unwrap().refused, 1);
    }
}

#[tokio::test]
async fn a_row_in_which_somebody_saw_a_problem_is_not_begun() {
    let both = Both::new();
    for location in both.locations("seen") {
        let mut rollout = priced(&location, "one", 2..=3).await;
        let mut other = Rollout::open(&location, "mei").await.unwrap();
        let looked_at = rollout.row(2).await.unwrap().entry;
        let seen = Step {
            problem: Some("an order of its number exists already".to_owned()),
            ..Step {
                place: 2,
                before: Some(looked_at.clone()),
                ..Step::default()
            }
        };
        let held = Step {
            place: 3,
            before: Some(looked_at.clone()),
            held: Some("costs more".to_owned()),
            ..Step::default()
        };
        for entry in other.record(&[seen, held]).await.unwrap() {
            entry.unwrap();
        }
        for place in [2, 3] {
            let begin = Step {
                before: Some(looked_at.clone()),
                ..step(place, begin("me"))
            };
            let begun = rollout.record(&[begin]).await.unwrap().remove(0);
            assert!(
                matches!(begun, Err(RolloutError::Overtaken)),
                "row {place}: {begun:?}"
            );
        }
    }
}

#[tokio::test]
async fn as_many_rows_are_taken_up_as_are_wanted() {
    let both = Both::new();
    for location in both.locations("many") {
        let mut rollout = priced(&location, "one", 2..=501).await;
        rollout.begin_work().await.unwrap();
        for count in [1, 1, 7, 64] {
            let (_, rows) = rollout.turn(&[], &wanted("confirmed", count)).await.unwrap();
            assert_eq!(rows.len(), count as usize, "{location:?}");
        }
        // What it has in its hands it does not take up again, however long it takes.
        let past = Wanted {
            lease: TimeDelta::minutes(-1),
            ..wanted("confirmed", 500)
        };
        let (_, rows) = rollout.turn(&[], &past).await.unwrap();
        assert_eq!(rows.len(), 500 - 73);
        let (_, rows) = rollout.turn(&[], &wanted("confirmed", 500)).await.unwrap();
        assert!(rows.is_empty());
    }
}

#[tokio::test]
async fn numbers_belong_to_the_rollout_that_was_approved_first() {
    let both = Both::new();
    let firsts = both.locations("first");
    let seconds = both.locations("second");
    for (first, second) in firsts.iter().zip(&seconds) {
        let mut taken = numbers(&both, first).await;
        let mut one = priced(first, "one", 2..=4).await;
        let approval = approve(&mut one, &mut taken, None).await.unwrap();
        assert_eq!(
            (approval.orders, approval.total.as_str()),
            (3, "599.97USD,15USD/month")
        );
        // Agreeing once more takes nothing away.
        assert_eq!(approve(&mut one, &mut taken, None).await.unwrap().orders, 3);
        let mut two = priced(second, "two", 3..=5).await;
        let wanted = ["MR-3".to_owned(), "mr-4 ".to_owned(), "MR-5".to_owned()];
        let known = two.numbers_taken(&mut taken, &wanted).await.unwrap();
        assert_eq!(
            known.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, true, false]
        );
        let approval = approve(&mut two, &mut taken, Some("28673732")).await.unwrap();
        assert_eq!(approval.orders, 1, "{second:?}");
        let problem = two.row(3).await.unwrap().problem;
        assert!(problem.starts_with("is row 3 of the rollout first"), "{problem}");
        assert_eq!(two.counts().await.unwrap().mistakes, 2);
        assert_eq!(
            two.approval().await.unwrap().unwrap().employee.as_deref(),
            Some("28673732")
        );
    }
}

#[tokio::test]
async fn a_pause_a_hold_and_a_second_try_are_remembered() {
    let both = Both::new();
    for location in both.locations("pause") {
        let mut rollout = priced(&location, "one", 2..=3).await;
        assert_eq!(rollout.paused().await.unwrap(), None);
        rollout.set_paused(Some("lunch")).await.unwrap();
        let mut other = Rollout::open(&location, "mei").await.unwrap();
        assert_eq!(other.paused().await.unwrap().as_deref(), Some("amara: lunch"));
        other.set_paused(None).await.unwrap();
        assert_eq!(rollout.paused().await.unwrap(), None);
        let held = Step {
            place: 2,
            held: Some("costs more".to_owned()),
            why: "costs more".to_owned(),
            ..Step::default()
        };
        rollout.record(&[held]).await.unwrap();
        let (_, rows) = rollout.turn(&[], &wanted("confirmed", 10)).await.unwrap();
        assert_eq!(rows.len(), 1, "what is held is not taken up");
        assert_eq!(rollout.counts().await.unwrap().held, 1);
        let mut taken = numbers(&both, &location).await;
        approve(&mut rollout, &mut taken, None).await.unwrap();
        assert_eq!(rollout.counts().await.unwrap().held, 0);
        for event in [
            begin("me"),
            Event::Answered {
                attempt: 1,
                answer: Answer::Refused,
            },
        ] {
            rollout
                .record(&[step(3, event)])
                .await
                .unwrap()
                .remove(0)
                .unwrap();
        }
        assert_eq!(rollout.counts().await.unwrap().refused, 1);
        assert_eq!(rollout.retry_refused().await.unwrap(), 1);
        assert_eq!(rollout.counts().await.unwrap().confirmed, 2);
    }
}

#[tokio::test]
async fn tables_of_an_earlier_version_are_brought_up_and_later_ones_refused() {
    let both = Both::new();
    for location in both.locations("versions") {
        let database = async || match &location {
            Location::File(path) => Database::open_file(path, !path.exists()).unwrap(),
            Location::Server { url, .. } => Database::connect(url).await.unwrap(),
        };
        // As version 1 left it, with a rollout in it.
        let mut old = database().await;
        let sql = old.words("CREATE TABLE rollout_version (version {INT} NOT NULL)");
        old.batch(&sql).await.unwrap();
        old.batch("INSERT INTO rollout_version VALUES (1)").await.unwrap();
        for step in tables::STEPS[0] {
            let sql = old.words(step);
            old.batch(&sql).await.unwrap();
        }
        let text = serde_json::to_string(&about("one")).unwrap();
        let values: [Value; 2] = ["versions".into(), text.into()];
        let sql = "INSERT INTO rollouts (name, about, stage, paused) VALUES ($1, $2, 'planned', '')";
        old.execute(sql, &values).await.unwrap();
        drop(old);
        let mut rollout = Rollout::open(&location, "amara").await.unwrap();
        assert_eq!(rollout.stage().await.unwrap(), Stage::Planned);
        rollout.begin_work().await.unwrap();
        rollout.end_work().await.unwrap();
        rollout
            .database
            .batch("UPDATE rollout_version SET version = 99")
            .await
            .unwrap();
        drop(rollout);
        let later = Rollout::open(&location, "amara").await;
        assert!(
            matches!(later, Err(RolloutError::Version { found: 99, .. })),
            "{later:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_journal_is_told_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.rollout");
    let missing = Rollout::open(&Location::File(path.clone()), "amara").await;
    assert!(matches!(missing, Err(RolloutError::NoFile { .. })), "{missing:?}");
    assert!(!path.exists());
    std::fs::write(&path, "my notes").unwrap();
    let other = Rollout::open(&Location::File(path.clone()), "amara").await;
    assert!(matches!(other, Err(RolloutError::NoRollout { .. })), "{other:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "my notes");
    let refused = tokio::time::timeout(
        Duration::from_secs(60),
        Rollout::names("postgres://mobproc:secret@127.0.0.1:1/postgres"),
    )
    .await
    .unwrap()
    .unwrap_err()
    .to_string();
    assert!(
        refused.contains("postgres://127.0.0.1/postgres") && !refused.contains("secret"),
        "{refused}"
    );
}
