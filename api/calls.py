"""The office's pages of European calls: what came in and is to be decided, how far all are, and their calendar.

The calls are public, and so is the list for whoever may work here. How the city goes about one is for those who look
after a unit that has to do with it.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.acting import FRESH, Told, carry_out, chosen_in
from api.charts import BAR_SPAN
from api.desk import Fault, Leaf, Unfit, go, language_of, leaf_number, leaf_of, page
from api.guard import Guarded, allowed, staff_of
from api.pages import as_language
from api.site import READ, site_of
from api.visits import read_fields
from mail.call_calendar import CallEvent, deadlines_file
from mail.due_date import ICS
from mail.translation import deadline_said, translations
from models.contracts.call_follow_up import Pipeline
from models.contracts.calls import CallChange, DeadlineRead, EffectiveStatus, ThemeMatch
from models.contracts.mail import Language
from models.contracts.staff import Staff
from models.policies.call_project import pipeline
from models.policies.calls import (
    WHY_IGNORED,
    Theme,
    effective_status,
    for_newcomers,
    instant,
    matches,
    next_deadline,
    today_of,
)
from models.tables.calls import Call, CallDeadline
from operations.calendar_feed import feed_holder, feed_key
from operations.calls import decide
from store.call_pages import ListedCall, descriptions, listed_calls, units_of_pursuits
from store.call_project import PursuitRow, pursuits, shown, watched
from store.calls import live_themes, programmes, unit_names
from store.database import WriteSession

AHEAD = frozenset({"interest", "preparing"})
"""States in which a deadline is still to come."""
SHOWS = ("new", "changed", "closing", "watch", "follow", "ignore", "ahead", "over")
OVER = frozenset({"closed", "gone", "cancelled"})
CHANGED_SINCE = timedelta(days=30)
ROWS = 25
"""On one page: of each it is looked up whom it may concern."""
FURTHEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StateBar:
    """How many calls are in one state, as a bar of the chart; `width` in percent of the drawing."""

    state: str
    count: int
    width: float


def state_bars(numbers: Pipeline) -> tuple[StateBar, ...]:
    """The bars of all states in which there is a call, in the order of the way through one."""
    longest = max((count for _, count in numbers.states), default=0)
    return tuple(
        StateBar(state, count, round(BAR_SPAN * count / longest, 3)) for state, count in numbers.states if count
    )


@dataclass(slots=True)
class Row:
    """A call of the list: what it effectively is now, its next deadline, the last change, whom it may concern."""

    call: ListedCall
    status: EffectiveStatus
    coming: DeadlineRead | None
    left: int | None
    """Days to the next deadline, by the clock of Brussels."""
    change: CallChange | None
    found: tuple[ThemeMatch, ...] = field(default=())

    @property
    def deadline(self) -> datetime | None:
        """The next deadline on the clock of its zone."""
        return None if self.coming is None else instant(self.coming)

    @property
    def order(self) -> tuple[datetime, str]:
        """The next deadline first."""
        return self.deadline or FURTHEST, self.call.row.identifier


def row_of(call: ListedCall, now: datetime) -> Row:
    """A call of the register as a row of the list."""
    row, read = call.row, call.read
    status = effective_status(read, now, gone=row.gone_at is not None, cancelled=row.cancelled_at is not None)
    coming = next_deadline(read.deadlines, now)
    left = None if coming is None else (coming.day - today_of(now)).days
    return Row(call, status, coming, left, CallChange.model_validate(row.change) if row.change else None)


def is_shown(row: Row, show: str, now: datetime) -> bool:
    """Whether a row belongs to a part of the register."""
    call, over = row.call.row, row.status in OVER
    match show:
        case "over":
            return over
        case "new":
            return not over and call.decision is None and for_newcomers(row.call.read, now)
        case "changed":
            recent = row.change is not None and call.changed_at > now - CHANGED_SINCE
            return not over and recent and call.decision != "ignore"
        case "closing":
            return row.status == "closing" and call.decision != "ignore"
        case "ahead":
            return not over
        case _:
            return not over and call.decision == show


router = APIRouter(route_class=Guarded)


@router.api_route("/calls", methods=READ)
@allowed("coordinator", "manager")
async def show_calls(request: Request) -> Response:
    """The register: what is to be decided, what changed, what closes soon, what the city watches or follows."""
    return await _list_page(request, FRESH)


async def _list_page(request: Request, told: Told) -> Response:
    asked, now = request.query_params, datetime.now(UTC)
    show = asked.get("show", "new")
    show = show if show in SHOWS else "new"
    words, programme, unit = (asked.get(name, "").strip() for name in ("q", "programme", "unit"))
    number, today = leaf_number(request), today_of(now)
    async with site_of(request).database.reading() as session:
        ahead = [row_of(call, now) for call in await listed_calls(session, today, over=False)]
        listed = [row_of(call, now) for call in await listed_calls(session, today, over=True)] if show == "over" else []
        units, themes = await unit_names(session), await live_themes(session)
        known = await programmes(session)
        rows = [row for row in [*ahead, *listed] if is_shown(row, show, now) and _fits(row, programme, words)]
        rows.sort(key=lambda row: row.order, reverse=show == "over")
        if unit:
            texts = await descriptions(session, [row.call.row.id for row in rows])
            await run_in_threadpool(_match, rows, texts, themes)
            rows = [row for row in rows if any(unit in found.units for found in row.found)]
        total, rows = len(rows), rows[(number - 1) * ROWS : number * ROWS]
        if not unit:
            texts = await descriptions(session, [row.call.row.id for row in rows])
            await run_in_threadpool(_match, rows, texts, themes)
    return await page(
        request,
        "office_triage.html",
        status=told.status,
        told=told,
        rows=rows,
        total=total,
        show=show,
        shows=[(name, sum(is_shown(row, name, now) for row in ahead) if name != "over" else None) for name in SHOWS],
        tab=lambda name: "?" + urlencode({"show": name}),
        asked={"q": words, "programme": programme, "unit": unit},
        programmes=[(row.code, row.name) for row in known],
        unit_choices=sorted(
            ((code, units[code]) for code in {code for theme in themes for code in theme.units}),
            key=lambda each: each[1].casefold(),
        ),
        units=units,
        why=list(WHY_IGNORED),
        here=_here(request),
        leaf=Leaf(number, -(-total // ROWS) or 1, leaf_of(request, number, total).address),
    )


def _fits(row: Row, programme: str, words: str) -> bool:
    call = row.call.row
    text = f"{call.identifier} {call.title} {call.call_title}".casefold()
    return (not programme or call.programme_code == programme) and all(
        word in text for word in words.casefold().split()
    )


def _match(rows: Sequence[Row], texts: dict[Any, str], themes: Sequence[Theme]) -> None:
    for row in rows:
        read = row.call.read.model_copy(update={"description": texts.get(row.call.row.id, "")})
        row.found = matches(themes, read)


@router.post("/calls")
@allowed("coordinator", city=True)
async def decide_about_several(request: Request) -> Response:
    """Watch the calls that are chosen in the list, or leave them aside for a reason; all of them or none."""
    fields = await read_fields(request)
    chosen = await chosen_in(request, "call")
    by, now = staff_of(request).code, datetime.now(UTC)
    because = fields.get("because", "")

    async def act(session: WriteSession) -> None:
        faults = [] if chosen else [Fault("calls", "nothing_chosen")]
        ignored = fields.get("do") == "ignore"
        if ignored and because not in WHY_IGNORED:
            faults.append(Fault("because", "why_missing"))
        if faults:
            raise Unfit(*faults)
        for identifier in sorted(chosen):
            await decide(
                session,
                identifier,
                "ignore" if ignored else "watch",
                because=because if ignored else "",
                by=by,
                now=now,
            )

    told = await carry_out(request, fields, act, at="calls", chosen={"call": chosen})
    if told:
        return await _list_page(request, told)
    return go(_here(request), "calls_decided")


def _here(request: Request) -> str:
    """The address of the list with all that was asked of it."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name not in {"done", "lang"}]
    return f"/calls?{urlencode(asked)}" if asked else "/calls"


