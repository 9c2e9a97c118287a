"""Mails about delegations and networks: what is asked by questions, and what their readers are told."""

import re
from uuid import uuid4

import pytest

from mail.contract import Page, flat
from mail.inbound.html_text import html_lines
from mail.inbound.reply_text import split_reply
from mail.inbound.values import read_values
from mail.question_words import HINTS, NAMES, OPTIONS, question_name
from mail.registry import MAILS
from mail.render import render
from mail.samples import samples
from mail.samples_of_questions import questions
from mail.translation import LANGUAGES, from_place
from models.contracts.inbound import AskedEntry
from models.contracts.mail import Language, TaskKind, VisitNews
from models.policies.questions import BY_REPLY, QUESTIONS, SCORE

ASKED_BY_REPLY: tuple[TaskKind, ...] = ("hosting_request", "joined_networks")


def _text(name: str, sample: str, language: Language = "en") -> str:
    return flat(render(name, samples(name, language)[sample]).text)


@pytest.mark.parametrize(
    ("place", "written"),
    [
        ("Bologna", ("de Bologna", "de Bologna", "from Bologna", "de Bologna")),
        ("Oslo", ("d’Oslo", "de Oslo", "from Oslo", "d’Oslo")),
        ("Hamburg", ("d’Hamburg", "de Hamburg", "from Hamburg", "d’Hamburg")),
        ("Iași", ("de Iași", "de Iași", "from Iași", "de Iași")),
        ("Els Poblets", ("dels Poblets", "de Els Poblets", "from Els Poblets", "d’Els Poblets")),
        ("Le Havre", ("de Le Havre", "de Le Havre", "from Le Havre", "du Havre")),
    ],
)
def test_a_place_is_joined_as_each_language_does(place: str, written: tuple[str, ...]) -> None:
    languages: tuple[Language, ...] = ("ca", "es", "en", "fr")
    assert tuple(from_place(place, language) for language in languages) == written


def test_every_question_and_option_has_words_and_no_words_are_left_over() -> None:
    asked = [question for each in QUESTIONS.values() for question in each]
    assert {question.key for question in asked} - {SCORE} == set(NAMES)
    assert {option.key for question in asked for option in question.options} == set(OPTIONS)
    assert set(HINTS) <= {question.key for question in asked}
    assert {*ASKED_BY_REPLY, "indicator_request"} == set(BY_REPLY)


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_mail_that_asks_a_question_speaks_of_no_indicator_and_no_quarter(kind: TaskKind) -> None:
    for name in MAILS:
        for context in samples(name, "en").values():
            if getattr(context, "kind", None) == kind:
                rendered = render(name, context)
                for part in (rendered.subject, rendered.text, Page(rendered.html).words):
                    assert not re.search(r"indicator|quarter|collection", part)


def test_a_request_shows_what_it_is_about_what_is_asked_and_what_may_be_left_out() -> None:
    rendered = render("task_request", samples("task_request", "en")["hosting_request"])
    assert rendered.subject == "[B4XN-7GTD] Can you receive the delegation from Bologna? · Àrea Salut"
    for part in (flat(rendered.text), Page(rendered.html).words):
        for said in (
            "Comune di Bologna",
            "from Tuesday 9 March 2027 to Thursday 11 March 2027",
            "from Tuesday 2 March 2027 to Thursday 4 March 2027",
            "Soledat no desitjada · Alimentació saludable",
            "1. Can you receive the delegation on these days?",
            "2. If not: on which other days? Optional · Such as “from 3 to 5 March”.",
            "the visit is planned without the unit",
        ):
            assert said in part
    assert "attached sheet" not in rendered.text
    evidence = _text("task_request", "membership_evidence")
    assert "Focal counted: 4 · delegation/2026-0003, delegation/2026-0011" in evidence
    assert "Answer by reply" not in evidence
    assert "11:00–13:30 · Soledat no desitjada" in _text("task_request", "agenda_approval")
    decision = _text("task_request", "membership_decision")
    assert "What has been said so far" in decision
    assert "In line with the city’s objectives: 3 · Dos projectes" in decision


def test_a_wish_for_more_time_says_what_it_is_about() -> None:
    context = samples("task_request", "ca")["decision on a visit"]
    assert render("task_request", context).subject == (
        "[V2KX-6HMC] Ampliació del termini: delegació de Bologna · Àrea Salut"
    )


def test_answers_of_several_lines_keep_their_lines_in_a_receipt() -> None:
    rendered = render("task_receipt", samples("task_receipt", "ca")["visit report"])
    assert "\n   Enviar l'estudi; Àrea Salut; 15/4/2027\n   Convidar-los al fòrum; " in rendered.text
    assert re.search(r"15/4/2027<br>Convidar-los", rendered.html)
    assert "S’ha escrit" not in rendered.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ASKED_BY_REPLY)
