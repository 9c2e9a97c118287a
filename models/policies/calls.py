"""The register of calls: what a call effectively is, what the portal may change of it, and whom it may concern. Pure.

Days are those on which a deadline falls by the clock of its own zone; “today” is the day in Brussels.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from html import unescape
from itertools import zip_longest
from types import MappingProxyType
from zoneinfo import ZoneInfo

from models.contracts.calls import CallChange, ChangeOf, DeadlineRead, EffectiveStatus, ReadCall, ThemeMatch
from models.contracts.refusal import said
from models.policies.portal_rows import portal_day

BRUSSELS = ZoneInfo("Europe/Brussels")
CLOSING_DAYS = 14
FURTHEST_YEARS = 8
"""No programme plans further ahead: a later day is a placeholder."""
GONE_AFTER = 2
"""Whole crawls in a row without a call, after which it counts as gone."""
WHY_IGNORED = MappingProxyType(
    {
        "not_for_cities": "cities cannot apply, or not as what this city is",
        "not_our_theme": "it is about something else than what the plan is about",
        "no_capacity": "nobody has the time to prepare or to carry it out",
        "no_cofunding": "the city's own share cannot be paid",
        "too_small": "the grant is not worth the work",
        "too_late": "the time to the deadline is too short",
        "covered": "the city has, or follows, something of the kind already",
    }
)
"""The codes with which a call is ignored, in words."""

_TAGS = re.compile(r"<[^>]*>")
_JOINTS = re.compile(r"[\s\-–]+")
_READ_OF_TEXT = 20_000
"""Characters of a description in which keywords are looked for; what a call is about stands at its beginning."""
_PLACES = (3, 2, 1)
"""Points for a keyword in the title, among the call's keywords, in the text."""
_ENOUGH = 2
"""Points from which a call may concern somebody: one word in the text alone is chance."""


def today_of(now: datetime) -> date:
    """The day in Brussels."""
    return now.astimezone(BRUSSELS).date()


def furthest_day(today: date) -> date:
    """The last day on which a deadline can be true."""
    return date(today.year + FURTHEST_YEARS, 12, 31)


def instant(deadline: DeadlineRead) -> datetime:
    """When a deadline is, on the clock of its zone."""
    return datetime.combine(deadline.day, deadline.hour, ZoneInfo(deadline.zone))


def next_deadline(deadlines: Sequence[DeadlineRead], now: datetime) -> DeadlineRead | None:
    """The first deadline that is ahead; None when all are over, or there is none."""
    ahead = [each for each in deadlines if instant(each) > now]
    return min(ahead, key=instant, default=None)


def effective_status(call: ReadCall, now: datetime, *, gone: bool = False, cancelled: bool = False) -> EffectiveStatus:
    """What a call is, by what is known of it and the clock; the portal's own word counts only where there are no days.

    A call in two stages whose second deadline is ahead is open, although the portal says closed. One that the portal
    closed before its only deadline is unclear.
    """
    if cancelled or gone:
        return "cancelled" if cancelled else "gone"
    coming, said = next_deadline(call.deadlines, now), call.portal_status
    if coming is None:
        return _without_days(call)
    if said == "closed" and call.deadline_model != "two_stage":
        return "unclear"
    today = today_of(now)
    if call.opens_on is not None and call.opens_on > today:
        return "forthcoming"
    if said == "forthcoming" and call.opens_on is None:
        return "forthcoming"
    return "closing" if (coming.day - today).days <= CLOSING_DAYS else "open"


def _without_days(call: ReadCall) -> EffectiveStatus:
    """What a call is that has no deadline ahead."""
    if call.deadlines or call.portal_status == "closed":
        return "closed"
    return "forthcoming" if call.portal_status == "forthcoming" and not call.review else "unclear"


def for_newcomers(call: ReadCall, now: datetime) -> bool:
    """Whether somebody who has not applied yet still can: the second of two stages is for those who are invited."""
    if call.deadline_model == "two_stage" and call.deadlines:
        return instant(call.deadlines[0]) > now
    return True


@dataclass(frozen=True, slots=True)
class DeadlineMove:
    """One deadline before and after a change, each with its number; None: there was none, or there is none any more."""

    before: tuple[int, DeadlineRead] | None
    after: tuple[int, DeadlineRead] | None

    @property
    def changed(self) -> bool:
        """Whether it is another deadline, whatever its number."""
        return self.before is None or self.after is None or self.before[1] != self.after[1]


