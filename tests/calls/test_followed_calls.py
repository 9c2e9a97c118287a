"""What the feed or a coordinator changes of a call reaches the follow-up of it, in the same transaction."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from models.contracts.refusal import Refused
from models.tables.call_follow_up import CallFollowUp
from models.tables.calls import Call
from models.tables.process import AuditEvent, Dispatch
from operations.call_opening import CallWish, start_call_follow_up
from operations.calls import cancel_call, decide, move_deadline, rename_call
from store.calls import find_call
from tests.calls.office import MONDAY, CallOffice, row

DAY = timedelta(days=1)
TOWNS = "CERV-2027-TOWNS-01"
MARCH, APRIL, MAY = date(2027, 3, 23), date(2027, 4, 16), date(2027, 5, 20)


async def follow(office: CallOffice, *days: date, model: str = "single_stage") -> UUID:
    """The portal lists a call, and the city follows it."""
    await office.crawl(row(TOWNS, *days, deadline_model=model))
    async with office.database.transaction() as session:
        wish = CallWish(units=("ECOLOGY",), office="HEALTH", action="TST-E1-OE1-A1")
        order = await start_call_follow_up(session, TOWNS, wish, by="coordinator", now=MONDAY)
    return order.process_id


async def pursuit(office: CallOffice, process_id: UUID) -> CallFollowUp:
    async with office.database.reading() as session:
        return await session.get_one(CallFollowUp, process_id)


async def pokes(office: CallOffice) -> int:
    async with office.database.reading() as session:
        query = select(Dispatch).where(Dispatch.kind == "poke", Dispatch.workflow_id == f"call/{TOWNS}")
        return len(list(await session.scalars(query)))


async def moves(office: CallOffice, process_id: UUID) -> Sequence[tuple[str, str, str]]:
    async with office.database.reading() as session:
        query = select(AuditEvent).where(
            AuditEvent.process_id == process_id, AuditEvent.action == "call.deadline_moved"
        )
        found = await session.scalars(query.order_by(AuditEvent.id))
        return [(event.detail["before"][:10], event.detail["after"][:10], event.actor) for event in found]


async def test_the_portal_moves_the_deadline_of_a_call_that_is_followed(office: CallOffice):
    process_id = await follow(office, MARCH)
    await office.crawl(row(TOWNS, APRIL), now=MONDAY + DAY)
    assert await moves(office, process_id) == [("2027-03-23", "2027-04-16", "portal")]
    assert await pokes(office) == 1
    await office.crawl(row(TOWNS, APRIL), now=MONDAY + 2 * DAY)
    assert await pokes(office) == 1


async def test_a_coordinator_moves_it_and_says_why(office: CallOffice):
    process_id = await follow(office, MARCH)
    async with office.database.transaction() as session:
        await move_deadline(session, TOWNS, APRIL, reason="A strike.", by="coordinator", now=MONDAY)
    assert await moves(office, process_id) == [("2027-03-23", "2027-04-16", "coordinator")]
    assert (await pursuit(office, process_id)).reason == "A strike."
    assert await pokes(office) == 1


async def test_a_follow_up_aims_at_the_same_cut_off_when_one_comes_before_it(office: CallOffice):
    process_id = await follow(office, APRIL, model="cut_offs")
    await office.crawl(row(TOWNS, MARCH, APRIL, MAY, deadline_model="cut_offs"), now=MONDAY + DAY)
    assert (await pursuit(office, process_id)).deadline_number == 2
    await office.crawl(row(TOWNS, APRIL, MAY, deadline_model="cut_offs"), now=MONDAY + 2 * DAY)
    assert (await pursuit(office, process_id)).deadline_number == 1


async def test_a_cut_off_that_goes_hands_its_follow_up_to_the_next(office: CallOffice):
    process_id = await follow(office, MARCH, MAY, model="cut_offs")
    await office.crawl(row(TOWNS, MAY, deadline_model="cut_offs"), now=MONDAY + DAY)
    assert (await pursuit(office, process_id)).deadline_number == 1
    assert await office.days() == [MAY]
    assert await pokes(office) == 1


async def test_a_stage_is_added(office: CallOffice):
    process_id = await follow(office, MARCH)
    await office.crawl(row(TOWNS, MARCH, date(2027, 9, 1), deadline_model="two_stage"), now=MONDAY + DAY)
    assert (await pursuit(office, process_id)).deadline_number == 1
    assert (await office.call()).deadline_model == "two_stage"
    assert await pokes(office) == 1


async def test_a_cancelled_call_ends_its_follow_up(office: CallOffice):
    process_id = await follow(office, MARCH)
    async with office.database.transaction() as session:
        await cancel_call(session, office.settings, TOWNS, "No money.", by="coordinator", now=MONDAY)
    ended = await pursuit(office, process_id)
    assert (ended.state, ended.reason) == ("cancelled", "No money.")
    assert await pokes(office) >= 1
    assert len(await office.mails("office_call")) == 1


async def test_the_office_hears_at_once_that_a_followed_call_is_gone(office: CallOffice):
    await follow(office, MARCH)
    others = [row("CERV-2027-02"), row("CERV-2027-03")]
    await office.crawl(row(TOWNS, MARCH), *others)
    for night in (1, 2, 3):
        await office.crawl(*others, now=MONDAY + night * DAY)
    assert len(await office.mails("office_call")) == 1


async def test_what_is_followed_is_neither_watched_nor_ignored_and_keeps_its_reference(office: CallOffice):
    process_id = await follow(office, MARCH)
    with pytest.raises(Refused, match="is under way: give it up first with `focal calls drop CERV-2027-TOWNS-01`"):
        async with office.database.transaction() as session:
            await decide(session, TOWNS, "ignore", because="too_late", by="coordinator", now=MONDAY)
    async with office.database.transaction() as session:
        await rename_call(session, TOWNS, "CERV-2027-NT", by="coordinator", now=MONDAY)
    assert await pokes(office) == 1
    assert (await pursuit(office, process_id)).call_id == (await office.call("CERV-2027-NT")).id


async def test_no_other_call_takes_the_name_under_which_a_renamed_one_is_followed(office: CallOffice):
    await follow(office, MARCH)
    async with office.database.transaction() as session:
        await rename_call(session, TOWNS, "CERV-2027-NT", by="coordinator", now=MONDAY)
    problem = f"{TOWNS} is the name under which CERV-2027-NT is or was followed"
    with pytest.raises(Refused, match=problem):
        await office.enter(identifier=TOWNS)
    kept = row("CERV-2027-NT", MARCH, portal_id=f"number of {TOWNS}")
    result = await office.crawl(kept, row("CERV-2027-02"), row(TOWNS, portal_id="another"), now=MONDAY + DAY)
    assert [(name, reason[: len(problem)]) for name, reason in result.problems] == [(TOWNS, problem)]
    with pytest.raises(Refused, match=problem):
        async with office.database.transaction() as session:
            await rename_call(session, "CERV-2027-02", TOWNS, by="coordinator", now=MONDAY)
    async with office.database.transaction() as session:  # as it was in registers of before
        session.add(Call(id=uuid4(), **columns(await find_call(session, "CERV-2027-02"), identifier=TOWNS)))
        await session.flush()
        with pytest.raises(Refused, match=problem):
            await start_call_follow_up(session, TOWNS, CallWish(units=("ECOLOGY",)), by="coordinator", now=MONDAY)
        await session.rollback()
    async with office.database.transaction() as session:
        await rename_call(session, "CERV-2027-NT", TOWNS, by="coordinator", now=MONDAY)


def columns(call: Call, **changes: Any) -> dict[str, Any]:
    """The columns of a call, with some changed."""
    own = {column.key: getattr(call, column.key) for column in Call.__table__.columns if column.key != "id"}
    return own | changes
