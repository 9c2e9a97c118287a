"""What a process does that waits for people: it follows its tasks, looks at the rows, and waits for a milestone."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.contracts.orders import ActOrder, FollowUpOrder, Outcome, ProcessOrder, Standing
    from workflows.follow_up import FollowUp
    from workflows.options import ROWS
    from workflows.waiting import happened_before


LONG = 1500
"""Events of one history after which a story of years goes on in a new one."""


class Changed(Exception):  # noqa: N818 - news, not a fault
    """What the story was about is not what it was: it is told again from where that matters."""


class CalledOff(Exception):  # noqa: N818
    """The process was called off."""


class Following:
    """The life of one process: `do` an act, wait `until` a milestone, follow the tasks to their end.

    All it knows stands in the rows; a poke only says that they changed. So a story that is told from its start again
    finds everything done that was done: one of years (`follow_for_years`) continues as new when its history is long.
    """

    def __init__(self, order: ProcessOrder, look: Callable[..., Any]) -> None:
        self._order = order
        self._look = look
        self._poked = False
        self._revision: str | None = None
        self._continues = False

    def poke(self) -> None:
        """Something changed: look at the rows now."""
        self._poked = True

    async def follow(self, task_set: FollowUpOrder) -> workflow.ChildWorkflowHandle[FollowUp, Outcome]:
        """Have the tasks of the process followed until it closes. What changes from here on is noticed."""
        standing: Standing = await self.do(self._look)
        self._revision = standing.revision
        return await workflow.start_child_workflow(
            FollowUp.run, task_set, id=task_set.workflow_id, parent_close_policy=ParentClosePolicy.ABANDON
        )

    async def follow_for_years(self, task_set: FollowUpOrder) -> None:
        """Have the tasks followed, as `follow` does, by a follow-up that outlives each history of this story."""
        self._continues = True
        with suppress(WorkflowAlreadyStartedError):  # in an earlier history of this story
            await self.follow(task_set)

    async def do(self, act: Callable[..., Any]) -> Any:
        """Have one act done; gives what it gives."""
        order = ActOrder(process_id=self._order.process_id, now=workflow.now())
        return await workflow.execute_activity_method(act, order, **ROWS)

    async def until(self, milestone: str, *, meanwhile: Callable[..., Any] | None = None) -> None:
        """Wait for a milestone. `meanwhile`: an act that is done whenever something may have changed.

        Raises:
            Changed: days, hosts, agenda or evidence are not what they were when this was last waited for or begun.
            CalledOff: there is nothing more to wait for.

        """
        while True:
            self._poked = False
            if meanwhile is not None:
                await self.do(meanwhile)
            standing: Standing = await self.do(self._look)
            if standing.ended:
                raise CalledOff
            if self._revision not in {None, standing.revision}:
                self._revision = standing.revision
                raise Changed
            self._revision = standing.revision
            if milestone in standing.reached:
                return
            if self._continues and workflow.info().get_current_history_length() > LONG:
                workflow.continue_as_new(self._order)
            await happened_before(lambda: self._poked, standing.next_at, f"until {milestone}")