def test_the_lines_of_questions_are_read_when_they_are_filled_in_and_only_then(
    kind: TaskKind, language: Language
) -> None:
    asked = QUESTIONS[kind]
    entries = [
        AskedEntry(
            item_id=uuid4(),
            number=number,
            code=question.key,
            name=question_name(question, None, language),
            unit=question.unit,
            previous=None,
            standing=None,
            question=True,
            required=question.required,
            other=question.other,
        )
        for number, question in enumerate(asked, start=1)
    ]
    rendered = render("task_request", samples("task_request", language)[kind])
    lines, _ = html_lines(rendered.html, max_characters=200_000)
    example = re.search(r"[“«]\s?(1\s=\s\w+)\s?[”»]", rendered.text)
    assert example
    for part in (rendered.text.splitlines(), lines):
        quoted = "\n".join(["Gràcies!", "", *(f"> {line}" for line in part)])
        assert read_values(split_reply(quoted), entries, language).values == ()
        unmarked = "\n".join(["Gràcies!", "", *part])
        assert read_values(split_reply(unmarked), entries, language).values == ()
        filled = re.sub(r"^(> 1 · .* =)$", rf"\1 {example[1].split()[-1]}", quoted, flags=re.MULTILINE)
        assert [value.number for value in read_values(split_reply(filled), entries, language).values] == [1]
    said = read_values(split_reply(example[1]), entries, language).values
    assert [(value.number, value.certainty) for value in said] == [(1, "sure")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_to_fill_in_fits_in_one_line(language: Language) -> None:
    for kind in ASKED_BY_REPLY:
        for item in questions(kind, language):
            assert len(f"> {item.number} · {item.name} =") <= 76


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contact_of_a_delegation_gets_no_reference_and_no_plan_of_ours(language: Language) -> None:
    told = [(name, each) for name in ("visit_news", "visit_thanks") for each in samples(name, language).values()]
    for name, context in told:
        if isinstance(context, VisitNews) and context.to == "host":
            continue
        rendered = render(name, context)
        for part in (rendered.subject, rendered.text, Page(rendered.html).words):
            assert "delegation/" not in part
            assert "Pla d'Internacionalització" not in part


def test_what_somebody_needs_is_asked_by_telephone_and_never_in_writing() -> None:
    for sample, told in (
        ("contact, acknowledged", True),
        ("contact, confirmed", True),
        ("contact, reminder of one day", False),
    ):
        assert ("Please tell us by telephone, and do not write it" in _text("visit_news", sample)) == told
    assert "by telephone" not in _text("visit_news", "host, confirmed")


def test_a_host_gets_its_own_hours_first_and_then_the_whole_agenda() -> None:
    for sample in ("host, confirmed", "host, reminder"):
        rendered = render("visit_news", samples("visit_news", "en")[sample])
        for part in (flat(rendered.text), Page(rendered.html).words):
            own, _, whole = part.partition("The whole agenda")
            assert "Your hours" in own
            assert "Benvinguda institucional" not in own
            assert "Mercats i alimentació saludable" in own
            assert "Benvinguda institucional" in whole
    assert "The unit has no hours of its own" in _text("visit_news", "host, changed, no hours")


def test_the_news_of_a_visit_say_the_reason_and_the_days() -> None:
    for sample in ("contact, moved", "host, moved"):
        text = _text("visit_news", sample)
        assert "What was planned from Tuesday 2 March 2027 to Thursday 4 March 2027 does not count any more." in text
        assert "Reason: “Coincideix amb les Falles.”" in text
    assert "Reason" not in _text("visit_news", "host, released")
    assert "on Tuesday 9 March 2027" in _text("visit_news", "contact, reminder of one day")


def test_the_office_is_told_what_comes_too_late_what_hosts_said_and_where_to_go_on() -> None:
    opened = _text("office_visit", "opened")
    assert "- Book interpreters: needs 5 working days, 3 left" in opened
    assert "- Book rooms and their equipment: needs 1 working day, 0 left" in opened
    hosts = _text("office_visit", "hosts")
    assert "- Àrea Ecologia Urbana: could on other days · “Del 16 al 18 de març”" in hosts
    assert "/delegations/2027-0003/agenda" in hosts
    assert "Reason: “Falta temps per anar d'un lloc a l'altre.”" in _text("office_visit", "sent back")


def test_a_decision_on_a_network_says_by_whom_why_and_what_follows() -> None:
    left = render("review_news", samples("review_news", "en")["leave"])
    text = flat(left.text)
    assert left.subject == "[review/eurocities/2027] Eurocities: review of 2027"
    for said in (
        "The city leaves Eurocities",
        "Amparo Soler Vidal has decided so. Focal had computed the same from the scores.",
        "Reason: “La participació no compensa la quota.”",
        "Last day for notice: Wednesday 30 June 2027",
        "Member until: Friday 31 December 2027",
    ):
        assert said in text
    assert "\n  Dear Secretary General,\n\n  The City of València" in left.text
    assert "Focal had computed from the scores: “Stay, and get more out of it”." in _text("review_news", "stay")
    assert "over already" in _text("review_news", "leave, too late")
    assert "nobody has decided" in _text("review_news", "nobody decided")
