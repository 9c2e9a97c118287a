"""Networks with their criteria, and calls with what units look for, for the served city."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

from models.tables.calls import Call, CallDeadline, CallTheme, Programme
from models.tables.membership_review import Criterion, Network
from tests.api.house import House
from tests.memberships.house import CRITERIA

CALL, OTHER, PORTAL = "CERV-2027-TOWNS", "LIFE-2027-WATER", "CERV-2027-CITIZENS"
WORDS = "<h2>Objectives</h2><p>Networks of towns, in a table:</p><table><tr><td>1</td></tr></table>"


async def with_networks(house: House) -> None:
    """HEALTH reviews them: a membership for which ECOLOGY answers, one of HEALTH, a candidate."""
    async with house.database.transaction() as session:
        session.add_all(
            Criterion(code=code, position=n, weight=1, names={"en": f"Criterion {code}"}, source="TST-E1-OE1-A1")
            for n, code in enumerate(CRITERIA)
        )
        session.add_all(
            Network(
                code=code,
                name=name,
                aliases=[],
                kind="city network",
                scope="european",
                plan_code="TST",
                state=state,
                unit_code=unit,
                notice_months=months,
                fee=fee,
            )
            for code, name, state, unit, months, fee in (
                ("NET-PROVA", "Xarxa de Prova", "member", "ECOLOGY", 6, 5000),
                ("NET-SALUT", "Ciutats Saludables", "member", "HEALTH", None, None),
                ("NET-NOVA", "Xarxa Nova", "candidate", "ECOLOGY", None, None),
            )
        )


async def with_calls(house: House) -> None:
    """Two calls that are ahead, one of which HEALTH and ECOLOGY look for, and one that closes soon and has changed."""
    now = datetime.now(UTC)
    async with house.database.transaction() as session:
        session.add_all(
            Programme(code=code, name=name, portal_code=None, cutoff_hour=time(17), zone="Europe/Brussels")
            for code, name in (("EU", "Unió Europea"), ("CERV", "Ciutadania"), ("LIFE", "Medi ambient"))
        )
        await session.flush()
        session.add(
            CallTheme(
                code="TST-E1-OE1-A1",
                plan_code="TST",
                action_code="TST-E1-OE1-A1",
                units=["HEALTH", "ECOLOGY"],
                keywords=["networks of towns"],
            )
        )
        for identifier, programme, title, days in (
            (CALL, "CERV", "Networks of Towns", 120),
            (OTHER, "LIFE", "Clean water", 90),
            (PORTAL, "CERV", "Citizens", 6),
        ):
            call = Call(
                id=uuid4(),
                identifier=identifier,
                origin="portal",
                kind="topic",
                programme_code=programme,
                title=title,
                portal_status="open",
                largest_grant=250_000,
                keywords=["towns"],
                description=WORDS,
                url="https://ec.europa.eu/calls/1",
                change={"what": ["title"]} if identifier == PORTAL else None,
                changed_at=now,
                first_seen_at=now,
                seen_at=now,
            )
            session.add(call)
            await session.flush()
            day = now.date() + timedelta(days=days)
            session.add(
                CallDeadline(
                    call_id=call.id, number=1, day=day, hour=time(17), zone="Europe/Brussels", source="default_hour"
                )
            )
