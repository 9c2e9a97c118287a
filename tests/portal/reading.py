"""What tests of the portal share: its scopes, a crawl from beginning to end, rows with one thing changed."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from doors.portal import Portal
from embedded.fake_calls import OPEN, PORTAL_CODES, RELEX, THEMES, Inventor, Row, midnight
from embedded.fake_portal import FakePortal, open_fake_portal
from models.contracts.calls import ReadCall
from models.contracts.portal import PortalRow, ProgrammeScope, RowRefused

TODAY = date(2026, 10, 5)
CONTACT = "office@city.example"
SCOPES = {code: ProgrammeScope(code=code, portal_code=number) for code, number in PORTAL_CODES.items()} | {
    "RELEX": ProgrammeScope(code="RELEX", portal_code=RELEX)
}
TOWNS = "CERV-2027-TOWNS-NT-01"


class Naps:
    """Waits for nothing, and notes for how long it was to wait, and how often the portal had been asked by then."""

    def __init__(self, fake: FakePortal) -> None:
        self._fake = fake
        self.taken: list[tuple[int, float]] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append((self._fake.asked, seconds))


async def crawl(fake: FakePortal, scope: ProgrammeScope, *, seconds: float = 60) -> list[ReadCall | RowRefused]:
    """Everything that a crawl gives, in its order, without waiting between requests."""
    async with (
        open_fake_portal(fake) as address,
        Portal(address, contact=CONTACT, pause=0, timeout=seconds, sleep=Naps(fake)) as portal,
    ):
        return [read async for page in portal.crawl(scope) for read in page]


def calls(read: Sequence[ReadCall | RowRefused]) -> list[ReadCall]:
    return [each for each in read if isinstance(each, ReadCall)]


def refused(read: Sequence[ReadCall | RowRefused]) -> list[RowRefused]:
    return [each for each in read if isinstance(each, RowRefused)]


def document(**metadata: Any) -> Row:
    """A row of a call for networks of towns, with some of its metadata changed."""
    inventor = Inventor(TODAY)
    deadlines = [midnight(date(2026, 12, 10))]
    row = inventor.topic("CERV", TOWNS, THEMES[2], status=OPEN, opens=-20, deadlines=deadlines)
    return row | {"metadata": row["metadata"] | metadata}


def received(row: Row) -> PortalRow:
    """A row as it is received."""
    return PortalRow.model_validate_json(json.dumps(row))
