//! Orders through the client: built, checked, confirmed, kept, looked up, decided.

use mobproc::types::{AcknowledgementType, ApprovalStatus, MoveCharges, OrderRequestEnvelope};
use mobproc::{
    Client, DeviceIdentity, EmployeeRef, ErrorKind, OrderDraft, Property, SavedOrder, Severity,
    ShippingAddress,
};
use mobproc_sandbox::{Backend, Sandbox};
use mobproc_tests::{example, shared_examples};
use serde_json::{Value, json};

use crate::end_to_end::{Failed as _, client};

fn acme(name: &str) -> ShippingAddress {
    ShippingAddress::new(name, "70144640")
        .line("LINE_1", "35 Executive Blvd")
        .line("CITY", "Orange")
        .line("STATE", "CT")
        .line("POSTAL_CODE", "06477")
        .expedited()
}

fn shelton(name: &str) -> ShippingAddress {
    ShippingAddress::new(name, "70144222")
        .labelled_line("LINE_1", "Address Line1", "One Waterview Drive")
        .labelled_line("CITY", "City/Town/Locality", "Shelton")
        .labelled_line("STATE", "State", "Connecticut")
        .labelled_line("POSTAL_CODE", "Postal Code", "06484")
}

fn harbor() -> ShippingAddress {
    ShippingAddress::new("Amara Okafor", "2001")
        .line("LINE_1", "14 Harbor Street")
        .line("CITY", "New Haven")
        .line("STATE", "CT")
        .line("POSTAL_CODE", "06510")
        .expedited()
}

fn texts<const N: usize>(texts: [(&str, &str); N]) -> Vec<Property> {
    texts
        .into_iter()
        .map(|(id, text)| Property::text(id, text))
        .collect()
}

/// The seed tutorials, built.
fn upgrade() -> OrderDraft {
    OrderDraft::upgrade("38382349")
        .external_order_number("12345678")
        .existing_device(
            DeviceIdentity::new("LG", "Cookie Plus")
                .esn("4289183847832")
                .sim("83924758342478392342"),
        )
        .device("9194713904")
        .plan("6568886698")
        .features(["122", "293"])
        .properties(texts([
            ("CONTACT_NUMBER", "2035559999"),
            ("SERVICE_NUMBER", "2035557676"),
        ]))
        .property(Property::choice("Reason", "21"))
        .ship_to(acme("Peter Edwards"))
        .into()
}

fn transfer_in() -> OrderDraft {
    OrderDraft::transfer_in("888", "70144222")
        .external_order_number("AZ99087547-001")
        .postal_code("06484")
        .device("37948999")
        .plan("123454111")
        .accessories(["123", "456"])
        .properties(texts([
            ("CARRIER_ACCT_NUMBER", "12345"),
            ("CONTACT_NUMBER", "2035558888"),
            ("NAME_ON_INVOICE", "Peter Edwards"),
            (
                "ADDITIONAL_INSTRUCTIONS",
                "Please confirm transfer with account holder",
            ),
            ("PERSONAL_EMAIL", "peter.edwards@example.com"),
            ("SERVICE_NUMBER", "2035551111"),
        ]))
        .ship_to(shelton("Peter Edwards"))
        .acknowledge("SHARED_PLAN")
        .acknowledge("LIABILITY_TRANSFER")
        .into()
}

