"""What a task is made from: who is asked what, for which unit, by when. Pure."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.contracts.mail import TaskKind
from models.policies.people import current_focal_point, reporting_line
from models.policies.people_checks import People
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


def answers_for(people: People, unit_code: str, day: date) -> str | None:
    """Who is asked for a unit on a day: its focal point, or its head where it has none; None for nobody."""
    focal_point = current_focal_point(unit_code, people.appointments, people.persons, day)
    if focal_point is not None:
        return focal_point
    head = people.units[unit_code].head_code
    return head if head is not None and people.persons[head].active else None


def decider(people: People, office_unit: str, chosen: str | None, passed_over: Container[str]) -> str | None:
    """Who decides: who was chosen, else the head of the office, else the next above; never a passed over one."""
    line = (*filter(None, [chosen]), *reporting_line(office_unit, people.units))
    return next((code for code in line if code not in passed_over and people.persons[code].active), None)
