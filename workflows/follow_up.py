"""The clock of a set of tasks."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.follow_up import FollowUpActivities
    from models.contracts.orders import FireOrder, FollowUpOrder, Outcome
    from workflows.options import MANY_ROWS
    from workflows.waiting import happened_before

CONTINUES = "202610-follow-up-continues-as-new"


@workflow.defn
class FollowUp:
    """Follows a set of tasks until none is open.

    It asks what is due to be carried out, is told when to look again, and sleeps until then or until it is poked
    because somebody did something. All it knows stands in the rows; a lost, late or double poke does no harm. One that
    lives for months begins a new history when Temporal suggests it.
    """

    @workflow.init
    def __init__(self, order: FollowUpOrder) -> None:
        self._order = order
        self._poked = False

    @workflow.run
    async def run(self, order: FollowUpOrder) -> Outcome:
        """Follow the set to its end; gives what became of its tasks."""
        while True:
            self._poked = False
            turn = await workflow.execute_activity_method(
                FollowUpActivities.fire_due,
                FireOrder(set_id=order.set_id, now=workflow.now()),
                **MANY_ROWS,
            )
            if turn.open == 0:
                return turn.outcome
            # Runs from before this could be would have gone on: asked for only here, the mark costs the others nothing.
            if workflow.info().is_continue_as_new_suggested() and workflow.patched(CONTINUES):
                workflow.continue_as_new(order)
            await happened_before(lambda: self._poked, turn.next_at, f"{turn.open} open")

    @workflow.signal
    def poke(self) -> None:
        """Something changed: look at the rows now."""
        self._poked = True
