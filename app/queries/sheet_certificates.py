"""What a closing certificate (销号证明) says: one closing as it was recorded, and what became of it by a cut-off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Scope
from app.domain.circulars import TargetRow
from app.domain.closings import (
    NOTICE_WORKING_DAYS,
    Closable,
    TargetFact,
    ValueFact,
    claims_behind,
    closing_number,
    notice,
    target_findings,
    waiver,
)
from app.domain.dossier_words import word
from app.domain.milestone_facts import DecisionFact, MilestoneFacts
from app.domain.official_words import SCHOOL_STAGES
from app.domain.sheets import CertificateFacts, NoticeFacts, ProofFile
from app.domain.targets import Verdict
from app.domain.vocabulary import DecisionKind, Standing, UnitRole, ValueType
from app.models import (
    Account,
    ClosingNumber,
    Evidence,
    MilestoneDecision,
    Organization,
    Plan,
    Report,
    ReportValue,
)
from app.queries import facts
from app.queries.circulars import CutOff
from app.queries.past_milestones import PastMilestone, milestones_on
from app.queries.past_plans import record_of
from app.queries.past_targets import PastTarget, targets_on
from app.queries.sheet_ledger import Ledger, open_ledger, sheet_milestones

_INSTANT = timedelta(microseconds=1)  # the closing itself was known when it was recorded
_CLOSINGS = (DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY)


@dataclass(frozen=True, slots=True)
class _Closing:
    """The decision that closed it; `number` is its year and serial."""

    id: int
    number: str
    report_id: int | None
    reached_on: date | None
    note: str
    document_number: str | None
    verified_by: str
    recorded_at: datetime


def in_plan(session: Session, plan: Plan, milestone_id: int, at: CutOff) -> PastMilestone | None:
    """Return a milestone as it stood at the cut-off; None: it is none of this plan, or was not on record."""
    ledger = open_ledger(session, plan, at)
    ledger.judge([milestone_id])
    row = ledger.judged.get(milestone_id)
    return row if row is not None and row.plan_id == plan.id else None


def gather_certificate(session: Session, plan: Plan, row: PastMilestone, at: CutOff) -> CertificateFacts | None:
    """Return what a milestone's certificate says; None: it was not closed then, or without a number."""
    closing = _closing(session, row.id, at)
    if closing is None or row.finding.standing not in (Standing.CLOSED, Standing.REGRESSED):
        return None
    ledger = open_ledger(session, plan, at)
    known = _known(session, row.id, closing)
    claims = [item.id for item in claims_behind(known)] or [closing.report_id or 0]
    claimed_by, claimed_on = _claimants(session, claims)
    targets = _targets(ledger, row, closing)
    needed = any(item.verdict is not Verdict.MET for item in targets)
    waived = _decision(session, row.id, waiver(known)) if needed else None
    return CertificateFacts(
        head=ledger.head(),
        number=closing.number,
        milestone=sheet_milestones(ledger, [row])[row.id],
        units=tuple(dict.fromkeys(unit.name for unit in row.units if unit.role is UnitRole.RESPONSIBLE)),
        detail=row.detail,
        reached_on=closing.reached_on,
        closed_on=local_day(closing.recorded_at),
        claimed_by=claimed_by,
        claimed_on=claimed_on,
        verified_by=closing.verified_by,
        finding=closing.note,
        document_number=closing.document_number,
        verdicts=targets,
        waiver=waived.note if waived else None,
        waived_by=waived.author if waived else None,
        waiver_number=waived.document_number if waived else None,
        notice=_notice(session, row.id, notice(known)),
        files=_files(session, row, closing),
        regressed_on=row.finding.since if row.finding.standing is Standing.REGRESSED else None,
    )


def _closing(session: Session, milestone_id: int, at: CutOff) -> _Closing | None:
    """Return the last closing before the cut-off when it has a number."""
    made, number = MilestoneDecision, ClosingNumber
    query: Any = (
        sa.select(made, col(number.year), col(number.number), col(Account.display_name))
        .join(Account, col(Account.id) == col(made.author_id))
        .outerjoin(number, col(number.decision_id) == col(made.id))
        .where(col(made.milestone_id) == milestone_id, col(made.kind).in_(_CLOSINGS), col(made.recorded_at) < at.at)
        .order_by(col(made.recorded_at).desc(), col(made.id).desc())
        .limit(1)
    )
    found = session.execute(query).first()
    if found is None or found.number is None:
        return None
    row = found[0]
    return _Closing(
        id=row.id,
        number=closing_number(found.year, found.number),
        report_id=row.report_id,
        reached_on=row.reached_on,
        note=row.note,
        document_number=row.document_number,
        verified_by=found.display_name,
        recorded_at=row.recorded_at,
    )


def _known(session: Session, milestone_id: int, closing: _Closing) -> MilestoneFacts:
    """Return what was on file when it was closed: the claims that waited, and what had been decided."""
    (before,) = facts.gather(session, [milestone_id], closing.recorded_at)
    if claims_behind(before.facts):
        return before.facts
    (after,) = facts.gather(session, [milestone_id], closing.recorded_at + _INSTANT)
    return after.facts


