"""What passes between pages and the files that people hand in with their answers."""

from datetime import datetime
from uuid import UUID

from models.contracts.answering import Frozen, Heading


class FileSeen(Frozen):
    """A file that was handed in. `uploaded_at` is local. `item_id`: what it shows; None: all of its task."""

    id: UUID
    item_id: UUID | None
    name: str
    media_type: str
    size: int
    person_name: str
    uploaded_at: datetime

    @property
    def ending(self) -> str:
        """What its name ends in, in capitals: PDF."""
        return self.name.rpartition(".")[2].upper()


class AskedThing(Frozen):
    """One item of a task, as a file may be for it: its number from 1, 0 where it is the only one."""

    item_id: UUID
    number: int
    name: str
    question: bool


class EvidenceForm(Heading):
    """The page on which files are handed in. `full`: no more are taken until one is removed.

    `rests_on`: what others handed in on which the reader's decision or opinion rests.
    """

    things: tuple[AskedThing, ...]
    files: tuple[FileSeen, ...]
    rests_on: tuple[FileSeen, ...]
    full: bool
