"""Samples of every mail: València's plan, invented people. The preview shows them, the tests render them."""

from datetime import date
from decimal import Decimal
from typing import Any

from mail.figures import figure
from models.contracts.answering import IndicatorUnit, Reading
from models.contracts.mail import (
    AskedItem,
    CollectionReport,
    Context,
    Language,
    ReadItem,
    TaskEscalation,
    TaskEscalationCopy,
    TaskReceipt,
    TaskReminder,
    TaskRequest,
)

HEALTHY = "València, ciutat saludable i sostenible"
COMMITTED = "València, ciutat compromesa"
OPEN = "València, ciutat oberta al món"
STRATEGY = 'Donar suport a la implementació de l\'Estratègia "València Ciutat Saludable"'
CONDUCT = "Fomentar la participació en iniciatives/projectes internacionals de foment de conductes saludables"
NETWORKS = "Promoure i optimitzar la participació en les xarxes promotores de la vida saludable"
LONELINESS = "Promoure projectes i accions de lluita contra la soledat no desitjada"
AMBASSADORS = "Crear una Xarxa de persones ambaixadores de la ciutat"
COMPLIANCE = "Grau de compliment amb principis horitzontals del pla"

ASKED: tuple[tuple[str, str, str, str, IndicatorUnit, int | None], ...] = (
    ("VLC-E1-OE3-A1-I1", "Nombre d'accions de suport", STRATEGY, HEALTHY, "count", 4),
    ("VLC-E1-OE3-A1-I2", "Nombre d'accions de lideratge", STRATEGY, HEALTHY, "count", 1),
    ("VLC-E1-OE3-A1-I3", COMPLIANCE, STRATEGY, HEALTHY, "percent", 85),
    ("VLC-E1-OE3-A2-I1", "Nombre d'accions impulsades", CONDUCT, HEALTHY, "count", 2),
    ("VLC-E1-OE3-A2-I2", "Nombre d'accions participades", CONDUCT, HEALTHY, "count", 1250),
    ("VLC-E1-OE3-A2-I3", COMPLIANCE, CONDUCT, HEALTHY, "percent", None),
    ("VLC-E1-OE3-A3-I1", "Nombre de noves xarxes on s'ha participat", NETWORKS, HEALTHY, "count", 0),
    ("VLC-E1-OE3-A3-I2", "Nombre d'accions impulsades al si de les xarxes", NETWORKS, HEALTHY, "count", 3),
    (
        "VLC-E1-OE3-A3-I3",
        "Nombre de xarxes per a les quals s'han definit criteris de participació i continuitat",
        NETWORKS,
        HEALTHY,
        "count",
        2,
    ),
    (
        "VLC-E2-OE3-A4-I1",
        "Nombre d'accions desenvolupades amb altres ciutats",
        LONELINESS,
        COMMITTED,
        "count",
        1,
    ),
    ("VLC-E4-OE1-A3-I1", "Nombre de persones identificades", AMBASSADORS, OPEN, "count", None),
    ("VLC-E4-OE1-A3-I2", "Nombre d'accions de preparació", AMBASSADORS, OPEN, "count", None),
)
"""Code, name, action, axis, unit and last quarter's number of twelve indicators."""


def _number(typed: str) -> Reading:
    return Reading(kind="value", typed=typed, number=Decimal(typed.replace(",", ".")))


ANSWERED: tuple[tuple[IndicatorUnit, Reading], ...] = (
    ("count", Reading(kind="value", typed="1 234", number=Decimal(1234))),
    ("count", Reading(kind="nothing_to_report", typed="")),
    ("percent", _number("87,5")),
    (
        "count",
        Reading(kind="not_available", typed="Les dades arriben al març", reason="Les dades arriben al març"),
    ),
    ("yes/no", Reading(kind="value", typed="sí", yes=True)),
)
"""Answers of every kind to the first of them."""


def samples(name: str, language: Language) -> dict[str, Context]:
    """Every sample of one mail in one language, by a short name.

    Raises:
        KeyError: no mail has this name.

    """
    return _SAMPLES[name](language)


def _asked(language: Language, count: int) -> tuple[AskedItem, ...]:
    return tuple(
        AskedItem(
            code=code,
            name=name,
            action_title=action,
            axis_title=axis,
            previous=None if last is None else figure(_number(str(last)), unit, language),
        )
        for code, name, action, axis, unit, last in ASKED[:count]
    )


def _read(language: Language) -> tuple[ReadItem, ...]:
    return tuple(
        ReadItem(
            code=code,
            name=name,
            typed=reading.typed,
            kind=reading.kind,
            reading=figure(reading, unit, language),
        )
        for (code, name, *_), (unit, reading) in zip(ASKED, ANSWERED, strict=False)
    )


def _task(language: Language) -> dict[str, Any]:
    """What all mails about one indicator task share."""
    return {
        "language": language,
        "reader_name": "Núria Ferrer Mas",
        "coordinator_name": "Servei de Turisme i Internacionalització",
        "coordinator_address": "internacional@valencia.example",
        "kind": "indicator_request",
        "task_reference": "7K2M-9QXD",
        "plan_title": "Pla d'Internacionalització de València 2022-26",
        "quarter": 4,
        "year": 2026,
        "unit_name": "Àrea Salut",
        "due_on": date(2027, 1, 22),
        "closes_on": date(2027, 2, 12),
        "link": "https://focal.valencia.example/a/kq7wz3vd5mtn2xhc4rby6gpj8s",
    }


