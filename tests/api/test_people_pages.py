"""The coordinator's pages on people: what is missing, units, persons, absences, leaving, and files with a preview."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from models.tables.mail import DeadAddress, OutgoingMail
from models.tables.people import Absence, FocalPoint, Person
from models.tables.task import Task
from operations.absences import add_absence
from tests.api.house import House

PERSONS = "person,name,address,language,unit\n"


def tidy(html: str) -> str:
    return " ".join(html.split())


def typed(days: int) -> str:
    """A day from today on, as somebody types it."""
    day = datetime.now(UTC).date() + timedelta(days=days)
    return f"{day.day}/{day.month}/{day.year}"


async def test_people_shows_units_with_their_people_and_what_is_missing(house: House):
    async with house.staff() as client:
        shown = tidy((await client.get("/people?lang=en")).text)
        assert "Nobody answers for it" in shown
        gaps = shown[shown.index('id="gaps"') : shown.index('id="units"')]
        assert 'href="/people/unit/ECOLOGY"' in gaps
        assert 'href="/people/unit/HEALTH"' not in gaps
        assert shown.index("Alcaldia") < shown.index("Àrea Salut")
        found = tidy((await client.get("/people?q=hector sal")).text)
        assert "/people/person/health-head" in found[found.index('id="found"') : found.index('id="gaps"')]
        for path in ("/people/unit/NOWHERE", "/people/person/nobody", "/people/person/nobody/leave"):
            assert (await client.get(path)).status_code == 404
            assert (await client.post(path, data={"act": "away"})).status_code == 404
        assert (await client.post("/people/unit/HEALTH", data={"act": "drop"})).status_code == 404
    async with house.staff("manager", person="health-head") as client:
        assert (await client.get("/people")).status_code == 404
    async with house.staff("operator", person="ecology-head") as client:
        assert (await client.get("/people/person/health")).status_code == 200
        assert (await client.post("/people/person/health", data={"act": "away"})).status_code == 404


async def test_a_unit_gets_a_focal_point_and_a_head_or_says_what_is_wrong_with_all_that_was_typed(house: House):
    async with house.staff() as client:
        wrong = {"act": "appoint", "person": "", "first_day": "40/40", "last_day": typed(3)}
        answer = await client.post("/people/unit/ECOLOGY?lang=en", data=wrong)
        assert answer.status_code == 422
        assert "<title>Error: " in answer.text
        assert 'value="40/40"' in answer.text
        assert f'value="{typed(3)}"' in answer.text
        right = {"act": "appoint", "person": "ecology", "first_day": typed(1), "last_day": ""}
        answer = await client.post("/people/unit/ECOLOGY", data=right)
        assert answer.headers["location"] == "/people/unit/ECOLOGY?done=appointed"
        assert (await client.post("/people/unit/ECOLOGY", data=right)).status_code == 422
        shown = tidy((await client.get("/people/unit/ECOLOGY?lang=en")).text)
        assert "To come" in shown
        assert "A focal point was appointed" in shown
        of_day = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
        end = {"act": "end", "of": "ecology", "of_day": of_day, "call_off": "1"}
        assert (await client.post("/people/unit/ECOLOGY", data=end)).status_code == 303
        gone = await client.post("/people/unit/ECOLOGY?lang=en", data=end)
        assert gone.status_code == 422
        assert "There is no such appointment any more." in gone.text
        new = {"act": "new", "name": "Núria <Nova>", "new_address": "nuria@", "language": "fr"}
        refused = await client.post("/people/unit/ECOLOGY", data=new)
        assert refused.status_code == 422
        assert "Núria &lt;Nova&gt;" in refused.text
        made = await client.post("/people/unit/ECOLOGY", data=new | {"new_address": "nuria@prova.example"})
        code = re.search(r"person=(P-[\w-]+)", made.headers["location"])
        assert code is not None
        named = await client.post("/people/unit/ECOLOGY", data={"act": "head", "head": code[1]})
        assert named.headers["location"].endswith("done=head_named")
    async with house.database.reading() as session:
        assert await session.scalar(select(FocalPoint).where(FocalPoint.unit_code == "ECOLOGY")) is None


async def test_a_person_page_corrects_an_address_and_says_who_is_away_until_when(house: House):
    mail_id = (await house.task("health")).id
    async with house.database.transaction() as session:
        mail = await session.scalar(select(OutgoingMail).where(OutgoingMail.task_id == mail_id).limit(1))
        assert mail is not None
        dead = {"address": "health@prova.example", "outgoing_mail_id": mail.id, "since": datetime.now(UTC)}
        session.add(DeadAddress(id=mail_id, status="5.1.1", **dead))
    async with house.staff() as client:
        shown = tidy((await client.get("/people/person/health?lang=en")).text)
        for words in ("Mail comes back", "2 open tasks", "Àrea Salut", await house.reference("health")):
            assert words in shown
        taken = {"act": "address", "address": "ecology@prova.example"}
        refused = await client.post("/people/person/health?lang=en", data=taken)
        assert refused.status_code == 422
        assert 'value="ecology@prova.example"' in refused.text
        corrected = await client.post("/people/person/health", data=taken | {"address": "sofia@prova.example"})
        assert corrected.headers["location"].endswith("done=address_corrected")
        away = {"act": "away", "first_day": typed(0), "last_day": typed(9), "substitute": "health-head"}
        assert (await client.post("/people/person/health", data=away)).status_code == 303
        assert (await client.post("/people/person/health", data=away)).status_code == 422
        today = datetime.now(UTC).date()
        back = {"act": "back", "of_day": today.isoformat(), "back_on": typed(2)}
        assert (await client.post("/people/person/health", data=back)).status_code == 303
        shown = tidy((await client.get("/people/person/health?lang=en")).text)
        for words in (
            "An address was corrected",
            "An absence was changed",
            "health@prova.example → sofia@prova.example",
        ):
            assert words in shown
    async with house.database.reading() as session:
        assert (await session.scalars(select(Absence))).one().last_day == today + timedelta(days=1)


@pytest.mark.drill
async def test_somebody_leaves_as_it_was_shown_and_not_otherwise(house: House):
    async with house.staff() as client:
        shown = (await client.get("/people/person/health/leave?lang=en")).text
        assert "2 tasks move" in tidy(shown)
        seen = re.search(r'name="seen" value="(\w+)"', shown)
        assert seen is not None
        async with house.database.reading() as session:
            assert (await session.get_one(Person, "health")).active
        to = {"to": "mayor", "seen": seen[1]}
        other = await client.post("/people/person/health/leave", data=to)
        assert other.status_code == 409
        left = await client.post("/people/person/health/leave", data={"to": "", "seen": seen[1]})
        assert left.headers["location"].endswith("done=person_left")
    async with house.database.reading() as session:
        assert not (await session.get_one(Person, "health")).active
        assert (await session.get_one(Task, (await house.task("health")).id)).assignee_code == "health-head"


async def test_files_are_looked_at_before_they_are_imported_and_every_problem_is_told(house: House):
    bad = PERSONS + "health,Sofia Salut,not an address,ca,NOWHERE\n"
    good = (
        PERSONS
        + "health,Sofia Salut Roig,health@prova.example,ca-ES-valencia,HEALTH\nnew,<Nou>,n@x.example,fr,HEALTH\n"
    )
    async with house.staff() as client:
        assert (await client.post("/people/import", files={"other": ("a.csv", b"x")})).status_code == 422
        answer = await client.post("/people/import?lang=en", files={"files": ("../p.csv", bad.encode())})
        assert answer.status_code == 422
        shown = tidy(answer.text)
        for words in ("2 problems: nothing was imported", '<th scope="row">p.csv</th>', "there is no unit NOWHERE"):
            assert words in shown
        large = await client.post("/people/import?lang=en", files={"files": ("l.csv", b"x" * 5_000_000)})
        assert large.status_code == 422
        assert "at most 8 files" in large.text
        answer = await client.post("/people/import?lang=en", files={"files": ("p.csv", good.encode())})
        assert answer.status_code == 200
        for words in ("2 rows would change", "Sofia Salut Roig", "&lt;Nou&gt;"):
            assert words in tidy(answer.text)
        fields = dict(re.findall(r'name="(seen|file-0|content-0)" value="([^"]*)"', answer.text))
        async with house.database.transaction() as session:
            person = await session.get_one(Person, "health")
            person.name = "Sofia S."
        outdated = await client.post("/people/import/confirm", data=fields)
        assert outdated.status_code == 409
        assert "Sofia S." in outdated.text
        fields = dict(re.findall(r'name="(seen|file-0|content-0)" value="([^"]*)"', outdated.text))
        done = await client.post("/people/import/confirm", data=fields)
        assert done.headers["location"] == "/people?done=people_imported"
        for odd in ("?", "é"):
            assert (await client.post("/people/import/confirm", data={"content-0": odd})).status_code == 404
        kind = {"content-type": "multipart/form-data; boundary=y; charset=undefined"}
        head = b'--y\r\nContent-Disposition: form-data; name="files"; filename="p.csv"\r\n\r\n'
        unreadable = await client.post("/people/import", content=head + b"x\r\n--y--\r\n", headers=kind)
        assert unreadable.status_code == 422
    async with house.database.reading() as session:
        assert (await session.get_one(Person, "health")).name == "Sofia Salut Roig"
        assert (await session.get_one(Person, "new")).name == "<Nou>"


async def test_only_an_operator_gives_an_operator_another_address(house: House):
    corrected = {"act": "address", "address": "mine@prova.example"}
    file = f"{PERSONS}ecology,Enric,mine@prova.example,ca,ECOLOGY\n".encode()
    async with house.staff("operator", person="ecology"), house.staff() as client:
        refused = await client.post("/people/person/ecology?lang=en", data=corrected)
        assert refused.status_code == 422
        assert "only an operator can change this address" in refused.text
        seen = await client.post("/people/import", files={"files": ("p.csv", file)})
        fields = dict(re.findall(r'name="(seen|file-0|content-0)" value="([^"]*)"', seen.text))
        imported = await client.post("/people/import/confirm?lang=en", data=fields)
        assert imported.status_code == 422
        assert "only an operator can change this address" in imported.text
    async with house.staff("operator") as client:  # both
        assert (await client.post("/people/person/ecology", data=corrected)).status_code == 303


async def test_a_coordinator_fills_a_gap_without_script(house: House):
    async with house.desk(java_script_enabled=False, locale="ca") as page:
        await page.goto(house.settings.office_url + "/people?lang=en")
        await page.locator('#gaps ~ dl a[href="/people/unit/ECOLOGY"]').first.click()
        await page.select_option("#person", "ecology")
        await page.click("text=Appoint >> nth=-1")
        await expect(page.locator("[role=status]")).to_contain_text("The focal point is appointed.")
        await page.goto(house.settings.office_url + "/people/import")
        files = [
            {"name": "p.csv", "mimeType": "text/csv", "buffer": (PERSONS + "n,Nou,n@x.example,ca,ECOLOGY\n").encode()}
        ]
        await page.set_input_files("#files", files)  # type: ignore[arg-type]
        await page.click("text=Show what would change")
        await page.click("text=Import this")
        await expect(page.locator("[role=status]")).to_contain_text("The files are imported.")


async def test_whoever_is_away_is_listed_with_who_stands_in(house: House):
    today = datetime.now(UTC).date()
    async with house.database.transaction() as session:
        days = {"first_day": today, "last_day": today + timedelta(days=3)}
        await add_absence(session, "ecology", **days, substitute=None, by="coordinator", now=datetime.now(UTC))
    async with house.staff() as client:
        shown = tidy((await client.get("/people?lang=en")).text)
    assert "Away, and nobody stands in" in shown
    assert "Eric Verd" in shown[shown.index('id="away"') :]
