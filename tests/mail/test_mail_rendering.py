import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jinja2
import pytest

from mail.contract import Page, facts, flat, leaves, links_of, mail_faults, name_faults
from mail.headers import UnsafeHeader
from mail.preview import preview
from mail.registry import MAILS
from mail.render import TEMPLATES, Rendered, mail_environment, render, write_out
from mail.samples import ASKED, samples
from mail.samples_of_calls import PORTAL
from mail.translation import LANGUAGES, long_date
from models.contracts.mail import (
    Context,
    Earlier,
    Language,
    OverdueTask,
    RemindedTask,
    StandIn,
    TaskChange,
    TaskContext,
    TaskKind,
    TaskReceipt,
    TaskReminder,
    TaskReminders,
    TaskRequest,
    VisitNews,
    VisitThanks,
)
from models.policies.questions import QUESTIONS

ONCE = ("ca-ES-valencia", "en", "fr")
"""Languages in which every mail is looked at each time: our source, its longest words, and one built upon another."""
EVERY = [
    pytest.param(name, context, id=f"{name}-{sample}-{language}", marks=() if language in ONCE else pytest.mark.drill)
    for name in MAILS
    for language in LANGUAGES
    for sample, context in samples(name, language).items()
]
TASK_MAILS = [name for name, mail in MAILS.items() if issubclass(mail.context, TaskContext)]
KINDS: tuple[TaskKind, ...] = get_args(TaskKind)
OF_SEVERAL = frozenset({"task_reminders", "office_matters", "calls_digest", "manager_digest"})
"""Mails about things that have no reference in common."""
OF_NO_PLAN = frozenset({"manager_digest", "sign_in"})
"""Mails that belong to the office and to no plan."""
OFFICE = "https://oficina.valencia.example/"
URGENT = frozenset({"call_alarm"})
"""Mails whose subject begins with what cannot wait."""


@cache
def _once(name: str, context: Context) -> Rendered:
    return render(name, context)


@cache
def _page(name: str, context: Context) -> Page:
    return Page(_once(name, context).html)


def _rendered(name: str, sample: str, language: Language = "en") -> Rendered:
    return _once(name, samples(name, language)[sample])


def _changed(context: Context, **changes: Any) -> Context:
    return type(context).model_validate(context.model_dump() | changes)


def _to_outsider(context: Context) -> bool:
    """Whether it goes to the contact of a delegation, who knows nothing of the city's plans and references."""
    return isinstance(context, VisitThanks) or (isinstance(context, VisitNews) and context.to == "contact")


def it_renders_without_a_fault_and_the_same_twice(name: str, context: Context) -> None:
    rendered = _once(name, context)
    assert rendered == render(name, context)
    assert rendered.subject.startswith("[") != (name in OF_SEVERAL | URGENT or _to_outsider(context))
    assert list(mail_faults(context, write_out(name, context))) == []
    for part in (rendered.subject, rendered.text, _page(name, context).words):
        assert not re.search(r"None|Undefined|%\(|\{\{|\}\}|&#|&amp;| ,|  +· ", part)
        assert not re.search(r"[a-zà-ÿ]\.[A-ZÀ-Ý]", part), "two sentences without a space between them"


def the_text_part_says_every_fact_of_the_html(name: str, context: Context) -> None:
    rendered = _once(name, context)
    shown, text = _page(name, context).words, flat(rendered.text)
    assert facts(shown) <= facts(text)
    for value in leaves(context):
        said = long_date(value, context.language) if isinstance(value, date) else value
        if isinstance(said, str):
            assert (flat(said) in shown) == (flat(said) in text), said
    days = [long_date(day, context.language) for day in leaves(context) if isinstance(day, date)]
    assert not days or any(day in text for day in days)
    assert all(len(line) <= 76 or "://" in line for line in rendered.text.splitlines())


def the_html_can_be_read_by_everybody(name: str, context: Context) -> None:
    page = _page(name, context)
    (html,), (body_child, *_) = page.all("html"), page.all("div")
    assert (html["lang"], html["dir"]) == (context.language, "ltr")
    assert (body_child["lang"], body_child["dir"]) == (context.language, "ltr")
    assert len(page.all("h1")) == len(page.all("title")) == 1
    tables = page.all("table")
    data = [table for table in tables if table.get("class") == "data"]
    assert all(table.get("role") == "presentation" for table in tables if table not in data)
    assert all("role" not in table for table in data)
    assert len(page.all("caption")) == len(data)
    assert all(header.get("scope") in {"col", "row", "rowgroup"} for header in page.all("th"))


