"""outbox, addresses, messages with their attempts, and what is carried by hand

Locks: new tables only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FACT_TABLES = ("delivery_attempt", "hand_receipt")
TABLES = (
    "hand_receipt",
    "hand_delivery",
    "delivery_attempt",
    "message_item",
    "message",
    "delivery_preference",
    "address",
    "outbox",
)
_CHANNELS = ("email", "wecom", "dingtalk", "feishu", "webhook", "folder")
_CAPACITIES = ("responsible", "supporting", "supervisor", "office", "leader")
_TROUBLES = (
    "not_configured",
    "address",
    "key",
    "refused",
    "sender",
    "busy",
    "unreachable",
    "timeout",
    "certificate",
    "unanswered",
    "unreadable",
    "storage",
)


def upgrade() -> None:
    _create_outbox()
    _create_addresses()
    _create_messages()
    _create_attempts()
    _create_hand_delivery()
    for table in FACT_TABLES:
        _refuse_changes(table)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("alert", "withdrawal", name="outboxkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("queued_at", sa.DateTime(), nullable=False),
        sa.Column("expanded_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_outbox_alert_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_outbox_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("alert_id", "kind", name=op.f("uq_outbox_alert_id_kind")),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("expanded_at IS NULL"),
        postgresql_where=sa.text("expanded_at IS NULL"),
    )


def _create_addresses() -> None:
    op.create_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(*_CHANNELS, name="channelkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("code_sha256", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(account_id IS NULL) <> (organization_id IS NULL)", name=op.f("ck_address_one_owner")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_address_account_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_address_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index("ix_address_account_id", "address", ["account_id"], unique=False)
    op.create_index("ix_address_organization_id", "address", ["organization_id"], unique=False)
    op.create_table(
        "delivery_preference",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_delivery_preference_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_delivery_preference")),
    )


def _create_messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "urgent",
                "digest",
                "code",
                "test",
                name="messagekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "superseded",
                "failed",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.Column("queued_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("leased_by", sa.String(length=80), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "trouble",
            sa.Enum(*_TROUBLES, name="deliverytrouble", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_message_address_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("address_id", "digest_on", name=op.f("uq_message_address_id_digest_on")),
    )
    op.create_index(
        "ix_message_next_try_at",
        "message",
        ["next_try_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_message_state", "message", ["state", "id"], unique=False)
    op.create_table(
        "message_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "capacity",
            sa.Enum(*_CAPACITIES, name="capacity", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "dropped",
            sa.Enum(
                "superseded",
                "withdrawn",
                "not_told",
                "address",
                name="itemdrop",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("offered_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_message_item_address_id")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_message_item_alert_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_item_message_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_message_item_organization_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_message_item_outbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_item")),
        sa.UniqueConstraint("outbox_id", "address_id", name=op.f("uq_message_item_outbox_id_address_id")),
    )
    op.create_index("ix_message_item_alert_id", "message_item", ["alert_id"], unique=False)
    op.create_index("ix_message_item_message_id", "message_item", ["message_id"], unique=False)


def _create_attempts() -> None:
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "sent",
                "delayed",
                "refused",
                "unknown",
                name="attemptoutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "trouble",
            sa.Enum(*_TROUBLES, name="deliverytrouble", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_delivery_attempt_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
    )
    op.create_index("ix_delivery_attempt_message_id", "delivery_attempt", ["message_id", "attempt"], unique=False)


def _create_hand_delivery() -> None:
    op.create_table(
        "hand_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "capacity",
            sa.Enum(*_CAPACITIES, name="capacity", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "no_person",
                "no_address",
                "failed",
                "told_by_hand",
                name="handreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("listed_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_hand_delivery_alert_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_hand_delivery_organization_id")
        ),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_hand_delivery_outbox_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_hand_delivery_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_delivery")),
        sa.UniqueConstraint(
            "outbox_id", "organization_id", "capacity", name=op.f("uq_hand_delivery_outbox_id_organization_id_capacity")
        ),
    )
    op.create_index("ix_hand_delivery_alert_id", "hand_delivery", ["alert_id"], unique=False)
    op.create_index("ix_hand_delivery_plan_id", "hand_delivery", ["plan_id", "settled_at", "id"], unique=False)
    op.create_table(
        "hand_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hand_delivery_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("receipt", "undo", name="handstepkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("received_by", sa.String(length=60), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("carried_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("scan_name", sa.String(length=255), nullable=True),
        sa.Column("scan_type", sa.String(length=100), nullable=True),
        sa.Column("scan_sha256", sa.String(length=64), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_hand_receipt_author_id")),
        sa.ForeignKeyConstraint(
            ["hand_delivery_id"], ["hand_delivery.id"], name=op.f("fk_hand_receipt_hand_delivery_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_receipt")),
    )
    op.create_index(op.f("ix_hand_receipt_hand_delivery_id"), "hand_receipt", ["hand_delivery_id"], unique=False)


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
