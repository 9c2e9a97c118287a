"""What every mail promises its reader, whoever wrote its words: we in our templates, or a city in its own.

Pure: each function looks at words and gives what is wrong with them, as sentences that say what to do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from html.parser import HTMLParser

import jinja2.meta
from babel.messages.catalog import Message
from pydantic import BaseModel

from mail.render import Rendered, one_line
from mail.translation import forms, long_date
from models.contracts.mail import Context, Language, TaskContext, TaskReminders

VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})
GIVEN_BY_RENDERING = frozenset(
    {"say", "words", "of_kind", "takes_replies", "because", "button", "list", "shown", "facts", "coming", "problems"}
    | {"applied", "time"}
    | {"subject", "quarter_name", "language", "_", "_trans"}
)
"""Names that a template has besides its context: imported words, and what rendering adds."""
EXAMPLES = 3
"""How many of the things that a mail lacks are told."""
OWN_SUBJECT = frozenset({"task_escalation"})
"""Mails about a task that have a subject of their own: they do not belong into the conversation about it."""
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_LEFT_OVER = re.compile(r"%\(\w*\)?|\{\{|\}\}|\{%|\bNone\b|\bUndefined\b|&#\d|&amp;|<!--")
_FACT = re.compile(r"\d|@|://")
_TELLING = re.compile(r"[A-ZÀ-Ý\s\d]")
_EDGES = ".,;:()[]«»“”"


class Page(HTMLParser):
    """What a browser finds in a mail: elements with their attributes, the words that are shown, what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.spoken: list[tuple[str | None, str]] = []
        """The language and the words of every piece of text."""
        self.unbalanced: list[str] = []
        self._languages: list[str | None] = []
        self._hidden = 0
        self._open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()
        self.unbalanced += [f"<{tag}> is not closed" for tag, _ in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
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
        """Close an element, and with it all that were left open inside."""
        if tag not in {opened for opened, _ in self._open}:
            self.unbalanced.append(f"</{tag}> closes nothing")
            return
        while True:
            opened, hides = self._open.pop()
            self._hidden -= hides
            self._languages.pop()
            if opened == tag:
                return
            self.unbalanced.append(f"<{opened}> is not closed before </{tag}>")

    def handle_data(self, data: str) -> None:
        """Keep words that are shown."""
        if not self._hidden and data.strip():
            self.spoken.append((self._languages[-1] if self._languages else None, data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of one name."""
        return [attributes for name, attributes in self.elements if name == tag]

    @cached_property
    def words(self) -> str:
        """All that is shown, in one line."""
        return flat(" ".join(words for _, words in self.spoken))


def flat(words: str) -> str:
    """Words with every run of blanks as one space."""
    return re.sub(r"\s+", " ", words)


def mail_faults(context: Context, written: Rendered) -> Iterator[str]:
    """What is wrong with one mail; its HTML as the templates say it (`mail.render.write_out`)."""
    page = Page(written.html)
    yield from subject_faults(context, written.subject)
    yield from left_over_faults(written, page)
    yield from html_faults(page, context.language)
    yield from fact_faults(context, written, page)
    yield from link_faults(context, written, page)


def subject_faults(context: Context, subject: str) -> Iterator[str]:
    """A subject is one line that says something; that of a task also says which, so that replies find back."""
    if not subject:
        yield "the subject is empty: say in one line what the mail is about"
    elif subject != one_line(subject):
        yield "the subject has several lines: write it in one"
    if isinstance(context, TaskContext) and f"[{context.task_reference}]" not in subject:
        yield "the subject lacks the reference of the task: write [{{ task_reference }}] into it"


def thread_faults(subjects: Mapping[str, set[str]]) -> Iterator[str]:
    """All mails in the conversation about one task have one subject, or mail programs take them apart.

    `subjects`: those of mails about one and the same task, by the mail's name.
    """
    said = {name: words for name, words in subjects.items() if name not in OWN_SUBJECT and words}
    if len(set[str]().union(*said.values())) > 1:
        shown = "; ".join(f"{name}: {', '.join(sorted(words))}" for name, words in said.items())
        yield f"the mails about one task have different subjects ({shown}): let all have the same"


def left_over_faults(written: Rendered, page: Page) -> Iterator[str]:
    """Nothing that was meant for the machine is left in what people read."""
    for place, words in (("subject", written.subject), ("text part", written.text), ("HTML", page.words)):
        if found := _LEFT_OVER.search(words):
            near = flat(words[max(found.start() - 20, 0) : found.end() + 20]).strip()
            yield f"“{found[0]}” is left in the {place}, near “{near}”: write it as the words it replaces do"


def html_faults(page: Page, language: Language) -> Iterator[str]:
    """The HTML is well formed, says its language, and has one title and one heading of the first level."""
    for unbalanced in page.unbalanced:
        yield f"in the HTML, {unbalanced}: close every element that is opened, in turn"
    if [element.get("lang") for element in page.all("html")] != [language]:
        yield 'the HTML does not say its language: begin it with <html lang="{{ language }}">'
    for tag, meaning in (("title", "title"), ("h1", "main heading")):
        if (count := len(page.all(tag))) != 1:
            yield f"the HTML has {count} of <{tag}>: it needs one {meaning}"


def fact_faults(context: Context, written: Rendered, page: Page) -> Iterator[str]:
    """Every address, code, number and date that the HTML shows is in the text part as well."""
    shown, text = page.words, flat(written.text)
    lacking = list(facts(shown) - facts(text))
    for value in leaves(context):
        said = long_date(value, context.language) if isinstance(value, date) else value
        # A code such as `ca` may stand by chance within another word.
        if isinstance(said, str) and _TELLING.search(said) and flat(said) in shown and flat(said) not in text:
            lacking.append(flat(said))
    if lacking:
        longest = sorted(set(lacking), key=lambda said: (-len(said), said))
        more = f" and {len(longest) - EXAMPLES} more" if len(longest) > EXAMPLES else ""
        told = ", ".join(f"“{said}”" for said in longest[:EXAMPLES])
        yield f"the text part lacks what the HTML shows, {told}{more}: say it in body.txt as well"


def facts(words: str) -> set[str]:
    """Every number, code, part of a date, address and URL of some words."""
    return {stripped for word in words.split() if _FACT.search(word) and (stripped := word.strip(_EDGES))}


def leaves(value: object) -> Iterator[object]:
    """Every single value of a context, however deep it lies."""
    if isinstance(value, BaseModel):
        value = [each for _, each in value]
    if isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def links_of(context: Context) -> list[str]:
    """The reader's ways in: one for each task of the mail; none in a mail that only tells."""
    if isinstance(context, TaskReminders):
        return [each.link for each in context.tasks]
    return [link] if (link := dict(context).get("link")) else []


def link_faults(context: Context, written: Rendered, page: Page) -> Iterator[str]:
    """The reader's link stands alone in a line of the text part, and can be followed in the HTML."""
    followed = {anchor.get("href") for anchor in page.all("a")}
    for link in links_of(context):
        if link not in written.text.split():
            yield "the text part lacks the reader's link: write {{ link }} in a line of its own"
        if link not in followed:
            yield 'the HTML lacks the reader\'s link: write <a href="{{ link }}">'


def sentence_faults(message: Message) -> Iterator[str]:
    """A translation is whole, and has the placeholders of its source; `message`: one entry of a .po file."""
    sources, said = forms(message.id), forms(message.string)
    if message.fuzzy:
        yield "is marked “fuzzy”, so it is not used: take the mark away once it is right"
    if len(said) != len(sources) or not all(said):
        yield f"says {sum(map(bool, said))} of {len(sources)} forms: write every msgstr"
        return
    expected = [frozenset(_PLACEHOLDER.findall(form)) for form in sources]
    for form in said:
        if frozenset(_PLACEHOLDER.findall(form)) not in expected:
            shown = " ".join(f"%({name})s" for name in sorted(expected[-1])) or "no placeholder"
            yield f"has other placeholders than its source: keep {shown}, letter by letter"
        elif "%" in _PLACEHOLDER.sub("", form).replace("%%", ""):
            yield "has a single “%”: write “%%” where the reader shall see one"
        if "<" in form:
            yield "has “<”: a sentence is plain words, without HTML"


def name_faults(env: jinja2.Environment, source: str, names: Iterable[str]) -> Iterator[str]:
    """A template uses only what its mail has; `names`: the fields of its context.

    Raises:
        jinja2.TemplateSyntaxError: it is no template.

    """
    unknown = jinja2.meta.find_undeclared_variables(env.parse(source)) - GIVEN_BY_RENDERING - {*names}
    for name in sorted(unknown):
        yield f"uses “{name}”, which this mail does not have: there are {', '.join(sorted(names))}"
