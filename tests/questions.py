"""A delegation, a network and a call of the small city, and tasks that ask questions about them: rows by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from models.contracts.mail import TaskKind
from models.policies.asking import Asked, AskedQuestion, all_questions
from models.policies.questions import SCORE
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, CallDeadline, Programme
from models.tables.delegation_reception import Host, Slot, Visit
from models.tables.membership_review import Census, Network, Review
from models.tables.process import Process, TaskSet
from operations.tasks import add_tasks, calendars_of_units
from store.calendars import load_calendar
from store.call_follow_up import aim_of, deadlines_of, interests_of, version_of
from store.database import WriteSession
from store.policies import latest_policy

BRUSSELS = "Europe/Brussels"
VISIT_DAYS = date(2027, 3, 9), date(2027, 3, 10)
CRITERIA = (
    {
        "code": "objectives",
        "weight": 2,
        "names": {
            "ca": "Respon als objectius de la ciutat",
            "es": "Responde a los objetivos de la ciudad",
            "en": "It is in line with the objectives of the city",
            "fr": "Il répond aux objectifs de la ville",
        },
    },
    {
        "code": "position",
        "weight": 1,
        "names": {
            "ca": "Millora la posició internacional de la ciutat",
            "es": "Mejora la posición internacional de la ciudad",
            "en": "It improves the international position of the city",
            "fr": "Il améliore la position internationale de la ville",
        },
    },
)


FIRST: dict[TaskKind, str] = {
    "hosting_request": "1",
    "agenda_approval": "1",
    "membership_decision": "0",
    "go_decision": "1",
    "proposal_upload": "0",
    "call_result": "1",
    "sustainability_check": "3",
}
CALLS: frozenset[TaskKind] = frozenset(
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
"""Kinds about a European call."""
STATES: dict[TaskKind, str] = {
    "proposal_upload": "preparing",
    "call_result": "submitted",
    "call_lessons": "rejected",
    "grant_agreement": "awarded",
    "sustainability_check": "ended",
}
"""How far a call is when something of the kind is asked; before all others it is interest that is asked for."""


async def _process(session: WriteSession, kind: str, reference: str, now: datetime) -> TaskSet:
    process = Process(
        id=uuid4(),
        reference=reference,
        kind=kind,
        state="open",
        plan_code="TST",
        calendar_code="valencia",
        opened_by="coordinator",
        opened_at=now,
        closes_at=None,
    )
    session.add(process)
    await session.flush()
    task_set = TaskSet(id=uuid4(), process_id=process.id, number=1, workflow_id=f"{reference}/follow-up/1")
    session.add(task_set)
    await session.flush()
    return task_set


async def open_visit(session: WriteSession, now: datetime, *, number: int = 1, **changes: Any) -> TaskSet:
    """A delegation from a twin city, its host HEALTH, and an agenda (version 1, approved by nobody yet)."""
    task_set = await _process(session, "delegation_reception", f"delegation/2027-{number:04}", now)
    first_day, last_day = VISIT_DAYS
    visit = {
        "year": 2027,
        "number": number,
        "order_key": f"order-{number}",
        "order_sha256": "",
        "organisation": "Stadt Mainz",
        "city": "Mainz",
        "country": "DE",
        "kind": "study",
        "head_name": "Anna Schmidt",
        "women": 3,
        "men": 2,
        "others": 0,
        "language": "en",
        "contact_name": "Bernd Müller",
        "contact_address": "bernd@mainz.example",
        "themes": ["Salut pública", "Mercats"],
        "first_day": first_day,
        "last_day": last_day,
        "office_unit": "MAYOR",
        "state": "coming",
        "version": 1,
        "sequence": 0,
        "reason": "",
        "agenda_version": 1,
        "composed_by": "coordinator",
    } | changes
    session.add(Visit(process_id=task_set.process_id, **visit))
    await session.flush()
    session.add(
        Host(process_id=task_set.process_id, unit_code="HEALTH", position=0, state="asked", asked_version=1, remark="")
    )
    for position, (hour, theme, place) in enumerate(
        ((9, "Benvinguda", "Ajuntament"), (11, "Salut", "Centre de salut"))
    ):
        session.add(
            Slot(
                process_id=task_set.process_id,
                agenda_version=1,
                position=position,
                starts_at=datetime(2027, 3, 9, hour, tzinfo=UTC),
                ends_at=datetime(2027, 3, 9, hour + 1, 30, tzinfo=UTC),
                unit_code="HEALTH",
                theme=theme,
                place=place,
            )
        )
    await session.flush()
    return task_set


async def open_review(session: WriteSession, now: datetime, *, candidate: bool = False) -> TaskSet:
    """This year's review of one network, which HEALTH is responsible for."""
    task_set = await _process(session, "membership_review", "review/prova/2027", now)
    session.add(
        Network(
            code="NET-PROVA",
            name="Xarxa de Prova",
            kind="network",
            scope="european",
            plan_code="TST",
            state="candidate" if candidate else "member",
            unit_code="HEALTH",
            fee=5000,
            notice_months=6,
            year_ends="12-31",
            roles="",
        )
    )
    await session.flush()
    session.add(
        Review(
            process_id=task_set.process_id,
            network_code="NET-PROVA",
            year=2027,
            candidate=candidate,
            unit_code="HEALTH",
            office_unit="MAYOR",
            criteria=list(CRITERIA),
            overridden=False,
        )
    )
    await session.flush()
    return task_set


