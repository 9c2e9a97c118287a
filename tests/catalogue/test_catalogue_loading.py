"""The documents become rows, and rows follow the documents."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Table, func, select

from models.contracts.catalogue import CatalogueCounts, Documents
from models.contracts.changes import Changes
from models.contracts.refusal import Refused
from models.tables.catalogue import Action, Actor, Axis, Indicator, Objective, Plan, Responsible
from models.tables.indicator_collection import Collection
from models.tables.people import CalendarRow, Person, Unit
from models.tables.process import Process, TaskSet
from models.tables.task import Item, Task
from operations.catalogue import load, read_documents
from store.database import Database
from tests.catalogue.small import PLAN_FILE, indicator, small_documents, write_documents

TABLES = (CalendarRow, Actor, Plan, Axis, Objective, Action, Responsible, Indicator)
NOON = datetime(2027, 1, 4, 11, 0, tzinfo=UTC)


async def load_into(database: Database, documents: Documents) -> CatalogueCounts:
    async with database.transaction() as session:
        return await load(session, documents)


async def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the catalogue."""
    async with database.reading() as session:
        tables: list[Table] = [model.metadata.tables[model.__tablename__] for model in TABLES]
        return {
            table.name: [tuple(row) for row in await session.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        }


async def test_the_five_plans_are_loaded_whole(database: Database, shipped: Documents) -> None:
    counts = await load_into(database, shipped)
    assert {name: changes["inserted"] for name, changes in counts.model_dump().items()} == {
        "calendars": 2, "actors": 89, "plans": 5, "axes": 19, "objectives": 41, "actions": 153,
        "responsibles": 139, "indicators": 116, "networks": 52, "criteria": 3,
        "programmes": 28, "programme_clocks": 12, "call_themes": 15,
    }  # fmt: skip
    async with database.reading() as session:
        asked = await session.execute(
            select(Responsible.actor_code, func.count()).join(Action).group_by(Responsible.actor_code)
        )
        named = dict(asked.all())
    assert named["ACT-VLC-STI"] == 49
    assert named["ACT-VLC-TOTES"] == 8
    assert sum(code.startswith("ACT-VLC-") for code in named) == 14


async def test_loading_again_changes_nothing(database: Database, shipped: Documents) -> None:
    first = await load_into(database, shipped)
    before = await everything(database)
    second = await load_into(database, shipped)
    assert await everything(database) == before
    for name, changes in second.model_dump().items():
        assert changes == Changes(unchanged=getattr(first, name).inserted).model_dump()


class Office:
    """A database that follows a folder of documents."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.documents = small_documents()

    async def load(self, change: Callable[[dict[str, Any]], object] = lambda _: None) -> CatalogueCounts:
        change(self.documents)
        folder = write_documents(self.folder, self.documents)
        return await load_into(self.database, read_documents(folder))

    async def places(self, model: type[Indicator] | type[Objective] | type[Action]) -> dict[str, int]:
        async with self.database.reading() as session:
            rows = await session.execute(select(model.code, model.position).order_by(model.code))
            return dict(rows.all())


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    office = Office(database, tmp_path)
    await office.load()
    return office


def plan_axis(documents: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = documents[PLAN_FILE]["axes"][0]
    return found


def indicators(documents: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plan_axis(documents)["objectives"][0]["actions"][0]["indicators"]
    return found


async def test_a_changed_word_changes_its_row_only(office: Office) -> None:
    counts = await office.load(lambda d: indicators(d)[0].update(name="Nombre de passes"))
    assert counts.indicators == Changes(changed=1, unchanged=1)
    assert counts.actions == Changes(unchanged=2)
    async with office.database.reading() as session:
        assert (await session.get_one(Indicator, "TST-E1-OE1-A1-I1")).name == "Nombre de passes"


async def test_indicators_can_change_places(office: Office) -> None:
    counts = await office.load(lambda d: indicators(d).reverse())
    assert counts.indicators == Changes(changed=2)
    assert await office.places(Indicator) == {"TST-E1-OE1-A1-I1": 1, "TST-E1-OE1-A1-I2": 0}


async def test_what_is_gone_and_was_never_asked_is_deleted_and_its_place_taken(office: Office) -> None:
    def replace(documents: dict[str, Any]) -> None:
        indicators(documents)[0] = indicator("TST-E1-OE1-A1-I3")
        del plan_axis(documents)["objectives"][1]
        documents[PLAN_FILE]["counts"] = {}
        documents["actors.yaml"]["actors"][0]["responsible_for"] = ["TST-E1-OE1-A1"]

    counts = await office.load(replace)
    assert counts.indicators == Changes(inserted=1, unchanged=1, removed=1)
    assert counts.objectives == Changes(unchanged=1, removed=1)
    assert counts.actions == Changes(unchanged=1, removed=1)
    assert counts.responsibles == Changes(unchanged=1, removed=1)
    assert await office.places(Indicator) == {"TST-E1-OE1-A1-I2": 1, "TST-E1-OE1-A1-I3": 0}


async def test_a_demonstration_calendar_outlives_a_load(office: Office) -> None:
    demonstration = {"origin": "2027-01-04T08:00:00+00:00", "first_day": "2027-01-04", "seconds": 2}
    async with office.database.transaction() as session:
        row = {"zone": "Europe/Madrid", "country": "ES", "subdivision": "VC"}
        session.add(CalendarRow(code="demonstration", demonstration=demonstration, **row))
    counts = await office.load()
    assert counts.calendars == Changes(unchanged=1)
    async with office.database.reading() as session:
        assert (await session.get_one(CalendarRow, "demonstration")).demonstration == demonstration


async def ask_for(database: Database, indicator_code: str) -> None:
    """Open a collection of one task that asks for one indicator."""
    unit = {"name": "Àrea Salut", "kind": "area", "institution": "Ajuntament de Prova", "parent_code": None}
    person = {"name": "Sofia Salut", "address": "s@prova.example", "language": "ca", "active": True}
    days = {"opens_on": date(2027, 1, 4), "due_on": date(2027, 1, 18), "due_at": NOON, "closes_on": date(2027, 2, 1)}
    process, task_set, task = uuid4(), uuid4(), uuid4()
    rows = (
        Unit(code="ACT-TST-SALUT", head_code=None, **unit),
        Person(code="sofia", unit_code="ACT-TST-SALUT", **person),
        Process(
            id=process, reference="collection/TST/2026-Q4", kind="indicator_collection", state="open",
            plan_code="TST", calendar_code="prova", opened_by="test", opened_at=NOON, closed_at=None,
        ),
        Collection(process_id=process, plan_code="TST", period="2026-Q4", opens_at=NOON, closes_at=NOON, **days),
        TaskSet(id=task_set, process_id=process, number=1, workflow_id="follow-up", wake_at=None),
        Task(
            id=task, reference="7K2M-9QXD", process_id=process, set_id=task_set, kind="indicator_request",
            unit_code="ACT-TST-SALUT", assignee_code="sofia", state="open", policy="indicator_request",
            policy_version=1, calendar_code="prova", closes_at=NOON, **days,
        ),
        Item(id=uuid4(), task_id=task, position=0, indicator_code=indicator_code),
    )  # fmt: skip
    async with database.transaction() as session:
        for row in rows:
            session.add(row)
            await session.flush()


async def test_an_indicator_that_was_asked_for_cannot_vanish(office: Office) -> None:
    await ask_for(office.database, "TST-E1-OE1-A1-I1")
    before = await everything(office.database)
    with pytest.raises(Refused) as refused:
        await office.load(lambda d: indicators(d).clear())
    assert refused.value.problems == (
        "The indicator TST-E1-OE1-A1-I1 is gone from the documents, but 1 task(s) ask for it.",
    )
    assert await everything(office.database) == before


async def test_a_plan_that_was_collected_cannot_vanish(office: Office, shipped: Documents) -> None:
    await ask_for(office.database, "TST-E1-OE1-A1-I1")
    with pytest.raises(Refused) as refused:
        await load_into(office.database, shipped)
    assert refused.value.problems == (
        "The plan TST is gone from the documents, but was collected 1 time(s).",
        "The indicator TST-E1-OE1-A1-I1 is gone from the documents, but 1 task(s) ask for it.",
    )
