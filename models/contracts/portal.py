"""What passes between the European portal's search interface and us: its answers, strictly as they are agreed."""

from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from models.contracts.calls import Shape


class ProgrammeScope(Shape):
    """Which calls are asked for: those forthcoming and open of the programme that the portal lists as `portal_code`.

    Their deadlines are at `cutoff_hour` of the clock of `zone`. `known`: topics of the register that are not over yet,
    by identifier; those that are not listed are asked for by name, so that one that was closed is told from one that
    is gone.
    """

    code: str
    portal_code: str
    cutoff_hour: time = time(17)
    zone: str = "Europe/Brussels"
    known: tuple[str, ...] = ()


class RowRefused(Shape):
    """One call that cannot be taken as it came, with the reason, in English; what is known of it stands.

    `identifier`: as the portal wrote it, or the portal's own reference where there is none.
    """

    identifier: str
    reason: str


class CrawlRefused(Exception):  # noqa: N818 - it is an answer, not a fault
    """What came cannot be trusted: nothing of the crawl may be taken. `reason` says what was seen, and where."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PortalAway(Exception):  # noqa: N818 - it is an answer, not a fault
    """Nothing came, however often it was tried: nothing of the crawl may be taken. `reason` says what was seen."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Received(BaseModel):
    """What the portal sends: more than is read here, but that exactly so."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class PortalRow(Received):
    """One document of the index. Every value of `metadata` is a list of strings, even a number, even JSON."""

    reference: str
    language: str
    content: str | None = None
    url: str | None = None
    metadata: dict[str, tuple[str, ...]]


class PortalPage(Received):
    """One page of a listing, with its own number and size as the portal understood them, and the total of all pages."""

    total: int = Field(alias="totalResults", ge=0)
    number: int = Field(alias="pageNumber")
    size: int = Field(alias="pageSize")
    rows: tuple[PortalRow, ...] = Field(alias="results")


class Throwable(Received):
    """How the portal reports an error of its own under the status 200."""

    type: str = Field(pattern="^throwable$")
    message: str = ""


def _amount(written: object) -> object:
    """A number however the portal writes it: `100000`, `"100000"`, `"100,000"`; nothing means that none is stated."""
    if written is None:
        return Decimal(0)
    try:
        return Decimal(str(written).replace(",", "").strip() or 0)
    except InvalidOperation:
        return written  # and is refused


MOST_EUROS = 10**13
"""More than any programme has."""
Amount = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0, lt=MOST_EUROS, allow_inf_nan=False)]
"""Euros; 0 where it is not stated."""
Count = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0, lt=10**9, allow_inf_nan=False)]
"""0 where it is not stated."""


class BudgetAction(Received):
    """What is planned for one action of a call."""

    action: str
    grants: Count = Field(alias="expectedGrants", default=Decimal(0))
    largest: Amount = Field(alias="maxContribution", default=Decimal(0))
    years: dict[str, Amount] = Field(alias="budgetYearMap", default={})


class BudgetOverview(Received):
    """The budget of a whole call, with all of its topics; it comes as JSON within a string."""

    actions: dict[str, tuple[BudgetAction, ...]] = Field(alias="budgetTopicActionMap", default={})
