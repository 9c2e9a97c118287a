"""What an automatic reply says of its writer's absence, in Catalan, Spanish, English or French.

Nothing is guessed: a day that can be read in two ways, or two that contradict each other, stay unknown.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from mail.inbound.plain import fold
from models.contracts.inbound import AwayNote, Opened

_MAX_LINES = 60
_MAX_CHARACTERS = 4_000
_MAX_EXCERPT = 300
_MAX_CONTACTS = 5

# All patterns are matched against plain letters in lower case: no accents, one kind of apostrophe, single spaces.
_ABSENT = re.compile(
    r"\bfora (?:de l'oficina|del despatx|de la feina)|\bestare fora\b|\bsoc fora\b|\bde vacances\b"
    r"|\bno hi (?:soc|sere)\b|\bbaixa (?:medica|laboral|maternal|per )|\besti?c de baixa"
    r"|\bpermis de (?:mater|pater|naix)"
    r"|\bfuera de (?:la|mi) oficina|\bfuera del despacho|\bestare fuera\b|\bde vacaciones\b|\bestoy de baja"
    r"|\bbaja (?:med|mat|lab|por )|\bpermiso de (?:mater|pater|naci)"
    r"|\bout of (?:the |my )?office\b|\bout of town\b|\b(?:am|be|is|are) (?:currently )?away\b|\bon leave\b"
    r"|\b(?:annual|sick|parental|maternity|paternity) leave\b|\bon (?:vacation|holidays?)\b"
    r"|\ben conges?\b|\bconge (?:annuel|mat|pat|par)|\bhors du bureau\b"
    r"|(?<!en l')(?<!en )(?<!in the )(?<!in )\b(?:absent(?:e|s|es)?|ausente?s?|absencia|ausencia|absence)\b"
)
_LEFT = re.compile(
    r"\bja no (?:hi )?(?:treball|form)[oae]|\b(?:he|ha) deixat de treballar|\b(?:m'he|s'ha) jubilat"
    r"|\bya no (?:trabaj|form)[oa]|\b(?:he|ha) dejado de trabajar|\b(?:me he|se ha) jubilado|\bya no presta"
    r"|\bno longer (?:with|works?|working|employed)\b|\b(?:have|has) retired\b"
    r"|\b(?:have|has) left (?:the |our )?(?:organi[sz]ation|company|(?:city )?council|city|department|team)\b"
    r"|\bne fai[ts] plus partie|\bne travaille plus|\ba quitte (?:la|le|l'|notre|ses|son)|\bj'ai quitte"
    r"|\bn'est plus en poste"
)
_QUOTED_MAIL = re.compile(r"\s*-{3,}.{0,60}-{3,}\s*|\s*_{10,}\s*")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")

_MONTHS = (
    "gener gen enero ene january jan janvier janv",
    "febrer febr feb febrero february fevrier fevr",
    "marc marzo mar march mars",
    "abril abr april apr avril avr",
    "maig mayo may mai",
    "juny junio jun june juin",
    "juliol julio jul july juillet juil",
    "agost ag agosto ago august aug aout",
    "setembre set septiembre sep sept september septembre",
    "octubre oct october octobre",
    "novembre nov noviembre november",
    "desembre des diciembre dic december dec decembre",
)
_MONTH_OF = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}
_MONTH = "(?:" + "|".join(sorted(_MONTH_OF, key=len, reverse=True)) + ")"
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er|re|r|n|t|o|a|e)?"
_YEAR = r"(?:,? (?:de |del |of |d')?(?P<{}>20\d\d)\b)?"
_MONTHS_OF_A_YEAR = 12
_DATE = re.compile(
    r"\b(?P<iso>20\d\d-\d\d-\d\d)\b"
    r"|(?<![\d/.-])(?P<one>\d{1,2})(?P<mark>[/.-])(?P<two>\d{1,2})(?:(?P=mark)(?P<end>(?:20)?\d\d))?(?![\d/-]|\.\d)"
    rf"|\b{_DAY.replace('(', '(?P<day>', 1)} (?:de |d'|of |del )?(?P<month>{_MONTH})\b\.?{_YEAR.format('year')}"
    # Only in English does the month come first.
    rf"|\b(?P<first_month>{_MONTH})\.? (?:the )?{_DAY.replace('(', '(?P<then_day>', 1)}\b(?!:)"
    rf"{_YEAR.format('then_year')}"
)
_WEEKDAY = re.compile(
    r"\b(?:dilluns|dimarts|dimecres|dijous|divendres|dissabte|diumenge|lunes|martes|miercoles|jueves|viernes|sabado"
    r"|domingo|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche),? (?=(?:dia |the )?[<\d])"
)
# Below, `<n>` stands for the n-th date of the text, and a bare number for a day of the other date's month.
_LEAD = r"(?:(?:el|al|le|au|la|the|on|dia|proper|proximo|prochain|next) |a l'|l'){0,4}"
_ONE = r"<(\d+)>"
_EITHER = rf"(?:<(\d+)>|{_DAY}\b)"


@dataclass(frozen=True, slots=True)
class _Phrases:
    """How a language says from when to when, until when, and back when; each with its dates as groups."""

    range: re.Pattern[str]
    until: re.Pattern[str]
    back: re.Pattern[str]
    month_may_come_first: bool


_LANGUAGES = (
    _Phrases(
        range=re.compile(
            rf"\b(?:del|des del?|desde|entre|de|du) {_LEAD}{_EITHER},? ?"
            rf"(?:-|–|al?|fins al?|fins|hasta|i|y|et|jusqu'au|au) ?{_LEAD}{_EITHER}"
        ),
        until=re.compile(rf"\b(?:fins al?|fins|hasta|jusqu'(?:a|en)?) ?{_LEAD}{_ONE}"),
        back=re.compile(
            r"\b(?:tornare|retornare|torno|tornada|(?:re)?incorpor\w+|vuelvo|volvere|vuelta|regres\w+|retorn\w*|retour"
            r"|reviens|reviendrai|rentre|rentrerai|reprend\w+|disponibles? (?:de nou|de nuevo|a partir|a nouveau))\b"
            rf"[^<.!?\d]{{0,50}}{_ONE}"
        ),
        month_may_come_first=False,
    ),
    _Phrases(
        range=re.compile(
            rf"\b(?:from|between) {_LEAD}{_EITHER},? ?(?:-|–|to|and|until|till|through|up to) ?{_LEAD}{_EITHER}"
        ),
        until=re.compile(rf"\b(?:until|till|through|up to) {_LEAD}{_ONE}"),
        back=re.compile(
            r"\b(?:(?<!get )(?<!come )back(?! to)|return(?:ing)?|available (?:again|from))\b"
            rf"[^<.!?\d]{{0,50}}{_ONE}"
        ),
        month_may_come_first=True,
    ),
)
_REACHABLE = re.compile(r"\b(?:disponib|availab|reachab|joignab|locali[tz]ab)\w*[^<.!?]{0,25}\Z")


@dataclass(frozen=True, slots=True)
class _Written:
    """A date as written. The year may be missing; a month above 12 or a day of the other order is caught later."""

    day: int
    month: int
    year: int | None = None
    in_figures: bool = False


def speaks_of_absence(opened: Opened) -> bool:
    """Whether subject or text say that the writer is away, or does not work there any more."""
    said = _folded(f"{opened.subject}. {_own_words(opened)}")
    return bool(_ABSENT.search(said) or _LEFT.search(said))


def read_away(opened: Opened, *, today: date) -> AwayNote:
    """What the writer of an automatic reply says of their absence. `today`: the day on which it came, at its place.

    "Until the 12th" makes the 12th the last day; "back on the 12th" the 11th. A day without its year is the next such
    day from `today` on; the first day the last such before the last day.
    """
    own_words = _own_words(opened)
    said = _folded(f"{opened.subject}. {own_words}")
    first_day, last_day = _days(said, today)
    known = {box.address for box in opened.senders} | set(opened.recipients)
    named = dict.fromkeys(address.lower() for address in _ADDRESS.findall(own_words))
    return AwayNote(
        first_day=first_day,
        last_day=last_day,
        left=_LEFT.search(said) is not None,
        contacts=tuple(address for address in named if address not in known)[:_MAX_CONTACTS],
        excerpt=" ".join(own_words.split())[:_MAX_EXCERPT],
    )


def _own_words(opened: Opened) -> str:
    """The text up to what it quotes."""
    own: list[str] = []
    for line in opened.text[:_MAX_CHARACTERS].split("\n")[:_MAX_LINES]:
        if _QUOTED_MAIL.fullmatch(line):
            break
        if not line.lstrip().startswith(">"):
            own.append(line)
    return "\n".join(own)


def _folded(text: str) -> str:
    return fold(text.replace("<", " ").replace(">", " "))


def _days(said: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last day of absence, each if it is known beyond doubt."""
    dates: list[_Written] = []

    def kept(match: re.Match[str]) -> str:
        dates.append(_written(match))
        return f"<{len(dates) - 1}>"

    said = _WEEKDAY.sub("", _DATE.sub(kept, said))
    ranges: set[tuple[date | None, date]] = set()
    until: set[date] = set()
    back: set[date] = set()
    for language in _LANGUAGES:
        order = language.month_may_come_first
        for match in language.range.finditer(said):
            first, last = _pair(match, [_sure(written, unsure=order) for written in dates])
            last_day = _next(last, today)
            if last_day:
                ranges.add((_latest(first, last_day), last_day))
        rest = language.range.sub(" ", said)
        for match in language.back.finditer(rest):
            day_back = _next(_sure(dates[int(match[1])], unsure=order), today)
            if day_back:
                back.add(day_back - timedelta(days=1))
        rest = language.back.sub(" ", rest)  # "not back until" says the same as "back on"
        for match in language.until.finditer(rest):
            last_day = _next(_sure(dates[int(match[1])], unsure=order), today)
            if last_day and not _REACHABLE.search(rest[: match.start()]):
                until.add(last_day)
    if ranges:
        return next(iter(ranges)) if len(ranges) == 1 else (None, None)
    days = until or back
    return None, days.pop() if len(days) == 1 else None


