"""Who is asked in a review of a network, so that nobody decides about their own words. Pure."""

from collections.abc import Container
from datetime import date

from models.contracts.refusal import said
from models.policies.asking import answers_for, decider
from models.policies.people import current_focal_point
from models.policies.people_checks import People


def second_voice(people: People, office_unit: str, passed_over: Container[str], day: date) -> str | None:
    """Who gives the second opinion: a focal point of the office, else whoever is in charge; never a passed over one."""
    others = [row for row in people.appointments if row.person_code not in passed_over]
    focal_point = current_focal_point(office_unit, others, people.persons, day)
    return focal_point or decider(people, office_unit, None, passed_over)


def who_problems(people: People, unit_code: str, office_unit: str, chosen: str | None, day: date) -> list[str]:
    """What stands against a review before anybody is asked, as far as one can know by then."""
    if chosen is not None and (chosen not in people.persons or not people.persons[chosen].active):
        return [said("There is no person “%(person)s” who could decide.", person=chosen)]
    writer = answers_for(people, unit_code, day)
    if writer is None:
        return [
            said("%(unit)s has neither a focal point nor a head: nobody can be asked for evidence.", unit=unit_code)
        ]
    second = second_voice(people, office_unit, {writer}, day)
    if second is None:
        return [
            said(
                "%(unit)s has nobody beside %(writer)s for a second opinion: appoint another focal point.",
                unit=office_unit,
                writer=writer,
            )
        ]
    if chosen in {writer, second}:
        return [
            said(
                "%(chosen)s is asked for evidence or opinion and cannot decide about it: choose somebody else.",
                chosen=chosen,
            )
        ]
    if chosen is None and decider(people, office_unit, None, {writer, second}) is None:
        return [
            said(
                "Nobody above %(unit)s could decide who is not asked for evidence or opinion: use --decider.",
                unit=office_unit,
            )
        ]
    return []
