"""What is said of a call after its proposal was sent: checked, and kept in its rows, when it is answered.

What follows from it is done by the acts of the call's story, which is woken by the answer.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from models.contracts.answering import Reading
from models.contracts.refusal import DecisionRefused, said
from models.policies.call_project import AGREEMENT
from models.policies.questions import months_of
from models.tables.call_follow_up import CallFollowUp
from models.tables.calls import Call
from models.tables.task import Task
from operations.call_account import renew_record
from store.call_follow_up import stage_of
from store.database import WriteSession
from store.task import reading_of, task_items

WAITING = frozenset({"submitted", "reserve"})
"""States in which a result is waited for."""


def asks(call: Call, pursuit: CallFollowUp) -> str:
    """The question about the result of what was sent: of the first of two stages, or of the whole proposal."""
    return "stage_result" if stage_of(pursuit, call) == 1 else "result"


async def keep_call_answer(session: WriteSession, task: Task, readings: Mapping[UUID, Reading], now: datetime) -> None:
    """Keep what is said of a result or an agreement; other kinds have nothing to be kept before they stand.

    The set of the task is locked.

    Raises:
        DecisionRefused: the result was acted upon, the agreement amended, or the call is over.

    """
    standing: dict[str, Reading] = {}
    given: dict[str, Reading] = {}
    for line in (await task_items(session, [task.id]))[task.id]:
        if line.answer is not None:
            standing[line.code] = reading_of(line.answer)
        if line.item.id in readings:
            given[line.code] = readings[line.item.id]
    pursuit = await session.get_one(CallFollowUp, task.process_id, with_for_update=True)
    if task.kind == "call_result":
        await _keep_result(session, pursuit, standing, given, now)
    elif task.kind == "grant_agreement":
        _keep_agreement(pursuit, standing, given)


async def _keep_result(
    session: WriteSession,
    pursuit: CallFollowUp,
    standing: Mapping[str, Reading],
    given: Mapping[str, Reading],
    now: datetime,
) -> None:
    call = await session.get_one(Call, pursuit.call_id)
    asked = asks(call, pursuit)
    for key in ("stage_result", "result"):
        # Said once more, also after it was sent back, it changes nothing.
        if key not in given or given[key].words in {pursuit.result, standing[key].words if key in standing else None}:
            continue
        if pursuit.state not in WAITING or key != asked:
            raise DecisionRefused("decided_before", said("The result of this call was said already, and acted upon."))
        # Whoever is on the reserve list stays on it while nothing is known.
        on_reserve = pursuit.state == "reserve" and given[key].words == "nothing_yet"
        pursuit.result = "reserve" if on_reserve else given[key].words
        pursuit.result_at = now
    if "points" in given:
        pursuit.points = given["points"].words or ""


def _keep_agreement(pursuit: CallFollowUp, standing: Mapping[str, Reading], given: Mapping[str, Reading]) -> None:
    """Put an agreement of which enough is known into the rows; its project begins with that."""
    changed = [key for key, reading in given.items() if key not in standing or standing[key].words != reading.words]
    if pursuit.state != "awarded":
        raise DecisionRefused("over", said("The project of this agreement is over, or was given up."))
    if pursuit.amendment_reason and {"starts_on", "ends_on", "periods"} & set(changed):
        raise DecisionRefused(
            "decided_before", said("The agreement was amended: `focal calls amend` changes its days.")
        )
    known = {**standing, **given}
    if not all(key in known for key in AGREEMENT):
        return
    signed_on, starts_on, ends_on = (
        date.fromisoformat(str(known[key].words)) for key in ("signed_on", "starts_on", "ends_on")
    )
    pursuit.signed_on = signed_on
    if not pursuit.amendment_reason:
        pursuit.starts_on, pursuit.ends_on = starts_on, ends_on
        pursuit.periods = list(months_of(str(known["periods"].words)))
    pursuit.money_won = known["money_won"].number
    if "grant_number" in known:
        pursuit.grant_number = known["grant_number"].words or ""


async def follow_answer(session: WriteSession, task: Task, now: datetime) -> None:
    """Bring the record of a call up to date with an answer that stands now, of whatever came after it was sent."""
    if task.kind in {"call_result", "call_lessons", "grant_agreement", "sustainability_check"}:
        await renew_record(session, task.process_id, now=now)