def the_html_loads_nothing_and_has_one_button_per_task_whose_address_is_written_out(
    name: str, context: Context
) -> None:
    rendered = _once(name, context)
    page = _page(name, context)
    links = links_of(context)
    anchors = [anchor["href"] for anchor in page.all("a")]
    elsewhere = {said for said in leaves(context) if isinstance(said, str) and said.startswith((PORTAL, OFFICE))}
    followed = {href for href in anchors if href and not href.startswith("mailto:")}
    assert {*links} <= followed <= {*links, *elsewhere}
    assert [anchor["href"] for anchor in page.all("a") if anchor.get("class") == "button"] == links
    for link in links:
        assert link in page.words
        assert link in rendered.text.splitlines()
    assert not page.all("img") + page.all("link") + page.all("script")
    assert not re.search(r"url\(|@import|@font-face|src=", rendered.html)


def the_plans_own_words_are_marked_with_the_plans_language(name: str, context: Context) -> None:
    page = _page(name, context)
    own = {"Àrea Salut", "Pla d'Internacionalització de València 2022-26"} | {
        words for _, indicator, action, axis, *_ in ASKED for words in (indicator, action, axis)
    }
    spoken = [(language, words.strip()) for language, words in page.spoken if words.strip() in own]
    assert spoken or _to_outsider(context) or name in OF_NO_PLAN
    assert {language for language, _ in spoken} <= {"ca-ES-valencia"}


PROMISES = [
    it_renders_without_a_fault_and_the_same_twice,
    the_text_part_says_every_fact_of_the_html,
    the_html_can_be_read_by_everybody,
    the_html_loads_nothing_and_has_one_button_per_task_whose_address_is_written_out,
    the_plans_own_words_are_marked_with_the_plans_language,
]


@pytest.mark.parametrize(("name", "context"), EVERY)
def test_every_mail_keeps_every_promise_in_every_language(name: str, context: Context) -> None:
    for promise in PROMISES:
        promise(name, context)


@pytest.mark.parametrize("name", MAILS)
def test_a_mails_templates_use_only_what_its_context_has(name: str) -> None:
    sections = {*(TEMPLATES / name).glob("section.*")}
    fields = set(MAILS[name].context.model_fields)
    assert _unknown({*(TEMPLATES / name).iterdir()} - sections, fields) == []
    of_one = RemindedTask.model_fields.keys() | OverdueTask.model_fields.keys()
    assert _unknown(sections, fields | of_one) == []


@pytest.mark.parametrize("folder", ["_base", "_kinds"])
def test_the_shared_templates_use_only_what_some_context_has(folder: str) -> None:
    fields = {field for mail in MAILS.values() for field in mail.context.model_fields}
    assert _unknown((TEMPLATES / folder).iterdir(), fields) == []


def _unknown(files: Iterable[Path], names: Iterable[str]) -> list[str]:
    env, known = mail_environment("en", html=True), set(names)
    return [fault for file in files for fault in name_faults(env, file.read_text(), known)]


