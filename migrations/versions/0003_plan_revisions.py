"""a plan's record has revisions; projects have a typed scale and budget lines; groups of units are kept

Locks: adding a nullable column, or one with a constant default, is a change of the catalogue on both engines. The
marking of copied targets writes each such row once. Columns are added by ALTER TABLE and not in batches, so that on SQLite the tables of facts keep their
triggers and every table its checks.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FACT_TABLES = ("plan_revision", "plan_change")
TABLES = (
    "draft_change",
    "amendment_draft",
    "plan_change",
    "milestone_need",
    "milestone_governor",
    "unit_group_member",
    "unit_group",
    "project_phase",
    "project_floor",
    "budget_line",
    "plan_revision",
)
_PRECISIONS = "'day', 'month', 'quarter', 'half_year', 'year', 'five_year_plan', 'recurring'"
_STAGES = "'primary', 'junior', 'nine_year', 'senior', 'teaching_point'"
_SOURCES = "'central', 'province', 'city', 'county', 'other'"
COLUMNS = (
    ("due_date", "due_phrase", "VARCHAR(60)"),
    (
        "due_date",
        "due_precision",
        f"VARCHAR(32) CONSTRAINT ck_due_date_precision CHECK (due_precision IN ({_PRECISIONS}))",
    ),
    ("due_date", "alternative_due_on", "DATE"),
    ("due_date", "revision_id", "INTEGER CONSTRAINT fk_due_date_revision_id REFERENCES plan_revision (id)"),
    ("indicator", "note", "TEXT"),
    ("milestone", "all_indicators", "BOOLEAN DEFAULT false NOT NULL"),
    (
        "payment",
        "fund_source",
        f"VARCHAR(32) CONSTRAINT ck_payment_fundsource CHECK (fund_source IN ({_SOURCES}))",
    ),
    ("plan", "drift_threshold_pp", "INTEGER DEFAULT 20 NOT NULL"),
    ("project", "stage", f"VARCHAR(32) CONSTRAINT ck_project_schoolstage CHECK (stage IN ({_STAGES}))"),
    ("project", "grade_classes", "INTEGER"),
    ("project", "grades", "INTEGER"),
    ("project", "sports_m2", "VARCHAR(40)"),
    ("target", "copied", "BOOLEAN DEFAULT false NOT NULL"),
    ("target", "added_by_id", "INTEGER CONSTRAINT fk_target_added_by_id REFERENCES plan_revision (id)"),
    ("target", "retired_by_id", "INTEGER CONSTRAINT fk_target_retired_by_id REFERENCES plan_revision (id)"),
)


def upgrade() -> None:
    op.create_table(
        "unit_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_unit_group_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_group")),
        sa.UniqueConstraint("plan_id", "name", name=op.f("uq_unit_group_plan_id_name")),
    )
    op.create_table(
        "amendment_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("document_number", sa.String(length=60), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_amendment_draft_author_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_amendment_draft_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment_draft")),
    )
    op.create_index(op.f("ix_amendment_draft_plan_id"), "amendment_draft", ["plan_id"], unique=False)

    op.create_table(
        "budget_line",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "central",
                "province",
                "city",
                "county",
                "other",
                name="fundsource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_budget_line_project_id")),
        sa.PrimaryKeyConstraint("project_id", "position", name=op.f("pk_budget_line")),
    )
    op.create_table(
        "plan_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "load",
                "import",
                "edit",
                "amendment",
                "reading",
                "undo",
                name="revisioncause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("document_number", sa.String(length=60), nullable=True),
        sa.Column("document_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_plan_revision_author_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_revision_plan_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["plan_revision.id"], name=op.f("fk_plan_revision_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_revision")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_revision_plan_id_number")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_plan_revision_undoes_id")),
    )
    op.create_table(
        "project_floor",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("area_m2", sa.String(length=40), nullable=False),
        sa.Column("underground", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_floor_project_id")),
        sa.PrimaryKeyConstraint("project_id", "position", name=op.f("pk_project_floor")),
    )
    op.create_table(
        "project_phase",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "primary",
                "junior",
                "nine_year",
                "senior",
                "teaching_point",
                name="schoolstage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("start_year", sa.Integer(), nullable=True),
        sa.Column("end_year", sa.Integer(), nullable=True),
        sa.Column("classes", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("land_m2", sa.String(length=40), nullable=True),
        sa.Column("floor_m2", sa.String(length=40), nullable=True),
        sa.Column("sports_m2", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_phase_project_id")),
        sa.PrimaryKeyConstraint("project_id", "position", name=op.f("pk_project_phase")),
    )
    op.create_table(
        "unit_group_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("named_as", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["unit_group.id"], name=op.f("fk_unit_group_member_group_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_unit_group_member_organization_id")
        ),
        sa.PrimaryKeyConstraint("group_id", "organization_id", name=op.f("pk_unit_group_member")),
    )
    op.create_index(
        op.f("ix_unit_group_member_organization_id"), "unit_group_member", ["organization_id"], unique=False
    )

    op.create_table(
        "draft_change",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["amendment_draft.id"], name=op.f("fk_draft_change_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", "key", name=op.f("pk_draft_change")),
    )
    op.create_table(
        "milestone_governor",
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("governor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["governor_id"], ["milestone.id"], name=op.f("fk_milestone_governor_governor_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_governor_milestone_id")),
        sa.PrimaryKeyConstraint("milestone_id", "governor_id", name=op.f("pk_milestone_governor")),
    )
    op.create_index(op.f("ix_milestone_governor_governor_id"), "milestone_governor", ["governor_id"], unique=False)

    op.create_table(
        "milestone_need",
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_need_milestone_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_milestone_need_project_id")),
        sa.PrimaryKeyConstraint("milestone_id", "project_id", name=op.f("pk_milestone_need")),
    )
    op.create_index(op.f("ix_milestone_need_project_id"), "milestone_need", ["project_id"], unique=False)

    op.create_table(
        "plan_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum(
                "plan",
                "group",
                "stage",
                "indicator",
                "override",
                "project",
                "milestone",
                "rung",
                name="changesubject",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_change_plan_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["plan_revision.id"], name=op.f("fk_plan_change_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_change")),
    )
    op.create_index("ix_plan_change_part", "plan_change", ["plan_id", "subject", "key", "revision_id"], unique=False)
    op.create_index(op.f("ix_plan_change_revision_id"), "plan_change", ["revision_id"], unique=False)
    for table, name, definition in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")
    # A target that a milestone writes itself carries its clause; one copied from a threshold carries the threshold's.
    op.execute(
        "UPDATE target SET copied = true WHERE clause IS NULL OR clause <> "
        "(SELECT milestone.clause FROM milestone WHERE milestone.id = target.milestone_id)"
    )
    op.execute(
        "UPDATE milestone SET all_indicators = true "
        "WHERE id IN (SELECT target.milestone_id FROM target WHERE target.copied)"
    )
    for table in FACT_TABLES:
        _refuse_changes(table)


def downgrade() -> None:
    for table, name, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    for table in TABLES:
        op.drop_table(table)


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
