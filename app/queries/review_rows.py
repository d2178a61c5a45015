"""Reports with what their reviewer holds against them: the last one, the targets, the files, earlier answers."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.plausibility import Doubt, doubts
from app.domain.reports import WAITING
from app.domain.targets import Verdict, verdict
from app.domain.vocabulary import Comparator, DecisionKind, ExpectedKind, ReportState, SchoolStage, ValueType
from app.models import (
    Account,
    Evidence,
    ExpectedReport,
    Indicator,
    MilestoneDecision,
    Organization,
    Report,
    ReportingPeriod,
    ReportReview,
    ReportValue,
    Target,
)

_ANSWERS = (DecisionKind.ENDORSE, DecisionKind.ACCEPT, DecisionKind.RETURN, DecisionKind.CLOSE_OUT)
_NONE: tuple[None, None] = (None, None)


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """A file with a report or with an answer to it."""

    id: int
    filename: str
    size: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a report, by whom and when."""

    files: tuple[ReviewFile, ...]
    kind: DecisionKind
    note: str
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewedReport:
    """A report with where it stands; `unit` None: the office's own, `first_on` None: it answers no expected one."""

    id: int
    unit_id: int | None
    unit: str | None
    supervisor_id: int | None
    supervisor: str | None
    author: str
    recorded_at: datetime
    reported_on: date
    share_pct: Decimal | None
    summary: str
    claims_completion: bool
    reached_on: date | None
    no_change: bool
    speaks_for_whole: bool
    replaces_id: int | None
    state: ReportState
    changed_at: datetime
    expected: ExpectedKind | None
    first_on: date | None
    last_on: date | None
    timely_until_on: date | None


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """A target with the value of this report and of the last one; None: the report gives none."""

    value: Decimal | None
    explanation: str | None
    last: Decimal | None
    id: int
    code: str
    name: str
    value_type: ValueType
    stage: SchoolStage | None
    comparator: Comparator
    target: Decimal
    unit: str
    baseline: Decimal | None
    cumulative: bool
    retired: bool

    @property
    def change(self) -> Decimal | None:
        """By how much it differs from the last value; None where one of them is missing."""
        return None if self.value is None or self.last is None else self.value - self.last

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What speaks against this value."""
        if self.value is None:
            return ()
        return doubts(self.value, self.last, unit=self.unit, value_type=self.value_type, cumulative=self.cumulative)

    @property
    def verdict(self) -> Verdict:
        """What this value says of the target."""
        return verdict(self.comparator, self.target, self.value)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A report beside the last one of its unit that was accepted or at least not sent back (None: its first)."""

    report: ReviewedReport
    last: ReviewedReport | None
    values: tuple[ComparedValue, ...]
    files: tuple[ReviewFile, ...]
    answers: tuple[Answer, ...]

    @property
    def waits(self) -> bool:
        """Tell whether somebody is to look at it."""
        return self.report.state in WAITING

    @property
    def given(self) -> list[ComparedValue]:
        """The targets that this report or the last one gives a value for."""
        return [row for row in self.values if row.value is not None or row.last is not None]

    @property
    def silent(self) -> list[ComparedValue]:
        """The targets that neither gives a value for."""
        return [row for row in self.values if row.value is None and row.last is None]

    @property
    def change_pp(self) -> Decimal | None:
        """By how many points its share differs from the last one; None where one of them is missing."""
        if self.last is None or self.last.share_pct is None or self.report.share_pct is None:
            return None
        return self.report.share_pct - self.last.share_pct


def reports_of(session: Session, milestone_id: int) -> dict[int, ReviewedReport]:
    """Return all reports on a milestone by id, the oldest first."""
    above = aliased(Organization)
    columns: list[Any] = [
        col(Report.id),
        col(Report.organization_id),
        col(Organization.name),
        col(Organization.supervisor_id),
        col(above.name),
        col(Account.display_name),
        col(Report.recorded_at),
        col(Report.reported_on),
        col(Report.share_pct),
        col(Report.summary),
        col(Report.claims_completion),
        col(Report.reached_on),
        col(Report.no_change),
        col(Report.speaks_for_whole),
        col(Report.replaces_id),
        col(ReportReview.state),
        col(ReportReview.changed_at),
        col(ExpectedReport.kind),
        col(ReportingPeriod.first_on),
        col(ReportingPeriod.last_on),
        col(ReportingPeriod.timely_until_on),
    ]
    query = (
        sa.select(*columns)
        .select_from(Report)
        .join(ReportReview, col(ReportReview.report_id) == col(Report.id))
        .join(Account, col(Account.id) == col(Report.author_id))
        .outerjoin(Organization, col(Organization.id) == col(Report.organization_id))
        .outerjoin(above, col(above.id) == col(Organization.supervisor_id))
        .outerjoin(ExpectedReport, col(ExpectedReport.id) == col(Report.expected_id))
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(ExpectedReport.period_id))
        .where(col(Report.milestone_id) == milestone_id)
        .order_by(col(Report.recorded_at), col(Report.id))
    )
    return {row[0]: ReviewedReport(*row) for row in session.execute(query)}


