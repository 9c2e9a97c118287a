"""What people add to a value: `7 reunions (4 en línia)`, `sí, creat al juliol`, `13, no 12`.

A remark is left aside only where it cannot change what the value says; anything that doubts, limits, compares or adds
makes the whole line unread.
"""

import re
from decimal import Decimal

from mail.inbound.numerals import NUMERALS
from mail.inbound.phrases import LAST_TIME
from mail.inbound.plain import fold, words
from models.contracts.answering import Reading
from models.contracts.mail import Language
from models.policies.answers import read_number

HEAD = 200
"""Characters of a value with its remark that are looked at."""
_LONGEST = 400

_BEGINS = re.compile(
    r"\s*(?P<bracket>\()|(?P<comma>[,;])\s+|(?P<stop>[.!])\s+|\s(?P<dash>[-–—])\s+"
    r"|\s(?=(?:au\slieu\sde|en\s(?:lloc|comptes|vez|lugar)\sde|instead\sof|rather\sthan|(?:i|y|et"
    r"|and)\sno[nt]?)\s[0-9])",
    re.IGNORECASE,
)
_MONTHS = (
    r"(?:gener|enero|january|janvier|febrer|febrero|february|fevrier|marc|marzo|march|mars|abril|april|avril|maig|mayo"
    r"|may|mai|juny|junio|june|juin|juliol|julio|july|juillet|agost|agosto|august|aout|setembre|septiembre|september"
    r"|septembre|octubre|october|octobre|novembre|noviembre|november|desembre|diciembre|december|decembre)"
)
MONTH = re.compile(rf"\b{_MONTHS}\b")
DATE = re.compile(
    r"(?:(?<![0-9./-])(?:[0-3]?[0-9][/.-][01]?[0-9](?:[/.-](?:19|20)?[0-9]{2})?|(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9])"
    r"(?![0-9/-]|\.[0-9])"
    rf"|\b[0-3]?[0-9](?:er|r|n|st|nd|rd|th)?(?: de| d')? ?{_MONTHS}\b(?:(?: de[l]?)? 20[0-9]{{2}})?)"
)
_YEAR = re.compile(rf"(?:\b{_MONTHS}(?: de[l]?)? )?\b(?:19|20)[0-9]{{2}}\b")
_FIGURE = re.compile(r"[0-9]+(?:[.,' ][0-9]+)*")
_COUNTED = re.compile(r" ?(?:%|(?!(?:i|y|o|u|e|et|and|ou|or)\b)[^\W\d_])")
_INSTEAD_OF = re.compile(
    r"(?:(?:i|y|et|and) )?(?:no(?:n|t)?(?: pas)?|pas|en (?:lloc|comptes|vez|lugar) de|au lieu de|instead of"
    r"|rather than)"
    r" (?:(?:els?|los|las|les|the|de|d'|es|eren|eran) ?)?(?P<figure>[0-9][0-9.,' ]*[0-9]|[0-9])(?: ?%)?(?P<rest>$"
    r"|[ .,;(!].*)"
)
_COMPARED = re.compile(
    rf"\b(?:[0-9]+|una?|one) (?:mes|mas|more|plus|de plus|menys|menos|less|fewer|moins|de moins) (?:que|than|de|qu') ?"
    rf"(?:{LAST_TIME}|l'any passat|el ano pasado|last year|l'an(?:nee)? (?:dernier|derniere|passee))\b"
)
_REFUSING = words("no non not pas ne encara aun todavia encore yet cap ningun ninguna aucun aucune none")
_NOT_YET = words("previst prevista prevu prevue planned will sera seran estara")
_CHANGING = words(
    "o or ou oder potser quiza quizas tal maybe perhaps peut-etre peut crec creo creiem creemos croyons think "
    "believe crois suposo supongo suppose sembla parece semble seems uns unes unos unas about around environ quasi "
    "casi almost presque gairebe almenys minim minimo maxim maximo fins hasta until mes mas more plus menys menos "
    "moins less fewer pero but mais excepte excepto except sauf salvo llevat tret sense sin without sans falta "
    "falten faltan faltava manca manquen manque missing abans antes before avant era eren eran anterior anteriors "
    "anteriores passat passada passats pasado pasada dernier derniere last previous precedent any anys "
    "ano anos year years annee an mil mill mils miler milers miles mille vegades veces fois times si if cal hauria "
    "habria devrait deberia should error erreur wrong malament mal dobles duplicat segur seguro sure certain "
    "objectiu objetivo target objectif resta resto rest autres demas altres otros otras others quan cuando when "
    "quand lorsque vinent vinents proxim proxima proximo next prochain prochaine hors excloent excluyendo excluding "
    "nomes solo solament solamente unicament only seulement uniquement cada each every chaque falso fals segons "
    "segun igual idem entre between"
)
_OTHERS = words("resta resto rest reste autres demas altres otros otras others")
"""Items that a sentence of its own may speak of: `12. La resta, dijous.`"""
_OF_NONE = words("falta falten faltan manca manque fins hasta until any ano year annee")
_STEMS_OF_NONE = tuple(
    words(
        "previ prevu plan tramit propos prepar pend attent futur defini esborrany borrador draft ajorn aplaz postpon "
        "suspes suspend cancel anul annul revis"
    )
)
"""What explains why there is none, or not yet."""
_CHANGING_STEMS = tuple(
    words(
        "aprox provision estima previ prevu plan pend attent confirm valid revis defini parcial partial "
        "partiel trimest quarter semest cancel anul annul suspes suspend ajorn aplaz postpon report milio millo "
        "million thousand dotzen docen douzain centen acumul cumul correc correg corrig dubt duda doubt dout rebutj "
        "rechaz reject incomplet esborrany borrador draft futur propos prepar tramit dad dato data donnee calcul "
        "equivoc trompe mistake perdo sorry rectific setman seman week mensual monthly anual"
    )
)
_IS_DONE = re.compile(
    r"\b(?:des|desde|depuis|since|ja|ya|deja|already|vigent|vigente|vigor|fet|feta|hecho|hecha|done|fait|faite|existeix"
    r"|existe|exists|cree|creee|publiee?|signee?|adoptee?|approuvee?|approved|adopted|published|signed|created|set up"
    r"|(?:cre|aprov|aprob|public|sign|firm|implant|realitz|realiz|finalitz|finaliz|adopt|acab|termin|complet|activ"
    r"|constitu|defin)(?:at|ada|ats|ades|ado|ados|adas|it|ida|its|ides|ido|idos|idas))\b"
)
"""What says of a yes that it is so already; `sí, en curs` may as well be a no."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def parted(text: str) -> tuple[str, str, str] | None:
    """A value and the remark after it, with the sign that begins the remark; None where there is no remark."""
    found = _BEGINS.search(text[:HEAD])
    if not found or found.start() == 0 or len(text) > _LONGEST or ")" in text[: found.start()]:
        return None
    remark = text[found.end() :].strip()
    sign = found["bracket"] or found["comma"] or found["stop"] or found["dash"] or ""
    if sign == "(":
        inside, closed, after = remark.partition(")")
        if not closed or "(" in inside:
            return None
        remark = f"{inside} {after.strip(' .,;')}".strip() if not after.strip(" .,;") else f"{inside}; {after}"
    return (text[: found.start()], remark, sign) if _WORD.search(remark) else None


def corrected(remark: str) -> tuple[str, str] | None:
    """The figure that a value is said to replace, and what follows: `no 12`, `instead of 12`, `et non 51`."""
    found = _INSTEAD_OF.match(fold(remark))
    return (found["figure"], found["rest"].strip(" .,;!")) if found else None


def changes_nothing(read: Reading, remark: str, sign: str, language: Language) -> bool:
    """Whether a remark leaves a value as it is."""
    if instead := corrected(remark):
        figure = read_number(instead[0], language, whole=False)
        if read.number is None or not isinstance(figure, Decimal) or figure == read.number:
            return False
        remark = instead[1]
    plain = fold(remark)
    if "?" in plain or "=" in plain:
        return False
    undated = DATE.sub(" ", _COMPARED.sub(" ", plain))
    undated = _YEAR.sub(" ", undated) if read.number is None or sign == "(" else undated
    if read.yes and not _IS_DONE.search(plain) and DATE.sub("", plain) == plain:
        return False
    allowed = _OTHERS if sign == "." else frozenset[str]()
    return changes_no_value(undated, read, allowed) and _counts_parts(undated, read.number if sign != "." else None)


def changes_no_value(plain: str, read: Reading | None = None, allowed: frozenset[str] = frozenset()) -> bool:
    """Whether none of the words doubts, limits, compares or adds. `plain`: as `fold` leaves it."""
    if read is not None and read.kind == "value" and read.yes is None and MONTH.search(plain):
        return False  # perhaps only that month
    said = set(_WORD.findall(plain)) - allowed
    if read is not None and (read.yes is False or read.kind == "nothing_to_report"):
        said -= _REFUSING | _NOT_YET | _OF_NONE
        said = {word for word in said if not word.startswith(_STEMS_OF_NONE)}
    return not said & (_CHANGING | _REFUSING | _NOT_YET) and not any(word.startswith(_CHANGING_STEMS) for word in said)


def _counts_parts(plain: str, whole: Decimal | None) -> bool:
    """Whether every figure in a remark counts something, and no more than the whole."""
    numerals = [NUMERALS[word] for word in _WORD.findall(plain) if word in NUMERALS]
    figures = list(_FIGURE.finditer(plain))
    if whole is None:
        return not numerals and not figures
    if plain.strip(" .") in NUMERALS:
        return numerals[0] == whole
    return all(number <= whole for number in numerals) and all(
        figure[0].isdecimal() and Decimal(figure[0]) <= whole and _COUNTED.match(plain, figure.end()) is not None
        for figure in figures
    )
