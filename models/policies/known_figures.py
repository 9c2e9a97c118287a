"""Which figures of the plan Focal can count itself, and how. Pure.

The rules, and where they come from (the catalogue's notes on the indicators of València's plan, and README S23-S26,
S42-S45):

- Three rows have the name “Nombre de delegacions acollides”. By their context one counts all international
  delegations, one the business and investor ones, one those of the consular corps. The plan does not say whether the
  counts exclude each other: here they do not, so a business delegation is in two of them. A delegation counts in the
  quarter of its last day, once it was received.
- VLC-E2-OE2-A2-I4, “Grau de compliment amb principis horitzontals del pla”, has no scale. Its action wants women to be
  represented in delegations; so it is the share, in whole percent, of the delegations received in which neither women
  nor men are more than 60 % of its people: what Spanish law calls a balanced composition (Ley Orgánica 3/2007, first
  additional provision). Somebody who comes alone cannot be balanced, and is left out; of nobody, nothing is known.
- New networks, and networks with criteria of staying, are asked for in one row per sector. A network belongs to the
  sector whose area (a responsible unit of the row that does not lead it) answers for it. If one that would be counted
  belongs to no sector's area, it may be of any: then nothing is known of these rows. A network has its criteria once
  a review of it was decided.
- VLC-G-IN3-A1-I1 counts two things under one name (participations and promoted actions) and VLC-G-IN3-A1-I2 asks
  whether something was done: neither is counted here.

What Focal counts is the city's figure, so it is proposed to the unit that leads the indicator; the others say their
own. A process that was not carried in Focal before the quarter was over is not known: that is no zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from models.contracts.answering import Known
from models.contracts.mail import VisitKind

BALANCED = Decimal(60)
"""The most that women, or men, may be of a balanced delegation, in percent."""
DELEGATIONS: Mapping[str, VisitKind | None] = {
    "VLC-E4-OE1-A1-I1": None,
    "VLC-E3-OE3-A2-I1": "business",
    "VLC-E4-OE1-A2-I2": "diplomatic",
}
"""The indicators that count delegations, with the kind that each one counts; None: all."""
BALANCE = "VLC-E2-OE2-A2-I4"
JOINED = ("VLC-E1-OE1-A2-I1", "VLC-E1-OE3-A3-I1", "VLC-E2-OE1-A2-I1")
REVIEWED = ("VLC-E1-OE1-A2-I3", "VLC-E1-OE3-A3-I3", "VLC-E2-OE1-A2-I3")
SENT = {"VLC-E1-OE2-A3-I1": "coordinator", "VLC-E1-OE2-A3-I2": "partner", "VLC-E3-OE2-A4-I1": None}
"""The indicators that count proposals sent, with the city's role in those that each one counts; None: any."""
SIGNED = "VLC-E2-OE4-A1-I1"
ASSESSED = "VLC-E3-OE1-A3-I2"
INDICATORS = frozenset({*DELEGATIONS, BALANCE, *JOINED, *REVIEWED, *SENT, SIGNED, ASSESSED})


@dataclass(frozen=True, slots=True)
class ReceivedVisit:
    """A delegation that was received: its reference, its kind and its people."""

    reference: str
    kind: VisitKind
    women: int
    men: int
    others: int

    @property
    def people(self) -> int:
        """How many came."""
        return self.women + self.men + self.others

    @property
    def balanced(self) -> bool:
        """Whether neither women nor men are more than 60 % of it."""
        return max(self.women, self.men) * 100 <= BALANCED * self.people


@dataclass(frozen=True, slots=True)
class CountedNetwork:
    """A network that counts: the reference of the process by which it does, and the unit that answers for it."""

    reference: str
    unit_code: str | None


@dataclass(frozen=True, slots=True)
class CountedCall:
    """A call that counts: the reference of its follow-up, the action that it serves, the city's role where known."""

    reference: str
    action_code: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class CountedCalls:
    """The calls of a quarter: proposals sent in it, agreements signed, decisions about go or no-go."""

    sent: Sequence[CountedCall] = ()
    signed: Sequence[CountedCall] = ()
    assessed: Sequence[CountedCall] = ()


@dataclass(frozen=True, slots=True)
class QuarterFacts:
    """What Focal knows of a quarter; None where the process was not carried in it by then.

    `joined`: networks of which the city became a member in the quarter. `reviewed`: those with a decided review by its
    last day, each once. `visits`: the delegations received in it. `calls`: what was done in it about calls.
    """

    visits: Sequence[ReceivedVisit] | None
    joined: Sequence[CountedNetwork] | None
    reviewed: Sequence[CountedNetwork] | None
    calls: CountedCalls | None = None


def known_figures(facts: QuarterFacts, responsible: Mapping[str, Sequence[str]]) -> dict[str, Known]:
    """What Focal counted itself, by indicator. `responsible`: the units of each indicator asked, the lead first."""
    figures: dict[str, Known] = {}
    if facts.visits is not None:
        for code, kind in DELEGATIONS.items():
            figures[code] = _count([visit.reference for visit in facts.visits if kind in {None, visit.kind}])
        figures |= _balance([visit for visit in facts.visits if visit.people > 1])
    figures |= _by_sector(JOINED, facts.joined, responsible)
    figures |= _by_sector(REVIEWED, facts.reviewed, responsible)
    if facts.calls is not None:
        figures |= _of_calls(facts.calls)
    return {code: figure for code, figure in figures.items() if code in responsible}


def _count(references: Sequence[str]) -> Known:
    return Known(number=Decimal(len(references)), references=tuple(sorted(references)))


def _balance(visits: Sequence[ReceivedVisit]) -> dict[str, Known]:
    if not visits:
        return {}
    share = Decimal(100 * sum(visit.balanced for visit in visits)) / len(visits)
    references = tuple(sorted(visit.reference for visit in visits))
    return {BALANCE: Known(number=share.quantize(Decimal(1), ROUND_HALF_UP), references=references)}


def _by_sector(
    rows: Sequence[str], networks: Sequence[CountedNetwork] | None, responsible: Mapping[str, Sequence[str]]
) -> dict[str, Known]:
    areas = {code: responsible[code][1:] for code in rows if code in responsible}
    every = {unit for units in areas.values() for unit in units}
    if networks is None or any(network.unit_code not in every for network in networks):
        return {}
    return {
        code: _count([network.reference for network in networks if network.unit_code in units])
        for code, units in areas.items()
    }


def _of_calls(calls: CountedCalls) -> dict[str, Known]:
    figures = {
        SIGNED: _count([call.reference for call in _serving(SIGNED, calls.signed)]),
        ASSESSED: _count([call.reference for call in _serving(ASSESSED, calls.assessed)]),
    }
    for code, role in SENT.items():
        sent = _serving(code, calls.sent)
        if role is None:
            figures[code] = _count([call.reference for call in sent])
        elif all(call.role is not None for call in sent):
            figures[code] = _count([call.reference for call in sent if call.role == role])
    return figures


def _serving(indicator_code: str, calls: Sequence[CountedCall]) -> list[CountedCall]:
    """Those calls that serve the action of an indicator."""
    action_code = indicator_code.rpartition("-")[0]
    return [call for call in calls if call.action_code == action_code]
