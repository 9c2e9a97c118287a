"""Replies to tasks that ask questions: a host says yes by mail, an area says that it joined no network."""

from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from models.contracts.mail import TaskKind
from models.tables.delegation_reception import Host
from models.tables.process import TaskSet
from models.tables.task import Answer, Item, Task
from store.database import WriteSession
from tests.inbox import SERVER
from tests.operations.letters import Letters
from tests.operations.steps import Office
from tests.questions import ask, asked, open_census, open_review, open_visit
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)


@pytest.fixture
def template(small_city: str) -> str:
    """Nothing is open at the beginning of any test."""
    return small_city


@pytest_asyncio.fixture
async def letters(office: Office) -> Letters:
    """A city whose mail server is trusted; nothing is open."""
    office.settings = office.settings.model_copy(update={"authentication_server": SERVER})
    return Letters(office)


async def put(letters: Letters, kind: TaskKind) -> Task:
    """Ask Sofia one thing; the request leaves."""
    office = letters.office
    async with office.database.transaction() as session:
        (task_id,) = await ask(session, await _set_of(session, kind), [asked(kind)], OPENING)
    await office.fire(OPENING)
    return await _task(office, task_id)


async def _set_of(session: WriteSession, kind: TaskKind) -> TaskSet:
    if kind == "joined_networks":
        return await open_census(session, OPENING)
    if kind == "hosting_request":
        return await open_visit(session, OPENING)
    return await open_review(session, OPENING)


async def _task(office: Office, task_id: UUID) -> Task:
    async with office.database.reading() as session:
        return await session.get_one(Task, task_id)


async def standing(letters: Letters, task: Task) -> dict[str, str]:
    """What stands, by the key of the question."""
    async with letters.office.database.reading() as session:
        rows = await session.execute(
            select(Item.question, Answer).join(Answer, Answer.id == Item.answer_id).where(Item.task_id == task.id)
        )
        return {
            str(key): str(answer.yes if answer.yes is not None else answer.words or answer.kind) for key, answer in rows
        }


async def test_a_host_says_yes_in_a_word_and_nothing_is_missing(letters: Letters) -> None:
    task = await put(letters, "hosting_request")
    request = await letters.office.text("task_request", "health")
    assert "1 · " in request
    _, decision = await letters.reply(task, "Sí, encantats de rebre’ls.\n\nSofia", NOON)
    assert decision == "accepted"
    assert await standing(letters, task) == {"can_host": "True"}
    assert (await _task(letters.office, task.id)).state == "answered"
    assert ("task_receipt", "health") in await letters.office.new_mails()
    receipt = await letters.office.text("task_receipt", "health")
    assert "encantats" in receipt


async def test_a_host_says_no_and_offers_other_days_by_number(letters: Letters) -> None:
    task = await put(letters, "hosting_request")
    await letters.reply(task, "1 = no\n2 = del 16 al 18 de març\n3 = Anna Garcia, cap de servei\n", NOON)
    said = {"can_host": "False", "other_days": "del 16 al 18 de març", "receives": "Anna Garcia, cap de servei"}
    assert await standing(letters, task) == said


async def test_words_that_are_not_understood_are_shown_back(letters: Letters) -> None:
    task = await put(letters, "hosting_request")
    _, decision = await letters.reply(task, "Sí, però només dimarts al matí.", NOON)
    assert decision == "not_read"
    assert await standing(letters, task) == {}
    assert "només dimarts" in await letters.office.text("reply_not_taken", "health")


async def test_a_reply_about_days_that_have_changed_is_said_to_come_too_late(letters: Letters) -> None:
    task = await put(letters, "hosting_request")
    async with letters.office.database.transaction() as session:
        await session.execute(update(Host).values(asked_version=2))
    _, decision = await letters.reply(task, "Sí", NOON)
    assert decision == "too_late"
    assert await standing(letters, task) == {}
    assert await letters.submissions(task) == []
    assert ("reply_not_taken", "health") in await letters.office.new_mails()


async def test_an_area_says_with_one_word_that_it_joined_no_network(letters: Letters) -> None:
    task = await put(letters, "joined_networks")
    _, decision = await letters.reply(task, "Cap, gràcies.", NOON)
    assert decision == "accepted"
    assert await standing(letters, task) == {"networks": "nothing_to_report"}


async def test_what_needs_a_choice_and_its_reason_is_not_read_from_a_reply(letters: Letters) -> None:
    task = await put(letters, "improvement_check")
    _, decision = await letters.reply(task, "1 = improved\nEl grup funciona.", NOON)
    assert decision == "not_read"
    assert await standing(letters, task) == {}
    assert ("reply_not_taken", "health") in await letters.office.new_mails()
