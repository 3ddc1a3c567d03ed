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
        ("page.js", "copyCurl"),
        ("page.css", "color-scheme"),
        ("explorer/start.js", "SwaggerUIBundle({"),
        ("sandbox/control.json", "\"openapi\": \"3.0.3\""),
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
        .find("//*[@id='orders']/li[contains(., 'None yet.')]")
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
    browser.find("//td/button[text() = '1001']").await;
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

/// What somebody does who has never seen the API.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_confirmed_placed_approved_shipped_and_made_to_fail_on_the_page() {
    let Some(browser) = Browser::start(1000, 1200).await else {
        return;
    };
    let sandbox = Sandbox::start().await.unwrap();
    browser.open(&format!("http://{}/", sandbox.address())).await;
    let says = async |text: &str| {
        let feedback = format!("//*[@id='feedback'][contains(., \"{text}\")]");
        browser.find(&feedback).await;
    };
    let choose = async |kind: &str| {
        browser
            .click(&format!("//select[@id='kind']/option[. = '{kind}']"))
            .await;
    };
    choose("upgrade").await;
    browser.press("//*[@id='confirm']", "\u{E007}").await;
    says("Confirmed. Nothing is ordered yet.").await;
    browser.find("//*[@id='answer']//td[. = '199.99 USD once']").await;
    browser
        .find("//*[@id='answer']//td[. = '558.67 USD monthly']")
        .await;
    assert!(sandbox.orders().is_empty());
    browser.picture("page-confirmed").await;
    browser.click("//*[@id='place']").await;
    says("Placed: order 8801001.").await;
    let entry = "//*[@id='orders']//summary[contains(., '8801001')]";
    for part in [
        "UPGRADE",
        "Peter Edwards",
        "Apple iPhone 5",
        "199.99 USD once",
        "ORDER_SUBMITTED",
    ] {
        browser.find(&format!("{entry}[contains(., '{part}')]")).await;
    }
    browser.click(entry).await;
    browser
        .find("//ol[@aria-label='Timeline']/li[2][contains(., 'ORDER_SUBMITTED')]")
        .await;
    browser
        .find("//*[@id='orders']//td[. = 'Device']/following-sibling::td[. = '199.99 USD once']")
        .await;
    browser
        .click("//*[@id='orders']//button[. = 'One step on']")
        .await;
    says("Order 8801001 is now ORDER_SHIPPED.").await;
    browser
        .find("//ol[@aria-label='Timeline']/li[contains(., 'ORDER_SHIPPED')]")
        .await;
    // The button that was used keeps the focus, although the order has changed.
    let focus = browser
        .run("return document.activeElement.dataset.focus", vec![])
        .await;
    assert_eq!(focus, "step-8801001");
    browser
        .click("//*[@id='orders']//button[. = 'Copy as curl']")
        .await;
    says("curl -X POST 'http://127.0.0.1:").await;
    browser.picture("page-order").await;
    // The line works in a shell, with a token in its place.
    let line = browser
        .run(
            "return curl(all.find(request => url(request).endsWith('confirm=false')))",
            vec![],
        )
        .await;
    let line = line.as_str().unwrap().to_owned();
    assert!(line.contains("\"Authorization: Bearer $TOKEN\""), "{line}");
    let token = sandbox.access_token();
    let ran = tokio::task::spawn_blocking(move || {
        std::process::Command::new("bash")
            .args(["-c", &line])
            .env("TOKEN", token)
            .output()
            .unwrap()
    });
    let said = String::from_utf8(ran.await.unwrap().stdout).unwrap();
    assert!(said.contains("\"orderId\":\"8801011\""), "{said}");

    // One that costs more than orders may without approval.
    browser
        .run("const above = document.getElementById('above'); above.value = 150; above.dispatchEvent(new Event('change'))", vec![])
        .await;
    says("Orders above 150 wait for approval.").await;
    browser.click("//*[@id='place']").await;
    says("Placed: order 8801021.").await;
    let entry = "//*[@id='orders']//summary[contains(., '8801021')]";
    browser
        .find(&format!("{entry}[contains(., 'AWAITING_APPROVAL')]"))
        .await;
    browser.click(entry).await;
    browser.click("//button[. = 'Approve']").await;
    says("Order 8801021: APPROVAL_QUEUED").await;
    browser
        .find("//ol[@aria-label='Timeline']/li[contains(., 'APPROVED') and contains(., ' by ')]")
        .await;

    // The next answer gets lost; the order is there all the same.
    browser
        .click("//button[. = 'Lose the answer to the next order']")
        .await;
    says("In force: order_create:drop-after x1").await;
    choose("suspend").await;
    browser.click("//*[@id='place']").await;
    says("No answer came").await;
    browser
        .find("//*[@id='orders']//summary[contains(., '8801031')]")
        .await;
    browser
        .find("//*[@id='requests']//summary[contains(., 'connection dropped, carried out')]")
        .await;
    browser.picture("page-lost").await;
    assert_eq!(sandbox.orders().len(), 4);

    // What is looked for stays in its field while the page goes on.
    browser.press("//*[@id='filter']", "approval").await;
    browser
        .find("//*[@id='requests'][count(li) = 1][contains(., 'order_approval_create')]")
        .await;
    let focus = browser.run("return document.activeElement.id", vec![]).await;
    assert_eq!(focus, "filter");

    browser.click("//*[@id='stop']").await;
    says("The clock stands still.").await;
    browser.find("//*[@id='stopped'][. = '(stopped)']").await;
    browser.click("//button[. = 'A day later']").await;
    says("The clock was advanced.").await;
    browser.click("//*[@id='reset']").await;
    says("Everything is as at the beginning.").await;
    browser
        .find("//*[@id='orders']/li[contains(., 'None yet.')]")
        .await;
    assert!(sandbox.orders().is_empty());

    // Every kind can be tried as it stands there.
    let kinds = browser
        .run(
            "return [...document.querySelectorAll('#kind option')].map(option => option.textContent)",
            vec![],
        )
        .await;
    let kinds: Vec<String> = serde_json::from_value(kinds).unwrap();
    assert_eq!(kinds.len(), 12);
    for (number, kind) in kinds.iter().enumerate() {
        choose(kind).await;
        browser.click("//*[@id='place']").await;
        says("Placed: order 88010").await;
        assert_eq!(sandbox.orders().len(), 1, "{number} {kind}");
        browser.click("//*[@id='reset']").await;
        says("Everything is as at the beginning.").await;
    }
    assert!(!browser.text().await.contains("Bearer "));
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_origin_can_neither_read_nor_change_anything() {
    let Some(browser) = Browser::start(800, 600).await else {
        return;
    };
    let sandbox = Sandbox::start().await.unwrap();
    let order: OrderDraft = OrderDraft::update_features("1001")
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .into();
    let placed = client(&sandbox).orders().submit_without_confirmation(order).await;
    assert!(placed.is_ok());
    let before = (sandbox.requests().len(), sandbox.tokens_issued());
    // A page from elsewhere: any server will do that lets its pages send what they like.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            // Browsers open connections on which they send nothing for a while.
            tokio::spawn(async move {
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
                let page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\nConnection: close\r\n\r\n<h1>Hello</h1>";
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, page).await;
            });
        }
    });
    let tries = "
        const [sandbox] = arguments;
        const form = new URLSearchParams({ grant_type: 'password', scope: 'MOBPROC', client_id: 'sandbox-client',
            client_secret: 'sandbox-secret', username: 'command://svc.procurement', password: 'sandbox-password' });
        const said = [];
        for (const [method, path, mode, body] of [
            ['GET', '/sandbox/credentials', 'cors'], ['GET', '/sandbox/requests', 'cors'], ['GET', '/', 'cors'],
            ['GET', '/mobproc/v1/ping', 'cors'], ['POST', '/sandbox/reset', 'no-cors'], ['POST', '/sandbox/reset', 'cors'],
            ['DELETE', '/sandbox/requests', 'cors'], ['POST', '/sandbox/faults', 'no-cors', 'status=500'],
            ['POST', '/sandbox/scripts', 'no-cors', '{\"operation\": \"order_get\"}'],
            ['POST', '/as/token.oauth2', 'no-cors', form], ['POST', '/as/token.oauth2', 'cors', form]]) {
            try {
                const answer = await fetch(sandbox + path, { method, mode, body });
                said.push(answer.type === 'opaque' ? 'nothing' : `${answer.status}`);
            } catch { said.push('nothing'); }
        }
        return said;";
    let port = sandbox.address().port();
    for host in [
        format!("elsewhere.example:{elsewhere}"),
        format!("127.0.0.1:{elsewhere}"),
    ] {
        browser.open(&format!("http://{host}/")).await;
        let origin = format!("http://127.0.0.1:{port}").into();
        let said = browser.run(tries, vec![origin]).await;
        assert_eq!(said, serde_json::json!(vec!["nothing"; 11]), "from {host}");
    }
    // A name of somebody else's that was made to point here.
    browser.open(&format!("http://rebound.example:{port}/")).await;
    assert!(
        browser
            .text()
            .await
            .contains("rebound.example is not known as a name of this sandbox")
    );
    let said = browser.run(tries, vec!["".into()]).await;
    assert_eq!(said.as_array().unwrap().len(), 11);
    for said in said.as_array().unwrap() {
        assert!(said == "403" || said == "nothing", "{said}");
    }
    assert_eq!((sandbox.requests().len(), sandbox.tokens_issued()), before);
    assert_eq!(sandbox.orders().len(), 1);
    let client = client(&sandbox);
    client.regions().send().await.unwrap();
    server.abort();
    browser.stop().await;
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
