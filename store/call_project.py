"""Queries on what follows a proposal: the clocks of its programme, and the calls of all plans with how they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from models.contracts.refusal import Refused, said
from models.policies.call_follow_up import Clock
from models.policies.call_project import PursuitFacts
from models.tables.call_follow_up import CallFollowUp
from models.tables.calls import Call, CallDeadline, Programme
from models.tables.people import Unit
from models.tables.process import Process
from store.calls import EVERYWHERE, clock_of
from store.database import ReadSession


@dataclass(frozen=True, slots=True)
class Rule:
    """How long an event of a programme takes, and what it is counted from (`ProgrammeClock.counted_from`)."""

    clock: Clock
    counted_from: str


async def find_rule(session: ReadSession, programme_code: str, event: str) -> Rule | None:
    """The rule of a programme for an event (`ProgrammeClock.event`), or else that of every programme; None: neither."""
    row = await clock_of(session, programme_code, event)
    if row is None:
        return None
    return Rule(Clock(row.amount, "months" if row.unit == "months" else "days", row.certain), row.counted_from)


async def rule_of(session: ReadSession, programme_code: str, event: str) -> Rule:
    """The rule of a programme for an event, or else that of every programme.

    Raises:
        Refused: there is neither.

    """
    rule = await find_rule(session, programme_code, event)
    if rule is None:
        raise Refused(
            said(
                "Neither %(programme)s nor %(everywhere)s has a clock for “%(event)s”: see `focal calls clocks`.",
                programme=programme_code,
                everywhere=EVERYWHERE,
                event=event,
            )
        )
    return rule


@dataclass(frozen=True, slots=True)
class PursuitRow:
    """One call that is followed, with its programme, the deadline aimed at, and the unit that prepares it."""

    process: Process
    pursuit: CallFollowUp
    call: Call
    programme: Programme
    deadline: CallDeadline | None
    lead: Unit | None

    @property
    def deadline_at(self) -> datetime | None:
        """The deadline on the clock of its zone; None where none can be trusted."""
        return None if self.deadline is None else shown(self.deadline)

    @property
    def facts(self) -> PursuitFacts:
        """What the numbers of all calls need of it."""
        pursuit = self.pursuit
        return PursuitFacts(
            state=pursuit.state,
            sent=(pursuit.submitted_at or pursuit.first_submitted_at) is not None,
            result=pursuit.result,
            money_asked=pursuit.money_asked,
            money_won=pursuit.money_won,
        )


def shown(deadline: CallDeadline) -> datetime:
    """A deadline on the clock of its zone."""
    return datetime.combine(deadline.day, deadline.hour, ZoneInfo(deadline.zone))


async def pursuits(session: ReadSession, plan_code: str | None = None) -> Sequence[PursuitRow]:
    """The calls that a plan (or any) follows or has followed, by deadline, the latest first."""
    aimed_at = and_(CallDeadline.call_id == Call.id, CallDeadline.number == CallFollowUp.deadline_number)
    query = (
        select(Process, CallFollowUp, Call, Programme, CallDeadline, Unit)
        .join(CallFollowUp, CallFollowUp.process_id == Process.id)
        .join(Call, Call.id == CallFollowUp.call_id)
        .join(Programme, Programme.code == Call.programme_code)
        .outerjoin(CallDeadline, aimed_at)
        .outerjoin(Unit, Unit.code == CallFollowUp.lead_unit)
        .order_by(CallDeadline.day.desc().nulls_first(), Call.identifier)
    )
    if plan_code is not None:
        query = query.where(Process.plan_code == plan_code)
    return [PursuitRow(*row) for row in await session.execute(query)]


async def watched(session: ReadSession) -> Sequence[tuple[Call, CallDeadline]]:
    """The calls that are watched, each with all of its deadlines, by day."""
    rows = await session.execute(
        select(Call, CallDeadline)
        .join(CallDeadline, CallDeadline.call_id == Call.id)
        .where(Call.decision == "watch", Call.cancelled_at.is_(None), Call.gone_at.is_(None))
        .order_by(CallDeadline.day, Call.identifier)
    )
    return [(call, deadline) for call, deadline in rows]
