//! Filling in what an order asks for: properties, a country's address, acknowledgements.
//!
//! Each is a value that says what is asked and checks what was answered, all at once. Helpers,
//! never forced: the documented examples themselves break some of the published rules.

mod acknowledgement;
mod address;
mod pattern;
mod property;
mod text;

pub use acknowledgement::{AcknowledgementForm, AcknowledgementFormRequest};
pub use address::AddressForm;
#[cfg(any(test, fuzzing))]
pub(crate) use pattern::fits;
pub use property::{PropertyForm, PropertyFormRequest};
