"""What a person sees of a milestone's closing and may do about it: what stands in the way, and the steps possible."""

from dataclasses import dataclass
from datetime import date

from app.core.clock import local_day
from app.core.database import Session
from app.domain.access import Action, may
from app.domain.closings import (
    NOTICE_WORKING_DAYS,
    Closable,
    Ground,
    GroundFinding,
    TargetFinding,
    circumstances,
    claims_behind,
    is_reopened,
    is_running,
    may_close,
    notice,
    target_findings,
    unmet,
    waiver,
)
from app.domain.decisions import DONE, OPEN, may_decide
from app.domain.history import claims_of_parts
from app.domain.vocabulary import DecisionKind
from app.domain.working_days import WorkingDay
from app.queries import calendars, closings
from app.queries.closings import DecisionMark
from app.queries.milestone_page import DecisionRow, MilestonePage, ReportRow, TargetRow
from app.web.deps import Visitor

ACTIONS = {
    DecisionKind.CLOSE_OUT: Action.CLOSE_OUT,
    DecisionKind.PUBLIC_NOTICE: Action.CLOSE_OUT,
    DecisionKind.WAIVE_TARGETS: Action.WAIVE_TARGETS,
    DecisionKind.REOPEN: Action.CLOSE_OUT,
    DecisionKind.RECHECK_FAILED: Action.RECHECK,
    DecisionKind.RECHECK_PASSED: Action.RECHECK,
    DecisionKind.WITHDRAW: Action.CLOSE_OUT,
    DecisionKind.CONFIRM_HISTORY: Action.CONFIRM_HISTORY,
    DecisionKind.TAKE_UP: Action.CONFIRM_HISTORY,
    DecisionKind.TAKE_BACK: Action.CONFIRM_HISTORY,
}
_CLOSINGS = frozenset({DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY})


@dataclass(frozen=True, slots=True)
class NoticePart:
    """A public notice of the claim that waits; `end` says whether its last day is counted provisionally.

    `version`: of the calendar that it was counted by.
    """

    end: WorkingDay
    version: int
    running: bool


@dataclass(frozen=True, slots=True)
class ClosingPart:
    """The closings of a milestone; no `grounds`: it is not open, `unclaimed`: units that have not claimed their part.

    `ready`: what the office cannot bring along itself holds; `would_be`: a notice of today, None: it is not possible.
    """

    grounds: tuple[GroundFinding, ...]
    targets: tuple[tuple[TargetRow, TargetFinding], ...]
    claims: tuple[ReportRow, ...]
    unclaimed: tuple[str, ...]
    notice: NoticePart | None
    would_be: NoticePart | None
    waiver: DecisionRow | None
    closings: tuple[DecisionRow, ...]
    reopened: bool
    marks: dict[int, DecisionMark]
    steps: frozenset[DecisionKind]
    ready: bool
    batch_id: str | None
    number: str | None  # of the closing in force

    @property
    def decides(self) -> bool:
        """Tell whether this person may turn the second key, or let the targets go."""
        return bool(self.steps & {DecisionKind.CLOSE_OUT, DecisionKind.PUBLIC_NOTICE, DecisionKind.WAIVE_TARGETS})

    @property
    def goes_on(self) -> bool:
        """Tell whether there is any other step that this person may take."""
        others = self.steps - {DecisionKind.CLOSE_OUT, DecisionKind.PUBLIC_NOTICE, DecisionKind.WAIVE_TARGETS}
        return bool(others)


