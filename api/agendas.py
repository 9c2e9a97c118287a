"""The page on which the agenda of a visit is composed: hours in rows, none of them lost when they do not fit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desk import Fault, clock_of, go, page, refusal_faults
from api.guard import Guarded, allowed, staff_of
from api.reception_changes import seen_in
from api.receptions import AgendaView, address_of, agenda_view, visit_of
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.delegation_reception import MOST_SLOTS, read_agenda
from models.contracts.refusal import Refused, Said
from models.policies.typed_hour import read_hour
from operations.seeing import ChangedMeanwhile, Unseen, check_seen, last_event
from operations.visit_agenda import compose_agenda
from store.delegation_reception import VisitCase, lock_visit

router = APIRouter(route_class=Guarded)
FIELDS = ("day", "start", "end", "host", "theme", "place")
AT_FIRST, MORE = 4, 3
"""Rows of an empty form, and how many the button for more adds."""
MISSING = {
    "day": "day_missing",
    "start": "hour_unread",
    "end": "hour_unread",
    "host": "unit_not_chosen",
    "theme": "theme_missing",
    "place": "place_missing",
}
Row = dict[str, str]


@router.api_route("/delegations/{reference}/agenda", methods=READ)
@allowed("coordinator")
async def show_composer(request: Request, reference: str) -> Response:
    """The agenda that stands, to be changed, or an empty one."""
    return await _form(request, reference)


@router.post("/delegations/{reference}/agenda")
@allowed("coordinator")
async def compose(request: Request, reference: str) -> Response:
    """Compose an agenda of the rows that are filled in, or show more rows."""
    fields, now, staff, site = await read_fields(request), datetime.now(UTC), staff_of(request), site_of(request)
    rows = rows_in(fields)
    if "more" in fields:
        return await _form(request, reference, rows=[*rows, *({} for _ in range(MORE))])
    content, faults = read_rows(rows)
    async with site.database.reading() as session:
        case = await visit_of(request, session, reference, "coordinator")
    if faults:
        return await _form(request, reference, rows=rows, faults=faults)
    try:
        agenda = read_agenda(content)
        async with site.database.transaction() as session:
            await lock_visit(session, case.process.id)
            await check_seen(session, seen_in(fields), by=staff.code, process_id=case.process.id)
            await compose_agenda(session, site.settings, case.process.id, agenda, by=staff.code, now=now)
    except ChangedMeanwhile as refusal:
        return await _form(request, reference, rows=rows, meanwhile=refusal.events)
    except Refused as refusal:
        named = Refused(*(_by_name(problem, case.units) for problem in refusal.problems))
        return await _form(request, reference, rows=rows, faults=refusal_faults(named, "slots"))
    return go(address_of(case), "agenda_composed")


def _by_name(problem: str, names: Mapping[str, str]) -> str:
    """A problem with the name of the unit that it is about: files of the command line know its code, pages do not."""
    if not isinstance(problem, Said) or "unit" not in problem.values:
        return problem
    unit = str(problem.values["unit"])
    return Said(problem.template, {**problem.values, "unit": names.get(unit, unit)})


def rows_in(fields: Mapping[str, str]) -> list[Row]:
    """The rows of a form as typed, empty ones too."""
    written = fields.get("rows", "")
    count = int(written) if written.isascii() and written.isdecimal() and len(written) < 4 else AT_FIRST  # noqa: PLR2004
    numbers = range(1, min(count, MOST_SLOTS) + 1)
    return [{name: fields.get(f"{name}-{number}", "").strip() for name in FIELDS} for number in numbers]


def read_rows(rows: Sequence[Row]) -> tuple[dict[str, Any], list[Fault]]:
    """An agenda as a file holds it, and what is missing in rows that are not empty."""
    slots, faults = [], []
    for number, row in enumerate(rows, start=1):
        if not any(row.get(name) for name in ("start", "end", "theme", "place")):
            continue
        hours = {name: read_hour(row[name]) for name in ("start", "end")}
        wrong = [name for name in FIELDS if not row[name] or (name in hours and hours[name] is None)]
        faults += [Fault(f"{name}-{number}", MISSING[name]) for name in wrong]
        slots.append(row | {name: f"{hour:%H:%M}" for name, hour in hours.items() if hour})
    if not slots:
        faults.append(Fault("start-1", "slots_missing"))
    return {"slots": slots}, faults


async def _form(
    request: Request,
    reference: str,
    *,
    rows: Sequence[Row] | None = None,
    faults: Sequence[Fault] = (),
    meanwhile: Sequence[Unseen] = (),
) -> Response:
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        case = await visit_of(request, session, reference, "coordinator")
        agenda = await agenda_view(session, case)
        seen = await last_event(session, process_id=case.process.id)
        clock = await clock_of(request, session, [case.process.calendar_code])
    over = case.visit.state != "coming" or now >= case.over_at()
    rows = _stands(case, agenda) if rows is None else rows
    return await page(
        request,
        "office_agenda.html",
        status=409 if meanwhile or (faults and over) else 422 if faults else 200,
        case=case,
        here=address_of(case),
        days=_days(case),
        hosts=[(host.unit_code, case.units[host.unit_code]) for host in case.accepting],
        others=[(case.units[host.unit_code], host.state) for host in case.present if host.state != "accepts"],
        rows=rows,
        faults=faults,
        meanwhile=meanwhile,
        seen=seen,
        over=over,
        clock=clock,
    )


def _days(case: VisitCase) -> list[date]:
    visit = case.visit
    return [visit.first_day + timedelta(days=n) for n in range((visit.last_day - visit.first_day).days + 1)]


def _stands(case: VisitCase, agenda: AgendaView | None) -> list[Row]:
    """The rows of the last agenda and one empty one; of a visit that has moved, on the days that follow it."""
    slots = agenda.slots if agenda else []
    visit = case.visit
    moved = visit.first_day - visit.moved_from_first if visit.moved_from_first else timedelta(0)
    rows = [
        {
            "day": (day if visit.first_day <= day <= visit.last_day else day + moved).isoformat(),
            "start": f"{each.starts_at:%H:%M}",
            "end": f"{each.ends_at:%H:%M}",
            "host": each.slot.unit_code,
            "theme": each.slot.theme,
            "place": each.slot.place,
        }
        for each in slots
        for day in [each.starts_at.date()]
    ]
    return [*rows, *({} for _ in range(1 if rows else AT_FIRST))]
