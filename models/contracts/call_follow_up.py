"""What passes between the follow-up of a call and those who start, steer or read it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

CallState = Literal[
    "interest",
    "preparing",
    "submitted",
    "reserve",
    "awarded",
    "ended",
    "rejected",
    "missed",
    "not_pursued",
    "dropped",
    "cancelled",
]
Interest = Literal["asked", "lead", "partner", "watch", "no", "silent"]


class Shape(BaseModel):
    """Crosses a boundary; never changed on the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Milestone(Shape):
    """One step to a proposal, counted backward from the deadline on the working calendar of the unit that has it.

    `needed`: working days it takes, `left`: from today to `due_on`, at least 0; `slack`: working days from today to
    `latest_start`, negative when it should have begun.
    """

    key: str
    unit_code: str
    latest_start: date
    due_on: date
    needed: int
    left: int
    slack: int

    @property
    def short(self) -> bool:
        """Whether less time is left than it needs."""
        return self.left < self.needed


class CallAccount(Shape):
    """The closing record: what was tried, with whom, with what result. Money in whole euros."""

    reference: str
    identifier: str
    title: str
    programme: str
    state: CallState
    deadline: date | None
    lead_unit: str | None
    partners: tuple[str, ...] = ()
    interests: tuple[tuple[str, Interest, str], ...] = ()
    """Unit, what it said, why not."""
    role: str | None = None
    proposal_number: str = ""
    submitted_at: datetime | None = None
    money_asked: Decimal | None = None
    result: str | None = None
    points: str = ""
    lessons: tuple[str, ...] = ()
    grant_number: str = ""
    money_won: Decimal | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    lasting: tuple[tuple[int, str], ...] = ()
    """Years after the end, and what was said: continues, in_part, over."""
    records_until: date | None = None
    reason: str = ""


class Pipeline(Shape):
    """The numbers of all calls of a plan (or of all): how many are in each state, money, and the share that won.

    `decided`: proposals with a result; `success_rate`: of these, in whole percent, None before the first.
    """

    states: tuple[tuple[CallState, int], ...]
    submitted: int
    decided: int
    won: int
    money_asked: Decimal
    money_won: Decimal
    success_rate: int | None
