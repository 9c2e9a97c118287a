"""The project of a call that was funded: its agreement, its reports, its amendments, its end, and what lasts.

Each act is one transaction, takes the set of the follow-up first, and does nothing where it has nothing to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from mail.call_reasons import report_not_needed
from models.contracts.orders import Outcome
from models.contracts.refusal import Refused, said
from models.policies.asking import Asked, AskedQuestion, all_questions
from models.policies.calendar import ONE_DAY
from models.policies.call_follow_up import WITHOUT_GRANT, YEARS_AFTER, morning_of, years_after
from models.policies.call_project import (
    LONGEST_PROJECT,
    PREPARATIONS,
    REPORT,
    WITH_OTHERS,
    Period,
    fits,
    is_covered,
    occasion_of,
    periods_of,
    report_of,
)
from models.tables.call_follow_up import CallFollowUp
from models.tables.task import Item, Task
from operations.audit import record
from operations.call_account import renew_record, write_record
from operations.call_follow_up import tasks_open
from operations.call_letters import CallDesk, taking_part
from operations.call_result import asked_for, deadline_day
from operations.notices import Desk
from operations.processes import ask, close_process, reschedule, take_back
from operations.tasks import take, words
from settings import Settings
from store.call_follow_up import CallCase, find_follow_up, reports_of, take_case
from store.call_project import rule_of
from store.database import ReadSession, WriteSession
from store.indicator_collection import sets_of
from store.task import next_turn, poke_if_needed, task_items

LEAST = 20
"""Working days that there are at least for an agreement, should the programme's clock leave less."""
LEAST_STEP = 5
"""The same for a step to it, and for a report."""


async def prepare_agreement(
    session: WriteSession,
    settings: Settings,  # noqa: ARG001 - every act is given them
    process_id: UUID,
    *,
    now: datetime,
) -> None:
    """Ask for what an agreement needs, and for its days; once more if nobody told them in time."""
    case = await take_case(session, process_id, now)
    if case is None or case.pursuit.state != "awarded" or _signed(case.pursuit):
        return
    signature = await _signature_day(session, case)
    tasks = _preparations(case, signature)
    agreements = sorted(case.of("grant_agreement"), key=lambda task: int(task.occasion))
    if not agreements or agreements[-1].state == "expired":
        unit_code, person = asked_for(case, case.lead, case.pursuit.office_unit)
        asked = Asked(
            "grant_agreement",
            unit_code,
            person,
            questions=all_questions("grant_agreement"),
            occasion=str(len(agreements) + 1),
            due_on=None if agreements else signature,
        )
        tasks.append(asked)
    await ask(session, case.task_set, case.process, tasks, case.now)


def _signed(pursuit: CallFollowUp) -> bool:
    """Whether the days of the project are known."""
    return pursuit.ends_on is not None


async def _signature_day(session: ReadSession, case: CallCase) -> date:
    """By when an agreement is to be signed, by the programme's clock."""
    rule = await rule_of(session, case.call.programme_code, "signature")
    result_on = case.calendar.day(case.pursuit.result_at or case.now)
    day = rule.clock.after(result_on if rule.counted_from == "result" else deadline_day(case))
    return max(day, case.calendar.shift(case.today, LEAST))


def _preparations(case: CallCase, signature: date) -> list[Asked]:
    """The steps to an agreement that nobody was asked for yet."""
    there = {task.occasion for task in case.of("assignment")}
    alone = case.pursuit.role != "partner" and not any(row.state == "partner" for row in case.interests)
    earliest = case.calendar.shift(case.today, LEAST_STEP)
    tasks = []
    for each in PREPARATIONS:
        occasion = f"grant:{each.key}"
        if occasion in there or (each.key == WITH_OTHERS and alone):
            continue
        units = (case.lead, case.pursuit.office_unit) if each.owner == "lead" else (case.pursuit.office_unit, case.lead)
        due_on = max(case.calendar.shift(signature, -each.before), earliest)
        tasks.append(_assignment(case, units, {"key": each.key}, occasion, due_on))
    return tasks


def _assignment(
    case: CallCase, units: Sequence[str], detail: dict[str, str | int], occasion: str, due_on: date
) -> Asked:
    unit_code, person = asked_for(case, *units)
    questions = (AskedQuestion("done", detail=detail),)
    return Asked("assignment", unit_code, person, questions=questions, occasion=occasion, due_on=due_on)


