"""The mailbox over real SMTP and real HTTP: kept before it is acknowledged, shown safely, replied to for real."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import aiosmtplib
import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser
from sqlalchemy import select

from embedded.mailbox import Mailbox, into_focal, open_mailbox
from embedded.mailbox_store import MailStore
from embedded.mailbox_vouching import vouched
from models.tables.mail import IncomingMail
from settings import Settings
from store.database import Database

TASK = "r+abc@focal.example"
UNPROVEN = b"Authentication-Results: mailbox.localhost; dmarc=none\r\n"
ANNA = "anna@city.example"


class Focal:
    """Stands where the inbound operation stands: keeps what it is handed, or refuses it."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str, str]] = []
        self.refuses = False

    async def receive(self, raw: bytes, envelope_from: str, envelope_to: str) -> None:
        if self.refuses:
            raise RuntimeError("the database is away")
        self.received.append((raw, envelope_from, envelope_to))


@pytest.fixture
def focal() -> Focal:
    return Focal()


@pytest_asyncio.fixture
async def mailbox(tmp_path: Path, focal: Focal) -> AsyncIterator[Mailbox]:
    async with open_mailbox(tmp_path, reply_domain="focal.example", receive=focal.receive) as opened:
        yield opened


@pytest_asyncio.fixture
async def pages(mailbox: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=mailbox.url) as client:
        yield client


