//! One call of the API: who asks, what for, and what they may see.

use std::borrow::Cow;

use mobproc_api::types::TransactionType;

use crate::answer::Failure;
use crate::backend::Backend;
use crate::orders::PlacedOrder;
use crate::render::Renderer;
use crate::request::Request;
use crate::seed::{Employee, Property, ServiceAsset};
use crate::tenant::Tenant;

/// Who asks, and what for.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) tenant: &'a Tenant,
    pub(crate) actor: &'a Employee,
    pub(crate) user: &'a Employee,
    pub(crate) backend: Backend,
    pub(crate) base: &'a str,
    /// Say what is hidden from the actor.
    pub(crate) explain: bool,
}

impl Call<'_> {
    pub(crate) fn renderer(&self) -> Renderer<'_> {
        Renderer {
            tenant: self.tenant,
            base: self.base,
        }
    }

    /// What somebody is told who may not see a thing: the same as if there were none. Only a
    /// sandbox that explains says more.
    pub(crate) fn missing(&self, what: &str, is_hidden: bool) -> Failure {
        let mut failure = Failure::not_found(&format!("such {what}"));
        if is_hidden && self.explain {
            let actor = &self.actor.company_employee_id;
            failure.message = format!(
                "There is no such {what} for {actor}: there is one, of somebody else's, and {actor} may not see it."
            );
        }
        failure
    }

    /// Approvers see everything; everybody else what is their own.
    pub(crate) fn may_see(&self, employee_id: &str) -> bool {
        self.sees_all() || self.actor.id == employee_id
    }

    pub(crate) fn sees_all(&self) -> bool {
        self.actor.approver || self.actor.service_account
    }

    /// The actor's id, where nothing but the actor's own is shown.
    pub(crate) fn own_id(&self) -> Option<&str> {
        (!self.sees_all()).then_some(&*self.actor.id)
    }

    /// The employee the query filters by: the Tangoe id wins over the company's own.
    pub(crate) fn filter(&self) -> Result<Option<Cow<'_, Employee>>, Failure> {
        if let Some(id) = self.request.query("employee") {
            return self
                .tenant
                .employees
                .by_id(id)
                .map(Some)
                .ok_or_else(|| unknown("employee", id));
        }
        match self.request.query("companyEmployeeId") {
            Some(id) => self
                .tenant
                .employee_by_company_id(id)
                .map(Some)
                .ok_or_else(|| unknown("companyEmployeeId", id)),
            None => Ok(None),
        }
    }

    pub(crate) fn updated_since(
        &self,
        parameter: &str,
    ) -> Result<Option<chrono::DateTime<chrono::FixedOffset>>, Failure> {
        self.request
            .query(parameter)
            .map(|text| {
                chrono::DateTime::parse_from_rfc3339(text).map_err(|_| {
                    Failure::bad_request(
                        "400-Parameter-error",
                        format!("The query parameter {parameter} must be an ISO 8601 date and time."),
                    )
                })
            })
            .transpose()
    }

    pub(crate) fn transaction_type(&self) -> Option<TransactionType> {
        self.request.query("transactionType").map(TransactionType::from)
    }

    pub(crate) fn known_vendor(&self, parameter: &str) -> Result<Option<&str>, Failure> {
        match self.request.query(parameter) {
            Some(id) if self.tenant.vendors.by_id(id).is_none() => Err(unknown(parameter, id)),
            id => Ok(id),
        }
    }

    pub(crate) fn service(&self, id: &str) -> Option<Cow<'_, ServiceAsset>> {
        self.tenant
            .service_assets
            .by_id(id)
            .filter(|service| self.may_see(&service.employee_id))
    }

    pub(crate) fn asked_service(&self) -> Result<Option<Cow<'_, ServiceAsset>>, Failure> {
        match self.request.query("service") {
            Some(id) => self.service(id).map(Some).ok_or_else(|| unknown("service", id)),
            None => Ok(None),
        }
    }
}

pub(crate) fn unknown(parameter: &str, id: &str) -> Failure {
    Failure::bad_request(
        "400-Unknown-id-error",
        format!("The query parameter {parameter} names {id}, which does not exist."),
    )
}

/// What an order of a kind asks for, in the order of the data set: the property and whether it is
/// required.
pub(crate) fn asked_properties<'a>(
    tenant: &'a Tenant,
    kind: &'a TransactionType,
) -> impl Iterator<Item = (&'a Property, bool)> {
    tenant.properties.iter().filter_map(move |property| {
        if property.required.contains(kind) {
            Some((property, true))
        } else if property.optional.contains(kind) {
            Some((property, false))
        } else {
            None
        }
    })
}

/// The order that the path names.
pub(crate) fn order<'a>(call: &'a Call<'_>) -> Result<&'a PlacedOrder, Failure> {
    call.tenant
        .orders
        .by_id(call.request.path("id"))
        .filter(|order| call.may_see(&order.employee_id))
        .ok_or_else(|| {
            let known = call.tenant.orders.by_id(call.request.path("id"));
            call.missing("order", known.is_some())
        })
}
