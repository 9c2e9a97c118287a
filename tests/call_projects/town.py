"""A small city with calls whose proposals were sent; their acts are done by hand, the clock handed in."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from models.contracts.answering import Typed
from models.contracts.mail import TaskKind
from models.contracts.orders import Outcome, Standing
from models.tables.call_follow_up import CallFollowUp, CallInterest, CallRecord
from models.tables.calls import Call, CallDeadline, Programme, ProgrammeClock
from models.tables.mail import OutgoingMail
from models.tables.process import AuditEvent, Process, TaskSet
from models.tables.task import Task
from operations import call_follow_up, call_project, call_result
from operations.answering import answer_on_behalf
from operations.call_project import Amendment
from settings import Settings
from store.database import Database
from store.task import OPEN_STATES, task_items
from tests.operations.steps import Office
from tests.world import build_world

DEADLINE = date(2027, 9, 30)
SENT = datetime(2027, 9, 29, 10, tzinfo=UTC)
CALL = "CERV-2027-CITIZENS-TOWN-NT"
CLOCKS = (
    # programme, event, amount, unit, counted from
    ("EU", "stage_result", 3, "months", "deadline"),
    ("EU", "result", 6, "months", "deadline"),
    ("EU", "signature", 3, "months", "result"),
    ("EU", "report", 60, "days", "period_end"),
    ("EU", "reserve", 3, "months", "last_asked"),
    ("EU", "records", 60, "months", "project_end"),
    ("HORIZON", "result", 5, "months", "deadline"),
    ("HORIZON", "signature", 8, "months", "deadline"),
)
AGREEMENT = {
    "signed_on": "15/6/2028",
    "starts_on": "1/7/2028",
    "ends_on": "30/6/2031",
    "periods": "18, 18",
    "money_won": "120000",
    "grant_number": "101200300",
}


def morning(day: date) -> datetime:
    """11 or 12 o'clock in València."""
    return datetime.combine(day, time(10), UTC)


def chosen(option: str, reason: str = "") -> Typed:
    """An option of a choice."""
    return Typed(choice="value", value=option, reason=reason)


def typed(**values: str) -> dict[str, Typed]:
    """Values by question."""
    return {key: Typed(choice="value", value=value) for key, value in values.items()}


def clock_rows(programmes: Container[str] = ("EU", "HORIZON")) -> Iterator[ProgrammeClock]:
    """The clocks of some programmes."""
    for programme, event, amount, unit, counted_from in CLOCKS:
        if programme in programmes:
            yield ProgrammeClock(
                programme_code=programme,
                event=event,
                amount=amount,
                unit=unit,
                counted_from=counted_from,
                source="prova",
                checked_on=date(2026, 1, 1),
                certain=True,
            )


async def build_town(database: Database) -> None:
    """The small city, three programmes and their clocks. ECOLOGY leads proposals, MAYOR is the office."""
    await build_world(database)
    async with database.transaction() as session:
        session.add_all(
            Programme(code=code, name=code, portal_code=None, cutoff_hour=time(17), zone="Europe/Brussels")
            for code in ("EU", "CERV", "HORIZON")
        )
        await session.flush()
        session.add_all(clock_rows())


