//! Headings and cells become orders, and everything wrong is told with its cell.

use serde_json::{Value, json};

use super::*;

fn row(number: u32, cells: &[&str]) -> SheetRow {
    SheetRow {
        number,
        cells: cells
            .iter()
            .map(|cell| match *cell {
                "" => Cell::Empty,
                text => Cell::Text(text.to_owned()),
            })
            .collect(),
    }
}

fn order(headings: &[&str], cells: &[&str], base: &Value) -> Result<RowOrder, Vec<String>> {
    let told = |found: Vec<Mistake>| found.iter().map(ToString::to_string).collect::<Vec<_>>();
    let columns = Columns::read(&row(1, headings)).map_err(told)?;
    columns.order(&row(2, cells), base, None).map_err(told)
}

fn sent(headings: &[&str], cells: &[&str], base: &Value) -> Value {
    let order = order(headings, cells, base).unwrap();
    order.order.as_value()["orderRequest"].clone()
}

#[test]
fn a_heading_is_the_path_of_a_field() {
    let sent = sent(
        &[
            "transactionType",
            "serviceId",
            "shoppingCart.deviceId",
            "shoppingCart.quantity",
            "shoppingCart.optionalFeatureIds",
            "properties.CONTACT_NUMBER",
            "properties.START.date",
            "properties.Reason.choice",
            "properties.WHY.choice",
            "shipTo.name",
            "shipTo.regionId",
            "shipTo.address.CITY",
            "shipTo.address.LINE_1",
            "shipTo.expedite",
            "#note",
            "",
        ],
        &[
            "upgrade",
            "0083924758342478392342",
            "4001",
            "2",
            "122; 293",
            "2035559999",
            "2030-01-31T00:00:00Z",
            "21",
            "9=something else",
            "Amara Okafor",
            "2001",
            "New Haven",
            "14 Harbor Street",
            "yes",
            "mine",
            "mine too",
        ],
        &json!({}),
    );
    assert_eq!(
        sent,
        json!({
            "transactionType": "UPGRADE",
            "serviceId": "0083924758342478392342",
            "shoppingCart": {"deviceId": "4001", "quantity": 2, "optionalFeatureIds": ["122", "293"]},
            "properties": [{"fields": [
                {"id": "CONTACT_NUMBER", "type": "TEXT", "text": "2035559999"},
                {"id": "START", "type": "DATE", "date": "2030-01-31T00:00:00Z"},
                {"id": "Reason", "type": "CHOICE", "choice": {"id": "21"}},
                {"id": "WHY", "type": "CHOICE", "choice": {"id": "9", "otherText": "something else"}},
            ]}],
            "shipTo": {
                "name": "Amara Okafor",
                "regionId": "2001",
                "address": [{"id": "CITY", "value": "New Haven"}, {"id": "LINE_1", "value": "14 Harbor Street"}],
                "expedite": true,
            },
        })
    );
}

#[test]
fn the_base_stands_where_the_sheet_says_nothing() {
    let base = json!({"orderRequest": {
        "transactionType": "UPDATE_FEATURES",
        "serviceId": "1001",
        "shoppingCart": {"features": [{"id": "43", "action": "ADD"}]},
        "properties": [{"groupId": "G", "fields": [
            {"id": "CONTACT_NUMBER", "type": "TEXT", "text": "1"},
            {"id": "Reason", "type": "CHOICE", "choice": {"id": "1"}},
        ]}],
    }});
    let headings = ["serviceId", "properties.Reason", "shoppingCart.features"];
    let plain = sent(&headings, &["", "", ""], &base);
    assert_eq!(plain, base["orderRequest"]);
    let other = sent(&headings, &["1002", "2", "122=add;293=Remove"], &base);
    assert_eq!(other["serviceId"], "1002");
    // What the base says of its kind and group counts.
    assert_eq!(
        other["properties"],
        json!([{"groupId": "G", "fields": [
            {"id": "CONTACT_NUMBER", "type": "TEXT", "text": "1"},
            {"id": "Reason", "type": "CHOICE", "choice": {"id": "2"}},
        ]}])
    );
    assert_eq!(
        other["shoppingCart"]["features"],
        json!([{"id": "122", "action": "ADD"}, {"id": "293", "action": "REMOVE"}])
    );
}

