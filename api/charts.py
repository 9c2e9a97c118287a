"""The report's charts as geometry: where each mark stands, so that templates only draw.

Lengths along the page are percent of the drawing's width and heights are pixels: a drawing takes any width, a
projector's or a telephone's, and its letters keep their size.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from models.contracts.report import DayOfAnswers, QuarterReport, Tally, UnitResponse
from models.policies.report import five_kinds, response_rate, share

BAR_SPAN = 86.0
"""Percent of the width that a full bar takes; its rate stands in the rest."""
NARROW, WIDE = 300, 760
"""Widths in pixels of a drawing on a telephone and on a desk: a number stands on a segment where it fits."""
DIGIT = 10
"""Width of a digit with its margin, in pixels."""
CURVE_HEIGHT = 220


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a bar. `kind` names how it looks, `numbered` on which drawings its number is written."""

    kind: str
    count: int
    x: float
    width: float
    numbered: Literal["always", "wide", "never"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One whole, divided. `rate` is what is written beside it, in whole percent."""

    code: str
    label: str
    rate: int
    whole: int
    segments: tuple[Segment, ...]


def axis_bars(report: QuarterReport) -> tuple[Bar, ...]:
    """The whole quarter, then each axis, by the five kinds. The first has neither code nor label."""
    whole = _bar("", "", response_rate(report.tally), five_kinds(report.tally).items())
    axes = (
        _bar(axis.code, axis.title, response_rate(axis.tally), five_kinds(axis.tally).items()) for axis in report.axes
    )
    return (whole, *axes)


def unit_bars(units: tuple[UnitResponse, ...]) -> tuple[Bar, ...]:
    """How each unit answered: in time, late, not at all."""
    return tuple(
        _bar(
            unit.unit_code,
            unit.unit_name,
            response_rate(unit.tally),
            (("in_time", unit.in_time), ("late", unit.late), ("missing", unit.tally.missing)),
        )
        for unit in units
    )


def _bar(code: str, label: str, rate: int, parts: Iterable[tuple[str, int]]) -> Bar:
    filled = [(kind, count) for kind, count in parts if count]
    whole = sum(count for _, count in filled)
    segments, x = [], 0.0
    for kind, count in filled:
        width = BAR_SPAN * count / whole
        segments.append(Segment(kind, count, round(x, 3), round(width, 3), _numbered(count, width)))
        x += width
    return Bar(code, label, rate, whole, tuple(segments))


def _numbered(count: int, width: float) -> Literal["always", "wide", "never"]:
    needed = len(str(count)) * DIGIT
    if needed <= NARROW * width / 100:
        return "always"
    return "wide" if needed <= WIDE * width / 100 else "never"


@dataclass(frozen=True, slots=True)
class Column:
    """One day of the curve: what was answered until the day before, and on it. Heights in pixels."""

    day: DayOfAnswers
    so_far: int
    x: float
    width: float
    before: float
    new: float

    @property
    def middle(self) -> float:
        """Where a mark for this day stands."""
        return round(self.x + self.width / 2, 3)


@dataclass(frozen=True, slots=True)
class Curve:
    """The answers of a collection day by day, up to all that was asked. `due` is where the due day ends."""

    columns: tuple[Column, ...]
    asked: int
    due: float | None
    height: int = CURVE_HEIGHT

    @property
    def busy(self) -> tuple[Column, ...]:
        """The days on which something happened."""
        return tuple(
            column for column in self.columns if column.day.answered or column.day.reminders or column.day.escalations
        )


def answer_curve(report: QuarterReport) -> Curve:
    """The curve of a report."""
    asked = report.tally.asked
    width = 100 / len(report.days)
    columns, so_far, due = [], 0, None
    for number, day in enumerate(report.days):
        height = CURVE_HEIGHT / asked if asked else 0
        column = Column(
            day=day,
            so_far=so_far + day.answered,
            x=round(number * width, 3),
            width=round(width, 3),
            before=round(so_far * height, 2),
            new=round(day.answered * height, 2),
        )
        columns.append(column)
        so_far = column.so_far
        if day.day == report.due_on:
            due = round((number + 1) * width, 3)
    return Curve(tuple(columns), asked, due)


@dataclass(frozen=True, slots=True)
class Headline:
    """The figures a commission sees first. Rates in whole percent."""

    tally: Tally
    answered: int
    response: int
    in_time: int
    in_time_rate: int
    units: int
    units_complete: int


def headline(report: QuarterReport) -> Headline:
    """The headline figures of a report."""
    tally = report.tally
    in_time = sum(unit.in_time for unit in report.units)
    return Headline(
        tally=tally,
        answered=tally.asked - tally.missing,
        response=response_rate(tally),
        in_time=in_time,
        in_time_rate=share(in_time, tally.asked),
        units=len(report.units),
        units_complete=sum(not unit.tally.missing for unit in report.units),
    )
