"""European calls: read from the portal or entered by hand, looked through, decided about."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from commands.call_follow_up import (
    aim_at_cut_off,
    ask_one_more_unit,
    call_status,
    drop_call,
    follow_call,
    set_lead_unit,
)
from commands.call_programmes import calls_clocks, calls_clocks_set, calls_themes, calls_themes_set
from commands.call_project import amend_agreement, ask_for_result, pipeline
from commands.delegation import BECAUSE, BY, DAY, FILE, read_file
from commands.fake_portal import fake_portal_command
from commands.shared import counted, database, now, run, spoken
from models.contracts.calls import CallChange, CrawlResult, DeadlineRead, EffectiveStatus, ThemeMatch
from models.contracts.refusal import Refused
from models.policies.calls import (
    WHY_IGNORED,
    effective_status,
    for_newcomers,
    instant,
    matches,
    next_deadline,
    today_of,
)
from models.tables.process import AuditEvent
from settings import load_settings
from store.calls import KnownCall

HOUR = click.DateTime(["%H:%M"])
STATUSES = ("forthcoming", "open", "closing", "closed", "gone", "cancelled", "unclear")
OVER = frozenset({"closed", "gone", "cancelled"})
LONGEST_TITLE = 90


@click.group()
def calls() -> None:
    """Funding calls of the Union and of programmes with a portal of their own."""


for command in (
    fake_portal_command,
    calls_clocks,
    calls_clocks_set,
    calls_themes,
    calls_themes_set,
    follow_call,
    drop_call,
    set_lead_unit,
    aim_at_cut_off,
    ask_one_more_unit,
    call_status,
    pipeline,
    amend_agreement,
    ask_for_result,
):
    calls.add_command(command)


@calls.command("sync")
@click.option(
    "--programme", "chosen", multiple=True, help="Only this one, as in CERV; by default those of the settings."
)
@click.option("--accept-loss", is_flag=True, help="Take it although most calls are gone: somebody has looked.")
@click.option("--pause", type=click.FloatRange(0, 60), default=0.5, show_default=True, help="Seconds between requests.")
def calls_sync(chosen: tuple[str, ...], accept_loss: bool, pause: float) -> None:
    """Read calls from the portal now, as the scheduler does every night."""
    from doors.call_feed import CallFeed

    if accept_loss and not chosen:
        raise Refused("Say with --programme of which programme most calls are gone.")

    async def work() -> list[CrawlResult]:
        settings = load_settings()
        async with database(settings) as data:
            feed = CallFeed(data, settings, now, pause=pause)
            return await feed.sync(chosen or settings.calls_programmes.split(), accept_loss=accept_loss)

    results: list[CrawlResult] = run(work())
    for result in results:
        _say_result(result)
    if refused := [result.programme for result in results if result.outcome != "taken"]:
        raise Refused(f"Not taken: {', '.join(refused)}. What was known stands.")


def _say_result(result: CrawlResult) -> None:
    if result.outcome == "taken":
        counts = {"new": result.inserted, "changed": result.changed, "unchanged": result.unchanged, "gone": result.gone}
        told = ", ".join(f"{number} {name}" for name, number in counts.items())
        click.echo(f"{result.programme}: {counted(result.total, 'call')} listed: {told}")
    else:
        click.echo(f"{result.programme}: {result.outcome}: {result.reason}")
    for identifier, reason in result.problems:
        click.echo(f"  {identifier} was left out: {reason}")


@calls.command("add")
@click.argument("file", type=FILE)
@BY
def calls_add(file: Path, by: str) -> None:
    """Enter the call that FILE (YAML or JSON) describes, as in docs/examples."""
    from models.contracts.call_entry import read_entry
    from operations.calls import add_call

    async def work() -> None:
        entry = read_entry(read_file(file))
        async with database(load_settings()) as data, data.transaction() as session:
            call = await add_call(session, entry, by=by, now=now())
        click.echo(f"{call.identifier} is in the register. Follow it with `focal calls follow {call.identifier}`.")

    run(work())


@calls.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only those that are so; by default all that are not over.")
@click.option("--for", "unit", help="Only those that may concern this unit.")
@click.option("--programme", help="Only those of this programme.")
@click.option("--undecided", is_flag=True, help="Only those about which nobody has decided.")
def calls_list(status: str | None, unit: str | None, programme: str | None, undecided: bool) -> None:
    """List calls, the next deadline first."""
    from store.calls import find_programme, known_calls, live_themes, unit_names

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await known_calls(session)
            themes = await live_themes(session)
            only = (await find_programme(session, programme)).code if programme is not None else None
            if unit is not None and unit not in await unit_names(session):
                raise Refused(f"There is no unit “{unit}”.")
        instant_now = now()
        shown = []
        for known in rows:
            row, is_now = known.row, _status(known, instant_now)
            wanted = is_now == status if status else is_now not in OVER
            if undecided:
                wanted = wanted and row.decision is None and for_newcomers(known.read, instant_now)
            if only is not None:
                wanted = wanted and row.programme_code == only
            if not wanted:
                continue
            if unit is None or any(unit in match.units for match in matches(themes, known.read)):
                shown.append((known, is_now))
        for known, is_now in sorted(shown, key=lambda each: _order(each[0], instant_now)):
            click.echo(_listed(known, is_now, instant_now))
        click.echo(counted(len(shown), "call"))

    run(work())


def _status(known: KnownCall, at: datetime) -> EffectiveStatus:
    row = known.row
    return effective_status(known.read, at, gone=row.gone_at is not None, cancelled=row.cancelled_at is not None)


def _order(known: KnownCall, at: datetime) -> tuple[datetime, str]:
    coming = next_deadline(known.read.deadlines, at)
    return instant(coming) if coming else datetime.max.replace(tzinfo=UTC), known.row.identifier


def _listed(known: KnownCall, status: EffectiveStatus, at: datetime) -> str:
    coming = next_deadline(known.read.deadlines, at)
    title = known.row.title
    shown = title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"
    return (
        f"{known.row.identifier}  {status}  {_clock(coming) if coming else '-'}  {known.row.decision or '-'}  {shown}"
    )


def _clock(deadline: DeadlineRead) -> str:
    return f"{deadline.day} {_hour(deadline)}"


def _hour(deadline: DeadlineRead) -> str:
    """The hour, and whose it is: `17:00 Brussels time`."""
    city = deadline.zone.rpartition("/")[2].replace("_", " ")
    return f"{deadline.hour:%H:%M} {city} time"


@calls.command("show")
@click.argument("identifier")
def calls_show(identifier: str) -> None:
    """Tell what is known of a call: its deadlines, whom it may concern and why, what changed of it."""
    from store.calls import find_call, history_of, known_call, live_themes, open_pursuit

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.reading() as session:
            known = await known_call(session, await find_call(session, identifier))
            history = await history_of(session, known.row.id)
            themes = await live_themes(session)
            pursuit = await open_pursuit(session, known.row.id)
        for line in _account(known, now()):
            click.echo(line)
        for match in matches(themes, known.read):
            click.echo(_concerns(match))
        if pursuit is not None:
            click.echo(f"followed as {pursuit[0].reference}: {pursuit[1].state.replace('_', ' ')}")
        zone = ZoneInfo(settings.office_zone)
        click.echo(f"first seen {known.row.first_seen_at.astimezone(zone):%Y-%m-%d %H:%M}")
        for event in history:
            click.echo(_happened(event, zone))

    run(work())


def _account(known: KnownCall, at: datetime) -> list[str]:
    """What is known of a call, a line each."""
    row, read = known.row, known.read
    said = f" (the portal says: {row.portal_status})" if row.portal_status else ""
    lines = [
        f"{row.identifier}: {row.title}",
        f"{row.programme_code}, {row.deadline_model.replace('_', ' ')}, {_status(known, at)}{said}",
    ]
    if row.opens_on is not None:
        lines.append(f"opens on {spoken(row.opens_on)}")
    for number, deadline in enumerate(read.deadlines, start=1):
        left = (deadline.day - today_of(at)).days
        days = f"{counted(left, 'day')} left" if instant(deadline) > at else "over"
        entered = ", entered by a person" if deadline.entered else ""
        lines.append(f"deadline {number}: {spoken(deadline.day)}, {_hour(deadline)} ({days}{entered})")
    if not read.deadlines:
        lines.append("no deadline that can be trusted")
    if row.review:
        lines.append(f"to be looked at: {row.review}")
    money = {"budget": row.budget, "largest grant": row.largest_grant}
    lines += [f"{name}: {amount:,.0f} euros" for name, amount in money.items() if amount is not None]
    if row.grants is not None:
        lines.append(f"grants expected: {row.grants}")
    if row.keywords:
        lines.append(f"keywords: {', '.join(row.keywords)}")
    if row.url:
        lines.append(row.url)
    decided = f"{row.decision}, by {row.decided_by}" if row.decision else "nobody has decided yet"
    because = f": {WHY_IGNORED.get(row.decision_reason, row.decision_reason)}" if row.decision_reason else ""
    return [*lines, f"decision: {decided}{because}"]


def _concerns(match: ThemeMatch) -> str:
    words = ", ".join(f"“{word}”" for word in match.found)
    return f"may concern {', '.join(match.units)}: {words} ({match.theme}, {counted(match.points, 'point')})"


def _happened(event: AuditEvent, zone: ZoneInfo) -> str:
    """One line of a call's history."""
    detail = event.detail
    told = event.action.removeprefix("call.").replace("_", " ")
    if event.action == "call.changed":
        change = CallChange.model_validate(
            {**{name: detail[name] for name in ("what", "old_day", "new_day", "reason")}}
        )
        told = ", ".join(change.what).replace("_", " ")
        if change.old_day or change.new_day:
            told += f": {change.old_day or 'none'} -> {change.new_day or 'none'}"
        told += f" ({change.reason})" if change.reason else ""
    elif event.action == "call.renamed":
        told += f" from {detail['before']}"
    elif detail.get("because"):
        told += f": {detail['because']}"
    return f"{event.at.astimezone(zone):%Y-%m-%d %H:%M}  {told}, by {event.actor}"


