"""What is prepared by when, which agendas cannot be held, and how far a visit is: tables of human dates."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from mail.question_words import PREPARATIONS as NAMES
from models.policies.calendar import YEARS_KNOWN, Calendar, free_days
from models.policies.delegation_reception import (
    PREPARATIONS,
    PlannedSlot,
    VisitFacts,
    agenda_problems,
    day_after,
    day_before,
    days_problems,
    plan_backward,
    standing,
    twice,
)

MADRID = ZoneInfo("Europe/Madrid")
LOCAL = {date(2027, 1, 22): "Sant Vicent Màrtir", date(2027, 4, 5): "Sant Vicent Ferrer"}
CALENDAR = Calendar(MADRID, {**LOCAL, **free_days("ES", "VC", range(2026, 2029))})


def on(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).astimezone(UTC)


def planned(kind, first_day: str, today: str):
    return {each.key: each for each in plan_backward(kind, on(first_day), CALENDAR, on(today))}


@pytest.mark.parametrize(
    ("first_day", "key", "latest_start", "due_on"),
    [
        ("2027-03-09", "interpreting", "2027-02-26", "2027-03-05"),  # an ordinary week
        ("2027-01-08", "interpreting", "2026-12-28", "2027-01-05"),  # New Year and Epiphany lie between
        ("2027-01-07", "press", "2026-12-31", "2027-01-05"),  # the day before is Epiphany
        ("2027-01-25", "press", "2027-01-19", "2027-01-21"),  # 22 January is free in València alone
        ("2027-03-30", "protocol", "2027-03-15", "2027-03-23"),  # Easter, and 19 March
        ("2027-08-17", "interpreting", "2027-08-06", "2027-08-13"),  # August counts: only 15 August is free, a Sunday
        ("2027-12-09", "interpreting", "2027-11-26", "2027-12-03"),  # 6 and 8 December are free, 7 is not
        ("2027-05-15", "briefing", "2027-05-10", "2027-05-13"),  # a visit on a Saturday
    ],
)
def test_preparations_are_counted_backward_on_working_days(first_day, key, latest_start, due_on):
    found = planned("institutional", first_day, "2026-11-02")[key]
    assert (found.latest_start, found.due_on) == (on(latest_start), on(due_on))


@pytest.mark.parametrize(
    ("today", "left", "short"),
    [
        ("2027-02-26", 5, False),  # the latest start itself is in time
        ("2027-02-27", 5, False),  # a Saturday: its Monday is the first working day after it
        ("2027-03-01", 4, True),
        ("2027-03-02", 3, True),
        ("2027-03-05", 0, True),
        ("2027-03-08", 0, True),  # over already
    ],
)
def test_what_begins_after_its_latest_start_is_short(today, left, short):
    interpreting = planned("institutional", "2027-03-09", today)["interpreting"]
    assert (interpreting.needed, interpreting.left, interpreting.short) == (5, left, short)


def test_every_preparation_has_a_name_and_every_name_is_used():
    used = {each.key for kind in PREPARATIONS.values() for each in kind}
    assert used == set(NAMES)


def test_each_kind_of_visit_has_something_of_its_own():
    keys = {kind: {each.key for each in listed} for kind, listed in PREPARATIONS.items()}
    assert len(keys) == 5
    assert len({frozenset(each) for each in keys.values()}) == 5
    assert "companies" in keys["business"]
    assert "consulate" in keys["diplomatic"]


HOSTS = {
    "ECO": "accepts",
    "SALUT": "accepts",
    "DIEO": "asked",
    "COOP": "declines",
    "STI": "other_days",
    "GAY": "removed",
}
FIRST, LAST = on("2027-03-09"), on("2027-03-10")


def slot(host="ECO", start="09:00", end="10:00", day="2027-03-09", place="Ajuntament", theme="Tema"):
    return PlannedSlot(on(day), time.fromisoformat(start), time.fromisoformat(end), place, host, theme)


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ([slot(), slot(start="10:00", end="11:00")], []),  # one begins when the other ends
        ([slot(), slot(start="09:30", end="11:00")], ["ECO is to receive the delegation twice at the same time"]),
        ([slot(), slot(start="09:59", end="10:01", place="Port")], ["ECO is to receive the delegation twice"]),
        ([slot(), slot("SALUT", place="ajuntament")], ["Ajuntament is taken twice"]),
        ([slot(), slot("SALUT", place="Port")], []),
        ([slot(), slot(day="2027-03-10")], []),
        ([slot(day="2027-03-11")], ["lies outside the visit, which lasts from 2027-03-09 to 2027-03-10"]),
        ([slot(start="11:00", end="10:00")], ["ends before it begins"]),
        ([slot(start="10:00", end="10:00")], ["ends before it begins"]),
        ([slot("DIEO")], ["DIEO has not said yet"]),
        ([slot("COOP")], ["COOP cannot receive"]),
        ([slot("STI")], ["STI can receive the delegation on other days only"]),
        ([slot("GAY")], ["GAY is no host of this visit"]),
        ([slot("NOBODY"), slot("NOBODY", start="12:00", end="13:00")], ["NOBODY is no host of this visit"]),
        (
            [slot("COOP", start="11:00", end="10:00", day="2027-03-08")],
            ["ends before it begins", "lies outside", "COOP cannot receive"],
        ),
    ],
)
def test_each_conflict_of_an_agenda_is_a_sentence(slots, said):
    found = list(agenda_problems(slots, HOSTS, FIRST, LAST))
    assert len(found) == len(said), found
    assert all(part in sentence for part, sentence in zip(said, found, strict=True)), found


@pytest.mark.parametrize(
    ("first", "last", "before", "after"),
    [
        ("2027-03-09", "2027-03-10", "2027-03-08T09:00", "2027-03-11T09:00"),
        ("2027-03-08", "2027-03-12", "2027-03-05T09:00", "2027-03-15T09:00"),  # Monday to Friday
        ("2027-01-07", "2027-01-07", "2027-01-05T09:00", "2027-01-08T09:00"),  # after Epiphany
        ("2027-03-20", "2027-03-21", "2027-03-18T09:00", "2027-03-22T09:00"),  # a weekend after 19 March
        ("2027-03-25", "2027-03-25", "2027-03-24T09:00", "2027-03-30T09:00"),  # before Easter: Friday and Monday free
        ("2027-10-29", "2027-10-31", "2027-10-28T09:00", "2027-11-02T09:00"),  # the clock changes on 31 October
    ],
)
def test_the_day_before_and_the_day_after_are_working_days(first, last, before, after):
    assert day_before(on(first), CALENDAR) == at(before)
    assert day_after(on(last), CALENDAR) == at(after)


FACTS = VisitFacts(
    state="coming",
    first_day=FIRST,
    last_day=LAST,
    revision="1.1",
    hosts=("accepts",),
    agenda=1,
    decided=True,
    approved=True,
    confirmed=True,
    reports=0,
    tasks=3,
)
CALL = at("2027-03-02T09:00")
EARLY, EVE, AFTER = at("2027-02-01T12:00"), at("2027-03-08T09:00"), at("2027-03-11T09:00")


@pytest.mark.parametrize(
    ("changes", "now", "reached", "next_at"),
    [
        ({"hosts": ("asked", "accepts"), "agenda": None, "decided": False, "approved": False}, EARLY, set(), EVE),
        ({"hosts": ("silent", "declines"), "agenda": None, "decided": False, "approved": False}, EARLY, {"hosts"}, EVE),
        ({"hosts": ("asked",), "decided": False, "approved": False}, EARLY, {"hosts", "agenda"}, EVE),
        ({"approved": False}, EARLY, {"hosts", "agenda", "decision"}, EVE),
        ({}, EARLY, {"hosts", "agenda", "decision", "approval"}, EVE),
        ({}, EVE, {"hosts", "agenda", "decision", "approval", "day before"}, AFTER),
        ({"approved": False, "confirmed": False}, EVE, {"hosts", "agenda", "decision"}, AFTER),
        (
            {"decided": False, "approved": False},
            EVE,
            {"hosts", "agenda", "decision", "approval", "day before"},
            AFTER,
        ),  # another agenda waits for its approval
        ({"approved": False, "confirmed": False, "last_call": CALL}, EARLY, {"hosts", "agenda", "decision"}, CALL),
        ({"agenda": None, "decided": False, "approved": False, "reports": 1}, AFTER, set(), None),
        ({"reports": 1}, AFTER, set(), None),
        ({}, AFTER, {"reports"}, None),
        ({"tasks": 0}, AFTER, {"reports", "commitments"}, None),
        ({"tasks": 0, "reported_at": AFTER}, AFTER, {"reports"}, at("2027-03-19T00:00")),
        ({"tasks": 0, "reported_at": AFTER}, at("2027-03-19T00:00"), {"reports", "commitments"}, None),
    ],
)
def test_how_far_a_visit_is(changes, now, reached, next_at):
    found = standing(replace(FACTS, **changes), CALENDAR, now)
    over = {"hosts", "agenda", "decision", "approval", "day before", "day after"} if now >= AFTER else set()
    assert set(found.reached) == reached | over
    assert (found.next_at, found.ended, found.revision) == (next_at, False, "1.1")


def test_a_visit_that_was_called_off_has_ended():
    assert standing(replace(FACTS, state="called_off"), CALENDAR, EARLY).ended


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2027-03-09", "2027-03-10", []),
        ("2027-03-01", "2027-03-01", []),  # today
        ("2027-03-10", "2027-03-09", ["comes before the first"]),
        ("2027-02-26", "2027-03-02", ["would begin on 2027-02-26, and today is 2027-03-01"]),
        ("2027-03-02", "2027-04-01", []),
        ("2027-03-02", "2027-04-02", ["longer than 31 days"]),
        ("2041-01-07", "2041-01-08", ["known until 2040"]),
    ],
)
def test_days_that_cannot_be(first, last, said):
    found = list(days_problems(on(first), on(last), on("2027-03-01"), YEARS_KNOWN))
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


def test_what_comes_twice_is_named_once():
    assert twice(["A", "B", "A", "C", "A", "B"]) == ["A", "B"]
