"""Reads sentences that name an item and say its value: `pel que fa a l'indicador 1, hem acollit 104 delegacions`.

A sentence is read whole or not at all. Every item in it must be named beyond doubt and have one figure, or a word for
none; between the two stand only words that lead to a figure; nothing in it doubts, limits, compares or looks ahead.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mail.inbound.answer_lines import APOLOGY, WRONG, Names
from mail.inbound.numerals import NUMERALS
from mail.inbound.phrases import NOW
from mail.inbound.plain import letter_by_letter, seen, words
from mail.inbound.remarks import DATE, MONTH, changes_no_value
from mail.inbound.spoken import read_bare
from models.contracts.answering import Reading
from models.contracts.inbound import AskedEntry
from models.contracts.mail import Language

_LONGEST = 600
_WRAPPED = 45
"""Characters from which on a mail program may have broken a line."""
_END = re.compile(r"(?<=[.!?;…])\s+(?=[A-ZÀ-Ý¿¡])")

_NOUN = (
    r"(?:(?:indicador(?:s|es)?|indicators?|indicateurs?|numeros?|numbers?|num\.?|n ?[°º]\.?|punts?|puntos?|points?"
    r"|items?"
    r"|codi|codigo|code|pregunta|question)(?: (?:num(?:ero)?\.?|n ?[°º]\.?|number|no\.))?"
    r"|(?:valor|valeur|value|dada|dato|xifra|cifra|chiffre|figure|resposta|respuesta|reponse|answer)"
    r" (?:del|de l'|de la|du|of|for|to))"
)
_ITS_NUMBER = r"(?P<number>[0-9]{1,3})(?![0-9]|[.,/:-][0-9]| ?%)"
_BY_NOUN = re.compile(rf"\b{_NOUN} ?#?{_ITS_NUMBER}")
_ARE = (
    r"(?:es|son|est|sont|is|are|(?:ha|han) de ser|hauria de ser|(?:debe|deberia|deben|deberian) ser|should be|must be"
    r"|(?:doit|devrait) etre|ha sido|han sido|ha estat|han estat)"
)
_WROTE = (
    r"(?:puse|pusimos|ponia|puso|decia|escribi|vaig posar|vam posar|he posat|hem posat|havia posat|posava|deia"
    r"|vaig escriure|j'ai mis|j'avais mis|nous avons mis|i (?:put|wrote|said)|we (?:put|wrote|said))"
)
_OTHER = r"[0-9](?:[0-9.,  ]*[0-9])?(?: ?%)?"
_BY_ARTICLE = re.compile(
    r"\b(?:(?P<of>del|al|du|au|per al|para el|pour le|for|of|quant al|en el)|el|le|la|the) "
    rf"{_ITS_NUMBER}(?P<are>[,:]? (?:que |ja |ara |en |hi |ya )?(?:{_ARE}|{_WROTE})\b)?"
)
_DAY = re.compile(rf" ?(?:de |d'|of )?{MONTH.pattern}")
_FIGURE = re.compile(r"(?<![\w.,])[0-9](?:[0-9.,  '’]*[0-9])?(?![\w])")
_WORD = re.compile(r"[^\W\d_]+")
_NOT_THAT = re.compile(
    r",? ?(?:(?:i|y|et|and) )?(?:no|not|non|pas|et non|en lloc de|en vez de|en lugar de|au lieu de|instead of"
    r"|rather than)"
    r"(?: pas)? (?:(?:els?|los|les|the|de) )?[0-9](?:[0-9.,  ]*[0-9])?(?: ?%)?(?=$|[ .,;)!])"
)
_WHERE_IT_SAID = re.compile(
    rf"\b(?:(?:on|donde|la ou|ou|where) (?:(?:it|hi|es|se|il) )?\w+|{_WROTE}) (?:(?:un|una|a|el|que) )?{_OTHER},? "
    rf"(?:(?:i|y|et|and|but|pero|mais|quan|cuando) )?(?=(?:\w+ ){{0,2}}?(?:{_ARE}|ha de|hauria|debe|deberia|tiene que"
    r"|should|must|lire|il faut|doit|devrait|c'est|ce sont|it is|it's))"
)
"""The figure that is wrong: `on posava 15, ha de dir 17`, `puse 9 y son 19`."""
_LEADING = words(
    # around a figure: articles, prepositions, pronouns
    "a al als l el la els les lo los las le du de del dels d des en in i y et and of the to at on un una une uns que "
    "qui which s se n hi ho ha han he hem hemos has have had we our us nos nous ens vos os te li ai avons ont ils "
    "elles it its there here "
    # what was done
    "acollit acollides acogido recibido recibidas recibidos rebut rebudes rebuts accueilli accueillies recu recues "
    "received hosted welcomed fet fetes fets hecho hechas hechos realitzat realitzades realizado realizadas realise "
    "realisees effectue held done made carried out organised organized organitzat organizado organise celebrat "
    "celebrado comptabilitzem comptabilitzat contabilizado contabilizamos comptem contem contamos compte comptons "
    "comptabilise count counted tenim tingut tinguem tenemos tenido tuvimos hubo habido hagut arribat arribem llegado "
    "llegamos arrive atteint reached reach assolit alcanzado registrat registrado enregistre recorded registered "
    "participat participado participe participated signat firmado signe signed identificat identificado identifie "
    "identified format formado poseu poso posem posa posar pon poned ponemos poner mettez mettre consta "
    "constan figura sumen suma sumem total totals suman sumamos pugen puja sube ascienden asciende situa situem "
    "llevamos llevo portem porto porte duem sommes estem esta estan estamos queda stands stand stood "
    "amounts amount comes come went va van vam vem vaig ser haver fer es son est sont is are was were been be estat "
    "sido ete sera etre soit seria should must debe deberia hauria doit devrait dir decir say read dire "
    # how a value is called
    "valor valors valores value values valeur dada dades dato datos data figure figures chiffre xifra cifra resultat "
    "resultado result nombre numero number nivell nivel level taux rate grau grado degre degree compliment "
    "cumplimiento compliance percentatge porcentaje percentage pourcentage respecte avec amb con with per por pour "
    "para for pel nomes solo solament solamente only seulement exactament exactamente exactly concretament finalment "
    "finalmente finalement finally ja ya deja already now ara ahora maintenant aqui actualment actualmente currently "
    "correcte correcto correct correcta bo bueno bon favor please plait "
)
_FOLLOWING = words(
    "i y et and en in amb con avec with que qui ont han have hem hemos were was son sont es fetes fets hechas "
    "realitzades realizadas held au aux a ha a"
)
"""Words that may follow a figure and what it counts."""
_APOLOGY = re.compile(rf"(?:{APOLOGY.pattern})\w*")
_WRONG = re.compile(rf"(?:{WRONG.pattern})\w*")
_OF = words("de d del of du a al to on")
_SAID_OF_VALUES = words(
    "nomes solo solament solamente only seulement should hauria deberia devrait ser ara now dada dato dades datos "
    "data donnee donnees"
)
_NOW = re.compile(rf"\b(?:{NOW})\b|\b(?:a|al|au|on|as of|en|a fecha|a data|a dia)(?: de)? {DATE.pattern}")
_TELLING = 5
"""Letters by which a word is known again, and words after a figure that may say what it counts."""
_NONE_LONGEST = 14
_PER_CENT = re.compile(r" ?(?:%|(?:per cent|por ciento|pour cent|percent)\b)")
_UNIT = re.compile(r" [^\W\d_]+")
_NEXT = re.compile(r" ?([^\W\d_]+|%)")
_NO_LEAD = re.compile(r"[(\"«“=+*/]|-$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, the lines it stands on, and what it says of items.

    `readings` is None where it names items and is not understood; empty where it names none.
    """

    text: str
    first: int
    last: int
    readings: tuple[tuple[AskedEntry, Reading], ...] | None
    corrects: bool


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Where a sentence names an item. `certain`: by its code, or by a word that says that a number follows."""

    entry: AskedEntry
    start: int
    end: int
    certain: bool
    equated: bool = False
    """Whether a word like `is` follows."""


def read_sentences(
    lines: Sequence[tuple[int, str]], names: Names, numbers: dict[int, AskedEntry], language: Language, *, among: bool
) -> Iterator[Sentence]:
    """Read the sentences of adjacent lines. `among`: other lines of the reply name items by code or number."""
    for text, starts in _paragraphs(lines):
        sentences = [(start, end, _anchors(text[start:end], names, numbers)) for start, end in _ends(text)]
        known = among or any(anchor.certain for *_, anchors in sentences for anchor in anchors)
        for start, end, anchors in sentences:
            said = text[start:end]
            plain = letter_by_letter(said)
            named = [anchor for anchor in anchors if anchor.certain or anchor.equated or known]
            yield Sentence(
                text=said.strip(),
                first=_line_at(start, starts),
                last=_line_at(end - 1, starts),
                readings=_read(said, plain, named, language) if named else (),
                corrects=any(sign.search(plain) for sign in (APOLOGY, _NOT_THAT, _WHERE_IT_SAID)),
            )


def _line_at(place: int, starts: Sequence[tuple[int, int]]) -> int:
    return next(number for start, number in reversed(starts) if start <= place)


def _paragraphs(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Lines that a mail program may have broken, as one text, and where in it each of them begins."""
    text, before, width = "", 0, 0
    starts: list[tuple[int, int]] = []
    for number, line in lines:
        said = unicodedata.normalize("NFC", seen(line)).strip()
        if text and (number != before + 1 or width < _WRAPPED or len(text) > _LONGEST):
            yield text, starts
            text, starts = "", []
        text = f"{text} " if text else ""
        starts.append((len(text), number))
        text += said[:_LONGEST]
        before, width = number, len(line)
    if text:
        yield text, starts


