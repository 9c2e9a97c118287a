"""Mail both ways: what was made of each incoming mail, bounces, dead addresses, matters for the coordinator."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _string(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _refers(name: str, target: str, *, nullable: bool = True) -> sa.Column[object]:
    kind = sa.String() if target.endswith(".code") else sa.Uuid()
    return sa.Column(name, kind, sa.ForeignKey(target), nullable=nullable)


def upgrade() -> None:
    """Make the new tables; what came in before is left as it was kept: a person may have it read."""
    op.add_column("persons", sa.Column("calendar_files", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("persons", "calendar_files", server_default=None)
    _outgoing()
    _incoming()
    _answers()
    _bounces()
    _matters()


def _outgoing() -> None:
    op.add_column("outgoing_mails", _refers("answers_id", "incoming_mails.id"))
    op.add_column("outgoing_mails", _at("due_at", nullable=True))
    op.add_column("outgoing_mails", _at("accepted_at", nullable=True))
    op.execute("update outgoing_mails set due_at = created_at")
    op.execute("update outgoing_mails set accepted_at = finished_at where state = 'accepted'")
    op.alter_column("outgoing_mails", "due_at", nullable=False)
    op.drop_constraint(op.f("ck_outgoing_mails_state"), "outgoing_mails")
    op.create_check_constraint(
        op.f("ck_outgoing_mails_state"),
        "outgoing_mails",
        "state in ('ready', 'sending', 'accepted', 'rejected', 'unknown', 'withdrawn', 'bounced')",
    )
    op.create_index("ix_outgoing_mails_answers_id", "outgoing_mails", ["answers_id"])
    op.create_index("ix_outgoing_mails_accepted_at", "outgoing_mails", ["accepted_at"])


def _incoming() -> None:
    mails = "incoming_mails"
    op.add_column(mails, sa.Column("state", sa.String(), server_default="waiting", nullable=False))
    op.alter_column(mails, "state", server_default=None)
    op.add_column(mails, sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.alter_column(mails, "attempts", server_default=None)
    op.add_column(mails, _at("not_before", nullable=True))
    op.execute("update incoming_mails set not_before = received_at, state = 'done'")
    op.alter_column(mails, "not_before", nullable=False)
    for name in ("last_error", "message_id", "sender", "subject", "reason"):
        op.add_column(mails, _text(name))
    for name in ("content_sha256", "mail_class", "grade", "decision", "settled_as"):
        op.add_column(mails, _string(name))
    for name in ("written_at", "examined_at", "settled_at"):
        op.add_column(mails, _at(name, nullable=True))
    op.add_column(mails, _refers("person_code", "persons.code"))
    op.add_column(mails, sa.Column("examination", postgresql.JSONB(), nullable=True))
    op.execute(
        "update incoming_mails set decision = 'quarantined', reason = 'it came before replies were read' "
        "where state = 'done'"
    )
    op.create_check_constraint(op.f("ck_incoming_mails_state"), mails, "state in ('waiting', 'done', 'failed')")
    op.create_check_constraint(op.f("ck_incoming_mails_decision"), mails, "state <> 'done' or decision is not null")
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_incoming_mails_waiting", mails, ["received_at"], postgresql_where=waiting)
    op.create_index("ix_incoming_mails_task_id", mails, ["task_id"])
    op.create_index("ix_incoming_mails_content_sha256", mails, ["content_sha256"])
    op.create_index("ix_incoming_mails_message_id", mails, ["message_id"], postgresql_using="hash")
    op.create_index("ix_incoming_mails_sender_received_at", mails, ["sender", "received_at"])


def _answers() -> None:
    op.add_column("answers", sa.Column("found", postgresql.JSONB(), nullable=True))
    op.add_column("submissions", _refers("incoming_mail_id", "incoming_mails.id"))
    op.create_unique_constraint(op.f("uq_submissions_incoming_mail_id"), "submissions", ["incoming_mail_id"])
    for name, condition in (
        ("channel", "channel in ('form', 'coordinator', 'mail')"),
        ("entered_by", "channel <> 'coordinator' or entered_by is not null"),
    ):
        op.drop_constraint(op.f(f"ck_submissions_{name}"), "submissions")
        op.create_check_constraint(op.f(f"ck_submissions_{name}"), "submissions", condition)
    op.create_check_constraint(
        op.f("ck_submissions_incoming_mail_id"), "submissions", "(channel = 'mail') = (incoming_mail_id is not null)"
    )


def _bounces() -> None:
    op.create_table(
        "bounces",
        sa.Column("id", sa.Uuid(), nullable=False),
        _refers("outgoing_mail_id", "outgoing_mails.id", nullable=False),
        _refers("incoming_mail_id", "incoming_mails.id"),
        _at("at"),
        _string("kind", nullable=False),
        _string("status", nullable=False),
        _text("diagnostic", nullable=False),
        sa.CheckConstraint(
            "kind in ('dead', 'full', 'delayed', 'refused', 'delivered', 'unknown')", name=op.f("ck_bounces_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint(
            "outgoing_mail_id", "incoming_mail_id", name=op.f("uq_bounces_outgoing_mail_id_incoming_mail_id")
        ),
    )
    op.create_index("ix_bounces_outgoing_mail_id", "bounces", ["outgoing_mail_id"])
    op.create_table(
        "dead_addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("address", nullable=False),
        _refers("outgoing_mail_id", "outgoing_mails.id", nullable=False),
        _at("since"),
        _string("status", nullable=False),
        _at("cleared_at", nullable=True),
        _string("cleared_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_addresses")),
    )
    op.create_index(
        "uq_dead_addresses", "dead_addresses", ["address"], unique=True, postgresql_where=sa.text("cleared_at is null")
    )


def _matters() -> None:
    op.create_table(
        "matters",
        sa.Column("id", sa.Uuid(), nullable=False),
        _string("reference", nullable=False),
        _text("key", nullable=False),
        _string("kind", nullable=False),
        _string("state", nullable=False),
        _at("opened_at"),
        _at("told_at", nullable=True),
        _refers("person_code", "persons.code"),
        _refers("task_id", "tasks.id"),
        _refers("incoming_mail_id", "incoming_mails.id"),
        _refers("outgoing_mail_id", "outgoing_mails.id"),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        _at("settled_at", nullable=True),
        _string("settled_by"),
        _text("outcome"),
        sa.CheckConstraint("state in ('open', 'accepted', 'dismissed')", name=op.f("ck_matters_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matters")),
        sa.UniqueConstraint("key", name=op.f("uq_matters_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_matters_reference")),
    )
    op.create_index("ix_matters_open", "matters", ["opened_at"], postgresql_where=sa.text("state = 'open'"))


def downgrade() -> None:
    """Nobody goes back over this: what arrived would lose what was made of it."""
    raise NotImplementedError("what was made of incoming mail would be lost: restore a backup instead")
