"""Samples of every mail: València's plan, invented people. The preview shows them, the tests render them."""

from datetime import date
from decimal import Decimal
from typing import Any, get_args

from mail.figures import figure
from mail.question_words import assignment_name
from mail.samples_of_calls import call, call_alarm, call_news, calls_digest, feed_trouble, office_call
from mail.samples_of_questions import (
    act_refused,
    answered,
    asks,
    census_result,
    office_visit,
    questions,
    review_news,
    visit_news,
    visit_thanks,
)
from models.contracts.answering import IndicatorUnit, Reading
from models.contracts.mail import (
    AskedItem,
    CalendarGap,
    Change,
    CollectionReport,
    Context,
    Earlier,
    Language,
    ManagerDigest,
    MatterLine,
    NotRead,
    NotTaken,
    OfficeMatters,
    OverdueTask,
    ReadItem,
    RemindedTask,
    ReplyConfirmation,
    ReplyNotTaken,
    SignIn,
    StandIn,
    TaskChange,
    TaskEscalation,
    TaskEscalationCopy,
    TaskKind,
    TaskReceipt,
    TaskReminder,
    TaskReminders,
    TaskRequest,
    Why,
    WhyRule,
    Wish,
)
from models.contracts.problems import ProblemCode, SheetProblem, UnreadProblem
from models.policies.questions import QUESTIONS

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


REPLIED: tuple[tuple[IndicatorUnit, Reading], ...] = (
    ("count", Reading(kind="value", typed="1 234", number=Decimal(1234))),
    ("count", Reading(kind="nothing_to_report", typed="cap")),
    ("percent", _number("87,5")),
    ("count", Reading(kind="value", typed="igual", number=Decimal(2))),
    (
        "count",
        Reading(
            kind="not_available",
            typed="no disponible, perquè les dades arriben al març",
            reason="les dades arriben al març",
        ),
    ),
)
"""The same as a reply may give them."""

NOT_READ: tuple[NotRead, ...] = (
    NotRead(excerpt="6 = entre 80 i 85", code="VLC-E1-OE3-A2-I3", problem="range_given"),
    NotRead(excerpt="deu o dotze", place="respostes.xlsx F9", code="VLC-E1-OE3-A3-I1", problem="not_a_number"),
    NotRead(excerpt="Us truco dilluns per a la resta, que encara ho hem de mirar bé.", problem="not_understood"),
)
EXCERPTS: dict[str, NotRead] = {
    problem: NotRead(excerpt="13 = 12,5", code="VLC-E1-OE3-A1-I1", problem=problem)
    for problem in (*get_args(ProblemCode), *get_args(get_args(UnreadProblem)[1]))
} | {problem: NotRead(excerpt="respostes del trimestre.xlsx", problem=problem) for problem in get_args(SheetProblem)}
"""One of every problem."""


SHOWN: tuple[TaskKind, ...] = ("hosting_request", "assignment", "membership_decision", "proposal_upload")
"""Of the kinds that ask questions, those that stand for all of them where their words hardly differ."""


def samples(name: str, language: Language) -> dict[str, Context]:
    """Every sample of one mail in one language, by a short name.

    Raises:
        KeyError: no mail has this name.

    """
    return _SAMPLES[name](language)


def _asked(language: Language, count: int) -> tuple[AskedItem, ...]:
    return tuple(
        AskedItem(
            number=number,
            code=code,
            name=name,
            action_title=action,
            axis_title=axis,
            previous=None if last is None else figure(_number(str(last)), unit, language),
        )
        for number, (code, name, action, axis, unit, last) in enumerate(ASKED[:count], start=1)
    )


def _forty(language: Language) -> tuple[AskedItem, ...]:
    """As many as the largest unit of a plan is asked for."""
    asked = _asked(language, len(ASKED))
    return tuple(
        asked[place % len(asked)].model_copy(
            update={
                "number": place + 1,
                "code": f"VLC-E{place // 12 + 1}-OE{place // 6 % 2 + 1}-A{place // 3 % 2 + 1}-I{place % 3 + 1}",
            }
        )
        for place in range(40)
    )


def _replied(language: Language) -> tuple[ReadItem, ...]:
    return tuple(
        ReadItem(
            number=item.number,
            code=item.code,
            name=item.name,
            typed=reading.typed,
            kind=reading.kind,
            reading=figure(reading, unit, language),
            previous=item.previous,
        )
        for item, (unit, reading) in zip(_asked(language, len(REPLIED)), REPLIED, strict=True)
    )


