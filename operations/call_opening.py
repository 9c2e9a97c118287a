"""Beginning to follow a call: who is asked, who decides, whose the office is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from uuid import uuid4

from models.contracts.orders import ProcessOrder
from models.contracts.refusal import IsoDay, Refused, said, word_said
from models.policies.asking import answers_for
from models.policies.call_follow_up import WHOLE
from models.policies.calls import for_newcomers, instant, matches, name_was, next_deadline
from models.policies.delegation_reception import twice
from models.policies.people import reporting_line
from models.policies.people_checks import People
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import CallTheme
from models.tables.catalogue import Plan
from models.tables.process import Process, TaskSet
from operations.calls import locked_call
from operations.processes import start_process
from store.calendars import load_calendar
from store.call_follow_up import follow_up_of, plan_of_action
from store.calls import KnownCall, former_names, live_themes
from store.database import ReadSession, WriteSession
from store.people import load_people

MILESTONES = tuple(step.key for step in WHOLE)


@dataclass(frozen=True, slots=True)
class CallWish:
    """What a coordinator chooses beside the call; left out: what the themes say that match it.

    `units`: who is asked, in the order of preference; `office`: whose head decides, its focal point is the fallback;
    `decider`: somebody else; `action`: of the plan, which the call serves; `owners`: unit by key of a milestone.
    """

    units: tuple[str, ...] = ()
    office: str | None = None
    decider: str | None = None
    action: str | None = None
    owners: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    plan: str | None = None
    calendar: str | None = None


async def start_call_follow_up(
    session: WriteSession, identifier: str, wish: CallWish, *, by: str, now: datetime
) -> ProcessOrder:
    """Begin to follow a call; everything that can be wrong is found here, before anything starts.

    Raises:
        Refused: unknown call, unit, person, action or milestone; a call that is followed or was; one that was cancelled
            or is gone, or whose last deadline is over; nobody to ask or to decide. Each problem is named.

    """
    known = await locked_call(session, identifier)
    call = known.row
    await _check_call(session, known, now)
    wish, plan = await _completed(session, known, wish)
    calendar_code = wish.calendar or plan.calendar
    calendar = await load_calendar(session, calendar_code)
    office, people = str(wish.office), await load_people(session)
    if problems := list(_problems(people, wish, office, calendar.day(now))):
        raise Refused(*problems)
    process = Process(
        id=uuid4(),
        reference=f"call/{call.identifier}",
        kind="call_follow_up",
        state="open",
        plan_code=plan.code,
        calendar_code=calendar_code,
        opened_by=by,
        opened_at=now,
    )
    session.add(process)
    await session.flush()
    session.add(
        CallFollowUp(
            process_id=process.id,
            call_id=call.id,
            action_code=wish.action,
            office_unit=office,
            decider_code=wish.decider,
            owners=dict(wish.owners),
            deadline_number=_next_number(known, now),
            periods=[],
        )
    )
    await session.flush()
    session.add_all(
        CallInterest(process_id=process.id, unit_code=unit, position=position)
        for position, unit in enumerate(wish.units)
    )
    # One set for all that is ever asked about the call: every change locks it.
    follow_up = f"{process.reference}/follow-up/1"
    session.add(TaskSet(id=uuid4(), process_id=process.id, number=1, workflow_id=follow_up))
    call.decision, call.decision_reason, call.decided_by, call.decided_at = "follow", "", by, now
    told = {"call": call.identifier, "call_id": str(call.id), "units": list(wish.units), "office": office}
    return await start_process(session, process, "CallFollowUp", "call.followed", by=by, now=now, **told)


async def _completed(session: ReadSession, known: KnownCall, wish: CallWish) -> tuple[CallWish, Plan]:
    """The wish with what the themes say that match the call, the surest first; and the plan whose duty it is."""
    found = matches(await live_themes(session), known.read)
    units = wish.units or tuple(dict.fromkeys(unit for match in found for unit in match.units))
    if not units:
        raise Refused(said("No theme matches %(call)s: say whom to ask with --unit.", call=known.row.identifier))
    office = wish.office or next((match.units[0] for match in found), None)
    if office is None:
        raise Refused(
            said("No theme matches %(call)s: say whose head decides with --office.", call=known.row.identifier)
        )
    action = wish.action or (found[0].action_code if found else None)
    plan = await plan_of_action(session, action) if action is not None else None
    if wish.action is not None and plan is None:
        raise Refused(said("There is no action “%(action)s”.", action=wish.action))
    if wish.plan is not None:
        plan = await session.get(Plan, wish.plan)
        if plan is None:
            raise Refused(said("There is no plan “%(plan)s”.", plan=wish.plan))
    if plan is None:
        theme = await session.get(CallTheme, found[0].theme) if found else None
        plan = await session.get(Plan, theme.plan_code) if theme is not None and theme.plan_code else None
    if plan is None:
        raise Refused(
            said("Say under which plan the call is followed with --plan, or which action it serves with --action.")
        )
    return replace(wish, units=units, action=action, office=office), plan


async def _check_call(session: ReadSession, known: KnownCall, now: datetime) -> None:
    call, deadlines = known.row, known.read.deadlines
    if now_called := (await former_names(session)).get(call.identifier.upper()):
        raise Refused(name_was(call.identifier, now_called))
    followed = await follow_up_of(session, call.id)
    if followed is not None:
        process, pursuit = followed
        if process.state == "open":
            raise Refused(said("%(process)s is under way: a call is followed once.", process=process.reference))
        raise Refused(
            said(
                "%(process)s ended as %(state)s: a call is followed once.",
                process=process.reference,
                state=word_said(pursuit.state),
            )
        )
    if call.cancelled_at is not None:
        raise Refused(said("%(call)s was cancelled: %(review)s", call=call.identifier, review=call.review))
    if call.gone_at is not None:
        raise Refused(
            said(
                "The portal does not list %(call)s any more, since %(day)s.",
                call=call.identifier,
                day=IsoDay(call.gone_at),
            )
        )
    if deadlines and not for_newcomers(known.read, now):
        raise Refused(
            said(
                "The first stage of %(call)s was on %(day)s: the second is by invitation.",
                call=call.identifier,
                day=IsoDay(deadlines[0].day),
            )
        )
    if deadlines and next_deadline(deadlines, now) is None:
        raise Refused(
            said(
                "The last deadline of %(call)s, %(day)s, is over.", call=call.identifier, day=IsoDay(deadlines[-1].day)
            )
        )


def _problems(people: People, wish: CallWish, office: str, day: date) -> Iterator[str]:
    """What stands against following a call: whom nobody knows, and where nobody is who could be asked or decide."""
    named = dict.fromkeys((*wish.units, office, *wish.owners.values()))
    unknown = [code for code in named if code not in people.units]
    yield from (said("There is no unit “%(unit)s”.", unit=code) for code in unknown)
    yield from (said("%(code)s is named twice.", code=code) for code in twice(wish.units))
    yield from (
        said("There is no milestone “%(key)s”: there are %(milestones)s.", key=key, milestones=", ".join(MILESTONES))
        for key in wish.owners.keys() - {*MILESTONES}
    )
    decides = people.persons.get(wish.decider or "")
    if wish.decider is not None and (decides is None or not decides.active):
        yield said("There is no person “%(person)s” who could decide.", person=wish.decider)
    if unknown:
        return
    if not any(answers_for(people, code, day) for code in wish.units):
        yield said("None of %(units)s has a focal point or a head: nobody can be asked.", units=", ".join(wish.units))
    if decides is None and not reporting_line(office, people.units):
        yield said("Nobody is in charge of %(office)s or above it: nobody could decide. Use --decider.", office=office)


def _next_number(known: KnownCall, now: datetime) -> int:
    """The number of the first deadline that is ahead."""
    ahead = [number for number, each in enumerate(known.read.deadlines, start=1) if instant(each) > now]
    return min(ahead, default=1)
