"""A mail is taken apart as a person would read it; nothing in it stops the reader or passes for something else."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from mail.inbound import opening
from mail.inbound.header_text import decode_words, mailboxes, parameters
from mail.inbound.html_text import html_lines
from mail.inbound.opening import open_mail
from models.contracts.inbound import Mailbox
from tests.inbound import saved_mails
from tests.inbound.mutation import mutate
from tests.inbound.nasty import HEAD, many_parts

SAVED = [saved_mails.raw(name) for name in saved_mails.names()]


def text(content: bytes, content_type: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> bytes:
    described = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return HEAD + described.encode() + content


def test_a_plain_reply_is_read_whole():
    opened = saved_mails.opened("plain")
    assert opened.senders == (Mailbox(name="Joan Prat", address="joan.prat@ajuntament.example"),)
    assert opened.recipients == ("r+a3kq7m2x@in.focal.example",)
    assert opened.subject == "Re: Indicadors del 3r trimestre de 2026 · Servei de Turisme [7K2M-9QXD]"
    assert opened.written_at == datetime(2026, 10, 6, 8, 12, 30, tzinfo=UTC)
    assert opened.message_id == "<CAF3x1k9@mail.ajuntament.example>"
    assert opened.references == ("<k3m2p7aa@focal.example>", "<root7k2m@focal.example>")
    assert opened.content_type == "text/plain"
    assert opened.text == "Bon dia,\n\n3 = 128\n4 = res a informar\n\nJoan"
    assert (opened.attachments, opened.report, opened.original_headers, opened.trouble) == ((), "", (), ())
    assert [name for name, _ in opened.headers][:2] == ["Received", "From"]


def test_html_is_read_as_its_reader_sees_it():
    opened = saved_mails.opened("html_only")
    assert opened.text.split("\n") == [
        "Bon dia,",
        "3\u00a0=\u00a0128",
        "4 = 13",
        "5. 1.234,5",
        "6. res a informar",
        "Codi | Abans | Ara",
        "VLC-E4-OE1-A1-I7 |  | 77",
        "Salutacions,",
        "Núria",
        "> 3 · VLC-E4-OE1-A1-I1 =",
        "> > El text d'abans",
    ]
    assert opened.trouble == ("html_only",)


def test_a_plain_text_that_only_says_to_look_at_the_html_is_passed_over():
    opened = saved_mails.opened("see_the_html")
    assert (opened.text, opened.trouble) == ("3 = 128", ("html_only",))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "  \r\n",
        "Si no veieu bé aquest missatge, visualitzeu-lo en format HTML.",
        "Este correo está en formato HTML",
        "Votre logiciel de messagerie ne prend pas en charge le HTML.",
    ],
)
def test_a_plain_text_without_words_of_its_own_gives_way_to_the_html(said: str):
    both = b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n%b\r\n--b\r\n" % said.encode()
    raw = HEAD + both + b"Content-Type: text/html\r\n\r\n<p>3 = 128</p>\r\n--b--\r\n"
    assert open_mail(raw).text == "3 = 128"


def test_a_plain_text_with_a_value_counts_even_if_it_speaks_of_html():
    both = b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nsee HTML: 3 = 128\r\n--b\r\n"
    raw = HEAD + both + b"Content-Type: text/html\r\n\r\n<p>4 = 1</p>\r\n--b--\r\n"
    assert open_mail(raw).text == "see HTML: 3 = 128"


def test_what_is_wrong_with_the_html_beside_a_plain_text_is_no_trouble():
    opened = saved_mails.opened("both")
    assert (opened.text, opened.trouble) == ("3 = 128", ())


def test_flowed_lines_are_put_together_and_quotes_kept_apart():
    assert saved_mails.opened("flowed").text.split("\n") == [
        "Bon dia, us envio els valors que em vàreu demanar la setmana passada:",
        "",
        "3 = 128",
        "4 = 13",
        "> En la primera línia demanàveu el nombre de visites.",
        ">> I abans el de reunions.",
        "-- ",
        "Joan Prat",
    ]


@pytest.mark.parametrize(
    ("name", "said", "trouble"),
    [
        ("windows_marked_utf8", "Sí, són 1.234 €", ("unknown_charset",)),
        ("unknown_charset", "Sí, són 128", ("unknown_charset",)),
        ("utf7", "3 = 128 és clar", ()),
        ("dangerous_codec", r"3 = \x31\x32\x38", ("unknown_charset",)),
        ("broken_base64", "3 = 128", ("broken_encoding", "text_cut")),
        ("no_boundary", "3 = 128", ("broken_structure",)),
        ("no_last_boundary", "3 = 128", ("broken_structure",)),
        ("controls", "3 = 128\n4\u00a0=\u00a01\u202f234", ()),
        ("parts_around_a_file", "3 = 128\n4 = 13", ()),
        ("smime_opaque", "3 = 128\n4 = res a informar\n\nNúria", ("signed",)),
        ("smime_opaque_in_chunks", "3 = 128\n4 = res a informar\n\nNúria", ("signed",)),
        ("smime_clear", "3 = 128\n4 = res a informar\n\nNúria", ("signed",)),
        ("smime_encrypted", "", ("encrypted",)),
        ("pgp_encrypted", "", ("encrypted",)),
        ("pgp_in_the_text", "3 = 128\n- 4 = 13", ("signed",)),
        ("winmail", "3 = 128", ()),
        ("winmail_broken", "3 = 128", ("tnef",)),
        ("only_a_file", "", ("no_text",)),
        ("forwarded_as_attachment", "Us ho reenvio.", ()),
    ],
)
def test_text_is_found_however_it_is_wrapped(name: str, said: str, trouble: tuple[str, ...]):
    opened = saved_mails.opened(name)
    assert (opened.text, opened.trouble) == (said, trouble)


def test_headers_in_raw_bytes_are_read():
    opened = saved_mails.opened("raw_8bit_headers")
    assert opened.senders == (Mailbox(name="Núria Pla", address="nuria@ajuntament.example"),)
    assert opened.subject == "Re: Informació d’indicadors"


def test_an_encoded_line_end_makes_no_header():
    opened = saved_mails.opened("controls")
    assert opened.subject == "Re: a Bcc: x@y.example  b"
    assert "bcc" not in {name.lower() for name, _ in opened.headers}


def test_brackets_in_a_message_id_do_no_harm():
    assert saved_mails.opened("brackets_in_message_id").message_id == "<[abc]@ajuntament.example>"


def test_encoded_words_in_what_servers_write_stay_as_they_are():
    raw = HEAD + b"Authentication-Results: =?utf-8?q?mx=3B_dmarc=3Dpass?=\r\n\r\n"
    assert dict(open_mail(raw).headers)["Authentication-Results"] == "=?utf-8?q?mx=3B_dmarc=3Dpass?="


@pytest.mark.parametrize("name", ["two_from_lines", "two_mailboxes_in_from"])
def test_several_senders_are_named_as_such(name: str):
    opened = saved_mails.opened(name)
    assert [box.address for box in opened.senders] == ["joan.prat@ajuntament.example", "algu@enlloc.example"]
    assert opened.trouble == ("two_senders",)


def test_the_same_sender_in_two_lines_is_not_to_be_trusted_either():
    assert "two_senders" in open_mail(b"From: joan@ajuntament.example\r\n" + HEAD + b"\r\n").trouble


def test_an_address_in_a_name_is_a_name():
    (sender,) = saved_mails.opened("address_as_name").senders
    assert sender == Mailbox(name="joan.prat@ajuntament.example", address="algu@enlloc.example")


@pytest.mark.parametrize(
    ("written", "addresses"),
    [
        ("joan@x.example", ["joan@x.example"]),
        ("Joan (de casa) <Joan@X.Example>", ["joan@x.example"]),
        ("joan@x.example (Joan <altre@y.example>)", ["joan@x.example"]),
        ('"Prat, Joan" <joan@x.example>', ["joan@x.example"]),
        ("Prat, Joan <joan@x.example>", ["joan@x.example"]),
        ("<joan@x.example> <altre@y.example>", ["joan@x.example", "altre@y.example"]),
        ("joan@x.example altre@y.example", ["joan@x.example", "altre@y.example"]),
        ("Equip: joan@x.example, altre@y.example;", ["joan@x.example", "altre@y.example"]),
        ("joan@x.example; altre@y.example", ["joan@x.example", "altre@y.example"]),
        ("=?utf-8?q?Joan_=3Cjoan=40x=2Eexample=3E=2C?= <altre@y.example>", ["altre@y.example"]),
        ("=?utf-8?q?joan=40x=2Eexample?=", []),
        ("joan@x.example\x00.y.example", []),
        ("<joan@x.example@y.example>", []),
        ("<@relay.example:joan@x.example>", []),
        ('"joan@x.example', []),
        ('"a\\"b" <joan@x.example>', ["joan@x.example"]),
        ('"joan prat"@x.example', []),
        ('<"joan prat"@x.example>', ['"joan prat"@x.example']),
        ("", []),
        ("undisclosed-recipients:;", []),
    ],
)
def test_addresses_are_read_where_they_stand(written: str, addresses: list[str]):
    assert [box.address for box in mailboxes(written.encode())] == addresses


def test_words_cut_in_the_middle_of_a_character_are_read():
    assert decode_words("=?utf-8?Q?Informaci=C3?= =?utf-8?Q?=B3?= x =?iso-8859-1?Q?=E9?=") == "Informació x é"


@pytest.mark.parametrize(
    ("written", "value", "given"),
    [
        ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ('Text/Plain;charset="utf-8" ; Format=flowed', "text/plain", {"charset": "utf-8", "format": "flowed"}),
        ("a/b; name*=utf-8'ca'%C3%A0.csv", "a/b", {"name": "à.csv"}),
        ("a/b; name*1*=b; name*0*=iso-8859-1''%E0", "a/b", {"name": "àb"}),
        ("a/b; name=first; name=second", "a/b", {"name": "first"}),
        ('a/b; name="x;y=z"', "a/b", {"name": "x;y=z"}),
        ("a/b; name*=%", "a/b", {"name": "%"}),
        (";;==;", "", {}),
    ],
)
def test_parameters_are_read(written: str, value: str, given: dict[str, str]):
    assert parameters(written.encode()) == (value, given)


def test_names_of_files_are_never_paths():
    assert [file.filename for file in saved_mails.opened("file_names").attachments] == [
        "x.xlsx",
        "valors.xlsx",
        "Fitxa d’indicadors.xlsx",
        "Indicadors del tercer trimestre.xlsx",
        "Càlcul.xlsx",
        "%ZZé.xlsx",
        "unnamed",
        "ab.xlsx",
    ]


def test_a_long_name_keeps_its_ending():
    raw = HEAD + b"Content-Type: application/zip; name=" + b"a" * 900 + b".xlsx\r\n\r\nx\r\n"
    (file,) = open_mail(raw).attachments
    assert file.filename == "a" * 150 + ".xlsx"


def test_of_too_many_files_the_pictures_are_left_out_first():
    opened = saved_mails.opened("twelve_files")
    assert len(opened.attachments) == 10
    assert opened.attachments[0].filename == "valors.xlsx"
    assert opened.trouble == ("too_many_attachments",)


def test_a_file_that_is_too_large_is_left_out():
    line = b"QUJD" * 19 + b"\r\n"
    too_large = b"Content-Type: a/b; name=big\r\nContent-Transfer-Encoding: base64\r\n\r\n" + line * 190_000
    raw = many_parts(1, too_large + b"\r\n--b\r\nContent-Type: a/b; name=small\r\n\r\nx")
    opened = open_mail(raw)
    assert [file.filename for file in opened.attachments] == ["small"]
    assert "attachment_too_large" in opened.trouble


def test_files_keep_their_bytes():
    (sheet,) = saved_mails.opened("parts_around_a_file").attachments
    assert sheet.content == b"codi;valor\r\nVLC-E4-OE1-A1-I1;99"
    (sheet,) = saved_mails.opened("winmail").attachments
    assert (sheet.filename, sheet.content) == ("Càlcul.xlsx", b"the bytes of a sheet")


def test_a_mail_forwarded_as_an_attachment_is_a_file():
    (file,) = saved_mails.opened("forwarded_as_attachment").attachments
    assert (file.filename, file.content_type) == ("Fwd.eml", "message/rfc822")
    assert b"3 = 999" in file.content


def test_a_delivery_report_is_told_apart_from_its_words_and_from_the_mail_it_is_about():
    opened = saved_mails.opened("bounce_full")
    assert opened.text == "The mail could not be delivered."
    assert "Original-Envelope-Id: outbox-42" in opened.report
    assert "Status: 5.2.2" in opened.report
    assert dict(opened.original_headers)["Message-ID"] == "<k3m2p7aa@focal.example>"
    assert opened.attachments == ()
    assert dict(saved_mails.opened("bounce_dead").original_headers)["X-Focal-Loop"] == "1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"3 = 1\r\n" * 6000, 5000),
        (b"3 = 1" + b"0" * 1000 + b"\r\n", 1),
        ((b"3 = 1" + b"0" * 994 + b"\r\n") * 250, 199),
        (b"3 = " + b"1" * 250_000 + b"\r\n", 1),
    ],
)
def test_a_long_text_is_cut_at_the_end_of_a_line(content: bytes, said: int):
    opened = open_mail(text(content))
    lines = opened.text.split("\n")
    assert len(lines) == said
    assert set(lines) <= {*content.decode().split("\r\n")}
    assert ("text_cut" in opened.trouble) == (len(content) > 10_000)


@pytest.mark.parametrize("encoding", ["7bit", "quoted-printable"])
def test_the_line_in_which_a_mail_ends_is_not_taken_for_a_whole_one(encoding: str):
    opened = open_mail(text(b"3: 128\r\n4: 12", encoding=encoding))
    assert opened.text == "3: 128"
    assert opened.trouble == ("broken_structure", "text_cut")


def test_a_mail_that_ends_in_a_soft_line_break_has_no_last_line():
    assert open_mail(text(b"3: 128\r\n4: 12=\r\n", encoding="quoted-printable")).text == "3: 128"


def test_the_last_line_of_broken_base64_is_not_taken_for_a_whole_one():
    opened = open_mail(text(b"MyA9IDEyOA0KNCA9IDEyMz\r\n", encoding="base64"))
    assert opened.text == "3 = 128"
    assert opened.trouble == ("broken_encoding", "text_cut")


def test_html_that_is_cut_leaves_out_the_line_in_which_it_is():
    page = "<p>3 = 128</p>" + "<i></i>" * 100_000 + "<p>4 = 13</p><p>5 = 14</p>"
    lines, cut = html_lines(page, max_characters=1_000_000)
    assert cut
    assert lines == []
    lines, cut = html_lines("<p>3 = 128</p><p>4 = 134</p>", max_characters=25)
    assert (lines, cut) == (["3 = 128"], True)


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("<div>a</div><div><br></div><div>b</div>", ["a", "", "b"]),
        ("a<br>b<br/>c", ["a", "b", "c"]),
        ("<p>a\n  b</p>", ["a b"]),
        ("<pre>a\n  b</pre>", ["a", "  b"]),
        ("<table><tr><td>3</td><td>a<br>b</td></tr></table>", ["3", "a", "b"]),
        ("<table><tr><td><table><tr><td>3</td><td>128</td></tr></table></td></tr></table>", ["3 | 128"]),
        ("<blockquote>a<div>b</div></blockquote>c", ["> a", "> b", "c"]),
        ("<p hidden>a</p><p style='Display : NONE'>b</p><p style='font-size:0'>c</p><p>d</p>", ["d"]),
        ("<p style='font-size:0.9em;opacity:0.5'>d</p>", ["d"]),
        ("<ul><li>a<li>b</ul>", ["• a", "• b"]),
        ("<ol start=3><li value=9>a</li><li>b</li></ol>", ["9. a", "10. b"]),
        ("1<strike>2</strike>3", ["13"]),
        ("<!-- 3 = 1 --><![CDATA[x]]><a href='http://x.example'>y</a>", ["y"]),
        ("1\u200b2&shy;3&#8238;4", ["1234"]),
        ("&lt;b&gt; &amp;eacute; &eacute;", ["<b> &eacute; é"]),
        ("", []),
        ("<", ["<"]),
        ("</div></p>a<//<<<>", None),
    ],
)
def test_html_becomes_the_lines_one_sees(page: str, lines: list[str] | None):
    found, cut = html_lines(page, max_characters=1000)
    assert not cut
    if lines is not None:
        assert found == lines


def test_what_nobody_foresaw_gives_a_mail_without_sender_or_text(monkeypatch: pytest.MonkeyPatch):
    def fails(raw: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr(opening, "read_structure", fails)
    opened = open_mail(saved_mails.raw("plain"))
    assert (opened.senders, opened.text, opened.trouble) == ((), "", ("broken_structure",))


def is_storable(raw: bytes) -> None:
    opened = opening._opened(raw)
    for value in (opened.text, opened.report, opened.subject, *(part for header in opened.headers for part in header)):
        value.encode()
        assert "\0" not in value
        assert "\r" not in value
    assert all("\n" not in value for _, value in (*opened.headers, *opened.original_headers))
    assert all("/" not in file.filename and file.filename.strip(" .") for file in opened.attachments)
    assert all("@" in box.address and box.address == box.address.lower() for box in opened.senders)
    assert len(opened.text) <= 200_000
    assert opened.written_at is None or opened.written_at.tzinfo is not None


@run(max_examples=400)
@given(st.integers(min_value=0))
def test_a_damaged_mail_is_opened_and_can_be_stored(seed: int):
    random = Random(seed)  # noqa: S311 - it draws damages, not secrets
    is_storable(mutate(random.choice(SAVED), random, SAVED))


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_opened(raw: bytes):
    is_storable(raw)


@given(
    st.sampled_from(["utf-7", "utf-16", "iso-2022-jp", "gb18030", "punycode", "idna", "rot13", "\udce9", "x" * 99, ""])
)
def test_any_charset_gives_text_that_can_be_stored(charset: str):
    declared = f"text/plain; charset={charset}".encode("utf-8", "surrogateescape")
    for content in (bytes(range(256)), b"+2AA-+3AA-", b"\xd8\x00\xdc"):
        is_storable(HEAD + b"Content-Type: " + declared + b"\r\n\r\n" + content + b"\r\n")
