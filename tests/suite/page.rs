//! The sandbox's page and its explorer, as a person sees them.

use mobproc::{OrderDraft, Property};
use mobproc_sandbox::{Fault, Rule, Sandbox};

use crate::browser::Browser;
use crate::end_to_end::client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_pages_are_served_with_everything_they_load() {
    let sandbox = Sandbox::start().await.unwrap();
    for (path, part) in [
        ("", "<title>mobproc sandbox</title>"),
        ("explorer", "<title>mobproc sandbox: explorer</title>"),
        ("explorer/swagger-ui-bundle.js", "SwaggerUIBundle"),
        ("explorer/swagger-ui.css", ".swagger-ui"),
        ("sandbox/openapi.json", "\"openapi\":\"3.0.3\""),
        ("sandbox/credentials", "sandbox-client"),
    ] {
        let answer = reqwest::get(format!("http://{}/{path}", sandbox.address()))
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{path}");
        assert!(answer.text().await.unwrap().contains(part), "{path}");
    }
    let unknown = reqwest::get(format!("http://{}/explorer/index.html", sandbox.address()))
        .await
        .unwrap();
    assert_eq!(unknown.status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_follows_orders_and_fault_without_reloading() {
    let Some(browser) = Browser::start(900, 900).await else {
        return;
    };
    let sandbox = Sandbox::start().await.unwrap();
    browser.open(&format!("http://{}/", sandbox.address())).await;
    browser
        .find("//*[contains(., 'LARKSPUR on premium-mobile: 7 employees, 5 lines, 6 devices')]")
        .await;
    browser
        .find("//*[@id='orders']/p[contains(., 'None yet.')]")
        .await;

    let order: OrderDraft = OrderDraft::update_features("1001")
        .external_order_number("PAGE-1")
        .add_feature("43")
        // Shown as text, not run.
        .comment("<img src=x onerror=\"document.title='run'\">")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .into();
    let confirmed = client(&sandbox).orders().confirm(order).await.unwrap();
    browser
        .find("//*[@id='requests']//summary[contains(., '/mobproc/v1/orders?confirm=true')]")
        .await;
    let placed = confirmed.submit().await.unwrap();
    let entry = format!("//*[@id='orders']//summary[contains(., '{}')]", placed.order_id());
    browser
        .find(&format!(
            "{entry}[contains(., 'PAGE-1') and contains(., 'ORDER_SUBMITTED')]"
        ))
        .await;

    browser.click(&entry).await;
    for part in ["Request", "Confirmation", "Answer", "Order, as it is now"] {
        browser
            .find(&format!(
                "//*[@id='orders']//h3[text() = '{part}']/following-sibling::pre"
            ))
            .await;
    }
    browser.find("//pre[contains(., '<img src=x')]").await;
    assert_eq!(browser.title().await, "mobproc sandbox");
    browser.click("//button[text() = 'One step on']").await;
    browser
        .find(&format!("{entry}[contains(., 'ORDER_COMPLETED')]"))
        .await;
    // What was open stays open.
    browser
        .find("//*[@id='orders']//h3[text() = 'Confirmation']")
        .await;

    sandbox
        .add_fault(Rule::new(Fault::Status(500)).on("region_get"))
        .unwrap();
    browser
        .find("//*[@id='faults'][contains(., 'region_get:status=500')]")
        .await;
    browser.click("//button[text() = 'Remove all']").await;
    browser.find("//*[@id='faults'][contains(., 'None.')]").await;
    browser.click("//summary[contains(., 'Lines')]").await;
    browser.find("//td[text() = '1001']").await;
    browser.picture("page").await;
    assert!(!browser.text().await.contains("Bearer "));
    browser.stop().await;

    let phone = Browser::start(400, 800).await.unwrap();
    phone.open(&format!("http://{}/", sandbox.address())).await;
    phone.find(&entry).await;
    assert!(phone.overhang().await <= 0);
    phone.picture("page-small").await;
    phone.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_explorer_places_a_confirmation_and_the_page_shows_it() {
    let Some(browser) = Browser::start(1100, 1400).await else {
        return;
    };
    let sandbox = Sandbox::start().await.unwrap();
    let home = format!("http://{}", sandbox.address());
    browser
        .open(&format!("{home}/explorer#/orders/order_create"))
        .await;
    let place = "//div[@id='operations-orders-order_create']";
    browser
        .find(&format!("{place}//button[text() = 'Execute']"))
        .await;
    browser
        .find(&format!("{place}//tr[@data-param-name='confirm']//select"))
        .await
        .select_by_value("true")
        .await
        .unwrap();
    browser
        .find(&format!("{place}//select[option[text() = 'upgrade']]"))
        .await
        .select_by_label("upgrade")
        .await
        .unwrap();
    browser
        .find(&format!(
            "{place}//tr[@data-param-name='X-TNGO-CONTEXT-COMPANYEMPLOYEEID']//input"
        ))
        .await
        .send_keys("peter.edwards.acme")
        .await
        .unwrap();
    browser
        .click(&format!("{place}//button[text() = 'Execute']"))
        .await;
    browser
        .find(&format!(
            "{place}//table[contains(@class, 'live-responses-table')]//td[contains(., '200')]"
        ))
        .await;
    browser.picture("explorer").await;
    for address in browser.loaded().await {
        assert!(
            address.starts_with(&home) || address.starts_with("data:"),
            "{address}"
        );
    }
    let received = sandbox.requests_for("order_create");
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].query("confirm"), Some("true"));
    assert!(sandbox.orders().is_empty());

    browser.open(&home).await;
    let entry = "//*[@id='requests']//details[contains(., '/orders?confirm=true')]";
    browser.click(&format!("{entry}/summary")).await;
    browser
        .find(&format!(
            "{entry}//h3[text() = 'Answer']/following-sibling::pre[contains(., 'orderConfirmation')]"
        ))
        .await;
    browser.picture("page-confirmation").await;
    browser.stop().await;
}
