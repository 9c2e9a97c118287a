"""What the calls add up to: known figures of a quarter, the pipeline, the office's page and its calendar."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import update

from api.sentences import SENTENCES
from mail.call_calendar import CallEvent, deadlines_file
from mail.translation import LANGUAGES, translations
from models.contracts.call_follow_up import CallState
from models.contracts.mail import Language
from models.policies.known_figures import CountedCall, CountedCalls, QuarterFacts, known_figures
from models.policies.period import Quarter
from models.tables.calls import Call, CallDeadline
from models.tables.catalogue import Action, Indicator, Responsible
from operations.call_account import pipeline_of
from operations.known_figures import known_for
from tests.call_projects.town import SENT, Town, morning
from tests.office import signed_in

AS_LEAD, AS_PARTNER, SIGNED, ASSESSED, COCREATED = (
    "VLC-E1-OE2-A3-I1",
    "VLC-E1-OE2-A3-I2",
    "VLC-E2-OE4-A1-I1",
    "VLC-E3-OE1-A3-I2",
    "VLC-E3-OE2-A4-I1",
)
ACTION = "VLC-E1-OE2-A3"
QUARTER = Quarter(2027, 3)
AFTER = datetime(2028, 1, 10, 9, tzinfo=UTC)


async def with_rows(town: Town) -> None:
    """The rows of València's plan that count calls, led by HEALTH."""
    async with town.database.transaction() as session:
        for place, code in enumerate((AS_LEAD, SIGNED, ASSESSED, COCREATED), start=10):
            action = code.rpartition("-")[0]
            facts: dict[str, Any] = {"first_year": None, "last_year": None, "activities": []}
            session.add(Action(code=action, objective_code="TST-E1-OE1", position=place, title=action, **facts))
            await session.flush()
            session.add(Responsible(action_code=action, position=0, actor_code="HEALTH"))
            codes = (AS_LEAD, AS_PARTNER) if code == AS_LEAD else (code,)
            session.add_all(
                Indicator(code=each, action_code=action, position=n, name=each, unit="count", cumulative=True)
                for n, each in enumerate(codes)
            )
            await session.flush()


async def figures(
    town: Town, quarter: Quarter = QUARTER, now: datetime = AFTER
) -> dict[str, tuple[int, tuple[str, ...]]]:
    async with town.database.reading() as session:
        known = await known_for(session, "TST", quarter, now=now)
    assert {unit for unit, _ in known} <= {"HEALTH"}
    return {code: (int(figure.number), figure.references) for (_, code), figure in known.items()}


async def test_proposals_agreements_and_decisions_of_the_quarter_come_prefilled_with_their_evidence(town: Town):
    await with_rows(town)
    of_action: dict[str, Any] = {"action_code": ACTION}
    await town.call("CERV-1", **of_action)
    await town.call("CERV-2", role="partner", **of_action)
    await town.call("CERV-3", submitted_at=datetime(2027, 9, 30, 21, 59, tzinfo=UTC), **of_action)
    await town.call("CERV-4", submitted_at=datetime(2027, 9, 30, 22, 0, tzinfo=UTC), **of_action)  # October there
    await town.call("CERV-5")  # serves no action of the plan
    second: dict[str, Any] = {"first_submitted_at": datetime(2027, 2, 1, tzinfo=UTC), "deadline_number": 2}
    await town.call("CERV-6", deadlines=(date(2027, 2, 1), date(2027, 9, 1)), **second, **of_action)
    await town.call("LIFE-1", action_code="VLC-E3-OE2-A4", role="partner")
    await town.call("DUT-1", action_code="VLC-E2-OE4-A1", state="awarded", signed_on=date(2027, 7, 1))
    await town.call("DUT-2", action_code="VLC-E2-OE4-A1", state="awarded", signed_on=date(2027, 10, 1))
    refused: dict[str, Any] = {
        "decided_at": datetime(2027, 8, 2, tzinfo=UTC),
        "submitted_at": None,
        "state": "not_pursued",
    }
    await town.call("EUI-1", action_code="VLC-E3-OE1-A3", go=False, **refused)
    assert await figures(town) == {
        AS_LEAD: (2, ("call/CERV-1", "call/CERV-3")),
        AS_PARTNER: (1, ("call/CERV-2",)),
        SIGNED: (1, ("call/DUT-1",)),
        ASSESSED: (1, ("call/EUI-1",)),
        COCREATED: (1, ("call/LIFE-1",)),
    }


async def test_a_quarter_before_any_call_was_followed_is_not_known_and_one_without_is_zero(town: Town):
    await with_rows(town)
    assert await figures(town) == {}
    await town.call("CERV-1", action_code=ACTION, opened_at=datetime(2027, 10, 1, 9, tzinfo=UTC))
    assert await figures(town) == {}
    assert (await figures(town, Quarter(2027, 4)))[AS_LEAD] == (0, ())


async def test_of_a_quarter_that_is_not_over_counts_what_was_until_yesterday(town: Town):
    await with_rows(town)
    await town.call("CERV-1", action_code=ACTION)
    assert (await figures(town, now=SENT))[AS_LEAD] == (0, ())
    assert (await figures(town, now=morning(date(2027, 9, 30))))[AS_LEAD] == (1, ("call/CERV-1",))


def test_of_a_proposal_in_a_role_that_nobody_said_the_two_rows_are_not_known():
    calls = CountedCalls(sent=[CountedCall("call/A", ACTION), CountedCall("call/B", ACTION, "partner")])
    responsible = dict.fromkeys((AS_LEAD, AS_PARTNER, COCREATED), ("HEALTH",))
    assert known_figures(QuarterFacts(None, None, None, calls), responsible).keys() == {COCREATED}


