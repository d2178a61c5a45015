"""The documents of a whole plan: what they print is what the export and the JSON interface give at the same cut-off."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.domain.documents import DocumentKind, subject
from app.domain.official_words import STANDINGS
from app.domain.vocabulary import (
    Measure,
    MilestoneKind,
    PlaceKind,
    ProjectNature,
    RungTrigger,
    Standing,
)
from app.models import Account, Alert, LadderRung, Milestone, Place, Plan, Project
from app.printouts.documents import Cell, Document, Table, tables_of
from app.printouts.frozen import freeze, thaw
from app.queries import export_projects, export_registers, exports
from app.queries.circulars import CutOff
from app.queries.export_rows import MilestoneRecord, Selection
from app.services.document_kinds import cut_off, drawing
from tests.support.circulars import enliven
from tests.support.facts import Office, add_milestone, add_target, counted, noon, office
from tests.support.web import seeded_app

NOW = noon("2026-11-22")
WHOLE_PLAN = (
    DocumentKind.PROGRESS_REPORT,
    DocumentKind.MILESTONE_LEDGER,
    DocumentKind.OVERDUE_LIST,
    DocumentKind.PROJECT_TABLE,
)


def drawn(session: Session, plan: Plan, kind: DocumentKind, key: str = "") -> tuple[Document, CutOff]:
    named = subject(kind, key)
    at = cut_off(plan, named, NOW)
    return drawing(kind)(session, plan, named, at), at


def table_of(document: Document, sheet: str) -> tuple[dict[str, Cell], ...]:
    """Return the rows of the table on a sheet, by column title; nothing where the document has no such table."""
    found = [table for table in tables_of(document) if isinstance(table, Table) and table.sheet.endswith(sheet)]
    titles = [column.title.replace("\n", "") for column in found[0].columns] if found else []
    return tuple(dict(zip(titles, row, strict=True)) for row in found[0].rows) if found else ()


def told(record: MilestoneRecord) -> tuple[Any, ...]:
    late = (None, None) if record.standing is Standing.WITHDRAWN else (record.days_late, record.days_late_original)
    return (
        record.clause,
        record.title,
        record.due_on,
        record.effective_due_on,
        STANDINGS[record.standing],
        record.progress_pct,
        *(days or None for days in late),
    )


def printed(row: dict[str, Cell]) -> tuple[Any, ...]:
    titles = ("条款", "任务", "原定时限", "现行时限", "状态", "进度", "按现行时限逾期天数", "按原定时限逾期天数")
    return tuple(None if (title, row[title]) == ("进度", "—") else row[title] for title in titles)


def hold_circular_against_export(session: Session, plan: Plan) -> None:
    circular, at = drawn(session, plan, DocumentKind.QUARTERLY_CIRCULAR, "2026Q3")
    assert at.on == date(2026, 9, 30)
    records = list(exports.all_milestones(session, Selection(plan_id=plan.id), at.on))
    assert [printed(row) for row in table_of(circular, "任务进展")] == [told(record) for record in records]
    standings = Counter(STANDINGS[record.standing] for record in records)
    counts = {row["任务状态"]: row["本季度末（项）"] for row in table_of(circular, "任务状态")}
    assert {name: count for name, count in counts.items() if count} == standings
    late = {(record.title, record.place) for record in records if record.standing is Standing.OVERDUE}
    assert len(table_of(circular, "逾期任务")) == standings["逾期"]
    assert {row["任务"] for row in table_of(circular, "逾期任务")} == {title for title, _ in late}
    hold_indicators_against_export(circular, records, at.on)
    hold_projects_against_export(session, plan, table_of(circular, "项目投资"), at.on)


def hold_indicators_against_export(circular: Document, records: list[MilestoneRecord], on: date) -> None:
    targets = [
        (record, target) for record in records if record.standing is not Standing.WITHDRAWN for target in record.targets
    ]
    measured = [target.measured_on for _, target in targets if target.measured is not None]
    missing = sum(target.measured is None and record.effective_due_on <= on for record, target in targets)
    variations = table_of(circular, "差异系数")
    own = {"序号", "地区", "学段", "限值", "达到限值（项）", "未达到限值的指标"}
    cells = [cell for row in variations for title, cell in row.items() if title not in own]
    listed = sum(int(str(row.get("项次", 1))) for row in table_of(circular, "未报监测值"))
    values = len(table_of(circular, "指标达标")) + sum(cell is not None for cell in cells)
    assert values == len(measured)
    assert missing - sum(cell is None for cell in cells) <= listed <= missing
    figures = Counter(row["监测日期"] for row in table_of(circular, "指标达标"))
    assert not figures - Counter(measured)


def hold_projects_against_export(session: Session, plan: Plan, rows: tuple[dict[str, Cell], ...], on: date) -> None:
    found = sorted((item for _, item in export_projects.projects(session, Selection(plan_id=plan.id), on)), key=_no)
    expected = [(p.name, p.investment_wan, p.budget_wan, p.paid_wan, p.paid_pct, p.progress_pct) for p in found]
    titles = ("项目名称", "总投资（万元）", "预算安排（万元）", "累计支付（万元）", "支付率", "形象进度")
    assert [tuple(row[title] for title in titles) for row in rows] == expected


def _no(project: Any) -> int:
    return int(project.no)


def hold_whole_plan_against_export(session: Session, plan: Plan) -> None:
    documents = {kind: drawn(session, plan, kind)[0] for kind in WHOLE_PLAN}
    on = date(2026, 11, 22)
    records = list(exports.all_milestones(session, Selection(plan_id=plan.id), on))
    ledger = table_of(documents[DocumentKind.MILESTONE_LEDGER], "任务台账")
    assert [(*printed(row), row["最近填报"]) for row in ledger] == [(*told(one), one.reported_on) for one in records]
    late = [record for record in records if record.standing is Standing.OVERDUE]
    rows = table_of(documents[DocumentKind.OVERDUE_LIST], "逾期任务清单")
    assert Counter(row["任务"] for row in rows) == Counter(record.title for record in late)
    assert [row["按现行时限逾期天数"] for row in rows] == sorted((one.days_late for one in late), reverse=True)
    rows = table_of(documents[DocumentKind.PROJECT_TABLE], "项目投资")
    hold_projects_against_export(session, plan, rows, on)
    report = documents[DocumentKind.PROGRESS_REPORT]
    alerts = list(export_registers.all_alerts(session, Selection(plan_id=plan.id), on))
    text = freeze(report)
    assert (f"共发出预警{len(alerts)}次" if alerts else "未发出提醒、催办和督办通知") in text
    assert thaw(text) == report


def test_what_is_printed_of_the_five_plans_is_what_is_exported(tmp_path: Path) -> None:
    engine: Engine = seeded_app(tmp_path).state.engine
    with write_session(engine) as session:
        author = session.scalars(sa.select(col(Account.id)).order_by(col(Account.id))).first()
        for plan in session.scalars(sa.select(Plan).order_by(col(Plan.id))).all():
            hold_circular_against_export(session, plan)
            enliven(session, Office(plan.id or 0, plan.place_id, 0, 0, author or 0))
            hold_circular_against_export(session, plan)
            hold_whole_plan_against_export(session, plan)
    engine.dispose()


def small_plan(session: Session, milestones: int = 15) -> Office:
    """Add a plan with two counties, a project and an alert, and invented facts on it."""
    of = office(session)
    plan = session.get_one(Plan, of.plan_id)
    area = session.get_one(Place, plan.place_id)
    counties = [
        Place(path=f"{area.path}/{name}", name=name, kind=PlaceKind.COUNTY, sort_key=name) for name in ("甲县", "乙县")
    ]
    session.add_all(counties)
    project = Project(
        plan_id=of.plan_id,
        key="school",
        no=1,
        name="第二中学迁建",
        clause="附件1",
        place_id=of.place_id,
        nature=ProjectNature.RELOCATION,
        investment_fen=12_345_600_000_000,
        start_year=2025,
        end_year=2026,
    )
    session.add(project)
    session.flush()
    for number in range(milestones):
        due_on = date(2025, 6, 30) + timedelta(days=61 * (number % 15))
        key = add_milestone(session, of, "2025-01-01", due_on)
        row = session.get_one(Milestone, key)
        row.place_id = counties[number % 2].id or 0 if number % 3 else of.place_id
        if number == 5:
            row.project_id, row.kind = project.id, MilestoneKind.PROJECT_COMPLETION
        if number % 4 == 0:
            add_target(session, of, key, "95")
    session.flush()
    enliven(session, of)
    _alert(session, of)
    return of


def _alert(session: Session, of: Office) -> None:
    rung = session.scalars(sa.select(LadderRung).where(col(LadderRung.plan_id) == of.plan_id)).first()
    late = sa.select(Milestone).where(col(Milestone.plan_id) == of.plan_id).order_by(col(Milestone.id)).offset(6)
    milestone = session.scalars(late).first()
    assert rung is not None
    assert milestone is not None
    session.add(
        Alert(
            plan_id=of.plan_id,
            matter=f"milestone/{milestone.id}",
            milestone_id=milestone.id,
            trigger=RungTrigger.DUE,
            due_version=1,
            rung_id=rung.id or 0,
            measure=Measure.URGING,
            effective_due_on=milestone.due_on,
            fire_on=date(2026, 9, 1),
            days_late=1,
            reason="虚构",
            scanned_on=date(2026, 9, 1),
            raised_at=noon("2026-09-01"),
        )
    )


def test_a_small_plan_prints_what_it_exports_on_both_engines(engine: Engine) -> None:
    with write_session(engine) as session:
        of = small_plan(session)
    with read_session(engine) as session:
        plan = session.get_one(Plan, of.plan_id)
        hold_circular_against_export(session, plan)
        hold_whole_plan_against_export(session, plan)
        overdue_list, _ = drawn(session, plan, DocumentKind.OVERDUE_LIST)
        project_table, _ = drawn(session, plan, DocumentKind.PROJECT_TABLE)
    handled = [row["提醒督办和问责"] for row in table_of(overdue_list, "逾期任务清单")]
    assert handled.count("催办1次") == 1
    money = table_of(project_table, "资金安排和支付")
    assert [row["合计支付"] for row in money] == [Decimal("26234.5"), Decimal("26234.5")]
    assert money[-1]["年度"] == "合计"


def test_the_statements_do_not_grow_with_the_plan(engine: Engine) -> None:
    counts: list[list[int]] = []
    for milestones in (15, 45):
        with write_session(engine) as session:
            of = small_plan(session, milestones)
        with read_session(engine) as session:
            plan = session.get_one(Plan, of.plan_id)
            sent = []
            for kind in (DocumentKind.QUARTERLY_CIRCULAR, *WHOLE_PLAN):
                with counted(engine) as statements:
                    drawn(session, plan, kind, "2026Q3" if kind is DocumentKind.QUARTERLY_CIRCULAR else "")
                sent.append(len(statements))
            counts.append(sent)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 60


def test_a_plan_without_anything_prints_every_document_and_says_so(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
    with read_session(engine) as session:
        plan = session.get_one(Plan, of.plan_id)
        texts = {kind: freeze(drawn(session, plan, kind)[0]) for kind in WHOLE_PLAN}
    assert "《方案》任务尚未列入台账" in texts[DocumentKind.MILESTONE_LEDGER]
    assert "无逾期任务" in texts[DocumentKind.OVERDUE_LIST]
    assert "未列工程项目" in texts[DocumentKind.PROJECT_TABLE]
    report = texts[DocumentKind.PROGRESS_REPORT]
    assert "尚未列入台账，无进度可报" in report
    assert "未立问责案件，无整改事项" in report
    assert "预警研判" not in report
