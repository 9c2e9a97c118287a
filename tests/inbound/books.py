"""Table files made by hand, as their formats say: what no library here can write, or would write too well."""

import struct
from collections.abc import Mapping
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

ODS = "application/vnd.oasis.opendocument.spreadsheet"
SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def changed(content: bytes, parts: Mapping[str, bytes | str]) -> bytes:
    """An archive with some of its parts replaced, and others added."""
    with ZipFile(BytesIO(content)) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()} | dict(parts))


def part(content: bytes, name: str) -> str:
    with ZipFile(BytesIO(content)) as archive:
        return archive.read(name).decode()


def ods(rows: str, *, manifest: str = "", more: Mapping[str, bytes | str] | None = None) -> bytes:
    """An OpenDocument workbook of one sheet, `rows` written as in the file."""
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "table", "text", "style")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        '<office:automatic-styles><style:style style:name="ta2" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
        f"<office:body><office:spreadsheet>{rows}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"mimetype": ODS, "content.xml": content, "META-INF/manifest.xml": manifest} | dict(more or {}))


def ods_sheet(*rows: str, name: str = "Full1", style: str = "ta1") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def ods_row(*cells: str, visibility: str = "visible") -> str:
    return f'<table:table-row table:visibility="{visibility}">{"".join(cells)}</table:table-row>'


def ods_words(words: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{escape(words)}</text:p></table:table-cell>'


def ods_value(kind: str, value: str, shown: str, formula: str = "") -> str:
    name = {"boolean": "boolean-value", "date": "date-value"}.get(kind, "value")
    return (
        f'<table:table-cell office:value-type="{kind}" office:{name}="{value}" {formula}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def container(streams: dict[str, bytes]) -> bytes:
    """A compound file of Office 97 with these streams, each in sectors of its own."""
    chains: list[list[int]] = []
    body: list[bytes] = []
    for content in streams.values():
        padded = content.ljust(max(4_096, -(-len(content) // SECTOR) * SECTOR), b"\0")
        blocks = [padded[at : at + SECTOR] for at in range(0, len(padded), SECTOR)]
        chains.append(list(range(2 + len(body), 2 + len(body) + len(blocks))))
        body += blocks
    fat = [FAT, END] + [FREE] * (SECTOR // 4 - 2)
    for chain in chains:
        for here, after in zip(chain, [*chain[1:], END], strict=True):
            fat[here] = after
    entries = [_entry("Root Entry", 5, 1, END, 0)]
    for place, (name, chain) in enumerate(zip(streams, chains, strict=True), start=1):
        sibling = place + 1 if place < len(streams) else FREE
        entries.append(_entry(name, 2, FREE, chain[0], len(chain) * SECTOR, sibling))
    directory = b"".join(entries).ljust(SECTOR, b"\0")
    head = struct.pack("<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
                       0, 1, 1, 0, 4_096, END, 0, END, 0)  # fmt: skip
    head += struct.pack("<I", 0) + struct.pack("<I", FREE) * 108
    return head + struct.pack("<128I", *fat) + directory + b"".join(body)


def _entry(name: str, kind: int, child: int, start: int, size: int, sibling: int = FREE) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII36xIQ", written.ljust(64, b"\0"), len(written), kind, 1, FREE, sibling, child, start, size
    )


PERCENT_STYLE, DAY_STYLE = 1, 2


def xls(
    cells: list[tuple[int, int, object]], *, hidden_rows: tuple[int, ...] = (), streams: tuple[str, ...] = ()
) -> bytes:
    """An Excel 97 workbook of one sheet. Cells: row and column from 0, and words, a number, a truth, or bytes.

    A pair of a number and a style is a styled number; bytes are the result of a formula nobody has computed.
    """
    begin = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 0x0005, 0, 0, 0, 0)
    styles = b"".join(_record(0xE0, struct.pack("<HHH14x", 0, number, 1)) for number in (0, 9, 14))
    sheet = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 0x0010, 0, 0, 0, 0)
    for row in hidden_rows:
        sheet += _record(0x208, struct.pack("<HHHHHHI", row, 0, 10, 0, 0, 0, 0x20))
    for row, column, value in cells:
        at = struct.pack("<HH", row, column)
        match value:
            case bool():
                sheet += _record(0x205, at + struct.pack("<HBB", 0, value, 0))
            case int() | float():
                sheet += _record(0x203, at + struct.pack("<Hd", 0, value))
            case (number, style):
                sheet += _record(0x203, at + struct.pack("<Hd", style, number))
            case bytes():
                sheet += _record(6, at + struct.pack("<H8sHIH", 0, value, 0, 0, 0))
            case str():
                words = value.encode("utf-16-le")
                sheet += _record(0x204, at + struct.pack("<HHB", 0, len(words) // 2, 1) + words)
    sheet += _record(0x0A, b"")
    named = struct.pack("<BB", 6, 0) + b"Sheet1"
    offset = len(begin) + len(styles) + 4 + 6 + len(named) + 4
    book = begin + styles + _record(0x85, struct.pack("<IBB", offset, 0, 0) + named) + _record(0x0A, b"") + sheet
    return container({"Workbook": book} | dict.fromkeys(streams, b""))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content
