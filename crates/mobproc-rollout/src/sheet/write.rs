//! Writing a spreadsheet.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DataValidation, Format, Formula, Note, Workbook, Worksheet, XlsxError};
use tempfile::NamedTempFile;

use super::{Form, SheetError};

/// Rows of a new sheet that get drop-downs.
const FILLED_IN: u32 = 10_000;
/// The width of a column, in characters.
const WIDTH: f64 = 22.0;

/// A spreadsheet that is written row by row, and is there once it is finished: as a whole or not at
/// all. All cells are texts, so that nothing of them is taken for a number, a date or a formula.
pub struct SheetWriter {
    path: PathBuf,
    file: NamedTempFile,
    kind: Kind,
}

enum Kind {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Xlsx(Box<Workbook>, u32),
}

impl std::fmt::Debug for SheetWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SheetWriter")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A heading of a sheet to be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Heading {
    /// What stands in the first row.
    pub name: String,
    /// What belongs there, for people. CSV has no place for it.
    pub hint: String,
    /// What can be chosen: value and label. CSV has no place for it.
    pub choices: Vec<(String, String)>,
}

impl Heading {
    /// A heading.
    pub fn new(name: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            hint: hint.into(),
            choices: Vec::new(),
        }
    }

    /// The same, with what can be chosen: value and label.
    #[must_use]
    pub fn choices(mut self, choices: Vec<(String, String)>) -> Self {
        self.choices = choices;
        self
    }
}

impl SheetWriter {
    /// Begins a spreadsheet, XLSX or CSV by its name. Nothing is seen under that name before
    /// [`finish`](Self::finish).
    ///
    /// # Errors
    ///
    /// The name does not say what it is, or the folder cannot be written.
    pub fn create(path: &Path) -> Result<Self, SheetError> {
        let form = Form::of(path).ok_or_else(|| SheetError::UnknownForm {
            path: path.to_owned(),
        })?;
        let unusable = |source| SheetError::File {
            path: path.to_owned(),
            source,
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // For its owner alone, as temporary files are.
        let file = NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new("."))).map_err(unusable)?;
        let kind = match form {
            Form::Csv => {
                let again = file.reopen().map_err(unusable)?;
                Kind::Csv(Box::new(csv::Writer::from_writer(BufWriter::new(again))))
            }
            Form::Xlsx => {
                let mut book = Workbook::new();
                book.add_worksheet_with_constant_memory()
                    .and_then(|sheet| sheet.set_name("orders"))
                    .map_err(|error| broken(path, &error))?;
                Kind::Xlsx(Box::new(book), 0)
            }
        };
        Ok(Self {
            path: path.to_owned(),
            file,
            kind,
        })
    }

    /// Writes the headings of a sheet to be filled in, with hints and what can be chosen.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn template(path: &Path, headings: &[Heading], force: bool) -> Result<(), SheetError> {
        let mut writer = Self::create(path)?;
        if let Kind::Xlsx(book, _) = &mut writer.kind {
            **book = template_of(headings).map_err(|error| broken(path, &error))?;
        } else {
            let names: Vec<&str> = headings.iter().map(|heading| heading.name.as_str()).collect();
            writer.row(&names)?;
        }
        writer.finish(force)
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or the sheet is full.
    pub fn row<T: AsRef<str>>(&mut self, cells: &[T]) -> Result<(), SheetError> {
        let path = &self.path;
        match &mut self.kind {
            Kind::Csv(writer) => writer
                .write_record(cells.iter().map(|cell| cell.as_ref().as_bytes()))
                .map_err(|error| SheetError::Damaged {
                    path: path.clone(),
                    what: format!("cannot be written: {error}"),
                }),
            Kind::Xlsx(book, row) => {
                let sheet = book
                    .worksheet_from_index(0)
                    .map_err(|error| broken(path, &error))?;
                for (column, cell) in (0_u16..).zip(cells) {
                    if !cell.as_ref().is_empty() {
                        sheet
                            .write_string(*row, column, cell.as_ref())
                            .map_err(|error| broken(path, &error))?;
                    }
                }
                *row += 1;
                Ok(())
            }
        }
    }

    /// Ends the spreadsheet: it is on the disk under its name when this returns. Unless it is
    /// forced, not over another file.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or is there already.
    pub fn finish(self, force: bool) -> Result<(), SheetError> {
        let Self { path, mut file, kind } = self;
        let unusable = |source| SheetError::File {
            path: path.clone(),
            source,
        };
        match kind {
            Kind::Csv(writer) => {
                let mut inner = writer
                    .into_inner()
                    .map_err(|error| unusable(error.into_error()))?;
                inner.flush().map_err(unusable)?;
            }
            Kind::Xlsx(mut book, _) => {
                book.save_to_writer(file.as_file_mut())
                    .map_err(|error| broken(&path, &error))?;
            }
        }
        file.as_file().sync_all().map_err(unusable)?;
        let kept = if force {
            file.persist(&path)
        } else {
            file.persist_noclobber(&path)
        };
        kept.map(|_| ()).map_err(|error| unusable(error.error))
    }
}

fn broken(path: &Path, error: &XlsxError) -> SheetError {
    SheetError::Damaged {
        path: path.to_owned(),
        what: format!("cannot be written: {error}"),
    }
}

/// Headings with notes and drop-downs; the choices stand on a second sheet.
fn template_of(headings: &[Heading]) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let mut orders = Worksheet::new();
    orders.set_name("orders")?;
    let mut choices = Worksheet::new();
    choices.set_name("choices")?;
    let as_text = Format::new().set_num_format("@");
    let bold = Format::new().set_bold().set_num_format("@");
    let mut used = 0_u16;
    for (column, heading) in (0_u16..).zip(headings) {
        // Typed digits stay what they are.
        orders.set_column_format(column, &as_text)?;
        orders.set_column_width(column, WIDTH)?;
        orders.write_string_with_format(0, column, &heading.name, &bold)?;
        if !heading.hint.is_empty() {
            let note = Note::new(&heading.hint)
                .set_author("mobproc")
                .add_author_prefix(false);
            orders.insert_note(0, column, &note)?;
        }
        if heading.choices.is_empty() {
            continue;
        }
        choices.write_string_with_format(0, used, &heading.name, &bold)?;
        choices.write_string_with_format(0, used + 1, "which is", &bold)?;
        let mut row = 0;
        for (value, label) in &heading.choices {
            row += 1;
            choices.write_string_with_format(row, used, value, &as_text)?;
            choices.write_string(row, used + 1, label)?;
        }
        let letter = super::column_name(usize::from(used));
        let list = Formula::new(format!("=choices!${letter}$2:${letter}${}", row + 1));
        // Something that is not listed may be right all the same.
        let rule = DataValidation::new()
            .allow_list_formula(list)
            .set_error_style(rust_xlsxwriter::DataValidationErrorStyle::Warning);
        orders.add_data_validation(1, column, FILLED_IN, column, &rule)?;
        used += 2;
    }
    orders.set_freeze_panes(1, 0)?;
    book.push_worksheet(orders);
    if used > 0 {
        book.push_worksheet(choices);
    }
    Ok(book)
}
