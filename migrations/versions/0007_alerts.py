"""rungs of more triggers with addressees and limits; alerts of any matter that say what they rest on, and steps on them

Locks: new tables; new columns are nullable or have a constant default. `alert`, `alert_recipient` and `case_milestone`
get another key: on SQLite they are written anew with their triggers, on PostgreSQL under a short exclusive lock while
the new key's index is built. Going down takes away what the schema before cannot tell: alerts of reports that are missing,
of lagging and of answers that did not come, the rungs that raised them, and every step taken on an alert (noted, answered,
withdrawn); the audit trail keeps what was said, and files that came with an answer stay with the milestone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TRIGGERS = "'due', 'lagging', 'missing_report', 'unanswered', 'regression'"
_OLD_TRIGGERS = "'due', 'regression'"
_NEW_ONLY = "('lagging', 'missing_report', 'unanswered')"
_MEASURES = (
    "'reminder', 'urging', 'supervision_notice', 'rectification_order', 'circular', 'interview', "
    "'annual_assessment', 'accountability'"
)
_CAPACITY_CODES = ("responsible", "supporting", "supervisor", "office", "leader")
_CAPACITIES = "'responsible', 'supporting', 'supervisor', 'office', 'leader'"
_URGENT = (
    "('supervision_notice', 'rectification_order', 'circular', 'interview', 'annual_assessment', 'accountability')"
)
_STEPS = ("acknowledge", "answer", "accept_answer", "return_answer", "withdraw")
_OLD_ALERT_KEY = "uq_alert_milestone_id_due_version_rung_id_occasion"
_NEW_ALERT_KEY = "uq_alert_matter_due_version_rung_id_occasion"
_OLD_CASE_KEY, _NEW_CASE_KEY = (
    "uq_case_milestone_milestone_id_due_version",
    "uq_case_milestone_milestone_id_due_version_occasion",
)
_TRIGGER_CHECK, _MEASURE_CHECK = "ck_ladder_rung_rungtrigger", "ck_alert_measure"
RUNG_COLUMNS = (
    (
        "day_kind",
        "VARCHAR(32) DEFAULT 'calendar' NOT NULL "
        "CONSTRAINT ck_ladder_rung_daykind CHECK (day_kind IN ('calendar', 'working'))",
    ),
    ("addressees", "VARCHAR(120) DEFAULT 'responsible' NOT NULL"),
    ("reply_days", "INTEGER"),
    ("urgent", "BOOLEAN DEFAULT false NOT NULL"),
    ("opens_case", "BOOLEAN DEFAULT false NOT NULL"),
)
ALERT_COLUMNS = (
    ("matter", "VARCHAR(60) DEFAULT '' NOT NULL"),
    ("period_id", "INTEGER CONSTRAINT fk_alert_period_id REFERENCES reporting_period (id)"),
    ("organization_id", "INTEGER CONSTRAINT fk_alert_organization_id REFERENCES organization (id)"),
    ("follows_id", "INTEGER CONSTRAINT fk_alert_follows_id REFERENCES alert (id)"),
    (
        '"trigger"',
        f"VARCHAR(32) DEFAULT 'due' NOT NULL CONSTRAINT ck_alert_rungtrigger CHECK (\"trigger\" IN ({_TRIGGERS}))",
    ),
    ("basis", "VARCHAR DEFAULT '{}' NOT NULL"),
    ("ladder_version", "INTEGER DEFAULT 1 NOT NULL"),
    ("calendar_version", "INTEGER DEFAULT 0 NOT NULL"),
    ("urgent", "BOOLEAN DEFAULT false NOT NULL"),
    ("reply_days", "INTEGER"),
    ("reply_due_on", "DATE"),
)


def upgrade() -> None:
    op.execute("ALTER TABLE plan ADD COLUMN ladder_version INTEGER DEFAULT 1 NOT NULL")
    for name, definition in RUNG_COLUMNS:
        op.execute(f"ALTER TABLE ladder_rung ADD COLUMN {name} {definition}")
    _recheck_triggers(_TRIGGERS)
    # as the rules before gave it: what asks to act reaches everybody involved, what is sterner the responsible unit
    op.execute("UPDATE ladder_rung SET addressees = 'responsible,supporting' WHERE measure IN ('reminder', 'urging')")
    op.execute(f"UPDATE ladder_rung SET urgent = true WHERE measure IN {_URGENT}")
    _widen_alerts()
    _widen_recipients()
    _widen_cases()
    _create_tables()
    # Next firings are worked out anew at the next start, by rungs of every trigger.
    op.execute("DELETE FROM projection_day")


def downgrade() -> None:
    op.execute("ALTER TABLE evidence DROP COLUMN alert_step_id")
    for table in ("expected_answer", "alert_step", "period_obligation"):
        op.drop_table(table)
    _narrow_cases()
    _drop_alerts_of_new_triggers()
    _narrow_recipients()
    _narrow_alerts()
    op.execute(f'DELETE FROM obligation WHERE rung_id IN (SELECT id FROM ladder_rung WHERE "trigger" IN {_NEW_ONLY})')
    op.execute(f'DELETE FROM ladder_rung WHERE "trigger" IN {_NEW_ONLY}')
    _narrow_rungs()
    op.execute("ALTER TABLE plan DROP COLUMN ladder_version")
    op.execute("DELETE FROM projection_day")


def _recheck_triggers(triggers: str) -> None:
    """Replace the check of a rung's trigger, which on SQLite stands in the column's own definition."""
    check = f'"trigger" IN ({triggers})'
    if not _on_sqlite():
        op.drop_constraint(op.f(_TRIGGER_CHECK), "ladder_rung", type_="check")
        op.create_check_constraint(op.f(_TRIGGER_CHECK), "ladder_rung", check)
        return
    with op.batch_alter_table("ladder_rung", recreate="always") as batch:
        batch.create_check_constraint(op.f(_TRIGGER_CHECK), check)
        batch.create_check_constraint(op.f("ck_ladder_rung_measure"), f"measure IN ({_MEASURES})")
        batch.create_check_constraint(op.f("ck_ladder_rung_daykind"), "day_kind IN ('calendar', 'working')")


def _narrow_rungs() -> None:
    if not _on_sqlite():
        _recheck_triggers(_OLD_TRIGGERS)
        for name, _ in reversed(RUNG_COLUMNS):
            op.execute(f"ALTER TABLE ladder_rung DROP COLUMN {name}")
        return
    # 0005 drops the trigger on its way down, which SQLite does only while the check stands in the column itself.
    op.execute('CREATE TEMPORARY TABLE rung_trigger AS SELECT id, "trigger" AS kind FROM ladder_rung')
    with op.batch_alter_table("ladder_rung", recreate="always") as batch:
        batch.drop_constraint(op.f("ck_ladder_rung_daykind"), type_="check")
        batch.drop_constraint(op.f(_TRIGGER_CHECK), type_="check")
        batch.drop_column("trigger")
        for name, _ in reversed(RUNG_COLUMNS):
            batch.drop_column(name)
    op.execute(
        "ALTER TABLE ladder_rung ADD COLUMN \"trigger\" VARCHAR(32) DEFAULT 'due' NOT NULL "
        f'CONSTRAINT {_TRIGGER_CHECK} CHECK ("trigger" IN ({_OLD_TRIGGERS}))'
    )
    op.execute(
        'UPDATE ladder_rung SET "trigger" = (SELECT kind FROM rung_trigger WHERE rung_trigger.id = ladder_rung.id)'
    )
    op.execute("DROP TABLE rung_trigger")


def _widen_alerts() -> None:
    for name, definition in ALERT_COLUMNS:
        op.execute(f"ALTER TABLE alert ADD COLUMN {name} {definition}")
    _let_change("alert")
    op.execute(
        """UPDATE alert SET matter = 'milestone/' || milestone_id, urgent = measure NOT IN ('reminder', 'urging'),
        "trigger" = CASE WHEN occasion <> 0 THEN 'regression' ELSE 'due' END"""
    )
    if _on_sqlite():
        with op.batch_alter_table("alert", recreate="always") as batch:
            batch.drop_constraint(_OLD_ALERT_KEY, type_="unique")
            batch.create_unique_constraint(_NEW_ALERT_KEY, ["matter", "due_version", "rung_id", "occasion"])
            batch.create_check_constraint(op.f(_MEASURE_CHECK), f"measure IN ({_MEASURES})")
            batch.create_check_constraint(op.f("ck_alert_rungtrigger"), f'"trigger" IN ({_TRIGGERS})')
            batch.alter_column("milestone_id", existing_type=sa.Integer(), nullable=True)
    else:
        op.drop_constraint(_OLD_ALERT_KEY, "alert", type_="unique")
        op.create_unique_constraint(_NEW_ALERT_KEY, "alert", ["matter", "due_version", "rung_id", "occasion"])
        op.alter_column("alert", "milestone_id", nullable=True)
    op.create_index("ix_alert_milestone_id", "alert", ["milestone_id"], unique=False)
    for name in ("period_id", "follows_id"):
        given = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_alert_{name}", "alert", [name], unique=False, sqlite_where=given, postgresql_where=given)
    _refuse_changes("alert")


def _narrow_alerts() -> None:
    """Give alerts their old key back; only those of due dates and regressions are left by now."""
    for name in ("follows_id", "period_id", "milestone_id"):
        op.drop_index(f"ix_alert_{name}", "alert")
    if _on_sqlite():
        with op.batch_alter_table("alert", recreate="always") as batch:
            batch.drop_constraint(_NEW_ALERT_KEY, type_="unique")
            batch.drop_constraint(op.f("ck_alert_rungtrigger"), type_="check")
            for name, _ in reversed(ALERT_COLUMNS):
                batch.drop_column(name.strip('"'))
            batch.create_unique_constraint(_OLD_ALERT_KEY, ["milestone_id", "due_version", "rung_id", "occasion"])
            batch.create_check_constraint(op.f(_MEASURE_CHECK), f"measure IN ({_MEASURES})")
            batch.alter_column("milestone_id", existing_type=sa.Integer(), nullable=False)
        _refuse_changes("alert")
        return
    op.drop_constraint(_NEW_ALERT_KEY, "alert", type_="unique")
    for name, _ in reversed(ALERT_COLUMNS):
        op.execute(f"ALTER TABLE alert DROP COLUMN {name}")
    op.create_unique_constraint(_OLD_ALERT_KEY, "alert", ["milestone_id", "due_version", "rung_id", "occasion"])
    op.alter_column("alert", "milestone_id", nullable=False)
    _refuse_changes("alert")


def _drop_alerts_of_new_triggers() -> None:
    for table in ("alert_recipient", "alert"):
        _let_change(table)
    gone = f'(SELECT id FROM alert WHERE "trigger" IN {_NEW_ONLY})'
    op.execute(f"DELETE FROM alert_recipient WHERE alert_id IN {gone}")
    op.execute(f'DELETE FROM alert WHERE "trigger" IN {_NEW_ONLY} AND follows_id IS NOT NULL')
    op.execute(f'DELETE FROM alert WHERE "trigger" IN {_NEW_ONLY}')


def _widen_recipients() -> None:
    """Say in which capacity each recipient was addressed: as the milestone names it, else as the plan's office."""
    op.execute(
        "ALTER TABLE alert_recipient ADD COLUMN capacity VARCHAR(32) DEFAULT 'office' NOT NULL "
        f"CONSTRAINT ck_alert_recipient_capacity CHECK (capacity IN ({_CAPACITIES}))"
    )
    _let_change("alert_recipient")
    op.execute(
        """UPDATE alert_recipient SET capacity = coalesce(
            (SELECT min(milestone_unit.role) FROM milestone_unit JOIN alert ON alert.milestone_id = milestone_unit.milestone_id
             WHERE alert.id = alert_recipient.alert_id
               AND milestone_unit.organization_id = alert_recipient.organization_id), 'office')"""
    )
    _rekey("alert_recipient", ["alert_id", "organization_id", "capacity"], "capacity", _CAPACITIES)
    _refuse_changes("alert_recipient")


