"""Reads what is said of all items of a task at once, of all but some, or of those that are left."""

import re
from itertools import islice
from typing import Literal

from mail.inbound.courtesy import is_name, without_courtesies
from mail.inbound.numerals import NUMERALS
from mail.inbound.phrases import NOTHING_PHRASE, NOTHING_WORD, PERIOD, SAME, SO
from mail.inbound.plain import fold, seen

Overall = Literal["zero", "same", "nothing_to_report"]
"""What can be said of all items of a task at once."""

_LONGEST = 300
_MOST = 6
"""Places of a line at which it may begin to speak of the rest."""
_ENDS = " \t\u00a0\u202f.,;:!…\"'«»“”’"
_INDICATORS = (
    r"(?:indicadors?|indicadores|indicators?|indicateurs?|valors|valores|values|valeurs|figures|xifres|cifras|chiffres"
    r"|dades|datos|data|donnees)"
)
_ARE = (
    r"(?:es|son|sont|are|is|est|estan|esta|segueix|segueixen|sigue|siguen|continua|remains?|reste|queda|queden|quedan)"
)
_ALL = (
    r"(?:tots?|totes|todo|todos|todas|all|everything|tout|tous|toutes)"
    rf"(?: (?:els|les|los|las|the|of them|ells|ellos"
    rf"|lo demas))?(?: (?P<all>\w+(?=(?: {_INDICATORS}))))?(?: {_INDICATORS})?"
    rf"(?: {_ARE})?"
)
_FOR_NONE = (
    r"(?:en|a|per a|de|for|in|pour|dans|sur) (?:cap|ningun[oa]?|any|aucune?|tots|todos|all|tous)"
    r"(?: (?:dels|de los|of the|of them|des|d'ells|de ellos|els|los))?"
    rf"(?: (?P<none>\w+))??(?: {_INDICATORS})?"
)
_ZERO = r"(?:0|zero|cero)(?:e?s)?"
_NOTHING = rf"{NOTHING_PHRASE}(?:[:,.;-]? {NOTHING_PHRASE})?"
_OVERALL: tuple[tuple[Overall, re.Pattern[str]], ...] = (
    ("zero", re.compile(rf"{SO}{_ALL}(?: (?:a|at|en))? {_ZERO}{PERIOD}")),
    ("zero", re.compile(rf"{SO}(?:0|zero|cero) (?:a|en|for|pour) {_ALL}")),
    ("same", re.compile(rf"{SO}{_ALL} {SAME}")),
    ("same", re.compile(rf"{SO}{SAME}(?: (?:a|en|for|pour) {_ALL})?")),
    ("nothing_to_report", re.compile(rf"{SO}{_NOTHING}{PERIOD}(?: {_FOR_NONE})?{PERIOD}")),
    ("nothing_to_report", re.compile(rf"{SO}{NOTHING_WORD} {_FOR_NONE}{PERIOD}")),
)
_REST = (
    r"(?:(?:i|y|et|and|en|per a|para|pour|for|de|a) ){0,2}"
    r"(?:(?:la|el|le|tota la|tot el|todo el|the|all the|tout le) rest[aeo]?|el reste|lo demas|todo lo demas|els? altres"
    r"|tots els altres|(?:los|las|todos los|todas las) demas|(?:los|las) otros|(?:tous )?les autres|(?:all )?the others"
    r"|everything else|all others)"
    rf"(?: (?:dels|de los|de las|of the|des|d'|de))?(?: ?{_INDICATORS})?(?: {_ARE})?"
)
_MEANINGS: tuple[tuple[Overall, str], ...] = (
    ("zero", rf"(?:(?:tots?|totes|todos?|todas|all|tout|tous) )?(?:(?:a|at|en) )?{_ZERO}"),
    ("same", rf"(?:(?:tots?|totes|todos?|todas|all|tout|tous) )?{SAME}"),
    ("nothing_to_report", f"(?:{NOTHING_PHRASE}|{NOTHING_WORD})"),
)
_OF_THE_REST = tuple(
    (meaning, re.compile(rf"{_REST}(?:\s?[:,=-]| -)? ?(?:{phrase}){PERIOD}|{SO}(?:{phrase})(?:,? {_REST})"))
    for meaning, phrase in _MEANINGS
)
_BEFORE_THE_REST = re.compile(
    r"(?:^|[,;.:]\s+|\s(?:i|y|et|and)\s+)(?=(?:(?:i|y|et|and)\s)?(?:(?:en|per a|para|pour|for)\s)?"
    r"(?:la resta|tota la resta|tot el reste|el resto|todo el resto|el reste|le reste|tout le reste|the rest"
    r"|all the rest"
    r"|lo dem[aá]s|todo lo dem[aá]s|els altres|tots els altres|los dem[aá]s|todos los dem[aá]s|las dem[aá]s|los otros"
    r"|les autres|tous les autres"
    r"|the others|all the others|everything else|all others)\b|(?:res|nada|nothing|rien)\b)",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"[\s,;:(]+(?:excepte|exceptuant|excepto|exceptuando|except(?:\sfor)?|salvo|salvat|sauf|llevat\sd['’]|llevat\sde"
    r"|tret\sde|tret\sd['’]|menys|menos|fora\sde|hormis|apart\sfrom|but|à\spart|a\spart)[\s:,]*",
    re.IGNORECASE,
)


def overall(written: str, asked: int) -> Overall | None:
    """What a line says of all items at once: `tots a zero`, `todo igual`, `nothing to report for any indicator`.

    `asked`: how many there are; whoever speaks of all three of five means something else.
    """
    plain = fold(_unsigned(without_courtesies(written[:_LONGEST]))).strip(_ENDS)
    for meaning, phrase in _OVERALL:
        if found := phrase.fullmatch(plain):
            counted = [found[group] for group in ("all", "none") if group in phrase.groupindex and found[group]]
            return meaning if all(NUMERALS.get(word) == asked for word in counted) else None
    return None


def of_the_rest(line: str) -> tuple[str, Overall] | None:
    """A line without what it says, at its end, of all items that are left: `3 = 5, la resta res`; and what that is."""
    text = seen(line[: _LONGEST * 2]).rstrip()
    for found in islice(_BEFORE_THE_REST.finditer(text), _MOST):
        plain = fold(without_courtesies(text[found.end() :])).strip(_ENDS)
        for meaning, phrase in _OF_THE_REST:
            if len(plain) <= _LONGEST and phrase.fullmatch(plain):
                return text[: found.start()], meaning
    return None


def of_all_but(line: str, asked: int) -> tuple[str, Overall] | None:
    """What stands after `all at zero, except`, and what is said of the others."""
    found = _BUT.search(line[:_LONGEST])
    meaning = overall(line[: found.start()], asked) if found else None
    return (line[found.end() :], meaning) if found and meaning else None


def _unsigned(text: str) -> str:
    """Without the name of the writer at its end: `Rien à signaler. Amélie`."""
    said, stop, last = text.rstrip(" .").rpartition(". ")
    return said if stop and is_name(last) else text
