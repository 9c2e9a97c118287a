"""The `focal` command for what people do to tasks, policies, pauses, absences and a person who leaves."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select

from models.tables.people import Absence, Person
from models.tables.process import Pause, Process, TaskSet
from models.tables.task import Delegation, Submission, Task
from operations.follow_up import fire_due
from operations.indicator_collection import create_set, left_to_ask
from settings import load_settings
from store.database import Database
from tests.edges.command import Focal, count

SALUT = "ACT-VLC-SALUT"


@pytest.fixture
def asked(city: Focal) -> Focal:
    """València's collection is open and everybody was asked two weeks ago."""
    city("collection", "open", "VLC", "2026-Q4", "--now")

    async def ask() -> None:
        database = Database(load_settings().database_url.get_secret_value())
        async with database.reading() as session:
            process_id = (await session.scalars(select(Process.id))).one()
            left = await left_to_ask(session, process_id)
        now = datetime.now(UTC)
        async with database.transaction() as session:
            await create_set(session, process_id, left, now=now)
        async with database.transaction() as session:
            set_id = (await session.scalars(select(TaskSet.id))).one()
            await fire_due(session, load_settings(), set_id, now)
        await database.close()

    asyncio.run(ask())
    return city


def rows(statement: Select[Any]) -> list[Any]:
    """What the command's database holds."""

    async def read() -> list[Any]:
        database = Database(load_settings().database_url.get_secret_value())
        async with database.reading() as session:
            found = list(await session.scalars(statement))
        await database.close()
        return found

    return asyncio.run(read())


def reference(unit: str = SALUT) -> str:
    (task,) = rows(select(Task).where(Task.unit_code == unit, Task.kind == "indicator_request"))
    return str(task.reference)


def due(days: int) -> str:
    (due_on,) = rows(select(Task.due_on).where(Task.unit_code == SALUT, Task.kind == "indicator_request"))
    return str(due_on + timedelta(days=days))


def test_a_task_is_passed_on_extended_snoozed_and_waived(asked: Focal):
    task = reference()
    said = asked("task", "delegate", task.lower(), "--to", "alex.todoli", "--note", "Bon dia")
    assert (said.code, said.out.strip()) == (0, f"{task} was mireia.sempere's and is alex.todoli's now.")
    assert count(Delegation) == 1
    before = due(0)
    said = asked("task", "extend", task, "--until", due(7), "--because", "Festes")
    assert said.code == 0, said.err
    assert re.fullmatch(rf"{task} was due on {before} and is due on \S+\.\n", said.out)
    said = asked("task", "snooze", task, "--until", due(0), "--because", "Baixa")
    assert said.out.startswith(f"{task} rests until ")
    said = asked("task", "waive", task, "--because", "Ja no cal")
    assert said.out == f"{task} is waived.\n"
    again = asked("task", "waive", task, "--because", "Ja no cal")
    assert again.code == 1
    assert re.match(rf"Task {task} was already waived at \d\d:\d\d on .*; nothing was changed\.", again.err)


def test_more_time_is_asked_for_and_refused(asked: Focal):
    task = reference()
    said = asked("task", "ask-for-time", task, "--until", due(7), "--by", "mireia.sempere", "--because", "Enquesta")
    assert said.out.endswith("; the head is asked.\n"), said.err
    said = asked("task", "refuse-time", task, "--because", "No pot ser", "--by", "pilar.benlloch")
    assert said.out == f"{task} stays due on {due(0)}; whoever asked is told.\n"
    said = asked("task", "refuse-time", task, "--because", "No pot ser")
    assert (said.code, said.err) == (1, f"Nobody is waiting for a decision about task {task}.\n")


def test_an_answer_is_entered_for_somebody_and_sent_back(asked: Focal):
    task, code = reference(), "VLC-E1-OE3-A1-I1"
    said = asked("task", "answer", task, f"{code}=1.234", "VLC-E1-OE3-A1-I2=-", "--for", "mireia.sempere")
    assert re.match(r"2 answered, \d+ missing; submission \S+\.", said.out), said.err
    (kept,) = rows(select(Submission))
    assert (kept.person_code, kept.entered_by) == ("mireia.sempere", "coordinator")
    said = asked("task", "send-back", task, code, "--note", "Massa alt")
    assert said.out.startswith(f"{code} of {task} is asked for again, due on ")
    said = asked("task", "answer", task, code, "--for", "mireia.sempere")
    assert (said.code, said.err) == (1, f"“{code}” is not CODE=VALUE.\n")


