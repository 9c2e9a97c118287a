"""A coordinator appoints, ends, names and adds; every change stands on the record with what was and what is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.contracts.refusal import Refused
from models.tables.people import Absence, FocalPoint, Person, Unit
from models.tables.process import AuditEvent
from operations.absences import add_absence, change_absence
from operations.appointments import add_person, appoint, end_appointment, name_head
from operations.choosing import ChoiceRefused
from operations.people import PreviewOutdated, import_as_seen, preview_people
from store.database import Database
from tests.people.office import NOW as THEN
from tests.people.office import Files
from tests.world import build_world

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
DAY = NOW.date()
BY: dict[str, Any] = {"by": "mayor", "now": NOW}


async def last_event(database: Database) -> AuditEvent:
    async with database.reading() as session:
        return (await session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1))).one()


async def appointments(database: Database, unit: str) -> list[tuple[str, date, date | None]]:
    async with database.reading() as session:
        rows = await session.scalars(
            select(FocalPoint).where(FocalPoint.unit_code == unit).order_by(FocalPoint.first_day)
        )
        return [(row.person_code, row.first_day, row.last_day) for row in rows]


async def test_a_focal_point_is_appointed_and_ended_and_one_that_is_to_come_is_called_off(database: Database):
    await build_world(database, focal_points=("health",))
    coming = DAY + timedelta(days=10)
    async with database.transaction() as session:
        await appoint(session, "ECOLOGY", "ecology", first_day=coming, last_day=None, day=DAY, **BY)
    assert await appointments(database, "ECOLOGY") == [("ecology", coming, None)]
    event = await last_event(database)
    assert (event.action, event.actor) == ("unit.focal_point_appointed", "mayor")
    assert (event.detail["before"], event.detail["after"]) == (None, "ecology")
    async with database.transaction() as session:
        await end_appointment(session, "ECOLOGY", "ecology", coming, last_day=None, day=DAY, **BY)
        began = date(2026, 1, 1)
        await end_appointment(session, "HEALTH", "health", began, last_day=DAY, day=DAY, **BY)
    assert await appointments(database, "ECOLOGY") == []
    assert await appointments(database, "HEALTH") == [("health", began, DAY)]
    assert (await last_event(database)).detail["after"] == DAY.isoformat()


@pytest.mark.parametrize(
    ("unit", "person", "first", "last", "said"),
    [
        ("HEALTH", "nobody", 0, None, "there is no person nobody"),
        ("NOWHERE", "health", 0, None, "there is no unit NOWHERE"),
        ("HEALTH", "health", 0, None, "health is already a focal point of HEALTH"),
        ("HEALTH", "ecology", 5, 1, "comes before the first"),
        ("MAYOR", "mayor", 0, None, "nobody else stands above"),
    ],
)
async def test_what_would_not_fit_is_refused_and_nothing_is_kept(
    database: Database, unit: str, person: str, first: int, last: int | None, said: str
):
    await build_world(database)
    days: dict[str, Any] = {
        "first_day": DAY + timedelta(days=first),
        "last_day": None if last is None else DAY + timedelta(days=last),
    }
    with pytest.raises(Refused, match=said):
        async with database.transaction() as session:
            await appoint(session, unit, person, day=DAY, **days, **BY)
    async with database.reading() as session:
        assert await session.scalar(select(AuditEvent)) is None


async def test_a_head_is_named_and_somebody_new_is_added_once(database: Database):
    await build_world(database)
    async with database.transaction() as session:
        code = await add_person(
            session, "HEALTH", name=" Núria Nova ", address="Nuria@prova.example", language="ca", **BY
        )
        await name_head(session, "HEALTH", code, day=DAY, **BY)
    event = await last_event(database)
    assert (event.detail["before"], event.detail["after"]) == ("health-head", code)
    async with database.reading() as session:
        person = await session.get_one(Person, code)
        assert (person.name, person.address) == ("Núria Nova", "nuria@prova.example")
        assert (await session.get_one(Unit, "HEALTH")).head_code == code
    with pytest.raises(ChoiceRefused) as refused:
        async with database.transaction() as session:
            await add_person(session, "HEALTH", name="Núria", address="nuria@prova.example", language="ca", **BY)
    assert [each.code for each in refused.value.problems] == ["address_taken"]


async def test_whoever_is_back_earlier_is_back_and_whoever_never_went_was_never_away(database: Database):
    await build_world(database)
    first, last = DAY, DAY + timedelta(days=9)
    async with database.transaction() as session:
        await add_absence(session, "health", first_day=first, last_day=last, substitute=None, **BY)
        back_on = DAY + timedelta(days=3)
        await change_absence(session, "health", first, back_on=back_on, substitute="mayor", **BY)
    event = await last_event(database)
    assert (event.action, event.detail["before"]) == ("person.absence_changed", last.isoformat())
    async with database.transaction() as session:
        assert [(row.last_day, row.substitute_code) for row in await session.scalars(select(Absence))] == [
            (DAY + timedelta(days=2), "mayor")
        ]
        await change_absence(session, "health", first, back_on=first, substitute=None, **BY)
    async with database.reading() as session:
        assert await session.scalar(select(Absence)) is None


async def test_an_import_does_what_its_preview_showed_or_nothing(database: Database):
    files = Files().files()
    async with database.reading() as session:
        preview = await preview_people(session, files, now=THEN)
    assert {change.before for change in preview.changes} == {None}
    async with database.transaction() as session:
        await import_as_seen(session, files, preview.mark, now=THEN, by="mayor")
    corrected = Files(persons=Files().persons.replace("Èric Pla", "Èric Pla i Pla")).files()
    async with database.reading() as session:
        preview = await preview_people(session, corrected, now=THEN)
    (change,) = preview.changes
    assert change.differences() == {"name": ("Èric Pla", "Èric Pla i Pla")}
    with pytest.raises(PreviewOutdated) as outdated:
        async with database.transaction() as session:
            await import_as_seen(session, corrected, "another mark", now=THEN, by="mayor")
    assert outdated.value.preview == preview
    async with database.transaction() as session:
        await import_as_seen(session, corrected, preview.mark, now=THEN, by="mayor")
    event = await last_event(database)
    assert event.detail["changed"] == [
        {"row": ["person", "eric"], "before": {"name": "Èric Pla"}, "after": {"name": "Èric Pla i Pla"}}
    ]
