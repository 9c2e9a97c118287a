"""What people do to the register: calls entered by hand, decided about, moved, cancelled; clocks and themes."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from models.contracts.refusal import Refused
from models.policies.catalogue_rows import catalogue_rows
from operations.calls import cancel_call, decide, move_deadline, rename_call
from operations.catalogue import load, read_documents
from operations.programmes import ClockSet, ThemeSet, set_clock, set_hour, set_theme
from store.calls import clock_of, clocks, find_programme, history_of, live_themes, theme_rows
from store.database import Database
from tests.calls.office import MONDAY, CallOffice, row

DAY = timedelta(days=1)
MARCH, APRIL = date(2027, 3, 23), date(2027, 4, 16)
TOWNS = "CERV-2027-TOWNS-01"


async def test_a_call_entered_by_hand_has_its_own_hour_or_the_programmes(office: CallOffice):
    days = [{"day": "2027-03-31"}, {"day": "2027-09-30", "hour": "12:00"}]
    call = await office.enter(deadlines=days, deadline_model="two_stage", description="One.\n\nTwo <script>.")
    assert (call.origin, call.kind, call.entered_by, call.told_version) == ("entered", "entered", "coordinator", 0)
    assert call.description == "<p>One.</p><p>Two &lt;script&gt;.</p>"
    told = [(each.day, each.hour, each.source) for each in await office.deadlines(call.identifier)]
    assert told == [
        (date(2027, 3, 31), time(15), "default_hour"),
        (date(2027, 9, 30), time(12), "entered"),
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"identifier": "U"}, "identifier: is not an identifier"),
        ({"programme": "MOON"}, "There is no programme “MOON”"),
        ({"title": " "}, "title: must not be empty"),
        ({"url": "javascript:alert(1)"}, "url: is not an address that can be opened"),
        ({"url": "https://user@evil.example/"}, "url: is not an address that can be opened"),
        ({"deadlines": []}, "deadlines: must not be empty"),
        ({"deadlines": [{"day": "31/03/2027"}]}, "deadlines.1.day: is not a day"),
        ({"deadlines": [{"day": "2027-03-31", "hour": "25:00"}]}, "deadlines.1.hour"),
        ({"deadlines": [{"day": "2026-03-31"}]}, "The last deadline of URBACT-2027-APN, 2026-03-31, is over."),
        ({"deadlines": [{"day": "2099-12-31"}]}, "2099-12-31 is too far ahead for a deadline"),
        ({"deadlines": [{"day": "2027-03-31"}, {"day": "2027-03-30"}]}, "in the order of their days"),
        ({"deadlines": [{"day": "2027-03-30"}, {"day": "2027-03-31"}]}, "say with deadline_model"),
        ({"deadline_model": "rolling"}, "deadline_model"),
        ({"opens_on": "2027-06-01"}, "it cannot open after its first deadline"),
        ({"budget": -1}, "budget"),
        ({"tittle": "Typo"}, "tittle: there is no such field"),
    ],
)
async def test_a_call_that_cannot_be_is_not_entered(office: CallOffice, changes: dict[str, Any], problem: str):
    with pytest.raises(Refused) as refusal:
        await office.enter(**changes)
    assert problem in "\n".join(refusal.value.problems)
    with pytest.raises(Refused, match="There is no call"):
        await office.call("URBACT-2027-APN")


async def test_the_same_call_is_not_entered_twice(office: CallOffice):
    await office.enter()
    with pytest.raises(Refused, match="URBACT-2027-APN is in the register already"):
        await office.enter(identifier="urbact-2027-apn")


async def test_a_call_is_watched_or_ignored_for_a_coded_reason(office: CallOffice):
    await office.crawl(row())
    async with office.database.transaction() as session:
        await decide(session, TOWNS, "watch", by="mayor", now=MONDAY)
    call = await office.call()
    assert (call.decision, call.decided_by, call.decided_at) == ("watch", "mayor", MONDAY)
    with pytest.raises(Refused, match="“boring” is not a reason to ignore a call"):
        async with office.database.transaction() as session:
            await decide(session, TOWNS, "ignore", because="boring", by="mayor", now=MONDAY)
    async with office.database.transaction() as session:
        await decide(session, "cerv-2027-towns-01", "ignore", because="too_small", by="mayor", now=MONDAY)
    assert ((await office.call()).decision, (await office.call()).decision_reason) == ("ignore", "too_small")


async def move(office: CallOffice, day: date, now: datetime = MONDAY, **wish: Any) -> None:
    async with office.database.transaction() as session:
        await move_deadline(session, TOWNS, day, **{"reason": "Announced.", "by": "coordinator", "now": now, **wish})


async def test_a_person_moves_a_deadline_adds_a_stage_and_both_are_on_record(office: CallOffice):
    await office.crawl(row())
    await move(office, APRIL)
    await move(office, date(2027, 10, 1), number=2, hour=time(12))
    call = await office.call()
    assert (call.version, call.deadline_model) == (3, "two_stage")
    assert [(each.day, each.hour) for each in await office.deadlines()] == [
        (APRIL, time(17)),
        (date(2027, 10, 1), time(12)),
    ]
    async with office.database.reading() as session:
        history = await history_of(session, call.id)
    assert [(event.action, event.detail["what"], event.detail["reason"]) for event in history] == [
        ("call.changed", ["deadline"], "Announced."),
        ("call.changed", ["deadline_added"], "Announced."),
    ]


@pytest.mark.parametrize(
    ("day", "wish", "problem"),
    [
        (MARCH, {}, "is on 2027-03-23 at 17:00 already"),
        (date(2026, 12, 1), {}, "2026-12-01 at 17:00 is over"),
        (date(2040, 1, 1), {}, "2040-01-01 is too far ahead"),
        (APRIL, {"number": 3}, "has no deadline 3: the last one is number 1"),
        (date(2027, 2, 1), {"number": 2}, "Deadline 2 has to be after deadline 1, on 2027-03-23"),
        (APRIL, {"reason": " "}, "Give a reason"),
    ],
)
async def test_a_deadline_does_not_move_where_it_cannot_be(
    office: CallOffice, day: date, wish: dict[str, Any], problem: str
):
    await office.crawl(row())
    with pytest.raises(Refused, match=problem):
        await move(office, day, **wish)
    assert await office.days() == [MARCH]


async def test_by_default_the_next_deadline_is_moved(office: CallOffice):
    await office.crawl(row(TOWNS, MARCH, date(2027, 9, 1), deadline_model="cut_offs"))
    await move(office, date(2027, 9, 15), now=MONDAY + 100 * DAY)
    assert await office.days() == [MARCH, date(2027, 9, 15)]


async def test_a_call_is_cancelled_once_and_then_does_not_move(office: CallOffice):
    await office.crawl(row())
    async with office.database.transaction() as session:
        await cancel_call(session, office.settings, TOWNS, "No money.", by="coordinator", now=MONDAY)
    with pytest.raises(Refused, match="was cancelled already: No money"):
        async with office.database.transaction() as session:
            await cancel_call(session, office.settings, TOWNS, "Again.", by="coordinator", now=MONDAY)
    with pytest.raises(Refused, match="it has no deadline to move"):
        await move(office, APRIL)


async def test_a_call_takes_no_name_that_is_taken_or_cannot_be_one(office: CallOffice):
    await office.crawl(row(), row("CERV-2027-02"))
    for new, problem in (("cerv-2027-02", "is in the register already"), ("a b", "is not an identifier")):
        with pytest.raises(Refused, match=problem):
            async with office.database.transaction() as session:
                await rename_call(session, TOWNS, new, by="coordinator", now=MONDAY)


async def test_only_themes_of_units_that_are_here_count(office: CallOffice):
    async with office.database.reading() as session:
        themes = await live_themes(session)
    assert [(theme.code, theme.units) for theme in themes] == [
        ("TST-E1-OE1-A1", ("HEALTH",)),
        ("TST-E1-OE1-A2", ("ECOLOGY",)),
    ]


async def test_a_theme_is_set_and_one_of_the_offices_own_is_added(office: CallOffice):
    async with office.database.transaction() as session:
        added = ThemeSet(units=("HEALTH",), keywords=("sport",), programmes=("CERV",))
        own = await set_theme(session, "OWN-SPORT", added, by="coordinator", now=MONDAY)
        assert (own.plan_code, own.programmes) == (None, ["CERV"])
        changed = ThemeSet(keywords=("ageing",), programmes=())
        theme = await set_theme(session, "TST-E1-OE1-A1", changed, by="coordinator", now=MONDAY)
        assert (theme.units, theme.keywords) == (["HEALTH"], ["ageing"])
        assert len(await theme_rows(session)) == 4


@pytest.mark.parametrize(
    ("code", "wish", "problem"),
    [
        ("OWN", ThemeSet(), "Say what is to be set of OWN"),
        ("OWN", ThemeSet(keywords=("sport",)), "a new one needs units and keywords"),
        ("OWN", ThemeSet(units=("MOON",), keywords=("sport",)), "There is no unit “MOON”"),
        ("OWN", ThemeSet(units=("HEALTH",), keywords=("",)), "“” is not a keyword"),
        ("OWN", ThemeSet(programmes=("MOON",)), "There is no programme “MOON”"),
        ("a b", ThemeSet(keywords=("sport",)), "“a b” is not a code"),
    ],
)
async def test_a_theme_that_cannot_be_is_not_set(office: CallOffice, code: str, wish: ThemeSet, problem: str):
    with pytest.raises(Refused, match=problem):
        async with office.database.transaction() as session:
            await set_theme(session, code, wish, by="coordinator", now=MONDAY)


async def test_hours_and_clocks_are_set_by_the_office(office: CallOffice):
    async with office.database.transaction() as session:
        await set_hour(session, "urbact", hour=time(12), zone=None, by="coordinator", now=MONDAY)
        wish = ClockSet("report", 45, "days", "The guide of the programme", certain=True)
        await set_clock(session, "CERV", wish, checked_on=date(2027, 1, 4), by="coordinator", now=MONDAY)
    assert (await office.enter(deadlines=[{"day": "2027-03-31"}])).identifier == "URBACT-2027-APN"
    (deadline,) = await office.deadlines("URBACT-2027-APN")
    assert deadline.hour == time(12)
    async with office.database.reading() as session:
        clock = await clock_of(session, "CERV", "report")
        assert clock is not None
        assert (clock.amount, clock.unit, clock.counted_from, clock.certain) == (45, "days", "period_end", True)
        assert await clock_of(session, "LIFE", "report") is None


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (ClockSet("lunch", 1, "days", "a text"), "There is no clock for “lunch”"),
        (ClockSet("result", 1, "weeks", "a text"), "A clock runs in months or days"),
        (ClockSet("result", 0, "days", "a text"), "A clock runs for 1 to 400"),
        (ClockSet("result", 1, "days", " "), "Give a source"),
        (ClockSet("result", 1, "days", "a text", counted_from="noon"), "Nothing is counted from “noon”"),
    ],
)
async def test_a_clock_that_cannot_be_is_not_set(office: CallOffice, wish: ClockSet, problem: str):
    with pytest.raises(Refused, match=problem):
        async with office.database.transaction() as session:
            await set_clock(session, "CERV", wish, checked_on=date(2027, 1, 4), by="coordinator", now=MONDAY)


def test_every_theme_shipped_belongs_to_an_action_of_the_plans_funding():
    documents = read_documents()
    themes = {row["code"] for row in catalogue_rows(documents)["call_themes"]}
    assert len([code for code in themes if code.startswith("VLC-")]) == 8
    assert {code for code in themes if code.startswith("AMB-")} == {f"AMB-LE2-OB1-A{n}" for n in (1, 2, 3, 4)}
    assert len([code for code in themes if code.startswith("ACM-")]) == 3


class TestLoading:
    """The catalogue brings programmes, clocks and themes, and never takes back what the office has set."""

    @pytest.fixture
    def template(self) -> str:
        from tests.conftest import TEMPLATE

        return TEMPLATE

    async def test_loading_again_keeps_what_the_office_has_set(self, database: Database):
        documents = read_documents()
        async with database.transaction() as session:
            counts = await load(session, documents)
        assert (counts.programmes.inserted, counts.programme_clocks.inserted, counts.call_themes.inserted) == (
            28,
            12,
            15,
        )
        async with database.transaction() as session:
            await set_hour(session, "DUT", hour=time(14), zone=None, by="coordinator", now=MONDAY)
            wish = ClockSet("result", 4, "months", "A letter of the agency", certain=True)
            await set_clock(session, "HORIZON", wish, checked_on=date(2027, 1, 4), by="coordinator", now=MONDAY)
        async with database.transaction() as session:
            again = await load(session, documents)
        assert (again.programmes.changed, again.programme_clocks.changed, again.call_themes.unchanged) == (0, 0, 15)
        async with database.reading() as session:
            assert (await find_programme(session, "DUT")).cutoff_hour == time(14)
            (result,) = [clock for clock in await clocks(session, "HORIZON") if clock.event == "result"]
            assert (result.amount, result.certain) == (4, True)
            everywhere = await clock_of(session, "CERV", "result")
            assert everywhere is not None
            assert (everywhere.programme_code, everywhere.amount, everywhere.certain) == ("EU", 6, False)


async def test_what_is_invisible_in_a_copied_title_is_not_entered(office: CallOffice):
    call = await office.enter(title="\u2067City\u2069 \u200bNetworks =?", keywords=["\ufefftowns"])
    assert (call.title, call.keywords) == ("City Networks = ?", ["towns"])
    with pytest.raises(Refused, match="title: must not be empty"):
        await office.enter(identifier="URBACT-2027-TWO", title="\u200b\u202e")


async def test_two_people_who_enter_a_call_at_once_are_told_so(office: CallOffice):
    outcomes = await asyncio.gather(
        *(office.enter() for _ in range(4)), office.enter(identifier="URBACT-2027-TWO"), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [Refused] * 3


@pytest.mark.parametrize("name", ["\udce9", "URBACT\x00", "ñ"])
async def test_what_is_no_text_names_no_call_and_no_programme(office: CallOffice, name: str):
    with pytest.raises(Refused, match="There is no call"):
        await office.call(name)
    async with office.database.reading() as session:
        with pytest.raises(Refused, match="There is no programme"):
            await find_programme(session, name)
