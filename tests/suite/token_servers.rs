//! What token servers answer, and how they are asked.

use std::sync::Arc;
use std::time::Duration;

use mobproc::{Client, Credentials, ErrorKind, RetryPolicy, TokenRequestForm};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use serde_json::json;

use crate::end_to_end::Failed as _;
use crate::forger::{Forged, Forger};
use crate::tokens::{Slow, builder, call};

/// Issue 13, point 4.
#[tokio::test]
async fn token_answers_that_real_servers_give_are_used_or_refused_by_name() {
    let used = [
        (json!({}), "application/json"),
        (
            json!({"expires_in": "7199", "token_type": "bearer"}),
            "application/json",
        ),
        (json!({"expires_in": 7199.5, "token_type": "BEARER"}), "text/html"),
        (
            json!({"expires_in": 0, "scope": ["MOBPROC"]}),
            "application/json; charset=utf-8",
        ),
        (json!({"expires_in": -5}), ""),
        (json!({"expires_in": 1e30}), "text/plain"),
    ];
    let refused = [
        (json!({"expires_in": "soon"}), "expires_in"),
        (json!({"token_type": "mac"}), "token_type"),
        (json!({"access_token": " "}), "access_token"),
        (json!({"access_token": "two words"}), "access_token"),
        (json!({"access_token": 7}), "access_token"),
    ];
    let api = Sandbox::start().await.unwrap();
    let ask = async |members: &serde_json::Value, media_type: &str| {
        let mut body = json!({"access_token": api.access_token()});
        let members = members.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        let media_type = media_type.to_owned();
        let tokens = Forger::start(move |_| Forged {
            status: 200,
            headers: vec![("content-type", media_type.clone())],
            body: body.to_string().into_bytes(),
        })
        .await;
        let client = builder(&api).token_url(tokens.url("/token")).build().unwrap();
        call(&client).await
    };
    for (members, media_type) in &used {
        ask(members, media_type).await.unwrap();
    }
    for (members, named) in &refused {
        let error = ask(members, "application/json").await.failed();
        assert_eq!(error.kind(), ErrorKind::TokenUnavailable);
        assert!(error.to_string().contains(&format!("`{named}`")), "{error}");
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_sent_are_refused_where_they_come_from() {
    for token in ["", "  ", "two words", "from-a-file\n", "t\u{f6}ken"] {
        let built = Client::builder()
            .tenant("ACME")
            .credentials(Credentials::bearer("client", token))
            .build();
        let error = built.failed();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().starts_with("the access token "), "{error}");
        let sandbox = Sandbox::start().await.unwrap();
        let source = Slow {
            asked: Arc::default(),
            go_on: Arc::default(),
            token: token.to_owned(),
        };
        source.go_on.notify_one();
        let client = builder(&sandbox)
            .credentials(Credentials::source("client", source))
            .build()
            .unwrap();
        let error = call(&client).await.failed();
        assert_eq!(error.kind(), ErrorKind::TokenUnavailable);
        assert!(error.to_string().contains("the access token "), "{error}");
        assert!(sandbox.requests().is_empty());
    }
}

#[tokio::test]
async fn the_scope_is_a_setting() {
    for (scope, sent) in [
        (None, "MOBPROC"),
        (Some("MOBILE_PROCUREMENT_API"), "MOBILE_PROCUREMENT_API"),
    ] {
        let tokens = Forger::start(|_| Forged::json(200, json!({"access_token": "t"}))).await;
        let sandbox = Sandbox::start().await.unwrap();
        let mut builder = builder(&sandbox).token_url(tokens.url("/token"));
        if let Some(scope) = scope {
            builder = builder.token_scope(scope);
        }
        let _ = call(&builder.build().unwrap()).await;
        let asked = String::from_utf8(tokens.asked()[0].body.clone()).unwrap();
        assert!(asked.contains(&format!("scope={sent}&")), "{asked}");
    }
}

#[tokio::test]
async fn both_forms_of_token_request_work_and_redirects_are_not_followed() {
    for form in [TokenRequestForm::Body, TokenRequestForm::Query] {
        let sandbox = Sandbox::start().await.unwrap();
        call(&builder(&sandbox).token_request_form(form).build().unwrap())
            .await
            .unwrap();
        let asked = &sandbox.requests_for("token_create")[0];
        assert_eq!(
            asked.query("grant_type").is_some(),
            form == TokenRequestForm::Query
        );
        assert_eq!(asked.body.is_empty(), form == TokenRequestForm::Query);
        sandbox.revoke_tokens();
        let elsewhere = Sandbox::start().await.unwrap();
        sandbox
            .add_fault(Rule::new(Fault::Redirect(elsewhere.token_url())).on("token_create"))
            .unwrap();
        let client = builder(&sandbox).token_request_form(form).build().unwrap();
        assert_eq!(call(&client).await.failed().kind(), ErrorKind::TokenUnavailable);
        assert!(elsewhere.requests().is_empty());
    }
}

#[tokio::test]
async fn a_failing_token_server_is_asked_again() {
    let sandbox = Sandbox::builder()
        .fault(Rule::new(Fault::Html(502)).on("token_create").times(2))
        .start()
        .await
        .unwrap();
    call(&builder(&sandbox).build().unwrap()).await.unwrap();
    assert_eq!(sandbox.requests_for("token_create").len(), 3);
    let refused = builder(&sandbox)
        .credentials(Credentials::password(
            "sandbox-client",
            "wrong-secret",
            "command://u",
            "p",
        ))
        .build()
        .unwrap();
    let error = call(&refused).await.failed();
    assert!(
        error.is_authentication() && error.to_string().contains("invalid_client"),
        "{error}"
    );
    assert!(!error.to_string().contains("wrong-secret"));
    assert_eq!(
        sandbox.requests_for("token_create").len(),
        4,
        "a refusal is final"
    );
}

#[tokio::test]
async fn a_token_can_be_looked_into() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let identity = client
        .validate_token(&sandbox.access_token())
        .await
        .unwrap()
        .identity
        .unwrap();
    assert_eq!(identity.tenant.as_deref(), Some("LARKSPUR"));
    assert_eq!(identity.multitenant.unwrap().value(), Some(false));
    let error = client.validate_token("no-such-token").await.failed();
    assert!(
        error.is_authentication() && error.to_string().contains("invalid_grant"),
        "{error}"
    );
    assert!(!error.to_string().contains("no-such-token"));
}

