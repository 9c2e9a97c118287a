"""Queries on the files that people hand in with their answers. Their content is read only where it is wanted."""

from collections import defaultdict
from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from models.tables.evidence import EvidenceFile
from models.tables.people import Person
from models.tables.task import Task
from store.database import ReadSession

WEIGHING = frozenset(
    {"agenda_approval", "go_decision", "improvement_check", "membership_decision", "membership_opinion"}
)
"""Kinds whose readers weigh what others of the same process answered: they see what it rests on."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file without its content. `uploaded_at` is UTC."""

    id: UUID
    task_id: UUID
    item_id: UUID | None
    name: str
    media_type: str
    size: int
    person_name: str
    uploaded_at: datetime


_FILE = (
    select(
        EvidenceFile.id,
        EvidenceFile.task_id,
        EvidenceFile.item_id,
        EvidenceFile.name,
        EvidenceFile.media_type,
        EvidenceFile.size,
        Person.name.label("person_name"),
        EvidenceFile.uploaded_at,
    )
    .join(Person, Person.code == EvidenceFile.person_code)
    .where(EvidenceFile.removed_at.is_(None))
)


async def files_of(session: ReadSession, task_ids: Several[UUID]) -> dict[UUID, list[FileRow]]:
    """The files of some tasks, by task, the first first."""
    query = _FILE.where(EvidenceFile.task_id.in_(task_ids)).order_by(EvidenceFile.uploaded_at, EvidenceFile.id)
    by_task: dict[UUID, list[FileRow]] = defaultdict(list)
    for row in await session.execute(query):
        by_task[row.task_id].append(_row(row))
    return by_task


def _row(row: Row[UUID, UUID, UUID | None, str, str, int, str, datetime]) -> FileRow:
    return FileRow(*row)


async def readable_from(session: ReadSession, task: Task) -> list[UUID]:
    """The tasks whose files the readers of a task may open: its own, and what it is decided or weighed on."""
    if task.kind not in WEIGHING:
        return [task.id]
    others = await session.scalars(select(Task.id).where(Task.process_id == task.process_id))
    return [task.id, *(other for other in others if other != task.id)]


async def file_count(session: ReadSession, task_ids: Several[UUID]) -> int:
    """How many files some tasks have."""
    query = select(func.count()).select_from(EvidenceFile)
    counted: Select[int] = query.where(EvidenceFile.task_id.in_(task_ids), EvidenceFile.removed_at.is_(None))
    return int(await session.scalar(counted) or 0)


async def read_file(session: ReadSession, task_ids: Several[UUID], file_id: UUID) -> tuple[str, str, bytes] | None:
    """The name, the media type and the content of a file of some tasks; None where they have none of it."""
    row = (
        await session.execute(
            select(EvidenceFile.name, EvidenceFile.media_type, EvidenceFile.content).where(
                EvidenceFile.id == file_id, EvidenceFile.task_id.in_(task_ids), EvidenceFile.removed_at.is_(None)
            )
        )
    ).one_or_none()
    return None if row is None or row.content is None else (row.name, row.media_type, row.content)


async def same_file(session: ReadSession, task_id: UUID, item_id: UUID | None, sha256: str) -> bool:
    """Whether a task has a file of the same content for the same item already."""
    query = select(EvidenceFile.id).where(
        EvidenceFile.task_id == task_id,
        EvidenceFile.item_id.is_not_distinct_from(item_id),
        EvidenceFile.sha256 == sha256,
        EvidenceFile.removed_at.is_(None),
    )
    return await session.scalar(query) is not None
