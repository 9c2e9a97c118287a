"""An answer in words of the reader's language: on mails, pages and reports alike."""

from mail.translation import number, translations
from models.contracts.answering import IndicatorUnit, Reading
from models.contracts.mail import Language


def figure(reading: Reading, unit: IndicatorUnit, language: Language) -> str:
    """`1.234,5`, `87,5 %`, `yes`, the words themselves, `nothing to report` or `not available: ...`."""
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
            return f"{written}\u00a0%" if unit == "percent" else written
        case _:
            return reading.words or ""
