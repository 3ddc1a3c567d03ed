//! What is written is read back, and what cannot be taken as it was meant is told.

use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::{Cell, Sheet, SheetError, SheetRow, SheetWriter, column_name};

fn read(path: &Path) -> Result<Vec<SheetRow>, SheetError> {
    let mut rows = Sheet::open(path, None)?.rows();
    let mut all = Vec::new();
    while let Some(row) = rows.blocking_recv() {
        all.push(row?);
    }
    Ok(all)
}

fn texts(rows: &[SheetRow]) -> Vec<(u32, Vec<String>)> {
    rows.iter()
        .map(|row| {
            let cells = row.cells.iter().map(|cell| cell.text().to_owned());
            (row.number, cells.collect())
        })
        .collect()
}

fn csv(content: &[u8]) -> Result<Vec<SheetRow>, SheetError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.csv");
    std::fs::write(&path, content).unwrap();
    read(&path)
}

#[test]
fn columns_have_the_names_of_spreadsheets() {
    for (column, name) in [
        (0, "A"),
        (25, "Z"),
        (26, "AA"),
        (51, "AZ"),
        (53, "BB"),
        (701, "ZZ"),
        (702, "AAA"),
    ] {
        assert_eq!(column_name(column), name);
    }
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sheet.xlsx", "sheet.csv"] {
        let path = folder.path().join(name);
        let mut writer = SheetWriter::create(&path).unwrap();
        writer
            .row(&["serviceId", "properties.CONTACT_NUMBER", "note"])
            .unwrap();
        writer
            .row(&["0083924758342478392342", "=1+1", "a \"b\", c\nd"])
            .unwrap();
        writer.row(&["", "", "Ä 電話"]).unwrap();
        assert!(!path.exists(), "it is not there before it is finished");
        writer.finish(false).unwrap();
        assert_eq!(
            texts(&read(&path).unwrap()),
            [
                (
                    1,
                    vec![
                        "serviceId".to_owned(),
                        "properties.CONTACT_NUMBER".to_owned(),
                        "note".to_owned()
                    ]
                ),
                (
                    2,
                    vec![
                        "0083924758342478392342".to_owned(),
                        "=1+1".to_owned(),
                        "a \"b\", c\nd".to_owned()
                    ]
                ),
                (3, vec![String::new(), String::new(), "Ä 電話".to_owned()]),
            ],
            "{name}"
        );
        let again = SheetWriter::create(&path).unwrap();
        assert!(again.finish(false).is_err(), "{name} is not written over");
    }
}

#[test]
fn csv_is_taken_with_any_separator_and_rows_count_as_spreadsheets_count_them() {
    for (content, row) in [
        (
            "a,b\n\n1,\"x\ny\"\n2,z\n",
            [(1, ["a", "b"]), (3, ["1", "x\ny"]), (4, ["2", "z"])],
        ),
        (
            "\u{feff}a;b\r\n1;x\r\n2; z ",
            [(1, ["a", "b"]), (2, ["1", "x"]), (3, ["2", "z"])],
        ),
        (
            "a\tb\n1\tx\n2\tz\n",
            [(1, ["a", "b"]), (2, ["1", "x"]), (3, ["2", "z"])],
        ),
    ] {
        let expected: Vec<_> = row
            .iter()
            .map(|(number, cells)| (*number, cells.map(str::to_owned).to_vec()))
            .collect();
        let rows = texts(&csv(content.as_bytes()).unwrap());
        assert_eq!(rows, expected, "{content:?}");
    }
}

#[test]
fn files_that_cannot_be_read_say_where_and_why() {
    let message = |content: &[u8]| csv(content).unwrap_err().to_string();
    assert!(message(b"a,b\nx,\xff\n").contains("B2 is not UTF-8"));
    assert!(message(b"\xff\xfea\0").contains("is UTF-16"));
    assert!(message(b"a,b\nx,\"open\ny,z\n").contains("a quote is opened and not closed"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.xlsx");
    std::fs::write(&path, "a,b").unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("is not valid XLSX"));
    let other = folder.path().join("sheet.ods");
    std::fs::write(&other, "").unwrap();
    assert!(matches!(read(&other), Err(SheetError::UnknownForm { .. })));
    assert!(matches!(
        read(&folder.path().join("none.csv")),
        Err(SheetError::File { .. })
    ));
}

#[test]
fn numbers_are_their_digits_and_what_a_spreadsheet_has_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.xlsx");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_number(0, 0, 2_035_559_999.0).unwrap();
    sheet.write_number(0, 1, 999_999_999_999_999.0).unwrap();
    sheet.write_number(0, 2, 12_345_678_901_234_567.0).unwrap();
    sheet.write_number(0, 3, 1.5).unwrap();
    sheet.write_boolean(0, 4, true).unwrap();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let day = ExcelDateTime::from_ymd(2030, 1, 31).unwrap();
    sheet.write_datetime_with_format(0, 5, &day, &date).unwrap();
    sheet.write_string(0, 6, "12345678901234567890").unwrap();
    book.save(&path).unwrap();
    let rows = read(&path).unwrap();
    let cells = &rows[0].cells;
    assert_eq!(cells[0].text(), "2035559999");
    assert_eq!(cells[1].text(), "999999999999999");
    assert!(matches!(cells[2], Cell::Unusable { why, .. } if why.contains("15 digits")));
    assert_eq!(cells[3].text(), "1.5");
    assert_eq!(cells[4].text(), "true");
    assert!(matches!(cells[5], Cell::Unusable { why, .. } if why.contains("date")));
    assert_eq!(cells[6].text(), "12345678901234567890");
}
