"""People who receive delegations, played on the real workflow: they answer what they are asked, in skipped time."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from models.contracts.orders import Outcome
from store.calendars import load_calendar
from store.task import OPEN_STATES
from tests.delegations.reception import YES, Reception, slot
from tests.operations.steps import Office
from tests.workflows.conftest import House
from tests.world import build_world

REPORT = {"contacts": "A. Rossi", "commitments": "Send the study; Àrea Salut; 1/9/{year}"}
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "hosting_request": YES,
    "agenda_approval": {"agenda": "approve"},
    "assignment": {"done": "done"},
    "visit_report": REPORT,
}

MOMENT = 20
"""Looks at the rows before time is skipped: whatever is under way in this minute has come to its end."""


@dataclass
class Town:
    """A house with a delegation that comes; `first`, `last`: the days for which it was started."""

    house: House
    reception: Reception
    handle: WorkflowHandle[Any, Outcome]
    first: date
    last: date
    heard: list[tuple[str, str]] = field(default_factory=list)
    """All news so far, with who got them."""

    async def until(self, holds: Callable[[], Any], why: str) -> None:
        """Wait a moment, then half an hour of skipped time after another, until something holds."""
        for attempt in range(self.house.looks):
            if await holds():
                return
            await asyncio.sleep(0.05)
            if attempt > MOMENT:
                await self.house.pass_time(timedelta(minutes=30))
        raise AssertionError(why)

    async def asked(self, kind: str, count: int = 1) -> None:
        """So many tasks of a kind are open, and were put to somebody."""

        async def holds() -> bool:
            tasks = await self.reception.tasks(kind)
            return len([task for task in tasks if task.state == "open"]) >= count

        await self.until(holds, f"{kind} was not asked")

    async def told(self, news: str, reader: str) -> None:
        """A mail with some news was written to a reader."""

        async def holds() -> bool:
            return (news, reader) in await self.all_letters()

        await self.until(holds, f"{reader} did not hear that it is {news}")

    async def all_letters(self) -> list[tuple[str, str]]:
        """All news so far, sorted."""
        self.heard = sorted([*self.heard, *await self.reception.letters()])
        return self.heard

    async def answer(self, kind: str, said: Mapping[str, str] | None = None, why: str = "") -> int:
        """Everybody who has an open task of a kind answers it; gives how many there were."""
        now = await self.house.now()
        tasks = [task for task in await self.reception.tasks(kind) if task.state in OPEN_STATES]
        for task in tasks:
            words = {key: text.format(year=now.year) for key, text in (said or ANSWERS[kind]).items()}
            await self.reception.answer_task(task, words, now, why)
        return len(tasks)

    async def compose(self, *slots: dict[str, Any]) -> None:
        """Sofia composes an agenda for the first day of now: an hour for each host, if nothing else is said."""
        day = (await self.reception.visit()).first_day.isoformat()
        hosts = [unit for unit, state in (await self.reception.hosts()).items() if state == "accepts"]
        hours = [slot(unit, f"{9 + n}:00", f"{10 + n}:00", day=day) for n, unit in enumerate(hosts)]
        await self.reception.compose(await self.house.now(), *(slots or hours))

    async def prepare(self) -> None:
        """Hosts accept, an agenda is composed, approved and confirmed."""
        await self.asked("hosting_request")
        await self.answer("hosting_request")
        await self.told("hosts", "international.office")
        await self.compose()
        await self.asked("agenda_approval")
        await self.answer("agenda_approval")
        await self.told("confirmed", "marco")

    async def reach(self, day: date) -> datetime:
        """Let time pass until a day is under way at noon."""
        now = await self.house.now()
        noon = datetime.combine(day, datetime.min.time(), now.tzinfo) + timedelta(hours=12)
        return await self.house.pass_time(max(noon - now, timedelta(seconds=1)))

    async def receive(self) -> None:
        """The visit takes place; its hosts report, and the commitments are theirs to keep."""
        await self.reach((await self.reception.visit()).last_day + timedelta(days=5))
        await self.asked("visit_report")
        reports = await self.answer("visit_report")
        await self.asked("assignment", reports)

    async def end(self) -> Outcome:
        """Whatever is open is done, and reports are corrected no more; gives what became of the tasks."""
        await self.answer("assignment")
        await self.house.pass_time(timedelta(days=30))
        return await self.handle.result()


async def announce(house: House, **changes: Any) -> Town:
    """A small city at noon of a working day, to which a delegation comes in ten weeks, on a Tuesday and a Wednesday."""
    await build_world(house.database)
    async with house.database.reading() as session:
        calendar = await load_calendar(session, "valencia")
    now = await house.now()
    noon = calendar.at(calendar.shift(calendar.day(now), 1), time(12))
    now = await house.pass_time(noon - now)
    first = now.date() + timedelta(days=70 - now.weekday() + 1)
    last = first + timedelta(days=1)
    reception = Reception(Office(house.database, house.settings))
    await reception.start(now, first_day=first.isoformat(), last_day=last.isoformat(), **changes)
    await house.relay.sweep()
    handle: WorkflowHandle[Any, Outcome] = house.client.get_workflow_handle(reception.reference, result_type=Outcome)
    return Town(house, reception, handle, first, last)
