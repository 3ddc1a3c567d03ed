//! Generated client and types for Tangoe's Mobile Procurement (MOBPROC) v1 REST API.
//!
//! Most people want the crate `mobproc`, which stands on this one and knows about tokens, retries and the
//! danger of ordering a phone twice. This crate is the plain transport: one function for each of the
//! documented operations on [`Client`], the types they take and give in [`types`], and a table of what there
//! is in [`operations`].
//!
//! # Where it comes from
//!
//! Everything is generated from `openapi/mobproc.yaml`, a description of the API written by hand from its
//! public tutorials. The documentation of each type ends in its *evidence*: `example` (a full JSON example is
//! published), `partial` (an elided one), `prose`, `link`, `history` (an earlier revision of the pages), or
//! `inferred`.
//!
//! # What to expect of the types
//!
//! * Nothing is lost: amounts are exact decimals ([`types::Amount`]), times keep the text they were written in
//!   ([`types::Timestamp`]), lists remember how they were wrapped ([`types::Collection`]), an empty array is not
//!   an absent one.
//! * Nothing new breaks them: a value this version does not know stays readable (every enum has an `Unrecognized`
//!   variant), members this version does not know are ignored.
//! * `Debug` does not print names, addresses, telephone or serial numbers; it says `[personal]` instead.
//!
//! # Features
//!
//! * `codegen` (default): generate at build time instead of using the checked-in copy. For work on the document.
//! * `document`: the OpenAPI document itself, as JSON text.
//! * `schemars`: `JsonSchema` for every type.
//!
//! # Who sends the request
//!
//! [`Client`] hands every request to an [`Intercept`], which adds credentials and headers. [`Plain`] adds none.

mod accessors;
mod amount;
mod collection;
mod debug;
mod either;
mod hook;
mod open_enum;
mod operation;

mod timestamp;

use open_enum::open_enum;

pub use hook::{BoxFuture, Intercept, Plain};
pub use operation::{Method, Operation, Repeat};

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
pub use generated::{ByteStream, Client, ClientInfo, Error, ResponseValue, operations};

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
    pub use crate::open_enum::UnrecognizedValue;
    pub use crate::timestamp::Timestamp;
}
