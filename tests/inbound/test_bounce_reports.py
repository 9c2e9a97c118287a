"""What a server says of a mail it did not deliver: only what is beyond doubt makes an address dead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.inbound.bounces import read_bounce
from mail.inbound.opening import open_mail
from models.contracts.inbound import Opened
from tests.inbound import saved_mails

JOAN = "joan.prat@ajuntament.example"


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("bounce_dead", "dead", "5.1.1"),
        ("bounce_full", "full", "5.2.2"),
        ("bounce_delayed", "delayed", "4.4.1"),
        ("bounce_delivered", "delivered", "2.0.0"),
        ("bounce_refused", "refused", "5.7.26"),
        ("bounce_too_large", "refused", "5.3.4"),
        ("bounce_said_in_words", "dead", "5.1.0"),
        ("bounce_unsure", "unknown", "5.0.0"),
        ("bounce_forwarded", "unknown", "5.1.1"),
        ("bounce_of_our_address", "refused", "5.1.8"),
        ("bounce_qmail", "dead", "5.1.1"),
        ("bounce_exim", "unknown", ""),
    ],
)
def test_every_kind_of_bounce_is_read(name: str, kind: str, status: str):
    bounce = read_bounce(saved_mails.opened(name))
    assert (bounce.kind, bounce.status, bounce.recipient) == (kind, status, JOAN)
    assert 0 < len(bounce.diagnostic) <= 300


def report(*recipients: str) -> Opened:
    blocks = "\n\n".join(("Reporting-MTA: dns; mx.focal.example", *recipients))
    parts = f"--b\n\nno\n--b\nContent-Type: message/delivery-status\n\n{blocks}\n--b--\n"
    return open_mail(f"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n{parts}".encode())


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "kind"),
    [
        ("failed", "5.1.1", "", "dead"),
        ("failed", "5.1.2", "", "dead"),
        ("failed", "5.1.10", "", "dead"),
        ("Failed (for good)", "5.1.1 (no such user)", "", "dead"),
        ("failed", "5.1.4", "", "unknown"),
        ("failed", "5.1.7", "", "refused"),
        ("failed", "4.2.2", "", "full"),
        ("delayed", "4.2.2", "", "delayed"),
        ("delayed", "5.1.1", "", "delayed"),
        ("failed", "5.2.1", "smtp; 550 5.2.1 mailbox disabled", "unknown"),
        ("failed", "5.2.3", "", "refused"),
        ("failed", "5.6.1", "", "refused"),
        ("failed", "5.7.1", "smtp; 550 5.1.1 unknown user", "refused"),
        ("failed", "5.0.0", "smtp; 550 5.1.1 unknown user", "dead"),
        ("failed", "5.0.0", "smtp; 550 unknown user at 10.5.1.1", "unknown"),
        ("failed", "4.4.7", "", "unknown"),
        ("failed", "", "", "unknown"),
        ("", "4.4.1", "", "delayed"),
        ("relayed", "2.1.5", "", "delivered"),
        ("expanded", "2.1.5", "", "delivered"),
        ("exploded", "51.1", "", "unknown"),
    ],
)
def test_the_kind_follows_from_action_and_status(action: str, status: str, diagnostic: str, kind: str):
    fields = {"Final-Recipient": f"rfc822; <{JOAN}>", "Action": action, "Status": status, "Diagnostic-Code": diagnostic}
    opened = report("\n".join(f"{name}: {value}" for name, value in fields.items() if value))
    assert (read_bounce(opened).kind, read_bounce(opened).recipient) == (kind, JOAN)


def test_of_several_recipients_the_one_that_failed_is_told():
    delivered = "Final-Recipient: rfc822;a@x.example\nAction: delivered\nStatus: 2.0.0"
    failed = "Final-Recipient: rfc822;b@x.example\nAction: failed\nStatus: 5.2.2"
    bounce = read_bounce(report(delivered, failed))
    assert (bounce.kind, bounce.recipient) == ("full", "b@x.example")


def test_what_the_returned_mail_says_does_not_count():
    raw = saved_mails.raw("bounce_qmail").replace(b" (#5.1.1)", b"")
    bounce = read_bounce(open_mail(raw))
    assert (bounce.kind, bounce.status) == ("unknown", "")


def test_words_that_are_no_bounce_tell_nothing():
    bounce = read_bounce(saved_mails.opened("plain"))
    assert (bounce.kind, bounce.status, bounce.recipient) == ("unknown", "", "")


@given(st.text(max_size=500), st.sampled_from(["report", "text"]))
def test_any_words_can_be_read(words: str, where: str):
    opened = saved_mails.opened("bounce_qmail").model_copy(update={where: f"Action: failed\n{words}"})
    assert read_bounce(opened).kind in {"dead", "full", "delayed", "refused", "delivered", "unknown"}
