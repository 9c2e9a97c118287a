"""A mail server that takes everything, and what comes back of it later."""

from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select, update

from models.contracts.inbound import Bounce, BounceKind
from models.tables.mail import IncomingMail, OutgoingMail
from operations.bounces import note_bounce
from store.outbox import lease_mails, settle_mail
from tests.operations.steps import Office
from tests.world import OPENING

HEALTH = "health@prova.example"
SOON = OPENING + timedelta(minutes=5)
Row = TypeVar("Row")


class Post:
    """An office whose requests were taken by the mail server, and what comes back of them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.database = office.database

    async def deliver(self, now: datetime) -> list[str]:
        """The mail server takes all that waits; gives whose it was."""
        async with self.database.transaction() as session:
            mails = await lease_mails(session, now=now, length=timedelta(minutes=12), limit=100)
            for mail in mails:
                await settle_mail(session, mail, state="accepted", reply="250 OK", unknowns=0, now=now)
        return sorted(mail.recipient for mail in mails)

    async def mail(self) -> OutgoingMail:
        """Health's request."""
        (mail,) = [mail for mail in await self.all(OutgoingMail) if mail.recipient == HEALTH]
        return mail

    async def all(self, table: type[Row]) -> list[Row]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(table)))

    async def change(self, **changes: Any) -> None:
        """Change the row of Health's request."""
        async with self.database.transaction() as session:
            await session.execute(update(OutgoingMail).where(OutgoingMail.recipient == HEALTH).values(**changes))

    async def bounce(
        self, kind: BounceKind, now: datetime = SOON, *, status: str = "", incoming: UUID | None = None
    ) -> UUID:
        """A report about Health's request comes in, or one that came in is read again; gives its id."""
        async with self.database.transaction() as session:
            if incoming is None:
                incoming = uuid4()
                arrived = {"received_at": now, "not_before": now, "state": "waiting", "attempts": 0}
                session.add(
                    IncomingMail(
                        id=incoming, envelope_from="", envelope_to="b@x", sha256=str(incoming), raw=b"", **arrived
                    )
                )
            mail = await session.get_one(OutgoingMail, (await self.mail()).id, with_for_update=True)
            bounce = Bounce(kind=kind, status=status, recipient=HEALTH, diagnostic="smtp; they said so")
            await note_bounce(session, mail, bounce, incoming_mail_id=incoming, now=now)
        return incoming
