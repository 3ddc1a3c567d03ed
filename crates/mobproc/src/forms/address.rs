//! A country's address.

use std::fmt;

use mobproc_api::types::{AddressFormatComponent, Region};

use super::text::{TextRules, error, is_required, warning};
use crate::orders::{ShippingAddress, Violations};

/// The parts of an address in a country, and their values so far.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = mobproc_sandbox::Sandbox::start().await?;
/// # let of = sandbox.credentials().clone();
/// # let client = mobproc::Client::builder()
/// #     .base_url(sandbox.base_url())
/// #     .token_url(sandbox.token_url())
/// #     .tenant(of.tenant)
/// #     .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
/// #     .build()?;
/// let country = client.region("2001").await?;
/// let mut form = mobproc::AddressForm::of(&country).ok_or("the country has no address format")?;
/// form.set("LINE_1", "14 Harbor Street").set("CITY", "New Haven");
/// form.set("STATE", "CT").set("POSTAL_CODE", "06510");
/// let address = form.checked("Amara Okafor")?; // or all that is wrong with it
/// # drop(address);
/// # Ok(()) }
/// ```
///
/// Made from a [`Region`] by [`AddressForm::of`].
#[derive(Clone, PartialEq)]
pub struct AddressForm {
    region_id: String,
    parts: Vec<AddressFormatComponent>,
    values: Vec<(String, String)>,
}

impl AddressForm {
    /// The address form of a country; nothing if it has none.
    #[must_use]
    pub fn of(region: &Region) -> Option<Self> {
        Some(Self {
            region_id: region.id.clone(),
            parts: region.address_format.clone()?,
            values: Vec::new(),
        })
    }

    /// The parts, in the order to display.
    #[must_use]
    pub fn parts(&self) -> &[AddressFormatComponent] {
        &self.parts
    }

    /// Fills a part in, such as `CITY`.
    pub fn set(&mut self, part: impl Into<String>, value: impl Into<String>) -> &mut Self {
        let part = part.into();
        self.values.retain(|(known, _)| *known != part);
        self.values.push((part, value.into()));
        self
    }

    /// Everything that is wrong. Pointers name the part.
    #[must_use]
    pub fn check(&self) -> Violations {
        let mut found = Vec::new();
        for part in &self.parts {
            let pointer = format!("/{}", part.id);
            let value = self
                .values
                .iter()
                .find(|(id, _)| *id == part.id)
                .map(|(_, value)| value.as_str());
            let rules = TextRules {
                required: is_required(part.requirement.as_ref()),
                min: part.min_length,
                max: part.max_length,
                regex: part.regex.as_deref(),
                hint: part.pattern.as_deref(),
            };
            rules.check(&pointer, value, &mut found);
            let options = part.options.as_deref().unwrap_or_default();
            if let Some(value) = value.filter(|value| !value.is_empty())
                && !options.is_empty()
                && !options
                    .iter()
                    .any(|option| option.value.as_deref() == Some(value))
            {
                found.push(error(&pointer, "is none of the options"));
            }
        }
        for (id, _) in &self.values {
            if !self.parts.iter().any(|part| part.id == *id) {
                found.push(warning(&format!("/{id}"), "is not asked for"));
            }
        }
        found.into()
    }

    /// An address in this country, if nothing is certainly wrong with the address.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn checked(&self, recipient: impl Into<String>) -> Result<ShippingAddress, Violations> {
        self.check().into_result()?;
        Ok(self.unchecked(recipient))
    }

    /// An address in this country, as it is.
    pub fn unchecked(&self, recipient: impl Into<String>) -> ShippingAddress {
        self.values.iter().fold(
            ShippingAddress::new(recipient, &self.region_id),
            |address, (id, value)| address.line(id, value),
        )
    }
}

/// The country and what is asked, but not who lives where.
impl fmt::Debug for AddressForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.parts.iter().map(|part| part.id.as_str()).collect();
        f.debug_struct("AddressForm")
            .field("region_id", &self.region_id)
            .field("parts", &ids)
            .finish_non_exhaustive()
    }
}
