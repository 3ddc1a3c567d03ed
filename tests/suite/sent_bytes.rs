//! What is sent is what was written, whichever way it goes; and what the checks say of an order
//! before. Issue 13, points 10, 14, 22 and 23.

use mobproc::{ErrorKind, OrderDraft, SavedOrder};
use mobproc_sandbox::Sandbox;
use serde_json::json;

use crate::end_to_end::{Failed as _, client};

/// An order with members and numbers that no type knows: at the top, nested, and in a list.
const TEXT: &str = r#"{"orderRequest":{"transactionType":"UPDATE_FEATURES","externalOrderNumber":"B-1","serviceId":"1001","shoppingCart":{"features":[{"id":"43","action":"ADD","new":[1.10,12345678901234567890123456]}],"newer":{"x":1e2}},"properties":[{"groupId":"MISCELLANEOUS","fields":[{"id":"CONTACT_NUMBER","type":"TEXT","text":"1","newest":null}]}],"top":0.10}}"#;

#[tokio::test]
async fn members_that_no_type_knows_are_sent_as_they_were_written() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let order = |number: &str| OrderDraft::from_json(&TEXT.replace("B-1", number)).unwrap();
    let confirmed = client.orders().confirm(order("B-1")).await.unwrap();
    let saved = serde_json::to_string(&confirmed.save()).unwrap();
    let saved: SavedOrder = serde_json::from_str(&saved).unwrap();
    let _ = confirmed.submit().await.unwrap();
    let _ = client
        .orders()
        .submit_without_confirmation(order("B-2"))
        .await
        .unwrap();
    let restored = client.orders().restore(saved).unwrap();
    let _ = restored.submit().await.unwrap();
    let sent: Vec<String> = sandbox
        .requests_for("order_create")
        .iter()
        .map(|request| String::from_utf8(request.body.to_vec()).unwrap())
        .collect();
    assert_eq!(sent, [TEXT, TEXT, &TEXT.replace("B-1", "B-2"), TEXT]);
    // A number that is set, or made up, changes nothing else.
    let other = order("B-1").with_external_order_number("B-3");
    assert_eq!(other.to_json(), TEXT.replace("B-1", "B-3"));
}

#[tokio::test]
async fn nothing_is_sent_that_the_checks_refuse_whichever_way_it_goes() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let builder_made = || OrderDraft::from(OrderDraft::suspend(" "));
    let typed = || OrderDraft::from(OrderDraft::suspend(" ").into_request());
    let read = || OrderDraft::from_json(r#"{"transactionType":"SUSPEND","serviceId":" "}"#).unwrap();
    for order in [builder_made(), typed(), read()] {
        let error = client.orders().confirm(order.clone()).await.failed();
        assert_eq!(error.kind(), ErrorKind::InvalidOrder);
        let error = client.orders().submit_without_confirmation(order).await.failed();
        assert_eq!(error.kind(), ErrorKind::InvalidOrder);
        assert!(
            error.to_string().contains("/orderRequest/serviceId: is empty"),
            "{error}"
        );
    }
    assert!(sandbox.requests_for("order_create").is_empty());
}

/// What the checks say of an order of each kind that has nothing but its kind, and of one that has
/// everything that any kind may have.
#[test]
fn what_the_checks_say_of_each_kind() {
    let device = json!({"manufacturerId": "LG", "modelId": "K4", "serialNumber": {"type": "IMEI", "value": "1"}, "simId": "1"});
    let everything = json!({
        "serviceId": "1", "regionId": "1", "postalCode": "1", "currentVendorId": "1",
        "existingDevice": device, "newDevice": device,
        "shoppingCart": {"deviceId": "1", "planId": "1", "accessoryIds": ["1"], "features": [{"id": "1", "action": "ADD"}]},
        "shipTo": {"name": "A", "regionId": "1", "address": [{"id": "CITY", "value": "B"}]},
        "acknowledgements": [{"id": "1", "boolean": true}],
    });
    let mut said = Vec::new();
    for kind in [
        "NEW_ACTIVATION",
        "UPGRADE",
        "PORT_NUMBER",
        "ORDER_ACCESSORIES",
        "SUSPEND",
        "UNSUSPEND",
        "DEACTIVATE",
        "UPDATE_FEATURES",
        "SWAP_DEVICES",
        "XFER_SERVICE_OUT",
        "XFER_SERVICE_IN",
        "XFER_SERVICE_IN_AND_PORT",
        "SOMETHING_NEW",
    ] {
        let mut full = everything.clone();
        full["transactionType"] = json!(kind);
        for (what, order) in [("bare", json!({"transactionType": kind})), ("full", full)] {
            let order = OrderDraft::from_value(order).unwrap();
            for violation in order.check().iter() {
                said.push(format!("{kind} {what}: {:?} {violation}", violation.severity));
            }
        }
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn quantities_and_upgrades_of_features_alone_are_looked_at() {
    let checked = |cart: serde_json::Value| -> Vec<String> {
        let order = json!({
            "transactionType": "UPGRADE", "serviceId": "1", "shoppingCart": cart,
            "existingDevice": {"manufacturerId": "LG", "modelId": "K4", "serialNumber": {"type": "IMEI", "value": "1"}, "simId": "1"},
            "shipTo": {"name": "A", "regionId": "1", "address": [{"id": "CITY", "value": "B"}]},
        });
        let order = OrderDraft::from_value(order).unwrap();
        order
            .check()
            .iter()
            .map(|violation| format!("{:?} {violation}", violation.severity))
            .collect()
    };
    for (quantity, said) in [
        (
            -1,
            "Error /orderRequest/shoppingCart/quantity: must be at least 1",
        ),
        (0, "Error /orderRequest/shoppingCart/quantity: must be at least 1"),
        (
            2,
            "Warning /orderRequest/shoppingCart/quantity: is more than 1, the only quantity the documentation shows",
        ),
        (
            100,
            "Warning /orderRequest/shoppingCart/quantity: is more than 1, the only quantity the documentation shows",
        ),
        (
            101,
            "Error /orderRequest/shoppingCart/quantity: is more than 100, which one order is hardly meant to buy",
        ),
    ] {
        assert_eq!(checked(json!({"planId": "1", "quantity": quantity})), [said]);
    }
    assert!(checked(json!({"planId": "1", "quantity": 1})).is_empty());
    let alone = |part: &str| {
        format!(
            "Warning /orderRequest/shoppingCart: holds shoppingCart.{part} alone; no documented example is without one \
             of shoppingCart.deviceId, shoppingCart.planId, shoppingCart.accessoryIds"
        )
    };
    assert_eq!(
        checked(json!({"optionalFeatureIds": ["41"]})),
        [alone("optionalFeatureIds")]
    );
    assert_eq!(
        checked(json!({"features": [{"id": "41", "action": "ADD"}]})),
        [alone("features")]
    );
}
