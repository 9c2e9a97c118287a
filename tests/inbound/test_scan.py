"""A mail's bytes are measured before anything opens them, in bounded time and memory, whatever they are."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mail.inbound.scan import scan
from tests.inbound import saved_mails
from tests.inbound.nasty import HEAD, OPENED, REFUSED, forwarded, many_parts, nested

HOUSE = Path(__file__).resolve().parents[2]
SECONDS = 2.0
MEGABYTES = 256


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """All nasty mails, scanned and opened each in a program of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.inbound.measure"], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.drill
@pytest.mark.parametrize("name", REFUSED)
def test_a_mail_beyond_the_limits_is_named_as_such(measured: dict[str, Any], name: str):
    assert measured[name]["excess"] == REFUSED[name][1]


@pytest.mark.drill
@pytest.mark.parametrize("name", OPENED)
def test_a_mail_made_to_break_its_reader_is_within_the_limits(measured: dict[str, Any], name: str):
    assert measured[name]["excess"] is None


@pytest.mark.drill
@pytest.mark.parametrize("name", [*REFUSED, *OPENED])
def test_no_mail_takes_much_time_or_memory(measured: dict[str, Any], name: str):
    assert measured[name]["seconds"] < SECONDS
    assert measured[name]["megabytes"] < MEGABYTES


@pytest.mark.drill
@pytest.mark.parametrize("name", ["30 MB", "400 levels", "20,000 parts", "5,000 recipients", "a subject of 200 KB"])
def test_a_mail_beyond_the_limits_still_says_whom_to_answer(measured: dict[str, Any], name: str):
    assert measured[name]["sender"] == ["joan@ajuntament.example"]


@pytest.mark.parametrize("name", saved_mails.names())
def test_ordinary_mails_are_within_the_limits(name: str):
    assert scan(saved_mails.raw(name)) is None


@pytest.mark.parametrize(
    ("within", "beyond", "excess"),
    [
        (HEAD + b"\n" + b"x" * (25 * 1024 * 1024 - len(HEAD) - 1), b"x" * (25 * 1024 * 1024 + 1), "too_large"),
        (nested(19), nested(20), "too_deep"),
        (forwarded(19), forwarded(20), "too_deep"),
        (many_parts(199), many_parts(200), "too_many_parts"),
        (b"A: " + b"x" * (64 * 1024 - 4) + b"\n\n", b"A: " + b"x" * (64 * 1024 - 3) + b"\n\n", "header_too_long"),
        (b"A: xyz\n" * 9000 + b"\n", b"A: xyz\n" * 9362 + b"A" * 900 + b": x\n\n", "header_too_long"),
        (b"To: " + b"a@b," * 499 + b"a@b\n\n", b"To: " + b"a@b," * 500 + b"a@b\n\n", "too_many_recipients"),
        (b"To: a@b\n" * 500 + b"\n", b"Cc: a@b\n" + b"To: a@b\n" * 500 + b"\n", "too_many_recipients"),
    ],
    ids=["bytes", "levels", "forwarded levels", "parts", "a header", "headers", "recipients", "recipients in lines"],
)
def test_a_limit_is_where_it_is_said_to_be(within: bytes, beyond: bytes, excess: str):
    assert scan(beyond) == excess
    assert scan(within) is None


@pytest.mark.parametrize("raw", [b"", b"\n", b"\0", b"--", b"Content-Type: multipart/mixed; boundary=b\n\n--b"])
def test_bytes_that_are_no_mail_are_within_the_limits(raw: bytes):
    assert scan(raw) is None
