"""Everything on file about one accountability case, gathered set-based, however many alerts there are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Actor, Scope
from app.domain.ladder import Rung
from app.domain.postings import Held
from app.domain.vocabulary import (
    Comparator,
    MilestoneKind,
    Precision,
    SchoolStage,
    UnitRole,
    ValueType,
)
from app.models import (
    Account,
    AccountabilityCase,
    Indicator,
    Instruction,
    Milestone,
    MilestoneUnit,
    Organization,
    Plan,
    Posting,
    Printout,
    Rectification,
    Target,
)
from app.models import ExtensionRequest as Request
from app.queries import instructions, ladders, rectifications
from app.queries.case_detail import CaseDetail, find_case
from app.queries.case_scope import in_scope
from app.queries.dossier_alerts import AlertFile, alert_files
from app.queries.dossier_evidence import AuditLine, EvidenceLine, Head, audit_lines, chain_head, evidence_lines
from app.queries.dossier_reports import (
    DecisionLine,
    DueLine,
    MissingLine,
    ReportLine,
    decision_lines,
    due_lines,
    missing_lines,
    report_lines,
)
from app.queries.extension_rows import ExtensionRow, requests, whole
from app.queries.instructions import InstructionRow, instruction_rows
from app.queries.rectifications import ItemDetail


@dataclass(frozen=True, slots=True)
class PlanHead:
    """The plan of the case, and the unit under its full name."""

    title: str
    document_number: str | None
    issuer: str
    issued_on: date
    leading_group: str
    office: str
    unit: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the plan's document says of a milestone, as stored."""

    id: int
    kind: MilestoneKind
    title: str
    detail: str
    note: str | None
    clause: str
    units_clause: str | None
    start_on: date
    due_on: date
    due_phrase: str
    due_precision: Precision
    alternative_due_on: date | None
    recurrence: str | None


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target in force."""

    milestone_id: int
    code: str
    name: str
    stage: SchoolStage | None
    comparator: Comparator
    value: Any
    unit: str
    value_type: ValueType
    baseline: Any
    clause: str | None
    copied: bool  # from the standard's or the plan's thresholds


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit bound to a milestone."""

    milestone_id: int
    organization_id: int
    name: str
    role: UnitRole
    named_as: str
    leads: bool


@dataclass(frozen=True, slots=True)
class DossierFacts:
    """One case with everything that concerns it."""

    case: CaseDetail
    plan: PlanHead
    commitments: tuple[Commitment, ...]
    targets: tuple[TargetLine, ...]
    rungs: tuple[Rung, ...]
    dues: tuple[DueLine, ...]
    units: tuple[UnitLine, ...]
    posts: dict[int, list[Held]]  # by unit, the first first
    reports: tuple[ReportLine, ...]
    missing: tuple[MissingLine, ...]
    decisions: tuple[DecisionLine, ...]
    alerts: tuple[AlertFile, ...]
    extensions: tuple[ExtensionRow, ...]
    instructions: tuple[InstructionRow, ...]
    items: tuple[ItemDetail, ...]
    evidence: tuple[EvidenceLine, ...]
    audit: tuple[AuditLine, ...]
    head: Head
    cut_off_at: datetime
    number: int  # which dossier of the case
    prepared_by: str


@dataclass(frozen=True, slots=True)
class DossierRow:
    """A dossier that was made; `size` in bytes of what is kept."""

    id: int
    number: int
    format: str
    cut_off_on: date
    sha256: str
    size: int
    author: str | None
    printed_at: datetime


def made_before(session: Session, case_id: int) -> tuple[DossierRow, ...]:
    """Return the dossiers of a case, the latest first."""
    row = Printout
    columns: list[Any] = [
        col(row.id),
        col(row.number),
        col(row.format),
        col(row.cut_off_on),
        col(row.sha256),
        col(row.size),
        col(Account.display_name),
        col(row.printed_at),
    ]
    query = sa.select(*columns).outerjoin(Account, col(Account.id) == col(row.author_id))
    query = query.where(col(row.case_id) == case_id).order_by(col(row.number).desc())
    return tuple(DossierRow(*found) for found in session.execute(query))


def next_number(session: Session, case_id: int) -> int:
    """Return the number of the next dossier of a case."""
    query = sa.select(sa.func.max(col(Printout.number))).where(col(Printout.case_id) == case_id)
    return (session.scalar(query) or 0) + 1


def case_in_scope(session: Session, scope: Scope, case_id: int) -> str | None:
    """Return a case's number; None: not there, or not in scope."""
    query = sa.select(col(AccountabilityCase.number)).where(col(AccountabilityCase.id) == case_id, *in_scope(scope))
    return session.scalar(query)


