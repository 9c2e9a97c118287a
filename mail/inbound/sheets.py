"""The tables that came with a reply: which files they are, read by a process apart, and what each of them says."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import PurePath
from time import monotonic
from typing import Any, Final

from mail.inbound.sheet_table import Table, read_tables
from mail.translation import ROOT
from models.contracts.inbound import AskedEntry, Attached, SheetRead
from models.contracts.mail import Language
from models.contracts.problems import SheetProblem

MOST_BYTES: Final = 10 * 2**20
MOST_FILES: Final = 10
SECONDS: Final = 3
"""Of the clock, for all files of a mail together."""

ENDINGS = {".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods", ".fods", ".numbers", ".csv", ".tsv"}
ENDINGS |= {".pdf", ".docx", ".doc", ".odt", ".rtf", ".zip"}
"""Names of files in which somebody may have answered; pictures, signatures and cards are passed over."""
TYPES = ("text/csv", "text/tab-separated-values", "application/vnd.ms-excel", "application/vnd.oasis.opendocument.")
BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")


def read_sheets(
    attachments: Sequence[Attached], asked: Sequence[AskedEntry], language: Language, *, task_reference: str
) -> tuple[SheetRead, ...]:
    """What each attached table says of a task, in the order of the files; takes 0.1 s a file and 3 s at most.

    A file that is no table, but in which an answer may lie (a PDF, a document), is told as `unsupported`. Numbers and
    percentages are read from the cells, so that no language can change them; words are read in `language`.
    """
    deadline = monotonic() + SECONDS
    candidates = [attached for attached in attachments if _may_hold_answers(attached)][:MOST_FILES]
    return tuple(_read(attached, asked, language, task_reference, deadline) for attached in candidates)


def _may_hold_answers(attached: Attached) -> bool:
    ending = PurePath(attached.filename.lower()).suffix
    return ending in ENDINGS or attached.content_type.startswith(TYPES) or attached.content.startswith(BEGINNINGS)


def _read(
    attached: Attached, asked: Sequence[AskedEntry], language: Language, task_reference: str, deadline: float
) -> SheetRead:
    if len(attached.content) > MOST_BYTES:
        return SheetRead(filename=attached.filename, problem="too_large")
    tables = _tables(attached.content, deadline - monotonic())
    if isinstance(tables, str):
        return SheetRead(filename=attached.filename, problem=tables)
    return read_tables(attached.filename, tables, asked, language, task_reference)


def _tables(content: bytes, seconds: float) -> list[Table] | SheetProblem:
    """The cells of a file, as a process apart tells them: within its limits it may do what it likes.

    It is given no environment, and so no secret of ours.
    """
    if seconds <= 0:
        return "took_too_long"
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "mail.inbound.sheet_reader"],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            cwd=ROOT,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "took_too_long"
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        return "took_too_long"
    if done.returncode != 0:
        return "unreadable"
    told: dict[str, Any] = json.loads(done.stdout)
    problem: SheetProblem | None = told.get("problem")
    return problem or [Table(**sheet) for sheet in told["sheets"]]
