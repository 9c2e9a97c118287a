"""The door to the European portal: reads all calls of a programme, page by page.

Promise: at most two requests a second, one at a time; who asks is named, with an address to write to. A listing that
shifts, breaks off or is not what was asked for ends the crawl with a reason. No more than two pages are held in memory.
"""

import asyncio
import codecs
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx
from pydantic import ValidationError

from models.contracts.calls import ReadCall
from models.contracts.portal import (
    CrawlRefused,
    PortalAway,
    PortalPage,
    PortalRow,
    ProgrammeScope,
    RowRefused,
    Throwable,
)
from models.policies.portal_rows import CURRENT_INDEX, KINDS, STATUSES, is_call, read_row

PAGE = 100
"""Rows of a page: the portal gives no more, and does not say so."""
MOST = 20_000
"""More rows than any programme has: a listing that is longer did not heed what was asked."""
LARGEST = 64 * 1024 * 1024
"""Bytes of one answer."""
TRIES = 3
REST = 2.0
"""Seconds, about, before what failed is tried again; twice as long before the last time."""
SORTED_BY = {"1": "identifier", "2": "callIdentifier", "8": "callccm2Id"}
"""Types of calls (topics; external actions; calls of funded projects), each with a field that all of them have."""
TOPIC = "1"
AHEAD = tuple(code for code, status in STATUSES.items() if status != "closed")
LANGUAGE = "en"


