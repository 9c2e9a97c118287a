"""Reads what people type into an entry: numbers as people write them, refused when they could mean two things."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from models.contracts.answering import ItemUnit, Reading, Typed
from models.contracts.mail import Language
from models.contracts.problems import ProblemCode

NUMBER_LIMIT = 60
WORDS_LIMIT = 4_000
LARGEST = Decimal(10) ** 12
"""Above this a figure is a slip of the hand: no city counts a million million of anything."""

SPACES = "\u0020\u00a0\u202f\u2009\u2007\t'’"
"""What separates thousands besides point and comma: spaces of every width, and the Swiss apostrophe."""
DECIMAL_MARK: dict[Language, str] = {"ca": ",", "ca-ES-valencia": ",", "es": ",", "fr": ",", "en": "."}
PLAIN = re.compile(r"[+-]?[0-9]+")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[{spaces}][0-9]{3})+".replace("{spaces}", SPACES))
RANGE = re.compile(r"[0-9]\s*(?:[-–—/]|\.\.|a|to|à|i|y|et|and|o|or|ou)\s*[0-9]", re.IGNORECASE)
YES = {"yes", "sí", "si", "oui"}
NO = {"no", "non"}


@dataclass(frozen=True, slots=True)
class Unread:
    """Why an entry could not be read, and in which of its fields."""

    field: str
    code: ProblemCode
    length: int | None = None
    limit: int | None = None


def read_entry(unit: ItemUnit, typed: Typed, language: Language) -> Reading | Unread | None:
    """Read one entry of the form; None when nothing was entered, which is not an answer but no mistake either.

    `unit`: one that an indicator can have; `models.policies.questions.read_answer` reads the others.
    """
    value, reason = typed.value.strip(), typed.reason.strip()
    limit = WORDS_LIMIT if unit == "text" else NUMBER_LIMIT
    if len(value) > limit:
        return Unread("value", "too_long", len(value), limit)
    if len(reason) > WORDS_LIMIT:
        return Unread("reason", "too_long", len(reason), WORDS_LIMIT)
    match typed.choice:
        case "nothing_to_report" | "not_available" if value:
            return Unread("value", "value_unwanted")
        case "nothing_to_report":
            return Reading(kind="nothing_to_report", typed="")
        case "not_available" if not reason:
            return Unread("reason", "reason_missing")
        case "not_available":
            return Reading(kind="not_available", typed=reason, reason=reason)
        case "value" if not value:
            return Unread("value", "yes_no_missing" if unit == "yes/no" else "value_missing")
        case _ if not value:
            return None
    # A value typed without marking "a value" is a value: the person has said what they mean.
    return READERS[unit](value, language)


def _read_words(value: str, _language: Language) -> Reading | Unread:
    return Reading(kind="value", typed=value, words=value)


def _read_yes_no(value: str, _language: Language) -> Reading | Unread:
    word = value.lower()
    if word in YES | NO:
        return Reading(kind="value", typed=value, yes=word in YES)
    return Unread("value", "yes_no_missing")


def _read_count(value: str, language: Language) -> Reading | Unread:
    number = read_number(value, language, whole=True)
    return Unread("value", number) if isinstance(number, str) else read_figure("count", number, value)


def _read_percent(value: str, language: Language) -> Reading | Unread:
    number = read_number(value.removesuffix("%").rstrip(SPACES), language, whole=False)
    return Unread("value", number) if isinstance(number, str) else read_figure("percent", number, value)


def read_figure(unit: Literal["count", "percent"], number: Decimal, typed: str) -> Reading | Unread:
    """Read what is a number already, as the cell of a sheet may be; `typed` is how it was written or shown."""
    problem = _out_of_bounds(number)
    if problem:
        return Unread("value", problem)
    if unit == "count" and number != number.to_integral_value():
        return Unread("value", "not_whole")
    if unit == "percent" and number > 100:  # noqa: PLR2004 - a hundred per cent
        return Unread("value", "percent_over_100")
    return Reading(kind="value", typed=typed, number=number)


def _out_of_bounds(number: Decimal) -> ProblemCode | None:
    if number < 0:
        return "negative"
    return "number_too_large" if number > LARGEST else None


READERS: dict[ItemUnit, Callable[[str, Language], Reading | Unread]] = {
    "text": _read_words,
    "yes/no": _read_yes_no,
    "count": _read_count,
    "percent": _read_percent,
}


def read_number(written: str, language: Language, *, whole: bool) -> Decimal | ProblemCode:
    """Read a number written as people do: `1.234,5`, `1 234,5`, `1234.5`, `1,234.5`.

    When both marks occur, the last is the decimal mark. A single mark before exactly three digits separates
    thousands if the number must be whole or if the language writes decimals with the other mark, so that
    `12.345` is 12345 in Catalan and Spanish and 12.345 in English. Anything else single is a decimal mark.
    Negative numbers, ranges, exponents and letters are refused.
    """
    text = written.strip(SPACES)
    if not text.isascii() and any(char.isdigit() and not char.isascii() for char in text):
        return "not_a_number"
    if RANGE.search(text):
        return "range_given"
    marks = [char for char in text if char in ".,"]
    integer, fraction = text, ""
    if len(set(marks)) == 2:  # noqa: PLR2004 - both marks: the last one is the decimal mark, the other groups
        decimal_mark = marks[-1]
        if marks.count(decimal_mark) > 1:
            return "not_a_number"
        integer, _, fraction = text.rpartition(decimal_mark)
        integer = _ungroup(integer, "." if decimal_mark == "," else ",")
    elif marks:
        mark = marks[0]
        head, _, tail = text.rpartition(mark)
        groups = len(marks) > 1 or (
            len(tail) == 3  # noqa: PLR2004 - thousands
            and head.lstrip("+-").strip("0") != ""
            and (whole or mark != DECIMAL_MARK[language])
        )
        if groups:
            integer = _ungroup(text, mark)
        else:
            integer, fraction = head or ("0" if tail else ""), tail
    if GROUPED.fullmatch(integer):
        integer = re.sub(f"[{SPACES}]", "", integer)
    if not PLAIN.fullmatch(integer) or (fraction and not fraction.isdigit()):
        return "not_a_number"
    number = Decimal(f"{integer}.{fraction or 0}")
    return _out_of_bounds(number) or (number if fraction else number.quantize(Decimal(1)))


def _ungroup(text: str, mark: str) -> str:
    """Take thousands marks out of `1.234.567`; give back text that is no number when they are misplaced."""
    if re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+", text):
        return text.replace(mark, "")
    return "?"
