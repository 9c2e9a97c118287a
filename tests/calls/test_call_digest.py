"""The weekly mail: what there is to decide first, every change once, and silence where there is nothing to say."""

from datetime import date, timedelta

from operations.calls import decide
from tests.calls.office import MONDAY, CallOffice, row, text_of

DAY, WEEK = timedelta(days=1), timedelta(days=7)
LONELY = {"title": "Against loneliness", "description": "<p>On mental health.</p>"}


async def test_new_calls_that_concern_somebody_come_first_and_each_is_told_once(office: CallOffice):
    await office.crawl(row("CERV-2027-A", title="Something else"), row("CERV-2027-B", **LONELY))
    await office.enter(title="City Networks")
    assert await office.digest() == 3
    (mail,) = await office.mails("calls_digest")
    told = text_of(mail)
    places = [told.index(name) for name in ("CERV-2027-B", "URBACT-2027-APN", "CERV-2027-A")]
    assert places == sorted(places)
    for words in ("loneliness", "Àrea Salut", "focal calls follow CERV-2027-B"):
        assert words in told
    assert await office.digest(MONDAY + timedelta(hours=1)) == 0
    assert await office.digest(MONDAY + WEEK) == 0
    assert len(await office.mails("calls_digest")) == 1


async def test_it_comes_on_monday_morning_and_not_before(office: CallOffice):
    await office.crawl(row())
    assert await office.digest(MONDAY - timedelta(hours=2)) == 0
    assert await office.digest(MONDAY + DAY) == 0
    assert await office.digest(MONDAY + WEEK) == 1


async def test_nothing_to_say_is_no_mail(office: CallOffice):
    assert await office.digest() == 0
    assert await office.mails("calls_digest") == []


async def test_changes_are_told_of_watched_calls_only_and_once(office: CallOffice):
    await office.crawl(row("CERV-2027-A"), row("CERV-2027-B"))
    await office.digest()
    async with office.database.transaction() as session:
        await decide(session, "CERV-2027-A", "watch", by="coordinator", now=MONDAY)
    april = date(2027, 4, 16)
    await office.crawl(row("CERV-2027-A", april), row("CERV-2027-B", april), now=MONDAY + DAY)
    assert await office.digest(MONDAY + WEEK) == 1
    told = text_of((await office.mails("calls_digest"))[1])
    assert "Its deadline was moved from Tuesday 23 March 2027 to Friday 16 April 2027." in told
    assert "CERV-2027-B" not in told
    assert await office.digest(MONDAY + 2 * WEEK) == 0


async def test_what_is_ignored_is_not_told_of_again(office: CallOffice):
    await office.crawl(row("CERV-2027-A", **LONELY), row("CERV-2027-B"), row("CERV-2027-C"))
    async with office.database.transaction() as session:
        await decide(session, "CERV-2027-A", "ignore", because="covered", by="coordinator", now=MONDAY)
    assert await office.digest() == 2
    assert "CERV-2027-A" not in text_of((await office.mails("calls_digest"))[0])


async def test_what_closes_within_two_weeks_is_told_as_long_as_somebody_should_decide(office: CallOffice):
    soon = date(2027, 1, 25)
    await office.crawl(row("CERV-2027-A", soon, **LONELY), row("CERV-2027-B", soon, title="Something else"))
    assert await office.digest() == 2
    assert await office.digest(MONDAY + WEEK) == 1  # the other one concerns nobody
    closing = text_of((await office.mails("calls_digest"))[1])
    assert "CERV-2027-A" in closing
    assert "17:00" in closing
    async with office.database.transaction() as session:
        await decide(session, "CERV-2027-A", "ignore", because="too_late", by="coordinator", now=MONDAY)
    assert await office.digest(MONDAY + 2 * WEEK) == 0


async def test_a_watched_call_that_is_gone_is_told(office: CallOffice):
    others = [row("CERV-2027-B"), row("CERV-2027-C")]
    await office.crawl(row("CERV-2027-A"), *others)
    await office.digest()
    async with office.database.transaction() as session:
        await decide(session, "CERV-2027-A", "watch", by="coordinator", now=MONDAY)
    for night in (1, 2):
        await office.crawl(*others, now=MONDAY + night * DAY)
    assert await office.digest(MONDAY + WEEK) == 1
    assert "The portal does not list it any more." in text_of((await office.mails("calls_digest"))[1])


async def test_the_second_of_two_stages_is_not_offered(office: CallOffice):
    await office.crawl(row("CERV-2027-A", date(2026, 12, 1), date(2027, 6, 1), deadline_model="two_stage"))
    assert await office.digest() == 0


async def test_what_was_not_read_for_a_week_is_said_where_there_is_a_portal(office: CallOffice):
    await office.crawl(row())
    await office.digest()
    reads = office.settings.model_copy(
        update={"calls_portal_address": "http://127.0.0.1:1/", "calls_programmes": "CERV LIFE"}
    )
    office = CallOffice(office.database, reads)
    await office.crawl(row(), now=MONDAY + WEEK - DAY)
    await office.digest(MONDAY + WEEK)
    told = text_of((await office.mails("calls_digest"))[1])
    assert "LIFE" in told
    assert await office.digest(MONDAY + 2 * WEEK) == 0
    told = text_of((await office.mails("calls_digest"))[2])
    assert "CERV" in told
    assert "10 January 2027" in told


async def test_of_many_calls_the_mail_names_forty_and_counts_the_others(office: CallOffice):
    await office.crawl(*(row(f"CERV-2027-{place:03}") for place in range(45)))
    assert await office.digest() == 45
    told = text_of((await office.mails("calls_digest"))[0])
    assert "CERV-2027-039" in told
    assert "CERV-2027-040" not in told
    assert "5" in told
    assert await office.digest(MONDAY + WEEK) == 5
    assert await office.digest(MONDAY + 2 * WEEK) == 0


async def test_a_call_that_is_only_watched_from_the_beginning_is_no_news(office: CallOffice):
    await office.crawl(row())
    async with office.database.transaction() as session:
        await decide(session, "CERV-2027-TOWNS-01", "watch", by="coordinator", now=MONDAY)
    assert await office.digest() == 0


async def test_what_is_watched_comes_before_all_that_is_new(office: CallOffice):
    await office.crawl(row("CERV-2027-W", title="Something else", description=""))
    async with office.database.transaction() as session:
        await decide(session, "CERV-2027-W", "watch", by="coordinator", now=MONDAY)
    moved = row("CERV-2027-W", date(2027, 4, 16), title="Something else", description="")
    news = [row(f"CERV-2027-{place:03}", **LONELY) for place in range(45)]
    await office.crawl(moved, *news, now=MONDAY + DAY)
    assert await office.digest(MONDAY + WEEK) == 46
    first = text_of((await office.mails("calls_digest"))[0])
    assert first.index("CERV-2027-W") < first.index("CERV-2027-000")
    assert "CERV-2027-038" in first
    assert "CERV-2027-039" not in first
    assert await office.digest(MONDAY + 2 * WEEK) == 6
    second = text_of((await office.mails("calls_digest"))[1])
    assert "CERV-2027-W" not in second
    assert "CERV-2027-044" in second
