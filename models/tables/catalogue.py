"""The plans as rows: plan > axis > objective > action > indicator, and the actors they name."""

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.answering import IndicatorUnit
from models.tables.base import Base


class Plan(Base):
    """One internationalisation plan; years are null where the document states none."""

    __tablename__ = "plans"

    code: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    institution: Mapped[str]
    language: Mapped[str]
    first_year: Mapped[int | None]
    last_year: Mapped[int | None]
    calendar: Mapped[str]


class Axis(Base):
    """An axis, strategic line or governance element of a plan."""

    __tablename__ = "axes"
    __table_args__ = (UniqueConstraint("plan_code", "position"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    plan_code: Mapped[str] = mapped_column(ForeignKey("plans.code"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[str]


class Objective(Base):
    """A specific objective or governance instrument; implicit where the document has no level between."""

    __tablename__ = "objectives"
    __table_args__ = (UniqueConstraint("axis_code", "position"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    axis_code: Mapped[str] = mapped_column(ForeignKey("axes.code"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    implicit: Mapped[bool]


class Action(Base):
    """An action with the years it runs; null years mean that the plan's own period applies."""

    __tablename__ = "actions"
    __table_args__ = (UniqueConstraint("objective_code", "position"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    objective_code: Mapped[str] = mapped_column(ForeignKey("objectives.code"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    first_year: Mapped[int | None]
    last_year: Mapped[int | None]
    activities: Mapped[list[str]]


class Indicator(Base):
    """What is asked each quarter. `cumulative`: a flow, periods add up; else a stock, the latest value stands."""

    __tablename__ = "indicators"
    __table_args__ = (
        UniqueConstraint("action_code", "position"),
        CheckConstraint("unit in ('count', 'percent', 'yes/no', 'text')", name="unit"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    action_code: Mapped[str] = mapped_column(ForeignKey("actions.code"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[IndicatorUnit] = mapped_column(String)
    cumulative: Mapped[bool]


class Actor(Base):
    """A unit, body, role or group named by a plan. `all_areas` stands for every area of its institution."""

    __tablename__ = "actors"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    institution: Mapped[str]
    kind: Mapped[str]


class Responsible(Base):
    """An actor responsible for an action; position 0 leads, the others are co-responsible."""

    __tablename__ = "responsibles"

    action_code: Mapped[str] = mapped_column(ForeignKey("actions.code"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    actor_code: Mapped[str] = mapped_column(ForeignKey("actors.code"))
