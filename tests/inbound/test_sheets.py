"""Tables that come back: our own sheet, moved about or saved as something else, lists of their own, and traps."""

import json
import re
import struct
import subprocess
import sys
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from mail.answer_sheet import answer_sheet
from mail.inbound.sheet_formats.file import read_file
from mail.inbound.sheet_formats.grid import CellKind, NotRead
from mail.inbound.sheet_formats.xlsx import kind_of_format
from mail.inbound.sheet_table import Table, read_tables
from mail.inbound.sheets import read_sheets
from mail.translation import LANGUAGES, ROOT
from models.contracts.answering import IndicatorUnit, Reading
from models.contracts.inbound import AskedEntry, Attached, FoundValue, SheetRead
from models.contracts.mail import Language
from tests.inbound.books import (
    DAY_STYLE,
    PERCENT_STYLE,
    changed,
    container,
    ods,
    ods_row,
    ods_sheet,
    ods_value,
    ods_words,
    part,
    xls,
    zipped,
)

UNITS: tuple[IndicatorUnit, ...] = ("count", "percent", "yes/no", "text", "count")
ASKED = tuple(
    AskedEntry(
        item_id=UUID(int=number),
        number=number,
        code=f"VLC-E4-OE1-A1-I{number}",
        name=f"Participants en xarxes {number}",
        unit=unit,
        previous=Reading(kind="value", typed="97", number=Decimal(97)) if number == 1 else None,
        standing=None,
    )
    for number, unit in enumerate(UNITS, start=1)
)
REFERENCE = "7K2M-9QXD"
CODES = [entry.code for entry in ASKED]
SHEET = "xl/worksheets/sheet1.xml"


def ours(language: Language = "ca", reference: str = REFERENCE) -> bytes:
    return answer_sheet(
        ASKED,
        task_reference=reference,
        language=language,
        unit_name="Servei de Turisme",
        quarter=3,
        year=2026,
        closes_on=date(2026, 10, 30),
    )


def filled(cells: dict[str, Any], content: bytes | None = None, formats: dict[str, str] | None = None) -> bytes:
    """Our own sheet with these cells written by a library, as a spreadsheet program would."""
    book = load_workbook(BytesIO(content or ours()))
    for place, value in cells.items():
        book.worksheets[0][place] = value
    for place, code in (formats or {}).items():
        book.worksheets[0][place].number_format = code
    return saved(book)


