"""What is missing among an office's people, on a day."""

from dataclasses import replace
from datetime import date, timedelta

from models.policies.gaps import Gap, gaps
from models.policies.people import Absence, Appointment
from models.policies.people_checks import People
from tests.people.office import NOW, Files, examined

DAY = NOW.date()
ASKED = frozenset({"HEALTH", "ECO"})


def office() -> People:
    """The office of the files, whose focal points answer until further notice or for years."""
    return examined(*Files().files())


def missing(people: People, *, dead: frozenset[str] = frozenset(), day: date = DAY) -> list[Gap]:
    return gaps(people, asked=ASKED, dead=dead, day=day)


def test_where_everybody_is_there_nothing_is_missing():
    assert missing(office()) == []


def test_only_a_unit_that_is_asked_needs_somebody_who_answers():
    nobody = replace(office(), appointments=())
    assert [(gap.kind, gap.unit_code) for gap in missing(nobody) if gap.kind == "no_focal_point"] == [
        ("no_focal_point", "HEALTH"),
        ("no_focal_point", "ECO"),
    ]


def test_a_focal_point_whose_time_ends_soon_is_told_unless_somebody_follows_without_a_break():
    people, ends = office(), DAY + timedelta(days=20)
    ending = (Appointment("HEALTH", "sofia", date(2024, 1, 1), ends), people.appointments[2])
    assert missing(replace(people, appointments=ending)) == [Gap("focal_point_ends", "HEALTH", "sofia", ends)]
    follows = Appointment("HEALTH", "nora", ends + timedelta(days=1), None)
    assert missing(replace(people, appointments=(*ending, follows))) == []
    late = replace(follows, first_day=ends + timedelta(days=2))
    assert missing(replace(people, appointments=(*ending, late))) == [Gap("focal_point_ends", "HEALTH", "sofia", ends)]


def test_a_unit_without_head_or_whose_head_has_left_or_stands_alone_is_told():
    people = office()
    headless = {**people.units, "HEALTH": replace(people.units["HEALTH"], head_code=None)}
    assert missing(replace(people, units=headless)) == [Gap("no_head", "HEALTH")]
    left = {**people.persons, "hector": replace(people.persons["hector"], active=False)}
    assert missing(replace(people, persons=left)) == [Gap("head_left", "HEALTH", "hector")]
    answers = (*people.appointments, Appointment("MAYOR", "maria", date(2024, 1, 1), None))
    assert missing(replace(people, appointments=answers)) == [Gap("own_escalation", "MAYOR", "maria")]


def test_an_absence_is_told_when_nobody_stands_in_or_whoever_does_is_away_too():
    people, last = office(), DAY + timedelta(days=5)
    alone = Absence("eric", DAY, last, None)
    assert missing(replace(people, absences=(alone,))) == [Gap("no_substitute", None, "eric", last)]
    both = (replace(alone, substitute_code="nora"), Absence("nora", DAY, DAY, None))
    assert Gap("substitute_away", None, "eric", last) in missing(replace(people, absences=both))
    there = replace(people, absences=(replace(alone, substitute_code="nora"),))
    assert missing(there) == []
    far = Absence("eric", DAY + timedelta(days=60), DAY + timedelta(days=70), None)
    assert missing(replace(people, absences=(far,))) == []


def test_an_address_at_which_nobody_is_reached_is_told_while_somebody_has_it():
    people, dead = office(), frozenset({"eric@prova.example"})
    assert missing(people, dead=dead) == [Gap("dead_address", None, "eric")]
    left = {**people.persons, "eric": replace(people.persons["eric"], active=False)}
    assert "dead_address" not in {gap.kind for gap in missing(replace(people, persons=left), dead=dead)}
