#![doc = include_str!("../docs/guide.md")]

mod call;
mod client;
mod clock;
mod context;
mod env;
mod error;
mod failure;
mod forms;
mod headers;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod hostile;
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
