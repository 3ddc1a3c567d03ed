//! Rollouts against a sandbox: priced, approved, applied, and true afterwards.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use mobproc::Client;
use mobproc_rollout::sheet::Sheet;
use mobproc_rollout::{
    About, Approval, Limits, Location, MaxFailures, Mistake, News, Numbers, Planner, Rollout, RolloutError,
    Stage, Summary, Watch, apply, export, look, read,
};
use mobproc_sandbox::{Fault, Rule, Sandbox, Script};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::end_to_end::client;

/// Adds a feature to a line: the same in every row but for a key.
fn base() -> Value {
    json!({
        "transactionType": "UPDATE_FEATURES",
        "serviceId": "1001",
        "shoppingCart": {"features": [{"id": "41", "action": "ADD"}]},
        "properties": [{"fields": [{"id": "CONTACT_NUMBER", "type": "TEXT", "text": "2025550101"}]}],
    })
}

/// A sheet of so many rows that differ in nothing but their keys.
fn keys(count: usize) -> String {
    let rows: Vec<String> = (1..=count).map(|row| format!("k{row},{}", row % 3)).collect();
    format!("key,wave\n{}\n", rows.join("\n"))
}

struct Trial {
    folder: TempDir,
    client: Client,
}

impl Trial {
    fn new(sandbox: &Sandbox) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            client: client(sandbox),
        }
    }

    fn location(&self, name: &str) -> Location {
        Location::File(self.folder.path().join(name))
    }

    async fn numbers(&self) -> Numbers {
        Numbers::open(&self.folder.path().join("numbers.sqlite"))
            .await
            .unwrap()
    }

    /// A plan of a sheet, priced; with what is wrong with it.
    async fn plan(
        &self,
        name: &str,
        sheet: &str,
        base: &Value,
    ) -> (Result<Rollout, RolloutError>, Vec<Mistake>) {
        let path = self.folder.path().join(format!("{name}.csv"));
        std::fs::write(&path, sheet).unwrap();
        self.plan_of(name, &path, base).await
    }

    async fn plan_of(
        &self,
        name: &str,
        path: &Path,
        base: &Value,
    ) -> (Result<Rollout, RolloutError>, Vec<Mistake>) {
        let mut found = Vec::new();
        let planned = self
            .planned(name, path, base, &mut |mistake| found.push(mistake))
            .await;
        (planned, found)
    }

    async fn planned(
        &self,
        name: &str,
        path: &Path,
        base: &Value,
        tell: &mut (dyn FnMut(Mistake) + Send),
    ) -> Result<Rollout, RolloutError> {
        let sheet = Sheet::open(path, None)?;
        let mut about = About::new(&self.client, &sheet, "amara");
        about.base = base.to_string();
        let location = self.location(&format!("{name}.rollout"));
        let mut numbers = self.numbers().await;
        let mut rollout = read(&location, about, &sheet, &mut numbers, "amara", &(), tell).await?;
        Planner::new(&mut rollout, &self.client, 4)
            .first_pause(Duration::ZERO)
            .price(&(), tell)
            .await?;
        Ok(rollout)
    }

    /// A plan that is approved.
    async fn approved(&self, name: &str, sheet: &str, base: &Value) -> Rollout {
        let (planned, found) = self.plan(name, sheet, base).await;
        assert!(found.is_empty(), "{found:?}");
        let mut rollout = planned.unwrap();
        approve(&mut rollout, self).await.unwrap();
        rollout
    }

    async fn apply(&self, rollout: &mut Rollout, limits: &Limits) -> Summary {
        apply(rollout, &mut self.numbers().await, &self.client, limits, &())
            .await
            .unwrap()
    }
}

/// Agrees to what it costs.
async fn approve(rollout: &mut Rollout, trial: &Trial) -> Result<Approval, RolloutError> {
    let total = rollout.total_to_order("").await?;
    rollout.approve(&mut trial.numbers().await, &total, None).await
}

/// Limits that wait for nothing.
fn quick() -> Limits {
    let mut limits = Limits::default();
    limits.look_for = Duration::ZERO;
    limits.first_pause = Duration::from_millis(1);
    limits.parallel = 8;
    limits
}

