"""Choosing who gets a task: a colleague of the unit, or somebody new who is made known."""

from collections.abc import Sequence

from sqlalchemy import select

from mail.headers import UnsafeHeader, ascii_address
from mail.translation import LANGUAGES
from models.contracts.answering import Colleague, PersonChoice, PersonProblem, PersonProblemCode
from models.policies.people_rows import unprintable
from models.tables.people import Person
from operations.references import new_reference
from store.database import ReadSession, WriteSession

NAME_LIMIT = 200


class ChoiceRefused(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """Nobody was chosen; each problem belongs to a field of the form."""

    def __init__(self, problems: tuple[PersonProblem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems


async def colleagues_of(session: ReadSession, unit_code: str) -> tuple[Colleague, ...]:
    """The people of a unit, by name."""
    people = await session.scalars(
        select(Person).where(Person.unit_code == unit_code, Person.active).order_by(Person.name)
    )
    return tuple(Colleague(code=person.code, name=person.name, address=person.address) for person in people)


def check_choice(colleagues: Sequence[Colleague], choice: PersonChoice) -> tuple[PersonProblem, ...]:
    """What has to be corrected before somebody is chosen: one known colleague, or one whole new person."""
    name, address = choice.name.strip(), choice.address.strip()
    if choice.person_code:
        if choice.person_code in {colleague.code for colleague in colleagues}:
            return ()
        return (PersonProblem(field="person_code", code="person_unknown"),)
    if not (name or address):
        return (PersonProblem(field="person_code", code="nobody_chosen"),)
    found = (
        ("name", _problem_of_name(name)),
        ("address", _problem_of_address(address)),
        ("language", None if choice.language in LANGUAGES else "language_missing"),
    )
    return tuple(PersonProblem(field=field, code=code) for field, code in found if code is not None)


def _problem_of_name(name: str) -> PersonProblemCode | None:
    if not name:
        return "name_missing"
    if len(name) > NAME_LIMIT:
        return "too_long"
    return "name_unprintable" if unprintable(name) else None


def _problem_of_address(address: str) -> PersonProblemCode | None:
    if not address:
        return "address_missing"
    try:
        ascii_address("address", address)
    except UnsafeHeader:
        return "address_invalid"
    return None


async def chosen_person(session: WriteSession, unit_code: str, choice: PersonChoice) -> Person:
    """The colleague who was chosen, or the person whose name and address were given, made known if need be.

    The caller holds `lock_people`, so that nobody is made known twice.

    Raises:
        ChoiceRefused: see `check_choice`; also when the address belongs to somebody of another unit, or who left.

    """
    if problems := check_choice(await colleagues_of(session, unit_code), choice):
        raise ChoiceRefused(problems)
    if choice.person_code:
        return await session.get_one(Person, choice.person_code)
    address = ascii_address("address", choice.address.strip()).lower()
    known = await session.scalar(select(Person).where(Person.address == address))
    if known is not None:
        if known.active and known.unit_code == unit_code:
            return known
        raise ChoiceRefused((PersonProblem(field="address", code="address_taken"),))
    person = Person(
        code=f"P-{new_reference()}",
        name=choice.name.strip(),
        address=address,
        language=choice.language,
        unit_code=unit_code,
        active=True,
    )
    session.add(person)
    await session.flush()
    return person
