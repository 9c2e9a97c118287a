"""The record: who changed what, when and why, for everything or for one process; as a page and as files."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desk import Fault, clock_of, day_in, language_of, page
from api.guard import EVERYBODY, Guarded, allowed
from api.sentences import EVENTS, N_
from api.site import READ, site_of
from mail.translation import translations
from operations.report_files import CSV, csv_file
from operations.report_tables import Cell
from store.audit import PAGE, EventFilter, EventRow, actions_known, all_events, latest_events

router = APIRouter(route_class=Guarded)
CHANGE = ("before", "after")
WHY = ("reason", "note", "why")
HEADINGS = (
    N_("Number"),
    N_("When (UTC)"),
    N_("Who"),
    N_("Code"),
    N_("What"),
    N_("Action"),
    N_("Process"),
    N_("Task"),
    N_("Before"),
    N_("After"),
    N_("Why"),
    N_("More"),
)
FIELDS = ("actor", "action", "process", "task", "since", "until")


@router.api_route("/audit", methods=READ)
@allowed(*EVERYBODY, city=True)
async def show(request: Request) -> Response:
    """One page of the record, the latest first."""
    wanted, faults = _filter(request)
    before = request.query_params.get("before", "")
    async with site_of(request).database.reading() as session:
        rows = await latest_events(session, wanted, before=int(before) if _is_number(before) else None)
        actions = await actions_known(session)
        clock = await clock_of(request, session, [])
    asked = {name: request.query_params.get(name, "") for name in FIELDS}
    given = {name: value for name, value in asked.items() if value}
    older = urlencode({**given, "before": rows[PAGE - 1].event.id}) if len(rows) > PAGE else ""
    return await page(
        request,
        "office_audit.html",
        status=422 if faults else 200,
        rows=[(row, change_of(row), why_of(row), rest_of(row)) for row in rows[:PAGE]],
        actions=actions,
        asked=asked,
        faults=faults,
        older=older,
        files=urlencode(given),
        clock=clock,
    )


@router.api_route("/audit.csv", methods=READ)
@allowed(*EVERYBODY, city=True)
async def export(request: Request) -> Response:
    """The record as a CSV file, as it happened; instants are UTC, so that they mean one thing."""
    site, (wanted, _) = site_of(request), _filter(request)
    language = language_of(request)
    say = translations(language, "pages").gettext
    async with site.database.reading() as session:
        lines = [_line(row, say) async for row in all_events(session, wanted)]
    content = csv_file([say(heading) for heading in HEADINGS], lines)
    headers = {"Content-Disposition": 'attachment; filename="focal-record.csv"'}
    return Response(content, media_type=CSV, headers=headers)


def _line(row: EventRow, say: Callable[[str], str]) -> list[Cell]:
    event, (before, after), rest = row.event, change_of(row), rest_of(row)
    return [
        event.id,
        event.at.astimezone(UTC).isoformat(timespec="seconds"),
        row.actor_name or event.actor,
        event.actor,
        say(EVENTS[event.action]) if event.action in EVENTS else event.action,
        event.action,
        row.process or "",
        row.task or "",
        _plain(before),
        _plain(after),
        why_of(row),
        json.dumps(rest, ensure_ascii=False, sort_keys=True, default=str) if rest else "",
    ]


def _filter(request: Request) -> tuple[EventFilter, list[Fault]]:
    asked, faults = request.query_params, list[Fault]()
    zone = ZoneInfo(site_of(request).settings.office_zone)
    today = datetime.now(zone).date()
    fields: Mapping[str, str] = dict(asked)
    since = day_in(fields, "since", today=today, faults=faults, needed=False)
    until = day_in(fields, "until", today=today, faults=faults, needed=False)
    wanted = EventFilter(
        **{name: asked.get(name, "").strip()[:200] for name in ("actor", "action", "process", "task")},
        since=datetime.combine(since, time(), zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
    )
    return wanted, faults


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19  # noqa: PLR2004 - digits of a PostgreSQL bigint


def change_of(row: EventRow) -> tuple[Any, Any]:
    """What it was before and after; None where the event does not say."""
    detail = row.event.detail
    if any(name in detail for name in CHANGE):
        return detail.get("before"), detail.get("after")
    return detail.get("due_before"), detail.get("due_after")


def why_of(row: EventRow) -> str:
    """Why it was done, in the words of whoever did it; empty where nobody had to say."""
    return str(next((row.event.detail[name] for name in WHY if row.event.detail.get(name)), ""))


def rest_of(row: EventRow) -> dict[str, Any]:
    """What else the event holds."""
    known = {*CHANGE, *WHY, "due_before", "due_after"}
    return {name: value for name, value in row.event.detail.items() if name not in known and value not in (None, "")}


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
