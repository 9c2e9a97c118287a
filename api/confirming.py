"""The pages on which a person says whether a reply that came in their name is theirs."""

import re
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.form import refused_page
from api.site import READ, site_of
from api.visits import Visit, begin, begin_with, let_in, read_fields, tidy
from models.contracts.answering import Confirmation
from models.contracts.confirming import ReplyForm
from models.contracts.refusal import DecisionRefused, TaskEnded
from operations.answering import CollectionClosed, LinkUnusable
from operations.confirming import ReplySettled, confirm_reply, disown_reply, read_reply
from store.database import ReadSession
from store.submissions import find_sent_by_mail

router = APIRouter()
SETTLED = {"confirm": "confirmed", "disown": "disowned"}
"""What a button makes of a reply."""
MAIL_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


async def _page(
    visit: Visit, session: ReadSession, form: ReplyForm, *, token: str = "", late: bool = False
) -> Response:
    """The reply as it was read, with two buttons; once somebody has said whose it is, what became of it.

    `token`: of a visitor who has no cookie yet. `late`: what was said just now changed nothing.
    """
    return visit.page(
        "reply_settled.html" if form.settled else "reply_check.html",
        status=409 if late else 200,
        form=form,
        sent=await find_sent_by_mail(session, form.mail_id) if form.settled else None,
        token=token,
        late=late,
    )


async def _read(visit: Visit, session: ReadSession, mail_id: UUID) -> ReplyForm:
    return await read_reply(session, visit.holder, mail_id, settings=visit.site.settings)


@router.api_route("/a/{token}/reply/{mail_id:path}", methods=READ)
async def show(request: Request, token: str, mail_id: str) -> Response:
    """What the reply says and whence it came. Looking at it changes nothing, however often machines do."""
    token = tidy(token)
    async with site_of(request).database.reading() as session:
        visit = await begin_with(request, session, token)
        return await _page(visit, session, await _read(visit, session, _tidy_id(mail_id)), token=token)


@router.post("/a/{token}/reply/{mail_id:path}")
async def take(request: Request, token: str, mail_id: str) -> Response:
    """Take it as the visitor's answer, or note that it is not theirs. Sent twice, it is done once."""
    token, its_id = tidy(token), _tidy_id(mail_id)
    fields = await read_fields(request)
    async with site_of(request).database.reading() as session:
        visit = await begin_with(request, session, token, fields)
    late, do = False, fields.get("do", "")
    try:
        if do == "confirm":
            return let_in(visit.sent(await _confirm(visit, its_id)), visit.site, token, visit.home)
        if do == "disown":
            await _disown(visit, its_id)
            return _told(visit, its_id, token)
    except (ReplySettled, CollectionClosed, TaskEnded):
        late = True
    except DecisionRefused as refusal:
        return await refused_page(visit, refusal, {})
    async with visit.site.database.reading() as session:
        form = await _read(visit, session, its_id)
        if late and form.settled == SETTLED[do]:
            return _told(visit, its_id, token)
        return await _page(visit, session, form, token=token, late=late)


async def _confirm(visit: Visit, mail_id: UUID) -> Confirmation:
    async with visit.site.database.transaction() as session:
        return await confirm_reply(session, visit.site.settings, visit.holder, mail_id, now=visit.now)


async def _disown(visit: Visit, mail_id: UUID) -> None:
    async with visit.site.database.transaction() as session:
        await disown_reply(session, visit.holder, mail_id, now=visit.now)


def _told(visit: Visit, mail_id: UUID, token: str) -> Response:
    return let_in(visit.go(f"{visit.home}/reply/{mail_id}"), visit.site, token, visit.home)


@router.api_route("/answer/{reference}/reply/{mail_id}", methods=READ)
async def told(request: Request, reference: str, mail_id: str) -> Response:
    """What became of a reply; it may be looked at again."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        form = await _read(visit, session, _tidy_id(mail_id))
        return await _page(visit, session, form) if form.settled else visit.go(visit.home)


def _tidy_id(mail_id: str) -> UUID:
    """The id of a mail without what mail programs add to the end of a link."""
    match = MAIL_ID.match(mail_id)
    if match is None:
        raise LinkUnusable
    return UUID(match.group())
