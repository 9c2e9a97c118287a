"""Reads ODS, the OpenDocument table, cell by cell, with what is hidden and what has no value."""

from mail.inbound.sheet_formats.grid import MOST_COLUMNS, MOST_ROWS, BeyondLimit, CellKind, Grid, NotRead
from mail.inbound.sheet_formats.packed import Archive

CONTENT = "content.xml"
KINDS: dict[str, CellKind] = {
    "float": "number",
    "currency": "number",
    "percentage": "percent",
    "date": "day",
    "time": "day",
    "boolean": "yes_no",
}
"""What a cell is by its `office:value-type`; everything else is words."""
VALUES = ("value", "date-value", "time-value", "boolean-value")
TRUTH = {"true": "1", "false": "0"}
ASIDE = {"annotation", "frame", "custom-shape", "change-info"}
"""Elements of a cell whose words are not its own."""


def is_ods(archive: Archive) -> bool:
    """Whether an archive is a workbook of this kind."""
    return archive.read("mimetype").startswith(b"application/vnd.oasis.opendocument.spreadsheet")


def _has_macros(archive: Archive) -> bool:
    """Whether it holds programs; a list of none is none."""
    return any(
        name.startswith(("basic/", "scripts/")) and not name.endswith(("/", "script-lb.xml", "script-lc.xml"))
        for name in archive.names()
    )


def read_ods(archive: Archive) -> list[Grid]:
    """Every sheet of a workbook.

    Raises:
        NotRead: it has a password or macros, or is damaged or dangerous.

    """
    if _has_macros(archive):
        raise NotRead("macros")
    if b"encryption-data" in archive.read("META-INF/manifest.xml") or "encrypted-package" in archive:
        raise NotRead("protected")
    document = _Document()
    archive.walk(CONTENT, document.start, document.end, document.words)
    return document.grids


class _Document:
    """The handlers of the content, sheet after sheet."""

    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self._style, self._hidden_styles = "", set[str]()
        self._row, self._rows, self._row_hidden = 0, 1, False
        self._cells: list[tuple[int, CellKind, str]] = []
        self._column, self._columns = 0, 1
        self._cell: dict[str, str] | None = None
        self._paragraphs: list[str] = []
        self._aside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if self._aside or (name in ASIDE and self._cell is not None):
            self._aside += 1
            return
        match name:
            case "style":
                self._style = attributes.get("name", "")
            case "table-properties":
                if attributes.get("display") == "false":
                    self._hidden_styles.add(self._style)
            case "table":
                hidden = attributes.get("style-name") in self._hidden_styles
                self.grids.append(Grid(attributes.get("name", ""), hidden=hidden))
                self._row = 0
            case "table-row":
                self._rows = int(attributes.get("number-rows-repeated", 1))
                self._row_hidden = attributes.get("visibility", "visible") != "visible"
                self._column, self._cells = 0, []
            case "table-cell" | "covered-table-cell":
                self._columns = int(attributes.get("number-columns-repeated", 1))
                self._cell, self._paragraphs = attributes, []
            case "p":
                self._paragraphs.append("")
            case "s":
                self.words(" " * min(int(attributes.get("c", 1)), MOST_COLUMNS))
            case "tab" | "line-break":
                self.words(" ")

    def end(self, name: str) -> None:
        """An element ends."""
        if self._aside:
            self._aside -= 1
            return
        if name in {"table-cell", "covered-table-cell"} and self._cell is not None:
            kind, text = self._read(self._cell)
            last = min(self._column + self._columns, MOST_COLUMNS + 1)
            self._cells += [(column, kind, text) for column in range(self._column + 1, last + 1) if text.strip()]
            self._column += self._columns
            self._cell = None
        elif name == "table-row" and self.grids:
            self._put_row()

    def words(self, text: str) -> None:
        """The words of an element."""
        if not self._aside and self._cell is not None and self._paragraphs:
            self._paragraphs[-1] += text

    def _read(self, cell: dict[str, str]) -> tuple[CellKind, str]:
        shown = "\n".join(self._paragraphs)
        kind = KINDS.get(cell.get("value-type", ""), "words")
        value = next((cell[name] for name in VALUES if name in cell), "")
        error = cell.get("value-type") == "error"  # `calcext:value-type`, whose prefix is gone
        if error or ("formula" in cell and not value and not shown):
            return "no_value", shown or cell.get("formula", "").partition(":")[2]
        if kind == "yes_no":
            return kind, TRUTH.get(value, "")
        return kind, shown if kind == "words" else value

    def _put_row(self) -> None:
        last = min(self._row + self._rows, MOST_ROWS + 1) if self._cells else self._row
        try:
            for row in range(self._row + 1, last + 1):
                for column, kind, text in self._cells:
                    self.grids[-1].put(row, column, kind, text, row_hidden=self._row_hidden)
        except BeyondLimit:
            pass
        self._row += self._rows
