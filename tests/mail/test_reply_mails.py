"""Mails that ask for a reply, and mails that answer one."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import get_args
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from mail.inbound.html_text import html_lines
from mail.inbound.reply_text import split_reply
from mail.inbound.values import read_values
from mail.message import Envelope, build
from mail.registry import MAILS
from mail.render import Rendered, render
from mail.samples import ASKED, samples
from mail.translation import LANGUAGES
from models.contracts.answering import Reading
from models.contracts.inbound import AskedEntry
from models.contracts.mail import (
    AskedItem,
    Context,
    Language,
    NotRead,
    NotTaken,
    OfficeMatters,
    ReplyNotTaken,
    TaskContext,
    TaskReceipt,
    TaskRequest,
)
from models.contracts.matters import MatterKind
from models.contracts.problems import ProblemCode, SheetProblem, UnreadProblem
from models.policies.questions import BY_REPLY
from tests.conftest import some

TASK_MAILS = [name for name, mail in MAILS.items() if issubclass(mail.context, TaskContext)]
ENTRIES = [
    AskedEntry(
        item_id=uuid4(),
        number=number,
        code=code,
        name=name,
        unit=unit,
        previous=None if last is None else Reading(kind="value", typed=str(last), number=Decimal(last)),
        standing=None,
    )
    for number, (code, name, _action, _axis, unit, last) in enumerate(ASKED, start=1)
]
ATTRIBUTIONS: dict[Language, str] = {
    "ca": "El dt., 19 de gen. 2027 a les 10:12, Focal <focal@valencia.example> va escriure:",
    "ca-ES-valencia": "Missatge de Focal <focal@valencia.example> del dia dt., 19 de gen. 2027 a les 10:12:",
    "es": "El mar, 19 ene 2027 a las 10:12, Focal (<focal@valencia.example>) escribió:",
    "en": "On Tue, 19 Jan 2027 at 10:12, Focal <focal@valencia.example> wrote:",
    "fr": "Le mar. 19 janv. 2027 à 10:12, Focal <focal@valencia.example> a écrit :",
}

LIKELY = [
    ("task_request", "twelve"),
    ("task_reminder", "last day, four missing"),
    ("task_reminders", "three of three kinds"),
    ("task_escalation", "one, late"),
    ("task_change", "more time"),
    ("task_receipt", "some missing"),
    ("task_receipt", "by mail, partly"),
    ("reply_not_taken", "not read, empty"),
    ("reply_confirmation", "own address"),
]
"""Mails that hold figures, and are likely to be replied to."""


def _sample(name: str, sample: str, language: Language = "en") -> Context:
    return samples(name, language)[sample]


def _flat(words: str) -> str:
    return re.sub(r"[ \n]+", " ", words)


def _text(name: str, sample: str, language: Language = "en") -> str:
    return _flat(render(name, _sample(name, sample, language)).text)


def _invited(context: TaskContext) -> tuple[AskedItem, ...]:
    """The items for which a mail has lines to fill in."""
    if context.kind not in BY_REPLY or not context.by_reply:
        return ()
    if isinstance(context, ReplyNotTaken) and context.outcome in {"pass_on", "too_late"}:
        return ()
    fields = dict(context)
    missing: tuple[AskedItem, ...] = fields.get("missing", fields.get("items", ()))
    return missing


@cache
def _task_mails(language: Language) -> list[tuple[str, str, TaskContext, Rendered]]:
    return [
        (name, sample, context, render(name, context))
        for name in TASK_MAILS
        for sample, context in samples(name, language).items()
        if isinstance(context, TaskContext)
    ]


def _read_back(text: str, language: Language) -> list[tuple[int, str]]:
    return [(value.number, value.excerpt) for value in read_values(split_reply(text), ENTRIES, language).values]


def _parts(rendered: Rendered) -> Iterator[list[str]]:
    """The lines of the text, and those that are made of the HTML."""
    lines, cut = html_lines(rendered.html, max_characters=200_000)
    assert not cut
    yield from (rendered.text.splitlines(), lines)


def _quoted(lines: list[str], language: Language) -> str:
    return "\n".join(["Gràcies!", "", ATTRIBUTIONS[language], "", *(f"> {line}" for line in lines)])


def _unmarked(lines: list[str]) -> str:
    return "\n".join(["Gràcies!", "", *lines])


@pytest.mark.parametrize("language", some(LANGUAGES, "fr"))
def test_a_mail_has_lines_to_fill_in_for_what_is_missing_and_nothing_else_looks_like_one(language: Language) -> None:
    for _name, _sample_name, context, rendered in _task_mails(language):
        expected = [f"{item.number} · {item.code or item.name} =" for item in _invited(context)]
        lines = rendered.text.splitlines()
        assert [line for line in lines if line.endswith("=")] == expected
        assert re.findall(r"<p [^>]*>([^<]*=)</p>", rendered.html) == expected
        assert not [line for line in lines if re.match(r"\s*\d+\s*=", line)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_and_a_reply_are_offered_together_and_only_where_a_reply_is_read(language: Language) -> None:
    heading = {"ca": "Respondre per correu", "es": "Responder por correo", "fr": "Répondre par courriel"}
    wanted = heading.get(language.partition("-")[0], "Answer by reply")
    for _name, _sample_name, context, rendered in _task_mails(language):
        assert _flat(rendered.text).count(wanted) == (2 if _invited(context) else 0), "by the button, and as a heading"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.drill
def test_our_own_mails_hold_no_answer_however_they_are_quoted(language: Language) -> None:
    for name, sample in LIKELY:
        for lines in _parts(render(name, _sample(name, sample, language))):
            assert _read_back(_quoted(lines, language), language) == [], (name, sample)
            assert _read_back(_unmarked(lines), language) == [], (name, sample)


@pytest.mark.parametrize("excerpt", ["3 = 7", f"{ASKED[2][0]} = 7", "res a informar", "bé " * 30 + "3 = 7"])
@pytest.mark.parametrize("language", ["ca", "fr"])
def test_what_could_not_be_read_is_no_answer_when_it_is_quoted(language: Language, excerpt: str) -> None:
    context = _sample("task_receipt", "by mail, partly", language)
    shown = tuple(NotRead(excerpt=excerpt, problem="two_values", code=code) for code in (ASKED[2][0], None))
    rendered = render("task_receipt", context.model_copy(update={"not_read": shown}))
    for lines in _parts(rendered):
        assert _read_back(_quoted(lines, language), language) == []
        assert _read_back(_unmarked(lines), language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_that_is_filled_in_is_read(language: Language) -> None:
    rendered = render("task_request", _sample("task_request", "twelve", language))
    for lines in _parts(rendered):
        filled = re.sub(r" =$", " = 7", _quoted(lines, language), flags=re.MULTILINE)
        assert [number for number, _ in _read_back(filled, language)] == list(range(1, 13))


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("ca", ("res a comunicar", "igual que l’última vegada", "no disponible, perquè…")),
        ("ca-ES-valencia", ("res a comunicar", "igual que l’última vegada", "no disponible, perquè…")),
        ("es", ("nada que comunicar", "igual que la última vez", "no disponible, porque…")),
        ("en", ("Nothing to report", "same as last time", "not available, because …")),
        ("fr", ("Rien à signaler", "comme la dernière fois", "non disponible, parce que…")),
    ],
)
def test_every_phrase_that_a_mail_offers_is_understood(language: Language, phrases: tuple[str, ...]) -> None:
    text = _text("task_request", "twelve", language)
    written = [phrase.replace("…", "xyz abc") for phrase in phrases]
    assert all(phrase in text for phrase in phrases)
    reply = "\n".join(f"{number} = {phrase}" for number, phrase in enumerate(written, start=1))
    values = read_values(split_reply(reply), ENTRIES, language).values
    assert [value.reading.kind for value in values] == ["nothing_to_report", "value", "not_available"]
    assert values[1].reading.number == Decimal(1)


def test_items_are_numbered_as_they_are_named_in_a_reply() -> None:
    context = _sample("task_request", "forty")
    assert isinstance(context, TaskRequest)
    rendered = render("task_request", context)
    text = _flat(rendered.text)
    for item in context.items:
        assert f"{item.number}. {item.name} [{item.code}]" in text
    assert len({item.code for item in context.items}) == 40
    reminded = _text("task_reminder", "last day, four missing")
    assert "4. Nombre d'accions impulsades [VLC-E1-OE3-A2-I1]" in reminded


def test_only_a_request_speaks_of_the_attached_sheet() -> None:
    for name, sample, context, rendered in _task_mails("en"):
        offered = name == "task_request" and context.kind == "indicator_request" and bool(_invited(context))
        assert ("Or fill in the attached sheet and send it back." in _flat(rendered.text)) == offered, sample


def test_mails_say_truly_what_becomes_of_a_reply() -> None:
    reads, keeps = "The answers in your reply are read", "reaches the international office and is read there."
    for name, sample, read in (
        ("task_request", "twelve", True),
        ("task_request", "for the office", False),
        ("task_request", "naming", False),
        ("task_reminder", "decision, one day late", False),
        ("task_reminders", "three of three kinds", False),
        ("task_receipt", "all answered", True),
        ("task_change", "more time", True),
        ("task_change", "withdrawn", False),
        ("reply_not_taken", "too late", False),
        ("reply_not_taken", "encrypted", True),
    ):
        text = _text(name, sample)
        assert (reads in text, keeps in text) == (read, not read), (name, sample)
    assert "where the mail that asked for it says so, by a reply to that mail" in _text(
        "task_reminders", "three of three kinds"
    )
    assert "The focal point is named through the link." in _text("task_request", "naming")


def test_a_receipt_by_mail_says_what_was_read_beside_last_time() -> None:
    text = _text("task_receipt", "by mail, partly", "ca")
    for said in (
        "4 dades llegides en la resposta 5 indicadors pendents",
        "1. Nombre d'accions de suport [VLC-E1-OE3-A1-I1] S’ha llegit: 1.234 · Última vegada: 4 S’ha escrit: «1 234»",
        "[VLC-E1-OE3-A1-I2] S’ha llegit: res a comunicar · Última vegada: 1 S’ha escrit: «cap»",
        "Es mantenen 3 respostes anteriors.",
        "S’ha escrit: «6 = entre 80 i 85» · VLC-E1-OE3-A2-I3 És un interval. Cal escriure un sol nombre.",
        "S’ha escrit: «deu o dotze» · respostes.xlsx F9 · VLC-E1-OE3-A3-I1",
        "Una resposta posterior diu una altra cosa i és la que val",
        "responent a aquest missatge, per exemple amb «3\u00a0=\u00a0128»",
        "Si l’ha escrita una altra persona, cal avisar-nos de seguida.",
    ):
        assert said in text
    assert "no falta res" in _text("task_receipt", "by mail", "ca")


def test_a_receipt_by_mail_says_who_else_is_named_who_recorded_it_and_when_nothing_is_new() -> None:
    assert "You also write that Marta Gil Sanchis should answer. The coordination decides" in _text(
        "task_receipt", "by mail, one, somebody else for the rest"
    )
    behalf = _text("task_receipt", "by mail, on somebody's behalf")
    assert "Internacionalització has recorded the answers of your reply." in behalf
    nothing = _text("task_receipt", "by mail, nothing new")
    assert nothing.startswith("We have read your reply 1 indicator still missing ")
    assert "Nothing new has been recorded from it" in nothing


def test_there_is_a_sentence_and_a_sample_for_every_problem_outcome_and_kind_of_matter() -> None:
    receipt = _sample("task_receipt", "by mail, every problem")
    assert isinstance(receipt, TaskReceipt)
    known = {*get_args(ProblemCode), *get_args(get_args(UnreadProblem)[1]), *get_args(SheetProblem)}
    assert {line.problem for line in receipt.not_read} == known
    text = _flat(render("task_receipt", receipt).text)
    shown = re.split(r"- (?:Written|File): ", text.partition("Still missing")[0])[1:]
    sentences = {re.sub(r"^“.*?”(?: · \S+)? ", "", each) for each in shown}
    assert len(sentences) == len(known), "each its own"
    outcomes = {dict(context)["outcome"] for context in samples("reply_not_taken", "en").values()}
    assert outcomes == {*get_args(NotTaken)}
    matters = _sample("office_matters", "every kind")
    assert isinstance(matters, OfficeMatters)
    assert {matter.kind for matter in matters.new} == {*get_args(MatterKind)}


def test_a_file_that_was_not_read_is_called_a_file() -> None:
    assert "- File: “respostes del trimestre.xlsx” The file is protected with a password." in _text(
        "task_receipt", "by mail, every problem"
    )


@pytest.mark.parametrize(
    ("sample", "beginning", "said"),
    [
        ("not read", "No answer found in your reply nothing has been recorded ", "Written: “6 = entre 80 i 85”"),
        ("too late", "No more answers are taken nothing has been recorded ", "Wednesday 10 February 2027, is over"),
        ("too large", "Your mail is too large ", "Please reply once more with the answers alone"),
        ("encrypted", "Your mail is encrypted ", "Please reply once more without encryption"),
        (
            "pass on",
            "You name somebody else the coordination decides about it ",
            "Marta Gil Sanchis should answer",
        ),
        ("pass on, nobody named", "You name somebody else ", "that somebody else should answer"),
        ("naming", "Your message has reached the office ", "The international office reads it."),
        ("decision", "Your message has reached the office ", "The decision is taken through the link."),
    ],
)
def test_a_reply_of_which_nothing_was_taken_is_answered_with_the_reason(sample: str, beginning: str, said: str) -> None:
    text = _text("reply_not_taken", sample)
    assert text.startswith(beginning)
    assert said in text
    assert "If you did not write it, please tell us at once." in text


def test_a_confirmation_says_whose_address_it_bears_and_that_nothing_is_recorded_yet() -> None:
    text = _text("reply_confirmation", "another address, partly read")
    assert text.startswith("Is this reply yours? it came on Thursday 21 January 2027 ")
    assert "It bears the address nuriaferrer77@correu.example, but we cannot be sure who wrote it." in text
    assert "Nothing of it is recorded before you say that it is yours." in text
    assert "Answer by reply" not in text
    assert "It bears the address" not in _text("reply_confirmation", "without an address")


def test_the_office_is_told_what_happened_what_is_proposed_and_which_command_settles_it() -> None:
    context = _sample("office_matters", "three, two of them again")
    rendered = render("office_matters", context)
    assert rendered.subject == "3 matters to settle"
    assert "1 new · 2 still open" in rendered.text
    lines = [line.strip() for line in rendered.text.splitlines()]
    for command in (
        "focal matters accept M-11KQ-7RXA",
        "focal matters dismiss M-11KQ-7RXA --reason …",
        "focal task answer 7K2M-9QXD …",
        "focal matters accept M-17KQ-7RXA",
    ):
        assert command in lines
    matters = _sample("office_matters", "every kind")
    assert isinstance(matters, OfficeMatters)
    every = [line.strip() for line in render("office_matters", matters).text.splitlines()]
    for command in (
        "focal people address nferrer ADDRESS",
        "focal people address CODE ADDRESS",
        "focal matters accept M-07KQ-7RXA --task 7K2M-9QXD --person CODE",
        "focal matters accept M-13KQ-7RXA --until DAY",
        "focal matters accept M-18KQ-7RXA --person CODE",
        "focal mail retry --rejected",
        "focal mail status",
    ):
        assert command in every
    for matter in matters.new:
        assert f"focal matters dismiss {matter.reference} --reason …" in every


def test_words_of_a_stranger_are_never_markup_and_reach_no_header() -> None:
    nasty = '<b>1</b> & "dos" https://x.example\nBcc: x@y.example'
    context = _sample("task_receipt", "by mail, partly").model_copy(
        update={"not_read": (NotRead(excerpt=nasty, problem="not_understood"),)}
    )
    rendered = render("task_receipt", context)
    assert '“<b>1</b> & "dos" https://x.example Bcc: x@y.example”' in _flat(rendered.text)
    assert "<b>1" not in rendered.html
    assert 'href="https://x.example' not in rendered.html
    envelope = Envelope(
        key="test",
        name="task_receipt",
        sender_name="Focal",
        sender_address="focal@valencia.example",
        recipient_name="Núria Ferrer Mas",
        recipient_address="nuria.ferrer@valencia.example",
        reply_to=None,
        domain="valencia.example",
        language="en",
        date=datetime(2027, 1, 4, 8, 30, tzinfo=ZoneInfo("Europe/Madrid")),
        thread="<root@valencia.example>",
    )
    assert b"Bcc" not in build(envelope, rendered).partition(b"\r\n\r\n")[0]