def gather(session: Session, actor: Actor, case_id: int, *, today: date, now: datetime) -> DossierFacts | None:
    """Return everything that concerns a case for a dossier that somebody prepares; None: not there, or not in scope."""
    case = find_case(session, actor.scope, case_id, role=None, today=today)
    if case is None:
        return None
    ids = case.milestone_ids
    author = sa.select(col(Account.display_name)).where(col(Account.id) == actor.account_id)
    units = _units(session, ids)
    reports, alerts = report_lines(session, ids), alert_files(session, ids, _held(case, units))
    asked = requests().where(col(Request.milestone_id).in_(ids)).order_by(col(Request.id))
    extensions, written, items = whole(session, asked), _instructions(session, ids), _items(session, case_id, ids)
    return DossierFacts(
        case=case,
        plan=_plan(session, case),
        commitments=_commitments(session, ids),
        targets=_targets(session, ids),
        rungs=ladders.rungs(session, case.plan_id),
        dues=due_lines(session, ids),
        units=units,
        posts=_posts(session, {case.organization_id, *(unit.organization_id for unit in units)}),
        reports=reports,
        missing=missing_lines(session, ids, today),
        decisions=decision_lines(session, ids),
        alerts=alerts,
        extensions=extensions,
        instructions=written,
        items=items,
        evidence=evidence_lines(session, case_id, ids, alerts),
        audit=audit_lines(session, case, alerts, extensions, written, items),
        head=chain_head(session),
        cut_off_at=now,
        number=next_number(session, case_id),
        prepared_by=session.scalar(author) or actor.name,
    )


def _held(case: CaseDetail, units: Sequence[UnitLine]) -> set[int]:
    """Return the units whose missing reports concern the case: its own, or all responsible ones of a group."""
    bound = {unit.organization_id for unit in units if unit.role is UnitRole.RESPONSIBLE}
    return {case.organization_id} if case.organization_id in bound else bound


def _plan(session: Session, case: CaseDetail) -> PlanHead:
    office = sa.select(col(Organization.name)).where(col(Organization.id) == col(Plan.office_id)).scalar_subquery()
    unit = sa.select(col(Organization.name)).where(col(Organization.id) == case.organization_id).scalar_subquery()
    query: Any = sa.select(
        col(Plan.title),
        col(Plan.document_number),
        col(Plan.issuer),
        col(Plan.issued_on),
        col(Plan.leading_group),
        office,
        unit,
    ).where(col(Plan.id) == case.plan_id)
    return PlanHead(*session.execute(query).one())


def _commitments(session: Session, ids: Sequence[int]) -> tuple[Commitment, ...]:
    names = Commitment.__slots__
    columns: list[Any] = [getattr(Milestone, name) for name in names]
    query = sa.select(*columns).where(col(Milestone.id).in_(ids)).order_by(col(Milestone.position), col(Milestone.id))
    return tuple(Commitment(*row) for row in session.execute(query))


def _targets(session: Session, ids: Sequence[int]) -> tuple[TargetLine, ...]:
    columns: list[Any] = [
        col(Target.milestone_id),
        col(Indicator.code),
        col(Indicator.name),
        col(Target.stage),
        col(Target.comparator),
        col(Target.value),
        col(Target.unit),
        col(Indicator.value_type),
        col(Target.baseline),
        col(Target.clause),
        col(Target.copied),
    ]
    query = (
        sa.select(*columns)
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.milestone_id).in_(ids), col(Target.retired_by_id).is_(None))
        .order_by(col(Target.milestone_id), col(Target.position), col(Target.id))
    )
    return tuple(TargetLine(*row) for row in session.execute(query))


def _units(session: Session, ids: Sequence[int]) -> tuple[UnitLine, ...]:
    columns: list[Any] = [
        col(MilestoneUnit.milestone_id),
        col(MilestoneUnit.organization_id),
        col(Organization.name),
        col(MilestoneUnit.role),
        col(MilestoneUnit.named_as),
        col(MilestoneUnit.leads),
    ]
    query = (
        sa.select(*columns)
        .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
        .where(col(MilestoneUnit.milestone_id).in_(ids))
        .order_by(col(MilestoneUnit.milestone_id), col(MilestoneUnit.role), col(MilestoneUnit.position))
    )
    return tuple(UnitLine(*row) for row in session.execute(query))


def _posts(session: Session, unit_ids: set[int]) -> dict[int, list[Held]]:
    query = sa.select(
        col(Posting.id),
        col(Posting.organization_id),
        col(Posting.person),
        col(Posting.post),
        col(Posting.duty),
        col(Posting.from_on),
        col(Posting.to_on),
    )
    query = query.where(col(Posting.organization_id).in_(unit_ids)).order_by(col(Posting.from_on), col(Posting.id))
    found: dict[int, list[Held]] = defaultdict(list)
    for row in session.execute(query):
        found[row.organization_id].append(Held(*row))
    return found


def _instructions(session: Session, ids: Sequence[int]) -> tuple[InstructionRow, ...]:
    query = instruction_rows().where(col(Instruction.milestone_id).in_(ids))
    rows = session.execute(query.order_by(col(Instruction.issued_on), col(Instruction.id))).all()
    return instructions.with_steps(session, rows, None)


def _items(session: Session, case_id: int, ids: Sequence[int]) -> tuple[ItemDetail, ...]:
    """Return the rectification items of the case, and those of its milestones that belong to no case."""
    of_milestones = sa.and_(col(Rectification.milestone_id).in_(ids), col(Rectification.case_id).is_(None))
    query = sa.select(col(Rectification.id)).where(sa.or_(col(Rectification.case_id) == case_id, of_milestones))
    found = [
        rectifications.find_item(session, Scope(), item_id or 0)
        for item_id in session.scalars(query.order_by(col(Rectification.id))).all()
    ]
    return tuple(item for item in found if item is not None)
