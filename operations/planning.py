"""The plan of a task as rows: read with all it depends on, and computed again when a fact changes."""

from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete

from models.policies.calendar import Calendar
from models.policies.plan import (
    BY_HAND,
    Kept,
    PlannedStep,
    Quiet,
    Situation,
    StepKind,
    TaskDays,
    days_until,
    plan,
    snooze,
    spread_of,
)
from models.policies.task_policy import TaskPolicy
from models.policies.turn import Due
from models.tables.process import Process, TaskSet
from models.tables.task import Step, Task
from store.calendars import load_calendars
from store.database import ReadSession, WriteSession
from store.policies import pinned_policies
from store.task import OPEN_STATES, TaskFacts, quiet_of, steps_of, task_facts

LONGEST_EXTENSION = timedelta(days=365)
"""How much later a task of a process without a closing day can become due."""


@dataclass(frozen=True, slots=True)
class Planning:
    """A task with all that its plan depends on, as the rows say it now."""

    task: Task
    process: Process
    task_set: TaskSet
    process_closes_at: datetime | None
    """None: the process stays open as long as something of it is."""
    policy: TaskPolicy
    calendar: Calendar
    steps: list[Step]
    pauses: tuple[Quiet, ...]

    @property
    def days(self) -> TaskDays:
        """The days the task lives by."""
        task = self.task
        opens_at = min(step.at for step in self.steps if step.kind == "request")
        return TaskDays(task.opens_on, opens_at, task.due_on, task.due_at, task.closes_on, task.closes_at)

    @property
    def latest_due_on(self) -> date:
        """The last day to which the task can be extended: its process takes nothing after it."""
        if self.process_closes_at is None:
            return self.task.due_on + LONGEST_EXTENSION
        return self.calendar.day(self.process_closes_at - timedelta(microseconds=1))

    @property
    def quiet(self) -> tuple[Quiet, ...]:
        """When no mail of this task leaves: the pauses of its process, and its own snooze."""
        until = self.task.snoozed_until
        if until is None:
            return self.pauses
        return (*self.pauses, snooze(self.calendar, self.process.opened_at, until))

    def kept(self, *kinds: StepKind) -> list[Step]:
        """The steps of some kinds that were carried out, or that somebody asked for by hand and that are to come."""
        sent = [step for step in self.steps if stays(step) and step.state in {"done", "planned"}]
        return [step for step in sent if step.kind in kinds]

    def situation(self, now: datetime | None) -> Situation:
        """What a new plan depends on: all that was carried out, and what somebody asked for by hand, is kept."""
        return Situation(
            spread=spread_of(self.task_set.workflow_id),
            kept=tuple(
                Kept(self._as_it_was(step), sent=step.state in {"done", "planned"})
                for step in self.steps
                if stays(step)
            ),
            quiet=self.quiet,
            now=now,
        )

    def _as_it_was(self, step: Step) -> PlannedStep:
        """A step on the day it was carried out, which after an outage is not the day it was planned for."""
        planned = planned_step(step)
        if step.state != "done" or step.done_at is None:
            return planned
        return replace(planned, on=self.calendar.day(step.done_at), at=step.done_at)

    def new_plan(self, now: datetime, policy: TaskPolicy | None = None) -> tuple[PlannedStep, ...]:
        """The steps still to come, by the task's policy or by another one."""
        return plan(policy or self.policy, self.days, self.calendar, self.situation(now))

    def due(self, before: datetime, *, companion: bool) -> Due:
        """The task for its turn, with all that is planned up to an instant; see `Due`."""
        asking = ("request", "reminder", "warning")
        return Due(
            task_id=self.task.id,
            kind=self.task.kind,
            unit_code=self.task.unit_code,
            assignee_code=self.task.assignee_code,
            policy=self.policy,
            calendar=self.calendar,
            steps=tuple(planned_step(step) for step in self.planned(before)),
            asked_on=tuple(
                self.calendar.day(step.done_at)
                for step in self.steps
                if step.state == "done" and step.done_at is not None and step.kind in asking
            ),
            quiet=self.quiet,
            spread=spread_of(self.task_set.workflow_id),
            companion=companion,
        )

    def planned(self, before: datetime) -> list[Step]:
        """The steps that are planned up to an instant."""
        return [step for step in self.steps if step.state == "planned" and step.at <= before]

    def move_due(self, due_on: date) -> None:
        """Give the task another due day; it still ends with its process. The plan has to be made again after it."""
        task = self.task
        days = days_until(
            self.policy,
            self.calendar,
            opens_at=self.days.opens_at,
            due_on=due_on,
            closes_at=self.process_closes_at,
        )
        task.due_on, task.due_at, task.closes_on, task.closes_at = (
            days.due_on,
            days.due_at,
            days.closes_on,
            days.closes_at,
        )


