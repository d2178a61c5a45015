"""reports are expected, drafted and reviewed; extensions, instructions, posts; closings have numbers; rungs for regression

Locks: new columns are nullable or have a constant default, which is a change of the catalogue on both engines. On SQLite
`alert` (another unique key) and `milestone_decision` (more kinds) are written anew, with their triggers; on PostgreSQL a
unique key and a check of theirs are made under a short lock. The projection's new columns are filled once, and every
report on record gets its place in review. Going down takes away decisions of the kinds that were unknown before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FACT_TABLES = (
    "reporting_period",
    "period_reopening",
    "expected_report",
    "closing_number",
    "milestone_schedule",
    "extension_request",
    "extension_step",
    "instruction",
    "instruction_step",
)
TABLES = (
    "closing_number",
    "report_review",
    "instruction_step",
    "extension_step",
    "draft_file",
    "report_draft",
    "milestone_schedule",
    "instruction",
    "extension_request",
    "expected_report",
    "period_reopening",
    "reporting_period",
    "posting",
)
_TIMELINESS = "'early', 'on_time', 'late'"
_MEASURES = (
    "'reminder', 'urging', 'supervision_notice', 'rectification_order', 'circular', 'interview', "
    "'annual_assessment', 'accountability'"
)
_OLD_KINDS = (
    "'accept', 'return', 'close_out', 'reopen', 'confirm_history', 'recheck_failed', 'recheck_passed', 'withdraw'"
)
_NEW_KINDS = "'endorse', 'public_notice', 'waive_targets', 'take_up', 'take_back'"
COLUMNS = (
    ("alert", "occasion", "INTEGER DEFAULT 0 NOT NULL"),
    ("alert_recipient", "person", "VARCHAR(150)"),
    ("evidence", "extension_id", "INTEGER CONSTRAINT fk_evidence_extension_id REFERENCES extension_request (id)"),
    (
        "evidence",
        "extension_step_id",
        "INTEGER CONSTRAINT fk_evidence_extension_step_id REFERENCES extension_step (id)",
    ),
    ("evidence", "instruction_id", "INTEGER CONSTRAINT fk_evidence_instruction_id REFERENCES instruction (id)"),
    (
        "evidence",
        "instruction_step_id",
        "INTEGER CONSTRAINT fk_evidence_instruction_step_id REFERENCES instruction_step (id)",
    ),
    ("indicator", "cumulative", "BOOLEAN DEFAULT false NOT NULL"),
    (
        "ladder_rung",
        '"trigger"',
        "VARCHAR(32) DEFAULT 'due' NOT NULL "
        "CONSTRAINT ck_ladder_rung_rungtrigger CHECK (\"trigger\" IN ('due', 'regression'))",
    ),
    ("milestone_decision", "checks", "TEXT"),
    ("milestone_decision", "notice_until_on", "DATE"),
    ("milestone_decision", "document_number", "VARCHAR(60)"),
    ("milestone_decision", "batch_id", "VARCHAR(36)"),
    (
        "milestone_standing",
        "original_timeliness",
        f"VARCHAR(32) CONSTRAINT ck_milestone_standing_original CHECK (original_timeliness IN ({_TIMELINESS}))",
    ),
    ("milestone_standing", "original_due_on", "DATE DEFAULT '1970-01-01' NOT NULL"),
    ("obligation", "occasion", "INTEGER DEFAULT 0 NOT NULL"),
    ("organization", "supervisor_id", "INTEGER CONSTRAINT fk_organization_supervisor_id REFERENCES organization (id)"),
    (
        "plan",
        "reporting_cycle",
        "VARCHAR(32) DEFAULT 'quarter' NOT NULL "
        "CONSTRAINT ck_plan_reportingcycle CHECK (reporting_cycle IN ('quarter', 'month'))",
    ),
    ("plan", "report_timely_days", "INTEGER DEFAULT 10 NOT NULL"),
    ("plan", "report_closing_days", "INTEGER DEFAULT 25 NOT NULL"),
    ("plan", "extension_limit", "INTEGER DEFAULT 2 NOT NULL"),
    ("plan", "recheck_months", "INTEGER DEFAULT 12 NOT NULL"),
    ("report", "no_change", "BOOLEAN DEFAULT false NOT NULL"),
    ("report", "expected_id", "INTEGER CONSTRAINT fk_report_expected_id REFERENCES expected_report (id)"),
    ("report", "replaces_id", "INTEGER CONSTRAINT fk_report_replaces_id REFERENCES report (id)"),
    ("report_value", "explanation", "VARCHAR(300)"),
)
INDEXES = (
    ("ix_organization_supervisor_id", "organization", ["supervisor_id"]),
    ("ix_report_expected_id", "report", ["expected_id"]),
)
_KEY = ["milestone_id", "due_version", "rung_id"]
_OLD_KEY, _NEW_KEY = "uq_alert_milestone_id_due_version_rung_id", "uq_alert_milestone_id_due_version_rung_id_occasion"
_KIND_CHECK, _MEASURE_CHECK = "ck_milestone_decision_decisionkind", "ck_alert_measure"


def upgrade() -> None:
    op.create_table(
        "posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("post", sa.String(length=80), nullable=False),
        sa.Column(
            "duty",
            sa.Enum(
                "in_charge", "head", "contact", name="postduty", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_posting_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_organization_id", "posting", ["organization_id", "from_on"], unique=False)

    op.create_table(
        "reporting_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("timely_until_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_reporting_period_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporting_period")),
        sa.UniqueConstraint("plan_id", "first_on", name=op.f("uq_reporting_period_plan_id_first_on")),
    )
    op.create_table(
        "period_reopening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_period_reopening_author_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_period_reopening_organization_id")
        ),
        sa.ForeignKeyConstraint(["period_id"], ["reporting_period.id"], name=op.f("fk_period_reopening_period_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_reopening")),
    )
    op.create_index(op.f("ix_period_reopening_period_id"), "period_reopening", ["period_id"], unique=False)

    op.create_table(
        "expected_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("progress", "recheck", name="expectedkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("expected_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_expected_report_milestone_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_expected_report_organization_id")
        ),
        sa.ForeignKeyConstraint(["period_id"], ["reporting_period.id"], name=op.f("fk_expected_report_period_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_report")),
        sa.UniqueConstraint(
            "period_id",
            "milestone_id",
            "organization_id",
            "kind",
            name=op.f("uq_expected_report_period_id_milestone_id_organization_id_kind"),
        ),
    )
    op.create_index("ix_expected_report_milestone_id", "expected_report", ["milestone_id"], unique=False)
    op.create_index(
        "ix_expected_report_organization_id", "expected_report", ["organization_id", "period_id"], unique=False
    )

    op.create_table(
        "extension_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("proposed_due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("late_reason", sa.String(length=500), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_extension_request_author_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_extension_request_milestone_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_extension_request_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_request")),
    )
    op.create_index(op.f("ix_extension_request_milestone_id"), "extension_request", ["milestone_id"], unique=False)
    op.create_index(
        op.f("ix_extension_request_organization_id"), "extension_request", ["organization_id"], unique=False
    )

    op.create_table(
        "instruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("leader", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("reply_due_on", sa.Date(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_instruction_author_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_instruction_milestone_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_instruction_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    op.create_index(op.f("ix_instruction_milestone_id"), "instruction", ["milestone_id"], unique=False)
    op.create_index("ix_instruction_organization_id", "instruction", ["organization_id", "reply_due_on"], unique=False)

    op.create_table(
        "milestone_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shares", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_milestone_schedule_author_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_schedule_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_schedule")),
        sa.UniqueConstraint("milestone_id", "version", name=op.f("uq_milestone_schedule_milestone_id_version")),
    )
    op.create_table(
        "report_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expected_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_report_draft_author_id")),
        sa.ForeignKeyConstraint(["expected_id"], ["expected_report.id"], name=op.f("fk_report_draft_expected_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_draft")),
        sa.UniqueConstraint("expected_id", name=op.f("uq_report_draft_expected_id")),
    )
    op.create_table(
        "draft_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["report_draft.id"], name=op.f("fk_draft_file_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_file")),
    )
    op.create_index(op.f("ix_draft_file_draft_id"), "draft_file", ["draft_id"], unique=False)

    op.create_table(
        "extension_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opinion",
                "grant",
                "refuse",
                "withdraw",
                "correct",
                name="extensionstepkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("supports", sa.Boolean(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("document_number", sa.String(length=60), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_extension_step_author_id")),
        sa.ForeignKeyConstraint(["request_id"], ["extension_request.id"], name=op.f("fk_extension_step_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_step")),
    )
    op.create_index(op.f("ix_extension_step_request_id"), "extension_step", ["request_id"], unique=False)

    op.create_table(
        "instruction_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instruction_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "reply",
                "return",
                "accept",
                name="instructionstepkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("reply_due_on", sa.Date(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_instruction_step_author_id")),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["instruction.id"], name=op.f("fk_instruction_step_instruction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction_step")),
    )
    op.create_index(op.f("ix_instruction_step_instruction_id"), "instruction_step", ["instruction_id"], unique=False)

    op.create_table(
        "report_review",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("expected_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "endorsed",
                "returned",
                "accepted",
                "replaced",
                name="reportstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["expected_id"], ["expected_report.id"], name=op.f("fk_report_review_expected_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_report_review_milestone_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_report_review_organization_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_report_review_plan_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_review_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_review")),
    )
    op.create_index("ix_report_review_expected_id", "report_review", ["expected_id", "state"], unique=False)
    op.create_index("ix_report_review_milestone_id", "report_review", ["milestone_id", "organization_id"], unique=False)
    op.create_index("ix_report_review_plan_id", "report_review", ["plan_id", "state", "submitted_at"], unique=False)

    op.create_table(
        "closing_number",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["milestone_decision.id"], name=op.f("fk_closing_number_decision_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_closing_number_plan_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_closing_number")),
        sa.UniqueConstraint("plan_id", "year", "number", name=op.f("uq_closing_number_plan_id_year_number")),
    )
    for table, name, definition in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)
    _rekey_alerts(_OLD_KEY, _NEW_KEY, [*_KEY, "occasion"])
    _recheck_decisions(f"{_OLD_KINDS}, {_NEW_KINDS}")
    op.execute(_ORIGINAL_DATES)
    op.execute("UPDATE milestone_standing SET original_timeliness = timeliness WHERE due_version = 1")
    op.execute(_PLACE_IN_REVIEW)
    # What was judged before is judged again at the next start: a late closing may have been in time by another date.
    op.execute("DELETE FROM projection_day")
    for table in FACT_TABLES:
        _refuse_changes(table)


def downgrade() -> None:
    _keep_known_decisions()
    _recheck_decisions(_OLD_KINDS)
    op.execute("DELETE FROM obligation WHERE occasion <> 0")
    _keep_alerts_of_due_dates()
    _rekey_alerts(_NEW_KEY, _OLD_KEY, _KEY)
    op.execute("DELETE FROM ladder_rung WHERE \"trigger\" <> 'due'")
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    for table, name, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    for table in TABLES:
        op.drop_table(table)
    op.execute("DELETE FROM projection_day")


_ORIGINAL_DATES = """
UPDATE milestone_standing SET original_due_on = coalesce(
    (SELECT due_date.due_on FROM due_date WHERE due_date.milestone_id = milestone_standing.milestone_id
     AND due_date.cause = 'original' ORDER BY due_date.version DESC LIMIT 1),
    (SELECT milestone.due_on FROM milestone WHERE milestone.id = milestone_standing.milestone_id))
