"""What is said of a call that is followed: from its rows, in the reader's language."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import update

from models.contracts.mail import CallWords, Language, TaskKind
from models.tables.call_follow_up import CallFollowUp
from models.tables.calls import Call
from models.tables.process import Process
from operations.call_words import call_said
from operations.subjects import load_subjects
from store.database import Database
from store.task import task_facts, task_items
from tests.questions import ask, asked, open_call
from tests.world import OPENING

TODAY = OPENING.date()


@pytest.fixture
def template(small_city: str) -> str:
    """Nothing is open at the beginning of any test."""
    return small_city


async def said(database: Database, process_id: UUID, language: Language = "en", *, full: bool = False) -> CallWords:
    """The call of a process."""
    async with database.reading() as session:
        process = await session.get_one(Process, process_id)
        pursuit = await session.get_one(CallFollowUp, process_id)
        call = await session.get_one(Call, pursuit.call_id)
        return await call_said(session, process, pursuit, call, language=language, now=OPENING, full=full)


async def followed(database: Database, state: str = "interest") -> UUID:
    """A call that is followed."""
    async with database.transaction() as session:
        return (await open_call(session, OPENING, state)).process_id


async def test_the_deadline_is_on_the_clock_of_its_programme(database: Database) -> None:
    words = await said(database, await followed(database))
    assert words.deadline is not None
    assert (str(words.deadline.tzinfo), f"{words.deadline:%F %R}") == ("Europe/Brussels", "2027-04-15 17:00")
    assert words.deadline.astimezone(UTC) == datetime(2027, 4, 15, 15, tzinfo=UTC)
    assert (words.programme, words.stage, words.interests, words.milestones) == ("Ciutadania", 0, (), ())


async def test_whoever_decides_is_told_what_units_say_and_what_each_step_needs(database: Database) -> None:
    words = await said(database, await followed(database), "es", full=True)
    assert [(line.unit_name, line.state, line.remark) for line in words.interests] == [
        ("Àrea Salut", "lead", ""),
        ("Àrea Ecologia Urbana", "no", "No: no hay tiempo suficiente"),
    ]
    assert len(words.milestones) == 8
    assert words.milestones[0].name == "Redactar la idea del proyecto"
    assert {line.unit_name for line in words.milestones} == {"Àrea Salut", "Alcaldia"}


async def test_a_moved_deadline_is_told_with_the_old_one_until_the_proposal_is_sent(
    database: Database,
) -> None:
    process_id = await followed(database, "preparing")
    moved = {"what": ["deadline"], "old_day": "2027-04-01", "new_day": "2027-04-15", "reason": "", "by": "portal"}
    async with database.transaction() as session:
        await session.execute(update(Call).values(change=moved))
    words = await said(database, process_id)
    assert words.old_deadline is not None
    assert words.old_deadline.date() == date(2027, 4, 1)
    async with database.transaction() as session:
        await session.execute(update(CallFollowUp).values(submitted_at=OPENING))
    assert (await said(database, process_id)).old_deadline is None


async def test_only_an_open_decision_shows_the_sheet_and_only_a_check_counts_years(database: Database) -> None:
    async with database.transaction() as session:
        task_set = await open_call(session, OPENING)
        kinds: tuple[TaskKind, ...] = ("go_decision", "call_lessons", "sustainability_check")
        ids = await ask(session, task_set, [asked(kind) for kind in kinds], OPENING)
    async with database.reading() as session:
        facts = await task_facts(session, ids)
        subjects = await load_subjects(session, facts, await task_items(session, ids), TODAY)
    calls = {each.facts.task.kind: each.fields("en")["call"] for each in subjects.values()}
    assert {kind: (len(call.milestones), call.years) for kind, call in calls.items()} == {
        "go_decision": (8, 0),
        "call_lessons": (0, 0),
        "sustainability_check": (0, 3),
    }
