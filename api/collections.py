"""The office's pages of collections: how each stands; one is opened after its rehearsal, paused, closed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.charts import answer_curve
from api.desk import Fault, clock_of, day_in, go, language_of, page, refusal_faults, words_in
from api.guard import Guarded, allowed, staff_of
from api.reports import speech_beside_charts
from api.site import READ, Site, site_of
from api.visits import read_fields
from mail.translation import quarter_name
from models.contracts.refusal import Refused
from models.policies.period import Quarter
from models.policies.rehearsal import RehearsedMail
from models.policies.rehearsal_answers import HABITS, Habit
from models.policies.report import response_rate
from models.tables.indicator_collection import Collection
from models.tables.process import Pause, Process
from operations.indicator_collection import close_by_hand, open_collection
from operations.pausing import pause, paused_sets, replan_set, resume
from operations.rehearsal import Rehearsing, rehearse_collection
from operations.report import read_report
from operations.report_story import short_date, weekday
from store import office
from store.calendars import load_calendar
from store.database import ReadSession
from store.indicator_collection import find_collection, plan_titles
from store.office import TaskFilter
from store.pauses import pauses_ahead

router = APIRouter(route_class=Guarded)
GAPS_SHOWN = 20
QUARTERS_BACK = 3
"""How many quarters before the present one can be chosen to be opened."""
ADDRESS = "/collections/{plan_code}/{period}"


@router.api_route("/collections", methods=READ)
@allowed("coordinator", "manager", city=True)
async def show_collections(request: Request) -> Response:
    """Every collection with its progress."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        rows = await office.collections(session, now)
    return await page(request, "office_collections.html", rows=rows, may_act=_may_act(request))


def _may_act(request: Request) -> bool:
    return staff_of(request).units("coordinator") is None


@dataclass(frozen=True, slots=True)
class MailDay:
    """The mails of a rehearsal that leave on one day; `counts` by the name of the mail."""

    day: date
    mails: tuple[RehearsedMail, ...]
    counts: Counter[str]


def mail_days(mails: Sequence[RehearsedMail]) -> tuple[MailDay, ...]:
    """The calendar of a rehearsal: the days on which any mail leaves."""
    days: dict[date, list[RehearsedMail]] = {}
    for mail in mails:
        days.setdefault(mail.local.date(), []).append(mail)
    return tuple(MailDay(day, tuple(of), Counter(mail.name for mail in of)) for day, of in sorted(days.items()))


@router.api_route("/collections/new", methods=READ)
@allowed("coordinator", city=True)
async def show_opening(request: Request) -> Response:
    """Choose a plan and a quarter, and see every mail that its collection would send before anything is sent."""
    asked = request.query_params
    if "plan" not in asked:
        return await _opening(request, {})
    typed = {name: asked.get(name, "") for name in ("plan", "period", "answers")}
    return await _opening(request, typed, rehearsed=True)


@router.post("/collections/new")
@allowed("coordinator", city=True)
async def open_quarter(request: Request) -> Response:
    """Open the collection that was rehearsed, or lead to the one that is open already."""
    fields, now = await read_fields(request), datetime.now(UTC)
    plan_code, period = fields.get("plan", ""), fields.get("period", "")
    try:
        async with site_of(request).database.transaction() as session:
            opened = await open_collection(session, plan_code, period, by=staff_of(request).code, now=now)
    except Refused as refusal:
        return await _opening(request, fields, faults=refusal_faults(refusal, "plan"), status=422)
    return go(f"/collections/{plan_code}/{period}", "collection_there" if opened.joined else "collection_opened")


