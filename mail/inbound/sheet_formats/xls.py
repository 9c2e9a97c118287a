"""Reads XLS, the format of before 2007."""

from io import StringIO

import xlrd
from xlrd.biffh import error_text_from_code

from mail.inbound.sheet_formats.grid import BeyondLimit, CellKind, Grid, NotRead
from mail.inbound.sheet_formats.xlsx import kind_of_format

KINDS: dict[int, CellKind] = {
    xlrd.XL_CELL_TEXT: "words",
    xlrd.XL_CELL_NUMBER: "number",
    xlrd.XL_CELL_DATE: "day",
    xlrd.XL_CELL_BOOLEAN: "yes_no",
    xlrd.XL_CELL_ERROR: "no_value",
}


def _named(name: str) -> bytes:
    """How the directory of such a file writes a name."""
    return name.encode("utf-16-le")


def read_container(content: bytes) -> list[Grid]:
    """Every sheet of a workbook in a container; a new workbook with a password lies in one as well.

    Raises:
        NotRead: it holds something else, a password or macros, or is damaged.

    """
    if _named("EncryptedPackage") in content:
        raise NotRead("protected")
    if _named("_VBA_PROJECT_CUR") in content:
        raise NotRead("macros")
    if _named("Workbook") not in content and _named("Book") not in content:
        raise NotRead("unsupported")
    try:
        book = xlrd.open_workbook(
            file_contents=content, logfile=StringIO(), use_mmap=False, formatting_info=True, ragged_rows=True
        )
    except xlrd.XLRDError as error:
        raise NotRead("protected" if "encrypted" in str(error) else "unreadable") from None
    return [_read(book, sheet) for sheet in book.sheets()]


def _read(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Grid:
    grid = Grid(sheet.name, hidden=sheet.visibility != 0)
    try:
        for row in range(sheet.nrows):
            info = sheet.rowinfo_map.get(row)
            hidden = info is not None and bool(info.hidden)
            for column, cell in enumerate(sheet.row(row)):
                if cell.ctype in KINDS:
                    kind, text = _told(book, cell)
                    grid.put(row + 1, column + 1, kind, text, row_hidden=hidden)
    except BeyondLimit:
        pass
    return grid


def _told(book: xlrd.Book, cell: xlrd.sheet.Cell) -> tuple[CellKind, str]:
    kind = KINDS[cell.ctype]
    match kind:
        case "words" if cell.value == "":
            return "no_value", "="  # only a formula that nobody has computed yet is an empty text
        case "number":
            code = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
            return kind_of_format(code), repr(cell.value)
        case "day":
            try:
                moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
            except (OverflowError, ValueError):
                return kind, str(cell.value)
            return kind, moment.date().isoformat() if cell.value == int(cell.value) else moment.isoformat(
                " ", "minutes"
            )
        case "yes_no":
            return kind, str(int(cell.value))
        case "no_value":
            return kind, str(error_text_from_code.get(cell.value, "#"))
        case _:
            return kind, str(cell.value)
