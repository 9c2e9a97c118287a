"""Who may work on these pages: roles given and taken away by an operator. Tokens of programs stand beside them."""

from datetime import UTC, datetime
from typing import cast

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.desk import Fault, clock_of, go, page, refusal_faults, uuid_of
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.refusal import Refused
from models.contracts.staff import ROLES, Role
from models.tables.staff import StaffRole
from operations.staff import grant, revoke
from store.people import load_persons, load_units
from store.staff import standing_roles

router = APIRouter(route_class=Guarded)


@router.api_route("/staff", methods=READ)
@allowed("operator", city=True)
async def show(request: Request) -> Response:
    """Everybody who has a role, and the form that gives one."""
    return await _page(request)


async def _page(request: Request, *, typed: dict[str, str] | None = None, faults: tuple[Fault, ...] = ()) -> Response:
    async with site_of(request).database.reading() as session:
        rows = await standing_roles(session)
        persons = sorted((await load_persons(session)).values(), key=lambda person: person.name)
        units = await load_units(session)
        clock = await clock_of(request, session, [])
    return await page(
        request,
        "office_staff.html",
        status=422 if faults else 200,
        rows=rows,
        persons=[(person.code, f"{person.name} · {person.address}") for person in persons if person.active],
        units=sorted(((unit.code, unit.name) for unit in units.values()), key=lambda unit: unit[1]),
        roles=ROLES,
        typed=typed or {},
        faults=faults,
        clock=clock,
    )


@router.post("/staff/grant")
@allowed("operator", city=True)
async def give(request: Request) -> Response:
    """Give somebody a role."""
    fields = await read_fields(request)
    role, faults = fields.get("role", ""), []
    if not fields.get("person"):
        faults.append(Fault("person", "choice_missing"))
    if role not in ROLES:
        faults.append(Fault("role", "choice_missing"))
    if faults:
        return await _page(request, typed=fields, faults=tuple(faults))
    try:
        async with site_of(request).database.transaction() as session:
            await grant(
                session,
                fields["person"],
                cast("Role", role),
                unit_code=fields.get("unit") or None,
                by=staff_of(request).code,
                now=datetime.now(UTC),
            )
    except Refused as refusal:
        return await _page(request, typed=fields, faults=refusal_faults(refusal, "person"))
    return go("/staff", "role_given")


@router.post("/staff/{role_id}/revoke")
@allowed("operator", city=True)
async def take_away(request: Request, role_id: str) -> Response:
    """Take a role away; taken away twice, it is away."""
    try:
        async with site_of(request).database.transaction() as session:
            held = await session.get(StaffRole, uuid_of(role_id))
            if held is None:
                raise HTTPException(404)
            if held.revoked_at is None:
                await revoke(
                    session,
                    held.person_code,
                    held.role,
                    unit_code=held.unit_code,
                    by=staff_of(request).code,
                    now=datetime.now(UTC),
                )
    except Refused as refusal:
        return await _page(request, faults=refusal_faults(refusal))
    return go("/staff", "role_taken")