def _claimants(session: Session, report_ids: Sequence[int]) -> tuple[str, date | None]:
    """Return who claimed the result, each unit with who signed for it, and the day of the last claim."""
    query = (
        sa.select(col(Organization.name), col(Account.display_name), col(Report.recorded_at))
        .select_from(Report)
        .join(Account, col(Account.id) == col(Report.author_id))
        .outerjoin(Organization, col(Organization.id) == col(Report.organization_id))
        .where(col(Report.id).in_(report_ids))
        .order_by(col(Report.recorded_at), col(Report.id))
    )
    rows = session.execute(query).all()
    names = dict.fromkeys(f"{row.name}（{row.display_name}）" if row.name else row.display_name for row in rows)
    return "、".join(names), local_day(rows[-1].recorded_at) if rows else None


def _targets(ledger: Ledger, row: PastMilestone, closing: _Closing) -> tuple[TargetRow, ...]:
    """Return the targets in force at the closing, each with the accepted value that the closing rests on."""
    session, until = ledger.session, closing.recorded_at + _INSTANT
    record = record_of(session, local_day(closing.recorded_at), Scope(), ledger.plan_id, known_until=until)
    then = milestones_on(record, [row.id]).get(row.id)
    wanted = targets_on(record, [then])[row.id] if then else []
    if then is None or not wanted:
        return ()
    query = sa.select(col(ReportValue.report_id), col(ReportValue.target_id), col(ReportValue.value))
    found = session.execute(query.where(col(ReportValue.target_id).in_([item.id for item in wanted])))
    item = Closable(
        facts=then.facts,
        targets=tuple(TargetFact(target.id, target.comparator, target.value) for target in wanted),
        values=tuple(ValueFact(*value) for value in found),
    )
    said = {finding.target_id: finding for finding in target_findings(item)}
    return tuple(_target(then, target, said[target.id]) for target in wanted)


def _target(row: PastMilestone, target: PastTarget, said: Any) -> TargetRow:
    return TargetRow(
        milestone_id=row.id,
        place=row.place_name,
        indicator_code=target.code,
        indicator_name=target.name,
        stage_label=SCHOOL_STAGES[target.stage] if target.stage else None,
        comparator=target.comparator,
        target=target.value,
        unit=target.unit,
        effective_due_on=row.finding.effective_due_on,
        measured=said.value,
        measured_on=None,
        verdict=said.verdict,
        is_boolean=target.value_type is ValueType.BOOLEAN,
        group=target.group,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What a decision says, and by whom."""

    note: str
    author: str
    document_number: str | None


def _decision(session: Session, milestone_id: int, made: DecisionFact | None) -> _Said | None:
    if made is None:
        return None
    query = (
        sa.select(col(MilestoneDecision.note), col(Account.display_name), col(MilestoneDecision.document_number))
        .join(Account, col(Account.id) == col(MilestoneDecision.author_id))
        .where(
            col(MilestoneDecision.milestone_id) == milestone_id,
            col(MilestoneDecision.kind) == made.kind,
            col(MilestoneDecision.recorded_at) == made.recorded_at,
        )
    )
    row = session.execute(query).first()
    return None if row is None else _Said(*row)


def _notice(session: Session, milestone_id: int, given: DecisionFact | None) -> NoticeFacts | None:
    """Return the public notice of the claim; its days are known where they were counted by a calendar."""
    if given is None or given.notice_until_on is None:
        return None
    counted = sa.select(col(MilestoneDecision.calendar_version)).where(
        col(MilestoneDecision.milestone_id) == milestone_id,
        col(MilestoneDecision.kind) == DecisionKind.PUBLIC_NOTICE,
        col(MilestoneDecision.recorded_at) == given.recorded_at,
    )
    days = NOTICE_WORKING_DAYS if session.scalar(counted) is not None else None
    return NoticeFacts(from_on=given.recorded_on, until_on=given.notice_until_on, days=days)


def _files(session: Session, row: PastMilestone, closing: _Closing) -> tuple[ProofFile, ...]:
    """Return the files that proved the result when it was closed: with reports and with decisions, in order.

    What was handed in before it was last reopened proves nothing.
    """
    made, opened = MilestoneDecision, aliased(MilestoneDecision)
    reopened = sa.exists().where(
        col(opened.milestone_id) == col(Evidence.milestone_id),
        col(opened.kind) == DecisionKind.REOPEN,
        col(opened.recorded_at) > col(Evidence.recorded_at),
        col(opened.recorded_at) < closing.recorded_at,
    )
    query: Any = (
        sa.select(
            col(Evidence.filename),
            col(Evidence.report_id),
            col(Evidence.recorded_at),
            col(Evidence.sha256),
            col(made.kind),
        )
        .outerjoin(made, col(made.id) == col(Evidence.decision_id))
        .where(
            col(Evidence.milestone_id) == row.id,
            sa.or_(col(Evidence.report_id).is_not(None), col(Evidence.decision_id).is_not(None)),
            col(Evidence.recorded_at) <= closing.recorded_at,
            ~reopened,
        )
        .order_by(col(Evidence.id))
    )
    return tuple(
        ProofFile(
            filename=item.filename,
            backs="填报" if item.report_id is not None else word(item.kind),
            handed_in_on=local_day(item.recorded_at),
            sha256=item.sha256,
        )
        for item in session.execute(query)
    )
