"""Who is asked in place of whom, and who is told: through absences, chains, circles, and up the reporting line."""

from datetime import date

import pytest

from models.policies.people import Absence, Away, PersonFacts, Presence, Reached, UnitFacts, absences_on

TODAY = date(2027, 2, 1)
PERSONS = {
    code: PersonFacts(code, code, f"{code}@city.example", "en", "service", active=code != "gone")
    for code in ("anna", "biel", "carla", "dani", "elena", "ferran", "gone")
}


def units(*heads: str | None) -> dict[str, UnitFacts]:
    """A service, its area and the office above it, with their heads."""
    codes = ("service", "area", "office")
    above = dict(zip(codes, (*codes[1:], None), strict=True))
    return {
        code: UnitFacts(code, code, "area", "city", above[code], head) for code, head in zip(codes, heads, strict=True)
    }


HEADS = units("biel", "carla", "dani")


def presence(*away: str, of: dict[str, UnitFacts] = HEADS) -> Presence:
    """Who is away on the day, each as `anna`, or `anna > elena` for who stands in."""
    absences = {}
    for spell in away:
        person, _, substitute = spell.partition(" > ")
        absences[person] = Absence(person, TODAY, TODAY, substitute or None)
    return Presence(PERSONS, of, absences)


def path(*away: str) -> tuple[Away, ...]:
    spells = (spell.partition(" > ") for spell in away)
    return tuple(Away(person, TODAY, substitute or None) for person, _, substitute in spells)


@pytest.mark.parametrize(
    ("away", "asked", "through"),
    [
        ([], "anna", []),
        (["biel > elena"], "anna", []),
        (["anna > elena"], "elena", ["anna > elena"]),
        (["anna"], "anna", []),  # nobody was named: it waits for the return
        (["anna > elena", "elena > ferran"], "ferran", ["anna > elena", "elena > ferran"]),
        (["anna > elena", "elena"], "biel", ["anna > elena", "elena"]),
        (["anna > gone"], "biel", ["anna > gone"]),
        (["anna > elena", "elena > anna"], "biel", ["anna > elena", "elena > anna"]),
        (
            ["anna > elena", "elena > ferran", "ferran > elena"],
            "biel",
            ["anna > elena", "elena > ferran", "ferran > elena"],
        ),
        (["anna > biel"], "biel", ["anna > biel"]),
        (["anna > elena", "elena", "biel > ferran"], "ferran", ["anna > elena", "elena", "biel > ferran"]),
        (["anna > elena", "elena", "biel"], "carla", ["anna > elena", "elena", "biel"]),
        (["anna > elena", "elena", "biel > elena"], "carla", ["anna > elena", "elena", "biel > elena", "elena"]),
        (
            ["anna > elena", "elena", "biel", "carla", "dani"],
            None,
            ["anna > elena", "elena", "biel", "carla", "dani"],
        ),
    ],
)
def test_who_is_asked_in_place_of_anna(away, asked, through):
    assert presence(*away).addressee("service", "anna", None) == Reached(asked, path(*through))


@pytest.mark.parametrize(
    ("away", "asked"),
    [([], "biel"), (["biel"], "carla"), (["biel > elena"], "elena")],
)
def test_in_place_of_somebody_who_has_left_the_next_level_is_asked(away, asked):
    assert presence(*away).addressee("service", "gone", None).person_code == asked


def test_a_fallback_is_asked_only_when_the_whole_line_is_away():
    everybody = ["anna > elena", "elena", "biel", "carla"]
    assert presence(*everybody).addressee("service", "anna", "ferran").person_code == "dani"
    assert presence(*everybody, "dani").addressee("service", "anna", "ferran").person_code == "ferran"


@pytest.mark.parametrize(
    ("away", "level", "told"),
    [
        ([], 1, "biel"),
        ([], 2, "carla"),
        ([], 3, "dani"),
        ([], 4, None),  # the line ends, and no fallback is named: the coordinator
        (["biel"], 1, "carla"),
        (["biel > elena"], 1, "elena"),
        (["biel > elena", "elena > ferran"], 1, "ferran"),
        (["biel > elena", "elena > biel"], 1, "carla"),
        (["biel > anna"], 1, "carla"),  # nobody is told of their own delay
        (["biel > gone"], 1, "carla"),
        (["biel", "carla"], 1, "dani"),
        (["carla"], 2, "dani"),
        (["biel"], 2, "carla"),  # the level counts the line, not who is there
        (["biel", "carla", "dani"], 1, None),
        (["anna > elena"], 1, "biel"),
        (["anna > biel"], 1, "carla"),  # the head is asked in Anna's place
        (["anna > elena", "elena"], 1, "carla"),  # so is the head, as nobody stands in
        (["anna > elena", "biel > elena"], 1, "carla"),
        (["anna"], 1, "biel"),
    ],
)
def test_who_is_told_that_anna_does_not_answer(away, level, told):
    assert presence(*away).told("service", "anna", level, None).person_code == told


@pytest.mark.parametrize(
    ("heads", "level", "told"),
    [
        (("biel", "biel", "dani"), 2, "dani"),  # one person counts once
        ((None, "carla", "dani"), 1, "carla"),
        (("anna", "carla", "dani"), 1, "carla"),
        (("anna", "carla", "dani"), 2, "dani"),
        (("biel", "anna", "dani"), 2, "dani"),
        (("gone", "carla", "dani"), 1, "carla"),
        ((None, None, None), 1, None),
        (("anna", "anna", "anna"), 1, None),
    ],
)
def test_the_line_passes_over_who_is_asked_who_has_left_and_units_without_a_head(heads, level, told):
    assert presence(of=units(*heads)).told("service", "anna", level, None).person_code == told


@pytest.mark.parametrize(
    ("away", "fallback", "told"),
    [
        ([], "ferran", "ferran"),
        (["ferran > elena"], "ferran", "elena"),
        (["ferran"], "ferran", None),
        ([], "gone", None),
        ([], "nobody", None),
        ([], "anna", None),
        (["anna > ferran"], "ferran", None),
    ],
)
def test_after_the_last_level_the_fallback_is_told_and_else_the_coordinator(away, fallback, told):
    assert presence(*away).told("service", "anna", 4, fallback).person_code == told


def test_a_mail_that_goes_up_tells_every_absence_on_its_way():
    told = presence("biel > elena", "elena", "carla > ferran").told("service", "anna", 1, None)
    assert told == Reached("ferran", path("biel > elena", "elena", "carla > ferran"))


def test_a_unit_above_itself_or_unknown_ends_the_line():
    circle = {
        "service": UnitFacts("service", "service", "area", "city", "area", "biel"),
        "area": UnitFacts("area", "area", "area", "city", "service", "carla"),
    }
    assert presence(of=circle).told("service", "anna", 2, None).person_code == "carla"
    assert presence(of=circle).told("service", "anna", 3, None).person_code is None
    assert presence().told("elsewhere", "anna", 1, None).person_code is None


@pytest.mark.parametrize(
    ("day", "away"),
    [
        (date(2027, 1, 31), False),
        (date(2027, 2, 1), True),
        (date(2027, 2, 5), True),
        (date(2027, 2, 6), False),
    ],
)
def test_an_absence_holds_from_its_first_day_to_its_last_and_then_ends_by_itself(day, away):
    spell = Absence("anna", date(2027, 2, 1), date(2027, 2, 5), "elena")
    assert absences_on([spell], day) == ({"anna": spell} if away else {})
