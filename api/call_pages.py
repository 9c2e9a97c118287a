"""The office's page of one European call: what is known of it, how the city goes about it, and what can be done.

Every act is a form of its own on the page, posted to an address of its own; where something stands against it, the
page comes back with the form open and everything typed still in it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.acting import FRESH, Told, carry_out, chosen_in, hour_in, office_day, seen_in, stop_at, whole_in
from api.calls import row_of
from api.desk import Fault, Unfit, clock_of, day_in, go, language_of, page, words_in
from api.guard import Guarded, allowed, staff_of
from api.networks import sees
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.call_follow_up import CallAccount, Milestone
from models.contracts.mail import Language
from models.contracts.orders import Standing
from models.contracts.refusal import Refused
from models.policies.call_project import Period, periods_of
from models.policies.calls import WHY_IGNORED, matches, today_of
from models.policies.questions import months_of
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, Programme
from models.tables.process import Process
from models.tables.task import Task
from operations.call_account import account_of
from operations.call_changes import aim_at, ask_unit, drop, set_lead
from operations.call_feasibility import feasibility
from operations.call_follow_up import look
from operations.call_opening import MILESTONES, CallWish, start_call_follow_up
from operations.call_project import Amendment, amend
from operations.call_result import ask_result_now
from operations.calls import cancel_call, decide, locked_call, move_deadline, rename_call
from operations.seeing import check_seen, last_event
from settings import Settings
from store.call_follow_up import follow_up_of, interests_of
from store.call_pages import ListedCall, action_choices, plan_choices
from store.call_project import shown
from store.calls import find_call, history_of, known_call, live_themes, unit_names
from store.database import ReadSession, WriteSession
from store.networks import heads, latest_events
from store.office import person_names
from store.task import tasks_of

router = APIRouter(route_class=Guarded)
HEADING = re.compile(r"<(/?)h[1-6]>")
BEFORE_DECISION = frozenset({"interest"})
UNSENT = frozenset({"interest", "preparing"})
WAITING = frozenset({"submitted", "reserve"})
STEPS = (
    "interest",
    "decision",
    "alarm",
    "deadline",
    "sent or missed",
    "result",
    "agreement",
    "project end",
    "1 years",
    "3 years",
    "5 years",
    "everything settled",
)
"""The milestones of a follow-up, in their order."""
BEFORE_PROJECT, PROJECT = STEPS[:6], STEPS[6:11]
WITH_PROJECT = frozenset({"awarded", "ended"})


def course_of(pursuit: CallFollowUp) -> tuple[str, ...]:
    """The milestones that a follow-up has still to pass or has passed: those of a project only where there is one."""
    return (*BEFORE_PROJECT, *(PROJECT if pursuit.state in WITH_PROJECT else ()), STEPS[-1])


async def found_call(session: ReadSession, identifier: str) -> Call:
    """The call of an address; whatever is none is not found."""
    try:
        return await find_call(session, identifier)
    except Refused:
        raise HTTPException(404) from None


@dataclass(frozen=True, slots=True)
class Span:
    """A step to a proposal as a bar, from its latest start to its due day; places in percent of the drawing."""

    milestone: Milestone
    x: float
    width: float


def spans_of(milestones: Sequence[Milestone], today: date) -> tuple[tuple[Span, ...], float]:
    """The bars of all steps, and the place of today."""
    if not milestones:
        return (), 0
    first = min(today, *(each.latest_start for each in milestones))
    days = max((max(each.due_on for each in milestones) - first).days, 1)

    def place(day: date) -> float:
        return round(100 * (day - first).days / days, 2)

    spans = (
        Span(each, place(each.latest_start), max(place(each.due_on) - place(each.latest_start), 1))
        for each in milestones
    )
    return tuple(spans), place(today)


@dataclass(frozen=True, slots=True)
class Pursued:
    """How the city goes about a call, for the page: all of it by names and numbers that are known now."""

    process: Process
    pursuit: CallFollowUp
    standing: Standing
    interests: list[CallInterest]
    milestones: tuple[Milestone, ...]
    tasks: list[Task]
    account: CallAccount
    periods: tuple[Period, ...]

    @property
    def may(self) -> frozenset[str]:
        """The acts that have a sense now; whether they can be done is the operations' to say."""
        if self.process.state != "open" or self.standing.ended:
            return frozenset()
        state, acts = self.pursuit.state, {"drop"}
        if state in BEFORE_DECISION and self.pursuit.go is None:
            acts.add("ask-unit")
        if state in UNSENT:
            acts |= {"lead", "aim"}
        if state in WAITING:
            acts.add("ask-result")
        if state == "awarded":
            acts = {"amend"} if self.pursuit.ends_on else set()
        return frozenset() if state == "ended" else frozenset(acts)


