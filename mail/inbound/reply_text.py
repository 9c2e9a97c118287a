"""Parts the text of a reply: what its writer says, and what they reply to.

Every step looks at each line a fixed number of times, so that time grows with the length of the text and no faster.
"""

import re
from collections.abc import Sequence

from mail.inbound.plain import fold, seen
from mail.inbound.signatures import ANSWER, without_signature
from models.contracts.inbound import Split

CHARACTERS = 200_000
LINES = 5_000
_SPAN = 3
"""Lines over which the sentence before a quote can be wrapped: `On Monday X wrote:`."""
_SPAN_LONGEST = 600
_WRAPPED = 60
"""Characters of a quoted line that a mail program may have broken, so that its rest stands alone on the next line."""
_REST_LONGEST = 45

_QUOTED = re.compile(r"\s{0,8}> ?")
_WEEKDAY = (
    r"(?:dl|dt|dc|dj|dv|ds|dg|dilluns|dimarts|dimecres|dijous|divendres|dissabte|diumenge|lun|mar|mie|jue|vie|sab|dom"
    r"|lunes|martes|miercoles|jueves|viernes|sabado|domingo|mon|tue|wed|thu|fri|sat|sun|\w{3,6}day|lundi|mardi|mercredi"
    r"|jeudi|vendredi|samedi|dimanche)(?:[.,]| [0-9])"
)
_BEGINS = re.compile(
    rf"(?:-{{1,5}} ?)?(?:(?:el|le|on)\b|(?:a|al|em|en) (?=[0-9]|{_WEEKDAY})|{_WEEKDAY}"
    r"|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}\b)"
)
_WROTE = re.compile(r"\b(?:va escriure|ha escrit|escrigue|escribio|ha escrito|wrote|a ecrit)\b")
_WROTE_LAST = re.compile(rf"(?:{_WROTE.pattern}|\b(?:escriu|escribe|writes|ecrivait)) ?:")
_MOMENT = re.compile(r"[0-9]{1,2} ?[:.h] ?[0-9]{2}|\b(?:19|20)[0-9]{2}\b|[0-9]/[0-9]")
_MESSAGE_OF = re.compile(r"(?:missatge|mensaje|message) (?:de|d'|citat|citado|from)\b")
_ENDS_WITH_TIME = re.compile(r"[0-9]{1,2} ?[:.h] ?[0-9]{2}(?: ?[ap]\.? ?m\.?)? ?:")
_DATE_FIRST = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}\b")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.")
_SOMEBODY = re.compile(r"\ben/na\b|^(?:quoting|citant|citando)\b")

_SEPARATOR = re.compile(
    r"[-_─*\s]*(?:missatge|mensaje|message|mail|correu|correo|e-mail) ?"
    r"(?:original|d'origine|reenviat|reenviado|transfere|reexpedie|rebut)[-_─*\s]*"
    r"|[-_─*\s]{2,}(?:original|forwarded) (?:message|mail|e-mail|appointment)[-_─*\s]*"
    r"|(?:begin forwarded message|inici del missatge reenviat|comenca el missatge reenviat|inicio del mensaje reenviado"
    r"|comienzo del mensaje reenviado|debut du message (?:reexpedie|transfere)) ?:"
)
_SEPARATOR_LONGEST = 80
_MARKED = re.compile(r"[-_─*]")
_RULE = re.compile(r"[_─]{5,}|-{10,}")
_LABELS = {
    "from": "from|de|d'|expeditor|remitente|expediteur",
    "sent": "sent|enviat|enviat el|enviats|enviado|enviado el|enviados|envoye|envoye le|data d'enviament",
    "date": "date|data|fecha",
    "to": "to|per a|per|a|para",
    "cc": "cc|a/c|c/c|copia|copie",
    "subject": "subject|assumpte|tema|asunto|objet|sujet",
}
_KINDS = {label: kind for kind, labels in _LABELS.items() for label in labels.split("|")}
_LABEL = re.compile(r"\*{0,2}([a-z/'][a-z/' ]{0,18}?) ?\*{0,2} ?:")
_INLINE = re.compile(r"(?:^|\s)\*{0,2}([a-z/']{1,9}(?: el| a)?) ?\*{0,2} ?:(?=\s)")
_BLOCK = 3
"""Different labels that make a block of them."""
_BLOCK_LONGEST = 24
_BETWEEN = 5
"""Lines that may stand between two labels: wrapped addresses, empty lines."""


def split_reply(text: str) -> Split:
    """Part a text. Empty lines within what was said are kept: they part paragraphs.

    Quotes lose the first `>` of each line only, so that what was quoted before stays apart from what was replied to.
    Lines that a mail program writes over a quote count as quoted. What is beyond the limits is not looked at.
    """
    lines = text[:CHARACTERS].split("\n")[:LINES]
    plain = [fold(line[:_SPAN_LONGEST]) for line in lines]
    quoted = _find_quotes(lines, plain)
    said: list[tuple[int, str]] = []
    start = 0
    for number in range(len(lines) + 1):
        if number < len(lines) and not quoted[number]:
            continue
        stretch = lines[start:number]
        kept = without_signature(stretch, plain[start:number])
        said += _trimmed([(start + place + 1, line) for place, line in enumerate(stretch) if kept[place]])
        start = number + 1
    return Split(
        said=tuple(said),
        quoted=tuple((place + 1, _unquoted(line)) for place, line in enumerate(lines) if quoted[place]),
    )


