"""An answer in words of the reader's language: on mails, pages and reports alike."""

from datetime import date

from mail.question_words import option_label
from mail.translation import long_date, number, translations
from models.contracts.answering import ItemUnit, Known, Reading
from models.contracts.mail import Language

MOST_REFERENCES = 12
"""So many references stand in one line; the report has them all."""


def figure(reading: Reading, unit: ItemUnit, language: Language) -> str:
    """`1.234,5`, `87,5 %`, `yes`, the words themselves, `nothing to report` or `not available: ...`.

    A score, a choice or a corrected figure is followed by its reason: `3 · two projects came from it`.
    """
    _ = translations(language, "mail").gettext
    match reading.kind:
        case "nothing_to_report":
            return _("nothing to report")
        case "not_available":
            return _("not available: %(reason)s") % {"reason": reading.reason}
        case _ if reading.yes is not None:
            return _("yes") if reading.yes else _("no")
        case _ if reading.number is not None:
            written = number(reading.number, language)
            written = f"{written}\u00a0%" if unit == "percent" else written
        case _:
            written = _words(reading.words or "", unit, language)
    return f"{written} · {reading.reason}" if reading.reason else written


def _words(words: str, unit: ItemUnit, language: Language) -> str:
    match unit:
        case "choice":
            return option_label(words, language)
        case "day":
            return long_date(date.fromisoformat(words), language)
        case "months":
            return translations(language, "mail").gettext("%(lengths)s months") % {"lengths": words}
        case _:
            return words


def counted(known: Known, unit: ItemUnit, language: Language) -> str:
    """What Focal counted itself, with its evidence: `2 (delegation/2026-0017, delegation/2026-0021)`."""
    written = figure(Reading(kind="value", typed="", number=known.number), unit, language)
    evidence = [*known.references[:MOST_REFERENCES], *(["…"] if len(known.references) > MOST_REFERENCES else [])]
    return f"{written} ({', '.join(evidence)})" if evidence else written
