"""The form with which a coordinator announces a delegation."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, get_args
from uuid import uuid4

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desk import Fault, day_in, go, language_of, page
from api.guard import Guarded, allowed, staff_of
from api.pages import OWN_WORDS
from api.sentences import VISIT_KINDS
from api.site import READ, site_of
from api.visits import read_fields
from mail.translation import translations
from models.contracts.delegation_reception import read_order
from models.contracts.mail import VisitKind
from models.contracts.refusal import Refused
from operations.delegation_reception import KeyUsed, start
from store.indicator_collection import plan_titles
from store.people import load_units

router = APIRouter(route_class=Guarded)
LINES = {
    "organisation": "organisation_missing",
    "city": "city_missing",
    "country": "country_missing",
    "head": "head_missing",
    "kind": "kind_missing",
    "language": "language_missing",
    "office": "office_missing",
    "plan": "plan_missing",
}
"""Fields of one line or one choice, with what is said where nothing is written."""
PEOPLE = ("women", "men", "others")
FIELDS = {"contact.name": "contact_name", "contact.address": "contact_address"} | {
    f"people.{name}": name for name in PEOPLE
}
"""Fields that the page names otherwise than the order."""
HOST = "host-"
"""How the name of the field begins that chooses a host; the code of its unit follows."""


@router.api_route("/delegations/new", methods=READ)
@allowed("coordinator")
async def show_order(request: Request) -> Response:
    """The empty form."""
    return await _form(request, {"key": str(uuid4())})


@router.post("/delegations/new")
@allowed("coordinator")
async def announce(request: Request) -> Response:
    """Start the reception of a delegation. The same form sent twice starts one."""
    fields, now, staff, site = await read_fields(request), datetime.now(UTC), staff_of(request), site_of(request)
    content, faults = read_fields_of_order(fields, now.date())
    if content["office"] and not staff.holds(content["office"], "coordinator"):
        faults.append(Fault("office", "office_missing"))
    if faults:
        return await _form(request, fields, faults=faults)
    try:
        order = read_order(content)
        async with site.database.transaction() as session:
            started = await start(session, order, by=staff.code, now=now, key=f"page:{fields.get('key', '')}"[:200])
    except KeyUsed as refusal:
        again = dict(fields) | {"key": str(uuid4())}
        return await _form(request, again, faults=_faults_of(refusal), status=409)
    except Refused as refusal:
        return await _form(request, fields, faults=_faults_of(refusal))
    return go(f"/delegations/{started.order.reference.removeprefix('delegation/')}", "visit_started")


def read_fields_of_order(fields: Mapping[str, str], today: date) -> tuple[dict[str, Any], list[Fault]]:
    """The order that the form holds, as `read_order` reads it, and what is missing or wrong."""
    faults: list[Fault] = []
    typed = {name: fields.get(name, "").strip() for name in (*LINES, "contact_name", "contact_address")}
    days = {}
    for name, sentence in LINES.items():
        if not typed[name]:
            faults.append(Fault(name, sentence))
        if name == "head":
            people = _people(fields, faults)
    faults += [Fault("contact_name", "contact_missing")] if not typed["contact_name"] else []
    faults += [Fault("contact_address", "contact_address_missing")] if not typed["contact_address"] else []
    themes = [line.strip() for line in fields.get("themes", "").splitlines() if line.strip()]
    faults += [] if themes else [Fault("themes", "themes_missing")]
    for name in ("first_day", "last_day"):
        day = day_in(fields, name, today=today, faults=faults)
        days[name] = day.isoformat() if day else ""
    hosts = [name.removeprefix(HOST) for name in fields if name.startswith(HOST)]
    faults += [] if hosts else [Fault("hosts", "hosts_missing")]
    contact = {"name": typed.pop("contact_name"), "address": typed.pop("contact_address")}
    return {**typed, **days, "people": people, "contact": contact, "themes": themes, "hosts": hosts}, faults


def _people(fields: Mapping[str, str], faults: list[Fault]) -> dict[str, int]:
    people = {}
    for name in PEOPLE:
        written = fields.get(name, "").strip()
        if written and not (written.isascii() and written.isdecimal() and len(written) < 4):  # noqa: PLR2004 - 999
            faults.append(Fault(name, "number_unread"))
        else:
            people[name] = int(written or 0)
    if len(people) == len(PEOPLE) and not any(people.values()):
        faults.append(Fault("women", "people_missing"))
    return people


def _faults_of(refusal: Refused) -> tuple[Fault, ...]:
    """What was refused, each led to the field that it names, or to the first one."""
    known = {*LINES, *PEOPLE, "contact_name", "contact_address", "themes", "first_day", "last_day", "hosts"}
    faults = []
    for problem in refusal.problems:
        named = str(problem).partition(":")[0]
        field = FIELDS.get(named, named.partition(".")[0])
        faults.append(Fault(field if field in known else "organisation", problem))
    return tuple(faults)


async def _form(
    request: Request, typed: Mapping[str, str], *, faults: Sequence[Fault] = (), status: int = 422
) -> Response:
    staff, pages_words = staff_of(request), translations(language_of(request), "pages")
    async with site_of(request).database.reading() as session:
        plans = await plan_titles(session)
        units = sorted((unit.name, code) for code, unit in (await load_units(session)).items())
    return await page(
        request,
        "office_visit_new.html",
        status=status if faults else 200,
        typed=typed,
        faults=faults,
        kinds=[(kind, pages_words.gettext(VISIT_KINDS[kind])) for kind in get_args(VisitKind)],
        languages=[(language, words.name) for language, words in OWN_WORDS.items()],
        units=[(code, name) for name, code in units],
        offices=[(code, name) for name, code in units if staff.holds(code, "coordinator")],
        plans=[(code, f"{code} · {title}") for code, title in plans],
        host=HOST,
    )
