"""What follows from the decision about a network: its next date, an improvement plan, leaving it, joining it; the end.

Each act is one transaction, takes the set of the review first, and does nothing where it has nothing to do.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from mail.network_words import bilingual_letter
from models.contracts.mail import NetworkWords, ReviewNews, TaskKind
from models.policies.asking import Asked, AskedQuestion, answers_for
from models.policies.membership_review import Notice, check_day, leaving_days, next_review
from models.policies.people import PersonFacts
from models.policies.people_checks import People
from models.policies.questions import Line, lines_of
from models.tables.catalogue import Plan
from models.tables.task import Task
from operations.audit import record
from operations.membership_review import Case, take_case
from operations.networks import notice_of
from operations.notices import Desk, hand_over, leave_at, reader_context, write
from operations.processes import ask, close_process, reschedule
from operations.tasks import take
from settings import Settings
from store.database import WriteSession
from store.membership_review import evidence_of
from store.task import OPEN_STATES, poke_if_needed, task_items

LETTER = "notice_letter"
STEPS_OF_UNIT = frozenset({"stop_fee", "close_access"})
"""What the unit that answers for a network does when it is left; the rest is the office's."""


async def carry_out(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Do to the register what was decided, ask for what follows from it, and tell the office and the unit."""
    case = await take_case(session, process_id, now)
    if case is None or case.review.decision is None or case.review.carried_out_at is not None:
        return
    review, network = case.review, case.network
    review.carried_out_at = now
    found: Notice | None = None
    match review.decision:
        case "continue":
            network.next_review_on = next_review(case.calendar, review.year)
        case "optimise":
            network.next_review_on = next_review(case.calendar, review.year)
            review.check_on = check_day(case.calendar, case.today)
            await _ask(session, case, "improvement_plan", "improvements", review.unit_code)
        case "leave":
            found = notice_of(network, case.today)
            await _leave(session, settings, case, found)
        case "join":
            network.state, network.joined_on = "member", case.today
            network.plan_code = network.plan_code or case.process.plan_code
            network.unit_code = network.unit_code or review.unit_code
            network.next_review_on = next_review(case.calendar, review.year)
        case "watch":
            network.state = "watched"
        case _:
            network.state = "declined"
    await _learn(session, case)
    record(
        session,
        "review.carried_out",
        by="focal",
        now=now,
        process_id=process_id,
        decision=review.decision,
        network=network.code,
        state=network.state,
    )
    await _tell(session, settings, case, short=found is not None and found.short)
    await poke_if_needed(session, case.task_set, now)


async def _ask(session: WriteSession, case: Case, kind: TaskKind, question: str, unit_code: str) -> None:
    task = Asked(kind, unit_code, case.who(unit_code), questions=(AskedQuestion(question),))
    await ask(session, case.task_set, case.process, [task], case.now)


async def _leave(session: WriteSession, settings: Settings, case: Case, found: Notice | None) -> None:
    review, network = case.review, case.network
    network.state, network.next_review_on = "leaving", None
    if found is not None:
        review.notice_on, review.exit_on = found.last_day, found.exit_on
        network.exit_on = found.exit_on
    institution = (await session.get_one(Plan, case.process.plan_code)).institution
    signed, own = settings.coordinator_name, settings.coordinator_language
    review.letter = bilingual_letter(network.name, institution, review.exit_on, signed, own)
    tasks = []
    for key, due_on in leaving_days(case.calendar, case.today, found).items():
        unit_code = review.unit_code if key in STEPS_OF_UNIT else review.office_unit
        tasks.append(_assignment(unit_code, case.who(unit_code), {"key": key}, key, due_on))
    await ask(session, case.task_set, case.process, tasks, case.now)


def _assignment(unit_code: str, person_code: str, detail: Mapping[str, Any], occasion: str, due_on: date) -> Asked:
    question = AskedQuestion("done", detail=detail)
    return Asked("assignment", unit_code, person_code, questions=(question,), occasion=occasion, due_on=due_on)


async def _learn(session: WriteSession, case: Case) -> None:
    """Keep in the register what the unit said of fee and positions: it knows them best."""
    network = case.network
    for line in await evidence_of(session, case.process.id):
        if line.kind != "membership_evidence" or line.answer is None:
            continue
        if line.item.question == "fee" and line.answer.number is not None:
            network.fee = line.answer.number
        if line.item.question == "roles" and line.answer.words is not None:
            network.roles = line.answer.words


async def follow_improvements(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask each owner for what the improvement plan promises, by its day.

    A plan can be corrected: a new line is a new task, another day moves an open one. A line that was taken out is left
    to the coordinator, who can waive its task. Safe to repeat: each line is found again by what it says.
    """
    case = await take_case(session, process_id, now)
    if case is None or case.review.decision != "optimise":
        return
    tasks = [
        asked
        for task in case.of("improvement_plan")
        for line in (await task_items(session, [task.id]))[task.id]
        if line.answer is not None and line.answer.words is not None
        for asked in _promised(case, task, lines_of(line.answer.words, case.calendar.day(task.answered_at or now)))
    ]
    promised = {asked.occasion: asked for asked in tasks}
    there = {task.occasion: task for task in case.of("assignment")}
    new = [asked for occasion, asked in promised.items() if occasion not in there]
    await ask(session, case.task_set, case.process, new, now)
    for occasion in promised.keys() & there.keys():
        await _put_off(session, settings, there[occasion], promised[occasion], now)


def _promised(case: Case, plan: Task, lines: Iterator[Line]) -> Iterator[Asked]:
    first = case.calendar.shift(case.today, 1)
    for line in lines:
        unit_code, person_code = _owner(case, line.who) or (plan.unit_code, plan.assignee_code)
        detail = {"what": line.what, "due_on": line.due_on.isoformat()}
        # The same while the plan promises the same of the same, wherever the line stands and whatever its day.
        promised = hashlib.sha256(f"{line.what}\n{line.who}".casefold().encode()).hexdigest()[:16]
        yield _assignment(unit_code, person_code, detail, f"improvement:{promised}", max(line.due_on, first))


async def _put_off(session: WriteSession, settings: Settings, task: Task, asked: Asked, now: datetime) -> None:
    """Give an improvement that is still open the day that a corrected plan has for it, and tell whoever has it.

    The item knows the day it was made for: more time that somebody was given in the meantime stays.
    """
    ((line, *_),) = (await task_items(session, [task.id])).values()
    detail, (question,) = line.item.detail or {}, asked.questions
    day = (question.detail or {})["due_on"]
    if asked.due_on is None or task.state not in OPEN_STATES or detail.get("due_on") == day:
        return
    line.item.detail = {**detail, "due_on": day}
    taken = await take(session, task.id)
    await reschedule(session, settings, taken, asked.due_on, now)


def _owner(case: Case, who: str) -> tuple[str, str] | None:
    """The unit and the person that a line names, by code or by name; None for nobody who is known."""
    people: People = case.people
    wanted = who.strip().casefold()
    for person in people.persons.values():
        if person.active and wanted in {person.code.casefold(), person.name.casefold(), person.address}:
            return person.unit_code, person.code
    for unit in people.units.values():
        if wanted in {unit.code.casefold(), unit.name.casefold()}:
            person_code = answers_for(people, unit.code, case.today)
            return (unit.code, person_code) if person_code else None
    return None


async def ask_for_check(session: WriteSession, process_id: UUID, *, now: datetime) -> None:
    """Ask the office, half a year later, whether the membership has improved."""
    case = await take_case(session, process_id, now)
    if case is not None and case.review.decision == "optimise":
        await _ask(session, case, "improvement_check", "improved", case.review.office_unit)


async def close_review(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Close a review; a network that was to be left is left, if somebody has said that the letter was sent.

    The office is told of a letter of which nobody has said so (the network stays as it is, being left, until the
    coordinator sets its state), and of a review without a decision.
    """
    case = await take_case(session, process_id, now)
    if case is None:
        return
    review, network = case.review, case.network
    unsent = False
    if review.decision == "leave" and network.state == "leaving":
        if unsent := not await _letter_sent(session, case):
            record(session, "network.not_left", by="focal", now=now, process_id=process_id, network=network.code)
        else:
            network.state = "left"
            record(session, "network.left", by="focal", now=now, process_id=process_id, network=network.code)
    if review.decision is None or unsent:
        mail = await _news(session, settings, case, "office", None, unsent=unsent)
        leave_at(mail, case.calendar.sending_instant(now))
        await hand_over(session, [mail])
    await close_process(Desk(session, settings, now), case.process, case.tasks)
    await poke_if_needed(session, case.task_set, now)


async def _letter_sent(session: WriteSession, case: Case) -> bool:
    letters = [task.id for task in case.of("assignment") if task.occasion == LETTER]
    said = [line.answer for lines in (await task_items(session, letters)).values() for line in lines]
    return any(answer is not None and answer.words == "done" for answer in said)


async def _tell(session: WriteSession, settings: Settings, case: Case, *, short: bool) -> None:
    """Write to the office and to whoever answers for the network what was decided, and what follows."""
    mails = [await _news(session, settings, case, "office", None, short=short)]
    person = answers_for(case.people, case.review.unit_code, case.today)
    if person is not None:
        mails.append(await _news(session, settings, case, "unit", case.people.persons[person], short=short))
    for mail in mails:
        leave_at(mail, case.calendar.sending_instant(case.now))
    await hand_over(session, mails)


async def _news(
    session: WriteSession,
    settings: Settings,
    case: Case,
    to: Literal["office", "unit"],
    reader: PersonFacts | None,
    *,
    short: bool = False,
    unsent: bool = False,
) -> dict[str, Any]:
    review, network = case.review, case.network
    plan = await session.get_one(Plan, case.process.plan_code)
    language = reader.language if reader else settings.coordinator_language
    by = case.people.persons.get(review.decided_by or "")
    command = ""
    if unsent:
        command = f"focal networks set {network.code} --state left"
    elif review.decision == "leave" and review.exit_on is None:
        command = f"focal networks set {network.code} --notice-months MONTHS --year-ends MM-DD"
    context = ReviewNews(
        **reader_context(settings, language, reader.name if reader else settings.coordinator_name),
        plan_title=plan.title,
        plan_language=plan.language,
        to=to,
        network=NetworkWords(
            reference=case.process.reference, name=network.name, year=review.year, candidate=review.candidate
        ),
        decision=review.decision,
        recommended=(review.recommendation or {}).get("result"),
        reason=review.decision_reason or "",
        by_name=by.name if by else "",
        next_review_on=network.next_review_on,
        check_on=review.check_on,
        notice_on=review.notice_on,
        exit_on=review.exit_on,
        short=short,
        unsent=unsent,
        letter=(review.letter or "") if to == "office" else "",
        command=command if to == "office" else "",
    )
    return write(
        settings,
        key=f"review_news:{case.process.reference}:{'unsent' if unsent else to}",
        name="review_news",
        context=context,
        thread=case.process.reference if reader is None else f"{case.process.reference}:{reader.code}",
        recipient=reader,
        process_id=case.process.id,
        now=case.now,
    )
