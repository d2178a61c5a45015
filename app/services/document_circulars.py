"""Draw the documents of a whole plan: quarterly circular, progress report, ledger, overdue list, project table."""

from sqlmodel import Session

from app.domain.alert_words import MEASURE_NAMES
from app.domain.circulars import overdue
from app.domain.documents import Subject
from app.domain.official_words import CASE_STAGES
from app.domain.quarters import parse_quarter
from app.models import Plan
from app.printouts.case_tables import within_plan
from app.printouts.circulars import compose
from app.printouts.documents import Document
from app.printouts.plan_sheets import compose_ledger, compose_overdue, compose_projects
from app.printouts.progress_reports import compose_report
from app.queries import circular_parts, circulars, progress_reports
from app.queries.circulars import CutOff
from app.queries.overdue_marks import OverdueMark, overdue_marks


def quarterly_circular(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Draw the quarterly circular (季度通报) of the subject's quarter."""
    return compose(circulars.gather(session, plan, parse_quarter(subject.key), at))


def progress_report(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Draw the progress report (进展情况报告) to the plan's leading group."""
    return compose_report(progress_reports.gather(session, plan, at))


def milestone_ledger(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Draw the milestone ledger (任务台账)."""
    return compose_ledger(circulars.gather_ledger(session, plan, at))


def overdue_list(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Draw the overdue list (逾期任务清单) with what was done about each milestone."""
    facts = circulars.gather_ledger(session, plan, at)
    marks = overdue_marks(session, plan.id or 0, [row.id for row in overdue(facts)], at)
    return compose_overdue(facts, {key: _handled(mark) for key, mark in marks.items()})


def project_table(session: Session, plan: Plan, subject: Subject, at: CutOff) -> Document:
    """Draw the table of projects and investment (工程项目和投资情况表)."""
    facts = circulars.gather_ledger(session, plan, at, of_projects=True)
    steps = {row.id: row for row in facts.milestones}
    return compose_projects(
        facts, circular_parts.project_rows(circulars.record_at(session, plan, at), plan.id or 0, steps)
    )


def _handled(mark: OverdueMark) -> str:
    """Say what was done: 催办2次；督办通知单1次；案件2026-001（整改中）."""
    alerts = [f"{MEASURE_NAMES[measure]}{count}次" for measure, count in mark.alerts]
    return "；".join([*alerts, *(f"案件{within_plan(number)}（{CASE_STAGES[stage]}）" for number, stage in mark.cases)])
