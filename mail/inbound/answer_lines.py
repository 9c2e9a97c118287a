"""Finds which item a line speaks of, by its code or number, and what stands there as its value."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mail.inbound.courtesy import is_courtesy, without_courtesies
from mail.inbound.phrases import NOW
from mail.inbound.plain import fold, seen, words
from mail.inbound.remarks import changes_no_value, corrected, parted
from models.contracts.inbound import AskedEntry

HEAD = 600
"""Characters of a line in which codes and numbers are looked for."""

_TOKEN = re.compile(r"[A-Za-z0-9]+")
_LAST_TOKEN = re.compile(r"([A-Za-z0-9]{1,20})[^A-Za-z0-9]{0,5}$")
_JOINT = re.compile(r"[\s\-\u2010-\u2015\u2212_./·]{1,3}")
_DASH = re.compile(r"[-\u2010-\u2015\u2212_]")
_LONGEST_CODE = 8
"""Parts of a code."""
_SHORTEST_END = 2
"""Parts at the end of a code that may stand for it."""
_CODE_PART = re.compile(r"[A-Za-z]{1,5}[0-9]{1,3}")
_LIKE_A_CODE = re.compile(
    r"(?<![\w-])[A-Za-z]{1,5}[0-9]{0,2}(?:[-\u2010-\u2015_][A-Za-z]{1,3}[0-9]{0,3}){2,6}(?<=[0-9])(?![\w-])"
)

_CALLED = (
    r"(?:(?:(?:per|pel|para|pour|for|a|al|en|de|del|el|la|le|the|els)\s|l['’]\s?){0,3}"
    r"(?:indicador(?:s|es)?|indicators?|indicateurs?|n[uú]m(?:ero)?\.?|n\.?\s?[º°o]\.?|n[º°]|#|punt|punto|point|[íi]tem"
    r"|pregunta|question|codi|c[oó]digo|code)?\s?(?:n[uú]m(?:ero)?\.?|n[o.]{0,2}\s?[º°]?|#)?\s?)"
)
_BY_NAME = re.compile(r"indica|n[uú]m|n\.?\s?[º°]|#|punt|point|tem|pregunta|question", re.IGNORECASE)
_LEADS_TO_A_FIGURE = re.compile(
    r"(?:(?:(?:us|et|te|os|le|vous)\s(?:passo|envio|env[ií]o|paso|transmets)\s|voici\s|here\sis\s)?(?:la\s|el\s|le\s"
    r"|the\s)?"
    r"(?:dada|dato|xifra|cifra|chiffre|figure|valor|valeur|value|resultat|resultado|result|total)"
    r"|és|es|is|est|són|son|sont|are|ha(?:n)?\s(?:sido|estat)|ont\sété|ha(?:ve|s)\sbeen|ara|ahora|now|finalment"
    r"|finalmente|finalement|en\stotal)(?:\s?[:=]\s?|\s)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"\s*(?P<called>{_CALLED})(?P<open>[(\[]?)(?P<number>[0-9]{{1,3}})"
    r"(?P<mark>\s?(?:=>?|→|->)|\s?[)\]]?\s?:|\s?[)\]](?:[.\-]|(?=[\s\d]|$))|\s?\.[-)]|\.(?=\s|$)|\s?[ªº°](?=[\s.:)-])"
    r"|\s?·|\s?(?P<dash>[-–—])(?=\s|[0-9])|,?\s(?P<verb>és|es|is|est|són|son|sont|are)(?=\s)|(?P<loose>,?\s)(?=\S))",
    re.IGNORECASE,
)
_AFTER = re.compile(r"(?:[\s|·;\"'`»”]|[.)\]](?=[\s=:;]|$))*(?:[-–—](?=\s))?(?:\s|=>?|:|→|->|\|)*")
_SIGN = re.compile(r"[=:)→]|->")
_EQUALS = re.compile(r"=|→|->")
_TIME = re.compile(r"[0-2]?[0-9]:[0-5][0-9](?![0-9])")
_PAIR = re.compile(
    rf"(?:^|(?P<parted>[;,/]|\s(?P<dash>[-–—])(?=\s))\s*|\s+(?:(?:i|y|and"
    rf"|et)\s+)?){_CALLED}(?P<number>[0-9]{{1,3}})\s?(?:=>?|→|->|[:)](?=\s))\s*",
    re.IGNORECASE,
)
_OPERATORS = ("+", "-", "*", "x")
_CORRECTED = re.compile(
    r"\s*(?:perd[oó]n?|correcci[oó]n?|correction|rectific\w*|sorry|pardon|errat(?:um|a|es)?|d[ée]sol[ée]e?)"
    r"\s?[,:;.!-]+\s*",
    re.IGNORECASE,
)
_LEAD = re.compile(r"([^=?]{2,120}?)\s?:\s+(?=\S)")
"""Words before answers on the same line: `De moment: 1 = 3, 2 = 1`."""
_NOW = re.compile(rf"{NOW}(?:,? (?:us|et|te|os|vos|le|les|vous) (?:passo|passe|paso|envio|envie|puc dir|puedo decir))?")
APOLOGY = re.compile(
    r"\b(?:perdo|correc|correg|corrig|rectifi[cq]|sorry|pardon|desole|disculp|excus|apolog|fe d'errates|fe de erratas"
    r"|errat(?:a|um)\b)"
)
WRONG = re.compile(r"\b(?:equivoc|error|erreur|erron|trompe|mistake|wrong|incorrect|malament|mal\b)")
_GROUP = re.compile(
    r"(?:(?:(?:els|los|las|les|the)\s)?(?:indicadors|indicadores|indicators|indicateurs|n[uú]meros|numbers|numéros"
    r"|punts"
    r"|puntos|points|[íi]tems)\s)?"
    r"(?P<numbers>[0-9]{1,3}(?:\s?,\s?[0-9]{1,3}){0,40}?(?:\s?,?\s(?:i|y|et|and|&)\s[0-9]{1,3}"
    r"|(?:\s?,\s?[0-9]{1,3}){2}))"
    r"\s?(?:=|:|→)\s*(?P<written>[^0-9\s].*|0)",
    re.IGNORECASE,
)
"""Several items that share a value: `7, 8 i 9: res a comunicar`."""
_COUNT_OF = re.compile(r"(?:(?:el|la|le|the|los|las) )?(?:nombre|numero|number|total) (?:total )?(?:d'|de |of )")
_WORDS_OF_A_NAME = 3
_NEARLY = 0.6
"""How much of a name is enough to know it by, where no other name begins like it."""
_BULLET = re.compile(r"[*•·●▪◦–—-]\s+")
_EMPHASIZED = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*]{1,200})(?<=\S)\1(?![\w*])")
_EMPHASIS = re.compile(r"(?<!\w)\*{1,3}(?=\w)|(?<=\w)\*{1,3}(?!\w)")
_CONNECTED = re.compile(r"(?:[\s,;/|]|\b(?:i|y|and|et)\b)+$", re.IGNORECASE)
_FILLERS = words(
    "per pel para pour for a al en de del l el la le the els indicador indicadors indicadores indicator indicateur "
    "num numero n o no punt punto point item pregunta question codi codigo code valor value valeur resposta "
    "respuesta dada dato i y and et"
)
_DIGIT = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[^\W\d_]+")
_ROW_NUMBER = re.compile(r"[#n]?[º°.]?\s?([0-9]{1,3})\s?[.)ªº°]?", re.IGNORECASE)
_VALUE_COLUMNS = words(
    "valor valores valors value values valeur valeurs resposta respostes respuesta respuestas answer answers reponse "
    "reponses resultat resultado result dada dato"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """What a line says of one item. `written` stands after its name; nothing when the line only names it.

    `mark`: `=` where an equals sign or an arrow follows the name, `|` in a table, `-` where a dash follows that could
    mean a range as well, `:` in what is rather a time or a range, a blank where a blank is all that parts a bare number
    from the rest, `.` for whatever else parts the two, empty where nothing does. `by_code`: named by its code or its
    own words, else by number. `whole`: by a code with all of its parts but perhaps the first. `alone`: the line holds
    nothing else. `corrects`: it begins with an apology, and so counts instead of what was said before. `shared`: the
    line says the same of other items, too.
    """

    entry: AskedEntry
    written: str
    mark: str
    by_code: bool
    whole: bool = True
    alone: bool = False
    corrects: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code or number that is not asked for. `mark` as in `Piece`."""

    name: str
    written: str
    mark: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """An item is named, but among words that could mean anything."""

    entry: AskedEntry