def own_list(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def received(content: bytes, filename: str = "answers.xlsx", language: Language = "ca") -> SheetRead:
    """What a file says, read by the process apart as it is for a mail."""
    attached = Attached(filename=filename, content_type="application/octet-stream", content=content)
    (found,) = read_sheets([attached], ASKED, language, task_reference=REFERENCE)
    assert found.filename == filename
    return found


def read(content: bytes, filename: str = "answers.xlsx", language: Language = "ca") -> SheetRead:
    """The same within this process: ten times as fast."""
    try:
        tables = [Table(**vars(grid)) for grid in read_file(content)]
    except NotRead as refusal:
        return SheetRead(filename=filename, problem=refusal.problem)
    return read_tables(filename, tables, ASKED, language, REFERENCE)


def said(found: SheetRead) -> dict[int, Any]:
    """What was read, by number: the value itself, or the kind of answer there is instead."""
    assert found.problem is None
    return {value.number: plain(value) for value in found.values}


def plain(value: FoundValue) -> Any:
    reading = value.reading
    if reading.kind != "value":
        return reading.reason or reading.kind
    given = [each for each in (reading.number, reading.yes, reading.words) if each is not None]
    assert len(given) == 1
    return given[0]


def unread(found: SheetRead) -> list[tuple[str, str, str]]:
    return [(line.place, line.excerpt, line.problem) for line in found.unread]


# Our own sheet


def test_our_sheet_filled_in_is_read_back() -> None:
    found = received(filled({"F4": 128, "F5": 45.5, "F6": "sí", "F7": "Dos, a Lió", "F8": 0}))
    assert said(found) == {1: 128, 2: Decimal("45.5"), 3: True, 4: "Dos, a Lió", 5: 0}
    assert found.unread == ()
    first = found.values[0]
    assert (first.place, first.excerpt, first.where, first.certainty) == ("answers.xlsx F4", "128", "sheet", "sure")
    assert (first.item_id, first.code, first.reading.typed) == (ASKED[0].item_id, CODES[0], "128")


def test_our_sheet_that_nobody_filled_in_says_nothing() -> None:
    assert read(ours()) == SheetRead(filename="answers.xlsx")


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_sheet_is_read_in_every_language(language: Language) -> None:
    assert said(read(filled({"F4": 12, "F7": "x"}, ours(language)), language=language)) == {1: 12, 4: "x"}


def test_words_that_stand_for_an_answer_are_understood() -> None:
    found = read(filled({"F4": "idem", "F5": "no disponible: enquesta al març", "F6": "res a comunicar", "F8": "cap"}))
    assert said(found) == {1: 97, 2: "enquesta al març", 3: "nothing_to_report", 5: "nothing_to_report"}


def test_a_reason_may_stand_in_the_comment() -> None:
    found = read(filled({"F5": "no disponible", "G5": "l'enquesta es fa al març", "F8": "n/d"}))
    assert said(found) == {2: "l'enquesta es fa al març"}
    assert unread(found) == [("answers.xlsx F8", "n/d", "reason_missing")]


def test_a_comment_is_no_value_but_may_say_that_there_is_none() -> None:
    found = read(filled({"G4": "res a informar", "G5": "uns 40", "F8": 3, "G8": "de 12 previstes"}))
    assert said(found) == {1: "nothing_to_report", 5: 3}
    assert [value.certainty for value in found.values] == ["likely", "sure"]
    assert unread(found) == [("answers.xlsx G5", "uns 40", "not_understood")]


def test_what_is_no_value_is_shown_back() -> None:
    cells = {"F4": "10-12", "F5": 130, "F6": "potser", "F8": "molts"}
    assert unread(read(filled(cells))) == [
        ("answers.xlsx F4", "10-12", "range_given"),
        ("answers.xlsx F5", "130", "percent_over_100"),
        ("answers.xlsx F6", "potser", "yes_no_missing"),
        ("answers.xlsx F8", "molts", "not_a_number"),
    ]


def test_the_sheet_of_another_task_is_not_read() -> None:
    found = read(filled({"F4": 128}, ours(reference="AAAA-BBBB")))
    assert (found.values, found.problem) == ((), None)
    assert unread(found) == [("answers.xlsx", "AAAA-BBBB", "wrong_sheet")]


def test_a_sheet_of_their_own_may_have_the_name_of_our_hidden_one() -> None:
    book = load_workbook(BytesIO(own_list((CODES[0], 128))))
    book.worksheets[0].title = "focal"
    assert said(read(saved(book))) == {1: 128}


def test_columns_that_were_moved_and_rows_that_were_sorted_are_found_by_their_headings() -> None:
    book = load_workbook(BytesIO(filled({"F4": 128, "F8": 3})))
    rows = [list(row) for row in book.worksheets[0].values]
    other = book.create_sheet("Còpia", 0)
    for row in [rows[2], *reversed(rows[3:])]:
        other.append([row[5], row[6], row[2], row[1]])
    del book["Respostes"]
    found = read(saved(book))
    assert said(found) == {1: 128, 5: 3}
    assert {value.place for value in found.values} == {"answers.xlsx A6", "answers.xlsx A2"}


def test_numbers_mean_what_they_meant_when_the_sheet_was_written() -> None:
    content = filled({"F4": 128, "F5": 45, "B4": None, "B5": None})
    attached = Attached(filename="a.xlsx", content_type="", content=content)
    later = tuple(entry.model_copy(update={"number": 6 - entry.number}) for entry in ASKED)
    (found,) = read_sheets([attached], later, "ca", task_reference=REFERENCE)
    assert {value.code: plain(value) for value in found.values} == {CODES[0]: 128, CODES[1]: 45}


def test_a_row_that_names_no_item_is_shown_back() -> None:
    found = read(
        filled({"F4": 1, "B5": "VLC-E9-X", "F5": 2, "A6": None, "B6": None, "F6": "sí", "A9": "Total", "F9": 3})
    )
    assert said(found) == {1: 1}
    assert unread(found) == [
        ("answers.xlsx F5", "2", "unknown_code"),
        ("answers.xlsx F6", "sí", "not_understood"),
        ("answers.xlsx F9", "3", "unknown_code"),
    ]


def test_other_sheets_are_passed_over_and_hidden_ones_are_not_looked_at() -> None:
    book = load_workbook(BytesIO(filled({"F4": 128})))
    book.create_sheet("Dades", 0).append(["Any", "Visitants"])
    book["Dades"].append([2026, 1_000])
    hidden = book.create_sheet("Amagat")
    hidden.append([CODES[4], 7])
    hidden.sheet_state = "hidden"
    assert said(read(saved(book))) == {1: 128}


def test_what_stands_in_a_hidden_row_is_not_taken() -> None:
    book = load_workbook(BytesIO(filled({"F4": 128, "F8": 3})))
    book.worksheets[0].row_dimensions[8].hidden = True
    found = read(saved(book))
    assert said(found) == {1: 128}
    assert unread(found) == [("answers.xlsx F8", "3", "hidden_row")]


def test_one_item_with_two_values_has_none() -> None:
    found = read(filled({"F4": 128, "A9": 1, "B9": CODES[0], "F9": 130, "A10": 5, "F10": 2, "F8": 2}))
    assert said(found) == {5: 2}
    assert unread(found) == [("answers.xlsx F4", "128", "two_values"), ("answers.xlsx F9", "130", "two_values")]


# Cells


def test_number_cells_are_numbers_whatever_the_language() -> None:
    for language in LANGUAGES:
        found = read(filled({"F4": 12_345, "F5": 12.345, "F7": 1_234.5}), language=language)
        assert (said(found)[1], said(found)[2]) == (12_345, Decimal("12.345"))
    assert said(found)[4] == "1\u202f234,5"
    assert unread(read(filled({"F4": 12.345}))) == [("answers.xlsx F4", "12,345", "not_whole")]
    assert unread(read(filled({"F4": -3}))) == [("answers.xlsx F4", "-3", "negative")]


def test_numbers_typed_as_words_are_read_by_the_language() -> None:
    content = filled({"F4": "12.345", "F5": "12,5 %"})
    assert said(read(content, language="ca")) == {1: 12_345, 2: Decimal("12.5")}
    assert said(read(filled({"F5": "12.345"}), language="en")) == {2: Decimal("12.345")}


def test_a_percentage_is_what_the_cell_shows() -> None:
    found = read(filled({"F5": 0.45, "F4": 0.45}, formats={"F5": "0%", "F4": "0.0%"}))
    assert said(found) == {2: 45}
    assert found.values[0].reading.typed == "45\u00a0%"
    assert unread(found) == [("answers.xlsx F4", "45\u00a0%", "not_a_number")]
    # Without the format it is as typed: less than one per cent.
    assert said(read(filled({"F5": 0.45}))) == {2: Decimal("0.45")}
    # 0.29 as binary figures have it is 29 %, not 28.999999999999996 %.
    raw = part(filled({"F5": 0.29}, formats={"F5": "0%"}), SHEET).replace("0.29", "0.28999999999999998")
    assert said(read(changed(filled({"F5": 0.29}, formats={"F5": "0%"}), {SHEET: raw}))) == {2: 29}


def test_a_day_is_no_number() -> None:
    found = read(
        filled({"F4": date(2026, 10, 12), "F5": date(2026, 10, 12), "F6": date(2026, 1, 1), "F7": date(2026, 5, 9)})
    )
    assert said(found) == {4: "2026-05-09"}
    assert unread(found) == [
        ("answers.xlsx F4", "2026-10-12", "not_a_number"),
        ("answers.xlsx F5", "2026-10-12", "not_a_number"),
        ("answers.xlsx F6", "2026-01-01", "yes_no_missing"),
    ]


def test_a_truth_is_yes_or_no_and_nothing_else() -> None:
    found = read(filled({"F4": True, "F6": False}))
    assert said(found) == {3: False}
    assert unread(found) == [("answers.xlsx F4", "sí", "not_a_number")]


def test_a_formula_without_a_value_is_never_zero() -> None:
    content = filled({"F4": "=SUM(A4:A8)", "F5": "=1/4"})
    assert unread(read(content)) == [
        ("answers.xlsx F4", "=SUM(A4:A8)", "formula_without_value"),
        ("answers.xlsx F5", "=1/4", "formula_without_value"),
    ]


def test_a_formula_has_its_value_if_the_program_that_wrote_it_computes() -> None:
    content = own_list((CODES[0], "=7+8"))
    sheet = re.sub(r"<f>7\+8</f><v ?/>|<f>7\+8</f><v></v>", "<f>7+8</f><v>15</v>", part(content, SHEET))
    assert "<v>15</v>" in sheet
    book = part(content, "xl/workbook.xml")
    assert 'fullCalcOnLoad="1"' in book  # by this such a program says that it made the value up
    assert [line.problem for line in read(changed(content, {SHEET: sheet})).unread] == ["formula_without_value"]
    computed = {SHEET: sheet, "xl/workbook.xml": book.replace('fullCalcOnLoad="1"', "")}
    assert said(read(changed(content, computed))) == {1: 15}


def test_an_error_is_no_value() -> None:
    assert [line.problem for line in read(filled({"F4": "#N/A", "F7": "#REF!"})).unread] == [
        "formula_without_value"
    ] * 2


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", "number"),
        ("#,##0.00", "number"),
        ('#,##0 "dies"', "number"),
        ("#,##0.00\\ [$€-403]", "number"),
        ("[Red]-0", "number"),
        ("0.0%", "percent"),
        ("dd/mm/yyyy", "day"),
        ("[$-403]d mmm yyyy", "day"),
        ("[h]:mm", "day"),
        ("hh:mm", "day"),
    ],
)
def test_a_number_format_tells_what_a_number_is(code: str, kind: str) -> None:
    assert kind_of_format(code) == kind


