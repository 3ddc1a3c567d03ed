//! Applying a plan: each row is confirmed once more, claimed in the journal, sent once, and its
//! answer written down.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use mobproc::types::Timestamp;
use mobproc::{Client, ConfirmedOrder, ErrorKind, OrderDraft, OrderError, PlacedOrder};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::limits::{Limits, MaxFailures};
use crate::look::{look, look_for_existing};
use crate::outcome::{is_about_the_order, may_be_placed};
use crate::pace::{LONGEST_ASKED, Pace};
use crate::price::Price;
use crate::state::{Answer, Entry, Event, State};
use crate::store::{Claim, Numbers, Rollout, RolloutError, Row, Stage, Step, Wanted};
use crate::text::one_line;
use crate::watch::{News, Point, Summary, Watch};

/// Between being claimed and the first byte of the order.
const SEND_WITHIN: TimeDelta = TimeDelta::seconds(30);
/// What clocks and schedulers may add.
const MARGIN: TimeDelta = TimeDelta::seconds(5);
/// How often a row that was certainly not sent is tried again by itself.
const TRIES: u32 = 5;
/// How long ago an order may have been updated that was submitted now.
const LISTS_DIFFER: TimeDelta = TimeDelta::hours(1);
/// For so long a confirmed price is taken for the present one.
const FRESH: Duration = Duration::from_secs(60);
/// Between two signs of life, and two looks for workers that give none.
const BEAT: Duration = Duration::from_secs(5);
/// Between two looks whether somebody paused it.
const GLANCE: Duration = Duration::from_millis(500);
/// Rows of which a share may fail before it counts.
const ENOUGH_FOR_A_SHARE: u64 = 20;

/// What came of a row that was under way.
enum Ended {
    Priced(Row, Result<Box<ConfirmedOrder>, NotPriced>),
    Sent(Row, u32, Price, Sent),
}

enum NotPriced {
    Error(Box<mobproc::Error>),
    MayBePlaced(String),
}

enum Sent {
    Placed(Box<PlacedOrder>),
    Not(Box<mobproc::Error>),
    Unknown(String),
}

/// A row that is priced, and to be sent.
struct Ready {
    row: Row,
    confirmed: Box<ConfirmedOrder>,
    priced: Instant,
}

/// A plan that is being applied.
struct Run<'a> {
    rollout: &'a mut Rollout,
    numbers: &'a mut Numbers,
    client: Client,
    limits: &'a Limits,
    watch: &'a dyn Watch,
    tasks: JoinSet<Ended>,
    /// Priced, and to be sent.
    ready: VecDeque<Ready>,
    pace: Pace,
    tries: HashMap<u32, u32>,
    /// How often the credentials were not accepted since they last were.
    not_accepted: u32,
    spent: Price,
    sent: u64,
    summary: Summary,
    /// Rows to do, as they were at the beginning.
    all: u64,
    is_dry: bool,
    stopped: Option<String>,
}

/// Applies a plan that was approved: sends what is confirmed and approved, each row once, and looks
/// for what became of lost answers. It can be called again after anything: it goes on where it was.
///
/// # Errors
///
/// It is not approved or belongs to another tenant, another program works on its file, or the
/// journal cannot be used. What was being sent then is found by the next call.
pub async fn apply(
    rollout: &mut Rollout,
    numbers: &mut Numbers,
    client: &Client,
    limits: &Limits,
    watch: &dyn Watch,
) -> Result<Summary, RolloutError> {
    rollout.check_client(client)?;
    let stage = rollout.stage().await?;
    if !matches!(stage, Stage::Approved | Stage::Begun) {
        return Err(RolloutError::Stage(format!(
            "the rollout is {}, and not approved",
            stage.name()
        )));
    }
    rollout.begin_work().await?;
    let ended = Run::of(rollout, numbers, client, limits, watch).await;
    let ended = match ended {
        Ok(run) => run.finish().await,
        Err(error) => Err(error),
    };
    // What went wrong first is to be told.
    let left = rollout.end_work().await;
    let mut summary = ended?;
    left?;
    summary.counts = rollout.counts().await?;
    Ok(summary)
}

