//! From a sheet to a plan: every row is read, held against the rules and the inventory, and priced.
//! Nothing is ordered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use mobproc::{Client, ConfirmedOrder, Error, ErrorKind, OrderDraft, OrderError};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::check::{check_base, client_for, columns_of, duplicate, live};
use crate::columns::{Columns, Mistake, RowOrder, number_of};
use crate::inventory::{Inventory, lacks_device_in_use};
use crate::kept::key_of;
use crate::limits::FIRST_PAUSE;
use crate::look::look_for_existing;
use crate::outcome::{is_about_the_order, may_be_placed};
use crate::pace::Pace;
use crate::price::Price;
use crate::sheet::{Cell, Sheet, SheetRow};
use crate::state::Event;
use crate::store::{About, Location, Numbers, Rollout, RolloutError, Row, Stage, Step, Wanted};
use crate::watch::{News, Watch};

/// Rows that are written at once.
const AT_ONCE: usize = 500;
/// For how long nobody else prices a row that somebody prices.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How often a row is tried again while the server is in trouble.
const TRIES: u32 = 5;

impl Columns {
    /// Headings that were read before.
    fn kept(about: &About) -> Result<Self, RolloutError> {
        let cells = about.headings.iter().map(|heading| match heading.as_str() {
            "" => Cell::Empty,
            heading => Cell::Text(heading.to_owned()),
        });
        Self::read(&SheetRow {
            number: 1,
            cells: cells.collect(),
        })
        .map_err(|_| RolloutError::Corrupt {
            place: about.sheet.clone(),
            what: "headings",
        })
    }
}

/// A plan that is being made.
#[derive(Debug)]
pub struct Planner<'a> {
    client: &'a Client,
    rollout: &'a mut Rollout,
    parallel: usize,
    first_pause: Duration,
}

/// Begins a plan, or goes on with one that was stopped: reads the sheet into the journal. What is
/// wrong with rows is told, and kept with them. Then [`Planner::price`] is next.
///
/// # Errors
///
/// The sheet cannot be read or its headings are wrong, there is another plan in its place, or the
/// journal cannot be used.
#[allow(
    clippy::too_many_arguments,
    reason = "each is another thing, and there is one caller"
)]
pub async fn read(
    location: &Location,
    mut about: About,
    sheet: &Sheet,
    numbers: &mut Numbers,
    who: &str,
    watch: &dyn Watch,
    tell: &mut (dyn FnMut(Mistake) + Send),
) -> Result<Rollout, RolloutError> {
    let base: Value = serde_json::from_str(&about.base).map_err(|_| RolloutError::Corrupt {
        place: "the base".to_owned(),
        what: "an order",
    })?;
    check_base(&base)?;
    let mut rows = sheet.rows();
    let first = rows.recv().await;
    let headings = match &first {
        Some(Ok(row)) => row.clone(),
        _ => SheetRow {
            number: 1,
            cells: Vec::new(),
        },
    };
    let Some(columns) = columns_of(first, sheet, tell)? else {
        return Err(RolloutError::Stage(
            "the headings are wrong; nothing is planned".to_owned(),
        ));
    };
    about.headings = headings.cells.iter().map(|cell| cell.text().to_owned()).collect();
    let mut rollout = match Rollout::create(location, about.clone(), who).await {
        Ok(rollout) => rollout,
        Err(RolloutError::Exists { .. }) => return again(location, &about, who).await,
        Err(other) => return Err(other),
    };
    let filled = fill(&mut rollout, &columns, &base, &mut rows, numbers, watch, tell).await;
    if let Err(error) = filled {
        // Half a sheet is no plan.
        rollout.discard(location).await;
        return Err(error);
    }
    rollout.set_stage(Stage::Pricing).await?;
    Ok(rollout)
}

