"""Random cities, rehearsed and then really run on the time-skipping server: both lists of mails, to be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.contracts.answering import PersonChoice, Typed
from models.contracts.refusal import Refused
from models.policies.calendar import YEARS_KNOWN, Calendar, free_days
from models.tables.mail import OutgoingMail
from models.tables.process import Process, TaskSet
from models.tables.task import Link, Step, Task
from operations.answering import CollectionClosed, open_link, read_form, save_draft, submit
from operations.indicator_collection import open_collection
from operations.links import token
from operations.naming import name_focal_point
from operations.rehearsal import AnswersFile, rehearse_collection
from store.task import OPEN_STATES
from tests.rosters import Answer, SmallCity, build_cities, small_city
from tests.workflows.conftest import House

QUARTER = "2026-Q3"
VALENCIA = Calendar(ZoneInfo("Europe/Madrid"), free_days("ES", "VC", YEARS_KNOWN))
Tasks = tuple[tuple[str, str], ...]


@dataclass(frozen=True, order=True)
class Mail:
    """One mail: which, to whom, about which tasks (unit and kind), when."""

    name: str
    reader: str
    tasks: Tasks
    at: datetime


@dataclass(frozen=True)
class Run:
    """What a city's rehearsal said and what its collection sent."""

    city: SmallCity
    predicted: list[Mail]
    sent: list[Mail]


async def run_cities(house: House, seeds: Sequence[int]) -> list[Run]:
    """Rehearse the cities of some seeds, open all their collections at once, let everybody answer, let them close."""
    await _pass_until(house, VALENCIA.sending_instant(await house.now()))
    now = await house.now()
    cities = [small_city(seed, now) for seed in seeds]
    await build_cities(house.database, cities)
    predicted = {city.plan: said for city in cities if (said := await _rehearsed(house, city, now)) is not None}
    cities = [city for city in cities if city.plan in predicted]
    handles = []
    for city in cities:
        async with house.database.transaction() as session:
            opened = await open_collection(session, city.plan, QUARTER, by="test", now=now)
        handles.append(await house.start(opened.order))
    waiting = sorted(((answer.at, city.plan, answer) for city in cities for answer in city.answers), key=_first)
    for at, plan, answer in waiting:
        await _pass_until(house, at)
        await _give(house, plan, answer)
        await _settled(house)
    for handle in handles:
        await house.finish(handle)
    return [Run(city, predicted[city.plan], await _sent(house, city)) for city in cities]


def _first(answer: tuple[datetime, str, Answer]) -> datetime:
    return answer[0]


async def _pass_until(house: House, at: datetime) -> None:
    left = at - await house.now()
    if left > timedelta(0):
        await house.pass_time(left)


async def _settled(house: House) -> None:
    """Every poke has arrived and every follow-up sleeps: a second in real life, in which here days could pass."""
    for _ in range(200):
        await house.relay.sweep()
        async with house.database.reading() as session:
            awake = await session.scalar(
                select(TaskSet.id)
                .join(Task, Task.set_id == TaskSet.id)
                .where(TaskSet.wake_at.is_(None), Task.state.in_(OPEN_STATES))
                .limit(1)
            )
        if awake is None:
            return
        await house.environment.sleep(timedelta(milliseconds=20))
    raise AssertionError("a follow-up does not come to rest")


async def _rehearsed(house: House, city: SmallCity, now: datetime) -> list[Mail] | None:
    """What the rehearsal of a city says; None where its roster cannot work."""
    answers = AnswersFile("answers.csv", city.answers_csv())
    try:
        async with house.database.reading() as session:
            told = await rehearse_collection(session, house.settings, city.plan, QUARTER, now=now, answers=answers)
    except Refused:
        return None
    return sorted(
        Mail(
            mail.name,
            mail.reader or "coordinator",
            tuple(sorted((about.task.asked.unit_code, about.task.asked.kind) for about in mail.about)),
            mail.at,
        )
        for mail in told.rehearsal.mails
    )


async def _sent(house: House, city: SmallCity) -> list[Mail]:
    async with house.database.reading() as session:
        tasks = {task.id: (task.unit_code, task.kind) for task in await session.scalars(select(Task))}
        rows = await session.scalars(
            select(OutgoingMail)
            .join(Process, Process.id == OutgoingMail.process_id)
            .where(Process.reference == f"collection/{city.plan}/{QUARTER}")
        )
        return sorted(
            Mail(
                row.name,
                row.person_code or "coordinator",
                tuple(sorted(tasks[each] for each in (row.task_id, *row.also_about) if each)),
                row.not_before,
            )
            for row in rows
        )


async def _give(house: House, plan: str, answer: Answer) -> None:
    """Let an answer arrive, from whoever was asked last; right after the request where that has not left yet."""
    task = await _task(house, plan, answer)
    if task is None:
        return
    if task.asked_at is None:
        async with house.database.reading() as session:
            request = select(Step.at).where(Step.task_id == task.id, Step.kind == "request", Step.state == "planned")
            await _pass_until(house, (await session.scalars(request)).one() + timedelta(seconds=1))
    now = await house.now()
    async with house.database.transaction() as session:
        answerer = await _answerer(house, task)
        link = (await session.scalars(select(Link).where(Link.task_id == task.id, Link.person_code == answerer))).one()
        holder = await open_link(session, token(house.settings.secret_key.get_secret_value(), link.id), now=now)
        try:
            if answer.named is not None:
                naming = PersonChoice(person_code=answer.named)
                await name_focal_point(session, holder, naming, raw=b"", now=now, settings=house.settings)
            else:
                form = await read_form(session, holder, settings=house.settings)
                typed = {entry.item_id: Typed(choice="nothing_to_report") for entry in form.entries}
                version = await save_draft(session, holder, typed, now=now)
                await submit(session, holder, draft_version=version, raw=b"", now=now, settings=house.settings)
        except CollectionClosed:
            return


async def _task(house: House, plan: str, answer: Answer) -> Task | None:
    async with house.database.reading() as session:
        return await session.scalar(
            select(Task)
            .join(Process, Process.id == Task.process_id)
            .where(
                Process.reference == f"collection/{plan}/{QUARTER}",
                Task.unit_code == answer.unit_code,
                Task.kind == answer.kind,
                Task.state.in_(OPEN_STATES),
            )
        )


async def _answerer(house: House, task: Task) -> str:
    async with house.database.reading() as session:
        last = await session.scalar(
            select(Step.recipient_code)
            .where(
                Step.task_id == task.id,
                Step.kind.in_(("request", "reminder", "warning")),
                Step.state == "done",
                Step.recipient_code.is_not(None),
            )
            .order_by(Step.done_at.desc())
            .limit(1)
        )
    return last or task.assignee_code


def differences(run: Run) -> list[str]:
    """What was predicted and not sent, or sent and not predicted, mail by mail; instants within two minutes agree."""
    found = []
    for said, sent in zip_longest(run.predicted, run.sent):
        same = said and sent and (said.name, said.reader, said.tasks) == (sent.name, sent.reader, sent.tasks)
        if not same or abs(said.at - sent.at) > timedelta(minutes=2):
            found.append(f"{run.city.plan}: predicted {said}, sent {sent}")
    return found