def _read(language: Language) -> tuple[ReadItem, ...]:
    return tuple(
        ReadItem(
            number=number,
            code=code,
            name=name,
            typed=reading.typed,
            kind=reading.kind,
            reading=figure(reading, unit, language),
        )
        for number, ((code, name, *_), (unit, reading)) in enumerate(zip(ASKED, ANSWERED, strict=False), start=1)
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
        "due_on": DUE,
        "closes_on": date(2027, 2, 10),
        "link": "https://focal.valencia.example/a/kq7wz3vd5mtn2xhc4rby6gpj8s",
    }


def _naming(language: Language) -> dict[str, Any]:
    """What all mails about naming a focal point share."""
    return _task(language) | {
        "kind": "focal_point_naming",
        "task_reference": "M3PT-6WHA",
        "reader_name": "Vicent Climent Roig",
        "due_on": date(2027, 1, 12),
        "link": "https://focal.valencia.example/a/xh4n8tbw2zqk6ymr3vpc7djg5s",
    }


def _decision(language: Language) -> dict[str, Any]:
    """What all mails about granting or refusing more time share."""
    return _task(language) | {
        "kind": "extension_decision",
        "task_reference": "T8RD-4NXE",
        "reader_name": "Amparo Soler Vidal",
        "due_on": date(2027, 1, 25),
        "closes_on": date(2027, 2, 1),
        "link": "https://focal.valencia.example/a/w6b3tq9hzc2kmx7dnr4ypvg8sj",
        "wish": Wish(
            asked_by="Núria Ferrer Mas",
            old_due_on=DUE,
            wished_due_on=date(2027, 2, 5),
            reason="Les dades de les xarxes no arriben fins al 2 de febrer.",
            missing=7,
        ),
    }


DUE = date(2027, 1, 27)
ASKED_ON = date(2027, 1, 4)
REMINDED_ON = date(2027, 1, 19)
LOCAL_DAY = date(2027, 1, 22)
"""Sant Vicent Màrtir: a holiday in València, counted over on the way to the due day."""


def _why(rule: WhyRule, working_days: int | None = None, **more: Any) -> dict[str, Why]:
    return {
        "why": Why(rule=rule, working_days=working_days, **{"policy": "indicator_request", "policy_version": 1} | more)
    }


def _why_naming(rule: WhyRule, working_days: int | None = None, **more: Any) -> dict[str, Why]:
    return _why(rule, working_days, policy="focal_point_naming", **more)


def _why_decision(rule: WhyRule, working_days: int | None = None, **more: Any) -> dict[str, Why]:
    return _why(rule, working_days, policy="extension_decision", **more)


_SENT: tuple[Earlier, ...] = (
    Earlier(kind="request", on=ASKED_ON),
    Earlier(kind="reminder", on=REMINDED_ON),
    Earlier(kind="reminder", on=date(2027, 1, 26)),
    Earlier(kind="warning", on=date(2027, 1, 29)),
    Earlier(kind="escalation", on=date(2027, 2, 2)),
)
"""What was sent about the task of twelve indicators, up to its escalation."""
_AWAY = StandIn(name="Carla Esteve Bosch", until=date(2027, 1, 29))
_ALSO_AWAY = StandIn(name="Rosa Andreu Peris", until=date(2027, 2, 3))
_HEAD = {"escalates_on": date(2027, 2, 2), "escalates_to": "Amparo Soler Vidal"}
_NAMING_HEAD = {"escalates_on": date(2027, 1, 18), "escalates_to": "Amparo Soler Vidal"}
_ABOVE = {"escalates_on": date(2027, 1, 27), "escalates_to": "Josep Llorens Mira"}
_NOBODY = {"escalates_on": None, "escalates_to": None}


