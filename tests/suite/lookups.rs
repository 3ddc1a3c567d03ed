//! Looking things up through the client: every operation, lists in pages, links and raw requests.

use std::collections::BTreeSet;
use std::time::Duration;

use mobproc::types::{Employee, ModelFilter, MoveCharges, ServiceAsset, TransactionType};
use mobproc::{Client, EmployeeRef, ErrorKind, OrderDraft, Property};
use mobproc_api::operations::ALL;
use mobproc_sandbox::{Backend, Fault, Rule, Sandbox};
use serde_json::{Value, json};

use crate::end_to_end::{Failed as _, client};

#[tokio::test]
async fn every_operation_is_reachable() {
    // Nothing is sent that is not documented.
    let sandbox = Sandbox::builder().strict().start().await.unwrap();
    let client = client(&sandbox);
    let order: OrderDraft = OrderDraft::update_features("1001")
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "1"))
        .into();
    let id = client
        .orders()
        .submit_without_confirmation(order)
        .await
        .unwrap()
        .order_id()
        .to_owned();
    client.orders().list().send().await.unwrap();
    client.orders().get(&id).await.unwrap();
    client.orders().history(&id, None).await.unwrap();
    client.orders().shipments(&id, None).await.unwrap();
    client.orders().approve(&id, None).await.unwrap();
    client
        .orders()
        .properties(TransactionType::Upgrade)
        .vendor("3001")
        .send()
        .await
        .unwrap();
    client
        .orders()
        .acknowledgements(TransactionType::XferServiceIn, "3001")
        .send()
        .await
        .unwrap();
    let devices = client.catalog().devices().vendor("3001").send().await.unwrap();
    assert_eq!(devices.len(), 2);
    client.catalog().device("4001").await.unwrap();
    client.catalog().plans().send().await.unwrap();
    client.catalog().plan("4101").await.unwrap();
    client
        .catalog()
        .accessories()
        .service("1001")
        .send()
        .await
        .unwrap();
    client.catalog().accessory("4201").await.unwrap();
    client.catalog().features().send().await.unwrap();
    assert_eq!(
        client
            .devices()
            .list()
            .with_service_details()
            .items()
            .collect()
            .await
            .unwrap()
            .len(),
        6
    );
    client.devices().get("7001").await.unwrap();
    client
        .services()
        .list()
        .of(EmployeeRef::tangoe_id("5004"))
        .items()
        .collect()
        .await
        .unwrap();
    client.services().get("1001").await.unwrap();
    client
        .services()
        .move_to("1001", EmployeeRef::tangoe_id("5003"), MoveCharges::MoveNoCharges)
        .await
        .unwrap();
    client.employees().list().pages().collect().await.unwrap();
    client.employees().get("5001").await.unwrap();
    assert_eq!(client.me().await.unwrap().is_approver(), Some(true));
    assert_eq!(
        client.diagnostics().await.unwrap().flag("IS_ACTOR_APPROVER"),
        Some(true)
    );
    assert_eq!(client.ping("hello").await.unwrap()["echoText"], json!("hello"));
    client.regions().send().await.unwrap();
    client.region("2001").await.unwrap();
    client.vendors().send().await.unwrap();
    client.vendor("3001").await.unwrap();
    client.manufacturers().send().await.unwrap();
    client.manufacturer("Ostrea Labs").await.unwrap();
    client
        .models("Kestrel")
        .only(ModelFilter::Device)
        .send()
        .await
        .unwrap();
    client.model("Kestrel", "Kestrel K4 (64GB) - Gray").await.unwrap();
    let reached: BTreeSet<&str> = sandbox
        .requests()
        .iter()
        .filter_map(|request| request.operation)
        .collect();
    for operation in ALL {
        assert!(
            reached.contains(operation.id),
            "{} is not reachable",
            operation.id
        );
    }
}

