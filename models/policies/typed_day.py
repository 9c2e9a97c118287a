"""Reads a day as people write it, in any of our languages: the day before the month, as all of them have it."""

import re
import unicodedata
from datetime import date

LIMIT = 60
MONTHS = (
    "gener enero january janvier",
    "febrer febrero february fevrier",
    "marc marzo march mars",
    "abril april avril",
    "maig mayo may mai",
    "juny junio june juin",
    "juliol julio july juillet",
    "agost agosto august aout",
    "setembre septiembre september septembre",
    "octubre october octobre",
    "novembre noviembre november",
    "desembre diciembre december decembre",
)
"""Their names, without accents. The beginning of a name stands for the month if no other month begins so."""
WEEKDAYS = (
    "dilluns dimarts dimecres dijous divendres dissabte diumenge dl dt dc dj dv ds dg "
    "lunes martes miercoles jueves viernes sabado domingo "
    "monday tuesday wednesday thursday friday saturday sunday "
    "lundi mardi mercredi jeudi vendredi samedi dimanche"
)
AROUND = frozenset({"d", "de", "del", "el", "la", "le", "the", "of", "on", "r", "er", "st", "nd", "rd", "th"})
"""Words that stand around a date and say nothing more."""
SHORTEST = 2
"""Letters to which the name of a month can be cut: `ag.`"""
CENTURY = range(2000, 2100)
_WORDS = re.compile(r"[0-9]{1,4}(?![0-9])|[^\W\d_]+|\S")


def read_day(written: str, after: date) -> date | None:
    """The day that is meant: `5/2/2027`, `5.2.27`, `5 de febrer`, `Fri 5 Feb 2027`, `2027-02-05`; None for no day.

    Without a year it is the first such day after `after`.
    """
    if len(written) > LIMIT:
        return None
    plain = unicodedata.normalize("NFKD", written.lower())
    words = _WORDS.findall("".join(char for char in plain if not unicodedata.combining(char)))
    numbers = [int(word) for word in words if word.isdecimal()]
    names = [word for word in words if word.isalpha() and word not in AROUND]
    months = [_month(name) for name in names if _month(name) or not _begins(name, WEEKDAYS)]
    if numbers and numbers[0] in CENTURY:
        numbers.reverse()
    match numbers, months:
        case [day, month, year], []:
            return _day(year, month, day)
        case [day, year], [int(month)]:
            return _day(year, month, day)
        case ([day, month], []) | ([day], [int(month)]):
            years = range(after.year, after.year + 9)  # a leap day may be eight years away
            return next((found for year in years if (found := _day(year, month, day)) and found > after), None)
    return None


def _month(name: str) -> int | None:
    """The month that a name, or its beginning, stands for; None for none, or for more than one."""
    found = [number for number, names in enumerate(MONTHS, start=1) if _begins(name, names)]
    return found[0] if len(found) == 1 and len(name) >= SHORTEST else None


def _begins(name: str, names: str) -> bool:
    return any(word.startswith(name) for word in names.split())


def _day(year: int, month: int, day: int) -> date | None:
    """A day of this century, its year written with two digits or four; None where there is no such day."""
    year = year if year in CENTURY else year + CENTURY.start if year < 100 else 0  # noqa: PLR2004 - two digits
    try:
        return date(year, month, day)
    except ValueError:
        return None
