"""A small IMAP server that keeps mails, and misbehaves where a test wants it: it refuses, says BYE, or falls silent."""

import asyncio
import re
import ssl
from base64 import b64decode
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum, auto

USER, PASSWORD = "focal", 'se"cret'


class Act(Enum):
    """What the server does instead of answering a command."""

    BYE = auto()
    DROP = auto()
    SILENCE = auto()
    REFUSE = auto()


@dataclass
class Stored:
    """One mail in a folder."""

    uid: int
    raw: bytes
    arrived: date
    size: int
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """What the server has, is told to do, and saw."""

    port: int = 0
    can_move: bool = True
    folders: dict[str, list[Stored]] = field(default_factory=lambda: {"INBOX": []})
    acts: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    commands: list[str] = field(default_factory=list)
    open_lines: int = 0
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as the server falls silent somewhere."""
    _uids: int = 0

    def add(self, *raws: bytes, arrived: date | None = None, size: int | None = None) -> None:
        """Put mails into the inbox; `size` is what is said of them, if it is not the truth."""
        for raw in raws:
            self._uids += 1
            day = arrived or datetime.now(UTC).date()
            self.folders["INBOX"].append(Stored(self._uids, raw, day, len(raw) if size is None else size))

    def on(self, command: str, *acts: Act) -> None:
        """Do this when a command begins so, once each."""
        self.acts[command] += acts

    def raws(self, folder: str) -> list[bytes]:
        """The mails in a folder."""
        return [mail.raw for mail in self.folders.get(folder, [])]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_lines += 1
        try:
            writer.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
            while line := await reader.readline():
                tag, _, command = line.decode().rstrip("\r\n").partition(" ")
                self.commands.append(command)
                if not await self._answer(tag, command, reader, writer):
                    break
        finally:
            self.open_lines -= 1
            writer.close()

    async def _answer(self, tag: str, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one command; gives whether the line stays open."""
        match self._told(command):
            case Act.BYE:
                writer.write(b"* BYE Server shutting down.\r\n")
                return False
            case Act.DROP:
                return False
            case Act.SILENCE:
                self.silent.set()
                await reader.read()  # until the other side gives up
                return False
            case Act.REFUSE:
                writer.write(f"{tag} NO refused\r\n".encode())
                return True
        if command.startswith("AUTHENTICATE"):
            writer.write(b"+ \r\n")
            command = f"PLAIN {b64decode(await reader.readline()).decode()}"
        said = self._run(command)
        writer.write(b"".join(said[:-1]) + f"{tag} ".encode() + said[-1] + b"\r\n")
        return command != "LOGOUT"

    def _told(self, command: str) -> Act | None:
        for beginning, acts in self.acts.items():
            if acts and command.startswith(beginning):
                return acts.pop(0)
        return None

    def _run(self, command: str) -> list[bytes]:
        name, _, rest = command.removeprefix("UID ").partition(" ")
        inbox = self.folders["INBOX"]
        match name:
            case "CAPABILITY":
                return [b"* CAPABILITY IMAP4rev1 " + (b"MOVE" if self.can_move else b"") + b"\r\n", b"OK done"]
            case "LOGIN":
                expected = f'"{USER}" "{PASSWORD.replace(chr(34), chr(92) + chr(34))}"'
                return [b"OK done" if rest == expected else b"NO wrong password"]
            case "PLAIN":
                return [b"OK done" if rest == "\0núria\0contrasenya ç" else b"NO wrong password"]
            case "SELECT":
                return [f"* {len(inbox)} EXISTS\r\n".encode(), b"OK [READ-WRITE] done"]
            case "LIST":
                return [*(f'* LIST () "." "{name}"\r\n'.encode() for name in self.folders), b"OK done"]
            case "CREATE":
                self.folders[rest.strip('"')] = []
                return [b"OK done"]
            case "SEARCH":
                return [
                    b"* SEARCH " + " ".join(str(mail.uid) for mail in inbox if found(mail, rest)).encode(),
                    b"\r\n",
                    b"OK done",
                ]
            case "FETCH":
                return [*self._fetch(rest), b"OK done"]
            case "MOVE" | "COPY":
                uids, _, folder = rest.partition(" ")
                self.folders[folder.strip('"')] += self._chosen(uids)
                if name == "MOVE":
                    self._remove(self._chosen(uids))
                return [b"OK done"]
            case "STORE":
                for mail in self._chosen(rest.split(" ")[0]):
                    mail.flags.add("\\Deleted")
                return [b"OK done"]
            case "EXPUNGE":
                self._remove([mail for mail in inbox if "\\Deleted" in mail.flags])
                return [b"OK done"]
            case "LOGOUT":
                return [b"* BYE Logging out\r\n", b"OK done"]
        return [b"BAD unknown command"]

    def _fetch(self, rest: str) -> list[bytes]:
        uids, _, what = rest.partition(" ")
        said = []
        for number, mail in enumerate(self._chosen(uids), start=1):
            if what == "(UID RFC822.SIZE)":
                said.append(f"* {number} FETCH (RFC822.SIZE {mail.size} UID {mail.uid})\r\n".encode())
            else:
                assert what == "(BODY.PEEK[])", "anything else would mark it as seen"
                said.append(f"* {number} FETCH (FLAGS (\\Recent))\r\n".encode())
                said.append(f"* {number} FETCH (UID {mail.uid} BODY[] {{{len(mail.raw)}}}\r\n".encode())
                said.append(mail.raw + b")\r\n")
        return said

    def _chosen(self, uids: str) -> list[Stored]:
        numbers = {int(uid) for uid in uids.split(",")}
        return [mail for mail in self.folders["INBOX"] if mail.uid in numbers]

    def _remove(self, mails: list[Stored]) -> None:
        self.folders["INBOX"] = [mail for mail in self.folders["INBOX"] if mail not in mails]


def found(mail: Stored, criteria: str) -> bool:
    """Whether a mail meets the two criteria that are asked for."""
    if criteria == "UNDELETED":
        return "\\Deleted" not in mail.flags
    before = re.fullmatch(r"\(BEFORE (\d+-[A-Z][a-z]{2}-\d{4})\)", criteria)
    assert before, criteria
    return mail.arrived < datetime.strptime(before[1], "%d-%b-%Y").replace(tzinfo=UTC).date()


@asynccontextmanager
async def imap_server(security: ssl.SSLContext | None = None) -> AsyncIterator[ImapServer]:
    """A server on a port of its own, on loopback."""
    told = ImapServer()
    async with await asyncio.start_server(told.serve, "127.0.0.1", 0, ssl=security, limit=2**20) as listening:
        told.port = listening.sockets[0].getsockname()[1]
        yield told
