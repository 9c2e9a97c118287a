"""What passes between the list of one's own tasks and the operations behind it."""

from datetime import date
from typing import Literal

from models.contracts.answering import Frozen, Heading
from models.contracts.mail import CallWords, NetworkWords, TaskKind, VisitWords


class OwnTask(Frozen):
    """One task of the list. `begun`: something was saved and not sent. `assignee_name`: whose it is, if another's.

    `way`: `open` leads to its form, `here` is the form one came from, and `own_mail` opens with the link of its own
    mail alone.
    """

    reference: str
    kind: TaskKind
    plan_title: str
    plan_language: str
    quarter: int = 0
    year: int = 0
    visit: VisitWords | None = None
    network: NetworkWords | None = None
    call: CallWords | None = None
    assignment: str = ""
    unit_name: str
    due_on: date
    answered: bool
    given: int
    total: int
    begun: bool
    overdue: bool
    assignee_name: str | None
    way: Literal["open", "here", "own_mail"]


class OwnTasks(Heading):
    """The list, with the heading of the task whose link led to it. `more`: there are more than are shown."""

    tasks: tuple[OwnTask, ...]
    more: bool

    @property
    def own(self) -> tuple[OwnTask, ...]:
        """What waits for the reader."""
        return tuple(task for task in self.tasks if not task.answered and task.assignee_name is None)

    @property
    def also(self) -> tuple[OwnTask, ...]:
        """What waits for somebody else, and the reader may answer as well."""
        return tuple(task for task in self.tasks if not task.answered and task.assignee_name is not None)

    @property
    def answered(self) -> tuple[OwnTask, ...]:
        """What was answered and may still be corrected."""
        return tuple(task for task in self.tasks if task.answered)