def _trimmed(stretch: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Without the empty lines around it."""
    full = [place for place, (_, line) in enumerate(stretch) if seen(line).strip()]
    return stretch[full[0] : full[-1] + 1] if full else []


def _unquoted(line: str) -> str:
    mark = _QUOTED.match(line)
    return line[mark.end() :] if mark else line


def _find_quotes(lines: Sequence[str], plain: Sequence[str]) -> list[bool]:
    quoted = [">" in line[:20] and _QUOTED.match(seen(line[:20])) is not None for line in lines]
    headed = _find_headings(plain, quoted)
    number = 0
    while number < len(lines):
        if number not in headed:
            number += 1
            continue
        end = headed[number]
        quoted[number:end] = [True] * (end - number)
        below = next((place for place in range(end, len(lines)) if plain[place]), len(lines))
        if below < len(lines) and not quoted[below]:
            # No marks under the heading: all that follows is the other mail.
            quoted[end:] = [True] * (len(lines) - end)
            break
        number = max(below, end)
    _rejoin(lines, plain, quoted)
    return quoted


def _rejoin(lines: Sequence[str], plain: Sequence[str], quoted: list[bool]) -> None:
    """The rest of a quoted line that was broken is quoted, too."""
    for number in range(1, len(lines) - 1):
        if (
            not quoted[number]
            and quoted[number - 1]
            and quoted[number + 1]
            and 0 < len(plain[number]) <= _REST_LONGEST
            and len(plain[number - 1]) >= _WRAPPED
            and not plain[number - 1].endswith(("]", ":", "=", ".", "?"))
            and not ANSWER.match(plain[number])
        ):
            quoted[number] = True


def _find_headings(plain: Sequence[str], quoted: Sequence[bool]) -> dict[int, int]:
    """What mail programs write over a quote, by its first line: the line after its last."""
    labels = [_labels(line) if ":" in line else set() for line in plain]
    headings: dict[int, int] = {}
    taken = 0
    for number, line in enumerate(plain):
        if quoted[number] or not line or number < taken:
            continue
        end = _separator(plain, quoted, labels, number) or _label_block(plain, quoted, labels, number)
        if end:
            headings[number] = taken = end
        elif (start := _attribution(plain, quoted, number, taken)) is not None:
            headings[start] = taken = number + 1
    return headings


def _attribution(plain: Sequence[str], quoted: Sequence[bool], last: int, first: int) -> int | None:
    """Where the sentence begins that ends in a line: `On ... X wrote:`; None if there is none.

    The shortest one counts, lest what was said just above is lost with it.
    """
    if not plain[last].endswith(":"):
        return None
    starts: list[tuple[int, str]] = []
    for start in range(last, max(first, last - _SPAN + 1) - 1, -1):
        if quoted[start] or not plain[start]:
            break
        starts.append((start, f"{plain[start]} {starts[-1][1]}" if starts else plain[start]))
    whole = next((start for start, sentence in starts if _is_attribution(sentence)), None)
    if whole is None and next((quoted[place] for place in range(last + 1, len(plain)) if plain[place]), False):
        return next((start for start, sentence in starts if _may_be_attribution(sentence)), None)
    return whole


def _is_attribution(sentence: str) -> bool:
    """Whether a sentence says who wrote what follows, and when or from where."""
    sentence = sentence[:_SPAN_LONGEST]
    if _MESSAGE_OF.match(sentence):
        return _ENDS_WITH_TIME.search(sentence[-16:]) is not None
    if not (_BEGINS.match(sentence) and (moment := _MOMENT.search(sentence) or _ADDRESS.search(sentence))):
        return False
    if _DATE_FIRST.match(sentence) and _ADDRESS.search(sentence):
        return True
    return bool(moment and (_WROTE.search(sentence) or _WROTE_LAST.search(sentence[-20:])))


def _may_be_attribution(sentence: str) -> bool:
    """Whether a sentence, right above a marked quote, says who wrote that."""
    return _SOMEBODY.search(sentence) is not None or _WROTE_LAST.search(sentence[-20:]) is not None


def _separator(plain: Sequence[str], quoted: Sequence[bool], labels: Sequence[set[str]], number: int) -> int | None:
    """A line such as `-----Original Message-----`, or a rule, with the block of labels under it."""
    line = plain[number]
    rule = _RULE.fullmatch(line) is not None
    named = (
        len(line) <= _SEPARATOR_LONGEST
        and bool(_MARKED.match(line) or line.endswith(":"))
        and _SEPARATOR.fullmatch(line)
    )
    if not rule and not named:
        return None
    below = next((place for place in range(number + 1, min(number + 4, len(plain))) if plain[place]), None)
    if below is not None and not quoted[below] and (end := _label_block(plain, quoted, labels, below)):
        return end
    return number + 1 if named else None


def _label_block(plain: Sequence[str], quoted: Sequence[bool], labels: Sequence[set[str]], first: int) -> int | None:
    """The line after a block of From, Sent, To and so on that begins in a line; None where there is no such block."""
    if not labels[first]:
        return None
    kinds: set[str] = set()
    end, between = first, 0
    for number in range(first, min(first + _BLOCK_LONGEST, len(plain))):
        if quoted[number] or ANSWER.match(plain[number]):
            break
        if labels[number] - kinds:
            kinds |= labels[number]
            end, between = number + 1, 0
            continue
        between += 1
        if number == first or between > _BETWEEN:
            break
    return end if len(kinds) >= _BLOCK and "from" in kinds else None


def _labels(line: str) -> set[str]:
    match = _LABEL.match(line)
    labels = {match[1]} if match else set()
    if match and line.count(":") > 1:
        labels |= set(_INLINE.findall(line))
    return {_KINDS[label] for label in labels if label in _KINDS}