def of_page(session: Session, visitor: Visitor, page: MilestonePage, today: date) -> ClosingPart:
    """Return what a milestone's page shows of its closing."""
    assert page.milestone.id is not None
    is_open = page.finding.standing in OPEN
    item = closings.closable(session, page.milestone.id, page.facts) if is_open else Closable(page.facts)
    marks = closings.decision_marks(session, page.milestone.id) if page.decisions else {}
    findings = {finding.target_id: finding for finding in target_findings(item)}
    behind = {claim.id for claim in claims_behind(page.facts)}
    grounds = _grounds(item, visitor, today) if is_open else ()
    last = page.decisions[0] if page.decisions else None
    steps = _steps(visitor, page, today, is_waivable=bool(unmet(list(findings.values()))))
    return ClosingPart(
        grounds=grounds,
        targets=tuple((row, findings[row.id]) for row in page.targets if row.id in findings),
        claims=tuple(row for row in reversed(page.reports) if row.id in behind),
        unclaimed=_unclaimed(page) if is_open else (),
        notice=_notice(session, page, marks, today),
        would_be=_would_be(session, page, today) if DecisionKind.PUBLIC_NOTICE in steps else None,
        waiver=_row_of_waiver(page) if is_open else None,
        closings=tuple(row for row in reversed(page.decisions) if row.kind in _CLOSINGS and _stands(page, row)),
        reopened=is_reopened(page.facts, page.finding.standing),
        marks=marks,
        steps=steps,
        ready=bool(grounds) and all(found.holds for found in grounds if found.ground is not Ground.EVIDENCE),
        batch_id=marks[last.id].batch_id if last else None,
        number=_number(page, marks) if page.finding.standing in DONE else None,
    )


def _number(page: MilestonePage, marks: dict[int, DecisionMark]) -> str | None:
    """Return the number of the last closing; None: history confirmed."""
    last = next((row for row in page.decisions if row.kind in _CLOSINGS), None)
    return marks[last.id].number if last else None


def _grounds(item: Closable, visitor: Visitor, today: date) -> tuple[GroundFinding, ...]:
    """Return the grounds as far as they are worth a line: to whom the second key belongs, and where there are any."""
    shown = {Ground.CLAIMED, Ground.EVIDENCE}
    if may(visitor.role, Action.CLOSE_OUT) and item.authors:
        shown.add(Ground.SECOND_PERSON)
    if item.targets:
        shown.add(Ground.TARGETS)
    if notice(item.facts):
        shown.add(Ground.NOTICE)
    found = may_close(item, visitor.actor.account_id, today)
    return tuple(finding for finding in found if finding.ground in shown)


def _unclaimed(page: MilestonePage) -> tuple[str, ...]:
    """Return the units that have not claimed their part, once one of them has."""
    claims = claims_of_parts(page.facts)
    if not any(claims.values()):
        return ()
    names = {unit.organization_id: unit.short_name for unit in page.units}
    return tuple(names.get(unit, "") for unit, claim in claims.items() if claim is None)


def _notice(session: Session, page: MilestonePage, marks: dict[int, DecisionMark], today: date) -> NoticePart | None:
    given = notice(page.facts)
    if given is None or given.notice_until_on is None:
        return None
    row = next(row for row in page.decisions if row.kind is DecisionKind.PUBLIC_NOTICE)  # the latest one
    version = marks[row.id].calendar_version or 0
    calendar = calendars.calendar_for(session, page.milestone.plan_id, version=version)
    counted = calendar.working_days_after(local_day(given.recorded_at), NOTICE_WORKING_DAYS)
    # The day on record holds, whatever the calendar said since.
    return NoticePart(WorkingDay(given.notice_until_on, counted.provisional), version, is_running(given, today))


def _would_be(session: Session, page: MilestonePage, today: date) -> NoticePart:
    """Return a public notice that starts today."""
    calendar = calendars.calendar_for(session, page.milestone.plan_id)
    return NoticePart(calendar.working_days_after(today, NOTICE_WORKING_DAYS), calendar.version, running=True)


def _row_of_waiver(page: MilestonePage) -> DecisionRow | None:
    if waiver(page.facts) is None:
        return None
    return next(row for row in page.decisions if row.kind is DecisionKind.WAIVE_TARGETS)


def _stands(page: MilestonePage, row: DecisionRow) -> bool:
    """Tell whether a closing was not taken back as said of history in error."""
    if row.kind is DecisionKind.CLOSE_OUT:
        return True
    later = (other for other in reversed(page.decisions) if other.id > row.id)
    return not any(other.kind is DecisionKind.TAKE_BACK for other in later)


def _steps(visitor: Visitor, page: MilestonePage, today: date, *, is_waivable: bool) -> frozenset[DecisionKind]:
    """Return the steps that this person may take on the milestone as it stands."""
    around = circumstances(page.facts, today)
    return frozenset(
        kind
        for kind, action in ACTIONS.items()
        if may(visitor.role, action)
        and may_decide(kind, page.finding.standing, circumstances=around)
        and (kind is not DecisionKind.WAIVE_TARGETS or is_waivable)
    )
