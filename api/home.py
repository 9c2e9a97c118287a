"""The first page of the office: what waits for whoever is signed in, and where everything is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.acting import office_day
from api.desk import page
from api.guard import EVERYBODY, Guarded, allowed, staff_of
from api.site import READ, site_of
from models.contracts.staff import Staff
from store import home, matters
from store.board_numbers import board_numbers
from store.database import ReadSession
from store.decisions import waiting_count

router = APIRouter(route_class=Guarded)


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with where it leads; `name` is its key in `sentences.tile`, `urgent`: it should be looked at."""

    name: str
    count: int
    address: str
    urgent: bool = False


@router.api_route("/", methods=READ)
@allowed(*EVERYBODY)
async def show(request: Request) -> Response:
    """What waits, as numbers that lead to it."""
    async with site_of(request).database.reading() as session:
        now = datetime.now(UTC)
        tiles = await _tiles(session, staff_of(request), now, office_day(request, now))
    return await page(request, "office_home.html", tiles=tiles)


async def _tiles(session: ReadSession, staff: Staff, now: datetime, today: date) -> list[Tile]:
    tiles = []
    if staff.may("manager", "coordinator"):
        counts = await board_numbers(session, staff.units("manager", "coordinator"), now)
        mine = await waiting_count(session, staff.code, now=now, today=today)
        tiles += [
            Tile("mine", mine, "/decisions", urgent=mine > 0),
            Tile("overdue", counts.overdue, "/board", urgent=counts.overdue > 0),
            Tile("soon", counts.soon, "/board?when=soon"),
        ]
    if staff.units("coordinator") is None:
        unsettled = await matters.open_count(session)
        tiles.append(Tile("matters", unsettled, "/matters", urgent=unsettled > 0))
    if staff.units("coordinator", "operator") is None:
        stuck = await home.stuck_mails(session)
        tiles.append(Tile("stuck_mails", stuck, "/mails?state=rejected", urgent=stuck > 0))
    return tiles
