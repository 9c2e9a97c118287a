"""The result of a proposal: asked for on the programme's clock until it is known, told, learned from.

Each act is one transaction, takes the set of the follow-up first, and does nothing where it has nothing to do.
"""

from datetime import date, datetime
from uuid import UUID

from mail.call_reasons import result_known
from mail.question_words import option_label
from models.contracts.refusal import Refused, said
from models.policies.asking import Asked, AskedQuestion, all_questions
from models.policies.call_follow_up import WITHOUT_GRANT, morning_of
from models.policies.call_project import GIVEN_UP, REFUSED, UNKNOWN, asked_again_on
from models.tables.task import Task
from operations.audit import record
from operations.call_answers import WAITING, asks
from operations.call_follow_up import tasks_open
from operations.call_letters import CallDesk, taking_part
from operations.notices import Desk
from operations.processes import ask, take_back
from settings import Settings
from store.call_follow_up import CallCase, aimed_at, find_follow_up, take_case
from store.call_project import rule_of
from store.database import ReadSession, WriteSession
from store.task import OPEN_STATES, answered_by, poke_if_needed, task_items

SECOND_STAGE = 2


def asked_for(case: CallCase, *unit_codes: str) -> tuple[str, str]:
    """Who is asked for the first of some units in which there is somebody: unit and person.

    Raises:
        Refused: there is nobody in any; the act is tried again, until somebody is appointed.

    """
    for unit_code in unit_codes:
        person = case.who(unit_code)
        if person is not None:
            return unit_code, person
    first, *others = unit_codes
    together = first
    for other in others:
        together = said("%(units)s and %(unit)s", units=together, unit=other)
    raise Refused(said("%(units)s have neither a focal point nor a head: nobody can be asked.", units=together))