def _request(language: Language) -> dict[str, Context]:
    task, naming, decision = _task(language), _naming(language), _decision(language)
    twelve, one = _asked(language, 12), _asked(language, 1)

    def request(shared: dict[str, Any], *, late: bool = False, **more: Any) -> TaskRequest:
        return TaskRequest(**{**shared, "late": late, **more})

    first, handed_over = _why("request"), _why("handed_over", handed_by="Carla Esteve Bosch", earlier=_SENT[:1])
    sent_back = _why("sent_back", earlier=_SENT[:2])
    passed_on = {"occasion": "handed_over", "handed_by": "Carla Esteve Bosch"}
    return {
        "twelve": request(task | _HEAD | first, items=twelve),
        "forty": request(task | _HEAD | first, items=_forty(language)),
        "for the office": request(task | _NOBODY | first | {"by_reply": False}, items=one),
        "one, late, no escalation": request(task | _NOBODY | first, items=one, late=True),
        "in somebody's place": request(task | _HEAD | _why("request", stands_in_for=(_AWAY,)), items=one),
        "passed on, with a note": request(
            task | _HEAD | handed_over | passed_on,
            items=twelve,
            note="Tu portes les xarxes:\n\net passe els indicadors del trimestre. Gràcies!",
        ),
        "passed on, one": request(task | _HEAD | handed_over | passed_on, items=one),
        "one sent back": request(task | _NOBODY | sent_back, occasion="sent_back", items=_sent_back(language, 1)),
        "two sent back, one missing": request(
            task | _HEAD | sent_back, occasion="sent_back", items=_sent_back(language, 2) + _asked(language, 3)[2:]
        ),
        "naming": request(naming | _NAMING_HEAD | _why_naming("request"), items=twelve),
        "naming, nothing waits": request(naming | _NOBODY | _why_naming("request"), items=()),
        "naming, passed on": request(
            naming | _NAMING_HEAD | _why_naming("handed_over", handed_by="Carla Esteve Bosch") | passed_on, items=one
        ),
        "decision": request(decision | _ABOVE | _why_decision("request"), items=()),
        "decision on a visit": request(
            decision
            | _ABOVE
            | _why_decision("request")
            | {"quarter": 0, "year": 0, "task_reference": "V2KX-6HMC"}
            | {"visit": asks("hosting_request", language, "request")["visit"]},
            items=(),
        ),
        "assignment of a call": request(_of_call(language, "request") | _HEAD, items=questions("assignment", language)),
        **{
            kind: request(asks(kind, language, "request") | _HEAD, items=questions(kind, language))
            for kind in QUESTIONS
        },
    }


def _of_call(language: Language, rule: WhyRule, *, moved: bool = False) -> dict[str, Any]:
    """What mails about a step to a proposal share."""
    return asks("assignment", language, rule) | {
        "task_reference": "Y3DM-7KVN",
        "visit": None,
        "call": call(language, moved=moved),
        "assignment": assignment_name({"key": "concept"}, language),
    }


def _sent_back(language: Language, count: int) -> tuple[AskedItem, ...]:
    notes = ("Són les accions de tot l'any; ací fan falta les del trimestre.", "Falta l'acció de novembre.")
    return tuple(
        item.model_copy(update={"returned_note": note})
        for item, note in zip(_asked(language, count), notes, strict=False)
    )


def _reminder(language: Language) -> dict[str, Context]:
    task, naming, decision = _task(language), _naming(language), _decision(language)
    one, four, twelve = _asked(language, 1), _asked(language, 4), _asked(language, 12)

    def reminder(shared: dict[str, Any], *, left: int, before: int, answered: int = 0, late: bool = False) -> Any:
        days = {"working_days_left": left, "reminders_before": before}
        return TaskReminder(**shared, **days, answered=answered, late=late)

    before = _why("reminder_before_due", 5, holidays=(LOCAL_DAY,), earlier=_SENT[:1])
    moved = _why(
        "reminder_after_due",
        2,
        moved_from=date(2027, 1, 28),
        stands_in_for=(_AWAY, _ALSO_AWAY),
        handed_by="Marta Gil Sanchis",
        earlier=_SENT,
    )
    warning = {"warns": True} | _why("warning", 2, earlier=_SENT[:3])
    return {
        "five days left": reminder(task | _HEAD | before | {"items": twelve}, left=5, before=0),
        "last day, four missing": reminder(
            task | _HEAD | _why("reminder_before_due", 0, earlier=_SENT[:2]) | {"items": four},
            answered=8,
            left=0,
            before=1,
        ),
        "two days late, one missing": reminder(
            task | _NOBODY | moved | {"items": one}, answered=1, left=-2, before=2, late=True
        ),
        "by hand": reminder(task | _HEAD | _why("by_hand", earlier=_SENT[:2]) | {"items": one}, left=3, before=1),
        "before the head is told": reminder(task | _HEAD | warning | {"items": four}, answered=8, left=-2, before=2),
        "naming, one day left": reminder(
            naming | _NAMING_HEAD | _why_naming("reminder_before_due", 1) | {"items": one}, left=1, before=0
        ),
        "naming, before the head is told": reminder(
            naming | _NAMING_HEAD | _why_naming("warning", 2) | {"items": twelve, "warns": True}, left=-2, before=1
        ),
        "decision, one day late": reminder(
            decision | _ABOVE | _why_decision("reminder_after_due", 1) | {"items": ()}, left=-1, before=0
        ),
        **{
            kind: reminder(
                asks(kind, language, "reminder_before_due", 2) | _HEAD | {"items": questions(kind, language)[:1]},
                left=2,
                before=0,
            )
            for kind in SHOWN
        },
    }


