//! Walks through lists: what a server that is wrong about its pages may do, and what one that is
//! slow may not make worse.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mobproc::Client;
use serde_json::{Value, json};

use crate::end_to_end::Failed as _;
use crate::forger::{Asked, Forged, Forger};

fn client(forger: &Forger) -> Client {
    forger.client().build().unwrap()
}

/// A page of numbered employees out of so many.
fn page(asked: &Asked, total: i64) -> Value {
    let (limit, offset) = (asked.query("limit").unwrap(), asked.query("offset").unwrap());
    let items: Vec<Value> = (offset..total.min(offset + limit))
        .map(|number| json!({"id": number.to_string()}))
        .collect();
    json!({"_meta": {"totalCount": total}, "employees": items})
}

fn ids(employees: &[mobproc::types::Employee]) -> Vec<String> {
    employees
        .iter()
        .map(|employee| json!(employee)["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Issue 13, point 6.
#[tokio::test]
async fn pages_that_alternate_are_not_walked_for_ever() {
    let forger = Forger::start(|asked| {
        let place = asked.query("offset").unwrap() / 2 % 2;
        Forged::json(
            200,
            json!({
                "_meta": {"totalCount": 4, "hrefNext": "/employees?next"},
                "employees": [{"id": format!("{place}a")}, {"id": format!("{place}b")}],
            }),
        )
    })
    .await;
    let error = client(&forger)
        .employees()
        .list()
        .page_size(2)
        .items()
        .collect()
        .await
        .failed();
    assert!(error.to_string().contains("repeats a page"), "{error}");
    assert_eq!(forger.asked().len(), 4);
}

/// Issue 13, point 22, as those below: the next page was given out after an error.
#[tokio::test]
async fn after_an_error_there_is_nothing() {
    let forger = Forger::start(|asked| match asked.query("offset").unwrap() {
        2 => Forged::json(500, "{}"),
        _ => Forged::json(200, page(asked, 6)),
    })
    .await;
    for prefetch in [0, 2] {
        let mut pages = client(&forger)
            .employees()
            .list()
            .page_size(2)
            .prefetch(prefetch)
            .pages();
        assert_eq!(ids(&pages.next().await.unwrap().unwrap()), ["0", "1"]);
        assert_eq!(pages.next().await.unwrap().unwrap_err().status(), Some(500));
        assert!(pages.next().await.is_none());
        let mut items = client(&forger)
            .employees()
            .list()
            .page_size(2)
            .prefetch(prefetch)
            .items();
        for _ in 0..2 {
            items.next().await.unwrap().unwrap();
        }
        assert!(items.next().await.unwrap().is_err());
        assert!(items.next().await.is_none());
    }
}

/// A server that holds every page back until it is let go, and counts how many it holds.
async fn held(total: i64) -> (Forger, Arc<tokio::sync::Semaphore>) {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let free = Arc::clone(&gate);
    let forger = Forger::start_later(move |asked| {
        let (free, body) = (Arc::clone(&free), page(asked, total));
        Box::pin(async move {
            free.acquire().await.unwrap().forget();
            Forged::json(200, body)
        })
    })
    .await;
    (forger, gate)
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_caller_that_stops_waiting_skips_no_page() {
    for prefetch in [0, 3] {
        let (forger, gate) = held(6).await;
        let mut pages = client(&forger)
            .employees()
            .list()
            .page_size(2)
            .prefetch(prefetch)
            .pages();
        let mut all = Vec::new();
        for number in 1..=3 {
            // Nobody answers yet, and then nobody waits any more.
            tokio::select! {
                biased;
                page = pages.next() => panic!("{page:?}"),
                () = until(|| forger.asked().len() >= number) => {}
            }
            gate.add_permits(1);
            all.extend(ids(&pages.next().await.unwrap().unwrap()));
        }
        assert_eq!(all, ["0", "1", "2", "3", "4", "5"], "prefetch {prefetch}");
        assert!(pages.next().await.is_none());
    }
}

#[tokio::test]
async fn as_many_pages_are_under_way_as_asked_for_and_no_more() {
    let (forger, gate) = held(100).await;
    let mut pages = client(&forger)
        .employees()
        .list()
        .page_size(2)
        .prefetch(3)
        .pages();
    gate.add_permits(1);
    pages.next().await.unwrap().unwrap();
    // Three pages ahead of the one given out, without anybody waiting for them.
    until(|| forger.asked().len() == 4).await;
    gate.add_permits(3);
    pages.next().await.unwrap().unwrap();
    until(|| forger.asked().len() == 5).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(forger.asked().len(), 5);
}

#[tokio::test]
async fn pages_under_way_are_let_go_when_the_walk_is_dropped() {
    // An answer that is given tells so; one whose connection was dropped never does.
    let given = Arc::new(AtomicUsize::new(0));
    let is_open = Arc::new(AtomicBool::new(false));
    let (count, open) = (Arc::clone(&given), Arc::clone(&is_open));
    let forger = Forger::start_later(move |asked| {
        let (count, open) = (Arc::clone(&count), Arc::clone(&open));
        let body = match asked.query("offset") {
            Some(_) => page(asked, 100),
            None => json!({"id": "1"}),
        };
        let is_free = asked.query("offset") == Some(0) || asked.what.contains("/regions/");
        Box::pin(async move {
            until(|| is_free || open.load(Ordering::SeqCst)).await;
            count.fetch_add(1, Ordering::SeqCst);
            Forged::json(200, body)
        })
    })
    .await;
    #[derive(Debug, Clone, Default)]
    struct Ended(Arc<AtomicUsize>);
    impl mobproc::Observer for Ended {
        fn attempt_ended(&self, _: &mobproc::Attempt<'_>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let ended = Ended::default();
    let client = forger.client().observer(ended.clone()).build().unwrap();
    let mut pages = client.employees().list().page_size(2).prefetch(3).pages();
    pages.next().await.unwrap().unwrap();
    until(|| forger.asked().len() == 4).await;
    drop(pages);
    is_open.store(true, Ordering::SeqCst);
    until(|| given.load(Ordering::SeqCst) == 4).await;
    // The answers were given, but nobody is there to take them.
    client.region("1").await.map(drop).ok();
    assert_eq!(
        ended.0.load(Ordering::SeqCst),
        2,
        "the first page, and the region"
    );
}

/// Issue 13, point 22: `list()` with its parameters left out went unnoticed.
#[tokio::test]
async fn every_parameter_of_every_list_is_sent() {
    use mobproc::EmployeeRef;
    use mobproc::types::{ModelFilter, TransactionType};

    let forger = Forger::start(|_| Forged::json(200, json!([]))).await;
    let client = client(&forger);
    let (id, company) = (EmployeeRef::tangoe_id("7"), EmployeeRef::company_id("amara"));
    let time = "2030-01-31T00:00:00Z";
    let orders = client.orders().list().of(id.clone()).updated_since(time);
    let orders = orders
        .approvable_by(company.clone())
        .with_properties()
        .with_approvers();
    let orders = orders
        .with_segments()
        .with_shipments()
        .with_history()
        .with_ship_to();
    orders
        .ascending(true)
        .param("new", "a b")
        .page(3, 6)
        .send()
        .await
        .unwrap();
    let orders = client
        .orders()
        .list()
        .of(company.clone())
        .approvable_by(id.clone());
    orders.ascending(false).send().await.unwrap();
    let devices = client.devices().list().of(company.clone()).updated_since(time);
    devices.with_service_details().page(3, 6).send().await.unwrap();
    let services = client.services().list().of(id.clone()).updated_since(time);
    services.page(3, 6).send().await.unwrap();
    let employees = client.employees().list().only(company).updated_since(time);
    employees.ascending(true).page(3, 6).send().await.unwrap();
    let devices = client
        .catalog()
        .devices()
        .transaction_type(TransactionType::Upgrade);
    devices.service("1001").vendor("3001").send().await.unwrap();
    client
        .catalog()
        .accessories()
        .service("1001")
        .device("6001")
        .send()
        .await
        .unwrap();
    client.regions().of_country("2001").send().await.unwrap();
    client.vendors().kind("CARRIER").send().await.unwrap();
    client
        .models("LG")
        .only(ModelFilter::Device)
        .send()
        .await
        .unwrap();
    let asked: Vec<String> = forger
        .asked()
        .iter()
        .map(|asked| asked.what.replacen("GET /mobproc/v1", "", 1))
        .collect();
    insta::assert_snapshot!(asked.join("\n"));
}
