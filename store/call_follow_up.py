"""Queries on the follow-up of a European call: what it aims at, who said what of it, how far it is."""

import hashlib
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, union

from models.contracts.mail import TaskKind
from models.contracts.refusal import Refused, said
from models.policies.asking import answers_for
from models.policies.calendar import Calendar
from models.policies.call_follow_up import SENT, UPLOAD, CallFacts, Step, cutoff, period_ends, steps_of
from models.policies.call_project import AskedReport, is_covered, report_of
from models.policies.people import PersonFacts
from models.policies.people_checks import People
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, CallDeadline
from models.tables.catalogue import Action, Axis, Objective, Plan
from models.tables.people import FocalPoint, Person, Unit
from models.tables.process import Process, TaskSet
from models.tables.task import Answer, Item, Submission, Task
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.indicator_collection import sets_of
from store.people import load_people
from store.task import OPEN_STATES, lock_set, tasks_of

TAKES_PART = ("lead", "partner")
"""What a unit said that takes part in a proposal."""
FIRST, SECOND = ("0", "1"), ("2",)
"""The stages whose milestones and proposal are the same, should a call in one stage become one in two."""


@dataclass(frozen=True, slots=True)
class CallCase:
    """A call's follow-up, taken for one act: its set is locked until the transaction ends.

    `deadlines` in the order of their numbers, `interests` in that of their positions. `tasks`: as they were when it
    was taken, without decisions about others.
    """

    task_set: TaskSet
    process: Process
    pursuit: CallFollowUp
    call: Call
    plan: Plan
    calendar: Calendar
    people: People
    deadlines: tuple[CallDeadline, ...]
    interests: tuple[CallInterest, ...]
    tasks: tuple[Task, ...]
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return self.calendar.day(self.now)

    @property
    def stage(self) -> int:
        """1 or 2 of a call in two stages, 0 of another."""
        return stage_of(self.pursuit, self.call)

    @property
    def stages(self) -> tuple[str, ...]:
        """How the occasions of the milestones and the proposal of this stage begin."""
        return stages_of(self.stage)

    @property
    def deadline(self) -> datetime | None:
        """The deadline aimed at (UTC); None while there is none that can be trusted."""
        return deadline_at(aimed_at(self.pursuit, self.deadlines), self.calendar)

    @property
    def aim(self) -> str:
        """What `CallFollowUp.planned_for` says of what is aimed at now; empty while there is no deadline."""
        return aim_of(self.pursuit, self.call, self.deadlines)

    @property
    def lead(self) -> str:
        """The unit that prepares, or would prepare, the proposal."""
        return lead_of(self.pursuit, self.interests)

    def of(self, kind: TaskKind) -> tuple[Task, ...]:
        """The tasks of a kind."""
        return tuple(task for task in self.tasks if task.kind == kind)

    def who(self, unit_code: str) -> str | None:
        """Who is asked for a unit today; None for nobody."""
        return answers_for(self.people, unit_code, self.today)

    def reader(self, unit_code: str) -> PersonFacts | None:
        """Who is told for a unit: whoever was asked last and is still there, else whoever is asked today.

        Whoever decides for the office does not speak for it.
        """
        own = [task for task in self.tasks if task.unit_code == unit_code and task.kind != "go_decision"]
        asked = [task for task in own if task.asked_at is not None]
        last = max(asked, key=lambda task: task.asked_at or task.due_at, default=None)
        code = last.assignee_code if last and self.people.persons[last.assignee_code].active else self.who(unit_code)
        return None if code is None else self.people.persons[code]


async def take_case(session: WriteSession, process_id: UUID, now: datetime) -> CallCase | None:
    """Take an open follow-up for an act; None once it is closed."""
    (task_set,) = await sets_of(session, process_id)
    task_set = await lock_set(session, task_set.id)
    process = await session.get_one(Process, process_id, populate_existing=True)
    if process.state == "closed":
        return None
    pursuit = await session.get_one(CallFollowUp, process_id, with_for_update=True, populate_existing=True)
    call = await session.get_one(Call, pursuit.call_id)
    return CallCase(
        task_set=task_set,
        process=process,
        pursuit=pursuit,
        call=call,
        plan=await session.get_one(Plan, process.plan_code),
        calendar=await load_calendar(session, process.calendar_code),
        people=await load_people(session),
        deadlines=tuple(await deadlines_of(session, call.id)),
        interests=tuple(await interests_of(session, process_id)),
        tasks=tuple(await tasks_of(session, process_id)),
        now=now,
    )


async def interests_of(session: ReadSession, process_id: UUID) -> list[CallInterest]:
    """What the units said that were asked, in the order in which they were named."""
    query = select(CallInterest).where(CallInterest.process_id == process_id)
    return list(await session.scalars(query.order_by(CallInterest.position, CallInterest.unit_code)))


