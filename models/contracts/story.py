"""The story of a task, and of a mail: what happened, what happens next and when, and what would stop it.

Instants are aware and local to the task's calendar, days are days of it. Where a name is None, it is the coordination.
Words are not here: `operations/story_words.py` tells a story in any language.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from models.contracts.answering import Frozen
from models.contracts.mail import CallWords, Earlier, NetworkWords, TaskKind, VisitWords, WhyRule

NoticeKind = Literal["request", "reminder", "warning", "escalation"]
StepKind = Literal["request", "reminder", "warning", "escalation", "expiry"]
TaskState = Literal["scheduled", "open", "partly_answered", "answered", "waived", "expired", "cancelled"]
MailState = Literal["ready", "sending", "accepted", "rejected", "unknown", "withdrawn", "bounced"]
Stop = Literal["answer", "decision", "main_task_ends", "more_time", "pause", "waiving", "closing"]
"""What keeps a step from coming, or moves it: a full answer; for a decision, that it is made, or that the task it is
about ends; more time; a pause of mail, or letting the task rest; waiving; closing the process."""


class FreeDay(Frozen):
    """A free weekday that was counted over. `local`: a day of the town, named in the words of whoever imported it.

    `name` is None where the calendar does not have the day any more.
    """

    day: date
    name: str | None
    local: bool


class Away(Frozen):
    """Somebody passed over on the way to the reader: away until a day (included), and who stands in, if anybody."""

    name: str
    until: date
    stands_in: str | None


class Reason(Frozen):
    """Why a step falls on its day.

    `working_days` counts from the due day, `due_on` as it stood (or, for `escalation_after_reminders`, is the number of
    reminders; for a request, the days it leaves until the due day). `moved_from`: the day it fell on before a pause, or
    the task's rest, moved it. `held`: what kept it back when it was due.
    """

    rule: WhyRule | Literal["expiry"]
    working_days: int | None = None
    due_on: date
    holidays: tuple[FreeDay, ...] = ()
    moved_from: date | None = None
    moved_by: Literal["pause", "rest"] | None = None
    held: Literal["hours", "pause", "daily_maximum"] | None = None


class StoryMail(Frozen):
    """One mail of a happening and what became of it. `reply`: the last words of the mail server, if any.

    `unreachable`: it was withdrawn because its address is dead.
    """

    message_id: str
    name: str
    to: str | None
    state: MailState
    finished_at: datetime | None
    attempts: int
    reply: str | None
    unreachable: bool = False


class PlannedStep(Frozen):
    """A step and the day it was planned for; None where it was put off since, and no row says what that day was."""

    kind: StepKind
    on: date | None


class OtherTask(Frozen):
    """Another task that a mail speaks of."""

    reference: str
    unit_name: str
    process: str


class Event(Frozen):
    """Something that happened, and the mails that were written with it."""

    at: datetime
    mails: tuple[StoryMail, ...] = ()


class Noticed(Event):
    """A step that was carried out: who got it, why then, through which absences, together with which other tasks.

    `missing` counts the items without an answer then. `late`: it left later than `planned_at`, which is when it was put
    off to, if it was held back. `merged`: what was due with it and left in it. `level`: how far up the reporting line
    an escalation went, 0 for others; `copies`: who got a copy of it.
    """

    kind: NoticeKind
    to: str | None
    level: int
    reason: Reason
    path: tuple[Away, ...]
    missing: int
    together: tuple[OtherTask, ...]
    planned_at: datetime
    late: bool
    merged: tuple[PlannedStep, ...]
    copies: tuple[str | None, ...]


class PassedOver(Event):
    """A reminder that would have come too soon after another mail."""

    kind: Literal["passed_over"] = "passed_over"
    planned: tuple[PlannedStep, ...]


class Failed(Event):
    """Steps that could not be carried out, and the name of the fault."""

    kind: Literal["failed"] = "failed"
    planned: tuple[PlannedStep, ...]
    fault: str


class Delegated(Event):
    """Passed on from one person to another. `left`: because the first one left the organisation."""

    kind: Literal["delegated"] = "delegated"
    by: str | None
    before: str
    after: str
    note: str
    left: bool


class Wished(Event):
    """Somebody asked for more time. `asked`: who was to decide, in a task of their own, `decision`."""

    kind: Literal["wished"] = "wished"
    by: str | None
    asked: str | None
    decision: str
    before: date
    after: date
    reason: str


class Decided(Event):
    """More time was granted, given without having been asked for, refused, or not decided in time.

    `before` is the day it was due; `after` the new one, None unless there is one. `dropped`: the task ended first.
    """

    kind: Literal["granted", "given", "refused", "lapsed", "dropped"]
    by: str | None
    before: date
    after: date | None
    reason: str


class DueMoved(Event):
    """The due day rolled forward because it is not worked any more."""

    kind: Literal["due_moved"] = "due_moved"
    before: date
    after: date


class Rescheduled(Event):
    """The due day was moved with what the task belongs to: a visit, or a commitment that was corrected.

    `reason`: why, may be empty. `by`: whoever moved it.
    """

    kind: Literal["rescheduled"] = "rescheduled"
    by: str | None
    before: date
    after: date
    reason: str


class Rested(Event):
    """The task was let rest: nothing is sent before a day."""

    kind: Literal["rested"] = "rested"
    by: str | None
    until: date
    reason: str


class Paused(Event):
    """All mail of the process was paused, or of `everything`."""

    kind: Literal["paused"] = "paused"
    by: str | None
    everything: bool
    since: datetime
    until: datetime
    reason: str


class Resumed(Event):
    """A pause was ended that would have lasted `until`."""

    kind: Literal["resumed"] = "resumed"
    by: str | None
    everything: bool
    until: datetime


class SentBack(Event):
    """One answer was sent back with a note. `before`, `after`: the due day, alike where it was not moved for it."""

    kind: Literal["sent_back"] = "sent_back"
    by: str | None
    code: str
    name: str
    note: str
    before: date
    after: date


class Answered(Event):
    """An answer, whole or in part. `new` and `corrected` count the items it answers for the first time and anew.

    `entered_by`: who entered it, where that was not the person; see `by_somebody_else`, for the coordination has no
    name. `by_mail`: it was read from a reply; one that a later reply had overtaken answers for nothing.
    """

    kind: Literal["answered"] = "answered"
    person: str
    by_somebody_else: bool
    entered_by: str | None
    by_mail: bool
    new: int
    corrected: int
    missing: int


class Named(Event):
    """A focal point was named, who is asked next."""

    kind: Literal["named"] = "named"
    by: str | None
    person: str


class ByHand(Event):
    """Somebody asked for a reminder or an escalation out of turn."""

    kind: Literal["reminded_by_hand", "escalated_by_hand"]
    by: str | None
    reason: str


class Waived(Event):
    """Nothing is asked any more, by somebody's decision."""

    kind: Literal["waived"] = "waived"
    by: str | None
    reason: str


