//! Several tenants, tenants of one's own, and large ones.

use mobproc_sandbox::Sandbox;
use mobproc_tests::{not_tested, root};
use reqwest::Method;
use serde_json::{Value, json};

use super::Tester;

#[tokio::test]
async fn tenants_do_not_meet() {
    let sandbox = Sandbox::start().await.unwrap();
    let (one, two) = (
        Tester::new(&sandbox, Some("case-1")).await,
        Tester::new(&sandbox, Some("case-2")).await,
    );
    one.upgrade().await;
    one.steer(Method::POST, "/faults", "region_get:status=500").await;
    assert_eq!(
        one.call(Method::GET, "/regions/2001")
            .send()
            .await
            .unwrap()
            .status(),
        500
    );
    assert_eq!(
        two.call(Method::GET, "/regions/2001")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(one.look("/orders").await["orders"].as_array().unwrap().len(), 1);
    assert_eq!(two.look("/orders").await["orders"], json!([]));
    assert!(sandbox.orders().is_empty() && sandbox.requests().is_empty());
    assert_eq!(two.look("/requests/count").await["count"], 2);
    // The token of one is none of the other's, and the client neither.
    let mixed = Tester {
        token: one.token.clone(),
        ..Tester::new(&sandbox, Some("case-2")).await
    };
    assert_eq!(
        mixed.call(Method::GET, "/ping").send().await.unwrap().status(),
        401
    );
    two.steer(Method::POST, "/tokens/revoke", "").await;
    assert_eq!(two.call(Method::GET, "/ping").send().await.unwrap().status(), 401);
    assert_eq!(one.call(Method::GET, "/ping").send().await.unwrap().status(), 200);
    one.steer(Method::POST, "/clock/advance", r#"{"seconds": 100000}"#)
        .await;
    assert_ne!(one.look("/clock").await["now"], two.look("/clock").await["now"]);

    let first = Tester::new(&sandbox, None).await;
    let codes = first.look("/tenants").await;
    assert_eq!(codes["tenants"], json!(["LARKSPUR", "case-1", "case-2"]));
    // Making it again changes nothing.
    assert_eq!(first.steer(Method::PUT, "/tenants/case-1", "").await.0, 200);
    assert_eq!(one.look("/orders").await["orders"].as_array().unwrap().len(), 1);
    assert_eq!(first.steer(Method::PUT, "/tenants/a%20b", "").await.0, 400);
    assert_eq!(first.steer(Method::DELETE, "/tenants/case-1", "").await.0, 200);
    assert_eq!(first.steer(Method::DELETE, "/tenants/case-1", "").await.0, 404);
    assert_eq!(first.steer(Method::DELETE, "/tenants/LARKSPUR", "").await.0, 404);
    assert_eq!(
        first.steer(Method::GET, "/tenants/case-1/orders", "").await.0,
        404
    );
    assert_eq!(one.call(Method::GET, "/ping").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_suite_in_python_runs_side_by_side_each_case_with_its_tenant() {
    let sandbox = Sandbox::start().await.unwrap();
    let variables = [
        ("MOBPROC_BASE_URL", sandbox.base_url()),
        ("MOBPROC_TOKEN_URL", sandbox.token_url()),
    ];
    let run = tokio::task::spawn_blocking(move || {
        std::process::Command::new("python3")
            .arg("tests/python/test_orders.py")
            .envs(variables)
            .current_dir(root())
            .output()
    });
    let Ok(output) = run.await.unwrap() else {
        not_tested("a test suite in Python against one sandbox: there is no python3 here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("18 run, 0 failed"), "{said}");
    assert!(sandbox.orders().is_empty() && sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_tenant_of_ones_own_is_a_file() {
    let mut tenant: Value = serde_json::from_str(Sandbox::seed()).unwrap();
    tenant["tenant"]["code"] = json!("MEADOW");
    tenant["employees"][0]["firstName"] = json!("Zora");
    let sandbox = Sandbox::builder()
        .seed(&tenant.to_string())
        .unwrap()
        .employees(20)
        .start()
        .await
        .unwrap();
    assert_eq!(sandbox.credentials().tenant, "MEADOW");
    let tester = Tester::new(&sandbox, None).await;
    let stock = tester.look("/tenant").await;
    assert!(
        stock["employees"][0]["name"]
            .as_str()
            .unwrap()
            .starts_with("Zora ")
    );
    tester.upgrade().await;
    tenant["employees"][0]["departmentId"] = json!("none");
    tenant["plans"][0]["amount"] = json!("dear");
    let error = Sandbox::builder().seed(&tenant.to_string()).unwrap_err();
    assert_eq!(error.violations.len(), 2, "{error}");
    tenant["plans"] = json!([]);
    tenant["serviceAssets"] = json!([]);
    tenant["employees"][0]["departmentId"] = tenant["departments"][0]["id"].clone();
    let bare = Sandbox::builder().seed(&tenant.to_string()).unwrap();
    let error = bare.employees(1).start().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
}

#[tokio::test]
async fn nobody_takes_the_client_of_another_tenant() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let (status, refusal) = tester.steer(Method::PUT, "/tenants/sandbox", "").await;
    assert!(
        status == 400 && refusal["message"].as_str().unwrap().contains("sandbox-client"),
        "{refusal}"
    );
    assert!(tester.log_in().await["access_token"].is_string());
    assert_eq!(
        tester.call(Method::GET, "/me").send().await.unwrap().status(),
        200
    );
}

/// People of a large tenant are made when they are looked at, and are like any other.
#[tokio::test]
async fn generated_people_can_be_moved_about_like_any_other() {
    let sandbox = Sandbox::builder().employees(1_000).start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let ask = async |method: Method, path: &str, body: Value| {
        let asked = tester
            .call(method, path)
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", "jonas.lindqvist")
            .json(&body);
        let response = asked.send().await.unwrap();
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    };
    let list = async |what: &str, employee: &str| {
        let path = format!("/assets/{what}?limit=10&offset=0&employee={employee}");
        let answer = ask(Method::GET, &path, Value::Null).await;
        let items = answer[what]["items"].as_array().unwrap().clone();
        let ids = items.iter().map(|item| item["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let (one, two) = ("500000007", "500000009");
    assert_eq!(list("services", one).await, ["1000000007"]);
    assert_eq!(list("devices", one).await, ["1500000007"]);
    let body = json!({ "newOwnerEmployeeId": two });
    ask(Method::POST, "/assets/services/1000000007/move", body).await;
    assert_eq!(list("services", one).await, [""; 0]);
    assert_eq!(list("devices", one).await, [""; 0]);
    assert_eq!(list("services", two).await, ["1000000007", "1000000009"]);
    assert_eq!(list("devices", two).await, ["1500000007", "1500000009"]);
    // And to one of the data set, and back.
    let body = json!({ "newOwnerEmployeeId": "5001" });
    ask(Method::POST, "/assets/services/1000000009/move", body).await;
    assert!(list("services", "5001").await.contains(&"1000000009".to_owned()));
    let all = ask(Method::GET, "/employees?limit=5&offset=1005", Value::Null).await;
    let all = all["employees"]["items"].as_array().unwrap();
    let name = all.last().unwrap()["companyEmployeeId"].as_str().unwrap();
    assert!(name.ends_with(".999"), "{name}");
    let own = tester
        .call(Method::GET, "/employees?limit=5&offset=0")
        .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", name);
    let own: Value = own.send().await.unwrap().json().await.unwrap();
    assert_eq!(own["employees"]["_meta"]["totalCount"], 1, "{own}");
    assert_eq!(own["employees"]["items"][0]["companyEmployeeId"], name);
    sandbox.reset();
    assert_eq!(list("services", one).await, ["1000000007"]);
}
