"""The words of the report that pages, sheets and files share."""

from babel.support import NullTranslations

from models.contracts.answering import IndicatorUnit
from models.contracts.report import EntryKind


def kinds(words: NullTranslations) -> dict[EntryKind, str]:
    """The five things that can become of an entry, in the order they are always shown."""
    _ = words.gettext
    return {
        "value": _("Value"),
        "zero": _("Zero"),
        "nothing_to_report": _("Nothing to report"),
        "not_available": _("Not available"),
        "missing": _("Missing"),
    }


def measures(words: NullTranslations) -> dict[IndicatorUnit, str]:
    """What an indicator is measured in."""
    _ = words.gettext
    return {"count": _("count"), "percent": _("percent"), "yes/no": _("yes or no"), "text": _("text")}


def outcomes(words: NullTranslations) -> dict[str, str]:
    """The states of a task, as told at the end."""
    _ = words.gettext
    return {
        "scheduled": _("not asked yet"),
        "open": _("awaited"),
        "partly_answered": _("answered in part"),
        "answered": _("answered"),
        "waived": _("waived"),
        "expired": _("not come by the close"),
        "cancelled": _("cancelled"),
    }


def method(words: NullTranslations) -> tuple[str, ...]:
    """How the figures are made, in sentences."""
    _ = words.gettext
    return (
        _("The first unit the plan names leads an indicator. Totals take the leads' figures only."),
        _(
            "Co-responsible units are shown beside the lead and never added to it: the same action may "
            "stand in both figures."
        ),
        _("Counts that add up are summed over the plan's quarters so far; for all others the latest value stands."),
        _("Percentages are never added: a total shows the average of those given."),
        _(
            "A value, zero, nothing to report, not available and missing are five different things, and are "
            "counted as such."
        ),
        _(
            "Where Focal counted a figure itself, that stands beside the answer with its evidence. It is a proposal: "
            "what the unit says counts, and where it says nothing the figure is missing."
        ),
        _("An entry is in time when it was first answered by its due day; correcting it later does not make it late."),
        _("Rates are rounded down, so that 100 % means everything."),
    )
