"""Quarters: how they are written, when they begin and end, and which years a plan's action covers."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from models.contracts.refusal import Refused, said

WRITTEN = re.compile(r"(?P<year>[0-9]{4})-Q(?P<number>[1-4])")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a calendar year, written `2026-Q4`."""

    year: int
    number: int

    @classmethod
    def parse(cls, written: str) -> "Quarter":
        """Read `2026-Q4`.

        Raises:
            Refused: it is not written like that.

        """
        match = WRITTEN.fullmatch(written)
        if match is None:
            raise Refused(
                said("“%(written)s” is not a quarter: write the year and the quarter, as in 2026-Q4.", written=written)
            )
        return cls(int(match["year"]), int(match["number"]))

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def first_day(self) -> date:
        """1 January, 1 April, 1 July or 1 October."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        """The day before the next quarter begins."""
        return self.next().first_day - timedelta(days=1)

    def next(self) -> "Quarter":
        """The quarter after this one."""
        return Quarter(self.year + (self.number == 4), self.number % 4 + 1)  # noqa: PLR2004 - four quarters

    def previous(self) -> "Quarter":
        """The quarter before this one."""
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter a day lies in."""
        return cls(day.year, (day.month + 2) // 3)


def covers(first_year: int | None, last_year: int | None, quarter: Quarter) -> bool:
    """Whether years from-to (a missing end is open) contain a quarter."""
    return (first_year or quarter.year) <= quarter.year <= (last_year or quarter.year)
