"""Delegations and memberships: visits, networks, reviews; tasks that ask questions besides indicators."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COMMON = {
    "version": 1,
    "reminders_before": [1],
    "reminders_after": [],
    "gap": 1,
    "cap": 4,
    "warning": 1,
    "escalations": [{"level": 1, "days": 2}],
    "grace": 0,
    "late_window": 5,
    "returned": 3,
    "sends_at": "09:00",
    "silence": "expired",
}
POLICIES = (
    {"name": "hosting_request", "due_after": 5, "reminders_before": [2]},
    {"name": "agenda_approval", "due_after": 3, "late_window": 10},
    {"name": "visit_report", "due_after": 10, "reminders_before": [3], "late_window": 20},
    {"name": "assignment", "due_after": 10, "reminders_before": [3], "reminders_after": [1], "late_window": 40},
    {"name": "membership_evidence", "due_after": 20, "reminders_before": [5], "late_window": 20},
    {"name": "membership_opinion", "due_after": 10, "reminders_before": [3], "late_window": 20},
    {"name": "membership_decision", "due_after": 10, "reminders_before": [3], "late_window": 40},
    {"name": "improvement_plan", "due_after": 15, "reminders_before": [5], "late_window": 20},
    {"name": "improvement_check", "due_after": 10, "reminders_before": [3], "late_window": 20},
    {"name": "joined_networks", "due_after": 10, "reminders_before": [3], "late_window": 10},
)
"""Version 1 of every kind; whoever wants other rules loads a version 2 (`focal policy load`)."""


def upgrade() -> None:
    """Make the new tables; collections keep what they had, now with their plan beside the process."""
    _processes()
    _tasks()
    _policies()
    _mails()
    _visits()
    _reviews()


def _processes() -> None:
    op.add_column("processes", sa.Column("plan_code", sa.String(), nullable=True))
    op.add_column("processes", sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "update processes set plan_code = collections.plan_code, closes_at = collections.closes_at "
        "from collections where collections.process_id = processes.id"
    )
    op.alter_column("processes", "plan_code", nullable=False)
    op.create_foreign_key(op.f("fk_processes_plan_code_plans"), "processes", "plans", ["plan_code"], ["code"])


def _tasks() -> None:
    op.add_column("tasks", sa.Column("occasion", sa.String(), server_default="", nullable=False))
    op.alter_column("tasks", "occasion", server_default=None)
    op.drop_index("uq_tasks_process_id_kind_unit_code", table_name="tasks")
    op.create_index(
        "uq_tasks_process_id_kind_unit_code_occasion",
        "tasks",
        ["process_id", "kind", "unit_code", "occasion"],
        unique=True,
        postgresql_where=sa.text("kind <> 'extension_decision'"),
    )
    op.add_column("items", sa.Column("question", sa.String(), nullable=True))
    op.add_column("items", sa.Column("detail", postgresql.JSONB(), nullable=True))
    op.add_column("items", sa.Column("required", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column("items", "required", server_default=None)
    op.add_column("items", sa.Column("known", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(op.f("ck_items_one_thing"), "items", "num_nonnulls(indicator_code, question) = 1")


def _mails() -> None:
    op.add_column("outgoing_mails", sa.Column("after_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_outgoing_mails_after_id_outgoing_mails"), "outgoing_mails", "outgoing_mails", ["after_id"], ["id"]
    )
    op.create_index(
        "ix_outgoing_mails_after_id",
        "outgoing_mails",
        ["after_id"],
        postgresql_where=sa.text("after_id is not null"),
    )


def _policies() -> None:
    policies = sa.table(
        "policies",
        sa.column("name", sa.String()),
        sa.column("version", sa.Integer()),
        sa.column("rules", postgresql.JSONB()),
        sa.column("loaded_at", sa.DateTime(timezone=True)),
        sa.column("loaded_by", sa.String()),
    )
    for own in POLICIES:
        rules = {**COMMON, **own}
        op.execute(
            sa.insert(policies).values(
                name=own["name"], version=1, rules=rules, loaded_at=sa.func.now(), loaded_by="focal"
            )
        )


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("order_sha256", sa.String(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("head_name", sa.Text(), nullable=False),
        sa.Column("women", sa.Integer(), nullable=False),
        sa.Column("men", sa.Integer(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_address", sa.String(), nullable=False),
        sa.Column("themes", postgresql.JSONB(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("office_unit", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("moved_from_first", sa.Date(), nullable=True),
        sa.Column("moved_from_last", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("agenda_version", sa.Integer(), nullable=False),
        sa.Column("composed_by", sa.String(), nullable=True),
        sa.Column("approved_version", sa.Integer(), nullable=True),
        sa.Column("confirmed_version", sa.Integer(), nullable=True),
        sa.Column("confirmed_first_day", sa.Date(), nullable=True),
        sa.Column("confirmed_last_day", sa.Date(), nullable=True),
        sa.Column("thanked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language in ('ca', 'ca-ES-valencia', 'es', 'en', 'fr')", name=op.f("ck_visits_language")),
        sa.CheckConstraint("state in ('coming', 'received', 'called_off')", name=op.f("ck_visits_state")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_visits_days")),
        sa.CheckConstraint("women >= 0 and men >= 0 and others >= 0", name=op.f("ck_visits_people")),
        sa.ForeignKeyConstraint(["office_unit"], ["units.code"], name=op.f("fk_visits_office_unit_units")),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_visits_process_id_processes")),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_visits")),
        sa.UniqueConstraint("order_key", name=op.f("uq_visits_order_key")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_visits_year_number")),
    )
    op.create_table(
        "visit_hosts",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_version", sa.Integer(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('asked', 'accepts', 'declines', 'other_days', 'silent', 'removed')",
            name=op.f("ck_visit_hosts_state"),
        ),
        sa.ForeignKeyConstraint(["process_id"], ["visits.process_id"], name=op.f("fk_visit_hosts_process_id_visits")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_visit_hosts_unit_code_units")),
        sa.PrimaryKeyConstraint("process_id", "unit_code", name=op.f("pk_visit_hosts")),
    )
    op.create_table(
        "visit_slots",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("agenda_version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_visit_slots_hours")),
        sa.ForeignKeyConstraint(["process_id"], ["visits.process_id"], name=op.f("fk_visit_slots_process_id_visits")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_visit_slots_unit_code_units")),
        sa.PrimaryKeyConstraint("process_id", "agenda_version", "position", name=op.f("pk_visit_slots")),
    )
    op.create_table(
        "visit_feedback",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("ck_visit_feedback_rating")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["visits.process_id"], name=op.f("fk_visit_feedback_process_id_visits")
        ),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_visit_feedback")),
    )
    op.create_table(
        "visit_records",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["visits.process_id"], name=op.f("fk_visit_records_process_id_visits")),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_visit_records")),
    )


def _reviews() -> None:
    op.create_table(
        "networks",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", postgresql.JSONB(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("actor_code", sa.String(), nullable=True),
        sa.Column("plan_code", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=True),
        sa.Column("fee", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("notice_months", sa.Integer(), nullable=True),
        sa.Column("year_ends", sa.String(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("exit_on", sa.Date(), nullable=True),
        sa.Column("fee_stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("found_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state in ('member', 'leaving', 'left', 'candidate', 'watched', 'declined')", name=op.f("ck_networks_state")
        ),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_networks_fee")),
        sa.CheckConstraint("notice_months between 0 and 36", name=op.f("ck_networks_notice_months")),
        sa.ForeignKeyConstraint(["actor_code"], ["actors.code"], name=op.f("fk_networks_actor_code_actors")),
        sa.ForeignKeyConstraint(["found_by"], ["answers.id"], name=op.f("fk_networks_found_by_answers")),
        sa.ForeignKeyConstraint(["plan_code"], ["plans.code"], name=op.f("fk_networks_plan_code_plans")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_networks_unit_code_units")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_networks")),
    )
    op.create_table(
        "criteria",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("weight between 1 and 100", name=op.f("ck_criteria_weight")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_criteria")),
    )
    op.create_table(
        "reviews",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("network_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Boolean(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("office_unit", sa.String(), nullable=False),
        sa.Column("decider_code", sa.String(), nullable=True),
        sa.Column("criteria", postgresql.JSONB(), nullable=False),
        sa.Column("recommendation", postgresql.JSONB(), nullable=True),
        sa.Column("recommended_version", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_version", sa.Integer(), nullable=True),
        sa.Column("overridden", sa.Boolean(), nullable=False),
        sa.Column("carried_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_on", sa.Date(), nullable=True),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("exit_on", sa.Date(), nullable=True),
        sa.Column("letter", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "decision in ('continue', 'optimise', 'leave', 'join', 'watch', 'no')", name=op.f("ck_reviews_decision")
        ),
        sa.CheckConstraint("(decision is null) = (decided_by is null)", name=op.f("ck_reviews_decided")),
        sa.ForeignKeyConstraint(["decider_code"], ["persons.code"], name=op.f("fk_reviews_decider_code_persons")),
        sa.ForeignKeyConstraint(["network_code"], ["networks.code"], name=op.f("fk_reviews_network_code_networks")),
        sa.ForeignKeyConstraint(["office_unit"], ["units.code"], name=op.f("fk_reviews_office_unit_units")),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_reviews_process_id_processes")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_reviews_unit_code_units")),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("network_code", "year", name=op.f("uq_reviews_network_code_year")),
    )
    op.create_table(
        "censuses",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_censuses_process_id_processes")),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_censuses")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_censuses_year_number")),
    )


def downgrade() -> None:
    """Refuse: going back would throw away visits, reviews and answers."""
    raise NotImplementedError("restore a backup instead")
