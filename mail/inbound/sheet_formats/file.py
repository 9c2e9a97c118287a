"""A table file of whatever kind: what it is, is told by its content; its name is not asked."""

from mail.inbound.sheet_formats import delimited, ods, xlsx
from mail.inbound.sheet_formats.grid import CELL, LARGEST, Grid, NotRead
from mail.inbound.sheet_formats.packed import Archive

CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a file of the time before 2007 begins, whatever is in it."""
LOOKED_AT = 1_024
"""Bytes within which a PDF says that it is one."""


def read_file(content: bytes) -> list[Grid]:
    """The sheets of a file.

    Raises:
        NotRead: it is no table, or one that is not read.

    """
    grids = _read(content)
    if sum(CELL + len(cell[2]) for grid in grids for row in grid.rows for cell in row[2]) > LARGEST:
        raise NotRead("too_large")
    return grids


def _read(content: bytes) -> list[Grid]:
    if content.startswith(CONTAINER):
        from mail.inbound.sheet_formats.xls import read_container  # rare, and its library is slow to load

        return read_container(content)
    if content.startswith(b"PK"):
        archive = Archive(content)
        if xlsx.is_xlsx(archive):
            return xlsx.read_xlsx(archive)
        if ods.is_ods(archive):
            return ods.read_ods(archive)
        raise NotRead("unsupported")
    if b"%PDF" in content[:LOOKED_AT]:
        raise NotRead("unsupported")
    return delimited.read_delimited(content)
