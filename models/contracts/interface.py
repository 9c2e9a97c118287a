"""What programs of the city are told over `/api`, and what they may send there.

Days are local to the process, moments are UTC. Money is in euros. What is empty or unknown is null.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.contracts.answering import ItemUnit
from models.contracts.calls import EffectiveStatus
from models.contracts.forms import Day, Line
from models.contracts.mail import Language, TaskKind

Each = TypeVar("Each")
TaskState = Literal["scheduled", "open", "partly_answered", "answered", "waived", "expired", "cancelled"]
ProcessKind = Literal["indicator_collection", "delegation_reception", "membership_review", "call_follow_up"]


def storable(text: str) -> str:
    """Text that a database keeps.

    Raises:
        ValueError: it holds NUL, or half a character.

    """
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("holds a character that is none")
    return text


Words = Annotated[str, AfterValidator(storable), Field(max_length=2_000)]
"""Some sentences for people."""


class View(BaseModel):
    """What is told; never changed on the way."""

    model_config = ConfigDict(frozen=True)


class Order(BaseModel):
    """What is sent; a field that is not listed is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(View):
    """Why a request was not carried out (RFC 9457). Nothing was changed."""

    title: str = Field(description="What is wrong in general.", examples=["This cannot be done."])
    status: int = Field(description="The status of the response.", examples=[422])
    detail: str | None = Field(default=None, description="All errors, as one text.")
    errors: list[str] | None = Field(default=None, description="Each thing that is wrong, by its name.")


class Listing(View, Generic[Each]):
    """One page of a list."""

    items: list[Each]
    next: str | None = Field(description="Ask for what follows with `after=` this; null at the end of the list.")


class Named(View):
    """A unit or a person: its code, and what people call it."""

    code: str = Field(examples=["ACT-VLC-SALUT"])
    name: str = Field(examples=["Regidoria de Salut"])


class TaskView(View):
    """One thing asked of one person in one process."""

    reference: str = Field(examples=["7K2M-9QXD"])
    process: str = Field(description="The reference of its process.", examples=["collection/VLC/2026-Q4"])
    process_kind: ProcessKind
    kind: TaskKind
    unit: Named
    assignee: Named
    state: TaskState
    overdue: bool = Field(description="Whether it is open and its due day is over.")
    opens_on: date
    due_on: date
    closes_on: date
    snoozed_until: date | None
    asked_at: datetime | None
    answered_at: datetime | None
    escalated_at: datetime | None
    closed_at: datetime | None
    outcome_reason: str | None = Field(description="Why it was waived or cancelled.")
    asked: int = Field(description="How many items it asks for.")
    answered: int = Field(description="How many of them have an answer.")


class AnswerView(View):
    """The answer that stands: a value, nothing to report, or not available, with its reason."""

    kind: Literal["value", "nothing_to_report", "not_available"]
    number: Decimal | None
    yes: bool | None
    words: str | None
    reason: str | None


class ItemView(View):
    """One indicator or question of a task."""

    number: int = Field(description="Its place in the task, from 1.")
    code: str = Field(examples=["VLC-E4-OE1-A1-I1"])
    name: str
    unit: ItemUnit
    required: bool
    answer: AnswerView | None = Field(description="Null: missing.")
    returned_note: str | None = Field(description="Why its answer was sent back.")


class StepView(View):
    """One moment of a task: what happens or happened, and when. `level`: how far up an escalation goes."""

    kind: Literal["request", "reminder", "warning", "escalation", "expiry"]
    state: Literal["planned", "done", "merged", "cancelled", "failed"]
    on: date
    at: datetime
    level: int
    done_at: datetime | None


class TaskDetail(TaskView):
    """One task with what it asks for, what happened, and what comes next."""

    items: list[ItemView]
    steps: list[StepView]
    seen: int = Field(description="Send it along when you act: if somebody did something meanwhile, nothing is done.")
    page: str = Field(description="Where people see it.")


class Act(Order):
    """What is done to a task."""

    seen: int | None = Field(
        default=None,
        ge=0,
        le=2**63 - 1,
        description="`seen` of the task as you read it. If somebody did something since, the answer is 409.",
    )


