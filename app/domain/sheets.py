"""Sheets (一县一表、一单位一表), the two ledgers, certificate and dossier list: the facts of each, at a cut-off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain.charts import Trajectory
from app.domain.circular_cases import CaseRow
from app.domain.circular_projects import ProjectRow
from app.domain.circulars import MilestoneRow, TargetRow
from app.domain.rectifications import UNSETTLED, RectificationState
from app.domain.targets import Verdict
from app.domain.vocabulary import Comparator, MilestoneKind, Standing, Timeliness, UnitRole

# Where nothing is left to do for the time being.
SETTLED = frozenset({Standing.CLOSED, Standing.REGRESSED, Standing.WITHDRAWN})
NEXT_SHOWN = 5  # milestones shown as due next
COURSE, CHARTED = 3, 2  # values that make a course, and courses drawn at most


@dataclass(frozen=True, kw_only=True)
class SheetHead:
    """The plan that a sheet belongs to, and until when its facts were known."""

    plan_title: str
    plan_short_title: str
    plan_document_number: str | None
    office: str
    area: str
    on: date
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SheetMilestone(MilestoneRow):
    """A milestone of a sheet; `closing_number` None: not closed, or without a number."""

    kind: MilestoneKind
    original_timeliness: Timeliness | None = None
    closing_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpenAlert:
    """An alert in force; `about` a milestone's title or a reporting period, `units` are asked for an answer.

    `raised_on` is the day on which it went out, which may come after the day its rule was met.
    `reply_due_on` None: no answer is asked for. `answered_on` None: not answered.
    """

    id: int
    measure: str
    about: str
    units: tuple[str, ...]
    raised_on: date
    reply_due_on: date | None
    answered_on: date | None

    def days_late(self, on: date) -> int:
        """Return days past the limit while an answer is awaited."""
        awaited = self.reply_due_on is not None and self.answered_on is None
        return max(0, (on - self.reply_due_on).days) if awaited and self.reply_due_on else 0


@dataclass(frozen=True, kw_only=True)
class MissingReports:
    """Reports of one period that a unit owes and has not handed in; `items` are the clauses of their milestones."""

    period: str
    kind: str
    timely_until_on: date
    count: int
    items: tuple[str, ...]

    def days_late(self, on: date) -> int:
        """Return days past the last day on which they were in time."""
        return max(0, (on - self.timely_until_on).days)


@dataclass(frozen=True, kw_only=True)
class ExtensionLine:
    """A request for an extension; `granted_due_on` None: not granted."""

    milestone: str
    asked_on: date
    asked_from_on: date
    proposed_due_on: date
    state: str
    granted_due_on: date | None


@dataclass(frozen=True, kw_only=True)
class RectificationLine:
    """An item of the rectification ledger; `verified_by` None: not accepted, `follow_up` "": no check is on file."""

    id: int
    milestone_id: int
    organization_id: int
    place: str
    unit: str
    person: str
    source: str
    case_number: str | None
    problem: str
    measure: str
    first_due_on: date
    due_on: date
    state: RectificationState
    progress: str
    done_on: date | None
    settled_on: date | None
    verified_by: str | None
    follow_up: str
    follow_up_on: date | None
    days_late: int

    @property
    def open(self) -> bool:
        """Tell whether it is neither accepted nor taken back."""
        return self.state in UNSETTLED


@dataclass(frozen=True, kw_only=True)
class CountySheetFacts:
    """What one place has in a plan; `shared` are tasks of the wider area for which units of the place answer.

    `units` are the units that answer for the milestones set at the place, under their full names.
    """

    head: SheetHead
    place: str
    units: tuple[str, ...]
    milestones: tuple[SheetMilestone, ...]
    shared: tuple[SheetMilestone, ...]
    targets: tuple[TargetRow, ...]
    trajectories: tuple[Trajectory, ...]
    projects: tuple[ProjectRow, ...]
    alerts: tuple[OpenAlert, ...]
    cases: tuple[CaseRow, ...]
    items: tuple[RectificationLine, ...]

    @property
    def recognition(self) -> SheetMilestone | None:
        """Return the recognition still ahead, or the last one; None: the plan sets none for the place."""
        found = [row for row in self.milestones if row.kind is MilestoneKind.RECOGNITION]
        running = (row for row in found if row.standing not in SETTLED)
        return next(running, found[-1] if found else None)


@dataclass(frozen=True, kw_only=True)
class UnitTask:
    """A milestone for which a unit answers; `leads`: it is the first named, and speaks for the whole."""

    row: SheetMilestone
    role: UnitRole
    leads: bool


@dataclass(frozen=True, kw_only=True)
class UnitSheetFacts:
    """What one unit owes under a plan, by due date."""

    head: SheetHead
    unit: str
    tasks: tuple[UnitTask, ...]
    missing: tuple[MissingReports, ...]
    alerts: tuple[OpenAlert, ...]
    cases: tuple[CaseRow, ...]
    items: tuple[RectificationLine, ...]
    extensions: tuple[ExtensionLine, ...]

    def of_role(self, role: UnitRole) -> tuple[UnitTask, ...]:
        """Return the tasks that it has in a role."""
        return tuple(task for task in self.tasks if task.role is role)


@dataclass(frozen=True, kw_only=True)
class LedgerItem:
    """An item of the two ledgers: one target of one place; `files` back the report that gave its value."""

    target: TargetRow
    files: int
    reason: str  # why it was not assessed; "" when it was


@dataclass(frozen=True, kw_only=True)
class TwoLedgerFacts:
    """Every target of a plan, each once, held against its value at the cut-off."""

    head: SheetHead
    items: tuple[LedgerItem, ...]

    def of(self, verdict: Verdict) -> tuple[LedgerItem, ...]:
        """Return the items of a verdict."""
        return tuple(item for item in self.items if item.target.verdict is verdict)


@dataclass(frozen=True, kw_only=True)
class RectificationLedgerFacts:
    """Every rectification item of a plan that was assigned by the cut-off."""

    head: SheetHead
    items: tuple[RectificationLine, ...]


@dataclass(frozen=True, kw_only=True)
class ProofFile:
    """A file that proves a result: whose, when handed in, and the hash of its bytes."""

    filename: str
    backs: str
    handed_in_on: date
    sha256: str


@dataclass(frozen=True, kw_only=True)
class NoticeFacts:
    """A public notice: from the day after it was given to its last day; `days` are working days, None: not known."""

    from_on: date
    until_on: date
    days: int | None


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """One closing as it was recorded, and what became of it by the cut-off.

    `verdicts` are the accepted values that the closing rests on; `waiver` None: none was needed. `regressed_on` None:
    the result holds.
    """

    head: SheetHead
    number: str
    milestone: SheetMilestone
    units: tuple[str, ...]
    detail: str
    reached_on: date | None
    closed_on: date
    claimed_by: str
    claimed_on: date | None
    verified_by: str
    finding: str
    document_number: str | None
    verdicts: tuple[TargetRow, ...]
    waiver: str | None
    waived_by: str | None
    waiver_number: str | None
    notice: NoticeFacts | None
    files: tuple[ProofFile, ...]
    regressed_on: date | None


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """A paper in the file of a case; `number` None: it has none."""

    on: date
    name: str
    by: str
    number: str | None


@dataclass(frozen=True, kw_only=True)
class CaseFileFacts:
    """The cover of a case's paper file and what lies in it, in order."""

    head: SheetHead
    case_number: str
    unit: str
    milestones: tuple[str, ...]
    opened_on: date
    stage: str
    measures: tuple[str, ...]
    closed_on: date | None
    papers: tuple[PaperRow, ...]
    files: tuple[ProofFile, ...]


def due_next(rows: Iterable[SheetMilestone], on: date) -> tuple[SheetMilestone, ...]:
    """Return what falls due next after a day, the nearest first, at most NEXT_SHOWN."""
    ahead = sorted(
        (row for row in rows if row.effective_due_on > on and row.standing not in SETTLED),
        key=lambda row: (row.effective_due_on, row.id),
    )
    return tuple(ahead[:NEXT_SHOWN])


def lagging(facts: CountySheetFacts) -> tuple[Trajectory, ...]:
    """Return the indicators that miss a target and were measured often enough to show a course, at most CHARTED."""
    missed = {(row.indicator_code, row.stage_label) for row in facts.targets if row.verdict is Verdict.UNMET}
    found = (one for one in facts.trajectories if (one.code, one.stage) in missed and len(one.measured) >= COURSE)
    return tuple(found)[:CHARTED]


def gap(row: TargetRow) -> Decimal | None:
    """Return how far a measured value is from its target, in the target's unit; None: reached, or nothing to tell."""
    if row.verdict is not Verdict.UNMET or row.measured is None or row.is_boolean:
        return None
    if row.comparator in (Comparator.AT_MOST, Comparator.LESS_THAN):
        return row.measured - row.target
    return abs(row.target - row.measured)