def _ends(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _END.finditer(text):
        yield start, end.start()
        start = end.end()
    yield start, len(text)


def _anchors(said: str, names: Names, numbers: dict[int, AskedEntry]) -> list[_Anchor]:
    """Where items are named, from left to right; those that are not certain may be days of a month as well."""
    if len(said) > _LONGEST:
        return []
    codes = names.codes(said)
    plain = letter_by_letter(said)
    for code in codes:
        plain = plain[: code.start] + "\n" * (code.end - code.start) + plain[code.end :]
    found = [
        _Anchor(code.entry, code.start, code.end, certain=True)
        for code in codes
        if code.whole and said[code.start - 1 : code.start] != "["
    ]
    for pattern in (_BY_NOUN, _BY_ARTICLE):
        for match in pattern.finditer(plain):
            entry = numbers.get(int(match["number"]))
            start, end = match.start(), match.end("number")
            if entry is None or _DAY.match(plain, end) or any(one.start < end and start < one.end for one in found):
                continue
            if pattern is _BY_NOUN:
                found.append(_Anchor(entry, start, end, certain=True))
            elif match["of"] or match["are"]:
                found.append(_Anchor(entry, start, end, certain=False, equated=bool(match["are"])))
    return sorted(found, key=lambda one: one.start)


def _read(
    said: str, plain: str, anchors: Sequence[_Anchor], language: Language
) -> tuple[tuple[AskedEntry, Reading], ...] | None:
    """What a sentence says of each item in it; None if it is not clear of one of them."""
    if "?" in said or len({anchor.entry.item_id for anchor in anchors}) < len(anchors):
        return None
    plain = _blanked(_APOLOGY, plain)
    replaced = all(anchor.equated for anchor in anchors)
    for pattern in (_NOT_THAT, _WHERE_IT_SAID):
        replaced = replaced or pattern.search(plain) is not None
        plain = _blanked(pattern, plain)
    plain = _blanked(_WRONG, plain) if replaced else plain
    plain = _blanked(_NOW, plain)
    head = plain[: anchors[0].start]
    if any(char.isdigit() for char in head):
        return None
    if len(anchors) == 1 and not _WORD.search(plain, anchors[0].end):
        none = _none(anchors[0].entry, said[: anchors[0].start], head, language, last=False)
        return ((anchors[0].entry, none),) if none else None
    if not _is_plain_speech(head):
        return None
    readings: list[tuple[AskedEntry, Reading]] = []
    for place, anchor in enumerate(anchors):
        last = place + 1 == len(anchors)
        end = len(said) if last else anchors[place + 1].start
        segment = said[anchor.end : end], plain[anchor.end : end]
        read = _value(anchor.entry, *segment, language) or _none(anchor.entry, *segment, language, last=last)
        if read is None:
            return None
        readings.append((anchor.entry, read))
    return tuple(readings)


def _value(entry: AskedEntry, said: str, plain: str, language: Language) -> Reading | None:
    """The only figure of a stretch, with what it counts."""
    figures = list(_FIGURE.finditer(plain))
    if len(figures) != 1 or len(re.findall("[0-9]", plain)) != len(re.findall("[0-9]", figures[0][0])):
        return None
    if not _is_plain_speech(plain):
        return None
    (figure,) = figures
    named = {word[:_TELLING] for word in _WORD.findall(letter_by_letter(entry.name))}
    before = plain[: figure.start()]
    if _NO_LEAD.search(before.strip()) or not all(
        word in _LEADING or (len(word) >= _TELLING and word[:_TELLING] in named) for word in _WORD.findall(before)
    ):
        return None
    if before.strip() and _OF.issuperset(_WORD.findall(before)) and not re.search("[,:]", before):
        return None  # `indicador 3 de 12`
    ends = [figure.end()]
    sign = _PER_CENT.match(plain, figure.end())
    ends += [sign.end()] if sign else []
    while len(ends) <= _TELLING and (word := _UNIT.match(plain, ends[-1])):
        ends.append(word.end())
    for end in reversed(ends):
        read = read_bare(entry, said[figure.start() : end], language)
        if read is not None and read.number is not None:
            following = _NEXT.match(plain, end)
            return None if following and following[1] not in _FOLLOWING else read
    return None


def _none(entry: AskedEntry, said: str, plain: str, language: Language, *, last: bool) -> Reading | None:
    """A word for none, and around it only words that lead to a value, or to the next item."""
    words_said = list(_WORD.finditer(plain))
    if any(char.isdigit() for char in plain) or len(words_said) > _NONE_LONGEST:
        return None
    ends = [len(said)]
    for word in reversed(words_said if not last else []):
        if word[0] not in _LEADING:
            break
        ends.append(word.start())
    for word in words_said:
        for end in ends:
            read = read_bare(entry, said[word.start() : end].strip(" ,;:"), language)
            if read is not None and read.kind == "nothing_to_report":
                return read
        if word[0] not in _LEADING:
            return None
    return None


def _is_plain_speech(plain: str) -> bool:
    plain = _PER_CENT.sub(" ", plain)
    said = set(_WORD.findall(plain))
    return (
        not NUMERALS.keys() & said
        and not MONTH.search(plain)
        and changes_no_value(" ".join(_WORD.findall(plain)), allowed=_SAID_OF_VALUES)
    )


def _blanked(pattern: re.Pattern[str], plain: str) -> str:
    return pattern.sub(lambda found: " " * len(found[0]), plain)