def test_every_kind_of_task_has_words_and_all_of_them_the_same_sentences() -> None:
    env = mail_environment("en", html=False)
    spoken: dict[str, set[str]] = {
        file.stem: {macro.name for macro in env.parse(file.read_text()).find_all(jinja2.nodes.Macro)}
        for file in (TEMPLATES / "_kinds").iterdir()
    }
    assert set(spoken) == {kind for kind in KINDS if kind not in QUESTIONS} | {"questions"}
    one, *others = spoken.values()
    shared = one.intersection(*others)
    assert len(shared) >= 18
    assert one.union(*others) - shared == {"who_may_be_named", "facts_caption", "question"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_tasks_conversation_has_one_subject_and_the_heads_another(language: Language, kind: str) -> None:
    subjects = {
        name: {
            _once(name, context).subject
            for context in samples(name, language).values()
            if dict(context)["kind"] == kind
        }
        for name in TASK_MAILS
    }
    to_head = subjects.pop("task_escalation")
    of_task = set.union(*subjects.values())
    references = {subject[: len("[7K2M-9QXD]")] for subject in of_task}
    assert len(of_task) == len(references), "one subject for each task"
    assert {subject[: len("[7K2M-9QXD]")] for subject in to_head} <= references
    assert not to_head & of_task


def test_the_subject_names_the_quarter_and_the_unit_in_the_readers_language() -> None:
    subjects = [_rendered("task_request", "twelve", language).subject for language in LANGUAGES]
    assert subjects == [
        "[7K2M-9QXD] Indicadors del 4t trimestre de 2026 · Àrea Salut",
        "[7K2M-9QXD] Indicadors del 4t trimestre de 2026 · Àrea Salut",
        "[7K2M-9QXD] Indicadores del 4.º trimestre de 2026 · Àrea Salut",
        "[7K2M-9QXD] Indicators of the 4th quarter of 2026 · Àrea Salut",
        "[7K2M-9QXD] Indicateurs du 4e trimestre 2026 · Àrea Salut",
    ]


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("ca", "la unitat «Àrea Salut»"),
        ("ca-ES-valencia", "la unitat «Àrea Salut»"),
        ("es", "la unidad «Àrea Salut»"),
        ("en", "the unit “Àrea Salut”"),
        ("fr", "l’unité «\u202fÀrea Salut\u202f»"),
    ],
)
@pytest.mark.drill
def test_a_unit_stands_in_the_quotation_marks_of_the_language_wherever_a_sentence_names_it(
    language: Language, written: str
) -> None:
    noun = written[: written.index("Àrea") - 1].rstrip(" «“\u202f").removeprefix("la ").removeprefix("l’")
    for name in MAILS:
        for context in samples(name, language).values():
            for words in (flat(_once(name, context).text), _page(name, context).words):
                assert not re.search(rf"{noun} Àrea", words)
    assert written in _once("task_request", samples("task_request", language)["twelve"]).text


def test_a_request_begins_with_what_to_do_by_when() -> None:
    assert _rendered("task_request", "twelve").text.startswith(
        "12 indicators to report\nby Wednesday 27 January 2027\n"
    )
    assert _rendered("task_request", "naming").text.startswith(
        "A focal point to be named\nby Tuesday 12 January 2027\n"
    )


def test_a_request_says_what_silence_means_only_as_far_as_it_is_known() -> None:
    told, untold = (flat(_rendered("task_request", sample).text) for sample in ("twelve", "one, late, no escalation"))
    assert "If something is still missing on Tuesday 2 February 2027, we inform Amparo Soler Vidal." in told
    assert "we inform" not in untold
    for text in (told, untold):
        assert "The collection closes on Wednesday 10 February 2027." in text


@pytest.mark.parametrize("name", ["task_request", "task_reminder", "task_reminders", "task_escalation"])
def test_a_mail_that_leaves_late_says_so_and_one_in_time_does_not(name: str) -> None:
    for context in samples(name, "en").values():
        late = dict(context)["late"]
        assert ("because the service was interrupted" in flat(render(name, context).text)) == late


def test_a_reminder_lists_only_what_is_missing_with_last_times_value() -> None:
    text = _rendered("task_reminder", "last day, four missing").text
    for number, (code, *_) in enumerate(ASKED):
        assert (f"[{code}]" in text) == (number < 4)
    assert "8 of 12 have been answered, thank you." in flat(text)
    assert "Last time: 85" in text


@pytest.mark.parametrize(
    ("left", "before", "timing", "count"),
    [
        (5, 0, "by Wednesday 27 January 2027 · 5 working days left", "This is the first reminder."),
        (1, 1, "by Wednesday 27 January 2027 · 1 working day left", "1 reminder was sent before this one."),
        (0, 2, "by Wednesday 27 January 2027 · today is the last day", "2 reminders were sent before this one."),
        (-1, 3, "due on Wednesday 27 January 2027 · 1 working day late", "3 reminders were sent before this one."),
        (-4, 3, "due on Wednesday 27 January 2027 · 4 working days late", "3 reminders were sent before this one."),
    ],
)
def test_a_reminder_counts_working_days_and_reminders(left: int, before: int, timing: str, count: str) -> None:
    context = samples("task_reminder", "en")["five days left"]
    rendered = render("task_reminder", _changed(context, working_days_left=left, reminders_before=before))
    assert rendered.text.splitlines()[1] == timing
    assert count in rendered.text


