"""The `focal` command for collections, tasks and schedules."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from temporalio.client import Client

import cli
from models.tables.catalogue import Plan
from models.tables.process import Dispatch, Process
from models.tables.task import Task
from operations.indicator_collection import close_collection, create_set, left_to_ask
from scheduler import Relay
from settings import load_settings
from store.database import Database
from tests.edges.command import Focal, count, rows_of


def test_a_collection_is_opened_once_and_joined_after_that(city: Focal):
    first = city("collection", "open", "VLC", "2026-Q4")
    assert (first.code, first.err) == (0, "")
    opened, requests, dates = first.out.splitlines()
    assert opened == "collection/VLC/2026-Q4 is open."
    assert requests.startswith("Requests leave ")
    assert "(Europe/Madrid)" in requests
    assert dates.startswith("Answers are due on ")
    second = city("collection", "open", "VLC", "2026-Q4")
    assert second.code == 0
    assert second.out.splitlines()[0] == "collection/VLC/2026-Q4 was open already."
    assert second.out.splitlines()[2] == dates
    assert (count(Process), count(Dispatch)) == (1, 1)


def test_requests_can_leave_at_once(city: Focal):
    said = city("collection", "open", "VLC", "2026-Q4", "--now")
    assert said.out.splitlines()[1] == "Requests leave at once."
    joined = city("collection", "open", "VLC", "2026-Q4", "--now")
    assert joined.out.splitlines()[1].startswith("Requests left on ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("open", "XYZ", "2026-Q4"), "There is no plan “XYZ”. Plans: ACM, AMB, AMBO, PAM, VLC."),
        (("open", "VLC", "2026-Q5"), "“2026-Q5” is not a quarter: write the year and the quarter, as in 2026-Q4."),
        (("open", "VLC", "2031-Q1"), "The plan VLC runs from 2022 to 2026; 2031-Q1 lies outside it."),
        (("status", "VLC", "2026-Q4"), "No collection of VLC was opened for 2026-Q4."),
        (("status", "VLC", "Q4 2026"), "“Q4 2026” is not a quarter"),
        (("close", "VLC", "2026-Q4"), "No collection of VLC was opened for 2026-Q4."),
        (("close", "VLC", "2026"), "“2026” is not a quarter"),
    ],
)
def test_what_cannot_be_done_with_a_collection_is_said_in_a_sentence(city: Focal, arguments, says):
    said = city("collection", *arguments)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(says)
    assert "Traceback" not in said.err
    assert count(Process) == 0


def test_a_collection_that_was_closed_is_not_opened_again(city: Focal):
    city("collection", "open", "VLC", "2026-Q4")

    async def close() -> None:
        database = Database(load_settings().database_url.get_secret_value())
        async with database.transaction() as session:
            process_id = (await session.scalars(select(Process.id))).one()
            await close_collection(session, process_id, by="coordinator", now=datetime(2027, 2, 9, 12, 0, tzinfo=UTC))
        await database.close()

    asyncio.run(close())
    again = city("collection", "open", "VLC", "2026-Q4")
    assert (again.code, again.out) == (1, "")
    assert again.err == "collection/VLC/2026-Q4 was closed on Tuesday 9 February 2027; a quarter is collected once.\n"
    closing = city("collection", "close", "VLC", "2026-Q4")
    assert (closing.code, closing.err) == (1, "collection/VLC/2026-Q4 is closed already.\n")
    status = city("collection", "status", "VLC", "2026-Q4")
    assert status.out.startswith("collection/VLC/2026-Q4: closed, ")


async def lay_out_and_let_pass(due_at: datetime) -> int:
    """Make the tasks of the only collection and put their due day into the past; gives how many there are."""
    database = Database(load_settings().database_url.get_secret_value())
    async with database.transaction() as session:
        process_id = (await session.scalars(select(Process.id))).one()
        asked = await left_to_ask(session, process_id)
        await create_set(session, process_id, asked, now=datetime.now(UTC))
        await session.execute(update(Task).values(state="open", due_at=due_at, due_on=due_at.date()))
        first = (await session.scalars(select(Task).order_by(Task.reference).limit(1))).one()
        first.due_at = datetime.now(UTC) + timedelta(days=1)
        first.escalated_at = datetime.now(UTC)
    await database.close()
    return len(asked)


def test_status_and_task_list_tell_how_far_it_is_and_who_is_late(city: Focal):
    city("collection", "open", "VLC", "2026-Q4")
    assert "tasks: none" in city("collection", "status", "VLC", "2026-Q4").out
    tasks = asyncio.run(lay_out_and_let_pass(datetime.now(UTC) - timedelta(days=2)))
    status = city("collection", "status", "VLC", "2026-Q4")
    assert (status.code, status.err) == (0, "")
    assert f"tasks: {tasks} open" in status.out
    assert f"overdue: {tasks - 1}, escalated: 1" in status.out
    entries = next(line for line in status.out.splitlines() if line.startswith("entries: "))
    assert entries.startswith("entries: 0 of ")
    late = city("tasks", "list", "--overdue").out.splitlines()
    assert late[-1] == f"{tasks - 1} overdue tasks"
    assert len(late) == tasks
    assert all("overdue" in line and "@valencia.example>" in line for line in late[:-1])
    every = city("tasks", "list", "--collection", "collection/VLC/2026-Q4").out.splitlines()
    assert every[-1] == f"{tasks} open tasks"
    assert every[-2].endswith("collection/VLC/2026-Q4")
    assert "open, escalated" in every[-2], "what is due last comes last"


def test_a_list_of_a_process_that_never_was_is_not_an_empty_list(city: Focal):
    assert city("tasks", "list").out == "0 open tasks\n"
    said = city("tasks", "list", "--collection", "VLC/2026-Q4")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("There is no process “VLC/2026-Q4”.")


def test_closing_without_temporal_says_so_and_changes_nothing(city: Focal):
    city("collection", "open", "VLC", "2026-Q4")
    said = city("collection", "close", "VLC", "2026-Q4")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Temporal cannot be reached at 127.0.0.1:")
    assert "nothing was changed" in said.err
    assert asyncio.run(rows_of(select(func.count()).where(Process.state == "open"))) == 1


def test_schedules_without_plans_say_what_to_load(focal: Focal):
    said = focal("schedules", "apply")
    assert (said.code, said.out) == (1, "")
    assert said.err == "There are no plans with indicators: run `focal catalogue load` first.\n"


def test_schedules_without_temporal_say_so(city: Focal):
    said = city("schedules", "apply")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Temporal cannot be reached at 127.0.0.1:")


async def test_closing_what_temporal_does_not_run_says_so(
    city: Focal, temporal: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.service_client.config.target_host)
    await asyncio.to_thread(city, "collection", "open", "VLC", "2025-Q4")
    said = await asyncio.to_thread(city, "collection", "close", "VLC", "2025-Q4")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Temporal does not run collection/VLC/2025-Q4; nothing was changed.")


async def test_closing_without_a_worker_does_not_wait_for_ever(
    city: Focal, temporal: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cli, "CLOSE_SECONDS", 1.0)
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.service_client.config.target_host)
    await asyncio.to_thread(city, "collection", "open", "VLC", "2025-Q3")
    database = Database(load_settings().database_url.get_secret_value())
    assert await Relay(database, temporal, "nobody works here", lambda: datetime.now(UTC)).sweep() == 1
    await database.close()
    said = await asyncio.to_thread(city, "collection", "close", "VLC", "2025-Q3")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("No worker took it within 1 seconds: is one running?")
    await temporal.get_workflow_handle("collection/VLC/2025-Q3").terminate()


async def test_schedules_are_applied_and_told_in_the_plans_own_time(
    city: Focal, temporal: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.service_client.config.target_host)
    year = datetime.now(UTC).year + 1
    await plan_ends(year)
    for _ in range(2):
        said = await asyncio.to_thread(city, "schedules", "apply")
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith("collection/VLC: next ")
        assert f"{year}-01-01 07:00" in said.out
        assert said.out.endswith(" (Europe/Madrid)\n")
    await plan_ends(2023)
    said = await asyncio.to_thread(city, "schedules", "apply")
    assert said.out == "".join(f"{kind}/VLC: never: the plan is over\n" for kind in ("collection", "review", "census"))


async def plan_ends(year: int) -> None:
    database = Database(load_settings().database_url.get_secret_value())
    async with database.transaction() as session:
        await session.execute(update(Plan).where(Plan.code == "VLC").values(last_year=year))
    await database.close()
