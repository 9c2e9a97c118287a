"""A portal of our own that behaves like the European one: what it checks, what it ignores, and how it fails.

It listens on loopback only, and knows invented calls (`embedded/fake_calls.py`).
"""

import asyncio
import codecs
import copy
import json
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from embedded.fake_calls import EARLIER, Row, invented
from embedded.ports import LOOPBACK
from embedded.serving import served

PATH = "/search-api/prod/rest/search"
LARGEST_PAGE = 100
SLOW_SECONDS = 20.0
INTERNAL = {"type": "throwable", "message": "An internal error occurred"}

FAULTS = {
    "error-once": "answers 500 to the first request, and works afterwards",
    "error": "answers 500 to everything",
    "throwable": "hides an error in the status 200",
    "too-large": "answers 400, as for a result of more than 100 MB",
    "unsupported": "answers 415",
    "slow": "lets every request wait for 20 seconds",
    "bom": "begins every answer with a byte order mark",
    "total-changes": "has another total from the second page on",
    "capped-page": "gives 50 rows a page, whatever is asked",
    "other-page": "gives another page than the one asked for",
    "duplicate-rows": "gives the first row of a page twice, and leaves the last one out",
    "empty-page": "has nothing on the second page",
    "no-results": "finds nothing",
    "more-rows": "gives more rows than it counts",
    "count-as-string": "writes the total as a string",
    "value-is-no-list": "writes a value that is not a list",
    "filters-ignored": "gives everything, whatever is asked",
    "endless": "counts four million rows",
    "questions": "lists questions with their answers among the calls",
    "copies": "lists copies that an earlier index has left, too",
    "unknown-status": "gives the first row a status that nobody knows",
    "script": "has a script in the first description",
    "link-outside": "links the first row to a page outside the Union's domain",
    "to-be-announced": "has a deadline in words in the first row",
    "far-future": "has a deadline in 2099 in the first row",
}
"""Each by name, with what the portal does then. Those of a row are in the first topic of every page."""


class Unanswerable(Exception):  # noqa: N818 - a status of the portal's
    """What the portal says to a request that it does not take."""

    def __init__(self, status: HTTPStatus, said: object) -> None:
        super().__init__(said)
        self.status, self.said = status, said


