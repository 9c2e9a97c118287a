"""How the acts of a process are done: each one transaction, and what is refused is made visible to the office."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from temporalio import activity

from models.contracts.orders import ActOrder, OpenOrder
from models.contracts.refusal import Refused
from operations.stuck import tell_act_refused, tell_not_opened
from settings import Settings
from store.database import Database, WriteSession


def now_of(order: ActOrder | OpenOrder) -> datetime:
    """The instant of an act: tried again after an outage, days are counted from this attempt, not from the first."""
    return max(order.now, activity.info().started_time)


@asynccontextmanager
async def acting(database: Database, settings: Settings, order: ActOrder | OpenOrder) -> AsyncIterator[WriteSession]:
    """One transaction for what an activity does.

    Raises:
        Refused: as it was, so that Temporal tries again (or gives up an opening); the office has been told, once.

    """
    try:
        async with database.transaction() as session:
            yield session
    except Refused as refusal:
        act = activity.info().activity_type.rpartition(".")[2]
        async with database.transaction() as session:
            told = (act, refusal.problems)
            if isinstance(order, ActOrder):
                await tell_act_refused(session, settings, order.process_id, *told, now=now_of(order))
            else:
                reference = f"{order.plan_code}/{order.nominal:%Y-%m}"
                await tell_not_opened(session, settings, order.plan_code, reference, *told, now=now_of(order))
        raise
