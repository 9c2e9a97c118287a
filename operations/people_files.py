"""Reading people files: CSV as spreadsheets write it, with everything wrong in it told by file, line and column."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from models.contracts.files import Problem
from models.contracts.people import PeopleFile
from models.contracts.refusal import said
from models.policies.csv_table import Table, Unreadable, column_problems, read_table, width_problem
from models.policies.people_rows import KINDS, Fields, Key, Kind, Row, key_of


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

    `wrong` are the columns of a row that could not be read; `strays` are not among the rows. `unsaid` are the optional
    columns that a row's file does not have. `whole` is false when a file could not be read as a table, so that nobody
    knows what else stood in it.
    """

    rows: dict[Key, Row] = field(default_factory=dict)
    places: dict[Key, tuple[str, int]] = field(default_factory=dict)
    wrong: dict[Key, AbstractSet[str]] = field(default_factory=dict)
    unsaid: dict[Key, AbstractSet[str]] = field(default_factory=dict)
    strays: list[Stray] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True


def read_sheets(files: Sequence[PeopleFile]) -> Sheets:
    """Read all files; nothing is raised, what is wrong stands in `problems`."""
    sheets = Sheets()
    for file in files:
        try:
            _read_file(file, sheets)
        except Unreadable as error:
            sheets.problems.append(Problem(file.name, error.line, "", error.reason))
            sheets.whole = False
    return sheets


def _read_file(file: PeopleFile, sheets: Sheets) -> None:
    table = read_table(file.content)
    kind = _kind(table)
    problems = list(column_problems(table.columns, kind.name, kind.columns, kind.optional))
    if problems:
        sheets.problems += (Problem(file.name, table.line, column, reason) for column, reason in problems)
        sheets.whole = False
        return
    for line, values in table.rows:
        _read_row(file.name, line, kind, table.columns, values, sheets)


def _kind(table: Table) -> Kind:
    """The kind whose columns are nearest to these; one at least must be the same."""
    columns = set(table.columns)
    kind = min(KINDS, key=lambda kind: len(set(kind.columns) ^ columns))
    if columns.isdisjoint(kind.columns):
        expected = " or ".join(f"{kind.name} ({','.join(kind.columns)})" for kind in KINDS)
        reason = said("the first row names no known columns; it should be that of %(expected)s", expected=expected)
        raise Unreadable(table.line, reason)
    return kind


def _read_row(file: str, line: int, kind: Kind, columns: Sequence[str], values: Sequence[str], sheets: Sheets) -> None:
    fields = Fields(dict(zip(columns, values, strict=False)))
    row = kind.read(fields)
    key = key_of(row)
    problems = fields.problems
    wrong = {column for column, _ in problems}
    known = wrong.isdisjoint(kind.columns[: len(key) - 1])
    if misfit := width_problem(values, columns):
        problems, wrong = [("", misfit)], set(columns)
    elif known and key in sheets.places:
        where, at = sheets.places[key]
        reason = said("%(key)s already stands in %(file)s, line %(line)s", key=", ".join(key[1:]), file=where, line=at)
        problems = [(kind.columns[0], reason), *problems]
    sheets.problems += (Problem(file, line, column, reason) for column, reason in problems)
    if known and key not in sheets.places:
        sheets.rows[key], sheets.places[key], sheets.wrong[key] = row, (file, line), wrong
        sheets.unsaid[key] = set(kind.optional) - set(columns)
    else:
        sheets.strays.append(Stray(row, file, line, wrong))
