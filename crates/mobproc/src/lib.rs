//! A safe client for Tangoe's Mobile Procurement (MOBPROC) v1 REST API.
//!
//! With the API companies order, upgrade, suspend, port and transfer the phones and lines of their people. An order is
//! placed in two steps: it is *confirmed* (checked and priced, nothing happens), then *submitted*. Forgetting the flag that
//! tells the two apart orders a real phone, and there is no idempotency key: so here they are two methods, and a write is
//! never sent a second time once a connection was made.
//!
//! ```
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = mobproc_sandbox::Sandbox::start().await?;
//! # let (base_url, token_url) = (sandbox.base_url(), sandbox.token_url());
//! # let of = sandbox.credentials().clone();
//! # let upgrade = include_str!("../../../openapi/examples/orders/upgrade/request.json");
//! use mobproc::{Actor, Client, Credentials, Order};
//!
//! let client = Client::builder()
//!     .base_url(base_url) // production without
//!     .token_url(token_url)
//!     .tenant(of.tenant)
//!     .credentials(Credentials::password(of.client_id, of.client_secret, of.username, of.password))
//!     .build()?
//!     .acting_for(Actor::company_employee("peter.edwards.acme"));
//!
//! let confirmed = client.orders().confirm(Order::from_json(upgrade)?).await?; // nothing ordered yet
//! for cost in confirmed.costs() {
//!     println!("{cost}");
//! }
//! let placed = confirmed.submit().await?; // the very bytes that were confirmed
//! println!("order {}", placed.order_id());
//! # Ok(())
//! # }
//! ```

mod call;
mod client;
mod clock;
mod context;
mod env;
mod error;
mod failure;
mod forms;
mod headers;
mod lookups;
mod oauth;
mod orders;
mod pages;
mod raw;
mod retry;
mod services;
mod token;
mod write;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

pub use client::{
    Client, ClientBuilder, Credentials, PRODUCTION_BASE_URL, PRODUCTION_TOKEN_URL, QA_TOKEN_URL,
};
pub use clock::{Clock, SystemClock};
pub use context::Actor;
pub use error::{Delivery, Error};
pub use failure::Failure;
pub use forms::{AcknowledgementForm, AddressForm, PropertyForm};
pub use lookups::{Catalog, DeviceFilter, Devices, Employees, ListDevices, ListEmployees, ListServices};
pub use mobproc_api::{BoxFuture, types};
pub use oauth::TokenRequestForm;
pub use orders::{
    Confirmed, Cost, Deactivate, Destination, KnownDevice, ListOrders, NewActivation, Order,
    OrderAccessories, Orders, Placed, PortNumber, Property, Reconciliation, SavedConfirmation, Severity,
    Suspend, SwapDevices, TransferIn, TransferInAndPort, TransferOut, Unsuspend, UpdateFeatures, Upgrade,
    Violation,
};
pub use pages::{Items, Pages};
pub use retry::RetryPolicy;
pub use secrecy::{ExposeSecret, SecretString};
pub use services::Services;
pub use token::{AccessToken, TokenError, TokenSource, TokenStore};
