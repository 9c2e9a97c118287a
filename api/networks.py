"""The office's pages of city networks: the register, the question what areas have joined, what networks are weighed by.

A manager or coordinator of some units sees the networks for which these answer; what is set of a network is set by a
coordinator of the whole city.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.acting import FRESH, Told, carry_out, number_in, office_day, seen_in, stop_at, whole_in
from api.desk import Fault, clock_of, day_in, go, language_of, page, words_in
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.mail import Language
from models.contracts.staff import Staff
from models.policies.membership_review import Notice
from models.policies.typed_day import read_day
from models.tables.membership_review import Network
from operations.network_census import open_census
from operations.networks import (
    NetworkChanges,
    add_network,
    drop_criterion,
    notice_of,
    set_criterion,
    set_network,
)
from operations.review_opening import Wish, start_review
from operations.seeing import check_seen, last_event
from store import membership_review as store
from store.calls import unit_names
from store.database import ReadSession, WriteSession
from store.networks import census_rows, heads, review_rows

router = APIRouter(route_class=Guarded)
YEAR_DAY = re.compile(r"\d\d-\d\d")
LEAP_YEAR = date(2023, 12, 31)
"""Days without a year are looked for after it: 29 February is one."""
FILTERS = ("member", "leaving", "candidate", "named", "watched", "declined", "left")


@dataclass(frozen=True, slots=True)
class Row:
    """A network of the register; `state` tells candidates from what the plans only name."""

    network: Network
    state: str
    unit_code: str | None
    notice: Notice | None


def state_of(network: Network) -> str:
    """The state; a network without a plan is only named by the documents."""
    return "named" if network.state == "candidate" and network.plan_code is None else network.state


def unit_of(network: Network, units: Mapping[str, str]) -> str | None:
    """The unit of the roster that answers for a network; None where there is none."""
    return next((code for code in (network.unit_code, network.actor_code) if code in units), None)


def sees(staff: Staff, *unit_codes: str | None) -> bool:
    """Whether something of one of these units is theirs to see."""
    held = staff.units("coordinator", "manager")
    return held is None or any(code in held for code in unit_codes)


def _row(network: Network, units: Mapping[str, str], today: date) -> Row:
    found = notice_of(network, today) if network.state == "member" else None
    return Row(network, state_of(network), unit_of(network, units), found)


@router.api_route("/networks", methods=READ)
@allowed("coordinator", "manager")
async def show_networks(request: Request) -> Response:
    """The register, with what it costs, the next days for notice, and the reviews that are open."""
    staff, today = staff_of(request), office_day(request, datetime.now(UTC))
    async with site_of(request).database.reading() as session:
        units = await unit_names(session)
        known = [_row(network, units, today) for network in await store.networks(session)]
        reviews = await review_rows(session)
        censuses = await census_rows(session)
    theirs = [row for row in known if sees(staff, row.unit_code)]
    wanted = request.query_params.get("state", "member")
    members = [row for row in theirs if row.state == "member"]
    return await page(
        request,
        "office_networks.html",
        rows=[row for row in theirs if row.state == wanted] if wanted in FILTERS else theirs,
        counts={state: sum(row.state == state for row in theirs) for state in FILTERS},
        wanted=wanted if wanted in FILTERS else "",
        fees=sum((row.network.fee for row in members if row.network.fee is not None), Decimal(0)),
        without_fee=sum(row.network.fee is None for row in members),
        without_terms=sum(row.network.notice_months is None for row in members),
        reviews=[
            row
            for row in reviews
            if row.process.state == "open" and sees(staff, row.review.unit_code, row.review.office_unit)
        ],
        censuses=censuses if staff.units("coordinator", "manager") is None else [],
        units=units,
        today=today,
    )


@router.api_route("/networks/add", methods=READ)
@allowed("coordinator", city=True)
async def show_add(request: Request) -> Response:
    """The form that adds a network which no plan names."""
    return await _add_page(request, FRESH)


async def _add_page(request: Request, told: Told) -> Response:
    async with site_of(request).database.reading() as session:
        choices = await _choices(session)
    return await page(request, "office_network_add.html", status=told.status, told=told, **choices)


async def _choices(session: ReadSession) -> dict[str, Any]:
    """What can be chosen in the forms about networks: units, plans with criteria, who may decide."""
    units = await unit_names(session)
    return {
        "units": sorted(units.items(), key=lambda unit: unit[1].casefold()),
        "plans": [(office.plan_code, office.plan_code) for office in await store.offices(session)],
        "deciders": [(person.code, person.name) for person in await heads(session)],
    }


@router.post("/networks/add")
@allowed("coordinator", city=True)
async def add(request: Request) -> Response:
    """Add a network."""
    fields, added = await read_fields(request), []

    async def act(session: WriteSession) -> None:
        faults: list[Fault] = []
        name = words_in(fields, "name", faults=faults, limit=200, missing="name_missing")
        kind, scope = (words_in(fields, field, faults=faults, limit=200) for field in ("kind", "scope"))
        stop_at(faults)
        network = await add_network(
            session,
            name,
            by=staff_of(request).code,
            now=datetime.now(UTC),
            kind=kind or "not stated",
            scope=scope or "not stated",
            state="member" if fields.get("member") == "1" else "candidate",
            plan_code=fields.get("plan") or None,
            unit_code=fields.get("unit") or None,
        )
        added.append(network.code)

    told = await carry_out(request, fields, act, at="name")
    return await _add_page(request, told) if told else go(f"/networks/{added[0]}", "network_added")


@router.api_route("/networks/criteria", methods=READ)
@allowed("coordinator", "manager", city=True)
async def show_criteria(request: Request) -> Response:
    """What networks are weighed by."""
    return await _criteria_page(request, FRESH)


async def _criteria_page(request: Request, told: Told) -> Response:
    async with site_of(request).database.reading() as session:
        rows = await store.criteria(session)
    return await page(request, "office_criteria.html", status=told.status, told=told, rows=rows)


@router.post("/networks/criteria")
@allowed("coordinator", city=True)
async def change_criteria(request: Request) -> Response:
    """Give criteria other weights, or take one of the office's own out."""
    fields = await read_fields(request)
    language, by, now = language_of(request), staff_of(request).code, datetime.now(UTC)

    async def weigh(session: WriteSession) -> None:
        faults: list[Fault] = []
        for criterion in await store.criteria(session):
            field = f"weight-{criterion.code}"
            weight = whole_in(fields, field, language, faults)
            if weight is not None and weight != criterion.weight:
                await set_criterion(session, criterion.code, weight=weight, names={}, by=by, now=now)
        stop_at(faults)

    async def drop(session: WriteSession) -> None:
        await drop_criterion(session, fields["drop"], by=by, now=now)

    told = await carry_out(request, fields, drop if fields.get("drop") else weigh)
    if told:
        return await _criteria_page(request, told)
    return go("/networks/criteria", "criterion_dropped" if fields.get("drop") else "saved")


