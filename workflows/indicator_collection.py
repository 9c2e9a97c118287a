"""The quarterly collection of indicators, and what opens it."""

from datetime import datetime

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.indicator_collection import IndicatorCollectionActivities
    from models.contracts.orders import (
        CloseOrder,
        CloseRequest,
        CollectionOrder,
        OpenerOrder,
        Outcome,
        QuarterOrder,
        ReportOrder,
    )
    from workflows.follow_up import FollowUp
    from workflows.options import MANY_ROWS, OPENING, REPORT, ROWS
    from workflows.waiting import happened_before

NOMINAL_TIME = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


@workflow.defn
class IndicatorCollection:
    """One quarter of one plan: everybody is asked, followed up until they answer or the quarter closes, reported.

    It closes on its closing day, or earlier when a coordinator closes it; until then answers can be corrected.
    """

    @workflow.init
    def __init__(self, order: CollectionOrder) -> None:
        self._closed_by: str | None = None
        self._closing = False

    @workflow.run
    async def run(self, order: CollectionOrder) -> Outcome:
        """Run the collection; gives what became of its tasks."""
        tasks = await workflow.execute_activity_method(IndicatorCollectionActivities.create_tasks, order, **MANY_ROWS)
        follow_ups = [
            await workflow.start_child_workflow(
                FollowUp.run, task_set, id=task_set.workflow_id, parent_close_policy=ParentClosePolicy.ABANDON
            )
            for task_set in tasks.sets
        ]
        await happened_before(lambda: self._closed_by is not None, tasks.closes_at, "until the closing day")
        self._closing = True
        await workflow.execute_activity_method(
            IndicatorCollectionActivities.close,
            CloseOrder(process_id=order.process_id, now=workflow.now(), by=self._closed_by or "focal"),
            **ROWS,
        )
        outcomes = [await follow_up for follow_up in follow_ups]
        await workflow.execute_activity_method(
            IndicatorCollectionActivities.write_report,
            ReportOrder(process_id=order.process_id, now=workflow.now()),
            **REPORT,
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        return Outcome(
            **{field: sum(getattr(outcome, field) for outcome in outcomes) for field in Outcome.model_fields}
        )

    @workflow.update
    def close(self, request: CloseRequest) -> datetime:
        """Close now, by the wish of a coordinator; gives the instant."""
        self._closed_by = request.by
        return workflow.now()

    @close.validator
    def may_close(self, request: CloseRequest) -> None:
        """Say no when the collection is closing already."""
        if self._closing or self._closed_by is not None:
            raise ApplicationError("The collection is closing already.", type="AlreadyClosing")

    @workflow.signal
    def poke(self) -> None:
        """Its rows were closed by hand: what is left to do is the report."""
        self._closed_by = self._closed_by or "coordinator"


@workflow.defn
class IndicatorCollectionOpener:
    """Started by a schedule at the beginning of each quarter: opens the collection of the quarter just ended.

    The quarter follows from the time the schedule was meant to fire, so that a start made up for after an outage
    opens the right one.
    """

    @workflow.run
    async def run(self, order: OpenerOrder) -> None:
        """Open the collection; its own workflow is started by the relay."""
        nominal = workflow.info().typed_search_attributes.get(NOMINAL_TIME) or workflow.now()
        await workflow.execute_activity_method(
            IndicatorCollectionActivities.open_quarter,
            QuarterOrder(plan_code=order.plan_code, nominal=nominal, now=workflow.now()),
            **OPENING,
        )
