"""A head names the focal point that their unit lacked; the task of that person opens at once."""

from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import or_, select

from mail.headers import UnsafeHeader, ascii_address
from mail.translation import LANGUAGES
from models.contracts.answering import (
    Colleague,
    Confirmation,
    LinkHolder,
    Naming,
    NamingForm,
    NamingProblem,
    NamingProblemCode,
)
from models.policies.indicator_collection import Asked
from models.policies.people_rows import unprintable
from models.policies.plan import POLICIES, task_days
from models.tables.people import FocalPoint, Person
from operations.answering import CollectionClosed, accepting, form_heading, keep_form
from operations.audit import record
from operations.notices import Desk, brief
from operations.references import new_reference
from operations.tasks import add_tasks, opening_instant
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.people import lock_people
from store.task import cancel_steps, lock_task, poke_if_needed, task_facts, task_items

NAME_LIMIT = 200


class NamingRefused(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """Nobody was named; each problem belongs to a field of the form."""

    def __init__(self, problems: tuple[NamingProblem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems


async def read_naming_form(session: ReadSession, holder: LinkHolder, *, settings: Settings) -> NamingForm:
    """The form that asks a head whom they name, with the colleagues of the unit to choose from."""
    (facts,) = await task_facts(session, [holder.task_id])
    items = (await task_items(session, [holder.task_id]))[holder.task_id]
    colleagues = await session.scalars(
        select(Person).where(Person.unit_code == facts.unit.code, Person.active).order_by(Person.name)
    )
    return NamingForm(
        holder=holder,
        **form_heading(facts, settings),
        unit_code=facts.unit.code,
        indicator_count=len(items),
        colleagues=tuple(
            Colleague(code=person.code, name=person.name, address=person.address) for person in colleagues
        ),
        named=facts.task.outcome_reason if facts.task.state == "answered" else None,
    )


def check_naming(form: NamingForm, naming: Naming) -> tuple[NamingProblem, ...]:
    """What has to be corrected before somebody is named: one known colleague, or one whole new person."""
    name, address = naming.name.strip(), naming.address.strip()
    if naming.person_code:
        if naming.person_code in {colleague.code for colleague in form.colleagues}:
            return ()
        return (NamingProblem(field="person_code", code="person_unknown"),)
    if not (name or address):
        return (NamingProblem(field="person_code", code="nobody_named"),)
    found = (
        ("name", _problem_of_name(name)),
        ("address", _problem_of_address(address)),
        ("language", None if naming.language in LANGUAGES else "language_missing"),
    )
    return tuple(NamingProblem(field=field, code=code) for field, code in found if code is not None)


def _problem_of_name(name: str) -> NamingProblemCode | None:
    if not name:
        return "name_missing"
    if len(name) > NAME_LIMIT:
        return "too_long"
    return "name_unprintable" if unprintable(name) else None


def _problem_of_address(address: str) -> NamingProblemCode | None:
    if not address:
        return "address_missing"
    try:
        ascii_address("address", address)
    except UnsafeHeader:
        return "address_invalid"
    return None


async def name_focal_point(
    session: WriteSession,
    holder: LinkHolder,
    naming: Naming,
    *,
    raw: bytes,
    now: datetime,
    settings: Settings,
) -> Confirmation:
    """Appoint the person who was named, answer the head's task, and ask the person at once.

    Raises:
        NamingRefused: see `check_naming`; also when the address is somebody else's already.
        CollectionClosed: the last day is over, or somebody was named before.

    """
    await lock_people(session)
    task, task_set = await lock_task(session, holder.task_id)
    (facts,) = await task_facts(session, [task.id])
    if not accepting(facts) or task.state == "answered":
        raise CollectionClosed
    form = await read_naming_form(session, holder, settings=settings)
    if problems := check_naming(form, naming):
        raise NamingRefused(problems)
    person = await _person(session, form, naming)
    calendar = await load_calendar(session, facts.process.calendar_code)
    await _appoint(session, task.unit_code, person.code, calendar.day(now), now)
    submission = await keep_form(session, task, holder.person_code, raw, now)
    task.state, task.answered_at, task.outcome_reason = "answered", now, person.name
    await cancel_steps(session, [task.id])
    policy = POLICIES["indicator_request"]
    opens_at = opening_instant(calendar, now, policy, at_once=False)
    indicators = tuple(line.indicator.code for line in (await task_items(session, [task.id]))[task.id])
    (asked_id,) = await add_tasks(
        session,
        task_set,
        [Asked("indicator_request", task.unit_code, person.code, indicators)],
        policy=policy,
        days=task_days(policy, calendar, opens_at=opens_at, closes_at=facts.collection.closes_at),
        calendar=calendar,
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
    about = (await brief(session, [task.id]))[task.id]
    desk = Desk(session, settings, calendar, now)
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


async def _person(session: WriteSession, form: NamingForm, naming: Naming) -> Person:
    """The colleague who was chosen, or the person whose name and address were given, made known if need be."""
    if naming.person_code:
        return await session.get_one(Person, naming.person_code)
    address = ascii_address("address", naming.address.strip()).lower()
    known = await session.scalar(select(Person).where(Person.address == address))
    if known is not None:
        if known.active and known.unit_code == form.unit_code:
            return known
        raise NamingRefused((NamingProblem(field="address", code="address_taken"),))
    person = Person(
        code=f"P-{new_reference()}",
        name=naming.name.strip(),
        address=address,
        language=naming.language,
        unit_code=form.unit_code,
        active=True,
    )
    session.add(person)
    await session.flush()
    return person
