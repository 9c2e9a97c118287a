"""Whether units, persons, focal points and absences fit together: pure, each check tells all that is wrong."""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from models.contracts.refusal import IsoDay, Said, said
from models.policies.people import (
    Absence,
    Appointment,
    PersonFacts,
    UnitFacts,
    current_focal_point,
    escalation_target,
)
from models.policies.people_rows import Key, Row, key_of

NOTHING: Mapping[Key, AbstractSet[str]] = {}


@dataclass(frozen=True, slots=True)
class People:
    """Everybody and everything an office knows of its people, and the codes of the calendars a unit may go by."""

    units: Mapping[str, UnitFacts]
    persons: Mapping[str, PersonFacts]
    appointments: tuple[Appointment, ...]
    absences: tuple[Absence, ...]
    calendars: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit: between which rows, in which column, and why, naming the things."""

    subjects: tuple[Key, ...]
    column: str
    reason: str


def structure_findings(people: People, wrong: Mapping[Key, AbstractSet[str]] = NOTHING) -> list[Finding]:
    """All that does not fit whatever day it is.

    `wrong` are the columns of some rows that could not be read: a row stays out of the checks that need them.
    """

    def sound(row: Row, *columns: str) -> bool:
        return wrong.get(key_of(row), frozenset()).isdisjoint(columns)

    units, persons = people.units.values(), people.persons.values()
    rows: tuple[Row, ...] = (*units, *persons, *people.appointments, *people.absences)
    return [
        *(
            Finding((key_of(row),), column, reason)
            for row in rows
            for column, reason in unknown_codes(row, people)
            if sound(row, column)
        ),
        *_shared_addresses([row for row in persons if sound(row, "address")]),
        *_unit_cycles([row for row in units if sound(row, "parent")]),
        *_overlapping_appointments([row for row in people.appointments if sound(row, "last_day")]),
        *_overlapping_absences([row for row in people.absences if sound(row, "last_day")]),
        *_substitute_cycles([row for row in people.absences if sound(row, "last_day", "substitute")]),
    ]


def unknown_codes(row: Row, people: People) -> Iterator[tuple[str, str]]:
    """The columns in which a row names a unit, person or calendar that there is not, each with the reason."""
    for column, known, kind, code in _references(row, people):
        if code is not None and code not in known:
            yield column, _unknown(kind, code)


def _unknown(kind: str, code: str) -> Said:
    match kind:
        case "unit":
            return said("there is no unit %(code)s", code=code)
        case "person":
            return said("there is no person %(code)s", code=code)
        case _:
            return said("there is no calendar %(code)s", code=code)


def _references(row: Row, people: People) -> tuple[tuple[str, Container[str], str, str | None], ...]:
    units, persons = (people.units, "unit"), (people.persons, "person")
    match row:
        case UnitFacts():
            calendar = ("calendar", people.calendars, "calendar", row.calendar_code)
            return ("parent", *units, row.parent_code), ("head", *persons, row.head_code), calendar
        case PersonFacts():
            return (("unit", *units, row.unit_code),)
        case Appointment():
            return ("unit", *units, row.unit_code), ("person", *persons, row.person_code)
        case Absence():
            return ("person", *persons, row.person_code), ("substitute", *persons, row.substitute_code)


def _shared_addresses(persons: Sequence[PersonFacts]) -> Iterator[Finding]:
    holders: dict[str, list[str]] = defaultdict(list)
    for person in persons:
        holders[person.address.lower()].append(person.code)
    for address, codes in holders.items():
        if len(codes) > 1:
            subjects = tuple(("person", code) for code in reversed(codes))
            first, *others = codes
            together = first
            for other in others:
                together = said("%(codes)s and of %(code)s", codes=together, code=other)
            reason = said("%(address)s is the address of %(codes)s", address=address, codes=together)
            yield Finding(subjects, "address", reason)


def _unit_cycles(units: Sequence[UnitFacts]) -> Iterator[Finding]:
    parents = {unit.code: unit.parent_code for unit in units}
    for chain in _cycles(parents):
        subjects = tuple(("unit", code) for code in chain[:-1])
        reason = said("the unit %(unit)s is above itself: %(chain)s", unit=chain[0], chain=" > ".join(chain))
        yield Finding(subjects, "parent", reason)


def _cycles(next_of: Mapping[str, str | None]) -> Iterator[tuple[str, ...]]:
    """Every cycle of a chain of codes once, closed: the code it begins with also ends it."""
    done: set[str] = set()
    for start in next_of:
        path: dict[str, None] = {}
        code: str | None = start
        while code is not None and code not in done and code not in path:
            path[code] = None
            code = next_of.get(code)
        if code in path:
            codes = list(path)
            cycle = codes[codes.index(code) :]
            yield (*cycle, cycle[0])
        done |= path.keys()


def _overlapping_appointments(appointments: Sequence[Appointment]) -> Iterator[Finding]:
    appointed: dict[tuple[str, ...], list[Appointment]] = defaultdict(list)
    for row in appointments:
        appointed[row.unit_code, row.person_code].append(row)
    for (unit, person), rows in appointed.items():
        for one, other in _overlapping(rows):
            reason = said(
                "%(person)s is already a focal point of %(unit)s %(span)s", person=person, unit=unit, span=_span(one)
            )
            yield Finding((key_of(other), key_of(one)), "first_day", reason)


def _overlapping_absences(absences: Sequence[Absence]) -> Iterator[Finding]:
    away: dict[str, list[Absence]] = defaultdict(list)
    for absence in absences:
        away[absence.person_code].append(absence)
    for person, spells in away.items():
        for first, second in _overlapping(spells):
            reason = said("%(person)s is already away %(span)s", person=person, span=_span(first))
            yield Finding((key_of(second), key_of(first)), "first_day", reason)


Spell = TypeVar("Spell", Appointment, Absence)


def _overlapping(spells: Sequence[Spell]) -> Iterator[tuple[Spell, Spell]]:
    """Each spell that begins before an earlier one is over, with the earlier one that lasts longest."""
    longest: Spell | None = None
    for spell in sorted(spells, key=lambda spell: spell.first_day):
        if longest is not None and spell.first_day <= (longest.last_day or date.max):
            yield longest, spell
        if longest is None or (spell.last_day or date.max) > (longest.last_day or date.max):
            longest = spell


def _span(spell: Appointment | Absence) -> Said:
    first_day = IsoDay(spell.first_day)
    if spell.last_day is None:
        return said("since %(first_day)s", first_day=first_day)
    return said("from %(first_day)s to %(last_day)s", first_day=first_day, last_day=IsoDay(spell.last_day))


def _substitute_cycles(absences: Sequence[Absence]) -> Iterator[Finding]:
    """Who stands in for whom may not go round in a circle on any day.

    A circle that holds on some day holds on the first day of the last of its absences to begin, so that only
    those days are looked at.
    """
    away: dict[str, list[Absence]] = defaultdict(list)
    for absence in absences:
        away[absence.person_code].append(absence)
    told: set[frozenset[Key]] = set()
    for absence in absences:
        chain = _stand_ins(absence, away)
        keys = tuple(key_of(link) for link in chain)
        if len(keys) > 1 and keys[-1] == keys[0] and frozenset(keys) not in told:
            told.add(frozenset(keys))
            names = " > ".join(link.person_code for link in chain)
            reason = said(
                "on %(day)s everybody in this chain of substitutes is away: %(names)s",
                day=IsoDay(absence.first_day),
                names=names,
            )
            yield Finding(keys[:-1], "substitute", reason)


def _stand_ins(absence: Absence, away: Mapping[str, Sequence[Absence]]) -> list[Absence]:
    """The absences met on an absence's first day by going from each person away to their substitute."""
    day, chain = absence.first_day, [absence]
    while True:
        code = chain[-1].substitute_code or ""
        following = next((row for row in away.get(code, ()) if row.first_day <= day <= row.last_day), None)
        if following is None:
            return chain
        chain.append(following)
        if following in chain[:-1]:
            return chain


