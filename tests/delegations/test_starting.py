"""Starting a delegation: once for each order, with a number of its year, or with a clear no."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from commands.delegation import read_file
from embedded.townhall import ROSTER
from models.contracts.delegation_reception import read_order
from models.contracts.people import PeopleFile
from models.contracts.refusal import Refused
from models.tables.delegation_reception import Host, Visit
from models.tables.people import Unit
from models.tables.process import Dispatch, Process
from operations import delegation_reception
from operations.catalogue import FOLDER, load, read_documents
from operations.delegation_reception import KeyUsed, start
from operations.people import import_people
from settings import Settings
from store.database import Database
from tests.delegations.reception import Reception, order_of
from tests.operations.steps import Office
from tests.world import OPENING

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


async def test_a_delegation_has_a_number_of_its_year(reception: Reception):
    await reception.start(OPENING)
    assert reception.reference == "delegation/2027-0001"
    await reception.start(OPENING, city="Mainz")
    assert reception.reference == "delegation/2027-0002"
    await reception.start(OPENING + timedelta(days=365), first_day="2028-02-01", last_day="2028-02-01")
    assert reception.reference == "delegation/2028-0001"


async def test_the_same_order_twice_is_one_delegation(reception: Reception):
    assert not await reception.start(OPENING)
    first = reception.process_id
    assert await reception.start(OPENING + timedelta(hours=1))
    assert reception.process_id == first
    async with reception.office.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Visit)) == 1
        assert await session.scalar(select(func.count()).where(Dispatch.kind == "start")) == 1


async def test_a_key_names_one_order_for_ever(reception: Reception):
    assert not await reception.start(OPENING, key="crm-4711")
    assert await reception.start(OPENING, key="crm-4711")
    with pytest.raises(KeyUsed, match=r"crm-4711.*delegation/2027-0001.*another delegation"):
        await reception.start(OPENING, key="crm-4711", city="Mainz")
    # The same words under another key are another visit: whoever gives keys knows.
    assert not await reception.start(OPENING, key="crm-4712")


async def test_an_order_whose_delegation_was_called_off_needs_another_key(reception: Reception):
    await reception.start(OPENING)
    await reception.call_off(OPENING)
    with pytest.raises(KeyUsed, match="was called off"):
        await reception.start(OPENING)
    assert not await reception.start(OPENING, key="after all")


async def test_orders_that_come_at_once_get_a_number_each(reception: Reception):
    database = reception.office.database

    async def one(city: str) -> str:
        async with database.transaction() as session:
            order = read_order(order_of(city=city))
            return (await start(session, order, by="coordinator", now=OPENING)).order.reference

    cities = ["A", "B", "C", "A", "B", "C"]
    references = await asyncio.gather(*(one(city) for city in cities))
    assert {reference[-4:] for reference in references} == {"0001", "0002", "0003"}
    assert references[:3] == references[3:]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"plan": "NONE"}, ["There is no plan “NONE”."]),
        ({"calendar": "mars"}, ["There is no calendar “mars”"]),
        ({"first_day": "2026-12-30", "last_day": "2027-01-05"}, ["begin on 2026-12-30, and today is 2027-01-04"]),
        ({"last_day": "2027-03-08"}, ["The last day, 2027-03-08, comes before the first"]),
        ({"last_day": "2027-05-08"}, ["longer than 31 days"]),
        ({"hosts": ["ECOLOGY", "NOWHERE"]}, ["There is no unit “NOWHERE”."]),
        ({"hosts": ["ECOLOGY", "ECOLOGY"]}, ["ECOLOGY is named twice as a host."]),
        ({"office": "NOWHERE"}, ["There is no unit “NOWHERE”."]),
        ({"people": {}}, ["people: say how many come."]),
        (
            {"hosts": ["NOWHERE"], "last_day": "2027-03-08", "people": {}},
            ["comes before the first", "There is no unit “NOWHERE”.", "people: say how many come."],
        ),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_starts(reception: Reception, changes, said):
    with pytest.raises(Refused) as refusal:
        await reception.start(OPENING, **changes)
    found = refusal.value.problems
    assert len(found) == len(said), found
    assert all(part in sentence for part, sentence in zip(said, found, strict=True)), found
    async with reception.office.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Process)) == 0


async def test_a_unit_without_anybody_is_no_host_and_no_office(reception: Reception):
    async with reception.office.database.transaction() as session:
        session.add(Unit(code="EMPTY", name="Buida", kind="area", institution="Ajuntament de Prova"))
    with pytest.raises(Refused) as refusal:
        await reception.start(OPENING, hosts=["EMPTY"], office="EMPTY")
    assert refusal.value.problems == (
        "Buida (EMPTY) has neither focal point nor head: import one first.",
        "Nobody is in charge of EMPTY or above it: nobody could approve an agenda.",
    )


async def test_an_office_over_which_nobody_stands_cannot_have_an_agenda_approved(reception: Reception):
    async with reception.office.database.transaction() as session:
        await session.execute(update(Unit).values(head_code=None))
    with pytest.raises(Refused, match="Nobody is in charge of HEALTH or above it"):
        await reception.start(OPENING, hosts=["ECOLOGY"])


async def test_the_examples_of_the_documents_work_on_the_real_plan(database: Database, settings: Settings):
    async with database.transaction() as session:
        await load(session, read_documents())
        for names in ROSTER:
            files = [PeopleFile(name, (FOLDER / "demonstration" / name).read_bytes()) for name in names]
            await import_people(session, files, now=OPENING, dry_run=False)
        order = read_order(read_file(EXAMPLES / "delegation-bologna.yaml"))
        started = await start(session, order, by="coordinator", now=OPENING)
    told = Reception(Office(database, settings), started.order.process_id, started.order.reference)
    assert await told.tell(OPENING) == "hosts"
    async with database.reading() as session:
        hosts = await session.scalars(select(Host.unit_code).order_by(Host.position))
        assert list(hosts) == ["ACT-VLC-EDUCACIO", "ACT-VLC-ECO"]
    now = OPENING + timedelta(days=1)
    for unit in ("ACT-VLC-EDUCACIO", "ACT-VLC-ECO"):
        await told.answer("hosting_request", unit, {"can_host": "sí"}, now)
    slots = read_file(EXAMPLES / "agenda-bologna.yaml")["slots"]
    assert await told.compose(now, *slots, by="neus.climent") == 1
    assert await told.tell(now) == "decision"
    approval = await told.task("agenda_approval", "ACT-VLC-STI")
    assert approval.assignee_code == "amparo.ferrandis"
    assert (await told.visit()).first_day == date(2027, 5, 11)
    assert delegation_reception.is_confirmed(await told.visit()) is False