/// The same sheet once more: a plan that was stopped goes on.
async fn again(location: &Location, about: &About, who: &str) -> Result<Rollout, RolloutError> {
    let mut known = Rollout::open(location, who).await?;
    let of = known.about();
    let others: Vec<&str> = [
        (of.sheet_hash == about.sheet_hash, "sheet"),
        (of.worksheet == about.worksheet, "worksheet"),
        (of.base == about.base, "base"),
        (of.series == about.series, "--name"),
        (of.tenant == about.tenant && of.server == about.server, "tenant"),
        (of.hierarchy == about.hierarchy, "hierarchy"),
        (of.acting_for == about.acting_for, "employee"),
        (of.account == about.account, "account"),
        (of.four_eyes == about.four_eyes, "--four-eyes"),
    ]
    .into_iter()
    .filter(|(is_same, _)| !is_same)
    .map(|(_, what)| what)
    .collect();
    let stage = known.stage().await?;
    let refused = |what: String| Err(RolloutError::Stage(what));
    match stage {
        _ if !others.is_empty() => refused(format!(
            "{} is a plan already, of another {}; give this one another file",
            known.name(),
            others.join(" and ")
        )),
        Stage::Reading => refused(format!(
            "{} was left while it was read, and is no plan; remove it, and plan again",
            known.name()
        )),
        Stage::Pricing => Ok(known),
        Stage::Planned => refused(format!(
            "{} is planned already, from this very sheet",
            known.name()
        )),
        Stage::Approved | Stage::Begun => refused(format!(
            "{} was planned from this very sheet and is {}; planning it again would order nothing new",
            known.name(),
            stage.name()
        )),
    }
}

async fn fill(
    rollout: &mut Rollout,
    columns: &Columns,
    base: &Value,
    rows: &mut tokio::sync::mpsc::Receiver<Result<SheetRow, crate::sheet::SheetError>>,
    numbers: &mut Numbers,
    watch: &dyn Watch,
    tell: &mut (dyn FnMut(Mistake) + Send),
) -> Result<(), RolloutError> {
    let about = rollout.about().clone();
    let mut waiting: Vec<Row> = Vec::with_capacity(AT_ONCE);
    // The rows that wait, by number; the journal knows those before.
    let mut by_number: HashMap<String, u32> = HashMap::new();
    let (mut done, mut failed) = (0, 0);
    loop {
        let next = rows.recv().await.transpose()?;
        let is_last = next.is_none();
        if let Some(sheet_row) = next {
            done += 1;
            let cells = sheet_row
                .cells
                .iter()
                .map(|cell| cell.text().to_owned())
                .collect();
            let mut row = Row::new(sheet_row.number, cells);
            let found = match columns.order(&sheet_row, base, None) {
                Ok(order) => {
                    fill_row(&mut row, order, &about);
                    let first = match by_number.get(&key_of(&row.number)) {
                        Some(known) => Some(*known),
                        None => rollout.row_of_number(&row.number).await?,
                    };
                    if first.is_none() {
                        by_number.insert(key_of(&row.number), row.place);
                    }
                    let found = first.map(|first| duplicate(row.place, first));
                    found.into_iter().collect()
                }
                Err(found) => found,
            };
            if !found.is_empty() {
                failed += 1;
                row.problem = in_one(&found);
                found.into_iter().for_each(&mut *tell);
            }
            waiting.push(row);
        }
        if waiting.len() >= AT_ONCE || is_last {
            let wanted: Vec<String> = waiting.iter().map(|row| row.number.clone()).collect();
            let taken = rollout.numbers_taken(numbers, &wanted).await?;
            for (row, by) in waiting.iter_mut().zip(taken) {
                if let (Some(by), true) = (by, row.problem.is_empty()) {
                    failed += 1;
                    tell(Mistake {
                        cell: row.place.to_string(),
                        row: row.place,
                        heading: None,
                        message: by.clone(),
                    });
                    row.problem = by;
                }
            }
            rollout.add_rows(&waiting).await?;
            waiting.clear();
            by_number.clear();
            watch.told(&News::Progress { done, all: 0, failed });
        }
        if watch.wants_to_stop() {
            return Err(RolloutError::Stage("stopped; nothing is planned".to_owned()));
        }
        if is_last && done == 0 {
            return Err(RolloutError::Stage(
                "the sheet has no rows below its headings".to_owned(),
            ));
        }
        if is_last {
            return Ok(());
        }
    }
}

fn fill_row(row: &mut Row, order: RowOrder, about: &About) {
    let own = order.order.external_order_number();
    row.number = if own.is_empty() {
        number_of(&about.tenant, &about.series, &order.key)
    } else {
        own.to_owned()
    };
    row.order = order
        .order
        .with_external_order_number(row.number.as_str())
        .to_json();
    row.acting_for = order.acting_for.or_else(|| about.acting_for.clone());
    row.wave = order.wave;
    row.cost_center = order.cost_center;
}

fn in_one(found: &[Mistake]) -> String {
    // The row is known where this is read.
    let all = found.iter().map(|mistake| match mistake.heading {
        Some(_) => mistake.to_string(),
        None => mistake.message.clone(),
    });
    all.collect::<Vec<_>>().join("; ")
}

