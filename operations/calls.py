"""The register of calls: what people change of it, and what every change of a call brings with it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from models.contracts.call_entry import CallEntry, read_identifier
from models.contracts.calls import CallChange, DeadlineRead, ReadCall
from models.contracts.refusal import IsoDay, Refused, said
from models.policies.calls import (
    WHY_IGNORED,
    DeadlineMove,
    change_between,
    furthest_day,
    instant,
    merge_deadlines,
    name_was,
    next_deadline,
    today_of,
)
from models.tables.calls import Call, CallDeadline
from operations.audit import record
from operations.call_changes import call_cancelled, deadline_changed
from operations.tasks import words
from settings import Settings
from store.calls import (
    AS_READ,
    KnownCall,
    find_call,
    find_programme,
    former_names,
    known_call,
    open_pursuit,
    usual_deadline,
)
from store.database import WriteSession
from store.task import poke_process


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that a person moved: its number, and what it was; None: it is a new one."""

    call: Call
    number: int
    before: DeadlineRead | None
    after: DeadlineRead


def columns_of(read: ReadCall) -> dict[str, Any]:
    """What is stored of a call as it was read, by column; its deadlines have rows of their own."""
    values = {name: getattr(read, name) for name in AS_READ}
    return {**values, "raw_days": list(read.raw_days), "keywords": list(read.keywords), "sha256": digest_of(read)}


def digest_of(read: ReadCall) -> str:
    """SHA-256 of all that was read of a call."""
    return hashlib.sha256(read.model_dump_json().encode()).hexdigest()


async def insert_calls(
    session: WriteSession, reads: Sequence[ReadCall], *, now: datetime, entered_by: str | None = None
) -> list[Call]:
    """Put new calls into the register, however many in two statements."""
    calls = [
        Call(
            id=uuid4(),
            origin="portal" if entered_by is None else "entered",
            programme_code=read.programme,
            change=None,
            changed_at=now,
            entered_by=entered_by,
            first_seen_at=now,
            seen_at=now,
            **columns_of(read),
        )
        for read in reads
    ]
    session.add_all(calls)
    await session.flush()
    session.add_all(
        _deadline_row(call, number, each)
        for call, read in zip(calls, reads, strict=True)
        for number, each in enumerate(read.deadlines, start=1)
    )
    await session.flush()
    return calls


def _deadline_row(call: Call, number: int, deadline: DeadlineRead) -> CallDeadline:
    return CallDeadline(call_id=call.id, number=number, **_deadline_values(deadline))


def _deadline_values(deadline: DeadlineRead) -> dict[str, Any]:
    source = "entered" if deadline.entered else "default_hour"
    return {"day": deadline.day, "hour": deadline.hour, "zone": deadline.zone, "source": source}


async def add_call(session: WriteSession, entry: CallEntry, *, by: str, now: datetime) -> Call:
    """Enter a call by hand; from then on it is like those of the portal.

    Raises:
        Refused: unknown programme, a call of that name is there already, or no deadline of it is ahead, or one is too
            far ahead; each one named.

    """
    programme = await find_programme(session, entry.programme)
    today = today_of(now)
    read = entry.as_read(usual_deadline(programme, today)).model_copy(update={"programme": programme.code})
    problems: list[str] = []
    if next_deadline(read.deadlines, now) is None:
        problems.append(
            said(
                "The last deadline of %(call)s, %(day)s, is over.",
                call=read.identifier,
                day=IsoDay(read.deadlines[-1].day),
            )
        )
    problems += [_too_far(each.day) for each in read.deadlines if each.day > furthest_day(today)]
    if problems:
        raise Refused(*problems)
    await _must_be_free(session, read.identifier)
    try:
        (call,) = await insert_calls(session, [read], now=now, entered_by=by)
    except IntegrityError as fault:
        raise Refused(_just_taken(read.identifier)) from fault
    record(session, "call.entered", by=by, now=now, call=call.identifier, call_id=str(call.id))
    return call


def _too_far(day: date) -> str:
    return said("%(day)s is too far ahead for a deadline: no programme plans so long.", day=IsoDay(day))


async def _must_be_free(session: WriteSession, identifier: str, call: Call | None = None) -> None:
    """Refuse a name that another call has or was followed under; `call`: the one that is to have it."""
    now_called = (await former_names(session)).get(identifier.upper())
    if now_called is not None and (call is None or call.identifier != now_called):
        raise Refused(name_was(identifier, now_called))
    try:
        known = await find_call(session, identifier)
    except Refused:
        return
    raise Refused(said("%(call)s is in the register already: “%(title)s”.", call=known.identifier, title=known.title))


def _just_taken(identifier: str) -> str:
    return said(
        "%(identifier)s was put into the register by somebody else at this very moment: look with `focal calls list`.",
        identifier=identifier,
    )


async def locked_call(session: WriteSession, identifier: str) -> KnownCall:
    """A call that nobody else changes until this transaction ends.

    Raises:
        Refused: there is none.

    """
    call = await find_call(session, identifier)
    await session.refresh(call, with_for_update=True)
    return await known_call(session, call)


