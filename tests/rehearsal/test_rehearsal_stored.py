"""What is rehearsed from the database is what is sent from it; and a finished quarter under another policy."""

from datetime import UTC, datetime, timedelta

import pytest

from mail.registry import MAILS
from models.contracts.refusal import Refused
from models.tables.process import PolicyRow
from operations.rehearsal import AnswersFile, rehearse_collection, replay_collection
from settings import Settings
from store.database import Database
from tests.operations.steps import Office
from tests.rehearsal.quarter import foretold, live, sent
from tests.rehearsal.stage import at
from tests.rosters import Answer, build_cities, small_city
from tests.world import OPENING, build_world

NEW_YEAR = datetime(2027, 1, 1, 6, tzinfo=UTC)
"""Seven in the morning of a holiday: requests leave on Monday 4 January at nine, as in `OPENING`."""
GENTLE = {
    "name": "gentle",
    "version": 1,
    "due_after": 15,
    "reminders_before": [5],
    "gap": 2,
    "grace": 2,
    "late_window": 8,
}


async def load(database: Database, rules: dict[str, object]) -> None:
    async with database.transaction() as session:
        row = PolicyRow(name=rules["name"], version=rules["version"], rules=rules, loaded_at=OPENING, loaded_by="test")
        session.add(row)


@pytest.mark.parametrize("seed", [0, 59, *(pytest.param(seed, marks=pytest.mark.drill) for seed in (8, 17))])
async def test_in_a_random_city_what_was_rehearsed_is_sent_mail_by_mail(
    database: Database, settings: Settings, seed: int
):
    city = small_city(seed, OPENING)
    await build_cities(database, [city])
    answers = AnswersFile("answers.csv", city.answers_csv())
    async with database.reading() as session:
        rehearsing = await rehearse_collection(session, settings, city.plan, "2026-Q4", now=NEW_YEAR, answers=answers)
    office = Office(database, settings)
    process_id = await office.open(city.plan, at=NEW_YEAR)
    await live(office, process_id, city.answers)
    assert len(rehearsing.rehearsal.mails) > 10
    assert await sent(office, process_id) == foretold(rehearsing.rehearsal)
    assert {mail.name for mail in rehearsing.rehearsal.mails} <= set(MAILS)


@pytest.mark.drill
async def test_what_is_open_already_takes_part(database: Database, settings: Settings):
    await build_world(database)
    office = Office(database, settings)
    await office.open("TST", "2026-Q3", at=OPENING)
    await office.run_until(OPENING + timedelta(days=1))
    later = at("2027-01-08T10:00")
    async with database.reading() as session:
        rehearsing = await rehearse_collection(session, settings, "TST", "2026-Q4", now=later)
    merged = [mail for mail in rehearsing.rehearsal.mails if mail.name == "task_reminders"]
    assert {about.task.reference for mail in merged for about in mail.about} == {
        "collection/TST/2026-Q3",
        "collection/TST/2026-Q4",
    }
    await office.run_until(later)
    process_id = await office.open("TST", "2026-Q4", at=later)
    await live(office, process_id, ())
    assert await sent(office, process_id) == foretold(rehearsing.rehearsal)


async def test_a_rehearsal_opens_on_the_day_it_is_told(database: Database, settings: Settings):
    await build_world(database)
    async with database.reading() as session:
        now = await rehearse_collection(session, settings, "TST", "2026-Q4", now=at("2027-01-04T11:20"))
        then = await rehearse_collection(
            session, settings, "TST", "2026-Q4", now=OPENING, on=at("2027-03-19T00:00").date()
        )
    assert now.rehearsal.mails[0].local == at("2027-01-04T11:20")
    assert then.rehearsal.mails[0].local == at("2027-03-22T09:00")  # Saint Joseph and a weekend lie between


async def finished(office: Office) -> None:
    """A quarter in which health answers the day after the second reminder, and ecology never."""
    process_id = await office.open("TST", "2026-Q4", at=OPENING)
    await live(office, process_id, (Answer("indicator_request", "HEALTH", at("2027-01-26T10:00")),))


async def test_a_finished_quarter_is_replayed_under_another_policy(database: Database, settings: Settings):
    await build_world(database)
    await load(database, GENTLE)
    office = Office(database, settings)
    await finished(office)
    async with database.reading() as session:
        what_if = await replay_collection(session, settings, "TST", "2026-Q4", policy="gentle")
    assert (what_if.actual.name, what_if.other.name) == ("indicator_request", "gentle")
    comparison = what_if.comparison
    assert {name: number for name, number in comparison.saved.items() if number} == {
        "task_escalation": 1,
        "task_escalation_copy": 1,
        "task_reminder": 3,
    }
    assert comparison.avoided == ("ECOLOGY",)
    # Health answered a working day after the second reminder; without that, a working day after the first.
    assert comparison.gained == (4,)
    assert len(comparison.actual.mails) == 11


async def test_a_replay_under_its_own_policy_is_what_was_sent(database: Database, settings: Settings):
    city = small_city(17, OPENING)
    await build_cities(database, [city])
    await load(database, GENTLE)
    office = Office(database, settings)
    process_id = await office.open(city.plan, at=NEW_YEAR)
    await live(office, process_id, city.answers)
    async with database.reading() as session:
        what_if = await replay_collection(session, settings, city.plan, "2026-Q4", policy="gentle")
    was_sent = await sent(office, process_id)

    def asking(mails):
        """Receipts apart: an answer of a Saturday comes on the Friday before, in working hours."""
        return {mail for mail in mails if mail[1] != "task_receipt"}

    assert asking(foretold(what_if.comparison.actual)) == asking(was_sent)


async def test_what_cannot_be_replayed_is_refused(database: Database, settings: Settings):
    await build_world(database)
    office = Office(database, settings)
    process_id = await office.open("TST", "2026-Q4", at=OPENING)
    async with database.reading() as session:
        with pytest.raises(Refused, match="is not closed yet"):
            await replay_collection(session, settings, "TST", "2026-Q4")
    await live(office, process_id, ())
    async with database.reading() as session:
        with pytest.raises(Refused, match="ran under indicator_request@1: name another policy"):
            await replay_collection(session, settings, "TST", "2026-Q4")
        with pytest.raises(Refused, match="No collection of TST was opened for 2026-Q2"):
            await replay_collection(session, settings, "TST", "2026-Q2")
