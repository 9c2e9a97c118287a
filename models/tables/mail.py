"""Mail as rows: frozen before it is sent, stored raw when it comes in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.inbound import BounceKind, Decision, GradeLetter, MailClass
from models.contracts.matters import MatterKind
from models.tables.base import Base


class OutgoingMail(Base):
    """One mail to one recipient, rendered once. A crash sends the same bytes again, never a different mail.

    `ready -> sending (under a lease) -> accepted | ready again (deferred) | rejected | unknown -> ready once`,
    or `withdrawn`, when what it asks for was answered before it left or its address is dead. An accepted mail may
    come back: then it is `bounced`, or `ready` again if only the mailbox was full.
    """

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("message_id"),
        CheckConstraint(
            "state in ('ready', 'sending', 'accepted', 'rejected', 'unknown', 'withdrawn', 'bounced')", name="state"
        ),
        Index("ix_outgoing_mails_waiting", "not_before", postgresql_where=text("state in ('ready', 'sending')")),
        Index("ix_outgoing_mails_process_id", "process_id"),
        Index("ix_outgoing_mails_task_id", "task_id"),
        Index("ix_outgoing_mails_person_code_created_at", "person_code", "created_at"),
        Index("ix_outgoing_mails_answers_id", "answers_id"),
        Index("ix_outgoing_mails_accepted_at", "accepted_at"),
        Index("ix_outgoing_mails_after_id", "after_id", postgresql_where=text("after_id is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
    """`<mail>:<task reference>:<step>:<person>:<n>`: the same event can never make two mails."""
    name: Mapped[str]
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("processes.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    also_about: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default=text("'{}'"))
    """Further tasks that one mail speaks of: reminders of one person that fall in the same hour leave together."""
    answers_id: Mapped[UUID | None] = mapped_column(ForeignKey("incoming_mails.id"))
    """The mail that came in and that this one answers."""
    after_id: Mapped[UUID | None] = mapped_column(ForeignKey("outgoing_mails.id"))
    """The mail that this one takes back or changes: it never leaves before that one has come to an end."""
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
    due_at: Mapped[datetime]
    """When it should have left, last ordered; `not_before` moves with every attempt, this does not."""
    not_before: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    last_reply: Mapped[str | None] = mapped_column(Text)


class IncomingMail(Base):
    """A mail as it arrived: raw bytes and envelope, committed before it is acknowledged; then what was made of it.

    `waiting -> done`, or `failed` when reading it did not work however often it was tried. What is below `state` is
    computed from the raw bytes and can be computed again.
    """

    __tablename__ = "incoming_mails"
    __table_args__ = (
        UniqueConstraint("sha256", "envelope_to"),
        CheckConstraint("state in ('waiting', 'done', 'failed')", name="state"),
        CheckConstraint("state <> 'done' or decision is not null", name="decision"),
        Index("ix_incoming_mails_waiting", "received_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_incoming_mails_task_id", "task_id"),
        Index("ix_incoming_mails_content_sha256", "content_sha256"),
        Index("ix_incoming_mails_sender_received_at", "sender", "received_at"),
        # By hash: what strangers write as a Message-ID may be longer than a tree takes.
        Index("ix_incoming_mails_message_id", "message_id", postgresql_using="hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    envelope_from: Mapped[str]
    envelope_to: Mapped[str]
    sha256: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    """The task its address names; by a hint alone (an earlier mail, the subject), no task is set."""
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)
    content_sha256: Mapped[str | None]
    """Of the bytes without the headers that servers add on the way: the same mail fetched twice has the same."""
    message_id: Mapped[str | None] = mapped_column(Text)
    sender: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    written_at: Mapped[datetime | None]
    """What its Date header claims."""
    person_code: Mapped[str | None] = mapped_column(ForeignKey("persons.code"))
    """Whose address it came from; not yet proof that they wrote it."""
    mail_class: Mapped[MailClass | None] = mapped_column(String)
    grade: Mapped[GradeLetter | None] = mapped_column(String)
    decision: Mapped[Decision | None] = mapped_column(String)
    reason: Mapped[str | None] = mapped_column(Text)
    examination: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The whole `Examination`."""
    examined_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """When a held reply was confirmed or disowned by the person in whose name it came."""
    settled_as: Mapped[str | None]


class BounceRow(Base):
    """What a server said of a mail after it had left, or when it refused the recipient."""

    __tablename__ = "bounces"
    __table_args__ = (
        UniqueConstraint("outgoing_mail_id", "incoming_mail_id"),
        CheckConstraint("kind in ('dead', 'full', 'delayed', 'refused', 'delivered', 'unknown')", name="kind"),
        Index("ix_bounces_outgoing_mail_id", "outgoing_mail_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    outgoing_mail_id: Mapped[UUID] = mapped_column(ForeignKey("outgoing_mails.id"))
    incoming_mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("incoming_mails.id"))
    """Null when the server said so at once."""
    at: Mapped[datetime]
    kind: Mapped[BounceKind] = mapped_column(String)
    status: Mapped[str]
    diagnostic: Mapped[str] = mapped_column(Text)


class DeadAddress(Base):
    """An address to which nothing is sent any more, because there is no such mailbox, until somebody corrects it."""

    __tablename__ = "dead_addresses"
    __table_args__ = (Index("uq_dead_addresses", "address", unique=True, postgresql_where=text("cleared_at is null")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(Text)
    outgoing_mail_id: Mapped[UUID] = mapped_column(ForeignKey("outgoing_mails.id"))
    since: Mapped[datetime]
    status: Mapped[str]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str | None]


class Matter(Base):
    """Something that a mail brought up and a coordinator has to settle. `detail` says what is needed for that.

    `open -> accepted` (what it proposes was done) or `dismissed` (with a reason). It is told to the coordinator by
    mail and repeated while it is open.
    """

    __tablename__ = "matters"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("reference"),
        CheckConstraint("state in ('open', 'accepted', 'dismissed')", name="state"),
        Index("ix_matters_open", "opened_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]
    key: Mapped[str] = mapped_column(Text)
    """What it is about: the same event never makes two."""
    kind: Mapped[MatterKind] = mapped_column(String)
    state: Mapped[str]
    opened_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    person_code: Mapped[str | None] = mapped_column(ForeignKey("persons.code"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    incoming_mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("incoming_mails.id"))
    outgoing_mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("outgoing_mails.id"))
    detail: Mapped[dict[str, Any]]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    outcome: Mapped[str | None] = mapped_column(Text)
