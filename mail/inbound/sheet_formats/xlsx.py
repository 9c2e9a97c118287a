"""Reads XLSX: the cells as the file holds them, and what a library for figures does not tell.

Whether a row is hidden, whether a number is shown as a percentage or a day, and whether a formula has a value at all.
"""

import posixpath
import re
from datetime import datetime, timedelta

from mail.inbound.sheet_formats.grid import LONGEST_WORDS, BeyondLimit, CellKind, Grid, NotRead
from mail.inbound.sheet_formats.packed import Archive, Enough

WORKBOOK = "/officeDocument"
WORKSHEET = "/worksheet"
TRUE = {"1", "true"}
KINDS: dict[str, CellKind] = {"b": "yes_no", "d": "day", "e": "no_value"}
"""What a cell is by its type; numbers go by their style, everything else is words."""
SHARED = "\0"
"""Before the number of words that cells share, until these are known; no XML holds it."""
PERCENT_FORMATS = {9, 10}
DAY_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Numbers of the formats that every spreadsheet program knows without being told."""
_ASIDE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""In a number format: words, padding, colours and currencies."""
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_DAY_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet knows no zones
LAST_SERIAL = 2_958_465


class _Book:
    """What the cells of all sheets are read with. `untrusted`: nobody has computed its formulas yet."""

    def __init__(self, kinds: list[CellKind]) -> None:
        self.kinds = kinds
        self.first_day, self.untrusted = FIRST_DAY, False


def is_xlsx(archive: Archive) -> bool:
    """Whether an archive is a workbook of this kind."""
    return "[Content_Types].xml" in archive and any(name.startswith("xl/workbook") for name in archive.names())


def _has_macros(archive: Archive) -> bool:
    """Whether it holds programs, of the new or of the old kind."""
    return any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in archive.names())


