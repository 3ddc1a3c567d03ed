//! Looking for an order against servers that forge their list. Issue 13, point 22.

use mobproc::{Client, Reconciliation};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::forger::{Asked, Forged, Forger};

fn client(forger: &Forger) -> Client {
    forger.client().build().unwrap()
}

/// A page of orders out of a list, as the request asks for it.
fn page(asked: &Asked, orders: &[Value]) -> Value {
    let number = |name: &str| usize::try_from(asked.query(name).unwrap()).unwrap();
    let items: Vec<&Value> = orders
        .iter()
        .skip(number("offset"))
        .take(number("limit"))
        .collect();
    json!({"orders": {"_meta": {"totalCount": orders.len()}, "items": items}})
}

fn order(number: usize) -> Value {
    json!({"orderId": format!("{number}"), "externalOrderNumber": format!("N-{number}")})
}

async fn look(list: Vec<Value>, number: &str) -> (Reconciliation, Vec<Asked>) {
    let forger = Forger::start(move |asked| Forged::json(200, page(asked, &list))).await;
    let answer = client(&forger).orders().reconcile(number, None).await.unwrap();
    (answer, forger.asked())
}

#[tokio::test]
async fn the_whole_list_is_looked_through() {
    let list: Vec<Value> = (0..250).map(order).collect();
    for number in ["N-0", "N-99", "N-100", "N-249"] {
        let (answer, asked) = look(list.clone(), number).await;
        match answer {
            Reconciliation::Found(found) => {
                assert_eq!(found.len(), 1);
                assert_eq!(found[0].external_order_number.as_deref(), Some(number));
            }
            other => panic!("{number}: {other:?}"),
        }
        let offsets: Vec<_> = asked.iter().map(|asked| asked.query("offset").unwrap()).collect();
        assert_eq!(offsets, [0, 100, 200]);
    }
    let (answer, _) = look(list, "N-250").await;
    assert_eq!(answer, Reconciliation::NotSeen { looked_at: 250 });
}

#[tokio::test]
async fn the_time_it_is_narrowed_by_is_sent() {
    let forger = Forger::start(|asked| Forged::json(200, page(asked, &[order(1)]))).await;
    let since = Some("2030-01-31T00:00:00Z".into());
    let answer = client(&forger).orders().reconcile("N-2", since).await.unwrap();
    assert_eq!(answer, Reconciliation::NotSeen { looked_at: 1 });
    let asked = &forger.asked()[0].what;
    assert!(
        asked.contains("dateTimeUpdated=2030-01-31T00%3A00%3A00Z"),
        "{asked}"
    );
}