def _narrow_recipients() -> None:
    """Keep one row for each unit; `_drop_alerts_of_new_triggers` let the table be changed."""
    op.execute(
        """DELETE FROM alert_recipient WHERE EXISTS (SELECT 1 FROM alert_recipient AS other
        WHERE other.alert_id = alert_recipient.alert_id AND other.organization_id = alert_recipient.organization_id
          AND other.capacity > alert_recipient.capacity)"""
    )
    if _on_sqlite():
        with op.batch_alter_table("alert_recipient", recreate="always") as batch:
            batch.drop_constraint("pk_alert_recipient", type_="primary")
            batch.drop_constraint(op.f("ck_alert_recipient_capacity"), type_="check")
            batch.drop_column("capacity")
            batch.create_primary_key("pk_alert_recipient", ["alert_id", "organization_id"])
    else:
        op.drop_constraint("pk_alert_recipient", "alert_recipient", type_="primary")
        op.execute("ALTER TABLE alert_recipient DROP COLUMN capacity")
        op.create_primary_key("pk_alert_recipient", "alert_recipient", ["alert_id", "organization_id"])
    _refuse_changes("alert_recipient")


def _rekey(table: str, key: list[str], checked: str, codes: str) -> None:
    """Make `key` the primary key; on SQLite the check of a column that is an enum is written anew with the table."""
    if not _on_sqlite():
        op.drop_constraint(f"pk_{table}", table, type_="primary")
        op.create_primary_key(f"pk_{table}", table, key)
        return
    with op.batch_alter_table(table, recreate="always") as batch:
        batch.drop_constraint(f"pk_{table}", type_="primary")
        batch.create_primary_key(f"pk_{table}", key)
        batch.create_check_constraint(op.f(f"ck_{table}_{checked}"), f"{checked} IN ({codes})")


