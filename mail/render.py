"""A mail's context becomes its subject, its text and its HTML, in the reader's language."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import css_inline
import jinja2
from markupsafe import Markup

from mail.headers import require_safe
from mail.question_words import option_label
from mail.registry import MAILS
from mail.translation import ROOT, environment, own_words
from models.contracts.mail import (
    AgendaSlot,
    AskedItem,
    CallWords,
    Context,
    Language,
    OverdueTask,
    RemindedTask,
    TaskContext,
    VisitNews,
)
from models.policies.questions import BY_REPLY, QUESTIONS

TEMPLATES = ROOT / "templates" / "email"
OWN_TEMPLATES = "email"
"""Where templates are in a folder of own words."""
TEXT_WIDTH = 76
PROSE = frozenset({"note", "reason", "letter"})
"""What people wrote in words of their own, with line breaks; no header quotes it."""
_BLANKS = re.compile(r"[ \t\r\n]+")  # not `\s`: no-break spaces belong to the words around them
_MARKER = re.compile(r"(?:-|\d+\.) ")
_GAPS = re.compile(r"\n{3,}")
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


@dataclass(frozen=True)
class Rendered:
    """One mail in words: a subject of one line, the text part, the HTML part."""

    subject: str
    text: str
    html: str


def render(name: str, context: Context) -> Rendered:
    """Write one mail. The same context gives the same words; about 10 ms once the templates are loaded.

    Raises:
        KeyError: no mail has this name.
        TypeError: the context belongs to another mail.
        UnsafeHeader: a line of the context (a name, a unit, a reference) holds a control character.
        jinja2.UndefinedError: a template uses what the context does not have.

    """
    written = write_out(name, context)
    return replace(written, html=_INLINER.inline(written.html))


def write_out(name: str, context: Context) -> Rendered:
    """A mail with its HTML as the templates say it, before its styles stand at each element; see `render`."""
    if type(context) is not MAILS[name].context:
        raise TypeError(f"{name} is written from {MAILS[name].context.__name__}, not {type(context).__name__}")
    values = dict(context)
    for field, value in values.items():
        if isinstance(value, str) and field not in PROSE:
            require_safe(field, value)
    text = mail_environment(context.language, html=False)
    html = mail_environment(context.language, html=True)
    spoken, shown = _with_words(text, values), _with_words(html, values)
    subject = one_line(text.get_template(f"{name}/subject.txt").render(spoken))
    return Rendered(
        subject=require_safe("Subject", subject),
        text=_tidy(text.get_template(f"{name}/body.txt").render(spoken)),
        html=html.get_template(f"{name}/body.html").render(shown, subject=subject),
    )


def calendar_words(context: TaskContext, *, over: bool) -> tuple[str, str]:
    """What a task's due day is called in the reader's calendar, and what stands under it; one line each."""
    env = mail_environment(context.language, html=False)
    values = _with_words(env, dict(context) | {"over": over})
    words: Any = env.get_template("_files/due_day.txt").make_module(values)
    return one_line(words.summary()), one_line(words.description())


def visit_words(
    context: VisitNews, agenda: Sequence[AgendaSlot], slot: AgendaSlot | None = None, *, over: bool
) -> tuple[str, str]:
    """What a visit, or a host's `slot` of it, is called in the reader's calendar, and the lines that stand under it.

    `agenda`: the hours that stand. `over`: it is taken out of the calendar.
    """
    env = mail_environment(context.language, html=False)
    values = dict(context) | {"agenda": agenda, "slot": slot, "over": over}
    words: Any = env.get_template("_files/visit.txt").make_module(values)
    lines = (one_line(line) for line in words.description().splitlines())
    return one_line(words.summary()), "\n".join(line for line in lines if line)


def call_words(call: CallWords, language: Language, plan_language: str) -> Any:
    """What mails say of a call, for its pages, as a module of HTML.

    `facts` with their labels, `interests` by unit, `interests_caption`, `sheet_caption`, `sheet_told` of the
    milestones, and `time_left` of one.
    """
    env = mail_environment(language, html=True)
    values = {"call": call, "plan_language": plan_language}
    return env.get_template("_base/call.txt").make_module(_with_words(env, values))


def _with_words(env: jinja2.Environment, values: dict[str, Any]) -> dict[str, Any]:
    """The values, and the sentences that all templates share: `words` and, for a task, `of_kind` and `takes_replies`.

    Built once for a mail: were each template to import them, that would cost more than everything else.
    """
    shared = values | {"words": env.get_template("_base/words.txt").make_module(values)}
    if kind := values.get("kind"):
        shared["takes_replies"] = kind in BY_REPLY
        name = "questions" if kind in QUESTIONS else kind
        shared["of_kind"] = env.get_template(f"_kinds/{name}.txt").make_module(shared)
    return shared


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates, shared by all languages: compiling takes a second, and five languages would take five."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        if code := self._code.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = {html: _Compiled() for html in (False, True)}


def mail_environment(language: Language, *, html: bool) -> jinja2.Environment:
    """The templates of all mails in one language, for the text or for the HTML part; built once, kept.

    Templates of the city's own (`mail.translation.use_words`) stand in for ours of the same name.
    """
    return _mail_environment(language, html, own_words())


@cache
def _mail_environment(language: Language, html: bool, own: Path | None) -> jinja2.Environment:  # noqa: FBT001
    folders = [own / OWN_TEMPLATES, TEMPLATES] if own else [TEMPLATES]
    env = environment(folders, language, "mail", html=html)
    env.bytecode_cache = _COMPILED[html]
    env.auto_reload = False  # looking at every file for every mail would double its cost
    env.filters["in_plan_language"] = _spoken_in_plan_language if html else _as_it_is
    env.filters["mailto"] = _mail_link if html else _as_it_is
    env.filters["portal"] = _portal_link if html else _as_it_is
    env.filters["by_action"] = by_action
    env.filters["by_day"] = by_day
    env.filters["option"] = _option
    env.filters["written"] = _written
    env.filters["paragraph"] = paragraph
    env.filters["underlined"] = underlined
    return env


def one_line(words: str) -> str:
    """The words with every run of blanks and line ends as one space."""
    return _BLANKS.sub(" ", words).strip()


def _tidy(text: str) -> str:
    """The text part with at most one empty line between two others, and one line end at its end."""
    return _GAPS.sub("\n\n", text).strip() + "\n"


def paragraph(words: str, indent: str = "") -> str:
    """The words as lines of up to 76 characters; addresses are never cut. A list entry hangs by its dash or number.

    By hand, because `textwrap` alone would cost more than everything else in a mail with many lines.
    """
    line = one_line(words)
    if len(indent) + len(line) <= TEXT_WIDTH:
        return indent + line if line else ""
    marker = _MARKER.match(line)
    hanging = indent + " " * (marker.end() if marker else 0)
    lines, current = [], indent
    for word in line.split(" "):
        if len(current) + len(word) > TEXT_WIDTH and current.strip():
            lines.append(current.rstrip(" "))
            current = hanging
        current += word + " "
    lines.append(current.rstrip(" "))
    return "\n".join(lines)


def underlined(words: str) -> str:
    """A heading of the text part."""
    heading = paragraph(words)
    return f"{heading}\n{'-' * max(map(len, heading.splitlines()))}"


def by_action(items: Iterable[AskedItem]) -> list[tuple[str, list[tuple[str, list[AskedItem]]]]]:
    """The items under the titles of their axis and action, in the order given."""
    return [
        (axis, [(action, list(asked)) for action, asked in groupby(of_axis, lambda item: item.action_title)])
        for axis, of_axis in groupby(items, lambda item: item.axis_title)
    ]


def by_day(slots: Iterable[AgendaSlot]) -> list[tuple[date, list[AgendaSlot]]]:
    """The hours of a visit under their days, in time."""
    in_time = sorted(slots, key=lambda slot: slot.starts_at)
    return [(day, list(on_day)) for day, on_day in groupby(in_time, lambda slot: slot.starts_at.date())]


@jinja2.pass_context
def _option(context: jinja2.runtime.Context, key: str) -> str:
    return option_label(key, context["language"])


@jinja2.pass_context
def _spoken_in_plan_language(context: jinja2.runtime.Context, words: str) -> str:
    """Marks the plan's own words, so that a screen reader changes its voice (WCAG 2.2, 3.1.2)."""
    if context["plan_language"] == context["language"]:
        return words
    return Markup('<span lang="{}">{}</span>').format(context["plan_language"], words)


@jinja2.pass_context
def _written(context: jinja2.runtime.Context, task: RemindedTask | OverdueTask, template: str) -> str:
    """One of several tasks, by a template that speaks of it as if it were the only one."""
    env = context.environment
    words = env.get_template(template).render(_with_words(env, context.parent | dict(task)))
    return Markup(words) if env.autoescape else words  # noqa: S704 - written with autoescape


def _mail_link(address: str) -> Markup:
    return Markup('<a href="mailto:{0}">{0}</a>').format(address)


def _portal_link(address: str) -> str:
    """An address of a call's portal, to be followed; words that are no address of the web stay words."""
    if not address.startswith(("https://", "http://")):
        return address
    return Markup('<a class="address" href="{0}">{0}</a>').format(address)


def _as_it_is(words: str) -> str:
    return words