def test_the_preheader_of_a_reminder_says_how_urgent_it_is() -> None:
    html = _rendered("task_reminder", "two days late, one missing").html
    preheader = re.search(r'class="preheader"[^>]*>(.*?)</div>', html, re.DOTALL)
    assert preheader
    assert flat(preheader[1]).strip() == "2 working days late · 1 indicator still missing"


def test_an_escalation_names_who_was_asked_when_and_how_often() -> None:
    text = flat(_rendered("task_escalation", "twelve").text)
    assert "On Monday 4 January 2027 we asked Núria Ferrer Mas" in text
    assert "3 reminders have been sent since." in text
    assert "(nuria.ferrer@valencia.example)" in text
    assert "reminders have been sent" not in flat(_rendered("task_escalation", "naming, by hand").text)


def test_the_person_is_told_that_their_head_was_told_and_that_answering_is_still_possible() -> None:
    text = flat(_rendered("task_escalation_copy", "twelve").text)
    assert "we have informed Amparo Soler Vidal today" in text
    assert "It is not too late. Answers are accepted until Wednesday 10 February 2027." in text


def test_a_receipt_says_each_answer_as_typed_and_as_read_and_what_is_missing() -> None:
    rendered = _rendered("task_receipt", "all answered", "ca")
    for fact in ("S’ha escrit: 1 234", "S’ha llegit: 1.234", "S’ha llegit: res a comunicar", "Justificant S-4F7K-2Q8N"):
        assert fact in rendered.text
    assert "no falta res" in rendered.text
    partly = _rendered("task_receipt", "some missing").text
    assert partly.startswith("2 answers recorded\n7 indicators still missing\n")
    assert "correct it until Wednesday 10 February 2027: reply to this mail" in flat(partly)


def test_a_naming_asks_for_a_person_and_never_for_figures() -> None:
    request, receipt = (_rendered(name, "naming") for name in ("task_request", "task_receipt"))
    assert "Name the focal point:" in request.text
    assert "Answer now" not in request.text
    assert "for the head of the unit “Àrea Salut”" in request.text
    assert receipt.text.startswith("Focal point named\nCarla Esteve Bosch\n")


def test_a_receipt_says_who_was_named_if_and_only_if_it_is_for_a_naming() -> None:
    naming, answers = (samples("task_receipt", "en")[sample] for sample in ("naming", "all answered"))
    with pytest.raises(ValueError, match="who was named"):
        _changed(naming, named=None)
    with pytest.raises(ValueError, match="who was named"):
        _changed(answers, named="Carla Esteve Bosch")


def test_a_task_that_was_passed_on_says_by_whom_and_quotes_their_note() -> None:
    text = flat(_rendered("task_request", "passed on, with a note").text)
    assert "Carla Esteve Bosch has passed this on to you. Please report these 12 indicators" in text
    assert "Carla Esteve Bosch writes: “Tu portes les xarxes: et passe els indicadors del trimestre. Gràcies!”" in text
    assert "This was passed on by Carla Esteve Bosch, for the unit “Àrea Salut”." in text
    without = flat(_rendered("task_request", "passed on, one").text)
    assert "has passed this on to you. Please report this indicator" in without
    assert "writes:" not in without


def test_an_answer_that_was_sent_back_stands_with_its_note_and_its_day() -> None:
    two = flat(_rendered("task_request", "two sent back, one missing").text)
    assert two.startswith("2 answers sent back by Wednesday 27 January 2027 ")
    assert "Please answer them again by Wednesday 27 January 2027." in two
    assert two.count("Sent back: “") == 2
    assert "Sent back: “Falta l'acció de novembre.”" in two
    one = flat(_rendered("task_request", "one sent back").text)
    assert one.startswith("1 answer sent back ")
    assert "Please answer it again by Wednesday 27 January 2027." in one


def test_the_last_word_before_the_head_is_told_says_so_and_shows_the_ways_out() -> None:
    text = flat(_rendered("task_reminder", "before the head is told").text)
    assert text.startswith("Last reminder before we inform Amparo Soler Vidal due on Wednesday 27 January 2027 ")
    assert text.count("If something is still missing on Tuesday 2 February 2027, we inform Amparo Soler Vidal.") == 1
    assert "If more time is needed, or somebody else should answer, the link lets you say so." in text
    usual = flat(_rendered("task_reminder", "last day, four missing").text)
    assert "Last reminder" not in usual