def escalation_findings(people: People, day: date) -> list[Finding]:
    """Heads who would be their own escalation, seen from a day on.

    A head answers for their unit when they are its focal point, now or later, or when it has none that day. Then
    somebody else must stand above.
    """
    appointments: dict[str, list[Appointment]] = defaultdict(list)
    for row in people.appointments:
        if (row.last_day or date.max) >= day:
            appointments[row.unit_code].append(row)
    findings = []
    for unit in people.units.values():
        rows, head = appointments[unit.code], unit.head_code
        if head is None or escalation_target(unit.code, head, people.units) is not None:
            continue
        if any(row.person_code == head for row in rows):
            why = said("is its focal point")
        elif current_focal_point(unit.code, rows, people.persons, day) is None:
            why = said("would be asked, as it has no focal point")
        else:
            continue
        findings.append(_own_escalation(unit, head, why, people))
    return findings


def _own_escalation(unit: UnitFacts, head: str, why: str, people: People) -> Finding:
    reason = said(
        "%(head)s is the head of %(unit)s and %(why)s, but nobody else stands above to be told: appoint another "
        "focal point, or give the unit a parent whose head is somebody else",
        head=head,
        unit=unit.code,
        why=why,
    )
    rows = (row for row in people.appointments if row.unit_code == unit.code)
    return Finding((("unit", unit.code), *map(key_of, rows)), "head", reason)
