"""dossiers of cases in the register of printed documents

Locks: two new columns without a default and one index on `printout`, a short table of documents that were printed.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE printout ADD COLUMN case_id INTEGER "
        "CONSTRAINT fk_printout_case_id REFERENCES accountability_case (id)"
    )
    op.execute("ALTER TABLE printout ADD COLUMN number INTEGER")
    op.create_index("ix_printout_case_id", "printout", ["case_id", "number"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_printout_case_id", table_name="printout")
    op.execute("ALTER TABLE printout DROP COLUMN number")
    op.execute("ALTER TABLE printout DROP COLUMN case_id")
