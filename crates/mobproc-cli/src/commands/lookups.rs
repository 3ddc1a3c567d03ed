//! Looking at people, lines, devices, the catalog and reference data; and moving a line.

use mobproc::types::{MoveCharges, Timestamp};
use mobproc::{EmployeeRef, Items};
use mobproc_rollout::WriteKind;
use serde::Serialize;

use crate::arguments::{Catalog, EmployeeFilter, Lines, Lookup, NoFilter, OwnerFilter, RegionFilter};
use crate::commands::agree::agree_to_write;
use crate::failure::Failure;
use crate::output::Column;
use crate::session::Context;
use crate::writes::{Content, Sent, What, add_repeatable, carry_out, printed};

/// A point in time as the API takes it.
pub(crate) fn timestamp(text: &str) -> Result<Timestamp, Failure> {
    text.parse::<Timestamp>()
        .ok()
        .filter(|time| time.instant().is_some())
        .ok_or_else(|| {
            Failure::usage(format!(
                "{} is not such as 2030-01-31T00:00:00Z",
                text.escape_debug()
            ))
        })
}

/// Prints a list item by item.
async fn print<T>(context: &Context, mut items: Items<T>, columns: &[Column]) -> Result<(), Failure>
where
    T: Serialize + Clone + PartialEq + Send + 'static,
{
    let mut list = context.output.list(columns);
    while let Some(item) = items.next().await {
        list.add(&item?)?;
    }
    list.finish()
}

/// A list with a limit, if there is one.
macro_rules! limited {
    ($list:expr, $limit:expr) => {{
        let list = $list;
        match $limit.limit {
            Some(limit) => list.limit(limit),
            None => list,
        }
        .items()
    }};
}

/// A list of what somebody has, and what has changed since.
macro_rules! owned {
    ($list:expr, $filter:expr, $since:expr) => {{
        let mut list = $list;
        if let Some(employee) = &$filter.of {
            list = list.of(employee.clone());
        }
        if let Some(since) = $since {
            list = list.updated_since(since);
        }
        list
    }};
}

fn named() -> [Column; 2] {
    [Column::at("id"), Column::at("name")]
}

pub(crate) async fn me(context: &Context) -> Result<(), Failure> {
    let session = context.session().await?;
    context.output.one(&session.client.me().await?, &[])
}

pub(crate) async fn ping(context: &Context, text: &str) -> Result<(), Failure> {
    let session = context.session().await?;
    context.output.one(&session.client.ping(text).await?, &[])
}

pub(crate) async fn employees(context: &Context, lookup: &Lookup<EmployeeFilter>) -> Result<(), Failure> {
    let columns = [
        Column::at("id"),
        Column::new("company id", "companyEmployeeId"),
        Column::new("first name", "firstName"),
        Column::new("last name", "lastName"),
        Column::at("department"),
        Column::at("status"),
    ];
    match lookup {
        Lookup::List { filter, limit } => {
            let since = filter.since.as_deref().map(timestamp).transpose()?;
            let session = context.session().await?;
            let mut list = session.client.employees().list();
            if let Some(since) = since {
                list = list.updated_since(since);
            }
            print(context, limited!(list, limit), &columns).await
        }
        Lookup::Show { id } => {
            let session = context.session().await?;
            context
                .output
                .one(&session.client.employees().get(id).await?, &columns)
        }
    }
}

pub(crate) async fn lines(context: &Context, lines: &Lines) -> Result<(), Failure> {
    let columns = [
        Column::at("id"),
        Column::new("number", "serviceNumber"),
        Column::new("employee", "employee.companyEmployeeId"),
        Column::new("vendor", "vendor.current"),
        Column::at("plan"),
        Column::at("status"),
    ];
    match lines {
        Lines::Lookup(Lookup::List { filter, limit }) => {
            let since = filter.since.as_deref().map(timestamp).transpose()?;
            let session = context.session().await?;
            let list = owned!(session.client.services().list(), filter, since);
            print(context, limited!(list, limit), &columns).await
        }
        Lines::Lookup(Lookup::Show { id }) => {
            let session = context.session().await?;
            context
                .output
                .one(&session.client.services().get(id).await?, &columns)
        }
        Lines::Move {
            id,
            to,
            charges,
            consent,
        } => move_line(context, id, to, charges, consent.yes, &columns).await,
    }
}

