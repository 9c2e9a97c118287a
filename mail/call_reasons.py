"""Why something that was asked about a call is not asked any more."""

from mail.question_words import option_label
from mail.translation import translations
from models.contracts.mail import Language


def call_changed(language: Language) -> str:
    """Why a decision that was asked for is withdrawn."""
    gettext = translations(language, "mail").gettext
    return gettext(
        "The deadline, or what the units say of the call, has changed. You are asked again, with what is known now."
    )


def not_needed(language: Language) -> str:
    """Why a step to a proposal is taken back: another unit has it, or the proposal does not need it at this stage."""
    gettext = translations(language, "mail").gettext
    return gettext("Another unit does this now, or the proposal does not need it.")


def result_known(language: Language) -> str:
    """Why a question about the result is withdrawn."""
    return translations(language, "mail").gettext("The result is known by now.")


def report_not_needed(language: Language) -> str:
    """Why a report is not asked for any more."""
    return translations(language, "mail").gettext("The agreement was amended: there is no such reporting period now.")


def why_said(kept: str, language: Language) -> str:
    """A reason that was kept as `key: words` (`operations/call_decisions.py`), or as words alone."""
    key, _, words = kept.partition(": ")
    label = option_label(key, language)
    if label == key:
        return kept
    return f"{label}: {words}" if words else label
