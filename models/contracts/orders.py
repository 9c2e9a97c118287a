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
    """What a schedule opens each quarter: the collection of one plan for the quarter that has just ended."""

    plan_code: str


class QuarterOrder(Order):
    """Open the collection of a plan for the quarter before the one in which `nominal` lies."""

    plan_code: str
    nominal: datetime
    now: datetime