def _widen_cases() -> None:
    op.execute("ALTER TABLE case_milestone ADD COLUMN occasion INTEGER DEFAULT 0 NOT NULL")
    _let_change("case_milestone")
    _key_cases(_OLD_CASE_KEY, _NEW_CASE_KEY, ["case_id", "milestone_id", "due_version", "occasion"])
    _refuse_changes("case_milestone")


def _narrow_cases() -> None:
    _let_change("case_milestone")
    op.execute("DELETE FROM case_milestone WHERE occasion <> 0")
    if _on_sqlite():
        _key_cases(_NEW_CASE_KEY, _OLD_CASE_KEY, ["case_id", "milestone_id", "due_version"], drop="occasion")
    else:
        _key_cases(_NEW_CASE_KEY, _OLD_CASE_KEY, ["case_id", "milestone_id", "due_version"])
        op.execute("ALTER TABLE case_milestone DROP COLUMN occasion")
    _refuse_changes("case_milestone")


def _key_cases(old: str, new: str, key: list[str], drop: str = "") -> None:
    if not _on_sqlite():
        op.drop_constraint("pk_case_milestone", "case_milestone", type_="primary")
        op.create_primary_key("pk_case_milestone", "case_milestone", key)
        op.drop_constraint(old, "case_milestone", type_="unique")
        op.create_unique_constraint(new, "case_milestone", key[1:])
        return
    with op.batch_alter_table("case_milestone", recreate="always") as batch:
        batch.drop_constraint("pk_case_milestone", type_="primary")
        batch.drop_constraint(old, type_="unique")
        if drop:
            batch.drop_column(drop)
        batch.create_primary_key("pk_case_milestone", key)
        batch.create_unique_constraint(new, key[1:])


