"""Which files are taken with an answer: what their bytes show them to be, and how they are called."""

import io
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

from models.contracts.refusal import Refused, said

SIZE_LIMIT = 10 * 1024 * 1024
"""Bytes of one file."""
FILES_LIMIT = 20
"""Files of one task."""
NAME_LIMIT = 120
"""Characters of a name, with its ending."""
DIRECTORY_LIMIT = 1024 * 1024
"""Bytes of the table of contents of a zip archive; that of a document of thousands of pictures has a tenth of it."""
ZIP_END, ZIP64 = b"PK\x05\x06", b"PK\x06\x07"
ZIP_TAIL = 66_000
"""Within so many bytes of its end, every zip archive says where its table of contents is."""
MACROS = "vbaproject.bin"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: the endings of its names, its media type, and how its content begins, where that is fixed.

    `part`: of an archive, the part that makes it this kind. `mimetype`: what an archive says of itself.
    """

    endings: tuple[str, ...]
    media_type: str
    magic: bytes = b""
    part: str = ""
    mimetype: bytes = b""


OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
KINDS = (
    Kind(("pdf",), "application/pdf", magic=b"%PDF-"),
    Kind(("png",), "image/png", magic=b"\x89PNG\r\n\x1a\n"),
    Kind(("jpg", "jpeg"), "image/jpeg", magic=b"\xff\xd8\xff"),
    Kind(("docx",), f"{OFFICE}.wordprocessingml.document", part="word/document.xml"),
    Kind(("xlsx",), f"{OFFICE}.spreadsheetml.sheet", part="xl/workbook.xml"),
    Kind(("odt",), f"{OPEN}.text", mimetype=f"{OPEN}.text".encode()),
    Kind(("ods",), f"{OPEN}.spreadsheet", mimetype=f"{OPEN}.spreadsheet".encode()),
    Kind(("csv",), "text/csv"),
    Kind(("txt",), "text/plain"),
)
ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)
"""What the names of files may end in."""
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def clean_name(name: str) -> str:
    """A file's name without folders, without signs that no name has or that turn it round, and not endless."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    # Line ends, controls and marks of direction, by which a name may be read as another one than it is.
    name = "".join("" if unicodedata.category(sign).startswith("C") else sign for sign in name)
    name = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", name)).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:NAME_LIMIT]
    return f"{stem[: NAME_LIMIT - len(ending) - 1].rstrip(' .')}.{ending}" if len(ending) < NAME_LIMIT else ""


def media_type_of(name: str, content: bytes) -> str:
    """The media type of a file with a cleaned name, which its content has to show.

    Raises:
        Refused: it is empty, too large, of another kind, not what its name says, or holds macros.

    """
    if not content:
        raise Refused(said("“%(name)s” is empty. Choose the file again.", name=name))
    if len(content) > SIZE_LIMIT:
        raise too_large()
    stem, _, ending = name.rpartition(".")
    kind = next((kind for kind in KINDS if stem and ending.lower() in kind.endings), None)
    if kind is None:
        raise Refused(
            said(
                "“%(name)s” is of a kind that is not taken. Choose a PDF, PNG, JPEG, DOCX, XLSX, ODT, ODS, CSV or "
                "TXT file.",
                name=name,
            )
        )
    if not _is(kind, content, name):
        raise Refused(
            said(
                "“%(name)s” does not hold what its name says. Open it, save it anew as %(kind)s and choose it again.",
                name=name,
                kind=ending.upper(),
            )
        )
    return kind.media_type


def too_large() -> Refused:
    """What is said of a file that exceeds the limit."""
    return Refused(said("The file is larger than 10 MB. Make it smaller, or divide it into several files."))


def _is(kind: Kind, content: bytes, name: str) -> bool:
    if kind.magic:
        return content.startswith(kind.magic)
    if kind.part or kind.mimetype:
        return _is_archive(kind, content, name)
    return _is_text(content)


def _is_text(content: bytes) -> bool:
    """Whether it is text in UTF-8, or in the one byte a letter that spreadsheets of Windows write."""
    return _CONTROL.search(content) is None


def _is_archive(kind: Kind, content: bytes, name: str) -> bool:
    """Whether a zip archive holds a document of a kind. Nothing of it but its own few words is unpacked."""
    end = content.rfind(ZIP_END, -ZIP_TAIL)
    directory = int.from_bytes(content[end + 12 : end + 16], "little")
    comment = int.from_bytes(content[end + 20 : end + 22], "little")
    # Where nothing follows it, this is the end that `zipfile` goes by, too.
    ends_here = end >= 0 and end + 22 + comment == len(content)
    if not ends_here or directory > DIRECTORY_LIMIT or ZIP64 in content[-ZIP_TAIL:]:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {part.lower() for part in archive.namelist()}
            if kind.mimetype:
                if archive.getinfo("mimetype").compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                    return False
                with archive.open("mimetype") as told:
                    return told.read(len(kind.mimetype) + 1).strip() == kind.mimetype
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, ValueError, EOFError):
        return False
    if any(part.endswith(MACROS) for part in parts):
        raise Refused(said("“%(name)s” holds macros. Save it without them and choose it again.", name=name))
    return kind.part in parts and "[content_types].xml" in parts
