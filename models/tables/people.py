"""Units, the people in them, and who speaks for a unit from when to when."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.mail import Language
from models.tables.base import Base


class CalendarRow(Base):
    """The days and hours of one place. `demonstration`, where set, makes a working day last seconds."""

    __tablename__ = "calendars"

    code: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[str]
    country: Mapped[str]
    subdivision: Mapped[str | None]
    demonstration: Mapped[dict[str, Any] | None]


class CalendarDay(Base):
    """A local free day of a calendar, beside those of the country and the region. `source` is the file it came from."""

    __tablename__ = "calendar_days"

    calendar_code: Mapped[str] = mapped_column(ForeignKey("calendars.code"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)


class Unit(Base):
    """An area, service, office or municipality. Its code is the actor's code in the plan."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str]
    institution: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    head_code: Mapped[str | None] = mapped_column(ForeignKey("persons.code", use_alter=True))
    calendar_code: Mapped[str | None] = mapped_column(ForeignKey("calendars.code"))
    """Its own calendar; null means that of the unit above, or of the process."""


class Person(Base):
    """Somebody who can be asked. `language` is a BCP 47 tag: ca, ca-ES-valencia, es, en or fr."""

    __tablename__ = "persons"
    __table_args__ = (
        UniqueConstraint("address"),
        CheckConstraint("address = lower(address)", name="address_lower"),
        CheckConstraint("language in ('ca', 'ca-ES-valencia', 'es', 'en', 'fr')", name="language"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str]
    language: Mapped[Language] = mapped_column(String)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    active: Mapped[bool] = mapped_column(default=True)
    calendar_files: Mapped[bool] = mapped_column(default=False)
    """Wants due days as a calendar file with the mails."""


class FocalPoint(Base):
    """A person appointed to answer for a unit, from a day to a day (both included; null means open)."""

    __tablename__ = "focal_points"
    __table_args__ = (
        UniqueConstraint("unit_code", "person_code", "first_day"),
        CheckConstraint("last_day is null or last_day >= first_day", name="days"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    appointed_at: Mapped[datetime]


class Absence(Base):
    """A person away from a day to a day (both included), with the person who stands in."""

    __tablename__ = "absences"
    __table_args__ = (
        UniqueConstraint("person_code", "first_day"),
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("substitute_code <> person_code", name="substitute"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    substitute_code: Mapped[str | None] = mapped_column(ForeignKey("persons.code"))
