"""People at their mailboxes: what every demonstration has in common.

They read each mail that arrives, once, and do what its kind makes them do: follow their link and fill in the form
behind it, or reply.
"""

import asyncio
import json
import re
import shutil
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic

import httpx
from pydantic import BaseModel
from sqlalchemy import select

from embedded.ports import Ports
from embedded.stack import Options, Stack
from embedded.supervisor import running
from embedded.visitor import Form, Visitor, link_in
from models.contracts.people import PeopleFile
from models.contracts.refusal import Refused
from models.contracts.staff import Role
from models.tables.mail import OutgoingMail
from models.tables.task import Item, Task
from operations.catalogue import FOLDER, load, read_documents
from operations.people import import_people
from operations.signing_in import new_link
from operations.staff import grant
from settings import DATA_DIR_VARIABLE, ENVIRONMENT_FILE, Settings
from store.calendars import load_calendar, save_demonstration_calendar
from store.database import Database

CALENDAR = "demonstration"
ROSTER = (("units.csv", "persons.csv", "focal_points.csv", "absences.csv"), ("gap.csv",))
"""Imported in this order: the gap is a focal point whose appointment has ended and who has no successor."""
OFFICE = {
    "FOCAL_COORDINATOR_NAME": "Servei de Turisme i Internacionalització",
    "FOCAL_COORDINATOR_ADDRESS": "internacional@valencia.example",
    "FOCAL_MAIL_FROM_ADDRESS": "focal@valencia.example",
    "FOCAL_MAIL_DOMAIN": "focal.valencia.example",
}

STAFF: tuple[tuple[str, Role, str | None], ...] = (
    ("neus.climent", "coordinator", None),
    ("amparo.ferrandis", "manager", None),
    ("rafael.montesinos", "manager", "ACT-VLC-ECO"),
    ("thomas.whitfield", "operator", None),
)
"""Who works on the office's pages, as what, and for which unit; None: for the whole city."""


@dataclass(frozen=True)
class Arrived:
    """A mail that has arrived.

    `reference`: of its task, what stands in brackets in its subject; may be empty. `nth`: how many of its kind have
    reached this address.
    """

    id: str
    kind: str
    address: str
    reference: str
    nth: int


@dataclass(frozen=True)
class Stage:
    """Where a demonstration plays: everything that runs, and how long a working day lasts."""

    stack: Stack
    database: Database
    data_dir: Path
    seconds_per_day: float
    say: Callable[[str], None]

    @property
    def settings(self) -> Settings:
        """The settings that everything runs with."""
        return Settings(_env_file=self.data_dir / ENVIRONMENT_FILE, data_dir=self.data_dir)


