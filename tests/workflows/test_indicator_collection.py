"""A quarter from its opening to its report, on the real classes, with the days skipped."""

import json
import logging
import os
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from embedded.townhall import ROSTER
from models.contracts.answering import PersonChoice, Typed
from models.contracts.orders import CloseRequest, Outcome
from models.contracts.people import PeopleFile
from models.contracts.report import QuarterReport
from models.policies.indicator_collection import SET_SIZE
from models.tables.indicator_collection import Collection, Report
from models.tables.mail import OutgoingMail
from models.tables.process import Process, TaskSet
from models.tables.task import Item, Link, Task
from operations.answering import open_link, read_form, save_draft, submit
from operations.catalogue import FOLDER, load, read_documents
from operations.indicator_collection import Opened, open_collection
from operations.links import token
from operations.naming import name_focal_point
from operations.people import import_people
from tests.workflows.conftest import House
from tests.world import build_crowd, build_world
from workflows.registry import WORKFLOWS

log = logging.getLogger(__name__)
QUARTER = "2026-Q3"
CROWD = 40
"""A history grows with instants, not with people: the drill has sets of 250."""
HISTORIES = Path(__file__).parent / "histories"


async def open_quarter(house: House) -> Opened:
    async with house.database.transaction() as session:
        return await open_collection(session, "TST", QUARTER, by="coordinator", now=await house.now(), at_once=True)


async def until_asked(house: House) -> None:
    """Requests were written: everybody has a link."""
    for _ in range(200):
        async with house.database.reading() as session:
            open_tasks = await session.scalars(select(Task.state))
            states = set(open_tasks)
        if states and "scheduled" not in states:
            return
        await house.environment.sleep(timedelta(milliseconds=50))
    raise AssertionError("nobody was asked")


async def answer_all(house: House, person: str) -> None:
    """A person says "nothing to report" to everything they were asked."""
    now = await house.now()
    async with house.database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == person))).one()
        secret = house.settings.secret_key.get_secret_value()
        holder = await open_link(session, token(secret, link.id), now=now)
        form = await read_form(session, holder, settings=house.settings)
        nothing = {entry.item_id: Typed(choice="nothing_to_report") for entry in form.entries}
        version = await save_draft(session, holder, nothing, now=now)
        await submit(session, holder, draft_version=version, raw=b"", now=now, settings=house.settings)


async def events_of(handle: WorkflowHandle) -> int:
    return len([event async for event in handle.fetch_history_events()])


async def follow_ups(house: House) -> list[WorkflowHandle]:
    async with house.database.reading() as session:
        ids = await session.scalars(select(TaskSet.workflow_id).order_by(TaskSet.number))
        return [house.client.get_workflow_handle(workflow_id) for workflow_id in ids]


async def replays(*handles: WorkflowHandle, record_as: str = "") -> None:
    """Every workflow that a test ran must replay: a free proof that it is deterministic.

    With FOCAL_RECORD_HISTORIES set, the histories are kept under a name, for later code to be replayed against.
    """
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter)
    for handle in handles:
        history = await handle.fetch_history()
        await replayer.replay_workflow(history)
        if record_as and "FOCAL_RECORD_HISTORIES" in os.environ:
            kind = "follow_up" if "/follow-up/" in handle.id else "collection"
            # Who ran it is of no interest, and says the name of a machine.
            anonymous = re.sub(r'"identity": "[^"]*"', '"identity": "worker"', json.dumps(history.to_json_dict()))
            content = {"workflow_id": handle.id, "history": json.loads(anonymous)}
            (HISTORIES / f"{record_as}-{kind}.json").write_text(json.dumps(content, indent=1) + "\n")


async def mails_to(house: House, person: str) -> list[str]:
    async with house.database.reading() as session:
        return list(
            await session.scalars(
                select(OutgoingMail.name)
                .where(OutgoingMail.person_code == person)
                .order_by(OutgoingMail.created_at, OutgoingMail.key)
            )
        )


async def test_a_quarter_runs_from_its_requests_to_its_report(house: House) -> None:
    await build_world(house.database)
    opened = await open_quarter(house)
    handle = await house.start(opened.order)
    await until_asked(house)
    await answer_all(house, "health")
    assert await house.finish(handle) == Outcome(answered=1, expired=1)
    assert await mails_to(house, "health") == ["task_request", "task_receipt"]
    assert await mails_to(house, "ecology") == [
        "task_request",
        "task_reminder",
        "task_reminder",
        "task_reminder",
        "task_escalation_copy",
    ]
    assert await mails_to(house, "ecology-head") == ["task_escalation"]
    async with house.database.reading() as session:
        report = (await session.scalars(select(Report))).one()
        assert report.content["tally"]["missing"] == 1
        reported = await session.scalar(select(OutgoingMail.recipient).where(OutgoingMail.name == "collection_report"))
        assert reported == house.settings.coordinator_address
        process = (await session.scalars(select(Process))).one()
        assert process.state == "closed"
    await replays(handle, *await follow_ups(house), record_as="quarter")


