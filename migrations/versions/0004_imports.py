"""workbooks on their way into a plan, with their problems and what they would change

Locks: new tables only; nothing that is there is touched.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATES = (
    "uploaded",
    "checking",
    "ready",
    "refused",
    "writing",
    "done",
    "undoing",
    "undone",
    "failed",
    "cancelled",
)
_SUBJECTS = ("plan", "group", "stage", "indicator", "override", "project", "milestone", "rung")


def _codes(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    counts = ("rows_total", "rows_done", "added", "changed", "removed", "same", "errors", "warnings")
    op.create_table(
        "plan_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", _codes("importstate", *_STATES), nullable=False),
        sa.Column("outline", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("document_number", sa.String(length=60), nullable=True),
        sa.Column("document_on", sa.Date(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=16), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(), nullable=True),
        sa.Column("checked_number", sa.Integer(), nullable=True),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("undo_revision_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_import_plan_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["plan_revision.id"], name=op.f("fk_plan_import_revision_id")),
        sa.ForeignKeyConstraint(
            ["undo_revision_id"], ["plan_revision.id"], name=op.f("fk_plan_import_undo_revision_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_plan_import_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_import")),
    )
    op.create_index(op.f("ix_plan_import_plan_id"), "plan_import", ["plan_id"], unique=False)
    op.create_table(
        "import_problem",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("level", _codes("problemlevel", "error", "warning"), nullable=False),
        sa.Column("sheet", sa.String(length=31), nullable=False),
        sa.Column("cell", sa.String(length=12), nullable=False),
        sa.Column("heading", sa.String(length=80), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("msgid", sa.Text(), nullable=False),
        sa.Column("message_values", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["plan_import.id"], name=op.f("fk_import_problem_import_id")),
        sa.PrimaryKeyConstraint("import_id", "position", name=op.f("pk_import_problem")),
    )
    op.create_table(
        "import_part",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", _codes("changesubject", *_SUBJECTS), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("sheet", sa.String(length=31), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["plan_import.id"], name=op.f("fk_import_part_import_id")),
        sa.PrimaryKeyConstraint("import_id", "position", name=op.f("pk_import_part")),
    )


def downgrade() -> None:
    op.drop_table("import_part")
    op.drop_table("import_problem")
    op.drop_index(op.f("ix_plan_import_plan_id"), table_name="plan_import")
    op.drop_table("plan_import")
