"""Reads the lines of a reply that name items by code, number or name, and the lines that go on with their words."""

import re
from collections.abc import Sequence
from typing import TypeGuard

from mail.inbound.answer_lines import Found, Piece, Unclear, Unknown, figure_in, plain_line, value_column
from mail.inbound.courtesy import is_courtesy
from mail.inbound.gathering import WRAPPED, Given, Reply, with_following
from mail.inbound.plain import seen
from mail.inbound.remarks import parted
from mail.inbound.spoken import is_a_reason, read_bare, starts_a_reason
from models.contracts.inbound import Certainty

_MOST = 2_000
"""Values and lines that are not understood; whoever sends more sends no answer."""
_BROKEN = 60
"""Characters from which on a sentence may have been broken, so that its rest looks like `3. ...`."""

_ENDED = re.compile(r"[.:;,!?…]\s*$")
_ENDED_SAYING = re.compile(r"[.!)…]\s*$")
_CUT = re.compile(r"\[[^\[\]]*$")
"""A code in brackets that goes on in the next line."""
_THOUSANDS = re.compile(r"[0-9]{3}")


def read_named_lines(reply: Reply) -> None:
    """Take what is said of named items; what names none is left as loose."""
    _NamedLines(reply).read()


class _NamedLines:
    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._doubtful: list[Given] = []

    def read(self) -> None:
        """Lines that name items by code or number, and the lines that go on with their words."""
        given: Given | None = None
        awaiting: Piece | None = None
        column: int | None = None
        listing = False
        before = 0
        for number, line, following in with_following(self._reply.said):
            if number <= before:
                continue  # read together with the line above
            if len(self._reply.found) + len(self._reply.unread) > _MOST:
                self._reply.not_read(number, line, "too_long")
                break
            if number != before + 1 or not seen(line).strip():
                self._reply.take(given)
                given, awaiting, listing = None, None, False
                column = column if number == before + 1 else None
            before = number
            if not seen(line).strip():
                continue
            if (heading := value_column(line)) is not None:
                self._reply.take(given)
                given, column = None, heading
                continue
            found, excerpt = self._found_in(line, following, column)
            before = number if excerpt == line else number + 1
            if found and given and _only_numbers(found):
                found = []
            elif found and given:
                listing = listing or self._begins_a_list(found, given)
                found = [] if listing and _is_weak(found) else found
            elif found and _is_weak(found) and self._goes_on(number):
                found = []
            if found:
                self._reply.take(given)
                listing = False
                given, awaiting = self._take_line(number, excerpt, found)
            elif given and not is_courtesy(line) and (_may_go_on(given) or is_a_reason(line)):
                given.written.append(line.strip())
                given.width = len(line)
            else:
                self._reply.take(given)
                given = None
                text = figure_in(plain_line(line), awaiting.entry) if awaiting else ""
                if awaiting and read_bare(awaiting.entry, text, self._reply.language):
                    self._reply.take(Given(awaiting, [text], number, line, "said", _certainty(awaiting)))
                else:
                    self._reply.loose.append((number, line))
                awaiting = None
        self._reply.take(given)
        self._take_doubtful()

    def _found_in(self, line: str, following: str, column: int | None) -> tuple[Found, str]:
        """What a line says, and that line; both lines where a code is broken between the two."""
        found = self._reply.names.read(line, column)
        cut = _CUT.search(line) or not any(isinstance(one, Piece) for one in found)
        if cut and following and (broken := self._reply.names.read_broken(line, following)):
            return broken, f"{line.rstrip()} {following.strip()}"
        return found, line

    def _take_line(self, number: int, line: str, found: Found) -> tuple[Given | None, Piece | None]:
        """Take what a line says; give back what may go on in the next line, and the item whose value may follow."""
        shared = [one for one in found if isinstance(one, Piece) and one.shared]
        if shared and not all(read_bare(one.entry, one.written, self._reply.language, named=True) for one in shared):
            self._reply.not_read(number, line, "not_understood", shared[0].entry)
            return None, None
        for place, one in enumerate(found):
            match one:
                case Unclear():
                    self._reply.not_read(number, line, "not_understood", one.entry)
                case Unknown() if one.mark in ("=", "|") or not one.name.isdecimal() or one.written[:1].isdigit():
                    self._reply.not_read(number, line, "unknown_code")
                case Unknown():
                    self._reply.loose.append((number, line))
                case Piece():
                    given = Given(one, [one.written], number, line, "said", _certainty(one), len(line))
                    last = place + 1 == len(found)
                    if not one.written:
                        if one.alone and last:
                            return None, one
                    elif one.mark in ("-", ":", " "):
                        self._doubtful.append(given)
                    elif last and (one.entry.unit == "text" or starts_a_reason(one.written) or _breaks_off(given)):
                        return given, None
                    else:
                        self._reply.take(given)
        return None, None

    def _begins_a_list(self, found: Found, given: Given) -> bool:
        """Whether numbers begin again within the words of an item, and so count something of the writer's own."""
        if given.piece.entry.unit != "text" or not _is_weak(found):
            return False
        one = found[0]
        if isinstance(one, Unknown):
            return int(one.name) <= given.piece.entry.number
        answers = read_bare(one.entry, one.written, self._reply.language, named=True) is not None
        announced = given.written[-1].rstrip().endswith(":")
        return one.entry.number <= given.piece.entry.number and (announced or not answers)

    def _goes_on(self, number: int) -> bool:
        """Whether a line ends a sentence that the line above began: `... on the` / `3. of May`."""
        if not self._reply.loose or self._reply.loose[-1][0] != number - 1:
            return False
        above = self._reply.loose[-1][1]
        return len(above) >= _BROKEN and not _ENDED.search(above) and not is_courtesy(above)

    def _take_doubtful(self) -> None:
        """`3 - 12` and `3-12` may be ranges, `3:12` a time. Where such lines answer one item each, they are none of it.

        Two with a dash between blanks are enough; the others must make a whole answer with all that is asked.
        """
        self._take_numbered([given for given in self._doubtful if given.piece.mark == " "])
        doubtful = [given for given in self._doubtful if given.piece.mark != " "]
        entries = [given.piece.entry.item_id for given in doubtful]
        named = {*entries, *(given.piece.entry.item_id for given, _ in self._reply.found)}
        listed = len(entries) > 1 and len(set(entries)) == len(entries)
        tight = any(given.piece.mark == ":" for given in doubtful)
        for given in doubtful:
            if listed and (not tight or len(named) == len(self._reply.asked)):
                self._reply.take(given)
            else:
                self._reply.not_read(given.number, given.excerpt, "not_understood", given.piece.entry)

    def _take_numbered(self, lines: Sequence[Given]) -> None:
        """`1 sí` and `2 5` under each other, numbers rising, nothing else between them; else they name no item.

        Lines that are all figures like `1 250` may be thousands.
        """
        numbers = [given.piece.entry.number for given in lines]
        between = [number for number, _ in self._reply.loose if lines and lines[0].number < number < lines[-1].number]
        thousands = all(_THOUSANDS.fullmatch(given.piece.written) for given in lines)
        if len(lines) > 1 and numbers == sorted(set(numbers)) and not between and not thousands:
            for given in lines:
                if read := read_bare(given.piece.entry, given.written[0], self._reply.language, named=True):
                    self._reply.found.append((given, read))
                else:
                    self._reply.not_read(given.number, given.excerpt, "not_understood", given.piece.entry)
            return
        self._reply.loose = sorted([*self._reply.loose, *((given.number, given.excerpt) for given in lines)])


def _certainty(piece: Piece) -> Certainty:
    return "sure" if piece.whole and piece.mark not in ("-", ":", " ") else "likely"


def _is_weak(found: Found) -> TypeGuard[list[Piece | Unknown]]:
    """Whether a line begins like an item of any numbered list: `3. ...`, `3) ...`, `3: ...`."""
    return all(
        (isinstance(one, Piece) and not one.by_code and one.mark != "=")
        or (isinstance(one, Unknown) and one.name.isdecimal() and one.mark != "=")
        for one in found
    )


def _only_numbers(found: Found) -> bool:
    """Whether nothing but a blank parts the number of a line from what follows: `3 reunions`."""
    return all(isinstance(one, Piece) and one.mark == " " for one in found)


def _may_go_on(given: Given) -> bool:
    return given.piece.entry.unit == "text" or given.width >= WRAPPED


def _breaks_off(given: Given) -> bool:
    """Whether a mail program may have broken a line within a remark: what it says is known with the next one."""
    return (
        given.width >= WRAPPED
        and parted(f"{given.written[0]} ") is not None
        and not _ENDED_SAYING.search(given.excerpt)
    )
