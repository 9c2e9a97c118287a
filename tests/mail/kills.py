"""Senders that are killed while they work, and the account of what arrived."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP
from sqlalchemy import insert, select

from mail.message import Envelope, build, message_id, thread_root
from mail.render import Rendered
from models.tables.mail import OutgoingMail
from settings import Settings
from store.database import Database
from tests.mail.sending import build_sender, fast_clock

HOUSE = Path(__file__).resolve().parents[2]
SENDERS = 2
SLOWEST_REPLY = 0.03
"""Seconds in which the server acknowledges a text at the latest: in between, a sender may die."""
AT_ONCE = 500
DOMAIN = "focal.example"


@dataclass(frozen=True)
class Account:
    """What became of the mails. `copies`: how many arrived beyond the first of each, byte for byte the same."""

    mails: int
    kills: int
    lost: int
    distinguishable: int
    copies: int
    states: dict[str, int]
    seconds: float


class Sink:
    """A mail server that keeps the hash of every text by its Message-ID, and takes its time to acknowledge it."""

    def __init__(self, dice: random.Random) -> None:
        self.arrived: dict[str, list[str]] = defaultdict(list)
        self._dice = dice
        self._changed = asyncio.Condition()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        raw = bytes(envelope.original_content)
        self.arrived[str(BytesHeaderParser().parsebytes(raw)["Message-ID"])].append(sha256(raw).hexdigest())
        async with self._changed:
            self._changed.notify_all()
        await asyncio.sleep(self._dice.uniform(0, SLOWEST_REPLY))
        return "250 2.0.0 taken"

    async def until(self, count: int) -> None:
        """Wait until so many different mails have arrived."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.arrived) >= count)


@asynccontextmanager
async def nursery(settings: Settings, since: datetime, speed: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process that senders are forked from, whose clock runs fast from an instant on."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FOCAL_")}
    environment |= {
        "FOCAL_DATABASE_URL": settings.database_url.get_secret_value(),
        "FOCAL_SECRET_KEY": settings.secret_key.get_secret_value(),
        "FOCAL_SMTP_PORT": str(settings.smtp_port),
    }
    command = (sys.executable, "-m", "tests.mail.sending", since.isoformat(), str(speed))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=HOUSE, env=environment, stdin=pipe, stdout=pipe)
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def start_sender(nursery: asyncio.subprocess.Process) -> int:
    """Fork a sender off; gives its process id."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(b"\n")
    return int(await nursery.stdout.readline())


async def fill(database: Database, count: int, now: datetime) -> dict[str, str]:
    """Put mails into the outbox; gives the hash of the frozen bytes of each by its Message-ID."""
    rows, frozen = [], {}
    for number in range(count):
        key = f"drill:{number}"
        raw = build(
            Envelope(
                key=key,
                name="task_request",
                sender_name="Servei d'Internacionalització",
                sender_address=f"focal@{DOMAIN}",
                recipient_name=f"Persona {number}",
                recipient_address=f"person-{number}@prova.example",
                reply_to=None,
                domain=DOMAIN,
                language="ca",
                date=now,
                thread=thread_root(key, DOMAIN),
            ),
            Rendered(subject=f"Prova {number}", text=f"Bon dia {number}\n.\n", html="<p>Bon dia</p>\n"),
        )
        frozen[message_id(key, DOMAIN)] = sha256(raw).hexdigest()
        rows.append(
            {
                "id": uuid4(),
                "key": key,
                "name": "task_request",
                "language": "ca",
                "wanted_while_open": False,
                "subject": f"Prova {number}",
                "message_id": message_id(key, DOMAIN),
                "mail_from": f"b+{number}@{DOMAIN}",
                "recipient": f"person-{number}@prova.example",
                "rfc822": raw,
                "state": "ready",
                "created_at": now,
                "due_at": now,
                "not_before": now,
            }
        )
    async with database.transaction() as session:
        for first in range(0, count, AT_ONCE):
            await session.execute(insert(OutgoingMail), rows[first : first + AT_ONCE])
    return frozen


async def drill(database: Database, settings: Settings, *, mails: int, kills: int, seed: int, speed: int) -> Account:
    """Send mails with two senders, of which now and then one is killed at a random point; then let all leave.

    `speed`: so much faster runs their clock. At 100, the twelve minutes of a lease are over in seven seconds.
    """
    began, dice = asyncio.get_running_loop().time(), random.Random(seed)  # noqa: S311
    sink = Sink(dice)
    listening = await asyncio.get_running_loop().create_server(lambda: SMTP(sink), host="127.0.0.1", port=0)
    port = listening.sockets[0].getsockname()[1]
    own, since = settings.model_copy(update={"smtp_port": port}), datetime.now(UTC)
    frozen = await fill(database, mails, since)
    # While the last twentieth is still to come, so that every kill hits a sender with something to do.
    points = sorted(dice.randrange(mails - mails // 20) for _ in range(kills))
    async with listening, nursery(own, since, speed) as forking:
        senders = [await start_sender(forking) for _ in range(SENDERS)]
        for point in points:
            await sink.until(point)
            await asyncio.sleep(dice.uniform(0, SLOWEST_REPLY))
            unlucky = dice.randrange(SENDERS)
            os.kill(senders[unlucky], signal.SIGKILL)
            senders[unlucky] = await start_sender(forking)
        for sender in senders:
            os.kill(sender, signal.SIGKILL)
        await let_all_leave(database, own, fast_clock(since, speed))
    async with database.reading() as session:
        states = Counter(await session.scalars(select(OutgoingMail.state)))
    return Account(
        mails=mails,
        kills=kills + SENDERS,
        lost=len(frozen.keys() - sink.arrived.keys()),
        distinguishable=sum({frozen[name]} != set(hashes) for name, hashes in sink.arrived.items()),
        copies=sum(len(hashes) - 1 for hashes in sink.arrived.values()),
        states=states,
        seconds=asyncio.get_running_loop().time() - began,
    )


async def let_all_leave(database: Database, settings: Settings, clock: Callable[[], datetime]) -> None:
    """A sender whose clock is still further ahead takes over what the dead ones held."""
    ahead = timedelta(hours=1)
    sender, transport = build_sender(settings, database, lambda: clock() + ahead)
    while await sender.send_waiting():
        ahead += timedelta(hours=1)
    await transport.close()
