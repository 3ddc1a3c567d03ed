//! The README's way through the tutorials with curl, done as it stands there.

use std::process::Command;

use mobproc_sandbox::Sandbox;
use mobproc_tests::{not_tested, root, text};

/// The shell block that holds this word.
fn block(readme: &str, word: &str) -> String {
    let blocks = readme.split("```sh\n").skip(1);
    let block = blocks
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.contains(word));
    block.unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_tutorials_can_be_done_with_curl() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("curl") || !has("bash") {
        not_tested("the README's way with curl: there is no curl or no bash here");
        return;
    }
    let sandbox = Sandbox::builder().strict().start().await.unwrap();
    let of = sandbox.credentials().clone();
    let readme = text("README.md");
    let script = format!(
        "{}\n{}",
        block(&readme, "grant_type=password"),
        // All but what brings everything back, so that it can be looked at.
        block(&readme, "requests/count").replace("curl -s -X POST \"$SANDBOX/reset\"\n", "")
    );
    // What `sandbox.env` holds is given as environment instead.
    let script = script.replace(". ./sandbox.env", "true");
    let variables = [
        ("MOBPROC_BASE_URL", sandbox.base_url()),
        ("MOBPROC_TOKEN_URL", sandbox.token_url()),
        ("MOBPROC_TENANT", of.tenant),
        ("MOBPROC_CLIENT_ID", of.client_id),
        ("MOBPROC_CLIENT_SECRET", of.client_secret),
        ("MOBPROC_USERNAME", of.username),
        ("MOBPROC_PASSWORD", of.password),
    ];
    let output = tokio::task::spawn_blocking(move || {
        Command::new("bash")
            .args(["-euc", &script])
            .envs(variables)
            .current_dir(root())
            .output()
            .unwrap()
    })
    .await
    .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );

    assert!(said.contains("{\"count\":1,\"forgotten\":0}"), "{said}");
    assert!(said.contains("\"clientId\":\"case-17-client\""), "{said}");
    let sent = sandbox.requests_for("order_create");
    let confirms: Vec<_> = sent
        .iter()
        .map(|request| request.query("confirm").unwrap_or(""))
        .collect();
    assert_eq!(confirms, ["true", "false", "true", "false"], "{said}");
    // What a gateway that validates would not forgive.
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| request.violations.is_empty())
    );
    let labels: Vec<_> = sent
        .iter()
        .map(|request| request.header("content-type"))
        .collect();
    assert_eq!(labels, [Some("application/json"); 4]);
    let orders = sandbox.orders();
    let kinds: Vec<_> = orders
        .iter()
        .map(|order| order["transactionType"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["UPGRADE", "XFER_SERVICE_IN"], "{said}");
}

#[test]
fn what_it_shows_of_other_languages_stands_in_programs_that_are_run() {
    let readme = text("README.md");
    for (language, program) in [
        ("python", "openapi/clients/python/with_openapi_python_client.py"),
        ("ts", "openapi/clients/typescript/with_openapi_fetch.ts"),
    ] {
        let shown = readme
            .split_once(&format!("```{language}\n"))
            .and_then(|(_, rest)| rest.split_once("```"))
            .map(|(block, _)| block)
            .unwrap();
        assert!(text(program).contains(shown), "{program} has not got\n{shown}");
        let orders = shown.lines().filter(|line| line.contains("confirm"));
        assert!(orders.count() >= 2, "it confirms and submits:\n{shown}");
    }
}
