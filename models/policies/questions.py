"""The questions that tasks ask besides indicators: what each kind asks, and how an answer to it is read. Pure.

What is said to people about them stands in `mail/question_words.py`, under the same keys.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from models.contracts.answering import AnswerKind, ItemUnit, Known, Reading, Typed
from models.contracts.mail import Language, TaskKind
from models.contracts.problems import ProblemCode
from models.policies.answers import NUMBER_LIMIT, WORDS_LIMIT, Unread, read_entry, read_number
from models.policies.typed_day import read_day

BEST_SCORE = 4
LINES_LIMIT = 20
"""Most commitments that one answer can hold."""
LARGEST_FEE = 10**9
"""Euros a year: more is a slip of the hand, and the register could not hold ten times as much."""
_PARTS = re.compile(r"\s*[;|\t]\s*")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose. `reason`: it has to be given with it."""

    key: str
    reason: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a task. `other`: what may be answered besides a value. `options`: of a choice.

    `largest`: the most that a count can be, where that is less than of any figure.
    """

    key: str
    unit: ItemUnit
    required: bool = True
    other: tuple[AnswerKind, ...] = ()
    options: tuple[Option, ...] = ()
    largest: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list of commitments: what, who (may be empty), by when."""

    what: str
    who: str
    due_on: date


LARGEST_GRANT = 10**9
"""Euros for one proposal."""
LONGEST_PERIOD = 60
"""Months of one reporting period."""
WHY_NOT = ("no_fit", "no_capacity", "no_cofunding", "no_partners", "no_time", "no_other")
"""Why a unit is not interested in a call."""
WHY_NO_GO = ("no_go_fit", "no_go_capacity", "no_go_cofunding", "no_go_partners", "no_go_time", "no_go_other")
OTHER_REASON = "no_other"
NOTHING: tuple[AnswerKind, ...] = ("nothing_to_report",)
UNKNOWN: tuple[AnswerKind, ...] = ("not_available",)
SCORE = "score"
"""The question of a criterion; its code and names stand in the item's detail."""

QUESTIONS: Mapping[TaskKind, tuple[Question, ...]] = MappingProxyType(
    {
        "hosting_request": (
            Question("can_host", "yes/no"),
            Question("other_days", "text", required=False),
            Question("receives", "text", required=False),
        ),
        "agenda_approval": (
            Question("agenda", "choice", options=(Option("approve"), Option("send_back", reason=True))),
        ),
        "visit_report": (
            Question("contacts", "text", other=NOTHING),
            Question("commitments", "commitments", other=NOTHING),
            Question("documents", "text", required=False),
        ),
        "assignment": (Question("done", "choice", options=(Option("done"), Option("not_done", reason=True))),),
        "membership_evidence": (
            Question("actions", "count", other=UNKNOWN),
            Question("projects", "count", other=UNKNOWN),
            Question("staff_days", "count", other=UNKNOWN),
            Question("fee", "count", other=UNKNOWN, largest=LARGEST_FEE),
            Question("roles", "text", other=NOTHING),
            Question(SCORE, "score", other=UNKNOWN),
        ),
        "membership_opinion": (
            Question(SCORE, "score", other=UNKNOWN),
            Question("remark", "text", required=False),
        ),
        "membership_decision": (
            Question(
                "membership",
                "choice",
                options=(
                    Option("continue", reason=True),
                    Option("optimise", reason=True),
                    Option("leave", reason=True),
                ),
            ),
            Question(
                "joining",
                "choice",
                options=(Option("join", reason=True), Option("watch", reason=True), Option("no", reason=True)),
            ),
        ),
        "improvement_plan": (Question("improvements", "commitments"),),
        "improvement_check": (
            Question(
                "improved", "choice", options=(Option("improved", reason=True), Option("not_improved", reason=True))
            ),
        ),
        "joined_networks": (Question("networks", "text", other=NOTHING),),
        "call_interest": (
            Question(
                "interest",
                "choice",
                options=(
                    Option("lead"),
                    Option("partner"),
                    Option("watch_call"),
                    *(Option(key, reason=key == OTHER_REASON) for key in WHY_NOT),
                ),
            ),
            Question("contribution", "text", required=False),
        ),
        "go_decision": (
            Question(
                "go",
                "choice",
                options=(Option("go", reason=True), *(Option(key, reason=True) for key in WHY_NO_GO)),
            ),
        ),
        "proposal_upload": (
            Question("proposal_number", "text", other=UNKNOWN),
            Question("role", "choice", options=(Option("coordinator"), Option("consortium_partner"))),
            Question("money_asked", "count", other=UNKNOWN, largest=LARGEST_GRANT),
        ),
        "call_result": (
            Question(
                "stage_result",
                "choice",
                options=(Option("invited"), Option("not_invited"), Option("nothing_yet")),
            ),
            Question(
                "result",
                "choice",
                options=(Option("awarded"), Option("rejected"), Option("reserve"), Option("nothing_yet")),
            ),
            Question("points", "text", required=False),
        ),
        "call_lessons": (
            Question("lessons", "text"),
            Question("again", "text", required=False),
        ),
        "grant_agreement": (
            Question("signed_on", "day"),
            Question("starts_on", "day"),
            Question("ends_on", "day"),
            Question("periods", "months"),
            Question("money_won", "count", largest=LARGEST_GRANT),
            Question("grant_number", "text", required=False),
        ),
        "sustainability_check": (
            Question(
                "lasts",
                "choice",
                options=(Option("continues", reason=True), Option("in_part", reason=True), Option("over", reason=True)),
            ),
        ),
    }
)
"""What each kind asks, in its order. A task may ask a part of it: its items say which."""