def test_a_warning_that_nobody_would_follow_is_a_plain_reminder() -> None:
    nobody = _changed(samples("task_reminder", "en")["before the head is told"], escalates_on=None, escalates_to=None)
    assert render("task_reminder", nobody).text.startswith("4 indicators still missing\n")


def test_several_tasks_in_one_mail_have_each_its_own_section() -> None:
    name, context = "task_reminders", samples("task_reminders", "en")["three of three kinds"]
    assert isinstance(context, TaskReminders)
    rendered = render(name, context)
    assert rendered.subject == "3 requests wait for your answer · 12 indicators still missing"
    for part in (rendered.text, Page(rendered.html).words):
        for task in context.tasks:
            assert task.task_reference in part
            assert f"Rules: {task.why.policy}, version 1" in flat(part)
    text = flat(rendered.text)
    sections = re.split(r"Reference [-0-9A-Z]{9} · Rules", text)[:3]
    for section, said in zip(
        sections,
        (
            ("5 working days left", "and 7 more", "Answer now:", "we inform Amparo Soler Vidal"),
            ("1 working day left", "and 1 more", "Name the focal point:", "Pla Director de Cooperació"),
            ("1 working day late", "has asked for more time", "Decide:", "the due day stays"),
        ),
        strict=True,
    ):
        for words in said:
            assert words in section
    assert text.count(f"[{ASKED[4][0]}]") == 2, "five items by name in each section that has more"
    assert f"[{ASKED[5][0]}]" not in text


def test_one_plan_is_named_once_and_several_with_each_task() -> None:
    one, several = (
        _rendered("task_reminders", sample).text
        for sample in ("two, one before the head is told", "three of three kinds")
    )
    assert one.count("Pla d'Internacionalització de València 2022-26") == 1
    assert several.count("Pla d'Internacionalització de València 2022-26") == 3


def test_a_decision_shows_what_is_wished_why_and_what_silence_means() -> None:
    for name in ("task_request", "task_escalation", "task_escalation_copy"):
        text = _rendered(name, "decision").text
        for fact in (
            "Due day now: Wednesday 27 January 2027",
            "Day asked for: Friday 5 February 2027",
            "Reason: “Les dades de les xarxes no arriben fins al 2 de febrer.”",
            "Still missing: 7",
            "Decide:\n",
        ):
            assert fact in text
        assert "the due day stays: Wednesday 27 January 2027." in flat(text)
    assert "we inform Josep Llorens Mira" in flat(_rendered("task_request", "decision").text)


@pytest.mark.parametrize(
    ("sample", "beginning", "lead"),
    [
        (
            "more time",
            "More time: until Friday 5 February 2027 instead of Wednesday 27 January 2027 ",
            "The due day was Wednesday 27 January 2027 and is Friday 5 February 2027. Reason: “Les dades",
        ),
        ("no more time", "The due day stays by Wednesday 27 January 2027 ", "has not granted more time"),
        ("nobody decided", "The due day stays by Wednesday 27 January 2027 ", "Nobody has decided in time"),
        ("passed on", "Passed on to Marta Gil Sanchis ", "Amparo Soler Vidal has passed it on. There is nothing more"),
        ("withdrawn", "No answer is needed any more ", "has withdrawn what was asked. There is nothing more to do."),
    ],
)
def test_a_change_says_what_is_different_by_whom_and_why(sample: str, beginning: str, lead: str) -> None:
    context = samples("task_change", "en")[sample]
    assert isinstance(context, TaskChange)
    text = flat(render("task_change", context).text)
    assert text.startswith(beginning)
    assert lead in text
    assert (f"Reason: “{context.reason}”" in text) == (sample != "nobody decided")
    assert ("If there is no answer" in text) == (context.change.startswith("exten"))


def test_a_receipt_for_somebody_says_who_entered_it() -> None:
    text = flat(_rendered("task_receipt", "on somebody's behalf").text)
    assert "Servei de Turisme i Internacionalització has entered this on your behalf." in text
    assert "Thank you" not in text
    assert "If something is not right, correct it until Wednesday 10 February 2027" in text
    assert "through your personal link" not in text