class Townhall(ABC):
    """The people of a city hall. What each mail makes them do is for the demonstration to say."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.stack = stage.stack
        self.database = stage.database
        self.seen = 0
        self.too_late = 0
        self._mailbox = httpx.AsyncClient(base_url=self.stack.mailbox_url)
        self._read: set[str] = set()
        self._had: Counter[tuple[str, str]] = Counter()
        self._busy: set[asyncio.Task[None]] = set()
        self._hands: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Nobody fills in two forms of one task at once."""

    @abstractmethod
    async def act(self, mail: Arrived, task: Task | None) -> None:
        """Do what a mail makes its reader do; `task`: the one it is about."""

    async def read_mail(self) -> None:
        """Read every mail that is new, oldest first, and begin what it makes people do."""
        listed = (await self._mailbox.get("/mails.json", params={"limit": 1000})).json()["mails"]
        for mail in reversed(listed):
            if mail["id"] in self._read:
                continue
            self._read.add(mail["id"])
            self.seen = len(self._read)
            source = (await self._mailbox.get(f"/mails/{mail['id']}/source")).text
            kind = source.partition("X-Focal-Mail: ")[2].partition("\n")[0].strip()
            if not kind:
                continue  # what people reply passes through the same mailbox
            (address,) = mail["envelope_to"]
            self._had[(address, kind)] += 1
            reference = mail["subject"][1:].partition("]")[0] if mail["subject"].startswith("[") else ""
            arrived = Arrived(mail["id"], kind, address, reference, self._had[(address, kind)])
            self._busy.add(asyncio.create_task(self._begin(arrived)))

    async def finish(self) -> None:
        """Let everybody finish; what went wrong for anybody is raised here."""
        await asyncio.gather(*self._busy)
        await self._mailbox.aclose()

    async def text_of(self, mail: Arrived) -> str:
        """The text part of a mail."""
        return (await self._mailbox.get(f"/mails/{mail.id}/text")).text

    async def link_of(self, mail: Arrived) -> str:
        """The personal link that a mail carries."""
        return link_in(await self.text_of(mail), self.stack.answer_url)

    async def reply(self, mail: Arrived, sender: str, text: str) -> None:
        """Reply to a mail, with what it says quoted below."""
        page = await self._mailbox.post(f"/mails/{mail.id}/reply", data={"sender": sender, "text": text})
        if not page.is_redirect:
            raise RuntimeError(f"The reply of {sender} was not taken: {page.status_code}.")

    async def answer(self, mail: Arrived, task: Task, answers: Mapping[str, tuple[str, str, str]]) -> None:
        """Answer questions in the form behind a mail: choice, value and reason by the question's key."""
        async with self.database.reading() as session:
            items = (await session.scalars(select(Item).where(Item.task_id == task.id))).all()
        filled: dict[str, str] = {}
        for item in items:
            given = answers.get(item.question or "")
            if given is not None:
                filled |= dict(zip((f"{name}-{item.id}" for name in ("choice", "value", "reason")), given, strict=True))
        async with Visitor(self.stack.answer_url) as visitor:
            form = await visitor.open(await self.link_of(mail))
            await send(await visitor.press(form, filled, button="check"), visitor)

    async def browse(self, mail: Arrived, path: str) -> httpx.Response:
        """Follow a link of a mail that begins with a path, without an account and without a person's link."""
        found = re.search(rf"{re.escape(self.stack.answer_url + path)}[A-Za-z0-9_-]+", await self.text_of(mail))
        if found is None:
            raise LookupError(f"no link to {path} in the mail")
        async with httpx.AsyncClient(headers={"Origin": self.stack.answer_url}) as browser:
            return (await browser.get(found[0])).raise_for_status()

    async def press(self, form: Form, values: Mapping[str, str]) -> None:
        """Send a form that somebody without a link of their own has filled in."""
        async with httpx.AsyncClient(headers={"Origin": self.stack.answer_url}) as browser:
            answer = await browser.post(form.action, data={**form.values, **values}, follow_redirects=True)
            answer.raise_for_status()

    async def today(self) -> date:
        """The day of the demonstration's calendar."""
        async with self.database.reading() as session:
            return (await load_calendar(session, CALENDAR)).day(datetime.now(UTC))

    async def _begin(self, mail: Arrived) -> None:
        async with self.database.reading() as session:
            task = await session.scalar(select(Task).where(Task.reference == mail.reference))
        async with self._hands[mail.reference]:
            try:
                await self.act(mail, task)
            except httpx.HTTPStatusError as refusal:
                if refusal.response.status_code != httpx.codes.CONFLICT:
                    raise
                self.too_late += 1
            except LookupError:
                self.too_late += 1


async def send(check_page: list[Form], visitor: Visitor) -> None:
    """Press the button that sends what was checked."""
    (form,) = (form for form in check_page if form.action.endswith("/send"))
    await visitor.press(form, {})


def make_room(data_dir: Path) -> None:
    """An empty data directory; only one that a demonstration made is emptied.

    Raises:
        Refused: the directory holds something else.

    """
    mark = data_dir / "demonstration"
    if mark.exists():
        shutil.rmtree(data_dir)
    try:
        data_dir.mkdir(parents=True)
    except FileExistsError:
        raise Refused(
            f"{data_dir} is there and was not made by a demonstration: choose another place with --data-dir."
        ) from None
    mark.touch()


class Post(BaseModel):
    """The mails of a demonstration, counted from the rows and from the mailbox."""

    kinds: dict[str, int]
    """Those that were accepted, by their name."""
    written: int
    withdrawn: int
    arrived: int
    lost: int
    doubled: int

    def wrong(self) -> list[str]:
        """What does not add up, in sentences."""
        checks = {
            "a mail was lost": self.lost == 0,
            "a mail came twice": self.doubled == 0,
            "mails arrived that were not written": self.arrived == self.written - self.withdrawn,
        }
        return [sentence for sentence, holds in checks.items() if not holds]

    def lines(self) -> list[str]:
        """They for people."""
        return [
            "mails       " + ", ".join(f"{count} {name}" for name, count in sorted(self.kinds.items())),
            (
                f"            {self.written} written, {self.withdrawn} withdrawn because the answer came first, "
                f"{self.lost} lost, {self.doubled} doubled"
            ),
        ]


class Summary(BaseModel):
    """What happened, in numbers that have to add up."""

    seconds: float = 0
    post: Post
    wrong: list[str] = []

    def lines(self) -> list[str]:
        """The summary for people."""
        return self.post.lines()


