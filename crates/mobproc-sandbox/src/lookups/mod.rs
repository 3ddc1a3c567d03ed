//! The operations that only read, by resource.

pub(crate) mod assets;
pub(crate) mod catalog;
mod list;
pub(crate) mod orders;
pub(crate) mod people;
pub(crate) mod reference;
pub(crate) mod system;
