"""A collection that is closed on a page, before its day: its workflow hears of it and writes the report."""

from datetime import datetime

from sqlalchemy import select

from models.contracts.orders import Outcome
from models.tables.indicator_collection import Report
from models.tables.process import AuditEvent, Process
from operations.indicator_collection import close_by_hand
from tests.workflows.conftest import House
from tests.workflows.test_indicator_collection import open_quarter, until_asked
from tests.world import build_world


async def test_a_collection_closed_on_a_page_is_reported_at_once(house: House) -> None:
    await build_world(house.database)
    opened = await open_quarter(house)
    handle = await house.start(opened.order)
    await until_asked(house)
    now: datetime = await house.now()
    async with house.database.transaction() as session:
        await close_by_hand(session, opened.order.process_id, by="mayor", now=now)
    await house.relay.sweep()
    assert await house.finish(handle) == Outcome(expired=2)
    async with house.database.reading() as session:
        process = (await session.scalars(select(Process))).one()
        assert process.closed_at == now
        assert (await session.scalars(select(Report))).one().content["tally"]["missing"] == 4
        closed = await session.scalars(select(AuditEvent.actor).where(AuditEvent.action == "collection.closed"))
        assert closed.all() == ["mayor"]
