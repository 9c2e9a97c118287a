"""Which files are taken with an answer, told from their bytes alone."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.refusal import Refused
from models.policies.evidence import NAME_LIMIT, SIZE_LIMIT, clean_name, media_type_of

OPEN = "application/vnd.oasis.opendocument"
OFFICE = "application/vnd.openxmlformats-officedocument"


def archive(parts: dict[str, bytes]) -> bytes:
    """A zip archive."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as written:
        for name, content in parts.items():
            written.writestr(name, content)
    return kept.getvalue()


def broken(method: int) -> bytes:
    """An archive whose first part is packed, and cannot be unpacked."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", method) as written:
        written.writestr("mimetype", f"{OPEN}.text" * 20)
    begins = len("mimetype") + 30
    return kept.getvalue()[:begins] + b"\xff" * 12 + kept.getvalue()[begins + 12 :]


def book() -> bytes:
    """A workbook as a spreadsheet program writes it."""
    kept = io.BytesIO()
    openpyxl.Workbook().save(kept)
    return kept.getvalue()


WORDS = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
DOCX, MACROS = archive(WORDS), archive(WORDS | {"word/vbaProject.bin": b"x"})
ODT = archive({"mimetype": f"{OPEN}.text".encode(), "content.xml": b"<c/>"})
END = b"PK\x05\x06" + b"\0" * 8 + (2_000_000).to_bytes(4, "little")
"""How the end of an archive begins that has a table of contents of 2 MB."""
ODS = archive({"mimetype": f"{OPEN}.spreadsheet".encode()})
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("Informe.PDF", b"%PDF-1.7\n...", "application/pdf"),
        ("acta.png", PNG, "image/png"),
        ("acta.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("acta.docx", DOCX, f"{OFFICE}.wordprocessingml.document"),
        ("llista.xlsx", book(), f"{OFFICE}.spreadsheetml.sheet"),
        ("acta.odt", ODT, f"{OPEN}.text"),
        ("llista.ods", ODS, f"{OPEN}.spreadsheet"),
        ("llista.csv", "any;acció\n2026;1\n".encode("latin-1"), "text/csv"),
        ("nota.txt", "“Sí”\n".encode(), "text/plain"),
    ],
)
def test_a_file_is_what_its_name_and_its_content_say(name: str, content: bytes, media_type: str):
    assert media_type_of(name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("programa.exe", b"MZ", "of a kind that is not taken"),
        ("pagina.html", b"<script>", "of a kind that is not taken"),
        ("dibuix.svg", b"<svg/>", "of a kind that is not taken"),
        ("acta", b"%PDF-1.7", "of a kind that is not taken"),
        (".pdf", b"%PDF-1.7", "of a kind that is not taken"),
        ("acta.docm", MACROS, "of a kind that is not taken"),
        ("acta.pdf", b"", "is empty"),
        ("acta.pdf", b"<html>%PDF-1.7", "does not hold what its name says"),
        ("acta.png", b"\xff\xd8\xff", "does not hold what its name says"),
        ("acta.docx", book(), "does not hold what its name says"),
        ("acta.docx", b"PK\x03\x04" + b"\0" * 50, "does not hold what its name says"),
        ("acta.docx", DOCX[:-30], "does not hold what its name says"),
        ("llista.ods", ODT, "does not hold what its name says"),
        ("acta.odt", DOCX, "does not hold what its name says"),
        ("nota.txt", b"a\0b", "does not hold what its name says"),
        ("acta.odt", broken(zipfile.ZIP_DEFLATED), "does not hold what its name says"),
        ("acta.odt", broken(zipfile.ZIP_LZMA), "does not hold what its name says"),
        ("acta.docx", b"\0" * 2_000_000 + END + b"PK\x05\x06\0\0", "does not hold what its name says"),
        ("acta.docx", MACROS, "holds macros"),
        ("nota.txt", b"x" * (SIZE_LIMIT + 1), "larger than 10 MB"),
    ],
)
def test_what_is_not_taken_is_refused_with_its_reason(name: str, content: bytes, said: str):
    with pytest.raises(Refused) as refused:
        media_type_of(name, content)
    assert said in str(refused.value)


def test_the_table_of_contents_of_an_archive_is_not_read_when_it_is_endless():
    bomb = archive(WORDS | {f"part-{number}": b"" for number in range(20_000)})
    with pytest.raises(Refused):
        media_type_of("acta.docx", bomb)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("C:\\Usuaris\\Sofia\\Informe  final.pdf", "Informe final.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('"><script>.csv', "___script_.csv"),
        ("factura\u202efdp.exe", "facturafdp.exe"),
        ("Memòria de l’acció.odt", "Memòria de l’acció.odt"),
        (" .. ", ""),
        ("x" * 300 + ".pdf", "x" * (NAME_LIMIT - 4) + ".pdf"),
    ],
)
def test_a_name_loses_what_no_name_has(name: str, clean: str):
    assert clean_name(name) == clean


@given(st.text(max_size=400))
def test_a_cleaned_name_stays_as_it_is(name: str):
    clean = clean_name(name)
    assert clean_name(clean) == clean
    assert len(clean) <= NAME_LIMIT
    assert not set(clean) & set('/\\<>:"|?*\r\n\0')


@given(st.binary(max_size=300), st.sampled_from(["docx", "xlsx", "odt", "ods"]))
def test_no_bytes_make_it_fail_otherwise(content: bytes, ending: str):
    with pytest.raises(Refused):
        media_type_of(f"a.{ending}", b"PK\x03\x04" + content)
