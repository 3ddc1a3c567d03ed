//! Answers that look otherwise than was guessed: nothing is lost over them, and what the server
//! says is heard. Issue 13, points 13 and 18.

use mobproc::{Client, ErrorKind};
use serde_json::{Value, json};

use crate::end_to_end::Failed as _;
use crate::forger::{Forged, Forger};
use crate::never_twice::features;

async fn answering(status: u16, body: Value) -> (Forger, Client) {
    let forger = Forger::start(move |_| Forged::json(status, &body)).await;
    let client = forger.client().build().unwrap();
    (forger, client)
}

#[tokio::test]
async fn single_objects_are_read_bare_and_wrapped() {
    for body in [
        json!({"id": "1"}),
        json!({"thing": {"id": "1"}}),
        json!({"status": "SUCCESS", "x": {"id": "1"}}),
    ] {
        let (_forger, client) = answering(200, body).await;
        assert_eq!(client.region("1").await.unwrap().id, "1");
        assert_eq!(client.services().get("1").await.unwrap().id, "1");
        assert_eq!(client.devices().get("1").await.unwrap().id, "1");
        assert_eq!(client.employees().get("1").await.unwrap().id, "1");
        assert_eq!(client.vendor("1").await.unwrap().id, "1");
    }
    for body in [
        json!({"order": {"orderId": "8001"}}),
        json!({"orderId": "8001", "status": "ORDER_SUBMITTED"}),
    ] {
        let (_forger, client) = answering(200, body).await;
        let order = client.orders().get("8001").await.unwrap();
        assert_eq!(order.order_id.as_deref(), Some("8001"));
    }
    let (_forger, client) = answering(200, json!({"thing": {"name": "x"}})).await;
    assert_eq!(client.region("1").await.failed().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn what_has_no_published_shape_may_be_a_list() {
    for body in [
        json!([{"name": "IS_ACTOR_APPROVER", "value": true}]),
        json!({"IS_ACTOR_APPROVER": true}),
        json!({"flags": [{"name": "IS_ACTOR_APPROVER", "value": true}]}),
    ] {
        let (_forger, client) = answering(200, body.clone()).await;
        assert_eq!(json!(client.orders().history("1", None).await.unwrap()), body);
        assert_eq!(json!(client.orders().shipments("1", None).await.unwrap()), body);
        let diagnostics = client.diagnostics().await.unwrap();
        assert_eq!(diagnostics.flag("IS_ACTOR_APPROVER"), Some(true));
        assert_eq!(diagnostics.flag("ANOTHER"), None);
    }
}

#[tokio::test]
async fn an_error_is_heard_whatever_its_status_says() {
    let failures = json!([{"errorCode": "400-X", "message": "CONTACT_NUMBER is missing", "id": "q"}]);
    for status in [json!("FAILURE"), json!("error"), json!(400), json!(null)] {
        let (_forger, client) = answering(200, json!({"status": status, "errors": failures})).await;
        let error = client.orders().confirm(features("S-1")).await.failed();
        assert!(error.to_string().contains("CONTACT_NUMBER is missing"), "{error}");
        let error = client
            .orders()
            .submit_without_confirmation(features("S-1"))
            .await
            .failed();
        assert!(error.to_string().contains("CONTACT_NUMBER is missing"), "{error}");
    }
    let body = json!({"status": 400, "errorCode": "400-X", "message": "no such region", "id": "q"});
    let (_forger, client) = answering(200, body).await;
    let error = client.region("1").await.failed();
    assert_eq!((error.kind(), error.failures().len()), (ErrorKind::Rejected, 1));
    assert!(error.to_string().contains("no such region"), "{error}");
}

/// What the documentation shows of these is elided or a fragment, and of these values nothing but
/// their names in prose.
#[test]
fn the_document_does_not_overstate_where_it_comes_from() {
    let document: Value = serde_json::from_str(mobproc_api::document()).unwrap();
    let schemas = &document["components"]["schemas"];
    for name in [
        "RegionList",
        "RegionListItem",
        "PropertyDefinitions",
        "PropertyDefinitionGroup",
        "PropertyDefinition",
        "AcknowledgementList",
        "AcknowledgementDefinition",
        "DeviceFeature",
        "DeviceFeatureOption",
        "AddressFormatComponent",
        "AddressFormatOption",
    ] {
        assert_eq!(schemas[name]["x-evidence"], "partial", "{name}");
    }
    assert_eq!(
        schemas["Region"]["properties"]["parentId"]["x-evidence"],
        "history"
    );
    assert_eq!(document["paths"]["/employees/{id}"]["get"]["x-evidence"], "prose");
    assert_eq!(
        document["paths"]["/assets/services/{id}"]["get"]["x-evidence"],
        "prose"
    );
    let of_prose = [
        ("AnswerStatus", 1, "ERROR"),
        ("OrderStatus", 1, "AWAITING_APPROVAL"),
        ("FeatureAction", 1, "REMOVE"),
        ("ApprovalAction", 1, "REJECT"),
        ("ApprovalStatus", 3, "APPROVAL_NOT_NEEDED"),
        ("MoveCharges", 2, "MOVE_NO_CHARGES"),
        ("SerialNumberType", 5, "MEID"),
    ];
    for (name, count, one) in of_prose {
        let values = schemas[name]["x-value-evidence"].as_object().unwrap();
        assert_eq!((values.len(), &values[one]), (count, &json!("prose")), "{name}");
    }
}
