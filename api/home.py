"""The first page of the office: what waits for whoever is signed in, and where everything is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desk import page
from api.guard import EVERYBODY, Guarded, allowed, staff_of
from api.site import READ, site_of
from models.contracts.staff import Staff
from store import home, matters
from store.database import ReadSession

router = APIRouter(route_class=Guarded)
SOON = timedelta(days=7)


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
        tiles = await _tiles(session, staff_of(request), datetime.now(UTC))
    return await page(request, "office_home.html", tiles=tiles)


async def _tiles(session: ReadSession, staff: Staff, now: datetime) -> list[Tile]:
    tiles = []
    if staff.may("manager", "coordinator"):
        counts = await home.task_counts(session, staff.units("manager", "coordinator"), now, now + SOON)
        mine = await home.open_tasks_of(session, staff.code)
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
