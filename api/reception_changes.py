"""What a coordinator does to a visit on a page: other days, calling it off, one host more or less."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.desk import Fault, clock_of, day_in, go, page, refusal_faults, words_in
from api.guard import Guarded, allowed, staff_of
from api.receptions import address_of, visit_of
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.refusal import Refused
from models.policies.people import UnitFacts
from operations import visit_changes
from operations.seeing import ChangedMeanwhile, Unseen, check_seen, last_event
from settings import Settings
from store.database import WriteSession
from store.delegation_reception import lock_visit
from store.people import load_units

router = APIRouter(route_class=Guarded)
Read = Callable[[Mapping[str, str], date, list[Fault]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done to a visit.

    `read` gives what was typed, `do` does it, `field` is where a refusal leads, `done` says that it was done.
    """

    read: Read
    do: Callable[..., Awaitable[object]]
    field: str
    done: str


def _reason(fields: Mapping[str, str], faults: list[Fault]) -> str:
    return words_in(fields, "reason", faults=faults, missing="reason_missing")


def _unit(fields: Mapping[str, str], faults: list[Fault]) -> str:
    return words_in(fields, "unit", faults=faults, missing="unit_not_chosen")


def _days(fields: Mapping[str, str], today: date, faults: list[Fault]) -> dict[str, Any]:
    days = {name: day_in(fields, name, today=today, faults=faults) for name in ("first_day", "last_day")}
    return {**days, "reason": _reason(fields, faults)}


async def _add_host(session: WriteSession, _settings: Settings, process_id: UUID, unit: str, **told: Any) -> None:
    await visit_changes.add_host(session, process_id, unit, **told)


async def _release(session: WriteSession, settings: Settings, process_id: UUID, unit: str, **told: Any) -> None:
    await visit_changes.remove_host(session, settings, process_id, unit, **told)


ACTS: Mapping[str, Act] = {
    "move": Act(_days, visit_changes.move, "first_day", "visit_moved"),
    "cancel": Act(
        lambda fields, _today, faults: {"reason": _reason(fields, faults)},
        visit_changes.call_off,
        "reason",
        "visit_called_off",
    ),
    "add-host": Act(
        lambda fields, _today, faults: {"unit": _unit(fields, faults)},
        _add_host,
        "unit",
        "host_added",
    ),
    "release": Act(
        lambda fields, _today, faults: {"unit": _unit(fields, faults), "reason": _reason(fields, faults)},
        _release,
        "reason",
        "host_released",
    ),
}


@router.api_route("/delegations/{reference}/{act}", methods=READ)
@allowed("coordinator")
async def show_act(request: Request, reference: str, act: str) -> Response:
    """The form of something that can be done to a visit."""
    return await _form(request, reference, act, {"unit": request.query_params.get("unit", "")})


@router.post("/delegations/{reference}/{act}")
@allowed("coordinator")
async def do_act(request: Request, reference: str, act: str) -> Response:
    """Do it, unless something is missing, or somebody else did something to the visit since the form was shown."""
    fields, now, staff, site = await read_fields(request), datetime.now(UTC), staff_of(request), site_of(request)
    chosen, faults = ACTS.get(act), list[Fault]()
    if chosen is None:
        raise HTTPException(404)
    async with site.database.reading() as session:
        case = await visit_of(request, session, reference, "coordinator")
    typed = chosen.read(fields, case.calendar.day(now), faults)
    if faults:
        return await _form(request, reference, act, fields, faults=faults)
    try:
        async with site.database.transaction() as session:
            await lock_visit(session, case.process.id)
            await check_seen(session, seen_in(fields), by=staff.code, process_id=case.process.id)
            await chosen.do(session, site.settings, case.process.id, **typed, by=staff.code, now=now)
    except ChangedMeanwhile as refusal:
        return await _form(request, reference, act, fields, meanwhile=refusal.events)
    except Refused as refusal:
        return await _form(request, reference, act, fields, faults=refusal_faults(refusal, chosen.field))
    return go(address_of(case), chosen.done)


def seen_in(fields: Mapping[str, str]) -> int:
    """The number of the last event that a form knew of."""
    number = fields.get("seen", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0  # noqa: PLR2004 - bigint


def _by_name(unit: tuple[str, UnitFacts]) -> str:
    return unit[1].name


async def _form(
    request: Request,
    reference: str,
    act: str,
    typed: Mapping[str, str],
    *,
    faults: Sequence[Fault] = (),
    meanwhile: Sequence[Unseen] = (),
) -> Response:
    now = datetime.now(UTC)
    if act not in ACTS:
        raise HTTPException(404)
    async with site_of(request).database.reading() as session:
        case = await visit_of(request, session, reference, "coordinator")
        seen = await last_event(session, process_id=case.process.id)
        units = await load_units(session)
        clock = await clock_of(request, session, [case.process.calendar_code])
    over = case.visit.state != "coming" or now >= case.over_at()
    hosts = {host.unit_code for host in case.present}
    if act == "release" and typed.get("unit") not in hosts and not faults and not meanwhile:
        raise HTTPException(404)
    return await page(
        request,
        "office_visit_act.html",
        status=409 if meanwhile or (faults and over) else 422 if faults else 200,
        case=case,
        here=address_of(case),
        act=act,
        typed=typed,
        faults=faults,
        meanwhile=meanwhile,
        seen=seen,
        over=over,
        units=[(code, unit.name) for code, unit in sorted(units.items(), key=_by_name) if code not in hosts],
        unit_name=units[typed["unit"]].name if typed.get("unit") in units else "",
        clock=clock,
    )
