"""One turn: of all that is due at an instant, what leaves, to whom, and what waits."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from models.policies.calendar import Calendar, free_days
from models.policies.people import Absence, Away, PersonFacts, Presence, UnitFacts
from models.policies.plan import BY_HAND, PlannedStep, Quiet
from models.policies.turn import Due, Ended, Held, Letter, Passed, chosen, decide, reader_of
from tests.policies.shipped import INDICATOR_REQUEST

MADRID = ZoneInfo("Europe/Madrid")
VALENCIA = Calendar(MADRID, free_days("ES", "VC", range(2026, 2029)))
PERSONS = {
    code: PersonFacts(code, code, f"{code}@city.example", "en", "service", active=True)
    for code in ("anna", "biel", "carla", "elena")
}
UNITS = {
    "service": UnitFacts("service", "service", "area", "city", "area", "biel"),
    "area": UnitFacts("area", "area", "area", "city", None, "carla"),
}
EVERYBODY = Presence(PERSONS, UNITS, {})


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=MADRID)


NINE = at("2027-01-25 09:00")
"""Monday."""


def step(kind: Any, instant: datetime = NINE, number: int = 1, level: int = 0, **reason: str) -> PlannedStep:
    return PlannedStep(kind, number, level, instant.date(), instant, {"rule": kind} | reason)


def due(task: int, *steps: PlannedStep, **changes: Any) -> Due:
    given: dict[str, Any] = {
        "task_id": UUID(int=task),
        "kind": "indicator_request",
        "unit_code": "service",
        "assignee_code": "anna",
        "policy": INDICATOR_REQUEST,
        "calendar": VALENCIA,
        "steps": steps,
    }
    return Due(**given | changes)


def decided(
    *tasks: Due, now: datetime = NINE, presence: Presence = EVERYBODY, maximum: int = 3, **sent_today: int
) -> list[str]:
    """What is decided, in words: `reminder 1 to anna`, two tasks in one mail joined by `+`."""
    said = []
    for decision in decide(tasks, presence, now=now, sent_today=sent_today, maximum=maximum):
        match decision:
            case Letter(reader=reader, about=about, copy_to=copy_to):
                what = " + ".join(f"{told.step.kind} {told.task_id.int}{' late' * told.late}" for told in about)
                said.append(f"{what} to {reader}{f' copy {copy_to}' if copy_to else ''}")
            case Ended(about=told):
                said.append(f"{told.task_id.int} ended")
            case Held(task_id=task_id, until=until, why=why):
                said.append(f"{task_id.int} held until {until.astimezone(MADRID):%m-%d %H:%M}, {why}")
            case Passed(task_id=task_id):
                said.append(f"{task_id.int} passed")
    return said


BEFORE = NINE - timedelta(days=3)
REQUEST, REMINDER, WARNING = step("request"), step("reminder"), step("warning")
ESCALATION, EXPIRY = step("escalation", level=1), step("expiry")
BY_HAND_ESCALATION = step("escalation", number=2, level=1, rule=BY_HAND)


@pytest.mark.parametrize(
    ("together", "carried_out"),
    [
        ([REMINDER], REMINDER),
        ([REMINDER, step("reminder", number=2)], step("reminder", number=2)),
        ([step("escalation", level=1), step("escalation", number=2, level=2)], step("escalation", number=2, level=2)),
        ([REMINDER, ESCALATION], ESCALATION),
        ([step("escalation", BEFORE, level=1), REMINDER], step("escalation", BEFORE, level=1)),
        ([REMINDER, WARNING], WARNING),
        ([ESCALATION, WARNING], WARNING),
        ([BY_HAND_ESCALATION, WARNING, REMINDER], BY_HAND_ESCALATION),
        ([REQUEST, BY_HAND_ESCALATION], REQUEST),
        ([REQUEST, REMINDER, WARNING, ESCALATION], REQUEST),
        ([REQUEST, REMINDER, WARNING, ESCALATION, EXPIRY], EXPIRY),
    ],
)
def test_of_what_is_due_together_one_is_carried_out(together, carried_out):
    assert chosen(together) == carried_out
    assert chosen(reversed(together)) == carried_out


@pytest.mark.parametrize(
    ("what", "leaves"),
    [
        (REQUEST, "request 1 to anna"),
        (REMINDER, "reminder 1 to anna"),
        (WARNING, "warning 1 to anna"),
        (ESCALATION, "escalation 1 to biel copy anna"),
        (step("escalation", level=2), "escalation 1 to carla copy anna"),
        (step("escalation", level=3), "escalation 1 to None copy anna"),
        (EXPIRY, "1 ended"),
    ],
)
def test_each_step_has_its_reader(what, leaves):
    assert decided(due(1, what)) == [leaves]


def test_absences_are_followed_and_told():
    absences = {"anna": Absence("anna", date(2027, 1, 25), date(2027, 1, 29), "elena")}
    away = Presence(PERSONS, UNITS, absences)
    assert decided(due(1, REMINDER), presence=away) == ["reminder 1 to elena"]
    assert decided(due(1, ESCALATION), presence=away) == ["escalation 1 to biel copy elena"]
    assert reader_of(due(1, REMINDER), away) == "elena"
    (letter,) = decide([due(1, REMINDER)], away, now=NINE, sent_today={}, maximum=3)
    assert isinstance(letter, Letter)
    assert letter.about[0].path == (Away("anna", date(2027, 1, 29), "elena"),)


def test_a_mail_about_one_task_is_not_the_one_about_several():
    (one,) = decide([due(1, WARNING)], EVERYBODY, now=NINE, sent_today={}, maximum=3)
    (two,) = decide([due(1, WARNING), due(2, REMINDER)], EVERYBODY, now=NINE, sent_today={}, maximum=3)
    (asked,) = decide([due(1, REQUEST)], EVERYBODY, now=NINE, sent_today={}, maximum=3)
    (told,) = decide([due(1, ESCALATION)], EVERYBODY, now=NINE, sent_today={}, maximum=3)
    assert [letter.mail for letter in (one, two, asked, told) if isinstance(letter, Letter)] == [
        "task_reminder",
        "task_reminders",
        "task_request",
        "task_escalation",
    ]


def test_reminders_of_one_person_leave_as_one_mail_whatever_their_process():
    tasks = [due(1, REMINDER), due(2, WARNING), due(3, REMINDER, assignee_code="elena")]
    assert decided(*tasks) == ["reminder 1 + warning 2 to anna", "reminder 3 to elena"]


def test_reminders_that_reach_the_same_person_through_an_absence_leave_together():
    away = Presence(PERSONS, UNITS, {"anna": Absence("anna", NINE.date(), NINE.date(), "elena")})
    tasks = [due(1, REMINDER), due(2, REMINDER, assignee_code="elena")]
    assert decided(*tasks, presence=away) == ["reminder 1 + reminder 2 to elena"]


def test_requests_and_escalations_leave_each_by_itself():
    assert decided(due(1, REQUEST), due(2, REQUEST)) == ["request 1 to anna", "request 2 to anna"]
    assert decided(due(1, ESCALATION), due(2, ESCALATION)) == [
        "escalation 1 to biel copy anna",
        "escalation 2 to biel copy anna",
    ]


def test_a_reminder_of_the_same_hour_goes_along():
    later = step("reminder", at("2027-01-25 09:40"))
    assert decided(due(1, REMINDER), due(2, later, companion=True)) == ["reminder 1 + reminder 2 to anna"]


@pytest.mark.parametrize(
    "companion",
    [
        due(2, step("request", at("2027-01-25 09:40")), companion=True),
        due(2, step("escalation", at("2027-01-25 09:40"), level=1), companion=True),
        due(2, step("expiry", at("2027-01-25 09:40")), companion=True),
        due(2, step("reminder", at("2027-01-25 09:40")), asked_on=(date(2027, 1, 22),), companion=True),
        due(
            2, step("reminder", at("2027-01-25 09:40")), quiet=(Quiet(BEFORE, at("2027-01-26 00:00")),), companion=True
        ),
        due(2, step("reminder", at("2027-01-25 09:40")), assignee_code="elena", companion=True),
    ],
)
def test_what_is_no_reminder_or_may_not_leave_does_not_go_along(companion):
    assert decided(due(1, REMINDER), companion) == ["reminder 1 to anna"]


def test_companions_alone_send_nothing():
    assert decided(due(1, REMINDER, companion=True)) == []


@pytest.mark.parametrize(
    ("asked_on", "comes"),
    [
        ((), "reminder 1 to anna"),
        ((date(2027, 1, 21),), "reminder 1 to anna"),  # Friday and Monday: a gap of two
        ((date(2027, 1, 22),), "1 passed"),
        ((date(2027, 1, 25),), "1 passed"),
        ((date(2027, 1, 22), date(2027, 1, 4)), "1 passed"),
    ],
)
def test_a_reminder_within_the_gap_of_another_mail_is_passed_over(asked_on, comes):
    assert decided(due(1, REMINDER, asked_on=asked_on)) == [comes]
    assert decided(due(1, WARNING, asked_on=asked_on)) == [comes.replace("reminder", "warning")]


def test_requests_and_escalations_know_no_gap():
    asked_on = (date(2027, 1, 25),)
    assert decided(due(1, REQUEST, asked_on=asked_on)) == ["request 1 to anna"]
    assert decided(due(1, ESCALATION, asked_on=asked_on)) == ["escalation 1 to biel copy anna"]


@pytest.mark.parametrize(
    ("sent", "kind", "leaves"),
    [
        (2, "request", "request 1 to anna"),
        (3, "request", "1 held until 01-26 09:00, daily_maximum"),
        (2, "reminder", "reminder 1 to anna"),
        (3, "reminder", "1 held until 01-26 09:00, daily_maximum"),
        (9, "warning", "warning 1 to anna"),
        (9, "escalation", "escalation 1 to biel copy anna"),
        (9, "expiry", "1 ended"),
    ],
)
def test_what_is_over_the_daily_maximum_waits_for_the_next_working_day(sent, kind, leaves):
    assert decided(due(1, step(kind, level=1)), anna=sent) == [leaves]


@pytest.mark.parametrize("kind", ["request", "reminder"])
def test_a_decision_that_others_wait_for_is_never_held_by_the_maximum(kind):
    assert decided(due(1, step(kind), kind="extension_decision"), anna=9) == [f"{kind} 1 to anna"]


def test_a_decision_counts_for_those_that_may_wait():
    tasks = [due(1, REQUEST, kind="extension_decision"), due(2, REQUEST), due(3, REMINDER)]
    assert decided(*tasks, maximum=1) == [
        "request 1 to anna",
        "2 held until 01-26 09:00, daily_maximum",
        "3 held until 01-26 09:00, daily_maximum",
    ]


def test_the_maximum_counts_what_leaves_in_the_same_turn():
    tasks = [due(number, REQUEST) for number in (1, 2, 3)]
    assert decided(*tasks, maximum=2) == [
        "request 1 to anna",
        "request 2 to anna",
        "3 held until 01-26 09:00, daily_maximum",
    ]


def test_the_coordinator_gets_all_that_reaches_nobody_else():
    nobody = Presence({}, UNITS, {})
    tasks = [due(1, REQUEST), due(2, REQUEST), due(3, REMINDER)]
    assert decided(*tasks, presence=nobody, maximum=1) == [
        "request 1 to None",
        "request 2 to None",
        "reminder 3 to None",
    ]


def test_over_the_maximum_reminders_still_go_along_with_a_warning():
    assert decided(due(1, REMINDER), due(2, WARNING), anna=3) == ["reminder 1 + warning 2 to anna"]


def test_what_waits_on_a_friday_before_a_holiday_waits_for_the_next_working_day_with_its_spread():
    friday = at("2027-03-18 09:20")  # Thursday; Sant Josep is on Friday
    waiting = due(1, step("request", friday), spread=timedelta(minutes=20))
    assert decided(waiting, now=friday, anna=3) == ["1 held until 03-22 09:20, daily_maximum"]


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2027-01-25 09:15", "reminder 1 to anna"),
        ("2027-01-25 09:16", "reminder 1 late to anna"),
        ("2027-01-25 17:59", "reminder 1 late to anna"),
        ("2027-01-25 18:00", "1 held until 01-26 08:00, hours"),
        ("2027-01-26 03:00", "1 held until 01-26 08:00, hours"),
        ("2027-01-29 22:00", "1 held until 02-01 08:00, hours"),
    ],
)
def test_what_was_held_up_says_so_and_keeps_to_the_hours(now, leaves):
    assert decided(due(1, REMINDER), now=at(now)) == [leaves]


def test_what_waited_for_the_morning_after_an_outage_still_says_that_it_is_late():
    held = step("warning", at("2027-01-26 08:00"), held="hours")
    assert decided(due(1, held), now=held.at) == ["warning 1 late to anna"]


@pytest.mark.parametrize("kind", ["reminder", "warning", "escalation"])
def test_what_was_planned_for_a_day_that_became_free_waits_for_the_next(kind):
    strike = Calendar(MADRID, {**VALENCIA.free_days, NINE.date(): "local"})
    assert decided(due(1, step(kind, level=1), calendar=strike)) == ["1 held until 01-26 08:00, hours"]


@pytest.mark.parametrize("why", ["pause", "daily_maximum"])
def test_what_waited_for_another_reason_is_not_late(why):
    held = step("reminder", at("2027-01-26 09:00"), held=why)
    assert decided(due(1, held), now=held.at) == ["reminder 1 to anna"]


def test_a_request_at_once_leaves_at_any_hour():
    sunday = step("request", at("2027-01-24 22:30"))
    assert decided(due(1, sunday), now=sunday.at) == ["request 1 to anna"]


def test_silence_ends_at_any_hour_and_in_a_pause():
    quiet = (Quiet(BEFORE, at("2027-03-01 00:00")),)
    assert decided(due(1, EXPIRY, quiet=quiet), now=at("2027-01-30 03:00")) == ["1 ended"]


@pytest.mark.parametrize("what", [REQUEST, REMINDER, WARNING, ESCALATION, BY_HAND_ESCALATION])
def test_in_a_pause_everything_waits_for_its_end(what):
    quiet = (Quiet(BEFORE, at("2027-01-26 00:00")), Quiet(NINE, at("2027-01-30 12:00")))
    assert decided(due(1, what, quiet=quiet)) == ["1 held until 02-01 09:00, pause"]


def test_a_pause_that_is_over_or_to_come_holds_nothing():
    quiet = (Quiet(BEFORE, NINE), Quiet(NINE + timedelta(minutes=1), at("2027-02-01 00:00")))
    assert decided(due(1, REMINDER, quiet=quiet)) == ["reminder 1 to anna"]


def test_a_pause_that_ends_at_the_hour_holds_until_then_and_no_longer():
    until = VALENCIA.at(date(2027, 1, 26), time(9))
    assert decided(due(1, REMINDER, quiet=(Quiet(BEFORE, until),))) == ["1 held until 01-26 09:00, pause"]


def test_what_is_decided_does_not_depend_on_the_order_of_what_is_due():
    tasks = [
        due(1, step("request", NINE), unit_code="area"),
        due(2, step("request", BEFORE)),
        due(3, REMINDER),
        due(4, WARNING, unit_code="area"),
    ]
    forward = decided(*tasks, maximum=1)
    assert forward == decided(*reversed(tasks), maximum=1)
    assert forward[:2] == ["request 2 late to anna", "1 held until 01-26 09:00, daily_maximum"]
