"""A delegation that comes: its visit, its hosts, its agenda, what came of it.

No passport, diet or health is asked for or kept: what somebody needs is asked by telephone.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.mail import Language, VisitKind
from models.tables.base import Base


class Visit(Base):
    """One delegation's visit. `version` rises with its days and its hosts; `sequence` with every calendar file sent.

    `state`: coming, received (the last day is over), called_off. `agenda_version` counts the agendas composed; the
    one that was approved is `approved_version`, the one that was sent out `confirmed_version`, with the days it was
    confirmed for in `confirmed_first_day` and `confirmed_last_day`.
    """

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        UniqueConstraint("order_key"),
        CheckConstraint("state in ('coming', 'received', 'called_off')", name="state"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("women >= 0 and men >= 0 and others >= 0", name="people"),
        CheckConstraint("language in ('ca', 'ca-ES-valencia', 'es', 'en', 'fr')", name="language"),
    )

    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    order_key: Mapped[str]
    """Names the order that started it: the same order twice is one visit. Its content, where nobody gave a key."""
    order_sha256: Mapped[str]
    organisation: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    kind: Mapped[VisitKind] = mapped_column(String)
    head_name: Mapped[str] = mapped_column(Text)
    women: Mapped[int]
    men: Mapped[int]
    others: Mapped[int]
    language: Mapped[Language] = mapped_column(String)
    contact_name: Mapped[str] = mapped_column(Text)
    contact_address: Mapped[str]
    themes: Mapped[list[str]]
    first_day: Mapped[date]
    last_day: Mapped[date]
    office_unit: Mapped[str] = mapped_column(ForeignKey("units.code"))
    """The unit whose head approves the agenda and whose focal point prepares the visit."""
    state: Mapped[str] = mapped_column(default="coming")
    version: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=0)
    moved_from_first: Mapped[date | None]
    moved_from_last: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was last moved, or called off."""
    agenda_version: Mapped[int] = mapped_column(default=0)
    composed_by: Mapped[str | None]
    approved_version: Mapped[int | None]
    confirmed_version: Mapped[int | None]
    confirmed_first_day: Mapped[date | None]
    confirmed_last_day: Mapped[date | None]
    thanked_at: Mapped[datetime | None]


class Host(Base):
    """A unit asked to receive a delegation. `state`: asked, accepts, declines, other_days, silent, removed.

    `asked_version`: the version of the visit it was last asked about. `told_version`: the agenda it was last sent.
    """

    __tablename__ = "visit_hosts"
    __table_args__ = (
        CheckConstraint(
            "state in ('asked', 'accepts', 'declines', 'other_days', 'silent', 'removed')",
            name="state",
        ),
    )

    process_id: Mapped[UUID] = mapped_column(ForeignKey("visits.process_id"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True)
    position: Mapped[int]
    state: Mapped[str] = mapped_column(default="asked")
    asked_version: Mapped[int] = mapped_column(default=0)
    told_version: Mapped[int | None]
    remark: Mapped[str] = mapped_column(Text, default="")
    """The other days it offers, or why it was removed, in its own words."""


class Slot(Base):
    """One hour of an agenda; a new agenda is a new version, the old ones stay."""

    __tablename__ = "visit_slots"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="hours"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey("visits.process_id"), primary_key=True)
    agenda_version: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    theme: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)


class VisitFeedback(Base):
    """What the contact of a delegation thought of it: 1 (poor) to 5 (excellent), and words. One, the last one sent."""

    __tablename__ = "visit_feedback"
    __table_args__ = (CheckConstraint("rating between 1 and 5", name="rating"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey("visits.process_id"), primary_key=True)
    rating: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]


class VisitRecord(Base):
    """The closing record of a visit for the resource bank (`models/contracts/delegation_reception.py`)."""

    __tablename__ = "visit_records"

    process_id: Mapped[UUID] = mapped_column(ForeignKey("visits.process_id"), primary_key=True)
    written_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
