//! The table of order rules, held against what does not come from it: the builders, and the documented
//! orders, confirmations and placed orders.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mobproc::{DeviceIdentity, OrderDraft, Property, ShippingAddress};
use mobproc_api::order_rules::{ALL, Evidence, OrderPart, OrderRules, Presence};
use mobproc_api::types::OrderRequest;
use serde_json::{Value, json};

fn device() -> DeviceIdentity {
    DeviceIdentity::new("Kestrel", "K4")
        .imei("000000000000001")
        .sim("89000001")
}

fn address() -> ShippingAddress {
    ShippingAddress::new("Amara Okafor", "2001").line("LINE_1", "14 Harbor Street")
}

/// An order of each kind with everything its builder offers.
fn full_orders() -> Vec<OrderRequest> {
    let property = || Property::text("CONTACT_NUMBER", "202-555-0101");
    macro_rules! goods {
        ($builder:expr) => {
            $builder
                .external_order_number("N")
                .property(property())
                .device("1")
                .plan("1")
                .features(["1"])
                .accessories(["1"])
                .quantity(1)
                .ship_to(address())
        };
    }
    macro_rules! plain {
        ($builder:expr) => {
            $builder.external_order_number("N").property(property())
        };
    }
    vec![
        goods!(OrderDraft::new_activation("2001"))
            .postal_code("06510")
            .into_request(),
        goods!(OrderDraft::upgrade("1001"))
            .existing_device(device())
            .into_request(),
        goods!(OrderDraft::port_number("1001", "2001"))
            .postal_code("06510")
            .into_request(),
        plain!(OrderDraft::order_accessories("1001", ["1"]))
            .ship_to(address())
            .into_request(),
        plain!(OrderDraft::suspend("1001")).into_request(),
        plain!(OrderDraft::unsuspend("1001")).into_request(),
        plain!(OrderDraft::deactivate("1001")).into_request(),
        plain!(OrderDraft::update_features("1001"))
            .add_feature("1")
            .comment("c")
            .into_request(),
        plain!(OrderDraft::swap_devices("1001", device(), device())).into_request(),
        plain!(OrderDraft::transfer_out("1001"))
            .acknowledge("A")
            .into_request(),
        goods!(OrderDraft::transfer_in("3001", "2001"))
            .postal_code("06510")
            .acknowledge("A")
            .into_request(),
        goods!(OrderDraft::transfer_in_and_port("3001", "2001"))
            .postal_code("06510")
            .acknowledge("A")
            .service("1001")
            .into_request(),
    ]
}

fn given(order: &OrderRequest) -> BTreeSet<OrderPart> {
    let parts = OrderPart::ALL.iter().copied();
    parts
        .filter(|part| part.parent().is_none() && part.presence(order) == Presence::Given)
        .collect()
}

#[test]
fn builders_offer_what_the_table_documents() {
    let orders = full_orders();
    assert_eq!(orders.len(), ALL.len());
    for order in orders {
        let kind = &order.transaction_type;
        let rules = OrderRules::of(kind).unwrap();
        let offered = given(&order);
        let documented: BTreeSet<OrderPart> = rules.parts.iter().map(|rule| rule.part).collect();
        let undocumented: Vec<_> = offered.difference(&documented).collect();
        assert!(undocumented.is_empty(), "{kind} offers {undocumented:?}");
        // What is only guessed, or was there once, need not be offered.
        let is_firm = |part: &&OrderPart| {
            rules
                .rule(**part)
                .is_some_and(|rule| rule.evidence < Evidence::History)
        };
        let missing: Vec<_> = documented.difference(&offered).filter(is_firm).collect();
        assert!(missing.is_empty(), "{kind} does not offer {missing:?}");
        // Whoever fills in everything hears nothing.
        let said = OrderDraft::from(order).check();
        assert!(said.iter().next().is_none(), "{said}");
    }
}

