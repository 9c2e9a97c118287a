"""Somebody is away for some days, and somebody else stands in; it ends by itself."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import delete

from models.contracts.refusal import IsoDay, Refused, said
from models.policies.people import Absence
from models.policies.people_checks import structure_findings
from models.tables.people import Absence as AbsenceRow
from operations.audit import record
from store.database import WriteSession
from store.people import load_people, lock_people, save_people


async def add_absence(
    session: WriteSession,
    person_code: str,
    *,
    first_day: date,
    last_day: date,
    substitute: str | None,
    by: str,
    now: datetime,
) -> None:
    """A person is away from a day to a day, both included; `substitute` None: nobody stands in.

    Whoever is written to in their place is found when a mail leaves, so nothing has to be planned anew.

    Raises:
        Refused: a person is unknown or stands in for themself, the days are in the wrong order, it overlaps another
            absence of the person, or the substitutes would go round in a circle; each problem named.

    """
    if last_day < first_day:
        raise Refused(
            said(
                "The last day, %(last_day)s, comes before the first, %(first_day)s.",
                last_day=IsoDay(last_day),
                first_day=IsoDay(first_day),
            )
        )
    if substitute == person_code:
        raise Refused(said("%(person)s cannot stand in for themself.", person=person_code))
    await lock_people(session)
    people = await load_people(session)
    known = {finding.reason for finding in structure_findings(people)}
    absence = Absence(person_code, first_day, last_day, substitute)
    if any(other.person_code == person_code and other.first_day == first_day for other in people.absences):
        raise Refused(
            said("%(person)s is already away from %(first_day)s on.", person=person_code, first_day=IsoDay(first_day))
        )
    with_it = replace(people, absences=(*people.absences, absence))
    if problems := [found.reason for found in structure_findings(with_it) if found.reason not in known]:
        raise Refused(*problems)
    await save_people(session, [absence], now=now)
    record(
        session,
        "person.absence_added",
        by=by,
        now=now,
        person=person_code,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
        substitute=substitute,
    )


async def change_absence(
    session: WriteSession,
    person_code: str,
    first_day: date,
    *,
    back_on: date,
    substitute: str | None,
    by: str,
    now: datetime,
) -> None:
    """A person is back on another day than was said, or somebody else stands in.

    Back on the first day or before: they never were away.

    Raises:
        Refused: there is no such absence, nothing of it would change, they would stand in for themself, or it would
            overlap another one or close a circle of substitutes; each problem named.

    """
    await lock_people(session)
    people = await load_people(session)
    key = (person_code, first_day)
    standing = next((row for row in people.absences if (row.person_code, row.first_day) == key), None)
    if standing is None:
        raise Refused(said("There is no such absence any more."))
    last_day = back_on - timedelta(days=1)
    if (last_day, substitute) == (standing.last_day, standing.substitute_code):
        raise Refused(said("This absence ends on %(day)s already.", day=last_day))
    if substitute == person_code:
        raise Refused(said("%(person)s cannot stand in for themself.", person=person_code))
    others = tuple(row for row in people.absences if row != standing)
    if last_day < first_day:
        of_person = delete(AbsenceRow).where(AbsenceRow.person_code == person_code)
        await session.execute(of_person.where(AbsenceRow.first_day == first_day))
    else:
        ended = replace(standing, last_day=last_day, substitute_code=substitute)
        known = {finding.reason for finding in structure_findings(people)}
        with_it = replace(people, absences=(*others, ended))
        if problems := [found.reason for found in structure_findings(with_it) if found.reason not in known]:
            raise Refused(*problems)
        await save_people(session, [ended], now=now)
    record(
        session,
        "person.absence_changed",
        by=by,
        now=now,
        person=person_code,
        first_day=first_day.isoformat(),
        before=standing.last_day.isoformat(),
        after=last_day.isoformat() if last_day >= first_day else None,
        substitute_before=standing.substitute_code,
        substitute_after=substitute,
    )
