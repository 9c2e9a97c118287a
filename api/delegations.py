"""Starting a delegation over HTTP: for other programs of the city; see `api.programs`."""

import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.guard import staff_of
from api.programs import SENDING, Shown, Unfit, open_to, problems
from api.site import site_of
from models.contracts.delegation_reception import DelegationOrder, read_order
from models.contracts.interface import StartedView
from models.contracts.refusal import Refused, said
from models.contracts.staff import Staff
from operations.delegation_reception import KeyUsed, start

router = APIRouter(route_class=Shown, tags=["delegations"])
WRONG = "The delegation cannot be started."
EXAMPLE = {
    "organisation": "Comune di Bologna",
    "city": "Bologna",
    "country": "Italy",
    "kind": "institutional",
    "head": "Giulia Ferri",
    "people": {"women": 4, "men": 3},
    "language": "en",
    "contact": {"name": "Giulia Ferri", "address": "g.ferri@comune.bologna.example"},
    "themes": ["Urban health"],
    "first_day": "2027-03-09",
    "last_day": "2027-03-10",
    "hosts": ["ACT-VLC-SALUT"],
    "office": "ACT-VLC-STI",
    "plan": "VLC",
}
ORDER = DelegationOrder.model_json_schema(ref_template="#/components/schemas/{model}")
DEFINITIONS = ORDER.pop("$defs", {})
"""What the schema of an order refers to; the document of the interface has it among its own."""


@router.post(
    "/delegations",
    summary="Start the reception of a delegation",
    status_code=201,
    response_model=StartedView,
    responses={200: {"description": "An earlier request started it.", "model": StartedView}, **problems(*SENDING)},
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": ORDER, "example": EXAMPLE}}}
    },
)
@open_to("coordinator")
async def start_delegation(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(description="Names the order: sent again under the same key, it starts nothing more.", max_length=200),
    ] = None,
) -> Response:
    """Answer 201, or 200 where the same order had started it already. The order is checked before anything starts."""
    content, staff, site = json.loads(await request.body()), staff_of(request), site_of(request)
    if not isinstance(content, dict):
        raise Unfit(422, WRONG, "The body holds no fields: send an object.")
    key = (idempotency_key or "").strip().strip('"') or None
    try:
        order = _of_theirs(staff, read_order(content))
        async with site.database.transaction() as session:
            started = await start(session, order, by=staff.code, now=datetime.now(UTC), key=key)
    except KeyUsed as refusal:
        raise Unfit(409, "This order cannot be carried out once more.", *refusal.problems) from refusal
    except Refused as refusal:
        raise Unfit(422, WRONG, *refusal.problems) from refusal
    reference = started.order.reference
    where = f"{site.settings.office_url}/delegations/{reference.removeprefix('delegation/')}"
    view = StartedView(reference=reference, joined=started.joined)
    return JSONResponse(view.model_dump(), 200 if started.joined else 201, headers={"Location": where})


def _of_theirs(staff: Staff, order: DelegationOrder) -> DelegationOrder:
    """An order for an office within the units of the token; others do not exist for it."""
    if not staff.holds(order.office, "coordinator"):
        raise Refused(said("There is no unit “%(unit)s”.", unit=order.office))
    return order
