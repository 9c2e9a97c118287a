"""Taking what was read from the portal: put aside page by page, then taken as a whole, or not at all.

What is not taken changes nothing: what was known of the day before stands, and the coordinator is told once.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from models.contracts.calls import CallChange, CrawlResult, ReadCall
from models.contracts.mail import FeedTrouble
from models.contracts.portal import ProgrammeScope, RowRefused
from models.contracts.refusal import Refused, said
from models.policies.calls import (
    GONE_AFTER,
    crawl_refusal,
    effective_status,
    keep_own_days,
    name_was,
    renamed,
    row_refusal,
    today_of,
)
from models.tables.calls import Call, Crawl, Programme
from operations.audit import record
from operations.call_letters import CallDesk
from operations.calls import digest_of, insert_calls, note_change, update_call
from operations.notices import hand_over, leave_at, reader_context, write
from settings import Settings
from store.calendars import load_calendar
from store.call_follow_up import take_case
from store.calls import (
    KnownCall,
    drop_staged,
    find_programme,
    former_names,
    known_calls,
    last_taken,
    live_themes,
    open_pursuit,
    plan_of_themes,
    stage_rows,
    staged_identifiers,
    staged_new_numbers,
    staged_rows,
    topics_by_number,
)
from store.database import ReadSession, WriteSession

AT_ONCE = 100
TOLD = 20
"""Rows that are named in one mail."""
BEFORE_SENDING = frozenset({"interest", "preparing"})
"""States of a follow-up in which it matters that its call is gone."""
BROKEN_OFF = "It was broken off, or another reading of the programme was begun."


async def begin_crawl(session: WriteSession, programme_code: str, *, now: datetime) -> tuple[UUID, ProgrammeScope]:
    """Begin to read a programme; a reading of it that is still open is given up.

    Raises:
        Refused: unknown programme, or one that the portal does not list.

    """
    programme = await find_programme(session, programme_code)
    if programme.portal_code is None:
        raise Refused(
            said(
                "The portal does not list %(programme)s: its calls are entered with `focal calls add`.",
                programme=programme.code,
            )
        )
    await session.refresh(programme, with_for_update=True)
    left = list(
        await session.scalars(select(Crawl).where(Crawl.programme_code == programme.code, Crawl.outcome == "under_way"))
    )
    for crawl in left:
        crawl.outcome, crawl.reason, crawl.ended_at = "failed", BROKEN_OFF, now
    await drop_staged(session, [crawl.id for crawl in left])
    crawl = Crawl(id=uuid4(), programme_code=programme.code, begun_at=now, problems=[])
    session.add(crawl)
    await session.flush()
    topics = [each for each in await _listed_by_rights(session, programme.code, now) if each.row.kind == "topic"]
    scope = ProgrammeScope(
        code=programme.code,
        portal_code=programme.portal_code,
        cutoff_hour=programme.cutoff_hour,
        zone=programme.zone,
        known=tuple(each.row.identifier for each in topics),
    )
    return crawl.id, scope


async def _listed_by_rights(session: ReadSession, programme_code: str, now: datetime) -> list[KnownCall]:
    """The calls that the portal should still list: those of it that are neither over nor gone nor cancelled."""
    known = await known_calls(
        session,
        Call.programme_code == programme_code,
        Call.origin == "portal",
        Call.gone_at.is_(None),
        Call.cancelled_at.is_(None),
    )
    return [each for each in known if effective_status(each.read, now) != "closed"]


async def _under_way(session: WriteSession, crawl_id: UUID) -> Crawl:
    """A crawl that nobody else changes; its programme is locked before it, as where a crawl begins."""
    crawl = await session.get_one(Crawl, crawl_id)
    await session.get_one(Programme, crawl.programme_code, with_for_update=True)
    await session.refresh(crawl, with_for_update=True)
    if crawl.outcome != "under_way":
        reason = f" {crawl.reason}" if crawl.reason else ""
        raise Refused(
            said("This reading of %(programme)s is over.%(reason)s", programme=crawl.programme_code, reason=reason)
        )
    return crawl


async def stage_page(session: WriteSession, crawl_id: UUID, page: Sequence[ReadCall | RowRefused]) -> None:
    """Put one page aside.

    Raises:
        Refused: another reading of the programme was begun in the meantime.

    """
    crawl = await _under_way(session, crawl_id)
    await stage_rows(session, crawl_id, crawl.total, [row for row in page if isinstance(row, ReadCall)])
    refused = [[row.identifier, row.reason] for row in page if isinstance(row, RowRefused)]
    crawl.problems = [*crawl.problems, *refused]
    crawl.total += len(page)


async def give_up(
    session: WriteSession, settings: Settings, crawl_id: UUID, *, failed: bool, reason: str, now: datetime
) -> CrawlResult:
    """Take nothing of a crawl: it failed (nothing came), or what came cannot be trusted. The coordinator is told once.

    Raises:
        Refused: another reading of the programme was begun in the meantime.

    """
    crawl = await _under_way(session, crawl_id)
    return await _give_up(session, settings, crawl, failed=failed, reason=reason, now=now)


async def _give_up(
    session: WriteSession, settings: Settings, crawl: Crawl, *, failed: bool, reason: str, now: datetime
) -> CrawlResult:
    reason = "".join(each for each in reason if each.isprintable())  # it may quote what the portal sent
    crawl.outcome, crawl.reason, crawl.ended_at = "failed" if failed else "refused", reason, now
    await drop_staged(session, [crawl.id])
    before = await last_taken(session, crawl.programme_code)
    # As long as nothing is taken it is the same trouble, whatever it looks like from one night to the next.
    key = f"feed_trouble:{crawl.programme_code}:{before.id if before else 'never taken'}"
    await _tell(session, settings, crawl, key, reason, before=before, now=now)
    return _result(crawl)


async def take_crawl(
    session: WriteSession, settings: Settings, crawl_id: UUID, *, accept_loss: bool = False, now: datetime
) -> CrawlResult:
    """Bring the register up to date with all that was put aside, or take nothing if the whole cannot be true.

    `accept_loss`: a person has looked, and so many calls are gone indeed.

    Raises:
        Refused: another reading of the programme was begun in the meantime.

    """
    crawl = await _under_way(session, crawl_id)
    refused = {str(identifier).upper() for identifier, _ in crawl.problems}
    seen = {identifier.upper() for identifier in await staged_identifiers(session, crawl.id)} | refused
    listed = await _listed_by_rights(session, crawl.programme_code, now)
    renamed_numbers = await staged_new_numbers(session, crawl.id)
    missing = [
        each for each in listed if each.row.identifier.upper() not in seen and each.row.portal_id not in renamed_numbers
    ]
    reason = crawl_refusal(crawl.total, len(crawl.problems), len(listed), len(missing))
    if reason is not None and not accept_loss:
        told = f"{reason} If that is right: focal calls sync --programme {crawl.programme_code} --accept-loss"
        return await _give_up(session, settings, crawl, failed=False, reason=told, now=now)
    before = await last_taken(session, crawl.programme_code)
    for first in range(0, crawl.total, AT_ONCE):
        await _take(session, crawl, await staged_rows(session, crawl.id, first, AT_ONCE), now)
    for each in missing:
        await _miss(session, settings, crawl, each.row, now)
    crawl.outcome, crawl.ended_at = "taken", now
    await drop_staged(session, [crawl.id])
    await _tell_of_rows(session, settings, crawl, before, now)
    counts = _result(crawl).model_dump(exclude={"problems", "reason"})
    record(session, "calls.crawled", by="portal", now=now, refused=len(crawl.problems), **counts)
    return _result(crawl)


async def _take(session: WriteSession, crawl: Crawl, rows: Sequence[ReadCall], now: datetime) -> None:
    names, numbers = [row.identifier.upper() for row in rows], [row.portal_id for row in rows if row.portal_id]
    known = {
        each.row.identifier.upper(): each for each in await known_calls(session, func.upper(Call.identifier).in_(names))
    }
    by_number = await topics_by_number(session, numbers)
    former = await former_names(session)
    new: list[ReadCall] = []
    for row in rows:
        found = known.get(row.identifier.upper())
        other = by_number.get(row.portal_id or "") if found is None and row.kind == "topic" else None
        if row.programme != crawl.programme_code:
            problem: str | None = f"It is listed under {row.programme}, not {crawl.programme_code}."
        elif other is not None:
            problem = renamed(row.identifier, other)
        elif found is not None:
            problem = await _take_known(session, crawl, found, row, now)
        elif row.identifier.upper() in former:
            problem = name_was(row.identifier, former[row.identifier.upper()])
        elif (problem := row_refusal(None, row, today_of(now))) is None:
            new.append(row)
        if problem is not None:
            crawl.problems = [*crawl.problems, [row.identifier, problem]]
    await insert_calls(session, new, now=now)
    crawl.inserted += len(new)


async def _take_known(
    session: WriteSession, crawl: Crawl, known: KnownCall, row: ReadCall, now: datetime
) -> str | None:
    """Take a row of a call that is known; gives why not."""
    call = known.row
    call.unseen, call.seen_at = 0, now
    if call.gone_at is not None:
        call.gone_at = None
        note_change(session, call, CallChange(what=("back",)), now)
    if call.sha256 == digest_of(row):
        crawl.unchanged += 1
        return None
    taken = keep_own_days(known.read, row)
    if (problem := row_refusal(known.read, taken, today_of(now))) is not None:
        return problem
    change = await update_call(session, known, taken, by="portal", now=now)
    call.sha256 = digest_of(row)
    crawl.changed += change is not None
    crawl.unchanged += change is None
    return None


async def _miss(session: WriteSession, settings: Settings, crawl: Crawl, call: Call, now: datetime) -> None:
    """A whole crawl came without a call that should be in it; after the second, it is gone, which is told."""
    call.unseen += 1
    if call.unseen < GONE_AFTER:
        return
    call.gone_at = now
    crawl.gone += 1
    note_change(session, call, CallChange(what=("gone",)), now)
    found = await open_pursuit(session, call.id)
    case = await take_case(session, found[0].id, now) if found else None
    if case is not None and case.pursuit.state in BEFORE_SENDING:
        await CallDesk(session, settings, case).office("gone", str(call.version))


async def _tell_of_rows(
    session: WriteSession, settings: Settings, crawl: Crawl, before: Crawl | None, now: datetime
) -> None:
    """Tell the coordinator of rows that were refused, unless the crawl before had the same to say."""
    told = {tuple(problem) for problem in before.problems} if before else set()
    if new := [problem for problem in crawl.problems if tuple(problem) not in told]:
        key = f"feed_trouble:{crawl.programme_code}:{crawl.id}"
        reason = f"{len(crawl.problems)} of {crawl.total} calls were left out; what was known of them stands."
        await _tell(session, settings, crawl, key, reason, before=crawl, problems=new, now=now)


async def _tell(
    session: WriteSession,
    settings: Settings,
    crawl: Crawl,
    key: str,
    reason: str,
    *,
    before: Crawl | None,
    problems: Sequence[Sequence[str]] = (),
    now: datetime,
) -> None:
    plan = await plan_of_themes(session, await live_themes(session))
    zone = ZoneInfo(settings.office_zone)
    context = FeedTrouble(
        **reader_context(settings, settings.coordinator_language, settings.coordinator_name),
        **({"plan_title": plan.title, "plan_language": plan.language} if plan else {"plan_title": "Focal"}),
        programme=crawl.programme_code,
        reason=reason,
        problems=tuple((identifier, why) for identifier, why in problems[:TOLD]),
        known=len(await _listed_by_rights(session, crawl.programme_code, now)),
        last_taken=before.begun_at.astimezone(zone).date() if before else None,
        command=f"focal calls sync --programme {crawl.programme_code}",
    )
    mail = write(
        settings, key=key, name="feed_trouble", context=context, thread=f"calls/{crawl.programme_code}", now=now
    )
    if plan is not None:
        leave_at(mail, (await load_calendar(session, plan.calendar)).sending_instant(now))
    await hand_over(session, [mail])


def _result(crawl: Crawl) -> CrawlResult:
    return CrawlResult.model_validate(
        {
            "programme": crawl.programme_code,
            "outcome": crawl.outcome,
            "reason": crawl.reason,
            "problems": [tuple(problem) for problem in crawl.problems],
            **{name: getattr(crawl, name) for name in ("total", "inserted", "changed", "unchanged", "gone")},
        }
    )
