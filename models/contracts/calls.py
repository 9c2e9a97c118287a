"""What passes between the portal, the register of calls and people."""

from datetime import date, time
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

CallKind = Literal["topic", "external", "cascade", "entered"]
PortalStatus = Literal["forthcoming", "open", "closed"]
DeadlineModel = Literal["single_stage", "two_stage", "cut_offs"]
EffectiveStatus = Literal["forthcoming", "open", "closing", "closed", "gone", "cancelled", "unclear"]
"""`closing`: open, with two weeks or less to the next deadline. `unclear`: its days cannot be trusted."""
ChangeOf = Literal[
    "deadline", "deadline_added", "deadline_removed", "status", "title", "text", "budget", "gone", "back"
]


class Shape(BaseModel):
    """Crosses a boundary; never changed on the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DeadlineRead(Shape):
    """One deadline: `hour` of the clock of `zone` on `day`; `entered`: by a person, and not by the programme's rule."""

    day: date
    hour: time
    zone: str
    entered: bool = False


class ReadCall(Shape):
    """One call as it was read, from the portal or from a person, checked and sanitised.

    `deadlines`: in the order of their days, without those that cannot be trusted; then `review` says why a person has
    to look. Money in euros, None where it is not stated.
    """

    identifier: str
    kind: CallKind
    programme: str
    portal_id: str | None = None
    title: str
    call_title: str = ""
    action_type: str = ""
    portal_status: PortalStatus | None = None
    opens_on: date | None = None
    deadline_model: DeadlineModel = "single_stage"
    raw_days: tuple[str, ...] = ()
    deadlines: tuple[DeadlineRead, ...] = ()
    budget: Decimal | None = None
    largest_grant: Decimal | None = None
    grants: int | None = None
    keywords: tuple[str, ...] = ()
    description: str = ""
    url: str = ""
    review: str = ""


class CallChange(Shape):
    """What the last change of a call was. Days where a deadline moved, came or went; `reason` of who entered it."""

    what: tuple[ChangeOf, ...]
    old_day: date | None = None
    new_day: date | None = None
    reason: str = ""
    by: str = "portal"


class CrawlResult(Shape):
    """What became of one crawl: `outcome` as in the table, counts of calls, the rows that were refused with reasons."""

    programme: str
    outcome: Literal["taken", "refused", "failed"]
    reason: str = ""
    total: int = 0
    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    problems: tuple[tuple[str, str], ...] = ()


class ThemeMatch(Shape):
    """Why a call may concern somebody: the theme, its units, and the keywords that were found in it."""

    theme: str
    action_code: str | None
    units: tuple[str, ...]
    found: tuple[str, ...]
    points: int
