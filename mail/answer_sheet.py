"""The sheet that goes with a request: one row an item, to be filled in and sent back.

It is an XLSX file whose parts are the templates in `templates/answer_sheet`, as they lie in the archive. A library
that writes workbooks would need ten times as long, which a city's worth of requests would feel.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from math import ceil
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import jinja2
from babel.support import NullTranslations

from mail.figures import figure
from mail.translation import ROOT, long_date, quarter_name, translations
from models.contracts.answering import ItemUnit
from models.contracts.inbound import AskedEntry
from models.contracts.mail import Language
from models.policies.formulas import looks_like_formula

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OWN_SHEET: Final = "focal"
"""The name of the hidden sheet by which a sheet that comes back is known."""
LAYOUT: Final = 1
"""Goes up when a later reader could misunderstand a sheet of before."""
HEADER_ROW: Final = 3
VALUE_COLUMN: Final = "F"

PARTS = ROOT / "templates" / "answer_sheet"
PACKED_ON = (1980, 1, 1, 0, 0, 0)
"""The date inside the archive: the same request gives the same bytes."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What must not stand in XML."""


WIDTHS: Final = (6, 24, 52, 18, 22, 22, 36)
"""Of the columns, in characters."""
LINE: Final = 15
"""Points of a line of text; programs that do not fit rows to their text need to be told how high they are."""


@dataclass(frozen=True, slots=True)
class _Row:
    """An item as its row says it; `told`: code, indicator, kind of answer, last time."""

    number: int
    told: tuple[str, str, str, str]

    @property
    def height(self) -> int:
        """In points, so that its longest cell is seen whole."""
        return LINE * max(_lines(words, width) for words, width in zip(self.told, WIDTHS[1:5], strict=True))


def answer_sheet(
    asked: Sequence[AskedEntry],
    *,
    task_reference: str,
    language: Language,
    unit_name: str,
    quarter: int,
    year: int,
    closes_on: date,
) -> bytes:
    """The sheet of one task, about 3 ms for ten items; the same task gives the same bytes.

    `asked` is not empty and in the order of its numbers. `closes_on`: the last local day on which answers count.
    """
    words = translations(language, "mail")
    _ = words.gettext
    units = kinds_of_answer(words)
    rows = [
        _Row(
            entry.number,
            (
                _printable(entry.code),
                _printable(entry.name),
                units[entry.unit],
                _printable(figure(entry.previous, entry.unit, language)) if entry.previous else "",
            ),
        )
        for entry in asked
    ]
    values = {
        "title": _printable(
            _("Indicators of the %(quarter)s · %(unit)s")
            % {"quarter": quarter_name(quarter, year, language), "unit": unit_name}
        ),
        "instructions": " ".join(
            (
                _(
                    "Write each value in the column “Value”, save the sheet and attach it to your reply. Leave empty "
                    "what you do not know yet."
                ),
                _(
                    "Instead of a value you can write “nothing to report”, “same as last time”, or “not available:” "
                    "and the reason."
                ),
                _("Answers are accepted until %(day)s.") % {"day": long_date(closes_on, language)},
            )
        ),
        "headings": headings(words),
        "widths": WIDTHS,
        "header_height": LINE * max(map(_lines, headings(words), WIDTHS)),
        "rows": rows,
        "choices": (_("yes"), _("no"), _("nothing to report")),
        "yes_no_places": [
            f"{VALUE_COLUMN}{HEADER_ROW + place}"
            for place, entry in enumerate(asked, start=1)
            if entry.unit == "yes/no"
        ],
        "sheet_name": _("Answers"),
        "own_sheet": OWN_SHEET,
        "layout": LAYOUT,
        "header_row": HEADER_ROW,
        "last_row": HEADER_ROW + len(rows),
        "task_reference": task_reference,
        "language": language,
    }
    return _packed({name: part.render(values) for name, part in _parts().items()})


def headings(words: NullTranslations) -> tuple[str, ...]:
    """What stands over the columns, in their order; no two are the same."""
    _ = words.gettext
    return (
        _("No."),
        _("Code"),
        _("Indicator"),
        _("Kind of answer"),
        _("Last time"),
        _("Value"),
        _("Comment"),
    )


def kinds_of_answer(words: NullTranslations) -> dict[ItemUnit, str]:
    """What is to be entered for each unit of measurement."""
    _ = words.gettext
    return {"count": _("number"), "percent": _("percentage"), "yes/no": _("yes or no"), "text": _("text")}


def _lines(words: str, width: int) -> int:
    """On how many lines a cell shows its words, or one more: they break between words, and fonts differ."""
    return max(1, sum(ceil(len(line) / (width * 0.85)) for line in words.splitlines()))


def _printable(words: str) -> str:
    return _UNPRINTABLE.sub("", words)


@cache
def _parts() -> dict[str, jinja2.Template]:
    """The parts of the archive by name; a program that reads it expects the first to be the list of all."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PARTS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters["looks_like_formula"] = looks_like_formula
    return {name: env.get_template(name) for name in sorted(env.list_templates())}


def _packed(parts: dict[str, str]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            entry = ZipInfo(name, PACKED_ON)
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()
