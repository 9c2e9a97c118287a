"""What each mail needs to be written: one frozen context per mail.

A context holds what the words need and nothing else. Days are days of the reader's calendar; the templates
turn them into words of the reader's language. `link` is the reader's own way into the task.
"""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from models.contracts.matters import MatterKind
from models.contracts.problems import SheetProblem, UnreadProblem

Language = Literal["ca", "ca-ES-valencia", "es", "en", "fr"]
TaskKind = Literal[
    "indicator_request",
    "focal_point_naming",
    "extension_decision",
    "hosting_request",  # can this unit receive the delegation
    "agenda_approval",
    "visit_report",  # what came of the visit: contacts, commitments, documents
    "assignment",  # something to be done by a day: a preparation, a commitment, a step of leaving a network
    "membership_evidence",  # what a network brought, with scores
    "membership_opinion",  # the office's own scores
    "membership_decision",
    "improvement_plan",
    "improvement_check",
    "joined_networks",  # which networks has this area joined
    "call_interest",  # lead, partner, watch, no
    "go_decision",
    "proposal_upload",  # the proposal was sent, and under which number
    "call_result",
    "call_lessons",  # what is learned from a proposal that was not funded
    "grant_agreement",  # it is signed, and from when to when the project lasts
    "sustainability_check",  # what is left of a project some years after its end
]
VisitKind = Literal["institutional", "business", "study", "diplomatic", "municipal_association"]


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
    """One indicator or question, with what was said last time, already written in the reader's language.

    `number`: its place in the task, from 1, by which a reply may name it. In a mail about naming a focal point, it is
    one of the indicators that wait for that person. A question has neither code nor titles; its `name` is translated,
    `hint` says how it is answered, and it may be left out where it is not `required`. `known`: what Focal counted
    itself, with its evidence in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    code: str
    name: str
    action_title: str
    axis_title: str
    hint: str = ""
    required: bool = True
    previous: str | None = None
    known: str | None = None
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


class AgendaSlot(BaseModel):
    """One hour of a visit's agenda; local times of the city."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    starts_at: datetime
    ends_at: datetime
    theme: str
    place: str
    host: str


class VisitWords(BaseModel):
    """The delegation that a task is about. `reason`: why it was last moved or called off; may be empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str
    organisation: str
    city: str
    country: str
    kind: VisitKind
    first_day: date
    last_day: date
    themes: tuple[str, ...]
    people: int
    agenda: tuple[AgendaSlot, ...] = ()
    moved_from: tuple[date, date] | None = None
    reason: str = ""


class NetworkWords(BaseModel):
    """The city network that a task is about. `candidate`: the city is not a member, but may become one.

    `evidence`: what was said of it so far, each as a line in the reader's language, for whoever has to decide.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str
    name: str
    year: int
    candidate: bool = False
    evidence: tuple[str, ...] = ()


class MilestoneLine(BaseModel):
    """One milestone of a proposal as the feasibility sheet shows it; `slack`, `needed`, `left`: working days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    unit_name: str
    latest_start: date
    due_on: date
    needed: int
    left: int
    slack: int


class InterestLine(BaseModel):
    """What one unit said about a call; `remark`: why not, or what it would bring."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit_name: str
    state: Literal["asked", "lead", "partner", "watch", "no", "silent"]
    remark: str = ""


