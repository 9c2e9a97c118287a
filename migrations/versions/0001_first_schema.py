"""The house as it stands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actors",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_actors")),
    )
    op.create_table(
        "calendars",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("subdivision", sa.String(), nullable=True),
        sa.Column("demonstration", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_calendars")),
    )
    op.create_table(
        "dispatches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("workflow_id", sa.String(), nullable=False),
        sa.Column("order", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("relayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('start', 'poke')", name=op.f("ck_dispatches_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
    )
    op.create_index(
        "ix_dispatches_waiting", "dispatches", ["id"], unique=False, postgresql_where=sa.text("relayed_at is null")
    )
    op.create_table(
        "plans",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=True),
        sa.Column("last_year", sa.Integer(), nullable=True),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_plans")),
    )
    op.create_table(
        "units",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("parent_code", sa.String(), nullable=True),
        sa.Column("head_code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["parent_code"], ["units.code"], name=op.f("fk_units_parent_code_units")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_units")),
    )
    op.create_table(
        "axes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("plan_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["plan_code"], ["plans.code"], name=op.f("fk_axes_plan_code_plans")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_axes")),
        sa.UniqueConstraint("plan_code", "position", name=op.f("uq_axes_plan_code_position")),
    )
    op.create_table(
        "persons",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("language in ('ca', 'ca-ES-valencia', 'es', 'en', 'fr')", name=op.f("ck_persons_language")),
        sa.CheckConstraint("address = lower(address)", name=op.f("ck_persons_address_lower")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_persons_unit_code_units")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_persons")),
        sa.UniqueConstraint("address", name=op.f("uq_persons_address")),
    )
    op.create_table(
        "processes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("calendar_code", sa.String(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_processes_state")),
        sa.ForeignKeyConstraint(
            ["calendar_code"], ["calendars.code"], name=op.f("fk_processes_calendar_code_calendars")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
        sa.UniqueConstraint("reference", name=op.f("uq_processes_reference")),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("substitute_code", sa.String(), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_absences_days")),
        sa.CheckConstraint("substitute_code <> person_code", name=op.f("ck_absences_substitute")),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_absences_person_code_persons")),
        sa.ForeignKeyConstraint(
            ["substitute_code"], ["persons.code"], name=op.f("fk_absences_substitute_code_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        sa.UniqueConstraint("person_code", "first_day", name=op.f("uq_absences_person_code_first_day")),
    )
    op.create_table(
        "collections",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("plan_code", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["plan_code"], ["plans.code"], name=op.f("fk_collections_plan_code_plans")),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_collections_process_id_processes")),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_collections")),
        sa.UniqueConstraint("plan_code", "period", name=op.f("uq_collections_plan_code_period")),
    )
    op.create_table(
        "focal_points",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_day is null or last_day >= first_day", name=op.f("ck_focal_points_days")),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_focal_points_person_code_persons")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_focal_points_unit_code_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focal_points")),
        sa.UniqueConstraint(
            "unit_code", "person_code", "first_day", name=op.f("uq_focal_points_unit_code_person_code_first_day")
        ),
    )
    op.create_table(
        "objectives",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("axis_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("implicit", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["axis_code"], ["axes.code"], name=op.f("fk_objectives_axis_code_axes")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_objectives")),
        sa.UniqueConstraint("axis_code", "position", name=op.f("uq_objectives_axis_code_position")),
    )
    op.create_table(
        "reports",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_reports_process_id_processes")),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_reports")),
    )
    op.create_table(
        "task_sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("workflow_id", sa.String(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_task_sets_process_id_processes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_sets")),
        sa.UniqueConstraint("process_id", "number", name=op.f("uq_task_sets_process_id_number")),
    )
    op.create_table(
        "actions",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("objective_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=True),
        sa.Column("last_year", sa.Integer(), nullable=True),
        sa.Column("activities", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["objective_code"], ["objectives.code"], name=op.f("fk_actions_objective_code_objectives")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_actions")),
        sa.UniqueConstraint("objective_code", "position", name=op.f("uq_actions_objective_code_position")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("assignee_code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('scheduled', 'open', 'partly_answered', 'answered', 'waived', 'expired', 'cancelled')",
            name=op.f("ck_tasks_state"),
        ),
        sa.ForeignKeyConstraint(["assignee_code"], ["persons.code"], name=op.f("fk_tasks_assignee_code_persons")),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_tasks_process_id_processes")),
        sa.ForeignKeyConstraint(["set_id"], ["task_sets.id"], name=op.f("fk_tasks_set_id_task_sets")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_tasks_unit_code_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint(
            "process_id",
            "kind",
            "unit_code",
            "assignee_code",
            name=op.f("uq_tasks_process_id_kind_unit_code_assignee_code"),
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_tasks_reference")),
    )
    op.create_index(
        "ix_tasks_due_at_unanswered",
        "tasks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state in ('scheduled', 'open', 'partly_answered')"),
    )
    op.create_index("ix_tasks_set_id_state", "tasks", ["set_id", "state"], unique=False)
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_audit_events_process_id_processes")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_audit_events_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_process_id_id", "audit_events", ["process_id", "id"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_drafts_task_id_tasks")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "incoming_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("envelope_from", sa.String(), nullable=False),
        sa.Column("envelope_to", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_incoming_mails_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mails")),
        sa.UniqueConstraint("sha256", "envelope_to", name=op.f("uq_incoming_mails_sha256_envelope_to")),
    )
    op.create_table(
        "indicators",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("action_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("cumulative", sa.Boolean(), nullable=False),
        sa.CheckConstraint("unit in ('count', 'percent', 'yes/no', 'text')", name=op.f("ck_indicators_unit")),
        sa.ForeignKeyConstraint(["action_code"], ["actions.code"], name=op.f("fk_indicators_action_code_actions")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_indicators")),
        sa.UniqueConstraint("action_code", "position", name=op.f("uq_indicators_action_code_position")),
    )
    op.create_table(
        "links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_links_person_code_persons")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_links_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("task_id", "person_code", name=op.f("uq_links_task_id_person_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
    )
    op.create_table(
        "outgoing_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("person_code", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("wanted_while_open", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("mail_from", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("rfc822", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("unknowns", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reply", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('ready', 'sending', 'accepted', 'rejected', 'unknown', 'withdrawn')",
            name=op.f("ck_outgoing_mails_state"),
        ),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_outgoing_mails_person_code_persons")),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_outgoing_mails_process_id_processes")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_outgoing_mails_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_outgoing_mails_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_mails_message_id")),
    )
    op.create_index("ix_outgoing_mails_process_id", "outgoing_mails", ["process_id"], unique=False)
    op.create_index("ix_outgoing_mails_task_id", "outgoing_mails", ["task_id"], unique=False)
    op.create_index(
        "ix_outgoing_mails_waiting",
        "outgoing_mails",
        ["not_before"],
        unique=False,
        postgresql_where=sa.text("state in ('ready', 'sending')"),
    )
    op.create_table(
        "responsibles",
        sa.Column("action_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("actor_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["action_code"], ["actions.code"], name=op.f("fk_responsibles_action_code_actions")),
        sa.ForeignKeyConstraint(["actor_code"], ["actors.code"], name=op.f("fk_responsibles_actor_code_actors")),
        sa.PrimaryKeyConstraint("action_code", "position", name=op.f("pk_responsibles")),
    )
    op.create_table(
        "steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('request', 'reminder', 'escalation', 'expiry')", name=op.f("ck_steps_kind")),
        sa.CheckConstraint(
            "state in ('planned', 'done', 'merged', 'cancelled', 'failed')", name=op.f("ck_steps_state")
        ),
        sa.ForeignKeyConstraint(["set_id"], ["task_sets.id"], name=op.f("fk_steps_set_id_task_sets")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_steps_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
        sa.UniqueConstraint("task_id", "kind", "level", name=op.f("uq_steps_task_id_kind_level")),
    )
    op.create_index(
        "ix_steps_planned", "steps", ["set_id", "at"], unique=False, postgresql_where=sa.text("state = 'planned'")
    )
    op.create_index("ix_steps_task_id", "steps", ["task_id"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.CheckConstraint("channel in ('form')", name=op.f("ck_submissions_channel")),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_submissions_person_code_persons")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_submissions_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("reference", name=op.f("uq_submissions_reference")),
    )
    op.create_index(op.f("ix_submissions_task_id"), "submissions", ["task_id"], unique=False)
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("indicator_code", sa.String(), nullable=True),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["indicator_code"], ["indicators.code"], name=op.f("fk_items_indicator_code_indicators")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_items_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("task_id", "position", name=op.f("uq_items_task_id_position")),
    )
    op.create_index("ix_items_indicator_code", "items", ["indicator_code"], unique=False)
    op.create_table(
        "answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("number", sa.Numeric(), nullable=True),
        sa.Column("yes", sa.Boolean(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind <> 'not_available' or length(reason) > 0", name=op.f("ck_answers_reason")),
        sa.CheckConstraint(
            "kind <> 'value' or num_nonnulls(number, yes, words) = 1", name=op.f("ck_answers_one_value")
        ),
        sa.CheckConstraint("kind in ('value', 'nothing_to_report', 'not_available')", name=op.f("ck_answers_kind")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_answers_item_id_items")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_answers_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("submission_id", "item_id", name=op.f("uq_answers_submission_id_item_id")),
    )
    op.create_index("ix_answers_item_id", "answers", ["item_id"], unique=False)
    op.create_foreign_key("fk_units_head_code_persons", "units", "persons", ["head_code"], ["code"])
    op.create_foreign_key("fk_items_answer_id_answers", "items", "answers", ["answer_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint("fk_items_answer_id_answers", "items", type_="foreignkey")
    op.drop_constraint("fk_units_head_code_persons", "units", type_="foreignkey")
    op.drop_index("ix_answers_item_id", table_name="answers")
    op.drop_table("answers")
    op.drop_index("ix_items_indicator_code", table_name="items")
    op.drop_table("items")
    op.drop_index(op.f("ix_submissions_task_id"), table_name="submissions")
    op.drop_table("submissions")
    op.drop_index("ix_steps_task_id", table_name="steps")
    op.drop_index("ix_steps_planned", table_name="steps", postgresql_where=sa.text("state = 'planned'"))
    op.drop_table("steps")
    op.drop_table("responsibles")
    op.drop_index(
        "ix_outgoing_mails_waiting",
        table_name="outgoing_mails",
        postgresql_where=sa.text("state in ('ready', 'sending')"),
    )
    op.drop_index("ix_outgoing_mails_task_id", table_name="outgoing_mails")
    op.drop_index("ix_outgoing_mails_process_id", table_name="outgoing_mails")
    op.drop_table("outgoing_mails")
    op.drop_table("links")
    op.drop_table("indicators")
    op.drop_table("incoming_mails")
    op.drop_table("drafts")
    op.drop_index("ix_audit_events_process_id_id", table_name="audit_events")
    op.drop_table("audit_events")
    op.drop_index("ix_tasks_set_id_state", table_name="tasks")
    op.drop_index(
        "ix_tasks_due_at_unanswered",
        table_name="tasks",
        postgresql_where=sa.text("state in ('scheduled', 'open', 'partly_answered')"),
    )
    op.drop_table("tasks")
    op.drop_table("actions")
    op.drop_table("task_sets")
    op.drop_table("reports")
    op.drop_table("objectives")
    op.drop_table("focal_points")
    op.drop_table("collections")
    op.drop_table("absences")
    op.drop_table("processes")
    op.drop_table("persons")
    op.drop_table("axes")
    op.drop_table("units")
    op.drop_table("plans")
    op.drop_index("ix_dispatches_waiting", table_name="dispatches", postgresql_where=sa.text("relayed_at is null"))
    op.drop_table("dispatches")
    op.drop_table("calendars")
    op.drop_table("actors")
