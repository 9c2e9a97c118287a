"""Who speaks for a unit, and who is told when nobody does: pure, from the units and the people."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from models.contracts.mail import Language

ALL_AREAS = "all areas"
"""The kind of an actor that stands for every area of its institution."""
AREA = "area"


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit, its head, the unit above it and its own calendar, by code."""

    code: str
    name: str
    kind: str
    institution: str
    parent_code: str | None
    head_code: str | None
    calendar_code: str | None = None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person; `address` is ASCII and lower case, `language` one of `models.contracts.mail.Language`.

    `calendar_files`: they want due days as a file for their own calendar with the mails.
    """

    code: str
    name: str
    address: str
    language: Language
    unit_code: str
    active: bool
    calendar_files: bool = False


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


@dataclass(frozen=True, slots=True)
class Away:
    """One step of a path: a person who is away until a day (included), and who stands in, if anybody."""

    person_code: str
    until: date
    substitute_code: str | None


@dataclass(frozen=True, slots=True)
class Reached:
    """Who gets a mail, and through which absences. `person_code` None means the coordinator, who is always there."""

    person_code: str | None
    path: tuple[Away, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is where on a day: the persons, the units, and the absences that hold that day by person."""

    persons: Mapping[str, PersonFacts]
    units: Mapping[str, UnitFacts]
    absences: Mapping[str, Absence]

    def stands_in(self, person_code: str) -> Reached | None:
        """The person, or whoever stands in for them through the chain of substitutes; None when nobody is there.

        A person away without a substitute is not there either.
        """
        path: list[Away] = []
        code = person_code
        while (absence := self.absences.get(code)) is not None:
            path.append(Away(code, absence.last_day, absence.substitute_code))
            if absence.substitute_code is None or any(step.person_code == absence.substitute_code for step in path):
                return None
            code = absence.substitute_code
        return Reached(code, tuple(path)) if self._is_active(code) else None

    def addressee(self, unit_code: str, person_code: str, fallback: str | None) -> Reached:
        """Who is asked in place of a person on this day.

        The person; away with a substitute, the end of that chain; where the chain ends in nobody, the next level of
        the reporting line. A person away for whom nobody was named is still written to: they find it on return.
        """
        absence = self.absences.get(person_code)
        if self._is_active(person_code) and (absence is None or absence.substitute_code is None):
            return Reached(person_code)
        found = self.stands_in(person_code)
        return found or self._up(unit_code, {person_code}, 1, fallback, self._path(person_code))

    def told(self, unit_code: str, person_code: str, level: int, fallback: str | None) -> Reached:
        """Who is told at a level, from 1, when a person does not answer for a unit: somebody who is there.

        Nobody is their own escalation: the person asked, and whoever stands in for them, are passed over. A head
        who is away is stood in for; where nobody does, the next level is told; after the last one the policy's
        fallback; and where that fails, the coordinator.
        """
        asked = {person_code, self.addressee(unit_code, person_code, fallback).person_code}
        return self._up(unit_code, asked, level, fallback, ())

    def _up(
        self,
        unit_code: str,
        asked: AbstractSet[str | None],
        level: int,
        fallback: str | None,
        path: tuple[Away, ...],
    ) -> Reached:
        line = [head for head in reporting_line(unit_code, self.units) if head not in asked]
        for head in (*line[level - 1 :], *([fallback] if fallback else [])):
            found = self.stands_in(head)
            if found is not None and found.person_code not in asked:
                return Reached(found.person_code, (*path, *found.path))
            path = (*path, *self._path(head))
        return Reached(None, path)

    def _path(self, person_code: str) -> tuple[Away, ...]:
        """The absences met from a person on, as far as they lead."""
        path: dict[str, Away] = {}
        code: str | None = person_code
        while code is not None and code not in path and (absence := self.absences.get(code)) is not None:
            path[code] = Away(code, absence.last_day, absence.substitute_code)
            code = absence.substitute_code
        return tuple(path.values())

    def _is_active(self, code: str) -> bool:
        return code in self.persons and self.persons[code].active


def absences_on(absences: Iterable[Absence], day: date) -> dict[str, Absence]:
    """The absences that hold on a day, by person."""
    return {absence.person_code: absence for absence in absences if absence.first_day <= day <= absence.last_day}


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
