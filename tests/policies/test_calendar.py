"""The city's days: València's holidays, working days counted, the hours of mail, and days that last a second."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policies.calendar import YEARS_KNOWN, Calendar, DemonstrationCalendar, free_days

MADRID = ZoneInfo("Europe/Madrid")
FREE = free_days("ES", "VC", YEARS_KNOWN)
VALENCIA = Calendar(MADRID, FREE)
BARCELONA = Calendar(MADRID, free_days("ES", "CT", YEARS_KNOWN))


def local(written: str) -> datetime:
    """`2026-12-24 09:30` as València's clock shows it."""
    return datetime.fromisoformat(written).replace(tzinfo=MADRID)


def day(written: str) -> date:
    return date.fromisoformat(written)


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("2026-12-25", "Christmas"),
        ("2027-01-01", "New Year"),
        ("2027-01-06", "Epiphany"),
        ("2027-03-19", "Sant Josep"),
        ("2027-03-26", "Good Friday"),
        ("2027-03-29", "Easter Monday"),
        ("2027-06-24", "Sant Joan"),
        ("2026-10-09", "9 d'Octubre"),
        ("2026-10-12", "National Day"),
        ("2027-11-01", "All Saints"),
        ("2026-12-08", "Immaculate Conception"),
    ],
)
def test_valencia_does_not_work_on_its_holidays(written, what):
    assert day(written).weekday() < 5, f"{what} has to fall on a weekday to say anything"
    assert not VALENCIA.is_working(day(written))


@pytest.mark.parametrize("written", ["2026-10-09", "2027-03-19"])
def test_what_is_a_holiday_in_valencia_is_worked_in_barcelona(written):
    assert BARCELONA.is_working(day(written))


@pytest.mark.parametrize(
    "written", ["2026-12-24", "2026-12-31", "2027-01-05", "2027-03-18", "2026-10-08", "2027-08-16"]
)
def test_the_day_before_a_holiday_and_an_ordinary_day_are_worked(written):
    assert VALENCIA.is_working(day(written))


@pytest.mark.parametrize("written", ["2026-11-21", "2026-11-22"])
def test_nobody_works_on_a_weekend(written):
    assert not VALENCIA.is_working(day(written))


@pytest.mark.parametrize(
    ("start", "working_days", "arrives"),
    [
        ("2026-12-23", 1, "2026-12-24"),
        ("2026-12-24", 1, "2026-12-28"),  # Christmas on a Friday, then a weekend
        ("2026-12-31", 1, "2027-01-04"),  # New Year on a Friday, then a weekend
        ("2027-01-04", 2, "2027-01-07"),  # Epiphany
        ("2026-12-24", 5, "2027-01-04"),
        ("2027-01-04", 15, "2027-01-26"),  # a quarter's due day
        ("2026-10-08", 1, "2026-10-13"),  # 9 d'Octubre on a Friday, the National Day on Monday
        ("2027-03-18", 1, "2027-03-22"),  # Sant Josep on a Friday
        ("2026-11-21", 1, "2026-11-23"),  # a Saturday: the day itself is not counted
        ("2027-01-04", -1, "2026-12-31"),
        ("2027-01-07", -1, "2027-01-05"),
        ("2026-10-13", -1, "2026-10-08"),
        ("2026-12-28", -2, "2026-12-23"),
        ("2026-11-22", -1, "2026-11-20"),
        ("2026-11-20", 0, "2026-11-20"),
        ("2026-11-21", 0, "2026-11-23"),
        ("2026-12-25", 0, "2026-12-28"),
        ("2027-01-06", 0, "2027-01-07"),
    ],
)
def test_working_days_are_counted_over_weekends_and_holidays(start, working_days, arrives):
    assert VALENCIA.shift(day(start), working_days) == day(arrives)


@pytest.mark.parametrize(
    ("first", "last", "working_days"),
    [
        ("2026-11-23", "2026-11-23", 0),
        ("2026-11-20", "2026-11-23", 1),
        ("2026-11-20", "2026-11-22", 0),
        ("2026-12-23", "2027-01-07", 8),
        ("2027-01-07", "2026-12-23", -8),
        ("2026-10-08", "2026-10-13", 1),
        ("2027-03-18", "2027-03-22", 1),
    ],
)
def test_the_working_days_between_two_days_leave_out_the_first_and_count_the_last(first, last, working_days):
    assert VALENCIA.working_days_between(day(first), day(last)) == working_days


