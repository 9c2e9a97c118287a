"""Every route of the office against every role: who may not is told what is told of a page that does not exist.

A route that is added fails here until an example of its address is added, too.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
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
from operations.api_tokens import issue
from operations.audit import record
from operations.staff import grant
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
    form: tuple[tuple[str, str], ...] = ()
    """What a form has to hold so that it names a thing."""


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
    async with house.database.transaction() as session:
        now = datetime.now(UTC)
        role = await grant(session, "mayor", "manager", unit_code="MAYOR", by="operator", now=now)
        await issue(session, "crm-visits", "coordinator", days=30, by="operator", now=now)
    async with house.database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail.id).limit(1))).first()
        matter = (await session.scalars(select(Matter.reference).limit(1))).first()
    mine = f"/decisions/{decision.reference}"
    picked = (("act", "remind"), (f"pick-{await house.reference('health')}", "1"))
    return {
        "/collections/{plan_code}/{period}": Place(QUARTER),
        "/delegations/{reference}": Place(VISIT, units=("MAYOR",)),
        "/delegations/{reference}/{act}": Place(f"{VISIT}/move", units=("MAYOR",)),
        "/calls/{identifier}": Place(CALL),
        "/calls/{identifier}/{name}": Place(f"{CALL}/lead", units=("MAYOR",)),
        "/calls/programmes/{code}": Place("/calls/programmes/CERV"),
        "/networks/{code}": Place(NETWORK, units=("HEALTH", "MAYOR")),
        "/networks/{code}/reviews/{year:int}": Place(f"{NETWORK}/reviews/2027", units=("HEALTH", "MAYOR")),
        "/people/unit/{code}": Place("/people/unit/HEALTH", form=(("act", "head"),)),
        "/people/person/{code}": Place("/people/person/health", form=(("act", "address"),)),
        "/matters/{reference}": Place(f"/matters/{matter}", form=(("act", "dismiss"),)),
        "/incoming/{mail_id}": Place(f"/incoming/{found['accepted']}", form=(("act", "look"),)),
        "/mails/{mail_id}": Place(f"/mails/{mail}"),
        "/mails/gallery/{name}/{number}/{tag}": Place("/mails/gallery/task_request/1/ca"),
        "/tasks/{reference}": Place(f"/tasks/{await house.reference('health')}", units=("HEALTH",)),
        "/staff/{role_id}": Place(f"/staff/{role.id}"),
        "/staff/tokens/{name}": Place("/staff/tokens/crm-visits"),
        "/decisions/{reference}": Place(mine, own="mayor"),
        "/decisions/{reference}/sent/{submission}": Place(f"{mine}/sent/NONE", own=""),
        "/decisions/{reference}/evidence/{file_id}": Place(f"{mine}/evidence/{NOBODY}", own=""),
        "/tasks/{reference}/evidence/{file_id}": Place(
            f"/tasks/{await house.reference('health')}/evidence/{NOBODY}", own=""
        ),
        "/decisions/{reference}/evidence/{file_id}/remove": Place(f"{mine}/evidence/{NOBODY}/remove", own="mayor"),
        "/board/act": Place(f"/board/act?{urlencode(picked)}", units=("HEALTH",), form=picked),
        "/board.{ending}": Place("/board.csv"),
        "/people/import/confirm": Place("/people/import/confirm", form=(("name-0", "units.csv"), ("content-0", ""))),
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
    return Place(place.path + rest, place.units, place.own, place.form)


def test_a_page_that_does_not_say_who_may_see_it_cannot_be_added() -> None:
    async def page(_request: Request) -> Response:
        raise NotImplementedError

    with pytest.raises(TypeError, match="does not say who may see it"):
        APIRouter(route_class=Guarded).add_api_route("/new", page)
    assert [router for router in ROUTERS if not any(isinstance(route, Guarded) for route in router.routes)] == [
        sign_in.router
    ]


def plain(text: str) -> str:
    """A page without what differs from address to address, and without what was typed, which it gives back."""
    kept = re.sub(r'(href|action)="[^"]*"|<section class="kept">.*?</section>', "", text, flags=re.DOTALL)
    return " ".join(kept.split())


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
            form = dict(place.form) if method == "POST" else None
            answer = await stranger.request(method, place.path, data=form)
            where = answer.headers.get("location", "")
            turned_away = where.startswith("/sign-in?next=%2F") if method == "GET" else answer.status_code == 401
            if not turned_away:
                wrong.append((method, route.path, "stranger", answer.status_code))
            for name, (role, person, unit) in PERSONAS.items():
                admitted = role in route.access.roles and (unit is None or not route.access.city)
                theirs = place.own in {None, person} and (not place.units or unit is None or unit in place.units)
                before = await house.counts() if method == "POST" and not admitted else None
                if (
                    method == "GET"
                    and name == "manager"
                    and admitted
                    and theirs
                    and "coordinator" in route.access.roles
                ):
                    continue  # is drawn for the coordinator already
                answer = await clients[name].request(method, place.path, data=form)
                opened = answer.status_code < 500 and (answer.status_code != 404) == (admitted and theirs)
                if not opened or (answer.status_code == 404 and plain(answer.text) != nowhere[name]):
                    wrong.append((method, route.path, name, answer.status_code))
                if before is not None and before != await house.counts():
                    wrong.append((method, route.path, name, "changed something"))
    assert not wrong, "\n".join(map(str, wrong))


def shape(address: str) -> str:
    """An address without what tells one thing of a kind from another."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z0-9]{4}-[A-Z0-9]{4}\b|\d+|=[^&]*", "*", address)