# Lists of their own


def test_a_list_of_codes_and_values_needs_no_headings() -> None:
    found = read(own_list(("Bon dia",), (CODES[0].lower(), 128), ("e4-oe1-a1-i5", 0), ("VLC E4–OE1–A1–I4", "Fet")))
    assert said(found) == {1: 128, 4: "Fet", 5: 0}
    assert [value.certainty for value in found.values] == ["sure"] * 3


def test_a_list_may_have_numbers_and_names_beside_the_codes() -> None:
    found = read(own_list((1, f"[{CODES[0]}]", "participants en xarxes 1", 128), (5, CODES[4], ASKED[4].name)))
    assert said(found) == {1: 128}


def test_of_several_figures_beside_a_code_none_is_chosen() -> None:
    found = read(own_list((CODES[0], 97, 128), (CODES[1], CODES[4])))
    assert said(found) == {}
    assert unread(found) == [
        ("answers.xlsx B1", "97 | 128", "not_understood"),
        ("answers.xlsx B2", CODES[4], "not_understood"),
    ]


@pytest.mark.parametrize(
    "headings", [("CODI", "Resposta"), ("Código:", "Dato"), ("Code", "Réponse"), ("N.º", "VALOR"), ("núm", "Value")]
)
def test_headings_of_their_own_are_known_in_all_languages(headings: tuple[str, str]) -> None:
    key = 1 if headings[0].startswith(("N.", "n")) else CODES[0]
    found = read(own_list(("Full de l'Anna", "2026", "-"), headings, (key, 128)))
    assert said(found) == {1: 128}
    assert found.values[0].certainty == "sure"


