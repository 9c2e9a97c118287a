"""City networks, the yearly review of each, and the periodic question which networks an area has joined."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base


class Network(Base):
    """One city network of the register. `fee`: euros a year, null where it is not known.

    `state`: member, leaving (notice was given), left, candidate, watched, declined (looked at and not joined).
    Notice: `notice_months` before the end of the year that ends on `year_ends` (`MM-DD`); null where the terms are
    not known.
    """

    __tablename__ = "networks"
    __table_args__ = (
        CheckConstraint(
            "state in ('member', 'leaving', 'left', 'candidate', 'watched', 'declined')",
            name="state",
        ),
        CheckConstraint("fee >= 0", name="fee"),
        CheckConstraint("notice_months between 0 and 36", name="notice_months"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    """As in the catalogue, `NET-EUROCITIES`; its part after the dash, in small letters, stands in references."""
    name: Mapped[str] = mapped_column(Text)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    """Other names and the acronym, by which an area may call it."""
    kind: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    actor_code: Mapped[str | None] = mapped_column(ForeignKey("actors.code"))
    """Who answers for it by the plan; a unit's code, where the roster has that unit. `unit_code`, once set, wins."""
    plan_code: Mapped[str | None] = mapped_column(ForeignKey("plans.code"))
    """The plan under which the city is a member or thinks of becoming one; null where the documents only name it."""
    state: Mapped[str]
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    fee: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    notice_months: Mapped[int | None]
    year_ends: Mapped[str] = mapped_column(default="12-31")
    roles: Mapped[str] = mapped_column(Text, default="")
    next_review_on: Mapped[date | None]
    exit_on: Mapped[date | None]
    fee_stopped_at: Mapped[datetime | None]
    joined_on: Mapped[date | None]
    """When this city became known as a member to Focal; null for members from before."""
    found_by: Mapped[UUID | None] = mapped_column(ForeignKey("answers.id"))
    """The answer of an area by which a candidate came into the register."""


class Criterion(Base):
    """One criterion of staying in a network. `names`: by language. `weight`: any whole number above zero."""

    __tablename__ = "criteria"
    __table_args__ = (CheckConstraint("weight between 1 and 100", name="weight"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    weight: Mapped[int]
    names: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(Text, default="")
    """Where the rule comes from; empty for one of the office's own."""


class Review(Base):
    """One year's review of one network. `candidate`: joining is weighed, not staying.

    `criteria` are pinned when it opens: list of `{code, weight, names}`. `evidence_version` counts the submissions of
    evidence and opinion; `recommendation` (`models/contracts/membership_review.py`) is computed from that version.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("network_code", "year"),
        CheckConstraint(
            "decision in ('continue', 'optimise', 'leave', 'join', 'watch', 'no')",
            name="decision",
        ),
        CheckConstraint("(decision is null) = (decided_by is null)", name="decided"),
    )

    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    network_code: Mapped[str] = mapped_column(ForeignKey("networks.code"))
    year: Mapped[int]
    candidate: Mapped[bool]
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    office_unit: Mapped[str] = mapped_column(ForeignKey("units.code"))
    decider_code: Mapped[str | None] = mapped_column(ForeignKey("persons.code"))
    """Who was chosen to decide; null for the head of the office unit."""
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    recommendation: Mapped[dict[str, Any] | None]
    recommended_version: Mapped[int | None]
    decision: Mapped[str | None]
    decision_reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_version: Mapped[int | None]
    overridden: Mapped[bool] = mapped_column(default=False)
    carried_out_at: Mapped[datetime | None]
    """When what follows from the decision was done to the register; never done twice."""
    check_on: Mapped[date | None]
    """When the improvement plan is looked at again."""
    notice_on: Mapped[date | None]
    """The last day on which notice can be given."""
    exit_on: Mapped[date | None]
    letter: Mapped[str | None] = mapped_column(Text)


class Census(Base):
    """One round of the question to every area: which networks has it joined. `number`: within the year, from 1."""

    __tablename__ = "censuses"
    __table_args__ = (UniqueConstraint("year", "number"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
