//! Looking things up, and the few writes that are not orders.

pub(crate) mod catalog;
pub(crate) mod devices;
pub(crate) mod employees;
mod raw;
pub(crate) mod reference;
pub(crate) mod services;
mod system;
