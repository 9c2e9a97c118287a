"""Bringing the plans' rows up to date as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, or_, select, text, tuple_, update

from models.contracts.changes import Changes
from models.contracts.refusal import said
from models.tables.calls import CallTheme, Programme, ProgrammeClock
from models.tables.catalogue import Action, Actor, Axis, Indicator, Objective, Plan, Responsible
from models.tables.indicator_collection import Collection
from models.tables.membership_review import Criterion, Network
from models.tables.people import CalendarRow
from models.tables.process import Process
from models.tables.task import Item
from store.database import WriteSession

Row = Mapping[str, Any]
Key = tuple[Any, ...]

CALLS = (Programme, ProgrammeClock, CallTheme)
MODELS = (CalendarRow, Actor, Plan, Axis, Objective, Action, Responsible, Indicator, Network, Criterion, *CALLS)
"""Parents before children."""
KEPT = {model.__tablename__ for model in (CalendarRow, Network, Criterion, *CALLS)}
"""Rows that no document names stay in these tables: an installation may have calendars and networks of its own."""
ONCE = {
    Network.__tablename__: frozenset({"plan_code", "state"}),
    Criterion.__tablename__: frozenset({"weight"}),
    Programme.__tablename__: frozenset({"cutoff_hour", "zone"}),
    ProgrammeClock.__tablename__: frozenset({"amount", "unit", "counted_from", "source", "checked_on", "certain"}),
    CallTheme.__tablename__: frozenset({"units", "keywords", "programmes"}),
}
"""What a document says at first and people change afterwards: never written again."""


@dataclass(frozen=True, slots=True)
class Level:
    """One table's rows by what is to be done about them; `gone` holds the keys of rows to delete."""

    table: Table
    new: tuple[Row, ...]
    changed: tuple[Row, ...]
    unchanged: int
    gone: tuple[Key, ...]

    @property
    def changes(self) -> Changes:
        """The level as counts."""
        return Changes(
            inserted=len(self.new),
            changed=len(self.changed),
            unchanged=self.unchanged,
            removed=len(self.gone),
        )

    def key(self, row: Row) -> Key:
        """What identifies a row."""
        return tuple(row[column.name] for column in self.table.primary_key)

    def has_key(self, *keys: Key) -> ColumnElement[bool]:
        """The condition that a row's key is one of these."""
        return tuple_(*self.table.primary_key).in_(keys)


async def compare(session: WriteSession, wanted: Mapping[str, Sequence[Row]]) -> dict[str, Level]:
    """Put the rows that should be (by table) beside those that are, parents before children.

    One load at a time: another waits here until this transaction ends.
    """
    await session.execute(text("select pg_advisory_xact_lock(hashtext('focal catalogue'))"))
    return {
        model.__tablename__: await _level(session, model.metadata.tables[model.__tablename__], wanted)
        for model in MODELS
    }


async def _level(session: WriteSession, table: Table, wanted: Mapping[str, Sequence[Row]]) -> Level:
    keys = tuple(column.name for column in table.primary_key)
    rows = (await session.execute(select(table))).mappings()
    present = {tuple(row[key] for key in keys): row for row in rows}
    once = ONCE.get(table.name, frozenset())
    target = {tuple(row[key] for key in keys): row for row in wanted[table.name]}
    new = tuple(row for key, row in target.items() if key not in present)
    lasting = {
        key: {column: value for column, value in row.items() if column not in once} for key, row in target.items()
    }
    changed = tuple(
        row
        for key, row in lasting.items()
        if key in present and any(present[key][column] != value for column, value in row.items())
    )
    gone = () if table.name in KEPT else tuple(key for key in present if key not in target)
    return Level(table, new, changed, len(target) - len(new) - len(changed), gone)


async def uses(session: WriteSession, levels: Mapping[str, Level]) -> tuple[str, ...]:
    """One sentence for each indicator and plan that would go although it has been asked for or collected."""
    indicators = [key[0] for key in levels[Indicator.__tablename__].gone]
    plans = [key[0] for key in levels[Plan.__tablename__].gone]
    actors = [key[0] for key in levels[Actor.__tablename__].gone]
    asked = await session.execute(
        select(Item.indicator_code, func.count(Item.task_id.distinct()))
        .where(Item.indicator_code.in_(indicators))
        .group_by(Item.indicator_code)
        .order_by(Item.indicator_code)
    )
    collected = await session.execute(
        select(Collection.plan_code, func.count())
        .where(Collection.plan_code.in_(plans))
        .group_by(Collection.plan_code)
        .order_by(Collection.plan_code)
    )
    under = await session.execute(
        select(Process.plan_code, func.count())
        .where(Process.plan_code.in_(plans), Process.kind != "indicator_collection")
        .group_by(Process.plan_code)
        .order_by(Process.plan_code)
    )
    mended = [row["code"] for row in levels[Network.__tablename__].changed]
    held = or_(Network.plan_code.in_(plans), and_(Network.actor_code.in_(actors), Network.code.not_in(mended)))
    registered = await session.execute(select(Network.code).where(held).order_by(Network.code))
    wished = await session.execute(
        select(CallTheme.code)
        .where(CallTheme.action_code.in_([key[0] for key in levels[Action.__tablename__].gone]))
        .order_by(CallTheme.code)
    )
    return (
        *(said("The theme %(code)s of calls belongs to an action that is gone.", code=code) for (code,) in wished),
        *(
            said("The network %(code)s of the register belongs to a plan or an actor that is gone.", code=code)
            for (code,) in registered
        ),
        *(
            said(
                "The plan %(code)s is gone from the documents, but was collected %(count)s time(s).", code=code, count=n
            )
            for code, n in collected
        ),
        *(
            said(
                "The plan %(code)s is gone from the documents, but %(count)s visit(s) or review(s) are under it.",
                code=code,
                count=n,
            )
            for code, n in under
        ),
        *(
            said(
                "The indicator %(code)s is gone from the documents, but %(count)s task(s) ask for it.",
                code=code,
                count=n,
            )
            for code, n in asked
        ),
    )


async def write(session: WriteSession, levels: Sequence[Level]) -> None:
    """Write the levels, given parents before children.

    A parent's places are unique, so rows that move or go first step aside to places below zero.
    """
    for level in levels:
        await _step_aside(session, level)
    for level in levels:
        if level.new:
            await session.execute(insert(level.table), [dict(row) for row in level.new])
        for row in level.changed:
            await session.execute(update(level.table).where(level.has_key(level.key(row))).values(**row))
    for level in reversed(levels):
        await session.execute(delete(level.table).where(level.has_key(*level.gone)))


async def _step_aside(session: WriteSession, level: Level) -> None:
    position = level.table.c.get("position")
    if position is None or position.primary_key:
        return
    keys = [*map(level.key, level.changed), *level.gone]
    await session.execute(update(level.table).where(level.has_key(*keys)).values(position=-1 - position))
