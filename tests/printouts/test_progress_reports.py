"""What a progress report and the sheets of a plan say, and that they keep the standard on paper."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

from app.domain.circulars import EarlyWarning, LedgerFacts, MilestoneRow
from app.domain.progress_reports import AlertCount, ExtensionTotals, ProgressFacts, StageRow, progress_by_stage, warned
from app.domain.project_money import Paid, Provided
from app.domain.vocabulary import FundSource, Measure, Standing
from app.printouts.documents import Document, Form, Heading, Paragraph, Slot, Table, tables_of
from app.printouts.pdf import to_pdf
from app.printouts.plan_sheets import compose_ledger, compose_overdue, compose_projects
from app.printouts.progress_reports import compose_report
from tests.printouts.invented import facts, milestone, projects, targets
from tests.support.gbt9704 import violations

FIRST = StageRow(name="攻坚提升阶段", start_on=date(2025, 1, 1), end_on=date(2026, 12, 31))
SECOND = StageRow(name="申报验收阶段", start_on=date(2027, 1, 1), end_on=date(2027, 12, 31))
ALERTS = (
    AlertCount(measure=Measure.REMINDER, raised=5, withdrawn=1),
    AlertCount(measure=Measure.SUPERVISION_NOTICE, raised=2, withdrawn=0),
)


def warning(days: int, *, trusted: bool = True) -> EarlyWarning:
    expected_on = None if days > 9999 else date(2027, 6, 30)
    return EarlyWarning(expected_on=expected_on, misses_by_days=days, trusted=trusted)


def told(count: int = 30, **changes: object) -> ProgressFacts:
    circular = facts(count, previous_cut_off_on=None, previous_quarter_label=None)
    rows = tuple(replace(row, stage=(FIRST, SECOND)[row.id % 2].name) for row in circular.milestones)
    values = {field.name: getattr(circular, field.name) for field in fields(circular)} | {"milestones": rows}
    further = {
        "leading_group": "清江市县域义务教育优质均衡发展工作领导小组",
        "issued_on": date(2025, 3, 1),
        "stages": (FIRST, SECOND),
        "alerts": ALERTS,
        "extensions": ExtensionTotals(requested=6, granted=3, refused=1, waiting=1),
    }
    return ProgressFacts(**values | further | changes)


def text_of(document: Document) -> str:
    return "\n".join(block.text for block in document.blocks if isinstance(block, Paragraph))


def headings_of(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 1]


def sheets_of(document: Document) -> list[str]:
    return [table.sheet for table in tables_of(document)]


def test_a_report_goes_to_the_leading_group_and_tells_everything_since_the_plan_began() -> None:
    report = compose_report(told())
    assert report.addressee == "清江市县域义务教育优质均衡发展工作领导小组："
    assert report.title == "关于《清江市推进县域义务教育优质均衡发展实施方案》实施进展情况的报告"
    assert (report.number_line, report.signed_on) == ("〔2026〕　号", None)
    text = text_of(report)
    assert "共发出预警7次：提醒5次、督办通知单2次；其中撤回1次。" in text
    assert "共收到延期申请6件，其中批准3件、不予批准1件、待审批1件、撤回或者因任务办结不再办理1件。" in text
    assert "共立问责案件3件，其中已结案1件、在办2件" in text
    assert "截至2026年9月30日，处于攻坚提升阶段。" in text
    assert "上季度" not in text
    assert [block.slot for block in report.blocks if isinstance(block, Paragraph) and block.slot] == list(Slot)


def test_chapters_without_facts_are_left_out_and_the_others_numbered_on() -> None:
    assert headings_of(compose_report(told()))[5] == "六、存在问题"
    running = (milestone(1, Standing.ON_TRACK, warning=warning(60)),)
    warned_of = compose_report(told(milestones=running, stages=()))
    assert headings_of(warned_of)[5:7] == ["六、预警研判", "七、存在问题"]
    assert "各阶段完成情况" not in "".join(sheets_of(warned_of))


def test_early_warnings_are_named_the_trusted_first_and_listed() -> None:
    def running(number: int, given: EarlyWarning) -> MilestoneRow:
        return milestone(number, Standing.ON_TRACK, warning=given)

    rows = (running(1, warning(20)), running(2, warning(99_999, trusted=False)), running(3, warning(60)))
    given = told(milestones=rows)
    assert [row.id for row in warned(given)] == [3, 1, 2]
    report = compose_report(given)
    assert "可能不能按期完成的任务3项，其中填报较为连续、推算较为可靠的2项" in text_of(report)
    assert "按现有进度难以完成" in text_of(report)
    (table,) = (table for table in tables_of(report) if table.sheet.endswith("预警研判"))
    assert isinstance(table, Table)
    assert [row[-3:] for row in table.rows] == [
        (date(2027, 6, 30), 60, "较高"),
        (date(2027, 6, 30), 20, "较高"),
        (None, None, "较低"),
    ]


def test_what_is_to_be_handed_in_next_is_what_the_problems_say_is_missing() -> None:
    rows = (milestone(1, Standing.UNCONFIRMED), milestone(2, Standing.OVERDUE, days_late=9, days_late_original=9))
    missing = targets(3)[2]
    history, ours = replace(missing, milestone_id=1), replace(missing, milestone_id=2)
    text = text_of(compose_report(told(milestones=rows, targets=(history, history, ours))))
    assert "未作评估的1项次（另有待核实任务的2项次未计入）" in text
    assert "补报已到期指标的监测值1项次，核实台账启用前到期的任务1项及其指标的监测值2项次。" in text


def test_the_stages_are_told_in_their_order() -> None:
    stages = progress_by_stage(told(40))
    assert [stage.name for stage in stages] == [FIRST.name, SECOND.name]
    assert sum(stage.total for stage in stages) == 40


def ledger(count: int) -> LedgerFacts:
    return facts(count)


def test_sheets_lie_across_and_say_what_they_hold_or_that_there_is_nothing() -> None:
    documents = (compose_ledger(ledger(0)), compose_overdue(ledger(0), {}), compose_projects(ledger(0), ()))
    assert all((sheet.form, sheet.landscape, sheet.distribution) == (Form.SHEET, True, None) for sheet in documents)
    assert [text_of(sheet) for sheet in documents] == [
        "截至2026年9月30日，《方案》任务尚未列入台账。",
        "截至2026年9月30日，无逾期未完成任务。",
        "截至2026年9月30日，未列工程项目。",
    ]
    assert [sheets_of(sheet) for sheet in documents] == [["任务台账"], ["逾期任务清单"], ["项目投资"]]
    assert "填表单位：清江市县域义务教育优质均衡发展工作领导小组办公室　数据截至2026年9月30日" in documents[0].note


def test_money_is_told_by_year_and_source_with_its_sums() -> None:
    rich = replace(
        projects()[0],
        provided=(Provided(2025, FundSource.CENTRAL, 300_000_000), Provided(None, FundSource.COUNTY, 100_000_000)),
        payments=(Paid(2025, FundSource.CENTRAL, 120_500_000), Paid(2026, None, 1_000_000)),
    )
    (table,) = (one for one in tables_of(compose_projects(ledger(3), (rich,))) if one.sheet == "资金安排和支付")
    assert isinstance(table, Table)
    assert [column.title.replace("\n", "") for column in table.columns][:3] == ["年度", "中央资金安排", "中央资金支付"]
    assert table.rows[0][:3] == ("2025年", Decimal(300), Decimal("120.5"))
    assert table.rows[-2][0] == "未分年度"
    assert table.rows[-1][-2:] == (Decimal(400), Decimal("121.5"))


def test_report_and_sheets_keep_the_standard_on_paper() -> None:
    report = compose_report(told(14, targets=(), cases=()))
    assert violations(to_pdf(report), report) == []
    for sheet in (
        compose_ledger(ledger(8)),
        compose_overdue(ledger(8), {3: "催办2次；案件2026-001（整改中）"}),
        compose_projects(ledger(8), projects()),
    ):
        assert violations(to_pdf(sheet), sheet) == []