@router.api_route("/calls/pipeline", methods=READ)
@allowed("coordinator", "manager")
async def show_pipeline(request: Request) -> HTMLResponse:
    """Every call that is or was followed, with the numbers of all."""
    site, staff = site_of(request), staff_of(request)
    async with site.database.reading() as session:
        rows = await _theirs(session, staff)
    numbers = pipeline([row.facts for row in rows])
    key = feed_key(site.settings.secret_key.get_secret_value(), staff.code)
    return await page(
        request,
        "office_calls.html",
        rows=rows,
        numbers=numbers,
        bars=state_bars(numbers),
        feed=f"{site.settings.office_url}/calls.ics?{urlencode({'key': key})}",
    )


async def _theirs(session: Any, staff: Staff) -> list[PursuitRow]:
    """What is followed and is theirs to see."""
    held = staff.units("coordinator", "manager")
    rows = await pursuits(session)
    if held is None:
        return list(rows)
    units = await units_of_pursuits(session)
    return [row for row in rows if units[row.process.id] & held]


class Keyed(Guarded):
    """A page for programs that cannot sign in: the key in its address says whose it is; without one it is guarded."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The page behind its key, or behind its guard."""
        handler, guarded = APIRoute.get_route_handler(self), super().get_route_handler()

        async def keyed(request: Request) -> Response:
            key = request.query_params.get("key")
            if key is None:
                return await guarded(request)
            site = site_of(request)
            async with site.database.reading() as session:
                staff = await feed_holder(session, site.settings.secret_key.get_secret_value(), key)
            if staff is None or not self.access.admits(staff):
                raise HTTPException(404)
            request.state.staff = staff
            return await handler(request)

        return keyed


feed = APIRouter(route_class=Keyed)


@feed.api_route("/calls.ics", methods=READ)
@allowed("coordinator", "manager")
async def deadlines_feed(request: Request) -> Response:
    """The deadlines ahead of all calls that are followed or watched, for the office's own calendars."""
    site, now, staff = site_of(request), datetime.now(UTC), staff_of(request)
    language = as_language(request.query_params.get("lang")) or language_of(request)
    async with site.database.reading() as session:
        aimed_at = [
            (row.call, row.deadline) for row in await _theirs(session, staff) if _is_ahead(row) and row.deadline
        ]
        deadlines = sorted([*aimed_at, *await watched(session)], key=lambda each: (shown(each[1]), each[0].identifier))
    file = deadlines_file(
        [_event(call, deadline, language) for call, deadline in deadlines if shown(deadline) > now],
        name=translations(language, "pages").gettext("Deadlines of European calls"),
        domain=site.settings.mail_domain,
    )
    return Response(file, media_type=f"{ICS}; charset=utf-8")


def _is_ahead(row: PursuitRow) -> bool:
    return row.process.state == "open" and row.pursuit.state in AHEAD


def _event(call: Call, deadline: CallDeadline, language: Language) -> CallEvent:
    return CallEvent(
        call_id=call.id,
        number=deadline.number,
        deadline=shown(deadline),
        summary=f"{call.identifier}: {call.title}",
        description=deadline_said(shown(deadline), language),
        url=call.url,
        sequence=call.version,
        changed_at=call.changed_at,
    )
