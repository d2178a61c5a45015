"""Review reports: a supervisor passes one on, the office accepts it with its values, or it goes back with a note."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Action, Actor, may
from app.domain.closings import claims_to_answer
from app.domain.history import withdrawal
from app.domain.reports import SUPERVISORS, ReportStep, may_step, reviews
from app.domain.vocabulary import DecisionKind, ReportState
from app.models import Milestone, MilestoneDecision, Organization, Report
from app.queries import facts
from app.services import evidence, standing_changes
from app.services.errors import ConflictError, ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.reports import author_of
from app.services.standing_changes import MilestoneFact
from app.services.turns import take_turn

MOST = facts.CHUNK  # reports accepted at once
_KINDS = {
    ReportStep.ENDORSE: DecisionKind.ENDORSE,
    ReportStep.ACCEPT: DecisionKind.ACCEPT,
    ReportStep.RETURN: DecisionKind.RETURN,
}


class OvertakenError(ConflictError):
    """Some reports cannot take the step any more; `report_ids` names them, and nothing was written."""

    def __init__(self, message: Message, report_ids: Sequence[int]) -> None:
        super().__init__(message)
        self.report_ids = tuple(report_ids)


@dataclass(frozen=True, slots=True)
class _Reviewed:
    """A report that a step is asked for, its plan, and its unit's supervisor (None: it has none)."""

    id: int
    milestone_id: int
    plan_id: int
    supervisor_id: int | None


def review(
    session: Session,
    actor: Actor,
    report_id: int,
    step: ReportStep,
    note: str,
    files: Sequence[StoredUpload],
    *,
    now: datetime,
) -> MilestoneDecision:
    """Take one step with a report; what goes back says why.

    Raises: NotFoundError out of scope, ForbiddenError, OvertakenError when somebody was faster, InputError.
    """
    take_turn(session)
    (report,) = _in_scope(session, actor, [report_id])
    _refuse_step(actor, report, step)
    states = _judged(session, actor, [report], step)
    if step is ReportStep.RETURN and not note:
        raise InputError({"note": msg("say what is to be put right")})
    (decision,) = _append(session, actor, [report], step, note, now)
    digests = evidence.attach(
        session, author_of(actor), list(files), milestone_id=report.milestone_id, decision_id=decision.id, now=now
    )
    standing_changes.record(
        session, actor, [_fact(report, decision, step, states[report.id], {"evidence": digests})], now=now
    )
    return decision


def accept_many(session: Session, actor: Actor, report_ids: Sequence[int], note: str, *, now: datetime) -> int:
    """Accept several reports, all of them or none, and return how many.

    Raises: InputError without any or with too many; NotFoundError out of scope; OvertakenError naming those that
    somebody has dealt with meanwhile.
    """
    ids = list(dict.fromkeys(report_ids))
    if not ids:
        raise InputError({"report": msg("tick at least one report")})
    if len(ids) > MOST:
        raise InputError({"report": msg("at most %(count)s at once", count=MOST)})
    take_turn(session)
    found = _in_scope(session, actor, ids)
    states = _judged(session, actor, found, ReportStep.ACCEPT)
    decisions = _append(session, actor, found, ReportStep.ACCEPT, note, now)
    added = [
        _fact(report, decision, ReportStep.ACCEPT, states[report.id], {"together": len(found)})
        for report, decision in zip(found, decisions, strict=True)
    ]
    standing_changes.record(session, actor, added, now=now)
    return len(found)


def _in_scope(session: Session, actor: Actor, report_ids: Sequence[int]) -> list[_Reviewed]:
    """Return the reports in the order of their ids. Raises: NotFoundError when one lies out of scope."""
    query = (
        sa.select(
            col(Report.id),
            col(Report.milestone_id),
            col(Milestone.plan_id),
            col(Organization.supervisor_id),
        )
        .join(Milestone, col(Milestone.id) == col(Report.milestone_id))
        .outerjoin(Organization, col(Organization.id) == col(Report.organization_id))
        .where(col(Report.id).in_(report_ids))
        .order_by(col(Report.id))
    )
    found = [_Reviewed(*row) for row in session.execute(query)]
    unit = actor.scope.organization_id
    seen = [
        item for item in found if actor.scope.holds_plan(item.plan_id) and (unit is None or item.supervisor_id == unit)
    ]
    if len(seen) < len(report_ids):
        raise NotFoundError(msg("There is no such report."))
    return seen


def _refuse_step(actor: Actor, report: _Reviewed, step: ReportStep) -> None:
    """Refuse a step that is not this person's: a supervisor passes on or sends back, the office decides."""
    supervises = actor.scope.organization_id is not None and report.supervisor_id == actor.scope.organization_id
    mine = supervises if step is ReportStep.ENDORSE else (may(actor.role, Action.VERIFY) or supervises)
    if not mine or (supervises and step is ReportStep.ACCEPT):
        raise ForbiddenError(msg("This step of the review is not yours."))


def _judged(
    session: Session, actor: Actor, reports: Sequence[_Reviewed], step: ReportStep
) -> Mapping[int, ReportState]:
    """Return where each report stands. Raises: OvertakenError naming those that cannot take the step."""
    of_milestone = facts.gather(session, sorted({item.milestone_id for item in reports}))
    states = {found.report_id: found.state for item in of_milestone for found in reviews(item.facts)}
    gone = {item.milestone_id for item in of_milestone if withdrawal(item.facts)}
    claims = {claim for item in of_milestone for claim in claims_to_answer(item.facts)}
    supervisor = actor.scope.organization_id is not None

    def possible(item: _Reviewed) -> bool:
        if item.milestone_id in gone:
            return False
        if supervisor:
            return (states[item.id], step) in SUPERVISORS
        return may_step(states[item.id], step, claim_pending=item.id in claims)

    if late := [item.id for item in reports if not possible(item)]:
        raise OvertakenError(
            msg("Somebody has dealt with this report meanwhile, or the unit has replaced it. Nothing was saved."), late
        )
    return states


def _append(
    session: Session, actor: Actor, reports: Sequence[_Reviewed], step: ReportStep, note: str, now: datetime
) -> list[MilestoneDecision]:
    rows = [
        MilestoneDecision(
            milestone_id=item.milestone_id,
            kind=_KINDS[step],
            report_id=item.id,
            note=note,
            author_id=author_of(actor),
            recorded_at=now,
        )
        for item in reports
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _fact(
    report: _Reviewed, decision: MilestoneDecision, step: ReportStep, state: ReportState, more: Mapping[str, object]
) -> MilestoneFact:
    after = {ReportStep.ENDORSE: ReportState.ENDORSED, ReportStep.ACCEPT: ReportState.ACCEPTED}.get(
        step, ReportState.RETURNED
    )
    detail = {
        "report": report.id,
        "decision": decision.id,
        "note": decision.note,
        "before": {"report_state": state},
        "after": {"report_state": after},
        **more,
    }
    return MilestoneFact(f"reports:{step}", report.milestone_id, report.plan_id, detail)
