"""Submit a report on a milestone: one fact with its measured values and evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor
from app.domain.history import closing_in_force, withdrawal
from app.domain.milestone_facts import MilestoneFacts
from app.domain.reports import REPLACEABLE, reviews
from app.domain.vocabulary import ExpectedKind, ReportState, Role
from app.models import Milestone, MilestoneUnit, Plan, Report, ReportValue, Target
from app.queries import facts, periods
from app.queries.closings import has_evidence
from app.services import evidence, report_values, standing_changes
from app.services.errors import ConflictError, ForbiddenError, InputError, Message, NotFoundError, msg
from app.services.standing_changes import MilestoneFact
from app.services.turns import take_turn

SAME_WITHIN = timedelta(minutes=1)
EXPLANATION_LENGTH = 300
NO_EVIDENCE = msg("a claim of completion needs at least one file that proves it")


@dataclass(frozen=True, slots=True)
class ReportInput:
    """What somebody reports; `share_pct` in percent, None when not given; `values` by target id.

    `expected_id`: the expected report it answers; None: the one that is open for the day it speaks of, if there is one.
    `explanations` by target id say why a value that looks implausible is right. `no_change` makes it a zero report.
    """

    reported_on: date
    share_pct: Decimal | None
    summary: str
    claims_completion: bool
    reached_on: date | None
    values: dict[int, Decimal]
    no_change: bool = False
    expected_id: int | None = None
    explanations: dict[int, str] = field(default_factory=dict)
    doubted: frozenset[int] = frozenset()  # targets whose values were asked about, and are sent all the same


def submit(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: ReportInput,
    files: Sequence[evidence.StoredUpload],
    *,
    now: datetime,
) -> Report:
    """Append a report. Raises: NotFoundError, ForbiddenError, ConflictError, InputError naming each field."""
    report, fact = append(session, actor, milestone_id, given, files, now=now)
    standing_changes.record(session, actor, [fact], now=now)
    return report


def append(
    session: Session,
    actor: Actor,
    milestone_id: int,
    given: ReportInput,
    files: Sequence[evidence.StoredUpload],
    *,
    now: datetime,
) -> tuple[Report, MilestoneFact]:
    """Append a report as one of several; the caller records the fact. Raises: as `submit`."""
    milestone = milestone_in_scope(session, actor, milestone_id)
    known = facts.gather(session, [milestone_id])[0].facts
    if withdrawal(known):
        raise ConflictError(msg("This milestone was withdrawn from the plan; it takes no more reports."))
    whole = _speaks_for_whole(session, actor, milestone_id)
    if problems := _problems(session, milestone, given, files, local_day(now)):
        raise InputError(problems)
    report_values.ask_for_explanations(session, milestone_id, given.values, given.explanations.keys() | given.doubted)
    if _just_recorded(session, actor, milestone_id, given, now):
        raise ConflictError(msg("This very report was recorded a moment ago; it was not recorded a second time."))
    expected = _expected(session, actor, milestone, known, given, local_day(now))
    report = Report(
        milestone_id=milestone_id,
        organization_id=actor.scope.organization_id,
        author_id=author_of(actor),
        speaks_for_whole=whole,
        accepted=actor.role is Role.OFFICE,
        expected_id=expected.id if expected else None,
        replaces_id=_replaced(known, actor.scope.organization_id, expected),
        recorded_at=now,
        **_words(given),
    )
    session.add(report)
    session.flush()
    _add_values(session, report, given)
    digests = evidence.attach(
        session, report.author_id, list(files), milestone_id=milestone_id, report_id=report.id, now=now
    )
    return report, _fact(report, given, milestone.plan_id, digests)


def _words(given: ReportInput) -> dict[str, Any]:
    """Return the columns of a report that somebody typed."""
    return {
        "reported_on": given.reported_on,
        "share_pct": given.share_pct,
        "summary": given.summary,
        "claims_completion": given.claims_completion,
        "reached_on": given.reached_on if given.claims_completion else None,
        "no_change": given.no_change,
    }


def _fact(report: Report, given: ReportInput, plan_id: int, digests: list[str]) -> MilestoneFact:
    """Return what the trail tells of a report."""
    detail = {
        "report": report.id,
        "expected": report.expected_id,
        "replaces": report.replaces_id,
        "share_pct": given.share_pct,
        "claims_completion": given.claims_completion,
        "no_change": given.no_change,
        "values": {str(key): value for key, value in given.values.items()},
        "evidence": digests,
    }
    return MilestoneFact("reports:create", report.milestone_id, plan_id, detail)


def _add_values(session: Session, report: Report, given: ReportInput) -> None:
    session.add_all(
        ReportValue(
            report_id=report.id or 0, target_id=key, value=value, explanation=given.explanations.get(key) or None
        )
        for key, value in given.values.items()
    )


def reporting_unit(session: Session, actor: Actor, plan_id: int) -> int:
    """Return the organization whose reports the actor writes: his own, or for the office that of the plan."""
    return actor.scope.organization_id or session.get_one(Plan, plan_id).office_id


def _expected(
    session: Session, actor: Actor, milestone: Milestone, known: MilestoneFacts, given: ReportInput, today: date
) -> periods.OpenExpectation | None:
    """Return the expected report that this one answers; None: none is open. Raises: ConflictError for a closed one."""
    assert milestone.id is not None
    unit = reporting_unit(session, actor, milestone.plan_id)
    items = periods.open_expectations(session, [milestone.id], unit, today).get(milestone.id, [])
    if given.expected_id is not None:
        chosen = next((item for item in items if item.id == given.expected_id), None)
        if chosen is None:
            raise ConflictError(
                msg("This period is closed for entry. Ask the office to open it for your unit; what you wrote is kept.")
            )
        return chosen
    within = [item for item in items if item.first_on <= given.reported_on <= item.last_on]
    within = within or [item for item in items if item.first_on == items[-1].first_on]
    kind = ExpectedKind.RECHECK if closing_in_force(known) else ExpectedKind.PROGRESS
    return next((item for item in within if item.kind is kind), within[0] if within else None)


def _replaced(facts: MilestoneFacts, unit: int | None, expected: periods.OpenExpectation | None) -> int | None:
    """Return the unit's report whose place this one takes: one in review for the same period, or one sent back."""
    states = {item.report_id: item.state for item in reviews(facts)}
    for report in reversed(facts.reports):
        if report.organization_id != unit or states[report.id] not in REPLACEABLE:
            continue
        if expected is not None and report.expected_id == expected.id:
            return report.id
        if report.expected_id is None and states[report.id] is ReportState.RETURNED:
            return report.id
    return None


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
        col(Report.share_pct).is_not_distinct_from(given.share_pct),
        col(Report.recorded_at) > now - SAME_WITHIN,
    )
    if given.expected_id is not None:  # the same words may hold of two periods
        query = query.where(col(Report.expected_id) == given.expected_id)
    return session.scalar(query.limit(1)) is not None