def _written(match: re.Match[str]) -> _Written:
    if match["iso"]:
        year, month, day = (int(part) for part in match["iso"].split("-"))
        return _Written(day, month, year)
    if match["one"]:
        # `3.5` and `3-5` without a year are more often something else: no date has the month 0.
        month = int(match["two"]) if match["end"] or match["mark"] == "/" else 0
        return _Written(
            int(match["one"]), month, 2000 + int(match["end"][-2:]) if match["end"] else None, in_figures=True
        )
    named_year = match["year"] or match["then_year"]
    month = _MONTH_OF[match["month"] or match["first_month"]]
    return _Written(int(match["day"] or match["then_day"]), month, int(named_year) if named_year else None)


def _sure(written: _Written, *, unsure: bool) -> _Written | None:
    """The date, if its day and month cannot be the other way round. `unsure`: in this language they can."""
    if not (unsure and written.in_figures) or written.day == written.month or written.day > _MONTHS_OF_A_YEAR:
        return written
    return _Written(written.month, written.day, written.year) if written.month > _MONTHS_OF_A_YEAR else None


def _pair(match: re.Match[str], dates: list[_Written | None]) -> tuple[_Written | None, _Written | None]:
    """The dates of a range; where one is only a day, it is of the other's month if that keeps their order."""
    first = dates[int(match[1])] if match[1] else None
    last = dates[int(match[3])] if match[3] else None
    if match[2] and last and int(match[2]) <= last.day:
        first = _Written(int(match[2]), last.month, last.year)
    if match[4] and first and int(match[4]) >= first.day:
        last = _Written(int(match[4]), first.month, first.year)
    return first, last


def _next(written: _Written | None, today: date) -> date | None:
    """The day that is meant; without a year the next one. None: unknown, or no such day."""
    if written is None:
        return None
    if written.year:
        return _date(written.year, written)
    day = _date(today.year, written)
    return day if day is None or day >= today else _date(today.year + 1, written)


def _latest(written: _Written | None, last_day: date) -> date | None:
    """The first day that goes with a last day: without a year, the latest before it."""
    if written is None:
        return None
    day = _date(written.year or last_day.year, written)
    if day and day > last_day:
        return None if written.year else _date(last_day.year - 1, written)
    return day


def _date(year: int, written: _Written) -> date | None:
    try:
        return date(year, written.month, written.day)
    except ValueError:
        return None
