"""Finds the answers in the cells of a table: our own sheet, one that somebody moved about, or a list of their own."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import Final, Literal
from uuid import UUID

from mail.answer_sheet import OWN_SHEET, headings
from mail.figures import figure
from mail.inbound.plain import fold, seen
from mail.inbound.sheet_formats.grid import Cell, CellKind, Row
from mail.inbound.spoken import read_written
from mail.translation import LANGUAGES, number, our_translations, translations
from models.contracts.answering import Reading
from models.contracts.inbound import AskedEntry, Certainty, FoundValue, SheetRead, UnreadLine
from models.contracts.mail import Language
from models.contracts.problems import UnreadProblem
from models.policies.answers import Unread, read_figure

Role = Literal["number", "code", "value", "comment"]
ROLES: tuple[Role | None, ...] = ("number", "code", None, None, None, "value", "comment")
"""What each column of our own sheet is for."""
OTHER_HEADINGS: dict[Role, str] = {
    "number": "n num numero number ordre orden ordinal",
    "code": "codi codigo code id identificador indicador_codi codi_indicador codi_de_lindicador codigo_indicador "
    "codigo_del_indicador code_indicateur code_de_lindicateur indicator_code",
    "value": "valor valeur value values valors valores valeurs resposta respuesta reponse answer resultat resultado "
    "result dada dato donnee xifra cifra figure chiffre quantitat cantidad quantite",
    "comment": "comentari comentaris comentario comentarios comment comments commentaire commentaires observacions "
    "observaciones observations observacio observacion remarques remarks notes notas nota",
}
"""What people write over columns of their own, as `_plain` leaves it."""
EXCERPT: Final = 300
LONGEST_NAME: Final = 100
"""Characters within which a code, a number or a heading says what it is."""
PAIR: Final = 2
SIGNIFICANT: Final = 15
"""Digits of a number that a spreadsheet keeps; what it writes after them is noise."""
_WHOLE = re.compile(r"[0-9]{1,4}")
_NUMBER = re.compile(r"(?:n(?:[uú]m|o)?\W{0,3})?([0-9]{1,4})\W{0,2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a file: its rows that are not empty. `cut`: it goes on beyond the limits."""

    name: str
    hidden: bool
    cut: bool
    rows: list[Row]


@dataclass(slots=True)
class _Found:
    """What was found so far. `named`: rows that speak of an item, whether or not they give a value."""

    values: dict[UUID, list[FoundValue]] = field(default_factory=lambda: defaultdict(list))
    unread: list[UnreadLine] = field(default_factory=list)
    named: int = 0
    cut: bool = False


def read_tables(
    filename: str, tables: Sequence[Table], asked: Sequence[AskedEntry], language: Language, task_reference: str
) -> SheetRead:
    """What a file says of a task. Hidden sheets are not looked at, but for the one by which our own is known."""
    own = next((pairs for table in tables if table.name == OWN_SHEET and "task" in (pairs := _pairs(table))), {})
    reference = own.get("task", task_reference)
    if reference != task_reference:
        line = UnreadLine(place=filename, excerpt=reference[:EXCERPT], problem="wrong_sheet")
        return SheetRead(filename=filename, unread=(line,))
    reader = _Reader(filename, asked, language, {int(key): own[key] for key in own if _WHOLE.fullmatch(key)})
    for table in tables:
        if not table.hidden:
            reader.read(table)
    return reader.result()


def _pairs(table: Table) -> dict[str, str]:
    """What our own hidden sheet says: the task that it belongs to, and the code behind each of its numbers."""
    return {cells[0][2]: cells[1][2] for _row, _hidden, cells in table.rows if len(cells) == PAIR}


