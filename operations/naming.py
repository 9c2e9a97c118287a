"""A head names the focal point that their unit lacked; the task of that person opens at once."""

from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import or_, select

from models.contracts.answering import Confirmation, LinkHolder, NamingForm, PersonChoice
from models.policies.asking import Asked
from models.policies.plan import opening_instant
from models.tables.people import FocalPoint
from operations.answering import CollectionClosed, keep_submission
from operations.audit import record
from operations.choosing import chosen_person, colleagues_of
from operations.ending import drop_decisions
from operations.heading import accepting, fields_of, read_heading
from operations.notices import Desk, brief
from operations.tasks import add_tasks, calendars_of_units
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.people import lock_people
from store.policies import latest_policy
from store.task import lock_task, poke_if_needed, task_facts, task_items


async def read_naming_form(session: ReadSession, holder: LinkHolder, *, settings: Settings) -> NamingForm:
    """The form that asks a head whom they name, with the colleagues of the unit to choose from."""
    (facts,) = await task_facts(session, [holder.task_id])
    items = (await task_items(session, [holder.task_id]))[holder.task_id]
    return NamingForm(
        **fields_of(await read_heading(session, facts, holder, settings)),
        unit_code=facts.unit.code,
        indicator_count=len(items),
        colleagues=await colleagues_of(session, facts.unit.code),
        named=facts.task.outcome_reason if facts.task.state == "answered" else None,
    )


async def name_focal_point(
    session: WriteSession,
    holder: LinkHolder,
    choice: PersonChoice,
    *,
    raw: bytes,
    now: datetime,
    settings: Settings,
) -> Confirmation:
    """Appoint the person who was named, answer the head's task, and ask the person at once.

    Raises:
        ChoiceRefused: see `chosen_person`.
        CollectionClosed: the last day is over, or somebody was named before.

    """
    await lock_people(session)
    task, task_set = await lock_task(session, holder.task_id)
    (facts,) = await task_facts(session, [task.id])
    if not accepting(facts) or task.state == "answered":
        raise CollectionClosed
    person = await chosen_person(session, task.unit_code, choice)
    calendar = await load_calendar(session, task.calendar_code)
    await _appoint(session, task.unit_code, person.code, calendar.day(now), now)
    submission = await keep_submission(session, task, holder.person_code, raw, now)
    task.state, task.answered_at, task.outcome_reason = "answered", now, person.name
    await drop_decisions(session, [task.id], now)
    policy = await latest_policy(session, "indicator_request")
    lines = (await task_items(session, [task.id]))[task.id]
    (asked_id,) = await add_tasks(
        session,
        task_set,
        [Asked("indicator_request", task.unit_code, person.code, tuple(line.code for line in lines))],
        policy=policy,
        calendar=calendar,
        calendars=await calendars_of_units(session, [task.unit_code], facts.process.calendar_code),
        opens_at=opening_instant(calendar, now, policy, at_once=False),
        closes_at=facts.process.closes_at,
        known={(task.unit_code, line.code): line.known for line in lines if line.known},
    )
    record(
        session,
        "task.focal_point_named",
        by=holder.person_code,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        unit=task.unit_code,
        named=person.code,
        asked=str(asked_id),
        submission=submission.reference,
    )
    await session.flush()
    about = (await brief(session, [task.id], calendar.day(now)))[task.id]
    desk = Desk(session, settings, now)
    desk.receipt(about, holder.person_code, submission.reference)
    await desk.hand_over()
    await poke_if_needed(session, task_set, now)
    return Confirmation(submission_reference=submission.reference, received_at=now, answered=1, missing=0)


async def _appoint(session: WriteSession, unit_code: str, person_code: str, day: date, now: datetime) -> None:
    """Appoint a person from a day on, unless they are appointed by then or, from a later day, already meant to be.

    Two collections can ask for the same focal point, and their heads can name the same person twice.
    """
    standing = await session.scalar(
        select(FocalPoint)
        .where(
            FocalPoint.unit_code == unit_code,
            FocalPoint.person_code == person_code,
            or_(FocalPoint.last_day.is_(None), FocalPoint.last_day >= day),
        )
        .order_by(FocalPoint.first_day)
        .limit(1)
    )
    if standing is None:
        appointment = {"unit_code": unit_code, "person_code": person_code, "first_day": day, "appointed_at": now}
        session.add(FocalPoint(id=uuid4(), **appointment))
    else:
        standing.first_day = min(standing.first_day, day)
