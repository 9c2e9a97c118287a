"""A quarter of a small city lived on real rows, step by step, with its answers; and what was sent in it."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, func, literal, or_, select

from models.contracts.answering import PersonChoice
from models.policies.rehearsal import Rehearsal
from models.tables.indicator_collection import Collection
from models.tables.mail import OutgoingMail
from models.tables.task import Link, Step, Task
from operations.answering import open_link
from operations.indicator_collection import close_collection
from operations.links import token
from operations.naming import name_focal_point
from tests.operations.steps import Office
from tests.rosters import Answer

Sent = Counter[tuple[datetime, str, str | None, tuple[tuple[str, str], ...]]]
"""Mails by instant, name, reader and the kinds and units of the tasks they speak of."""
ASKING = ("task_request", "task_reminder", "task_reminders")


async def live(office: Office, process_id: UUID, answers: tuple[Answer, ...]) -> None:
    """Let a collection pass until it closes."""
    left = sorted(answers, key=lambda answer: answer.at)
    async with office.database.reading() as session:
        closes_at = (await session.get_one(Collection, process_id)).closes_at
    while True:
        answer = await _next_answer(office, process_id, left)
        async with office.database.reading() as session:
            step_at = await session.scalar(select(func.min(Step.at)).where(Step.state == "planned"))
        moments = [at for at in (step_at, answer[2] if answer else None) if at is not None]
        if not moments or min(moments) >= closes_at:
            break
        if answer is not None and answer[2] == min(moments):
            left.remove(answer[0])
            await _answer(office, *answer)
        else:
            await office.fire(min(moments))
    async with office.database.transaction() as session:
        await close_collection(session, process_id, by="focal", now=closes_at)


async def _next_answer(office: Office, process_id: UUID, left: list[Answer]) -> tuple[Answer, Task, datetime] | None:
    """Of the answers to come the first whose task was asked, and when it is given: not before it is asked."""
    async with office.database.reading() as session:
        tasks = {
            (task.kind, task.unit_code): task
            for task in await session.scalars(select(Task).where(Task.process_id == process_id, Task.state == "open"))
        }
    ready = [
        (answer, task, max(answer.at, task.asked_at))
        for answer in left
        if (task := tasks.get((answer.kind, answer.unit_code))) and task.asked_at
    ]
    return min(ready, key=lambda one: one[2], default=None)


async def _answer(office: Office, answer: Answer, task: Task, now: datetime) -> None:
    """Whoever was asked last answers through their own link."""
    async with office.database.reading() as session:
        about = or_(OutgoingMail.task_id == task.id, literal(task.id) == any_(OutgoingMail.also_about))
        asked = await session.scalar(
            select(OutgoingMail.person_code)
            .where(about, OutgoingMail.name.in_(ASKING), OutgoingMail.person_code.is_not(None))
            .order_by(OutgoingMail.created_at.desc())
            .limit(1)
        )
        person = asked or task.assignee_code
        link = (await session.scalars(select(Link).where(Link.task_id == task.id, Link.person_code == person))).one()
    if answer.named is None:
        await office.answer(task, person, now)
        return
    secret = office.settings.secret_key.get_secret_value()
    async with office.database.transaction() as session:
        holder = await open_link(session, token(secret, link.id), now=now)
        chosen = PersonChoice(person_code=answer.named)
        await name_focal_point(session, holder, chosen, raw=b"", now=now, settings=office.settings)


async def sent(office: Office, process_id: UUID) -> Sent:
    """Every mail that was written about the tasks of a collection."""
    async with office.database.reading() as session:
        tasks = {task.id: task for task in await session.scalars(select(Task))}
        mails = list(await session.scalars(select(OutgoingMail).where(OutgoingMail.task_id.is_not(None))))
    found: Sent = Counter()
    for mail in mails:
        about = [tasks[task_id] for task_id in (mail.task_id, *mail.also_about) if task_id is not None]
        if any(task.process_id == process_id for task in about):
            named = tuple((task.kind, task.unit_code) for task in about)
            found[mail.created_at, mail.name, mail.person_code, named] += 1
    return found


def foretold(rehearsal: Rehearsal) -> Sent:
    """Every mail that a rehearsal lists about tasks."""
    return Counter(
        (
            mail.at,
            mail.name,
            mail.reader,
            tuple((about.task.asked.kind, about.task.asked.unit_code) for about in mail.about),
        )
        for mail in rehearsal.mails
        if mail.about
    )
