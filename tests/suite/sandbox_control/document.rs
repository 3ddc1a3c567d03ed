//! The document of the control calls, and calls that there are not.

use std::collections::BTreeSet;

use mobproc_sandbox::Sandbox;
use mobproc_tests::text;
use reqwest::Method;
use serde_json::{Value, json};

use super::Tester;

/// Asks every call that the document of the control has, and holds its answer against it.
#[tokio::test]
async fn the_document_of_the_control_is_true() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    tester.upgrade().await;
    tester.steer(Method::PUT, "/snapshots/before", "").await;
    let document = tester.look("/control.json").await;
    let mut asked = BTreeSet::new();
    // What removes comes last.
    for last in [false, true] {
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let Ok(method) = method.to_uppercase().parse::<Method>() else {
                    continue;
                };
                if !operation.is_object() || (method == Method::DELETE) != last {
                    continue;
                }
                let id = operation["operationId"].as_str().unwrap();
                let parameters = item["parameters"].as_array().into_iter().flatten();
                let concrete = parameters.fold(path.clone(), |path, parameter| {
                    let name = parameter["name"].as_str().unwrap();
                    path.replace(&format!("{{{name}}}"), parameter["example"].as_str().unwrap())
                });
                let content = operation["requestBody"]["content"].as_object();
                let body = content.map_or(String::new(), |content| {
                    let example = &content.values().next().unwrap()["example"];
                    example
                        .as_str()
                        .map_or_else(|| example.to_string(), str::to_owned)
                });
                let response = tester
                    .http
                    .request(method, format!("{}{concrete}", tester.control))
                    .body(body)
                    .send()
                    .await
                    .unwrap();
                assert_eq!(response.status(), 200, "{id}");
                let content = operation["responses"]["200"]["content"].as_object();
                let kind = content.unwrap().keys().next().unwrap();
                assert!(
                    response.headers()["content-type"]
                        .to_str()
                        .unwrap()
                        .starts_with(kind.as_str()),
                    "{id}"
                );
                if kind == "application/json" {
                    let answer: Value = response.json().await.unwrap();
                    let mut schema = content.unwrap()[kind]["schema"].clone();
                    schema["components"] = document["components"].clone();
                    let validator = jsonschema::options()
                        .with_draft(jsonschema::Draft::Draft4)
                        .build(&nullable(&schema))
                        .unwrap();
                    let wrong: Vec<String> = validator
                        .iter_errors(&answer)
                        .map(|error| error.to_string())
                        .collect();
                    assert!(wrong.is_empty(), "{id}: {wrong:?} in {answer}");
                }
                asked.insert(id.to_owned());
            }
        }
    }
    assert_eq!(asked.len(), 33, "{asked:?}");
    // The README names every path.
    let readme = text("crates/mobproc-sandbox/README.md");
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(readme.contains(path.as_str()), "README of the sandbox: {path}");
    }
}

/// `nullable` as JSON Schema says it.
fn nullable(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut made: serde_json::Map<String, Value> = members
                .iter()
                .map(|(name, member)| (name.clone(), nullable(member)))
                .collect();
            if made.remove("nullable") == Some(json!(true)) {
                let kind = made.remove("type");
                made.insert("type".to_owned(), json!([kind, "null"]));
            }
            Value::Object(made)
        }
        Value::Array(items) => items.iter().map(nullable).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn control_calls_that_there_are_not_say_so_and_are_not_recorded() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    sandbox.clear_requests();
    let (status, refusal) = tester.steer(Method::GET, "/nope", "").await;
    assert!(
        status == 404 && refusal["message"].as_str().unwrap().contains("control.json"),
        "{refusal}"
    );
    assert_eq!(
        tester
            .http
            .get(format!("{}/favicon.ico", tester.origin))
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert!(sandbox.requests().is_empty());
    let (status, refusal) = tester
        .steer(Method::GET, "/requests/count?operation=order_make", "")
        .await;
    assert!(
        status == 400 && refusal["message"].as_str().unwrap().contains("order_make"),
        "{refusal}"
    );
    tester
        .steer(Method::PATCH, "/settings", r#"{"approvalAbove": 1}"#)
        .await;
    let id = tester.upgrade().await["orderId"].as_str().unwrap().to_owned();
    let (status, refusal) = tester
        .steer(Method::POST, &format!("/orders/{id}/advance"), "")
        .await;
    assert!(
        status == 400
            && refusal["message"]
                .as_str()
                .unwrap()
                .contains("waits for approval"),
        "{refusal}"
    );
    // A scenario comes true as a whole, or not at all.
    let many = json!({ "faults": vec!["delay=1"; 10_001] }).to_string();
    assert_eq!(tester.steer(Method::POST, "/scenario", many.clone()).await.0, 400);
    assert_eq!(tester.look("/faults").await["rules"], json!([]));
    let builder = Sandbox::builder().scenario(many.parse().unwrap());
    assert_eq!(
        builder.start().await.unwrap_err().kind(),
        std::io::ErrorKind::InvalidInput
    );
    let crowd = Sandbox::builder().employees(usize::MAX);
    assert_eq!(
        crowd.start().await.unwrap_err().kind(),
        std::io::ErrorKind::InvalidInput
    );
    let long = "x".repeat(1_100_000);
    let asked = tester
        .http
        .post(format!("{}/as/token.oauth2", tester.origin))
        .body(long);
    assert_eq!(asked.send().await.unwrap().status(), 400);
}