def _reminders(language: Language) -> dict[str, Context]:
    task, naming, decision = _task(language), _naming(language), _decision(language)
    shared = {
        name: task[name] for name in ("language", "coordinator_name", "coordinator_address", "plan_title", "link")
    } | {"reader_name": "Vicent Climent Roig"}
    five = _why("reminder_before_due", 5, holidays=(LOCAL_DAY,), stands_in_for=(_AWAY,), earlier=_SENT[:1])
    many = _reminded(task | _HEAD | five | {"items": _asked(language, 12)}, left=5)
    warned = _reminded(
        task | _why("warning", 2, handed_by="Carla Esteve Bosch", earlier=_SENT[:1]),
        task_reference="Q5ZC-8JVK",
        unit_name="Àrea Ecologia Urbana",
        due_on=date(2027, 1, 15),
        closes_on=date(2027, 1, 29),
        left=-2,
        warns=True,
        items=_asked(language, 2),
        answered=10,
        escalates_on=date(2027, 1, 21),
        escalates_to="Rosa Andreu Peris",
        link="https://focal.valencia.example/a/c8k2vq5hzt3nmx7dwr4ypbg6sj",
    )
    named = _reminded(
        naming | _why_naming("reminder_before_due", 1),
        plan_title="Pla Director de Cooperació",
        due_on=date(2027, 1, 20),
        left=1,
        items=_asked(language, 6),
        escalates_on=date(2027, 1, 27),
        escalates_to="Josep Llorens Mira",
    )
    decided = _reminded(
        decision | _ABOVE | _why_decision("reminder_after_due", 1),
        due_on=date(2027, 1, 18),
        closes_on=date(2027, 1, 26),
        left=-1,
        items=(),
        escalates_on=date(2027, 1, 20),
    )
    hosting = _reminded(
        asks("hosting_request", language, "reminder_before_due", 2) | _HEAD,
        left=2,
        items=questions("hosting_request", language),
    )
    booking = _reminded(asks("assignment", language, "reminder_after_due", 1) | _NOBODY, left=-1, items=())
    return {
        "three of three kinds": TaskReminders(**shared, tasks=(many, named, decided), late=False),
        "two, one before the head is told": TaskReminders(**shared, tasks=(many, warned), late=True),
        "a naming and a decision": TaskReminders(**shared, tasks=(named, decided), late=False),
        "a hosting and an assignment": TaskReminders(**shared, tasks=(hosting, booking), late=False),
    }


def _reminded(shared: dict[str, Any], *, left: int, **more: Any) -> RemindedTask:
    task = {"plan_language": "ca-ES-valencia", "warns": False, "answered": 0, **shared, **more}
    fields = {name: value for name, value in task.items() if name in RemindedTask.model_fields}
    return RemindedTask(**fields, working_days_left=left)


