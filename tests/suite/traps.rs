//! Inconsistencies of the documentation that types have to live with, each under its number in the
//! factual reference.

use mobproc_api::types::{
    AcknowledgementAcceptance, AnswerStatus, ApprovalResponse, ApprovalStatus, CatalogDevice, Collection,
    DeviceAsset, DeviceAssetSummary, ErrorBody, Manufacturer, ModelRef, Order, OrderAnswer, OrderListItem,
    OrderRequestEnvelope, OrderSegment, Price, PropertyDefinition, PropertyDefinitionGroup, PropertyField,
    Region, RegionListItem, SegmentDevice, ServiceAsset, ShipTo, ShipToRequest, ShoppingCartConfirmed,
    Timestamp, TokenValidation, TransactionType, VendorRef,
};
use mobproc_tests::example;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Decodes, and holds the encoded value against the original.
fn keep<T: DeserializeOwned + Serialize>(value: Value) -> T {
    let typed: T = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), value);
    typed
}

#[test]
fn t25_multitenant_is_a_boolean_or_a_string() {
    for (value, meaning) in [(json!("false"), Some(false)), (json!(true), Some(true))] {
        let validation: TokenValidation = keep(json!({ "access_token": { "multitenant": value } }));
        assert_eq!(validation.identity.unwrap().multitenant.unwrap().value(), meaning);
    }
}

#[test]
fn t33_status_is_a_number_a_string_and_another_vocabulary() {
    assert_eq!(keep::<ErrorBody>(json!({ "status": 400 })).status, Some(400));
    assert_eq!(
        keep::<OrderAnswer>(json!({ "status": "ERROR" })).status,
        Some(AnswerStatus::Error)
    );
    let outcome: ApprovalResponse = keep(json!({ "status": "NOT_READY_FOR_APPROVAL" }));
    assert_eq!(outcome.status, ApprovalStatus::NotReadyForApproval);
}

#[test]
fn t42_swap_device_is_accepted_and_swap_devices_sent() {
    let odd: TransactionType = keep(json!("SWAP_DEVICE"));
    assert_eq!(odd.meant(), &TransactionType::SwapDevices);
    assert_eq!(
        serde_json::to_value(TransactionType::SwapDevices).unwrap(),
        json!("SWAP_DEVICES")
    );
}

#[test]
fn t44_both_names_of_the_upgrade_date_are_read() {
    for name in ["upgradeEligibilityDate", "upgradeEligibleDate"] {
        let service: ServiceAsset = keep(json!({ "id": "1001", name: "2030-01-01T00:00:00Z" }));
        assert_eq!(
            service.upgrade_eligible().map(Timestamp::as_str),
            Some("2030-01-01T00:00:00Z")
        );
    }
}

#[test]
fn t46_names_of_the_release_notes_are_kept_and_list_items_may_be_wrapped() {
    let order: Order = keep(json!({
        "orderId": "8001", "propertyGroup": [1], "segment": { "a": 1 }, "shipment": [], "history": "x", "approver": [{}],
        "pendingApprovalLevel": 2
    }));
    assert_eq!(order.pending_approval_level, Some(json!(2)));
    for item in [
        json!({ "orderId": "8001" }),
        json!({ "order": { "orderId": "8001" } }),
    ] {
        let list: Collection<OrderListItem> = keep(json!({ "orders": { "items": [item] } }));
        assert_eq!(list.items()[0].order().order_id.as_deref(), Some("8001"));
    }
}

#[test]
fn t55_a_model_is_a_string_or_one_of_two_objects() {
    let forms = [
        json!("Example Phone 1"),
        json!({ "_meta": { "href": "https://host.example/x" }, "id": "a", "name": "Example Phone 1" }),
        json!({ "id": "2346", "imageUrl": "https://cdn.example/p.jpg", "name": "Example Phone 1" }),
    ];
    for form in forms {
        let device: DeviceAsset = keep(json!({ "id": "7001", "model": form }));
        assert_eq!(
            device.model.as_ref().and_then(ModelRef::name),
            Some("Example Phone 1")
        );
    }
}

#[test]
fn t56_ship_to_names_its_region_in_two_ways() {
    let by_id: ShipTo = keep(json!({ "regionId": "2001" }));
    let by_object: ShipTo = keep(json!({ "region": { "id": "2001" } }));
    assert_eq!((by_id.region(), by_object.region()), (Some("2001"), Some("2001")));
    keep::<ShipToRequest>(json!({ "region": { "id": "2001" } }));
}

#[test]
fn t58_and_t59_an_order_may_lack_segments_and_a_person_their_link() {
    let answer: OrderAnswer = keep(example("orders/deactivate/order"));
    assert!(answer.order.unwrap().parts().is_empty());
    let thin: Order = keep(json!({ "accountHolder": { "id": "5001" }, "orderId": "8001" }));
    assert!(thin.account_holder.unwrap().meta.is_none());
}

#[test]
fn t57_an_empty_address_is_no_destination() {
    let answer: OrderAnswer = keep(example("orders/suspend/order"));
    let order = answer.order.unwrap();
    assert!(order.ship_to.is_some() && order.destination().is_none());
}

#[test]
fn t60_a_segments_plan_may_be_bare_or_absent() {
    let bare: OrderSegment = keep(json!({ "plan": { "optionalFeatures": [] } }));
    assert!(bare.plan.unwrap().name.is_none());
    assert!(keep::<OrderSegment>(json!({})).plan.is_none());
}

