//! What saves people from mistakes beside orders: polling, conversions, hints in errors. Issue 13,
//! points 15 and 16.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mobproc::types::{DeviceAsset, OrderStatus, ServiceAsset};
use mobproc::{
    BoxFuture, Client, Clock, Credentials, DeviceIdentity, EmployeeRef, ErrorKind, OrderDraft, Polled,
    Property, RetryPolicy,
};
use serde_json::json;

use crate::end_to_end::Failed as _;
use crate::forger::{Forged, Forger};

/// A clock that moves when somebody waits.
#[derive(Debug, Clone)]
struct Watch(Arc<Mutex<Instant>>);

impl Clock for Watch {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        *self.0.lock().unwrap() += time;
        Box::pin(std::future::ready(()))
    }
}

fn client(base_url: String) -> Client {
    Client::builder()
        .base_url(base_url)
        .tenant("ACME")
        .credentials(Credentials::bearer("client", "token"))
        .retry(RetryPolicy::never())
        .clock(Watch(Arc::new(Mutex::new(Instant::now()))))
        .build()
        .unwrap()
}

/// A server whose order moves on at the so-manieth look.
async fn moving_on_at(look: usize) -> Forger {
    let looks = Mutex::new(0);
    Forger::start(move |_| {
        let mut looks = looks.lock().unwrap();
        *looks += 1;
        let status = match *looks {
            seen if seen >= look => "ORDER_COMPLETED",
            1 => "AWAITING_APPROVAL",
            _ => "ORDER_SUBMITTED",
        };
        Forged::json(200, json!({"order": {"orderId": "8001", "status": status}}))
    })
    .await
}

#[tokio::test]
async fn an_order_is_polled_until_it_moves_on_or_the_time_is_up() {
    for (look, reached, looks) in [(1, true, 1), (4, true, 4), (11, true, 11), (12, false, 11)] {
        let forger = moving_on_at(look).await;
        let poll = client(forger.url("/mobproc/v1")).orders().poll("8001");
        let poll = poll
            .every(Duration::from_secs(60))
            .at_most(Duration::from_secs(600));
        match poll.until_it_moves_on().await.unwrap() {
            Polled::Reached(order) => assert!(
                reached && order.status == Some(OrderStatus::from("ORDER_COMPLETED")),
                "{order:?}"
            ),
            Polled::NotYet(order) => {
                assert!(
                    !reached && order.status == Some(OrderStatus::OrderSubmitted),
                    "{order:?}"
                );
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(forger.asked().len(), looks);
    }
    let forger = Forger::start(|_| Forged::json(500, "{}")).await;
    let poll = client(forger.url("/mobproc/v1")).orders().poll("8001");
    assert_eq!(poll.until_it_moves_on().await.failed().status(), Some(500));
    assert_eq!(forger.asked().len(), 1);
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let client = client("http://127.0.0.1:9/mobproc/v1".to_owned());
    let mut call = Box::pin(client.region("2001"));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => {
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains("#[tokio::main]"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_404_of_an_odd_base_url_asks_whether_it_is_the_whole_one() {
    for (path, body, hints) in [
        ("", "<html>not here</html>", true),
        ("/mobproc", "", true),
        ("/mobproc/v1", "<html>not here</html>", false),
        (
            "",
            r#"{"status":404,"errorCode":"404-X","message":"no such region"}"#,
            false,
        ),
    ] {
        let forger = Forger::start(move |_| Forged::json(404, body)).await;
        let error = client(forger.url(path)).region("2001").await.failed();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(
            error.to_string().contains("is it the whole one?"),
            hints,
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_actor_that_cannot_stand_in_a_header_is_refused() {
    let forger = Forger::start(|_| Forged::json(200, json!({"id": "1"}))).await;
    let client = client(forger.url("/mobproc/v1"));
    let actor = EmployeeRef::company_id("\u{c4}rger");
    let error = client.acting_for(actor).region("1").await.failed();
    assert!(error.to_string().contains("only visible ASCII"), "{error}");
    assert!(forger.asked().is_empty());
}

#[tokio::test]
async fn a_link_that_no_answer_gave_is_told_from_a_path() {
    let forger = Forger::start(|_| Forged::json(200, json!({"id": "1"}))).await;
    let client = client(forger.url("/mobproc/v1"));
    let error = client.follow::<serde_json::Value>("/regions/1").await.failed();
    assert!(error.to_string().contains("raw reads"), "{error}");
}

#[test]
fn an_asset_makes_the_device_in_use_now() {
    let asset: DeviceAsset = serde_json::from_value(json!({
        "id": "6001",
        "manufacturer": {"id": "LG", "name": "LG Electronics"},
        "model": {"name": "Cookie Plus"},
        "serialNumber": {"type": "IMEI", "value": "000000000000001"},
        "simId": "89 01",
    }))
    .unwrap();
    let property = Property::text("CONTACT_NUMBER", "1");
    let draft: OrderDraft = OrderDraft::swap_devices(
        "1001",
        DeviceIdentity::from(&asset),
        DeviceIdentity::new("Apple", "iPhone 6").imei("000000000000002"),
    )
    .property(property)
    .into();
    assert!(draft.check().is_empty(), "{:?}", draft.check());
    let sent = &draft.as_value()["orderRequest"]["existingDevice"];
    assert_eq!(
        *sent,
        json!({
            "manufacturerId": "LG",
            "modelId": "Cookie Plus",
            "serialNumber": {"type": "IMEI", "value": "000000000000001"},
            "simId": "89 01",
        })
    );
}

#[test]
fn the_carrier_of_a_line_is_the_one_that_runs_it() {
    for (vendor, carrier) in [
        (json!({"billing": {"id": "1"}, "current": {"id": "2"}}), Some("2")),
        (json!({"billing": {"id": "1"}}), Some("1")),
        (json!({}), None),
    ] {
        let service: ServiceAsset = serde_json::from_value(json!({"id": "1001", "vendor": vendor})).unwrap();
        assert_eq!(service.carrier().map(|vendor| vendor.id.as_str()), carrier);
    }
}
