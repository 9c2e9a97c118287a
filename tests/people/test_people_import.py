"""Importing people: all of it or nothing, and every reason why not."""

from datetime import date

import pytest
from sqlalchemy import func, select

from models.contracts.changes import Changes
from models.contracts.people import PeopleFile, PeopleProblems
from models.policies.people import Appointment, PersonFacts
from models.tables.people import Absence, FocalPoint, Person, Unit
from models.tables.process import AuditEvent
from store.database import Database
from store.people import load_people
from tests.people.office import NOW, PERSONS, UNITS, Files, imported


async def audit(database: Database) -> list[AuditEvent]:
    async with database.reading() as session:
        return list(await session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


async def persons(database: Database) -> dict[str, PersonFacts]:
    async with database.reading() as session:
        return dict((await load_people(session)).persons)


async def stored(database: Database) -> list[int]:
    """How many units, persons, focal points and absences there are."""
    async with database.reading() as session:
        models = (Unit, Person, FocalPoint, Absence)
        return [await session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


async def test_four_files_become_units_persons_focal_points_and_absences(database: Database) -> None:
    summary = await imported(database, *Files().files())
    assert [changes["inserted"] for changes in summary.model_dump().values()] == [3, 6, 3, 1]
    async with database.reading() as session:
        people = await load_people(session)
    assert people.units["ECO"].name == "Àrea Parcs, Jardins i Horta"
    assert people.units["ECO"].parent_code == "MAYOR"
    assert people.units["ECO"].head_code == "elena"
    assert people.persons["eric"] == PersonFacts("eric", "Èric Pla", "eric@prova.example", "fr", "ECO", active=True)
    assert people.appointments[0] == Appointment("ECO", "eric", date(2024, 1, 1), date(2027, 12, 31))
    assert people.absences[0].substitute_code == "nora"


async def test_the_order_of_files_does_not_matter(database: Database) -> None:
    await imported(database, *reversed(Files().files()))
    assert await stored(database) == [3, 6, 3, 1]


async def test_importing_again_changes_nothing_and_leaves_no_trace(database: Database) -> None:
    await imported(database, *Files().files())
    summary = await imported(database, *Files().files())
    assert list(summary.model_dump().values()) == [Changes(unchanged=n).model_dump() for n in (3, 6, 3, 1)]
    assert len(await audit(database)) == 1


async def test_an_import_is_on_record_with_its_files_and_counts_and_without_names(database: Database) -> None:
    await imported(database, *Files().files())
    (event,) = await audit(database)
    assert (event.action, event.actor, event.at) == ("people.imported", "coordinator", NOW)
    assert [file["name"] for file in event.detail["files"]] == [
        "units.csv",
        "persons.csv",
        "focal_points.csv",
        "absences.csv",
    ]
    assert event.detail["persons"]["inserted"] == 6
    assert "Maria" not in str(event.detail)


async def test_a_dry_run_counts_and_writes_nothing(database: Database) -> None:
    summary = await imported(database, *Files().files(), dry_run=True)
    assert summary.persons == Changes(inserted=6)
    assert await stored(database) == [0, 0, 0, 0]
    assert await audit(database) == []


async def test_one_bad_row_and_nothing_is_imported(database: Database) -> None:
    files = Files(persons=PERSONS.replace("nora@prova.example", "nora"))
    with pytest.raises(PeopleProblems, match=r"persons\.csv, line 7: address"):
        await imported(database, *files.files())
    assert await stored(database) == [0, 0, 0, 0]


async def test_a_row_about_something_known_changes_it(database: Database) -> None:
    await imported(database, *Files().files())
    summary = await imported(
        database,
        PeopleFile("moved.csv", b"person,name,address,language,unit\nsofia,Sofia Mas,S.Mas@prova.example,es,MAYOR\n"),
        PeopleFile("ended.csv", b"unit,person,first_day,last_day\nECO,eric,2024-01-01,2026-06-30\n"),
    )
    assert summary.persons == Changes(changed=1)
    assert summary.focal_points == Changes(changed=1)
    async with database.reading() as session:
        people = await load_people(session)
    assert people.persons["sofia"].address == "s.mas@prova.example"
    assert people.persons["sofia"].unit_code == "MAYOR"
    assert people.appointments[0].last_day == date(2026, 6, 30)
    assert await stored(database) == [3, 6, 3, 1]


async def test_two_persons_can_swap_addresses(database: Database) -> None:
    await imported(database, *Files().files())
    swapped = (
        PERSONS.replace("eric@", "@").replace("sofia@", "eric@").replace(",@prova", ",sofia@prova")
    )  # fmt: skip
    summary = await imported(database, PeopleFile("persons.csv", swapped.encode()))
    assert summary.persons == Changes(changed=2, unchanged=4)
    assert (await persons(database))["eric"].address == "sofia@prova.example"


async def test_an_import_does_not_bring_back_somebody_inactive(database: Database) -> None:
    await imported(database, *Files().files())
    async with database.transaction() as session:
        (await session.get_one(Person, "nora")).active = False
        (await session.get_one(Person, "maria")).name = "M. Vidal"
    people = UNITS.replace("MAYOR,Alcaldia,office,Ajuntament de Prova,,maria", "MAYOR,Alcaldia,office,Prova,,")
    summary = await imported(database, *Files(units=people).files())
    assert summary.persons == Changes(changed=1, unchanged=5)
    assert (await persons(database))["nora"].active is False


async def test_a_file_says_who_wants_calendar_files_and_one_without_the_column_leaves_that_as_it_is(
    database: Database,
) -> None:
    header, *rows = PERSONS.splitlines()
    wanted = "\n".join(
        [f"{header},calendar_files", f"{rows[0]},yes", f"{rows[1]},no", *(f"{row}," for row in rows[2:])]
    )
    await imported(database, *Files(persons=wanted).files())
    assert {code for code, person in (await persons(database)).items() if person.calendar_files} == {"maria"}
    summary = await imported(database, *Files().files())
    assert summary.persons == Changes(unchanged=6)
    summary = await imported(database, *Files(persons=wanted.replace(",yes", ",no")).files())
    assert summary.persons == Changes(changed=1, unchanged=5)
    assert not any(person.calendar_files for person in (await persons(database)).values())
