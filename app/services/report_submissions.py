"""Submit what was drafted, or that nothing has changed: one report or many, all or none."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.periods import OwedState
from app.domain.vocabulary import ExpectedKind
from app.queries.owed_reports import OwedFilter, OwedRow, list_owed, owed
from app.queries.report_forms import drafts_of
from app.services import report_drafts, reports, standing_changes
from app.services.errors import ConflictError, InputError, Message, NotFoundError, RefusedError, msg
from app.services.evidence import StoredUpload
from app.services.report_drafts import OvertakenError
from app.services.report_fields import read_report
from app.services.reports import ReportInput
from app.services.standing_changes import MilestoneFact
from app.services.turns import take_turn

MOST_AT_ONCE = 500
NOT_NEEDED = msg("This report is not needed any more: the milestone is closed, withdrawn or awaits verification.")
CLOSED = msg("This period is closed for entry. Ask the office to open it for your unit; what you wrote is kept.")


class BatchRejectedError(InputError):
    """Several reports were to be submitted, and none was; `rows` holds the problems by expected report and field."""

    def __init__(self, rows: Mapping[int, Mapping[str, Message]]) -> None:
        super().__init__({"drafts": msg("%(count)s reports cannot be submitted; none was", count=len(rows))})
        self.rows = {key: dict(problems) for key, problems in rows.items()}


def submit(session: Session, actor: Actor, expected_id: int, *, seen: str, now: datetime) -> None:
    """Submit one draft as it was saved. Raises: NotFoundError, OvertakenError, InputError naming each field."""
    take_turn(session)
    row = report_drafts.row_of(session, actor, expected_id, local_day(now))
    if row.mark != seen:
        raise OvertakenError(drafts_of(session, [expected_id]).get(expected_id), row.mark)
    try:
        submit_all(session, actor, {expected_id: seen}, now=now)
    except BatchRejectedError as error:
        raise InputError(error.rows[expected_id]) from error


def submit_all(session: Session, actor: Actor, wanted: Mapping[int, str], *, now: datetime) -> int:
    """Submit the drafts of several expected reports, all or none, and return how many; the marks seen by their ids.

    Raises: NotFoundError; BatchRejectedError, also for drafts that changed meanwhile.
    """
    take_turn(session)
    _refuse_many(wanted)
    today = local_day(now)
    rows = owed(session, actor.scope, list(wanted), today)
    drafts = drafts_of(session, [row.id for row in rows])
    if len(rows) < len(wanted):
        raise NotFoundError(msg("There is no such report among those that you owe."))
    problems: dict[int, dict[str, Message]] = {}
    added: list[MilestoneFact] = []
    for row in rows:
        draft = drafts.get(row.id)
        if draft is None or row.mark != wanted[row.id]:
            problems[row.id] = {"mark": msg("somebody else changed this draft meanwhile")}
            continue
        given, problems[row.id] = read_report(draft.typed, today, expected_id=row.id)
        files = [StoredUpload(file.filename, file.media_type, file.size, file.sha256) for file in draft.files]
        added += _append(session, actor, row, given, files, problems[row.id], now)
    _finish(session, actor, problems, added, now)
    report_drafts.delete(session, drafts.values())
    return len(added)


def report_no_change(session: Session, actor: Actor, expected_ids: Collection[int], *, now: datetime) -> int:
    """Hand in zero reports, all or none, and return how many: nothing has changed since the last report.

    What has a draft, or was handed in meanwhile, is refused. Raises: NotFoundError, BatchRejectedError.
    """
    take_turn(session)
    _refuse_many(expected_ids)
    today = local_day(now)
    rows = owed(session, actor.scope, list(expected_ids), today)
    if len(rows) < len(set(expected_ids)):
        raise NotFoundError(msg("There is no such report among those that you owe."))
    problems: dict[int, dict[str, Message]] = {}
    added: list[MilestoneFact] = []
    for row in rows:
        problems[row.id] = {}
        if row.state not in (OwedState.MISSING, OwedState.RETURNED, OwedState.NOT_NEEDED):
            problems[row.id]["mark"] = msg("this one was written or handed in meanwhile; look at it")
        given = zero_report(row, today)
        added += _append(session, actor, row, given, (), problems[row.id], now)
    _finish(session, actor, problems, added, now)
    return len(added)


def zero_report(row: OwedRow, today: date) -> ReportInput:
    """Return a report that nothing has changed, on the period's last day or today."""
    return ReportInput(
        reported_on=min(today, row.period.last_on),
        share_pct=None,
        summary="",
        claims_completion=False,
        reached_on=None,
        values={},
        no_change=True,
        expected_id=row.id,
    )


def the_rest(session: Session, actor: Actor, period_id: int | None, today: date) -> list[int]:
    """Return the progress reports of which nothing is written yet, in a period or in all open ones; no rechecks."""
    found = list_owed(session, actor.scope, OwedFilter(OwedState.MISSING, period_id), today, limit=None)
    return [row.id for row in found.rows if row.kind is ExpectedKind.PROGRESS]


def all_drafts(session: Session, actor: Actor, period_id: int | None, today: date) -> dict[int, str]:
    """Return the mark of every draft that waits to be submitted, in a period or in all open ones."""
    found = list_owed(session, actor.scope, OwedFilter(OwedState.DRAFT, period_id), today, limit=None)
    return {row.id: row.mark for row in found.rows}


def _append(
    session: Session,
    actor: Actor,
    row: OwedRow,
    given: ReportInput,
    files: Sequence[StoredUpload],
    problems: dict[str, Message],
    now: datetime,
) -> list[MilestoneFact]:
    """Append one report of several, unless it has problems; what is wrong with it goes into them."""
    if row.state is OwedState.NOT_NEEDED:
        problems["mark"] = NOT_NEEDED
    elif row.period.open_until_on is None:
        problems["mark"] = CLOSED
    if problems:
        return []
    try:
        _, fact = reports.append(session, actor, row.milestone_id, given, files, now=now)
    except InputError as error:
        problems.update(error.problems)
    except RefusedError as error:
        problems["mark"] = error.message
    else:
        return [fact]
    return []


def _finish(
    session: Session,
    actor: Actor,
    problems: Mapping[int, Mapping[str, Message]],
    added: Sequence[MilestoneFact],
    now: datetime,
) -> None:
    if wrong := {key: found for key, found in problems.items() if found}:
        raise BatchRejectedError(wrong)
    if added:
        standing_changes.record(session, actor, added, now=now)


def _refuse_many(wanted: Collection[int]) -> None:
    if len(wanted) > MOST_AT_ONCE:
        raise ConflictError(msg("At most %(count)s reports at once; choose a period first.", count=MOST_AT_ONCE))