/// Our own requests of the other ten kinds, built.
fn our_own() -> Vec<(&'static str, OrderDraft)> {
    vec![
        (
            "new_activation",
            OrderDraft::new_activation("2001")
                .external_order_number("LF-2030-0001")
                .postal_code("06510")
                .device("4001")
                .plan("4101")
                .features(["41", "42"])
                .accessories(["4201", "4202"])
                .properties(texts([
                    ("CONTACT_NUMBER", "202-555-0101"),
                    ("ADDITIONAL_INSTRUCTIONS", "Leave with the front desk"),
                    ("PREFERRED_AREA_CODE", "202"),
                ]))
                .property(Property::other_choice(
                    "Reason",
                    "99",
                    "Second line for the night shift",
                ))
                .ship_to(harbor())
                .into(),
        ),
        (
            "port_number",
            OrderDraft::port_number("1004", "2001")
                .external_order_number("LF-2030-0003")
                .postal_code("22201")
                .device("4001")
                .plan("4101")
                .features(["41", "43"])
                .properties(texts([
                    ("CARRIER_ACCT_NUMBER", "TG-778812"),
                    ("CONTACT_NUMBER", "202-555-0104"),
                    ("NAME_ON_INVOICE", "Larkspur Freight"),
                    ("CURRENT_CARRIER", "Tallgrass Wireless"),
                    ("SERVICE_NUMBER", "2025550114"),
                ]))
                .ship_to(
                    ShippingAddress::new("Luis Ferreira", "2001")
                        .line("LINE_1", "3 Depot Road")
                        .line("CITY", "Arlington")
                        .line("STATE", "VA")
                        .line("POSTAL_CODE", "22201")
                        .expedited(),
                )
                .into(),
        ),
        (
            "order_accessories",
            OrderDraft::order_accessories("1001", ["4202", "4201"])
                .external_order_number("LF-2030-0004")
                .properties(texts([
                    ("CONTACT_NUMBER", "202-555-0101"),
                    ("SERVICE_NUMBER", "2025550111"),
                ]))
                .ship_to(harbor())
                .into(),
        ),
        (
            "suspend",
            OrderDraft::suspend("1002")
                .external_order_number("LF-2030-0005")
                .properties(texts([
                    ("CONTACT_NUMBER", "202-555-0103"),
                    ("ADDITIONAL_INSTRUCTIONS", "On leave until spring"),
                    ("SERVICE_NUMBER", "2025550112"),
                ]))
                .property(Property::choice("HOLD_SERVICE", "mei.tanaka"))
                .property(Property::date(
                    "PREFERRED_SUSPENSION_DATE",
                    "2030-02-08T00:00:00+00:00",
                ))
                .into(),
        ),
        (
            "unsuspend",
            OrderDraft::unsuspend("1003")
                .external_order_number("LF-2030-0006")
                .properties(texts([
                    ("CONTACT_NUMBER", "202-555-0104"),
                    ("ADDITIONAL_INSTRUCTIONS", "Back from leave"),
                    ("SERVICE_NUMBER", "2025550113"),
                ]))
                .property(Property::date(
                    "PREFERRED_UNSUSPEND_DATE",
                    "2030-02-09T00:00:00+00:00",
                ))
                .property(Property::text("USER", "luis.ferreira"))
                .into(),
        ),
        (
            "deactivate",
            OrderDraft::deactivate("1003")
                .external_order_number("LF-2030-0010")
                .properties(texts([
                    ("CONTACT_NUMBER", "202-555-0104"),
                    ("ADDITIONAL_INSTRUCTIONS", "The tablet is retired"),
                ]))
                .property(Property::date(
                    "PREFERRED_DEACTIVATION_DATE",
                    "2030-03-01T00:00:00+00:00",
                ))
                .property(Property::text("SERVICE_NUMBER", "2025550113"))
                .property(Property::choice("Reason", "19"))
                .into(),
        ),
        (
            "update_features",
            OrderDraft::update_features("1001")
                .external_order_number("LF-2030-0007")
                .add_feature("43")
                .comment("As agreed for all drivers")
                .properties(texts([
                    ("CONTACT_NUMBER", "202-555-0101"),
                    ("ADDITIONAL_INSTRUCTIONS", "From the next bill on"),
                    ("SERVICE_NUMBER", "2025550111"),
                ]))
                .into(),
        ),
        (
            "swap_devices",
            OrderDraft::swap_devices(
                "1001",
                DeviceIdentity::other("Kestrel K4 Field Edition")
                    .imei("000000000070011")
                    .sim("8900 0000 0000 0007 001"),
                DeviceIdentity::new("Kestrel", "Kestrel K5 (128GB) - Black")
                    .make_and_model("")
                    .imei("000000000070052"),
            )
            .external_order_number("LF-2030-0008")
            .properties(texts([
                ("CONTACT_NUMBER", "202-555-0101"),
                ("ADDITIONAL_INSTRUCTIONS", "Both devices are on the desk"),
                ("SERVICE_NUMBER", "2025550111"),
                ("PREFERRED_AREA_CODE", "202"),
            ]))
            .into(),
        ),
        (
            "xfer_service_out",
            OrderDraft::transfer_out("1004")
                .external_order_number("LF-2030-0011")
                .properties(texts([
                    ("CONTACT_NUMBER", "202-555-0104"),
                    ("ADDITIONAL_INSTRUCTIONS", "Last working day is the 28th"),
                    ("PERSONAL_EMAIL", "luis.at.home@mail.example"),
                    ("SERVICE_NUMBER", "2025550114"),
                ]))
                .into(),
        ),
        (
            "xfer_service_in_and_port",
            OrderDraft::transfer_in_and_port("3002", "2001")
                .external_order_number("LF-2030-0009")
                .postal_code("97205")
                .device("4001")
                .plan("4102")
                .quantity(1)
                .properties(texts([
                    ("CARRIER_ACCT_NUMBER", "TG-331907"),
                    ("CONTACT_NUMBER", "202-555-0103"),
                    ("NAME_ON_INVOICE", "Mei Tanaka"),
                    ("ADDITIONAL_INSTRUCTIONS", "Keep the number"),
                    ("PERSONAL_EMAIL", "mei.at.home@mail.example"),
                    ("SERVICE_NUMBER", "2025550177"),
                    ("PIN_PASSWORD", "0000"),
                ]))
                .ship_to(
                    ShippingAddress::new("Mei Tanaka", "2001")
                        .labelled_line("LINE_1", "Address Line1", "77 Alder Avenue")
                        .labelled_line("CITY", "City/Town/Locality", "Portland")
                        .labelled_line("STATE", "State", "OR")
                        .labelled_line("POSTAL_CODE", "Postal Code", "97205"),
                )
                .acknowledge_as("SHARED_PLAN", AcknowledgementType::Boolean)
                .acknowledge_as("LIABILITY_TRANSFER", AcknowledgementType::Boolean)
                .acknowledge_as("TERMINATION_FEE", AcknowledgementType::Boolean)
                .into(),
        ),
    ]
}

