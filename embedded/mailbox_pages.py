"""The mailbox's way out: pages on loopback that show each mail, and let one reply.

Promise: works without script; nothing in a mail can run, load from elsewhere, or act on the mailbox; pages of
other sites can neither read the mailbox nor write with it.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import aiosmtplib
from fastapi import FastAPI, Form, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from embedded.mailbox_content import Content, framed, read_content
from embedded.mailbox_reply import CannotReplyError, as_sent, compose_reply
from embedded.mailbox_store import Mail, MailStore

PER_PAGE = 50
MOST_IN_JSON = 1000
LONGEST_REPLY = 100_000

_PROJECT = Path(__file__).resolve().parent.parent
_OWN_PAGES = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_MAIL_FRAME = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; form-action 'none'; frame-ancestors 'self'"
)


def build_pages(store: MailStore, *, smtp_port: int, password: str) -> FastAPI:
    """The pages of one mailbox; replies leave through the SMTP port given, with the password given."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app.middleware("http")(_guarded)
    pages = _Pages(store, smtp_port, password)
    app.get("/", response_class=HTMLResponse)(pages.list)
    app.get("/mails.json")(pages.list_as_json)
    app.get("/mails/{mail_id}", response_class=HTMLResponse)(pages.show)
    app.get("/mails/{mail_id}/text", response_class=PlainTextResponse)(pages.text)
    app.get("/mails/{mail_id}/html", response_class=HTMLResponse)(pages.html)
    app.get("/mails/{mail_id}/source", response_class=PlainTextResponse)(pages.source)
    app.get("/mails/{mail_id}/attachments/{number}")(pages.attachment)
    app.post("/mails/{mail_id}/reply", response_class=HTMLResponse)(pages.reply)
    app.get("/health", response_class=PlainTextResponse)(lambda: "ok\n")
    app.get("/mailbox.css")(lambda: FileResponse(_PROJECT / "static" / "mailbox.css"))
    app.exception_handler(HTTPException)(pages.refuse)
    app.exception_handler(RequestValidationError)(pages.refuse)
    return app


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse writing from other sites' pages, and say what a browser may do with each answer."""
    if request.method == "POST" and request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return PlainTextResponse("Only the mailbox's own pages may do this.\n", HTTPStatus.FORBIDDEN)
    response = await call_next(request)
    response.headers.setdefault("Content-Security-Policy", _OWN_PAGES)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