impl<'a> Run<'a> {
    async fn of(
        rollout: &'a mut Rollout,
        numbers: &'a mut Numbers,
        client: &Client,
        limits: &'a Limits,
        watch: &'a dyn Watch,
    ) -> Result<Self, RolloutError> {
        // Others may have ordered from the same sheet since it was planned.
        let since = rollout.about().planned.checked_sub_signed(LISTS_DIFFER);
        let since = since.map(Timestamp::from);
        let reason = look_for_existing(rollout, client, since, &mut |_| {}).await?;
        if let Some(reason) = reason {
            watch.told(&News::CannotTell { reason });
        }
        rollout.set_stage(Stage::Begun).await?;
        let counts = rollout.counts().await?;
        Ok(Self {
            all: counts.confirmed,
            client: client.with_timeout(limits.answer_within),
            tasks: JoinSet::new(),
            ready: VecDeque::new(),
            pace: Pace::new(limits.interval, limits.first_pause),
            tries: HashMap::new(),
            not_accepted: 0,
            spent: Price::default(),
            sent: 0,
            summary: Summary {
                placed: 0,
                refused: 0,
                lost: 0,
                held: 0,
                stopped: None,
                counts,
            },
            is_dry: false,
            stopped: None,
            rollout,
            numbers,
            limits,
            watch,
        })
    }

    async fn finish(mut self) -> Result<Summary, RolloutError> {
        let ended = self.turns().await;
        if ended.is_err() {
            // What is under way is not cut off; its answers are found by looking for them.
            while self.tasks.join_next().await.is_some() {}
        }
        ended?;
        self.look_for_lost().await?;
        self.summary.stopped = self.stopped.take();
        Ok(self.summary)
    }

    /// Turn after turn, until there is nothing more to do.
    async fn turns(&mut self) -> Result<(), RolloutError> {
        let mut steps: Vec<Step> = Vec::new();
        let mut last_beat = Instant::now();
        let mut last_glance: Option<Instant> = None;
        let mut recorded: Vec<u32> = Vec::new();
        loop {
            let now = Instant::now();
            if last_beat + BEAT <= now {
                last_beat = now;
                self.rollout.beat().await?;
                self.rollout.give_up_for_the_gone().await?;
                self.is_dry = false;
            }
            if last_glance.is_none_or(|last| last + GLANCE <= now) {
                last_glance = Some(now);
                if let Some(why) = self.rollout.paused().await? {
                    self.stop(format!("paused by {why}"));
                }
            }
            if self.watch.wants_to_stop() {
                self.stop("interrupted".to_owned());
            }
            let begun = self.begin_ready(now, &mut steps).await?;
            let wanted = self.wanted(now, begun.len());
            if wanted.count > 0 || !steps.is_empty() {
                let (entries, rows) = self.rollout.turn(&steps, &wanted).await?;
                let begins = entries.len().saturating_sub(begun.len());
                let begun_entries: Vec<_> = entries.into_iter().skip(begins).collect();
                steps.clear();
                for row in recorded.drain(..) {
                    self.watch.reached(Point::Recorded, row);
                }
                for ((row, confirmed), entry) in begun.into_iter().zip(begun_entries) {
                    self.send(row, confirmed, entry);
                }
                if wanted.count > 0 && rows.is_empty() {
                    self.is_dry = true;
                }
                for row in rows {
                    self.watch.reached(Point::Reserved, row.place);
                    self.tasks.spawn(confirm(self.client.clone(), row));
                }
            }
            let is_idle = self.tasks.is_empty() && steps.is_empty();
            if is_idle && (self.stopped.is_some() || (self.is_dry && self.ready.is_empty())) {
                break;
            }
            for ended in self.next_ended(now).await {
                self.ended(ended, &mut steps, &mut recorded);
            }
            self.told_progress();
        }
        Ok(())
    }

    fn stop(&mut self, why: String) {
        if self.stopped.is_none() {
            self.watch.told(&News::Stopping { why: why.clone() });
            self.stopped = Some(why);
            // What was only priced is left to whoever goes on.
            self.ready.clear();
        }
    }

    fn went_well(&mut self) {
        self.pace.went_well();
        self.not_accepted = 0;
    }

    fn told_progress(&self) {
        let failed = self.summary.refused + self.summary.held;
        self.watch.told(&News::Progress {
            done: self.summary.placed + self.summary.lost + failed,
            all: self.all,
            failed: failed + self.summary.lost,
        });
    }

