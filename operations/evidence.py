"""Files that people hand in with their answers: added, removed and listed by whoever holds a link to the task."""

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

from models.contracts.answering import LinkHolder
from models.contracts.evidence import AskedThing, EvidenceForm, FileSeen
from models.contracts.mail import Language
from models.contracts.refusal import Refused, said
from models.policies.calendar import Calendar
from models.policies.evidence import FILES_LIMIT, clean_name, media_type_of
from models.tables.evidence import EvidenceFile
from operations.audit import record
from operations.heading import fields_of, read_heading
from operations.item_words import item_name
from operations.tasks import take
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.evidence import file_count, files_of, readable_from, same_file
from store.task import ItemFacts, task_facts, task_items


async def read_evidence(session: ReadSession, holder: LinkHolder, *, settings: Settings) -> EvidenceForm:
    """The files of a task, and what another one may be for."""
    (facts,) = await task_facts(session, [holder.task_id])
    heading = await read_heading(session, facts, holder, settings)
    lines = (await task_items(session, [holder.task_id])).get(holder.task_id, [])
    calendar = await load_calendar(session, facts.task.calendar_code)
    files = await files_seen(session, holder.task_id, calendar)
    others = [task_id for task_id in await readable_from(session, facts.task) if task_id != holder.task_id]
    return EvidenceForm(
        **fields_of(heading),
        things=_things(lines, holder.page_language),
        files=files,
        rests_on=tuple([file for task_id in others for file in await files_seen(session, task_id, calendar)]),
        full=len(files) >= FILES_LIMIT,
    )


def _things(lines: list[ItemFacts], language: Language) -> tuple[AskedThing, ...]:
    alone = len(lines) == 1 and lines[0].question is not None
    return tuple(
        AskedThing(
            item_id=line.item.id,
            number=0 if alone else line.number,
            name=item_name(line, language),
            question=line.question is not None,
        )
        for line in lines
    )


async def files_seen(session: ReadSession, task_id: UUID, calendar: Calendar) -> tuple[FileSeen, ...]:
    """The files of a task as a page lists them, with moments of its calendar."""
    return tuple(
        FileSeen(
            id=row.id,
            item_id=row.item_id,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            person_name=row.person_name,
            uploaded_at=calendar.local(row.uploaded_at),
        )
        for row in (await files_of(session, [task_id]))[task_id]
    )


async def add_file(
    session: WriteSession, holder: LinkHolder, name: str, content: bytes, *, item_id: UUID | None, now: datetime
) -> None:
    """Keep a file with a task, or with one item of it. The same content for the same item is kept once.

    Raises:
        TaskEnded: nothing is taken any more.
        Refused: the file is none that is taken (see `media_type_of`), the item is not of this task, or there are
            as many files as there may be.

    """
    if not name:
        raise Refused(said("Choose a file first."))
    name = clean_name(name)
    media_type = media_type_of(name, content)
    task = (await take(session, holder.task_id, also_answered=True)).task
    lines = {line.item.id: line for line in (await task_items(session, [task.id])).get(task.id, [])}
    if item_id is not None and item_id not in lines:
        raise Refused(said("Choose from the list what the file is for."))
    sha256 = hashlib.sha256(content).hexdigest()
    if await same_file(session, task.id, item_id, sha256):
        return
    if await file_count(session, [task.id]) >= FILES_LIMIT:
        raise Refused(said("There are %(count)s files already. Remove one before you add another.", count=FILES_LIMIT))
    file = EvidenceFile(
        id=uuid4(),
        task_id=task.id,
        item_id=item_id,
        person_code=holder.person_code,
        name=name,
        media_type=media_type,
        size=len(content),
        sha256=sha256,
        content=content,
        uploaded_at=now,
    )
    session.add(file)
    record(
        session,
        "task.evidence_added",
        by=holder.person_code,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        file=str(file.id),
        name=name,
        size=len(content),
        sha256=sha256,
        item=lines[item_id].code if item_id else None,
        before=None,
        after="kept",
    )


async def remove_file(session: WriteSession, holder: LinkHolder, file_id: UUID, *, now: datetime) -> bool:
    """Empty a file of a task; that it was there stays on record. Tells whether there was one to remove.

    Raises:
        TaskEnded: nothing is changed any more.

    """
    task = (await take(session, holder.task_id, also_answered=True)).task
    file = await session.get(EvidenceFile, file_id)
    if file is None or file.task_id != task.id or file.removed_at is not None:
        return False
    file.content, file.removed_at, file.removed_by = None, now, holder.person_code
    record(
        session,
        "task.evidence_removed",
        by=holder.person_code,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        file=str(file.id),
        name=file.name,
        sha256=file.sha256,
        before="kept",
        after="removed",
    )
    return True
