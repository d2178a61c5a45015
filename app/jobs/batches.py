"""Write many items in batches of one transaction each, so that one that cannot be written stops no other."""

import traceback
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from app.core.database import BusyError, Engine, Session, write_session
from app.core.logging import get_logger
from app.core.outages import is_outage, said
from app.jobs.lead import LeadLostError
from app.jobs.patience import patiently
from app.jobs.run_log import Unrecorded
from app.services.job_problems import Problem

BATCH = 500  # what one gathering of facts takes
_log = get_logger(__name__)
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a phase wrote, and how many items it could not write."""

    written: int
    failed: int


def apply(
    engine: Engine,
    keys: Sequence[Key],
    phase: str,
    write: Callable[[Session, Sequence[Key]], int],
    log: Unrecorded,
    *,
    size: int = 0,
) -> Tally:
    """Write in batches; a batch that fails goes item by item, and what fails then is put on record.

    `size` is the items of a batch, 0: BATCH; `write` takes some keys in a transaction of their own and returns how much
    it wrote.
    Raises: LeadLostError; BusyError; whatever tells of a database that is gone.
    """
    written = failed = 0
    size = size or BATCH
    log.begin(phase, len(keys))
    for start in range(0, len(keys), size):
        batch = keys[start : start + size]
        try:
            written += _written(engine, batch, write, log)
        except Exception as error:
            if _ends_the_run(error):
                raise
            _log.warning("batch failed, going on item by item", phase=phase, items=len(batch), error=said(error))
            done, lost = _one_by_one(engine, batch, phase, write, log)
            written, failed = written + done, failed + lost
        log.advance(start + len(batch))
    return Tally(written, failed)


def _written(
    engine: Engine, keys: Sequence[Key], write: Callable[[Session, Sequence[Key]], int], log: Unrecorded
) -> int:
    return patiently(partial(_write, engine, keys, write, log))


def _write(engine: Engine, keys: Sequence[Key], write: Callable[[Session, Sequence[Key]], int], log: Unrecorded) -> int:
    with write_session(engine) as session:
        log.check(session)
        return write(session, keys)


def _one_by_one(
    engine: Engine, keys: Sequence[Key], phase: str, write: Callable[[Session, Sequence[Key]], int], log: Unrecorded
) -> tuple[int, int]:
    written = 0
    problems: list[Problem] = []
    for key in keys:
        try:
            written += _written(engine, [key], write, log)
        except Exception as error:
            if _ends_the_run(error):
                raise
            # One traceback for a batch: a thousand items that fail alike must not fill the log, nor wait for it.
            where = "" if problems else "".join(traceback.format_exception(error))
            _log.error("item failed", phase=phase, matter=matter(key), error=said(error), traceback=where)
            problems.append(Problem(phase, matter(key), said(error)))
    log.fail(problems)
    return written, len(problems)


def _ends_the_run(error: Exception) -> bool:
    """Tell whether an error says nothing of the items: they are not to blame, and the next run takes them."""
    return isinstance(error, LeadLostError | BusyError) or is_outage(error)


def matter(key: Hashable) -> str:
    """Return how a key is named: a milestone's id as milestone/7, a tuple joined, a text as it is."""
    if isinstance(key, int):
        return f"milestone/{key}"
    return "/".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
