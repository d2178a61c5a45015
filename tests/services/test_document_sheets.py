"""Sheets and ledgers: as known at the cut-off, the numbers of the export, many at once, only what is the plan's."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.core.database import read_session, write_session
from app.domain.circulars import target_totals
from app.domain.documents import Subject, SubjectKind
from app.domain.official_words import STANDINGS
from app.domain.quarters import quarter_of
from app.domain.vocabulary import DecisionKind
from app.models import Evidence, Payment, Plan
from app.printouts.documents import Cell, Chart, Document, Pairs, Paragraph, Table, tables_of
from app.printouts.frozen import freeze, thaw
from app.queries import circulars
from app.queries.circulars import CutOff
from app.queries.export_rows import MilestoneRecord, Selection
from app.queries.exports import all_milestones
from app.queries.sheet_counties import places_of_plan
from app.queries.sheet_units import units_of_plan
from app.services import document_sheets
from app.services.errors import NotFoundError
from tests.support.facts import add_decision, add_due, add_report, counted, noon
from tests.support.sheets import Prefecture, add_project, added, cut, prefecture

ON = "2026-11-22"
PLAN = Subject(SubjectKind.PLAN)


def table(document: Document, caption: str) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows of the table whose caption begins so; none when it is not there."""
    found = (one for one in tables_of(document) if isinstance(one, Table) and one.caption.startswith(caption))
    return next((block.rows for block in found), ())


def form(document: Document) -> dict[str, str]:
    return next(dict(block.rows) for block in document.blocks if isinstance(block, Pairs))


def said(document: Document) -> str:
    return "".join(block.text for block in document.blocks if isinstance(block, Paragraph))


def plan_of(session: Session, home: Prefecture) -> Plan:
    return session.get_one(Plan, home.of.plan_id)


def measured(session: Session, home: Prefecture, number: int, at: str, **values: str) -> int:
    """Report values of a county's targets, t0 to t3, with one file."""
    county = home.counties[number]
    by_id = {county.targets[int(name[1:])]: value for name, value in values.items()}
    report = add_report(
        session,
        home.of,
        county.recognition_id,
        noon(at),
        values=by_id,
        share_pct=Decimal(40),
        organization_id=county.government_id,
    )
    session.add(
        Evidence(
            milestone_id=county.recognition_id,
            report_id=report,
            filename="监测表.xlsx",
            media_type="application/x",
            size=1,
            sha256="a" * 64,
            author_id=home.of.account_id,
            recorded_at=noon(at),
        )
    )
    session.flush()
    return report


def drawn(session: Session, home: Prefecture, at: CutOff) -> dict[str, Document]:
    """Draw everything that is made of the plan, its first county and that county's government."""
    plan = plan_of(session, home)
    return {
        "county": document_sheets.county_sheet(session, plan, home.place(0), at),
        "unit": document_sheets.unit_sheet(session, plan, home.unit(0), at),
        "two": document_sheets.two_ledgers(session, plan, PLAN, at),
        "rectification": document_sheets.rectification_ledger(session, plan, PLAN, at),
    }


def happens_later(session: Session, home: Prefecture) -> None:
    """Record after noon of the day what no sheet of noon may tell."""
    of, county = home.of, home.counties[0]
    later = noon(ON) + timedelta(hours=2)
    measured(session, home, 0, "2026-11-23", t0="9", t1="9", t2="0.1", t3="0")
    add_due(session, of, county.recognition_id, 3, "2028-12-31", later)
    add_decision(session, of, home.shared_id, DecisionKind.CLOSE_OUT, later, reached_on=later.date())