class _Pages:
    """One method per page."""

    def __init__(self, store: MailStore, smtp_port: int, password: str) -> None:
        self._store = store
        self._smtp_port = smtp_port
        self._password = password
        self._templates = Environment(
            loader=FileSystemLoader(_PROJECT / "templates" / "mailbox"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["local"] = _local

    async def list(self, recipient: str = "", page: Annotated[int, Query(ge=1, le=1_000_000)] = 1) -> Response:
        """All mail, newest first."""
        words = recipient.strip()
        total = self._store.count(words)
        mails = self._store.newest(words, skip=(page - 1) * PER_PAGE, limit=PER_PAGE)
        pages = max(1, -(-total // PER_PAGE))
        return self._page("list.html", mails=mails, total=total, recipient=words, page=page, pages=pages)

    async def list_as_json(
        self,
        recipient: str = "",
        skip: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_IN_JSON)] = 100,
    ) -> Response:
        """The same for machines: `total`, and a stretch of the mails, newest first."""
        words = recipient.strip()
        mails = [
            {
                "id": mail.id,
                "received_at": mail.received_at.isoformat(),
                "envelope_from": mail.envelope_from,
                "envelope_to": list(mail.envelope_to),
                "from": mail.sender,
                "to": mail.recipient,
                "subject": mail.subject,
                "message_id": mail.message_id,
                "in_reply_to": mail.in_reply_to,
                "size": mail.size,
            }
            for mail in self._store.newest(words, skip=skip, limit=limit)
        ]
        return JSONResponse({"total": self._store.count(words), "mails": mails})

    async def show(self, mail_id: str, sent: str = "") -> Response:
        """One mail, with the form to reply."""
        mail, content = self._open(mail_id)
        return self._show(mail, content, sent=bool(sent))

    async def text(self, mail_id: str) -> Response:
        """The text of a mail as it is."""
        return PlainTextResponse(self._open(mail_id)[1].text)

    async def html(self, mail_id: str) -> Response:
        """The HTML of a mail, for the frame: its links open elsewhere, nothing in it runs or loads."""
        content = self._open(mail_id)[1]
        if content.html is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "This mail has no HTML part.")
        return HTMLResponse(framed(content.html), headers={"Content-Security-Policy": _MAIL_FRAME})

    async def source(self, mail_id: str) -> Response:
        """The bytes of a mail exactly as they arrived."""
        return Response(self._store.raw(self._find(mail_id)), media_type="text/plain")

    async def attachment(self, mail_id: str, number: int) -> Response:
        """One attached file, to be saved and never shown."""
        attachments = self._open(mail_id)[1].attachments
        if not 0 <= number < len(attachments):
            raise HTTPException(HTTPStatus.NOT_FOUND, "This mail has no such attachment.")
        as_file = {"Content-Disposition": f"attachment; filename*=UTF-8''{attachments[number].quoted_name}"}
        return Response(attachments[number].data, media_type="application/octet-stream", headers=as_file)

    async def reply(self, mail_id: str, sender: Annotated[str, Form()], text: Annotated[str, Form()] = "") -> Response:
        """Send what was typed as one of the mail's recipients; back to the form, still filled, when it fails."""
        mail, content = self._open(mail_id)
        if sender not in mail.envelope_to:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "Only somebody this mail was sent to can reply to it.")
        problem = await self._send_reply(content, sender, text)
        if problem:
            return self._show(mail, content, text=text, sender=sender, problem=problem)
        return RedirectResponse(f"/mails/{mail.id}?sent=yes#sent", HTTPStatus.SEE_OTHER)

    async def refuse(self, request: Request, error: Exception) -> Response:  # noqa: ARG002 - FastAPI's signature
        """Say what is not possible, with a way back."""
        if isinstance(error, HTTPException):
            return self._page("refusal.html", status=error.status_code, reason=error.detail)
        return self._page("refusal.html", status=HTTPStatus.BAD_REQUEST, reason="The address is incomplete.")

    async def _send_reply(self, content: Content, sender: str, text: str) -> str:
        """Send a reply; gives what went wrong, empty when it was taken."""
        if not text.strip():
            return "Write something first."
        if len(text) > LONGEST_REPLY:
            return f"The reply is too long: {len(text):,} characters, at most {LONGEST_REPLY:,}."
        now = datetime.now(UTC).astimezone()
        try:
            reply = compose_reply(content.message, content.text, sender=sender, text=text, now=now)
            recipient = reply["To"].addresses[0].addr_spec
            await aiosmtplib.send(
                as_sent(reply),
                sender=sender,
                recipients=[recipient],
                hostname="127.0.0.1",
                port=self._smtp_port,
                start_tls=False,
                username="pages",
                password=self._password,
            )
        except CannotReplyError as error:
            return str(error)
        except aiosmtplib.SMTPException as error:
            return f"The reply was not taken: {error}. Try again in a moment."
        return ""

    def _find(self, mail_id: str) -> Mail:
        mail = self._store.get(mail_id)
        if mail is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such mail.")
        return mail

    def _open(self, mail_id: str) -> tuple[Mail, Content]:
        mail = self._find(mail_id)
        return mail, read_content(self._store.raw(mail))

    def _show(
        self,
        mail: Mail,
        content: Content,
        *,
        sent: bool = False,
        text: str = "",
        sender: str = "",
        problem: str = "",
    ) -> Response:
        return self._page(
            "mail.html",
            status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
            mail=mail,
            content=content,
            answered=self._store.by_message_id(mail.in_reply_to),
            sent=sent,
            typed=text,
            sender=sender or mail.envelope_to[0],
            problem=problem,
        )

    def _page(self, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(context), status)


def _local(instant: datetime) -> str:
    """An instant as this machine's clock shows it, with the name of its zone."""
    return f"{instant.astimezone():%d %b %Y, %H:%M:%S %Z}"
