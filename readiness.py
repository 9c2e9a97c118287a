"""How a part of Focal tells whoever started it that it works."""

import os
from pathlib import Path

READY_FILE_VARIABLE = "FOCAL_READY_FILE"
"""Names the file into which a part writes the line `ready` once it does its work."""


def announce_ready() -> None:
    """Write the line, if somebody wants to know."""
    if path := os.environ.get(READY_FILE_VARIABLE):
        Path(path).write_text("ready\n", encoding="utf-8")
