"""The board as a file, in the reader's language: a CSV or a workbook, both safe to open."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from api.desk_words import PROCESS_KINDS
from api.sentences import EVENTS, N_, STEPS, TASK_KINDS, TASK_STATES
from mail.question_words import assignment_name
from mail.translation import quarter_name, translations
from models.contracts.mail import Language
from models.policies.period import Quarter
from operations.report_files import CSV, XLSX, book_of, csv_file
from operations.report_tables import Cell, Column, Table
from store.board import BoardRow

COLUMNS = (
    (N_("Task"), 13),
    (N_("Process"), 28),
    (N_("Kind of process"), 24),
    (N_("What is asked"), 30),
    (N_("About"), 40),
    (N_("Unit"), 36),
    (N_("Person"), 26),
    (N_("Head of the unit"), 26),
    (N_("State"), 16),
    (N_("Asked on"), 12),
    (N_("Due"), 12),
    (N_("Days overdue"), 10),
    (N_("Entries answered"), 10),
    (N_("Entries asked"), 10),
    (N_("Level of escalation"), 10),
    (N_("What happened last"), 32),
    (N_("When"), 12),
    (N_("What comes next"), 24),
    (N_("Day of the next step"), 12),
)
"""Headings and widths, one for each cell of `_cells`."""


def table_of(rows: Sequence[BoardRow], language: Language, local: datetime) -> Table:
    """The rows of the board as a table. `local`: now, in the office's zone, by whose clock moments are told."""
    words = translations(language, "pages").gettext
    columns = tuple(Column(words(heading), width) for heading, width in COLUMNS)
    return Table(words("Board"), columns, tuple(_cells(row, language, local) for row in rows))


def _cells(row: BoardRow, language: Language, local: datetime) -> tuple[Cell, ...]:
    words = translations(language, "pages").gettext

    def say(names: Mapping[str, str], code: str | None) -> str | None:
        return words(names[code]) if code is not None and code in names else code

    task = row.task
    return (
        task.reference,
        row.process,
        say(PROCESS_KINDS, row.process_kind),
        say(TASK_KINDS, task.kind),
        about(row, language),
        row.unit_name,
        row.person,
        row.head,
        say(TASK_STATES, task.state),
        task.asked_at.astimezone(local.tzinfo).date() if task.asked_at else None,
        task.due_on,
        max(0, (local.date() - task.due_on).days),
        row.answered,
        row.asked,
        task.level,
        say(EVENTS, row.last_action),
        row.last_at.astimezone(local.tzinfo).date() if row.last_at else None,
        say(STEPS, row.next_kind),
        row.next_on,
    )


def about(row: BoardRow, language: Language) -> str:
    """What a task is about, in words."""
    if row.to_do:
        return assignment_name(row.to_do, language)
    if row.period:
        quarter = Quarter.parse(row.period)
        return f"{row.plan_code}, {quarter_name(quarter.number, quarter.year, language)}"
    return row.visit or row.network or row.call or ""


def board_csv(rows: Sequence[BoardRow], language: Language, local: datetime) -> bytes:
    """The board as CSV; see `csv_file`."""
    table = table_of(rows, language, local)
    return csv_file([column.heading for column in table.columns], table.rows)


def board_book(rows: Sequence[BoardRow], language: Language, local: datetime) -> bytes:
    """The board as a workbook of one sheet."""
    table = table_of(rows, language, local)
    return book_of((table,), title=table.title, written_at=local)


BOARD_FILES: Mapping[str, tuple[str, Callable[[Sequence[BoardRow], Language, datetime], bytes]]] = {
    "csv": (CSV, board_csv),
    "xlsx": (XLSX, board_book),
}
"""By the ending of the address: the type, and what makes it."""