async def open_census(session: WriteSession, now: datetime) -> TaskSet:
    """The question to every area which networks it has joined."""
    task_set = await _process(session, "membership_review", "review/census/2027-1", now)
    session.add(Census(process_id=task_set.process_id, year=2027, number=1))
    await session.flush()
    return task_set


async def open_call(
    session: WriteSession, now: datetime, state: str = "interest", *, day: date = date(2027, 4, 15), **changes: Any
) -> TaskSet:
    """A call that is followed: HEALTH would lead, ECOLOGY has no time; the deadline is at 17:00 in Brussels."""
    task_set = await _process(session, "call_follow_up", "call/CERV-2027-PROVA", now)
    session.add(Programme(code="CERV", name="Ciutadania", portal_code=None, cutoff_hour=time(17), zone=BRUSSELS))
    call_id = uuid4()
    await session.flush()
    call = {
        "origin": "entered",
        "kind": "entered",
        "programme_code": "CERV",
        "title": "Xarxes de pobles",
        "url": "https://ec.europa.eu/prova",
        "changed_at": now,
        "first_seen_at": now,
        "seen_at": now,
    } | changes
    session.add(Call(id=call_id, identifier="CERV-2027-PROVA", **call))
    await session.flush()
    session.add(CallDeadline(call_id=call_id, number=1, day=day, hour=time(17), zone=BRUSSELS, source="default_hour"))
    ended = {"signed_on": date(2026, 1, 5), "starts_on": date(2026, 2, 1), "ends_on": date(2026, 12, 31)}
    session.add(
        CallFollowUp(
            process_id=task_set.process_id,
            call_id=call_id,
            office_unit="MAYOR",
            lead_unit=None if state == "interest" else "HEALTH",
            state=state,
            submitted_at=None if state in {"interest", "preparing"} else now,
            **(ended if state == "ended" else {}),
        )
    )
    await session.flush()
    for place, (unit, said) in enumerate((("HEALTH", "lead"), ("ECOLOGY", "no"))):
        reason = "no_time" if said == "no" else ""
        where = {"process_id": task_set.process_id, "unit_code": unit, "position": place}
        session.add(CallInterest(**where, state=said, reason=reason, contribution=""))
    await session.flush()
    return task_set


async def _seen(session: WriteSession, process_id: UUID) -> str:
    """What whoever decides about a call has before them."""
    pursuit = await session.get_one(CallFollowUp, process_id)
    call = await session.get_one(Call, pursuit.call_id)
    aim = aim_of(pursuit, call, await deadlines_of(session, call.id))
    return version_of(aim, await interests_of(session, process_id), pursuit.lead_unit)


def questions_of(kind: TaskKind, question: str = "") -> tuple[AskedQuestion, ...]:
    """What a kind asks, a score once for each criterion; of a decision about a network the one `question`."""
    asked: list[AskedQuestion] = []
    for each in all_questions(kind):
        if question and each.key != question:
            continue
        if each.key == SCORE:
            asked += [AskedQuestion(SCORE, detail=criterion) for criterion in CRITERIA]
        elif each.key == "done":
            asked.append(AskedQuestion("done", detail={"key": "interpreting"}))
        else:
            asked.append(each)
    return tuple(asked)


def asked(
    kind: TaskKind, person: str = "health", unit: str = "HEALTH", *, occasion: str = "", question: str = ""
) -> Asked:
    """One task of a kind to be, with all of its questions or one of them.

    Without an `occasion`, it is about the first version of the visit and its agenda, or a network without evidence.
    """
    occasion = occasion or FIRST.get(kind, "")
    return Asked(kind, unit, person, questions=questions_of(kind, question), occasion=occasion)


async def ask(session: WriteSession, task_set: TaskSet, tasks: Sequence[Asked], now: datetime) -> list[UUID]:
    """Add tasks to a set; what is planned of them has still to be carried out."""
    ids: list[UUID] = []
    process = await session.get_one(Process, task_set.process_id)
    calendars = await calendars_of_units(session, {task.unit_code for task in tasks}, process.calendar_code)
    for task in tasks:
        if task.kind == "go_decision":
            seen = {"seen": await _seen(session, task_set.process_id)}
            task = replace(task, questions=(AskedQuestion("go", detail=seen),))  # noqa: PLW2901 - with what it is about
        ids += await add_tasks(
            session,
            task_set,
            [task],
            policy=await latest_policy(session, task.kind),
            calendar=await load_calendar(session, process.calendar_code),
            calendars=calendars,
            opens_at=now,
            closes_at=process.closes_at,
        )
    return ids
