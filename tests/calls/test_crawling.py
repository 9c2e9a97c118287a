"""What the portal lists is taken as a whole or not at all, and what cannot be true never touches what is known."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from models.contracts.calls import ReadCall
from models.contracts.portal import RowRefused
from models.contracts.refusal import Refused
from models.tables.calls import Call, Crawl, CrawledCall
from operations.calls import cancel_call, move_deadline, rename_call
from operations.crawling import begin_crawl, give_up, stage_page, take_crawl
from tests.calls.office import BRUSSELS, MONDAY, CallOffice, row, text_of

DAY = timedelta(days=1)
MARCH, APRIL, MAY = date(2027, 3, 23), date(2027, 4, 16), date(2027, 5, 20)


def many(number: int) -> list[ReadCall]:
    return [row(f"CERV-2027-{place:03}") for place in range(number)]


async def give_up_at(office: CallOffice, reason: str, now: datetime, *, failed: bool = True) -> None:
    async with office.database.transaction() as session:
        crawl_id, _ = await begin_crawl(session, "CERV", now=now)
        await stage_page(session, crawl_id, [row("CERV-2027-NEVER")])
        await give_up(session, office.settings, crawl_id, failed=failed, reason=reason, now=now)


async def test_a_first_crawl_fills_the_register_and_a_second_changes_nothing(office: CallOffice):
    first = await office.crawl(*many(5))
    assert (first.outcome, first.total, first.inserted, first.unchanged) == ("taken", 5, 5, 0)
    second = await office.crawl(*many(5), now=MONDAY + DAY)
    assert (second.inserted, second.changed, second.unchanged, second.gone) == (0, 0, 5, 0)
    call = await office.call("CERV-2027-003")
    assert (call.version, call.seen_at, call.origin) == (1, MONDAY + DAY, "portal")
    (deadline,) = await office.deadlines("CERV-2027-003")
    assert (deadline.day, deadline.hour, deadline.zone, deadline.source) == (MARCH, time(17), BRUSSELS, "default_hour")
    async with office.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(CrawledCall)) == 0
    assert await office.mails("feed_trouble") == []


async def test_a_moved_deadline_is_taken_and_says_from_when_to_when(office: CallOffice):
    await office.crawl(row())
    result = await office.crawl(row("CERV-2027-TOWNS-01", APRIL), now=MONDAY + DAY)
    assert result.changed == 1
    assert await office.days() == [APRIL]
    change = await office.change()
    assert (change.what, change.old_day, change.new_day, change.by) == (("deadline",), MARCH, APRIL, "portal")
    assert (await office.call()).version == 2


async def test_no_call_where_there_were_some_is_refused_and_told_once(office: CallOffice):
    await office.crawl(*many(9))
    for night in (1, 2, 3):
        result = await office.crawl(now=MONDAY + night * DAY)
        assert (result.outcome, result.gone) == ("refused", 0)
    (mail,) = await office.mails("feed_trouble")
    told = text_of(mail)
    assert "The portal lists no call, where 9 are known." in told
    assert "focal calls sync --programme CERV --accept-loss" in told
    assert (await office.call("CERV-2027-000")).unseen == 0


async def test_a_crawl_that_lost_more_than_half_is_refused_until_somebody_says_that_it_is_right(office: CallOffice):
    await office.crawl(*many(9))
    refused = await office.crawl(*many(4), now=MONDAY + DAY)
    assert refused.reason.startswith("5 of 9 calls that are known are not listed any more.")
    taken = await office.crawl(*many(4), now=MONDAY + DAY, accept_loss=True)
    assert (taken.outcome, taken.unchanged) == ("taken", 4)
    assert (await office.call("CERV-2027-008")).unseen == 1


async def test_trouble_is_told_once_until_a_crawl_was_taken_and_then_anew(office: CallOffice):
    await give_up_at(office, "Nothing came.", MONDAY)
    await give_up_at(office, "The total changed.", MONDAY + DAY, failed=False)
    assert len(await office.mails("feed_trouble")) == 1
    await office.crawl(row(), now=MONDAY + 2 * DAY)
    await give_up_at(office, "Nothing came.", MONDAY + 3 * DAY)
    first, second = await office.mails("feed_trouble")
    assert "So far nothing of it was ever taken." in text_of(first)
    assert "6 January 2027" in text_of(second)
    async with office.database.reading() as session:
        outcomes = list(await session.scalars(select(Crawl.outcome).order_by(Crawl.begun_at)))
        assert outcomes == ["failed", "refused", "taken", "failed"]
        assert await session.scalar(select(func.count()).select_from(Call)) == 1


async def test_a_date_moved_into_the_past_leaves_what_is_known_and_is_told_once(office: CallOffice):
    await office.crawl(row(), row("CERV-2027-02"))
    moved = row("CERV-2027-TOWNS-01", date(2026, 3, 23), title="Another title")
    for night in (1, 2):
        result = await office.crawl(moved, row("CERV-2027-02"), now=MONDAY + night * DAY)
        assert (result.outcome, result.changed, result.gone) == ("taken", 0, 0)
        ((identifier, reason),) = result.problems
        assert identifier == "CERV-2027-TOWNS-01"
        assert reason == "Its deadline was moved from 2027-03-23 into the past, to 2026-03-23."
    call = await office.call()
    assert (call.title, call.version, call.unseen) == ("Networks of Towns", 1, 0)
    assert await office.days() == [MARCH]
    (mail,) = await office.mails("feed_trouble")
    assert "1 of 2 calls were left out" in text_of(mail)
    await office.crawl(row("CERV-2027-TOWNS-01", APRIL), row("CERV-2027-02"), now=MONDAY + 3 * DAY)
    assert await office.days() == [APRIL]


async def test_rows_that_the_door_refused_are_known_to_be_there(office: CallOffice):
    await office.crawl(row(), row("CERV-2027-02"), row("CERV-2027-03"))
    bad = RowRefused(identifier="CERV-2027-TOWNS-01", reason="Its status is unknown: 31094599.")
    for night in (1, 2, 3):
        await office.crawl(bad, row("CERV-2027-02"), row("CERV-2027-03"), now=MONDAY + night * DAY)
    assert (await office.call()).gone_at is None
    (mail,) = await office.mails("feed_trouble")
    assert "Its status is unknown: 31094599." in text_of(mail)


async def test_more_than_half_of_the_rows_unreadable_is_no_crawl(office: CallOffice):
    bad = [RowRefused(identifier=f"X-{place}", reason="No title.") for place in range(3)]
    result = await office.crawl(*bad, row(), row("CERV-2027-02"))
    assert (result.outcome, result.reason[:53]) == ("refused", "3 of 5 calls that the portal lists cannot be read. If")


async def test_a_renamed_call_waits_for_a_person_who_renames_it(office: CallOffice):
    await office.crawl(row(), row("CERV-2027-02"))
    new = row("CERV-2027-TOWNS-NT", portal_id="number of CERV-2027-TOWNS-01")
    for night in (1, 2):
        result = await office.crawl(new, row("CERV-2027-02"), now=MONDAY + night * DAY)
        ((identifier, reason),) = result.problems
        assert (identifier, result.inserted) == ("CERV-2027-TOWNS-NT", 0)
        assert "focal calls rename CERV-2027-TOWNS-01 CERV-2027-TOWNS-NT" in reason
    assert (await office.call()).gone_at is None
    async with office.database.transaction() as session:
        await rename_call(session, "cerv-2027-towns-01", "CERV-2027-TOWNS-NT", by="coordinator", now=MONDAY)
    result = await office.crawl(new, row("CERV-2027-02"), now=MONDAY + 3 * DAY)
    assert result.problems == ()
    assert (await office.call("CERV-2027-TOWNS-NT")).first_seen_at == MONDAY


async def test_a_row_of_another_programme_is_left_out(office: CallOffice):
    await office.crawl(row(), row("CERV-2027-02"))
    stray = row("LIFE-2027-01", programme="LIFE")
    result = await office.crawl(row(), row("CERV-2027-02"), stray, now=MONDAY + DAY)
    assert result.problems == (("LIFE-2027-01", "It is listed under LIFE, not CERV."),)
    with pytest.raises(Refused, match="There is no call “LIFE-2027-01”"):
        await office.call("LIFE-2027-01")


async def test_a_call_is_gone_after_two_whole_crawls_and_comes_back(office: CallOffice):
    others = [row("CERV-2027-02"), row("CERV-2027-03")]
    await office.crawl(row(), *others)
    assert (await office.crawl(*others, now=MONDAY + DAY)).gone == 0
    await give_up_at(office, "Nothing came.", MONDAY + 2 * DAY)  # a failed crawl counts for nothing
    assert (await office.call()).gone_at is None
    assert (await office.crawl(*others, now=MONDAY + 3 * DAY)).gone == 1
    assert (await office.change()).what == ("gone",)
    await office.crawl(row(), *others, now=MONDAY + 4 * DAY)
    call = await office.call()
    assert (call.gone_at, call.unseen, (await office.change()).what) == (None, 0, ("back",))


async def test_a_call_whose_last_day_is_over_only_closes(office: CallOffice):
    await office.crawl(row("CERV-2027-01", date(2027, 1, 5)), row("CERV-2027-02"))
    for night in (7, 8, 9):
        result = await office.crawl(row("CERV-2027-02"), now=MONDAY + night * DAY)
        assert (result.outcome, result.gone) == ("taken", 0)
    assert (await office.call("CERV-2027-01")).gone_at is None


async def test_an_hour_that_a_person_entered_stays_when_the_portal_moves_the_day(office: CallOffice):
    await office.crawl(row())
    async with office.database.transaction() as session:
        wish: dict[str, Any] = {"hour": time(13), "reason": "The guide says 13:00.", "by": "coordinator", "now": MONDAY}
        await move_deadline(session, "CERV-2027-TOWNS-01", MARCH, **wish)
    await office.crawl(row("CERV-2027-TOWNS-01", MARCH, title="Networks"), now=MONDAY + DAY)
    await office.crawl(row("CERV-2027-TOWNS-01", APRIL, title="Networks"), now=MONDAY + 2 * DAY)
    (deadline,) = await office.deadlines()
    assert (deadline.day, deadline.hour, deadline.source) == (APRIL, time(13), "entered")


async def test_a_day_that_a_person_moved_stands_until_the_portal_says_something_new(office: CallOffice):
    await office.crawl(row())
    async with office.database.transaction() as session:
        wish: dict[str, Any] = {"reason": "Announced by mail.", "by": "coordinator", "now": MONDAY}
        await move_deadline(session, "CERV-2027-TOWNS-01", APRIL, **wish)
    await office.crawl(row(), now=MONDAY + DAY)
    await office.crawl(row(budget=10_000_000), now=MONDAY + 2 * DAY)
    assert await office.days() == [APRIL]
    await office.crawl(row("CERV-2027-TOWNS-01", MAY), now=MONDAY + 3 * DAY)
    assert await office.days() == [MAY]


async def test_cut_offs_come_go_and_keep_their_past(office: CallOffice):
    past = date(2026, 12, 1)
    await office.crawl(row("CERV-2027-TOWNS-01", past, MARCH, deadline_model="cut_offs"))
    await office.crawl(row("CERV-2027-TOWNS-01", MARCH, MAY, deadline_model="cut_offs"), now=MONDAY + DAY)
    assert [(each.number, each.day) for each in await office.deadlines()] == [(1, past), (2, MARCH), (3, MAY)]
    assert (await office.change()).what == ("deadline_added",)
    await office.crawl(row("CERV-2027-TOWNS-01", MAY, deadline_model="cut_offs"), now=MONDAY + 2 * DAY)
    assert await office.days() == [past, MAY]
    assert (await office.change()).what == ("deadline_removed",)


async def test_a_call_entered_by_hand_that_the_portal_lists_later_becomes_one_of_its_calls(office: CallOffice):
    days = [{"day": "2027-03-23", "hour": "16:00"}]
    await office.enter(identifier="CERV-2027-TOWNS-01", programme="CERV", deadlines=days)
    result = await office.crawl(row(), now=MONDAY + DAY)
    assert (result.inserted, result.changed) == (0, 1)
    call = await office.call()
    (deadline,) = await office.deadlines()
    assert (call.origin, call.kind, call.title, deadline.hour) == ("portal", "topic", "Networks of Towns", time(16))


async def test_a_cancelled_call_stays_cancelled_whatever_the_portal_lists(office: CallOffice):
    await office.crawl(row())
    async with office.database.transaction() as session:
        await cancel_call(session, office.settings, "CERV-2027-TOWNS-01", "No money.", by="coordinator", now=MONDAY)
    await office.crawl(row("CERV-2027-TOWNS-01", APRIL), now=MONDAY + DAY)
    call = await office.call()
    assert (call.cancelled_at, call.review) == (MONDAY, "No money.")


async def test_a_reading_that_was_broken_off_gives_way_to_the_next(office: CallOffice):
    async with office.database.transaction() as session:
        old, _ = await begin_crawl(session, "CERV", now=MONDAY)
        await stage_page(session, old, [row()])
    assert (await office.crawl(row("CERV-2027-02"), now=MONDAY + DAY)).inserted == 1
    for late in (
        lambda session: stage_page(session, old, [row()]),
        lambda session: take_crawl(session, office.settings, old, now=MONDAY),
    ):
        with pytest.raises(Refused, match="This reading of CERV is over"):
            async with office.database.transaction() as session:
                await late(session)


async def test_the_door_is_told_which_topics_should_be_there(office: CallOffice):
    await office.crawl(row(), row("CERV-2027-02", date(2027, 1, 5)), row("FUNDED-9", kind="cascade"))
    async with office.database.transaction() as session:
        _, scope = await begin_crawl(session, "cerv", now=MONDAY + 3 * DAY)
    assert (scope.code, scope.portal_code, scope.cutoff_hour) == ("CERV", "43251589", time(17))
    assert scope.known == ("CERV-2027-TOWNS-01",)
    for code, problem in (("URBACT", "The portal does not list URBACT"), ("MOON", "There is no programme “MOON”")):
        with pytest.raises(Refused, match=problem):
            async with office.database.transaction() as session:
                await begin_crawl(session, code, now=MONDAY)


async def test_days_that_are_only_written_otherwise_say_nothing_new(office: CallOffice):
    await office.crawl(row())
    async with office.database.transaction() as session:
        wish: dict[str, Any] = {"reason": "Announced by mail.", "by": "coordinator", "now": MONDAY}
        await move_deadline(session, "CERV-2027-TOWNS-01", APRIL, **wish)
    otherwise = row(raw_days=("2027-03-23T17:00:00.000+0100",))
    assert (await office.crawl(otherwise, now=MONDAY + DAY)).changed == 0
    assert await office.days() == [APRIL]


SEPTEMBER = date(2027, 9, 1)


async def test_a_second_stage_that_a_person_added_stays_when_the_portal_moves_the_first(office: CallOffice):
    await office.crawl(row())
    async with office.database.transaction() as session:
        wish: dict[str, Any] = {"number": 2, "reason": "The guide.", "by": "coordinator", "now": MONDAY}
        await move_deadline(session, "CERV-2027-TOWNS-01", SEPTEMBER, **wish)
    await office.crawl(row("CERV-2027-TOWNS-01", APRIL), now=MONDAY + DAY)
    assert (await office.call()).deadline_model == "two_stage"
    assert await office.days() == [APRIL, SEPTEMBER]
    # Also when the first is over, and the portal prolongs it.
    await office.crawl(row("CERV-2027-TOWNS-01", MAY), now=MONDAY + 110 * DAY)
    assert await office.days() == [MAY, SEPTEMBER]
    # What the portal lists itself, it may take back.
    both = row("CERV-2027-TOWNS-01", MAY, date(2027, 10, 1), deadline_model="two_stage")
    await office.crawl(both, now=MONDAY + 111 * DAY)
    await office.crawl(row("CERV-2027-TOWNS-01", MAY), now=MONDAY + 112 * DAY)
    assert await office.days() == [MAY]


async def test_a_call_entered_in_two_stages_keeps_the_second_when_the_portal_first_lists_it(office: CallOffice):
    days = [{"day": "2027-03-23"}, {"day": "2027-09-01"}]
    await office.enter(identifier="CERV-2027-TOWNS-01", programme="CERV", deadline_model="two_stage", deadlines=days)
    await office.crawl(row("CERV-2027-TOWNS-01", APRIL), now=MONDAY + DAY)
    assert (await office.call()).deadline_model == "two_stage"
    assert await office.days() == [APRIL, SEPTEMBER]


async def test_a_programme_whose_only_call_was_renamed_says_how_to_rename_it(office: CallOffice):
    await office.crawl(row())
    result = await office.crawl(row("CERV-2027-TOWNS-NT", portal_id="number of CERV-2027-TOWNS-01"), now=MONDAY + DAY)
    assert (result.outcome, result.inserted) == ("taken", 0)
    (mail,) = await office.mails("feed_trouble")
    assert "focal calls rename CERV-2027-TOWNS-01 CERV-2027-TOWNS-NT" in text_of(mail)
    assert (await office.call()).unseen == 0


async def test_two_readings_of_a_programme_at_once_wait_for_each_other(office: CallOffice):
    async def take(crawl_id: UUID) -> None:
        async with office.database.transaction() as session:
            await take_crawl(session, office.settings, crawl_id, now=MONDAY)

    async def begin() -> UUID:
        async with office.database.transaction() as session:
            return (await begin_crawl(session, "CERV", now=MONDAY))[0]

    for _ in range(10):
        taken, begun = await asyncio.gather(take(await begin()), begin(), return_exceptions=True)
        assert taken is None or isinstance(taken, Refused)  # somebody else was first
        assert isinstance(begun, UUID)
