"""What the reception of a delegation has done for it: each act one transaction on the rows of its visit."""

from temporalio import activity

from activities.acts import acting, now_of
from models.contracts.orders import ActOrder, FollowUpOrder, Standing
from operations import (
    delegation_reception,
    visit_agenda,
    visit_hosts,
    visit_preparations,
    visit_results,
)
from settings import Settings
from store.database import Database


class DelegationReceptionActivities:
    """Looks at a visit, and does the next thing about it; what is done already, or over, is left as it is."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @activity.defn(name="delegation_reception.look")
    async def look(self, order: ActOrder) -> Standing:
        """Take down what people have said, and tell how far the visit is.

        Safe to run twice: what was taken down already is no news.
        """
        async with acting(self._database, self._settings, order) as session:
            return await delegation_reception.look(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.begin")
    async def begin(self, order: ActOrder) -> FollowUpOrder:
        """Give the set of tasks to follow. Safe to run twice: it was made with the visit and is only read."""
        async with self._database.reading() as session:
            return await delegation_reception.follow_up_of(session, order.process_id)

    @activity.defn(name="delegation_reception.acknowledge")
    async def acknowledge(self, order: ActOrder) -> None:
        """Write to the contact that we know they want to come. Safe to run twice: the mail has a unique key."""
        async with acting(self._database, self._settings, order) as session:
            await delegation_reception.acknowledge(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.ask_hosts")
    async def ask_hosts(self, order: ActOrder) -> None:
        """Ask hosts about the visit's days. Safe to run twice: each host knows which version it was asked about."""
        async with acting(self._database, self._settings, order) as session:
            await visit_hosts.ask_hosts(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.plan_preparations")
    async def plan_preparations(self, order: ActOrder) -> None:
        """Have the visit prepared by its days. Safe to run twice: each preparation knows the day it was planned for."""
        async with acting(self._database, self._settings, order) as session:
            await visit_preparations.plan_preparations(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.tell_of_hosts")
    async def tell_of_hosts(self, order: ActOrder) -> None:
        """Tell the coordinator what the hosts have said. Safe to run twice: its key names the visit's version."""
        async with acting(self._database, self._settings, order) as session:
            await visit_hosts.tell_of_hosts(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.ask_for_approval")
    async def ask_for_approval(self, order: ActOrder) -> None:
        """Ask somebody who did not compose the agenda to approve it. Safe to run twice: an agenda has one such task."""
        async with acting(self._database, self._settings, order) as session:
            await visit_agenda.ask_for_approval(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.tell_of_decision")
    async def tell_of_decision(self, order: ActOrder) -> None:
        """Tell the coordinator what was decided. Safe to run twice: the mail's key names the agenda and the answer."""
        async with acting(self._database, self._settings, order) as session:
            await visit_agenda.tell_of_decision(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.confirm")
    async def confirm(self, order: ActOrder) -> None:
        """Send the agenda to contact and hosts. Safe to run twice: the visit knows which agenda that was."""
        async with acting(self._database, self._settings, order) as session:
            await delegation_reception.confirm(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.remind")
    async def remind(self, order: ActOrder) -> None:
        """Remind everybody of the visit. Safe to run twice: the key of each mail names the first day."""
        async with acting(self._database, self._settings, order) as session:
            await delegation_reception.remind(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.thank")
    async def thank(self, order: ActOrder) -> None:
        """Thank the contact and ask how it was. Safe to run twice: the visit knows when that was done."""
        async with acting(self._database, self._settings, order) as session:
            await delegation_reception.thank(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.ask_for_reports")
    async def ask_for_reports(self, order: ActOrder) -> None:
        """Ask each host what came of the visit. Safe to run twice: a host has one such task."""
        async with acting(self._database, self._settings, order) as session:
            await visit_results.ask_for_reports(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.follow_commitments")
    async def follow_commitments(self, order: ActOrder) -> None:
        """Make tasks of what was promised. Safe to run twice: a task is found again by what its line says."""
        async with acting(self._database, self._settings, order) as session:
            await visit_results.follow_commitments(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.keep_record")
    async def keep_record(self, order: ActOrder) -> None:
        """Keep the record of the visit. Safe to run twice: a visit has one, and the mail about it a unique key."""
        async with acting(self._database, self._settings, order) as session:
            await visit_results.keep_record(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="delegation_reception.close")
    async def close(self, order: ActOrder) -> None:
        """Close the delegation. Safe to run twice: a closed one stays as it is."""
        async with acting(self._database, self._settings, order) as session:
            await delegation_reception.close(session, order.process_id, now=now_of(order))