def _naming(language: Language) -> dict[str, Any]:
    """What all mails about naming a focal point share."""
    return _task(language) | {
        "kind": "focal_point_naming",
        "task_reference": "M3PT-6WHA",
        "reader_name": "Vicent Climent Roig",
        "link": "https://focal.valencia.example/a/xh4n8tbw2zqk6ymr3vpc7djg5s",
    }


_HEAD = {"escalates_on": date(2027, 1, 29), "escalates_to": "Amparo Soler Vidal"}
_NOBODY = {"escalates_on": None, "escalates_to": None}


def _request(language: Language) -> dict[str, Context]:
    task, naming = _task(language), _naming(language)
    twelve, one = _asked(language, 12), _asked(language, 1)
    return {
        "twelve": TaskRequest(**task, **_HEAD, items=twelve, late=False),
        "one, late, no escalation": TaskRequest(**task, **_NOBODY, items=one, late=True),
        "naming": TaskRequest(**naming, **_HEAD, items=twelve, late=False),
        "naming, nothing waits": TaskRequest(**naming, **_NOBODY, items=(), late=False),
    }


def _reminder(language: Language) -> dict[str, Context]:
    task, naming = _task(language), _naming(language)
    one, four, twelve = _asked(language, 1), _asked(language, 4), _asked(language, 12)

    def reminder(shared: dict[str, Any], *, answered: int, left: int, before: int, late: bool = False) -> Any:
        days = {"working_days_left": left, "reminders_before": before}
        return TaskReminder(**shared, **days, answered=answered, late=late)

    return {
        "five days left": reminder(task | _HEAD | {"items": twelve}, answered=0, left=5, before=0),
        "last day, four missing": reminder(task | _HEAD | {"items": four}, answered=8, left=0, before=1),
        "two days late, one missing": reminder(
            task | _NOBODY | {"items": one}, answered=1, left=-2, before=2, late=True
        ),
        "naming, one day left": reminder(naming | _HEAD | {"items": one}, answered=0, left=1, before=0),
        "naming, one day late": reminder(naming | _HEAD | {"items": twelve}, answered=0, left=-1, before=2),
    }


def _escalation(language: Language) -> dict[str, Context]:
    head = {"reader_name": "Amparo Soler Vidal", "asked_on": date(2027, 1, 4)}
    of_person = (
        _task(language)
        | head
        | {
            "assignee_name": "Núria Ferrer Mas",
            "assignee_address": "nuria.ferrer@valencia.example",
        }
    )
    of_head = (
        _naming(language)
        | head
        | {
            "assignee_name": "Vicent Climent Roig",
            "assignee_address": "vicent.climent@valencia.example",
        }
    )
    return {
        "twelve": TaskEscalation(
            **of_person, items=_asked(language, 12), reminders_sent=3, working_days_late=5, late=False
        ),
        "one, late": TaskEscalation(
            **of_person, items=_asked(language, 1), reminders_sent=1, working_days_late=1, late=True
        ),
        "naming": TaskEscalation(
            **of_head, items=_asked(language, 12), reminders_sent=0, working_days_late=0, late=False
        ),
    }


def _escalation_copy(language: Language) -> dict[str, Context]:
    head = {"head_name": "Amparo Soler Vidal"}
    task, naming = _task(language) | head, _naming(language) | head
    return {
        "twelve": TaskEscalationCopy(**task, items=_asked(language, 12), working_days_late=5),
        "one": TaskEscalationCopy(**task, items=_asked(language, 1), working_days_late=1),
        "naming": TaskEscalationCopy(**naming, items=_asked(language, 12), working_days_late=5),
    }


def _receipt(language: Language) -> dict[str, Context]:
    task, naming = _task(language), _naming(language)
    receipt = {"submission_reference": "S-4F7K-2Q8N"}
    return {
        "all answered": TaskReceipt(**task, **receipt, answers=_read(language), missing=()),
        "some missing": TaskReceipt(**task, **receipt, answers=_read(language)[:2], missing=_asked(language, 12)[5:]),
        "one, one missing": TaskReceipt(
            **task, **receipt, answers=_read(language)[:1], missing=_asked(language, 2)[1:]
        ),
        "naming": TaskReceipt(**naming, **receipt, answers=(), missing=(), named="Carla Esteve Bosch"),
    }


def _report(language: Language) -> dict[str, Context]:
    shared = {name: _task(language)[name] for name in ("language", "plan_title", "quarter", "year")}
    office = {
        "reader_name": "Servei de Turisme i Internacionalització",
        "coordinator_name": "Servei de Turisme i Internacionalització",
        "coordinator_address": "internacional@valencia.example",
        "plan_code": "VLC",
        "closed_on": date(2027, 2, 12),
        "link": "https://oficina.valencia.example/collections/VLC/2026-Q4/report",
    }
    return {
        "gaps": CollectionReport(
            **shared,
            **office,
            asked=312,
            answered=201,
            nothing_to_report=63,
            not_available=21,
            missing=27,
            response_rate=91,
            units_without_answer=("Àrea Salut", "Àrea Ecologia Urbana"),
        ),
        "complete": CollectionReport(
            **shared,
            **office,
            asked=113,
            answered=101,
            nothing_to_report=8,
            not_available=4,
            missing=0,
            response_rate=100,
            units_without_answer=(),
        ),
    }


_SAMPLES = {
    "task_request": _request,
    "task_reminder": _reminder,
    "task_escalation": _escalation,
    "task_escalation_copy": _escalation_copy,
    "task_receipt": _receipt,
    "collection_report": _report,
}