async fn move_line(
    context: &Context,
    id: &str,
    to: &EmployeeRef,
    charges: &MoveCharges,
    yes: bool,
    columns: &[Column],
) -> Result<(), Failure> {
    let session = context.session().await?;
    let whom = match to {
        EmployeeRef::TangoeId(id) => format!("id:{id}"),
        EmployeeRef::CompanyId(id) => id.clone(),
        _ => "another employee".to_owned(),
    };
    agree_to_write(
        context,
        &session,
        yes,
        &format!("Give the line {id} to {whom} ({charges})?"),
    )?;
    let mut journal = context.journal()?;
    let content = Content::of(
        &session,
        What::Move {
            service_id: id.to_owned(),
            to: to.clone(),
        },
    );
    let number = format!("move-{id}");
    let summary = format!("move of line {id}");
    let write = add_repeatable(
        &mut journal,
        &session,
        WriteKind::Move,
        &number,
        &content,
        &summary,
    )?;
    let moved = carry_out(&session, &mut journal, &write, async |_| {
        match session
            .client
            .services()
            .move_to(id, to.clone(), charges.clone())
            .await
        {
            Ok(moved) => Sent::Done(moved, None),
            Err(mobproc::WriteError::NotCarriedOut(not)) => Sent::Not(Failure::from(not)),
            Err(mobproc::WriteError::OutcomeUnknown(unknown)) => Sent::Unknown(Failure::from(unknown)),
        }
    })
    .await?;
    printed(context.output.one(&moved, columns));
    Ok(())
}

pub(crate) async fn devices(context: &Context, lookup: &Lookup<OwnerFilter>) -> Result<(), Failure> {
    let columns = [
        Column::at("id"),
        Column::at("manufacturer"),
        Column::at("model"),
        Column::new("serial number", "serialNumber.value"),
        Column::new("SIM", "simId"),
        Column::new("company's id", "companyAssetId"),
    ];
    match lookup {
        Lookup::List { filter, limit } => {
            let since = filter.since.as_deref().map(timestamp).transpose()?;
            let session = context.session().await?;
            let list = owned!(session.client.devices().list(), filter, since);
            print(context, limited!(list, limit), &columns).await
        }
        Lookup::Show { id } => {
            let session = context.session().await?;
            context
                .output
                .one(&session.client.devices().get(id).await?, &columns)
        }
    }
}

pub(crate) async fn vendors(context: &Context, lookup: &Lookup<NoFilter>) -> Result<(), Failure> {
    let session = context.session().await?;
    match lookup {
        Lookup::List { limit, .. } => {
            print(context, limited!(session.client.vendors(), limit), &named()).await
        }
        Lookup::Show { id } => context.output.one(&session.client.vendor(id).await?, &named()),
    }
}

pub(crate) async fn manufacturers(context: &Context, lookup: &Lookup<NoFilter>) -> Result<(), Failure> {
    let session = context.session().await?;
    match lookup {
        Lookup::List { limit, .. } => {
            print(context, limited!(session.client.manufacturers(), limit), &named()).await
        }
        Lookup::Show { id } => context
            .output
            .one(&session.client.manufacturer(id).await?, &named()),
    }
}

pub(crate) async fn regions(context: &Context, lookup: &Lookup<RegionFilter>) -> Result<(), Failure> {
    let columns = [
        Column::at("id"),
        Column::at("name"),
        Column::at("abbreviation"),
        Column::at("type"),
    ];
    let session = context.session().await?;
    match lookup {
        Lookup::List { filter, limit } => {
            let mut list = session.client.regions();
            if let Some(country) = &filter.country {
                list = list.of_country(country);
            }
            print(context, limited!(list, limit), &columns).await
        }
        Lookup::Show { id } => {
            let region = session.client.region(id).await?;
            context.output.one(
                &region,
                &[&columns[..], &[Column::new("country code", "countryCode")]].concat(),
            )
        }
    }
}

pub(crate) async fn catalog(context: &Context, catalog: &Catalog) -> Result<(), Failure> {
    let columns = [
        Column::at("id"),
        Column::at("manufacturer"),
        Column::at("name"),
        Column::at("price"),
        Column::at("vendor"),
    ];
    let [id, _, name, price, vendor] = columns.clone();
    let session = context.session().await?;
    let of = session.client.catalog();
    match catalog {
        Catalog::Devices {
            kind,
            service,
            vendor,
            limit,
        } => {
            let mut list = of.devices();
            if let Some(kind) = kind {
                list = list.transaction_type(kind.clone());
            }
            if let Some(service) = service {
                list = list.service(service);
            }
            if let Some(vendor) = vendor {
                list = list.vendor(vendor);
            }
            print(context, limited!(list, limit), &columns).await
        }
        Catalog::Plans(limit) => {
            let columns = [id, name, price, vendor];
            print(context, limited!(of.plans(), limit), &columns).await
        }
        Catalog::Features(limit) => {
            let columns = [id, Column::at("description"), price];
            print(context, limited!(of.features(), limit), &columns).await
        }
        Catalog::Accessories {
            service,
            device,
            limit,
        } => {
            let mut list = of.accessories();
            if let Some(service) = service {
                list = list.service(service);
            }
            if let Some(device) = device {
                list = list.device(device);
            }
            print(context, limited!(list, limit), &columns).await
        }
    }
}
