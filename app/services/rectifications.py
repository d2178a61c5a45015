"""Rectification items (整改): assigned, reported done, accepted, sent back, extended, taken back; each is one fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Action, Actor, may
from app.domain.alert_words import chinese_date
from app.domain.cases import CaseEventKind, CaseStage
from app.domain.rectifications import (
    UNSETTLED,
    RectificationFinding,
    RectificationStepFact,
    RectificationStepKind,
    may_follow,
    may_take,
    rectification_finding,
)
from app.models import (
    AccountabilityCase,
    CaseMilestone,
    Milestone,
    Rectification,
    RectificationStanding,
    RectificationStep,
)
from app.queries import instructions, rectifications
from app.services import audit, evidence
from app.services.case_events import append, case_for, project
from app.services.case_limits import LATEST, refuse, text_problems
from app.services.errors import ConflictError, ForbiddenError, Message, NotFoundError, msg
from app.services.evidence import StoredUpload
from app.services.reports import author_of, milestone_in_scope
from app.services.turns import take_turn

MAX_TEXT, MAX_SOURCE, MAX_PERSON = 2000, 120, 60
SAME_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be put right, by whom and until when; `organization_id` None: nothing was chosen."""

    milestone_id: int
    organization_id: int | None
    person: str
    source: str
    problem: str
    measure: str
    due_on: date | None