async def test_the_pipeline_of_a_plan_counts_its_own_calls(town: Town):
    await town.call("CERV-1", state="awarded", result="awarded", money_won=Decimal(90000))
    await town.call("CERV-2", state="rejected", result="rejected")
    await town.call("CERV-3", state="interest", go=None, decided_by=None, submitted_at=None, money_asked=None)
    async with town.database.reading() as session:
        numbers, other = await pipeline_of(session, "TST"), await pipeline_of(session, "VLC")
    assert (numbers.submitted, numbers.won, numbers.success_rate) == (2, 1, 50)
    assert (numbers.money_asked, numbers.money_won) == (Decimal(400000), Decimal(90000))
    assert {state: count for state, count in numbers.states if count} == {"interest": 1, "awarded": 1, "rejected": 1}
    assert other.submitted == 0


def events_in(file: bytes) -> list[Any]:
    """The events of a calendar."""
    return list(Calendar.from_ical(file).walk("VEVENT"))


@asynccontextmanager
async def at_office(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(town.settings, town.database) as client:
        yield client


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_office_sees_the_calls_as_a_chart_with_its_table_in_every_language(town: Town, language: Language):
    await town.call("CERV-1", state="awarded", result="awarded", money_won=Decimal(90000))
    await town.call("CERV-2", state="reserve", result="reserve")
    async with at_office(town) as client:
        page = await client.get("/calls/pipeline", params={"lang": language})
    assert page.status_code == 200
    assert page.text.count('<rect class="segment segment--value"') == 2
    assert "CERV-1" in page.text
    assert "Àrea Ecologia Urbana" in page.text
    assert f'href="/calls.ics?lang={language}"' in page.text
    said = translations(language, "pages").gettext("Funded")
    assert page.text.count(said) >= 3  # in the chart, in its table, and beside the call
    assert (said == "Funded") == (language == "en")


def test_every_state_of_a_call_has_its_words():
    assert set(get_args(CallState)) == set(SENTENCES["call_state"])


async def test_the_page_of_a_city_that_follows_no_call_says_how_to_begin(town: Town):
    async with at_office(town) as client:
        page = await client.get("/calls/pipeline", params={"lang": "en"})
    assert "No call is followed yet." in page.text
    assert '<svg class="chart"' not in page.text


async def test_the_calendar_has_the_deadlines_ahead_of_followed_and_watched_calls(town: Town):
    ahead, over = date(2090, 3, 31), date(2020, 3, 31)
    coming: dict[str, Any] = {"state": "preparing", "submitted_at": None}
    await town.call("CERV-1", deadlines=(ahead,), **coming)
    await town.call("CERV-2", deadlines=(over,), **coming)
    await town.call("CERV-3", deadlines=(ahead,), state="submitted")
    await town.call("CERV-4", deadlines=(date(2090, 1, 15), date(2090, 7, 15)), state="dropped")
    async with town.database.transaction() as session:
        watched = update(Call).where(Call.identifier == "CERV-4").values(decision="watch", title="Two; stages\n")
        await session.execute(watched)
    async with at_office(town) as client:
        first = await client.get("/calls.ics", params={"lang": "en"})
        again = await client.get("/calls.ics", params={"lang": "en"})
        spoken = await client.get("/calls.ics", params={"lang": "ca"})
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    assert first.content == again.content
    events = events_in(first.content)
    assert [(str(event["SUMMARY"]).split(":")[0], event["DTSTART"].dt) for event in events] == [
        ("CERV-4", datetime(2090, 1, 15, 16, tzinfo=UTC)),
        ("CERV-1", datetime(2090, 3, 31, 15, tzinfo=UTC)),
        ("CERV-4", datetime(2090, 7, 15, 15, tzinfo=UTC)),
    ]
    assert str(events[1]["DESCRIPTION"]) == "Friday 31 March 2090 at 17:00, Brussels time"
    assert "Brussel·les" in spoken.text.replace("\r\n ", "")
    assert len({str(event["UID"]) for event in events}) == 3


async def test_a_deadline_that_moved_is_the_same_event(town: Town):
    await town.call("CERV-1", deadlines=(date(2090, 3, 31),), state="preparing", submitted_at=None)
    async with at_office(town) as client:
        (before,) = events_in((await client.get("/calls.ics")).content)
        async with town.database.transaction() as session:
            await session.execute(update(CallDeadline).values(day=date(2090, 4, 14), hour=time(13)))
            await session.execute(update(Call).values(version=2))
        (after,) = events_in((await client.get("/calls.ics")).content)
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (1, 2)
    assert after["DTSTART"].dt == datetime(2090, 4, 14, 11, tzinfo=UTC)


def an_event(summary: str = "A", url: str = "") -> CallEvent:
    return CallEvent(
        call_id=UUID(int=1),
        number=1,
        deadline=datetime(2090, 1, 1, tzinfo=UTC),
        summary=summary,
        description="C",
        url=url,
        sequence=1,
        changed_at=SENT,
    )


def test_no_words_break_a_calendar():
    event = an_event("A\r\nEND:VEVENT\r\nB\x00")
    (read,) = events_in(deadlines_file([event], name="D", domain="prova.example"))
    assert str(read["SUMMARY"]) == "A\nEND:VEVENT\nB"


@pytest.mark.parametrize(
    "url", ["https://ec.europa.eu/x\r\nATTENDEE:mailto:a@b.example", "https://ec.europa.eu/a b", "ec.europa.eu"]
)
def test_a_link_that_no_calendar_can_hold_is_left_out_of_it(url: str):
    good = "https://ec.europa.eu/info?x=1&y=2#z"
    read, other = events_in(deadlines_file([an_event(url=url), an_event(url=good)], name="D", domain="prova.example"))
    assert "URL" not in read
    assert str(other["URL"]) == good
