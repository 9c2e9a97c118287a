"""`focal rehearse`: a quarter before it happens, on the real plan and on a roster with faults."""

import asyncio
import csv
import io
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Executable, update

from models.tables.mail import OutgoingMail
from models.tables.people import CalendarDay, FocalPoint, Person
from models.tables.process import PolicyRow, Process
from models.tables.task import Task
from settings import load_settings
from store.database import Database
from tests.edges.command import Focal, count
from tests.operations.steps import Office
from tests.rehearsal.quarter import live
from tests.world import build_world

NEW_YEAR = ("--on", "2027-01-01")
"""A schedule opens the last quarter of 2026 on a holiday; its requests leave on Monday 4 January, 9:00."""
VLC = ("rehearse", "collection", "VLC", "2026-Q4", *NEW_YEAR)


async def execute(*statements: Executable) -> None:
    database = Database(load_settings().database_url.get_secret_value())
    async with database.transaction() as session:
        for statement in statements:
            await session.execute(statement)
    await database.close()


def change(*statements: Executable) -> None:
    asyncio.run(execute(*statements))


def policy_row(name: str, **rules: object) -> PolicyRow:
    base = {
        "name": name,
        "version": 1,
        "due_after": 15,
        "reminders_before": [5],
        "gap": 2,
        "grace": 2,
        "late_window": 8,
    }
    return PolicyRow(name=name, version=1, rules=base | rules, loaded_at=date(2027, 1, 1), loaded_by="test")


async def add(row: PolicyRow) -> None:
    database = Database(load_settings().database_url.get_secret_value())
    async with database.transaction() as session:
        session.add(row)
    await database.close()


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")), delimiter=";"))


def after(said: str, heading: str) -> str:
    """What is said on the line that begins with a heading."""
    return next(line.removeprefix(f"{heading}: ") for line in said.splitlines() if line.startswith(f"{heading}: "))


def test_a_silent_quarter_of_valencia_is_listed_and_nothing_is_written(city: Focal, tmp_path: Path):
    file = tmp_path / "mails.csv"
    said = city(*VLC, "--csv", str(file))
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert (
        lines[0] == "collection/VLC/2026-Q4 rehearsed under indicator_request@1; nothing was written, nothing was sent."
    )
    assert "counted over Epiphany (Wednesday 6 January 2027)" in lines[1] or "counted over Epifanía" in lines[1]
    assert after(said.out, "79 mails") == (
        "13 task_request, 39 task_reminder, 13 task_escalation, 13 task_escalation_copy, 1 collection_report"
    )
    assert after(said.out, "answered") == "0 of 13 tasks"
    assert after(said.out, "most on one day") == "26, on Monday 1 February 2027"
    assert after(said.out, "on days off or out of hours") == "0"
    assert after(said.out, "persons without a usable address") == "0"
    assert after(said.out, "would be escalated to") == "13"
    assert any(
        "Mireia Sempere Gil is away until 30 June 2027 and Àlex Todolí Ramon stands in" in each for each in lines
    )
    rows = rows_of(file)
    assert len(rows) == 79
    assert {row["On a day off or out of hours"] for row in rows} == {"no"}
    assert rows[0]["Leaves at (local)"] == "2027-01-04T09:00:00"
    assert [count(table) for table in (Process, Task, OutgoingMail)] == [0, 0, 0]


def test_people_who_answer_save_mails(city: Focal):
    late = city(*VLC, "--answers", "late")
    mixed = city(*VLC, "--answers", "mixed")
    assert after(late.out, "answered") == "13 of 13 tasks"
    assert after(late.out, "would be escalated to") == "0"
    assert mixed.out != late.out
    assert city(*VLC, "--answers", "mixed").out == mixed.out


def test_a_file_says_who_answers_when(city: Focal, tmp_path: Path):
    file = tmp_path / "answers.csv"
    file.write_text("unit,answered\nACT-VLC-STI,2027-01-08T10:30\n")
    said = city(*VLC, "--answers", str(file))
    assert after(said.out, "answered") == "1 of 13 tasks"
    assert "Fri 2027-01-08 10:30  task_receipt" in said.out
    file.write_text("unit,answered\nACT-VLC-STI,soon\nACT-VLC-MOON,never\n")
    refused = city(*VLC, "--answers", str(file))
    assert (refused.code, refused.out) == (1, "")
    assert [line.partition(": ")[0] for line in refused.err.splitlines()] == [f"{file}, line 2", f"{file}, line 3"]


def test_another_policy_takes_the_place_of_the_usual_one(city: Focal):
    asyncio.run(add(policy_row("gentle")))
    said = city(*VLC, "--policy", "gentle")
    assert said.out.startswith("collection/VLC/2026-Q4 rehearsed under gentle@1;")
    assert after(said.out, "27 mails") == "13 task_request, 13 task_reminder, 1 collection_report"
    assert city(*VLC, "--policy", "gentle@1").out == said.out


def test_a_unit_without_a_focal_point_and_people_who_cannot_be_written_to_are_told(city: Focal):
    change(
        update(FocalPoint).where(FocalPoint.unit_code == "ACT-VLC-ECO").values(last_day=date(2026, 12, 31)),
        update(Person).where(Person.code == "neus.climent").values(address="neus.climent@"),
        update(Person).where(Person.code == "alex.todoli").values(active=False),
    )
    said = city(*VLC)
    assert said.code == 0
    assert after(said.out, "units without a focal point") == "1"
    assert "  Àrea Ecologia Urbana: Rafael Montesinos Vila is asked to name one" in said.out
    assert after(said.out, "persons without a usable address") == "2"
    assert "  Àlex Todolí Ramon (alex.todoli): has left" in said.out
    assert "  Neus Climent Bosch (neus.climent): To: 'neus.climent@' is not an address we can write to" in said.out


