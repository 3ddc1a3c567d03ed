//! What the examples share: a client of an in-process sandbox, and a walk through the tutorials' five steps.

use std::error::Error;

use mobproc::{Actor, Client, Credentials, Order};
use mobproc_sandbox::Sandbox;

/// Confirms and places a documented order against a sandbox of its own, and says what happens.
pub(crate) async fn order(document: &str, actor: Actor) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let of = sandbox.credentials().clone();

    println!("1. Token: got by the password grant when it is first needed, and renewed in time.");
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
        .build()?
        .acting_for(actor);

    let order = Order::from_json(document)?;
    println!(
        "2. Request: {}, external order number {}.",
        order.transaction_type(),
        order.external_order_number()
    );

    let confirmed = client.orders().confirm(order).await?;
    println!("3. Confirmation: nothing is ordered yet. It would cost");
    println!("   {:>12}  currency  recurrence", "amount");
    for cost in confirmed.costs() {
        println!(
            "   {:>12}  {:<8}  {}",
            cost.amount().to_string(),
            cost.currency().unwrap_or("-"),
            cost.recurrence().map_or("-", |recurrence| recurrence.as_str()),
        );
    }

    println!("4. Submit: the very bytes that were confirmed, once.");
    let placed = confirmed.submit().await?;

    println!("5. Order number: {}", placed.order_id());
    sandbox.stop().await;
    Ok(())
}
