"""What a task is made from: who is asked what, for which unit, by when. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.contracts.mail import TaskKind
from models.policies.people import Appointment, PersonFacts, UnitFacts, current_focal_point
from models.policies.questions import QUESTIONS


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question of a task to be; `detail`: what its words need."""

    key: str
    required: bool = True
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One task to be: what kind, whom, for which unit, about which indicators or questions.

    `occasion`: which of several of its kind and unit in the process. `due_on`: where the policy's number of days from
    the opening does not say it.
    """

    kind: TaskKind
    unit_code: str
    person_code: str
    indicators: tuple[str, ...] = ()
    questions: tuple[AskedQuestion, ...] = ()
    occasion: str = ""
    due_on: date | None = None


def all_questions(kind: TaskKind) -> tuple[AskedQuestion, ...]:
    """Every question of a kind, as it stands."""
    return tuple(AskedQuestion(question.key, question.required) for question in QUESTIONS[kind])


def who_answers(
    unit_code: str,
    units: Mapping[str, UnitFacts],
    appointments: Iterable[Appointment],
    persons: Mapping[str, PersonFacts],
    day: date,
) -> str | None:
    """Who is asked for a unit on a day: its focal point, or its head where it has none; None for nobody."""
    focal_point = current_focal_point(unit_code, appointments, persons, day)
    if focal_point is not None:
        return focal_point
    head = units[unit_code].head_code
    return head if head is not None and persons[head].active else None