@pytest.mark.drill
async def test_a_coordinator_closes_early_and_only_once(house: House) -> None:
    await build_world(house.database)
    opened = await open_quarter(house)
    handle = await house.start(opened.order)
    await until_asked(house)
    closed_at: datetime = await handle.execute_update("close", CloseRequest(by="coordinator"), result_type=datetime)
    with pytest.raises(WorkflowUpdateFailedError, match="Workflow update failed") as refusal:
        await handle.execute_update("close", CloseRequest(by="another"))
    assert "closing already" in str(refusal.value.cause)
    assert await house.finish(handle) == Outcome(expired=2)
    async with house.database.reading() as session:
        collection = (await session.scalars(select(Collection))).one()
        assert closed_at < collection.due_at
    await replays(handle, *await follow_ups(house), record_as="closed-early")


@pytest.mark.drill
async def test_a_person_who_is_named_is_asked_in_the_same_collection(house: House) -> None:
    await build_world(house.database, focal_points=("ecology",))
    opened = await open_quarter(house)
    handle = await house.start(opened.order)
    await until_asked(house)
    now = await house.now()
    async with house.database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == "health-head"))).one()
        secret = house.settings.secret_key.get_secret_value()
        holder = await open_link(session, token(secret, link.id), now=now)
        naming = PersonChoice(person_code="health")
        await name_focal_point(session, holder, naming, raw=b"", now=now, settings=house.settings)
    await house.relay.sweep()
    await house.pass_time(timedelta(days=4))
    await answer_all(house, "health")
    assert await house.finish(handle) == Outcome(answered=2, expired=1)
    await replays(handle, *await follow_ups(house), record_as="naming")


@pytest.mark.drill
async def test_the_real_plan_is_asked_of_everybody_responsible_and_accounts_for_every_indicator(house: House) -> None:
    now = await house.now()
    async with house.database.transaction() as session:
        await load(session, read_documents())
        for names in ROSTER:
            files = [PeopleFile(name, (FOLDER / "demonstration" / name).read_bytes()) for name in names]
            await import_people(session, files, now=now, dry_run=False)
        opened = await open_collection(session, "VLC", "2026-Q4", by="coordinator", now=now, at_once=True)
    handle = await house.start(opened.order)
    await until_asked(house)
    assert await house.finish(handle) == Outcome(expired=13)
    async with house.database.reading() as session:
        report = QuarterReport.model_validate((await session.scalars(select(Report.content))).one())
        asked = set(await session.scalars(select(Item.indicator_code)))
        kinds = {unit: kind for unit, kind in await session.execute(select(Task.unit_code, Task.kind))}
    assert (len(asked), len(report.not_covered)) == (108, 8)
    assert asked.isdisjoint(report.not_covered)
    assert report.tally.missing == report.tally.asked == 404
    assert kinds.pop("ACT-VLC-GAYGAMES") == "focal_point_naming"
    assert set(kinds.values()) == {"indicator_request"}
    assert len(kinds) == 12
    await replays(handle, *await follow_ups(house))


@pytest.mark.drill
@pytest.mark.parametrize(("answering", "limit"), [(True, 40), (False, 150)])
async def test_following_a_set_of_people_costs_few_events(house: House, answering: bool, limit: int) -> None:
    await build_crowd(house.database, CROWD)
    opened = await open_quarter(house)
    handle = await house.start(opened.order)
    await until_asked(house)
    if answering:
        for number in range(CROWD):
            await answer_all(house, f"person-{number}")
    outcome = await house.finish(handle)
    assert outcome == (Outcome(answered=CROWD) if answering else Outcome(expired=CROWD))
    (follow_up,) = await follow_ups(house)
    events = await events_of(follow_up)
    log.info("%d events for %d people, answering: %s", events, CROWD, answering)
    assert events <= limit
    await replays(handle, follow_up)


@pytest.mark.parametrize("size", [20, pytest.param(SET_SIZE, marks=pytest.mark.drill)])
async def test_one_collection_is_followed_in_sets(house: House, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.indicator_collection.SET_SIZE", size)
    await build_crowd(house.database, size + 10)
    opened = await open_quarter(house)
    handle = await house.start(opened.order)
    await until_asked(house)
    async with house.database.reading() as session:
        sizes = await session.execute(select(func.count()).select_from(Task).group_by(Task.set_id))
        assert sorted(found for (found,) in sizes) == [10, size]
    await handle.execute_update("close", CloseRequest(by="coordinator"))
    assert await house.finish(handle) == Outcome(expired=size + 10)
    await replays(handle, *await follow_ups(house))