async def perform(
    show: Callable[[Stage], Awaitable[Summary]],
    data_dir: Path,
    *,
    seconds_per_day: float,
    json_file: Path | None,
    stay: bool,
    say: Callable[[str], None],
) -> int:
    """Run a demonstration in a data directory of its own; 0 only if its numbers add up."""
    make_room(data_dir)
    options = Options(data_dir=data_dir, ports=Ports.free(), fast=True, settings=OFFICE)
    async with running(options, say) as stack:
        database = Database(stack.database_url)
        try:
            began = monotonic()
            summary = await show(Stage(stack, database, data_dir, seconds_per_day, say))
            summary.seconds = round(monotonic() - began, 1)
        finally:
            await database.close()
        say("")
        say(f"It took {summary.seconds:.0f} s.")
        for line in summary.lines():
            say(f"  {line}")
        for sentence in summary.wrong:
            say(f"  WRONG       {sentence}")
        say("The numbers add up." if not summary.wrong else "The numbers do not add up.")
        if json_file is not None:
            json_file.write_text(json.dumps(summary.model_dump(), indent=2, ensure_ascii=False) + "\n", "utf-8")  # noqa: ASYNC240
        if stay:
            await _invite(stack, data_dir, say)
            await asyncio.Event().wait()
    return 1 if summary.wrong else 0


async def _invite(stack: Stack, data_dir: Path, say: Callable[[str], None]) -> None:
    """Say how to look around, as each of those who work there."""
    database = Database(stack.database_url)
    try:
        async with database.transaction() as session:
            token = await new_link(session, STAFF[0][0], "/", by="operator", now=datetime.now(UTC))
    finally:
        await database.close()
    say("")
    say(f"Look around as {STAFF[0][0]}, {STAFF[0][1]} (once, within 30 minutes):")
    say(f"  {stack.office_url}/sign-in/{token}")
    say(f"As somebody else: {stack.office_url}/sign-in, whose mail arrives in {stack.mailbox_url}")
    for person, role, unit in STAFF:
        say(f"  {person}@valencia.example  {role} for {unit or 'the whole city'}")
    say(f"A new link: `{DATA_DIR_VARIABLE}={data_dir} focal staff link {STAFF[0][0]}`. Ctrl-C ends it.")


@asynccontextmanager
async def at_the_office(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of the office who has signed in; the cookie, which is for https and loopback, is carried by hand."""
    async with stage.database.transaction() as session:
        token = await new_link(session, STAFF[0][0], "/", by="operator", now=datetime.now(UTC))
    async with httpx.AsyncClient(base_url=stage.stack.office_url) as client:
        entered = await client.post(f"/sign-in/{token}")
        client.headers["cookie"] = entered.headers["set-cookie"].partition(";")[0]
        yield client


async def prepare(stage: Stage, first_day: date, *, rest: timedelta = timedelta(0)) -> datetime:
    """Load the plans and the roster, and make a calendar of short days that begins after a `rest`; gives now."""
    async with stage.database.transaction() as session:
        await load(session, read_documents())
        for names in ROSTER:
            files = [PeopleFile(name, (FOLDER / "demonstration" / name).read_bytes()) for name in names]
            await import_people(session, files, now=datetime.now(UTC), dry_run=False)
    now = datetime.now(UTC)
    async with stage.database.transaction() as session:
        for person, role, unit in STAFF:
            await grant(session, person, role, unit_code=unit, by="operator", now=now)
        await save_demonstration_calendar(
            session,
            code=CALENDAR,
            like="valencia",
            origin=now + rest,
            first_day=first_day,
            seconds=stage.seconds_per_day,
        )
    stage.say(f"A working day lasts {stage.seconds_per_day:g} s.")
    return now


async def count_post(stage: Stage) -> Post:
    """Count the mails twice, from the rows and from the mailbox."""
    async with httpx.AsyncClient(base_url=stage.stack.mailbox_url) as mailbox:
        listed = (await mailbox.get("/mails.json", params={"limit": 1000})).json()["mails"]
    own = f"@{OFFICE['FOCAL_MAIL_DOMAIN']}"
    arrived = [mail for mail in listed if not any(address.endswith(own) for address in mail["envelope_to"])]
    ids = Counter(mail["message_id"] for mail in arrived)
    async with stage.database.reading() as session:
        rows = await session.execute(select(OutgoingMail.message_id, OutgoingMail.name, OutgoingMail.state))
        written = rows.all()
    return Post(
        kinds=dict(Counter(name for _, name, state in written if state == "accepted")),
        written=len(written),
        withdrawn=sum(state == "withdrawn" for *_, state in written),
        arrived=len(arrived),
        lost=sum(state == "accepted" and message_id not in ids for message_id, _, state in written)
        + sum(state not in {"accepted", "withdrawn"} for *_, state in written),
        doubled=sum(count - 1 for count in ids.values()),
    )


async def live(hall: Townhall, *, over: Callable[[], bool], line: Callable[[], Awaitable[str]], days: int) -> None:
    """Let people read their mail and act on it until it is over, or this many working days have passed."""
    seconds, say = days * hall.stage.seconds_per_day + 10, hall.stage.say
    deadline = monotonic() + seconds
    shown = ""
    while not over() and monotonic() < deadline:
        await hall.read_mail()
        said = await line()
        if said[:15] != shown[:15]:
            say(said)
            shown = said
        await asyncio.sleep(0.1)
    say(await line())
    await hall.finish()
