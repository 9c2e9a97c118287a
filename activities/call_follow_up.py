"""What the follow-up of a call has done for it."""

from temporalio import activity

from activities.acts import acting, now_of
from models.contracts.orders import ActOrder, FollowUpOrder, Outcome, Standing
from operations import call_follow_up, call_milestones, call_project, call_result, call_upload
from settings import Settings
from store.database import Database


class CallFollowUpActivities:
    """The acts of a call's follow-up, each one transaction in the database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @activity.defn(name="call_follow_up.begin")
    async def begin(self, order: ActOrder) -> FollowUpOrder:
        """Make the set of tasks. Safe to run twice: a process has one, the second call gives it."""
        async with acting(self._database, self._settings, order) as session:
            return await call_follow_up.begin(session, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.look")
    async def look(self, order: ActOrder) -> Standing:
        """Tell how far a call is. Safe to run twice: it only reads."""
        async with self._database.reading() as session:
            return await call_follow_up.look(session, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.ask_interest")
    async def ask_interest(self, order: ActOrder) -> None:
        """Ask the units whether they are interested. Safe to run twice: each has one such task."""
        async with acting(self._database, self._settings, order) as session:
            await call_follow_up.ask_interest(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.tell_of_interest")
    async def tell_of_interest(self, order: ActOrder) -> None:
        """Tell the office who is interested. Safe to run twice: the mail has a key."""
        async with acting(self._database, self._settings, order) as session:
            await call_follow_up.tell_of_interest(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.ask_for_decision")
    async def ask_for_decision(self, order: ActOrder) -> None:
        """Ask for go or no-go. Safe to run twice: about the same deadline and interest it is asked for once."""
        async with acting(self._database, self._settings, order) as session:
            await call_follow_up.ask_for_decision(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.tell_of_decision")
    async def tell_of_decision(self, order: ActOrder) -> None:
        """Tell everybody what was decided. Safe to run twice: each mail has a key."""
        async with acting(self._database, self._settings, order) as session:
            await call_follow_up.tell_of_decision(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.plan_milestones")
    async def plan_milestones(self, order: ActOrder) -> None:
        """Make the milestones, or move them. Safe to run twice: planned for a deadline, they stay."""
        async with acting(self._database, self._settings, order) as session:
            await call_milestones.plan_milestones(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.ask_for_upload")
    async def ask_for_upload(self, order: ActOrder) -> None:
        """Ask for the confirmation that it was sent. Safe to run twice: one such task a stage."""
        async with acting(self._database, self._settings, order) as session:
            await call_upload.ask_for_upload(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.raise_alarm")
    async def raise_alarm(self, order: ActOrder) -> None:
        """Tell that nothing is confirmed a day before. Safe to run twice: one alarm a deadline and reader."""
        async with acting(self._database, self._settings, order) as session:
            await call_upload.raise_alarm(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.ask_whether_it_was_sent")
    async def ask_whether_it_was_sent(self, order: ActOrder) -> None:
        """Ask the office after the deadline. Safe to run twice: the mail has a key."""
        async with acting(self._database, self._settings, order) as session:
            await call_upload.ask_whether_it_was_sent(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.tell_of_submission")
    async def tell_of_submission(self, order: ActOrder) -> None:
        """Note that it was sent, or missed, and tell it. Safe to run twice: the state says so, mails have keys."""
        async with acting(self._database, self._settings, order) as session:
            await call_upload.tell_of_submission(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.ask_for_result")
    async def ask_for_result(self, order: ActOrder) -> None:
        """Ask for the result when its day has come. Safe to run twice: one open question at a time."""
        async with acting(self._database, self._settings, order) as session:
            await call_result.ask_for_result(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.tell_of_result")
    async def tell_of_result(self, order: ActOrder) -> None:
        """Tell everybody the result. Safe to run twice: each mail has a key."""
        async with acting(self._database, self._settings, order) as session:
            await call_result.tell_of_result(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.keep_interim_record")
    async def keep_interim_record(self, order: ActOrder) -> None:
        """Write a first record when the result is known. Safe to run twice: it is computed from the rows."""
        async with acting(self._database, self._settings, order) as session:
            await call_project.keep_interim_record(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.draw_lessons")
    async def draw_lessons(self, order: ActOrder) -> None:
        """Ask what is learned from a proposal without a grant. Safe to run twice: there is one such task."""
        async with acting(self._database, self._settings, order) as session:
            await call_result.draw_lessons(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.prepare_agreement")
    async def prepare_agreement(self, order: ActOrder) -> None:
        """Ask for what a grant agreement needs, and for its days. Safe to run twice: each is one task."""
        async with acting(self._database, self._settings, order) as session:
            await call_project.prepare_agreement(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.tell_of_agreement")
    async def tell_of_agreement(self, order: ActOrder) -> None:
        """Tell that it is signed, and when reports are due. Safe to run twice: the mail has a key."""
        async with acting(self._database, self._settings, order) as session:
            await call_project.tell_of_agreement(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.ask_for_reports")
    async def ask_for_reports(self, order: ActOrder) -> None:
        """Ask for the reports of periods that are over. Safe to run twice: each period has one task."""
        async with acting(self._database, self._settings, order) as session:
            await call_project.ask_for_reports(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.keep_record")
    async def keep_record(self, order: ActOrder) -> None:
        """Write the closing record, again if something is new. Safe to run twice: it is computed from the rows."""
        async with acting(self._database, self._settings, order) as session:
            await call_project.keep_record(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.ask_what_lasts")
    async def ask_what_lasts(self, order: ActOrder) -> None:
        """Ask what is left of the project. Safe to run twice: each year has one task."""
        async with acting(self._database, self._settings, order) as session:
            await call_project.ask_what_lasts(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="call_follow_up.close")
    async def close(self, order: ActOrder) -> Outcome:
        """Close the follow-up. Safe to run twice: a closed one stays as it is."""
        async with acting(self._database, self._settings, order) as session:
            return await call_project.close(session, self._settings, order.process_id, now=now_of(order))
