"""CSV as spreadsheets write it, of whatever it is a table: decoded, cut into rows, and held against its columns."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    text = decoded(content, advice="save it as “CSV UTF-8” in the spreadsheet program")
    rows = _rows(text, _delimiter(text))
    line, header = next(rows, (0, None))
    if header is None:
        raise Unreadable(0, "is empty")
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
        raise Unreadable(line, f"is not UTF-8 (byte {content[error.start]:02X}): {advice}") from None
    if "\0" in text:
        raise Unreadable(text.count("\n", 0, text.index("\0")) + 1, "contains a NUL character: is it a text file?")
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
            raise Unreadable(line, f"cannot be read from here on: {_plain(str(error))}") from None
        if any(values):
            yield line, values


def _plain(message: str) -> str:
    """The reader's message in words for somebody with a spreadsheet."""
    if "field limit" in message:
        return f"a field is longer than {csv.field_size_limit()} characters (is a closing quote missing?)"
    if "unexpected end" in message:
        return "a quote is opened and never closed"
    return "a quote stands in the middle of a field (double it, or take it out)"


def column_problems(
    columns: Sequence[str], name: str, required: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Each column that is missing, not known or there twice in a file of some name, with the reason."""
    what = f"a file of {name} has {', '.join(required)}"
    if optional:
        what += f", and may have {', '.join(optional)}"
    for column in required:
        if column not in columns:
            yield column, f"this column is missing; {what}"
    for n, column in enumerate(columns):
        if column not in (*required, *optional):
            yield column or f"(column {n + 1})", f"this column is not known; {what}"
        elif column in columns[:n]:
            yield column, "this column stands twice"


def width_problem(values: Sequence[str], columns: Sequence[str]) -> str | None:
    """Why a row does not fit under its columns, or None when it does."""
    if len(values) == len(columns):
        return None
    return f"has {len(values)} fields, the first row has {len(columns)}: is a field with a separator unquoted?"