#[tokio::test]
async fn ten_thousand_employees_are_each_seen_once() {
    for (backend, prefetch) in [(Backend::PremiumMobile, 0), (Backend::Rivermine, 4)] {
        let sandbox = Sandbox::builder()
            .backend(backend)
            .employees(9993)
            .start()
            .await
            .unwrap();
        let mut items = client(&sandbox)
            .employees()
            .list()
            .page_size(250)
            .prefetch(prefetch)
            .items();
        let mut seen = BTreeSet::new();
        while let Some(employee) = items.next().await {
            assert!(seen.insert(employee.unwrap().id));
        }
        assert_eq!(seen.len(), 10_000);
        let requests = sandbox.requests_for("employee_list");
        assert_eq!(requests.len(), 40);
        for request in requests {
            let offset: u32 = request.query("offset").unwrap().parse().unwrap();
            assert_eq!(offset % 250, 0);
        }
    }
}

#[tokio::test]
async fn nothing_is_fetched_beyond_the_limit() {
    let sandbox = Sandbox::builder().employees(500).start().await.unwrap();
    for prefetch in [0, 3] {
        sandbox.clear_requests();
        let client = client(&sandbox);
        let list = client
            .employees()
            .list()
            .page_size(10)
            .limit(25)
            .prefetch(prefetch)
            .param("custom", "a b");
        assert_eq!(list.items().collect().await.unwrap().len(), 25);
        let requests = sandbox.requests_for("employee_list");
        assert_eq!(requests.len(), 3, "prefetch {prefetch}");
        assert!(
            requests
                .iter()
                .all(|request| request.query("custom") == Some("a b"))
        );
    }
}

fn page(ids: &[&str], total: Option<u32>, next: bool) -> Value {
    let items: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    let mut meta = json!({});
    if let Some(total) = total {
        meta["totalCount"] = json!(total);
    }
    if next {
        meta["hrefNext"] = json!("https://host.example/mobproc/v1/employees");
    }
    json!({ "employees": { "_meta": meta, "items": items } })
}

async fn walk(pages: Vec<Value>) -> Result<Vec<String>, mobproc::Error> {
    let sandbox = Sandbox::start().await.unwrap();
    for page in pages {
        sandbox.script("employee_list", 200, page).unwrap();
    }
    let employees: Vec<Employee> = client(&sandbox)
        .employees()
        .list()
        .page_size(2)
        .items()
        .collect()
        .await?;
    Ok(employees.into_iter().map(|employee| employee.id).collect())
}

#[tokio::test]
async fn odd_lists_are_survived_or_reported() {
    // An empty page in the middle.
    let holes = vec![
        page(&["1", "2"], Some(6), true),
        page(&[], Some(6), true),
        page(&["5", "6"], Some(6), false),
    ];
    assert_eq!(walk(holes).await.unwrap(), ["1", "2", "5", "6"]);
    // The total shrinks while we look.
    let shrinking = vec![page(&["1", "2"], Some(6), true), page(&["3"], Some(3), false)];
    assert_eq!(walk(shrinking).await.unwrap(), ["1", "2", "3"]);
    // Neither links nor total: a page that is not full is the last.
    let silent = vec![page(&["1", "2"], None, false), page(&["3"], None, false)];
    assert_eq!(walk(silent).await.unwrap(), ["1", "2", "3"]);
    // A bare array.
    assert_eq!(walk(vec![json!([{ "id": "1" }])]).await.unwrap(), ["1"]);
    let repeated = walk(vec![
        page(&["1", "2"], Some(9), true),
        page(&["1", "2"], Some(9), true),
    ])
    .await
    .failed();
    assert!(repeated.to_string().contains("repeats a page"), "{repeated}");
    let empty = walk((0..20).map(|_| page(&[], Some(99), true)).collect())
        .await
        .failed();
    assert!(empty.to_string().contains("one empty page"), "{empty}");
}

#[tokio::test]
async fn a_server_that_repeats_its_first_page_does_not_hold_anybody() {
    let sandbox = Sandbox::builder()
        .employees(100)
        .fault(Rule::new(Fault::RepeatPage).on("employee_list"))
        .start()
        .await
        .unwrap();
    for prefetch in [0, 5] {
        let client = client(&sandbox);
        let list = client.employees().list().page_size(10).prefetch(prefetch);
        let error = list.items().collect().await.failed();
        assert!(error.to_string().contains("repeats a page"), "{error}");
    }
}