#[test]
fn t61_and_t62_things_in_segments_have_no_ids_and_no_own_link() {
    keep::<SegmentDevice>(json!({ "name": "Example Phone 2" }));
    let segment: OrderSegment = keep(json!({ "_meta": { "hrefHistory": "https://host.example/h" } }));
    assert!(segment.meta.unwrap().href.is_none());
}

#[test]
fn t63_the_current_vendor_has_no_link() {
    assert!(
        keep::<VendorRef>(json!({ "id": "3001", "name": "Example Carrier" }))
            .meta
            .is_none()
    );
}

#[test]
fn t64_quantity_0_is_not_nothing() {
    let cart: ShoppingCartConfirmed = keep(json!({ "device": { "id": "4001" }, "quantity": 0 }));
    assert!(cart.quantity == Some(0) && cart.device.is_some());
}

#[test]
fn t65_a_label_may_be_missing() {
    assert!(
        keep::<PropertyField>(json!({ "choice": { "id": "1" }, "id": "Reason", "type": "CHOICE" }))
            .label
            .is_none()
    );
}

#[test]
fn t66_updated_may_lie_before_the_submission() {
    let answer: OrderAnswer = keep(example("orders/xfer_service_in/order"));
    let order = answer.order.unwrap();
    let instant = |time: &Option<Timestamp>| time.as_ref().unwrap().instant().unwrap();
    assert!(instant(&order.updated) < instant(&order.date_submitted));
}

#[test]
fn t67_confirmation_and_order_are_different_things() {
    let confirmed: OrderAnswer = keep(example("orders/upgrade/confirmation"));
    let placed: OrderAnswer = keep(example("orders/upgrade/order"));
    assert!(confirmed.confirmation.is_some() && confirmed.order.is_none());
    assert!(placed.order.is_some() && placed.confirmation.is_none());
}

#[test]
fn t68_an_empty_name_is_dropped_from_the_echo() {
    let request: OrderRequestEnvelope = keep(example("orders/swap_devices/request"));
    assert_eq!(
        request
            .order_request
            .new_device
            .unwrap()
            .other_make_model_name
            .as_deref(),
        Some("")
    );
    let answer: OrderAnswer = keep(example("orders/swap_devices/confirmation"));
    assert!(
        answer
            .confirmation
            .unwrap()
            .new_device
            .unwrap()
            .other_make_model_name
            .is_none()
    );
}

#[test]
fn t69_dates_have_three_forms() {
    for text in ["2030-01-31T00:00:00+00:00", "2030-01-31T00:00:00Z"] {
        let field: PropertyField = keep(json!({ "date": text, "id": "X", "type": "DATE" }));
        assert_eq!(field.date.unwrap().instant().unwrap().timestamp(), 1_896_048_000);
    }
    let field: PropertyField = keep(json!({ "date": "01/31/2030", "id": "X", "type": "DATE" }));
    assert!(field.date.unwrap().instant().is_none());
    keep::<PropertyDefinition>(json!({
        "id": "X", "label": "X", "pattern": "mm/dd/yyyy", "type": "DATE", "validation": "OPTIONAL"
    }));
}

#[test]
fn t51_and_t53_an_acceptance_has_a_member_called_boolean_and_maybe_a_type() {
    assert!(keep::<AcknowledgementAcceptance>(json!({ "boolean": true, "id": "A" })).accepted);
    assert!(
        keep::<AcknowledgementAcceptance>(json!({ "boolean": true, "id": "A", "type": "BOOLEAN" }))
            .kind
            .is_some()
    );
}

#[test]
fn t70_amounts_are_exact() {
    for text in ["300", "199.99", "0", "200.0"] {
        let price: Price = serde_json::from_str(&format!(r#"{{"amount":{text}}}"#)).unwrap();
        assert_eq!(
            serde_json::to_string(&price).unwrap(),
            format!(r#"{{"amount":{text}}}"#)
        );
    }
}

#[test]
fn t71_a_manufacturers_id_is_a_name_or_a_number() {
    for id in ["LG", "Verizon Wireless", "2455765"] {
        assert_eq!(keep::<Manufacturer>(json!({ "id": id })).id, id);
    }
}

#[test]
fn t72_a_vendor_is_a_reference_or_two() {
    let device: CatalogDevice = keep(json!({ "id": "4001", "vendor": { "id": "3001" } }));
    assert_eq!(device.vendor.unwrap().id, "3001");
    let service: ServiceAsset = keep(json!({
        "id": "1001", "vendor": { "billing": { "id": "3001" }, "current": { "id": "3002" } }
    }));
    assert_eq!(service.vendor.unwrap().current.unwrap().id, "3002");
}

#[test]
fn t73_every_form_of_list_and_detail_is_read() {
    let regions: Collection<RegionListItem> = keep(json!({ "regions": [{ "id": "2101" }] }));
    let groups: Collection<PropertyDefinitionGroup> = keep(
        json!({ "properties": { "_meta": { "href": "https://host.example/x" }, "items": [{ "groupId": "G" }] } }),
    );
    let bare: Collection<RegionListItem> = keep(json!([{ "id": "2101" }]));
    assert_eq!((regions.len(), groups.len(), bare.len()), (1, 1, 1));
    keep::<Region>(json!({ "id": "2001" }));
    keep::<DeviceAssetSummary>(json!({ "id": "7001" }));
}
