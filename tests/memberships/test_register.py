"""The register of networks: loaded from its document, changed by people, never taken back by a load."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from models.contracts.changes import Changes
from models.contracts.mail import Language
from models.contracts.refusal import Refused
from models.policies.network_rows import network_rows
from models.tables.membership_review import Criterion, Network
from operations.catalogue import load, read_documents
from operations.networks import NetworkChanges, add_network, drop_criterion, match_network, set_criterion, set_network
from operations.review_opening import office_of
from store.database import Database
from store.membership_review import criteria, find_network
from tests.memberships.house import Reviews
from tests.world import OPENING

BY: dict[str, Any] = {"by": "coordinator", "now": OPENING}
NAMES: dict[Language, str] = {
    "ca": "Paga la pena",
    "es": "Merece la pena",
    "en": "It pays",
    "fr": "Cela en vaut la peine",
}


def test_the_documents_name_52_networks_and_say_of_which_the_city_is_a_member():
    rows = {row["code"]: row for row in network_rows(read_documents())}
    assert Counter((row["plan_code"], row["state"]) for row in rows.values()) == {
        ("VLC", "member"): 36,
        ("VLC", "candidate"): 3,
        ("AMBO", "member"): 2,
        (None, "candidate"): 11,
    }
    assert {code for code, row in rows.items() if row["plan_code"] == "VLC" and row["state"] == "candidate"} == {
        "NET-ICLEI",
        "NET-C40",
        "NET-WHOHEALTHY",
    }
    # One service leads every action; the area beside it answers, where there is only one.
    assert rows["NET-ECCAR"]["actor_code"] == "ACT-VLC-COOP"
    assert rows["NET-EUROCITIES"]["actor_code"] == "ACT-VLC-STI"
    assert rows["NET-KALEIDOS"]["actor_code"] is None
    assert "AICE" in rows["NET-AICE"]["aliases"]


async def test_loading_again_changes_nothing_and_never_what_people_set(database: Database):
    documents = read_documents()
    async with database.transaction() as session:
        first = await load(session, documents)
    assert (first.networks, first.criteria) == (Changes(inserted=52), Changes(inserted=3))
    async with database.transaction() as session:
        changes = NetworkChanges(fee=Decimal(16500), notice_months=6, roles="Presidency", plan_code="AMB")
        await set_network(session, "eurocities", changes, **BY)
        (await session.get_one(Network, "NET-EUROCITIES")).state = "leaving"
        await add_network(session, "Xarxa Nova", **BY)
        await set_criterion(session, "VLC-NC1", weight=3, names={}, **BY)
        await set_criterion(session, "OWN-1", weight=2, names=NAMES, **BY)
    async with database.transaction() as session:
        again = await load(session, documents)
    assert (again.networks, again.criteria) == (Changes(unchanged=52), Changes(unchanged=3))
    async with database.reading() as session:
        found = await find_network(session, "NET-EUROCITIES")
        kept = (found.fee, found.notice_months, found.roles, found.plan_code, found.state)
        assert kept == (Decimal(16500), 6, "Presidency", "AMB", "leaving")
        assert (await find_network(session, "xarxa nova")).code == "NET-XARXANOVA"
        weights = [(each.code, each.weight, each.source) for each in await criteria(session)]
    assert weights == [
        ("VLC-NC1", 3, "VLC-G-IN3-A1"),
        ("VLC-NC2", 1, "VLC-G-IN3-A1"),
        ("VLC-NC3", 1, "VLC-G-IN3-A1"),
        ("OWN-1", 2, ""),
    ]


async def test_a_name_that_the_document_corrects_is_corrected(database: Database):
    documents = read_documents()
    async with database.transaction() as session:
        await load(session, documents)
        network = await session.get_one(Network, "NET-C40")
        network.name, network.fee = "C 40", Decimal(10)
    async with database.transaction() as session:
        again = await load(session, documents)
    assert again.networks == Changes(changed=1, unchanged=51)
    async with database.reading() as session:
        network = await session.get_one(Network, "NET-C40")
        assert (network.name, network.fee) == ("C40", Decimal(10))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (NetworkChanges(), "Say what is to be set of NET-PROVA"),
        (NetworkChanges(fee=Decimal(-1)), "A fee is not below zero"),
        (NetworkChanges(fee=Decimal(20_000_000_000)), "not above 1000000000 euros"),
        (NetworkChanges(state="left"), "NET-PROVA is member: only what is being left"),
        (NetworkChanges(notice_months=37), "0 to 36 months before the end, not 37"),
        (NetworkChanges(year_ends="31-12"), "“31-12” is not a day of the year"),
        (NetworkChanges(year_ends="02-30"), "“02-30” is not a day of the year"),
        (NetworkChanges(unit_code="NOWHERE"), "There is no unit “NOWHERE”"),
        (NetworkChanges(plan_code="XXX"), "There is no plan “XXX”"),
    ],
)
async def test_what_cannot_be_set_is_refused(reviews: Reviews, changes: NetworkChanges, says: str):
    async with reviews.database.transaction() as session:
        with pytest.raises(Refused, match=says):
            await set_network(session, "prova", changes, **BY)


async def test_criteria_have_a_weight_and_a_name_in_every_language(reviews: Reviews):
    async with reviews.database.transaction() as session:
        for weight in (0, 101):
            with pytest.raises(Refused, match="A weight is a whole number from 1 to 100"):
                await set_criterion(session, "OWN-A", weight=weight, names={}, **BY)
        with pytest.raises(Refused, match="es, fr missing"):
            await set_criterion(session, "OWN-D", weight=1, names={"ca": "a", "en": "b"}, **BY)
        with pytest.raises(Refused, match="Say what is to be set"):
            await set_criterion(session, "OWN-A", weight=None, names={}, **BY)
        with pytest.raises(Refused, match="a criterion of the plan"):
            await drop_criterion(session, "OWN-A", **BY)
        with pytest.raises(Refused, match="There is no criterion “OWN-Z”"):
            await drop_criterion(session, "OWN-Z", **BY)
        await set_criterion(session, "OWN-D", weight=5, names=NAMES, **BY)
        await drop_criterion(session, "OWN-D", **BY)
        assert len(list(await session.scalars(select(Criterion)))) == 3


async def test_networks_are_added_once_and_matched_as_people_write_them(reviews: Reviews):
    async with reviews.database.transaction() as session:
        for written in ("xarxa de prova", "XARXA  DE PROVA", "xdp", "Xarxa-de-Prova"):
            with pytest.raises(Refused, match="is in the register already: NET-PROVA"):
                await add_network(session, written, **BY)
        with pytest.raises(Refused, match="Give a name"):
            await add_network(session, "  ", **BY)
        first = await add_network(session, "Ciutats  del Bé", **BY)
        assert (first.code, first.name, first.state) == ("NET-CIUTATSDELBE", "Ciutats del Bé", "candidate")
        known = list(await session.scalars(select(Network)))
        found = match_network("ciutats del be", known)
        assert found is not None
        assert found.code == "NET-CIUTATSDELBE"
        assert match_network("Ciutats", known) is None
        greek = await add_network(session, "Δίκτυο Πόλεων", **BY)
        assert greek.code == "NET-NEW"
        with pytest.raises(Refused, match="is in the register already: NET-NEW"):
            await add_network(session, "δικτυο πολεων", **BY)
        assert (await add_network(session, "Δίκτυο", **BY)).code == "NET-NEW_2"
        with pytest.raises(Refused, match="There is no network “Cities”"):
            await find_network(session, "Cities")


async def test_the_office_is_the_unit_that_leads_the_action_of_the_criteria(reviews: Reviews):
    async with reviews.database.reading() as session:
        office = await office_of(session, "TST")
        assert (office.unit_code, office.institution, office.zone) == ("HEALTH", "Ajuntament de Prova", "Europe/Madrid")
        assert await office_of(session, None) == office
        with pytest.raises(Refused, match="say which with --office"):
            await office_of(session, "AMB")
