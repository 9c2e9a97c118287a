"""PostgreSQL as a child: complete or absent data directories, one server each, nothing lost."""

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from embedded import postgres as module
from embedded.postgres import EmbeddedPostgres
from embedded.process import StackError


def address(server: EmbeddedPostgres, database: str = "focal") -> str:
    return server.url(database).replace("postgresql+psycopg", "postgresql")


def ask(server: EmbeddedPostgres, query: str, database: str = "focal") -> object:
    with psycopg.connect(address(server, database)) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def test_what_was_committed_survives_a_stop_and_a_kill(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "postgres")
    for number in (signal.SIGINT, signal.SIGKILL):
        with server:
            server.create_database()
            with psycopg.connect(address(server)) as connection:
                connection.execute("create table if not exists kept (n int)")
                connection.execute("insert into kept values (1)")
            assert server._process
            server._process.send_signal(number)
            server._process.wait(10)
    with server:
        assert ask(server, "select count(*) from kept") == 2


def test_the_applications_role_owns_its_database_and_is_no_superuser(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "postgres", fast=True) as server:
        server.create_database()
        assert ask(server, "select current_user || current_database()") == "focalfocal"
        assert ask(server, "select rolsuper from pg_roles where rolname = current_user") is False
        assert ask(server, "show server_encoding") == "UTF8"
        assert ask(server, "select upper('punt d''informació')") == "PUNT D'INFORMACIÓ"
        server.create_database("copy", template="focal")
        server.drop_database("copy")
        with pytest.raises(psycopg.OperationalError, match='database "copy" does not exist'):
            ask(server, "select 1", "copy")


def test_the_server_has_no_tcp_port_and_a_socket_for_its_own_user(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "postgres", fast=True) as server:
        assert server._process
        process = psutil.Process(server._process.pid)
        assert process.net_connections("tcp") == []
        assert process.username() == (server.user or pwd.getpwuid(os.geteuid()).pw_name)
        assert (open_folder / "postgres").stat().st_mode & 0o077 == 0


def test_a_data_directory_left_half_made_is_made_again(open_folder: Path) -> None:
    half = open_folder / "postgres.partial"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(open_folder / "postgres", fast=True) as server:
        assert server.answers()
    assert not half.exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"base": "x"}, "PG_VERSION is missing"),
        ({"PG_VERSION": "18\n"}, "global/pg_control is missing"),
        ({"PG_VERSION": "16\n", "global/pg_control": "x"}, "was written by PostgreSQL 16"),
    ],
)
def test_a_data_directory_that_cannot_be_used_is_named_and_left_alone(
    open_folder: Path, files: dict[str, str], said: str
) -> None:
    folder = open_folder / "postgres"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    with pytest.raises(StackError, match=said) as caught:
        EmbeddedPostgres(folder).start()
    assert str(folder) in str(caught.value)
    assert "Move it away" in str(caught.value)
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == set(files)


def test_a_process_file_of_a_dead_server_does_not_hinder_even_if_its_number_lives_on(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "postgres", fast=True)
    with server:
        pass
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, user=server.user or None) as other:
        (open_folder / "postgres" / "postmaster.pid").write_text(f"{other.pid}\n{open_folder}/postgres\n0\n5432\n")
        with server:
            assert server.answers()
        other.communicate()


def test_a_second_server_on_the_same_directory_is_refused(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PREDECESSOR_WITHIN", 0.2)
    with EmbeddedPostgres(open_folder / "postgres", fast=True) as first:
        assert first._process
        with pytest.raises(StackError, match=f"Another PostgreSQL .process {first._process.pid}."):
            EmbeddedPostgres(open_folder / "postgres", fast=True).start()
        assert first.answers()


def test_a_start_waits_for_a_server_that_is_still_stopping(open_folder: Path) -> None:
    first, second = (EmbeddedPostgres(open_folder / "postgres", fast=True) for _ in range(2))
    first.start()
    assert first._process
    first._process.send_signal(signal.SIGINT)
    second.start()
    assert first._process.poll() == 0
    second.stop()


def test_a_data_directory_with_a_long_path_gets_a_socket_elsewhere(open_folder: Path) -> None:
    deep = open_folder / ("d" * 60) / ("e" * 60) / "postgres"
    with EmbeddedPostgres(deep, fast=True) as server:
        server.create_database()
        assert ask(server, "select 1") == 1
        assert server._socket_dir != deep
        assert server._socket_dir.stat().st_mode & 0o077 == 0
    server._socket_dir.rmdir()


def test_a_socket_directory_that_somebody_else_could_reach_is_refused(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / ("d" * 100) / "postgres", fast=True)
    server._socket_dir.mkdir()
    server._socket_dir.chmod(0o777)
    try:
        with pytest.raises(StackError, match="open to others"):
            server.start()
    finally:
        server._socket_dir.rmdir()


def test_a_server_that_cannot_start_says_what_its_log_says(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "postgres", fast=True)
    with server:
        pass
    (open_folder / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    begun = time.monotonic()
    with pytest.raises(StackError, match="no_such_setting"):
        server.start()
    assert time.monotonic() - begun < 10
