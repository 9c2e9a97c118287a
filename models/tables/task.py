"""The task: one thing asked of one person in one process, its planned steps, and every answer to it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.answering import AnswerKind
from models.contracts.mail import TaskKind
from models.tables.base import Base


class Task(Base):
    """One thing asked of one person. `due_on` is a day of the process's calendar, `due_at` its end."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("process_id", "kind", "unit_code", "assignee_code"),
        CheckConstraint(
            "state in ('scheduled', 'open', 'partly_answered', 'answered', 'waived', 'expired', 'cancelled')",
            name="state",
        ),
        Index("ix_tasks_set_id_state", "set_id", "state"),
        Index(
            "ix_tasks_due_at_unanswered",
            "due_at",
            postgresql_where=text("state in ('scheduled', 'open', 'partly_answered')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    """Short and readable, e.g. `7K2M-9QXD`: printed in mails and on pages, never a credential."""
    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"))
    set_id: Mapped[UUID] = mapped_column(ForeignKey("task_sets.id"))
    kind: Mapped[TaskKind] = mapped_column(String)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    assignee_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    state: Mapped[str]
    policy: Mapped[str]
    policy_version: Mapped[int]
    opens_on: Mapped[date]
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    closes_on: Mapped[date]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome_reason: Mapped[str | None] = mapped_column(Text)


class Item(Base):
    """One indicator (or question) inside a task. `answer_id` is the answer that stands; null means missing."""

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("task_id", "position"),
        Index("ix_items_indicator_code", "indicator_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    position: Mapped[int]
    indicator_code: Mapped[str | None] = mapped_column(ForeignKey("indicators.code"))
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("answers.id", use_alter=True))


class Step(Base):
    """One planned moment of a task: what happens, when, and why then."""

    __tablename__ = "steps"
    __table_args__ = (
        UniqueConstraint("task_id", "kind", "level"),
        CheckConstraint("kind in ('request', 'reminder', 'escalation', 'expiry')", name="kind"),
        CheckConstraint("state in ('planned', 'done', 'merged', 'cancelled', 'failed')", name="state"),
        Index("ix_steps_planned", "set_id", "at", postgresql_where=text("state = 'planned'")),
        Index("ix_steps_task_id", "task_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    set_id: Mapped[UUID] = mapped_column(ForeignKey("task_sets.id"))
    kind: Mapped[str]
    level: Mapped[int]
    on: Mapped[date]
    at: Mapped[datetime]
    reason: Mapped[dict[str, Any]]
    state: Mapped[str]
    done_at: Mapped[datetime | None]


class Submission(Base):
    """One answer as it arrived, whole: the raw bytes, the channel, who and when."""

    __tablename__ = "submissions"
    __table_args__ = (CheckConstraint("channel in ('form')", name="channel"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), index=True)
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    channel: Mapped[str]
    received_at: Mapped[datetime]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]


class Answer(Base):
    """What one submission said about one item. Kept for ever; the item points at the one that stands."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("submission_id", "item_id"),
        CheckConstraint("kind in ('value', 'nothing_to_report', 'not_available')", name="kind"),
        CheckConstraint("kind <> 'not_available' or length(reason) > 0", name="reason"),
        CheckConstraint("kind <> 'value' or num_nonnulls(number, yes, words) = 1", name="one_value"),
        Index("ix_answers_item_id", "item_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("items.id"))
    kind: Mapped[AnswerKind] = mapped_column(String)
    typed: Mapped[str] = mapped_column(Text)
    """As the person wrote it, before we read it."""
    number: Mapped[Decimal | None] = mapped_column(Numeric)
    yes: Mapped[bool | None]
    words: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class Draft(Base):
    """What a person typed and saved for later: kept as typed, not yet an answer."""

    __tablename__ = "drafts"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    version: Mapped[int]
    fields: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class Link(Base):
    """A person's own way into a task. Only the hash of its token is kept here."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("task_id", "person_code"), UniqueConstraint("token_hash"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    token_hash: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