class CallWords(BaseModel):
    """The European call that a task is about.

    `deadline`: the one aimed at, an aware datetime in the programme's zone (its own name says whose clock it is);
    `stage`: 1 or 2 of a call in two stages, 0 otherwise. `old_deadline`: before it was last moved, with the `reason`.
    `budget`, `largest_grant`: whole euros. `milestones`, `interests`: for whoever decides. `project_ends_on`: once
    there is a project. `years`: since its end, for a check of what lasts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str
    identifier: str
    title: str
    programme: str
    url: str = ""
    deadline: datetime | None = None
    stage: int = 0
    old_deadline: datetime | None = None
    reason: str = ""
    budget: int | None = None
    largest_grant: int | None = None
    lead_name: str = ""
    proposal_number: str = ""
    milestones: tuple[MilestoneLine, ...] = ()
    interests: tuple[InterestLine, ...] = ()
    project_ends_on: date | None = None
    years: int = 0


class SignIn(Context):
    """The link that signs a member of staff in, once; `minutes`: how long it opens anything."""

    link: str
    minutes: int


class TaskContext(Context):
    """What every mail about a task knows. `wish` is set if, and only if, an extension is to be decided.

    What it is about is one of four: a `quarter` of a `year`, a `visit`, a `network` or a `call`. `assignment`: what is
    to be done, in the reader's language or as a person wrote it.

    `by_reply`: answers in a reply of this reader are read. Nobody may answer for the office by writing to it.
    """

    kind: TaskKind
    by_reply: bool = True
    task_reference: str
    plan_title: str
    quarter: int = 0
    year: int = 0
    visit: VisitWords | None = None
    network: NetworkWords | None = None
    call: CallWords | None = None
    assignment: str = ""
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
    quarter: int = 0
    year: int = 0
    visit: VisitWords | None = None
    network: NetworkWords | None = None
    call: CallWords | None = None
    assignment: str = ""
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


class OverdueTask(BaseModel):
    """One overdue task as a mail to a manager lists it. `link`: its page in the office."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: TaskKind
    task_reference: str
    plan_language: Language
    quarter: int = 0
    year: int = 0
    visit: VisitWords | None = None
    network: NetworkWords | None = None
    call: CallWords | None = None
    assignment: str = ""
    unit_name: str
    assignee_name: str
    due_on: date
    working_days_late: int
    escalated: bool
    link: str


class ManagerDigest(Context):
    """To a manager, once a week: the numbers of their board and what is overdue, the oldest first; or that nothing is.

    `units`: whose tasks they see; none for the whole city. `most`: a number of this size means that there are at least
    so many. `mine`: what waits for the reader's own answer. `more`: overdue, but not in this mail.
    """

    week_of: date
    units: tuple[str, ...] = ()
    overdue: int
    escalated: int
    soon: int
    mine: int
    most: int
    tasks: tuple[OverdueTask, ...]
    more: int = 0
    link: str
    """The board."""
    decisions_link: str


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
    differs_from: str | None = None
    """What Focal counted itself, with its evidence, where this is another figure and no reason was given: the receipt
    asks for one."""


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


Change = Literal["extended", "extension_refused", "extension_lapsed", "moved_away", "waived", "rescheduled"]


class TaskChange(TaskContext):
    """What somebody did to a task, told to the person it concerns, with the reason.

    `extended`, `extension_refused`, `extension_lapsed` (nobody decided in time): `old_due_on`, and the new day in
    `due_on`. `moved_away`: the task is `other_name`'s now. `waived`: nothing is asked any more. `rescheduled`: the
    visit was moved, and the due day with it, from `old_due_on` to an earlier or a later one.
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


class VisitNews(Context):
    """To the contact of a delegation or to a host: how the visit stands, and what changed.

    `acknowledged`: we have heard that they want to come. `confirmed`, `changed` (another agenda), `moved` (other days,
    to be confirmed again), `called_off`, `released` (this host is not needed any more), `reminder` (it is on the next
    working day). `own`: the hours of this host; the agenda of all is in `visit`. The calendar files go with it.
    """

    plan_title: str
    visit: VisitWords
    news: Literal["acknowledged", "confirmed", "changed", "moved", "called_off", "released", "reminder"]
    to: Literal["contact", "host"]
    unit_name: str = ""
    own: tuple[AgendaSlot, ...] = ()


class VisitThanks(Context):
    """To the contact on the working day after: thanks, and the `link` to a short form about how it was."""

    plan_title: str
    visit: VisitWords
    link: str


class HostLine(BaseModel):
    """What one host said: `state` as in `models.tables.delegation_reception.Host`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit_name: str
    state: Literal["asked", "accepts", "declines", "other_days", "silent", "removed"]
    person_name: str = ""
    remark: str = ""


