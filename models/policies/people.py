"""Who speaks for a unit, and who is told when nobody does: pure, from the units and the people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from models.contracts.mail import Language

ALL_AREAS = "all areas"
"""The kind of an actor that stands for every area of its institution."""
AREA = "area"


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit, its head and the unit above it, by code."""

    code: str
    name: str
    kind: str
    institution: str
    parent_code: str | None
    head_code: str | None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person; `address` is ASCII and lower case, `language` one of `models.contracts.mail.Language`."""

    code: str
    name: str
    address: str
    language: Language
    unit_code: str
    active: bool


@dataclass(frozen=True, slots=True)
class Appointment:
    """A person appointed to answer for a unit; both days included, no last day means until further notice."""

    unit_code: str
    person_code: str
    first_day: date
    last_day: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the appointment is in force on a day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class Absence:
    """A person away, both days included, and who stands in."""

    person_code: str
    first_day: date
    last_day: date
    substitute_code: str | None


class NamedActor(Protocol):
    """What `expand` reads of an actor."""

    @property
    def code(self) -> str:
        """The actor's code; also the unit's, where the actor is one unit."""

    @property
    def institution(self) -> str:
        """The institution it belongs to, as the units write it."""

    @property
    def kind(self) -> str:
        """`all areas` or anything else."""


def line_of_units(unit_code: str, units: Mapping[str, UnitFacts]) -> tuple[str, ...]:
    """A unit and those above it, nearest first; it ends before a unit that is unknown or comes again."""
    line: list[str] = []
    code: str | None = unit_code
    while code is not None and code in units and code not in line:
        line.append(code)
        code = units[code].parent_code
    return tuple(line)


def reporting_line(unit_code: str, units: Mapping[str, UnitFacts]) -> tuple[str, ...]:
    """Persons in charge of a unit, nearest first: its head, its parent's head and so on, each person once."""
    heads = (units[code].head_code for code in line_of_units(unit_code, units))
    return tuple(dict.fromkeys(head for head in heads if head is not None))


def escalation_target(unit_code: str, person_code: str, units: Mapping[str, UnitFacts], level: int = 1) -> str | None:
    """Who is told, at a level counted from 1, when a person does not answer for a unit.

    Nobody is their own escalation: the person asked is passed over, wherever they stand in the line. None
    when the line ends before the level.
    """
    above = [head for head in reporting_line(unit_code, units) if head != person_code]
    return above[level - 1] if level <= len(above) else None


def current_focal_point(
    unit_code: str, appointments: Iterable[Appointment], persons: Mapping[str, PersonFacts], day: date
) -> str | None:
    """Who answers for a unit on a day: of its active focal points the one appointed first, then by code."""
    current = [
        (appointment.first_day, appointment.person_code)
        for appointment in appointments
        if appointment.unit_code == unit_code and appointment.holds_on(day) and persons[appointment.person_code].active
    ]
    return min(current)[1] if current else None


def expand(actor: NamedActor, units: Mapping[str, UnitFacts]) -> tuple[str, ...]:
    """The units that an actor stands for, in the order of their codes; empty where the roster has none.

    "All areas" stands for every area of its institution. Services and offices are not areas: the service that
    coordinates the plan, which leads each such action, is not asked twice.
    """
    if actor.kind != ALL_AREAS:
        return (actor.code,) if actor.code in units else ()
    return tuple(
        sorted(unit.code for unit in units.values() if unit.kind == AREA and unit.institution == actor.institution)
    )