async def deadlines_of(session: ReadSession, call_id: UUID) -> list[CallDeadline]:
    """The deadlines of a call, in their order."""
    query = select(CallDeadline).where(CallDeadline.call_id == call_id).order_by(CallDeadline.number)
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def find_follow_up(session: ReadSession, written: str) -> tuple[Process, CallFollowUp, Call]:
    """The follow-up of a call, by its identifier in any letters or by its reference `call/...`.

    Raises:
        Refused: the call is not followed, or there is no such call.

    """
    wanted = written.strip().upper().removeprefix("CALL/")
    rows = await session.execute(
        select(Process, CallFollowUp, Call)
        .join(CallFollowUp, CallFollowUp.process_id == Process.id)
        .join(Call, Call.id == CallFollowUp.call_id)
        .where(or_(func.upper(Call.identifier) == wanted, func.upper(Process.reference) == f"CALL/{wanted}"))
    )
    row = rows.first()
    if row is None:
        raise Refused(
            said(
                "No call “%(written)s” is followed: look with `focal calls list`, or `focal calls follow` it.",
                written=written,
            )
        )
    return row[0], row[1], row[2]


async def follow_up_of(session: ReadSession, call_id: UUID) -> tuple[Process, CallFollowUp] | None:
    """The follow-up of a call, open or over; None if the city never followed it."""
    query = select(Process, CallFollowUp).join(CallFollowUp, CallFollowUp.process_id == Process.id)
    row = (await session.execute(query.where(CallFollowUp.call_id == call_id))).one_or_none()
    return None if row is None else (row[0], row[1])


async def plan_of_action(session: ReadSession, action_code: str) -> Plan | None:
    """The plan that an action belongs to; None for an action that there is not."""
    query = (
        select(Plan)
        .join(Axis, Axis.plan_code == Plan.code)
        .join(Objective, Objective.axis_code == Axis.code)
        .join(Action, Action.objective_code == Objective.code)
    )
    plan: Plan | None = await session.scalar(query.where(Action.code == action_code))
    return plan


def stage_of(pursuit: CallFollowUp, call: Call) -> int:
    """1 or 2 of a call in two stages, 0 of another. What was sent stays what it was, whatever the call becomes."""
    if pursuit.first_submitted_at is not None:
        return 2
    if pursuit.submitted_at is not None and pursuit.planned_for:
        return int(pursuit.planned_for.split("|")[0])
    return pursuit.deadline_number if call.deadline_model == "two_stage" else 0


def stages_of(stage: int) -> tuple[str, ...]:
    """How the occasions of the milestones and the proposal of a stage begin."""
    return SECOND if stage == 2 else FIRST  # noqa: PLR2004 - the second stage


def aimed_at(pursuit: CallFollowUp, deadlines: Several[CallDeadline]) -> CallDeadline | None:
    """The deadline that a follow-up aims at; None where the call has none of this number."""
    return next((row for row in deadlines if row.number == pursuit.deadline_number), None)


def deadline_at(row: CallDeadline | None, calendar: Calendar) -> datetime | None:
    """The instant (UTC) of a deadline."""
    return None if row is None else cutoff(row.day, row.hour, row.zone, calendar)


def aim_of(pursuit: CallFollowUp, call: Call, deadlines: Several[CallDeadline]) -> str:
    """What a follow-up aims at: the stage and the clock time of its deadline; empty where there is none.

    Not its number: where the cut-offs before it go, it stays what it was.
    """
    row = aimed_at(pursuit, deadlines)
    if row is None:
        return ""
    return f"{stage_of(pursuit, call)}|{row.day.isoformat()}T{row.hour:%H:%M}|{row.zone}"


def deadline_of_aim(aim: str) -> datetime | None:
    """The deadline that an aim names, on the clock of its own zone; None for no aim."""
    if not aim:
        return None
    _, shown, zone = aim.split("|")
    day, hour = shown.split("T")
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour), ZoneInfo(zone))


def version_of(aim: str, interests: Sequence[CallInterest], lead_unit: str | None) -> str:
    """A name for what whoever decides has before them: the deadline, what the units say, and who was set to lead."""
    said = [(row.unit_code, row.state, row.reason, row.contribution) for row in interests]
    return hashlib.sha256(repr((aim, said, lead_unit)).encode()).hexdigest()[:16]


def lead_of(pursuit: CallFollowUp, interests: Sequence[CallInterest]) -> str:
    """Who prepares the proposal: who was chosen; else the first unit that said it would lead, else the office."""
    said = (row.unit_code for row in interests if row.state == "lead")
    return pursuit.lead_unit or next(said, pursuit.office_unit)


def owner_of(step: Step, pursuit: CallFollowUp, lead_unit: str) -> str:
    """The unit that has a step to the proposal: who was named for it, else by its rule."""
    by_rule = lead_unit if step.owner == "lead" else pursuit.office_unit
    return str(pursuit.owners.get(step.key, by_rule))


