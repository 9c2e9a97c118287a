"""Once a week each manager is told what is overdue in their units, or that nothing is."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, update

from models.contracts.staff import Role
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from models.tables.staff import ManagerDigest
from models.tables.task import Task
from operations.manager_digest import write_manager_digests
from operations.staff import grant
from store.board_numbers import board_numbers
from tests.operations.steps import Office
from tests.world import OPENING

MONDAY = datetime(2027, 2, 22, 7, 0, tzinfo=UTC)
"""Eight o'clock in València; all that was asked in January is overdue."""
WEEK = timedelta(days=7)


@pytest.fixture
def template(asked: str) -> str:
    """Every test begins with a collection that was asked for."""
    return asked


async def appoint(office: Office, person: str, unit: str | None = None, now: datetime = OPENING) -> None:
    """Make somebody a manager, of a unit or of the whole city."""
    role: Role = "manager"
    async with office.database.transaction() as session:
        await grant(session, person, role, unit_code=unit, by="operator", now=now)


async def sweep(office: Office, now: datetime) -> int:
    """Look whether it is time, as the scheduler does."""
    async with office.database.transaction() as session:
        return await write_manager_digests(session, office.settings, now=now)


async def digests(office: Office) -> list[OutgoingMail]:
    """Every mail that was written, by person."""
    query = select(OutgoingMail).where(OutgoingMail.name == "manager_digest")
    async with office.database.reading() as session:
        return list(await session.scalars(query.order_by(OutgoingMail.created_at, OutgoingMail.person_code)))


def text(mail: OutgoingMail) -> str:
    """What its text part says."""
    part = message_from_bytes(mail.rfc822, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def test_each_manager_is_told_of_their_own_units_once_a_week_with_the_numbers_of_the_board(office: Office):
    await appoint(office, "mayor")
    await appoint(office, "health-head", "HEALTH")
    assert await sweep(office, MONDAY - timedelta(minutes=1)) == 0
    assert await sweep(office, MONDAY) == 2
    assert await sweep(office, MONDAY + timedelta(minutes=10)) == 0
    assert await sweep(office, MONDAY + timedelta(days=2)) == 0
    health, mayor = await digests(office)
    async with office.database.reading() as session:
        of_city = await board_numbers(session, None, MONDAY)
        of_health = await board_numbers(session, frozenset({"HEALTH"}), MONDAY)
        tasks = {task.unit_code: task.reference for task in await session.scalars(select(Task))}
    assert (of_city.overdue, of_health.overdue) == (2, 1)
    assert (mayor.subject, health.subject) == ("2 tasques són fora de termini", "1 tarea está fuera de plazo")
    links = {unit: f"{office.settings.office_url}/tasks/{reference}" for unit, reference in tasks.items()}
    assert {unit for unit, link in links.items() if link in text(mayor)} == {"HEALTH", "ECOLOGY"}
    assert {unit for unit, link in links.items() if link in text(health)} == {"HEALTH"}
    assert "Àrea Salut" in text(health)
    assert await sweep(office, MONDAY + WEEK) == 2
    assert len({mail.key for mail in await digests(office)}) == 4
    async with office.database.reading() as session:
        kept = (await session.scalars(select(ManagerDigest))).all()
    counts = {"mayor": 2, "health-head": 1}
    assert {(each.week, each.person_code): each.overdue for each in kept} == {
        (week, person): count for week in (date(2027, 2, 22), date(2027, 3, 1)) for person, count in counts.items()
    }


async def test_nothing_overdue_is_a_short_mail(office: Office):
    await appoint(office, "mayor")
    assert await sweep(office, datetime(2027, 1, 11, 7, 0, tzinfo=UTC)) == 1
    (mail,) = await digests(office)
    assert mail.subject == "Cap tasca fora de termini"
    assert "/tasks/" not in text(mail)
    assert f"{office.settings.office_url}/board" in text(mail)


async def test_a_week_that_begins_with_a_holiday_begins_the_day_after_and_a_late_sweep_sends_in_working_hours(
    office: Office,
):
    await appoint(office, "mayor")
    easter_monday = datetime(2027, 3, 29, 6, 0, tzinfo=UTC)
    assert await sweep(office, easter_monday) == 0
    assert await sweep(office, easter_monday + timedelta(days=1, hours=13)) == 1
    (mail,) = await digests(office)
    assert mail.due_at == easter_monday + timedelta(days=2)


async def test_whoever_became_a_manager_during_a_week_is_told_the_week_after_and_who_has_left_never(office: Office):
    await appoint(office, "mayor", now=MONDAY + timedelta(hours=1))
    await appoint(office, "ecology-head", "ECOLOGY")
    async with office.database.transaction() as session:
        await session.execute(update(Person).where(Person.code == "ecology-head").values(active=False))
    assert await sweep(office, MONDAY + timedelta(hours=2)) == 0
    assert await sweep(office, MONDAY + WEEK) == 1


async def test_an_address_that_cannot_be_written_to_stops_nobody_elses_mail(office: Office):
    await appoint(office, "health-head", "HEALTH")
    await appoint(office, "mayor")
    async with office.database.transaction() as session:
        await session.execute(update(Person).where(Person.code == "health-head").values(address="hèctor@prova.example"))
    assert await sweep(office, MONDAY) == 1
    async with office.database.reading() as session:
        written = await session.scalars(select(ManagerDigest))
        notes = {each.person_code: each.note for each in written}
    assert notes == {"health-head": "no usable address", "mayor": ""}
