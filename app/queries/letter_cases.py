"""Gather what the documents of an accountability case say: its milestones, decision, statements, replies, items."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.cases import CaseEventKind, CaseStage, stage_after
from app.domain.letters import REOPENINGS, CaseLetterFacts, ItemTold, MeasureDecision, Party, Said
from app.domain.rectifications import RectificationState, RectificationStepFact, rectification_finding
from app.domain.vocabulary import Measure
from app.models import (
    AccountabilityCase,
    Alert,
    CaseEvent,
    CaseMilestone,
    Milestone,
    Organization,
    Place,
    Plan,
    Rectification,
    RectificationStep,
)
from app.queries import alert_states, postings
from app.queries.circulars import CutOff
from app.queries.letter_parts import head_of, matters


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """What decides which documents a case has: its stage, the measures decided since it was last opened.

    `to_units`: it is held against somebody beside the office.
    """

    stage: CaseStage
    decided: frozenset[Measure]
    to_units: bool


def standing(session: Session, plan: Plan, case_id: int, at: CutOff) -> CaseStanding | None:
    """Return where a case of the plan stood at a cut-off; None: the plan had no such case then."""
    case = _find(session, plan, case_id, at)
    if case is None:
        return None
    events, stage = _events(session, case_id, at), CaseStage.OPEN
    for event in events:
        stage = stage_after(stage, event.kind) if event.kind is not CaseEventKind.OPENED else stage
    decided = frozenset(event.measure for event in _decisions(events) if event.measure)
    return CaseStanding(stage, decided, bool(_units(session, plan, case, at)))


def gather(session: Session, plan: Plan, case_id: int, measure: Measure, at: CutOff) -> CaseLetterFacts | None:
    """Return what a case's documents on a measure say at a cut-off; None: there was no such case or decision then."""
    case = _find(session, plan, case_id, at)
    if case is None:
        return None
    events = _events(session, case_id, at)
    decision = next((event for event in reversed(_decisions(events)) if event.measure is measure), None)
    if decision is None:
        return None
    held = _held(session, case_id, at)
    return CaseLetterFacts(
        head=head_of(session, plan, at),
        held_as=_held_as(session, plan, case),
        units=_units(session, plan, case, at),
        matters=matters(session, plan, held, at),
        decision=_told(decision),
        statements=_said(event for event in events if event.kind is CaseEventKind.STATEMENT),
        statement_asked=any(event.kind is CaseEventKind.STATEMENT_REQUEST for event in events),
        replies=_said(
            event for event in events if event.kind is CaseEventKind.REPLY and event.follows_id == decision.id
        ),
        items=_items(session, case_id, at),
        measures_before=_measures(session, held, at),
        counties=_counties(session, plan),
    )


def _find(session: Session, plan: Plan, case_id: int, at: CutOff) -> AccountabilityCase | None:
    case = session.get(AccountabilityCase, case_id)
    return case if case is not None and case.plan_id == plan.id and case.opened_at < at.at else None


def _events(session: Session, case_id: int, at: CutOff) -> list[CaseEvent]:
    query = sa.select(CaseEvent).where(col(CaseEvent.case_id) == case_id, col(CaseEvent.recorded_at) < at.at)
    return list(session.scalars(query.order_by(col(CaseEvent.id))))


def _decisions(events: Sequence[CaseEvent]) -> list[CaseEvent]:
    """Return the decisions since the case was last opened; those before are settled with its closing."""
    opened = max((number for number, event in enumerate(events) if event.kind in REOPENINGS), default=-1)
    return [event for event in events[opened + 1 :] if event.kind is CaseEventKind.DECISION]


def _told(event: CaseEvent) -> MeasureDecision:
    assert event.id is not None
    assert event.measure is not None
    return MeasureDecision(
        id=event.id,
        measure=event.measure,
        decided_on=event.dated_on or local_day(event.recorded_at),
        clause=event.clause,
        basis=event.basis,
        document_number=event.document_number,
        reply_due_on=event.reply_due_on,
        text=event.text,
    )


def _said(events: Iterable[CaseEvent]) -> tuple[Said, ...]:
    return tuple(Said(local_day(event.recorded_at), event.text) for event in events)


def _units(session: Session, plan: Plan, case: AccountabilityCase, at: CutOff) -> tuple[Party, ...]:
    """Return who is held to account, but for the office, with who answered for each on the day of the cut-off."""
    assert case.id is not None
    found = postings.answering_in_case(session, case.id, case.organization_id, at.on)
    return tuple(Party(item.name, item.person) for item in found if item.organization_id != plan.office_id)


def _held_as(session: Session, plan: Plan, case: AccountabilityCase) -> str:
    """Return the unit's full name; of a case that the office holds for a group, the group's word."""
    if case.organization_id == plan.office_id:
        return case.held_as
    return session.get_one(Organization, case.organization_id).name


def _held(session: Session, case_id: int, at: CutOff) -> list[int]:
    query = sa.select(col(CaseMilestone.milestone_id)).where(
        col(CaseMilestone.case_id) == case_id, col(CaseMilestone.joined_on) <= at.on
    )
    return sorted(set(session.scalars(query)))


def _items(session: Session, case_id: int, at: CutOff) -> tuple[ItemTold, ...]:
    """Return the rectification items assigned by the cut-off, as they stood then, without those taken back."""
    query = (
        sa.select(Rectification, col(Organization.name))
        .join(Organization, col(Organization.id) == col(Rectification.organization_id))
        .where(col(Rectification.case_id) == case_id, col(Rectification.recorded_at) < at.at)
        .order_by(col(Rectification.id))
    )
    rows = [(row, name) for row, name in session.execute(query)]
    steps = _steps(session, [row.id for row, _ in rows], at)
    found = []
    for row, name in rows:
        finding = rectification_finding(row.due_on, steps[row.id])
        if finding.state is not RectificationState.CANCELLED:
            found.append(ItemTold(row.problem, row.measure, name, row.person, finding.due_on, finding.state))
    return tuple(found)


def _steps(session: Session, ids: Sequence[int], at: CutOff) -> dict[int, list[RectificationStepFact]]:
    found: dict[int, list[RectificationStepFact]] = defaultdict(list)
    if ids:
        step = RectificationStep
        query = sa.select(step).where(col(step.rectification_id).in_(ids), col(step.recorded_at) < at.at)
        for row in session.scalars(query.order_by(col(step.id))):
            on = local_day(row.recorded_at)
            found[row.rectification_id].append(RectificationStepFact(row.kind, on, row.author_id, row.due_on))
    return found


def _measures(session: Session, milestone_ids: Sequence[int], at: CutOff) -> tuple[tuple[Measure, int], ...]:
    """Count the alerts raised on milestones before the cut-off that were not withdrawn, by measure."""
    query = (
        sa.select(col(Alert.measure), sa.func.count())
        .where(
            col(Alert.milestone_id).in_(milestone_ids),
            col(Alert.raised_at) < at.at,
            ~alert_states.withdrawn(),
        )
        .group_by(col(Alert.measure))
        .order_by(col(Alert.measure))
    )
    return tuple((measure, count) for measure, count in session.execute(query))


def _counties(session: Session, plan: Plan) -> tuple[str, ...]:
    elsewhere = sa.select(col(Milestone.place_id)).where(
        col(Milestone.plan_id) == plan.id, col(Milestone.place_id) != plan.place_id
    )
    return tuple(
        session.scalars(sa.select(col(Place.name)).where(col(Place.id).in_(elsewhere)).order_by(col(Place.id)))
    )
