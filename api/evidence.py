"""The pages on which files are handed in with an answer, looked at, and taken back."""

from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.desk import uuid_of
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from api.visits import Visit, begin, read_fields
from models.contracts.refusal import Refused, TaskEnded, said
from models.policies.evidence import ENDINGS, FILES_LIMIT, clean_name, too_large
from models.tables.task import Task
from operations.evidence import add_file, read_evidence, remove_file
from store.database import ReadSession
from store.evidence import read_file, readable_from
from store.task import find_task

router = APIRouter()
office_router = APIRouter(route_class=Guarded)
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""What somebody handed in can run nothing and load nothing, even if a browser shows it instead of keeping it."""
FILE, ITEM = "file", "item"


async def _page(
    visit: Visit,
    session: ReadSession,
    *,
    item: str = "",
    refusal: Refused | None = None,
    status: int = 200,
) -> Response:
    """The files, and a form for another one while any is taken."""
    asked = visit.request.query_params
    return visit.page(
        "evidence_form.html",
        status=status,
        form=await read_evidence(session, visit.holder, settings=visit.site.settings),
        item=item or asked.get(ITEM, ""),
        faults=refusal.problems if refusal else (),
        changed=next((key for key in ("added", "removed") if key in asked and not refusal), ""),
        accept=",".join(f".{ending}" for ending in ENDINGS),
        files_limit=FILES_LIMIT,
    )


@router.api_route("/answer/{reference}/evidence", methods=READ)
async def show(request: Request, reference: str) -> Response:
    """What was handed in so far, what may be, and the form for it."""
    async with site_of(request).database.reading() as session:
        return await _page(await begin(request, session, reference), session)


@router.post("/answer/{reference}/evidence")
async def take(request: Request, reference: str) -> Response:
    """Keep a file, or say what is wrong with it. Sent twice, it is kept once."""
    posted = await _posted(request)
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        if posted is None:
            return await _page(visit, session, refusal=too_large(), status=413)
    name, content, item = posted
    status = 422
    try:
        async with visit.site.database.transaction() as session:
            await add_file(session, visit.holder, name, content, item_id=_item(item), now=visit.now)
        return visit.go(f"{visit.home}/evidence?added=1")
    except TaskEnded as ended:
        refusal: Refused = ended
        status = 409
    except Refused as refused:
        refusal = refused
    async with visit.site.database.reading() as session:
        return await _page(visit, session, item=item, refusal=refusal, status=status)


async def _posted(request: Request) -> tuple[str, bytes, str] | None:
    """The name, the content and the item of what was sent; no name where no file came; None: it is far too large."""
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            file, item = form.get(FILE), form.get(ITEM)
            typed = item if isinstance(item, str) else ""
            if not isinstance(file, UploadFile) or not file.filename:
                return "", b"", typed
            return file.filename, await file.read(), typed
    except UnicodeError:  # of a character set that reads nothing
        return "", b"", ""
    except HTTPException as fault:
        return None if fault.status_code == 413 else ("", b"", "")  # noqa: PLR2004 - the limit of `Protection`


def _item(typed: str) -> UUID | None:
    try:
        return UUID(typed) if typed else None
    except ValueError:
        raise Refused(said("Choose from the list what the file is for.")) from None


@router.post("/answer/{reference}/evidence/{file_id}/remove")
async def remove(request: Request, reference: str, file_id: str) -> Response:
    """Take a file back. Sent twice, it is done once."""
    its_id = uuid_of(file_id)
    fields: Mapping[str, str] = await read_fields(request)
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference, fields)
    try:
        async with visit.site.database.transaction() as session:
            await remove_file(session, visit.holder, its_id, now=visit.now)
        return visit.go(f"{visit.home}/evidence?removed=1")
    except TaskEnded as ended:
        async with visit.site.database.reading() as session:
            return await _page(visit, session, refusal=ended, status=409)


@router.api_route("/answer/{reference}/evidence/{file_id}", methods=READ)
async def download(request: Request, reference: str, file_id: str) -> Response:
    """A file as it was handed in."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        task = await session.get_one(Task, visit.holder.task_id)
        return await file_response(session, await readable_from(session, task), file_id)


@office_router.api_route("/tasks/{reference}/evidence/{file_id}", methods=READ)
@allowed("coordinator", "manager")
async def download_in_office(request: Request, reference: str, file_id: str) -> Response:
    """A file of a task for the office, and for the managers of its unit."""
    async with site_of(request).database.reading() as session:
        try:
            task = await find_task(session, reference)
        except Refused:
            raise HTTPException(404) from None
        if not staff_of(request).holds(task.unit_code, "coordinator", "manager"):
            raise HTTPException(404)
        return await file_response(session, [task.id], file_id)


async def file_response(session: ReadSession, task_ids: list[UUID], file_id: str) -> Response:
    """A file of some tasks, to be kept and not to be shown.

    Raises:
        HTTPException: 404, they have none of it.

    """
    found = await read_file(session, task_ids, uuid_of(file_id))
    if found is None:
        raise HTTPException(404)
    name, media_type, content = found
    plain = clean_name(name).encode("ascii", "replace").decode().replace("?", "_").replace("\\", "_")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": FILE_POLICY}
    # Without a charset a text is read by whoever opens it as they always do.
    return Response(content, headers={**headers, "Content-Type": media_type})
