"""A small city with an open collection, served for real: what every test of the pages begins with."""

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from markupsafe import escape
from playwright.async_api import Browser, BrowserContext, Page
from sqlalchemy import func, select, update

from mail.translation import LANGUAGES, translations
from models.contracts.answering import Typed
from models.contracts.mail import Language, TaskKind
from models.contracts.staff import Role
from models.tables.indicator_collection import Collection
from models.tables.mail import OutgoingMail
from models.tables.process import AuditEvent, TaskSet
from models.tables.task import Answer, Draft, Link, Submission, Task
from operations.answering import open_link, read_form, save_draft, submit
from operations.follow_up import fire_due
from operations.indicator_collection import close_collection, create_set, left_to_ask, open_collection
from operations.links import token
from operations.signing_in import new_link
from operations.staff import grant
from settings import Settings
from store.calendars import load_calendar
from store.database import Database, ReadSession
from tests.world import build_world

COUNT, PERCENT, YES_NO = "TST-E1-OE1-A1-I1", "TST-E1-OE1-A2-I1", "TST-E1-OE1-A2-I2"
"""What Sofia is asked: a count, a percentage, a yes or no."""
FRENCH_FIRST = [
    language if language == "fr" else pytest.param(language, marks=pytest.mark.drill) for language in LANGUAGES
]
"""French has the longest words; the others are looked at in the drills."""
USUAL = re.compile("the server responded|Failed to execute 'postMessage'")
"""What a console says of pages that work: a refusal is wanted; axe knocks at a frame without scripts."""
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is encrypted; without it, every client would read all authorities of this machine."""


@dataclass
class House:
    """The served city. `health` has a focal point who writes Valencian; `ecology` may have none."""

    database: Database
    settings: Settings
    browser: Browser | None
    strange: list[str] = field(default_factory=list)
    """What no page may do: ask another host, run into its own policy, write an error to the console."""

    async def token(self, person: str, kind: TaskKind | None = None) -> str:
        """The token of a person's link into their task (of a kind) of the open quarter."""
        return await link_of(self.database, self.settings, person, "2026-Q4", kind)

    async def task(self, person: str, kind: TaskKind | None = None) -> Task:
        """The task of the open quarter into which a person has a link."""
        async with self.database.reading() as session:
            return await session.get_one(Task, (await find_link(session, person, "2026-Q4", kind)).task_id)

    async def reference(self, person: str, kind: TaskKind | None = None) -> str:
        """Its reference."""
        return (await self.task(person, kind)).reference

    async def ids(self, person: str) -> dict[str, UUID]:
        """The items of a person's form by the code of their indicator."""
        now = datetime.now(UTC)
        async with self.database.reading() as session:
            holder = await open_link(session, await self.token(person), now=now)
            form = await read_form(session, holder, settings=self.settings)
        return {entry.code: entry.item_id for entry in form.entries}

    async def counts(self) -> dict[str, int]:
        """How many rows there are of everything that answering changes."""
        tables = (Link, Draft, Submission, Answer, AuditEvent, OutgoingMail)
        async with self.database.reading() as session:
            return {
                table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0
                for table in tables
            }

    async def change_links(self, **values: object) -> None:
        """Change every link, as time and the office do."""
        async with self.database.transaction() as session:
            await session.execute(update(Link).values(**values))

    async def close_collection(self) -> None:
        """Close the open quarter now."""
        async with self.database.transaction() as session:
            process_id = await session.scalar(select(Collection.process_id).where(Collection.period == "2026-Q4"))
            assert process_id is not None
            await close_collection(session, process_id, by="coordinator", now=datetime.now(UTC))

    async def fire(self, days: int = 5) -> None:
        """Let all that is planned within some days happen, in the first working hour after them."""
        async with self.database.transaction() as session:
            calendar = await load_calendar(session, "valencia")
            wanted = select(TaskSet.id).join(Collection, Collection.process_id == TaskSet.process_id)
            set_id = (await session.scalars(wanted.where(Collection.period == "2026-Q4"))).one()
            at = calendar.sending_instant(datetime.now(UTC) + timedelta(days=days))
            await fire_due(session, self.settings, set_id, at)

    async def answer(self, person: str, typed: dict[str, Typed]) -> str:
        """Answer the open quarter as a person does; gives the submission's reference."""
        return await answer(self.database, self.settings, await self.token(person), typed, datetime.now(UTC))

    @asynccontextmanager
    async def client(self, *, office: bool = False) -> AsyncIterator[httpx.AsyncClient]:
        """A client that is no browser: it sends no `Sec-Fetch-Site` and follows no redirect."""
        address = self.settings.office_url if office else self.settings.answer_url
        async with httpx.AsyncClient(base_url=address, verify=UNUSED) as client:
            yield client

    async def sign_in_path(self, person: str, role: Role | None = "coordinator", unit: str | None = None) -> str:
        """The address of a link that signs a person in, who is given a role first, for a unit or the whole city."""
        now = datetime.now(UTC)
        async with self.database.transaction() as session:
            if role is not None:
                await grant(session, person, role, unit_code=unit, by="operator", now=now)
            return f"/sign-in/{await new_link(session, person, '/', by='operator', now=now)}"

    @asynccontextmanager
    async def staff(
        self, role: Role | None = "coordinator", *, person: str = "mayor", unit: str | None = None
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the office's pages that is signed in; see `sign_in_path`.

        Its cookie is for https and loopback alone, which no client but a browser knows: it is carried by hand.
        """
        async with self.client(office=True) as client:
            entered = await client.post(await self.sign_in_path(person, role, unit))
            name, _, secret = entered.headers["set-cookie"].partition(";")[0].partition("=")
            client.cookies.set(name, secret)
            yield client

    @asynccontextmanager
    async def desk(
        self, role: Role | None = "coordinator", *, person: str = "mayor", unit: str | None = None, **options: object
    ) -> AsyncIterator[Page]:
        """A browser window in which somebody is signed in to the office, through the page of their link."""
        async with self.window(**options) as page:
            await page.goto(self.settings.office_url + await self.sign_in_path(person, role, unit))
            await page.click("main button")
            yield page

    @asynccontextmanager
    async def visitor(self, person: str, kind: TaskKind | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A client that has come in through a person's link."""
        async with self.client() as client:
            await client.post(f"/a/{await self.token(person, kind)}")
            yield client

    @asynccontextmanager
    async def window(self, **options: object) -> AsyncIterator[Page]:
        """A browser window that watches what pages do."""
        if self.browser is None:
            pytest.skip("needs Chromium: `apt install chromium-headless-shell`")
        context: BrowserContext = await self.browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        page = await context.new_page()
        own = (self.settings.answer_url, self.settings.office_url)
        page.on("request", lambda request: None if request.url.startswith(own) else self.strange.append(request.url))
        page.on(
            "console",
            lambda message: None if USUAL.search(message.text) else self.strange.append(message.text),
        )
        page.on("pageerror", lambda error: self.strange.append(str(error)))
        yield page
        await context.close()


async def open_quarter(database: Database, settings: Settings, period: str, now: datetime) -> None:
    """Open a quarter and let its requests leave."""
    async with database.transaction() as session:
        opened = await open_collection(session, "TST", period, by="coordinator", now=now, at_once=True)
    process_id = opened.order.process_id
    async with database.reading() as session:
        asked = await left_to_ask(session, process_id)
    async with database.transaction() as session:
        await create_set(session, process_id, asked, now=now)
    async with database.transaction() as session:
        set_id = (await session.scalars(select(TaskSet.id).where(TaskSet.process_id == process_id))).one()
        await fire_due(session, settings, set_id, now)


async def answer(database: Database, settings: Settings, link: str, typed: dict[str, Typed], now: datetime) -> str:
    """Answer as a person does; gives the submission's reference."""
    async with database.transaction() as session:
        holder = await open_link(session, link, now=now)
        form = await read_form(session, holder, settings=settings)
        fields = {entry.item_id: typed[entry.code] for entry in form.entries if entry.code in typed}
        version = await save_draft(session, holder, fields, now=now)
    async with database.transaction() as session:
        sent = await submit(session, holder, draft_version=version, raw=b"", now=now, settings=settings)
    return sent.submission_reference


async def find_link(session: ReadSession, person: str, period: str, kind: TaskKind | None = None) -> Link:
    """A person's link into a task of a quarter."""
    query = (
        select(Link)
        .join(Task, Task.id == Link.task_id)
        .join(Collection, Collection.process_id == Task.process_id)
        .where(Link.person_code == person, Collection.period == period)
    )
    return (await session.scalars(query if kind is None else query.where(Task.kind == kind))).one()


async def link_of(
    database: Database, settings: Settings, person: str, period: str, kind: TaskKind | None = None
) -> str:
    """The token of a person's link into the task of a quarter."""
    async with database.reading() as session:
        link = await find_link(session, person, period, kind)
    return token(settings.secret_key.get_secret_value(), link.id)


async def furnish(database: Database, settings: Settings) -> None:
    """Two quarters of the small city: the last one answered by Sofia, this one just asked."""
    await build_world(database, focal_points=("health",))
    now = datetime.now(UTC)
    before = now - timedelta(days=60)
    await open_quarter(database, settings, "2026-Q3", before)
    link = await link_of(database, settings, "health", "2026-Q3")
    await answer(database, settings, link, {COUNT: Typed(value="7"), PERCENT: Typed(value="80")}, before)
    await open_quarter(database, settings, "2026-Q4", now)


def said(language: Language, sentence: str, **values: object) -> str:
    """A sentence of the pages in a language, as it stands in HTML."""
    return str(escape(translations(language, "pages").gettext(sentence) % values))
