"""Reads what was typed into the quoted mail, into its block to fill in or between its lines."""

import re
from bisect import bisect_left

from mail.inbound.answer_lines import Piece, figure_in, plain_line
from mail.inbound.courtesy import without_courtesies
from mail.inbound.gathering import WRAPPED, Given, Reply, with_following
from mail.inbound.plain import fold, seen
from mail.inbound.spoken import read_bare, read_written, starts_a_reason
from models.contracts.answering import Reading
from models.contracts.inbound import AskedEntry

_NEAR = 3
"""Lines that may stand between the quoted name of an item and an answer written under it."""
_BLOCK_NUMBER = re.compile(r"\s*([0-9]{1,3})\s?[·.*•)-]?\s?")
_BLOCK_VALUE = re.compile(r"\s?=[ \t\u00a0]*")
_LABELLED = re.compile(
    r"\s*(?:[*_]{0,2})(?:resposta|respuesta|r[ée]ponse|answer)\s?[:=]+(?:[*_]{0,2})\s*", re.IGNORECASE
)


def read_block(reply: Reply) -> None:
    """Values that were typed into the block of the quoted mail: `3 · CODE = 128`."""
    given: Given | None = None
    before = 0
    for number, line, following in with_following(reply.quoted):
        if number <= before:
            continue
        found = _block_line(reply, line)
        if found is None and following and _BLOCK_NUMBER.match(line) and (both := f"{line} {following.strip()}"):
            found = _block_line(reply, both)
            line, before = (both, number + 1) if found else (line, before)  # noqa: PLW2901 - two lines are one
        if found:
            reply.take(given)
            given = Given(found, [found.written], number, line, "quoted", "likely")
        elif given and line.strip() and number == given.number + len(given.written):
            _go_on(reply, given, line)
        else:
            reply.take(given)
            given = None
    reply.take(given)
    _read_labelled(reply)


def _read_labelled(reply: Reply) -> None:
    """`Respuesta: 3` under the name of its item, where a mail program does not mark what it quotes."""
    under: AskedEntry | None = None
    away = 0
    names = dict(reply.listed)
    for number, line in reply.quoted:
        named = names[number]
        away = 0 if named else away + bool(line.strip())
        under = named[0].entry if len(named) == 1 else None if named else under
        label = _LABELLED.match(line)
        if under and label and away <= _NEAR:
            given = Given(Piece(under, "", "", by_code=True), [line[label.end() :]], number, line, "quoted", "likely")
            reply.take(given)


def _go_on(reply: Reply, given: Given, line: str) -> None:
    """A value under its name, or the rest of words that a mail program broke."""
    first = given.written == [""] and read_bare(given.piece.entry, plain_line(line), reply.language) is not None
    words = given.piece.entry.unit == "text" or starts_a_reason(given.written[0])
    if first or (words and given.written[0] and len(given.written[-1]) >= WRAPPED):
        given.written.append(line.strip())
        given.excerpt = f"{given.excerpt.rstrip()} {line.strip()}"


def _block_line(reply: Reply, line: str) -> Piece | None:
    """An item of the block: an indicator with its code, or a question with its words."""
    return _coded_line(reply, line) or _question_line(reply, line)


def _question_line(reply: Reply, line: str) -> Piece | None:
    numbered, (name, equals, written) = _BLOCK_NUMBER.match(line), line.partition("=")
    if not numbered or not equals:
        return None
    for entry in reply.asked:
        its_own = entry.question and entry.number == int(numbered[1])
        if its_own and fold(name[numbered.end() :]) == fold(entry.name):
            return Piece(entry, written.strip(), "=", by_code=True)
    return None


def _coded_line(reply: Reply, line: str) -> Piece | None:
    named = reply.names.codes(line)
    if len(named) != 1 or not named[0].whole:
        return None
    (code,) = named
    numbered = _BLOCK_NUMBER.fullmatch(line[: code.start])
    equals = _BLOCK_VALUE.match(line[code.end :])
    if not numbered or not equals or int(numbered[1]) != code.entry.number:
        return None
    return Piece(code.entry, line[code.end + equals.end() :].strip(), "=", by_code=True)


def read_between(reply: Reply) -> None:
    """A value alone on its line, right under the quoted lines that name its item."""
    names = [(number, named[0].entry) for number, named in reply.listed if len(named) == 1 and named[0].whole]
    if not names or not reply.loose:
        return
    lines = [number for number, _ in names]
    said = [number for number, line in reply.said if seen(line).strip()]
    quoted = [number for number, line in reply.quoted if line.strip()]
    under: list[tuple[int, str, AskedEntry, Reading, bool]] = []
    for number, line in reply.loose:
        place = bisect_left(lines, number) - 1
        here = bisect_left(said, number)
        above = said[here - 1] if here else 0
        below = said[here + 1] if here + 1 < len(said) else None
        between = bisect_left(quoted, number) - bisect_left(quoted, lines[place]) - 1 if place >= 0 else 0
        apart = below is None or bisect_left(quoted, below) > bisect_left(quoted, number)
        if place < 0 or above > lines[place] or between > _NEAR or not apart:
            continue
        entry = names[place][1]
        if reading := _under(reply, entry, plain_line(line)):
            single = len({one.item_id for at, one in names if above < at < number}) == 1
            under.append((number, line, entry, reading, single))
    proven = any(lines[-1] > number for number, *_ in under)
    taken = {number: (entry, reading) for number, _, entry, reading, single in under if single or proven}
    for number, line in reply.loose:
        if number in taken:
            reply.add(*taken[number], number, line)
    reply.loose = [(number, line) for number, line in reply.loose if number not in taken]


def _under(reply: Reply, entry: AskedEntry, text: str) -> Reading | None:
    """An answer right under its item: a bare value, or whatever follows `Resposta:`."""
    if label := _LABELLED.match(text):
        read = read_written(entry, text[label.end() :], reply.language)
        return read if isinstance(read, Reading) else None
    return read_bare(entry, figure_in(without_courtesies(text), entry), reply.language, named=True)
