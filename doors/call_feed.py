"""The feed of European calls: each programme is read from the portal as a whole, and then taken or not.

Promise: what was known stands until a whole programme was read that can be true. Programmes are read one after the
other, so that all of them together ask no more often than one.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from doors.portal import Portal
from models.contracts.calls import CrawlResult
from models.contracts.portal import CrawlRefused, PortalAway
from models.contracts.refusal import Refused
from operations.crawling import begin_crawl, give_up, stage_page, take_crawl
from settings import Settings
from store.database import Database, is_away

log = logging.getLogger(__name__)


class CallFeed:
    """Reads programmes from the portal of the settings. `pause`: seconds between two requests.

    Raises:
        Refused: there is no address to read from.

    """

    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], datetime], *, pause: float = 0.5
    ) -> None:
        if settings.calls_portal_address is None:
            raise Refused("No portal is set to read calls from: set FOCAL_CALLS_PORTAL_ADDRESS to its search address.")
        self._database = database
        self._settings = settings
        self._clock = clock
        self._portal = Portal(settings.calls_portal_address, contact=settings.coordinator_address, pause=pause)

    async def read_calls(self) -> int:
        """Read the programmes of the settings; gives how many were taken. One that cannot be read holds up no other."""
        taken = 0
        async with self._portal as portal:
            for programme in self._settings.calls_programmes.split():
                try:
                    result = await self._read(portal, programme, accept_loss=False)
                except Refused as refusal:
                    log.warning("The calls of %s were not read: %s", programme, refusal)
                    continue
                except Exception as fault:
                    if is_away(fault):
                        raise
                    log.exception("The calls of %s were not read", programme)
                    continue
                taken += result.outcome == "taken"
                if result.outcome != "taken":
                    log.warning("The calls of %s were not taken: %s", programme, result.reason)
        return taken

    async def sync(self, programmes: Sequence[str], *, accept_loss: bool = False) -> list[CrawlResult]:
        """Read some programmes; gives what became of each.

        Raises:
            Refused: unknown programme, one that the portal does not list, or another reading of it was begun.

        """
        async with self._portal as portal:
            return [await self._read(portal, programme, accept_loss=accept_loss) for programme in programmes]

    async def _read(self, portal: Portal, programme: str, *, accept_loss: bool) -> CrawlResult:
        async with self._database.transaction() as session:
            crawl_id, scope = await begin_crawl(session, programme, now=self._clock())
        try:
            async for page in portal.crawl(scope):
                async with self._database.transaction() as session:
                    await stage_page(session, crawl_id, page)
            async with self._database.transaction() as session:
                return await take_crawl(session, self._settings, crawl_id, accept_loss=accept_loss, now=self._clock())
        except Refused:
            raise
        except Exception as fault:
            if is_away(fault):
                raise
            failed, reason = not isinstance(fault, CrawlRefused), _reason(fault, programme)
            async with self._database.transaction() as session:
                return await give_up(session, self._settings, crawl_id, failed=failed, reason=reason, now=self._clock())


def _reason(fault: Exception, programme: str) -> str:
    """Why nothing is taken; what nobody thought of is logged whole."""
    if isinstance(fault, CrawlRefused | PortalAway):
        return fault.reason
    log.error("The calls of %s could not be taken", programme, exc_info=fault)
    return f"What came could not be taken, for a reason that nobody thought of: {type(fault).__name__}. See the log."