/// How often each number was ordered.
fn ordered(sandbox: &Sandbox) -> HashMap<String, usize> {
    let mut all = HashMap::new();
    for order in sandbox.orders() {
        let order = order.get("order").unwrap_or(&order);
        let number = order["externalOrderNumber"].as_str().unwrap_or_default();
        *all.entry(number.to_owned()).or_default() += 1;
    }
    all
}

/// Every row tells what the sandbox's own list of orders says.
async fn tells_the_truth(rollout: &mut Rollout, sandbox: &Sandbox) -> BTreeMap<&'static str, usize> {
    let ordered = ordered(sandbox);
    let mut ends = BTreeMap::new();
    for row in rollout.rows(0, 100_000).await.unwrap() {
        let end = row.entry.state.name();
        let orders = ordered.get(&row.number).copied().unwrap_or(0);
        assert!(orders <= 1, "row {} was ordered {orders} times", row.place);
        match end {
            "placed" => assert_eq!(orders, 1, "row {} says placed", row.place),
            "refused" | "confirmed" => assert_eq!(orders, 0, "row {} says {end}", row.place),
            "unknown" => {}
            // The server did not accept it when it was planned.
            "planned" if !row.problem.is_empty() => assert_eq!(orders, 0, "row {}", row.place),
            other => panic!("row {} is {other}", row.place),
        }
        *ends.entry(end).or_insert(0) += 1;
    }
    ends
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_is_ordered_once_and_applying_again_orders_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let mut rollout = trial.approved("all", &keys(30), &base()).await;
    assert!(sandbox.orders().is_empty(), "planning orders nothing");
    assert_eq!(rollout.stage().await.unwrap(), Stage::Approved);
    let summary = trial.apply(&mut rollout, &quick()).await;
    assert_eq!((summary.placed, summary.stopped), (30, None));
    assert_eq!(
        tells_the_truth(&mut rollout, &sandbox).await,
        BTreeMap::from([("placed", 30)])
    );
    let again = trial.apply(&mut rollout, &quick()).await;
    assert_eq!(again.placed, 0);
    assert_eq!(sandbox.orders().len(), 30);
    // Each was confirmed when it was planned, and once more before it was sent.
    assert_eq!(sandbox.requests_for("order_create").len(), 90);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_sheet_orders_nothing_new_under_any_name_and_on_any_machine() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let mut rollout = trial.approved("one", &keys(3), &base()).await;
    let (same, _) = trial.plan("one", &keys(3), &base()).await;
    let refused = same.unwrap_err().to_string();
    assert!(
        refused.contains("is approved; planning it again would order nothing new"),
        "{refused}"
    );
    let (other, found) = trial.plan("two", &keys(4), &base()).await;
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        told.len() == 3 && told[0].contains("is row 2 of the rollout one.rollout"),
        "{told:?}"
    );
    assert_eq!(other.unwrap().counts().await.unwrap().confirmed, 1);
    trial.apply(&mut rollout, &quick()).await;
    // A machine that knows nothing of the first one sees its orders in the list.
    let elsewhere = Trial::new(&sandbox);
    let (third, found) = elsewhere.plan("three", &keys(3), &base()).await;
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        told.len() == 3 && told[0].contains("an order of its number exists already"),
        "{told:?}"
    );
    assert_eq!(third.unwrap().counts().await.unwrap().mistakes, 3);
    assert_eq!(sandbox.orders().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_ordered_for_more_than_was_approved() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let mut rollout = trial.approved("dear", &keys(5), &base()).await;
    let approved = rollout.total().await.unwrap();
    // From now on everything costs a cent more.
    let shown = sandbox.requests_for("order_create");
    let mut answer = shown.last().and_then(|request| request.answer_json()).unwrap();
    let costs = answer["orderConfirmation"]["costSummary"].as_array_mut().unwrap();
    let amount = costs[0]["amount"].as_f64().unwrap();
    costs[0]["amount"] = json!(amount + 0.01);
    let dearer = Script::new("order_create", 200)
        .query("confirm", "true")
        .body(answer)
        .times(5);
    sandbox.add_script(dearer).unwrap();
    let summary = trial.apply(&mut rollout, &quick()).await;
    assert_eq!((summary.placed, summary.held, summary.counts.held), (0, 5, 5));
    assert!(sandbox.orders().is_empty());
    let row = rollout.row(2).await.unwrap();
    assert!(
        row.held.contains("costs") && row.held.contains("was approved"),
        "{}",
        row.held
    );
    // Whoever agrees to the new price gets the orders.
    approve(&mut rollout, &trial).await.unwrap();
    assert!(!rollout.total().await.unwrap().is(&approved));
    let summary = trial.apply(&mut rollout, &quick()).await;
    assert_eq!((summary.placed, sandbox.orders().len()), (5, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_everything_going_wrong_now_and_then_every_row_tells_the_truth() {
    let sandbox = Sandbox::builder()
        .keep(20_000)
        .fault(Rule::new(Fault::DropAfter).on("order_create").percent(5))
        .fault(Rule::new(Fault::FailAfter(500)).on("order_create").percent(5))
        .fault(Rule::new(Fault::DropBefore).on("order_create").percent(5))
        .fault(Rule::new(Fault::CutBody).on("order_create").percent(5))
        .fault(Rule::new(Fault::ExpiredToken).percent(3))
        .fault(Rule::new(Fault::Status(400)).on("order_create").percent(2))
        .fault(Rule::new(Fault::DropBefore).on("order_list").percent(5))
        .start()
        .await
        .unwrap();
    let trial = Trial::new(&sandbox);
    let path = trial.folder.path().join("wild.csv");
    std::fs::write(&path, keys(200)).unwrap();
    // Whatever stops a plan, the same again goes on.
    let mut found = Vec::new();
    let mut rollout = loop {
        match trial
            .planned("wild", &path, &base(), &mut |mistake| found.push(mistake))
            .await
        {
            Ok(rollout) => break rollout,
            Err(RolloutError::Stage(why)) if why.contains("may have placed") => {
                unreachable!("a confirmation never orders in this sandbox: {why}")
            }
            Err(_) => {}
        }
    };
    assert!(sandbox.orders().is_empty(), "planning orders nothing");
    approve(&mut rollout, &trial).await.unwrap();
    let mut runs = 0;
    while rollout.counts().await.unwrap().confirmed > 0 {
        runs += 1;
        assert!(runs < 50, "it does not end");
        let numbers = &mut trial.numbers().await;
        match apply(&mut rollout, numbers, &trial.client, &quick(), &()).await {
            // The look for existing orders failed, so the run did not begin.
            Ok(_) | Err(RolloutError::Api(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    sandbox.clear_faults();
    // The others are sent, or known not to be.
    rollout.retry_refused().await.unwrap();
    trial.apply(&mut rollout, &quick()).await;
    let looked = look(&mut rollout, &trial.client).await.unwrap();
    let ends = tells_the_truth(&mut rollout, &sandbox).await;
    let counts = rollout.counts().await.unwrap();
    assert_eq!(counts.open(), looked.left as u64);
    // What was lost on the way there is nowhere: only a person can say that it will not come.
    let ordered = ordered(&sandbox);
    for row in rollout.rows(0, 1_000).await.unwrap() {
        if row.entry.state.name() == "unknown" {
            assert!(
                !ordered.contains_key(&row.number),
                "row {} was not found",
                row.place
            );
        }
    }
    assert!(ends.get("placed").copied().unwrap_or(0) > 150, "{ends:?}");
    let out = trial.folder.path().join("result.xlsx");
    assert_eq!(export(&mut rollout, &out, false).await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_lost_answers_are_looked_up_in_one_walk() {
    let sandbox = Sandbox::builder().keep(20_000).start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let mut rollout = trial.approved("lost", &keys(1_000), &base()).await;
    sandbox
        .add_fault(Rule::new(Fault::DropAfter).on("order_create").percent(50))
        .unwrap();
    while rollout.counts().await.unwrap().confirmed > 0 {
        trial.apply(&mut rollout, &quick()).await;
    }
    sandbox.clear_faults();
    let open = rollout.counts().await.unwrap().open();
    sandbox.clear_requests();
    let looked = look(&mut rollout, &trial.client).await.unwrap();
    let walks = sandbox.requests_for("order_list").len();
    assert!(walks <= 11, "{walks} pages for {open} lost answers");
    assert_eq!((looked.found as u64, looked.left), (open, 0));
    assert_eq!(
        tells_the_truth(&mut rollout, &sandbox).await,
        BTreeMap::from([("placed", 1_000)])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caps_waves_and_failures_stop_a_run_and_the_next_goes_on() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let mut rollout = trial.approved("caps", &keys(30), &base()).await;
    let mut limits = quick();
    limits.max_orders = Some(4);
    let summary = trial.apply(&mut rollout, &limits).await;
    assert_eq!((summary.placed, sandbox.orders().len()), (4, 4));
    assert!(summary.stopped.unwrap().contains("as many as allowed"));
    let one = rollout.row(2).await.unwrap().price.unwrap();
    let mut limits = quick();
    limits.max_total = Some(one.times(3));
    let summary = trial.apply(&mut rollout, &limits).await;
    assert_eq!((summary.placed, sandbox.orders().len()), (3, 7));
    assert!(summary.stopped.unwrap().contains("the next order would cost"));
    let mut limits = quick();
    limits.wave = "0".to_owned();
    let summary = trial.apply(&mut rollout, &limits).await;
    assert_eq!(summary.stopped, None);
    let of_wave = rollout.rows(0, 100).await.unwrap();
    for row in &of_wave {
        assert!(
            row.wave != "0" || row.entry.state.name() == "placed",
            "row {}",
            row.place
        );
    }
    let before = sandbox.orders().len();
    sandbox
        .add_fault(Rule::new(Fault::Status(400)).on("order_create"))
        .unwrap();
    let mut limits = quick();
    limits.parallel = 1;
    limits.max_failures = Some(MaxFailures::Number(2));
    let summary = trial.apply(&mut rollout, &limits).await;
    assert!(summary.stopped.unwrap().contains("went wrong"));
    assert_eq!((summary.held, sandbox.orders().len()), (3, before));
    sandbox.clear_faults();
    approve(&mut rollout, &trial).await.unwrap();
    trial.apply(&mut rollout, &quick()).await;
    assert_eq!(
        tells_the_truth(&mut rollout, &sandbox).await,
        BTreeMap::from([("placed", 30)])
    );
}

/// Remembers what it was told.
#[derive(Default)]
struct Listening(Mutex<Vec<String>>);

impl Watch for Listening {
    fn told(&self, news: &News) {
        if let News::Pausing { time, why } = news {
            self.0
                .lock()
                .unwrap()
                .push(format!("{} s: {why}", time.as_secs()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_run_waits_when_the_server_asks_for_it_and_goes_on() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let mut rollout = trial.approved("asked", &keys(6), &base()).await;
    // Six are being asked for at once, and all are told to come back.
    sandbox
        .add_fault(Rule::new(Fault::Status(429)).on("order_create").times(6))
        .unwrap();
    let listening = Listening::default();
    let mut limits = quick();
    limits.parallel = 6;
    let client = trial.client.with_retry(mobproc::RetryPolicy::never());
    let summary = apply(
        &mut rollout,
        &mut trial.numbers().await,
        &client,
        &limits,
        &listening,
    )
    .await
    .unwrap();
    assert_eq!((summary.placed, summary.stopped), (6, None));
    let told = listening.0.into_inner().unwrap();
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(told.iter().all(|told| told.contains("429")), "{told:?}");
    assert_eq!(
        tells_the_truth(&mut rollout, &sandbox).await,
        BTreeMap::from([("placed", 6)])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_in_other_names_are_found_by_whoever_is_shown_them() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let sheet = "key,serviceId,acting_for\na,1002,mei.tanaka\nb,1002,mei.tanaka\nc,1001,\n";
    let mut rollout = trial.approved("names", sheet, &base()).await;
    let limits = quick();
    trial.apply(&mut rollout, &limits).await;
    assert_eq!(sandbox.orders().len(), 3);
    let sent = sandbox.requests_for("order_create");
    let name = "x-tngo-context-companyemployeeid";
    let named = sent
        .iter()
        .filter(|request| request.header(name) == Some("mei.tanaka"))
        .count();
    assert!(named >= 4, "{named} of {} requests were in her name", sent.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_applied_is_not() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let (planned, _) = trial.plan("plan", &keys(2), &base()).await;
    let mut rollout = planned.unwrap();
    let refused = apply(
        &mut rollout,
        &mut trial.numbers().await,
        &trial.client,
        &quick(),
        &(),
    )
    .await
    .unwrap_err();
    assert!(refused.to_string().contains("not approved"), "{refused}");
    approve(&mut rollout, &trial).await.unwrap();
    rollout.set_paused(Some("lunch")).await.unwrap();
    let summary = trial.apply(&mut rollout, &quick()).await;
    assert!(summary.stopped.unwrap().contains("lunch"));
    let other = Sandbox::start().await.unwrap();
    let refused = apply(
        &mut rollout,
        &mut trial.numbers().await,
        &client(&other),
        &quick(),
        &(),
    )
    .await
    .unwrap_err();
    assert!(
        refused.to_string().contains("was planned for tenant"),
        "{refused}"
    );
    assert!(sandbox.orders().is_empty() && other.orders().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_that_orders_stops_the_plan_and_is_remembered() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    // A gateway that loses the query: what was to be confirmed is placed.
    let placed = json!({"order": {"orderId": "8801001", "status": "ORDER_SUBMITTED"}});
    let script = Script::new("order_create", 200)
        .query("confirm", "true")
        .body(placed)
        .times(1);
    sandbox.add_script(script).unwrap();
    let (planned, _) = trial.plan("gateway", &keys(5), &base()).await;
    let error = planned.unwrap_err().to_string();
    assert!(error.contains("may have placed the order"), "{error}");
    let location = trial.location("gateway.rollout");
    let mut rollout = Rollout::open(&location, "amara").await.unwrap();
    let counts = rollout.counts().await.unwrap();
    assert_eq!(counts.open(), 1);
    let approved = approve(&mut rollout, &trial).await;
    assert!(approved.is_err(), "it is no plan");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_file_orders_nothing_that_the_first_has_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let trial = Trial::new(&sandbox);
    let mut rollout = trial.approved("one", &keys(4), &base()).await;
    // As it is on disk: what a backup has, or a file that was moved without its log.
    drop(rollout);
    let (one, copy) = ("one.rollout", "copy.rollout");
    std::fs::copy(trial.folder.path().join(one), trial.folder.path().join(copy)).unwrap();
    rollout = Rollout::open(&trial.location(one), "amara").await.unwrap();
    trial.apply(&mut rollout, &quick()).await;
    assert_eq!(sandbox.orders().len(), 4);
    // Even where the list of orders says nothing.
    let nothing = json!({"_meta": {"totalCount": 0}, "orders": []});
    sandbox
        .add_script(Script::new("order_list", 200).body(nothing).times(1))
        .unwrap();
    let mut copied = Rollout::open(&trial.location(copy), "amara").await.unwrap();
    let summary = trial.apply(&mut copied, &quick()).await;
    assert_eq!((summary.placed, summary.lost, sandbox.orders().len()), (0, 4, 4));
    // Each is found as what the first has placed.
    assert_eq!(copied.counts().await.unwrap().placed, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_with_one_sheet_that_were_approved_before_either_applied_order_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let (one, two) = (Trial::new(&sandbox), Trial::new(&sandbox));
    let mut first = one.approved("one", &keys(3), &base()).await;
    let mut second = two.approved("two", &keys(4), &base()).await;
    one.apply(&mut first, &quick()).await;
    let summary = two.apply(&mut second, &quick()).await;
    assert_eq!(
        (summary.placed, summary.counts.mistakes, sandbox.orders().len()),
        (1, 3, 4)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_approved_on_another_machine_is_applied_here_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let (there, here) = (Trial::new(&sandbox), Trial::new(&sandbox));
    drop(there.approved("one", &keys(3), &base()).await);
    for name in ["one.rollout", "copy.rollout"] {
        let from = there.folder.path().join("one.rollout");
        std::fs::copy(from, here.folder.path().join(name)).unwrap();
    }
    let mut moved = Rollout::open(&here.location("one.rollout"), "mei").await.unwrap();
    assert_eq!(here.apply(&mut moved, &quick()).await.placed, 3);
    let mut copied = Rollout::open(&here.location("copy.rollout"), "mei")
        .await
        .unwrap();
    assert_eq!(here.apply(&mut copied, &quick()).await.placed, 0);
    assert_eq!(sandbox.orders().len(), 3);
}
