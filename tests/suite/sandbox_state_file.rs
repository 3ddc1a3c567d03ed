//! A sandbox that outlives its process: what was ordered is on the disk before it is answered.

use std::path::Path;
use std::time::Duration;

use mobproc::{Client, Credentials, OrderDraft, Property, RetryPolicy};
use mobproc_sandbox::{Effects, Sandbox};

async fn started(path: &Path) -> Sandbox {
    let sandbox = Sandbox::builder()
        .state_file(path)
        .effects(Effects::OnPlacement)
        .employees(50)
        .start();
    sandbox.await.unwrap()
}

fn client_of(sandbox: &Sandbox) -> Client {
    let of = sandbox.credentials();
    Client::builder()
        .base_url(sandbox.base_url())
        .tenant(&of.tenant)
        .credentials(Credentials::bearer(&of.client_id, sandbox.access_token()))
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

fn suspend(line: &str) -> OrderDraft {
    let number = Property::text("CONTACT_NUMBER", "202-555-0101");
    OrderDraft::suspend(line).property(number).into()
}

async fn place(client: &Client, order: OrderDraft) -> String {
    let confirmed = client.orders().confirm(order).await.unwrap();
    confirmed.submit().await.unwrap().order_id().to_owned()
}

async fn status_of(client: &Client, line: &str) -> String {
    let line = client.services().get(line).await.unwrap();
    line.status.unwrap().to_string()
}

#[tokio::test]
async fn orders_and_what_they_change_outlive_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    let first = started(&path).await;
    let client = client_of(&first);
    let made = client.services().list().items().collect().await.unwrap();
    let made = made
        .iter()
        .find(|line| line.id.len() > 8 && line.status.as_ref().unwrap().as_str() == "ACTIVE");
    let made = made.unwrap().id.clone();
    let id = place(&client, suspend("1001")).await;
    let of_made = place(&client, suspend(&made)).await;
    let as_seen = first.orders();
    first.stop().await;

    let second = started(&path).await;
    let client = client_of(&second);
    assert_eq!(status_of(&client, "1001").await, "SUSPENDED");
    // Of a line that is made when it is looked at, what has changed is kept.
    assert_eq!(status_of(&client, &made).await, "SUSPENDED");
    let order = client.orders().get(&id).await.unwrap();
    assert_eq!(order.order_id.as_deref(), Some(id.as_str()));
    // Links are those of the sandbox that answers.
    let now = serde_json::to_string(&second.orders()).unwrap();
    let before = serde_json::to_string(&as_seen).unwrap();
    assert!(now.contains(&second.base_url()));
    assert_eq!(now, before.replace(&first_base(&before), &second.base_url()));
    // Ids go on where they were.
    let third = place(&client, suspend("1002")).await;
    assert!(third > of_made && of_made > id, "{id} {of_made} {third}");
}

/// The base URL in links.
fn first_base(text: &str) -> String {
    let from = text.find("http://").unwrap();
    let to = text[from..].find("/mobproc/v1").unwrap();
    format!("{}/mobproc/v1", &text[from..from + to])
}

#[tokio::test]
async fn sandboxes_that_share_a_file_see_each_others_orders() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    let (one, two) = (started(&path).await, started(&path).await);
    let clients = [client_of(&one), client_of(&two)];
    let mut ids = Vec::new();
    let placed: Vec<_> = (0..20)
        .map(|turn| {
            let client = clients[turn % 2].clone();
            tokio::spawn(
                async move { place(&client, suspend(if turn % 2 == 0 { "1001" } else { "1002" })).await },
            )
        })
        .collect();
    let mut refused = 0;
    for task in placed {
        // A line that is suspended already cannot be suspended again.
        match task.await {
            Ok(id) => ids.push(id),
            Err(_) => refused += 1,
        }
    }
    assert_eq!((ids.len(), refused), (2, 18));
    ids.sort();
    for client in &clients {
        let orders = client.orders().list().items().collect().await.unwrap();
        let mut seen: Vec<String> = orders
            .iter()
            .filter_map(|item| item.order().order_id.clone())
            .collect();
        seen.sort();
        assert_eq!(seen, ids);
        assert_eq!(status_of(client, "1001").await, "SUSPENDED");
    }
}

#[tokio::test]
async fn time_goes_on_while_no_sandbox_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    let at = |hour: u32| {
        let time = chrono::DateTime::parse_from_rfc3339(&format!("2031-01-01T{hour:02}:00:00Z"));
        let time = time.unwrap().to_utc();
        Sandbox::builder()
            .state_file(path.clone())
            .ship_after(Duration::from_secs(600))
            .clock(move || time)
    };
    let first = at(1).start().await.unwrap();
    let id = place(&client_of(&first), suspend("1001")).await;
    assert_eq!(first.orders()[0]["status"], "ORDER_SUBMITTED");
    first.stop().await;
    let second = at(2).start().await.unwrap();
    let order = client_of(&second).orders().get(&id).await.unwrap();
    assert_eq!(order.status.unwrap().as_str(), "ORDER_COMPLETED");
    assert_eq!(status_of(&client_of(&second), "1001").await, "SUSPENDED");
}

#[tokio::test]
async fn a_file_that_is_no_state_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    let sandbox = started(&path).await;
    place(&client_of(&sandbox), suspend("1001")).await;
    sandbox.stop().await;
    let good = std::fs::read_to_string(&path).unwrap();
    for bad in [
        "",
        "{}",
        &good[..good.len() / 2],
        &good.replace("\"version\":1", "\"version\":7"),
        &good.replace("\"document\":\"{", "\"document\":\"[{"),
    ] {
        std::fs::write(&path, bad).unwrap();
        let error = Sandbox::builder().state_file(&path).start().await.unwrap_err();
        assert!(error.to_string().contains("tenant.json: "), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bad);
    }
}

/// What nobody would find again did not happen.
#[cfg(unix)]
#[tokio::test]
async fn an_order_that_cannot_be_kept_is_not_placed() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let sandbox = started(&inner.join("tenant.json")).await;
    let client = client_of(&sandbox);
    place(&client, suspend("1001")).await;
    let confirmed = client.orders().confirm(suspend("1002")).await.unwrap();
    // Something stands where the next version is written.
    std::fs::create_dir(inner.join("tenant.new")).unwrap();
    let refused = confirmed.submit().await.unwrap_err();
    assert!(
        refused.to_string().contains("The state cannot be kept"),
        "{refused}"
    );
    assert_eq!(sandbox.orders().len(), 1);
    assert_eq!(status_of(&client, "1002").await, "ACTIVE");
    std::fs::remove_dir(inner.join("tenant.new")).unwrap();
    place(&client, suspend("1002")).await;
    assert_eq!(sandbox.orders().len(), 2);
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(inner.join("tenant.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
