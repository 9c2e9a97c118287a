"""Reviews and a census from their opening to their end, on the real classes, with the days skipped."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select
from temporalio.client import WorkflowHandle

from models.contracts.answering import Typed
from models.contracts.mail import TaskKind
from models.contracts.orders import Outcome
from models.tables.mail import OutgoingMail
from models.tables.membership_review import Network
from models.tables.process import Process
from models.tables.task import Task
from operations.network_census import open_census
from operations.review_opening import Wish, start_review
from tests.memberships.house import Reviews, build_register, chosen, evidence, scored
from tests.workflows.conftest import House
from tests.workflows.replaying import follow_ups, replay_all


@dataclass
class Story:
    """One review or census that runs."""

    house: House
    reviews: Reviews

    async def start(self, network: str = "NET-PROVA") -> WorkflowHandle[Any, Outcome]:
        """Start the review of a network for this year."""
        now = await self.house.now()
        async with self.house.database.transaction() as session:
            order = await start_review(session, network, now.year, Wish(), by="coordinator", now=now)
        return await self.house.start(order)

    async def asked(self, kind: TaskKind, occasion: str | None = None) -> Task:
        """Let the hours pass until somebody is asked for a kind; gives the task."""
        for _ in range(200):
            for task in await self.reviews.tasks(kind):
                if task.state == "open" and occasion in {None, task.occasion}:
                    return task
            await self.settle()
            await self.house.pass_time(timedelta(hours=8))
        raise AssertionError(f"nobody was asked for {kind}")

    async def settle(self) -> None:
        """Let what is on its way arrive."""
        await self.house.relay.sweep()
        await asyncio.sleep(0.1)

    async def answers(self, kind: TaskKind, typed: Mapping[str, Typed], occasion: str | None = None) -> Task:
        """Whoever is asked for a kind answers."""
        task = await self.asked(kind, occasion)
        await self.reviews.answer(task, typed, await self.house.now())
        await self.settle()
        return task

    async def reaches_decision(self, *, candidate: bool = False) -> None:
        """Evidence and opinion are given."""
        wrote = scored(3, 3, 3) | {"fee": Typed(choice="value", value="900")} if candidate else evidence(3, 3, 3)
        await self.answers("membership_evidence", wrote)
        await self.answers("membership_opinion", scored(3, 2, 3))

    async def pass_days(self, days: int) -> None:
        """Let days pass, with room for whoever acts in them."""
        for _ in range(0, days, 20):
            await self.house.pass_time(timedelta(days=20))
            await self.settle()

    async def network(self, code: str = "NET-PROVA") -> Network:
        return await self.reviews.network(code)

    async def mails(self, name: str) -> list[str]:
        """Who was written a mail of a name."""
        async with self.house.database.reading() as session:
            rows = await session.scalars(select(OutgoingMail.person_code).where(OutgoingMail.name == name))
            return sorted(code or "coordinator" for code in rows)

    async def end(self, handle: WorkflowHandle[Any, Outcome], record_as: str) -> Outcome:
        """Wait for the end, and see that all that ran replays."""
        outcome = await handle.result()
        async with self.house.database.reading() as session:
            assert set(await session.scalars(select(Process.state))) == {"closed"}
        await replay_all(handle, *await follow_ups(self.house), record_as=record_as)
        return outcome


@pytest_asyncio.fixture
async def story(house: House) -> Story:
    await build_register(house.database)
    return Story(house, Reviews(house.database, house.settings))


@pytest.mark.drill
async def test_a_network_that_is_worth_it_is_kept_until_the_next_review(story: Story):
    handle = await story.start()
    await story.reaches_decision()
    await story.answers("membership_decision", {"membership": chosen("continue")})
    assert await story.end(handle, "review-continue") == Outcome(answered=3)
    network = await story.network()
    now = await story.house.now()
    assert network.state == "member"
    assert network.next_review_on is not None
    assert network.next_review_on.year == now.year + 1
    assert await story.mails("review_news") == ["coordinator", "ecology"]


@pytest.mark.drill
async def test_a_network_that_could_give_more_is_improved_and_looked_at_again(story: Story):
    handle = await story.start()
    await story.reaches_decision()
    await story.answers("membership_decision", {"membership": chosen("optimise")})
    due = (await story.house.now()).date() + timedelta(days=30)
    line = Typed(choice="value", value=f"Presidir un grup; Àrea Salut; {due.day}/{due.month}/{due.year}")
    await story.answers("improvement_plan", {"improvements": line})
    promised = await story.answers("assignment", {"done": Typed(choice="value", value="done")})
    assert promised.assignee_code == "health"
    before = await story.house.now()
    await story.pass_days(160)
    check = await story.asked("improvement_check")
    assert check.opens_on - before.date() > timedelta(days=120)
    await story.reviews.answer(check, {"improved": chosen("improved")}, await story.house.now())
    assert await story.end(handle, "review-optimise") == Outcome(answered=6)


async def test_a_network_that_is_not_worth_it_is_left_on_its_exit_day(story: Story):
    handle = await story.start()
    await story.reaches_decision()
    await story.answers("membership_decision", {"membership": chosen("leave")})
    for step in ("notice_letter", "stop_fee", "tell_areas", "close_access"):
        await story.answers("assignment", {"done": Typed(choice="value", value="done")}, step)
    network = await story.network()
    assert network.exit_on is not None
    assert (network.state, network.fee_stopped_at is not None) == ("leaving", True)
    await story.pass_days((network.exit_on - (await story.house.now()).date()).days + 2)
    assert await story.end(handle, "review-leave") == Outcome(answered=7)
    assert (await story.network()).state == "left"
    assert (await story.house.now()).date() > network.exit_on


@pytest.mark.drill
async def test_an_overdue_decision_is_escalated_and_without_one_the_office_is_told(story: Story):
    handle = await story.start()
    await story.reaches_decision()
    await story.asked("membership_decision")
    await story.pass_days(120)
    assert await story.end(handle, "review-undecided") == Outcome(answered=2, expired=1)
    assert await story.mails("task_escalation") == ["mayor"]
    assert await story.mails("task_escalation_copy") == ["health-head"]
    assert await story.mails("review_news") == ["coordinator"]
    network = await story.network()
    assert (network.state, network.next_review_on) == ("member", None)


@pytest.mark.drill
async def test_evidence_that_changes_after_it_was_seen_is_decided_anew(story: Story):
    handle = await story.start()
    await story.reaches_decision()
    await story.asked("membership_decision")
    (wrote,) = await story.reviews.tasks("membership_evidence")
    await story.reviews.answer(wrote, scored(0, 0, 0), await story.house.now())
    await story.settle()
    await story.answers("membership_decision", {"membership": chosen("continue")}, "3")
    first, second = await story.reviews.tasks("membership_decision")
    assert (first.state, second.state) == ("cancelled", "answered")
    assert await story.mails("task_change") == ["health-head"]
    review = await story.reviews.review(second.process_id)
    assert (review.decided_version, review.overridden) == (3, True)
    assert await story.end(handle, "review-changed") == Outcome(answered=3, cancelled=1)


@pytest.mark.drill
async def test_a_candidate_is_weighed_and_joins(story: Story):
    handle = await story.start("NET-NOVA")
    await story.reaches_decision(candidate=True)
    await story.answers("membership_decision", {"joining": chosen("join")})
    assert await story.end(handle, "review-candidate") == Outcome(answered=3)
    network = await story.network("NET-NOVA")
    assert (network.state, network.joined_on is not None) == ("member", True)


@pytest.mark.drill
async def test_every_area_is_asked_and_what_it_names_becomes_a_candidate(story: Story):
    async with story.house.database.transaction() as session:
        await ask_a_third_area(session)
        order = await open_census(session, by="coordinator", now=await story.house.now())
    handle = await story.house.start(order)
    tasks = {task.unit_code: task async for task in all_asked(story, order.process_id, 3)}
    now = await story.house.now()
    named = "Ciutats del Mar, 3 de maig, per al port\nxdp - ja hi érem\n"
    await story.reviews.answer(tasks["ECOLOGY"], {"networks": Typed(choice="value", value=named)}, now)
    await story.reviews.answer(tasks["HEALTH"], {"networks": Typed(choice="nothing_to_report")}, now)
    await story.pass_days(60)
    assert await story.end(handle, "census") == Outcome(answered=2, expired=1)
    found = await story.network("NET-CIUTATSDELMAR")
    assert (found.name, found.state, found.unit_code) == ("Ciutats del Mar", "candidate", "ECOLOGY")
    assert found.found_by is not None
    async with story.house.database.reading() as session:
        assert len(list(await session.scalars(select(Network)))) == 3, "a name that is known is not entered again"


async def all_asked(story: Story, process_id: UUID, number: int) -> Any:
    for _ in range(100):
        tasks = await story.reviews.tasks("joined_networks", process_id)
        if len(tasks) == number and all(task.state == "open" for task in tasks):
            for task in tasks:
                yield task
            return
        await story.settle()
        await story.house.pass_time(timedelta(hours=4))
    raise AssertionError("not every area was asked")


async def ask_a_third_area(session: Any) -> None:
    """An area whose head answers for it."""
    from models.tables.people import Person, Unit
    from tests.world import CITY

    session.add(Unit(code="SPORT", name="Àrea Esports", kind="area", institution=CITY, parent_code="MAYOR"))
    await session.flush()
    person = {"name": "Pep Esport", "address": "sport@prova.example", "language": "ca", "unit_code": "SPORT"}
    session.add(Person(code="sport", active=True, **person))
    await session.flush()
    (await session.get_one(Unit, "SPORT")).head_code = "sport"
