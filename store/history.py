"""What a unit said of its indicators in earlier quarters."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from models.contracts.answering import Previous
from models.policies.period import Quarter
from models.tables.indicator_collection import Collection
from models.tables.task import Answer, Item, Task
from store.database import ReadSession
from store.task import reading_of

QUARTERS = 12
"""So many earlier answers of an indicator are told: three years."""
_PAST_TASK, _PAST_ITEM, _PAST = aliased(Task), aliased(Item), aliased(Collection)


async def earlier_answers(session: ReadSession, task_id: UUID) -> dict[UUID, tuple[Previous, ...]]:
    """What the task's unit said of the same indicators in earlier quarters of the plan, by item, the oldest first.

    Up to `QUARTERS` of an indicator, the latest ones; a quarter without an answer is left out.
    """
    past_task, past_item, past = _PAST_TASK, _PAST_ITEM, _PAST
    place = func.row_number().over(partition_by=Item.id, order_by=past.period.desc()).label("place")
    ranked = (
        select(Item.id.label("item_id"), past.period, past_item.answer_id, place)
        .join(Task, Task.id == Item.task_id)
        .join(Collection, Collection.process_id == Task.process_id)
        .join(past, and_(past.plan_code == Collection.plan_code, past.period < Collection.period))
        .join(past_task, and_(past_task.process_id == past.process_id, past_task.unit_code == Task.unit_code))
        .join(past_item, and_(past_item.task_id == past_task.id, past_item.indicator_code == Item.indicator_code))
        .where(Item.task_id == task_id, past_item.answer_id.is_not(None))
        .subquery()
    )
    rows = await session.execute(
        select(ranked.c.item_id, ranked.c.period, Answer)
        .join(Answer, Answer.id == ranked.c.answer_id)
        .where(ranked.c.place <= QUARTERS)
        .order_by(ranked.c.item_id, ranked.c.period)
    )
    earlier: dict[UUID, list[Previous]] = defaultdict(list)
    for item_id, period, answer in rows:
        quarter = Quarter.parse(period)
        earlier[item_id].append(Previous(quarter=quarter.number, year=quarter.year, reading=reading_of(answer)))
    return {item_id: tuple(found) for item_id, found in earlier.items()}