def test_a_county_sheet_tells_dates_standing_values_and_what_is_missing(engine: Engine) -> None:
    with write_session(engine) as session:
        home = prefecture(session)
        add_due(session, home.of, home.counties[0].recognition_id, 2, "2026-11-20", noon("2026-10-01"))
        measured(session, home, 0, "2026-11-01", t0="4.5", t1="5", t2="0.62")
        project = add_project(session, home, 0)
        added(
            session,
            Payment(
                project_id=project,
                paid_on=noon("2026-11-02").date(),
                amount_fen=320_000_00,
                source="市级",
                author_id=home.of.account_id,
                recorded_at=noon("2026-11-02"),
            ),
        )
    with read_session(engine) as session:
        sheet = document_sheets.county_sheet(session, plan_of(session, home), home.place(0), cut(ON))
        other = document_sheets.county_sheet(session, plan_of(session, home), home.place(1), cut(ON))
    assert sheet.title == "甲县任务和指标情况表"
    head = form(sheet)
    assert head["认定时限"] == "2026年11月20日（原定2026年10月31日）；方案表述：按期"
    assert head["认定进展"] == "逾期2天（按原定时限逾期22天）"
    assert head["量化指标"] == "共4项次：达标1项次，未达标2项次，未评估1项次，已评估指标达标率33.3%"
    assert head["其他任务"] == "共1项：逾期1项"
    ((_, _, title, original, effective, standing, progress, late),) = table(sheet, "本地区任务")
    assert (title, str(original), str(effective)) == ("甲县通过认定", "2026-10-31", "2026-11-20")
    assert (standing, progress, late) == ("逾期", 40, 2)
    assert [(row[1], row[3], row[4], row[5], row[7], row[8]) for row in table(sheet, "已有监测值")] == [
        ("G1", "初中", "≥5.3人", "5人", "未达标", "差0.3人"),
        ("G1", "小学", "≥4.2人", "4.5人", "达标", None),
    ]
    assert table(sheet, "校际差异系数") == (("教师数的校际差异系数", "小学", "≤0.5", "0.62", "未达标"),)
    assert table(sheet, "指标达标情况")[-1] == ("合计", 4, 1, 2, 1, "—")
    assert [row[1:5] for row in table(sheet, "工程项目")] == [("新建小学（虚构）", "新建", Decimal(128), Decimal(32))]
    assert head["预警问责整改"] == "无有效预警，无在办问责案件，无未办结整改事项"
    assert table(other, "已有监测值") == table(other, "工程项目") == ()
    assert form(other)["认定进展"] == "逾期22天"


def test_no_sheet_of_a_moment_changes_by_what_is_recorded_after_it(engine: Engine) -> None:
    with write_session(engine) as session:
        home = prefecture(session)
        measured(session, home, 0, "2026-11-01", t0="4.5", t1="5")
    with read_session(engine) as session:
        before = drawn(session, home, cut(ON))
    with write_session(engine) as session:
        happens_later(session, home)
    with read_session(engine) as session:
        assert drawn(session, home, cut(ON)) == before
        after = drawn(session, home, cut("2026-11-24"))
    assert all(after[kind] != before[kind] for kind in ("county", "unit", "two"))
    assert all(thaw(freeze(document)) == document for document in before.values())


def test_the_numbers_of_sheets_are_those_of_the_export(engine: Engine) -> None:
    with write_session(engine) as session:
        home = prefecture(session, own=3)
        for number in range(3):
            measured(session, home, number, "2026-11-01", t0="4.5", t1=str(5 + number), t2="0.4")
    with read_session(engine) as session:
        plan, at = plan_of(session, home), cut(ON)
        records = list(all_milestones(session, Selection(plan_id=plan.id), at.on))
        counties = document_sheets.county_sheets(session, plan, places_of_plan(session, plan), at)
        units = document_sheets.unit_sheets(session, plan, units_of_plan(session, plan), at)
        ledgers = document_sheets.two_ledgers(session, plan, PLAN, at)
    shown = [
        (*row[1:6], None if row[6] == "—" else row[6], *row[7:])
        for sheet in counties.values()
        for row in table(sheet, "本地区任务")
    ]
    assert sorted(shown, key=str) == sorted((told(row) for row in records if row.id != home.shared_id), key=str)
    assert {(row[2], row[5], row[6]) for sheet in units.values() for row in table(sheet, "责任任务")} == {
        (row.title, row.due_on, row.effective_due_on) for row in records
    }
    values = [
        (row.place, target.indicator_name, target.measured_on)
        for row in records
        for target in row.targets
        if target.measured is not None
    ]
    rows = (*table(ledgers, "已达标"), *table(ledgers, "未达标"))
    assert sorted(values) == sorted((row[1], row[3], row[-2]) for row in rows)


def told(row: MilestoneRecord) -> tuple[Cell, ...]:
    """Return what a county's sheet shows of a milestone of the export."""
    late = row.days_late if STANDINGS[row.standing] == "逾期" else None
    return row.clause, row.title, row.due_on, row.effective_due_on, STANDINGS[row.standing], row.progress_pct, late


