"""Collections on the office's pages: rehearsed, opened, seen as they stand, paused, closed."""

import re

import pytest
from sqlalchemy import func, select

from models.contracts.answering import Typed
from models.tables.mail import OutgoingMail
from models.tables.process import AuditEvent, Dispatch, Process
from tests.api.house import COUNT, House, said

HERE = "/collections/TST/2026-Q4"
NEXT = {"plan": "TST", "period": "2027-Q1"}


async def acted(house: House) -> list[tuple[str, str]]:
    """What people did on the pages, as the record has it: action and actor."""
    async with house.database.reading() as session:
        done = AuditEvent.action.not_like("staff.%")
        query = select(AuditEvent.action, AuditEvent.actor).where(AuditEvent.actor == "mayor", done)
        return [(action, actor) for action, actor in await session.execute(query.order_by(AuditEvent.id))]


async def test_a_quarter_is_rehearsed_before_anything_is_sent_and_opened_once(house: House):
    before = await house.counts()
    async with house.staff() as client:
        empty = await client.get("/collections/new?lang=en")
        rehearsal = await client.get("/collections/new?plan=TST&period=2027-Q1&answers=mixed&lang=en")
        assert (empty.status_code, rehearsal.status_code) == (200, 200)
        assert "Calendar of mails" not in empty.text
        assert "No focal point: Elena Cap is asked to name one." in rehearsal.text
        assert "The day from which it is asked." in rehearsal.text
        assert (await house.counts())["outgoing_mails"] == before["outgoing_mails"]
        for wrong, sentence in ((NEXT | {"plan": "NIL"}, "NIL"), (NEXT | {"period": "2099"}, "2099")):
            seen = await client.get("/collections/new?lang=en", params=wrong)
            sent = await client.post("/collections/new?lang=en", data=wrong)
            assert (seen.status_code, sent.status_code) == (422, 422)
            assert sentence in seen.text
            assert 'role="alert"' in sent.text
        opened = await client.post("/collections/new", data=NEXT)
        again = await client.post("/collections/new", data=NEXT)
        assert opened.headers["location"] == "/collections/TST/2027-Q1?done=collection_opened"
        assert again.headers["location"].endswith("?done=collection_there")
        assert (await client.get("/collections/TST/2027-Q1?lang=en")).status_code == 200
        there = await client.get("/collections/new?plan=TST&period=2027-Q1&lang=en")
        assert "This quarter was opened before." in there.text
    assert await acted(house) == [("collection.opened", "mayor")]
    async with house.database.reading() as session:
        starts = select(func.count()).where(Dispatch.workflow_id == "collection/TST/2027-Q1", Dispatch.kind == "start")
        assert await session.scalar(starts) == 1


async def test_a_collection_shows_who_answered_in_time_and_on_which_day(house: House):
    await house.answer("health", {COUNT: Typed(value="12")})
    async with house.staff("manager") as client:
        page = (await client.get(f"{HERE}?lang=en")).text
        french = (await client.get(f"{HERE}?lang=fr")).text
        empty = await client.get("/collections/TST/1999-Q1")
    row = re.sub(r"\s+", " ", page[page.index(">Àrea Salut</th>", page.index('id="units"')) :])
    assert '<td class="num">3</td> <td class="num">1</td> <td class="num">0</td> <td class="num">2</td> <td>33%' in row
    assert 'id="chart-days-title"' in page
    assert said("fr", "Answers day by day") in french
    assert "/pause" not in page  # a manager looks
    assert empty.status_code == 404


@pytest.mark.drill
async def test_the_mail_of_a_collection_is_paused_and_leaves_again(house: House):
    async with house.staff() as client:
        assert (await client.get(f"{HERE}/pause")).status_code == 200
        nothing = await client.post(f"{HERE}/pause?lang=en", data={"until": "31 juny", "reason": ""})
        assert nothing.status_code == 422
        assert 'value="31 juny"' in nothing.text
        assert 'href="#until"' in nothing.text
        assert 'href="#reason"' in nothing.text
        past = await client.post(f"{HERE}/pause?lang=en", data={"until": "1/1/2020", "reason": "Agost"})
        assert (past.status_code, "Agost" in past.text) == (422, True)
        form = {"until": "1/9/2099", "reason": "Eleccions <b>"}
        done = await client.post(f"{HERE}/pause", data=form)
        assert done.headers["location"] == f"{HERE}?done=paused"
        page = (await client.get(f"{HERE}?done=paused&lang=en")).text
        assert "Maria Alcaldessa: Eleccions &lt;b&gt;" in page
        assert "The pause is kept." in page
        second = await client.post(f"{HERE}/pause?lang=en", data=form)
        assert second.status_code == 409
        assert "Maria Alcaldessa: Eleccions" in second.text
        resumed = await client.post(f"{HERE}/resume")
        assert resumed.headers["location"] == f"{HERE}?done=resumed"
        assert (await client.post(f"{HERE}/resume?lang=en")).status_code == 409
    assert await acted(house) == [("mail.paused", "mayor"), ("mail.resumed", "mayor")]


async def test_a_collection_is_closed_once_and_its_workflow_hears_of_it(house: House):
    async with house.staff() as client:
        asked = (await client.get(f"{HERE}/close?lang=en")).text
        assert "nobody can answer any more" in asked
        closed = await client.post(f"{HERE}/close")
        assert closed.headers["location"] == f"{HERE}?done=collection_closed"
        again = await client.post(f"{HERE}/close?lang=en")
        assert again.status_code == 409
        late = await client.post(f"{HERE}/pause?lang=en", data={"until": "1/9/2099", "reason": "Agost"})
        assert late.status_code == 409
    assert await acted(house) == [("collection.closed", "mayor")]
    async with house.database.reading() as session:
        process = (await session.scalars(select(Process).where(Process.reference == "collection/TST/2026-Q4"))).one()
        assert process.state == "closed"
        pokes = await session.scalars(select(Dispatch.workflow).where(Dispatch.workflow_id == process.reference))
        assert pokes.all() == ["IndicatorCollection", "IndicatorCollection"]


async def test_only_the_coordination_of_the_whole_city_acts_on_collections(house: House):
    paths = ("/collections/new", f"{HERE}/pause", f"{HERE}/resume", f"{HERE}/close")
    async with house.staff("manager") as manager, house.staff(person="health", unit="HEALTH") as other:
        for client in (manager, other):
            for path in paths:
                assert (await client.post(path, data=NEXT)).status_code == 404, path
        assert (await manager.get(HERE)).status_code == 200
        assert (await other.get(HERE)).status_code == 404
    assert await acted(house) == []
    async with house.database.reading() as session:
        assert await session.scalar(select(func.count()).where(OutgoingMail.name == "collection_report")) == 0
