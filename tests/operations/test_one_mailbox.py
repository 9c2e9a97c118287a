"""One person, many tasks: one mail an hour, a most of mails a day, and somebody who stands in."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models.contracts.refusal import Refused
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from models.tables.task import Step, Task
from operations.absences import add_absence
from store.outbox import lease_mails
from tests.operations.steps import Office
from tests.world import OPENING

JANUARY_19 = datetime(2027, 1, 19, 23, 0, tzinfo=UTC)


async def away(office: Office, person: str, first: date, last: date, substitute: str | None) -> None:
    async with office.database.transaction() as session:
        await add_absence(
            session, person, first_day=first, last_day=last, substitute=substitute, by="coordinator", now=OPENING
        )


async def test_reminders_of_two_quarters_leave_as_one_mail_and_both_are_done(office):
    await office.open(period="2026-Q3")
    await office.open(period="2026-Q4")
    made = await office.run_until(JANUARY_19)
    assert sorted(made) == [
        ("2027-01-04", "task_request", "ecology"),
        ("2027-01-04", "task_request", "ecology"),
        ("2027-01-04", "task_request", "health"),
        ("2027-01-04", "task_request", "health"),
        ("2027-01-19", "task_reminders", "ecology"),
        ("2027-01-19", "task_reminders", "health"),
    ]
    async with office.database.reading() as session:
        done = await session.scalars(select(Step.state).where(Step.kind == "reminder", Step.number == 1))
        assert list(done) == ["done"] * 4
    text = await office.text("task_reminders", "health")
    assert "3r trimestre de 2026" in text
    assert "4t trimestre de 2026" in text


async def test_the_common_mail_is_withdrawn_only_when_all_it_speaks_of_was_answered(office):
    await office.open(period="2026-Q3")
    await office.open(period="2026-Q4")
    await office.run_until(JANUARY_19)
    async with office.database.reading() as session:
        row = (
            await session.scalars(
                select(OutgoingMail).where(OutgoingMail.name == "task_reminders", OutgoingMail.person_code == "health")
            )
        ).one()
    for task_id, withdrawn in ((row.task_id, False), (row.also_about[0], True)):
        async with office.database.reading() as session:
            task = await session.get_one(Task, task_id)
        await office.answer(task, "health", JANUARY_19)
        async with office.database.transaction() as session:
            taken = await lease_mails(session, now=JANUARY_19, length=timedelta(0), limit=100)
            assert (row.id not in {mail.id for mail in taken}) == withdrawn


async def test_a_sixth_request_of_a_day_waits_for_the_next_working_day(office):
    for quarter in ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"):
        await office.open(period=quarter)
    made = await office.run_until(datetime(2027, 1, 7, 12, 0, tzinfo=UTC))
    health = [day for day, name, person in made if (name, person) == ("task_request", "health")]
    assert health == ["2027-01-04"] * 5 + ["2027-01-05"]


async def test_a_substitute_is_asked_while_somebody_is_away_and_then_no_more(office):
    await away(office, "health", date(2027, 1, 4), date(2027, 1, 20), "ecology")
    await office.open()
    made = await office.run_until(datetime(2027, 1, 25, 23, 0, tzinfo=UTC))
    assert [mail for mail in made if mail[2] == "health"] == [("2027-01-25", "task_reminder", "health")]
    assert ("2027-01-19", "task_reminders", "ecology") in made
    assert (await office.task()).assignee_code == "health"
    assert "Sofia Salut" in await office.text("task_request", "ecology")


async def test_a_chain_of_substitutes_that_ends_in_nobody_goes_up_a_level(office):
    await away(office, "health", date(2027, 1, 4), date(2027, 1, 20), "ecology")
    await away(office, "ecology", date(2027, 1, 4), date(2027, 1, 5), None)
    await office.open()
    made = await office.run_until(datetime(2027, 1, 4, 23, 0, tzinfo=UTC))
    assert sorted(made) == [("2027-01-04", "task_request", "ecology"), ("2027-01-04", "task_request", "health-head")]


async def test_a_head_who_is_away_is_stood_in_for_by_the_next_level(office):
    await office.open()
    await away(office, "health-head", date(2027, 2, 1), date(2027, 2, 5), None)
    made = await office.run_until(datetime(2027, 2, 1, 23, 0, tzinfo=UTC))
    assert ("2027-02-01", "task_escalation", "mayor") in made


async def test_where_nobody_is_above_the_coordinator_is_told(office):
    await office.open()
    async with office.database.transaction() as session:
        for code in ("health-head", "mayor"):
            (await session.get_one(Person, code)).active = False
    made = await office.run_until(datetime(2027, 2, 1, 23, 0, tzinfo=UTC))
    assert ("2027-02-01", "task_escalation", "coordinator") in made
    assert ("2027-02-01", "task_escalation_copy", "health") in made


@pytest.mark.parametrize(
    ("first", "last", "substitute", "says"),
    [
        (date(2027, 1, 10), date(2027, 1, 9), None, "comes before the first"),
        (date(2027, 1, 10), date(2027, 1, 12), "health", "cannot stand in for themself"),
        (date(2027, 1, 10), date(2027, 1, 12), "nobody", "there is no person nobody"),
        (date(2027, 1, 5), date(2027, 1, 12), None, "already away from 2027-01-04 to 2027-01-08"),
        (date(2027, 1, 4), date(2027, 1, 12), None, "already away from 2027-01-04"),
    ],
)
async def test_an_absence_that_makes_no_sense_is_refused(office, first, last, substitute, says):
    await away(office, "health", date(2027, 1, 4), date(2027, 1, 8), None)
    with pytest.raises(Refused, match=says):
        await away(office, "health", first, last, substitute)


async def test_after_three_days_of_outage_everybody_gets_at_most_one_mail_a_task_and_none_is_lost(office):
    await office.open(period="2026-Q3")
    await office.open(period="2026-Q4")
    await office.fire(OPENING)
    await office.new_mails()
    back = datetime(2027, 2, 2, 10, 0, tzinfo=UTC)  # the last reminder, the warning and the escalation fell due
    assert await office.fire(back) == [("task_reminders", "ecology"), ("task_reminders", "health")]
    made = await office.run_until(datetime(2027, 2, 4, 23, 0, tzinfo=UTC))
    assert sorted(mail for mail in made if mail[2].startswith("health")) == [
        ("2027-02-04", "task_escalation", "health-head"),
        ("2027-02-04", "task_escalation", "health-head"),
        ("2027-02-04", "task_escalation_copy", "health"),
        ("2027-02-04", "task_escalation_copy", "health"),
    ]
