"""Everything about one milestone for its page: targets with their latest values, reports, decisions, evidence."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.standing import MilestoneFacts, Policy, StandingFinding, judge
from app.domain.targets import Verdict, target_progress, verdict
from app.domain.vocabulary import (
    Comparator,
    DecisionKind,
    DueCause,
    IndicatorGroup,
    Precision,
    SchoolStage,
    ValueType,
)
from app.models import (
    Account,
    DueDate,
    Evidence,
    Indicator,
    Milestone,
    MilestoneDecision,
    MilestoneGovernor,
    MilestoneNeed,
    MilestoneStanding,
    Organization,
    Place,
    Plan,
    Project,
    Report,
    ReportValue,
    Stage,
    Target,
)
from app.queries import facts, plans
from app.queries.measurements import latest_values
from app.queries.milestones import LedgerFilter, UnitRow, narrow, units_of
from app.queries.unit_scope import may_read_one_of


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target with the latest value reported for it; `value` None: not assessed."""

    value: Decimal | None
    measured_on: date | None
    id: int
    code: str
    name: str
    group: IndicatorGroup
    value_type: ValueType
    stage: SchoolStage | None
    comparator: Comparator
    target: Decimal
    unit: str
    clause: str | None
    note: str | None
    baseline: Decimal | None = None
    retired: bool = False  # out of force since a revision, kept because it was measured

    @property
    def verdict(self) -> Verdict:
        """What the latest value says of the target."""
        return verdict(self.comparator, self.target, self.value)

    @property
    def progress_pct(self) -> Decimal | None:
        """How much of the way from its baseline it has gone; None: not assessed, or no baseline is given."""
        return target_progress(self.value, self.baseline, self.target)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A file on record."""

    id: int
    filename: str
    media_type: str
    size: int
    report_id: int | None
    decision_id: int | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report on record with its values as (target id, value) and its files."""

    values: tuple[tuple[int, Decimal], ...]
    files: tuple[EvidenceRow, ...]
    id: int
    recorded_at: datetime
    reported_on: date
    author: str
    organization: str | None
    share_pct: Decimal | None
    summary: str
    claims_completion: bool
    reached_on: date | None
    speaks_for_whole: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision on record with its files."""

    files: tuple[EvidenceRow, ...]
    id: int
    recorded_at: datetime
    kind: DecisionKind
    author: str
    report_id: int | None
    reached_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class DueRow:
    """A later version of the due date; `due_phrase` and `document_number` None: as before, and by no document."""

    version: int
    due_on: date
    cause: DueCause
    due_phrase: str | None
    due_precision: Precision | None
    alternative_due_on: date | None
    document_number: str | None
    reason: str
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class RelatedMilestone:
    """A milestone that states the same goal; `governs` it is the one whose date counts."""

    governs: bool
    id: int
    title: str
    clause: str
    effective_due_on: date


@dataclass(frozen=True, slots=True)
class NeededProject:
    """A project without which the milestone's targets cannot be reached, and when it is done."""

    id: int
    name: str
    end_year: int


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """What the page of one milestone shows."""

    units: tuple[UnitRow, ...]
    targets: tuple[TargetRow, ...]
    former_targets: tuple[TargetRow, ...]  # not in force any more, but measured
    reports: tuple[ReportRow, ...]  # newest first
    decisions: tuple[DecisionRow, ...]  # newest first
    dues: tuple[DueRow, ...]
    related: tuple[RelatedMilestone, ...]  # the same goal stated elsewhere
    needs: tuple[NeededProject, ...]
    facts: MilestoneFacts
    policy: Policy
    finding: StandingFinding
    milestone: Milestone
    plan: Plan
    place_name: str
    stage: Stage | None
    project: Project | None

    def names(self, scope: Scope) -> bool:
        """Tell whether it binds a person's own unit, or the person acts for no unit; a supervisor only reads."""
        return scope.organization_id in {None, *(unit.organization_id for unit in self.units)}


def show_milestone(session: Session, scope: Scope, milestone_id: int, today: date) -> MilestonePage | None:
    """Return one milestone with its history as of today; None when it does not exist or lies out of scope."""
    row = session.execute(
        sa.select(Milestone, Plan, col(Place.name), Stage, Project)
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .outerjoin(Stage, col(Stage.id) == col(Milestone.stage_id))
        .outerjoin(Project, col(Project.id) == col(Milestone.project_id))
        .where(col(Milestone.id) == milestone_id)
    ).first()
    if row is None or not scope.holds_plan(row[1].id):
        return None
    units = tuple(units_of(session, [milestone_id]).get(milestone_id, ()))
    if not _concerns(session, scope, units):
        return None
    known = facts.gather(session, [milestone_id])[0].facts
    policy = Policy(row[1].tracked_from, row[1].warning_days, row[1].behind_threshold_pp)
    # What is known to be empty is not asked for again.
    files = _files(session, milestone_id) if known.reports or known.decisions else []
    targets = _targets(session, milestone_id, reported=bool(known.reports))
    return MilestonePage(
        units,
        tuple(item for item in targets if not item.retired),
        tuple(item for item in targets if item.retired),
        _reports(session, milestone_id, files) if known.reports else (),
        _decisions(session, milestone_id, files) if known.decisions else (),
        _dues(session, milestone_id) if known.later_dues else (),
        _related(session, scope, milestone_id),
        _needs(session, milestone_id),
        known,
        policy,
        judge(known, today, policy),
        *row,
    )


def _concerns(session: Session, scope: Scope, units: tuple[UnitRow, ...]) -> bool:
    """Tell whether a person may read what names these units."""
    unit = scope.organization_id
    return unit is None or may_read_one_of(session, unit, {item.organization_id for item in units})


