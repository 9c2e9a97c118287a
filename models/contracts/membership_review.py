"""What a review of a city network computes and keeps: the recommendation with all that it was computed from."""

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Staying = Literal["continue", "optimise", "leave"]
Joining = Literal["join", "watch", "no"]
Result = Staying | Joining
Voice = Literal["evidence", "opinion"]
"""Who scores: the unit that answers for the network, and the office."""


class Frozen(BaseModel):
    """Never changed once it is computed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Thresholds(Frozen):
    """From which weighted mean (0 to 4) on a network is kept, or kept to be improved; below, it is left.

    `least`: the share of the weights (0 to 1) of which something has to be known for a recommendation.
    """

    keep: Decimal = Decimal("2.5")
    improve: Decimal = Decimal("1.5")
    least: Decimal = Decimal("0.5")


class ScoredCriterion(Frozen):
    """One criterion: its weight, both scores (None: no evidence), the score that counts and what it contributes.

    `score`: the mean of those that were given; None leaves the weight out. `points`: weight times score.
    """

    code: str
    names: dict[str, str]
    weight: int
    evidence: int | None
    opinion: int | None
    score: Decimal | None
    points: Decimal | None
    missing: tuple[Voice, ...]


class Turn(Frozen):
    """What would change the recommendation: so many points more (below zero: less) on one criterion give `result`."""

    code: str
    names: dict[str, str]
    points: int
    result: Result


class Recommendation(Frozen):
    """What follows from the scores, with everything that it takes to check it by hand.

    `points` over `weight` is the `total` (rounded to hundredths for the eye; the thresholds are held against the
    exact quotient). `weight` counts the criteria of which something is known, `weight_in_all` every one.
    `result` None: too little is known.
    """

    candidate: bool
    result: Result | None
    total: Decimal | None
    points: Decimal
    weight: int
    weight_in_all: int
    thresholds: Thresholds
    criteria: tuple[ScoredCriterion, ...]
    turns: tuple[Turn, ...] = ()

    @property
    def missing(self) -> tuple[ScoredCriterion, ...]:
        """The criteria on which somebody has not said anything."""
        return tuple(criterion for criterion in self.criteria if criterion.missing)


class PinnedCriterion(Frozen):
    """A criterion as it was when a review opened."""

    code: str
    weight: int
    names: dict[str, str]

    def detail(self) -> dict[str, Any]:
        """What an item that asks for its score has to know."""
        return {"code": self.code, "names": dict(self.names)}
