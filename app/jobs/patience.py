"""Wait for a database that another writer keeps."""

from collections.abc import Callable
from typing import TypeVar

from app.core.database import BusyError

TRIES = 24  # of five seconds each: longer than the largest import is written
Result = TypeVar("Result")


def patiently(step: Callable[[], Result]) -> Result:
    """Run a step again while another writer keeps the database; a step that met one has written nothing.

    Raises: BusyError when that takes two minutes.
    """
    for _ in range(TRIES - 1):
        try:
            return step()
        except BusyError:
            continue
    return step()
