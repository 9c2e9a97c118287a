"""Queries for the figures that Focal knows itself: delegations, networks and their reviews, European calls."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from models.policies.known_figures import CountedCall, CountedCalls, CountedNetwork, ReceivedVisit
from models.tables.call_follow_up import CallFollowUp
from models.tables.delegation_reception import Visit
from models.tables.membership_review import Census, Network, Review
from models.tables.process import Process
from models.tables.task import Answer, Submission, Task
from store.database import ReadSession

CONFIRMED = and_(
    Visit.confirmed_version.is_not(None),
    Visit.confirmed_first_day == Visit.first_day,
    Visit.confirmed_last_day == Visit.last_day,
)
"""Whether an agenda for the days of a visit was sent out."""


async def visits_received(
    session: ReadSession, plan_code: str, first_day: date, last_day: date
) -> Sequence[ReceivedVisit]:
    """The delegations of a plan whose last day lies between two days, both over, and that were received.

    One that was confirmed for its days was received when they are over, also before that is written down: it is on the
    next working day, and by then the quarter may have been asked for.
    """
    rows = await session.execute(
        select(Process.reference, Visit.kind, Visit.women, Visit.men, Visit.others)
        .join(Process, Process.id == Visit.process_id)
        .where(
            Process.plan_code == plan_code,
            or_(Visit.state == "received", and_(Visit.state == "coming", CONFIRMED)),
            Visit.last_day.between(first_day, last_day),
        )
        .order_by(Process.reference)
    )
    return [ReceivedVisit(*row) for row in rows]


async def networks_joined(
    session: ReadSession, plan_code: str, first_day: date, last_day: date
) -> Sequence[CountedNetwork]:
    """The networks of a plan of which the city became a member between two days.

    The evidence is the review that decided it, else the round of questions that found it, else the network itself.
    """
    decided = (
        select(Process.reference)
        .join(Review, Review.process_id == Process.id)
        .where(Review.network_code == Network.code, Review.decision == "join")
        .order_by(Review.decided_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(Process.reference)
        .join(Task, Task.process_id == Process.id)
        .join(Submission, Submission.task_id == Task.id)
        .join(Answer, Answer.submission_id == Submission.id)
        .where(Answer.id == Network.found_by)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(func.coalesce(decided, found, Network.code), func.coalesce(Network.unit_code, Network.actor_code))
        .where(Network.plan_code == plan_code, Network.joined_on.between(first_day, last_day))
        .order_by(Network.code)
    )
    return [CountedNetwork(*row) for row in rows]


async def networks_reviewed(session: ReadSession, plan_code: str, until: datetime) -> Sequence[CountedNetwork]:
    """The networks of a plan of which a review was decided before an instant, each with the last one and its unit."""
    rows = await session.execute(
        select(Process.reference, Review.unit_code)
        .join(Review, Review.process_id == Process.id)
        .join(Network, Network.code == Review.network_code)
        .where(Process.plan_code == plan_code, Review.decided_at < until)
        .ext(distinct_on(Network.code))
        .order_by(Network.code, Review.decided_at.desc())
    )
    return [CountedNetwork(*row) for row in rows]


async def calls_counted(
    session: ReadSession, plan_code: str, days: tuple[date, date], hours: tuple[datetime, datetime]
) -> CountedCalls:
    """What was done about calls of a plan between two days, or the instants at which these begin and are over.

    A proposal counts once: where a call has two stages, when the first was sent.
    """
    sent_at = func.coalesce(CallFollowUp.first_submitted_at, CallFollowUp.submitted_at)
    begins, ends = hours

    async def those(condition: ColumnElement[bool]) -> Sequence[CountedCall]:
        rows = await session.execute(
            select(Process.reference, CallFollowUp.action_code, CallFollowUp.role)
            .join(CallFollowUp, CallFollowUp.process_id == Process.id)
            .where(Process.plan_code == plan_code, CallFollowUp.action_code.is_not(None), condition)
            .order_by(Process.reference)
        )
        return [CountedCall(reference, str(action_code), role) for reference, action_code, role in rows]

    return CountedCalls(
        sent=await those(and_(sent_at >= begins, sent_at < ends)),
        signed=await those(CallFollowUp.signed_on.between(*days)),
        assessed=await those(and_(CallFollowUp.decided_at >= begins, CallFollowUp.decided_at < ends)),
    )


async def carries_visits(session: ReadSession, plan_code: str, until: datetime) -> bool:
    """Whether a delegation of a plan was received, or is to be, in Focal before an instant."""
    return await _carries(session, plan_code, until, exists().where(Visit.process_id == Process.id))


async def carries_reviews(session: ReadSession, plan_code: str, until: datetime) -> bool:
    """Whether memberships of a plan were reviewed or asked for in Focal before an instant."""
    either = or_(
        exists().where(Review.process_id == Process.id),
        exists().where(Census.process_id == Process.id),
    )
    return await _carries(session, plan_code, until, either)


async def carries_calls(session: ReadSession, plan_code: str, until: datetime) -> bool:
    """Whether a call of a plan was followed in Focal before an instant."""
    return await _carries(session, plan_code, until, exists().where(CallFollowUp.process_id == Process.id))


async def _carries(session: ReadSession, plan_code: str, until: datetime, kind: ColumnElement[bool]) -> bool:
    of_plan = exists().where(Process.plan_code == plan_code, Process.opened_at < until, kind)
    return bool(await session.scalar(select(of_plan)))
