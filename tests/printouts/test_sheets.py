"""Sheets on paper: every kind keeps the standard, names of any script print, and all formats hold the same cells."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain.charts import TargetPoint, Trajectory
from app.domain.circular_cases import CaseRow
from app.domain.circulars import TargetRow
from app.domain.rectifications import RectificationState
from app.domain.sheets import (
    CaseFileFacts,
    CertificateFacts,
    CountySheetFacts,
    ExtensionLine,
    LedgerItem,
    MissingReports,
    OpenAlert,
    PaperRow,
    ProofFile,
    RectificationLedgerFacts,
    RectificationLine,
    SheetHead,
    SheetMilestone,
    TwoLedgerFacts,
    UnitSheetFacts,
    UnitTask,
    due_next,
    gap,
    lagging,
)
from app.domain.targets import Verdict, verdict
from app.domain.vocabulary import Comparator, IndicatorGroup, MilestoneKind, Standing, UnitRole
from app.printouts import (
    closing_certificates,
    county_sheets,
    dossier_covers,
    rectification_sheets,
    two_ledgers,
    unit_sheets,
)
from app.printouts.documents import Chart
from app.printouts.docx import to_docx
from app.printouts.pdf import to_pdf
from app.printouts.sheet_targets import gap_text
from app.printouts.sheet_words import file_words
from tests.printouts.invented import milestone, projects
from tests.support import docx_conformance
from tests.support.docx_reading import expected_tables, read_back
from tests.support.gbt9704 import violations

ON = date(2026, 9, 30)
PERSON = "阿不都热依木·吐尔逊、王喆、李堃（虚构）"
HEAD = SheetHead(
    plan_title="清江市义务教育优质均衡发展实施方案（虚构）",
    plan_short_title="清江方案",
    plan_document_number="清政发〔2025〕3号",
    office="清江市教育局",
    area="清江市",
    on=ON,
    at=datetime(2026, 9, 30, 16, tzinfo=UTC),
)


def row(number: int, standing: Standing) -> SheetMilestone:
    """Return an invented milestone as a line of a sheet."""
    plain = milestone(number, standing)
    values = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
    return SheetMilestone(**values, kind=MilestoneKind.RECOGNITION if number == 1 else MilestoneKind.TASK)


def target(value: str | None, comparator: Comparator = Comparator.AT_LEAST, **changes: object) -> TargetRow:
    got = None if value is None else Decimal(value)
    found = TargetRow(
        milestone_id=1,
        place="塔什库尔干塔吉克自治县",
        indicator_code="R2",
        indicator_name="每百名学生拥有县级以上骨干教师数",
        stage_label="小学",
        comparator=comparator,
        target=Decimal("1.5"),
        unit="人",
        effective_due_on=ON,
        measured=got,
        measured_on=ON if got is not None else None,
        verdict=verdict(comparator, Decimal("1.5"), got),
        group=IndicatorGroup.RESOURCE,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


ROWS = tuple(row(number, standing) for number, standing in enumerate(Standing, start=1))
TARGETS = (target("1.2"), target("2"), target(None))
ALERT = OpenAlert(
    id=1,
    measure="督办通知单",
    about="建成学校",
    units=("市教育局",),
    raised_on=ON,
    reply_due_on=ON,
    answered_on=None,
)
CASE = CaseRow(
    number="qingjiang-2026-003",
    unit="东平县人民政府",
    milestone_titles=("建成学校",),
    opened_on=ON,
    stage_label="整改中",
)
ITEM = RectificationLine(
    id=1, milestone_id=1, organization_id=1, place="东平县", unit="东平县人民政府", person=PERSON, source="专项督导",
    case_number=CASE.number, problem="功能教室设备未到位", measure="采购并安装", first_due_on=ON, due_on=ON,
    state=RectificationState.CLOSED, progress="验收销号：属实", done_on=ON, settled_on=ON, verified_by=PERSON,
    follow_up="成效保持", follow_up_on=ON, days_late=0,
)  # fmt: skip
FILES = tuple(
    ProofFile(filename=name, backs="填报", handed_in_on=ON, sha256="9f" * 32)
    for name in ("验收报告（虚构）.pdf", "😀现场照片\u202e.jpg", "ئۇيغۇرچە ھۆججەت.docx")
)
COURSE = Trajectory(
    code="R2", name="每百名学生拥有县级以上骨干教师数", place="塔什库尔干塔吉克自治县", stage="小学", unit="人",
    measured=tuple((date(2026, month, 30), Decimal(month) / 10) for month in (3, 6, 9)),
    targets=(TargetPoint(date(2027, 12, 31), Comparator.AT_LEAST, Decimal("1.5")),),
)  # fmt: skip
COUNTY = CountySheetFacts(
    head=replace(HEAD, office="清江市推进义务教育优质均衡发展工作领导小组办公室"), place="塔什库尔干塔吉克自治县",
    units=("塔什库尔干塔吉克自治县人民政府",), milestones=ROWS, shared=ROWS[:6], targets=TARGETS,
    trajectories=(COURSE,), projects=projects(),
    alerts=(ALERT,), cases=(CASE,), items=(replace(ITEM, state=RectificationState.OPEN),),
)  # fmt: skip
UNIT = UnitSheetFacts(
    head=HEAD, unit="塔什库尔干塔吉克自治县人民政府",
    tasks=tuple(UnitTask(row=one, role=UnitRole(role), leads=one.id == 1) for role in UnitRole for one in ROWS[:4]),
    missing=(MissingReports(period="2026年第二季度", kind="进展报告", timely_until_on=ON, count=2, items=("四",)),),
    alerts=(ALERT,), cases=(CASE,), items=(), extensions=(ExtensionLine(
        milestone="建成学校", asked_on=ON, asked_from_on=ON, proposed_due_on=ON, state="已批准", granted_due_on=ON,
    ),),
)  # fmt: skip
CERTIFICATE = CertificateFacts(
    head=HEAD, number="销号〔2026〕1号", milestone=ROWS[0], units=("东平县人民政府",), detail="", reached_on=ON,
    closed_on=ON, claimed_by=f"东平县人民政府（{PERSON}）", claimed_on=ON, verified_by=PERSON, finding="属实",
    document_number=None, verdicts=TARGETS, waiver="停办", waived_by="赵某（虚构）", waiver_number=None, notice=None,
    files=FILES, regressed_on=ON,
)  # fmt: skip
CASE_FILE = CaseFileFacts(
    head=HEAD, case_number=CASE.number, unit=CASE.unit, milestones=CASE.milestone_titles, opened_on=ON, stage="整改中",
    measures=("通报（通〔2026〕1号）",), closed_on=None,
    papers=(PaperRow(on=ON, name="处理决定（通报）", by=PERSON, number="通〔2026〕1号"),), files=FILES,
)  # fmt: skip
ITEMS = tuple(LedgerItem(target=one, files=1, reason="" if one.measured else "时限已到，尚无填报") for one in TARGETS)
SHEETS = {
    "county": county_sheets.compose(COUNTY),
    "unit": unit_sheets.compose(UNIT),
    "two ledgers": two_ledgers.compose(TwoLedgerFacts(head=HEAD, items=ITEMS)),
    "rectification": rectification_sheets.compose(RectificationLedgerFacts(head=HEAD, items=(ITEM,))),
    "certificate": closing_certificates.compose(CERTIFICATE),
    "dossier": dossier_covers.compose(CASE_FILE),
}


@pytest.mark.parametrize("kind", SHEETS)
def test_a_sheet_keeps_the_standard_in_every_format(kind: str) -> None:
    sheet = SHEETS[kind]
    assert violations(to_pdf(sheet), sheet) == []
    written = to_docx(sheet)
    assert docx_conformance.violations(written, sheet) == []
    assert read_back(written).tables == expected_tables(sheet)


def test_what_is_missing_to_a_target_is_told_in_its_unit() -> None:
    at_most = target("1.8", Comparator.AT_MOST)
    assert [gap(one) for one in (*TARGETS, at_most)] == [Decimal("0.3"), None, None, Decimal("0.3")]
    assert [gap_text(one) for one in (TARGETS[0], at_most)] == ["差0.3人", "差0.3人"]
    assert gap(target("1", Comparator.EQUAL, is_boolean=True, verdict=Verdict.UNMET)) is None


def test_the_course_of_an_indicator_is_drawn_where_it_misses_its_target() -> None:
    assert lagging(COUNTY) == (COURSE,)
    assert any(isinstance(block, Chart) for block in SHEETS["county"].blocks)
    assert lagging(replace(COUNTY, targets=(target("2"),))) == ()
    assert lagging(replace(COUNTY, trajectories=(replace(COURSE, measured=COURSE.measured[1:]),))) == ()


def test_what_is_due_next_is_open_and_ahead() -> None:
    assert all(one.effective_due_on > ON and one.standing is not Standing.CLOSED for one in due_next(ROWS, ON))
    assert len(due_next([row(number, Standing.ON_TRACK) for number in range(2, 20)], ON)) == 5


def test_names_of_files_print_whatever_signs_they_hold() -> None:
    assert file_words("a\u202eb\n 😀.pdf") == "ab 〔U+1F600〕.pdf"
