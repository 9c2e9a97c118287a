"""A small city that follows calls; their acts are done by hand in the order of the story, the clock handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select

from models.contracts.answering import Typed
from models.contracts.mail import TaskKind
from models.contracts.orders import Standing
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, CallDeadline, CallTheme, Programme
from models.tables.mail import OutgoingMail
from models.tables.people import FocalPoint, Person, Unit
from models.tables.process import AuditEvent
from models.tables.task import Item, Task
from operations import call_follow_up, call_milestones, call_upload
from operations.answering import answer_on_behalf
from operations.call_opening import CallWish, start_call_follow_up
from operations.calls import cancel_call, move_deadline
from settings import Settings
from store.database import Database
from store.task import OPEN_STATES, task_items
from tests.operations.steps import Office
from tests.world import CITY, OPENING, build_world

CALL = "CERV-2027-CITIZENS-TOWN-NT"
DEADLINE = date(2027, 4, 15)
"""A Thursday; at 17:00 in Brussels and in València."""
AT_DEADLINE = datetime(2027, 4, 15, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """An hour (UTC) of a day; 10 is 11 or 12 o'clock in València."""
    return datetime.combine(day, time(hour, minute), UTC)


def chosen(option: str, reason: str = "") -> Typed:
    """An option of a choice."""
    return Typed(choice="value", value=option, reason=reason)


def sent(number: str = "SEP-211000", role: str = "coordinator", money: str = "250000") -> dict[str, Typed]:
    """The confirmation that a proposal was sent."""
    values = {"proposal_number": number, "role": role, "money_asked": money}
    return {key: Typed(choice="value", value=value) for key, value in values.items()}


WITHDRAWN = {
    "proposal_number": Typed(choice="not_available", reason="Ens falta un soci"),
    "role": chosen("coordinator"),
    "money_asked": Typed(choice="not_available", reason="No s'envia"),
}


async def build_town(database: Database) -> None:
    """The small city with its office OTPE (head otpe-head, focal point otpe), and what it looks for in calls."""
    await build_world(database)
    async with database.transaction() as session:
        session.add(Unit(code="OTPE", name="Oficina de Projectes", kind="office", institution=CITY))
        await session.flush()
        session.add_all(
            Person(code=code, name=name, address=f"{code}@prova.example", language="ca", unit_code="OTPE", active=True)
            for code, name in (("otpe-head", "Olga Cap"), ("otpe", "Oriol Projectes"))
        )
        await session.flush()
        unit = await session.get_one(Unit, "OTPE")
        unit.parent_code, unit.head_code = "MAYOR", "otpe-head"
        session.add(
            FocalPoint(
                id=uuid4(),
                unit_code="OTPE",
                person_code="otpe",
                first_day=date(2026, 1, 1),
                last_day=None,
                appointed_at=OPENING,
            )
        )
        session.add_all(
            Programme(code=code, name=code, portal_code=None, cutoff_hour=time(17), zone="Europe/Brussels")
            for code in ("EU", "CERV", "LIFE")
        )
        await session.flush()
        session.add(
            CallTheme(
                code="TST-E1-OE1-A1",
                plan_code="TST",
                action_code="TST-E1-OE1-A1",
                units=["OTPE", "ECOLOGY", "HEALTH"],
                keywords=["networks of towns"],
            )
        )