def test_a_list_of_numbers_and_values_is_taken_if_it_is_nothing_else() -> None:
    found = read(own_list((1, 128), ("4.", "Fet"), ("núm. 5", 0)))
    assert said(found) == {1: 128, 4: "Fet", 5: 0}
    assert {value.certainty for value in found.values} == {"likely"}
    for other in (
        ((1, 128), (2, 45), (6, 1)),
        ((1, 128), (1, 130)),
        ((1, 128), (2, 45, "x")),
        ((1, 128), ("total", 128)),
        ((2_026, 128),),
        (("gener", 128),),
    ):
        assert read(own_list(*other)).problem == "no_table"


def test_a_short_code_that_could_be_two_items_is_none() -> None:
    twins = [ASKED[0], ASKED[1].model_copy(update={"code": "TRS-E4-OE1-A1-I1"})]
    attached = Attached(filename="a.csv", content_type="text/csv", content=b"codi;valor\nE4-OE1-A1-I1;5\n")
    (found,) = read_sheets([attached], twins, "ca", task_reference=REFERENCE)
    assert (found.values, [line.problem for line in found.unread]) == ((), ["unknown_code"])


def test_numbers_under_the_heading_of_codes_are_numbers() -> None:
    assert said(read(own_list(("Codi", "Valor"), (1, 128), ("2", "45 %")))) == {1: 128, 2: 45}