@router.post("/networks/criteria/add")
@allowed("coordinator", city=True)
async def add_criterion(request: Request) -> Response:
    """Add a criterion of the office's own, or give one other names."""
    fields = await read_fields(request)
    language, by, now = language_of(request), staff_of(request).code, datetime.now(UTC)
    tags: tuple[Language, ...] = ("ca", "ca-ES-valencia", "es", "en", "fr")

    async def act(session: WriteSession) -> None:
        faults: list[Fault] = []
        code = words_in(fields, "code", faults=faults, limit=40, missing="code_missing").upper()
        weight = whole_in(fields, "weight", language, faults)
        names = {tag: words_in(fields, f"name-{tag}", faults=faults, limit=300) for tag in tags}
        stop_at(faults)
        given = {tag: name for tag, name in names.items() if name}
        await set_criterion(session, code, weight=weight, names=given, by=by, now=now)

    told = await carry_out(request, fields, act, at="code")
    return await _criteria_page(request, told) if told else go("/networks/criteria", "saved")


@router.api_route("/networks/census", methods=READ)
@allowed("coordinator", "manager", city=True)
async def show_census(request: Request) -> Response:
    """The rounds of the question which networks areas have joined, and the form that asks now."""
    return await _census_page(request, FRESH)


async def _census_page(request: Request, told: Told) -> Response:
    async with site_of(request).database.reading() as session:
        rows = await census_rows(session)
        choices = await _choices(session)
        clock = await clock_of(request, session, {row.process.calendar_code for row in rows})
    return await page(request, "office_census.html", status=told.status, told=told, rows=rows, clock=clock, **choices)


@router.post("/networks/census")
@allowed("coordinator", city=True)
async def ask_areas(request: Request) -> Response:
    """Ask every area which networks it has joined."""
    fields = await read_fields(request)

    async def act(session: WriteSession) -> None:
        plan = fields.get("plan") or None
        await open_census(session, by=staff_of(request).code, now=datetime.now(UTC), plan_code=plan)

    told = await carry_out(request, fields, act, at="plan")
    return await _census_page(request, told) if told else go("/networks/census", "census_started")


