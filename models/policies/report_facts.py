"""What the record knows of a quarter, as plain values: days are already days of the city's calendar."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from models.contracts.answering import AnswerKind, IndicatorUnit, Known
from models.contracts.mail import TaskKind
from models.policies.period import Quarter


@dataclass(frozen=True, slots=True)
class PlannedIndicator:
    """One indicator of the plan with all that stands above it.

    The years are its action's, both included, or else the plan's; null where neither states any.
    `responsible` holds the codes of the action's actors in the plan's order: the first leads.
    """

    axis_code: str
    axis_title: str
    objective_code: str
    objective_title: str
    action_code: str
    action_title: str
    first_year: int | None
    last_year: int | None
    responsible: tuple[str, ...]
    code: str
    name: str
    unit: IndicatorUnit
    cumulative: bool


@dataclass(frozen=True, slots=True)
class Escalation:
    """A unit's silence told to somebody above, on a day."""

    day: date
    to: str | None


@dataclass(frozen=True, slots=True)
class TaskFact:
    """One task with what was done about it. `timely_until` (aware): the end of the grace after its due day."""

    reference: str
    kind: TaskKind
    unit_code: str
    unit_name: str
    asked_of: str
    state: str
    timely_until: datetime
    asked_on: date | None
    reminded_on: tuple[date, ...]
    escalations: tuple[Escalation, ...]


@dataclass(frozen=True, slots=True)
class AnswerFact:
    """The answer that stands, and when the entry was answered for the first time (an aware instant)."""

    kind: AnswerKind
    number: Decimal | None
    yes: bool | None
    words: str | None
    reason: str | None
    submission_reference: str
    answered_by: str
    first_at: datetime
    first_on: date


@dataclass(frozen=True, slots=True)
class EntryFact:
    """One indicator inside one task; without an answer it is missing. `known`: what Focal counted itself."""

    task_reference: str
    indicator_code: str
    answer: AnswerFact | None
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class EarlierNumber:
    """What a unit said of an indicator in an earlier quarter of the same plan."""

    unit_code: str
    indicator_code: str
    quarter: Quarter
    number: Decimal


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One quarter of one plan. `until` is the last day the record speaks of: the close, or today."""

    reference: str
    plan_code: str
    plan_title: str
    plan_language: str
    institution: str
    quarter: Quarter
    opened_on: date
    due_on: date
    closed_on: date
    until: date
    provisional: bool
    plan: tuple[PlannedIndicator, ...]
    tasks: tuple[TaskFact, ...]
    entries: tuple[EntryFact, ...]
    earlier: tuple[EarlierNumber, ...]


@dataclass(frozen=True, slots=True)
class CountedEntry:
    """An entry that counts for its (unit, indicator), with the task that carries it."""

    fact: EntryFact
    task: TaskFact
