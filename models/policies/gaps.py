"""What is missing among an office's people: pure, from the roster, the addresses at which nobody is reached, a day."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from models.policies.people import Absence, Presence, absences_on, current_focal_point
from models.policies.people_checks import People, escalation_findings

SOON = timedelta(days=30)
"""So long before somebody goes, it is told that nobody follows."""
GapKind = Literal[
    "no_focal_point",  # indicators are asked of the unit and nobody answers: its head is asked to name somebody
    "no_head",  # nobody is told when it does not answer
    "head_left",  # its head does not work there any more
    "own_escalation",  # its head answers for it, and nobody stands above
    "focal_point_ends",  # the last appointment ends soon, nobody follows
    "no_substitute",  # somebody is away, or soon will be, and nobody stands in
    "substitute_away",  # whoever stands in is away as well, or has left
    "dead_address",  # mail to this person comes back
]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing: of a unit, of a person, until or from a day; what does not apply is None."""

    kind: GapKind
    unit_code: str | None = None
    person_code: str | None = None
    day: date | None = None


def gaps(people: People, *, asked: Collection[str], dead: Collection[str], day: date) -> list[Gap]:
    """Everything that is missing on a day. `asked`: the units of which indicators are asked; `dead`: addresses."""
    return [
        *_of_units(people, asked, day),
        *(
            Gap("dead_address", person_code=row.code)
            for row in people.persons.values()
            if row.active and row.address in dead
        ),
        *(gap for row in people.absences if (gap := _of_absence(row, people, day)) is not None),
    ]


def _of_units(people: People, asked: Collection[str], day: date) -> Iterator[Gap]:
    alone = {finding.subjects[0][1] for finding in escalation_findings(people, day)}
    for unit in people.units.values():
        if unit.head_code is None:
            yield Gap("no_head", unit.code)
        elif not people.persons[unit.head_code].active:
            yield Gap("head_left", unit.code, unit.head_code)
        current = current_focal_point(unit.code, people.appointments, people.persons, day)
        # A unit of which nothing is asked and for which nobody answers has nobody to be told of.
        if unit.code in alone and (current is not None or unit.code in asked):
            yield Gap("own_escalation", unit.code, unit.head_code)
        if current is None:
            if unit.code in asked:
                yield Gap("no_focal_point", unit.code)
        elif (last := _last_day(unit.code, people, day)) is not None and last <= day + SOON:
            yield Gap("focal_point_ends", unit.code, current, last)


def _last_day(unit_code: str, people: People, day: date) -> date | None:
    """The last day on which somebody answers for a unit without a break from a day on; None: until further notice."""
    last = day
    while current_focal_point(unit_code, people.appointments, people.persons, last) is not None:
        holding = [
            row.last_day
            for row in people.appointments
            if row.unit_code == unit_code and row.holds_on(last) and people.persons[row.person_code].active
        ]
        if None in holding:
            return None
        last = max(end for end in holding if end is not None) + timedelta(days=1)
    return last - timedelta(days=1)


def _of_absence(absence: Absence, people: People, day: date) -> Gap | None:
    over_or_far = absence.last_day < day or absence.first_day > day + SOON
    if over_or_far or not people.persons[absence.person_code].active:
        return None
    about = absence.person_code, absence.last_day
    if absence.substitute_code is None:
        return Gap("no_substitute", None, *about)
    on = max(day, absence.first_day)
    there = Presence(people.persons, people.units, absences_on(people.absences, on)).stands_in(absence.person_code)
    return None if there is not None else Gap("substitute_away", None, *about)
