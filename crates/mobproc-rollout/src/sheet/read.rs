//! Reading a spreadsheet.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use calamine::{DataRef, Reader as _, Xlsx};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::{Cell, Form, LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, SheetError};

/// Rows that are read ahead.
const AHEAD: usize = 64;
/// Stands in a row of its own after the last one.
const END: [u8; 3] = *b"\n\x1e\x1e";
/// From this many digits on a spreadsheet does not keep all of a number.
const DIGITS_KEPT: f64 = 1e15;

/// A spreadsheet, opened for reading.
///
/// The first row that holds anything is its headings. In XLSX it is the first worksheet unless
/// another is asked for; CSV is UTF-8, with or without a byte order mark, separated by commas,
/// semicolons or tabs, whichever the headings have. Numbers are taken as their digits, texts without
/// the blanks at their ends.
#[derive(Debug, Clone)]
pub struct Sheet {
    path: PathBuf,
    form: Form,
    worksheet: Option<String>,
    hash: String,
}

/// A row of a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SheetRow {
    /// Its number as spreadsheets show it, from 1.
    pub number: u32,
    /// Its cells, from column A on.
    pub cells: Vec<Cell>,
}

impl Sheet {
    /// Opens a spreadsheet.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is neither XLSX nor CSV by its name, or has no such worksheet.
    pub fn open(path: &Path, worksheet: Option<&str>) -> Result<Self, SheetError> {
        let form = Form::of(path).ok_or_else(|| SheetError::UnknownForm {
            path: path.to_owned(),
        })?;
        let mut sheet = Self {
            path: path.to_owned(),
            form,
            worksheet: worksheet.map(str::to_owned),
            hash: String::new(),
        };
        sheet.hash = sheet.sum()?;
        match form {
            Form::Csv if worksheet.is_some() => {
                return Err(sheet.damaged("a CSV file has no worksheets"));
            }
            Form::Csv => {}
            Form::Xlsx => {
                let book = sheet.workbook()?;
                let names = book.sheet_names();
                let name = match worksheet {
                    Some(wanted) if !names.iter().any(|name| name == wanted) => {
                        return Err(sheet.damaged(format!(
                            "has no worksheet {wanted:?}; it has {}",
                            names.join(", ")
                        )));
                    }
                    Some(wanted) => wanted.to_owned(),
                    None => match names.first() {
                        Some(first) => first.clone(),
                        None => return Err(sheet.damaged("has no worksheet")),
                    },
                };
                sheet.worksheet = Some(name);
            }
        }
        Ok(sheet)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the worksheet; of CSV nothing.
    #[must_use]
    pub fn worksheet(&self) -> Option<&str> {
        self.worksheet.as_deref()
    }

    /// SHA-256 of the file when it was opened, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    fn sum(&self) -> Result<String, SheetError> {
        let mut file = File::open(&self.path).map_err(|source| self.unusable(source))?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = file.read(&mut buffer).map_err(|source| self.unusable(source))?;
            match buffer.get(..count) {
                Some(read) if count > 0 => digest.update(read),
                _ => break,
            }
        }
        Ok(digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    }

    fn workbook(&self) -> Result<Xlsx<BufReader<File>>, SheetError> {
        let file = File::open(&self.path).map_err(|source| self.unusable(source))?;
        Xlsx::new(BufReader::new(file)).map_err(|error| self.damaged(format!("is not valid XLSX: {error}")))
    }

    fn unusable(&self, source: std::io::Error) -> SheetError {
        SheetError::File {
            path: self.path.clone(),
            source,
        }
    }

    fn damaged(&self, what: impl Into<String>) -> SheetError {
        SheetError::Damaged {
            path: self.path.clone(),
            what: what.into(),
        }
    }