@pytest.mark.parametrize(
    ("name", "sample", "sentences"),
    [
        (
            "task_reminder",
            "five days left",
            (
                "It is sent 5 working days before the due day, Wednesday 27 January 2027.",
                "Not counted as working days: Friday 22 January 2027.",
                "Sent before: request (Monday 4 January 2027).",
            ),
        ),
        (
            "task_reminder",
            "two days late, one missing",
            (
                "Carla Esteve Bosch is away until Friday 29 January 2027. Rosa Andreu Peris, next in line, is away",
                "until Wednesday 3 February 2027. So this mail comes to you.",
                "It is sent 2 working days after the due day",
                "It would have left on Thursday 28 January 2027; a pause moved it.",
                "Sent before, from Monday 4 January 2027 to Tuesday 2 February 2027: 1 request, 2 reminders,",
                ", 1 last reminder, 1 notice to the head.",
            ),
        ),
        ("task_reminder", "last day, four missing", ("It is sent on the due day, Wednesday 27 January 2027.",)),
        (
            "task_reminder",
            "before the head is told",
            ("It is sent 2 working days before we inform somebody above you. Due day: Wednesday 27 January 2027.",),
        ),
        ("task_reminder", "by hand", ("It is sent out of turn, because the coordination had it sent. Due day: ",)),
        (
            "task_request",
            "in somebody's place",
            ("You stand in for Carla Esteve Bosch, who is away until Friday 29 January 2027. It is the first mail",),
        ),
        ("task_request", "one sent back", ("It is sent because an answer was sent back. Due day: ",)),
        ("task_escalation", "one, late", ("It is sent after 1 reminder without a full answer. Due day: ",)),
        ("task_escalation", "twelve", ("This mail is for a person in charge of the unit “",)),
        ("task_change", "passed on", ("This mail is for the person who was asked until now.",)),
    ],
)
def test_a_mail_says_why_it_was_sent_and_why_on_this_day(name: str, sample: str, sentences: tuple[str, ...]) -> None:
    rendered = _rendered(name, sample)
    for part in (rendered.text, Page(rendered.html).words):
        why = flat(part).partition("Why this mail")[2]
        for sentence in sentences:
            assert sentence in why
        assert "Rules: indicator_request, version 1" in why


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_and_every_name_of_why_is_said_in_every_language(language: Language) -> None:
    for name in TASK_MAILS:
        for context in samples(name, language).values():
            assert isinstance(context, TaskContext)
            text, why = flat(_once(name, context).text), context.why
            days = [*why.holidays, *(away.until for away in why.stands_in_for)]
            days += [why.moved_from] if why.moved_from else []
            sent = sorted(mail.on for mail in why.earlier)
            days += sent if len(sent) <= 4 else [sent[0], sent[-1]]
            for day in days:
                assert long_date(day, language) in text
            for away in why.stands_in_for:
                assert away.name in text
            assert why.policy in text


def test_five_mails_before_are_counted_and_four_are_named() -> None:
    context = samples("task_reminder", "en")["five days left"]
    assert isinstance(context, TaskReminder)
    days = [Earlier(kind="reminder", on=date(2027, 1, day)) for day in (5, 7, 11, 13, 15)]
    for count in (4, 5):
        why = context.why.model_copy(update={"earlier": tuple(days[:count])})
        text = flat(render("task_reminder", _changed(context, why=why)).text)
        assert ("reminder (Thursday 7 January 2027)" in text) == (count == 4)
        assert ("5 reminders." in text) == (count == 5)


def test_a_chain_of_absences_is_told_in_its_order() -> None:
    context = samples("task_reminder", "es")["five days left"]
    assert isinstance(context, TaskReminder)
    names = ("Ada Bru", "Blai Coll", "Clara Diu")
    away = tuple(StandIn(name=name, until=date(2027, 1, 20 + n)) for n, name in enumerate(names))
    text = render("task_reminder", _changed(context, why=context.why.model_copy(update={"stands_in_for": away}))).text
    places = [text.index(name) for name in names]
    assert places == sorted(places)


def test_what_people_write_may_have_lines_and_is_never_markup() -> None:
    context = _changed(
        samples("task_change", "en")["withdrawn"], reason='Dos motius:\n<b>u</b>\n=?UTF-8?Q?=0A?= & "dos"'
    )
    rendered = render("task_change", context)
    assert 'Reason: “Dos motius: <b>u</b> =?UTF-8?Q?=0A?= & "dos"”' in flat(rendered.text)
    assert "<b>u" not in rendered.html