@pytest.mark.parametrize(
    ("first", "last", "skipped"),
    [
        ("2026-12-23", "2027-01-07", ("2026-12-25", "2027-01-01", "2027-01-06")),
        ("2026-10-08", "2026-10-13", ("2026-10-09", "2026-10-12")),
        ("2026-11-20", "2026-11-23", ()),  # a weekend goes without saying
        ("2026-10-09", "2026-10-12", ()),  # the ends are told by themselves
        ("2027-10-08", "2027-10-11", ()),  # 9 d'Octubre on a Saturday: nobody would have worked
    ],
)
def test_an_explanation_names_the_free_weekdays_in_between(first, last, skipped):
    assert VALENCIA.skipped(day(first), day(last)) == tuple(day(written) for written in skipped)


@given(start=st.dates(day("2024-01-01"), day("2030-12-31")), working_days=st.integers(-60, 60))
def test_counting_days_and_counting_between_them_agree(start, working_days):
    arrives = VALENCIA.shift(start, working_days)
    assert VALENCIA.is_working(arrives)
    if VALENCIA.is_working(start) or working_days > 0:
        assert VALENCIA.working_days_between(start, arrives) == working_days


@pytest.mark.parametrize(
    ("written", "hour", "instant"),
    [
        ("2027-01-04", time(9), "2027-01-04T08:00Z"),
        ("2026-07-01", time(9), "2026-07-01T07:00Z"),
        ("2027-03-28", time(1, 59), "2027-03-28T00:59Z"),  # clocks go forward at 2
        ("2027-03-28", time(3), "2027-03-28T01:00Z"),
        ("2027-03-28", time(9), "2027-03-28T07:00Z"),
        ("2026-10-25", time(2, 30), "2026-10-25T00:30Z"),  # shown twice, at 3 clocks go back: the first
        ("2026-10-25", time(9), "2026-10-25T08:00Z"),
    ],
)
def test_a_local_hour_is_an_instant_in_summer_in_winter_and_when_clocks_change(written, hour, instant):
    found = VALENCIA.at(day(written), hour)
    assert found == datetime.fromisoformat(instant)
    assert found.tzinfo is UTC
    assert VALENCIA.local(found).time() == hour


@pytest.mark.parametrize(
    ("written", "over", "hours"),
    [
        ("2026-11-23", "2026-11-23T23:00Z", 24),
        ("2026-07-01", "2026-07-01T22:00Z", 24),
        ("2027-03-28", "2027-03-28T22:00Z", 23),
        ("2026-10-25", "2026-10-25T23:00Z", 25),
    ],
)
def test_a_day_is_over_at_local_midnight_however_many_hours_it_has(written, over, hours):
    end = VALENCIA.end_of(day(written))
    assert end == datetime.fromisoformat(over)
    assert end - VALENCIA.at(day(written), time(0)) == timedelta(hours=hours)
    assert VALENCIA.day(end) == day(written) + timedelta(days=1)
    assert VALENCIA.day(end - timedelta(microseconds=1)) == day(written)


@pytest.mark.parametrize(
    ("asked", "leaves"),
    [
        ("2026-11-23 07:59:59", "2026-11-23 08:00"),
        ("2026-11-23 00:00", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-23 08:00"),
        ("2026-11-23 12:34:56", "2026-11-23 12:34:56"),
        ("2026-11-23 17:59:59", "2026-11-23 17:59:59"),
        ("2026-11-23 18:00", "2026-11-24 08:00"),
        ("2026-11-23 23:59", "2026-11-24 08:00"),
        ("2026-11-20 18:00", "2026-11-23 08:00"),  # Friday evening
        ("2026-11-21 12:00", "2026-11-23 08:00"),  # Saturday noon
        ("2026-11-22 23:00", "2026-11-23 08:00"),
        ("2026-12-25 10:00", "2026-12-28 08:00"),
        ("2026-12-24 19:00", "2026-12-28 08:00"),
        ("2027-01-01 07:00", "2027-01-04 08:00"),  # the schedule's hour on the first day of a quarter
        ("2027-01-05 18:00", "2027-01-07 08:00"),
        ("2026-10-08 20:00", "2026-10-13 08:00"),
        ("2027-03-26 12:00", "2027-03-30 08:00"),  # Good Friday to Easter Monday, clocks changing in between
    ],
)
def test_mail_leaves_in_working_hours_of_working_days(asked, leaves):
    assert VALENCIA.sending_instant(local(asked)) == local(leaves)


@given(st.integers(0, 7 * 365 * 24 * 3600).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=n)))
def test_mail_never_leaves_early_nor_at_night_nor_on_a_free_day(instant):
    leaves = VALENCIA.sending_instant(instant)
    shown = VALENCIA.local(leaves)
    assert leaves >= instant
    assert VALENCIA.is_working(shown.date())
    assert time(8) <= shown.time() < time(18)
    assert VALENCIA.sending_instant(leaves) == leaves


