"""Bring a database to the newest schema, and tell which schema it has.

Alembic is imported only when there is something to do: every command starts here, and most find nothing.
"""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.core.database import Engine, Session, make_engine, read_session
from app.core.files import project_dir

if TYPE_CHECKING:
    from alembic.config import Config


class NewerSchemaError(Exception):
    """The database was migrated by a newer release than this one."""


def alembic_config(url: str) -> "Config":
    """Return alembic's configuration for a database address."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(project_dir("migrations")))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database to a revision; safe when several processes start at once.

    Raises: NewerSchemaError when the database is ahead of this code.
    """
    if revision == "head" and _is_current(url):
        return
    from alembic import command

    command.upgrade(alembic_config(url), revision)


def newest_revision() -> str:
    """Return the revision this code was written for; revisions are files named 0001_what.py, 0002_what.py …"""
    return max(path.name.partition("_")[0] for path in (project_dir("migrations") / "versions").glob("[0-9]*_*.py"))


def stored_revision(session: Session) -> str | None:
    """Return the revision a database is at; None before the first migration."""
    if not sa.inspect(session.connection()).has_table("alembic_version"):
        return None
    revision: str | None = session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


def _is_current(url: str) -> bool:
    engine: Engine = make_engine(url)
    try:
        with read_session(engine) as session:
            stored, newest = stored_revision(session), newest_revision()
    finally:
        engine.dispose()
    if stored is not None and stored > newest:
        raise NewerSchemaError(
            f"the database has schema {stored}, this release only {newest}: install the newer release"
        )
    return stored == newest