def test_a_report_counts_everything_that_was_asked_and_names_the_silent_units() -> None:
    rendered = _rendered("collection_report", "gaps", "es")
    for fact in ("Respuestas solicitadas: 312", "Sin respuesta: 27", "- Àrea Salut", "- Àrea Ecologia Urbana"):
        assert fact in rendered.text
    assert "Unidades sin ninguna respuesta" not in _rendered("collection_report", "complete", "es").text


def test_names_are_escaped_in_html_and_left_alone_in_text() -> None:
    nasty = '<b>Salut</b> & "Consum" d\'Àrea'
    rendered = render("task_request", _changed(samples("task_request", "fr")["twelve"], unit_name=nasty))
    assert nasty in rendered.subject
    assert nasty in flat(rendered.text)
    assert "<b>Salut" not in rendered.html
    assert nasty in Page(rendered.html).words


@pytest.mark.parametrize("character", ["\n", "\r", "\x00", "\x1b", "\u2028", "\u2029", "\u0085", "\u202e"])
@pytest.mark.parametrize("field", ["unit_name", "reader_name", "task_reference", "plan_title"])
def test_a_control_character_in_a_line_of_the_context_is_refused_by_name(field: str, character: str) -> None:
    context = _changed(samples("task_request", "ca")["twelve"], **{field: f"Salut{character}Bcc: x@y.example"})
    with pytest.raises(UnsafeHeader, match=field):
        render("task_request", context)


def test_a_context_of_another_mail_is_refused() -> None:
    context = samples("task_reminder", "en")["five days left"]
    assert isinstance(context, TaskReminder)
    with pytest.raises(TypeError, match="task_request is written from TaskRequest, not TaskReminder"):
        render("task_request", context)


def test_the_dark_colours_and_the_comments_for_outlook_survive_inlining() -> None:
    html = _rendered("task_request", "twelve").html
    assert "@media (prefers-color-scheme: dark)" in html
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 3
    assert 'style="' in html


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("sheet", "button", "papers"),
    [("mail.css", ("#ffffff", "#0b4a5c"), ("#ffffff",)), ("screen.css", ("#10243c", "#8fbbf0"), ("#1b2025",))],
)
def test_every_text_colour_stands_out_from_its_paper(
    sheet: str, button: tuple[str, str], papers: tuple[str, ...]
) -> None:
    css = (TEMPLATES / "_base" / sheet).read_text()
    colours = set(re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", css)) - {button[0]}
    assert len(colours) >= 3
    assert all(_contrast(colour, paper) >= 4.5 for colour in colours for paper in papers)
    assert _contrast(*button) >= 4.5
    assert all(colour in css for colour in button)


def test_the_samples_cover_every_kind_and_both_ends() -> None:
    assert {dict(context)["kind"] for context in samples("task_request", "en").values()} == set(KINDS)
    for name in ("task_reminder", "task_escalation", "task_escalation_copy"):
        kinds = {dict(context)["kind"] for context in samples(name, "en").values()}
        assert kinds - set(QUESTIONS) == set(KINDS) - set(QUESTIONS)
        assert len(kinds & set(QUESTIONS)) >= 3, "their words hardly differ"
    requests = [context for context in samples("task_request", "en").values() if isinstance(context, TaskRequest)]
    assert {len(context.items) for context in requests} >= {1, 12}
    receipts = [context for context in samples("task_receipt", "en").values() if isinstance(context, TaskReceipt)]
    assert {bool(context.missing) for context in receipts} == {True, False}


def test_a_preview_holds_every_mail_as_html_text_and_bytes(tmp_path: Path) -> None:
    written = preview(tmp_path / "mails", ["fr"], browser=None)
    assert written == sum(len(samples(name, "fr")) for name in MAILS)
    for ending in ("html", "txt", "eml"):
        assert len([*(tmp_path / "mails").glob(f"*-fr.{ending}")]) == written
    index = (tmp_path / "mails" / "index.html").read_text()
    links = re.findall(r'href="([^"]+)"', index)
    assert len(links) == written * 3
    assert all((tmp_path / "mails" / link).is_file() for link in links)
