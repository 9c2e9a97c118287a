"""What becomes of the question which networks were joined: names, lines in doubt, areas without people, two plans."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from models.contracts.answering import Typed
from models.contracts.refusal import Refused
from models.policies.network_names import read_names
from models.tables.catalogue import Plan
from models.tables.mail import OutgoingMail
from models.tables.membership_review import Census, Network
from models.tables.people import Person
from models.tables.process import Process
from operations import membership_review
from operations.network_census import ask_areas, close_census, open_census
from operations.review_opening import open_scheduled_year
from store.membership_review import open_census_reference
from tests.memberships.house import Reviews
from tests.world import CITY, OPENING

BY: dict[str, Any] = {"by": "coordinator", "now": OPENING}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ciutats del Mar, 3 de maig, per al port", ["Ciutats del Mar"]),
        ("C40 (Cities Climate Leadership Group) - des de gener", ["C40"]),
        ("Δίκτυο Πόλεων", ["Δίκτυο Πόλεων"]),
        ("Cap.", []),
        ("- ", []),
    ],
)
def test_a_line_names_a_network_or_none(line: str, names: list[str]):
    read = read_names(line)
    assert (list(read.names), read.doubtful) == (names, ())


@pytest.mark.parametrize(
    "line",
    ["C40, ICLEI, Polis", "Cap xarxa nova", "No n'hem entrat a cap", "???", "2026", "Enguany no", "A" * 201],
)
def test_a_line_that_is_not_clear_names_nothing_and_is_kept(line: str):
    read = read_names(line)
    assert (read.names, list(read.doubtful)) == ((), [line])


async def opened(reviews: Reviews) -> UUID:
    async with reviews.database.transaction() as session:
        order = await open_census(session, **BY)
    async with reviews.database.transaction() as session:
        await membership_review.begin(session, order.process_id, now=OPENING)
    async with reviews.database.transaction() as session:
        await ask_areas(session, reviews.settings, order.process_id, now=OPENING)
    return order.process_id


async def mail_of(reviews: Reviews, name: str) -> str:
    async with reviews.database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail).where(OutgoingMail.name == name))).one()
    assert mail.person_code is None
    part = message_from_bytes(mail.rfc822, policy=SMTP).get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())


async def test_the_office_is_told_what_the_areas_answered(reviews: Reviews):
    process_id = await opened(reviews)
    ecology, health = await reviews.tasks("joined_networks", process_id)
    assert (ecology.unit_code, health.unit_code) == ("ECOLOGY", "HEALTH")
    words = "Ciutats del Mar\nC40, ICLEI, Polis\nXdP"
    await reviews.answer(ecology, {"networks": Typed(choice="value", value=words)}, OPENING)
    for _ in range(2):
        async with reviews.database.transaction() as session:
            await close_census(session, reviews.settings, process_id, now=OPENING + timedelta(days=30))
    text = await mail_of(reviews, "census_result")
    for said in (
        "Àrea Ecologia Urbana: Ciutats del Mar",
        "Àrea Ecologia Urbana: C40, ICLEI, Polis",
        "- Àrea Salut",
        "--plan TST",
    ):
        assert said in text
    async with reviews.database.reading() as session:
        assert {network.name for network in await session.scalars(select(Network))} == {
            "Xarxa de Prova",
            "Xarxa Nova",
            "Ciutats del Mar",
        }


async def test_an_area_without_people_does_not_stop_a_census_and_the_office_is_told(reviews: Reviews):
    async with reviews.database.transaction() as session:
        await session.execute(update(Person).where(Person.unit_code == "ECOLOGY").values(active=False))
    process_id = await opened(reviews)
    assert [task.unit_code for task in await reviews.tasks("joined_networks", process_id)] == ["HEALTH"]
    text = await mail_of(reviews, "act_refused")
    assert "ECOLOGY no té ni punt focal ni direcció: no es pot demanar a ningú." in text


async def test_a_census_of_nobody_is_refused(reviews: Reviews):
    async with reviews.database.transaction() as session:
        await session.execute(update(Person).values(active=False))
        with pytest.raises(Refused, match="HEALTH has neither a focal point nor a head"):
            await open_census(session, **BY)


async def test_a_census_of_another_institution_does_not_keep_this_one_from_opening(reviews: Reviews):
    async with reviews.database.transaction() as session:
        own = await session.get_one(Plan, "TST")
        values = {column.key: getattr(own, column.key) for column in Plan.__table__.columns}
        session.add(Plan(**values | {"code": "OTHER", "institution": "Altra ciutat"}))
        await session.flush()
        order = await open_census(session, **BY)
        census = await session.get_one(Process, order.process_id)
        assert await open_census_reference(session, CITY) == "review/census/2027-1"
        census.plan_code = "OTHER"
        await session.flush()
        assert await open_census_reference(session, CITY) is None
        await open_census(session, **BY)
        assert len(list(await session.scalars(select(Census)))) == 2


async def test_a_scheduled_year_tells_the_office_once_what_it_leaves_out(reviews: Reviews):
    async with reviews.database.transaction() as session:
        common = {"kind": "network", "scope": "european", "plan_code": "TST", "state": "member"}
        session.add(Network(code="NET-OFFICE", name="Office", **common))
        await session.execute(update(Person).where(Person.unit_code == "ECOLOGY").values(active=False))
    for _ in range(2):
        async with reviews.database.transaction() as session:
            await open_scheduled_year(session, reviews.settings, "TST", nominal=OPENING, now=OPENING)
    text = await mail_of(reviews, "act_refused")
    assert "NET-PROVA: ECOLOGY no té ni punt focal ni direcció" in text
    assert "NET-OFFICE" not in text