def _escalation(language: Language) -> dict[str, Context]:
    asked = {
        "reader_name": "Amparo Soler Vidal",
        "asked_on": ASKED_ON,
        "assignee_name": "Núria Ferrer Mas",
        "assignee_address": "nuria.ferrer@valencia.example",
    }
    of_head = asked | {
        "assignee_name": "Vicent Climent Roig",
        "assignee_address": "vicent.climent@valencia.example",
    }
    to_above = {
        "reader_name": "Josep Llorens Mira",
        "asked_on": date(2027, 1, 20),
        "assignee_name": "Amparo Soler Vidal",
        "assignee_address": "amparo.soler@valencia.example",
    }

    def escalation(shared: dict[str, Any], *, reminders: int, days_late: int, late: bool = False) -> TaskEscalation:
        return TaskEscalation(**shared, reminders_sent=reminders, working_days_late=days_late, late=late)

    task, naming, decision = _task(language) | asked, _naming(language) | of_head, _decision(language) | to_above
    after_due = _why("escalation", 4, earlier=_SENT[:4], stands_in_for=(_AWAY,))
    after_reminders = _why("escalation_after_reminders", 1, earlier=_SENT[:2], moved_from=date(2027, 1, 28))
    return {
        "twelve": escalation(task | after_due | {"items": _asked(language, 12)}, reminders=3, days_late=4),
        "one, late": escalation(
            task | after_reminders | {"items": _asked(language, 1)}, reminders=1, days_late=1, late=True
        ),
        "naming, by hand": escalation(
            naming | _why_naming("by_hand") | {"items": _asked(language, 12)}, reminders=0, days_late=0
        ),
        "decision": escalation(decision | _why_decision("escalation", 2) | {"items": ()}, reminders=1, days_late=2),
        **{
            kind: escalation(
                asks(kind, language, "escalation", 4) | asked | {"items": questions(kind, language)[:1]},
                reminders=1,
                days_late=4,
            )
            for kind in SHOWN
        },
    }


def _escalation_copy(language: Language) -> dict[str, Context]:
    told = {"head_name": "Amparo Soler Vidal"}
    task, naming = _task(language) | told, _naming(language) | told
    decision = _decision(language) | {"head_name": "Josep Llorens Mira"}
    why = _why("escalation", 4, earlier=_SENT[:4])

    def copy(shared: dict[str, Any], items: int, days_late: int) -> TaskEscalationCopy:
        return TaskEscalationCopy(**shared, items=_asked(language, items), working_days_late=days_late)

    return {
        "twelve": copy(task | why, 12, 4),
        "one": copy(task | why, 1, 1),
        "naming": copy(naming | _why_naming("escalation", 4), 12, 4),
        "decision": copy(decision | _why_decision("escalation", 2), 0, 2),
        **{
            kind: TaskEscalationCopy(
                **asks(kind, language, "escalation", 4) | told, items=questions(kind, language)[:1], working_days_late=4
            )
            for kind in SHOWN
        },
    }


def _change(language: Language) -> dict[str, Context]:
    task = _task(language) | _why("changed", earlier=_SENT[:2])
    naming = _naming(language) | _why_naming("changed")
    four = _asked(language, 4)
    later = {"due_on": date(2027, 2, 5), "closes_on": date(2027, 2, 19), "old_due_on": DUE}

    def change(shared: dict[str, Any], what: Change, *, reason: str = "", **more: Any) -> TaskChange:
        return TaskChange(**{**shared, "change": what, "by_name": "Amparo Soler Vidal", "reason": reason, **more})

    return {
        "more time": change(task | later, "extended", reason="Les dades no arriben fins al dia 2.", items=four),
        "no more time": change(
            task, "extension_refused", reason="La comissió es reunix l'1 de febrer.", old_due_on=DUE, items=four[:1]
        ),
        "nobody decided": change(task, "extension_lapsed", old_due_on=DUE, items=four),
        "passed on": change(
            task, "moved_away", reason="Ara porta les xarxes la Marta.", other_name="Marta Gil Sanchis"
        ),
        "withdrawn": change(task, "waived", reason="L'acció s'ha ajornat a 2027."),
        "naming, more time": change(
            naming | {"due_on": date(2027, 1, 19), "old_due_on": date(2027, 1, 12)}, "extended", items=four
        ),
        "naming, passed on": change(naming, "moved_away", other_name="Marta Gil Sanchis"),
        "decision, passed on": change(
            _decision(language) | _why_decision("changed"), "moved_away", other_name="Josep Llorens Mira"
        ),
        "assignment, with its visit": change(
            asks("assignment", language, "changed"),
            "rescheduled",
            reason="La delegació ve una setmana després.",
            old_due_on=date(2027, 1, 20),
            items=questions("assignment", language),
        ),
        "assignment, with its call": change(
            _of_call(language, "changed", moved=True),
            "rescheduled",
            reason="La Comissió ha ajornat la convocatòria.",
            old_due_on=date(2027, 1, 20),
            items=questions("assignment", language),
        ),
        "proposal, with its call": change(
            asks("proposal_upload", language, "changed"),
            "rescheduled",
            old_due_on=date(2027, 1, 20),
            items=questions("proposal_upload", language),
        ),
        "hosting, withdrawn": change(asks("hosting_request", language, "changed"), "waived"),
    }


