"""Who may work on these pages, and which programs over `/api`: an operator gives and takes away roles and tokens."""

from datetime import UTC, datetime
from typing import cast

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.acting import whole_in
from api.desk import Fault, clock_of, go, language_of, page, refusal_faults, uuid_of
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.refusal import Refused
from models.contracts.staff import ROLES, Role
from models.tables.staff import StaffRole
from operations.api_tokens import issue
from operations.api_tokens import revoke as take_back
from operations.staff import grant, revoke
from store.api_tokens import token_of_name, tokens
from store.people import load_persons, load_units
from store.staff import standing_roles

router = APIRouter(route_class=Guarded)


@router.api_route("/staff", methods=READ)
@allowed("operator", city=True)
async def show(request: Request) -> Response:
    """Everybody who has a role, and the form that gives one."""
    return await _page(request)


async def _page(
    request: Request, *, typed: dict[str, str] | None = None, faults: tuple[Fault, ...] = (), token: str = ""
) -> Response:
    """The page; `token`: one that was issued just now, and is shown this once."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        rows = await standing_roles(session)
        programs = [row for row in await tokens(session) if row.revoked_at is None and row.expires_at > now]
        persons = sorted((await load_persons(session)).values(), key=lambda person: person.name)
        units = await load_units(session)
        clock = await clock_of(request, session, [])
    return await page(
        request,
        "office_staff.html",
        status=422 if faults else 200,
        rows=rows,
        programs=programs,
        token=token,
        unit_names={unit.code: unit.name for unit in units.values()},
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


@router.post("/staff/tokens")
@allowed("operator", city=True)
async def issue_token(request: Request) -> Response:
    """Issue a token for a program; the page that answers is the only one that shows it."""
    fields, faults = await read_fields(request), list[Fault]()
    role, days = fields.get("token_role", ""), whole_in(fields, "days", language_of(request), faults)
    if days is None and not faults:
        faults.append(Fault("days", "number_unread"))
    if role not in ROLES:
        faults.append(Fault("token_role", "choice_missing"))
    if faults or days is None:
        return await _page(request, typed=fields, faults=tuple(faults))
    try:
        async with site_of(request).database.transaction() as session:
            token = await issue(
                session,
                fields.get("name", "").strip(),
                cast("Role", role),
                unit_code=fields.get("token_unit") or None,
                days=days,
                by=staff_of(request).code,
                now=datetime.now(UTC),
            )
    except Refused as refusal:
        return await _page(request, typed=fields, faults=refusal_faults(refusal, "name"))
    return await _page(request, token=token)


@router.post("/staff/tokens/{name}/revoke")
@allowed("operator", city=True)
async def revoke_token(request: Request, name: str) -> Response:
    """Take a token back; taken back twice, it is back."""
    async with site_of(request).database.transaction() as session:
        row = await token_of_name(session, name)
        if row is None:
            raise HTTPException(404)
        if row.revoked_at is None:
            await take_back(session, name, by=staff_of(request).code, now=datetime.now(UTC))
    return go("/staff", "token_revoked")
