"""The story of a gap, in sentences of the reader's language: who was asked, what was done, how it ended."""

from collections.abc import Sequence
from datetime import date

from babel.dates import format_skeleton
from babel.lists import format_list

from mail.translation import babel_locale, long_date, number, percent, translations
from models.contracts.mail import Language
from models.contracts.report import Gap


def short_date(day: date, language: Language) -> str:
    """`22 Jan`, as the language writes it."""
    return format_skeleton("MMMd", day, locale=babel_locale(language))


def weekday(day: date, language: Language) -> str:
    """`Fri 22 Jan`, as the language writes it."""
    return format_skeleton("MMMEd", day, locale=babel_locale(language))


def story(gap: Gap, language: Language) -> str:
    """Why the figures of a gap are missing, told from the record."""
    return " ".join([_asked(gap, language), *_pressed(gap, language), _ended(gap, language), *_known(gap, language)])


def _asked(gap: Gap, language: Language) -> str:
    _ = translations(language, "report").gettext
    if gap.task_kind == "focal_point_naming" and gap.asked_on:
        sentence = _("The unit has no focal point. %(name)s, at its head, was asked on %(day)s to name one.")
    elif gap.task_kind == "focal_point_naming":
        sentence = _("The unit has no focal point. %(name)s, at its head, has not been asked yet to name one.")
    elif gap.asked_on:
        sentence = _("%(name)s was asked on %(day)s.")
    else:
        sentence = _("The request to %(name)s has not left yet.")
    return sentence % {"name": gap.asked_of, "day": long_date(gap.asked_on, language) if gap.asked_on else ""}


def _pressed(gap: Gap, language: Language) -> list[str]:
    """The reminders and the escalation, as far as there were any."""
    words = translations(language, "report")
    _, ngettext = words.gettext, words.ngettext
    said = []
    if gap.reminded_on:
        times = len(gap.reminded_on)
        sentence = ngettext("A reminder was sent on %(days)s.", "%(number)s reminders were sent, on %(days)s.", times)
        said.append(sentence % {"number": times, "days": _listed(gap.reminded_on, language)})
    elif gap.asked_on:
        said.append(_("No reminder was sent."))
    if gap.escalated_on and gap.escalated_to:
        values = {"name": gap.escalated_to, "day": long_date(gap.escalated_on, language)}
        said.append(_("%(name)s was told of the delay on %(day)s.") % values)
    elif gap.escalated_on:
        values = {"day": long_date(gap.escalated_on, language)}
        said.append(_("On %(day)s there was nobody above to be told of the delay.") % values)
    return said


def _ended(gap: Gap, language: Language) -> str:
    _ = translations(language, "report").gettext
    match gap.outcome:
        case "waived":
            return _("The request was waived.")
        case "cancelled":
            return _("The request was cancelled.")
        case "scheduled" | "open" | "partly_answered":
            return _("The answer is awaited.")
        case _ if gap.task_kind == "focal_point_naming":
            return _("Nobody was named before the close.")
        case _ if len(gap.missing) < gap.asked:
            return _("The others came; these had not come by the close.")
        case _:
            return _("Nothing had come by the close.")


def _known(gap: Gap, language: Language) -> list[str]:
    """What Focal counted itself, where nobody confirmed it."""
    _ = translations(language, "report").gettext
    sentence = _("Focal counted %(number)s for %(code)s, which nobody confirmed.")
    said = {"percent": percent}
    return [
        sentence % {"number": said.get(known.unit, number)(known.number, language), "code": known.code}
        for known in gap.known
    ]


def _listed(days: Sequence[date], language: Language) -> str:
    # Months in full: a shortened one ends with a point in some languages, and so does the sentence.
    locale = babel_locale(language)
    return format_list([format_skeleton("MMMMd", day, locale=locale) for day in days], locale=locale)
