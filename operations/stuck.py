"""Something that a process or a schedule cannot do: the office is told, once for each such act."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from mail.refusal_words import refusal_in
from models.contracts.mail import ActRefused
from models.tables.catalogue import Plan
from models.tables.process import Process
from operations.notices import hand_over, leave_at, reader_context, write
from settings import Settings
from store.calendars import load_calendar
from store.database import WriteSession


async def tell_act_refused(
    session: WriteSession, settings: Settings, process_id: UUID, act: str, reasons: Sequence[str], *, now: datetime
) -> None:
    """Tell the office what cannot be done for a process, which is tried again; a second time tells nobody."""
    process = await session.get_one(Process, process_id)
    plan = await session.get_one(Plan, process.plan_code)
    told = (process.reference, act, reasons, process.calendar_code)
    await _tell(session, settings, plan, *told, process_id=process_id, now=now)


async def tell_not_opened(
    session: WriteSession,
    settings: Settings,
    plan_code: str,
    reference: str,
    act: str,
    reasons: Sequence[str],
    *,
    now: datetime,
) -> None:
    """Tell the office what a schedule could not open, or not in full; it is not tried again. A second time: nothing."""
    plan = await session.get(Plan, plan_code)
    if plan is not None:  # else the schedule is of a plan that there is not: the opening fails where its kind is seen
        await _tell(session, settings, plan, reference, act, reasons, plan.calendar, process_id=None, now=now)


async def _tell(
    session: WriteSession,
    settings: Settings,
    plan: Plan,
    reference: str,
    act: str,
    reasons: Sequence[str],
    calendar_code: str,
    *,
    process_id: UUID | None,
    now: datetime,
) -> None:
    context = ActRefused(
        **reader_context(settings, settings.coordinator_language, settings.coordinator_name),
        plan_title=plan.title,
        plan_language=plan.language,
        reference=reference,
        act=act.replace("_", " "),
        reasons=tuple(refusal_in(reason, settings.coordinator_language) for reason in reasons),
        tried_again=process_id is not None,
    )
    mail = write(
        settings,
        key=f"act_refused:{reference}:{act}",
        name="act_refused",
        context=context,
        thread=reference,
        process_id=process_id,
        now=now,
    )
    leave_at(mail, (await load_calendar(session, calendar_code)).sending_instant(now))
    await hand_over(session, [mail])
