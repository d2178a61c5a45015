"""Gather what a progress report tells beside a circular's facts: stages, alerts, extensions, early warnings."""

from dataclasses import fields, replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.circulars import EarlyWarning
from app.domain.extensions import WAITING, ExtensionState
from app.domain.forecasts import WARNED, Confidence, confidence_on, forecast
from app.domain.progress_reports import AlertCount, ExtensionTotals, ProgressFacts, StageRow
from app.domain.quarters import quarter_of
from app.domain.vocabulary import AlertStepKind, Measure
from app.models import Alert, AlertStep, ExtensionRequest, Milestone, Plan, Stage
from app.queries import circulars, facts
from app.queries.circulars import CutOff
from app.queries.extension_rows import state_column
from app.queries.past_milestones import PastMilestone

_GRANTED = frozenset({ExtensionState.GRANTED, ExtensionState.CORRECTED})


def gather(session: Session, plan: Plan, at: CutOff) -> ProgressFacts:
    """Return the facts of a plan's progress report at a cut-off: everything since the plan was issued."""
    assert plan.id is not None
    governed = frozenset(session.scalars(facts.governed().join(Milestone).where(col(Milestone.plan_id) == plan.id)))

    def foretell(item: PastMilestone) -> EarlyWarning | None:
        return None if item.id in governed else _warning(item, at)

    circular = circulars.gather(
        session,
        plan,
        quarter_of(at.on),
        replace(at, previous_on=None),
        cases_since=plan.issued_on,
        foretell=foretell,
    )
    return ProgressFacts(
        **{field.name: getattr(circular, field.name) for field in fields(circular)},
        leading_group=plan.leading_group,
        issued_on=plan.issued_on,
        stages=_stages(session, plan.id),
        alerts=_alerts(session, plan.id, at),
        extensions=_extensions(session, plan.id, at),
    )


def _warning(item: PastMilestone, at: CutOff) -> EarlyWarning | None:
    """Return by how much a running milestone will miss its date; None: it will not, or nothing can be foretold."""
    finding = item.finding
    found = forecast(item.facts) if finding.standing in WARNED and finding.progress_pct is not None else None
    if found is None or found.misses_by_days <= 0:
        return None
    trusted = confidence_on(found.confidence, found.last_on, at.on) is not Confidence.LOW
    return EarlyWarning(expected_on=found.expected_on, misses_by_days=found.misses_by_days, trusted=trusted)


def _stages(session: Session, plan_id: int) -> tuple[StageRow, ...]:
    query = sa.select(col(Stage.name), col(Stage.start_on), col(Stage.end_on)).where(col(Stage.plan_id) == plan_id)
    rows = session.execute(query.order_by(col(Stage.start_on), col(Stage.id)))
    return tuple(StageRow(name=name, start_on=start_on, end_on=end_on) for name, start_on, end_on in rows)


def _alerts(session: Session, plan_id: int, at: CutOff) -> tuple[AlertCount, ...]:
    """Count the alerts of the register by measure, mildest first."""
    withdrawn = sa.exists().where(
        col(AlertStep.alert_id) == col(Alert.id),
        col(AlertStep.kind) == AlertStepKind.WITHDRAW,
        col(AlertStep.recorded_at) < at.at,
    )
    taken_back = sa.func.sum(sa.case((withdrawn, 1), else_=0))
    query: Any = (
        sa.select(col(Alert.measure), sa.func.count(), taken_back)
        .where(col(Alert.plan_id) == plan_id, col(Alert.scanned_on) <= at.on, col(Alert.raised_at) < at.at)
        .group_by(col(Alert.measure))
    )
    found = {measure: (int(raised), int(back)) for measure, raised, back in session.execute(query)}
    return tuple(
        AlertCount(measure=measure, raised=found[measure][0], withdrawn=found[measure][1])
        for measure in Measure
        if measure in found
    )


def _extensions(session: Session, plan_id: int, at: CutOff) -> ExtensionTotals:
    """Count the requests by where they stood before the cut-off."""
    states: Any = (
        sa.select(state_column(at.at).label("state"))
        .select_from(ExtensionRequest)
        .join(Milestone, col(Milestone.id) == col(ExtensionRequest.milestone_id))
        .where(col(Milestone.plan_id) == plan_id, col(ExtensionRequest.recorded_at) < at.at)
    )
    found = [ExtensionState(state) for state in session.scalars(states)]
    return ExtensionTotals(
        requested=len(found),
        granted=sum(state in _GRANTED for state in found),
        refused=found.count(ExtensionState.REFUSED),
        waiting=sum(state in WAITING for state in found),
    )