def read_xlsx(archive: Archive) -> list[Grid]:
    """Every sheet of a workbook.

    Raises:
        NotRead: it holds macros, or is damaged or dangerous.

    """
    if _has_macros(archive):
        raise NotRead("macros")
    workbook = next((target for kind, target in _relations(archive, "").values() if kind.endswith(WORKBOOK)), "")
    related = _relations(archive, workbook)
    book = _Book(_kinds(archive, related))
    listed: list[tuple[Grid, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr" and attributes.get("date1904") in TRUE:
            book.first_day = datetime(1904, 1, 1)  # noqa: DTZ001
        elif name == "calcPr" and attributes.get("fullCalcOnLoad") in TRUE:
            # Written by a program that does not compute: the values beside its formulas are made up, mostly 0.
            book.untrusted = True
        elif name == "sheet":
            kind, target = related.get(attributes.get("id", ""), ("", ""))
            if kind.endswith(WORKSHEET):
                hidden = attributes.get("state", "visible") != "visible"
                listed.append((Grid(attributes.get("name", ""), hidden=hidden), target))

    archive.walk(workbook, start)
    for grid, target in listed:
        sheet = _Sheet(grid, book)
        archive.walk(target, sheet.start, sheet.end, sheet.words)
    grids = [grid for grid, _target in listed]
    _share(grids, archive, related)
    return grids


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to, by its own names for it: the kind, and the name in the archive."""
    folder, name = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            found[attributes.get("Id", "")] = attributes.get("Type", ""), target.lstrip("/")

    archive.walk(posixpath.join(folder, "_rels", f"{name}.rels"), start)
    return found


def _related(related: dict[str, tuple[str, str]], kind: str) -> str:
    return next((target for of_kind, target in related.values() if of_kind.endswith(kind)), "")


def _kinds(archive: Archive, related: dict[str, tuple[str, str]]) -> list[CellKind]:
    """What a number is in a cell of each style."""
    codes: dict[int, str] = {}
    kinds: list[CellKind] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name == "numFmt":
            codes[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside = True
        elif name == "xf" and inside:
            kinds.append(_kind(int(attributes.get("numFmtId", 0)), codes))

    def end(name: str) -> None:
        nonlocal inside
        inside = inside and name != "cellXfs"

    archive.walk(_related(related, "/styles"), start, end)
    return kinds


def _kind(number: int, codes: dict[int, str]) -> CellKind:
    if number in codes:
        return kind_of_format(codes[number])
    if number in PERCENT_FORMATS:
        return "percent"
    return "day" if number in DAY_FORMATS else "number"


def kind_of_format(code: str) -> CellKind:
    """What a number format such as `0.0%` or `dd/mm/yyyy` shows."""
    letters = _ASIDE.sub("", code)
    if "%" in letters:
        return "percent"
    if _ELAPSED.search(code) or (_DAY_LETTERS.search(letters) and letters.lower() != "general"):
        return "day"
    return "number"


def _share(grids: list[Grid], archive: Archive, related: dict[str, tuple[str, str]]) -> None:
    """Put the words in that cells refer to by number. Of a long list no more is read than they need."""
    wanted = {cell[2] for grid in grids for row in grid.rows for cell in row[2] if cell[2].startswith(SHARED)}
    found = _shared(archive, related, {int(mark.removeprefix(SHARED)) for mark in wanted}) if wanted else {}
    for grid in grids:
        for row in grid.rows:
            told = [(column, kind, found.get(text, "") if text in wanted else text) for column, kind, text in row[2]]
            row[2][:] = [cell for cell in told if cell[2].strip()]
        grid.rows = [row for row in grid.rows if row[2]]


def _shared(archive: Archive, related: dict[str, tuple[str, str]], wanted: set[int]) -> dict[str, str]:
    found: dict[str, str] = {}
    words: list[str] = []
    number, last = 0, max(wanted)
    inside = pronounced = False

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal inside, pronounced
        pronounced = pronounced or name == "rPh"
        inside = name == "t" and not pronounced

    def end(name: str) -> None:
        nonlocal inside, pronounced, number
        inside = False
        pronounced = pronounced and name != "rPh"
        if name == "si":
            if number in wanted:
                found[f"{SHARED}{number}"] = "".join(words)[:LONGEST_WORDS]
            words.clear()
            if number == last:
                raise Enough
            number += 1

    archive.walk(_related(related, "/sharedStrings"), start, end, lambda text: words.append(text) if inside else None)
    return found


class _Sheet:
    """The handlers of one sheet."""

    def __init__(self, grid: Grid, book: _Book) -> None:
        self.grid, self._book = grid, book
        self._row, self._column, self._hidden = 0, 0, False
        self._type, self._style = "n", 0
        self._formula: list[str] | None = None
        self._value: list[str] = []
        self._into: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        match name:
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._hidden = attributes.get("hidden") in TRUE
                self._column = 0
            case "c":
                place = _PLACE.fullmatch(attributes.get("r", ""))
                self._column = _column(place[1]) if place else self._column + 1
                self._type, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
                self._formula, self._value = None, []
            case "f":
                self._formula = self._into = []
            case "v" | "t":
                self._into = self._value
            case "rPh":
                self._into = None

    def end(self, name: str) -> None:
        """An element ends."""
        self._into = None
        if name == "c":
            try:
                self._put("".join(self._value))
            except BeyondLimit:
                raise Enough from None

    def words(self, text: str) -> None:
        """The words of an element."""
        if self._into is not None:
            self._into.append(text)

    def _put(self, value: str) -> None:
        formula = self._formula is not None
        if formula and (self._book.untrusted or (not value and self._type != "str")):
            self._add("no_value", f"={''.join(self._formula or ())}")
        elif not value:
            return
        elif self._type == "s":
            self._add("words", f"{SHARED}{int(value)}")
        elif self._type == "n":
            styles = self._book.kinds
            kind = styles[self._style] if self._style < len(styles) else "number"
            self._add(kind, self._day(value) if kind == "day" else value)
        else:
            self._add(KINDS.get(self._type, "words"), value)

    def _add(self, kind: CellKind, text: str) -> None:
        self.grid.put(self._row, self._column, kind, text, row_hidden=self._hidden)

    def _day(self, serial: str) -> str:
        days = float(serial)
        if not 0 <= days <= LAST_SERIAL:
            return serial
        moment = self._book.first_day + timedelta(days=days)
        return moment.date().isoformat() if days == int(days) else moment.isoformat(" ", "minutes")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
