"""Who speaks for a unit and who leads it: appointing a focal point, ending an appointment, naming a head."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete

from models.contracts.answering import PersonChoice, PersonProblem
from models.contracts.refusal import Refused, said
from models.policies.people import Appointment, current_focal_point
from models.policies.people_checks import People, escalation_findings, structure_findings
from models.tables.people import FocalPoint
from operations.audit import record
from operations.choosing import ChoiceRefused, chosen_person
from store.database import WriteSession
from store.people import load_people, lock_people, save_people


async def appoint(
    session: WriteSession,
    unit_code: str,
    person_code: str,
    *,
    first_day: date,
    last_day: date | None,
    by: str,
    now: datetime,
    day: date,
) -> None:
    """Appoint a person to answer for a unit, from a day to a day, both included; no last day: until further notice.

    What is asked of somebody already stays with them. `day`: today in the office's zone.

    Raises:
        Refused: the unit or the person is unknown, the person has left or is appointed already, the days are in the
            wrong order, or nobody would be left to be told when they do not answer.

    """
    _in_order(first_day, last_day)
    await lock_people(session)
    people = await load_people(session)
    person = people.persons.get(person_code)
    if person is not None and not person.active:
        raise Refused(said("%(name)s has left: choose somebody else.", name=person.name))
    if _found(people, unit_code, person_code, first_day) is not None:
        name = person.name if person else person_code
        raise Refused(said("%(name)s is appointed from %(day)s on already.", name=name, day=first_day))
    before = current_focal_point(unit_code, people.appointments, people.persons, day)
    row = Appointment(unit_code, person_code, first_day, last_day)
    _check(people, replace(people, appointments=(*people.appointments, row)), day)
    await save_people(session, [row], now=now)
    record(
        session,
        "unit.focal_point_appointed",
        by=by,
        now=now,
        unit=unit_code,
        person=person_code,
        before=before,
        after=person_code,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat() if last_day else None,
    )


async def end_appointment(
    session: WriteSession,
    unit_code: str,
    person_code: str,
    first_day: date,
    *,
    last_day: date | None,
    by: str,
    now: datetime,
    day: date,
) -> None:
    """Let an appointment end with a day, or (without one) never begin. `day`: today in the office's zone.

    Raises:
        Refused: there is no such appointment, it began already and cannot be called off, it would end before it
            began, or nobody would be left to be told when the unit does not answer.

    """
    await lock_people(session)
    people = await load_people(session)
    standing = _found(people, unit_code, person_code, first_day)
    if standing is None:
        raise Refused(said("There is no such appointment any more."))
    others = tuple(row for row in people.appointments if row != standing)
    if last_day is None:
        if first_day <= day:
            raise Refused(said("This appointment has begun: say with which day it ends."))
        _check(people, replace(people, appointments=others), day)
        of_unit = delete(FocalPoint).where(FocalPoint.unit_code == unit_code, FocalPoint.person_code == person_code)
        await session.execute(of_unit.where(FocalPoint.first_day == first_day))
    else:
        _in_order(first_day, last_day)
        ended = replace(standing, last_day=last_day)
        _check(people, replace(people, appointments=(*others, ended)), day)
        await save_people(session, [ended], now=now)
    record(
        session,
        "unit.focal_point_ended",
        by=by,
        now=now,
        unit=unit_code,
        person=person_code,
        first_day=first_day.isoformat(),
        before=standing.last_day.isoformat() if standing.last_day else None,
        after=last_day.isoformat() if last_day else None,
        called_off=last_day is None,
    )


def _found(people: People, unit_code: str, person_code: str, first_day: date) -> Appointment | None:
    key = (unit_code, person_code, first_day)
    return next((row for row in people.appointments if (row.unit_code, row.person_code, row.first_day) == key), None)


async def add_person(
    session: WriteSession, unit_code: str, *, name: str, address: str, language: str, by: str, now: datetime
) -> str:
    """Make somebody known who works in a unit; gives their code, which is chosen for them.

    Raises:
        ChoiceRefused: something of it is missing or wrong, or the address is somebody's already.

    """
    await lock_people(session)
    choice = PersonChoice(person_code="", name=name, address=address, language=language)
    before = {person.code for person in (await load_people(session)).persons.values()}
    person = await chosen_person(session, unit_code, choice)
    if person.code in before:
        raise ChoiceRefused((PersonProblem(field="address", code="address_taken"),))
    told: dict[str, Any] = {"person": person.code, "unit": unit_code, "name": person.name, "language": person.language}
    record(session, "person.added", by=by, now=now, **told, before=None, after=person.address)
    return person.code


async def name_head(
    session: WriteSession, unit_code: str, person_code: str, *, by: str, now: datetime, day: date
) -> None:
    """Say who leads a unit: who is told when it does not answer, and decides for it. `day`: today.

    Raises:
        Refused: the unit or the person is unknown, the person has left or leads it already, or they would be told of
            themselves.

    """
    await lock_people(session)
    people = await load_people(session)
    unit, person = people.units.get(unit_code), people.persons.get(person_code)
    if unit is None:
        raise Refused(said("There is no unit “%(code)s”.", code=unit_code))
    if person is not None and not person.active:
        raise Refused(said("%(name)s has left: choose somebody else.", name=person.name))
    if unit.head_code == person_code and person is not None:
        raise Refused(said("%(name)s leads this unit already.", name=person.name))
    led = replace(unit, head_code=person_code)
    _check(people, replace(people, units={**people.units, unit_code: led}), day)
    await save_people(session, [led], now=now)
    told: dict[str, Any] = {"unit": unit_code, "person": person_code, "before": unit.head_code, "after": person_code}
    record(session, "unit.head_named", by=by, now=now, **told)


def _in_order(first_day: date, last_day: date | None) -> None:
    if last_day is not None and last_day < first_day:
        raise Refused(
            said(
                "The last day, %(last_day)s, comes before the first, %(first_day)s.",
                last_day=last_day,
                first_day=first_day,
            )
        )


def _check(known: People, wanted: People, day: date) -> None:
    """Raises Refused when something would not fit together any more that does today."""
    before = {finding.reason for finding in (*structure_findings(known), *escalation_findings(known, day))}
    problems = [found.reason for found in structure_findings(wanted) if found.reason not in before]
    # Only where the rows fit together, so that what is missing is not blamed on the reporting line.
    problems = problems or [found.reason for found in escalation_findings(wanted, day) if found.reason not in before]
    if problems:
        raise Refused(*problems)
