"""Clocks, agreements, reporting periods and the numbers of all calls, as tables. Pure."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.answering import Reading
from models.policies.call_follow_up import Clock, years_after
from models.policies.call_project import (
    AskedReport,
    PursuitFacts,
    agreement_problems,
    asked_again_on,
    fits,
    is_covered,
    occasion_of,
    periods_of,
    pipeline,
    report_of,
)


def day(written: str) -> date:
    return date.fromisoformat(written)


def said(**answers: str) -> dict[str, Reading]:
    return {key: Reading(kind="value", typed=words, words=words) for key, words in answers.items()}


@pytest.mark.parametrize(
    ("begins", "amount", "unit", "is_on"),
    [
        ("2026-08-31", 5, "months", "2027-01-31"),
        ("2026-09-30", 5, "months", "2027-02-28"),
        ("2027-09-30", 5, "months", "2028-02-29"),
        ("2026-03-31", 8, "months", "2026-11-30"),
        ("2027-12-31", 60, "days", "2028-02-29"),
        ("2026-12-31", 60, "days", "2027-03-01"),
        ("2028-02-29", 60, "months", "2033-02-28"),
    ],
)
def test_a_clock_counts_calendar_months_and_days(begins: str, amount: int, unit, is_on: str):
    assert Clock(amount, unit, certain=True).after(day(begins)) == day(is_on)


@pytest.mark.parametrize(
    ("years", "is_on"), [(1, "2029-02-28"), (3, "2031-02-28"), (4, "2032-02-29"), (5, "2033-02-28")]
)
def test_years_after_a_leap_day_are_over_at_the_end_of_february(years: int, is_on: str):
    assert years_after(day("2028-02-29"), years) == day(is_on)


@pytest.mark.parametrize(
    ("settled", "reserve", "is_on"),
    [
        ("2027-01-31", None, "2027-02-28"),
        ("2027-01-31", Clock(3, "months", certain=True), "2027-04-30"),
        ("2027-01-31", Clock(90, "days", certain=False), "2027-05-01"),
        ("2028-07-20", None, "2028-08-03"),
        ("2028-07-20", Clock(3, "months", certain=True), "2028-08-03"),
    ],
)
def test_a_result_is_asked_for_again_but_not_after_eighteen_months(settled: str, reserve: Clock | None, is_on: str):
    assert asked_again_on(day(settled), day("2027-02-03"), reserve) == day(is_on)


@pytest.mark.parametrize(
    ("answers", "problems"),
    [
        ({"starts_on": "2027-01-01", "ends_on": "2028-12-31", "periods": "12, 12"}, {}),
        ({"starts_on": "2027-01-01", "ends_on": "2027-01-01"}, {}),
        ({"starts_on": "2027-01-01", "ends_on": "2026-12-31"}, {"ends_on": "ends_before_starts"}),
        ({"starts_on": "2027-01-01", "ends_on": "2037-01-01"}, {}),
        ({"starts_on": "2027-01-01", "ends_on": "2037-01-02"}, {"ends_on": "project_too_long"}),
        ({"signed_on": "2028-12-31", "starts_on": "2026-01-01", "ends_on": "2027-12-31"}, {}),
        (
            {"signed_on": "2029-01-01", "starts_on": "2026-01-01", "ends_on": "2027-12-31"},
            {"ends_on": "over_before_signed"},
        ),
        ({"starts_on": "2027-01-01", "ends_on": "2028-12-31", "periods": "12, 13"}, {}),
        ({"starts_on": "2027-01-01", "ends_on": "2028-12-31", "periods": "12, 14"}, {"periods": "periods_too_long"}),
        ({"starts_on": "2027-01-01", "ends_on": "2028-12-31", "periods": "6"}, {}),
        ({"ends_on": "2026-12-31", "periods": "60"}, {}),
        ({"starts_on": "2027-01-01", "periods": "60"}, {}),
        ({}, {}),
    ],
)
def test_what_in_an_agreement_cannot_be_together(answers: dict[str, str], problems: dict[str, str]):
    assert agreement_problems(said(**answers)) == problems


@pytest.mark.parametrize(
    ("starts", "ends", "months", "last_days"),
    [
        ("2027-01-01", "2030-12-31", (18, 18, 12), ["2028-06-30", "2029-12-31", "2030-12-31"]),
        ("2027-01-01", "2031-06-30", (18, 18, 12), ["2028-06-30", "2029-12-31", "2031-06-30"]),
        ("2027-01-01", "2029-06-30", (18, 18, 12), ["2028-06-30", "2029-06-30"]),
        ("2027-01-01", "2027-12-31", (), ["2027-12-31"]),
        ("2027-08-31", "2028-08-30", (6, 6), ["2028-02-28", "2028-08-30"]),
    ],
)
def test_the_last_reporting_period_ends_with_the_project(
    starts: str, ends: str, months: tuple[int, ...], last_days: list[str]
):
    periods = periods_of(day(starts), day(ends), months)
    assert [str(each.last_day) for each in periods] == last_days
    assert [each.number for each in periods] == list(range(1, len(last_days) + 1))


@given(
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.integers(0, 3000),
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
)
def test_periods_are_in_order_and_cover_the_project(starts_on: date, length: int, months: list[int]):
    ends_on = date.fromordinal(starts_on.toordinal() + length)
    last_days = [each.last_day for each in periods_of(starts_on, ends_on, months)]
    assert last_days == sorted(set(last_days))
    assert last_days[-1] == ends_on
    assert len(last_days) <= len(months)
    assert all(starts_on <= last_day for last_day in last_days)


def test_a_rest_of_a_month_makes_periods_not_too_long():
    assert fits(day("2027-01-15"), day("2028-12-31"), (12, 12))
    assert not fits(day("2027-01-15"), day("2028-12-13"), (12, 13))


def sent(state: str, result: str | None, won: int | None = None) -> PursuitFacts:
    return PursuitFacts(state, True, result, Decimal(100), None if won is None else Decimal(won))  # noqa: FBT003


def test_the_success_rate_is_the_share_of_the_proposals_with_a_result():
    numbers = pipeline(
        [
            sent("awarded", "awarded", 80),
            sent("ended", "awarded", 50),
            sent("dropped", "awarded"),
            sent("rejected", "rejected"),
            sent("rejected", "not_invited"),
            sent("rejected", "reserve"),
            sent("rejected", None),
            sent("reserve", "reserve"),
            sent("submitted", "nothing_yet"),
            sent("preparing", "invited"),
            PursuitFacts("missed", sent=False, result=None, money_asked=None, money_won=None),
            PursuitFacts("interest", sent=False, result=None, money_asked=None, money_won=None),
        ]
    )
    assert (numbers.submitted, numbers.decided, numbers.won, numbers.success_rate) == (10, 6, 3, 50)
    assert (numbers.money_asked, numbers.money_won) == (Decimal(1000), Decimal(130))
    assert dict(numbers.states)["rejected"] == 4
    assert sum(count for _, count in numbers.states) == 12


def test_before_the_first_result_there_is_no_success_rate():
    assert pipeline([]).success_rate is None
    assert pipeline([sent("submitted", None)]).success_rate is None
    assert (
        pipeline([sent("awarded", "awarded"), sent("rejected", "rejected"), sent("rejected", "rejected")]).success_rate
        == 33
    )


@pytest.mark.parametrize(
    ("last_day", "state", "covered"),
    [
        ("2030-06-30", "scheduled", True),
        ("2030-06-30", "answered", True),
        ("2030-06-30", "waived", True),
        ("2030-06-30", "expired", True),
        ("2030-06-30", "cancelled", False),
        ("2030-07-01", "answered", True),
        ("2030-07-01", "open", False),
        ("2030-07-01", "expired", False),
        ("2030-06-29", "answered", False),
    ],
)
def test_a_period_is_covered_by_its_own_report_or_by_one_that_tells_of_more(
    last_day: str, state: str, *, covered: bool
):
    assert is_covered(day("2030-06-30"), [AskedReport(day(last_day), state)]) is covered


def test_the_occasion_of_a_report_is_its_day_and_of_one_that_is_asked_for_anew_its_own():
    first = occasion_of(day("2030-06-30"), ["grant:budget_line", "report:2030-12-31"])
    second = occasion_of(day("2030-06-30"), [first])
    assert first == "report:2030-06-30"
    assert len({first, second, occasion_of(day("2030-06-30"), [first, second])}) == 3
    assert [report_of(each, "open") for each in (first, second)] == [AskedReport(day("2030-06-30"), "open")] * 2
    assert report_of("grant:budget_line", "open") is None
