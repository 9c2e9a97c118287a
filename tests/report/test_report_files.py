"""The report as files: numbers are numbers, texts are texts, and nothing in them runs."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO, StringIO
from time import process_time
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from mail.translation import LANGUAGES
from models.contracts.mail import Language
from models.contracts.report import QuarterReport
from models.policies.report import quarter_report
from operations.report_files import file_name, indicators_csv, workbook
from tests.conftest import some
from tests.report.quarter import valencia_quarter

WRITTEN = datetime(2027, 2, 10, 8, 30, tzinfo=UTC)
DANGEROUS = (
    "=HYPERLINK(\"http://x.example\";\"Obri'm\")", "+34 600 000 000", "-1+2", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1",
    "\uff1d1+1", "#N/A",
)  # fmt: skip


@cache
def valencia() -> QuarterReport:
    return quarter_report(valencia_quarter(), written_at=WRITTEN)


@cache
def opened(language: Language = "en") -> Workbook:
    return load_workbook(BytesIO(workbook(valencia(), language)))


def rows_of(book: Workbook, sheet: str) -> list[tuple[Any, ...]]:
    """What stands below the head of a sheet."""
    return list(book[sheet].iter_rows(min_row=2, values_only=True))


def with_reasons(*reasons: str) -> QuarterReport:
    """València's quarter in which the first answers were "not available because" of these reasons."""
    facts = valencia_quarter()
    entries = list(facts.entries)
    places = [number for number, entry in enumerate(entries) if entry.answer is not None]
    for place, reason in zip(places, reasons, strict=False):
        answer = entries[place].answer
        assert answer is not None
        changed = replace(answer, kind="not_available", number=None, yes=None, words=None, reason=reason)
        entries[place] = replace(entries[place], answer=changed)
    return quarter_report(replace(facts, entries=tuple(entries)), written_at=WRITTEN)


def test_the_workbook_has_a_sheet_for_each_table_with_its_head_frozen_and_a_filter() -> None:
    book = opened()
    assert book.sheetnames == ["Summary", "Totals", "Indicators", "Units", "Gaps", "Days"]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all((sheet.column_dimensions[get_column_letter(cell.column or 0)].width or 0) >= 8 for cell in sheet[1])
        assert all(cell.font.b for cell in sheet[1])


def test_every_entry_is_a_row_and_its_numbers_are_numbers() -> None:
    sheet = opened()["Indicators"]
    heads = [cell.value for cell in sheet[1]]
    rows = [dict(zip(heads, row, strict=True)) for row in rows_of(opened(), "Indicators")]
    assert len(rows) == valencia().tally.asked
    numbers = [
        row["Number"] for row in rows if row["Answer"] in {"Value", "Zero"} and row["Measure"] in {"count", "percent"}
    ]
    assert numbers
    assert all(isinstance(number, int | float) for number in numbers)
    assert all(row["Number"] == 0 for row in rows if row["Answer"] == "Zero")
    assert all(row["Number"] is None for row in rows if row["Answer"] in {"Missing", "Nothing to report"})
    assert all(row["Reason"] for row in rows if row["Answer"] == "Not available")
    assert {row["Role"] for row in rows} == {"lead", "co-responsible"}


def test_the_sheets_say_what_the_report_says() -> None:
    book, report = opened(), valencia()
    summary = {row[0]: row[1] for row in rows_of(book, "Summary")}
    assert (summary["Entries asked"], summary["Missing"]) == (report.tally.asked, report.tally.missing)
    assert summary["Closed on"].date() == date(2027, 2, 10)
    assert summary["Written at"] == datetime(2027, 2, 10, 8, 30)  # noqa: DTZ001 - a sheet knows no zones
    units = rows_of(book, "Units")
    assert sum(row[2] for row in units) == report.tally.asked
    assert all(sum(row[3:8]) == row[2] for row in units)
    gaps = rows_of(book, "Gaps")
    assert len(gaps) == len(report.gaps)
    assert all(row[-1] for row in gaps)
    days = rows_of(book, "Days")
    assert days[-1][2] == report.tally.asked - report.tally.missing
    axis_totals = [row for row in rows_of(book, "Totals") if row[1] is None]
    assert len(axis_totals) == sum(len(axis.totals) for axis in report.axes)


