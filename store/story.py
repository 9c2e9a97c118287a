"""The rows that the story of a task, or of a mail, is told from."""

from collections.abc import Collection as Several
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import defer

from models.contracts.story import OtherTask
from models.tables.mail import IncomingMail, OutgoingMail
from models.tables.people import Person, Unit
from models.tables.process import AuditEvent, Process
from models.tables.task import Answer, Extension, Submission, Task
from store.database import ReadSession
from store.task import ItemFacts, TaskFacts, task_facts, task_items

OF_A_PROCESS = ("mail.paused", "mail.resumed", "collection.closed")


@dataclass(frozen=True, slots=True)
class CameIn:
    """One mail that came in, as a story speaks of it. `instead`: whom it names for the task, if anybody."""

    person_code: str | None
    sender: str | None
    instead: str | None


@dataclass(frozen=True, slots=True)
class StoryRows:
    """One task with the record of it.

    `answers`: by the reference of the submission they came in; `by_mail`: references of those that came by mail.
    `came_in`: the mails of which the record speaks, by id.
    """

    facts: TaskFacts
    items: list[ItemFacts]
    events: list[AuditEvent]
    extensions: list[tuple[Extension, Task | None]]
    """Wishes and grants about the task or, for a decision, the one it decides; each with the decision's task."""
    answers: dict[str, list[Answer]]
    by_mail: frozenset[str]
    mails: list[OutgoingMail]
    came_in: dict[UUID, CameIn]
    others: dict[UUID, OtherTask]
    names: dict[str, str]
    """Every person's name by code."""


async def story_rows(session: ReadSession, task_id: UUID) -> StoryRows:
    """All that is known of one task; lists with the first first."""
    (facts,) = await task_facts(session, [task_id])
    mails = await mails_about(session, task_id)
    others = {other for mail in mails for other in (mail.task_id, *mail.also_about) if other not in {None, task_id}}
    if facts.task.about_id is not None:
        others.add(facts.task.about_id)
    events = await _events(session, facts.task)
    answers: dict[str, list[Answer]] = {}
    by_mail: set[str] = set()
    for submission, answer in await session.execute(
        select(Submission, Answer)
        .outerjoin(Answer, Answer.submission_id == Submission.id)
        .where(Submission.task_id == task_id)
        .options(defer(Submission.raw, raiseload=True))
    ):
        answers.setdefault(submission.reference, []).extend([answer] if answer is not None else [])
        if submission.channel == "mail":
            by_mail.add(submission.reference)
    return StoryRows(
        facts=facts,
        items=(await task_items(session, [task_id])).get(task_id, []),
        events=events,
        extensions=await _extensions(session, task_id),
        answers=answers,
        by_mail=frozenset(by_mail),
        mails=mails,
        came_in=await _came_in(
            session, {UUID(event.detail["mail"]) for event in events if event.action.startswith("task.reply_")}
        ),
        others=await _other_tasks(session, {other for other in others if other is not None}),
        names={code: name for code, name in await session.execute(select(Person.code, Person.name))},
    )


async def _events(session: ReadSession, task: Task) -> list[AuditEvent]:
    """The record of a task, of the pauses and the close of its process, and of those who left, in order."""
    event = AuditEvent
    of_all = and_(event.process_id.is_(None), event.action.in_((*OF_A_PROCESS, "person.left")))
    of_process = and_(event.process_id == task.process_id, event.task_id.is_(None), event.action.in_(OF_A_PROCESS))
    # A decision begins with the wish, which is on the record of the task that would get the time.
    wish = and_(event.task_id == task.about_id, event.action == "task.extension_wished")
    about = or_(event.task_id == task.id, wish, of_process, of_all)
    query = select(event).where(about).order_by(event.at, event.id)
    return list(await session.scalars(query))


async def _came_in(session: ReadSession, mail_ids: Several[UUID]) -> dict[UUID, CameIn]:
    """Some of the mails that came in, without their bytes."""
    rows = await session.execute(
        select(
            IncomingMail.id, IncomingMail.person_code, IncomingMail.sender, IncomingMail.examination["pass_on"]
        ).where(IncomingMail.id.in_(mail_ids))
    )
    return {
        mail_id: CameIn(person_code, sender, (wish["name"] or wish["address"] or None) if wish else None)
        for mail_id, person_code, sender, wish in rows
    }


async def _extensions(session: ReadSession, task_id: UUID) -> list[tuple[Extension, Task | None]]:
    rows = await session.execute(
        select(Extension, Task)
        .outerjoin(Task, Task.id == Extension.decision_task_id)
        .where(or_(Extension.task_id == task_id, Extension.decision_task_id == task_id))
        .order_by(Extension.wished_at)
    )
    return [(extension, decision) for extension, decision in rows]


async def _other_tasks(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, OtherTask]:
    rows = await session.execute(
        select(Task.id, Task.reference, Unit.name, Process.reference)
        .join(Unit, Unit.code == Task.unit_code)
        .join(Process, Process.id == Task.process_id)
        .where(Task.id.in_(task_ids))
    )
    return {
        task_id: OtherTask(reference=reference, unit_name=unit_name, process=process)
        for task_id, reference, unit_name, process in rows
    }


def _mails() -> Select[OutgoingMail]:
    """Mails without their bytes, which no story tells."""
    return select(OutgoingMail).options(defer(OutgoingMail.rfc822, raiseload=True))


async def mails_about(session: ReadSession, task_id: UUID) -> list[OutgoingMail]:
    """The mails that speak of a task, alone or with others, the first first."""
    about = or_(OutgoingMail.task_id == task_id, OutgoingMail.also_about.contains([task_id]))
    return list(await session.scalars(_mails().where(about).order_by(OutgoingMail.created_at, OutgoingMail.name)))


async def find_mail(session: ReadSession, sought: UUID | str) -> OutgoingMail | None:
    """One outgoing mail by its id, or by its Message-ID with or without its angle brackets."""
    if isinstance(sought, UUID):
        return await session.scalar(_mails().where(OutgoingMail.id == sought))
    message_id = f"<{sought.strip().strip('<>')}>"
    return await session.scalar(_mails().where(OutgoingMail.message_id == message_id))
