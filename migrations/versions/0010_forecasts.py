"""early warning: the projection of expected completion days

Locks: one new table, nothing that stands is touched, but for the day of the projection: deleting it lets the next start
judge every milestone again, which fills the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "milestone_forecast",
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("earliest_on", sa.Date(), nullable=True),
        sa.Column("latest_on", sa.Date(), nullable=True),
        sa.Column("misses_by_days", sa.Integer(), nullable=False),
        sa.Column(
            "confidence",
            sa.Enum("high", "medium", "low", name="confidence", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("spread_pct", sa.Integer(), nullable=True),
        sa.Column("pace_pp", sa.String(length=40), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_forecast_milestone_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_milestone_forecast_plan_id")),
        sa.PrimaryKeyConstraint("milestone_id", name=op.f("pk_milestone_forecast")),
    )
    op.create_index(
        "ix_milestone_forecast_misses", "milestone_forecast", ["misses_by_days", "milestone_id"], unique=False
    )
    op.create_index(
        "ix_milestone_forecast_plan_misses",
        "milestone_forecast",
        ["plan_id", "misses_by_days", "milestone_id"],
        unique=False,
    )
    op.execute("DELETE FROM projection_day")


def downgrade() -> None:
    op.drop_table("milestone_forecast")
