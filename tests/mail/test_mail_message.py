from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mail.headers import UnsafeHeader
from mail.message import Attachment, Envelope, build, message_id, thread_root
from mail.registry import MAILS
from mail.render import Rendered, one_line, render
from mail.samples import samples
from mail.translation import LANGUAGES
from models.contracts.mail import Language, TaskContext
from tests.conftest import some

DOMAIN = "focal.valencia.example"
FRENCH_FIRST = [
    language if language == "fr" else pytest.param(language, marks=pytest.mark.drill) for language in LANGUAGES
]
"""French has the longest words and the most accents; the others are built in the drills."""
NARROW_TEXT = Rendered(subject="[7K2M-9QXD] Indicadors", text="Bon dia\n", html="<p>Bon dia</p>\n")
HEADERS = [
    "Date",
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Content-Language",
    "List-Id",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Focal-Loop",
    "X-Focal-Mail",
    "MIME-Version",
    "Content-Type",
]


def _envelope(name: str = "task_request", language: Language = "ca", **changes: Any) -> Envelope:
    envelope = Envelope(
        key=f"{name}:7K2M-9QXD:request-0:nuria",
        name=name,
        sender_name="Servei de Turisme i Internacionalització",
        sender_address=f"focal@{DOMAIN}",
        recipient_name="Núria Ferrer Mas",
        recipient_address="nuria.ferrer@valencia.example",
        reply_to=f"r+abc123@{DOMAIN}",
        domain=DOMAIN,
        language=language,
        date=datetime(2027, 1, 4, 8, 30, tzinfo=UTC),
        thread=thread_root("7K2M-9QXD", DOMAIN),
        previous=message_id("task_request:before", DOMAIN),
    )
    return replace(envelope, **changes)


def _headers(name: str = "task_request") -> list[str]:
    """The headers of one mail: out-of-office replies are welcome to some and held off from the others."""
    return [header for header in HEADERS if header != "X-Auto-Response-Suppress" or not MAILS[name].wants_away]


def _read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def _unfolded(raw: bytes, header: str) -> str:
    return str(message_from_bytes(raw)[header]).replace("\r\n", "")


def _decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def _name_in(raw: bytes, header: str) -> str:
    """The display name as RFC 2047 reads it; Python 3.11's newer parser keeps blanks between encoded words."""
    name, _ = parseaddr(_unfolded(raw, header))
    return _decoded(name)


@pytest.mark.parametrize("name", some(MAILS, "task_request", "office_call", "visit_thanks", "office_matters"))
@pytest.mark.parametrize("language", FRENCH_FIRST)
def test_every_mail_becomes_the_same_ascii_bytes_twice(name: str, language: Language) -> None:
    for context in samples(name, language).values():
        rendered = render(name, context)
        raw = build(_envelope(name, language), rendered)
        assert raw == build(_envelope(name, language), rendered)
        assert raw.isascii()
        assert raw.replace(b"\r\n", b"").find(b"\n") == raw.replace(b"\r\n", b"").find(b"\r") == -1
        assert max(map(len, raw.split(b"\r\n"))) <= 76
        message = _read(raw)
        assert message.keys() == _headers(name)
        assert message["Subject"] == rendered.subject
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert html is not None
        assert text.get_content().replace("\r\n", "\n") == rendered.text
        assert html.get_content().split() == rendered.html.split()