async def _pursued(session: ReadSession, process: Process, pursuit: CallFollowUp, now: datetime) -> Pursued:
    periods: tuple[Period, ...] = ()
    if pursuit.starts_on and pursuit.ends_on:
        periods = tuple(periods_of(pursuit.starts_on, pursuit.ends_on, pursuit.periods))
    return Pursued(
        process=process,
        pursuit=pursuit,
        standing=await look(session, process.id, now=now),
        interests=await interests_of(session, process.id),
        milestones=await feasibility(session, process.id, now),
        tasks=await tasks_of(session, process.id),
        account=await account_of(session, process.id),
        periods=periods,
    )


@router.api_route("/calls/{identifier}", methods=READ)
@allowed("coordinator", "manager")
async def show_call(request: Request, identifier: str) -> Response:
    """One call."""
    return await _call_page(request, identifier, FRESH)


async def _call_page(
    request: Request,
    identifier: str,
    told: Told,
    *,
    act: str = "",
    template: str = "office_call.html",
    **more: Any,
) -> Response:
    """The page of a call, or of a form about it; `act`: whose form it is that has something to tell."""
    now, staff = datetime.now(UTC), staff_of(request)
    async with site_of(request).database.reading() as session:
        call = await found_call(session, identifier)
        known = await known_call(session, call)
        programme = await session.get_one(Programme, call.programme_code)
        units = await unit_names(session)
        themes = await live_themes(session)
        found = await follow_up_of(session, call.id)
        pursued = await _pursued(session, *found, now) if found else None
        seen = await last_event(session, about=("call_id", str(call.id)))
        if pursued is not None:
            of = {row.unit_code for row in pursued.interests}
            if sees(staff, pursued.pursuit.office_unit, pursued.pursuit.lead_unit, *of):
                seen = max(seen, await last_event(session, process_id=pursued.process.id))
            else:
                pursued = None
        history = list(reversed(await history_of(session, call.id)))
        events = await latest_events(session, pursued.process.id) if pursued else []
        codes = {event.actor for event in [*history, *events]} | {call.decided_by or "", call.entered_by or ""}
        if pursued is not None:
            codes |= {task.assignee_code for task in pursued.tasks} | {pursued.pursuit.decided_by or ""}
        names = await person_names(session, codes)
        calendar = pursued.process.calendar_code if pursued else None
        clock = await clock_of(request, session, [calendar])
        deciders = [(person.code, person.name) for person in await heads(session)]
    concerns = await run_in_threadpool(matches, themes, known.read)
    return await page(
        request,
        template,
        status=told.status,
        told=told,
        act=act,
        call=call,
        row=row_of(ListedCall(call, programme, known.deadlines), now),
        programme=programme,
        deadlines=[(each.number, shown(each), each.source == "entered") for each in known.deadlines],
        description=HEADING.sub(r"<\1h3>", call.description),
        concerns=concerns,
        matched=list(dict.fromkeys(code for match in concerns for code in match.units)),
        pursued=pursued,
        followed_before=found is not None,
        course=course_of(pursued.pursuit) if pursued else (),
        history=history,
        events=events,
        names=names,
        units=units,
        unit_choices=sorted(units.items(), key=lambda unit: unit[1].casefold()),
        deciders=deciders,
        milestones=MILESTONES,
        spans=spans_of(pursued.milestones if pursued else (), office_day(request, now)),
        why=list(WHY_IGNORED),
        seen=seen,
        now=now,
        today=today_of(now),
        clock=clock,
        calendar=calendar,
        **more,
    )