async def tell_of_agreement(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Tell the office that an agreement is signed."""
    case = await take_case(session, process_id, now)
    if case is not None and case.pursuit.state == "awarded" and _signed(case.pursuit):
        await CallDesk(session, settings, case).office("signed")


async def ask_for_reports(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask for the report of every period that is over; those still open move with a project that was amended."""
    case = await take_case(session, process_id, now)
    if case is not None and case.pursuit.state == "awarded" and _signed(case.pursuit):
        await _see_to_reports(session, settings, case)


async def _see_to_reports(session: WriteSession, settings: Settings, case: CallCase) -> None:
    pursuit = case.pursuit
    if pursuit.starts_on is None or pursuit.ends_on is None:
        return
    clock = (await rule_of(session, case.call.programme_code, "report")).clock
    earliest = case.calendar.shift(case.today, LEAST_STEP)
    periods = {period.last_day: period for period in periods_of(pursuit.starts_on, pursuit.ends_on, pursuit.periods)}
    left = []
    for task, item, last_day in await _open_reports(session, case):
        # It is the report of the period that ends on its day; without such a period it moves with its number.
        if last_day in periods:
            item.detail = _detail(periods[last_day])
        else:
            left.append((task, item))
    for period in periods.values():
        if is_covered(period.last_day, reports_of(case.tasks)):
            continue
        due_on = max(clock.after(period.last_day), earliest)
        if found := next((each for each in left if (each[1].detail or {})["number"] == period.number), None):
            left.remove(found)
            await _move(session, settings, case, *found, period, due_on)
        elif case.now >= morning_of(period.last_day + ONE_DAY, case.calendar):
            units, occasion = (case.lead, pursuit.office_unit), _occasion(case, period)
            report = _assignment(case, units, _detail(period), occasion, due_on)
            await ask(session, case.task_set, case.process, [report], case.now)
    await _drop(session, settings, case, [task for task, _ in left])


async def _open_reports(session: ReadSession, case: CallCase) -> list[tuple[Task, Item, date]]:
    """The reports that are asked for, each with its item and the last day of its period."""
    tasks = {task.id: task for task in tasks_open(case, "assignment")}
    last_days = {
        task.id: report.last_day for task in tasks.values() if (report := report_of(task.occasion, task.state))
    }
    items = await task_items(session, list(last_days))
    return [(tasks[task_id], line.item, last_days[task_id]) for task_id, (line, *_) in items.items()]


def _occasion(case: CallCase, period: Period) -> str:
    return occasion_of(period.last_day, [task.occasion for task in case.of("assignment")])


def _detail(period: Period) -> dict[str, str | int]:
    return {"key": REPORT, "number": period.number, "period_end": period.last_day.isoformat()}


async def _move(
    session: WriteSession, settings: Settings, case: CallCase, task: Task, item: Item, period: Period, due_on: date
) -> None:
    """Move an open report with its period, and tell whoever has it."""
    item.detail, task.occasion = _detail(period), _occasion(case, period)
    taken = await take(session, task.id)
    await reschedule(session, settings, taken, due_on, case.now, reason=case.pursuit.amendment_reason)


async def _drop(session: WriteSession, settings: Settings, case: CallCase, tasks: Sequence[Task]) -> None:
    """Ask no more for reports of periods that there are not any more; whoever was asked is told."""
    desk = Desk(session, settings, case.now)
    await take_back(desk, tasks, "the agreement was amended", case.today, report_not_needed)


@dataclass(frozen=True, slots=True)
class Amendment:
    """How the project of an agreement changes: its last day, and its reporting periods (None: as they were)."""

    ends_on: date
    periods: tuple[int, ...] | None
    reason: str


async def amend(
    session: WriteSession, settings: Settings, written: str, amendment: Amendment, *, by: str, now: datetime
) -> CallFollowUp:
    """Amend the agreement of a call (`written`: its identifier or reference); its open reports move with it.

    Raises:
        Refused: there is no signed agreement, its project is over, or the days or periods cannot be; nothing changed.

    """
    process, _, call = await find_follow_up(session, written)
    case = await take_case(session, process.id, now)
    reason = words(said("a reason (--reason)"), amendment.reason)
    if case is None or case.pursuit.state != "awarded" or not _signed(case.pursuit):
        raise Refused(
            said("%(call)s has no project that could be amended: see `focal calls status`.", call=call.identifier)
        )
    pursuit, ends_on = case.pursuit, amendment.ends_on
    periods = list(pursuit.periods if amendment.periods is None else amendment.periods)
    if problems := _problems(case, ends_on, periods):
        raise Refused(*problems)
    record(
        session,
        "call.amended",
        by=by,
        now=now,
        process_id=process.id,
        reason=reason,
        before={"ends_on": str(pursuit.ends_on), "periods": pursuit.periods},
        after={"ends_on": str(ends_on), "periods": periods},
    )
    pursuit.ends_on, pursuit.periods, pursuit.amendment_reason = ends_on, periods, reason
    await session.flush()
    await _see_to_reports(session, settings, case)
    await renew_record(session, process.id, now=now)
    desk, about = CallDesk(session, settings, case), f"{now:%Y%m%dT%H%M%S%f}"
    units = {unit: part for unit, part in taking_part(case).items() if part == "lead"}
    await desk.tell(units, "amended", about, reason=reason)
    await desk.office("amended", about, note=reason)
    await poke_if_needed(session, case.task_set, now)
    return pursuit


def _problems(case: CallCase, ends_on: date, periods: list[int]) -> list[str]:
    """What stands against an amendment."""
    pursuit, identifier = case.pursuit, case.call.identifier
    if pursuit.starts_on is None or pursuit.ends_on is None:
        return []
    if case.today > pursuit.ends_on:
        return [
            said(
                "The project of %(identifier)s was over on %(ends_on)s: it cannot be amended any more.",
                identifier=identifier,
                ends_on=pursuit.ends_on,
            )
        ]
    if (ends_on, periods) == (pursuit.ends_on, pursuit.periods):
        return [
            said(
                "The project of %(identifier)s ends on %(ends_on)s already, with these periods.",
                identifier=identifier,
                ends_on=ends_on,
            )
        ]
    if ends_on < pursuit.starts_on:
        return [
            said(
                "%(ends_on)s is before the project starts, on %(starts_on)s.",
                ends_on=ends_on,
                starts_on=pursuit.starts_on,
            )
        ]
    if ends_on < case.today:
        return [said("%(ends_on)s is over: give a day from today on.", ends_on=ends_on)]
    if ends_on > pursuit.starts_on + LONGEST_PROJECT:
        return [said("%(ends_on)s is more than ten years after the project starts.", ends_on=ends_on)]
    if not fits(pursuit.starts_on, ends_on, periods):
        lengths = ", ".join(map(str, periods))
        return [
            said(
                "Periods of %(lengths)s months are longer than the project, which ends on %(ends_on)s.",
                lengths=lengths,
                ends_on=ends_on,
            )
        ]
    return []


async def keep_interim_record(
    session: WriteSession,
    settings: Settings,  # noqa: ARG001 - every act is given them
    process_id: UUID,
    *,
    now: datetime,
) -> None:
    """Write a first record of a call that was funded: its project is in the bank years before its end.

    Of one that was not, the closing record follows at once.
    """
    case = await take_case(session, process_id, now)
    if case is not None and case.pursuit.state == "awarded":
        await write_record(session, process_id, now=now)


async def keep_record(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Write the closing record of a call; a project whose last day is over has ended with it."""
    case = await take_case(session, process_id, now)
    if case is None:
        return
    pursuit = case.pursuit
    if pursuit.state == "awarded":
        if pursuit.ends_on is None or now < morning_of(pursuit.ends_on + ONE_DAY, case.calendar):
            return
        await _see_to_reports(session, settings, case)
        pursuit.state = "ended"
        record(session, "call.ended", by="focal", now=now, process_id=process_id, ends_on=str(pursuit.ends_on))
        account = await write_record(session, process_id, now=now)
        await CallDesk(session, settings, case).office("recorded", records_until=account.records_until)
    elif pursuit.state in {*WITHOUT_GRANT, "ended"}:
        await write_record(session, process_id, now=now)


async def ask_what_lasts(
    session: WriteSession,
    settings: Settings,  # noqa: ARG001 - every act is given them
    process_id: UUID,
    *,
    now: datetime,
) -> None:
    """Ask what is left of a project, of those years after its end that are over the last; once each."""
    case = await take_case(session, process_id, now)
    if case is None or case.pursuit.state != "ended" or case.pursuit.ends_on is None:
        return
    ends_on = case.pursuit.ends_on
    over = [years for years in YEARS_AFTER if now >= morning_of(years_after(ends_on, years) + ONE_DAY, case.calendar)]
    if not over or any(task.occasion == str(over[-1]) for task in case.of("sustainability_check")):
        return
    unit_code, person = asked_for(case, case.lead, case.pursuit.office_unit)
    questions = all_questions("sustainability_check")
    task = Asked("sustainability_check", unit_code, person, questions=questions, occasion=str(over[-1]))
    await ask(session, case.task_set, case.process, [task], case.now)


async def close(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> Outcome:
    """Close a follow-up, with its record as it is then; gives what became of its tasks. A closed one stays closed."""
    case = await take_case(session, process_id, now)
    if case is not None:
        await write_record(session, process_id, now=now)
        await close_process(Desk(session, settings, now), case.process, case.tasks)
        await poke_if_needed(session, case.task_set, now)
    (task_set,) = await sets_of(session, process_id)
    return (await next_turn(session, task_set.id)).outcome
