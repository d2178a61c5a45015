"""Run migrations on SQLite and PostgreSQL, each revision as one transaction."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import app.models  # noqa: F401  registers every table
from app.core.database import WRITE, make_engine
from app.core.settings import Settings
from app.models.types import ExactDecimal, UtcDateTime

# One arbitrary number for all who migrate this database at the same time.
_LOCK = 7_251_101


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own column types as the plain types that hold them."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.Text()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, ExactDecimal):
        return "sa.String(length=40)"
    return False


def run() -> None:
    """Migrate under a lock; on SQLite with foreign keys off, and checked before the commit."""
    url = context.config.attributes.get("url") or Settings().effective_database_url
    engine = make_engine(url)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:
            # The pragma does nothing inside a transaction, so it goes to the driver's own connection.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        connection = connection.execution_options(**{WRITE: True})
        with connection.begin():
            if not sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            context.configure(
                connection=connection,
                target_metadata=SQLModel.metadata,
                render_item=render_item,
                render_as_batch=True,
                compare_type=False,
                transactional_ddl=True,
            )
            context.run_migrations()
            if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                raise RuntimeError(f"migration leaves rows without their parent: {broken[:5]}")
    engine.dispose()


run()
