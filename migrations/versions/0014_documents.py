"""official documents from draft to issue, their numbers and steps, and print jobs

Locks: new tables, and one new column without a default with its index on `printout`, a short table of documents that
were printed. An issued or discarded document is frozen by triggers: its row can be neither changed nor deleted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FACT_TABLES = ("document_step", "document_number", "document_scan")
TABLES = ("print_job", "document_scan", "document_step", "document_number", "official_document", "document_series")
_FROZEN = "OLD.state IN ('issued', 'discarded')"


def upgrade() -> None:
    _create_document_series()
    _create_official_documents()
    _create_document_numbers()
    _create_document_steps()
    _create_document_scans()
    _create_print_jobs()
    op.execute(
        "ALTER TABLE printout ADD COLUMN document_id INTEGER "
        "CONSTRAINT fk_printout_document_id REFERENCES official_document (id)"
    )
    op.create_index("ix_printout_document_id", "printout", ["document_id", "format"], unique=False)
    for table in FACT_TABLES:
        _refuse_changes(table)
    _freeze()


def downgrade() -> None:
    op.drop_index("ix_printout_document_id", table_name="printout")
    op.drop_index("ix_print_job_plan_id", table_name="print_job")
    op.execute("ALTER TABLE printout DROP COLUMN document_id")
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change_of_frozen()")


def _create_document_series() -> None:
    op.create_table(
        "document_series",
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "quarterly_circular",
                "progress_report",
                "county_sheet",
                "unit_sheet",
                "milestone_ledger",
                "two_ledgers",
                "rectification_ledger",
                "overdue_list",
                "project_table",
                "supervision_notice",
                "reminder_letter",
                "urging_letter",
                "interview_notice",
                "interview_minutes",
                "criticism_circular",
                "extension_reply",
                "closing_certificate",
                "dossier",
                name="documentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("series", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_document_series_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "kind", name=op.f("pk_document_series")),
    )


def _create_official_documents() -> None:
    op.create_table(
        "official_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "quarterly_circular",
                "progress_report",
                "county_sheet",
                "unit_sheet",
                "milestone_ledger",
                "two_ledgers",
                "rectification_ledger",
                "overdue_list",
                "project_table",
                "supervision_notice",
                "reminder_letter",
                "urging_letter",
                "interview_notice",
                "interview_minutes",
                "criticism_circular",
                "extension_reply",
                "closing_certificate",
                "dossier",
                name="documentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "checked",
                "issued",
                "discarded",
                name="documentstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("cut_off_at", sa.DateTime(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("issued_at", sa.DateTime(), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_official_document_author_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["account.id"], name=op.f("fk_official_document_checked_by_id")),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["official_document.id"], name=op.f("fk_official_document_corrects_id")
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["account.id"], name=op.f("fk_official_document_issued_by_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_official_document_organization_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_official_document_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_document")),
        sa.UniqueConstraint("code", name=op.f("uq_official_document_code")),
    )
    op.create_index("ix_official_document_plan_id", "official_document", ["plan_id", "state", "id"], unique=False)
    op.create_index("ix_official_document_subject", "official_document", ["plan_id", "kind", "subject"], unique=False)
    op.create_index(
        "uq_official_document_corrects_id",
        "official_document",
        ["corrects_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'discarded'"),
        postgresql_where=sa.text("state <> 'discarded'"),
    )


def _create_document_numbers() -> None:
    op.create_table(
        "document_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_document_number_author_id")),
        sa.ForeignKeyConstraint(["document_id"], ["official_document.id"], name=op.f("fk_document_number_document_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_document_number_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_number")),
        sa.UniqueConstraint("document_id", name=op.f("uq_document_number_document_id")),
        sa.UniqueConstraint(
            "organization_id",
            "series",
            "year",
            "serial",
            name=op.f("uq_document_number_organization_id_series_year_serial"),
        ),
    )


def _create_document_steps() -> None:
    op.create_table(
        "document_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "draft",
                "refresh",
                "rewrite",
                "check",
                "send_back",
                "issue",
                "discard",
                "file_scan",
                name="documentstepkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_document_step_author_id")),
        sa.ForeignKeyConstraint(["document_id"], ["official_document.id"], name=op.f("fk_document_step_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_step")),
    )
    op.create_index("ix_document_step_document_id", "document_step", ["document_id", "id"], unique=False)


def _create_document_scans() -> None:
    op.create_table(
        "document_scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["official_document.id"], name=op.f("fk_document_scan_document_id")),
        sa.ForeignKeyConstraint(["step_id"], ["document_step.id"], name=op.f("fk_document_scan_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_scan")),
        sa.UniqueConstraint("step_id", name=op.f("uq_document_scan_step_id")),
    )
    op.create_index("ix_document_scan_document_id", "document_scan", ["document_id"], unique=False)


def _create_print_jobs() -> None:
    op.create_table(
        "print_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "issue",
                "paper",
                "volume",
                "archive",
                name="printjobkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "format",
            sa.Enum("pdf", "docx", "xlsx", name="fileformat", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "cancelled",
                name="printjobstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("run", sa.String(length=16), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("printout_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_print_job_author_id")),
        sa.ForeignKeyConstraint(["document_id"], ["official_document.id"], name=op.f("fk_print_job_document_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_print_job_plan_id")),
        sa.ForeignKeyConstraint(["printout_id"], ["printout.id"], name=op.f("fk_print_job_printout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.create_index("ix_print_job_plan_id", "print_job", ["plan_id", "id"], unique=False)
    op.create_index(
        "ix_print_job_waiting",
        "print_job",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _freeze() -> None:
    """Let nobody delete a document, nor change one that was issued or discarded."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER official_document_frozen BEFORE UPDATE ON official_document WHEN {_FROZEN} "
            "BEGIN SELECT RAISE(ABORT, 'official_document is frozen'); END"
        )
        op.execute(
            "CREATE TRIGGER official_document_kept BEFORE DELETE ON official_document "
            "BEGIN SELECT RAISE(ABORT, 'official_document is kept'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is frozen', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER official_document_frozen BEFORE UPDATE ON official_document FOR EACH ROW WHEN ({_FROZEN}) "
        "EXECUTE FUNCTION refuse_change_of_frozen()"
    )
    op.execute(
        "CREATE TRIGGER official_document_kept BEFORE DELETE ON official_document "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER official_document_no_truncate BEFORE TRUNCATE ON official_document "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


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
