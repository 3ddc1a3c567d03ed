//! Generated client and types for Tangoe's Mobile Procurement (MOBPROC) v1 REST API.
//!
//! Most people want the crate `mobproc`, which stands on this one and knows about tokens, retries
//! and the danger of ordering a phone twice. This crate has one function for each of the documented
//! operations on [`Api`], which builds a [`Request`] and sends nothing; the types they take and
//! give in [`types`]; and a table of what there is in [`operations`].
//!
//! # Where it comes from
//!
//! Everything is generated from `openapi/mobproc.yaml`, a description of the API written by hand
//! from its public tutorials. The documentation of each type ends in its *evidence*: `example` (a
//! full JSON example is published), `partial` (an elided one), `prose`, `link`, `history` (an
//! earlier revision of the pages), or `inferred`.
//!
//! # What to expect of the types
//!
//! * Nothing is lost: amounts are exact decimals ([`types::Amount`]), times keep the text they were
//!   written in ([`types::Timestamp`]), lists remember how they were wrapped
//!   ([`types::Collection`]), an empty array is not an absent one.
//! * Nothing new breaks them: a value this version does not know stays readable (every enum has an
//!   `Unrecognized` variant), members this version does not know are ignored.
//! * `Debug` does not print names, addresses, telephone or serial numbers; it says `[personal]`
//!   instead.
//!
//! # Features
//!
//! * `codegen` (default): generate at build time instead of using the checked-in copy. For work on
//!   the document.
//! * `document`: the OpenAPI document itself, as JSON text.
//! * `schemars`: `JsonSchema` for every type.
//!
//! # Without the crate `mobproc`
//!
//! [`Request::send`] sends a request once, through an [`HttpClient`] that follows no redirects and
//! repeats nothing. Token, tenant and the other headers are yours to add.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use mobproc_api::{Api, HttpClient};
//!
//! let client = HttpClient::new(reqwest::Client::builder)?;
//! let mut request = Api::new("https://api.example/mobproc/v1")?.region_get("2001")?;
//! request.headers_mut().insert("authorization", "Bearer TOKEN".parse()?);
//! let region = request.send(&client).await?.value;
//! # Ok(()) }
//! ```

mod accessors;
mod amount;
mod collection;
mod debug;
mod either;
mod error;
mod guess;
mod http;
mod open_enum;
mod operation;
mod order_rule;
mod path;
mod query;
mod raw;
mod reading;
mod request;
mod timestamp;

use open_enum::open_enum;

pub use error::RequestError;
pub use http::{Answer, HttpClient, SendError};
pub use operation::{Method, Operation, Repeat};
pub use request::{Api, Body, Request};

#[cfg(feature = "codegen")]
#[allow(
    clippy::all,
    clippy::restriction,
    clippy::pedantic,
    clippy::nursery,
    unused_qualifications,
    unreachable_pub
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

#[cfg(not(feature = "codegen"))]
#[allow(
    clippy::all,
    clippy::restriction,
    clippy::pedantic,
    clippy::nursery,
    unused_qualifications,
    unreachable_pub
)]
mod generated {
    include!("generated.rs");
}

#[cfg(feature = "schemars")]
pub use generated::json_schemas;
pub use generated::{OperationId, operations, params};

/// What each kind of order needs, may carry and shows, as far as the public documentation says.
///
/// The page `openapi/ORDERS.md` of the project shows the same for people.
pub mod order_rules {
    pub use crate::generated::order_rules::{ALL, MEMBERS, OrderCondition, OrderPart};
    pub use crate::order_rule::{AtLeastOne, Evidence, Need, OrderCategory, OrderRules, PartRule, Presence};
}

/// The OpenAPI document this crate is generated from, as JSON, with its examples in place.
#[cfg(feature = "document")]
#[must_use]
pub fn document() -> &'static str {
    include_str!("../openapi/mobproc.json")
}

/// Every type of the API: what requests take and answers give.
pub mod types {
    pub use crate::amount::{Amount, AmountError};
    pub use crate::collection::{Collection, Item, Wrapper};
    pub use crate::either::{AccessMethods, BooleanText, ModelRef, OrderListItem};
    pub use crate::generated::open_enums::*;
    pub use crate::generated::types::*;
    pub use crate::guess::Guess;
    pub use crate::open_enum::UnrecognizedValue;
    pub use crate::timestamp::Timestamp;
}
