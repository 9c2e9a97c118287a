"""The rules of a quarter on real rows, without Temporal: the clock is handed in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from models.contracts.answering import PersonChoice, Typed
from models.contracts.refusal import Refused
from models.tables.mail import OutgoingMail
from models.tables.people import Person, Unit
from models.tables.process import AuditEvent, Dispatch, Process, TaskSet
from models.tables.task import Answer, Draft, Link, Step, Submission, Task
from operations.answering import (
    CollectionClosed,
    DraftChanged,
    LinkUnusable,
    check,
    open_link,
    read_form,
    save_draft,
    submit,
)
from operations.choosing import ChoiceRefused
from operations.follow_up import fall_asleep, fire_due
from operations.indicator_collection import close_collection, create_set, left_to_ask, open_collection
from operations.links import token
from operations.naming import name_focal_point, read_naming_form
from settings import Settings
from store.database import Database
from tests.world import OPENING, retire

SECRET = "a key for tests, long enough to be accepted"


async def opened(database: Database, **options: Any) -> UUID:
    """Open the last quarter of 2026 and make its tasks; gives the process."""
    async with database.transaction() as session:
        result = await open_collection(session, "TST", "2026-Q4", by="coordinator", now=OPENING, **options)
    async with database.reading() as session:
        left = await left_to_ask(session, result.order.process_id)
    async with database.transaction() as session:
        await create_set(session, result.order.process_id, left, now=OPENING)
    return result.order.process_id


async def fire(database: Database, settings: Settings, now: datetime) -> int:
    """Do what the follow-up does at an instant; gives how many tasks had something due."""
    async with database.transaction() as session:
        set_id = (await session.scalars(select(TaskSet.id))).one()
        fired = await fire_due(session, settings, set_id, now)
    async with database.transaction() as session:
        await fall_asleep(session, set_id)
    return fired


async def mails(database: Database) -> list[tuple[str, str]]:
    """Mail and recipient of all that was written, in order."""
    async with database.reading() as session:
        rows = await session.execute(
            select(OutgoingMail.name, OutgoingMail.person_code).order_by(
                OutgoingMail.created_at, OutgoingMail.name, OutgoingMail.person_code
            )
        )
        return [(name, person or "") for name, person in rows]


async def answer(database: Database, settings: Settings, person: str, values: dict[str, Typed], now: datetime):
    """Answer as a person does through their link."""
    async with database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == person))).one()
        holder = await open_link(session, token(SECRET, link.id), now=now)
        form = await read_form(session, holder, settings=settings)
        ids = {entry.code: entry.item_id for entry in form.entries}
        version = await save_draft(session, holder, {ids[code]: typed for code, typed in values.items()}, now=now)
    async with database.transaction() as session:
        return await submit(session, holder, draft_version=version, raw=b"raw", now=now, settings=settings)


async def state_of(database: Database, person: str) -> str:
    async with database.reading() as session:
        return (await session.scalars(select(Task.state).where(Task.assignee_code == person))).one()


HEALTH_ALL = {
    "TST-E1-OE1-A1-I1": Typed(choice="value", value="1.234"),
    "TST-E1-OE1-A2-I1": Typed(choice="not_available", reason="L'enquesta no s'ha fet"),
    "TST-E1-OE1-A2-I2": Typed(choice="value", value="sí"),
}


async def test_each_focal_point_is_asked_for_the_indicators_whose_action_covers_the_quarter(database, settings):
    await opened(database)
    assert await fire(database, settings, OPENING) == 2
    assert await mails(database) == [("task_request", "ecology"), ("task_request", "health")]
    async with database.reading() as session:
        bodies = (await session.scalars(select(OutgoingMail.rfc822).order_by(OutgoingMail.key))).all()
        assert all(b"TST-E1-OE1-A1-I1" in body for body in bodies)
        assert not any(b"TST-E1-OE1-A3-I1" in body for body in bodies)


async def test_opening_twice_joins_the_first(database):
    async with database.transaction() as session:
        first = await open_collection(session, "TST", "2026-Q4", by="a", now=OPENING)
    async with database.transaction() as session:
        second = await open_collection(session, "TST", "2026-Q4", by="b", now=OPENING + timedelta(days=1))
        assert (first.joined, second.joined) == (False, True)
        assert first.order == second.order
        assert await session.scalar(select(func.count()).select_from(Dispatch)) == 1


@pytest.mark.parametrize(
    ("plan", "period", "says"),
    [
        ("XYZ", "2026-Q4", "no plan “XYZ”"),
        ("TST", "2026-Q5", "“2026-Q5” is not a quarter"),
        ("TST", "2028-Q1", "2028-Q1 lies outside"),
        ("TST", "2021-Q4", "2021-Q4 lies outside"),
    ],
)
async def test_an_unknown_plan_or_quarter_starts_nothing(database, plan, period, says):
    with pytest.raises(Refused, match=says):
        async with database.transaction() as session:
            await open_collection(session, plan, period, by="x", now=OPENING)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Process)) == 0


async def test_a_head_who_would_be_their_own_escalation_starts_nothing(database):
    async with database.transaction() as session:
        health = await session.get_one(Unit, "HEALTH")
        health.head_code, health.parent_code = "health", None
    with pytest.raises(Refused, match="health answers for HEALTH and would be their own escalation"):
        async with database.transaction() as session:
            await open_collection(session, "TST", "2026-Q4", by="x", now=OPENING)


async def test_silence_is_reminded_then_escalated_to_the_head_then_expires(database, settings):
    await opened(database)
    seen: list[list[tuple[str, str]]] = []
    now = OPENING
    for day in range(60):
        now = OPENING + timedelta(days=day, hours=2)
        before = len(await mails(database))
        await fire(database, settings, now)
        if new := (await mails(database))[before:]:
            seen.append([(name, person) for name, person in new if person.startswith("health")])
    assert seen == [
        [("task_request", "health")],
        [("task_reminder", "health")],
        [("task_reminder", "health")],
        [("task_reminder", "health")],
        [("task_escalation", "health-head"), ("task_escalation_copy", "health")],
    ]
    assert await state_of(database, "health") == "expired"


async def test_a_full_answer_is_taken_with_its_receipt_and_stops_the_reminders(database, settings):
    await opened(database)
    await fire(database, settings, OPENING)
    confirmation = await answer(database, settings, "health", HEALTH_ALL, OPENING + timedelta(hours=1))
    assert (confirmation.answered, confirmation.missing) == (3, 0)
    assert await state_of(database, "health") == "answered"
    assert (await mails(database))[-1] == ("task_receipt", "health")
    async with database.reading() as session:
        left = await session.scalars(
            select(Step.state)
            .join(Task, Task.id == Step.task_id)
            .where(Task.assignee_code == "health", Step.kind != "request")
        )
        assert set(left) == {"cancelled"}
        number = await session.scalar(select(Answer.number).where(Answer.number.is_not(None)))
        assert number == 1234
        raw = (await session.scalars(select(Submission.raw))).one()
        assert raw == b"raw"


async def test_a_partial_answer_keeps_the_reminders_going_for_what_is_missing(database, settings):
    await opened(database)
    await fire(database, settings, OPENING)
    first = {"TST-E1-OE1-A1-I1": Typed(choice="nothing_to_report")}
    await answer(database, settings, "health", first, OPENING + timedelta(hours=1))
    assert await state_of(database, "health") == "partly_answered"
    await fire(database, settings, OPENING + timedelta(days=15, hours=2))
    async with database.reading() as session:
        body = await session.scalar(
            select(OutgoingMail.rfc822).where(
                OutgoingMail.name == "task_reminder", OutgoingMail.person_code == "health"
            )
        )
    assert b"TST-E1-OE1-A2-I1" in body
    assert b"TST-E1-OE1-A1-I1" not in body


async def test_everybody_answering_costs_the_follow_up_nothing_until_the_collection_closes(database, settings):
    process_id = await opened(database)
    await fire(database, settings, OPENING)
    await answer(database, settings, "health", HEALTH_ALL, OPENING + timedelta(hours=1))
    ecology = {"TST-E1-OE1-A1-I1": Typed(choice="value", value="7")}
    await answer(database, settings, "ecology", ecology, OPENING + timedelta(hours=2))
    async with database.reading() as session:
        kinds = (await session.scalars(select(Dispatch.kind).order_by(Dispatch.id))).all()
    assert kinds == ["start"], "an answer may still be sent back"
    async with database.transaction() as session:
        await close_collection(session, process_id, by="coordinator", now=OPENING + timedelta(hours=3))
    async with database.reading() as session:
        kinds = (await session.scalars(select(Dispatch.kind).order_by(Dispatch.id))).all()
    assert kinds == ["start", "poke"]


async def test_an_answer_can_be_corrected_until_the_collection_closes_and_every_version_is_kept(database, settings):
    process_id = await opened(database)
    await fire(database, settings, OPENING)
    await answer(database, settings, "health", HEALTH_ALL, OPENING + timedelta(hours=1))
    correction = {"TST-E1-OE1-A1-I1": Typed(choice="value", value="99")}
    await answer(database, settings, "health", correction, OPENING + timedelta(hours=2))
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Answer)) == 4
    async with database.transaction() as session:
        await close_collection(session, process_id, by="coordinator", now=OPENING + timedelta(hours=3))
    with pytest.raises(CollectionClosed):
        await answer(database, settings, "health", correction, OPENING + timedelta(hours=4))


async def test_what_was_checked_is_what_is_sent(database, settings):
    await opened(database)
    await fire(database, settings, OPENING)
    async with database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == "health"))).one()
        holder = await open_link(session, token(SECRET, link.id), now=OPENING)
        form = await read_form(session, holder, settings=settings)
        checked = await save_draft(session, holder, {form.entries[0].item_id: Typed(value="1")}, now=OPENING)
        await save_draft(session, holder, {form.entries[0].item_id: Typed(value="2")}, now=OPENING)
    with pytest.raises(DraftChanged):
        async with database.transaction() as session:
            await submit(session, holder, draft_version=checked, raw=b"", now=OPENING, settings=settings)


async def test_what_is_typed_wrong_is_kept_and_named_but_never_sent(database, settings):
    await opened(database)
    await fire(database, settings, OPENING)
    async with database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == "health"))).one()
        holder = await open_link(session, token(SECRET, link.id), now=OPENING)
        form = await read_form(session, holder, settings=settings)
        wrong = {form.entries[0].item_id: Typed(choice="value", value="-3")}
        version = await save_draft(session, holder, wrong, now=OPENING)
        form = await read_form(session, holder, settings=settings)
        assert form.entries[0].typed.value == "-3"
        assert [problem.code for problem in check(form)[1]] == ["negative"]
    with pytest.raises(DraftChanged):
        async with database.transaction() as session:
            await submit(session, holder, draft_version=version, raw=b"", now=OPENING, settings=settings)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Draft)) == 1


async def test_a_forged_expired_or_revoked_link_opens_nothing(database, settings):
    await opened(database)
    await fire(database, settings, OPENING)
    async with database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == "health"))).one()
        good = token(SECRET, link.id)
        assert (await open_link(session, good, now=OPENING)).person_code == "health"
        for bad in (good[:-1], good + "A", good.swapcase(), "", token("another key of a good length 32", link.id)):
            with pytest.raises(LinkUnusable):
                await open_link(session, bad, now=OPENING)
        with pytest.raises(LinkUnusable):
            await open_link(session, good, now=link.expires_at)
        link.revoked_at = OPENING
        await session.flush()
        with pytest.raises(LinkUnusable):
            await open_link(session, good, now=OPENING)


async def test_a_unit_without_a_focal_point_becomes_a_task_for_its_head_to_name_one(database, settings):
    await retire(database, "health")
    await opened(database)
    await fire(database, settings, OPENING)
    assert ("task_request", "health-head") in await mails(database)
    later = OPENING + timedelta(hours=1)
    async with database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == "health-head"))).one()
        holder = await open_link(session, token(SECRET, link.id), now=later)
        assert holder.task_kind == "focal_point_naming"
        form = await read_naming_form(session, holder, settings=settings)
        assert (form.unit_code, form.indicator_count) == ("HEALTH", 3)
    bad = PersonChoice(name="X\r\nBcc: all@x", address="nobody", language="xx")
    async with database.transaction() as session:
        with pytest.raises(ChoiceRefused) as refusal:
            await name_focal_point(session, holder, bad, raw=b"", now=later, settings=settings)
    assert {problem.code for problem in refusal.value.problems} == {
        "name_unprintable",
        "address_invalid",
        "language_missing",
    }
    async with database.transaction() as session:
        new = PersonChoice(name="Nova Persona", address="nova@prova.example", language="es")
        await name_focal_point(session, holder, new, raw=b"", now=later, settings=settings)
    async with database.reading() as session:
        pokes = await session.scalar(select(func.count()).where(Dispatch.kind == "poke"))
    assert pokes == 1
    assert await state_of(database, "health-head") == "answered"
    await fire(database, settings, later)
    async with database.reading() as session:
        address = await session.scalar(
            select(OutgoingMail.recipient)
            .where(OutgoingMail.name == "task_request")
            .order_by(OutgoingMail.created_at.desc())
            .limit(1)
        )
    assert address == "nova@prova.example"


async def test_steps_held_up_by_an_outage_leave_as_one_and_only_in_working_hours(database, settings):
    await opened(database)
    await fire(database, settings, OPENING)
    night = datetime(2027, 1, 28, 22, 0, tzinfo=UTC)  # after the reminder after due, before the escalation
    await fire(database, settings, night)
    assert [name for name, _ in await mails(database)] == ["task_request", "task_request"]
    morning = datetime(2027, 1, 29, 7, 0, tzinfo=UTC)
    await fire(database, settings, morning)
    assert [name for name, _ in await mails(database)].count("task_reminder") == 2
    async with database.reading() as session:
        states = await session.execute(
            select(Step.state, func.count()).where(Step.kind.in_(("reminder", "warning"))).group_by(Step.state)
        )
        assert {state: count for state, count in states} == {"done": 2, "merged": 4}


async def test_firing_twice_at_one_instant_writes_nothing_twice(database, settings):
    await opened(database)
    assert await fire(database, settings, OPENING) == 2
    assert await fire(database, settings, OPENING) == 0
    assert len(await mails(database)) == 2


async def test_what_cannot_be_written_for_one_person_holds_up_nobody_else(database, settings):
    async with database.transaction() as session:
        # No import and no form takes such a name; a hand in the database might.
        (await session.get_one(Person, "health")).name = "=?UTF-8?Q?=0A?=Bcc: all@x"
    await opened(database)
    await fire(database, settings, OPENING)
    assert await mails(database) == [("task_request", "ecology")]
    async with database.reading() as session:
        failed = await session.scalar(select(Step.kind).where(Step.state == "failed"))
        event = await session.scalar(select(AuditEvent.detail).where(AuditEvent.action == "task.step_failed"))
    assert failed == "request"
    assert event["fault"] == "UnsafeHeader"


async def test_the_same_person_can_be_named_by_the_heads_of_two_collections(database, settings):
    await retire(database, "health")
    await opened(database)
    async with database.transaction() as session:
        second = await open_collection(session, "TST", "2026-Q3", by="coordinator", now=OPENING)
    async with database.reading() as session:
        left = await left_to_ask(session, second.order.process_id)
    async with database.transaction() as session:
        await create_set(session, second.order.process_id, left, now=OPENING)
    async with database.reading() as session:
        sets = (await session.scalars(select(TaskSet.id))).all()
    for set_id in sets:
        async with database.transaction() as session:
            await fire_due(session, settings, set_id, OPENING)
    async with database.reading() as session:
        links = (await session.scalars(select(Link.id).where(Link.person_code == "health-head"))).all()
    assert len(links) == 2
    for days, link_id in enumerate(links):
        now = OPENING + timedelta(days=days)
        async with database.transaction() as session:
            holder = await open_link(session, token(SECRET, link_id), now=now)
            naming = PersonChoice(person_code="health")
            await name_focal_point(session, holder, naming, raw=b"", now=now, settings=settings)
    async with database.transaction() as session:
        await open_collection(session, "TST", "2026-Q2", by="coordinator", now=OPENING + timedelta(days=2))


@pytest.mark.drill
async def test_a_head_who_was_replaced_can_still_answer_through_the_link_they_were_given(database, settings):
    await opened(database)
    for days in range(30):
        await fire(database, settings, OPENING + timedelta(days=days, hours=2))
    async with database.transaction() as session:
        (await session.get_one(Unit, "HEALTH")).head_code = "mayor"
    later = OPENING + timedelta(days=30)
    confirmation = await answer(database, settings, "health-head", HEALTH_ALL, later)
    assert confirmation.missing == 0
    assert (await mails(database))[-1] == ("task_receipt", "health-head")


async def test_a_drafts_version_never_comes_again_so_an_old_window_cannot_send(database, settings):
    await opened(database)
    await fire(database, settings, OPENING)
    await answer(database, settings, "health", HEALTH_ALL, OPENING)
    async with database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == "health"))).one()
        holder = await open_link(session, token(SECRET, link.id), now=OPENING)
        form = await read_form(session, holder, settings=settings)
        version = await save_draft(session, holder, {form.entries[0].item_id: Typed(value="5")}, now=OPENING)
    assert version == 3
