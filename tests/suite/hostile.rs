//! The sandbox and conform against input of any kind: no panic, no 500. Issue 13, point 21.

use mobproc_conform::{Checker, Subject};
use mobproc_sandbox::{Rule, Sandbox};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::properties::any_json;

/// Orders that are nearly good ones.
fn order() -> impl Strategy<Value = Value> {
    let good = json!({
        "transactionType": "UPGRADE", "serviceId": "1001", "externalOrderNumber": "H-1",
        "existingDevice": {"manufacturerId": "Kestrel", "modelId": "K4", "serialNumber": {"type": "IMEI", "value": "1"}, "simId": "1"},
        "shoppingCart": {"deviceId": "4001", "planId": "4101", "accessoryIds": ["4201"], "features": [{"id": "43", "action": "ADD"}], "quantity": 1},
        "properties": [{"groupId": "MISCELLANEOUS", "fields": [{"id": "CONTACT_NUMBER", "type": "TEXT", "text": "1"}]}],
        "shipTo": {"name": "A", "regionId": "2001", "address": [{"id": "CITY", "value": "B"}]},
        "acknowledgements": [{"id": "1", "boolean": true}],
    });
    let places: Vec<String> = [
        "",
        "/existingDevice",
        "/shoppingCart",
        "/properties/0",
        "/properties/0/fields/0",
        "/shipTo",
        "/shipTo/address/0",
    ]
    .into_iter()
    .flat_map(|place| {
        let members = good.pointer(place).unwrap().as_object().unwrap().clone();
        members
            .into_iter()
            .map(move |(name, _)| format!("{place}/{name}"))
    })
    .collect();
    (prop::sample::select(places), any_json()).prop_map(move |(place, news)| {
        let mut changed = good.clone();
        *changed.pointer_mut(&place).unwrap() = news;
        json!({ "orderRequest": changed })
    })
}

/// Texts that look like rules, and texts that do not.
fn rule() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("order_create".to_owned()),
        Just("status=500".to_owned()),
        Just("drop-after".to_owned()),
        Just("delay=".to_owned()),
        Just("x2".to_owned()),
        Just("50%".to_owned()),
        "[a-z0-9=%:@,.-]{0,8}",
        any::<String>(),
    ];
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.join(":"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sandbox_answers_anything_without_failing(
        order in order(),
        value in any_json(),
        text in any::<String>(),
        query in "[a-zA-Z=&%+]{0,24}",
        rule in rule(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let statuses = runtime.block_on(async {
            let sandbox = Sandbox::start().await.unwrap();
            let home = format!("http://{}", sandbox.address());
            let http = reqwest::Client::new();
            let of = sandbox.credentials();
            let api = |request: reqwest::RequestBuilder| {
                request
                    .bearer_auth(sandbox.access_token())
                    .header("x-tngo-tenant", &of.tenant)
                    .header("client_id", &of.client_id)
            };
            let orders = format!("{}/orders", sandbox.base_url());
            let requests = [
                api(http.post(format!("{orders}?confirm=true")).json(&order)),
                api(http.post(&orders).json(&order)),
                api(http.post(format!("{orders}?{query}")).json(&value)),
                api(http.post(&orders).body(text.clone())),
                api(http.get(format!("{orders}?{query}"))),
                api(http.get(format!("{}/employees?limit={query}&offset={query}", sandbox.base_url()))),
                http.post(sandbox.token_url()).body(text.clone()),
                http.post(format!("{home}/sandbox/faults")).body(rule.clone()),
                http.post(format!("{home}/sandbox/script")).json(&value),
                http.post(format!("{home}/sandbox/script")).body(text.clone()),
            ];
            let mut statuses = Vec::new();
            for request in requests {
                // A fault that was set just now would be what was asked for.
                http.delete(format!("{home}/sandbox/faults")).send().await.unwrap();
                statuses.push(request.send().await.unwrap().status().as_u16());
            }
            statuses
        });
        prop_assert!(statuses.iter().all(|status| *status < 500), "{:?}", statuses);
    }

    #[test]
    fn a_rule_is_read_and_written_the_same_or_refused(text in rule()) {
        if let Ok(rule) = text.parse::<Rule>() {
            let again: Rule = rule.to_string().parse().unwrap();
            prop_assert_eq!(again.to_string(), rule.to_string());
        }
    }

    #[test]
    fn conform_reports_on_any_json(value in any_json(), order in order()) {
        let checker = Checker::new();
        let _ = checker.check(&value, &Subject::Recognise);
        prop_assert!(checker.check(&order, &Subject::Recognise).is_ok());
    }
}
