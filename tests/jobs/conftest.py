"""An engine with the small ledger's plan, for the tests of jobs."""

import pytest
from sqlalchemy import Engine

from app.core import logging
from app.core.settings import Settings
from tests.jobs.ledger import lay_plan


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """An engine on a database that holds one plan and no milestone yet."""
    lay_plan(engine)
    return engine


@pytest.fixture(autouse=True)
def log_plainly() -> None:
    """Log as the program does: without it a traceback is drawn with every value, for longer than a lease lasts."""
    logging.configure(Settings())
