"""What each mail needs to be written: one frozen context per mail.

A context holds what the words need and nothing else. Days are days of the reader's calendar; the templates
turn them into words of the reader's language. `link` is the reader's own way into the task.
"""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from models.contracts.matters import MatterKind
from models.contracts.problems import SheetProblem, UnreadProblem

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

    `number`: its place in the task, from 1, by which a reply may name it. In a mail about naming a focal point, it is
    one of the indicators that wait for that person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
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
    """What every mail about a task knows. `wish` is set if, and only if, an extension is to be decided.

    `by_reply`: answers in a reply of this reader are read. Nobody may answer for the office by writing to it.
    """

    kind: TaskKind
    by_reply: bool = True
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
    number: int
    """Its place in the task, from 1, as printed in the request."""
    typed: str
    kind: Literal["value", "nothing_to_report", "not_available"]
    reading: str
    previous: str | None = None
    """What was said last time, written in the reader's language."""


class NotRead(BaseModel):
    """Something in a reply that was not taken, shown back as it was written, with what is wrong with it.

    `place`: file and cell, as in `answers.xlsx F4`; empty for a line of the mail. `code`: the indicator's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    excerpt: str
    place: str = ""
    code: str | None = None
    problem: UnreadProblem | SheetProblem


class TaskReceipt(TaskContext):
    """What was understood, said back, and what is still missing. A naming says only who was `named`.

    `by_mail`: it was read from a reply. Then `answers` are those that this reply gave, `already` counts the others
    that stand from before, and `outdated` those of the reply that a later one had overtaken.
    """

    submission_reference: str
    by_mail: bool = False
    answers: tuple[ReadItem, ...]
    already: int = 0
    outdated: tuple[ReadItem, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    missing: tuple[AskedItem, ...]
    named: str | None = None
    entered_by: str | None = None
    """Who entered it on the reader's behalf."""
    passed_on_to: str | None = None
    """Whom the reply names for the task instead of its writer; the coordinator decides about it."""

    @model_validator(mode="after")
    def _naming_says_who(self) -> Self:
        if (self.kind == "focal_point_naming") != (self.named is not None):
            raise ValueError("a receipt says who was named if, and only if, it is for a naming")
        return self


NotTaken = Literal[
    "not_read",  # no value was understood; the office sees the message
    "too_late",  # the last day is over, or nothing is asked any more
    "too_large",  # larger or more nested than what is read
    "encrypted",
    "pass_on",  # it names somebody else; the coordinator decides
]


class ReplyNotTaken(TaskContext):
    """To the writer of a reply from which no answer was taken: why, what was seen in it, and what to do now.

    `items`: what is still missing. `passed_on_to`: for `pass_on`, the name or address that the reply gives.
    """

    outcome: NotTaken
    not_read: tuple[NotRead, ...] = ()
    items: tuple[AskedItem, ...] = ()
    passed_on_to: str | None = None


class ReplyConfirmation(TaskContext):
    """To the registered person: a reply came of which it is not certain that they wrote it; do they stand by it?

    `link` leads to the page on which they say yes or no. `came_from`: the address that the reply bears, may be theirs.
    `received_on`: a day of the task's calendar.
    """

    came_from: str
    received_on: date
    answers: tuple[ReadItem, ...]
    not_read: tuple[NotRead, ...] = ()


class MatterLine(BaseModel):
    """One thing a coordinator has to settle. What does not apply is None or empty; days are of the office's zone.

    `person_name`, `address`: whom it is about. `other`: another person's name or address (the substitute, whom a
    reply names, the best guess of a task). `first_day`, `last_day`: of an absence. `excerpt`: words of the mail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str
    kind: MatterKind
    opened_on: date
    person_code: str | None = None
    person_name: str | None = None
    address: str | None = None
    unit_name: str | None = None
    task_reference: str | None = None
    other: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    excerpt: str = ""


class OfficeMatters(Context):
    """To the coordinator: what mails brought up and is to be settled, the new first. `again`: told before."""

    plan_title: str
    new: tuple[MatterLine, ...]
    again: tuple[MatterLine, ...]
    link: str


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
