"""What every kind of table file is read into: sheets of rows of cells, within limits."""

from typing import Final, Literal

from models.contracts.problems import SheetProblem

MOST_ROWS: Final = 2_000
MOST_COLUMNS: Final = 50
LONGEST_WORDS: Final = 5_000
"""Of one cell; longer than the longest answer, so that one that is too long is still seen to be."""
LARGEST: Final = 1_000_000
"""Characters of a whole file; every cell counts as 20 more."""
CELL: Final = 20

CellKind = Literal[
    "words",
    "number",  # digits with a decimal point
    "percent",  # a number shown as a percentage: 0.45 stands for 45 %
    "day",  # a date or a time, written as ISO 8601
    "yes_no",  # "1" or "0"
    "no_value",  # a formula whose value the file does not tell, or an error; the text is what can be shown
]
Cell = tuple[int, CellKind, str]
"""Column, from 1; kind; text."""
Row = tuple[int, bool, list[Cell]]
"""Number, from 1; whether it is hidden; its cells that are not empty, in their order."""


class NotRead(Exception):  # noqa: N818 - says what is wrong with a file, not with the program
    """A file is not read, and why."""

    def __init__(self, problem: SheetProblem) -> None:
        super().__init__(problem)
        self.problem: SheetProblem = problem


class BeyondLimit(Exception):  # noqa: N818 - the rest of a sheet is not looked at
    """A sheet has rows beyond the limit."""


class Grid:
    """One sheet. `cut`: it goes on beyond the limits."""

    def __init__(self, name: str, *, hidden: bool) -> None:
        self.name, self.hidden, self.cut = name, hidden, False
        self.rows: list[Row] = []

    def put(self, row: int, column: int, kind: CellKind, text: str, *, row_hidden: bool = False) -> None:
        """Add a cell; row by row from the top, in each row from the left.

        Raises:
            BeyondLimit: the row is beyond the limit.

        """
        if not text.strip():
            return
        if row > MOST_ROWS:
            self.cut = True
            raise BeyondLimit
        if column > MOST_COLUMNS:
            self.cut = True
            return
        if not self.rows or self.rows[-1][0] != row:
            self.rows.append((row, row_hidden, []))
        self.rows[-1][2].append((column, kind, text[:LONGEST_WORDS]))
