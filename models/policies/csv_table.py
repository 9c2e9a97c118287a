"""CSV as spreadsheets write it, of whatever it is a table: decoded, cut into rows, and held against its columns."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.contracts.refusal import said
from models.policies.people_rows import trimmed

DELIMITERS = (",", ";")


class Unreadable(Exception):  # noqa: N818 - carries what is wrong with a whole file
    """Nobody knows what a file says from a line on. `line` counts from 1 and is 0 where it concerns all of it."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a file, in lower case, with the line they stand on, and its rows, each with its line.

    Taking the rows may raise `Unreadable`.
    """

    line: int
    columns: list[str]
    rows: Iterator[tuple[int, list[str]]]


def read_table(content: bytes) -> Table:
    """Read a file as a table; blank rows are left out, fields are trimmed.

    Raises:
        Unreadable: it is empty, or no text in UTF-8.

    """
    text = decoded(content, advice=said("save it as “CSV UTF-8” in the spreadsheet program"))
    rows = _rows(text, _delimiter(text))
    line, header = next(rows, (0, None))
    if header is None:
        raise Unreadable(0, said("is empty"))
    return Table(line, [column.lower() for column in header], rows)


def decoded(content: bytes, *, advice: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        Unreadable: it is in another encoding, with advice on what to do, or holds a NUL.

    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"{content[error.start]:02X}"
        raise Unreadable(line, said("is not UTF-8 (byte %(byte)s): %(advice)s", byte=byte, advice=advice)) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Unreadable(line, said("contains a NUL character: is it a text file?"))
    return text


def _delimiter(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line of the file on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            values = [trimmed(value) for value in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            fault = _plain(str(error))
            raise Unreadable(line, said("cannot be read from here on: %(fault)s", fault=fault)) from None
        if any(values):
            yield line, values


def _plain(message: str) -> str:
    """The reader's message in words for somebody with a spreadsheet."""
    if "field limit" in message:
        return said(
            "a field is longer than %(limit)s characters (is a closing quote missing?)", limit=csv.field_size_limit()
        )
    if "unexpected end" in message:
        return said("a quote is opened and never closed")
    return said("a quote stands in the middle of a field (double it, or take it out)")


def column_problems(
    columns: Sequence[str], name: str, required: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Each column that is missing, not known or there twice in a file of some name, with the reason."""
    what = said("a file of %(name)s has %(columns)s", name=name, columns=", ".join(required))
    if optional:
        what = said("%(what)s, and may have %(columns)s", what=what, columns=", ".join(optional))
    for column in required:
        if column not in columns:
            yield column, said("this column is missing; %(what)s", what=what)
    for n, column in enumerate(columns):
        if column not in (*required, *optional):
            yield (
                column or said("(column %(number)s)", number=n + 1),
                said("this column is not known; %(what)s", what=what),
            )
        elif column in columns[:n]:
            yield column, said("this column stands twice")


def width_problem(values: Sequence[str], columns: Sequence[str]) -> str | None:
    """Why a row does not fit under its columns, or None when it does."""
    if len(values) == len(columns):
        return None
    return said(
        "has %(fields)s fields, the first row has %(columns)s: is a field with a separator unquoted?",
        fields=len(values),
        columns=len(columns),
    )
