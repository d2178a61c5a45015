"""to whom documents are sent, who signed for them, and documents in the outbox beside alerts

Locks: two new tables. `outbox`, `message_item` and `hand_delivery` take a second kind of matter, and `inbox_read` its
code: on PostgreSQL each is locked while its rows are read once to hold them to the new checks (no row is written
anew), on SQLite each is copied. Recipients of a document are frozen with it, by triggers. On the way down what was
sent of documents goes, receipts signed by hand among it; messages that told of nothing else stay, empty.
"""

from collections.abc import Sequence
from typing import Literal

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KINDS = ("alert", "withdrawal")
_CAPACITIES = ("responsible", "supporting", "supervisor", "office", "leader")
_DROPS = ("superseded", "withdrawn", "not_told", "address")
_REASONS = ("no_person", "no_address", "failed", "told_by_hand")
_ONE_MATTER = "(alert_id IS NULL) <> (document_id IS NULL)"
_ONE_RECIPIENT = "(organization_id IS NULL) <> (outside IS NULL)"
_SENT = ("outbox", "message_item", "hand_delivery")
_FROZEN = "document_recipient"
_OF_DOCUMENTS = "SELECT id FROM hand_delivery WHERE document_id IS NOT NULL"

Checks = dict[str, str]


def upgrade() -> None:
    _create_tables()
    _let_documents_be_sent()
    _change("inbox_read", {"outboxkind": _among("kind", (*_KINDS, "document"))}, replaced=("outboxkind",))
    _refuse_changes("document_receipt")
    _freeze_recipients()


def downgrade() -> None:
    _let_change("hand_receipt")
    op.execute(f"DELETE FROM hand_receipt WHERE hand_delivery_id IN ({_OF_DOCUMENTS})")
    _refuse_changes("hand_receipt")
    for table in ("hand_delivery", "message_item", "outbox"):
        op.execute(f"DELETE FROM {table} WHERE document_id IS NOT NULL")
        if table != "outbox":
            op.drop_index(f"ix_{table}_document_id", table)
        with op.batch_alter_table(table, recreate=_recreate()) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_document_id"), type_="foreignkey")
            if table == "outbox":
                batch.drop_constraint(op.f("uq_outbox_document_id"), type_="unique")
            _exchange(batch, table, _checks(before=True)[table], _replaced(table))
            batch.drop_column("document_id")
            batch.alter_column("alert_id", existing_type=sa.Integer(), nullable=False)
            if table == "hand_delivery":
                batch.drop_column("outside")
                batch.alter_column("organization_id", existing_type=sa.Integer(), nullable=False)
    _change("inbox_read", {"outboxkind": _among("kind", _KINDS)}, replaced=("outboxkind",))
    op.drop_table("document_receipt")
    op.drop_table(_FROZEN)
    if not _on_sqlite():
        op.execute("DROP FUNCTION refuse_change_of_sent()")


def _create_tables() -> None:
    op.create_table(
        _FROZEN,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "capacity",
            sa.Enum("main", "copy", name="recipientcapacity", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_document_recipient_author_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name=op.f("fk_document_recipient_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_document_recipient_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_recipient")),
        sa.UniqueConstraint("document_id", "name", name=op.f("uq_document_recipient_document_id_name")),
        sa.UniqueConstraint(
            "document_id", "organization_id", name=op.f("uq_document_recipient_document_id_organization_id")
        ),
    )
    op.create_index("ix_document_recipient_organization_id", _FROZEN, ["organization_id", "document_id"], unique=False)
    _create_receipts()


def _create_receipts() -> None:
    op.create_table(
        "document_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_document_receipt_account_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name=op.f("fk_document_receipt_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_document_receipt_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_receipt")),
        sa.UniqueConstraint(
            "document_id", "organization_id", name=op.f("uq_document_receipt_document_id_organization_id")
        ),
    )