@dataclass
class Town:
    """The city's calls, and the clock in the test's hands."""

    database: Database
    settings: Settings
    seen: list[UUID] = field(default_factory=list)

    @property
    def office(self) -> Office:
        return Office(self.database, self.settings)

    async def call(
        self,
        identifier: str = CALL,
        *,
        programme: str = "CERV",
        deadlines: Sequence[date] = (DEADLINE,),
        interests: Mapping[str, str] | None = None,
        plan: str = "TST",
        opened_at: datetime = SENT - timedelta(days=100),
        **facts: Any,
    ) -> UUID:
        """A call whose proposal was sent, or as `facts` of its follow-up have it; gives the process."""
        pursuit = {
            "office_unit": "MAYOR",
            "lead_unit": "ECOLOGY",
            "state": "submitted",
            "go": True,
            "go_reason": "Ens interessa",
            "decided_by": "mayor",
            "decided_at": SENT - timedelta(days=60),
            "proposal_number": "SEP-1",
            "role": "coordinator",
            "money_asked": Decimal(200000),
            "submitted_at": SENT,
        } | facts
        two_stage = len(deadlines) > 1
        call = Call(
            id=uuid4(),
            identifier=identifier,
            origin="entered",
            kind="entered",
            programme_code=programme,
            title="Networks of Towns",
            deadline_model="two_stage" if two_stage else "single_stage",
            changed_at=SENT,
            first_seen_at=SENT,
            seen_at=SENT,
            decision="follow",
            decided_by="coordinator",
            decided_at=SENT,
            url="https://ec.europa.eu/calls/1",
        )
        reference = f"call/{identifier}"
        process = Process(
            id=uuid4(),
            reference=reference,
            kind="call_follow_up",
            state="open",
            plan_code=plan,
            calendar_code="valencia",
            opened_by="coordinator",
            opened_at=opened_at,
            closes_at=None,
        )
        async with self.database.transaction() as session:
            session.add_all([call, process])
            await session.flush()
            session.add_all(
                CallDeadline(
                    call_id=call.id,
                    number=number,
                    day=day,
                    hour=time(17),
                    zone="Europe/Brussels",
                    source="default_hour",
                )
                for number, day in enumerate(deadlines, start=1)
            )
            first, stage = deadlines[0], int(two_stage)
            planned_for = f"{stage}|{first.isoformat()}T17:00|Europe/Brussels"
            session.add(CallFollowUp(process_id=process.id, call_id=call.id, planned_for=planned_for, **pursuit))
            await session.flush()
            said = {"ECOLOGY": "lead"} | dict(interests or {})
            session.add_all(
                CallInterest(process_id=process.id, unit_code=unit, position=place, state=state)
                for place, (unit, state) in enumerate(said.items())
            )
            session.add(TaskSet(id=uuid4(), process_id=process.id, number=1, workflow_id=f"{reference}/follow-up/1"))
        return process.id

    async def act(self, name: str, process_id: UUID, now: datetime) -> Any:
        """One act of the story, by its name."""
        module = call_result if hasattr(call_result, name) and name != "ask" else call_project
        async with self.database.transaction() as session:
            return await getattr(module, name)(session, self.settings, process_id, now=now)

    async def go_on(self, process_id: UUID, now: datetime) -> None:
        """All acts after the proposal was sent, in the order of the story, as far as it has come by an instant."""
        steps = (
            ("result", ("ask_for_result",), ("tell_of_result", "draw_lessons")),
            ("agreement", ("prepare_agreement",), ("tell_of_agreement",)),
            ("project end", ("ask_for_reports",), ("keep_record",)),
            ("1 years", (), ("ask_what_lasts",)),
            ("3 years", (), ("ask_what_lasts",)),
            ("5 years", (), ("ask_what_lasts",)),
        )
        for milestone, before, after in steps:
            for name in before:
                await self.act(name, process_id, now)
            if milestone not in (await self.standing(process_id, now)).reached:
                return
            for name in after:
                await self.act(name, process_id, now)

    async def close(self, process_id: UUID, now: datetime) -> Outcome:
        outcome: Outcome = await self.act("close", process_id, now)
        return outcome

    async def standing(self, process_id: UUID, now: datetime) -> Standing:
        async with self.database.reading() as session:
            return await call_follow_up.look(session, process_id, now=now)

    async def amend(
        self,
        ends_on: date,
        now: datetime,
        periods: tuple[int, ...] | None = None,
        why: str = "Pròrroga",
        call: str = CALL,
    ) -> None:
        async with self.database.transaction() as session:
            wish = Amendment(ends_on, periods, why)
            await call_project.amend(session, self.settings, call, wish, by="coordinator", now=now)

    async def tasks(self, kind: TaskKind, process_id: UUID | None = None) -> list[Task]:
        """The tasks of a kind, by occasion."""
        async with self.database.reading() as session:
            query = select(Task).where(Task.kind == kind).order_by(Task.occasion)
            if process_id is not None:
                query = query.where(Task.process_id == process_id)
            return list(await session.scalars(query))

    async def asks(self, task: Task) -> list[str]:
        async with self.database.reading() as session:
            return [line.code for line in (await task_items(session, [task.id]))[task.id]]

    async def answer(self, task: Task, said: Mapping[str, Typed], now: datetime) -> None:
        """Whoever was asked answers, by telephone."""
        async with self.database.transaction() as session:
            person = {"person_code": task.assignee_code, "by": "coordinator"}
            await answer_on_behalf(session, self.settings, task.id, said, now=now, **person)

    async def give(self, kind: TaskKind, said: Mapping[str, Typed], now: datetime) -> None:
        """The newest open task of a kind is answered by whoever has it."""
        found = [task for task in await self.tasks(kind) if task.state in OPEN_STATES]
        await self.answer(max(found, key=lambda task: (len(task.occasion), task.occasion)), said, now)

    async def pursuit(self, process_id: UUID) -> CallFollowUp:
        async with self.database.reading() as session:
            return await session.get_one(CallFollowUp, process_id)

    async def record(self, process_id: UUID) -> dict[str, Any]:
        async with self.database.reading() as session:
            return (await session.get_one(CallRecord, process_id)).content

    async def mails(self) -> list[tuple[str, str]]:
        """What was written of calls since the last look: the key after the call's reference, and the reader."""
        async with self.database.reading() as session:
            rows = await session.execute(
                select(OutgoingMail.id, OutgoingMail.name, OutgoingMail.key, OutgoingMail.person_code).where(
                    OutgoingMail.id.not_in(self.seen), OutgoingMail.name.in_(("call_news", "office_call"))
                )
            )
            made = [(mail_id, name, key, person or "coordinator") for mail_id, name, key, person in rows]
        self.seen += [mail_id for mail_id, *_ in made]
        return sorted((f"{name}:{key.split(':')[2]}", person) for _, name, key, person in made)

    async def counts(self) -> dict[str, int]:
        """How many rows there are of what acts write."""
        async with self.database.reading() as session:
            return {
                table.__tablename__: int(await session.scalar(select(func.count()).select_from(table)) or 0)
                for table in (Task, OutgoingMail, AuditEvent, CallRecord)
            }

    async def awarded(self, **facts: Any) -> UUID:
        """A call that was funded just now, on 31 March 2028."""
        process_id = await self.call(**facts)
        await self.go_on(process_id, morning(date(2028, 3, 30)))
        await self.give("call_result", {"result": chosen("awarded")}, morning(date(2028, 3, 31)))
        await self.go_on(process_id, morning(date(2028, 3, 31)))
        return process_id

    async def funded(self, **said: str) -> UUID:
        """A call that was funded and whose agreement is signed."""
        process_id = await self.call()
        await self.go_on(process_id, morning(date(2028, 3, 30)))
        await self.give("call_result", {"result": chosen("awarded"), **typed(points="87")}, morning(date(2028, 3, 31)))
        await self.go_on(process_id, morning(date(2028, 3, 31)))
        await self.give("grant_agreement", typed(**(AGREEMENT | said)), morning(date(2028, 6, 16)))
        await self.go_on(process_id, morning(date(2028, 6, 16)))
        return process_id

    async def ended(self) -> UUID:
        """A call whose project is over since yesterday, on 1 July 2031."""
        process_id = await self.funded()
        await self.go_on(process_id, morning(date(2031, 7, 1)))
        return process_id
