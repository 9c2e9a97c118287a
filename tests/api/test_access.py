"""Every route of the office against every role: who may not is told what is told of a page that does not exist.

A route that is added fails here until an example of its address is added, too.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from fastapi import APIRouter
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from api import sign_in
from api.guard import Guarded
from api.office import ROUTERS
from models.contracts.staff import Role
from models.tables.mail import Matter, OutgoingMail
from models.tables.people import Person
from models.tables.process import AuditEvent
from models.tables.staff import StaffRole
from operations.audit import record
from store.database import Database
from tests.api.desk import put
from tests.api.house import House
from tests.api.recording import marked, watching
from tests.api.test_office_mail import eventful

NOBODY = "00000000-0000-4000-8000-000000000000"
CITY: frozenset[str] | None = None
PERSONAS: dict[str, tuple[Role, str, str | None]] = {
    "coordinator": ("coordinator", "mayor", None),
    "manager": ("manager", "ecology-head", None),
    "operator": ("operator", "ecology", None),
    "manager of HEALTH": ("manager", "health-head", "HEALTH"),
    "coordinator of ECOLOGY": ("coordinator", "health", "ECOLOGY"),
}
"""A role, who holds it, and the unit for which; None: the whole city."""
VISIT, CALL, NETWORK = "/delegations/2027-0001", "/calls/CERV-2027-PROVA", "/networks/NET-PROVA"
QUARTER = "/collections/TST/2026-Q4"


@dataclass(frozen=True)
class Place:
    """An example of an address. `units`: whose people may see it, of those who have the role; empty: all of them.

    `own`: the only person who may, whatever their role.
    """

    path: str
    units: tuple[str, ...] = ()
    own: str | None = None


def guarded() -> Iterator[tuple[Guarded, str]]:
    """Every route of the office that asks who is there, with its method."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, Guarded):
                yield route, "POST" if "POST" in (route.methods or ()) else "GET"


async def places(house: House) -> dict[str, Place]:
    """An example of each thing that an address can name, by the beginning of a route's path; the longest one counts."""
    found = await eventful(house)
    decision = await put(house, "membership_decision")
    await put(house, "hosting_request")
    await put(house, "go_decision")
    async with house.database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail.id).limit(1))).first()
        matter = (await session.scalars(select(Matter.reference).limit(1))).first()
        role = (await session.scalars(select(StaffRole.id).where(StaffRole.role == "coordinator"))).first()
    mine = f"/decisions/{decision.reference}"
    return {
        "/collections/{plan_code}/{period}": Place(QUARTER),
        "/delegations/{reference}": Place(VISIT, units=("MAYOR",)),
        "/delegations/{reference}/{act}": Place(f"{VISIT}/move", units=("MAYOR",)),
        "/calls/{identifier}": Place(CALL),
        "/calls/{identifier}/{name}": Place(f"{CALL}/lead", units=("MAYOR",)),
        "/calls/programmes/{code}": Place("/calls/programmes/CERV"),
        "/networks/{code}": Place(NETWORK, units=("HEALTH", "MAYOR")),
        "/networks/{code}/reviews/{year:int}": Place(f"{NETWORK}/reviews/2027", units=("HEALTH", "MAYOR")),
        "/people/unit/{code}": Place("/people/unit/HEALTH"),
        "/people/person/{code}": Place("/people/person/health"),
        "/matters/{reference}": Place(f"/matters/{matter}"),
        "/incoming/{mail_id}": Place(f"/incoming/{found['accepted']}"),
        "/mails/{mail_id}": Place(f"/mails/{mail}"),
        "/mails/gallery/{name}/{number}/{tag}": Place("/mails/gallery/task_request/1/ca"),
        "/tasks/{reference}": Place(f"/tasks/{await house.reference('health')}", units=("HEALTH",)),
        "/staff/{role_id}": Place(f"/staff/{role}"),
        "/decisions/{reference}": Place(mine, own="mayor"),
        "/decisions/{reference}/sent/{submission}": Place(f"{mine}/sent/NONE", own=""),
        "/decisions/{reference}/evidence/{file_id}": Place(f"{mine}/evidence/{NOBODY}", own=""),
        "/tasks/{reference}/evidence/{file_id}": Place(
            f"/tasks/{await house.reference('health')}/evidence/{NOBODY}", own=""
        ),
        "/decisions/{reference}/evidence/{file_id}/remove": Place(f"{mine}/evidence/{NOBODY}/remove", own="mayor"),
        "/board/act": Place(f"/board/act?act=remind&pick-{await house.reference('health')}=1", units=("HEALTH",)),
        "/board.{ending}": Place("/board.csv"),
    }


