"""The office's page of European calls: how many are how far, money asked and won, and the deadlines ahead."""

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.charts import BAR_SPAN
from api.desk import language_of, page
from api.guard import Guarded, allowed
from api.site import READ, site_of
from mail.call_calendar import CallEvent, deadlines_file
from mail.due_date import ICS
from mail.translation import deadline_said, translations
from models.contracts.call_follow_up import Pipeline
from models.contracts.mail import Language
from models.policies.call_project import pipeline
from models.tables.calls import Call, CallDeadline
from store.call_project import PursuitRow, pursuits, shown, watched

router = APIRouter(route_class=Guarded)
AHEAD = frozenset({"interest", "preparing"})
"""States in which a deadline is still to come."""


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


@router.api_route("/calls", methods=READ)
@allowed("coordinator", "manager", city=True)
async def show_calls(request: Request) -> HTMLResponse:
    """Every call that is or was followed, with the numbers of all."""
    site = site_of(request)
    async with site.database.reading() as session:
        rows = await pursuits(session)
    numbers = pipeline([row.facts for row in rows])
    return await page(request, "office_calls.html", rows=rows, numbers=numbers, bars=state_bars(numbers))


@router.api_route("/calls.ics", methods=READ)
@allowed("coordinator", "manager", city=True)
async def deadlines_feed(request: Request) -> Response:
    """The deadlines ahead of all calls that are followed or watched, for the office's own calendars."""
    site, now = site_of(request), datetime.now(UTC)
    language = language_of(request)
    async with site.database.reading() as session:
        aimed_at = [(row.call, row.deadline) for row in await pursuits(session) if _is_ahead(row) and row.deadline]
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