def planned_step(step: Step) -> PlannedStep:
    """A row as the step it was written from."""
    return PlannedStep(step.kind, step.number, step.level, step.on, step.at, step.reason)


def stays(step: Step) -> bool:
    """Whether a step is kept when the plan is computed again."""
    if step.state == "planned":
        return step.kind == "request" or step.reason.get("rule") == BY_HAND
    return step.state != "cancelled"


def step_rows(task_id: UUID, set_id: UUID, steps: Sequence[PlannedStep]) -> list[Step]:
    """The rows of planned steps."""
    return [
        Step(
            id=uuid4(),
            task_id=task_id,
            set_id=set_id,
            kind=step.kind,
            number=step.number,
            level=step.level,
            on=step.on,
            at=step.at,
            reason=step.reason,
            state="planned",
        )
        for step in steps
    ]


async def load_plannings(session: ReadSession, facts: Several[TaskFacts]) -> dict[UUID, Planning]:
    """The plans of some tasks with all they depend on, with one query per kind of fact."""
    tasks = [each.task for each in facts]
    steps = await steps_of(session, [task.id for task in tasks])
    policies = await pinned_policies(session, {(task.policy, task.policy_version) for task in tasks})
    calendars = await load_calendars(session, {task.calendar_code for task in tasks})
    pauses = await quiet_of(session, {task.process_id for task in tasks})
    plannings = {}
    for each in facts:
        task = each.task
        plannings[task.id] = Planning(
            task=task,
            process=each.process,
            task_set=each.task_set,
            process_closes_at=each.process.closes_at,
            policy=policies[task.policy, task.policy_version],
            calendar=calendars[task.calendar_code],
            steps=steps[task.id],
            pauses=pauses[task.process_id],
        )
    return plannings


async def replan(session: WriteSession, plannings: Several[Planning], now: datetime) -> None:
    """Compute the plans of open tasks again from what their rows say; what is done stays done.

    Their sets are locked by the caller, who pokes them afterwards.
    """
    plannings = [each for each in plannings if each.task.state in OPEN_STATES]
    await session.flush()
    gone = [step.id for each in plannings for step in each.steps if not stays(step)]
    await session.execute(delete(Step).where(Step.id.in_(gone)))
    for each in plannings:
        each.steps[:] = [step for step in each.steps if stays(step)]
        each.steps.extend(step_rows(each.task.id, each.task.set_id, each.new_plan(now)))
        session.add_all(each.steps)
    await session.flush()


async def load_planning(session: ReadSession, task_id: UUID) -> Planning:
    """The plan of one task; see `load_plannings`."""
    return (await load_plannings(session, await task_facts(session, [task_id])))[task_id]


def add_by_hand(planning: Planning, step: PlannedStep) -> None:
    """Add a step that a person asked for, under the next number of its kind; `replan` writes it and keeps it."""
    numbered = replace(step, number=_next_number(planning, step))
    planning.steps.extend(step_rows(planning.task.id, planning.task.set_id, [numbered]))


def _next_number(planning: Planning, step: PlannedStep) -> int:
    return max((row.number for row in planning.steps if row.kind == step.kind and stays(row)), default=0) + 1