    /// The rows that hold anything, the headings first. They are read by a thread of their own as
    /// they are taken, so that a sheet of any length takes little memory; of XLSX the table of texts
    /// that cells share is held. An error is the last that comes.
    #[must_use]
    pub fn rows(&self) -> mpsc::Receiver<Result<SheetRow, SheetError>> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let sheet = self.clone();
        std::thread::spawn(move || {
            let mut send = |row: SheetRow| sender.blocking_send(Ok(row)).is_ok();
            // A reader that panics would look like the end of the sheet.
            let read = catch_unwind(AssertUnwindSafe(|| match sheet.form {
                Form::Csv => sheet.read_csv(&mut send),
                Form::Xlsx => sheet.read_xlsx(&mut send),
            }));
            let read = read.unwrap_or_else(|_| Err(sheet.damaged("cannot be read to its end")));
            let read = read.and_then(|()| {
                if sheet.sum()? == sheet.hash {
                    Ok(())
                } else {
                    Err(sheet.damaged("was changed while it was read"))
                }
            });
            if let Err(error) = read {
                // Whoever stopped listening does not need it.
                let _ = sender.blocking_send(Err(error));
            }
        });
        receiver
    }

    fn read_csv(&self, send: &mut impl FnMut(SheetRow) -> bool) -> Result<(), SheetError> {
        let file = File::open(&self.path).map_err(|source| self.unusable(source))?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let start = file.fill_buf().map_err(|source| self.unusable(source))?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            return Err(self.damaged("is UTF-16; save it as CSV UTF-8"));
        }
        let mark = if start.starts_with(&[0xef, 0xbb, 0xbf]) {
            3
        } else {
            0
        };
        let separator = separator_of(start.get(mark..).unwrap_or_default());
        file.consume(mark);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            // What stands before it goes with the other blanks.
            .terminator(csv::Terminator::Any(b'\n'))
            // So that the last line ends as the others do, and an open quote shows.
            .from_reader(file.chain(&END[..]));
        let mut record = csv::ByteRecord::new();
        let mut number = 0_u64;
        loop {
            let is_there = reader
                .read_byte_record(&mut record)
                .map_err(|error| self.damaged(format!("is not valid CSV after row {number}: {error}")))?;
            if !is_there {
                return Err(self.damaged("a quote is opened and not closed"));
            }
            if record.len() == 1 && record.get(0) == END.get(1..) {
                return Ok(());
            }
            // Lines before it that hold nothing are rows too, and are left out by the reader.
            let breaks: u64 = record
                .iter()
                .map(|cell| cell.iter().filter(|byte| **byte == b'\n').count() as u64)
                .sum();
            let lines = reader.position().line();
            let lines = lines.saturating_sub(record.position().map_or(lines, csv::Position::line));
            number += lines.saturating_sub(breaks).max(1);
            let mut cells = Vec::with_capacity(record.len());
            for (column, bytes) in record.iter().enumerate() {
                let text = std::str::from_utf8(bytes).map_err(|_| {
                    let cell = super::column_name(column);
                    self.damaged(format!("{cell}{number} is not UTF-8; save it as CSV UTF-8"))
                })?;
                cells.push(text_cell(text));
            }
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            if !self.is_taken(SheetRow { number, cells }, send)? {
                return Ok(());
            }
        }
    }

    fn read_xlsx(&self, send: &mut impl FnMut(SheetRow) -> bool) -> Result<(), SheetError> {
        let mut book = self.workbook()?;
        let name = self.worksheet.as_deref().unwrap_or_default();
        let broken = |error: calamine::XlsxError| {
            self.damaged(format!("the worksheet {name:?} cannot be read: {error}"))
        };
        let mut reader = book.worksheet_cells_reader(name).map_err(broken)?;
        let mut row = SheetRow {
            number: 0,
            cells: Vec::new(),
        };
        while let Some(cell) = reader.next_cell().map_err(broken)? {
            let (at, column) = cell.get_position();
            let number = at.saturating_add(1);
            if number != row.number {
                let next = SheetRow {
                    number,
                    cells: Vec::with_capacity(row.cells.len()),
                };
                if !self.is_taken(std::mem::replace(&mut row, next), send)? {
                    return Ok(());
                }
            }
            let value = cell_of(cell.get_value());
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            if value == Cell::Empty {
                continue;
            }
            if column >= MOST_COLUMNS {
                return Err(self.damaged(format!(
                    "row {number} has more than {MOST_COLUMNS} columns that hold anything"
                )));
            }
            if row.cells.len() <= column {
                row.cells.resize(column + 1, Cell::Empty);
            }
            if let Some(place) = row.cells.get_mut(column) {
                *place = value;
            }
        }
        self.is_taken(row, send).map(|_| ())
    }

    /// Hands a row on, unless it holds nothing. Whether more are wanted.
    fn is_taken(&self, row: SheetRow, send: &mut impl FnMut(SheetRow) -> bool) -> Result<bool, SheetError> {
        if row.number > MOST_ROWS {
            return Err(self.damaged(format!("has more than {MOST_ROWS} rows")));
        }
        if row.cells.len() > MOST_COLUMNS {
            return Err(self.damaged(format!("row {} has more than {MOST_COLUMNS} columns", row.number)));
        }
        if row.cells.iter().all(|cell| *cell == Cell::Empty) {
            return Ok(true);
        }
        Ok(send(row))
    }
}

/// The character between the headings: of those that stand outside quotes the most frequent.
fn separator_of(start: &[u8]) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0)];
    for byte in start {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            other => {
                if let Some((_, count)) = counts.iter_mut().find(|(known, _)| known == other) {
                    *count += 1;
                }
            }
        }
    }
    let mut best = (b',', 0);
    for (separator, count) in counts {
        if count > best.1 {
            best = (separator, count);
        }
    }
    best.0
}

fn text_cell(text: &str) -> Cell {
    let text = text.trim();
    let unusable = |why| Cell::Unusable {
        why,
        shown: text.replace('\0', " ").chars().take(LONGEST_CELL).collect(),
    };
    if text.is_empty() {
        Cell::Empty
    } else if text.chars().count() > LONGEST_CELL {
        unusable("is longer than 32767 characters")
    } else if text.contains('\0') {
        unusable("holds a NUL character")
    } else {
        Cell::Text(text.to_owned())
    }
}

fn cell_of(value: &DataRef<'_>) -> Cell {
    let unusable = |why, shown: String| Cell::Unusable { why, shown };
    const DATE: &str = "is a date of the spreadsheet, which says nothing of how it is to be written; \
                        format the column as text and type it as the order wants it";
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::Bool(flag) => Cell::Text(flag.to_string()),
        DataRef::Int(number) => Cell::Text(number.to_string()),
        DataRef::Float(number) if number.abs() >= DIGITS_KEPT => unusable(
            "is a number of more than 15 digits, of which spreadsheets lose some; \
             format the column as text and type it again",
            number.to_string(),
        ),
        // Without exponents, as people write it.
        DataRef::Float(number) => Cell::Text(number.to_string()),
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            unusable(DATE, format!("{year:04}-{month:02}-{day:02}"))
        }
        DataRef::DateTimeIso(date) | DataRef::DurationIso(date) => unusable(DATE, date.clone()),
        DataRef::Error(error) => unusable("is an error of the spreadsheet", error.to_string()),
    }
}