def chain(rows: dict[int, ReviewedReport], report_id: int) -> list[int]:
    """Return a report and those whose place it took, one after the other."""
    found = [report_id]
    while (before := rows[found[-1]].replaces_id) in rows and before is not None and before not in found:
        found.append(before)
    return found


def _last(rows: dict[int, ReviewedReport], report: ReviewedReport) -> ReviewedReport | None:
    """Return what a report is held against: the last accepted one of its unit or the office, else the last that waits.

    What it takes the place of is the same report once more, so that is not it.
    """
    passed_over = {*chain(rows, report.id)}
    earlier = [
        item
        for item in rows.values()
        if (item.recorded_at, item.id) < (report.recorded_at, report.id)
        and item.id not in passed_over
        and item.unit_id in (report.unit_id, None)
    ]
    accepted = [item for item in earlier if item.state is ReportState.ACCEPTED]
    standing = [item for item in earlier if item.state in WAITING]
    return next(iter([*reversed(accepted), *reversed(standing)]), None)


def compared(
    session: Session, milestone_id: int, rows: dict[int, ReviewedReport], wanted: Sequence[int]
) -> list[Comparison]:
    """Return each wanted report beside what it is held against."""
    last = {report_id: _last(rows, rows[report_id]) for report_id in wanted}
    values = _values(session, {*wanted, *(item.id for item in last.values() if item)})
    targets = _targets(session, milestone_id)
    files, answers = _files(session, milestone_id, wanted)

    def lines(report_id: int) -> tuple[ComparedValue, ...]:
        given, before = values.get(report_id, {}), values.get(item.id, {}) if (item := last[report_id]) else {}
        return tuple(
            ComparedValue(given.get(row.id, _NONE)[0], given.get(row.id, _NONE)[1], before.get(row.id, _NONE)[0], *row)
            for row in targets
            if not row.retired or row.id in given
        )

    return [
        Comparison(
            rows[report_id],
            last[report_id],
            lines(report_id),
            tuple(files.get(report_id, ())),
            tuple(answers.get(report_id, ())),
        )
        for report_id in wanted
    ]


def _values(session: Session, report_ids: Collection[int]) -> dict[int, dict[int, tuple[Decimal, str | None]]]:
    """Return by report what it says of each target, with the word of explanation."""
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        col(ReportValue.report_id), col(ReportValue.target_id), col(ReportValue.value), col(ReportValue.explanation)
    ).where(col(ReportValue.report_id).in_(report_ids))
    found: dict[int, dict[int, tuple[Decimal, str | None]]] = defaultdict(dict)
    for report_id, target_id, value, explanation in session.execute(query):
        found[report_id][target_id] = value, explanation
    return found


def _targets(session: Session, milestone_id: int) -> list[Any]:
    columns: list[Any] = [
        col(Target.id),
        col(Indicator.code),
        col(Indicator.name),
        col(Indicator.value_type),
        col(Target.stage),
        col(Target.comparator),
        col(Target.value),
        col(Target.unit),
        col(Target.baseline),
        col(Indicator.cumulative),
        col(Target.retired_by_id).is_not(None).label("retired"),
    ]
    query = sa.select(*columns).join(Indicator, col(Indicator.id) == col(Target.indicator_id))
    query = query.where(col(Target.milestone_id) == milestone_id).order_by(col(Target.position), col(Target.id))
    return list(session.execute(query))


def _files(
    session: Session, milestone_id: int, report_ids: Sequence[int]
) -> tuple[dict[int, list[ReviewFile]], dict[int, list[Answer]]]:
    """Return by report its files, and the answers to it with theirs, the oldest first."""
    of_report, of_decision = defaultdict[int, list[ReviewFile]](list), defaultdict[int, list[ReviewFile]](list)
    listed: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Evidence.report_id),
            col(Evidence.decision_id),
            col(Evidence.id),
            col(Evidence.filename),
            col(Evidence.size),
        )
        .where(
            col(Evidence.milestone_id) == milestone_id,
            sa.or_(col(Evidence.report_id).in_(report_ids), col(Evidence.decision_id).is_not(None)),
        )
        .order_by(col(Evidence.id))
    )
    for report_id, decision_id, *file in session.execute(listed):
        (of_decision[decision_id] if decision_id else of_report[report_id]).append(ReviewFile(*file))
    decided: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(MilestoneDecision.id),
            col(MilestoneDecision.report_id),
            col(MilestoneDecision.kind),
            col(MilestoneDecision.note),
            col(Account.display_name),
            col(MilestoneDecision.recorded_at),
        )
        .join(Account, col(Account.id) == col(MilestoneDecision.author_id))
        .where(col(MilestoneDecision.report_id).in_(report_ids), col(MilestoneDecision.kind).in_(_ANSWERS))
        .order_by(col(MilestoneDecision.recorded_at), col(MilestoneDecision.id))
    )
    answers = defaultdict[int, list[Answer]](list)
    for decision_id, report_id, *values in session.execute(decided):
        answers[report_id].append(Answer(tuple(of_decision.get(decision_id, ())), *values))
    return of_report, answers
