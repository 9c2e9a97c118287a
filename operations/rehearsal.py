"""Rehearsing a collection on the people, calendars and policies of the database: nothing is written, nothing sent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select

from mail.headers import UnsafeHeader, encode_mailbox
from models.contracts.mail import TaskKind
from models.contracts.refusal import Refused, said
from models.policies.asking import Asked
from models.policies.calendar import Calendar
from models.policies.indicator_collection import Roster
from models.policies.people import reporting_line
from models.policies.people_checks import People
from models.policies.period import Quarter
from models.policies.plan import opening_instant
from models.policies.rehearsal import Contact, Rehearsal, Rehearsed, Setting, Standing, rehearse
from models.policies.rehearsal_answers import Habit, habit, read_answers
from models.policies.task_policy import TaskPolicy
from models.policies.what_if import Comparison, Recorded, compare, replay
from models.tables.catalogue import Plan
from models.tables.task import Step, Task
from operations.indicator_collection import lay_out
from operations.planning import Planning, load_plannings, planned_step, stays
from settings import Settings
from store.calendars import calendar_codes, load_calendar, load_calendars
from store.database import ReadSession
from store.indicator_collection import find_collection
from store.people import load_people
from store.policies import latest_policy, policy_version
from store.rehearsal import pauses_of_everything, tasks_in_order
from store.task import open_tasks, steps_of

OPENING_HOUR = time(7)
"""The local hour at which a schedule opens a quarter."""


@dataclass(frozen=True, slots=True)
class AnswersFile:
    """A CSV file of answers as it came: its name, only for telling what is wrong in it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Unusable:
    """A person whom a mail may have to reach and who cannot be written to, with the reason."""

    person_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """A collection as it was rehearsed, with all that is needed to tell of it."""

    reference: str
    policy: TaskPolicy
    calendar: Calendar
    people: People
    roster: Roster
    rehearsal: Rehearsal
    unusable: tuple[Unusable, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A finished collection under its own policy and under another one."""

    reference: str
    actual: TaskPolicy
    other: TaskPolicy
    comparison: Comparison


async def rehearse_collection(
    session: ReadSession,
    settings: Settings,
    plan_code: str,
    period: str,
    *,
    now: datetime,
    on: date | None = None,
    policy: str | None = None,
    answers: Habit | AnswersFile = "never",
) -> Rehearsing:
    """Rehearse the collection of a plan and quarter as if it were opened now, or `on` a day as the schedule would.

    `policy`: the name of a policy, or a name and version as in gentle@2, in the place of indicator_request.
    Open tasks of other processes take part with what they have planned; that their people stay silent is assumed, and
    so is that nobody was written to earlier today.

    Raises:
        Refused: plan, quarter, policy or file of answers is wrong, or the roster cannot work; each problem named.

    """
    quarter = Quarter.parse(period)
    plan = await session.get(Plan, plan_code)
    if plan is None:
        known = ", ".join(await session.scalars(select(Plan.code).order_by(Plan.code)))
        raise Refused(
            said(
                "There is no plan “%(plan)s”. Plans: %(plans)s.",
                plan=plan_code,
                plans=known or said("none; run `focal catalogue load`"),
            )
        )
    calendar = await load_calendar(session, plan.calendar)
    if on is not None:
        now = calendar.at(on, OPENING_HOUR)
    request = await chosen_policy(session, policy or "indicator_request")
    opens_at = opening_instant(calendar, now, request, at_once=False)
    roster = await lay_out(session, plan_code, quarter, calendar.day(now))
    people = await load_people(session)
    calendars = await _calendars(session, roster.asked, plan.calendar)
    reference = f"collection/{plan_code}/{quarter}"
    setting = Setting(
        reference=reference,
        calendar=calendar,
        calendars=calendars,
        policies={
            "indicator_request": request,
            "focal_point_naming": await latest_policy(session, "focal_point_naming"),
        },
        people=people,
        maximum=settings.mails_per_day,
        quiet=await pauses_of_everything(session),
        others=await _standing(session, reference, now),
    )
    if isinstance(answers, AnswersFile):
        given = read_answers(
            answers.name,
            answers.content,
            asked=roster.asked,
            people=people,
            calendars=calendars,
            opens_at=opens_at,
        )
    else:
        given = habit(answers, people)
    rehearsal = rehearse(setting, roster.asked, opens_at, given)
    found = unusable(people, roster.asked, rehearsal, calendar.day(now))
    return Rehearsing(reference, request, calendar, people, roster, rehearsal, found)


async def chosen_policy(session: ReadSession, written: str) -> TaskPolicy:
    """The policy of a name, or of a name and a version: `gentle` is the newest, `gentle@2` the second.

    Raises:
        Refused: there is none.

    """
    name, at, version = written.partition("@")
    if not at:
        return await latest_policy(session, name)
    if not version.isdecimal():
        raise Refused(
            said(
                "“%(written)s” is not a version of a policy: write its number, as in %(name)s@2.",
                written=written,
                name=name,
            )
        )
    return await policy_version(session, name, int(version))


async def _calendars(session: ReadSession, asked: Sequence[Asked], process_calendar: str) -> dict[str, Calendar]:
    """The calendar of each unit that is asked."""
    codes = await calendar_codes(session, {task.unit_code for task in asked}, process_calendar)
    calendars = await load_calendars(session, set(codes.values()))
    return {unit_code: calendars[code] for unit_code, code in codes.items()}


async def _standing(session: ReadSession, reference: str, now: datetime) -> tuple[Standing, ...]:
    """The open tasks of all other processes."""
    facts = [each for each in await open_tasks(session, now=now) if each.process.reference != reference]
    plannings = await load_plannings(session, facts)
    return tuple(_stands(each.process.reference, plannings[each.task.id]) for each in facts)


def _stands(reference: str, planning: Planning) -> Standing:
    task, stay = planning.task, [step for step in planning.steps if stays(step)]
    return Standing(
        task=Rehearsed(
            reference=reference,
            workflow_id=planning.task_set.workflow_id,
            asked=Asked(task.kind, task.unit_code, task.assignee_code, ()),
            policy=planning.policy,
            calendar=planning.calendar,
            days=planning.days,
            quiet=planning.quiet,
        ),
        planned=tuple(planned_step(step) for step in planning.steps if step.state == "planned"),
        kept=tuple(
            kept for kept, step in zip(planning.situation(None).kept, stay, strict=True) if step.state != "planned"
        ),
        asked_on=planning.due(planning.days.closes_at, companion=False).asked_on,
    )


def unusable(people: People, asked: Sequence[Asked], rehearsal: Rehearsal, day: date) -> tuple[Unusable, ...]:
    """Whoever may be written to and cannot be: everybody asked, appointed, in charge or standing in, by code."""
    units = {task.unit_code for task in asked}
    persons = {task.person_code for task in asked} | {mail.reader for mail in rehearsal.mails if mail.reader}
    persons |= {each.person_code for each in people.appointments if each.unit_code in units and each.holds_on(day)}
    persons |= {head for unit in units for head in reporting_line(unit, people.units)}
    last = rehearsal.days.closes_on
    persons |= {
        absence.substitute_code
        for absence in people.absences
        if absence.substitute_code and absence.person_code in persons and absence.last_day >= day
        if absence.first_day <= last
    }
    found = ((code, _fault(people, code)) for code in sorted(persons))
    return tuple(Unusable(code, reason) for code, reason in found if reason is not None)


def _fault(people: People, code: str) -> str | None:
    person = people.persons[code]
    if not person.active:
        return "has left"
    try:
        encode_mailbox("To", person.name, person.address)
    except UnsafeHeader as fault:
        return str(fault)
    return None


async def replay_collection(
    session: ReadSession, settings: Settings, plan_code: str, period: str, *, policy: str | None = None
) -> WhatIf:
    """Replay a finished collection under its own policy and under another one; see `models.policies.what_if`.

    `policy`: as for `rehearse_collection`; without it, the newest version of indicator_request.

    Raises:
        Refused: there is no such collection, it is not closed, or the other policy is its own.

    """
    found = await find_collection(session, plan_code, str(Quarter.parse(period)))
    if found is None:
        raise Refused(said("No collection of %(plan)s was opened for %(period)s.", plan=plan_code, period=period))
    process, collection = found
    if process.state != "closed":
        raise Refused(
            said("%(process)s is not closed yet: only a finished quarter can be replayed.", process=process.reference)
        )
    tasks = await tasks_in_order(session, process.id)
    if not tasks:
        raise Refused(said("%(process)s asked nobody: there is nothing to replay.", process=process.reference))
    other = await chosen_policy(session, policy or "indicator_request")
    policies = {kind: await _pinned(session, kind, tasks) for kind in KINDS}
    actual = policies["indicator_request"]
    if actual == other:
        raise Refused(
            said(
                "%(process)s ran under %(other)s@%(version)s: name another policy with --policy to compare.",
                process=process.reference,
                other=other.name,
                version=other.version,
            )
        )
    steps = await steps_of(session, [task.id for task in tasks])
    recorded = [_recorded(task, steps[task.id], tasks) for task in tasks]
    calendars = await load_calendars(session, {process.calendar_code, *(task.calendar_code for task in tasks)})
    people = await load_people(session)

    def replayed(request: TaskPolicy) -> Rehearsal:
        setting = Setting(
            reference=process.reference,
            calendar=calendars[process.calendar_code],
            calendars={task.unit_code: calendars[task.calendar_code] for task in tasks},
            policies={**policies, "indicator_request": request},
            people=people,
            maximum=settings.mails_per_day,
        )
        return replay(recorded, setting, collection.opens_at)

    return WhatIf(process.reference, actual, other, compare(replayed(actual), replayed(other)))


KINDS: tuple[TaskKind, ...] = ("indicator_request", "focal_point_naming")


async def _pinned(session: ReadSession, kind: TaskKind, tasks: Sequence[Task]) -> TaskPolicy:
    """The policy that most tasks of a kind ran under; the newest where there were none."""
    pinned = Counter((task.policy, task.policy_version) for task in tasks if task.kind == kind)
    if not pinned:
        return await latest_policy(session, kind)
    ((name, version), _) = pinned.most_common(1)[0]
    return await policy_version(session, name, version)


def _recorded(task: Task, steps: Sequence[Step], tasks: Sequence[Task]) -> Recorded:
    """A task as its rows tell it. Whom a head named is who was asked for the same unit."""
    nth: Counter[str] = Counter()
    contacts = []
    for step in sorted(steps, key=lambda step: (step.done_at or step.at, step.number)):
        if step.state == "done" and step.done_at is not None and step.kind != "expiry":
            nth[step.kind] += 1
            contacts.append(Contact(step.kind, nth[step.kind], step.done_at, step.recipient_code))
    named = None
    if task.kind == "focal_point_naming":
        of_unit = (each for each in tasks if each.unit_code == task.unit_code and each.kind == "indicator_request")
        named = next((each.assignee_code for each in of_unit), None)
    return Recorded(Asked(task.kind, task.unit_code, task.assignee_code, ()), tuple(contacts), task.answered_at, named)
