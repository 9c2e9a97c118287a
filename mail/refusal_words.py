"""Refusals in the reader's language: the sentences of operations, which are English where they are made."""

from collections.abc import Mapping
from datetime import date

from mail.translation import long_date, translations
from models.contracts.mail import Language
from models.contracts.refusal import IsoDay, Said


def refusal_in(sentence: str, language: Language) -> str:
    """One sentence of a refusal, without commands of the command line; English where it cannot be said otherwise."""
    if not isinstance(sentence, Said):
        return sentence
    return translations(language, "refusals").gettext(sentence.template) % _values(sentence.values, language)


def _values(values: Mapping[str, object], language: Language) -> dict[str, object]:
    return {name: _value(value, language) for name, value in values.items()}


def _value(value: object, language: Language) -> object:
    if isinstance(value, Said):
        return refusal_in(value, language)
    if isinstance(value, IsoDay):
        return long_date(value.day, language)
    if isinstance(value, date):
        return long_date(value, language)
    return value