def merge_deadlines(known: Sequence[DeadlineRead], call: ReadCall, today: date) -> tuple[DeadlineMove, ...]:
    """Which deadline became which, both given in the order of their days; deadlines that are over stay.

    An hour that a person entered stays with its deadline, whatever its day becomes.
    """
    pair = _pair_cut_offs if call.deadline_model == "cut_offs" else _pair_stages
    pairs = [(old, _keep_hour(old, new)) for old, new in pair(known, call.deadlines, today)]
    number_before = {id(each): number for number, each in enumerate(known, start=1)}
    coming = sorted((new for _, new in pairs if new is not None), key=instant)
    number_after = {id(each): number for number, each in enumerate(coming, start=1)}
    return tuple(
        DeadlineMove(
            before=None if old is None else (number_before[id(old)], old),
            after=None if new is None else (number_after[id(new)], new),
        )
        for old, new in pairs
    )


Pair = tuple[DeadlineRead | None, DeadlineRead | None]


def _keep_hour(old: DeadlineRead | None, new: DeadlineRead | None) -> DeadlineRead | None:
    if old is None or new is None or not old.entered or new.entered:
        return new
    return old.model_copy(update={"day": new.day})


def _pair_stages(known: Sequence[DeadlineRead], read: Sequence[DeadlineRead], today: date) -> list[Pair]:
    """Stage by stage; a first stage that is over and not listed any more stays."""
    over = sum(each.day < today for each in known)
    stay = max(min(len(known) - len(read), over), 0)
    return [*((each, each) for each in known[:stay]), *zip_longest(known[stay:], read)]


def _pair_cut_offs(known: Sequence[DeadlineRead], read: Sequence[DeadlineRead], today: date) -> list[Pair]:
    """By their days; what is left over on both sides was moved, in order."""
    same = {each.day: each for each in read}
    listed = {each.day for each in known}
    pairs: list[Pair] = []
    missing: list[DeadlineRead] = []
    for each in known:
        if each.day in same:
            pairs.append((each, same[each.day]))
        elif each.day < today:
            pairs.append((each, each))
        else:
            missing.append(each)
    new = [each for each in read if each.day not in listed]
    stay = sorted(listed & same.keys())
    for place in range(len(stay) + 1):  # none moves past one that stays
        left, came = ([each for each in some if bisect(stay, each.day) == place] for some in (missing, new))
        pairs += zip_longest(left, came)
    return pairs


def keep_own_days(known: ReadCall, read: ReadCall) -> ReadCall:
    """What was read, with the deadlines that a person has made where the portal says nothing new of them.

    Days count, not how they are written. A second stage that the portal never listed stands until it does.
    """
    said, says = _days_said(known), _days_said(read)
    if said == says:
        return read.model_copy(update={"deadlines": known.deadlines, "deadline_model": known.deadline_model})
    listed = [each for each in said if isinstance(each, date)]
    second = known.deadlines[1:] if known.deadline_model == "two_stage" and len(listed) < len(known.deadlines) else ()
    if second and len(read.deadlines) == 1 and read.deadlines[0].day < second[0].day:
        return read.model_copy(update={"deadlines": (*read.deadlines, *second), "deadline_model": "two_stage"})
    return read


def _days_said(call: ReadCall) -> set[date | str]:
    return {portal_day(written) or written for written in call.raw_days}


def row_refusal(known: ReadCall | None, read: ReadCall, today: date) -> str | None:
    """Why a row of the portal is not taken, so that what is known stands; None if it may be taken.

    `known`: the call of the same identifier; None for a new one.
    """
    if known is not None and known.programme != read.programme:
        return f"It is listed under {read.programme}, and is known as a call of {known.programme}."
    if far := [each.day for each in read.deadlines if each.day > furthest_day(today)]:
        return f"Its deadline on {far[0]} is too far ahead to be true."
    if known is None:
        return None
    ahead = [each for each in known.deadlines if each.day >= today]
    if ahead and not read.deadlines:
        why = read.review or "It has no deadline any more."
        return f"{why} The known deadline on {ahead[0].day} stands."
    for move in merge_deadlines(known.deadlines, read, today):
        if move.before is None or move.after is None:
            continue
        old, new = move.before[1], move.after[1]
        if old.day >= today > new.day:
            return f"Its deadline was moved from {old.day} into the past, to {new.day}."
    return None


def renamed(identifier: str, known_as: str) -> str:
    """Why a row is not taken whose number in the portal is known under another identifier."""
    return (
        f"The portal now gives this name to what is known as {known_as}. "
        f"If it is the same call: focal calls rename {known_as} {identifier}"
    )