def request(to: str = ANNA, subject: str = "Petició d’indicadors [VLC-7]") -> EmailMessage:
    """A mail as Focal sends them."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Oficina Internacional <focal@focal.example>"
    mail["To"] = f"Anna Pérez <{to}>"
    mail["Reply-To"] = f"Focal <{TASK}>"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 02 Nov 2026 08:00:00 +0100"
    mail["Message-ID"] = "<second@focal.example>"
    mail["References"] = "<first@focal.example>"
    mail.set_content("Bon dia, Anna:\n\nVos demanem dos indicadors.\n")
    mail.add_alternative("<html><head></head><body><h1>Bon dia, Anna</h1></body></html>", subtype="html")
    mail.set_boundary("the-same-every-time")
    return mail


async def send(mailbox: Mailbox, mail: EmailMessage | bytes, to: list[str] | None = None) -> None:
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    port = mailbox.smtp_port
    await aiosmtplib.send(
        raw, sender="focal@focal.example", recipients=to or [ANNA], hostname="127.0.0.1", port=port, start_tls=False
    )


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def newest(pages: httpx.AsyncClient) -> str:
    listed = (await pages.get("/mails.json")).json()
    return str(listed["mails"][0]["id"])


async def test_a_mail_is_on_disk_exactly_as_it_was_sent_when_it_is_acknowledged(
    mailbox: Mailbox, pages: httpx.AsyncClient, tmp_path: Path
) -> None:
    await send(mailbox, request(), [ANNA, "boss@city.example"])
    raw = request().as_bytes()
    (file,) = files(tmp_path)
    envelope, kept = file.read_bytes().split(b"\r\n", 1)
    assert (envelope.startswith(b"X-Envelope: "), kept) == (True, raw)
    assert file.stat().st_mode & 0o077 == 0
    assert (await pages.get(f"/mails/{file.stem}/source")).content == raw


async def test_mail_is_listed_newest_first_and_found_by_recipient(mailbox: Mailbox, pages: httpx.AsyncClient) -> None:
    for number in range(3):
        await send(mailbox, request(f"p{number}@city.example", f"Mail {number}"), [f"p{number}@city.example"])
    listed = (await pages.get("/mails.json")).json()
    assert listed["total"] == 3
    assert [mail["subject"] for mail in listed["mails"]] == ["Mail 2", "Mail 1", "Mail 0"]
    found = (await pages.get("/mails.json", params={"recipient": "P1@"})).json()
    assert [mail["envelope_to"] for mail in found["mails"]] == [["p1@city.example"]]
    page = (await pages.get("/", params={"recipient": "p1@"})).text
    assert "Mail 1</a>" in page
    assert f" {datetime.now(UTC).astimezone().tzname()}</time>" in page, "a time without its zone misleads"
    assert "Mail 2</a>" not in page


def test_a_mailbox_opened_again_lists_what_it_had_and_forgets_what_was_unfinished(tmp_path: Path) -> None:
    store = MailStore(tmp_path)
    store.load()
    instant = datetime(2026, 11, 2, 7, 0, 0, 5, tzinfo=UTC)
    store.keep(store.stage(request().as_bytes(), "focal@focal.example", (ANNA, "b@c.example"), instant))
    store.stage(b"Subject: unfinished\r\n\r\n", "", (ANNA,), instant)
    again = MailStore(tmp_path)
    again.load()
    assert again.newest(limit=9) == store.newest(limit=9)
    assert again.newest(limit=9)[0].received_at == instant
    assert again.newest(limit=9)[0].subject == "Petició d’indicadors [VLC-7]"
    assert [path.suffix for path in files(tmp_path)] == [".eml"]


@pytest.fixture
def thousands(tmp_path: Path) -> Path:
    for number in range(2000):
        name = f"20261102T0700{number // 100:02d}.{number % 100:06d}Z-0000000{number % 10}.eml"
        head = f'X-Envelope: {{"from": "f@focal.example", "to": ["p{number}@city.example"]}}\r\n'
        (tmp_path / name).write_bytes(f"{head}Subject: Mail {number}\r\n\r\nBon dia\r\n".encode())
    return tmp_path


async def test_many_thousand_mails_are_paged(thousands: Path, focal: Focal) -> None:
    async with (
        open_mailbox(thousands, reply_domain="focal.example", receive=focal.receive) as opened,
        httpx.AsyncClient(base_url=opened.url) as pages,
    ):
        first, last = (await pages.get("/")).text, (await pages.get("/", params={"page": 40})).text
        assert "2,000 mails" in first
        assert "Mail 1999</a>" in first
        assert "Mail 0</a>" in last
        assert "Page 40 of 40" in last
        assert "There is no page 41" in (await pages.get("/", params={"page": 41})).text


async def test_replies_and_bounces_are_handed_on_to_focal(mailbox: Mailbox, focal: Focal) -> None:
    raw, ours = request().as_bytes(), ["r+abc@FOCAL.example", "B+abc@focal.example"]
    await send(mailbox, raw, [*ours, ANNA])
    assert focal.received == [(UNPROVEN + raw, "focal@focal.example", recipient) for recipient in ours]


@pytest.mark.parametrize(
    "recipient", ["coordinator@focal.example", "r@focal.example", "bruna+r+b@focal.example", "r+abc@city.example"]
)
async def test_a_mail_to_a_person_is_no_reply_even_under_the_domain_of_focal(
    mailbox: Mailbox, pages: httpx.AsyncClient, focal: Focal, recipient: str
) -> None:
    await send(mailbox, request(), [recipient])
    assert focal.received == []
    assert (await pages.get("/mails.json")).json()["total"] == 1


async def test_a_mail_that_focal_cannot_take_stays_with_its_sender(
    mailbox: Mailbox, pages: httpx.AsyncClient, focal: Focal, tmp_path: Path
) -> None:
    focal.refuses = True
    with pytest.raises(aiosmtplib.SMTPDataError) as caught:
        await send(mailbox, request(), [TASK])
    assert caught.value.code == 451
    assert files(tmp_path) == []
    assert (await pages.get("/mails.json")).json()["total"] == 0
    focal.refuses = False
    await send(mailbox, request(), [TASK])
    assert len(focal.received) == 1


async def test_a_reply_reaches_the_database_through_the_inbound_operation(
    tmp_path: Path, database: Database, settings: Settings
) -> None:
    async with open_mailbox(
        tmp_path, reply_domain=settings.mail_domain, receive=into_focal(database, settings)
    ) as mailbox:
        await send(mailbox, request(), [TASK])
    async with database.reading() as session:
        kept = (await session.scalars(select(IncomingMail))).one()
    assert (kept.envelope_to, kept.raw) == (TASK, UNPROVEN + request().as_bytes())


async def test_a_reply_is_the_one_a_mail_program_would_send(
    mailbox: Mailbox, pages: httpx.AsyncClient, focal: Focal
) -> None:
    await send(mailbox, request(), ["boss@city.example", ANNA])
    first = await newest(pages)
    text = "Bon dia,\r\n\r\n1.234,5 participants\r\n.\r\nAnna"
    answer = await pages.post(f"/mails/{first}/reply", data={"sender": ANNA, "text": text})
    assert answer.status_code == 303
    ((raw, envelope_from, envelope_to),) = focal.received
    assert (envelope_from, envelope_to) == (ANNA, TASK)
    assert raw.startswith(b"Authentication-Results: mailbox.localhost; dmarc=pass header.from=city.example\r\nFrom: ")
    reply = message_from_bytes(raw, policy=default)
    assert reply["From"] == f"Anna Pérez <{ANNA}>"
    assert reply["To"] == f"Focal <{TASK}>"
    assert reply["Subject"] == "Re: Petició d’indicadors [VLC-7]"
    assert reply["In-Reply-To"] == "<second@focal.example>"
    assert reply["References"] == "<first@focal.example> <second@focal.example>"
    body = reply.get_content().replace("\r\n", "\n")
    assert body.startswith("Bon dia,\n\n1.234,5 participants\n.\nAnna\n\nOn Mon, 02 Nov 2026 08:00:00 +0100, Oficina ")
    assert body.endswith("wrote:\n> Bon dia, Anna:\n>\n> Vos demanem dos indicadors.\n")
    page = (await pages.get(answer.headers["location"])).text
    assert "The reply was sent" in page
    second = await newest(pages)
    assert f'<a href="/mails/{first}">' in (await pages.get(f"/mails/{second}")).text


async def test_nobody_but_the_pages_is_vouched_for(mailbox: Mailbox, focal: Focal) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port, start_tls=False) as client:
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await client.login("pages", "a guess")
        await client.sendmail(ANNA, [TASK], b"Authentication-Results: mailbox.localhost; dmarc=pass\r\nFrom: x\r\n\r\n")
    assert focal.received == [(UNPROVEN + b"From: x\r\n\r\n", ANNA, TASK)]


@pytest.mark.parametrize(
    "forged",
    [
        b"Authentication-Results: mailbox.localhost; dmarc=pass header.from=city.example\r\n",
        b"authentication-results:\r\n\tMAILBOX.localhost 1;\r\n dmarc=pass\r\n",
        b"Authentication-Results : (a comment) mailbox.localhost; dmarc=pass\n",
        b'Authentication-Results: "mailbox.localhost"; dmarc=pass\r',
        b"Authentication-Results: mailbox.localhost; dmarc=fail\r\nAUTHENTICATION-RESULTS: mailbox.localhost\r\n",
    ],
)
def test_what_others_say_in_the_name_of_the_mailbox_is_taken_away(forged: bytes) -> None:
    others = b"Authentication-Results: mx.city.example; dmarc=pass\r\n"
    rest = b"Subject: x\r\n y\r\n\r\nAuthentication-Results: mailbox.localhost; quoted\r\n"
    assert vouched(b"From: a@b.example\r\n" + forged + others + rest, None) == (
        UNPROVEN + b"From: a@b.example\r\n" + others + rest
    )
    assert vouched(forged, None) == UNPROVEN


async def test_a_reply_that_is_not_taken_comes_back_with_what_was_typed(
    mailbox: Mailbox, pages: httpx.AsyncClient, focal: Focal
) -> None:
    await send(mailbox, request())
    where = f"/mails/{await newest(pages)}/reply"
    focal.refuses = True
    answer = await pages.post(where, data={"sender": ANNA, "text": "Dotze <b>"})
    assert answer.status_code == 400
    assert "The reply was not taken" in answer.text
    assert ">\nDotze &lt;b&gt;</textarea>" in answer.text
    assert "Write something first." in (await pages.post(where, data={"sender": ANNA, "text": " \n"})).text
    assert "too long" in (await pages.post(where, data={"sender": ANNA, "text": "x" * 100_001})).text


@pytest.mark.parametrize(
    "sender", ["mallory@city.example", f"{ANNA}\r\nBcc: mallory@city.example", f"{ANNA}, mallory@city.example", ""]
)
async def test_only_a_recipient_of_the_mail_can_reply_to_it(
    mailbox: Mailbox, pages: httpx.AsyncClient, focal: Focal, sender: str
) -> None:
    await send(mailbox, request())
    answer = await pages.post(f"/mails/{await newest(pages)}/reply", data={"sender": sender, "text": "Dotze"})
    assert answer.status_code == 400
    assert focal.received == []


@pytest.mark.parametrize("name", ["From", "Reply-To", "To", "Subject", "Message-ID", "References"])
async def test_no_header_of_the_original_can_put_a_header_into_the_reply(
    mailbox: Mailbox, pages: httpx.AsyncClient, focal: Focal, name: str
) -> None:
    hidden = "=?utf-8?q?x=0D=0ABcc:_mallory=40city.example=0D=0A=0D=0A?="
    lines = {
        "From": b"From: Focal <r+abc@focal.example>",
        "To": b"To: Anna <anna@city.example>",
        "Subject": b"Subject: Bon dia",
        "Message-ID": b"Message-ID: <second@focal.example>",
    }
    ends = {"From": TASK, "Reply-To": TASK, "To": ANNA}
    lines[name] = f"{name}: {hidden} <{ends.get(name, 'second@focal.example')}>".encode()
    await send(mailbox, b"\r\n".join(lines.values()) + b"\r\n\r\nBon dia\r\n")
    text = "Bcc: mallory@city.example\r\n\r\nDotze"
    answer = await pages.post(f"/mails/{await newest(pages)}/reply", data={"sender": ANNA, "text": text})
    assert answer.status_code == 303
    reply = message_from_bytes(focal.received[0][0], policy=default)
    assert set(reply.keys()) <= {
        *("Authentication-Results", "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert all(len(reply.get_all(key, [])) == 1 for key in reply)
    assert [address.addr_spec for address in reply["To"].addresses] == [TASK]


async def test_nothing_in_a_mail_runs_or_loads_from_elsewhere(
    mailbox: Mailbox, pages: httpx.AsyncClient, chromium: Browser
) -> None:
    asked: list[bytes] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
    there = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    mail = request()
    html = (
        f'<html><head><link rel="stylesheet" href="{there}/style"></head><body><p id="said">Bon dia</p>'
        f'<img src="{there}/pixel"><iframe src="{there}/frame"></iframe>'
        f"<script>document.getElementById('said').textContent = 'it ran'; fetch('{there}/script')</script>"
        f'<p style="background: url({there}/background); color: rgb(1, 2, 3)">Colour</p>'
        f'<a href="{there}/link">Open</a></body></html>'
    )
    mail.clear_content()
    mail.set_content(html, subtype="html")
    await send(mailbox, mail)
    address = f"{mailbox.url}/mails/{await newest(pages)}"
    async with server, await chromium.new_page() as page:
        for url in (address, f"{address}/html"):
            await page.goto(url, wait_until="networkidle")
            frame = page.frames[-2] if url == address else page.main_frame
            assert await frame.locator("#said").inner_text() == "Bon dia"
            colour = "e => getComputedStyle(e).color"
            assert await frame.get_by_text("Colour").evaluate(colour) == "rgb(1, 2, 3)"
        assert asked == []
        await page.goto(address)
        async with page.expect_popup() as opening:
            await page.frame_locator("iframe").get_by_text("Open").click()
        await (await opening.value).close()
        assert set(asked) == {b"GET /link HTTP/1.1\r\n"}


async def test_other_sites_can_neither_read_the_mailbox_nor_write_with_it(
    mailbox: Mailbox, pages: httpx.AsyncClient, focal: Focal
) -> None:
    await send(mailbox, request())
    address = f"/mails/{await newest(pages)}"
    assert (await pages.get(address, headers={"Host": "rebound.example"})).status_code == 400
    crossed = await pages.post(
        f"{address}/reply", data={"sender": ANNA, "text": "Dotze"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert crossed.status_code == 403
    assert focal.received == []
    shown = await pages.get(address)
    assert "script" not in shown.headers["content-security-policy"]
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n",
        b"Subject: =?no-such-set?q?x?=\r\nContent-Type: text/plain; charset=no-such-set\r\n\r\n\xff\xfe",
        b"Subject: =?utf-8?b?!!!?=\r\nFrom: \xff\xfe <\xff>\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%not base64",
        b'Content-Disposition: attachment; filename="a\r\n b/../c.txt"\r\n\r\nbytes\r\n',
    ],
)
async def test_a_damaged_mail_is_kept_and_shown_as_far_as_it_goes(
    mailbox: Mailbox, pages: httpx.AsyncClient, raw: bytes
) -> None:
    await send(mailbox, raw)
    mail_id = await newest(pages)
    assert (await pages.get(f"/mails/{mail_id}")).status_code == 200
    assert (await pages.get(f"/mails/{mail_id}/text")).status_code == 200
    assert (await pages.get(f"/mails/{mail_id}/html")).status_code in {200, 404}


async def test_an_attachment_is_saved_and_never_shown(mailbox: Mailbox, pages: httpx.AsyncClient) -> None:
    mail = request()
    mail.add_attachment(b"<script>", maintype="text", subtype="html", filename="informe·trimestral.html")
    await send(mailbox, mail)
    mail_id = await newest(pages)
    assert "informe·trimestral.html" in (await pages.get(f"/mails/{mail_id}")).text
    answer = await pages.get(f"/mails/{mail_id}/attachments/0")
    assert answer.content == b"<script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''informe%C2%B7trimestral")
    assert (await pages.get(f"/mails/{mail_id}/attachments/1")).status_code == 404


@pytest.mark.parametrize("path", ["/mails/none", "/mails/../../etc/passwd", "/nothing", "/?page=x", "/?page=0"])
async def test_an_address_that_leads_nowhere_gets_a_page_with_a_way_back(pages: httpx.AsyncClient, path: str) -> None:
    answer = await pages.get(path)
    assert answer.status_code in {400, 404}
    assert '<a href="/">All mail</a>' in answer.text