@pytest.mark.drill
async def test_no_link_leads_to_what_is_not_for_whoever_sees_it(house: House):
    known = await places(house)
    wrong: list[tuple[str, str, str, int]] = []
    for name, (role, person, unit) in PERSONAS.items():
        async with house.staff(role, person=person, unit=unit) as client:
            seen: set[str] = set()
            for route, method in guarded():
                place = placed(known, route.path)
                page = await client.get(place.path) if method == "GET" and place.own != "" else None
                if page is None or page.status_code != 200 or "text/html" not in page.headers["content-type"]:
                    continue
                for address in re.findall(r'href="(/[^"#]*)', page.text):
                    if shape(address) not in seen:
                        seen.add(shape(address))
                        answer = await client.get(address.replace("&amp;", "&"))
                        if answer.status_code != 200:
                            wrong.append((name, place.path, address, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


async def test_after_a_form_with_faults_the_language_is_changed_on_a_page_that_there_is(house: House):
    await places(house)
    forms = ("/staff/grant", "/networks/criteria/add", f"{NETWORK}/review", f"{CALL}/ignore", "/delegations/new")
    async with house.staff("coordinator") as office, house.staff("operator", person="ecology") as operator:
        for path in forms:
            client = operator if path.startswith("/staff") else office
            told = await client.post(path, data={"year": "x"})
            assert told.status_code == 422, path
            (switch,) = re.findall(r'href="([^"]*lang=fr)"', told.text)
            assert (await client.get(str(httpx.URL(path).join(switch)))).status_code == 200, (path, switch)


async def test_whoever_guesses_an_id_learns_nothing(house: House):
    async with house.staff("coordinator") as office, house.staff("operator", person="ecology") as operator:
        nowhere = {client: plain((await client.get("/nowhere")).text) for client in (office, operator)}
        guesses = (NOBODY, "%2e%2e" + "a'--" + "1" * 300)
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


async def test_the_last_operator_of_the_whole_city_stays(house: House):
    async with (
        house.staff("operator", person="ecology") as client,
        house.staff("operator", person="health", unit="HEALTH"),
        house.staff("operator", person="health-head"),
    ):
        async with house.database.transaction() as session:
            (await session.get_one(Person, "health-head")).active = False
            mine = select(StaffRole.id).where(StaffRole.person_code == "ecology")
            role = (await session.scalars(mine)).one()
        assert (await client.post(f"/staff/{role}/revoke")).status_code == 422


async def test_an_operator_gives_and_takes_away_roles_and_tokens(house: House):
    async with house.staff("operator", person="ecology") as client:
        nothing = await client.post("/staff/grant", data={"person": "", "role": "king"})
        assert nothing.status_code == 422
        assert nothing.text.count('class="error"') == 2
        given = await client.post("/staff/grant", data={"person": "health", "role": "manager", "unit": "HEALTH"})
        assert given.headers["location"] == "/staff?done=role_given"
        page = (await client.get("/staff?done=role_given&lang=en")).text
        assert "The role is given." in page
        assert "Sofia Salut" in page
        ours = re.findall(r'action="(/staff/[0-9a-f-]{36}/revoke)"', page)
        last = [await client.post(address) for address in ours]
        assert sorted(answer.status_code for answer in last) == [303, 422], "the last operator stays"
        wrong = await client.post("/staff/tokens", data={"name": "CRM!", "token_role": "manager", "days": "30"})
        assert wrong.status_code == 422
        assert 'value="CRM!"' in wrong.text
        issued = await client.post("/staff/tokens", data={"name": "crm", "token_role": "manager", "days": "30"})
        (token,) = re.findall(r"focal_[\w-]{43}", issued.text)
        assert token not in (await client.get("/staff")).text
        async with house.client() as program:
            headers = {"Authorization": f"Bearer {token}"}
            assert (await program.get("/api/tasks", headers=headers)).status_code == 200
            assert (await client.post("/staff/tokens/crm/revoke")).status_code == 303
            assert (await program.get("/api/tasks", headers=headers)).status_code == 401
