"""Queries of the office's pages on calls: the register as a list, and which units take part in what is followed."""

from collections import defaultdict
from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import defer

from models.contracts.calls import ReadCall
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, CallDeadline, Programme
from models.tables.catalogue import Action, Plan
from store.calls import AS_READ, deadline_read, deadlines_of
from store.database import ReadSession


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call of the list, with its programme and deadlines. Its description is not loaded: it is long."""

    row: Call
    programme: Programme
    deadlines: tuple[CallDeadline, ...]

    @property
    def read(self) -> ReadCall:
        """The call as it would be read, without its description."""
        fields = {name: getattr(self.row, name) for name in AS_READ if name != "description"}
        deadlines = tuple(map(deadline_read, self.deadlines))
        return ReadCall.model_validate({**fields, "programme": self.row.programme_code, "deadlines": deadlines})


async def listed_calls(session: ReadSession, today: date, *, over: bool) -> list[ListedCall]:
    """The calls that may be ahead, or those that are over, by identifier; a day too many is left to the reader."""
    of_call = CallDeadline.call_id == Call.id
    ahead = and_(
        Call.gone_at.is_(None),
        Call.cancelled_at.is_(None),
        or_(exists().where(of_call, CallDeadline.day >= today - timedelta(days=1)), ~exists().where(of_call)),
    )
    query = select(Call, Programme).join(Programme, Programme.code == Call.programme_code)
    query = query.where(~ahead if over else ahead).order_by(Call.identifier)
    rows = list(await session.execute(query.options(defer(Call.description))))
    deadlines = await deadlines_of(session, [call.id for call, _ in rows])
    return [ListedCall(call, programme, deadlines[call.id]) for call, programme in rows]


async def descriptions(session: ReadSession, call_ids: Several[UUID]) -> dict[UUID, str]:
    """The descriptions of some calls."""
    rows = await session.execute(select(Call.id, Call.description).where(Call.id.in_(call_ids)))
    return {call_id: description for call_id, description in rows}


async def units_of_pursuits(session: ReadSession) -> dict[UUID, frozenset[str]]:
    """The codes of all units that have to do with each follow-up, by its process."""
    found: dict[UUID, set[str]] = defaultdict(set)
    own = await session.execute(select(CallFollowUp.process_id, CallFollowUp.office_unit, CallFollowUp.lead_unit))
    for process_id, office, lead in own:
        found[process_id] |= {office, lead} if lead else {office}
    for process_id, unit in await session.execute(select(CallInterest.process_id, CallInterest.unit_code)):
        found[process_id].add(unit)
    return {process_id: frozenset(units) for process_id, units in found.items()}


async def plan_choices(session: ReadSession) -> list[tuple[str, str]]:
    """Every plan: its code and title."""
    return [(code, title) for code, title in await session.execute(select(Plan.code, Plan.title).order_by(Plan.code))]


async def action_choices(session: ReadSession) -> list[tuple[str, str]]:
    """Every action of the plans: its code, and that with its title."""
    rows = await session.execute(select(Action.code, Action.title).order_by(Action.code))
    return [(code, f"{code} · {title}") for code, title in rows]