#[tokio::test]
async fn links_are_followed_to_the_configured_server_only() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let odd = "http://api.tangoe.com/mobileprocurement/v1/assets/services/1001";
    let service: ServiceAsset = client.follow(odd).await.unwrap();
    assert_eq!(service.id, "1001");
    let model: Value = client
        .follow("https://tngo--mobproc.cloudhub.io/mobproc/v1/manufacturers/Kestrel/models/Kestrel%20K4%20(64GB)%20-%20Gray")
        .await
        .unwrap();
    assert_eq!(model["name"], json!("Kestrel K4 (64GB) - Gray"));
    let error = client
        .follow::<Value>("https://evil.example/steal")
        .await
        .failed();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(
        client.get_raw::<Value>("/ping?echoText=a%20b").await.unwrap()["echoText"],
        json!("a b")
    );
    let order = json!({ "orderRequest": { "transactionType": "UPDATE_FEATURES", "serviceId": "1001",
        "shoppingCart": { "features": [{ "id": "43", "action": "ADD" }] },
        "properties": [{ "fields": [{ "id": "CONTACT_NUMBER", "text": "1" }] }] } });
    let answer = client.post_raw("/orders?confirm=true", &order).await.unwrap();
    assert!(answer["orderConfirmation"].is_object());
    // Of a raw write nothing is known, so it is never sent again.
    sandbox
        .add_fault(Rule::new(Fault::DropAfter).on("order_create"))
        .unwrap();
    sandbox.clear_requests();
    assert!(
        client
            .post_raw("/orders?confirm=true", &order)
            .await
            .failed()
            .is_outcome_unknown()
    );
    assert_eq!(sandbox.requests_for("order_create").len(), 1);
}

#[tokio::test]
async fn redirects_of_reads_stay_at_home() {
    let elsewhere = Sandbox::start().await.unwrap();
    let sandbox = Sandbox::start().await.unwrap();
    let client: Client = client(&sandbox);
    let home = format!("{}/regions/2002", sandbox.base_url());
    sandbox
        .add_fault(Rule::new(Fault::Redirect(home)).on("region_get").times(1))
        .unwrap();
    assert_eq!(
        client.region("2001").await.unwrap().abbreviation.as_deref(),
        Some("SE")
    );
    let away = format!("{}/regions/2002", elsewhere.base_url());
    sandbox.clear_faults();
    sandbox
        .add_fault(Rule::new(Fault::Redirect(away)).on("region_get"))
        .unwrap();
    assert_eq!(client.region("2001").await.failed().status(), Some(307));
    assert!(elsewhere.requests().is_empty());
}

/// Whoever stops waiting for a page and asks again gets the same page, not the one after it.
#[tokio::test]
async fn giving_up_on_a_page_loses_nothing() {
    let sandbox = Sandbox::builder()
        .employees(93)
        .fault(Rule::new(Fault::Delay(Duration::from_millis(30))).on("employee_list"))
        .start()
        .await
        .unwrap();
    let client = client(&sandbox);
    let mut pages = client.employees().list().page_size(10).prefetch(3).pages();
    let mut seen: Vec<String> = Vec::new();
    let mut given_up = 0;
    let mut page = Some(pages.next().await);
    while let Some(Some(items)) = page {
        seen.extend(items.unwrap().into_iter().map(|employee| employee.id));
        page = None;
        while page.is_none() {
            page = tokio::time::timeout(Duration::from_millis(2), pages.next())
                .await
                .ok();
            given_up += u32::from(page.is_none());
        }
    }
    assert!(given_up > 0);
    let all = client
        .employees()
        .list()
        .page_size(100)
        .items()
        .collect()
        .await
        .unwrap();
    assert_eq!(
        seen,
        all.into_iter().map(|employee| employee.id).collect::<Vec<_>>()
    );
}
