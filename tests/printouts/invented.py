"""An invented plan for the printouts' tests: 清江市, 12 counties, as many milestones as a test wants."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.domain.circular_cases import CaseRow
from app.domain.circular_projects import ProjectRow
from app.domain.circulars import CircularFacts, MilestoneRow, PastStanding, TargetRow
from app.domain.official_words import STANDINGS
from app.domain.targets import Verdict
from app.domain.vocabulary import Comparator, Standing, Timeliness

CUT_OFF = date(2026, 9, 30)
PREVIOUS = date(2026, 6, 30)
COUNTIES = (
    "东平县",
    "南屏区",
    "西岭县",
    "北川市",
    "临江区",
    "石桥县",
    "柳河县",
    "青山区",
    "白沙县",
    "云台县",
    "龙泉市",
    "新港区",
)
UNITS = (
    "市教育局",
    "市发展改革委",
    "市财政局",
    "市人力资源社会保障局",
    "市自然资源和规划局",
    "市住房城乡建设局",
    "市委编办",
)
TASKS = (
    ("国家认定", "通过国家义务教育优质均衡发展县认定"),
    ("任务", "完成中小学教师“县管校聘”管理改革并建立动态调整机制"),
    ("量化", "每百名学生拥有县级以上骨干教师数达到规定标准"),
    ("任务", "消除城镇义务教育学校大班额"),
    ("项目竣工", "城东第二实验小学新建工程竣工"),
    ("任务", "实现集团化办学全覆盖"),
    ("常规", "开展年度自评并报送自评报告"),
)
CYCLE = (
    Standing.CLOSED,
    Standing.CLOSED,
    Standing.ON_TRACK,
    Standing.OVERDUE,
    Standing.PLANNED,
    Standing.DUE_SOON,
    Standing.CLOSED,
    Standing.BEHIND,
    Standing.ON_TRACK,
    Standing.AWAITING_VERIFICATION,
    Standing.OVERDUE,
    Standing.PLANNED,
    Standing.UNCONFIRMED,
)


def milestone(number: int, standing: Standing, **changes: object) -> MilestoneRow:
    """Return the invented milestone of this number in this standing."""
    kind, title = TASKS[number % len(TASKS)]
    county = COUNTIES[number % len(COUNTIES)] if number % 5 else None
    due_on = _due_on(number, standing)
    late = (CUT_OFF - due_on).days if standing is Standing.OVERDUE else 0
    extended = number % 6 == 0
    row = MilestoneRow(
        id=number,
        clause=f"三({'一二三四五'[number % 5]}){number % 9 + 1}",
        kind_label=kind,
        title=f"{county or '全市'}{title}" if kind == "国家认定" else title,
        place=county,
        group=county,
        responsible=(f"{county}人民政府", UNITS[number % 7]) if county else (UNITS[number % 7],),
        supporting=(UNITS[(number + 3) % 7],) if number % 3 == 0 else (),
        original_due_on=due_on - timedelta(days=92) if extended else due_on,
        effective_due_on=due_on,
        due_phrase=f"{due_on.year}年{due_on.month}月底前",
        standing=standing,
        standing_label=STANDINGS[standing],
        timeliness=(Timeliness.EARLY, Timeliness.ON_TIME, Timeliness.LATE)[number % 3]
        if standing is Standing.CLOSED
        else None,
        days_late=late,
        days_late_original=late + 92 if late and extended else late,
        progress_pct=_progress(number, standing),
        last_report_on=None if standing in UNREPORTED or number % 4 == 3 else CUT_OFF - timedelta(days=number % 40 + 1),
        previous=_past(number, standing, due_on),
    )
    return replace(row, **changes)  # type: ignore[arg-type]


UNREPORTED = (Standing.PLANNED, Standing.UNCONFIRMED)


def _due_on(number: int, standing: Standing) -> date:
    if standing is Standing.OVERDUE:
        return CUT_OFF - timedelta(days=5 + number * 7 % 240)
    if standing is Standing.CLOSED:
        return date(2026, 6, 30) + timedelta(days=number % 92)
    if standing is Standing.UNCONFIRMED:
        return date(2023, 12, 31)
    return CUT_OFF + timedelta(days=20 + number * 11 % 1500)


def _progress(number: int, standing: Standing) -> Decimal | None:
    if standing is Standing.CLOSED:
        return Decimal(100)
    return None if standing in UNREPORTED or number % 4 == 3 else Decimal(number * 13 % 95)


def _past(number: int, standing: Standing, due_on: date) -> PastStanding:
    was_closed = standing is Standing.CLOSED and due_on <= date(2026, 7, 20)
    if standing is Standing.CLOSED and not was_closed:
        return PastStanding(standing=Standing.ON_TRACK, timeliness=None, effective_due_on=due_on)
    timeliness = (Timeliness.EARLY, Timeliness.ON_TIME, Timeliness.LATE)[number % 3] if was_closed else None
    return PastStanding(standing=standing, timeliness=timeliness, effective_due_on=due_on)


def targets(count: int) -> tuple[TargetRow, ...]:
    """Return invented targets: met, unmet and without a value in turn."""
    return tuple(_target(number) for number in range(count))


def _target(number: int) -> TargetRow:
    verdict = (Verdict.MET, Verdict.UNMET, Verdict.NOT_ASSESSED)[number % 3]
    measured = {Verdict.MET: Decimal("1.05"), Verdict.UNMET: Decimal("0.86"), Verdict.NOT_ASSESSED: None}[verdict]
    return TargetRow(
        milestone_id=number + 1,
        place=COUNTIES[number % len(COUNTIES)],
        indicator_code=f"R{number % 7 + 1}",
        indicator_name="每百名学生拥有县级以上骨干教师数" if number % 2 else "巩固率（九年义务教育）",
        stage_label="小学" if number % 2 else None,
        comparator=Comparator.AT_LEAST,
        target=Decimal(1),
        unit="人" if number % 2 else "%",
        effective_due_on=CUT_OFF if number % 4 else date(2028, 12, 31),
        measured=measured,
        measured_on=None if measured is None else date(2026, 9, 10),
        verdict=verdict,
    )


def projects() -> tuple[ProjectRow, ...]:
    """Return six invented projects, one without payments and one without any money figure."""
    money = ((12800, 6400), (9600, 9600), (21500, 3000), (7400, None), (None, None), (33000, 0))
    return tuple(
        ProjectRow(
            no=str(number),
            name=f"清江第{'一二三四五六'[number - 1]}中学（校区）",
            nature_label=("新建", "迁建", "改扩建")[number % 3],
            site="南屏区滨河街道" if number % 2 else "东平县城关镇",
            investment_wan=None if whole is None else Decimal(whole),
            paid_wan=None if paid is None else Decimal(paid),
            start_year=2023 + number % 3,
            end_year=2027,
            start_standing_label="已销号",
            completion_standing_label="推进中",
            progress_pct=None if whole is None else Decimal(number * 15),
        )
        for number, (whole, paid) in enumerate(money, start=1)
    )


def cases() -> tuple[CaseRow, ...]:
    """Return three invented cases, one of them closed."""
    return tuple(
        CaseRow(
            number=f"QJ-2026-{number:03d}",
            unit=f"{COUNTIES[number]}人民政府",
            milestone_titles=("消除城镇义务教育学校大班额", "实现集团化办学全覆盖")[: number % 2 + 1],
            opened_on=date(2026, 7, 10 + number),
            stage_label=("已结案", "待单位说明", "整改中")[number % 3],
            closed_on=date(2026, 9, 1) if number % 3 == 0 else None,
        )
        for number in range(1, 4)
    )


def facts(count: int = 120, target_count: int = 36, **changes: object) -> CircularFacts:
    """Return the facts of a circular with `count` milestones."""
    rows = tuple(milestone(number, CYCLE[number % len(CYCLE)]) for number in range(1, count + 1))
    whole = CircularFacts(
        plan_title="清江市推进县域义务教育优质均衡发展实施方案",
        plan_short_title="清江市县域义务教育优质均衡发展方案",
        plan_document_number="清政办发〔2025〕17号",
        issuer_office="清江市县域义务教育优质均衡发展工作领导小组办公室",
        area="清江市",
        quarter_label="2026年第三季度",
        quarter_first_on=date(2026, 7, 1),
        quarter_last_on=CUT_OFF,
        cut_off_on=CUT_OFF,
        cut_off_at=datetime(2026, 9, 30, 16, 0, tzinfo=UTC),
        previous_quarter_label="2026年第二季度",
        previous_cut_off_on=PREVIOUS,
        next_quarter_label="2026年第四季度",
        milestones=rows,
        targets=targets(target_count),
        projects=projects(),
        due_next=tuple(row for row in rows if CUT_OFF < row.effective_due_on <= date(2026, 12, 31)),
        cases=cases(),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]
