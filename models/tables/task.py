"""The task: one thing asked of one person in one process, its planned steps, and all that people do to it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.answering import AnswerKind
from models.contracts.mail import TaskKind
from models.policies.plan import StepKind
from models.tables.base import Base

OPEN = "state in ('scheduled', 'open', 'partly_answered')"


class Task(Base):
    """One thing asked of one person. `due_on` is a day of the task's calendar, `due_at` its end."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index(
            "uq_tasks_process_id_kind_unit_code_occasion",
            "process_id",
            "kind",
            "unit_code",
            "occasion",
            unique=True,
            postgresql_where=text("kind <> 'extension_decision'"),
        ),
        Index("ix_tasks_assignee_code_open", "assignee_code", postgresql_where=text(OPEN)),
        CheckConstraint(
            "state in ('scheduled', 'open', 'partly_answered', 'answered', 'waived', 'expired', 'cancelled')",
            name="state",
        ),
        Index("ix_tasks_set_id_state", "set_id", "state"),
        Index("ix_tasks_due_at_id", "due_at", "id", postgresql_where=text(OPEN)),
        Index("ix_tasks_level", text("(- level)"), "due_at", "id", postgresql_where=text(OPEN)),
        Index("ix_tasks_escalated", "due_at", "id", postgresql_where=text(f"escalated_at is not null and {OPEN}")),
        Index("ix_tasks_board", "unit_code", "due_at", "id", postgresql_where=text(OPEN)),
        Index("ix_tasks_process_id_due_at", "process_id", "due_at", postgresql_where=text(OPEN)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    """Short and readable, e.g. `7K2M-9QXD`: printed in mails and on pages, never a credential."""
    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"))
    set_id: Mapped[UUID] = mapped_column(ForeignKey("task_sets.id"))
    kind: Mapped[TaskKind] = mapped_column(String)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    occasion: Mapped[str] = mapped_column(default="")
    """Which of several tasks of one kind and unit in a process: a version of a visit, a preparation, a commitment."""
    assignee_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    state: Mapped[str]
    policy: Mapped[str]
    policy_version: Mapped[int]
    calendar_code: Mapped[str] = mapped_column(ForeignKey("calendars.code"))
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"), index=True)
    """The task that this one decides about; null for a task that stands by itself."""
    opens_on: Mapped[date]
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    closes_on: Mapped[date]
    closes_at: Mapped[datetime]
    snoozed_until: Mapped[date | None]
    """No reminder or escalation leaves before this day."""
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(default=0, server_default="0")
    """How far up the reporting line it was escalated so far; 0: not at all."""
    closed_at: Mapped[datetime | None]
    outcome_reason: Mapped[str | None] = mapped_column(Text)


class Item(Base):
    """One indicator or one question inside a task. `answer_id` is the answer that stands; null means missing.

    `question` is the key of a `models.policies.questions.Question`; `detail` holds what its words need (the names of a
    criterion, what is to be done). Without `required`, the task is answered without it. `known` is what Focal counted
    itself when it asked: `models.contracts.answering.Known`.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("task_id", "position"),
        Index("ix_items_indicator_code", "indicator_code"),
        CheckConstraint("num_nonnulls(indicator_code, question) = 1", name="one_thing"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    position: Mapped[int]
    indicator_code: Mapped[str | None] = mapped_column(ForeignKey("indicators.code"))
    question: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    required: Mapped[bool] = mapped_column(default=True)
    known: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("answers.id", use_alter=True))
    returned_note: Mapped[str | None] = mapped_column(Text)
    """Why its answer was sent back; null again once it is answered."""


class Step(Base):
    """One planned moment of a task: what happens, when, and why then.

    `number` counts the steps of one kind in the task's life; `level` is how far up the reporting line an
    escalation goes, 0 for others. `recipient_code` and `path` say to whom it went and through which absences.
    """

    __tablename__ = "steps"
    __table_args__ = (
        UniqueConstraint("task_id", "kind", "number"),
        CheckConstraint("kind in ('request', 'reminder', 'warning', 'escalation', 'expiry')", name="kind"),
        CheckConstraint("state in ('planned', 'done', 'merged', 'cancelled', 'failed')", name="state"),
        Index("ix_steps_planned", "set_id", "at", postgresql_where=text("state = 'planned'")),
        Index("ix_steps_task_id", "task_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    set_id: Mapped[UUID] = mapped_column(ForeignKey("task_sets.id"))
    kind: Mapped[StepKind] = mapped_column(String)
    number: Mapped[int]
    level: Mapped[int]
    on: Mapped[date]
    at: Mapped[datetime]
    reason: Mapped[dict[str, Any]]
    state: Mapped[str]
    done_at: Mapped[datetime | None]
    recipient_code: Mapped[str | None] = mapped_column(ForeignKey("persons.code"))
    path: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB)


class Delegation(Base):
    """A task passed on from one person to another, by one of them or by a coordinator. Never altered."""

    __tablename__ = "delegations"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        CheckConstraint("from_code <> to_code", name="persons"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    number: Mapped[int]
    from_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    to_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    by: Mapped[str]
    """Code of the person who passed it on, or `coordinator`."""
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)


class Extension(Base):
    """More time: wished for by the person asked, or given by a coordinator outright; then granted or refused."""

    __tablename__ = "extensions"
    __table_args__ = (
        CheckConstraint("state in ('wished', 'granted', 'refused', 'lapsed')", name="state"),
        CheckConstraint("state <> 'granted' or granted_due_on is not null", name="granted"),
        Index("uq_extensions_wished", "task_id", unique=True, postgresql_where=text("state = 'wished'")),
        Index("ix_extensions_task_id", "task_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    decision_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    """The task that asks a head to decide; null when nobody had to be asked."""
    wished_by: Mapped[str]
    wished_at: Mapped[datetime]
    old_due_on: Mapped[date]
    wished_due_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    granted_due_on: Mapped[date | None]
    decision_reason: Mapped[str | None] = mapped_column(Text)


class Submission(Base):
    """One answer as it arrived, whole: the raw bytes, the channel, who and when.

    `person_code` is whose answer it is; `entered_by` is who entered it, where that was somebody else. Of an answer by
    mail, `raw` is what was read from it and where; the mail itself is the `incoming_mail_id`.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("incoming_mail_id"),
        CheckConstraint("channel in ('form', 'coordinator', 'mail')", name="channel"),
        CheckConstraint("channel <> 'coordinator' or entered_by is not null", name="entered_by"),
        CheckConstraint("(channel = 'mail') = (incoming_mail_id is not null)", name="incoming_mail_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), index=True)
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    channel: Mapped[str]
    incoming_mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("incoming_mails.id"))
    entered_by: Mapped[str | None]
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
    found: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Where in a mail it was found: `where`, `place`, `excerpt`, `certainty` of a `FoundValue`."""


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
    __table_args__ = (
        UniqueConstraint("task_id", "person_code"),
        UniqueConstraint("token_hash"),
        Index("ix_links_person_code", "person_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    token_hash: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