def test_holidays_are_known_for_three_more_years():
    """Fails in the year in which YEARS_KNOWN has to be extended, long before a due day would be wrong."""
    needed = datetime.now(MADRID).year + 3
    assert YEARS_KNOWN[-1] >= needed
    for calendar in (VALENCIA, BARCELONA):
        for year in range(2020, needed + 1):
            assert not calendar.is_working(date(year, 1, 6)), f"Epiphany of {year} is not known"
            assert sum(free.year == year for free in calendar.free_days) >= 9


FIRST = day("2027-01-04")
ORIGIN = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


def demonstration(length: timedelta = timedelta(seconds=1)) -> DemonstrationCalendar:
    return DemonstrationCalendar(MADRID, FREE, origin=ORIGIN, first=FIRST, length=length)


lengths = st.integers(100, 60_000).map(lambda milliseconds: timedelta(milliseconds=milliseconds))
days = st.dates(FIRST, FIRST + timedelta(days=400))
hours = st.times().map(lambda hour: hour.replace(microsecond=0))


@pytest.mark.parametrize(
    ("written", "hour", "seconds"),
    [
        ("2027-01-04", time(0), 0),
        ("2027-01-04", time(12), 0.5),
        ("2027-01-05", time(6), 1.25),
        ("2027-01-06", time(12), 2),  # Epiphany takes no time
        ("2027-01-07", time(0), 2),
        ("2027-01-08", time(12), 3.5),
        ("2027-01-09", time(9), 4),  # nor does a weekend
        ("2027-01-10", time(23), 4),
        ("2027-01-11", time(0), 4),
        ("2026-12-24", time(18), 0),  # before the first day
    ],
)
def test_a_working_day_of_the_demonstration_lasts_a_second_and_a_free_one_none(written, hour, seconds):
    assert demonstration().at(day(written), hour) == ORIGIN + timedelta(seconds=seconds)


def test_the_demonstration_ends_its_days_like_any_calendar():
    calendar = demonstration()
    friday = day("2027-01-08")
    assert calendar.end_of(friday) == ORIGIN + timedelta(seconds=4)
    assert calendar.day(calendar.end_of(friday)) == day("2027-01-11")
    assert calendar.day(calendar.end_of(friday) - timedelta(microseconds=1)) == friday
    assert calendar.local(ORIGIN - timedelta(days=1)) == datetime(2027, 1, 4, tzinfo=MADRID)


@given(which=days, hour=hours, length=lengths)
def test_what_the_demonstration_puts_at_an_hour_its_clock_shows_at_that_hour(which, hour, length):
    calendar = demonstration(length)
    shown = calendar.local(calendar.at(which, hour))
    if calendar.is_working(which):
        expected = datetime.combine(which, hour, MADRID)
    else:
        expected = datetime.combine(calendar.working_day_from(which), time(0), MADRID)
    assert shown.date() == expected.date()
    one_microsecond = timedelta(days=1) * (timedelta(microseconds=1) / length)
    assert abs(shown - expected) <= one_microsecond


@given(one=st.tuples(days, hours), other=st.tuples(days, hours), length=lengths)
def test_the_demonstration_never_runs_backwards(one, other, length):
    calendar = demonstration(length)
    earlier, later = sorted((one, other))
    assert calendar.at(*earlier) <= calendar.at(*later)
    assert calendar.local(calendar.at(*earlier)) <= calendar.local(calendar.at(*later))


@given(st.integers(0, 40_000).map(lambda n: ORIGIN + timedelta(milliseconds=n)))
def test_the_demonstration_keeps_to_the_hours_of_mail(instant):
    calendar = demonstration()
    leaves = calendar.sending_instant(instant)
    assert instant <= leaves <= instant + calendar.length
    # To the microsecond of real time, which is nine hundredths of a second of the demonstration's.
    shown = calendar.local(leaves + timedelta(microseconds=1))
    assert calendar.is_working(shown.date())
    assert time(8) <= shown.time()