@dataclass(frozen=True, slots=True)
class Order:
    """One thing that is to be done about a call, in its transaction; `process_id`: of its follow-up, open or not."""

    session: WriteSession
    settings: Settings
    call: Call
    process_id: UUID | None
    fields: Mapping[str, str]
    language: Language
    today: date
    by: str
    now: datetime

    @property
    def followed(self) -> UUID:
        """The process of its follow-up."""
        if self.process_id is None:
            raise HTTPException(404)
        return self.process_id

    def words(self, name: str) -> str:
        """A reason, which has to be given."""
        faults: list[Fault] = []
        words = words_in(self.fields, name, faults=faults, missing="reason_missing")
        stop_at(faults)
        return words

    def unit(self, name: str) -> str:
        """A unit, which has to be chosen."""
        if not self.fields.get(name):
            raise Unfit(Fault(name, "choice_missing"))
        return self.fields[name]


async def _watch(order: Order) -> None:
    await decide(order.session, order.call.identifier, "watch", by=order.by, now=order.now)


async def _ignore(order: Order) -> None:
    because = order.fields.get("because", "")
    if because not in WHY_IGNORED:
        raise Unfit(Fault("because", "why_missing"))
    await decide(order.session, order.call.identifier, "ignore", because=because, by=order.by, now=order.now)


async def _move(order: Order) -> None:
    faults: list[Fault] = []
    day = day_in(order.fields, "move_day", today=order.today, faults=faults)
    hour = hour_in(order.fields, "move_hour", faults)
    number = whole_in(order.fields, "move_number", order.language, faults)
    reason = words_in(order.fields, "move_reason", faults=faults, missing="reason_missing")
    if faults or day is None:
        raise Unfit(*faults)
    told: dict[str, Any] = {"hour": hour, "number": number, "reason": reason, "by": order.by, "now": order.now}
    await move_deadline(order.session, order.call.identifier, day, **told)


async def _cancel(order: Order) -> None:
    reason = order.words("cancel_reason")
    await cancel_call(order.session, order.settings, order.call.identifier, reason, by=order.by, now=order.now)


async def _rename(order: Order) -> None:
    faults: list[Fault] = []
    new = words_in(order.fields, "rename_to", faults=faults, limit=80, missing="name_missing")
    stop_at(faults)
    await rename_call(order.session, order.call.identifier, new, by=order.by, now=order.now)


async def _drop(order: Order) -> None:
    reason = order.words("drop_reason")
    await drop(order.session, order.settings, order.followed, reason=reason, by=order.by, now=order.now)


async def _lead(order: Order) -> None:
    await set_lead(order.session, order.followed, order.unit("lead_unit"), by=order.by, now=order.now)


async def _aim(order: Order) -> None:
    faults: list[Fault] = []
    number = whole_in(order.fields, "aim_number", order.language, faults)
    reason = words_in(order.fields, "aim_reason", faults=faults, missing="reason_missing")
    if faults or number is None:
        raise Unfit(*(faults or [Fault("aim_number", "choice_missing")]))
    await aim_at(order.session, order.followed, number, reason=reason, by=order.by, now=order.now)


async def _ask_unit(order: Order) -> None:
    await ask_unit(order.session, order.followed, order.unit("ask_unit"), by=order.by, now=order.now)


async def _ask_result(order: Order) -> None:
    await ask_result_now(order.session, order.call.identifier, by=order.by, now=order.now)