/// The documented orders of a folder: the kind in lower case, and what is published of it.
fn documents(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found: Vec<_> = ALL
        .iter()
        .map(|rules| rules.kind.as_str().to_ascii_lowercase())
        .map(|kind| (kind.to_ascii_uppercase(), folder.join(kind)))
        .filter(|(_, folder)| folder.join("request.json").is_file())
        .collect();
    found.sort();
    found
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn members(value: &Value, common: &[&str]) -> BTreeSet<String> {
    let members = value.as_object().unwrap().keys();
    members
        .filter(|name| !common.contains(&name.as_str()))
        .cloned()
        .collect()
}

fn texts(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn documented_orders_keep_the_rules_and_show_what_the_table_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/examples/orders");
    let documents = documents(&folder);
    assert_eq!(documents.len(), ALL.len());
    for (kind, folder) in documents {
        let rules = ALL.iter().find(|rules| rules.kind.as_str() == kind).unwrap();
        let request = read(&folder.join("request.json"));
        let order: OrderRequest = serde_json::from_value(request["orderRequest"].clone()).unwrap();
        let documented = rules.parts.iter().map(|rule| rule.part).collect();
        let given = given(&order);
        assert!(given.is_subset(&documented), "{kind}: {given:?}");

        let confirmation = read(&folder.join("confirmation.json"));
        let common = [
            "accountHolder",
            "externalOrderNumber",
            "properties",
            "requestedBy",
            "transactionType",
        ];
        assert_eq!(
            members(&confirmation["orderConfirmation"], &common),
            texts(rules.confirmation),
            "the confirmation of {kind}"
        );

        let placed = &read(&folder.join("order.json"))["order"];
        let common = [&common[..], &["_meta", "dateSubmitted", "orderId", "status"]].concat();
        let mut shown = members(placed, &common);
        let segments = placed["orderSegments"]["items"].as_array();
        for segment in segments.into_iter().flatten() {
            let common = ["_meta", "orderSegmentId", "status", "vendor"];
            for name in members(segment, &common) {
                if segment[&name] != json!([]) {
                    shown.insert(format!("orderSegments.{name}"));
                }
            }
        }
        assert_eq!(shown, texts(rules.order), "the order of {kind}");
        let comes_back_as = rules.answers_as.as_ref().unwrap_or(&rules.kind);
        assert_eq!(placed["transactionType"], comes_back_as.as_str(), "{kind}");
    }
}

fn said(order: Value) -> Vec<String> {
    let order = OrderDraft::from_value(order).unwrap();
    order
        .check()
        .iter()
        .map(|violation| format!("{:?} {violation}", violation.severity))
        .collect()
}

#[test]
fn a_serial_number_says_its_kind() {
    let order = json!({
        "transactionType": "UPGRADE", "serviceId": "1", "shoppingCart": {"planId": "1"},
        "existingDevice": {"manufacturerId": "LG", "modelId": "K4", "serialNumber": {"value": "1"}, "simId": "1"},
        "shipTo": {"name": "A", "regionId": "1", "address": [{"id": "CITY", "value": "B"}]},
    });
    let expected = "Error /orderRequest/existingDevice/serialNumber/type: is missing";
    assert_eq!(said(order), [expected]);
}

#[test]
fn an_acknowledgement_that_is_not_accepted_is_pointed_at() {
    let order = json!({
        "transactionType": "XFER_SERVICE_IN", "currentVendorId": "1", "regionId": "1", "postalCode": "1",
        "shoppingCart": {"planId": "1"},
        "acknowledgements": [{"id": "A", "boolean": true}, {"id": "B", "boolean": false}],
    });
    let expected = "Warning /orderRequest/acknowledgements/1/boolean: is false; needed if the definitions of the kind of \
                    order and vendor ask for it";
    assert_eq!(said(order), [expected]);
}

#[test]
fn a_plan_alone_may_need_an_address() {
    let order = |kind: &str, more: Value| {
        let mut order = json!({
            "transactionType": kind, "serviceId": "1", "shoppingCart": {"planId": "1"},
        });
        for (name, value) in more.as_object().unwrap() {
            order[name] = value.clone();
        }
        said(order)
    };
    let device = json!({"manufacturerId": "LG", "modelId": "K4", "serialNumber": {"type": "IMEI", "value": "1"}, "simId": "1"});
    assert_eq!(
        order("UPGRADE", json!({"existingDevice": device})),
        [
            "Warning /orderRequest/shipTo: is missing; needed if Premium Mobile sends a SIM with a plan, as it usually does"
        ]
    );
    assert_eq!(
        order("PORT_NUMBER", json!({"regionId": "1", "postalCode": "1"})),
        [
            "Warning /orderRequest/shipTo: is missing; needed if the carrier sends a SIM, as most do on every backend but Rivermine"
        ]
    );
    // With a device the order itself says that it is needed.
    assert_eq!(
        order(
            "UPGRADE",
            json!({"existingDevice": device, "shoppingCart": {"planId": "1", "deviceId": "1"}})
        ),
        ["Error /orderRequest/shipTo: is missing, and something physical is ordered"]
    );
}

/// What every published example has is needed, as what a text asks for.
#[test]
fn an_address_has_a_name_a_region_and_lines() {
    let order = json!({
        "transactionType": "ORDER_ACCESSORIES", "serviceId": "1", "shoppingCart": {"accessoryIds": ["1"]},
        "shipTo": {"expedite": true},
    });
    assert_eq!(
        said(order),
        [
            "Error /orderRequest/shipTo/address: is missing",
            "Error /orderRequest/shipTo/name: is missing",
            "Error /orderRequest/shipTo/regionId: is missing",
        ]
    );
}

#[test]
fn a_model_that_is_not_in_the_catalog_has_a_name() {
    let device = |model: &str, name: Option<&str>| {
        json!({"manufacturerId": "1", "modelId": model, "otherMakeModelName": name,
            "serialNumber": {"type": "IMEI", "value": "1"}, "simId": "1"})
    };
    let swap = |existing: Value, new: Value| {
        said(
            json!({"transactionType": "SWAP_DEVICES", "serviceId": "1", "existingDevice": existing, "newDevice": new}),
        )
    };
    let why = "and the model is Other, that is not in the catalog";
    assert_eq!(
        swap(device("Other", None), device("Other", Some(" "))),
        [
            format!("Error /orderRequest/existingDevice/otherMakeModelName: is missing, {why}"),
            format!("Error /orderRequest/newDevice/otherMakeModelName: is empty, {why}"),
        ]
    );
    // The published order has an empty name for a model of the catalog.
    assert!(swap(device("Other", Some("Example 1")), device("K4", Some(""))).is_empty());
}

#[test]
fn what_lists_hold_is_looked_at() {
    let order = json!({
        "transactionType": "XFER_SERVICE_IN", "currentVendorId": "1", "regionId": "1", "postalCode": "1",
        "shoppingCart": {"planId": "1", "accessoryIds": ["1", " "], "optionalFeatureIds": [""]},
        "acknowledgements": [{"id": "", "boolean": true}],
        "properties": [{"fields": [{"id": " ", "type": "TEXT", "text": "1"}]}],
        "shipTo": {"name": "A", "regionId": "1", "address": [{"id": "", "value": "1"}, {"id": "CITY"}]},
    });
    assert_eq!(
        said(order),
        [
            "Error /orderRequest/shoppingCart/accessoryIds/1: is empty",
            "Error /orderRequest/shoppingCart/optionalFeatureIds/0: is empty",
            "Error /orderRequest/properties/0/fields/0/id: is empty",
            "Error /orderRequest/shipTo/address/0/id: is empty",
            "Error /orderRequest/shipTo/address/1/value: is missing",
            "Error /orderRequest/acknowledgements/0/id: is empty",
        ]
    );
    let order = json!({
        "transactionType": "UPDATE_FEATURES", "serviceId": "1",
        "shoppingCart": {"features": [{"id": "", "action": "ADD"}, {"id": "1", "action": "SWAP"}]},
    });
    assert_eq!(
        said(order),
        [
            "Error /orderRequest/shoppingCart/features/0/id: is empty",
            "Warning /orderRequest/shoppingCart/features/1/action: is neither ADD nor REMOVE",
        ]
    );
}

#[test]
fn a_property_holds_what_its_type_says() {
    let property = |field: Value| {
        said(json!({"transactionType": "SUSPEND", "serviceId": "1", "properties": [{"fields": [field]}]}))
    };
    let at = "/orderRequest/properties/0/fields/0";
    for (field, expected) in [
        (
            json!({"id": "A", "type": "TEXT"}),
            format!("Error {at}/text: is missing"),
        ),
        (
            json!({"id": "A", "type": "DATE", "text": "1"}),
            format!("Error {at}/date: is missing"),
        ),
        (
            json!({"id": "A", "type": "CHOICE", "text": "1"}),
            format!("Error {at}/choice: is missing"),
        ),
        (
            json!({"id": "A", "text": "1"}),
            format!("Error {at}/type: is missing"),
        ),
        (
            json!({"id": "A", "type": "SHAPE"}),
            format!("Warning {at}/type: is not known to this version"),
        ),
        (
            json!({"id": "A", "type": "TEXT", "text": "1", "label": "A"}),
            format!("Warning {at}/label: is for answers and not to be sent"),
        ),
    ] {
        assert_eq!(property(field), [expected]);
    }
    for field in [
        json!({"id": "A", "type": "TEXT", "text": "1"}),
        json!({"id": "A", "type": "DATE", "date": "2030-01-01T00:00:00Z"}),
        json!({"id": "A", "type": "CHOICE", "choice": {"id": "1"}}),
    ] {
        assert!(property(field).is_empty());
    }
}

#[test]
fn blank_parts_are_not_given() {
    let order = json!({
        "transactionType": "NEW_ACTIVATION", "regionId": " ", "postalCode": " ", "externalOrderNumber": "",
        "shoppingCart": {"planId": " ", "deviceId": "", "featureRequestComment": ""},
    });
    assert_eq!(
        said(order),
        [
            "Error /orderRequest/externalOrderNumber: is empty",
            "Warning /orderRequest/postalCode: is empty; needed if the place of use is in the United States",
            "Error /orderRequest/regionId: is empty",
            "Error /orderRequest/shoppingCart/deviceId: is empty",
            "Error /orderRequest/shoppingCart/planId: is empty",
            "Error /orderRequest/shoppingCart: needs one of shoppingCart.deviceId, shoppingCart.planId, shoppingCart.accessoryIds",
        ]
    );
}