NUMBERS = ["1", "5.0", "0.45", "12.345", "1.234,5", "nan", "1e999", "-1e9"]
WORDS = ["task", "Codi", "Valor", "N.º", "idem", "sí", "res a informar"]
TEXTS = st.sampled_from([*CODES, *NUMBERS, *WORDS]) | st.text(max_size=10)
KINDS: tuple[CellKind, ...] = ("words", "number", "percent", "day", "yes_no", "no_value")
CELLS = st.lists(st.tuples(st.integers(1, 50), st.sampled_from(KINDS), TEXTS), min_size=1, max_size=6)
TABLES = st.builds(
    Table,
    name=st.sampled_from(["Full1", "focal"]),
    hidden=st.booleans(),
    cut=st.booleans(),
    rows=st.lists(st.tuples(st.integers(1, 2_000), st.booleans(), CELLS), max_size=8),
)


@given(st.lists(TABLES, min_size=1, max_size=3))
def test_whatever_the_cells_hold_every_value_comes_from_one_that_can_be_seen(tables: list[Table]) -> None:
    visible = {
        f"a.xlsx {get_column_letter(column)}{row}"
        for table in tables
        if not table.hidden
        for row, hidden, cells in table.rows
        if not hidden
        for column, kind, _text in cells
        if kind != "no_value"
    }
    found = read_tables("a.xlsx", tables, ASKED, "ca", REFERENCE)
    assert len({value.item_id for value in found.values}) == len(found.values)
    assert {value.place for value in found.values} <= visible
    for value in found.values:
        assert value.reading.number is None or 0 <= value.reading.number <= 10**12


# Other kinds of file


@pytest.mark.parametrize("name", ["saved.xlsx", "saved.xls", "saved.ods", "saved.csv"])
def test_our_sheet_saved_by_libreoffice_in_any_of_its_formats_is_read(name: str) -> None:
    """Filled in by hand, F4 as a formula, and row 8 hidden, which a CSV cannot tell."""
    found = received((Path(__file__).parent / "saved" / name).read_bytes(), name)
    assert said(found) == {1: 128, 2: Decimal("45.5"), 3: True, 4: "Dos, a Lió"} | (
        {5: 3} if name == "saved.csv" else {}
    )
    assert {value.place for value in found.values} >= {f"{name} F4", f"{name} F7"}
    assert unread(found) == ([] if name == "saved.csv" else [(f"{name} F8", "3", "hidden_row")])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_csv_is_read_in_the_encodings_people_have(encoding: str, delimiter: str) -> None:
    lines = (("Codi", "Valor", "Comentari"), (CODES[1], "12,5", "Àngels, però"), (CODES[3], "Sí, l’Àrea", ""))
    text = "".join(delimiter.join(line) + "\r\n" for line in lines)
    found = read(text.encode(encoding), "respostes.csv")
    assert said(found) == {2: Decimal("12.5"), 4: "Sí, l’Àrea"}
    assert found.values[0].place == "respostes.csv B2"


def test_a_csv_with_commas_quotes_its_decimals() -> None:
    assert said(read(f'code,value\n{CODES[1]},"12,5"\n{CODES[4]},3\n'.encode(), "a.csv")) == {2: Decimal("12.5"), 5: 3}
    found = read(f"code,value\n{CODES[1]},12.5\n".encode(), "a.csv", "en")
    assert said(found) == {2: Decimal("12.5")}