class Portal:
    """The search interface at an address (all of it, without a query). `contact`: an address of ours, told to it.

    `pause` and `timeout` are seconds: between two requests, and for one of them to be answered.
    """

    def __init__(
        self,
        address: str,
        *,
        contact: str,
        pause: float = 0.5,
        timeout: float = 60.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._address = address
        self._contact = contact
        self._pause = pause
        self._timeout = timeout
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        agent = f"Focal (European calls of a city; contact: {self._contact})"
        self._client = httpx.AsyncClient(headers={"User-Agent": agent}, timeout=None)  # noqa: S113 - `_sent` has one
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def crawl(self, scope: ProgrammeScope) -> AsyncIterator[list[ReadCall | RowRefused]]:
        """Every call of a programme, a page at a time; no identifier comes twice as a call.

        A programme without calls gives nothing: whether that can be is for the caller to judge.

        Raises:
            CrawlRefused: what comes cannot be trusted.
            PortalAway: nothing came after three tries.

        """
        heard: set[str] = set()
        for kind in SORTED_BY:
            async for rows in self._listing(scope, kind, {"status": AHEAD}):
                yield list(_read(rows, scope, kind, heard))
        missed = [identifier for identifier in scope.known if identifier.upper() not in heard]
        for start in range(0, len(missed), PAGE):
            async for rows in self._listing(scope, TOPIC, {"identifier": missed[start : start + PAGE]}):
                yield list(_read(rows, scope, TOPIC, heard))

    async def _listing(
        self, scope: ProgrammeScope, kind: str, wanted: Mapping[str, Sequence[str]]
    ) -> AsyncIterator[tuple[PortalRow, ...]]:
        """All rows of one type, a page at a time, in an order that does not depend on the question."""
        terms = {"type": [kind], "DATASOURCE": [CURRENT_INDEX], "frameworkProgramme": [scope.portal_code], **wanted}
        query = {"bool": {"must": [{"terms": {field: list(values)}} for field, values in terms.items()]}}
        parts = {"query": query, "languages": [LANGUAGE], "sort": {"field": SORTED_BY[kind], "order": "ASC"}}
        seen: set[tuple[str, ...]] = set()
        total: int | None = None
        number = 1
        while total is None or len(seen) < total:
            where = f"page {number} of the calls of {scope.code} (type {kind})"
            page = _understood(await self._answer(parts, number, where), where)
            _check(page, number, len(seen), total, where)
            total, number = page.total, number + 1
            for row in page.rows:
                key = (*row.metadata.get("DATASOURCE", ()), row.reference, row.language)
                if key in seen:
                    raise CrawlRefused(f"{row.reference} came a second time, on {where}: the listing shifted.")
                seen.add(key)
            yield page.rows

    async def _answer(self, parts: Mapping[str, object], number: int, where: str) -> bytes:
        """What the portal answers to one question; asked again where it fails."""
        reason = ""
        for rest in (0.0, REST, 2 * REST):
            await self._sleep(self._pause + rest * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
            try:
                async with asyncio.timeout(self._timeout):
                    status, body = await self._sent(parts, number)
            except TimeoutError:
                reason = f"no answer within {self._timeout:g} seconds"
            except httpx.RequestError as fault:
                reason = f"{type(fault).__name__} {fault}".strip()
            else:
                reason = _failure(status, body)
                if not reason:
                    return body
                if not _may_pass(status):
                    raise CrawlRefused(f"The portal does not take the question for {where}: {reason}")
        raise PortalAway(f"The portal did not give {where}, asked {TRIES} times: {reason}")

    async def _sent(self, parts: Mapping[str, object], number: int) -> tuple[int, bytes]:
        """One request: its status, and what came, at most `LARGEST` bytes."""
        query: dict[str, str | int] = {"apiKey": "SEDIA", "text": "***", "pageSize": PAGE, "pageNumber": number}
        # Every part says that it is JSON: without, the portal fails; as anything else, it ignores what is asked.
        files = {name: (None, json.dumps(value), "application/json") for name, value in parts.items()}
        async with self._client.stream("POST", self._address, params=query, files=files) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise CrawlRefused(f"Page {number} has more than {LARGEST} bytes.")
        return response.status_code, bytes(body).removeprefix(codecs.BOM_UTF8)


def _may_pass(status: int) -> bool:
    """Whether a failure goes away by itself; the portal reports its own also under the status 200."""
    return status in {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS} or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _failure(status: int, body: bytes) -> str:
    """What went wrong on the portal's side; empty when nothing did."""
    if status != HTTPStatus.OK:
        return f"{status} {' '.join(body[:200].decode('utf-8', 'replace').split())}".strip()
    try:
        return f"an error under the status 200: {Throwable.model_validate_json(body).message}"
    except ValidationError:
        return ""


def _understood(body: bytes, where: str) -> PortalPage:
    try:
        return PortalPage.model_validate_json(body)
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "all of it"
        raise CrawlRefused(f"The form of {where} is not the agreed one: {field}: {first['msg'].lower()}.") from fault


def _check(page: PortalPage, number: int, seen: int, total: int | None, where: str) -> None:
    """Refuse a page that is not the one that follows on what was read."""
    if (page.number, page.size) != (number, PAGE):
        raise CrawlRefused(f"{PAGE} rows of {where} were asked for; page {page.number} with {page.size} came.")
    if total not in {None, page.total}:
        raise CrawlRefused(f"There were {total} rows, and on {where} there are {page.total}: the listing changed.")
    if page.total > MOST:
        raise CrawlRefused(f"There are {page.total} rows on {where}: what was asked for was not heeded.")
    due = min(PAGE, page.total - seen)
    if len(page.rows) != due:
        raise CrawlRefused(f"{len(page.rows)} rows came with {where}; of {page.total}, {due} were to come.")


def _read(
    rows: Sequence[PortalRow], scope: ProgrammeScope, kind: str, heard: set[str]
) -> Iterator[ReadCall | RowRefused]:
    """What stands on a page. `heard`: the identifiers that were read before, in capitals; those of this page join."""
    for row in filter(is_call, rows):
        found = {**row.metadata, "language": (row.language,)}
        for field, wanted in {"type": kind, "frameworkProgramme": scope.portal_code, "language": LANGUAGE}.items():
            if wanted not in found.get(field, ()):
                has = ", ".join(found.get(field, ())) or "none"
                raise CrawlRefused(f"{row.reference} has the {field} {has}, and {wanted} was asked for.")
        read = read_row(row, scope, KINDS[kind])
        if isinstance(read, ReadCall) and read.identifier.upper() in heard:
            read = RowRefused(identifier=read.identifier, reason=f"It is listed a second time, as {row.reference}.")
        heard.add(read.identifier.upper())
        yield read