@dataclass
class Town:
    """The city's calls, and the clock in the test's hands."""

    database: Database
    settings: Settings
    seen: list[UUID] = field(default_factory=list)

    @property
    def office(self) -> Office:
        return Office(self.database, self.settings)

    async def register(
        self,
        *deadlines: date,
        identifier: str = CALL,
        model: str | None = None,
        hour: time = time(17),
        title: str = "Networks of Towns",
    ) -> None:
        """Put a call into the register."""
        call = Call(
            id=uuid4(),
            identifier=identifier,
            origin="entered",
            kind="entered",
            programme_code="CERV",
            title=title,
            deadline_model=model or ("two_stage" if len(deadlines) > 1 else "single_stage"),
            changed_at=OPENING,
            first_seen_at=OPENING,
            seen_at=OPENING,
            url="https://ec.europa.eu/calls/1",
        )
        async with self.database.transaction() as session:
            session.add(call)
            await session.flush()
            session.add_all(
                CallDeadline(
                    call_id=call.id, number=number, day=day, hour=hour, zone="Europe/Brussels", source="entered"
                )
                for number, day in enumerate(deadlines, start=1)
            )

    async def start(
        self,
        units: Sequence[str] = ("ECOLOGY", "HEALTH"),
        *,
        identifier: str = CALL,
        now: datetime = OPENING,
        office: str | None = "OTPE",
        **wish: Any,
    ) -> UUID:
        """Follow a call of the register; gives the process."""
        async with self.database.transaction() as session:
            order = await start_call_follow_up(
                session,
                identifier,
                CallWish(units=tuple(units), office=office, **({"plan": "TST"} | wish)),
                by="coordinator",
                now=now,
            )
        return order.process_id

    async def followed(self, *deadlines: date, model: str | None = None, **start: Any) -> UUID:
        """A call that is followed, and of which the story has begun."""
        await self.register(*(deadlines or (DEADLINE,)), model=model)
        process_id = await self.start(**start)
        await self.go_on(process_id, start.get("now", OPENING))
        return process_id

    async def agreed(self, *deadlines: date, model: str | None = None, **start: Any) -> UUID:
        """A call to which the city applies: ECOLOGY leads, HEALTH takes part; decided on 7 January."""
        process_id = await self.followed(*deadlines, model=model, **start)
        await self.says("ECOLOGY", "lead", at(date(2027, 1, 5)))
        await self.says("HEALTH", "partner", at(date(2027, 1, 5)))
        await self.go_on(process_id, at(date(2027, 1, 5), 11))
        await self.fire(at(date(2027, 1, 5), 12))
        await self.give("go_decision", {"go": chosen("go", "Encaixa amb el pla")}, at(date(2027, 1, 7)))
        await self.go_on(process_id, at(date(2027, 1, 7), 11))
        return process_id

    async def heard(self, ecology: str = "lead", health: str = "partner") -> UUID:
        """A call of which the units have said what they think, put to the manager on 7 January."""
        process_id = await self.followed()
        await self.says("ECOLOGY", ecology, at(date(2027, 1, 5)))
        await self.says("HEALTH", health, at(date(2027, 1, 5)))
        await self.go_on(process_id, at(date(2027, 1, 5)))
        await self.fire(at(date(2027, 1, 7)))
        await self.new_mails()
        return process_id

    async def under_way(self) -> UUID:
        """A call to which the city applies, on 2 February: the first steps were asked for."""
        process_id = await self.agreed()
        await self.office.run_until(at(date(2027, 2, 2)))
        return process_id

    async def ready(self) -> UUID:
        """A call whose proposal is due tomorrow: everybody was asked, every mail has left."""
        process_id = await self.agreed()
        await self.office.run_until(AT_DEADLINE - DAY - timedelta(minutes=6))
        await self.left(AT_DEADLINE - DAY)
        await self.new_mails()
        return process_id

    async def act(self, name: str, process_id: UUID, now: datetime) -> None:
        """One act of the story, by its name."""
        module = next(each for each in (call_follow_up, call_milestones, call_upload) if hasattr(each, name))
        async with self.database.transaction() as session:
            await getattr(module, name)(session, self.settings, process_id, now=now)

    async def go_on(self, process_id: UUID, now: datetime) -> None:
        """The story told from its beginning, as far as it has come by an instant."""
        steps = (
            (("ask_interest",), "interest"),
            (("tell_of_interest", "ask_for_decision"), "decision"),
            (("tell_of_decision", "plan_milestones", "ask_for_upload"), "alarm"),
            (("raise_alarm",), "deadline"),
            (("ask_whether_it_was_sent",), "sent or missed"),
            (("tell_of_submission",), "result"),
        )
        for acts, milestone in steps:
            for name in acts:
                await self.act(name, process_id, now)
            standing = await self.standing(process_id, now)
            if standing.ended or milestone not in standing.reached:
                return

    async def fire(self, now: datetime) -> None:
        """The follow-up of tasks sends what is due."""
        await self.office.fire(now)

    async def standing(self, process_id: UUID, now: datetime) -> Standing:
        async with self.database.reading() as session:
            return await call_follow_up.look(session, process_id, now=now)

    async def move(self, day: date, now: datetime, *, reason: str = "Ho diu el portal", **options: Any) -> None:
        """The coordinator moves a deadline."""
        async with self.database.transaction() as session:
            await move_deadline(session, CALL, day, reason=reason, by="coordinator", now=now, **options)

    async def cancel(self, now: datetime, reason: str = "No hi ha diners") -> None:
        async with self.database.transaction() as session:
            await cancel_call(session, self.settings, CALL, reason, by="coordinator", now=now)

    async def tasks(self, kind: TaskKind, **states: str) -> list[Task]:
        """The tasks of a kind, by occasion and unit."""
        async with self.database.reading() as session:
            query = select(Task).where(Task.kind == kind).order_by(Task.occasion, Task.unit_code)
            found = list(await session.scalars(query))
        return [task for task in found if all(getattr(task, name) == value for name, value in states.items())]

    async def open_tasks(self, kind: TaskKind) -> list[Task]:
        return [task for task in await self.tasks(kind) if task.state in OPEN_STATES]

    async def milestones(self) -> dict[str, Task]:
        """The open milestones by key."""
        return {task.occasion.split(":")[1]: task for task in await self.open_tasks("assignment")}

    async def items(self, task: Task) -> list[Item]:
        async with self.database.reading() as session:
            return [line.item for line in (await task_items(session, [task.id]))[task.id]]

    async def answer(self, task: Task, said: Mapping[str, Typed], now: datetime, person: str | None = None) -> None:
        """Whoever was asked answers, by telephone."""
        async with self.database.transaction() as session:
            who = {"person_code": person or task.assignee_code, "by": "coordinator"}
            await answer_on_behalf(session, self.settings, task.id, said, now=now, **who)

    async def give(self, kind: TaskKind, said: Mapping[str, Typed], now: datetime) -> None:
        """The newest open task of a kind is answered by whoever has it."""
        await self.answer((await self.open_tasks(kind))[-1], said, now)

    async def says(self, unit: str, interest: str, now: datetime, reason: str = "", **more: str) -> None:
        """A unit answers whether it is interested."""
        (task,) = [task for task in await self.tasks("call_interest") if task.unit_code == unit]
        others = {key: Typed(choice="value", value=value) for key, value in more.items()}
        await self.answer(task, {"interest": chosen(interest, reason), **others}, now)

    async def pursuit(self, process_id: UUID) -> CallFollowUp:
        async with self.database.reading() as session:
            return await session.get_one(CallFollowUp, process_id)

    async def interests(self, process_id: UUID) -> dict[str, tuple[str, str, str]]:
        async with self.database.reading() as session:
            rows = await session.scalars(select(CallInterest).where(CallInterest.process_id == process_id))
            return {row.unit_code: (row.state, row.reason, row.contribution) for row in rows}

    async def mails(self, *names: str) -> list[tuple[str, str]]:
        """What was written since the last look: `name:news` and the reader; of some names, or of calls."""
        wanted = names or ("call_news", "office_call", "call_alarm")
        made = [(f"{mail.name}:{mail.key.split(':')[2]}", mail) for mail in await self.new_mails()]
        return sorted((what, mail.person_code or "coordinator") for what, mail in made if mail.name in wanted)

    async def new_mails(self) -> list[OutgoingMail]:
        """The mails that were written since the last look and not taken back."""
        async with self.database.reading() as session:
            query = select(OutgoingMail).where(OutgoingMail.id.not_in(self.seen), OutgoingMail.state != "withdrawn")
            found = list(await session.scalars(query.order_by(OutgoingMail.created_at)))
        self.seen += [mail.id for mail in found]
        return found

    async def left(self, now: datetime) -> None:
        """Every mail that may leave has left."""
        async with self.database.transaction() as session:
            for mail in await session.scalars(select(OutgoingMail).where(OutgoingMail.not_before <= now)):
                if mail.state == "ready":
                    mail.state, mail.accepted_at, mail.finished_at = "accepted", now, now

    async def counts(self) -> dict[str, int]:
        """How many rows there are of what acts write."""
        async with self.database.reading() as session:
            return {
                table.__tablename__: int(await session.scalar(select(func.count()).select_from(table)) or 0)
                for table in (Task, OutgoingMail, AuditEvent)
            }

    async def retire(self, *persons: str) -> None:
        """Some persons have left: they are neither focal point nor head of anything."""
        async with self.database.transaction() as session:
            await session.execute(delete(FocalPoint).where(FocalPoint.person_code.in_(persons)))
            for unit in await session.scalars(select(Unit).where(Unit.head_code.in_(persons))):
                unit.head_code = None

    async def appoint(self, person: str, unit: str) -> None:
        """Somebody becomes the focal point of a unit."""
        first_day = date(2026, 1, 1)
        point = FocalPoint(id=uuid4(), unit_code=unit, person_code=person, first_day=first_day, appointed_at=OPENING)
        async with self.database.transaction() as session:
            session.add(point)
