"""Queries on tasks, their items, steps and answers."""

from collections import defaultdict
from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from models.contracts.answering import ItemUnit, Known, Previous, Reading
from models.contracts.mail import TaskKind
from models.contracts.orders import Fired, Outcome
from models.contracts.refusal import Refused, said
from models.policies.period import Quarter
from models.policies.plan import Quiet
from models.policies.questions import Question, question_of
from models.tables.call_follow_up import CallFollowUp
from models.tables.calls import Call
from models.tables.catalogue import Action, Axis, Indicator, Objective, Plan
from models.tables.delegation_reception import Visit
from models.tables.indicator_collection import Collection
from models.tables.mail import OutgoingMail
from models.tables.membership_review import Network, Review
from models.tables.people import Person, Unit
from models.tables.process import Dispatch, Pause, Process, TaskSet
from models.tables.task import Answer, Delegation, Extension, Item, Link, Step, Submission, Task
from store.database import ReadSession, WriteSession

OPEN_STATES = ("scheduled", "open", "partly_answered")

# Building an alias takes SQLAlchemy milliseconds: they are built once.
_PAST_TASK, _PAST_ITEM, _PAST = aliased(Task), aliased(Item), aliased(Collection)


async def lock_set(session: WriteSession, set_id: UUID) -> TaskSet:
    """Take a set for this transaction. Every change to a task takes its set first, so changes never cross."""
    query = select(TaskSet).where(TaskSet.id == set_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def lock_sets(session: WriteSession, set_ids: Several[UUID]) -> list[TaskSet]:
    """Take several sets, always in the same order, so that two who take some of the same wait and do not block."""
    return [await lock_set(session, set_id) for set_id in sorted(set_ids)]


async def lock_task(session: WriteSession, task_id: UUID) -> tuple[Task, TaskSet]:
    """Take a task (and its set before it) for this transaction."""
    set_id = (await session.scalars(select(Task.set_id).where(Task.id == task_id))).one()
    task_set = await lock_set(session, set_id)
    query = select(Task).where(Task.id == task_id).with_for_update()
    task = (await session.scalars(query.execution_options(populate_existing=True))).one()
    return task, task_set


async def next_turn(session: ReadSession, set_id: UUID) -> Fired:
    """What a set's tasks have come to, and when the next planned step of any of them falls."""
    rows = await session.execute(
        select(Task.state, Task.about_id.is_(None), func.count())
        .where(Task.set_id == set_id)
        .group_by(Task.state, Task.about_id.is_(None))
    )
    counts = {(state, own): int(count) for state, own, count in rows}
    # Decisions about other tasks are waited for, but what becomes of them is not the process's outcome.
    states = {state: count for (state, own), count in counts.items() if own}
    # As long as the process is open, an answer can be sent back: there is something to follow until it closes.
    in_process = (await process_of_set(session, set_id)).state == "open"
    return Fired(
        open=sum(count for (state, _), count in counts.items() if state in OPEN_STATES) or int(in_process),
        next_at=await session.scalar(select(func.min(Step.at)).where(Step.set_id == set_id, Step.state == "planned")),
        outcome=Outcome.model_validate(states),
    )


async def poke_if_needed(session: WriteSession, task_set: TaskSet, now: datetime) -> None:
    """Wake the set's follow-up if it would otherwise sleep too long; call it last, with the set locked.

    A follow-up that is awake looks at the rows before it sleeps, and one that was told an instant no later than
    the next step looks by itself. So a set in which everybody answers costs one poke, not one per person.
    """
    await poke_process(session, task_set.process_id, now)
    if task_set.wake_at is None:
        return
    await session.flush()
    turn = await next_turn(session, task_set.id)
    if turn.open == 0 or (turn.next_at is not None and turn.next_at < task_set.wake_at):
        task_set.wake_at = None
        session.add(
            Dispatch(kind="poke", workflow="FollowUp", workflow_id=task_set.workflow_id, order={}, created_at=now)
        )


WAITING_FOR_TASKS = {
    "delegation_reception": "DelegationReception",
    "membership_review": "MembershipReview",
    "call_follow_up": "CallFollowUp",
}
"""Kinds of processes whose story goes on when a task of theirs is settled, with the name of their workflow."""


async def poke_process(session: WriteSession, process_id: UUID, now: datetime) -> None:
    """Tell a process that something of it changed, where its story waits for that; it looks at the rows itself."""
    process = await session.get_one(Process, process_id)
    workflow = WAITING_FOR_TASKS.get(process.kind)
    if workflow is not None:
        poke = {"kind": "poke", "workflow": workflow, "workflow_id": process.reference}
        session.add(Dispatch(**poke, order={}, created_at=now))


async def tasks_of(session: ReadSession, process_id: UUID) -> list[Task]:
    """The tasks of a process that stand by themselves, in the order of kind, unit and occasion."""
    query = select(Task).where(Task.process_id == process_id, Task.about_id.is_(None))
    query = query.order_by(Task.kind, Task.unit_code, Task.occasion)
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def cancel_steps(session: WriteSession, task_ids: Several[UUID]) -> None:
    """Nothing more happens to these tasks by itself."""
    await session.execute(
        update(Step).where(Step.task_id.in_(task_ids), Step.state == "planned").values(state="cancelled")
    )


async def process_of_set(session: ReadSession, set_id: UUID) -> Process:
    """The process that a set belongs to."""
    query = select(Process).join(TaskSet, TaskSet.process_id == Process.id).where(TaskSet.id == set_id)
    return (await session.scalars(query)).one()


async def due_tasks(session: ReadSession, set_id: UUID, now: datetime, limit: int) -> list[UUID]:
    """Up to `limit` tasks of a set of which something is due, in the order of their turn (`Due.order`)."""
    return list(
        await session.scalars(
            select(Step.task_id)
            .join(Task, Task.id == Step.task_id)
            .where(Step.set_id == set_id, Step.state == "planned", Step.at <= now)
            .group_by(Step.task_id, Task.unit_code, Task.kind, Task.assignee_code)
            .order_by(func.min(Step.at), Task.unit_code, Task.kind, Task.assignee_code)
            .limit(limit)
        )
    )


async def is_reminding(session: ReadSession, set_id: UUID, now: datetime) -> bool:
    """Whether a reminder or a warning of a set is due."""
    due = (Step.set_id == set_id, Step.state == "planned", Step.at <= now, Step.kind.in_(("reminder", "warning")))
    return bool(await session.scalar(select(exists().where(*due))))


async def reminders_before(session: ReadSession, assignees: Several[str], until: datetime) -> list[Task]:
    """The open tasks of some persons, and of all who have left, of which a reminder is planned before an instant."""
    return list(
        await session.scalars(
            select(Task)
            .where(
                Task.assignee_code.in_(assignees) | Task.assignee_code.in_(select(Person.code).where(~Person.active)),
                Task.state.in_(OPEN_STATES),
                exists().where(
                    Step.task_id == Task.id,
                    Step.kind.in_(("reminder", "warning")),
                    Step.state == "planned",
                    Step.at < until,
                ),
            )
            .order_by(Task.id)
        )
    )


async def steps_of(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, list[Step]]:
    """Every step of some tasks, by task, in the order they fall."""
    steps = await session.scalars(
        select(Step).where(Step.task_id.in_(task_ids)).order_by(Step.task_id, Step.at, Step.number)
    )
    by_task: dict[UUID, list[Step]] = defaultdict(list)
    for step in steps:
        by_task[step.task_id].append(step)
    return by_task


async def quiet_of(session: ReadSession, process_ids: Several[UUID]) -> dict[UUID, tuple[Quiet, ...]]:
    """The pauses of some processes, by process; a pause of everything is each one's."""
    pauses = await session.scalars(
        select(Pause).where(Pause.process_id.in_(process_ids) | Pause.process_id.is_(None)).order_by(Pause.since)
    )
    quiet: dict[UUID, tuple[Quiet, ...]] = dict.fromkeys(process_ids, ())
    for pause in pauses:
        for process_id in process_ids if pause.process_id is None else (pause.process_id,):
            quiet[process_id] += (Quiet(pause.since, pause.until),)
    return quiet


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """One task with everybody and everything its mails and pages speak of."""

    task: Task
    process: Process
    task_set: TaskSet
    plan: Plan
    unit: Unit
    assignee: Person
    collection: Collection | None
    visit: Visit | None
    review: Review | None
    network: Network | None
    pursuit: CallFollowUp | None
    call: Call | None


async def task_facts(session: ReadSession, task_ids: Several[UUID]) -> list[TaskFacts]:
    """The facts of some tasks, in no particular order."""
    rows = await session.execute(_facts().where(Task.id.in_(task_ids)))
    return [TaskFacts(*row) for row in rows]


async def find_process(session: ReadSession, reference: str) -> Process:
    """The process of a reference, open or closed.

    Raises:
        Refused: there is none.

    """
    process = await session.scalar(select(Process).where(Process.reference == reference))
    if process is None:
        raise Refused(
            said("There is no process “%(reference)s”. Write it as in collection/VLC/2026-Q4.", reference=reference)
        )
    return process


async def open_tasks(
    session: ReadSession, *, now: datetime, overdue: bool = False, reference: str | None = None
) -> list[TaskFacts]:
    """Open tasks, those due first before the others; of one process, or only those whose due day is over."""
    query = _facts().where(Task.state.in_(OPEN_STATES)).order_by(Task.due_at, Unit.name)
    if overdue:
        query = query.where(Task.due_at <= now)
    if reference is not None:
        query = query.where(Process.reference == reference)
    return [TaskFacts(*row) for row in await session.execute(query)]


async def open_tasks_of(session: ReadSession, person_code: str) -> list[TaskFacts]:
    """The open tasks of one person, those due first before the others."""
    query = _facts().where(Task.state.in_(OPEN_STATES), Task.assignee_code == person_code)
    query = query.order_by(Task.due_at, Unit.name).execution_options(populate_existing=True)
    return [TaskFacts(*row) for row in await session.execute(query)]


async def sets_of_calendar(session: ReadSession, code: str) -> list[UUID]:
    """The sets in which open tasks live by a calendar."""
    query = select(Task.set_id).where(Task.calendar_code == code, Task.state.in_(OPEN_STATES)).distinct()
    return list(await session.scalars(query.order_by(Task.set_id)))


async def open_tasks_of_set(session: ReadSession, set_id: UUID) -> list[TaskFacts]:
    """The open tasks of a set."""
    query = _facts().where(Task.set_id == set_id, Task.state.in_(OPEN_STATES)).order_by(Task.unit_code, Task.kind)
    return [TaskFacts(*row) for row in await session.execute(query)]


async def sets_of_policy(session: ReadSession, name: str) -> list[UUID]:
    """The sets in which open tasks of a kind live by a policy of this name."""
    query = select(Task.set_id).where(Task.policy == name, Task.state.in_(OPEN_STATES)).distinct()
    return list(await session.scalars(query.order_by(Task.set_id)))


def _facts() -> Select[
    Task, Process, TaskSet, Plan, Unit, Person, Collection, Visit, Review, Network, CallFollowUp, Call
]:
    return (
        select(Task, Process, TaskSet, Plan, Unit, Person, Collection, Visit, Review, Network, CallFollowUp, Call)
        .join(Process, Process.id == Task.process_id)
        .join(TaskSet, TaskSet.id == Task.set_id)
        .join(Plan, Plan.code == Process.plan_code)
        .join(Unit, Unit.code == Task.unit_code)
        .join(Person, Person.code == Task.assignee_code)
        .outerjoin(Collection, Collection.process_id == Process.id)
        .outerjoin(Visit, Visit.process_id == Process.id)
        .outerjoin(Review, Review.process_id == Process.id)
        .outerjoin(Network, Network.code == Review.network_code)
        .outerjoin(CallFollowUp, CallFollowUp.process_id == Process.id)
        .outerjoin(Call, Call.id == CallFollowUp.call_id)
    )


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item of a task with the words the plan has for it, if it is an indicator, and the answer that stands."""

    item: Item
    kind: TaskKind
    indicator: Indicator | None
    action: Action | None
    axis: Axis | None
    answer: Answer | None

    @property
    def number(self) -> int:
        """Its place in the task, from 1: how mails and replies name it."""
        return self.item.position + 1

    @property
    def code(self) -> str:
        """What names it in its task: the indicator's code, or the question's key with the code of its criterion."""
        if self.indicator is not None:
            return self.indicator.code
        criterion = (self.item.detail or {}).get("code")
        return f"{self.item.question}.{criterion}" if criterion else str(self.item.question)

    @property
    def action_title(self) -> str:
        """The title of the indicator's action; empty for a question."""
        return self.action.title if self.action else ""

    @property
    def axis_title(self) -> str:
        """The title of the indicator's axis; empty for a question."""
        return self.axis.title if self.axis else ""

    @property
    def question(self) -> Question | None:
        """The question, if it is one."""
        return question_of(self.kind, self.item.question) if self.item.question else None

    @property
    def unit(self) -> ItemUnit:
        """What an answer to it is written as."""
        if self.indicator is not None:
            return self.indicator.unit
        question = self.question
        return question.unit if question else "text"

    @property
    def known(self) -> Known | None:
        """What Focal counted itself when it asked."""
        return Known.model_validate(self.item.known) if self.item.known else None

    @property
    def missing(self) -> bool:
        """Whether the task waits for it: it has no answer and cannot be left out."""
        return self.answer is None and self.item.required


async def task_items(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, list[ItemFacts]]:
    """The items of some tasks, by task, in their order."""
    rows = await session.execute(
        select(Item, Task.kind, Indicator, Action, Axis, Answer)
        .join(Task, Task.id == Item.task_id)
        .outerjoin(Indicator, Indicator.code == Item.indicator_code)
        .outerjoin(Action, Action.code == Indicator.action_code)
        .outerjoin(Objective, Objective.code == Action.objective_code)
        .outerjoin(Axis, Axis.code == Objective.axis_code)
        .outerjoin(Answer, Answer.id == Item.answer_id)
        .where(Item.task_id.in_(task_ids))
        .order_by(Item.task_id, Item.position)
    )
    by_task: dict[UUID, list[ItemFacts]] = defaultdict(list)
    for row in rows:
        facts = ItemFacts(*row)
        by_task[facts.item.task_id].append(facts)
    return by_task


async def previous_answers(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, Previous]:
    """What each item's unit last said of the same indicator in an earlier quarter, by item."""
    past_task, past_item, past = _PAST_TASK, _PAST_ITEM, _PAST
    rows = await session.execute(
        select(Item.id, past.period, Answer)
        .join(Task, Task.id == Item.task_id)
        .join(Collection, Collection.process_id == Task.process_id)
        .join(past, and_(past.plan_code == Collection.plan_code, past.period < Collection.period))
        .join(past_task, and_(past_task.process_id == past.process_id, past_task.unit_code == Task.unit_code))
        .join(
            past_item,
            and_(past_item.task_id == past_task.id, past_item.indicator_code == Item.indicator_code),
        )
        .join(Answer, Answer.id == past_item.answer_id)
        .where(Item.task_id.in_(task_ids))
        .ext(distinct_on(Item.id))
        .order_by(Item.id, past.period.desc())
    )
    previous = {}
    for item_id, period, answer in rows:
        quarter = Quarter.parse(period)
        previous[item_id] = Previous(quarter=quarter.number, year=quarter.year, reading=reading_of(answer))
    return previous


def reading_of(answer: Answer) -> Reading:
    """A stored answer as the reading it was stored from."""
    return Reading.model_validate(
        {
            "kind": answer.kind,
            "typed": answer.typed,
            "number": answer.number,
            "yes": answer.yes,
            "words": answer.words,
            "reason": answer.reason,
        }
    )


@dataclass(frozen=True, slots=True)
class WishFacts:
    """What a head has to decide: who asks for more time, until when, why; and how much of it is still missing."""

    extension: Extension
    missing: int


async def wishes_of(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, WishFacts]:
    """The wish that each of some decision tasks is about."""
    missing = (
        select(func.count())
        .select_from(Item)
        .where(Item.task_id == Extension.task_id, Item.answer_id.is_(None), Item.required)
    ).scalar_subquery()
    rows = await session.execute(select(Extension, missing).where(Extension.decision_task_id.in_(task_ids)))
    return {
        extension.decision_task_id: WishFacts(extension, int(count))
        for extension, count in rows
        if extension.decision_task_id is not None
    }


async def latest_extension(session: ReadSession, task_id: UUID) -> Extension | None:
    """The latest wish for more time about a task, or the time it was given without one."""
    query = select(Extension).where(Extension.task_id == task_id).order_by(Extension.wished_at.desc()).limit(1)
    return await session.scalar(query)


async def returned_answers(session: ReadSession, task_id: UUID) -> dict[UUID, Answer]:
    """The answers of a task that were sent back and not given again, by item."""
    rows = await session.scalars(
        select(Answer)
        .join(Item, Item.id == Answer.item_id)
        .join(Submission, Submission.id == Answer.submission_id)
        .where(Item.task_id == task_id, Item.answer_id.is_(None), Item.returned_note.is_not(None))
        .order_by(Submission.received_at)
    )
    return {answer.item_id: answer for answer in rows}


async def last_delegations(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, Delegation]:
    """By whom each of some tasks was last passed on, where it was."""
    rows = await session.scalars(
        select(Delegation).where(Delegation.task_id.in_(task_ids)).order_by(Delegation.task_id, Delegation.number)
    )
    return {row.task_id: row for row in rows}


async def delegations_of(session: ReadSession, task_id: UUID) -> list[Delegation]:
    """How a task was passed on, first to last."""
    return list(
        await session.scalars(select(Delegation).where(Delegation.task_id == task_id).order_by(Delegation.number))
    )


async def mails_today(session: ReadSession, codes: Several[str], since: datetime) -> dict[str, int]:
    """How many mails that ask each of some persons was written since an instant."""
    rows = await session.execute(
        select(OutgoingMail.person_code, func.count())
        .where(
            OutgoingMail.person_code.in_(codes),
            OutgoingMail.created_at >= since,
            OutgoingMail.name.in_(("task_request", "task_reminder", "task_reminders")),
        )
        .group_by(OutgoingMail.person_code)
    )
    return {code: int(count) for code, count in rows if code is not None}


async def answered_by(session: ReadSession, task_id: UUID) -> str | None:
    """The name of the person whose answer to a task came last."""
    return await session.scalar(
        select(Person.name)
        .join(Submission, Submission.person_code == Person.code)
        .where(Submission.task_id == task_id)
        .order_by(Submission.received_at.desc())
        .limit(1)
    )


async def find_task(session: ReadSession, reference: str) -> Task:
    """The task of a printed reference, in whatever letter case it was typed.

    Raises:
        Refused: there is none.

    """
    task = await session.scalar(select(Task).where(Task.reference == reference.strip().upper()))
    if task is None:
        raise Refused(
            said(
                "There is no task “%(reference)s”. References look like 7K2M-9QXD; see `focal tasks list`.",
                reference=reference,
            )
        )
    return task


async def links_of(session: ReadSession, task_ids: Several[UUID]) -> dict[tuple[UUID, str], Link]:
    """The links into some tasks, by task and person."""
    links = await session.scalars(select(Link).where(Link.task_id.in_(task_ids)))
    return {(link.task_id, link.person_code): link for link in links}
