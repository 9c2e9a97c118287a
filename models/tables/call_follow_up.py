"""A call that the city follows: who is interested, whether it applies, with what result, and the project after it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.call_follow_up import CallState, Interest
from models.tables.base import Base


class CallFollowUp(Base):
    """The city's way through one call.

    `state`: interest (units are asked, a manager decides), preparing, submitted, reserve, awarded (until the last
    report), ended (the project is over), rejected, missed (nobody confirmed that the proposal was sent), not_pursued
    (no-go), dropped (a coordinator gave it up), cancelled (the call was).

    `deadline_number` is the deadline aimed at (`CallDeadline.number`): of the stage, or the chosen cut-off;
    `planned_for` names the one that everything was last planned for (`store/call_follow_up.py: aim_of`).
    """

    __tablename__ = "call_follow_ups"
    __table_args__ = (
        UniqueConstraint("call_id"),
        CheckConstraint(
            "state in ('interest', 'preparing', 'submitted', 'reserve', 'awarded', 'ended', 'rejected', 'missed', "
            "'not_pursued', 'dropped', 'cancelled')",
            name="state",
        ),
        CheckConstraint("(go is null) = (decided_by is null)", name="decided"),
        CheckConstraint("role in ('coordinator', 'partner')", name="role"),
        CheckConstraint("starts_on <= ends_on", name="project"),
    )

    process_id: Mapped[UUID] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.id"))
    action_code: Mapped[str | None] = mapped_column(ForeignKey("actions.code"))
    """The action of the plan that it serves, for the plan's indicators."""
    office_unit: Mapped[str] = mapped_column(ForeignKey("units.code"))
    """The unit whose head decides about go or no-go, and whose focal point is the fallback."""
    decider_code: Mapped[str | None] = mapped_column(ForeignKey("persons.code"))
    """Who was chosen to decide; null for the head of the office unit."""
    lead_unit: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    """Who prepares the proposal; chosen by the decision, or by the coordinator."""
    owners: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Units that have a milestone other than by its rule: unit code by key of the milestone."""
    state: Mapped[CallState] = mapped_column(String, default="interest")
    deadline_number: Mapped[int] = mapped_column(default=1)
    planned_for: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why the deadline was last moved, or why it was given up."""
    go: Mapped[bool | None]
    go_reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    proposal_number: Mapped[str] = mapped_column(default="")
    role: Mapped[str | None]
    money_asked: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    submitted_at: Mapped[datetime | None]
    """When it was confirmed that the proposal (of the stage aimed at) was sent."""
    first_submitted_at: Mapped[datetime | None]
    """The same of the first stage; kept when the second begins."""
    result: Mapped[str | None]
    """What the last answer about the result was: awarded, rejected, reserve, nothing_yet, invited, not_invited."""
    result_at: Mapped[datetime | None]
    points: Mapped[str] = mapped_column(Text, default="")
    ask_again_on: Mapped[date | None]
    """When the result is asked for (again)."""
    grant_number: Mapped[str] = mapped_column(default="")
    money_won: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    signed_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    periods: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    """Lengths of the reporting periods in months; the last one ends with the project, whatever its length."""
    amendment_reason: Mapped[str] = mapped_column(Text, default="")
    closed_reason: Mapped[str] = mapped_column(Text, default="")


class CallInterest(Base):
    """What one unit said about a call. `state`: asked, lead, partner, watch, no, silent."""

    __tablename__ = "call_interests"
    __table_args__ = (CheckConstraint("state in ('asked', 'lead', 'partner', 'watch', 'no', 'silent')", name="state"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey("call_follow_ups.process_id"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True)
    position: Mapped[int]
    state: Mapped[Interest] = mapped_column(String, default="asked")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why not: the key of the option that was chosen, with words where it has some."""
    contribution: Mapped[str] = mapped_column(Text, default="")


class CallRecord(Base):
    """The closing record of a call for the resource bank (`models/contracts/call_follow_up.py: CallAccount`)."""

    __tablename__ = "call_records"

    process_id: Mapped[UUID] = mapped_column(ForeignKey("call_follow_ups.process_id"), primary_key=True)
    written_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
