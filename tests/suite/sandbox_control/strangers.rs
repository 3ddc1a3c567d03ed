//! Who is kept out.

use mobproc_sandbox::Sandbox;
use reqwest::Method;

use super::Tester;

#[tokio::test]
async fn strangers_can_neither_read_nor_change_anything() {
    let sandbox = Sandbox::start().await.unwrap();
    let tester = Tester::new(&sandbox, None).await;
    let origin = tester.origin.clone();
    let paths = [
        (Method::GET, "/"),
        (Method::GET, "/explorer"),
        (Method::GET, "/sandbox/credentials"),
        (Method::GET, "/sandbox/requests"),
        (Method::POST, "/sandbox/reset"),
        (Method::POST, "/as/token.oauth2"),
        (Method::GET, "/mobproc/v1/ping"),
    ];
    for (method, path) in paths {
        let ask = async |headers: &[(&str, &str)]| {
            let mut asked = tester.http.request(method.clone(), format!("{origin}{path}"));
            for (name, value) in headers {
                asked = asked.header(*name, *value);
            }
            asked.send().await.unwrap()
        };
        for strange in [
            &[("Host", "rebound.example")][..],
            &[("Origin", "http://elsewhere.example")],
            &[("Origin", "null")],
            &[("Sec-Fetch-Site", "cross-site")],
        ] {
            let answer = ask(strange).await;
            assert_eq!(answer.status(), 403, "{path} {strange:?}");
            assert!(answer.headers().get("access-control-allow-origin").is_none());
        }
        let own = [("Origin", origin.as_str()), ("Sec-Fetch-Site", "same-origin")];
        assert_ne!(ask(&own).await.status(), 403, "{path}");
    }
    for path in ["/", "/explorer", "/page.js", "/sandbox/requests"] {
        let answer = tester.http.get(format!("{origin}{path}")).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(
            header("content-security-policy").contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(
            !header("content-security-policy").contains("script-src 'self' 'unsafe"),
            "{path}"
        );
        assert_eq!(
            (header("x-frame-options"), header("x-content-type-options")),
            ("DENY".to_owned(), "nosniff".to_owned())
        );
    }
    // A name that was given is let in, and links begin with it.
    let named = Sandbox::builder()
        .public_url("https://sandbox.example/")
        .allow_host("box")
        .start()
        .await
        .unwrap();
    assert_eq!(named.base_url(), "https://sandbox.example/mobproc/v1");
    let ask = async |host: &str| {
        let asked = tester
            .http
            .get(format!("http://{}/sandbox/health", named.address()));
        asked.header("Host", host).send().await.unwrap().status().as_u16()
    };
    assert_eq!(
        (
            ask("sandbox.example").await,
            ask("box:80").await,
            ask("other").await
        ),
        (200, 200, 403)
    );
    let error = Sandbox::builder()
        .public_url("sandbox")
        .start()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
}
