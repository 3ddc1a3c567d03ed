//! What the examples share: somewhere to go, and the walk from an order to its number.
//!
//! Without `MOBPROC_BASE_URL` they go to a sandbox of their own. With it they go there, as the
//! environment says, and stop after the confirmation unless `--submit` is given: out there an order
//! is real.

#![allow(dead_code, reason = "each example uses what it needs")]

use std::error::Error;

use mobproc::{Client, Credentials, EmployeeRef, OrderDraft};
use mobproc_sandbox::Sandbox;

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// A client, and the sandbox it goes to, if that is ours.
pub(crate) struct Place {
    pub(crate) client: Client,
    pub(crate) sandbox: Option<Sandbox>,
}

impl Place {
    /// Whether orders may be placed here.
    pub(crate) fn may_submit(&self) -> bool {
        self.sandbox.is_some() || std::env::args().any(|argument| argument == "--submit")
    }

    pub(crate) async fn leave(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

pub(crate) async fn connect() -> Result<Place, Box<dyn Error>> {
    if std::env::var_os("MOBPROC_BASE_URL").is_some() {
        return Ok(Place {
            client: Client::from_env()?,
            sandbox: None,
        });
    }
    let sandbox = Sandbox::start().await?;
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
        .build()?;
    Ok(Place {
        client,
        sandbox: Some(sandbox),
    })
}

/// Confirms an order, shows what it would cost, and places it.
pub(crate) async fn order(actor: &str, order: impl Into<OrderDraft>) -> Outcome {
    let place = connect().await?;
    println!("1. Token: fetched by the password grant when it is first needed, and renewed in time.");
    let client = place.client.acting_for(EmployeeRef::company_id(actor));

    let order = order.into();
    println!("2. Request: {} for {actor}.", order.transaction_type());

    let confirmed = client.orders().confirm(order).await?;
    println!(
        "3. Confirmation of {}: nothing is ordered yet. It would cost",
        confirmed.external_order_number()
    );
    println!("   {:>12}  currency  recurrence", "amount");
    for cost in confirmed.costs() {
        println!(
            "   {:>12}  {:<8}  {}",
            cost.amount().to_string(),
            cost.currency().unwrap_or("-"),
            cost.recurrence().map_or("-", |recurrence| recurrence.as_str()),
        );
    }

    if !place.may_submit() {
        println!("4. Not submitted: this would order for real. Give --submit to do so.");
        return Ok(());
    }
    println!("4. Submit: the very bytes that were confirmed, once.");
    let placed = confirmed.submit().await?;
    println!("5. Order number: {}", placed.order_id());
    place.leave().await;
    Ok(())
}
