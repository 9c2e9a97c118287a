"""Files that people hand in with their answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base


class EvidenceFile(Base):
    """One file, as it came, for one item of a task or for all of it. Removed files are emptied, their row stays."""

    __tablename__ = "evidence_files"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("(removed_at is null) = (content is not null)", name="content"),
        Index("ix_evidence_files_task_id", "task_id"),
        Index(
            "uq_evidence_files_sha256",
            "task_id",
            text("coalesce(item_id::text, '')"),
            "sha256",
            unique=True,
            postgresql_where=text("removed_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("items.id"))
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    name: Mapped[str] = mapped_column(Text)
    """As the person called it, without folders and signs that no name has."""
    media_type: Mapped[str]
    """What the content shows it to be, whatever its name says."""
    size: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]