    /// Takes what is priced and may be sent now; claims it in the journal with the next turn.
    async fn begin_ready(
        &mut self,
        now: Instant,
        steps: &mut Vec<Step>,
    ) -> Result<Vec<(Row, Box<ConfirmedOrder>)>, RolloutError> {
        let mut begun = Vec::new();
        let mut begins = Vec::new();
        while self.stopped.is_none() && !self.ready.is_empty() {
            if self.limits.max_orders.is_some_and(|most| self.sent >= most) {
                self.stop(format!("{} orders were sent, as many as allowed", self.sent));
                break;
            }
            // A price that waited for its turn is asked for anew.
            if self
                .ready
                .front()
                .is_some_and(|ready| ready.priced + FRESH <= now)
            {
                if let Some(Ready { row, .. }) = self.ready.pop_front() {
                    self.tasks.spawn(confirm(self.client.clone(), row));
                }
                continue;
            }
            if !self.pace.may_send(now) {
                break;
            }
            let Some(Ready { row, confirmed, .. }) = self.ready.pop_front() else {
                break;
            };
            let price = Price::of(&confirmed);
            let mut spent = self.spent.clone();
            spent.add_all(&price);
            if let Some(cap) = &self.limits.max_total
                && !spent.is_within(cap)
            {
                self.stop(format!(
                    "the next order would cost {price}; {} were spent in this run of {cap} allowed",
                    self.spent
                ));
                break;
            }
            self.spent = spent;
            self.sent += 1;
            let answer_within = TimeDelta::from_std(self.limits.answer_within).unwrap_or(TimeDelta::MAX);
            let settled = Utc::now()
                .checked_add_signed(SEND_WITHIN + MARGIN)
                .and_then(|at| at.checked_add_signed(answer_within))
                .unwrap_or(DateTime::<Utc>::MAX_UTC);
            self.watch.reached(Point::Confirmed, row.place);
            begins.push(Step {
                place: row.place,
                before: Some(row.entry.clone()),
                event: Some(Event::Begin {
                    owner: self.rollout.owner().to_owned(),
                    settled,
                }),
                why: "sent".to_owned(),
                price: Some(price),
                ..Step::default()
            });
            begun.push((row, confirmed));
        }
        let wanted: Vec<(&str, u32, u32)> = begun
            .iter()
            .map(|(row, _): &(Row, _)| (row.number.as_str(), row.place, row.entry.attempt))
            .collect();
        let claims = self.rollout.claim_numbers(self.numbers, &wanted).await?;
        let mut claimed = Vec::new();
        let mut own = Vec::new();
        for ((step, (row, confirmed)), claim) in begins.into_iter().zip(begun).zip(claims) {
            if claim == Claim::Own {
                own.push(step);
                claimed.push((row, confirmed));
                continue;
            }
            self.sent = self.sent.saturating_sub(1);
            self.spent.sub_all(&Price::of(&confirmed));
            match claim {
                Claim::OfAnother(by) => {
                    self.summary.held += 1;
                    steps.push(Step {
                        place: row.place,
                        before: Some(row.entry),
                        why: "the number is taken".to_owned(),
                        problem: Some(by),
                        is_released: true,
                        ..Step::default()
                    });
                }
                _ => {
                    self.summary.lost += 1;
                    steps.extend(sent_before(&row, self.rollout.owner()));
                }
            }
        }
        // What is begun comes last, which is where the caller finds it.
        steps.extend(own);
        Ok(claimed)
    }