#[test]
fn every_kind_can_be_built_and_encodes_to_its_example() {
    assert_eq!(upgrade().as_value(), &example("orders/upgrade/request"));
    assert_eq!(
        transfer_in().as_value(),
        &example("orders/xfer_service_in/request")
    );
    for (name, order) in our_own() {
        assert_eq!(
            order.as_value(),
            &example(&format!("orders/{name}/request")),
            "{name}"
        );
    }
}

/// The documented requests that are not in the project, where they are at hand.
#[test]
fn the_other_documented_requests_can_be_built() {
    let Some(folder) = shared_examples() else { return };
    let documented = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join(format!("orders/{name}/request.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let contact = Property::text("CONTACT_NUMBER", "2035559999");
    let built: Vec<(&str, OrderDraft)> = vec![
        (
            "new_activation",
            OrderDraft::new_activation("70144640")
                .external_order_number("AZ99087547-001")
                .postal_code("06477")
                .device("9194791812")
                .plan("6568886494")
                .features(["951", "88"])
                .accessories(["3628935899", "3628939022"])
                .property(contact.clone())
                .properties(texts([
                    ("ADDITIONAL_INSTRUCTIONS", "Please ship via FedEx"),
                    ("PREFERRED_AREA_CODE", "512"),
                ]))
                .property(Property::choice("URGENCY", "2"))
                .property(Property::other_choice(
                    "ORDER_REASON",
                    "7",
                    "Current phone recalled for battery issue",
                ))
                .ship_to(acme("Peter Edwards"))
                .into(),
        ),
        (
            "order_accessories",
            OrderDraft::order_accessories("38382349", ["3628935898", "3628939021"])
                .external_order_number("MM123456A")
                .property(contact.clone())
                .property(Property::text("SERVICE_NUMBER", "2035557676"))
                .ship_to(acme("Peter Edwards"))
                .into(),
        ),
        (
            "unsuspend",
            OrderDraft::unsuspend("38382335")
                .external_order_number("AZ99087547-001")
                .property(contact.clone())
                .properties(texts([
                    (
                        "ADDITIONAL_INSTRUCTIONS",
                        "Please confirm with account holder that service has been successfully reconnected.",
                    ),
                    ("SERVICE_NUMBER", "2035554468"),
                ]))
                .property(Property::date(
                    "PREFERRED_UNSUSPEND_DATE",
                    "2016-12-22T00:00:00+00:00",
                ))
                .property(Property::text("USER", "peter.edwards.acme"))
                .into(),
        ),
        (
            "deactivate",
            OrderDraft::deactivate("31647891")
                .external_order_number("AZ99087547-001")
                .property(contact.clone())
                .property(Property::text(
                    "ADDITIONAL_INSTRUCTIONS",
                    "Please confirm with account holder that service has been successfully deactivated.",
                ))
                .property(Property::date(
                    "PREFERRED_DEACTIVATION_DATE",
                    "2016-12-28T00:00:00+00:00",
                ))
                .property(Property::text("SERVICE_NUMBER", "2035551111"))
                .property(Property::choice("Reason", "1"))
                .into(),
        ),
        (
            "swap_devices",
            OrderDraft::swap_devices(
                "38382349",
                DeviceIdentity::other("Acme StarPhone 2000")
                    .imei("012345678901007")
                    .sim("89 91 10 1200 00 320451 3"),
                DeviceIdentity::new("Apple", "iPhone 6 (64GB) - Space Gray")
                    .make_and_model("")
                    .imei("123456789001230"),
            )
            .external_order_number("AZ99087547-001")
            .property(contact)
            .properties(texts([
                (
                    "ADDITIONAL_INSTRUCTIONS",
                    "Please confirm serial number for new device",
                ),
                ("SERVICE_NUMBER", "2035557676"),
                ("PREFERRED_AREA_CODE", "203"),
            ]))
            .into(),
        ),
        (
            "xfer_service_out",
            OrderDraft::transfer_out("38382555")
                .external_order_number("AZ99087547-001")
                .properties(texts([
                    ("CONTACT_NUMBER", "2035558888"),
                    (
                        "ADDITIONAL_INSTRUCTIONS",
                        "Please confirm with account holder that service has been successfully transferred",
                    ),
                    ("PERSONAL_EMAIL", "peter.edwards@example.com"),
                    ("SERVICE_NUMBER", "2035551111"),
                ]))
                .into(),
        ),
    ];
    for (name, order) in built {
        assert_eq!(order.as_value(), &documented(name), "{name}");
    }
}

#[test]
fn no_documented_order_is_refused_before_it_is_sent() {
    let mut orders = our_own();
    orders.push(("upgrade", upgrade()));
    orders.push(("xfer_service_in", transfer_in()));
    for (name, order) in orders {
        let errors: Vec<_> = order
            .check()
            .into_iter()
            .filter(|violation| violation.severity == Severity::Error)
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[tokio::test]
async fn everything_wrong_is_told_at_once_and_nothing_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let wrong = || {
        OrderDraft::from_value(json!({
            "transactionType": "SWAP_DEVICES",
            "serviceId": " ",
            "existingDevice": { "manufacturerId": "Other", "modelId": "Other" },
            "properties": [{ "fields": [{ "id": "CONTACT_NUMBER", "type": "TEXT" }] }],
            "shipTo": { "name": "A", "address": [] }
        }))
        .unwrap()
    };
    let error = client(&sandbox).orders().confirm(wrong()).await.failed();
    assert!(error.kind() == ErrorKind::InvalidOrder);
    let text = error.to_string();
    for part in [
        "/orderRequest/serviceId: is empty",
        "/orderRequest/existingDevice/serialNumber: is missing",
        "/orderRequest/existingDevice/otherMakeModelName: is missing",
        "/orderRequest/existingDevice/simId: is missing",
        "/orderRequest/newDevice: is missing",
        "/orderRequest/properties/0/fields/0/text: is missing",
        "/orderRequest/shipTo/regionId: is missing",
        "/orderRequest/shipTo/address: is empty",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(error.into_order().is_some());
    assert!(sandbox.requests_for("order_create").is_empty());
    // Who knows better may insist.
    let error = client(&sandbox)
        .orders()
        .confirm(wrong().skip_checks())
        .await
        .failed();
    assert_eq!(error.status(), Some(400));
}

#[tokio::test]
async fn a_confirmation_can_be_kept_and_submitted_elsewhere() {
    let sandbox = Sandbox::start().await.unwrap();
    let asking = client(&sandbox)
        .acting_for(EmployeeRef::company_id("peter.edwards.acme"))
        .with_hierarchy("6001");
    let confirmed = asking.orders().confirm(upgrade()).await.unwrap();
    assert_eq!(confirmed.account_holder().unwrap().id, "28673732");
    assert_eq!(confirmed.cart().unwrap().plan.as_ref().unwrap().id, "6568886698");
    let kept = serde_json::to_string(&confirmed.save()).unwrap();
    drop(confirmed);

    // Another process, another day: nobody in context.
    let saved: SavedOrder = serde_json::from_str(&kept).unwrap();
    assert!(!format!("{saved:?}").contains("Edwards"));
    let elsewhere = client(&sandbox);
    let confirmed = elsewhere.orders().restore(saved.clone()).unwrap();
    assert_eq!(confirmed.costs().count(), 2);
    let _ = confirmed.submit().await.unwrap();
    let requests = sandbox.requests_for("order_create");
    assert_eq!(requests[0].body, requests[1].body);
    for name in ["x-tngo-context-companyemployeeid", "x-tngo-context-hierarchyid"] {
        assert_eq!(requests[0].header(name), requests[1].header(name), "{name}");
        assert!(requests[1].header(name).is_some());
    }

    let edited: SavedOrder = serde_json::from_str(&kept.replace("9194713904", "4002")).unwrap();
    let error = elsewhere.orders().restore(edited).failed();
    assert!(error.to_string().contains("was changed"), "{error}");
    let other = Sandbox::start().await.unwrap();
    let error = client(&other).orders().restore(saved).failed();
    assert!(error.to_string().contains("another tenant or server"), "{error}");
}

#[tokio::test]
async fn orders_are_listed_and_looked_up() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let amara = client.acting_for(EmployeeRef::tangoe_id("5001"));
    let placed = amara
        .orders()
        .submit_without_confirmation(our_own().swap_remove(0).1)
        .await
        .unwrap();
    let id = placed.order_id();
    let list = client
        .orders()
        .list()
        .of(EmployeeRef::company_id("amara.okafor"))
        .updated_since("2020-01-01T00:00:00Z")
        .with_properties()
        .with_segments()
        .with_ship_to()
        .with_history()
        .with_shipments()
        .with_approvers()
        .page(10, 0)
        .ascending(true)
        .send()
        .await
        .unwrap();
    assert_eq!(list.items()[0].order().order_id.as_deref(), Some(id));
    let asked = sandbox.requests_for("order_list");
    for flag in [
        "includeOrderProperties",
        "includeApprovers",
        "includeOrderSegments",
        "includeOrderShipments",
        "includeOrderHistory",
        "includeShipToAddress",
    ] {
        assert_eq!(asked[0].query(flag), Some("true"), "{flag}");
    }
    let order = client.orders().get(id).await.unwrap();
    let segment = order.parts()[0].id.clone().unwrap();
    assert_eq!(
        client.orders().history(id, Some(&segment)).await.unwrap()["history"]["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    client.orders().shipments(id, None).await.unwrap();
    assert!(client.orders().get("1").await.failed().is_not_found());
    // A list may hold its orders under `order`.
    sandbox
        .script(
            "order_list",
            200,
            json!({ "orders": [{ "order": { "orderId": "9" } }] }),
        )
        .unwrap();
    let wrapped = client.orders().list().send().await.unwrap();
    assert_eq!(wrapped.items()[0].order().order_id.as_deref(), Some("9"));
}

#[tokio::test]
async fn decisions_have_four_outcomes() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let mut dear = example("orders/new_activation/request");
    dear["orderRequest"]["shoppingCart"]["deviceId"] = json!("4002");
    let dear = OrderDraft::from_value(dear).unwrap();
    let place = async || {
        client
            .orders()
            .submit_without_confirmation(dear.clone())
            .await
            .unwrap()
            .order_id()
            .to_owned()
    };
    let (one, two) = (place().await, place().await);
    assert_eq!(
        client.orders().approve(&one, None).await.unwrap(),
        ApprovalStatus::ApprovalQueued
    );
    assert_eq!(
        client.orders().approve(&one, None).await.unwrap(),
        ApprovalStatus::ApprovalNotNeeded
    );
    assert_eq!(
        client.orders().reject(&two, Some("too dear")).await.unwrap(),
        ApprovalStatus::RejectionQueued
    );
    sandbox
        .script(
            "order_approval_create",
            200,
            json!({ "status": "NOT_READY_FOR_APPROVAL" }),
        )
        .unwrap();
    assert_eq!(
        client.orders().approve(&two, None).await.unwrap(),
        ApprovalStatus::NotReadyForApproval
    );
}

#[tokio::test]
async fn services_move_and_paths_can_be_the_documented_others() {
    let sandbox = Sandbox::start().await.unwrap();
    let moved = client(&sandbox)
        .services()
        .move_to(
            "1001",
            EmployeeRef::company_id("mei.tanaka"),
            MoveCharges::MoveNoCharges,
        )
        .await
        .unwrap();
    assert_eq!(moved.employee.unwrap().id, "5003");
    let of = sandbox.credentials().clone();
    let other = Client::builder()
        .base_url(sandbox.base_url())
        .tenant(of.tenant)
        .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
        .old_approval_path()
        .singular_move_path()
        .build()
        .unwrap();
    let _ = other.orders().approve("8801001", None).await.failed();
    let _ = other
        .services()
        .move_to(
            "1001",
            EmployeeRef::tangoe_id("5003"),
            MoveCharges::MoveAllCharges,
        )
        .await
        .failed();
    let paths: Vec<String> = sandbox
        .requests()
        .into_iter()
        .rev()
        .take(2)
        .map(|request| request.path)
        .collect();
    assert!(
        paths[0].ends_with("/assets/service/1001/move") && paths[1].ends_with("/orders/8801001/approve"),
        "{paths:?}"
    );
}

/// Rivermine plays by the same client.
#[tokio::test]
async fn an_upgrade_without_existing_device_is_only_warned_about() {
    let order: OrderDraft = OrderDraft::upgrade("1001")
        .plan("4101")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .property(Property::choice("Reason", "21"))
        .into();
    assert!(
        order
            .check()
            .iter()
            .all(|violation| violation.severity == Severity::Warning)
    );
    let sandbox = Sandbox::builder()
        .backend(Backend::Rivermine)
        .start()
        .await
        .unwrap();
    let _ = client(&sandbox).orders().confirm(order).await.unwrap();
}

#[test]
fn a_builder_gives_the_plain_type_too() {
    let request = OrderDraft::suspend("1002")
        .external_order_number("X")
        .into_request();
    let envelope = OrderRequestEnvelope::new(request);
    assert_eq!(
        serde_json::to_value(envelope).unwrap()["orderRequest"]["serviceId"],
        json!("1002")
    );
}
