import re
from datetime import date
from functools import cache, cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2.meta
import pytest

from mail.headers import UnsafeHeader
from mail.preview import preview
from mail.registry import MAILS
from mail.render import TEMPLATES, Rendered, mail_environment, render
from mail.samples import ASKED, samples
from mail.translation import LANGUAGES, long_date
from models.contracts.mail import Context, Language, TaskReceipt, TaskReminder, TaskRequest

EVERY = [
    pytest.param(name, context, id=f"{name}-{sample}-{language}")
    for name in MAILS
    for language in LANGUAGES
    for sample, context in samples(name, language).items()
]
VOID = {"meta", "br", "img", "link", "input", "hr"}
GIVEN_BY_RENDERING = {"say", "words", "list", "subject", "quarter_name", "_", "_trans"}
"""Imported words, what the environment offers, and the rendered subject that the HTML has as its title."""


class Reading(HTMLParser):
    """What a browser finds in a mail: elements with their attributes, and the words that are shown."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.spoken: list[tuple[str | None, str]] = []
        self._languages: list[str | None] = []
        self._hidden = 0
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag in VOID:
            return
        hides = tag in {"style", "head"} or attributes.get("class") == "preheader"
        self._hidden += hides
        self._open.append((tag, hides))
        inherited = self._languages[-1] if self._languages else None
        self._languages.append(attributes.get("lang") or inherited)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            opened, hides = self._open.pop()
            self._hidden -= hides
            self._languages.pop()
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.spoken.append((self._languages[-1] if self._languages else None, data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @cached_property
    def words(self) -> str:
        return _flat(" ".join(words for _, words in self.spoken))


def _flat(words: str) -> str:
    return re.sub(r"\s+", " ", words)


def _facts(words: str) -> set[str]:
    """Every number, code, date part, address and URL of some words."""
    return {
        word.strip(".,;:()[]«»“”")
        for word in words.split()
        if re.search(r"\d|@|://", word) and word.strip(".,;:()[]«»“”")
    }


@cache
def _once(name: str, context: Context) -> Rendered:
    return render(name, context)


@cache
def _page(name: str, context: Context) -> Reading:
    return Reading(_once(name, context).html)


def _rendered(name: str, sample: str, language: Language = "en") -> Rendered:
    return render(name, samples(name, language)[sample])


def _changed(context: Context, **changes: Any) -> Context:
    return type(context).model_validate(context.model_dump() | changes)


@pytest.mark.parametrize(("name", "context"), EVERY)
def test_every_mail_renders_in_every_language(name: str, context: Context) -> None:
    rendered = _once(name, context)
    assert rendered == render(name, context)
    assert rendered.subject.startswith("[")
    assert rendered.subject == " ".join(rendered.subject.split())
    for part in (rendered.subject, rendered.text, _page(name, context).words):
        assert not re.search(r"None|Undefined|%\(|\{\{|\}\}|&#|&amp;| ,|  +· ", part)
        assert not re.search(r"[a-zà-ÿ]\.[A-ZÀ-Ý]", part), "two sentences without a space between them"


@pytest.mark.parametrize(("name", "context"), EVERY)
def test_the_text_part_says_every_fact_of_the_html(name: str, context: Context) -> None:
    rendered = _once(name, context)
    shown, text = _page(name, context).words, _flat(rendered.text)
    assert _facts(shown) <= _facts(text)
    days = [value for _, value in context if isinstance(value, date)]
    for day in days:
        assert (long_date(day, context.language) in shown) == (long_date(day, context.language) in text)
    assert any(long_date(day, context.language) in text for day in days) or name == "task_receipt"
    assert all(len(line) <= 76 or "://" in line for line in rendered.text.splitlines())


@pytest.mark.parametrize(("name", "context"), EVERY)
def test_the_html_can_be_read_by_everybody(name: str, context: Context) -> None:
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


@pytest.mark.parametrize(("name", "context"), EVERY)
def test_the_html_loads_nothing_and_has_one_button_whose_address_is_written_out(name: str, context: Context) -> None:
    rendered = _once(name, context)
    page = _page(name, context)
    link = dict(context)["link"]
    links = [anchor["href"] for anchor in page.all("a")]
    assert {href for href in links if href and not href.startswith("mailto:")} == {link}
    assert [anchor["href"] for anchor in page.all("a") if anchor.get("class") == "button"] == [link]
    assert link in page.words
    assert link in rendered.text.splitlines()
    assert not page.all("img") + page.all("link") + page.all("script")
    assert not re.search(r"url\(|@import|@font-face|src=", rendered.html)


@pytest.mark.parametrize(("name", "context"), EVERY)
def test_the_plans_own_words_are_marked_with_the_plans_language(name: str, context: Context) -> None:
    page = _page(name, context)
    own = {"Àrea Salut", "Pla d'Internacionalització de València 2022-26"} | {
        words for _, indicator, action, axis, *_ in ASKED for words in (indicator, action, axis)
    }
    spoken = [(language, words.strip()) for language, words in page.spoken if words.strip() in own]
    assert spoken
    assert {language for language, _ in spoken} == {"ca-ES-valencia"}


@pytest.mark.parametrize("name", MAILS)
def test_a_mails_templates_use_only_what_its_context_has(name: str) -> None:
    assert _variables(TEMPLATES / name) <= set(MAILS[name].context.model_fields)


def test_the_shared_templates_use_only_what_some_context_has() -> None:
    fields = {field for mail in MAILS.values() for field in mail.context.model_fields}
    assert _variables(TEMPLATES / "_base") <= fields


def _variables(folder: Path) -> set[str]:
    env = mail_environment("en", html=True)
    used = [jinja2.meta.find_undeclared_variables(env.parse(file.read_text())) for file in folder.iterdir()]
    return set().union(*used) - GIVEN_BY_RENDERING


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["indicator_request", "focal_point_naming"])
def test_a_tasks_conversation_has_one_subject_and_the_heads_another(language: Language, kind: str) -> None:
    subjects = {
        name: {
            render(name, context).subject
            for context in samples(name, language).values()
            if dict(context)["kind"] == kind
        }
        for name in MAILS
        if name != "collection_report"
    }
    (to_head,) = subjects.pop("task_escalation")
    (of_task,) = set.union(*subjects.values())
    reference = "[7K2M-9QXD]" if kind == "indicator_request" else "[M3PT-6WHA]"
    assert of_task.startswith(reference)
    assert to_head.startswith(reference)
    assert to_head != of_task


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
def test_a_unit_stands_in_the_quotation_marks_of_the_language_wherever_a_sentence_names_it(
    language: Language, written: str
) -> None:
    noun = written[: written.index("Àrea") - 1].rstrip(" «“\u202f").removeprefix("la ").removeprefix("l’")
    for name in MAILS:
        for context in samples(name, language).values():
            for words in (_flat(_once(name, context).text), _page(name, context).words):
                assert not re.search(rf"{noun} Àrea", words)
    assert written in _once("task_request", samples("task_request", language)["twelve"]).text


def test_a_request_begins_with_what_to_do_by_when() -> None:
    assert _rendered("task_request", "twelve").text.startswith("12 indicators to report\nby Friday 22 January 2027\n")
    assert _rendered("task_request", "naming").text.startswith("A focal point to be named\nby Friday 22 January 2027\n")


def test_a_request_says_what_silence_means_only_as_far_as_it_is_known() -> None:
    told, untold = (_flat(_rendered("task_request", sample).text) for sample in ("twelve", "one, late, no escalation"))
    assert "If something is still missing on Friday 29 January 2027, we inform Amparo Soler Vidal." in told
    assert "we inform" not in untold
    for text in (told, untold):
        assert "The collection closes on Friday 12 February 2027." in text


@pytest.mark.parametrize("name", ["task_request", "task_reminder", "task_escalation"])
def test_a_mail_that_leaves_late_says_so_and_one_in_time_does_not(name: str) -> None:
    for context in samples(name, "en").values():
        late = dict(context)["late"]
        assert ("because the service was interrupted" in _flat(render(name, context).text)) == late


def test_a_reminder_lists_only_what_is_missing_with_last_times_value() -> None:
    text = _rendered("task_reminder", "last day, four missing").text
    for number, (code, *_) in enumerate(ASKED):
        assert (f"[{code}]" in text) == (number < 4)
    assert "8 of 12 have been answered, thank you." in _flat(text)
    assert "Last time: 85" in text


@pytest.mark.parametrize(
    ("left", "before", "timing", "count"),
    [
        (5, 0, "by Friday 22 January 2027 · 5 working days left", "This is the first reminder."),
        (1, 1, "by Friday 22 January 2027 · 1 working day left", "1 reminder was sent before this one."),
        (0, 2, "by Friday 22 January 2027 · today is the last day", "2 reminders were sent before this one."),
        (-1, 3, "due on Friday 22 January 2027 · 1 working day late", "3 reminders were sent before this one."),
        (-4, 3, "due on Friday 22 January 2027 · 4 working days late", "3 reminders were sent before this one."),
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
    assert _flat(preheader[1]).strip() == "2 working days late · 1 indicator still missing"


def test_an_escalation_names_who_was_asked_when_and_how_often() -> None:
    text = _flat(_rendered("task_escalation", "twelve").text)
    assert "On Monday 4 January 2027 we asked Núria Ferrer Mas" in text
    assert "3 reminders have been sent since." in text
    assert "(nuria.ferrer@valencia.example)" in text
    assert "reminders have been sent" not in _flat(_rendered("task_escalation", "naming").text)


def test_the_person_is_told_that_their_head_was_told_and_that_answering_is_still_possible() -> None:
    text = _flat(_rendered("task_escalation_copy", "twelve").text)
    assert "we have informed Amparo Soler Vidal today" in text
    assert "It is not too late. Answers are accepted until Friday 12 February 2027." in text


def test_a_receipt_says_each_answer_as_typed_and_as_read_and_what_is_missing() -> None:
    rendered = _rendered("task_receipt", "all answered", "ca")
    for fact in ("S’ha escrit: 1 234", "S’ha llegit: 1.234", "S’ha llegit: res a comunicar", "Justificant S-4F7K-2Q8N"):
        assert fact in rendered.text
    assert "no falta res" in rendered.text
    partly = _rendered("task_receipt", "some missing").text
    assert partly.startswith("2 answers recorded\n7 indicators still missing\n")
    assert "corrected through the same link until Friday 12 February 2027" in _flat(partly)


def test_a_naming_asks_for_a_person_and_never_for_figures() -> None:
    request, receipt = (_rendered(name, "naming") for name in ("task_request", "task_receipt"))
    assert "Name the focal point:" in request.text
    assert "Answer now" not in request.text
    assert "you head the unit “Àrea Salut”" in request.text
    assert receipt.text.startswith("Focal point named\nCarla Esteve Bosch\n")


def test_a_receipt_says_who_was_named_if_and_only_if_it_is_for_a_naming() -> None:
    naming, answers = (samples("task_receipt", "en")[sample] for sample in ("naming", "all answered"))
    with pytest.raises(ValueError, match="who was named"):
        _changed(naming, named=None)
    with pytest.raises(ValueError, match="who was named"):
        _changed(answers, named="Carla Esteve Bosch")


def test_a_report_counts_everything_that_was_asked_and_names_the_silent_units() -> None:
    rendered = _rendered("collection_report", "gaps", "es")
    for fact in ("Respuestas solicitadas: 312", "Sin respuesta: 27", "- Àrea Salut", "- Àrea Ecologia Urbana"):
        assert fact in rendered.text
    assert "Unidades sin ninguna respuesta" not in _rendered("collection_report", "complete", "es").text


def test_names_are_escaped_in_html_and_left_alone_in_text() -> None:
    nasty = '<b>Salut</b> & "Consum" d\'Àrea'
    rendered = render("task_request", _changed(samples("task_request", "fr")["twelve"], unit_name=nasty))
    assert nasty in rendered.subject
    assert nasty in _flat(rendered.text)
    assert "<b>Salut" not in rendered.html
    assert nasty in Reading(rendered.html).words


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


def test_the_samples_cover_both_kinds_and_both_ends() -> None:
    assert {dict(context)["kind"] for context in samples("task_request", "en").values()} == {
        "indicator_request",
        "focal_point_naming",
    }
    requests = [context for context in samples("task_request", "en").values() if isinstance(context, TaskRequest)]
    assert {len(context.items) for context in requests} >= {1, 12}
    receipts = [context for context in samples("task_receipt", "en").values() if isinstance(context, TaskReceipt)]
    assert {bool(context.missing) for context in receipts} == {True, False}


def test_a_preview_holds_every_mail_as_html_text_and_bytes(tmp_path: Path) -> None:
    written = preview(tmp_path / "mails", ["fr"], pictures=False)
    assert written == sum(len(samples(name, "fr")) for name in MAILS)
    for ending in ("html", "txt", "eml"):
        assert len([*(tmp_path / "mails").glob(f"*-fr.{ending}")]) == written
    index = (tmp_path / "mails" / "index.html").read_text()
    links = re.findall(r'href="([^"]+)"', index)
    assert len(links) == written * 3
    assert all((tmp_path / "mails" / link).is_file() for link in links)