def test_a_csv_may_say_its_delimiter() -> None:
    assert said(read(f"sep=,\n{CODES[4]},3\n".encode(), "a.csv")) == {5: 3}


def test_an_opendocument_table_is_read_with_its_hidden_rows_and_formulas() -> None:
    code = [ods_words(each) for each in CODES]
    sheet = ods_sheet(
        '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="9"/>'
        "</table:table-row>",
        ods_row(code[0], ods_value("float", "1234.5", "1.234,5").replace("1234.5", "1234")),
        ods_row(code[1], ods_value("percentage", "0.455", "45,5%")),
        ods_row(code[2], ods_value("boolean", "true", "CERT")),
        ods_row(code[3], "<table:table-cell/>", ods_value("date", "2026-05-09", "9/5/26")),
        ods_row(code[4], ods_value("float", "7", "7"), visibility="filter"),
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>',
    )
    found = read(ods(sheet), "answers.ods")
    assert said(found) == {1: 1_234, 2: Decimal("45.5"), 3: True, 4: "2026-05-09"}
    assert {value.number: value.place for value in found.values}[4] == "answers.ods C6"
    assert unread(found) == [("answers.ods B7", "7", "hidden_row")]


def test_an_opendocument_formula_without_a_value_is_never_zero() -> None:
    unknown = '<table:table-cell table:formula="of:=SUM([.A1:.A9])"/>'
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell>"
    )
    known = ods_value("float", "5", "5", 'table:formula="of:=2+3"')
    rows = [ods_row(ods_words(CODES[at]), cell) for at, cell in ((0, unknown), (3, error), (4, known))]
    found = read(ods(ods_sheet(*rows)), "a.ods")
    assert said(found) == {5: 5}
    assert unread(found) == [
        ("a.ods B1", "=SUM([.A1:.A9])", "formula_without_value"),
        ("a.ods B2", "#DIV/0!", "formula_without_value"),
    ]


def test_a_note_on_an_opendocument_cell_is_not_its_value_and_hidden_sheets_are_passed_over() -> None:
    noted = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>no 12</text:p></office:annotation>'
        '<text:p>Dos<text:s text:c="2"/>actes</text:p><text:p>a Lió</text:p></table:table-cell>'
    )
    visible = ods_sheet(ods_row(ods_words(CODES[3]), noted))
    hidden = ods_sheet(ods_row(ods_words(CODES[4]), ods_value("float", "9", "9")), name="Amagat", style="ta2")
    assert said(read(ods(visible + hidden), "a.ods")) == {4: "Dos  actes\na Lió"}


def test_our_sheet_saved_as_opendocument_still_says_whose_it_is() -> None:
    own = ods_sheet(ods_row(ods_words("task"), ods_words("AAAA-BBBB")), name="focal", style="ta2")
    visible = ods_sheet(ods_row(ods_words(CODES[4]), ods_value("float", "9", "9")))
    assert [line.problem for line in read(ods(visible + own), "a.ods").unread] == ["wrong_sheet"]


