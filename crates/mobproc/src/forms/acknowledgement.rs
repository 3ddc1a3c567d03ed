//! What a user has to read and accept.

use mobproc_api::types::{AcknowledgementDefinition, AcknowledgementList, InfoBlock, TransactionType};

use super::text::{error, is_required, warning};
use crate::client::Client;
use crate::error::Error;
use crate::orders::{Orders, Violations};

/// Which acknowledgements to ask for. Made by [`Orders::acknowledgements`].
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until `send` is called"]
pub struct AcknowledgementFormRequest {
    client: Client,
    kind: TransactionType,
    vendor: String,
    params: Vec<(String, String)>,
}

impl Orders {
    /// Asks what the user has to read and accept before an order of a kind is placed at this
    /// vendor.
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
    /// use mobproc::OrderDraft;
    /// use mobproc::types::TransactionType;
    ///
    /// let kind = TransactionType::XferServiceIn;
    /// let mut form = client.orders().acknowledgements(kind, "3001").send().await?;
    /// let shown: Vec<String> = form.statements().iter().map(|asked| asked.id.clone()).collect();
    /// for id in shown {
    ///     form.accept(id); // only once the user has
    /// }
    /// let order = OrderDraft::transfer_in("3001", "2001").acknowledge_many(form.checked()?);
    /// # drop(order);
    /// # Ok(()) }
    /// ```
    pub fn acknowledgements(
        &self,
        kind: TransactionType,
        vendor_id: impl Into<String>,
    ) -> AcknowledgementFormRequest {
        AcknowledgementFormRequest {
            client: self.client().clone(),
            kind,
            vendor: vendor_id.into(),
            params: Vec::new(),
        }
    }
}

impl AcknowledgementFormRequest {
    /// Adds a query parameter that is not modelled.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Fetches the form.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn send(self) -> Result<AcknowledgementForm, Error> {
        let mut request = self.client.api().acknowledgement_list(&self.kind, &self.vendor)?;
        for (name, value) in &self.params {
            request = request.param(name, value);
        }
        let asked = self.client.fetch(Ok(request)).await?.into_value();
        Ok(AcknowledgementForm::new(asked))
    }
}

/// What a user has to read and accept. Made by
/// [`Orders::acknowledgements`](crate::Orders::acknowledgements).
#[derive(Debug, Clone, PartialEq)]
pub struct AcknowledgementForm {
    asked: AcknowledgementList,
    accepted: Vec<String>,
}

impl AcknowledgementForm {
    /// A form from an answer of the API.
    #[must_use]
    pub fn new(asked: AcknowledgementList) -> Self {
        Self {
            asked,
            accepted: Vec::new(),
        }
    }

    /// Texts to show to the user.
    #[must_use]
    pub fn info_blocks(&self) -> &[InfoBlock] {
        self.asked.info_blocks.as_deref().unwrap_or_default()
    }

    /// Statements to accept.
    #[must_use]
    pub fn statements(&self) -> &[AcknowledgementDefinition] {
        self.asked.definitions.as_deref().unwrap_or_default()
    }

    /// The user has accepted this statement.
    pub fn accept(&mut self, id: impl Into<String>) -> &mut Self {
        self.accepted.push(id.into());
        self
    }

    /// Everything that is wrong. Pointers name the statement.
    #[must_use]
    pub fn check(&self) -> Violations {
        let missing = self
            .statements()
            .iter()
            .filter(|statement| {
                is_required(Some(&statement.requirement)) && !self.accepted.contains(&statement.id)
            })
            .map(|statement| error(&format!("/{}", statement.id), "has to be accepted"));
        let unasked = self
            .accepted
            .iter()
            .filter(|id| !self.statements().iter().any(|statement| statement.id == **id))
            .map(|id| warning(&format!("/{id}"), "is not asked for"));
        missing.chain(unasked).collect::<Vec<_>>().into()
    }

    /// The ids of what was accepted, if all that is required was.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn checked(&self) -> Result<Vec<String>, Violations> {
        self.check().into_result()?;
        Ok(self.accepted.clone())
    }

    /// The ids of what was accepted, as they are.
    #[must_use]
    pub fn unchecked(&self) -> Vec<String> {
        self.accepted.clone()
    }
}
