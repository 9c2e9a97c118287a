"""What passes between an answer page and the operations behind it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from models.contracts.mail import Language, TaskKind

IndicatorUnit = Literal["count", "percent", "yes/no", "text"]
AnswerKind = Literal["value", "nothing_to_report", "not_available"]


class Frozen(BaseModel):
    """Crosses a boundary; never changed on the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LinkHolder(Frozen):
    """Whose link it is and which task it opens: what an answer page knows of its visitor."""

    link_id: UUID
    task_id: UUID
    task_reference: str
    task_kind: TaskKind
    person_code: str
    reader_name: str
    language: Language


class Typed(Frozen):
    """One entry of the form exactly as typed; all empty when nothing was entered yet."""

    choice: Literal["", "value", "nothing_to_report", "not_available"] = ""
    value: str = ""
    reason: str = ""


class Reading(Frozen):
    """How one entry was read. For kind `value`, exactly one of number, yes and words is set."""

    kind: AnswerKind
    typed: str
    number: Decimal | None = None
    yes: bool | None = None
    words: str | None = None
    reason: str | None = None


ProblemCode = Literal[
    "value_missing",  # "give a value" was chosen, the field is empty
    "value_unwanted",  # a value was typed but another choice is marked
    "reason_missing",  # "not available" needs its reason
    "not_a_number",  # letters, a date, a formula
    "range_given",  # 10-12, "between 3 and 5"
    "not_whole",  # a count with decimals
    "negative",  # a count or percentage below zero
    "percent_over_100",
    "number_too_large",
    "too_long",  # params: length, limit
    "choice_unknown",
    "yes_no_missing",
]


class Problem(Frozen):
    """One thing to correct: in which entry, in which of its fields, and what about it."""

    item_id: UUID
    field: Literal["choice", "value", "reason"]
    code: ProblemCode
    length: int | None = None
    limit: int | None = None


class Previous(Frozen):
    """What the same unit said of the same indicator last time, and in which quarter."""

    quarter: int
    year: int
    reading: Reading


class Entry(Frozen):
    """One indicator of the form: what it asks, what was said last time, what is typed so far, what stands."""

    item_id: UUID
    code: str
    name: str
    unit: IndicatorUnit
    cumulative: bool
    action_title: str
    axis_title: str
    previous: Previous | None
    typed: Typed
    answer: Reading | None


class Form(Frozen):
    """The whole answer form of one indicator task. `draft_version` is 0 before anything was saved.

    `accepting` is false when the collection has closed: the form shows what stands and takes nothing more.
    """

    holder: LinkHolder
    process_reference: str
    plan_title: str
    plan_language: str = "ca-ES-valencia"
    """BCP 47 tag of the plan's own words: indicators, actions, axes, names of units."""
    quarter: int
    year: int
    unit_name: str
    due_on: date
    closes_on: date
    accepting: bool
    coordinator_name: str
    coordinator_address: str
    entries: tuple[Entry, ...]
    draft_version: int
    saved_at: datetime | None


class Confirmation(Frozen):
    """What was taken, under which reference, and how many entries are still missing."""

    submission_reference: str
    received_at: datetime
    answered: int
    missing: int


class NamingForm(Frozen):
    """The form that asks a head to name a focal point. `named` is set once somebody was."""

    holder: LinkHolder
    process_reference: str
    plan_title: str
    plan_language: str = "ca-ES-valencia"
    """BCP 47 tag of the plan's own words: indicators, actions, axes, names of units."""
    quarter: int
    year: int
    unit_code: str
    unit_name: str
    indicator_count: int
    due_on: date
    closes_on: date
    accepting: bool
    coordinator_name: str
    coordinator_address: str
    colleagues: tuple["Colleague", ...]
    named: str | None


class Colleague(Frozen):
    """A person of the unit who could be named."""

    code: str
    name: str
    address: str


class Naming(Frozen):
    """Who is named: somebody known, by code, or somebody new, by name, address and language."""

    person_code: str = ""
    name: str = ""
    address: str = ""
    language: str = ""


NamingProblemCode = Literal[
    "nobody_named",
    "person_unknown",
    "name_missing",
    "name_unprintable",
    "address_missing",
    "address_invalid",
    "address_taken",
    "language_missing",
    "too_long",
]


class NamingProblem(Frozen):
    """One thing to correct on the naming form."""

    field: Literal["person_code", "name", "address", "language"]
    code: NamingProblemCode