    fn wanted(&self, now: Instant, begun: usize) -> Wanted {
        let under_way = self.tasks.len() + self.ready.len() + begun;
        let mut count = self.limits.parallel.max(1).saturating_sub(under_way);
        if let Some(most) = self.limits.max_orders {
            let left = most.saturating_sub(self.sent);
            // One more than may be sent, to see that there is more to do.
            count = count.min(usize::try_from(left).unwrap_or(usize::MAX).saturating_add(1));
        }
        if self.stopped.is_some() || self.is_dry || !self.pace.may_begin(now) {
            count = 0;
        }
        Wanted {
            state: "confirmed",
            wave: self.limits.wave.clone(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            lease: TimeDelta::from_std(self.limits.answer_within).unwrap_or(TimeDelta::MAX) + SEND_WITHIN,
        }
    }

    /// Sends what was claimed. It is in the journal as being sent when this is called.
    fn send(&mut self, row: Row, confirmed: Box<ConfirmedOrder>, entry: Result<Entry, RolloutError>) {
        // Somebody else has it.
        let Ok(entry) = entry else {
            self.sent = self.sent.saturating_sub(1);
            self.spent.sub_all(&Price::of(&confirmed));
            return;
        };
        self.watch.reached(Point::Submitting, row.place);
        let send_by = match &entry.state {
            State::Submitting { settled, .. } => {
                let answer_within = TimeDelta::from_std(self.limits.answer_within).unwrap_or(TimeDelta::MAX);
                settled
                    .checked_sub_signed(MARGIN)
                    .and_then(|at| at.checked_sub_signed(answer_within))
            }
            _ => None,
        };
        let send_by = send_by.map_or(SystemTime::UNIX_EPOCH, SystemTime::from);
        let attempt = entry.attempt;
        let price = Price::of(&confirmed);
        self.tasks.spawn(async move {
            let sent = match confirmed.submit_before(send_by).await {
                Ok(placed) => Sent::Placed(Box::new(placed)),
                Err(OrderError::NotPlaced(not)) => Sent::Not(Box::new(not.into_error())),
                Err(OrderError::OutcomeUnknown(open)) => Sent::Unknown(open.message().to_owned()),
            };
            Ended::Sent(row, attempt, price, sent)
        });
    }

    /// Waits until something has ended, or a little.
    async fn next_ended(&mut self, now: Instant) -> Vec<Ended> {
        let tick = self.pace.tick(now);
        let first = tokio::select! {
            ended = self.tasks.join_next(), if !self.tasks.is_empty() => ended,
            () = tokio::time::sleep(tick) => None,
        };
        let mut all: Vec<Ended> = first.into_iter().filter_map(Result::ok).collect();
        while let Some(more) = self.tasks.try_join_next() {
            all.extend(more.ok());
        }
        all
    }

    fn ended(&mut self, ended: Ended, steps: &mut Vec<Step>, recorded: &mut Vec<u32>) {
        match ended {
            Ended::Priced(row, Ok(confirmed)) => {
                self.went_well();
                self.priced(row, confirmed, steps);
            }
            Ended::Priced(row, Err(NotPriced::MayBePlaced(message))) => {
                self.summary.lost += 1;
                steps.extend(may_be_placed(&row, self.rollout.owner(), &message));
                self.stop(format!(
                    "row {}: a confirmation may have placed the order",
                    row.place
                ));
            }
            Ended::Priced(row, Err(NotPriced::Error(error))) => self.not_priced(&row, &error, steps),
            Ended::Sent(row, attempt, price, sent) => {
                self.watch.reached(Point::Answered, row.place);
                recorded.push(row.place);
                self.answered(&row, attempt, &price, sent, steps);
            }
        }
        self.look_at_failures();
    }

    /// Whoever costs more than was approved waits for another approval.
    fn priced(&mut self, row: Row, confirmed: Box<ConfirmedOrder>, steps: &mut Vec<Step>) {
        let price = Price::of(&confirmed);
        let why = match &row.approved {
            None => Some("its price was not approved".to_owned()),
            Some(approved) if !price.is_no_dearer_than(approved) => {
                Some(format!("costs {price} now, and {approved} was approved"))
            }
            Some(_) => None,
        };
        let Some(why) = why else {
            if self.stopped.is_none() {
                self.ready.push_back(Ready {
                    row,
                    confirmed,
                    priced: Instant::now(),
                });
            }
            return;
        };
        self.summary.held += 1;
        steps.push(Step {
            place: row.place,
            before: Some(row.entry),
            why: why.clone(),
            held: Some(why),
            price: Some(price),
            is_released: true,
            ..Step::default()
        });
    }

    fn not_priced(&mut self, row: &Row, error: &mobproc::Error, steps: &mut Vec<Step>) {
        if is_about_the_order(error.kind()) {
            self.summary.held += 1;
            let why = format!("is not accepted any more: {}", one_line(&error.to_string()));
            steps.push(Step {
                place: row.place,
                before: Some(row.entry.clone()),
                why: why.clone(),
                held: Some(why),
                is_released: true,
                ..Step::default()
            });
            return;
        }
        self.in_trouble(row.place, error);
        steps.push(Step {
            place: row.place,
            is_released: true,
            ..Step::default()
        });
    }

    /// The server, the network or the credentials, and not the order: everything waits.
    fn in_trouble(&mut self, place: u32, error: &mobproc::Error) {
        self.is_dry = false;
        let text = one_line(&error.to_string());
        if error.kind() == ErrorKind::Authentication {
            // The first may be a token that has just ended.
            self.not_accepted += 1;
            if self.not_accepted >= TRIES {
                self.stop(format!("the credentials are not accepted: {text}"));
                return;
            }
        }
        let tries = self.tries.entry(place).or_default();
        *tries += 1;
        if *tries >= TRIES {
            self.stop(format!("row {place} was tried {TRIES} times: {text}"));
            return;
        }
        if error.retry_after().is_some_and(|asked| asked > LONGEST_ASKED) {
            self.stop(format!("the server asks to wait for longer than an hour: {text}"));
            return;
        }
        let time = self.pace.trouble(Instant::now(), error.retry_after());
        self.watch.told(&News::Pausing { time, why: text });
    }

    fn answered(&mut self, row: &Row, attempt: u32, price: &Price, sent: Sent, steps: &mut Vec<Step>) {
        let step = |answer, why: &str, order_id: Option<String>, note: String| Step {
            place: row.place,
            event: Some(Event::Answered { attempt, answer }),
            why: why.to_owned(),
            order_id,
            note: Some(note),
            is_released: true,
            ..Step::default()
        };
        match sent {
            Sent::Placed(placed) => {
                self.went_well();
                self.summary.placed += 1;
                let status = placed.order().ok().and_then(|order| order.status.as_ref());
                let note = status.map(|status| one_line(status.as_ref())).unwrap_or_default();
                let id = one_line(placed.order_id());
                steps.push(step(Answer::Placed, "the server answered", Some(id), note));
            }
            Sent::Unknown(message) => {
                self.summary.lost += 1;
                let note = one_line(&message);
                steps.push(step(
                    Answer::Unknown,
                    "the answer says nothing of it, or was lost",
                    None,
                    note,
                ));
            }
            Sent::Not(error) => {
                let note = one_line(&error.to_string());
                steps.push(step(Answer::Refused, "certainly not placed", None, note));
                if is_about_the_order(error.kind()) {
                    self.summary.refused += 1;
                } else {
                    self.in_trouble(row.place, &error);
                    self.sent = self.sent.saturating_sub(1);
                    self.spent.sub_all(price);
                    steps.push(Step {
                        place: row.place,
                        // Not if somebody has decided otherwise meanwhile.
                        before: Some(Entry::kept(State::Refused, attempt)),
                        event: Some(Event::Confirmed),
                        why: "certainly not placed, for a reason that passes: it is tried again".to_owned(),
                        note: Some(String::new()),
                        is_released: true,
                        ..Step::default()
                    });
                }
            }
        }
    }

    fn look_at_failures(&mut self) {
        let failed = self.summary.refused + self.summary.held + self.summary.lost;
        let done = failed + self.summary.placed;
        let is_too_much = match self.limits.max_failures {
            None => false,
            Some(MaxFailures::Number(most)) => failed > most,
            Some(MaxFailures::Percent(most)) => {
                done >= ENOUGH_FOR_A_SHARE && failed.saturating_mul(100) > most.saturating_mul(done)
            }
        };
        if is_too_much {
            self.stop(format!("{failed} of {done} rows went wrong, more than allowed"));
        }
    }

    /// Looks for lost answers until each is found, or the time is over.
    async fn look_for_lost(&mut self) -> Result<(), RolloutError> {
        let end = Instant::now() + self.limits.look_for;
        let mut pause = Duration::from_secs(1);
        loop {
            let open = self.rollout.counts().await?;
            let orders = open.unknown + open.needs_person;
            if orders == 0 {
                return Ok(());
            }
            let orders = usize::try_from(orders).unwrap_or(usize::MAX);
            self.watch.told(&News::Looking { orders });
            let looked = look(self.rollout, &self.client).await;
            let is_over = Instant::now() + pause >= end || self.watch.wants_to_stop();
            match looked {
                Ok(looked) if looked.left == 0 => return Ok(()),
                // What could not be looked up is as open as before, and that is told.
                Ok(_) | Err(RolloutError::Api(_)) if is_over => return Ok(()),
                Ok(_) | Err(RolloutError::Api(_)) => {}
                Err(other) => return Err(other),
            }
            tokio::time::sleep(pause).await;
            self.rollout.beat().await?;
            pause = (pause * 2).min(Duration::from_secs(10));
        }
    }
}

/// What is written down of a row that was sent, or was about to be, and of which this file does not
/// know it.
fn sent_before(row: &Row, owner: &str) -> Vec<Step> {
    let mut steps = may_be_placed(
        row,
        owner,
        "was claimed before, and this file does not know of it: it is a copy, has lost what was written last, \
         or the program ended right there",
    );
    // It is confirmed already.
    steps.remove(0);
    steps
}

/// Has a row confirmed once more: the price that was approved is a promise.
async fn confirm(client: Client, row: Row) -> Ended {
    let client = match &row.acting_for {
        Some(employee) => client.acting_for(employee.clone()),
        None => client,
    };
    let draft = match OrderDraft::from_json(&row.order) {
        Ok(draft) => draft,
        Err(error) => return Ended::Priced(row, Err(NotPriced::Error(Box::new(error)))),
    };
    let confirmed = match client.orders().confirm(draft).await {
        Ok(confirmed) => Ok(Box::new(confirmed)),
        Err(OrderError::NotPlaced(not)) => Err(NotPriced::Error(Box::new(not.into_error()))),
        Err(OrderError::OutcomeUnknown(open)) => Err(NotPriced::MayBePlaced(open.message().to_owned())),
    };
    Ended::Priced(row, confirmed)
}
