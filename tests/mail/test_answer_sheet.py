"""The sheet that goes with a request, opened by a library for workbooks. Its way back: tests/inbound/test_sheets."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from time import process_time
from uuid import UUID
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from mail.answer_sheet import answer_sheet
from mail.inbound.spoken import read_written
from mail.translation import LANGUAGES
from models.contracts.answering import IndicatorUnit, Reading
from models.contracts.inbound import AskedEntry
from models.contracts.mail import Language

UNITS: tuple[IndicatorUnit, ...] = ("count", "percent", "yes/no", "text")
DANGEROUS = ('=HYPERLINK("http://x.example")', "+34 600", "-1+2", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "\uff1d1+1")


def asked(count: int = 10, *, name: str = "Participants en xarxes", previous: Reading | None = None):
    return tuple(
        AskedEntry(
            item_id=UUID(int=number),
            number=number,
            code=f"VLC-E4-OE1-A1-I{number}",
            name=f"{name} {number}",
            unit=UNITS[(number - 1) % 4],
            previous=previous,
            standing=None,
        )
        for number in range(1, count + 1)
    )


def written(entries: tuple[AskedEntry, ...], language: Language = "en", unit_name: str = "Servei de Turisme") -> bytes:
    return answer_sheet(
        entries,
        task_reference="7K2M-9QXD",
        language=language,
        unit_name=unit_name,
        quarter=3,
        year=2026,
        closes_on=date(2026, 10, 30),
    )


def opened(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


def test_the_same_task_gives_the_same_bytes_and_they_name_no_day() -> None:
    assert written(asked()) == written(asked())
    with ZipFile(BytesIO(written(asked()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"


@pytest.mark.parametrize(
    ("language", "title", "headings"),
    [
        (
            "ca",
            "Indicadors del 3r trimestre de 2026 · Servei de Turisme",
            ("Núm.", "Codi", "Indicador", "Tipus de resposta", "Última vegada", "Valor", "Comentari"),
        ),
        (
            "es",
            "Indicadores del 3.er trimestre de 2026 · Servei de Turisme",
            ("N.º", "Código", "Indicador", "Tipo de respuesta", "Última vez", "Valor", "Comentario"),
        ),
        (
            "fr",
            "Indicateurs du 3e trimestre 2026 · Servei de Turisme",
            ("N°", "Code", "Indicateur", "Type de réponse", "La dernière fois", "Valeur", "Commentaire"),
        ),
        (
            "en",
            "Indicators of the 3rd quarter of 2026 · Servei de Turisme",
            ("No.", "Code", "Indicator", "Kind of answer", "Last time", "Value", "Comment"),
        ),
    ],
)
def test_the_sheet_speaks_the_reader_s_language(language: Language, title: str, headings: tuple[str, ...]) -> None:
    book = opened(written(asked(), language))
    sheet = book.worksheets[0]
    assert book.properties.title == sheet["A1"].value == title
    assert tuple(cell.value for cell in sheet[3]) == headings
    assert (book.properties.language, book.properties.creator) == (language, "Focal")


def test_every_item_has_a_row_with_what_it_asks_and_what_was_said_last_time() -> None:
    entries = asked(4, previous=Reading(kind="value", typed="1.234,5", number=Decimal("1234.5")))
    sheet = opened(written(entries, "es")).worksheets[0]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=4)]
    assert rows[0] == (1, "VLC-E4-OE1-A1-I1", "Participants en xarxes 1", "número", "1.234,5", None, None)
    assert rows[1][4] == "1.234,5\u00a0%"
    assert [row[3] for row in rows] == ["número", "porcentaje", "sí o no", "texto"]


def test_only_value_and_comment_can_be_written_and_the_value_stands_out() -> None:
    sheet = opened(written(asked())).worksheets[0]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    for row in sheet.iter_rows(min_row=4):
        assert [cell.protection.locked for cell in row] == [True] * 5 + [False] * 2
        assert [cell.fill.fill_type for cell in row] == [None] * 5 + ["solid", None]


def test_yes_or_no_can_be_chosen_and_other_words_are_not_refused() -> None:
    (rule,) = opened(written(asked(), "ca")).worksheets[0].data_validations.dataValidation
    assert str(rule.sqref) == "F6 F10"
    assert (rule.type, rule.formula1, rule.showErrorMessage) == ("list", '"sí,no,res a comunicar"', False)
    without = tuple(entry for entry in asked() if entry.unit != "yes/no")
    assert opened(written(without)).worksheets[0].data_validations.dataValidation == []


def test_the_sheet_can_be_read_printed_and_heard() -> None:
    sheet = opened(written(asked())).worksheets[0]
    (table,) = sheet.tables.values()
    assert table.ref == "A3:G13"
    assert [column.name for column in table.tableColumns] == [cell.value for cell in sheet[3]]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$3:$3")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    assert all(merged.max_row < 3 for merged in sheet.merged_cells.ranges)
    assert all(cell.alignment.wrap_text for row in sheet.iter_rows(min_row=3) for cell in row)


def test_rows_are_as_high_as_their_longest_text_needs() -> None:
    long = asked(2, name="Nombre de participants en les activitats de cooperació i d'intercanvi entre ciutats")
    with ZipFile(BytesIO(written(long))) as archive:
        # Not as `customHeight`: the row still grows with what is written in it.
        assert b'<row r="4" ht="30">' in archive.read("xl/worksheets/sheet1.xml")
    assert opened(written(asked(2))).worksheets[0].row_dimensions[4].height == 15


def test_a_hidden_sheet_says_whose_it_is() -> None:
    own = opened(written(asked(2))).worksheets[1]
    assert (own.title, own.sheet_state) == ("focal", "hidden")
    assert list(own.values) == [
        ("task", "7K2M-9QXD"),
        ("layout", "1"),
        ("1", "VLC-E4-OE1-A1-I1"),
        ("2", "VLC-E4-OE1-A1-I2"),
    ]


@pytest.mark.parametrize("dangerous", DANGEROUS)
def test_a_text_that_looks_like_a_formula_stays_a_text(dangerous: str) -> None:
    said = Reading(kind="value", typed=dangerous, words=dangerous)
    content = written(asked(1, name=dangerous, previous=said))
    sheet = opened(content).worksheets[0]
    for cell in (sheet["C4"], sheet["E4"]):
        assert cell.value.replace("\r", "").strip().startswith(dangerous.strip())
        assert (cell.data_type, cell.quotePrefix) == ("s", True)
    with ZipFile(BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_no_name_can_break_the_file() -> None:
    name = "<b>&amp; \"quoted\" 'it' ]]> bell\x07 null\x00 \ufffe half\ud83d \u2028 😀"
    sheet = opened(written(asked(1, name=name), unit_name=name)).worksheets[0]
    cleaned = "<b>&amp; \"quoted\" 'it' ]]> bell null  half \u2028 😀"
    assert sheet["C4"].value == f"{cleaned} 1"
    assert sheet["A1"].value.endswith(cleaned)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_sheet_says_can_be_written_is_understood(language: Language) -> None:
    sheet = opened(
        written(asked(3, previous=Reading(kind="value", typed="7", number=Decimal(7))), language)
    ).worksheets[0]
    count, _percent, yes_no = asked(3, previous=Reading(kind="value", typed="7", number=Decimal(7)))
    column, nothing, same, not_available = re.findall(r"[“«]\s?(.+?)\s?[”»]", sheet["A2"].value)
    assert column == sheet["F3"].value
    read = read_written(count, nothing, language)
    assert isinstance(read, Reading)
    assert read.kind == "nothing_to_report"
    read = read_written(count, same, language)
    assert isinstance(read, Reading)
    assert read.number == 7
    read = read_written(count, f"{not_available} the survey is late", language)
    assert isinstance(read, Reading)
    assert (read.kind, read.reason) == ("not_available", "the survey is late")
    (rule,) = sheet.data_validations.dataValidation
    chosen = [read_written(yes_no, choice, language) for choice in rule.formula1.strip('"').split(",")]
    assert [(read.kind, read.yes) for read in chosen if isinstance(read, Reading)] == [
        ("value", True),
        ("value", False),
        ("nothing_to_report", None),
    ]


def test_a_sheet_costs_little() -> None:
    entries = asked()
    written(entries)
    began = process_time()
    for _ in range(20):
        written(entries)
    assert (process_time() - began) / 20 < 0.02  # about 0.004
