"""The report as files: a workbook to work with, a CSV of every entry, both safe to open."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from models.contracts.mail import Language
from models.contracts.report import QuarterReport
from models.policies.formulas import looks_like_formula
from operations.report_tables import Cell, ReportTables, Table

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"

PACKED_ON = (1980, 1, 1, 0, 0, 0)
"""The date inside the archive: the same report gives the same bytes."""

HEADING = Font(bold=True)
HEADING_FILL = PatternFill("solid", fgColor="E6ECF0")
HEADING_PLACE = Alignment(vertical="top", wrap_text=True)


def file_name(report: QuarterReport, ending: str) -> str:
    """`VLC-2026-Q4.xlsx`; a provisional report says of which day it is."""
    as_of = f"-{report.days[-1].day.isoformat()}" if report.provisional else ""
    return f"{report.plan_code}-{report.year}-Q{report.quarter}{as_of}.{ending}"


def workbook(report: QuarterReport, language: Language) -> bytes:
    """The report as an XLSX file with one sheet per table; the same report gives the same bytes.

    Numbers are numbers and days are days; a text that looks like a formula stays a text.
    """
    return book_of(
        ReportTables(report, language).all(),
        title=f"{report.plan_code} {report.year}-Q{report.quarter}",
        written_at=report.written_at,
    )


def book_of(tables: Iterable[Table], *, title: str, written_at: datetime) -> bytes:
    """Tables as an XLSX file with one sheet for each; the same tables give the same bytes. `written_at`: local."""
    book = Workbook(write_only=True)
    for table in tables:
        _add_sheet(book, table)
    book.properties.creator = "Focal"
    book.properties.title = title
    # Not `Workbook.save`, which would write the time of day into the file.
    book.properties.created = book.properties.modified = written_at.replace(tzinfo=None, microsecond=0)
    packed = BytesIO()
    ExcelWriter(book, ZipFile(packed, "w")).save()
    return _repacked(packed)


def _add_sheet(book: Workbook, table: Table) -> None:
    sheet: Any = book.create_sheet(table.title)
    for number, heading in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = heading.width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table.rows) + 1}"
    sheet.append([_heading(sheet, column.heading) for column in table.columns])
    for row in table.rows:
        sheet.append([_text(sheet, value) if isinstance(value, str) else value for value in row])


def _heading(sheet: Any, words: str) -> SheetCell:
    cell = WriteOnlyCell(sheet, value=words)
    cell.font, cell.fill, cell.alignment = HEADING, HEADING_FILL, HEADING_PLACE
    return cell


def _text(sheet: Any, value: str) -> SheetCell:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"  # also where openpyxl reads a formula, or an error such as #N/A
    if looks_like_formula(value):
        # The apostrophe that a spreadsheet keeps before a text and does not show.
        cell.quotePrefix = True
    return cell


def _repacked(packed: BytesIO) -> bytes:
    """The same archive with one fixed date on every entry."""
    result = BytesIO()
    with ZipFile(packed) as source, ZipFile(result, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = ZipInfo(name, PACKED_ON)
            entry.compress_type = ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return result.getvalue()


def indicators_csv(report: QuarterReport, language: Language) -> bytes:
    """Every entry of the quarter as CSV; see `csv_file`."""
    table = ReportTables(report, language).indicators()
    return csv_file([column.heading for column in table.columns], table.rows)


def csv_file(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV: UTF-8 with byte order mark, `;` between fields, decimal comma.

    This is what a spreadsheet set to Catalan, Spanish or French expects: with commas between the fields it
    would show one column, and it would read 3.5 as the third of May. A text that looks like a formula gets an
    apostrophe before it.
    """
    written = StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_field(value) for value in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _field(value: Cell) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return format(value, "f").replace(".", ",")
        case str():
            return f"'{value}" if looks_like_formula(value) else value
        case date():
            return value.isoformat()
        case _:
            return str(value)
