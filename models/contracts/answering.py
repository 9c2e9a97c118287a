"""What passes between an answer page and the operations behind it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from models.contracts.mail import CallWords, Language, NetworkWords, TaskKind, VisitWords
from models.contracts.problems import ProblemCode
from models.contracts.refusal import DayFault, PersonFault

IndicatorUnit = Literal["count", "percent", "yes/no", "text"]
ItemUnit = IndicatorUnit | Literal["choice", "score", "commitments", "day", "months"]
"""`choice`: one of the options of a question, with a reason. `score`: 0 to 4, with a reason. `commitments`: lines of
`what; who; by when`. `day`: a date; kept in words, as in 2027-03-31. `months`: lengths in months, `18, 18, 12`."""
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
    at: datetime
    """When the link was opened."""
    shown_in: Language | None = None
    """The language of the page, where it was chosen; what is typed is read in the person's own."""

    @property
    def page_language(self) -> Language:
        """The language that the page is shown in."""
        return self.shown_in or self.language


class Typed(Frozen):
    """One entry of the form exactly as typed; all empty when nothing was entered yet."""

    choice: Literal["", "value", "nothing_to_report", "not_available"] = ""
    value: str = ""
    reason: str = ""


class Reading(Frozen):
    """How one entry was read. For kind `value`, exactly one of number, yes and words is set.

    `reason`: why it is not available; or why a score, a choice or a figure that differs from a known one was given.
    """

    kind: AnswerKind
    typed: str
    number: Decimal | None = None
    yes: bool | None = None
    words: str | None = None
    reason: str | None = None


class Known(Frozen):
    """What Focal counted itself for an indicator, and the references of the processes that it counted."""

    number: Decimal
    references: tuple[str, ...]


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
    """One item of the form: what it asks, what was said last time, what is typed so far, what stands.

    `question`: the key of a question, whose `name` and `hint` are in the language of the page; empty for an indicator.
    `options`: the keys of a choice with their labels. `other`: what may be answered besides a value. `known`: what
    Focal counted itself; another figure needs a reason.

    `earlier`: what the unit said in earlier quarters, the oldest first.

    Where an answer was sent back: `returned_note` says why, and `returned` is what it said. `by_mail`: what stands
    was read from a reply.
    """

    item_id: UUID
    code: str
    name: str
    unit: ItemUnit
    question: str = ""
    hint: str = ""
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()
    other: tuple[AnswerKind, ...] = ("nothing_to_report", "not_available")
    known: Known | None = None
    cumulative: bool
    action_title: str
    axis_title: str
    earlier: tuple[Previous, ...] = ()
    typed: Typed
    answer: Reading | None
    by_mail: bool = False
    returned_note: str | None = None
    returned: Reading | None = None

    @property
    def previous(self) -> Previous | None:
        """What was said last time."""
        return self.earlier[-1] if self.earlier else None


class Ended(Frozen):
    """What a task that is not open any more has come to: when (local), by whose answer, why it was waived.

    `state`: answered, waived, expired, cancelled, or closed with its process.
    """

    state: str
    at: datetime | None
    by: str | None
    reason: str | None


class PassedOn(Frozen):
    """How a task came to whoever has it now: from whom, on which local day, with which note (may be empty)."""

    from_code: str
    from_name: str
    to_name: str
    on: date
    note: str


class MoreTime(Frozen):
    """The latest wish for more time about a task, or the time it was given without one; days and moments are local.

    `wished`: `decider`, where somebody was asked, has still to decide. `granted`: until `granted_due_on`. `refused`.
    `lapsed`: nobody decided in time, or the task ended before. `decided_by`: a name, None where nobody did.
    """

    state: Literal["wished", "granted", "refused", "lapsed"]
    wished_by_code: str
    wished_by: str
    wished_on: date
    old_due_on: date
    wished_due_on: date
    reason: str
    decider: str | None
    decided_by_code: str | None
    decided_by: str | None
    decided_at: datetime | None
    granted_due_on: date | None
    decision_reason: str | None


class Coming(Frozen):
    """What happens to a task next as things stand, if nobody does anything: a step, on its local day.

    `to`: the name of who is reminded or told then, None where nobody is; `to_reader`: it is who reads the page.
    """

    kind: Literal["request", "reminder", "warning", "escalation", "expiry"]
    on: date
    to: str | None
    to_reader: bool


