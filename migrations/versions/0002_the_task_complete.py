"""The task, complete: policies as data, local days, delegations, extensions, pauses."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPEN = "state in ('scheduled', 'open', 'partly_answered')"
POLICIES = (
    {
        "name": "indicator_request",
        "version": 1,
        "due_after": 15,
        "reminders_before": [5, 1],
        "reminders_after": [],
        "gap": 2,
        "cap": 5,
        "warning": 2,
        "escalations": [{"level": 1, "days": 4}],
        "grace": 2,
        "late_window": 8,
        "returned": 3,
        "sends_at": "09:00",
        "silence": "expired",
    },
    {
        "name": "focal_point_naming",
        "version": 1,
        "due_after": 5,
        "reminders_before": [1],
        "reminders_after": [],
        "gap": 2,
        "cap": 3,
        "warning": 2,
        "escalations": [{"level": 1, "days": 4}],
        "grace": 0,
        "late_window": 20,
        "sends_at": "09:00",
        "silence": "expired",
    },
    {
        "name": "extension_decision",
        "version": 1,
        "due_after": 2,
        "reminders_before": [],
        "reminders_after": [1],
        "gap": 1,
        "cap": 3,
        "warning": 0,
        "escalations": [{"level": 1, "days": 2}],
        "grace": 0,
        "late_window": 5,
        "sends_at": "09:00",
        "silence": "expired",
    },
)
"""Version 1 of every kind; whoever wants other rules loads a version 2 (`focal policy load`)."""


def _person(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), sa.ForeignKey("persons.code"), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    policies = op.create_table(
        "policies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        _at("loaded_at"),
        sa.Column("loaded_by", sa.String(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_policies_version")),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_policies")),
    )
    for rules in POLICIES:
        op.execute(
            sa.insert(policies).values(
                name=rules["name"], version=rules["version"], rules=rules, loaded_at=sa.func.now(), loaded_by="focal"
            )
        )
    op.create_table(
        "calendar_days",
        sa.Column("calendar_code", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_code"], ["calendars.code"], name=op.f("fk_calendar_days_calendar_code_calendars")
        ),
        sa.PrimaryKeyConstraint("calendar_code", "day", name=op.f("pk_calendar_days")),
    )
    op.add_column("units", sa.Column("calendar_code", sa.String(), nullable=True))
    op.create_foreign_key(op.f("fk_units_calendar_code_calendars"), "units", "calendars", ["calendar_code"], ["code"])
    _pauses()
    _tasks()
    _steps()
    _acts()
    op.add_column("items", sa.Column("returned_note", sa.Text(), nullable=True))
    op.add_column("submissions", sa.Column("entered_by", sa.String(), nullable=True))
    op.drop_constraint(op.f("ck_submissions_channel"), "submissions")
    op.create_check_constraint(op.f("ck_submissions_channel"), "submissions", "channel in ('form', 'coordinator')")
    op.create_check_constraint(
        op.f("ck_submissions_entered_by"), "submissions", "(channel = 'coordinator') = (entered_by is not null)"
    )
    op.alter_column("outgoing_mails", "process_id", nullable=True)
    op.add_column(
        "outgoing_mails",
        sa.Column("also_about", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.create_index("ix_outgoing_mails_person_code_created_at", "outgoing_mails", ["person_code", "created_at"])


def _pauses() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        _at("since"),
        _at("until"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        _at("at"),
        sa.CheckConstraint("until > since", name=op.f("ck_pauses_instants")),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_pauses_process_id_processes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index("ix_pauses_until", "pauses", ["until"])


def _tasks() -> None:
    op.add_column("tasks", sa.Column("calendar_code", sa.String(), nullable=True))
    op.add_column("tasks", sa.Column("about_id", sa.Uuid(), nullable=True))
    op.add_column("tasks", _at("closes_at", nullable=True))
    op.add_column("tasks", sa.Column("snoozed_until", sa.Date(), nullable=True))
    op.execute(
        "update tasks set calendar_code = processes.calendar_code, closes_at = collections.closes_at "
        "from processes join collections on collections.process_id = processes.id "
        "where processes.id = tasks.process_id"
    )
    op.alter_column("tasks", "calendar_code", nullable=False)
    op.alter_column("tasks", "closes_at", nullable=False)
    op.create_foreign_key(op.f("fk_tasks_calendar_code_calendars"), "tasks", "calendars", ["calendar_code"], ["code"])
    op.create_foreign_key(op.f("fk_tasks_about_id_tasks"), "tasks", "tasks", ["about_id"], ["id"])
    op.create_index(op.f("ix_tasks_about_id"), "tasks", ["about_id"])
    op.drop_constraint("uq_tasks_process_id_kind_unit_code_assignee_code", "tasks")
    op.create_index(
        "uq_tasks_process_id_kind_unit_code",
        "tasks",
        ["process_id", "kind", "unit_code"],
        unique=True,
        postgresql_where=sa.text("kind <> 'extension_decision'"),
    )
    op.create_index("ix_tasks_assignee_code_open", "tasks", ["assignee_code"], postgresql_where=sa.text(OPEN))


def _steps() -> None:
    op.add_column("steps", sa.Column("number", sa.Integer(), nullable=True))
    op.execute("update steps set number = greatest(level, 1)")
    op.execute("update steps set level = 0 where kind <> 'escalation'")
    op.alter_column("steps", "number", nullable=False)
    op.add_column("steps", _person("recipient_code", nullable=True))
    op.add_column("steps", sa.Column("path", postgresql.JSONB(), nullable=True))
    op.drop_constraint("uq_steps_task_id_kind_level", "steps")
    op.create_unique_constraint(op.f("uq_steps_task_id_kind_number"), "steps", ["task_id", "kind", "number"])
    op.drop_constraint(op.f("ck_steps_kind"), "steps")
    op.create_check_constraint(
        op.f("ck_steps_kind"), "steps", "kind in ('request', 'reminder', 'warning', 'escalation', 'expiry')"
    )


def _acts() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), sa.ForeignKey("tasks.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _person("from_code"),
        _person("to_code"),
        sa.Column("by", sa.String(), nullable=False),
        _at("at"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("from_code <> to_code", name=op.f("ck_delegations_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sa.UniqueConstraint("task_id", "number", name=op.f("uq_delegations_task_id_number")),
    )
    op.create_table(
        "extensions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), sa.ForeignKey("tasks.id"), nullable=False),
        sa.Column("decision_task_id", sa.Uuid(), sa.ForeignKey("tasks.id"), nullable=True),
        sa.Column("wished_by", sa.String(), nullable=False),
        _at("wished_at"),
        sa.Column("old_due_on", sa.Date(), nullable=False),
        sa.Column("wished_due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        _at("decided_at", nullable=True),
        sa.Column("granted_due_on", sa.Date(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('wished', 'granted', 'refused', 'lapsed')", name=op.f("ck_extensions_state")),
        sa.CheckConstraint("state <> 'granted' or granted_due_on is not null", name=op.f("ck_extensions_granted")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    op.create_index("ix_extensions_task_id", "extensions", ["task_id"])
    op.create_index(
        "uq_extensions_wished", "extensions", ["task_id"], unique=True, postgresql_where=sa.text("state = 'wished'")
    )


def downgrade() -> None:
    raise NotImplementedError("what people did to tasks would be lost: restore a backup instead")
