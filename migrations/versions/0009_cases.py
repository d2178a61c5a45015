"""cases complete: limits of statements, replies to decisions, rectification items, closing reports, checks afterwards

Locks: new tables; new columns are nullable or have a constant default. `accountability_case` and `case_event` know more
codes: on SQLite they are written anew, with the triggers of the fact table; on PostgreSQL their checks are made again under
a short exclusive lock. What comes next in a case is filled once. A reply that a decision asked for is owed from now on where
the case is not closed: until now none could be given. Going down takes away the steps that were unknown before; their
files stay with the milestone.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FACT_TABLES = ("case_closing_report", "rectification", "rectification_step")
TABLES = ("case_reply", "rectification_standing", "rectification_step", "rectification", "case_closing_report")
_OLD_KINDS = ("opened", "joined", "statement", "proposal", "decision", "note", "closing", "reopening")
_NEW_KINDS = (
    "statement_request",
    "reply",
    "reply_accept",
    "reply_return",
    "rectification",
    "rectified",
    "follow_up",
    "follow_up_held",
    "follow_up_failed",
)
_OLD_STAGES = ("open", "proposed", "decided", "closed")
_NEW_STAGES = ("rectifying",)
_MEASURES = (
    "reminder",
    "urging",
    "supervision_notice",
    "rectification_order",
    "circular",
    "interview",
    "annual_assessment",
    "accountability",
)
_TASKS = (
    "state",
    "propose",
    "decide",
    "reply",
    "judge_reply",
    "rectify",
    "accept",
    "close",
    "follow_up",
    "nothing",
)
_PARTIES = ("unit", "office", "leader", "nobody")
_KIND_CHECK, _MEASURE_CHECK = "ck_case_event_caseeventkind", "ck_case_event_measure"
_STAGE_CHECK = "ck_accountability_case_casestage"
_CODE_CHECKS = (("caseparty", "next_party", _PARTIES), ("casetask", "next_task", _TASKS))
EVENT_COLUMNS = (
    ("follows_id", sa.Integer()),
    ("basis", sa.String(length=300)),
    ("dated_on", sa.Date()),
    ("reply_days", sa.Integer()),
    ("calendar_version", sa.Integer()),
)
EVIDENCE_COLUMNS = (
    ("case_event_id", "case_event"),
    ("rectification_id", "rectification"),
    ("rectification_step_id", "rectification_step"),
)


def upgrade() -> None:
    _let_cases_wait()
    _let_events_tell()
    _create_tables()
    for name, table in EVIDENCE_COLUMNS:
        reference = f"CONSTRAINT fk_evidence_{name} REFERENCES {table} (id)"
        op.execute(f"ALTER TABLE evidence ADD COLUMN {name} INTEGER {reference}")
    op.execute(_REPLIES)
    for statement in _SITUATIONS:
        op.execute(statement.format(day=_local_day("max(recorded_at)")))
    for table in FACT_TABLES:
        _refuse_changes(table)


def downgrade() -> None:
    for name, _ in reversed(EVIDENCE_COLUMNS):
        op.execute(f"ALTER TABLE evidence DROP COLUMN {name}")
    for table in TABLES:
        op.drop_table(table)
    _let_change("case_event")
    op.execute(f"DELETE FROM case_event WHERE kind IN ({_list(_NEW_KINDS)})")
    op.execute("UPDATE accountability_case SET stage = 'decided' WHERE stage = 'rectifying'")
    with op.batch_alter_table("case_event", recreate=_recreate()) as batch:
        if not _on_sqlite():
            batch.drop_constraint(op.f(_KIND_CHECK), type_="check")
        batch.drop_constraint(op.f("fk_case_event_follows_id"), type_="foreignkey")
        for name, _ in reversed(EVENT_COLUMNS):
            batch.drop_column(name)
        batch.create_check_constraint(op.f(_KIND_CHECK), f"kind IN ({_list(_OLD_KINDS)})")
        if _on_sqlite():
            batch.create_check_constraint(op.f(_MEASURE_CHECK), f"measure IN ({_list(_MEASURES)})")
    _refuse_changes("case_event")
    op.drop_index("ix_accountability_case_opened_on", "accountability_case")
    with op.batch_alter_table("accountability_case", recreate=_recreate()) as batch:
        if not _on_sqlite():
            batch.drop_constraint(op.f(_STAGE_CHECK), type_="check")
        for name, _, _ in _CODE_CHECKS:
            batch.drop_constraint(op.f(f"ck_accountability_case_{name}"), type_="check")
        for name in ("next_due_on", "next_party", "next_task", "stage_since_on"):
            batch.drop_column(name)
        batch.create_check_constraint(op.f(_STAGE_CHECK), f"stage IN ({_list(_OLD_STAGES)})")


def _let_cases_wait() -> None:
    """Give a case the stage of rectification, the day it came into its stage, and what comes next."""
    with op.batch_alter_table("accountability_case", recreate=_recreate()) as batch:
        if not _on_sqlite():
            batch.drop_constraint(op.f(_STAGE_CHECK), type_="check")
        batch.create_check_constraint(op.f(_STAGE_CHECK), f"stage IN ({_list((*_OLD_STAGES, *_NEW_STAGES))})")
        batch.add_column(sa.Column("stage_since_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("next_task", sa.String(length=32), server_default="propose", nullable=False))
        batch.add_column(sa.Column("next_party", sa.String(length=32), server_default="office", nullable=False))
        batch.add_column(sa.Column("next_due_on", sa.Date(), nullable=True))
        for name, column, codes in _CODE_CHECKS:
            batch.create_check_constraint(op.f(f"ck_accountability_case_{name}"), f"{column} IN ({_list(codes)})")
    op.create_index("ix_accountability_case_opened_on", "accountability_case", ["opened_on", "id"], unique=False)


def _let_events_tell() -> None:
    """Give a step of a case the further kinds and what they tell."""
    with op.batch_alter_table("case_event", recreate=_recreate()) as batch:
        if not _on_sqlite():
            batch.drop_constraint(op.f(_KIND_CHECK), type_="check")
        batch.create_check_constraint(op.f(_KIND_CHECK), f"kind IN ({_list((*_OLD_KINDS, *_NEW_KINDS))})")
        if _on_sqlite():
            batch.create_check_constraint(op.f(_MEASURE_CHECK), f"measure IN ({_list(_MEASURES)})")
        for name, kind in EVENT_COLUMNS:
            batch.add_column(sa.Column(name, kind, nullable=True))
        batch.create_foreign_key(op.f("fk_case_event_follows_id"), "case_event", ["follows_id"], ["id"])
    if _on_sqlite():
        _refuse_changes("case_event")


def _create_tables() -> None:
    op.create_table(
        "case_closing_report",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("found", sa.String(length=2000), nullable=False),
        sa.Column("decided", sa.String(length=2000), nullable=False),
        sa.Column("rectified", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["case_event.id"], name=op.f("fk_case_closing_report_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_case_closing_report")),
    )
    op.create_table(
        "case_reply",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("state", _code("replystate", ("owed", "given", "accepted")), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("first_given_on", sa.Date(), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["accountability_case.id"], name=op.f("fk_case_reply_case_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["case_event.id"], name=op.f("fk_case_reply_decision_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_case_reply_organization_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_case_reply_plan_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_case_reply")),
    )
    op.create_index("ix_case_reply_case_id", "case_reply", ["case_id", "state"], unique=False)
    op.create_index("ix_case_reply_plan_id", "case_reply", ["plan_id", "state", "due_on"], unique=False)
    _create_rectifications()


def _create_rectifications() -> None:
    op.create_table(
        "rectification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("problem", sa.String(length=2000), nullable=False),
        sa.Column("measure", sa.String(length=2000), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_rectification_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["accountability_case.id"], name=op.f("fk_rectification_case_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_rectification_milestone_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_rectification_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification")),
    )
    op.create_index(op.f("ix_rectification_case_id"), "rectification", ["case_id"], unique=False)
    op.create_index(op.f("ix_rectification_milestone_id"), "rectification", ["milestone_id"], unique=False)
    op.create_table(
        "rectification_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rectification_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", _code("rectificationstepkind", ("report", "accept", "return", "extend", "cancel")), nullable=False
        ),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_rectification_step_author_id")),
        sa.ForeignKeyConstraint(
            ["rectification_id"], ["rectification.id"], name=op.f("fk_rectification_step_rectification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_step")),
    )
    op.create_index(
        op.f("ix_rectification_step_rectification_id"), "rectification_step", ["rectification_id"], unique=False
    )
    _create_rectification_standings()


def _create_rectification_standings() -> None:
    table = "rectification_standing"
    op.create_table(
        table,
        sa.Column("rectification_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("state", _code("rectificationstate", ("open", "done", "closed", "cancelled")), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["accountability_case.id"], name=op.f(f"fk_{table}_case_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f(f"fk_{table}_organization_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f(f"fk_{table}_plan_id")),
        sa.ForeignKeyConstraint(["rectification_id"], ["rectification.id"], name=op.f(f"fk_{table}_rectification_id")),
        sa.PrimaryKeyConstraint("rectification_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_case_id", table, ["case_id", "state"], unique=False)
    op.create_index(f"ix_{table}_organization_id", table, ["organization_id", "state", "due_on"], unique=False)
    op.create_index(f"ix_{table}_plan_id", table, ["plan_id", "state", "due_on"], unique=False)


_REPLIES = """
INSERT INTO case_reply (decision_id, case_id, plan_id, organization_id, state, first_due_on, due_on)
SELECT case_event.id, held.id, held.plan_id, held.organization_id, 'owed', case_event.reply_due_on, case_event.reply_due_on
FROM case_event JOIN accountability_case AS held ON held.id = case_event.case_id
WHERE case_event.kind = 'decision' AND case_event.reply_due_on IS NOT NULL AND held.stage <> 'closed'
"""
_SITUATIONS = (
    """
