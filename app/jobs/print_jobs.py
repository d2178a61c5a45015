"""Print in the background, beside the requests: issues, working papers, bound volumes and archives of sheets."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from threading import BoundedSemaphore, Thread

from app.core.clock import Clock
from app.core.database import BusyError, Engine, read_session, write_session
from app.core.logging import get_logger
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.documents import KINDS, DocumentKind
from app.domain.print_jobs import PrintJobKind, PrintJobState
from app.jobs.patience import patiently
from app.models import PrintJob
from app.services import document_issues, official_documents, print_jobs, sheet_bundles
from app.services.document_issues import IssueInput
from app.services.document_numbers import NumberTakenError
from app.services.errors import ConflictError, InputError, Message, RefusedError, msg
from app.services.print_jobs import JobGivenUpError
from app.services.print_problems import print_problem

_AT_ONCE = BoundedSemaphore(2)
_SIGN_EVERY = 5.0  # seconds
_MOST_TRIES = 20  # numbers that others took while the files were written
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Press:
    """What a job prints with: one database, one set of folders, one clock, the address that QR codes lead to."""

    engine: Engine
    settings: Settings
    clock: Clock
    base_url: str
    actor: Actor
    job_id: int
    run: str

    def tick(self, done: int, total: int, at: str) -> None:
        """Tell how far the job is. Raises: JobGivenUpError when it was cancelled."""
        now = self.clock.now()
        with suppress(BusyError):  # the next sign of life will do
            print_jobs.alive(self.engine, self.job_id, self.run, done=done, total=total, at=at, now=now)


def start_job(
    engine: Engine, settings: Settings, clock: Clock, *, base_url: str, actor: Actor, job_id: int, run: str
) -> None:
    """Print the job that was begun in a thread of its own, which ends with the process."""
    press = Press(engine, settings, clock, base_url, actor, job_id, run)
    Thread(target=run_job, args=(press,), daemon=True, name=f"print {run}").start()


def run_job(press: Press) -> None:
    """Print the job that was begun to its end; whatever goes wrong is put on record for its page.

    Two jobs print at once in a process; more wait for their turn, and tell that they live meanwhile.
    """
    with read_session(press.engine) as session:
        job = print_jobs.find(session, press.actor, press.job_id)
        session.expunge(job)
    try:
        while not _AT_ONCE.acquire(timeout=_SIGN_EVERY):
            press.tick(0, job.total, "")
        try:
            _PRINTERS[job.kind](press, job)
        finally:
            _AT_ONCE.release()
    except JobGivenUpError:
        _log.info("print job given up", job_id=press.job_id)
    except InputError as error:
        _fail(press, next(iter(error.problems.values())))
    except RefusedError as error:
        _fail(press, error.message)
    except Exception as error:
        problem = print_problem(error)
        if problem is None:
            _log.exception("print job failed", job_id=press.job_id)
            problem = msg("the program failed here, and nothing was printed; tell the administrator")
        _fail(press, problem)


def _fail(press: Press, message: Message) -> None:
    def fail() -> None:
        with write_session(press.engine) as session:
            now = press.clock.now()
            print_jobs.end(session, press.job_id, press.run, PrintJobState.FAILED, now=now, message=message)

    with suppress(JobGivenUpError):
        patiently(fail)


def _issue(press: Press, job: PrintJob) -> None:
    """Write a checked document's files and issue it with the number that is next when they are written."""
    asked = json.loads(job.wanted)
    signed_on = date.fromisoformat(asked["signed_on"])
    given = IssueInput(asked["series"], asked["signed_by"], signed_on, asked.get("version"))
    assert job.document_id is not None
    for _ in range(_MOST_TRIES):
        with read_session(press.engine) as session:
            prepared = document_issues.prepare(
                session,
                press.actor,
                job.document_id,
                given,
                settings=press.settings,
                base_url=press.base_url,
                now=press.clock.now(),
                tick=press.tick,
            )
        if patiently(lambda ready=prepared: _keep_issue(press, ready)):  # type: ignore[misc]
            return
    raise ConflictError(msg("Other documents took number after number meanwhile; issue this one again."))


def _keep_issue(press: Press, prepared: document_issues.Prepared) -> bool:
    """Put an issue on record and end the job; False: another document took the number."""
    now = press.clock.now()
    try:
        with write_session(press.engine) as session:
            document_issues.keep_issue(session, press.actor, prepared, settings=press.settings, now=now)
            print_jobs.end(
                session, press.job_id, press.run, PrintJobState.DONE, now=now, done=len(prepared.files), at=""
            )
    except NumberTakenError:
        return False
    return True


def _paper(press: Press, job: PrintJob) -> None:
    """Print a working paper in all its formats."""
    asked = json.loads(job.wanted)
    kind = DocumentKind(asked["kind"])
    now = press.clock.now()
    with read_session(press.engine) as session:
        drawn = official_documents.draw(session, press.actor, plan_id=job.plan_id, kind=kind, key=asked["key"], now=now)
    paper = document_issues.set_paper(
        drawn, KINDS[kind].formats, settings=press.settings, base_url=press.base_url, tick=press.tick
    )

    def keep() -> None:
        with write_session(press.engine) as session:
            row = document_issues.print_at_once(session, press.actor, paper, settings=press.settings, now=now)
            print_jobs.end(
                session,
                press.job_id,
                press.run,
                PrintJobState.DONE,
                now=press.clock.now(),
                document_id=row.id,
                done=len(paper.files),
                at="",
            )

    patiently(keep)


def _bundle(press: Press, job: PrintJob) -> None:
    """Print many sheets: bound into one volume, or each a file of one archive."""
    asked = json.loads(job.wanted)
    now = press.clock.now()
    bound = job.kind is PrintJobKind.VOLUME
    with read_session(press.engine) as session:
        sheets = sheet_bundles.draw(
            session, press.actor, job.plan_id, DocumentKind(asked["kind"]), asked["ids"], now=now
        )
    bundle = sheet_bundles.set_bundle(
        sheets, bound=bound, settings=press.settings, base_url=press.base_url, tick=press.tick
    )
    sheet_bundles.store_files(bundle, press.settings)  # ahead of the transaction, which then only names them

    def keep() -> None:
        with write_session(press.engine) as session:
            kept = sheet_bundles.keep(session, press.actor, bundle, settings=press.settings, now=now)
            print_jobs.end(
                session,
                press.job_id,
                press.run,
                PrintJobState.DONE,
                now=press.clock.now(),
                document_id=kept.document_id,
                printout_id=kept.id,
                done=len(sheets.documents),
                total=len(sheets.documents),
                at="",
            )

    patiently(keep)


_PRINTERS: dict[PrintJobKind, Callable[[Press, PrintJob], None]] = {
    PrintJobKind.ISSUE: _issue,
    PrintJobKind.PAPER: _paper,
    PrintJobKind.VOLUME: _bundle,
    PrintJobKind.ARCHIVE: _bundle,
}