def _create_tables() -> None:
    op.create_table(
        "period_obligation",
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("rung_id", sa.Integer(), nullable=False),
        sa.Column("fire_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["reporting_period.id"], name=op.f("fk_period_obligation_period_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_period_obligation_organization_id")
        ),
        sa.ForeignKeyConstraint(["rung_id"], ["ladder_rung.id"], name=op.f("fk_period_obligation_rung_id")),
        sa.PrimaryKeyConstraint("period_id", "organization_id", name=op.f("pk_period_obligation")),
    )
    op.create_index("ix_period_obligation_fire_on", "period_obligation", ["fire_on"], unique=False)
    op.create_table(
        "alert_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column(
            "capacity",
            sa.Enum(*_CAPACITY_CODES, name="capacity", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "kind",
            sa.Enum(*_STEPS, name="alertstepkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_step_alert_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_alert_step_organization_id")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_alert_step_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_step")),
    )
    op.create_index("ix_alert_step_alert_id", "alert_step", ["alert_id"], unique=False)
    op.create_table(
        "expected_answer",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("reply_days", sa.Integer(), nullable=False),
        sa.Column("reply_due_on", sa.Date(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("rung_id", sa.Integer(), nullable=True),
        sa.Column("fire_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_expected_answer_alert_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_expected_answer_organization_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_expected_answer_plan_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_expected_answer_milestone_id")),
        sa.ForeignKeyConstraint(["rung_id"], ["ladder_rung.id"], name=op.f("fk_expected_answer_rung_id")),
        sa.PrimaryKeyConstraint("alert_id", "organization_id", name=op.f("pk_expected_answer")),
    )
    for columns in (["fire_on"], ["milestone_id"], ["plan_id"]):
        op.create_index(f"ix_expected_answer_{columns[0]}", "expected_answer", columns, unique=False)
    op.create_index(
        "ix_expected_answer_organization_id",
        "expected_answer",
        ["organization_id", "settled_on", "reply_due_on"],
        unique=False,
    )
    _refuse_changes("alert_step")
    op.execute(
        "ALTER TABLE evidence ADD COLUMN alert_step_id INTEGER "
        "CONSTRAINT fk_evidence_alert_step_id REFERENCES alert_step (id)"
    )


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _let_change(table: str) -> None:
    if _on_sqlite():
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event}")
        return
    op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
    op.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")


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
