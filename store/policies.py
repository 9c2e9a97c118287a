"""Policies as rows: each version is written once and never changed."""

from collections.abc import Collection as Several

from sqlalchemy import func, select, tuple_

from models.contracts.refusal import Refused, said
from models.policies.task_policy import TaskPolicy
from models.tables.process import PolicyRow
from models.tables.task import Task
from store.database import ReadSession
from store.task import OPEN_STATES


async def latest_policy(session: ReadSession, name: str) -> TaskPolicy:
    """The newest version of a policy.

    Raises:
        Refused: there is none of this name.

    """
    query = select(PolicyRow).where(PolicyRow.name == name).order_by(PolicyRow.version.desc()).limit(1)
    row = await session.scalar(query)
    if row is None:
        known = ", ".join(await session.scalars(select(PolicyRow.name).distinct().order_by(PolicyRow.name)))
        raise Refused(said("There is no policy “%(name)s”. Policies: %(known)s.", name=name, known=known))
    return TaskPolicy.model_validate(row.rules)


async def policy_version(session: ReadSession, name: str, version: int) -> TaskPolicy:
    """One version of a policy.

    Raises:
        Refused: there is none of this name and version.

    """
    row = await session.get(PolicyRow, (name, version))
    if row is None:
        raise Refused(
            said(
                "There is no version %(version)s of a policy “%(name)s”; look with `focal policy list`.",
                version=version,
                name=name,
            )
        )
    return TaskPolicy.model_validate(row.rules)


async def pinned_policies(session: ReadSession, wanted: Several[tuple[str, int]]) -> dict[tuple[str, int], TaskPolicy]:
    """Some versions by name and number, with one query."""
    rows = await session.scalars(select(PolicyRow).where(tuple_(PolicyRow.name, PolicyRow.version).in_(list(wanted))))
    return {(row.name, row.version): TaskPolicy.model_validate(row.rules) for row in rows}


async def all_policies(session: ReadSession) -> list[tuple[str, int, int]]:
    """Every policy by name and version, with how many open tasks live by it."""
    rows = await session.execute(
        select(PolicyRow.name, PolicyRow.version, func.count(Task.id))
        .outerjoin(
            Task,
            (Task.policy == PolicyRow.name) & (Task.policy_version == PolicyRow.version) & Task.state.in_(OPEN_STATES),
        )
        .group_by(PolicyRow.name, PolicyRow.version)
        .order_by(PolicyRow.name, PolicyRow.version)
    )
    return [(name, version, int(count)) for name, version, count in rows]
