"""A small city with a register of networks, and reviews driven by hand: acts done, tasks answered, clock handed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models.contracts.answering import Typed
from models.contracts.mail import TaskKind
from models.contracts.orders import ProcessOrder, Standing
from models.tables.membership_review import Criterion, Network, Review
from models.tables.process import Process
from models.tables.task import Item, Link, Task
from operations import membership_outcome, membership_review
from operations.answering import answer_on_behalf, open_link, read_form, save_draft, submit
from operations.links import token
from operations.membership_review import look
from operations.review_opening import Wish, start_review
from settings import Settings
from store.database import Database
from store.task import OPEN_STATES, task_items
from tests.operations.steps import Office
from tests.world import OPENING, build_world

CRITERIA = ("OWN-A", "OWN-B", "OWN-C")
HOUR = timedelta(hours=1)


def scored(*scores: int | None) -> dict[str, Typed]:
    """One score for each criterion, with its reason; None: no evidence."""
    return {
        f"score.{code}": Typed(choice="not_available", reason="Encara no")
        if score is None
        else Typed(choice="value", value=str(score), reason=f"Perquè {score}")
        for code, score in zip(CRITERIA, scores, strict=True)
    }


def evidence(*scores: int | None, fee: str = "5000") -> dict[str, Typed]:
    """The evidence of a member, with its figures."""
    figures = {"actions": "4", "projects": "1", "staff_days": "20", "fee": fee, "roles": "Junta directiva"}
    return {key: Typed(choice="value", value=value) for key, value in figures.items()} | scored(*scores)


def chosen(option: str, reason: str = "Ho hem parlat") -> Typed:
    """An option of a choice with its reason."""
    return Typed(choice="value", value=option, reason=reason)


async def build_register(database: Database) -> None:
    """The small city; HEALTH is its office (health, under health-head), ECOLOGY answers for the network."""
    await build_world(database)
    async with database.transaction() as session:
        session.add_all(
            Criterion(code=code, position=n, weight=1, names={"en": f"Criterion {code}"}, source="TST-E1-OE1-A1")
            for n, code in enumerate(CRITERIA)
        )
        for code, name, state in (
            ("NET-PROVA", "Xarxa de Prova", "member"),
            ("NET-NOVA", "Xarxa Nova", "candidate"),
        ):
            session.add(
                Network(
                    code=code,
                    name=name,
                    aliases=["XdP"] if state == "member" else [],
                    kind="city network",
                    scope="european",
                    plan_code="TST",
                    state=state,
                    unit_code="ECOLOGY",
                    notice_months=6,
                )
            )


@dataclass
class Reviews:
    """The city's reviews, and the clock in the test's hands."""

    database: Database
    settings: Settings

    @property
    def office(self) -> Office:
        return Office(self.database, self.settings)

    async def start(
        self, network: str = "NET-PROVA", year: int = 2027, at: datetime = OPENING, **wish: Any
    ) -> ProcessOrder:
        async with self.database.transaction() as session:
            return await start_review(session, network, year, Wish(**wish), by="coordinator", now=at)

    async def begun(self, network: str = "NET-PROVA", at: datetime = OPENING, **wish: Any) -> UUID:
        """A review that is open and has asked for evidence."""
        order = await self.start(network, at=at, **wish)
        async with self.database.transaction() as session:
            await membership_review.begin(session, order.process_id, now=at)
        await self.go_on(order.process_id, at)
        return order.process_id

    async def to_decision(self, network: str = "NET-PROVA") -> UUID:
        """A review in which everybody answered and whose decision is asked for."""
        process_id = await self.begun(network)
        candidate = network == "NET-NOVA"
        wrote = scored(3, 3, 3) | {"fee": Typed(choice="value", value="900")} if candidate else evidence(3, 3, 3)
        await self.give("membership_evidence", wrote, OPENING + HOUR, process_id)
        await self.go_on(process_id, OPENING + 2 * HOUR)
        await self.give("membership_opinion", scored(3, 3, 3), OPENING + 3 * HOUR, process_id)
        await self.go_on(process_id, OPENING + 4 * HOUR)
        return process_id

    async def decide(self, process_id: UUID, option: str, question: str = "membership") -> None:
        """The head chooses; nothing of it is carried out yet."""
        await self.give("membership_decision", {question: chosen(option)}, OPENING + 5 * HOUR, process_id)

    async def go_on(self, process_id: UUID, now: datetime) -> None:
        """Every act that asks before the decision, in the order of the story, as far as it has come."""
        async with self.database.transaction() as session:
            await membership_review.ask_for_evidence(session, process_id, now=now)
        if "evidence" in (await self.standing(process_id, now)).reached:
            async with self.database.transaction() as session:
                await membership_review.ask_for_opinion(session, process_id, now=now)
        if "opinion" in (await self.standing(process_id, now)).reached:
            async with self.database.transaction() as session:
                await membership_review.keep_recommendation(session, process_id, now=now)
            async with self.database.transaction() as session:
                await membership_review.ask_for_decision(session, self.settings, process_id, now=now)

    async def carry_out(self, process_id: UUID, now: datetime) -> None:
        async with self.database.transaction() as session:
            await membership_outcome.carry_out(session, self.settings, process_id, now=now)

    async def close(self, process_id: UUID, now: datetime) -> None:
        async with self.database.transaction() as session:
            await membership_outcome.close_review(session, self.settings, process_id, now=now)

    async def standing(self, process_id: UUID, now: datetime) -> Standing:
        async with self.database.reading() as session:
            return await look(session, process_id, now=now)

    async def tasks(self, kind: TaskKind, process_id: UUID | None = None) -> list[Task]:
        """The tasks of a kind, in the order of unit and occasion."""
        async with self.database.reading() as session:
            query = select(Task).where(Task.kind == kind).order_by(Task.unit_code, Task.occasion)
            if process_id is not None:
                query = query.where(Task.process_id == process_id)
            return list(await session.scalars(query))

    async def asks(self, task: Task) -> list[str]:
        """The codes of what a task asks."""
        async with self.database.reading() as session:
            return [line.code for line in (await task_items(session, [task.id]))[task.id]]

    async def answer(self, task: Task, typed: Mapping[str, Typed], now: datetime) -> None:
        """Whoever was asked answers what is given, by telephone."""
        async with self.database.transaction() as session:
            person = {"person_code": task.assignee_code, "by": "coordinator"}
            await answer_on_behalf(session, self.settings, task.id, typed, now=now, **person)

    async def answer_by_link(self, task: Task, typed: Mapping[str, Typed], now: datetime) -> None:
        """Whoever was asked answers what is given, on the page."""
        secret = self.settings.secret_key.get_secret_value()
        async with self.database.transaction() as session:
            query = select(Link).where(Link.task_id == task.id, Link.person_code == task.assignee_code)
            link = (await session.scalars(query)).one()
            holder = await open_link(session, token(secret, link.id), now=now)
            form = await read_form(session, holder, settings=self.settings)
            fields = {entry.item_id: typed[entry.code] for entry in form.entries if entry.code in typed}
            assert len(fields) == len(typed)
            version = await save_draft(session, holder, fields, now=now)
            await submit(session, holder, draft_version=version, raw=b"raw", now=now, settings=self.settings)

    async def give(
        self, kind: TaskKind, typed: Mapping[str, Typed], now: datetime, process_id: UUID | None = None
    ) -> None:
        """The newest open task of a kind is answered by whoever has it."""
        found = [task for task in await self.tasks(kind, process_id) if task.state in OPEN_STATES]
        await self.answer(found[-1], typed, now)

    async def review(self, process_id: UUID) -> Review:
        async with self.database.reading() as session:
            return await session.get_one(Review, process_id)

    async def network(self, code: str = "NET-PROVA") -> Network:
        async with self.database.reading() as session:
            return await session.get_one(Network, code)

    async def process(self, process_id: UUID) -> Process:
        async with self.database.reading() as session:
            return await session.get_one(Process, process_id)

    async def items(self, task: Task) -> dict[str, Item]:
        async with self.database.reading() as session:
            return {line.code: line.item for line in (await task_items(session, [task.id]))[task.id]}
