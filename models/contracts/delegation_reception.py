"""A delegation as people write it down: the order that starts it, its agenda, and what is kept of it in the end.

What is not listed here is an error. There is no field for passports, diets or health: that is asked by telephone.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from models.contracts.mail import Language, VisitKind
from models.contracts.refusal import Refused
from models.policies.people_rows import read_address, trimmed, unprintable

LONGEST_LINE = 200
MOST = 30
"""Hosts, themes or people of one kind: more is a slip of the pen."""
MOST_SLOTS = 100
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"\d{1,2}:\d{2}")


def _line(text: str) -> str:
    text = trimmed(text)
    if not text:
        raise ValueError("must not be empty")
    if reason := unprintable(text):
        raise ValueError(reason)
    return text


def _written_day(value: object) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        raise ValueError("is not a day: write it as in 2027-03-09")
    return value.strip()


def _written_hour(value: object) -> str:
    if not isinstance(value, str) or not _HOUR.fullmatch(value.strip()):
        raise ValueError("is not an hour: write it as in 9:30")
    return value.strip().zfill(5)


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("is not a number")  # noqa: TRY004 - pydantic collects this one
    return value


Line = Annotated[str, AfterValidator(_line), Field(max_length=LONGEST_LINE)]
"""One line of text, fit to stand in a subject or a heading."""
Day = Annotated[date, BeforeValidator(_written_day)]
"""A local day."""
Hour = Annotated[time, BeforeValidator(_written_hour)]
"""A local hour and minute."""
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
    """The order that a mapping of YAML or JSON holds.

    Raises:
        Refused: every field that is missing, unknown or wrong, by its name.

    """
    try:
        return DelegationOrder.model_validate(content)
    except ValidationError as fault:
        raise Refused(*_problems(fault)) from fault


def read_agenda(content: Mapping[str, Any]) -> Agenda:
    """The agenda that a mapping of YAML or JSON holds.

    Raises:
        Refused: every field that is missing, unknown or wrong, by its name.

    """
    try:
        return Agenda.model_validate(content)
    except ValidationError as fault:
        raise Refused(*_problems(fault)) from fault


def form_problems(fault: ValidationError) -> list[str]:
    """What is wrong with a file's fields, each by its name."""
    errors = fault.errors(include_url=False)
    problems = []
    for error in errors:
        place = error["loc"]
        field = ".".join(str(part + 1) if isinstance(part, int) else part for part in place) or "the file"
        match error["type"]:
            case "extra_forbidden":
                problems.append(f"{field}: there is no such field.")
            case "missing":
                problems.append(f"{field}: is missing.")
            case "too_short":
                # A list whose parts are wrong counts as empty, too.
                if not any(other["loc"][: len(place)] == place for other in errors if other is not error):
                    problems.append(f"{field}: must not be empty.")
            case _:
                said = str(error.get("ctx", {}).get("error", error["msg"][:1].lower() + error["msg"][1:]))
                problems.append(f"{field}: {said.rstrip('.')}.")
    return problems


def _problems(fault: ValidationError) -> list[str]:
    problems = form_problems(fault)
    if any(error["type"] == "extra_forbidden" for error in fault.errors(include_url=False)):
        problems.append("Passports, diets and health are asked about by telephone and kept nowhere.")
    return problems