def test_reminders_and_escalations_by_hand(asked: Focal):
    task = reference()
    said = asked("task", "remind", task)
    assert said.code == 1
    assert "its rules leave 2 working days between two: remind again from " in said.err
    said = asked("task", "escalate", task, "--because", "Urgent")
    assert said.out.startswith(f"The escalation of {task} leaves on "), said.err


def test_mail_is_paused_and_resumed(asked: Focal):
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    said = asked("mail", "pause", "collection/VLC/2026-Q4", "--until", until, "--because", "Eleccions")
    assert said.out.startswith(f"No mail of collection/VLC/2026-Q4 leaves until {until} 00:00.\n"), said.err
    assert said.out.endswith("13 open tasks planned anew.   \n")
    assert count(Pause) == 1
    said = asked("mail", "resume", "collection/VLC/2026-Q4")
    assert said.out.startswith("Mail of collection/VLC/2026-Q4 leaves again.\n")
    said = asked("mail", "resume", "everything")
    assert (said.code, said.err) == (1, "Nothing is paused.\n")
    said = asked("mail", "pause", "collection/VLC", "--until", until, "--because", "Eleccions")
    assert said.err == "There is no process “collection/VLC”. Write it as in collection/VLC/2026-Q4.\n"


def test_who_leaves_is_looked_at_before_it_is_done(asked: Focal):
    look = asked("people", "leave", "mireia.sempere")
    assert "mireia.sempere -> alex.todoli" in look.out, look.err
    assert look.out.endswith("1 task would move. Nothing was changed: do it with --yes.\n")
    assert count(Delegation) == 0
    done = asked("people", "leave", "mireia.sempere", "--yes")
    assert done.out.endswith("1 task moved; mireia.sempere is asked no more.\n")
    (person,) = rows(select(Person).where(Person.code == "mireia.sempere"))
    assert (person.active, count(Delegation)) == (False, 1)


def test_an_absence_is_noted(city: Focal):
    said = city(
        "people", "away", "laia.peiro", "--from", "2027-01-11", "--until", "2027-01-22", "--substitute", "andrea.giner"
    )
    assert said.out == (
        "laia.peiro is away from Monday 11 January 2027 to Friday 22 January 2027; andrea.giner stands in.\n"
    ), said.err
    again = city("people", "away", "laia.peiro", "--from", "2027-01-20", "--until", "2027-01-25")
    assert (again.code, again.err) == (1, "laia.peiro is already away from 2027-01-11 to 2027-01-22\n")
    assert len(rows(select(Absence).where(Absence.person_code == "laia.peiro"))) == 1


def test_a_policy_is_shown_changed_loaded_compared_and_given_to_running_tasks(asked: Focal, tmp_path: Path):
    shown = asked("policy", "show", "indicator_request")
    assert "due_after: 15\n" in shown.out
    file = tmp_path / "policy.yaml"
    file.write_text(shown.out.replace("version: 1", "version: 2").replace("- 5\n- 1\n", "- 4\n"), "utf-8")
    said = asked("policy", "load", str(file))
    assert said.out == "indicator_request 2 is loaded: tasks that open from now on live by it.\n", said.err
    listed = asked("policy", "list").out.splitlines()
    assert [line for line in listed if line.startswith("indicator_request ")] == [
        "indicator_request 1: 13 open tasks",
        "indicator_request 2: 0 open tasks",
    ]
    diff = asked("policy", "diff", "indicator_request")
    assert diff.out.splitlines()[-1] == "To indicator_request 2: 13 people, 26 mails less, 13 more."
    moved = asked("policy", "migrate", "indicator_request", "--yes")
    assert moved.out.splitlines()[-1].endswith("13 tasks moved.")
    assert (
        asked("policy", "diff", "indicator_request").out == "To indicator_request 2: 0 people, 0 mails less, 0 more.\n"
    )
    file.write_text("name: indicator_request\nversion: 3\ndue_after: 15\nreminders_after: [9]\n", "utf-8")
    said = asked("policy", "load", str(file))
    assert said.code == 1
    assert f"{file}: line 4: reminders_after: a reminder 9 days after the due day falls after the end" in said.err


def test_a_task_that_is_not_there_is_said_so(city: Focal):
    said = city("task", "waive", "XXXX-YYYY", "--because", "?")
    assert (said.code, said.err) == (
        1,
        "There is no task “XXXX-YYYY”. References look like 7K2M-9QXD; see `focal tasks list`.\n",
    )
