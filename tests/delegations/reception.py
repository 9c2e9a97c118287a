"""A delegation driven by hand: its story is told at instants that are handed in, as its workflow would tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models.contracts.answering import Typed
from models.contracts.delegation_reception import DelegationOrder, read_agenda, read_order
from models.contracts.orders import Standing
from models.tables.delegation_reception import Host, Visit
from models.tables.mail import OutgoingMail
from models.tables.process import Process
from models.tables.task import Step, Task
from operations import delegation_reception as reception
from operations import visit_agenda, visit_changes, visit_hosts, visit_preparations, visit_results
from operations.answering import answer_on_behalf
from store.delegation_reception import tasks_of
from tests.operations.steps import Office

FIRST, LAST = date(2027, 3, 9), date(2027, 3, 10)
"""Tuesday and Wednesday, nine weeks after the opening."""
YES, NO = {"can_host": "yes"}, {"can_host": "no"}
APPROVE = {"agenda": "approve"}


def order_of(**changes: Any) -> dict[str, Any]:
    """An order as a file holds it."""
    return {
        "organisation": "Comune di Bologna",
        "city": "Bologna",
        "country": "Italy",
        "kind": "study",
        "head": "Giulia Ferri",
        "people": {"women": 3, "men": 2},
        "language": "en",
        "contact": {"name": "Marco Conti", "address": "marco@bologna.example"},
        "themes": ["Mercats", "Salut pública"],
        "first_day": FIRST.isoformat(),
        "last_day": LAST.isoformat(),
        "hosts": ["ECOLOGY", "MAYOR"],
        "office": "HEALTH",
        "plan": "TST",
    } | changes


def slot(host: str = "ECOLOGY", start: str = "9:00", end: str = "10:30", **changes: Any) -> dict[str, Any]:
    """One hour of an agenda as a file holds it."""
    return {
        "day": FIRST.isoformat(),
        "start": start,
        "end": end,
        "place": f"Sala {host}",
        "host": host,
        "theme": f"Tema {host}",
    } | changes


AGENDA = (slot(), slot("MAYOR", "11:00", "12:00"))


@dataclass
class Reception:
    """A delegation of a small city, told step by step."""

    office: Office
    process_id: UUID = field(default_factory=lambda: UUID(int=0))
    reference: str = ""

    async def start(self, now: datetime, key: str | None = None, **changes: Any) -> bool:
        """Start it; gives whether an earlier one was joined."""
        order: DelegationOrder = read_order(order_of(**changes))
        async with self.office.database.transaction() as session:
            started = await reception.start(session, order, by="coordinator", now=now, key=key)
        self.process_id, self.reference = started.order.process_id, started.order.reference
        return started.joined

    async def tell(self, now: datetime) -> str:
        """Tell the story from its beginning as far as it goes now; gives what it waits for. As the workflow does it."""
        await self._do(reception.acknowledge, now)
        for milestone, acts in STORY:
            if (standing := await self.look(now)).ended:
                break
            if milestone not in {"", *standing.reached}:
                return milestone
            for act in acts:
                await self._do(act, now)
        await self._do(reception.close, now)
        return "end"

    async def _do(self, act: Any, now: datetime) -> None:
        with_settings = "settings" in act.__annotations__
        async with self.office.database.transaction() as session:
            await act(session, *([self.office.settings] if with_settings else []), self.process_id, now=now)

    async def look(self, now: datetime) -> Standing:
        async with self.office.database.transaction() as session:
            return await reception.look(session, self.office.settings, self.process_id, now=now)

    async def answer(self, kind: str, unit: str, said: Mapping[str, str], now: datetime, why: str = "") -> None:
        """Whoever has the newest task of a kind and unit answers it by telephone. `why`: the reason of a choice."""
        await self.answer_task(await self.task(kind, unit), said, now, why)

    async def answer_task(self, task: Task, said: Mapping[str, str], now: datetime, why: str = "") -> None:
        """Whoever has a task answers it by telephone."""
        values = {key: Typed(value=value, reason=why) for key, value in said.items()}
        async with self.office.database.transaction() as session:
            await answer_on_behalf(
                session,
                self.office.settings,
                task.id,
                values,
                person_code=task.assignee_code,
                by="coordinator",
                now=now,
            )

    async def compose(self, now: datetime, *slots: dict[str, Any], by: str = "health") -> int:
        agenda = read_agenda({"slots": list(slots or AGENDA)})
        async with self.office.database.transaction() as session:
            return await visit_agenda.compose_agenda(
                session, self.office.settings, self.process_id, agenda, by=by, now=now
            )

    async def move(self, first: date, last: date, now: datetime, reason: str = "Strike of the trains") -> None:
        async with self.office.database.transaction() as session:
            days = {"first_day": first, "last_day": last}
            await visit_changes.move(
                session, self.office.settings, self.process_id, **days, reason=reason, by="coordinator", now=now
            )

    async def call_off(self, now: datetime, reason: str = "Elections at home") -> None:
        async with self.office.database.transaction() as session:
            await visit_changes.call_off(
                session, self.office.settings, self.process_id, reason=reason, by="coordinator", now=now
            )

    async def add_host(self, unit: str, now: datetime) -> None:
        async with self.office.database.transaction() as session:
            await visit_changes.add_host(session, self.process_id, unit, by="coordinator", now=now)

    async def remove_host(self, unit: str, now: datetime, reason: str = "The theme is gone") -> None:
        async with self.office.database.transaction() as session:
            await visit_changes.remove_host(
                session, self.office.settings, self.process_id, unit, reason=reason, by="coordinator", now=now
            )

    async def prepared(self, now: datetime) -> None:
        """Hosts accept, an agenda is composed, approved and confirmed."""
        await self.tell(now)
        async with self.office.database.reading() as session:
            hosts = await session.scalars(select(Host).where(Host.process_id == self.process_id))
            units = [host.unit_code for host in hosts if host.state == "asked"]
        for unit in units:
            await self.answer("hosting_request", unit, YES, now)
        await self.compose(now)
        await self.tell(now)
        await self.answer("agenda_approval", "HEALTH", APPROVE, now)
        await self.tell(now)

    async def visit(self) -> Visit:
        async with self.office.database.reading() as session:
            return await session.get_one(Visit, self.process_id)

    async def process(self) -> Process:
        async with self.office.database.reading() as session:
            return await session.get_one(Process, self.process_id)

    async def hosts(self) -> dict[str, str]:
        """The state of each host by unit."""
        async with self.office.database.reading() as session:
            rows = await session.scalars(select(Host).where(Host.process_id == self.process_id))
            return {host.unit_code: host.state for host in rows}

    async def tasks(self, kind: str) -> list[Task]:
        """The tasks of a kind, by due day."""
        async with self.office.database.reading() as session:
            return await tasks_of(session, self.process_id, kind)

    async def task(self, kind: str, unit: str) -> Task:
        """The newest task of a kind and unit: of the highest occasion that is a number, or of the only one."""
        tasks = [task for task in await self.tasks(kind) if task.unit_code == unit]
        return max(tasks, key=lambda task: int(task.occasion) if task.occasion.isdecimal() else 0)

    async def letters(self) -> list[tuple[str, str]]:
        """The news about the visit since the last look: which news, and to whom."""
        async with self.office.database.reading() as session:
            mails = await session.scalars(
                select(OutgoingMail)
                .where(
                    OutgoingMail.name.in_(("visit_news", "office_visit", "visit_thanks", "task_change")),
                    OutgoingMail.id.not_in(self.office.seen),
                )
                .order_by(OutgoingMail.key)
            )
            rows = list(mails)
        self.office.seen += [mail.id for mail in rows]
        return sorted((_news(mail), mail.recipient.partition("@")[0]) for mail in rows)

    async def text(self, news: str, reader: str = "international.office") -> str:
        """The text of the last mail with some news to a reader, by the first part of their address."""
        async with self.office.database.reading() as session:
            query = select(OutgoingMail.rfc822).where(
                OutgoingMail.key.contains(f":{news}:"), OutgoingMail.recipient.startswith(f"{reader}@")
            )
            raw = (await session.scalars(query.order_by(OutgoingMail.created_at.desc()).limit(1))).one()
        body = message_from_bytes(raw, policy=default).get_body(("plain",))
        assert body is not None
        return " ".join(body.get_content().split())

    async def fire(self, now: datetime) -> None:
        """Put out what is due of the tasks."""
        await self.office.fire(now)

    async def fire_until(self, last: datetime) -> None:
        """Put out everything that falls due up to an instant, each at its own, as the follow-up does."""
        while True:
            async with self.office.database.reading() as session:
                at = await session.scalar(
                    select(Step.at).where(Step.state == "planned", Step.at <= last).order_by(Step.at).limit(1)
                )
            if at is None:
                return
            await self.office.fire(at)


def _news(mail: OutgoingMail) -> str:
    """`confirmed`, `opened`, `thanks`, `rescheduled`: what a mail tells."""
    if mail.name == "visit_thanks":
        return "thanks"
    part = mail.key.split(":")[2]
    return part.partition("-")[0] if mail.name == "task_change" else part


STORY = (
    ("", (visit_hosts.ask_hosts, visit_preparations.plan_preparations)),
    ("hosts", (visit_hosts.tell_of_hosts,)),
    ("agenda", (visit_agenda.ask_for_approval,)),
    ("decision", (visit_agenda.tell_of_decision,)),
    ("approval", (reception.confirm,)),
    ("day before", (reception.remind, reception.confirm)),
    ("day after", (reception.thank, visit_results.ask_for_reports, visit_results.follow_commitments)),
    ("reports", (visit_results.keep_record, visit_results.follow_commitments)),
    ("commitments", ()),
)
"""What is waited for, and what is done then: the workflow's story, which can be told again at any time."""
