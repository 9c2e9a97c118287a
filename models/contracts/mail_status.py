"""How mail goes, for whoever runs the service: what waits, how fast it leaves, what does not arrive. Instants: UTC."""

from datetime import datetime

from models.contracts.answering import Frozen
from models.contracts.inbound import BounceKind


class ServiceLine(Frozen):
    """Of the mails accepted in so many hours: seconds from when each was due. None where there were none."""

    hours: int
    mails: int
    median: float | None
    p95: float | None
    longest: float | None


class Put(Frozen):
    """Mails that were put off, by the server's last words without addresses."""

    reply: str
    mails: int


class Dead(Frozen):
    """An address to which nothing is sent any more, and whose it is, if it still is anybody's."""

    address: str
    since: datetime
    status: str
    person_code: str | None
    person_name: str | None


class Paused(Frozen):
    """A pause in force. `process`: its reference; None is everything."""

    process: str | None
    until: datetime
    reason: str


class MailStatus(Frozen):
    """All of it at one instant.

    `late`: how many mails should have left more than a minute ago, `oldest_due_at` when the first of them. `standing`:
    some of them may leave, and none has been accepted since: no sender runs, or the server takes nothing.
    """

    at: datetime
    states: dict[str, int]
    late: int
    oldest_due_at: datetime | None
    last_accepted_at: datetime | None
    standing: bool
    service: tuple[ServiceLine, ...]
    deferred: tuple[Put, ...]
    bounces: dict[BounceKind, int]
    """Of the last seven days."""
    dead: tuple[Dead, ...]
    paused: tuple[Paused, ...]
