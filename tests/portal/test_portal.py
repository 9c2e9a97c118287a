"""The client against the fake portal, with every fault of it switched on, one by one."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import Response

from doors.portal import Portal
from embedded.fake_portal import FAULTS, FakePortal, open_fake_portal
from models.contracts.calls import ReadCall
from models.contracts.portal import CrawlRefused, PortalAway, RowRefused
from tests.conftest import some
from tests.portal.reading import CONTACT, SCOPES, TODAY, Naps, calls, crawl, refused

LIFE = SCOPES["LIFE"]
TWO_PAGES = 510
"""So many calls in all that those of LIFE fill more than one page."""
HIDDEN = "LIFE-2027-REUSE-TWO-02"
"""Closed after its first stage, and so in no listing."""
AWAY = {
    "error": "asked 3 times: 500 ",
    "throwable": "asked 3 times: an error under the status 200: An internal error occurred",
    "slow": "asked 3 times: no answer within 0.2 seconds",
}
SHIFTED = {
    "too-large": "does not take the question for page 1 of the calls of LIFE (type 1): 400 ",
    "unsupported": "does not take the question for page 1 of the calls of LIFE (type 1): 415 ",
    "total-changes": "page 2 of the calls of LIFE (type 1) there are 103: the listing changed",
    "capped-page": "100 rows of page 1 of the calls of LIFE (type 1) were asked for; page 1 with 50 came",
    "other-page": "page 1 of the calls of LIFE (type 1) were asked for; page 2 with 100 came",
    "duplicate-rows": "came a second time, on page 1",
    "empty-page": "0 rows came with page 2 of the calls of LIFE (type 1); of 102, 2 were to come",
    "more-rows": "2 rows came with page 2 of the calls of LIFE (type 1); of 101, 1 were to come",
    "count-as-string": "page 1 of the calls of LIFE (type 1) is not the agreed one: totalResults: ",
    "value-is-no-list": "results.0.metadata.keywords: ",
    "filters-ignored": "has the frameworkProgramme 43251589, and 43252405 was asked for",
    "endless": "4170000 rows on page 1 of the calls of LIFE (type 1): what was asked for was not heeded",
}
HARMLESS = ("error-once", "bom", "questions", "copies")
SPOILT = {
    "unknown-status": "Its status is “31094599”",
    "script": "Its description holds what a browser would run.",
    "link-outside": "Its link leaves the Union's domain: https://europa.eu.funding.example/apply",
}
UNCLEAR = {"to-be-announced": "To be announced", "far-future": "2099-12-31T00:00:00.000+0000"}


def test_every_fault_of_the_portal_is_tried_here():
    assert {*AWAY, *SHIFTED, *HARMLESS, *SPOILT, *UNCLEAR, "no-results"} == set(FAULTS)


async def test_a_crawl_gives_all_calls_of_a_programme_page_by_page():
    fake = FakePortal.invented(TWO_PAGES, TODAY)
    async with open_fake_portal(fake) as address, Portal(address, contact=CONTACT, pause=0) as portal:
        pages = [page async for page in portal.crawl(LIFE)]
    assert [len(page) for page in pages] == [100, 2, 0, 0]
    names = [read.identifier for page in pages for read in page]
    of_programme = {row["metadata"]["identifier"][0] for row in fake.rows} - {HIDDEN}
    assert set(names) == {name for name in of_programme if name.startswith("LIFE-")}
    assert names == sorted(names)
    assert all(isinstance(read, ReadCall) and read.programme == "LIFE" for page in pages for read in page)


async def test_calls_of_every_type_are_found_in_their_programme():
    fake = FakePortal.invented(40, TODAY)
    kinds = {call.kind for code in ("HORIZON", "RELEX") for call in calls(await crawl(fake, SCOPES[code]))}
    assert kinds == {"topic", "cascade", "external"}


@pytest.mark.parametrize("fault", some(AWAY))
async def test_what_stays_away_is_asked_for_three_times(fault: str):
    fake = FakePortal.invented(TWO_PAGES, TODAY, [fault])
    fake.slow_seconds = 1
    with pytest.raises(PortalAway) as away:
        await crawl(fake, LIFE, seconds=0.2)
    assert AWAY[fault] in away.value.reason
    assert fake.asked == 3


@pytest.mark.parametrize("fault", SHIFTED)
async def test_a_crawl_that_cannot_be_trusted_is_refused_with_what_was_seen_and_where(fault: str):
    fake = FakePortal.invented(TWO_PAGES, TODAY, [fault])
    with pytest.raises(CrawlRefused) as refusal:
        await crawl(fake, LIFE)
    assert SHIFTED[fault] in refusal.value.reason
    assert fake.asked <= 2, "what is refused is not asked again"


@pytest.mark.parametrize("fault", some(HARMLESS, *list(HARMLESS)[:3]))
async def test_these_oddities_change_nothing(fault: str):
    expected = await crawl(FakePortal.invented(TWO_PAGES, TODAY), LIFE)
    assert await crawl(FakePortal.invented(TWO_PAGES, TODAY, [fault]), LIFE) == expected
    assert not refused(expected)


async def test_a_programme_without_calls_gives_nothing():
    assert await crawl(FakePortal.invented(40, TODAY, ["no-results"]), LIFE) == []


@pytest.mark.parametrize("fault", some(SPOILT, *list(SPOILT)[:4]))
async def test_a_row_that_cannot_be_taken_is_refused_alone(fault: str):
    expected = await crawl(FakePortal.invented(40, TODAY), LIFE)
    read = await crawl(FakePortal.invented(40, TODAY, [fault]), LIFE)
    (refusal,) = refused(read)
    assert refusal.identifier == expected[0].identifier
    assert SPOILT[fault] in refusal.reason
    assert calls(read) == expected[1:]


@pytest.mark.parametrize("fault", UNCLEAR)
async def test_a_day_that_nobody_knows_is_kept_as_written_and_is_no_deadline(fault: str):
    first = calls(await crawl(FakePortal.invented(40, TODAY, [fault]), LIFE))[0]
    assert (first.raw_days, first.deadlines) == ((UNCLEAR[fault],), ())
    assert UNCLEAR[fault] in first.review


async def test_a_known_call_that_is_not_listed_any_more_is_asked_for_by_name():
    listed = [call.identifier for call in calls(await crawl(FakePortal.invented(40, TODAY), LIFE))]
    scope = LIFE.model_copy(update={"known": (HIDDEN, listed[0], "LIFE-2020-GONE-01")})
    read = calls(await crawl(FakePortal.invented(40, TODAY), scope))
    assert [call.identifier for call in read] == [*listed, HIDDEN]
    assert read[-1].portal_status == "closed"


async def test_nothing_is_asked_by_name_when_all_that_is_known_is_listed():
    fake = FakePortal.invented(40, TODAY)
    listed = [call.identifier for call in calls(await crawl(fake, LIFE))]
    asked = fake.asked
    await crawl(fake, LIFE.model_copy(update={"known": tuple(listed)}))
    assert fake.asked == 2 * asked


async def test_of_two_documents_of_one_call_the_first_counts_and_the_other_is_told():
    fake = FakePortal.invented(40, TODAY)
    first = calls(await crawl(fake, LIFE))[0]
    row = next(row for row in fake.rows if row["metadata"]["identifier"] == [first.identifier])
    fake.rows.append(row | {"reference": "another"})
    read = await crawl(fake, LIFE)
    assert refused(read) == [RowRefused(identifier=first.identifier, reason="It is listed a second time, as another.")]
    assert first in read


async def test_a_crawl_that_breaks_off_is_no_crawl():
    fake = FakePortal.invented(TWO_PAGES, TODAY)
    async with (
        open_fake_portal(fake) as address,
        Portal(address, contact=CONTACT, pause=0, sleep=Naps(fake)) as portal,
    ):
        pages = portal.crawl(LIFE)
        assert len(await anext(pages)) == 100
        fake.faults.add("error")
        with pytest.raises(PortalAway, match="did not give page 2 of the calls of LIFE"):
            await anext(pages)


async def test_before_every_request_there_is_half_a_second_and_more_before_a_second_try():
    fake = FakePortal.invented(TWO_PAGES, TODAY, ["error-once"])
    naps = Naps(fake)
    async with open_fake_portal(fake) as address, Portal(address, contact=CONTACT, sleep=naps) as portal:
        assert sum([len(page) async for page in portal.crawl(LIFE)]) == 102
    assert [asked for asked, _ in naps.taken] == list(range(fake.asked))
    assert fake.asked == 5
    rests = [seconds for _, seconds in naps.taken]
    assert rests[0] == rests[2] == rests[3] == rests[4] == 0.5
    assert 1.5 <= rests[1] <= 3.5


@pytest.mark.drill
async def test_the_third_try_waits_longer_and_never_for_the_same_time():
    waited = []
    for _ in range(8):
        fake = FakePortal.invented(0, TODAY, ["error"])
        naps = Naps(fake)
        async with open_fake_portal(fake) as address, Portal(address, contact=CONTACT, sleep=naps) as portal:
            with pytest.raises(PortalAway):
                await anext(portal.crawl(LIFE))
        waited.append([seconds for _, seconds in naps.taken])
    assert all(1.5 <= second <= 3.5 and 2.5 <= third <= 6.5 for _, second, third in waited)
    assert len({tuple(each) for each in waited}) > 1


async def test_who_asks_is_named_with_an_address_to_write_to():
    fake = FakePortal.invented(5, TODAY)
    await crawl(fake, LIFE)
    assert fake.askers == {f"Focal (European calls of a city; contact: {CONTACT})"}


async def test_a_portal_that_is_not_there_is_away():
    async with open_fake_portal(FakePortal([])) as address:
        pass
    async with Portal(address, contact=CONTACT, pause=0, sleep=Naps(FakePortal([]))) as portal:
        with pytest.raises(PortalAway, match="asked 3 times: ConnectError"):
            await anext(portal.crawl(LIFE))


class Parrot(FakePortal):
    """Says the same whatever it is asked."""

    said = b""

    async def search(self, _request: Request) -> Response:
        self.asked += 1
        return Response(self.said)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>The portal is being maintained.</html>",
        b"null",
        b"[]",
        b"{}",
        b'{"totalResults": 1, "pageNumber": 1, "pageSize": 100, "results": {}}',
        b'{"totalResults": -1, "pageNumber": 1, "pageSize": 100, "results": []}',
        b'{"totalResults": true, "pageNumber": 1, "pageSize": 100, "results": []}',
        b'{"totalResults": 1.0, "pageNumber": 1, "pageSize": 100, "results": []}',
        b'{"totalResults": 1, "pageNumber": 1, "pageSize": 100, "results": [{"reference": "a", "language": "en"}]}',
        b'{"totalResults": 1, "pageNumber": 1, "pageSize": 100, "results": [null]}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
async def test_an_answer_of_another_form_is_refused(said: bytes):
    parrot = Parrot([])
    parrot.said = said
    with pytest.raises(CrawlRefused, match=r"page 1 of the calls of LIFE .* is not the agreed one"):
        await crawl(parrot, LIFE)
    assert parrot.asked == 1


async def test_an_answer_without_end_is_not_held_in_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("doors.portal.LARGEST", 10_000)
    with pytest.raises(CrawlRefused, match="more than 10000 bytes"):
        await crawl(FakePortal.invented(40, TODAY), LIFE)


async def test_an_answer_that_drips_is_late_as_a_whole():
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.02)
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Portal(
            f"http://127.0.0.1:{port}/", contact=CONTACT, pause=0, timeout=0.2, sleep=Naps(FakePortal([]))
        ) as portal:
            with pytest.raises(PortalAway, match=r"no answer within 0\.2 seconds"):
                await anext(portal.crawl(LIFE))
