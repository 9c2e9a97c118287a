"""Words, days and numbers in the reader's language, for mails and pages alike.

Source strings are English; `locale/<directory>/LC_MESSAGES/<domain>.po` holds the others and is read as it is,
so that no compiled file can be out of date. Valencian falls back to Catalan, string by string.

A city may have words of its own for mails, in a folder that `use_words` names when a process starts (docs/words.md).
They win over ours, sentence by sentence, and are read once.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import jinja2
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from models.contracts.mail import Language
from models.contracts.refusal import Refused

ROOT = Path(__file__).resolve().parent.parent
Domain = Literal["mail", "pages", "refusals", "report", "story"]

LANGUAGES: tuple[Language, ...] = ("ca", "ca-ES-valencia", "es", "en", "fr")
DIRECTORIES: dict[Language, tuple[str, ...]] = {
    "ca": ("ca",),
    "ca-ES-valencia": ("ca@valencia", "ca"),
    "es": ("es",),
    "en": (),
    "fr": ("fr",),
}
"""Where each language's words are looked for, in this order."""
OWN_FILES: dict[Language, tuple[Language, ...]] = {
    "ca": ("ca",),
    "ca-ES-valencia": ("ca-ES-valencia", "ca"),
    "es": ("es",),
    "en": ("en",),
    "fr": ("fr",),
}
"""The same for a city's own words, by the names of its files."""


def N_(sentence: str) -> str:  # noqa: N802 - the name by which extraction finds sentences
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


CLOCKS: dict[str, str] = {
    "Europe/Brussels": N_("Brussels time"),
    "Europe/Madrid": N_("Madrid time"),
    "Atlantic/Canary": N_("Canary Islands time"),
}
"""Whose clock a deadline goes by; a zone that is not listed is called by its own name."""
_PO_LINE = re.compile(r'#.*|((msgctxt|msgid|msgid_plural|msgstr|msgstr\[[01]\])\s*)?"([^"\\]|\\.)*"|')
_DAY: dict[str, str] = {"ca": "EEEE, d MMMM 'de' y", "en": "EEEE d MMMM y"}
"""Where the usage of city halls differs from Babel's full form, which has `del 2027` and `Friday, 22`."""
_QUARTER: dict[str, str] = {"ca": "QQQQ 'de' y", "es": "QQQQ 'de' y", "en": "QQQQ 'of' y", "fr": "QQQQ y"}


@cache
def babel_locale(language: Language) -> Locale:
    """Babel's name for a language: Valencian has the dates and numbers of Catalan, English is European."""
    return Locale.parse({"ca-ES-valencia": "ca", "en": "en_GB"}.get(language, language))


class _Own:
    folder: Path | None = None


def use_words(folder: Path | None) -> None:
    """From now on mails are written in the words of this folder, where it has any; None: in ours."""
    _Own.folder = folder


def own_words() -> Path | None:
    """The folder of the city's own words for mails, if it has one."""
    return _Own.folder


def translations(language: Language, domain: Domain) -> NullTranslations:
    """The words of one language. English is the source; it has words of ours only for refusals that name a command.

    Raises:
        FileNotFoundError: a language has no file for the domain.
        Refused: a file of the city's own words cannot be read.

    """
    return _translations(language, domain, _Own.folder if domain == "mail" else None)


def our_translations(language: Language, domain: Domain) -> NullTranslations:
    """The words of one language without the city's own: what may stand in mails from before it had any."""
    return _translations(language, domain, None)


@cache
def _translations(language: Language, domain: Domain, own: Path | None) -> NullTranslations:
    directories = ("en",) if (language, domain) == ("en", "refusals") else DIRECTORIES[language]
    chain = [_words(directory, domain) for directory in directories]
    if own is not None:
        files = [(own / f"{name}.po", name) for name in OWN_FILES[language]]
        chain = [_compiled(read_own(file, name), domain) for file, name in files if file.is_file()] + chain
    for first, fallback in pairwise(chain):
        first.add_fallback(fallback)
    return chain[0] if chain else NullTranslations()


def _words(directory: str, domain: Domain) -> Translations:
    """One .po file, compiled in memory. Untranslated and fuzzy strings are left out, so they fall back."""
    path = ROOT / "locale" / directory / "LC_MESSAGES" / f"{domain}.po"
    with path.open("rb") as source:
        return _compiled(read_po(source, domain=domain), domain)