def _related(session: Session, scope: Scope, milestone_id: int) -> tuple[RelatedMilestone, ...]:
    """Return the milestones that state the same goal, those that govern this one first."""
    link = MilestoneGovernor
    other = sa.case((col(link.milestone_id) == milestone_id, col(link.governor_id)), else_=col(link.milestone_id))
    governs = col(link.milestone_id) == milestone_id
    query = (
        sa.select(
            governs,
            col(Milestone.id),
            col(Milestone.title),
            col(Milestone.clause),
            col(MilestoneStanding.effective_due_on),
        )
        .join(Milestone, col(Milestone.id) == other)
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .where(sa.or_(governs, col(link.governor_id) == milestone_id), *plans.in_scope(scope))
        .order_by(governs.desc(), col(MilestoneStanding.effective_due_on), col(Milestone.id))
    )
    return tuple(RelatedMilestone(bool(row[0]), *row[1:]) for row in session.execute(query))


def _needs(session: Session, milestone_id: int) -> tuple[NeededProject, ...]:
    query = (
        sa.select(col(Project.id), col(Project.name), col(Project.end_year))
        .join(MilestoneNeed, col(MilestoneNeed.project_id) == col(Project.id))
        .where(col(MilestoneNeed.milestone_id) == milestone_id)
        .order_by(col(Project.no))
    )
    return tuple(NeededProject(*row) for row in session.execute(query))


def _targets(session: Session, milestone_id: int, *, reported: bool) -> tuple[TargetRow, ...]:
    latest = latest_values(session, [milestone_id]) if reported else {}
    rows = session.execute(
        sa.select(
            col(Target.id),
            col(Indicator.code),
            col(Indicator.name),
            col(Indicator.group),
            col(Indicator.value_type),
            col(Target.stage),
            col(Target.comparator),
            col(Target.value),
            col(Target.unit),
            col(Target.clause),
            col(Target.note),
            col(Target.baseline),
            col(Target.retired_by_id).is_not(None),
        )
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.milestone_id) == milestone_id)
        .order_by(col(Target.position), col(Target.id))
    )
    return tuple(TargetRow(*latest.get(row[0], (None, None)), *row) for row in rows)


def _files(session: Session, milestone_id: int) -> list[EvidenceRow]:
    rows = session.execute(
        sa.select(
            col(Evidence.id),
            col(Evidence.filename),
            col(Evidence.media_type),
            col(Evidence.size),
            col(Evidence.report_id),
            col(Evidence.decision_id),
        )
        .where(col(Evidence.milestone_id) == milestone_id)
        .order_by(col(Evidence.id))
    )
    return [EvidenceRow(*row) for row in rows]


def _reports(session: Session, milestone_id: int, files: list[EvidenceRow]) -> tuple[ReportRow, ...]:
    values: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for report_id, target_id, value in session.execute(
        sa.select(col(ReportValue.report_id), col(ReportValue.target_id), col(ReportValue.value))
        .join(Report, col(Report.id) == col(ReportValue.report_id))
        .where(col(Report.milestone_id) == milestone_id)
    ):
        values[report_id].append((target_id, value))
    rows = session.execute(
        sa.select(
            col(Report.id),
            col(Report.recorded_at),
            col(Report.reported_on),
            col(Account.display_name),
            col(Organization.name),
            col(Report.share_pct),
            col(Report.summary),
            col(Report.claims_completion),
            col(Report.reached_on),
            col(Report.speaks_for_whole),
            col(Report.accepted),
        )
        .join(Account, col(Account.id) == col(Report.author_id))
        .outerjoin(Organization, col(Organization.id) == col(Report.organization_id))
        .where(col(Report.milestone_id) == milestone_id)
        .order_by(col(Report.recorded_at).desc(), col(Report.id).desc())
    )
    return tuple(
        ReportRow(tuple(values.get(row[0], ())), tuple(item for item in files if item.report_id == row[0]), *row)
        for row in rows
    )


def _decisions(session: Session, milestone_id: int, files: list[EvidenceRow]) -> tuple[DecisionRow, ...]:
    rows = session.execute(
        sa.select(
            col(MilestoneDecision.id),
            col(MilestoneDecision.recorded_at),
            col(MilestoneDecision.kind),
            col(Account.display_name),
            col(MilestoneDecision.report_id),
            col(MilestoneDecision.reached_on),
            col(MilestoneDecision.note),
        )
        .join(Account, col(Account.id) == col(MilestoneDecision.author_id))
        .where(col(MilestoneDecision.milestone_id) == milestone_id)
        .order_by(col(MilestoneDecision.recorded_at).desc(), col(MilestoneDecision.id).desc())
    )
    return tuple(DecisionRow(tuple(item for item in files if item.decision_id == row[0]), *row) for row in rows)


def _dues(session: Session, milestone_id: int) -> tuple[DueRow, ...]:
    rows = session.execute(
        sa.select(
            col(DueDate.version),
            col(DueDate.due_on),
            col(DueDate.cause),
            col(DueDate.due_phrase),
            col(DueDate.due_precision),
            col(DueDate.alternative_due_on),
            col(DueDate.document_number),
            col(DueDate.reason),
            col(Account.display_name),
            col(DueDate.recorded_at),
        )
        .join(Account, col(Account.id) == col(DueDate.author_id))
        .where(col(DueDate.milestone_id) == milestone_id)
        .order_by(col(DueDate.version))
    )
    return tuple(DueRow(*row) for row in rows)


def in_scope(session: Session, scope: Scope, milestone_id: int) -> bool:
    """Tell whether a milestone lies in a person's scope."""
    query = narrow(sa.select(col(MilestoneStanding.milestone_id)), scope, LedgerFilter())
    return session.scalar(query.where(col(MilestoneStanding.milestone_id) == milestone_id)) is not None
