"""The weekly mail to the coordinator: calls to decide about, and what became of those that are watched or followed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mail.call_changes import change_said
from models.contracts.calls import CallChange, EffectiveStatus, ThemeMatch
from models.contracts.mail import CallLine, CallsDigest
from models.policies.calls import Theme, effective_status, for_newcomers, instant, matches, next_deadline
from models.tables.calls import Call
from operations.notices import hand_over, leave_at, reader_context, write
from settings import Settings
from store.calendars import load_calendar
from store.calls import (
    KnownCall,
    followed,
    known_calls,
    last_readings,
    live_themes,
    plan_of_themes,
    unit_names,
)
from store.database import WriteSession
from store.outbox import keys_written

MORNING = time(8)
SHOWN = 40
"""Calls in one mail; of the others it is said how many there are."""
STALE_AFTER = timedelta(days=7)
OVER = frozenset({"closed", "gone", "cancelled"})

News = Literal["new", "changed", "closing", "gone"]


@dataclass(frozen=True, slots=True)
class Told:
    """A call to tell of, why, and whom it may concern."""

    known: KnownCall
    news: News
    status: EffectiveStatus
    found: tuple[ThemeMatch, ...]
    ours: bool

    @property
    def rank(self) -> tuple[bool, bool, int, int, str]:
        """Those that are watched or followed, then those that concern somebody, the surest first; then by the news."""
        news: Sequence[News] = ("new", "changed", "closing", "gone")
        points = self.found[0].points if self.found else 0
        return not self.ours, not self.found, -points, news.index(self.news), self.known.row.identifier


async def write_digest(session: WriteSession, settings: Settings, *, now: datetime) -> int:
    """Write the mail of the week, on Monday morning of the office; gives of how many calls it tells.

    One mail a week, and none if there is nothing to say: neither a call to decide about, nor a change, nor a programme
    that was not read for a week. Every change is told once; what did not fit comes the week after.
    """
    local = now.astimezone(ZoneInfo(settings.office_zone))
    key = f"calls_digest:{local:%G-W%V}"
    if local.weekday() != 0 or local.time() < MORNING or await keys_written(session, [key]):
        return 0
    themes = await live_themes(session)
    told, silent = await _news(session, themes, now)
    stale = await _stale(session, settings, now)
    for call in silent:
        call.told_version = call.version
    if not told and not stale:
        return 0
    plan = await plan_of_themes(session, themes)
    names = await unit_names(session)
    context = CallsDigest(
        **reader_context(settings, settings.coordinator_language, settings.coordinator_name),
        **({"plan_title": plan.title, "plan_language": plan.language} if plan else {"plan_title": "Focal"}),
        week_of=local.date(),
        calls=tuple(_line(each, settings, names, now) for each in told[:SHOWN]),
        more=max(len(told) - SHOWN, 0),
        stale=stale,
        command="focal calls list --undecided",
    )
    mail = write(settings, key=key, name="calls_digest", context=context, thread="calls", now=now)
    if plan is not None:
        leave_at(mail, (await load_calendar(session, plan.calendar)).sending_instant(now))
    await hand_over(session, [mail])
    for each in told[:SHOWN]:  # the others come next time
        each.known.row.told_version = each.known.row.version
    return len(told)


async def _news(session: WriteSession, themes: Collection[Theme], now: datetime) -> tuple[list[Told], list[Call]]:
    """What is to be told, the most important first; and the calls that changed without concerning anybody."""
    followed_calls = await followed(session)
    told: list[Told] = []
    silent: list[Call] = []
    for known in await known_calls(session, Call.decision.is_distinct_from("ignore")):
        row, read = known.row, known.read
        status = effective_status(read, now, gone=row.gone_at is not None, cancelled=row.cancelled_at is not None)
        ours = row.id in followed_calls or row.decision == "watch"
        fresh = row.version > row.told_version
        if not fresh and status != "closing":
            continue
        found = matches(themes, read)
        news = _kind_of_news(row, status, ours=ours, fresh=fresh, concerns=bool(found))
        if news in {"new", "closing"} and not for_newcomers(read, now):
            news = None
        if news is not None:
            told.append(Told(known, news, status, found, ours))
        elif fresh:
            silent.append(row)
    return sorted(told, key=lambda each: each.rank), silent


def _kind_of_news(row: Call, status: EffectiveStatus, *, ours: bool, fresh: bool, concerns: bool) -> News | None:
    """What is told of a call; None for nothing."""
    if fresh and row.told_version == 0 and row.decision is None:
        return "new" if status not in OVER else None
    if fresh and row.version > 1 and (ours or (concerns and row.decision is None and status == "gone")):
        return "gone" if status == "gone" else "changed"
    if status == "closing" and (row.decision == "watch" or (concerns and row.decision is None)):
        return "closing"
    return None


def _line(told: Told, settings: Settings, names: dict[str, str], now: datetime) -> CallLine:
    row, read = told.known.row, told.known.read
    coming = next_deadline(read.deadlines, now)
    change = CallChange.model_validate(row.change) if row.change and told.news in {"changed", "gone"} else None
    units = dict.fromkeys(code for match in told.found for code in match.units)
    return CallLine(
        identifier=row.identifier,
        title=row.title,
        programme=row.programme_code,
        news=told.news,
        status=told.status,
        deadline=instant(coming) if coming else None,
        budget=None if row.budget is None else int(row.budget),
        change=change_said(change, settings.coordinator_language) if change else "",
        review=row.review,
        found=tuple(dict.fromkeys(word for match in told.found for word in match.found)),
        units=tuple(names.get(code, code) for code in units),
        url=row.url,
        command=f"focal calls follow {row.identifier}" if told.news in {"new", "closing"} else "",
    )


async def _stale(session: WriteSession, settings: Settings, now: datetime) -> tuple[tuple[str, date | None], ...]:
    """The programmes that were not read for a week; none where there is no portal to read from."""
    if settings.calls_portal_address is None:
        return ()
    zone = ZoneInfo(settings.office_zone)
    readings = await last_readings(session, settings.calls_programmes.split())
    return tuple(
        (code, at.astimezone(zone).date() if at else None)
        for code, at in readings.items()
        if at is None or at <= now - STALE_AFTER
    )