@router.api_route("/networks/{code}", methods=READ)
@allowed("coordinator", "manager")
async def show_network(request: Request, code: str) -> Response:
    """One network: what is known of it, its days, its reviews; and what can be done about it."""
    return await _network_page(request, code, FRESH)


async def _network_page(request: Request, code: str, told: Told, template: str = "office_network.html") -> Response:
    now = datetime.now(UTC)
    today = office_day(request, now)
    async with site_of(request).database.reading() as session:
        units = await unit_names(session)
        network = await session.get(Network, code)
        if network is None or not sees(staff_of(request), unit_of(network, units)):
            raise HTTPException(404)
        reviews = await review_rows(session, code)
        choices = await _choices(session)
        seen = await last_event(session, about=("network", code))
        clock = await clock_of(request, session, [])
    return await page(
        request,
        template,
        status=told.status,
        told=told,
        row=_row(network, units, today),
        year_ends=date.fromisoformat(f"2024-{network.year_ends}"),
        reviews=reviews,
        names=units,
        years=(today.year - 1, today.year, today.year + 1),
        today=today,
        seen=seen,
        clock=clock,
        **choices,
    )


@router.api_route("/networks/{code}/edit", methods=READ)
@allowed("coordinator", city=True)
async def show_edit(request: Request, code: str) -> Response:
    """The form that sets what is known of a network."""
    return await _network_page(request, code, FRESH, "office_network_edit.html")


@router.post("/networks/{code}/edit")
@allowed("coordinator", city=True)
async def edit(request: Request, code: str) -> Response:
    """Set what is known of a network; what was not changed stays as it is."""
    fields, now = await read_fields(request), datetime.now(UTC)
    language, by, today = language_of(request), staff_of(request).code, office_day(request, now)

    async def act(session: WriteSession) -> None:
        network = await session.get(Network, code)
        if network is None:
            raise HTTPException(404)
        await check_seen(session, seen_in(fields), by=by, about=("network", code))
        faults: list[Fault] = []
        changes = _changes(network, fields, language, today, faults)
        stop_at(faults)
        if changes.given():
            await set_network(session, code, changes, by=by, now=now)

    told = await carry_out(request, fields, act)
    if told:
        return await _network_page(request, code, told, "office_network_edit.html")
    return go(f"/networks/{code}", "saved")


def _changes(
    network: Network, fields: Mapping[str, str], language: Language, today: date, faults: list[Fault]
) -> NetworkChanges:
    """What is typed that is not so already."""
    typed: dict[str, Any] = {
        "fee": number_in(fields, "fee", language, faults, whole=False),
        "notice_months": whole_in(fields, "notice_months", language, faults),
        "year_ends": _year_day(fields, faults),
        "unit_code": fields.get("unit") or None,
        "plan_code": fields.get("plan") or None,
        "roles": words_in(fields, "roles", faults=faults),
        "next_review_on": day_in(fields, "next_review", today=today, faults=faults, needed=False),
        "state": fields.get("state") or None,
    }
    return NetworkChanges(**{name: value for name, value in typed.items() if value != getattr(network, name)})


def _year_day(fields: Mapping[str, str], faults: list[Fault]) -> str | None:
    """The day of the year that is typed, `MM-DD`."""
    typed = fields.get("year_ends", "").strip()
    if not typed or YEAR_DAY.fullmatch(typed):
        return typed or None
    day = read_day(typed, LEAP_YEAR)
    if day is None:
        faults.append(Fault("year_ends", "year_day_unread"))
        return None
    return f"{day:%m-%d}"


@router.post("/networks/{code}/review")
@allowed("coordinator", city=True)
async def begin_review(request: Request, code: str) -> Response:
    """Start the review of a network for a year."""
    fields, now = await read_fields(request), datetime.now(UTC)
    language, by = language_of(request), staff_of(request).code
    opened = []

    async def act(session: WriteSession) -> None:
        if await session.get(Network, code) is None:
            raise HTTPException(404)
        await check_seen(session, seen_in(fields), by=by, about=("network", code))
        faults: list[Fault] = []
        year = whole_in(fields, "year", language, faults)
        if not fields.get("year", "").strip():
            faults.append(Fault("year", "choice_missing"))
        stop_at(faults)
        wish = Wish(*(fields.get(name) or None for name in ("decider", "unit", "office")))
        await start_review(session, code, int(year or 0), wish, by=by, now=now)
        opened.append(year)

    told = await carry_out(request, fields, act, at="year")
    if told:
        return await _network_page(request, code, told)
    return go(f"/networks/{code}/reviews/{opened[0]}", "review_started")
