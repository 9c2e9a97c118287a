"""A delegation as people write it down: the order that starts it, its agenda, and what is kept of it in the end.

What is not listed here is an error. There is no field for passports, diets or health: that is asked by telephone.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from models.contracts.forms import Day, Hour, Line, read_form
from models.contracts.mail import Language, VisitKind
from models.contracts.refusal import said
from models.policies.people_rows import read_address

BY_TELEPHONE = said("Passports, diets and health are asked about by telephone and kept nowhere.")
MOST = 30
"""Hosts, themes or people of one kind: more is a slip of the pen."""
MOST_SLOTS = 100


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(said("is not a number"))  # noqa: TRY004 - pydantic collects this one
    return value


Address = Annotated[str, AfterValidator(read_address)]
Count = Annotated[int, BeforeValidator(_no_bool), Field(ge=0, le=999)]


class Paper(BaseModel):
    """What somebody wrote: no field more, none with another meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(Paper):
    """How many people come."""

    women: Count = 0
    men: Count = 0
    others: Count = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.women + self.men + self.others


class Contact(Paper):
    """Who is written to about the visit, outside the city."""

    name: Line
    address: Address


class DelegationOrder(Paper):
    """What a coordinator knows when a delegation announces itself. `language`: the one its contact is written to in.

    `hosts`: codes of the units that are asked to receive it. `office`: the unit that prepares the visit and whose head
    approves its agenda. `calendar`: instead of the plan's own.
    """

    organisation: Line
    city: Line
    country: Line
    kind: VisitKind
    head: Line
    people: Party
    language: Language
    contact: Contact
    themes: tuple[Line, ...] = Field(min_length=1, max_length=MOST)
    first_day: Day
    last_day: Day
    hosts: tuple[Line, ...] = Field(min_length=1, max_length=MOST)
    office: Line
    plan: Line
    calendar: Line | None = None


class AgendaLine(Paper):
    """One hour of an agenda, by the clock of the city. `host`: the code of a unit."""

    day: Day
    start: Hour
    end: Hour
    place: Line
    host: Line
    theme: Line


class Agenda(Paper):
    """The agenda of a visit as somebody composed it."""

    slots: tuple[AgendaLine, ...] = Field(min_length=1, max_length=MOST_SLOTS)


class HostRecord(Paper):
    """What one unit brought back from a visit; None where it said nothing."""

    unit_code: str
    unit_name: str
    state: Literal["accepts", "declines", "other_days", "silent", "asked", "removed"]
    contacts: str | None = None
    documents: str | None = None


class SlotRecord(Paper):
    """One hour that was agreed on, with its zone."""

    starts_at: datetime
    ends_at: datetime
    theme: str
    place: str
    unit_code: str


class CommitmentRecord(Paper):
    """What was promised, and the state of the task that follows it. `unit_code`: whose task that is."""

    what: str
    who: str
    due_on: date
    unit_code: str
    task_reference: str
    state: str


class FeedbackRecord(Paper):
    """What the contact thought of the visit: 1 (poor) to 5 (excellent), and words."""

    rating: int
    words: str


class ClosingRecord(Paper):
    """A visit as the resource bank keeps it."""

    reference: str
    organisation: str
    city: str
    country: str
    kind: VisitKind
    head: str
    people: Party
    first_day: date
    last_day: date
    themes: tuple[str, ...]
    hosts: tuple[HostRecord, ...]
    agenda: tuple[SlotRecord, ...]
    commitments: tuple[CommitmentRecord, ...]
    feedback: FeedbackRecord | None = None


def read_order(content: Mapping[str, Any]) -> DelegationOrder:
    """The order that a mapping of YAML or JSON holds; see `read_form`."""
    return read_form(DelegationOrder, content, unknown=BY_TELEPHONE)


def read_agenda(content: Mapping[str, Any]) -> Agenda:
    """The agenda that a mapping of YAML or JSON holds; see `read_form`."""
    return read_form(Agenda, content, unknown=BY_TELEPHONE)
