"""Mail as rows: frozen before it is sent, stored raw when it comes in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base


class OutgoingMail(Base):
    """One mail to one recipient, rendered once. A crash sends the same bytes again, never a different mail.

    `ready -> sending (under a lease) -> accepted | ready again (deferred) | rejected | unknown -> ready once`,
    or `withdrawn`, when what it asks for was answered before it left.
    """

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("message_id"),
        CheckConstraint("state in ('ready', 'sending', 'accepted', 'rejected', 'unknown', 'withdrawn')", name="state"),
        Index("ix_outgoing_mails_waiting", "not_before", postgresql_where=text("state in ('ready', 'sending')")),
        Index("ix_outgoing_mails_process_id", "process_id"),
        Index("ix_outgoing_mails_task_id", "task_id"),
        Index("ix_outgoing_mails_person_code_created_at", "person_code", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
    """`<mail>:<task reference>:<step>:<person>:<n>`: the same event can never make two mails."""
    name: Mapped[str]
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("processes.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    also_about: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default=text("'{}'"))
    """Further tasks that one mail speaks of: reminders of one person that fall in the same hour leave together."""
    person_code: Mapped[str | None] = mapped_column(ForeignKey("persons.code"))
    language: Mapped[str]
    wanted_while_open: Mapped[bool]
    """Asks for something: not sent any more once every task it speaks of is answered or closed."""
    subject: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str]
    mail_from: Mapped[str]
    recipient: Mapped[str]
    rfc822: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    unknowns: Mapped[int] = mapped_column(default=0)
    """Of these attempts, how often the line broke after the text was sent."""
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    last_reply: Mapped[str | None] = mapped_column(Text)


class IncomingMail(Base):
    """A mail as it arrived: raw bytes and envelope, committed before it is acknowledged."""

    __tablename__ = "incoming_mails"
    __table_args__ = (UniqueConstraint("sha256", "envelope_to"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    envelope_from: Mapped[str]
    envelope_to: Mapped[str]
    sha256: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