#[test]
fn headings_that_are_no_fields_are_told_with_what_may_be_meant() {
    let wrong = |headings: &[&str]| order(headings, &[], &json!({})).unwrap_err();
    assert_eq!(
        wrong(&[
            "serviceID",
            "shoppingCart.planid",
            "Employee",
            "serviceId",
            "serviceId",
            "properties.X",
            "properties.X.date"
        ]),
        [
            "A1 (serviceID): serviceID is not known; is serviceId meant? (a note of your own begins with #)",
            "B1 (shoppingCart.planid): shoppingCart.planid is not known; is shoppingCart.planId meant? (a note of your own begins with #)",
            "C1 (Employee): Employee is not known (a note of your own begins with #)",
            "E1 (serviceId): stands twice",
            "G1 (properties.X.date): stands twice",
        ]
    );
    assert_eq!(wrong(&["#a", ""]), ["row 1: no heading is a field of an order"]);
}

#[test]
fn every_cell_that_is_wrong_is_told() {
    let headings = [
        "transactionType",
        "serviceId",
        "shoppingCart.quantity",
        "shipTo.expedite",
        "shoppingCart.features",
        "acting_for",
    ];
    let wrong = |cells: &[&str]| order(&headings, cells, &json!({})).unwrap_err();
    assert_eq!(
        wrong(&["UPGRAD", "1001", "two", "maybe", "122", "id:", "beside"]),
        [
            "A2 (transactionType): UPGRAD is not known; is UPGRADE meant?",
            "C2 (shoppingCart.quantity): is not a whole number",
            "D2 (shipTo.expedite): is neither true nor false",
            "E2 (shoppingCart.features): is not such as 122=ADD;293=REMOVE",
            "F2 (acting_for): names nobody",
            "G2 (): stands beside the last heading",
        ]
    );
    // A rule of the kind, at the column it is about.
    assert_eq!(wrong(&["SUSPEND", ""]), ["B2 (serviceId): is missing"],);
    assert_eq!(wrong(&["", "1001"]).len(), 1);
}

#[test]
fn a_row_is_recognised_by_number_key_line_or_content() {
    let headings = [
        "transactionType",
        "serviceId",
        "externalOrderNumber",
        "key",
        "properties.X",
        "acting_for",
    ];
    let key = |cells: &[&str]| order(&headings, cells, &json!({})).unwrap().key;
    let line = key(&["SUSPEND", "1001", "", "", "a"]);
    // What else it says makes no other order of it.
    assert_eq!(line, key(&["SUSPEND", "1001", "", "", "b", "mei"]));
    for other in [
        key(&["SUSPEND", "1002", "", "", "a"]),
        key(&["DEACTIVATE", "1001", "", "", "a"]),
        key(&["SUSPEND", "1001", "", "second", "a"]),
        key(&["SUSPEND", "1001", "N-1", "", "a"]),
    ] {
        assert_ne!(line, other);
    }
    assert_eq!(
        key(&["SUSPEND", "1", "N-1", "x"]),
        key(&["SUSPEND", "2", "N-1", "y"])
    );
    let number = number_of("ACME", "", &line);
    assert_eq!(number.len(), 20);
    assert_eq!(number, number_of("ACME", "", &line));
    for other in [
        number_of("ACME", "2031", &line),
        number_of("OTHER", "", &line),
        number_of("ACME2", "031", &line),
        number_of("ACME", "", "line SUSPEND 1002"),
    ] {
        assert_ne!(number, other);
    }
}

#[test]
fn every_field_of_an_order_can_be_a_heading() {
    let all = known_headings();
    for path in [
        "serviceId",
        "shoppingCart.deviceId",
        "existingDevice.serialNumber.value",
        "existingDevice.serialNumber.type",
        "shoppingCart.features",
        "acknowledgements",
        "shipTo.expedite",
    ] {
        assert!(all.iter().any(|known| known == path), "{path}: {all:?}");
    }
    assert!(!all.iter().any(|known| known.starts_with("acknowledgements.")));
}
