"""Importing people from files: a look at every row that would change, then the same files as they were looked at.

What was sent stays with the page until it is imported: the files travel in the form, so that nothing has to be chosen
a second time and nothing is kept here of what is never imported.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.desk import Fault, go, page
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.files import Problem
from models.contracts.people import PeopleFile, PeopleProblems
from models.policies.people import Absence, Appointment, PersonFacts, UnitFacts
from models.policies.people_rows import KINDS, visible
from operations.people import ImportPreview, PreviewOutdated, RowChange, import_as_seen, preview_people

router = APIRouter(route_class=Guarded)
MOST_FILES = 8
MOST_BYTES = 2_000_000
"""Of all files together: written into the form, they are half as long again, and a form has its limit."""
ROWS_SHOWN = 300
PROBLEMS_SHOWN = 200


@router.api_route("/people/import", methods=READ)
@allowed("coordinator", city=True)
async def ask(request: Request) -> Response:
    """Which files, and what must stand in them."""
    return await _page(request)


@router.post("/people/import")
@allowed("coordinator", city=True)
async def preview(request: Request) -> Response:
    """What the files would change, row by row, or everything that is wrong in them."""
    try:
        # Whole before it is taken apart: parts that are left in the middle would stay open.
        await request.body()
        async with request.form(max_files=MOST_FILES + 1) as form:
            sent = [each for each in form.getlist("files") if isinstance(each, UploadFile) and each.filename]
            files = [PeopleFile(_name(each.filename), await each.read()) for each in sent]
    except UnicodeError:  # of a character set that reads nothing
        return await _page(request, [Fault("files", "files_unread")])
    except HTTPException as refused:
        too_large = refused.status_code == 413  # noqa: PLR2004
        return await _page(request, [Fault("files", "files_too_large" if too_large else "files_unread")])
    if not files:
        return await _page(request, [Fault("files", "files_missing")])
    if len(files) > MOST_FILES or sum(len(file.content) for file in files) > MOST_BYTES:
        return await _page(request, [Fault("files", "files_too_large")])
    try:
        async with site_of(request).database.reading() as session:
            found = await preview_people(session, files, now=datetime.now(UTC))
    except PeopleProblems as wrong:
        return await _page(request, problems=wrong.problems)
    return await _page(request, files=files, found=found)


@router.post("/people/import/confirm")
@allowed("coordinator", city=True)
async def confirm(request: Request) -> Response:
    """Import the files that were looked at; where they would do something else by now, that is shown first."""
    fields = await read_fields(request)
    files = _carried(fields)
    try:
        async with site_of(request).database.transaction() as session:
            by, now = staff_of(request).code, datetime.now(UTC)
            await import_as_seen(session, files, fields.get("seen", ""), now=now, by=by)
    except PeopleProblems as wrong:
        return await _page(request, problems=wrong.problems)
    except PreviewOutdated as outdated:
        return await _page(request, files=files, found=outdated.preview, outdated=True)
    return go("/people", "people_imported")


def _name(written: str | None) -> str:
    """The name of a file as a page and the record show it."""
    return visible((written or "").replace("\\", "/").rpartition("/")[2])[:120]


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One row of a preview: what it is about, by name and code, and its fields as they are and will be."""

    title: str
    code: str
    is_new: bool
    differences: Mapping[str, tuple[Any, Any]]


def _shown(change: RowChange) -> ShownChange:
    match change.after:
        case UnitFacts() | PersonFacts() as row:
            about = row.name, row.code
        case Appointment() as row:
            about = f"{row.person_code} · {row.unit_code}", row.first_day.isoformat()
        case Absence() as row:
            about = row.person_code, row.first_day.isoformat()
    return ShownChange(*about, change.before is None, change.differences())


def _carried(fields: dict[str, str]) -> list[PeopleFile]:
    """The files that a page carried in its form."""
    files = []
    for number in range(MOST_FILES):
        content = fields.get(f"content-{number}")
        if content is None:
            break
        try:
            files.append(PeopleFile(_name(fields.get(f"file-{number}")), base64.b64decode(content, validate=True)))
        except ValueError:
            raise HTTPException(404) from None
    if not files:
        raise HTTPException(404)
    return files


async def _page(
    request: Request,
    faults: Sequence[Fault] = (),
    *,
    problems: Sequence[Problem] = (),
    files: Sequence[PeopleFile] = (),
    found: ImportPreview | None = None,
    outdated: bool = False,
) -> Response:
    changes = found.changes if found else ()
    return await page(
        request,
        "office_import.html",
        status=409 if outdated else 422 if faults or problems else 200,
        faults=faults,
        kinds=KINDS,
        problems=problems[:PROBLEMS_SHOWN],
        problem_count=len(problems),
        found=found,
        changes=[_shown(change) for change in changes[:ROWS_SHOWN]],
        change_count=len(changes),
        carried=[(file.name, base64.b64encode(file.content).decode()) for file in files],
        outdated=outdated,
        most=MOST_BYTES // 1_000_000,
    )
