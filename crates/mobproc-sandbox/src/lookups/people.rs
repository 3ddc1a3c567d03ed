//! Employees.

use serde_json::Value;

use super::list::{Filter, newer, page};
use crate::answer::{Answer, Failure};
use crate::call::Call;
use crate::seed::Employee;

pub(crate) fn employees(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.clone());
    let since = call.updated_since("dateTimeUpdatedOnOrAfter")?;
    let wanted = |employee: &Employee| {
        filter.as_ref().is_none_or(|id| *id == employee.id)
            && call.may_see(&employee.id)
            && newer(&employee.updated, since)
    };
    let everybody = &call.tenant.employees;
    let only = filter.as_deref().or_else(|| call.own_id());
    let filter = (only.is_some() || since.is_some()).then(|| Filter {
        candidates: only.map(|id| everybody.place_of(id).into_iter().collect()),
        fits: &wanted,
    });
    page(call, "employees", everybody, filter, |employee| {
        call.renderer().employee_list_item(employee)
    })
}

pub(crate) fn employee(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    call.tenant
        .employees
        .by_id(id)
        .filter(|employee| call.may_see(&employee.id))
        .map(|employee| call.renderer().employee_detail(&employee))
        .ok_or_else(|| call.missing("employee", call.tenant.employees.by_id(id).is_some()))
}