class Remind(Act):
    """Remind the person in the next working hour."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class Extend(Act):
    """Give more time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"until": "2027-02-01", "reason": "The audit is late."}]})

    until: Day = Field(description="The new due day; one that is not worked rolls forward.")
    reason: Words = Field(description="The person reads it.", min_length=1)


class Waive(Act):
    """Ask for nothing any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The action was given up."}]})

    reason: Words = Field(description="The person reads it.", min_length=1)


class Escalate(Act):
    """Tell the next level in the next working hour."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The council meets on Friday."}]})

    reason: Words = Field(description="It stands in the record.", min_length=1)


class Reassign(Act):
    """Pass the task on to another person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"person": "neus.climent", "note": "Joan has left."}]})

    person: Line = Field(description="The code of the person who gets it.")
    note: Words = Field(default="", description="What that person should know.")


class StartedView(View):
    """The delegation there is now, and whether an earlier request with the same order had started it."""

    reference: str = Field(examples=["delegation/2027-0001"])
    joined: bool


class EntriesView(View):
    """Entries asked of everybody, by what came back; `value` leaves out the zeros."""

    asked: int
    value: int
    zero: int
    nothing_to_report: int
    not_available: int
    missing: int


class CollectionView(View):
    """One quarter of one plan, and how far it is."""

    reference: str = Field(examples=["collection/VLC/2026-Q4"])
    plan: str = Field(examples=["VLC"])
    period: str = Field(examples=["2026-Q4"])
    title: str = Field(description="The title of the plan.")
    state: Literal["open", "closed"]
    opened_at: datetime
    due_on: date
    closes_on: date
    closed_at: datetime | None
    entries: EntriesView
    tasks: int
    overdue: int
    escalated: int


class DeadlineView(View):
    """One deadline: an hour of the clock of a zone, on a day."""

    number: int
    day: date
    hour: str = Field(pattern=r"^\d\d:\d\d$", examples=["17:00"])
    zone: str = Field(examples=["Europe/Brussels"])


class CallView(View):
    """One European call of the register."""

    identifier: str = Field(examples=["CERV-2027-CITIZENS-TOWN-NT"])
    programme: str = Field(examples=["CERV"])
    kind: str
    title: str
    status: EffectiveStatus
    opens_on: date | None
    deadlines: list[DeadlineView]
    budget: Decimal | None
    largest_grant: Decimal | None
    decision: Literal["follow", "watch", "ignore"] | None
    decision_reason: str
    follow_up: str | None = Field(description="The reference of the follow-up under way.")
    review: str = Field(description="Why a person has to look at it; empty for no reason.")
    url: str
    changed_at: datetime


class CallDetail(CallView):
    """One call with its description."""

    description: str = Field(description="HTML, cleaned of everything but text, lists, tables and links.")


class NetworkView(View):
    """One city network of the register."""

    code: str = Field(examples=["NET-EUROCITIES"])
    name: str
    aliases: list[str]
    kind: str
    scope: str
    state: Literal["member", "leaving", "left", "candidate", "watched", "declined"]
    unit_code: str | None
    fee: Decimal | None = Field(description="Euros a year.")
    notice_months: int | None
    year_ends: str
    roles: str
    next_review_on: date | None
    exit_on: date | None


class ReviewView(View):
    """One year's review of a network."""

    reference: str = Field(examples=["review/eurocities/2026"])
    year: int
    state: Literal["open", "closed"]
    recommended: str | None
    decision: str | None
    decision_reason: str | None
    decided_at: datetime | None


class NetworkDetail(NetworkView):
    """One network with its reviews, the newest first."""

    reviews: list[ReviewView]


class PersonView(View):
    """Somebody who can be asked; their address is told to nobody."""

    code: str = Field(examples=["neus.climent"])
    name: str
    language: Language
    unit_code: str
    active: bool
    focal_point_of: list[str] = Field(description="The units for which they answer today.")


class EventView(View):
    """One event of the record: who did what to what, when, with what was before, after, and why."""

    id: int
    at: datetime
    actor: str = Field(description="A person's code, `focal`, `coordinator`, or `api:` and the name of a token.")
    action: str = Field(examples=["task.extended"])
    process: str | None
    task: str | None
    detail: dict[str, Any]
