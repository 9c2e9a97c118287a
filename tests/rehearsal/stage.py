"""A small city in memory, and its quarter rehearsed: what the tests of rehearsals share."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from models.policies.asking import Asked
from models.policies.calendar import Calendar, free_days
from models.policies.people import Absence, PersonFacts, UnitFacts
from models.policies.people_checks import People
from models.policies.plan import Quiet
from models.policies.rehearsal import Answers, Rehearsal, RehearsedMail, Setting, Standing, rehearse
from models.policies.rehearsal_answers import habit
from models.policies.task_policy import Escalation, TaskPolicy

MADRID = ZoneInfo("Europe/Madrid")
VALENCIA = Calendar(MADRID, free_days("ES", "VC", range(2026, 2029)))
OPENING = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
"""Monday, 9 o'clock in València: requests leave; due on Tuesday 26 January, closed after Tuesday 9 February."""
REFERENCE = "collection/TST/2026-Q4"
REQUEST = TaskPolicy(
    name="indicator_request",
    version=1,
    due_after=15,
    reminders_before=(5, 1),
    gap=2,
    cap=5,
    warning=2,
    escalations=(Escalation(level=1, days=4),),
    grace=2,
    late_window=8,
)
NAMING = TaskPolicy(
    name="focal_point_naming",
    version=1,
    due_after=5,
    reminders_before=(1,),
    gap=2,
    cap=3,
    warning=2,
    escalations=(Escalation(level=1, days=4),),
    late_window=20,
)


def person(code: str, unit: str, *, active: bool = True) -> PersonFacts:
    return PersonFacts(code, f"Person {code}", f"{code}@prova.example", "en", unit, active)


UNITS = (
    UnitFacts("MAYOR", "Mayor's office", "office", "City", None, "mayor"),
    UnitFacts("HEALTH", "Health", "area", "City", "MAYOR", "health-head"),
    UnitFacts("ECOLOGY", "Ecology", "area", "City", "MAYOR", "ecology-head"),
)
PERSONS = (
    person("mayor", "MAYOR"),
    person("health-head", "HEALTH"),
    person("health", "HEALTH"),
    person("nurse", "HEALTH"),
    person("ecology-head", "ECOLOGY"),
    person("ecology", "ECOLOGY"),
)


def people(absences: Iterable[Absence] = (), persons: Iterable[PersonFacts] = PERSONS) -> People:
    units = {unit.code: unit for unit in UNITS}
    return People(units, {each.code: each for each in persons}, (), tuple(absences))


def asked(unit: str, person_code: str) -> Asked:
    return Asked("indicator_request", unit, person_code, (f"{unit}-I1",))


def naming(unit: str, head: str) -> Asked:
    return Asked("focal_point_naming", unit, head, (f"{unit}-I1",))


HEALTH, ECOLOGY = asked("HEALTH", "health"), asked("ECOLOGY", "ecology")


def setting(
    *,
    absences: Iterable[Absence] = (),
    policy: TaskPolicy = REQUEST,
    calendars: Mapping[str, Calendar] | None = None,
    maximum: int = 5,
    quiet: tuple[Quiet, ...] = (),
    others: tuple[Standing, ...] = (),
    city: People | None = None,
) -> Setting:
    everybody = city or people(absences)
    return Setting(
        reference=REFERENCE,
        calendar=VALENCIA,
        calendars=dict.fromkeys(everybody.units, VALENCIA) | dict(calendars or {}),
        policies={"indicator_request": policy, "focal_point_naming": NAMING},
        people=everybody,
        maximum=maximum,
        quiet=quiet,
        others=others,
    )


def played(scene: Setting, *tasks: Asked, answers: Answers | None = None, opens_at: datetime = OPENING) -> Rehearsal:
    return rehearse(scene, tasks, opens_at, answers or habit("never", scene.people))


def told(mails: Iterable[RehearsedMail]) -> list[tuple[str, str, str | None]]:
    """Each mail's local moment, name and reader."""
    return [(f"{mail.local:%a %Y-%m-%d %H:%M}", mail.name, mail.reader) for mail in mails]


def to(rehearsal: Rehearsal, reader: str | None) -> list[tuple[str, str]]:
    """The moment and the name of each mail to somebody."""
    return [(moment, name) for moment, name, code in told(rehearsal.mails) if code == reader]


def at(local: str) -> datetime:
    """A moment by València's clock."""
    return datetime.fromisoformat(local).replace(tzinfo=MADRID)


def with_local_day(day: date, name: str) -> Calendar:
    return replace(VALENCIA, free_days={**VALENCIA.free_days, day: name})
