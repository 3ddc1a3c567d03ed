//! One file for each group of commands.

pub(crate) mod agree;
pub(crate) mod api;
pub(crate) mod approvals;
pub(crate) mod auth;
mod definitions;
pub(crate) mod doctor;
pub(crate) mod follow;
pub(crate) mod lookups;
pub(crate) mod manual;
pub(crate) mod new;
mod offer;
pub(crate) mod open;
pub(crate) mod place;
pub(crate) mod probe;
pub(crate) mod profile;
pub(crate) mod rollout;
pub(crate) mod sandbox;
pub(crate) mod template;
