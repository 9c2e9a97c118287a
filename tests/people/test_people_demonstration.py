"""The demonstration roster covers València and imports clean."""

from pathlib import Path

import pytest

from models.contracts.catalogue import Documents
from models.contracts.changes import Changes
from models.contracts.people import PeopleFile
from models.policies.catalogue_rows import catalogue_rows
from models.policies.people import current_focal_point, escalation_target, expand
from models.policies.people_checks import People
from operations.catalogue import FOLDER, read_documents
from store.database import Database
from store.people import load_people
from tests.people.office import NOW, imported

ROSTER = ("units.csv", "persons.csv", "focal_points.csv", "absences.csv")


def files(*names: str) -> list[PeopleFile]:
    folder: Path = FOLDER / "demonstration"
    return [PeopleFile(name, (folder / name).read_bytes()) for name in names]


@pytest.fixture(scope="module")
def documents() -> Documents:
    return read_documents()


@pytest.fixture
async def people(database: Database) -> People:
    await imported(database, *files(*ROSTER))
    async with database.reading() as session:
        return await load_people(session)


def responsible(documents: Documents) -> set[str]:
    """Codes of the units that València's plan names."""
    named = {row["actor_code"] for row in catalogue_rows(documents)["responsibles"]}
    return {code for code in named if code.startswith("ACT-VLC-")} - {"ACT-VLC-TOTES"}


async def test_every_responsible_unit_has_a_head_and_a_focal_point_who_escalates_to_somebody_else(
    people: People, documents: Documents
) -> None:
    units = responsible(documents)
    assert len(units) == 13
    assert people.units.keys() == {*units, "VLC-ALCALDIA"}
    for code in people.units:
        focal_point = current_focal_point(code, people.appointments, people.persons, NOW.date())
        assert focal_point is not None
        assert escalation_target(code, focal_point, people.units) == people.units[code].head_code != focal_point


async def test_the_roster_speaks_every_language_and_some_units_have_two_focal_points(people: People) -> None:
    appointed = [row.person_code for row in people.appointments]
    assert {people.persons[code].language for code in appointed} == {"ca", "ca-ES-valencia", "es", "en", "fr"}
    assert {person.address.partition("@")[2] for person in people.persons.values()} == {"valencia.example"}
    units = [row.unit_code for row in people.appointments]
    assert sum(units.count(code) == 2 for code in people.units) == 6
    assert [absence.substitute_code for absence in people.absences] == ["alex.todoli"]


async def test_all_areas_stands_for_the_ten_areas_of_the_roster(people: People, documents: Documents) -> None:
    actors = {actor.code: actor for actor in documents.actors.actors}

    class Everybody:
        code, kind = "ACT-VLC-TOTES", actors["ACT-VLC-TOTES"].type
        institution = actors["ACT-VLC-TOTES"].institution

    areas = expand(Everybody(), people.units)
    assert len(areas) == 10
    assert set(areas) < responsible(documents)
    assert list(areas) == sorted(areas)


async def test_the_units_are_called_as_the_plan_calls_them(people: People, documents: Documents) -> None:
    actors = {actor.code: actor for actor in documents.actors.actors}
    for code in responsible(documents):
        assert people.units[code].name in actors[code].names
        assert people.units[code].institution == actors[code].institution


async def test_the_gap_leaves_one_unit_to_its_head_whose_own_head_is_somebody_else(
    database: Database, people: People
) -> None:
    unit = "ACT-VLC-GAYGAMES"
    summary = await imported(database, *files("gap.csv"))
    assert summary.focal_points == Changes(changed=1)
    async with database.reading() as session:
        after = await load_people(session)
    assert current_focal_point(unit, after.appointments, after.persons, NOW.date()) is None
    head = after.units[unit].head_code
    assert head == people.units[unit].head_code == "david.rosello"
    assert escalation_target(unit, head, after.units) == "mariajosep.orts"