class ShortPreparation(BaseModel):
    """A preparation for which there is less time than it needs; working days, `left` at least 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    needed: int
    left: int


class OfficeVisit(Context):
    """To the coordinator: how a visit stands and what is to be done about it.

    `opened`, `moved`: with the preparations that come too late, and those `done` for other days. `hosts`: all have
    answered or had their time; the agenda can be composed. `fallen`: a host of an agenda that is not confirmed yet does
    not receive the delegation any more. `sent_back`: with the manager's `note`. `not_approved`: nobody decided in time.
    `approved`. `unconfirmed`: the visit is near and not confirmed. `lapsed`: it is over and never was. `nobody`: nobody
    of the unit `by_name` can be asked. `feedback`: the contact's `rating` from 1 to 5 and words in `note`. `recorded`:
    the closing record is in the resource bank. `page`: the address where to go on, may be empty.
    """

    plan_title: str
    visit: VisitWords
    news: Literal[
        "opened",
        "moved",
        "hosts",
        "fallen",
        "sent_back",
        "not_approved",
        "approved",
        "unconfirmed",
        "lapsed",
        "nobody",
        "feedback",
        "recorded",
    ]
    hosts: tuple[HostLine, ...] = ()
    short: tuple[ShortPreparation, ...] = ()
    done: tuple[str, ...] = ()
    rating: int = 0
    by_name: str = ""
    note: str = ""
    page: str = ""


class ReviewNews(Context):
    """To the coordinator or to the unit of a network: what was decided, why, and what follows, with its days.

    `decision` None: nobody decided in time. `recommended`: what Focal computed. `letter`: the draft that gives notice,
    in the network's working language, only for `leave`. `short`: the last day for notice is over already. `unsent`: the
    review is over, and nobody has said that the letter was sent.
    """

    plan_title: str
    to: Literal["office", "unit"]
    network: NetworkWords
    decision: Literal["continue", "optimise", "leave", "join", "watch", "no"] | None
    recommended: Literal["continue", "optimise", "leave", "join", "watch", "no"] | None = None
    reason: str = ""
    by_name: str = ""
    next_review_on: date | None = None
    check_on: date | None = None
    notice_on: date | None = None
    exit_on: date | None = None
    short: bool = False
    unsent: bool = False
    letter: str = ""
    command: str = ""


class CallLine(BaseModel):
    """One call of the weekly mail. `deadline`: its next one, in the programme's zone. `found`: why it may concern us.

    `news`: new, changed (`change` says how, in the reader's language), closing (two weeks or less are left), gone (the
    portal does not list it any more). `command`: what follows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    identifier: str
    title: str
    programme: str
    news: Literal["new", "changed", "closing", "gone"]
    status: Literal["forthcoming", "open", "closing", "closed", "gone", "cancelled", "unclear"]
    deadline: datetime | None = None
    estimate: bool = False
    budget: int | None = None
    change: str = ""
    review: str = ""
    found: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    url: str = ""
    command: str = ""


class CallsDigest(Context):
    """To the coordinator, once a week: calls to decide about, those that concern us first. `more`: not shown here.

    `stale`: programmes that were not read for a week or longer, each with the day they were read last (None: never).
    """

    plan_title: str
    week_of: date
    calls: tuple[CallLine, ...]
    more: int = 0
    stale: tuple[tuple[str, date | None], ...] = ()
    command: str = ""


class FeedTrouble(Context):
    """To the coordinator, once: what came from the portal was not taken, and why; what was known stands.

    `reason`, and the reasons of single calls in `problems` (`identifier`, reason), are English. `known`: calls of the
    programme in the register. `last_taken`: the day of the last reading that was taken.
    """

    plan_title: str
    programme: str
    reason: str
    problems: tuple[tuple[str, str], ...] = ()
    known: int = 0
    last_taken: date | None = None
    command: str = ""