UPDATE accountability_case SET stage_since_on = (
    SELECT {day} FROM case_event WHERE case_event.case_id = accountability_case.id
    AND case_event.kind IN ('proposal', 'decision', 'closing', 'reopening'))
""",
    "UPDATE accountability_case SET next_task = 'nothing', next_party = 'nobody' WHERE stage = 'closed'",
    "UPDATE accountability_case SET next_task = 'decide' WHERE stage = 'proposed'",
    """
UPDATE accountability_case SET next_party = 'leader' WHERE stage = 'proposed' AND (
    SELECT last.measure FROM case_event AS last WHERE last.id = (
        SELECT max(id) FROM case_event WHERE case_event.case_id = accountability_case.id AND case_event.kind = 'proposal')
    ) IN ('circular', 'interview', 'annual_assessment', 'accountability')
""",
    "UPDATE accountability_case SET next_task = 'close' WHERE stage = 'decided'",
    """
UPDATE accountability_case SET next_task = 'reply', next_party = 'unit', next_due_on = (
    SELECT min(due_on) FROM case_reply WHERE case_reply.case_id = accountability_case.id)
WHERE stage = 'decided' AND id IN (SELECT case_id FROM case_reply)
""",
)


def _local_day(instant: str) -> str:
    """Return the day in Asia/Shanghai, which keeps no summer time, of a stored instant."""
    return f"date({instant}, '+8 hours')" if _on_sqlite() else f"({instant} + interval '8 hours')::date"


def _code(name: str, codes: Sequence[str]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _list(codes: Sequence[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _recreate() -> str:
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
