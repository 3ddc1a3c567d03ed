//! Employees.

use serde_json::Value;

use super::list::{newer, page};
use crate::answer::{Answer, Failure};
use crate::call::Call;
use crate::seed::Employee;

pub(crate) fn employees(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.as_str());
    let since = call.updated_since("dateTimeUpdatedOnOrAfter")?;
    let wanted = |employee: &Employee| {
        filter.is_none_or(|id| id == employee.id)
            && call.may_see(&employee.id)
            && newer(&employee.updated, since)
    };
    let filtered = filter.is_some() || since.is_some() || !call.sees_all();
    page(
        call,
        "employees",
        call.tenant.employees.all(),
        filtered.then_some(&wanted),
        |employee| call.renderer().employee_list_item(employee),
    )
}

pub(crate) fn employee(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    call.tenant
        .employees
        .by_id(id)
        .filter(|employee| call.may_see(&employee.id))
        .map(|employee| call.renderer().employee_detail(employee))
        .ok_or_else(|| Failure::not_found("such employee"))
}