def test_each_target_stands_in_exactly_one_ledger_and_the_sums_are_the_circulars(engine: Engine) -> None:
    with write_session(engine) as session:
        home = prefecture(session)
        measured(session, home, 0, "2026-11-01", t0="4.5", t1="5")
        measured(session, home, 1, "2026-11-01", t3="0")
    with read_session(engine) as session:
        plan, at = plan_of(session, home), cut(ON)
        ledgers = document_sheets.two_ledgers(session, plan, PLAN, at)
        totals = target_totals(circulars.gather(session, plan, quarter_of(at.on), at))
    met, unmet, open_ = table(ledgers, "已达标"), table(ledgers, "未达标"), table(ledgers, "未评估")
    assert (len(met), len(unmet)) == (totals.met, totals.unmet) == (2, 1)
    assert sum(int(str(row[4])) for row in open_) == totals.not_assessed == 9
    assert table(ledgers, "各地区达标情况")[-1] == ("合计", 12, 2, 1, 9, totals.met_pct)
    assert [(row[1], row[3], row[7], row[-1]) for row in met] == [
        ("甲县", "指标", "4.5人", 1),
        ("乙县", "以考试方式招生", "否", 1),
    ]
    assert [(row[7], row[8], row[-1]) for row in unmet] == [("5人", "差0.3人", 1)]
    assert [(row[1], row[2], row[4], row[5], row[6]) for row in open_][-2:] == [
        ("丙县", "校际差异系数", 1, "教师数的校际差异系数（小学）", "时限已到，尚无填报"),
        ("丙县", "一票否决事项", 1, "以考试方式招生", "时限已到，尚无填报"),
    ]
    assert open_[0][-1] == "时限已到，填报中没有该项监测值"


def test_a_plan_without_targets_or_rectification_says_so(engine: Engine) -> None:
    with write_session(engine) as session:
        home = prefecture(session, counties=0)
    with read_session(engine) as session:
        plan = plan_of(session, home)
        ledgers = document_sheets.two_ledgers(session, plan, PLAN, cut(ON))
        items = document_sheets.rectification_ledger(session, plan, PLAN, cut(ON))
        area = Subject(SubjectKind.PLACE, str(home.of.place_id))
        sheet = document_sheets.county_sheet(session, plan, area, cut(ON))
    assert not table(ledgers, "各地区达标情况")
    assert said(items) == "截至2026年11月22日，《方案》实施中未布置整改事项。"
    assert form(sheet)["量化指标"] == "未设量化指标"
    assert form(sheet)["责任单位"] == "未明确"


def test_many_sheets_take_the_statements_of_one(engine: Engine) -> None:
    with write_session(engine) as session:
        home = prefecture(session, counties=6, own=16)
        for number in range(6):
            measured(session, home, number, "2026-11-01", t0="4.5")
            add_decision(
                session, home.of, home.counties[number].recognition_id + 1, DecisionKind.CLOSE_OUT, noon("2026-11-02")
            )
        plan = plan_of(session, home)
        places, units = places_of_plan(session, plan), units_of_plan(session, plan)
    with read_session(engine) as session:
        plan = plan_of(session, home)
        with counted(engine) as one:
            document_sheets.county_sheets(session, plan, places[:1], cut(ON))
        with counted(engine) as many:
            sheets = document_sheets.county_sheets(session, plan, list(reversed(places)), cut(ON))
        with counted(engine) as one_unit:
            document_sheets.unit_sheets(session, plan, units[:1], cut(ON))
        with counted(engine) as all_units:
            assert len(document_sheets.unit_sheets(session, plan, units, cut(ON))) == 6
    assert list(sheets) == list(reversed(places))
    assert len(many) == len(one) <= 30
    assert len(all_units) == len(one_unit) <= 30
    chart = next(block for block in sheets[places[0]].blocks if isinstance(block, Chart))
    assert dict(zip(chart.places, chart.series[0].values, strict=True))["已销号"] == 1


def test_what_is_not_of_the_plan_has_no_sheet(engine: Engine) -> None:
    with write_session(engine) as session:
        home, other = prefecture(session, counties=1), prefecture(session, counties=1)
    nothing = [other.place(0), Subject(SubjectKind.PLACE, "99999")]
    with read_session(engine) as session:
        plan = plan_of(session, home)
        for subject in nothing:
            with pytest.raises(NotFoundError):
                document_sheets.county_sheet(session, plan, subject, cut(ON))
        for subject in (other.unit(0), Subject(SubjectKind.UNIT, "99999")):
            with pytest.raises(NotFoundError):
                document_sheets.unit_sheet(session, plan, subject, cut(ON))
