"""Processes, and what leaves the database for Temporal and for the record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base


class Process(Base):
    """One run of one of the four workflows; its reference is also its workflow id."""

    __tablename__ = "processes"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("state in ('open', 'closed')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    plan_code: Mapped[str] = mapped_column(ForeignKey("plans.code"))
    """The plan whose duty it carries."""
    calendar_code: Mapped[str] = mapped_column(ForeignKey("calendars.code"))
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    """When its last answer counts; null: as long as something of it is open."""
    closed_at: Mapped[datetime | None]


class TaskSet(Base):
    """Up to 250 tasks that one follow-up watches. `wake_at` is until when it sleeps; null while it is awake."""

    __tablename__ = "task_sets"
    __table_args__ = (UniqueConstraint("process_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"))
    number: Mapped[int]
    workflow_id: Mapped[str]
    wake_at: Mapped[datetime | None]


class Pause(Base):
    """No mail that asks or tells of a delay leaves from an instant to an instant: of one process, or of all."""

    __tablename__ = "pauses"
    __table_args__ = (CheckConstraint("until > since", name="instants"), Index("ix_pauses_until", "until"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("processes.id"))
    """Null: everything."""
    since: Mapped[datetime]
    until: Mapped[datetime]
    """Exclusive; drawn in when the pause is lifted early."""
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str]
    at: Mapped[datetime]


class PolicyRow(Base):
    """One version of the rules of a kind of task. A version is never altered; a change is a new version."""

    __tablename__ = "policies"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    rules: Mapped[dict[str, Any]]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str]


class Dispatch(Base):
    """A start or a poke for Temporal, written with the change it announces, relayed until acknowledged."""

    __tablename__ = "dispatches"
    __table_args__ = (
        CheckConstraint("kind in ('start', 'poke')", name="kind"),
        Index("ix_dispatches_waiting", "id", postgresql_where=text("relayed_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    workflow: Mapped[str]
    workflow_id: Mapped[str]
    order: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    relayed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)


class AuditEvent(Base):
    """Who changed what, when and why; written in the transaction of the change, never altered."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_process_id_id", "process_id", "id"),
        Index("ix_audit_events_task_id_id", "task_id", "id"),
        Index("ix_audit_events_actor_id", "actor", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("processes.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    detail: Mapped[dict[str, Any]]
