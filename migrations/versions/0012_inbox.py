"""inbox read marks and personal calendar feeds

Locks: new tables, and one index on `alert_step`, which is new itself. What was raised before an account was created
counts as read by it: one row for each account.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_marks()
    op.create_table(
        "calendar_feed",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(), nullable=True),
        sa.Column("fetches", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_calendar_feed_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_calendar_feed_token_sha256")),
    )
    op.create_index("ix_alert_step_kind", "alert_step", ["kind", "id"])
    op.execute(
        "INSERT INTO inbox_read_to (account_id, alert_id, step_id) SELECT account.id, "
        "COALESCE((SELECT MAX(alert.id) FROM alert WHERE alert.raised_at < account.created_at), 0), 0 FROM account"
    )


def downgrade() -> None:
    op.drop_index("ix_alert_step_kind", table_name="alert_step")
    for table in ("calendar_feed", "inbox_read", "inbox_read_to"):
        op.drop_table(table)


def _create_marks() -> None:
    op.create_table(
        "inbox_read_to",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_inbox_read_to_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_inbox_read_to")),
    )
    op.create_table(
        "inbox_read",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("alert", "withdrawal", name="outboxkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_inbox_read_account_id")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_inbox_read_alert_id")),
        sa.PrimaryKeyConstraint("account_id", "alert_id", "kind", name=op.f("pk_inbox_read")),
    )
    op.create_index("ix_inbox_read_alert_id", "inbox_read", ["alert_id"])
