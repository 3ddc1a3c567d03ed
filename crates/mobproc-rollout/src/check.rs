//! Holding a sheet against the rules of orders and the inventory, row by row.

use std::collections::HashMap;

use mobproc::{Client, Error, ErrorKind};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::columns::{Columns, Mistake, RowOrder};
use crate::inventory::{Inventory, Known};
use crate::sheet::{Sheet, SheetError, SheetRow};
use crate::store::RolloutError;
use crate::watch::{News, Watch};

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Checked {
    /// Rows below the headings.
    pub rows: u64,
    /// Those of them in which something is wrong.
    pub wrong: u64,
}

/// Reads a sheet and tells everything that is wrong with it. With a client, lines and properties are
/// looked up too. Nothing is written, here or there.
///
/// # Errors
///
/// The sheet cannot be read, or the server cannot be asked.
pub async fn check(
    sheet: &Sheet,
    base: &Value,
    client: Option<&Client>,
    watch: &dyn Watch,
    tell: &mut (dyn FnMut(Mistake) + Send),
) -> Result<Checked, RolloutError> {
    check_base(base)?;
    let inventory = client.map(Inventory::new);
    let mut rows = sheet.rows();
    let mut checked = Checked::default();
    let Some(columns) = columns_of(rows.recv().await, sheet, tell)? else {
        checked.wrong = 1;
        return Ok(checked);
    };
    let mut seen = HashMap::new();
    while let Some(row) = rows.recv().await {
        let row = row?;
        checked.rows += 1;
        let mut found = match columns.order(&row, base, None) {
            Ok(order) => second_of(&mut seen, &order, &row).into_iter().collect(),
            Err(found) => found,
        };
        if let (Some(inventory), Some(client), true) = (&inventory, client, found.is_empty())
            && let Ok(order) = columns.order(&row, base, None)
            && let Err(wrong) = live(inventory, client, &columns, &row, base, order).await?
        {
            found = wrong;
        }
        checked.wrong += u64::from(!found.is_empty());
        found.into_iter().for_each(&mut *tell);
        if checked.rows.is_multiple_of(100) {
            watch.told(&News::Progress {
                done: checked.rows,
                all: 0,
                failed: checked.wrong,
            });
        }
        if watch.wants_to_stop() {
            return Err(RolloutError::Stage("stopped".to_owned()));
        }
    }
    Ok(checked)
}

/// A number that all rows share would make one order of them.
pub(crate) fn check_base(base: &Value) -> Result<(), RolloutError> {
    let inner = base.get("orderRequest").unwrap_or(base);
    if inner.get("externalOrderNumber").is_some() {
        return Err(RolloutError::Stage(
            "the base has an externalOrderNumber, which all rows would share; take it out".to_owned(),
        ));
    }
    Ok(())
}

/// The headings, which are the first row; what is wrong with them is told.
pub(crate) fn columns_of(
    first: Option<Result<SheetRow, SheetError>>,
    sheet: &Sheet,
    tell: &mut (dyn FnMut(Mistake) + Send),
) -> Result<Option<Columns>, RolloutError> {
    let Some(first) = first else {
        return Err(RolloutError::Stage(format!(
            "{}: is empty",
            sheet.path().display()
        )));
    };
    match Columns::read(&first?) {
        Ok(columns) => Ok(Some(columns)),
        Err(found) => {
            found.into_iter().for_each(tell);
            Ok(None)
        }
    }
}

/// A row that is the same order as one before it.
fn second_of(seen: &mut HashMap<[u8; 16], u32>, order: &RowOrder, row: &SheetRow) -> Option<Mistake> {
    // A hash takes the same room whatever the key is.
    let digest = Sha256::digest(order.key.as_bytes());
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    match seen.get(&key) {
        Some(first) => Some(duplicate(row.number, *first)),
        None => {
            seen.insert(key, row.number);
            None
        }
    }
}

pub(crate) fn duplicate(row: u32, first: u32) -> Mistake {
    Mistake {
        cell: row.to_string(),
        row,
        heading: None,
        message: format!(
            "is the same order as row {first}; if both are meant, tell them apart in a column `key`"
        ),
    }
}

/// Holds a row against the inventory: the order with its properties as the tenant asks for them.
pub(crate) async fn live(
    inventory: &Inventory,
    client: &Client,
    columns: &Columns,
    row: &SheetRow,
    base: &Value,
    order: RowOrder,
) -> Result<Result<RowOrder, Vec<Mistake>>, Error> {
    let client = client_for(client, &order);
    let request = &order.order.request().order_request;
    let kind = order.order.transaction_type();
    match inventory.look_up(&client, kind, request).await {
        Ok(Known { form, device }) => {
            let mut base = base.get("orderRequest").unwrap_or(base).clone();
            if let (Some(device), Some(members)) = (device, base.as_object_mut()) {
                members.insert("existingDevice".to_owned(), device);
            }
            Ok(columns.order(row, &base, form.as_ref()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Err(vec![columns.mistake_at(
            row,
            "serviceId",
            "there is no line of this id, or whoever it is ordered for is not shown it; it is the id that `lines list` shows, and not the phone number",
        )])),
        Err(error) if error.kind() == ErrorKind::Forbidden && order.acting_for.is_some() => {
            Ok(Err(vec![columns.mistake_at(
                row,
                "acting_for",
                "the account may not order in the name of this employee, or there is none",
            )]))
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn client_for(client: &Client, order: &RowOrder) -> Client {
    match &order.acting_for {
        Some(employee) => client.acting_for(employee.clone()),
        None => client.clone(),
    }
}
