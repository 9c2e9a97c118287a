"""One quarter's collection of one plan, and its report."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base


class Collection(Base):
    """The quarter and the days of one collection; `closes_at` is when its last answer counts."""

    __tablename__ = "collections"
    __table_args__ = (UniqueConstraint("plan_code", "period"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    plan_code: Mapped[str] = mapped_column(ForeignKey("plans.code"))
    period: Mapped[str]
    opens_on: Mapped[date]
    opens_at: Mapped[datetime]
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    closes_on: Mapped[date]
    closes_at: Mapped[datetime]


class Report(Base):
    """The closed quarter, computed once from the rows of that moment (`models/contracts/report.py`)."""

    __tablename__ = "reports"

    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    written_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
