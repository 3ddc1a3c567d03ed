//! Services (lines): moving one to another owner.

use mobproc_api::operations::SERVICE_ASSET_MOVE;
use mobproc_api::types::{MoveCharges, MoveRequest, ServiceAsset};

use crate::client::Client;
use crate::context::{Actor, split};
use crate::error::Error;
use crate::write;

/// Services (lines) of a tenant. Made by [`Client::services`].
#[derive(Debug, Clone, Copy)]
pub struct Services<'a> {
    client: &'a Client,
}

impl<'a> Services<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    pub(crate) fn client(self) -> &'a Client {
        self.client
    }

    /// Moves a service to another owner, with or without charges already incurred. **This is a write**: it is never sent a
    /// second time once a connection was made.
    ///
    /// # Errors
    ///
    /// [`Error::is_outcome_unknown`]: the service may or may not have been moved; look at its owner. All other errors say that it
    /// was not.
    pub async fn move_to(
        self,
        service_id: &str,
        new_owner: Actor,
        charges: MoveCharges,
    ) -> Result<ServiceAsset, Error> {
        let (employee, company_employee) = split(Some(new_owner));
        let request = MoveRequest {
            new_owner_employee_id: employee,
            new_owner_company_employee_id: company_employee,
            move_charges: Some(charges),
        };
        let answered = self
            .client
            .call(&SERVICE_ASSET_MOVE, None, |api| async move {
                api.service_asset_move(service_id, &request).await
            })
            .await;
        write::settled(answered).map(|answered| answered.value)
    }
}
