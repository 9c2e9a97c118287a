"""Reading people files: CSV as spreadsheets write it, with everything wrong in it told by file, line and column."""

import csv
import io
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from models.contracts.people import PeopleFile, Problem
from models.policies.people_rows import KINDS, Fields, Key, Kind, Row, key_of, trimmed

DELIMITERS = (",", ";")


@dataclass(frozen=True, slots=True)
class Stray:
    """A row of which nobody knows what it is about: its key is wrong, or another row has it."""

    row: Row
    file: str
    line: int
    wrong: AbstractSet[str]
    """The columns that could not be read."""


@dataclass(slots=True)
class Sheets:
    """What some files say together. `rows` keep the order of the files; `places` tell where each stands.

    `wrong` are the columns of a row that could not be read; `strays` are not among the rows. `whole` is false when
    a file could not be read as a table, so that nobody knows what else stood in it.
    """

    rows: dict[Key, Row] = field(default_factory=dict)
    places: dict[Key, tuple[str, int]] = field(default_factory=dict)
    wrong: dict[Key, AbstractSet[str]] = field(default_factory=dict)
    strays: list[Stray] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True


def read_sheets(files: Sequence[PeopleFile]) -> Sheets:
    """Read all files; nothing is raised, what is wrong stands in `problems`."""
    sheets = Sheets()
    for file in files:
        try:
            _read_file(file, sheets)
        except _Unreadable as error:
            sheets.problems.append(Problem(file.name, error.line, "", error.reason))
            sheets.whole = False
    return sheets


class _Unreadable(Exception):  # noqa: N818 - carries what is wrong with a whole file
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


def _read_file(file: PeopleFile, sheets: Sheets) -> None:
    text = _decoded(file.content)
    delimiter = _delimiter(text)
    lines = _lines(text, delimiter)
    header_line, header = next(lines, (0, None))
    if header is None:
        raise _Unreadable(0, "is empty")
    columns = [column.lower() for column in header]
    kind = _kind(columns, header_line)
    problems = list(_header_problems(columns, kind))
    if problems:
        sheets.problems += (Problem(file.name, header_line, column, reason) for column, reason in problems)
        sheets.whole = False
        return
    for line, values in lines:
        _read_row(file.name, line, kind, Fields(dict(zip(columns, values, strict=False))), len(values), sheets)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        reason = f"is not UTF-8 (byte {byte:02X}): save it as “CSV UTF-8” in the spreadsheet program"
        raise _Unreadable(line, reason) from None
    if "\0" in text:
        raise _Unreadable(text.count("\n", 0, text.index("\0")) + 1, "contains a NUL character: is it a CSV file?")
    return text


def _delimiter(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line of the file on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            values = [trimmed(value) for value in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise _Unreadable(line, f"cannot be read from here on: {_plain(str(error))}") from None
        if any(values):
            yield line, values


def _plain(message: str) -> str:
    """The reader's message in words for somebody with a spreadsheet."""
    if "field limit" in message:
        return f"a field is longer than {csv.field_size_limit()} characters (is a closing quote missing?)"
    if "unexpected end" in message:
        return "a quote is opened and never closed"
    return "a quote stands in the middle of a field (double it, or take it out)"


def _kind(columns: list[str], line: int) -> Kind:
    """The kind whose columns are nearest to these; one at least must be the same."""
    kind = min(KINDS, key=lambda kind: len(set(kind.columns) ^ set(columns)))
    if not set(kind.columns) & set(columns):
        expected = " or ".join(f"{kind.name} ({','.join(kind.columns)})" for kind in KINDS)
        raise _Unreadable(line, f"the first row names no known columns; it should be that of {expected}")
    return kind


def _header_problems(columns: list[str], kind: Kind) -> Iterator[tuple[str, str]]:
    for column in kind.columns:
        if column not in columns:
            yield column, f"this column is missing; a file of {kind.name} has {', '.join(kind.columns)}"
    for n, column in enumerate(columns):
        if column not in kind.columns:
            name = column or f"(column {n + 1})"
            yield name, f"this column is not known; a file of {kind.name} has {', '.join(kind.columns)}"
        elif column in columns[:n]:
            yield column, "this column stands twice"


def _read_row(file: str, line: int, kind: Kind, fields: Fields, given: int, sheets: Sheets) -> None:
    row = kind.read(fields)
    key = key_of(row)
    problems = fields.problems
    wrong = {column for column, _ in problems}
    known = wrong.isdisjoint(kind.columns[: len(key) - 1])
    if given != len(kind.columns):
        reason = f"has {given} fields, the first row has {len(kind.columns)}: is a field with a separator unquoted?"
        problems, wrong = [("", reason)], set(kind.columns)
    elif known and key in sheets.places:
        where, at = sheets.places[key]
        problems = [(kind.columns[0], f"{', '.join(key[1:])} already stands in {where}, line {at}"), *problems]
    sheets.problems += (Problem(file, line, column, reason) for column, reason in problems)
    if known and key not in sheets.places:
        sheets.rows[key], sheets.places[key], sheets.wrong[key] = row, (file, line), wrong
    else:
        sheets.strays.append(Stray(row, file, line, wrong))