@calls.command("watch")
@click.argument("identifier")
@BY
def calls_watch(identifier: str, by: str) -> None:
    """Keep an eye on a call: the weekly mail tells what changes of it."""
    from operations.calls import decide

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            call = await decide(session, identifier, "watch", by=by, now=now())
        click.echo(f"{call.identifier} is watched.")

    run(work())


@calls.command("ignore")
@click.argument("identifier")
@click.option("--because", required=True, help=f"One of {', '.join(WHY_IGNORED)}.")
@BY
def calls_ignore(identifier: str, because: str, by: str) -> None:
    """Leave a call aside, for a reason."""
    from operations.calls import decide

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            call = await decide(session, identifier, "ignore", because=because, by=by, now=now())
        click.echo(f"{call.identifier} is left aside: {WHY_IGNORED[because]}.")

    run(work())


@calls.command("move")
@click.argument("identifier")
@click.option("--deadline", type=DAY, required=True, help="The new day.")
@click.option("--hour", type=HOUR, help="The new hour, by the clock of the programme; by default it stays.")
@click.option("--number", type=int, help="Which deadline; by default the next. One more than there are adds one.")
@BECAUSE
@BY
def calls_move(
    identifier: str, deadline: datetime, hour: datetime | None, number: int | None, reason: str, by: str
) -> None:
    """Give a call another deadline; whoever follows it plans anew and is told why."""
    from operations.calls import move_deadline

    async def work() -> None:
        clock = hour.time() if hour else None
        async with database(load_settings()) as data, data.transaction() as session:
            moved = await move_deadline(
                session, identifier, deadline.date(), hour=clock, number=number, reason=reason, by=by, now=now()
            )
        before = f"from {_clock(moved.before)} " if moved.before else ""
        told = "moved" if moved.before else "added"
        click.echo(f"Deadline {moved.number} of {moved.call.identifier} is {told} {before}to {_clock(moved.after)}.")

    run(work())


@calls.command("cancel")
@click.argument("identifier")
@BECAUSE
@BY
def calls_cancel(identifier: str, reason: str, by: str) -> None:
    """Note that its programme has cancelled a call; whoever follows it is told."""
    from operations.calls import cancel_call

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.transaction() as session:
            call = await cancel_call(session, settings, identifier, reason, by=by, now=now())
        click.echo(f"{call.identifier} is cancelled.")

    run(work())


@calls.command("rename")
@click.argument("old")
@click.argument("new")
@BY
def calls_rename(old: str, new: str, by: str) -> None:
    """Give call OLD the identifier NEW, as the portal has done; a follow-up keeps its reference."""
    from operations.calls import rename_call

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            call = await rename_call(session, old, new, by=by, now=now())
        click.echo(f"{old} is called {call.identifier} now.")

    run(work())