def test_a_text_that_looks_like_a_formula_stays_a_text_in_the_workbook() -> None:
    sheet = load_workbook(BytesIO(workbook(with_reasons(*DANGEROUS), "en")))["Indicators"]
    cells = [
        cell
        for row in sheet.iter_rows()
        for cell in row
        if cell.value and "Reason" in str(sheet.cell(1, cell.column).value)
    ]
    for dangerous in DANGEROUS:
        found = [cell for cell in cells if str(cell.value).strip() == dangerous.strip()]
        assert found, dangerous
        assert {cell.data_type for cell in found} == {"s"}, dangerous
        assert all(cell.quotePrefix for cell in found) or dangerous == "#N/A", dangerous


def test_a_text_that_looks_like_a_formula_gets_an_apostrophe_in_the_csv() -> None:
    written = indicators_csv(with_reasons(*DANGEROUS[:-1]), "en").decode("utf-8-sig")
    fields = [field for row in csv.reader(StringIO(written, newline=""), delimiter=";") for field in row]
    for dangerous in DANGEROUS[:-1]:
        assert f"'{dangerous}" in fields
        assert dangerous not in fields


@pytest.mark.drill
def test_control_characters_cannot_break_the_workbook() -> None:
    sheet = load_workbook(BytesIO(workbook(with_reasons("bell\x07 and\x00 null"), "en")))["Indicators"]
    assert any(cell.value == "bell and null" for row in sheet.iter_rows() for cell in row)


def test_the_csv_opens_in_columns_with_decimal_commas_and_accents() -> None:
    content = indicators_csv(valencia(), "ca")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(rows) == valencia().tally.asked
    assert all(len(row) == 22 and None not in row for row in rows)
    assert "87,5" in {row["Nombre"] for row in rows}
    assert not any("." in row["Nombre"] for row in rows)
    assert any(row["Unitat"] == "Àrea Salut" for row in rows)


def test_a_large_number_is_written_in_full() -> None:
    facts = valencia_quarter()
    entries = list(facts.entries)
    place, answer = next((n, e.answer) for n, e in enumerate(entries) if e.answer and e.answer.number)
    entries[place] = replace(entries[place], answer=replace(answer, number=Decimal("1E+9")))
    written = indicators_csv(quarter_report(replace(facts, entries=tuple(entries)), written_at=WRITTEN), "en")
    assert b";1000000000;" in written


def test_the_same_report_gives_the_same_bytes_and_they_name_nobody_s_machine() -> None:
    first, second = (workbook(valencia(), "ca") for _ in range(2))
    assert first == second
    written = load_workbook(BytesIO(first)).properties
    assert (written.creator, written.lastModifiedBy) == ("Focal", None)
    assert written.created == written.modified == datetime(2027, 2, 10, 8, 30)  # noqa: DTZ001 - a sheet knows no zones


@pytest.mark.parametrize("language", some(LANGUAGES, "fr"))
def test_the_sheets_speak_the_reader_s_language(language: Language) -> None:
    book = opened(language)
    expected = {"ca": "Resum", "ca-ES-valencia": "Resum", "es": "Resumen", "en": "Summary", "fr": "Synthèse"}
    assert book.sheetnames[0] == expected[language]
    assert len(set(book.sheetnames)) == 6


def test_a_provisional_file_says_of_which_day_it_is() -> None:
    open_quarter = valencia_quarter(until=date(2027, 1, 22), provisional=True)
    report = quarter_report(open_quarter, written_at=WRITTEN)
    assert file_name(report, "csv") == "VLC-2026-Q4-2027-01-22.csv"
    assert file_name(valencia(), "xlsx") == "VLC-2026-Q4.xlsx"
    state = load_workbook(BytesIO(workbook(report, "en")))["Summary"]["B5"].value
    assert state == "Open: the figures are provisional"


@pytest.mark.drill
def test_a_whole_plan_is_reported_in_well_under_a_second() -> None:
    facts = valencia_quarter()
    began = process_time()
    report = quarter_report(facts, written_at=WRITTEN)
    computed = process_time()
    workbook(report, "ca")
    indicators_csv(report, "ca")
    assert computed - began < 0.25
    assert process_time() - computed < 2