async def withdrawal(session: ReadSession, process_id: UUID, stages: Several[str]) -> tuple[Answer, Submission] | None:
    """The answer that the proposal of a stage will not be sent, if that is what stands, and who gave it."""
    rows = await session.execute(
        select(Answer, Submission)
        .join(Item, Item.answer_id == Answer.id)
        .join(Task, Task.id == Item.task_id)
        .join(Submission, Submission.id == Answer.submission_id)
        .where(
            Task.process_id == process_id,
            Task.kind == "proposal_upload",
            func.split_part(Task.occasion, ":", 1).in_(stages),
            Task.state != "cancelled",
            Item.question == "proposal_number",
            Answer.kind == "not_available",
        )
    )
    row = rows.first()
    return None if row is None else (row[0], row[1])


async def leading_persons(session: ReadSession, process_id: UUID) -> frozenset[str]:
    """The codes of all who answered for a unit that it would lead, or entered that for somebody.

    And of all people of the unit that the coordinator has set to lead.
    """
    rows = await session.execute(
        select(Submission.person_code, Submission.entered_by)
        .join(Task, Task.id == Submission.task_id)
        .join(CallInterest, (CallInterest.process_id == Task.process_id) & (CallInterest.unit_code == Task.unit_code))
        .where(Task.process_id == process_id, Task.kind == "call_interest", CallInterest.state == "lead")
    )
    chosen = select(CallFollowUp.lead_unit).where(CallFollowUp.process_id == process_id).scalar_subquery()
    of_unit = await session.scalars(
        union(
            select(Person.code).where(Person.unit_code == chosen),
            select(FocalPoint.person_code).where(FocalPoint.unit_code == chosen),
            select(Unit.head_code).where(Unit.code == chosen, Unit.head_code.is_not(None)),
        )
    )
    # The coordinator's office enters what others say: it does not speak for a unit.
    return frozenset(code for row in rows for code in row if code is not None) - {"coordinator"} | set(of_unit)


async def call_facts(session: ReadSession, process_id: UUID) -> CallFacts:
    """What the story of a call depends on."""
    process = await session.get_one(Process, process_id)
    pursuit = await session.get_one(CallFollowUp, process_id)
    call = await session.get_one(Call, pursuit.call_id)
    calendar = await load_calendar(session, process.calendar_code)
    deadlines, tasks = await deadlines_of(session, call.id), await tasks_of(session, process_id)
    interests = await interests_of(session, process_id)
    stages = stages_of(stage_of(pursuit, call))
    sent = pursuit.submitted_at is not None or await withdrawal(session, process_id, stages) is not None
    past = sent or pursuit.state in SENT
    # What the call's deadline becomes after the proposal was sent concerns nobody any more.
    aim = pursuit.planned_for if past and pursuit.planned_for else aim_of(pursuit, call, deadlines)
    deadline = deadline_at(aimed_at(pursuit, deadlines), calendar)
    stage = stage_of(pursuit, call)
    return CallFacts(
        state=pursuit.state,
        revision=f"{aim}|{len(interests)}",
        interest=_all_heard(interests, tasks),
        go=pursuit.go,
        deadline=deadline,
        sent=sent,
        unasked=pursuit.state == "preparing" and deadline is not None and _is_unasked(stage, stages, tasks),
        ask_again_on=pursuit.ask_again_on,
        signed=None not in {pursuit.signed_on, pursuit.starts_on, pursuit.ends_on},
        ends_on=pursuit.ends_on,
        next_period=_next_period(pursuit, tasks),
        open_tasks=sum(task.state in OPEN_STATES for task in tasks),
        answered_at=max((task.answered_at for task in tasks if task.answered_at), default=None),
    )


def _all_heard(interests: Sequence[CallInterest], tasks: Sequence[Task]) -> bool:
    """Whether every unit has answered, or had its time."""
    waits: Mapping[str, bool] = {
        task.unit_code: task.state in OPEN_STATES for task in tasks if task.kind == "call_interest"
    }
    return all(row.state != "asked" or not waits.get(row.unit_code, True) for row in interests)


def _is_unasked(stage: int, stages: Several[str], tasks: Sequence[Task]) -> bool:
    """Whether there is a step to the proposal that nobody was asked for: its unit has nobody."""
    asked = {
        UPLOAD.key if task.kind == "proposal_upload" else task.occasion.split(":")[1]
        for task in tasks
        if task.kind in {"assignment", "proposal_upload"}
        and task.state != "cancelled"
        and task.occasion.split(":")[0] in stages
    }
    return any(step.key not in asked for step in steps_of(stage))


def _next_period(pursuit: CallFollowUp, tasks: Sequence[Task]) -> date | None:
    """The last day of the first reporting period that nobody was asked to report on yet."""
    if pursuit.starts_on is None or pursuit.ends_on is None:
        return None
    reports = reports_of(tasks)
    ends = period_ends(pursuit.starts_on, pursuit.ends_on, pursuit.periods)
    return next((end for end in ends if not is_covered(end, reports)), None)


def reports_of(tasks: Sequence[Task]) -> list[AskedReport]:
    """The reports that were asked for."""
    said = (report_of(task.occasion, task.state) for task in tasks if task.kind == "assignment")
    return [report for report in said if report is not None]
