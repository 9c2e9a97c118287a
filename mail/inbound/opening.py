"""A mail taken apart: from its bytes to what it says, whatever the bytes are.

Every step is bounded by the limits of `mail.inbound.structure` and by those here, and linear in the bytes.
"""

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mail.inbound.header_text import (
    UNSEEN,
    decode_base64,
    decode_bytes,
    header_lines,
    mailboxes,
    parameters,
    plain_value,
    worded_value,
)
from mail.inbound.html_text import html_lines
from mail.inbound.structure import MAX_HEADER_BYTES, BeyondLimits, Part, outer_headers, read_structure
from mail.inbound.wrapped import Unreadable, signed_content, winmail_content
from models.contracts.inbound import Attached, Mailbox, Opened, Trouble

_MAX_TEXT = 200_000
_MAX_LINES = 5_000
_MAX_CODED_TEXT = 2 * 1024 * 1024
_MAX_HTML = 1_000_000
_MAX_FILE_BYTES = 10 * 1024 * 1024
_MAX_FILES = 10
_MAX_NAME = 150
_MAX_REFERENCES = 100
_MAX_DATE = 100
_YEARS = range(1970, 2100)

_RECIPIENT_HEADERS = {"to", "cc", "delivered-to", "x-original-to", "x-forwarded-to"}
# Written by and for machines: nothing in them is an encoded word, and decoding could turn words into structure.
_MACHINE_HEADERS = re.compile(
    r"(?:arc-)?authentication-results|received(?:-spf)?|dkim-signature|return-path|message-id|in-reply-to|references|"
    r"content-type|delivered-to|auto-submitted|x-.*",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_BARE_MESSAGE_ID = re.compile(r"[^<>\s@]{1,400}@[^<>\s@]{1,400}")
_LINE_ENDS = re.compile("\r\n|[\r\n\x85\u2028\u2029\f\v]")
_SEE_HTML = re.compile(
    r"html.{0,120}(?:compatible|client|viewer|reader|program|lector|visor|logiciel|messagerie)|"
    r"(?:view|see|display|support|visualitz|veure|admet|suport|compatible|visualiz|ver |admite|soport|affich|lire|"
    r"prend|format|versi).{0,120}html",
    re.IGNORECASE | re.DOTALL,
)
_MAX_SEE_HTML = 300
_FLOWED_LINE = re.compile(r"(>*) ?(.*)", re.DOTALL)
_BAD_QUOTED_PRINTABLE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+(?:\r?\n|\Z))")
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----\n"
_PGP_SIGNED = "\n-----BEGIN PGP SIGNED MESSAGE-----\n"
_PGP_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----\n"
_PGP_END = "\n-----END PGP SIGNATURE-----"
_REPORTS = {"message/delivery-status", "message/global-delivery-status", "message/feedback-report"} | {
    f"message/{kind}disposition-notification" for kind in ("", "global-")
}
_SMIME = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}


def open_mail(raw: bytes) -> Opened:
    """The mail's headers, text and files, and what stood in the way of reading it. Never raises.

    The text is that for people: the plain text, or what the HTML says if there is no plain text that says something.
    Of it 200,000 characters and 5,000 lines are looked at, cut at the end of a line. Files: up to 10, of up to 10 MB.
    Signed mails are opened, their signatures not checked. A mail forwarded as an attachment is a file.
    """
    try:
        return _opened(raw)
    except Exception:  # noqa: BLE001 - a mail that nobody foresaw must not stop those behind it; the bytes are kept
        return Opened(
            message_id=None,
            senders=(),
            reply_to=(),
            recipients=(),
            subject="",
            written_at=None,
            references=(),
            headers=(),
            content_type="",
            text="",
            attachments=(),
            report="",
            original_headers=(),
            trouble=("broken_structure",),
        )


def _opened(raw: bytes) -> Opened:
    found = _Findings(raw)
    try:
        root = read_structure(raw)
    except BeyondLimits:
        found.trouble("broken_structure")
        written, content_type = outer_headers(raw), ""
    else:
        found.read(root)
        written, content_type = list(root.headers()), root.content_type
    headers = tuple((name, _value(name, value)) for name, value in written)
    senders = _mailboxes(written, "from")
    if len(senders) > 1 or sum(name.lower() == "from" for name, _ in written) > 1:
        found.trouble("two_senders")
    text, attachments = found.text(), found.attachments()  # either may add trouble
    return Opened(
        message_id=_message_id(headers),
        senders=senders,
        reply_to=_mailboxes(written, "reply-to"),
        recipients=tuple(dict.fromkeys(box.address for box in _mailboxes(written, *_RECIPIENT_HEADERS))),
        subject=next((value for name, value in headers if name.lower() == "subject"), ""),
        written_at=_written_at(headers),
        references=_references(headers),
        headers=headers,
        content_type=content_type,
        text=text,
        attachments=attachments,
        report=_clean("\n\n".join(found.reports))[:_MAX_TEXT],
        original_headers=found.original_headers,
        trouble=tuple(dict.fromkeys(found.troubles)),
    )


