"""What ends with a task: its planned steps, and the decision that somebody still had to make about it."""

from collections.abc import Collection as Several
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from models.tables.task import Extension, Task
from operations.notices import Desk, brief
from store.database import WriteSession
from store.people import load_persons
from store.task import OPEN_STATES, cancel_steps


async def end_tasks(desk: Desk, task_ids: Several[UUID]) -> None:
    """Nothing more happens to these tasks by themselves, and nobody has to decide about them any more.

    Where one of them was such a decision itself, silence has decided: the wish lapses, and who wished is told.
    """
    if not task_ids:
        return
    session = desk.session
    await drop_decisions(session, task_ids, desk.now)
    lapsed = list(
        await session.scalars(
            select(Extension).where(Extension.decision_task_id.in_(task_ids), Extension.state == "wished")
        )
    )
    if not lapsed:
        return
    for wish in lapsed:
        wish.state, wish.decided_at = "lapsed", desk.now
    await session.flush()
    briefings = await brief(session, [wish.task_id for wish in lapsed], desk.now.date())
    wishers = await load_persons(session, {wish.wished_by for wish in lapsed})
    for wish in lapsed:
        about = briefings[wish.task_id]
        if about.facts.task.state in OPEN_STATES:
            reader = wishers.get(wish.wished_by, about.assignee)
            desk.change(about, reader, "extension_lapsed", by="focal", reason="", old_due_on=wish.old_due_on)
    await desk.hand_over()


async def drop_decisions(session: WriteSession, task_ids: Several[UUID], now: datetime, *, ended: bool = True) -> None:
    """Cancel the decisions that were open about some tasks, and if these ended, all that was planned of them."""
    decisions = (
        await session.scalars(
            update(Task)
            .where(Task.about_id.in_(task_ids), Task.state.in_(OPEN_STATES))
            .values(state="cancelled", closed_at=now, outcome_reason="the task it was about has ended")
            .returning(Task.id)
        )
    ).all()
    await session.execute(
        update(Extension)
        .where(Extension.decision_task_id.in_(decisions), Extension.state == "wished")
        .values(state="lapsed", decided_at=now)
    )
    await cancel_steps(session, [*(task_ids if ended else ()), *decisions])
