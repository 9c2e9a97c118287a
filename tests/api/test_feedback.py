"""A guest says how their visit was, with a link of their own and no account."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, update

from models.tables.delegation_reception import Visit, VisitFeedback
from models.tables.process import AuditEvent
from operations.visit_feedback_link import feedback_link
from tests.api.house import House
from tests.api.test_question_forms import text
from tests.questions import open_visit


async def visited(house: House, days_ago: int = 1, **changes: Any) -> tuple[UUID, str]:
    """A visit that is over, and the path of its link."""
    last_day = datetime.now(UTC).date() - timedelta(days=days_ago)
    async with house.database.transaction() as session:
        task_set = await open_visit(session, datetime.now(UTC), first_day=last_day, last_day=last_day, **changes)
    process_id = task_set.process_id
    return process_id, feedback_link(house.settings, process_id).removeprefix(house.settings.answer_url)


async def kept(house: House, process_id: UUID) -> tuple[int, str] | None:
    """What was kept of it."""
    async with house.database.reading() as session:
        said = await session.get(VisitFeedback, process_id)
    return (said.rating, said.words) if said else None


async def test_a_guest_is_asked_in_their_language_and_the_last_answer_counts(house: House):
    process_id, path = await visited(house, language="fr")
    async with house.client() as client:
        page = await client.get(path)
        assert "Comment s’est passée votre visite" in text(page)
        assert page.headers["referrer-policy"] == "no-referrer"
        assert await kept(house, process_id) is None, "looking at it changes nothing"
        sent = await client.post(path, data={"do": "send", "rating": "2", "words": "Trop court", "speaks": "fr"})
        assert sent.status_code == 303
        assert "Merci" in text(await client.get(sent.headers["location"]))
        again = await client.get(path)
        assert "Trop court" not in again.text, "links are passed on: what was said is not shown"
        assert "Si vous en envoyez une autre" in text(again)
        await client.post(path, data={"do": "send", "rating": "5", "words": " Très bien "})
    assert await kept(house, process_id) == (5, "Très bien")
    async with house.database.reading() as session:
        events = await session.scalars(select(AuditEvent.detail).where(AuditEvent.action == "visit.feedback_kept"))
        assert [event["rating"] for event in events] == [2, 5]


@pytest.mark.drill
async def test_what_is_missing_is_said_and_nothing_typed_is_lost_when_the_language_changes(house: House):
    process_id, path = await visited(house)
    async with house.client() as client:
        wrong = await client.post(path, data={"do": "send", "words": "Wonderful"})
        told = wrong.text.split('name="with_problems" value="')[1].split('"')[0]
        other = await client.post(path, data={"language": "es", "words": "Wonderful", "with_problems": told})
        long = await client.post(path, data={"do": "send", "rating": "3", "words": "x" * 4001})
    assert wrong.status_code == long.status_code == 422
    assert text(wrong).count("Choose a number from 1 to 5.") == 2
    assert "Hay que marcar un número del 1 al 5." in text(other)
    assert "Wonderful" in other.text
    assert await kept(house, process_id) is None


async def test_a_visit_too_long_ago_is_answered_politely(house: House):
    process_id, path = await visited(house, days_ago=61)
    async with house.client() as client:
        page = await client.get(path)
        late = await client.post(path, data={"do": "send", "rating": "3", "words": "Late"})
    assert "The time for answers is over" in text(page)
    assert house.settings.coordinator_address in page.text
    assert late.status_code == 409
    assert "Late" in late.text
    assert await kept(house, process_id) is None


async def test_a_link_that_is_none_of_ours_opens_nothing(house: House):
    _, path = await visited(house)
    other, called_off = uuid4(), await visited(house, number=2, state="called_off")
    paths = [path[:-1], path[:-1] + ("A" if path[-1] != "A" else "B"), called_off[1], "/f/", "/f/x"]
    paths.append(feedback_link(house.settings, other).removeprefix(house.settings.answer_url))
    paths.append(f"/f/{await house.token('health')}")
    async with house.client() as client:
        answers: list[httpx.Response] = [await client.get(each) for each in paths]
        answers.append(await client.post(path.replace("/f/", "/a/"), data={}))
    assert {answer.status_code for answer in answers} == {404}


async def test_until_the_last_day_it_is_taken(house: House):
    process_id, path = await visited(house, days_ago=60)
    async with house.client() as client:
        assert (await client.post(path, data={"do": "send", "rating": "1"})).status_code == 303
    assert await kept(house, process_id) == (1, "")
    async with house.database.transaction() as session:
        await session.execute(update(Visit).values(first_day=date(2020, 1, 1), last_day=date(2020, 1, 1)))
    async with house.client() as client:
        assert (await client.post(path, data={"do": "send", "rating": "5"})).status_code == 409
    assert await kept(house, process_id) == (1, "")