@dataclass(frozen=True, slots=True)
class _Text:
    """Some of the text for people, decoded, and what stood in the way of that."""

    text: str
    html: bool = False
    flowed: str | None = None
    """`delsp` of format=flowed, if it is that."""
    troubles: tuple[Trouble, ...] = ()


class _Findings:
    """What is found on the way through the parts."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.troubles: list[Trouble] = []
        self.texts: list[_Text] = []
        self.files: list[Part] = []
        self.unwrapped: list[Attached] = []
        self.reports: list[str] = []
        self.original_headers: tuple[tuple[str, str], ...] = ()

    def trouble(self, trouble: Trouble) -> None:
        self.troubles.append(trouble)

    def read(self, root: Part) -> None:
        self.texts = self.texts_of(root)
        if not self.texts and "encrypted" not in self.troubles:
            self.trouble("no_text")

    def texts_of(self, part: Part, *, unwrapping: bool = False) -> list[_Text]:
        """The texts for people in a part and all below it; files and reports are put aside."""
        kind = part.content_type
        if part.broken:
            self.trouble("broken_structure")
        if kind == "multipart/encrypted":
            self.trouble("encrypted")
            return []
        if kind == "multipart/alternative" and part.children:
            return self.best([self.texts_of(child, unwrapping=unwrapping) for child in part.children])
        if kind == "multipart/report":
            return self.report(part)
        if kind == "multipart/signed":
            self.trouble("signed")
        if kind.startswith("multipart/") and part.children:
            return [text for child in part.children for text in self.texts_of(child, unwrapping=unwrapping)]
        if kind in _SIGNATURES:
            return []
        name = _file_name(part).lower()
        if (kind in _SMIME or name == "smime.p7m") and not unwrapping:
            return self.unwrap(part)
        if kind in _TNEF or name == "winmail.dat":
            return self.winmail(part)
        if kind in {"text/plain", "text/html"} and not _is_file(part):
            return [self.text_of(part)]
        if kind.startswith("multipart/"):
            return [self.text_of(part)]  # without any boundary: as it stands
        self.files.append(part)
        return []

    def text_of(self, part: Part) -> _Text:
        """The text of a part; if the mail ends in the middle of it, nobody knows how its last line goes on."""
        found = _text_of(part)
        if part.raw is not self.raw or part.end < len(self.raw):
            return found
        goes_on = {"base64": part.in_multipart, "quoted-printable": self.raw.endswith((b"=\n", b"=\r\n"))}
        if goes_on.get(_encoding(part)) or not self.raw.endswith(b"\n"):
            return replace(found, troubles=("broken_structure", "text_cut", *found.troubles))
        return found

    def best(self, choices: list[list[_Text]]) -> list[_Text]:
        """The plain text among alternatives, unless it only says that the HTML should be read."""
        plain = [choice for choice in choices if choice and not any(text.html for text in choice)]
        html = [choice for choice in choices if any(text.html for text in choice)]
        telling = [choice for choice in plain if not html or _says_something(choice)]
        return next(iter(telling + html + plain), [])

    def report(self, part: Part) -> list[_Text]:
        """The words for people of a multipart/report; what it says to machines is put aside."""
        texts: list[_Text] = []
        for child in part.children:
            if child.content_type in _REPORTS:
                self.reports.append(_text_of(child).text[:_MAX_TEXT])
            elif child.content_type in {"message/rfc822", "message/global"} and child.children:
                self.keep_original(child.children[0].headers())
            elif child.content_type in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
                self.keep_original(header_lines(_decoded(child, MAX_HEADER_BYTES)[0]))
            else:
                texts += self.texts_of(child)
        return texts

    def keep_original(self, written: Iterable[tuple[str, bytes]]) -> None:
        self.original_headers = self.original_headers or tuple((name, _value(name, value)) for name, value in written)

    def unwrap(self, part: Part) -> list[_Text]:
        """What an S/MIME message holds, if it is only signed."""
        try:
            inner = read_structure(signed_content(_decoded(part)[0]))
        except (Unreadable, BeyondLimits):
            self.trouble("encrypted")
            return []
        self.trouble("signed")
        return self.texts_of(inner, unwrapping=True)

    def winmail(self, part: Part) -> list[_Text]:
        try:
            content = winmail_content(_decoded(part)[0])
        except Unreadable:
            self.trouble("tnef")
            return []
        for name, data in content.files:
            if len(data) > _MAX_FILE_BYTES:
                self.trouble("attachment_too_large")
                continue
            written = _safe_name(decode_bytes(name, "cp1252")[0])
            self.unwrapped.append(Attached(filename=written, content_type="application/octet-stream", content=data))
        return [_Text(decode_bytes(content.text, "cp1252")[0])] if content.text.strip() else []

    def text(self) -> str:
        """All text for people, within the limits; the line in which it is cut is left out."""
        lines: list[str] = []
        room, html_room = _MAX_TEXT, _MAX_HTML
        if self.texts and all(found.html for found in self.texts):
            self.trouble("html_only")
        for found in self.texts:
            if found.html:
                told, cut = html_lines(found.text, max_characters=html_room)
                html_room = max(html_room - len(found.text), 0)
                if "text_cut" in found.troubles and not cut:
                    told, cut = told[:-1], True
                written = "\n".join(told)
            else:
                written, cut = found.text[: room + 1], "text_cut" in found.troubles
            room -= len(written)
            rows = _LINE_ENDS.sub("\n", written).rstrip("\n").split("\n")
            if room < 0 or (cut and not found.html):
                rows, cut = rows[:-1], True
            if len(lines) + len(rows) > _MAX_LINES:
                rows, cut = rows[: _MAX_LINES - len(lines)], True
            if found.flowed is not None:
                rows = _unflowed(rows, delete_space=found.flowed == "yes")
                rows = rows[:-1] if cut else rows
            lines += [UNSEEN.sub("", row) for row in rows]
            self.troubles += found.troubles
            if cut:
                self.trouble("text_cut")
                break
        return self.without_pgp("\n".join(lines))

    def without_pgp(self, text: str) -> str:
        """The text out of its armour, if it is signed with PGP in the text itself."""
        if text.startswith(_PGP_MESSAGE) or f"\n{_PGP_MESSAGE}" in text:
            self.trouble("encrypted")
        before, mark, rest = f"\n{text}".partition(_PGP_SIGNED)
        body, signature, after = rest.partition(_PGP_SIGNATURE)
        if not (mark and signature):
            return text
        self.trouble("signed")
        said = re.sub(r"^- ", "", body.partition("\n\n")[2], flags=re.MULTILINE)
        return f"{before}\n{said}{after.partition(_PGP_END)[2]}".removeprefix("\n")

    def attachments(self) -> tuple[Attached, ...]:
        """The files; where there are too many, pictures that belong to the text are left out first."""
        files = self.files
        if len(files) + len(self.unwrapped) > _MAX_FILES:
            self.trouble("too_many_attachments")
            files = sorted(files, key=_is_picture)
        attached: list[Attached] = []
        for part in files[: _MAX_FILES - len(self.unwrapped[:_MAX_FILES])]:
            data, troubles = _decoded(part, _MAX_FILE_BYTES * 3 // 2)
            if "text_cut" in troubles or len(data) > _MAX_FILE_BYTES:
                self.trouble("attachment_too_large")
                continue
            self.troubles += troubles
            attached.append(Attached(filename=_file_name(part), content_type=part.content_type, content=data))
        return tuple(attached + self.unwrapped[:_MAX_FILES])


def _text_of(part: Part) -> _Text:
    data, troubles = _decoded(part, _MAX_CODED_TEXT)
    text, known = decode_bytes(data, part.parameters.get("charset") or "us-ascii", cut="text_cut" in troubles)
    if not known:
        troubles += ("unknown_charset",)
    if "broken_encoding" in troubles and _encoding(part) == "base64":
        troubles += ("text_cut",)  # what is missing may belong to the last number
    flowed = part.parameters.get("format", "").lower() == "flowed"
    return _Text(
        text,
        html=part.content_type == "text/html",
        flowed=part.parameters.get("delsp", "").lower() if flowed else None,
        troubles=troubles,
    )


def _decoded(part: Part, most: int | None = None) -> tuple[bytes, tuple[Trouble, ...]]:
    """The bytes of a part's content out of their encoding for transport, `text_cut` if that is longer than `most`."""
    coded = part.raw[part.body : part.end]
    encoding = _encoding(part)
    cut: tuple[Trouble, ...] = ()
    if most is not None and len(coded) > most:
        coded, cut = coded[:most], ("text_cut",)
    data, whole = coded, encoding in {"", "7bit", "8bit", "binary"}
    if encoding == "base64":
        data, whole = decode_base64(coded)
    elif encoding == "quoted-printable":
        data, whole = binascii.a2b_qp(coded), not _BAD_QUOTED_PRINTABLE.search(coded)
    return data, cut if whole or cut else ("broken_encoding",)