def placed(known: dict[str, Place], path: str) -> Place:
    """The example of a route's path; a route that names a thing of which there is none fails here."""
    if "{" not in path and path not in known:
        return Place(path)
    begins = [template for template in known if path == template or path.startswith(template + "/")]
    assert begins, f"add an example of {path}"
    longest = max(begins, key=len)
    rest = path.removeprefix(longest)
    assert "{" not in rest, f"add an example of {path}"
    place = known[longest]
    return Place(place.path + rest, place.units, place.own)


def test_a_page_that_does_not_say_who_may_see_it_cannot_be_added() -> None:
    async def page(_request: Request) -> Response:
        raise NotImplementedError

    with pytest.raises(TypeError, match="does not say who may see it"):
        APIRouter(route_class=Guarded).add_api_route("/new", page)
    assert [router for router in ROUTERS if not any(isinstance(route, Guarded) for route in router.routes)] == [
        sign_in.router
    ]


def plain(text: str) -> str:
    """A page without what differs from address to address."""
    return re.sub(r'(href|action)="[^"]*"', "", text)


async def test_every_route_opens_to_whom_it_says_and_to_nobody_else(house: House):
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(house.staff(role, person=person, unit=unit))
            for name, (role, person, unit) in PERSONAS.items()
        }
        stranger = await stack.enter_async_context(house.client(office=True))
        known = await places(house)
        nowhere = {name: plain((await client.get("/nowhere")).text) for name, client in clients.items()}
        wrong: list[tuple[object, ...]] = []
        for route, method in guarded():
            place = placed(known, route.path)
            answer = await stranger.request(method, place.path, data={} if method == "POST" else None)
            where = answer.headers.get("location", "")
            turned_away = where.startswith("/sign-in?next=%2F") if method == "GET" else answer.status_code == 401
            if not turned_away:
                wrong.append((method, route.path, "stranger", answer.status_code))
            for name, (role, person, unit) in PERSONAS.items():
                admitted = role in route.access.roles and (unit is None or not route.access.city)
                before = await house.counts() if method == "POST" and not admitted else None
                answer = await clients[name].request(method, place.path, data={} if method == "POST" else None)
                theirs = place.own in {None, person} and (not place.units or unit is None or unit in place.units)
                opened = answer.status_code < 500 and (answer.status_code != 404) == (admitted and theirs)
                if not opened or (answer.status_code == 404 and plain(answer.text) != nowhere[name]):
                    wrong.append((method, route.path, name, answer.status_code))
                if before is not None and before != await house.counts():
                    wrong.append((method, route.path, name, "changed something"))
    assert not wrong, "\n".join(map(str, wrong))


async def test_whoever_guesses_an_id_learns_nothing(house: House):
    async with house.staff("coordinator") as office, house.staff("operator", person="ecology") as operator:
        nowhere = {client: plain((await client.get("/nowhere")).text) for client in (office, operator)}
        guesses = ("2031-0099", NOBODY, "%2e%2e%2f", "a'--" + "1" * 300)
        wrong = []
        for route, method in guarded():
            if "{" not in route.path or route.path == "/mails/gallery/{name}/{number}/{tag}/body":
                continue
            client = office if "coordinator" in route.access.roles else operator
            for guess in guesses:
                path = re.sub(r"\{[^}]*\}", guess if ":int" not in route.path else "2031", route.path)
                answer = await client.request(method, path, data={} if method == "POST" else None)
                if answer.status_code != 404 or plain(answer.text) != nowhere[client]:
                    wrong.append((method, path, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


async def test_what_a_form_changes_without_an_event_is_noticed(database: Database):
    async def form(recorded: bool) -> None:
        async with database.transaction() as session:
            person = await session.get_one(Person, "health")
            person.name += "!"
            if recorded:
                record(session, "people.imported", by="mayor", now=datetime.now(UTC))

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        for recorded in (True, False):
            await form(recorded)

    with watching() as unrecorded:
        await form(recorded=False)
        assert unrecorded == [], "no form did that"
        await asyncio.gather(marked(app)({"method": "POST", "path": "/people"}, receive, send))
    assert unrecorded == ["/people: persons"]


async def receive() -> Message:
    """Nothing comes."""
    raise NotImplementedError


async def send(_message: Message) -> None:
    """Nothing goes."""
    raise NotImplementedError


async def test_the_record_only_grows(house: House):
    async with house.staff("manager"):
        pass
    async with house.database.reading() as session:
        actions = list(await session.scalars(select(AuditEvent.action).where(AuditEvent.actor == "mayor")))
    assert "staff.signed_in" in actions
    for change in ("update audit_events set actor = 'nobody'", "delete from audit_events"):
        with pytest.raises(DBAPIError, match="the record only grows"):
            async with house.database.transaction() as session:
                await session.execute(text(change))
