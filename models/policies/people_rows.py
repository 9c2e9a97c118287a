"""Reading one row of a people file: every field is checked, and everything wrong with it is told."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar, get_args

from email_validator import EmailNotValidError, validate_email

from models.contracts.mail import Language
from models.contracts.refusal import IsoDay, said
from models.policies.people import Absence, Appointment, PersonFacts, UnitFacts

UNIT_KINDS = ("area", "service", "office", "unit", "department", "agency", "body", "municipality")
LANGUAGES: tuple[Language, ...] = get_args(Language)
LONGEST_TEXT = 200
"""Characters of a name: enough for the longest unit of any city, and no more than a mail header can show."""

SPACES = " \t\u00a0\u2007\u202f"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
HEADER = re.compile(r"(?:^|\s)(b?cc|to|from|sender|reply-to|subject)\s*:", re.IGNORECASE)
LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

NO_DAY = date.min
"""Stands for a day that could not be read; the row it stands in goes no further."""

Choice = TypeVar("Choice", bound=str)
Row = UnitFacts | PersonFacts | Appointment | Absence
Key = tuple[str, ...]
"""What a row is about: its kind, then the codes and the day that identify it."""


def key_of(row: Row) -> Key:
    """The key of a row: two rows with one key say something of the same thing."""
    match row:
        case UnitFacts():
            return "unit", row.code
        case PersonFacts():
            return "person", row.code
        case Appointment():
            return "appointment", row.unit_code, row.person_code, row.first_day.isoformat()
        case Absence():
            return "absence", row.person_code, row.first_day.isoformat()


def trimmed(text: str) -> str:
    """A field as it was meant: composed characters, plain spaces, none at either end."""
    composed = unicodedata.normalize("NFC", text)
    return re.sub(f"[{SPACES[2:]}]", " ", composed).strip(SPACES)


def visible(text: str) -> str:
    """Words of others without what has no shape: direction marks, zero widths, halves of characters.

    `=?`, with which an encoded word begins in a mail header, is taken apart.
    """
    seen = "".join(each for each in text if unicodedata.category(each) not in {"Cf", "Cn", "Co", "Cs"})
    return seen.replace("=?", "= ?")


def unprintable(text: str) -> str | None:
    """Why a name cannot stand in a mail header or on a page, or None when it can: the one rule for every name.

    A line break could begin a header of its own, so could an encoded word (RFC 2047) that holds one, and a change
    of direction can make a name read as another one. What passes here, `mail.headers.require_safe` takes.
    """
    for character in text:
        number = f"U+{ord(character):04X}"
        if character in LINE_BREAKS:
            return said("contains a line break (%(number)s); it must be one line", number=number)
        if character in DIRECTIONS:
            return said("contains a character that changes the direction of reading (%(number)s)", number=number)
        if unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs"}:
            return said("contains an invisible or control character (%(number)s)", number=number)
    if "=?" in text:
        return said("contains =?, which begins an encoded word in a mail header")
    header = HEADER.search(text)
    return said("reads like a line of a mail header (“%(header)s:”)", header=header[1]) if header else None


def read_address(text: str) -> str:
    """A mail address in the form it is stored and sent to: ASCII, lower case, the domain in its xn-- form.

    Raises:
        ValueError: it is none, or one that not every mail server can deliver to; the message says why.

    """
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(said("is not a mail address we can write to: %(fault)s", fault=str(error))) from None
    return (found.ascii_email or found.normalized).lower()


@dataclass(frozen=True, slots=True)
class Fields:
    """The trimmed fields of one row by column; reading one that is wrong adds to `problems` (column, reason)."""

    values: Mapping[str, str]
    problems: list[tuple[str, str]] = field(default_factory=list)

    def code(self, column: str) -> str:
        """A code that must be given."""
        return self.optional_code(column) or self._missing(column)

    def optional_code(self, column: str) -> str | None:
        """A code or nothing."""
        text = self.values.get(column, "")
        if text and not CODE.fullmatch(text):
            reason = said("is not a code: use letters A-Z, digits, hyphens, dots and underscores, at most 64")
            self._wrong(column, reason)
        return text or None

    def text(self, column: str) -> str:
        """One line of text that must be given."""
        text = self.values.get(column, "") or self._missing(column)
        if len(text) > LONGEST_TEXT:
            reason = said(
                "has %(length)s characters; at most %(limit)s are possible", length=len(text), limit=LONGEST_TEXT
            )
            self.problems.append((column, reason))
        elif wrong := unprintable(text):
            self.problems.append((column, wrong))
        return text

    def one_of(self, column: str, choices: tuple[Choice, ...]) -> Choice:
        """One of some words; the first of them where it is wrong."""
        text = self.values.get(column, "") or self._missing(column)
        found = [choice for choice in choices if choice == text]
        if text and not found:
            self._wrong(column, said("is not one of %(choices)s", choices=", ".join(choices)))
        return found[0] if found else choices[0]

    def yes_or_no(self, column: str) -> bool:
        """`yes` or `no`; nothing means no."""
        return bool(self.values.get(column)) and self.one_of(column, ("no", "yes")) == "yes"

    def address(self, column: str) -> str:
        """A mail address."""
        text = self.values.get(column, "") or self._missing(column)
        if not text:
            return text
        try:
            return read_address(text)
        except ValueError as error:
            self._wrong(column, error.args[0])
            return text

    def day(self, column: str) -> date:
        """A day that must be given; `NO_DAY` where it is wrong."""
        if not self.values.get(column):
            self._missing(column)
        return self.optional_day(column) or NO_DAY

    def optional_day(self, column: str) -> date | None:
        """A day or nothing."""
        text = self.values.get(column, "")
        if not text:
            return None
        try:
            if DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self._wrong(column, said("is not a day: write year-month-day, as in 2026-10-01"))
        return None

    def in_order(self, first: date, last: date | None) -> None:
        """The last day is not before the first."""
        if last is not None and last != NO_DAY and last < first:
            reason = said(
                "%(last_day)s is before the first day, %(first_day)s", last_day=IsoDay(last), first_day=IsoDay(first)
            )
            self.problems.append(("last_day", reason))

    def _missing(self, column: str) -> str:
        if (column, "is missing") not in self.problems:
            self.problems.append((column, said("is missing")))
        return ""

    def _wrong(self, column: str, reason: str) -> None:
        text = self.values[column]
        shown = text if len(text) <= LONGEST_TEXT else f"{text[:40]}..."
        plain = "".join(c if c.isprintable() else "?" for c in shown)
        self.problems.append((column, said("“%(text)s” %(fault)s", text=plain, fault=reason)))


def _read_unit(fields: Fields) -> UnitFacts:
    return UnitFacts(
        fields.code("unit"),
        fields.text("name"),
        fields.one_of("kind", UNIT_KINDS),
        fields.text("institution"),
        fields.optional_code("parent"),
        fields.optional_code("head"),
        fields.optional_code("calendar"),
    )


def _read_person(fields: Fields) -> PersonFacts:
    return PersonFacts(
        fields.code("person"),
        fields.text("name"),
        fields.address("address"),
        fields.one_of("language", LANGUAGES),
        fields.code("unit"),
        active=True,
        calendar_files=fields.yes_or_no("calendar_files"),
    )


def _read_appointment(fields: Fields) -> Appointment:
    unit, person = fields.code("unit"), fields.code("person")
    first, last = fields.day("first_day"), fields.optional_day("last_day")
    fields.in_order(first, last)
    return Appointment(unit, person, first, last)


def _read_absence(fields: Fields) -> Absence:
    person, substitute = fields.code("person"), fields.optional_code("substitute")
    first, last = fields.day("first_day"), fields.day("last_day")
    fields.in_order(first, last)
    if substitute is not None and substitute == person:
        fields.problems.append(("substitute", said("%(person)s cannot be their own substitute", person=person)))
    return Absence(person, first, last, substitute)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of people file: its columns, the key first, how a row of it is read, and what it may also have."""

    name: str
    columns: tuple[str, ...]
    read: Callable[[Fields], Row]
    optional: tuple[str, ...] = ()


KINDS = (
    Kind("units", ("unit", "name", "kind", "institution", "parent", "head"), _read_unit, ("calendar",)),
    Kind("persons", ("person", "name", "address", "language", "unit"), _read_person, ("calendar_files",)),
    Kind("focal_points", ("unit", "person", "first_day", "last_day"), _read_appointment),
    Kind("absences", ("person", "first_day", "last_day", "substitute"), _read_absence),
)
