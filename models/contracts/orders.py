"""What travels through Temporal: ids, dates and counts. Never a name, an address or an answer.

Every field added later needs a default: runs that began before it are still to be read.
"""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Order(BaseModel):
    """One frozen value in, one out; unknown fields of newer code are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class FollowUpOrder(Order):
    """Which set of tasks to follow, and the id of the workflow that follows it."""

    set_id: UUID
    workflow_id: str


class FireOrder(Order):
    """Fire what is due in a set at an instant, which the workflow's clock gives."""

    set_id: UUID
    now: datetime


class Outcome(Order):
    """What became of the tasks of a set, or of a whole process."""

    answered: int = 0
    partly_answered: int = 0
    expired: int = 0
    waived: int = 0
    cancelled: int = 0


class Fired(Order):
    """How many tasks of the set are open, the next instant at which one of them wants something, and counts."""

    open: int
    next_at: datetime | None
    outcome: Outcome


class CollectionOrder(Order):
    """One collection, opened in the database and ready to run. Its reference is its workflow id."""

    process_id: UUID
    reference: str


class ProcessOrder(Order):
    """One process, opened in the database and ready to run. Its reference is its workflow id."""

    process_id: UUID
    reference: str


class ActOrder(Order):
    """Do the next thing for a process, at an instant which the workflow's clock gives."""

    process_id: UUID
    now: datetime


class Standing(Order):
    """How far a process is: the milestones it has `reached`, and when the clock brings the next one.

    `revision` changes with whatever makes the process go back: other days, other hosts, another agenda, new evidence.
    """

    revision: str
    ended: bool = False
    """It was called off."""
    reached: tuple[str, ...]
    next_at: datetime | None = None


class CollectionTasks(Order):
    """The sets that the roster was laid out in, and when the collection closes."""

    sets: tuple[FollowUpOrder, ...]
    closes_at: datetime


class CloseOrder(Order):
    """Close a collection at an instant; `by` is the code of who asked, or `focal` when its day came."""

    process_id: UUID
    now: datetime
    by: str


class CloseRequest(Order):
    """A coordinator's wish to close now."""

    by: str


class ReportOrder(Order):
    """Write the report of a closed collection."""

    process_id: UUID
    now: datetime


class OpenerOrder(Order):
    """What a schedule opens: the duties of one plan for the quarter that has just ended, or for the year."""

    plan_code: str


class OpenOrder(Order):
    """Open what a plan wants opened for the time `nominal` at which a schedule was meant to fire."""

    plan_code: str
    nominal: datetime
    now: datetime


class QuarterOrder(Order):
    """Open the collection of a plan for the quarter before the one in which `nominal` lies."""

    plan_code: str
    nominal: datetime
    now: datetime
