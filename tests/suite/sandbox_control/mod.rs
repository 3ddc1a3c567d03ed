//! Steering the sandbox over HTTP, as a test in any language does.

mod document;
mod faults;
mod record;
mod state;
mod strangers;
mod tenants;
mod time;

use mobproc_sandbox::Sandbox;
use mobproc_tests::example;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// A program that talks HTTP, and nothing else, to one tenant of a sandbox.
struct Tester {
    http: Client,
    origin: String,
    /// Where the control calls of the tenant are.
    control: String,
    of: Value,
    token: String,
}

impl Tester {
    async fn new(sandbox: &Sandbox, tenant: Option<&str>) -> Self {
        let origin = format!("http://{}", sandbox.address());
        let http = Client::new();
        let (control, of) = match tenant {
            None => {
                let control = format!("{origin}/sandbox");
                let of = http.get(format!("{control}/credentials")).send().await;
                (control, of)
            }
            Some(code) => {
                let control = format!("{origin}/sandbox/tenants/{code}");
                let of = http.put(&control).send().await;
                (control, of)
            }
        };
        let of: Value = of.unwrap().json().await.unwrap();
        let mut tester = Self {
            http,
            origin,
            control,
            of,
            token: String::new(),
        };
        tester.token = tester.log_in().await["access_token"].as_str().unwrap().to_owned();
        tester
    }

    fn own(&self, member: &str) -> &str {
        self.of[member].as_str().unwrap()
    }

    async fn log_in(&self) -> Value {
        let form = [
            ("grant_type", "password"),
            ("scope", "MOBPROC"),
            ("client_id", self.own("clientId")),
            ("client_secret", self.own("clientSecret")),
            ("username", self.own("username")),
            ("password", self.own("password")),
        ];
        let asked = self
            .http
            .post(format!("{}/as/token.oauth2", self.origin))
            .form(&form);
        asked.send().await.unwrap().json().await.unwrap()
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/mobproc/v1{path}", self.origin))
            .bearer_auth(&self.token)
            .header("X-TNGO-TENANT", self.own("tenant"))
            .header("client_id", self.own("clientId"))
    }

    async fn order(&self, name: &str, actor: &str, confirm: bool) -> (u16, Value) {
        let response = self
            .call(Method::POST, &format!("/orders?confirm={confirm}"))
            .header("X-TNGO-CONTEXT-COMPANYEMPLOYEEID", actor)
            .json(&example(&format!("orders/{name}/request")))
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn upgrade(&self) -> Value {
        let (status, answer) = self.order("upgrade", "peter.edwards.acme", false).await;
        assert_eq!(status, 200, "{answer}");
        answer["order"].clone()
    }

    async fn steer(&self, method: Method, path: &str, body: impl Into<String>) -> (u16, Value) {
        let asked = self
            .http
            .request(method, format!("{}{path}", self.control))
            .body(body.into());
        let response = asked.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn look(&self, path: &str) -> Value {
        let (status, body) = self.steer(Method::GET, path, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}
