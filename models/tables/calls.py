"""The register of European calls: programmes with their clocks, calls with their deadlines, themes, crawls."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base


class Programme(Base):
    """One funding programme. Deadlines are at `cutoff_hour` of `zone` unless a call says otherwise.

    `portal_code`: the `frameworkProgramme` under which the portal lists it; null for a programme with a portal of its
    own, whose calls are entered by hand.
    """

    __tablename__ = "programmes"

    code: Mapped[str] = mapped_column(primary_key=True)
    """As identifiers begin: `CERV`, `LIFE`, `HORIZON`; also `URBACT`, `DUT`."""
    name: Mapped[str] = mapped_column(Text)
    portal_code: Mapped[str | None]
    cutoff_hour: Mapped[time]
    zone: Mapped[str]


class ProgrammeClock(Base):
    """How long one thing takes in a programme: so many months or days after what it is counted from.

    `event`: stage_result, result, signature, report, reserve (when a reserve list is asked about again), records (to
    the end of record-keeping). `counted_from`: deadline, result, period_end, project_end, last_asked. A call whose
    programme has no clock for an event goes by programme `EU`. `certain`: read in the rule itself, by somebody, on
    `checked_on`; otherwise dates that follow from it are called estimates.
    """

    __tablename__ = "programme_clocks"
    __table_args__ = (
        CheckConstraint(
            "event in ('stage_result', 'result', 'signature', 'report', 'reserve', 'records')", name="event"
        ),
        CheckConstraint("unit in ('months', 'days')", name="unit"),
        CheckConstraint(
            "counted_from in ('deadline', 'result', 'period_end', 'project_end', 'last_asked')", name="counted_from"
        ),
        CheckConstraint("amount between 1 and 400", name="amount"),
    )

    programme_code: Mapped[str] = mapped_column(ForeignKey("programmes.code"), primary_key=True)
    event: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]
    unit: Mapped[str]
    counted_from: Mapped[str]
    source: Mapped[str] = mapped_column(Text)
    checked_on: Mapped[date]
    certain: Mapped[bool]


class Call(Base):
    """One call for proposals: a topic of the portal, or one entered by hand. `identifier` names it for people.

    `portal_status` is what the portal says; what a call effectively is follows from it, its days and today
    (`models/policies/calls.py`). `review`: why a person has to look at it, empty for no reason. `version` rises with
    every change that people should know of; `change` says what the last one was
    (`models/contracts/calls.py: CallChange`); `told_version` is the one that the coordinator was told of.
    `unseen` counts the whole crawls in a row without it; `gone_at` is set by the second.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("identifier"),
        CheckConstraint("origin in ('portal', 'entered')", name="origin"),
        CheckConstraint("kind in ('topic', 'external', 'cascade', 'entered')", name="kind"),
        CheckConstraint("portal_status in ('forthcoming', 'open', 'closed')", name="portal_status"),
        CheckConstraint("deadline_model in ('single_stage', 'two_stage', 'cut_offs')", name="deadline_model"),
        CheckConstraint("decision in ('follow', 'watch', 'ignore')", name="decision"),
        CheckConstraint("(decision is null) = (decided_by is null)", name="decided"),
        Index("ix_calls_programme_code", "programme_code"),
        Index("ix_calls_portal_id", "portal_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    identifier: Mapped[str]
    origin: Mapped[str]
    kind: Mapped[str]
    programme_code: Mapped[str] = mapped_column(ForeignKey("programmes.code"))
    portal_id: Mapped[str | None]
    """The portal's own number (ccm2Id), which stays when a call is renamed."""
    title: Mapped[str] = mapped_column(Text)
    call_title: Mapped[str] = mapped_column(Text, default="")
    action_type: Mapped[str] = mapped_column(Text, default="")
    portal_status: Mapped[str | None]
    opens_on: Mapped[date | None]
    deadline_model: Mapped[str] = mapped_column(default="single_stage")
    raw_days: Mapped[list[str]] = mapped_column(default=list)
    """Its days as the portal wrote them."""
    budget: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))
    """Euros for the whole topic; null where it is not stated."""
    largest_grant: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))
    grants: Mapped[int | None]
    """How many grants are expected."""
    keywords: Mapped[list[str]] = mapped_column(default=list)
    description: Mapped[str] = mapped_column(Text, default="")
    """HTML, sanitised before it is stored."""
    url: Mapped[str] = mapped_column(Text, default="")
    """Where people read it; within europa.eu for calls of the portal."""
    review: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str] = mapped_column(default="")
    """Of what was read of it, without what changes with every crawl."""
    version: Mapped[int] = mapped_column(default=1)
    change: Mapped[dict[str, Any] | None]
    changed_at: Mapped[datetime]
    told_version: Mapped[int] = mapped_column(default=0)
    unseen: Mapped[int] = mapped_column(default=0)
    gone_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    """When a coordinator said that the call was cancelled; `review` has the reason."""
    decision: Mapped[str | None]
    decision_reason: Mapped[str] = mapped_column(default="")
    """Why it is ignored: a code of `models/policies/calls.py`."""
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    entered_by: Mapped[str | None]
    first_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class CallDeadline(Base):
    """One deadline of a call: of a stage (`number` 1 and 2), or a cut-off, in the order of their days.

    It is `hour` of the clock of `zone` on `day`. `source`: default_hour (the programme's), or entered by a person.
    """

    __tablename__ = "call_deadlines"
    __table_args__ = (CheckConstraint("source in ('default_hour', 'entered')", name="source"),)

    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    hour: Mapped[time]
    zone: Mapped[str]
    source: Mapped[str]


class CallTheme(Base):
    """What a unit or an action of a plan looks for in calls. `programmes`: only in these; empty for all."""

    __tablename__ = "call_themes"

    code: Mapped[str] = mapped_column(primary_key=True)
    """The action's code, or one of the office's own."""
    plan_code: Mapped[str | None] = mapped_column(ForeignKey("plans.code"))
    action_code: Mapped[str | None] = mapped_column(ForeignKey("actions.code"))
    units: Mapped[list[str]]
    """Codes of the units that are asked whether they are interested, the first one leads."""
    keywords: Mapped[list[str]]
    programmes: Mapped[list[str]] = mapped_column(default=list)


class Crawl(Base):
    """One reading of a programme's calls from the portal. `problems`: rows that were refused, `[identifier, reason]`.

    `outcome`: under_way, taken, refused (what came cannot be trusted; nothing of it was taken), failed (nothing came).
    """

    __tablename__ = "crawls"
    __table_args__ = (
        CheckConstraint("outcome in ('under_way', 'taken', 'refused', 'failed')", name="outcome"),
        Index("ix_crawls_programme_code_begun_at", "programme_code", "begun_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_code: Mapped[str] = mapped_column(ForeignKey("programmes.code"))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="under_way")
    reason: Mapped[str] = mapped_column(Text, default="")
    total: Mapped[int] = mapped_column(default=0)
    inserted: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[Any]] = mapped_column(JSONB, default=list)


class CrawledCall(Base):
    """One call of a crawl that is under way, read and checked; it is taken into the register with all of the crawl."""

    __tablename__ = "crawled_calls"

    crawl_id: Mapped[UUID] = mapped_column(ForeignKey("crawls.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    """`models/contracts/calls.py: ReadCall`."""
