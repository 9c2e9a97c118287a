"""Reads an hour as people write it: `9`, `9:30`, `9.30`, `9h30`, `09:30 h`."""

import re
from datetime import time

_HOUR = re.compile(r"([0-9]{1,2})(?:\s*[:.h]\s*([0-9]{2})?)?\s*h?\.?", re.IGNORECASE)


def read_hour(written: str) -> time | None:
    """The hour that is meant, on a clock of 24; None for no hour."""
    match = _HOUR.fullmatch(written.strip())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004 - hours of a day, minutes