@dataclass
class FakePortal:
    """The portal: its rows, the faults that are switched on (`FAULTS`), how often it was asked, and by whom."""

    rows: list[Row]
    faults: set[str] = field(default_factory=set)
    slow_seconds: float = SLOW_SECONDS
    asked: int = 0
    askers: set[str] = field(default_factory=set)

    @classmethod
    def invented(cls, calls: int, today: date, faults: Iterable[str] = ()) -> "FakePortal":
        """With so many invented calls, whose days are counted from `today`."""
        return cls(invented(calls, today), set(faults))

    def metadata(self, identifier: str) -> dict[str, list[str]]:
        """What it says about a call, to be changed.

        Raises:
            LookupError: it has no such call.

        """
        for row in self.rows:
            if row["metadata"]["identifier"] == [identifier]:
                found: dict[str, list[str]] = row["metadata"]
                return found
        raise LookupError(identifier)

    async def search(self, request: Request) -> Response:
        """Answer one request as the real one does, with the faults that are switched on."""
        self.asked += 1
        self.askers.add(request.headers.get("user-agent", ""))
        if "slow" in self.faults:
            await asyncio.sleep(self.slow_seconds)
        try:
            self._fail()
            asked = _question(request.query_params, request.headers.get("content-type", ""), await request.body())
            answer = self._answer(*asked)
        except Unanswerable as fault:
            return JSONResponse(fault.said, fault.status)
        mark = codecs.BOM_UTF8 if "bom" in self.faults else b""
        return Response(mark + json.dumps(answer).encode(), media_type="application/json")

    def _fail(self) -> None:
        """Fail before anything is read."""
        if "error" in self.faults or ("error-once" in self.faults and self.asked == 1):
            raise Unanswerable(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL)
        if "throwable" in self.faults:
            raise Unanswerable(HTTPStatus.OK, INTERNAL)
        if "too-large" in self.faults:
            raise Unanswerable(HTTPStatus.BAD_REQUEST, {"message": "Result size limit 100mb has been reached"})
        if "unsupported" in self.faults:
            raise Unanswerable(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"message": "Unsupported media type"})

    def _answer(self, parts: Mapping[str, Any], number: int, size: int) -> dict[str, Any]:
        """One page of what was asked for."""
        size = 50 if "capped-page" in self.faults else size
        found = [] if "no-results" in self.faults else self._found(parts)
        shown = copy.deepcopy(found[(number - 1) * size : number * size])
        total: Any = len(found)
        if "total-changes" in self.faults and number > 1:
            total += 1
        if "more-rows" in self.faults:
            total = max(total - 1, 0)
        if "endless" in self.faults:
            total = 4_170_000
        if "empty-page" in self.faults and number > 1:
            shown = []
        if "duplicate-rows" in self.faults and shown:
            shown[-1] = shown[0]
        if "other-page" in self.faults:
            number += 1
        for row in shown[:1]:
            self._spoil(row)
        return {
            "apiVersion": "2.101",
            "terms": "***",
            "responseTime": 80 + self.asked % 40,
            "totalResults": str(total) if "count-as-string" in self.faults else total,
            "pageNumber": number,
            "pageSize": size,
            "sort": None,
            "groupByField": None,
            "queryLanguage": {"language": "en", "probability": 0.99},
            "spellingSuggestion": None,
            "bestBets": [],
            "warnings": [],
            "results": shown,
        }

    def _found(self, parts: Mapping[str, Any]) -> list[Row]:
        """All rows that are asked for, in the order asked for; without the field of that order, a row is not found."""
        rows = [*self.rows, *self._beside()]
        if "filters-ignored" in self.faults or not parts:
            return rows
        wanted = [_term(each) for each in parts["query"]["bool"]["must"]]
        if "copies" in self.faults:
            wanted = [(name, values) for name, values in wanted if name != "DATASOURCE"]
        found = [row for row in rows if row["language"] in parts["languages"] and _fits(row["metadata"], wanted)]
        if sort := parts.get("sort"):
            found = [row for row in found if row["metadata"].get(sort["field"])]
            found.sort(key=lambda row: row["metadata"][sort["field"]], reverse=sort["order"] == "DESC")
        return found

    def _beside(self) -> Iterator[Row]:
        """What the index holds beside calls, where it is to show."""
        if {"questions", "filters-ignored"} & self.faults:
            for place, row in enumerate(self.rows[::5]):
                question = {"esST_question": ["May a port authority take part?"], "title": ["A question"]}
                yield row | {"reference": f"FAQ-{place}", "metadata": row["metadata"] | question}
        if "copies" in self.faults:
            for row in self.rows[::3]:
                older = {"DATASOURCE": [EARLIER], "status": ["31094502"], "deadlineDate": []}
                yield row | {"metadata": row["metadata"] | older}

    def _spoil(self, row: Row) -> None:
        """Make a row what nobody wants to read."""
        metadata = row["metadata"]
        if "value-is-no-list" in self.faults:
            metadata["keywords"] = "urban heat"
        if "unknown-status" in self.faults:
            metadata["status"] = ["31094599"]
        if "script" in self.faults:
            metadata["descriptionByte"] = ["<p>Read this.</p><script>document.title = 'read'</script>"]
        if "link-outside" in self.faults:
            metadata["url"] = ["https://europa.eu.funding.example/apply"]
        if "to-be-announced" in self.faults:
            metadata["deadlineDate"] = ["To be announced"]
        if "far-future" in self.faults:
            metadata["deadlineDate"] = ["2099-12-31T00:00:00.000+0000"]


def _question(query: Mapping[str, str], content_type: str, body: bytes) -> tuple[dict[str, Any], int, int]:
    """What is asked: the parts, the number of the page and its size.

    As JSON or as a plain form, a request is taken and its parts are ignored.

    Raises:
        Unanswerable: it is not taken.

    """
    if query.get("apiKey") != "SEDIA":
        raise Unanswerable(HTTPStatus.FORBIDDEN, {"message": "Unknown key"})
    if not query.get("text"):
        raise Unanswerable(HTTPStatus.BAD_REQUEST, {"message": "parameter text is not present"})
    number, size = int(query.get("pageNumber", "1")), min(int(query.get("pageSize", "50")), LARGEST_PAGE)
    if not content_type.startswith("multipart/form-data"):
        return {}, number, size
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = {}
    for part in message.iter_parts():
        if part["content-type"] is None or part.get_content_type() != "application/json":
            raise Unanswerable(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL)
        parts[str(part.get_param("name", header="content-disposition"))] = json.loads(part.get_content())
    return parts, number, size


def _term(node: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """The field and the values of one condition.

    Raises:
        Unanswerable: it is of a kind that the portal does not know.

    """
    ((kind, condition),) = node.items()
    if kind not in {"term", "terms"}:
        raise Unanswerable(HTTPStatus.BAD_REQUEST, {"message": f"unknown query [{kind}]"})
    ((name, values),) = condition.items()
    return name, values if kind == "terms" else [values]


def _fits(metadata: Mapping[str, Sequence[str]], wanted: Iterable[tuple[str, Sequence[str]]]) -> bool:
    return all(set(metadata.get(name, ())) & set(values) for name, values in wanted)


@asynccontextmanager
async def open_fake_portal(portal: FakePortal, *, port: int = 0) -> AsyncIterator[str]:
    """The portal on loopback for the length of the block; gives the address to ask. Port 0 takes a free one.

    Raises:
        OSError: the port is taken.

    """
    with socket.create_server((LOOPBACK, port)) as listener:
        async with served(Starlette(routes=[Route(PATH, portal.search, methods=["POST"])]), listener):
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}{PATH}"
