"""A small city that reads and enters calls: what the portal lists is given row by row, the clock is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select

from models.contracts.call_entry import read_entry
from models.contracts.calls import CallChange, CrawlResult, DeadlineRead, ReadCall
from models.contracts.portal import RowRefused
from models.tables.calls import Call, CallDeadline, CallTheme, Programme
from models.tables.mail import OutgoingMail
from operations.call_digest import write_digest
from operations.calls import add_call
from operations.crawling import begin_crawl, stage_page, take_crawl
from settings import Settings
from store.calls import deadlines_of, find_call
from store.database import Database
from tests.world import build_world

MONDAY = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
"""9 o'clock in València, on the first working day of the year."""
SEVENTEEN, BRUSSELS = time(17), "Europe/Brussels"


def at(day: date, hour: time = SEVENTEEN, *, entered: bool = False) -> DeadlineRead:
    """A deadline by the clock of Brussels."""
    return DeadlineRead(day=day, hour=hour, zone=BRUSSELS, entered=entered)


def row(name: str = "CERV-2027-TOWNS-01", *days: date, **changes: Any) -> ReadCall:
    """A call as the portal's rows are read; its days are its deadlines, by default one on 23 March."""
    deadlines = tuple(map(at, days or (date(2027, 3, 23),)))
    usual: dict[str, Any] = {
        "identifier": name,
        "kind": "topic",
        "programme": "CERV",
        "portal_id": f"number of {name}",
        "title": "Networks of Towns",
        "portal_status": "open",
        "opens_on": date(2026, 12, 1),
        "raw_days": tuple(f"{each.day}T00:00:00.000+0000" for each in deadlines),
        "deadlines": deadlines,
        "budget": 12_000_000,
        "description": "<p>Exchanges of citizens.</p>",
        "url": "https://ec.europa.eu/info/funding-tenders/",
    }
    return ReadCall.model_validate({**usual, **changes})


def entry(**changes: Any) -> dict[str, Any]:
    """A call as a person writes it down."""
    usual: dict[str, Any] = {
        "identifier": "URBACT-2027-APN",
        "programme": "URBACT",
        "title": "Action Planning Networks",
        "url": "https://urbact.eu/calls",
        "deadlines": [{"day": "2027-03-31", "hour": "15:00"}],
    }
    return {**usual, **changes}


async def build_call_office(database: Database) -> None:
    """The small city with two programmes; HEALTH looks for calls about loneliness, ECOLOGY for those of towns."""
    await build_world(database)
    async with database.transaction() as session:
        for code, portal_code, hour in (("CERV", "43251589", 17), ("LIFE", "43252405", 17), ("URBACT", None, 15)):
            programme = Programme(code=code, name=f"Programme {code}", portal_code=portal_code)
            programme.cutoff_hour, programme.zone = time(hour), BRUSSELS
            session.add(programme)
        await session.flush()
        for action, units, keywords in (
            ("TST-E1-OE1-A1", ["HEALTH"], ["loneliness", "mental health"]),
            ("TST-E1-OE1-A2", ["ECOLOGY", "ELSEWHERE"], ["network of towns", "networks of towns", "city network"]),
            ("TST-E1-OE1-A3", ["ELSEWHERE"], ["citizens"]),
        ):
            own = {"units": units, "keywords": keywords, "programmes": []}
            session.add(CallTheme(code=action, plan_code="TST", action_code=action, **own))


@dataclass
class CallOffice:
    """The city's register of calls, and the clock in the test's hands."""

    database: Database
    settings: Settings

    async def crawl(
        self, *rows: ReadCall | RowRefused, now: datetime = MONDAY, programme: str = "CERV", accept_loss: bool = False
    ) -> CrawlResult:
        """All that the portal lists of a programme is read, two rows a page, and taken or not."""
        async with self.database.transaction() as session:
            crawl_id, _ = await begin_crawl(session, programme, now=now)
        for first in range(0, len(rows), 2):
            async with self.database.transaction() as session:
                await stage_page(session, crawl_id, rows[first : first + 2])
        async with self.database.transaction() as session:
            return await take_crawl(session, self.settings, crawl_id, accept_loss=accept_loss, now=now)

    async def enter(self, now: datetime = MONDAY, **changes: Any) -> Call:
        async with self.database.transaction() as session:
            return await add_call(session, read_entry(entry(**changes)), by="coordinator", now=now)

    async def digest(self, now: datetime = MONDAY) -> int:
        async with self.database.transaction() as session:
            return await write_digest(session, self.settings, now=now)

    async def call(self, identifier: str = "CERV-2027-TOWNS-01") -> Call:
        async with self.database.reading() as session:
            return await find_call(session, identifier)

    async def change(self, identifier: str = "CERV-2027-TOWNS-01") -> CallChange:
        return CallChange.model_validate((await self.call(identifier)).change)

    async def deadlines(self, identifier: str = "CERV-2027-TOWNS-01") -> Sequence[CallDeadline]:
        async with self.database.reading() as session:
            call = await find_call(session, identifier)
            return (await deadlines_of(session, [call.id]))[call.id]

    async def days(self, identifier: str = "CERV-2027-TOWNS-01") -> list[date]:
        return [deadline.day for deadline in await self.deadlines(identifier)]

    async def mails(self, name: str) -> list[OutgoingMail]:
        async with self.database.reading() as session:
            query = select(OutgoingMail).where(OutgoingMail.name == name).order_by(OutgoingMail.created_at)
            return list(await session.scalars(query))


def text_of(mail: OutgoingMail) -> str:
    """The text part of a mail, its lines joined."""
    from email import message_from_bytes, policy

    body = message_from_bytes(mail.rfc822, policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())