def _receipt(language: Language) -> dict[str, Context]:
    receipt = {"submission_reference": "S-4F7K-2Q8N"}
    task = _task(language) | receipt | _why("answered", earlier=_SENT[:2])
    naming = _naming(language) | receipt | _why_naming("answered") | {"answers": (), "missing": ()}
    named, read = {"named": "Carla Esteve Bosch"}, _read(language)
    on_behalf = {"entered_by": "Servei de Turisme i Internacionalització"}
    return {
        "all answered": TaskReceipt(**task, answers=read, missing=()),
        "some missing": TaskReceipt(**task, answers=read[:2], missing=_asked(language, 12)[5:]),
        "one, one missing": TaskReceipt(**task, answers=read[:1], missing=_asked(language, 2)[1:]),
        "on somebody's behalf": TaskReceipt(**task, **on_behalf, answers=read[:1], missing=_asked(language, 2)[1:]),
        "by mail": TaskReceipt(**task, by_mail=True, answers=_replied(language), missing=()),
        "by mail, partly": TaskReceipt(
            **task,
            by_mail=True,
            answers=_replied(language)[:4],
            already=3,
            outdated=_replied(language)[4:],
            not_read=NOT_READ,
            missing=_asked(language, 12)[7:],
        ),
        "by mail, one, somebody else for the rest": TaskReceipt(
            **task,
            by_mail=True,
            answers=_replied(language)[:1],
            already=1,
            missing=_asked(language, 12)[2:],
            passed_on_to="Marta Gil Sanchis",
        ),
        "by mail, nothing new": TaskReceipt(
            **task,
            by_mail=True,
            answers=(),
            already=11,
            outdated=_replied(language)[:1],
            missing=_asked(language, 12)[11:],
        ),
        "by mail, on somebody's behalf": TaskReceipt(
            **task, **on_behalf, by_mail=True, answers=_replied(language)[:2], missing=()
        ),
        "by mail, every problem": TaskReceipt(
            **task,
            by_mail=True,
            answers=_replied(language)[:1],
            not_read=tuple(EXCERPTS.values()),
            missing=_asked(language, 12)[1:],
        ),
        "visit report": TaskReceipt(
            **asks("visit_report", language, "answered"),
            **receipt,
            answers=answered("visit_report", language),
            missing=(),
        ),
        "grant agreement": TaskReceipt(
            **asks("grant_agreement", language, "answered"),
            **receipt,
            answers=answered("grant_agreement", language),
            missing=questions("grant_agreement", language)[:1],
        ),
        "hosting by mail": TaskReceipt(
            **asks("hosting_request", language, "answered"),
            **receipt,
            by_mail=True,
            answers=answered("hosting_request", language),
            missing=questions("hosting_request", language)[1:2],
        ),
        "naming": TaskReceipt(**naming, **named),
        "naming, on somebody's behalf": TaskReceipt(**naming, **named, **on_behalf),
    }


def _not_taken(language: Language) -> dict[str, Context]:
    task, naming = _task(language) | _why("answered", earlier=_SENT[:2]), _naming(language) | _why_naming("answered")
    decision = _decision(language) | _why_decision("answered")
    twelve = _asked(language, 12)

    def not_taken(shared: dict[str, Any], outcome: NotTaken, **more: Any) -> ReplyNotTaken:
        return ReplyNotTaken(**shared, outcome=outcome, **more)

    return {
        "not read": not_taken(task, "not_read", not_read=NOT_READ, items=twelve),
        "not read, empty": not_taken(task, "not_read", items=twelve[:1]),
        "too late": not_taken(task, "too_late"),
        "too large": not_taken(task, "too_large", items=twelve[:4]),
        "encrypted": not_taken(task, "encrypted", items=twelve[:4]),
        "pass on": not_taken(task, "pass_on", items=twelve, passed_on_to="Marta Gil Sanchis"),
        "pass on, nobody named": not_taken(task, "pass_on", items=twelve),
        "naming": not_taken(naming, "not_read", items=twelve),
        "naming, pass on": not_taken(naming, "pass_on", items=twelve, passed_on_to="marta.gil@valencia.example"),
        "naming, too late": not_taken(naming, "too_late"),
        "hosting": not_taken(
            asks("hosting_request", language, "answered"), "not_read", items=questions("hosting_request", language)
        ),
        "decision on a network": not_taken(asks("membership_decision", language, "answered"), "not_read"),
        "decision": not_taken(decision, "not_read"),
        "decision, encrypted": not_taken(decision, "encrypted"),
    }


