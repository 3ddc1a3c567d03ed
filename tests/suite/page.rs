//! The sandbox's page, in a real browser where there is one.

use std::path::Path;
use std::process::Command;

use mobproc::{Order, Property};
use mobproc_sandbox::{Mischief, Rule, Sandbox};

use crate::end_to_end::client;

/// Where Debian's package puts it, and where others do.
const BROWSERS: [&str; 3] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
];

/// The page as the browser has made it after its scripts have run for a while.
fn dom(browser: &str, url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stderr, reason = "says that there is no browser")]
async fn the_page_shows_orders_and_requests() {
    let sandbox = Sandbox::builder()
        .mischief(Rule::new(Mischief::Status(500)).on("region_get"))
        .start()
        .await
        .unwrap();
    let order: Order = Order::update_features("1001")
        .external_order_number("PAGE-1")
        .add_feature("43")
        // Shown as text, not run.
        .comment("<img src=x onerror=document.title='run'>")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .into();
    let placed = client(&sandbox)
        .orders()
        .confirm(order)
        .await
        .unwrap()
        .submit()
        .await
        .unwrap();
    let url = format!("http://{}/", sandbox.address());
    let Some(browser) = BROWSERS.into_iter().find(|path| Path::new(path).exists()) else {
        eprintln!("NOT TESTED: there is no browser here; Debian's package is called chromium");
        let page = reqwest::get(&url).await.unwrap().text().await.unwrap();
        assert!(page.contains("<title>mobproc sandbox</title>"));
        return;
    };
    let dom = tokio::task::spawn_blocking(move || dom(browser, &url))
        .await
        .unwrap();
    for part in [
        placed.order_id(),
        "PAGE-1",
        "ORDER_SUBMITTED",
        "LARKSPUR on premium-mobile: 7 employees, 5 lines, 6 devices",
        "/mobproc/v1/orders?confirm=true",
        "region_get:status=500",
        "<h3>Confirmation</h3>",
        "&lt;img src=x onerror",
    ] {
        assert!(dom.contains(part), "{part}: {dom}");
    }
    assert!(
        dom.contains("<title>mobproc sandbox</title>") && !dom.contains("Bearer "),
        "{dom}"
    );
}
