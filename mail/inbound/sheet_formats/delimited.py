"""Reads tables that are plain text, with `;`, `,` or tabs between the fields, in the encodings people have."""

import csv
from io import StringIO

from mail.inbound.sheet_formats.grid import BeyondLimit, Grid, NotRead

DELIMITERS = ";\t,"
"""In the order of trust when each stands in as many lines: a comma may be a decimal mark."""
LOOKED_AT = 50
"""Lines from which the delimiter is told."""


def read_delimited(content: bytes) -> list[Grid]:
    """The one sheet of a text file.

    Raises:
        NotRead: it is no text, or no table.

    """
    text = _decoded(content)
    if text.lstrip().startswith("<"):  # a page or XML under the name of a table
        raise NotRead("unsupported")
    lines = text.splitlines()[:LOOKED_AT]
    delimiter = max(DELIMITERS, key=lambda mark: sum(mark in line for line in lines))
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == len("sep=;"):
        delimiter = lines[0][4]
    grid = Grid("", hidden=False)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, fields in enumerate(rows, start=1):
            for column, field in enumerate(fields, start=1):
                grid.put(number, column, "words", field)
    except csv.Error:
        raise NotRead("unreadable") from None
    except BeyondLimit:
        pass
    return [grid]


def _decoded(content: bytes) -> str:
    """UTF-8 and UTF-16 by their mark, else UTF-8 where it is that, else Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content[1:2] == b"\0":
        encodings = ["utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise NotRead("unsupported")
