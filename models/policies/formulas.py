"""Which texts a spreadsheet would take for a formula, and run."""

import re

_FORMULA = re.compile(r"\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]")
"""How such a text begins; the last four are the full-width signs."""


def looks_like_formula(text: str) -> bool:
    """Whether a cell with this text has to be marked as words before it leaves the house."""
    return _FORMULA.match(text) is not None
