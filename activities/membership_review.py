"""What reviews of networks, and the question which networks were joined, have done for them."""

from temporalio import activity

from activities.acts import acting, now_of
from models.contracts.orders import ActOrder, FollowUpOrder, OpenOrder, Standing
from operations import membership_outcome, membership_review, network_census, review_opening
from settings import Settings
from store.database import Database


class MembershipReviewActivities:
    """The acts of a review and of a census, each one transaction in the database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @activity.defn(name="membership_review.open_year")
    async def open_year(self, order: OpenOrder) -> None:
        """Open the reviews that are due in the year of the nominal time.

        Safe to run twice: a network is reviewed once a year, and one that is open is left out.
        """
        async with acting(self._database, self._settings, order) as session:
            await review_opening.open_scheduled_year(
                session, self._settings, order.plan_code, nominal=order.nominal, now=order.now
            )

    @activity.defn(name="membership_review.open_census")
    async def open_census(self, order: OpenOrder) -> None:
        """Open a census. Safe to run twice: there is never more than one open, the second call finds it."""
        async with acting(self._database, self._settings, order) as session:
            await network_census.open_scheduled_census(session, order.plan_code, now=order.now)

    @activity.defn(name="membership_review.begin")
    async def begin(self, order: ActOrder) -> FollowUpOrder:
        """Make the set of tasks. Safe to run twice: a process has one, the second call gives it."""
        async with acting(self._database, self._settings, order) as session:
            return await membership_review.begin(session, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.look")
    async def look(self, order: ActOrder) -> Standing:
        """Tell how far a review is. Safe to run twice: it only reads."""
        async with self._database.reading() as session:
            return await membership_review.look(session, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.ask_for_evidence")
    async def ask_for_evidence(self, order: ActOrder) -> None:
        """Ask what the network brought. Safe to run twice: there is one such task in a review."""
        async with acting(self._database, self._settings, order) as session:
            await membership_review.ask_for_evidence(session, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.ask_for_opinion")
    async def ask_for_opinion(self, order: ActOrder) -> None:
        """Ask for the second opinion. Safe to run twice: there is one such task in a review."""
        async with acting(self._database, self._settings, order) as session:
            await membership_review.ask_for_opinion(session, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.recommend")
    async def recommend(self, order: ActOrder) -> None:
        """Compute the recommendation. Safe to run twice: from the same answers it is computed once."""
        async with acting(self._database, self._settings, order) as session:
            await membership_review.keep_recommendation(session, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.ask_for_decision")
    async def ask_for_decision(self, order: ActOrder) -> None:
        """Ask for the decision. Safe to run twice: about the same answers it is asked for once."""
        async with acting(self._database, self._settings, order) as session:
            await membership_review.ask_for_decision(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.carry_out")
    async def carry_out(self, order: ActOrder) -> None:
        """Do what was decided. Safe to run twice: the review says when it was carried out."""
        async with acting(self._database, self._settings, order) as session:
            await membership_outcome.carry_out(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.follow_improvements")
    async def follow_improvements(self, order: ActOrder) -> None:
        """Ask for what the improvement plan promises. Safe to run twice: each line of it is one task."""
        async with acting(self._database, self._settings, order) as session:
            await membership_outcome.follow_improvements(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.ask_for_check")
    async def ask_for_check(self, order: ActOrder) -> None:
        """Ask whether it has improved. Safe to run twice: there is one such task in a review."""
        async with acting(self._database, self._settings, order) as session:
            await membership_outcome.ask_for_check(session, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.close")
    async def close(self, order: ActOrder) -> None:
        """Close the review. Safe to run twice: a closed one stays as it is."""
        async with acting(self._database, self._settings, order) as session:
            await membership_outcome.close_review(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.look_at_census")
    async def look_at_census(self, order: ActOrder) -> Standing:
        """Tell how far a census is. Safe to run twice: it only reads."""
        async with self._database.reading() as session:
            return await network_census.look(session, order.process_id)

    @activity.defn(name="membership_review.ask_areas")
    async def ask_areas(self, order: ActOrder) -> None:
        """Ask every area. Safe to run twice: an area has one such task in a census."""
        async with acting(self._database, self._settings, order) as session:
            await network_census.ask_areas(session, self._settings, order.process_id, now=now_of(order))

    @activity.defn(name="membership_review.close_census")
    async def close_census(self, order: ActOrder) -> None:
        """Enter what was named, and close. Safe to run twice: a closed census stays as it is."""
        async with acting(self._database, self._settings, order) as session:
            await network_census.close_census(session, self._settings, order.process_id, now=now_of(order))