def assign(
    session: Session,
    actor: Actor,
    given: Assignment,
    *,
    now: datetime,
    case_id: int | None = None,
    files: Sequence[StoredUpload] = (),
) -> int:
    """Put an item on record, from a case in which a measure was decided or from a milestone itself; return its id.

    Raises: NotFoundError, ForbiddenError, ConflictError when the case or a moment ago forbids it, InputError.
    """
    take_turn(session)
    case = None if case_id is None else case_for(session, actor, case_id, CaseEventKind.RECTIFICATION)
    if not may(actor.role, Action.ASSIGN_RECTIFICATION):
        raise ForbiddenError(msg("Your role may not take this step."))
    milestone = milestone_in_scope(session, actor, given.milestone_id)
    refuse(_problems(session, given, case, local_day(now)))
    assert given.organization_id is not None
    assert given.due_on is not None
    _refuse_second_click(session, actor, given, now)
    row = Rectification(
        milestone_id=given.milestone_id,
        case_id=case_id,
        organization_id=given.organization_id,
        person=given.person.strip(),
        source=given.source.strip(),
        problem=given.problem.strip(),
        measure=given.measure.strip(),
        due_on=given.due_on,
        author_id=author_of(actor),
        author=actor.name,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    found = _project(session, row, milestone.plan_id)
    digests = evidence.attach(
        session, row.author_id, files, milestone_id=row.milestone_id, rectification_id=row.id, now=now
    )
    detail = {"case": case_id, "problem": row.problem, "organization": row.organization_id, "person": row.person}
    _audit(session, actor, "create", row, milestone.plan_id, now, evidence=digests, after=_stands(found), **detail)
    if case is not None:
        text = f"{row.problem}（{chinese_date(row.due_on)}前，{row.person}）"
        append(session, actor, case, CaseEventKind.RECTIFICATION, text, now, reply_due_on=row.due_on)
    assert row.id is not None
    return row.id


def take_step(
    session: Session,
    actor: Actor,
    rectification_id: int,
    kind: RectificationStepKind,
    *,
    text: str,
    now: datetime,
    due_on: date | None = None,
    files: Sequence[StoredUpload] = (),
) -> None:
    """Take a step with an item: report it done, accept it, send it back, set a further limit, take it back.

    Raises: NotFoundError; ForbiddenError for those who may not, and for whoever accepts what they reported done;
    ConflictError when somebody was faster; InputError naming each field.
    """
    take_turn(session)
    plan_id = rectifications.plan_of(session, actor.scope, rectification_id)
    if plan_id is None:
        raise NotFoundError(msg("There is no such rectification item in your scope."))
    row = session.get_one(Rectification, rectification_id)
    before = finding_of(session, row)
    _refuse_strangers(actor, row, before, kind)
    if not may_follow(before.state, kind):
        raise ConflictError(msg("Somebody was faster, or this step is not possible now. Look at the item again."))
    refuse(text_problems(text, most=MAX_TEXT) | _limit_problems(kind, due_on, before, local_day(now)))
    sets_limit = kind in (RectificationStepKind.EXTEND, RectificationStepKind.RETURN)
    step = RectificationStep(
        rectification_id=rectification_id,
        kind=kind,
        text=text.strip(),
        due_on=due_on if sets_limit else None,
        author_id=author_of(actor),
        author=actor.name,
        recorded_at=now,
    )
    session.add(step)
    session.flush()
    digests = evidence.attach(
        session, step.author_id, files, milestone_id=row.milestone_id, rectification_step_id=step.id, now=now
    )
    after = _project(session, row, plan_id)
    _audit(
        session,
        actor,
        kind,
        row,
        plan_id,
        now,
        text=step.text,
        evidence=digests,
        before=_stands(before),
        after=_stands(after),
    )
    _move_case_on(session, actor, row, after, now)


def finding_of(session: Session, row: Rectification) -> RectificationFinding:
    """Judge an item by its steps."""
    query = sa.select(
        col(RectificationStep.kind),
        col(RectificationStep.recorded_at),
        col(RectificationStep.author_id),
        col(RectificationStep.due_on),
    ).where(col(RectificationStep.rectification_id) == row.id)
    steps = [
        RectificationStepFact(kind, local_day(at), author_id, due_on)
        for kind, at, author_id, due_on in session.execute(query.order_by(col(RectificationStep.id)))
    ]
    return rectification_finding(row.due_on, steps)


def _refuse_strangers(
    actor: Actor, row: Rectification, found: RectificationFinding, kind: RectificationStepKind
) -> None:
    if not may_take(actor.role, kind):
        raise ForbiddenError(msg("Your role may not take this step."))
    unit = actor.scope.organization_id
    if unit is not None and unit != row.organization_id:
        raise ForbiddenError(msg("The unit that owns the item reports on it."))
    if kind is RectificationStepKind.ACCEPT and found.done_by == actor.account_id:
        raise ForbiddenError(msg("Who reported it done does not accept it: another account does."))


def _move_case_on(
    session: Session, actor: Actor, row: Rectification, after: RectificationFinding, now: datetime
) -> None:
    """Tell the item's case what comes next, and that nothing is open when this was the last one."""
    if row.case_id is None:
        return
    case = session.get_one(AccountabilityCase, row.case_id)
    still_open = sa.select(col(RectificationStanding.rectification_id)).where(
        col(RectificationStanding.case_id) == row.case_id, col(RectificationStanding.state).in_(sorted(UNSETTLED))
    )
    settled = after.state not in UNSETTLED and session.scalar(still_open.limit(1)) is None
    if settled and case.stage is CaseStage.RECTIFYING:
        append(session, actor, case, CaseEventKind.RECTIFIED, "整改事项全部办结", now)
    else:
        project(session, case)


def _project(session: Session, row: Rectification, plan_id: int) -> RectificationFinding:
    """Keep where an item stands, and return it."""
    found = finding_of(session, row)
    assert row.id is not None
    session.merge(
        RectificationStanding(
            rectification_id=row.id,
            plan_id=plan_id,
            case_id=row.case_id,
            organization_id=row.organization_id,
            state=found.state,
            first_due_on=found.first_due_on,
            due_on=found.due_on,
            done_on=found.done_on,
            settled_on=found.settled_on,
        )
    )
    session.flush()
    return found


def _problems(session: Session, given: Assignment, case: AccountabilityCase | None, today: date) -> dict[str, Message]:
    problems = text_problems(given.problem, "problem", MAX_TEXT) | text_problems(given.measure, "measure", MAX_TEXT)
    problems |= text_problems(given.source, "source", MAX_SOURCE) | text_problems(given.person, "person", MAX_PERSON)
    owners = {item.id for item in instructions.possible_addressees(session, given.milestone_id)}
    if given.organization_id not in owners | ({case.organization_id} if case else set()):
        problems["organization"] = msg("choose one of the list")
    if case is not None and not _holds(session, case, given.milestone_id):
        problems["milestone"] = msg("choose one of the list")
    return problems | _day_problems(given.due_on, today)


def _holds(session: Session, case: AccountabilityCase, milestone_id: int) -> bool:
    query = sa.select(col(CaseMilestone.milestone_id)).join(
        Milestone, col(Milestone.id) == col(CaseMilestone.milestone_id)
    )
    query = query.where(col(CaseMilestone.case_id) == case.id, col(Milestone.id) == milestone_id)
    return session.scalar(query.limit(1)) is not None


def _limit_problems(
    kind: RectificationStepKind, due_on: date | None, before: RectificationFinding, today: date
) -> dict[str, Message]:
    if kind is RectificationStepKind.EXTEND:
        if due_on is not None and due_on <= before.due_on:
            return {"due_on": msg("a day after the limit in force, %(day)s", day=before.due_on)}
        return _day_problems(due_on, today)
    if kind is RectificationStepKind.RETURN and (due_on is not None or before.due_on <= today):
        return _day_problems(due_on, today)
    return {}


def _day_problems(due_on: date | None, today: date) -> dict[str, Message]:
    if due_on is None:
        return {"due_on": msg("name the day until which it is to be put right")}
    if due_on <= today:
        return {"due_on": msg("a day after today")}
    return {"due_on": msg("check the year")} if due_on > LATEST else {}


def _refuse_second_click(session: Session, actor: Actor, given: Assignment, now: datetime) -> None:
    """Raises: ConflictError when the same person has just assigned the same to the same unit."""
    query = sa.select(col(Rectification.id)).where(
        col(Rectification.milestone_id) == given.milestone_id,
        col(Rectification.organization_id) == given.organization_id,
        col(Rectification.author_id) == author_of(actor),
        col(Rectification.problem) == given.problem.strip(),
        col(Rectification.recorded_at) > now - SAME_WITHIN,
    )
    if session.scalar(query.limit(1)) is not None:
        raise ConflictError(msg("This very item was recorded a moment ago; it was not recorded a second time."))


def _audit(
    session: Session, actor: Actor, tag: str, row: Rectification, plan_id: int, now: datetime, **detail: Any
) -> None:
    subject = f"rectifications/{row.id}"
    detail["milestone"] = row.milestone_id
    audit.record(session, actor, f"rectifications:{tag}", subject, now=now, plan_id=plan_id, **detail)


def _stands(found: RectificationFinding) -> dict[str, Any]:
    return {"state": found.state, "due_on": found.due_on}
