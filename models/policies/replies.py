"""What is done with a mail that came in, and what of a reply may count as an answer. Pure: facts in, verdict out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.contracts.inbound import (
    Decision,
    Excess,
    FoundValue,
    GradeLetter,
    MailClass,
    MatchRank,
    SheetRead,
    UnreadLine,
    ValuesRead,
    Verdict,
)

PROVEN: frozenset[GradeLetter] = frozenset({"A", "B"})


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """What a verdict depends on.

    `task`: of the task that the mail's address names, whether answers to it still count. `expected`: it came from the
    address of somebody who may answer it. `values`: something was read that could be taken.
    """

    duplicate: bool
    mail_class: MailClass
    excess: Excess | None
    encrypted: bool
    rank: MatchRank
    task: Literal["none", "open", "over"]
    figures: bool
    expected: bool
    grade: GradeLetter
    values: bool
    pass_on: bool


def decide(facts: ReplyFacts) -> Verdict:
    """What is done with a mail.

    A reply counts only with the address that was made for its task, from somebody who may answer it, vouched for by
    the city's own mail server. Machines are never answered; nor is anybody whom no task knows.
    """
    if facts.duplicate:
        return _verdict("duplicate", "The same mail came before.")
    match facts.mail_class:
        case "list" | "automatic" if facts.values and facts.rank == "address":
            return _verdict("quarantined", "It holds answers, but looks like the mail of a list or a machine.")
        case "own_loop" | "read_receipt" | "automatic" | "list" | "calendar":
            return _verdict("ignored", f"It was written by a machine or for many ({facts.mail_class}).")
        case "bounce":
            return _verdict("bounced", "A server tells what became of a mail.")
        case "away":
            return _verdict("away_noted", "An automatic reply: its writer is away.")
        case "human":
            return _decide_about_reply(facts)


def _decide_about_reply(facts: ReplyFacts) -> Verdict:
    proven = facts.expected and facts.grade in PROVEN
    if facts.rank != "address" or facts.task == "none":
        return _verdict("quarantined", "Its address names no task.")
    if facts.excess:
        return _verdict("refused", f"Beyond the limits of what is read ({facts.excess}).", answer=facts.expected)
    if facts.encrypted:
        return _verdict("refused", "It is encrypted.", answer=facts.expected)
    if facts.task == "over":
        return _verdict("too_late", "Nothing is asked any more.", answer=facts.expected)
    if not proven and facts.values and facts.figures:
        return _verdict("held", _unproven(facts), answer=True)
    if not proven:
        return _verdict("quarantined", _unproven(facts))
    if facts.values and facts.figures:
        return _verdict("accepted", "From somebody who may answer, vouched for by the server.", answer=True)
    if facts.pass_on:
        return _verdict("pass_on_proposed", "It names somebody else for the task.", answer=True)
    return _verdict("not_read", "No value could be read in it.", answer=True)


def _unproven(facts: ReplyFacts) -> str:
    if not facts.expected:
        return "It comes from an address that is not known for this task."
    return f"The server does not vouch for its sender (grade {facts.grade})."


def _verdict(decision: Decision, reason: str, *, answer: bool = False) -> Verdict:
    return Verdict(decision=decision, reason=reason, answer=answer)


def together(body: ValuesRead, sheets: Sequence[SheetRead]) -> ValuesRead:
    """What a mail and its tables say, one value at most for each item; where they differ, none is taken."""
    by_item: dict[object, list[FoundValue]] = defaultdict(list)
    for value in (*body.values, *(value for sheet in sheets for value in sheet.values)):
        by_item[value.item_id].append(value)
    agreed: list[FoundValue] = []
    unread = [*body.unread, *(line for sheet in sheets for line in sheet.unread)]
    for found in by_item.values():
        if len({_meaning(value) for value in found}) == 1:
            agreed.append(found[0])
        else:
            unread += [
                UnreadLine(place=value.place, excerpt=value.excerpt, problem="two_values", code=value.code)
                for value in found
            ]
    return ValuesRead(values=tuple(sorted(agreed, key=lambda value: value.number)), unread=tuple(unread))


def _meaning(value: FoundValue) -> tuple[object, ...]:
    reading = value.reading
    return reading.kind, reading.number, reading.yes, reading.words, reading.reason
