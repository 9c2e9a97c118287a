"""The yearly review of a city network, the periodic question which networks an area has joined, what opens both."""

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from activities.membership_review import MembershipReviewActivities as Membership
    from models.contracts.orders import OpenerOrder, OpenOrder, Outcome, ProcessOrder
    from workflows.following import CalledOff, Changed, Following
    from workflows.options import OPENING

NOMINAL_TIME = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


@workflow.defn
class MembershipReview:
    """One network in one year: evidence, a second opinion, a recommendation, a decision, and what follows from it."""

    @workflow.init
    def __init__(self, order: ProcessOrder) -> None:
        self._review = Following(order, Membership.look)

    @workflow.run
    async def run(self, order: ProcessOrder) -> Outcome:
        """Review the network; gives what became of the tasks."""
        review = self._review
        follow_up = await review.follow(await review.do(Membership.begin))
        try:
            await self._decide()
            await review.do(Membership.carry_out)
            await review.until("improvement plan")
            await review.until("check day", meanwhile=Membership.follow_improvements)
            await review.do(Membership.ask_for_check)
            await review.until("everything done")
        except CalledOff:
            pass
        await review.do(Membership.close)
        return await follow_up

    async def _decide(self) -> None:
        """Ask for evidence, weigh it, have it decided; once more whenever the evidence changes before that."""
        review = self._review
        await review.do(Membership.ask_for_evidence)
        while True:
            try:
                await review.until("evidence")
                await review.do(Membership.ask_for_opinion)
                await review.until("opinion")
                await review.do(Membership.recommend)
                await review.do(Membership.ask_for_decision)
                await review.until("decision")
            except Changed:
                continue
            return

    @workflow.signal
    def poke(self) -> None:
        """A task of the review was settled."""
        self._review.poke()


@workflow.defn
class NetworkCensus:
    """One round of the question to every area which networks it has joined; "none" is an answer."""

    @workflow.init
    def __init__(self, order: ProcessOrder) -> None:
        self._census = Following(order, Membership.look_at_census)

    @workflow.run
    async def run(self, order: ProcessOrder) -> Outcome:
        """Ask every area; gives what became of the tasks."""
        census = self._census
        follow_up = await census.follow(await census.do(Membership.begin))
        await census.do(Membership.ask_areas)
        await census.until("answers")
        await census.do(Membership.close_census)
        return await follow_up

    @workflow.signal
    def poke(self) -> None:
        """An area has answered, or will not any more."""
        self._census.poke()


@workflow.defn
class MembershipYearOpener:
    """Started by a schedule each year: opens the review of every network that is due."""

    @workflow.run
    async def run(self, order: OpenerOrder) -> None:
        """Open the reviews; their own workflows are started by the relay."""
        await workflow.execute_activity_method(Membership.open_year, _opening(order), **OPENING)


@workflow.defn
class NetworkCensusOpener:
    """Started by a schedule twice a year: asks every area which networks it has joined."""

    @workflow.run
    async def run(self, order: OpenerOrder) -> None:
        """Open the census; its own workflow is started by the relay."""
        await workflow.execute_activity_method(Membership.open_census, _opening(order), **OPENING)


def _opening(order: OpenerOrder) -> OpenOrder:
    """What is to be opened, for the time the schedule was meant to fire."""
    nominal = workflow.info().typed_search_attributes.get(NOMINAL_TIME) or workflow.now()
    return OpenOrder(plan_code=order.plan_code, nominal=nominal, now=workflow.now())