def _problems(
    session: Session, milestone: Milestone, given: ReportInput, files: Sequence[evidence.StoredUpload], today: date
) -> dict[str, Message]:
    problems = plain_problems(given, today)
    if given.claims_completion and not files and not has_evidence(session, milestone.id or 0):
        problems["evidence"] = NO_EVIDENCE
    known = _targets(session, milestone.id, list(given.values))
    for target_id in given.values:
        if target_id not in known:
            problems[f"value-{target_id}"] = msg("this target belongs to another milestone")
        elif known[target_id].retired:
            # Its field is not on the page any more.
            problems["summary"] = msg("the plan was amended meanwhile: look at the present targets and send it again")
    return problems


def plain_problems(given: ReportInput, today: date) -> dict[str, Message]:
    """Return what is wrong with a report in itself, by field: its days, share, words, claim and explanations."""
    problems: dict[str, Message] = {}
    if given.reported_on > today:
        problems["reported_on"] = msg("this day has not come yet")
    if given.share_pct is not None and not 0 <= given.share_pct <= 100:
        problems["share_pct"] = msg("a share lies between 0 and 100")
    if not given.summary and not given.no_change:
        problems["summary"] = msg("say in a sentence what was done")
    if given.no_change and (given.share_pct is not None or given.values or given.claims_completion):
        problems["no_change"] = msg("a report of no change gives no share, no value and no claim; leave them empty")
    if given.claims_completion and given.reached_on is None:
        problems["reached_on"] = msg("name the day on which the result was reached")
    if given.reached_on is not None and given.reached_on > today:
        problems["reached_on"] = msg("this day has not come yet")
    for target_id, words in given.explanations.items():
        if len(words) > EXPLANATION_LENGTH:
            problems[f"why-{target_id}"] = msg("at most %(count)s characters", count=EXPLANATION_LENGTH)
    return problems


def _targets(session: Session, milestone_id: int | None, ids: list[int]) -> dict[int, Any]:
    retired = col(Target.retired_by_id).is_not(None).label("retired")
    rows = session.execute(
        sa.select(col(Target.id), retired).where(col(Target.milestone_id) == milestone_id, col(Target.id).in_(ids))
    )
    return {row.id: row for row in rows}


def author_of(actor: Actor) -> int:
    """Return the account of who records a fact. Raises: ForbiddenError for the command line and the scheduler."""
    if actor.account_id is None:
        raise ForbiddenError(msg("Only a signed-in person can record this."))
    return actor.account_id