def _let_documents_be_sent() -> None:
    """Let a row of what is sent be about a document instead of an alert, and of the list by hand go outside."""
    for table in _SENT:
        with op.batch_alter_table(table, recreate=_recreate()) as batch:
            batch.alter_column("alert_id", existing_type=sa.Integer(), nullable=True)
            batch.add_column(sa.Column("document_id", sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_{table}_document_id"), "official_document", ["document_id"], ["id"])
            if table == "outbox":
                batch.create_unique_constraint(op.f("uq_outbox_document_id"), ["document_id"])
            if table == "hand_delivery":
                batch.alter_column("organization_id", existing_type=sa.Integer(), nullable=True)
                batch.add_column(sa.Column("outside", sa.String(length=120), nullable=True))
            _exchange(batch, table, _checks(before=False)[table], _replaced(table))
        if table != "outbox":
            op.create_index(f"ix_{table}_document_id", table, ["document_id"], unique=False)


def _checks(*, before: bool) -> dict[str, Checks]:
    """Return all checks of the tables, as they were before this revision or are after it."""
    more: Checks = {} if before else {"one_matter": _ONE_MATTER}
    carried: Checks = {} if before else {"one_recipient": _ONE_RECIPIENT}
    return {
        "outbox": {"outboxkind": _among("kind", _KINDS if before else (*_KINDS, "document"))} | more,
        "message_item": {
            "capacity": _among("capacity", _CAPACITIES),
            "itemdrop": _among("dropped", _DROPS),
        }
        | more,
        "hand_delivery": {
            "capacity": _among("capacity", _CAPACITIES),
            "handreason": _among("reason", _REASONS if before else (*_REASONS, "outside")),
        }
        | more
        | carried,
    }


def _replaced(table: str) -> tuple[str, ...]:
    """Return the checks of a table that differ before and after."""
    old, new = _checks(before=True)[table], _checks(before=False)[table]
    return tuple(name for name in new if old.get(name) != new[name])


def _change(table: str, checks: Checks, *, replaced: Sequence[str]) -> None:
    with op.batch_alter_table(table, recreate=_recreate()) as batch:
        _exchange(batch, table, checks, replaced)


def _exchange(batch: BatchOperations, table: str, checks: Checks, replaced: Sequence[str]) -> None:
    """Put those checks of a table in place that differ; a copy takes the new one of a name for the old one."""
    for name in replaced:
        if name not in checks:
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            continue
        if not _on_sqlite():
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), checks[name])


def _freeze_recipients() -> None:
    """Let nobody change to whom a document was sent once it was issued, or discarded."""
    frozen = "SELECT 1 FROM official_document WHERE id = {row}.document_id AND state IN ('issued', 'discarded')"
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
    if _on_sqlite():
        for event, of in rows.items():
            when = " OR ".join(f"EXISTS ({frozen.format(row=row)})" for row in of)
            op.execute(
                f"CREATE TRIGGER {_FROZEN}_no_{event.lower()} BEFORE {event} ON {_FROZEN} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{_FROZEN} is frozen'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_sent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'DELETE' AND EXISTS ({frozen.format(row='NEW')}) THEN "
        "RAISE EXCEPTION '% is frozen', TG_TABLE_NAME; END IF; "
        f"IF TG_OP <> 'INSERT' AND EXISTS ({frozen.format(row='OLD')}) THEN "
        "RAISE EXCEPTION '% is frozen', TG_TABLE_NAME; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {_FROZEN}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {_FROZEN} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_sent()"
    )
    op.execute(
        f"CREATE TRIGGER {_FROZEN}_no_truncate BEFORE TRUNCATE ON {_FROZEN} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _among(column: str, codes: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(code) for code in codes)})"


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _recreate() -> Literal["always", "never"]:
    return "always" if _on_sqlite() else "never"


def _let_change(table: str) -> None:
    if _on_sqlite():
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{event}")
        return
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")


def _refuse_changes(table: str) -> None:
    if _on_sqlite():
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
