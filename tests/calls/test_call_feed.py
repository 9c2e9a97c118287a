"""From the portal's answer to the register: all of it, every fault of it, and the schedule that starts it."""

import logging
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from doors.call_feed import CallFeed
from embedded.fake_portal import FakePortal, open_fake_portal
from models.contracts.calls import CrawlResult
from models.contracts.refusal import Refused
from models.tables.calls import Call, CallDeadline, Crawl
from tests.calls.office import MONDAY, CallOffice, text_of

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


@pytest.mark.parametrize("fault", ["unknown-status", "to-be-announced", "far-future", "value-is-no-list"])
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