"""
_PLACE_IN_REVIEW = """
INSERT INTO report_review
    (report_id, plan_id, milestone_id, organization_id, expected_id, state, submitted_at, changed_at)
SELECT report.id, milestone.plan_id, report.milestone_id, report.organization_id, NULL,
    CASE WHEN report.accepted THEN 'accepted' WHEN answer.kind IS NULL THEN 'submitted'
         WHEN answer.kind = 'return' THEN 'returned' ELSE 'accepted' END,
    report.recorded_at, coalesce(answer.recorded_at, report.recorded_at)
FROM report JOIN milestone ON milestone.id = report.milestone_id
LEFT JOIN milestone_decision AS answer ON answer.id = (
    SELECT max(decision.id) FROM milestone_decision AS decision
    WHERE decision.milestone_id = report.milestone_id AND decision.report_id = report.id
      AND decision.kind IN ('accept', 'close_out', 'return'))
"""


def _rekey_alerts(old: str, new: str, columns: list[str]) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(old, "alert", type_="unique")
        op.create_unique_constraint(new, "alert", columns)
        return
    with op.batch_alter_table("alert", recreate="always") as batch:
        batch.drop_constraint(old, type_="unique")
        batch.create_unique_constraint(new, columns)
        batch.create_check_constraint(op.f(_MEASURE_CHECK), f"measure IN ({_MEASURES})")
    _refuse_changes("alert")


def _recheck_decisions(kinds: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(_KIND_CHECK), "milestone_decision", type_="check")
        op.create_check_constraint(op.f(_KIND_CHECK), "milestone_decision", f"kind IN ({kinds})")
        return
    with op.batch_alter_table("milestone_decision", recreate="always") as batch:
        batch.create_check_constraint(op.f(_KIND_CHECK), f"kind IN ({kinds})")
    _refuse_changes("milestone_decision")


def _keep_known_decisions() -> None:
    """Take away decisions of the new kinds, and closing numbers with them; their evidence stays with the milestone."""
    for table in ("evidence", "closing_number", "milestone_decision"):
        _let_change(table)
    unknown = f"(SELECT id FROM milestone_decision WHERE kind IN ({_NEW_KINDS}))"
    op.execute(f"UPDATE evidence SET decision_id = NULL WHERE decision_id IN {unknown}")
    op.execute(f"DELETE FROM milestone_decision WHERE kind IN ({_NEW_KINDS})")
    _refuse_changes("evidence")
    if op.get_bind().dialect.name != "sqlite":
        _refuse_changes("milestone_decision")


def _keep_alerts_of_due_dates() -> None:
    """Take away the alerts of regressions, which the schema before cannot tell from those of due dates."""
    for table in ("alert_recipient", "alert"):
        _let_change(table)
    op.execute("DELETE FROM alert_recipient WHERE alert_id IN (SELECT id FROM alert WHERE occasion <> 0)")
    op.execute("DELETE FROM alert WHERE occasion <> 0")
    _refuse_changes("alert_recipient")
    if op.get_bind().dialect.name != "sqlite":
        _refuse_changes("alert")


def _let_change(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{event}")
        return
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")


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