def _encoding(part: Part) -> str:
    return plain_value(part.header(b"content-transfer-encoding")).lower()


def _value(name: str, value: bytes) -> str:
    return plain_value(value) if _MACHINE_HEADERS.fullmatch(name) else worded_value(value)


def _mailboxes(written: list[tuple[str, bytes]], *names: str) -> tuple[Mailbox, ...]:
    return tuple(box for name, value in written if name.lower() in names for box in mailboxes(value))


def _message_id(headers: tuple[tuple[str, str], ...]) -> str | None:
    value = next((value for name, value in headers if name.lower() == "message-id"), "")
    match = _MESSAGE_ID.search(value)
    if match:
        return match[0]
    return f"<{value}>" if _BARE_MESSAGE_ID.fullmatch(value) else None


def _references(headers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    answered = [value for name, value in headers if name.lower() == "in-reply-to"]
    thread = [value for name, value in headers if name.lower() == "references"]
    latest_first = _MESSAGE_ID.findall(" ".join(answered)) + _MESSAGE_ID.findall(" ".join(thread))[::-1]
    return tuple(dict.fromkeys(latest_first))[:_MAX_REFERENCES]


def _written_at(headers: tuple[tuple[str, str], ...]) -> datetime | None:
    value = next((value for name, value in headers if name.lower() == "date"), "")
    try:
        written = parsedate_to_datetime(value[:_MAX_DATE])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if written.year not in _YEARS:
        return None
    # `-0000` says that the place is not known; the time is in UTC all the same.
    return written.replace(tzinfo=UTC) if written.tzinfo is None else written


def _is_file(part: Part) -> bool:
    disposition, given = parameters(part.header(b"content-disposition"))
    return disposition == "attachment" or bool(given.get("filename") or part.parameters.get("name"))


def _is_picture(part: Part) -> bool:
    disposition, _ = parameters(part.header(b"content-disposition"))
    return part.content_type.startswith("image/") and disposition != "attachment"


def _file_name(part: Part) -> str:
    _, given = parameters(part.header(b"content-disposition"))
    written = given.get("filename") or part.parameters.get("name")
    if not written:
        written = {"message/rfc822": "message.eml", "text/calendar": "calendar.ics"}.get(part.content_type, "")
    return _safe_name(written)


def _safe_name(written: str) -> str:
    """The last part of a name, short and without controls; `unnamed` if nothing is left."""
    name = _clean(written).replace("\n", " ").replace("\\", "/").rpartition("/")[2].strip(" .")
    if len(name) > _MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[:_MAX_NAME]}{dot}{ending[:10]}" if dot else name[:_MAX_NAME]
    return name or "unnamed"


def _clean(text: str) -> str:
    return UNSEEN.sub("", _LINE_ENDS.sub("\n", text))


def _says_something(texts: list[_Text]) -> bool:
    said = "\n".join(text.text for text in texts).strip()
    return bool(said) and not (len(said) <= _MAX_SEE_HTML and "=" not in said and _SEE_HTML.search(said))


def _unflowed(lines: list[str], *, delete_space: bool) -> list[str]:
    """Paragraphs of format=flowed (RFC 3676) on one line each, quotes kept apart by their depth."""
    paragraphs: list[tuple[str, list[str]]] = []
    flowing = False
    for line in lines:
        match = _FLOWED_LINE.fullmatch(line)
        quote, said = (match[1], match[2]) if match else ("", line)
        flows = said.endswith(" ") and said != "-- "
        piece = said[:-1] if flows and delete_space else said
        if flowing and said != "-- " and paragraphs[-1][0] == quote:
            paragraphs[-1][1].append(piece)
        else:
            paragraphs.append((quote, [piece]))
        flowing = flows
    return [f"{quote} {''.join(pieces)}" if quote else "".join(pieces) for quote, pieces in paragraphs]
