"""Reads lines that name no item: as many bare values as there are items, or a word for all of them or for the rest."""

import re
from collections.abc import Sequence
from unicodedata import normalize

from mail.inbound.answer_lines import figure_in, plain_line
from mail.inbound.courtesy import is_courtesy, without_courtesies
from mail.inbound.gathering import Reply
from mail.inbound.overall import Overall, overall
from mail.inbound.plain import fold, letter_by_letter, seen
from mail.inbound.remarks import DATE
from mail.inbound.short_answers import short_answer
from mail.inbound.spoken import read_bare, zero
from models.contracts.answering import Reading
from models.contracts.inbound import AskedEntry

_SENTENCE = 3
"""Lines over which a word for all items may be broken."""
_HEADING = re.compile(r"[^0-9?]{1,80}:\s*")
"""Words over answers that say nothing themselves: `Turisme:`."""
_IN_ORDER = re.compile(
    r"(?:(?:us|os|te|et|vos) (?:passo|paso|envio) )?(?:(?:els|los|las|les|the) )?(?:valors |valores |values |valeurs "
    r"|dades |datos |xifres |cifras |figures )?(?:per|por|en|in|dans|seguint|siguiendo|following) "
    r"(?:(?:l'|(?:el|the|le|mateix|mismo|meme|same|vostre|vuestro|su|your) )*)(?:ordre|orden|order)"
    r"(?: (?:dels|de los|de la|del|of the|des|de) (?:indicadors|indicadores|indicators|indicateurs|llista|lista|list"
    r"|correu|correo|mail|courriel|taula|tabla|table))?"
)
"""What says of bare values below that they follow ours."""
_AS_OF = re.compile(rf"(?:a|al|au|on|as of|en|a fecha|a data|a dia|a fecha de|a data de) {DATE.pattern}\s?[:,]?\s")


def read_first_words(reply: Reply) -> None:
    """Take `Sí, encantats` as the first words of a reply to a task with one question that has to be answered."""
    needed = [entry for entry in reply.asked if entry.required]
    if len(needed) != 1 or not needed[0].question:
        return
    (entry,) = needed
    first = next(((number, line) for number, line in reply.said if seen(line).strip() and not is_courtesy(line)), None)
    if first is None or first not in reply.loose:
        return
    reading = short_answer(entry, without_courtesies(plain_line(first[1])))
    if reading is not None and all(given.piece.entry is not entry for given, _ in reply.found):
        reply.add(entry, reading, *first)
        reply.loose.remove(first)


def read_loose_lines(reply: Reply) -> None:
    """Take what position or a word for all tells, when nothing else is said; what is left was not understood."""
    alone = not reply.found and not reply.unread
    if alone and (_read_column(reply) or _read_overall(reply)):
        return
    for number, line in reply.loose:
        if not _HEADING.fullmatch(line):
            reply.not_read(number, line, "not_understood")


def _read_column(reply: Reply) -> bool:
    """As many bare values as there are items, one a line."""
    loose = [(number, line) for number, line in reply.loose if not _IN_ORDER.fullmatch(fold(line).strip(" .,:;"))]
    if not loose or len(loose) != len(reply.asked):
        return False
    values = [
        (entry, read_bare(entry, _bare(reply, entry, line), reply.language))
        for entry, (_, line) in zip(reply.asked, loose, strict=True)
    ]
    if not all(reading for _, reading in values):
        return False
    for (entry, reading), (number, line) in zip(values, loose, strict=True):
        reply.add(entry, reading, number, line)
    return True


def _bare(reply: Reply, entry: AskedEntry, line: str) -> str:
    """A line of a value; where only one item is asked for, words may lead to it: `la dada és 128`."""
    text = plain_line(line)
    if len(reply.asked) > 1:
        return text
    text = without_courtesies(text)
    dated = _AS_OF.match(letter_by_letter(normalize("NFC", text)))
    return figure_in(text[dated.end() :] if dated else text, entry)


def _read_overall(reply: Reply) -> bool:
    """`tots a zero`, `todo igual`: the same for every item; those for which it means nothing stay unread."""
    loose = reply.loose
    if not 0 < len(loose) <= _SENTENCE or loose[-1][0] - loose[0][0] >= len(loose):
        return False
    number, line = loose[0][0], " ".join(line.strip() for _, line in loose)
    meaning = overall(plain_line(line), len(reply.asked))
    if meaning:
        _say_of(reply, reply.asked, meaning, number, line)
    return meaning is not None


def read_rest(reply: Reply) -> None:
    """What is said of all items that are left, unless something was not understood that may be said of them."""
    if reply.rest is None:
        return
    number, line, meaning = reply.rest
    if not reply.found or any(unread.code is None for _, unread in reply.unread):
        reply.not_read(number, line, "not_understood")
        return
    codes = {unread.code for _, unread in reply.unread}
    named = {given.piece.entry.item_id for given, _ in reply.found}
    left = [entry for entry in reply.asked if entry.item_id not in named and entry.code not in codes]
    _say_of(reply, left, meaning, number, line)


def _say_of(reply: Reply, entries: Sequence[AskedEntry], meaning: Overall, number: int, line: str) -> None:
    typed = line.strip()
    senseless = meaning == "zero" and any(zero(entry, typed) is None for entry in entries)
    for entry in entries:
        match meaning:
            case "zero":
                reading = None if senseless else zero(entry, typed)
            case "same":
                reading = entry.previous.model_copy(update={"typed": typed}) if entry.previous else None
            case "nothing_to_report":
                reading = Reading(kind="nothing_to_report", typed=typed)
        if reading is None:
            reply.not_read(number, line, "no_previous" if meaning == "same" else "not_understood", entry)
        reply.add(entry, reading, number, line)