def written_words(path: Path, language: Language) -> Catalog:
    """One of a city's .po files as it is.

    Raises:
        Refused: it cannot be read as a .po file in UTF-8; the sentence names the file and, where known, the line.

    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        for number, line in enumerate(lines, start=1):
            # Babel would cut a letter off words whose quotes are missing.
            if not _PO_LINE.fullmatch(line.strip()):
                raise Refused(
                    f"{path}, line {number}: “{line.strip()}” cannot be read: write msgid or msgstr and one pair of "
                    'straight quotes (") around the words, with \\" for a quote among them.'
                )
        return read_po(lines, locale=babel_locale(language), abort_invalid=True)
    except (OSError, ValueError, PoFileError) as fault:
        raise Refused(f"{path} cannot be read: {fault}. It has to be a .po file in UTF-8.") from fault


def read_own(path: Path, language: Language) -> Catalog:
    """The sentences of one of a city's files that say something, with the plural rule of the language.

    Raises:
        Refused: see `written_words`.

    """
    written = written_words(path, language)
    own = Catalog(locale=babel_locale(language), domain="mail", charset="utf-8")
    for message in written:
        # A plural of which one form is empty would be said in English.
        if message.id and not message.fuzzy and all(forms(message.string)):
            own.add(message.id, message.string, lineno=message.lineno)
    return own


def forms(words: object) -> tuple[str, ...]:
    """The singular and the plurals of a source sentence or of a translation."""
    return tuple(words) if isinstance(words, tuple | list) else (str(words or ""),)


def _compiled(catalogue: Catalog, domain: Domain) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=domain)


@lru_cache(maxsize=4096)  # the mails of a day speak of the same few days
def long_date(day: date, language: Language) -> str:
    """`Friday 22 January 2027`, as the language writes it."""
    locale = babel_locale(language)
    if locale.language == "fr" and day.day == 1:  # only the first of a month is an ordinal in French
        return format_date(day, "EEEE d'er' MMMM y", locale=locale)
    return format_date(day, _DAY.get(locale.language, "full"), locale=locale)


def deadline_said(deadline: datetime, language: Language) -> str:
    """`Thursday 16 April 2026 at 17:00, Brussels time`; give the moment in the zone by whose clock it falls."""
    gettext, zone = translations(language, "mail").gettext, str(deadline.tzinfo)
    return gettext("%(day)s at %(hour)s, %(clock)s") % {
        "day": long_date(deadline.date(), language),
        "hour": f"{deadline:%H:%M}",
        "clock": gettext(CLOCKS[zone]) if zone in CLOCKS else zone,
    }


@lru_cache(maxsize=256)
def quarter_name(quarter: int, year: int, language: Language) -> str:
    """`4th quarter of 2026`, as the language writes it."""
    locale = babel_locale(language)
    return format_date(date(year, quarter * 3, 1), _QUARTER[locale.language], locale=locale)


_ARTICLES: dict[str, dict[str, str]] = {
    "ca": {"el ": "del ", "els ": "dels "},
    "fr": {"le ": "du ", "les ": "des "},
    "es": {},
}
_ELIDES = re.compile(r"(?!i[aeo])[aeiouhàáâäèéêëíîïòóôöúûü]", re.IGNORECASE)


def from_place(place: str, language: Language) -> str:
    """`from Bologna`, as the language joins the two: `de Bologna`, `d’Oslo`, `del Puig`, `du Havre`."""
    tongue = babel_locale(language).language
    if tongue not in _ARTICLES:
        return f"from {place}"
    for article, joined in _ARTICLES[tongue].items():
        if place.lower().startswith(article):
            return f"{joined}{place[len(article) :]}"
    return f"d’{place}" if tongue != "es" and _ELIDES.match(place) else f"de {place}"


def short_datetime(moment: datetime, language: Language) -> str:
    """Day and time as the language writes them; give the moment in the zone it shall be shown in."""
    return format_datetime(moment, "medium", tzinfo=moment.tzinfo, locale=babel_locale(language))


def number(value: Decimal | int, language: Language) -> str:
    """A number with the language's separators and all its decimals, no more."""
    return format_decimal(value, locale=babel_locale(language), decimal_quantization=False)


def percent(value: Decimal | int, language: Language) -> str:
    """A percentage from 0 to 100 with the language's sign and space: `87,5 %`, `87.5%`."""
    return format_percent(Decimal(value) / 100, locale=babel_locale(language), decimal_quantization=False)


def environment(folder: Path | Sequence[Path], language: Language, domain: Domain, *, html: bool) -> jinja2.Environment:
    """A Jinja environment that speaks one language. Costs about 13 ms: keep it, do not build it per mail.

    `folder`: where its templates are; of several, the first that has one wins.
    """
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=html,  # noqa: S701 - plain text is not escaped
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.policies["ext.i18n.trimmed"] = True
    loaded = translations(language, domain)
    env.install_gettext_translations(loaded, newstyle=True)  # type: ignore[attr-defined]
    env.filters["long_date"] = _spoken(long_date, language)
    env.filters["deadline"] = _spoken(deadline_said, language)
    env.filters["from_place"] = _spoken(from_place, language)
    env.filters["short_datetime"] = _spoken(short_datetime, language)
    env.filters["number"] = _spoken(number, language)
    env.filters["percent"] = _spoken(percent, language)
    env.globals["quarter_name"] = lambda quarter, year: quarter_name(quarter, year, language)
    env.globals["language"] = language
    return env


def _spoken(say: Callable[[Any, Language], str], language: Language) -> Callable[..., str]:
    """A filter of one language.

    It takes the context so that Jinja never works it out while it compiles: languages share what is compiled.
    """

    @jinja2.pass_context
    def spoken(_context: jinja2.runtime.Context, value: Any) -> str:
        return say(value, language)

    return spoken
