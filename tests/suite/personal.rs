//! No personal member of any type is printed. Issue 13, point 22.

use mobproc_api::for_schema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Every personal member, by its schema; a whole schema under an empty name. The list is the test's
/// own: taking `x-personal` off a member of the document makes it fail.
const PERSONAL: [(&str, &[&str]); 34] = [
    ("AddressLine", &["value"]),
    ("ApprovalRequest", &["reason"]),
    ("ChoiceValue", &["id", "otherText"]),
    ("CustomAttribute", &[""]),
    ("DeviceAsset", &["companyAssetId", "macAddress", "simId"]),
    ("DeviceAssetSummary", &["companyAssetId", "macAddress", "simId"]),
    ("DeviceIdentity", &["simId"]),
    ("DeviceIdentityRequest", &["simId"]),
    (
        "Employee",
        &[
            "companyEmployeeId",
            "email",
            "firstName",
            "lastName",
            "officePhone",
        ],
    ),
    ("Me", &[""]),
    ("MoveRequest", &["newOwnerCompanyEmployeeId"]),
    (
        "Order",
        &[
            "approver",
            "history",
            "pendingApprovalLevel",
            "propertyGroup",
            "segment",
            "serviceNumber",
            "shipment",
        ],
    ),
    ("OrderConfirmation", &["postalCode"]),
    ("OrderHistory", &[""]),
    ("OrderRequest", &["accountHolderCompanyEmployeeId", "postalCode"]),
    ("PropertyDefinition", &["date", "text"]),
    ("PropertyField", &["date", "text"]),
    ("SerialNumber", &["value"]),
    ("ServiceAsset", &["serviceNumber"]),
    ("ServiceAssetSummary", &["serviceNumber"]),
    ("ShipTo", &["name"]),
    ("ShipToRequest", &["name"]),
    ("Shipments", &[""]),
    ("ShoppingCartConfirmed", &["featureRequestComment"]),
    ("ShoppingCartRequest", &["featureRequestComment"]),
    ("TokenIdentity", &["identifier"]),
    (
        "TokenRequest",
        &["client_secret", "password", "refresh_token", "username"],
    ),
    ("TokenResponse", &["access_token", "refresh_token"]),
    ("TokenValidation", &["username"]),
    // Guesses that may be anything, and then are printed as nothing.
    ("DeviceAsset", &["service"]),
    ("Vendor", &["region"]),
    ("Employee", &["customAttributes"]),
    ("Meta", &["hrefUnknown"]),
    ("OrderAnswer", &[]),
];

/// What stands for a personal value.
const CANARY: &str = "kanarie";

/// The least of a schema: its required members.
fn least(document: &Value, schema: &Value) -> Value {
    let name = |reference: &str| reference.rsplit('/').next().unwrap().to_owned();
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return least(document, &document["components"]["schemas"][name(reference)]);
    }
    if let Some(all) = schema.get("allOf") {
        return least(document, &all[0]);
    }
    if let Some(any) = schema.get("oneOf").or(schema.get("anyOf")) {
        return least(document, &any[0]);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => json!("2030-01-01"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        _ => {
            let mut members = Map::new();
            for required in schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let required = required.as_str().unwrap();
                members.insert(
                    required.to_owned(),
                    least(document, &schema["properties"][required]),
                );
            }
            Value::Object(members)
        }
    }
}

fn printed<T: DeserializeOwned + std::fmt::Debug>(value: &Value) -> Result<String, String> {
    match serde_json::from_value::<T>(value.clone()) {
        Ok(value) => Ok(format!("{value:?} {value:#?}")),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn no_personal_member_of_any_type_is_printed() {
    let document: Value = serde_json::from_str(mobproc_api::document()).unwrap();
    let schemas = &document["components"]["schemas"];
    let mut checked = 0;
    for (schema, members) in PERSONAL {
        for member in members {
            let mut value = least(&document, &schemas[schema]);
            if member.is_empty() {
                // The known members that say what the caller may do are flags.
                value = json!({"anything": CANARY});
            } else {
                value[*member] = json!(CANARY);
            }
            let text = for_schema!(schema, printed, &value).unwrap();
            let text = text.unwrap_or_else(|error| panic!("{schema}.{member}: {error}"));
            assert!(!text.contains(CANARY), "{schema}.{member}: {text}");
            checked += 1;
        }
    }
    assert_eq!(checked, 55);
    // What is not personal is printed, so that the test can fail.
    let region = for_schema!("Region", printed, &json!({"id": "1", "name": CANARY}))
        .unwrap()
        .unwrap();
    assert!(region.contains(CANARY));
}

#[test]
fn the_list_of_personal_members_is_that_of_the_document() {
    let document: Value = serde_json::from_str(mobproc_api::document()).unwrap();
    for (schema, value) in document["components"]["schemas"].as_object().unwrap() {
        let is_listed = |member: &str| {
            PERSONAL
                .iter()
                .any(|(known, members)| known == schema && members.contains(&member))
        };
        if value.get("x-personal").is_some() {
            assert!(
                is_listed(""),
                "{schema} is personal and not in the list of this test"
            );
        }
        for (member, property) in value
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            assert!(
                property.get("x-personal").is_none() || is_listed(member),
                "{schema}.{member} is personal and not in the list of this test"
            );
        }
    }
}

/// The server repeats in its messages what it was sent.
#[test]
fn a_failure_is_printed_without_the_words_of_the_server() {
    let failure: mobproc::Failure = {
        // Failures are made by the client only.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let forger = crate::forger::Forger::start(|_| {
                crate::forger::Forged::json(400, json!({"errorCode": "400-X", "message": CANARY, "id": "q"}))
            })
            .await;
            let client = forger.client().build().unwrap();
            client.region("1").await.unwrap_err().failures()[0].clone()
        })
    };
    let text = format!("{failure:?} {failure:#?}");
    assert!(!text.contains(CANARY) && text.contains("400-X"), "{text}");
    assert!(failure.to_string().contains(CANARY));
}
