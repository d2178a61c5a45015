"""An engine with the small ledger's plan, for the tests of jobs."""

import pytest
from sqlalchemy import Engine

from tests.jobs.ledger import lay_plan


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """An engine on a database that holds one plan and no milestone yet."""
    lay_plan(engine)
    return engine
