#![doc = include_str!("../docs/guide.md")]

mod auth;
mod body;
mod client;
mod clock;
mod error;
mod forms;
mod orders;
#[cfg(feature = "profiles")]
pub mod profiles;
mod resources;
mod retry;
mod signing;
mod transport;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod untrusted;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

pub use auth::{AccessToken, Credentials, TokenError, TokenRequestForm, TokenSource, TokenStore};
pub use client::{
    Capabilities, Client, ClientBuilder, NotCarriedOut, PRODUCTION_BASE_URL, PRODUCTION_TOKEN_URL,
    QA_TOKEN_URL, UnknownWrite, WriteError,
};
pub use clock::{BoxFuture, Clock, SystemClock};
pub use error::{Dispatch, Error, ErrorKind, Failure};
pub use forms::{
    AcknowledgementForm, AcknowledgementFormRequest, AddressForm, PropertyForm, PropertyFormRequest,
};
pub use mobproc_api::types;
pub use orders::{
    Confirm, ConfirmError, ConfirmedOrder, Cost, Deactivate, DeviceIdentity, ListOrders, NewActivation,
    NotPlaced, OpenOutcome, OrderAccessories, OrderDraft, OrderError, Orders, PlacedOrder, PollOrder, Polled,
    PortNumber, Property, Reconciliation, SavedOrder, Severity, ShippingAddress, SubmitError,
    SubmitUnconfirmed, Suspend, SwapDevices, Totals, TransferIn, TransferInAndPort, TransferOut, Unsuspend,
    UpdateFeatures, Upgrade, Violation, Violations,
};
pub use resources::catalog::{Catalog, ListAccessories, ListCatalogDevices, ListFeatures, ListPlans};
pub use resources::devices::{Devices, ListDevices};
pub use resources::employees::{Employees, ListEmployees};
pub use resources::reference::{ListManufacturers, ListModels, ListRegions, ListVendors};
pub use resources::services::{ListServices, Services};
pub use retry::RetryPolicy;
pub use secrecy::{ExposeSecret, SecretString};
pub use transport::context::{EmployeeRef, NoEmployee};
pub use transport::pages::{Items, Pages};
pub use transport::{Answer, Attempt, AttemptAnswer, Decision, Observer};
