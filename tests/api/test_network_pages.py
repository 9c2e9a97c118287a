"""The office's pages of networks: the register, reviews, criteria, the question what areas have joined."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from models.tables.membership_review import Census, Criterion, Network, Review
from models.tables.process import AuditEvent
from operations.networks import NetworkChanges, set_network
from tests.api.house import House
from tests.api.registers import with_networks
from tests.memberships.house import Reviews


def seen_of(html: str) -> str:
    """The number of the last event that a page has shown."""
    found = re.search(r'name="seen" value="(\d+)"', html)
    assert found is not None
    return found[1]


async def test_a_coordinator_sets_what_is_known_of_a_network_adds_one_and_has_it_reviewed(house: House):
    await with_networks(house)
    async with house.staff() as client:
        register = (await client.get("/networks?lang=en")).text
        assert "Xarxa de Prova" in register
        assert "Ciutats Saludables" in register
        assert "5,000" in register
        assert "Xarxa Nova" not in register  # a candidate stands under another tab
        page = (await client.get("/networks/NET-SALUT/edit?lang=en")).text
        typed = {
            "seen": seen_of(page),
            "fee": "1.500,50",
            "notice_months": "3",
            "year_ends": "30/6",
            "unit": "HEALTH",
            "plan": "TST",
            "roles": "Presidència <b>",
            "next_review": "",
        }
        saved = await client.post("/networks/NET-SALUT/edit", data=typed)
        assert saved.headers["location"] == "/networks/NET-SALUT?done=saved"
        shown = (await client.get("/networks/NET-SALUT?done=saved&lang=en")).text
        assert "1,500.5" in shown
        assert "3 months before 30/6" in shown
        assert "Presidència &lt;b&gt;" in shown
        added = await client.post("/networks/add", data={"name": "Xarxa Afegida", "member": "1", "plan": "TST"})
        assert added.headers["location"] == "/networks/NET-XARXAAFEGIDA?done=network_added"
        again = await client.post("/networks/add", data={"name": "xarxa afegida", "kind": "xarxa"})
        assert again.status_code == 422
        assert 'value="xarxa"' in again.text
        page = (await client.get("/networks/NET-PROVA?lang=en")).text
        year = datetime.now(UTC).year
        started = await client.post("/networks/NET-PROVA/review", data={"seen": seen_of(page), "year": str(year)})
        assert started.headers["location"] == f"/networks/NET-PROVA/reviews/{year}?done=review_started"
        assert (await client.get(f"/networks/NET-PROVA/reviews/{year}")).status_code == 200
        twice = await client.post("/networks/NET-PROVA/review", data={"seen": "9" * 9, "year": str(year)})
        assert twice.status_code == 422
    async with house.database.reading() as session:
        network = await session.get_one(Network, "NET-SALUT")
        assert (str(network.fee), network.notice_months, network.year_ends) == ("1500.50", 3, "06-30")
        actors = set(await session.scalars(select(AuditEvent.actor).where(AuditEvent.action.like("network.%"))))
        assert actors == {"mayor"}


async def test_what_cannot_be_read_is_told_and_what_somebody_else_did_meanwhile_is_shown(house: House):
    await with_networks(house)
    async with house.staff() as client:
        page = (await client.get("/networks/NET-PROVA/edit?lang=en")).text
        typed = {"seen": seen_of(page), "fee": "cinc", "year_ends": "el final", "roles": "Junta", "unit": "NOPE"}
        wrong = await client.post("/networks/NET-PROVA/edit?lang=en", data=typed)
        assert wrong.status_code == 422
        assert wrong.text.count('href="#fee"') == wrong.text.count('href="#year_ends"') == 1
        assert 'value="cinc"' in wrong.text
        assert ">Junta</textarea>" in wrong.text
        refused = await client.post("/networks/NET-PROVA/edit", data=typed | {"fee": "6", "year_ends": ""})
        assert refused.status_code == 422
        assert "NOPE" in refused.text
        async with house.database.transaction() as session:
            changes = NetworkChanges(roles="Presidència")
            await set_network(session, "NET-PROVA", changes, by="health-head", now=datetime.now(UTC))
        late = typed | {"fee": "6000", "year_ends": "31/12", "unit": "ECOLOGY"}
        meanwhile = await client.post("/networks/NET-PROVA/edit?lang=en", data=late)
        assert meanwhile.status_code == 409
        assert "Hèctor Cap" in meanwhile.text
        assert 'value="6000"' in meanwhile.text
        done = await client.post("/networks/NET-PROVA/edit", data=late | {"seen": seen_of(meanwhile.text)})
        assert done.status_code == 303
    async with house.database.reading() as session:
        network = await session.get_one(Network, "NET-PROVA")
        assert (str(network.fee), network.roles) == ("6000.00", "Junta")


async def test_a_review_shows_the_evidence_the_reckoning_and_what_follows(house: House):
    await with_networks(house)
    reviews = Reviews(house.database, house.settings)
    process_id = await reviews.to_decision()
    async with house.staff("manager") as client:
        page = (await client.get("/networks/NET-PROVA/reviews/2027?lang=en")).text
        assert "9 points over a weight of 3 are 3 out of 4." in page
        assert "Junta directiva" in page
        assert "Perquè 3" in page
        assert "20" in page
        assert page.count("<circle") == 1
        assert "on “Criterion OWN-A” would give" in page
    async with house.database.transaction() as session:
        review = await session.get_one(Review, process_id)
        review.decision, review.decided_by, review.decision_reason = "leave", "mayor", "Massa car"
        review.letter, review.notice_on = "Carta", datetime(2027, 6, 30, tzinfo=UTC).date()
    async with house.staff() as client:
        page = (await client.get("/networks/NET-PROVA/reviews/2027?lang=en")).text
        assert "Leave it" in page
        assert "Massa car" in page
        assert "30 June 2027" in page
        assert "/networks/NET-PROVA/reviews/2027" in (await client.get("/networks")).text


@pytest.mark.drill
async def test_the_reviews_of_a_year_a_census_and_the_criteria_are_a_coordinators_to_open_and_change(house: House):
    await with_networks(house)
    year = str(datetime.now(UTC).year)
    async with house.staff() as client:
        assert (await client.post("/networks/reviews", data={"year": "1999"})).status_code == 422
        opened = await client.post("/networks/reviews?lang=en", data={"year": year})
        assert opened.status_code == 200
        assert "open now" in opened.text
        assert (await client.post("/networks/reviews?lang=en", data={"year": year})).text.count("Left out") == 1
        asked = await client.post("/networks/census", data={"plan": ""})
        assert asked.headers["location"] == "/networks/census?done=census_started"
        assert (await client.post("/networks/census", data={"plan": ""})).status_code == 422
        assert (await client.get("/networks/census")).status_code == 200
        weights = {"weight-OWN-A": "3", "weight-OWN-B": "1", "weight-OWN-C": "1"}
        assert (await client.post("/networks/criteria", data=weights)).status_code == 303
        wrong = await client.post("/networks/criteria?lang=en", data=weights | {"weight-OWN-B": "molt"})
        assert wrong.status_code == 422
        assert 'value="molt"' in wrong.text
        assert (await client.post("/networks/criteria", data={"drop": "OWN-A"})).status_code == 422  # a plan's
        own = {"code": "own-z", "weight": "2", "name-en": "Own"}
        assert (await client.post("/networks/criteria/add", data=own)).status_code == 422
        own |= {f"name-{tag}": "Propi" for tag in ("ca", "ca-ES-valencia", "es", "fr")}
        assert (await client.post("/networks/criteria/add", data=own)).status_code == 303
        assert (await client.post("/networks/criteria", data={"drop": "OWN-Z"})).status_code == 303
    async with house.database.reading() as session:
        assert len(list(await session.scalars(select(Review)))) >= 1
        assert len(list(await session.scalars(select(Census)))) == 1
        assert (await session.get_one(Criterion, "OWN-A")).weight == 3
        assert await session.get(Criterion, "OWN-Z") is None


async def test_a_manager_of_a_unit_sees_its_networks_and_no_others(house: House):
    await with_networks(house)
    await Reviews(house.database, house.settings).begun()
    async with house.staff("manager", person="ecology-head", unit="ECOLOGY") as client:
        register = (await client.get("/networks?state=all&lang=en")).text
        assert "Xarxa de Prova" in register
        assert "Xarxa Nova" in register
        assert "Ciutats Saludables" not in register
        assert (await client.get("/networks/NET-PROVA/reviews/2027")).status_code == 200
        for path in ("NET-SALUT", "NET-NONE", "NET-PROVA/edit", "NET-PROVA/reviews/2026", "criteria", "add"):
            assert (await client.get(f"/networks/{path}")).status_code == 404, path
        for path in ("NET-PROVA/edit", "NET-PROVA/review", "add", "census", "reviews", "criteria"):
            assert (await client.post(f"/networks/{path}", data={"year": "2027"})).status_code == 404, path
