"""The report of a closed quarter: computed once, stored whole, shown as page, XLSX and CSV.

Numbers are exact decimals. A flow (`cumulative`) adds its quarters up since the plan began; a stock shows its
latest value. The first responsible unit leads an indicator; co-responsible units are shown apart and never
added to it, because the same action may stand in both figures.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from models.contracts.answering import Frozen, IndicatorUnit, Known

EntryKind = Literal["value", "zero", "nothing_to_report", "not_available", "missing"]
"""What became of an entry: five different things. `value` here is any value but the number zero."""


class UnitFigure(Frozen):
    """What one unit said of one indicator this quarter; `kind` is `missing` when it said nothing.

    `known`: what Focal counted itself when it asked. It is no answer; `reason` says why the unit's is another.
    """

    unit_code: str
    unit_name: str
    leads: bool
    kind: Literal["value", "nothing_to_report", "not_available", "missing"]
    number: Decimal | None
    yes: bool | None
    words: str | None
    reason: str | None
    to_date: Decimal | None
    """Flows: the sum of this unit's quarters since the plan began. Stocks: its latest value. Else null."""
    submission_reference: str | None
    answered_by: str | None
    known: Known | None = None


class IndicatorFigures(Frozen):
    """One indicator with the lead's figure first, then the co-responsible units' in the plan's order."""

    code: str
    name: str
    unit: IndicatorUnit
    cumulative: bool
    figures: tuple[UnitFigure, ...]


class ActionFigures(Frozen):
    """One action that covers the quarter."""

    code: str
    title: str
    indicators: tuple[IndicatorFigures, ...]


class Total(Frozen):
    """Indicators of one name within an axis or objective, taken together: the leads' figures only.

    Counts are added, percentages averaged, yes/no counted as yes. `of` is how many indicators bear the name,
    `given` how many of them have a value.
    """

    name: str
    unit: IndicatorUnit
    cumulative: bool
    of: int
    given: int
    this_quarter: Decimal | None
    to_date: Decimal | None


class ObjectiveFigures(Frozen):
    """One objective with the totals of its indicators by name."""

    code: str
    title: str
    actions: tuple[ActionFigures, ...]
    totals: tuple[Total, ...]


class Tally(Frozen):
    """How many entries were asked and what came back: value, zero, nothing to report, not available, missing.

    Five different things. `value` counts every value given, `zero` those of them that are the number zero.
    """

    asked: int
    value: int
    zero: int = 0
    nothing_to_report: int
    not_available: int
    missing: int


class AxisFigures(Frozen):
    """One axis with its objectives, its totals by indicator name and its tally."""

    code: str
    title: str
    objectives: tuple[ObjectiveFigures, ...]
    totals: tuple[Total, ...]
    tally: Tally


class UnitResponse(Frozen):
    """How one unit answered: `in_time` counts entries answered by the due day, `late` those after it."""

    unit_code: str
    unit_name: str
    tally: Tally
    in_time: int
    late: int
    escalated: bool


class KnownGap(Known):
    """What Focal counted itself for an indicator of which no answer came."""

    code: str
    unit: IndicatorUnit


class Gap(Frozen):
    """Why one unit's figures are missing, told from the record: one row per task with something missing."""

    unit_code: str
    unit_name: str
    task_reference: str
    task_kind: Literal["indicator_request", "focal_point_naming"]
    asked_of: str
    asked: int = 0
    """How many entries the task asked for."""
    missing: tuple[str, ...]
    """Codes of the indicators."""
    asked_on: date | None
    reminded_on: tuple[date, ...]
    escalated_on: date | None
    escalated_to: str | None
    outcome: str
    """The task's state at close: `partly_answered`, `expired`, ..."""
    known: tuple[KnownGap, ...] = ()
    """Of the missing ones, those that Focal had counted."""


class DayOfAnswers(Frozen):
    """One day of the collection: entries answered that day, and whether reminders or escalations left."""

    day: date
    answered: int
    reminders: int
    escalations: int


class ActionNotCovered(Frozen):
    """An action that does not run in the quarter: the years it does run (null: open), its indicators."""

    code: str
    title: str
    first_year: int | None
    last_year: int | None
    indicators: tuple[str, ...]


class QuarterReport(Frozen):
    """Everything the quarter has to say. `provisional`: still open, told as it stands at `written_at`."""

    reference: str
    plan_code: str
    plan_title: str
    plan_language: str = ""
    """BCP 47 tag of the plan's own words; empty when the plan states none."""
    institution: str
    quarter: int
    year: int
    opened_on: date
    due_on: date
    closed_on: date
    written_at: datetime
    provisional: bool = False
    indicators_in_plan: int
    indicators_asked: int
    not_covered: tuple[str, ...]
    """Codes of indicators whose action does not cover the quarter."""
    not_covered_actions: tuple[ActionNotCovered, ...] = ()
    not_asked: tuple[str, ...] = ()
    """Codes of indicators that the quarter covers but that no unit was asked for."""
    tally: Tally
    axes: tuple[AxisFigures, ...]
    units: tuple[UnitResponse, ...]
    gaps: tuple[Gap, ...]
    days: tuple[DayOfAnswers, ...]