def test_a_workbook_of_excel_97_is_read_with_its_hidden_rows_and_formulas() -> None:
    uncomputed = b"\x03\0\0\0\0\0\xff\xff"
    values = (128, (0.45, PERCENT_STYLE), True, (46_000, DAY_STYLE), uncomputed)
    cells = [cell for row, value in enumerate(values) for cell in ((row, 0, CODES[row]), (row, 1, value))]
    found = read(xls(cells), "a.xls")
    assert said(found) == {1: 128, 2: 45, 3: True, 4: "2025-12-09"}
    assert unread(found) == [("a.xls B5", "=", "formula_without_value")]
    assert unread(read(xls(cells[:4], hidden_rows=(0,)), "a.xls")) == [("a.xls B1", "128", "hidden_row")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"%PDF-1.7\n1 0 obj", "unsupported"),
        (b"\n\xef\xbb\xbf%PDF-1.7\n1 0 obj", "unsupported"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "unsupported"),
        (b'<?xml version="1.0"?><Workbook/>', "unsupported"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "unsupported"),
        (b"PK\x03\x04 and nothing more", "unreadable"),
        (b"PK\x05\x06", "unreadable"),
        (zipped({"word/document.xml": "<w/>", "[Content_Types].xml": "<t/>"}), "unsupported"),
        (zipped({"xl/workbook.bin": "x", "[Content_Types].xml": "<t/>"}), "no_table"),
        (container({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "protected"),
        (container({"WordDocument": b"x"}), "unsupported"),
        (container({"Workbook": b"x"}), "unreadable"),
        (xls([(0, 0, CODES[0]), (0, 1, 5)], streams=("_VBA_PROJECT_CUR",)), "macros"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"W\0o\0r\0k\0b\0o\0o\0k\0" * 40, "unreadable"),
        (b"", "no_table"),
        (b"Hola;bon dia\n", "no_table"),
    ],
)
def test_what_is_not_read_says_why(content: bytes, problem: str) -> None:
    assert received(content, "renamed.xlsx") == SheetRead(filename="renamed.xlsx", problem=problem)


def test_a_password_or_macros_are_seen_in_an_archive() -> None:
    content = filled({"F4": 128})
    assert received(changed(content, {"xl/vbaProject.bin": b"x"}), "a.xlsm").problem == "macros"
    assert received(changed(content, {"xl/macrosheets/sheet1.xml": b"x"})).problem == "macros"
    sheet = ods_sheet(ods_row(ods_words(CODES[0]), ods_value("float", "1", "1")))
    assert received(ods(sheet, manifest="<manifest:encryption-data/>"), "a.ods").problem == "protected"
    assert received(ods(sheet, more={"Basic/Standard/Module1.xml": "x"}), "a.ods").problem == "macros"
    assert received(ods(sheet, more={"Basic/Standard/script-lb.xml": "x"}), "a.ods").problem is None
    encrypted = bytearray(content)
    at = encrypted.index(b"PK\x01\x02")
    encrypted[at + 8] |= 1
    assert received(bytes(encrypted)).problem == "protected"


# Traps


