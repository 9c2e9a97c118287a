"""The report as tables of plain cells: what the sheets and the CSV file say, in the reader's language."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from babel.support import NullTranslations

from mail.translation import quarter_name, translations
from models.contracts.mail import Language
from models.contracts.report import (
    ActionFigures,
    AxisFigures,
    IndicatorFigures,
    ObjectiveFigures,
    QuarterReport,
    Total,
    UnitFigure,
)
from models.policies.period import Quarter
from models.policies.report import five_kinds, kind_of, response_rate
from operations import report_words as words
from operations.report_story import story

Cell = str | int | Decimal | date | datetime | None
"""Null is an empty cell. A datetime is naive: the local time of the report."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and a width in characters."""

    heading: str
    width: int


@dataclass(frozen=True, slots=True)
class Table:
    """A named table; every row has a cell for every column."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class ReportTables:
    """The tables of one report in one language."""

    def __init__(self, report: QuarterReport, language: Language) -> None:
        self._report = report
        self._language: Language = language
        self._words: NullTranslations = translations(language, "report")

    def all(self) -> tuple[Table, ...]:
        """Every table, in the order of the sheets."""
        return (self.summary(), self.totals(), self.indicators(), self.units(), self.gaps(), self.days())

    def summary(self) -> Table:
        """What the quarter comes to, and how its figures are made."""
        _, report = self._words.gettext, self._report
        state = _("Open: the figures are provisional") if report.provisional else _("Closed")
        kinds = words.kinds(self._words)
        rows: list[tuple[Cell, ...]] = [
            (_("Plan"), report.plan_title),
            (_("Institution"), report.institution),
            (_("Quarter"), quarter_name(report.quarter, report.year, self._language)),
            (_("State"), state),
            (_("Opened on"), report.opened_on),
            (_("Due on"), report.due_on),
            (_("Closes on") if report.provisional else _("Closed on"), report.closed_on),
            (_("Written at"), report.written_at.replace(tzinfo=None)),
            (_("Indicators in the plan"), report.indicators_in_plan),
            (_("Indicators asked"), report.indicators_asked),
            (_("Indicators whose action does not run this quarter"), len(report.not_covered)),
            (_("Indicators that no unit was asked for"), len(report.not_asked)),
            (_("Entries asked"), report.tally.asked),
            *((kinds[kind], count) for kind, count in five_kinds(report.tally).items()),
            (_("Response rate (%)"), response_rate(report.tally)),
            *((_("How the figures are made"), sentence) for sentence in words.method(self._words)),
        ]
        return Table(_("Summary"), (Column(_("What"), 48), Column(_("Figure"), 90)), tuple(rows))

    def totals(self) -> Table:
        """Indicators of one name taken together, per axis and per objective."""
        _ = self._words.gettext
        columns = (
            Column(_("Axis"), 10),
            Column(_("Objective"), 14),
            Column(_("Title"), 50),
            Column(_("Indicator name"), 60),
            Column(_("Measure"), 12),
            Column(_("Taken together as"), 18),
            Column(_("Indicators"), 12),
            Column(_("With a value"), 14),
            Column(_("This quarter"), 14),
            Column(_("To date"), 14),
        )
        return Table(_("Totals"), columns, tuple(self._total_rows()))

    def _total_rows(self) -> Iterator[tuple[Cell, ...]]:
        for axis in self._report.axes:
            for total in axis.totals:
                yield (axis.code, None, axis.title, *self._total(total))
            for objective in axis.objectives:
                for total in objective.totals:
                    yield (axis.code, objective.code, objective.title, *self._total(total))

    def _total(self, total: Total) -> tuple[Cell, ...]:
        _ = self._words.gettext
        how = {"count": _("sum"), "percent": _("average"), "yes/no": _("number of yes"), "text": None}
        return (
            total.name,
            words.measures(self._words)[total.unit],
            how[total.unit],
            total.of,
            total.given,
            total.this_quarter,
            total.to_date,
        )

    def indicators(self) -> Table:
        """One row per unit and indicator: every entry of the quarter."""
        _ = self._words.gettext
        columns = (
            Column(_("Plan"), 8),
            Column(_("Quarter"), 10),
            Column(_("Axis"), 10),
            Column(_("Objective"), 14),
            Column(_("Action"), 18),
            Column(_("Indicator"), 22),
            Column(_("Indicator name"), 60),
            Column(_("Measure"), 12),
            Column(_("Over time"), 16),
            Column(_("Unit code"), 20),
            Column(_("Unit"), 44),
            Column(_("Role"), 16),
            Column(_("Answer"), 18),
            Column(_("Number"), 12),
            Column(_("Yes or no"), 10),
            Column(_("Words"), 40),
            Column(_("Reason"), 40),
            Column(_("To date"), 12),
            Column(_("Submission"), 16),
            Column(_("Answered by"), 28),
            Column(_("Counted by Focal"), 18),
            Column(_("Evidence"), 60),
        )
        return Table(_("Indicators"), columns, tuple(self._indicator_rows()))

    def _indicator_rows(self) -> Iterator[tuple[Cell, ...]]:
        _ = self._words.gettext
        period = str(Quarter(self._report.year, self._report.quarter))
        kinds, measures = words.kinds(self._words), words.measures(self._words)
        for axis, objective, action, indicator, figure in walk(self._report.axes):
            yield (
                self._report.plan_code,
                period,
                axis.code,
                objective.code,
                action.code,
                indicator.code,
                indicator.name,
                measures[indicator.unit],
                _("adds up") if indicator.cumulative and indicator.unit == "count" else _("latest value"),
                figure.unit_code,
                figure.unit_name,
                _("lead") if figure.leads else _("co-responsible"),
                kinds[kind_of(figure)],
                figure.number,
                self._yes_no(figure.yes),
                figure.words,
                figure.reason,
                figure.to_date,
                figure.submission_reference,
                figure.answered_by,
                figure.known.number if figure.known else None,
                ", ".join(figure.known.references) or None if figure.known else None,
            )

    def units(self) -> Table:
        """How each unit answered."""
        _, kinds = self._words.gettext, words.kinds(self._words)
        columns = (
            Column(_("Unit code"), 20),
            Column(_("Unit"), 50),
            Column(_("Asked"), 10),
            *(Column(heading, 18) for heading in kinds.values()),
            Column(_("Response rate (%)"), 18),
            Column(_("In time"), 12),
            Column(_("Late"), 10),
            Column(_("Escalated"), 12),
        )
        rows = tuple(
            (
                unit.unit_code,
                unit.unit_name,
                unit.tally.asked,
                *five_kinds(unit.tally).values(),
                response_rate(unit.tally),
                unit.in_time,
                unit.late,
                self._yes_no(unit.escalated),
            )
            for unit in self._report.units
        )
        return Table(_("Units"), columns, rows)

    def gaps(self) -> Table:
        """What was done about each task with something missing."""
        _ = self._words.gettext
        columns = (
            Column(_("Unit"), 44),
            Column(_("Task"), 14),
            Column(_("Asked for"), 24),
            Column(_("Asked of"), 28),
            Column(_("Asked on"), 12),
            Column(_("Reminded on"), 36),
            Column(_("Escalated on"), 14),
            Column(_("Escalated to"), 28),
            Column(_("Outcome"), 20),
            Column(_("Entries asked"), 12),
            Column(_("Missing"), 10),
            Column(_("Missing indicators"), 80),
            Column(_("Story"), 100),
        )
        asked_for = {"indicator_request": _("figures"), "focal_point_naming": _("a focal point")}
        outcomes = words.outcomes(self._words)
        rows = tuple(
            (
                gap.unit_name,
                gap.task_reference,
                asked_for[gap.task_kind],
                gap.asked_of,
                gap.asked_on,
                ", ".join(day.isoformat() for day in gap.reminded_on) or None,
                gap.escalated_on,
                gap.escalated_to,
                outcomes[gap.outcome],
                gap.asked,
                len(gap.missing),
                ", ".join(gap.missing),
                story(gap, self._language),
            )
            for gap in self._report.gaps
        )
        return Table(_("Gaps"), columns, rows)

    def days(self) -> Table:
        """The collection day by day."""
        _ = self._words.gettext
        columns = (
            Column(_("Day"), 12),
            Column(_("Entries answered"), 18),
            Column(_("Answered so far"), 18),
            Column(_("Reminders"), 14),
            Column(_("Escalations"), 14),
        )
        rows: list[tuple[Cell, ...]] = []
        so_far = 0
        for day in self._report.days:
            so_far += day.answered
            rows.append((day.day, day.answered, so_far, day.reminders, day.escalations))
        return Table(_("Days"), columns, tuple(rows))

    def _yes_no(self, yes: bool | None) -> str | None:  # noqa: FBT001 - it is the value itself
        _ = self._words.gettext
        return None if yes is None else _("yes") if yes else _("no")


def walk(
    axes: Iterable[AxisFigures],
) -> Iterator[tuple[AxisFigures, ObjectiveFigures, ActionFigures, IndicatorFigures, UnitFigure]]:
    """Every figure of a report with all that stands above it, in the plan's order."""
    for axis in axes:
        for objective in axis.objectives:
            for action in objective.actions:
                for indicator in action.indicators:
                    for figure in indicator.figures:
                        yield axis, objective, action, indicator, figure
