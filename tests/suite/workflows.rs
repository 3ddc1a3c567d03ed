//! The workflows in `openapi/workflows`: what they send is what the examples have, and what they name
//! is there. `cargo xtask workflows` runs them.

use std::fs;
use std::path::Path;

use mobproc::{OrderDraft, Severity};
use mobproc_api::OperationId;
use mobproc_tests::{example, root};
use serde_json::{Value, json};

/// A workflow by the name of its file, as a value.
fn workflow(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    mobproc_codegen::Document::parse(path, &text)
        .unwrap()
        .value()
        .clone()
}

fn all() -> Vec<(String, Value)> {
    let mut all: Vec<_> = fs::read_dir(root().join("openapi/workflows"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name.replace(".arazzo.yaml", ""), workflow(&path))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn steps(workflow: &Value) -> &Vec<Value> {
    workflow["workflows"][0]["steps"].as_array().unwrap()
}

fn step<'a>(workflow: &'a Value, id: &str) -> &'a Value {
    steps(workflow).iter().find(|step| step["stepId"] == id).unwrap()
}

#[test]
fn workflows_say_what_there_is() {
    let all = all();
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "approval",
            "lost-answer",
            "transfer-in",
            "transfer-in-and-port",
            "upgrade"
        ]
    );
    for (name, workflow) in &all {
        assert_eq!(workflow["arazzo"], "1.0.1", "{name}");
        for step in steps(workflow) {
            let operation = step["operationId"].as_str().unwrap();
            // Tokens come from another server, and are not in the table.
            let is_known = operation == "token_create" || OperationId::from_name(operation).is_some();
            assert!(is_known, "{name}: {operation}");
            if operation != "order_create" {
                continue;
            }
            // An order says whether it is to be confirmed: a forgotten flag places it.
            let flags: Vec<&Value> = step["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|parameter| parameter["name"] == "confirm" && parameter["in"] == "query")
                .collect();
            assert_eq!(flags.len(), 1, "{name}: {}", step["stepId"]);
            let order = OrderDraft::from_value(step["requestBody"]["payload"].clone()).unwrap();
            let errors: Vec<_> = order
                .check()
                .into_iter()
                .filter(|violation| violation.severity == Severity::Error)
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
        }
    }
}

#[test]
fn workflows_send_the_orders_of_the_examples() {
    for (name, example_name) in [
        ("upgrade", "upgrade"),
        ("transfer-in", "xfer_service_in"),
        ("transfer-in-and-port", "xfer_service_in_and_port"),
        ("lost-answer", "suspend"),
    ] {
        let all = all();
        let (_, workflow) = all.iter().find(|(known, _)| known == name).unwrap();
        let expected = example(&format!("orders/{example_name}/request"));
        for (id, confirm) in [("confirm", true), ("submit", false)] {
            let step = step(workflow, id);
            assert_eq!(step["requestBody"]["payload"], expected, "{name}: {id}");
            let parameters = step["parameters"].as_array().unwrap();
            let flag = parameters.iter().find(|parameter| parameter["name"] == "confirm");
            assert_eq!(flag.unwrap()["value"], json!(confirm), "{name}: {id}");
        }
    }
}

/// The prices of the tutorial on upgrades are those that are published.
#[test]
fn the_upgrade_costs_what_the_documentation_says() {
    let all = all();
    let (_, workflow) = all.iter().find(|(name, _)| name == "upgrade").unwrap();
    let costs = &example("orders/upgrade/confirmation")["orderConfirmation"]["costSummary"];
    let criteria = step(workflow, "confirm")["successCriteria"].to_string();
    for (index, cost) in costs.as_array().unwrap().iter().enumerate() {
        let condition = format!(
            "$response.body#/orderConfirmation/costSummary/{index}/amount == {}",
            cost["amount"]
        );
        assert!(criteria.contains(&condition), "{condition}");
    }
}
