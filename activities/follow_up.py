"""What a follow-up has done for it."""

from temporalio import activity

from models.contracts.orders import Fired, FireOrder
from operations import follow_up
from settings import Settings
from store.database import Database


class FollowUpActivities:
    """Carries out steps of tasks in the database; the outbox sends what they write."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @activity.defn(name="follow_up.fire_due")
    async def fire_due(self, order: FireOrder) -> Fired:
        """Carry out all that is due in the set, then say when to look again.

        Safe to run twice: a step that is done is not planned any more, and its mail has a unique key.
        """
        # Tried again after an outage, the order's instant is of the first attempt; days are counted from this one.
        now = max(order.now, activity.info().started_time)
        while True:
            async with self._database.transaction() as session:
                fired = await follow_up.fire_due(session, self._settings, order.set_id, now)
            if not fired:
                break
            activity.heartbeat(fired)
        async with self._database.transaction() as session:
            return await follow_up.fall_asleep(session, order.set_id)
