"""The files that go with the mails of a task: the sheet to fill in, and the due day for the reader's calendar."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from mail.answer_sheet import XLSX, answer_sheet
from mail.due_date import ICS, due_date_file
from mail.message import Attachment
from mail.render import calendar_words
from models.contracts.answering import Previous
from models.contracts.inbound import AskedEntry
from models.contracts.mail import Language, TaskContext
from models.policies.questions import Question
from models.tables.task import Task
from operations.item_words import item_name
from operations.subjects import Subject
from store.task import ItemFacts, TaskFacts, reading_of


def entries(
    lines: Sequence[ItemFacts], previous: Mapping[UUID, Previous], language: Language
) -> tuple[AskedEntry, ...]:
    """The items of a task as a reply or a sheet may name them, with what was said last time."""
    return tuple(
        AskedEntry(
            item_id=line.item.id,
            number=line.number,
            code=line.code,
            name=item_name(line, language),
            unit=line.unit,
            previous=previous[line.item.id].reading if line.item.id in previous else None,
            standing=reading_of(line.answer) if line.answer else None,
            **_asked(line.question, required=line.item.required),
        )
        for line in lines
    )


def _asked(question: Question | None, *, required: bool) -> dict[str, Any]:
    """The fields that only the entry of a question has."""
    return {} if question is None else {"question": True, "required": required, "other": question.other}


def sheet(task: Task, about: Subject, missing: Sequence[AskedEntry], language: Language) -> Attachment:
    """The sheet in which the missing indicators of a task (one at least) can be filled in; about 3 ms for ten."""
    quarter = about.quarter
    if quarter is None:
        raise ValueError("only a quarter has a sheet")
    content = answer_sheet(
        missing,
        task_reference=task.reference,
        language=language,
        unit_name=about.facts.unit.name,
        quarter=quarter.number,
        year=quarter.year,
        closes_on=task.closes_on,
    )
    return Attachment(filename=f"answers-{task.reference}.xlsx", content_type=XLSX, content=content)


def due_day(facts: TaskFacts, context: TaskContext, domain: str, *, over: bool, now: datetime) -> Attachment:
    """The day on which a task is due for its reader, or, once it is `over`, that it matters to them no more.

    Its sequence is the seconds since the process began: it rises with whatever happens to a task, in whatever order.
    """
    summary, description = calendar_words(context, over=over)
    content = due_date_file(
        task_reference=context.task_reference,
        domain=domain,
        summary=summary,
        description=description,
        due_on=context.due_on,
        sequence=max(int((now - facts.process.opened_at).total_seconds()), 0),
        cancelled=over,
        written_at=now,
        link=context.link,
    )
    parameters = (("charset", "utf-8"), ("method", "PUBLISH"))
    return Attachment(filename="due-date.ics", content_type=ICS, content=content, parameters=parameters)
