"""Who is asked what in a quarter's collection: pure, from the plan, the units and the people."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from models.contracts.refusal import Refused, said
from models.policies.asking import Asked
from models.policies.people import Appointment, current_focal_point, escalation_target, expand
from models.policies.people_checks import People
from models.policies.period import Quarter, covers

SET_SIZE = 250
"""Tasks one follow-up watches: its history grows with instants, but one turn should stay within seconds."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What is known of a plan when a quarter opens. `indicators` stand in the plan's order."""

    code: str
    first_year: int | None
    last_year: int | None
    indicators: tuple["IndicatorFacts", ...]


@dataclass(frozen=True, slots=True)
class IndicatorFacts:
    """One indicator, the years its action runs (None: as the plan), and the responsible actors, leader first."""

    code: str
    first_year: int | None
    last_year: int | None
    actors: tuple["ActorFacts", ...]


@dataclass(frozen=True, slots=True)
class ActorFacts:
    """Somebody a plan names as responsible: a unit's code, or a group of units."""

    code: str
    name: str
    institution: str
    kind: str


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who is asked, in the order of units, and the indicators that the quarter does not touch."""

    asked: tuple[Asked, ...]
    not_covered: tuple[str, ...]


def check_quarter(plan: PlanFacts, quarter: Quarter) -> None:
    """Raises Refused when the plan does not run in the quarter or has nothing to measure."""
    if not covers(plan.first_year, plan.last_year, quarter):
        raise Refused(
            said(
                "The plan %(plan)s runs from %(first)s to %(last)s; %(quarter)s lies outside it.",
                plan=plan.code,
                first=plan.first_year or said("its start"),
                last=plan.last_year or said("its end"),
                quarter=quarter,
            )
        )
    if not plan.indicators:
        raise Refused(said("The plan %(plan)s has no indicators, so there is nothing to collect.", plan=plan.code))


def roster(plan: PlanFacts, quarter: Quarter, people: People, day: date) -> Roster:
    """Lay out who is asked: each responsible unit's focal point, or its head when it has none.

    One task per unit and person with all of the unit's indicators, in the plan's order. A group such as "all
    areas" stands for its units.

    Raises:
        Refused: a unit is missing, has neither focal point nor head, or its escalation would come back to the
            person asked; every problem is named.

    """
    check_quarter(plan, quarter)
    problems: list[str] = []
    wanted: dict[str, list[str]] = defaultdict(list)
    not_covered: list[str] = []
    for indicator in plan.indicators:
        if not covers(indicator.first_year, indicator.last_year, quarter):
            not_covered.append(indicator.code)
            continue
        for actor in indicator.actors:
            codes = expand(actor, people.units)
            if not codes:
                problems.append(
                    said("No unit of the roster stands for “%(name)s” (%(actor)s).", name=actor.name, actor=actor.code)
                )
            for code in codes:
                if indicator.code not in wanted[code]:
                    wanted[code].append(indicator.code)
    appointed: dict[str, list[Appointment]] = defaultdict(list)
    for appointment in people.appointments:
        appointed[appointment.unit_code].append(appointment)
    asked = []
    for unit_code, indicators in sorted(wanted.items()):
        focal_point = current_focal_point(unit_code, appointed[unit_code], people.persons, day)
        head = people.units[unit_code].head_code
        if focal_point is not None:
            task = Asked("indicator_request", unit_code, focal_point, tuple(indicators))
        elif head is not None and people.persons[head].active:
            task = Asked("focal_point_naming", unit_code, head, tuple(indicators))
        else:
            problems.append(said("%(unit)s has neither a focal point nor a head: nobody can be asked.", unit=unit_code))
            continue
        if escalation_target(unit_code, task.person_code, people.units) is None:
            problems.append(
                said(
                    "%(person)s answers for %(unit)s and would be their own escalation: give the unit another "
                    "head, or a parent unit whose head is somebody else.",
                    person=task.person_code,
                    unit=unit_code,
                )
            )
        asked.append(task)
    if problems:
        raise Refused(*dict.fromkeys(problems))
    return Roster(tuple(asked), tuple(not_covered))
