"""How a page is made: its language, its template, its static files, and the notices that stand for an answer."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jinja2
from babel.dates import format_date, format_time
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from api.brand import brand
from api.desk_words import DESK
from api.mail_words import matter_words, problem_words
from api.messages import without_links
from api.sentences import SENTENCES
from mail.call_reasons import why_said
from mail.figures import figure
from mail.question_words import assignment_name, in_language
from mail.refusal_words import refusal_in
from mail.render import call_words
from mail.translation import LANGUAGES, ROOT, babel_locale, environment
from models.contracts.mail import Language
from settings import Settings
from store.task import reading_of

TEMPLATES = ROOT / "templates" / "pages"
STATIC = ROOT / "static"


class OwnWords(NamedTuple):
    """A language's name, and the words before it on its link, both in that language."""

    name: str
    change_to: str


OWN_WORDS: Mapping[Language, OwnWords] = {
    "ca": OwnWords("Català", "Canvia la llengua a"),
    "ca-ES-valencia": OwnWords("Valencià", "Canvia la llengua a"),
    "es": OwnWords("Castellano", "Cambiar el idioma a"),
    "en": OwnWords("English", "Change the language to"),
    "fr": OwnWords("Français", "Changer la langue :"),
}


def as_language(tag: str | None) -> Language | None:
    """One of our languages from a tag as people and browsers write it; None when it is none of them."""
    if tag is None:
        return None
    if tag.lower() in {"ca-es-valencia", "ca-valencia", "ca@valencia"}:
        return "ca-ES-valencia"
    return next((language for language in LANGUAGES if language == tag.lower().split("-")[0]), None)


def preferred_language(accepted: str) -> Language | None:
    """The first of our languages in an `Accept-Language` header, by its weights."""

    def weight(part: str) -> float:
        _, _, quality = part.partition(";q=")
        try:
            return float(quality or 1)
        except ValueError:
            return 0

    parts = [part.strip() for part in accepted.split(",")[:20]]
    tags = (part.partition(";")[0].strip() for part in sorted(parts, key=weight, reverse=True))
    return next((language for tag in tags if (language := as_language(tag))), None)


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def static(name: str) -> str:
    """The address of a static file; it changes with the file, so that browsers may keep it for ever."""
    return f"/static/{name}?v={_fingerprint(name)}"


@cache
def _environment(language: Language) -> jinja2.Environment:
    env = environment(TEMPLATES, language, "pages", html=True)
    env.filters["figure"] = lambda reading, unit: figure(reading, unit, language)
    env.filters["reading"] = reading_of
    env.filters["day"] = date.fromisoformat
    env.filters["digits"] = lambda day: f"{day.day}/{day.month}/{day.year}"
    env.filters["unlinked"] = without_links
    env.filters["sentences"] = sentences_of
    env.filters["hour"] = lambda moment: format_time(moment, "short", moment.tzinfo, babel_locale(language))
    env.filters["short_date"] = lambda day: format_date(day, "medium", locale=babel_locale(language))
    env.globals["static"] = static
    env.globals["own_words"] = OWN_WORDS
    env.globals["refusal"] = lambda sentence: refusal_in(sentence, language)
    env.globals["sentences"] = {**SENTENCES, **DESK}
    env.globals["in_language"] = lambda names: in_language(names, language)
    env.globals["why_said"] = lambda kept: why_said(kept, language)
    env.globals["step_name"] = lambda key: assignment_name({"key": key}, language)
    env.globals["unread"] = problem_words(language)
    env.globals["matter_words"] = matter_words(language)
    env.globals["call_words"] = lambda form: call_words(form.call, language, form.plan_language)
    return env


def sentences_of(reason: str) -> list[str]:
    """The sentences of the reason of a decision, without what they say in brackets."""
    return re.split(r"(?<=\.) ", re.sub(r" \([^)]*\)", "", reason))


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one application: whose they are, in which language, and how a language is remembered.

    `cookie` names the cookie that keeps a chosen language; each application has its own. `staff`: the office's own
    pages, which speak the office's language unless another is chosen, and then remember it everywhere.
    """

    settings: Settings
    cookie: str
    layout: str
    staff: bool = False

    def chosen(self, request: Request) -> Language | None:
        """The language somebody chose on this page or on an earlier one."""
        return as_language(request.query_params.get("lang")) or as_language(request.cookies.get(self.cookie))

    def language(self, request: Request) -> Language:
        """The language for a reader of whom nothing is known but their browser."""
        asked = None if self.staff else preferred_language(request.headers.get("accept-language", ""))
        return self.chosen(request) or asked or as_language(self.settings.coordinator_language) or "en"

    def page(
        self, request: Request, template: str, language: Language, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Render a page."""
        html = (
            _environment(language)
            .get_template(template)
            .render(
                layout=self.layout,
                **brand(self.settings),
                coordinator_name=self.settings.coordinator_name,
                coordinator_address=self.settings.coordinator_address,
                path=request.url.path,
                switches=_switches(request),
                **context,
            )
        )
        response = HTMLResponse(html, status, {"Content-Language": language, "Vary": "Accept-Language, Cookie"})
        if self.staff and "lang" in request.query_params:
            self.remember(response, language, "/")
        return response

    def remember(self, response: Response, language: Language, path: str) -> None:
        """Keep a chosen language for the pages below a path, until the browser is closed."""
        response.set_cookie(self.cookie, language, path=path, httponly=True, samesite="lax")

    def notice(
        self, request: Request, status: int, about: str, *, language: Language | None = None, back: str = ""
    ) -> HTMLResponse:
        """A page that says why there is nothing else to see. What was typed, if anything, is shown and kept.

        `back` is the address of the form to go back to, if there is one.
        """
        return self.page(
            request,
            "notice.html",
            language or self.language(request),
            status=status,
            about=about,
            back=back,
            office_url=self.settings.office_url if self.staff else "",
            kept=getattr(request.state, "pairs", ()),
        )


def _switches(request: Request) -> dict[Language, str]:
    """The address of this page in each language."""
    others = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    path = _read_at(request)
    return {language: f"{path}?{urlencode([*others, ('lang', language)])}" for language in LANGUAGES}


def _read_at(request: Request) -> str:
    """Where a page that answers a form can be read: empty for its own address, or else the next one above it."""
    app, path = request.scope.get("app"), request.url.path
    if app is None or request.method != "POST":
        return ""
    while path and not _is_page(app, request.scope, path):
        path = path.rpartition("/")[0]
    return "" if path == request.url.path else path or "/"


def _is_page(app: Starlette, scope: Scope, path: str) -> bool:
    reading = {**scope, "method": "GET", "path": path}
    return any(route.matches(reading)[0] is Match.FULL for route in app.routes)
