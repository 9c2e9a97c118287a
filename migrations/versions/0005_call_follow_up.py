"""European calls: the register that the portal feeds, and the follow-up of each call to the end of its project."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COMMON = {
    "version": 1,
    "reminders_before": [3],
    "reminders_after": [],
    "gap": 1,
    "cap": 4,
    "warning": 1,
    "escalations": [{"level": 1, "days": 2}],
    "grace": 0,
    "late_window": 10,
    "returned": 3,
    "sends_at": "09:00",
    "silence": "expired",
}
POLICIES = (
    {"name": "call_interest", "due_after": 7, "reminders_before": [2], "late_window": 3},
    {"name": "go_decision", "due_after": 5, "reminders_before": [1], "late_window": 10},
    # Its days are those of the deadline, after which the process ends it: the alarm of the day before is its own.
    {"name": "proposal_upload", "due_after": 10, "reminders_before": [1], "late_window": 10},
    {"name": "call_result", "due_after": 10, "late_window": 20},
    {"name": "call_lessons", "due_after": 15, "late_window": 20},
    {"name": "grant_agreement", "due_after": 20, "reminders_before": [10, 3], "late_window": 250},
    {"name": "sustainability_check", "due_after": 20, "reminders_before": [5], "late_window": 40},
)
"""Version 1 of every kind; whoever wants other rules loads a version 2 (`focal policy load`)."""


def upgrade() -> None:
    """Make the new tables and the rules of the new kinds of tasks."""
    _policies()
    _register()
    _follow_ups()


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


def _register() -> None:
    op.create_table(
        "programmes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("portal_code", sa.String(), nullable=True),
        sa.Column("cutoff_hour", sa.Time(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_programmes")),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("programme_code", sa.String(), nullable=False),
        sa.Column("portal_id", sa.String(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("call_title", sa.Text(), nullable=False),
        sa.Column("action_type", sa.Text(), nullable=False),
        sa.Column("portal_status", sa.String(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("deadline_model", sa.String(), nullable=False),
        sa.Column("raw_days", postgresql.JSONB(), nullable=False),
        sa.Column("budget", sa.Numeric(precision=16, scale=2), nullable=True),
        sa.Column("largest_grant", sa.Numeric(precision=16, scale=2), nullable=True),
        sa.Column("grants", sa.Integer(), nullable=True),
        sa.Column("keywords", postgresql.JSONB(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", postgresql.JSONB(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.Column("unseen", sa.Integer(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "deadline_model in ('single_stage', 'two_stage', 'cut_offs')", name=op.f("ck_calls_deadline_model")
        ),
        sa.CheckConstraint("decision in ('follow', 'watch', 'ignore')", name=op.f("ck_calls_decision")),
        sa.CheckConstraint("kind in ('topic', 'external', 'cascade', 'entered')", name=op.f("ck_calls_kind")),
        sa.CheckConstraint("origin in ('portal', 'entered')", name=op.f("ck_calls_origin")),
        sa.CheckConstraint("portal_status in ('forthcoming', 'open', 'closed')", name=op.f("ck_calls_portal_status")),
        sa.CheckConstraint("(decision is null) = (decided_by is null)", name=op.f("ck_calls_decided")),
        sa.ForeignKeyConstraint(
            ["programme_code"], ["programmes.code"], name=op.f("fk_calls_programme_code_programmes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("identifier", name=op.f("uq_calls_identifier")),
    )
    op.create_index("ix_calls_portal_id", "calls", ["portal_id"], unique=False)
    op.create_index("ix_calls_programme_code", "calls", ["programme_code"], unique=False)
    op.create_table(
        "crawls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_code", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("inserted", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("outcome in ('under_way', 'taken', 'refused', 'failed')", name=op.f("ck_crawls_outcome")),
        sa.ForeignKeyConstraint(
            ["programme_code"], ["programmes.code"], name=op.f("fk_crawls_programme_code_programmes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawls")),
    )
    op.create_index("ix_crawls_programme_code_begun_at", "crawls", ["programme_code", "begun_at"], unique=False)
    op.create_table(
        "programme_clocks",
        sa.Column("programme_code", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("counted_from", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "counted_from in ('deadline', 'result', 'period_end', 'project_end', 'last_asked')",
            name=op.f("ck_programme_clocks_counted_from"),
        ),
        sa.CheckConstraint(
            "event in ('stage_result', 'result', 'signature', 'report', 'reserve', 'records')",
            name=op.f("ck_programme_clocks_event"),
        ),
        sa.CheckConstraint("unit in ('months', 'days')", name=op.f("ck_programme_clocks_unit")),
        sa.CheckConstraint("amount between 1 and 400", name=op.f("ck_programme_clocks_amount")),
        sa.ForeignKeyConstraint(
            ["programme_code"], ["programmes.code"], name=op.f("fk_programme_clocks_programme_code_programmes")
        ),
        sa.PrimaryKeyConstraint("programme_code", "event", name=op.f("pk_programme_clocks")),
    )
    op.create_table(
        "call_deadlines",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Time(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint("source in ('default_hour', 'entered')", name=op.f("ck_call_deadlines_source")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_deadlines_call_id_calls")),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_call_deadlines")),
    )
    op.create_table(
        "crawled_calls",
        sa.Column("crawl_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name=op.f("fk_crawled_calls_crawl_id_crawls")),
        sa.PrimaryKeyConstraint("crawl_id", "position", name=op.f("pk_crawled_calls")),
    )
    op.create_table(
        "call_themes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("plan_code", sa.String(), nullable=True),
        sa.Column("action_code", sa.String(), nullable=True),
        sa.Column("units", postgresql.JSONB(), nullable=False),
        sa.Column("keywords", postgresql.JSONB(), nullable=False),
        sa.Column("programmes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["action_code"], ["actions.code"], name=op.f("fk_call_themes_action_code_actions")),
        sa.ForeignKeyConstraint(["plan_code"], ["plans.code"], name=op.f("fk_call_themes_plan_code_plans")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_call_themes")),
    )


def _follow_ups() -> None:
    op.create_table(
        "call_follow_ups",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("action_code", sa.String(), nullable=True),
        sa.Column("office_unit", sa.String(), nullable=False),
        sa.Column("decider_code", sa.String(), nullable=True),
        sa.Column("lead_unit", sa.String(), nullable=True),
        sa.Column("owners", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("deadline_number", sa.Integer(), nullable=False),
        sa.Column("planned_for", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("go", sa.Boolean(), nullable=True),
        sa.Column("go_reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposal_number", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("money_asked", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("result_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("ask_again_on", sa.Date(), nullable=True),
        sa.Column("grant_number", sa.String(), nullable=False),
        sa.Column("money_won", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("periods", postgresql.JSONB(), nullable=False),
        sa.Column("amendment_reason", sa.Text(), nullable=False),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("role in ('coordinator', 'partner')", name=op.f("ck_call_follow_ups_role")),
        sa.CheckConstraint(
            "state in ('interest', 'preparing', 'submitted', 'reserve', 'awarded', 'ended', 'rejected', 'missed', "
            "'not_pursued', 'dropped', 'cancelled')",
            name=op.f("ck_call_follow_ups_state"),
        ),
        sa.CheckConstraint("(go is null) = (decided_by is null)", name=op.f("ck_call_follow_ups_decided")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_call_follow_ups_project")),
        sa.ForeignKeyConstraint(["action_code"], ["actions.code"], name=op.f("fk_call_follow_ups_action_code_actions")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_follow_ups_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["decider_code"], ["persons.code"], name=op.f("fk_call_follow_ups_decider_code_persons")
        ),
        sa.ForeignKeyConstraint(["lead_unit"], ["units.code"], name=op.f("fk_call_follow_ups_lead_unit_units")),
        sa.ForeignKeyConstraint(["office_unit"], ["units.code"], name=op.f("fk_call_follow_ups_office_unit_units")),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_call_follow_ups_process_id_processes")),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_call_follow_ups")),
        sa.UniqueConstraint("call_id", name=op.f("uq_call_follow_ups_call_id")),
    )
    op.create_table(
        "call_interests",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("contribution", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('asked', 'lead', 'partner', 'watch', 'no', 'silent')", name=op.f("ck_call_interests_state")
        ),
        sa.ForeignKeyConstraint(
            ["process_id"], ["call_follow_ups.process_id"], name=op.f("fk_call_interests_process_id_call_follow_ups")
        ),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_call_interests_unit_code_units")),
        sa.PrimaryKeyConstraint("process_id", "unit_code", name=op.f("pk_call_interests")),
    )
    op.create_table(
        "call_records",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["call_follow_ups.process_id"], name=op.f("fk_call_records_process_id_call_follow_ups")
        ),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_call_records")),
    )


def downgrade() -> None:
    """Refuse: going back would throw away calls, proposals and answers."""
    raise NotImplementedError("restore a backup instead")
