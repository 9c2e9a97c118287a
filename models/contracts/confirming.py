"""What passes between the page on which a reply is confirmed and the operations behind it."""

from datetime import datetime
from uuid import UUID

from models.contracts.answering import Heading, ItemUnit, Reading
from models.contracts.inbound import Frozen
from models.contracts.problems import SheetProblem, UnreadProblem


class RepliedEntry(Frozen):
    """One value of a reply, beside what was said last time and what stands."""

    number: int
    code: str
    name: str
    unit: ItemUnit
    reading: Reading
    previous: Reading | None
    standing: Reading | None


class RepliedNote(Frozen):
    """Something in a reply that was not read."""

    excerpt: str
    code: str | None
    problem: UnreadProblem | SheetProblem


class ReplyForm(Heading):
    """The page that asks whether a reply is the reader's own.

    `came_from`: the address it bears. `received_at`: local. `settled`: `confirmed` or `disowned`, by whoever was first.
    """

    mail_id: UUID
    came_from: str
    received_at: datetime
    entries: tuple[RepliedEntry, ...]
    not_read: tuple[RepliedNote, ...]
    settled: str | None