class CallNews(Context):
    """To a unit that takes part in a call: what was decided or happened, and why.

    `go`, `no_go`; `moved` (another deadline); `stage` (invited to the second stage); `submitted`, `awarded`,
    `rejected`, `reserve`; `dropped`, `cancelled`, `missed`; `amended` (the project has other days). `part`: what this
    unit said it would be; `asked`: it was asked, and takes no part or has not answered.
    """

    plan_title: str
    call: CallWords
    news: Literal[
        "go",
        "no_go",
        "moved",
        "stage",
        "submitted",
        "awarded",
        "rejected",
        "reserve",
        "dropped",
        "cancelled",
        "missed",
        "amended",
    ]
    unit_name: str
    part: Literal["lead", "partner", "watch", "office", "asked"]
    reason: str = ""
    by_name: str = ""


class CallAlarm(Context):
    """The day before the deadline, at any hour: nobody has confirmed that the proposal was sent.

    To whoever has to send it, their head, and the office's fallback; each gets this one. `link`: the reader's own way
    into the task, empty for those who have none. `asked`: who has the task.
    """

    plan_title: str
    call: CallWords
    unit_name: str
    asked: str
    asked_address: str
    link: str = ""


class OfficeCall(Context):
    """To the coordinator: how a call stands and what is to be done about it.

    `opened`; `interest` (all have answered or had their time: `call.interests`); `nobody_interested`; `go`, `no_go`
    (`by_name`, `note`); `undecided` (nobody decided in time); `moved` (with milestones that are short now); `stage`
    (invited to the second); `unconfirmed` (the deadline is over, and nobody has confirmed); `submitted`; `missed`;
    `result` (`by_name` has answered, `note`: what); `unanswered` (`by_name` has not, and is asked again); `no_result`
    (nobody knows after the clock's last day); `awarded`; `signed`; `amended`; `gone` (the portal does not list it any
    more); `nobody` (nobody of the unit `by_name` can be asked);
    `recorded` (`records_until`: how long papers are kept); `dropped` (the city gave it up: `by_name`, `note`),
    `cancelled` (the call was: `note`). `command`: what to type next, may be empty.
    """

    plan_title: str
    call: CallWords
    news: Literal[
        "opened",
        "interest",
        "nobody_interested",
        "go",
        "no_go",
        "undecided",
        "moved",
        "stage",
        "unconfirmed",
        "submitted",
        "missed",
        "result",
        "unanswered",
        "no_result",
        "awarded",
        "signed",
        "amended",
        "gone",
        "nobody",
        "recorded",
        "dropped",
        "cancelled",
    ]
    by_name: str = ""
    note: str = ""
    records_until: date | None = None
    command: str = ""


class ActRefused(Context):
    """To the coordinator: what Focal cannot do for a process, and why.

    `reference`: of the process, or of the plan for which something was to be opened. `act` and `reasons` are English,
    as at the command line. `tried_again`: it goes on by itself once the reasons are gone.
    """

    plan_title: str
    reference: str
    act: str
    reasons: tuple[str, ...]
    tried_again: bool


class CensusResult(Context):
    """To the coordinator: what areas answered when they were asked which networks they have joined.

    `asked` and `answered` count areas. `candidates` (new in the register) and `doubtful` (lines that were not entered)
    are pairs of the area's name and what it wrote; `nothing` and `silent` are names of areas. `command`: how to enter
    what a doubtful line names.
    """

    plan_title: str
    reference: str
    asked: int
    answered: int
    candidates: tuple[tuple[str, str], ...]
    doubtful: tuple[tuple[str, str], ...]
    nothing: tuple[str, ...]
    silent: tuple[str, ...]
    command: str


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
