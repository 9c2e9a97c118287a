"""The office's own people: what they may do, and how they are signed in; and the programs that act for the city."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.staff import Role
from models.tables.base import Base

ROLES = "role in ('coordinator', 'manager', 'operator')"


class StaffRole(Base):
    """What a person may do on the office's pages, for a unit and those below it; null: for the whole city.

    Kept when it is taken away, so that the record can be read later.
    """

    __tablename__ = "staff_roles"
    __table_args__ = (
        CheckConstraint(ROLES, name="role"),
        Index(
            "uq_staff_roles_standing",
            "person_code",
            "role",
            text("coalesce(unit_code, '')"),
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    role: Mapped[Role] = mapped_column(String)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]


class SignInLink(Base):
    """A link that signs one person in, once. `next_path`: where they wanted to go."""

    __tablename__ = "sign_in_links"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_sign_in_links_person_code_issued_at", "person_code", "issued_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    token_hash: Mapped[str]
    next_path: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ProviderVisit(Base):
    """Somebody on their way to the city's identity provider and back. Only the hash of its state is kept."""

    __tablename__ = "provider_visits"
    __table_args__ = (UniqueConstraint("state_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    state_hash: Mapped[str]
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    next_path: Mapped[str]
    began_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """Somebody who is signed in, in one browser. Only the hash of the cookie is kept."""

    __tablename__ = "staff_sessions"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("method in ('mail', 'provider')", name="method"),
        Index("ix_staff_sessions_person_code", "person_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"))
    token_hash: Mapped[str]
    method: Mapped[str]
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """Of the last page, to within some minutes."""
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """What a program of the city shows on `/api`; its name stands in the record as `api:<name>`."""

    __tablename__ = "api_tokens"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("token_hash"), CheckConstraint(ROLES, name="role"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    token_hash: Mapped[str]
    role: Mapped[Role] = mapped_column(String)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """When it was last shown, to within some minutes."""


class ManagerDigest(Base):
    """The weekly mail that a manager was written, by the Monday of its week; nobody gets two of one week."""

    __tablename__ = "manager_digests"

    person_code: Mapped[str] = mapped_column(ForeignKey("persons.code"), primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)
    written_at: Mapped[datetime]
    overdue: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