def name_was(identifier: str, now_called: str) -> str:
    """Why a call cannot have an identifier under which another one, that was renamed, is or was followed."""
    return said(
        "%(identifier)s is the name under which %(now_called)s is or was followed: no other call can have it.",
        identifier=identifier,
        now_called=now_called,
    )


def crawl_refusal(listed: int, refused: int, known: int, missing: int) -> str | None:
    """Why a whole crawl is not taken; None if it may be.

    `listed`: calls that came, `refused`: rows among them that cannot be read; `known`: calls in the register that
    should be listed, `missing`: those of them that are not.
    """
    if not listed and known:
        return f"The portal lists no call, where {known} are known."
    if refused * 2 > listed:
        return f"{refused} of {listed} calls that the portal lists cannot be read."
    if missing * 2 > known:
        return f"{missing} of {known} calls that are known are not listed any more."
    return None


def change_between(known: ReadCall, read: ReadCall, moves: Sequence[DeadlineMove], today: date) -> CallChange | None:
    """What people should know of a change; None if nothing is worth a word."""
    what: list[ChangeOf] = []
    moved = [move for move in moves if move.before and move.after and move.changed]
    added = [move for move in moves if move.before is None and move.after and move.after[1].day >= today]
    removed = [move for move in moves if move.after is None]
    if moved:
        what.append("deadline")
    if added:
        what.append("deadline_added")
    if removed:
        what.append("deadline_removed")
    over = all(move.after is None or move.after[1].day < today for move in moves)
    if known.portal_status != read.portal_status and not (read.portal_status == "closed" and moves and over):
        what.append("status")
    if known.title != read.title:
        what.append("title")
    if _text(known) != _text(read):
        what.append("text")
    if (known.budget, known.largest_grant, known.grants) != (read.budget, read.largest_grant, read.grants):
        what.append("budget")
    if not what:
        return None
    told = next(iter([*moved, *added, *removed]), None)
    return CallChange(
        what=tuple(what),
        old_day=told.before[1].day if told and told.before else None,
        new_day=told.after[1].day if told and told.after else None,
    )


def _text(call: ReadCall) -> tuple[object, ...]:
    return call.description, call.call_title, call.action_type, call.opens_on, call.keywords, call.url, call.review


@dataclass(frozen=True, slots=True)
class Theme:
    """What somebody looks for in calls. `programmes`: only in these; empty for all."""

    code: str
    action_code: str | None
    units: tuple[str, ...]
    keywords: tuple[str, ...]
    programmes: tuple[str, ...] = ()


def matches(themes: Collection[Theme], call: ReadCall) -> tuple[ThemeMatch, ...]:
    """Whom a call may concern and why, the surest first."""
    text = unescape(_TAGS.sub(" ", call.description[:_READ_OF_TEXT]))
    places = [(place, _plain(place)) for place in (f"{call.title}\n{call.call_title}", "\n".join(call.keywords), text)]
    found = [match for theme in themes if (match := _match(theme, call.programme, places)) is not None]
    return tuple(sorted(found, key=lambda match: (-match.points, match.theme)))


def _plain(text: str) -> str:
    """A text in small letters, with one blank for whatever joins its words."""
    return _JOINTS.sub(" ", text.lower())


@lru_cache(maxsize=4096)
def _plain_keyword(keyword: str) -> str:
    return _plain(keyword.strip())


def _match(theme: Theme, programme: str, places: Sequence[tuple[str, str]]) -> ThemeMatch | None:
    if theme.programmes and programme not in theme.programmes:
        return None
    points: Counter[str] = Counter()
    for worth, (place, plain) in zip(_PLACES, places, strict=True):
        # Most keywords stand nowhere in a call: to find that out, no pattern is needed.
        keywords = tuple(keyword for keyword in theme.keywords if _plain_keyword(keyword) in plain)
        for hit in _pattern(keywords).finditer(place) if keywords else ():
            keyword = keywords[(hit.lastindex or 1) - 1]
            points[keyword] = max(points[keyword], worth)
    if points.total() < _ENOUGH:
        return None
    found = tuple(keyword for keyword in theme.keywords if points[keyword])
    return ThemeMatch(
        theme=theme.code, action_code=theme.action_code, units=theme.units, found=found, points=points.total()
    )


@lru_cache(maxsize=4096)
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words in any case, in singular and plural, however they are joined: `city network` finds City-Networks."""
    words = (r"[\s\-–]+".join(map(re.escape, keyword.split())) for keyword in keywords)
    return re.compile("|".join(rf"(?<!\w)({each}(?:e?s)?)(?!\w)" for each in words) or r"(?!)", re.IGNORECASE)