Found = list[Piece | Unknown | Unclear]


@dataclass(frozen=True, slots=True)
class _Named:
    """Where in a text a code stands. `whole`: with all of its parts but perhaps the first."""

    entry: AskedEntry
    start: int
    end: int
    whole: bool


class Names:
    """The codes and numbers of the items that are asked for."""

    def __init__(self, asked: Sequence[AskedEntry]) -> None:
        self._numbers = {entry.number: entry for entry in asked}
        self._titles: dict[str, list[AskedEntry]] = {}
        for entry in asked:
            self._titles.setdefault(_title(entry.name), []).append(entry)
        self._parts: set[str] = set()
        self._begin: set[str] = set()
        self._codes: dict[str, tuple[AskedEntry, bool]] = {}
        ends: dict[str, list[tuple[AskedEntry, bool]]] = {}
        for entry in asked:
            if entry.question:
                continue  # nobody has seen its code
            parts = _TOKEN.findall(entry.code.upper())
            keys = [_key(part) for part in parts]
            self._parts.update(keys)
            for first in range(max(1, len(parts) - _SHORTEST_END + 1)):
                if first and any(part.isdigit() for part in parts[first:]):
                    continue  # `2.3` is no end of `PAM-1.2.3`, but a figure or a date
                for joint in ("-", ""):
                    ends.setdefault(joint.join(keys[first:]), []).append((entry, first <= 1))
        for end, entries in ends.items():
            if len({entry.item_id for entry, _ in entries}) == 1:
                self._codes[end] = entries[0]
                self._begin.add(end.partition("-")[0])

    def read(self, line: str, column: int | None = None) -> Found:
        """What a line says of items; nothing when it names none. `column`: where in a table the values stand."""
        if not _DIGIT.search(line):
            return self._by_name(plain_line(line)[:HEAD])
        text, corrects = without_courtesies(plain_line(line)), False
        if found := _CORRECTED.match(text[:HEAD]):
            text, corrects = text[found.end() :], True
        read = self._read(text, column)
        if not any(isinstance(one, Piece) for one in read) and (led := self._after_a_lead(text)):
            read, apology = led
            corrects = corrects or apology
        return [
            replace(one, corrects=True)
            if isinstance(one, Piece) and (corrects or (one.entry.unit != "text" and replaces(one.written)))
            else one
            for one in read
        ]

    def _read(self, text: str, column: int | None) -> Found:
        if cells := row(text):
            return self._row(cells, column)
        return self._by_code(text) or self._shared(text) or self._by_number(text) or self._by_name(text)

    def _after_a_lead(self, text: str) -> tuple[Found, bool] | None:
        """Answers after words that only announce them, or that say that something was wrong."""
        found = _LEAD.match(text[:HEAD])
        if not found:
            return None
        lead, rest = fold(found[1]), text[found.end() :]
        read = self._by_code(rest) or self._by_number(rest)
        pieces = [one for one in read if isinstance(one, Piece)]
        if not pieces or len(pieces) < len(read):
            return None
        if changes_no_value(lead) and (is_courtesy(found[1]) or _NOW.fullmatch(lead)):
            return read, False
        numbers = {str(one.entry.number) for one in pieces}
        if not numbers.issuperset(re.findall("[0-9]+", lead)):
            return None
        if APOLOGY.search(lead) or (WRONG.search(lead) and all(replaces(one.written) for one in pieces)):
            return read, True
        return None

    def read_broken(self, line: str, following: str) -> Found:
        """What two lines say of items together when a code is broken between them; else nothing."""
        last = _LAST_TOKEN.search(line[:HEAD])
        if not last or _key(last[1]) not in self._parts:
            return []
        text = plain_line(line)
        joined = f"{text} {seen(following).strip()}"
        if any(named.start < len(text) < named.end for named in self.codes(joined)):
            return self._by_code(joined)
        return []

    def codes(self, text: str) -> list[_Named]:
        """Every code of an asked item in a text, from left to right, whatever stands between its parts."""
        tokens = list(_TOKEN.finditer(text, 0, HEAD))
        found: list[_Named] = []
        first = 0
        while first < len(tokens):
            if _key(tokens[first][0]) not in self._begin:
                first += 1
                continue
            named, last = self._code_at(text, tokens, first)
            if named:
                found.append(named)
            first = last + 1
        return found

    def _code_at(self, text: str, tokens: Sequence[re.Match[str]], first: int) -> tuple[_Named | None, int]:
        """The longest code that begins with a token, and the last token that belongs to it."""
        key, best = "", None
        for last in range(first, min(first + _LONGEST_CODE, len(tokens))):
            if last > first and not _are_joined(text, tokens[last - 1], tokens[last]):
                break
            key += ("-" if key else "") + _key(tokens[last][0])
            if key in self._codes:
                best = last, *self._codes[key]
        if best is None:
            return None, first
        last, entry, whole = best
        start, end = tokens[first].start(), tokens[last].end()
        if _goes_on(text, tokens, first, last):
            return None, first
        return _Named(entry, start, end, whole), last

    def _by_code(self, text: str) -> Found:
        named = self.codes(text)
        if not named:
            like = _LIKE_A_CODE.search(text[:HEAD])
            if like and _only_names(text[: like.start()], None):
                return [Unknown(like[0], *_after(text[like.end() :]))]
            return []
        first = named[0]
        if not _only_names(text[: first.start], first.entry):
            return [Unclear(first.entry)]
        pieces: list[Piece] = []
        for place, name in enumerate(named):
            last = place + 1 == len(named)
            rest = text[name.end :] if last else text[name.end : named[place + 1].start]
            if not last:
                rest = _CONNECTED.sub("", _without_number(rest, named[place + 1].entry)[-HEAD:])
            if _DASH.match(rest) and rest[1:2].isdigit():
                return [Unclear(name.entry)]
            written, mark = _after(_without_name(rest, name.entry))
            written = figure_in(written, name.entry)
            alone = len(named) == 1 and _only_leads(f"{text[: name.start]} {rest}")
            pieces.append(Piece(name.entry, written, mark, by_code=True, whole=name.whole, alone=alone))
        if len(pieces) > 1 and not all(piece.written for piece in pieces):
            return [Unclear(first.entry)]
        return [
            Unclear(piece.entry)
            if not piece.mark and (not piece.whole or piece.entry.unit == "text") and piece.written
            else piece
            for piece in pieces
        ]

    def _by_number(self, text: str) -> Found:
        several = list(_PAIR.finditer(text, 0, HEAD)) if len(_SIGN.findall(text, 0, HEAD)) > 1 else []
        if len(several) > 1 and (pairs := self._pairs(text, several)):
            return pairs
        found = _NUMBERED.match(text[:HEAD])
        if not found:
            return []
        if found["open"] and found["mark"].strip() == ")" and text[found.end() : found.end() + 1].isdigit():
            return []  # `(96) 352...` without its space is a telephone
        called, loose = found["called"].strip(), found["loose"] is not None or found["verb"] is not None
        rest = text[found.end() :]
        if loose and not (_BY_NAME.search(called) if found["verb"] is None else called):
            blank = not called and not found["open"] and found["loose"] == " "
            entry = self._numbers.get(int(found["number"])) if blank else None
            return [Piece(entry, rest.strip(), " ", by_code=False)] if entry and entry.unit != "text" else []
        mark = "=" if _EQUALS.search(found["mark"]) else "" if loose else "-" if found["dash"] and not called else "."
        entry = self._numbers.get(int(found["number"]))
        if _TIME.match(text, found.start("number")) or (found["dash"] and rest[:1].isdigit()):
            return [Piece(entry, rest.strip(), ":", by_code=False)] if entry and not called else []
        if entry is None:
            return [Unknown(found["number"], rest.strip(), mark)]
        if loose and entry.unit == "text":
            return [Unclear(entry)]
        written, sign = _after(_without_name(rest, entry), dashes=mark != "=")
        mark = "=" if sign == "=" else mark
        return [Piece(entry, figure_in(written, entry), mark, by_code=False, alone=not _LETTERS.search(rest))]

    def _shared(self, text: str) -> Found:
        """Several items with one value, which may be a word or zero, but not a figure that could be their sum."""
        found = _GROUP.fullmatch(text[:HEAD])
        if not found:
            return []
        numbers = [int(number) for number in re.findall("[0-9]+", found["numbers"])]
        entries = [self._numbers[number] for number in numbers if number in self._numbers]
        if numbers != sorted({entry.number for entry in entries}):
            return []
        return [Piece(entry, found["written"], "=", by_code=False, shared=True) for entry in entries]

    def _by_name(self, text: str) -> Found:
        """An item's name, as copied from the mail, or so much of it that it can be no other."""
        name, colon, rest = text.partition(":") if ":" in text else text.partition("=")
        entry = self._named(name) if colon else None
        if entry is None:
            return []
        written, _ = _after(rest)
        return [Piece(entry, figure_in(written, entry), ".", by_code=True, whole=False)]

    def _named(self, name: str) -> AskedEntry | None:
        title = _title(name)
        entries = self._titles.get(title, [])
        if not entries and len(title.split()) >= _WORDS_OF_A_NAME:
            alike = [known for known in self._titles if _begins_alike(known, title)]
            near = alike if len(alike) == 1 and _is_nearly(alike[0], title) else []
            entries = [entry for known in near for entry in self._titles[known]]
        return entries[0] if len(entries) == 1 else None

    def _pairs(self, text: str, several: Sequence[re.Match[str]]) -> Found:
        """Several on one line: `1=12, 2=15; 3=nada`; nothing where they are but words of one answer."""
        entries = [self._numbers.get(int(pair["number"])) for pair in several]
        first = entries[0]
        if first is None or (first.unit == "text" and not all(pair["parted"] for pair in several[1:])):
            return []
        if several[0].start() != 0:
            return [Unclear(first)]
        found: Found = []
        for place, (pair, entry) in enumerate(zip(several, entries, strict=True)):
            end = several[place + 1].start() if place + 1 < len(several) else len(text)
            written = text[pair.end() : end].strip(" ;,/\u00a0")
            if written.endswith(_OPERATORS) or (pair["dash"] and "=" in pair[0]):
                return [Unclear(first)]
            if entry is None:
                found.append(Unknown(pair["number"], written, "="))
            else:
                found.append(Piece(entry, written, "=", by_code=False))
        return found

    def _row(self, cells: Sequence[str], column: int | None) -> Found:
        """A row of a table: one cell is the code or number of an item, one its value."""
        filled = [place for place, cell in enumerate(cells) if cell]
        if all("=" in cells[place] for place in filled):
            return self._by_number("; ".join(cells[place] for place in filled))
        coded = [place for place in filled if self.codes(cells[place])]
        numbered = _ROW_NUMBER.fullmatch(cells[filled[0]])
        if len(coded) == 1:
            typed = False
            (code, *more), cell = self.codes(cells[coded[0]]), cells[coded[0]]
            entry = code.entry
            if more or not _only_names(f"{cell[: code.start]} {cell[code.end :]}", entry):
                return [Unclear(entry)]
        elif coded or not numbered:
            return []
        elif int(numbered[1]) in self._numbers:
            entry, coded, typed = self._numbers[int(numbered[1])], filled[:1], True
        else:
            return [Unknown(numbered[1], "", "|")]
        if column is not None and column not in coded:
            return [Piece(entry, cells[column] if column < len(cells) else "", "|", by_code=True)]
        name = fold(entry.name)
        titled = [place for place in filled if name and name in fold(cells[place])]
        others = [
            place
            for place in filled
            if place not in coded
            and place not in titled
            and not (place < coded[0] and cells[place].strip(" .)") == str(entry.number))
        ]
        if not others:
            return [Piece(entry, "", "|", by_code=True)]
        value = cells[others[0]]
        if len(others) > 1 or others[0] + 1 < len(cells) or (not typed and _is_previous(value, entry)):
            return [Unclear(entry)]  # the column of the values is not known, and ours may be the last one filled
        return [Piece(entry, value, "|", by_code=True)]


