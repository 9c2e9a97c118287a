"""What is gathered while a reply is read: values with their place, what was not understood, and what is still open."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from mail.inbound.answer_lines import APOLOGY, WRONG, Names, Piece, plain_line
from mail.inbound.overall import Overall, of_all_but, of_the_rest
from mail.inbound.plain import fold, seen
from mail.inbound.spoken import read_written
from models.contracts.answering import Reading
from models.contracts.inbound import AskedEntry, Certainty, FoundValue, Split, UnreadLine, ValuesRead, Where
from models.contracts.mail import Language
from models.contracts.problems import UnreadProblem

EXCERPT = 300
"""Characters of a line that are shown back."""
MOST_UNREAD = 200
LINES = 2_000
"""Lines of what was said that are looked at."""
WRAPPED = 50
"""Characters from which on a mail program may have broken a line."""

_ITEM_OF_A_LIST = re.compile(r"\s*[*•·●▪◦–—-]\s")
_CORRECTION = re.compile(rf"{APOLOGY.pattern}|{WRONG.pattern}|\ben (?:realitat|realidad)\b")


@dataclass(slots=True)
class Given:
    """What was written for an item; words may go on in the next lines."""

    piece: Piece
    written: list[str]
    number: int
    excerpt: str
    where: Where
    certainty: Certainty
    width: int = 0
    """Characters of its last line, as far as it has gone on."""


class Reply:
    """One reply: its lines, what is asked, and what has been found in it so far.

    `loose` are lines that name no item, for the readers that come later; `rest` is what is said of all items that are
    left, and where.
    """

    def __init__(self, split: Split, asked: Sequence[AskedEntry], language: Language) -> None:
        self.said, self.asked, self.language = list(split.said[:LINES]), asked, language
        self.names = Names(asked)
        # What was quoted in the mail that they reply to is older than our question.
        self.quoted = [(number, seen(line)) for number, line in split.quoted if not line.startswith(">")]
        self.listed = [(number, self.names.codes(line)) for number, line in self.quoted]
        self.found: list[tuple[Given, Reading]] = []
        self.unread: list[tuple[int, UnreadLine]] = []
        self.loose: list[tuple[int, str]] = []
        self.rest: tuple[int, str, Overall] | None = None
        self._part_from_rest()
        if len(split.said) > LINES:
            self.not_read(*split.said[LINES], "too_long")

    def _part_from_rest(self) -> None:
        """Set aside what is said of all items that are left: `la resta, res`, `tot a zero excepte ...`."""
        for place, (number, line) in enumerate(self.said):
            found = of_all_but(plain_line(line), len(self.asked)) or of_the_rest(line)
            if found and not self._goes_on_in_words(found[0]):
                self.said[place] = number, found[0]
                self.rest = number, line, found[1]
                return

    def _goes_on_in_words(self, before: str) -> bool:
        """Whether what stands before names an item of words, to which the rest of the line belongs, too."""
        return any(isinstance(one, Piece) and one.entry.unit == "text" for one in self.names.read(before))

    def take(self, given: Given | None) -> None:
        """Read what was written for an item, if anything; what stands already is no news in a quote."""
        if given is None:
            return
        entry, written = given.piece.entry, _joined(given.written)
        read = read_written(entry, written, self.language)
        if isinstance(read, str):
            self.not_read(given.number, given.excerpt, read, entry)
        elif read is not None and not (given.where == "quoted" and same(read, entry.standing)):
            self.found.append((given, read))

    def add(self, entry: AskedEntry, reading: Reading | None, number: int, line: str) -> None:
        """Take a reading that its place alone, or a word for several items, gives to an item."""
        if reading is not None:
            given = Given(Piece(entry, line, "", by_code=False), [line], number, line, "said", "likely")
            self.found.append((given, reading))

    def not_read(self, number: int, line: str, problem: UnreadProblem, entry: AskedEntry | None = None) -> None:
        """Keep what was not understood, to be shown back; rules and the like are nothing."""
        if not any(char.isalnum() for char in line):
            return
        unread = UnreadLine(
            place=f"line {number}",
            excerpt=line.strip()[:EXCERPT],
            problem=problem,
            code=entry.code if entry and not entry.question else None,
        )
        self.unread.append((number, unread))

    def settled(self) -> ValuesRead:
        """One value at most for each item; none where two differ and neither says that it corrects the other."""
        corrected = self._corrected()
        by_item: dict[UUID, list[tuple[Given, Reading]]] = {}
        for given, reading in self.found:
            by_item.setdefault(given.piece.entry.item_id, []).append((given, reading))
        values: list[FoundValue] = []
        for entry in self.asked:
            candidates = by_item.get(entry.item_id, [])
            candidates = self._possible(entry, candidates)
            corrected_at = [given.number for given, _ in candidates if given.piece.corrects]
            candidates = [
                (given, reading) for given, reading in candidates if given.number >= max(corrected_at, default=0)
            ]
            if not candidates:
                continue
            agreed = all(same(reading, candidates[0][1]) for _, reading in candidates)
            if agreed and entry.code not in corrected:
                values.append(_value(*candidates[0]))
            else:
                for given, _ in candidates:
                    self.not_read(given.number, given.excerpt, "two_values", entry)
        self.unread.sort(key=lambda unread: unread[0])
        return ValuesRead(values=tuple(values), unread=tuple(unread for _, unread in self.unread[:MOST_UNREAD]))

    def _possible(self, entry: AskedEntry, candidates: list[tuple[Given, Reading]]) -> list[tuple[Given, Reading]]:
        """Those of its answers that a question allows. `none` to what may be left out is left out."""
        allowed = {"value", *entry.other}
        for given, reading in candidates:
            if entry.required and reading.kind not in allowed:
                self.not_read(given.number, given.excerpt, "choice_unknown", entry)
        return [(given, reading) for given, reading in candidates if reading.kind in allowed]

    def _corrected(self) -> set[str]:
        """Codes of the items that a sentence seems to correct which was not understood."""
        numbered = {str(entry.number): entry.code for entry in self.asked}
        codes: set[str] = set()
        for _, unread in self.unread:
            if _CORRECTION.search(fold(unread.excerpt)):
                codes |= {unread.code} if unread.code else set()
                codes |= {numbered[number] for number in re.findall("[0-9]+", unread.excerpt) if number in numbered}
                codes |= {named.entry.code for named in self.names.codes(unread.excerpt)}
        return codes


def with_following(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """Each line with the one right below it; empty where there is none."""
    for place, (number, line) in enumerate(lines):
        below = lines[place + 1] if place + 1 < len(lines) else (0, "")
        yield number, line, below[1] if below[0] == number + 1 else ""


def _joined(lines: Sequence[str]) -> str:
    """Lines as one text: the marks of a list begin a line, other lines were only broken by a mail program."""
    parted = [f"\n{line}" if number and _ITEM_OF_A_LIST.match(line) else line for number, line in enumerate(lines)]
    return " ".join(parted).replace(" \n", "\n").strip()


def same(one: Reading, other: Reading | None) -> bool:
    """Whether two readings mean the same, however they were written."""
    return other is not None and _meaning(one) == _meaning(other)


def _meaning(reading: Reading) -> tuple[object, ...]:
    return reading.kind, reading.number, reading.yes, reading.words, reading.reason


def _value(given: Given, reading: Reading) -> FoundValue:
    entry = given.piece.entry
    return FoundValue(
        item_id=entry.item_id,
        number=entry.number,
        code=entry.code,
        reading=reading,
        where=given.where,
        place=f"line {given.number}",
        excerpt=given.excerpt.strip()[:EXCERPT],
        certainty=given.certainty,
    )
