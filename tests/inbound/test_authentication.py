"""A sender is believed only for what the one trusted server wrote itself; no forgery makes a grade better."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.inbound.authentication import grade
from mail.inbound.opening import open_mail
from models.contracts.inbound import Grade

SERVER = "mx.focal.example"
RECEIVED = (
    "Received: from mail.ajuntament.example (mail.ajuntament.example [192.0.2.10])\n"
    " by mx.focal.example (Postfix) with ESMTPS id 4F1C2; Tue, 6 Oct 2026 10:12:31 +0200\n"
)
ELSEWHERE = RECEIVED.replace("mx.focal.example", "mx.enlloc.example")
DMARC = "dmarc=pass (p=reject dis=none) header.from=ajuntament.example"
DKIM = 'dkim=pass (2048-bit key; unprotected) header.d=ajuntament.example header.i=@ajuntament.example header.b="k3/X="'
SPF = "spf=pass smtp.mailfrom=joan@ajuntament.example"


def results(*said: str, server: str = SERVER) -> str:
    return f"Authentication-Results: {'; '.join((server, *said))}\n"


def graded(*headers: str, sender: str = "Joan <joan@ajuntament.example>", server: str | None = SERVER) -> Grade:
    raw = "".join(headers) + f"From: {sender}\nTo: r+token@in.focal.example\n\n3 = 128\n"
    return grade(open_mail(raw.encode()), server=server)


@pytest.mark.parametrize(
    ("headers", "letter"),
    [
        (results(DMARC) + RECEIVED, "A"),
        (RECEIVED + results(DMARC), "A"),
        (results(DMARC, DKIM, SPF) + RECEIVED, "A"),
        (results(SPF) + results(DKIM) + results(DMARC) + RECEIVED, "A"),
        (results("dmarc=none header.from=ajuntament.example", DKIM) + RECEIVED, "B"),
        (results("dmarc=bestguesspass header.from=ajuntament.example", SPF) + RECEIVED, "B"),
        (results(SPF) + results(DKIM) + RECEIVED, "B"),
        (results(SPF) + RECEIVED, "B"),
        (results("dkim=pass header.i=@ajuntament.example header.s=a") + RECEIVED, "B"),
        (results("spf=pass smtp.mailfrom=ajuntament.example") + RECEIVED, "B"),
        (results("dmarc=fail (p=none) header.from=ajuntament.example", DKIM, SPF) + RECEIVED, "D"),
        (results("dmarc=temperror header.from=ajuntament.example", DKIM) + RECEIVED, "C"),
        (results("dmarc=permerror", DKIM) + RECEIVED, "C"),
        (results("dkim=fail header.d=ajuntament.example", "spf=softfail smtp.mailfrom=x@ajuntament.example"), "C"),
        (results("none") + RECEIVED, "C"),
        (RECEIVED, "C"),
        ("", "C"),
    ],
)
def test_the_grade_follows_from_what_the_server_found(headers: str, letter: str):
    assert graded(headers).letter == letter


@pytest.mark.parametrize(
    "written",
    [
        f"Authentication-Results:MX.Focal.Example 1;{DMARC}\n",
        f"authentication-results: (checked) mx.focal.example (by us);\n\t{DMARC};\n dkim=none\n",
        "Authentication-Results: mx.focal.example; dmarc/1 = PASS reason=\"a; b (c\" header.from = 'x'\n".replace(
            "'x'", '"Ajuntament.example"'
        ),
        'Authentication-Results: "mx.focal.example"; dmarc=pass header.from=ajuntament.example.\n',
    ],
)
def test_the_results_are_read_in_every_form_that_is_allowed(written: str):
    assert graded(written).letter == "A"


@pytest.mark.parametrize(
    "said",
    [
        "dmarc",
        "dmarc=",
        "=pass",
        "dmarc=pass",
        "dmarc=pass header.from",
        "dmarc=pass header.from=",
        "dmarc=pass header.from=ajuntament.example and more",
        "dmarc=pass header.from=ajuntament.example header.from=altre.example",
        "dmarc=pass header.from=altre.example",
        "dmarc=pass header.from=sub.ajuntament.example",
        "dmarc=pass header.from=example",
        'dmarc=pass reason="header.from=ajuntament.example"',
        "dmarc=pass (header.from=ajuntament.example)",
        'spf=pass smtp.mailfrom="x;dmarc=pass header.from=ajuntament.example"@evil.example',
        'spf=pass smtp.mailfrom="ajuntament.example"@evil.example',
        "spf=pass smtp.mailfrom=ajuntament.example @evil.example",
        "spf=pass smtp.mailfrom=ajuntament.example(x)@evil.example",
        "spf=pass smtp.mailfrom=joan@sub.ajuntament.example",
        "spf=pass smtp.mailfrom=joan@notajuntament.example",
        "spf=pass smtp.helo=ajuntament.example",
        "dkim=pass header.d=evil.example header.i=@ajuntament.example",
        "dkim=pass header.d=example",
        "dkim=pass header.d=sub.ajuntament.example",
        "auth=pass smtp.auth=joan@ajuntament.example",
        'dkim=fail reason="x; dmarc=pass header.from=ajuntament.example',
    ],
)
def test_what_does_not_vouch_for_the_domain_counts_for_nothing(said: str):
    assert graded(results(said)).letter == "C"


def test_a_failure_counts_however_it_is_written():
    assert graded(results("dmarc=fail and more", DKIM)).letter == "D"
    assert graded(results(DMARC, "dmarc=fail header.from=ajuntament.example")).letter == "D"
    assert graded(results(DMARC) + results("dmarc=fail") + RECEIVED).letter == "D"


def test_a_domain_vouches_for_those_below_it():
    assert graded(results(DKIM), sender="joan@turisme.ajuntament.example").letter == "B"


# Forgeries: the mail brings its own results along.


@pytest.mark.parametrize(
    "headers",
    [
        results(DMARC, server="mx.enlloc.example") + RECEIVED,
        results(DMARC, server="mx.focal.example.enlloc.example") + RECEIVED,
        results(DMARC, server="focal.example") + RECEIVED,
        "Authentication-Results: dmarc=pass header.from=ajuntament.example\n" + RECEIVED,
        "X-Authentication-Results: mx.focal.example; " + DMARC + "\n" + RECEIVED,
        "ARC-Authentication-Results: i=1; mx.focal.example; " + DMARC + "\n" + RECEIVED,
    ],
)
def test_results_of_another_server_count_for_nothing(headers: str):
    assert graded(headers).letter == "C"


@pytest.mark.parametrize(
    "headers",
    [
        # above its own Received the server found nothing; below stands what came with the mail
        results("dmarc=none") + RECEIVED + results(DMARC),
        results("dkim=none") + RECEIVED + results(DMARC),
        results("none") + RECEIVED + results(DMARC, DKIM, SPF),
        # it writes below its Received, right above what came with the mail
        RECEIVED + results("dkim=none") + results(DMARC),
        RECEIVED + results("dmarc=none") + results(DMARC),
        RECEIVED + results("none") + results(DKIM) + results(SPF),
        # one that is copied stands further down
        RECEIVED + results("dkim=none") + "DKIM-Signature: v=1\n" + results(DMARC),
        results("spf=none") + "X-Spam: no\n" + results(DMARC) + RECEIVED,
        # it was written by a server we know nothing of, or passed through one
        ELSEWHERE + results(DMARC),
        ELSEWHERE + RECEIVED + results(DMARC),
        ELSEWHERE.replace("mx.enlloc.example", "mx.notfocal.example") + results(DMARC),
        "Received: from mx.focal.example by mx.enlloc.example; now\n" + results(DMARC),
        "Received: from x (by mx.focal.example) by mx.enlloc.example; now\n" + results(DMARC),
    ],
)
def test_copied_results_count_for_nothing(headers: str):
    assert graded(headers).letter == "C"


def test_a_copied_pass_does_not_cover_a_failure():
    assert graded(results("dmarc=fail") + RECEIVED + results(DMARC)).letter == "D"
    assert graded(RECEIVED + results("dmarc=fail") + results(DMARC)).letter == "D"


@pytest.mark.parametrize(
    "headers",
    [
        RECEIVED.replace("mx.focal.example", "imap.focal.example") + results(DMARC) + RECEIVED,
        "Received: by 2002:a05:6402:190d with SMTP id e13; now\nX-Received: by 2002:a17 with SMTP\n"
        + RECEIVED
        + results(DMARC),
        "Return-Path: <joan@ajuntament.example>\nDelivered-To: r+token@in.focal.example\n" + results(DMARC) + RECEIVED,
        RECEIVED + "Received-SPF: pass\n" + results(DMARC),
    ],
)
def test_hosts_of_the_house_may_hand_a_mail_on(headers: str):
    assert graded(headers).letter == "A"


@pytest.mark.parametrize(
    ("sender", "letter"),
    [
        ("joan@ajuntament.example, algu@evil.example", "D"),
        ("joan@ajuntament.example\nFrom: algu@evil.example", "D"),
        ("algu@evil.example\nFrom: joan@ajuntament.example", "D"),
        ("joan@ajuntament.example\nFROM : joan@ajuntament.example", "D"),
        ("<joan@ajuntament.example> <algu@evil.example>", "D"),
        ('"joan@ajuntament.example" <algu@evil.example>', "C"),
        ("joan@ajuntament.example <algu@evil.example>", "C"),
        ("=?utf-8?q?joan=40ajuntament=2Eexample?= <algu@evil.example>", "C"),
        ("algu@evil.example (joan@ajuntament.example)", "C"),
        ("joan@ajuntament.example.evil.example", "C"),
        ("joan@ajuntament.example\x00.evil.example", "C"),
        ("", "C"),
        ("joan", "C"),
    ],
)
def test_a_doubtful_from_is_never_vouched_for(sender: str, letter: str):
    assert graded(results(DMARC, DKIM, SPF), RECEIVED, sender=sender).letter == letter


@pytest.mark.parametrize("server", [None, ""])
def test_without_a_trusted_server_nobody_is_vouched_for(server: str | None):
    assert graded(results(DMARC, server='""'), RECEIVED, server=server).letter == "C"


def test_the_reason_names_the_domain():
    assert graded(results(DMARC)).reason == "DMARC passed for ajuntament.example"
    assert graded(results(SPF)).reason == "no DMARC policy; SPF passed for ajuntament.example"
    assert graded(results("dmarc=fail")).reason == "DMARC failed for ajuntament.example"
    assert graded().reason == "nothing vouches for ajuntament.example"


@given(st.text(alphabet=st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=200))
def test_whatever_stands_in_a_header_of_another_the_grade_is_no_better(written: str):
    forged = f"X-Anything: {written}\nAuthentication-Results: {written}; {DMARC}\n"
    assert graded(results("none") + RECEIVED + forged).letter == "C"


@given(st.text(alphabet='mx.focaleple;="\\() \t/dkimrsnt@', max_size=80))
def test_any_results_can_be_read(written: str):
    assert graded(f"Authentication-Results: {SERVER}; {written}\n").letter in {"A", "B", "C", "D"}
