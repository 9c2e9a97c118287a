"""What the readers of a visit's news were told last, and what of it still waits to leave: read from the outbox."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.tables.mail import OutgoingMail
from operations.visit_calendar import CAME_TO_NOTHING, MAIL, TAKES_OUT, Holder
from store.database import ReadSession, WriteSession
from store.outbox import frozen_mails, take_back_mails


@dataclass(frozen=True, slots=True)
class Told:
    """One mail with news of a visit, by the parts of its key (`operations.visit_letters`)."""

    mail: OutgoingMail
    news: str
    reader: Holder

    @property
    def waits(self) -> bool:
        """Whether nobody can have it yet."""
        return self.mail.state == "ready" and self.mail.unknowns == 0


async def believing(session: ReadSession, process_id: UUID) -> list[Holder]:
    """Who, of the units, was told of a visit or will be, and not since that it does not concern them any more."""
    last = {told.reader: told.news for told in await _told(session, process_id)}
    return [reader for reader, news in last.items() if reader.unit_code and news not in TAKES_OUT]


async def unaware(session: ReadSession, process_id: UUID) -> set[str]:
    """The addresses to which it has not left yet that the visit moved."""
    return {told.reader.address for told in await _told(session, process_id) if told.news == "moved" and told.waits}


async def withdraw_waiting(
    session: WriteSession, process_id: UUID, address: str, unit_code: str, *, all_of_it: bool, now: datetime
) -> None:
    """Withdraw the news that wait for a reader; that we have heard of the visit only with `all_of_it`."""
    reader = Holder(address.lower(), unit_code)
    mails = [told for told in await _told(session, process_id) if told.reader == reader and told.waits]
    waiting = {told.mail.id for told in mails if all_of_it or told.news != "acknowledged"}
    if waiting:
        await take_back_mails(session, waiting, now)


async def _told(session: ReadSession, process_id: UUID) -> Sequence[Told]:
    """The news that left or will leave, oldest first."""
    return list(_read(await frozen_mails(session, process_id, MAIL)))


def _read(mails: Sequence[OutgoingMail]) -> Iterator[Told]:
    for mail in mails:
        if mail.state not in CAME_TO_NOTHING:
            _, _, news, _, unit, _ = mail.key.split(":")
            yield Told(mail, news, Holder(mail.recipient.lower(), "" if unit == "contact" else unit))
