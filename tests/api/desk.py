"""Tasks of questions in the served city: a delegation, a network, the networks of an area; each with its link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from sqlalchemy import select

from models.contracts.mail import TaskKind
from models.tables.process import TaskSet
from models.tables.task import Answer, Item, Task
from operations.links import new_link, token
from store.database import WriteSession
from tests.api.house import House
from tests.questions import CALLS, STATES, ask, asked, open_call, open_census, open_review, open_visit

VISITS: frozenset[TaskKind] = frozenset({"hosting_request", "agenda_approval", "visit_report", "assignment"})
OFFICE: frozenset[TaskKind] = frozenset({"agenda_approval", "membership_opinion", "membership_decision", "go_decision"})
"""Kinds that are asked of the office."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A task with the token of its link; `items` by the code of what they ask."""

    task_id: UUID
    process_id: UUID
    reference: str
    token: str
    items: dict[str, UUID]

    @property
    def home(self) -> str:
        """The address of its form."""
        return f"/answer/{self.reference}"

    async def enter(self, client: httpx.AsyncClient) -> None:
        """Come in through the link."""
        await client.post(f"/a/{self.token}")


async def put(house: House, kind: TaskKind, *, occasion: str = "", within: Asked | None = None) -> Asked:
    """Ask one thing: of the mayor what concerns the office, of Sofia everything else.

    `within`: a task of the process that it belongs to; without, it is a process of its own.
    """
    person, unit = ("mayor", "MAYOR") if kind in OFFICE else ("health", "HEALTH")
    now, secret = datetime.now(UTC), house.settings.secret_key.get_secret_value()
    async with house.database.transaction() as session:
        if within is None:
            task_set = await _process(session, kind, now)
        else:
            query = select(TaskSet).where(TaskSet.process_id == within.process_id)
            task_set = (await session.scalars(query)).one()
        question = {"membership_decision": "membership", "call_result": "result"}.get(kind, "")
        task = asked(kind, person, unit, question=question, occasion=occasion)
        (task_id,) = await ask(session, task_set, [task], now)
        row = await session.get_one(Task, task_id)
        link = new_link(row, person, now + timedelta(days=90), secret, now)
        session.add(link)
        items = (await session.scalars(select(Item).where(Item.task_id == task_id).order_by(Item.position))).all()
        return Asked(task_id, row.process_id, row.reference, token(secret, link.id), _codes(items))


async def _process(session: WriteSession, kind: TaskKind, now: datetime) -> TaskSet:
    if kind in VISITS:
        today = now.date()
        return await open_visit(session, now, first_day=today + timedelta(days=40), last_day=today + timedelta(days=41))
    if kind == "joined_networks":
        return await open_census(session, now)
    if kind in CALLS:
        return await open_call(session, now, STATES.get(kind, "interest"), day=now.date() + timedelta(days=60))
    return await open_review(session, now)


def _codes(items: Iterable[Item]) -> dict[str, UUID]:
    found = {}
    for item in items:
        criterion = (item.detail or {}).get("code")
        found[f"{item.question}.{criterion}" if criterion else str(item.question)] = item.id
    return found


async def answers(house: House, task: Asked) -> dict[str, str]:
    """What stands, by the code of what was asked: kind, and what was said, with its reason."""
    async with house.database.reading() as session:
        rows = await session.execute(
            select(Item.id, Answer).join(Answer, Answer.id == Item.answer_id).where(Item.task_id == task.task_id)
        )
        given = {item_id: answer for item_id, answer in rows}
    found = {}
    for code, item_id in task.items.items():
        if item_id in given:
            answer = given[item_id]
            value = next((one for one in (answer.number, answer.yes, answer.words) if one is not None), answer.kind)
            found[code] = f"{value} · {answer.reason}" if answer.reason else str(value)
    return found