class _Reader:
    """Reads the sheets of one file, one after the other."""

    def __init__(self, filename: str, asked: Sequence[AskedEntry], language: Language, numbers: dict[int, str]) -> None:
        self._filename, self._language = filename, language
        self._codes = _by_code(asked)
        self._numbers = {entry.number: entry for entry in asked}
        if numbers:
            # What a number meant when the sheet was written; since then items may have been answered or passed on.
            by_code = {entry.code: entry for entry in asked}
            self._numbers = {number: by_code[code] for number, code in numbers.items() if code in by_code}
        self._found = _Found()

    def result(self) -> SheetRead:
        """What all sheets say, one value at most for each item."""
        found = self._found
        if found.cut or not found.named:
            return SheetRead(filename=self._filename, problem="too_large" if found.cut else "no_table")
        values: list[FoundValue] = []
        for given in found.values.values():
            if len({value.reading.model_copy(update={"typed": ""}) for value in given}) == 1:
                values.append(given[0])
            else:
                found.unread += [
                    UnreadLine(place=value.place, excerpt=value.excerpt, problem="two_values", code=value.code)
                    for value in given
                ]
        values.sort(key=lambda value: value.number)
        return SheetRead(filename=self._filename, values=tuple(values), unread=tuple(found.unread))

    def read(self, table: Table) -> None:
        """Read one sheet: under headings where there are some, else as a list."""
        named = self._found.named
        columns: dict[int, Role] = {}
        for row in table.rows:
            if heads := _columns(row[2]):
                columns = heads
                self._found.named += 1
            elif columns:
                self._read_row(row, columns)
            else:
                self._read_listed(row)
        if self._found.named == named and not columns:
            self._read_pairs(table)
        self._found.cut = self._found.cut or (table.cut and self._found.named > named)

    def _read_row(self, row: Row, columns: dict[int, Role]) -> None:
        """A row under headings."""
        by_role: dict[Role, list[Cell]] = defaultdict(list)
        for cell in row[2]:
            if cell[0] in columns:
                by_role[columns[cell[0]]].append(cell)
        values, comments = by_role["value"], by_role["comment"]
        if not values and not comments:
            return
        names = by_role["code"] or by_role["number"]
        entry = self._of_code(names[0]) or self._of_number(names[0]) if names else None
        if entry is None:
            self._not_taken(row[0], (values or comments)[0], "unknown_code" if names else "not_understood")
        elif values:
            for value in values:
                self._take(row, value, entry, "sure", " ".join(comment[2] for comment in comments))
        else:
            self._read_comment(row, comments[0], entry)

    def _read_comment(self, row: Row, comment: Cell, entry: AskedEntry) -> None:
        """Beside an empty value, a comment may say that there is none; it is never a value itself."""
        read = read_written(entry, comment[2], self._language)
        if isinstance(read, Reading) and read.kind != "value":
            self._take(row, comment, entry, "likely")
        elif read is not None:
            self._not_taken(row[0], comment, "not_understood", entry)

    def _read_listed(self, row: Row) -> None:
        """A row without headings: a code, and one thing that is neither its number nor its name."""
        cells = row[2]
        coded = [(cell, entry) for cell in cells if (entry := self._of_code(cell))]
        if not coded:
            return
        self._found.named += 1
        (code, entry), *others = coded
        rest = [
            cell
            for cell in cells
            if cell != code
            and _plain(cell[2]) != _plain(entry.name)
            and not (cell[0] < code[0] and _whole(cell) == entry.number)
        ]
        if len(rest) == 1 and not others:
            self._take(row, rest[0], entry, "sure")
        elif rest:
            shown: Cell = (rest[0][0], "words", " | ".join(_shown(cell, self._language) for cell in rest))
            self._not_taken(row[0], shown, "not_understood", entry)

    def _read_pairs(self, table: Table) -> None:
        """A list of numbers and values without a word about them: taken only if it is nothing else from end to end."""
        pairs = [(row, self._of_number(row[2][0])) for row in table.rows if len(row[2]) == PAIR]
        entries = [entry for _row, entry in pairs if entry]
        if not table.rows or len(entries) < len(table.rows) or len({entry.item_id for entry in entries}) < len(entries):
            return
        for row, entry in pairs:
            if entry:
                self._found.named += 1
                self._take(row, row[2][1], entry, "likely")

    def _take(self, row: Row, cell: Cell, entry: AskedEntry, certainty: Certainty, comment: str = "") -> None:
        """Take a cell as the value of an item, if it is one and can be seen."""
        if row[1]:
            self._not_taken(row[0], cell, "hidden_row", entry)
            return
        read = _read_cell(cell, entry, self._language)
        if read == "reason_missing" and comment:
            read = read_written(entry, f"{cell[2]}: {comment}", self._language)
        if read is None:
            return  # dots or dashes where something might have been written
        if isinstance(read, str):
            self._not_taken(row[0], cell, read, entry)
            return
        found = FoundValue(
            item_id=entry.item_id,
            number=entry.number,
            code=entry.code,
            reading=read,
            where="sheet",
            place=self._place(row[0], cell),
            excerpt=read.typed[:EXCERPT],
            certainty=certainty,
        )
        self._found.values[entry.item_id].append(found)

    def _not_taken(self, row: int, cell: Cell, problem: UnreadProblem, entry: AskedEntry | None = None) -> None:
        code = entry.code if entry else None
        excerpt = _shown(cell, self._language)[:EXCERPT]
        self._found.unread.append(UnreadLine(place=self._place(row, cell), excerpt=excerpt, problem=problem, code=code))

    def _place(self, row: int, cell: Cell) -> str:
        return f"{self._filename} {_letters(cell[0])}{row}"

    def _of_code(self, cell: Cell) -> AskedEntry | None:
        return self._codes.get(_code(cell[2])) if cell[1] == "words" else None

    def _of_number(self, cell: Cell) -> AskedEntry | None:
        return self._numbers.get(_whole(cell) or 0)


