"""The plan of a task: what happens when, in a real quarter, and what becomes of it when time is short."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policies.calendar import Calendar, DemonstrationCalendar, free_days
from models.policies.plan import (
    FOCAL_POINT_NAMING,
    INDICATOR_REQUEST,
    POLICIES,
    PlannedStep,
    TaskDays,
    plan,
    task_days,
)

MADRID = ZoneInfo("Europe/Madrid")
VALENCIA = Calendar(MADRID, free_days("ES", "VC", range(2024, 2032)))
OPENING = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
"""Monday, 9 o'clock in València."""
SPREAD = timedelta(minutes=17)
NO_SPREAD = timedelta(0)


def quarter(closes_at: datetime | None = None) -> TaskDays:
    """The days of the collection of the last quarter of 2026."""
    return task_days(INDICATOR_REQUEST, VALENCIA, opens_at=OPENING, closes_at=closes_at)


def naming() -> TaskDays:
    """The days of a head who has to name somebody in that collection."""
    return task_days(FOCAL_POINT_NAMING, VALENCIA, opens_at=OPENING, closes_at=quarter().closes_at)


def told(steps: Iterable[PlannedStep]) -> list[tuple[str, int, str]]:
    """Kind, level and local moment of each step."""
    return [(step.kind, step.level, f"{VALENCIA.local(step.at):%a %Y-%m-%d %H:%M}") for step in steps]


def test_a_quarter_goes_as_its_table_says():
    days = quarter()
    assert (days.opens_on, days.due_on, days.closes_on) == (date(2027, 1, 4), date(2027, 1, 26), date(2027, 2, 9))
    assert days.due_at == datetime(2027, 1, 26, 23, 0, tzinfo=UTC)
    assert days.closes_at == datetime(2027, 2, 9, 23, 0, tzinfo=UTC)
    assert told(plan(INDICATOR_REQUEST, days, VALENCIA, spread=SPREAD)) == [
        ("request", 0, "Mon 2027-01-04 09:00"),
        ("reminder", 1, "Tue 2027-01-19 09:17"),
        ("reminder", 2, "Mon 2027-01-25 09:17"),
        ("reminder", 3, "Thu 2027-01-28 09:17"),
        ("escalation", 1, "Mon 2027-02-01 09:17"),
        ("expiry", 0, "Wed 2027-02-10 00:00"),
    ]


def test_naming_a_focal_point_goes_faster_and_ends_with_its_collection():
    days = naming()
    assert (days.due_on, days.closes_on) == (date(2027, 1, 12), date(2027, 2, 9))
    assert told(plan(FOCAL_POINT_NAMING, days, VALENCIA, spread=NO_SPREAD)) == [
        ("request", 0, "Mon 2027-01-04 09:00"),
        ("reminder", 1, "Mon 2027-01-11 09:00"),
        ("reminder", 2, "Thu 2027-01-14 09:00"),
        ("escalation", 1, "Mon 2027-01-18 09:00"),
        ("expiry", 0, "Wed 2027-02-10 00:00"),
    ]


def test_an_hour_stays_the_same_on_the_clock_when_clocks_change():
    opening = datetime(2027, 3, 15, 8, 0, tzinfo=UTC)
    days = task_days(INDICATOR_REQUEST, VALENCIA, opens_at=opening, closes_at=None)
    shown = [VALENCIA.local(step.at).time() for step in plan(INDICATOR_REQUEST, days, VALENCIA, spread=NO_SPREAD)]
    assert shown == [time(9)] * 5 + [time(0)]


def test_each_step_says_why_it_falls_on_its_day():
    steps = plan(INDICATOR_REQUEST, quarter(), VALENCIA, spread=NO_SPREAD)
    anchor = "2027-01-26"
    assert [step.reason for step in steps] == [
        {"rule": "request"},
        {"rule": "reminder_before_due", "working_days": 5, "anchor": anchor, "skipped": []},
        {"rule": "reminder_before_due", "working_days": 1, "anchor": anchor, "skipped": []},
        {"rule": "reminder_after_due", "working_days": 2, "anchor": anchor, "skipped": []},
        {"rule": "escalation", "working_days": 4, "anchor": anchor, "skipped": []},
        {"rule": "expiry", "anchor": anchor},
    ]


def test_the_holidays_that_were_counted_over_are_named():
    opening = datetime(2026, 12, 21, 8, 0, tzinfo=UTC)
    days = task_days(FOCAL_POINT_NAMING, VALENCIA, opens_at=opening, closes_at=None)
    assert days.due_on == date(2026, 12, 29)
    reasons = {
        (step.kind, step.level): step.reason.get("skipped")
        for step in plan(FOCAL_POINT_NAMING, days, VALENCIA, spread=NO_SPREAD)
    }
    assert reasons["reminder", 1] == []
    assert reasons["reminder", 2] == []
    assert reasons["escalation", 1] == ["2027-01-01"]


def test_a_close_that_is_nearer_draws_the_due_day_in_and_nothing_outlives_it():
    closes_at = datetime(2027, 1, 15, 23, 0, tzinfo=UTC)
    days = quarter(closes_at)
    assert (days.due_on, days.closes_on) == (date(2027, 1, 15), date(2027, 1, 15))
    assert (days.due_at, days.closes_at) == (closes_at, closes_at)
    assert told(plan(INDICATOR_REQUEST, days, VALENCIA, spread=NO_SPREAD)) == [
        ("request", 0, "Mon 2027-01-04 09:00"),
        ("reminder", 1, "Fri 2027-01-08 09:00"),
        ("reminder", 2, "Thu 2027-01-14 09:00"),
        ("expiry", 0, "Sat 2027-01-16 00:00"),
    ]


