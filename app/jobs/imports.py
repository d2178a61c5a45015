"""Run the steps of an import beside the requests: check a file, write what it changes, take it back."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

from app.core.clock import Clock
from app.core.database import BusyError, Engine, read_session, write_session
from app.core.files import stored_path
from app.core.logging import get_logger
from app.domain.access import Actor
from app.domain.imports import ImportState
from app.jobs.patience import patiently
from app.models import PlanImport
from app.services import import_steps, import_writing
from app.services.errors import RefusedError, msg
from app.services.import_archive import UnreadableFileError
from app.services.import_checking import check, count_rows
from app.services.import_mapping import mapping_of
from app.services.import_reading import Workbook
from app.services.import_record import read_record

_log = get_logger(__name__)
_SIGN_EVERY = timedelta(seconds=1)


def start_step(
    engine: Engine, folder: Path, clock: Clock, *, import_id: int, run: str, actor: Actor, reason: str = ""
) -> None:
    """Run the step that was begun in a thread of its own, which ends with the process."""
    values = {"import_id": import_id, "run": run, "actor": actor, "reason": reason}
    Thread(target=run_step, args=(engine, folder, clock), kwargs=values, daemon=True, name=f"import {run}").start()


def run_step(
    engine: Engine, folder: Path, clock: Clock, *, import_id: int, run: str, actor: Actor, reason: str = ""
) -> None:
    """Run the step that was begun to its end; whatever goes wrong is put on record for the page."""
    with read_session(engine) as session:
        item = import_steps.the_import(session, import_id)
    state = item.state
    back = {ImportState.UNDOING: ImportState.DONE}.get(state, ImportState.FAILED)
    try:
        if state is ImportState.CHECKING:
            _check(engine, folder, clock, item, run)
        elif state is ImportState.WRITING:
            patiently(lambda: import_writing.write(engine, actor, import_id, run, now=clock.now()))
        else:
            patiently(lambda: import_writing.undo(engine, actor, import_id, run, reason=reason, now=clock.now()))
    except import_steps.GivenUpError:
        _log.info("import step given up", import_id=import_id, state=state)
    except UnreadableFileError as error:
        _end(engine, import_id, run, ImportState.REFUSED, import_steps.message_text(error.message))
    except RefusedError as error:
        _end(engine, import_id, run, back, import_steps.message_text(error.message))
    except Exception:
        _log.exception("import step failed", import_id=import_id, state=state)
        sentence = msg("the program failed here, and nothing was written; tell the administrator")
        _end(engine, import_id, run, back, import_steps.message_text(sentence))


def _end(engine: Engine, import_id: int, run: str, state: ImportState, message: str) -> None:
    def end() -> None:
        with write_session(engine) as session:
            import_steps.end(session, import_id, run, state, message=message)

    try:
        patiently(end)
    except import_steps.GivenUpError:
        _log.info("import step given up", import_id=import_id, state=state)


def _check(engine: Engine, folder: Path, clock: Clock, item: PlanImport, run: str) -> None:
    assert item.id is not None
    import_id, mapping = item.id, mapping_of(item.mapping)
    content = stored_path(folder, item.sha256).read_bytes()
    with read_session(engine) as session:
        record = read_record(session, item.plan_id)
    with Workbook(content) as workbook:
        total = count_rows(workbook, mapping)
        patiently(lambda: _announce(engine, import_id, run, total))
        found = check(workbook, mapping, record, _ticker(engine, import_id, run, clock))
    patiently(lambda: import_steps.keep_findings(engine, import_id, run, found, now=clock.now()))
    counts = {
        "added": sum(change.before is None for change in found.changes),
        "changed": sum(change.before is not None and change.after is not None for change in found.changes),
        "removed": sum(change.after is None for change in found.changes),
        "same": found.same,
        "errors": found.findings.errors,
        "warnings": found.findings.warnings,
        "checked_number": record.number,
        "rows_done": total,
    }
    state = ImportState.REFUSED if found.findings.errors else ImportState.READY

    def end() -> None:
        with write_session(engine) as session:
            import_steps.end(session, import_id, run, state, **counts)

    patiently(end)


def _announce(engine: Engine, import_id: int, run: str, total: int) -> None:
    with write_session(engine) as session:
        item = import_steps.the_import(session, import_id)
        if item.run != run:
            raise import_steps.GivenUpError
        item.rows_total, item.rows_done = total, 0


def _ticker(engine: Engine, import_id: int, run: str, clock: Clock) -> Callable[[int], None]:
    """Return what tells the page how far the check is, at most once a second."""
    last: datetime | None = None

    def tick(done: int) -> None:
        nonlocal last
        now = clock.now()
        if last is None or now - last >= _SIGN_EVERY:
            last = now
            with suppress(BusyError):  # the next sign of life will do
                import_steps.alive(engine, import_id, run, done=done, now=now)

    return tick
