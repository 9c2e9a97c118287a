"""What changes about a call that the city follows: its deadline, who leads, who is asked, whether it goes on at all.

Each change is one transaction: the rows, the tasks that it ends, and the mails to everybody it concerns, once, with the
reason. What has to be planned anew is the story's part, which is poked.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from models.contracts.calls import DeadlineRead
from models.contracts.refusal import IsoDay, Refused, said
from models.policies.asking import decider
from models.policies.call_follow_up import CALLED_OFF, WITHOUT_GRANT
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, CallDeadline
from operations.audit import record
from operations.call_follow_up import end_open
from operations.call_letters import CallDesk
from operations.tasks import words
from settings import Settings
from store.call_follow_up import CallCase, aimed_at, deadline_at, leading_persons, take_case
from store.calls import open_pursuit
from store.database import WriteSession
from store.task import poke_if_needed

OVER = CALLED_OFF | WITHOUT_GRANT | {"ended"}


def _is_funded(pursuit: CallFollowUp) -> bool:
    """Whether there is a project, also where nothing has followed yet from the answer that says so."""
    return pursuit.state == "awarded" or pursuit.result == "awarded"


async def take_open(session: WriteSession, process_id: UUID, now: datetime) -> CallCase:
    """Take a follow-up that is under way.

    Raises:
        Refused: it is over, and how it ended.

    """
    case = await take_case(session, process_id, now)
    if case is None or case.pursuit.state in OVER:
        raise Refused(said("The follow-up of this call is over: nothing was changed. See `focal calls status`."))
    return case


def _check_unsent(case: CallCase) -> None:
    if case.pursuit.state not in {"interest", "preparing"} or case.pursuit.submitted_at is not None:
        raise Refused(
            said("The proposal to %(call)s was sent: this cannot be changed any more.", call=case.call.identifier)
        )


async def drop(
    session: WriteSession, settings: Settings, process_id: UUID, *, reason: str, by: str, now: datetime
) -> None:
    """Give a call up, also when its proposal was sent: nothing is asked any more, and everybody concerned hears of it.

    Raises:
        Refused: it is over, or was given up before, or is funded; no reason.

    """
    reason = words(said("a reason (--reason)"), reason)
    case = await take_open(session, process_id, now)
    if _is_funded(case.pursuit):
        raise Refused(
            said(
                "The proposal to %(call)s is funded: its project cannot be dropped with the call.",
                call=case.call.identifier,
            )
        )
    await _end(CallDesk(session, settings, case), "dropped", reason, by)


async def call_cancelled(
    session: WriteSession, settings: Settings, call: Call, reason: str, *, by: str, now: datetime
) -> None:
    """End the follow-up of a call that its programme has cancelled, also when its proposal was sent: no result comes.

    One that is over stays as it is, and so does a project that is funded.
    """
    found = await open_pursuit(session, call.id)
    case = await take_case(session, found[0].id, now) if found else None
    if case is not None and case.pursuit.state not in OVER and not _is_funded(case.pursuit):
        await _end(CallDesk(session, settings, case), "cancelled", reason, by)


async def _end(desk: CallDesk, state: Literal["dropped", "cancelled"], reason: str, by: str) -> None:
    case, session = desk.case, desk.session
    before, case.pursuit.state, case.pursuit.reason = case.pursuit.state, state, reason
    now, process_id = case.now, case.process.id
    record(session, f"call.{state}", by=by, now=now, process_id=process_id, before=before, reason=reason)
    person = case.people.persons.get(by)
    by_name = person.name if person else desk.settings.coordinator_name
    await end_open(desk, state, reason=reason, by_name=by_name)
    await desk.office(state, by_name=by_name, note=reason, command="")
    await session.flush()


async def deadline_changed(
    session: WriteSession,
    call: Call,
    old: DeadlineRead | None,
    new: DeadlineRead | None,
    reason: str,
    *,
    by: str,
    now: datetime,
) -> None:
    """Keep why the deadline that is aimed at was moved, or is gone; its follow-up plans anew by itself when poked."""
    found = await open_pursuit(session, call.id)
    case = await take_case(session, found[0].id, now) if found else None
    if case is None or case.pursuit.state not in {"interest", "preparing"} or case.pursuit.submitted_at is not None:
        return
    aimed = aimed_at(case.pursuit, case.deadlines)
    if aimed is None or _is_at(aimed, new):
        case.pursuit.reason = reason
        record(
            session,
            "call.deadline_moved",
            by=by,
            now=now,
            process_id=case.process.id,
            reason=reason,
            before=_written(old),
            after=_written(new),
        )
        await session.flush()


def _is_at(row: CallDeadline, deadline: DeadlineRead | None) -> bool:
    return deadline is not None and (row.day, row.hour, row.zone) == (deadline.day, deadline.hour, deadline.zone)


def _written(deadline: DeadlineRead | None) -> str:
    return "" if deadline is None else f"{deadline.day} {deadline.hour:%H:%M} {deadline.zone}"


async def set_lead(session: WriteSession, process_id: UUID, unit_code: str, *, by: str, now: datetime) -> None:
    """Have another unit prepare the proposal; what is open of it goes to that unit. None of its people may decide.

    Raises:
        Refused: it is over, or the proposal was sent; the unit is unknown, has nobody to ask, or leads already; nobody
            else could decide.

    """
    case = await take_open(session, process_id, now)
    _check_unsent(case)
    _check_unit(case, unit_code)
    if case.pursuit.lead_unit == unit_code:
        raise Refused(said("%(unit)s leads %(process)s already.", unit=unit_code, process=case.process.reference))
    before, case.pursuit.lead_unit = case.lead, unit_code
    record(session, "call.lead_set", by=by, now=now, process_id=process_id, before=before, after=unit_code)
    await session.flush()
    if case.pursuit.go is None:
        leading = await leading_persons(session, process_id)
        if decider(case.people, case.pursuit.office_unit, case.pursuit.decider_code, leading) is None:
            raise Refused(
                said(
                    "If %(unit)s leads %(process)s, nobody is left who may decide about it.",
                    unit=unit_code,
                    process=case.process.reference,
                )
            )
    await poke_if_needed(session, case.task_set, now)


async def aim_at(
    session: WriteSession, process_id: UUID, number: int, *, reason: str, by: str, now: datetime
) -> datetime:
    """Aim at another cut-off of a call; gives its deadline, by the local clock.

    Raises:
        Refused: it is over, or the proposal was sent; the call has no cut-offs to choose from, or not this one, it is
            aimed at already, or over; no reason.

    """
    reason = words(said("a reason (--reason)"), reason)
    case = await take_open(session, process_id, now)
    _check_unsent(case)
    call, pursuit = case.call, case.pursuit
    if call.deadline_model != "cut_offs":
        raise Refused(said("%(call)s has no cut-offs to choose from.", call=call.identifier))
    if pursuit.deadline_number == number:
        raise Refused(
            said("%(process)s aims at cut-off %(number)s already.", process=case.process.reference, number=number)
        )
    deadline = deadline_at(next((row for row in case.deadlines if row.number == number), None), case.calendar)
    if deadline is None:
        raise Refused(
            said(
                "%(call)s has no cut-off %(number)s: there are %(count)s.",
                call=call.identifier,
                number=number,
                count=len(case.deadlines),
            )
        )
    if deadline <= now:
        raise Refused(
            said(
                "Cut-off %(number)s of %(call)s was on %(day)s.",
                number=number,
                call=call.identifier,
                day=IsoDay(case.calendar.day(deadline)),
            )
        )
    before, pursuit.deadline_number, pursuit.reason = pursuit.deadline_number, number, reason
    record(session, "call.aimed", by=by, now=now, process_id=process_id, before=before, after=number, reason=reason)
    await session.flush()
    await poke_if_needed(session, case.task_set, now)
    return case.calendar.local(deadline)


async def ask_unit(session: WriteSession, process_id: UUID, unit_code: str, *, by: str, now: datetime) -> None:
    """Ask one more unit whether it is interested; the others are left alone.

    Raises:
        Refused: it is over, or decided already; the unit is unknown, was asked, or has nobody who could answer.

    """
    case = await take_open(session, process_id, now)
    if case.pursuit.state != "interest" or case.pursuit.go is not None:
        raise Refused(
            said("It is decided already about %(process)s: nobody is asked any more.", process=case.process.reference)
        )
    _check_unit(case, unit_code)
    if any(row.unit_code == unit_code for row in case.interests):
        raise Refused(
            said("%(unit)s was asked about %(process)s already.", unit=unit_code, process=case.process.reference)
        )
    position = max((row.position for row in case.interests), default=-1) + 1
    session.add(CallInterest(process_id=process_id, unit_code=unit_code, position=position))
    record(session, "call.unit_added", by=by, now=now, process_id=process_id, unit=unit_code)
    await session.flush()
    await poke_if_needed(session, case.task_set, now)


def _check_unit(case: CallCase, unit_code: str) -> None:
    unit = case.people.units.get(unit_code)
    if unit is None:
        raise Refused(said("There is no unit “%(unit)s”.", unit=unit_code))
    if case.who(unit_code) is None:
        raise Refused(
            said(
                "%(unit)s (%(unit_code)s) has neither focal point nor head: import one first.",
                unit=unit.name,
                unit_code=unit_code,
            )
        )
