"""Damaged mails: none makes anything fail, none is believed that should not be, no value is invented."""

import os
import time
from pathlib import Path
from random import Random

import pytest

from models.contracts.inbound import Examination
from models.tables.task import Task
from operations.examining import examine
from settings import Settings
from store.database import Database
from tests.inbound.mutation import mutate
from tests.inbox import SERVER, letter
from tests.operations.letters import Letters
from tests.operations.steps import Office
from tests.world import OPENING, build_world

CORPUS = Path(__file__).parent.parent / "corpus" / "replies"
SEED = int(os.environ.get("FOCAL_DRILL_SEED", "20261128"))
ALL = "1 = 128\n2 = 45,5 %\n3 = sí\n"
SLOWEST = 2.0
"""Seconds that one mail may take to be read."""


async def _examine(letters: Letters, raw: bytes, to: str) -> tuple[Examination, float]:
    began = time.perf_counter()
    async with letters.office.database.reading() as session:
        found = await examine(
            session, letters.office.settings, raw, envelope_from="health@prova.example", envelope_to=to, now=OPENING
        )
    return found, time.perf_counter() - began


def _even(written: str) -> str:
    """The same words, with one space between them."""
    return " ".join(written.split())


async def _run(database: Database, settings: Settings, count: int) -> dict[str, int]:
    """Damage mails of known people and of strangers, and look at each; gives how many were decided which way."""
    await build_world(database)
    office = Office(database, settings.model_copy(update={"authentication_server": SERVER}))
    letters = Letters(office)
    await office.open()
    await office.fire(OPENING)
    task: Task = await office.task()
    address = letters.address(task)
    corpus = [file.read_bytes() for file in sorted(CORPUS.glob("*.eml"))]
    assert corpus
    proven = letter(ALL, to=address)
    unproven = [
        letter(ALL, to=address, sender="evil@evil.example"),
        letter(ALL, to=address, vouched="dmarc=fail"),
        letter(ALL, to="focal@focal.example"),
        letter(ALL, to=address, sender="health@prova.example, evil@evil.example", vouched="dmarc=pass"),
    ]
    decisions: dict[str, int] = {}
    slowest, random = 0.0, Random(SEED)  # noqa: S311 - damage, not secrets
    for number in range(count):
        kind = number % 3
        # What the server writes above a mail cannot be damaged by whoever sends it.
        line, _, rest = proven.partition(b"\r\n")
        if kind == 0:
            raw, to = line + b"\r\n" + mutate(rest, random, corpus), address
        elif kind == 1:
            base = random.choice(unproven)
            line, _, rest = base.partition(b"\r\n")
            raw = line + b"\r\n" + mutate(rest, random, corpus)
            to = "focal@focal.example" if base is unproven[2] else address
        else:
            raw, to = mutate(random.choice(corpus), random, corpus), address
        found, seconds = await _examine(letters, raw, to)
        slowest = max(slowest, seconds)
        decisions[found.verdict.decision] = decisions.get(found.verdict.decision, 0) + 1
        if found.verdict.decision == "accepted":
            assert kind == 0, f"believed without proof: seed {SEED}, mail {number}"
            assert (found.person_code, found.grade.letter) == ("health", "A")
        for value in found.values:
            # A figure stands in the line that is quoted; words may go on in the lines after it.
            words = value.where == "said" and value.reading.number is None and value.reading.yes is None
            typed, where = value.reading.typed, found.said if words else value.excerpt
            assert _even(typed) in _even(where), f"invented: seed {SEED}, mail {number}: {value}"
    assert slowest < SLOWEST, f"{slowest:.2f} s"
    print(f"{count} mails, slowest {slowest:.2f} s, {decisions}")  # noqa: T201 - a drill tells its figures
    return decisions


async def test_a_hundred_damaged_mails_do_no_harm(database: Database, settings: Settings) -> None:
    decisions = await _run(database, settings, 120)
    assert decisions["accepted"] > 5, "damage everything and nothing is proved"


@pytest.mark.drill
async def test_twenty_thousand_damaged_mails_do_no_harm(database: Database, settings: Settings) -> None:
    decisions = await _run(database, settings, int(os.environ.get("FOCAL_DRILL_MAILS", "20000")))
    assert decisions["accepted"] > 1000
