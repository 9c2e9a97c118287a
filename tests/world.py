"""A small city for tests: a plan with four indicators, three units, their heads and focal points."""

from datetime import UTC, date, datetime
from uuid import uuid4

from sqlalchemy import delete

from models.tables.catalogue import Action, Actor, Axis, Indicator, Objective, Plan, Responsible
from models.tables.people import CalendarRow, FocalPoint, Person, Unit
from store.database import Database, WriteSession

OPENING = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
"""Monday, 9 o'clock in València: the first working day of the year."""

CITY = "Ajuntament de Prova"
UNITS = (
    # code, name, kind, parent, head
    ("MAYOR", "Alcaldia", "office", None, "mayor"),
    ("HEALTH", "Àrea Salut", "area", "MAYOR", "health-head"),
    ("ECOLOGY", "Àrea Ecologia Urbana", "area", "MAYOR", "ecology-head"),
)
PERSONS = (
    # code, name, language, unit
    ("mayor", "Maria Alcaldessa", "ca", "MAYOR"),
    ("health-head", "Hèctor Cap", "es", "HEALTH"),
    ("health", "Sofia Salut", "ca-ES-valencia", "HEALTH"),
    ("ecology-head", "Elena Cap", "ca", "ECOLOGY"),
    ("ecology", "Eric Verd", "en", "ECOLOGY"),
)
INDICATORS = (
    # action, responsible, years, indicators: name, unit, cumulative
    ("TST-E1-OE1-A1", ("HEALTH", "ECOLOGY"), None, (("Nombre d'accions impulsades", "count", True),)),
    ("TST-E1-OE1-A2", ("HEALTH",), None, (("Grau de compliment", "percent", False), ("Guia feta", "yes/no", False))),
    ("TST-E1-OE1-A3", ("ECOLOGY",), (2022, 2022), (("Nombre de viatges", "count", True),)),
)


async def _add_plan(session: WriteSession) -> None:
    """A plan of one axis and one objective, with its calendar."""
    session.add(CalendarRow(code="valencia", zone="Europe/Madrid", country="ES", subdivision="VC"))
    session.add(
        Plan(
            code="TST",
            title="Pla de prova",
            institution=CITY,
            language="ca-ES-valencia",
            first_year=2022,
            last_year=2027,
            calendar="valencia",
        )
    )
    await session.flush()
    session.add(Axis(code="TST-E1", plan_code="TST", position=0, title="Ciutat saludable", kind="axis"))
    await session.flush()
    session.add(Objective(code="TST-E1-OE1", axis_code="TST-E1", position=0, title="Cuidar", implicit=False))
    await session.flush()


async def build_world(database: Database, *, focal_points: tuple[str, ...] = ("health", "ecology")) -> None:
    """Fill an empty database; `focal_points` are the persons who are appointed for their unit."""
    unit_of = {code: unit for code, _, _, unit in PERSONS}
    async with database.transaction() as session:
        await _add_plan(session)
        session.add_all(Actor(code=code, name=name, institution=CITY, kind=kind) for code, name, kind, *_ in UNITS)
        await session.flush()
        for place, (action, responsible, years, indicators) in enumerate(INDICATORS):
            first, last = years or (None, None)
            session.add(
                Action(
                    code=action,
                    objective_code="TST-E1-OE1",
                    position=place,
                    title=f"Acció {place + 1}",
                    first_year=first,
                    last_year=last,
                    activities=[],
                )
            )
            await session.flush()
            session.add_all(
                Responsible(action_code=action, position=order, actor_code=code)
                for order, code in enumerate(responsible)
            )
            session.add_all(
                Indicator(
                    code=f"{action}-I{order}",
                    action_code=action,
                    position=order,
                    name=name,
                    unit=unit,
                    cumulative=cumulative,
                )
                for order, (name, unit, cumulative) in enumerate(indicators, start=1)
            )
        session.add_all(
            Unit(code=code, name=name, kind=kind, institution=CITY, parent_code=None, head_code=None)
            for code, name, kind, _, _ in UNITS
        )
        await session.flush()
        session.add_all(
            Person(
                code=code, name=name, address=f"{code}@prova.example", language=language, unit_code=unit, active=True
            )
            for code, name, language, unit in PERSONS
        )
        await session.flush()
        for code, _, _, parent, head in UNITS:
            unit = await session.get_one(Unit, code)
            unit.parent_code, unit.head_code = parent, head
        session.add_all(
            FocalPoint(
                id=uuid4(),
                unit_code=unit_of[code],
                person_code=code,
                first_day=date(2026, 1, 1),
                last_day=None,
                appointed_at=OPENING,
            )
            for code in focal_points
        )


async def retire(database: Database, focal_point: str) -> None:
    """A unit of the small city never had a focal point."""
    async with database.transaction() as session:
        await session.execute(delete(FocalPoint).where(FocalPoint.person_code == focal_point))


async def build_crowd(database: Database, size: int) -> None:
    """A plan with one indicator for which `size` areas are responsible, each with a focal point."""
    async with database.transaction() as session:
        await _add_plan(session)
        session.add(Actor(code="ALL", name="Totes les àrees", institution=CITY, kind="all areas"))
        await session.flush()
        action = "TST-E1-OE1-A1"
        session.add(
            Action(
                code=action,
                objective_code="TST-E1-OE1",
                position=0,
                title="Acció",
                first_year=None,
                last_year=None,
                activities=[],
            )
        )
        await session.flush()
        session.add(Responsible(action_code=action, position=0, actor_code="ALL"))
        session.add(
            Indicator(code=f"{action}-I1", action_code=action, position=0, name="Nombre", unit="count", cumulative=True)
        )
        session.add(
            Unit(code="MAYOR", name="Alcaldia", kind="office", institution=CITY, parent_code=None, head_code=None)
        )
        await session.flush()
        session.add_all(
            Unit(code=f"AREA-{n}", name=f"Àrea {n}", kind="area", institution=CITY, parent_code="MAYOR", head_code=None)
            for n in range(size)
        )
        await session.flush()
        session.add(
            Person(
                code="mayor", name="Maria", address="mayor@prova.example", language="ca", unit_code="MAYOR", active=True
            )
        )
        session.add_all(
            Person(
                code=f"person-{n}",
                name=f"Persona {n}",
                address=f"person-{n}@prova.example",
                language=("ca", "ca-ES-valencia", "es", "en", "fr")[n % 5],
                unit_code=f"AREA-{n}",
                active=True,
            )
            for n in range(size)
        )
        await session.flush()
        mayor = await session.get_one(Unit, "MAYOR")
        mayor.head_code = "mayor"
        session.add_all(
            FocalPoint(
                id=uuid4(),
                unit_code=f"AREA-{n}",
                person_code=f"person-{n}",
                first_day=date(2026, 1, 1),
                last_day=None,
                appointed_at=OPENING,
            )
            for n in range(size)
        )
