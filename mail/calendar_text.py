"""Text as it stands in calendar files."""

import re

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]+")


def clean(words: str) -> str:
    """Words without the control characters and line separators that a calendar cannot hold; line feeds stay."""
    return _CONTROL.sub(" ", words.replace("\r\n", "\n")).strip()
