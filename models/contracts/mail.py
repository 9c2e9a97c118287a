"""What each mail needs to be written: one frozen context per mail.

A context holds what the words need and nothing else. Days are days of the reader's calendar; the templates
turn them into words of the reader's language. `link` is the reader's own way into the task.
"""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

Language = Literal["ca", "ca-ES-valencia", "es", "en", "fr"]
TaskKind = Literal["indicator_request", "focal_point_naming"]


class Context(BaseModel):
    """What every mail knows: who reads it, and whom to ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language
    reader_name: str
    coordinator_name: str
    coordinator_address: str
    plan_language: Language = "ca-ES-valencia"
    """The plan's own language: its titles, its indicators and the names of its units are not translated."""


class AskedItem(BaseModel):
    """One indicator, with what was said last time, already written in the reader's language.

    In a mail about naming a focal point, it is one of the indicators that wait for that person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    action_title: str
    axis_title: str
    previous: str | None = None


class TaskContext(Context):
    """What every mail about a task knows."""

    kind: TaskKind
    task_reference: str
    plan_title: str
    quarter: int
    year: int
    unit_name: str
    due_on: date
    closes_on: date
    link: str


class TaskRequest(TaskContext):
    """The first mail: what is asked, of whom, until when, and what silence means.

    `late`: the mail leaves later than planned because the service was interrupted.
    """

    items: tuple[AskedItem, ...]
    escalates_on: date | None
    escalates_to: str | None
    late: bool


class TaskReminder(TaskContext):
    """A reminder of what is still missing. `working_days_left` is negative after the due day."""

    items: tuple[AskedItem, ...]
    answered: int
    working_days_left: int
    reminders_before: int
    escalates_on: date | None
    escalates_to: str | None
    late: bool


class TaskEscalation(TaskContext):
    """To the head: what their unit still owes, who was asked, when and how often."""

    items: tuple[AskedItem, ...]
    assignee_name: str
    assignee_address: str
    asked_on: date
    reminders_sent: int
    working_days_late: int
    late: bool


class TaskEscalationCopy(TaskContext):
    """To the person asked: that their head was told, and that answering is still possible."""

    items: tuple[AskedItem, ...]
    head_name: str
    working_days_late: int


class ReadItem(BaseModel):
    """One answer as it was typed and as it was read. `reading` is written in the reader's language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    typed: str
    kind: Literal["value", "nothing_to_report", "not_available"]
    reading: str


class TaskReceipt(TaskContext):
    """What was understood, said back, and what is still missing. A naming says only who was `named`."""

    submission_reference: str
    answers: tuple[ReadItem, ...]
    missing: tuple[AskedItem, ...]
    named: str | None = None

    @model_validator(mode="after")
    def _naming_says_who(self) -> Self:
        if (self.kind == "focal_point_naming") != (self.named is not None):
            raise ValueError("a receipt says who was named if, and only if, it is for a naming")
        return self


class CollectionReport(Context):
    """To the coordinator: the quarter is closed, and where its report is.

    Every entry asked is counted once: `answered` with a value, `nothing_to_report`, `not_available` or
    `missing`. `response_rate` is a percentage, 0 to 100.
    """

    plan_title: str
    plan_code: str
    quarter: int
    year: int
    closed_on: date
    asked: int
    answered: int
    nothing_to_report: int
    not_available: int
    missing: int
    response_rate: int
    units_without_answer: tuple[str, ...]
    link: str
