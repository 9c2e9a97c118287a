"""What the office sets of programmes: their hours, how long things take in them, and what units look for in calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import select

from models.contracts.refusal import Refused, said
from models.policies.people_rows import CODE
from models.tables.calls import CallTheme, Programme, ProgrammeClock
from models.tables.catalogue import Action, Axis, Objective
from models.tables.people import Unit
from operations.audit import record
from operations.tasks import words
from store.calls import find_programme
from store.database import ReadSession, WriteSession

COUNTED_FROM = {
    "stage_result": "deadline",
    "result": "deadline",
    "signature": "result",
    "report": "period_end",
    "reserve": "last_asked",
    "records": "project_end",
}
"""The events that have a clock, each with what it is usually counted from."""
MOST_KEYWORDS = 80
LONGEST_KEYWORD = 60
MOST_CLOCK = 400


async def set_hour(
    session: WriteSession, code: str, *, hour: time | None, zone: str | None, by: str, now: datetime
) -> Programme:
    """Set the hour, or the zone, at which a programme's calls close; calls that are known keep theirs.

    Raises:
        Refused: unknown programme or zone.

    """
    programme = await find_programme(session, code)
    if zone is not None and zone not in available_timezones():
        raise Refused(said("There is no time zone “%(zone)s”: write it as in Europe/Brussels.", zone=zone))
    before = _closing(programme)
    programme.cutoff_hour, programme.zone = hour or programme.cutoff_hour, zone or programme.zone
    change: dict[str, Any] = {"before": before, "after": _closing(programme)}
    record(session, "programme.set", by=by, now=now, programme=programme.code, **change)
    return programme


def _closing(programme: Programme) -> dict[str, str]:
    return {"hour": f"{programme.cutoff_hour:%H:%M}", "zone": programme.zone}


@dataclass(frozen=True, slots=True)
class ClockSet:
    """How long an event takes: so many `months` or `days` after what it is counted from, and where that was read."""

    event: str
    amount: int
    unit: str
    source: str
    counted_from: str | None = None
    certain: bool = False


async def set_clock(
    session: WriteSession, code: str, wish: ClockSet, *, checked_on: date, by: str, now: datetime
) -> ProgrammeClock:
    """Set one clock of a programme; loading the catalogue again does not undo it.

    Raises:
        Refused: unknown programme, event or unit, an amount that cannot be, or no source; each one named.

    """
    programme = await find_programme(session, code)
    problems: list[str] = []
    if wish.event not in COUNTED_FROM:
        problems.append(
            said(
                "There is no clock for “%(event)s”; there are: %(events)s.",
                event=wish.event,
                events=", ".join(COUNTED_FROM),
            )
        )
    if wish.unit not in {"months", "days"}:
        problems.append(said("A clock runs in months or days, not in %(unit)s.", unit=wish.unit))
    if not 1 <= wish.amount <= MOST_CLOCK:
        problems.append(
            said(
                "A clock runs for 1 to %(limit)s months or days, not %(amount)s.", limit=MOST_CLOCK, amount=wish.amount
            )
        )
    counted_from = wish.counted_from or COUNTED_FROM.get(wish.event, "")
    if wish.counted_from is not None and wish.counted_from not in COUNTED_FROM.values():
        problems.append(
            said(
                "Nothing is counted from “%(event)s”: %(events)s.",
                event=wish.counted_from,
                events=", ".join(dict.fromkeys(COUNTED_FROM.values())),
            )
        )
    if problems:
        raise Refused(*problems)
    values = {
        "amount": wish.amount,
        "unit": wish.unit,
        "counted_from": counted_from,
        "source": words("a source", wish.source),
        "checked_on": checked_on,
        "certain": wish.certain,
    }
    clock = await session.get(ProgrammeClock, (programme.code, wish.event))
    before = None if clock is None else _plain({name: getattr(clock, name) for name in values})
    if clock is None:
        clock = ProgrammeClock(programme_code=programme.code, event=wish.event, **values)
        session.add(clock)
    else:
        for name, value in values.items():
            setattr(clock, name, value)
    change: dict[str, Any] = {"before": before, "after": _plain(values)}
    record(session, "clock.set", by=by, now=now, programme=programme.code, event=wish.event, **change)
    await session.flush()
    return clock


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the record keeps them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class ThemeSet:
    """What is set of a theme; None stays as it is."""

    units: Sequence[str] | None = None
    keywords: Sequence[str] | None = None
    programmes: Sequence[str] | None = None


async def set_theme(session: WriteSession, code: str, wish: ThemeSet, *, by: str, now: datetime) -> CallTheme:
    """Set what a theme looks for and who is asked; a new one needs units and keywords. An action's theme has its code.

    Raises:
        Refused: nothing to set, a new theme without units or keywords, an unknown unit or programme, or a keyword that
            cannot be one; each one named.

    """
    if wish.units is None and wish.keywords is None and wish.programmes is None:
        raise Refused(said("Say what is to be set of %(code)s: units, keywords or programmes.", code=code))
    if problems := await _problems(session, code, wish):
        raise Refused(*problems)
    theme = await session.get(CallTheme, code)
    before = None if theme is None else _looked_for(theme)
    if theme is None:
        if not wish.units or not wish.keywords:
            raise Refused(said("There is no theme %(code)s yet: a new one needs units and keywords.", code=code))
        theme = CallTheme(code=code, units=[], keywords=[], programmes=[], plan_code=await _plan_of(session, code))
        theme.action_code = code if theme.plan_code else None
        session.add(theme)
    theme.units = list(wish.units) if wish.units is not None else theme.units
    theme.keywords = [keyword.strip() for keyword in wish.keywords] if wish.keywords is not None else theme.keywords
    theme.programmes = list(wish.programmes) if wish.programmes is not None else theme.programmes
    record(session, "call_theme.set", by=by, now=now, theme=code, before=before, after=_looked_for(theme))
    await session.flush()
    return theme


def _looked_for(theme: CallTheme) -> dict[str, list[str]]:
    return {"units": theme.units, "keywords": theme.keywords, "programmes": theme.programmes}


async def _problems(session: ReadSession, code: str, wish: ThemeSet) -> list[str]:
    problems: list[str] = []
    if not CODE.fullmatch(code):
        problems.append(
            said(
                "“%(code)s” is not a code: use letters A-Z, digits, hyphens, dots and underscores, at most 64.",
                code=code,
            )
        )
    if wish.units is not None and not wish.units:
        problems.append(said("A theme has one unit at least."))
    problems += [
        said("There is no unit “%(unit)s”.", unit=unit)
        for unit in wish.units or ()
        if await session.get(Unit, unit) is None
    ]
    problems += [
        said("There is no programme “%(programme)s”: `focal calls clocks` lists them.", programme=programme)
        for programme in wish.programmes or ()
        if await session.get(Programme, programme) is None
    ]
    if wish.keywords is not None and not 1 <= len(wish.keywords) <= MOST_KEYWORDS:
        problems.append(said("A theme has 1 to %(limit)s keywords.", limit=MOST_KEYWORDS))
    problems += [
        said("“%(keyword)s” is not a keyword: write 2 to %(limit)s characters.", keyword=keyword, limit=LONGEST_KEYWORD)
        for keyword in wish.keywords or ()
        if not 1 < len(keyword.strip()) <= LONGEST_KEYWORD or not keyword.strip().isprintable()
    ]
    return problems


async def _plan_of(session: ReadSession, action_code: str) -> str | None:
    """The plan of an action; None where there is no such action."""
    query = (
        select(Axis.plan_code)
        .join(Objective, Objective.axis_code == Axis.code)
        .join(Action, Action.objective_code == Objective.code)
        .where(Action.code == action_code)
    )
    plan_code: str | None = await session.scalar(query)
    return plan_code
