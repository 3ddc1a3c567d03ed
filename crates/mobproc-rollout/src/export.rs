//! The user's own sheet, with what became of each row.

use std::path::Path;

use chrono::Utc;

use crate::sheet::SheetWriter;
use crate::store::{Rollout, RolloutError, Row};

/// Rows that are read at once.
const AT_ONCE: u32 = 1_000;

/// The columns that are added. They are notes, so that the sheet can be taken for a plan again.
pub const ADDED: [&str; 6] = [
    "#row",
    "#order_number",
    "#order_id",
    "#price",
    "#state",
    "#reason",
];

/// Writes the sheet of a rollout, XLSX or CSV by its name, with columns for number, id, price, state
/// and reason: in memory that does not grow with rows, and as a whole or not at all. How many rows it
/// has.
///
/// # Errors
///
/// The file cannot be written or is there already, or the journal cannot be used.
pub async fn export(rollout: &mut Rollout, path: &Path, force: bool) -> Result<u64, RolloutError> {
    if !force && path.exists() {
        return Err(crate::sheet::SheetError::File {
            path: path.to_owned(),
            source: std::io::ErrorKind::AlreadyExists.into(),
        }
        .into());
    }
    let mut writer = SheetWriter::create(path)?;
    // Columns of an earlier export make way.
    let kept: Vec<usize> = rollout
        .about()
        .headings
        .iter()
        .enumerate()
        .filter(|(_, heading)| !ADDED.contains(&heading.as_str()))
        .map(|(place, _)| place)
        .collect();
    let pick = |cells: &[String]| -> Vec<String> {
        kept.iter()
            .map(|place| cells.get(*place).cloned().unwrap_or_default())
            .collect()
    };
    let mut headings = pick(&rollout.about().headings);
    headings.extend(ADDED.map(str::to_owned));
    writer.row(&headings)?;
    let mut after = 0;
    let mut count = 0;
    loop {
        let rows = rollout.rows(after, AT_ONCE).await?;
        let Some(last) = rows.last() else {
            break;
        };
        after = last.place;
        for row in &rows {
            let mut cells = pick(&row.cells);
            cells.extend(told(row));
            writer.row(&cells)?;
            count += 1;
        }
    }
    writer.finish(force)?;
    Ok(count)
}

fn told(row: &Row) -> [String; 6] {
    [
        row.place.to_string(),
        row.number.clone(),
        harmless(row.order_id.as_deref().unwrap_or_default()),
        harmless(&row.price.as_ref().map(ToString::to_string).unwrap_or_default()),
        row.standing(Utc::now()).to_owned(),
        harmless(row.reason()),
    ]
}

/// What a server says is not to be a formula of whoever opens the sheet, nor longer than its cells.
fn harmless(text: &str) -> String {
    const LONGEST: usize = 1_000;

    let text: String = text.chars().take(LONGEST).collect();
    if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text
    }
}
