"""What was done about overdue milestones, as known at a cut-off: alerts by measure, and the case that holds each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.cases import CaseStage
from app.domain.vocabulary import AlertStepKind, Measure
from app.models import AccountabilityCase, Alert, AlertStep, CaseMilestone
from app.queries import facts
from app.queries.circular_cases import case_stages
from app.queries.circulars import CutOff


@dataclass(frozen=True, slots=True)
class OverdueMark:
    """What was done about one milestone: alerts that were not withdrawn by measure, cases by number and stage."""

    alerts: tuple[tuple[Measure, int], ...]
    cases: tuple[tuple[str, CaseStage], ...]


def overdue_marks(session: Session, plan_id: int, ids: Sequence[int], at: CutOff) -> dict[int, OverdueMark]:
    """Return what was done by milestone id; a milestone about which nothing was done is left out."""
    alerts: dict[int, list[tuple[Measure, int]]] = defaultdict(list)
    cases: dict[int, list[tuple[str, CaseStage]]] = defaultdict(list)
    stages = case_stages(session, plan_id, at.at) if ids else {}
    for some in facts.chunks(ids):
        found = {(key, measure): count for key, measure, count in session.execute(_alerts(some, at))}
        for key, measure in sorted(found, key=lambda pair: (pair[0], list(Measure).index(pair[1]))):
            alerts[key].append((measure, found[key, measure]))
        for key, case_id, number in session.execute(_cases(some, at)):
            cases[key].append((number, stages.get(case_id, (CaseStage.OPEN, None))[0]))
    return {key: OverdueMark(tuple(alerts[key]), tuple(cases[key])) for key in {*alerts, *cases}}


def _alerts(ids: Sequence[int], at: CutOff) -> sa.Select[Any]:
    withdrawn = sa.exists().where(
        col(AlertStep.alert_id) == col(Alert.id),
        col(AlertStep.kind) == AlertStepKind.WITHDRAW,
        col(AlertStep.recorded_at) < at.at,
    )
    columns: list[Any] = [col(Alert.milestone_id), col(Alert.measure), sa.func.count()]
    known = (col(Alert.scanned_on) <= at.on, col(Alert.raised_at) < at.at, ~withdrawn)
    query = sa.select(*columns).where(col(Alert.milestone_id).in_(ids), *known)
    return query.group_by(col(Alert.milestone_id), col(Alert.measure))


def _cases(ids: Sequence[int], at: CutOff) -> sa.Select[Any]:
    columns: list[Any] = [col(CaseMilestone.milestone_id), col(CaseMilestone.case_id), col(AccountabilityCase.number)]
    return (
        sa.select(*columns)
        .join(AccountabilityCase, col(AccountabilityCase.id) == col(CaseMilestone.case_id))
        .where(col(CaseMilestone.milestone_id).in_(ids), col(CaseMilestone.joined_on) <= at.on)
        .distinct()
        .order_by(col(CaseMilestone.milestone_id), col(CaseMilestone.case_id))
    )