def test_the_headers_say_what_the_mail_is_and_where_it_belongs() -> None:
    message = _read(build(_envelope(), NARROW_TEXT))
    assert message["From"] == "Servei de Turisme i Internacionalització <focal@focal.valencia.example>"
    assert message["To"] == "Núria Ferrer Mas <nuria.ferrer@valencia.example>"
    assert message["Reply-To"] == "r+abc123@focal.valencia.example"
    assert message["Message-ID"] == message_id("task_request:7K2M-9QXD:request-0:nuria", DOMAIN)
    assert message["In-Reply-To"] == message_id("task_request:before", DOMAIN)
    assert message["References"] == f"{thread_root('7K2M-9QXD', DOMAIN)} {message['In-Reply-To']}"
    assert message["Date"] == "Mon, 04 Jan 2027 08:30:00 +0000"
    assert message["Content-Language"] == "ca"
    assert message["List-Id"] == '"Focal" <tasks.focal.valencia.example>'
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] is None, "whoever is away may say so to the request"
    reminder = _read(build(_envelope("task_reminder"), NARROW_TEXT))
    assert reminder["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["X-Focal-Loop"] == "1"
    assert message["X-Focal-Mail"] == "task_request"


def test_a_receipt_is_marked_as_an_answer() -> None:
    assert _read(build(_envelope("task_receipt"), NARROW_TEXT))["Auto-Submitted"] == "auto-replied"


def test_the_first_mail_of_a_conversation_refers_to_its_root_already() -> None:
    first = _read(build(_envelope(previous=None, reply_to=None), NARROW_TEXT))
    assert first["References"] == thread_root("7K2M-9QXD", DOMAIN)
    assert "In-Reply-To" not in first
    assert "Reply-To" not in first


def test_message_ids_are_the_same_for_one_key_and_differ_between_keys_and_roots() -> None:
    assert message_id("a", DOMAIN) == message_id("a", DOMAIN)
    assert len({message_id("a", DOMAIN), message_id("b", DOMAIN), thread_root("a", DOMAIN)}) == 3
    assert message_id("a", DOMAIN).startswith("<")
    assert len(message_id("a", DOMAIN)) == len(f"<{'x' * 24}@{DOMAIN}>")


def test_files_stand_beside_the_text_and_keep_their_bytes() -> None:
    sheet = bytes(range(256)) * 40
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    envelope = _envelope("collection_report", attachments=(Attachment("VLC-2026-Q4.xlsx", kind, sheet),))
    raw = build(envelope, NARROW_TEXT)
    assert raw == build(envelope, NARROW_TEXT)
    message = _read(raw)
    assert message.get_content_type() == "multipart/mixed"
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == kind
    assert attachment.get_filename() == "VLC-2026-Q4.xlsx"
    assert attachment.get_content() == sheet
    assert [part.get_content_type() for part in message.walk()][1:4] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize("filename", ["", "../x.xlsx", 'a".xlsx', "informe è.xlsx", "a\r\nBcc: x.csv", ".hidden"])
def test_a_file_name_that_could_be_more_than_a_name_is_refused(filename: str) -> None:
    with pytest.raises(UnsafeHeader, match="not a plain file name"):
        build(_envelope(attachments=(Attachment(filename, "text/csv", b""),)), NARROW_TEXT)


@pytest.mark.parametrize(
    "name",
    [
        "<b>Núria</b>",
        'Núria "la jefa" Ferrer \\ Mas',
        'Ferrer, Núria (Àrea d’Educació, Esports i Cultura); "x" <y@z.example>',
        "Smith, John; (head) @ office: list",
        "O'Neill, J. " * 25,
        "a,b " * 75,
        "Bcc: x@y.example",
        "👩🏽‍💻 Carla 🇪🇸",
        "À" * 300,
        "x" * 300,
        "李雷",
        "محمد",
        "a  b",
        "=",
        "?=",
        "",
    ],
)
def test_a_nasty_but_harmless_name_arrives_as_it_was_given(name: str) -> None:
    raw = build(_envelope(recipient_name=name, sender_name=name), replace(NARROW_TEXT, subject=f"[7K2M-9QXD] {name}"))
    message = _read(raw)
    assert message.keys() == _headers()
    for header, address in (("To", "nuria.ferrer@valencia.example"), ("From", f"focal@{DOMAIN}")):
        (mailbox,) = message[header].addresses
        assert mailbox.addr_spec == address
        assert _name_in(raw, header) == name.strip()
    assert message["Subject"].strip() == f"[7K2M-9QXD] {name}".strip()
    assert max(map(len, raw.split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    "name",
    [
        "Núria\r\nBcc: x@y.example",
        "Núria\nBcc: x@y.example",
        "Núria\rBcc: x@y.example",
        "Núria\x00",
        "Núria\u2028Bcc: x@y.example",
        "Núria\u2029",
        "Núria\u0085",
        "Núria\x0b\x0c\x1c",
        "Núria\u202eelpmaxe",
        "\ud800",
        "=?UTF-8?Q?=0A?=Bcc: x@y.example",
        "=?utf-8?b?CkJjYzogeEB5LmV4YW1wbGU=?=",
    ],
)
@pytest.mark.parametrize("where", ["sender_name", "recipient_name", "subject"])
def test_a_name_that_could_become_a_header_is_refused(where: str, name: str) -> None:
    changes: dict[str, Any] = {} if where == "subject" else {where: name}
    rendered = replace(NARROW_TEXT, subject=name) if where == "subject" else NARROW_TEXT
    with pytest.raises(UnsafeHeader, match={"sender_name": "From", "recipient_name": "To"}.get(where, "Subject")):
        build(_envelope(**changes), rendered)


@pytest.mark.parametrize(
    "address",
    [
        "núria@valencia.example",
        '"núria ferrer"@valencia.example',
        "nuria@valencia.example, other@valencia.example",
        "nuria@valencia.example.",
        "nuria@",
        "nuria",
        "",
        "nuria@valencia.example\r\nBcc: x@y.example",
        "Núria <nuria@valencia.example>",
    ],
)
@pytest.mark.parametrize("where", ["sender_address", "recipient_address", "reply_to"])
def test_what_is_not_one_plain_address_is_refused(where: str, address: str) -> None:
    changes: dict[str, Any] = {where: address}
    with pytest.raises(UnsafeHeader, match="not an address we can write to"):
        build(_envelope(**changes), NARROW_TEXT)


def test_an_internationalised_domain_is_written_in_ascii() -> None:
    message = _read(build(_envelope(recipient_address="nuria@valència.example"), NARROW_TEXT))
    assert message["To"].addresses[0].addr_spec == "nuria@xn--valncia-4xa.example"


@pytest.mark.parametrize(
    "changes",
    [
        {"thread": "<a@b>\r\nBcc: x@y.example"},
        {"previous": "[a]@b"},
        {"domain": "focal.example>\r\nBcc: x@y.example"},
        {"language": "ca\r\nBcc: x@y.example"},
    ],
)
def test_nothing_else_of_the_envelope_can_become_a_header(changes: dict[str, Any]) -> None:
    with pytest.raises(UnsafeHeader):
        build(_envelope(**changes), NARROW_TEXT)


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        build(_envelope(date=datetime(2027, 1, 4, 8, 30)), NARROW_TEXT)  # noqa: DTZ001


@given(name=st.text(max_size=120), subject=st.text(max_size=200))
@example(name="\n Bcc: x@y.example", subject="a\n b")
@example(name="a" * 61, subject=" a ")
def test_whatever_is_written_either_arrives_unchanged_or_is_refused(name: str, subject: str) -> None:
    try:
        raw = build(_envelope(recipient_name=name), replace(NARROW_TEXT, subject=subject))
    except UnsafeHeader:
        return
    message = _read(raw)
    assert message.keys() == _headers()
    (mailbox,) = message["To"].addresses
    assert mailbox.addr_spec == "nuria.ferrer@valencia.example"
    assert _name_in(raw, "To") == name.strip()
    assert message["Subject"] == subject


NAMES = st.text(
    st.sampled_from("abcxyzABCXYZ àçèéíïóòúüñßœŷğ·l 0123456789()[]<>{}\"'\\,;:@&/·—…«»“”’!?#%*+-_=|~^`$. 👩🏽💻🇪🇸"),
    min_size=1,
    max_size=200,
).filter(lambda name: "=?" not in name and name.strip())


@pytest.mark.parametrize("name", some(MAILS, "task_request", "office_call", "visit_thanks", "office_matters"))
@pytest.mark.parametrize("language", FRENCH_FIRST)
@settings(max_examples=8, deadline=None)
@given(unit=NAMES, coordinator=NAMES, reader=NAMES)
@example(unit="(Salut) Pública", coordinator="Servei de Gestió (TIC) Públic", reader='Núria "N." (Mas) \\ Ferrer')
@example(unit="Health and Sport " * 11, coordinator="International Office, " * 9, reader="J. R. Smith")
@example(unit="à" * 200, coordinator="👩🏽💻" * 60, reader="a  b")
def test_every_mail_carries_whatever_units_and_people_are_called(
    name: str, language: Language, unit: str, coordinator: str, reader: str
) -> None:
    names = {"unit_name": unit, "coordinator_name": coordinator, "reader_name": reader}
    context = next(iter(samples(name, language).values()))
    known = names.keys() & type(context).model_fields.keys()
    rendered = render(name, context.model_copy(update={field: names[field] for field in known}))
    raw = build(_envelope(name, language, sender_name=coordinator, recipient_name=reader), rendered)
    message = _read(raw)
    assert message.keys() == _headers(name)
    assert message["Subject"] == _decoded(_unfolded(raw, "Subject")) == rendered.subject
    assert one_line(unit) in rendered.subject or not isinstance(context, TaskContext)
    for header, given_name in (("From", coordinator.strip()), ("To", reader.strip())):
        (mailbox,) = message[header].addresses
        assert _name_in(raw, header) == given_name
        # Python 3.11's newer parser makes one blank of several, and leaves one between two encoded words of a name.
        several = _unfolded(raw, header).count("=?utf-8?b?") > 1
        assert mailbox.display_name.replace(" ", "") == given_name.replace(" ", "")
        assert several or mailbox.display_name == one_line(given_name)
    assert max(map(len, raw.split(b"\r\n"))) <= 76


@given(words=st.text(max_size=300))
def test_any_text_arrives_as_it_was_written(words: str) -> None:
    raw = build(_envelope(), replace(NARROW_TEXT, text=words, html=words))
    assert max(map(len, raw.split(b"\r\n"))) <= 76
    text = _read(raw).get_body(("plain",))
    assert text is not None
    assert text.get_content().split() == words.split()