def _confirmation(language: Language) -> dict[str, Context]:
    shared = _task(language) | _why("answered", earlier=_SENT[:1])
    link = f"{shared['link']}/reply/0b6f1f3e5a4e4c0c9a3b2f7d1c8e6a55"
    asked = shared | {"link": link, "received_on": date(2027, 1, 21), "answers": _replied(language)}
    return {
        "own address": ReplyConfirmation(**asked, came_from="nuria.ferrer@valencia.example"),
        "another address, partly read": ReplyConfirmation(
            **asked | {"answers": _replied(language)[1:2]}, came_from="nuriaferrer77@correu.example", not_read=NOT_READ
        ),
        "without an address": ReplyConfirmation(**asked, came_from=""),
        "hosting": ReplyConfirmation(
            **asks("hosting_request", language, "answered") | {"received_on": date(2027, 1, 21)},
            came_from="nuria.ferrer@valencia.example",
            answers=answered("hosting_request", language),
        ),
    }


def _matters(language: Language) -> dict[str, Context]:
    office = {name: _task(language)[name] for name in ("language", "plan_title")} | {
        "reader_name": "Servei de Turisme i Internacionalització",
        "coordinator_name": "Servei de Turisme i Internacionalització",
        "coordinator_address": "internacional@valencia.example",
        "link": "https://oficina.valencia.example/matters",
    }
    nuria = {"person_code": "nferrer", "person_name": "Núria Ferrer Mas", "address": "nuria.ferrer@valencia.example"}
    of_task = {"unit_name": "Àrea Salut", "task_reference": "7K2M-9QXD"}
    unknown = {"address": "nuriaferrer77@correu.example"}
    wrote = "Us truco dilluns per a la resta, que encara ho hem de mirar bé."
    left = "Ja no treballo a l'Ajuntament. Podeu escriure a Marta Gil."
    marta = "Marta Gil Sanchis"
    facts: tuple[dict[str, Any], ...] = (
        {"kind": "dead_address", **nuria, "unit_name": "Àrea Salut"},
        {"kind": "dead_address", **unknown},
        {"kind": "full_mailbox", **nuria, "unit_name": "Àrea Salut"},
        {"kind": "mail_refused", **nuria, "excerpt": "550 5.7.26 Unauthenticated email is not accepted"},
        {"kind": "quarantined", **nuria, **of_task, "excerpt": "3 = 128"},
        {"kind": "quarantined", **unknown, "other": "7K2M-9QXD", "excerpt": "Hola, adjunte les dades."},
        {"kind": "quarantined", "excerpt": "Bon dia, ací teniu les dades del trimestre."},
        {"kind": "not_read", **nuria, **of_task, "excerpt": wrote},
        {"kind": "disowned", **nuria, **of_task},
        {"kind": "away", **nuria, "first_day": DUE, "last_day": date(2027, 2, 5), "other": marta},
        {"kind": "away", **nuria, "last_day": date(2027, 2, 5)},
        {"kind": "away", **nuria, "first_day": DUE, "excerpt": "Estic de baixa des del 27 de gener."},
        {"kind": "away", **nuria},
        {"kind": "left", **nuria, "unit_name": "Àrea Salut", "other": "marta.gil@valencia.example", "excerpt": left},
        {"kind": "left", **nuria},
        {"kind": "pass_on", **nuria, **of_task, "other": marta, "excerpt": "Això ho porta ara Marta Gil."},
        {"kind": "pass_on", **nuria, **of_task, "excerpt": "Això ja no ho porte jo."},
        {"kind": "unreadable", **unknown},
        {"kind": "unreadable"},
        {"kind": "mail_refused", "excerpt": "421 4.7.0 Try again later"},
    )
    lines = tuple(
        MatterLine(reference=f"M-{number:02d}KQ-7RXA", opened_on=date(2027, 1, 22), **each)
        for number, each in enumerate(facts, start=2)
    )
    return {
        "one": OfficeMatters(**office, new=lines[:1], again=()),
        "three, two of them again": OfficeMatters(**office, new=lines[9:10], again=(lines[7], lines[15])),
        "only again": OfficeMatters(**office, new=(), again=lines[4:5]),
        "every kind": OfficeMatters(**office, new=lines, again=()),
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


def _gap(language: Language) -> dict[str, Context]:
    shared = {name: _task(language)[name] for name in ("language", "plan_title")} | {
        "reader_name": "Servei de Turisme i Internacionalització",
        "coordinator_name": "Servei de Turisme i Internacionalització",
        "coordinator_address": "internacional@valencia.example",
        "year": 2027,
        "first_day": date(2027, 1, 1),
        "link": "https://oficina.valencia.example",
    }
    return {
        "of a plan": CalendarGap(
            **shared, calendar_code="valencia", plans=(shared["plan_title"],), units=("Àrea Salut",)
        ),
        "of units": CalendarGap(
            **shared, calendar_code="alzira", plans=(), units=("Àrea Salut", "Àrea Ecologia Urbana")
        ),
    }


def _digest(language: Language) -> dict[str, Context]:
    """The board of a manager of the whole city, of one of two units, and on a good week."""
    shared = {
        "language": language,
        "reader_name": "Amparo Soler Vidal",
        "coordinator_name": "Oficina d'Internacionalització",
        "coordinator_address": "internacional@valencia.example",
        "week_of": date(2027, 2, 1),
        "most": 1_000,
        "link": "https://oficina.valencia.example/board",
        "decisions_link": "https://oficina.valencia.example/decisions",
    }
    late = (
        _overdue(_task(language), due_on=date(2027, 1, 15), days_late=10, escalated=True),
        _overdue(_naming(language) | {"unit_name": "Àrea Ecologia Urbana"}, due_on=date(2027, 1, 20), days_late=7),
        _overdue(_decision(language), due_on=date(2027, 1, 25), days_late=5, escalated=True),
        _overdue(asks("hosting_request", language, "reminder_after_due"), due_on=date(2027, 1, 28), days_late=2),
        _overdue(asks("assignment", language, "reminder_after_due"), due_on=date(2027, 1, 29), days_late=1),
    )
    counts = {"escalated": 2, "soon": 14, "mine": 3}
    return {
        "five overdue": ManagerDigest(**shared, **counts, overdue=5, tasks=late),
        "one overdue": ManagerDigest(**shared, overdue=1, escalated=0, soon=0, mine=1, tasks=late[1:2], units=_UNITS),
        "more than fit": ManagerDigest(
            **shared, overdue=1_000, escalated=1_000, soon=1_000, mine=0, tasks=late, more=960
        ),
        "nothing overdue": ManagerDigest(
            **shared, overdue=0, escalated=0, soon=14, mine=0, tasks=(), units=("Àrea Salut",)
        ),
    }


_UNITS = ("Àrea Salut", "Àrea Ecologia Urbana")


def _overdue(task: dict[str, Any], *, due_on: date, days_late: int, escalated: bool = False) -> OverdueTask:
    named = {"plan_language": "ca-ES-valencia", "assignee_name": "Núria Ferrer Mas"} | task
    fields = {name: value for name, value in named.items() if name in OverdueTask.model_fields}
    where = f"https://oficina.valencia.example/tasks/{task['task_reference']}"
    return OverdueTask(
        **fields | {"due_on": due_on, "working_days_late": days_late, "escalated": escalated, "link": where}
    )


def _sign_in(language: Language) -> dict[str, Context]:
    opens = "3q2-7wVn0pYxk1J0cT6m8uKf4hLr9sZb2eQ5aXdG7iM"
    return {
        "usual": SignIn(
            language=language,
            reader_name="Núria Ferrer Mas",
            coordinator_name="Oficina d'Internacionalització",
            coordinator_address="internacional@valencia.example",
            link=f"https://oficina.valencia.example/sign-in/{opens}",
            minutes=30,
        )
    }


_SAMPLES = {
    "task_request": _request,
    "task_reminder": _reminder,
    "task_reminders": _reminders,
    "task_escalation": _escalation,
    "task_escalation_copy": _escalation_copy,
    "task_change": _change,
    "task_receipt": _receipt,
    "reply_not_taken": _not_taken,
    "reply_confirmation": _confirmation,
    "office_matters": _matters,
    "visit_news": visit_news,
    "visit_thanks": visit_thanks,
    "office_visit": office_visit,
    "review_news": review_news,
    "calls_digest": calls_digest,
    "feed_trouble": feed_trouble,
    "manager_digest": _digest,
    "sign_in": _sign_in,
    "call_news": call_news,
    "call_alarm": call_alarm,
    "office_call": office_call,
    "census_result": census_result,
    "act_refused": act_refused,
    "collection_report": _report,
    "calendar_gap": _gap,
}
