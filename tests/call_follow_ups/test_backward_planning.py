"""Counting back from a deadline: tables of human dates."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.policies.calendar import Calendar, DemonstrationCalendar, free_days
from models.policies.call_follow_up import (
    Clock,
    alarm_at,
    cutoff,
    missed_at,
    period_ends,
    plan_backward,
    steps_of,
    years_after,
)

YEARS = range(2026, 2033)
VALENCIA = Calendar(ZoneInfo("Europe/Madrid"), free_days("ES", "VC", YEARS))
CANARY = Calendar(ZoneInfo("Atlantic/Canary"), free_days("ES", "CN", YEARS))
BRUSSELS = "Europe/Brussels"
FIVE = time(17)


def planned(stage, deadline, now, calendar=VALENCIA, others=None):
    """The latest start, the due day and the slack of each step, all of one unit or with some of others."""
    owners = {step.key: "OWN" for step in steps_of(stage)} | {key: key for key in others or {}}
    milestones = plan_backward(stage, deadline, owners, {"OWN": calendar, **(others or {})}, now)
    return {each.key: (f"{each.latest_start:%d-%m}", f"{each.due_on:%d-%m}", each.slack) for each in milestones}


def morning(day):
    return datetime.combine(day, time(8), UTC)


def test_a_proposal_is_counted_back_over_easter_and_saint_joseph():
    deadline = cutoff(date(2027, 4, 15), FIVE, BRUSSELS, VALENCIA)
    assert planned(0, deadline, morning(date(2027, 1, 4))) == {
        "concept": ("01-02", "15-02", 19),
        "partners": ("08-02", "01-03", 24),
        "budget": ("22-02", "08-03", 34),
        "cofunding": ("08-03", "15-03", 44),
        "intervention_report": ("15-03", "23-03", 49),
        "legal_report": ("15-03", "23-03", 49),
        "council_approval": ("23-03", "08-04", 54),
        "upload": ("08-04", "13-04", 64),
    }


def test_a_deadline_after_christmas_is_begun_before_it():
    deadline = cutoff(date(2027, 1, 12), FIVE, BRUSSELS, VALENCIA)
    assert planned(1, deadline, morning(date(2026, 12, 1))) == {
        "concept": ("10-12", "24-12", 6),
        "partners": ("17-12", "04-01", 11),
        "upload": ("04-01", "08-01", 21),
    }


def test_where_august_is_free_a_deadline_in_september_is_begun_in_june():
    deadline = cutoff(date(2027, 9, 16), FIVE, BRUSSELS, VALENCIA)
    august = {date(2027, 8, day): "closed" for day in range(1, 32)}
    closed = replace(VALENCIA, free_days={**VALENCIA.free_days, **august})
    worked, rests = (planned(0, deadline, morning(date(2027, 6, 1)), each) for each in (VALENCIA, closed))
    assert (worked["concept"], worked["upload"]) == (("08-07", "22-07", 26), ("09-09", "14-09", 71))
    assert (rests["concept"], rests["upload"]) == (("07-06", "21-06", 4), ("09-09", "14-09", 49))


def test_each_step_goes_by_the_local_days_of_the_unit_that_has_it():
    deadline = cutoff(date(2027, 4, 15), FIVE, BRUSSELS, VALENCIA)
    saint_vincent = replace(VALENCIA, free_days={**VALENCIA.free_days, date(2027, 4, 5): "local"})
    steps = planned(0, deadline, morning(date(2027, 1, 4)), VALENCIA, {"council_approval": saint_vincent})
    assert steps["council_approval"] == ("22-03", "08-04", 53)
    assert steps["upload"] == ("08-04", "13-04", 64)


@pytest.mark.parametrize(
    ("hour", "valencia", "canary"),
    [
        (time(17), ("13-04", "2027-04-15 17:00"), ("13-04", "2027-04-15 16:00")),
        (time(23, 59), ("13-04", "2027-04-15 23:59"), ("13-04", "2027-04-15 22:59")),
        # Half an hour after midnight in Brussels: on the islands it is still the evening before.
        (time(0, 30), ("13-04", "2027-04-15 00:30"), ("12-04", "2027-04-14 23:30")),
    ],
)
def test_a_deadline_is_counted_from_the_local_day_of_each_unit(hour, valencia, canary):
    deadline = cutoff(date(2027, 4, 15), hour, BRUSSELS, VALENCIA)
    for calendar, (due, shown) in ((VALENCIA, valencia), (CANARY, canary)):
        assert planned(0, deadline, morning(date(2027, 1, 4)), calendar)["upload"][1] == due
        assert f"{calendar.local(deadline):%Y-%m-%d %H:%M}" == shown


def test_a_deadline_just_after_midnight_of_another_zone_is_the_day_before_here():
    deadline = cutoff(date(2027, 4, 15), time(0, 10), "Europe/Helsinki", VALENCIA)
    assert f"{VALENCIA.local(deadline):%d-%m %H:%M}" == "14-04 23:10"
    assert planned(0, deadline, morning(date(2027, 1, 4)))["upload"] == ("07-04", "12-04", 63)


def test_a_deadline_on_a_free_day_is_counted_from_it_all_the_same():
    deadline = cutoff(date(2027, 4, 18), FIVE, BRUSSELS, VALENCIA)
    assert planned(0, deadline, morning(date(2027, 1, 4)))["upload"] == ("12-04", "15-04", 66)


def test_what_should_have_begun_is_short_by_so_many_working_days():
    deadline = cutoff(date(2027, 4, 15), FIVE, BRUSSELS, VALENCIA)
    owners = {step.key: "OWN" for step in steps_of(0)}
    milestones = {
        each.key: each for each in plan_backward(0, deadline, owners, {"OWN": VALENCIA}, morning(date(2027, 2, 4)))
    }
    concept, partners = milestones["concept"], milestones["partners"]
    assert (concept.slack, concept.needed, concept.left, concept.short) == (-3, 10, 7, True)
    assert (partners.slack, partners.short) == (2, False)
    over = {each.key: each for each in plan_backward(0, deadline, owners, {"OWN": VALENCIA}, morning(date(2027, 3, 1)))}
    assert (over["concept"].left, over["concept"].slack) == (0, -20)


def test_the_second_stage_needs_no_new_concept_and_the_outline_no_council():
    deadline = cutoff(date(2027, 4, 15), FIVE, BRUSSELS, VALENCIA)
    outline, second = (set(planned(stage, deadline, morning(date(2027, 1, 4)))) for stage in (1, 2))
    assert outline == {"concept", "partners", "upload"}
    assert {"council_approval", "upload"} <= second
    assert "concept" not in second


@pytest.mark.parametrize(
    ("day", "alarm", "missed"),
    [
        (date(2027, 4, 15), "2027-04-14T15:00", "2027-04-19T07:00"),
        # The alarm of a Monday is on Sunday: proposals are sent on Sundays.
        (date(2027, 4, 12), "2027-04-11T15:00", "2027-04-14T07:00"),
        # Clocks are put forward on the Sunday: the same hour of the clock, not 24 hours before; then Easter Monday.
        (date(2027, 3, 28), "2027-03-27T16:00", "2027-03-31T07:00"),
        (date(2027, 10, 31), "2027-10-30T15:00", "2027-11-03T08:00"),
    ],
)
def test_the_alarm_is_at_the_same_hour_of_the_day_before(day, alarm, missed):
    deadline = cutoff(day, FIVE, BRUSSELS, VALENCIA)
    assert f"{alarm_at(deadline, VALENCIA):%Y-%m-%dT%H:%M}" == alarm
    assert f"{missed_at(deadline, VALENCIA):%Y-%m-%dT%H:%M}" == missed


def test_in_a_demonstration_the_alarm_comes_before_the_deadline_all_the_same():
    began = datetime(2027, 4, 1, 9, tzinfo=UTC)
    quick = DemonstrationCalendar(
        ZoneInfo("Europe/Madrid"),
        VALENCIA.free_days,
        origin=began,
        first=date(2027, 4, 1),
        length=timedelta(seconds=2),
    )
    deadline = cutoff(date(2027, 4, 15), FIVE, BRUSSELS, quick)
    alarm, missed = alarm_at(deadline, quick), missed_at(deadline, quick)
    assert began < alarm < deadline < missed < began + timedelta(minutes=1)
    assert planned(0, deadline, began, quick)["upload"][1] == "13-04"


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2027, 8, 31), 5, date(2028, 1, 31)),
        (date(2026, 9, 30), 5, date(2027, 2, 28)),
        (date(2027, 9, 30), 5, date(2028, 2, 29)),
        (date(2027, 10, 31), 4, date(2028, 2, 29)),
        (date(2027, 12, 31), 6, date(2028, 6, 30)),
    ],
)
def test_months_are_calendar_months(day, months, then):
    assert Clock(months, "months", certain=True).after(day) == then


def test_days_are_days():
    assert Clock(60, "days", certain=True).after(date(2027, 12, 31)) == date(2028, 2, 29)


def test_five_years_after_a_leap_day_is_the_last_of_february():
    assert years_after(date(2028, 2, 29), 5) == date(2033, 2, 28)


def test_the_last_period_ends_with_the_project_whatever_its_length():
    starts, ends = date(2027, 9, 1), date(2030, 8, 31)
    assert period_ends(starts, ends, [18, 18]) == (date(2029, 2, 28), ends)
    assert period_ends(starts, ends, [12, 12]) == (date(2028, 8, 31), ends)
    assert period_ends(starts, ends, [12, 12, 12, 12]) == (date(2028, 8, 31), date(2029, 8, 31), ends)
    assert period_ends(starts, ends, []) == (ends,)
