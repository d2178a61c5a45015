"""Submit a report on a milestone: one fact with its measured values and evidence."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.history import withdrawal
from app.domain.vocabulary import Role
from app.models import Milestone, MilestoneUnit, Report, ReportValue, Target
from app.queries import facts
from app.services import audit, evidence, standings
from app.services.errors import ConflictError, ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.turns import take_turn

SAME_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ReportInput:
    """What somebody reports; `share_pct` in percent, None when not given; `values` by target id."""

    reported_on: date
    share_pct: Decimal | None
    summary: str
    claims_completion: bool
    reached_on: date | None
    values: dict[int, Decimal]


def submit(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: ReportInput,
    uploads: list[evidence.Upload],
    *,
    folder: Path,
    max_mb: int,
    now: datetime,
) -> Report:
    """Append a report. Raises: NotFoundError, ForbiddenError, ConflictError, InputError naming each field."""
    milestone = milestone_in_scope(session, actor, milestone_id)
    if withdrawal(facts.gather(session, [milestone_id])[0].facts):
        raise ConflictError(msg("This milestone was withdrawn from the plan; it takes no more reports."))
    whole = _speaks_for_whole(session, actor, milestone_id)
    if problems := _problems(session, milestone, given, local_day(now)):
        raise InputError(problems)
    evidence.check(uploads, max_mb=max_mb)
    if _just_recorded(session, actor, milestone_id, given, now):
        raise ConflictError(msg("This very report was recorded a moment ago; it was not recorded a second time."))
    report = Report(
        milestone_id=milestone_id,
        organization_id=actor.scope.organization_id,
        author_id=author_of(actor),
        reported_on=given.reported_on,
        share_pct=given.share_pct,
        summary=given.summary,
        claims_completion=given.claims_completion,
        reached_on=given.reached_on if given.claims_completion else None,
        speaks_for_whole=whole,
        accepted=actor.role is Role.OFFICE,
        recorded_at=now,
    )
    session.add(report)
    session.flush()
    assert report.id is not None
    session.add_all(ReportValue(report_id=report.id, target_id=key, value=value) for key, value in given.values.items())
    digests = evidence.attach(
        session,
        author_of(actor),
        evidence.keep(folder, uploads),
        milestone_id=milestone_id,
        report_id=report.id,
        decision_id=None,
        now=now,
    )
    audit.record(
        session,
        actor,
        "reports:create",
        f"milestones/{milestone_id}",
        now=now,
        plan_id=milestone.plan_id,
        report=report.id,
        share_pct=given.share_pct,
        claims_completion=given.claims_completion,
        values={str(key): value for key, value in given.values.items()},
        evidence=digests,
    )
    standings.refresh(session, [milestone_id], local_day(now))
    return report


def milestone_in_scope(session: Session, actor: Actor, milestone_id: int) -> Milestone:
    """Return a milestone that the actor may write on, with the turn to write taken.

    Raises: NotFoundError; ForbiddenError outside the actor's plan or organization.
    """
    take_turn(session)
    milestone = session.get(Milestone, milestone_id)
    if milestone is None:
        raise NotFoundError(msg("There is no such milestone."))
    if not actor.scope.holds_plan(milestone.plan_id):
        raise ForbiddenError(msg("This milestone belongs to another plan."))
    unit = actor.scope.organization_id
    if unit is not None and not _bonds(session, milestone_id, unit):
        raise ForbiddenError(msg("Your organization is not named for this milestone."))
    return milestone


def _bonds(session: Session, milestone_id: int, organization_id: int) -> list[bool]:
    """Return for each role in which a unit is bound to a milestone whether it leads."""
    query = sa.select(col(MilestoneUnit.leads)).where(
        col(MilestoneUnit.milestone_id) == milestone_id, col(MilestoneUnit.organization_id) == organization_id
    )
    return list(session.scalars(query))


def _speaks_for_whole(session: Session, actor: Actor, milestone_id: int) -> bool:
    """Tell whether a report counts for the whole milestone: the office's and the leading unit's do."""
    unit = actor.scope.organization_id
    return unit is None or any(_bonds(session, milestone_id, unit))


def _just_recorded(session: Session, actor: Actor, milestone_id: int, given: ReportInput, now: datetime) -> bool:
    """Tell whether the same person has just sent the same words: a second click, not a second report."""
    query = sa.select(col(Report.id)).where(
        col(Report.milestone_id) == milestone_id,
        col(Report.author_id) == author_of(actor),
        col(Report.summary) == given.summary,
        col(Report.reported_on) == given.reported_on,
        col(Report.claims_completion) == given.claims_completion,
        col(Report.recorded_at) > now - SAME_WITHIN,
    )
    return session.scalar(query.limit(1)) is not None


def _problems(session: Session, milestone: Milestone, given: ReportInput, today: date) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if given.reported_on > today:
        problems["reported_on"] = msg("this day has not come yet")
    if given.share_pct is not None and not 0 <= given.share_pct <= 100:
        problems["share_pct"] = msg("a share lies between 0 and 100")
    if not given.summary:
        problems["summary"] = msg("say in a sentence what was done")
    if given.claims_completion and given.reached_on is None:
        problems["reached_on"] = msg("name the day on which the result was reached")
    if given.reached_on is not None and given.reached_on > today:
        problems["reached_on"] = msg("this day has not come yet")
    known = _targets(session, milestone.id, list(given.values))
    for target_id, value in given.values.items():
        if target_id not in known:
            problems[f"value-{target_id}"] = msg("this target belongs to another milestone")
        elif known[target_id].retired:
            # Its field is not on the page any more.
            problems["summary"] = msg("the plan was amended meanwhile: look at the present targets and send it again")
        elif known[target_id].unit == "%" and not 0 <= value <= 1000:
            problems[f"value-{target_id}"] = msg("this share is out of range")
    return problems


def _targets(session: Session, milestone_id: int | None, ids: list[int]) -> dict[int, Any]:
    retired = col(Target.retired_by_id).is_not(None).label("retired")
    rows = session.execute(
        sa.select(col(Target.id), col(Target.unit), retired).where(
            col(Target.milestone_id) == milestone_id, col(Target.id).in_(ids)
        )
    )
    return {row.id: row for row in rows}


def author_of(actor: Actor) -> int:
    """Return the account of who records a fact. Raises: ForbiddenError for the command line and the scheduler."""
    if actor.account_id is None:
        raise ForbiddenError(msg("Only a signed-in person can record this."))
    return actor.account_id