async def ask_for_result(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Do what the last answer says; while the result is not known, ask for it when its day has come.

    A question that nobody answered counts as “nothing yet”. Long after the day on which it was to be known, the result
    is given up, and the proposal counts as rejected.
    """
    case = await take_case(session, process_id, now)
    if case is None or case.pursuit.state not in WAITING or await _can_be_corrected(session, case):
        return
    await _act_upon(session, CallDesk(session, settings, case))
    if case.pursuit.state in WAITING:
        await _ask_or_give_up(session, CallDesk(session, settings, case))


async def _can_be_corrected(session: WriteSession, case: CallCase) -> bool:
    """Whether the answer that there is no grant is of today: a slip of the hand would end the call."""
    pursuit = case.pursuit
    if pursuit.result not in REFUSED or pursuit.result_at is None:
        return False
    pursuit.ask_again_on = case.calendar.shift(case.calendar.day(pursuit.result_at), 1)
    await session.flush()
    return case.now < morning_of(pursuit.ask_again_on, case.calendar)


async def _act_upon(session: WriteSession, desk: CallDesk) -> None:
    case = desk.case
    pursuit = case.pursuit
    match pursuit.result:
        case "awarded":
            pursuit.state = "awarded"
        case result if result in REFUSED:
            pursuit.state = "rejected"
        case "reserve" if pursuit.state == "submitted":
            pursuit.state = "reserve"
            await desk.tell(taking_part(case), "reserve")
            await desk.office("result", "reserve", by_name=await _by(session, case), note=_said(desk))
        case "invited" if asks(case.call, pursuit) == "stage_result":
            await _begin_second_stage(desk)
        case _:
            return
    record(
        session,
        "call.result",
        by="focal",
        now=case.now,
        process_id=case.process.id,
        state=pursuit.state,
        result=pursuit.result,
    )
    await session.flush()


async def _begin_second_stage(desk: CallDesk) -> None:
    """The whole proposal is prepared, for the second deadline; whoever takes part is told."""
    case, pursuit = desk.case, desk.case.pursuit
    pursuit.state, pursuit.deadline_number = "preparing", SECOND_STAGE
    pursuit.first_submitted_at, pursuit.submitted_at = pursuit.submitted_at, None
    # What was planned for is kept: so it is seen that this is another deadline, not one that has moved.
    pursuit.ask_again_on = None
    await desk.session.flush()
    await desk.tell(taking_part(case), "stage")
    await desk.office("stage")
    await _withdraw_questions(desk)


def _said(desk: CallDesk) -> str:
    return option_label(desk.case.pursuit.result or "", desk.settings.coordinator_language)


async def _by(session: ReadSession, case: CallCase) -> str:
    """The name of whoever has said it."""
    asked = sorted(case.of("call_result"), key=lambda task: int(task.occasion), reverse=True)
    names = [name for task in asked if (name := await answered_by(session, task.id))]
    return names[0] if names else ""


async def _ask_or_give_up(session: WriteSession, desk: CallDesk) -> None:
    case, pursuit = desk.case, desk.case.pursuit
    last, first_on = await _last_question(session, case), await _first_day(session, case)
    if last is not None and last.state in OPEN_STATES:
        return
    day = first_on
    if last is not None:
        reserve = await rule_of(session, case.call.programme_code, "reserve") if pursuit.state == "reserve" else None
        day = asked_again_on(_settled_on(case, last), first_on, reserve.clock if reserve else None)
        if last.state == "expired":
            name = case.people.persons[last.assignee_code].name
            await desk.office("unanswered", last.occasion, by_name=name)
    pursuit.ask_again_on = day
    if case.now < morning_of(day, case.calendar):
        return
    if last is not None and case.today >= first_on + GIVEN_UP:
        pursuit.state, pursuit.closed_reason = "rejected", UNKNOWN
        record(session, "call.given_up", by="focal", now=case.now, process_id=case.process.id, reason=UNKNOWN)
    else:
        await _ask(session, case)
    await session.flush()


async def _ask(session: WriteSession, case: CallCase) -> None:
    unit_code, person = asked_for(case, case.lead, case.pursuit.office_unit)
    questions = (AskedQuestion(asks(case.call, case.pursuit)), AskedQuestion("points", required=False))
    occasion = str(len(case.of("call_result")) + 1)
    task = Asked("call_result", unit_code, person, questions=questions, occasion=occasion)
    await ask(session, case.task_set, case.process, [task], case.now)


async def ask_result_now(session: WriteSession, written: str, *, by: str, now: datetime) -> None:
    """Ask for a result before its day has come: somebody has heard that it is out.

    Raises:
        Refused: no such call is followed, it waits for no result, or the result was asked for or said already.

    """
    process, _, call = await find_follow_up(session, written)
    case = await take_case(session, process.id, now)
    if case is None or case.pursuit.state not in WAITING:
        raise Refused(said("%(call)s waits for no result: see `focal calls status`.", call=call.identifier))
    if tasks_open(case, "call_result"):
        raise Refused(said("The result of %(call)s is asked for already.", call=call.identifier))
    last = await _last_question(session, case)
    if last is not None and last.state == "answered" and case.pursuit.result not in {"nothing_yet", "reserve"}:
        raise Refused(
            said("The result of %(call)s was said already: whoever said it can still correct it.", call=call.identifier)
        )
    await _ask(session, case)
    record(session, "call.result_asked", by=by, now=now, process_id=process.id)
    await poke_if_needed(session, case.task_set, now)


async def _last_question(session: ReadSession, case: CallCase) -> Task | None:
    """The last question about the result of the stage that was sent; None before the first."""
    tasks = {task.id: task for task in case.of("call_result")}
    asked = asks(case.call, case.pursuit)
    of_stage = [
        tasks[task_id]
        for task_id, lines in (await task_items(session, list(tasks))).items()
        if any(line.item.question == asked for line in lines)
    ]
    return max(of_stage, key=lambda task: int(task.occasion), default=None)


async def _first_day(session: ReadSession, case: CallCase) -> date:
    """The day on which a result is to be known, by the programme's clock."""
    event = "stage_result" if asks(case.call, case.pursuit) == "stage_result" else "result"
    rule = await rule_of(session, case.call.programme_code, event)
    return rule.clock.after(deadline_day(case))


def deadline_day(case: CallCase) -> date:
    """The day of the deadline that was met; where the call has it no more, the day on which the proposal was sent."""
    row = aimed_at(case.pursuit, case.deadlines)
    return row.day if row is not None else case.calendar.day(case.pursuit.submitted_at or case.now)


def _settled_on(case: CallCase, question: Task) -> date:
    """When a question was answered, also once more, or its time was over."""
    if question.state == "answered":
        said = [at for at in (question.answered_at, case.pursuit.result_at) if at is not None]
        return case.calendar.day(max(said))
    return case.calendar.day(question.closed_at or question.closes_at)


async def tell_of_result(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Tell whoever takes part, and the office, how it ended; what was missed has been told already."""
    case = await take_case(session, process_id, now)
    if case is None or case.of("grant_agreement") or case.of("call_lessons"):
        return
    desk, pursuit = CallDesk(session, settings, case), case.pursuit
    await _withdraw_questions(desk)
    if pursuit.state == "awarded":
        await desk.tell(taking_part(case, also=("watch",)), "awarded")
        await desk.office("awarded")
    elif pursuit.state == "rejected" and pursuit.closed_reason == UNKNOWN:
        await desk.office("no_result")
    elif pursuit.state == "rejected":
        await desk.tell(taking_part(case, also=("watch",)), "rejected")
        await desk.office("result", "rejected", by_name=await _by(session, case), note=_said(desk))


async def _withdraw_questions(desk: CallDesk) -> None:
    """Ask no more for a result that is known: an earlier question was answered again. Whoever was asked is told."""
    case, session = desk.case, desk.session
    left = tasks_open(case, "call_result")
    await take_back(Desk(session, desk.settings, case.now), left, "the result is known", case.today, result_known)
    if left:
        await poke_if_needed(session, case.task_set, case.now)


async def draw_lessons(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:  # noqa: ARG001
    """Ask whoever prepared a proposal that got no grant what is learned from it."""
    case = await take_case(session, process_id, now)
    if case is None or case.pursuit.state not in WITHOUT_GRANT or case.of("call_lessons"):
        return
    unit_code, person = asked_for(case, case.lead, case.pursuit.office_unit)
    lessons = Asked("call_lessons", unit_code, person, questions=all_questions("call_lessons"))
    await ask(session, case.task_set, case.process, [lessons], case.now)
