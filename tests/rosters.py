"""Small cities by the number: people, absences and answers drawn from a seed, for the database and for a rehearsal.

Every code begins with the seed, so that hundreds of cities live in one database and know nothing of each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.contracts.mail import Language, TaskKind
from models.policies.people import Absence, Appointment, PersonFacts, UnitFacts, current_focal_point
from models.tables.catalogue import Action, Actor, Axis, Indicator, Objective, Plan, Responsible
from models.tables.people import Absence as AbsenceRow
from models.tables.people import CalendarRow, FocalPoint, Person, Unit
from store.database import Database, WriteSession

MADRID = ZoneInfo("Europe/Madrid")
LANGUAGES: tuple[Language, ...] = ("ca", "ca-ES-valencia", "es", "en", "fr")
PROCESS_CALENDAR, OTHER_CALENDAR = "valencia", "barcelona"
FIRST_APPOINTED = date(2024, 1, 8)


@dataclass(frozen=True)
class Answer:
    """When (aware, never at a whole minute) the task of a unit is answered and, for a naming, whom it names.

    It is given by whoever was asked last by then. One whose request has not left yet is given right after it.
    """

    kind: TaskKind
    unit_code: str
    at: datetime
    named: str | None = None


@dataclass(frozen=True)
class SmallCity:
    """One plan with three to eight units, of which all but the first are asked for one to three indicators."""

    plan: str
    units: tuple[UnitFacts, ...]
    persons: tuple[PersonFacts, ...]
    appointments: tuple[Appointment, ...]
    absences: tuple[Absence, ...]
    indicators: tuple[tuple[str, ...], ...]
    """For each action, the units that are responsible for it; an action has one indicator."""
    answers: tuple[Answer, ...]

    def answers_csv(self) -> bytes:
        """The answers as `focal rehearse collection --answers FILE` reads them."""
        rows = (
            f"{answer.unit_code},{answer.at.astimezone(MADRID):%Y-%m-%dT%H:%M:%S},{answer.named or ''}"
            for answer in self.answers
        )
        return "\n".join(["unit,answered,named", *rows]).encode()


def small_city(seed: int, opens_at: datetime) -> SmallCity:
    """The city of a seed, whose people are away and answer in the weeks after `opens_at` (aware)."""
    return _Draw(seed, opens_at).city()


class _Draw:
    """One city while it is drawn. The head of the first unit stands above all and is never asked."""

    def __init__(self, seed: int, opens_at: datetime) -> None:
        self.random = Random(seed)  # noqa: S311 - it is to be the same each time
        self.plan = f"R{seed}"
        self.opens_on = opens_at.astimezone(MADRID).date()
        self.units: list[UnitFacts] = []
        self.persons: list[PersonFacts] = []
        self.appointments: list[Appointment] = []

    def city(self) -> SmallCity:
        for number in range(self.random.randint(3, 8)):
            self._add_unit(number)
        for unit in self.units[1:]:
            self._appoint(unit)
        asked = [unit.code for unit in self.units[1:]]
        together = tuple(sorted(self.random.sample(asked, self.random.randint(1, len(asked)))))
        alone = tuple((code,) for code in asked for _ in range(self.random.randint(1, 2)))
        return SmallCity(
            plan=self.plan,
            units=tuple(self.units),
            persons=tuple(self.persons),
            appointments=tuple(self.appointments),
            absences=tuple(self._absences()),
            indicators=(together, *alone),
            answers=tuple(answer for unit in self.units[1:] for answer in self._answers(unit)),
        )

    def _chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def _add_unit(self, number: int) -> None:
        """A unit under one that is there already; its head is its own, that of another, or missing."""
        code = f"{self.plan}-U{number}"
        own = [self._add_person(code, active=n == 0 or self._chance(90)) for n in range(self.random.randint(2, 4))]
        heads = [unit.head_code for unit in self.units[1:] if unit.head_code]
        head: str | None = own[0].code
        if number and heads and self._chance(20):
            head = self.random.choice(heads)
        elif number and self._chance(15):
            head = None
        parent = self.random.choice(self.units).code if self.units else None
        calendar = OTHER_CALENDAR if number and self._chance(15) else None
        self.units.append(UnitFacts(code, f"Unitat {number}", "area", self.plan, parent, head, calendar))

    def _add_person(self, unit_code: str, *, active: bool) -> PersonFacts:
        code = f"{self.plan}-P{len(self.persons)}".lower()
        language = self.random.choice(LANGUAGES)
        person = PersonFacts(code, f"Persona {code}", f"{code}@prova.example", language, unit_code, active)
        self.persons.append(person)
        return person

    def _appoint(self, unit: UnitFacts) -> None:
        """Focal points of a unit: none, where a head can name one; somebody of the unit; or that of another unit."""
        if unit.head_code and self._chance(25):
            return
        own = [person.code for person in self.persons if person.unit_code == unit.code and person.active]
        others = [appointment.person_code for appointment in self.appointments]
        choices = others if others and self._chance(30) else own
        chosen = self.random.sample(sorted(set(choices)), 1 + (len(set(choices)) > 1 and self._chance(25)))
        for later, person_code in enumerate(chosen):
            first_day = FIRST_APPOINTED + timedelta(days=self.random.randint(0, 30) + 60 * later)
            self.appointments.append(Appointment(unit.code, person_code, first_day, None))

    def _absences(self) -> Iterable[Absence]:
        """A third of the people are away for a while; who stands in is further down the list, so no circle closes."""
        for place, person in enumerate(self.persons):
            if not self._chance(35):
                continue
            first = self.opens_on + timedelta(days=self.random.randint(-10, 45))
            last = first + timedelta(days=self.random.randint(0, 25))
            later = self.persons[place + 1 :]
            stands_in = self.random.choice(later).code if later and self._chance(75) else None
            yield Absence(person.code, first, last, stands_in)

    def _answers(self, unit: UnitFacts) -> Iterable[Answer]:
        persons = {person.code: person for person in self.persons}
        own = [row for row in self.appointments if row.unit_code == unit.code]
        naming = current_focal_point(unit.code, own, persons, self.opens_on) is None
        if naming:
            colleagues = [person.code for person in self.persons if person.unit_code == unit.code and person.active]
            if not colleagues or self._chance(35):
                return
            on = self.random.randint(1, 20)
            yield Answer("focal_point_naming", unit.code, self._moment(on), self.random.choice(colleagues))
            if self._chance(60):
                yield Answer("indicator_request", unit.code, self._moment(on + self.random.randint(5, 25)))
        elif self._chance(60):
            yield Answer("indicator_request", unit.code, self._moment(self.random.randint(1, 45)))

    def _moment(self, days: int) -> datetime:
        """A moment some days after the opening, also on a free day or in the evening; no planned step falls on it."""
        hour = time(self.random.randint(7, 21), self.random.randint(0, 59), 30)
        return datetime.combine(self.opens_on + timedelta(days=days), hour, MADRID)


async def build_cities(database: Database, cities: Iterable[SmallCity]) -> None:
    """Put cities into a database, each in a transaction of its own."""
    for city in cities:
        async with database.transaction() as session:
            await _add_calendars(session)
            await _add_people(session, city)
            await _add_plan(session, city)


async def _add_calendars(session: WriteSession) -> None:
    known = set(await session.scalars(select(CalendarRow.code)))
    for code, subdivision in ((PROCESS_CALENDAR, "VC"), (OTHER_CALENDAR, "CT")):
        if code not in known:
            session.add(CalendarRow(code=code, zone=MADRID.key, country="ES", subdivision=subdivision))
    await session.flush()


async def _add_people(session: WriteSession, city: SmallCity) -> None:
    for unit in city.units:
        bare = {"kind": unit.kind, "institution": unit.institution, "calendar_code": unit.calendar_code}
        session.add(Unit(code=unit.code, name=unit.name, parent_code=None, head_code=None, **bare))
    await session.flush()
    for person in city.persons:
        session.add(
            Person(
                code=person.code,
                name=person.name,
                address=person.address,
                language=person.language,
                unit_code=person.unit_code,
                active=person.active,
            )
        )
    await session.flush()
    for unit in city.units:
        row = await session.get_one(Unit, unit.code)
        row.parent_code, row.head_code = unit.parent_code, unit.head_code
    for appointment in city.appointments:
        session.add(
            FocalPoint(
                id=uuid4(),
                unit_code=appointment.unit_code,
                person_code=appointment.person_code,
                first_day=appointment.first_day,
                last_day=appointment.last_day,
                appointed_at=datetime.combine(appointment.first_day, time(9), MADRID),
            )
        )
    for absence in city.absences:
        session.add(
            AbsenceRow(
                id=uuid4(),
                person_code=absence.person_code,
                first_day=absence.first_day,
                last_day=absence.last_day,
                substitute_code=absence.substitute_code,
            )
        )
    await session.flush()


async def _add_plan(session: WriteSession, city: SmallCity) -> None:
    plan = city.plan
    session.add(
        Plan(
            code=plan,
            title=f"Pla {plan}",
            institution=plan,
            language="ca-ES-valencia",
            first_year=None,
            last_year=None,
            calendar=PROCESS_CALENDAR,
        )
    )
    session.add_all(Actor(code=unit.code, name=unit.name, institution=plan, kind=unit.kind) for unit in city.units)
    await session.flush()
    axis, objective = f"{plan}-E1", f"{plan}-E1-OE1"
    session.add(Axis(code=axis, plan_code=plan, position=0, title="Eix", kind="axis"))
    await session.flush()
    session.add(Objective(code=objective, axis_code=axis, position=0, title="Objectiu", implicit=False))
    await session.flush()
    years = {"first_year": None, "last_year": None}
    for place, responsible in enumerate(city.indicators):
        action = f"{objective}-A{place}"
        title = f"Acció {place}"
        session.add(Action(code=action, objective_code=objective, position=place, title=title, activities=[], **years))
        await session.flush()
        session.add_all(
            Responsible(action_code=action, position=order, actor_code=code) for order, code in enumerate(responsible)
        )
        session.add(
            Indicator(code=f"{action}-I1", action_code=action, position=0, name="Nombre", unit="count", cumulative=True)
        )
    await session.flush()
