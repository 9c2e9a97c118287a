"""The count of mails for the first page of the office; the others are the board's and the decisions' own."""

from sqlalchemy import func, select

from models.tables.mail import OutgoingMail
from store.board_numbers import MOST
from store.database import ReadSession


async def stuck_mails(session: ReadSession) -> int:
    """Mails that a server did not take."""
    some = select(OutgoingMail.id).where(OutgoingMail.state == "rejected").limit(MOST).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0
