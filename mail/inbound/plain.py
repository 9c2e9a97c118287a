"""Text of a mail made comparable: what cannot be seen taken out, letters without case and accents."""

import re
import unicodedata

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc`]")


def seen(text: str) -> str:
    """Without characters of no width and turns of the reading direction, which mail programs put anywhere."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def fold(text: str) -> str:
    """In small letters without accents, with plain apostrophes and single spaces: for comparing, never for showing."""
    if text.isascii():
        return " ".join(text.replace("`", "'").lower().split())
    apart = unicodedata.normalize("NFKD", seen(text).casefold())
    return " ".join(_APOSTROPHES.sub("'", _ACCENTS.sub("", apart)).split())


def letter_by_letter(text: str) -> str:
    """In small letters without accents, each at its place, so that what is found here stands there in the text.

    `text` in NFC.
    """
    if text.isascii():
        return text.lower()
    return "".join(map(_plain_letter, text))


def _plain_letter(char: str) -> str:
    if char in "\u2018\u2019":
        return "'"
    return " " if char.isspace() else unicodedata.normalize("NFD", char)[0].lower()[0]


def words(listed: str) -> frozenset[str]:
    """A vocabulary out of one string."""
    return frozenset(listed.split())
