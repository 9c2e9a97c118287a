"""From the portal's answer to the register: all of it, every fault of it, and the schedule that starts it."""

import json
import logging
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from doors import call_feed as feed
from doors.call_feed import CallFeed
from embedded.fake_calls import PORTAL_CODES
from embedded.fake_portal import FakePortal, open_fake_portal
from models.contracts.calls import CrawlResult
from models.contracts.refusal import Refused
from models.tables.calls import Call, CallDeadline, Crawl
from operations.crawling import take_crawl
from settings import Settings
from store.database import Database, WriteSession
from tests.calls.office import MONDAY, CallOffice, text_of
from tests.conftest import some

CALLS = 40


class Reading:
    """A portal of our own, and a city that reads it."""

    def __init__(self, office: CallOffice) -> None:
        self.office = office
        self.fake = FakePortal.invented(CALLS, MONDAY.date())

    async def sync(self, *programmes: str, now: datetime = MONDAY) -> list[CrawlResult]:
        async with open_fake_portal(self.fake) as address:
            settings = self.office.settings.model_copy(update={"calls_portal_address": address})
            return await CallFeed(self.office.database, settings, lambda: now, pause=0).sync(programmes)

    async def days(self) -> list[tuple[str, date]]:
        async with self.office.database.reading() as session:
            query = select(Call.identifier, CallDeadline.day).join(CallDeadline, CallDeadline.call_id == Call.id)
            return sorted((name, day) for name, day in await session.execute(query))

    async def known(self) -> int:
        async with self.office.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(Call)) or 0


@pytest.fixture
def reading(office: CallOffice) -> Reading:
    return Reading(office)


@pytest.mark.drill
async def test_programmes_are_read_whole_one_after_the_other(reading: Reading):
    cerv, life = await reading.sync("CERV", "LIFE")
    assert (cerv.outcome, life.outcome) == ("taken", "taken")
    assert cerv.inserted + life.inserted == await reading.known() > 10
    again, _ = await reading.sync("CERV", "LIFE")
    assert (again.inserted, again.changed, again.gone) == (0, 0, 0)
    assert again.unchanged == cerv.inserted


REFUSED = ("no-results", "count-as-string", "other-page", "filters-ignored")
FAILED = ("error", "throwable")


@pytest.mark.parametrize(
    ("fault", "outcome"), [*((fault, "refused") for fault in REFUSED), *((fault, "failed") for fault in FAILED)]
)
async def test_whatever_is_wrong_with_an_answer_what_is_known_stands(
    reading: Reading, fault: str, outcome: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("doors.portal.REST", 0)
    await reading.sync("CERV")
    known = await reading.known()
    reading.fake.faults.add(fault)
    for _ in range(2):
        (result,) = await reading.sync("CERV")
        assert (result.outcome, await reading.known()) == (outcome, known)
    assert known > 5
    trouble = [
        mail for mail in await reading.office.mails("feed_trouble") if "calls were left out" not in text_of(mail)
    ]
    (mail,) = trouble
    assert " ".join(result.reason.split()[:4]) in text_of(mail)
    async with reading.office.database.reading() as session:
        assert await session.scalar(select(func.sum(Call.unseen))) == 0


@pytest.mark.parametrize("fault", some(["unknown-status", "to-be-announced", "far-future", "value-is-no-list"]))
async def test_a_row_that_cannot_be_believed_leaves_what_is_known_of_it_and_is_told_once(reading: Reading, fault: str):
    await reading.sync("CERV")
    before, mails = await reading.days(), len(await reading.office.mails("feed_trouble"))
    reading.fake.faults.add(fault)
    for night in (1, 2):
        (result,) = await reading.sync("CERV", now=MONDAY + timedelta(days=night))
        assert await reading.days() == before
        assert result.gone == 0
    assert len(await reading.office.mails("feed_trouble")) == mails + 1


async def test_one_programme_that_cannot_be_read_holds_up_no_other(reading: Reading, caplog: pytest.LogCaptureFixture):
    async with open_fake_portal(reading.fake) as address:
        wish = {"calls_portal_address": address, "calls_programmes": "MOON CERV"}
        settings = reading.office.settings.model_copy(update=wish)
        with caplog.at_level(logging.WARNING):
            assert await CallFeed(reading.office.database, settings, lambda: MONDAY, pause=0).read_calls() == 1
    assert "There is no programme “MOON”" in caplog.text
    async with reading.office.database.reading() as session:
        assert list(await session.scalars(select(Crawl.outcome))) == ["taken"]


async def test_without_an_address_nothing_is_read(office: CallOffice):
    with pytest.raises(Refused, match="FOCAL_CALLS_PORTAL_ADDRESS"):
        CallFeed(office.database, office.settings, lambda: MONDAY)


async def test_whatever_goes_wrong_in_one_programme_is_told_and_holds_up_no_other(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
):
    async def taken(session: WriteSession, settings: Settings, crawl_id: UUID, **wish: Any) -> CrawlResult:
        crawl = await session.get_one(Crawl, crawl_id)
        if crawl.programme_code == "CERV":
            await session.execute(text("select 1 / 0"))
        return await take_crawl(session, settings, crawl_id, **wish)

    monkeypatch.setattr(feed, "take_crawl", taken)
    async with open_fake_portal(reading.fake) as address:
        wish = {"calls_portal_address": address, "calls_programmes": "CERV LIFE"}
        settings = reading.office.settings.model_copy(update=wish)
        assert await CallFeed(reading.office.database, settings, lambda: MONDAY, pause=0).read_calls() == 1
    async with reading.office.database.reading() as session:
        outcomes = await session.execute(select(Crawl.programme_code, Crawl.outcome))
        assert {code: outcome for code, outcome in outcomes} == {"CERV": "failed", "LIFE": "taken"}
    told = [text_of(mail) for mail in await reading.office.mails("feed_trouble")]
    assert any("What came could not be taken, for a reason that nobody thought of: DataError." in each for each in told)


async def test_a_database_that_is_away_is_nobodys_fault_and_ends_the_reading(reading: Reading):
    async with open_fake_portal(reading.fake) as address:
        wish = {"calls_portal_address": address, "calls_programmes": "CERV LIFE"}
        settings = reading.office.settings.model_copy(update=wish)
        nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
        with pytest.raises(OperationalError):
            await CallFeed(nowhere, settings, lambda: MONDAY, pause=0).read_calls()
        await nowhere.close()


async def test_a_number_that_no_column_can_hold_leaves_out_its_call_alone(reading: Reading):
    rows = [row for row in reading.fake.rows if row["metadata"]["frameworkProgramme"] == [PORTAL_CODES["CERV"]]]
    odd = next(row for row in rows if row["metadata"]["type"] == ["1"])
    name = odd["metadata"]["identifier"][0]
    many = {"action": f"{name} - X", "expectedGrants": 10**10}
    odd["metadata"]["budgetOverview"] = [json.dumps({"budgetTopicActionMap": {"1": [many]}})]
    (result,) = await reading.sync("CERV")
    assert result.outcome == "taken"
    assert name in dict(result.problems)
    assert result.inserted > 5
