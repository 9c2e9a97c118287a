"""Calls from their announcement to the fifth year after the project, on the real classes, with the years skipped."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from models.contracts.answering import Typed
from models.contracts.mail import TaskKind
from models.contracts.orders import Outcome
from models.policies.calendar import Calendar
from models.tables.mail import OutgoingMail
from models.tables.process import Process
from models.tables.task import Task
from store.calendars import load_calendar
from store.task import OPEN_STATES
from tests.call_follow_ups.town import CALL, WITHDRAWN, Town, chosen, sent
from tests.call_projects.town import clock_rows, typed
from tests.workflows.conftest import House, house, unstaffed
from tests.workflows.replaying import follow_ups, replay_all

__all__ = ["house", "unstaffed"]

LONGEST = 2000
"""Events of one history."""
MOMENT = 5
"""Looks at the rows before time is skipped: whatever is under way has come to its end."""


@dataclass
class Story:
    """One call that is followed, on a clock that skips."""

    house: House
    town: Town
    calendar: Calendar
    process_id: UUID | None = None
    handle: WorkflowHandle[Any, Outcome] | None = None

    async def today(self) -> date:
        return self.calendar.day(await self.house.now())

    async def follow(self, *days: int, model: str | None = None) -> None:
        """Follow a call with deadlines in so many days; without any, it is announced only."""
        today = await self.today()
        await self.town.register(*(today + timedelta(days=n) for n in days), model=model)
        self.process_id = await self.town.start(now=await self.house.now())
        await self.house.relay.sweep()
        self.handle = self.house.client.get_workflow_handle(f"call/{CALL}", result_type=Outcome)

    async def settle(self) -> None:
        """Let what is on its way arrive."""
        await self.house.relay.sweep()
        await asyncio.sleep(0.1)

    async def until(self, holds: Callable[[], Any], why: str, step: timedelta = timedelta(hours=8)) -> Any:
        """Let hours pass until something holds."""
        for attempt in range(self.house.looks):
            if found := await holds():
                return found
            await self.settle()
            if attempt > MOMENT:
                await self.house.pass_time(step)
        raise AssertionError(why)

    async def asked(self, kind: TaskKind, occasion: str = "") -> Task:
        """Let time pass until somebody is asked for a kind; gives the task."""

        async def open_task() -> Task | None:
            tasks = await self.town.tasks(kind)
            return next((t for t in tasks if t.state in OPEN_STATES and occasion in {"", t.occasion}), None)

        task: Task = await self.until(open_task, f"nobody was asked for {kind} {occasion}")
        return task

    async def answers(self, kind: TaskKind, said: Mapping[str, Typed], occasion: str = "") -> None:
        """Whoever is asked answers."""
        task = await self.asked(kind, occasion)
        await self.town.answer(task, said, await self.house.now())
        await self.settle()

    async def says(self, unit: str, interest: str) -> None:
        await self.asked("call_interest")
        await self.town.says(unit, interest, await self.house.now())
        await self.settle()

    async def decide(self, option: str = "go") -> None:
        """Ecology would lead, Health take part, and it is decided."""
        await self.says("ECOLOGY", "lead")
        await self.says("HEALTH", "partner")
        await self.answers("go_decision", {"go": chosen(option, "Encaixa amb el pla")})

    async def reach(self, day: date, hour: time = time(10)) -> None:
        """Let time pass until an hour of a day, in steps with room for whoever acts in them."""
        end = self.calendar.at(day, hour)
        while (left := end - await self.house.now()) > timedelta(0):
            await self.house.pass_time(min(left, timedelta(days=60)))
            await self.settle()

    async def do_all_assignments(self) -> int:
        """Whatever is to be done is done; gives how much it was."""
        tasks = await self.town.open_tasks("assignment")
        for task in tasks:
            await self.town.answer(task, {"done": chosen("done")}, await self.house.now())
        await self.settle()
        return len(tasks)

    async def pursuit(self) -> Any:
        assert self.process_id is not None
        return await self.town.pursuit(self.process_id)

    async def state(self, wanted: str) -> None:
        """Let time pass until the follow-up is in a state."""

        async def is_there() -> bool:
            return bool((await self.pursuit()).state == wanted)

        await self.until(is_there, f"it never was {wanted}")

    async def mails(self, name: str, news: str = "") -> list[str]:
        """Who was written some news, sorted."""
        async with self.house.database.reading() as session:
            rows = await session.scalars(select(OutgoingMail).where(OutgoingMail.name == name))
            return sorted(row.person_code or "coordinator" for row in rows if f":{news}" in row.key)

    async def _has_ended(self) -> bool:
        """Whether the process is over, or comes to its end without any time being passed."""
        assert self.handle is not None
        for _ in range(20):
            if (await self.handle.describe()).status is not WorkflowExecutionStatus.RUNNING:
                return True
            await self.settle()
        return False

    async def has_closed(self) -> None:
        """Let days pass until the process is over.

        Once an abandoned child has outlived its parent, the server skips nothing any more: no time is passed then.
        """
        for _ in range(60):
            if await self._has_ended():
                return
            await self.house.pass_time(timedelta(days=1))

    async def end(self, record_as: str) -> Outcome:
        """Wait for the end; all that ran replays, and no history is too long."""
        assert self.handle is not None
        await self.has_closed()
        outcome = await self.handle.result()
        async with self.house.database.reading() as session:
            assert set(await session.scalars(select(Process.state))) == {"closed"}
        await replay_all(self.handle, *await follow_ups(self.house), record_as=record_as)
        assert len((await self.handle.fetch_history()).events) < LONGEST
        return outcome


@pytest_asyncio.fixture
async def story(house: House) -> Story:
    town = Town(house.database, house.settings)
    async with house.database.transaction() as session:
        session.add_all(clock_rows({"EU"}))
        calendar = await load_calendar(session, "valencia")
    return Story(house, town, calendar)


@pytest.mark.timeout(400)
@pytest.mark.drill
async def test_a_call_in_two_stages_is_followed_from_its_announcement_to_five_years_after_its_project(story: Story):
    await story.follow(model="two_stage")
    await story.reach(await story.today() + timedelta(days=5))
    assert await story.town.tasks("call_interest") == [], "announced, it may never come"
    first = await story.today() + timedelta(days=100)
    await story.town.move(first, await story.house.now(), number=1)
    await story.settle()
    await story.town.move(first + timedelta(days=150), await story.house.now(), number=2)
    await story.decide()
    await story.asked("assignment", "1:concept")
    await story.reach(first - timedelta(days=10))
    assert await story.do_all_assignments() == 2
    await story.answers("proposal_upload", sent("SEP-1"), "1")
    await story.reach(first + timedelta(days=93))
    await story.answers("call_result", {"stage_result": chosen("invited")})
    await story.asked("assignment", "2:budget")
    second = first + timedelta(days=150)
    await story.reach(second - timedelta(days=4))
    assert await story.do_all_assignments() >= 5
    await story.answers("proposal_upload", sent("SEP-2"), "2")
    pursuit = await story.pursuit()
    assert (pursuit.state, pursuit.proposal_number, pursuit.first_submitted_at is not None) == (
        "submitted",
        "SEP-2",
        True,
    )
    await story.reach(second + timedelta(days=186))
    await story.answers("call_result", {"result": chosen("nothing_yet")})
    await story.reach(await story.today() + timedelta(days=32))
    await story.answers("call_result", {"result": chosen("awarded"), **typed(points="14 de 15")})
    today = await story.today()
    starts, ends = today + timedelta(days=60), today + timedelta(days=60 + 3 * 365)
    days = {"signed_on": today, "starts_on": starts, "ends_on": ends}
    said = typed(**{key: f"{day:%d/%m/%Y}" for key, day in days.items()}, periods="18, 18", money_won="120000")
    await story.answers("grant_agreement", said | typed(grant_number="101200300"))
    await story.do_all_assignments()
    await story.reach(starts + timedelta(days=570))
    await story.answers("assignment", {"done": chosen("done")})
    await story.reach(ends + timedelta(days=5))
    await story.answers("assignment", {"done": chosen("done")}, f"report:{ends}")
    for years in (1, 3, 5):
        await story.reach(ends + timedelta(days=365 * years + 2))
        await story.answers("sustainability_check", {"lasts": chosen("continues", "El servei hi és")}, str(years))
    assert (await story.pursuit()).state == "ended"
    outcome = await story.end("call-two-stage")
    assert (outcome.expired, outcome.cancelled, outcome.waived) == (0, 0, 0)
    assert await story.mails("office_call", "recorded") == ["coordinator"]


@pytest.mark.drill
async def test_a_deadline_that_moves_three_times_is_met_on_the_last_hour(story: Story):
    await story.follow(120)
    await story.decide()
    await story.asked("assignment", "0:partners")
    first = await story.today() + timedelta(days=100)
    for moved in (0, 20, 10):
        await story.town.move(first + timedelta(days=moved), await story.house.now())
        await story.settle()
        await story.house.pass_time(timedelta(days=1))
        await story.settle()
    last = first + timedelta(days=10)
    await story.reach(last, time(16, 50))
    assert await story.mails("call_alarm") != [], "the alarm was the day before"
    await story.answers("proposal_upload", sent("SEP-9"))
    assert (await story.pursuit()).state == "submitted"
    assert await story.mails("office_call", "unconfirmed") == []
    await story.reach(last + timedelta(days=200))
    await story.answers("call_result", {"result": chosen("rejected")})
    await story.answers("call_lessons", typed(lessons="Calia un soci amb experiència"))
    await story.end("call-moved")
    assert (await story.pursuit()).state == "rejected"


@pytest.mark.drill
async def test_a_call_that_is_cancelled_after_go_ends_at_once(story: Story):
    await story.follow(120)
    await story.decide()
    await story.asked("assignment", "0:partners")
    await story.town.cancel(await story.house.now())
    await story.settle()
    outcome = await story.end("call-cancelled")
    assert outcome.cancelled > 0
    assert (await story.pursuit()).state == "cancelled"
    assert await story.mails("call_news", "cancelled") == ["ecology", "health", "otpe"]


@pytest.mark.drill
async def test_a_proposal_that_nobody_confirms_is_missed_and_learned_from(story: Story):
    await story.follow(90)
    await story.decide()
    deadline = await story.today() + timedelta(days=90)
    await story.reach(deadline + timedelta(days=8))
    await story.state("missed")
    assert set(await story.mails("call_alarm")) >= {"ecology", "otpe"}
    assert await story.mails("office_call", "unconfirmed") == ["coordinator"]
    await story.answers("call_lessons", typed(lessons="Ningú no hi era"))
    await story.end("call-missed-later")


@pytest.mark.drill
async def test_no_go_ends_it_and_a_proposal_can_be_withdrawn(story: Story):
    await story.follow(120)
    await story.decide("no_go_capacity")
    await story.end("call-no-go")
    assert (await story.pursuit()).state == "not_pursued"


@pytest.mark.drill
async def test_a_proposal_that_is_withdrawn_ends_it(story: Story):
    await story.follow(60)
    await story.decide()
    await story.answers("proposal_upload", WITHDRAWN)
    await story.end("call-withdrawn")
    assert (await story.pursuit()).state == "dropped"


@pytest.mark.drill
async def test_no_history_grows_too_long_however_often_it_is_poked(story: Story):
    await story.follow(300)
    await story.decide()
    assert story.handle is not None
    first = (await story.handle.describe()).run_id
    for _ in range(300):
        await story.handle.signal("poke")
        await asyncio.sleep(0.05)
    described = await story.handle.describe()
    assert described.run_id != first
    before = story.house.client.get_workflow_handle(story.handle.id, run_id=first)
    assert len((await before.fetch_history()).events) < LONGEST
    await story.town.cancel(datetime.now(UTC))
    await story.end("call-long")
