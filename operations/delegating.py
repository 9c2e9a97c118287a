"""Passing a task on: by the person who has it, or by a coordinator; and all the tasks of a person who leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, update

from mail.headers import UnsafeHeader, ascii_address
from models.contracts.refusal import IsoDay, PersonRefused, Refused, said
from models.policies.people import current_focal_point, reporting_line
from models.policies.people_checks import People
from models.tables.people import FocalPoint, Person
from models.tables.task import Delegation, Task
from operations.audit import record
from operations.ending import drop_decisions
from operations.extending import open_wish
from operations.notices import Desk, brief
from operations.tasks import Taken, ask_again, settle, take, words
from settings import Settings
from store.database import ReadSession, WriteSession
from store.membership_review import authors_of
from store.outbox import withdraw_mails
from store.people import load_people, lock_people
from store.task import TaskFacts, delegations_of, lock_sets, open_tasks_of, wishes_of

COORDINATOR = "coordinator"


async def delegate(
    session: WriteSession,
    settings: Settings,
    task_id: UUID,
    *,
    to: str,
    by: str,
    note: str,
    now: datetime,
    office: bool = False,
) -> None:
    """Pass a task on to another person, who is asked in the next working hour; both names are kept.

    `by`: a person's code, or `coordinator`. `note`: may be empty. `office`: a person does it for the office, which may
    also give a task back to somebody it came from.

    Raises:
        TaskEnded: it is not open any more.
        PersonRefused: to oneself, in a circle, to somebody unknown, who has left, or has no usable address.
        Refused: the note is too long.

    """
    taken = await take(session, task_id)
    person = await session.get(Person, to)
    _check_person(person, to)
    chain = await delegations_of(session, task_id)
    await _check_chain(session, taken, chain, to, COORDINATOR if office else by)
    note = words(said("the note"), note) if note.strip() else ""
    await _hand_over(session, settings, taken, to=to, by=by, note=note, now=now)


def _check_person(person: Person | None, code: str) -> None:
    """Raises Refused when a person cannot be asked."""
    if person is None:
        told = said("There is no person “%(person)s”: import them first, or choose somebody else.", person=code)
        raise PersonRefused("person_unknown", told)
    if not person.active:
        raise PersonRefused("person_unknown", said("%(name)s has left and cannot be asked.", name=person.name))
    try:
        ascii_address("address", person.address)
    except UnsafeHeader as fault:
        told = said(
            "%(name)s has no usable address (%(address)s): correct it first.", name=person.name, address=person.address
        )
        raise PersonRefused("no_address", told) from fault


async def _check_chain(session: ReadSession, taken: Taken, chain: Sequence[Delegation], to: str, by: str) -> None:
    task = taken.task
    if to == task.assignee_code:
        told = said(
            "%(name)s has this task already: it cannot be passed on to oneself.", name=taken.facts.assignee.name
        )
        raise PersonRefused("same_person", told)
    if by != COORDINATOR and to in {step.from_code for step in chain}:
        way = " > ".join([*(step.from_code for step in chain), task.assignee_code])
        raise PersonRefused(
            "circle", said("This task came that way (%(way)s): it cannot go round in a circle.", way=way)
        )
    if task.kind == "extension_decision":
        wish = (await wishes_of(session, [task.id]))[task.id].extension
        if to == wish.wished_by:
            raise PersonRefused("own_wish", said("Whoever asked for more time cannot decide about it."))
    if task.kind == "membership_decision" and to in await authors_of(session, task.process_id):
        raise PersonRefused("own_work", said("Whoever wrote evidence or opinion cannot decide about it."))


async def _hand_over(
    session: WriteSession, settings: Settings, taken: Taken, *, to: str, by: str, note: str, now: datetime
) -> None:
    task, before = taken.task, taken.facts.assignee
    chain = await delegations_of(session, task.id)
    session.add(
        Delegation(
            id=uuid4(),
            task_id=task.id,
            number=len(chain) + 1,
            from_code=before.code,
            to_code=to,
            by=by,
            at=now,
            note=note,
        )
    )
    task.assignee_code = to
    await withdraw_mails(session, task.id, before.code, now)
    await _drop_own_decision(session, task.id, to, now)
    ask_again(taken, "handed_over", now)
    await settle(session, taken, "delegated", by=by, now=now, before=before.code, after=to, note=note)
    if by != before.code and task.asked_at is not None and before.active:
        about = (await brief(session, [task.id], taken.calendar.day(now)))[task.id]
        desk = Desk(session, settings, now)
        told = {"other_name": about.assignee.name}
        desk.change(about, about.presence.persons[before.code], "moved_away", by=by, reason=note, **told)
        await desk.hand_over()


async def _drop_own_decision(session: WriteSession, task_id: UUID, holder: str, now: datetime) -> None:
    """Whoever gets a task does not decide about its time: a decision that was theirs is not waited for any more."""
    wish = await open_wish(session, task_id)
    if wish is not None and wish.decision_task_id is not None:
        decision = await session.get_one(Task, wish.decision_task_id)
        if decision.assignee_code == holder:
            await drop_decisions(session, [task_id], now, ended=False)


@dataclass(frozen=True, slots=True)
class Move:
    """One task that a person who leaves gives up, and to whom it goes."""

    facts: TaskFacts
    to_code: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """What follows when a person leaves: tasks that move, appointments that end, and what somebody has to see to."""

    moves: tuple[Move, ...]
    appointments: tuple[str, ...]
    """The units whose focal point they were."""
    loose_ends: tuple[str, ...]


async def leave(
    session: WriteSession, settings: Settings, person_code: str, *, to: str | None, by: str, now: datetime, day: date
) -> Leaving:
    """A person leaves: their open tasks move in one act, their appointments end the day before, nobody asks them more.

    `to`: who gets the tasks; None for each unit's next focal point, else its head. Whoever wants to look first
    rolls the transaction back.

    Raises:
        Refused: the person is unknown or has left, or a task would go to nobody; each one named.

    """
    await lock_people(session)
    person = await session.get(Person, person_code)
    _check_person(person, person_code)
    if to is not None:
        if to == person_code:
            raise Refused(said("The tasks of a person who leaves cannot stay with them."))
        _check_person(await session.get(Person, to), to)
    await lock_sets(session, {each.task.set_id for each in await open_tasks_of(session, person_code)})
    # Looked at again behind the locks: one may have been passed on or answered in the meantime.
    facts = await open_tasks_of(session, person_code)
    people = await load_people(session)
    wishes = await wishes_of(session, [each.task.id for each in facts])
    moves = []
    for each in facts:
        wish = wishes.get(each.task.id)
        moves.append(Move(each, _successor(each.task, people, day, to, wish.extension.wished_by if wish else None)))
    if nobody := [move.facts for move in moves if not move.to_code]:
        told = (
            said("Task %(task)s of %(unit)s would go to nobody.", task=each.task.reference, unit=each.unit.name)
            for each in nobody
        )
        raise Refused(*told, said("Say who gets them with --to."))
    ended = await session.scalars(
        update(FocalPoint)
        .where(FocalPoint.person_code == person_code, FocalPoint.last_day.is_(None) | (FocalPoint.last_day >= day))
        .values(last_day=func.greatest(FocalPoint.first_day, day - timedelta(days=1)))
        .returning(FocalPoint.unit_code)
    )
    appointments = tuple(sorted(set(ended)))
    # Before the tasks move: somebody who has left is not told of it.
    await session.execute(update(Person).where(Person.code == person_code).values(active=False))
    for move in moves:
        taken = await take(session, move.facts.task.id)
        await _hand_over(session, settings, taken, to=move.to_code, by=by, note="", now=now)
    record(session, "person.left", by=by, now=now, person=person_code, day=day.isoformat(), tasks=len(moves))
    return Leaving(tuple(moves), appointments, _loose_ends(people, person_code, day))


def _successor(task: Task, people: People, day: date, to: str | None, never: str | None) -> str:
    """Who gets a task: whoever was named; else the unit's next focal point, else whoever is in charge; or nobody.

    `never`: whoever wished for the time that the task decides about.
    """
    if to is not None and to != never:
        return to
    others = [row for row in people.appointments if row.person_code != task.assignee_code]
    focal_point = current_focal_point(task.unit_code, others, people.persons, day)
    if focal_point is not None and task.kind == "indicator_request":
        return focal_point
    line = reporting_line(task.unit_code, people.units)
    passed_over = {task.assignee_code, never}
    return next((head for head in line if head not in passed_over and people.persons[head].active), "")


def _loose_ends(people: People, person_code: str, day: date) -> tuple[str, ...]:
    """What somebody has to see to after a person has left, in sentences."""
    heads = [unit.name for unit in people.units.values() if unit.head_code == person_code]
    away = [row for row in people.absences if row.substitute_code == person_code and row.last_day >= day]
    return (
        *(said("%(name)s has no head any more: import one.", name=name) for name in heads),
        *(
            said(
                "Nobody stands in for %(person)s from %(first_day)s to %(last_day)s any more.",
                person=row.person_code,
                first_day=IsoDay(row.first_day),
                last_day=IsoDay(row.last_day),
            )
            for row in away
        ),
    )