def test_a_close_between_due_day_and_escalation_leaves_the_escalation_out():
    closes_at = datetime(2027, 1, 29, 23, 0, tzinfo=UTC)
    days = quarter(closes_at)
    assert (days.due_on, days.closes_on) == (date(2027, 1, 26), date(2027, 1, 29))
    kinds = [step.kind for step in plan(INDICATOR_REQUEST, days, VALENCIA, spread=NO_SPREAD)]
    assert kinds == ["request", "reminder", "reminder", "reminder", "expiry"]


def test_a_close_within_a_day_ends_at_its_instant():
    closes_at = datetime(2027, 1, 15, 11, 0, tzinfo=UTC)
    days = quarter(closes_at)
    assert (days.closes_on, days.closes_at) == (date(2027, 1, 15), closes_at)
    assert plan(INDICATOR_REQUEST, days, VALENCIA, spread=NO_SPREAD)[-1].at == closes_at


def test_nobody_is_reminded_on_the_day_they_were_asked():
    closes_at = datetime(2027, 1, 5, 23, 0, tzinfo=UTC)
    days = quarter(closes_at)
    assert days.due_on == date(2027, 1, 5)
    steps = plan(INDICATOR_REQUEST, days, VALENCIA, spread=NO_SPREAD)
    assert [step.kind for step in steps] == ["request", "expiry"]


def test_somebody_named_late_is_asked_for_the_time_that_is_left():
    opens_at = datetime(2027, 1, 29, 9, 12, tzinfo=UTC)
    days = task_days(INDICATOR_REQUEST, VALENCIA, opens_at=opens_at, closes_at=quarter().closes_at)
    assert (days.opens_on, days.due_on, days.closes_on) == (date(2027, 1, 29), date(2027, 2, 9), date(2027, 2, 9))
    assert told(plan(INDICATOR_REQUEST, days, VALENCIA, spread=NO_SPREAD)) == [
        ("request", 0, "Fri 2027-01-29 10:12"),
        ("reminder", 1, "Tue 2027-02-02 09:00"),
        ("reminder", 2, "Mon 2027-02-08 09:00"),
        ("expiry", 0, "Wed 2027-02-10 00:00"),
    ]


def test_the_spread_moves_the_hour_of_reminders_and_escalations_and_never_their_day():
    days = quarter()
    still = plan(INDICATOR_REQUEST, days, VALENCIA, spread=NO_SPREAD)
    moved = plan(INDICATOR_REQUEST, days, VALENCIA, spread=SPREAD)
    assert [(step.kind, step.level, step.on, step.reason) for step in still] == [
        (step.kind, step.level, step.on, step.reason) for step in moved
    ]
    moves = [after.at - before.at for before, after in zip(still, moved, strict=True)]
    assert moves == [NO_SPREAD, SPREAD, SPREAD, SPREAD, SPREAD, NO_SPREAD]


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
@given(
    opens_at=st.integers(0, 4 * 365 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n)),
    lasts=st.none() | st.integers(1, 60),
    spread=st.integers(0, 49).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_whenever_a_task_opens_its_plan_is_in_order(policy, opens_at, lasts, spread):
    closes_at = None if lasts is None else VALENCIA.end_of(VALENCIA.shift(VALENCIA.day(opens_at), lasts))
    days = task_days(policy, VALENCIA, opens_at=opens_at, closes_at=closes_at)
    steps = plan(policy, days, VALENCIA, spread=spread)
    assert VALENCIA.is_working(days.due_on)
    assert VALENCIA.is_working(days.closes_on)
    assert days.opens_at <= days.due_at <= days.closes_at
    assert closes_at is None or days.closes_at <= closes_at
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert (steps[0].kind, steps[0].at) == ("request", opens_at)
    assert (steps[-1].kind, steps[-1].at) == ("expiry", days.closes_at)
    assert len({(step.kind, step.level) for step in steps}) == len(steps)
    for step in steps[1:-1]:
        assert VALENCIA.is_working(step.on)
        assert VALENCIA.day(step.at) == step.on > days.opens_on
        assert time(9) <= VALENCIA.local(step.at).time() < time(10)
    after_due = [step for step in steps if step.kind == "escalation"]
    assert all(step.at > days.due_at for step in after_due), "the head is told only of what is late"


def test_a_demonstration_plans_the_same_days_in_seconds():
    calendar = DemonstrationCalendar(
        MADRID, VALENCIA.free_days, origin=OPENING, first=date(2027, 1, 4), length=timedelta(seconds=1)
    )
    days = task_days(INDICATOR_REQUEST, calendar, opens_at=OPENING, closes_at=None)
    steps = plan(INDICATOR_REQUEST, days, calendar, spread=NO_SPREAD)
    real = plan(INDICATOR_REQUEST, quarter(), VALENCIA, spread=NO_SPREAD)
    assert [(step.kind, step.level, step.on) for step in steps] == [(step.kind, step.level, step.on) for step in real]
    assert steps[-1].at == OPENING + timedelta(seconds=26)
