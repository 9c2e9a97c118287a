"""A review of a city network until it is decided: evidence, a second opinion, a recommendation, a decision.

Each act is one transaction, takes the set of the review first, and does nothing where it has nothing to do.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from mail.network_words import evidence_changed
from models.contracts.answering import Known
from models.contracts.mail import TaskKind
from models.contracts.orders import FollowUpOrder, Standing
from models.contracts.refusal import Refused, said
from models.policies.asking import Asked, AskedQuestion, answers_for, decider
from models.policies.calendar import Calendar
from models.policies.membership_review import recommend, standing
from models.policies.people_checks import People
from models.policies.questions import QUESTIONS, SCORE
from models.policies.review_people import second_voice
from models.tables.membership_review import Network, Review
from models.tables.process import Process, TaskSet
from models.tables.task import Item, Task
from operations.audit import record
from operations.notices import Desk
from operations.processes import ask, take_back
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.indicator_collection import sets_of
from store.membership_review import (
    EVIDENCE_KINDS,
    authors_of,
    evidence_version,
    last_figures,
    pinned,
    review_facts,
    scores_of,
)
from store.people import load_people
from store.task import OPEN_STATES, lock_set, tasks_of

CANDIDATE_ASKS = frozenset({"fee", SCORE})
"""What can be said of a network in which the city is not: what it would cost, and how it meets the criteria."""


@dataclass(frozen=True, slots=True)
class Case:
    """A review taken for one act: its set is locked until the transaction ends."""

    task_set: TaskSet
    process: Process
    review: Review
    network: Network
    calendar: Calendar
    people: People
    tasks: tuple[Task, ...]
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return self.calendar.day(self.now)

    def of(self, kind: TaskKind) -> tuple[Task, ...]:
        """The tasks of a kind."""
        return tuple(task for task in self.tasks if task.kind == kind)

    def who(self, unit_code: str) -> str:
        """Who is asked for a unit today.

        Raises:
            Refused: nobody; the act is tried again, until somebody is appointed.

        """
        found = answers_for(self.people, unit_code, self.today)
        if found is None:
            raise Refused(said("%(unit)s has neither a focal point nor a head: nobody can be asked.", unit=unit_code))
        return found


async def take_case(session: WriteSession, process_id: UUID, now: datetime) -> Case | None:
    """Take an open review for an act; None once it is closed."""
    (task_set,) = await sets_of(session, process_id)
    task_set = await lock_set(session, task_set.id)
    process = await session.get_one(Process, process_id)
    if process.state == "closed":
        return None
    review = await session.get_one(Review, process_id)
    return Case(
        task_set=task_set,
        process=process,
        review=review,
        network=await session.get_one(Network, review.network_code, with_for_update=True),
        calendar=await load_calendar(session, process.calendar_code),
        people=await load_people(session),
        tasks=tuple(await tasks_of(session, process_id)),
        now=now,
    )


async def begin(session: WriteSession, process_id: UUID, *, now: datetime) -> FollowUpOrder:
    """Make the set of a review or a census, which its follow-up watches; a second time gives the same."""
    process = await session.get_one(Process, process_id, with_for_update=True)
    sets = await sets_of(session, process_id)
    task_set = sets[0] if sets else None
    if task_set is None:
        task_set = TaskSet(id=uuid4(), process_id=process_id, number=1, workflow_id=f"{process.reference}/follow-up/1")
        session.add(task_set)
        record(session, "review.begun", by="focal", now=now, process_id=process_id)
        await session.flush()
    return FollowUpOrder(set_id=task_set.id, workflow_id=task_set.workflow_id)


async def look(session: ReadSession, process_id: UUID, *, now: datetime) -> Standing:
    """How far a review is."""
    process = await session.get_one(Process, process_id)
    calendar = await load_calendar(session, process.calendar_code)
    return standing(await review_facts(session, process_id), calendar, now)


async def ask_for_evidence(session: WriteSession, process_id: UUID, *, now: datetime) -> None:
    """Ask the unit that answers for the network what it brought, with what is known already."""
    case = await take_case(session, process_id, now)
    if case is None or case.of("membership_evidence"):
        return
    review = case.review
    questions = _with_scores("membership_evidence", review, CANDIDATE_ASKS if review.candidate else None)
    task = Asked("membership_evidence", review.unit_code, case.who(review.unit_code), questions=questions)
    await ask(session, case.task_set, case.process, [task], now)
    await _fill_in(session, case)


def _with_scores(kind: TaskKind, review: Review, only: frozenset[str] | None = None) -> tuple[AskedQuestion, ...]:
    """The questions of a kind, the score once for each criterion."""
    asked: list[AskedQuestion] = []
    for question in QUESTIONS[kind]:
        if only is not None and question.key not in only:
            continue
        if question.key == SCORE:
            asked += [AskedQuestion(SCORE, detail=criterion.detail()) for criterion in pinned(review)]
        else:
            asked.append(AskedQuestion(question.key, question.required))
    return tuple(asked)


async def _fill_in(session: WriteSession, case: Case) -> None:
    """Put what is known beside what is asked: the fee of the register, and the counts of the last review."""
    known: dict[str, Known] = {}
    last = await last_figures(session, case.network.code, case.review.year)
    if last is not None:
        reference, lines = last
        for key, line in lines.items():
            if line.answer is not None and line.answer.number is not None:
                known[key] = Known(number=line.answer.number, references=(reference,))
    if case.network.fee is not None:
        known["fee"] = Known(number=case.network.fee.to_integral_value(), references=())
    items = await session.scalars(
        select(Item)
        .join(Task, Task.id == Item.task_id)
        .where(Task.process_id == case.process.id, Task.kind == "membership_evidence", Item.question.in_(known))
    )
    for item in items:
        item.known = known[str(item.question)].model_dump(mode="json")


async def ask_for_opinion(session: WriteSession, process_id: UUID, *, now: datetime) -> None:
    """Ask somebody of the office, who did not write the evidence, for a second opinion.

    Raises:
        Refused: there is nobody; the act is tried again, until somebody is appointed.

    """
    case = await take_case(session, process_id, now)
    if case is None or case.review.decision is not None or case.of("membership_opinion"):
        return
    review = case.review
    authors = await authors_of(session, process_id) | {task.assignee_code for task in case.of("membership_evidence")}
    person = second_voice(case.people, review.office_unit, authors, case.today)
    if person is None:
        raise Refused(
            said("%(unit)s has nobody for a second opinion: appoint another focal point.", unit=review.office_unit)
        )
    questions = _with_scores("membership_opinion", review)
    task = Asked("membership_opinion", review.office_unit, person, questions=questions)
    await ask(session, case.task_set, case.process, [task], now)


async def keep_recommendation(session: WriteSession, process_id: UUID, *, now: datetime) -> None:
    """Compute what the scores come to, and keep it with the version it was computed from."""
    case = await take_case(session, process_id, now)
    if case is None or case.review.decision is not None:
        return
    review, version = case.review, await evidence_version(session, process_id)
    if review.recommended_version == version:
        return
    scores = await scores_of(session, process_id)
    found = recommend(pinned(review), scores["evidence"], scores["opinion"], candidate=review.candidate)
    review.recommendation, review.recommended_version = found.model_dump(mode="json"), version
    record(
        session,
        "review.recommended",
        by="focal",
        now=now,
        process_id=process_id,
        version=version,
        result=found.result,
        total=None if found.total is None else str(found.total),
    )


async def ask_for_decision(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask for a decision about what is known now; one that was asked for about less is withdrawn.

    Raises:
        Refused: nobody is there who may decide; the act is tried again, until somebody is.

    """
    case = await take_case(session, process_id, now)
    if case is None or case.review.decision is not None:
        return
    review, version = case.review, await evidence_version(session, process_id)
    occasion = str(version)
    if review.recommended_version != version or any(
        task.occasion == occasion for task in case.of("membership_decision")
    ):
        return
    waits = [task for task in case.of("membership_decision") if task.state in OPEN_STATES]
    desk = Desk(session, settings, now)
    await take_back(desk, waits, "what it was about has changed", case.today, evidence_changed)
    asked = {task.assignee_code for kind in EVIDENCE_KINDS for task in case.tasks if task.kind == kind}
    authors = await authors_of(session, process_id)
    chosen = (case.people, review.office_unit, review.decider_code)
    person = decider(*chosen, authors | asked) or decider(*chosen, authors)
    if person is None:
        raise Refused(
            said(
                "Nobody above %(unit)s may decide about %(process)s.",
                unit=review.office_unit,
                process=case.process.reference,
            )
        )
    question = AskedQuestion("joining" if review.candidate else "membership")
    unit = review.office_unit
    task = Asked("membership_decision", unit, person, questions=(question,), occasion=occasion)
    await ask(session, case.task_set, case.process, [task], now)
