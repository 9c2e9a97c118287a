"""A story in words, in the reader's language; the sentences are in `templates/story`."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache

import jinja2
from babel.dates import format_date
from babel.lists import format_list

from mail.render import one_line, paragraph, underlined
from mail.translation import ROOT, babel_locale, environment, long_date
from models.contracts.mail import Language
from models.contracts.story import FreeDay, MailStory, Story

SAME_YEAR: dict[str, str] = {"ca": "EEEE, d MMMM", "es": "EEEE, d 'de' MMMM", "en": "EEEE d MMMM", "fr": "EEEE d MMMM"}
"""A day of the year that the story is in: `Monday 4 January`."""
GAPS = re.compile(r"\n{3,}")


def task_text(story: Story, language: Language) -> str:
    """The story of a task as plain text, as wide as a mail."""
    return _text(language, "task.txt", this_year=story.opens_on.year, story=story)


def mail_text(why: MailStory, language: Language) -> str:
    """Why a mail was written, as plain text."""
    return _text(language, "mail.txt", this_year=why.written_at.year, why=why)


def _text(language: Language, template: str, **told: object) -> str:
    text = _environment(language).get_template(template).render(**told)
    return GAPS.sub("\n\n", text).strip() + "\n"


@cache
def _environment(language: Language) -> jinja2.Environment:
    env = environment(ROOT / "templates" / "story", language, "story", html=False)
    env.filters |= {"one_line": one_line, "paragraph": paragraph, "underlined": underlined}
    env.filters |= {"clock": _clock, "inside": _inside, "short_date": _short_date}
    env.filters |= {"free_days": _free_days, "listed": lambda words: _listed(words, language)}
    return env


def _clock(moment: datetime) -> str:
    """`09:00`; in the zone the moment is in."""
    return f"{moment:%H:%M}"


def _inside(words: str) -> str:
    """Words to be quoted inside a sentence, which has a full stop of its own."""
    return one_line(words).removesuffix(".")


@jinja2.pass_context
def _short_date(context: jinja2.runtime.Context, day: date) -> str:
    """A day with its weekday; the year only where it is not the story's."""
    language: Language = context["language"]
    if day.year != context["this_year"]:
        return long_date(day, language)
    locale = babel_locale(language)
    if locale.language == "fr" and day.day == 1:  # only the first of a month is an ordinal in French
        return format_date(day, "EEEE d'er' MMMM", locale=locale)
    return format_date(day, SAME_YEAR[locale.language], locale=locale)


@jinja2.pass_context
def _free_days(context: jinja2.runtime.Context, days: Sequence[FreeDay]) -> str:
    """Free days as a list, each with its name where it is a town's own or the reader's language has it."""
    told = [
        f"{_short_date(context, free.day)} ({free.name})"
        if free.name and (free.local or context["language"] == "en")
        else _short_date(context, free.day)
        for free in days
    ]
    return _listed(told, context["language"])


def _listed(words: Iterable[str], language: Language) -> str:
    """`one, two and three`."""
    return format_list(tuple(words), locale=babel_locale(language))
