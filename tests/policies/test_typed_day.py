"""A day is read as people of each language write it, and what could be no day is not guessed."""

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from mail.translation import LANGUAGES, babel_locale, long_date
from models.contracts.mail import Language
from models.policies.typed_day import read_day

AFTER = date(2027, 1, 26)
FEBRUARY = date(2027, 2, 5)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    "written",
    [
        "5/2/2027",
        "05-02-27",
        "5.2.2027",
        " 5 / 2 / 2027. ",
        "2027-02-05",
        "5 2",
        "5/2",
        "5 febrer",
        "5 de febrer de 2027",
        "divendres, 5 de febr. del 2027",
        "dv. 5 feb",
        "el 5 de Febrero",
        "vie 5-feb-2027",
        "Friday 5th of February",
        "February 5, 2027",
        "le 5 février 2027",
        "ven. 5 fe\u0301vr. 2027",
        "2027 febrer 5",
    ],
)
def test_a_day_is_read_as_people_write_it(written: str):
    assert read_day(written, AFTER) == FEBRUARY


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("26/1", date(2028, 1, 26)),
        ("27/1", date(2027, 1, 27)),
        ("29 febrer", date(2028, 2, 29)),
        ("1 de març", date(2027, 3, 1)),
        ("1er mars", date(2027, 3, 1)),
        ("mar. 2 mars", None),
        ("dimarts 2 març", date(2027, 3, 2)),
        ("1 juillet", date(2027, 7, 1)),
        ("1 d'agost", date(2027, 8, 1)),
        ("1 d’ag.", date(2027, 8, 1)),
    ],
)
def test_a_day_without_its_year_is_the_next_one(written: str, day: date | None):
    assert read_day(written, AFTER) == day


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "febrer",
        "5",
        "2027",
        "13/13/2027",
        "2/13/2027",
        "30 febrer 2027",
        "0/2/2027",
        "5/2/202",
        "5/2/20277",
        "5/2/1927",
        "5 o 6 febrer",
        "5/2/2027 6/2/2027",
        "in 5 or 6 days",
        "5 j 2027",
        "5 jui 2027",
        "\u0665/\u0662/\u0662\u0660\u0662\u0667",
        "5/2/2027" + " " * 60,
        "=5/2/2027+x",
    ],
)
def test_what_is_no_day_or_could_be_two_is_not_read(written: str):
    assert read_day(written, AFTER) is None


@given(DAYS, st.sampled_from(LANGUAGES), st.sampled_from(["short", "medium", "long", "full"]))
def test_every_day_is_read_in_every_form_of_every_language(day: date, language: Language, form: str):
    assert read_day(format_date(day, form, locale=babel_locale(language)), AFTER) == day
    assert read_day(long_date(day, language), AFTER) == day


@given(st.text(max_size=80))
def test_no_text_breaks_it(written: str):
    day = read_day(written, AFTER)
    assert day is None or 2000 <= day.year < 2100
