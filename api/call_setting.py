"""The office's pages around calls: entering one by hand, programmes with their clocks, what units look for."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.acting import FRESH, Told, carry_out, chosen_in, hour_in, office_day, read_moment, stop_at, whole_in
from api.desk import Fault, Unfit, clock_of, day_in, go, language_of, page, words_in
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.call_entry import MOST_DEADLINES, CallEntry, read_entry
from models.contracts.refusal import Refused
from models.tables.calls import CallTheme, Programme
from operations.calls import add_call
from operations.programmes import COUNTED_FROM, ClockSet, ThemeSet, set_clock, set_hour, set_theme
from store.calls import clocks, last_readings, programmes, theme_rows, unit_names
from store.database import WriteSession

router = APIRouter(route_class=Guarded)
ENTRY_FIELDS = frozenset(CallEntry.model_fields)
LINES = re.compile(r"[\n;]+")


@router.api_route("/calls/add", methods=READ)
@allowed("coordinator", city=True)
async def show_add(request: Request) -> Response:
    """The form that enters a call which no feed lists."""
    return await _add_page(request, FRESH)


async def _add_page(request: Request, told: Told) -> Response:
    async with site_of(request).database.reading() as session:
        known = [(row.code, row.name) for row in await programmes(session)]
    return await page(request, "office_call_add.html", status=told.status, told=told, programmes=known)


@router.post("/calls/add")
@allowed("coordinator", city=True)
async def add(request: Request) -> Response:
    """Enter a call by hand."""
    fields, now = await read_fields(request), datetime.now(UTC)
    added: list[str] = []

    async def act(session: WriteSession) -> None:
        content = _content(request, fields, office_day(request, now))
        try:
            entry = read_entry(content)
        except Refused as refusal:
            raise Unfit(*(Fault(_field_of(problem), problem) for problem in refusal.problems)) from refusal
        call = await add_call(session, entry, by=staff_of(request).code, now=now)
        added.append(call.identifier)

    told = await carry_out(request, fields, act, at="identifier")
    return await _add_page(request, told) if told else go(f"/calls/{added[0]}", "call_added")


def _field_of(problem: str) -> str:
    """The field that a problem begins with the name of; else the first one."""
    name = re.split(r"[.:]", problem, maxsplit=1)[0]
    return name if name in ENTRY_FIELDS else "deadlines" if "deadline" in problem else "identifier"


def _content(request: Request, fields: Mapping[str, str], today: date) -> dict[str, Any]:
    """What is typed, as a file would have it. What cannot be read at all is told here, all of it at once."""
    language, faults = language_of(request), list[Fault]()
    content: dict[str, Any] = {}
    for name, missing in (("identifier", "identifier_missing"), ("title", "title_missing"), ("url", "url_missing")):
        content[name] = words_in(fields, name, faults=faults, missing=missing)
    if not fields.get("programme"):
        faults.append(Fault("programme", "choice_missing"))
    content["programme"] = fields.get("programme", "")
    content["deadlines"] = _deadlines(fields, today, faults)
    if opens := day_in(fields, "opens_on", today=today, faults=faults, needed=False):
        content["opens_on"] = opens.isoformat()
    content["deadline_model"] = fields.get("deadline_model") or None
    for name in ("budget", "largest_grant", "grants"):
        content[name] = whole_in(fields, name, language, faults)
    content["keywords"] = [word.strip() for word in re.split(r"[\n,;]+", fields.get("keywords", "")) if word.strip()]
    content["description"] = words_in(fields, "description", faults=faults, limit=20_000)
    stop_at(faults)
    return content


def _deadlines(fields: Mapping[str, str], today: date, faults: list[Fault]) -> list[dict[str, str]]:
    """The deadlines, one a line: a day, and its hour where it is not the usual one."""
    found: list[dict[str, str]] = []
    lines = [line.strip() for line in LINES.split(fields.get("deadlines", "")) if line.strip()]
    if not lines:
        faults.append(Fault("deadlines", "day_missing"))
    for number, line in enumerate(lines[: MOST_DEADLINES + 1], start=1):
        day, hour = read_moment(line, today) or (None, None)
        if day is None:
            faults.append(Fault("deadlines", "moment_unread", {"line": number}))
            continue
        found.append({"day": day.isoformat()} | ({"hour": f"{hour:%H:%M}"} if hour else {}))
    return found


@router.api_route("/calls/programmes", methods=READ)
@allowed("coordinator", "manager")
async def show_programmes(request: Request) -> Response:
    """Programmes: when their calls close, how long things take in them, when each was last read from the portal."""
    async with site_of(request).database.reading() as session:
        rows = await programmes(session)
        known = await clocks(session)
        readings = await last_readings(session, [row.code for row in rows])
        clock = await clock_of(request, session, [])
    return await page(request, "office_programmes.html", rows=rows, clocks=known, readings=readings, clock=clock)


@router.api_route("/calls/programmes/{code}", methods=READ)
@allowed("coordinator", city=True)
async def show_programme(request: Request, code: str) -> Response:
    """The forms that set the hour and the clocks of a programme."""
    return await _programme_page(request, code, FRESH)


async def _programme_page(request: Request, code: str, told: Told) -> Response:
    async with site_of(request).database.reading() as session:
        row = await session.get(Programme, code)
        if row is None:
            raise HTTPException(404)
        known = await clocks(session, code)
    return await page(
        request,
        "office_programme.html",
        status=told.status,
        told=told,
        row=row,
        clocks=known,
        events=list(COUNTED_FROM),
        starts=list(dict.fromkeys(COUNTED_FROM.values())),
        today=office_day(request, datetime.now(UTC)),
    )


@router.post("/calls/programmes/{code}")
@allowed("coordinator", city=True)
async def change_programme(request: Request, code: str) -> Response:
    """Set the hour at which calls of a programme close, or one of its clocks."""
    fields, now = await read_fields(request), datetime.now(UTC)
    language, by, today = language_of(request), staff_of(request).code, office_day(request, now)

    async def act(session: WriteSession) -> None:
        if await session.get(Programme, code) is None:
            raise HTTPException(404)
        faults: list[Fault] = []
        if fields.get("set") == "hour":
            hour, zone = hour_in(fields, "hour", faults), fields.get("zone", "").strip() or None
            stop_at(faults)
            await set_hour(session, code, hour=hour, zone=zone, by=by, now=now)
            return
        amount = whole_in(fields, "amount", language, faults)
        if not fields.get("amount", "").strip():
            faults.append(Fault("amount", "number_unread"))
        source = words_in(fields, "source", faults=faults, limit=500, missing="source_missing")
        checked_on = day_in(fields, "checked_on", today=today, faults=faults, needed=False)
        stop_at(faults)
        wish = ClockSet(
            fields.get("event", ""),
            amount or 0,
            fields.get("unit", ""),
            source,
            counted_from=fields.get("counted_from") or None,
            certain=fields.get("certain") == "1",
        )
        await set_clock(session, code, wish, checked_on=checked_on or today, by=by, now=now)

    told = await carry_out(request, fields, act, at="hour" if fields.get("set") == "hour" else "amount")
    return await _programme_page(request, code, told) if told else go("/calls/programmes", "saved")


@router.api_route("/calls/themes", methods=READ)
@allowed("coordinator", "manager")
async def show_themes(request: Request) -> Response:
    """What units look for in calls."""
    async with site_of(request).database.reading() as session:
        rows, units = await theme_rows(session), await unit_names(session)
    return await page(request, "office_themes.html", rows=rows, units=units)


@router.api_route("/calls/themes/edit", methods=READ)
@allowed("coordinator", city=True)
async def show_theme(request: Request) -> Response:
    """The form that sets what a theme looks for; without `theme` in the address, a new one."""
    return await _theme_page(request, request.query_params.get("theme", ""), FRESH)


async def _theme_page(request: Request, code: str, told: Told) -> Response:
    async with site_of(request).database.reading() as session:
        row = await session.get(CallTheme, code) if code else None
        if code and row is None and not told.faults:
            raise HTTPException(404)
        units, known = await unit_names(session), await programmes(session)
    return await page(
        request,
        "office_theme.html",
        status=told.status,
        told=told,
        row=row,
        units=sorted(units.items(), key=lambda unit: unit[1].casefold()),
        programmes=[(each.code, each.name) for each in known],
    )


@router.post("/calls/themes/edit")
@allowed("coordinator", city=True)
async def change_theme(request: Request) -> Response:
    """Set what a theme looks for and who is asked; what is given replaces all of it."""
    fields = await read_fields(request)
    only = await chosen_in(request, "programmes")
    others = await chosen_in(request, "others")
    by, now = staff_of(request).code, datetime.now(UTC)
    code = fields.get("theme", "").strip()

    async def act(session: WriteSession) -> None:
        faults = [] if code else [Fault("theme", "code_missing")]
        lead = fields.get("lead", "")
        if not lead:
            faults.append(Fault("lead", "choice_missing"))
        keywords = [word.strip() for word in re.split(r"[\n,;]+", fields.get("keywords", "")) if word.strip()]
        stop_at(faults)
        units = tuple(dict.fromkeys((lead, *others)))
        await set_theme(session, code, ThemeSet(units=units, keywords=keywords, programmes=only), by=by, now=now)

    told = await carry_out(request, fields, act, at="theme", chosen={"programmes": only, "others": others})
    return await _theme_page(request, code, told) if told else go("/calls/themes", "saved")
