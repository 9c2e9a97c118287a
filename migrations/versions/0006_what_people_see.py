"""What people see: the office's own people and their sessions, tokens of programs, files of evidence, the board."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = "state in ('scheduled', 'open', 'partly_answered')"


def upgrade() -> None:
    """Make the new tables and the indexes of the board; from now on the record only grows."""
    _staff()
    _board()
    _record()


def _staff() -> None:
    op.create_table(
        "staff_roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.CheckConstraint("role in ('coordinator', 'manager', 'operator')", name=op.f("ck_staff_roles_role")),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_staff_roles_person_code_persons")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_staff_roles_unit_code_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_roles")),
    )
    op.create_index(
        "uq_staff_roles_standing",
        "staff_roles",
        ["person_code", "role", sa.literal_column("coalesce(unit_code, '')")],
        unique=True,
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("next_path", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_sign_in_links_person_code_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_links_token_hash")),
    )
    op.create_index(
        "ix_sign_in_links_person_code_issued_at", "sign_in_links", ["person_code", "issued_at"], unique=False
    )
    op.create_table(
        "provider_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("code_verifier", sa.String(), nullable=False),
        sa.Column("next_path", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_visits")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_provider_visits_state_hash")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("method in ('mail', 'provider')", name=op.f("ck_staff_sessions_method")),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_staff_sessions_person_code_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index("ix_staff_sessions_person_code", "staff_sessions", ["person_code"], unique=False)
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('coordinator', 'manager', 'operator')", name=op.f("ck_api_tokens_role")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_api_tokens_unit_code_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_api_tokens_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "manager_digests",
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overdue", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_manager_digests_person_code_persons")),
        sa.PrimaryKeyConstraint("person_code", "week", name=op.f("pk_manager_digests")),
    )
    op.create_table(
        "evidence_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("person_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.CheckConstraint("(removed_at is null) = (content is not null)", name=op.f("ck_evidence_files_content")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_evidence_files_size")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_evidence_files_item_id_items")),
        sa.ForeignKeyConstraint(["person_code"], ["persons.code"], name=op.f("fk_evidence_files_person_code_persons")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_evidence_files_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_files")),
    )
    op.create_index("ix_evidence_files_task_id", "evidence_files", ["task_id"], unique=False)
    op.create_index(
        "uq_evidence_files_sha256",
        "evidence_files",
        ["task_id", sa.literal_column("coalesce(item_id::text, '')"), "sha256"],
        unique=True,
        postgresql_where=sa.text("removed_at is null"),
    )


def _board() -> None:
    op.drop_index("ix_tasks_due_at_unanswered", "tasks")
    op.create_index("ix_tasks_due_at_id", "tasks", ["due_at", "id"], postgresql_where=sa.text(OPEN))
    op.add_column("tasks", sa.Column("level", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "update tasks set level = done.level from (select task_id, max(level) as level from steps"
        " where kind = 'escalation' and state = 'done' group by task_id) done where done.task_id = tasks.id"
    )
    level: sa.ColumnElement[int] = sa.literal_column("(- level)")
    op.create_index("ix_tasks_level", "tasks", [level, "due_at", "id"], postgresql_where=sa.text(OPEN))
    escalated = sa.text(f"escalated_at is not null and {OPEN}")
    op.create_index("ix_tasks_escalated", "tasks", ["due_at", "id"], postgresql_where=escalated)
    op.create_index("ix_tasks_board", "tasks", ["unit_code", "due_at", "id"], postgresql_where=sa.text(OPEN))
    op.create_index("ix_tasks_process_id_due_at", "tasks", ["process_id", "due_at"], postgresql_where=sa.text(OPEN))
    op.create_index("ix_links_person_code", "links", ["person_code"])
    op.create_index("ix_audit_events_task_id_id", "audit_events", ["task_id", "id"])
    op.create_index("ix_audit_events_actor_id", "audit_events", ["actor", "id"])


def _record() -> None:
    op.execute(
        """
        create function audit_events_stay() returns trigger language plpgsql as $$
        begin
            raise exception 'the record only grows: audit_events takes no % ', lower(tg_op);
        end $$
        """
    )
    op.execute(
        """
        create trigger audit_events_stay before update or delete on audit_events
        for each statement execute function audit_events_stay()
        """
    )


def downgrade() -> None:
    """Refuse: going back would throw away sessions, evidence and the record's protection."""
    raise NotImplementedError("restore a backup instead")
