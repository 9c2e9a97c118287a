"""Decisions: who may not take one, and about what. Checked, and kept, in the transaction that takes the answer."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from models.contracts.answering import Reading
from models.contracts.refusal import DecisionRefused, said
from models.tables.delegation_reception import Host, Visit
from models.tables.membership_review import Network, Review
from models.tables.task import Submission, Task
from operations.audit import record
from operations.call_answers import keep_call_answer
from operations.call_decisions import decide_call, keep_interest, keep_upload
from store.database import WriteSession
from store.delegation_reception import load_visit
from store.membership_review import authors_of, evidence_version
from store.task import task_items


async def take_decision(
    session: WriteSession, task: Task, submission: Submission, readings: Mapping[UUID, Reading], now: datetime
) -> None:
    """Do at once what the answer to some kinds of tasks does; other kinds have nothing to be done here.

    The set of the task is locked, and so is everything else of its process.

    Raises:
        DecisionRefused: it is not this person's to decide, not about what is known now, or decided already.

    """
    match task.kind:
        case _ if not readings:
            pass
        case "membership_decision":
            await _decide_membership(session, task, submission, _only(readings.values()), now)
        case "hosting_request":
            await _check_host(session, task, now)
        case "agenda_approval":
            await _check_approval(session, task, submission)
        case "call_interest":
            await keep_interest(session, task, submission, readings, now)
        case "go_decision":
            await decide_call(session, task, submission, readings, now)
        case "proposal_upload":
            await keep_upload(session, task, submission, readings, now)
        case "call_result" | "grant_agreement":
            await keep_call_answer(session, task, readings, now)
        case "assignment":
            await _note_step(session, task, _only(readings.values()), now)
        case _:
            pass


def _only(readings: Iterable[Reading]) -> Reading:
    """The reading of a task that asks one thing."""
    (reading,) = readings
    return reading


async def _decide_membership(
    session: WriteSession, task: Task, submission: Submission, reading: Reading, now: datetime
) -> None:
    review = await session.get_one(Review, task.process_id, with_for_update=True)
    if review.decision is not None:
        raise DecisionRefused(
            "decided_before", said("It was decided already; a decision stands until the next review.")
        )
    who = {submission.person_code, submission.entered_by}
    if who & await authors_of(session, task.process_id):
        raise DecisionRefused("own_work", said("Whoever wrote evidence or opinion cannot decide about it."))
    version = await evidence_version(session, task.process_id)
    if int(task.occasion) != version:
        told = said("What is known of the network has changed since this was asked: it is asked again.")
        raise DecisionRefused("changed_since", told)
    recommended = (review.recommendation or {}).get("result") if review.recommended_version == version else None
    review.decision, review.decision_reason = reading.words, reading.reason
    review.decided_by, review.decided_at, review.decided_version = submission.person_code, now, version
    review.overridden = recommended is not None and recommended != reading.words
    record(
        session,
        "review.decided",
        by=submission.entered_by or submission.person_code,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        decision=reading.words,
        recommended=recommended,
        overridden=review.overridden,
        version=version,
    )


async def _check_host(session: WriteSession, task: Task, now: datetime) -> None:
    """Whether a unit can receive a delegation is taken for the days it was asked about last, until they are over."""
    host = await session.get_one(Host, (task.process_id, task.unit_code))
    case = await load_visit(session, task.process_id)
    if host.state == "removed" or case.visit.state != "coming" or now >= case.over_at():
        raise DecisionRefused("over", said("The visit is over, or does not need this unit any more."))
    if task.occasion != str(host.asked_version):
        raise DecisionRefused("changed_since", said("The visit has changed since this was asked: it is asked again."))


async def _check_approval(session: WriteSession, task: Task, submission: Submission) -> None:
    visit = await session.get_one(Visit, task.process_id, with_for_update=True)
    if visit.composed_by in {submission.person_code, submission.entered_by}:
        raise DecisionRefused("own_work", said("Whoever composed an agenda cannot approve it."))
    if visit.composed_by is None or task.occasion != str(visit.agenda_version):
        told = said("The visit or its agenda has changed since this was asked: it is asked again.")
        raise DecisionRefused("changed_since", told)


async def _note_step(session: WriteSession, task: Task, reading: Reading, now: datetime) -> None:
    """A fee is stopped when whoever had to stop it says so."""
    review = await session.get(Review, task.process_id)
    (line,) = (await task_items(session, [task.id]))[task.id]
    if review is None or (line.item.detail or {}).get("key") != "stop_fee":
        return
    network = await session.get_one(Network, review.network_code, with_for_update=True)
    network.fee_stopped_at = now if reading.words == "done" else None