async def _amend(order: Order) -> None:
    faults: list[Fault] = []
    ends = day_in(order.fields, "amend_ends", today=order.today, faults=faults)
    written = order.fields.get("amend_periods", "").strip()
    periods = months_of(written) if written else None
    if periods == ():
        faults.append(Fault("amend_periods", "months_unread"))
    reason = words_in(order.fields, "amend_reason", faults=faults, missing="reason_missing")
    if faults or ends is None:
        raise Unfit(*faults)
    wish = Amendment(ends, periods, reason)
    await amend(order.session, order.settings, order.call.identifier, wish, by=order.by, now=order.now)


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done about a call: how, the field that a refusal leads to, and what is said afterwards."""

    do: Callable[[Order], Awaitable[None]]
    field: str
    done: str


ACTS: Mapping[str, Act] = {
    "watch": Act(_watch, "watch", "call_watched"),
    "ignore": Act(_ignore, "because", "call_ignored"),
    "move": Act(_move, "move_day", "call_moved"),
    "cancel": Act(_cancel, "cancel_reason", "call_cancelled"),
    "rename": Act(_rename, "rename_to", "call_renamed"),
    "drop": Act(_drop, "drop_reason", "call_dropped"),
    "lead": Act(_lead, "lead_unit", "lead_set"),
    "aim": Act(_aim, "aim_number", "call_aimed"),
    "ask-unit": Act(_ask_unit, "ask_unit", "unit_asked"),
    "ask-result": Act(_ask_result, "ask_result", "result_asked"),
    "amend": Act(_amend, "amend_ends", "call_amended"),
}
"""By the last part of their addresses."""


@router.api_route("/calls/{identifier}/follow", methods=READ)
@allowed("coordinator", city=True)
async def show_follow(request: Request, identifier: str) -> Response:
    """The form that begins to follow a call: who is asked, who decides."""
    return await _follow_page(request, identifier, FRESH)


async def _follow_page(request: Request, identifier: str, told: Told) -> Response:
    async with site_of(request).database.reading() as session:
        plans, actions = await plan_choices(session), await action_choices(session)
    return await _call_page(request, identifier, told, template="office_call_follow.html", plans=plans, actions=actions)


@router.post("/calls/{identifier}/follow")
@allowed("coordinator", city=True)
async def follow(request: Request, identifier: str) -> Response:
    """Begin to follow a call."""
    fields = await read_fields(request)
    chosen = await chosen_in(request, "units")
    by, now = staff_of(request).code, datetime.now(UTC)

    async def act(session: WriteSession) -> None:
        call = (await locked_call(session, (await found_call(session, identifier)).identifier)).row
        await check_seen(session, seen_in(fields), by=by, about=("call_id", str(call.id)))
        if not chosen:
            raise Unfit(Fault("units", "unit_missing"))
        owners = {key: unit for key in MILESTONES if (unit := fields.get(f"owner-{key}"))}
        office, decider, action = (fields.get(name, "").strip() or None for name in ("office", "decider", "action"))
        wish = CallWish(chosen, office, decider, action, owners, fields.get("plan", "").strip() or None)
        await start_call_follow_up(session, call.identifier, wish, by=by, now=now)

    told = await carry_out(request, fields, act, at="units", chosen={"units": chosen})
    return await _follow_page(request, identifier, told) if told else go(f"/calls/{identifier}", "call_followed")


@router.post("/calls/{identifier}/{name}")
@allowed("coordinator", city=True)
async def change(request: Request, identifier: str, name: str) -> Response:
    """Do one of the acts about a call."""
    act = ACTS.get(name)
    if act is None:
        raise HTTPException(404)
    fields = await read_fields(request)
    site, staff, now = site_of(request), staff_of(request), datetime.now(UTC)
    called: list[str] = []

    async def carry(session: WriteSession) -> None:
        call = (await locked_call(session, (await found_call(session, identifier)).identifier)).row
        await check_seen(session, seen_in(fields), by=staff.code, about=("call_id", str(call.id)))
        found = await follow_up_of(session, call.id)
        if found is not None:
            await check_seen(session, seen_in(fields), by=staff.code, process_id=found[0].id)
        order = Order(
            session=session,
            settings=site.settings,
            call=call,
            process_id=found[0].id if found else None,
            fields=fields,
            language=language_of(request),
            today=office_day(request, now),
            by=staff.code,
            now=now,
        )
        await act.do(order)
        called.append(call.identifier)

    told = await carry_out(request, fields, carry, at=act.field)
    return await _call_page(request, identifier, told, act=name) if told else go(f"/calls/{called[0]}", act.done)