def test_an_archive_that_would_unpack_to_far_more_is_not_unpacked() -> None:
    book = BytesIO()
    with ZipFile(book, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<t/>")
        archive.writestr("xl/workbook.xml", "<w/>")
        with archive.open(SHEET, "w") as bomb:
            for _ in range(60):
                bomb.write(b"\0" * 2**20)
    began = monotonic()
    assert received(book.getvalue()).problem == "bomb"
    assert monotonic() - began < 2
    assert received(changed(ours(), {"xl/media/x": b" " * 2_000_000})).problem == "bomb"
    assert received(zipped({f"xl/workbook{n}": "" for n in range(3_000)})).problem == "bomb"


def test_a_directory_that_lies_about_the_size_gets_no_more_than_it_says() -> None:
    content = bytearray(changed(ours(), {SHEET: part(ours(), SHEET) + " " * 3_000_000}))
    at = content.index(b"PK\x01\x02")
    while content[at + 46 : at + 46 + len(SHEET)] != SHEET.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    content[at + 24 : at + 28] = struct.pack("<I", 4_000)
    assert received(bytes(content)).problem == "unreadable"


def test_entities_and_other_compressions_are_refused() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    assert received(changed(ours(), {SHEET: laughs})).problem == "bomb"
    book = BytesIO()
    with ZipFile(book, "w", ZIP_LZMA) as archive:
        archive.writestr("[Content_Types].xml", "<t/>")
        archive.writestr("xl/workbook.xml", "<w/>")
    assert received(book.getvalue()).problem == "unsupported"


@pytest.mark.parametrize(
    "damage",
    [
        {SHEET: "<worksheet><sheetData><row r='x'>"},
        {SHEET: "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>x</v></c></row></sheetData></worksheet>"},
        {SHEET: b"\xff\xfe\0"},
        {"xl/workbook.xml": ""},
        {"xl/styles.xml": "<styleSheet><cellXfs><xf numFmtId='x'/></cellXfs></styleSheet>"},
    ],
)
def test_a_damaged_workbook_is_unreadable(damage: dict[str, bytes | str]) -> None:
    assert received(changed(ours(), damage)).problem == "unreadable"


def test_a_file_that_is_too_large_is_not_opened() -> None:
    assert received(b"PK\x03\x04" + b"x" * (10 * 2**20)).problem == "too_large"


def test_a_sheet_without_end_is_not_read() -> None:
    book = Workbook()
    for number in range(2_500):
        book.worksheets[0].append([CODES[number % 5], number])
    assert read(saved(book)).problem == "too_large"
    other = load_workbook(BytesIO(filled({"F4": 128})))
    data = other.create_sheet("Dades")
    for number in range(2_500):
        data.append([2_026, number])
    assert said(read(saved(other))) == {1: 128}


@pytest.mark.drill
def test_a_file_that_takes_too_long_is_given_up_and_the_others_with_it() -> None:
    cells = "<c/>" * 11_000_000  # within every limit of size, thanks to the noise beside it
    sheet = f"<worksheet><sheetData><row r='1'>{cells}</row></sheetData></worksheet>"
    endless = changed(ours(), {SHEET: sheet, "xl/media/noise": Random(1).randbytes(600_000)})  # noqa: S311
    files = [Attached(filename=f"{n}.xlsx", content_type="", content=endless) for n in range(5)]
    began = monotonic()
    found = read_sheets(files, ASKED, "ca", task_reference=REFERENCE)
    assert [each.problem for each in found] == ["took_too_long"] * 5
    assert monotonic() - began < 5


def test_files_that_cannot_hold_answers_are_passed_over() -> None:
    files = [
        Attached(filename="logo.png", content_type="image/png", content=b"\x89PNG"),
        Attached(filename="smime.p7s", content_type="application/pkcs7-signature", content=b"\x30\x82"),
        Attached(filename="anna.vcf", content_type="text/vcard", content=b"BEGIN:VCARD"),
        Attached(filename="signat", content_type="application/octet-stream", content=b"%PDF-1.4"),
        Attached(filename="dades", content_type="text/csv", content=f"{CODES[0]};12".encode()),
    ]
    found = read_sheets(files, ASKED, "ca", task_reference=REFERENCE)
    assert [(each.filename, each.problem, len(each.values)) for each in found] == [
        ("signat", "unsupported", 0),
        ("dades", None, 1),
    ]


# The process apart


def apart(code: str, *arguments: str, content: bytes = b"") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], input=content, capture_output=True, check=True, cwd=ROOT
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_process_apart_cannot_write_a_file_or_take_more_than_its_share(tmp_path: Path) -> None:
    code = """
import json, resource, sys
from mail.inbound import sheet_reader
sheet_reader.limit()
refused = []
try:
    bytearray(150 * 2**20)
except MemoryError:
    refused.append("memory")
try:
    with open(sys.argv[1], "wb", buffering=0) as file:
        file.write(b"x")
except OSError:
    refused.append("file")
try:
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
except ValueError:
    refused.append("time")
print(json.dumps({"refused": refused, "cpu": resource.getrlimit(resource.RLIMIT_CPU)[0]}))
"""
    assert apart(code, str(tmp_path / "file"))["refused"] == ["memory", "file", "time"]


def test_an_answer_takes_a_small_part_of_the_memory_and_time_allowed() -> None:
    code = """
import io, json, re, resource, sys
from mail.inbound import sheet_reader
told, sys.stdout = sys.stdout, io.StringIO()
sheet_reader.main()
used = resource.getrusage(resource.RUSAGE_SELF)
peak = re.search(r"VmPeak:\\s*([0-9]+) kB", open("/proc/self/status").read())
json.dump({"kilobytes": int(peak[1]), "seconds": used.ru_utime + used.ru_stime}, told)
"""
    for content in (filled({"F4": 128}), xls([(0, 0, CODES[0]), (0, 1, 128)])):
        used = apart(code, content=content)
        assert used["kilobytes"] < 64 * 1024  # of address space; about 20 MB
        assert used["seconds"] < 1  # about 0.1
