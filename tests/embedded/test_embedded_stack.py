"""The whole stack with stand-ins for Focal's own parts: one per directory, durable, and gone when it is gone."""

import asyncio
import json
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path

import psutil
import psycopg
import pytest

from embedded.ports import Ports
from embedded.process import StackError
from embedded.stack import Options, Stack
from embedded.supervisor import running
from tests.embedded.stand_in import READY, quick, stand_in

PROJECT = Path(__file__).resolve().parents[2]
IN_TIME = 30


class Supervisor:
    """`focal up` as a process, and what it says."""

    def __init__(self, data_dir: Path, ports: Ports, *scripts: str, kind: str = "quick") -> None:
        command = [sys.executable, str(Path(__file__).with_name("stand_in.py")), kind, str(data_dir)]
        self.process = subprocess.Popen(
            [*command, *map(str, astuple(ports)), *scripts],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hears(self, words: str) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if words in line:
                return
        raise AssertionError(self.process.stderr.read() if self.process.stderr else "")

    def end(self) -> tuple[int, str, str]:
        said, complained = self.process.communicate(timeout=IN_TIME)
        return self.process.returncode, said, complained


@pytest.fixture
def data_dir(open_folder: Path) -> Iterator[Path]:
    """A data directory of which no process may be left when the test ends."""
    yield open_folder / "focal"
    left = living(open_folder / "focal")
    for process in left:
        process.kill()
    assert left == []


def living(data_dir: Path) -> list[psutil.Process]:
    """Every process that works in or with the data directory, except this one."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.cwd(), *process.environ().values()]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(data_dir) in word for word in words):
            found.append(process)
    return found


def settings_in(data_dir: Path) -> dict[str, str]:
    lines = (data_dir / "focal.env").read_text().splitlines()
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines) if value}


def mails(ports: Ports) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{ports.mailbox}/mails.json") as answer:
        return int(json.load(answer)["total"])


@pytest.mark.drill
def test_a_stack_goes_on_where_it_was_and_leaves_nothing_running(data_dir: Path) -> None:
    ports = Ports.free()
    first = Supervisor(data_dir, ports, kind="real")
    first.hears("Press Ctrl-C to stop.")
    before = settings_in(data_dir)
    assert (data_dir / "focal.env").stat().st_mode & 0o777 == 0o600
    database = before["FOCAL_DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(database) as connection:
        connection.execute("create table kept (n int)")
    with smtplib.SMTP("127.0.0.1", ports.smtp) as client:
        client.sendmail("focal@focal.example", ["anna@city.example"], b"Subject: Bon dia\r\n\r\nBon dia\r\n")
    assert mails(ports) == 1

    second = Supervisor(data_dir, Ports.free())
    code, _, complaint = second.end()
    assert code == 1
    assert f"Focal is already running in {data_dir} (process {first.process.pid})." in complaint

    first.process.send_signal(signal.SIGTERM)
    code, said, complaint = first.end()
    assert (code, complaint) == (0, "")
    assert said.endswith("Focal has stopped. Its data is kept.\n")
    assert living(data_dir) == []

    again = Supervisor(data_dir, ports)
    again.hears("Press Ctrl-C to stop.")
    assert settings_in(data_dir) == before
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)
        assert connection.execute("select count(*) from tasks").fetchone() == (0,)

    orphans = psutil.Process(again.process.pid).children(recursive=True)
    assert {"postgres", "temporal"} < {process.name() for process in orphans}
    again.process.kill()
    again.end()
    assert psutil.wait_procs(orphans, timeout=10)[1] == []


@pytest.mark.drill
def test_a_part_that_keeps_dying_ends_the_stack_with_its_reason(data_dir: Path) -> None:
    stack = Supervisor(data_dir, Ports.free(), f"{READY}; time.sleep(.2); raise SystemExit('out of ink')")
    code, said, complaint = stack.end()
    assert code == 1
    assert said.count("worker died (exit code 1); starting it again.") == 4
    assert re.match(r"worker died 5 times within a minute.*worker\.log:\n    out of ink\n$", complaint, re.DOTALL)
    assert living(data_dir) == []


@pytest.mark.drill
def test_a_part_that_dies_at_start_ends_the_start_with_its_reason(data_dir: Path) -> None:
    code, said, complaint = Supervisor(data_dir, Ports.free(), "raise SystemExit('out of ink')").end()
    assert code == 1
    assert "temporal is ready" in said
    assert re.match(r"worker ended at once with exit code 1\. The end of .*worker\.log:\n    out of ink\n$", complaint)
    assert living(data_dir) == []


def test_a_file_of_temporal_that_is_no_database_ends_the_start_before_anything_runs(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "temporal.db").write_text("this is no database")
    code, said, complaint = Supervisor(data_dir, Ports.free()).end()
    assert code == 1
    assert "ready" not in said
    assert complaint == (
        f"{data_dir}/temporal.db is damaged: it is not a database. Move it away, with the -wal and -shm files "
        "beside it, and start again; open processes are then started again by the scheduler.\n"
    )


def test_settings_that_no_part_could_read_end_the_start_before_anything_runs(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOCAL_SECRET_KEY", "short")
    monkeypatch.setenv("FOCAL_COORDINATOR_LANGUAGE", "tlh")
    code, said, complaint = Supervisor(data_dir, Ports.free()).end()
    assert code == 1
    assert "ready" not in said
    assert complaint.startswith("FOCAL_SECRET_KEY must have at least 32 characters; FOCAL_COORDINATOR_LANGUAGE: ")
    assert complaint.endswith(". Correct this in the environment, or leave it out.\n")
    assert not (data_dir / "focal.env").exists()


def test_a_half_written_data_directory_ends_the_start_before_anything_runs(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "base").write_text("half of something")
    code, said, complaint = Supervisor(data_dir, Ports.free()).end()
    assert code == 1
    assert "ready" not in said
    assert f"{data_dir}/postgres is not a complete data directory of PostgreSQL" in complaint
    assert "Move it away" in complaint


async def test_a_taken_port_is_named_with_who_wanted_it_and_what_to_change(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        options = Options(data_dir=data_dir, ports=replace(Ports.free(), temporal_ui=port), parts=())
        with pytest.raises(StackError) as caught:
            async with running(options):
                pytest.fail("it must not start")
    assert str(caught.value) == (
        f"Port {port}, which Temporal's own pages want, cannot be used: address already in use. "
        "Free it, or choose another with --temporal-ui-port NUMBER."
    )
    assert not (data_dir / "postgres").exists()


async def test_a_port_wanted_twice_is_refused(data_dir: Path) -> None:
    ports = Ports.free()
    with pytest.raises(StackError, match=f"Port {ports.answer}, .* is wanted twice.*--answer-port"):
        async with running(Options(data_dir=data_dir, ports=replace(ports, smtp=ports.answer), parts=())):
            pytest.fail("it must not start")


async def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match=f"Focal cannot keep its data in {tmp_path}/file/focal: "):
        async with running(Options(data_dir=tmp_path / "file" / "focal", ports=Ports.free(), parts=())):
            pytest.fail("it must not start")


async def test_a_data_directory_that_is_a_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError) as caught:
        async with running(Options(data_dir=tmp_path / "file", ports=Ports.free(), parts=())):
            pytest.fail("it must not start")
    assert str(caught.value) == (
        f"Focal cannot keep its data in {tmp_path}/file: it is a file. Choose a directory with --data-dir."
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
async def test_an_answer_host_that_is_not_this_machine_is_named_and_no_port_is_blamed(
    data_dir: Path, host: str
) -> None:
    with pytest.raises(StackError) as caught:
        async with running(Options(data_dir=data_dir, ports=Ports.free(), answer_host=host, parts=())):
            pytest.fail("it must not start")
    assert re.fullmatch(
        rf"The answer pages cannot listen on “{host}”: [a-z ]+\. "
        r"Give an address of this machine with --answer-host, for example 127\.0\.0\.1\.",
        str(caught.value),
    )


@pytest.mark.parametrize("port", [-1, 0, 65536, 99999])
async def test_a_port_that_does_not_exist_is_refused(data_dir: Path, port: int) -> None:
    with pytest.raises(StackError) as caught:
        async with running(Options(data_dir=data_dir, ports=replace(Ports.free(), office=port), parts=())):
            pytest.fail("it must not start")
    assert str(caught.value) == (
        f"Port {port}, which the office pages want, does not exist. Give one from 1 to 65535 with --office-port NUMBER."
    )


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.drill)])
def test_a_signal_while_starting_stops_what_was_started(data_dir: Path, number: signal.Signals) -> None:
    stack = Supervisor(data_dir, Ports.free())
    stack.hears("postgres is ready")
    stack.process.send_signal(number)
    code, said, complaint = stack.end()
    assert (code, complaint) == (0, "")
    assert "Focal is running" not in said
    assert living(data_dir) == []


async def test_every_part_that_is_killed_comes_back_and_has_lost_nothing(data_dir: Path) -> None:
    told = asyncio.Queue[str]()
    options = quick(Options(data_dir=data_dir, ports=Ports.free(), parts=(stand_in("worker"),)))

    async def comes_back(stack: Stack, part: str) -> None:
        before = stack.pid(part)
        stack.kill(part)
        async with asyncio.timeout(IN_TIME):
            while await told.get() != f"{part} is back.":
                pass
        assert stack.pid(part) not in {None, before}

    async with running(options, told.put_nowait) as stack:
        stack.postgres.create_database("kept")
        for part in ("worker", "mailbox", "temporal", "postgres"):
            await comes_back(stack, part)
        assert await stack.temporal.ready()
        psycopg.connect(stack.postgres.url("kept").replace("+psycopg", "")).close()
        assert settings_in(data_dir) == stack.settings
    assert living(data_dir) == []