class Heading(Frozen):
    """What every answer page says of the task it belongs to.

    `accepting` is false when answers do not count any more. `ended`: what became of a task that is not open; one
    that was answered may still be accepting corrections. `coming`: the next reminder, the next escalation and the
    last day of one that is open. `others`: how many other open tasks the reader has. `documents`: how many files were
    handed in.
    """

    holder: LinkHolder
    process_reference: str
    plan_title: str
    plan_language: str = "ca-ES-valencia"
    """BCP 47 tag of the plan's own words: indicators, actions, axes, names of units."""
    quarter: int = 0
    year: int = 0
    visit: VisitWords | None = None
    network: NetworkWords | None = None
    call: CallWords | None = None
    assignment: str = ""
    unit_name: str
    due_on: date
    closes_on: date
    accepting: bool
    ended: Ended | None
    passed_on: PassedOn | None
    more_time: MoreTime | None
    coming: tuple[Coming, ...] = ()
    others: int = 0
    documents: int = 0
    coordinator_name: str
    coordinator_address: str


class Form(Heading):
    """The whole answer form of one task. `draft_version` is 0 before anything was saved. `today`: local."""

    today: date
    entries: tuple[Entry, ...]
    draft_version: int
    saved_at: datetime | None


class Confirmation(Frozen):
    """What was taken, under which reference, and how many entries are still missing."""

    submission_reference: str
    received_at: datetime
    answered: int
    missing: int


class Colleague(Frozen):
    """A person of the unit who could be chosen."""

    code: str
    name: str
    address: str


class NamingForm(Heading):
    """The form that asks a head to name a focal point. `named` is set once somebody was."""

    unit_code: str
    indicator_count: int
    colleagues: tuple[Colleague, ...]
    named: str | None


class PersonChoice(Frozen):
    """Who is chosen: somebody known, by code, or somebody new, by name, address and language."""

    person_code: str = ""
    name: str = ""
    address: str = ""
    language: str = ""


PersonProblemCode = Literal[
    "nobody_chosen",
    "name_missing",
    "name_unprintable",
    "address_missing",
    "address_invalid",
    "address_taken",
    "language_missing",
    "too_long",
]


class PersonProblem(Frozen):
    """One thing to correct where a person is chosen."""

    field: Literal["person_code", "name", "address", "language", "note"]
    code: PersonProblemCode | PersonFault


class PassOnForm(Heading):
    """The form on which a task is passed on to somebody else.

    `not_again`: the codes of colleagues to whom it cannot go. `asked_on`: the local day on which whoever has it now
    is, or was, asked; `reminded_on`: when they are reminded next.
    """

    colleagues: tuple[Colleague, ...]
    not_again: tuple[str, ...]
    asked_on: date
    reminded_on: date | None

    @property
    def passed_on_by_reader(self) -> bool:
        """Whether it went from the reader to whoever has it now."""
        return self.passed_on is not None and self.passed_on.from_code == self.holder.person_code


class TypedTime(Frozen):
    """What is typed about more time: a day and a reason, and where it is decided about, which way."""

    decision: str = ""
    day: str = ""
    reason: str = ""


TimeProblemCode = Literal["decision_missing", "day_missing", "day_unread", "reason_missing", "too_long"]


class TimeProblem(Frozen):
    """One thing to correct in a wish for more time, or in the decision about one."""

    field: Literal["decision", "day", "reason"]
    code: TimeProblemCode | DayFault


class MoreTimeForm(Heading):
    """The form on which more time is asked for. `last_day`: the last one to which the task can be extended.

    `decider`: the name of who would decide, None for nobody. `asked_on`: the local day on which whoever decides
    about the open wish is, or was, asked; `reminded_on`: the day of the next reminder about the task itself.
    """

    last_day: date
    decider: str | None
    asked_on: date | None
    reminded_on: date | None

    @property
    def wished(self) -> bool:
        """Whether a wish is open that somebody has still to decide about."""
        return self.more_time is not None and self.more_time.state == "wished"


class DecisionForm(Heading):
    """The form on which somebody decides about a wish for more time; its heading is that of the decision.

    `about`: what the wish is about, with the due day it has now and what became of it; `missing` of its `total`
    items have no answer. `asked_on`, `reminded_on`: the local days on which who wished was asked and reminded.
    `last_day`: the last one that can be granted.
    """

    wish: MoreTime
    about: Heading
    about_kind: TaskKind
    assignee_name: str
    missing: int
    total: int
    asked_on: tuple[date, ...]
    reminded_on: tuple[date, ...]
    last_day: date

    @property
    def own(self) -> bool:
        """Whether the reader is who wished, and so cannot decide."""
        return self.holder.person_code == self.wish.wished_by_code
