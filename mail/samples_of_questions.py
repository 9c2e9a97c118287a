"""Samples of the mails about delegations and networks: invented people, a twin city, networks of the catalogue."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mail.figures import figure
from mail.question_words import assignment_name, question_hint, question_name, said_of
from mail.samples_of_calls import call
from mail.samples_shared import HOST, OFFICE, basics
from models.contracts.answering import ItemUnit, Reading
from models.contracts.mail import (
    ActRefused,
    AgendaSlot,
    AskedItem,
    CensusResult,
    Context,
    HostLine,
    Language,
    NetworkWords,
    OfficeVisit,
    ReadItem,
    ReviewNews,
    ShortPreparation,
    TaskKind,
    VisitNews,
    VisitThanks,
    VisitWords,
    Why,
    WhyRule,
)
from models.policies.questions import BY_REPLY, QUESTIONS, SCORE, question_of

CLOCK = ZoneInfo("Europe/Madrid")
AGENDA = tuple(
    AgendaSlot(
        starts_at=datetime(2027, 3, day, first, tzinfo=CLOCK),
        ends_at=datetime(2027, 3, day, last, 30, tzinfo=CLOCK),
        theme=theme,
        place=place,
        host=host,
    )
    for day, first, last, theme, place, host in (
        (9, 9, 10, "Benvinguda institucional", "Saló de Cristall", OFFICE),
        (9, 11, 13, "Soledat no desitjada: el pla i els barris", "Centre municipal de Russafa", HOST),
        (10, 10, 12, "Mercats i alimentació saludable", "Mercat Central", HOST),
    )
)
CRITERION = {
    "ca": "Coherència amb els objectius de la ciutat",
    "es": "Coherencia con los objetivos de la ciudad",
    "en": "In line with the city’s objectives",
    "fr": "Cohérence avec les objectifs de la ville",
}
CHECKED_ON = date(2027, 9, 1)
LETTER = "Dear Secretary General,\n\nThe City of València gives notice of its membership in your network.\n\nYours,"
OF_CALLS: frozenset[TaskKind] = frozenset(
    (
        "call_interest",
        "go_decision",
        "proposal_upload",
        "call_result",
        "call_lessons",
        "grant_agreement",
        "sustainability_check",
    )
)
_REFERENCES: dict[TaskKind, str] = {
    "hosting_request": "B4XN-7GTD",
    "agenda_approval": "C9WK-2MHV",
    "visit_report": "D6QJ-8RBZ",
    "assignment": "F3TP-5YCK",
    "membership_evidence": "G8HV-4NWX",
    "membership_opinion": "H2ZD-9KQM",
    "membership_decision": "J7CB-3PTR",
    "improvement_plan": "K5YM-6XGW",
    "improvement_check": "N4RV-8DJH",
    "joined_networks": "P9TQ-2CZB",
    "call_interest": "Q3XD-7NVK",
    "go_decision": "R5HM-4TCZ",
    "proposal_upload": "S8BW-6PJY",
    "call_result": "T2KQ-9GXR",
    "call_lessons": "V7ZN-3DHM",
    "grant_agreement": "W4CJ-8RTB",
    "sustainability_check": "X6YP-5QKD",
}


def visit(*, agenda: bool = False, moved: bool = False, reason: str = "") -> VisitWords:
    """A study visit of three days."""
    return VisitWords(
        reference="delegation/2027-0003",
        organisation="Comune di Bologna",
        city="Bologna",
        country="Itàlia",
        kind="study",
        first_day=date(2027, 3, 9),
        last_day=date(2027, 3, 11),
        themes=("Soledat no desitjada", "Alimentació saludable"),
        people=8,
        agenda=AGENDA if agenda else (),
        moved_from=(date(2027, 3, 2), date(2027, 3, 4)) if moved else None,
        reason=reason,
    )


def network(language: Language, *, evidence: bool = False, candidate: bool = False) -> NetworkWords:
    """A network that the city is in, or may join."""
    said = (
        (_named("actions", language), Reading(kind="value", typed="14", number=Decimal(14))),
        (
            _named(SCORE, language),
            Reading(kind="value", typed="3", number=Decimal(3), reason="Dos projectes en comú des de 2025"),
        ),
    )
    return NetworkWords(
        reference="review/medcities/2027" if candidate else "review/eurocities/2027",
        name="MedCities" if candidate else "Eurocities",
        year=2027,
        candidate=candidate,
        evidence=tuple(said_of(name, figure(reading, "count", language)) for name, reading in said) if evidence else (),
    )


def _named(key: str, language: Language) -> str:
    return question_name(question_of("membership_evidence", key), {"names": CRITERION}, language)


def questions(kind: TaskKind, language: Language) -> tuple[AskedItem, ...]:
    """What a task of this kind asks."""
    asked = {"membership_decision": QUESTIONS[kind][:1], "call_result": QUESTIONS[kind][1:]}.get(kind, QUESTIONS[kind])
    return tuple(
        AskedItem(
            number=number,
            code="",
            name=question_name(question, {"names": CRITERION}, language),
            action_title="",
            axis_title="",
            hint=question_hint(question, language),
            required=question.required,
            known="4 · delegation/2026-0003, delegation/2026-0011" if question.key == "actions" else None,
        )
        for number, question in enumerate(asked, start=1)
    )


def asks(kind: TaskKind, language: Language, rule: WhyRule, working_days: int | None = None) -> dict[str, Any]:
    """What all mails about a task of this kind share, without its questions."""
    about: dict[str, Any] = {}
    if kind in {"hosting_request", "agenda_approval", "visit_report", "assignment"}:
        about["visit"] = visit(agenda=kind == "agenda_approval", moved=kind == "hosting_request")
    elif kind in OF_CALLS:
        about["call"] = call(
            language,
            full=kind == "go_decision",
            moved=kind == "proposal_upload",
            sent=kind in {"call_result", "call_lessons", "grant_agreement"},
            years=3 if kind == "sustainability_check" else 0,
        )
    elif kind == "membership_opinion":
        about["network"] = network(language, evidence=True, candidate=True)
    elif kind != "joined_networks":
        about["network"] = network(language, evidence=kind != "membership_evidence")
    if kind == "assignment":
        about["assignment"] = assignment_name({"key": "interpreting"}, language)
    return about | {
        "language": language,
        "reader_name": "Núria Ferrer Mas",
        "coordinator_name": OFFICE,
        "coordinator_address": "internacional@valencia.example",
        "kind": kind,
        "by_reply": kind in BY_REPLY,
        "task_reference": _REFERENCES[kind],
        "plan_title": "Pla d'Internacionalització de València 2022-26",
        "unit_name": HOST,
        "due_on": date(2027, 1, 27),
        "closes_on": date(2027, 2, 10),
        "link": f"https://focal.valencia.example/a/{_REFERENCES[kind].lower()}vd5mtn2xhc4rby6gpj8s",
        "why": Why(rule=rule, working_days=working_days, policy=kind, policy_version=1),
    }


def answered(kind: TaskKind, language: Language) -> tuple[ReadItem, ...]:
    """Answers to a report of a visit, to whether a delegation can be received, or about a grant agreement."""
    said: dict[str, tuple[Reading, ItemUnit]] = {
        "can_host": (Reading(kind="value", typed="sí", yes=True), "yes/no"),
        "contacts": (Reading(kind="nothing_to_report", typed=""), "text"),
        "commitments": (
            Reading(
                kind="value",
                typed="",
                words="Enviar l'estudi; Àrea Salut; 15/4/2027\nConvidar-los al fòrum; Servei de Turisme; 1/6/2027",
            ),
            "commitments",
        ),
        "starts_on": (Reading(kind="value", typed="1/6/2027", words="2027-06-01"), "day"),
        "ends_on": (Reading(kind="value", typed="31 maig 2031", words="2031-05-31"), "day"),
        "periods": (Reading(kind="value", typed="18 18 12", words="18, 18, 12"), "months"),
        "money_won": (Reading(kind="value", typed="412000", number=Decimal(412_000)), "count"),
    }
    return tuple(
        ReadItem(
            number=number,
            code="",
            name=question_name(question, None, language),
            typed=reading.typed,
            kind=reading.kind,
            reading=figure(reading, unit, language),
        )
        for number, question in enumerate(QUESTIONS[kind], start=1)
        if question.key in said
        for reading, unit in [said[question.key]]
    )


def visit_news(language: Language) -> dict[str, Context]:
    """All that a contact and a host are told of a visit."""
    contact = basics(language, "Giulia Rossi") | {"to": "contact"}
    host = basics(language, "Núria Ferrer Mas") | {"to": "host", "unit_name": HOST}
    own = tuple(slot for slot in AGENDA if slot.host == HOST)
    why = "Coincideix amb les Falles."
    stands, coming = visit(agenda=True), visit()
    moved, called_off = visit(moved=True, reason=why), visit(reason=why)
    one_day = stands.model_copy(update={"last_day": stands.first_day, "agenda": AGENDA[:2]})
    return {
        "contact, acknowledged": VisitNews(**contact, news="acknowledged", visit=coming),
        "contact, confirmed": VisitNews(**contact, news="confirmed", visit=stands),
        "contact, changed": VisitNews(**contact, news="changed", visit=stands),
        "contact, moved": VisitNews(**contact, news="moved", visit=moved),
        "contact, called off": VisitNews(**contact, news="called_off", visit=called_off),
        "contact, reminder of one day": VisitNews(**contact, news="reminder", visit=one_day),
        "host, confirmed": VisitNews(**host, news="confirmed", visit=stands, own=own),
        "host, changed, no hours": VisitNews(**host, news="changed", visit=stands),
        "host, moved": VisitNews(**host, news="moved", visit=moved),
        "host, called off": VisitNews(**host, news="called_off", visit=called_off),
        "host, released": VisitNews(**host, news="released", visit=coming),
        "host, reminder": VisitNews(**host, news="reminder", visit=stands, own=own),
    }


def visit_thanks(language: Language) -> dict[str, Context]:
    """Thanks, and the way to the short form."""
    link = "https://focal.valencia.example/f/n5tq9xzh2c7wkd4mr8ypvb3gsj"
    return {"thanks": VisitThanks(**basics(language, "Giulia Rossi"), visit=visit(agenda=True), link=link)}


def office_visit(language: Language) -> dict[str, Context]:
    """All that the coordinator is told of a visit."""
    office = basics(language, OFFICE)
    coming, stands = visit(), visit(agenda=True)
    short = tuple(
        ShortPreparation(name=assignment_name({"key": key}, language), needed=needed, left=left)
        for key, needed, left in (("interpreting", 5, 3), ("rooms", 1, 0))
    )
    hosts = (
        HostLine(unit_name=HOST, state="accepts", person_name="Núria Ferrer Mas"),
        HostLine(unit_name="Àrea Ecologia Urbana", state="other_days", remark="Del 16 al 18 de març"),
        HostLine(unit_name="Servei de Joventut", state="declines"),
        HostLine(unit_name="Servei d'Esports", state="silent"),
        HostLine(unit_name="Servei de Comerç", state="removed"),
    )
    asked = tuple(host.model_copy(update={"state": "asked", "person_name": "", "remark": ""}) for host in hosts[:2])
    done = (assignment_name({"key": "transport"}, language),)
    compose = "https://oficina.valencia.example/delegations/2027-0003/agenda"
    amparo = {"by_name": "Amparo Soler Vidal"}
    note = "Falta temps per anar\nd'un lloc a l'altre."
    return {
        "opened": OfficeVisit(**office, news="opened", visit=coming, hosts=asked, short=short),
        "moved": OfficeVisit(**office, news="moved", visit=visit(moved=True), short=short[:1], done=done),
        "hosts": OfficeVisit(**office, news="hosts", visit=coming, hosts=hosts, page=compose),
        "fallen": OfficeVisit(**office, news="fallen", visit=stands, hosts=hosts, page=compose),
        "unconfirmed": OfficeVisit(**office, news="unconfirmed", visit=coming, hosts=asked, page=compose),
        "lapsed": OfficeVisit(**office, news="lapsed", visit=coming),
        "nobody": OfficeVisit(**office, news="nobody", visit=coming, by_name=HOST),
        "feedback": OfficeVisit(**office, news="feedback", visit=stands, rating=4, note="Gràcies!\nMolt ben preparat."),
        "sent back": OfficeVisit(**office, **amparo, news="sent_back", visit=stands, note=note, page=compose),
        "not approved": OfficeVisit(**office, news="not_approved", visit=stands, page=compose),
        "approved": OfficeVisit(**office, **amparo, news="approved", visit=stands),
        "recorded": OfficeVisit(**office, news="recorded", visit=stands),
    }


def review_news(language: Language) -> dict[str, Context]:
    """What was decided on a network, for the office and for its unit."""
    office = basics(language, OFFICE) | {"to": "office", "network": network(language)}
    unit = office | {"reader_name": "Núria Ferrer Mas", "to": "unit"}
    candidate = office | {"network": network(language, candidate=True)}
    decided = {"by_name": "Amparo Soler Vidal", "reason": "La participació no compensa la quota."}
    left = {"notice_on": date(2027, 6, 30), "exit_on": date(2027, 12, 31)}
    next_one = {"next_review_on": date(2028, 2, 1)}
    return {
        "stay": ReviewNews(**unit, **decided, **next_one, decision="continue", recommended="optimise"),
        "improve": ReviewNews(**office, **decided, decision="optimise", recommended="optimise", check_on=CHECKED_ON),
        "leave": ReviewNews(**office, **decided, **left, decision="leave", recommended="leave", letter=LETTER),
        "leave, for the unit": ReviewNews(**unit, **decided, **left, decision="leave"),
        "leave, terms not known": ReviewNews(
            **office,
            **decided,
            decision="leave",
            letter=LETTER,
            command="focal networks set NET-EUROCITIES --notice-months MONTHS --year-ends MM-DD",
        ),
        "leave, letter not sent": ReviewNews(
            **office,
            **decided,
            **left,
            decision="leave",
            unsent=True,
            command="focal networks set NET-EUROCITIES --state left",
        ),
        "leave, too late": ReviewNews(**office, **decided, **left, decision="leave", short=True),
        "join": ReviewNews(**candidate, **decided, decision="join"),
        "watch": ReviewNews(**candidate, **decided, **next_one, decision="watch", recommended="no"),
        "do not join": ReviewNews(**candidate, **decided, decision="no"),
        "nobody decided": ReviewNews(
            **office | {"network": network(language, evidence=True)}, decision=None, recommended="leave"
        ),
    }


def census_result(language: Language) -> dict[str, Context]:
    """What areas answered about their networks: something, and nothing."""
    shared = basics(language, OFFICE) | {"reference": "review/census/2027-1"}
    return {
        "candidates": CensusResult(
            **shared,
            asked=4,
            answered=3,
            candidates=((HOST, "Ciutats del Mar"),),
            doubtful=((HOST, "C40, ICLEI, Polis"), ("Àrea Ecologia Urbana", "No n'hem entrat a cap")),
            nothing=("Servei de Joventut",),
            silent=("Servei d'Esports",),
            command="focal networks add NAME --plan VLC --unit UNIT",
        ),
        "none": CensusResult(
            **shared, asked=1, answered=1, candidates=(), doubtful=(), nothing=(HOST,), silent=(), command=""
        ),
    }


def act_refused(language: Language) -> dict[str, Context]:
    """A step of a process that is tried again, and something that was to be opened."""
    shared = basics(language, OFFICE)
    reason = "ACT-VLC-STI has nobody for a second opinion: appoint another focal point."
    return {
        "a step": ActRefused(
            **shared,
            reference="review/eurocities/2027",
            act="ask for opinion",
            reasons=(reason,),
            tried_again=True,
        ),
        "an opening": ActRefused(
            **shared,
            reference="VLC/2027",
            act="open year",
            reasons=("NET-ECCAR: " + reason, "NET-KALEIDOS: " + reason),
            tried_again=False,
        ),
    }
