"""What several pages of the office ask of the roster: everybody who can be chosen in a form."""

from collections.abc import Iterable, Mapping

from models.policies.people import PersonFacts, UnitFacts
from store.database import ReadSession
from store.people import load_persons, load_units


async def person_choices(session: ReadSession, first: str = "") -> list[tuple[str, str]]:
    """Everybody who has not left: their code, and their name with their unit; by name, those of a unit `first`."""
    return choices_of((await load_persons(session)).values(), await load_units(session), first)


def choices_of(
    persons: Iterable[PersonFacts], units: Mapping[str, UnitFacts], first: str = ""
) -> list[tuple[str, str]]:
    """The same from what is loaded already."""
    by_name = sorted(persons, key=lambda person: (person.unit_code != first, person.name.casefold()))
    return [(person.code, f"{person.name} · {units[person.unit_code].name}") for person in by_name if person.active]