def _letters(column: int) -> str:
    """A column as spreadsheets name it: A to Z, AA and on."""
    before, last = divmod(column - 1, 26)
    return (_letters(before) if before else "") + chr(ord("A") + last)


def _by_code(asked: Sequence[AskedEntry]) -> dict[str, AskedEntry]:
    """The items by their code, and by their code without its first part where that names one of them only."""
    codes = {_code(entry.code): entry for entry in asked}
    short: dict[str, list[AskedEntry]] = defaultdict(list)
    for code, entry in codes.items():
        short[code.partition("-")[2]].append(entry)
    return {code: entries[0] for code, entries in short.items() if code and len(entries) == 1} | codes


def _code(written: str) -> str:
    """A code without what people change in it: case, blanks, brackets, the kind of dash."""
    text = unicodedata.normalize("NFKC", seen(written[:LONGEST_NAME])).upper()
    return re.sub(r"[^0-9A-Z]+", "-", re.sub(r"\s*-\s*|[‐-―−]|\s+", "-", text)).strip("-")  # noqa: RUF001


def _whole(cell: Cell) -> int | None:
    """The number of an item in a cell: 3, `3.`, `3)`, `núm. 3`."""
    if cell[1] == "number":
        known = _decimal(cell[2])
        return int(known) if known is not None and known == known.to_integral_value() else None
    found = _NUMBER.fullmatch(cell[2][:LONGEST_NAME].strip()) if cell[1] == "words" else None
    return int(found[1]) if found else None


def _columns(cells: Sequence[Cell]) -> dict[int, Role]:
    """What each column is for, by the headings in a row; empty if the row is not one of headings."""
    roles: dict[int, Role] = {}
    for column, kind, text in cells:
        role = _headings().get(_plain(text[:LONGEST_NAME])) if kind == "words" else None
        if role:
            roles[column] = role
    found = list(roles.values())
    return roles if "value" in found and ("code" in found or "number" in found) else {}


@cache
def _headings() -> dict[str, Role]:
    """Every heading that is known: those of our own sheet in all languages, and what others write."""
    known = {word.replace("_", " "): role for role, words in OTHER_HEADINGS.items() for word in words.split()}
    for language in LANGUAGES:
        for words in (our_translations(language, "mail"), translations(language, "mail")):
            for role, heading in zip(ROLES, headings(words), strict=True):
                if role:
                    known[_plain(heading)] = role
    return known


def _plain(text: str) -> str:
    """A heading or a name without its accents, case and punctuation."""
    return " ".join(re.sub(r"[^\w\s]|_", "", fold(text)).split())


def _read_cell(cell: Cell, entry: AskedEntry, language: Language) -> Reading | UnreadProblem | None:
    """What a cell says of an item."""
    _column, kind, text = cell
    if kind == "words":
        return read_written(entry, text, language)
    if kind == "no_value":
        return "formula_without_value"
    shown = _shown(cell, language)
    match entry.unit:
        case "count" | "percent":
            known = _decimal(text, kind) if kind in {"number", entry.unit} else None
            if known is None:
                return "not_a_number"
            read = read_figure(entry.unit, known, shown)
            return read.code if isinstance(read, Unread) else read
        case "yes/no":
            return Reading(kind="value", typed=shown, yes=text == "1") if kind == "yes_no" else "yes_no_missing"
        case _:
            return Reading(kind="value", typed=shown, words=shown)


def _decimal(text: str, kind: CellKind = "number") -> Decimal | None:
    """The number that a cell shows, without the noise of its binary form: 0.28999999999999998 is 0.29, or 29 %."""
    try:
        known = float(text) * (100 if kind == "percent" else 1)
        return Decimal(f"{known:.{SIGNIFICANT}g}") if isfinite(known) else None
    except ValueError:
        return None


def _shown(cell: Cell, language: Language) -> str:
    """A cell as its reader saw it, or nearly."""
    _column, kind, text = cell
    known = _decimal(text, kind) if kind in {"number", "percent"} else None
    if known is not None:
        return number(known, language) + ("\u00a0%" if kind == "percent" else "")
    if kind == "yes_no":
        return figure(Reading(kind="value", typed="", yes=text == "1"), "yes/no", language)
    return text
