"""Quarters, as people write them and as years contain them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.refusal import Refused
from models.policies.period import Quarter, covers


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-Q2", "2026-04-01", "2026-06-30"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2028-Q1", "2028-01-01", "2028-03-31"),
    ],
)
def test_a_quarter_has_a_first_and_a_last_day(written, first, last):
    quarter = Quarter.parse(written)
    assert (quarter.first_day, quarter.last_day) == (date.fromisoformat(first), date.fromisoformat(last))
    assert str(quarter) == written


@pytest.mark.parametrize(
    "written",
    ["", "2026", "2026-Q0", "2026-Q5", "2026-4", "2026Q4", "26-Q4", "2026-q4", "T4 2026", "2026-Q4\n", "٢٠٢٦-Q4"],
)
def test_what_is_not_a_quarter_is_refused_with_the_way_to_write_it(written):
    with pytest.raises(Refused) as refusal:
        Quarter.parse(written)
    (problem,) = refusal.value.problems
    assert f"“{written}”" in problem
    assert "2026-Q4" in problem


@pytest.mark.parametrize(("one", "following"), [("2026-Q1", "2026-Q2"), ("2026-Q4", "2027-Q1")])
def test_quarters_follow_each_other_over_the_turn_of_the_year(one, following):
    assert Quarter.parse(one).next() == Quarter.parse(following)
    assert Quarter.parse(following).previous() == Quarter.parse(one)
    assert Quarter.parse(one) < Quarter.parse(following)


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_every_day_lies_in_its_quarter_and_in_no_other(day):
    quarter = Quarter.of(day)
    assert quarter.first_day <= day <= quarter.last_day
    assert quarter.previous().last_day + timedelta(days=1) == quarter.first_day
    assert quarter.last_day + timedelta(days=1) == quarter.next().first_day
    assert quarter.next().previous() == quarter == Quarter.parse(str(quarter))


@pytest.mark.parametrize(
    ("first_year", "last_year", "written", "covered"),
    [
        (2022, 2026, "2022-Q1", True),
        (2022, 2026, "2026-Q4", True),
        (2022, 2026, "2021-Q4", False),
        (2022, 2026, "2027-Q1", False),
        (2025, 2025, "2025-Q3", True),
        (2025, 2025, "2026-Q1", False),
        (None, 2026, "1999-Q1", True),
        (None, 2026, "2027-Q1", False),
        (2022, None, "2099-Q4", True),
        (2022, None, "2021-Q4", False),
        (None, None, "2026-Q4", True),
    ],
)
def test_years_cover_whole_quarters_and_a_missing_end_is_open(first_year, last_year, written, covered):
    assert covers(first_year, last_year, Quarter.parse(written)) is covered
