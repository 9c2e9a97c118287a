"""What each mail needs to be written: one frozen context per mail.

A context holds what the words need and nothing else. Days are days of the reader's calendar; the templates
turn them into words of the reader's language. `link` is the reader's own way into the task.
"""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

Language = Literal["ca", "ca-ES-valencia", "es", "en", "fr"]
TaskKind = Literal["indicator_request", "focal_point_naming", "extension_decision"]


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
    returned_note: str | None = None
    """Why its answer was sent back, in the words of who did."""


WhyRule = Literal[
    "request",
    "handed_over",
    "sent_back",
    "reminder_before_due",
    "reminder_after_due",
    "warning",
    "escalation",
    "escalation_after_reminders",
    "by_hand",
    "answered",
    "changed",
]


class StandIn(BaseModel):
    """Somebody in whose place the reader gets a mail: away until a day (included)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    until: date


class Earlier(BaseModel):
    """A mail about the task that left before this one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["request", "reminder", "warning", "escalation"]
    on: date


class Why(BaseModel):
    """Why the reader gets this mail: the rule and how its day was counted, for whom they stand in, what came before.

    `working_days` counts from the due day (for `warning`, to the escalation; for `escalation_after_reminders` it is the
    number of reminders);
    `holidays` are the free weekdays that were counted over; `moved_from` is the day it fell on before a pause.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: WhyRule
    working_days: int | None = None
    holidays: tuple[date, ...] = ()
    moved_from: date | None = None
    handed_by: str | None = None
    """Who passed the task on to the person who is asked now."""
    stands_in_for: tuple[StandIn, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    policy: str
    policy_version: int


class Wish(BaseModel):
    """More time that somebody asked for, and the head has to decide about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asked_by: str
    old_due_on: date
    wished_due_on: date
    reason: str
    missing: int
    """Of the task it is about: how many items are still to be answered."""


class TaskContext(Context):
    """What every mail about a task knows. `wish` is set if, and only if, an extension is to be decided."""

    kind: TaskKind
    task_reference: str
    plan_title: str
    quarter: int
    year: int
    unit_name: str
    due_on: date
    closes_on: date
    link: str
    why: Why
    wish: Wish | None = None


class TaskRequest(TaskContext):
    """A task that is put to somebody: what is asked, until when, and what silence means.

    `occasion`: for the first time, passed on by `handed_by` (with their `note`), or because an answer was sent back.
    `late`: the mail leaves later than planned because the service was interrupted.
    """

    occasion: Literal["first", "handed_over", "sent_back"] = "first"
    handed_by: str | None = None
    note: str = ""
    items: tuple[AskedItem, ...]
    escalates_on: date | None
    escalates_to: str | None
    late: bool


class TaskReminder(TaskContext):
    """A reminder of what is still missing. `working_days_left` is negative after the due day.

    `warns`: it is the last word before the head is told.
    """

    warns: bool = False
    items: tuple[AskedItem, ...]
    answered: int
    working_days_left: int
    reminders_before: int
    escalates_on: date | None
    escalates_to: str | None
    late: bool


class RemindedTask(BaseModel):
    """One of several tasks of which somebody is reminded in one mail. See `TaskReminder`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: TaskKind
    task_reference: str
    plan_title: str
    plan_language: Language
    quarter: int
    year: int
    unit_name: str
    due_on: date
    closes_on: date
    working_days_left: int
    warns: bool
    items: tuple[AskedItem, ...]
    answered: int
    escalates_on: date | None
    escalates_to: str | None
    link: str
    why: Why
    wish: Wish | None = None


class TaskReminders(Context):
    """All reminders of one person that fall in the same hour, of whatever process, as one mail."""

    tasks: tuple[RemindedTask, ...]
    plan_title: str
    link: str
    """The way into the first task."""
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
    entered_by: str | None = None
    """Who typed it on the reader's behalf."""

    @model_validator(mode="after")
    def _naming_says_who(self) -> Self:
        if (self.kind == "focal_point_naming") != (self.named is not None):
            raise ValueError("a receipt says who was named if, and only if, it is for a naming")
        return self


Change = Literal["extended", "extension_refused", "extension_lapsed", "moved_away", "waived"]


class TaskChange(TaskContext):
    """What somebody did to a task, told to the person it concerns, with the reason.

    `extended`, `extension_refused`, `extension_lapsed` (nobody decided in time): `old_due_on`, and the new day in
    `due_on`. `moved_away`: the task is `other_name`'s now. `waived`: nothing is asked any more.
    """

    change: Change
    by_name: str
    reason: str
    old_due_on: date | None = None
    other_name: str | None = None
    items: tuple[AskedItem, ...] = ()
    """What is still missing."""


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


class CalendarGap(Context):
    """To the coordinator: a calendar has no local days in a year that has begun or is about to.

    `first_day` is 1 January of the `year`; `plans` (titles) and `units` (names) go by the calendar. `plan_title` is
    that of the first plan or, if only units go by it, their institution.
    """

    plan_title: str
    calendar_code: str
    year: int
    first_day: date
    plans: tuple[str, ...]
    units: tuple[str, ...]
    link: str