def replaces(written: str) -> bool:
    """Whether a value says which one it stands for instead: `13, no 12`."""
    found = parted(written)
    return found is not None and corrected(found[1]) is not None


def _key(part: str) -> str:
    """A part of a code, in which people write O for zero and zero for O."""
    return part.upper().replace("0", "O")


def _title(name: str) -> str:
    """A name without the words with which most of them begin: `Nombre de`."""
    plain = re.sub(r"^[0-9]{1,3}[.)]\s?", "", fold(name)).strip(" .")
    lead = _COUNT_OF.match(plain)
    return plain[lead.end() :] if lead else plain


def _begins_alike(one: str, other: str) -> bool:
    return f"{one} ".startswith(f"{other} ") or f"{other} ".startswith(f"{one} ")


def _is_nearly(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _NEARLY * max(len(one), len(other))


def plain_line(line: str) -> str:
    """Without list marks, emphasis and what cannot be seen."""
    text = _EMPHASIS.sub("", _EMPHASIZED.sub(r"\2", seen(line))).strip()
    bullet = _BULLET.match(text)
    return text[bullet.end() :] if bullet else text


def row(line: str) -> list[str]:
    """The cells of a line that is a row of a table; none of another line."""
    parted = line.replace("\t", "|")
    if "|" not in parted:
        return []
    parted = parted.strip(" ")
    if parted.startswith("|") and parted.endswith("|"):
        parted = parted[1:-1]
    cells = [cell.strip() for cell in parted.split("|")]
    return cells if sum(map(bool, cells)) > 1 else []


def value_column(line: str) -> int | None:
    """Which column of a table holds the values, if a line is the row of headings that says so."""
    if "|" not in line and "\t" not in line:
        return None
    columns = [place for place, cell in enumerate(row(plain_line(line))) if fold(cell) in _VALUE_COLUMNS]
    return columns[0] if len(columns) == 1 else None


def _goes_on(text: str, tokens: Sequence[re.Match[str]], first: int, last: int) -> bool:
    """Whether what looks like a code is only the beginning or the end of a longer one, or of a word."""
    start, end = tokens[first].start(), tokens[last].end()
    if text[start - 1 : start].isalnum() or text[end : end + 1].isalnum():
        return True
    if _DASH.match(text, end) and text[end + 1 : end + 2].isalpha():
        return True
    if first == 0:
        return False
    gap = text[tokens[first - 1].end() : start]
    joined = _JOINT.fullmatch(gap) is not None
    return joined and (_DASH.fullmatch(gap) is not None or _CODE_PART.fullmatch(tokens[first - 1][0]) is not None)


def _after(rest: str, *, dashes: bool = True) -> tuple[str, str]:
    """What stands after a name, and the mark between the two."""
    found = _AFTER.match(rest)
    if not found or (not dashes and re.match(r"\s*[-–—]", rest)):
        return rest.strip(), ""
    gap = found[0]
    return rest[len(gap) :].strip(), "=" if _EQUALS.search(gap) else "." if re.search(r"[^\s)\]]", gap) else ""


def figure_in(written: str, entry: AskedEntry) -> str:
    """Without words that only lead to a figure: `és 128`, `la dada és: 128`."""
    left = written
    while entry.unit in ("count", "percent") and (lead := _LEADS_TO_A_FIGURE.match(left)):
        left = left[lead.end() :]
    return left if left[:1].isdigit() else written


def _are_joined(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two parts may belong to one code; two figures with a blank between them do not."""
    gap = text[one.end() : other.start()]
    return _JOINT.fullmatch(gap) is not None and not (gap.isspace() and one[0].isdigit() and other[0].isdigit())


def _only_names(around: str, entry: AskedEntry | None) -> bool:
    """Whether what stands around a code only leads to it: the item's number and name, `indicador`, a bracket."""
    left = fold(around)
    if entry is not None and entry.name:
        left = left.replace(fold(entry.name), " ")
        begun = re.sub(r"^\W*[0-9]{1,3}\W+|\W+$", "", left)
        if len(begun.split()) >= _WORDS_OF_A_NAME and fold(entry.name).startswith(begun):
            return True
    left = re.sub(r"(?<![0-9])[0-9]{1,3}(?![0-9])" if entry is None else rf"\b{entry.number}\b", " ", left, count=1)
    return not re.search(r"[0-9?=]", left) and _only_leads(left)


def _only_leads(around: str) -> bool:
    return _FILLERS.issuperset(_LETTERS.findall(fold(around)))


def _without_number(rest: str, following: AskedEntry) -> str:
    """Without the number of the next item, which stands before its code: `... 12, 4 · CODE`."""
    found = re.search(rf"(?:^|[\s,;])({following.number}\s?[·.):-]?\s?[\[(]?\s?)$", rest)
    return rest[: found.start(1)] if found else rest


def _without_name(rest: str, entry: AskedEntry) -> str:
    """Without the item's own name at its beginning, or as much of it as stands before the end of the line."""
    lead = rest.lstrip(" \t:;.-–—·|[]()")
    name = fold(entry.name)
    if _LETTERS.search(lead) and f"{name} ".startswith(f"{fold(lead)} "):
        return ""
    if not name or not fold(lead[: len(entry.name) + 20]).startswith(name):
        return rest
    # Folding may change lengths, so the end of the name is looked for.
    end = next((end for end in range(1, min(len(lead), len(name) + 20) + 1) if fold(lead[:end]) == name), 0)
    return lead[end:].lstrip() if end else rest


def _is_previous(cell: str, entry: AskedEntry) -> bool:
    """Whether a cell repeats what was said last time, as our own mails do."""
    previous = entry.previous.number if entry.previous else None
    return previous is not None and re.sub(r"\D", "", cell) == re.sub(r"\D", "", str(previous))
