"""Every sentence of the pages exists in every language, and every code has a sentence."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from sqlalchemy import CheckConstraint, Table

from api.mail_words import problem_words
from api.pages import sentences_of
from api.sentences import MAILS, PERSON_PROBLEMS, PROBLEMS, SENTENCES, TIME_PROBLEMS
from mail.registry import MAILS as REGISTERED
from mail.translation import LANGUAGES, ROOT, translations
from models.contracts.answering import PersonProblemCode, TimeProblemCode
from models.contracts.inbound import (
    BounceKind,
    Certainty,
    Decision,
    Excess,
    GradeLetter,
    MailClass,
    MatchRank,
    Trouble,
    Where,
)
from models.contracts.mail import Language, TaskKind, VisitKind
from models.contracts.problems import ProblemCode, SheetProblem, UnreadProblem
from models.contracts.refusal import DayFault, PersonFault
from models.contracts.visit_feedback import FeedbackProblem
from models.policies.replies import ReplyFacts, decide
from models.tables.mail import Matter, OutgoingMail
from models.tables.process import Process
from models.tables.task import Step, Submission, Task

KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
REPORT = ("report", "charts")
"""The report's words are a domain of their own."""
OTHER_WORDS = {
    "nothing_entered",
    "nothing_said",
    "not_a_whole_number",
    "words_missing",
    "words_unwanted",
    "reason_wanted",
}
"""What pages say instead, or besides, for other units of answers."""


def sources() -> list[Path]:
    """The files whose words are in the domain `pages`."""
    found = [*ROOT.glob("api/*.py"), *ROOT.glob("templates/pages/*.html")]
    return [path for path in found if not path.name.startswith(REPORT)]


def sentences() -> dict[str, str]:
    """Every sentence of the pages, singular, with its file."""
    found = {}
    for path in sources():
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {"trimmed": "true", "silent": "false"}
        for _, message, _, _ in extract_from_file(method, path, keywords=KEYWORDS, options=options):
            found[message[0] if isinstance(message, tuple) else message] = path.name
    return found


def catalogue(directory: str) -> dict[str, tuple[str, ...]]:
    """A language's file: singular to all of its forms."""
    with (ROOT / "locale" / directory / "LC_MESSAGES" / "pages.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id and not message.fuzzy]
    return {str(_forms(message.id)[0]): _forms(message.string) for message in messages}


def _forms(words: object) -> tuple[str, ...]:
    return tuple(str(word) for word in words) if isinstance(words, tuple | list) else (str(words),)


@pytest.mark.parametrize("directory", ["ca", "es", "fr"])
def test_every_sentence_is_translated_and_no_translation_is_left_over(directory: str):
    wanted, given = sentences(), catalogue(directory)
    assert {sentence: file for sentence, file in wanted.items() if sentence not in given} == {}
    assert set(given) - set(wanted) == set()
    assert [sentence for sentence, forms in given.items() if not all(forms)] == []


def test_valencian_says_only_what_it_says_differently():
    catalan, valencian = catalogue("ca"), catalogue("ca@valencia")
    assert set(valencian) - set(catalan) == set()
    assert [sentence for sentence, forms in valencian.items() if forms == catalan[sentence]] == []
    eastern = re.compile(r"\b(aquest|aquesta|aquests|aquestes|aquí|avui|servei|desa)\b", re.IGNORECASE)
    left = [sentence for sentence, forms in (catalan | valencian).items() if any(map(eastern.search, forms))]
    assert left == []


@pytest.mark.parametrize("directory", ["ca", "ca@valencia", "es", "fr"])
def test_no_translation_loses_a_value_or_a_tag(directory: str):
    marks = re.compile(r"%\(\w+\)s|</?\w+>")
    for sentence, forms in catalogue(directory).items():
        for form in forms[-1:]:
            assert sorted(marks.findall(form)) == sorted(marks.findall(sentence)), sentence


def allowed(table: type, column: str) -> set[str]:
    """The values that a column's check constraint allows."""
    rows = table.__table__  # type: ignore[attr-defined]
    assert isinstance(rows, Table)
    texts = [str(check.sqltext) for check in rows.constraints if isinstance(check, CheckConstraint)]
    return {value for text in texts if text.startswith(f"{column} in") for value in re.findall(r"'(\w+)'", text)}


def test_every_code_has_a_sentence():
    assert set(get_args(ProblemCode)) | OTHER_WORDS == set(PROBLEMS)
    assert set(get_args(PersonProblemCode)) | set(get_args(PersonFault)) == set(PERSON_PROBLEMS)
    assert set(get_args(TimeProblemCode)) | set(get_args(DayFault)) == set(TIME_PROBLEMS)
    assert set(get_args(TaskKind)) == set(SENTENCES["task_kind"])
    assert set(get_args(VisitKind)) == set(SENTENCES["visit_kind"])
    assert set(get_args(FeedbackProblem.model_fields["code"].annotation)) == set(SENTENCES["feedback_problem"])
    assert set(REGISTERED) == set(MAILS)
    assert allowed(Task, "state") == set(SENTENCES["task_state"])
    assert allowed(Step, "kind") == set(SENTENCES["step"])
    assert allowed(Step, "state") == set(SENTENCES["step_state"])
    assert allowed(OutgoingMail, "state") == set(SENTENCES["mail_state"])
    assert allowed(Process, "state") == set(SENTENCES["process_state"])
    assert allowed(Submission, "channel") == set(SENTENCES["channel"])
    assert allowed(Matter, "state") - {"open"} == set(SENTENCES["matter_state"])
    assert set(get_args(Decision)) | {"waiting", "failed", "confirmed", "disowned", "vouched"} == set(
        SENTENCES["decision"]
    )
    codes = {
        "mail_class": MailClass,
        "grade": GradeLetter,
        "trouble": Trouble,
        "excess": Excess,
        "bounce": BounceKind,
        "where": Where,
        "certainty": Certainty,
    }
    assert {kind: set(get_args(code)) for kind, code in codes.items()} == {kind: set(SENTENCES[kind]) for kind in codes}


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_not_read_in_a_reply_has_a_sentence_that_pages_and_mails_share(language: Language):
    problems = {code for union in get_args(UnreadProblem) for code in get_args(union)} | set(get_args(SheetProblem))
    words = problem_words(language)
    assert problems <= set(words)
    assert len(set(words.values())) == len(words)


def test_every_reason_of_a_decision_about_a_mail_has_its_sentences():
    choices: dict[str, tuple[Any, ...]] = {
        "duplicate": (True, False),
        "mail_class": get_args(MailClass),
        "excess": (None, *get_args(Excess)),
        "encrypted": (True, False),
        "rank": get_args(MatchRank),
        "task": ("none", "open", "over"),
        "figures": (True, False),
        "expected": (True, False),
        "grade": get_args(GradeLetter),
        "values": (True, False),
        "pass_on": (True, False),
    }
    usual = {name: values[-1] for name, values in choices.items()} | {"mail_class": "human", "excess": None}
    open_task = usual | {"rank": "address", "task": "open", "figures": True, "expected": True, "grade": "A"}
    reasons = {
        decide(ReplyFacts(**(facts | {name: value}))).reason
        for facts in (usual, open_task, open_task | {"values": True})
        for name, values in choices.items()
        for value in values
    }
    parts = {part for reason in reasons for part in sentences_of(reason)}
    assert len(parts) > 10
    assert parts <= set(SENTENCES["reason"])


def test_english_is_its_own_source():
    assert translations("en", "pages").gettext("Check your answers") == "Check your answers"