def test_a_name_that_looks_like_a_formula_stays_a_text_in_the_file(city: Focal, tmp_path: Path):
    change(update(Person).where(Person.code == "neus.climent").values(name="=HYPERLINK(1)"))
    file = tmp_path / "mails.csv"
    city(*VLC, "--csv", str(file))
    assert "'=HYPERLINK(1)" in {row["Name"] for row in rows_of(file)}


def test_a_file_that_cannot_be_written_is_told(city: Focal, tmp_path: Path):
    said = city(*VLC, "--csv", str(tmp_path / "none" / "mails.csv"))
    assert (said.code, said.out) == (1, "")
    assert said.err == f"{tmp_path / 'none' / 'mails.csv'} cannot be written: No such file or directory.\n"


def test_mails_out_of_hours_end_with_a_code_that_is_not_zero(city: Focal):
    asyncio.run(add(policy_row("evening", sends_at="18:30")))
    said = city(*VLC, "--policy", "evening")
    assert said.code == 1
    assert int(after(said.out, "on days off or out of hours")) == 13
    assert said.err == "13 mails out of hours: there must be none.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("XYZ", "2026-Q4"), "There is no plan “XYZ”. Plans: ACM, AMB, AMBO, PAM, VLC."),
        (("VLC", "2026-Q5"), "“2026-Q5” is not a quarter"),
        (("VLC", "2031-Q1"), "The plan VLC runs from 2022 to 2026"),
        (("VLC", "2026-Q4", "--policy", "none"), "There is no policy “none”."),
        (("VLC", "2026-Q4", "--policy", "indicator_request@two"), "“indicator_request@two” is not a version"),
        (("VLC", "2026-Q4", "--policy", "indicator_request@9"), "There is no version 9"),
        (("VLC", "2026-Q4", "--answers", "sometimes"), "“sometimes” is neither never, late or mixed nor a file."),
        (("VLC", "--what-if", "2026-Q3"), "No collection of VLC was opened for 2026-Q3."),
    ],
)
def test_what_cannot_be_rehearsed_is_said_in_a_sentence(city: Focal, arguments, says):
    said = city("rehearse", "collection", *arguments)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(says)
    assert "Traceback" not in said.err


async def finished_quarter(url: str) -> None:
    """A quarter of which nobody answered, and a gentler policy."""
    database = Database(url)
    await build_world(database)
    office = Office(database, load_settings())
    await live(office, await office.open(), ())
    async with database.transaction() as session:
        session.add(policy_row("gentle"))
    await database.close()


def test_a_finished_quarter_is_replayed_under_another_policy(focal: Focal, database_url: str):
    asyncio.run(finished_quarter(database_url))
    said = focal("rehearse", "collection", "TST", "--what-if", "2026-Q4", "--policy", "gentle")
    assert (said.code, said.err) == (0, "")
    assert "What if collection/TST/2026-Q4, which ran under indicator_request@1, had run under gentle@1?" in said.out
    assert "as many working hours (8:00 to 18:00 of working days) after the mail they answered to" in said.out
    assert after(said.out, "mails saved") == "8 (2 task_escalation, 2 task_escalation_copy, 4 task_reminder)"
    assert after(said.out, "working days gained") == "0 over 0 answers, median 0"
    assert after(said.out, "escalations avoided") == "2 (ECOLOGY, HEALTH)"
    both = focal("rehearse", "collection", "TST", "2027-Q1", "--what-if", "2026-Q4", "--policy", "gentle")
    assert both.out.startswith("collection/TST/2027-Q1 rehearsed under gentle@1")
    assert both.out.endswith(said.out)


def test_a_period_has_to_be_named(city: Focal):
    said = city("rehearse", "collection", "VLC")
    assert said.code == 2
    assert "Name the PERIOD to rehearse, as in 2026-Q4." in said.err


def test_a_unit_that_nobody_can_be_asked_for_is_refused_as_at_the_opening(city: Focal):
    change(
        update(FocalPoint).where(FocalPoint.unit_code == "ACT-VLC-ECO").values(last_day=date(2026, 12, 31)),
        update(Person).where(Person.code == "rafael.montesinos").values(active=False),
    )
    said = city(*VLC)
    assert said.code == 1
    assert said.err == "ACT-VLC-ECO has neither a focal point nor a head: nobody can be asked.\n"


def test_local_days_of_the_plans_calendar_count(city: Focal):
    day = date(2027, 1, 22)
    plain = city(*VLC)

    async def free() -> None:
        database = Database(load_settings().database_url.get_secret_value())
        async with database.transaction() as session:
            row = CalendarDay(calendar_code="valencia", day=day, name="Sant Vicent Màrtir", source="test")
            session.add(row)
        await database.close()

    asyncio.run(free())
    moved = city(*VLC)
    assert "answers are due on Tuesday 26 January 2027" in plain.out
    assert "answers are due on Wednesday 27 January 2027" in moved.out
    assert "Sant Vicent Màrtir (Friday 22 January 2027)" in moved.out
    assert "2027-01-22" not in moved.out.replace("Sant Vicent", "")