/// A row that was priced, or why it was not.
struct Priced {
    row: Row,
    outcome: Outcome,
}

enum Outcome {
    Confirmed(Box<ConfirmedOrder>, String),
    Wrong(Vec<Mistake>),
    Failed(Error),
    /// The server may have placed it.
    MayBePlaced(String),
}

impl<'a> Planner<'a> {
    /// Prices the rows of a rollout as a client, several at once.
    pub fn new(rollout: &'a mut Rollout, client: &'a Client, parallel: usize) -> Self {
        Self {
            client,
            rollout,
            parallel: parallel.max(1),
            first_pause: FIRST_PAUSE,
        }
    }

    /// The same, with another first pause in trouble. Defaults to a second; each further one is twice
    /// as long, up to a minute.
    #[must_use]
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// Has every row confirmed that is not yet, which orders nothing, and looks whether orders of its
    /// number exist. What the server does not accept is told, and kept with the row.
    ///
    /// # Errors
    ///
    /// The server cannot be asked, a confirmation may have placed an order, or the journal cannot be
    /// used. What was priced is kept; it goes on from there when it is called again.
    pub async fn price(
        &mut self,
        watch: &dyn Watch,
        tell: &mut (dyn FnMut(Mistake) + Send),
    ) -> Result<(), RolloutError> {
        self.rollout.check_client(self.client)?;
        self.rollout.begin_work().await?;
        let priced = self.price_rows(watch, tell).await;
        let looked = match priced {
            Ok(()) => look_for_existing(self.rollout, self.client, None, tell)
                .await
                .map(|_| ()),
            Err(error) => Err(error),
        };
        let ended = self.rollout.end_work().await;
        looked?;
        ended?;
        let left = self.rollout.counts().await?.planned;
        if left > 0 {
            return Err(RolloutError::Stage(format!(
                "{left} rows are not priced yet; run the same again, which goes on from there"
            )));
        }
        self.rollout.set_planned().await
    }

