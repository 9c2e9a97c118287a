from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.answering import Reading, Typed
from models.contracts.mail import Language
from models.policies.answers import Unread, read_entry, read_number

NBSP, NARROW, THIN = "\u00a0", "\u202f", "\u2009"


@pytest.mark.parametrize(
    ("written", "language", "whole", "expected"),
    [
        ("1.234,5", "ca", False, "1234.5"),
        ("1 234,5", "fr", False, "1234.5"),
        ("1234.5", "en", False, "1234.5"),
        ("1234.5", "ca", False, "1234.5"),
        ("1,234.5", "en", False, "1234.5"),
        (f"1{NBSP}234,5", "fr", False, "1234.5"),
        (f"1{NARROW}234{NARROW}567", "fr", True, "1234567"),
        (f"12{THIN}345", "es", True, "12345"),
        ("12.345", "ca", False, "12345"),
        ("12.345", "en", False, "12.345"),
        ("12,345", "en", False, "12345"),
        ("12.345", "en", True, "12345"),
        ("12,345", "es", True, "12345"),
        ("1.234.567", "en", True, "1234567"),
        ("1'234", "fr", True, "1234"),
        ("0,125", "es", False, "0.125"),
        ("0.125", "es", False, "0.125"),
        (" 7 ", "ca", True, "7"),
        ("+7", "ca", True, "7"),
        ("007", "ca", True, "7"),
        ("3,0", "ca", True, "3.0"),
        (",5", "ca", False, "0.5"),
        ("0", "ca", True, "0"),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, language: Language, whole: bool, expected: str):
    assert read_number(written, language, whole=whole) == Decimal(expected)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("dotze", "not_a_number"),
        ("12 visites", "not_a_number"),
        ("1e5", "not_a_number"),
        ("５", "not_a_number"),
        ("=1+1", "not_a_number"),
        ("10-12", "range_given"),
        ("10 a 12", "range_given"),
        ("3/4/2026", "range_given"),
        ("-3", "negative"),
        ("1.23.4", "not_a_number"),
        ("1,2,3.4.5", "not_a_number"),
        ("12 34", "not_a_number"),
        ("9999999999999", "number_too_large"),
        ("--1", "not_a_number"),
        (".", "not_a_number"),
        ("1.234,5,6", "not_a_number"),
        ("١٢", "not_a_number"),
    ],
)
def test_what_could_mean_two_things_or_nothing_is_refused(written: str, problem: str):
    assert read_number(written, "ca", whole=False) == problem


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader_or_yields_a_number_below_zero(written: str):
    number = read_number(written, "ca", whole=False)
    assert isinstance(number, str) or number >= 0


@given(st.integers(min_value=0, max_value=10**12))
def test_every_count_written_in_the_local_way_is_read_back(number: int):
    for written in (str(number), f"{number:,}".replace(",", "."), f"{number:,}".replace(",", " ")):
        assert read_number(written, "ca", whole=True) == number


@pytest.mark.parametrize(
    ("unit", "typed", "expected"),
    [
        ("count", Typed(), None),
        ("count", Typed(choice="value", value="12"), Reading(kind="value", typed="12", number=Decimal(12))),
        ("count", Typed(value="12"), Reading(kind="value", typed="12", number=Decimal(12))),
        ("count", Typed(choice="value"), Unread("value", "value_missing")),
        ("count", Typed(choice="value", value="2,5"), Unread("value", "not_whole")),
        ("count", Typed(choice="nothing_to_report"), Reading(kind="nothing_to_report", typed="")),
        ("count", Typed(choice="nothing_to_report", value="3"), Unread("value", "value_unwanted")),
        ("count", Typed(choice="not_available", reason=" "), Unread("reason", "reason_missing")),
        (
            "count",
            Typed(choice="not_available", reason="El registre no es va obrir"),
            Reading(
                kind="not_available",
                typed="El registre no es va obrir",
                reason="El registre no es va obrir",
            ),
        ),
        ("percent", Typed(value="87,5 %"), Reading(kind="value", typed="87,5 %", number=Decimal("87.5"))),
        ("percent", Typed(value="101"), Unread("value", "percent_over_100")),
        ("yes/no", Typed(value="Sí"), Reading(kind="value", typed="Sí", yes=True)),
        ("yes/no", Typed(value="no"), Reading(kind="value", typed="no", yes=False)),
        ("yes/no", Typed(choice="value"), Unread("value", "yes_no_missing")),
        ("yes/no", Typed(value="potser"), Unread("value", "yes_no_missing")),
        ("text", Typed(value="Dues línies"), Reading(kind="value", typed="Dues línies", words="Dues línies")),
        ("text", Typed(value="x" * 4001), Unread("value", "too_long", 4001, 4000)),
        ("count", Typed(value="1" * 61), Unread("value", "too_long", 61, 60)),
    ],
)
def test_an_entry_is_a_value_nothing_to_report_not_available_or_missing(unit, typed, expected):
    assert read_entry(unit, typed, "ca") == expected