#[tokio::test]
async fn an_answer_may_not_be_larger_than_the_limit() {
    let sandbox = Sandbox::start().await.unwrap();
    let of = sandbox.credentials().clone();
    let client = builder(&sandbox)
        .credentials(Credentials::bearer(of.client_id, sandbox.access_token()))
        .max_response_size(10)
        .build()
        .unwrap();
    let error = call(&client).await.failed();
    assert!(error.to_string().contains("larger than the limit"), "{error}");
    // Asking again would bring as much.
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::AnswerTooLarge, 1));
    let of = sandbox.credentials().clone();
    let client = builder(&sandbox)
        // No token is asked for, so nothing but the hang can take that long.
        .credentials(Credentials::bearer(of.client_id, sandbox.access_token()))
        .timeout(Duration::from_millis(50))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    sandbox
        .add_fault(Rule::new(Fault::SlowBody(Duration::from_secs(3600))).on("order_list"))
        .unwrap();
    assert!(call(&client).await.failed().is_timeout());
}

/// 400 MB of a token took 795 MB of memory.
#[tokio::test]
async fn a_token_answer_is_bounded_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let of = sandbox.credentials().clone();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .token_url(sandbox.token_url())
        .tenant(of.tenant)
        .credentials(Credentials::password(
            of.client_id,
            of.client_secret,
            of.username,
            of.password,
        ))
        .max_response_size(1000)
        .build()
        .unwrap();
    let huge =
        serde_json::json!({ "access_token": "x".repeat(5000), "token_type": "Bearer", "expires_in": 7199 });
    sandbox.script("token_create", 200, huge.clone()).unwrap();
    let error = call(&client).await.failed();
    assert_eq!(error.kind(), ErrorKind::TokenUnavailable);
    assert!(
        error.to_string().contains("larger than the limit of 1000 bytes"),
        "{error}"
    );
    assert_eq!(sandbox.requests_for("token_create").len(), 1);
    sandbox.script("token_validate", 200, huge).unwrap();
    let error = client.validate_token("t").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerTooLarge, "{error}");
}