#[tokio::test]
async fn an_order_that_is_listed_twice_is_counted_once() {
    // It moved to the second page while the first was read.
    let mut list: Vec<Value> = (0..100).map(order).collect();
    list.push(order(99));
    let (answer, _) = look(list.clone(), "N-99").await;
    match answer {
        Reconciliation::Found(found) => assert_eq!(found.len(), 1),
        other => panic!("{other:?}"),
    }
    // Then one that is not there may have been pushed aside.
    match look(list, "N-500").await.0 {
        Reconciliation::CannotTell { reason } => {
            assert!(
                reason.contains("does not hold as many orders as it says"),
                "{reason}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_doubt_has_its_reason() {
    let without_number = json!({"orderId": "7"});
    for (list, part) in [
        (vec![], "empty"),
        (
            vec![order(1), without_number],
            "without their external order number",
        ),
    ] {
        match look(list, "N-500").await.0 {
            Reconciliation::CannotTell { reason } => assert!(reason.contains(part), "{reason}"),
            other => panic!("{part}: {other:?}"),
        }
    }
    // These answer without regard to what is asked.
    let full: Vec<Value> = (0..100).map(order).collect();
    for (body, part) in [
        (json!({"orders": [order(1)]}), "does not say how many"),
        (
            json!({"orders": {"_meta": {"totalCount": 900}, "items": full}}),
            "repeats a page",
        ),
        (
            json!({"orders": {"_meta": {"totalCount": 900, "hrefNext": "/x"}, "items": []}}),
            "repeats a page of the list, or gives an empty one",
        ),
    ] {
        let forger = Forger::start(move |_| Forged::json(200, &body)).await;
        match client(&forger).orders().reconcile("N-500", None).await.unwrap() {
            Reconciliation::CannotTell { reason } => assert!(reason.contains(part), "{part}: {reason}"),
            other => panic!("{part}: {other:?}"),
        }
    }
    // One that is always new.
    let forger = Forger::start(|asked| {
        let offset = usize::try_from(asked.query("offset").unwrap()).unwrap();
        let items: Vec<Value> = (offset..offset + 100).map(order).collect();
        Forged::json(
            200,
            json!({"orders": {"_meta": {"totalCount": 1_000_000}, "items": items}}),
        )
    })
    .await;
    match client(&forger).orders().reconcile("X", None).await.unwrap() {
        Reconciliation::CannotTell { reason } => assert!(reason.contains("too long"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(forger.asked().len(), 100);
}

/// What a server may do to one page of the list.
#[derive(Debug, Clone)]
enum Trick {
    Plain,
    Short(usize),
    Empty,
    First,
    NoTotal,
    OtherTotal(i64),
    NoNumbers,
    NextLink,
}

fn trick() -> impl Strategy<Value = Trick> {
    prop_oneof![
        4 => Just(Trick::Plain),
        1 => (0_usize..100).prop_map(Trick::Short),
        1 => Just(Trick::Empty),
        1 => Just(Trick::First),
        1 => Just(Trick::NoTotal),
        1 => (-1_i64..400).prop_map(Trick::OtherTotal),
        1 => Just(Trick::NoNumbers),
        1 => Just(Trick::NextLink),
    ]
}

fn tricked(asked: &Asked, total: usize, tricks: &[Trick]) -> Value {
    let number = |name: &str| usize::try_from(asked.query(name).unwrap()).unwrap();
    let (limit, offset) = (number("limit"), number("offset"));
    let trick = tricks.get(offset / limit.max(1)).unwrap_or(&Trick::Plain);
    let begin = if matches!(trick, Trick::First) { 0 } else { offset };
    let mut items: Vec<Value> = (begin..total).take(limit).map(order).collect();
    let mut meta = json!({"totalCount": total});
    match trick {
        Trick::Plain | Trick::First => {}
        Trick::Short(length) => items.truncate(*length),
        Trick::Empty => items.clear(),
        Trick::NoTotal => meta = json!({}),
        Trick::OtherTotal(other) => meta["totalCount"] = json!(other),
        Trick::NoNumbers => {
            for item in &mut items {
                item.as_object_mut().unwrap().remove("externalOrderNumber");
            }
        }
        Trick::NextLink => meta["hrefNext"] = json!("/orders?next"),
    }
    json!({"orders": {"_meta": meta, "items": items}})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the server does, looking ends, and an order that exists is never said not to be
    /// there unless the server keeps it back and says that it has shown all.
    #[test]
    fn looking_ends_and_is_never_wrong(total in 0_usize..350, wanted in 0_usize..400, tricks in prop::collection::vec(trick(), 0..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (shown, answer) = runtime.block_on(async {
            let served = tricks.clone();
            let forger = Forger::start(move |asked| Forged::json(200, tricked(asked, total, &served))).await;
            let client = client(&forger);
            let answer = client.orders().reconcile(&format!("N-{wanted}"), None).await.unwrap();
            // A walk through all pages ends as well, with all of them or with an error.
            drop(client.orders().list().pages().collect().await);
            // What was shown at all, whatever for.
            let shown: std::collections::BTreeSet<String> = forger
                .asked()
                .iter()
                .flat_map(|asked| {
                    let body = tricked(asked, total, &tricks);
                    let items = body["orders"]["items"].as_array().unwrap().clone();
                    items.into_iter().filter_map(|item| Some(item.get("externalOrderNumber")?.as_str()?.to_owned()))
                })
                .collect();
            (shown, answer)
        });
        let number = format!("N-{wanted}");
        match answer {
            Reconciliation::Found(found) => {
                prop_assert!(wanted < total);
                prop_assert_eq!(found.len(), 1);
            }
            Reconciliation::NotSeen { .. } => prop_assert!(!shown.contains(&number), "{:?}", tricks),
            Reconciliation::CannotTell { .. } => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
