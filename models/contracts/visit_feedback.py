"""What passes between the page on which a guest says how a visit was and the operation behind it."""

from datetime import date
from typing import Literal

from models.contracts.answering import Frozen
from models.contracts.mail import Language


class FeedbackForm(Frozen):
    """The page of one visit; days are local. `given_on`: when the last answer came, None for none so far."""

    organisation: str
    first_day: date
    last_day: date
    language: Language
    """Of the contact of the delegation."""
    open_until: date
    over: bool
    """Nothing is taken any more."""
    given_on: date | None


class TypedFeedback(Frozen):
    """What a guest typed, exactly so."""

    rating: str = ""
    words: str = ""


class FeedbackProblem(Frozen):
    """One thing to correct in it."""

    field: Literal["rating", "words"]
    code: Literal["rating_missing", "too_long"]