    async fn price_rows(
        &mut self,
        watch: &dyn Watch,
        tell: &mut (dyn FnMut(Mistake) + Send),
    ) -> Result<(), RolloutError> {
        let about = self.rollout.about().clone();
        let columns = Arc::new(Columns::kept(&about)?);
        let base: Value = serde_json::from_str(&about.base).map_err(|_| RolloutError::Corrupt {
            place: self.rollout.place(),
            what: "a base",
        })?;
        let base = Arc::new(base);
        let inventory = Inventory::new(self.client);
        let counts = self.rollout.counts().await?;
        let (all, mut failed) = (counts.all(), counts.mistakes);
        let mut left = counts.planned;
        let mut tasks: JoinSet<Priced> = JoinSet::new();
        let mut tries: HashMap<u32, u32> = HashMap::new();
        let mut pace = Pace::new(None, self.first_pause);
        let mut steps: Vec<Step> = Vec::new();
        let mut is_dry = false;
        let mut stopped: Option<RolloutError> = None;
        loop {
            let now = Instant::now();
            let may_go_on = stopped.is_none() && !watch.wants_to_stop();
            let free = self.parallel.saturating_sub(tasks.len());
            let count = if may_go_on && !is_dry && pace.may_begin(now) {
                free
            } else {
                0
            };
            let wanted = Wanted {
                state: "planned",
                wave: String::new(),
                count: u32::try_from(count).unwrap_or(u32::MAX),
                lease: LEASE,
            };
            if count > 0 || !steps.is_empty() {
                let (entries, rows) = self.rollout.turn(&steps, &wanted).await?;
                steps.clear();
                for entry in entries {
                    match entry {
                        // Somebody else has it.
                        Ok(_) | Err(RolloutError::Refused(_) | RolloutError::Overtaken) => {}
                        Err(other) => return Err(other),
                    }
                }
                is_dry = count > 0 && rows.is_empty();
                for row in rows {
                    let client = self.client.clone();
                    let (columns, base, inventory) = (columns.clone(), base.clone(), inventory.clone());
                    tasks.spawn(price_row(client, inventory, columns, base, row));
                }
            }
            if tasks.is_empty() && steps.is_empty() && (is_dry || !may_go_on) {
                break;
            }
            let ended = tokio::select! {
                ended = tasks.join_next(), if !tasks.is_empty() => ended,
                () = tokio::time::sleep(pace.tick(now)) => None,
            };
            let mut ended: Vec<_> = ended.into_iter().collect();
            while let Some(more) = tasks.try_join_next() {
                ended.push(more);
            }
            for ended in ended {
                let Ok(Priced { row, outcome }) = ended else {
                    continue;
                };
                let place = row.place;
                match outcome {
                    Outcome::Confirmed(confirmed, order) => {
                        pace.went_well();
                        left = left.saturating_sub(1);
                        steps.push(Step {
                            place,
                            before: Some(row.entry),
                            event: Some(Event::Confirmed),
                            why: "confirmed; nothing is ordered".to_owned(),
                            price: Some(Price::of(&confirmed)),
                            order: Some(order),
                            is_released: true,
                            ..Step::default()
                        });
                    }
                    Outcome::Wrong(found) => {
                        pace.went_well();
                        left = left.saturating_sub(1);
                        failed += 1;
                        steps.push(wrong(&row, in_one(&found)));
                        found.into_iter().for_each(&mut *tell);
                    }
                    Outcome::Failed(error) if error.kind() == ErrorKind::Authentication => {
                        stopped.get_or_insert(error.into());
                    }
                    Outcome::Failed(error) => {
                        let tries = tries.entry(place).or_default();
                        *tries += 1;
                        let time = pace.trouble(Instant::now(), error.retry_after());
                        if *tries >= TRIES {
                            stopped.get_or_insert(error.into());
                        } else {
                            let why = error.to_string();
                            watch.told(&News::Pausing { time, why });
                        }
                        steps.push(Step {
                            place,
                            is_released: true,
                            ..Step::default()
                        });
                        is_dry = false;
                    }
                    Outcome::MayBePlaced(message) => {
                        steps.extend(may_be_placed(&row, self.rollout.owner(), &message));
                        stopped.get_or_insert(RolloutError::Stage(format!(
                            "row {place}: a confirmation may have placed the order: {message}. Nothing more is sent; \
                             look at it with `rollout reconcile` before anything else"
                        )));
                    }
                }
            }
            watch.told(&News::Progress {
                done: all.saturating_sub(left),
                all,
                failed,
            });
        }
        match stopped {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

fn wrong(row: &Row, problem: String) -> Step {
    Step {
        place: row.place,
        before: Some(row.entry.clone()),
        why: "it cannot be ordered as it is".to_owned(),
        problem: Some(problem),
        is_released: true,
        ..Step::default()
    }
}

/// Holds a row against the inventory and has it confirmed.
async fn price_row(
    client: Client,
    inventory: Inventory,
    columns: Arc<Columns>,
    base: Arc<Value>,
    row: Row,
) -> Priced {
    let outcome = priced(&client, &inventory, &columns, &base, &row).await;
    Priced { row, outcome }
}

async fn priced(
    client: &Client,
    inventory: &Inventory,
    columns: &Columns,
    base: &Value,
    row: &Row,
) -> Outcome {
    let cells = row.cells.iter().map(|cell| match cell.as_str() {
        "" => Cell::Empty,
        cell => Cell::Text(cell.to_owned()),
    });
    let sheet_row = SheetRow {
        number: row.place,
        cells: cells.collect(),
    };
    // In the name that was found when the sheet was read, which may be that of the whole rollout.
    let named = |order: RowOrder| RowOrder {
        acting_for: row.acting_for.clone(),
        ..order
    };
    let order = match columns.order(&sheet_row, base, None) {
        Ok(order) => named(order),
        Err(found) => return Outcome::Wrong(found),
    };
    let request = &order.order.request().order_request;
    let order = if columns.has_properties() || lacks_device_in_use(order.order.transaction_type(), request) {
        match live(inventory, client, columns, &sheet_row, base, order).await {
            Ok(Ok(order)) => named(order),
            Ok(Err(found)) => return Outcome::Wrong(found),
            Err(error) => return Outcome::Failed(error),
        }
    } else {
        order
    };
    let client = client_for(client, &order);
    let draft: OrderDraft = order.order.with_external_order_number(row.number.as_str());
    let text = draft.to_json();
    match client.orders().confirm(draft).await {
        Ok(confirmed) => Outcome::Confirmed(Box::new(confirmed), text),
        Err(OrderError::OutcomeUnknown(open)) => Outcome::MayBePlaced(open.message().to_owned()),
        Err(OrderError::NotPlaced(not)) => {
            let error = not.into_error();
            if is_about_the_order(error.kind()) {
                Outcome::Wrong(vec![columns.told_by_server(&sheet_row, &error.to_string())])
            } else {
                Outcome::Failed(error)
            }
        }
    }
}
