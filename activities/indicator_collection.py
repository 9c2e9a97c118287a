"""What a collection has done for it."""

from temporalio import activity

from models.contracts.orders import (
    CloseOrder,
    CollectionOrder,
    CollectionTasks,
    QuarterOrder,
    ReportOrder,
)
from models.policies.indicator_collection import SET_SIZE
from operations import indicator_collection, report
from settings import Settings
from store.database import Database


class IndicatorCollectionActivities:
    """Opens, lays out, closes and reports collections in the database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @activity.defn(name="indicator_collection.open_quarter")
    async def open_quarter(self, order: QuarterOrder) -> CollectionOrder:
        """Open the collection of the quarter before the nominal time.

        Safe to run twice: a plan has one collection per quarter, the second call joins it.
        """
        async with self._database.transaction() as session:
            opened = await indicator_collection.open_quarter(
                session, order.plan_code, nominal=order.nominal, now=order.now
            )
            return opened.order

    @activity.defn(name="indicator_collection.create_tasks")
    async def create_tasks(self, order: CollectionOrder) -> CollectionTasks:
        """Make everybody's tasks, in sets of up to 250, a transaction each.

        Safe to run twice: whoever has a task is left out, and the database holds one task per person and unit.
        """
        async with self._database.reading() as session:
            left = await indicator_collection.left_to_ask(session, order.process_id)
        now = activity.info().started_time
        for start in range(0, len(left), SET_SIZE):
            async with self._database.transaction() as session:
                await indicator_collection.create_set(
                    session, order.process_id, left[start : start + SET_SIZE], now=now
                )
            activity.heartbeat(start)
        async with self._database.reading() as session:
            return await indicator_collection.collection_tasks(session, order.process_id)

    @activity.defn(name="indicator_collection.close")
    async def close(self, order: CloseOrder) -> None:
        """Close the collection. Safe to run twice: a closed one stays as it is."""
        now = max(order.now, activity.info().started_time)
        async with self._database.transaction() as session:
            await indicator_collection.close_collection(session, order.process_id, by=order.by, now=now)

    @activity.defn(name="indicator_collection.write_report")
    async def write_report(self, order: ReportOrder) -> None:
        """Write the report and the coordinator's mail about it.

        Safe to run twice: there is one report per process, and the mail has a unique key.
        """
        now = max(order.now, activity.info().started_time)
        async with self._database.transaction() as session:
            written = await report.write_report(session, order.process_id, now=now)
            await indicator_collection.announce_report(session, self._settings, written, now=now)
