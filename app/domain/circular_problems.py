"""The problems a quarterly circular names, read from its facts: what is late, behind, unmet, unreported."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.circular_cases import RectificationRow
from app.domain.circular_projects import ProjectRow, project_totals
from app.domain.circulars import CircularFacts, MilestoneRow, TargetRow, ending, overdue
from app.domain.rectifications import RectificationState
from app.domain.targets import Verdict
from app.domain.vocabulary import Standing

LONG_OVERDUE_DAYS = 90


class ProblemKind(StrEnum):
    """The problems a circular names, in the order it names them."""

    LONG_OVERDUE = "long_overdue"
    OVERDUE = "overdue"
    ENDING = "ending"
    NOTHING_REPORTED = "nothing_reported"
    BEHIND = "behind"
    REGRESSED = "regressed"
    UNMET_TARGETS = "unmet_targets"
    UNASSESSED_TARGETS = "unassessed_targets"
    DRIFTING = "drifting"
    UNREPORTED_PAYMENTS = "unreported_payments"
    LATE_RECTIFICATIONS = "late_rectifications"


@dataclass(frozen=True)
class Problem:
    """One named problem: how many items it concerns, and the items themselves, worst first."""

    kind: ProblemKind
    count: int
    milestones: tuple[MilestoneRow, ...] = ()
    targets: tuple[TargetRow, ...] = ()
    projects: tuple[ProjectRow, ...] = ()
    rectifications: tuple[RectificationRow, ...] = ()


def problems(facts: CircularFacts) -> tuple[Problem, ...]:
    """Name the problems the facts show, in the order of ProblemKind; a problem without items is left out."""
    late = overdue(facts)
    named = (
        _milestone_problem(ProblemKind.LONG_OVERDUE, (row for row in late if row.days_late > LONG_OVERDUE_DAYS)),
        _milestone_problem(ProblemKind.OVERDUE, (row for row in late if row.days_late <= LONG_OVERDUE_DAYS)),
        _milestone_problem(ProblemKind.ENDING, ending(facts)),
        _milestone_problem(ProblemKind.NOTHING_REPORTED, (row for row in late if row.last_report_on is None)),
        _milestone_problem(ProblemKind.BEHIND, _standing(facts, Standing.BEHIND)),
        _milestone_problem(ProblemKind.REGRESSED, _standing(facts, Standing.REGRESSED)),
        _target_problem(ProblemKind.UNMET_TARGETS, facts, Verdict.UNMET),
        _target_problem(ProblemKind.UNASSESSED_TARGETS, facts, Verdict.NOT_ASSESSED),
        _project_problem(facts),
        Problem(ProblemKind.UNREPORTED_PAYMENTS, project_totals(facts.projects).without_payment),
        _rectification_problem(facts),
    )
    return tuple(problem for problem in named if problem.count)


def _standing(facts: CircularFacts, standing: Standing) -> Iterable[MilestoneRow]:
    return (row for row in facts.milestones if row.standing is standing)


def _milestone_problem(kind: ProblemKind, rows: Iterable[MilestoneRow]) -> Problem:
    found = tuple(rows)
    return Problem(kind, len(found), milestones=found)


def _target_problem(kind: ProblemKind, facts: CircularFacts, verdict: Verdict) -> Problem:
    """Gather the targets of one verdict that were due by the cut-off; unconfirmed history is remarked on apart."""
    history = {row.id for row in facts.milestones if row.standing is Standing.UNCONFIRMED}
    rows = (row for row in facts.targets if row.verdict is verdict and row.milestone_id not in history)
    found = tuple(row for row in rows if row.effective_due_on <= facts.cut_off_on)
    return Problem(kind, len(found), targets=found)


def _project_problem(facts: CircularFacts) -> Problem:
    found = tuple(row for row in facts.projects if row.drifts)
    return Problem(ProblemKind.DRIFTING, len(found), projects=found)


def _rectification_problem(facts: CircularFacts) -> Problem:
    """Gather the items past the limit in force that nobody has reported done, the latest first."""
    late = (row for row in facts.rectifications if row.state is RectificationState.OPEN and row.days_late)
    found = tuple(sorted(late, key=lambda row: -row.days_late))
    return Problem(ProblemKind.LATE_RECTIFICATIONS, len(found), rectifications=found)
