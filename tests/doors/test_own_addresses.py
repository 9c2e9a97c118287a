"""Which of Focal's own addresses a mail came to, by its headers alone."""

import time

import pytest

from doors.addresses import OwnAddresses, envelope_sender

OWN = OwnAddresses("focal.example", "Focal@focal.example")
REPLY = "r+0123456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"
BOUNCE = "b+0123456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"


@pytest.mark.parametrize("address", [REPLY, BOUNCE, REPLY.upper(), "focal@FOCAL.example", "r+damaged@focal.example"])
def test_mail_to_these_is_for_focal(address: str):
    assert OWN.includes(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "r+",
        "<>",
        "office@focal.example",
        "r@focal.example",
        "r+@focal.example",
        "bruna+r+b@focal.example",
        REPLY.replace("focal.example", "city.example"),
        REPLY.replace("focal.example", "sub.focal.example"),
        f"r+{'a' * 63}@focal.example",
        "r+núria@focal.example",
        "r+a b@focal.example",
        "r+a\x00b@focal.example",
        "r+a\udcffb@focal.example",
        "xfocal@focal.example",
        "r+a@b@focal.example",
    ],
)
def test_mail_to_these_is_not(address: str):
    assert not OWN.includes(address)


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc", "CC", "tO", "To "])
def test_an_address_is_found_in_every_header_that_may_hold_it(header: str):
    raw = f"Received: from elsewhere\r\n{header}: Focal <{REPLY}>\r\nSubject: x\r\n\r\nBon dia".encode()
    assert OWN.found_in(raw) == (REPLY,)


@pytest.mark.parametrize(
    "written",
    [
        REPLY,
        REPLY.upper(),
        f"<{REPLY}>",
        f'"{REPLY}" <{REPLY}>',
        f"'{REPLY}' <{REPLY}>",
        f"Anna Pérez <anna@city.example>,\r\n\tOficina <{REPLY}>",
        f"Anna <anna@city.example>,\n {REPLY} (Focal)",
        f"Grup: anna@city.example, {REPLY};",
        f"=?utf-8?q?Oficina?= <{REPLY}>,",
    ],
)
def test_an_address_is_found_however_it_is_written(written: str):
    assert OWN.found_in(f"From: a@b.example\r\nTo: {written}\r\n\r\n".encode()) == (REPLY,)


def test_a_mail_to_two_of_them_came_to_both_each_once():
    raw = f"Delivered-To: focal@focal.example\nTo: {REPLY}, {REPLY.upper()}\nCc: {BOUNCE}\n\n".encode()
    assert OWN.found_in(raw) == (REPLY, BOUNCE)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"no header at all",
        b"To: Focal <focal@focal.example>\r\n\r\n",
        b"To: someone@else.example\r\n\r\n",
        f"Subject: {REPLY}\r\nReferences: <{REPLY}>\r\n\r\nTo: {REPLY}\r\n".encode(),
        f"To: a@b.example\n\nTo: {REPLY}\n".encode(),
        b"To: \xff\xfe@\xff\r\nCc\r\n: x\r\n\r\n",
    ],
)
def test_a_mail_that_names_none_came_to_the_mailbox(raw: bytes):
    assert OWN.found_in(raw) == ("focal@focal.example",)


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        (b"Return-Path: <Anna@city.example>\r\nFrom: other@city.example\r\n\r\n", "Anna@city.example"),
        (b"Return-Path: anna@city.example\n\n", "anna@city.example"),
        (b"Return-Path:\r\n <anna@city.example>\r\n\r\n", "anna@city.example"),
        (b"Return-Path: <>\r\nFrom: MAILER-DAEMON@city.example\r\n\r\n", ""),
        (b"Return-Path: <first@city.example>\nReturn-Path: <forged@city.example>\n\n", "first@city.example"),
        (b'From: "anna@fals.example" <anna@city.example>\r\n\r\n', "anna@city.example"),
        (b"Subject: x\r\n\r\nFrom: anna@city.example", ""),
        (b"Return-Path: <a\x00@b.example>\r\nFrom: anna@city.example\r\n\r\n", ""),
        (b"", ""),
    ],
)
def test_the_sender_is_the_one_of_the_envelope_where_a_server_noted_it(raw: bytes, sender: str):
    assert envelope_sender(raw) == sender


@pytest.mark.parametrize(
    "raw",
    [
        b"To: " + b"a" * 30_000_000,
        b"To: " + b"a@" * 10_000_000,
        b"To: " + b", ".join(b"p%d@city.example" % n for n in range(50_000)) + b"\r\n\r\n",
        b"To:\r\n" + b" \r\n" * 300_000,
        b"A: b\r\n" * 300_000,
        b"\r" * 5_000_000,
        b":" * 5_000_000,
    ],
    ids=["one word", "at signs", "recipients", "folds", "headers", "returns", "colons"],
)
def test_no_header_takes_long(raw: bytes):
    began = time.process_time()
    assert OWN.found_in(raw) == ("focal@focal.example",)
    envelope_sender(raw)
    assert time.process_time() - began < 2
