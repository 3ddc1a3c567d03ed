//! Forms filled in wrongly, mended, and sent.

use mobproc::types::TransactionType;
use mobproc::{AddressForm, EmployeeRef, OrderDraft, Property, Severity};
use mobproc_sandbox::Sandbox;

use crate::end_to_end::client;

#[tokio::test]
async fn five_mistakes_give_five_violations_and_the_mended_form_an_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox).acting_for(EmployeeRef::company_id("amara.okafor"));
    let kind = TransactionType::NewActivation;
    let mut form = client
        .orders()
        .properties(kind)
        .vendor("3001")
        .send()
        .await
        .unwrap();
    // What the API knows is filled in already.
    assert_eq!(
        form.question("CONTACT_NUMBER").unwrap().text.as_deref(),
        Some("202-555-0101")
    );
    form.answer(Property::text("CONTACT_NUMBER", " "));
    form.answer(Property::text("PREFERRED_AREA_CODE", "20a2"));
    form.answer(Property::other_choice("Reason", "99", ""));
    form.answer(Property::text("ADDITIONAL_INSTRUCTIONS", "x".repeat(4001)));
    let violations = form.checked().unwrap_err();
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "/CONTACT_NUMBER: is required",
            "/ADDITIONAL_INSTRUCTIONS: has 4001 characters; 4000 are allowed",
            "/PREFERRED_AREA_CODE: has 4 characters; 3 are allowed",
            "/PREFERRED_AREA_CODE: does not have the form that is asked for (999)",
            "/Reason: needs a text that says what else",
        ]
    );
    form.answer(Property::text("CONTACT_NUMBER", "202-555-0101"));
    form.answer(Property::text("PREFERRED_AREA_CODE", "202"));
    form.answer(Property::choice("Reason", "1"));
    form.answer(Property::text(
        "ADDITIONAL_INSTRUCTIONS",
        "Leave with the front desk",
    ));

    let country = client.region("2001").await.unwrap();
    let mut address = AddressForm::of(&country).unwrap();
    address
        .set("LINE_1", "14 Harbor Street")
        .set("STATE", "Connecticut")
        .set("POSTAL_CODE", "6");
    let violations = address.checked("Amara Okafor").unwrap_err();
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "/CITY: is required",
            "/STATE: has 11 characters; 2 are allowed",
            "/STATE: does not have the form that is asked for ([TX])",
            "/STATE: is none of the options",
            "/POSTAL_CODE: has 1 characters; 4 are needed",
            "/POSTAL_CODE: does not have the form that is asked for ([99999] or [99999-9999])",
        ]
    );
    address
        .set("CITY", "New Haven")
        .set("STATE", "CT")
        .set("POSTAL_CODE", "06510");

    let order = OrderDraft::new_activation("2001")
        .postal_code("06510")
        .device("4001")
        .plan("4101")
        .answers(form.checked().unwrap())
        .ship_to(address.checked("Amara Okafor").unwrap());
    let placed = client
        .orders()
        .confirm(order)
        .await
        .unwrap()
        .submit()
        .await
        .unwrap();
    assert_eq!(
        placed.order().unwrap().property_groups()[0]
            .fields
            .as_ref()
            .unwrap()
            .len(),
        4
    );
}

#[tokio::test]
async fn a_date_may_have_the_tutorials_form_or_the_definitions() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let mut form = client
        .orders()
        .properties(TransactionType::Deactivate)
        .service("1001")
        .send()
        .await
        .unwrap();
    form.answer(Property::choice("Reason", "1"));
    form.answer(Property::date("PREFERRED_DEACTIVATION_DATE", "03/01/2030"));
    assert!(form.check().is_empty(), "{:?}", form.check());
    // The definition wants another form, but every tutorial sends this one.
    form.answer(Property::date(
        "PREFERRED_DEACTIVATION_DATE",
        "2030-03-01T00:00:00+00:00",
    ));
    assert!(
        form.check()
            .iter()
            .all(|violation| violation.severity == Severity::Warning)
    );
    assert!(form.checked().is_ok());
    form.answer(Property::date("PREFERRED_DEACTIVATION_DATE", "next week"));
    assert!(form.checked().is_err());
    form.answer(Property::text("PREFERRED_DEACTIVATION_DATE", "03/01/2030"));
    let violations = form.checked().unwrap_err();
    assert!(
        violations.as_slice()[0]
            .to_string()
            .contains("is a TEXT; a DATE is asked for"),
        "{violations:?}"
    );
}

#[tokio::test]
async fn acknowledgements_have_to_be_accepted() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let mut form = client
        .orders()
        .acknowledgements(TransactionType::XferServiceInAndPort, "3002")
        .send()
        .await
        .unwrap();
    assert_eq!((form.info_blocks().len(), form.statements().len()), (3, 3));
    form.accept("SHARED_PLAN").accept("SOMETHING_ELSE");
    let violations = form.checked().unwrap_err();
    assert_eq!(violations.len(), 3);
    form.accept("LIABILITY_TRANSFER").accept("TERMINATION_FEE");
    let order = OrderDraft::transfer_in_and_port("3002", "2001").acknowledge_many(form.checked().unwrap());
    assert_eq!(order.into_request().acknowledgements.unwrap().len(), 4);
}

#[tokio::test]
async fn what_an_upgrade_excludes_is_asked_for() {
    let sandbox = Sandbox::start().await.unwrap();
    let form = client(&sandbox)
        .orders()
        .properties(TransactionType::Upgrade)
        .service("1001")
        .excludes_device(true)
        .excludes_plan(false)
        .param("extra", "1");
    assert!(!format!("{form:?}").contains("extra"));
    form.send().await.unwrap();
    let asked = &sandbox.requests_for("order_property_list")[0];
    for (name, value) in [
        ("orderExcludesDevice", "true"),
        ("orderExcludesPlan", "false"),
        ("extra", "1"),
        ("service", "1001"),
    ] {
        assert_eq!(asked.query(name), Some(value), "{name}");
    }
}
