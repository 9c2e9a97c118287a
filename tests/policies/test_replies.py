"""The verdict on a mail: every class, every proof, every state of its task."""

from dataclasses import replace
from itertools import product
from typing import Literal, get_args
from uuid import uuid4

import pytest

from models.contracts.answering import Reading
from models.contracts.inbound import (
    Decision,
    FoundValue,
    GradeLetter,
    MailClass,
    MatchRank,
    SheetRead,
    ValuesRead,
)
from models.policies.replies import ReplyFacts, decide, together

TASKS: tuple[Literal["none", "open", "over"], ...] = ("none", "open", "over")
GOOD = ReplyFacts(
    duplicate=False,
    mail_class="human",
    excess=None,
    encrypted=False,
    rank="address",
    task="open",
    figures=True,
    expected=True,
    grade="A",
    values=True,
    pass_on=False,
)


@pytest.mark.parametrize(
    ("changes", "decision", "answered"),
    [
        ({}, "accepted", True),
        ({"grade": "B"}, "accepted", True),
        ({"grade": "C"}, "held", True),
        ({"grade": "D"}, "held", True),
        ({"expected": False}, "held", True),
        ({"expected": False, "values": False}, "quarantined", False),
        ({"rank": "references"}, "quarantined", False),
        ({"rank": "subject"}, "quarantined", False),
        ({"rank": "none", "task": "none"}, "quarantined", False),
        ({"duplicate": True}, "duplicate", False),
        ({"values": False}, "not_read", True),
        ({"values": False, "pass_on": True}, "pass_on_proposed", True),
        ({"values": False, "pass_on": True, "grade": "C"}, "quarantined", False),
        ({"pass_on": True}, "accepted", True),
        ({"figures": False}, "not_read", True),
        ({"task": "over"}, "too_late", True),
        ({"task": "over", "expected": False}, "too_late", False),
        ({"excess": "too_large", "values": False}, "refused", True),
        ({"excess": "too_deep", "values": False, "expected": False}, "refused", False),
        ({"encrypted": True, "values": False}, "refused", True),
        ({"mail_class": "away"}, "away_noted", False),
        ({"mail_class": "bounce"}, "bounced", False),
        ({"mail_class": "automatic"}, "quarantined", False),
        ({"mail_class": "automatic", "values": False}, "ignored", False),
        ({"mail_class": "automatic", "rank": "subject"}, "ignored", False),
        ({"mail_class": "own_loop"}, "ignored", False),
        ({"mail_class": "list"}, "quarantined", False),
        ({"mail_class": "list", "values": False}, "ignored", False),
        ({"mail_class": "calendar"}, "ignored", False),
        ({"mail_class": "read_receipt"}, "ignored", False),
    ],
)
def test_each_case_has_its_decision(changes: dict[str, object], decision: Decision, *, answered: bool) -> None:
    """One change from the good case at a time, or two."""
    verdict = decide(replace(GOOD, **changes))  # type: ignore[arg-type]
    assert (verdict.decision, verdict.answer) == (decision, answered)
    assert verdict.reason.endswith(".")


def test_only_a_proven_reply_of_an_expected_person_to_an_open_task_is_accepted() -> None:
    """Over every combination of facts, acceptance needs all of them, and machines are never answered."""
    seen = set()
    for mail_class, rank, task, expected, grade, values, duplicate, pass_on in product(
        get_args(MailClass),
        get_args(MatchRank),
        TASKS,
        (True, False),
        get_args(GradeLetter),
        (True, False),
        (True, False),
        (True, False),
    ):
        facts = ReplyFacts(
            duplicate=duplicate,
            mail_class=mail_class,
            excess=None,
            encrypted=False,
            rank=rank,
            task=task,
            figures=True,
            expected=expected,
            grade=grade,
            values=values,
            pass_on=pass_on,
        )
        verdict = decide(facts)
        seen.add(verdict.decision)
        good = mail_class == "human" and rank == "address" and task == "open" and expected and grade in "AB"
        assert (verdict.decision == "accepted") == (good and values and not duplicate), facts
        if mail_class != "human":
            assert not verdict.answer, facts
        if rank != "address":
            assert not verdict.answer, facts
    assert seen == set(get_args(Decision)) - {"refused"}


def _value(number: int, figure: str, where: str = "said") -> FoundValue:
    return FoundValue.model_validate(
        {
            "item_id": ITEMS[number],
            "number": number,
            "code": f"X-{number}",
            "reading": Reading(kind="value", typed=figure, number=figure),
            "where": where,
            "place": "line 1",
            "excerpt": figure,
            "certainty": "sure",
        }
    )


ITEMS = {number: uuid4() for number in range(1, 4)}


def test_what_text_and_sheet_agree_on_is_one_value() -> None:
    """`12` and `12.0` are the same figure."""
    body = ValuesRead(values=(_value(1, "12"),), unread=())
    sheet = SheetRead(filename="a.xlsx", values=(_value(2, "7", "sheet"), _value(1, "12.0", "sheet")))
    read = together(body, [sheet])
    assert [(value.number, value.where) for value in read.values] == [(1, "said"), (2, "sheet")]
    assert read.unread == ()


def test_where_text_and_sheet_differ_neither_is_taken() -> None:
    """Both are shown back."""
    body = ValuesRead(values=(_value(1, "12"), _value(3, "5")), unread=())
    sheet = SheetRead(filename="a.xlsx", values=(_value(1, "13", "sheet"),))
    read = together(body, [sheet])
    assert [value.number for value in read.values] == [3]
    assert [(line.excerpt, line.problem) for line in read.unread] == [("12", "two_values"), ("13", "two_values")]