class Migrated(Event):
    """The task was moved to another version of its rules."""

    kind: Literal["migrated"] = "migrated"
    by: str | None
    policy: str
    before: int
    after: int


class ReplyKept(Event):
    """A mail came in for this task and was kept for somebody to read."""

    kind: Literal["reply_kept"] = "reply_kept"


class Replied(Event):
    """A reply from which no answer was taken, or not before its writer is confirmed.

    Nothing was read in it, or it came too late, could not be opened, or names somebody else.
    `writer`: whose address it came from, or the address itself; None where it has none. `instead`: whom it names.
    """

    kind: Literal["reply_held", "reply_not_read", "reply_too_late", "reply_refused", "reply_pass_on_proposed"]
    writer: str | None
    instead: str | None


class Disowned(Event):
    """Somebody said that a reply which came in their name, bearing an `address`, is not theirs."""

    kind: Literal["reply_disowned"] = "reply_disowned"
    by: str | None
    address: str | None


class Settled(Event):
    """A matter that a mail had brought up was settled: what it proposed was done, or it was dismissed with a reason."""

    kind: Literal["matter_accepted", "matter_dismissed"]
    by: str | None
    matter: str
    outcome: str


class Ended(Event):
    """The last day was over (`expired`, or `waived` by its rules), the process closed, or what it was about ended.

    `by`: who closed the process. `merged`: what was due by then and is not sent any more.
    """

    kind: Literal["expired", "waived_by_silence", "closed", "cancelled"]
    by: str | None
    merged: tuple[PlannedStep, ...] = ()


Happening = Annotated[
    Noticed
    | PassedOver
    | Failed
    | Delegated
    | Wished
    | Decided
    | DueMoved
    | Rescheduled
    | Rested
    | Paused
    | Resumed
    | SentBack
    | Answered
    | Named
    | ByHand
    | Waived
    | Migrated
    | ReplyKept
    | Replied
    | Disowned
    | Settled
    | Ended,
    Field(discriminator="kind"),
]


class Upcoming(Frozen):
    """A step still to come, as things stand: who would get it on that day, why that day, and what would stop it.

    Nobody gets an expiry: its `to` means nothing. `overdue`: its instant is over, and it leaves as soon as it can.
    """

    kind: StepKind
    at: datetime
    to: str | None
    level: int
    reason: Reason
    path: tuple[Away, ...]
    copies: tuple[str | None, ...]
    overdue: bool
    stops: tuple[Stop, ...]


class Wish(Frozen):
    """More time that somebody asked for: until when, and why. `asked`: who decides, `decide_by` a day."""

    by: str | None
    before: date
    after: date
    reason: str
    asked: str
    decide_by: date


class Told(Frozen):
    """What is told of a task wherever it is spoken of.

    `items` counts what it asks for (for a naming, what waits for the person to be named). `about`: the reference of the
    task that a decision is about.
    """

    reference: str
    kind: TaskKind
    items: int
    unit_name: str
    process: str
    about: str | None
    opens_on: date
    policy: str
    policy_version: int


class Story(Told):
    """All there is to tell of one task, at an instant.

    `missing`: how many items have no answer. `earlier_due`: the days it was due before, in order. `more_time_until`:
    the last day to which it could be extended, None if to none. `process_closes_on`: None where no day is set.
    `correctable`: answered, but its process still takes corrections. `wish`: the one that a decision is about or, for
    any other task, the one that waits for a decision.
    """

    missing: int
    plan_title: str
    quarter: int = 0
    year: int = 0
    visit: VisitWords | None = None
    network: NetworkWords | None = None
    call: CallWords | None = None
    assignment: str = ""
    asked: str
    asked_by: str | None
    wish: Wish | None
    state: TaskState
    due_on: date
    earlier_due: tuple[date, ...]
    closes_on: date
    more_time_until: date | None
    process_closes_on: date | None
    correctable: bool
    silence: Literal["expired", "waived"]
    zone: str
    happened: tuple[Happening, ...]
    next: tuple[Upcoming, ...]


class MailCause(Told):
    """Of which task a mail speaks, what made it (None where no record says so), and which notices had left before."""

    happening: Happening | None
    earlier: tuple[Earlier, ...]


class MailStory(Frozen):
    """Why one mail was written. `written_at` is local to its process's calendar; UTC where it has no process."""

    mail: StoryMail
    subject: str
    address: str
    written_at: datetime
    process: str | None
    causes: tuple[MailCause, ...]
