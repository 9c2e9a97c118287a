"""Somebody is away for some days, and somebody else stands in; it ends by itself."""

from dataclasses import replace
from datetime import date, datetime

from models.contracts.refusal import Refused
from models.policies.people import Absence
from models.policies.people_checks import structure_findings
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
        raise Refused(f"The last day, {last_day}, comes before the first, {first_day}.")
    if substitute == person_code:
        raise Refused(f"{person_code} cannot stand in for themself.")
    await lock_people(session)
    people = await load_people(session)
    known = {finding.reason for finding in structure_findings(people)}
    absence = Absence(person_code, first_day, last_day, substitute)
    if any(other.person_code == person_code and other.first_day == first_day for other in people.absences):
        raise Refused(f"{person_code} is already away from {first_day} on.")
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