async def decide(
    session: WriteSession,
    identifier: str,
    decision: Literal["watch", "ignore"],
    *,
    because: str = "",
    by: str,
    now: datetime,
) -> Call:
    """Keep an eye on a call, or leave it aside for a coded reason; `operations/call_opening.py` follows one.

    Raises:
        Refused: unknown call or code, or the city follows the call just now.

    """
    if decision == "ignore" and because not in WHY_IGNORED:
        codes = "; ".join(f"{code} ({why})" for code, why in WHY_IGNORED.items())
        raise Refused(
            said("“%(because)s” is not a reason to ignore a call. There are: %(codes)s.", because=because, codes=codes)
        )
    call = (await locked_call(session, identifier)).row
    if (pursuit := await open_pursuit(session, call.id)) is not None:
        reference = pursuit[0].reference
        raise Refused(
            said(
                "%(reference)s is under way: give it up first with `focal calls drop %(call)s`.",
                reference=reference,
                call=call.identifier,
            )
        )
    change = {"before": call.decision, "after": decision}
    call.decision, call.decision_reason, call.decided_by, call.decided_at = decision, because, by, now
    told: dict[str, Any] = {"call": call.identifier, "call_id": str(call.id), "because": because, **change}
    record(session, f"call.{decision}", by=by, now=now, **told)
    return call


async def move_deadline(
    session: WriteSession,
    identifier: str,
    day: date,
    *,
    hour: time | None = None,
    number: int | None = None,
    reason: str,
    by: str,
    now: datetime,
) -> Moved:
    """Give a deadline another day, and another hour where one is given; its follow-up plans anew.

    `number`: which deadline, by default the next one ahead; one more than there are adds a stage or a cut-off. `hour`:
    by the clock of the deadline's zone.

    Raises:
        Refused: unknown call or number, one that was cancelled, no reason, a deadline that would be over, too far
            ahead, out of order, or the same as before.

    """
    reason = words(said("a reason"), reason)
    known = await locked_call(session, identifier)
    call, deadlines = known.row, list(known.read.deadlines)
    if call.cancelled_at is not None:
        raise Refused(said("%(call)s was cancelled: it has no deadline to move.", call=call.identifier))
    place = _which(call, deadlines, number, now) - 1
    before = deadlines[place] if place < len(deadlines) else None
    after = await _moved(session, call, before, day, hour)
    _check_move(call, deadlines, place, after, now)
    moves = [
        DeadlineMove((n, each), (n, after if n == place + 1 else each)) for n, each in enumerate(deadlines, start=1)
    ]
    if before is None:
        moves.append(DeadlineMove(None, (place + 1, after)))
        if call.deadline_model == "single_stage" and deadlines:
            call.deadline_model = "two_stage"
    await take_deadlines(session, known, moves, reason, by=by, now=now)
    change = CallChange(
        what=("deadline_added" if before is None else "deadline",),
        old_day=before.day if before else None,
        new_day=after.day,
        reason=reason,
        by=by,
    )
    note_change(session, call, change, now)
    return Moved(call, place + 1, before, after)


def _which(call: Call, deadlines: Sequence[DeadlineRead], number: int | None, now: datetime) -> int:
    """The number of the deadline that is meant, from 1."""
    if number is None:
        coming = next_deadline(deadlines, now)
        return deadlines.index(coming) + 1 if coming else max(len(deadlines), 1)
    if not 1 <= number <= len(deadlines) + 1:
        raise Refused(
            said(
                "%(call)s has no deadline %(number)s: the last one is number %(count)s.",
                call=call.identifier,
                number=number,
                count=len(deadlines),
            )
        )
    if number > 2 and call.deadline_model != "cut_offs":  # noqa: PLR2004 - stages are two
        raise Refused(
            said("%(call)s has two stages: there is no deadline %(number)s.", call=call.identifier, number=number)
        )
    return number


async def _moved(
    session: WriteSession, call: Call, before: DeadlineRead | None, day: date, hour: time | None
) -> DeadlineRead:
    base = before or usual_deadline(await find_programme(session, call.programme_code), day)
    given = {} if hour is None else {"hour": hour, "entered": True}
    return base.model_copy(update={"day": day, **given})


def _check_move(call: Call, deadlines: Sequence[DeadlineRead], place: int, after: DeadlineRead, now: datetime) -> None:
    if place < len(deadlines) and deadlines[place] == after:
        raise Refused(
            said(
                "Deadline %(number)s of %(call)s is on %(day)s at %(hour)s already.",
                number=place + 1,
                call=call.identifier,
                day=IsoDay(after.day),
                hour=f"{after.hour:%H:%M}",
            )
        )
    if instant(after) <= now:
        raise Refused(
            said(
                "%(day)s at %(hour)s is over: a deadline moves to a time that is ahead.",
                day=IsoDay(after.day),
                hour=f"{after.hour:%H:%M}",
            )
        )
    if after.day > furthest_day(today_of(now)):
        raise Refused(_too_far(after.day))
    if place and after.day <= deadlines[place - 1].day:
        raise Refused(
            said(
                "Deadline %(number)s has to be after deadline %(before)s, on %(day)s.",
                number=place + 1,
                before=place,
                day=IsoDay(deadlines[place - 1].day),
            )
        )
    if place + 1 < len(deadlines) and after.day >= deadlines[place + 1].day:
        raise Refused(
            said(
                "Deadline %(number)s has to be before deadline %(after)s, on %(day)s.",
                number=place + 1,
                after=place + 2,
                day=IsoDay(deadlines[place + 1].day),
            )
        )


