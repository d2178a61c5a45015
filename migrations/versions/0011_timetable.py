"""heartbeats, progress and problems of job runs

Locks: new tables, new columns with constant defaults (a change of the catalogue on both engines) and one index on
`job_run`, which holds some thousand rows: its writers, the schedulers, wait for a moment. Nothing is filled in or rebuilt.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job_run", sa.Column("phase", sa.String(length=20), server_default="", nullable=False))
    op.add_column("job_run", sa.Column("done", sa.Integer(), server_default="0", nullable=False))
    op.add_column("job_run", sa.Column("total", sa.Integer(), server_default="0", nullable=False))
    op.add_column("job_run", sa.Column("seen_at", sa.DateTime(), nullable=True))
    op.create_index(op.f("ix_job_run_finished_at"), "job_run", ["job", "finished_at"])
    op.create_table(
        "job_problem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("matter", sa.String(length=80), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("first_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["job_run.id"], name=op.f("fk_job_problem_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_problem")),
        sa.UniqueConstraint("phase", "matter", name=op.f("uq_job_problem_phase_matter")),
    )
    open_ = sa.text("settled_at IS NULL")
    op.create_index("ix_job_problem_open", "job_problem", ["last_at"], sqlite_where=open_, postgresql_where=open_)
    op.create_index(op.f("ix_job_problem_run_id"), "job_problem", ["run_id"])
    op.create_table(
        "heartbeat",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("due_by", sa.DateTime(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", "holder", name=op.f("pk_heartbeat")),
    )


def downgrade() -> None:
    op.drop_table("heartbeat")
    op.drop_table("job_problem")
    op.drop_index(op.f("ix_job_run_finished_at"), table_name="job_run")
    for name in ("seen_at", "total", "done", "phase"):
        op.drop_column("job_run", name)
