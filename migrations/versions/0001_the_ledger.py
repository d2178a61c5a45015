"""the ledger

Locks: none that matters, every table is new.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "slot", name=op.f("uq_job_run_job_slot")),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "prefecture",
                "district",
                "county_city",
                "county",
                "zone",
                name="placekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=6), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("sort_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["place.id"], name=op.f("fk_place_parent_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["place.id"], name=op.f("fk_place_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("path", name=op.f("uq_place_path")),
    )
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_place_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "projection_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projection_day")),
    )
    op.create_table(
        "scheduler_lease",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduler_lease")),
    )
    op.create_table(
        "sign_in_throttle",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_throttle")),
    )
    op.create_table(
        "standard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard")),
        sa.UniqueConstraint("slug", name=op.f("uq_standard_slug")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "government",
                "department",
                "party",
                "office",
                "other",
                name="organizationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("sort_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_organization_place_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["organization.id"], name=op.f("fk_organization_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("name", name=op.f("uq_organization_name")),
    )
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organization_place_id"), ["place_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_organization_short_name"), ["short_name"], unique=False)

    op.create_table(
        "organization_alias",
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_organization_alias_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "alias", name=op.f("pk_organization_alias")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("short_title", sa.String(length=60), nullable=False),
        sa.Column("document_number", sa.String(length=60), nullable=True),
        sa.Column("issuer", sa.String(length=120), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("leading_group", sa.String(length=120), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("tracked_from", sa.Date(), nullable=False),
        sa.Column("warning_days", sa.Integer(), nullable=False),
        sa.Column("behind_threshold_pp", sa.Integer(), nullable=False),
        sa.Column("case_grace_days", sa.Integer(), nullable=False),
        sa.Column("sort_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_plan_office_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_plan_place_id")),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_plan_standard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("slug", name=op.f("uq_plan_slug")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("display_name", sa.String(length=60), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "office",
                "leader",
                "unit",
                "inspector",
                "auditor",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_account_organization_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_account_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "accountability_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("held_as", sa.String(length=120), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "open",
                "proposed",
                "decided",
                "closed",
                name="casestage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_accountability_case_organization_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_accountability_case_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accountability_case")),
        sa.UniqueConstraint("number", name=op.f("uq_accountability_case_number")),
    )
    with op.batch_alter_table("accountability_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accountability_case_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index("ix_accountability_case_plan_id", ["plan_id", "stage", "opened_on"], unique=False)

    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column(
            "group",
            sa.Enum(
                "resource",
                "resource_cv",
                "government",
                "quality",
                "recognition",
                "veto",
                "plan",
                name="indicatorgroup",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "value_type",
            sa.Enum("number", "boolean", name="valuetype", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("clause", sa.String(length=60), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_indicator_plan_id")),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_indicator_standard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("plan_id", "code", name=op.f("uq_indicator_plan_id_code")),
        sa.UniqueConstraint("standard_id", "code", name=op.f("uq_indicator_standard_id_code")),
    )
    with op.batch_alter_table("indicator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_indicator_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_indicator_standard_id"), ["standard_id"], unique=False)

    op.create_table(
        "ladder_rung",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("offset_days", sa.Integer(), nullable=False),
        sa.Column(
            "measure",
            sa.Enum(
                "reminder",
                "urging",
                "supervision_notice",
                "rectification_order",
                "circular",
                "interview",
                "annual_assessment",
                "accountability",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("clause", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_ladder_rung_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_rung")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_ladder_rung_plan_id_key")),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=True),
        sa.Column(
            "nature",
            sa.Enum(
                "new",
                "relocation",
                "expansion",
                name="projectnature",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("investment_fen", sa.BigInteger(), nullable=True),
        sa.Column("start_year", sa.Integer(), nullable=True),
        sa.Column("end_year", sa.Integer(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("land_m2", sa.String(length=40), nullable=True),
        sa.Column("floor_m2", sa.String(length=40), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_project_place_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_project_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_project_plan_id_key")),
    )
    op.create_table(
        "stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_stage_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_stage_plan_id_key")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_audit_entry_actor_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_audit_entry_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_subject"), ["subject"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "joined",
                "statement",
                "proposal",
                "decision",
                "note",
                "closing",
                "reopening",
                name="caseeventkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "measure",
            sa.Enum(
                "reminder",
                "urging",
                "supervision_notice",
                "rectification_order",
                "circular",
                "interview",
                "annual_assessment",
                "accountability",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("clause", sa.String(length=60), nullable=True),
        sa.Column("document_number", sa.String(length=60), nullable=True),
        sa.Column("reply_due_on", sa.Date(), nullable=True),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_case_event_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["accountability_case.id"], name=op.f("fk_case_event_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_event_case_id"), ["case_id"], unique=False)

    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("series", sa.String(length=80), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "recognition",
                "quantity",
                "task",
                "duty",
                "project_start",
                "project_completion",
                "stage",
                name="milestonekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=140), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("clause", sa.String(length=60), nullable=False),
        sa.Column("units_clause", sa.String(length=60), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_phrase", sa.String(length=60), nullable=False),
        sa.Column(
            "due_precision",
            sa.Enum(
                "day",
                "month",
                "quarter",
                "half_year",
                "year",
                "five_year_plan",
                "recurring",
                name="precision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("alternative_due_on", sa.Date(), nullable=True),
        sa.Column("recurrence", sa.String(length=60), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_milestone_place_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_milestone_plan_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_milestone_project_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_milestone_stage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_milestone_plan_id_key")),
    )
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_milestone_place_id"), ["place_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_milestone_project_id"), ["project_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_payment_author_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_payment_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_project_id"), ["project_id"], unique=False)

    op.create_table(
        "printout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("printed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_printout_author_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_printout_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printout")),
    )
    with op.batch_alter_table("printout", schema=None) as batch_op:
        batch_op.create_index("ix_printout_plan_id", ["plan_id", "printed_at"], unique=False)

    op.create_table(
        "project_alias",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_alias_project_id")),
        sa.PrimaryKeyConstraint("project_id", "alias", name=op.f("pk_project_alias")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "threshold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
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
        sa.Column(
            "comparator",
            sa.Enum(
                ">=", ">", "<=", "<", "==", name="comparator", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_threshold_indicator_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_threshold_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold")),
    )
    with op.batch_alter_table("threshold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_threshold_indicator_id"), ["indicator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_threshold_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("rung_id", sa.Integer(), nullable=False),
        sa.Column(
            "measure",
            sa.Enum(
                "reminder",
                "urging",
                "supervision_notice",
                "rectification_order",
                "circular",
                "interview",
                "annual_assessment",
                "accountability",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("clause", sa.String(length=60), nullable=True),
        sa.Column("effective_due_on", sa.Date(), nullable=False),
        sa.Column("fire_on", sa.Date(), nullable=False),
        sa.Column("days_late", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("scanned_on", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_alert_milestone_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_alert_plan_id")),
        sa.ForeignKeyConstraint(["rung_id"], ["ladder_rung.id"], name=op.f("fk_alert_rung_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "milestone_id", "due_version", "rung_id", name=op.f("uq_alert_milestone_id_due_version_rung_id")
        ),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_fire_on", ["fire_on", "id"], unique=False)
        batch_op.create_index("ix_alert_plan_id", ["plan_id", "fire_on", "id"], unique=False)

    op.create_table(
        "case_milestone",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("effective_due_on", sa.Date(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["accountability_case.id"], name=op.f("fk_case_milestone_case_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_case_milestone_milestone_id")),
        sa.PrimaryKeyConstraint("case_id", "milestone_id", "due_version", name=op.f("pk_case_milestone")),
        sa.UniqueConstraint("milestone_id", "due_version", name=op.f("uq_case_milestone_milestone_id_due_version")),
    )
    op.create_table(
        "due_date",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "original",
                "reading",
                "extension",
                "amendment",
                name="duecause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("document_number", sa.String(length=60), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_due_date_author_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_due_date_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_date")),
        sa.UniqueConstraint("milestone_id", "version", name=op.f("uq_due_date_milestone_id_version")),
    )
    op.create_table(
        "milestone_standing",
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "recognition",
                "quantity",
                "task",
                "duty",
                "project_start",
                "project_completion",
                "stage",
                name="milestonekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "standing",
            sa.Enum(
                "planned",
                "on_track",
                "due_soon",
                "behind",
                "awaiting_verification",
                "overdue",
                "closed",
                "regressed",
                "unconfirmed",
                "withdrawn",
                name="standing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column(
            "timeliness",
            sa.Enum(
                "early", "on_time", "late", name="timeliness", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("effective_due_on", sa.Date(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("clock_stopped_on", sa.Date(), nullable=True),
        sa.Column("next_change_on", sa.Date(), nullable=True),
        sa.Column("progress_pct", sa.String(length=40), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("claim_pending", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_standing_milestone_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_milestone_standing_place_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_milestone_standing_plan_id")),
        sa.PrimaryKeyConstraint("milestone_id", name=op.f("pk_milestone_standing")),
    )
    with op.batch_alter_table("milestone_standing", schema=None) as batch_op:
        batch_op.create_index("ix_milestone_standing_change", ["next_change_on"], unique=False)
        batch_op.create_index("ix_milestone_standing_due", ["effective_due_on", "milestone_id"], unique=False)
        batch_op.create_index(
            "ix_milestone_standing_kind_due", ["kind", "effective_due_on", "milestone_id"], unique=False
        )
        batch_op.create_index(
            "ix_milestone_standing_place_due", ["place_id", "effective_due_on", "milestone_id"], unique=False
        )
        batch_op.create_index(
            "ix_milestone_standing_plan_due", ["plan_id", "effective_due_on", "milestone_id"], unique=False
        )
        batch_op.create_index(
            "ix_milestone_standing_plan_standing",
            ["plan_id", "standing", "effective_due_on", "milestone_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_milestone_standing_standing_due", ["standing", "effective_due_on", "milestone_id"], unique=False
        )
        batch_op.create_index(
            "ix_milestone_standing_tally",
            ["plan_id", "standing", "timeliness", "claim_pending", "effective_due_on"],
            unique=False,
        )

    op.create_table(
        "milestone_unit",
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("responsible", "supporting", name="unitrole", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("named_as", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_unit_milestone_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_milestone_unit_organization_id")
        ),
        sa.PrimaryKeyConstraint("milestone_id", "role", "organization_id", name=op.f("pk_milestone_unit")),
    )
    with op.batch_alter_table("milestone_unit", schema=None) as batch_op:
        batch_op.create_index("ix_milestone_unit_organization_id", ["organization_id", "milestone_id"], unique=False)

    op.create_table(
        "obligation",
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("rung_id", sa.Integer(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("fire_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_obligation_milestone_id")),
        sa.ForeignKeyConstraint(["rung_id"], ["ladder_rung.id"], name=op.f("fk_obligation_rung_id")),
        sa.PrimaryKeyConstraint("milestone_id", name=op.f("pk_obligation")),
    )
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_obligation_fire_on"), ["fire_on"], unique=False)

    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("share_pct", sa.String(length=40), nullable=True),
        sa.Column("summary", sa.String(length=4000), nullable=False),
        sa.Column("claims_completion", sa.Boolean(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("speaks_for_whole", sa.Boolean(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_report_author_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_report_milestone_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_report_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index("ix_report_milestone_id", ["milestone_id", "recorded_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
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
        sa.Column(
            "comparator",
            sa.Enum(
                ">=", ">", "<=", "<", "==", name="comparator", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("baseline", sa.String(length=40), nullable=True),
        sa.Column("clause", sa.String(length=60), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_target_indicator_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_target_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_target_indicator_id"), ["indicator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_target_milestone_id"), ["milestone_id"], unique=False)

    op.create_table(
        "alert_recipient",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_recipient_alert_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_alert_recipient_organization_id")
        ),
        sa.PrimaryKeyConstraint("alert_id", "organization_id", name=op.f("pk_alert_recipient")),
    )
    with op.batch_alter_table("alert_recipient", schema=None) as batch_op:
        batch_op.create_index("ix_alert_recipient_organization_id", ["organization_id", "alert_id"], unique=False)

    op.create_table(
        "milestone_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "accept",
                "return",
                "close_out",
                "reopen",
                "confirm_history",
                "recheck_failed",
                "recheck_passed",
                "withdraw",
                name="decisionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_milestone_decision_author_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_decision_milestone_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_milestone_decision_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_decision")),
    )
    with op.batch_alter_table("milestone_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_milestone_decision_milestone_id"), ["milestone_id"], unique=False)

    op.create_table(
        "report_value",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_value_report_id")),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=op.f("fk_report_value_target_id")),
        sa.PrimaryKeyConstraint("report_id", "target_id", name=op.f("pk_report_value")),
    )
    with op.batch_alter_table("report_value", schema=None) as batch_op:
        batch_op.create_index("ix_report_value_target_id", ["target_id", "report_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_evidence_author_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["milestone_decision.id"], name=op.f("fk_evidence_decision_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_evidence_milestone_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_evidence_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_milestone_id"), ["milestone_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_milestone_id"))

    op.drop_table("evidence")
    with op.batch_alter_table("report_value", schema=None) as batch_op:
        batch_op.drop_index("ix_report_value_target_id")

    op.drop_table("report_value")
    with op.batch_alter_table("milestone_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_milestone_decision_milestone_id"))

    op.drop_table("milestone_decision")
    with op.batch_alter_table("alert_recipient", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_recipient_organization_id")

    op.drop_table("alert_recipient")
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_target_milestone_id"))
        batch_op.drop_index(batch_op.f("ix_target_indicator_id"))

    op.drop_table("target")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_organization_id"))
        batch_op.drop_index("ix_report_milestone_id")

    op.drop_table("report")
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_obligation_fire_on"))

    op.drop_table("obligation")
    with op.batch_alter_table("milestone_unit", schema=None) as batch_op:
        batch_op.drop_index("ix_milestone_unit_organization_id")

    op.drop_table("milestone_unit")
    with op.batch_alter_table("milestone_standing", schema=None) as batch_op:
        batch_op.drop_index("ix_milestone_standing_tally")
        batch_op.drop_index("ix_milestone_standing_standing_due")
        batch_op.drop_index("ix_milestone_standing_plan_standing")
        batch_op.drop_index("ix_milestone_standing_plan_due")
        batch_op.drop_index("ix_milestone_standing_place_due")
        batch_op.drop_index("ix_milestone_standing_kind_due")
        batch_op.drop_index("ix_milestone_standing_due")
        batch_op.drop_index("ix_milestone_standing_change")

    op.drop_table("milestone_standing")
    op.drop_table("due_date")
    op.drop_table("case_milestone")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_plan_id")
        batch_op.drop_index("ix_alert_fire_on")

    op.drop_table("alert")
    with op.batch_alter_table("threshold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_threshold_plan_id"))
        batch_op.drop_index(batch_op.f("ix_threshold_indicator_id"))

    op.drop_table("threshold")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_expires_at"))
        batch_op.drop_index(batch_op.f("ix_sign_in_account_id"))

    op.drop_table("sign_in")
    op.drop_table("project_alias")
    with op.batch_alter_table("printout", schema=None) as batch_op:
        batch_op.drop_index("ix_printout_plan_id")

    op.drop_table("printout")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_project_id"))

    op.drop_table("payment")
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_milestone_project_id"))
        batch_op.drop_index(batch_op.f("ix_milestone_place_id"))

    op.drop_table("milestone")
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_event_case_id"))

    op.drop_table("case_event")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_plan_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_actor_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_action"))

    op.drop_table("audit_entry")
    op.drop_table("stage")
    op.drop_table("project")
    op.drop_table("ladder_rung")
    with op.batch_alter_table("indicator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_standard_id"))
        batch_op.drop_index(batch_op.f("ix_indicator_plan_id"))
        batch_op.drop_index(batch_op.f("ix_indicator_code"))

    op.drop_table("indicator")
    with op.batch_alter_table("accountability_case", schema=None) as batch_op:
        batch_op.drop_index("ix_accountability_case_plan_id")
        batch_op.drop_index(batch_op.f("ix_accountability_case_organization_id"))

    op.drop_table("accountability_case")
    op.drop_table("account")
    op.drop_table("plan")
    op.drop_table("organization_alias")
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organization_short_name"))
        batch_op.drop_index(batch_op.f("ix_organization_place_id"))

    op.drop_table("organization")
    op.drop_table("standard")
    op.drop_table("sign_in_throttle")
    op.drop_table("scheduler_lease")
    op.drop_table("projection_day")
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_parent_id"))
        batch_op.drop_index(batch_op.f("ix_place_name"))

    op.drop_table("place")
    op.drop_table("job_run")
    op.drop_table("audit_head")