async def _opening(
    request: Request,
    typed: dict[str, str],
    *,
    rehearsed: bool = False,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    site, now = site_of(request), datetime.now(UTC)
    rehearsing, there = None, False
    async with site.database.reading() as session:
        plans = await plan_titles(session)
        this = Quarter.of(now.date())
        if rehearsed:
            try:
                there = await _is_there(session, typed["plan"], typed["period"])
                rehearsing = await _rehearse(session, site, typed, now)
            except Refused as refusal:
                faults, status = refusal_faults(refusal, "plan"), 422
    quarters, language = [this.next(), this], language_of(request)
    while len(quarters) < QUARTERS_BACK + 2:
        quarters.append(quarters[-1].previous())
    return await page(
        request,
        "office_collection_new.html",
        status=status,
        faults=faults,
        plans=[(code, f"{code} · {title}") for code, title in plans],
        quarters=[(str(each), quarter_name(each.number, each.year, language)) for each in quarters],
        typed={"plan": "", "period": str(this.previous()), "answers": "never"} | typed,
        there=there,
        rehearsing=rehearsing,
        days=mail_days(rehearsing.rehearsal.mails) if rehearsing else (),
        nobody=_units_of_nobody(rehearsing) if rehearsing else (),
    )


async def _is_there(session: ReadSession, plan_code: str, period: str) -> bool:
    return await find_collection(session, plan_code, str(Quarter.parse(period))) is not None


async def _rehearse(session: ReadSession, site: Site, typed: dict[str, str], now: datetime) -> Rehearsing:
    answers: Habit = next((habit for habit in HABITS if habit == typed["answers"]), "never")
    return await rehearse_collection(session, site.settings, typed["plan"], typed["period"], now=now, answers=answers)


def _units_of_nobody(rehearsing: Rehearsing) -> list[str]:
    """The units of which nobody is there, so that the coordinator is written to."""
    mails = (mail for mail in rehearsing.rehearsal.mails if mail.reader is None)
    codes = dict.fromkeys(about.task.asked.unit_code for mail in mails for about in mail.about)
    return [rehearsing.people.units[code].name for code in codes]


@router.api_route(ADDRESS, methods=READ)
@allowed("coordinator", "manager", city=True)
async def show_collection(request: Request, plan_code: str, period: str) -> Response:
    """One collection: what came back, day by day and unit by unit, what was done and is planned, where the gaps are."""
    return await _collection(request, plan_code, period)


async def _collection(
    request: Request, plan_code: str, period: str, *, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    now, language = datetime.now(UTC), language_of(request)
    async with site_of(request).database.reading() as session:
        row = await office.collection(session, plan_code, period, now)
        report = await read_report(session, plan_code, period, now=now)
        if row is None or report is None:
            raise HTTPException(404)
        units = await office.units(session, row.process.id, now)
        days = await office.step_days(session, row.process.id)
        wanted = TaskFilter(plan_code, period, incomplete=True)
        gaps, gap_count = await office.tasks(session, wanted, order="due", page=1, now=now)
        clock = await clock_of(request, session, [row.process.calendar_code])
        pauses = await pauses_ahead(session, row.process.id, now) if row.process.state == "open" else []
        names = await office.person_names(session, {each.by for each in pauses})
    return await page(
        request,
        "office_collection.html",
        status=status,
        **speech_beside_charts(language),
        faults=faults,
        row=row,
        report=report,
        curve_of=answer_curve(report),
        responses={unit.unit_code: unit for unit in report.units},
        response_rate=response_rate,
        short_day=lambda day: short_date(day, language),
        weekday=lambda day: weekday(day, language),
        units=units,
        past=[day for day in days if day.done],
        future=[day for day in days if day.planned],
        gaps=gaps[:GAPS_SHOWN],
        gap_count=gap_count,
        today=clock.local(now, row.process.calendar_code).date(),
        clock=clock,
        now=now,
        pauses=pauses,
        names=names,
        may_act=_may_act(request),
    )


@router.api_route(f"{ADDRESS}/pause", methods=READ)
@allowed("coordinator", city=True)
async def show_pausing(request: Request, plan_code: str, period: str) -> Response:
    """Say until when no mail of a collection leaves, and why."""
    return await _act(request, plan_code, period, "pause", {})


@router.post(f"{ADDRESS}/pause")
@allowed("coordinator", city=True)
async def pause_collection(request: Request, plan_code: str, period: str) -> Response:
    """Let no mail of a collection leave for a while; its plans follow."""
    fields, now, faults = await read_fields(request), datetime.now(UTC), list[Fault]()
    site = site_of(request)
    async with site.database.reading() as session:
        process, _ = await _found(session, plan_code, period)
        calendar = await load_calendar(session, process.calendar_code)
    today = calendar.day(now)
    since = day_in(fields, "since", today=today, faults=faults, needed=False)
    until = day_in(fields, "until", today=today, faults=faults)
    reason = words_in(fields, "reason", faults=faults, missing="reason_missing")
    if faults or until is None:
        return await _act(request, plan_code, period, "pause", fields, faults)
    begins = calendar.at(since, time(0)) if since and since > today else now
    try:
        async with site.database.transaction() as session:
            told: dict[str, Any] = {"since": begins, "until": calendar.at(until, time(0)), "reason": reason}
            await pause(session, process.id, **told, by=staff_of(request).code, now=now)
    except Refused as refusal:
        return await _act(request, plan_code, period, "pause", fields, refusal_faults(refusal, "until"))
    await _replan(site, process)
    return go(f"/collections/{plan_code}/{period}", "paused")


@router.post(f"{ADDRESS}/resume")
@allowed("coordinator", city=True)
async def resume_collection(request: Request, plan_code: str, period: str) -> Response:
    """Let the mail of a collection leave again."""
    await read_fields(request)
    site, now = site_of(request), datetime.now(UTC)
    try:
        async with site.database.transaction() as session:
            process, _ = await _found(session, plan_code, period)
            await resume(session, process.id, by=staff_of(request).code, now=now)
    except Refused as refusal:
        return await _collection(request, plan_code, period, faults=refusal_faults(refusal), status=409)
    await _replan(site, process)
    return go(f"/collections/{plan_code}/{period}", "resumed")


async def _replan(site: Site, process: Process) -> None:
    """Bring the plans of a process up to date after a pause changed, a set at a time."""
    async with site.database.reading() as session:
        sets = await paused_sets(session, process.id)
    for set_id in sets:
        async with site.database.transaction() as session:
            await replan_set(session, set_id, now=datetime.now(UTC))


@router.api_route(f"{ADDRESS}/close", methods=READ)
@allowed("coordinator", city=True)
async def show_closing(request: Request, plan_code: str, period: str) -> Response:
    """What closing a collection before its day means."""
    return await _act(request, plan_code, period, "close", {})


@router.post(f"{ADDRESS}/close")
@allowed("coordinator", city=True)
async def close_collection(request: Request, plan_code: str, period: str) -> Response:
    """Close a collection before its day."""
    fields, now = await read_fields(request), datetime.now(UTC)
    try:
        async with site_of(request).database.transaction() as session:
            process, _ = await _found(session, plan_code, period)
            await close_by_hand(session, process.id, by=staff_of(request).code, now=now)
    except Refused as refusal:
        return await _act(request, plan_code, period, "close", fields, refusal_faults(refusal))
    return go(f"/collections/{plan_code}/{period}", "collection_closed")


async def _found(session: ReadSession, plan_code: str, period: str) -> tuple[Process, Collection]:
    found = await find_collection(session, plan_code, period)
    if found is None:
        raise HTTPException(404)
    return found


async def _act(
    request: Request, plan_code: str, period: str, act: str, typed: dict[str, str], faults: Sequence[Fault] = ()
) -> Response:
    """The form of something that is done to a collection: 409 where that is over, or paused by somebody already."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        row = await office.collection(session, plan_code, period, now)
        if row is None:
            raise HTTPException(404)
        pauses: list[Pause] = await pauses_ahead(session, row.process.id, now)
        names = await office.person_names(session, {each.by for each in pauses})
        clock = await clock_of(request, session, [row.process.calendar_code])
    over = row.process.state == "closed"
    conflict = over or (act == "pause" and any(each.process_id for each in pauses))
    context: dict[str, Any] = {"row": row, "act": act, "typed": typed, "over": over, "pauses": pauses, "names": names}
    status = (409 if conflict else 422) if faults else 200
    return await page(
        request, "office_collection_act.html", status=status, faults=faults, clock=clock, now=now, **context
    )
