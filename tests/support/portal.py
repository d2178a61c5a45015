"""One event loop for all browsers of a test process: a loop and its threads for each request take longer than most."""

from contextlib import ExitStack
from functools import cache

from anyio.from_thread import BlockingPortal, start_blocking_portal

_opened = ExitStack()


@cache
def portal() -> BlockingPortal:
    """Return the portal to the loop, which runs from the first call until `close`."""
    return _opened.enter_context(start_blocking_portal())


def close() -> None:
    """End the loop and its threads."""
    _opened.close()
    portal.cache_clear()
