"""Who answers for a unit, who is told when nobody does, and which units an actor stands for."""

from dataclasses import dataclass
from datetime import date

from models.policies.people import (
    Appointment,
    PersonFacts,
    UnitFacts,
    current_focal_point,
    escalation_target,
    expand,
    reporting_line,
)


def units(*rows: tuple[str, str | None, str | None], kind: str = "area") -> dict[str, UnitFacts]:
    """Units of one city: code, parent, head."""
    return {code: UnitFacts(code, code.title(), kind, "Prova", parent, head) for code, parent, head in rows}


CITY = units(("MAYOR", None, "maria"), ("HEALTH", "MAYOR", "hector"), ("CLINIC", "HEALTH", "carme"))


def test_the_reporting_line_goes_up_from_head_to_head() -> None:
    assert reporting_line("CLINIC", CITY) == ("carme", "hector", "maria")


def test_a_unit_without_a_head_is_passed_over() -> None:
    city = {**CITY, **units(("HEALTH", "MAYOR", None))}
    assert reporting_line("CLINIC", city) == ("carme", "maria")


def test_whoever_heads_two_units_stands_in_the_line_once() -> None:
    city = {**CITY, **units(("HEALTH", "MAYOR", "carme"))}
    assert reporting_line("CLINIC", city) == ("carme", "maria")


def test_a_line_that_comes_back_to_itself_ends() -> None:
    city = units(("A", "B", "anna"), ("B", "A", "pau"))
    assert reporting_line("A", city) == ("anna", "pau")


def test_a_focal_point_is_escalated_to_the_head_and_then_above() -> None:
    assert [escalation_target("CLINIC", "sofia", CITY, level) for level in (1, 2, 3, 4)] == [
        "carme",
        "hector",
        "maria",
        None,
    ]


def test_nobody_is_their_own_escalation_wherever_they_stand() -> None:
    assert [escalation_target("CLINIC", "carme", CITY, level) for level in (1, 2, 3)] == ["hector", "maria", None]
    assert [escalation_target("CLINIC", "hector", CITY, level) for level in (1, 2, 3)] == ["carme", "maria", None]
    assert escalation_target("MAYOR", "maria", CITY) is None


def people(*codes: str, away: str = "") -> dict[str, PersonFacts]:
    return {code: PersonFacts(code, code, f"{code}@prova.example", "ca", "CLINIC", code != away) for code in codes}


DAY = date(2026, 10, 1)


def appointed(person: str, first: int, last: int | None = None, unit: str = "CLINIC") -> Appointment:
    """An appointment between years."""
    return Appointment(unit, person, date(first, 1, 1), None if last is None else date(last, 12, 31))


def test_the_focal_point_is_who_was_appointed_first_of_those_in_force() -> None:
    rows = [appointed("past", 2020, 2025), appointed("pau", 2024), appointed("anna", 2025), appointed("later", 2027)]
    persons = people("past", "pau", "anna", "later")
    assert current_focal_point("CLINIC", rows, persons, DAY) == "pau"
    assert current_focal_point("CLINIC", rows, persons, date(2021, 1, 1)) == "past"
    assert current_focal_point("HEALTH", rows, persons, DAY) is None


def test_both_days_of_an_appointment_count() -> None:
    row = Appointment("CLINIC", "pau", DAY, DAY)
    assert current_focal_point("CLINIC", [row], people("pau"), DAY) == "pau"
    assert current_focal_point("CLINIC", [row], people("pau"), date(2026, 10, 2)) is None


def test_of_two_appointed_on_one_day_the_code_decides() -> None:
    rows = [appointed("pau", 2024), appointed("anna", 2024)]
    assert current_focal_point("CLINIC", rows, people("pau", "anna"), DAY) == "anna"


def test_somebody_no_longer_active_is_not_asked() -> None:
    rows = [appointed("pau", 2024), appointed("anna", 2025)]
    assert current_focal_point("CLINIC", rows, people("pau", "anna", away="pau"), DAY) == "anna"


@dataclass(frozen=True)
class Named:
    """An actor of a plan."""

    code: str
    institution: str
    kind: str


def test_an_actor_stands_for_the_unit_of_its_code() -> None:
    assert expand(Named("CLINIC", "Prova", "area"), CITY) == ("CLINIC",)
    assert expand(Named("LLUNA", "Prova", "area"), CITY) == ()


def test_all_areas_stands_for_every_area_of_the_institution_in_the_order_of_codes() -> None:
    city = {
        **units(("PARKS", None, None), ("HEALTH", None, None)),
        **units(("COORDINATING", None, None), kind="service"),
        "OTHER": UnitFacts("OTHER", "Other", "area", "Una altra ciutat", None, None),
    }
    assert expand(Named("ALL", "Prova", "all areas"), city) == ("HEALTH", "PARKS")
    assert expand(Named("ALL", "Enlloc", "all areas"), city) == ()