BY_REPLY: frozenset[TaskKind] = frozenset({"indicator_request", "hosting_request", "joined_networks"})
"""Kinds whose answers are read from a reply; what needs a choice and its reason is answered through the link."""


def question_of(kind: TaskKind, key: str) -> Question:
    """The question of a kind by its key; raises StopIteration for one that there is not."""
    return next(question for question in QUESTIONS[kind] if question.key == key)


def read_answer(question: Question, typed: Typed, language: Language, after: date) -> Reading | Unread | None:
    """Read one answer; None when nothing was entered. `after`: days without a year are the first ones after it."""
    value, reason = typed.value.strip(), typed.reason.strip()
    if len(reason) > WORDS_LIMIT:
        return Unread("reason", "too_long", len(reason), WORDS_LIMIT)
    if typed.choice not in {"", "value", *question.other}:
        return Unread("choice", "choice_unknown")
    if typed.choice in question.other:
        return read_entry("text", typed, language)
    match question.unit:
        case "choice":
            return _read_choice(question, value, reason)
        case "score":
            return _read_score(value, reason, language)
        case "commitments":
            return _read_commitments(value, after, chosen=typed.choice == "value")
        case "day":
            return _read_day(value, after)
        case "months":
            return _read_months(value)
        case unit:
            read = read_entry(unit, typed, language)
    if isinstance(read, Reading) and question.largest is not None and (read.number or 0) > question.largest:
        return Unread("value", "number_too_large")
    return read


def read_indicator(unit: ItemUnit, typed: Typed, language: Language, known: Known | None) -> Reading | Unread | None:
    """Read the entry of an indicator; see `read_entry`. A figure other than the known one needs a reason."""
    read = read_entry(unit, typed, language)
    if known is None or not isinstance(read, Reading) or not unexplained(read, known):
        return read
    reason = typed.reason.strip()
    return read.model_copy(update={"reason": reason}) if reason else Unread("reason", "known_differs")


def unexplained(reading: Reading, known: Known) -> bool:
    """Whether an answer is another figure than the one Focal counted, and does not say why."""
    return reading.number is not None and reading.number != known.number and not reading.reason


def _read_choice(question: Question, value: str, reason: str) -> Reading | Unread | None:
    option = next((option for option in question.options if option.key == value), None)
    if option is None:
        return Unread("value", "choice_unknown") if value or reason else None
    if option.reason and not reason:
        return Unread("reason", "reason_missing")
    return Reading(kind="value", typed=value, words=value, reason=reason or None)


def _read_score(value: str, reason: str, language: Language) -> Reading | Unread | None:
    if not value:
        return Unread("value", "value_missing") if reason else None
    if len(value) > NUMBER_LIMIT:
        return Unread("value", "too_long", len(value), NUMBER_LIMIT)
    number = read_number(value, language, whole=True)
    if isinstance(number, str):
        return Unread("value", number)
    if number != number.to_integral_value() or not 0 <= number <= BEST_SCORE:
        return Unread("value", "score_out_of_range")
    if not reason:
        return Unread("reason", "reason_missing")
    return Reading(kind="value", typed=value, number=number, reason=reason)


def _read_commitments(value: str, after: date, *, chosen: bool) -> Reading | Unread | None:
    if not value:
        return Unread("value", "value_missing") if chosen else None
    if len(value) > WORDS_LIMIT:
        return Unread("value", "too_long", len(value), WORDS_LIMIT)
    written = [line for line in value.splitlines() if line.strip()]
    if len(written) > LINES_LIMIT:
        return Unread("value", "too_many_lines", len(written), LINES_LIMIT)
    for number, line in enumerate(written, start=1):
        if (problem := _problem_of(line, after)) is not None:
            return Unread("value", problem, number)
    return Reading(kind="value", typed=value, words=value)


def _problem_of(line: str, after: date) -> ProblemCode | None:
    read = _line(line, after)
    if read is None:
        return "line_unread"
    return "line_past" if read.due_on <= after else None


def lines_of(words: str, after: date) -> Iterator[Line]:
    """The commitments that an answer holds; lines that cannot be read, which `read_answer` refuses, are left out."""
    for written in words.splitlines():
        line = _line(written, after)
        if line is not None:
            yield line


def _read_day(value: str, after: date) -> Reading | Unread | None:
    if not value:
        return None
    day = read_day(value, after)
    if day is None:
        return Unread("value", "day_unread")
    return Reading(kind="value", typed=value, words=day.isoformat())


def _read_months(value: str) -> Reading | Unread | None:
    if not value:
        return None
    if len(value) > NUMBER_LIMIT:
        return Unread("value", "too_long", len(value), NUMBER_LIMIT)
    months = months_of(value)
    if not months:
        return Unread("value", "months_unread")
    return Reading(kind="value", typed=value, words=", ".join(map(str, months)))


def months_of(words: str) -> tuple[int, ...]:
    """The lengths that an answer names, `18, 18, 12`; empty where something else stands there."""
    parts = [part for part in re.split(r"[\s,;+/]+", words.strip()) if part]
    if not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):  # noqa: PLR2004 - years
        return ()
    months = tuple(int(part) for part in parts)
    return months if all(1 <= length <= LONGEST_PERIOD for length in months) else ()


def _line(written: str, after: date) -> Line | None:
    """`what; who; by when` or `what; by when`."""
    parts = _PARTS.split(written.strip(" \t-•*"))
    if not 2 <= len(parts) <= 3 or not parts[0]:  # noqa: PLR2004 - with or without who
        return None
    due_on = read_day(parts[-1], after)
    return None if due_on is None else Line(parts[0], parts[1] if len(parts) == 3 else "", due_on)  # noqa: PLR2004
