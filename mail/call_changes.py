"""What changed of a call, in the reader's language."""

from collections.abc import Iterator

from mail.translation import long_date, translations
from models.contracts.calls import CallChange
from models.contracts.mail import Language


def change_said(change: CallChange, language: Language) -> str:
    """What a change was, in short sentences, with the reason of whoever entered it."""
    said = " ".join(_sentences(change, language))
    return f"{said} ({change.reason})" if change.reason else said


def _sentences(change: CallChange, language: Language) -> Iterator[str]:
    gettext = translations(language, "mail").gettext
    old, new = (None if day is None else long_date(day, language) for day in (change.old_day, change.new_day))
    if "deadline" in change.what and old == new:
        yield gettext("The hour of its deadline has changed.")
    elif "deadline" in change.what:
        yield gettext("Its deadline was moved from %(old)s to %(new)s.") % {"old": old, "new": new}
    elif "deadline_added" in change.what:
        yield gettext("It has one more deadline, on %(new)s.") % {"new": new}
    elif "deadline_removed" in change.what:
        yield gettext("Its deadline on %(old)s is not listed any more.") % {"old": old}
    said = {
        "status": gettext("It is open, closed or cancelled now, and was not before."),
        "title": gettext("Its title has changed."),
        "text": gettext("Its text has changed."),
        "budget": gettext("Its budget has changed."),
        "gone": gettext("The portal does not list it any more."),
        "back": gettext("The portal lists it again."),
    }
    yield from (said[what] for what in change.what if what in said)
