"""XLSX and ODS files are archives of XML; both are opened here, distrusted."""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Final
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from mail.inbound.sheet_formats.grid import NotRead

MOST_UNPACKED: Final = 50 * 2**20
"""Bytes of all entries together."""
HIGHEST_RATIO: Final = 100
MOST_ENTRIES: Final = 2_000
CHUNK: Final = 65_536
DAMAGED = (BadZipFile, EOFError, LookupError, NotImplementedError, OSError, ValueError, zlib.error, expat.ExpatError)
"""What is raised where an archive or a document in it is not what it should be."""


class Enough(Exception):  # noqa: N818 - a reader has all it wants
    """Raised by a handler to read no further."""


class Archive:
    """A zip file whose directory has been found harmless before anything is unpacked.

    No entry gives more bytes than the directory says, so that what it says is also what is unpacked at most.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = ZipFile(BytesIO(content))
        except DAMAGED:
            raise NotRead("unreadable") from None
        entries = self._zip.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        if len(entries) > MOST_ENTRIES or unpacked > min(MOST_UNPACKED, HIGHEST_RATIO * len(content)):
            raise NotRead("bomb")
        if any(entry.flag_bits & 1 for entry in entries):
            raise NotRead("protected")
        if any(entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for entry in entries):
            raise NotRead("unsupported")
        self._entries = {entry.filename.replace("\\", "/").lower(): entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def names(self) -> tuple[str, ...]:
        """All entries, in lower case."""
        return tuple(self._entries)

    def read(self, name: str) -> bytes:
        """A small entry whole; empty where there is none."""
        if name not in self:
            return b""
        try:
            return self._zip.read(self._entries[name.lower()])
        except DAMAGED:
            raise NotRead("unreadable") from None

    def walk(
        self,
        name: str,
        start: Callable[[str, dict[str, str]], object],
        end: Callable[[str], object] = lambda _name: None,
        words: Callable[[str], object] = lambda _words: None,
    ) -> None:
        """Give the elements of an XML entry to handlers as they come, by names without their prefix.

        Entities that a document defines for itself are how a small file becomes a huge one: such a file is refused.
        An entry that is not there has no elements.
        """
        if name not in self:
            return
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda name, attributes: start(
            _local(name), attributes and {_local(key): value for key, value in attributes.items()}
        )
        parser.EndElementHandler = lambda name: end(_local(name))
        parser.CharacterDataHandler = words
        try:
            with self._zip.open(self._entries[name.lower()]) as entry:
                while chunk := entry.read(CHUNK):
                    parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keywords
                parser.Parse(b"", True)  # noqa: FBT003
        except Enough:
            return
        except DAMAGED:
            raise NotRead("unreadable") from None


def _refuse(*_declaration: object) -> None:
    raise NotRead("bomb")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