async def cancel_call(
    session: WriteSession, settings: Settings, identifier: str, reason: str, *, by: str, now: datetime
) -> Call:
    """Note that the programme cancelled a call; a follow-up of it ends and everybody is told, unless it was funded.

    Raises:
        Refused: unknown call, cancelled before, or no reason.

    """
    reason = words(said("a reason"), reason)
    call = (await locked_call(session, identifier)).row
    if call.cancelled_at is not None:
        raise Refused(said("%(call)s was cancelled already: %(review)s", call=call.identifier, review=call.review))
    call.cancelled_at, call.review = now, reason
    note_change(session, call, CallChange(what=("status",), reason=reason, by=by), now)
    await call_cancelled(session, settings, call, reason, by=by, now=now)
    await _poke(session, call, now)
    return call


async def rename_call(session: WriteSession, old: str, new: str, *, by: str, now: datetime) -> Call:
    """Give a call the identifier that the portal has given it; a follow-up keeps its reference.

    Raises:
        Refused: unknown call, or an identifier that cannot be one or is taken.

    """
    call = (await locked_call(session, old)).row
    identifier = read_identifier(new)
    await _must_be_free(session, identifier, call)
    before, call.identifier = call.identifier, identifier
    try:
        await session.flush()
    except IntegrityError as fault:
        raise Refused(_just_taken(identifier)) from fault
    told: dict[str, Any] = {"call": identifier, "call_id": str(call.id), "before": before}
    record(session, "call.renamed", by=by, now=now, **told)
    await _poke(session, call, now)
    return call


def note_change(session: WriteSession, call: Call, change: CallChange, now: datetime) -> None:
    """Keep what changed of a call, for whoever is told of it, and put it on record."""
    call.version += 1
    call.change, call.changed_at = change.model_dump(mode="json"), now
    told = {"call": call.identifier, "call_id": str(call.id), **change.model_dump(mode="json", exclude={"by"})}
    record(session, "call.changed", by=change.by, now=now, **told)


async def update_call(
    session: WriteSession, known: KnownCall, read: ReadCall, *, by: str, now: datetime
) -> CallChange | None:
    """Bring a call up to date with what was read of it; gives what people should know of the change."""
    call, before, today = known.row, known.read, today_of(now)
    moves = merge_deadlines(before.deadlines, read, today)
    change = change_between(before, read, moves, today)
    columns = columns_of(read)
    if call.cancelled_at is not None:
        columns.pop("review")  # why it was cancelled
    for name, value in columns.items():
        setattr(call, name, value)
    call.origin = "portal"
    if any(move.before != move.after for move in moves):
        await take_deadlines(session, known, moves, "", by=by, now=now)
    if change is not None:
        note_change(session, call, change.model_copy(update={"by": by}), now)
    return change


async def take_deadlines(
    session: WriteSession,
    known: KnownCall,
    moves: Sequence[DeadlineMove],
    reason: str,
    *,
    by: str,
    now: datetime,
) -> None:
    """Bring the rows of a call's deadlines up to date, and its follow-up with them, which aims at the same deadline."""
    call, rows = known.row, {row.number: row for row in known.deadlines}
    coming = dict(move.after for move in moves if move.after is not None)
    for number, deadline in coming.items():
        if number in rows:
            for name, value in _deadline_values(deadline).items():
                setattr(rows[number], name, value)
        else:
            session.add(_deadline_row(call, number, deadline))
    for number in rows.keys() - coming.keys():
        await session.delete(rows[number])
    await session.flush()
    pursuit = await open_pursuit(session, call.id)
    if pursuit is None:
        return
    pursuit[1].deadline_number = _aim(pursuit[1].deadline_number, moves)
    for move in moves:
        if move.changed:
            old, new = (None if side is None else side[1] for side in (move.before, move.after))
            await deadline_changed(session, call, old, new, reason, by=by, now=now)
    await _poke(session, call, now)


def _aim(number: int, moves: Sequence[DeadlineMove]) -> int:
    """The number of the deadline aimed at, after a change: the same one, or the next after one that went."""
    move = next((move for move in moves if move.before and move.before[0] == number), None)
    if move is None or move.before is None:
        return number
    if move.after is not None:
        return move.after[0]
    gone = instant(move.before[1])
    later = [after[0] for each in moves if (after := each.after) is not None and instant(after[1]) > gone]
    return min(later, default=number)


async def _poke(session: WriteSession, call: Call, now: datetime) -> None:
    """Tell the story of a call that something of it changed."""
    if (pursuit := await open_pursuit(session, call.id)) is not None:
        await poke_process(session, pursuit[0].id, now)
