from datetime import date
from decimal import Decimal

import pytest

from mail.translation import LANGUAGES, long_date, number, percent, quarter_name, translations
from models.contracts.mail import Language
from tests.catalogues import faults

NBSP, NARROW = "\u00a0", "\u202f"


def test_every_string_of_the_mails_is_translated_with_its_placeholders_into_every_language() -> None:
    assert faults(("mail",), ("templates/email", "mail")) == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ca", "4t trimestre de 2026"),
        ("ca-ES-valencia", "4t trimestre de 2026"),
        ("es", "4.º trimestre de 2026"),
        ("en", "4th quarter of 2026"),
        ("fr", "4e trimestre 2026"),
    ],
)
def test_a_quarter_has_the_name_its_language_gives_it(language: Language, expected: str) -> None:
    assert quarter_name(4, 2026, language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ca", "dijous, 1 d’octubre de 2026"),
        ("ca-ES-valencia", "dijous, 1 d’octubre de 2026"),
        ("es", "jueves, 1 de octubre de 2026"),
        ("en", "Thursday 1 October 2026"),
        ("fr", "jeudi 1er octobre 2026"),
    ],
)
def test_a_day_is_spelled_out_with_its_weekday(language: Language, expected: str) -> None:
    assert long_date(date(2026, 10, 1), language) == expected


@pytest.mark.parametrize(
    ("language", "written", "share"),
    [
        ("ca", "1.234,5", f"87,5{NBSP}%"),
        ("es", "1.234,5", f"87,5{NBSP}%"),
        ("en", "1,234.5", "87.5%"),
        ("fr", f"1{NARROW}234,5", f"87,5{NBSP}%"),
    ],
)
def test_numbers_have_the_separators_of_the_language(language: Language, written: str, share: str) -> None:
    assert number(Decimal("1234.5"), language) == written
    assert percent(Decimal("87.5"), language) == share


@pytest.mark.parametrize(("language", "many"), [("ca", True), ("es", True), ("en", True), ("fr", False)])
def test_zero_is_plural_except_in_french(language: Language, many: bool) -> None:
    one, several = "%(count)s indicator still missing", "%(count)s indicators still missing"
    words = translations(language, "mail")
    assert words.ngettext(one, several, 0) == words.ngettext(one, several, 2 if many else 1)
    assert words.ngettext(one, several, 1) != words.ngettext(one, several, 2)


def test_valencian_falls_back_to_catalan_string_by_string() -> None:
    valencian, catalan = (translations(language, "mail") for language in ("ca-ES-valencia", "ca"))
    assert valencian.gettext("This is the first reminder.") == "Este és el primer recordatori."
    assert catalan.gettext("This is the first reminder.") == "Aquest és el primer recordatori."
    assert valencian.gettext("Answer now") == catalan.gettext("Answer now") == "Contesta ara"


def test_english_is_the_source() -> None:
    assert LANGUAGES[3] == "en"
    assert translations("en", "mail").gettext("Answer now") == "Answer now"
