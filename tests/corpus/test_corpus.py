"""The corpus of replies: what the readers make of each, against what a careful colleague would have entered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from email import policy
from email.parser import BytesParser
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from models.contracts.answering import Reading
from models.contracts.inbound import AskedEntry, PassOnWish

REPLIES = Path(__file__).parent / "replies"
READ_RIGHT = 0.98
SHOWN_BACK = 0.90
"""Of the mails in which something cannot be entered, how many have all of it shown back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mail: what is expected of it, and what was read, by code."""

    file: str
    expected: dict[str, Any]
    values: dict[str, Reading]
    unread: tuple[str, ...]
    wish: PassOnWish | None


def expectations() -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in sorted(REPLIES.glob("*.json")):
        yield file.with_suffix(".eml"), json.loads(file.read_text(encoding="utf-8"))


def reading(said: dict[str, Any] | None) -> Reading | None:
    if said is None:
        return None
    number = Decimal(said["number"]) if "number" in said else None
    typed = str(said.get("number") or said.get("words") or said.get("reason") or "")
    return Reading(**{**said, "number": number}, typed=typed)


def asked(expected: dict[str, Any]) -> tuple[AskedEntry, ...]:
    return tuple(
        AskedEntry(
            **{**item, "previous": reading(item["previous"]), "standing": reading(item["standing"])},
            item_id=uuid5(NAMESPACE_URL, item["code"]),
        )
        for item in expected["asked"]
    )


@cache
def outcomes() -> tuple[Outcome, ...]:
    """Every mail of the corpus, read once."""
    from mail.inbound.opening import open_mail
    from mail.inbound.passing_on import read_wish
    from mail.inbound.reply_text import split_reply
    from mail.inbound.values import read_values

    found = []
    for file, expected in expectations():
        split = split_reply(open_mail(file.read_bytes()).text)
        read = read_values(split, asked(expected), expected["language"])
        assert len({value.code for value in read.values}) == len(read.values), f"{file.name}: an item was read twice"
        values = {value.code: value.reading for value in read.values}
        unread = tuple(line.excerpt for line in read.unread)
        found.append(Outcome(file.stem, expected, values, unread, read_wish(split)))
    return tuple(found)


def squeezed(words: str | None) -> str:
    return " ".join((words or "").split()).rstrip(".")


def right(expected: dict[str, Any], got: Reading | None) -> bool:
    """Whether the reading says what is expected; of a reason, the words that matter must be in it."""
    if got is None or got.kind != expected["kind"]:
        return False
    return (
        got.number == (Decimal(expected["number"]) if "number" in expected else None)
        and got.yes == expected.get("yes")
        and squeezed(got.words) == squeezed(expected.get("words"))
        and squeezed(expected.get("reason")) in squeezed(got.reason)
    )


def told(got: Reading | None) -> str:
    return "nothing" if got is None else got.model_dump_json(exclude_none=True)


def test_the_corpus_is_whole():
    files = list(expectations())
    assert len(files) >= 170
    assert {file for file, _ in files} == set(REPLIES.glob("*.eml"))
    assert len({file.read_bytes().partition(b"\r\n\r\n")[2] for file, _ in files}) == len(files)
    for file, expected in files:
        codes = {item["code"] for item in expected["asked"]}
        assert set(expected["values"]) <= codes, file.name
        assert all(reading(value) for value in expected["values"].values()), file.name
        body = BytesParser(policy=policy.default).parsebytes(file.read_bytes()).get_body(("plain", "html"))
        assert body is not None, file.name
        text = squeezed(body.get_content().replace("&gt;", ">"))
        assert all(squeezed(fragment) in text for fragment in expected["unread"]), file.name


def test_98_of_100_values_are_read_right():
    pairs = [(each, code) for each in outcomes() for code in each.expected["values"]]
    missed = [
        f"{each.file} {code}: expected {each.expected['values'][code]}, got {told(each.values.get(code))}"
        for each, code in pairs
        if not right(each.expected["values"][code], each.values.get(code))
    ]
    share = 1 - len(missed) / len(pairs)
    assert share >= READ_RIGHT, "\n".join([f"{share:.1%} of {len(pairs)} values are read right", *missed])


def test_no_value_is_taken_that_the_writer_did_not_give():
    wrong = [
        f"{each.file} {code}: expected {each.expected['values'].get(code, 'nothing')}, got {told(got)}"
        for each in outcomes()
        for code, got in each.values.items()
        if code not in each.expected["values"] or not right(each.expected["values"][code], got)
    ]
    assert not wrong, "\n".join([f"{len(wrong)} values are wrong", *wrong])


def test_what_nobody_could_enter_is_shown_back():
    mails = [each for each in outcomes() if each.expected["unread"]]
    silent = []
    for each in mails:
        shown = [squeezed(excerpt) for excerpt in each.unread]
        lost = [part for part in each.expected["unread"] if not any(squeezed(part) in line for line in shown)]
        if lost:
            silent.append(f"{each.file}: expected {lost}, got {list(each.unread)}")
    share = 1 - len(silent) / len(mails)
    assert share >= SHOWN_BACK, "\n".join([f"{share:.0%} of {len(mails)} mails show back what is not read", *silent])


def test_whoever_names_somebody_else_is_understood_and_nobody_else():
    differing = []
    for each in outcomes():
        wanted = each.expected["pass_on"]
        got = None if each.wish is None else {"name": each.wish.name, "address": each.wish.address}
        if got != wanted:
            differing.append(f"{each.file}: expected {wanted}, got {got}")
    assert not differing, "\n".join(differing)
